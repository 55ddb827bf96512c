"""A matrix on screen: what its cells, numbers and names say."""

import numpy as np
import pytest
from manim import Scene

from nnviz._manim import temp_config
from nnviz.mobjects.charts.heatmap import Heatmap
from nnviz.mobjects.primitives.pixel_image import signed_colors
from nnviz.network import Dense, Network

VALUES = np.array([[0.25, -1.5, 2.0], [0.0, 3.0, -0.5]])


def numbers(heatmap):
    return [number.number for number in heatmap.grid.numbers]


def pixels(heatmap):
    return heatmap.grid.image.pixels[..., :3] / 255


def expected(heatmap, values, limit):
    style = heatmap.style
    colors = style.neuron_fill_color, style.negative_fill_color, style.behind
    return signed_colors(values, limit, *colors)


def test_cells_have_the_sign_and_the_size_of_their_values():
    heatmap = Heatmap(VALUES)
    assert numbers(heatmap) == VALUES.ravel().tolist()
    assert heatmap.limit == 3.0
    np.testing.assert_allclose(pixels(heatmap), expected(heatmap, VALUES, 3.0), atol=1 / 255)
    compared = Heatmap(VALUES, limit=6.0, numbers=False)
    np.testing.assert_allclose(pixels(compared), expected(compared, VALUES, 6.0), atol=1 / 255)
    assert numbers(compared) == []


def test_names_stand_beside_their_rows_and_above_their_columns():
    heatmap = Heatmap(VALUES, rows=["up", "down"], columns="abc", title="weights")
    assert [word.text for word in heatmap.query_words] == ["up", "down"]
    assert [word.text for word in heatmap.key_words] == ["a", "b", "c"]
    for k, word in enumerate(heatmap.query_words):
        assert word.get_y() == pytest.approx(heatmap.grid.middle(k, 0)[1], abs=0.1)
        assert word.get_right()[0] < heatmap.grid.get_left()[0]
    for k, word in enumerate(heatmap.key_words):
        assert word.get_x() == pytest.approx(heatmap.grid.middle(0, k)[0], abs=0.05)
        assert word.get_bottom()[1] > heatmap.grid.get_top()[1]
    assert heatmap.title.get_bottom()[1] > heatmap.key_words.get_top()[1]


def test_long_ones_are_shortened_with_dots():
    values = np.arange(20.0 * 9).reshape(20, 9)
    heatmap = Heatmap(values, rows=range(20), max_shown=6)
    assert heatmap.shown_rows.tolist() == [0, 1, 2, 17, 18, 19]
    assert heatmap.shown_columns.tolist() == [0, 1, 2, 6, 7, 8]
    assert [word.text for word in heatmap.query_words] == ["0", "1", "2", "", "17", "18", "19"]
    shown = values[np.ix_(heatmap.shown_rows, heatmap.shown_columns)]
    seen = [n.number for n in heatmap.grid.numbers if n.get_fill_opacity() > 0]
    assert seen == shown.ravel().tolist()
    assert len(heatmap[4]) == 12
    for dots in heatmap[4][:3]:
        assert dots.height < heatmap.cell
    between = pixels(heatmap)[3]
    np.testing.assert_allclose(
        between, np.tile(heatmap.style.behind.to_rgb(), (7, 1)), atol=1 / 255
    )
    assert np.array_equal(heatmap.values, values)


def test_it_goes_to_other_values_and_copies_know_theirs():
    network = Network([Dense(VALUES, [0.0, 1.0])], "quadratic", (3,))
    heatmap = Heatmap(network.weights[0])
    before = heatmap.copy()
    after = network.step(network.backprop([1.0, 2.0, 3.0], [0.0, 0.0]), 0.1).weights[0]
    with temp_config({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        scene = Scene()
        scene.add(heatmap)
        scene.play(heatmap.animate.show_values(after), run_time=0.2)
    np.testing.assert_array_equal(heatmap.values, after)
    assert numbers(heatmap) == pytest.approx(after.ravel().tolist())
    np.testing.assert_array_equal(before.values, VALUES)
    assert numbers(before) == VALUES.ravel().tolist()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Heatmap([1.0, 2.0]), r"finite numbers of shape \(rows, columns\), not \(2,\)"),
        (lambda: Heatmap([[np.nan]]), "finite numbers"),
        (lambda: Heatmap(VALUES, rows="abc"), "3 rows are given for 2"),
        (lambda: Heatmap(VALUES, limit=0), "limit is a number above 0, not 0"),
        (lambda: Heatmap(VALUES, max_shown=1), "max_shown is 2 or more"),
        (lambda: Heatmap(np.eye(16), numbers=True, size=1), "make the heatmap larger"),
        (lambda: Heatmap(VALUES).show_values(VALUES.T), r"shape \(3, 2\), not \(2, 3\)"),
    ],
)
def test_what_is_no_matrix_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
