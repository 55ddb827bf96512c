"""The snippets of docs/wherever.md, as they stand there."""

import inspect
import re
from pathlib import Path

import manim as mn
import numpy as np
import pytest
from PIL import Image

PAGE = Path(__file__).resolve().parents[2] / "docs" / "wherever.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def run(code):
    namespace = {"__name__": "snippet"}
    exec(code, namespace)
    return namespace


def scenes_in(namespace):
    return [
        value
        for value in namespace.values()
        if inspect.isclass(value)
        and issubclass(value, mn.Scene)
        and value.__module__ == namespace["__name__"]
    ]


SCENES = [code for code in SNIPPETS if "def construct" in code]
IMAGES, FIGURES, NOTEBOOK = (code for code in SNIPPETS if code not in SCENES)


@pytest.mark.parametrize("code", SCENES)
def test_scenes_run(code):
    (kind,) = scenes_in(run(code))
    scene = kind()
    scene.render()
    assert scene.renderer.num_plays >= 1
    assert scene.renderer.get_frame()[..., :3].any()


def test_images():
    names = run(IMAGES)
    shape = names["network"].shapes[1]
    assert len(names["maps"]) == len(names["kernels"]) == shape[0]
    assert names["maps"][0].image.shape == (*shape[1:], 3)
    assert names["picture"].image == pytest.approx(names["x"][0], abs=0.5 / 255)


def test_figures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(FIGURES)
    assert (tmp_path / "network.pdf").read_bytes().startswith(b"%PDF")
    assert b"<svg" in (tmp_path / "network.svg").read_bytes()
    picture = np.asarray(Image.open("network.png").convert("RGB"))
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert (picture.min(axis=2) < 200).mean() > 0.01


def test_notebook(capsys):
    network = run(NOTEBOOK)["network"]
    assert capsys.readouterr().out == f"{network.summary()!r}\n"
