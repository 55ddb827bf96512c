"""``nnviz film``: a folder of scenes as one video."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from manim import config

from nnviz.cli.main import main

pytestmark = pytest.mark.slow

SCENES = """
from pathlib import Path
from manim import *
from shapes import SHAPE

class Opening(Scene):
    def construct(self):
        self.play(Create(SHAPE()), run_time=0.4)

class TheEnd(Scene):
    def construct(self):
        self.add(Square(side_length=float(Path("size.txt").read_text())))
        self.wait(0.6)

class Draft(Scene):
    def construct(self):
        raise RuntimeError("not yet")
"""
LIST = """
title = "A film"
scenes = [
    { name = "TheEnd", title = "In the end" },
    "Opening",
    { name = "TheEnd" },
]
"""
FILM = Path("media/videos/story/480p15/story.mp4")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "parts.py": SCENES,
        "shapes.py": "from manim import Circle as SHAPE",
        "size.txt": "2",
        "story.toml": LIST,
    }.items():
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (1, 1))
    monkeypatch.chdir(tmp_path)
    config.dry_run = False
    return tmp_path


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command, which renders each scene in a process of its own; return what it says."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["film", *(words or ("story.toml", "-ql"))])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def change(name: str, text: str) -> None:
    """Write a file as if it had been a while ago."""
    before = Path(name).stat().st_mtime
    Path(name).write_text(text)
    os.utime(name, (before + 1, before + 1))


def marks(film: Path) -> list[tuple[str, float]]:
    with av.open(str(film)) as container:
        return [
            (mark["metadata"]["title"], float(mark["start"] * mark["time_base"]))
            for mark in container.chapters()
        ]


def drawn(folder: Path) -> set[Path]:
    """Return the pieces of film that are there."""
    return set(folder.rglob("partial_movie_files/*/[!.]*.mp4"))


def test_every_scene_runs_and_what_has_not_changed_is_left_alone(folder: Path, run: Run) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert out.startswith("Rendering 2 scenes at 480p15, ")
    assert out.splitlines()[-2:] == [
        str(Path.cwd() / FILM.with_suffix(".png")),
        str(Path.cwd() / FILM),
    ]
    assert marks(FILM) == [("In the end", 0.0), ("Opening", 0.6), ("The End", 1.0)]
    with av.open(str(FILM)) as container:
        assert container.duration == 1_600_000
        assert container.metadata["title"] == "A film"
    pieces = drawn(folder)
    assert len(pieces) == 2

    # Titles alone: nothing is drawn, and a film of the same parts is not joined again.
    made = FILM.stat().st_mtime_ns
    assert run()[0] == 0
    assert FILM.stat().st_mtime_ns == made
    change("story.toml", LIST.replace("In the end", "At last"))
    FILM.with_suffix(".png").unlink()
    assert run()[0] == 0
    assert FILM.with_suffix(".png").exists()
    assert marks(FILM)[0] == ("At last", 0.0)
    assert drawn(folder) == pieces

    # What a scene reads, and what it imports; a damaged part is made again.
    change("size.txt", "3")
    change("shapes.py", "from manim import Square as SHAPE")
    part = Path("media/videos/parts/480p15/Opening.mp4")
    part.write_bytes(part.read_bytes()[:100])
    assert run()[0] == 0
    assert len(drawn(folder) - pieces) == 2
    assert marks(FILM)[1:] == [("Opening", 0.6), ("The End", 1.0)]

    # A scene that fails is named, and the film stays.
    before = FILM.read_bytes()
    change("parts.py", SCENES.replace("0.6", "1 / 0"))
    status, out, err = run()
    assert status == 1
    assert err.startswith(
        "error: the film was not made: TheEnd (parts.py) failed. Its last output:"
    )
    assert "ZeroDivisionError" in err
    assert err.count("error:") == 1
    assert FILM.read_bytes() == before


def test_captions_and_title_cards(folder: Path, run: Run) -> None:
    change(
        "story.toml",
        """
        title = "A film"
        title_cards = true
        scenes = [
            { name = "Opening", caption = "It begins & goes on." },
            { name = "TheEnd", title = "In the end", caption = "" },
        ]
        """,
    )
    status, out, err = run()
    assert (status, err) == (0, "")
    assert out.splitlines()[-2:] == [
        str(Path.cwd() / FILM.with_suffix(s)) for s in (".vtt", ".mp4")
    ]
    # 2.2 s a card, and then 0.4 s and 0.6 s. The caption stays to the end of its scene.
    assert marks(FILM) == [("Opening", 0.0), ("In the end", 2.6)]
    assert FILM.with_suffix(".vtt").read_text() == (
        "WEBVTT\n\n00:00:02.200 --> 00:00:02.600\nIt begins &amp; goes on.\n"
    )
    with av.open(str(FILM)) as container:
        (track,) = container.streams.subtitles
        assert track.codec_context.name == "mov_text"
        packets = [packet for packet in container.demux(track) if packet.size > 2]
        assert [(bytes(p)[2:], float(p.pts * p.time_base)) for p in packets] == [
            (b"It begins & goes on.", 2.2)
        ]
    with av.open(str(FILM)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    brightest = [int(frame.max()) for frame in frames]
    rate = round(len(frames) / 5.4)
    assert len(frames) == round(5.4 * rate)
    # The title, black before the scene, the scene's last picture fading on the second card.
    assert brightest[rate] > 200
    assert brightest[round(2.2 * rate) - 1] < 40
    card = brightest[round(2.6 * rate) : round(3.0 * rate)]
    assert card == sorted(card, reverse=True)
    assert card[0] > 100 > 40 > card[-1]


def test_a_folder_is_a_film_too(folder: Path, run: Run) -> None:
    (folder / "parts.py").write_text(SCENES.partition("class Draft")[0])
    assert run(".", "-ql")[0] == 0
    assert marks(Path(f"media/videos/{folder.name}/480p15/{folder.name}.mp4")) == [
        ("Opening", 0.0),
        ("The End", 0.4),
    ]


def test_videos_that_are_there_are_joined_without_a_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("film", "story.toml", "-ql", "--no-render")
    assert main(list(words)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:3] == [
        "error: the film was not made: these scenes have no video at 480p15:",
        "    TheEnd (parts.py)",
        "    Opening (parts.py)",
    ]
    assert "nnviz preview . --quality=l" in err
    assert not FILM.exists()

    # Of nnviz preview: of the folder named in the error, and in the folder of that quality. Draft
    # fails there, and is no part of the film.
    assert main(["preview", ".", "--quality=l"]) == 1
    capsys.readouterr()
    change("parts.py", SCENES.replace("self.wait(0.6)", "1 / 0"))
    change("story.toml", LIST.replace('title = "In the end"', 'caption = "It ends."'))
    assert main(list(words)) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        str(Path.cwd() / FILM.with_suffix(s)) for s in (".png", ".vtt", ".mp4")
    ]
    assert err == ""
    assert marks(FILM) == [("The End", 0.0), ("Opening", 0.6), ("The End", 1.0)]

    # The captions are written each time, as the film's own run writes them, and the film is kept.
    made = FILM.stat().st_mtime_ns
    os.utime(FILM.with_suffix(".vtt"), (1, 1))
    assert main(list(words)) == 0
    assert FILM.with_suffix(".vtt").stat().st_mtime > 1
    assert FILM.stat().st_mtime_ns == made
    capsys.readouterr()

    part = Path("media/videos/parts/480p15/Opening.mp4")
    part.write_bytes(b"no video")
    assert main(list(words)) == 1
    assert capsys.readouterr().err.startswith("error: the film was not made: ")
    assert main(["film", "story.toml", "-qm", "--no-render"]) == 1
    assert "no video at 720p30" in capsys.readouterr().err


@pytest.mark.exhaustive
def test_a_scene_that_plays_nothing_is_no_part(folder: Path, run: Run) -> None:
    change("parts.py", SCENES.replace("self.wait(0.6)", "pass"))
    status, _, err = run()
    assert status == 1
    assert err.startswith("error: the film was not made: TheEnd (parts.py) plays nothing, so it is")
    assert not FILM.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenes = [", "story.toml: "),
        ("", "story.toml needs a list of scenes, such as"),
        ("scenes = []", "story.toml needs a list of scenes, such as"),
        ("scenes = 3", "story.toml needs a list of scenes, such as"),
        ("scene = ['Opening']\nscenes = ['Opening']", "(true or false); scene is not supported"),
        ("scenes = [3]", "and optionally a title and a caption, all of them texts; got 3"),
        ("scenes = [{ title = 'x' }]", "a scene has a name, and optionally a title and a caption"),
        ("scenes = [{ name = 'Opening', to = 'x' }]", "a scene has a name, and optionally a title"),
        ("scenes = ['Openning']", "Did you mean Opening?"),
    ],
)
def test_lists_that_make_no_sense(
    capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    Path("story.toml").write_text(text)
    assert main(["film", "story.toml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err


def test_a_list_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["film", "stories.toml"]) == 2
    assert capsys.readouterr().err.startswith("error: stories.toml cannot be read: ")
