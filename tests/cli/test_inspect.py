"""`nnviz inspect`: which scenes, what is printed, and when it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nnviz.cli.main import main

FILM = """
from manim import *

class Good(Scene):
    def construct(self):
        print("from the scene")
        self.add(Text("one"))
        self.wait(0.2)

class Bad(Scene):
    def construct(self):
        self.add(Text("cost"), Text("0.32"))
        self.wait(0.2)

class Fails(Scene):
    def construct(self):
        raise RuntimeError("on purpose")
"""
EXCEPTIONS = """
[[except]]
scene = "{scene}"
kind = "text-over-text"
mobject = "Text 'cost'"
reason = "on purpose"
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in a folder with a film; return its status, output and errors."""
    (tmp_path / "film.py").write_text(FILM)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["inspect", "--jobs=1", *words])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_report_and_sheet(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("film.py", "Bad", "--sheets=sheets")
    assert status == 0
    first, finding, sheet = out.splitlines()
    assert first == "Bad (film.py, 0.2 s): 1 finding"
    assert finding.startswith("    play 0, film.py:13, 0.0 s: the text '0.32' lies over")
    assert sheet == f"    contact sheet: {Path('sheets') / 'film' / 'Bad.png'}"
    assert (tmp_path / "sheets" / "film" / "Bad.png").stat().st_size > 1000


@pytest.mark.slow
def test_strict_fails_for_findings_and_for_exceptions_not_needed(run: Run, tmp_path: Path) -> None:
    assert run("film.py", "Good", "--no-sheets", "--strict")[0] == 0
    assert run("film.py", "Bad", "--no-sheets", "--strict")[0] == 1
    assert run("film.py", "Bad", "--no-sheets", "--strict", "--overlap=0.9")[0] == 0
    (tmp_path / "inspect.toml").write_text(EXCEPTIONS.format(scene="Bad"))
    assert run("film.py", "Bad", "--no-sheets", "--strict")[0] == 0
    (tmp_path / "inspect.toml").write_text(EXCEPTIONS.format(scene="Good"))
    status, out, _ = run("film.py", "Good", "--no-sheets", "--strict")
    assert status == 1
    assert "exception without a finding: Good, text-over-text, Text 'cost'" in out


@pytest.mark.slow
def test_json_is_alone_on_standard_output(run: Run) -> None:
    status, out, err = run("film.py", "Good", "Bad", "--no-sheets", "--json")
    assert status == 0
    content = json.loads(out)
    assert (content["schema"], content["objections"], content["failed"]) == (1, 1, [])
    good, bad = content["scenes"]
    assert (good["scene"], good["findings"], good["sheet"]) == ("Good", [], None)
    (finding,) = bad["findings"]
    assert {
        name: finding[name] for name in ("kind", "play", "at", "file", "line", "mobjects", "unit")
    } == {
        "kind": "text-over-text",
        "play": 0,
        "at": "start",
        "file": "film.py",
        "line": 13,
        "mobjects": ["Text '0.32'", "Text 'cost'"],
        "unit": "share of the ink",
    }
    assert bad["plays"] == [{"play": 0, "file": "film.py", "line": 13, "start": 0.0, "end": 0.2}]
    assert "from the scene" in err


@pytest.mark.slow
def test_scene_that_fails_is_told_of_and_others_are_inspected(run: Run) -> None:
    status, out, err = run("film.py", "--no-sheets")
    assert status == 1
    assert "Fails failed:" in err
    assert "RuntimeError: on purpose" in err
    assert out.splitlines()[-1] == "2 scenes, findings: 1"


@pytest.mark.slow
def test_processes_inspect_side_by_side(run: Run) -> None:
    status, out, _ = run("film.py", "Bad", "Good", "--no-sheets", "--jobs=2")
    assert status == 0
    assert [line.partition(" ")[0] for line in out.splitlines() if line[0] != " "] == [
        "Bad",
        "Good",
        "2",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("film.py", "Goood"), "Did you mean Good"),
        (("nowhere.py",), "there is no file nowhere.py"),
        (("film.py", "--every=0"), "--every is 0.0"),
        (("film.py", "--contrast=-1"), "threshold contrast"),
        (("film.py", "--exceptions=none.toml"), "there is no file none.toml"),
        (("film.py", "--jobs=0"), "--jobs is 0"),
    ],
)
def test_words_are_checked(run: Run, words: tuple[str, ...], said: str) -> None:
    status, _, err = run(*words)
    assert status == 2
    assert said in err
