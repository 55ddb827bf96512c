"""What there is can be found: from one front door, and by ``help``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType

import pytest
from manim import Scene

import nnviz

PACKAGES = [
    "nnviz",
    *(
        one.name
        for one in pkgutil.walk_packages(nnviz.__path__, "nnviz.")
        # What these do is a command's business.
        if one.ispkg and one.name not in ("nnviz.cli", "nnviz.preview", "nnviz.render")
    ),
]
#: What can be imported from the front door and is a package or a module itself.
ROOMS = {"mnist": "nnviz", "texts": "nnviz", "words": "nnviz"}
NAMES = [name for name in nnviz.__all__ if name not in ROOMS]


def in_table(module: ModuleType) -> dict[str, str]:
    """Return what a package's docstring says of names, between two rules."""
    assert module.__doc__
    table = re.search(r"^=+  =+\n(.*?)\n=+  =+$", module.__doc__, re.DOTALL | re.MULTILINE)
    assert table, f"the docstring of {module.__name__} has no table of names"
    lines = [line.split(maxsplit=1) for line in table[1].splitlines()]
    assert len({line[0] for line in lines}) == len(lines)
    return dict(lines)


@pytest.mark.parametrize("package", PACKAGES)
def test_help_lists_what_a_package_has(package: str) -> None:
    module = importlib.import_module(package)
    table = in_table(module)
    assert set(table) == set(module.__all__)
    for name, text in table.items():
        assert hasattr(module, name)
        assert text.endswith(".")


@pytest.mark.parametrize("room", ["cli", "preview", "render"])
def test_commands_say_what_they_are_for(room: str) -> None:
    assert importlib.import_module(f"nnviz.{room}").__doc__


def test_checkers_of_types_see_the_names_that_are_loaded() -> None:
    text = Path(nnviz.__file__).read_text(encoding="utf-8")
    block = text.split("if TYPE_CHECKING:\n")[1].split("\n\n")[0]
    imports = re.findall(r"^    from (\S+) import (\w+) as (\w+)$", block, re.MULTILINE)
    assert all(name == alias for _, name, alias in imports)
    assert {name: home for home, name, _ in imports} == nnviz._HOMES | ROOMS


@pytest.mark.parametrize("name", NAMES)
def test_every_name_says_what_it_takes(name: str) -> None:
    value = getattr(nnviz, name)
    if not callable(value):
        return  # a table of things
    assert value.__doc__
    if inspect.isclass(value) and (issubclass(value, Scene) or "__init__" not in vars(value)):
        return  # Manim makes scenes; another takes what its base does
    takes = [
        one
        for one in inspect.signature(value).parameters.values()
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    section = "Attributes" if is_dataclass(value) else "Parameters"
    if takes:
        assert re.search(rf"^ *{section}\n *-+$", value.__doc__, re.MULTILINE)
    for one in takes:
        if one.default is one.empty:
            assert re.search(rf"\b{one.name}\b", value.__doc__), one.name


def test_a_name_is_the_same_thing_at_home() -> None:
    for name in NAMES:
        home = importlib.import_module(nnviz._HOMES[name])
        assert getattr(nnviz, name) is getattr(home, name)
    assert set(nnviz.__all__) <= set(dir(nnviz))


@pytest.mark.parametrize("name", nnviz._MOVED)
def test_a_name_that_goes_is_there_for_a_release_and_says_where_it_will_be(name):
    home = nnviz._MOVED[name]
    assert name not in nnviz.__all__
    with pytest.warns(DeprecationWarning, match=f"write from {home} import {name}$"):
        moved = getattr(nnviz, name)
    assert moved is getattr(importlib.import_module(home), name)


@pytest.mark.parametrize("name", nnviz._IN_SCENES)
def test_what_only_the_chapter_needs_is_found_beside_its_scenes(name):
    file = Path(__file__).parents[2] / nnviz._IN_SCENES[name]
    assert re.search(rf"^class {name}\b", file.read_text(encoding="utf-8"), re.MULTILINE)
    with pytest.raises(AttributeError, match=f"it is in {nnviz._IN_SCENES[name]}"):
        getattr(nnviz, name)
