"""Animations of edges kept as arrays: every line has a share of the time of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from manim import Animation, ManimColor, smooth
from numpy.typing import NDArray

from nnviz.mobjects.edges import EdgeArray

__all__ = ["FlashEdges", "StaggeredEdges"]

_CURVE = 4


class _EdgeByEdge(Animation):
    """An animation in which line k of n starts at ``(first + k) / (total - 1) * (1 - share)``.

    Parameters
    ----------
    edges
        What to animate.
    share
        One line's part of the run time, in (0, 1].
    first, total
        Place of the array's first line among all that start one after the other, and
        their number; the array's own by default.
    """

    def __init__(
        self,
        edges: EdgeArray,
        *,
        share: float = 0.5,
        first: int = 0,
        total: int | None = None,
        rate_func: Callable[[float], float] = smooth,
        **kwargs: Any,
    ) -> None:
        count = total or len(edges)
        order = np.arange(first, first + len(edges)) / max(count - 1, 1)
        self._share, self._starts = share, order * (1 - share)
        super().__init__(edges, rate_func=rate_func, **kwargs)

    def progress(self, alpha: float) -> NDArray[np.float64]:
        """Return how far every line has come, after its rate function; shape (n,)."""
        times = np.clip((alpha - self._starts) / self._share, 0, 1)
        # Most lines wait or are done, and rate functions take one number at a time.
        distinct, which = np.unique(times, return_inverse=True)
        result: NDArray[np.float64] = np.array([self.rate_func(t) for t in distinct])[which]
        return result


class StaggeredEdges(_EdgeByEdge):
    """Turn an array of edges into another, line by line; rate functions may overshoot or return.

    Parameters
    ----------
    edges
        What to animate.
    target
        What it becomes where the rate function is 1, as many lines.
    **kwargs
        ``share``, ``first`` and ``total`` set each line's window as
        :func:`~nnviz.animations.timing.staggered` does; the rest is Manim's.
    """

    def __init__(self, edges: EdgeArray, target: EdgeArray, **kwargs: Any) -> None:
        if len(target) != len(edges):
            raise ValueError(f"{len(edges)} edges cannot become {len(target)}")
        self._target = target
        super().__init__(edges, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Set points, colours and widths of all lines."""
        edges, start = cast(EdgeArray, self.mobject), cast(EdgeArray, self.starting_mobject)
        target = self._target
        share = self.progress(alpha)
        each = np.repeat(share, _CURVE)[:, None]
        edges.points = start.points + each * (target.points - start.points)
        rgbas = start.stroke_rgbas + share[:, None] * (target.stroke_rgbas - start.stroke_rgbas)
        edges.stroke_rgbas = rgbas.clip(0, 1)
        widths = start.widths + share * (target.widths - start.widths)
        edges.stroke_width = widths.clip(0)  # type: ignore[assignment]
        edges.carry_taken_out()


class FlashEdges(_EdgeByEdge):
    """Send a flash along each line: drawn in the first third of its time, erased in the last.

    Parameters
    ----------
    edges
        Along which; they stay as they are.
    color, width
        Of the flash.
    """

    def __init__(self, edges: EdgeArray, color: ManimColor, width: float, **kwargs: Any) -> None:
        self._color, self._width = color, width
        flash = EdgeArray(edges.starts.copy(), edges.ends.copy(), color, width)
        super().__init__(flash, introducer=True, remover=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Draw every line's lit part."""
        flash, whole = cast(EdgeArray, self.mobject), cast(EdgeArray, self.starting_mobject)
        time = self.progress(alpha)[:, None]
        along = whole.ends - whole.starts
        tail, head = np.clip(3 * time - 2, 0, 1), np.clip(3 * time, 0, 1)
        flash.set_ends(whole.starts + tail * along, whole.starts + head * along)
        lit = (head > tail).ravel()
        flash.stroke_width = np.where(lit, self._width, 0.0)  # type: ignore[assignment]
