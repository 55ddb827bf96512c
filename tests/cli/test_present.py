"""`nnviz present`: what is refused before anything runs, and how an export ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnviz.cli.main import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "film.py").write_text("from manim import *\nclass Film(Scene): ...\n")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "folder.html").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nnviz.preview.slides_file.run", lambda *_: pytest.fail("it ran"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.py"], "there is no Python file none.py"),
        (["film.py", "Flim"], "there is no scene 'Flim' in film.py. Did you mean Film?"),
        (["film.py", "--notes"], "--notes needs --export"),
        (["film.py", "--port", "-1"], "--port is -1"),
        (["film.py", "Flim", "--export", "a.html"], "there is no scene 'Flim' in film.py"),
        (["film.py", "--export", "a.mp4"], "--export is a.mp4: the file name has to end in .html"),
        (["film.py", "--export", "folder.html"], "--export is folder.html: this is a folder"),
        (["film.py", "--export", "a.html", "-j", "0"], "--jobs is 0"),
        (["empty.py", "--export", "a.html"], "there are no scenes in empty.py"),
    ],
)
def test_what_makes_no_sense(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["present", *words]) == 2
    assert capsys.readouterr().err.startswith(f"error: {said}")
    assert not (folder / "a.html").exists()


def test_a_file_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["present", "film.py", "--export", "none/a.html"]) == 1
    assert capsys.readouterr().err.startswith("error: none/a.html cannot be written: ")
