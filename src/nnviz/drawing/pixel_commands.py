"""Draw commands of images and points, and of pictures within the picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, hypot
from typing import Any, cast

import cairo
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nnviz.drawing.canvas import Canvas, Pixels, Surface, filled
from nnviz.drawing.commands import Command, Extent, Layer, View
from nnviz.drawing.frame_commands import Raster
from nnviz.drawing.images import paint_image, warp
from nnviz.drawing.pixel_boxes import Box, around, boxes_around

__all__ = [
    "Nested",
    "Picture",
    "PixelGrid",
    "Points",
    "Shades",
    "Textured",
]

#: From this many pixels of the frame on, an image's pixel is drawn sharp without resampling.
_CRISP_WITHOUT_RESAMPLING = 8
#: Corners that are farther than this from a parallelogram, in pixels, are seen in perspective.
_NO_PARALLELOGRAM = 0.25
#: Pixels by which an image in perspective is continued on each side.
_MARGIN = 8


class PixelGrid(Command):
    """An image whose pixels are seen as squares.

    Pixels keep sharp edges where the image is large, and are averaged where it is small.

    Attributes
    ----------
    pixels : numpy.ndarray
        Bytes of shape (rows, columns), or (rows, columns, 3).
    tint : tuple of float
        Red, green, blue and alpha by which the pixels are multiplied.
    corners : numpy.ndarray
        Upper left, upper right, lower left and lower right on the plane, shape (4, 2).
    """

    __slots__ = ("pixels", "tint", "corners")  # noqa: RUF023 - in the constructor's order

    pixels: NDArray[np.uint8]
    tint: tuple[float, float, float, float]
    corners: NDArray[np.float64]

    def extent(self) -> Extent:
        """Return the extent on the plane."""
        return Extent(self.corners, 0.0)

    def paint(self, surface: Surface) -> None:
        """Draw it."""
        context = surface.context
        rows, columns = self.pixels.shape[:2]
        upper_left, upper_right, lower_left = self.corners[:3]
        across, down = (upper_right - upper_left) / columns, (lower_left - upper_left) / rows
        if abs(across[0] * down[1] - across[1] * down[0]) < 1e-12:
            return  # squashed to a line, which has no inverse to draw with
        scale = max(hypot(*context.user_to_device_distance(*step)) for step in (across, down))
        crisp = scale >= _CRISP_WITHOUT_RESAMPLING
        # Whole pixels first and resampling second keeps the edges of pixels sharp at any size.
        times = 1 if crisp or scale < 1 else ceil(scale)
        red, green, blue, alpha = self.tint
        what = (self.pixels.tobytes(), self.pixels.shape, (blue, green, red, alpha))
        device = np.array([context.user_to_device(*corner) for corner in self.corners])
        if np.abs(device[0] + device[3] - device[1] - device[2]).max() > _NO_PARALLELOGRAM:
            enough = min(ceil(scale), _CRISP_WITHOUT_RESAMPLING)
            _paint_in_perspective(context, device, _enlarged(_tinted(*what), max(1, enough)))
            return
        place = (across, down, upper_left)
        paint_image(context, _tinted_surface(*what, times), place, (columns, rows), times, crisp)


def _enlarged(data: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    return np.repeat(np.repeat(data, times, axis=0), times, axis=1)


@lru_cache(maxsize=512)
def _tinted_surface(
    pixels: bytes, shape: tuple[int, ...], bgra: tuple[float, ...], times: int
) -> cairo.ImageSurface:
    """Return the tinted image, each pixel ``times`` by ``times`` large."""
    return surface_of(_enlarged(_tinted(pixels, shape, bgra), times))


def _tinted(pixels: bytes, shape: tuple[int, ...], bgra: tuple[float, ...]) -> NDArray[np.uint8]:
    """Return the image as frames have it, shape (height, width, 4)."""
    values = np.frombuffer(pixels, dtype=np.uint8).reshape(*shape[:2], -1)
    blue, green, red, alpha = bgra
    # Cairo keeps premultiplied ARGB in native words; frames have blue and red exchanged.
    tint = np.array([red, green, blue], dtype=float) * alpha
    data = np.empty((*shape[:2], 4), dtype=np.uint8)
    data[..., :3] = np.rint(values * tint)
    data[..., 3] = round(255 * alpha)
    return data


def _paint_in_perspective(
    context: cairo.Context[Any], corners: NDArray[np.float64], data: NDArray[np.uint8]
) -> None:
    """Draw an image into any four corners on the device, which Cairo's matrices cannot."""
    frame = cast(cairo.ImageSurface, context.get_target())
    size = (frame.get_width(), frame.get_height())
    low = np.clip(np.floor(corners.min(axis=0)) - 1, 0, size).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, size).astype(int)
    coefficients = warp((data.shape[1], data.shape[0]), corners - low)
    if coefficients is None or (high <= low).any():
        return
    a, b, c, d, e, f, g, h = coefficients
    # The outline's pixels are mixed from both of its sides.
    m = _MARGIN
    data = np.pad(data, ((m, m), (m, m), (0, 0)), mode="edge")
    image = Image.frombuffer("RGBX", data.shape[1::-1], data.tobytes(), "raw", "RGBX", 0, 1)
    warped = image.transform(
        tuple((high - low).tolist()),
        Image.Transform.PERSPECTIVE,
        (a + m * g, b + m * h, c + m, d + m * g, e + m * h, f + m, g, h),
        Image.Resampling.BILINEAR,
    )
    context.save()
    context.identity_matrix()
    context.new_path()
    for corner in corners[[0, 1, 3, 2]].tolist():
        context.line_to(*corner)
    context.set_source_surface(surface_of(np.array(warped)), *low.tolist())
    context.fill()
    context.restore()


class Shades(Command):
    """An image whose colours are interpolated between its pixels.

    Attributes
    ----------
    pixels : numpy.ndarray
        Red, green and blue, bytes of shape (rows, columns, 3). The centres of the outermost ones
        lie on the edges.
    corners : numpy.ndarray
        Upper left, upper right and lower left on the plane, shape (3, 2).
    alpha : float
        Opacity.
    """

    __slots__ = ("pixels", "corners", "alpha")  # noqa: RUF023 - in the constructor's order

    pixels: NDArray[np.uint8]
    corners: NDArray[np.float64]
    alpha: float

    def extent(self) -> Extent:
        """Return the extent on the plane."""
        upper_left, upper_right, lower_left = self.corners
        return Extent(np.vstack([self.corners, upper_right + lower_left - upper_left]), 0.0)

    def paint(self, surface: Surface) -> None:
        """Draw it."""
        rows, columns, _ = self.pixels.shape
        upper_left, upper_right, lower_left = self.corners
        across, down = upper_right - upper_left, lower_left - upper_left
        if abs(across[0] * down[1] - across[1] * down[0]) < 1e-12:
            return  # squashed to a line, which has no inverse to draw with
        # Cairo keeps ARGB in native words; frames have blue and red exchanged.
        data = np.full((rows, columns, 4), 255, dtype=np.uint8)
        data[..., :3] = self.pixels
        context = surface.context
        context.save()
        context.new_path()
        context.transform(cairo.Matrix(*across, *down, *upper_left))
        context.rectangle(0, 0, 1, 1)
        context.clip()
        context.scale(1 / (columns - 1), 1 / (rows - 1))
        context.translate(-0.5, -0.5)
        context.set_source_surface(surface_of(data))
        pattern = context.get_source()
        pattern.set_filter(cairo.FILTER_GOOD)
        pattern.set_extend(cairo.EXTEND_PAD)
        context.paint_with_alpha(min(self.alpha, 1.0))
        context.restore()


class Picture(Command):
    """An image in any four corners, resampled by Pillow, as Manim draws its image mobjects.

    Attributes
    ----------
    pixels : numpy.ndarray
        Red, green, blue and alpha, bytes of shape (rows, columns, 4).
    corners : numpy.ndarray
        Upper left, upper right, lower left and lower right in pixels of the frame, shape (4, 2).
    plane : numpy.ndarray
        The same corners on the plane.
    resampling : int
        Pillow's number for how pixels are computed.
    """

    __slots__ = ("pixels", "corners", "plane", "resampling")  # noqa: RUF023 - constructor's order

    pixels: Pixels
    corners: NDArray[np.float64]
    plane: NDArray[np.float64]
    resampling: int

    def pixels_covered(self, view: View) -> Box:
        """Return the box around it on a frame."""
        return _within(_whole_corners(self.corners), view)

    def paint(self, surface: Surface) -> None:
        """Draw it."""
        if surface.pixels is None:
            self._paint_vectors(surface.context)
        else:
            _warp_onto(surface.pixels, self.pixels, self.corners, self.resampling)

    def _paint_vectors(self, context: cairo.Context[Any]) -> None:
        pixels = np.array(self.pixels)
        rows, columns = pixels.shape[:2]
        pixels[..., :3] = np.rint(pixels[..., :3] * (pixels[..., 3:] / 255))
        upper_left, upper_right, lower_left = self.plane[:3]
        across, down = (upper_right - upper_left) / columns, (lower_left - upper_left) / rows
        crisp = self.resampling == Image.Resampling.NEAREST
        place = (across, down, upper_left)
        paint_image(context, surface_of(pixels), place, (columns, rows), crisp=crisp)


class Nested(Command):
    """A layer shown as an image: what another camera sees.

    Attributes
    ----------
    layer : Layer
        What the image shows. Its view has the image's size.
    corners : numpy.ndarray
        Upper left, upper right, lower left and lower right in pixels of the frame, shape (4, 2).
    resampling : int
        Pillow's number for how pixels are computed.
    """

    __slots__ = ("layer", "corners", "resampling")  # noqa: RUF023 - in the constructor's order

    layer: Layer
    corners: NDArray[np.float64]
    resampling: int

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        return sum(command.size for command in self.layer.commands)

    def pixels_covered(self, view: View) -> Box:
        """Return the box around it on a frame."""
        return _within(_whole_corners(self.corners), view)

    def paint(self, surface: Surface) -> None:
        """Draw it."""
        assert surface.pixels is not None, "only frames of pixels show what a camera sees"
        pixels = painted(self.layer)
        _warp_onto(surface.pixels, pixels, self.corners, self.resampling)


def painted(layer: Layer) -> Pixels:
    """Return a layer's pixels, with its background."""
    view = layer.view
    canvas = Canvas(view.width, view.height)
    canvas.show(layer, filled(view, layer.background))
    return canvas.pixels


def _whole_corners(corners: NDArray[np.float64]) -> Box:
    """Return the box around corners in pixels, rounded towards zero as Manim rounds them."""
    left, top = corners.astype(np.int64).min(axis=0).tolist()
    right, bottom = corners.astype(np.int64).max(axis=0).tolist()
    return left, top, right, bottom


def _within(box: Box, view: View) -> Box:
    left, top, right, bottom = box
    return (
        min(max(left, 0), view.width),
        min(max(top, 0), view.height),
        min(max(right, 0), view.width),
        min(max(bottom, 0), view.height),
    )


def _warp_onto(frame: Pixels, image: Pixels, corners: NDArray[np.float64], resampling: int) -> None:
    """Draw an image into four corners, touching only the part of the frame that it covers."""
    source = Image.fromarray(image)
    # Manim rounds the place to whole pixels, and keeps the rest in the warp.
    left, top, right, bottom = _whole_corners(corners)
    width, height = right - left, bottom - top
    coefficients = warp(source.size, corners - (left, top))
    if coefficients is None or width <= 0 or height <= 0:
        return
    warped = source.transform(
        size=(width, height),
        method=Image.Transform.PERSPECTIVE,
        data=coefficients,
        resample=cast(Image.Resampling, resampling),
    )
    rows, columns = frame.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(right, columns), min(bottom, rows)
    if x0 >= x1 or y0 >= y1:
        return
    part = frame[y0:y1, x0:x1]
    below = Image.fromarray(np.ascontiguousarray(part))
    above = warped.crop((x0 - left, y0 - top, x1 - left, y1 - top))
    part[:] = np.asarray(Image.alpha_composite(below, above))


class Points(Command):
    """Pixels of a frame, each with its colour, as Manim draws clouds of points.

    Attributes
    ----------
    places : numpy.ndarray
        Column and row of each pixel, shape (n, 2). Those outside of the frame are not drawn; of
        several in one place the last one counts.
    colors : numpy.ndarray
        Red, green, blue and alpha, bytes of shape (n, 4).
    """

    __slots__ = ("places", "colors")  # noqa: RUF023 - in the constructor's order

    places: NDArray[np.int64]
    colors: NDArray[np.uint8]

    def pixels_covered(self, view: View) -> Box:
        """Return the box around it on a frame."""
        if not len(self.places):
            return (0, 0, 0, 0)
        left, top = self.places.min(axis=0).tolist()
        right, bottom = (self.places.max(axis=0) + 1).tolist()
        return _within((left, top, right, bottom), view)

    def paint(self, surface: Surface) -> None:
        """Draw them."""
        assert surface.pixels is not None, "only frames of pixels show clouds of points"
        if not len(self.places):
            return
        rows, columns = surface.pixels.shape[:2]
        x, y = self.places.T
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        surface.pixels[y[inside], x[inside]] = self.colors[inside]


class Textured(Command):
    """Commands that show an image where they paint.

    Attributes
    ----------
    image : Raster
        The image, as large as the frame.
    view : View
        Where the plane lies for these commands.
    commands : tuple of Command
        The commands that show the image.
    """

    __slots__ = ("image", "view", "commands")  # noqa: RUF023 - in the constructor's order

    image: Raster
    view: View
    commands: tuple[Command, ...]

    def _parts(self) -> Iterator[bytes]:
        yield self.image.digest
        yield Layer(self.view, None, self.commands).digest

    def pixels_covered(self, view: View) -> Box | None:
        """Return the box around it on a frame; None if that of a command is not known."""
        extents = [command.extent() for command in self.commands]
        if view != self.view or not all(extent and len(extent.points) for extent in extents):
            return None
        boxes = [
            boxes_around(
                extent.points[:, :2],
                np.zeros(1, int),
                np.array([extent.reach]),
                view,
                extent.margin,
            )[0].tolist()
            for extent in extents
            if extent is not None
        ]
        return around([(left, top, right, bottom) for left, top, right, bottom in boxes])

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        return self.image.size + sum(command.size for command in self.commands)

    def paint(self, surface: Surface) -> None:
        """Draw them."""
        assert surface.pixels is not None, "only frames of pixels show textures"
        cover = np.zeros_like(self.image.pixels)
        Surface.of(cover, self.view).paint(self.commands)
        shown = np.array(self.image.pixels * cover.astype("float") / 255, dtype=np.uint8)
        below, above = Image.fromarray(surface.pixels), Image.fromarray(shown)
        surface.pixels[:] = np.asarray(Image.alpha_composite(below, above))


def surface_of(data: NDArray[np.uint8]) -> cairo.ImageSurface:
    """Return an array of shape (height, width, 4) as Cairo's image."""
    data = np.ascontiguousarray(data)
    height, width = data.shape[:2]
    return cairo.ImageSurface.create_for_data(
        data.data, cairo.FORMAT_ARGB32, width, height, width * 4
    )
