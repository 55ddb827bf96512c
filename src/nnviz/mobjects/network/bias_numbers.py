"""What stands beside neurons: biases, and derivatives of the cost by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import RIGHT, UP, Animation, Mobject, VGroup
from numpy.typing import NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.derivative_numbers import DerivativeNumber, height_of, number_of
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.number_space import (
    AIR,
    OneSize,
    check_height,
    longest,
    size_of,
)
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.boxes import box_around, is_free
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.painting import CountTo
from nnviz.network import Dense, Gradient, Network

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["BesideNeurons", "BiasGradientNumbers", "BiasNumbers"]


class BesideNeurons(Annotation):
    """A number beside every neuron of dense layers: a group for each layer after the input.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    values : iterable of ndarray of float or None
        Values of the neurons shown of each layer after the input; None where there are none.
    number : callable
        Returns a value as a number.
    height : float
        Height of a digit in scene units.
    what : str
        What a number is, for errors.

    Raises
    ------
    ValueError
        If the height is below the style's least, or there is no room between the neurons.
    """

    rank = 3

    def __init__(
        self,
        net: NetworkMobject,
        values: Iterable[NDArray[np.float64] | None],
        number: Callable[[float], QuickDecimalNumber],
        height: float,
        what: str,
    ) -> None:
        least = net.style.min_number_height
        check_height(height, least, f"a {what} beside a neuron", "ask for a larger height")
        words = [*net.input_labels, *net.output_labels, *net.layer_titles]
        words += [part for layer in net.layers for part in (*layer.size_label, *layer.bias_unit)]
        groups = [VGroup() for _ in net.edge_groups]
        pictures = net.layers[net.structure.n_inputs :]
        for group, shown, picture in zip(groups, values, pictures, strict=True):
            if shown is not None:
                group.add(*map(number, shown))
                _put_beside(group, picture, words, what)
        super().__init__(*groups)

    def _counting(
        self, net: NetworkMobject, group: int, values: Sequence[float], what: str
    ) -> Iterator[Animation]:
        """Yield animations in which the numbers of a group count; all become smaller for room."""
        numbers = list(self[group])
        yield from (CountTo(*pair) for pair in zip(numbers, values, strict=True))
        neurons = [neuron for layer in net.layers for neuron in layer.neurons]
        yield OneSize(
            self,
            lambda: [
                length
                for some in self
                if len(some)
                for length in _free_lengths(list(some), neurons)
            ],
            None,
            [False] * sum(map(len, self)),
            group,
            values,
            net.style.min_number_height,
            f"{what} beside neurons of layer {net.structure.n_inputs + group},",
            "leave more space (neuron_buff, layer_buff), or ask for fewer decimals",
        )


class BiasNumbers(BesideNeurons):
    """Biases of dense layers beside their neurons: a group for each layer after the input.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    decimals : int
        Decimals shown.
    height : float
        Height of a digit, in scene units.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """

    def __init__(self, net: NetworkMobject, decimals: int, height: float) -> None:
        def number(bias: float) -> QuickDecimalNumber:
            return _small_number(bias, net.style, decimals, height)

        super().__init__(net, _biases(net, net.network), number, height, "bias")

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Write the biases beside the neurons of all layers shown."""
        number: Any = next((group[0] for group in self if len(group)), None)
        if number is not None:
            height = max(height_of(number, net.style), after.style.min_number_height)
            after.annotate(BiasNumbers(after, number.num_decimal_places, height))

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterator[Animation]:
        """Let the numbers count to other biases."""
        for k, shown in enumerate(_biases(net, network)):
            if shown is not None:
                yield from self._counting(net, k, shown.tolist(), "biases")


class BiasGradientNumbers(BesideNeurons):
    """Derivatives of the cost by biases beside the neurons of dense layers, coloured by sign.

    As z = w a + b, the derivative by a bias is that by its neuron's pre-activation, dC/dz; of a
    layer that several nodes share it is the sum over these.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    gradient : Gradient
        Gradient of the cost, shaped like the network.
    decimals : int
        Decimals shown.
    height : float
        Height of a digit, in scene units.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """

    def __init__(
        self, net: NetworkMobject, gradient: Gradient, decimals: int, height: float
    ) -> None:
        def number(derivative: float) -> QuickDecimalNumber:
            return DerivativeNumber(derivative, decimals, height, net.style)

        super().__init__(net, _bias_derivatives(net, gradient), number, height, "derivative")

    def gradient_changes(
        self, net: NetworkMobject, layer: int, gradient: Gradient
    ) -> Iterator[Animation]:
        """Let the numbers count to another gradient."""
        group = layer - net.structure.n_inputs
        shown = list(_bias_derivatives(net, gradient))[group] if group >= 0 else None
        if shown is not None:
            yield from self._counting(net, group, shown.tolist(), "derivatives")


def _biases(net: NetworkMobject, network: Network) -> Iterator[NDArray[np.float64] | None]:
    """Yield a network's biases of the neurons shown of each layer; None where there are none."""
    for name, picture in _dense_layers(net):
        layer = None if name is None else network.nodes[name].layer
        yield layer.biases[picture.shown_units] if isinstance(layer, Dense) else None


def _bias_derivatives(
    net: NetworkMobject, gradient: Gradient
) -> Iterator[NDArray[np.float64] | None]:
    """Yield dC/db of the neurons shown of each layer after the input; None where there is none."""
    graph = net.network.graph
    for name, picture in _dense_layers(net):
        if name is None:
            yield None
        else:
            owner = graph.owner_of[graph.node_index(name)]
            yield gradient.parts[owner][1][picture.shown_units]


def _dense_layers(net: NetworkMobject) -> Iterator[tuple[str | None, LayerMobject]]:
    """Yield the pictures after the inputs, with the name of a dense layer shown as neurons."""
    for k in range(net.structure.n_inputs, len(net.layers)):
        name = net.structure.things[k].name
        node, picture = net.network.nodes.get(name), net.layers[k]
        is_dense = node is not None and isinstance(node.layer, Dense)
        yield name if is_dense and isinstance(picture, NeuronLayer) else None, picture


def _put_beside(numbers: VGroup, layer: LayerMobject, words: Sequence[Mobject], what: str) -> None:
    """Put numbers beside the neurons shown, all on the same side.

    That is above them in a column and right of them in a row, or else on the other side.

    Parameters
    ----------
    numbers : VGroup
        As many as neurons.
    layer : LayerMobject
        Layer of the neurons.
    words : sequence of Mobject
        Words that numbers must not touch.
    what : str
        What a number is, for errors.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """
    taken = [box_around(one, AIR / 2) for one in (*layer.neurons, *words)]
    side = UP if layer.style.direction == "right" else RIGHT
    counts: list[Any] = list(numbers)
    values = [float(number.number) for number in counts]
    for number, value in zip(counts, values, strict=True):  # as long as with any digits
        number.set_value(longest(value, number.num_decimal_places))
    blocked: list[Any] = []
    for direction in (side, -side):
        for number, neuron in zip(numbers, layer.neurons, strict=True):
            number.next_to(neuron, direction, buff=2 * AIR)
        boxes = [box_around(number, AIR / 2) for number in numbers]
        blocked = [
            number
            for k, number in enumerate(numbers)
            if not is_free(boxes[k], (*taken, *boxes[:k], *boxes[k + 1 :]))
        ]
        if not blocked:
            for number, value in zip(counts, values, strict=True):
                number.set_value(value)
            return
    first = blocked[0]
    value = values[list(numbers).index(first)]
    raise ValueError(
        f"there is no room for the {what} {value:.{first.num_decimal_places}f} beside its "
        "neuron: leave more space (neuron_buff), or ask for a smaller height or fewer decimals"
    )


def _free_lengths(numbers: Sequence[Any], neurons: Sequence[Mobject]) -> list[float]:
    """Return how long each number may be, where it is, without touching a neuron or another."""
    turn = np.exp(-1j * numbers[0].angle)
    places = np.array([one.get_center()[:2] @ (1, 1j) for one in (*numbers, *neurons)]) * turn
    middles = np.stack([places.real, places.imag], axis=1)
    sizes = np.array([*map(size_of, numbers), *((one.width, one.height) for one in neurons)])
    is_number = np.arange(len(middles)) < len(numbers)
    lengths: list[float] = []
    for k in range(len(numbers)):
        apart = np.abs(middles - middles[k])
        beside = apart[:, 1] < (sizes[:, 1] + sizes[k, 1]) / 2
        beside[k] = False
        halves = np.where(is_number, apart[:, 0] / 2, apart[:, 0] - sizes[:, 0] / 2)
        air = 0.1 * sizes[k, 1]
        lengths.append(2 * float(halves[beside].min(initial=np.inf) - air))
    return lengths


def _small_number(
    value: float, style: NetworkStyle, decimals: int, height: float
) -> QuickDecimalNumber:
    number = number_of(value, decimals, height, style)
    for glyph in number:
        glyph.set_stroke(style.behind, width=4, background=True)
    return number
