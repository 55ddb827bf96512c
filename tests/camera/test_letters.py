"""Letters of figures have the size in points that was asked for."""

from __future__ import annotations

import manim as mn
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from nnviz import ConfusionMatrix, CostCurve, Network, NetworkMobject, SansText, save_figure
from nnviz.camera.letter_sizes import COLUMN_WIDTHS, em_of, set_letters
from nnviz.mobjects import Formula
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.primitives.significant_digits import SignificantNumber

#: Of DejaVu Sans and of Computer Modern, over an em: how high a capital H is.
CAPITAL = {"DejaVu Sans": 1493 / 2048, "cmr10": 0.683332}


def network():
    engine = Network.random([3, 4, 2], seed=0)
    net = NetworkMobject(engine, input_labels="abc", output_labels=["cat", "dog"])
    return net.show_values(engine.forward_pass([0.1, 0.2, 0.3]))


def chart():
    x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    panel = CostCurve({"train": (x, y), "test": (x[:2], y[:2])}, width=6, height=4)
    for report in Network.random([2, 4, 1], seed=1).sgd(x, y, epochs=9, learning_rate=3):
        panel.show_report(report)
    return panel


def matrix():
    return ConfusionMatrix.of_labels([0, 1, 2, 2], [0, 2, 2, 1], names=["cat", "dog", "bird"])


@pytest.mark.parametrize("size", [20, 48])
def test_an_em_is_that_of_the_font(size):
    plain = mn.Text("H", font="DejaVu Sans", font_size=size)
    assert plain.height / em_of(plain) == pytest.approx(CAPITAL["DejaVu Sans"], rel=5e-3)
    latex = mn.Tex("H", font_size=size)
    assert latex.height / em_of(latex) == pytest.approx(CAPITAL["cmr10"], rel=5e-3)


def test_an_em_grows_with_the_text_however_it_lies():
    for text in (
        mn.Text("Words"),
        mn.Tex("Words"),
        mn.MathTex(r"\frac{a}{b}"),
        mn.DecimalNumber(0.5),
        mn.DecimalNumber(-12.5, mob_class=mn.Text),
        Lettering("#FFFFFF").say("12.5 %", np.zeros(3), 0.3),
        Lettering("#FFFFFF", upwards=True).say("Words", np.zeros(3), 0.3),
    ):
        em = em_of(text)
        assert em_of(text.copy().scale(1.7)) == pytest.approx(1.7 * em)
    for text in (mn.Text("Words"), mn.Tex("Words")):
        assert em_of(text.copy().rotate(mn.PI / 2)) == pytest.approx(em_of(text), rel=1e-3)
    # A Lettering of a height is as large as the same text by itself.
    own = SansText("Words")
    own.scale(0.3 / SansText("0").height)
    assert em_of(Lettering("#FFFFFF").say("Words", np.zeros(3), 0.3)) == pytest.approx(em_of(own))


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("name", ["ieee", "nature-double", 4.25])
def test_a_figure_has_its_width(tmp_path, name):
    inches = COLUMN_WIDTHS.get(name, name)
    path = save_figure(network(), tmp_path / "it.pdf", width=name, text_size=7)
    page = pypdfium2.PdfDocument(path.read_bytes())[0]
    assert page.get_width() == pytest.approx(72 * inches, abs=0.01)
    png = save_figure(network(), tmp_path / "it.png", width=name, text_size=7, dpi=100)
    assert abs(Image.open(png).width - 100 * inches) <= 1


def test_widths_are_those_that_are_asked_for():
    millimetres = {name: round(25.4 * inches, 1) for name, inches in COLUMN_WIDTHS.items()}
    assert millimetres["nature"] == 89
    assert millimetres["ieee"] == 88.9
    assert millimetres["ieee-double"] == 181.9
    assert millimetres["neurips"] == millimetres["iclr"] == 139.7
    assert (COLUMN_WIDTHS["icml"], COLUMN_WIDTHS["icml-double"]) == (3.25, 6.75)
    assert millimetres["article"] == 121.3  # 345 points of TeX
    for name, inches in COLUMN_WIDTHS.items():
        assert f'"{name}"' in str(save_figure.__doc__)  # with its source
        assert name.removesuffix("-double") in COLUMN_WIDTHS
        assert inches >= COLUMN_WIDTHS[name.removesuffix("-double")]


@pytest.mark.slow
@pytest.mark.parametrize("make", [network, chart, matrix])
@pytest.mark.parametrize("points", [5, 8])
def test_every_text_has_the_size(make, points):
    mobject, seen = make(), []

    def inches(shown):
        seen.append(shown.width)
        return 3.5 / (shown.width + 0.2)

    shown = set_letters(mobject, points, inches)
    kinds = (mn.Text, mn.DecimalNumber, Lettering)
    texts = [part for part in shown.get_family() if isinstance(part, kinds) and part.has_points()]
    texts += [part for part in shown.get_family() if isinstance(part, mn.DecimalNumber)]
    texts += [part for part in shown.get_family() if isinstance(part, mn.Text)]
    assert len(texts) > 4
    for text in texts:
        if em_of(text):
            assert em_of(text) * 72 * inches(shown) == pytest.approx(points, rel=1e-4)
    # All else is where it was, and the mobject itself is as before.
    assert mobject.width == pytest.approx(make().width)


def test_letters_of_a_file_are_as_high_as_they_should_be(tmp_path):
    """Measured in the picture, not by what made it."""
    text = mn.Text("H", font="DejaVu Sans", color=mn.BLACK)
    text.next_to(mn.Square(4, color="#FF0000"), mn.RIGHT)
    group = mn.VGroup(mn.Square(4, color="#FF0000"), text)
    path = save_figure(
        group, tmp_path / "it.png", width=3, text_size=12, dpi=600, background="white"
    )
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    rows = np.flatnonzero((pixels.max(axis=2) < 128).any(axis=1))
    assert (np.ptp(rows) + 1) / 600 * 72 == pytest.approx(12 * CAPITAL["DejaVu Sans"], rel=0.01)


def test_what_belongs_together_grows_together():
    formula, number = Formula("a", "=", "b"), SignificantNumber(1.5e-7, 0.3, writing=mn.Text)
    group = mn.VGroup(mn.Square(8), formula, number.shift(2 * mn.DOWN))
    shown = set_letters(group, 6, lambda _: 0.5)
    for before, after in ((formula, shown[1]), (number, shown[2])):
        factor = after.width / before.width
        assert after.height / before.height == pytest.approx(factor)
        for one, two in zip(before, after, strict=True):
            assert two.width / one.width == pytest.approx(factor)


@pytest.mark.parametrize(
    ("make", "options", "says"),
    [
        (mn.Square, {"text_size": 8}, "there is no text in Square"),
        (network, {"text_size": 0}, "text_size is a number of points above 0"),
        (network, {"text_size": 13, "width": "ieee"}, "number 0.1 would stand out of what is"),
        (chart, {"text_size": 22, "width": "ieee"}, "points .* and .* would overlap"),
        (chart, {"text_size": 300, "width": 1}, "points are too large|would overlap"),
        (network, {"width": "jama"}, "there is no width 'jama': give inches, or one of article"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(tmp_path, make, options, says):
    with pytest.raises(ValueError, match=says):
        save_figure(make(), tmp_path / "it.svg", **options)
    assert not (tmp_path / "it.svg").exists()
