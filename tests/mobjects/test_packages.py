"""Imports between the packages of mobjects go one way."""

import ast
from pathlib import Path

import pytest

import nnviz.mobjects

#: Each may import those before it.
PACKAGES = ["primitives", "network", "charts", "equations", "attention"]
FOLDER = Path(nnviz.mobjects.__file__).parent


def test_every_package_has_its_place() -> None:
    assert {file.parent.name for file in FOLDER.glob("*/__init__.py")} == set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_those_before(package: str) -> None:
    below = PACKAGES[: PACKAGES.index(package) + 1]
    for file in (FOLDER / package).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                if parts[:2] == ["nnviz", "mobjects"]:
                    assert len(parts) > 2, f"{file.name} imports {node.module}"
                    assert parts[2] in below, f"{file.name} of {package} imports {node.module}"
