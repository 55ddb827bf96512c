"""What Manim does with mobjects most often, in less time and with the same results."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from manim import ManimColor, VMobject
from numpy.typing import NDArray

from nnviz import _manim
from nnviz._copying import deep_copy

__all__ = ["quick_colors_and_boxes", "quick_mobjects"]

#: Colours with opacities that were asked for, and most such pairs that are kept.
_known: dict[tuple[Any, ...], NDArray[np.float64]] = {}
_MOST = 4096


@contextlib.contextmanager
def quick_mobjects() -> Iterator[None]:
    """Let Manim copy, colour and measure mobjects in less time, within a ``with`` block."""
    with _manim.patched(_manim.PatchPoint.COPY, deep_copy), quick_colors_and_boxes():
        yield


@contextlib.contextmanager
def quick_colors_and_boxes() -> Iterator[None]:
    """Let Manim colour and measure mobjects in less time, within a ``with`` block."""
    with (
        _manim.patched(_manim.PatchPoint.RGBAS, _generate_rgbas_array),
        _manim.patched(_manim.PatchPoint.BOUNDARY, _get_points_defining_boundary),
    ):
        yield


def _generate_rgbas_array(self: VMobject, color: Any, opacity: Any) -> NDArray[np.float64]:
    """Return what Manim's ``VMobject.generate_rgbas_array`` returns, which takes 20 us.

    A mobject sets its colours a dozen times before it is on screen.
    """
    plain = _manim.original_of(_generate_rgbas_array)
    is_one = color is None or type(color) in (ManimColor, str)
    if not is_one or type(opacity) not in (float, int, type(None)) or self.get_sheen_factor():
        result: NDArray[np.float64] = plain(self, color, opacity)
        return result
    name = color if type(color) in (str, type(None)) else _manim.bytes_of_color(color)
    found = _known.get((name, opacity))
    if found is None:
        if len(_known) >= _MOST:
            _known.clear()
        found = _known[name, opacity] = plain(self, color, opacity)
    return found.copy()


def _get_points_defining_boundary(self: VMobject) -> NDArray[np.float64]:
    """Return what Manim's method returns: both ends of each curve of the family, shape (n, 3).

    Manim puts them into a list first, one by one.
    """
    n = self.n_points_per_cubic_curve
    anchors_of = _manim.original_of(VMobject.get_anchors)
    whole: list[NDArray[np.float64]] = []
    family: list[Any] = self.get_family()
    for member in family:
        points = member.points
        is_plain = type(member).get_anchors is anchors_of and member.n_points_per_cubic_curve == n
        if not is_plain or len(points) % n:  # one point is an anchor; others are Manim's error
            plain = _manim.original_of(_get_points_defining_boundary)
            result: NDArray[np.float64] = plain(self)
            return result
        if len(points):
            whole.append(points)
    if not whole:
        return np.array(())
    return np.concatenate(whole).reshape(-1, n, 3)[:, :: n - 1].reshape(-1, 3)
