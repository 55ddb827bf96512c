"""All of Manim's that is not for others: every private name nnviz uses, every patch it lays on it.

Manim may change these without a word, so they stand in one place, and a test says which of them
are gone.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar

import cairo
from manim import Camera, MarkupText, Mobject, Scene, SVGMobject, Text, VMobject
from manim._config.output import OutputFormat
from manim._config.render_session import resolve_render_session
from manim._config.video_encoder import VideoEncoderSpec
from manim.animation.transform import _MethodAnimation
from manim.cli.render import commands
from manim.mobject.text import numbers, tex_mobject
from manimpango import PangoUtils  # type: ignore[import-untyped]

__all__ = [
    "PURE_MODULES",
    "MethodAnimation",
    "OutputFormat",
    "Seam",
    "VideoEncoderSpec",
    "check_output_name",
    "digits_made",
    "heed_drawing",
    "patched",
    "resolve_render_session",
    "scenes_made",
    "watched_pictures",
]

_V = TypeVar("_V", bound=VMobject)

#: The animation that ``mobject.animate`` makes.
MethodAnimation = _MethodAnimation
#: Modules of Manim's whose functions compute with their arguments alone.
PURE_MODULES = {
    "manim.utils.bezier",
    "manim.utils.paths",
    "manim.utils.rate_functions",
    "manim.utils.simple_functions",
    "manim.utils.space_ops",
}
#: Raises a ValueError if one name (``-o``) is given for several scenes.
check_output_name = commands._validate_scene_batch_output_name


class Seam(Enum):
    """Where nnviz puts something of its own in the place of Manim's: an owner and an attribute."""

    COPY = (Mobject, "__deepcopy__")
    DRAW = (Camera, "display_vectorized")
    FORMULA = (tex_mobject, "tex_to_svg_file")
    MARKUP = (MarkupText, "_text2svg")
    PARSE = (SVGMobject, "generate_mobject")
    SCENE = (Scene, "__init__")
    TEXT = (Text, "_text2svg")
    TRIM = (PangoUtils, "remove_last_M")

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
    setattr(seam.owner, seam.attribute, value)
    try:
        yield
    finally:
        setattr(seam.owner, seam.attribute, plain)


def digits_made() -> dict[Any, Any]:
    """Return what Manim keeps of the digits of numbers, by what they say."""
    return numbers.string_to_mob_map


def heed_drawing(
    kind: type[_V],
    draw: Callable[[Camera, _V, cairo.Context[cairo.ImageSurface]], None],
) -> None:
    """Let all of Manim's cameras, and those derived from them, draw mobjects of a kind by ``draw``.

    Manim has no way to say how a mobject is drawn but its path, fill and stroke. This holds from
    now on.
    """
    plain = Seam.DRAW.plain

    def display_vectorized(
        self: Camera, vmobject: VMobject, ctx: cairo.Context[cairo.ImageSurface]
    ) -> Camera:
        """Draw one mobject, its own way where it has one."""
        if isinstance(vmobject, kind):
            draw(self, vmobject, ctx)
            return self
        result: Camera = plain(self, vmobject, ctx)
        return result

    setattr(Seam.DRAW.owner, Seam.DRAW.attribute, display_vectorized)


@contextlib.contextmanager
def scenes_made(around: Callable[[Callable[[], None]], None]) -> Iterator[None]:
    """Call a function, for a while, with what makes a scene of Manim's ready, which it has to call.

    That seeds the generators of chance.
    """
    plain = Seam.SCENE.plain

    @functools.wraps(plain)
    def init(self: Scene, *args: Any, **kwargs: Any) -> None:
        around(lambda: plain(self, *args, **kwargs))

    with patched(Seam.SCENE, init):
        yield


@contextlib.contextmanager
def watched_pictures(looked_at: Callable[[Camera], None]) -> Iterator[None]:
    """Call a function whenever somebody looks at the picture of any camera, for a while."""

    class Picture:
        """An attribute of all cameras, whose value each has for itself."""

        def __get__(self, camera: Camera | None, owner: type) -> Any:
            if camera is None:
                return self
            attributes = vars(camera)
            if "pixel_array" not in attributes:
                raise AttributeError("pixel_array")
            looked_at(camera)
            return attributes["pixel_array"]

        def __set__(self, camera: Camera, value: Any) -> None:
            vars(camera)["pixel_array"] = value

    patched_class: Any = Camera
    patched_class.pixel_array = Picture()
    try:
        yield
    finally:
        del patched_class.pixel_array
