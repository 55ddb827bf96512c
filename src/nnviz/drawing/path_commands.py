"""Draw commands of lines and surfaces: a path, many curves, shaded faces."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import isfinite
from typing import Any

import cairo
import numpy as np
from numpy.typing import NDArray

from nnviz.drawing.canvas import Surface
from nnviz.drawing.commands import Command, Extent, View
from nnviz.drawing.pixel_boxes import Box, boxes_around, touching

__all__ = ["Curves", "Faces", "Path"]

#: Points of a cubic curve.
_CURVE = 4
#: NumPy's default for "close", by which Manim finds where a path is continued.
_RELATIVE_TOLERANCE = 1e-5
#: Cairo's default miter limit: how far a sharp corner may reach beyond half the width.
_MITER_LIMIT = 10
#: Cairo strokes nothing thinner than a twentieth of a pixel, and what is fainter than this (its
#: width in pixels times its opacity) leaves no trace in 8 bits.
_THINNEST, _FAINTEST = 0.049, 1 / 1024
#: With more changes than this, finding dirty rectangles takes longer than they save.
_MOST_ROWS = 50

#: Red, green, blue and alpha.
Color = tuple[float, float, float, float]
_COLOR = 4 * 8  # bytes
_NUMBERS = struct.Struct("<ddiid")


class Path(Command):
    """Cubic curves: filled, with a stroke behind and one in front.

    Paints are double precision numbers as bytes: red, green, blue and alpha of one colour, or of
    several that are evenly spaced from one point to another; no bytes paint nothing.

    Attributes
    ----------
    points : bytes
        Shape (n, 3) as double precision numbers, four points a curve. Nothing is drawn of a path
        with a point that is not finite.
    fill : bytes
        The paint inside.
    back, front : bytes
        The paints of the line that is drawn before the fill, and of the one after it.
    back_width, front_width : float
        Widths of these lines, in units of the plane.
    ends : bytes
        Where gradients begin and end, shape (2, 2); empty if there are none.
    join, cap : int
        Cairo's numbers for how corners and ends look.
    tolerance : float
        How near the end of a curve has to be to the start of the next one for the path to go on.
    """

    __slots__ = (
        "_kept",
        "_traced",
        "back",
        "back_width",
        "cap",
        "ends",
        "fill",
        "front",
        "front_width",
        "join",
        "points",
        "tolerance",
    )
    fields = (
        "points",
        "fill",
        "back",
        "front",
        "back_width",
        "front_width",
        "ends",
        "join",
        "cap",
        "tolerance",
    )

    def __init__(
        self,
        points: bytes,
        fill: bytes,
        back: bytes,
        front: bytes,
        back_width: float,
        front_width: float,
        ends: bytes,
        join: int,
        cap: int,
        tolerance: float,
    ) -> None:
        self.points, self.ends = points, ends
        self.fill, self.back, self.front = fill, back, front
        self.back_width, self.front_width = back_width, front_width
        self.join, self.cap, self.tolerance = join, cap, tolerance
        self._digest = self.box = self.measured_in = None
        self._kept: tuple[tuple[float, ...], cairo.Path] | None = None
        self._traced = False

    def _parts(self) -> tuple[bytes, ...]:
        numbers = _NUMBERS.pack(
            self.back_width, self.front_width, self.join, self.cap, self.tolerance
        )
        lengths = b"%d %d %d %d" % (
            len(self.points),
            len(self.fill),
            len(self.back),
            len(self.front),
        )
        return self.points, self.fill, self.back, self.front, self.ends, numbers, lengths

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        return len(self.points) + 200

    def trace_like(self, other: Path) -> None:
        """Reuse the outline of another path with the same points."""
        self._kept, self._traced = other._kept, other._traced

    @property
    def is_visible(self) -> bool:
        """Whether anything of it can be seen."""
        return bool(self.fill or self.front or self.back)

    def extent(self) -> Extent:
        """Return the extent on the plane.

        A stroke reaches farther than half its width at corners, and at square ends.
        """
        width = max(self.back_width if self.back else 0.0, self.front_width if self.front else 0.0)
        points = np.frombuffer(self.points).reshape(-1, 3)
        if self.join == cairo.LineJoin.MITER and width and self._has_corners(points):
            width *= _MITER_LIMIT / 2
        return Extent(points, width)

    def _has_corners(self, points: NDArray[np.float64]) -> bool:
        """Return whether there are several curves, or one that is closed."""
        if len(points) != _CURVE:
            return len(points) > _CURVE
        first, last = points[[0, -1], :2].tolist()
        return _close(first, last, self.tolerance)

    def paint(self, surface: Surface) -> None:
        """Draw it."""
        context = surface.context
        self._trace(context)
        if self.back:
            self._stroke(context, self.back, self.back_width)
        if self.fill:
            self._set_source(context, self.fill)
            context.fill_preserve()
        if self.front:
            self._stroke(context, self.front, self.front_width)

    def _stroke(self, context: cairo.Context[Any], paint: bytes, width: float) -> None:
        self._set_source(context, paint)
        context.set_line_width(width)
        context.set_line_join(self.join)  # type: ignore[arg-type]
        context.set_line_cap(self.cap)  # type: ignore[arg-type]
        context.stroke_preserve()

    def _set_source(self, context: cairo.Context[Any], paint: bytes) -> None:
        """Set the colour; frames hold blue and red exchanged, as Manim's do."""
        if len(paint) == _COLOR:
            red, green, blue, alpha = struct.unpack("4d", paint)
            context.set_source_rgba(blue, green, red, alpha)
            return
        colors = np.frombuffer(paint).reshape(-1, 4).tolist()
        pattern = cairo.LinearGradient(*np.frombuffer(self.ends).tolist())
        offsets = np.linspace(0, 1, len(colors)).tolist()
        for offset, (red, green, blue, alpha) in zip(offsets, colors, strict=True):
            pattern.add_color_stop_rgba(offset, blue, green, red, alpha)
        context.set_source(pattern)

    def _trace(self, context: cairo.Context[Any]) -> None:
        """Make this the current path of a context."""
        at = context.get_matrix()
        here = (at.xx, at.yx, at.xy, at.yy, at.x0, at.y0)
        if self._kept is not None and self._kept[0] == here:
            context.new_path()
            context.append_path(self._kept[1])
            return
        self._trace_curves(context)
        if self._traced:  # it is drawn again: worth caching, rounded to these pixels
            self._kept = here, context.copy_path()
        self._traced = True

    def _trace_curves(self, context: cairo.Context[Any]) -> None:
        points = np.frombuffer(self.points).reshape(-1, 3)
        context.new_path()
        with np.errstate(invalid="ignore", over="ignore"):
            total = np.add.reduce(points, axis=None)
        if not isfinite(total):
            return
        count = len(points)
        anchors = points[:, :2].tolist()
        curve_to, tolerance = context.curve_to, self.tolerance
        first: list[float] | None = None
        last: list[float] | None = None
        for i in range(0, count - _CURVE + 1, _CURVE):
            start, (x1, y1), (x2, y2), end = anchors[i : i + _CURVE]
            if first is None or last is None:
                first = start
                context.move_to(*start)
            elif start != last and not _close(last, start, tolerance):
                if _close(first, last, tolerance):
                    context.close_path()
                first = start
                context.move_to(*start)
            curve_to(x1, y1, x2, y2, *end)
            last = end
        if first is None or last is None:
            return
        if count % _CURVE:
            # Points that make no curve: a beginning of its own, or where the last curve ends.
            begin = anchors[count - count % _CURVE]
            if begin == last or _close(last, begin, tolerance):
                last = anchors[-1]
        if _close(first, last, tolerance):
            context.close_path()


def _close(point: list[float], reference: list[float], tolerance: float) -> bool:
    """Return whether Manim takes two points for the same."""
    return (
        abs(point[0] - reference[0]) <= tolerance + _RELATIVE_TOLERANCE * abs(reference[0])
    ) and (abs(point[1] - reference[1]) <= tolerance + _RELATIVE_TOLERANCE * abs(reference[1]))


class Curves(Command):
    """Many cubic curves, each with its own colour and width, drawn one after the other.

    Attributes
    ----------
    curves : numpy.ndarray
        Shape (n, 8): x and y of the four points of each curve.
    colors : numpy.ndarray
        Shape (n, 4): red, green, blue and alpha.
    widths : numpy.ndarray
        Shape (n,), in units of the plane.
    cap : int
        Cairo's number for how ends look.
    """

    __slots__ = ("curves", "colors", "widths", "cap")  # noqa: RUF023 - in the constructor's order

    curves: NDArray[np.float64]
    colors: NDArray[np.float64]
    widths: NDArray[np.float64]
    cap: int

    def extent(self) -> Extent:
        """Return the extent on the plane, with more than half the width, for square caps."""
        return Extent(self.curves.reshape(-1, 2), float(self.widths.max(initial=0)))

    def differences(self, other: Command, view: View) -> list[Box] | None:
        """Return the dirty rectangles of a change to other curves."""
        if not isinstance(other, Curves) or self.curves.shape != other.curves.shape:
            return None
        changed = (self.curves != other.curves).any(axis=1)
        changed |= (self.colors != other.colors).any(axis=1) | (self.widths != other.widths)
        rows = np.flatnonzero(changed)
        if self.cap != other.cap or len(rows) > _MOST_ROWS:
            return None
        places = np.concatenate([each._boxes(view)[rows] for each in (self, other)])
        return [(left, top, right, bottom) for left, top, right, bottom in places.tolist()]

    def _boxes(self, view: View) -> NDArray[np.int64]:
        """Return the boxes around the curves on a frame, shape (n, 4)."""
        starts = np.arange(0, _CURVE * len(self.curves), _CURVE)
        return boxes_around(self.curves.reshape(-1, 2), starts, self.widths, view)

    def paint(self, surface: Surface) -> None:
        """Draw those that overlap a dirty rectangle."""
        context = surface.context
        context.save()
        context.new_path()
        context.set_line_cap(self.cap)  # type: ignore[arg-type]
        scale = context.user_to_device_distance(1, 0)[0]
        pixels = self.widths * scale
        seen = np.flatnonzero((pixels > _THINNEST) & (pixels * self.colors[:, 3] > _FAINTEST))
        if surface.parts is not None and len(seen):
            seen = seen[touching(self._boxes(surface.view)[seen], surface.parts)]
        # Frames hold blue and red exchanged.
        both = np.column_stack([self.colors[:, [2, 1, 0, 3]], self.widths, self.curves])[seen]
        set_source, set_width = context.set_source_rgba, context.set_line_width
        move_to, curve_to, stroke = context.move_to, context.curve_to, context.stroke
        for blue, green, red, alpha, width, x, y, *rest in both.tolist():
            set_source(blue, green, red, alpha)
            set_width(width)
            move_to(x, y)
            curve_to(*rest)
            stroke()
        context.restore()


class Faces(Command):
    """Faces with four corners and lines on them, each drawn over the ones before.

    Attributes
    ----------
    corners : numpy.ndarray
        Shape (n, 4, 2), points of the plane.
    colors : numpy.ndarray
        Red, green and blue of the faces, shape (n, 3).
    lines : numpy.ndarray
        The ends of lines, shape (m, 4).
    faces : numpy.ndarray
        After which face each line is drawn, shape (m,), integers.
    line_color : tuple of float
        Red, green, blue and alpha.
    line_width : float
        In units of the plane.
    alpha : float
        Opacity of the whole; faces hide the ones behind them.
    overlap : float
        How far faces reach over their edges, in pixels.
    """

    __slots__ = (  # noqa: RUF023 - in the constructor's order
        "corners",
        "colors",
        "lines",
        "faces",
        "line_color",
        "line_width",
        "alpha",
        "overlap",
    )

    corners: NDArray[np.float64]
    colors: NDArray[np.float64]
    lines: NDArray[np.float64]
    faces: NDArray[np.int64]
    line_color: Color
    line_width: float
    alpha: float
    overlap: float

    def extent(self) -> Extent:
        """Return the extent on the plane."""
        ends = self.lines.reshape(-1, 2)
        points = np.concatenate([self.corners.reshape(-1, 2), ends])
        return Extent(points, self.line_width, self.overlap)

    def paint(self, surface: Surface) -> None:
        """Draw them."""
        context = surface.context
        context.save()
        context.new_path()
        if self.alpha < 1:
            context.push_group()
        self._paint_faces(context)
        if self.alpha < 1:
            context.pop_group_to_source()
            context.paint_with_alpha(self.alpha)
        context.restore()

    def _paint_faces(self, context: cairo.Context[Any]) -> None:
        pixel = 1 / max(abs(context.user_to_device_distance(1, 0)[0]), 1e-9)
        out = self.corners - self.corners.mean(axis=1, keepdims=True)
        lengths = np.linalg.norm(out, axis=2, keepdims=True)
        corners = self.corners + out * (self.overlap * pixel / np.maximum(lengths, pixel))
        lines = self._lines_of_faces()
        red, green, blue, alpha = self.line_color
        context.set_line_width(self.line_width)
        context.set_line_cap(cairo.LINE_CAP_ROUND)
        move_to, line_to, fill = context.move_to, context.line_to, context.fill
        quads = zip(corners.reshape(-1, 8).tolist(), self.colors.tolist(), strict=True)
        for face, (quad, color) in enumerate(quads):
            x0, y0, x1, y1, x2, y2, x3, y3 = quad
            context.set_source_rgb(*color[::-1])  # frames hold blue and red exchanged
            move_to(x0, y0)
            line_to(x1, y1)
            line_to(x2, y2)
            line_to(x3, y3)
            fill()
            if face in lines:
                context.set_source_rgba(blue, green, red, alpha)
                for xa, ya, xb, yb in lines[face]:
                    move_to(xa, ya)
                    line_to(xb, yb)
                context.stroke()

    def _lines_of_faces(self) -> dict[int, list[list[float]]]:
        found: dict[int, list[list[float]]] = {}
        for face, ends in self._pairs():
            found.setdefault(face, []).append(ends)
        return found

    def _pairs(self) -> Iterator[tuple[int, list[float]]]:
        return zip(self.faces.tolist(), self.lines.tolist(), strict=True)
