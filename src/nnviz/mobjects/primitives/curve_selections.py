"""Parts of arrays of curves, as views: changes of a part change the array."""

from __future__ import annotations

import copy
from typing import Any

from manim import CapStyleType, VMobject

from nnviz.mobjects.primitives.curve_array import CurveArray
from nnviz.mobjects.primitives.curve_members import Members
from nnviz.mobjects.primitives.curve_values import VALUES, Rows, places

__all__ = ["CurveSelection"]

#: What a part has no values of its own for.
_OF_WHOLE = {"points", "submobjects", "cap_style", "z_index", *VALUES}


def _values_of_whole(name: str) -> Any:
    """Return a property of a selection: its rows of an array of the whole."""

    def read(self: CurveSelection) -> Any:
        return getattr(self._whole, name)[places(name, self._rows)]

    def write(self: CurveSelection, value: Any) -> None:
        getattr(self._whole, name)[places(name, self._rows)] = value

    return property(read, write)


class CurveSelection(CurveArray):
    """A part of a :class:`CurveArray`: changes of it change the array.

    A copy is an array of its own.
    """

    __slots__ = ()

    def __init__(self, whole: CurveArray, rows: Rows) -> None:
        self._whole, self._rows = whole, rows
        # Everything about a mobject that is not a value of the array.
        blank = VMobject().__dict__
        self.__dict__.update({name: blank[name] for name in blank if name not in _OF_WHOLE})
        self.name = type(self).__name__
        self.members = Members(self)

    curves = _values_of_whole("curves")
    stroke_rgbas = _values_of_whole("stroke_rgbas")
    stroke_width = _values_of_whole("stroke_width")
    background_stroke_rgbas = _values_of_whole("background_stroke_rgbas")
    background_stroke_width = _values_of_whole("background_stroke_width")

    @property
    def whole(self) -> Any:
        """The array that has the values."""
        return self._whole

    @property
    def rows(self) -> Rows:
        """Which curves of the whole these are, shape (n,)."""
        return self._rows

    @property
    def z_index(self) -> float:
        """Where the curves are drawn among others; set, each has it for itself."""
        return float(self._whole.z_index)

    @z_index.setter
    def z_index(self, value: float) -> None:
        for curve in self:
            curve.z_index = value

    @property
    def cap_style(self) -> CapStyleType:
        """How the curves end; set, each has it for itself."""
        style: CapStyleType = self._whole.cap_style
        return style

    @cap_style.setter
    def cap_style(self, value: CapStyleType) -> None:
        for curve in self:
            curve.cap_style = value

    def __len__(self) -> int:
        return len(self._rows)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        memo[id(self)] = result = self.separate()
        for name, value in self.__dict__.items():
            if name not in ("_whole", "_rows", "submobjects"):
                result.__dict__[name] = copy.deepcopy(value, memo)
        self.members.copy_to(result.members, memo, copy.deepcopy)
        return result
