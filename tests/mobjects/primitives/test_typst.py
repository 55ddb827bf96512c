"""What is written by Typst: words and formulas without LaTeX."""

from __future__ import annotations

import pytest
from manim import MathTex, MathTypst, Tex, Typst

import nnviz.mobjects.primitives.writing
from nnviz import Network, NetworkMobject, NetworkStyle, ParameterDerivative
from nnviz.mobjects import WeightExplanation
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.primitives.significant_digits import SignificantNumber
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import (
    TypstMissingError,
    as_formula,
    plain_signs,
    writer,
    written,
)


@pytest.mark.parametrize("make", [lambda: writer("typst"), lambda: writer(MathTypst)])
def test_where_typst_is_missing_the_command_is_said(monkeypatch, make):
    monkeypatch.setattr(nnviz.mobjects.primitives.writing, "find_spec", lambda name: None)
    with pytest.raises(TypstMissingError, match=r"pip install 'manim-nnviz\[typst\]'"):
        make()
    with pytest.raises(TypstMissingError, match="Typst writes by Typst"):
        NetworkStyle(writing="typst")


@pytest.fixture
def has_typst():
    pytest.importorskip("typst")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("z₁₂⁽³⁾", "z_(12) ^((3)) "),
        ("wₖ₁⁽²⁾", "w_(k 1) ^((2)) "),
        ("a₁⁽¹⁾(1 − a₁⁽¹⁾)", "a_(1) ^((1)) (1 − a_(1) ^((1)) )"),
        ("σ′(z)", "σ'(z)"),
        ("softplus′(z)", '"softplus"\'(z)'),
        ("Σₖ", "scripts(sum)_(k) "),
        ("× 10⁻¹²", "× 10^(-12) "),
    ],
)
def test_plain_formulas_are_spelled_as_typst_has_them(has_typst, text, spelled):
    assert as_formula("tex", text, MathTypst) == spelled
    assert as_formula("tex", text, Typst) == f"${spelled}$"
    assert MathTypst(spelled).height > 0


def test_other_writings_have_their_own_spelling():
    assert as_formula(r"\sigma'", "σ′", MathTex) == r"\sigma'"
    assert as_formula(r"\sigma'", "σ′", Tex) == r"$\sigma'$"
    assert as_formula(r"\sigma'", "σ′", SansText) == "σ′"


@pytest.mark.parametrize("text", ["16 @ 28×28", "#1 of *2*_3_", "a = [b]", "50 %", "0,5", "x → y"])
def test_words_are_not_taken_for_markup(has_typst, text):
    drawn = Typst(plain_signs(text, Typst))
    assert len(drawn.family_members_with_points()) == len(text.replace(" ", ""))
    assert MathTypst(plain_signs("0,5 %", MathTypst)).height > 0


@pytest.mark.slow
def test_an_explanation_has_the_numbers_that_it_has_in_plain_letters(has_typst):
    derivative = ParameterDerivative(Network.random([2, 3, 1], seed=1), 0, 1, 2, [0.5, 1.0], [1.0])
    plain, typst = (WeightExplanation(derivative, writing=kind) for kind in ("text", "typst"))
    assert typst.product.result[1].text == plain.product.result[1].text
    kinds = {type(part) for part in typst.get_family()}
    assert MathTypst in kinds
    assert not kinds & {SansText, Tex, MathTex}


def test_digits_are_as_high_as_is_asked(has_typst):
    number = SignificantNumber(-1.23e-7, 0.3, writing="typst")
    # A 1 is a little lower than a 0, which is round.
    assert number.mantissa[1].height == pytest.approx(0.3, rel=0.05)
    assert written("0", 0.3, "typst").height == pytest.approx(0.3)
    assert Lettering("#FFFFFF", writing="typst").say("10", (0, 0, 0), 0.3).height == pytest.approx(
        0.3, rel=0.05
    )


@pytest.mark.slow
def test_a_network_is_labelled_by_typst(has_typst):
    network = Network.random([2, 3, 1], seed=0)
    style = NetworkStyle(writing="typst")
    net = NetworkMobject(network, style, output_labels=["$a^((2))$"])
    net.show_values(network.forward_pass([0.25, 0.5]))
    (label,) = net.output_labels
    assert isinstance(label, Typst)
    assert len(label.family_members_with_points()) == 4
