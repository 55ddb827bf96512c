"""What the command says while it works, where it says it, and how it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import manim.manager
import psutil
import pytest

from nnviz._manim import temp_config
from nnviz.cli.main import main
from nnviz.render.progress import Progress

FILM = """
import time
from manim import *

class Talks(Scene):
    def construct(self):
        print("beginning")
        logger.info("by the scene")
        logger.warning("careful")
        self.add_subcaption("words", duration=0.4)
        self.next_section("two")
        for _ in range(2):
            self.play(Create(Line()), run_time=0.8)
        print("end", end="")

class Slow(Scene):
    def construct(self):
        self.add(Dot().add_updater(lambda dot, dt: time.sleep(0.1)))
        open("begun", "w").close()
        self.wait(100)

class Fails(Scene):
    def construct(self):
        raise RuntimeError("on purpose")
"""


class Terminal(io.StringIO):
    """A terminal, as what is written to it."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        """What is seen in the end: a carriage return goes back to the beginning of the line."""
        return [
            re.sub(r" *\r *(?=\r|$)", "", line).rpartition("\r")[2].rstrip()
            for line in self.getvalue().split("\n")
        ]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "film.py").write_text(FILM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    with temp_config({"dry_run": False, "disable_caching": False, "progress_bar": "display"}):
        yield tmp_path


@contextlib.contextmanager
def shown() -> Iterator[Terminal]:
    """Let both streams be a terminal for a while."""
    terminal = Terminal()
    with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
        yield terminal


@pytest.mark.slow
def test_on_a_terminal() -> None:
    with shown() as terminal:
        assert main(["render", "film.py", "Talks"]) == 0
    assert terminal.getvalue().startswith("starting\r")
    for what in ("Talks, starting", "Talks, recording", "Talks, drawing", "Talks, joining"):
        assert what in terminal.getvalue()
    assert "% " not in terminal.getvalue()  # who knows how long it is?
    said = [line for line in terminal.lines if line]
    assert said[0] == "beginning"
    assert said[-2] == "end"
    assert said[-1].endswith("Talks.mp4")
    assert Path(said[-1]).exists()
    assert not any("frames" in line for line in said)


@pytest.mark.slow
def test_the_second_time_it_knows_how_long_it_takes() -> None:
    main(["render", "film.py", "Talks"])
    with shown() as terminal:
        assert main(["render", "film.py", "Talks", "--no-cache"]) == 0
    assert re.search(r"Talks, recording: +0%\| +\| 0/8 frames, \? left", terminal.getvalue())
    assert re.search(r"Talks, joining: +100%\|#+\| 8/8 frames, 00:00 left", terminal.getvalue())


@pytest.mark.slow
def test_a_part_of_a_scene_says_nothing_of_its_length(folder: Path) -> None:
    main(["render", "film.py", "Talks", "-n", "0,0"])
    assert not list(folder.rglob("frames.json"))
    main(["render", "film.py", "Talks"])
    (record,) = folder.rglob("frames.json")
    assert json.loads(record.read_text()) == {"frames": 8}


def test_a_record_that_cannot_be_read_is_none(folder: Path) -> None:
    for text in ("", "[]", "{}", '{"frames": "x"}'):
        (folder / "frames.json").write_text(text)
        with Progress("Scene") as progress:
            progress.look_up(folder / "frames.json")
            progress.on_frames(3)
            progress.note_down()
        assert json.loads((folder / "frames.json").read_text()) == {"frames": 3}


def test_questions_stand_on_lines_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def answer(prompt: object = "") -> str:
        seen.extend(terminal.lines[-1:])
        assert sys.stdout is terminal  # so that a line can be edited
        return "Ada"

    monkeypatch.setattr("builtins.input", answer)
    with shown() as terminal, Progress("Scene") as progress:
        progress.on_frames(3)
        print("half a line,", end=" ")
        assert input("your name? ") == "Ada"
    assert seen == ["half a line,"]


@pytest.mark.slow
def test_in_a_file(folder: Path) -> None:
    """No bar, warnings once, nothing else of Manim's, and the path on standard output."""
    (folder / "film.py").write_text(FILM.replace('print("end", end="")', "pass"))
    command = [sys.executable, "-m", "nnviz", "render", "film.py", "Talks", "-ql", "--jobs=2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    video = folder / "media" / "videos" / "film" / "480p15" / "Talks.mp4"
    assert done.stdout == f"beginning\n{video}\n"
    assert done.stderr.count("careful") == 1
    assert done.stderr.count("by the scene") == 1
    assert len(done.stderr.splitlines()) == 2, done.stderr


@pytest.mark.slow
def test_what_manim_says_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "film.py", "Talks", "-v", "INFO"]) == 0
    assert "Played 2 animations" in capsys.readouterr().err


@pytest.mark.slow
def test_opens_what_it_made(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        manim.manager,
        "open_media_file",
        lambda writer, *, preview, **_: opened.append((writer.final_file_path.name, preview)),
    )
    assert main(["render", "film.py", "Talks", "-p"]) == 0
    assert opened == [("Talks.mp4", True)]


@pytest.mark.every(2)
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize("words", [("render", "film.py", "Slow"), ("preview", "film.py")])
def test_interrupted(folder: Path, words: tuple[str, ...]) -> None:
    (folder / "film.py").write_text(FILM.replace("class Fails", "class _Fails"))
    running = subprocess.Popen(
        [sys.executable, "-m", "nnviz", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background lets them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while not (folder / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(running.pid, signal.SIGINT)
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert not list(folder.rglob(".unfinished*"))
    assert not list(folder.rglob("Slow.mp4"))
    # The server of forks ends when nobody can ask it any more.
    deadline = time.monotonic() + 10
    while left := members(running.pid):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def members(group: int) -> list[psutil.Process]:
    """Return the processes of a group that have not ended."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.mark.slow
def test_preview_renders_all_and_names_what_fails(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "film.py").write_text(FILM.replace("class Slow", "class _Slow"))
    assert main(["preview", "film.py"]) == 1
    out, err = capfd.readouterr()
    assert out.startswith("Rendering 2 scenes at 480p15, ")
    assert re.search(r"done +\d+\.\d s  Talks$", out, re.M)
    assert re.search(r"FAILED +\d+\.\d s  Fails$", out, re.M)
    assert "    RuntimeError: on purpose" in out
    assert err == "Not rendered:\n    Fails (film.py)\n"
    assert list(folder.rglob("Talks.mp4"))
