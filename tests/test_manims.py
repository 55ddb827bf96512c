"""What nnviz takes of Manim that is not for others is still there, and is taken in one place."""

import ast
import re
from pathlib import Path

import manim
import pytest

from nnviz import manims
from nnviz.manims import Seam

SRC = Path(manims.__file__).parent


@pytest.mark.parametrize("seam", Seam, ids=lambda seam: seam.name)
def test_what_is_patched_is_there(seam):
    assert seam.attribute in vars(seam.owner), (
        f"Manim {manim.__version__} has no {seam.owner.__name__}.{seam.attribute} any more"
    )


@pytest.mark.parametrize("module", sorted(manims.PURE_MODULES))
def test_modules_of_functions_are_there(module):
    __import__(module)


def test_a_patch_ends():
    for seam in Seam:
        before = vars(seam.owner)[seam.attribute]
        with manims.patched(seam, "something else"):
            assert vars(seam.owner)[seam.attribute] == "something else"
        assert vars(seam.owner)[seam.attribute] is before


def private(name):
    return re.fullmatch(r"_[^_].*", name)


def test_private_names_of_manims_stand_in_one_module():
    found = []
    for file in SRC.rglob("*.py"):
        if file == SRC / "manims.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "manim":
                names = [*node.module.split("."), *(alias.name for alias in node.names)]
                found += [f"{file.name}: {name}" for name in names if private(name)]
    assert not found
