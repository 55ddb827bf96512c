"""One line of an array of edges, which Manim sees as a line of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from manim import DEFAULT_STROKE_WIDTH, ORIGIN, Line, interpolate
from numpy.typing import ArrayLike, NDArray

from nnviz._manim_arrays import register_array
from nnviz.mobjects.primitives.curve_values import CURVE, VALUES, WIDTHS, Rows
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.quick_copies import CopiesQuickly

__all__ = ["Edge", "straight"]

#: Attributes of a line on which nothing was set.
_DEFAULTS = vars(Line(stroke_width=DEFAULT_STROKE_WIDTH))
#: What it has as all lines have it, or as its array has it.
_STYLES = ("background_image", "cap_style", "joint_type", "shade_in_3d", "z_index")
_NO_FILL = (1.0, 1.0, 1.0, 0.0)


class _ArrayValue:
    """Points or strokes of an edge: those of its row, or its own where an array cannot hold them.

    Parameters
    ----------
    array_name : str
        Name of the array of the whole that holds the values.
    """

    def __init__(self, array_name: str) -> None:
        self._array_name = array_name

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, edge: Edge | None, owner: type) -> Any:
        if edge is None:
            return self
        if self._name in edge.__dict__:
            return edge.__dict__[self._name]
        # A view, into which Manim may write.
        return self._row(edge)

    def __set__(self, edge: Edge, value: Any) -> None:
        if not edge.has_values:
            row = self._row(edge)
            if np.shape(value) == np.shape(row):
                row[...] = value
                return
            edge.leave()
        edge.__dict__[self._name] = value

    def _row(self, edge: Edge) -> Any:
        size = CURVE if self._array_name == "curves" else 1
        first = size * edge.row
        return getattr(edge.whole, self._array_name)[first : first + size]


class _Width(_ArrayValue):
    """A width of an edge, a number."""

    def __get__(self, edge: Edge | None, owner: type) -> Any:
        value = super().__get__(edge, owner)
        return float(value[0]) if isinstance(value, np.ndarray) and value.size == 1 else value

    def __set__(self, edge: Edge, value: Any) -> None:
        super().__set__(edge, np.atleast_1d(value) if not edge.has_values else value)


class _Style:
    """An attribute with the value of lines, or of the whole, until it is set on the edge.

    Parameters
    ----------
    of_whole : bool, optional
        Whether the whole's value is that of its edges.
    """

    def __init__(self, *, of_whole: bool = False) -> None:
        self._of_whole = of_whole

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, edge: Edge | None, owner: type) -> Any:
        if edge is None:
            return self
        own = edge.__dict__
        return own[self._name] if self._name in own else self._common(edge)

    def __set__(self, edge: Edge, value: Any) -> None:
        if self._name in edge.__dict__ or value != self._common(edge):
            edge.__dict__[self._name] = value
            edge.stand_apart()

    def _common(self, edge: Edge) -> Any:
        return getattr(edge.whole, self._name) if self._of_whole else _DEFAULTS[self._name]


class Edge(ShownInNotebooks, Line):
    """One line of an array of edges: changes of it change the `EdgeArray`.

    It can do all that a Manim ``Line`` can. What the array cannot hold, such as a tip, a gradient,
    an arc or the points of another shape, it has for itself, in its place among the others. It has
    no fill as long as it is a line. A copy is a Manim line of its own.

    Parameters
    ----------
    whole : object
        The array.
    row : int
        Index of the line in the array.

    Attributes
    ----------
    whole : EdgeArray
        The array.
    row : int
        Index of the line in the array.
    """

    is_single = True
    is_one = False
    is_whole = True

    points = _ArrayValue("curves")
    stroke_rgbas = _ArrayValue("stroke_rgbas")
    background_stroke_rgbas = _ArrayValue("background_stroke_rgbas")
    stroke_width = _Width("stroke_width")
    background_stroke_width = _Width("background_stroke_width")
    background_image = _Style()
    cap_style = _Style(of_whole=True)
    joint_type = _Style()
    shade_in_3d = _Style()
    z_index = _Style(of_whole=True)

    def __init__(self, whole: Any, row: int) -> None:
        self.whole, self.row = whole, row
        self.__dict__.update(submobjects=[], updaters=[], name=type(self).__name__)

    def __getattr__(self, attr: str) -> Any:
        """Return the attribute of a line on which nothing was set; else what Manim returns."""
        return _DEFAULTS[attr] if attr in _DEFAULTS else super().__getattr__(attr)

    # As a part of the array

    @property
    def rows(self) -> Rows:
        """Which line of the whole this is, shape (1,)."""
        return np.array([self.row])

    @property
    def starts(self) -> NDArray[np.float64]:
        """Where the line begins, shape (1, 3)."""
        return np.array([self.get_start()])

    @property
    def ends(self) -> NDArray[np.float64]:
        """Where the line ends, shape (1, 3)."""
        return np.array([self.get_end()])

    @property
    def widths(self) -> NDArray[np.float64]:
        """Its stroke width, shape (1,)."""
        return np.array([self.get_stroke_width()])

    def set_ends(self, starts: ArrayLike, ends: ArrayLike) -> Self:
        """Let the line run from a point to another; shapes (3,) or (1, 3)."""
        return self.put_start_and_end_on(np.reshape(starts, 3), np.reshape(ends, 3))

    def separate(self) -> Any:
        """Return an array of its own, of one line that looks the same."""
        return self.whole.part(self.rows).separate()

    def covered(self, shown: Iterable[Any]) -> list[Any]:
        """Return the whole and all of its known parts, if others have all their curves."""
        parts: list[Any] = self.whole.covered(shown)
        return parts

    def without(self, others: Sequence[Any]) -> Any:
        """Return the line, or a part of no lines if others have it."""
        return self if len(self.whole.part(self.rows).without(others)) else self.whole[:0]

    def around(self, part: Any) -> tuple[Any, Any]:
        """Return the parts below and above, of which a line has none."""
        return self.whole[:0], self.whole[:0]

    def stand_apart(self) -> None:
        """Be animated apart from the array from now on."""
        self.whole.members.stand_apart(self.rows)

    @property
    def has_values(self) -> bool:
        """Whether it has its own points and strokes."""
        return "points" in self.__dict__

    def leave(self) -> None:
        """Have its own points and strokes from now on."""
        fill = self.fill_rgbas
        own = {name: np.copy(getattr(self, name)) for name in ("points", *VALUES[1:3])}
        own.update({name: getattr(self, name) for name in WIDTHS})
        self.__dict__.update(own, fill_rgbas=fill)
        self.stand_apart()

    def one_value(self, name: str) -> Any:
        """Return its own values as nearly as an array of values can hold them."""
        if name == "curves":
            has_points = self.has_points()
            ends = (self.get_start(), self.get_end()) if has_points else (ORIGIN, ORIGIN)
            return straight(*ends, 1)
        return np.atleast_1d(getattr(self, name))[:1]

    def take_over(self, other: Edge, memo: dict[int, Any]) -> None:
        """Have the same way of its own as an edge of another array."""
        for name, value in other.__dict__.items():
            if name not in ("whole", "row"):
                self.__dict__[name] = copy.deepcopy(value, memo)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        memo[id(self)] = line = _Line(ORIGIN, ORIGIN)
        for name in ("points", *VALUES[1:3]):
            setattr(line, name, np.copy(getattr(self, name)))
        for name in (
            *WIDTHS,
            "background_image",
            "cap_style",
            "joint_type",
            "shade_in_3d",
            "z_index",
        ):
            setattr(line, name, getattr(self, name))
        line.start, line.end = self.start, self.end
        for name, value in self.__dict__.items():
            if name not in ("whole", "row", "name"):
                line.__dict__[name] = copy.deepcopy(value, memo)
        return line

    # As a line of Manim's

    @property
    def start(self) -> NDArray[np.float64]:
        """Where the line begins, from which Manim makes its points again."""
        start: NDArray[np.float64] | None = self.__dict__.get("start")
        return self.get_start() if start is None else start

    @start.setter
    def start(self, value: NDArray[np.float64]) -> None:
        self.__dict__["start"] = value

    @property
    def end(self) -> NDArray[np.float64]:
        """Where the line ends, from which Manim makes its points again."""
        end: NDArray[np.float64] | None = self.__dict__.get("end")
        return self.get_end() if end is None else end

    @end.setter
    def end(self, value: NDArray[np.float64]) -> None:
        self.__dict__["end"] = value

    @property
    def submobjects(self) -> list[Any]:
        """What was added to the line, such as tips."""
        held: list[Any] = self.__dict__["submobjects"]
        return held

    @submobjects.setter
    def submobjects(self, value: list[Any]) -> None:
        self.__dict__["submobjects"] = value
        if value:
            self.stand_apart()

    @property
    def fill_rgbas(self) -> NDArray[np.float64]:
        """Fill of what the line has become; a line has none."""
        own: NDArray[np.float64] | None = self.__dict__.get("fill_rgbas")
        return np.array([_NO_FILL]) if own is None else own

    @fill_rgbas.setter
    def fill_rgbas(self, value: NDArray[np.float64]) -> None:
        if not self.has_values:
            if not np.any(value[:, 3]):
                return
            self.leave()
        self.__dict__["fill_rgbas"] = value

    def add_updater(self, *args: Any, **kwargs: Any) -> Self:
        """Add an updater, as Manim does."""
        self.stand_apart()
        return super().add_updater(*args, **kwargs)

    def set_anchors_and_handles(self, *anchors_and_handles: Any) -> Self:
        """Set all points, as Manim does, which may be given as they are now."""
        return super().set_anchors_and_handles(*map(np.array, anchors_and_handles))

    def put_start_and_end_on(self, start: ArrayLike, end: ArrayLike) -> Self:
        """Let the line run from a point to another, shapes (3,)."""
        if self.has_values or self.submobjects:
            return super().put_start_and_end_on(np.asarray(start), np.asarray(end))
        self.points = straight(start, end, 1)
        return self


class _Line(CopiesQuickly, Line):
    """An edge that was copied out of its array."""


def straight(starts: ArrayLike, ends: ArrayLike, count: int) -> NDArray[np.float64]:
    """Return the points of straight curves, shape (4 count, 3)."""
    start, end, _ = np.broadcast_arrays(starts, ends, np.empty((count, 3)))
    shares = np.linspace(0, 1, CURVE)[:, None]
    points: NDArray[np.float64] = interpolate(start[:, None], end[:, None], shares)
    return points.reshape(-1, 3)


register_array(Edge)
