"""What each kind of layer looks like, and how it hangs on the layer before: one class a kind."""

from __future__ import annotations

import numpy as np
from manim import ManimColor, VGroup
from numpy.typing import NDArray

from nnviz.mobjects.edges import EdgeArray
from nnviz.mobjects.network.layers import LayerGroup, LayerMobject, NeuronLayer, Range
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.receptive_field import (
    middle_unit,
    receptive_field_of,
    window_layer,
)
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.network import Network
from nnviz.network.activations import Activation
from nnviz.network.layers import (
    LAYERS,
    Activate,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    GroupNorm,
    Layer,
    LayerNorm,
    MaxPool2D,
    PReLU,
    RMSNorm,
    Scale,
    Softmax,
    Standardise,
)

__all__ = ["LAYER_PICTURES", "LayerPicture", "ends_of_lines", "in_words", "layers_of", "picture_of"]

Ends = tuple[NDArray[np.float64], NDArray[np.float64]]


class LayerPicture:
    """How a kind of layer is drawn: this one for kinds that nobody has drawn, by their shape.

    One of your own is a subclass and an entry in `LAYER_PICTURES`.

    Attributes
    ----------
    has_edges : bool
        Class attribute: whether every neuron is tied to every neuron before by a weight.
    """

    has_edges = False

    def make(
        self,
        shape: tuple[int, ...],
        style: NetworkStyle,
        values: Range,
        max_shown: int,
        limit: float | None,
    ) -> LayerMobject:
        """Draw the layer by itself.

        Parameters
        ----------
        shape
            Of its activations.
        style
            How the network looks.
        values
            Where the activations lie.
        max_shown
            How many neurons at most.
        limit
            The activation shown as full, where the style says so.
        """
        if len(shape) == 3:
            return MapLayer(shape, style, values, limit)
        return NeuronLayer(int(np.prod(shape)), style, values, max_shown, limit)

    def values(self, layer: Layer, before: Range) -> Range:
        """Return where the activations lie, given where those of the layer before do."""
        return _range_of(layer.activation)

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup:
        """Return what ties the layer to the one before, besides edges of weights."""
        return VGroup()


class DensePicture(LayerPicture):
    """Neurons, each tied to every neuron before by a weight's edge."""

    has_edges = True


class OneToOnePicture(LayerPicture):
    """Every value on its own: a line from each neuron to its like."""

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup:
        """Return a plain line from each neuron shown in both layers to its like."""
        if not (isinstance(before, NeuronLayer) and isinstance(after, NeuronLayer)):
            return VGroup()
        same, rows, columns = np.intersect1d(
            before.shown_units, after.shown_units, return_indices=True
        )
        starts, ends = ends_of_lines(before, after)
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


class SameValuesPicture(OneToOnePicture):
    """As `OneToOnePicture`, for layers whose values are some of those before."""

    def values(self, layer: Layer, before: Range) -> Range:
        """Return the range of the layer before."""
        return before if layer.activation.name == "identity" else _range_of(layer.activation)


class WindowPicture(LayerPicture):
    """Units that look through windows: a square around what one of them sees, and lines to it."""

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup:
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
    """An image's values as neurons in a row; nothing ties them, as nothing is computed."""

    def connections(
        self, layer: Layer, before: LayerMobject, after: LayerMobject, style: NetworkStyle
    ) -> VGroup:
        """Return nothing."""
        return VGroup()


#: Neurons shown of layers that a mapping leaves out.
_MAX_SHOWN = 16
#: Layers that take every number on its own, or leave its place.
_ONE_BY_ONE: tuple[type[Layer], ...] = (
    BatchNorm,
    Activate,
    Softmax,
    Scale,
    Standardise,
    PReLU,
    LayerNorm,
    RMSNorm,
    GroupNorm,
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
    **{kind: OneToOnePicture() for kind in _ONE_BY_ONE},
}
"""What every kind of layer looks like; a layer is drawn as the nearest of its base classes."""


def picture_of(layer: Layer) -> LayerPicture:
    """Return how a layer is drawn."""
    return next(LAYER_PICTURES[one] for one in type(layer).__mro__ if one in LAYER_PICTURES)


def ends_of_lines(before: NeuronLayer, after: NeuronLayer) -> Ends:
    """Return where the lines between all centres leave and enter the circles.

    Shapes (lines, 3); the line from neuron i to j is ``i * (neurons after) + j``.
    """
    (start, r_start), (end, r_end) = (
        (
            np.array([neuron.get_center() for neuron in layer.neurons]),
            np.array([neuron.width / 2 for neuron in layer.neurons]),
        )
        for layer in (before, after)
    )
    first, last = np.broadcast_arrays(start[:, None], end[None, :])
    along = (last - first) / np.linalg.norm(last - first, axis=2, keepdims=True)
    first, last = first + along * r_start[:, None, None], last - along * r_end[None, :, None]
    return first.reshape(-1, 3), last.reshape(-1, 3)


def _range_of(activation: Activation) -> Range:
    return Range(activation.low, activation.high)


def layers_of(network: Network, style: NetworkStyle, keep_output: bool) -> LayerGroup:
    """Return the pictures of a network's layers, the input first, not arranged yet.

    Parameters
    ----------
    network
        A chain.
    style
        How it looks.
    keep_output
        Whether all units of the output are shown, however many.

    Raises
    ------
    ValueError
        If the network is no chain.
    """
    if not network.is_chain:
        raise ValueError(
            f"only chains of layers are drawn, each taking what the one before gives, not {network}"
        )
    count = len(network.layers) + 1

    def options(layer: int) -> tuple[int, float | None]:
        limit = style.of_layer("activation_limit", layer, count)
        most = style.of_layer("max_shown", layer, count)
        is_asked = isinstance(style.max_shown, dict) and most is not None
        if layer == count - 1 and keep_output and not is_asked:
            return network.sizes[layer], limit
        return (_MAX_SHOWN if most is None else most), limit

    values = Range(None, None)
    most, limit = options(0)
    shape = network.input_shape
    layers = LayerGroup()
    if len(shape) == 3:
        layers.add(MapLayer(shape, style, values, limit, is_image=True))
    else:
        layers.add(NeuronLayer(network.sizes[0], style, values, most, limit))
    for k, layer in enumerate(network.layers, start=1):
        values = picture_of(layer).values(layer, values)
        layers.add(picture_of(layer).make(network.shapes[k], style, values, *options(k)))
    return layers


def in_words(network: Network) -> str:
    """Return what a network is, for errors."""
    kinds = ", ".join(layer.name for layer in network.layers)
    return f"a network of sizes {tuple(network.sizes)} ({kinds})"
