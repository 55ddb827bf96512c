"""The colours of a map, as one image."""

from __future__ import annotations

from math import ceil
from typing import Any, Self

import numpy as np
from manim import DL, DR, UL, UR, Mobject
from numpy.typing import NDArray

from nnviz.camera.draws_itself import DrawsItself, Place
from nnviz.drawing.pixel_commands import Shades
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
    """Numbers at the points of a grid as colours; a rectangle to Manim.

    Parameters
    ----------
    shares : ndarray of float
        Shape (rows, columns), from 0 to 1, the lowest row first.
    colors : ColorMap
        What they look like.
    width, height : float
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
        if first is None or second is None or first.shape != second.shape:
            return self
        if not np.array_equal(first, second):
            blend = (1 - alpha) * first.astype(float) + alpha * second
            self.pixels = np.rint(blend.clip(0, 255)).astype(np.uint8)
        elif not np.array_equal(self.pixels, second):
            self.pixels = second.copy()
        return self

    def drawing_state(self) -> tuple[Any, ...]:
        """Return what :meth:`draw_commands` depends on."""
        return (self.points.tobytes(), self.fill_rgbas.tobytes(), self.pixels.tobytes())

    def draw_commands(self, place: Place) -> tuple[Shades, ...]:
        """Return what draws the image into its outline (see :class:`~nnviz.camera.DrawsItself`)."""
        alpha = float(self.fill_rgbas[0, 3])
        if alpha <= 0 or not self.has_points():
            return ()
        return (Shades(self.pixels.copy(), place(affine(self))[:, :2], alpha),)
