"""Which lines of a scene's file led to a play, and what they say of it."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import manim
from manim import Manager, Scene

import nnviz

__all__ = ["calling_line", "docstrings", "subcaptions_of"]

#: Seconds by which the time of a subcaption may be off: Manim rounds it.
_ROUNDING = 1e-3
_MACHINERY = tuple(str(Path(package.__path__[0])) for package in (manim, nnviz))


def calling_line(scene: Scene) -> tuple[str, int]:
    """Return file and line of the scene that called Manim; those of its class if none did."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_MACHINERY):
        if frame.f_code is Manager.construct.__code__:
            # All that was called is the library's: a scene that only says what to show.
            with contextlib.suppress(OSError, TypeError):
                kind = type(scene)
                return inspect.getfile(kind), inspect.getsourcelines(kind)[1]
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def docstrings(scene: Scene) -> tuple[str, ...]:
    """Return the docstrings of a scene's own methods that are running, outermost first."""
    found: list[str] = []
    frame = sys._getframe(1).f_back
    while frame is not None and frame.f_code is not Manager.construct.__code__:
        code = frame.f_code
        if not code.co_filename.startswith(_MACHINERY):
            for kind in type(scene).__mro__:
                method = vars(kind).get(code.co_name)
                method = inspect.unwrap(method) if callable(method) else None
                if getattr(method, "__code__", None) is code and method.__doc__:
                    found.append(inspect.cleandoc(method.__doc__))
        frame = frame.f_back
    return tuple(reversed(found))


def subcaptions_of(
    subcaptions: Iterable[Any], begins: Sequence[tuple[float, int | None]]
) -> dict[int, list[str]]:
    """Return the texts of Manim's subcaptions by the place of the play in which they begin.

    Parameters
    ----------
    subcaptions : iterable of object
        As `SceneFileWriter.subcaptions` has them.
    begins : sequence of ((float, int or None))
        When each play began, in seconds, and its place in the film; None if it is left out.
    """
    found: dict[int, list[str]] = {}
    for subcaption in subcaptions:
        start = subcaption.start.total_seconds() + _ROUNDING
        before = [place for began, place in begins if began <= start]
        place = before[-1] if before else 0
        if place is not None:
            found.setdefault(place, []).append(subcaption.content)
    return found
