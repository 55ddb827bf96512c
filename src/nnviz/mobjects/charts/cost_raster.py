"""The colours of a map, as one image."""

from __future__ import annotations

from math import ceil
from typing import Any, Self

import cairo
import numpy as np
from manim import DL, DR, UL, UR, Mobject
from numpy.typing import NDArray

from nnviz.camera.drawing import DrawsItself, Place
from nnviz.mobjects.charts.color_map import ColorMap

__all__ = ["CostRaster", "affine"]

#: Pixels along a side, about: heights between the points of the grid are interpolated.
_PIXELS = 480


def affine(mobject: DrawsItself) -> NDArray[np.float64]:
    """Return upper left, upper right and lower left corner of a rectangle, shape (3, 3)."""
    if len(mobject.points) == 16:
        corners: NDArray[np.float64] = mobject.points[[0, 4, 12]]
        return corners
    # Manim gave the outline more points, to turn it into something else.
    return np.array([mobject.get_corner(corner) for corner in (UL, UR, DL)])


def rectangle(width: float, height: float) -> list[NDArray[np.float64]]:
    """Return the corners of a rectangle, in the order of `affine`, closed."""
    corners = [corner * (width / 2, height / 2, 0) for corner in (UL, UR, DR, DL)]
    return [*corners, corners[0]]


class CostRaster(DrawsItself):
    """Numbers at the points of a grid as colours, to Manim a rectangle.

    Parameters
    ----------
    shares
        Shape (rows, columns), from 0 to 1, the lowest row first.
    colors
        What they look like.
    width, height
        In scene units. The grid's outermost points are its edges.
    """

    def __init__(
        self, shares: NDArray[np.float64], colors: ColorMap, width: float, height: float
    ) -> None:
        super().__init__(fill_opacity=1, stroke_width=0)
        finer = shares[::-1]
        for _ in range(2):
            count = len(finer)
            places = np.linspace(0, count - 1, (count - 1) * ceil(_PIXELS / (count - 1)) + 1)
            finer = np.stack([np.interp(places, np.arange(count), c) for c in finer.T])
        self.pixels = np.rint(colors(finer) * 255).astype(np.uint8)
        self.set_points_as_corners(rectangle(width, height))

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Blend the pixels of two images of one size."""
        super().interpolate_color(mobject1, mobject2, alpha)  # type: ignore[arg-type]
        first, second = getattr(mobject1, "pixels", None), getattr(mobject2, "pixels", None)
        if first is not None and second is not None and first.shape == second.shape:
            blend = (1 - alpha) * first.astype(float) + alpha * second
            self.pixels = np.rint(blend.clip(0, 255)).astype(np.uint8)
        return self

    def drawing_state(self) -> tuple[Any, ...]:
        """Return what :meth:`draw_on` depends on."""
        return (self.points.tobytes(), self.fill_rgbas.tobytes(), self.pixels.tobytes())

    def drawing_reach(self) -> float:
        """Return 0: the image ends at its outline."""
        return 0.0

    def draw_on(self, context: cairo.Context[cairo.ImageSurface], place: Place) -> None:
        """Draw the image into its outline (see :class:`~nnviz.camera.DrawsItself`)."""
        alpha = float(self.fill_rgbas[0, 3])
        if alpha <= 0 or not self.has_points():
            return
        rows, columns, _ = self.pixels.shape
        upper_left, upper_right, lower_left = place(affine(self))[:, :2]
        across, down = upper_right - upper_left, lower_left - upper_left
        if abs(across[0] * down[1] - across[1] * down[0]) < 1e-12:
            return  # squashed to a line, which has no inverse to draw with
        # Cairo keeps ARGB in native words; Manim's buffers have blue and red exchanged.
        data = np.full((rows, columns, 4), 255, dtype=np.uint8)
        data[..., :3] = self.pixels
        surface = cairo.ImageSurface.create_for_data(
            data.data, cairo.FORMAT_ARGB32, columns, rows, columns * 4
        )
        context.transform(cairo.Matrix(*across, *down, *upper_left))
        context.rectangle(0, 0, 1, 1)
        context.clip()
        # The outermost pixels' centres lie on the edges.
        context.scale(1 / (columns - 1), 1 / (rows - 1))
        context.translate(-0.5, -0.5)
        context.set_source_surface(surface)
        pattern = context.get_source()
        pattern.set_filter(cairo.FILTER_GOOD)
        pattern.set_extend(cairo.EXTEND_PAD)
        context.paint_with_alpha(min(alpha, 1.0))
