"""Where texts on edges stand: on their edge, apart from crossings, neurons and each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import interpolate
from numpy.typing import NDArray

from nnviz.mobjects.primitives.boxes import Box
from nnviz.mobjects.primitives.edge_array import EdgeSelection

__all__ = ["Lines", "places_on_edges"]

#: Where lines start and end, each of shape (lines, 3).
Lines = tuple[NDArray[np.float64], NDArray[np.float64]]

#: Where on its edge a text may stand.
_SHARES = np.linspace(0.12, 0.88, 39)
#: What it costs to cover another edge, to stand near another text, aside of the middle, or on one.
_CROSSING, _NEAR, _ASIDE, _TOUCHING = 2.0, 2.0, 12.0, 1000.0
#: From how many times the half size of both on, texts are not near each other.
_APART = 2.0
#: How often all texts look for better places, at most.
_SWEEPS = 12


def places_on_edges(
    edges: EdgeSelection, every: Lines, sizes: NDArray[np.float64], taken: Sequence[Box]
) -> NDArray[np.float64] | None:
    """Return where texts stand on their edges; None where there is no room for all.

    Of the places on its edge, each text takes in turn the one that covers the fewest other edges,
    is far from other texts, and near the middle, until no text finds a better one.

    Parameters
    ----------
    edges : EdgeSelection
        Edges with a text, of which there are n.
    every : Lines
        Starts and ends of all edges of the picture, those among them.
    sizes : ndarray of float
        Widths and heights of the grounds of the texts, shape (n, 2).
    taken : sequence of Box
        What these must not touch.

    Returns
    -------
    numpy.ndarray or None
        Middles of the texts, shape (n, 3).
    """
    places = interpolate(edges.starts[:, None], edges.ends[:, None], _SHARES[:, None])
    middles, halves = places[..., :2], sizes / 2
    own = _ASIDE * (_SHARES - 0.5) ** 2 + _CROSSING * _crossings(edges, every, middles, halves)
    for low, high in taken:
        apart = np.abs(middles - (low + high) / 2) - halves[:, None] - (high - low) / 2
        own[(apart < 0).all(axis=2)] = np.inf
    reach = np.ptp(
        np.concatenate([*(middles - halves[:, None]), *(middles + halves[:, None])]), axis=0
    )
    if np.isinf(own).all(axis=1).any() or sizes.prod(axis=1).sum() > reach.prod():
        return None
    # Who has the least choice begins; where that leaves no room, others do.
    first = np.argsort(np.isfinite(own).sum(axis=1), kind="stable")
    for order in (first, np.arange(len(own)), np.arange(len(own))[::-1]):
        chosen = _chosen(own, middles, halves, order)
        where = middles[np.arange(len(own)), chosen]
        room = halves[:, None] + halves
        touching = (np.abs(where[:, None] - where) < room - 1e-9).all(axis=2)
        if touching.sum() == len(own):  # each itself
            found: NDArray[np.float64] = places[np.arange(len(own)), chosen]
            return found
    return None


def _chosen(
    own: NDArray[np.float64],
    middles: NDArray[np.float64],
    halves: NDArray[np.float64],
    order: NDArray[np.int_],
) -> NDArray[np.int_]:
    """Return which place each text takes.

    Parameters
    ----------
    own : ndarray of float
        What each place costs, whatever others do; shape (n, places).
    middles : ndarray of float
        The places, shape (n, places, 2).
    halves : ndarray of float
        Half the sizes of the texts, shape (n, 2).
    order : ndarray of int
        Who chooses first.
    """
    chosen = np.full(len(own), -1)
    for _ in range(_SWEEPS):
        before = chosen.copy()
        for k in order:
            others = np.flatnonzero((chosen >= 0) & (np.arange(len(own)) != k))
            apart = np.abs(middles[k][:, None] - middles[others, chosen[others]])
            nearness = (apart / (halves[k] + halves[others])).max(axis=2)
            cost = own[k] + _NEAR * np.clip(_APART - nearness, 0, None).sum(axis=1)
            # Two that touch are worse than anything else, but may part in a later turn.
            cost += _TOUCHING * (nearness < 1).sum(axis=1)
            chosen[k] = int(np.argmin(cost))
        if (chosen == before).all():
            break
    return chosen


def _crossings(
    edges: EdgeSelection,
    every: Lines,
    middles: NDArray[np.float64],
    halves: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how many other edges a text at each place would cover; shape (n, places)."""
    own = np.array(edges.rows)
    starts, ends = every[0][:, :2], every[1][:, :2]
    lows, highs = np.minimum(starts, ends), np.maximum(starts, ends)
    # Edges that are nowhere near cost memory only.
    near = (lows <= highs[own].max(axis=0)) & (highs >= lows[own].min(axis=0))
    others = np.flatnonzero(near.all(axis=1))
    starts, ways = starts[others], (ends - starts)[others]
    ways = np.where(np.abs(ways) < 1e-9, 1e-9, ways)
    counts = np.empty(middles.shape[:2])
    for k, row in enumerate(own):
        # When a line enters and leaves the box, in shares of its way along each axis.
        first = (middles[k][:, None] - halves[k] - starts) / ways
        last = (middles[k][:, None] + halves[k] - starts) / ways
        enters = np.minimum(first, last).max(axis=2).clip(0, None)
        leaves = np.maximum(first, last).min(axis=2).clip(None, 1)
        counts[k] = ((enters < leaves) & (others != row)).sum(axis=1)
    return counts
