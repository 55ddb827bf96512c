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
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from math import isfinite
from operator import attrgetter, is_
from typing import Any, Self

import cairo
import numpy as np
from manim import Camera, Mobject, MovingCamera, VMobject
from manim.mobject.types.image_mobject import AbstractImageMobject
from manim.mobject.types.point_cloud_mobject import PMobject
from manim.typing import PixelArray
from PIL import Image

from nnviz.camera.boxes import Box, area, around, merged
from nnviz.camera.drawing import DrawsItself, draw
from nnviz.camera.images import warp
from nnviz.camera.sketches import (
    ForeignSketch,
    Paint,
    PathSketch,
    SelfSketch,
    Sketch,
    foreign_key,
    path_key,
)

__all__ = ["QUICK", "NNCamera", "NNMovingCamera"]

#: What one camera does not have of another that it is like.
_OWN = ("pixel_array", "pixel_array_to_cairo_context")

#: NumPy's default for "close", which Manim uses to tell where a path goes on.
_RELATIVE_TOLERANCE = 1e-5
#: Above this share of the frame, drawing it all is cheaper than drawing parts of it.
_WORTH_PARTS = 0.7
_MOST_PARTS = 12
#: With more changes than this, finding parts of the frame takes longer than they save.
_MOST_CHANGES = 100


@dataclass(frozen=True)
class _Shown:
    """What the pixel array holds since the last :meth:`NNCamera.redraw`."""

    background: PixelArray
    pixels: PixelArray
    sketches: list[Sketch]


@dataclass
class _Memory:
    sketches: dict[int, Sketch] = field(default_factory=dict)
    matrix: tuple[float, ...] = ()
    shown: _Shown | None = None
    scratch: PixelArray | None = None


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


def _close(point: list[float], reference: list[float], tolerance: float) -> bool:
    """Say whether Manim takes two points for one (:meth:`VMobject.consider_points_equals_2d`)."""
    return (
        abs(point[0] - reference[0]) <= tolerance + _RELATIVE_TOLERANCE * abs(reference[0])
    ) and (abs(point[1] - reference[1]) <= tolerance + _RELATIVE_TOLERANCE * abs(reference[1]))


class NNCamera(Camera):
    """Manim's camera in less time: the pictures are those of :class:`manim.Camera`."""

    # Kept out of __dict__, whose contents Manim hashes for every play.
    __slots__ = ("_memory",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._memory = _Memory()
        super().__init__(*args, **kwargs)

    @classmethod
    def like(cls, camera: Camera) -> Self:
        """Return a camera of this class with the settings of another, and a frame of its own."""
        result = cls.__new__(cls)
        result._memory = _Memory()
        result.__dict__.update(vars(camera))
        result.pixel_array = result.pixel_array.copy()
        result.pixel_array_to_cairo_context = {}
        return result

    def follow(self, camera: Camera) -> None:
        """Take over what has been set on another camera since; keep the frame."""
        own = {name: self.__dict__[name] for name in _OWN}
        self.__dict__.update(vars(camera))
        self.__dict__.update(own)

    def redraw(
        self,
        background: PixelArray,
        mobjects: Iterable[Mobject],
        changing: Container[int] | None = None,
    ) -> list[Box]:
        """Make the frame show ``mobjects`` over ``background``, drawing only what changed.

        Parameters
        ----------
        background
            shape (pixel_height, pixel_width, 4). An array given again is taken to
            hold what it held.
        mobjects
            What to show, with families.
        changing
            Ids of the mobjects that may look different from when they were last shown; all by
            default. New ones count by themselves.

        Returns
        -------
        list of tuple
            The parts of the frame that may differ from the last one, as
            (left, top, right, bottom); empty if the picture is the same.
        """
        memory, pixels = self._memory, self.pixel_array
        sketches = self._sketches(self.get_mobjects_to_display(mobjects), changing)
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
                # Manim keeps the place of a frame on the plane from when it first drew it.
                here = self.get_cairo_context(pixels).get_matrix()
                self.get_cairo_context(memory.scratch).set_matrix(here)
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
        if isinstance(vmobject, DrawsItself):
            draw(self, vmobject, ctx)
        else:
            self._draw_sketch(PathSketch(vmobject, path_key(vmobject)), ctx)
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
        coefficients = warp(image.size, corners - (left, top))
        if coefficients is None or width <= 0 or height <= 0:
            return
        warped = image.transform(
            size=(width, height),
            method=Image.Transform.PERSPECTIVE,
            data=coefficients,
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

    def _sketches(
        self, mobjects: Iterable[Mobject], changing: Container[int] | None = None
    ) -> list[Sketch]:
        """Return sketches of ``mobjects``, those of the last frame where nothing changed."""
        memory = self._memory
        at = self.get_cairo_context(self.pixel_array).get_matrix()
        matrix = (at.xx, at.yy, at.x0, at.y0)
        if matrix != memory.matrix:
            # Kept paths are rounded to the pixels they were made for.
            memory.sketches, memory.matrix, memory.shown = {}, matrix, None
        known = memory.sketches
        sketches = []
        for mobject in mobjects:
            last = known.get(id(mobject))
            if (
                changing is not None
                and last is not None
                and id(mobject) not in changing
                and last.depends_on_itself
            ):
                sketches.append(last)
            elif isinstance(mobject, (VMobject, AbstractImageMobject, PMobject)):
                sketches.append(self._sketch(mobject, last))
        memory.sketches = {id(sketch.mobject): sketch for sketch in sketches}
        return sketches

    def _sketch(self, mobject: Mobject, last: Sketch | None) -> Sketch:
        """Return the last sketch of ``mobject`` if it is valid, else a new one."""
        if not isinstance(mobject, VMobject):
            key = foreign_key(mobject)
            return last if last and last.key == key else ForeignSketch(mobject, key)
        if mobject.get_background_image():
            return ForeignSketch(mobject, (object(),))
        if isinstance(mobject, DrawsItself):
            key = (mobject.drawing_state(),)
            return last if last and last.key == key else SelfSketch(mobject, key)
        key = path_key(mobject)
        if last and last.key == key:
            return last
        sketch = PathSketch(mobject, key)
        if isinstance(last, PathSketch) and last.key[0] == key[0]:
            sketch.path, sketch.traced = last.path, last.traced
        return sketch

    def _changes(self, before: list[Sketch], after: list[Sketch]) -> list[Box] | None:
        """Return which parts of the frame change, or None if all should be drawn."""
        if len(before) == len(after) and all(map(is_, before, after)):
            return []
        old = {id(sketch.mobject): sketch for sketch in before}
        new = {id(sketch.mobject): sketch for sketch in after}
        if [key for key in old if key in new] != [key for key in new if key in old]:
            return None  # something went behind or before something else
        if any(isinstance(sketch, ForeignSketch) for sketch in it.chain(before, after)):
            return None  # drawn past Cairo, which is what clips
        changed = [s for s in before if s.visible and new.get(id(s.mobject)) is not s]
        changed += [s for s in after if s.visible and old.get(id(s.mobject)) is not s]
        self._measure([*changed, *after])
        if any(sketch.box is None for sketch in changed):
            return None
        boxes = [box for sketch in changed if (box := sketch.box) and area(box)]
        if len(boxes) <= _MOST_CHANGES:
            boxes = merged(boxes)
        if len(boxes) > _MOST_PARTS:
            boxes = [around(boxes)]
        total = sum(map(area, boxes))
        return boxes if total <= _WORTH_PARTS * self.pixel_width * self.pixel_height else None

    def _touching(self, sketches: list[Sketch], boxes: list[Box]) -> list[Sketch]:
        """Return those of ``sketches`` that may reach into a box."""
        frame = (0, 0, self.pixel_width, self.pixel_height)
        places = np.array([sketch.box or frame for sketch in sketches]).reshape(-1, 4)
        x0, y0, x1, y1 = (side[:, None] for side in places.T)
        left, top, right, bottom = np.array(boxes).T
        near = np.array((x0 < right) & (left < x1) & (y0 < bottom) & (top < y1))
        return [sketches[i] for i in np.flatnonzero(near.any(axis=1))]

    def _measure(self, sketches: Iterable[Sketch]) -> None:
        """Find out what each path covers of the frame (all at once: NumPy is slow to start)."""
        waiting = {
            id(sketch): sketch
            for sketch in sketches
            if sketch.box is None
            and isinstance(sketch, (PathSketch, SelfSketch))
            and sketch.reach is not None
        }
        if not waiting:
            return
        arrays = [sketch.points[:, :2] for sketch in waiting.values()]
        starts = np.cumsum([0, *(len(array) for array in arrays[:-1])])
        x_scale, y_scale, x_shift, y_shift = self._memory.matrix
        points = np.concatenate(arrays) * (x_scale, y_scale) + (x_shift, y_shift)
        scale = max(abs(x_scale), abs(y_scale))
        units = {PathSketch: self.cairo_line_width_multiple, SelfSketch: 1.0}
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

    def _draw(self, sketches: Iterable[Sketch], pixels: PixelArray) -> None:
        for foreign, group in it.groupby(sketches, lambda s: isinstance(s, ForeignSketch)):
            if foreign:
                mobjects = [sketch.mobject for sketch in group]
                for kind, batch in it.groupby(mobjects, self.type_or_raise):
                    self.display_funcs[kind](list(batch), pixels)
            else:
                context = self.get_cairo_context(pixels)
                for sketch in group:
                    if sketch.visible:
                        self._draw_sketch(sketch, context)

    def _draw_sketch(self, sketch: Sketch, context: cairo.Context[cairo.ImageSurface]) -> None:
        if isinstance(sketch, SelfSketch):
            draw(self, sketch.mobject, context)
            return
        assert isinstance(sketch, PathSketch)
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
        sketch: PathSketch,
        paint: Paint,
        width: float,
    ) -> None:
        _set_source(context, paint)
        context.set_line_width(width * self.cairo_line_width_multiple)
        context.set_line_join(sketch.join)
        context.set_line_cap(sketch.cap)
        context.stroke_preserve()

    def _trace(self, context: cairo.Context[cairo.ImageSurface], sketch: PathSketch) -> None:
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


class NNMovingCamera(NNCamera, MovingCamera):
    """:class:`NNCamera` for scenes whose camera moves (:class:`manim.MovingCamera`)."""


#: By kind of camera, the one of ours that draws the same pictures in less time.
QUICK: dict[type[Camera], type[NNCamera]] = {
    Camera: NNCamera,
    MovingCamera: NNMovingCamera,
    NNCamera: NNCamera,
    NNMovingCamera: NNMovingCamera,
}
