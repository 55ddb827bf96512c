"""Draw commands of whole frames of pixels: backgrounds, rasters, and their differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.drawing.canvas import Pixels, Surface
from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.pixel_boxes import Box

__all__ = ["Patch", "Raster", "Rasters", "Solid"]

#: A frame of which a smaller share differs from another one is kept as the difference.
_WORTH_A_PATCH = 0.5


class Solid(Command):
    """One colour for the whole frame.

    Attributes
    ----------
    color : tuple of int
        Red, green, blue and alpha, from 0 to 255, as pixels hold them.
    """

    __slots__ = ("color",)

    color: tuple[int, int, int, int]

    def paint(self, surface: Surface) -> None:
        """Fill the frame."""
        assert surface.pixels is not None, "only frames of pixels have a background"
        surface.pixels[:] = self.color


class Raster(Command):
    """The pixels of the whole frame.

    Attributes
    ----------
    pixels : numpy.ndarray
        Shape (height, width, 4).
    """

    __slots__ = ("pixels",)

    pixels: Pixels

    def pixels_covered(self, view: View) -> Box:
        """Return all of a frame."""
        return (0, 0, view.width, view.height)

    def paint(self, surface: Surface) -> None:
        """Replace the frame."""
        assert surface.pixels is not None, "only frames of pixels show rasters"
        np.copyto(surface.pixels, self.pixels)


class Patch(Command):
    """The pixels of a part of the frame.

    Attributes
    ----------
    pixels : numpy.ndarray
        Shape (rows, columns, 4).
    left, top : int
        Where the part begins, in pixels.
    """

    __slots__ = ("pixels", "left", "top")  # noqa: RUF023 - in the constructor's order

    pixels: Pixels
    left: int
    top: int

    def pixels_covered(self, view: View) -> Box:
        """Return the box around it on a frame."""
        rows, columns = self.pixels.shape[:2]
        return (self.left, self.top, self.left + columns, self.top + rows)

    def paint(self, surface: Surface) -> None:
        """Replace the part of the frame."""
        assert surface.pixels is not None, "only frames of pixels show rasters"
        rows, columns = self.pixels.shape[:2]
        surface.pixels[self.top : self.top + rows, self.left : self.left + columns] = self.pixels


class Rasters:
    """Layers that show arrays of pixels, each as its difference from an earlier one."""

    def __init__(self) -> None:
        self._base: Raster | None = None

    def layer(self, pixels: NDArray[Any]) -> Layer:
        """Return a layer that shows an array, which may be written to afterwards.

        Parameters
        ----------
        pixels : ndarray
            Shape (height, width, 4).
        """
        now = np.ascontiguousarray(pixels, np.uint8)
        height, width = now.shape[:2]
        view = View(width, height, 1.0, 1.0, 0.0, 0.0)
        base = self._base
        if base is not None and base.pixels.shape == now.shape:
            other = (now.view(np.uint32) != base.pixels.view(np.uint32))[..., 0]
            rows, columns = np.flatnonzero(other.any(axis=1)), np.flatnonzero(other.any(axis=0))
            if not len(rows):
                return Layer(view, None, (base,))
            top, left = int(rows[0]), int(columns[0])
            part = now[top : rows[-1] + 1, left : columns[-1] + 1]
            if part.size <= _WORTH_A_PATCH * now.size:
                return Layer(view, None, (base, Patch(part.copy(), left, top)))
        self._base = Raster(now.copy())
        return Layer(view, None, (self._base,))
