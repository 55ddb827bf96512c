"""Numbers of the engine on a network: activations in neurons, weights on edges, biases beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import (
    RIGHT,
    UP,
    Animation,
    ManimColor,
    Mobject,
    Rectangle,
    VGroup,
    VMobject,
    interpolate,
)
from numpy.typing import NDArray

from nnviz.mobjects.edges import EdgeSelection
from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.layers import LayerMobject, NeuronLayer
from nnviz.mobjects.network.links import weights_of
from nnviz.mobjects.network.numbers import number_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.numbers import ActivationNumber, QuickDecimalNumber
from nnviz.mobjects.painting import CountTo
from nnviz.network import Dense, Layer, Network

if TYPE_CHECKING:
    from nnviz.mobjects.network.network import NetworkMobject

__all__ = [
    "LEAST_HEIGHT",
    "ActivationNumbers",
    "BiasNumbers",
    "EdgeNumberGrounds",
    "EdgeNumbers",
]

#: Numbers smaller than this, in scene units, are a blur in a video: 11 pixels of 1080.
LEAST_HEIGHT = 0.08
#: Of a neuron's diameter, what numbers in it may take in width and in height.
_WIDTH_IN_NEURON, _HEIGHT_IN_NEURON = 0.78, 0.45
#: Where on its edge a number may stand, and the air around it.
_SHARES = np.linspace(0.15, 0.85, 15)
_AIR = 0.03


class ActivationNumbers(Annotation):
    """Activations as numbers in neurons: a group a layer, empty where none are shown.

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
        layers: Sequence[int] | None,
    ) -> None:
        chosen = range(len(net.layers)) if layers is None else [*map(net.layer_index, layers)]
        super().__init__(
            *(
                _activation_numbers(layer, activations[k].ravel(), decimals)
                if k in chosen and isinstance(layer, NeuronLayer)
                else VGroup()
                for k, layer in enumerate(net.layers)
            )
        )

    def activation_changes(
        self, net: NetworkMobject, layer: int, values: NDArray[np.float64]
    ) -> Iterator[Animation]:
        """Let the numbers count to other activations."""
        picture = net.layers[layer]
        limit = picture.full(values)
        shown = values.ravel()[picture.shown_units] if len(self[layer]) else ()
        for number, value in zip(self[layer], shown, strict=True):
            yield _Activate(number, value, limit)


class EdgeNumbers(Annotation):
    """Weights as numbers on edges: a group for each group of edges, empty where none are shown.

    Parameters
    ----------
    net
        The picture.
    decimals, height
        Decimals shown, and the height of a digit in scene units.
    layers
        On the edges after which layers; on all by default.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    """

    rank = 2

    def __init__(
        self, net: NetworkMobject, decimals: int, height: float, layers: Sequence[int] | None
    ) -> None:
        groups = [VGroup() for _ in net.edge_groups]
        done: list[Mobject] = []
        every = [k for k, group in enumerate(net.edge_groups) if len(group)]
        for k in every if layers is None else map(net.edge_group_index, layers):
            groups[k] = _edge_numbers(
                net.edge_groups[k],
                net.shown_weights(k).ravel(),
                [*(one for end in net.edge_ends(k) for one in net.layers[end].neurons), *done],
                net.style,
                decimals,
                height,
                f"after layer {k}",
            )
            done = list(groups[k])
        super().__init__(*groups)

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterator[Animation]:
        """Let the numbers count to other weights."""
        weights = weights_of(network)
        for k, numbers in enumerate(self):
            if len(numbers):
                shown = net.shown_weights(k, weights).ravel()
                yield from (CountTo(*pair) for pair in zip(numbers, shown, strict=True))


class EdgeNumberGrounds(Annotation):
    """Grounds of numbers on edges, in the background's colour: no edge strikes a number through.

    Parameters
    ----------
    numbers
        The numbers; there is room for signs that may come.
    background
        The background's colour.
    """

    rank = 1

    def __init__(self, numbers: EdgeNumbers, background: ManimColor) -> None:
        super().__init__(
            *(VGroup(*(_ground(number, background) for number in group)) for group in numbers)
        )


class BiasNumbers(Annotation):
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

    rank = 3

    def __init__(self, net: NetworkMobject, decimals: int, height: float) -> None:
        words = [*net.input_labels, *net.output_labels, *net.layer_titles]
        words += [part for layer in net.layers for part in layer.size_label]
        super().__init__(
            *(
                _bias_numbers(picture, layer.biases, decimals, height, words)
                if isinstance(layer, Dense) and isinstance(picture, NeuronLayer)
                else VGroup()
                for layer, picture in _nodes(net, net.network)
            )
        )

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterator[Animation]:
        """Let the numbers count to other biases."""
        for numbers, (layer, picture) in zip(self, _nodes(net, network), strict=True):
            if len(numbers) and isinstance(layer, Dense):
                shown = layer.biases[picture.shown_units]
                yield from (CountTo(*pair) for pair in zip(numbers, shown, strict=True))


def _nodes(net: NetworkMobject, network: Network) -> Iterator[tuple[Layer | None, LayerMobject]]:
    """Yield a network's layers and what shows them, None for blocks; the inputs are left out."""
    for k in range(net.structure.n_inputs, len(net.layers)):
        node = network.nodes.get(net.structure.things[k].name)
        yield None if node is None else node.layer, net.layers[k]


class _Activate(CountTo):
    """The number of a neuron counts to an activation, which may change what is full."""

    def __init__(self, number: VMobject, value: float, limit: float) -> None:
        self._limit = limit
        super().__init__(number, value)

    def start(self) -> None:
        super().start()
        self.mobject.limit = self._limit


def _ground(number: Any, background: ManimColor) -> Rectangle:
    widest = number.copy().set_value(-abs(number.number))
    return Rectangle(
        width=widest.width + _AIR,
        height=number.height + _AIR,
        stroke_width=0,
        fill_color=background,
        fill_opacity=1,
    ).move_to(number)


def _activation_numbers(layer: NeuronLayer, values: NDArray[np.float64], decimals: int) -> VGroup:
    """Return the activations as numbers in the neurons shown, of one size.

    Parameters
    ----------
    layer
        In which neurons.
    values
        Of the whole layer, shape (size,).
    decimals
        Decimals shown.

    Raises
    ------
    ValueError
        If the neurons are too small for them.
    """
    style = layer.style
    limit = layer.full(values)
    shown = values[layer.shown_units]
    # Where signs may change, there is room for them from the beginning.
    widest = -np.abs(shown) if layer.values.is_signed else shown
    numbers = VGroup(
        *(
            ActivationNumber(
                value,
                num_decimal_places=decimals,
                mob_class=style.writing,
                color=style.text_color,
                contrast_color=style.contrast_color,
                limit=limit,
            )
            for value in widest
        )
    )
    diameter = layer.neurons[0].width
    share = min(
        _WIDTH_IN_NEURON * diameter / max(number.width for number in numbers),
        _HEIGHT_IN_NEURON * diameter / max(number.height for number in numbers),
    )
    _check_height(
        share * numbers[0].height,
        f"activations with {decimals} decimals in neurons of radius {diameter / 2:.2f}",
        "make the neurons larger (neuron_radius, fewer with max_shown) or ask for fewer decimals",
    )
    for number, neuron, value in zip(numbers, layer.neurons, shown, strict=True):
        number.scale(share).move_to(neuron)
        number.set_value(float(value))
    return numbers


def _edge_numbers(
    edges: EdgeSelection,
    weights: NDArray[np.float64],
    taken: Sequence[Mobject],
    style: NetworkStyle,
    decimals: int,
    height: float,
    where: str,
) -> VGroup:
    """Return weights as numbers on their edges, none on another.

    Parameters
    ----------
    edges
        A group of edges.
    weights
        As many, in their order.
    taken
        What numbers must not touch.
    style
        How the network looks.
    decimals, height
        Decimals shown, and the height of a digit in scene units.
    where
        Between which layers, for errors.

    Raises
    ------
    ValueError
        If there is no room.
    """
    _check_height(height, "numbers on edges", "ask for a larger height")
    numbers, boxes = VGroup(), [_box(one) for one in taken]
    places = interpolate(edges.starts[:, None], edges.ends[:, None], _SHARES[:, None])
    free = _distances_to_others(edges, places)
    for place, distances, weight in zip(places, free, weights, strict=True):
        number = number_of(weight, decimals, height, style)
        for k in np.argsort(-distances, kind="stable"):
            number.move_to(place[k])
            box = _box(number)
            if not any(_overlap(box, other) for other in boxes):
                break
        else:
            raise ValueError(
                f"there is no room for {len(weights)} weights on the edges {where}: show them for "
                "other layers only (layers=...), leave more space (layer_buff, neuron_buff), or "
                "ask for a smaller height or fewer decimals"
            )
        boxes.append(box)
        numbers.add(number)
    return numbers


def _bias_numbers(
    layer: NeuronLayer,
    biases: NDArray[np.float64],
    decimals: int,
    height: float,
    words: Sequence[Mobject],
) -> VGroup:
    """Return biases as numbers beside the neurons shown, all on the same side.

    That is above them in a column and right of them in a row, or else on the other side.

    Parameters
    ----------
    layer
        Beside which neurons.
    biases
        Of the whole layer, shape (size,).
    decimals, height
        Decimals shown, and the height of a digit in scene units.
    words
        What numbers must not touch, besides neurons and each other.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """
    _check_height(height, "biases", "ask for a larger height")
    numbers = VGroup(
        *(_small_number(biases[unit], layer.style, decimals, height) for unit in layer.shown_units)
    )
    taken = [_box(one) for one in (*layer.neurons, *words)]
    side = UP if layer.style.direction == "right" else RIGHT
    blocked = []
    for direction in (side, -side):
        for number, neuron in zip(numbers, layer.neurons, strict=True):
            number.next_to(neuron, direction, buff=2 * _AIR)
        boxes = [_box(number) for number in numbers]
        blocked = [
            number
            for k, number in enumerate(numbers)
            if any(_overlap(boxes[k], box) for box in (*taken, *boxes[:k], *boxes[k + 1 :]))
        ]
        if not blocked:
            return numbers
    first: Any = blocked[0]
    raise ValueError(
        f"there is no room for the bias {first.number:.{decimals}f} beside its neuron: "
        "leave more space (neuron_buff), or ask for a smaller height or fewer decimals"
    )


def _distances_to_others(edges: EdgeSelection, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far places on each edge are from the next other edge.

    Parameters
    ----------
    edges
        Of which there are n.
    places
        Shape (n, places, 3).
    """
    ways = edges.ends - edges.starts
    from_starts = places[:, :, None] - edges.starts
    shares = (from_starts * ways).sum(axis=3) / (ways**2).sum(axis=1)
    feet = edges.starts + shares.clip(0, 1)[..., None] * ways
    distances = np.linalg.norm(places[:, :, None] - feet, axis=3)
    own = np.arange(len(ways))
    distances[own, :, own] = np.inf
    nearest: NDArray[np.float64] = distances.min(axis=2)
    return nearest


def _small_number(
    value: float, style: NetworkStyle, decimals: int, height: float
) -> QuickDecimalNumber:
    number = number_of(value, decimals, height, style)
    for glyph in number:
        glyph.set_stroke(style.behind, width=4, background=True)
    return number


def _check_height(height: float, what: str, remedy: str) -> None:
    if not height >= LEAST_HEIGHT:
        raise ValueError(
            f"{what} would be {height:.3f} units high, too small to be read (at least "
            f"{LEAST_HEIGHT}): {remedy}"
        )


def _box(mobject: Mobject) -> tuple[Any, Any]:
    size = np.array([mobject.width, mobject.height]) / 2 + _AIR / 2
    middle = mobject.get_center()[:2]
    return middle - size, middle + size


def _overlap(first: tuple[Any, Any], second: tuple[Any, Any]) -> bool:
    return bool((first[0] < second[1]).all() and (second[0] < first[1]).all())
