"""Events of a scene that is being rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manim import Scene

    from nnviz.drawing.pieces import Frame

__all__ = ["Listener", "NamedBox", "RecordedPlay"]

#: A name, and left, top, width and height.
NamedBox = tuple[str, tuple[float, float, float, float]]


@dataclass(frozen=True, slots=True)
class RecordedPlay:
    """One call of ``play`` or ``wait``, as it was recorded.

    Attributes
    ----------
    play : int
        Its number; those that are left out also count.
    file : str
        The file with the line that called.
    line : int
        The line.
    section : str
        The name of the section that it is in.
    section_number : int
        Which of the scene's sections that is.
    section_type : str
        The section's type, as `manim.DefaultSectionType` has them.
    is_wait : bool
        Whether it is a wait in which nothing moves.
    docstrings : tuple of str
        Those of the scene's methods that led to the call, outermost first.
    first, last : int
        Its first frame of the film, and the one after its last.
    start, end : float
        The same in seconds.
    segments : tuple of str
        Names of the pieces that show it.
    parts : tuple of (str, tuple of float)
        Names and boxes of what the listener finds in the picture at the end: left, top, width and
        height, as shares of the frame.
    """

    play: int
    file: str
    line: int
    section: str
    section_number: int
    section_type: str
    is_wait: bool
    docstrings: tuple[str, ...]
    first: int
    last: int
    start: float
    end: float
    segments: tuple[str, ...]
    parts: tuple[NamedBox, ...] = ()


class Listener:
    """Callbacks of a render. All methods do nothing here; override those of interest."""

    def on_start(self, segments: Path) -> None:
        """Receive the folder in which the scene's segments are kept."""

    def on_stage(self, what: str) -> None:
        """Receive the stage that begins: "recording", "drawing" or "joining"."""

    def on_expected(self, frames: int) -> None:
        """Receive a number of frames that are to come."""

    def on_frames(self, frames: int, kept: bool) -> None:
        """Receive a number of finished frames; ``kept`` ones are of an earlier render."""

    def on_last_frame(self, name: str, frame: Frame) -> None:
        """Receive the last frame of a play, and the name of the piece that ends with it.

        This comes before :meth:`on_play`, and before anything of the piece is drawn.
        """

    def parts_on_screen(self, scene: Scene) -> tuple[NamedBox, ...]:
        """Return `RecordedPlay.parts` of a scene at the end of a play."""
        return ()

    def on_play(self, play: RecordedPlay) -> None:
        """Receive a play that is over. What it shows may still have to be drawn."""

    def on_subcaptions(self, texts: Mapping[int, Sequence[str]]) -> None:
        """Receive the texts of subcaptions by the play's place, when all is recorded."""

    def on_segment(self, name: str, file: Path, frames: int) -> None:
        """Receive the file of a piece, and its number of frames."""

    def on_message(self, text: str) -> None:
        """Receive a line of text for the user."""

    def on_end(self, made: Path | None) -> None:
        """Receive the path of the finished video; None if there is no file."""
