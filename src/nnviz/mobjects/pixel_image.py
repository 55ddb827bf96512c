"""Greyscale images on screen, drawn by Cairo itself, and the same image as squares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import ceil, hypot
from typing import Any, Self

import cairo
import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    ManimColor,
    Mobject,
    ParsableManimColor,
    Square,
    SurroundingRectangle,
    VGroup,
    VMobject,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.drawing import DrawsItself, Place
from nnviz.mobjects.palette import BLUE, WHITE, stroke

__all__ = ["MNistMobject", "PixelImage", "PixelsAsSquares", "PixelsFromVect", "as_square_image"]

#: Above this many device pixels an image pixel, edges are crisp without resampling.
_CRISP_WITHOUT_RESAMPLING = 8
#: Corners of the outline in image order: upper left, upper right, lower right, lower left.
_CORNERS = (UP + LEFT, UP + RIGHT, DOWN + RIGHT, DOWN + LEFT)


def as_square_image(vector: ArrayLike) -> NDArray[np.float64]:
    """Return a vector of ``n * n`` brightnesses as the (n, n) image it was made from.

    Raises
    ------
    ValueError
        If the length is not a square number.
    """
    values = np.asarray(vector, dtype=float).ravel()
    side = round(len(values) ** 0.5)
    if side * side != len(values) or side == 0:
        raise ValueError(
            f"a square image needs 1, 4, 9, ... values (784 for MNIST), got {len(values)}"
        )
    return values.reshape(side, side)


def _checked(image: ArrayLike) -> NDArray[np.uint8]:
    values = np.asarray(image, dtype=float)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"an image needs shape (height, width), got {values.shape}")
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            "an image needs brightnesses from 0 to 1, got values from "
            f"{values.min()} to {values.max()}; divide bytes by 255"
        )
    result: NDArray[np.uint8] = np.rint(values * 255).astype(np.uint8)
    return result


@lru_cache(maxsize=512)
def _surface(
    pixels: bytes, shape: tuple[int, int], bgra: tuple[float, ...], times: int
) -> cairo.ImageSurface:
    """Return the tinted image, each pixel ``times`` by ``times`` large."""
    grey = np.frombuffer(pixels, dtype=np.uint8).reshape(shape)
    blue, green, red, alpha = bgra
    # Cairo keeps premultiplied ARGB in native words; Manim's buffers have blue and red exchanged.
    tint = np.array([red, green, blue], dtype=float) * alpha
    data = np.empty((*shape, 4), dtype=np.uint8)
    data[..., :3] = np.rint(grey[..., None] * tint)
    data[..., 3] = round(255 * alpha)
    data = np.ascontiguousarray(np.repeat(np.repeat(data, times, axis=0), times, axis=1))
    height, width = data.shape[:2]
    return cairo.ImageSurface.create_for_data(
        data.data, cairo.FORMAT_ARGB32, width, height, width * 4
    )


class PixelImage(DrawsItself):
    """A greyscale image, as cheap on screen as one square.

    It is a rectangle to Manim: it moves, scales, rotates, fades and follows
    paths as any shape does. The fill colour tints it (white shows it as it is)
    and the fill opacity fades it; black pixels are opaque black. Pixels keep
    crisp edges where the image is large and are averaged where it is small.

    Parameters
    ----------
    image
        Brightnesses from 0 (black) to 1 (``color``), shape (height, width).
    height
        In scene units; the width follows.
    color
        Of a pixel with brightness 1.

    Raises
    ------
    ValueError
        If the image is not two-dimensional, or a brightness is not in [0, 1].
    """

    def __init__(
        self,
        image: ArrayLike,
        height: float = 2.0,
        color: ParsableManimColor = WHITE,
        **kwargs: Any,
    ) -> None:
        self.pixels = _checked(image)
        super().__init__(color=color, fill_opacity=1, stroke_width=0, **kwargs)
        rows, columns = self.pixels.shape
        corners = [corner * (columns / rows, 1, 0) * height / 2 for corner in _CORNERS]
        self.set_points_as_corners([*corners, corners[0]])

    @property
    def image(self) -> NDArray[np.float64]:
        """The brightnesses, in [0, 1], shape (height, width)."""
        return self.pixels / 255

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Blend colours, and the pixels of two images of one size."""
        super().interpolate_color(mobject1, mobject2, alpha)  # type: ignore[arg-type]
        first = getattr(mobject1, "pixels", None)
        second = getattr(mobject2, "pixels", None)
        if first is not None and second is not None and first is not second:
            share = float(alpha)
            if first.shape == second.shape:
                blend = (1 - share) * first.astype(float) + share * second
                self.pixels = np.rint(blend.clip(0, 255)).astype(np.uint8)
            else:
                self.pixels = first if share < 0.5 else second
        return self

    def drawing_state(self) -> tuple[Any, ...]:
        """Return what :meth:`draw_on` depends on."""
        pixels = self.pixels
        return (self.points.tobytes(), self.fill_rgbas.tobytes(), pixels.shape, pixels.tobytes())

    def drawing_reach(self) -> float:
        """Return 0: the image ends at its outline."""
        return 0.0

    def draw_on(self, context: cairo.Context[cairo.ImageSurface], place: Place) -> None:
        """Draw the image into its outline (see :class:`~nnviz.camera.DrawsItself`)."""
        *tint, alpha = self.fill_rgbas[0].clip(0, 1).round(4).tolist()
        if alpha <= 0 or not self.has_points():
            return
        rows, columns = self.pixels.shape
        if len(self.points) == 16:
            corners = self.points[[0, 4, 12]]
        else:  # Manim gave the outline more points, to turn it into something else.
            around = (UP + LEFT, UP + RIGHT, DOWN + LEFT)
            corners = np.array([self.get_corner(corner) for corner in around])
        upper_left, upper_right, lower_left = place(corners)[:, :2]
        across, down = (upper_right - upper_left) / columns, (lower_left - upper_left) / rows
        if abs(across[0] * down[1] - across[1] * down[0]) < 1e-12:
            return  # squashed to a line, which has no inverse to draw with
        scale = max(hypot(*context.user_to_device_distance(*step)) for step in (across, down))
        crisp = scale >= _CRISP_WITHOUT_RESAMPLING
        # Whole pixels first and resampling second keeps the edges of pixels sharp at any size.
        times = 1 if crisp or scale < 1 else ceil(scale)
        surface = _surface(
            self.pixels.tobytes(),
            (rows, columns),
            (*tint[::-1], alpha),
            times,
        )
        context.save()
        context.transform(cairo.Matrix(*across, *down, *upper_left))
        context.new_path()
        context.rectangle(0, 0, columns, rows)
        context.scale(1 / times, 1 / times)
        context.set_source_surface(surface)
        pattern = context.get_source()
        pattern.set_filter(cairo.FILTER_NEAREST if crisp else cairo.FILTER_GOOD)
        pattern.set_extend(cairo.EXTEND_PAD)
        context.fill()
        context.restore()


class MNistMobject(VGroup):
    """An MNIST image in its frame.

    Parameters
    ----------
    vector
        784 brightnesses in [0, 1], or any square number of them.
    height
        Of the image, in scene units; ``scale_to_fit_height`` sets that of the frame.
    frame_color, frame_width, frame_buff
        Colour, stroke width and distance of the frame.
    """

    def __init__(
        self,
        vector: ArrayLike,
        height: float = 2.0,
        frame_color: ParsableManimColor = BLUE,
        frame_width: float = stroke(4),
        frame_buff: float = 0.1,
    ) -> None:
        image = PixelImage(as_square_image(vector), height)
        frame = SurroundingRectangle(
            image, color=ManimColor(frame_color), buff=frame_buff, stroke_width=frame_width
        )
        super().__init__(image, frame)

    @property
    def image(self) -> PixelImage:
        """The image itself."""
        found = self[0]
        assert isinstance(found, PixelImage)
        return found

    @property
    def frame(self) -> VMobject:
        """The rectangle around the image."""
        found = self[1]
        assert isinstance(found, VMobject)
        return found


class PixelsAsSquares(VGroup):
    """An image as one square a pixel, in place, for animations that take it apart.

    Parameters
    ----------
    image
        What to copy: place, size, pixels and tint are its own at this moment.
    """

    def __init__(self, image: PixelImage | MNistMobject) -> None:
        source = image.image if isinstance(image, MNistMobject) else image
        rows = len(source.pixels)
        side = source.height / rows
        upper_left = source.get_corner(UP + LEFT)
        color = source.get_fill_color()
        super().__init__(
            *(
                Square(side, stroke_width=0.5, stroke_opacity=0.25, stroke_color=WHITE)
                .set_fill(color, opacity=float(value))
                .move_to(upper_left + side * ((c + 0.5) * RIGHT + (r + 0.5) * DOWN))
                for (r, c), value in np.ndenumerate(source.image)
            )
        )


class PixelsFromVect(PixelsAsSquares):
    """A vector of brightnesses as the squares of a square image.

    Parameters
    ----------
    vector
        n * n values in [0, 1] (784 for MNIST), row after row.
    height
        Of the whole, in scene units.
    """

    def __init__(self, vector: Iterable[float] | ArrayLike, height: float = 2.0) -> None:
        super().__init__(PixelImage(as_square_image(vector), height))  # type: ignore[arg-type]
