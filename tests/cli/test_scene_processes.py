"""Commands in processes of their own, which are forks where that is possible."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from nnviz.cli.scene_processes import SceneProcesses

pytestmark = pytest.mark.slow

FILM = """
import atexit
import os
import random
import signal
import sys
import time
from pathlib import Path
import numpy as np
from manim import *

atexit.register(lambda: Path("atexit").write_text("has run"))

class Tells(Scene):
    def construct(self):
        print(sys.argv, repr(sys.stdin.read()), os.getcwd())
        print("numbers", random.random(), np.random.random_sample())
        print("colour", config.background_color, file=sys.stderr)
        os.system("echo from a process of the scene")

class Dies(Scene):
    def construct(self):
        print("is about to", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

class Waits(Scene):
    def construct(self):
        Path("begun").touch()
        time.sleep(60)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "film.py").write_text(FILM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(scene: str) -> tuple[int, str]:
    return SceneProcesses().run(["render", "film.py", scene, "-ql", "--jobs=1"])


def line(text: str, start: str) -> str:
    (found,) = [line for line in text.splitlines() if line.startswith(start)]
    return found


def test_what_a_scene_prints_and_finds(folder: Path) -> None:
    status, output = run("Tells")
    assert status == 0
    assert f"['nnviz', 'render', 'film.py', 'Tells', '-ql', '--jobs=1'] '' {folder}" in output
    assert "from a process of the scene" in output
    assert (folder / "atexit").read_text() == "has run"
    status, again = run("Tells")
    assert line(output, "numbers") != line(again, "numbers"), "chance is that of one process"


def test_a_configuration_of_another_folder_is_read(folder: Path) -> None:
    _, plain = run("Tells")
    (folder / "manim.cfg").write_text("[CLI]\nbackground_color = RED\n")
    status, red = run("Tells")
    assert status == 0
    assert line(plain, "colour") != line(red, "colour")
    (folder / "manim.cfg").write_text("[CLI\n")
    status, output = run("Tells")
    assert status == 1
    assert output.startswith("error: manim.cfg cannot be read")
    (folder / "manim.cfg").unlink()
    assert line(run("Tells")[1], "colour") == line(plain, "colour")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_process_that_dies() -> None:
    status, output = run("Dies")
    assert status == -signal.SIGKILL
    assert output.endswith("is about to\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_interrupted_as_it_starts(folder: Path) -> None:
    for wait in (0, 0.01, 0.03):
        processes = SceneProcesses()
        words = ["render", "film.py", "Waits", "-ql", "--jobs=1"]
        thread = threading.Thread(target=processes.run, args=(words,))
        thread.start()
        time.sleep(wait)
        processes.interrupt()
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_interrupted_while_it_runs_and_never_again(folder: Path) -> None:
    processes = SceneProcesses()
    ended: list[tuple[int, str]] = []
    words = ["render", "film.py", "Waits", "-ql", "--jobs=1"]
    thread = threading.Thread(target=lambda: ended.append(processes.run(words)))
    thread.start()
    deadline = time.monotonic() + 60
    while not (folder / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    processes.interrupt()
    thread.join(60)
    assert ended[0][0] == 130
    (folder / "begun").unlink()
    assert processes.run(words) == (130, "")
    assert not (folder / "begun").exists()
    assert not list(folder.glob(".unfinished*"))
