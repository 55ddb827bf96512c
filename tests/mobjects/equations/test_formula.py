"""Formulas: terms by name, one colour a quantity, gaps that close."""

import numpy as np
import pytest
from manim import MathTex

from nnviz.mobjects.equations.formula import ROLE_COLORS, Formula, color_of, layer_before
from nnviz.mobjects.primitives.palette import BLUE, GREEN, MAROON_B, RED, WHITE, YELLOW


def colors(mobject):
    return {part.get_fill_color().to_hex() for part in mobject.family_members_with_points()}


@pytest.fixture
def cost():
    return Formula("C_0", "(", r"\dots", ")", "=", "(", "a^{(L)}", "-", "y", ")", "^2")


def test_the_table_is_the_chapters():
    assert dict(ROLE_COLORS) == {
        "w": BLUE, "a": WHITE, "b": MAROON_B, "z": GREEN, "C": RED, "y": YELLOW,
    }  # fmt: skip


@pytest.mark.parametrize("letter", ROLE_COLORS)
@pytest.mark.parametrize("form", ["{}", "{}^{{(L-1)}}", r"\partial {}^{{(L)}}", r"{{\nabla {}"])
def test_a_quantity_has_its_colour_in_every_form(letter, form):
    assert color_of(form.format(letter)) == ROLE_COLORS[letter]


@pytest.mark.parametrize(
    "tex", [r"\sigma", r"\over", r"\sum_{k=0}^{n-1}", "=", "n", r"\frac{1}{n}"]
)
def test_what_is_no_quantity_is_white(tex):
    assert color_of(tex) == WHITE


def test_terms_are_drawn_in_their_colours(cost):
    assert colors(cost["C_0"]) == {RED.to_hex()}
    assert colors(cost["y"]) == {YELLOW.to_hex()}
    assert colors(cost["a^{(L)}"]) == {WHITE.to_hex()}
    assert colors(Formula("w", "z", colors={"w": GREEN})["w"]) == {GREEN.to_hex()}


def test_it_is_typeset_as_one_formula():
    formula = Formula("z", "=", "w", "a", "+", "b")
    whole = MathTex("z = w a + b")
    assert [formula.width, formula.height] == pytest.approx([whole.width, whole.height])


def test_terms_are_found_by_name_in_copies_too(cost):
    copy = cost.copy().shift([0, 3, 0])
    assert copy["y"] is copy[8]
    assert copy["y"].get_y() == pytest.approx(cost["y"].get_y() + 3)


def test_braces_and_spaces_do_not_belong_to_a_name():
    fraction = Formula(r"{\partial z", r"\over", r"\partial w}")
    assert fraction[r"\partial z"] is fraction[0]
    assert fraction[r"\partial{w}"] is fraction[2]


def test_neighbours_tell_terms_of_one_name_apart(cost):
    with pytest.raises(ValueError, match=r"'\(' is 2 times .* not once"):
        cost["("]
    assert cost.part("(", "a^{(L)}")[0] is cost[5]
    assert cost.part(")", "=")[0] is cost[3]


def test_a_missing_term_is_an_error_that_lists_the_terms(cost):
    with pytest.raises(ValueError, match=r"'w' is 0 times .* C_0, \("):
        cost["w"]


def test_before_and_after_and_the_terms_are_the_formula(cost):
    parts = [*cost.before("=", "("), *cost.part("=", "("), *cost.after("=", "(")]
    assert parts == list(cost)
    assert list(cost.without(cost[0], cost[10])) == list(cost)[1:10]


@pytest.mark.parametrize("terms", [(), ("a", " "), ("{}",)])
def test_a_formula_without_terms_is_refused(terms):
    with pytest.raises(ValueError, match="needs terms"):
        Formula(*terms)


def test_layer_before():
    assert layer_before("w^{(L)}") == "w^{(L-1)}"
    assert layer_before(layer_before("a^{(L-1)}")) == "a^{(L-3)}"
    with pytest.raises(ValueError, match="no layer"):
        layer_before("y")


def test_collapse_shrinks_terms_to_nothing_and_closes_the_gap(cost):
    after = [term.get_center() for term in cost.after(")", "=")]
    height = cost["C_0"].get_y()
    assert cost.collapse("(", r"\dots", ")", buff=0.2) is cost
    shrunk = cost.part("(", r"\dots", ")")
    assert len(cost) == 11
    assert shrunk.width == pytest.approx(0)
    assert shrunk.height == pytest.approx(0)
    assert cost["C_0"].get_right()[0] == pytest.approx(cost["="].get_left()[0] - 0.2)
    assert cost["C_0"].get_y() == pytest.approx(height)
    np.testing.assert_allclose([term.get_center() for term in cost.after(")", "=")], after)


def test_collapse_needs_something_to_close_up_to(cost):
    with pytest.raises(ValueError, match="nothing follows"):
        cost.collapse("^2")
