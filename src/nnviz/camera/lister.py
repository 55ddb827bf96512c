"""Manim's mobjects as draw commands, which are made again only where a mobject changed.

Whether a mobject changed is decided by comparing values, as any code may write into the arrays of
points and colours.
"""

from __future__ import annotations

import itertools as it
from collections.abc import Iterable, Sequence
from operator import attrgetter, is_
from typing import Any, NamedTuple

import numpy as np
from manim import Camera, Mobject, MultiCamera, ThreeDCamera, VMobject
from manim.camera.camera import CAP_STYLE_MAP, LINE_JOIN_MAP
from manim.mobject.types.image_mobject import AbstractImageMobject, ImageMobjectFromCamera
from manim.mobject.types.point_cloud_mobject import PMobject
from manim.utils.iterables import list_difference_update
from numpy.typing import NDArray
from PIL import Image

from nnviz._manim import may_have_changed_background
from nnviz._manim_arrays import as_one, seen_once
from nnviz.camera.draws_itself import DrawsItself, check_background, place_in
from nnviz.camera.stock import draws_as_stock, is_traced_as_stock
from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.frame_commands import Raster, Solid
from nnviz.drawing.path_commands import Path
from nnviz.drawing.pixel_commands import Nested, Picture, Points, Textured

__all__ = ["Lister", "NotListedError", "family", "in_drawing_order"]

#: How many mobjects stay in the cache that are not shown any more.
_MOST_HIDDEN = 1000

_COLOR = 4 * 8  # bytes
#: How Pillow can compute pixels of an image in perspective.
_RESAMPLING = {Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC}
_CAPS = {style: int(number) for style, number in CAP_STYLE_MAP.items()}
_JOINS = {style: int(number) for style, number in LINE_JOIN_MAP.items()}


class NotListedError(Exception):
    """What a camera draws cannot be listed as commands: the camera has to draw it."""


class _Known:
    """A cache entry: a mobject, its cache key when it was last listed, and its draw commands."""

    __slots__ = ("commands", "key", "mobject")

    def __init__(self, mobject: Mobject, key: Any, commands: tuple[Command, ...]) -> None:
        self.mobject, self.key, self.commands = mobject, key, commands


def family(mobjects: Iterable[Mobject]) -> list[Mobject]:
    """Return all members that have points, each at the last place where it occurs.

    The order is that of Manim's ``extract_mobject_family_members``.
    """
    seen: set[int] = set()
    members: list[Mobject] = []

    def visit(some: list[Mobject]) -> None:
        for mobject in reversed(some):
            if id(mobject) in seen:
                continue
            seen.add(id(mobject))
            if mobject.submobjects:
                visit(mobject.submobjects)
            if mobject.get_num_points() > 0:
                members.append(mobject)

    visit(list(mobjects))
    members.reverse()
    return seen_once(members)


def in_drawing_order(mobjects: Iterable[Mobject], use_z_index: bool) -> list[Mobject]:
    """Return all members that have points, in the order in which cameras draw them."""
    members = family(mobjects)
    if use_z_index:
        members.sort(key=attrgetter("z_index"))
    return members


class Lister:
    """Makes the display lists of one camera, and caches the draw commands of mobjects."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._width_unit: float | None = None
        self._last: Layer | None = None
        #: The camera's array, what it held, and the command that draws it.
        self._background: tuple[Any, NDArray[np.uint8], Command] | None = None
        self._textures: dict[str, Raster] = {}
        self._textured_before: dict[tuple[Any, ...], Textured] = {}
        self._textured_now: dict[tuple[Any, ...], Textured] = {}
        #: For each camera within the camera, its lister.
        self._inner: dict[int, tuple[Camera, Lister]] = {}
        #: Ids of the cameras whose pixels have not been painted.
        self._unpainted: set[int] = set()
        #: Layers that the cameras within this one saw last, by their ids.
        self.seen_within: dict[int, Layer] = {}

    def displayed(
        self, camera: Camera, mobjects: Iterable[Mobject]
    ) -> list[tuple[Mobject, tuple[Command, ...]]]:
        """Return the mobjects that are drawn, in order, each with its last draw commands.

        A mobject that has not been listed yet, or is drawn together with others, has none.
        """
        with as_one():
            return [
                (member, known.commands if (known := self._known.get(id(member))) else ())
                for member in _displayed(camera, mobjects, {})
            ]

    def layer(
        self,
        camera: Camera,
        mobjects: Iterable[Mobject],
        *,
        with_background: bool = False,
        **kwargs: Any,
    ) -> Layer:
        """Return the layer that a camera would draw; the previous one if nothing changed.

        Parameters
        ----------
        camera : Camera
            The camera. Its state is afterwards as after capturing, except for its pixels.
        mobjects : iterable of Mobject
            The mobjects to capture, with their families.
        with_background : bool, optional
            Whether the camera's background is part of the layer.
        **kwargs
            As for ``camera.capture_mobjects``.

        Raises
        ------
        NotListedError
            If a method of the camera or of a mobject is not Manim's own.
        """
        if not draws_as_stock(camera):
            raise NotListedError(f"{type(camera).__name__} has a way of its own to draw")
        with as_one():
            return self._layer(camera, mobjects, with_background, kwargs)

    def _layer(
        self,
        camera: Camera,
        mobjects: Iterable[Mobject],
        with_background: bool,
        kwargs: dict[str, Any],
    ) -> Layer:
        mobjects = list(mobjects)
        self.seen_within = {}
        if isinstance(camera, MultiCamera):
            self._list_within(camera, mobjects, kwargs)
        if isinstance(camera, ThreeDCamera):
            camera.reset_rotation_matrix()
        if camera.cairo_line_width_multiple != self._width_unit:
            self._known, self._width_unit = {}, camera.cairo_line_width_multiple
        displayed = _displayed(camera, mobjects, kwargs)
        self._textured_before, self._textured_now = self._textured_now, {}
        commands = tuple(self._commands(camera, displayed))
        if len(self._known) > 2 * len(displayed) + _MOST_HIDDEN:
            shown = set(map(id, displayed))
            self._known = {key: known for key, known in self._known.items() if key in shown}
        view = _view(camera, displayed)
        background = self._background_of(camera) if with_background else None
        last = self._last
        if (
            last is not None
            and last.view == view
            and last.background is background
            and len(last.commands) == len(commands)
            and all(map(is_, last.commands, commands))
        ):
            return last
        self._last = Layer(view, background, commands)
        return self._last

    def _background_of(self, camera: Camera) -> Command:
        """Return the command that draws the background."""
        background: Any = vars(camera).get("background")
        if self._background is not None:
            array, held, command = self._background
            # Only code that has read the array can have written into it.
            if array is background and not may_have_changed_background(camera):
                return command
            if np.array_equal(held, background):
                return command
        pixels = np.array(background)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
            raise NotListedError("the background has no red, green, blue and alpha in bytes")
        first = pixels[0, 0].tolist()
        command = Solid(tuple(first)) if (pixels == pixels[0, 0]).all() else Raster(pixels)
        self._background = background, pixels, command
        return command

    def _list_within(
        self, camera: MultiCamera, mobjects: Sequence[Mobject], kwargs: dict[str, Any]
    ) -> None:
        """List what the cameras within a camera see."""
        camera.update_sub_cameras()
        for image in camera.image_mobjects_from_cameras:
            inner = image.camera
            if id(inner) in self.seen_within:
                raise NotListedError("two images show the same camera")
            seen = list(mobjects)
            if not camera.allow_cameras_to_capture_their_own_display:
                seen = list_difference_update(seen, image.get_family())
            _, lister = self._inner.setdefault(id(inner), (inner, Lister()))
            lister._unpainted = {id(each.camera) for each in camera.image_mobjects_from_cameras}
            self.seen_within[id(inner)] = lister.layer(inner, seen, with_background=True, **kwargs)

    # --- commands

    def _commands(self, camera: Camera, displayed: Sequence[Mobject]) -> list[Command]:
        known, place = self._known, _Projection.of(camera)
        list_path = self._list_path if place is None else self._list_path_in_space
        commands: list[Command] = []
        textured: list[tuple[Any, VMobject]] = []
        for mobject in displayed:
            if isinstance(mobject, VMobject) and (image := mobject.get_background_image()):
                textured.append((image, mobject))
                continue
            if textured:
                commands += self._textured(camera, textured, place)
                textured = []
            last = known.get(id(mobject))
            if isinstance(mobject, DrawsItself) and mobject.draws_itself:
                commands += self._list_drawing(camera, mobject, last, place)
            elif isinstance(mobject, VMobject):
                commands += list_path(camera, mobject, last, place)  # type: ignore[arg-type]
            elif isinstance(mobject, PMobject):
                commands += self._list_points(camera, mobject, last)
            elif isinstance(mobject, AbstractImageMobject):
                commands += self._list_image(camera, mobject, last)
        if textured:
            commands += self._textured(camera, textured, place)
        return commands

    def _keep(
        self, mobject: Mobject, key: Any, commands: tuple[Command, ...]
    ) -> tuple[Command, ...]:
        self._known[id(mobject)] = _Known(mobject, key, commands)
        return commands

    def _list_path(
        self, camera: Camera, mobject: VMobject, last: _Known | None, place: None
    ) -> tuple[Command, ...]:
        key = _path_key(mobject)
        if last is not None and last.key == key:
            return last.commands
        path = _path(camera, mobject, key[0])
        old = last.commands[0] if last is not None and last.commands else None
        if isinstance(old, Path) and old.points == path.points:
            path.trace_like(old)
        return self._keep(mobject, key, (path,))

    def _list_path_in_space(
        self, camera: ThreeDCamera, mobject: VMobject, last: _Known | None, place: _Projection
    ) -> tuple[Command, ...]:
        at = place.key(mobject)
        key = None
        if at is not None:
            # A shade is a gradient.
            ends = mobject.get_gradient_start_and_end_points() if mobject.shade_in_3d else ()
            key = (*_path_key(mobject), tuple(map(bytes, ends)), at)
        if key is not None and last is not None and last.key == key:
            return last.commands
        paints = None
        if key is not None and last is not None and last.key is not None:
            old = last.commands[0] if last.commands else None
            # Shades follow from the mobject and the light, wherever the camera is.
            alike = last.key[:-1] == key[:-1] and last.key[-1].light == key[-1].light
            if alike and isinstance(old, Path):
                paints = old.fill, old.back, old.front
        points = camera.transform_points_pre_display(mobject, mobject.points)
        path = _path(camera, mobject, np.ascontiguousarray(points, np.float64).tobytes(), paints)
        return self._keep(mobject, key, (path,))

    def _list_drawing(
        self, camera: Camera, mobject: DrawsItself, last: _Known | None, place: _Projection | None
    ) -> tuple[Command, ...]:
        check_background(camera, mobject)
        state = mobject.drawing_state()
        at = None if place is None else place.key(mobject)
        key = None if state is None or (place is not None and at is None) else (state, at)
        if key is not None and last is not None and last.key == key:
            return last.commands
        commands = tuple(mobject.draw_commands(place_in(camera, mobject)))
        return self._keep(mobject, key, commands)

    def _list_points(
        self, camera: Camera, mobject: PMobject, last: _Known | None
    ) -> tuple[Command, ...]:
        if len(mobject.points) == 0:
            return ()
        places = camera.thickened_coordinates(
            camera.points_to_pixel_coords(mobject, mobject.points),
            camera.adjusted_thickness(mobject.stroke_width),
        )
        rgbas = (camera.rgb_max_val * mobject.rgbas).astype(camera.pixel_array_dtype)
        rgbas = np.array([rgbas] * (len(places) // len(rgbas))).reshape((len(places), 4))
        places = places.astype(np.int64)
        key = (places.tobytes(), rgbas.tobytes())
        if last is not None and last.key == key:
            return last.commands
        return self._keep(mobject, key, (Points(places, rgbas),))

    def _list_image(
        self, camera: Camera, mobject: AbstractImageMobject, last: _Known | None
    ) -> tuple[Command, ...]:
        corners = camera.points_to_subpixel_coords(mobject, mobject.points)
        resampling = int(mobject.resampling_algorithm)
        if corners.shape != (4, 2) or resampling not in _RESAMPLING:
            raise NotListedError("Pillow cannot draw an image like this")
        place = (corners.tobytes(), resampling)
        if isinstance(mobject, ImageMobjectFromCamera):
            seen = self.seen_within.get(id(mobject.camera))
            if id(mobject.camera) in self._unpainted:
                raise NotListedError("a camera sees what itself or its neighbour sees")
            if seen is not None:
                mobject.pixel_array = vars(mobject.camera)["pixel_array"]
                key = (seen, place)
                if last is not None and last.key == key:
                    return last.commands
                return self._keep(mobject, key, (Nested(seen, corners, resampling),))
        pixels: NDArray[Any] = np.asarray(mobject.get_pixel_array())
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
            raise NotListedError("an image has no red, green, blue and alpha in bytes")
        command = last.commands[0] if last is not None and last.commands else None
        if last is not None and isinstance(command, Picture):
            if np.array_equal(command.pixels, pixels):
                if last.key == place:
                    return last.commands
                pixels = command.pixels
            else:
                pixels = pixels.copy()
        else:
            pixels = pixels.copy()
        plane = np.array(mobject.points[:, :2], np.float64)
        return self._keep(mobject, place, (Picture(pixels, corners, plane, resampling),))

    def _textured(
        self,
        camera: Camera,
        textured: Sequence[tuple[Any, VMobject]],
        place: _Projection | None,
    ) -> Iterable[Command]:
        """Yield the commands of mobjects with background images, grouped by image."""
        displayer = camera.get_background_colored_vmobject_displayer()
        at = camera.get_cairo_context(displayer.pixel_array).get_matrix()
        height, width = displayer.pixel_array.shape[:2]
        view = View(width, height, at.xx, at.yy, at.x0, at.y0)
        list_path = self._list_path if place is None else self._list_path_in_space
        for image, group in it.groupby(textured, lambda pair: pair[0]):
            pixels = displayer.get_background_array(image)
            raster = self._textures.get(str(image))
            if raster is None or not np.array_equal(raster.pixels, pixels):
                raster = self._textures[str(image)] = Raster(pixels.copy())
            commands: list[Command] = []
            for _, mobject in group:
                known = self._known.get(id(mobject))
                if isinstance(mobject, DrawsItself) and mobject.draws_itself:
                    commands += self._list_drawing(camera, mobject, known, place)
                else:
                    commands += list_path(camera, mobject, known, place)  # type: ignore[arg-type]
            # The same commands with the same image are the same texture.
            key = (id(raster), view, *map(id, commands))
            last = self._textured_before.get(key) or Textured(raster, view, tuple(commands))
            self._textured_now[key] = last
            yield last


class _Seen(NamedTuple):
    """How a mobject is seen: the light, and the view; the last part of its cache key."""

    light: bytes | None
    where: tuple[Any, ...]


class _Projection:
    """The state of a camera in three dimensions that draw commands depend on."""

    def __init__(self, camera: ThreeDCamera) -> None:
        self._fixed_in_frame = camera.fixed_in_frame_mobjects
        self._fixed_orientation = camera.fixed_orientation_mobjects
        numbers = [camera.get_focal_distance(), camera.get_zoom()]
        self._where = (
            np.concatenate(
                [camera.rotation_matrix.ravel(), camera.frame_center, numbers]
            ).tobytes(),
            camera.exponential_projection,
        )
        light = camera.light_source.points[0].tobytes() if camera.should_apply_shading else None
        self._light = light

    @classmethod
    def of(cls, camera: Camera) -> _Projection | None:
        return cls(camera) if isinstance(camera, ThreeDCamera) else None

    def key(self, mobject: VMobject) -> Any:
        """Return the part of a mobject's cache key for the view; None if it cannot be cached."""
        whole = mobject.whole if isinstance(mobject, DrawsItself) else mobject
        if mobject in self._fixed_orientation or whole in self._fixed_orientation:
            return None
        fixed = (mobject in self._fixed_in_frame, whole in self._fixed_in_frame)
        return _Seen(self._light, (fixed, self._where))


def _displayed(
    camera: Camera, mobjects: Iterable[Mobject], kwargs: dict[str, Any]
) -> list[Mobject]:
    """Return the mobjects to draw, in drawing order, as ``get_mobjects_to_display`` does."""
    if isinstance(camera, ThreeDCamera) or set(kwargs) - {"include_submobjects"}:
        return seen_once(list(camera.get_mobjects_to_display(mobjects, **kwargs)))
    if not kwargs.get("include_submobjects", True):
        return list(mobjects)
    return in_drawing_order(mobjects, camera.use_z_index)


def _view(camera: Camera, displayed: Iterable[Mobject]) -> View:
    width, height = int(camera.pixel_width), int(camera.pixel_height)
    if not any(isinstance(mobject, VMobject) for mobject in displayed):
        # Manim caches its context, with the frame's place on the plane, when it first draws a path.
        return View(width, height, 1.0, 1.0, 0.0, 0.0)
    at = camera.get_cairo_context(vars(camera)["pixel_array"]).get_matrix()
    return View(width, height, at.xx, at.yy, at.x0, at.y0)


def _path_key(mobject: VMobject) -> tuple[Any, ...]:
    """Return the cache key of a vectorized mobject in the plane: all that Manim draws it by."""
    fill = mobject.get_fill_rgbas()
    front = mobject.get_stroke_rgbas()
    back_width = mobject.get_stroke_width(True)
    back = mobject.get_stroke_rgbas(True) if back_width else front
    has_gradient = len(fill) > 1 or len(front) > 1 or len(back) > 1
    return (
        mobject.points.astype(np.float64, copy=False).tobytes(),
        fill.tobytes(),
        front.tobytes(),
        mobject.get_stroke_width(),
        back_width,
        back.tobytes() if back_width else b"",
        mobject.joint_type,
        mobject.cap_style,
        mobject.tolerance_for_point_equality,
        # Where a gradient begins and ends depends on the whole family.
        np.stack(mobject.get_gradient_start_and_end_points()).tobytes() if has_gradient else b"",
    )


def _path(
    camera: Camera,
    mobject: VMobject,
    points: bytes,
    paints: tuple[bytes, bytes, bytes] | None = None,
) -> Path:
    """Return a path command; ``paints`` are those of fill, back and front, if they are known."""
    if not is_traced_as_stock(mobject):
        raise NotListedError(f"{type(mobject).__name__} finds the ends of paths in its own way")
    unit = camera.cairo_line_width_multiple
    front_width, back_width = mobject.get_stroke_width(), mobject.get_stroke_width(True)
    if paints is not None:
        fill, back, front = paints
    else:
        fill = _paint(camera.get_fill_rgbas(mobject))
        front = _paint(camera.get_stroke_rgbas(mobject)) if front_width else b""
        back = _paint(camera.get_stroke_rgbas(mobject, background=True)) if back_width else b""
    ends = b""
    if max(len(fill), len(front), len(back)) > _COLOR:
        there = np.asarray(mobject.get_gradient_start_and_end_points(), np.float64)
        placed = camera.transform_points_pre_display(mobject, there)
        finite = len(placed) == 2 and np.isfinite(placed).all()
        ends = (placed[:, :2] if finite else np.zeros((2, 2))).tobytes()
    return Path(
        points,
        fill,
        back,
        front,
        float(back_width * unit),
        float(front_width * unit),
        ends,
        _JOINS[mobject.joint_type],
        _CAPS[mobject.cap_style],
        float(mobject.tolerance_for_point_equality),
    )


def _paint(rgbas: NDArray[np.float64]) -> bytes:
    """Return colours as bytes; no bytes if nothing would be seen."""
    if not (rgbas[0, 3] > 0 if len(rgbas) == 1 else (rgbas[:, 3] > 0).any()):
        return b""
    return rgbas.astype(np.float64, copy=False).tobytes()
