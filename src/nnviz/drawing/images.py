"""Images drawn in their place, and not on a canvas as large as the frame."""

from __future__ import annotations

from typing import Any

import cairo
import numpy as np
from numpy.typing import NDArray

__all__ = ["paint_image", "warp"]


def warp(size: tuple[int, int], corners: NDArray[np.float64]) -> list[float] | None:
    """Return the eight numbers with which PIL warps an image to a quadrilateral.

    They are the coefficients of the homography from the target to the image.

    Parameters
    ----------
    size : (int, int)
        Size of the image, (width, height) in pixels.
    corners : ndarray of float
        Upper left, upper right, lower left and lower right in the target, shape (4, 2).

    Returns
    -------
    list of float or None
        None where the target is too thin to hold a pixel.
    """
    outline = corners[[0, 1, 3, 2]]
    sides = np.roll(outline, -1, axis=0) - outline
    lengths = np.linalg.norm(sides, axis=1)
    longest = int(np.argmax(lengths))
    if lengths[longest] == 0:
        return None
    # Manim's measure of thinness, along the side before the longest.
    (ax, ay), (bx, by) = sides[longest], sides[longest - 1]
    if abs(ax * by - ay * bx) / lengths[longest] < 0.5:
        return None
    width, height = size
    source = np.array([[0, 0], [width, 0], [0, height], [width, height]], dtype=np.float64)
    rows = []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    try:
        coefficients = np.linalg.solve(np.array(rows, dtype=np.float64), source.reshape(8))
    except np.linalg.LinAlgError:
        return None
    return [float(coefficient) for coefficient in coefficients]


def paint_image(
    context: cairo.Context[Any],
    surface: cairo.ImageSurface,
    place: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    size: tuple[int, int],
    times: int = 1,
    crisp: bool = False,
) -> None:
    """Paint an image into a parallelogram.

    Parameters
    ----------
    context : cairo.Context
        What to paint on.
    surface : ImageSurface
        The image.
    place : (ndarray of float, ndarray of float, ndarray of float)
        The steps from pixel to pixel, across and down, and the upper left corner, shapes (2,).
    size : (int, int)
        Columns and rows.
    times : int, optional
        Pixels of the surface for one pixel of the image, in either direction.
    crisp : bool, optional
        Whether pixels have sharp edges.
    """
    across, down, corner = place
    context.save()
    context.transform(cairo.Matrix(*across, *down, *corner))
    context.new_path()
    context.rectangle(0, 0, *size)
    context.scale(1 / times, 1 / times)
    context.set_source_surface(surface)
    pattern = context.get_source()
    pattern.set_filter(cairo.FILTER_NEAREST if crisp else cairo.FILTER_GOOD)
    pattern.set_extend(cairo.EXTEND_PAD)
    context.fill()
    context.restore()
