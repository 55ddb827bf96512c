"""Copies of mobjects that are whole, as Manim's are, at a fraction of the time.

Manim's animations copy what they animate several times, and Manim's copy asks
:func:`copy.deepcopy` about each of some forty attributes, of each glyph also about the path in the
SVG file that it was made from.
"""

from __future__ import annotations

import copy
from collections.abc import Container
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import numpy as np
from manim import CapStyleType, LineJointType, ManimColor, Mobject
from svgelements import Path as SvgPath  # type: ignore[import-untyped]

__all__ = ["deep_copy"]

#: What a copy may share with its original, since it is never changed in place.
_SHARED = {
    type(None),
    bool,
    int,
    float,
    str,
    np.float64,
    FunctionType,
    ManimColor,
    CapStyleType,
    LineJointType,
    type(Path()),
    SvgPath,
}

_M = TypeVar("_M", bound=Mobject)


def deep_copy(mobject: _M, memo: dict[int, Any], leave_out: Container[str] = ()) -> _M:
    """Do what Manim's ``Mobject.__deepcopy__`` does; some attributes may be left out."""
    result = type(mobject).__new__(type(mobject))
    memo[id(mobject)] = result
    attributes = result.__dict__
    for name, value in mobject.__dict__.items():
        if name in leave_out:
            continue
        kind = type(value)
        if kind in _SHARED:
            attributes[name] = value
        elif kind is np.ndarray and value.dtype != object:
            attributes[name] = value.copy()
        elif kind in (list, dict) and not value:
            attributes[name] = kind()
        else:
            attributes[name] = copy.deepcopy(value, memo)
    result.original_id = str(id(mobject))
    return result
