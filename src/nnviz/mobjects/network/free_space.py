"""Free places in a picture for further parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from manim import Mobject, VMobject, config
from numpy.typing import NDArray

from nnviz.mobjects.primitives.edge_array import EdgeArray

__all__ = ["Place", "frame", "free_place"]

#: Side of a cell of the grid that is searched, and free space around things.
_CELL, _AIR = 0.05, 0.1
#: Ratio of each size that is tried to the one before.
_SHRINK = 0.93

#: Left, bottom, right and top, in scene units.
Area = tuple[float, float, float, float] | NDArray[np.float64]


class Place(NamedTuple):
    """A place where something fits.

    Attributes
    ----------
    middle
        Shape (3,).
    share
        Share of its size.
    """

    middle: NDArray[np.float64]
    share: float


def frame(margin: float = 0.25) -> Area:
    """Return Manim's frame, smaller by a margin on every side."""
    right, top = config.frame_width / 2 - margin, config.frame_height / 2 - margin
    return -right, -top, right, top


def free_place(
    size: tuple[float, float],
    taken: Iterable[Mobject],
    within: Area,
    near: NDArray[np.float64],
    least: float,
    off: tuple[float, float] = (np.inf, np.inf),
) -> Place | None:
    """Find a free place for a box: for the largest share of it that fits, then the nearest.

    Parameters
    ----------
    size : (float, float)
        Width and height of the box, in scene units.
    taken : iterable of Mobject
        Mobjects that must not be touched.
    within : Area
        Area that is searched.
    near : ndarray of float
        A point, shape (3,).
    least : float
        The smallest share of the size that will do.
    off : (float, float), optional
        Largest distance of the box's middle from that point, across and up.

    Returns
    -------
    Place or None
        None if there is no room.
    """
    left, bottom, right, top = within
    columns, rows = int((right - left) / _CELL), int((top - bottom) / _CELL)
    if columns < 1 or rows < 1:
        return None
    counts = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    low, high = _boxes(taken)
    corner = np.array([left, bottom])
    first = np.floor((low - _AIR - corner) / _CELL).astype(int)
    last = np.ceil((high + _AIR - corner) / _CELL).astype(int)
    occupied = np.zeros((rows, columns), dtype=bool)
    for (x0, y0), (x1, y1) in zip(first.clip(0), last.clip(0), strict=True):
        occupied[y0:y1, x0:x1] = True
    counts[1:, 1:] = occupied.cumsum(axis=0).cumsum(axis=1)
    share = 1.0
    while share >= least:
        wide, high_cells = (max(1, int(np.ceil(side * share / _CELL))) for side in size)
        if wide <= columns and high_cells <= rows:
            inside = (
                counts[high_cells:, wide:]
                - counts[:-high_cells, wide:]
                - counts[high_cells:, :-wide]
                + counts[:-high_cells, :-wide]
            )
            y, x = np.nonzero(inside == 0)
            middles = corner + _CELL * np.stack([x + wide / 2, y + high_cells / 2], axis=1)
            middles = middles[(np.abs(middles - near[:2]) <= off).all(axis=1)]
            if len(middles):
                best = middles[np.linalg.norm(middles - near[:2], axis=1).argmin()]
                return Place(np.array([*best, 0.0]), share)
        share *= _SHRINK
    return None


def _boxes(mobjects: Iterable[Mobject]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower left and upper right corners of all parts; lines are many small parts."""
    lows, highs = [np.empty((0, 2))], [np.empty((0, 2))]
    for mobject in mobjects:
        for part in mobject.family_members_with_points():
            if isinstance(part, EdgeArray):
                lengths = np.linalg.norm(part.ends - part.starts, axis=1)
                count = max(2, int(np.ceil(lengths.max(initial=0.0) / _CELL)))
                shares = np.linspace(0, 1, count)[:, None, None]
                points = (part.starts + shares * (part.ends - part.starts)).reshape(-1, 3)[:, :2]
                lows.append(points)
                highs.append(points)
            elif isinstance(part, VMobject) and len(part.points):
                lows.append(part.points[:, :2].min(axis=0)[None])
                highs.append(part.points[:, :2].max(axis=0)[None])
    return np.concatenate(lows), np.concatenate(highs)
