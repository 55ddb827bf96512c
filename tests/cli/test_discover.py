"""Which classes of a file are taken for scenes, by reading it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from nnviz.cli.discover import discover, nearest


def found(folder: Path, text: str) -> list[str]:
    (folder / "film.py").write_text(dedent(text))
    return discover(folder / "film.py").names


@pytest.mark.parametrize(
    "text",
    [
        "from manim import *\nclass S(Scene): ...",
        "import manim as m\nclass S(m.ThreeDScene): ...",
        "from manim import Scene\nBase = Scene\nclass S(Base): ...",
        "from manim import Scene\nBase: type = Scene\nclass S(Base): ...",
        "from manim import *\nclass _Base(Scene): ...\nOther = _Base\nclass S(Other): ...",
        "from manim import *\nwith open('x'):\n    class S(Scene): ...",
        "from manim import *\nfor i in range(2):\n    class S(Scene): ...",
        "from manim import *\nwhile True:\n    class S(Scene): ...",
        "from manim import *\nmatch 1:\n    case 1:\n        class S(Scene): ...",
        "from manim import *\ntry:\n    pass\nexcept ValueError:\n    class S(Scene): ...",
        "def base(): ...\nclass S(base()):\n    def construct(self): ...",
        "def base(): ...\nBase = base()\nclass S(Base):\n    def construct(self): ...",
        "def base(): ...\nclass _A(base()): ...\nclass S(_A):\n    def construct(self): ...",
        "from not_installed import Slide\nclass S(Slide):\n    def construct(self): ...",
        "from nnviz import NetworkScene\nclass S(NetworkScene): ...",
    ],
)
def test_scenes(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == ["S"]


@pytest.mark.parametrize(
    "text",
    [
        "from manim import *\nclass S(Circle):\n    def construct(self): ...",
        "def base(): ...\nclass S(base()):\n    def play(self): ...",
        "class S(dict):\n    def construct(self): ...",
        "class S:\n    def construct(self): ...",
        "from manim import *\nclass _S(Scene): ...",
        "from manim import *\ndef f():\n    class S(Scene): ...",
        "from manim import *\nfrom abc import ABC\nclass S(Scene, ABC): ...",
        "class A(B): ...\nclass B(A): ...",
        "A = B\nB = A\nclass S(A): ...",
    ],
)
def test_other_classes(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def test_all_below_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = "from manim import *\nclass {}(Scene): ...\n"
    folders = ["", "a/b", ".hidden", "media", "node_modules", "env", "x/site-packages", "c"]
    for i, folder in enumerate(folders):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "film.py").write_text(scene.format(f"S{i}"))
    (tmp_path / "env" / "pyvenv.cfg").touch()
    monkeypatch.chdir(tmp_path)
    assert discover().names == ["S0", "S1", "S7"]
    assert [scene.file for scene in discover().called("S1")] == [Path("a/b/film.py")]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "film.py").write_text("class S(Scene:\n")
    (problem,) = discover(tmp_path).problems
    assert problem.startswith(f"{tmp_path / 'film.py'}:1: ")


def test_names_that_may_have_been_meant() -> None:
    names = ["WalkThroughTwoExample", "LayOutPlan", "SGDSteps"]
    assert nearest("walkthrough", names) == ["WalkThroughTwoExample"]
    assert nearest("SGDstep", names)[0] == "SGDSteps"
    assert nearest("qqqqqq", names) == []


@pytest.mark.parametrize(
    ("typed", "names", "wanted"),
    [
        # What begins so is first, then what has it inside; of these, the shortest.
        ("step", ["ASteps", "StepsAndMoreSteps"], ["StepsAndMoreSteps", "ASteps"]),
        ("STEP", ["Footsteps", "StepsDownhill", "Steps"], ["Steps", "StepsDownhill", "Footsteps"]),
        ("steps", ["xsteps", "stepsxx", "stepsx"], ["stepsx", "stepsxx", "xsteps"]),
        # Only then what is like it.
        ("Stepz", ["Steps", "OneStepzMore"], ["OneStepzMore", "Steps"]),
        # As many as were asked for, and none where nothing was typed.
        ("a", ["A", "Ab", "Abc", "Abcd"], ["A", "Ab", "Abc"]),
        ("", ["A", "B"], []),
    ],
)
def test_what_begins_so_is_first(typed: str, names: list[str], wanted: list[str]) -> None:
    assert nearest(typed, names) == wanted
    assert nearest(typed, reversed(names)) == wanted
    assert nearest(typed, names, limit=1) == wanted[:1]
