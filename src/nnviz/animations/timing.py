"""Timing of Manim's animations: staggered starts, parts of the time, writing, passing flashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from manim import (
    Animation,
    AnimationGroup,
    LaggedStartMap,
    Mobject,
    ShowPassingFlash,
    VMobject,
    Write,
    linear,
    squish_rate_func,
)

from nnviz.mobjects.primitives.edge_array import EdgeArray

__all__ = ["CreateThenErase", "own_share", "staggered", "within", "write"]


def staggered(
    animation_class: Callable[..., Animation],
    group: Mobject | Iterable[Mobject],
    arguments: Callable[[Any], Iterable[Any]] | None = None,
    *,
    run_time: float = 2.0,
    share: float = 0.5,
    edge_by_edge: bool = False,
    **kwargs: Any,
) -> Animation:
    """Play one animation on every member of a group, their starts evenly staggered.

    Parameters
    ----------
    animation_class : callable
        Class, or function, that makes the animation of a member.
    group : Mobject or iterable of Mobject
        The members. Of a mobject these are its submobjects, and of edges
        (:class:`~nnviz.mobjects.primitives.edge_array.EdgeArray`) every edge. Edges move in one
        animation, which is quick; turning or scaling about a centre uses the centre of all edges.
        ``list(edges)`` are animated one by one.
    arguments : callable, optional
        Function from a member to the positional arguments of its animation; the member alone by
        default. Edges that move in one animation are one member.
    run_time : float, optional
        Seconds from the first start to the last end.
    share : float, optional
        Each member's share of the run time, in (0, 1]: member i of n starts at
        ``i / (n - 1) * (1 - share)`` of it. Manim's ``lag_ratio`` is relative to
        one member's run time instead, and so depends on how many there are.
    edge_by_edge : bool, optional
        Whether the edges of an `EdgeArray` among the members start one after the other, too.
    **kwargs
        Options of every animation, such as ``rate_func``.

    Raises
    ------
    ValueError
        If ``share`` is not in (0, 1], or the group is empty.
    """
    if isinstance(group, EdgeArray):
        group, edge_by_edge = [group] if len(group) else [], True
    members = list(group)
    if not 0 < share <= 1:
        raise ValueError(f"share must be in (0, 1], not {share}")
    if not members:
        raise ValueError("staggered() got a group with no members: there is nothing to animate")
    counts = [
        len(member) if edge_by_edge and isinstance(member, EdgeArray) else 1 for member in members
    ]
    lag = (1 - share) / (share * (sum(counts) - 1)) if sum(counts) > 1 else 0.0
    if sum(counts) == len(members):
        return LaggedStartMap(
            animation_class,  # type: ignore[arg-type]
            members,  # type: ignore[arg-type]
            arguments,
            run_time=run_time,
            lag_ratio=lag,
            **kwargs,
        )
    if "rate_func" in kwargs:
        kwargs["rate_func"] = _clamped(kwargs["rate_func"])
    plays, before = [], 0
    for member, count in zip(members, counts, strict=True):
        args = arguments(member) if arguments else (member,)
        own_lag = {"lag_ratio": lag} if count > 1 else {}
        play = animation_class(*args, run_time=run_time, **own_lag, **kwargs)
        start, length = before * lag * share, ((count - 1) * lag + 1) * share
        window = squish_rate_func(linear, start, start + length)
        plays.append(AnimationGroup(play, rate_func=window))
        before += count
    return AnimationGroup(*plays) if len(plays) > 1 else play


def own_share(share: float, k: int, count: int, length: float) -> float:
    """Return which share of its own time the k-th of several staggered movements has passed.

    Each takes a length of the whole time; the first begins with it, and the last ends with it.
    """
    lag = (1 - length) / max(1, count - 1)
    return min(max((share - k * lag) / length, 0.0), 1.0)


def within(start: float, end: float, animations: Iterable[Animation]) -> list[Animation]:
    """Return animations that are played in a part of the time, as a list of at most one group.

    Parameters
    ----------
    start, end : float
        Beginning and end of that part, as shares of the time from 0 to 1.
    animations : iterable of Animation
        The animations.
    """
    played = list(animations)
    window = squish_rate_func(linear, start, end)
    return [AnimationGroup(*played, rate_func=window)] if played else []


def _clamped(rate_func: Callable[[float], float]) -> Callable[[float], float]:
    """Return a rate function that keeps its value at 0 before that, and its value at 1 after that.

    With a ``lag_ratio``, Manim calls it with times outside of [0, 1], too.
    """
    return lambda t: rate_func(min(max(t, 0.0), 1.0))


def write(mobject: VMobject, *, run_time: float | None = None, **kwargs: Any) -> Write:
    """Write a formula or a text, in a time that fits its length.

    Parameters
    ----------
    mobject : VMobject
        The formula or text.
    run_time : float, optional
        Run time in seconds; by default 1 for fewer than 5 glyphs, 2 for fewer than 15, else 3.
    **kwargs
        For :class:`manim.Write`. By default each of 5 or more glyphs takes half of the time, and
        fewer take all of it.
    """
    glyphs = len(mobject.family_members_with_points())
    if run_time is None:
        run_time = 1.0 if glyphs < 5 else 2.0 if glyphs < 15 else 3.0
    lag = 0.0 if glyphs < 5 else 1 / (glyphs - 1)
    return Write(mobject, run_time=run_time, lag_ratio=lag, **kwargs)


class CreateThenErase(ShowPassingFlash):
    """Draw a path in the first third of the time, and erase it from its start in the last."""

    def _get_bounds(self, alpha: float) -> tuple[float, float]:
        return max(0.0, 3 * alpha - 2), min(1.0, 3 * alpha)
