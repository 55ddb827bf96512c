"""The state of the page: the film of the newest run, and the status of the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnviz.preview.slides import Slide, section_title, slides_of

__all__ = ["SIZES", "Film", "Play", "Rendering", "State", "short"]

#: Manim's qualities by letter: the name, the size, and the number of frames per second.
SIZES = {
    "l": ("low_quality", "480p15", 15),
    "m": ("medium_quality", "720p30", 30),
    "h": ("high_quality", "1080p60", 60),
    "p": ("production_quality", "1440p60", 60),
    "k": ("fourk_quality", "2160p60", 60),
}
#: Largest number of printed characters that are kept: the last ones.
_LONGEST_OUTPUT = 20_000


@dataclass(frozen=True, slots=True)
class Play:
    """One call of ``play`` or ``wait``.

    Attributes
    ----------
    file : str
        File of the call.
    line : int
        Line of the call.
    source : str
        Text of that line.
    section : str
        Name of the section.
    part : int
        Number of the section in the scene.
    kind : str
        Type of the section.
    is_wait : bool
        Whether nothing moves.
    docstrings : tuple of str
        Docstrings of the scene's methods that led to the call.
    frames : int
        Number of frames.
    segments : tuple of str
        Names of its segments.
    """

    file: str
    line: int
    source: str
    section: str
    part: int
    kind: str
    is_wait: bool
    docstrings: tuple[str, ...]
    frames: int
    segments: tuple[str, ...]

    @classmethod
    def of(cls, event: dict[str, Any]) -> Play:
        """Return the play that an event describes."""
        return cls(
            event["file"],
            event["line"],
            event["source"],
            event["section"],
            event["section_number"],
            event["section_type"],
            event["is_wait"],
            tuple(event["docstrings"]),
            event["frames"],
            tuple(event["segments"]),
        )


@dataclass(slots=True)
class Film:
    """The plays of a scene: those of the newest run, then the rest of the last complete run.

    Attributes
    ----------
    rate : float
        Frames per second.
    width, height : int
        Size of a frame in pixels.
    new : list of Play
        Plays of the newest run.
    old : list of Play
        Plays of the last complete run. Those that the newest run has not reached yet are shown
        after the new ones.
    subcaptions : dict of int to list of str
        Texts of subcaptions, by the place of the play in which they begin; those of the previous
        run until the newest one is recorded.
    """

    rate: float = 15.0
    width: int = 854
    height: int = 480
    new: list[Play] = field(default_factory=list)
    old: list[Play] = field(default_factory=list)
    subcaptions: dict[int, list[str]] = field(default_factory=dict)

    @property
    def plays(self) -> list[tuple[Play, bool]]:
        """All plays, and whether each is an old one."""
        rest = self.old[len(self.new) :]
        return [*((play, False) for play in self.new), *((play, True) for play in rest)]

    def shown(self) -> list[tuple[int, Play, bool]]:
        """Return the plays that have frames, the place of each, and whether it is an old one."""
        plays = enumerate(self.plays)
        return [(place, play, old) for place, (play, old) in plays if play.frames]

    def slides(self) -> list[Slide]:
        """Return the slides of the plays that are shown."""
        shown = self.shown()
        texts = [self.subcaptions.get(place, []) for place, _, _ in shown]
        return slides_of([play for _, play, _ in shown], texts)

    def begin(self) -> None:
        """Begin a run."""
        self.old, self.new = [play for play, _ in self.plays], []

    def end(self) -> None:
        """End a complete run."""
        self.old = list(self.new)


@dataclass(slots=True)
class Rendering:
    """A video that is being made in another quality.

    Attributes
    ----------
    status : str
        "", "running", "done" or "failed".
    frames : int
        Number of frames drawn.
    total : int
        Number of frames of the whole video.
    text : str
        Path of the video, or the error.
    """

    status: str = ""
    frames: int = 0
    total: int = 0
    text: str = ""


@dataclass(slots=True)
class State:
    """State of the page.

    Attributes
    ----------
    file : str
        Name of the scene's file.
    scenes : list of str
        Scenes of the file.
    scene : str or None
        The scene that is shown.
    size : str
        Size of its frames, such as "480p15".
    run : int
        Number of the newest run.
    status : str
        "starting", "running", "done" or "failed".
    doing : str
        Step of the run.
    film : Film
        Its plays.
    picture : Path or None
        Picture of a scene that plays nothing.
    error : dict or None
        The error that ended the run.
    output : str
        Text that the run has printed.
    rendering : Rendering
        The video in another quality.
    segments : dict of str to (Path, int)
        File and number of frames of each segment, by name.
    stills : dict of str to Path
        Pictures of the last frames of segments, by name.
    parts : dict of str to list
        Results of `parts_of` at the ends of segments, by name.
    """

    file: str
    size: str
    scenes: list[str] = field(default_factory=list)
    scene: str | None = None
    run: int = 0
    status: str = "starting"
    doing: str = ""
    film: Film = field(default_factory=Film)
    picture: Path | None = None
    error: dict[str, Any] | None = None
    output: str = ""
    rendering: Rendering = field(default_factory=Rendering)
    segments: dict[str, tuple[Path, int]] = field(default_factory=dict)
    stills: dict[str, Path] = field(default_factory=dict)
    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def begin(self, run: int) -> None:
        """Begin a run."""
        self.run, self.status, self.doing = run, "running", "starting"
        self.output = ""
        self.film.begin()

    def forget(self) -> None:
        """Begin with another scene."""
        self.film, self.picture, self.error = Film(), None, None
        self.segments, self.stills, self.parts = {}, {}, {}

    def say(self, text: str) -> None:
        """Add printed text."""
        self.output = (self.output + text)[-_LONGEST_OUTPUT:]

    def on_event(self, event: dict[str, Any]) -> None:
        """Update the state with an event of a run."""
        kind = event["kind"]
        if kind == "began":
            film = self.film
            film.rate, film.width, film.height = event["rate"], event["width"], event["height"]
        elif kind == "doing":
            self.doing = event["what"]
        elif kind == "still":
            self.stills[event["name"]] = Path(event["path"])
        elif kind == "parts":
            self.parts[event["name"]] = event["parts"]
        elif kind == "play":
            self.film.new.append(Play.of(event))
        elif kind == "subcaptions":
            self.film.subcaptions = {int(place): texts for place, texts in event["texts"].items()}
        elif kind == "segment":
            self.segments[event["name"]] = Path(event["path"]), event["frames"]
        elif kind == "done":
            self.status, self.doing, self.error = "done", "", None
            self.film.end()
            made = event["made"]
            is_picture = made is not None and not self.film.new and made.endswith(".png")
            self.picture = Path(made) if is_picture else None
        elif kind == "failed":
            self.status, self.doing = "failed", ""
            self.error = {key: event[key] for key in ("title", "text", "places")}

    def to_json(self) -> dict[str, Any]:
        """Return the state as it is sent to the page."""
        film = self.film
        return {
            "file": self.file,
            "size": self.size,
            "scenes": self.scenes,
            "scene": self.scene,
            "run": self.run,
            "status": self.status,
            "doing": self.doing,
            "rate": film.rate,
            "width": film.width,
            "height": film.height,
            "plays": [self._play(play, old) for _, play, old in film.shown()],
            "slides": [slide.to_json() for slide in film.slides()],
            "picture": self.picture is not None,
            "error": self._error(),
            "output": self.output,
            "rendering": {
                "status": self.rendering.status,
                "frames": self.rendering.frames,
                "total": self.rendering.total,
                "text": self.rendering.text,
            },
        }

    def _play(self, play: Play, old: bool) -> dict[str, Any]:
        return {
            "file": short(play.file),
            "line": play.line,
            "source": play.source,
            "section": section_title(play.section),
            "frames": play.frames,
            "old": old,
            "key": " ".join(play.segments),
            "still": play.segments[-1] if play.segments else "",
            "segments": [
                {"name": name, "frames": self.segments[name][1]} if name in self.segments else None
                for name in play.segments
            ],
        }

    def _error(self) -> dict[str, Any] | None:
        if self.error is None:
            return None
        places = [{**place, "file": short(place["file"])} for place in self.error["places"]]
        return {**self.error, "places": places}


def short(file: str) -> str:
    """Return a file's path relative to the current folder if the file is in it."""
    try:
        return str(Path(file).resolve().relative_to(Path.cwd()))
    except ValueError:
        return file
