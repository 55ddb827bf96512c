"""`nnviz watch`: what is refused, and how it says so, before anything is started."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from nnviz.cli.main import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "film.py").write_text("from manim import *\nclass Film(Scene): ...\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.py"], "there is no Python file none.py"),
        (["Film"], "there is no Python file Film: give the file, then the scene"),
        (["film.py", "Flim"], "there is no scene 'Flim' in film.py. Did you mean Film?"),
        (["film.py", "--jobs", "0"], "--jobs is 0"),
        (["film.py", "--port", "70000"], "--port is 70000"),
    ],
)
def test_what_makes_no_sense(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", *words]) == 2
    assert capsys.readouterr().err.startswith(f"error: {said}")


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "watchfiles"])
def test_a_missing_package_is_named_with_the_command_that_brings_it(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("nnviz.preview.", package))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["watch", "film.py"]) == 2
    assert capsys.readouterr().err == (
        f"error: nnviz watch needs the package {package}: pip install 'manim-nnviz[watch]'\n"
    )


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("starlette", reason="nnviz watch takes the extra 'watch'")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["watch", "film.py", "--port", str(port)]) == 2
    assert f"port {port} cannot be used" in capsys.readouterr().err
