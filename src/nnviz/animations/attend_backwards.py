"""Derivatives that travel back along the arcs of attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import Scene, VGroup, VMobject, linear
from numpy.typing import NDArray

from nnviz.animations.attend import travel
from nnviz.mobjects.attention import AttentionArcs, VectorColumn
from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.network import AttentionGradients, AttentionHead

__all__ = ["AttendBackwards"]

FloatArray = NDArray[np.float64]


class AttendBackwards(AtItsTurn):
    """The derivative by what a token took goes back along arcs to the keys that it took from.

    It is `Attend` in reverse. A copy of dC/dm, the derivative by the sum of values at the query,
    travels to each key and shrinks to the key's weight on the way: weight times dC/dm is what the
    query adds to dC/dv, the derivative by the key's value, and it is added there. The arcs appear
    as the derivative passes; let them show dC/dp.

    After this was played for all queries, the columns show dC/dv of the whole head. Nothing travels
    to a key without weight.

    Parameters
    ----------
    arcs : AttentionArcs
        Arcs of ``gradients.pattern`` from the columns of the keys to those of the queries, or of
        one row of it to the source alone. Those into the query are hidden when the animation
        begins.
    source : VectorColumn
        The query's column, which shows ``gradients.mixed[query]``.
    columns : VGroup
        One `VectorColumn` for each key, which shows the sum over other queries: 0 at first.
    head : AttentionHead
        What the head computed: :func:`~nnviz.network.attention_head`.
    gradients : AttentionGradients
        The derivatives by that: :func:`~nnviz.network.attention_gradients`.
    query : int
        The token that asked, counted from 0.
    least : float, optional
        For keys with a smaller weight than this, derivatives are added, but not seen on their way.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the source does not show dC/dm of the query, or the columns do not fit the keys.
    """

    def __init__(
        self,
        arcs: AttentionArcs,
        source: VectorColumn,
        columns: VGroup,
        head: AttentionHead,
        gradients: AttentionGradients,
        query: int,
        *,
        least: float = 0.01,
        run_time: float = 3.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self._arcs, self._source, self._columns = arcs, source, columns
        self._query = range(len(head.pattern))[query]
        self._weights, self._gradient = head.pattern[self._query], gradients.mixed[self._query]
        if len(source.values) != len(self._gradient) or not np.allclose(
            source.values, self._gradient
        ):
            raise ValueError(
                f"the source does not show the derivative by what query {self._query} took: make "
                "it with VectorColumn(gradients.mixed[query], ...)"
            )
        shown: Any = list(columns)
        shapes = {len(column.values) for column in shown}
        if len(shown) != len(self._weights) or shapes != {len(self._gradient)}:
            raise ValueError(
                f"there must be a column of {len(self._gradient)} values for each of the "
                f"{len(self._weights)} keys"
            )
        self._moving = np.flatnonzero(self._weights >= least).tolist()
        self._copies = VGroup()
        super().__init__(columns, run_time=run_time, rate_func=rate_func, **kwargs)

    def _setup_scene(self, scene: Scene) -> None:
        super()._setup_scene(scene)
        if scene is not None:
            scene.add(self._arcs, self._columns, self._copies)

    def start(self) -> None:
        """Make the columns that travel, and keep the values that are shown."""
        columns: Any = list(self._columns)
        self._before = [column.values for column in columns]
        self._copies.submobjects = [self._source.copy() for _ in self._moving]
        own: Any = list(self._lines)
        self._whole = [arc.points.copy() for arc in own]
        self._drawn(np.zeros(len(own)))

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        if is_end(share):
            self._drawn(np.ones(len(self._weights)))
            self._added(np.ones(len(self._weights)))
            column: Any
            for column in self._copies:
                column.grid.reveal(0)
            return
        vectors = np.broadcast_to(self._gradient, (len(self._weights), len(self._gradient)))
        drawn, added = travel(
            self._copies, self._moving, share, self._weights, vectors, self._place
        )
        self._drawn(drawn)
        self._added(added)

    @property
    def _lines(self) -> VGroup:
        """The arcs into the query."""
        return self._arcs.into(0 if self._arcs.shape[0] == 1 else self._query)

    def _place(self, key: int, share: float) -> FloatArray:
        """Return the middle of a column on its way back along the arc to the key."""
        arc: Any = VMobject()
        arc.points = self._whole[key]
        start, end = self._source.get_center(), self._columns[key].get_center()
        path: FloatArray = arc.point_from_proportion(1 - share)
        ends = arc.points[-1], arc.points[0]
        place: FloatArray = path + (1 - share) * (start - ends[0]) + share * (end - ends[1])
        return place

    def _drawn(self, shares: FloatArray) -> None:
        """Draw each arc up to a share of its length, from its query on."""
        whole: Any = VMobject()
        own: Any = list(self._lines)
        for arc, points, share in zip(own, self._whole, shares, strict=True):
            whole.points = points
            if share >= 1:
                arc.points = points.copy()
            else:
                arc.pointwise_become_partial(whole, 1 - share, 1)

    def _added(self, shares: FloatArray) -> None:
        columns: Any = list(self._columns)
        for column, before, weight, share in zip(
            columns, self._before, self._weights, shares, strict=True
        ):
            column.show_values(before + share * weight * self._gradient)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Remove the columns that travelled."""
        super().clean_up_from_scene(scene)
        scene.remove(self._copies)
        self._copies.submobjects = []
