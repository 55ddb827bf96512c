"""All of Manim's that is not for others: every private name nnviz uses, every patch it lays on it.

Manim may change these without a word, so they stand in one place, and a test says which of them
are gone. Patches that hold while something is rendered are context managers; the others hold from
when they are laid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import cairo
from manim import Camera, VMobject

__all__ = ["heed_drawing"]

_V = TypeVar("_V", bound=VMobject)


def heed_drawing(
    kind: type[_V],
    draw: Callable[[Camera, _V, cairo.Context[cairo.ImageSurface]], None],
) -> None:
    """Let all of Manim's cameras, and those derived from them, draw mobjects of a kind by ``draw``.

    Manim has no way to say how a mobject is drawn but its path, fill and stroke.
    """
    patched: Any = Camera
    plain = patched.display_vectorized

    def display_vectorized(
        self: Camera, vmobject: VMobject, ctx: cairo.Context[cairo.ImageSurface]
    ) -> Camera:
        """Draw one mobject, its own way where it has one."""
        if isinstance(vmobject, kind):
            draw(self, vmobject, ctx)
            return self
        result: Camera = plain(self, vmobject, ctx)
        return result

    patched.display_vectorized = display_vectorized
