from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import RIGHT, UP, Circle, Scene

from gradient_column import (
    GradientColumn,
    brackets_around,
    choose_components,
)
from nnviz.mobjects.primitives.decimal_numbers import SignedNumber
from nnviz.mobjects.primitives.palette import BLUE, RED
from nnviz.network import Network

values = st.lists(st.floats(-5, 5), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(values, st.lists(st.floats(-5, 5), min_size=1, max_size=4))
def test_chosen_components_are_the_best_in_order(vector, wanted):
    wanted = wanted[: len(vector)]
    chosen = choose_components(vector, wanted)
    assert all(np.diff(chosen) > 0)
    best = min(
        np.abs(np.take(vector, some) - wanted).sum()
        for some in combinations(range(len(vector)), len(wanted))
    )
    assert np.abs(np.take(vector, chosen) - wanted).sum() == pytest.approx(best)


@pytest.mark.parametrize("wanted", [[], [1, 2, 3, 4]])
def test_choosing_none_or_more_than_there_are_is_an_error(wanted):
    with pytest.raises(ValueError, match=f"cannot choose {len(wanted)} components of 3"):
        choose_components([1, 2, 3], wanted)


def colors(number):
    return {glyph.get_fill_color() for glyph in number}


def test_a_number_has_the_colour_of_its_sign_as_it_is_written():
    number = SignedNumber(-0.2).move_to(3 * RIGHT)
    assert colors(number) == {RED}
    assert colors(number.set_value(0.3)) == {BLUE}
    # This reads 0.00 without a minus, so it is not red.
    assert colors(number.set_value(-0.004)) == {BLUE}
    assert len(number) == 4
    assert colors(number.set_value(-0.006)) == {RED}
    assert number.get_center() == pytest.approx(3 * RIGHT)


def test_a_copy_of_a_number_keeps_both_colours():
    twin = SignedNumber(0.2).copy().set_value(-1)
    assert colors(twin) == {RED}


def test_column_shows_the_components_in_units_of_its_factor():
    components = np.array([0.0202, -0.0843, 0.157, 0.004])
    column = GradientColumn(components, unit=0.1)
    written = [number.number for number in column.numbers]
    assert written == pytest.approx([0.202, -0.843, 1.57, 0.04])
    assert column.values == pytest.approx(components)
    assert column.factor[0].tex_string == r"10^{-1}\times"
    assert [colors(n) for n in column.numbers] == [{BLUE}, {RED}, {BLUE}, {BLUE}]
    assert GradientColumn(components, unit=0.05).factor[0].tex_string == r"0.05\times"
    assert len(GradientColumn(components).factor) == 0


@pytest.mark.parametrize(("above", "place"), [(None, 2), (0, 0), (1, 1), (3, 3)])
def test_dots_stand_where_they_are_told_to(above, place):
    column = GradientColumn([1, 2, 3], dots_after=above) if above is not None else None
    column = column or GradientColumn([1, 2, 3, 4])
    assert column.contents[place] is column.dots
    assert len(column.contents) == len(column.numbers) + 1
    heights = [part.get_y() for part in column.contents]
    assert heights == sorted(heights, reverse=True)


def test_brackets_hold_the_column_and_the_factor_is_outside():
    column = GradientColumn([-1, 2, 3], unit=0.01)
    left, right = column.brackets
    assert left.get_right()[0] < column.contents.get_left()[0]
    assert right.get_left()[0] > column.contents.get_right()[0]
    assert column.brackets.height == pytest.approx(1.2 * column.contents.height)
    assert column.factor.get_right()[0] < left.get_left()[0]
    assert column.factor.get_y() == pytest.approx(left.get_y())
    after = GradientColumn(column.values, unit=0.1, factor_first=False)
    assert after.factor[0].tex_string == r"\times 10^{-1}"
    assert after.factor.get_left()[0] > after.brackets[1].get_right()[0]
    assert after.factor.get_bottom()[1] == pytest.approx(after.brackets.get_bottom()[1])
    circle = Circle().shift(UP)
    assert brackets_around(circle, "[", "]").get_center() == pytest.approx(UP, abs=1e-6)


def test_counting_to_new_values_ends_exactly_there_and_changes_colours():
    scene = Scene()
    column = GradientColumn([0.5, -0.25], unit=0.5).shift(RIGHT)
    center = column.contents.get_center()
    scene.add(column)
    animation = column.animate(run_time=0.6).set_values([-0.5, 0.125])
    scene.play(animation)
    assert column.values.tolist() == [-0.5, 0.125]
    assert [colors(n) for n in column.numbers] == [{RED}, {BLUE}]
    assert column.contents.get_center() == pytest.approx(center, abs=0.05)
    half = column.count_to([0.5, 0.125])
    half.begin()
    half.interpolate(0.5)
    assert column.values == pytest.approx([0, 0.125])


def test_copies_are_whole():
    column = GradientColumn([0.1, 0.2], unit=0.1)
    twin = column.copy().set_values([-0.3, 0.4])
    assert column.values == pytest.approx([0.1, 0.2])
    assert twin.values == pytest.approx([-0.3, 0.4])
    assert twin.unit == 0.1


def test_somebody_elses_network_gives_it_values():
    network = Network.random([3, 5, 2], seed=4, activations="tanh")
    x, y = np.eye(3), np.eye(2)[[0, 1, 1]]
    downhill = -network.backprop(x, y).flatten()
    chosen = choose_components(downhill, [0.1, -0.1, 0.2])
    column = GradientColumn(downhill[chosen])
    eps = 1e-6
    for value, index in zip(column.values, chosen, strict=True):
        nudge = eps * np.eye(1, network.n_parameters, index)[0]
        up, down = (network.with_parameters(network.flatten() + s * nudge) for s in (1, -1))
        assert value == pytest.approx(-(up.cost(x, y) - down.cost(x, y)) / (2 * eps), abs=1e-7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": []}, "at least one"),
        ({"values": [1, np.nan]}, "finite"),
        ({"values": [1], "unit": 0}, "unit above 0"),
        ({"values": [1], "unit": np.inf}, "unit above 0"),
        ({"values": [1, 2], "dots_after": 3}, "from 0 to 2"),
    ],
)
def test_bad_columns_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        GradientColumn(**arguments)


def test_too_many_or_broken_values_are_refused():
    column = GradientColumn([1, 2])
    with pytest.raises(ValueError, match="2 numbers got 3"):
        column.set_values([1, 2, 3])
    with pytest.raises(ValueError, match="finite"):
        column.animate.set_values([1, np.inf])
    assert column.values.tolist() == [1, 2]
