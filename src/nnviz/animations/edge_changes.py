"""Edges whose weights take a step: first the changes, exaggerated, and then the new weights."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import ManimColor, linear, smooth

from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.links import biases_of, weights_of
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.network import Network

__all__ = ["AdjustEdges", "edges_with_changes"]

#: The largest change in a group of edges is shown as this share of its largest weight, at least.
_SHOWN_CHANGE = 0.8
#: The largest width of an edge, over the usual width of the widest edge.
_WIDEST = 2.5


class AdjustEdges(AtItsTurn):
    """Edges show the changes of their weights, exaggerated, and then the new weights.

    Parameters
    ----------
    net : NetworkMobject
        The network's picture, whose network has the old weights.
    after : Network
        The network with the new weights.
    exponent : float or None
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    pulse : bool
        Whether they show the exaggerated changes first; otherwise they blend.
    """

    #: The shares of the time at which edges show the full changes, and begin to settle.
    PEAK: ClassVar[float] = 0.4
    TURN: ClassVar[float] = 0.5

    def __init__(
        self, net: NetworkMobject, after: Network, exponent: float | None, *, pulse: bool
    ) -> None:
        self._edges, self._end = net.edges, net.edges_by_weights(exponent, after)
        self._peak = edges_with_changes(net, after, exponent) if pulse else None
        super().__init__(net, rate_func=linear if pulse else smooth)

    def start(self) -> None:
        """Keep the look of the edges."""
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


def edges_with_changes(
    net: NetworkMobject, after: Network, exponent: float | None = None
) -> EdgeArray:
    """Return new edges that show the changes of their weights, exaggerated.

    The largest change in a group of edges is shown as 0.8 of its largest weight, or as it is if it
    is larger, and the others in proportion. An edge's colour is that of its weight, mixed with the
    style's ``increase_color`` or ``decrease_color`` by its change over the largest.

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
        change_colors = np.where((change > 0)[:, None], raised, lowered)
        own = edges[part.rows]
        colors = own.stroke_rgbas[:, :3]
        own.set_stroke(
            colors + shares[:, None] * (change_colors - colors),
            np.maximum(widths, style.min_edge_width),
        )
    return edges
