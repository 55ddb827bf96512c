"""Boxes around mobjects, and whether they overlap."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from manim import DL, UR, Mobject
from numpy.typing import NDArray

__all__ = ["Box", "box_around", "is_free", "overlap", "padded", "union"]

#: The lower left and the upper right corner, in scene units; shape (2, 2).
Box = NDArray[np.float64]


def box_around(mobject: Mobject, buff: float = 0.0) -> Box:
    """Return the box around a mobject.

    Parameters
    ----------
    mobject : Mobject
        The mobject, with all its parts.
    buff : float, optional
        Free space on every side, in scene units.
    """
    corners = np.array([mobject.get_corner(DL)[:2], mobject.get_corner(UR)[:2]], dtype=np.float64)
    return padded(corners, buff)


def padded(box: Box, buff: float) -> Box:
    """Return a box that is larger on every side; smaller where `buff` is negative."""
    return box + buff * np.array([[-1.0], [1.0]])


def union(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around boxes."""
    corners = np.array(list(boxes))
    return np.array([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])


def overlap(first: Box, second: Box) -> bool:
    """Return whether two boxes share more than an edge."""
    return bool((first[0] < second[1]).all() and (second[0] < first[1]).all())


def is_free(box: Box, others: Iterable[Box]) -> bool:
    """Return whether a box overlaps none of the others."""
    return not any(overlap(box, other) for other in others)
