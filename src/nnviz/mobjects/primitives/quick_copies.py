"""Copies of mobjects that come in hundreds."""

from __future__ import annotations

from typing import Any, Self

from manim import VMobject

from nnviz import _manim
from nnviz._copying import deep_copy

__all__ = ["CopiesQuickly", "FamilyCopiesQuickly"]


class CopiesQuickly(VMobject):
    """A mobject whose copies are whole, as Manim's are, at a fraction of the time.

    Rendering with ``nnviz`` all mobjects are copied so, with Manim's own command these.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return deep_copy(self, memo)


class FamilyCopiesQuickly(VMobject):
    """A mobject that is copied as a :class:`CopiesQuickly` is, and its whole family with it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        with _manim.patched(_manim.PatchPoint.COPY, deep_copy):
            return deep_copy(self, memo)
