"""`nnviz render`: whose order of words, whose options, and who renders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
from manim import config
from PIL import Image

from nnviz._manim import temp_config
from nnviz.cli import render
from nnviz.cli.main import main

FILM = """
from manim import *

def jump(alpha):
    raise RuntimeError("here")  # in jump

class First(Scene):
    def construct(self):
        self.wait(0.4)

class Second(Scene):
    def construct(self):
        self.play(Create(Line()), run_time=0.6)

class Construct(Scene):
    def construct(self):
        self.add_line()

    def add_line(self):
        raise RuntimeError("here")  # in add_line

class Updater(Scene):
    def construct(self):
        self.add(Dot().add_updater(lambda dot, dt: dot.shift(nothing)))  # in updater
        self.wait(1)

class Rate(Scene):
    def construct(self):
        self.play(Create(Line()), rate_func=jump)
"""
Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "film.py").write_text(FILM)
    monkeypatch.chdir(tmp_path)
    with temp_config({"dry_run": False, "disable_caching": False}):
        yield tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; return its exit status, lines on standard output, and errors."""

    def run(*words: str) -> tuple[int, list[str], str]:
        status = main(["render", "--jobs=1", *words])
        out, err = capsys.readouterr()
        return status, out.splitlines(), err

    return run


def frames(video: str) -> int:
    with av.open(video) as container:
        return len(list(container.decode(video=0)))


@pytest.mark.parametrize(
    "words", [("film.py", "Second"), ("Second", "film.py"), ("Second", "."), ("Second",)]
)
def test_file_and_scene_in_either_order(run: Run, words: tuple[str, ...]) -> None:
    status, (video,), _ = run(*words)
    assert status == 0
    assert Path(video).name == "Second.mp4"
    assert frames(video) == 3


def test_several_scenes_and_manims_options(run: Run) -> None:
    options = ["-ql", "--fps", "10", "-r", "80,60", "--media_dir", "there", "-n", "0,0"]
    status, videos, _ = run("film.py", "Second", "First", *options)
    assert status == 0
    assert [Path(video).stem for video in videos] == ["Second", "First"]
    assert all("there" in Path(video).parts for video in videos)
    assert [frames(video) for video in videos] == [6, 4]
    with av.open(videos[0]) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (80, 60)


def test_all_scenes_to_the_first_that_fails(run: Run) -> None:
    status, videos, errors = run("film.py", "-a")
    assert status == 1
    assert "here" in errors
    assert videos == []  # as Manim goes, by the alphabet, and Construct fails


def test_asks_which_scene_as_manim_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: "2,4")
    status, said, _ = run("film.py")
    assert status == 0
    assert said[:2] == ["1: Construct", "2: First"]
    assert [Path(line).name for line in said if line.endswith(".mp4")] == [
        "First.mp4",
        "Second.mp4",
    ]


def test_the_file_is_imported_once(run: Run, folder: Path) -> None:
    (folder / "film.py").write_text(f"print('imported')\n{FILM}")
    status, said, _ = run("film.py", "First")
    assert status == 0
    assert said.count("imported") == 1


def test_what_the_file_reads_when_it_is_imported_decides_what_is_kept(
    run: Run, folder: Path
) -> None:
    (folder / "film.py").write_text(
        "from pathlib import Path\n"
        "from manim import *\n"
        "SPEED = float(Path('speed.txt').read_text())\n"
        "class Reads(Scene):\n"
        "    def construct(self):\n"
        "        self.add(Dot().add_updater(lambda m, dt: m.shift(SPEED * dt * RIGHT)))\n"
        "        self.wait(0.6)\n"
    )
    kept = []
    for speed in ("1", "1", "2"):
        (folder / "speed.txt").write_text(speed)
        assert run("film.py", "--seed", "0")[0] == 0
        kept.append(len(list(folder.rglob("partial_movie_files/Reads/[!.]*.mp4"))))
    assert kept == [1, 1, 2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no.py"], "there is no file no.py"),
        (["First", "no.py"], "there is no file no.py"),
        (["First", "no"], "there is no folder no"),
        (["."], ". is a folder"),
        (["First", "film.py", "Second"], "there is no file First"),
        (["film.py", "Secnd"], "Did you mean Second?"),
        (["film.py", "Secnd", "First"], "Did you mean Second?"),
        (["film.py", "-a", "-o", "name"], "exactly one scene"),
        (["film.py", "First", "--jobs", "0"], "x>=1"),
        (["film.py", "First", "--nope"], "--nope"),
        (["film.py", "-n", "a"], ""),
        (["film.py", "-c", "no.cfg"], "no.cfg"),
        (["film.py", "--tex_template", "no.tex"], "no.tex"),
        (["film.py", "--video-codec", "none"], "Unknown video encoder: none"),
        (["film.py", "--live-preview"], "does not support live preview"),
    ],
)
def test_words_that_make_no_sense(run: Run, words: list[str], message: str) -> None:
    status, _, errors = run(*words)
    assert status == 2
    assert message in errors


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Construct", ["self.add_line()", "# in add_line"]),
        ("Updater", ["self.wait(1)", "# in updater"]),
        ("Rate", ["rate_func=jump)", "# in jump"]),
    ],
)
def test_tracebacks_show_the_scenes_lines(run: Run, name: str, lines: list[str]) -> None:
    status, _, errors = run("film.py", name)
    assert status == 1
    assert all(line in errors for line in lines)
    assert errors.count("File ") == 2, errors


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import not_there  # above\n", ["# above", "ModuleNotFoundError"]),
        ("class S(Scene:\n", ["class S(Scene:", "SyntaxError"]),
        ("import broken  # above\n", ["# above", "def f(:", "SyntaxError"]),
    ],
)
def test_tracebacks_of_files(run: Run, folder: Path, text: str, lines: list[str]) -> None:
    (folder / "broken.py").write_text("def f(:\n")
    (folder / "film.py").write_text(text)
    status, _, errors = run("film.py")
    assert status == 1
    assert all(line in errors for line in lines)
    assert "nnviz" not in errors
    assert "site-packages" not in errors


def test_help_has_manims_options_and_ours(run: Run) -> None:
    status, said, _ = run("--help")
    assert status == 0
    text = "\n".join(said)
    for option in ("--save_sections", "--transparent", "--jobs", "--no-cache", "--scheduler"):
        assert option in text


# --- what Manim does


def test_pictures_are_made_here(run: Run, folder: Path) -> None:
    status, (made,), errors = run("Second", "film.py", "-s", "-o", "pic", "-r", "64,36")
    assert (status, errors) == (0, "")
    assert Path(made).parent.parent.name == "images"
    with Image.open(made) as image:
        assert image.size == (64, 36)


def test_a_picture_a_frame(run: Run, folder: Path) -> None:
    status, _, errors = run("Second", "film.py", "--format", "png-sequence")
    assert (status, errors) == (0, "")
    assert len(list((folder / "media" / "images" / "film" / "Second").glob("*.png"))) == 3


def test_dry_runs_make_nothing(run: Run, folder: Path) -> None:
    assert run("Second", "film.py", "--dry_run") == (0, [], "")
    assert not [path for path in (folder / "media").rglob("*") if path.is_file()]


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Run nothing of Manim's command; return the words that it gets."""
    commands: list[list[str]] = []

    def remember(words: list[str], **_: object) -> None:
        commands.append(words)
        raise SystemExit(7)

    monkeypatch.setattr(render.manims_command, "main", remember)
    return commands


def test_opengl_is_manims(run: Run, stock: list[list[str]]) -> None:
    options = ["--renderer=opengl", "-pqm", "-o", "pic", "-r", "64;36", "--silent", "--seed=3"]
    options += ["--encoder-option", "crf=1", "--encoder-option", "preset=slow", "-n", "0,1"]
    status, _, errors = run("film.py", "Second", "First", *options, "-j2", "--no-cache")
    assert status == 7
    assert errors.startswith("Manim's own command renders Second and First: ")
    assert "OpenGL" in errors
    assert errors.count("\n") == 1
    (words,) = stock
    assert words[-4:] == ["--", "film.py", "Second", "First"]
    assert " ".join(words[:-4]) == (
        "--silent --seed 3 --output_file pic --from_animation_number 0,1 "
        "--quality m --resolution 64;36 --encoder-option crf=1 "
        "--encoder-option preset=slow --renderer opengl --preview --disable_caching"
    )


def test_a_camera_of_ones_own(run: Run, folder: Path) -> None:
    (folder / "film.py").write_text(
        "from manim import *\n"
        "class Own(Camera):\n"
        "    def capture_mobjects(self, *args, **kwargs):\n"
        "        self.pixel_array[..., 0] = 200\n"
        "class A(Scene):\n"
        "    def __init__(self): super().__init__(camera_class=Own)\n"
        "    def construct(self): self.wait(0.4)\n"
    )
    status, (video,), errors = run("film.py", "A")
    assert (status, errors) == (0, "")
    with av.open(video) as container:
        red = [frame.to_ndarray(format="rgb24")[..., 0].mean() for frame in container.decode()]
    assert [round(value, -1) for value in red] == [200, 200]


def test_leaves_the_configuration_as_it_was(run: Run) -> None:
    before = {key: config[key] for key in ("frame_rate", "scene_names", "input_file", "verbosity")}
    run("film.py", "First", "--fps", "10", "-v", "CRITICAL")
    assert before == {key: config[key] for key in before}
