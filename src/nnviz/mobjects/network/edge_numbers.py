"""What stands on the edges of a network: weights, their derivatives, texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import Animation, ManimColor, Mobject, Rectangle, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.derivative_numbers import (
    DerivativeNumber,
    by_place,
    height_of,
    number_of,
)
from nnviz.mobjects.network.edge_places import Lines, places_on_edges
from nnviz.mobjects.network.links import (
    Biases,
    Weights,
    bias_steps,
    biases_of,
    weight_steps,
    weights_of,
)
from nnviz.mobjects.network.number_space import (
    AIR,
    OneSize,
    check_height,
    longest,
    natural_size,
)
from nnviz.mobjects.primitives.boxes import Box, box_around
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.edge_array import EdgeSelection
from nnviz.mobjects.primitives.painting import CountTo
from nnviz.mobjects.primitives.writing import written
from nnviz.network import Gradient, Network

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = [
    "EdgeGradientNumbers",
    "EdgeNumberGrounds",
    "EdgeNumbers",
    "EdgeText",
    "EdgeTexts",
    "OnEdges",
]

#: What stands on an edge, by its group's layer and the units at its ends, or what returns it.
EdgeText = (
    Callable[[int, int, int], str | Mobject | None] | Mapping[tuple[int, int, int], str | Mobject]
)

#: Margin of the ground around a number, on each side, over the height of the number.
_AIR_ON_GROUND = 0.27


class OnEdges(Annotation):
    """Numbers or texts on edges: a group for each group of edges.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    drawn : callable
        Returns what stands on the edges of a group, in their order, by the group's index; what
        shows nothing takes no room.
    height : float
        Height of a digit in scene units.
    layers : sequence of int or str or None
        On the edges after which layers, or into layers of which names; on all by default.
    what : str
        What it is, for errors.

    Raises
    ------
    ValueError
        If the height is below the style's least, or there is no room for all of them.
    """

    rank = 2

    def __init__(
        self,
        net: NetworkMobject,
        drawn: Callable[[int], Sequence[VMobject]],
        height: float,
        layers: Sequence[int | str] | None,
        what: str,
    ) -> None:
        check_height(
            height, net.style.min_number_height, f"{what} on edges", "ask for a larger height"
        )
        groups = [VGroup() for _ in net.edge_groups]
        taken = [box_around(neuron, AIR / 2) for layer in net.layers for neuron in layer.senders]
        every = [k for k, group in enumerate(net.edge_groups) if len(group)]
        chosen = every if layers is None else sorted(map(net.edge_group_index, layers))
        for k in chosen:
            groups[k].add(*drawn(k))
            others = net.edges.starts, net.edges.ends
            taken += _put_on_edges(
                net.edge_groups[k], others, groups[k], taken, f"{what} after layer {k}"
            )
        super().__init__(*groups)


class EdgeNumbers(OnEdges):
    """Weights as numbers on edges: a group for each group of edges, empty where none are shown.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    decimals : int
        Decimals shown.
    height : float
        Height of a digit, in scene units.
    layers : sequence of int or str or None
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
        def drawn(k: int) -> list[VMobject]:
            weights = net.shown_weights(k).ravel()
            return [number_of(weight, decimals, height, net.style) for weight in weights]

        super().__init__(net, drawn, height, layers, "weights")

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Write the weights onto the same edges; onto new ones if all had some."""
        first = net.structure.n_inputs
        places = set(self.places_again(net, after, first))
        if all(len(mine) for mine, edges in zip(self, net.edge_groups, strict=True) if len(edges)):
            places |= set(range(len(after.edge_groups)))
        places &= {k for k, edges in enumerate(after.edge_groups) if len(edges)}
        if places:
            number: Any = next(group[0] for group in self if len(group))
            height = max(height_of(number, net.style), after.style.min_number_height)
            numbers = EdgeNumbers(after, number.num_decimal_places, height, sorted(places))
            after.annotate(EdgeNumberGrounds(numbers, after.style.behind)).annotate(numbers)

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterator[Animation]:
        """Let the numbers count to other weights."""
        for k in range(len(self)):
            yield from _counting(net, self, k, weights_of(network), biases_of(network), "weights")


class EdgeGradientNumbers(OnEdges):
    """Derivatives of the cost by the weights, dC/dw, as numbers on edges, coloured by sign.

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
    layers : sequence of int or str or None
        As for :class:`OnEdges`.

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
        derivatives = _derivatives(net.network, gradient)

        def drawn(k: int) -> list[VMobject]:
            shown = net.shown_weights(k, *derivatives).ravel()
            return [DerivativeNumber(value, decimals, height, net.style) for value in shown]

        super().__init__(net, drawn, height, layers, "derivatives")

    def gradient_changes(
        self, net: NetworkMobject, layer: int, gradient: Gradient
    ) -> Iterator[Animation]:
        """Let the numbers count to another gradient."""
        group = layer - net.structure.n_inputs
        if group >= 0:
            derivatives = _derivatives(net.network, gradient)
            yield from _counting(net, self, group, *derivatives, "derivatives")


class EdgeTexts(OnEdges):
    """Texts of one's own on edges, such as symbols.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    texts : EdgeText
        The text of an edge by the index of its group, and the units at its start and its end,
        counted from 0: a mapping, or a function of the three. None leaves the edge free. Edges of
        bias units have none.
    height : float
        Height of a digit in the style's writing, in scene units.
    layers : sequence of int or str or None
        As for :class:`OnEdges`.

    Raises
    ------
    ValueError
        If there is no room for all of them.
    IndexError
        If a mapping names an edge that is not shown.
    """

    def __init__(
        self,
        net: NetworkMobject,
        texts: EdgeText,
        height: float,
        layers: Sequence[int | str] | None,
    ) -> None:
        style = net.style
        places = {
            (k, i, j)
            for k, group in enumerate(net.edge_groups)
            if len(group)
            for i in net.layers[net.edge_ends(k)[0]].shown_units.tolist()
            for j in net.layers[net.edge_ends(k)[1]].shown_units.tolist()
        }
        text_of = by_place(texts, places, "edge from (layer, unit, unit)")

        def drawn(k: int) -> list[VMobject]:
            before, after = (net.layers[end].shown_units.tolist() for end in net.edge_ends(k))
            return [
                written(
                    text_of(k, i, j) or "",
                    height,
                    style.writing,
                    style.text_color,
                    "text on an edge",
                )
                for i in before
                for j in after
            ]

        super().__init__(net, drawn, height, layers, "texts")


class EdgeNumberGrounds(Annotation):
    """Grounds in the background's colour, which hide the edges behind numbers and texts.

    Parameters
    ----------
    on_edges : OnEdges
        What stands there; there is room for signs that may come.
    background : ManimColor
        The background's colour.
    """

    rank = 1

    def __init__(self, on_edges: OnEdges, background: ManimColor) -> None:
        super().__init__(
            *(VGroup(*(_ground(text, background) for text in group)) for group in on_edges)
        )

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Do nothing: numbers and texts on edges bring their grounds."""


def _derivatives(network: Network, gradient: Gradient) -> tuple[Weights, Biases]:
    """Return dC/dw and dC/db of every node, None where there is no matrix of weights."""
    steps = weight_steps(network, gradient), bias_steps(network, gradient)
    of_weights, of_biases = ([None if one is None else -one for one in some] for some in steps)
    return of_weights, of_biases


def _counting(
    net: NetworkMobject, on_edges: OnEdges, k: int, weights: Weights, biases: Biases, what: str
) -> Iterator[Animation]:
    """Yield animations in which the numbers of a group count, and stay on their grounds."""
    numbers = list(on_edges[k])
    if not numbers:
        return
    values = net.shown_weights(k, weights, biases).ravel().tolist()
    yield from (CountTo(*pair) for pair in zip(numbers, values, strict=True))
    every = [
        ground
        for grounds in net.annotations
        if isinstance(grounds, EdgeNumberGrounds)
        for group in grounds
        for ground in group
    ]
    if every:
        yield OneSize(
            on_edges,
            lambda: [length for length, _ in map(_room_on, every)],
            lambda: min(height for _, height in map(_room_on, every)),
            [True] * len(every),
            k,
            values,
            net.style.min_number_height,
            f"{what} after layer {k}",
            "show them with fewer decimals, or in a larger height",
        )


def _ground(text: Any, background: ManimColor) -> VMobject:
    if not text.family_members_with_points():
        return VMobject()
    width, height = _ground_size(text).tolist()
    return Rectangle(
        width=width,
        height=height,
        stroke_width=0,
        fill_color=background,
        fill_opacity=1,
    ).move_to(text)


def _ground_size(text: Any) -> NDArray[np.float64]:
    """Return width and height of a text's ground: a number has room for a sign, and any digits."""
    width, height = text.width, text.height
    if isinstance(text, QuickDecimalNumber):
        eights = longest(-abs(float(text.number)), text.num_decimal_places)
        width = natural_size(text, eights)[0] * text.enlargement
        height = natural_size(text, 8.0)[1] * text.enlargement
    air = 2 * _AIR_ON_GROUND * float(height)
    return np.array([width + air, height + air])


def _room_on(ground: Any) -> tuple[float, float]:
    """Return how long and how high numbers on a ground may be, however it is scaled and rotated."""
    corners = ground.get_vertices()
    length, height = np.linalg.norm(np.diff(corners[:3], axis=0), axis=1).tolist()
    digits = height / (1 + 2 * _AIR_ON_GROUND)
    return length - (height - digits), digits


def _put_on_edges(
    edges: EdgeSelection, every: Lines, texts: VGroup, taken: Sequence[Box], what: str
) -> list[Box]:
    """Put texts on their edges; return the boxes around their grounds.

    Parameters
    ----------
    edges : EdgeSelection
        A group of edges.
    every : Lines
        Starts and ends of all edges of the picture.
    texts : VGroup
        As many as edges in the group, in their order; empty ones take no room.
    taken : sequence of Box
        What they must not touch.
    what : str
        What texts they are, for errors.

    Raises
    ------
    ValueError
        If there is no room.
    """
    drawn = [k for k, text in enumerate(texts) if text.family_members_with_points()]
    if not drawn:
        return []
    sizes = np.array([_ground_size(texts[k]) for k in drawn]) + AIR
    places = places_on_edges(edges[drawn], every, sizes, taken)
    if places is None:
        raise ValueError(
            f"there is no room for {len(drawn)} {what} on their edges: show them for other layers "
            "only (layers=...), leave more space (layer_buff, neuron_buff), or ask for a smaller "
            "height or fewer decimals"
        )
    for k, place in zip(drawn, places, strict=True):
        texts[k].move_to(place)
    return [
        np.array([place[:2] - size / 2, place[:2] + size / 2])
        for place, size in zip(places, sizes, strict=True)
    ]
