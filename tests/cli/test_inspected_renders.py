"""`nnviz render --inspect` and `nnviz preview --inspect`: one run is rendered and inspected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nnviz._manim import temp_config
from nnviz.cli.main import main

FILM = """
from manim import *

class Good(Scene):
    def construct(self):
        self.add(Text("one"))
        self.wait(0.4)

class Bad(Scene):
    def construct(self):
        self.add(Text("cost"), Text("0.32"))
        self.play(Create(Square().shift(6.5 * RIGHT)), run_time=0.4)

class Fails(Scene):
    def construct(self):
        raise RuntimeError("on purpose")
"""
EXCEPTIONS = """
[[except]]
scene = "{scene}"
kind = "{kind}"
mobject = "*"
reason = "on purpose"
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "film.py").write_text(FILM.partition("class Fails")[0])
    monkeypatch.chdir(tmp_path)
    with temp_config({"dry_run": False, "disable_caching": False}):
        yield tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; return its status, output and errors."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def allow(scene: str, *kinds: str) -> None:
    """Write exceptions for a scene."""
    text = "".join(EXCEPTIONS.format(scene=scene, kind=kind) for kind in kinds)
    Path("inspect.toml").write_text(text)


def blocks(text: str) -> dict[str, str]:
    """Return the reports in the output of a command, by the name of the scene."""
    found = re.findall(r"^((\w+) \(film\.py, .*\n(?:    .*\n)*)", text, re.MULTILINE)
    return {name: report for report, name in found}


@pytest.mark.slow
def test_render_prints_the_report_of_inspect(run: Run) -> None:
    status, alone, _ = run("inspect", "film.py", "--no-sheets", "--jobs=1")
    assert status == 0
    status, out, err = run("render", "film.py", "Good", "Bad", "-ql", "--jobs=1", "--inspect")
    assert (status, err) == (0, "")
    assert blocks(out) == blocks(alone)
    assert blocks(out).keys() == {"Good", "Bad"}
    lines = out.splitlines()
    assert [Path(lines[place]).name for place in (0, 2)] == ["Good.mp4", "Bad.mp4"]
    assert lines[1].endswith("nothing to object to")
    assert lines[3].endswith("2 findings")


@pytest.mark.slow
def test_strict_render_fails_for_findings_and_for_exceptions_not_needed(run: Run) -> None:
    words = ("render", "film.py", "-ql", "--jobs=1", "--inspect", "--strict")
    assert run(*words, "Good")[0] == 0
    assert run(*words, "Bad")[0] == 1
    allow("Bad", "text-over-text", "outside")
    status, out, _ = run(*words, "Bad")
    assert status == 0
    assert "nothing to object to (2 excepted)" in out
    allow("Good", "outside")
    status, out, _ = run(*words, "Good")
    assert status == 1
    assert "exception without a finding: Good, outside, *" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render", "film.py", "Good", "--strict"), "--strict needs --inspect"),
        (("preview", "film.py", "--strict"), "--strict needs --inspect"),
        (("render", "film.py", "Good", "--inspect", "-s"), "--inspect needs a video"),
        (("render", "film.py", "Good", "--inspect", "--renderer=opengl"), "--inspect needs Cairo"),
    ],
)
def test_options_that_do_not_fit(run: Run, words: tuple[str, ...], said: str) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {said}")


@pytest.mark.parametrize("command", ["render", "preview"])
def test_a_wrong_file_of_exceptions_is_one_error(run: Run, command: str) -> None:
    Path("inspect.toml").write_text("[limits]\n")
    scene = ["Good"] if command == "render" else []
    status, out, err = run(command, "film.py", *scene, "--inspect")
    assert (status, out) == (2, "")
    assert "exceptions and thresholds, and nothing else" in err
    assert err.count("error:") == 1


@pytest.mark.slow
def test_preview_finds_what_inspect_finds_and_makes_the_same_films(run: Run) -> None:
    Path("film.py").write_text(FILM)
    status, alone, _ = run("inspect", "film.py", "--no-sheets", "--jobs=1")
    assert status == 1
    assert run("preview", "film.py", "--jobs=1")[0] == 1
    videos = sorted(Path("media").rglob("480p15/*.mp4"))
    assert [video.name for video in videos] == ["Bad.mp4", "Good.mp4"]
    plain = [video.read_bytes() for video in videos]
    for video in Path("media").rglob("*.mp4"):
        video.unlink()  # segments as well

    status, out, err = run("preview", "film.py", "--jobs=1", "--inspect")
    assert (status, err) == (1, "Not rendered:\n    Fails (film.py)\n")
    assert blocks(out) == blocks(alone)
    assert "    RuntimeError: on purpose" in out
    assert out.splitlines()[-1] == alone.splitlines()[-1] == "2 scenes, findings: 2"
    assert [video.read_bytes() for video in videos] == plain


@pytest.mark.slow
def test_strict_preview_fails_for_findings_and_for_exceptions_not_needed(run: Run) -> None:
    words = ("preview", "film.py", "--inspect")
    assert run(*words)[0] == 0
    assert run(*words, "--strict")[0] == 1
    allow("Bad", "text-over-text", "outside")
    status, out, _ = run(*words, "--strict")
    assert status == 0
    assert out.splitlines()[-1] == "2 scenes, findings: 0"
    allow("Bad", "text-over-text", "outside", "jump")
    status, out, err = run(*words, "--strict")
    assert (status, err) == (1, "")
    assert "    exception without a finding: Bad, jump, *" in out
    assert out.splitlines()[-1] == "2 scenes, findings: 0, exceptions without one: 1"
