"""What is kept of earlier renders is used where it is whole, and drawn again where it is not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz._manim import temp_config
from nnviz.drawing import pieces
from nnviz.files import MediaError
from nnviz.render import timeline
from nnviz.render.rendering import render_scene
from nnviz.render.store import Store

pytestmark = pytest.mark.usefixtures("filming")

MANY = """from manim import *
class Film(Scene):
    def construct(self):
        square = Square()
        self.play(Create(square))
        # here
        self.play(square.animate.shift(RIGHT))
        self.next_section("later")
        self.play(square.animate.set_color(RED))
        self.wait(0.5)
        self.play(FadeOut(square))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "film.py"
    file.write_text(MANY)
    return file


@pytest.fixture
def render(file: Path, frames: Any, hearing: Any) -> Callable[..., tuple[np.ndarray, Any]]:
    """Return a function that renders, and returns the frames and what was heard of it."""

    def render(**settings: Any) -> tuple[np.ndarray, Any]:
        heard = hearing()
        made = render_scene(file, "Film", jobs=1, listener=heard, settings=settings)
        return frames(made), heard

    return render


def folder(tmp_path: Path) -> Path:
    """Return the folder of segments."""
    (found,) = tmp_path.glob("media/videos/film/*/partial_movie_files/Film")
    return found


def segments(tmp_path: Path) -> list[Path]:
    return sorted(folder(tmp_path).glob("[!.]*.mp4"))


# --- what an edit costs


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# here", "# there\n        # and everywhere"),
        ("class Film", "import sys\n\n\nclass Film"),
        ("    def construct", "    def help(self):\n        return 1\n    def construct"),
        ("square", "rectangle"),
        ("self.play(Create(square))", "for m in (square,): self.play(Create(m, run_time=0.5 * 2))"),
    ],
)
def test_an_edit_that_does_not_show(file: Path, render: Any, old: str, new: str) -> None:
    before, _ = render()
    file.write_text(MANY.replace(old, new))
    after, heard = render()
    np.testing.assert_array_equal(after, before)
    assert (heard.new, heard.kept) == (0, 45)


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("# here", "self.wait(0.4)", 4),
        ("FadeOut(square)", "FadeOut(square, shift=UP)", 10),
        ("square.animate.shift(RIGHT)", "square.animate.shift(LEFT)", 35),
    ],
)
def test_an_edit_costs_the_plays_that_it_changes(
    file: Path, render: Any, tmp_path: Path, old: str, new: str, count: int
) -> None:
    render()
    file.write_text(MANY.replace(old, new))
    after, heard = render()
    assert heard.new == count
    shutil.rmtree(tmp_path / "media")
    np.testing.assert_array_equal(after, render()[0])


def test_what_is_shown_twice_is_drawn_once(file: Path, render: Any, tmp_path: Path) -> None:
    file.write_text(
        "from manim import *\n"
        "class Film(Scene):\n"
        "    def construct(self):\n"
        "        for _ in range(3):\n"
        "            self.play(Create(square := Square()))\n"
        "            self.remove(square)\n"
    )
    film, heard = render()
    assert (len(film), heard.new, heard.kept) == (30, 10, 20)
    assert len(segments(tmp_path)) == 1


def test_without_a_cache_all_is_drawn(render: Any) -> None:
    before, _ = render()
    after, heard = render(disable_caching=True)
    np.testing.assert_array_equal(after, before)
    assert (heard.new, heard.kept) == (45, 0)


def test_another_version_of_what_draws(render: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    render()
    monkeypatch.setattr(pieces, "drawing_version", lambda: "another")
    _, heard = render()
    assert (heard.new, heard.kept) == (45, 0)


def test_as_many_segments_are_kept_as_manim_is_told(
    file: Path, render: Any, tmp_path: Path
) -> None:
    for length in range(1, 14):
        file.write_text(MANY.replace("# here", f"self.wait({length / 10 + 0.01})"))
        render(max_files_cached=12)
    assert len(segments(tmp_path)) == 12
    # The last film's are among them.
    assert render()[1].new == 0


# --- damage


def cut(path: Path, others: list[Path]) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path: Path, others: list[Path]) -> None:
    path.write_bytes(b"")


def garbage(path: Path, others: list[Path]) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def one_bit(path: Path, others: list[Path]) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swapped(path: Path, others: list[Path]) -> None:
    path.write_bytes(others[0].read_bytes())


def foreign(path: Path, others: list[Path]) -> None:
    """Another piece's file under a name that begins as this one's."""
    check = others[0].stem.partition("-")[2]
    path.rename(path.with_stem(f"{path.stem.partition('-')[0]}-{check}x"))


def no_check(path: Path, others: list[Path]) -> None:
    path.rename(path.with_stem(path.stem.partition("-")[0]))


def folder_in_its_place(path: Path, others: list[Path]) -> None:
    # Without the check that the same content would have, in whose place it could not be written.
    path.unlink()
    path.with_stem(f"{path.stem.partition('-')[0]}-0").mkdir()


def dangling(path: Path, others: list[Path]) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def removed(path: Path, others: list[Path]) -> None:
    path.unlink()


@pytest.mark.every(3)
@pytest.mark.parametrize(
    "damage",
    [
        cut,
        emptied,
        garbage,
        one_bit,
        swapped,
        foreign,
        no_check,
        folder_in_its_place,
        dangling,
        removed,
    ],
)
def test_a_damaged_segment_is_drawn_again(damage: Any, render: Any, tmp_path: Path) -> None:
    before, _ = render()
    first, *others = segments(tmp_path)
    damage(first, others)
    after, heard = render()
    np.testing.assert_array_equal(after, before)
    assert 0 < heard.new < 45
    assert render()[1].new == 0


def test_a_folder_under_the_name_of_a_segment(render: Any, tmp_path: Path) -> None:
    render()
    first, *_ = segments(tmp_path)
    first.unlink()
    first.mkdir()
    with pytest.raises(MediaError, match=f"{first} cannot be written") as caught:
        render()
    assert "\n" not in str(caught.value)
    assert not list(folder(tmp_path).glob(".unfinished*"))


def test_segments_that_go_away_while_they_are_used(file: Path, render: Any, tmp_path: Path) -> None:
    before, _ = render()
    # Here by the scene itself; it may be another render, which keeps fewer.
    file.write_text(
        f"{MANY}        for path in __import__('pathlib').Path({str(folder(tmp_path))!r})"
        ".glob('*.mp4'):\n            path.unlink()\n"
    )
    try:
        after, _ = render()
    except MediaError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        np.testing.assert_array_equal(after, before)


def test_a_store(tmp_path: Path) -> None:
    store = Store(tmp_path, ".mp4")
    assert store.find("a") is None
    path = store.put("a", b"content")
    assert store.find("a") == path
    for use_earlier in (True, False):
        other = Store(tmp_path, ".mp4", use_earlier)
        assert other.find("a") == (path if use_earlier else None)
    assert Store(tmp_path, ".mov").find("a") is None
    assert Store(tmp_path / "nowhere", ".mp4").find("a") is None
    os.utime(path, (1, 1))
    assert Store(tmp_path, ".mp4").find("a") == path
    assert path.stat().st_mtime > 1, "it is not the oldest any more"


# --- the timeline, and the number of frames


def read(tmp_path: Path) -> Any:
    return json.loads((folder(tmp_path) / timeline.NAME).read_text())


def test_the_timeline(file: Path, render: Any, tmp_path: Path) -> None:
    film, heard = render()
    content = read(tmp_path)
    assert {key: content[key] for key in ("scene", "frame_rate", "complete")} == {
        "scene": "Film",
        "frame_rate": 10,
        "complete": True,
    }
    plays = content["plays"]
    assert [play["play"] for play in plays] == [0, 1, 2, 3, 4]
    assert [play["line"] for play in plays] == [5, 7, 9, 10, 11]
    assert {play["file"] for play in plays} == {str(file)}
    assert [play["section"] for play in plays] == ["autocreated"] * 2 + ["later"] * 3
    assert [(play["first"], play["last"]) for play in plays] == [
        (0, 10),
        (10, 20),
        (20, 30),
        (30, 35),
        (35, 45),
    ]
    assert [(play["start"], play["end"]) for play in plays][2:4] == [(2.0, 3.0), (3.0, 3.5)]
    names = {path.stem.partition("-")[0] for path in segments(tmp_path)}
    assert {name for play in plays for name in play["segments"]} == names
    assert len(film) == plays[-1]["last"]
    # A listener hears the same, also when everything is kept.
    _, again = render()
    for one in (heard, again):
        assert [(shot.play, shot.line, shot.first) for shot in one.shots] == [
            (play["play"], play["line"], play["first"]) for play in plays
        ]
        assert one.expects == one.new + one.kept == 45
        assert one.made == [tmp_path / "media/videos/film/54p10/Film.mp4"]
    assert read(tmp_path) == content


def test_plays_that_are_left_out_are_not_in_the_timeline(
    file: Path, render: Any, tmp_path: Path
) -> None:
    file.write_text(MANY.replace('"later"', '"later", skip_animations=True'))
    film, _ = render()
    plays = read(tmp_path)["plays"]
    assert [play["play"] for play in plays] == [0, 1]
    assert plays[-1]["last"] == len(film) == 20


def test_the_timeline_of_a_scene_that_fails(file: Path, render: Any, tmp_path: Path) -> None:
    file.write_text(MANY + "        raise RuntimeError\n")
    with pytest.raises(Exception, match="RuntimeError"):
        render()
    content = read(tmp_path)
    assert content["complete"] is False
    assert content["plays"][0]["line"] == 5
    # What was drawn until then is kept.
    file.write_text(MANY)
    assert render()[1].kept > 0
    assert read(tmp_path)["complete"] is True


def test_a_long_play_has_several_segments(file: Path, render: Any, tmp_path: Path) -> None:
    file.write_text(MANY.replace("Create(square)", "Create(square), run_time=40"))
    render()
    first, second = read(tmp_path)["plays"][:2]
    assert (first["last"], second["first"]) == (400, 400)
    assert len(first["segments"]) == 3


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"plays": 3, "frames": "x"}'])
def test_damaged_notes_do_not_matter(
    file: Path, tmp_path: Path, frames: Any, content: bytes
) -> None:
    before = frames(render_scene(file, "Film", jobs=1))
    whole = {}
    for name in ("timeline.json", "frames.json"):
        note = folder(tmp_path) / name
        whole[note] = note.read_bytes()
        note.write_bytes(content)
    np.testing.assert_array_equal(frames(render_scene(file, "Film", jobs=1)), before)
    assert all(note.read_bytes() == data for note, data in whole.items())


# --- sizes side by side


def test_another_size_has_segments_of_its_own(render: Any, file: Path) -> None:
    render()
    _, heard = render(pixel_width=64, pixel_height=36)
    assert (heard.new, heard.kept) == (45, 0)
    with temp_config({"video_encoder_options": {"crf": "30"}}):
        _, heard = render()
    assert (heard.new, heard.kept) == (45, 0)
    assert render()[1].new == 0
