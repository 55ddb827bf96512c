"""Imports between the rooms go one way, and the engine does without Manim."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src" / "nnviz"
#: What each room may import of nnviz, besides itself.
ALLOWED = {
    "network": {"_resources", "files"},
    "mnist": {"_resources", "files"},
    "interop": {"network"},
    "camera": {"files", "manims"},
    "render": {"camera", "files", "manims", "_copying"},
    "cli": {"render", "manims"},
    "mobjects": {"camera", "manims", "network", "mnist", "_copying"},
    "characters": {"mobjects", "network", "mnist", "animations"},
    "animations": {"mobjects", "network", "mnist"},
    "scene": {"animations", "characters", "mobjects", "network", "mnist"}
    | {"camera", "manims", "_copying"},
}


def imports(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_import_only_what_lies_below(room):
    files = list((SRC / room).rglob("*.py"))
    assert files
    for file in files:
        for name in imports(file):
            parts = name.split(".")
            if parts[0] == "nnviz" and len(parts) > 1 and parts[1] != room:
                assert parts[1] in ALLOWED[room], f"{file.name} of {room} imports {name}"
            if room in ("network", "mnist", "interop"):
                assert parts[0] != "manim", f"{file.name} imports {name}"


@pytest.mark.parametrize("module", ["nnviz", "nnviz.network", "nnviz.mnist", "nnviz.interop"])
def test_engine_and_data_load_neither_manim_nor_frameworks(module):
    others = {"manim", "sklearn", "torch", "keras", "h5py", "onnx"}
    code = f"import sys, {module}; sys.exit(not {others}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
