"""Segments hold the frames they were given."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from manim._config.video_encoder import VideoEncoderSpec

from nnviz.render.segments import LONGEST, SegmentEncoder, pieces

WIDTH, HEIGHT = 96, 164


@pytest.mark.parametrize("frames", [1, 2, LONGEST, LONGEST + 1, 7 * LONGEST - 3])
def test_pieces_follow_each_other_and_are_short(frames: int) -> None:
    cut = pieces(frames)
    assert cut[0][0] == 0
    assert cut[-1][1] == frames
    assert all(a[1] == b[0] for a, b in pairwise(cut))
    lengths = [last - first for first, last in cut]
    assert max(lengths) <= LONGEST
    assert max(lengths) - min(lengths) <= 1


def spec(codec: str, pixel_format: str, container: str, **options: str) -> VideoEncoderSpec:
    return VideoEncoderSpec(
        container, codec, pixel_format, WIDTH, HEIGHT, Fraction(30), tuple(options.items())
    )


EXACT = {
    "h264": spec("libx264", "yuv420p", "mp4", qp="0", preset="ultrafast", threads="1"),
    "animation": spec("qtrle", "argb", "mov"),
}


def decoded(segment: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(segment)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def film() -> Iterator[tuple[np.ndarray, list[tuple[int, int, int, int]]]]:
    """Frames in which boxes change, near the edges too, and what changed."""
    rng = np.random.RandomState(2)
    pixels = rng.randint(0, 256, (HEIGHT, WIDTH, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    yield pixels.copy(), [(0, 0, WIDTH, HEIGHT)]
    for count in (1, 2, 0, 3, 1, 1, 2):
        boxes = []
        for _ in range(count):
            top = rng.randint(HEIGHT - 5)
            box = (rng.randint(40), top, 40 + rng.randint(56), top + 1 + rng.randint(5))
            left, top, right, bottom = box
            pixels[top:bottom, left:right, :3] = rng.randint(0, 256, 3)
            boxes.append(box)
        yield pixels.copy(), boxes


@pytest.mark.parametrize("kind", EXACT)
def test_converting_what_changed_gives_the_same_frames(kind: str) -> None:
    whole, parts = SegmentEncoder(EXACT[kind]), SegmentEncoder(EXACT[kind])
    buffer = np.empty((HEIGHT, WIDTH, 4), np.uint8)
    expected = []
    for pixels, boxes in film():
        whole.show(pixels)
        buffer[:] = pixels  # one array, written to after each frame, as a camera's is
        parts.show(buffer, boxes)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
        expected.append(frame.reformat(format=EXACT[kind].pixel_format).to_ndarray())
    parts.repeat(3)
    assert parts.frames == len(expected) + 3
    np.testing.assert_array_equal(decoded(whole.finish()), expected)
    np.testing.assert_array_equal(decoded(parts.finish()), expected + 3 * expected[-1:])


def test_the_same_frames_give_the_same_bytes() -> None:
    files = []
    for _ in range(2):
        encoder = SegmentEncoder(EXACT["h264"])
        for pixels, boxes in film():
            encoder.show(pixels, boxes)
        files.append(encoder.finish())
    assert files[0] == files[1]
