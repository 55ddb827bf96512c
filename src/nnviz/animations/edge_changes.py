"""Edges as their weights take a step: where each of them goes, and where it comes to be."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import ManimColor, linear, smooth

from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.links import biases_of, weights_of
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.network import Network

__all__ = ["AdjustEdges", "edges_exaggerating"]

#: The largest change of a group of edges is shown as this part of its largest weight, at least.
_SHOWN_CHANGE = 0.8
#: An edge becomes so many times as wide as the widest one usually is, at most.
_WIDEST = 2.5


class AdjustEdges(AtItsTurn):
    """Edges show where their weights go, and settle there.

    Parameters
    ----------
    net : NetworkMobject
        The network's picture, whose network has the old weights.
    after : Network
        The network with the new weights.
    exponent : float or None
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    pulse : bool
        Whether they show where they go first; else they blend.
    """

    #: The shares of the time at which edges have shown where they go, and begin to settle.
    PEAK: ClassVar[float] = 0.4
    TURN: ClassVar[float] = 0.5

    def __init__(
        self, net: NetworkMobject, after: Network, exponent: float | None, *, pulse: bool
    ) -> None:
        self._edges, self._end = net.edges, net.edges_by_weights(exponent, after)
        self._peak = edges_exaggerating(net, after, exponent) if pulse else None
        super().__init__(net, rate_func=linear if pulse else smooth)

    def start(self) -> None:
        """Keep what the edges look like."""
        self._first: EdgeArray = self._edges.separate()

    def show(self, share: float) -> None:
        """Show the edges at a share of the time."""
        if not len(self._edges):
            return
        if self._peak is None:
            self._edges.interpolate_color(self._first, self._end, share)
        elif share < self.TURN:
            way = smooth(min(share / self.PEAK, 1.0))
            self._edges.interpolate_color(self._first, self._peak, way)
        else:
            way = smooth((share - self.TURN) / (1 - self.TURN))
            self._edges.interpolate_color(self._peak, self._end, way)


def edges_exaggerating(
    net: NetworkMobject, after: Network, exponent: float | None = None
) -> EdgeArray:
    """Return edges of their own that show where their weights go, by more than they do.

    The largest change of a group of edges is shown as 0.8 of its largest weight, or as what it is,
    if that is more, and the others in proportion. An edge's colour is that of its weight, mixed
    with the style's ``increase_color`` or ``decrease_color`` by its change over the largest.

    Parameters
    ----------
    net : NetworkMobject
        The network's picture, whose network has the old weights.
    after : Network
        The network with the new weights.
    exponent : float, optional
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    """
    style = net.style
    edges = net.edges_by_weights(exponent)
    power = style.weight_exponent if exponent is None else exponent
    raised, lowered = (
        np.array(ManimColor(color).to_rgb())
        for color in (style.increase_color, style.decrease_color)
    )
    new = weights_of(after), biases_of(after)
    for group, part in enumerate(net.edge_groups):
        if not len(part):
            continue
        before = net.shown_weights(group).ravel()
        change = net.shown_weights(group, *new).ravel() - before
        largest = float(np.abs(before).max()) or 1.0
        shares = np.abs(change) / (float(np.abs(change).max()) or 1.0)
        shown = before + change * max(1.0, _SHOWN_CHANGE * largest / (np.abs(change).max() or 1.0))
        widths = np.minimum(np.abs(shown) / largest, _WIDEST) ** power * style.max_edge_width
        asked = np.where((change > 0)[:, None], raised, lowered)
        own = edges[part.rows]
        colors = own.stroke_rgbas[:, :3]
        own.set_stroke(
            colors + shares[:, None] * (asked - colors), np.maximum(widths, style.min_edge_width)
        )
    return edges
