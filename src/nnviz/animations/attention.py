"""Attention that moves: the grid of scores, values along arcs, and the token that is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Scene, VGroup, linear, smooth
from numpy.typing import NDArray

from nnviz.animations.explaining import Presence
from nnviz.mobjects.attention import (
    STAGES,
    AttentionArcs,
    NextTokens,
    ScoreGrid,
    Stage,
    TokenRow,
    VectorColumn,
)
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.network import AttentionHead

__all__ = ["ApplyMask", "Attend", "DrawToken", "ShowScores", "flight"]

FloatArray = NDArray[np.float64]

#: The share of the time that is each row's own; the rest passes between their starts. And the share
#: of that in which scores go, and as much in which their powers come.
_ROW, _POWERS = 0.35, 0.2
#: The share of the time that a value takes on its way, the share of that way on which it shrinks to
#: its weight, and on which it is added.
_FLIGHT, _WEIGHED, _ADDED = 0.6, 0.4, 0.2
#: The shares of the time at which a token that was drawn leaves its bar, and arrives.
_LEAVES, _ARRIVES = 0.35, 0.9


class ShowScores(AtItsTurn):
    """A grid of scores goes on to a stage, row after row.

    "products": each cell counts up the products of a query and a key, one component after the
    other. "scores": all are scaled. "masked": what a query does not see becomes minus infinity.
    "pattern": each row becomes powers of e over the largest, which are divided by their sum.

    Parameters
    ----------
    grid : ScoreGrid
        On screen, or not yet: then it is added.
    stage : Stage
        Where it goes.
    run_time : float, optional
        In seconds.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(self, grid: ScoreGrid, stage: Stage, run_time: float = 3.0, **kwargs: Any) -> None:
        self._grid, self._stage = grid, stage
        self._goal = grid.of_stage(stage)
        super().__init__(grid, run_time=run_time, **{"rate_func": linear, **kwargs})

    def start(self) -> None:
        """Keep what there is."""
        grid = self._grid
        self._before: FloatArray = grid.values
        self._filled: FloatArray = grid.filled
        self._came_from: Stage = STAGES[max(0, STAGES.index(self._stage) - 1)]
        grid.name_stage(self._stage)

    def show(self, share: float) -> None:
        """Show a moment."""
        if share >= 1 - 1e-9:
            self._grid.show_stage(self._stage)
            return
        rows = len(self._goal)
        lag = (1 - _ROW) / max(1, rows - 1)
        shares = [min(max((share - k * lag) / _ROW, 0.0), 1.0) for k in range(rows)]
        values, filled = self._before.copy(), self._filled.copy()
        stages = [self._came_from] * rows
        limits = [self._grid.limit_of(self._came_from)] * rows
        for k, own in enumerate(shares):
            if own > 0:
                values[k], filled[k] = self._row(k, own)
                if self._stage == "scores":  # the colours stay, as all is scaled
                    limits[k] += float(smooth(own)) * (self._grid.limit_of("scores") - limits[k])
                elif self._stage != "pattern" or own >= _POWERS:
                    stages[k], limits[k] = self._stage, self._grid.limit_of(self._stage)
        self._grid.show_cells(values, filled, stages, limits)

    def _row(self, k: int, own: float) -> tuple[FloatArray, FloatArray]:
        """Return the values of a row, and how much is seen of them, at a share of its time."""
        goal, before = self._goal[k], self._before[k]
        if self._stage == "products":
            return self._counted(k, own)
        seen = np.maximum(self._filled[k], min(1.0, 4 * own))
        if self._stage == "pattern":  # nothing is written of minus infinity if it is not there yet
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
        """Return sums of the first products of a query's components with each key's."""
        head = self._grid.head
        products = head.queries[k] * head.keys  # (keys, features)
        keys, features = products.shape
        lag = 0.5 / max(1, keys - 1)
        shares = np.clip((own - lag * np.arange(keys)) / 0.5, 0, 1)
        counts = np.ceil(shares * features).astype(int)
        sums = np.array([row[:count].sum() for row, count in zip(products, counts, strict=True)])
        return sums, np.maximum(self._filled[k], np.minimum(1.0, 4 * shares))


class ApplyMask(AtItsTurn):
    """A mask comes over a pattern: what is hidden turns grey, and the rest grows to 1 again.

    It goes row after row. At each moment every row adds up to 1, as it does where a number that
    grows is subtracted from the scores that are hidden. Afterwards the grid shows the head's
    pattern.

    Parameters
    ----------
    grid : ScoreGrid
        It shows the pattern without a mask: `ScoreGrid.show_unmasked`.
    run_time : float, optional
        In seconds.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the head has no mask.
    """

    def __init__(self, grid: ScoreGrid, run_time: float = 3.0, **kwargs: Any) -> None:
        if not grid.head.hidden.any():
            raise ValueError("the head has no mask: its queries see all keys")
        self._grid = grid
        super().__init__(grid, run_time=run_time, **{"rate_func": linear, **kwargs})

    def show(self, share: float) -> None:
        """Show a moment."""
        grid = self._grid
        if share >= 1 - 1e-9:
            grid.show_stage("pattern")
            return
        head = grid.head
        rows = len(head.scores)
        lag = (1 - _ROW) / max(1, rows - 1)
        times = np.clip((share - lag * np.arange(rows)) / _ROW, 0, 1)
        shares = np.array([float(smooth(time)) for time in times])
        left = head.unmasked * (1 - shares[:, None] * head.hidden)
        values = left / left.sum(axis=1, keepdims=True)
        grid.show_cells(values, np.ones(values.shape), "pattern", masked=shares)


def flight(n: int, count: int, share: float, weight: float) -> tuple[float, float, float, float]:
    """Return how far one of what travels is, at a share of the time.

    Parameters
    ----------
    n, count : int
        Which of how many, in the order in which they leave.
    share : float
        Of the time of all.
    weight : float
        What it is multiplied with at the end.

    Returns
    -------
    own, way, added, weighed : float
        The shares of its own time, of its way, and of what is added; and what it is multiplied with
        by now.
    """
    lag = (1 - _FLIGHT) / max(1, count - 1)
    own = min(max((share - n * lag) / _FLIGHT, 0.0), 1.0)
    added = float(smooth(min(max((own - 1) / _ADDED + 1, 0.0), 1.0)))
    weighed = 1 + float(smooth(min(1.0, own / _WEIGHED))) * (weight - 1)
    return own, float(smooth(own)), added, weighed


class Attend(AtItsTurn):
    """Values travel along arcs to the token that asks, shrink to their weights, and add up there.

    Afterwards the target shows what the head computed: ``head.mixed[query]``, the sum of weights
    times values. What has no weight stays where it is.

    Parameters
    ----------
    arcs : AttentionArcs
        From the columns of values to the tokens that ask, or to their columns.
    values : VGroup
        A `VectorColumn` a key, whose values are the head's.
    target : VectorColumn
        Where they add up; it is emptied first.
    head : AttentionHead
        What the head computed.
    query : int
        Which token asks, from 0.
    least : float, optional
        Values of less weight than this are added without being seen to travel.
    run_time : float, optional
        In seconds.
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
        **kwargs: Any,
    ) -> None:
        self._arcs, self._columns, self._target = arcs, values, target
        self._query = range(len(head.pattern))[query]
        columns: Any = list(values)
        shown = [column.values for column in columns]
        if len(shown) != len(head.values) or not np.allclose(shown, head.values):
            raise ValueError(
                "the columns of values do not show what the head has: make them with "
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
        super().__init__(target, run_time=run_time, **{"rate_func": linear, **kwargs})

    def _setup_scene(self, scene: Scene) -> None:
        super()._setup_scene(scene)
        if scene is not None:
            scene.add(self._target, self._copies)

    def start(self) -> None:
        """Make what travels."""
        columns: Any = list(self._columns)
        self._copies.submobjects = [columns[k].copy() for k in self._moving]
        self._show_sum(np.zeros(len(self._weights)))

    def show(self, share: float) -> None:
        """Show a moment."""
        column: Any
        if share >= 1 - 1e-9:
            self._target.show_values(self._sum)
            for column in self._copies:
                column.grid.reveal(0)
            return
        added = np.zeros(len(self._weights))
        copies: Any = self._copies
        for n, (k, column) in enumerate(zip(self._moving, copies, strict=True)):
            own, way, added[k], weighed = flight(n, len(copies), share, self._weights[k])
            column.show_values(weighed * self._values[k])
            column.move_to(self._place(k, way))
            column.grid.reveal(0.0 if own <= 0 else 1 - added[k])
        if len(self._moving) < len(self._weights):
            unseen = np.ones(len(self._weights), dtype=bool)
            unseen[self._moving] = False
            added[unseen] = share
        self._show_sum(added)

    def _place(self, key: int, share: float) -> FloatArray:
        """Return the middle of what travels: from its column, along the arc, to the target."""
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
        """Take away what has travelled."""
        super().clean_up_from_scene(scene)
        scene.remove(self._copies)
        self._copies.submobjects = []


class DrawToken(AtItsTurn):
    """A token that was drawn: its bar stands out, and it goes to the end of the text.

    Parameters
    ----------
    bars : NextTokens
        What it was drawn from.
    row : TokenRow
        The text so far; the token is added to it.
    token : int
        Which.
    run_time : float, optional
        In seconds.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the token's bar is not shown.
    """

    def __init__(
        self, bars: NextTokens, row: TokenRow, token: int, run_time: float = 1.5, **kwargs: Any
    ) -> None:
        if bars.row_of(token) is None:
            bars.copy().choose(token)  # which says so
        self._bars, self._row, self._token = bars, row, token
        super().__init__(VGroup(bars, row), run_time=run_time, **{"rate_func": linear, **kwargs})

    def start(self) -> None:
        """Put the token to the end, where nothing is seen of it yet."""
        bars, row = self._bars, self._row
        bars.choose(self._token)
        found = bars.row_of(self._token)
        assert found is not None
        from_word: Any = bars.words[found]
        row.append(bars.names[self._token], self._token)
        self._word: Any = row.words[-1]
        self._box = Presence(row.boxes[-1], *row.ids[len(row.words) - 1 :])
        self._ends = from_word.anchor() - [from_word.width / 2, 0, 0], self._word.anchor()
        self._heights = (
            from_word.width / from_word.width_of(from_word.text, 1.0),
            self._word.width / self._word.width_of(self._word.text, 1.0),
        )
        self._box.show(0)

    def show(self, share: float) -> None:
        """Show a moment."""
        way = float(smooth(min(max((share - _LEAVES) / (_ARRIVES - _LEAVES), 0.0), 1.0)))
        at = (1 - way) * self._ends[0] + way * self._ends[1]
        height = (1 - way) * self._heights[0] + way * self._heights[1]
        self._word.say(self._word.text, at, height)
        self._box.show(float(smooth(min(max((share - _LEAVES) / (1 - _LEAVES), 0.0), 1.0))))
