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
#: Manim's own methods. What a user has put in the place of one stays there.
_RGBAS = VMobject.generate_rgbas_array
_BOUNDARY, _ANCHORS = VMobject.get_points_defining_boundary, VMobject.get_anchors


@contextlib.contextmanager
def quick_mobjects() -> Iterator[None]:
    """Let Manim copy, colour and measure mobjects in less time, within a ``with`` block."""
    with _manim.patched(_manim.PatchPoint.COPY, deep_copy), quick_colors_and_boxes():
        yield


@contextlib.contextmanager
def quick_colors_and_boxes() -> Iterator[None]:
    """Let Manim colour and measure mobjects in less time, within a ``with`` block."""
    with contextlib.ExitStack() as stack:
        for point, own, quick in (
            (_manim.PatchPoint.RGBAS, _RGBAS, _generate_rgbas_array),
            (_manim.PatchPoint.BOUNDARY, _BOUNDARY, _get_points_defining_boundary),
        ):
            if point.plain is own:
                stack.enter_context(_manim.patched(point, quick))
        yield


def _generate_rgbas_array(self: VMobject, color: Any, opacity: Any) -> NDArray[np.float64]:
    """Return what Manim's ``VMobject.generate_rgbas_array`` returns, which takes 20 us.

    A mobject sets its colours a dozen times before it is on screen.
    """
    is_one = color is None or type(color) in (ManimColor, str)
    is_one &= type(opacity) in (float, int, type(None)) and not self.get_sheen_factor()
    if not is_one:
        return _RGBAS(self, color, opacity)
    name = color if type(color) in (str, type(None)) else _manim.bytes_of_color(color)
    found = _known.get((name, opacity))
    if found is None:
        if len(_known) >= _MOST:
            _known.clear()
        found = _known[name, opacity] = _RGBAS(self, color, opacity)
    return found.copy()


def _get_points_defining_boundary(self: VMobject) -> NDArray[np.float64]:
    """Return what Manim's method returns: both ends of each curve of the family, shape (n, 3).

    Manim puts them into a list first, one by one.
    """
    n = self.n_points_per_cubic_curve
    whole: list[NDArray[np.float64]] = []
    family: list[Any] = self.get_family()
    for member in family:
        points = member.points
        is_plain = type(member).get_anchors is _ANCHORS and member.n_points_per_cubic_curve == n
        # One point is an anchor; other numbers of points are Manim's error.
        if not is_plain or len(points) % n:
            return _BOUNDARY(self)
        if len(points):
            whole.append(points)
    if not whole:
        return np.array(())
    return np.concatenate(whole).reshape(-1, n, 3)[:, :: n - 1].reshape(-1, 3)
