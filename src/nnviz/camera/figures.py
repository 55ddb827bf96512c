"""Mobjects as figures for papers and slides: PNG, and vectors as SVG and PDF."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

import cairo
import numpy as np
from manim import ManimColor, Mobject, ParsableManimColor, VMobject, config
from manim.mobject.types.image_mobject import AbstractImageMobject
from numpy.typing import NDArray
from PIL import Image

from nnviz.camera.camera import NNCamera
from nnviz.camera.images import paint_image
from nnviz.files import write_whole

__all__ = ["figure_png", "save_figure"]

#: Inches a scene unit, unless a width is asked for: Manim's whole frame is 7.1 inches wide then.
_INCHES = 0.5
_POINTS_PER_INCH = 72
#: Cairo's images have no more pixels than this on a side.
_LARGEST = 32_767
#: Pixels a scene unit as which mobjects take vectors, which are sharp at any size.
_FINE = 2000.0
#: The thinnest line that is printed well, in points.
_HAIRLINE = 0.25
#: Images with fewer pixels than this on their longer side are enlarged for vectors, pixel by pixel,
#: for programs that would blur them.
_ENLARGED = 1024
#: When a PDF says it was made: the same figure is the same file.
_NO_DATE = "1970-01-01T00:00:00Z"

#: Left, bottom, right, top in scene units.
_Box = tuple[float, float, float, float]
_Draw = Callable[["cairo.Context[Any]"], None]


def save_figure(
    mobject: Mobject,
    path: str | Path,
    *,
    transparent: bool = False,
    background: ParsableManimColor | None = None,
    margin: float = 0.1,
    width: float | None = None,
    dpi: float = 300,
) -> Path:
    """Write a picture of a mobject as it stands, cropped to what is seen of it.

    Parameters
    ----------
    mobject
        A network, an image, or any Manim mobject or group of them; on screen or not.
    path
        Ends in ``.png``, ``.svg`` or ``.pdf``, which says what to write. SVG and PDF hold vectors,
        and images pixel by pixel.
    transparent
        Leave what is behind out. Else it is ``background``.
    background
        A colour; by default Manim's ``config.background_color``.
    margin
        Room on every side, in scene units.
    width
        Of the whole figure, in inches; strokes and texts grow with it. By default a scene unit is
        half an inch.
    dpi
        Pixels an inch, of PNG.

    Returns
    -------
    Path
        Of the file, which is there whole, or as it was before if anything fails. The same mobject
        gives the same bytes.

    Raises
    ------
    ValueError
        If the path ends in something else, nothing of the mobject is seen, both ``transparent``
        and ``background`` are given, or a number makes no sense.
    FileNotFoundError
        If the folder does not exist.
    TypeError
        If something is no mobject, or of a kind that Cairo cannot draw.

    Examples
    --------
    >>> from nnviz import Network, NetworkMobject, save_figure
    >>> net = NetworkMobject(Network.random([3, 4, 2], seed=0))
    >>> save_figure(net, "network.pdf", transparent=True)  # doctest: +SKIP
    PosixPath('network.pdf')
    """
    path = Path(path)
    writers = {".png": _png, ".svg": _svg, ".pdf": _pdf}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ValueError(
            f"a figure is written as {', '.join(writers)}, which its name has to end in, "
            f"not as {path.name!r}"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    if transparent and background is not None:
        raise ValueError("a figure is transparent or has a background, not both")
    color: Any = config.background_color if background is None else background
    behind = None if transparent else ManimColor(color)
    figure = _Figure(mobject, behind, margin, width)
    write_whole(path, writer(figure, dpi))
    return path


def figure_png(mobject: Mobject, dpi: float = 150) -> bytes:
    """Return what :func:`save_figure` writes as PNG, on Manim's background."""
    return _png(_Figure(mobject, ManimColor(config.background_color), 0.1, None), dpi)


class _Figure:
    """What to draw, and how large.

    Attributes
    ----------
    inches
        Width and height.
    """

    def __init__(
        self, mobject: Mobject, behind: ManimColor | None, margin: float, width: float | None
    ) -> None:
        for name, value in (("margin", margin), ("width", 1.0 if width is None else width)):
            if not (0 <= value < np.inf and (value or name == "margin")):
                raise ValueError(f"the {name} of a figure cannot be {value}")
        self._draw, self._behind = _drawing(mobject), behind
        left, bottom, right, top = _seen(self._draw, mobject)
        self._corner = (left - margin, top + margin)
        size = (right - left + 2 * margin, top - bottom + 2 * margin)
        self._inches_per_unit = _INCHES if width is None else width / size[0]
        self.inches = (size[0] * self._inches_per_unit, size[1] * self._inches_per_unit)

    def draw(self, context: cairo.Context[Any], per_inch: float) -> None:
        """Draw all of it; ``per_inch`` is in units of the device."""
        if self._behind is not None:
            red, green, blue = self._behind.to_rgb().tolist()
            context.set_source_rgba(blue, green, red)
            context.paint()
        scale = per_inch * self._inches_per_unit
        left, top = self._corner
        context.transform(cairo.Matrix(scale, 0, 0, -scale, -left * scale, top * scale))
        self._draw(context)


def _drawing(mobject: Mobject) -> _Draw:
    """Return what draws a mobject and its family, in units of the scene."""
    if not isinstance(mobject, Mobject):
        raise TypeError(
            f"a figure shows a mobject, not {type(mobject).__name__}; several make a Group"
        )
    camera = NNCamera()
    members = camera.get_mobjects_to_display([mobject])
    for member in members:
        textured = isinstance(member, VMobject) and member.get_background_image()
        if not isinstance(member, (VMobject, AbstractImageMobject)) or textured:
            what = "what has a background image" if textured else type(member).__name__
            raise TypeError(f"a figure cannot show {what}: leave it out")

    def draw(context: cairo.Context[Any]) -> None:
        for member in members:
            if isinstance(member, AbstractImageMobject):
                _draw_image(context, member)
            elif isinstance(member, VMobject):
                camera.display_vectorized(member, context)

    return draw


def _draw_image(context: cairo.Context[Any], image: AbstractImageMobject) -> None:
    pixels = np.array(image.get_pixel_array())
    rows, columns = pixels.shape[:2]
    pixels[..., :3] = np.rint(pixels[..., :3] * (pixels[..., 3:] / 255))
    upper_left, upper_right, lower_left = image.points[:3, :2]
    surface = cairo.ImageSurface.create_for_data(
        np.ascontiguousarray(pixels).data, cairo.FORMAT_ARGB32, columns, rows, columns * 4
    )
    across, down = (upper_right - upper_left) / columns, (lower_left - upper_left) / rows
    crisp = image.resampling_algorithm == Image.Resampling.NEAREST
    paint_image(context, surface, (across, down, upper_left), (columns, rows), crisp=crisp)


def _seen(draw: _Draw, mobject: Mobject) -> _Box:
    """Return the box around all that is seen, strokes included."""
    context = _Measuring(cairo.RecordingSurface(cairo.CONTENT_COLOR_ALPHA, None))
    context.scale(_FINE, _FINE)
    draw(context)
    if not context.corners:
        raise ValueError(f"there is nothing to be seen of {mobject}")
    corners = np.concatenate(context.corners) / _FINE
    (left, bottom), (right, top) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return left, bottom, right, top


class _Measuring(cairo.Context):  # type: ignore[type-arg]
    """A context that draws nothing, and remembers where it would have."""

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
        self.identity_matrix()  # where Cairo does not put a box around a turned box
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
        """Return how large something is drawn, to those who leave out what cannot be seen."""
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


def _png(figure: _Figure, dpi: float) -> bytes:
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


def _svg(figure: _Figure, _dpi: float) -> bytes:
    file = BytesIO()
    _draw_vectors(figure, cairo.SVGSurface(file, *_points(figure)))
    svg = file.getvalue().replace(b"<image ", b'<image style="image-rendering:pixelated" ')
    return _with_names_from_zero(svg)


def _pdf(figure: _Figure, _dpi: float) -> bytes:
    file = BytesIO()
    surface = cairo.PDFSurface(file, *_points(figure))
    surface.set_metadata(cairo.PDF_METADATA_CREATE_DATE, _NO_DATE)
    _draw_vectors(figure, surface)
    return file.getvalue()


def _points(figure: _Figure) -> tuple[float, float]:
    width, height = figure.inches
    return width * _POINTS_PER_INCH, height * _POINTS_PER_INCH


def _draw_vectors(figure: _Figure, surface: cairo.Surface) -> None:
    figure.draw(_Vectors(surface), _POINTS_PER_INCH)
    surface.finish()


def _with_names_from_zero(svg: bytes) -> bytes:
    """Count names in an SVG from 0, where Cairo counts on through all that a process writes."""
    names: dict[bytes, bytes] = {}

    def rename(found: re.Match[bytes]) -> bytes:
        before, kind, number = found.groups()
        return before + names.setdefault(kind + number, b"%s%d" % (kind, len(names)))

    return re.sub(rb'(id="|#)([a-z-]+)(\d+)(?=[")])', rename, svg)
