"""How tests see that mobjects stand apart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from manim import Mobject


def box(mobject: Mobject) -> np.ndarray:
    """Return the lower left and the upper right corner, shape (2, 2)."""
    points = mobject.get_points_defining_boundary()[:, :2]
    return np.array([points.min(axis=0), points.max(axis=0)] if len(points) else np.zeros((2, 2)))


def overlap(one: np.ndarray, other: np.ndarray, slack: float = 1e-6) -> bool:
    """Return whether two boxes share more than an edge."""
    return bool((one[0] < other[1] - slack).all() and (other[0] < one[1] - slack).all())


def assert_apart(parts: Iterable[Mobject], slack: float = 1e-3) -> None:
    """Check that no boxes of mobjects overlap."""
    measured = [(part, box(part)) for part in parts]
    for (one, first), (other, second) in combinations(measured, 2):
        assert not overlap(first, second, slack), (one, other, first, second)
