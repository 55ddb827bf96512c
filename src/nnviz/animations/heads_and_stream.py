"""Animations of a whole transformer: heads put together, and a residual stream that grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import LEFT, VGroup, VMobject, linear, smooth

from nnviz.animations.timing import own_share
from nnviz.animations.tracks import rise
from nnviz.mobjects.attention import ProjectedHeads, ResidualStream
from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = ["ConcatenateHeads", "GrowStream", "ProjectHeads"]

#: The share of the time that each head is on its way, and the distance of its name from its column,
#: in scene units.
_SLIDE, _BESIDE = 0.55, 0.14
#: Shares of a stage's time at which its rails have grown, its frame is visible, the block has read.
_RAILS, _FRAME, _READ = 0.4, 0.6, 0.65


class ConcatenateHeads(AtItsTurn):
    """The columns of the heads of one token slide together, and stack to one column.

    Parameters
    ----------
    heads : ProjectedHeads
        The heads on screen; their columns may be anywhere.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        heads: ProjectedHeads,
        run_time: float = 2.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self._heads = heads
        moved = VGroup(heads.heads, heads.titles)
        super().__init__(moved, run_time=run_time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Keep the places of columns and names, and where they go."""
        heads = self._heads
        words: Any = list(heads.titles)
        columns: Any = list(heads.heads)
        self._from = [one.get_center() for one in columns], [one.get_center() for one in words]
        slots = heads.slots()
        beside = [
            slot + (column.width / 2 + _BESIDE + word.width / 2) * LEFT
            for slot, column, word in zip(slots, columns, words, strict=True)
        ]
        self._to = list(slots), beside

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        heads = self._heads
        for group, starts, ends in zip(
            (heads.heads, heads.titles), self._from, self._to, strict=True
        ):
            for k, (one, start, end) in enumerate(zip(group, starts, ends, strict=True)):
                way = float(smooth(own_share(share, k, len(group), _SLIDE)))
                one.move_to(end if is_end(share) else start + way * (end - start))


class ProjectHeads(AtItsTurn):
    """The output matrix reads the heads: row by row, each gives one number that is added.

    A light band goes down the matrix. Afterwards the column at the right shows what attention
    computed.

    Parameters
    ----------
    heads : ProjectedHeads
        The heads on screen.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        heads: ProjectedHeads,
        run_time: float = 3.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self._heads = heads
        super().__init__(heads, run_time=run_time, rate_func=rate_func, **kwargs)

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        heads, found = self._heads, self._heads.found
        out = found.out[heads.token]
        if is_end(share):
            heads.added.show_values(out)
            heads.band.set_stroke(opacity=0)
            return
        row = min(int(share * len(out)), len(out) - 1)
        done = np.arange(len(out)) < row
        own = share * len(out) - row
        now = float(smooth(own)) * out * (np.arange(len(out)) == row)
        heads.added.show_values(np.where(done, out, now))
        heads.band.move_to(heads.matrix.middle(row, 0)).align_to(heads.matrix, LEFT)
        heads.band.set_stroke(opacity=1)


class GrowStream(AtItsTurn):
    """A residual stream grows from below: rails, then a block that reads, then what it adds.

    Parameters
    ----------
    stream : ResidualStream
        The stream; it is added if it is not on screen.
    first, last : int, optional
        The stages that grow: from `first` up to, but without, `last`; up to the end if None. Stages
        below are shown, stages above are hidden.
    run_time : float, optional
        Run time in seconds; 0.8 for each stage if None.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If there are no such stages.
    """

    def __init__(
        self,
        stream: ResidualStream,
        first: int = 0,
        last: int | None = None,
        run_time: float | None = None,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        last = stream.stages if last is None else last
        if not 0 <= first < last <= stream.stages:
            raise ValueError(
                f"stages go from 0 to {stream.stages}, the first below the last: not from {first} "
                f"to {last}"
            )
        self._stream, self._stages = stream, range(first, last)
        time = 0.8 * len(self._stages) if run_time is None else run_time
        super().__init__(stream, run_time=time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Keep the look of the whole stream."""
        self._whole = self._stream.show_stages(self._stages.stop).copy()

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        for n, stage in enumerate(self._stages):
            own = min(max(share * len(self._stages) - n, 0.0), 1.0)
            self._grow(stage, 1.0 if is_end(share) else own)

    def _grow(self, stage: int, own: float) -> None:
        """Show a stage at a share of its own time."""
        stream: Any = self._stream
        whole: Any = self._whole
        tokens = range(stream.sizes.shape[1])
        for token in tokens:
            _drawn(stream.rail(stage, token), whole.rail(stage, token), rise(own, 0, _RAILS))
        if stage >= len(stream.taps):
            return
        seen = rise(own, _RAILS / 2, _FRAME - _RAILS / 2)
        has_read = rise(own, _RAILS, _READ - _RAILS)
        for group in (2, 4):
            _faded(stream[group][stage], whole[group][stage], seen)
        for token in tokens:
            read, write, plus, *ring = stream.tap(stage, token)
            full_read, full_write, full_plus, *full_ring = whole.tap(stage, token)
            _drawn(read, full_read, has_read)
            _drawn(write, full_write, rise(own, _READ, 1 - _READ))
            for part, full in zip((plus, *ring), (full_plus, *full_ring), strict=True):
                _faded(part, full, has_read)


def _drawn(line: VMobject, full: VMobject, share: float) -> None:
    """Draw the first share of a line."""
    line.pointwise_become_partial(full, 0, share)
    line.set_stroke(opacity=full.get_stroke_opacity() if share > 0 else 0)


def _faded(parts: Any, whole: Any, share: float) -> None:
    """Show all parts with a share of their full opacities."""
    for part, full in zip(parts.get_family(), whole.get_family(), strict=True):
        part.set_stroke(opacity=share * full.get_stroke_opacity(), family=False)
        part.set_fill(opacity=share * full.get_fill_opacity(), family=False)
