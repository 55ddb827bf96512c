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


@pytest.fixture
def leaves_a_record(tmp_path: Path, filming: None) -> Callable[[Surroundings], bool]:
    def note(before: Surroundings) -> bool:
        (tmp_path / "video.mp4").write_bytes(b"video")
        note_made(tmp_path, tmp_path / "video.mp4", ENCODER, before)
        return (tmp_path / "made_from.json").exists()

    return note


def test_no_record_where_a_file_has_changed_meanwhile(
    leaves_a_record: Callable[[Surroundings], bool], tmp_path: Path
) -> None:
    before = Surroundings()
    before.began += 3600
    module = tmp_path / "module_of_records.py"
    module.write_text("")
    import_file(module)
    try:
        os.utime(module, (before.began + 1, before.began + 1))
        assert not leaves_a_record(before)
        module.unlink()
        assert not leaves_a_record(before)
    finally:
        forget_modules(tmp_path)
    assert leaves_a_record(before)


def test_no_record_of_chance_without_a_seed_nor_without_a_cache(
    leaves_a_record: Callable[[Surroundings], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Surroundings()
    before.began += 3600
    with tempconfig({"disable_caching": True}):
        assert not leaves_a_record(before)
    monkeypatch.setitem(config._d, "seed", None)
    before = Surroundings()
    before.began += 3600
    random.random()
    assert not leaves_a_record(before)
    monkeypatch.setitem(config._d, "seed", 0)
    assert leaves_a_record(before)


def test_locks_are_not_read(tmp_path: Path, filming: None) -> None:
    lock, read = tmp_path / "a.lock", tmp_path / "read.txt"
    read.write_text("x")
    before = Surroundings()
    with before.listening():
        os.close(os.open(lock, os.O_RDWR | os.O_CREAT))
        os.close(os.open(read, os.O_RDONLY))
    assert before.files() == [str(read)]
