"""What cannot be written or read is named in a line; nothing is left in halves."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import manim
import pytest

from nnviz._manim import temp_config
from nnviz.cli.main import main

FILM = """from manim import *
class Film(Scene):
    def construct(self):
        self.add_subcaption("words", duration=0.4)
        self.play(Create(Square()), run_time=0.4)
        self.wait(0.4)
class Still(Scene):
    def construct(self):
        self.add(Square())
class Words(Scene):
    def construct(self):
        self.add(Text("words"))
        self.wait(0.4)
class Loses(Scene):
    def construct(self):
        self.wait(0.4)
        open("nowhere.txt")  # here
"""
VIDEOS = "videos/film/54p10"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, filming: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "film.py").write_text(FILM)
    monkeypatch.chdir(tmp_path)
    with temp_config({"media_dir": "./media"}):
        yield tmp_path


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command; return its exit status, and what it says."""

    def run(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main(["render", "film.py", *(words or ("Film",)), "--jobs=1"])
        return (status, *capfd.readouterr())

    return run


def everything(folder: Path) -> dict[str, bytes | None]:
    """Return all that is in a folder, but notes on what plays when."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.suffix != ".json"
    }


def check(outcome: tuple[int, str, str], path: str | Path) -> None:
    """Check that one line names a path."""
    status, out, errors = outcome
    assert (status, out) == (1, ""), errors
    assert errors.count("\n") == 1, errors
    assert str(path) in errors
    assert " cannot be " in errors
    assert "Traceback" not in errors
    assert not list(Path().rglob(".unfinished*"))


def file_there(path: Path) -> None:
    path.write_text("in the way")


def dangling_link(path: Path) -> None:
    path.symlink_to("nowhere/at/all")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.every(4)
@pytest.mark.parametrize("obstacle", [file_there, dangling_link, link_to_itself])
@pytest.mark.parametrize(
    "place",
    [
        "media",
        "media/videos",
        "media/videos/film",
        f"media/{VIDEOS}",
        f"media/{VIDEOS}/partial_movie_files",
        f"media/{VIDEOS}/partial_movie_files/Film",
    ],
)
def test_something_in_a_folders_place(
    run: Run, folder: Path, place: str, obstacle: Callable[[Path], None]
) -> None:
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    obstacle(folder / place)
    before = everything(folder)
    check(run(), place)
    assert everything(folder) == before


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ((), f"{VIDEOS}/Film.mp4"),
        ((), f"{VIDEOS}/Film.srt"),
        ((), f"{VIDEOS}/partial_movie_files/Film/timeline.json"),
        (("Film", "--save_sections"), f"{VIDEOS}/sections/Film_0000_autocreated.mp4"),
        (("Film", "--save_sections"), f"{VIDEOS}/sections/Film.json"),
        (("Film", "--format=gif"), f"{VIDEOS}/Film_ManimCE_v{manim.__version__}.gif"),
        (
            ("Still", "-s"),
            f"images/film/Still_ManimCE_v{manim.__version__}.png",
        ),
    ],
)
def test_a_folder_in_a_files_place(
    run: Run, folder: Path, words: tuple[str, ...], place: str
) -> None:
    (folder / "media" / place / "inside").mkdir(parents=True)
    check(run(*words), place)
    assert (folder / "media" / place / "inside").is_dir()


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("Still", "-s"), "media/images"),
        (("Film", "--format=png-sequence"), "media/images/film/Film"),
        (("Words",), "media/texts"),
        (("Film", "--save_sections"), f"media/{VIDEOS}/sections"),
    ],
)
def test_a_file_in_the_place_of_other_folders(
    run: Run, folder: Path, words: tuple[str, ...], place: str
) -> None:
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    file_there(folder / place)
    check(run(*words), place)
    assert (folder / place).read_text() == "in the way"


@pytest.mark.parametrize("words", [("--media_dir", "x" * 300), ("-o", "y" * 300)])
def test_names_that_are_too_long(run: Run, words: tuple[str, str]) -> None:
    check(run("Film", *words), words[1])


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
@pytest.mark.parametrize("place", ["/proc/nowhere", "/proc/1/nowhere", "/proc/self/stat/x"])
def test_where_nobody_can_write(run: Run, place: str) -> None:
    check(run("Film", "--media_dir", place), place)


def test_a_film_that_cannot_be_written_leaves_the_one_before(run: Run, folder: Path) -> None:
    assert run()[0] == 0
    before = everything(folder / "media")
    (folder / "film.py").write_text(FILM.replace("Square", "Circle"))
    segments = folder / "media" / VIDEOS / "partial_movie_files" / "Film"
    shutil.rmtree(segments)
    file_there(segments)
    check(run(), segments)
    after = everything(folder / "media")
    kept = [name for name in before if "partial" not in name]
    assert kept
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}


def as_a_process(*words: str, before: Callable[[], None] | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "nnviz", "render", "film.py", "Film", "--jobs=1", *words],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="mounts")
@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_disks(run: Run, folder: Path, kind: str) -> None:
    disk = folder / "disk"
    disk.mkdir()
    options = "size=8k" if kind == "full" else "ro"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    if (
        shutil.which("mount") is None
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("nothing can be mounted here")
    try:
        check(run("Film", "--media_dir", str(disk)), disk)
        assert not list(disk.rglob("Film.mp4"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.every(2)
@pytest.mark.parametrize("size", [1000, 3000])
def test_files_that_may_not_be_so_large(folder: Path, size: int) -> None:
    (folder / "film.py").write_text(
        FILM.replace("Square()", "VGroup(*(Dot(x * UP) for x in range(9)))")
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    check(as_a_process(before=limited), "media")
    assert not list((folder / "media").rglob("Film.mp4"))


def test_a_scene_that_catches_everything(run: Run, folder: Path) -> None:
    """What cannot be written in the middle of the scene is told at its end."""
    (folder / "film.py").write_text(
        "import shutil\n"
        "from manim import *\n"
        "class Film(Scene):\n"
        "    def construct(self):\n"
        "        self.play(Create(Square()), run_time=0.4)\n"
        "        segments = self.renderer.file_writer.partial_movie_directory\n"
        "        shutil.rmtree(segments)\n"
        "        segments.write_text('in the way')\n"
        "        for _ in range(3):\n"
        "            try: self.play(Create(Circle()), run_time=0.4)\n"
        "            except Exception: pass\n"
        "        segments.unlink()\n"
        "        segments.mkdir()\n"
        "        self.play(Create(Triangle()), run_time=0.4)\n"
    )
    check(run(), f"{VIDEOS}/partial_movie_files/Film")
    assert not (folder / "media" / VIDEOS / "Film.mp4").exists()


def test_an_error_of_the_scenes_own(run: Run) -> None:
    status, _, errors = run("Loses")
    assert status == 1
    assert "# here" in errors
    assert errors.endswith(
        "FileNotFoundError: [Errno 2] No such file or directory: 'nowhere.txt'\n"
    )
    assert "nnviz" not in errors


def test_notes_that_cannot_be_written(run: Run, folder: Path) -> None:
    """The number of frames is for the eye alone."""
    note = folder / "media" / VIDEOS / "partial_movie_files" / "Film" / "frames.json"
    (note / "inside").mkdir(parents=True)
    outcome = run()
    if outcome[0]:
        check(outcome, note)
    else:
        assert outcome[2] == ""


def test_segments_that_cannot_be_listed(run: Run, folder: Path, monkeypatch: Any) -> None:
    """As in a folder whose files one may only use by their names."""
    assert run()[0] == 0
    plain = Path.iterdir

    def iterdir(self: Path) -> Iterator[Path]:
        if self.name == "Film":
            raise PermissionError(13, "Permission denied", os.fspath(self))
        return plain(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    outcome = run()
    if outcome[0]:
        check(outcome, "partial_movie_files/Film")
