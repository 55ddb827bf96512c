"""Every private name of Manim that nnviz uses, and every place of Manim that it patches.

Manim may change these without notice, so they stand in one place, and a test says which of them
are gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeVar

import cairo
from manim import (
    Animation,
    Camera,
    DecimalNumber,
    DrawBorderThenFill,
    FadeTransformPieces,
    ManimColor,
    MarkupText,
    Mobject,
    Scene,
    ShowIncreasingSubsets,
    SVGMobject,
    Text,
    ThreeDCamera,
    VMobject,
    Write,
    config,
)
from manim._config.render_session import resolve_render_session
from manim._config.utils import config_file_paths
from manim.cli.render import commands
from manim.mobject.text import numbers, tex_mobject
from manimpango import PangoUtils, cmanimpango  # type: ignore[import-untyped]

__all__ = [
    "PatchPoint",
    "begin_self_drawing",
    "bytes_of_color",
    "check_output_name",
    "config_file_paths",
    "digit_cache",
    "forget_fonts",
    "may_have_changed_background",
    "original_of",
    "patched",
    "register_self_drawing",
    "resolve_render_session",
    "self_drawing",
    "temp_config",
    "text_of_number",
    "watched_pictures",
]

_V = TypeVar("_V", bound=VMobject)

#: Raises a ValueError if one name (``-o``) is given for several scenes.
check_output_name = commands._validate_scene_batch_output_name


#: What Manim has, by the ids of what replaces it.
_replaced: dict[int, Any] = {}


class PatchPoint(Enum):
    """A place of Manim that nnviz patches: an owner, and the name of its attribute."""

    ADD = (Scene, "add")
    ALIGN = (Mobject, "align_data")
    ANCHORS = (VMobject, "change_anchor_mode")
    BACKDROPS = (Mobject, "add_background_rectangle_to_family_members_with_points")
    BOUNDARY = (VMobject, "get_points_defining_boundary")
    BORDER = (DrawBorderThenFill, "get_stroke_color")
    COPY = (Mobject, "__deepcopy__")
    DISPLAY = (Camera, "get_mobjects_to_display")
    DRAW = (Camera, "display_vectorized")
    FADE_PIECES = (FadeTransformPieces, "begin")
    FIX_IN_FRAME = (ThreeDCamera, "add_fixed_in_frame_mobjects")
    FIX_ORIENTATION = (ThreeDCamera, "add_fixed_orientation_mobjects")
    FORMULA = (tex_mobject, "tex_to_svg_file")
    GRADIENT = (Mobject, "set_submobject_colors_by_gradient")
    HANDLES = (VMobject, "scale_handle_to_anchor_distances")
    MARKUP = (MarkupText, "_text2svg")
    MEMBERS = (Scene, "get_mobject_family_members")
    MOVING = (Scene, "get_moving_mobjects")
    PARSE = (SVGMobject, "generate_mobject")
    PIECES = (Scene, "get_restructured_mobject_list")
    RADIAL = (Mobject, "set_submobject_colors_by_radial_gradient")
    REPLACE = (Scene, "replace")
    RGBAS = (VMobject, "generate_rgbas_array")
    SHADE = (VMobject, "set_shade_in_3d")
    SHEEN = (VMobject, "set_sheen_direction")
    SUBSETS = (ShowIncreasingSubsets, "__init__")
    TEXT = (Text, "_text2svg")
    TRIM = (PangoUtils, "remove_last_M")
    TURN_SHEEN = (VMobject, "rotate_sheen_direction")
    TURNS = (Animation, "interpolate_mobject")
    WRITE = (Write, "_set_default_config_from_length")

    @property
    def owner(self) -> Any:
        """What has the attribute."""
        return self.value[0]

    @property
    def attribute(self) -> str:
        """Its name."""
        return str(self.value[1])

    @property
    def plain(self) -> Any:
        """What is there now."""
        return getattr(self.owner, self.attribute)


@contextlib.contextmanager
def patched(point: PatchPoint, value: Any) -> Iterator[None]:
    """Replace an attribute of Manim's within a ``with`` block."""
    plain = point.owner.__dict__[point.attribute]
    _put(point, value, plain)
    try:
        yield
    finally:
        _take_back(point, value, plain)


def _put(point: PatchPoint, value: Any, plain: Any) -> None:
    _replaced.setdefault(id(value), plain)
    setattr(point.owner, point.attribute, value)


def _take_back(point: PatchPoint, value: Any, plain: Any) -> None:
    setattr(point.owner, point.attribute, plain)
    if value is not plain:
        del _replaced[id(value)]


@contextlib.contextmanager
def temp_config(settings: Mapping[str, Any]) -> Iterator[None]:
    """Change Manim's configuration within a ``with`` block, as `manim.tempconfig` does.

    Manim's own takes 50 ms to take the change back, as it also sets the renderer, which gives
    more than a hundred classes their bases again.

    Parameters
    ----------
    settings : mapping of str to object
        New values by the names of options. Other names are ignored.
    """
    before, template = config.copy(), config.tex_template
    config.update({name: value for name, value in settings.items() if name in before})
    try:
        yield
    finally:
        if config.renderer != before.renderer:
            config.renderer = before.renderer
        config._d.update(before._d)
        config.tex_template = template


def original_of(method: Any) -> Any:
    """Return Manim's method that a method of nnviz replaces now, or the method itself."""
    return _replaced.get(id(method), method)


def bytes_of_color(color: ManimColor) -> bytes:
    """Return a colour with all its digits, and its opacity; Manim's hash rounds them."""
    return color._internal_value.tobytes()


def digit_cache() -> dict[Any, Any]:
    """Return Manim's cache of the digits of numbers, by their texts."""
    return numbers.string_to_mob_map


def text_of_number(number: DecimalNumber) -> str:
    """Return the text of a number on screen."""
    said: str = number._get_num_string(number.number)
    return said


def forget_fonts() -> None:
    """Let Pango look for fonts again: after the first text it ignores fonts that are added.

    On systems where the function is not found, fonts have to be added before the first text;
    manimpango adds them to each text on Windows.
    """
    with contextlib.suppress(AttributeError, OSError):
        # Of the library that manimpango uses, which is loaded already.
        forget = ctypes.CDLL(cmanimpango.__file__).pango_cairo_font_map_set_default
        forget.argtypes, forget.restype = [ctypes.c_void_p], None
        forget(None)


#: The kind of mobjects that draw themselves, and how.
_drawn: tuple[type[Any], Callable[[Any, Any, Any], None]] | None = None
#: How many users the patch of Manim's cameras has.
_self_drawing_uses = 0


def register_self_drawing(
    kind: type[_V],
    draw: Callable[[Camera, _V, cairo.Context[cairo.ImageSurface]], None],
) -> None:
    """Register the kind of mobjects that draw themselves, and the function that draws them."""
    global _drawn
    _drawn = kind, draw


def begin_self_drawing() -> None:
    """Patch Manim's cameras, and those derived from them, so that mobjects draw themselves.

    Manim itself draws nothing but a path with its fill and stroke.
    """
    global _self_drawing_uses
    _self_drawing_uses += 1
    if _self_drawing_uses > 1:
        return
    assert _drawn is not None, "no kind of mobjects is registered"
    kind, draw = _drawn
    plain = PatchPoint.DRAW.plain

    def display_vectorized(
        self: Camera, vmobject: VMobject, ctx: cairo.Context[cairo.ImageSurface]
    ) -> Camera:
        """Draw one mobject, which may draw itself."""
        if isinstance(vmobject, kind) and vmobject.draws_itself:
            draw(self, vmobject, ctx)
            return self
        result: Camera = plain(self, vmobject, ctx)
        return result

    _put(PatchPoint.DRAW, display_vectorized, plain)


def end_self_drawing() -> None:
    """End one use of the patch; after the last one Manim's cameras are as they were."""
    global _self_drawing_uses
    _self_drawing_uses -= 1
    if not _self_drawing_uses:
        _take_back(PatchPoint.DRAW, PatchPoint.DRAW.plain, original_of(PatchPoint.DRAW.plain))


@contextlib.contextmanager
def self_drawing() -> Iterator[None]:
    """Patch Manim's cameras within a ``with`` block."""
    begin_self_drawing()
    try:
        yield
    finally:
        end_self_drawing()


class _Watched:
    """An attribute of cameras that calls functions when it is read or set.

    Parameters
    ----------
    name : str
        The attribute's name.
    read : callable
        Called with a camera whose attribute is read.
    set_ : callable, optional
        Called with a camera whose attribute is set.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[Camera], None],
        set_: Callable[[Camera], None] = lambda camera: None,
    ) -> None:
        self._name, self._read, self._set = name, read, set_

    def __get__(self, camera: Camera | None, owner: type) -> Any:
        if camera is None:
            return self
        attributes = vars(camera)
        if self._name not in attributes:
            raise AttributeError(self._name)
        self._read(camera)
        return attributes[self._name]

    def __set__(self, camera: Camera, value: Any) -> None:
        vars(camera)[self._name] = value
        self._set(camera)


#: Cameras whose background was read or set since the watch began; None without a watch.
_exposed: set[int] | None = None
_CAMERAS_CODE = Camera.__init__.__code__.co_filename


def may_have_changed_background(camera: Camera) -> bool:
    """Return whether the array of a camera's background may have been written into."""
    return _exposed is None or id(camera) in _exposed


@contextlib.contextmanager
def watched_pictures(looked_at: Callable[[Camera], None]) -> Iterator[None]:
    """Call a function whenever the pixels of any camera are read, within a ``with`` block.

    Reads of backgrounds are noted, for :func:`may_have_changed_background`.
    """
    global _exposed

    def expose(camera: Camera) -> None:
        # Manim's cameras themselves make an array, and write into it then.
        if sys._getframe(2).f_code.co_filename != _CAMERAS_CODE:
            exposed.add(id(camera))

    patched_class: Any = Camera
    exposed = _exposed = set[int]()
    patched_class.pixel_array = _Watched("pixel_array", looked_at)
    patched_class.background = _Watched("background", expose, expose)
    try:
        yield
    finally:
        del patched_class.pixel_array, patched_class.background
        _exposed = None
