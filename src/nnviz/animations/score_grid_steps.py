"""A grid of scores that goes on from stage to stage, and a mask that comes over a pattern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import linear, smooth
from numpy.typing import NDArray

from nnviz.animations.timing import own_share
from nnviz.mobjects.attention import STAGES, ScoreGrid, Stage
from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = ["ApplyMask", "ShowScores"]

FloatArray = NDArray[np.float64]

#: The share of the time that each row takes; the rest passes between their starts. And the share of
#: a row's time in which scores disappear, and the same again, in which their powers appear.
_ROW, _POWERS = 0.35, 0.2


class ShowScores(AtItsTurn):
    """A grid of scores goes on to its next stage, row after row.

    "products": each cell adds up the products of a query's and a key's components, one after the
    other. "scores": all are scaled. "masked": keys that a query does not see become minus infinity.
    "pattern": each row becomes powers of e, with its largest score subtracted, and these are
    divided by their sum.

    Parameters
    ----------
    grid : ScoreGrid
        The grid; it is added if it is not on screen.
    stage : Stage
        The stage that it goes to.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        grid: ScoreGrid,
        stage: Stage,
        run_time: float = 3.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self._grid, self._stage = grid, stage
        self._goal = grid.of_stage(stage)
        super().__init__(grid, run_time=run_time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Keep the values that are shown."""
        grid = self._grid
        self._before: FloatArray = grid.values
        self._filled: FloatArray = grid.filled
        self._came_from: Stage = STAGES[max(0, STAGES.index(self._stage) - 1)]
        grid.name_stage(self._stage)

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        if is_end(share):
            self._grid.show_stage(self._stage)
            return
        rows = len(self._goal)
        values, filled = self._before.copy(), self._filled.copy()
        stages = [self._came_from] * rows
        limits = [self._grid.limit_of(self._came_from)] * rows
        for k in range(rows):
            own = own_share(share, k, rows, _ROW)
            if own > 0:
                values[k], filled[k] = self._row(k, own)
                if self._stage == "scores":  # the colours stay, as all values are scaled
                    limits[k] += float(smooth(own)) * (self._grid.limit_of("scores") - limits[k])
                elif self._stage != "pattern" or own >= _POWERS:
                    stages[k], limits[k] = self._stage, self._grid.limit_of(self._stage)
        self._grid.show_cells(values, filled, stages, limits)

    def _row(self, k: int, own: float) -> tuple[FloatArray, FloatArray]:
        """Return the values of a row and their opacities, at a share of its time."""
        goal, before = self._goal[k], self._before[k]
        if self._stage == "products":
            return self._counted(k, own)
        seen = np.maximum(self._filled[k], min(1.0, 4 * own))
        if self._stage == "pattern":  # a minus infinity that is not shown yet is not written
            seen = np.where(np.isneginf(before), self._filled[k], seen)
        if self._stage == "masked":
            return np.where(np.isneginf(goal) & (own < 0.5), before, goal), seen
        if self._stage == "scores":
            return before + float(smooth(own)) * (goal - before), seen
        if own < _POWERS:
            return before, seen * (1 - own / _POWERS)
        scores = self._grid.head.masked[k]
        powers = np.exp(scores - scores.max())
        if own < 2 * _POWERS:
            return powers, np.full(len(powers), own / _POWERS - 1)
        way = float(smooth((own - 2 * _POWERS) / (1 - 2 * _POWERS)))
        return powers + way * (goal - powers), np.ones(len(powers))

    def _counted(self, k: int, own: float) -> tuple[FloatArray, FloatArray]:
        """Return sums of the first products of components for each key, and opacities."""
        head = self._grid.head
        products = head.queries[k] * head.keys  # (keys, features)
        keys, features = products.shape
        shares = np.array([own_share(own, key, keys, 0.5) for key in range(keys)])
        counts = np.ceil(shares * features).astype(int)
        sums = np.array([row[:count].sum() for row, count in zip(products, counts, strict=True)])
        return sums, np.maximum(self._filled[k], np.minimum(1.0, 4 * shares))


class ApplyMask(AtItsTurn):
    """A mask comes over a pattern: what is hidden turns grey, and the rest grows to 1 again.

    It goes row after row. Every row adds up to 1 all the time, as if a growing number were
    subtracted from the hidden scores. Afterwards the grid shows the head's pattern.

    Parameters
    ----------
    grid : ScoreGrid
        A grid that shows the pattern without a mask: `ScoreGrid.show_unmasked`.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the head has no mask.
    """

    def __init__(
        self,
        grid: ScoreGrid,
        run_time: float = 3.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        if not grid.head.hidden.any():
            raise ValueError("the head has no mask: its queries see all keys")
        self._grid = grid
        super().__init__(grid, run_time=run_time, rate_func=rate_func, **kwargs)

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        grid = self._grid
        if is_end(share):
            grid.show_stage("pattern")
            return
        head = grid.head
        rows = len(head.scores)
        shares = np.array([smooth(own_share(share, k, rows, _ROW)) for k in range(rows)])
        left = head.unmasked * (1 - shares[:, None] * head.hidden)
        values = left / left.sum(axis=1, keepdims=True)
        grid.show_cells(values, np.ones(values.shape), "pattern", masked=shares)
