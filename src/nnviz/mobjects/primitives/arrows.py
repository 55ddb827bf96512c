"""Manim's arrows in the proportions of the 2017 chapter."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import ORIGIN, Arrow, DoubleArrow, Mobject, ParsableManimColor
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.primitives.palette import YELLOW

__all__ = ["arrow", "double_arrow", "vector"]

_TIP_LENGTH = 0.25
_TIP_SHARE = 0.35
_STEM_WIDTH = 0.05
_STEM_SHARE_OF_TIP = 0.3
_STROKE_PER_UNIT = 100  # Manim's stroke width of a line one scene unit wide


def _between(start: Any, end: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the line between two centres leaves and enters the mobjects' boxes."""
    centers = [
        thing.get_center() if isinstance(thing, Mobject) else np.asarray(thing, dtype=float)
        for thing in (start, end)
    ]
    along = centers[1] - centers[0]
    points = []
    for thing, center, direction in zip((start, end), centers, (along, -along), strict=True):
        reach = 0.0
        if isinstance(thing, Mobject):
            half = np.array([thing.width, thing.height]) / 2
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = half / np.abs(direction[:2])
            reach = float(np.nan_to_num(shares, nan=np.inf).min())
        points.append(center + min(reach, 0.5) * direction)
    return points[0], points[1]


def _proportions(buff: float) -> dict[str, float]:
    return {
        "tip_length": _TIP_LENGTH,
        "max_tip_length_to_length_ratio": _TIP_SHARE,
        "stroke_width": _STROKE_PER_UNIT * _STEM_WIDTH,
        "max_stroke_width_to_length_ratio": _STROKE_PER_UNIT * _STEM_SHARE_OF_TIP * _TIP_SHARE,
        "buff": buff,
    }


def arrow(
    start: Any, end: Any, color: ParsableManimColor = YELLOW, buff: float = 0.25, **kwargs: Any
) -> Arrow:
    """Return an arrow with a slim stem and a tip of at most .35 of its length.

    To keep these proportions while scaling it, use ``scale(factor, scale_tips=True)``.

    Parameters
    ----------
    start, end : object
        Points, or mobjects to stop at.
    color : color, optional
        Colour of stem and tip.
    buff : float, optional
        Gap to start and end, in scene units.
    """
    start, end = _between(start, end)
    return Arrow(start, end, color=color, **(_proportions(buff) | kwargs))


def vector(
    direction: ArrayLike, color: ParsableManimColor = YELLOW, buff: float = 0.0, **kwargs: Any
) -> Arrow:
    """Return an arrow from the origin."""
    return arrow(ORIGIN, np.asarray(direction, dtype=float), color, buff, **kwargs)


def double_arrow(
    start: Any, end: Any, color: ParsableManimColor = YELLOW, buff: float = 0.25, **kwargs: Any
) -> DoubleArrow:
    """Return an arrow with a tip at both ends."""
    start, end = _between(start, end)
    return DoubleArrow(start, end, color=color, **(_proportions(buff) | kwargs))
