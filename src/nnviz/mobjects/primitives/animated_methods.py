"""Animations for methods: what ``mobject.animate.method(...)`` plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from manim import Animation, override_animate

__all__ = ["animation_for"]

_Maker = TypeVar("_Maker", bound=Callable[..., Animation])


def animation_for(method: Callable[..., Any]) -> Callable[[_Maker], _Maker]:
    """Return a decorator for the function that makes the animation of a method.

    It is Manim's ``override_animate``, whose types allow only bound methods.

    Parameters
    ----------
    method : callable
        The method, as it stands in the body of its class, or a function that becomes one.
    """
    return cast("Callable[[_Maker], _Maker]", override_animate(cast("Any", method)))
