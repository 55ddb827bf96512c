"""Parts of a group by name, and state of a group that goes where its look goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar, overload

from manim import VMobject

__all__ = ["Bearer", "Part", "State", "is_end"]

_T = TypeVar("_T")


class Part(Generic[_T]):
    """A part of a group under a name. It is found by its place, so that copies have their own.

    While a group turns into another it holds both, and its parts are those of the one it was.

    Parameters
    ----------
    *place
        Index in the group, in that part of it, and so on.
    doc : str
        What the part is.
    """

    def __init__(self, *place: int, doc: str) -> None:
        self._place = place
        self.__doc__ = doc

    @overload
    def __get__(self, group: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self, group: VMobject, owner: Any = None) -> _T: ...
    def __get__(self, group: VMobject | None, owner: Any = None) -> Self | _T:
        if group is None:
            return self
        found: Any = group
        while isinstance(found.submobjects[0], type(group)):
            found = found.submobjects[0]
        for k in self._place:
            found = found.submobjects[k]
        part: _T = found
        return part


def is_end(share: float) -> bool:
    """Return whether a share of a way is all of it, up to rounding in Manim's rate functions."""
    return share > 1 - 1e-9


class _Values(dict[str, Any]):
    """The values of a bearer. They are never changed, only replaced, so that copies share them."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


class Bearer(VMobject):
    """A mobject with points that may bear values of a group which it is a part of.

    Manim's ``become``, ``Transform`` and what derives from them give the points and the paint of
    one mobject to another. Groups have no points, and Manim leaves them alone. So what a group
    shows is borne by a part of it, and goes where the look of that goes.
    """

    borne: Mapping[str, Any] = _Values()

    def interpolate_color(self, mobject1: Any, mobject2: Any, alpha: float) -> Self:
        """Take on a mixture of two others' paint, and bear what the one that is reached bears."""
        super().interpolate_color(mobject1, mobject2, alpha)
        source = mobject2 if is_end(alpha) else mobject1
        if isinstance(source, Bearer):
            self.borne = source.borne
        return self


class State(Generic[_T]):
    """An attribute of a group that goes where the group's look goes: see `Bearer`.

    The group has an attribute ``bearer``: one of its parts, or None while it has none.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._key = f"{owner.__name__}.{name}"

    @overload
    def __get__(self, group: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self, group: VMobject, owner: Any = None) -> _T: ...
    def __get__(self, group: Any, owner: Any = None) -> Self | _T:
        if group is None:
            return self
        bearer: Bearer | None = group.bearer
        known: Mapping[str, Any] = bearer.borne if bearer is not None else {}
        if self._key not in known:
            known = group.__dict__
        if self._key not in known:
            raise AttributeError(self._name)
        value: _T = known[self._key]
        return value

    def __set__(self, group: Any, value: _T) -> None:
        group.__dict__[self._key] = value  # for as long as there is no bearer
        bearer: Bearer | None = group.bearer
        if bearer is not None:
            bearer.borne = _Values({**bearer.borne, self._key: value})
