"""One line that says what is being done to a scene, how far it is, and how long it will take."""

from __future__ import annotations

import builtins
import contextlib
import io
import json
import sys
import threading
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Self, TextIO

from manim import config
from tqdm import tqdm  # type: ignore[import-untyped]

from nnviz.files import write_whole
from nnviz.render.listener import Listener

__all__ = ["Progress"]

#: Where the number of a scene's frames is kept, beside its segments.
_FRAMES = "frames.json"
_FORMAT = "{desc}{n_fmt} frames, {elapsed}"
#: Where an earlier run has told how many frames there are.
_FORMAT_TO_THE_END = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} frames, {remaining} left"


class Progress(Listener):
    """A line about the frames of a scene. Where standard error is no terminal there is none.

    While it is entered, what others print stands on lines of its own.

    Parameters
    ----------
    name : str
        What it is about.
    """

    def __init__(self, name: str) -> None:
        tqdm.monitor_interval = 0  # its thread would be lost in a fork
        # Not the one that processes share: one of them may be killed while it holds it.
        tqdm.set_lock(threading.RLock())
        self._name = name
        #: Frames that are there, those that are there or to come, and those of an earlier run.
        self._frames, self._expected, self._earlier = 0, 0, 0
        self._record: Path | None = None
        self._bar = tqdm(
            desc=f"{name}, starting: ",
            bar_format=_FORMAT,
            smoothing=0,  # frames come many at a time
            dynamic_ncols=True,
            leave=config.progress_bar == "leave",
            disable=True if config.progress_bar == "none" else None,
        )
        self._silent = bool(self._bar.disable)

    def on_stage(self, what: str) -> None:
        """Say what is being done."""
        if not self._silent:
            self._bar.set_description(f"{self._name}, {what}")

    def on_start(self, segments: Path) -> None:
        """Learn from an earlier run how many frames there will be."""
        self.look_up(segments / _FRAMES)

    def on_end(self, made: Path | None) -> None:
        """Keep the number of frames for the next run, if these are all of the scene."""
        if not config.from_animation_number and config.upto_animation_number == inf:
            self.note_down()

    def look_up(self, record: Path) -> None:
        """Learn from an earlier run how many frames there will be.

        Parameters
        ----------
        record : Path
            Where :meth:`note_down` keeps the number.
        """
        self._record = record
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            self._earlier = max(0, int(json.loads(record.read_bytes())["frames"]))
        if self._earlier and not self._silent:
            self._bar.bar_format = _FORMAT_TO_THE_END
            self._bar.total = max(self._earlier, self._expected)
            self._bar.refresh()

    def note_down(self) -> None:
        """Keep the number of frames for the next run: the scene has been rendered in full."""
        if self._record is not None and self._frames != self._earlier:
            write_whole(self._record, json.dumps({"frames": self._frames}).encode())

    def on_expected(self, frames: int) -> None:
        """Count frames that are to come."""
        self._expected += frames
        if self._earlier and not self._silent:
            self._bar.total = max(self._earlier, self._expected)

    def on_frames(self, frames: int, kept: bool = False) -> None:
        """Count frames that are there; ``kept`` ones say nothing about how long drawing takes."""
        self._frames += frames
        if not self._silent:
            if kept:
                self._bar.initial += frames
            self._bar.update(frames)

    def on_message(self, text: str) -> None:
        """Print a line on standard error without spoiling this one."""
        with self.out_of_the_way():
            print(text, file=self._bar.fp if not self._silent else sys.stderr, flush=True)

    def __enter__(self) -> Self:
        self._room = contextlib.ExitStack()
        if not self._silent:
            self._room.enter_context(self._leave_room())
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()
        self._room.close()

    @contextlib.contextmanager
    def _leave_room(self) -> Iterator[None]:
        """Let what is printed, and what is asked, stand on lines of its own."""
        plain = sys.stdout, sys.stderr, builtins.input
        above = [_Above(stream, self) for stream in plain[:2]]

        def ask(prompt: object = "", /) -> str:
            ours = sys.stdout, sys.stderr
            sys.stdout, sys.stderr = plain[:2]
            try:
                with self.out_of_the_way():
                    for stream in above:
                        stream.write_rest()
                    return plain[2](prompt)
            finally:
                sys.stdout, sys.stderr = ours

        sys.stdout, sys.stderr = above
        builtins.input = ask
        try:
            yield
        finally:
            sys.stdout, sys.stderr, builtins.input = plain
            for stream in above:
                stream.write_rest(end="\n")

    def out_of_the_way(self) -> contextlib.AbstractContextManager[None]:
        """Take the line away for a while."""
        if self._silent or self._bar.disable:  # as it is when it has been closed
            return contextlib.nullcontext()
        away: contextlib.AbstractContextManager[None] = tqdm.external_write_mode(self._bar.fp)
        return away


class _Above(io.TextIOBase):
    """A stream whose lines are written above a bar; lines are written when they are complete."""

    def __init__(self, stream: TextIO, progress: Progress) -> None:
        self._stream, self._progress, self._rest = stream, progress, ""

    def write(self, text: str) -> int:
        lines, newline, rest = text.rpartition("\n")
        if newline:
            with self._progress.out_of_the_way():
                self._stream.write(self._rest + lines + newline)
                self._stream.flush()
            self._rest = ""
        self._rest += rest
        return len(text)

    def write_rest(self, end: str = "") -> None:
        """Write what is there of a line, if anything is."""
        if self._rest:
            self._stream.write(self._rest + end)
        self._stream.flush()
        self._rest = ""

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding
