"""What stands in and beside neurons: activations, biases, derivatives, texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import RIGHT, UP, Animation, Mobject, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.contrast import readable
from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.layers import LayerMobject, NeuronLayer
from nnviz.mobjects.network.number_room import AIR, box_around, check_height, overlap
from nnviz.mobjects.network.numbers import DerivativeNumber, number_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.numbers import ActivationNumber, QuickDecimalNumber
from nnviz.mobjects.painting import AtItsTurn, CountTo
from nnviz.mobjects.writing import written
from nnviz.network import Dense, Gradient, Layer, Network

if TYPE_CHECKING:
    from nnviz.mobjects.network.network import NetworkMobject

__all__ = [
    "ActivationNumbers",
    "BiasGradientNumbers",
    "BiasNumbers",
    "NeuronText",
    "NeuronTexts",
]

#: Returns what stands in a neuron, or None: its layer, and which unit of that it is.
NeuronText = Callable[[int, int], str | Mobject | None]

#: Of a neuron's diameter, what numbers in it may take in width and in height. The corners of the
#: largest are a tenth of the radius away from the rim.
_WIDTH_IN_NEURON, _HEIGHT_IN_NEURON = 0.78, 0.45


class ActivationNumbers(Annotation):
    """Activations as numbers in neurons: a group a layer, empty where none are shown.

    All are of one size, which is that of the layer with the least room.

    Parameters
    ----------
    net
        The picture.
    activations
        An array a layer, the input first.
    decimals
        Decimals shown.
    layers
        In which layers, as far as they have neurons; in all by default.

    Raises
    ------
    ValueError
        If the neurons are too small for numbers that can be read.
    """

    rank = 0

    def __init__(
        self,
        net: NetworkMobject,
        activations: Sequence[NDArray[np.float64]],
        decimals: int,
        layers: Sequence[int | str] | None,
    ) -> None:
        groups = [VGroup() for _ in net.layers]
        for k in _chosen(net, layers):
            groups[k].add(*_activation_numbers(net.layers[k], activations[k].ravel(), decimals))
        _fit_into_neurons(net, groups, f"activations with {decimals} decimals", "fewer decimals")
        for group, layer, values in zip(groups, net.layers, activations, strict=True):
            if len(group):
                for number, value in zip(group, values.ravel()[layer.shown_units], strict=True):
                    number.set_value(float(value))
        super().__init__(*groups)

    def activation_changes(
        self, net: NetworkMobject, layer: int, values: NDArray[np.float64]
    ) -> Iterator[Animation]:
        """Let the numbers count to other activations."""
        picture = net.layers[layer]
        limit = picture.full(values)
        shown = values.ravel()[picture.shown_units] if len(self[layer]) else ()
        for number, neuron, value in zip(self[layer], picture.neurons, shown, strict=False):
            yield _Activate(number, value, limit, neuron, net.style)


class NeuronTexts(Annotation):
    """Texts of one's own in neurons, such as symbols: a group a layer; all of one size.

    Parameters
    ----------
    net
        The picture.
    texts
        Returns the text of a neuron: called with the index of its layer, the input being 0, and of
        its unit. None leaves the neuron free.
    layers
        In which layers, as far as they have neurons; in all by default.

    Raises
    ------
    ValueError
        If the neurons are too small for texts that can be read.
    """

    rank = 0

    def __init__(
        self, net: NetworkMobject, texts: NeuronText, layers: Sequence[int | str] | None
    ) -> None:
        style = net.style
        groups = [VGroup() for _ in net.layers]
        for k in _chosen(net, layers):
            for unit in net.layers[k].shown_units.tolist():
                text = texts(k, unit) or ""
                groups[k].add(written(text, 1.0, style.writing, None, "text in a neuron"))
        _fit_into_neurons(net, groups, "texts", "shorter texts")
        super().__init__(*groups)
        for layer, group in zip(net.layers, groups, strict=True):
            for text, neuron in zip(group, layer.neurons, strict=False):
                _make_readable(text, neuron, style)

    def activation_changes(
        self, net: NetworkMobject, layer: int, values: NDArray[np.float64]
    ) -> Iterator[Animation]:
        """Let the texts be readable on what neurons are filled with."""
        for text, neuron in zip(self[layer], net.layers[layer].neurons, strict=False):
            yield _StayReadable(text, neuron, net.style)


class BesideNeurons(Annotation):
    """A number beside every neuron of dense layers: a group for each layer after the input."""

    rank = 3

    def __init__(
        self,
        net: NetworkMobject,
        drawn: Callable[[Dense, NeuronLayer], Sequence[QuickDecimalNumber]],
        what: str,
    ) -> None:
        words = [*net.input_labels, *net.output_labels, *net.layer_titles]
        words += [part for layer in net.layers for part in layer.size_label]
        groups = [VGroup() for _ in net.edge_groups]
        for group, (layer, picture) in zip(groups, _nodes(net, net.network), strict=True):
            if isinstance(layer, Dense) and isinstance(picture, NeuronLayer):
                group.add(*drawn(layer, picture))
                _put_beside(group, picture, words, what)
        super().__init__(*groups)


class BiasNumbers(BesideNeurons):
    """Biases of dense layers beside their neurons: a group for each layer after the input.

    Parameters
    ----------
    net
        The picture.
    decimals, height
        Decimals shown, and the height of a digit in scene units.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """

    def __init__(self, net: NetworkMobject, decimals: int, height: float) -> None:
        check_height(height, "biases", "ask for a larger height")

        def drawn(layer: Dense, picture: NeuronLayer) -> list[QuickDecimalNumber]:
            shown = layer.biases[picture.shown_units]
            return [_small_number(bias, net.style, decimals, height) for bias in shown]

        super().__init__(net, drawn, "bias")

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterator[Animation]:
        """Let the numbers count to other biases."""
        for numbers, (layer, picture) in zip(self, _nodes(net, network), strict=True):
            if len(numbers) and isinstance(layer, Dense):
                shown = layer.biases[picture.shown_units]
                yield from (CountTo(*pair) for pair in zip(numbers, shown, strict=True))


class BiasGradientNumbers(BesideNeurons):
    """Derivatives of the cost by biases beside the neurons of dense layers, coloured by sign.

    As z = w a + b, the derivative by a bias is that by its neuron's pre-activation, dC/dz; of a
    layer that several nodes share it is the sum over these.

    Parameters
    ----------
    net
        The picture.
    gradient
        Gradient of the cost, shaped like the network.
    decimals, height
        Decimals shown, and the height of a digit in scene units.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """

    def __init__(
        self, net: NetworkMobject, gradient: Gradient, decimals: int, height: float
    ) -> None:
        check_height(height, "derivatives", "ask for a larger height")
        of_layers = iter([one for one in _bias_derivatives(net, gradient) if one is not None])

        def drawn(layer: Dense, picture: NeuronLayer) -> list[QuickDecimalNumber]:
            return [
                DerivativeNumber(value, decimals, height, net.style) for value in next(of_layers)
            ]

        super().__init__(net, drawn, "derivative")

    def gradient_changes(self, net: NetworkMobject, gradient: Gradient) -> Iterator[Animation]:
        """Let the numbers count to another gradient."""
        for numbers, shown in zip(self, _bias_derivatives(net, gradient), strict=True):
            if shown is not None:
                yield from (CountTo(*pair) for pair in zip(numbers, shown, strict=True))


def _bias_derivatives(
    net: NetworkMobject, gradient: Gradient
) -> Iterator[NDArray[np.float64] | None]:
    """Yield dC/db of the neurons shown of each layer after the input; None where there is none."""
    graph = net.network.graph
    for thing, (layer, picture) in zip(
        net.structure.things[net.structure.n_inputs :], _nodes(net, net.network), strict=True
    ):
        if isinstance(layer, Dense) and isinstance(picture, NeuronLayer):
            owner = graph.owner_of[graph.node_index(thing.name)]
            yield gradient.parts[owner][1][picture.shown_units]
        else:
            yield None


def _nodes(net: NetworkMobject, network: Network) -> Iterator[tuple[Layer | None, LayerMobject]]:
    """Yield a network's layers and what shows them, None for blocks; the inputs are left out."""
    for k in range(net.structure.n_inputs, len(net.layers)):
        node = network.nodes.get(net.structure.things[k].name)
        yield None if node is None else node.layer, net.layers[k]


class _Activate(CountTo):
    """The number of a neuron counts to an activation, readable on the neuron all the way."""

    def __init__(
        self, number: VMobject, value: float, limit: float, neuron: VMobject, style: NetworkStyle
    ) -> None:
        self._limit, self._neuron, self._style = limit, neuron, style
        super().__init__(number, value)

    def start(self) -> None:
        super().start()
        self.mobject.limit = self._limit

    def show(self, share: float) -> None:
        super().show(share)
        _make_readable(self.mobject, self._neuron, self._style)


class _StayReadable(AtItsTurn):
    """A text is readable on its neuron, while that is filled."""

    def __init__(self, text: VMobject, neuron: VMobject, style: NetworkStyle) -> None:
        self._neuron, self._style = neuron, style
        super().__init__(text)

    def show(self, share: float) -> None:
        _make_readable(self.mobject, self._neuron, self._style)


def _make_readable(text: Any, neuron: VMobject, style: NetworkStyle) -> None:
    fill = style.behind.interpolate(neuron.get_fill_color(), float(neuron.get_fill_opacity()))
    text.set_fill(readable(fill, style.text_color, style.contrast_color))


def _chosen(net: NetworkMobject, layers: Sequence[int | str] | None) -> list[int]:
    """Return which layers are meant, as far as they have neurons."""
    chosen = range(len(net.layers)) if layers is None else map(net.layer_index, layers)
    return sorted({k for k in chosen if isinstance(net.layers[k], NeuronLayer)})


def _fit_into_neurons(
    net: NetworkMobject, groups: Sequence[VGroup], what: str, remedy: str
) -> None:
    """Put texts into neurons, all in the size in which the largest fits.

    Raises
    ------
    ValueError
        If that is too small to be read.
    """
    share, least = np.inf, 0
    for k, (layer, group) in enumerate(zip(net.layers, groups, strict=True)):
        drawn = [text for text in group if text.family_members_with_points()]
        if not drawn:
            continue
        diameter = layer.neurons[0].width
        fitting = min(
            _WIDTH_IN_NEURON * diameter / max(text.width for text in drawn),
            _HEIGHT_IN_NEURON * diameter / max(text.height for text in drawn),
        )
        if fitting < share:
            share, least = fitting, k
    if not np.isfinite(share):
        return
    height = share * max(text.height for text in groups[least])
    radius = net.layers[least].neurons[0].width / 2
    check_height(
        height,
        f"{what} in neurons of radius {radius:.2f}, in layer {least},",
        f"make the neurons larger (neuron_radius, fewer with max_shown), ask for {remedy}, or "
        "leave the layer out (layers=...)",
    )
    for layer, group in zip(net.layers, groups, strict=True):
        for text, neuron in zip(group, layer.neurons, strict=False):
            text.scale(share).move_to(neuron)


def _activation_numbers(
    layer: LayerMobject, values: NDArray[np.float64], decimals: int
) -> list[ActivationNumber]:
    """Return the activations of the neurons shown, as wide as they get, in their natural size.

    Parameters
    ----------
    layer
        In which neurons.
    values
        Of the whole layer, shape (size,).
    decimals
        Decimals shown.
    """
    style, limit, shown = layer.style, layer.full(values), values[layer.shown_units]
    # Where signs may change, there is room for them from the beginning.
    widest = -np.abs(shown) if layer.values.is_signed else shown
    return [
        ActivationNumber(
            value,
            num_decimal_places=decimals,
            mob_class=style.writing,
            color=style.text_color,
            contrast_color=style.contrast_color,
            fill_color=style.neuron_fill_color,
            negative_fill_color=style.negative_fill_color,
            background=style.behind,
            limit=limit,
        )
        for value in widest
    ]


def _put_beside(numbers: VGroup, layer: NeuronLayer, words: Sequence[Mobject], what: str) -> None:
    """Put numbers beside the neurons shown, all on the same side.

    That is above them in a column and right of them in a row, or else on the other side.

    Parameters
    ----------
    numbers
        As many as neurons.
    layer
        Beside which neurons.
    words
        What numbers must not touch, besides neurons and each other.
    what
        What a number is, for errors.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """
    taken = [box_around(one) for one in (*layer.neurons, *words)]
    side = UP if layer.style.direction == "right" else RIGHT
    blocked: list[Any] = []
    for direction in (side, -side):
        for number, neuron in zip(numbers, layer.neurons, strict=True):
            number.next_to(neuron, direction, buff=2 * AIR)
        boxes = [box_around(number) for number in numbers]
        blocked = [
            number
            for k, number in enumerate(numbers)
            if any(overlap(boxes[k], box) for box in (*taken, *boxes[:k], *boxes[k + 1 :]))
        ]
        if not blocked:
            return
    first = blocked[0]
    raise ValueError(
        f"there is no room for the {what} {first.number:.{first.num_decimal_places}f} beside its "
        "neuron: leave more space (neuron_buff), or ask for a smaller height or fewer decimals"
    )


def _small_number(
    value: float, style: NetworkStyle, decimals: int, height: float
) -> QuickDecimalNumber:
    number = number_of(value, decimals, height, style)
    for glyph in number:
        glyph.set_stroke(style.behind, width=4, background=True)
    return number
