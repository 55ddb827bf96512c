"""Copies of mobjects that come in hundreds."""

from __future__ import annotations

import copy
from types import FunctionType
from typing import Any, Self

import numpy as np
from manim import CapStyleType, LineJointType, ManimColor, VMobject

__all__ = ["CopiesQuickly"]

#: What a copy may share with its original, since nobody changes it in place.
_SHARED = {type(None), bool, int, float, str, FunctionType, ManimColor, CapStyleType, LineJointType}


class CopiesQuickly(VMobject):
    """A mobject whose copies are whole, as Manim's are, at a fraction of the time.

    Manim's animations copy what they animate several times, and Manim's copy asks
    :func:`copy.deepcopy` about each of some forty attributes.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        for name, value in self.__dict__.items():
            kind = type(value)
            if kind in _SHARED:
                result.__dict__[name] = value
            elif kind is np.ndarray:
                result.__dict__[name] = value.copy()
            elif kind in (list, dict) and not value:
                result.__dict__[name] = kind()
            else:
                result.__dict__[name] = copy.deepcopy(value, memo)
        result.original_id = str(id(self))
        return result
