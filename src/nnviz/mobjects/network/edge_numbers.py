"""What stands on the edges of a network: weights, their derivatives, texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import Animation, ManimColor, Mobject, Rectangle, VGroup, VMobject, interpolate
from numpy.typing import NDArray

from nnviz.mobjects.edges import EdgeSelection
from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.links import Weights, weight_steps, weights_of
from nnviz.mobjects.network.number_room import Box, box_around, check_height
from nnviz.mobjects.network.numbers import DerivativeNumber, number_of
from nnviz.mobjects.numbers import QuickDecimalNumber
from nnviz.mobjects.painting import CountTo
from nnviz.mobjects.writing import written
from nnviz.network import Gradient, Network

if TYPE_CHECKING:
    from nnviz.mobjects.network.network import NetworkMobject

__all__ = [
    "EdgeGradientNumbers",
    "EdgeNumberGrounds",
    "EdgeNumbers",
    "EdgeText",
    "EdgeTexts",
    "OnEdges",
]

#: Returns what stands on an edge, or None: its group's layer, and the units at its ends.
EdgeText = Callable[[int, int, int], str | Mobject | None]

#: Where on its edge a number may stand.
_SHARES = np.linspace(0.15, 0.85, 29)
#: Of the ground around a number, in scene units on each side.
_GROUND = 0.04


class OnEdges(Annotation):
    """Something on every edge, or on some: a group for each group of edges.

    Parameters
    ----------
    net
        The picture.
    drawn
        Returns what stands on the edges of a group, in their order, by the group's index; what
        shows nothing takes no room.
    layers
        On the edges after which layers, or into layers of which names; on all by default.
    what
        What it is, for errors.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    """

    rank = 2

    def __init__(
        self,
        net: NetworkMobject,
        drawn: Callable[[int], Sequence[VMobject]],
        layers: Sequence[int | str] | None,
        what: str,
    ) -> None:
        groups = [VGroup() for _ in net.edge_groups]
        taken = [box_around(neuron) for layer in net.layers for neuron in layer.neurons]
        every = [k for k, group in enumerate(net.edge_groups) if len(group)]
        chosen = every if layers is None else sorted(map(net.edge_group_index, layers))
        for k in chosen:
            groups[k].add(*drawn(k))
            taken += _put_on_edges(net.edge_groups[k], groups[k], taken, f"{what} after layer {k}")
        super().__init__(*groups)


class EdgeNumbers(OnEdges):
    """Weights as numbers on edges: a group for each group of edges, empty where none are shown.

    Parameters
    ----------
    net
        The picture.
    decimals, height
        Decimals shown, and the height of a digit in scene units.
    layers
        As for :class:`OnEdges`.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    """

    def __init__(
        self,
        net: NetworkMobject,
        decimals: int,
        height: float,
        layers: Sequence[int | str] | None,
    ) -> None:
        check_height(height, "numbers on edges", "ask for a larger height")

        def drawn(k: int) -> list[VMobject]:
            weights = net.shown_weights(k).ravel()
            return [number_of(weight, decimals, height, net.style) for weight in weights]

        super().__init__(net, drawn, layers, "weights")

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterator[Animation]:
        """Let the numbers count to other weights."""
        yield from _counting(net, self, weights_of(network))


class EdgeGradientNumbers(OnEdges):
    """Derivatives of the cost by the weights, dC/dw, as numbers on edges, coloured by sign.

    Parameters
    ----------
    net
        The picture.
    gradient
        Gradient of the cost, shaped like the network.
    decimals, height, layers
        As for :class:`EdgeNumbers`.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    """

    def __init__(
        self,
        net: NetworkMobject,
        gradient: Gradient,
        decimals: int,
        height: float,
        layers: Sequence[int | str] | None,
    ) -> None:
        check_height(height, "numbers on edges", "ask for a larger height")
        derivatives = _by_weights(net.network, gradient)

        def drawn(k: int) -> list[VMobject]:
            shown = net.shown_weights(k, derivatives).ravel()
            return [DerivativeNumber(value, decimals, height, net.style) for value in shown]

        super().__init__(net, drawn, layers, "derivatives")

    def gradient_changes(self, net: NetworkMobject, gradient: Gradient) -> Iterator[Animation]:
        """Let the numbers count to another gradient."""
        yield from _counting(net, self, _by_weights(net.network, gradient))


class EdgeTexts(OnEdges):
    """Texts of one's own on edges, such as symbols.

    Parameters
    ----------
    net
        The picture.
    texts
        Returns the text of an edge: called with the index of its group, and with the units at its
        start and its end, counted from 0. None leaves the edge free.
    height
        Of a digit in the style's writing, in scene units.
    layers
        As for :class:`OnEdges`.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    """

    def __init__(
        self,
        net: NetworkMobject,
        texts: EdgeText,
        height: float,
        layers: Sequence[int | str] | None,
    ) -> None:
        check_height(height, "texts on edges", "ask for a larger height")
        style = net.style

        def drawn(k: int) -> list[VMobject]:
            before, after = (net.layers[end].shown_units.tolist() for end in net.edge_ends(k))
            return [
                written(
                    texts(k, i, j) or "", height, style.writing, style.text_color, "text on an edge"
                )
                for i in before
                for j in after
            ]

        super().__init__(net, drawn, layers, "texts")


class EdgeNumberGrounds(Annotation):
    """Grounds of what stands on edges, in the background's colour: no edge strikes it through.

    Parameters
    ----------
    on_edges
        What stands there; there is room for signs that may come.
    background
        The background's colour.
    """

    rank = 1

    def __init__(self, on_edges: OnEdges, background: ManimColor) -> None:
        super().__init__(
            *(VGroup(*(_ground(text, background) for text in group)) for group in on_edges)
        )


def _by_weights(network: Network, gradient: Gradient) -> Weights:
    """Return dC/dw of every node, None where there is no matrix of weights."""
    return [None if step is None else -step for step in weight_steps(network, gradient)]


def _counting(net: NetworkMobject, on_edges: OnEdges, weights: Weights) -> Iterator[Animation]:
    for k, numbers in enumerate(on_edges):
        if len(numbers):
            shown = net.shown_weights(k, weights).ravel()
            yield from (CountTo(*pair) for pair in zip(numbers, shown, strict=True))


def _ground(text: Any, background: ManimColor) -> VMobject:
    if not text.family_members_with_points():
        return VMobject()
    widest = text
    if isinstance(text, QuickDecimalNumber):
        widest = text.copy().set_value(-abs(text.number))
    return Rectangle(
        width=widest.width + 2 * _GROUND,
        height=text.height + 2 * _GROUND,
        stroke_width=0,
        fill_color=background,
        fill_opacity=1,
    ).move_to(text)


def _put_on_edges(
    edges: EdgeSelection, texts: VGroup, taken: Sequence[Box], what: str
) -> list[Box]:
    """Put texts on their edges, where these are furthest from others; return the boxes around them.

    Parameters
    ----------
    edges
        A group of edges.
    texts
        As many, in their order.
    taken
        What they must not touch.
    what
        Texts of what they are, for errors.

    Raises
    ------
    ValueError
        If there is no room.
    """
    places = interpolate(edges.starts[:, None], edges.ends[:, None], _SHARES[:, None])
    best_first = np.argsort(-_distances_to_others(edges, places), axis=1, kind="stable")
    drawn = [k for k, text in enumerate(texts) if text.family_members_with_points()]
    for turn in (drawn, drawn[::-1], drawn[::2] + drawn[1::2]):
        boxes: list[Box] = []
        for k in turn:
            box = _first_free(texts[k], places[k][best_first[k]], [*taken, *boxes])
            if box is None:
                break
            boxes.append(box)
        else:
            return boxes
    raise ValueError(
        f"there is no room for {len(drawn)} {what} on their edges: show them for other layers only "
        "(layers=...), leave more space (layer_buff, neuron_buff), or ask for a smaller height or "
        "fewer decimals"
    )


def _first_free(text: Mobject, places: NDArray[np.float64], taken: Sequence[Box]) -> Box | None:
    """Put a text in the first place where it touches nothing, and return the box around it."""
    low, high = box_around(text)
    half = (high - low) / 2 + _GROUND
    lows, highs = np.array([box[0] for box in taken]), np.array([box[1] for box in taken])
    for place in places:
        box = place[:2] - half, place[:2] + half
        if not len(taken) or not ((box[0] < highs) & (lows < box[1])).all(axis=1).any():
            text.move_to(place)
            return box
    return None


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
