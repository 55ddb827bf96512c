"""Display lists as vectors and as single pictures: SVG, PDF, PNG."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from io import BytesIO
from math import ceil
from typing import Any

import cairo
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nnviz.drawing.canvas import Surface
from nnviz.drawing.commands import Command, View

__all__ = ["WRITERS", "Figure", "figure_png"]

_POINTS_PER_INCH = 72
#: Cairo's images have no more pixels than this on a side.
_LARGEST = 32_767
#: Pixels per unit of the plane that commands assume for vectors, which are sharp at any size.
_FINE = 2000.0
#: The thinnest line that is printed well, in points.
_HAIRLINE = 0.25
#: Images with fewer pixels than this on their longer side are enlarged for vectors, pixel by pixel,
#: for programs that would blur them.
_ENLARGED = 1024
#: Creation date of all PDFs, so that the same figure gives the same file.
_NO_DATE = "1970-01-01T00:00:00Z"

#: Left, bottom, right, top in units of the plane.
_Box = tuple[float, float, float, float]


class Figure:
    """Commands cropped to what is seen of them, and how large to show them.

    Parameters
    ----------
    commands : sequence of Command
        What to draw.
    background : (float, float, float) or None
        Red, green and blue from 0 to 1, or None for nothing.
    margin : float
        Room on every side, in units of the plane.
    inches_per_unit : float
        How large a unit of the plane is, if there is no `width`.
    width : float, optional
        Width of the whole in inches.

    Attributes
    ----------
    inches : tuple of float
        Width and height.
    inches_per_unit : float
        How large a unit of the plane is.
    corner : tuple of float
        Left and top of the whole, in units of the plane.

    Raises
    ------
    ValueError
        If nothing of the commands is seen.
    """

    def __init__(
        self,
        commands: Sequence[Command],
        background: tuple[float, float, float] | None,
        margin: float,
        inches_per_unit: float,
        width: float | None = None,
    ) -> None:
        self._commands, self._background = commands, background
        left, bottom, right, top = _seen(commands)
        self.corner = (left - margin, top + margin)
        size = (right - left + 2 * margin, top - bottom + 2 * margin)
        self.inches_per_unit = inches_per_unit if width is None else width / size[0]
        self.inches = (size[0] * self.inches_per_unit, size[1] * self.inches_per_unit)

    def draw(self, context: cairo.Context[Any], per_inch: float) -> None:
        """Draw all of it; ``per_inch`` is in units of the device."""
        if self._background is not None:
            red, green, blue = self._background
            context.set_source_rgba(blue, green, red)
            context.paint()
        scale = per_inch * self.inches_per_unit
        left, top = self.corner
        context.transform(cairo.Matrix(scale, 0, 0, -scale, -left * scale, top * scale))
        _paint(self._commands, context)


def _paint(commands: Sequence[Command], context: cairo.Context[Any]) -> None:
    at = context.get_matrix()
    Surface(context, View(0, 0, at.xx, at.yy, at.x0, at.y0)).paint(commands)


def _seen(commands: Sequence[Command]) -> _Box:
    """Return the box around all that is seen, strokes included."""
    context = _Measuring(cairo.RecordingSurface(cairo.CONTENT_COLOR_ALPHA, None))
    context.scale(_FINE, _FINE)
    _paint(commands, context)
    if not context.corners:
        raise ValueError("there is nothing to be seen")
    corners = np.concatenate(context.corners) / _FINE
    (left, bottom), (right, top) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return left, bottom, right, top


class _Measuring(cairo.Context):  # type: ignore[type-arg]
    """A context that draws nothing, and records the extents of what it would draw."""

    def __init__(self, target: cairo.Surface) -> None:
        self.corners: list[NDArray[np.float64]] = []

    def _note(self, extents: tuple[float, float, float, float]) -> None:
        left, top, right, bottom = extents
        if self._paints() and (left < right or top < bottom):
            outline = ((left, top), (right, top), (left, bottom), (right, bottom))
            self.corners.append(np.array([self.user_to_device(*corner) for corner in outline]))

    def _paints(self) -> bool:
        source = self.get_source()
        if isinstance(source, cairo.SolidPattern):
            return bool(source.get_rgba()[3] > 0)
        if isinstance(source, cairo.Gradient):
            return any(alpha > 0 for *_, alpha in source.get_color_stops_rgba())
        return True

    def fill(self) -> None:
        self.fill_preserve()
        self.new_path()

    def fill_preserve(self) -> None:
        here = self.get_matrix()
        self.identity_matrix()  # else Cairo returns the box around a rotated box
        self._note(self.fill_extents())
        self.set_matrix(here)

    def stroke(self) -> None:
        self.stroke_preserve()
        self.new_path()

    def stroke_preserve(self) -> None:
        self._note(self.stroke_extents())


class _Vectors(cairo.Context):  # type: ignore[type-arg]
    """A context for vectors, with colours in the order that mobjects have for Manim's frames.

    There, blue and red are exchanged.
    """

    def user_to_device_distance(self, dx: float, dy: float) -> tuple[float, float]:
        """Return how large something is drawn; commands leave out what is too small to be seen."""
        x, y = super().user_to_device_distance(dx, dy)
        return x * _FINE, y * _FINE

    def set_source_rgba(self, red: float, green: float, blue: float, alpha: float = 1) -> None:
        super().set_source_rgba(blue, green, red, alpha)

    def stroke(self) -> None:
        self._thicken()
        super().stroke()

    def stroke_preserve(self) -> None:
        self._thicken()
        super().stroke_preserve()

    def _thicken(self) -> None:
        """Draw what is thinner than a hairline as thick as one, and fainter instead.

        Programs that show a PDF draw anything a pixel wide, however thin it is.
        """
        width, source = self.get_line_width(), self.get_source()
        points = super().user_to_device_distance(width, 0)[0]
        if 0 < points < _HAIRLINE and isinstance(source, cairo.SolidPattern):
            red, green, blue, alpha = source.get_rgba()
            super().set_source_rgba(red, green, blue, alpha * points / _HAIRLINE)
            self.set_line_width(width * _HAIRLINE / points)

    def fill(self) -> None:
        source = self.get_source()
        if isinstance(source, cairo.SurfacePattern):
            # An image fills its own outline: painted it is an image in the file, too, and not a
            # pattern, which programs show with seams and blurred.
            source.set_extend(cairo.EXTEND_NONE)
            self.new_path()
            self.paint()
        else:
            super().fill()

    def set_source(self, source: cairo.Pattern) -> None:
        if isinstance(source, cairo.LinearGradient):
            exchanged = cairo.LinearGradient(*source.get_linear_points())
            for offset, blue, green, red, alpha in source.get_color_stops_rgba():
                exchanged.add_color_stop_rgba(offset, red, green, blue, alpha)
            source = exchanged
        super().set_source(source)

    def set_source_surface(self, surface: Any, x: float = 0, y: float = 0) -> None:
        width, height = surface.get_width(), surface.get_height()
        pixels = np.frombuffer(surface.get_data(), np.uint8).reshape(height, width, 4)
        times = max(1, _ENLARGED // max(width, height))
        exchanged = pixels[..., [2, 1, 0, 3]].repeat(times, axis=0).repeat(times, axis=1)
        rows, columns = exchanged.shape[:2]
        enlarged = cairo.ImageSurface.create_for_data(
            np.ascontiguousarray(exchanged).data, cairo.FORMAT_ARGB32, columns, rows, columns * 4
        )
        pattern = cairo.SurfacePattern(enlarged)
        pattern.set_matrix(cairo.Matrix(times, 0, 0, times, -x * times, -y * times))
        super().set_source(pattern)


def figure_png(figure: Figure, dpi: float) -> bytes:
    """Return a figure as PNG, with a number of pixels per inch."""
    if not 0 < dpi < np.inf:
        raise ValueError(f"a figure needs more than 0 dots per inch, not {dpi}")
    width, height = (max(1, ceil(round(inches * dpi, 6))) for inches in figure.inches)
    if max(width, height) > _LARGEST:
        raise ValueError(
            f"a figure of {width} times {height} pixels is too large: give a smaller dpi or width"
        )
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, width, height)
    figure.draw(cairo.Context(surface), dpi)
    surface.flush()
    # Blue and red exchanged, as mobjects draw, is the order of PNG.
    picture = Image.frombuffer(
        "RGBa", (width, height), bytes(surface.get_data()), "raw", "RGBa", surface.get_stride(), 1
    )
    file = BytesIO()
    picture.convert("RGBA").save(file, "png", dpi=(dpi, dpi))
    return file.getvalue()


def _svg(figure: Figure, _dpi: float) -> bytes:
    file = BytesIO()
    _draw_vectors(figure, cairo.SVGSurface(file, *_points(figure)))
    svg = file.getvalue().replace(b"<image ", b'<image style="image-rendering:pixelated" ')
    return _with_names_from_zero(svg)


def _pdf(figure: Figure, _dpi: float) -> bytes:
    file = BytesIO()
    surface = cairo.PDFSurface(file, *_points(figure))
    surface.set_metadata(cairo.PDF_METADATA_CREATE_DATE, _NO_DATE)
    _draw_vectors(figure, surface)
    return file.getvalue()


def _points(figure: Figure) -> tuple[float, float]:
    width, height = figure.inches
    return width * _POINTS_PER_INCH, height * _POINTS_PER_INCH


def _draw_vectors(figure: Figure, surface: cairo.Surface) -> None:
    figure.draw(_Vectors(surface), _POINTS_PER_INCH)
    surface.finish()


def _with_names_from_zero(svg: bytes) -> bytes:
    """Count names in an SVG from 0, where Cairo counts on through all that a process writes."""
    names: dict[bytes, bytes] = {}

    def rename(found: re.Match[bytes]) -> bytes:
        before, kind, number = found.groups()
        return before + names.setdefault(kind + number, b"%s%d" % (kind, len(names)))

    return re.sub(rb'(id="|#)([a-z-]+)(\d+)(?=[")])', rename, svg)


#: How a figure is written, by the end of the file's name; the second argument is dots per inch.
WRITERS: dict[str, Callable[[Figure, float], bytes]] = {
    ".png": figure_png,
    ".svg": _svg,
    ".pdf": _pdf,
}
