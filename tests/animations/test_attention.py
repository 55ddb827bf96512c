"""Attention that moves: numbers at every moment are the engine's, and so is the end."""

from __future__ import annotations

import numpy as np
import pytest
from manim import UP

from nnviz import (
    ApplyMask,
    Attend,
    AttentionArcs,
    DrawToken,
    NextTokens,
    ScoreGrid,
    ShowScores,
    TokenRow,
    VectorColumn,
    attention_head,
    pretrained,
)
from nnviz.mobjects import columns_of
from nnviz.network import Network, attention, last_of
from nnviz.texts import NAMES_TOKENIZER

TEXT = ".anni"


@pytest.fixture(scope="module")
def head():
    network = pretrained("names").with_inputs(len(TEXT))
    forward = network.forward_pass(NAMES_TOKENIZER.encode(TEXT))
    return attention_head(network, forward, "block1.attention", 2)


def at(animation, *shares):
    animation.begin()
    for share in shares:
        animation.interpolate(share)


def test_sums_count_up_to_the_dot_products(head):
    grid = ScoreGrid(head, stage=None)
    assert not grid.filled.any()
    animation = ShowScores(grid, "products")
    at(animation, 0.5)
    partial = np.cumsum(head.queries[:, None] * head.keys, axis=2)
    for i, j in zip(*np.nonzero(grid.filled), strict=True):
        value = grid.values[i, j]
        assert np.isclose(np.concatenate([[0], partial[i, j]]), value).any()
    assert 0 < grid.filled.sum() < 25
    animation.finish()
    np.testing.assert_allclose(grid.values, head.queries @ head.keys.T, atol=1e-12)
    assert grid.filled.all()


def test_scaling_keeps_the_colours(head):
    grid = ScoreGrid(head)
    before = grid.grid.image.pixels.astype(int)
    animation = ShowScores(grid, "scores")
    for share in (0.3, 0.6):
        at(animation, share)
        assert np.abs(grid.grid.image.pixels - before).max() <= 2
    animation.finish()
    np.testing.assert_array_equal(grid.values, head.scores)
    assert np.abs(grid.grid.image.pixels - before).max() <= 2


def test_a_mask_hides_row_after_row(head):
    grid = ScoreGrid(head, stage="scores")
    animation = ShowScores(grid, "masked")
    at(animation, 0.5)
    hidden = np.isneginf(grid.values)
    assert hidden[0, 1:].all()
    assert not hidden[3].any()
    animation.finish()
    np.testing.assert_array_equal(grid.values, head.masked)


def test_a_softmax_is_powers_and_then_their_shares(head):
    grid = ScoreGrid(head, stage="masked")
    animation = ShowScores(grid, "pattern")
    at(animation, 0.35 * 0.4)  # the powers of the first row have come
    powers = np.exp(head.masked[0] - head.masked[0].max())
    np.testing.assert_allclose(grid.values[0], powers, atol=1e-9)
    np.testing.assert_array_equal(grid.values[-1], head.masked[-1])
    at(animation, 0.65 + 0.35 * 0.4)
    powers = np.exp(head.masked[-1] - head.masked[-1].max())
    np.testing.assert_allclose(grid.values[-1], powers, atol=1e-9)
    np.testing.assert_array_equal(grid.values[0], head.pattern[0])
    animation.finish()
    np.testing.assert_array_equal(grid.values, head.pattern)


def test_a_softmax_writes_nothing_where_a_mask_hides(head):
    grid = ScoreGrid(head, stage="masked")
    grid.show_cells(head.masked, 1.0 - head.hidden, "masked")
    animation = ShowScores(grid, "pattern")
    for share in (0.02, 0.3, 0.5):
        at(animation, share)
        waiting = head.hidden & np.isneginf(grid.values)
        assert not grid.filled[waiting].any()
    signs = [sign.get_fill_opacity() for sign in grid[4]]
    assert max(signs) == 0
    animation.finish()
    np.testing.assert_array_equal(grid.values, head.pattern)


def test_a_mask_comes_over_a_pattern(head):
    grid = ScoreGrid(head).show_unmasked()
    np.testing.assert_array_equal(grid.values, head.unmasked)
    last, first = grid.grid.numbers[-1], grid.grid.numbers[4]
    assert first.get_fill_opacity() == 1
    unmasked = grid.grid.image.pixels.astype(int)
    animation = ApplyMask(grid)
    for share in (0.1, 0.4, 0.7):
        at(animation, share)
        np.testing.assert_allclose(grid.values.sum(axis=1), 1, atol=1e-12)
        seen = ~head.hidden  # what is left keeps its proportions
        ratios = np.where(seen, grid.values / head.unmasked, 0)
        for row, visible in zip(ratios, seen, strict=True):
            np.testing.assert_allclose(row[visible], row[visible][0], rtol=1e-9)
    at(animation, 0.4)
    np.testing.assert_allclose(grid.values[0], head.pattern[0], atol=1e-9)
    np.testing.assert_array_equal(grid.values[-2], head.unmasked[-2])
    np.testing.assert_array_equal(grid.grid.image.pixels[-1], unmasked[-1])
    animation.finish()
    np.testing.assert_array_equal(grid.values, head.pattern)
    wanted = ScoreGrid(head, stage="pattern")
    np.testing.assert_array_equal(grid.grid.image.pixels, wanted.grid.image.pixels)
    assert first.get_fill_opacity() < 0.5 < last.get_fill_opacity()


def test_a_head_without_a_mask_has_none_to_apply():
    nodes = attention("look", "x", 4, rng=np.random.RandomState(0))
    network = Network({"x": (3, 4)}, nodes, last_of(nodes))
    forward = network.forward_pass(np.random.RandomState(1).randn(3, 4))
    with pytest.raises(ValueError, match="no mask"):
        ApplyMask(ScoreGrid(attention_head(network, forward, "look")))


@pytest.fixture
def stage(head):
    below, above = TokenRow(TEXT, pitch=1), TokenRow(TEXT, pitch=1).shift(5 * UP)
    columns = columns_of(head.values, below.boxes, 0.1)
    limit = float(np.abs(head.values).max())
    empty = np.zeros(head.values.shape[1])
    target = VectorColumn(empty, 0.1, limit).next_to(above.boxes[3], UP * -1)
    sums = [VectorColumn(empty, 0.1, limit).next_to(box, UP * -1) for box in above.boxes]
    sums[3] = target
    return columns, target, AttentionArcs(columns, sums, head.pattern)


def test_values_travel_weighted_and_add_up_to_what_is_mixed(head, stage):
    columns, target, arcs = stage
    animation = Attend(arcs, columns, target, head, 3, least=0.0)
    weights = head.pattern[3]
    at(animation, 0.45)
    travelling = list(animation._copies)
    ways = [
        copy.values @ head.values[k] / (head.values[k] @ head.values[k])
        for k, copy in enumerate(travelling)
    ]
    assert all(weights[k] - 1e-9 <= way <= 1 for k, way in enumerate(ways))
    assert ways[0] == pytest.approx(weights[0])
    assert columns[0].get_y() < travelling[0].get_y() < target.get_y()
    animation.interpolate(0.61)  # the first has arrived, and the last has not
    arrived = (target.values @ head.values[0]) / (head.values[0] @ head.values[0])
    assert arrived > 0
    animation.finish()
    np.testing.assert_array_equal(target.values, head.mixed[3])
    np.testing.assert_allclose(target.values, weights @ head.values, atol=1e-12)
    for column, values in zip(columns, head.values, strict=True):
        np.testing.assert_array_equal(column.values, values)


def test_small_weights_are_added_without_being_seen(head, stage):
    columns, target, arcs = stage
    animation = Attend(arcs, columns, target, head, 3, least=0.2)
    at(animation, 0.999)
    assert len(animation._copies) == np.count_nonzero(head.pattern[3] >= 0.2)
    np.testing.assert_allclose(target.values, head.mixed[3], atol=0.01)


def test_columns_of_something_else_are_refused(head, stage):
    columns, target, arcs = stage
    columns[1].show_values(np.zeros(12))
    with pytest.raises(ValueError, match="do not show the head's values"):
        Attend(arcs, columns, target, head, 3)


def test_a_token_goes_from_its_bar_to_the_end_of_the_text():
    row = TokenRow(".a", pitch=0.8).shift(3 * UP)
    bars = NextTokens(np.arange(27.0), NAMES_TOKENIZER.characters, shown=4)
    animation = DrawToken(bars, row, 24)
    assert row.texts == [".", "a"]
    start = bars.words[2].get_center()
    at(animation, 0.1)
    word = row.words[-1]
    np.testing.assert_allclose(word.get_center(), start, atol=0.05)
    animation.interpolate(0.6)
    assert start[1] < word.get_y() < row.boxes[0].get_y()
    animation.finish()
    assert row.texts == [".", "a", "x"]
    box = row.boxes[-1]
    assert abs(word.get_x() - box.get_x()) < 0.02
    assert box.get_bottom()[1] < word.get_bottom()[1] < word.get_top()[1] < box.get_top()[1]
    assert box.stroke_opacity == 1
    with pytest.raises(ValueError, match="not among the 4"):
        DrawToken(bars, row, 0)
