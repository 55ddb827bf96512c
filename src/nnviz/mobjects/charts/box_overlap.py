"""What stands in the way of what: boxes around mobjects."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from manim import DL, UR, Mobject
from numpy.typing import NDArray

__all__ = ["box_around", "is_free"]


def box_around(mobject: Mobject, buff: float = 0.0) -> NDArray[np.float64]:
    """Return the lower left and the upper right corner, with some room around; shape (2, 2)."""
    corners: NDArray[np.float64] = np.array([mobject.get_corner(DL), mobject.get_corner(UR)])[:, :2]
    corners += np.array([[-buff], [buff]])
    return corners


def is_free(box: NDArray[np.float64], others: Iterable[NDArray[np.float64]]) -> bool:
    """Return whether a box meets none of others."""
    return not any((box[0] < other[1]).all() and (other[0] < box[1]).all() for other in others)
