"""Animations of many straight edges at once: every line has a share of the time of its own.

Manim would make an animation and three copies of every line; here the lines' ends, colours
and widths are arrays while they move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from manim import Animation, Line, ManimColor, Mobject, VGroup, VMobject, smooth
from manim.utils.space_ops import rotation_about_z
from numpy.typing import NDArray

from nnviz.mobjects.edges import EdgeArray

__all__ = ["EdgeState", "FlashEdges", "StaggeredEdges"]

Edges = EdgeArray | Sequence[VMobject]


@dataclass(frozen=True)
class EdgeState:
    """Places and strokes of n straight edges.

    Attributes
    ----------
    starts, ends
        Shapes (n, 3).
    rgbas
        Red, green, blue and opacity in [0, 1], shape (n, 4).
    widths
        Stroke widths, shape (n,).
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    rgbas: NDArray[np.float64]
    widths: NDArray[np.float64]

    @classmethod
    def of(cls, edges: Edges) -> EdgeState:
        """Return what edges are now."""
        if isinstance(edges, EdgeArray):
            arrays = (edges.starts, edges.ends, edges.stroke_rgbas, edges.widths)
            return cls(*(np.array(array) for array in arrays))
        return cls(
            np.array([edge.get_start() for edge in edges]),
            np.array([edge.get_end() for edge in edges]),
            np.array([edge.stroke_rgbas[0] for edge in edges]),
            np.array([edge.get_stroke_width() for edge in edges]),
        )

    def give(self, edges: Edges) -> None:
        """Make edges be so."""
        if isinstance(edges, EdgeArray):
            edges.stroke_rgbas = self.rgbas
            edges.stroke_width = self.widths  # type: ignore[assignment]
            edges.set_ends(self.starts, self.ends)
            return
        shares = np.linspace(0, 1, 4)[None, :, None]  # a line is a cubic curve to Manim
        points = self.starts[:, None, :] * (1 - shares) + self.ends[:, None, :] * shares
        for edge, line, rgba, width in zip(
            edges, points, self.rgbas[:, None, :], self.widths.tolist(), strict=True
        ):
            edge.points = line
            edge.stroke_rgbas = rgba
            edge.stroke_width = width

    def turned(self, angle: float, color: ManimColor | None = None) -> EdgeState:
        """Return each edge turned about its middle, in another colour or its own.

        Parameters
        ----------
        angle
            In radians, counter-clockwise.
        color
            None keeps each edge's own.
        """
        middle, half = (self.starts + self.ends) / 2, (self.ends - self.starts) / 2
        half = half @ rotation_about_z(angle).T
        rgbas = self.rgbas.copy()
        if color is not None:
            rgbas[:, :3] = color.to_rgb()
        return replace(self, starts=middle - half, ends=middle + half, rgbas=rgbas)

    def towards(self, other: EdgeState, shares: NDArray[np.float64]) -> EdgeState:
        """Return the state a share of the way to another, each edge its own; shares (n,)."""
        column = shares[:, None]
        rgbas = self.rgbas + column * (other.rgbas - self.rgbas)
        widths = self.widths + shares * (other.widths - self.widths)
        return EdgeState(
            self.starts + column * (other.starts - self.starts),
            self.ends + column * (other.ends - self.ends),
            rgbas.clip(0, 1),
            widths.clip(0),
        )


class _EdgeByEdge(Animation):
    """An animation in which edge k of n starts at ``(first + k) / (total - 1) * (1 - share)``.

    Parameters
    ----------
    edges
        What to animate.
    share
        One edge's part of the run time, in (0, 1].
    first, total
        Place of the first edge among all that start one after the other, and their
        number; by default these edges alone.
    """

    def __init__(
        self,
        edges: Edges,
        *,
        share: float = 0.5,
        first: int = 0,
        total: int | None = None,
        rate_func: Callable[[float], float] = smooth,
        **kwargs: Any,
    ) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"share must be in (0, 1], not {share}")
        count = total or len(edges)
        self._share = share if count > 1 else 1.0
        self._starts = np.arange(first, first + len(edges)) / max(count - 1, 1) * (1 - share)
        self._edges = edges
        mobject = edges if isinstance(edges, EdgeArray) else VGroup(*edges)
        super().__init__(mobject, rate_func=rate_func, **kwargs)

    def create_starting_mobject(self) -> Mobject:
        """Return nothing: what edges were is kept as an :class:`EdgeState`."""
        return Mobject()

    def begin(self) -> None:
        """Remember what the edges are."""
        self._before = EdgeState.of(self._edges)
        super().begin()

    def progress(self, alpha: float) -> NDArray[np.float64]:
        """Return how far every edge has come, after its rate function; shape (n,)."""
        times = np.clip((alpha - self._starts) / self._share, 0, 1)
        # Most edges wait or are done, and rate functions take one number at a time.
        distinct, which = np.unique(times, return_inverse=True)
        result: NDArray[np.float64] = np.array([self.rate_func(t) for t in distinct])[which]
        return result


class StaggeredEdges(_EdgeByEdge):
    """Change edges into something else, one after the other.

    Parameters
    ----------
    edges
        What to animate: straight lines, or an array of them.
    change
        From what they are to what they become where the rate function is 1. It may
        overshoot, or return.
    **kwargs
        ``share``, ``first`` and ``total`` set each edge's window as
        :func:`~nnviz.animations.timing.staggered` does; the rest is Manim's.
    """

    def __init__(
        self, edges: Edges, change: Callable[[EdgeState], EdgeState], **kwargs: Any
    ) -> None:
        self._change = change
        super().__init__(edges, **kwargs)

    def begin(self) -> None:
        """Find out what the edges become."""
        self._after = self._change(EdgeState.of(self._edges))
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Set places, colours and widths of all edges."""
        self._before.towards(self._after, self.progress(alpha)).give(self._edges)


class FlashEdges(_EdgeByEdge):
    """Send a flash along each edge: drawn in the first third of its time, erased in the last.

    Parameters
    ----------
    edges
        Along which; they stay as they are.
    color, width
        Of the flash.
    """

    def __init__(self, edges: Edges, color: ManimColor, width: float, **kwargs: Any) -> None:
        self._width = width
        now = EdgeState.of(edges)
        flashes: Edges
        if isinstance(edges, EdgeArray):
            flashes = EdgeArray(now.starts, now.ends, color, width)
        else:
            ends = zip(now.starts, now.ends, strict=True)
            flashes = [Line(*pair, stroke_color=color, stroke_width=width) for pair in ends]
        super().__init__(flashes, introducer=True, remover=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Draw every edge's lit part."""
        time = self.progress(alpha)[:, None]
        tail, head = np.clip(3 * time - 2, 0, 1), np.clip(3 * time, 0, 1)
        whole = self._before
        along = whole.ends - whole.starts
        replace(
            whole,
            starts=whole.starts + tail * along,
            ends=whole.starts + head * along,
            widths=np.where((head > tail).ravel(), self._width, 0.0),
        ).give(self._edges)
