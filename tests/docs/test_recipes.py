"""The code of the site's pages, run as it stands there."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import ManimColor, Scene, tempconfig

import nnviz
from nnviz import Network, NetworkMobject
from nnviz.mobjects.network import LayerMobject

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: Pages with code that need one of these are left to `make test-torch`.
HEAVY = ("torch", "keras")
BLOCK = re.compile(r"^```(?:python|\{manim\} \w+)\n(?::[\w-]+:[^\n]*\n)*(.*?)^```$", re.M | re.S)


def pages() -> list[Any]:
    found = []
    for file in (DOCS / "start.md", *sorted((DOCS / "recipes").glob("*.md"))):
        blocks = BLOCK.findall(file.read_text(encoding="utf-8"))
        heavy = next((name for name in HEAVY if any(f"import {name}" in b for b in blocks)), "")
        if blocks:
            name = f"{file.stem}-{heavy}" if heavy else file.stem
            found.append(pytest.param(blocks, heavy, id=name))
    return found


def shown(layer: LayerMobject) -> list[float]:
    """Return what the fills of a layer's neurons say, over what fills one wholly."""
    negative = ManimColor(layer.style.negative_fill_color)
    return [
        neuron.get_fill_opacity() * (-1 if neuron.get_fill_color() == negative else 1)
        for neuron in layer.neurons
    ]


def check(net: NetworkMobject, computed: list[Any]) -> bool:
    """Hold a picture's last layer to what its network computes; say if it could.

    That is what it computes from the first layer, or, if that is not shown whole, what it computed
    last; and all of what is shown of a graph is what that computed last.
    """
    if net.view == "volumes" and net.layers[0].activations is None:
        shapes = [net.network.shapes[thing.value] for thing in net.structure.things]
        assert [layer.shape for layer in net.layers] == shapes
        return True
    if not net.structure.is_row:
        (*_, last) = (forward for network, forward in computed if network is net.network)
        for thing, layer in zip(net.structure.things, net.layers, strict=True):
            np.testing.assert_array_equal(layer.activations, last[thing.value])
        return True
    if len(net.layers[-1].neurons) < net.network.sizes[-1] or not any(shown(net.layers[-1])):
        return False
    if len(net.layers[0].neurons) < net.network.sizes[0]:
        (*_, output) = (forward.output for network, forward in computed if network is net.network)
    else:
        output = net.network.feedforward(np.array(shown(net.layers[0])))
    assert shown(net.layers[-1]) == pytest.approx(
        list(output / net.layers[-1].full(output)), abs=1e-5
    )
    return True


CLIP = re.compile(
    r"^```(?:python|(\{manim\}) (\w+))\n((?::[\w-]+:[^\n]*\n)*)(.*?)^```$", re.M | re.S
)


def test_what_makes_a_clip_has_all_its_names(tmp_path: Path) -> None:
    """The site runs a clip's code alone, or after the page's earlier code where it says so."""
    count = 0
    for page in DOCS.rglob("*.md"):
        if "_build" in page.parts or "made" in page.parts:
            continue
        before: list[str] = []
        for is_clip, name, options, code in CLIP.findall(page.read_text(encoding="utf-8")):
            if is_clip:
                code_before = before if ":continues:" in options else []
                file = tmp_path / f"{page.stem.replace('-', '_')}_{name}.py"
                file.write_text("\n".join([*code_before, code]), encoding="utf-8")
                count += 1
            before.append(code)
    assert count > 20
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "."]
    found = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    ).stdout
    assert "All checks passed" in found, found


@pytest.mark.parametrize(("blocks", "heavy"), pages())
def test_page(
    blocks: list[str], heavy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All blocks of a page run one after the other, and each scene plays what it says."""
    if heavy and importlib.util.find_spec(heavy) is None:
        pytest.skip(f"{heavy} is not there: make test-torch")
    if importlib.util.find_spec("torch"):
        os.environ.setdefault("KERAS_BACKEND", "torch")
    monkeypatch.chdir(tmp_path)
    made: list[NetworkMobject] = []

    def recorded(*args: Any, **kwargs: Any) -> NetworkMobject:
        made.append(NetworkMobject(*args, **kwargs))
        return made[-1]

    computed: list[Any] = []
    forward_pass = Network.forward_pass

    def kept(network: Network, *args: Any) -> Any:
        computed.append((network, forward_pass(network, *args)))
        return computed[-1][1]

    monkeypatch.setattr(nnviz, "NetworkMobject", recorded)
    monkeypatch.setattr(Network, "forward_pass", kept)
    file = tmp_path / "recipe.py"
    file.write_text("\n\n".join(blocks), encoding="utf-8")
    with tempconfig({}):  # which a page may change
        # A name other than __main__: what a page guards so starts processes, which tests do not.
        namespace = runpy.run_path(str(file), run_name="recipe")
        classes = [value for value in namespace.values() if isinstance(value, type)]
        for kind in classes:
            if issubclass(kind, Scene) and kind.__module__ == "recipe":
                scene = kind(skip_animations=True)
                scene.render()
                assert scene.time > 0, f"{kind.__name__} plays nothing"
    checked = sum(check(net, computed) for net in made)
    assert checked == len(made), "a picture was not held to its network"


def test_figures_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page on figures writes vectors of the width that it says."""
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "recipes" / "figures.md").read_text(encoding="utf-8")
    with tempconfig({}):
        exec("\n".join(BLOCK.findall(page)), {})
    assert {file.name for file in tmp_path.iterdir() if file.is_file()} == {
        "network.pdf",
        "network.svg",
        "network.png",
        "column.pdf",
        "page.pdf",
        "cost.pdf",
        "lenet5.pdf",
    }
    svg = (tmp_path / "network.svg").read_text(encoding="utf-8")
    (width,) = re.findall(r'<svg[^>]* width="([\d.]+)', svg)
    assert float(width) == pytest.approx(3.5 * 72, rel=0.01)
    assert "<image" not in svg


def test_every_recipe_is_in_the_index() -> None:
    index = (DOCS / "recipes" / "index.md").read_text(encoding="utf-8")
    for file in (DOCS / "recipes").glob("*.md"):
        assert file.stem == "index" or f"({file.name})" in index, file.name


def test_sections_are_written(tmp_path: Path) -> None:
    """The page on sections names files that are then there."""
    from manim import tempconfig

    from nnviz.cli.main import main

    page = (DOCS / "recipes" / "sections.md").read_text(encoding="utf-8")
    film = tmp_path / "told.py"
    film.write_text(BLOCK.findall(page)[0], encoding="utf-8")
    media = ["--media_dir", str(tmp_path / "media"), "--quality", "l", "--jobs", "1"]
    with tempconfig({"dry_run": False}):
        assert main(["render", str(film), "Told", "--save_sections", *media]) == 0
    folder = tmp_path / "media/videos/told/480p15/sections"
    assert (folder / "Told.json").is_file()
    # In the order of their names, as players take them.
    names = [clip.name.removesuffix(".mp4") for clip in sorted(folder.glob("Told_*.mp4"))]
    assert [name.rpartition("_")[2] for name in names] == ["weights", "activations", "end"]


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
