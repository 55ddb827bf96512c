"""How each mobject is drawn, kept for as long as its points and style keep their values."""

from __future__ import annotations

from typing import Any

import cairo
import numpy as np
from manim import Mobject, VMobject
from manim.camera.camera import CAP_STYLE_MAP, LINE_JOIN_MAP
from manim.mobject.types.image_mobject import ImageMobject
from numpy.typing import NDArray

from nnviz.camera.boxes import Box
from nnviz.camera.drawing import DrawsItself

__all__ = [
    "ForeignSketch",
    "Paint",
    "PathSketch",
    "SelfSketch",
    "Sketch",
    "foreign_key",
    "path_key",
]

#: Blue, green, red, alpha (Manim's buffers hold blue and red exchanged), or a gradient of them.
Paint = tuple[float, float, float, float] | cairo.LinearGradient

#: Cairo's default miter limit: how far a sharp corner may reach beyond half the width.
_MITER_LIMIT = 10


class Sketch:
    """How one mobject is drawn, for as long as it looks as it does."""

    __slots__ = ("box", "key", "mobject")

    #: Whether anything of it can be seen.
    visible = True

    def __init__(self, mobject: Mobject, key: tuple[Any, ...]) -> None:
        self.mobject = mobject
        self.key = key
        #: What it covers of the frame; None while unknown.
        self.box: Box | None = None

    @property
    def depends_on_itself(self) -> bool:
        """Whether it is valid as long as the mobject itself stays as it is."""
        return False


class PathSketch(Sketch):
    """A vectorized mobject: a path, and what to paint it with."""

    mobject: VMobject

    __slots__ = ("back", "cap", "fill", "front", "join", "path", "reach", "traced", "visible")

    def __init__(self, vmobject: VMobject, key: tuple[Any, ...]) -> None:
        super().__init__(vmobject, key)
        _, _, _, front_width, back_width, _, joint_type, cap_style, _ = key
        self.fill = _paint(vmobject.get_fill_rgbas(), vmobject)
        self.front: tuple[Paint, float] | None = None
        if front_width and (paint := _paint(vmobject.get_stroke_rgbas(), vmobject)):
            self.front = paint, front_width
        self.back: tuple[Paint, float] | None = None
        if back_width and (paint := _paint(vmobject.get_stroke_rgbas(True), vmobject)):
            self.back = paint, back_width
        self.visible = not (self.front is None and self.fill is None and self.back is None)
        self.join = LINE_JOIN_MAP[joint_type]
        self.cap = CAP_STYLE_MAP[cap_style]
        self.path: cairo.Path | None = None
        self.traced = False
        width = max((stroke[1] for stroke in (self.back, self.front) if stroke), default=0.0)
        has_corners = len(self.key[0]) > 4 * 3 * 8  # more than one curve
        if self.join is cairo.LineJoin.MITER and has_corners:
            width *= _MITER_LIMIT / 2
        #: How far strokes may reach beyond the points, in stroke width: more than half of it,
        #: for square caps.
        self.reach = width

    @property
    def depends_on_itself(self) -> bool:
        """Where a gradient begins and ends depends on the whole family."""
        return not self.key[-1]

    @property
    def points(self) -> NDArray[np.float64]:
        """The points when it was made, shape (n, 3): the mobject's own may have moved on."""
        return np.frombuffer(self.key[0]).reshape(-1, 3)


class SelfSketch(Sketch):
    """A mobject that draws itself."""

    mobject: DrawsItself

    __slots__ = ("points", "reach")

    def __init__(self, mobject: DrawsItself, key: tuple[Any, ...]) -> None:
        super().__init__(mobject, key)
        #: How far it reaches beyond the points, in scene units; None if nobody knows.
        self.reach = mobject.drawing_reach()
        self.points = np.array(mobject.points, dtype=np.float64)


class ForeignSketch(Sketch):
    """What Manim's camera does not draw as a path: images, point clouds, textures."""

    __slots__ = ()


def _paint(rgbas: NDArray[np.float64], vmobject: VMobject) -> Paint | None:
    """Return what to paint with, or None if nothing would be seen."""
    if len(rgbas) == 1:
        red, green, blue, alpha = rgbas[0].tolist()
        return (blue, green, red, alpha) if alpha > 0 else None
    if not (rgbas[:, 3] > 0).any():
        return None
    start, end = vmobject.get_gradient_start_and_end_points()
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        start = end = np.zeros(3)
    pattern = cairo.LinearGradient(*start[:2], *end[:2])
    for offset, rgba in zip(np.linspace(0, 1, len(rgbas)), rgbas, strict=True):
        red, green, blue, alpha = rgba.tolist()
        pattern.add_color_stop_rgba(offset, blue, green, red, alpha)
    return pattern


def path_key(vmobject: VMobject) -> tuple[Any, ...]:
    """Return all that decides how Manim's camera draws a vectorized mobject."""
    fill = vmobject.get_fill_rgbas()
    front = vmobject.get_stroke_rgbas()
    back_width = vmobject.get_stroke_width(True)
    back = vmobject.get_stroke_rgbas(True) if back_width else front
    has_gradient = len(fill) > 1 or len(front) > 1 or len(back) > 1
    return (
        vmobject.points.astype(np.float64, copy=False).tobytes(),
        fill.tobytes(),
        front.tobytes(),
        vmobject.get_stroke_width(),
        back_width,
        back.tobytes() if back_width else b"",
        vmobject.joint_type,
        vmobject.cap_style,
        # Where a gradient begins and ends depends on the whole family.
        np.stack(vmobject.get_gradient_start_and_end_points()).tobytes() if has_gradient else b"",
    )


def foreign_key(mobject: Mobject) -> tuple[Any, ...]:
    """Return all that decides how an image is drawn; for others, what nothing else equals."""
    if isinstance(mobject, ImageMobject):
        pixels = mobject.get_pixel_array()
        points = np.asarray(mobject.points)
        return (points.tobytes(), pixels.shape, pixels.tobytes(), mobject.resampling_algorithm)
    return (object(),)
