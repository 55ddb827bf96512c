"""Videos joined to one: packets as they were, marks where parts begin."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from nnviz.render.joining import Cut, JoinError, contact_sheet, is_drawn, is_joined, join, starts

RATE = 10


def film(
    path: Path, frames: int, shade: int, size: tuple[int, int] = (64, 36), **options: Any
) -> Path:
    """Write a video, each of whose frames has a shade of its own."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE, options={"bf": "0", **options})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for i in range(frames):
            pixels = np.full((size[1], size[0], 3), shade + i, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def with_sound(path: Path, silent: Path) -> Path:
    """Add a hum to a video."""
    with av.open(str(silent)) as source, av.open(str(path), "w") as container:
        picture = container.add_stream_from_template(source.streams.video[0])
        sound: Any = container.add_stream("aac", rate=44100, layout="mono")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                container.mux(packet)
        for i in range(20):
            wave = np.sin(np.arange(i * 1024, (i + 1) * 1024) / 20)[None].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, i * 1024
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


def packets(path: Path, kind: str = "video") -> list[tuple[bytes, Fraction]]:
    """What a video holds, and when it is shown."""
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        return [
            (bytes(packet), packet.pts * packet.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None and packet.time_base is not None and packet.size
        ]


def marks(path: Path) -> list[tuple[str, Fraction, Fraction]]:
    with av.open(str(path)) as container:
        return [
            (
                mark["metadata"]["title"],
                *(mark[end] * mark["time_base"] for end in ("start", "end")),
            )
            for mark in container.chapters()
        ]


@pytest.fixture
def cuts(tmp_path: Path) -> list[Cut]:
    lengths = {"first": 7, "second": 12, "third": 1}
    return [
        Cut(film(tmp_path / f"{name}.mp4", length, 40 * i), f"The {name}: é")
        for i, (name, length) in enumerate(lengths.items())
    ]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return tmp_path / "made" / "whole.mp4"


def test_packets_are_those_of_the_parts(cuts: list[Cut], whole: Path) -> None:
    join(cuts, whole)
    expected = []
    for cut, start in zip(cuts, (Fraction(0), Fraction(7, RATE), Fraction(19, RATE)), strict=True):
        expected += [(data, start + shown) for data, shown in packets(cut.video)]
    assert packets(whole) == expected
    assert len(expected) == 20
    with av.open(str(whole)) as container:
        shades = [frame.to_ndarray(format="gray")[0, 0] for frame in container.decode(video=0)]
    alone = []
    for cut in cuts:
        with av.open(str(cut.video)) as container:
            alone += [frame.to_ndarray(format="gray")[0, 0] for frame in container.decode(video=0)]
    assert shades == alone


def test_a_mark_a_part(cuts: list[Cut], whole: Path) -> None:
    join(cuts, whole, "All of it")
    begins = [Fraction(0), Fraction(7, 10), Fraction(19, 10), Fraction(2)]
    assert starts(cuts) == begins
    assert marks(whole) == [
        (cut.title, start, end)
        for cut, start, end in zip(cuts, begins[:-1], begins[1:], strict=True)
    ]
    with av.open(str(whole)) as container:
        assert container.metadata["title"] == "All of it"
        assert container.duration == 2_000_000


def test_sound_begins_with_its_part(cuts: list[Cut], tmp_path: Path, whole: Path) -> None:
    loud = Cut(with_sound(tmp_path / "loud.mp4", cuts[1].video), "loud")
    join([cuts[0], loud, cuts[2]], whole)
    expected = [(data, Fraction(7, RATE) + at) for data, at in packets(loud.video, "audio")]
    heard = packets(whole, "audio")
    assert [data for data, _ in heard] == [data for data, _ in expected]
    assert all(
        abs(a - b) < Fraction(1, 1000) for (_, a), (_, b) in zip(heard, expected, strict=True)
    )


def test_a_film_knows_what_it_was_joined_from(cuts: list[Cut], whole: Path) -> None:
    assert not is_joined(cuts, whole)
    join(cuts, whole)
    assert is_joined(cuts, whole)
    assert not is_joined(cuts[:2], whole)
    assert not is_joined(cuts, whole, "A title")
    assert not is_joined([*cuts[:2], Cut(cuts[2].video, "Another title")], whole)
    film(cuts[2].video, 1, 81)
    assert not is_joined(cuts, whole)
    whole.write_bytes(b"half of it")
    assert not is_joined(cuts, whole)


@pytest.mark.parametrize(
    "damage", ["missing", "cut off", "sound alone", "other size", "other rate"]
)
def test_what_cannot_be_joined_is_named_and_leaves_the_film(
    cuts: list[Cut], whole: Path, tmp_path: Path, damage: str
) -> None:
    join(cuts, whole)
    before = whole.read_bytes()
    second = cuts[1].video
    if damage == "missing":
        second.unlink()
    elif damage == "cut off":
        second.write_bytes(second.read_bytes()[:-600])
    elif damage == "sound alone":
        with av.open(str(second), "w") as container:
            sound: Any = container.add_stream("aac", rate=44100, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 44100
            container.mux([*sound.encode(frame), *sound.encode()])
    elif damage == "other size":
        film(second, 3, 0, size=(32, 18))
    else:
        film(second, 3, 0, **{"x264-params": "cabac=0"})
    with pytest.raises(JoinError, match=r"second\.mp4 (cannot be read|holds no|is encoded in)"):
        join(cuts, whole)
    assert whole.read_bytes() == before
    assert [path.name for path in whole.parent.iterdir()] == [whole.name]


def test_nothing_is_no_film(whole: Path) -> None:
    with pytest.raises(JoinError, match="nothing to join"):
        join([], whole)


def test_the_sheet_shows_the_middle_of_each_part(cuts: list[Cut], tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert not is_drawn(cuts, sheet)
    contact_sheet(cuts, sheet)
    assert is_drawn(cuts, sheet)
    assert not is_drawn(cuts[1:], sheet)
    page = np.asarray(Image.open(sheet).convert("L")).astype(int)
    for position, (cut, middle) in enumerate(zip(cuts, (3, 6, 0), strict=True)):
        with av.open(str(cut.video)) as container:
            shades = [frame.to_ndarray(format="gray")[9, 9] for frame in container.decode(video=0)]
        x, y = 16 + position * 416 + 200, 16 + 100
        assert abs(page[y, x] - int(shades[middle])) <= 1
    assert page.shape == (16 + 225 + 2 * 16 + 20, 3 * 416 + 16)
    sheet.write_bytes(b"half of it")
    assert not is_drawn(cuts, sheet)


def off_by_a_tick(path: Path, video: Path) -> Path:
    """Write the same packets, with the last of a duration that was rounded to ticks."""
    with av.open(str(video)) as source, av.open(str(path), "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        kept = [packet for packet in source.demux(video=0) if packet.dts is not None]
        kept[-1].duration += 1
        for packet in kept:
            packet.stream = stream
            container.mux(packet)
    return path


def test_a_card_has_the_rate_of_the_frames_where_durations_are_rounded(tmp_path: Path) -> None:
    rounded = off_by_a_tick(tmp_path / "b.mp4", film(tmp_path / "a.mp4", 6, 40))
    with av.open(str(rounded)) as container:
        rate = container.streams.video[0].average_rate
    assert rate != RATE
    assert rate == pytest.approx(RATE, rel=1e-3)
    cut = Cut(rounded, "Rounded", card=("A title",))
    assert starts([cut])[1] == Fraction(22, 10) + Fraction(6, RATE) + Fraction(1, 10_240)
