"""The typeface that comes with nnviz: it is used, wherever text is not asked for otherwise."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from manim import MathTex, Tex, Text, VGroup, VMobject, config

from nnviz import NetworkMobject
from nnviz._manim import temp_config
from nnviz.mobjects import QuickDecimalNumber
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.baselines import character
from nnviz.mobjects.primitives.typeface import FAMILY, SansText, register_typeface
from nnviz.mobjects.primitives.writing import plain_signs, writer, written
from nnviz.network import Network


def same_shape(one: VMobject, other: VMobject) -> bool:
    paths = [
        np.concatenate([part.points for part in text.family_members_with_points()])
        for text in (one, other)
    ]
    paths = [(path - path.mean(axis=0)) / np.ptp(path[:, 1]) for path in paths]
    return paths[0].shape == paths[1].shape and np.allclose(*paths, atol=1e-4)


def test_words_are_in_the_typeface_and_not_in_the_systems():
    register_typeface()
    words = SansText("Größe Ωж 0.5")
    assert words.font == FAMILY
    assert same_shape(words, Text("Größe Ωж 0.5", font=FAMILY))
    assert not same_shape(words, Text("Größe Ωж 0.5"))
    assert not same_shape(words, SansText("Größe Ωж 0.5", slant="ITALIC"))
    assert SansText("bold", weight="BOLD").width > 1.02 * SansText("bold").width


def test_lines_are_whole_and_the_same_at_every_quality(tmp_path):
    sentence = (
        "Each weight is nudged in the direction that lowers the cost, and by as much as it does."
    )
    texts = []
    for name, width in {"small": 214, "large": 3840}.items():
        size = {"pixel_width": width, "pixel_height": 9 * width // 16}
        with temp_config(size | {"text_dir": str(tmp_path / name)}):
            texts.append(SansText(sentence))
            assert config.pixel_width == width
    assert texts[0].height < 2 * SansText("lg").height
    np.testing.assert_array_equal(*(text.get_all_points() for text in texts))


@pytest.mark.slow
def test_the_typeface_is_found_when_texts_were_written_before():
    code = """
from manim import Text
from nnviz._manim import temp_config
import tempfile
with tempfile.TemporaryDirectory() as folder, temp_config({"media_dir": folder}):
    before = Text("Haé")
    from nnviz import SansText
    widths = [SansText("Haé").width, before.width, Text("Haé", font="Source Sans 3").width]
assert abs(widths[0] - widths[2]) < 1e-9 and abs(widths[0] / widths[1] - 1) > 0.05, widths
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_networks_own_text_is_in_the_typeface():
    network = Network.random([30, 3, 2], seed=0)
    net = NetworkMobject(
        network, output_labels=["yes", "no"], layer_titles=["a", "b", "c"], max_shown=4
    )
    texts = [part for part in net.get_family() if isinstance(part, Text)]
    assert len(texts) >= 6
    assert all(type(text) is SansText and text.font == FAMILY for text in texts)
    small = NetworkMobject(network[1:]).show_activations(network.forward_pass([0.0] * 30)[1:])
    assert small.style.writing is SansText


def test_digits_have_one_width_also_when_a_number_changes():
    digits = {letter: character(letter)[1] for letter in "0123456789−+"}
    assert np.ptp(list(digits.values())) < 1e-9
    number = QuickDecimalNumber(0.0, mob_class=SansText, num_decimal_places=3)
    points = []
    for value in (0.111, 0.888, 0.407, 0.111):
        number.set_value(value)
        first, _, *rest = number
        # The middles of digits are where they were; all of them stand on one line.
        points.append([glyph.get_center()[0] - first.get_center()[0] for glyph in rest])
        assert np.ptp([glyph.get_bottom()[1] for glyph in rest]) < 0.02
    assert np.array(points).std(axis=0).max() < 0.02
    assert np.allclose(points[0], points[-1])


@pytest.mark.parametrize("value", [1.11, -7.41, 1000.5])
def test_a_number_is_what_pango_writes(value):
    number = QuickDecimalNumber(value, mob_class=SansText)
    whole = SansText(f"{value:,.2f}".replace("-", "\N{MINUS SIGN}"))
    for one, other in zip(number, whole, strict=True):
        assert one.get_center() == pytest.approx(other.get_center(), abs=2e-3)
    changed = QuickDecimalNumber(0.25, mob_class=SansText).set_value(value)
    assert VGroup(*changed).width == pytest.approx(whole.width, abs=1e-3)
    lettering = Lettering("#FFFFFF").say(whole.original_text.replace(",", ""), np.zeros(3), 1.0)
    own = written(whole.original_text.replace(",", ""), 1.0)
    assert lettering.width == pytest.approx(own.width, abs=1e-3)


@pytest.mark.parametrize("text", ["שלום", "مرحبا", "שלום 12 abc"])
def test_words_from_right_to_left_are_written(text):
    words = SansText(text)
    assert words.original_text == text
    assert words.text == text.replace(" ", "")
    assert len(words) >= 4
    assert words.width > 0.5


def test_letters_that_are_not_there_come_from_the_system():
    # Whichever font it is, or a box with the number of the letter.
    for text in ("漢字", "∇", "∈"):
        assert SansText(text).width > 0.1


def test_lowered_letters_are_as_low_as_lowered_digits():
    both = SansText("x₂ₖ²ᵏ")
    two, k, raised, raised_k = both[1:]
    assert k.get_bottom()[1] - raised_k.get_bottom()[1] == pytest.approx(
        two.get_bottom()[1] - raised.get_bottom()[1], abs=1e-6
    )
    assert same_shape(k, raised_k)
    assert both.font_size == pytest.approx(48)
    assert both.original_text == both.text == "x₂ₖ²ᵏ"


def test_all_lowered_letters_of_a_text_are_on_one_line():
    for text in ("aᵢ wᵢ", "xᵢ yₖ wᵢ", "wₖwₖwₖ"):
        lowered = [
            glyph
            for letter, glyph in zip("".join(text.split()), SansText(text), strict=True)
            if letter in "ᵢₖ"
        ]
        bottoms = [glyph.get_bottom()[1] for glyph in lowered]
        np.testing.assert_allclose(bottoms, bottoms[0], atol=1e-3)


def test_multiple_lines_stand_below_one_another():
    lines = SansText("one\nמילה\ntwo")
    heights = [part.get_y() for part in (lines[0], lines[4], lines[-1])]
    assert all(above > below + 0.3 for above, below in pairwise(heights))


# How writings are named


def test_writings_go_by_their_names():
    assert writer("text") is SansText
    assert (writer("latex"), writer("latex", formulas=True)) == (Tex, MathTex)
    assert writer(Text) is Text
    assert NetworkStyle(writing="latex").writing is Tex
    assert NetworkStyle(writing=MathTex).writing is MathTex
    known = "writing is 'text', 'latex', 'typst', or.*not "
    with pytest.raises(ValueError, match=known + "'markdown'"):
        NetworkStyle(writing="markdown")
    with pytest.raises(TypeError, match=known + "3"):
        writer(3)


def test_what_is_given_is_used_as_it_is():
    made = []

    def mine(text):
        made.append(text)
        return Text(text, font="DejaVu Sans")

    net = NetworkMobject(Network.random([2, 2], seed=0), input_labels="xy", writing=mine)
    assert {"x", "y"} <= set(made)
    assert all(label.font == "DejaVu Sans" for label in net.input_labels)
    by_manim = NetworkMobject(Network.random([2, 2], seed=0), input_labels="xy", writing=Text)
    assert [type(label) for label in by_manim.input_labels] == [Text, Text]


@pytest.mark.parametrize(
    ("writing", "expected"),
    [
        ("text", "4 × 4 → 16 maps – 97 %"),
        (Tex, r"4 $\times$ 4 $\to$ 16 maps -- 97 \%"),
        (MathTex, r"4\times 4\to 16\ \text{maps}\ \text{--}\ 97\ \%"),
    ],
)
def test_signs_are_as_a_writing_takes_them(writing, expected):
    assert plain_signs("4 × 4 → 16 maps – 97 %", writing) == expected
    assert writer(writing)(expected).width > 1
