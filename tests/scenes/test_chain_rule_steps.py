"""What the chapter does with a chain rule: fractions in place, a product in a row."""

from itertools import pairwise

import numpy as np
import pytest

from chain_rule_steps import bring_down_exponent, product_of, with_cause
from nnviz.mobjects.equations.chain_rule import ChainRule
from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.primitives.palette import GREEN

W, B, Z, A, A_PREV, C = "w^{(L)}", "b^{(L)}", "z^{(L)}", "a^{(L)}", "a^{(L-1)}", "C_0"


@pytest.fixture
def rule():
    return ChainRule(W, Z, A, C, scale=0.85)


def in_order(rule):
    return [rule.left, rule.equals, *rule.factors]


def assert_tidy(rule):
    for before, after in pairwise(in_order(rule)):
        assert after.get_left()[0] - before.get_right()[0] > 0.1
    for fraction in (rule.left, *rule.factors):
        assert fraction.bar.get_y() == pytest.approx(rule.equals.get_y())


@pytest.mark.parametrize("cause", [W, B, A_PREV])
def test_another_cause_changes_left_side_and_first_factor_only(rule, cause):
    rule.scale(0.9).shift([-2, 3, 0])
    before = rule.copy()
    other = with_cause(rule, cause)
    assert_tidy(rule)
    assert_tidy(other)
    assert (other.left.by, other.factors[0].by) == (cause, cause)
    assert other.factors[0].numerator[0].get_fill_color() == GREEN
    np.testing.assert_allclose(other.equals.get_center(), rule.equals.get_center())
    shifts = [
        new.get_center() - old.get_center()
        for new, old in zip(other.factors[1:], rule.factors[1:], strict=True)
    ]
    np.testing.assert_allclose(shifts[0], shifts[1], atol=1e-9)
    assert -1e-9 < shifts[0][0] < 0.4
    assert (shifts[0][0] > 1e-9) == (cause == A_PREV)
    for part, old in zip(in_order(rule), in_order(before), strict=True):
        np.testing.assert_allclose(part.get_center(), old.get_center())
    for new, old in zip(other.factors[1:], rule.factors[1:], strict=True):
        assert [new.width, new.height] == pytest.approx([old.width, old.height])


@pytest.fixture
def equations(rule):
    return rule.equations(
        Formula("=", A_PREV),
        Formula("=", r"\sigma", "'", "(", Z, ")"),
        bring_down_exponent(Formula("=", "(", A, "-", "y", ")", "^2"), "("),
    )


def test_the_product_is_a_row_right_of_the_rule_on_one_base_line(rule, equations):
    equals, *values = product_of(rule, equations)
    assert len(values) == 3
    for before, after in pairwise([rule, equals, *values]):
        assert before.get_right()[0] < after.get_left()[0]
    assert equals.get_y() == pytest.approx(rule.equals.get_y())
    # Parentheses are centred on the axis on which the equals sign is.
    for parenthesis in (values[1][2], values[2][0]):
        assert parenthesis.tex_string == "("
        assert parenthesis.get_y() == pytest.approx(equals.get_y(), abs=1e-3)
    assert [term.tex_string for term in values[0]] == [A_PREV]


def test_an_exponent_comes_down_in_front_of_its_base():
    before = Formula("=", "(", A, "-", "y", ")", "^2")
    formula = bring_down_exponent(before.copy(), "(")
    two, base = formula["^2"], formula["("]
    assert formula["="].get_right()[0] < two.get_left()[0]
    assert two.get_left()[0] == pytest.approx(before["("].get_left()[0])
    assert two.get_right()[0] < base.get_left()[0]
    assert two.height == pytest.approx(1.5 * before["^2"].height)
    assert two.get_y() == pytest.approx(base.get_y())
    gaps = [
        [b.get_left()[0] - a.get_right()[0] for a, b in pairwise(f.part("(", A, "-", "y", ")"))]
        for f in (before, formula)
    ]
    assert gaps[0] == pytest.approx(gaps[1])
