"""One line that says what is being done to a scene, and how far it is."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from manim import config
from tqdm import tqdm  # type: ignore[import-untyped]

__all__ = ["Progress"]


class Progress:
    """A bar over the frames of a scene, as far as they are known.

    Where standard error is no terminal there is none.

    Parameters
    ----------
    name
        The scene's name.
    """

    def __init__(self, name: str) -> None:
        tqdm.monitor_interval = 0  # its thread would be lost in a fork
        self._bar = tqdm(
            total=0,
            desc=name,
            unit="frame",
            smoothing=0,  # frames come many at a time
            dynamic_ncols=True,
            leave=config.progress_bar == "leave",
            disable=True if config.progress_bar == "none" else None,
        )
        self._silent = bool(self._bar.disable)
        self._name = name

    def say_doing(self, what: str) -> None:
        """Say what is being done."""
        if not self._silent:
            self._bar.set_description(f"{self._name}, {what}")

    def expect(self, frames: int) -> None:
        """Count frames that are to come."""
        if not self._silent:
            self._bar.total += frames
            self._bar.refresh()

    def advance(self, frames: int, kept: bool = False) -> None:
        """Count frames that are there; ``kept`` ones say nothing about how long drawing takes."""
        if not self._silent:
            if kept:
                self._bar.initial += frames
            self._bar.update(frames)

    def say(self, text: str) -> None:
        """Print a line without spoiling the bar."""
        self._bar.write(text, file=sys.stderr)

    @contextlib.contextmanager
    def leave_room(self) -> Iterator[None]:
        """Let what is printed meanwhile stand on lines of its own."""
        if self._silent:
            yield
            return
        out, err = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (_Above(stream, self._bar) for stream in (out, err))
        try:
            yield
        finally:
            sys.stdout, sys.stderr = out, err

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class _Above(io.TextIOBase):
    """A stream whose lines are written above a bar; lines are written when they are complete."""

    def __init__(self, stream: TextIO, bar: Any) -> None:
        self._stream, self._bar, self._line = stream, bar, ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._bar.write(line, file=self._stream)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding
