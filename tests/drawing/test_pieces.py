"""Pieces of film: named by what they show, the same wherever they are drawn."""

from __future__ import annotations

import io
import itertools as it
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from nnviz.drawing import pieces
from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.frame_commands import Solid
from nnviz.drawing.pieces import (
    Frame,
    OtherVersionError,
    Piece,
    Screen,
    draw,
    draw_packed,
    drawing_version,
    painted,
)
from nnviz.drawing.segments import Encoding

#: Frames come back as they were drawn.
EXACT = Encoding("mov", "qtrle", "argb", 192, 108, Fraction(15), ())
BLACK = Solid((0, 0, 0, 255))


def decoded(segment: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(segment)) as container:
        return [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]


def film(view: View, path: Any, frames: int = 6) -> list[Frame]:
    """Return frames in which something moves over what stands still, and ends."""
    still = Layer(view, BLACK, (path(),))
    made = []
    for i in range(frames):
        moving = path([(i / 3, 0), (i / 3 + 1, 0), (i / 3, 1), (i / 3, 0)])
        made.append(Frame(still, Layer(view, None, (moving,))))
    return [*made, Frame(None, Layer(view, BLACK, ()))]


def piece_of(frames: list[Frame], encoding: Encoding = EXACT, times: Any = None) -> Piece:
    piece = Piece(encoding)
    for frame, count in zip(frames, times or it.repeat(1), strict=False):
        piece.add(frame, count)
    return piece


def test_a_drawn_piece_has_its_frames(view: View, path: Any) -> None:
    frames, times = film(view, path), [1, 3, 1, 1, 2, 1, 4]
    piece = piece_of(frames, times=times)
    assert piece.count == sum(times)
    expected = [painted(frame) for frame, n in zip(frames, times, strict=True) for _ in range(n)]
    done = []
    np.testing.assert_array_equal(decoded(draw(piece, lambda: done.append(1))), expected)
    assert len(done) == len(frames)


def test_frames_that_look_the_same_are_one(view: View, path: Any) -> None:
    piece = Piece(EXACT)
    for _ in range(3):  # made again each time
        piece.add(Frame(Layer(view, BLACK, (path(),)), Layer(view, None, ())))
    assert [times for _, times in piece.frames] == [3]
    piece.add(Frame(None, Layer(view, None, ())), 2)
    piece.add(Frame(Layer(view, BLACK, (path(),)), Layer(view, None, ())))
    assert [times for _, times in piece.frames] == [3, 2, 1]
    assert piece.count == 6


def test_size_counts_each_command_once(view: View, samples: dict[str, Command], path: Any) -> None:
    raster, piece = samples["Raster"], Piece(EXACT)
    for i in range(5):
        piece.add(Frame(None, Layer(view, raster, (path([(0, 0), (i, 1), (0, 1)]),))))
    assert raster.size < piece.size < raster.size + 5000


def test_names_say_what_is_shown(view: View, path: Any) -> None:
    frames = film(view, path)
    name = piece_of(frames).name()
    assert name == piece_of(film(view, path)).name(), "made again, it has the same name"
    assert name == pickle.loads(pickle.dumps(piece_of(frames))).name()
    others = [
        piece_of(frames[:-1]),
        piece_of(frames[::-1]),
        piece_of(frames, times=[2]),
        piece_of(frames, times=[1, 2]),
        piece_of([frame._replace(below=None) for frame in frames]),
        *(
            piece_of(frames, EXACT._replace(**{name: value}))
            for name, value in {
                "container_format": "mp4",
                "codec": "png",
                "pixel_format": "rgb24",
                "width": 190,
                "height": 106,
                "frame_rate": Fraction(30),
                "options": (("crf", "1"),),
            }.items()
        ),
    ]
    assert len({name, *(other.name() for other in others)}) == 1 + len(others)
    assert len(EXACT) == 7, "another field needs a line above"


def test_names_depend_on_the_code_that_draws(
    view: View, path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = piece_of(film(view, path)).name()
    monkeypatch.setattr(pieces, "drawing_version", lambda: "another one")
    assert piece_of(film(view, path)).name() != name


@pytest.mark.slow
def test_names_are_the_same_in_another_process(view: View, path: Any) -> None:
    packed = piece_of(film(view, path)).packed()
    code = (
        "import io, pickle, sys; file = io.BytesIO(sys.stdin.buffer.read()); pickle.load(file);"
        "print(pickle.load(file).name())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=packed, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == piece_of(film(view, path)).name()


@pytest.mark.slow
def test_another_process_draws_the_same_bytes_and_needs_no_manim(
    view: View, samples: dict[str, Command], path: Any
) -> None:
    frames = [Frame(None, Layer(view, BLACK, (one,))) for one in samples.values()]
    piece = piece_of([*frames, *film(view, path)])
    code = (
        "import sys; from nnviz.drawing.pieces import draw_packed;"
        "sys.stdout.buffer.write(draw_packed(sys.stdin.buffer.read()));"
        "sys.exit('manim' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=piece.packed(), capture_output=True, check=True
    )
    assert done.stdout == draw(piece) == draw_packed(piece.packed())


def test_other_versions_of_the_code_refuse_to_draw(
    view: View, path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = piece_of(film(view, path)).packed()
    monkeypatch.setattr(pieces, "drawing_version", lambda: "another one")
    with pytest.raises(OtherVersionError, match="install the same versions"):
        draw_packed(packed)


def test_the_version_follows_code_and_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing_version.cache_clear()
    before = drawing_version()
    for package in ("np", "PIL", "av"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(getattr(pieces, package), "__version__", "0")
            drawing_version.cache_clear()
            assert drawing_version() != before
    drawing_version.cache_clear()
    assert drawing_version() == before


def test_a_screen_gives_pixels_that_the_next_frame_is_drawn_into(view: View, path: Any) -> None:
    screen = Screen()
    for frame in film(view, path):
        screen.show(frame)
        first = screen.pixels
    screen.show(film(view, path)[0])
    assert screen.pixels is first


def test_what_stands_still_is_drawn_once(
    view: View, path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    below = path()
    plain = type(below).paint
    monkeypatch.setattr(
        type(below), "paint", lambda self, surface: (calls.append(self), plain(self, surface))
    )
    still, screen = Layer(view, BLACK, (below,)), Screen()
    for i in range(5):
        moving = path([(i, 0), (i + 1, 0), (i, 1)])
        screen.show(Frame(still, Layer(view, None, (moving,))))
    assert sum(one is below for one in calls) == 1
