"""All of Manim's that is not for others: every private name nnviz uses, every patch it lays on it.

Manim may change these without a word, so they stand in one place, and a test says which of them
are gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

import cairo
from manim import (
    Animation,
    Camera,
    DecimalNumber,
    DrawBorderThenFill,
    FadeTransformPieces,
    MarkupText,
    Mobject,
    Scene,
    ShowIncreasingSubsets,
    SVGMobject,
    Text,
    ThreeDCamera,
    VMobject,
    Write,
)
from manim._config.render_session import resolve_render_session
from manim._config.utils import config_file_paths
from manim.cli.render import commands
from manim.mobject.text import numbers, tex_mobject
from manimpango import PangoUtils, cmanimpango  # type: ignore[import-untyped]

__all__ = [
    "Seam",
    "begin_heeding_drawing",
    "check_output_name",
    "config_file_paths",
    "digits_made",
    "drawing_heeded",
    "forget_fonts",
    "heed_drawing",
    "is_exposed",
    "of_manim",
    "patched",
    "resolve_render_session",
    "text_of_number",
    "watched_pictures",
]

_V = TypeVar("_V", bound=VMobject)

#: Raises a ValueError if one name (``-o``) is given for several scenes.
check_output_name = commands._validate_scene_batch_output_name


#: Manim's own, by the ids of what is in its place.
_replaced: dict[int, Any] = {}


class Seam(Enum):
    """Where nnviz puts something of its own in the place of Manim's: an owner and an attribute."""

    ADD = (Scene, "add")
    ALIGN = (Mobject, "align_data")
    ANCHORS = (VMobject, "change_anchor_mode")
    BACKDROPS = (Mobject, "add_background_rectangle_to_family_members_with_points")
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
def patched(seam: Seam, value: Any) -> Iterator[None]:
    """Put a value in the place of Manim's for a while."""
    plain = seam.owner.__dict__[seam.attribute]
    _put(seam, value, plain)
    try:
        yield
    finally:
        _take_back(seam, value, plain)


def _put(seam: Seam, value: Any, plain: Any) -> None:
    _replaced.setdefault(id(value), plain)
    setattr(seam.owner, seam.attribute, value)


def _take_back(seam: Seam, value: Any, plain: Any) -> None:
    setattr(seam.owner, seam.attribute, plain)
    if value is not plain:
        del _replaced[id(value)]


def of_manim(method: Any) -> Any:
    """Return Manim's own method, where nnviz put one in its place for now."""
    return _replaced.get(id(method), method)


def digits_made() -> dict[Any, Any]:
    """Return what Manim keeps of the digits of numbers, by what they say."""
    return numbers.string_to_mob_map


def text_of_number(number: DecimalNumber) -> str:
    """Return what a number on screen says."""
    said: str = number._get_num_string(number.number)
    return said


def forget_fonts() -> None:
    """Let Pango look for fonts again: once a text is written, it knows no font added since.

    On systems where the function is not found, fonts have to be added before the first text;
    manimpango adds them to each text on Windows.
    """
    with contextlib.suppress(AttributeError, OSError):
        # Of the library that manimpango uses, which is loaded already.
        forget = ctypes.CDLL(cmanimpango.__file__).pango_cairo_font_map_set_default
        forget.argtypes, forget.restype = [ctypes.c_void_p], None
        forget(None)


#: What is drawn its own way, and how.
_drawn: tuple[type[Any], Callable[[Any, Any, Any], None]] | None = None
#: How many need Manim's cameras to draw it so.
_heeding = 0


def heed_drawing(
    kind: type[_V],
    draw: Callable[[Camera, _V, cairo.Context[cairo.ImageSurface]], None],
) -> None:
    """Let mobjects of a kind be drawn by ``draw`` wherever drawing is heeded."""
    global _drawn
    _drawn = kind, draw


def begin_heeding_drawing() -> None:
    """Let all of Manim's cameras, and those derived from them, draw mobjects their own way.

    Manim has no way to say how a mobject is drawn but its path, fill and stroke.
    """
    global _heeding
    _heeding += 1
    if _heeding > 1:
        return
    assert _drawn is not None, "nothing is drawn its own way"
    kind, draw = _drawn
    plain = Seam.DRAW.plain

    def display_vectorized(
        self: Camera, vmobject: VMobject, ctx: cairo.Context[cairo.ImageSurface]
    ) -> Camera:
        """Draw one mobject, its own way where it has one."""
        if isinstance(vmobject, kind) and vmobject.draws_itself:
            draw(self, vmobject, ctx)
            return self
        result: Camera = plain(self, vmobject, ctx)
        return result

    _put(Seam.DRAW, display_vectorized, plain)


def end_heeding_drawing() -> None:
    """Take one need back; with the last, Manim's cameras are as they were."""
    global _heeding
    _heeding -= 1
    if not _heeding:
        _take_back(Seam.DRAW, Seam.DRAW.plain, of_manim(Seam.DRAW.plain))


@contextlib.contextmanager
def drawing_heeded() -> Iterator[None]:
    """Let Manim's cameras draw mobjects their own way for a while."""
    begin_heeding_drawing()
    try:
        yield
    finally:
        end_heeding_drawing()


class _Watched:
    """An attribute of all cameras, whose value each has for itself, and of which uses are known.

    Parameters
    ----------
    name : str
        The attribute's name.
    read : callable
        Called with a camera whose attribute somebody reads.
    set_ : callable, optional
        Called with a camera whose attribute somebody sets.
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


#: Cameras whose backgrounds somebody has had in hand since they were watched; None without a watch.
_exposed: set[int] | None = None
_CAMERAS_CODE = Camera.__init__.__code__.co_filename


def is_exposed(camera: Camera) -> bool:
    """Return whether somebody may have written into the array of a camera's background."""
    return _exposed is None or id(camera) in _exposed


@contextlib.contextmanager
def watched_pictures(looked_at: Callable[[Camera], None]) -> Iterator[None]:
    """Call a function whenever somebody looks at the picture of any camera, for a while.

    Who looks at backgrounds is also noted, for :func:`is_exposed`.
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
