"""All of Manim's that is not for others: every private name nnviz uses, every patch it lays on it.

Manim may change these without a word, so they stand in one place, and a test says which of them
are gone.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, TypeVar

import cairo
import numpy as np
from manim import (
    Animation,
    Camera,
    DrawBorderThenFill,
    MarkupText,
    Mobject,
    Scene,
    SVGMobject,
    Text,
    VMobject,
)
from manim._config.render_session import resolve_render_session
from manim.cli.render import commands
from manim.mobject.text import numbers, tex_mobject
from manimpango import PangoUtils  # type: ignore[import-untyped]

__all__ = [
    "Seam",
    "check_output_name",
    "digits_made",
    "heed_drawing",
    "heed_rows",
    "is_exposed",
    "patched",
    "resolve_render_session",
    "watched_pictures",
]

_V = TypeVar("_V", bound=VMobject)

#: Raises a ValueError if one name (``-o``) is given for several scenes.
check_output_name = commands._validate_scene_batch_output_name


class Seam(Enum):
    """Where nnviz puts something of its own in the place of Manim's: an owner and an attribute."""

    ADD = (Scene, "add")
    ALIGN = (Mobject, "align_data")
    BORDER = (DrawBorderThenFill, "get_stroke_color")
    COPY = (Mobject, "__deepcopy__")
    DRAW = (Camera, "display_vectorized")
    FORMULA = (tex_mobject, "tex_to_svg_file")
    MARKUP = (MarkupText, "_text2svg")
    MEMBERS = (Scene, "get_mobject_family_members")
    MOVING = (Scene, "get_moving_mobjects")
    PARSE = (SVGMobject, "generate_mobject")
    PIECES = (Scene, "get_restructured_mobject_list")
    REPLACE = (Scene, "replace")
    TEXT = (Text, "_text2svg")
    TRIM = (PangoUtils, "remove_last_M")
    TURNS = (Animation, "interpolate_mobject")

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

    def sew(self, value: Any) -> None:
        """Put something else there, for good."""
        setattr(self.owner, self.attribute, value)


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

    Seam.DRAW.sew(display_vectorized)


def heed_rows(kind: type[Any]) -> None:
    """Let a kind of mobject be to animations and scenes what a group of as many mobjects is.

    Manim knows parts of mobjects as submobjects only. Patched for good are

    - animations, which give each row of the mobject its turn by ``lag_ratio``;
    - the alignment of two mobjects before one turns into the other;
    - scenes, to which parts are on screen where their whole is, and which leave the rest of a
      whole on screen when a part is taken out, put on top, or replaced.

    Parameters
    ----------
    kind
        Of mobjects which have ``len()``, and

        - ``whole``, the mobject that this is a part of (itself, if it is no part);
        - ``covered(shown)``, of the whole and its parts all that have nothing but what is shown;
        - ``without(others)``, the part that others have nothing of;
        - ``around(part)``, the parts below and above another part, without it;
        - ``faces(other)``, whether another mobject has rows that fit its own, one for one;
        - ``become_mobjects()``, which makes it a group of mobjects, for which nothing else holds;
        - ``interpolate_rows(animation, others, alphas)``, which does what the animation does
          with each row and those of the others at a time of its own.
    """
    _heed_rows_in_animations(kind)
    _heed_rows_in_scenes(kind)


def _heed_rows_in_animations(kind: type[Any]) -> None:
    plain_align, plain_color = Seam.ALIGN.plain, Seam.BORDER.plain

    def interpolate_mobject(self: Any, alpha: float) -> None:
        families = list(self.get_all_families_zipped())
        sizes = [len(family[0]) if isinstance(family[0], kind) else 1 for family in families]
        total, first = sum(sizes), 0
        for (member, *others), size in zip(families, sizes, strict=True):
            if isinstance(member, kind):
                turns = range(first, first + size) if self.lag_ratio else [first] * size
                alphas = [self.get_sub_alpha(alpha, turn, total) for turn in turns]
                member.interpolate_rows(self, others, np.array(alphas))
            else:
                sub_alpha = self.get_sub_alpha(alpha, first, total)
                self.interpolate_submobject(member, *others, sub_alpha)
            first += size

    def align_data(self: Mobject, other: Mobject, skip_point_alignment: bool = False) -> Mobject:
        if isinstance(self, kind) and not self.faces(other):
            self.become_mobjects()
        if isinstance(other, kind) and not other.faces(self):
            if skip_point_alignment:  # a mobject is to become the other, which stays as it is
                raise TypeError(
                    f"{type(self).__name__} cannot become {type(other).__name__} of {len(other)}: "
                    f"let it become a group of mobjects, such as its lines()"
                )
            other.become_mobjects()
        result: Mobject = plain_align(self, other, skip_point_alignment)
        return result

    def get_stroke_color(self: Any, vmobject: VMobject) -> Any:
        if isinstance(vmobject, kind) and not self.stroke_color:
            return vmobject.get_stroke_colors()
        return plain_color(self, vmobject)

    Seam.TURNS.sew(interpolate_mobject)
    Seam.ALIGN.sew(align_data)
    Seam.BORDER.sew(get_stroke_color)


def _heed_rows_in_scenes(kind: type[Any]) -> None:
    plain_members, plain_moving = Seam.MEMBERS.plain, Seam.MOVING.plain
    plain_pieces, plain_replace = Seam.PIECES.plain, Seam.REPLACE.plain
    plain_add = Seam.ADD.plain

    def add(self: Any, *mobjects: Mobject) -> Any:
        members = [member for mobject in mobjects for member in mobject.get_family()]
        one_by_one = any(isinstance(member, kind) for member in members)
        for some in [(mobject,) for mobject in mobjects] if one_by_one else [mobjects]:
            plain_add(self, *some)  # takes what it adds out of what was added before
        return self

    def get_mobject_family_members(self: Scene) -> list[Mobject]:
        members = plain_members(self)
        arrays = [member for member in members if isinstance(member, kind)]
        known, result = set(arrays), []
        for member in members:
            if isinstance(member, kind):
                # Before the first of its whole: what comes after a moving mobject moves, too.
                parts = [part for part in member.covered(arrays) if part not in known]
                known.update(parts)
                result += parts
            result.append(member)
        return result

    def get_moving_mobjects(self: Scene, *animations: Animation) -> list[Mobject]:
        shown = set(plain_members(self))
        return [member for member in plain_moving(self, *animations) if member in shown]

    def get_restructured_mobject_list(
        self: Scene, mobjects: Iterable[Mobject], to_remove: Iterable[Mobject]
    ) -> list[Mobject]:
        removed = set(to_remove)
        taken = [mobject for mobject in removed if isinstance(mobject, kind)]
        if taken:
            return _without(kind, mobjects, removed, taken)
        result: list[Mobject] = plain_pieces(self, mobjects, removed)
        return result

    def replace(self: Any, old_mobject: Mobject, new_mobject: Mobject) -> None:
        for mobject in (new_mobject, old_mobject):
            if isinstance(mobject, kind) and mobject not in plain_members(self):
                # Its rows are on screen within another: take them out, where they are.
                instead = [mobject] if mobject is old_mobject else []
                self.mobjects = _without(kind, self.mobjects, set(), [mobject], instead)
        plain_replace(self, old_mobject, new_mobject)

    Seam.ADD.sew(add)
    Seam.MEMBERS.sew(get_mobject_family_members)
    Seam.MOVING.sew(get_moving_mobjects)
    Seam.PIECES.sew(get_restructured_mobject_list)
    Seam.REPLACE.sew(replace)


def _without(
    kind: type[Any],
    mobjects: Iterable[Mobject],
    removed: set[Mobject],
    taken: Sequence[Mobject],
    instead: Sequence[Mobject] = (),
) -> list[Mobject]:
    """Return a scene's mobjects without some, groups and wholes that had them in pieces.

    What to have ``instead``, a part, comes where its first row is.
    """
    result: list[Mobject] = []
    missing = list(instead)

    def leave(mobject: Any) -> None:
        if mobject in removed:
            return
        if isinstance(mobject, kind) and len(mobject):
            rest = mobject.without(taken)
            if rest is not mobject and missing:
                below, above = mobject.around(missing[0])
                result.extend(part for part in (below, *missing, above) if len(part))
                missing.clear()
            elif len(rest):
                result.append(rest)
        elif any(
            member in removed
            or (isinstance(member, kind) and len(member) and member.without(taken) is not member)
            for member in mobject.get_family()
        ):
            for submobject in mobject.submobjects:
                leave(submobject)
        else:
            result.append(mobject)

    for mobject in mobjects:
        leave(mobject)
    return result


class _Watched:
    """An attribute of all cameras, whose value each has for itself, and of which uses are known.

    Parameters
    ----------
    name
        The attribute's name.
    read
        Called with a camera whose attribute somebody reads.
    set_
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
