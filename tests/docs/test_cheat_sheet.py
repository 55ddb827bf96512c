"""The cheat sheet and llms.txt: what they say works as it stands there."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from manim import tempconfig

import nnviz

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHEET = (DOCS / "cheat-sheet.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
#: Code in tables, after the first column or in it.
CELLS = [
    code for line in SHEET.splitlines() if line[:1] == "|" for code in re.findall("`(.*?)`", line)
]


@pytest.fixture(scope="module")
def namespace() -> dict[str, Any]:
    names: dict[str, Any] = {}
    with tempconfig({}):
        exec("\n".join(BLOCK.findall(SHEET)), names)
    return names


def test_its_scenes_run(namespace: dict[str, Any]) -> None:
    with tempconfig({}):
        step = namespace["Step"](skip_animations=True)
        step.render()
        circles = namespace["Circles"](skip_animations=True)
        circles.render()
    (net,) = (one for one in step.mobjects if isinstance(one, nnviz.NetworkMobject))
    x, y = namespace["x"], namespace["y"]
    assert net.network.cost(x, y) < namespace["digits"].cost(x, y)
    points, inside = circles.examples
    said = circles.network_mob.network.feedforward(points)[:, 0] > 0.5
    assert (said == inside).mean() > 0.9


def test_what_its_tables_say_computes(namespace: dict[str, Any]) -> None:
    names = dict(namespace)
    done = [code for code in CELLS if re.search(r"\bdigits\b[.(]", code)]
    for code in done:
        exec(code, names)
    assert len(done) == 7
    assert names["gradient"].weights[0].shape == (16, 784)


def test_what_its_tables_call_takes_what_they_give() -> None:
    calls = [ast.parse(code).body[0] for code in CELLS if re.match(r"(?!digits\()\w+\(", code)]
    known = 0
    for call in calls:
        assert isinstance(call, ast.Expr)
        assert isinstance(call.value, ast.Call)
        thing = getattr(nnviz, ast.unparse(call.value.func))
        arguments = {str(one.arg): None for one in call.value.keywords}
        inspect.signature(thing).bind(*call.value.args, **arguments)
        known += 1
    assert known >= 12


def test_its_commands_are_there() -> None:
    from nnviz.cli.main import _parser

    commands = set(re.findall(r"^nnviz (\w+)", SHEET, re.M))
    help_of_all = _parser().format_help()
    assert commands == {"render", "watch", "inspect", "present", "page"}
    assert all(command in help_of_all for command in commands)


def test_the_file_for_programs_has_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sphinx", reason="the site's packages are not there: make docs")
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    sys.modules.pop("llms", None)
    import gallery
    import llms

    text = llms.text()
    assert text.startswith("# nnviz\n\n> ")
    assert BLOCK.findall(text) == BLOCK.findall(SHEET)
    links = re.findall(r"^- \[[^]]+\]\(([^)]+)\.html\)", text, re.M)
    assert len(links) > 70
    made = {f"gallery/made/{entry.name}" for entry in gallery.entries()}
    for link in links:
        assert link in made or (DOCS / f"{link}.md").is_file(), link
    assert len(text) < 20_000, "it is read whole"
