"""Cameras that draw what Manim's draw, pixel for pixel, in less time.

Manim looks up, checks and sets everything about every mobject at every frame.
Here each mobject is turned into a sketch, which stays valid while the
mobject's points and style keep their values, so that

- invisible fills and strokes never reach Cairo,
- paths are kept while their points do not change,
- where a frame follows another, only the part of the picture that changed is
  drawn anew (:meth:`NNCamera.redraw`).

Whether a sketch is valid is decided by comparing values: points and colours
are arrays anybody may write into.
"""

from __future__ import annotations

import itertools as it
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import isfinite
from operator import attrgetter, is_
from typing import Any, Protocol, Self, runtime_checkable

import cairo
import numpy as np
from manim import Camera, Mobject, MovingCamera, VMobject
from manim.camera.camera import CAP_STYLE_MAP, LINE_JOIN_MAP
from manim.mobject.types.image_mobject import AbstractImageMobject, ImageMobject
from manim.mobject.types.point_cloud_mobject import PMobject
from manim.typing import PixelArray
from manim.utils.space_ops import cross2d
from numpy.typing import NDArray
from PIL import Image

__all__ = ["DrawsItself", "NNCamera", "NNMovingCamera", "PlainCamera"]

#: Left, top, right, bottom in pixels, right and bottom excluded.
Box = tuple[int, int, int, int]
#: Blue, green, red, alpha (Manim's buffers hold blue and red exchanged), or a gradient of them.
Paint = tuple[float, float, float, float] | cairo.LinearGradient

#: NumPy's default for "close", which Manim uses to tell where a path goes on.
_RELATIVE_TOLERANCE = 1e-5
#: Cairo's default miter limit: how far a sharp corner may reach beyond half the width.
_MITER_LIMIT = 10
#: Above this share of the frame, drawing it all is cheaper than drawing parts of it.
_WORTH_PARTS = 0.7
_MOST_PARTS = 12
#: With more changes than this, finding parts of the frame takes longer than they save.
_MOST_CHANGES = 100
#: Two boxes become one that covers so much more than they do.
_WORTH_JOINING = 1.2


@runtime_checkable
class DrawsItself(Protocol):
    """A mobject that knows a cheaper or better way onto a Cairo context than path, fill, stroke.

    It may also have a method ``drawing_state()`` that returns a value equal to
    an earlier one exactly if it would be drawn in the same way (for instance
    the bytes of its arrays). Without it the mobject counts as changed in every
    frame. And it may have a method ``drawing_reach()`` that returns how far, in
    scene units, it draws beyond the box around its points; without it, it may
    draw anywhere.
    """

    def draw_on(self, context: cairo.Context[cairo.ImageSurface]) -> None:
        """Draw on ``context``, whose user space is Manim's scene space.

        Manim's frame buffer holds blue and red exchanged: a source colour is
        given as (b, g, r, alpha).
        """


class _Sketch:
    """How one mobject is drawn, for as long as it looks as it does."""

    __slots__ = ("box", "key", "mobject")

    #: Whether anything of it can be seen.
    visible = True

    def __init__(self, mobject: Mobject, key: tuple[Any, ...]) -> None:
        self.mobject = mobject
        self.key = key
        #: What it covers of the frame; None while unknown.
        self.box: Box | None = None


class _PathSketch(_Sketch):
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
    def points(self) -> NDArray[np.float64]:
        """The points when it was made, shape (n, 3): the mobject's own may have moved on."""
        return np.frombuffer(self.key[0]).reshape(-1, 3)


class _SelfSketch(_Sketch):
    """A mobject that draws itself."""

    __slots__ = ("points", "reach")

    def __init__(self, mobject: Mobject, key: tuple[Any, ...]) -> None:
        super().__init__(mobject, key)
        reach = getattr(mobject, "drawing_reach", None)
        #: How far it reaches beyond the points, in scene units; None if nobody knows.
        self.reach: float | None = None if reach is None else reach()
        self.points = np.array(mobject.points, dtype=np.float64)


class _ForeignSketch(_Sketch):
    """What Manim's camera does not draw as a path: images, point clouds, textures."""

    __slots__ = ()


@dataclass(frozen=True)
class _Shown:
    """What the pixel array holds since the last :meth:`NNCamera.redraw`."""

    background: PixelArray
    pixels: PixelArray
    sketches: list[_Sketch]


@dataclass
class _Memory:
    sketches: dict[int, _Sketch] = field(default_factory=dict)
    matrix: tuple[float, ...] = ()
    shown: _Shown | None = None
    scratch: PixelArray | None = None


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


def _path_key(vmobject: VMobject) -> tuple[Any, ...]:
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


def _foreign_key(mobject: Mobject) -> tuple[Any, ...]:
    """Return all that decides how an image is drawn; for others, what nothing else equals."""
    if isinstance(mobject, ImageMobject):
        pixels = mobject.get_pixel_array()
        points = np.asarray(mobject.points)
        return (points.tobytes(), pixels.shape, pixels.tobytes(), mobject.resampling_algorithm)
    return (object(),)


@cache
def _draws_itself(kind: type) -> bool:
    return callable(getattr(kind, "draw_on", None))


def _close(point: list[float], reference: list[float], tolerance: float) -> bool:
    """Say whether Manim takes two points for one (:meth:`VMobject.consider_points_equals_2d`)."""
    return (
        abs(point[0] - reference[0]) <= tolerance + _RELATIVE_TOLERANCE * abs(reference[0])
    ) and (abs(point[1] - reference[1]) <= tolerance + _RELATIVE_TOLERANCE * abs(reference[1]))


def _family(mobjects: Iterable[Mobject]) -> list[Mobject]:
    """Return all members that have points, each at the last place where it occurs.

    The order is that of Manim's ``extract_mobject_family_members``. Visiting
    from the end, a member met again has had its whole family visited.
    """
    seen: set[int] = set()
    members: list[Mobject] = []

    def visit(mobject: Mobject) -> None:
        if id(mobject) in seen:
            return
        seen.add(id(mobject))
        for submobject in reversed(mobject.submobjects):
            visit(submobject)
        if mobject.get_num_points() > 0:
            members.append(mobject)

    for mobject in reversed(list(mobjects)):
        visit(mobject)
    members.reverse()
    return members


def _warp(size: tuple[int, int], corners: NDArray[np.float64]) -> list[float] | None:
    """Return the eight numbers with which PIL warps an image to a quadrilateral.

    They are the coefficients of the homography from the target to the image.

    Parameters
    ----------
    size
        Of the image, (width, height) in pixels.
    corners
        Upper left, upper right, lower left and lower right in the target, shape (4, 2).

    Returns
    -------
    list of float or None
        None where the target is too thin to hold a pixel.
    """
    outline = corners[[0, 1, 3, 2]]
    sides = np.roll(outline, -1, axis=0) - outline
    lengths = np.linalg.norm(sides, axis=1)
    longest = int(np.argmax(lengths))
    if lengths[longest] == 0:
        return None
    # As thin as Manim finds it: measured along the side before the longest.
    if abs(cross2d(sides[longest], sides[longest - 1])) / lengths[longest] < 0.5:
        return None
    width, height = size
    source = np.array([[0, 0], [width, 0], [0, height], [width, height]], dtype=np.float64)
    rows = []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    try:
        coefficients = np.linalg.solve(np.array(rows, dtype=np.float64), source.reshape(8))
    except np.linalg.LinAlgError:
        return None
    return [float(coefficient) for coefficient in coefficients]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _around(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _area(box: Box) -> int:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def _merged(boxes: Iterable[Box]) -> list[Box]:
    """Return few boxes, none overlapping another, that cover ``boxes``."""
    result: list[Box] = []
    for box in boxes:
        while touched := [other for other in result if _belong_together(box, other)]:
            box = _around([box, *touched])
            result = [other for other in result if other not in touched]
        result.append(box)
    return result


def _belong_together(one: Box, other: Box) -> bool:
    if _overlap(one, other):
        return True
    return _area(_around([one, other])) <= _WORTH_JOINING * (_area(one) + _area(other))


class NNCamera(Camera):
    """Manim's camera in less time, plus mobjects that draw themselves (:class:`DrawsItself`).

    The pictures are those of :class:`manim.Camera`, except that a mobject with
    a ``draw_on`` method is drawn by it.
    """

    # Kept out of __dict__, whose contents Manim hashes for every play.
    __slots__ = ("_memory",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._memory = _Memory()
        super().__init__(*args, **kwargs)

    @classmethod
    def like(cls, camera: Camera) -> Self:
        """Return a camera of this class with the settings, and the frame, of another."""
        result = cls.__new__(cls)
        result._memory = _Memory()
        result.__dict__.update(vars(camera))
        return result

    def redraw(self, background: PixelArray, mobjects: Iterable[Mobject]) -> list[Box]:
        """Make the frame show ``mobjects`` over ``background``, drawing only what changed.

        Parameters
        ----------
        background
            shape (pixel_height, pixel_width, 4). An array given again is taken to
            hold what it held.
        mobjects
            What to show, with families.

        Returns
        -------
        list of tuple
            The parts of the frame that may differ from the last one, as
            (left, top, right, bottom); empty if the picture is the same.
        """
        memory, pixels = self._memory, self.pixel_array
        sketches = self._sketches(self.get_mobjects_to_display(mobjects))
        shown = memory.shown
        boxes: list[Box] | None = None
        if shown and shown.background is background and shown.pixels is pixels:
            boxes = self._changes(shown.sketches, sketches)
        if boxes is None:
            np.copyto(pixels, background)
            self._draw(sketches, pixels)
            boxes = [(0, 0, self.pixel_width, self.pixel_height)]
        else:
            if memory.scratch is None or memory.scratch.shape != pixels.shape:
                memory.scratch = np.empty_like(pixels)
            # Cairo rounds differently where it clips. So what touches the boxes is drawn
            # whole, aside, and the boxes are taken from that.
            parts = [np.s_[top:bottom, left:right] for left, top, right, bottom in boxes]
            for part in parts:
                memory.scratch[part] = background[part]
            if boxes:
                self._draw(self._touching(sketches, boxes), memory.scratch)
            for part in parts:
                pixels[part] = memory.scratch[part]
        memory.shown = _Shown(background, pixels, sketches)
        return boxes

    def set_pixel_array(self, *args: Any, **kwargs: Any) -> None:
        """Set the frame, as Manim's camera does."""
        self._memory.shown = None
        super().set_pixel_array(*args, **kwargs)

    def get_mobjects_to_display(
        self,
        mobjects: Iterable[Mobject],
        include_submobjects: bool = True,
        excluded_mobjects: list[Mobject] | None = None,
    ) -> list[Mobject]:
        """Return what to draw, in drawing order."""
        if excluded_mobjects or not include_submobjects:
            return super().get_mobjects_to_display(mobjects, include_submobjects, excluded_mobjects)
        members = _family(mobjects)
        if self.use_z_index:
            members.sort(key=attrgetter("z_index"))
        return members

    def capture_mobjects(self, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
        """Draw ``mobjects`` on the frame as it is."""
        self._memory.shown = None
        displayed = self.get_mobjects_to_display(mobjects, **kwargs)
        self._draw(self._sketches(displayed), self.pixel_array)

    def display_vectorized(
        self, vmobject: VMobject, ctx: cairo.Context[cairo.ImageSurface]
    ) -> Self:
        """Draw one mobject, its own way where it has one."""
        # Not by way of _sketch: Manim itself calls this for what has a texture.
        if _draws_itself(type(vmobject)):  # type: ignore[arg-type]
            self._draw_sketch(_SelfSketch(vmobject, ()), ctx)
        else:
            self._draw_sketch(_PathSketch(vmobject, _path_key(vmobject)), ctx)
        return self

    def display_image_mobject(
        self, image_mobject: AbstractImageMobject, pixel_array: PixelArray
    ) -> None:
        """Draw an image, touching only the part of the frame it covers."""
        image = Image.fromarray(image_mobject.get_pixel_array())
        corners = self.points_to_subpixel_coords(image_mobject, image_mobject.points)
        # Manim rounds the place to whole pixels, and keeps the rest in the warp.
        whole = corners.astype(np.int64)
        left, top = whole.min(axis=0).tolist()
        width, height = (whole.max(axis=0) - (left, top)).tolist()
        warp = _warp(image.size, corners - (left, top))
        if warp is None or width <= 0 or height <= 0:
            return
        warped = image.transform(
            size=(width, height),
            method=Image.Transform.PERSPECTIVE,
            data=warp,
            resample=image_mobject.resampling_algorithm,
        )
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + width, self.pixel_width), min(top + height, self.pixel_height)
        if x0 >= x1 or y0 >= y1:
            return
        part = pixel_array[y0:y1, x0:x1]
        below = Image.fromarray(np.ascontiguousarray(part))
        above = warped.crop((x0 - left, y0 - top, x1 - left, y1 - top))
        part[:] = np.asarray(Image.alpha_composite(below, above))

    def _sketches(self, mobjects: Iterable[Mobject]) -> list[_Sketch]:
        """Return sketches of ``mobjects``, those of the last frame where nothing changed."""
        memory = self._memory
        at = self.get_cairo_context(self.pixel_array).get_matrix()
        matrix = (at.xx, at.yy, at.x0, at.y0)
        if matrix != memory.matrix:
            # Kept paths are rounded to the pixels they were made for.
            memory.sketches, memory.matrix, memory.shown = {}, matrix, None
        known = memory.sketches
        sketches = [
            self._sketch(mobject, known)
            for mobject in mobjects
            if isinstance(mobject, (VMobject, AbstractImageMobject, PMobject))
        ]
        memory.sketches = {id(sketch.mobject): sketch for sketch in sketches}
        return sketches

    def _sketch(self, mobject: Mobject, known: dict[int, _Sketch]) -> _Sketch:
        """Return the known sketch of ``mobject`` if it is valid, else a new one."""
        last = known.get(id(mobject))
        if not isinstance(mobject, VMobject):
            key = _foreign_key(mobject)
            return last if last and last.key == key else _ForeignSketch(mobject, key)
        if mobject.get_background_image():
            return _ForeignSketch(mobject, (object(),))
        if _draws_itself(type(mobject)):  # type: ignore[arg-type]
            key = (getattr(mobject, "drawing_state", object)(),)
            return last if last and last.key == key else _SelfSketch(mobject, key)
        key = _path_key(mobject)
        if last and last.key == key:
            return last
        sketch = _PathSketch(mobject, key)
        if isinstance(last, _PathSketch) and last.key[0] == key[0]:
            sketch.path, sketch.traced = last.path, last.traced
        return sketch

    def _changes(self, before: list[_Sketch], after: list[_Sketch]) -> list[Box] | None:
        """Return which parts of the frame change, or None if all should be drawn."""
        if len(before) == len(after) and all(map(is_, before, after)):
            return []
        old = {id(sketch.mobject): sketch for sketch in before}
        new = {id(sketch.mobject): sketch for sketch in after}
        if [key for key in old if key in new] != [key for key in new if key in old]:
            return None  # something went behind or before something else
        if any(isinstance(sketch, _ForeignSketch) for sketch in it.chain(before, after)):
            return None  # drawn past Cairo, which is what clips
        changed = [s for s in before if s.visible and new.get(id(s.mobject)) is not s]
        changed += [s for s in after if s.visible and old.get(id(s.mobject)) is not s]
        self._measure([*changed, *after])
        if any(sketch.box is None for sketch in changed):
            return None
        boxes = [box for sketch in changed if (box := sketch.box) and _area(box)]
        if len(boxes) <= _MOST_CHANGES:
            boxes = _merged(boxes)
        if len(boxes) > _MOST_PARTS:
            boxes = [_around(boxes)]
        area = sum(map(_area, boxes))
        return boxes if area <= _WORTH_PARTS * self.pixel_width * self.pixel_height else None

    def _touching(self, sketches: list[_Sketch], boxes: list[Box]) -> list[_Sketch]:
        """Return those of ``sketches`` that may reach into a box."""
        frame = (0, 0, self.pixel_width, self.pixel_height)
        places = np.array([sketch.box or frame for sketch in sketches]).reshape(-1, 4)
        x0, y0, x1, y1 = (side[:, None] for side in places.T)
        left, top, right, bottom = np.array(boxes).T
        near = np.array((x0 < right) & (left < x1) & (y0 < bottom) & (top < y1))
        return [sketches[i] for i in np.flatnonzero(near.any(axis=1))]

    def _measure(self, sketches: Iterable[_Sketch]) -> None:
        """Find out what each path covers of the frame (all at once: NumPy is slow to start)."""
        waiting = {
            id(sketch): sketch
            for sketch in sketches
            if sketch.box is None
            and isinstance(sketch, (_PathSketch, _SelfSketch))
            and sketch.reach is not None
        }
        if not waiting:
            return
        arrays = [sketch.points[:, :2] for sketch in waiting.values()]
        starts = np.cumsum([0, *(len(array) for array in arrays[:-1])])
        x_scale, y_scale, x_shift, y_shift = self._memory.matrix
        points = np.concatenate(arrays) * (x_scale, y_scale) + (x_shift, y_shift)
        scale = max(abs(x_scale), abs(y_scale))
        units = {_PathSketch: self.cairo_line_width_multiple, _SelfSketch: 1.0}
        reaches = [(sketch.reach or 0.0) * units[type(sketch)] for sketch in waiting.values()]
        reach = np.array(reaches)[:, None] * scale + 2
        low = np.minimum.reduceat(points, starts) - reach
        high = np.maximum.reduceat(points, starts) + reach
        size = (self.pixel_width, self.pixel_height)
        # What is not finite is not drawn; fmin and fmax make an empty box of it.
        corners = np.fmin(np.fmax(np.floor(low), 0), size).astype(int).tolist()
        opposites = np.fmin(np.fmax(np.ceil(high), 0), size).astype(int).tolist()
        for sketch, (left, top), (right, bottom) in zip(
            waiting.values(), corners, opposites, strict=True
        ):
            sketch.box = (left, top, right, bottom)

    def _draw(self, sketches: Iterable[_Sketch], pixels: PixelArray) -> None:
        for foreign, group in it.groupby(sketches, lambda s: isinstance(s, _ForeignSketch)):
            if foreign:
                mobjects = [sketch.mobject for sketch in group]
                for kind, batch in it.groupby(mobjects, self.type_or_raise):
                    self.display_funcs[kind](list(batch), pixels)
            else:
                context = self.get_cairo_context(pixels)
                for sketch in group:
                    if sketch.visible:
                        self._draw_sketch(sketch, context)

    def _draw_sketch(self, sketch: _Sketch, context: cairo.Context[cairo.ImageSurface]) -> None:
        if not isinstance(sketch, _PathSketch):
            context.save()
            context.new_path()
            sketch.mobject.draw_on(context)
            context.restore()
            return
        if sketch.path is not None:
            context.new_path()
            context.append_path(sketch.path)
        else:
            self._trace(context, sketch)
            if sketch.traced:  # it stays the same: worth keeping
                sketch.path = context.copy_path()
            sketch.traced = True
        if sketch.back is not None:
            self._stroke(context, sketch, *sketch.back)
        if sketch.fill is not None:
            _set_source(context, sketch.fill)
            context.fill_preserve()
        if sketch.front is not None:
            self._stroke(context, sketch, *sketch.front)

    def _stroke(
        self,
        context: cairo.Context[cairo.ImageSurface],
        sketch: _PathSketch,
        paint: Paint,
        width: float,
    ) -> None:
        _set_source(context, paint)
        context.set_line_width(width * self.cairo_line_width_multiple)
        context.set_line_join(sketch.join)
        context.set_line_cap(sketch.cap)
        context.stroke_preserve()

    def _trace(self, context: cairo.Context[cairo.ImageSurface], sketch: _PathSketch) -> None:
        """Make the mobject's path the context's, curve by curve."""
        vmobject = sketch.mobject
        points = vmobject.points
        if vmobject.n_points_per_cubic_curve != 4 or len(points) % 4:
            self.set_cairo_context_path(context, vmobject)
            return
        context.new_path()
        if not isfinite(np.add.reduce(points, axis=None)):
            return  # Manim draws nothing then
        curve_to = context.curve_to
        tolerance: float = vmobject.tolerance_for_point_equality
        anchors = points[:, :2].tolist()
        first: list[float] | None = None
        last: list[float] | None = None
        for start, (x1, y1), (x2, y2), end in zip(*[iter(anchors)] * 4, strict=True):
            if first is None or last is None:
                first = start
                context.move_to(*start)
            elif start != last and not _close(last, start, tolerance):
                if _close(first, last, tolerance):
                    context.close_path()
                first = start
                context.move_to(*start)
            curve_to(x1, y1, x2, y2, *end)
            last = end
        if first and last and _close(first, last, tolerance):
            context.close_path()


def _set_source(context: cairo.Context[cairo.ImageSurface], paint: Paint) -> None:
    if isinstance(paint, tuple):
        context.set_source_rgba(*paint)
    else:
        context.set_source(paint)


class PlainCamera(Camera):
    """Manim's camera as it is, but for mobjects that draw themselves.

    What :class:`NNCamera` is compared with, in pixels and in time.
    """

    def display_vectorized(
        self, vmobject: VMobject, ctx: cairo.Context[cairo.ImageSurface]
    ) -> Self:
        """Draw one mobject."""
        if isinstance(vmobject, DrawsItself):
            ctx.save()
            ctx.new_path()
            vmobject.draw_on(ctx)
            ctx.restore()
            return self
        super().display_vectorized(vmobject, ctx)
        return self


class NNMovingCamera(NNCamera, MovingCamera):
    """:class:`NNCamera` for scenes whose camera moves (:class:`manim.MovingCamera`)."""
