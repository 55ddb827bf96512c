"""What may go wrong with a scene, in words for its author."""

from __future__ import annotations

import os
import sysconfig
import traceback
from functools import cache
from pathlib import Path

import manim

import nnviz

__all__ = ["REPORT", "SceneError", "describe", "is_raised_by_scene", "is_users"]

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
    error : BaseException
        Its traceback is that of the exception. Where no line of a scene is in it, or the error is
        one in nnviz, all lines are shown.
    """
    report = traceback.TracebackException.from_exception(error)
    lines = list(report.stack)
    is_ours = bool(lines) and not isinstance(error, OSError) and _is_ours(lines[-1].filename)
    if not is_ours:
        _leave_scenes_lines(report, keep_all_else=not isinstance(error, SyntaxError))
    text = "".join(report.format()).rstrip()
    return f"{text}\n\n{REPORT}" if is_ours else text


def _leave_scenes_lines(report: traceback.TracebackException, keep_all_else: bool) -> None:
    """Leave only lines of a scene, also of the exceptions before; all where there are none."""
    scenes = [line for line in report.stack if is_users(line.filename)]
    # What a syntax error is about is in its text.
    if scenes or not keep_all_else:
        report.stack = traceback.StackSummary.from_list(scenes)
    for earlier in (report.__cause__, report.__context__):
        if earlier is not None:
            _leave_scenes_lines(earlier, keep_all_else=False)


def is_raised_by_scene(error: BaseException) -> bool:
    """Return whether a line of the scene itself raised an exception."""
    lines = traceback.extract_tb(error.__traceback__)
    return bool(lines) and is_users(lines[-1].filename)


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
