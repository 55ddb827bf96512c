"""What a notebook shows of networks and mobjects, run as Jupyter runs it."""

import base64
import io
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbconvert.preprocessors import ExecutePreprocessor
from PIL import Image

import nnviz
from nnviz import MNistMobject, Network, NetworkMobject, mnist
from nnviz.camera import figure_png

SETUP = """
from manim import *
from nnviz import *
config.media_width, config.verbosity = "50%", "ERROR"
network = Network.random([3, 4, 2], seed=0)
net = NetworkMobject(network).show_weights()
image = MNistMobject(mnist.load().train.images[0])
"""
MAGIC = """%%manim -ql -s --progress_bar none Shown
class Shown(NNScene):
    def construct(self):
        self.add(NetworkMobject(network).to_edge(LEFT))
        self.play(FadeIn(image))
"""
CELLS = {
    "network": "network",
    "summary": "network.summary()",
    "net": "net",
    "layer": "net.layers[1]",
    "edge": "net.edge(0, 1, 2)",
    "image": "image",
    "nothing": "PixelImage([[1]]).set_opacity(0)",
    "light": "config.background_color = WHITE\nNetworkMobject(network).show_weights()",
    "dark": "config.background_color = BLACK",
    "magic": MAGIC,
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Return what each cell shows, by kind."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *CELLS.values())]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder = str(tmp_path_factory.mktemp("notebook"))
    runner = ExecutePreprocessor(timeout=120, kernel_name="python3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(nnviz.__file__).parents[1]))  # the same nnviz there
        runner.preprocess(notebook, {"metadata": {"path": folder}})
    shown = {}
    for name, cell in zip(CELLS, notebook.cells[1:], strict=True):
        shown[name] = {}
        for output in cell.outputs:
            shown[name].update(output.get("data", {}))
    return shown


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB"))


@pytest.mark.exhaustive
def test_a_network_is_a_table(outputs):
    assert outputs["network"]["text/html"].count("<tr>") == 5
    assert "26 parameters" in outputs["network"]["text/html"]
    assert outputs["network"]["text/plain"].startswith("Network(3-4-2")
    assert outputs["summary"]["text/plain"].splitlines()[-1] == "26 parameters, quadratic cost"


@pytest.mark.parametrize("name", ["net", "layer", "edge", "image"])
def test_a_mobject_is_a_picture(outputs, name):
    net = NetworkMobject(Network.random([3, 4, 2], seed=0)).show_weights()
    image = MNistMobject(mnist.load().train.images[0])
    wanted = {"net": net, "layer": net.layers[1], "edge": net.edge(0, 1, 2), "image": image}[name]
    like = np.asarray(Image.open(io.BytesIO(figure_png(wanted))).convert("RGB"))
    np.testing.assert_array_equal(pixels(outputs[name]), like)
    assert like.any(axis=2).mean() > 0.01


def test_what_is_not_seen_is_a_word(outputs):
    assert outputs["nothing"] == {"text/plain": "PixelImage"}


def test_a_light_notebook(outputs):
    picture = pixels(outputs["light"])
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert (picture.min(axis=2) < 200).mean() > 0.01


def test_manims_magic_shows_our_scenes(outputs):
    picture = pixels(outputs["magic"])
    assert picture.shape == (480, 854, 3)
    left, middle = picture[:, :427], picture[200:280, 400:454]
    assert left.any(axis=2).mean() > 0.005
    assert middle.max() > 200
