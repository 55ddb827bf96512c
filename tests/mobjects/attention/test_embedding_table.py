"""The table of an embedding: rows, names, and where each row stands."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz import EmbeddingTable, pretrained
from nnviz.mobjects.charts.heatmap import Heatmap
from nnviz.mobjects.primitives.pixel_image import signed_colors
from nnviz.texts import NAMES_TOKENIZER


@pytest.fixture(scope="module")
def nodes():
    return pretrained("names").nodes


def cells(table):
    return table.grid.image.pixels[..., :3] / 255


def test_a_row_a_token_and_a_column_a_feature(nodes):
    layer = nodes["embedding"].layer
    table = EmbeddingTable(layer, NAMES_TOKENIZER.characters, rows=27, width=7, height=5)
    assert [word.text for word in table.query_words] == list(NAMES_TOKENIZER.characters)
    style = table.style
    colors = style.neuron_fill_color, style.negative_fill_color, style.behind
    expected = signed_colors(layer.weights, float(np.abs(layer.weights).max()), *colors)
    np.testing.assert_allclose(cells(table), expected, atol=1 / 255)
    np.testing.assert_array_equal(table.values, layer.weights)
    assert table.grid.width == pytest.approx(7, abs=0.05)
    assert table.grid.height == pytest.approx(5, abs=0.05)
    for k, word in enumerate(table.query_words):
        assert table.place_of(k) == k
        assert abs(word.get_y() - table.grid.middle(k, 0)[1]) < 0.5 * 5 / 27
        assert word.get_right()[0] < table.grid.get_left()[0]


@pytest.mark.slow
def test_which_rows_and_columns_are_shown(nodes):
    layer = nodes["embedding"].layer
    names = NAMES_TOKENIZER.characters
    table = EmbeddingTable(layer, names, rows=[0, 1, 13, 25], columns=[0, 1, 22, 23], width=4)
    assert [word.text for word in table.query_words] == [".", "a", "", "m", "", "y", ""]
    assert table.shown_columns.tolist() == [0, 1, 22, 23]
    assert [table.place_of(row) for row in (0, 1, 13, 25)] == [0, 1, 3, 5]
    shown = [one.number for one in table.grid.numbers if one.get_fill_opacity() > 0]
    some = layer.weights[np.ix_([0, 1, 13, 25], [0, 1, 22, 23])]
    np.testing.assert_array_equal(shown, np.where(np.abs(some) < 0.005, 0, some).ravel())
    for row, wrong in ((2, "2"), (-1, "-1"), (27, "27")):
        with pytest.raises(ValueError, match=f"row {wrong} is not shown, but 0, 1, 13, 25 are"):
            table.place_of(row)
    # By default the first and the last ones.
    short = EmbeddingTable(layer, names)
    assert short.shown_rows.tolist() == [*range(6), *range(21, 27)]
    assert short.place_of(21) == 7


def test_a_table_of_positions_and_one_of_arrays(nodes):
    layer = nodes["positions"].layer
    table = EmbeddingTable(layer, rows=16)
    assert [word.text for word in table.query_words] == [str(k) for k in range(len(layer.weights))]
    again = EmbeddingTable(layer.weights, rows=16, limit=0.2, title="places")
    np.testing.assert_array_equal(again.values, layer.weights)
    assert again.limit == 0.2
    assert again.title.text == "places"
    assert again.title.get_bottom()[1] > again.grid.get_top()[1]


def test_bad_tables_are_refused():
    for wrong in ([1.0, 2.0], [[[1.0]]], [[np.nan]]):
        with pytest.raises(ValueError, match="finite numbers of shape"):
            EmbeddingTable(wrong)
    values = np.ones((4, 3))
    with pytest.raises(ValueError, match="3 rows are given for 4"):
        EmbeddingTable(values, "abc")
    for rows in ([2, 1], [0, 4], [-1, 2], [1, 1]):
        with pytest.raises(ValueError, match="which of 4 are shown, rising from 0 to 3"):
            EmbeddingTable(values, rows=rows)
    for rows in ([], [0.5]):
        with pytest.raises(ValueError, match="how many, or which as integers"):
            EmbeddingTable(values, rows=rows)
    with pytest.raises(ValueError, match="2 or more, not 1"):
        EmbeddingTable(values, columns=1)


def test_cells_of_a_heatmap_may_be_no_squares():
    wide = Heatmap(np.arange(6.0).reshape(3, 2), rows="abc", columns=["x", "y"], size=(4, 1.5))
    assert wide.cell_size == pytest.approx((2, 0.5))
    assert wide.cell == pytest.approx(0.5)
    number = wide.grid.numbers[5]
    assert number.height < 0.5 * 0.5
    for word in wide.query_words:
        assert word.get_right()[0] < wide.grid.get_left()[0]
    narrow = Heatmap(np.arange(6.0).reshape(3, 2), columns=["x", "y"], size=(0.3, 3))
    for k, word in enumerate(narrow.key_words):
        assert word.width < 0.15
        assert abs(word.get_x() - narrow.grid.middle(0, k)[0]) < 0.02
    turned = wide.copy().scale(2)
    half = np.array([2, -0.5, 0])
    middle = turned.grid.middle(1, 0)
    ends = turned.grid.corners(1, 0)[[0, 2]]
    np.testing.assert_allclose(ends, [middle - half, middle + half], atol=1e-9)
