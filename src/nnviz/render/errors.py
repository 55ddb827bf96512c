"""What may go wrong with a scene, in words for its author."""

from __future__ import annotations

import os
import sysconfig
import traceback
from functools import cache
from pathlib import Path

import manim

import nnviz

__all__ = ["REPORT", "SceneError", "describe", "is_users"]

#: Rooms of nnviz in which an exception is nnviz's own, and not an answer to what a scene asked for.
_OURS = tuple(
    str(Path(nnviz.__path__[0]) / room) + os.sep for room in ("render", "drawing", "camera")
)
#: Where an error in nnviz is to be reported.
REPORT = (
    "This is an error in nnviz, not in the scene. Please report it with the lines above, as "
    "CONTRIBUTING.md says. Until it is fixed, Manim's own command renders the scene."
)


class SceneError(Exception):
    """A scene raised an exception; the text is its traceback."""


def describe(error: BaseException) -> str:
    """Return an exception with the lines of the scene that led to it.

    Parameters
    ----------
    error
        Its traceback is that of the exception. Where no line of a scene is in it, or the error is
        one in nnviz, all lines are shown.
    """
    report = traceback.TracebackException.from_exception(error)
    lines = list(report.stack)
    is_ours = bool(lines) and not isinstance(error, OSError) and _is_ours(lines[-1].filename)
    scenes = [line for line in lines if is_users(line.filename)]
    # What a syntax error is about is in its text.
    if (scenes or isinstance(error, SyntaxError)) and not is_ours:
        report.stack = traceback.StackSummary.from_list(scenes)
    text = "".join(report.format()).rstrip()
    return f"{text}\n\n{REPORT}" if is_ours else text


def _is_ours(file: str) -> bool:
    return file.startswith(_OURS)


def is_users(file: str) -> bool:
    """Return whether a file is the user's, and not one of Python, of a package or of nnviz."""
    real = os.path.realpath(file)
    return not (
        file.startswith("<") or real.startswith(_installed()) or "site-packages" in Path(real).parts
    )


@cache
def _installed() -> tuple[str, ...]:
    """Return folders of what is installed."""
    places = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    places |= {manim.__path__[0], nnviz.__path__[0]}
    return tuple(os.path.realpath(place) + os.sep for place in places)
