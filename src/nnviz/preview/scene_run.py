"""Run a scene in a process of its own, and send events about it."""

from __future__ import annotations

import contextlib
import linecache
import os
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from manim import Scene, config
from PIL import Image

from nnviz._manim import temp_config
from nnviz.drawing.pieces import Frame, Screen
from nnviz.files import MediaError, time_of_change, write_whole
from nnviz.preview.neuron_parts import parts_of
from nnviz.render.errors import REPORT, SceneError, describe, is_users
from nnviz.render.listener import Listener, NamedBox, RecordedPlay
from nnviz.render.messages import quiet
from nnviz.render.rendering import render_scene
from nnviz.render.source import import_file
from nnviz.render.workers import DrawingError, Workers, WorkersLostError

__all__ = ["Send", "run"]

#: Function that sends an event: its kind, and keyword arguments with values that fit JSON.
Send = Callable[..., None]

#: Settings of a preview, which override the configuration.
_PREVIEW = {
    "renderer": "cairo",
    "format": None,  # a video, or a picture of a scene that plays nothing
    "transparent": False,
    "save_last_frame": False,
    "disable_caching": False,
    "preview": False,
    "show_in_file_browser": False,
}
#: Lines shown before and after one that raised an exception.
_AROUND = 3
#: Most places of an exception that are shown with their lines.
_PLACES = 5
_JPEG = {"quality": 90, "subsampling": 0}
_PAUSE = 0.1  # seconds between two messages about progress


def run(request: dict[str, Any], send: Send) -> None:
    """Carry out a request.

    Parameters
    ----------
    request : dict of str to object
        ``file`` and ``scene``; ``quality``, Manim's name of it; ``jobs``, the number of processes
        that draw; ``preview``, whether to send events for a preview, or only make the video.
    send : Send
        Function that sends an event. The event that ends the run is "done" or "failed".
    """
    # A new process has new random numbers; a fork would repeat those of its parent.
    random.seed()
    np.random.seed()
    before = set(sys.modules)
    reads = _Reads(Path(request["file"]).parent, before)
    try:
        with Workers(request["jobs"] - 1) as workers, quiet(), reads.noted():
            _render(request, workers, send, lambda: send("files", files=reads.files()))
    except SceneError as error:
        send("failed", **_error_report(error.__context__ or error, str(error)))
    except (MediaError, WorkersLostError) as error:
        send("failed", title=str(error), text="", places=[])
    except DrawingError as error:
        send("failed", title=str(error).splitlines()[-1], text=f"{error}\n{REPORT}", places=[])
    except SystemExit as error:
        send("failed", **_error_report(error, f"The scene ended Python: sys.exit({error.code!r})"))
    except Exception as error:
        send("failed", **_error_report(error, describe(error)))
    finally:
        send("files", files=reads.files())
        send("modules", names=_modules_of_others(before))


def _render(
    request: dict[str, Any], workers: Workers, send: Send, files_read: Callable[[], None]
) -> None:
    file, scene = request["file"], request["scene"]
    settings = {"quality": request["quality"]} | (_PREVIEW if request["preview"] else {})
    with temp_config(settings):
        if scene is None:  # there may be one when the file can be imported
            try:
                import_file(Path(file))
            except Exception as error:
                raise SceneError(describe(error)) from error
            send("failed", title=f"There is no scene in {Path(file).name}.", text="", places=[])
            return
        listener = _Preview(send, files_read) if request["preview"] else _Progress(send)
        made = render_scene(
            file, scene, workers=workers, listener=listener, records_first=request["preview"]
        )
    send("done", made=None if made is None else str(made.absolute()))


class _Preview(Listener):
    """Sends plays, pictures of their ends, and segments to a preview as they come."""

    def __init__(self, send: Send, files_read: Callable[[], None]) -> None:
        self._send, self._files_read = send, files_read
        self._parts: list[dict[str, Any]] = []
        self._screen = Screen()
        self._folder = Path()

    def on_start(self, segments: Path) -> None:
        """Send the size and frame rate of the film."""
        self._folder = segments
        self._send(
            "began",
            rate=float(config.frame_rate),
            width=config.pixel_width,
            height=config.pixel_height,
        )

    def on_stage(self, what: str) -> None:
        """Send the step that begins, and the files that have been read so far."""
        self._send("doing", what=what)
        if what == "recording":
            self._files_read()

    def on_last_frame(self, name: str, frame: Frame) -> None:
        """Save a picture of a play's last frame if there is none, and send its path."""
        path = self._folder / f"{name}.jpg"
        if not path.exists():
            self._screen.show(frame)
            file = BytesIO()
            Image.fromarray(self._screen.pixels[..., :3]).save(file, "JPEG", **_JPEG)
            write_whole(path, file.getvalue())
        self._send("still", name=name, path=str(path.absolute()))

    def parts_on_screen(self, scene: Scene) -> tuple[NamedBox, ...]:
        """Find neurons and what they compute."""
        self._parts = parts_of(scene)
        return tuple((part["name"], part["box"]) for part in self._parts)

    def on_play(self, play: RecordedPlay) -> None:
        """Send a play, after the parts at its end."""
        if play.segments:
            self._send("parts", name=play.segments[-1], parts=self._parts)
        self._send(
            "play",
            file=play.file,
            line=play.line,
            source=linecache.getline(play.file, play.line).strip(),
            section=play.section,
            section_number=play.section_number,
            section_type=play.section_type,
            is_wait=play.is_wait,
            docstrings=list(play.docstrings),
            frames=play.last - play.first,
            start=play.start,
            segments=list(play.segments),
        )

    def on_subcaptions(self, texts: Mapping[int, Sequence[str]]) -> None:
        """Send the subcaptions."""
        self._send("subcaptions", texts={str(place): list(some) for place, some in texts.items()})

    def on_segment(self, name: str, file: Path, frames: int) -> None:
        """Send the path of a segment."""
        self._send("segment", name=name, path=str(file.absolute()), frames=frames)

    def on_message(self, text: str) -> None:
        """Print a line."""
        print(text, flush=True)

    def on_end(self, made: Path | None) -> None:
        """Remove pictures whose segments have been removed."""
        if not self._folder.is_dir() or self._folder == Path():
            return
        names = list(self._folder.iterdir())
        kept = {path.stem.partition("-")[0] for path in names if "-" in path.stem}
        for path in names:
            if path.suffix == ".jpg" and path.stem not in kept:
                with contextlib.suppress(OSError):
                    path.unlink()


class _Progress(Listener):
    """Sends the number of frames drawn, from time to time."""

    def __init__(self, send: Send) -> None:
        self._send, self._frames, self._sent = send, 0, -_PAUSE

    def on_frames(self, frames: int, kept: bool) -> None:
        """Count frames."""
        self._frames += frames
        if time.monotonic() - self._sent > _PAUSE:
            self._send("progress", frames=self._frames)
            self._sent = time.monotonic()

    def on_message(self, text: str) -> None:
        """Print a line."""
        print(text, flush=True)


# --- files that a run depends on


class _Reads:
    """The user's files that this process reads or imports."""

    def __init__(self, folder: Path, before: set[str]) -> None:
        self._before = before
        self._folders = {os.path.realpath(folder) + os.sep, os.path.realpath(Path.cwd()) + os.sep}
        self._read: dict[str, int | None] = {}
        self._written: set[str] = set()

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Note which files are opened in a block."""
        _install_open_hook()
        _noting.append(self)
        try:
            yield
        finally:
            _noting.remove(self)

    def note(self, path: Any, mode: str | None, flags: int | None) -> None:
        """Note that a file is opened."""
        if not isinstance(path, str | bytes):
            return
        name = os.path.realpath(os.fsdecode(path))
        writes = set(mode or "") & set("wax+") if mode else (flags or 0) & (os.O_WRONLY | os.O_RDWR)
        if writes:
            # A file that a run writes must not start another run.
            self._written.add(name)
        elif name not in self._read:
            self._read[name] = time_of_change(name)

    def files(self) -> dict[str, int | None]:
        """Return the files to follow, and the time of change that each had when it was read."""
        media = os.path.realpath(config.get_dir("media_dir")) + os.sep
        found = {
            name: changed
            for name, changed in list(self._read.items())
            if name not in self._written and self._is_followed(name, media)
        }
        for name in set(sys.modules) - self._before:
            file = getattr(sys.modules.get(name), "__file__", None)
            if isinstance(file, str) and is_users(file) and not file.endswith(".pyc"):
                path = os.path.realpath(file)
                found.setdefault(path, time_of_change(path))
        return found

    def _is_followed(self, name: str, media: str) -> bool:
        real = os.path.realpath(name)
        return (
            any(real.startswith(folder) for folder in self._folders)
            and not real.startswith(media)
            and f"{os.sep}__pycache__{os.sep}" not in real
            and is_users(name)
        )


#: The objects that note opened files at the moment.
_noting: list[_Reads] = []


@cache
def _install_open_hook() -> None:
    """Install the hook that notes opened files. Python never removes an audit hook.

    There is one hook for all, because Python calls each hook for many other events, too.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            for reads in _noting:
                reads.note(*arguments)

    sys.addaudithook(hook)


def _modules_of_others(before: Iterable[str]) -> list[str]:
    """Return the names of imported modules that are not the user's."""
    old = set(before)
    found = []
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        origin = getattr(spec, "origin", None)
        if name in old or spec is None or spec.name != name or not origin:
            continue
        if origin in ("built-in", "frozen") or not is_users(origin):
            found.append(name)
    return found


# --- errors


def _error_report(error: BaseException, text: str) -> dict[str, Any]:
    """Return an exception for the page: its title, its text and its places in files."""
    title = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SystemExit):
        title = text
    places = [
        (place.filename, place.lineno or 1, place.name)
        for place in traceback.extract_tb(error.__traceback__)
        if is_users(place.filename)
    ]
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        places.append((error.filename, error.lineno, ""))
    return {
        "title": title,
        "text": text,
        "places": [_place(*place) for place in reversed(places[-_PLACES:])],
    }


def _place(file: str, line: int, function: str) -> dict[str, Any]:
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    first = max(1, line - _AROUND)
    return {
        "file": file,
        "line": line,
        "function": "" if function == "<module>" else function,
        "first": first,
        "lines": [text.rstrip("\n") for text in lines[first - 1 : line + _AROUND]],
    }
