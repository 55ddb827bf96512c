"""Segments hold the frames they were given."""

from __future__ import annotations

import io
import itertools as it
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import pytest

from nnviz.drawing.segments import Encoding, SegmentEncoder

WIDTH, HEIGHT = 336, 164


#: Of a piece of film.
LONGEST = 150


def spec(codec: str, pixel_format: str, container: str, **options: str) -> Encoding:
    return Encoding(
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
            left = rng.randint(WIDTH - 60)
            box = (left, top, left + 1 + rng.randint(59), top + 1 + rng.randint(5))
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


#: As nnviz renders: a frame comes out of the encoder when it has gone in.
PROMPT = {"crf": "25", "preset": "superfast", "bf": "0", "x264-params": "force-cfr=1"}


@pytest.mark.every(5)
@pytest.mark.parametrize("size", [(96, 164), (322, 182), (1280, 720)])
def test_held_frames_are_the_first_whatever_it_shows(size: tuple[int, int]) -> None:
    width, height = size
    options = tuple((PROMPT | {"threads": "1"}).items())
    prompt = Encoding("mp4", "libx264", "yuv420p", width, height, Fraction(30), options)
    pixels = np.random.RandomState(4).randint(0, 256, (height, width, 4)).astype(np.uint8)
    pixels[: height // 2] = 0
    encoder, alone = SegmentEncoder(prompt), SegmentEncoder(prompt)
    alone.show(pixels)
    encoder.show(pixels)
    encoder.hold(LONGEST - 1)
    assert encoder.frames == LONGEST
    segment = encoder.finish()
    (expected,) = decoded(alone.finish())
    frames = decoded(segment)
    assert len(frames) == LONGEST
    assert all(np.array_equal(frame, expected) for frame in frames)
    with av.open(io.BytesIO(segment)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        assert container.streams.video[0].average_rate == 30
    assert np.diff([packet.pts for packet in packets]).tolist() == [packets[0].duration] * 149
    assert sum(packet.size for packet in packets[1:]) < packets[0].size


@pytest.mark.parametrize(
    "options",
    [
        {"preset": "veryfast"},
        PROMPT | {"g": "5"},
        {"qp": "0", "preset": "ultrafast"},
        # Blocks are coded as flat there, which is not to leave them alone.
        PROMPT | {"crf": "0"},
    ],
    ids=["looks ahead", "key frames", "one late", "lossless"],
)
def test_where_frames_cannot_be_held_they_are_encoded_again(options: dict[str, str]) -> None:
    encoder = SegmentEncoder(spec("libx264", "yuv420p", "mp4", threads="1", **options))
    pixels, _ = next(film())
    pixels[30:] = 90
    encoder.show(pixels)
    encoder.hold(20)
    frames = decoded(encoder.finish())
    assert len(frames) == 21
    assert all(np.abs(frame.astype(int) - frames[0]).mean() < 2 for frame in frames)


def test_held_frames_can_be_joined_with_moving_ones(tmp_path) -> None:
    options = tuple((PROMPT | {"threads": "1"}).items())
    prompt = Encoding("mp4", "libx264", "yuv420p", WIDTH, HEIGHT, Fraction(30), options)
    wanted: list[np.ndarray] = []
    listed = tmp_path / "list.txt"
    for i, still in enumerate((True, False, True)):
        encoder = SegmentEncoder(prompt)
        for pixels, _ in it.islice(film(), 1 if still else 4):
            encoder.show(np.roll(pixels, 9 * i, axis=0))
        if still:
            encoder.hold(7)
        segment = encoder.finish()
        wanted += decoded(segment)
        (tmp_path / f"{i}.mp4").write_bytes(segment)
        with listed.open("a") as file:
            file.write(f"file '{tmp_path / f'{i}.mp4'}'\n")
    # As Manim joins: packets are copied, and headers are those of the first.
    joined = io.BytesIO()
    with (
        av.open(str(listed), format="concat", options={"safe": "0"}) as source,
        av.open(joined, "w", format="mp4") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    np.testing.assert_array_equal(decoded(joined.getvalue()), wanted)


def test_encodings_are_quick_where_nobody_says_how() -> None:
    manims = Encoding("mp4", "libx264", "yuv420p", 854, 480, Fraction(15), (("crf", "23"),))
    quick = manims.quick()
    assert quick._replace(options=()) == manims._replace(options=())
    options = dict(quick.options)
    assert options["threads"] == "1"
    assert options["preset"] == "superfast"
    assert "crf" not in options
    # What somebody asked for holds.
    asked = dict(manims._replace(options=(("crf", "9"), ("preset", "slow"))).quick().options)
    assert asked["crf"] == "9"
    assert asked["preset"] == "slow"
    assert "qp=" not in asked["x264-params"]
    other = manims._replace(codec="qtrle", pixel_format="argb", container_format="mov")
    assert other.quick() == other


def test_the_quick_encoding_shows_what_was_drawn() -> None:
    width, height = 320, 180
    manims = Encoding("mp4", "libx264", "yuv420p", width, height, Fraction(15), (("crf", "23"),))
    encoder, wanted = SegmentEncoder(manims.quick()), []
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 3] = 255
    for x in range(0, 200, 10):
        pixels[..., :3] = 20
        pixels[50:90, x : x + 80, :3] = (90, 180, 220)
        wanted.append(pixels[..., :3].astype(int))
        encoder.show(pixels)
    with av.open(io.BytesIO(encoder.finish())) as container:
        shown = [
            frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)
        ]
    assert len(shown) == len(wanted)
    assert max(np.abs(a - b).mean() for a, b in zip(shown, wanted, strict=True)) < 2.5
