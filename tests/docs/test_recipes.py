"""The code of the site's pages, run as it stands there."""

from __future__ import annotations

import importlib.util
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import Scene

import nnviz
from nnviz import NetworkMobject

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: Pages with code that need one of these are left to `make test-torch`.
HEAVY = ("torch", "keras")
BLOCK = re.compile(r"^```(?:python|\{manim\} \w+)\n(?::[\w-]+:.*\n)*(.*?)^```$", re.M | re.S)


def pages() -> list[Any]:
    found = []
    for file in (DOCS / "start.md", *sorted((DOCS / "recipes").glob("*.md"))):
        blocks = BLOCK.findall(file.read_text(encoding="utf-8"))
        heavy = next((name for name in HEAVY if any(f"import {name}" in b for b in blocks)), "")
        if blocks:
            name = f"{file.stem}-{heavy}" if heavy else file.stem
            found.append(pytest.param(blocks, heavy, id=name))
    return found


def check(net: NetworkMobject) -> bool:
    """Hold a picture's last layer to what its network computes from its first; say if it could."""
    if any(
        len(layer.neurons) < size for layer, size in zip(net.layers, net.network.sizes, strict=True)
    ):
        return False
    first, *_, last = (
        [neuron.get_fill_opacity() for neuron in layer.neurons] for layer in net.layers
    )
    if not any(last):
        return False
    assert last == pytest.approx(list(net.network.feedforward(np.array(first))), abs=1e-5)
    return True


@pytest.mark.parametrize(("blocks", "heavy"), pages())
def test_page(
    blocks: list[str], heavy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All blocks of a page run one after the other, and each scene plays what it says."""
    if heavy and importlib.util.find_spec(heavy) is None:
        pytest.skip(f"{heavy} is not there: make test-torch")
    monkeypatch.chdir(tmp_path)
    made: list[NetworkMobject] = []

    def recorded(*args: Any, **kwargs: Any) -> NetworkMobject:
        made.append(NetworkMobject(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(nnviz, "NetworkMobject", recorded)
    file = tmp_path / "recipe.py"
    file.write_text("\n\n".join(blocks), encoding="utf-8")
    # A name other than __main__: what a page guards so starts processes, which tests do not.
    namespace = runpy.run_path(str(file), run_name="recipe")
    for value in namespace.values():
        if isinstance(value, type) and issubclass(value, Scene) and value.__module__ == "recipe":
            scene = value(skip_animations=True)
            scene.render()
            assert scene.time > 0, f"{value.__name__} plays nothing"
    checked = sum(map(check, made))
    assert checked == len(made), "a picture was not held to its network"


def test_every_recipe_is_in_the_index() -> None:
    index = (DOCS / "recipes" / "index.md").read_text(encoding="utf-8")
    for file in (DOCS / "recipes").glob("*.md"):
        assert file.stem == "index" or f"({file.name})" in index, file.name


def test_sections_are_written(tmp_path: Path) -> None:
    """The page on sections names files that are then there."""
    from nnviz.cli.main import main

    page = (DOCS / "recipes" / "sections.md").read_text(encoding="utf-8")
    film = tmp_path / "told.py"
    film.write_text(BLOCK.findall(page)[0], encoding="utf-8")
    media = ["--media_dir", str(tmp_path / "media"), "--quality", "l", "--jobs", "1"]
    assert main(["render", str(film), "Told", "--save_sections", *media]) == 0
    folder = tmp_path / "media/videos/told/480p15/sections"
    assert (folder / "Told.json").is_file()
    assert len(list(folder.glob("*.mp4"))) == 3


def test_the_program_on_a_cluster_runs(tmp_path: Path) -> None:
    """The page's program, as a user would start it."""
    import subprocess

    page = (DOCS / "recipes" / "cluster.md").read_text(encoding="utf-8")
    program = tmp_path / "program.py"
    program.write_text(BLOCK.findall(page)[0] + "    print(video)\n", encoding="utf-8")
    (tmp_path / "manim.cfg").write_text(
        "[CLI]\nquality = low_quality\nprogress_bar = none\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, program.name], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(tmp_path, done.stdout.strip().splitlines()[-1]).is_file()
