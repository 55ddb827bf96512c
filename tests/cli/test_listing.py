"""`nnviz list`, `find` and `--version`: at once, and without Manim."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import nnviz
from nnviz.cli.main import main

TWO = '''from manim import *
class First(Scene):
    """What is first."""
class Second(Scene): ...
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "films").mkdir(parents=True)
    (folder / "films" / "two.py").write_text(TWO)
    monkeypatch.chdir(folder)
    return folder


def test_list_of_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "films"]) == 0
    assert capsys.readouterr().out == "First   What is first.\nSecond\n"


def test_list_of_all_below_the_current_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert listed == f"{Path('films/two.py')}\n    First   What is first.\n    Second\n"


def test_find(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "Second"]) == 0
    assert capsys.readouterr().out == f"{Path('films/two.py')}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "nowhere"], "there is no folder nowhere"),
        (["list", "nowhere.py"], "there is no file nowhere.py"),
        (["list", "empty"], "there are no scenes in empty"),
        (
            ["find", "Secnd"],
            "there is no scene 'Secnd' in the current folder. Did you mean Second?",
        ),
    ],
)
def test_what_is_not_there(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")


def test_a_folder_is_read_with_its_subfolders(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "."]) == 0
    assert "First" in capsys.readouterr().out


def test_a_scene_that_two_files_define(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "again.py").write_text(TWO)
    assert main(["find", "First"]) == 2
    assert "each define a scene First" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"nnviz {nnviz.__version__}\n"


def test_neither_manim_nor_numpy_is_needed() -> None:
    code = (
        "import sys; sys.modules['manim'] = sys.modules['numpy'] = None\n"
        "from nnviz.cli.main import main; sys.exit(main(['list', 'films']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()[0]) == (0, "First"), done.stderr
