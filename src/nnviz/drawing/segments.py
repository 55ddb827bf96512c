"""Segments of video, encoded in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from nnviz.drawing.canvas import Pixels
from nnviz.drawing.pixel_boxes import Box

__all__ = ["Encoding", "SegmentEncoder"]

#: How far a pixel's colour may reach when the resolution of colour is halved. Even.
_REACH = 4
#: Sides of what is converted are multiples of this: the tables for a size are used again.
_STEP = 64
#: Above this share of the frame, converting all of it is no slower than converting parts.
_WORTH_PARTS = 0.8

_MANIMS_DEFAULT = (("crf", "23"),)
#: Makes the encoder return every frame at once, and not one frame later.
_PROMPT = "force-cfr=1"
#: One quantiser for all of a picture, as suits flat colours and sharp edges, and a finer one for
#: the picture that a segment begins with, which stays wherever nothing moves. The film is as close
#: to what was drawn as with Manim's default, and the encoder analyses nothing
#: (benchmarks/encoder.py).
_FLAT = (
    "qp=30:ipratio=2.2:subme=2:merange=4:8x8dct=0:chroma-qp-offset=2"
    ":aq-mode=0:weightp=0:scenecut=0:no-deblock=1"
)


class Encoding(NamedTuple):
    """What frames are encoded to.

    Attributes
    ----------
    container_format, codec, pixel_format : str
        FFmpeg's names.
    width, height : int
        Size of a frame in pixels.
    frame_rate : fractions.Fraction
        Frames a second.
    options : tuple of (str, str)
        Options of the codec.
    """

    container_format: str
    codec: str
    pixel_format: str
    width: int
    height: int
    frame_rate: Fraction
    options: tuple[tuple[str, str], ...]

    def quick(self) -> Encoding:
        """Return the encoding with quick defaults and one thread a process."""
        if self.codec != "libx264":
            return self
        options = {"preset": "superfast", "bf": "0", "threads": "1", "x264-params": _PROMPT}
        if self.options == _MANIMS_DEFAULT:
            options["x264-params"] = f"{_PROMPT}:{_FLAT}"
        else:
            options |= dict(self.options)
        return self._replace(options=tuple(sorted(options.items())))


class SegmentEncoder:
    """Encode frames into a segment in memory.

    Only what changed since the last frame is converted to the colours of video.

    Parameters
    ----------
    spec : Encoding
        What to encode to.
    """

    def __init__(self, spec: Encoding) -> None:
        self.spec = spec
        #: Frames so far.
        self.frames = 0
        self._file = io.BytesIO()
        self._container = av.open(self._file, mode="w", format=spec.container_format)
        self._stream = _stream(self._container, spec)
        self._frame: av.VideoFrame | None = None
        #: Whether the encoder delays frames.
        self._delayed = True
        # x264 has copied a frame when encode returns; other encoders may read it later.
        self._in_place = spec.codec == "libx264" and spec.pixel_format == "yuv420p"

    def show(self, pixels: Pixels, changed: Iterable[Box] | None = None) -> None:
        """Add a frame.

        Parameters
        ----------
        pixels : ndarray of uint8
            shape (height, width, 4), RGBA, contiguous. It may be written to afterwards.
        changed : iterable of Box, optional
            The dirty rectangles since the last frame; the whole frame by default.
        """
        parts = None if changed is None else [self._part(box) for box in changed]
        most = _WORTH_PARTS * self.spec.width * self.spec.height
        if (
            self._frame is None
            or parts is None
            or (parts and not self._in_place)
            or sum(part.area for part in parts) > most
        ):
            self._frame = self._converted(pixels)
        else:
            for part in parts:
                self._convert(part, pixels, self._frame)
        self.repeat()

    def repeat(self, times: int = 1) -> None:
        """Add the last frame again."""
        assert self._frame is not None, "there is no frame to repeat"
        for _ in range(times):
            self._frame.pts = self.frames
            self._frame.time_base = Fraction(1) / self.spec.frame_rate
            packets = self._stream.encode(self._frame)
            self._delayed = not packets
            self._container.mux(packets)
            self.frames += 1

    def hold(self, times: int) -> None:
        """Add the last frame again several times, if possible without encoding it."""
        packets = self._unchanged(times) if self.frames == 1 else None
        if packets is None:
            self.repeat(times)
            return
        for data in packets:
            packet = av.Packet(data)
            packet.stream = self._stream
            packet.time_base = Fraction(1) / self.spec.frame_rate
            packet.pts = packet.dts = self.frames
            packet.duration = 1
            self._container.mux(packet)
            self.frames += 1

    def _unchanged(self, times: int) -> list[bytes] | None:
        """Return packets that repeat a frame, or None if the encoder makes none."""
        # With B-frames or lookahead the encoder still has the frame.
        if self._delayed or self.spec.codec != "libx264":
            return None
        return _skip_packets(self.spec).packets(times)

    def finish(self) -> bytes:
        """Return the segment's file."""
        self._container.mux(self._stream.encode())
        self._container.close()
        return self._file.getvalue()

    def _converted(self, pixels: Pixels) -> av.VideoFrame:
        # A frame on the array's own memory, so that converting it makes the only copy.
        frame = av.VideoFrame.from_numpy_buffer(pixels, format="rgba")
        return _reformatter(*pixels.shape[:2]).reformat(
            frame, format=self.spec.pixel_format, threads=1
        )

    def _part(self, box: Box) -> _Part:
        left, top, right, bottom = box
        width, height = self.spec.width, self.spec.height
        return _Part(*_stretch(left, right, width), *_stretch(top, bottom, height))

    def _convert(self, part: _Part, pixels: Pixels, frame: av.VideoFrame) -> None:
        """Bring a part of ``frame`` up to date."""
        converted = self._converted(pixels[part.rows, part.columns])
        for i, shrink in enumerate((1, 2, 2)):
            inner = part.inner(self.spec.width, self.spec.height, shrink)
            to = np.s_[inner.top : inner.bottom, inner.left : inner.right]
            top, left = part.top // shrink, part.left // shrink
            new = np.s_[
                inner.top - top : inner.bottom - top, inner.left - left : inner.right - left
            ]
            _plane(frame, i)[to] = _plane(converted, i)[new]


class _Part(NamedTuple):
    """A part of a picture, all numbers even."""

    left: int
    right: int
    top: int
    bottom: int

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.right)

    def inner(self, width: int, height: int, shrink: int) -> _Part:
        """Return the part that does not depend on pixels outside, in a shrunk picture."""
        return _Part(
            (self.left and self.left + _REACH) // shrink,
            -(-(self.right if self.right == width else self.right - _REACH) // shrink),
            (self.top and self.top + _REACH) // shrink,
            -(-(self.bottom if self.bottom == height else self.bottom - _REACH) // shrink),
        )


def _stretch(start: int, stop: int, size: int) -> tuple[int, int]:
    """Return the ends of a longer interval on a side, with room for the reach, of few lengths."""
    length = -(-(stop - start + 4 * _REACH + 2) // _STEP) * _STEP
    if length >= size:
        return 0, size
    first = min(max(0, start - 2 * _REACH), size - length)
    first -= first % 2
    return first, min(first + length, size)


@lru_cache(maxsize=64)
def _reformatter(height: int, width: int) -> VideoReformatter:
    """Return the converter of pictures of one size, which keeps tables for it."""
    return VideoReformatter()


def _stream(container: OutputContainer, spec: Encoding) -> av.VideoStream:
    """Add a stream to a container."""
    stream = cast(
        av.VideoStream,
        container.add_stream(spec.codec, rate=spec.frame_rate, options=dict(spec.options)),
    )
    stream.pix_fmt = spec.pixel_format
    stream.width, stream.height = spec.width, spec.height
    return stream


class _SkipPackets:
    """Packets of H.264 for a frame that repeats the last one: all blocks are skipped.

    They have the same bytes whatever the picture shows. So they are taken from a blank film, and
    x264 need not compare every block of a picture to find that nothing changed.
    """

    #: Bytes by which one such packet may be longer than another, as numbers in it vary.
    _slack = 8

    def __init__(self, spec: Encoding) -> None:
        self.spec = spec
        self._container, self._stream = self._new_stream()
        self._blank = av.VideoFrame(spec.width, spec.height, spec.pixel_format)
        for i in range(len(self._blank.planes)):
            _plane(self._blank, i)[:] = 128
        self._packets: list[av.Packet[Any]] = []
        self._fits = self._encode_blank() and self._encode_blank() and self._holds_noise()

    def packets(self, times: int) -> list[bytes] | None:
        """Return packets for frames 1 to ``times``; None if one of them is anything else."""
        while self._fits and len(self._packets) <= times:
            self._fits = self._encode_blank()
        if not self._fits:
            return None
        chosen = self._packets[1 : times + 1]
        longest = chosen[0].size + self._slack if chosen else 0
        if any(packet.is_keyframe or packet.size > longest for packet in chosen):
            return None
        return [bytes(packet) for packet in chosen]

    def _new_stream(self) -> tuple[OutputContainer, av.VideoStream]:
        container = av.open(io.BytesIO(), mode="w", format=self.spec.container_format)
        return container, _stream(container, self.spec)

    def _encode_blank(self) -> bool:
        """Encode another frame; return whether its packet came out at once."""
        self._blank.pts = len(self._packets)
        self._blank.time_base = Fraction(1) / self.spec.frame_rate
        packets = self._stream.encode(self._blank)
        self._packets += packets
        return len(packets) == 1

    def _holds_noise(self) -> bool:
        """Return whether a packet leaves every block of another picture unchanged."""
        _, stream = self._new_stream()
        noise = av.VideoFrame(self.spec.width, self.spec.height, self.spec.pixel_format)
        rng = np.random.RandomState(0)
        for i in range(len(noise.planes)):
            plane = _plane(noise, i)
            plane[:] = rng.randint(0, 256, plane.shape)
        first = stream.encode(noise)
        decoder = av.CodecContext.create("h264", "r")
        decoder.extradata = stream.codec_context.extradata
        shown = [
            frame for packet in (*first, self._packets[1], None) for frame in decoder.decode(packet)
        ]
        return len(shown) == 2 and all(
            np.array_equal(_plane(shown[0], i), _plane(shown[1], i))
            for i in range(len(noise.planes))
        )


@cache
def _skip_packets(spec: Encoding) -> _SkipPackets:
    return _SkipPackets(spec)


def _plane(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    """Return a plane of a frame as an array on the frame's own memory."""
    plane = frame.planes[index]
    rows: NDArray[np.uint8] = np.asarray(memoryview(cast(Any, plane)), dtype=np.uint8)
    return rows.reshape(-1, plane.line_size)[: plane.height, : plane.width]
