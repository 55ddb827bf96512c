"""Parts of a frame: boxes of whole pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nnviz.drawing.commands import View

__all__ = ["Box", "area", "around", "boxes_around", "merged", "touching"]

#: Left, top, right, bottom in pixels, right and bottom excluded.
Box = tuple[int, int, int, int]

#: Two boxes are joined if the box around both is at most so many times as large as they are.
_WORTH_JOINING = 1.2


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box that holds all of ``boxes``."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def area(box: Box) -> int:
    """Return how many pixels a box has."""
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Return a few boxes that cover ``boxes`` and do not overlap."""
    result: list[Box] = []
    for box in boxes:
        while touched := [other for other in result if _belong_together(box, other)]:
            box = around([box, *touched])
            result = [other for other in result if other not in touched]
        result.append(box)
    return result


def _belong_together(one: Box, other: Box) -> bool:
    if overlap(one, other):
        return True
    return area(around([one, other])) <= _WORTH_JOINING * (area(one) + area(other))


def boxes_around(
    points: NDArray[np.float64],
    starts: NDArray[np.int64],
    reach: NDArray[np.float64],
    view: View,
    margin: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.int64]:
    """Return the boxes around runs of points on a frame (all at once, as NumPy's calls take long).

    Parameters
    ----------
    points : ndarray of float
        Points of the plane, shape (n, 2).
    starts : ndarray of int
        Where each run begins, shape (m,).
    reach : ndarray of float
        How far each run reaches beyond its points, in units of the plane, shape (m,).
    view : View
        Where the plane lies on the frame.
    margin : ndarray of float or float, optional
        How far each run reaches beyond that, in pixels.

    Returns
    -------
    numpy.ndarray
        Boxes, shape (m, 4).
    """
    with np.errstate(invalid="ignore", over="ignore"):
        places = points * (view.xx, view.yy) + (view.x0, view.y0)
    beyond = (reach * max(abs(view.xx), abs(view.yy)) + margin + 2)[:, None]
    low = np.minimum.reduceat(places, starts) - beyond
    high = np.maximum.reduceat(places, starts) + beyond
    size = (view.width, view.height)
    # What is not finite is not drawn; fmin and fmax make an empty box of it.
    corners = np.fmin(np.fmax(np.floor(low), 0), size)
    opposites = np.fmin(np.fmax(np.ceil(high), 0), size)
    return np.concatenate([corners, opposites], axis=1).astype(np.int64)


def touching(places: NDArray[np.int64], boxes: Sequence[Box]) -> NDArray[np.int64]:
    """Return the indices of those of many boxes, shape (m, 4), that overlap one of a few."""
    x0, y0, x1, y1 = (side[:, None] for side in places.T)
    left, top, right, bottom = np.array(boxes).T
    near = (x0 < right) & (left < x1) & (y0 < bottom) & (top < y1)
    return np.flatnonzero(near.any(axis=1))
