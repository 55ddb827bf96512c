"""Mobjects that return their own draw commands, instead of a path with a fill and a stroke."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial
from typing import Any, Self

import cairo
import numpy as np
from manim import Camera, ManimColor, ThreeDCamera, VMobject, config
from manim.constants import RendererType
from numpy.typing import NDArray

from nnviz._manim import begin_self_drawing, register_self_drawing
from nnviz.drawing.canvas import Surface
from nnviz.drawing.commands import Command, View

__all__ = ["DrawsItself", "Place", "check_background", "draw", "place_in", "require_cairo"]

#: Function from points of the scene, shape (n, 3), to where the camera sees them on its plane.
Place = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def require_cairo() -> None:
    """Check that Manim draws with Cairo.

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


@cache
def _patch_cameras_once() -> None:
    begin_self_drawing()


class DrawsItself(VMobject):
    """A mobject that returns its own draw commands.

    Derive from it, and every camera of Manim's on Cairo draws the mobject by the commands of
    :meth:`draw_commands`. Manim's cameras cannot do that: a path has one fill and one stroke, and
    an image of Manim's is no vectorized mobject. So when the first such mobject is made, and not
    when the module is imported, ``Camera.display_vectorized`` is replaced by a method that calls
    :meth:`draw_commands`.

    Raises
    ------
    RuntimeError
        If ``config.renderer`` is OpenGL.
    """

    #: The background that its colours were chosen for, if that was assumed and not given.
    made_for: ManimColor | None = None
    #: Whether Manim's cameras would draw something else without the patch.
    needs_camera_patch = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Patch Manim's cameras when the first such mobject is made.

        Copies and unpickled mobjects are made here, too.
        """
        if cls.needs_camera_patch:
            _patch_cameras_once()
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_cairo()
        super().__init__(*args, **kwargs)

    @property
    def draws_itself(self) -> bool:
        """Whether it is drawn by its own commands, and not as a path with a fill and a stroke."""
        return True

    def draw_commands(self, place: Place) -> Sequence[Command]:
        """Return the commands that draw the mobject as it is (see :mod:`nnviz.drawing`).

        Parameters
        ----------
        place : Place
            Function from points of the scene to where the camera sees them. In a flat scene
            they do not change; in three dimensions they are rotated.
        """
        raise NotImplementedError

    @property
    def whole(self) -> VMobject:
        """The mobject that holds the values: this one, or the one that it is a part of."""
        return self

    def drawing_state(self) -> Hashable | None:
        """Return a cache key: as long as it is the same, the commands are the same.

        For instance the bytes of all arrays. With None, the default, the commands are made again
        for every frame.
        """
        return None


def check_background(camera: Camera, mobject: DrawsItself) -> None:
    """Warn where a camera has another background than a mobject's colours were chosen for."""
    assumed = mobject.made_for
    if assumed is None or assumed == (there := ManimColor(camera.background_color)):
        return
    warnings.warn(
        f"colours were chosen for the background {assumed.to_hex()}, Manim's "
        f"config.background_color, but the camera's is {there.to_hex()}: say "
        "background=self.camera.background_color where the network is made, after the camera has "
        "it, or set config.background_color before the scene is made",
        stacklevel=2,
    )


def place_in(camera: Camera, mobject: DrawsItself) -> Place:
    """Return the function from points of a mobject to where a camera sees them."""
    seen_as: VMobject = mobject
    if isinstance(camera, ThreeDCamera):
        # A part that is not in the camera's own lists is seen as the whole that it belongs to.
        fixed = (camera.fixed_in_frame_mobjects, camera.fixed_orientation_mobjects)
        seen_as = mobject if any(mobject in some for some in fixed) else mobject.whole
    return partial(camera.transform_points_pre_display, seen_as)


def draw(camera: Camera, mobject: DrawsItself, context: cairo.Context[cairo.ImageSurface]) -> None:
    """Draw a mobject on a context as a camera sees it."""
    check_background(camera, mobject)
    at = context.get_matrix()
    view = View(camera.pixel_width, camera.pixel_height, at.xx, at.yy, at.x0, at.y0)
    Surface(context, view).paint(mobject.draw_commands(place_in(camera, mobject)))


register_self_drawing(DrawsItself, draw)
