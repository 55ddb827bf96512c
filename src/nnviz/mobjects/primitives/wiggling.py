"""Manim's ``Wiggle``, for many curves at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import VMobject, Wiggle, interpolate, there_and_back, wiggle
from manim.utils.space_ops import rotation_about_z
from numpy.typing import NDArray

__all__ = ["wiggled"]

Points = NDArray[np.float64]


def wiggled(
    animation: Wiggle, array: VMobject, start: Points, alphas: NDArray[np.float64]
) -> Points:
    """Return where a wiggle takes the curves of an array, one after the other.

    Manim scales and turns each of many mobjects about the middle of them all as they stand when
    its turn comes: those before it have been moved already, those after it are still where the
    last frame left them. Here all are moved at once, and again about the middles that follow from
    that, until these stay.

    Parameters
    ----------
    animation : Wiggle
        Manim's, of ``array`` or a group that has it.
    array : VMobject
        The mobject with the curves.
    start : ndarray of float
        Its points when the animation began, shape (4 n, 3).
    alphas : ndarray of float
        Time of the animation for each, shape (n,).

    Returns
    -------
    NDArray
        Shape (4 n, 3).
    """
    first, now = (points.reshape(len(alphas), -1, 3) for points in (start, array.points))
    distinct, which = np.unique(alphas, return_inverse=True)
    factors = [interpolate(1, animation.scale_value, there_and_back(a)) for a in distinct]
    factor = np.array(factors)[which, None, None]
    turns = [
        rotation_about_z(wiggle(a, animation.n_wiggles) * animation.rotation_angle).T
        for a in distinct
    ]
    turn = np.array(turns)[which]
    standing = _Middles(animation, array, now)
    moved: Points = first
    last: Points | None = None
    while last is None or not np.array_equal(moved, last):
        last = moved
        middle = standing.middles(moved, first, animation.scale_about_point)
        scaled = factor * (first - middle) + middle
        middle = standing.middles(moved, scaled, animation.rotate_about_point)
        moved = (scaled - middle) @ turn + middle
    return moved.reshape(-1, 3)


class _Middles:
    """The middles of all that an animation moves, as each curve has its turn."""

    def __init__(self, animation: Wiggle, array: VMobject, now: Points) -> None:
        family: Sequence[Any] = animation.mobject.get_family()
        members = [m.points for m in family if m is not array]
        others = np.concatenate([*members, np.empty((0, 3))])
        # As low and high as what has its turn later, or never.
        self._low = _suffix(np.minimum, now.min(axis=1), others.min(axis=0, initial=np.inf))
        self._high = _suffix(np.maximum, now.max(axis=1), others.max(axis=0, initial=-np.inf))

    def middles(self, before: Points, curves: Points, fixed: Any) -> Points:
        """Return the middle for each of ``curves``, shape (n, 1, 3); all are ``fixed`` if given.

        ``before`` is where those before it are.
        """
        if fixed is not None:
            return np.broadcast_to(fixed, (len(curves), 1, 3))
        low = _prefix(np.minimum, before.min(axis=1), np.inf)
        high = _prefix(np.maximum, before.max(axis=1), -np.inf)
        low = np.minimum(np.minimum(low, self._low), curves.min(axis=1))
        high = np.maximum(np.maximum(high, self._high), curves.max(axis=1))
        middles: Points = ((low + high) / 2)[:, None]
        return middles


def _prefix(extreme: np.ufunc, values: Points, none: float) -> Points:
    """Return the extreme of all rows before each."""
    found: Points = extreme.accumulate(np.vstack([np.full((1, 3), none), values[:-1]]))
    return found


def _suffix(extreme: np.ufunc, values: Points, last: Points) -> Points:
    """Return the extreme of all rows after each, and of one more."""
    found: Points = extreme.accumulate(np.vstack([last[None], values[:0:-1]]))[::-1]
    return found
