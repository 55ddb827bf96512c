"""Values that travel along the arcs of attention to the token that asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import Scene, VGroup, linear, smooth
from numpy.typing import NDArray

from nnviz.animations.timing import own_share
from nnviz.mobjects.attention import AttentionArcs, VectorColumn
from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.network import AttentionHead

__all__ = ["Attend", "travel"]

FloatArray = NDArray[np.float64]

#: The share of the time that a value takes on its way, and the shares of that way on which it
#: shrinks to its weight, and on which it is added.
_TRAVEL, _WEIGHED, _ADDED = 0.6, 0.4, 0.2


def travel(
    copies: VGroup,
    keys: Sequence[int],
    share: float,
    weights: FloatArray,
    vectors: FloatArray,
    place: Callable[[int, float], FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Show columns on their way, one after the other, on which they shrink to their weights.

    Parameters
    ----------
    copies : VGroup
        The columns, in the order in which they leave.
    keys : sequence of int
        The key of each column, from 0.
    share : float
        Share of the time that all of them take together.
    weights : ndarray of float
        Factor that the vector of each key is multiplied by at the end, shape (keys,).
    vectors : ndarray of float
        Vector of each key, shape (keys, n).
    place : callable
        Function from a key and a share of its way to the middle of the column.

    Returns
    -------
    ways, added : ndarray of float
        For each key the share of its way, and the share of its vector that is added at the end of
        the way, shape (keys,); both are `share` for keys without a column.
    """
    ways, added = np.full(len(weights), share), np.full(len(weights), share)
    columns: Any = copies
    for n, (k, column) in enumerate(zip(keys, columns, strict=True)):
        own = own_share(share, n, len(columns), _TRAVEL)
        ways[k] = smooth(own)
        added[k] = smooth(min(max((own - 1) / _ADDED + 1, 0.0), 1.0))
        weighed = 1 + float(smooth(min(1.0, own / _WEIGHED))) * (weights[k] - 1)
        column.show_values(weighed * vectors[k])
        column.move_to(place(k, ways[k]))
        column.grid.reveal(0.0 if own <= 0 else 1 - added[k])
    return ways, added


class Attend(AtItsTurn):
    """Values travel along arcs to the token that asks, shrink to their weights, and add up there.

    Afterwards the target shows what the head computed: ``head.mixed[query]``, the sum of the values
    times their weights. Values without weight stay where they are.

    Parameters
    ----------
    arcs : AttentionArcs
        From the columns of values to the tokens that ask, or to their columns.
    values : VGroup
        One `VectorColumn` for each key, with the head's values.
    target : VectorColumn
        Column in which they add up; it is emptied first.
    head : AttentionHead
        What the head computed.
    query : int
        The token that asks, counted from 0.
    least : float, optional
        Values with a smaller weight than this are added, but not seen on their way.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the columns do not show the values of the head.
    """

    def __init__(
        self,
        arcs: AttentionArcs,
        values: VGroup,
        target: VectorColumn,
        head: AttentionHead,
        query: int,
        *,
        least: float = 0.01,
        run_time: float = 3.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self._arcs, self._columns, self._target = arcs, values, target
        self._query = range(len(head.pattern))[query]
        columns: Any = list(values)
        shown = [column.values for column in columns]
        if len(shown) != len(head.values) or not np.allclose(shown, head.values):
            raise ValueError(
                "the columns do not show the head's values: make them with "
                "columns_of(head.values, ...)"
            )
        if len(target.values) != head.mixed.shape[1]:
            raise ValueError(
                f"the target has {len(target.values)} cells for {head.mixed.shape[1]} values"
            )
        self._weights, self._values = head.pattern[self._query], head.values
        self._sum = head.mixed[self._query]
        self._moving = np.flatnonzero(self._weights >= least).tolist()
        self._copies = VGroup()
        super().__init__(target, run_time=run_time, rate_func=rate_func, **kwargs)

    def _setup_scene(self, scene: Scene) -> None:
        super()._setup_scene(scene)
        if scene is not None:
            scene.add(self._target, self._copies)

    def start(self) -> None:
        """Make the columns that travel."""
        columns: Any = list(self._columns)
        self._copies.submobjects = [columns[k].copy() for k in self._moving]
        self._show_sum(np.zeros(len(self._weights)))

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        column: Any
        if is_end(share):
            self._target.show_values(self._sum)
            for column in self._copies:
                column.grid.reveal(0)
            return
        _, added = travel(
            self._copies, self._moving, share, self._weights, self._values, self._place
        )
        self._show_sum(added)

    def _place(self, key: int, share: float) -> FloatArray:
        """Return the middle of a column on its way along the arc to the target."""
        arc = self._arcs.arc(self._query, key)
        column: Any = self._columns[key]
        start, end = column.get_center(), self._target.get_center()
        path: FloatArray = arc.point_from_proportion(share)
        ends = arc.points[0], arc.points[-1]
        shift = (1 - share) * (start - ends[0]) + share * (end - ends[1])
        place: FloatArray = path + shift
        return place

    def _show_sum(self, added: FloatArray) -> None:
        total = ((added * self._weights)[:, None] * self._values).sum(axis=0)
        self._target.show_values(total)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Remove the columns that travelled."""
        super().clean_up_from_scene(scene)
        scene.remove(self._copies)
        self._copies.submobjects = []
