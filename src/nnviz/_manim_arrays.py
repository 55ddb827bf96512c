"""Arrays of curves that Manim counts as one mobject, for a while.

To Manim an array is a group of one mobject a curve. That is right in every scene and animation, and
slow. While :func:`arrays_as_one` is in force, which our scenes and our renderer see to, Manim
counts an array as one mobject with rows, which comes to the same frames in less time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from manim import Animation, Mobject, Scene
from numpy.typing import NDArray

from nnviz._manim import PatchPoint, patched, self_drawing

__all__ = [
    "are_as_one",
    "arrays_as_one",
    "as_one",
    "one_by_one",
    "put_in_place",
    "register_array",
    "seen_once",
    "with_parts",
    "without",
]


class HasRows(Protocol):
    """What is asked of arrays, and of parts of them, that Manim is to count as one.

    Attributes
    ----------
    is_single
        Whether it is a mobject of its own, of one row.
    is_one
        Whether it is one mobject with rows, as things are.
    is_whole
        Whether all of its rows, and nothing else, are its members, in order.
    whole
        The array that it is a part of; itself, if it is no part.
    rows
        Which rows of the whole these are, shape (n,).
    """

    is_single: bool
    is_one: bool
    is_whole: bool
    whole: Any
    rows: NDArray[np.int_]

    def __len__(self) -> int: ...

    def covered(self, shown: Iterable[Any]) -> list[Any]:
        """Return the known parts, and the whole, that have nothing but what is shown."""

    def without(self, others: Sequence[Any]) -> Any:
        """Return the part that others have nothing of."""

    def around(self, part: Any) -> tuple[Any, Any]:
        """Return the parts below and above another part, without it."""

    def faces(self, other: Any) -> bool:
        """Return whether another mobject has rows that fit its own, one for one."""

    def stand_apart(self) -> None:
        """Be a group of one mobject a row from now on."""

    def interpolate_rows(self, animation: Any, others: Any, alphas: Any) -> None:
        """Do what an animation does with each row and those of others at a time of its own."""


class _Kinds(dict[type[Any], bool]):
    """Whether a class is of one of the kinds that have rows, looked up in no time."""

    def __init__(self) -> None:
        self.bases: tuple[type[Any], ...] = ()

    def __missing__(self, kind: type[Any]) -> bool:
        self[kind] = issubclass(kind, self.bases)
        return self[kind]


_is_array = _Kinds()
_as_one = False
#: Manim's methods that go through all members of a family, each of which has to be there.
_MEMBER_BY_MEMBER = (
    PatchPoint.ANCHORS,
    PatchPoint.BACKDROPS,
    PatchPoint.FADE_PIECES,
    PatchPoint.FIX_IN_FRAME,
    PatchPoint.FIX_ORIENTATION,
    PatchPoint.GRADIENT,
    PatchPoint.HANDLES,
    PatchPoint.RADIAL,
    PatchPoint.SHADE,
    PatchPoint.SHEEN,
    PatchPoint.SUBSETS,
    PatchPoint.TURN_SHEEN,
    PatchPoint.WRITE,
)


def register_array(kind: type[Any]) -> None:
    """Let Manim count each mobject of a class as one; the class has what :class:`HasRows` lists."""
    _is_array.bases = (*_is_array.bases, kind)
    _is_array.clear()


def are_as_one() -> bool:
    """Return whether an array is one mobject to its caller now."""
    return _as_one


@contextlib.contextmanager
def as_one(value: bool = True) -> Iterator[None]:
    """Let arrays be one mobject each, without a change to Manim, for who knows of rows."""
    global _as_one
    before, _as_one = _as_one, value
    try:
        yield
    finally:
        _as_one = before


def one_by_one() -> contextlib.AbstractContextManager[None]:
    """Let arrays be groups of one mobject a curve."""
    return as_one(False)


@contextlib.contextmanager
def arrays_as_one() -> Iterator[None]:
    """Let Manim count each array as one mobject with rows; afterwards Manim is as it was.

    Patched are

    - animations, which give each row its turn by ``lag_ratio``;
    - the alignment of two mobjects before one turns into the other;
    - scenes, which leave the rest of a whole on screen when a part is taken out or put on top;
    - methods that go through the members of a family: to them arrays are groups;
    - cameras, which draw arrays as such, and rows that are shown twice once.
    """
    if _as_one:
        yield
        return
    with contextlib.ExitStack() as stack:
        for point, value in (*_in_animations(), *_in_scenes(), *_in_cameras()):
            stack.enter_context(patched(point, value))
        for point in _MEMBER_BY_MEMBER:
            stack.enter_context(patched(point, _going_one_by_one(point.plain)))
        stack.enter_context(self_drawing())
        stack.enter_context(as_one())
        yield


def _going_one_by_one(plain: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(plain)
    def method(*args: Any, **kwargs: Any) -> Any:
        with one_by_one():
            return plain(*args, **kwargs)

    return method


# --- animations


def _in_animations() -> Iterator[tuple[PatchPoint, Any]]:
    plain_align, plain_color = PatchPoint.ALIGN.plain, PatchPoint.BORDER.plain

    def interpolate_mobject(self: Any, alpha: float) -> None:
        families = list(self.get_all_families_zipped())
        has_rows = [_is_array[type(family[0])] and family[0].is_one for family in families]
        pairs = list(zip(families, has_rows, strict=True))
        more = [len(family[0]) - 1 for family, rows in pairs if rows]
        total, first = len(pairs) + sum(more), 0
        for (member, *others), rows in pairs:
            if rows:
                size = len(member)
                turns = range(first, first + size) if self.lag_ratio else [first] * size
                alphas = [self.get_sub_alpha(alpha, turn, total) for turn in turns]
                member.interpolate_rows(self, others, np.array(alphas))
                first += size
            else:
                sub_alpha = self.get_sub_alpha(alpha, first, total)
                self.interpolate_submobject(member, *others, sub_alpha)
                first += 1

    def align_data(self: Mobject, other: Mobject, skip_point_alignment: bool = False) -> Mobject:
        both: tuple[Any, Any] = (self, other)
        arrays = [m for m in both if _is_array[type(m)] and not m.is_single and len(m)]
        if arrays and not (len(arrays) == 2 and arrays[0].faces(other)):
            for array in arrays:
                array.stand_apart()
        result: Mobject = plain_align(self, other, skip_point_alignment)
        return result

    def get_stroke_color(self: Any, vmobject: Any) -> Any:
        if _is_array[type(vmobject)] and vmobject.is_one and not self.stroke_color:
            return vmobject.get_stroke_colors()
        return plain_color(self, vmobject)

    yield PatchPoint.TURNS, interpolate_mobject
    yield PatchPoint.ALIGN, align_data
    yield PatchPoint.BORDER, get_stroke_color


# --- cameras


def _in_cameras() -> Iterator[tuple[PatchPoint, Any]]:
    plain_display = PatchPoint.DISPLAY.plain

    def get_mobjects_to_display(self: Any, *args: Any, **kwargs: Any) -> list[Mobject]:
        return seen_once(plain_display(self, *args, **kwargs))

    yield PatchPoint.DISPLAY, get_mobjects_to_display


# --- scenes


def _in_scenes() -> Iterator[tuple[PatchPoint, Any]]:
    plain_add, plain_members = PatchPoint.ADD.plain, PatchPoint.MEMBERS.plain
    plain_moving, plain_pieces = PatchPoint.MOVING.plain, PatchPoint.PIECES.plain

    def add(self: Any, *mobjects: Mobject) -> Any:
        members = [member for mobject in mobjects for member in mobject.get_family()]
        apart = any(_is_array[type(member)] for member in members)
        for some in [(mobject,) for mobject in mobjects] if apart else [mobjects]:
            plain_add(self, *some)  # takes what it adds out of what was added before
        return self

    def get_mobject_family_members(self: Scene) -> list[Mobject]:
        members = plain_members(self)
        return members if hasattr(self, "keeps_parts") else with_parts(members, single=True)

    def get_moving_mobjects(self: Scene, *animations: Animation) -> list[Mobject]:
        moving: list[Mobject] = plain_moving(self, *animations)
        if hasattr(self, "keeps_parts"):
            return moving
        shown = set(plain_members(self))
        return [member for member in moving if member in shown]

    def get_restructured_mobject_list(
        self: Scene, mobjects: Iterable[Mobject], to_remove: Iterable[Mobject]
    ) -> list[Mobject]:
        found = None if hasattr(self, "keeps_parts") else without(mobjects, to_remove)
        return plain_pieces(self, mobjects, to_remove) if found is None else found

    yield PatchPoint.ADD, add
    yield PatchPoint.MEMBERS, get_mobject_family_members
    yield PatchPoint.MOVING, get_moving_mobjects
    yield PatchPoint.PIECES, get_restructured_mobject_list
    yield PatchPoint.REPLACE, _going_one_by_one(PatchPoint.REPLACE.plain)


def with_parts(members: Sequence[Mobject], *, single: bool = False) -> list[Mobject]:
    """Return members of a scene and the known parts of arrays that are on screen with them.

    Parameters
    ----------
    members : sequence of Mobject
        The families of all that the scene shows.
    single : bool, optional
        Whether only parts of one row are looked for, which is all that Manim knows.
    """
    arrays: list[Any] = [member for member in members if _is_array[type(member)]]
    if not arrays:
        return list(members)
    known = set(arrays)
    wholes = {id(array.whole): array.whole for array in arrays}
    parts = {
        key: [
            part
            for part in whole.covered(arrays)
            if part not in known and (part.is_single or not single)
        ]
        for key, whole in wholes.items()
    }
    result: list[Mobject] = []
    for member in members:
        if _is_array[type(member)]:
            # Before the first of its whole: what comes after a moving mobject moves, too.
            found: Any = member
            result += parts.pop(id(found.whole), ())
        result.append(member)
    return result


def seen_once(members: list[Mobject]) -> list[Mobject]:
    """Return what is drawn, where rows come more than once: each at the last of its places.

    Parameters
    ----------
    members : list of Mobject
        What is to be drawn, in order; no mobject twice.
    """
    arrays: list[Any] = [member for member in members if _is_array[type(member)]]
    wholes = [id(array.whole) for array in arrays]
    if len(set(wholes)) == len(wholes):
        return members
    seen: dict[int, NDArray[np.bool_]] = {}
    result: list[Mobject] = []
    for member in reversed(members):
        if _is_array[type(member)]:
            array = cast(Any, member)
            whole, rows = array.whole, array.rows
            there = seen.setdefault(id(whole), np.zeros(len(whole), dtype=bool))
            rest = rows[~there[rows]]
            there[rows] = True
            if len(rest) < len(rows):
                if len(rest):
                    result.append(whole.part(rest))
                continue
        result.append(member)
    return result[::-1]


def without(mobjects: Iterable[Mobject], to_remove: Iterable[Mobject]) -> list[Mobject] | None:
    """Return a scene's mobjects without some, groups and wholes that had them in pieces.

    None if there are no rows among those to remove.
    """
    removed = set(to_remove)
    taken = [mobject for mobject in removed if _is_array[type(mobject)]]
    return _without(mobjects, removed, taken) if taken else None


def put_in_place(
    mobjects: Sequence[Mobject], members: Iterable[Mobject], old: Any, new: Any
) -> Sequence[Mobject]:
    """Return a scene's mobjects so that one of them can be replaced by another.

    Rows that are on screen within a whole are taken out of it, where they are.

    Parameters
    ----------
    mobjects : sequence of Mobject
        What the scene has.
    members : iterable of Mobject
        The families of these.
    old, new : object
        What is to be replaced, and by what.
    """
    shown = set(members)
    for mobject in (new, old):
        if _is_array[type(mobject)] and mobject not in shown:
            instead = [mobject] if mobject is old else []
            mobjects = _without(mobjects, set(), [mobject], instead)
    return mobjects


class _Rows(NamedTuple):
    """Some rows of a whole."""

    whole: Any
    rows: NDArray[np.intp]


def _rows_of_each(parts: Iterable[Any]) -> list[_Rows]:
    """Return all rows of parts, by their wholes: hundreds of parts may be of one."""
    found: dict[int, list[Any]] = {}
    for part in parts:
        found.setdefault(id(part.whole), []).append(part)
    return [
        _Rows(some[0].whole, np.concatenate([part.rows for part in some]))
        for some in found.values()
    ]


def _without(
    mobjects: Iterable[Mobject],
    removed: set[Mobject],
    taken: Sequence[Mobject],
    instead: Sequence[Mobject] = (),
) -> list[Mobject]:
    """Return mobjects without some; what to have ``instead`` comes where its first row is."""
    result: list[Mobject] = []
    missing = list(instead)
    of_each = _rows_of_each(taken)

    def has_rows(mobject: Any) -> bool:
        return _is_array[type(mobject)] and mobject.is_whole and len(mobject) > 0

    def leave(mobject: Any) -> None:
        if mobject in removed:
            return
        if has_rows(mobject):
            rest = mobject.without(of_each)
            if rest is not mobject and missing:
                below, above = mobject.around(missing[0])
                result.extend(part for part in (below, *missing, above) if len(part))
                missing.clear()
            elif len(rest):
                result.append(rest)
        elif any(
            member in removed or (has_rows(member) and member.without(of_each) is not member)
            for member in mobject.get_family()
        ):
            for submobject in mobject.submobjects:
                leave(submobject)
        else:
            result.append(mobject)

    for mobject in mobjects:
        leave(mobject)
    return result
