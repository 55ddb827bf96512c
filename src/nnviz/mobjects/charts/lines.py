"""Broken lines and discs as the points of one mobject."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from manim import Circle
from numpy.typing import NDArray

__all__ = ["broken_lines", "discs"]


def broken_lines(lines: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the points of a mobject that shows lines through corners, shapes (n, 3)."""
    shares = np.linspace(0, 1, 4)[None, :, None]
    parts = [
        ((1 - shares) * line[:-1, None] + shares * line[1:, None]).reshape(-1, 3)
        for line in lines
        if len(line) > 1
    ]
    return np.concatenate([np.empty((0, 3)), *parts])


def discs(centers: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Return the points of a mobject that shows circles about points, shape (n, 3)."""
    outline = Circle(radius).points
    return (np.asarray(centers)[:, None] + outline[None]).reshape(-1, 3)
