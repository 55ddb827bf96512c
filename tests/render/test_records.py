"""A video is right as long as what it was made from has not changed, and only then."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from manim import config, tempconfig

from nnviz.render import records
from nnviz.render.names import Surroundings
from nnviz.render.records import note_made, video_made
from nnviz.render.source import import_file

ENCODER = "an encoder"


def forget_modules(folder: Path) -> None:
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def made(tmp_path: Path, filming: None) -> Iterator[Callable[[], Path | None]]:
    """Note a video of a module and a file it reads; return what asks for it."""
    (tmp_path / "module_of_records.py").write_text("TEXT = open('data.txt').read()")
    (tmp_path / "data.txt").write_text("data")
    for file in tmp_path.iterdir():
        if file.is_file():
            os.utime(file, (1, 1))
    video = tmp_path / "video.mp4"
    video.write_bytes(b"video")
    monkey = pytest.MonkeyPatch()
    monkey.chdir(tmp_path)
    try:
        before = Surroundings()
        before.began += 3600  # what belongs to the tests may just have been written
        with before.listening():
            import_file(tmp_path / "module_of_records.py")
        note_made(tmp_path, video, ENCODER, before)
        yield lambda: video_made(tmp_path, ENCODER)
    finally:
        monkey.undo()
        forget_modules(tmp_path)


def test_it_is_right_as_it_is(made: Callable[[], Path | None], tmp_path: Path) -> None:
    assert made() == tmp_path / "video.mp4"


@pytest.mark.parametrize("name", ["module_of_records.py", "data.txt", "video.mp4"])
@pytest.mark.parametrize("gone", [False, True])
def test_a_file_that_has_changed(
    made: Callable[[], Path | None], tmp_path: Path, name: str, gone: bool
) -> None:
    if gone:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text("TEXT = 'changed'")
    assert made() is None


def test_comments_make_no_other_video(made: Callable[[], Path | None], tmp_path: Path) -> None:
    file = tmp_path / "module_of_records.py"
    file.write_text("# Why.\n" + file.read_text())
    assert made() is not None


def test_another_way_of_making_it(
    made: Callable[[], Path | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert video_made(tmp_path, "another encoder") is None
    with tempconfig({"pixel_width": config.pixel_width + 2}):
        assert made() is None
    monkeypatch.setattr(records, "library", lambda: "another version")
    assert made() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"video": 3}', "\xff"])
def test_a_record_that_cannot_be_read_is_none(
    made: Callable[[], Path | None], tmp_path: Path, text: str
) -> None:
    (tmp_path / "made_from.json").write_text(text, encoding="latin-1")
    assert made() is None


def test_files_that_changed_meanwhile_and_chance_leave_no_record(
    tmp_path: Path, filming: None
) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"video")
    before = Surroundings()
    (tmp_path / "changed.py").write_text("")
    import_file(tmp_path / "changed.py")
    os.utime(tmp_path / "changed.py", (before.began + 1, before.began + 1))
    note_made(tmp_path, video, ENCODER, before)
    before.began += 3600
    with tempconfig({"seed": None}):
        unseeded = Surroundings()
        unseeded.began = before.began
        random.random()
        note_made(tmp_path, video, ENCODER, unseeded)
    with tempconfig({"disable_caching": True}):
        note_made(tmp_path, video, ENCODER, before)
    assert not (tmp_path / "made_from.json").exists()
    (tmp_path / "gone_by_then.py").write_text("")
    import_file(tmp_path / "gone_by_then.py")
    (tmp_path / "gone_by_then.py").unlink()
    note_made(tmp_path, video, ENCODER, before)
    assert not (tmp_path / "made_from.json").exists()
    forget_modules(tmp_path)
    note_made(tmp_path, video, ENCODER, before)
    assert video_made(tmp_path, ENCODER) == video


def test_locks_are_not_read(tmp_path: Path, filming: None) -> None:
    lock, read = tmp_path / "a.lock", tmp_path / "read.txt"
    read.write_text("x")
    before = Surroundings()
    with before.listening():
        os.close(os.open(lock, os.O_RDWR | os.O_CREAT))
        os.close(os.open(read, os.O_RDONLY))
    assert before.files() == [str(read)]
