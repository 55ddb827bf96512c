"""What may go wrong with a scene, in words for its author."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import FrameType

import manim

import nnviz.render
from nnviz.render.names import is_users

__all__ = ["DivergedError", "HandOver", "LostError", "SceneError", "describe"]

#: Whose lines say nothing to a scene's author.
_MACHINERY = tuple(str(Path(package.__path__[0])) for package in (manim, nnviz.render))
_PYTHONS = ("<frozen ", "<string>")


class SceneError(Exception):
    """A scene raised an exception; the text is its traceback."""


class HandOver(BaseException):
    """Manim should do it by itself; the text says why."""


class LostError(Exception):
    """A process that draws died; the text says how."""


class DivergedError(Exception):
    """A scene did something else here than where it was planned."""


def describe(error: BaseException, above: bool = False) -> str:
    """Return the traceback of a scene's exception: the scene's lines, and where it was raised.

    Parameters
    ----------
    error
        Its traceback is that of the exception.
    above
        Also what called the function that caught it.
    """
    report = traceback.TracebackException.from_exception(error)
    if above:
        caught_in: FrameType | None = error.__traceback__ and error.__traceback__.tb_frame.f_back
        report.stack = traceback.StackSummary.from_list(
            [*traceback.extract_stack(caught_in), *report.stack]
        )
    lines = list(report.stack)
    last = max((i for i, line in enumerate(lines) if _is_scenes(line.filename)), default=-1)
    if isinstance(error, SyntaxError):
        last = len(lines)  # what it is about is in its text, and read by nobody's lines
    kept = [line for i, line in enumerate(lines) if i > last or _is_scenes(line.filename)]
    first = next((i for i, line in enumerate(kept) if _is_scenes(line.filename)), 0)
    report.stack = traceback.StackSummary.from_list(kept[first:])
    return "".join(report.format()).rstrip()


def _is_scenes(file: str) -> bool:
    return not file.startswith((*_MACHINERY, *_PYTHONS)) and is_users(file)
