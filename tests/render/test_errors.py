"""What goes wrong in a scene is shown by the scene's lines; what goes wrong in nnviz says so."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

import nnviz
from nnviz.camera.lister import Lister
from nnviz.cli.main import main
from nnviz.drawing.pieces import Piece
from nnviz.drawing.segments import SegmentEncoder
from nnviz.render.drawing_queue import DrawingQueue
from nnviz.render.errors import REPORT, SceneError, is_users
from nnviz.render.recorder import Recording
from nnviz.render.rendering import render_scene

FILMS = Path(__file__).parent / "films" / "films.py"
pytestmark = pytest.mark.usefixtures("filming")


def error_of(file: Path, name: str = "Film", jobs: int = 1) -> str:
    with pytest.raises(SceneError) as caught:
        render_scene(file, name, jobs=jobs)
    return str(caught.value)


@pytest.fixture
def scene(tmp_path: Path) -> Any:
    """Return a function that writes a scene, which does something."""

    def write(does: str, before: str = "") -> Path:
        file = tmp_path / "film.py"
        file.write_text(
            f"from manim import *\n{before}\nclass Film(Scene):\n    def construct(self):\n"
            f"        {does}\n"
        )
        return file

    return write


def test_exception_in_a_scene(apart: Any) -> None:
    with pytest.raises(SceneError) as caught:
        apart(render_scene, FILMS, "Fails", jobs=2)
    text = str(caught.value)
    assert text.count("the neuron is missing") == 2, "the line, and the message"
    assert "# this line" in text
    assert "nnviz" not in text.replace(str(FILMS), ""), "only the scene's part of the traceback"


def test_exception_in_the_middle_of_a_play(apart: Any) -> None:
    with pytest.raises(SceneError, match="this line, too"):
        apart(render_scene, FILMS, "FailsInTheMiddle", jobs=2)


@pytest.mark.usefixtures("many_pieces")
def test_exception_of_what_is_drawn(apart: Any) -> None:
    with pytest.raises(SceneError, match="this place") as caught:
        apart(render_scene, FILMS, "CannotBeDrawn", jobs=3)
    assert "self.play(" in str(caught.value), "the scene's own line"
    assert REPORT not in str(caught.value)


WRONG = {
    "an updater": ("self.add(Dot().add_updater(lambda m, dt: 1 / 0)); self.wait(1)", 2),
    "a rate": ("self.play(Create(Dot(), rate_func=lambda t: 1 / 0))", 2),
    "Manim's own complaint": ("self.play(3)", 1),
    "points that are none": ("self.add(Dot().move_to('x'))", 1),
    "a number that is none": ("d = Dot(); d.points[:] = 1j; self.add(d); self.wait(1)", 1),
    "a file": ("open('nowhere.txt')", 1),
    "a picture": ("ImageMobject('nowhere.png')", 1),
    "memory": ("raise MemoryError('of the scene')", 1),
    "an assertion": ("assert 1 == 2", 1),
    "a group": ("raise ExceptionGroup('many', [ValueError('one')])", 1),
    "a cause": ("\n        try: 1 / 0\n        except Exception as e: raise KeyError from e", 2),
}


@pytest.mark.parametrize("kind", WRONG)
def test_lines_are_the_scenes(kind: str, scene: Any) -> None:
    does, count = WRONG[kind]
    text = error_of(scene(does))
    assert text.count('File "') == count, text
    assert text.count(f'File "{scene(does)}"') == count, text
    assert REPORT not in text
    assert "site-packages" not in text


def test_an_exception_that_says_something_of_itself(scene: Any) -> None:
    text = error_of(
        scene(
            "raise Odd()",
            before="class Odd(Exception):\n    def __str__(self): raise RuntimeError('odd')",
        )
    )
    assert "Odd" in text


def test_a_scene_that_leaves(scene: Any) -> None:
    """``sys.exit`` in a scene ends the command as it does under Manim."""
    with pytest.raises(SystemExit) as left:
        render_scene(scene("raise SystemExit(5)"), "Film", jobs=1)
    assert left.value.code == 5


def test_a_scene_catches_its_own(scene: Any, frames: Any, drawn_by_manim: Any) -> None:
    file = scene(
        "self.wait(0.4)\n"
        "        try: self.play(Create(Dot(), rate_func=lambda t: 1 / 0))\n"
        "        except ZeroDivisionError: pass\n"
        "        self.add(Square())"
    )
    assert len(frames(render_scene(file, "Film", jobs=1))) == 4


def test_a_scene_that_goes_on_after_an_exception_in_a_play(scene: Any) -> None:
    """Manim refuses this, too: it is no error in nnviz."""
    text = error_of(
        scene(
            "try: self.play(Create(Dot(), rate_func=lambda t: 1 / 0))\n"
            "        except ZeroDivisionError: pass\n"
            "        self.wait(0.4)  # here"
        )
    )
    assert "Cannot open a video segment while another segment is still open" in text
    assert "# here" in text
    assert REPORT not in text


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        (DrawingQueue, "request"),
        (DrawingQueue, "finish"),
        (Recording, "add"),
        (Recording, "end_play"),
        (Piece, "name"),
        (SegmentEncoder, "show"),
    ],
)
def test_an_error_in_nnviz_says_so(
    owner: type, method: str, scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Code that stands in a file of ours, as far as anybody can see.
    file = Path(nnviz.__path__[0]) / "render" / "drawing_queue.py"
    space: dict[str, Any] = {}
    code = compile("def broken(*args, **kwargs):\n    raise KeyError('ours')\n", str(file), "exec")
    exec(code, space)
    monkeypatch.setattr(owner, method, space["broken"])
    text = error_of(scene("self.play(Create(Square()))"))
    assert text.endswith(REPORT)
    assert "KeyError: 'ours'" in text
    assert text.count("nnviz") > 3, "all lines are there"


def test_what_the_lister_does_wrong_says_so_or_does_no_harm(
    scene: Any, frames: Any, drawn_by_manim: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be that Manim's own code paints what cannot be listed."""

    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(Lister, "layer", broken)
    file = scene("self.play(Create(Square()))")
    ours = frames(render_scene(file, "Film", jobs=1))
    assert (ours == drawn_by_manim(file, "Film")).all()


def test_a_worker_that_cannot_draw_says_whose_error_it_is(
    tmp_path: Path, scene: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    import pickle

    monkeypatch.setattr(Piece, "packed", lambda self: pickle.dumps(("0", "0")) + b"broken")
    file = scene("self.play(Create(Square())); self.wait(1)")
    monkeypatch.chdir(tmp_path)
    assert main(["render", str(file), "Film", "--jobs=2"]) == 1
    errors = capfd.readouterr().err
    assert errors.rstrip().endswith(REPORT)


def test_whose_a_file_is(tmp_path: Path) -> None:
    import manim

    assert is_users(str(tmp_path / "film.py"))
    for file in ("<string>", traceback.__file__, manim.__file__, nnviz.__file__, pytest.__file__):
        assert not is_users(file), file
