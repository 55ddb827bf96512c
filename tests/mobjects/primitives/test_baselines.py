"""Words side by side stand on one line, in every script and every writing."""

from __future__ import annotations

import numpy as np
import pytest
from manim import DOWN, UP, MarkupText, MathTex, Square, Tex, Text, VGroup

from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.baselines import (
    baseline,
    lifts,
    line_height,
    put_beside,
    put_on_a_line,
)
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.network import Network

#: Letters that stand on the line flat, of each writing: with them it is known where the line is.
FLAT = {SansText: "Hxi", Text: "H", MarkupText: "H", Tex: "Hxi", MathTex: "H"}
#: Without descenders and with them, digits, capitals, accents, signs above the line, and scripts.
WORDS = ("aeo", "gpq", "Ágy", "027", "QJ", "°", "−", "Ωφ", "Жур", "שלום", "漢字", "شُكرًا", "नमस्ते")


def line_of(text, writing):
    """Return where a flat letter stands that is written into the same text, at its beginning."""
    both = writing(f"{FLAT[writing][0]}{text}")
    return both, float(both[0].get_bottom()[1])


@pytest.mark.slow
@pytest.mark.every(4)
@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("writing", [SansText, Text, MarkupText])
def test_the_line_of_words_is_where_flat_letters_stand(writing, text):
    both, flat = line_of(text, writing)
    assert baseline(both) == pytest.approx(flat, abs=0.004)
    if baseline(writing(text)) is None:
        # Manim's own does not draw what begins from right to left.
        assert writing is not SansText
        return
    # Alone, the text has the same letters at the same distance from the line.
    if len(both) == len(writing(text)) + 1:
        alone = writing(text)
        rest = VGroup(*both[1:])
        assert alone.height == pytest.approx(rest.height, abs=2e-3)
        assert baseline(alone) - alone.get_bottom()[1] == pytest.approx(
            flat - rest.get_bottom()[1], abs=0.004
        )


@pytest.mark.every(3)
@pytest.mark.parametrize(
    ("writing", "text"),
    [(Tex, "gpq"), (Tex, r"$x_1^2$"), (MathTex, r"\frac{a}{b}"), (MathTex, "y^2")],
)
def test_the_line_of_what_latex_writes(writing, text):
    h = "H" if writing is Tex else r"\text{H}"
    both, alone = writing(h + text), writing(text)
    flat, *rest = both.family_members_with_points()
    line = flat.get_bottom()[1]
    assert baseline(both) == pytest.approx(line, abs=0.01)
    below = line - VGroup(*rest).get_bottom()[1]
    assert baseline(alone) - alone.get_bottom()[1] == pytest.approx(below, abs=0.01)


@pytest.mark.slow
def test_typst_has_a_line_too():
    pytest.importorskip("typst")
    from manim import MathTypst, Typst

    for make, texts in ((Typst, ("code", "gpq")), (MathTypst, ("a_1^2", "a/b"))):
        for text in texts:
            both, alone = make(f"H {text}"), make(text)
            flat = both[0].get_bottom()[1]
            assert baseline(both) == pytest.approx(flat, abs=0.01)
            assert baseline(alone) - alone.get_bottom()[1] == pytest.approx(
                flat - VGroup(*both[1:]).get_bottom()[1], abs=0.01
            )


def test_the_line_goes_where_the_text_goes():
    text = SansText("gypsum")
    below = baseline(text) - text.get_bottom()[1]
    assert below > 0.1
    text.scale(0.4).shift([3, 2, 0])
    assert baseline(text) - text.get_bottom()[1] == pytest.approx(0.4 * below)
    assert baseline(text.copy()) == pytest.approx(baseline(text))
    assert baseline(VGroup(text)) == pytest.approx(baseline(text))
    assert baseline(Square()) is None
    assert baseline(SansText("two\nlines")) is None


def test_words_on_a_line_keep_off_what_is_beside_it():
    for side, end in ((UP, DOWN), (DOWN, UP)):
        words = [SansText(text) for text in ("one", "gypsy", "Ápfel", "שלום")]
        for word in words:
            word.move_to([0, 1, 0], -side)
        put_on_a_line(words, side)
        assert np.ptp([baseline(word) for word in words]) < 1e-9
        assert all((word.get_edge_center(end)[1] - 1) * side[1] > -1e-9 for word in words)
        assert VGroup(*words).height == pytest.approx(line_height(words))
    low = [SansText("g"), SansText("a"), Square()]
    for word in low:
        word.move_to([0, 0, 0], DOWN)
    for word, lift in zip(low, lifts(low), strict=True):
        word.shift(lift * UP)
    assert baseline(low[0]) == pytest.approx(baseline(low[1]))
    assert low[2].get_bottom()[1] == pytest.approx(0)


def test_words_above_one_another_stand_alike_in_their_places():
    words = [SansText(text) for text in ("setosa", "g", "virginica", "A")]
    square = Square()
    put_beside([*words, square], [3, 2, 1, 0, 5])
    below = [height - baseline(word) for word, height in zip(words, (3, 2, 1, 0), strict=True)]
    assert np.ptp(below) < 1e-9
    assert 0.1 < below[0] < 0.3
    assert square.get_y() == 5


TITLES = ["image", "encoder", "Ωψ", "шум", "漢字", "97"]


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("writing", ["text", Text])
def test_titles_and_labels_of_a_network_share_their_lines(writing, direction):
    labels = ["setosa", "g", "Ágyő"]
    net = NetworkMobject(
        Network.random([3, 2, 2, 2, 2, 3], seed=0),
        input_labels=labels,
        output_labels=labels[::-1],
        layer_titles=TITLES,
        direction=direction,
        writing=writing,
    )
    for group, neurons in (
        (net.input_labels, net.layers[0].neurons),
        (net.output_labels, net.layers[-1].neurons),
    ):
        lines = [baseline(label) for label in group]
        if direction == "right":
            lines = [line - one.get_y() for line, one in zip(lines, neurons, strict=True)]
        assert np.ptp(lines) < 1e-6
        assert np.ptp([label.font_size for label in group]) < 1e-6
    titles = [baseline(title) for title in net.layer_titles]
    if direction == "down":
        titles = [y - one.body.get_y() for y, one in zip(titles, net.layers, strict=True)]
    assert np.ptp(titles) < 1e-6
    assert np.ptp([title.font_size for title in net.layer_titles]) < 1e-6


def test_labels_may_stand_in_the_middle_instead():
    labels = ["setosa", "g"]
    net = NetworkMobject(
        Network.random([2, 2], seed=0), input_labels=labels, label_alignment="middle"
    )
    for label, neuron in zip(net.input_labels, net.layers[0].neurons, strict=True):
        assert label.get_y() == pytest.approx(neuron.get_y())
    with pytest.raises(ValueError, match="label_alignment is one of baseline, middle"):
        NetworkMobject(net.network, label_alignment="top")
