"""Pieces of video: which frames go into one, and how they are encoded."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any, cast

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from manim._config.video_encoder import VideoEncoderSpec
from manim.typing import PixelArray
from numpy.typing import NDArray

from nnviz.render.camera import Box

__all__ = ["LONGEST", "SegmentEncoder", "pieces"]

#: Most frames in one segment. Short enough to share a long play among processes, long enough
#: that the complete picture each segment begins with is a small part of it.
LONGEST = 150

#: How many rows a pixel's colour may reach when the resolution of colour is halved. Even.
_REACH = 4


def pieces(frames: int) -> list[tuple[int, int]]:
    """Cut ``frames`` frames into runs of nearly equal length, none above :data:`LONGEST`.

    Returns
    -------
    list of tuple
        First frame and the one after the last, of each piece. They depend on
        ``frames`` alone: pieces are found again whoever draws them.
    """
    count = max(1, -(-frames // LONGEST))
    cuts = [round(frames * i / count) for i in range(count + 1)]
    return list(pairwise(cuts))


class SegmentEncoder:
    """Encode frames into a segment in memory.

    What comes out is what :class:`manim.scene.video_segment_encoder.VideoSegmentEncoder`
    writes to a file. Only what changed since the last frame is converted to
    the colours of video.

    Parameters
    ----------
    spec
        What to encode to.
    """

    def __init__(self, spec: VideoEncoderSpec) -> None:
        self.spec = spec
        #: Frames so far.
        self.frames = 0
        self._file = io.BytesIO()
        self._container = av.open(self._file, mode="w", format=spec.container_format)
        self._stream = _stream(self._container, spec)
        # Two, because each keeps tables for one size.
        self._whole_reformatter, self._part_reformatter = VideoReformatter(), VideoReformatter()
        self._frame: av.VideoFrame | None = None
        #: Whether the encoder keeps frames back.
        self._delayed = True
        # x264 has taken a copy of a frame when encode returns; others may look at it later.
        self._in_place = spec.codec == "libx264" and spec.pixel_format == "yuv420p"

    def show(self, pixels: PixelArray, changed: Iterable[Box] | None = None) -> None:
        """Add a frame.

        Parameters
        ----------
        pixels
            shape (height, width, 4), RGBA, contiguous. It may be written to afterwards.
        changed
            The parts in which it may differ from the last frame; all by default.
        """
        if self._frame is None or changed is None:
            self._frame = self._converted(pixels)
        else:
            for top, bottom in _rows(changed, self.spec.height):
                if not self._in_place or bottom - top > self.spec.height // 2:
                    self._frame = self._converted(pixels)
                    break
                self._convert_rows(self._frame, pixels, top, bottom)
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
        """Add the segment's only frame again, so often, at next to no cost where that can be."""
        assert self.frames == 1, "only a segment's first frame can be held"
        packets = self._unchanged(times)
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
        """Return packets that hold a frame, or None if the encoder makes none that can be used."""
        # With B-frames or a look into the future the encoder still has the frame.
        if self._delayed or self.spec.codec != "libx264":
            return None
        return _sameness(self.spec).packets(times)

    def finish(self) -> bytes:
        """Return the segment's file."""
        self._container.mux(self._stream.encode())
        self._container.close()
        return self._file.getvalue()

    def _converted(
        self, pixels: PixelArray, reformatter: VideoReformatter | None = None
    ) -> av.VideoFrame:
        # A frame on the array's own memory: converting it makes the only copy.
        frame = av.VideoFrame.from_numpy_buffer(cast(NDArray[np.uint8], pixels), format="rgba")
        reformatter = reformatter or self._whole_reformatter
        return reformatter.reformat(frame, format=self.spec.pixel_format)

    def _convert_rows(
        self, frame: av.VideoFrame, pixels: PixelArray, top: int, bottom: int
    ) -> None:
        """Bring rows of ``frame`` up to date; the first and the one after the last are even."""
        top, bottom = max(0, top - _REACH), min(len(pixels), bottom + _REACH)
        start, stop = max(0, top - _REACH), min(len(pixels), bottom + _REACH)
        part = self._converted(pixels[start:stop], self._part_reformatter)
        for i, shrink in enumerate((1, 2, 2)):
            to, new = _plane(frame, i), _plane(part, i)
            to[top // shrink : bottom // shrink] = new[
                (top - start) // shrink : (bottom - start) // shrink
            ]


def _stream(container: OutputContainer, spec: VideoEncoderSpec) -> av.VideoStream:
    """Add a stream to a container."""
    stream = cast(
        av.VideoStream,
        container.add_stream(spec.codec, rate=spec.frame_rate, options=dict(spec.options)),
    )
    stream.pix_fmt = spec.pixel_format
    stream.width, stream.height = spec.width, spec.height
    return stream


class _Sameness:
    """What H.264 says for a frame that is the last one again: all blocks are skipped.

    It says so in the same bytes whatever the picture shows. So they are taken from a blank film
    instead of having x264 look at every block of a picture to find that nothing changed.
    """

    def __init__(self, spec: VideoEncoderSpec) -> None:
        self._file = io.BytesIO()
        self._container = av.open(self._file, mode="w", format=spec.container_format)
        self._stream = _stream(self._container, spec)
        self._frame = av.VideoFrame(spec.width, spec.height, spec.pixel_format)
        for i in range(len(self._frame.planes)):
            _plane(self._frame, i)[:] = 128
        self._time_base = Fraction(1) / spec.frame_rate
        blocks = -(-spec.width // 16) * -(-spec.height // 16)
        self._largest = 64 + blocks // 64  # bytes; a skipped block takes a small part of a bit
        self._packets: list[av.Packet[Any]] = []

    def packets(self, times: int) -> list[bytes] | None:
        """Return packets for frames 1 to ``times``; None if some of them say anything else."""
        while len(self._packets) <= times:
            self._frame.pts, self._frame.time_base = len(self._packets), self._time_base
            packets = self._stream.encode(self._frame)
            if len(packets) != 1:
                return None
            self._packets += packets
        chosen = self._packets[1 : times + 1]
        if any(packet.is_keyframe or packet.size > self._largest for packet in chosen):
            return None
        return [bytes(packet) for packet in chosen]


@cache
def _sameness(spec: VideoEncoderSpec) -> _Sameness:
    return _Sameness(spec)


def _plane(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    """Return a plane of a frame as an array on the frame's own memory, padding included."""
    plane = frame.planes[index]
    rows: NDArray[np.uint8] = np.asarray(memoryview(cast(Any, plane)), dtype=np.uint8)
    return rows.reshape(-1, plane.line_size)[: plane.height]


def _rows(boxes: Iterable[Box], height: int) -> list[tuple[int, int]]:
    """Return the rows of ``boxes`` as bands from even row to even row, in order, apart."""
    bands: list[tuple[int, int]] = []
    for _, top, _, bottom in sorted(boxes, key=lambda box: box[1]):
        top, bottom = top - top % 2, min(bottom + bottom % 2, height)
        if bands and top <= bands[-1][1] + 4 * _REACH:
            bands[-1] = (bands[-1][0], max(bottom, bands[-1][1]))
        else:
            bands.append((top, bottom))
    return bands
