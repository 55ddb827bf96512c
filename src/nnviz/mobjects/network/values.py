"""Numbers of the engine on a network: activations in neurons, weights on edges, biases beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    RIGHT,
    UP,
    Animation,
    ChangeDecimalToValue,
    Mobject,
    VGroup,
    VMobject,
    config,
    interpolate,
)
from numpy.typing import NDArray

from nnviz.mobjects.edges import EdgeSelection
from nnviz.mobjects.network.layers import NeuronLayer
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.numbers import ActivationNumber, QuickDecimalNumber
from nnviz.mobjects.writing import digit_height

__all__ = [
    "LEAST_HEIGHT",
    "activation_numbers",
    "bias_numbers",
    "changes_of",
    "edge_numbers",
    "number_of",
    "show_numbers",
]

#: Numbers smaller than this, in scene units, are a blur in a video: 11 pixels of 1080.
LEAST_HEIGHT = 0.08
#: Of a neuron's diameter, what numbers in it may take in width and in height.
_WIDTH_IN_NEURON, _HEIGHT_IN_NEURON = 0.78, 0.45
#: Where on its edge a number may stand, and the air around it.
_SHARES = np.linspace(0.15, 0.85, 15)
_AIR = 0.03


def activation_numbers(layer: NeuronLayer, values: NDArray[np.float64], decimals: int) -> VGroup:
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
    for number, neuron in zip(numbers, layer.neurons, strict=True):
        number.scale(share).move_to(neuron)
    show_numbers(numbers, shown)
    return numbers


def edge_numbers(
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
        number = _small_number(weight, style, decimals, height)
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


def bias_numbers(
    layer: NeuronLayer, biases: NDArray[np.float64], decimals: int, height: float
) -> VGroup:
    """Return biases as numbers beside the neurons shown.

    Parameters
    ----------
    layer
        Beside which neurons: above them in a column, right of them in a row.
    biases
        Of the whole layer, shape (size,).
    decimals, height
        Decimals shown, and the height of a digit in scene units.

    Raises
    ------
    ValueError
        If there is no room between the neurons.
    """
    _check_height(height, "biases", "ask for a larger height")
    side = UP if layer.style.direction == "right" else RIGHT
    numbers = VGroup(
        *(
            _small_number(biases[unit], layer.style, decimals, height).next_to(
                neuron, side, buff=2 * _AIR
            )
            for unit, neuron in zip(layer.shown_units, layer.neurons, strict=True)
        )
    )
    boxes = [_box(one) for one in (*layer.neurons, *numbers)]
    count = len(layer.neurons)
    for k, number in enumerate(numbers):
        if any(_overlap(boxes[count + k], box) for i, box in enumerate(boxes) if i != count + k):
            raise ValueError(
                f"there is no room for the bias {number.number:.{decimals}f} beside its neuron: "
                "leave more space (neuron_buff), or ask for a smaller height or fewer decimals"
            )
    return numbers


def show_numbers(
    numbers: VMobject, values: NDArray[np.float64], limit: float | None = None
) -> None:
    """Let numbers on screen show other values."""
    number: Any
    for number, value in zip(numbers, values, strict=True):
        if limit is not None:
            number.limit = limit
        number.set_value(float(value))


def changes_of(
    numbers: VMobject, values: NDArray[np.float64], limit: float | None = None
) -> list[Animation]:
    """Return animations in which numbers on screen count to other values."""
    number: Any
    changes: list[Animation] = []
    for number, value in zip(numbers, values, strict=True):
        if limit is not None:
            number.limit = limit
        changes.append(ChangeDecimalToValue(number, value))
    return changes


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


def number_of(
    value: float, decimals: int, height: float, style: NetworkStyle
) -> QuickDecimalNumber:
    """Return a number in a style's writing, with digits of a height, that stays centred."""
    writing: Any = style.writing
    number = QuickDecimalNumber(
        float(value),
        num_decimal_places=decimals,
        mob_class=writing,
        color=style.text_color,
        edge_to_fix=np.zeros(3),
    )
    number.scale(height / digit_height(writing))
    return number


def _small_number(
    value: float, style: NetworkStyle, decimals: int, height: float
) -> QuickDecimalNumber:
    number = number_of(value, decimals, height, style)
    for glyph in number:
        glyph.set_stroke(config.background_color, width=4, background=True)
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
