import numpy as np
import pytest
from manim import DOWN, LEFT

from nnviz.mobjects.primitives.palette import BLUE, RED
from nnviz.network import Network
from requested_changes import RequestedChanges, requested_changes

CHANGES = np.array([[0.1, -0.2, 0.3], [0.01, 0.02, -0.03], [-0.5, -0.5, 0.4]])
LABELS = ["w_0", "w_1", "w_{99}"]


@pytest.fixture
def table():
    return RequestedChanges(CHANGES, LABELS)


def written(group):
    return [number.number for number in group if hasattr(number, "number")]


def test_numbers_stand_in_their_cells(table):
    table.shift(2 * LEFT).scale(0.8)
    for (row, column), change in np.ndenumerate(CHANGES):
        number = table.number(row, column)
        assert number.number == change
        assert number.get_center() == pytest.approx(table.cell_center(row, column), abs=0.02)
        assert {g.get_fill_color() for g in number} == {BLUE if change > 0 else RED}
        left, right = (line.get_x() for line in table.v_lines[column : column + 2])
        line = row + (row == 2)
        top, bottom = (edge.get_y() for edge in table.h_lines[line : line + 2])
        assert left < number.get_left()[0] < number.get_right()[0] < right
        assert bottom < number.get_bottom()[1] < number.get_top()[1] < top


def test_every_number_shows_its_sign(table):
    # plus or minus, digit, point, two decimals
    assert {len(number) for row in table.numbers for number in row} == {5}


def test_dots_stand_for_the_parameters_and_examples_between(table):
    assert len(table.labels) == len(table.averages) == len(table.row_dots) == 4
    assert len(table.column_dots) == 3
    line = table.labels[-2].get_y()
    for dots in (*table.column_dots, table.averages[-2], table.row_dots[-2]):
        assert dots.get_y() == pytest.approx(line, abs=0.01)
    assert table.number(1, 0).get_y() > line > table.number(2, 0).get_y()
    # A table with its last row is left of the dots for other examples, these of the averages.
    right = max(number.get_right()[0] for row in table.numbers for number in row)
    assert right < table.row_dots.get_left()[0]
    assert table.row_dots.get_right()[0] < table.h_lines.get_right()[0]
    assert table.h_lines.get_right()[0] < table.averages.get_left()[0]


def test_averages_are_those_given_or_of_the_columns(table):
    assert written(table.averages) == pytest.approx(list(CHANGES.mean(axis=1)))
    other = RequestedChanges(CHANGES, LABELS, averages=[1, -2, 3])
    assert written(other.averages) == [1, -2, 3]
    assert [other.average(i).number for i in (0, 1, 2, -1)] == [1, -2, 3, 3]
    with pytest.raises(IndexError, match="no row 3"):
        other.average(3)


def test_a_row_is_its_numbers_and_its_dots(table):
    assert written(table.row(1)) == list(CHANGES[1])
    assert table.row(2)[-1] is table.row_dots[3]
    assert table.row(-1)[-1] is table.row_dots[3]
    assert table.row(0)[-1] is table.row_dots[0]


def test_heads_are_above_their_columns(table):
    for column in range(3):
        head = table.head_center(column)
        assert head[0] == pytest.approx(table.cell_center(0, column)[0])
        assert table.h_lines[0].get_y() < head[1] < table.v_lines.get_top()[1]


def test_copies_know_their_own_places(table):
    twin = table.copy().shift(3 * DOWN)
    shifted = table.cell_center(2, 1) + 3 * DOWN
    assert twin.cell_center(2, 1) == pytest.approx(shifted)
    twin.number(2, 1).set_value(7)
    assert table.number(2, 1).number == CHANGES[2, 1]


@pytest.mark.parametrize(
    ("changes", "labels", "averages", "message"),
    [
        ([[1, 2]], ["w"], None, "at least two parameters"),
        ([1, 2], ["a", "b"], None, "at least two parameters"),
        (np.zeros((3, 0)), LABELS, None, "one example"),
        (CHANGES, LABELS[:2], None, "2 labels for a table of 3"),
        (CHANGES, LABELS, [1, 2], "2 averages for a table of 3"),
        (CHANGES * np.nan, LABELS, None, "finite"),
        (CHANGES, LABELS, [1, 2, np.inf], "finite"),
    ],
)
def test_bad_tables_are_refused(changes, labels, averages, message):
    with pytest.raises(ValueError, match=message):
        RequestedChanges(changes, labels, averages)


def test_requested_changes_are_each_examples_own_negative_gradient():
    network = Network.random([4, 6, 3], seed=1)
    x = np.random.RandomState(2).random_sample((5, 4))
    y = np.eye(3)[[0, 1, 2, 1, 0]]
    parameters = [3, 10, network.n_parameters - 1]
    asked = requested_changes(network, x, y, parameters)
    assert asked.shape == (3, 5)
    eps = 1e-6
    for row, index in enumerate(parameters):
        nudge = eps * np.eye(1, network.n_parameters, index)[0]
        up, down = (network.with_parameters(network.flatten() + s * nudge) for s in (1, -1))
        for k in range(5):
            slope = (up.cost(x[k], y[k]) - down.cost(x[k], y[k])) / (2 * eps)
            assert asked[row, k] == pytest.approx(-slope, abs=1e-7)
    together = -network.backprop(x, y).flatten()[parameters]
    assert asked.mean(axis=1) == pytest.approx(together)


@pytest.mark.parametrize("index", [-1, 51])
def test_a_parameter_that_is_not_there_is_an_error(index):
    network = Network.random([4, 6, 3], seed=1)
    assert network.n_parameters == 51
    with pytest.raises(ValueError, match="counted from 0 to 50"):
        requested_changes(network, np.zeros((1, 4)), np.eye(3)[:1], [0, index])
