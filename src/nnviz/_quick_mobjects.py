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

__all__ = ["quick_colors", "quick_mobjects"]

#: Colours with opacities that were asked for, and most such pairs that are kept.
_known: dict[tuple[Any, ...], NDArray[np.float64]] = {}
_MOST = 4096


@contextlib.contextmanager
def quick_mobjects() -> Iterator[None]:
    """Let Manim copy and colour mobjects in less time, within a ``with`` block."""
    with _manim.patched(_manim.PatchPoint.COPY, deep_copy), quick_colors():
        yield


def quick_colors() -> contextlib.AbstractContextManager[None]:
    """Let Manim colour mobjects in less time, within a ``with`` block."""
    return _manim.patched(_manim.PatchPoint.RGBAS, _generate_rgbas_array)


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
