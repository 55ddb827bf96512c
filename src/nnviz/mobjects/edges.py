"""The lines of a network, as arrays in one mobject, and parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np
from manim import (
    DEFAULT_STROKE_WIDTH,
    WHITE,
    Line,
    ManimColor,
    Unwrite,
    VGroup,
    VMobject,
    Write,
    interpolate,
    override_animation,
)
from manim.utils.space_ops import rotation_about_z
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.copying import CopiesQuickly
from nnviz.mobjects.curves import (
    CURVE,
    VALUES,
    CurveArray,
    CurveSelection,
    Rows,
    places,
    values_of_whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Edge", "EdgeArray", "EdgeSelection"]


class EdgeArray(CurveArray):
    """Straight lines as arrays in one mobject: a hundred thousand are styled and drawn as one.

    It does what a group of Manim's lines does, in any scene and animation, and its parts are views:
    see :class:`~nnviz.mobjects.curves.CurveArray`.

    Parameters
    ----------
    starts, ends
        Shapes (n, 3).
    color, width
        Of all.

    Examples
    --------
    >>> import numpy as np
    >>> from manim import RED
    >>> from nnviz.mobjects.edges import EdgeArray
    >>> edges = EdgeArray(np.zeros((5, 3)), np.eye(5, 3), width=2)
    >>> edges[[0, 3]].set_stroke(RED, 4)
    EdgeSelection
    >>> edges.widths
    array([4., 2., 2., 4., 2.])
    >>> edges[1].get_length()
    np.float64(1.0)
    """

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator[Edge]: ...
        def __reversed__(self) -> EdgeSelection: ...

        @overload
        def __getitem__(self, key: int | np.int_) -> Edge: ...
        @overload
        def __getitem__(self, key: Any) -> EdgeSelection: ...
        def __getitem__(self, key: Any) -> Any: ...

    def __init__(
        self,
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        color: ManimColor = WHITE,
        width: float = DEFAULT_STROKE_WIDTH,
    ) -> None:
        super().__init__(_straight(starts, ends, len(starts)), color, width)

    def _new(self, points: NDArray[np.float64]) -> EdgeArray:
        result = EdgeArray(points[::CURVE], points[CURVE - 1 :: CURVE])
        result.points = points
        return result

    def _new_part(self, rows: Rows, *, single: bool) -> EdgeSelection:
        return (Edge if single else EdgeSelection)(self, rows)

    @property
    def starts(self) -> NDArray[np.float64]:
        """Where the lines begin, shape (n, 3)."""
        return self.points[::CURVE]

    @property
    def ends(self) -> NDArray[np.float64]:
        """Where the lines end, shape (n, 3)."""
        return self.points[CURVE - 1 :: CURVE]

    def set_ends(self, starts: ArrayLike, ends: ArrayLike) -> Self:
        """Let line k run from ``starts[k]`` to ``ends[k]``; shapes (n, 3), or (3,) for all."""
        self.points = _straight(starts, ends, len(self))
        return self

    def turn(self, angle: float) -> Self:
        """Turn every line about its own middle, by an angle in radians, counter-clockwise."""
        middle, half = (self.starts + self.ends) / 2, (self.ends - self.starts) / 2
        half = half @ rotation_about_z(angle).T
        return self.set_ends(middle - half, middle + half)

    def lines(self) -> VGroup:
        """Return Manim lines of their own that look the same, and can turn into anything."""
        return VGroup(*self._as_mobjects())

    def _as_mobjects(self) -> list[VMobject]:
        lines: list[VMobject] = []
        values = {name: np.atleast_1d(getattr(self, name)) for name in VALUES}
        for k, ends in enumerate(zip(self.starts, self.ends, strict=True)):
            line = _Line(*ends, cap_style=self.cap_style, z_index=self.z_index)
            for name, value in values.items():
                row = value[k] if value.ndim == 1 else value[places(name, np.array([k]))]
                setattr(line, name, row)
            lines.append(line)
        return lines

    def pointwise_become_partial(self, vmobject: VMobject, a: Any, b: Any) -> Self:
        """Become a part of each of another's lines, from a share of its length to another.

        The shares are numbers, or arrays of shape (n,).
        """
        points = vmobject.points.reshape(-1, CURVE, 3)
        first, last = points[:, 0], points[:, -1]
        low, high = np.reshape(a, (-1, 1)), np.reshape(b, (-1, 1))
        cut = _straight(interpolate(first, last, low), interpolate(first, last, high), len(self))
        is_whole = ((low <= 0) & (high >= 1))[:, None]
        self.points = np.where(is_whole, points, cut.reshape(points.shape)).reshape(-1, 3)
        return self

    @override_animation(Write)
    def _write(self, **kwargs: Any) -> Write:
        """Write as long as Manim writes n lines."""
        return Write(self, **self._timing() | kwargs, use_override=False)

    @override_animation(Unwrite)
    def _unwrite(self, **kwargs: Any) -> Unwrite:
        return Unwrite(self, **self._timing() | kwargs, use_override=False)

    def _timing(self) -> dict[str, Any]:
        return {"run_time": 1 if len(self) < 15 else 2, "lag_ratio": min(4.0 / len(self), 0.2)}


class EdgeSelection(CurveSelection, EdgeArray):
    """A part of an :class:`EdgeArray`: what it is told, the array is told.

    A copy is an array of its own.
    """


class Edge(EdgeSelection, Line):
    """One line of an :class:`EdgeArray`, with all that a Manim ``Line`` can do.

    A copy is a Manim line of its own.
    """

    path_arc = 0.0
    buff = 0.0
    stroke_width = values_of_whole("stroke_width", single=True)
    background_stroke_width = values_of_whole("background_stroke_width", single=True)

    def put_start_and_end_on(self, start: ArrayLike, end: ArrayLike) -> Self:
        """Let the line run from a point to another, shapes (3,)."""
        return self.set_ends(start, end)

    def _on_its_own(self) -> VMobject:
        return self._as_mobjects()[0]


class _Line(CopiesQuickly, Line):
    """An edge that was copied out of its array."""


def _straight(starts: ArrayLike, ends: ArrayLike, count: int) -> NDArray[np.float64]:
    """Return the points of straight curves, shape (4 count, 3)."""
    start, end, _ = np.broadcast_arrays(starts, ends, np.empty((count, 3)))
    shares = np.linspace(0, 1, CURVE)[:, None]
    points: NDArray[np.float64] = interpolate(start[:, None], end[:, None], shares)
    return points.reshape(-1, 3)
