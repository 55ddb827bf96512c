"""The lines of a network, as arrays in one mobject, and parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np
from manim import DEFAULT_STROKE_WIDTH, WHITE, ManimColor, VGroup, interpolate
from manim.utils.space_ops import rotation_about_z
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.primitives.curve_array import CurveArray
from nnviz.mobjects.primitives.curve_selections import CurveSelection
from nnviz.mobjects.primitives.curve_values import CURVE, Rows
from nnviz.mobjects.primitives.edge import Edge, straight

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EdgeArray", "EdgeSelection"]


class EdgeArray(CurveArray):
    """Straight lines as arrays in one mobject: a hundred thousand are styled and drawn as one.

    It does what a group of Manim's lines does, in any scene and animation, and its parts are views:
    see :class:`~nnviz.mobjects.primitives.curve_array.CurveArray`.

    Parameters
    ----------
    starts, ends : ndarray of float
        Shapes (n, 3).
    color : ManimColor, optional
        Colour of all lines.
    width : float, optional
        Stroke width of all lines.

    Examples
    --------
    >>> import numpy as np
    >>> from manim import RED
    >>> from nnviz.mobjects.primitives.edge_array import EdgeArray
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
        super().__init__(straight(starts, ends, len(starts)), color, width)

    def _new(self, points: NDArray[np.float64]) -> EdgeArray:
        result = EdgeArray(points[::CURVE], points[CURVE - 1 :: CURVE])
        result.curves = np.array(points)
        return result

    def _new_part(self, rows: Rows, *, single: bool) -> EdgeSelection | Edge:
        return Edge(self, int(rows[0])) if single else EdgeSelection(self, rows)

    @property
    def starts(self) -> NDArray[np.float64]:
        """Where the lines begin, shape (n, 3)."""
        starts: NDArray[np.float64] = self.value("curves")[::CURVE]
        return starts

    @property
    def ends(self) -> NDArray[np.float64]:
        """Where the lines end, shape (n, 3)."""
        ends: NDArray[np.float64] = self.value("curves")[CURVE - 1 :: CURVE]
        return ends

    def set_ends(self, starts: ArrayLike, ends: ArrayLike) -> Self:
        """Let line k run from ``starts[k]`` to ``ends[k]``; shapes (n, 3), or (3,) for all."""
        self.curves = straight(starts, ends, len(self))
        for edge in self.members.own_curves():
            (k,) = np.flatnonzero(self.rows == edge.row)
            edge.put_start_and_end_on(*self.curves[[CURVE * k, CURVE * k + CURVE - 1]])
        return self

    def turn(self, angle: float) -> Self:
        """Turn every line about its own middle, by an angle in radians, counter-clockwise."""
        middle, half = (self.starts + self.ends) / 2, (self.ends - self.starts) / 2
        half = half @ rotation_about_z(angle).T
        return self.set_ends(middle - half, middle + half)

    def lines(self) -> VGroup:
        """Return Manim lines of their own that look the same, and can turn into anything."""
        return VGroup(*(edge.copy() for edge in self))

    def pointwise_become_partial(self, vmobject: Any, a: Any, b: Any) -> Self:
        """Become a part of each of another's lines, from a share of its length to another.

        The shares are numbers, or arrays of shape (n,).
        """
        points = vmobject.curves.reshape(-1, CURVE, 3)
        first, last = points[:, 0], points[:, -1]
        low, high = np.reshape(a, (-1, 1)), np.reshape(b, (-1, 1))
        cut = straight(interpolate(first, last, low), interpolate(first, last, high), len(self))
        is_whole = ((low <= 0) & (high >= 1))[:, None]
        self.curves = np.where(is_whole, points, cut.reshape(points.shape)).reshape(-1, 3)
        return self


class EdgeSelection(CurveSelection, EdgeArray):
    """A part of an :class:`EdgeArray`: changes of it change the array.

    A copy is an array of its own.
    """

    __slots__ = ()
