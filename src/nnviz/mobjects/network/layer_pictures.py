"""What each kind of layer looks like, and how it hangs on the layer before: one class a kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from manim import ManimColor, VGroup, VMobject
from numpy.typing import NDArray

from nnviz import words
from nnviz.mobjects.network.box_layers import (
    SIGNS,
    BoxLayer,
    SignMark,
    block_box,
    sign_box,
    word_box,
)
from nnviz.mobjects.network.layer_mobjects import (
    LayerGroup,
    LayerMobject,
    Range,
    Shown,
)
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.matrices import MatrixLayer, TokenLayer
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.receptive_field_frames import (
    middle_unit,
    receptive_field_of,
    window_layer,
)
from nnviz.mobjects.network.structure import Structure, Thing, title_of
from nnviz.mobjects.network.style import NetworkStyle, box_of
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.network import Network
from nnviz.network.activations import Activation
from nnviz.network.layers import (
    LAYERS,
    Activate,
    AveragePool2D,
    BatchNorm,
    CausalMask,
    Concatenate,
    Constant,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    GroupNorm,
    Layer,
    LayerNorm,
    Mask,
    MaxPool2D,
    MergeHeads,
    Pad,
    PositionalEmbedding,
    PReLU,
    Repeat,
    Reshape,
    RMSNorm,
    RotaryPositions,
    Scale,
    SinusoidalPositions,
    Slice,
    Softmax,
    SplitHeads,
    Standardise,
    Transpose,
)

__all__ = [
    "LAYER_PICTURES",
    "LayerPicture",
    "ends_of_lines",
    "layers_of",
    "picture_of",
    "ranges_of",
    "units_in_both",
]

Ends = tuple[NDArray[np.float64], NDArray[np.float64]]


class LayerPicture:
    """How a kind of layer is drawn: this one, by shape, for kinds without one of their own.

    One of your own is a subclass and an entry in `LAYER_PICTURES`.

    Attributes
    ----------
    has_edges : bool
        Class attribute: whether every neuron is tied to every neuron before by a weight.
    sign : str
        Class attribute: which of :data:`~nnviz.mobjects.network.box_layers.SIGNS` stands for the
        layer, if one does.
    """

    has_edges = False
    sign = ""

    def make(
        self,
        layer: Layer,
        shape: tuple[int, ...],
        style: NetworkStyle,
        values: Range,
        max_shown: Shown,
        limit: float | None,
        whole: bool = True,
    ) -> LayerMobject:
        """Draw the layer by itself.

        Parameters
        ----------
        layer : Layer
            Layer that is drawn.
        shape : tuple of int
            Shape of its activations.
        style : NetworkStyle
            Style of the network's picture.
        values : Range
            Range of the activations.
        max_shown : Shown
            Most neurons, maps or rows shown, or their indices.
        limit : float or None
            The activation shown as full, where the style says so.
        whole : bool, optional
            Whether the activations have to be drawn: in a chain, at an output, and where edges of
            weights leave them. Elsewhere a box or a sign will do.
        """
        if not whole and self.sign:
            return sign_box(self.sign, shape, style, values)
        if not whole and self.is_small(shape):
            return word_box(self.word(layer), shape, style, values)
        return values_of(shape, style, values, max_shown, limit)

    def is_small(self, shape: tuple[int, ...]) -> bool:
        """Return whether it is a box with a word where its activations need not be drawn."""
        return False

    def word(self, layer: Layer) -> str:
        """Return the word in that box."""
        return words.named(layer.kind).replace("_", " ")

    def values(self, layer: Layer, before: Range) -> Range:
        """Return where the activations lie, given where those of the layers before do."""
        return _range_of(layer.activation)

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup | None:
        """Return what ties the layer to one of its inputs, apart from edges of weights.

        None is an arrow. In a chain an empty group is nothing; elsewhere it is an arrow as well.
        """
        return None


class DensePicture(LayerPicture):
    """Neurons, each tied to every neuron before by a weight's edge."""

    has_edges = True


class OneToOnePicture(LayerPicture):
    """Every value on its own: a line from each neuron to its like."""

    def is_small(self, shape: tuple[int, ...]) -> bool:
        """Return whether the values are no vector."""
        return len(shape) > 1

    def word(self, layer: Layer) -> str:
        """Return the activation function's name, of a layer that is nothing else."""
        if isinstance(layer, Activate):
            return words.named(layer.activation.name)
        return super().word(layer)

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup | None:
        """Return a plain line from each neuron shown in both layers to its like."""
        if not (isinstance(before, NeuronLayer) and isinstance(after, NeuronLayer)):
            return VGroup()
        same, rows, columns = units_in_both(before, after)
        starts, ends = ends_of_lines(before.neurons, after.neurons)
        shape = len(before.neurons), len(after.neurons), 3
        if not len(same):
            return VGroup()
        return VGroup(
            EdgeArray(
                starts.reshape(shape)[rows, columns],
                ends.reshape(shape)[rows, columns],
                ManimColor(style.edge_color),
                style.edge_width,
            )
        )


class SoftmaxPicture(OneToOnePicture):
    """As `OneToOnePicture`, for values that are drawn in every shape."""

    def is_small(self, shape: tuple[int, ...]) -> bool:
        """Return that it is drawn."""
        return False


class SameValuesPicture(OneToOnePicture):
    """As `OneToOnePicture`, for layers whose values are some of those before."""

    def values(self, layer: Layer, before: Range) -> Range:
        """Return the range of the layer before."""
        return before if layer.activation.name == "identity" else _range_of(layer.activation)


class WindowPicture(LayerPicture):
    """Units that look through windows: a square around what one of them sees, and lines to it."""

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup | None:
        """Return the receptive field of a unit near the middle."""
        windows = window_layer(layer)
        unit = middle_unit(windows, before, after)
        if unit is None:
            return VGroup()
        return VGroup(receptive_field_of(windows, before, after, style, unit))


class PoolPicture(WindowPicture):
    """As `WindowPicture`, for values between the largest and the smallest of those before."""

    def values(self, layer: Layer, before: Range) -> Range:
        """Return the range of the layer before."""
        return before


class FlattenPicture(SameValuesPicture):
    """An image's values as neurons in a row, without lines, as nothing is computed."""

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup | None:
        """Return nothing."""
        return VGroup()


class StepPicture(LayerPicture):
    """A small box with a word, for a step without a visible result."""

    def is_small(self, shape: tuple[int, ...]) -> bool:
        """Return that it is small."""
        return True


class RearrangingPicture(StepPicture):
    """As `StepPicture`, for layers that rearrange the values before."""

    def values(self, layer: Layer, before: Range) -> Range:
        """Return the range of the layer before."""
        return before


class JoinPicture(LayerPicture):
    """A join's sign in a circle, before its result where that is drawn.

    Parameters
    ----------
    sign : str
        One of :data:`~nnviz.mobjects.network.box_layers.SIGNS`.
    """

    def __init__(self, sign: str) -> None:
        self.sign = sign

    def values(self, layer: Layer, before: Range) -> Range:
        """Return the range of what is put side by side, or of any sum or product."""
        return before if isinstance(layer, Concatenate) else super().values(layer, before)


def values_of(
    shape: tuple[int, ...],
    style: NetworkStyle,
    values: Range,
    max_shown: Shown,
    limit: float | None,
    is_input: bool = False,
) -> LayerMobject:
    """Return what shows activations of a shape: neurons, maps, or a matrix.

    Parameters
    ----------
    shape : tuple of int
        Shape of the layer's activations.
    style : NetworkStyle
        Style of the picture.
    values : Range
        Range of its activations.
    max_shown : Shown
        Most parts shown, or their indices.
    limit : float or None
        The activation shown as full, if that does not follow from `values`.
    is_input : bool, optional
        Whether they are an input, whose channels may be one image.
    """
    if len(shape) == 3:
        maps = style.max_maps if isinstance(max_shown, int) else max_shown
        return MapLayer(shape, style, values, limit, is_input, maps)
    if len(shape) == 1:
        return NeuronLayer(shape[0], style, values, max_shown, limit)
    if not isinstance(max_shown, int):
        raise ValueError("shown_units is not supported for layers of matrices: leave it out there")
    return MatrixLayer(shape, style, values, max_shown, limit)


#: Neurons shown of layers that a mapping leaves out.
_MAX_SHOWN = 16
#: Layers that take every number on its own, or leave its place.
_ONE_BY_ONE: tuple[type[Layer], ...] = (
    BatchNorm,
    Activate,
    Scale,
    Standardise,
    PReLU,
    LayerNorm,
    RMSNorm,
    GroupNorm,
)
_STEPS: tuple[type[Layer], ...] = (
    CausalMask,
    Constant,
    Mask,
    PositionalEmbedding,
    RotaryPositions,
    SinusoidalPositions,
)
_REARRANGING: tuple[type[Layer], ...] = (
    MergeHeads,
    Pad,
    Repeat,
    Reshape,
    Slice,
    SplitHeads,
    Transpose,
)

LAYER_PICTURES: dict[type[Layer], LayerPicture] = {
    Layer: LayerPicture(),  # type: ignore[type-abstract]
    **{kind: LayerPicture() for kind in LAYERS.values()},
    Dense: DensePicture(),
    Conv2D: WindowPicture(),
    MaxPool2D: PoolPicture(),
    AveragePool2D: PoolPicture(),
    GlobalAveragePool2D: PoolPicture(),
    Flatten: FlattenPicture(),
    Dropout: SameValuesPicture(),
    Softmax: SoftmaxPicture(),
    **{kind: OneToOnePicture() for kind in _ONE_BY_ONE},
    **{kind: StepPicture() for kind in _STEPS},
    **{kind: RearrangingPicture() for kind in _REARRANGING},
    **{LAYERS[sign]: JoinPicture(sign) for sign in SIGNS},
}
"""What every kind of layer looks like; a layer is drawn as the nearest of its base classes."""


def picture_of(layer: Layer) -> LayerPicture:
    """Return how a layer is drawn."""
    return next(LAYER_PICTURES[one] for one in type(layer).__mro__ if one in LAYER_PICTURES)


def units_in_both(
    before: LayerMobject, after: LayerMobject
) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.int_]]:
    """Return the units that two layers both show, and which of each layer's neurons these are."""
    return np.intersect1d(before.shown_units, after.shown_units, return_indices=True)


def ends_of_lines(before: Iterable[VMobject], after: Iterable[VMobject]) -> Ends:
    """Return where the lines between all centres leave and enter circles.

    Shapes (lines, 3); the line from circle i to j is ``i * (circles after) + j``.
    """
    (start, r_start), (end, r_end) = (
        (
            np.array([circle.get_center() for circle in circles]),
            np.array([circle.width / 2 for circle in circles]),
        )
        for circles in map(list, (before, after))
    )
    first, last = np.broadcast_arrays(start[:, None], end[None, :])
    along = (last - first) / np.linalg.norm(last - first, axis=2, keepdims=True)
    first, last = first + along * r_start[:, None, None], last - along * r_end[None, :, None]
    return first.reshape(-1, 3), last.reshape(-1, 3)


def _range_of(activation: Activation) -> Range:
    return Range(activation.low, activation.high)


def layers_of(
    network: Network, structure: Structure, style: NetworkStyle, keep_output: bool
) -> LayerGroup:
    """Return the pictures of all that is drawn of a network, the inputs first, not arranged yet.

    Parameters
    ----------
    network : Network
        Any.
    structure : Structure
        Parts of it that are drawn.
    style : NetworkStyle
        Style of the picture.
    keep_output : bool
        Whether all units of the output are shown, however many.
    """
    things = structure.things
    count = len(things)
    ranges = ranges_of(network)
    styles = _with_fewer_maps(network, structure, style)
    layers = LayerGroup()
    for k, thing in enumerate(things):
        style = styles[structure.columns[k]]
        shape, values = network.shapes[thing.value], ranges[thing.value]
        limit = style.of_layer("activation_limit", k, count, thing.name)
        most = style.of_layer("max_shown", k, count, thing.name)
        is_asked = isinstance(style.max_shown, dict) and most is not None
        if thing.name == network.output and keep_output and not is_asked:
            most = max(2, network.sizes[thing.name])
        elif most is None:
            most = _MAX_SHOWN
        chosen = style.of_layer("shown_units", k, count, thing.name)
        most = most if chosen is None or thing.is_block else chosen
        if thing.is_block:
            shapes = network.shapes[thing.taken], shape
            title = title_of(thing.name, len(thing.blocks))
            times = len(thing.blocks)
            layers.add(block_box(title, shapes, style, values, times, thing.steps))
        elif thing.is_input and thing.name in network.graph.integer_inputs:
            layers.add(TokenLayer(shape[0], style, most))
        elif thing.is_input:
            layers.add(values_of(shape, style, values, most, limit, is_input=True))
        else:
            layer = network.nodes[thing.name].layer
            picture = picture_of(layer)
            whole = structure.is_row or _is_whole(network, structure, thing)
            drawn = picture.make(layer, shape, style, values, most, limit, whole)
            if picture.sign and len(thing.sources) > 1 and not isinstance(drawn, BoxLayer):
                drawn.mark.add(SignMark(picture.sign, drawn))
            layers.add(drawn)
    return layers


def _with_fewer_maps(
    network: Network, structure: Structure, style: NetworkStyle
) -> list[NetworkStyle]:
    """Return the style of every column: with fewer maps a layer where several layers have maps."""
    box = box_of(style)
    styles = []
    for column in structure.by_columns:
        count = sum(len(network.shapes[structure.things[k].value]) == 3 for k in column)
        most = style.max_maps
        if count > 1 and box is not None:
            room = box[1] if style.direction == "right" else box[0]
            most = max(2, min(most, int(room / count / (style.map_height + style.map_buff))))
        styles.append(replace(style, max_maps=most))
    return styles


def _is_whole(network: Network, structure: Structure, thing: Thing) -> bool:
    """Return whether a node has only edges of weights after it, or nothing."""
    takers = [one for one in structure.things if thing.name in one.sources]
    return (
        thing.name == network.output
        or not takers
        or (
            len(network.shapes[thing.name]) == 1
            and any(
                one.name in network.nodes and picture_of(network.nodes[one.name].layer).has_edges
                for one in takers
            )
        )
    )


def ranges_of(network: Network) -> dict[str, Range]:
    """Return where the values of every input and every node lie."""
    ranges = dict.fromkeys(network.inputs, Range(None, None))
    for name, (layer, sources) in network.nodes.items():
        taken = [ranges[source] for source in sources]
        lows, highs = [one.low for one in taken], [one.high for one in taken]
        before = Range(
            None if None in lows else min(low for low in lows if low is not None),
            None if None in highs else max(high for high in highs if high is not None),
        )
        ranges[name] = picture_of(layer).values(layer, before)
    return ranges
