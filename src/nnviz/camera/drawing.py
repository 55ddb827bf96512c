"""Mobjects that draw themselves, in cameras of Manim's and in ours."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

import cairo
import numpy as np
from manim import Camera, ThreeDCamera, VMobject, config
from manim.constants import RendererType
from numpy.typing import NDArray

from nnviz.manims import heed_drawing

__all__ = ["DrawsItself", "Place", "draw", "require_cairo"]

#: From points in the scene, shape (n, 3), to where the camera sees them on its plane.
Place = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def require_cairo() -> None:
    """Say so where Manim is about to draw with something else than Cairo.

    Raises
    ------
    RuntimeError
        If ``config.renderer`` is OpenGL.
    """
    if config.renderer == RendererType.OPENGL:
        raise RuntimeError(
            "nnviz draws with Cairo, and Manim's OpenGL renderer cannot show its mobjects: "
            "leave out --renderer=opengl, or set config.renderer = 'cairo' before importing nnviz"
        )


# Before a class is derived from Manim's, which differ for OpenGL.
require_cairo()


class DrawsItself(VMobject):
    """A mobject that knows a cheaper or better way onto Cairo than path, fill and stroke.

    Derive from it, and every camera of Manim's on Cairo draws the mobject by :meth:`draw_on`.

    Raises
    ------
    RuntimeError
        If ``config.renderer`` is OpenGL.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_cairo()
        super().__init__(*args, **kwargs)

    def draw_on(self, context: cairo.Context[cairo.ImageSurface], place: Place) -> None:
        """Draw on ``context``, whose user space is Manim's scene space.

        Parameters
        ----------
        context
            Manim's frame buffer holds blue and red exchanged: a source colour is
            given as (b, g, r, alpha).
        place
            What takes points of the scene to where the camera sees them: in a flat
            scene it leaves them alone, in three dimensions it turns them.
        """
        raise NotImplementedError

    @property
    def whole(self) -> VMobject:
        """The mobject that has the values, where this one is a part of another."""
        return self

    def drawing_state(self) -> Hashable:
        """Return what equals an earlier value exactly if all would be drawn in the same way.

        For instance the bytes of all arrays. By default no two are equal, and the mobject is
        drawn anew in every frame.
        """
        return object()

    def drawing_reach(self) -> float | None:
        """Return how far it draws beyond the box around its points, in scene units.

        None, the default, is anywhere.
        """
        return None


def draw(camera: Camera, mobject: DrawsItself, context: cairo.Context[cairo.ImageSurface]) -> None:
    """Have a mobject draw itself as a camera sees it."""
    seen_as: VMobject = mobject
    if isinstance(camera, ThreeDCamera):
        # A part that the camera was told nothing about stands where its whole does.
        told = (camera.fixed_in_frame_mobjects, camera.fixed_orientation_mobjects)
        seen_as = mobject if any(mobject in some for some in told) else mobject.whole
    context.save()
    context.new_path()
    mobject.draw_on(context, partial(camera.transform_points_pre_display, seen_as))
    context.restore()


heed_drawing(DrawsItself, draw)
