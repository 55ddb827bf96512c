"""The chain rule: its fractions against each other."""

from itertools import pairwise

import pytest

from nnviz.mobjects.equations.chain_rule import (
    ChainRule,
    Derivative,
)
from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.primitives.palette import BLUE, RED

W, B, Z, A, A_PREV, C = "w^{(L)}", "b^{(L)}", "z^{(L)}", "a^{(L)}", "a^{(L-1)}", "C_0"


@pytest.fixture
def rule():
    return ChainRule(W, Z, A, C, scale=0.85)


# Fractions


def test_a_derivatives_terms_have_their_quantities_colours():
    fraction = Derivative(C, W)
    assert fraction.numerator[1].get_fill_color() == RED
    assert fraction.denominator[1].get_fill_color() == BLUE
    assert fraction.numerator.get_bottom()[1] > fraction.bar.get_y()
    assert fraction.denominator.get_top()[1] < fraction.bar.get_y()


def test_numerators_cancel_denominators_along_the_chain(rule):
    factors = [(factor.of, factor.by) for factor in rule.factors]
    assert factors == [(Z, W), (A, Z), (C, A)]
    assert (rule.left.of, rule.left.by) == (C, W)
    with pytest.raises(ValueError, match="three quantities or more, not 2"):
        ChainRule(W, C)


def in_order(rule):
    return [rule.left, rule.equals, *rule.factors]


def assert_tidy(rule):
    for before, after in pairwise(in_order(rule)):
        assert after.get_left()[0] - before.get_right()[0] > 0.1
    for fraction in (rule.left, *rule.factors):
        assert fraction.bar.get_y() == pytest.approx(rule.equals.get_y())


@pytest.fixture
def equations(rule):
    return rule.equations(
        Formula("=", A_PREV),
        Formula("=", r"\sigma", "'", "(", Z, ")"),
        Formula("=", "2(", A, "-", "y", ")"),
    )


def test_equations_are_a_column_that_starts_with_the_effect(rule, equations):
    assert [equation.fraction.of for equation in equations] == [Z, A, C]
    last, middle, first = equations
    assert rule.left.get_bottom()[1] > first.get_top()[1]
    assert first.fraction.get_bottom()[1] > middle.fraction.get_top()[1]
    assert middle.fraction.get_bottom()[1] > last.fraction.get_top()[1]
    for equation in equations:
        assert equation.fraction.get_x() == pytest.approx(rule.left.get_x())
        assert equation.equals.get_y() == pytest.approx(equation.fraction.bar.get_y())
        assert equation.fraction.get_right()[0] < equation.equals.get_left()[0]
        assert equation.equals.get_right()[0] < equation.value.get_left()[0]
    with pytest.raises(ValueError, match="1 right sides for 3 factors"):
        rule.equations(Formula("=", "1"))
