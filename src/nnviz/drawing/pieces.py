"""Pieces of a film: the display lists of a few frames, with a cache key, drawn anywhere."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import av
import cairo
import numpy as np
import PIL

import nnviz
from nnviz.drawing.canvas import Canvas, Pixels, filled
from nnviz.drawing.commands import Layer
from nnviz.drawing.pixel_boxes import Box
from nnviz.drawing.segments import Encoding, SegmentEncoder

__all__ = [
    "Frame",
    "OtherVersionError",
    "Piece",
    "Screen",
    "draw",
    "draw_packed",
    "drawing_version",
    "painted",
]

#: Length of a piece's cache key in bytes.
_NAME = 16


class OtherVersionError(Exception):
    """A piece comes from another version of the drawing code."""


class Frame(NamedTuple):
    """One frame: the layer of what stands still, and that of what moves above it.

    Attributes
    ----------
    below : Layer or None
        What stands still while other things move.
    above : Layer
        What moves. Its background is used if `below` is None.
    """

    below: Layer | None
    above: Layer


class Screen:
    """The pixels of one frame after another."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None
        self._background: tuple[bytes | None, Pixels] | None = None
        self._below: tuple[Layer, Pixels] | None = None
        self._canvases: list[Canvas] = []

    @property
    def pixels(self) -> Pixels:
        """Shape (height, width, 4): what is shown. The next frame is drawn into it."""
        return self._canvases[1].pixels

    def show(self, frame: Frame) -> list[Box]:
        """Show a frame; return the parts in which it may differ from the one before."""
        view = frame.above.view
        if self._size != (view.width, view.height):
            self._size = (view.width, view.height)
            self._background = self._below = None
            self._canvases = [Canvas(view.width, view.height) for _ in range(2)]
        if frame.below is None:
            below = self._filled(frame.above)
        elif self._below is not None and self._below[0] is frame.below:
            below = self._below[1]
        else:
            still, kept = self._canvases[0], self._below
            changed = still.show(frame.below, self._filled(frame.below))
            # Another array, by which the canvas recognises another picture.
            below = still.pixels.copy() if changed or kept is None else kept[1]
            self._below = frame.below, below
        return self._canvases[1].show(frame.above, below)

    def _filled(self, layer: Layer) -> Pixels:
        """Return the background of a layer: the same array for the same background."""
        background = layer.background
        key = background.digest if background else None
        if self._background is None or self._background[0] != key:
            self._background = key, filled(layer.view, background)
        return self._background[1]


class Piece:
    """Consecutive frames, and what they are encoded to.

    Attributes
    ----------
    encoding : Encoding
        What to encode to.
    frames : list of (Frame, int)
        Each frame, and how many times it is shown.
    count : int
        How many frames these are together.
    size : int
        Approximate size of the commands in bytes.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.frames: list[tuple[Frame, int]] = []
        self.count = self.size = 0
        self._listed: set[int] = set()

    def __reduce__(self) -> tuple[Callable[..., Piece], tuple[Any, ...]]:
        return _unpacked, (self.encoding, self.frames)

    def add(self, frame: Frame, times: int = 1) -> None:
        """Add a frame."""
        self.count += times
        if self.frames:
            last, before = self.frames[-1]
            if _looks_like(last, frame):
                self.frames[-1] = last, before + times
                return
        for layer in frame:
            if layer is None or id(layer) in self._listed:
                continue
            listed = self._listed
            new = [command for command in layer.commands if id(command) not in listed]
            if layer.background is not None and id(layer.background) not in listed:
                new.append(layer.background)
            self.size += sum([command.size for command in new])
            listed.update(map(id, new))
            listed.add(id(layer))
        self.frames.append((frame, times))

    def name(self) -> str:
        """Return the cache key: another piece has the same one only if it looks the same."""
        state = blake2b(drawing_version().encode(), digest_size=_NAME)
        state.update(repr(self.encoding).encode())
        for frame, times in self.frames:
            below = frame.below.digest if frame.below else b"-"
            state.update(b"%d " % times + below + frame.above.digest)
        return state.hexdigest()

    def packed(self) -> bytes:
        """Return the piece as bytes, with the version of the code that is to draw it."""
        file = io.BytesIO()
        pickle.dump((nnviz.__version__, drawing_version()), file, protocol=5)
        pickle.dump(self, file, protocol=5)
        return file.getvalue()


def _looks_like(last: Frame, frame: Frame) -> bool:
    if last.above is frame.above and last.below is frame.below:
        return True
    below, above = frame.below, frame.above
    if (below is None) != (last.below is None) or above.digest != last.above.digest:
        return False
    return below is None or last.below is None or below.digest == last.below.digest


def _unpacked(encoding: Encoding, frames: list[tuple[Frame, int]]) -> Piece:
    piece = Piece(encoding)
    piece.frames = frames
    piece.count = sum(times for _, times in frames)
    return piece


@cache
def drawing_version() -> str:
    """Return a hash of all that pixels and segments depend on: this code, and what it uses."""
    state = blake2b(digest_size=8)
    for file in sorted(Path(__file__).parent.glob("*.py")):
        state.update(file.read_bytes())
    for version in (np.__version__, cairo.version, PIL.__version__, av.__version__):
        state.update(version.encode())
    return state.hexdigest()


def draw(piece: Piece, after_each: Callable[[], object] = lambda: None) -> bytes:
    """Draw a piece, and return it as a video file.

    Parameters
    ----------
    piece : Piece
        What to draw.
    after_each : callable, optional
        Called after each frame.
    """
    screen, encoder = Screen(), SegmentEncoder(piece.encoding)
    for frame, times in piece.frames:
        changed = screen.show(frame)
        if changed or not encoder.frames:
            encoder.show(screen.pixels, changed)
        else:
            encoder.repeat()
        if times > 1:
            encoder.hold(times - 1)
        after_each()
    return encoder.finish()


def draw_packed(packed: bytes) -> bytes:
    """Draw what :meth:`Piece.packed` returned, also in another process or on another machine.

    Raises
    ------
    OtherVersionError
        If it was packed by another version of this code, which may draw other pixels.
    """
    file = io.BytesIO(packed)
    release, code = pickle.load(file)
    if code != drawing_version():
        raise OtherVersionError(
            f"this worker has nnviz {nnviz.__version__} (drawing code {drawing_version()}), and "
            f"the scene is rendered by nnviz {release} (drawing code {code}): install the same "
            "versions of nnviz, NumPy, Pillow, pycairo and PyAV on all machines"
        )
    piece: Piece = pickle.load(file)
    return draw(piece)


def painted(frame: Frame) -> Pixels:
    """Return the pixels of a frame, shape (height, width, 4)."""
    screen = Screen()
    screen.show(frame)
    return screen.pixels
