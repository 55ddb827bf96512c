"""What Manim's animations do with many mobjects in turn, done with all curves of an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import ShowPartial, Transform, Wiggle, interpolate
from numpy.typing import NDArray

from nnviz.mobjects.primitives.curve_values import VALUES, places
from nnviz.mobjects.primitives.wiggling import wiggled

__all__ = ["interpolate_rows"]


def interpolate_rows(
    array: Any, animation: Any, others: Sequence[Any], alphas: NDArray[np.float64]
) -> None:
    """Do what an animation does to n mobjects at times of their own.

    Parameters
    ----------
    array : object
        The array, of n curves.
    animation : object
        Manim's.
    others : sequence of object
        What the animation compares the array with, such as a copy from when it began.
    alphas : ndarray of float
        Time of the animation for each curve, shape (n,).
    """
    distinct, which = np.unique(alphas, return_inverse=True)
    how: Any = type(animation).interpolate_submobject
    if how is ShowPartial.interpolate_submobject:
        bounds = np.array([animation._get_bounds(alpha) for alpha in distinct])[which]
        array.pointwise_become_partial(others[0], *bounds.T)
        return
    if how is Wiggle.interpolate_submobject:
        array.curves = wiggled(animation, array, others[0].curves, alphas)
        return
    if how is Transform.interpolate_submobject:
        start, target = others
        if len(distinct) == 1 or animation.path_func is interpolate:
            share = alphas if len(distinct) > 1 else distinct[0]
            array.interpolate(start, target, share, animation.path_func)
            return
    for k, alpha in enumerate(distinct):
        rows = np.flatnonzero(which == k)
        piece = array.separate(rows)
        rest = [o.separate(rows) if hasattr(o, "separate") else o for o in others]
        animation.interpolate_submobject(piece, *rest, alpha)
        for name in VALUES:
            values = np.array(getattr(array, name))
            np.atleast_1d(values)[places(name, rows)] = getattr(piece, name)
            setattr(array, name, values)
