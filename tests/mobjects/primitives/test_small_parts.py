import numpy as np
import pytest
from manim import LEFT, ORIGIN, RIGHT, UP, ChangingDecimal, Circle, Square, VGroup

from nnviz.mobjects.primitives.arrows import arrow, double_arrow, vector
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.palette import BLACK, BLUE_E, WHITE, YELLOW, stroke


def test_palette_is_that_of_2017():
    assert YELLOW.to_hex() == "#FFFF00"
    assert BLUE_E.to_hex() == "#1C758A"
    # A stroke of w in CE is w hundredths of a unit, and a unit is 135 of 1080 lines.
    assert stroke(4) * 0.01 * 135 == pytest.approx(4)


def test_arrow_between_boxes_leaves_and_enters_at_their_edges():
    left, right = Square(1).shift(2 * LEFT), Square(2).shift(3 * RIGHT)
    mob = double_arrow(left, right, buff=0.25)
    assert mob.get_left()[0] == pytest.approx(-1.25, abs=1e-6)
    assert mob.get_right()[0] == pytest.approx(1.75, abs=1e-6)
    assert mob.height < 0.3


def test_arrow_between_tall_groups_is_level():
    column = VGroup(*(Circle(0.1) for _ in range(5))).arrange(UP)
    mob = arrow(column, column.copy().shift(3 * RIGHT))
    assert mob.get_start()[1] == pytest.approx(mob.get_end()[1])


def test_short_arrows_keep_their_proportions():
    mob = vector(0.1 * UP)
    assert mob.get_start() == pytest.approx(ORIGIN)
    assert mob.get_end() == pytest.approx(0.1 * UP)
    assert mob.tip.length == pytest.approx(0.035)
    long = vector(2 * UP)
    assert long.tip.length == pytest.approx(0.25)
    assert long.get_stroke_width() == pytest.approx(5)


def test_number_sits_in_its_neuron_and_contrasts_with_its_fill():
    neuron = Circle(0.3).shift(UP)
    number = ActivationNumber(0.46, neuron)
    assert number.width == pytest.approx(0.7 * 0.6)
    assert number.get_center() == pytest.approx(neuron.get_center())
    assert number.get_fill_color() == WHITE
    change = ChangingDecimal(number, lambda a: 0.46 + 0.5 * a)
    change.begin()
    change.interpolate(1)
    assert number.number == pytest.approx(0.96)
    assert {digit.get_fill_color() for digit in number} == {BLACK}
    assert number.get_center() == pytest.approx(neuron.get_center(), abs=1e-6)
    change.interpolate(0)
    assert {digit.get_fill_color() for digit in number} == {WHITE}


def test_number_copies_are_whole():
    number = ActivationNumber(0.2, Circle(1))
    twin = number.copy().set_value(0.9)
    assert number.number == pytest.approx(0.2)
    assert twin.get_fill_color() == BLACK
    assert np.isclose(number.height, twin.height, rtol=0.1)
