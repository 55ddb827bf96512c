"""The figures of docs/figures.py: what is written in them can be read in a column of a paper."""

import importlib.util
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from manim import DL, UR, Text

from nnviz.camera.figures import save_figure
from nnviz.mobjects.network.box_layers import BoxLayer
from nnviz.mobjects.primitives.writing import digit_height

FILE = Path(__file__).parents[2] / "docs" / "figures.py"
spec = importlib.util.spec_from_file_location("figures", FILE)
figures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(figures)
FIGURES = figures.figures()
#: Points an inch; the height of a digit over a font's size; what a figure leaves free around it.
POINTS, DIGIT, MARGIN = 72, 0.72, 0.1


def box(mobject):
    return np.array([mobject.get_corner(DL)[:2], mobject.get_corner(UR)[:2]])


def overlap(one, other):
    return bool(((one[0] < other[1] - 1e-4) & (other[0] < one[1] - 1e-4)).all())


@pytest.mark.every(3)
@pytest.mark.parametrize("name", FIGURES)
def test_words_have_six_points_or_more_and_stand_apart(name):
    figure = FIGURES[name]()
    texts = [one for one in figure.get_family() if isinstance(one, Text) and len(one)]
    assert texts
    scale = figures.INCHES * POINTS / (figure.width + 2 * MARGIN)
    for text in texts:
        size = text.font_size / Text("0").font_size * digit_height(Text) / DIGIT * scale
        assert size >= 6, (text.original_text, size)
    shown = [layer.body for layer in figure.layers if not isinstance(layer, BoxLayer)]
    for one, other in combinations([*map(box, texts), *map(box, shown)], 2):
        assert not overlap(one, other)
    for layer in figure.layers:
        if isinstance(layer, BoxLayer):
            for text in layer.mark:
                assert (box(text) >= box(layer.body)[0] - 1e-6).all()
                assert (box(text) <= box(layer.body)[1] + 1e-6).all()


def test_a_figure_is_a_pdf_of_vectors_as_wide_as_a_column(tmp_path):
    file = save_figure(FIGURES["lenet5"](), tmp_path / "lenet5.pdf", width=figures.INCHES)
    content = file.read_bytes()
    assert b"/MediaBox [ 0 0 252 " in content
    assert b"/Subtype /Image" not in content


def test_every_figure_is_kept_as_pdf_and_as_pixels():
    kept = {file.name for file in figures.FOLDER.iterdir()}
    assert kept == {f"{name}.{kind}" for name in FIGURES for kind in ("pdf", "png")}
