"""`nnviz cache`: how much is kept, and away with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnviz._manim import temp_config
from nnviz.cli.main import main

KEPT = {
    "media/videos/film/480p15/partial_movie_files/Film/a-b.mp4": 1500,
    "media/videos/film/480p15/partial_movie_files/Film/timeline.json": 90,
    "media/videos/film/480p15/partial_movie_files/Film/a.jpg": 10,
    "media/Tex/0123456789abcdef.svg": 10,
    "media/texts/fedcba9876543210.svg": 20,
}
MADE = {
    "media/videos/film/480p15/Film.mp4": 5000,
    "media/images/film/Film.png": 50,
    "film.py": 5,
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, size in {**KEPT, **MADE}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def said(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_how_much_there_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "--media_dir=media"]) == 0
    assert said(capsys) == [
        ["segments", "3", "files", "1.6", "kB"],
        ["formulas", "1", "files", "10", "bytes"],
        ["texts", "1", "files", "20", "bytes"],
        ["all", "5", "files", "1.6", "kB", "in", "media"],
    ]
    assert files(folder) == {*KEPT, *MADE}


def test_what_is_made_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "--media_dir=media", "--clear"]) == 0
    assert "Removed 1.6 kB from media" in capsys.readouterr().out
    assert files(folder) == set(MADE)
    assert main(["cache", "--media_dir=media", "--clear"]) == 0


def test_the_folder_that_is_configured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = {"tex_dir": "{media_dir}/Tex", "text_dir": "{media_dir}/texts"}
    with temp_config({"media_dir": "./media", **folders}):
        assert main(["cache"]) == 0
    assert said(capsys)[-1][:3] == ["all", "5", "files"]


@pytest.mark.parametrize("place", ["{media_dir}", ".", "./media/videos"])
@pytest.mark.parametrize("key", ["tex_dir", "text_dir"])
def test_a_folder_that_holds_more_than_what_is_kept(folder: Path, key: str, place: str) -> None:
    """Manim's configuration may name any folder for formulas and texts: what is made stays."""
    settings = {"media_dir": "./media", "tex_dir": "{media_dir}/Tex", "text_dir": "{media_dir}/t"}
    with temp_config(settings | {key: place}):
        main(["cache", "--clear"])
    assert set(MADE) <= files(folder)


def test_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["cache", "--media_dir=nowhere"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert (status, "0 files" in out) in ((0, True), (2, False))


def test_links_are_not_followed(folder: Path) -> None:
    """What a link leads to is somebody else's."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    for name in ("film/480p15/link", "partial_movie_files"):
        (folder / "media" / "videos" / name).symlink_to(elsewhere)
    assert main(["cache", "--media_dir=media", "--clear"]) == 0
    assert (elsewhere / "precious").exists()


def test_what_cannot_be_removed_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert main(["cache", "--media_dir=media", "--clear"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "a-b.mp4 cannot be removed: Permission denied" in err
    assert files(folder) == {*KEPT, *MADE}
