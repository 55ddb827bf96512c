"""Number lines: the value is where the dot is."""

import numpy as np
import pytest
from manim import PI, RIGHT, UP

from nnviz.mobjects.equations.value_line import ValueLine
from nnviz.mobjects.primitives.palette import GREEN, RED


@pytest.mark.parametrize("value", [-1.0, -0.25, 0.0, 1.9, 2.0])
def test_the_dot_stands_at_its_number(value):
    line = ValueLine(value, (-1, 2, 0.5), length=6)
    assert line.value == pytest.approx(value)
    assert line.dot.get_x() - line.axis.get_start()[0] == pytest.approx(2 * (value + 1))


def test_the_value_survives_scaling_moving_and_copying():
    line = ValueLine(0.3).scale(0.7).shift(2 * UP + RIGHT)
    copy = line.copy().set_value(0.8).scale(3)
    assert line.value == pytest.approx(0.3)
    assert copy.value == pytest.approx(0.8)


def test_an_animation_that_moves_the_dot_moves_the_value():
    line = ValueLine(0.2)
    move = line.animate.set_value(0.6).build()
    move.begin()
    move.interpolate(0.5)
    assert line.value == pytest.approx(0.4)


def test_a_tick_for_every_step_and_none_outside():
    line = ValueLine(0.1, (0, 0.5, 0.1))
    places = sorted(float(tick.get_x()) for tick in line.axis.ticks)
    start, end = line.axis.get_start()[0], line.axis.get_end()[0]
    assert places == pytest.approx(list(np.linspace(start, end, 6)))


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_a_value_off_the_line_is_refused(value):
    with pytest.raises(ValueError, match=r"not on the value line from 0.0 to 1.0"):
        ValueLine(0.5).set_value(value)


@pytest.mark.parametrize("x_range", [(1, 0, 0.1), (0, 0, 0.1), (0, 1, 0)])
def test_an_empty_range_is_refused(x_range):
    with pytest.raises(ValueError, match="needs a range"):
        ValueLine(0, x_range)


@pytest.mark.parametrize(("arc", "side"), [(0.0, -1), (-0.7 * PI, 1)])
def test_a_pointer_ends_at_the_dots_edge(arc, side):
    line = ValueLine(0.5, color=GREEN)
    pointer = line.pointer_from([-2.0, -1.0 if arc == 0 else 0.0, 0.0], arc)
    gap = pointer.get_end() - line.dot.get_center()
    assert gap[1] * side > 0
    assert np.linalg.norm(gap) < 0.25
    assert pointer.get_color() == GREEN


@pytest.mark.parametrize("to", [0.1, 0.9])
def test_a_mark_spans_the_change_over_the_line(to):
    line = ValueLine(0.5)
    mark = line.mark_change(to, r"\partial C_0")
    ends = sorted([line.point(0.5)[0], line.point(to)[0]])
    assert [mark.brace.get_left()[0], mark.brace.get_right()[0]] == pytest.approx(ends)
    assert mark.brace.get_bottom()[1] > line.axis.get_y()
    assert mark.symbol.get_bottom()[1] > mark.brace.get_top()[1]
    assert mark.symbol[0][0].get_fill_color() == RED


def test_a_hanging_mark_is_under_the_line():
    line = ValueLine(0.5)
    mark = line.mark_change(0.2, r"\partial z", hangs=True)
    assert mark.brace.get_top()[1] < line.axis.get_y()
    assert mark.symbol.get_top()[1] < mark.brace.get_bottom()[1] + 1e-9


@pytest.mark.parametrize("to", [0.501, 0.499])
def test_a_small_change_gets_a_brace_that_can_be_seen(to):
    line = ValueLine(0.5)
    brace = line.mark_change(to, "w").brace
    assert brace.width == pytest.approx(0.25)
    assert (brace.get_x() - line.dot.get_x()) * (to - 0.5) > 0
