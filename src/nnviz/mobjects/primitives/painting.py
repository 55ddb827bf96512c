"""Animations that change how something is painted, and what a number says, never where it is.

They read where they start from when their turn comes, also inside a ``LaggedStart``, and leave
points alone: what they paint may be moved, created or followed by something else meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from manim import Animation, Mobject, VMobject, interpolate

from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.pixel_image import blended

__all__ = ["FILL", "PIXELS", "STROKE", "AtItsTurn", "ChangeValue", "CountTo", "Repaint", "at_once"]

#: Attributes of Manim's mobjects that are paint: of areas, of lines, and of our images.
FILL, STROKE, PIXELS = ("fill_rgbas",), ("stroke_rgbas", "stroke_width"), ("pixels",)


class AtItsTurn(Animation):
    """An animation that does nothing before its turn, wherever it is played.

    Manim begins all animations of a group together, whenever each has its turn. One of your own
    says in :meth:`start` what it reads from the picture, and in :meth:`show` what it does.

    Parameters
    ----------
    mobject : Mobject
        Mobject that is animated.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(self, mobject: Mobject, **kwargs: Any) -> None:
        self._waits, self._has_started = True, False
        super().__init__(mobject, suspend_mobject_updating=False, **kwargs)

    def create_starting_mobject(self) -> Any:
        """Return the mobject itself: nothing of it is kept."""
        return self.mobject

    def begin(self) -> None:
        """Wait for the turn."""
        self._waits, self._has_started = True, False
        super().begin()
        self._waits = False

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the state at a share of the run time, from the turn on."""
        if self._waits:
            return
        if not self._has_started:
            self._has_started = True
            self.start()
        self.show(self.rate_func(alpha))

    def start(self) -> None:
        """Read the state of the picture."""

    def show(self, share: float) -> None:
        """Show a share of the way, from 0 to 1."""
        raise NotImplementedError


class Repaint(AtItsTurn):
    """Parts take on the paint of others: only the attributes that are named change.

    Parameters
    ----------
    mobject : Mobject
        What the parts belong to.
    parts : iterable of VMobject
        Mobject that is painted.
    names : sequence of str
        Attributes, such as `FILL`.
    targets : iterable of VMobject or callable
        As many mobjects that are painted as the parts are to be, or a function that returns them
        when the turn comes.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        mobject: Mobject,
        parts: Iterable[VMobject],
        names: Sequence[str],
        targets: Iterable[VMobject] | Callable[[], Iterable[VMobject]],
        **kwargs: Any,
    ) -> None:
        self.painted, self.names = list(parts), tuple(names)
        self._targets: Any = targets if callable(targets) else self._paint_of(targets)
        self._ends: list[Any] = []
        self._starts: list[Any] = []
        super().__init__(mobject, **kwargs)

    def start(self) -> None:
        """Keep the present paint."""
        self._starts = self._paint_of(self.painted)
        self._ends = self._paint_of(self._targets()) if callable(self._targets) else self._targets

    def show(self, share: float) -> None:
        """Mix the old paint with the new one."""
        ways = zip(self._starts, self._ends, strict=True)
        for part in self.painted:
            for name in self.names:
                first, last = next(ways)
                mix = blended if name in PIXELS else _mixed
                setattr(part, name, mix(first, last, share))

    def _paint_of(self, parts: Iterable[VMobject]) -> list[Any]:
        paint = [getattr(part, name) for part in parts for name in self.names]
        return [one.copy() if isinstance(one, np.ndarray) else one for one in paint]


class CountTo(AtItsTurn):
    """A number counts to another value, from its value when its turn comes.

    Parameters
    ----------
    number : VMobject
        A `manim.DecimalNumber` on screen.
    value : float
        At the end.
    **kwargs
        For :class:`manim.Animation`.
    """

    mobject: Any

    def __init__(self, number: VMobject, value: float, **kwargs: Any) -> None:
        self._from, self._to = 0.0, float(value)
        super().__init__(number, **kwargs)

    def start(self) -> None:
        """Keep the present number."""
        self._from = float(self.mobject.number)

    def show(self, share: float) -> None:
        """Show a number on the way."""
        self.mobject.set_value(_mixed(self._from, self._to, share))


class ChangeValue(AtItsTurn):
    """A value that a mobject shows changes evenly, from what it is when its turn comes.

    Parameters
    ----------
    mobject : Mobject
        The mobject on screen.
    name : str
        Its attribute that has the value.
    value : ndarray of float or float
        At the end.
    show : callable
        Shows a value, and keeps it.
    draw : callable, optional
        Shows a value on the way; `show` by default.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        mobject: Mobject,
        name: str,
        value: Any,
        show: Callable[[Any], object],
        draw: Callable[[Any], object] | None = None,
        **kwargs: Any,
    ) -> None:
        self._attribute, self._to = name, value
        self._show_value, self._draw_value = show, draw or show
        super().__init__(mobject, **kwargs)

    def start(self) -> None:
        """Keep the present value."""
        self._from = getattr(self.mobject, self._attribute)

    def show(self, share: float) -> None:
        """Show a value on the way, or the new one."""
        if is_end(share):
            self._show_value(self._to)
        else:
            self._draw_value(self._from + share * (self._to - self._from))


def at_once(animations: Iterable[Animation]) -> None:
    """Do what animations do, in no time."""
    for animation in animations:
        animation.begin()
        animation.finish()


def _mixed(first: Any, last: Any, share: float) -> Any:
    if is_end(share):
        return last.copy() if isinstance(last, np.ndarray) else last
    return interpolate(first, last, share)


def group_options(mobject: Mobject, anim_args: dict[str, Any] | None) -> dict[str, Any]:
    """Return options of a group of animations that leave a mobject's place alone.

    Parameters
    ----------
    mobject : Mobject
        What they animate.
    anim_args : dict from str to object or None
        What the user has given to ``.animate``, which goes before.
    """
    return {"group": mobject, "suspend_mobject_updating": False} | (anim_args or {})
