"""Pieces that merge, rows that leave a table, and vectors that are added."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from manim import LEFT, RIGHT, LaggedStart, ManimColor, Scene

from nnviz import AddVectors, EmbeddingTable, MergeTokens, TakeRow, TokenRow, VectorColumn
from nnviz._manim import temp_config
from nnviz.network import PositionalEmbedding
from nnviz.texts import BytePairTokenizer

TABLE = np.random.RandomState(0).randn(6, 5)


def at(animation, *shares):
    animation.begin()
    for share in shares:
        animation.interpolate(share)


def played(*animations, **kwargs):
    with temp_config({"dry_run": True, "frame_rate": 4, "pixel_height": 60, "pixel_width": 108}):
        scene = Scene()
        scene.play(*animations, **kwargs)
    return scene


def assert_like(row, other):
    """The row is what it would be had it been made so."""
    assert row.texts == other.texts
    assert len(row.boxes) == len(row.words) == len(row.texts)
    for k in range(len(row.texts)):
        np.testing.assert_allclose(
            row.boxes[k].get_center(), other.boxes[k].get_center(), atol=1e-9
        )
        assert row.boxes[k].width == pytest.approx(other.boxes[k].width)
        np.testing.assert_allclose(row.words[k].points, other.words[k].points, atol=1e-9)
        assert row.boxes[k].get_stroke_color() == other.boxes[k].get_stroke_color()
        assert row.boxes[k].get_fill_opacity() == other.boxes[k].get_fill_opacity()
    assert [one.text for one in row.ids] == [one.text for one in other.ids]


def test_pieces_become_those_of_the_tokenizer():
    tokenizer = BytePairTokenizer.train(["hanna anna", "hannah anna"], 5)
    text = "hanna anna"
    row = TokenRow(text, 0.8).shift([1.0, 2.0, 0.0])
    middle = row.get_center()
    for _, pieces in tokenizer.steps(text):
        animation = MergeTokens(row, pieces)
        at(animation, 0.3, 0.7)
        animation.finish()
        assert_like(row, TokenRow(pieces, 0.8).move_to(middle))
    assert row.texts == ["hanna", "␣anna"]
    assert [name.replace(" ", "␣") for name in tokenizer.pieces(text)] == row.texts


def test_what_is_merged_lights_up_and_moves_together():
    row = TokenRow("abcb")
    boxes, words = list(row.boxes), list(row.words)
    normal = boxes[0].get_stroke_color()
    apart = words[2].get_left()[0] - words[1].get_right()[0]
    animation = MergeTokens(row, ["a", "bc", "b"])
    at(animation, 0.2)
    highlight = ManimColor(row.style.highlight_color)
    assert [box.get_stroke_color() == highlight for box in boxes] == [False, True, True, False]
    assert [box.get_stroke_color() == normal for box in boxes] == [True, False, False, True]
    animation.interpolate(0.65)
    # Now the letters stand where those of the joint token will, and boxes touch.
    joint = TokenRow(["a", "bc", "b"]).words[1]
    assert words[1].get_left()[0] == pytest.approx(joint.get_left()[0], abs=1e-6)
    assert words[2].get_right()[0] == pytest.approx(joint.get_right()[0], abs=1e-6)
    assert 0 < words[2].get_left()[0] - words[1].get_right()[0] < apart / 4
    assert boxes[1].get_right()[0] == pytest.approx(boxes[2].get_left()[0])
    for one, other in ((0, 1), (2, 3)):
        assert boxes[one].get_right()[0] < boxes[other].get_left()[0] - 0.05
    animation.finish()
    assert row.boxes[0] is boxes[0]
    assert row.boxes[2] is boxes[3]
    assert_like(row, TokenRow(["a", "bc", "b"]))


def test_ids_change_with_the_pieces_and_a_pitch_stays():
    row = TokenRow("abc", ids=[0, 1, 2], pitch=0.9)
    middle = row.get_center()
    scene = played(MergeTokens(row, ["ab", "c"], ids=[3, 2]))
    assert scene.mobjects == [row]
    assert_like(row, TokenRow(["ab", "c"], ids=[3, 2], pitch=0.9).move_to(middle))
    with pytest.raises(ValueError, match="shows ids: give those of the merged tokens"):
        at(MergeTokens(row, ["abc"]), 0.1)


def test_several_merges_in_one_go_and_larger_than_made():
    row = TokenRow("aabaab", 0.5).scale(2)
    played(MergeTokens(row, ["aab", "aab"]))
    assert_like(row, TokenRow(["aab", "aab"], 0.5).scale(2))


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        (["ab", "d"], "'d' is neither one of the tokens"),
        (["abcd"], "'abcd' is neither"),
        (["a", "b"], r"leave out \['c'\]"),
        (["", "abc"], "'' is neither"),
        (["ac", "b"], "'ac' is neither"),
    ],
)
def test_other_pieces_are_refused(pieces, message):
    with pytest.raises(ValueError, match=message):
        at(MergeTokens(TokenRow("abc"), pieces), 0.1)
    with pytest.raises(ValueError, match="not a column of them"):
        MergeTokens(TokenRow("abc", direction="down"), ["abc"])


def test_a_token_is_not_cut():
    with pytest.raises(ValueError, match="'a' is neither one of the tokens"):
        at(MergeTokens(TokenRow(["ab", "c"]), ["a", "bc"]), 0.1)


@pytest.fixture
def table():
    return EmbeddingTable(TABLE, "abcdef", width=3, height=2).shift(3 * LEFT)


def test_a_row_leaves_its_place_and_becomes_the_column(table):
    column = VectorColumn(np.zeros(5), 0.3, table.limit).shift(3 * RIGHT)
    home = [part.points.copy() for part in column.grid.image.get_family()]
    middles = table.middles()[4]
    animation = TakeRow(table, 4, column)
    animation.begin()
    assert column.grid.image.get_fill_opacity() == 0
    animation.interpolate(0.151)
    np.testing.assert_array_equal(column.values, TABLE[4])
    assert column.grid.image.get_fill_opacity() == 1
    # It lies on its row: the first number at the left.
    lying = [column.grid.middle(k, 0) for k in range(5)]
    np.testing.assert_allclose(lying, middles, atol=0.01)
    shades = column.grid.image.pixels[:, 0, :3], table.grid.image.pixels[4, :, :3]
    np.testing.assert_array_equal(*shades)
    highlight = ManimColor(table.style.highlight_color)
    (light,) = animation._light
    np.testing.assert_allclose(light.get_center(), middles.mean(axis=0), atol=1e-9)
    assert light.get_stroke_color() == highlight
    assert light.get_stroke_opacity() > 0.7
    assert column.grid[2].get_stroke_color() == highlight
    line = VectorColumn(np.zeros(5), 0.3).grid[2]
    ways = []
    for share in np.linspace(0.151, 1, 60):
        animation.interpolate(share)
        ways.append([column.grid.middle(k, 0) for k in range(5)])
    # Never a jump, and never longer than the row is.
    steps = np.linalg.norm(np.diff(ways, axis=0), axis=2)
    assert steps.max() < 0.45
    lengths = [np.linalg.norm(way[-1] - way[0]) for way in np.array(ways)]
    assert max(lengths) <= np.linalg.norm(middles[-1] - middles[0]) + 1e-6
    animation.finish()
    for part, points in zip(column.grid.image.get_family(), home, strict=True):
        np.testing.assert_array_equal(part.points, points)
    np.testing.assert_array_equal(table.values, TABLE)
    assert column.grid[2].get_stroke_color() == line.get_stroke_color()
    assert column.grid[2].get_stroke_width() == line.get_stroke_width()


def test_rows_come_one_after_the_other(table):
    columns = [VectorColumn(np.zeros(5), 0.3).shift(k * RIGHT) for k in range(3)]
    takes = [TakeRow(table, row, column) for row, column in zip((5, 0, 5), columns, strict=True)]
    scene = played(LaggedStart(*takes, lag_ratio=0.5), run_time=2)
    for row, column in zip((5, 0, 5), columns, strict=True):
        np.testing.assert_array_equal(column.values, TABLE[row])
        assert column.grid.image.get_fill_opacity() == 1
    assert set(scene.mobjects) == set(columns)  # the light is gone


def test_a_row_that_is_not_there_is_refused(table):
    with pytest.raises(ValueError, match="row 6 is not shown, but 0, 1, 2, 3, 4, 5 are"):
        TakeRow(table, 6, VectorColumn(np.zeros(5)))
    with pytest.raises(ValueError, match="4 cells for 5 features"):
        TakeRow(table, 1, VectorColumn(np.zeros(4)))


def test_a_position_is_added_as_the_layer_adds_it():
    positions = PositionalEmbedding(TABLE)
    x = np.random.RandomState(1).randn(1, 6, 5)
    exact = positions.forward(x)[0][0]
    column = VectorColumn(x[0, 2], 0.3).shift(2 * RIGHT)
    addend = VectorColumn(TABLE[2], 0.3).shift(3 * LEFT)
    at(AddVectors(addend, column), 0.3)
    np.testing.assert_array_equal(column.values, x[0, 2])
    assert -3 < addend.get_x() < 2
    animation = AddVectors(addend, column)
    at(animation, 0.7)
    added = (column.values - x[0, 2]) / TABLE[2]
    np.testing.assert_allclose(added, added[0])
    assert 0 < added[0] < 1
    animation.finish()
    np.testing.assert_array_equal(column.values, exact[2])
    assert addend.grid.image.get_fill_opacity() == 0


def test_what_was_added_leaves_the_scene():
    column, addend = VectorColumn([1.0, 2.0]), VectorColumn([0.5, -3.0]).shift(LEFT)
    with temp_config({"dry_run": True, "frame_rate": 4, "pixel_height": 60, "pixel_width": 108}):
        scene = Scene()
        scene.add(column, addend)
        scene.play(AddVectors(addend, column))
    assert scene.mobjects == [column]
    assert column.values.tolist() == [1.5, -1.0]
    with pytest.raises(ValueError, match="3 values cannot be added to 2"):
        AddVectors(VectorColumn([1, 2, 3]), column)


def test_boxes_never_overlap_on_the_way():
    row = TokenRow("marianna", 0.9)
    animation = MergeTokens(row, ["m", "ar", "i", "ann", "a"])
    animation.begin()
    for share in np.linspace(0, 0.99, 12):
        animation.interpolate(share)
        for left, right in pairwise(animation._boxes):
            assert left.get_right()[0] <= right.get_left()[0] + 1e-9
