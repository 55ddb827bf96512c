"""Values that travel along the arcs of attention to the token that asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import Scene, VGroup, linear, smooth
from numpy.typing import NDArray

from nnviz.animations.timing import own_share
from nnviz.mobjects.attention import AttentionArcs, VectorColumn
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.network import AttentionHead

__all__ = ["Attend", "travel_progress"]

FloatArray = NDArray[np.float64]

#: The share of the time that a value takes on its way, and the shares of that way on which it
#: shrinks to its weight, and on which it is added.
_TRAVEL, _WEIGHED, _ADDED = 0.6, 0.4, 0.2


def travel_progress(
    n: int, count: int, share: float, weight: float
) -> tuple[float, float, float, float]:
    """Return how far one of several travelling vectors is, at a share of the time.

    Parameters
    ----------
    n : int
        The vector's number, from 0, in the order in which they leave.
    count : int
        How many vectors travel.
    share : float
        Share of the time that all of them take together.
    weight : float
        Factor that the vector is multiplied by at the end.

    Returns
    -------
    own, way, added, weighed : float
        The shares of its own time, of its way, and of what is added; and its factor at this time.
    """
    own = own_share(share, n, count, _TRAVEL)
    added = float(smooth(min(max((own - 1) / _ADDED + 1, 0.0), 1.0)))
    weighed = 1 + float(smooth(min(1.0, own / _WEIGHED))) * (weight - 1)
    return own, float(smooth(own)), added, weighed


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
        self._moving = [int(k) for k in np.nonzero(self._weights >= least)[0]]
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
        if share >= 1 - 1e-9:
            self._target.show_values(self._sum)
            for column in self._copies:
                column.grid.reveal(0)
            return
        added = np.zeros(len(self._weights))
        copies: Any = self._copies
        for n, (k, column) in enumerate(zip(self._moving, copies, strict=True)):
            own, way, added[k], weighed = travel_progress(n, len(copies), share, self._weights[k])
            column.show_values(weighed * self._values[k])
            column.move_to(self._place(k, way))
            column.grid.reveal(0.0 if own <= 0 else 1 - added[k])
        if len(self._moving) < len(self._weights):
            unseen = np.ones(len(self._weights), dtype=bool)
            unseen[self._moving] = False
            added[unseen] = share
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
