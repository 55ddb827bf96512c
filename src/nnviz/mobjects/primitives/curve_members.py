"""The submobjects of an array of curves: a mobject a curve, or as few as possible."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from manim import Mobject, VMobject

from nnviz._manim_arrays import are_as_one, one_by_one

__all__ = ["Members", "curve_by_curve"]


def curve_by_curve(name: str, *, orders: bool = False) -> Callable[..., Any]:
    """Return a method of Manim's which goes through submobjects: here, through all curves.

    One that ``orders`` them orders those of the whole.
    """
    plain = getattr(VMobject, name)

    @wraps(plain)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        with one_by_one():
            result = plain(self, *args, **kwargs)
            if orders:
                self.members.tell_order()
            return result

    return method


class Members:
    """The submobjects of an array, or of a part of one.

    One by one they are the curves, as views, and whatever was added to them. As one there are
    none, the array being drawn and moved as a whole; where something has its own way, which
    the array's values cannot say (a tip, a gradient, a z-index, an updater), or the order is
    another, they are parts of the array, and that, in order.

    Parameters
    ----------
    array : object
        The array or part. Its attributes hold the list, so that Manim sees what changes.
    """

    def __init__(self, array: Any) -> None:
        self._array = array
        self._whole: Members = self if array.whole is array else array.whole.members
        #: Rows of a whole that have their own way; and how often there were more.
        self.apart: set[int] = set()
        self._version = 0
        #: How the list is read: curve by curve (False), as few as possible (True), or, if
        #: it is empty, as all curves in order (None); and what it was made by.
        self._form: bool | None = None
        self._made_by = 0
        self._curves: list[Any] | None = None
        array.__dict__["submobjects"] = []

    @property
    def curves(self) -> list[Any]:
        """A mobject a curve, in order."""
        if self._curves is None:
            self._curves = [self._array.whole.part(row) for row in self._array.rows]
        return self._curves

    @property
    def is_one(self) -> bool:
        """Whether the array is one mobject, now."""
        return are_as_one() and self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether the list is all curves, in order, each as in the array, and nothing else."""
        held = self._array.__dict__["submobjects"]
        if self._form is None and not held:
            return not self._apart_here()
        if self._form is not False:
            held = self._one_by_one()
        return held == self.curves and not self._apart_here()

    def current(self) -> list[Any]:
        """Return the submobjects: the list itself, which may be changed in place."""
        wanted = are_as_one()
        held: list[Any] = self._array.__dict__["submobjects"]
        if wanted:
            if self._form is None and not held and not self._apart_here():
                return held
            if self._form is True and self._made_by == self._whole._version:
                return held
        elif self._form is False:
            return held
        curves = self._one_by_one()
        if not wanted:
            return self._hold(curves, False)
        if curves == self.curves and not self._apart_here():
            return self._hold([], None)
        return self._hold(self._in_parts(curves), True)

    def set(self, mobjects: list[Any]) -> None:
        """Have these instead."""
        self._hold(self._expanded(mobjects), False)
        if self.others():
            self._stand_in_whole()

    def tell_order(self) -> None:
        """Let the whole have the curves of this part in the order in which the part has them."""
        whole = self._whole
        if whole is self:
            return
        mine = [mobject for mobject in self._one_by_one() if self._is_curve(mobject)]
        rows, order = set(self._array.rows.tolist()), iter(mine)
        held = whole._one_by_one()
        whole._hold(
            [next(order, m) if whole._is_curve(m) and m.row in rows else m for m in held], False
        )

    def others(self) -> list[Any]:
        """Return the submobjects that are no curves of the array."""
        if self._form is None:
            return list(self._array.__dict__["submobjects"])
        return [mobject for mobject in self._one_by_one() if not self._is_curve(mobject)]

    def fit(self, other: Members) -> bool:
        """Return whether the members of another array fit these, one for one."""
        if self.is_one or other.is_one:
            same_count = len(self._array) == len(other._array)
            return self.is_one and other.is_one and same_count
        mine, others = self.current(), other.current()
        return len(mine) == len(others) and all(map(_fit, mine, others))

    def apart_curves(self) -> list[Any]:
        """Return the curves that have their own way."""
        array, apart = self._array, self._whole.apart
        return [array.whole.part(k) for k in array.rows.tolist() if k in apart] if apart else []

    def own_curves(self) -> list[Any]:
        """Return the curves that have points and strokes for themselves."""
        return [curve for curve in self.apart_curves() if curve.has_values]

    def stand_apart(self, rows: Any) -> None:
        """Let some rows of the whole have their own way."""
        whole = self._whole
        rows = set(np.asarray(rows).tolist())
        if not rows <= whole.apart:
            whole.apart |= rows
            whole._version += 1

    def copy_to(self, other: Members, memo: dict[int, Any], copied: Any) -> None:
        """Let the members of a copy be as these are.

        Parameters
        ----------
        other : Members
            Those of the copy.
        memo : dict from int to object
            What was copied, as :func:`copy.deepcopy` has it.
        copied : object
            Returns a copy, as :func:`copy.deepcopy` does.
        """
        if self.is_whole:
            return
        apart = self._whole.apart
        for mine, its in zip(self.curves, other.curves, strict=True):
            if mine.row in apart:
                memo[id(mine)] = its
                its.take_over(mine, memo)
                other.stand_apart(its.rows)
        curves = self._one_by_one()
        if curves != self.curves:
            copies = {id(one): two for one, two in zip(self.curves, other.curves, strict=True)}
            held = [copies[id(m)] if id(m) in copies else copied(m, memo) for m in curves]
            other._hold(held, False)

    # ---

    def _apart_here(self) -> bool:
        """Return whether any of the rows has its own way."""
        apart = self._whole.apart
        return bool(apart) and not apart.isdisjoint(self._array.rows.tolist())

    def _hold(self, mobjects: list[Any], form: bool | None) -> list[Any]:
        self._array.__dict__["submobjects"] = mobjects
        self._form, self._made_by = form, self._whole._version
        return mobjects

    def _is_curve(self, mobject: Any) -> bool:
        return getattr(mobject, "is_single", False) and mobject.whole is self._array.whole

    def _one_by_one(self) -> list[Any]:
        """Return the members, curve by curve."""
        held: list[Any] = self._array.__dict__["submobjects"]
        if self._form is None:
            return [*self.curves, *held]
        return held if self._form is False else self._expanded(held)

    def _expanded(self, mobjects: list[Any]) -> list[Any]:
        """Return mobjects, and instead of parts of the same whole their curves."""
        result: list[Any] = []
        for mobject in mobjects:
            members: Any = None if self._is_curve(mobject) else getattr(mobject, "members", None)
            is_part = isinstance(members, Members) and members._whole is self._whole
            if is_part and not members.others():
                result += members._one_by_one()
            else:
                result.append(mobject)
        return result

    def _in_parts(self, curves: list[Any]) -> list[Any]:
        """Return mobjects, and instead of curves without a way of their own parts of the whole."""
        whole, apart = self._array.whole, self._whole.apart
        result: list[Any] = []
        rows: list[int] = []

        def end_part() -> None:
            if rows:
                result.append(whole.part(np.array(rows)) if len(rows) > 1 else whole.part(rows[0]))
                rows.clear()

        for mobject in curves:
            if self._is_curve(mobject) and mobject.row not in apart:
                rows.append(mobject.row)
            else:
                end_part()
                result.append(mobject)
        end_part()
        return result

    def _stand_in_whole(self) -> None:
        """Let the whole have this part, which has become something else, in place of its rows."""
        part, whole = self._array, self._whole
        if whole is self:
            return
        rows = set(part.rows.tolist())
        result: list[Mobject] = []
        for mobject in whole._one_by_one():
            if not (whole._is_curve(mobject) and mobject.row in rows):
                result.append(mobject)
            elif part not in result:
                result.append(part)
        whole._hold(result, False)


def _fit(one: Any, other: Any) -> bool:
    """Return whether two members of arrays fit: both have rows, as many, or neither has."""
    first, second = (getattr(mobject, "members", None) for mobject in (one, other))
    if isinstance(first, Members) and isinstance(second, Members):
        return first.fit(second)
    return not (isinstance(first, Members) or isinstance(second, Members))
