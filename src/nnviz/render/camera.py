"""Cameras: how a frame is drawn with Cairo."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

import cairo
from manim import Camera, VMobject

__all__ = ["DrawsItself", "NNCamera"]


@runtime_checkable
class DrawsItself(Protocol):
    """A mobject that knows a cheaper or better way onto a Cairo context than path, fill, stroke."""

    def draw_on(self, context: cairo.Context[cairo.ImageSurface]) -> None:
        """Draw on ``context``, whose user space is Manim's scene space.

        Manim's frame buffer holds blue and red exchanged: a source colour is
        given as (b, g, r, alpha).
        """


class NNCamera(Camera):
    """Manim's camera, plus mobjects that draw themselves (:class:`DrawsItself`)."""

    def display_vectorized(
        self, vmobject: VMobject, ctx: cairo.Context[cairo.ImageSurface]
    ) -> Self:
        """Draw one mobject, its own way where it has one."""
        if isinstance(vmobject, DrawsItself):
            vmobject.draw_on(ctx)
            return self
        return super().display_vectorized(vmobject, ctx)
