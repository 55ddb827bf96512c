"""How large numbers on a network have to be, and what they may not touch."""

from __future__ import annotations

import numpy as np
from manim import Mobject
from numpy.typing import NDArray

__all__ = ["AIR", "LEAST_HEIGHT", "Box", "box_around", "check_height", "overlap"]

#: Numbers smaller than this, in scene units, are a blur in a video: 11 pixels of 1080.
LEAST_HEIGHT = 0.08
#: Around a number, in scene units.
AIR = 0.03

#: The lower left and the upper right corner, each of shape (2,).
Box = tuple[NDArray[np.float64], NDArray[np.float64]]


def check_height(height: float, what: str, remedy: str) -> None:
    """Raise a ValueError where digits of a height, in scene units, could not be read."""
    if not height >= LEAST_HEIGHT:
        raise ValueError(
            f"{what} would be {height:.3f} units high, too small to be read (at least "
            f"{LEAST_HEIGHT}): {remedy}"
        )


def box_around(mobject: Mobject) -> Box:
    """Return the box around a mobject, with some air."""
    size = np.array([mobject.width, mobject.height]) / 2 + AIR / 2
    middle = mobject.get_center()[:2]
    return middle - size, middle + size


def overlap(first: Box, second: Box) -> bool:
    """Return whether two boxes share more than an edge."""
    return bool((first[0] < second[1]).all() and (second[0] < first[1]).all())
