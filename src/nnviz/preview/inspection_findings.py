"""The kinds of findings, their thresholds and their texts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["KINDS", "Finding", "Play", "Thresholds"]


class Kind(NamedTuple):
    """A kind of finding.

    Attributes
    ----------
    unit : str
        What its size counts.
    what : str
        What it is.
    """

    unit: str
    what: str


#: By their names, all kinds of findings.
KINDS = {
    "outside": Kind("pixels", "a part is cut by the frame's edge, or a text is never seen"),
    "text-over-text": Kind("share of the ink", "a text lies over another one"),
    "text-over-edge": Kind("share of the ink", "lines cross a text"),
    "small-text": Kind("pixels", "letters are too small to be read"),
    "contrast": Kind("ratio", "a text is too like what lies under it"),
    "jump": Kind("share of the frame's width", "a part is suddenly somewhere else"),
    "empty": Kind("seconds", "nothing is seen"),
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The sizes from which something is a finding.

    Attributes
    ----------
    outside : float
        Pixels that a part may reach beyond the frame's edge.
    overlap : float
        Share of a text's ink that may lie over another text.
    crossing : float
        Share of a text's ink that lines may cross.
    text : float
        Pixels that letters have to be high.
    contrast : float
        Ratio, by WCAG, of a text to what lies under it.
    jump : float
        Share of the frame's width by which a part may jump within a frame.
    empty : float
        Seconds for which the frame may be empty.

    Raises
    ------
    ValueError
        If a limit is no number, or below 0.
    """

    outside: float = 3.0
    overlap: float = 0.05
    crossing: float = 0.05
    text: float = 6.0
    contrast: float = 3.0
    jump: float = 0.05
    empty: float = 1.5

    def __post_init__(self) -> None:
        for each in fields(self):
            value: Any = getattr(self, each.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise ValueError(
                    f"the threshold {each.name} has to be a number from 0 on, not {value!r}"
                )


class Play(NamedTuple):
    """A call of ``play`` or ``wait``.

    Attributes
    ----------
    play : int
        Number of the call; calls that are left out count, too.
    file : str
        File of the call; relative to the current folder if it is in it.
    line : int
        The line.
    start, end : float
        Seconds of the film.
    """

    play: int
    file: str
    line: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a careful viewer objects to.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`.
    play : int
        The number of the play.
    at : str
        "start" or "end" of the play, or "during" it.
    file : str
        The file with the line that played; empty where a scene plays nothing.
    line : int
        The line.
    seconds : float
        Time at which it is first seen.
    until : float
        Time at which it is last seen.
    mobjects : tuple of str
        Names of the mobjects concerned; the first one is at fault.
    size : float
        Size of the finding, in the unit of its kind.
    box : tuple of int
        Left, top, right and bottom in pixels.
    text : str
        Text of the finding.
    excepted : str or None
        Reason of the exception that allows it; None without one.
    """

    kind: str
    play: int
    at: str
    file: str
    line: int
    seconds: float
    until: float
    mobjects: tuple[str, ...]
    size: float
    box: tuple[int, int, int, int]
    text: str
    excepted: str | None = None

    def __str__(self) -> str:
        where = f"play {self.play}" + (f", {self.file}:{self.line}" if self.file else "")
        return f"{where}, {self.seconds:.1f} s: {self.text}"


def relative(file: str) -> str:
    """Return a path relative to the current folder if it is in it."""
    try:
        return Path(file).resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file
