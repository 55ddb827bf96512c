"""What is drawn of a transformer is what the engine computed: read off the pictures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from manim import DOWN, RIGHT, UP

from nnviz import (
    AttentionArcs,
    AttentionHeads,
    AttentionPattern,
    NetworkStyle,
    NextTokens,
    ScoreGrid,
    TokenRow,
    VectorColumn,
    attention_head,
    pretrained,
)
from nnviz._manim import temp_config
from nnviz.mobjects import columns_of
from nnviz.mobjects.primitives.painting import at_once
from nnviz.network import ForwardPass, next_distribution
from nnviz.texts import NAMES_TOKENIZER

TEXT = ".anni"


@pytest.fixture(scope="module")
def network():
    return pretrained("names").with_inputs(len(TEXT))


@pytest.fixture(scope="module")
def forward(network):
    return network.forward_pass(NAMES_TOKENIZER.encode(TEXT))


@pytest.fixture(scope="module")
def head(network, forward):
    return attention_head(network, forward, "block0.attention", 1)


def dot_areas(shown):
    """Return the areas of the dots over that of the largest possible, by query and key."""
    areas = np.zeros(shown.grid.shape)
    circles = shown.dots.points.reshape(-1, 16, 3)
    middles = shown.middles()
    for circle in circles:
        middle = (circle.min(axis=0) + circle.max(axis=0)) / 2
        place = np.unravel_index(
            np.argmin(np.linalg.norm(middles - middle, axis=-1)), shown.grid.shape
        )
        areas[place] = (np.ptp(circle[:, 0]) / (0.92 * shown.cell)) ** 2
    return areas


# Tokens


def test_tokens_are_seen_and_stand_in_their_boxes():
    row = TokenRow(["to", " be", "\n", "gently"], ids=[1, 22, 3, 4096])
    assert row.texts == ["to", "␣be", "↵", "gently"]
    for box, word, number in zip(row.boxes, row.words, row.ids, strict=True):
        assert box.get_left()[0] < word.get_left()[0]
        assert word.get_right()[0] < box.get_right()[0]
        assert number.get_top()[1] < box.get_bottom()[1]
    gaps = [b.get_left()[0] - a.get_right()[0] for a, b in pairwise(row.boxes)]
    np.testing.assert_allclose(gaps, 0.1)
    assert [one.text for one in row.ids] == ["1", "22", "3", "4096"]


def test_a_token_is_added_where_it_belongs_after_moving_and_scaling():
    row = TokenRow("ann", pitch=0.8).scale(1.5).shift(UP + RIGHT)
    before = row.middles()
    row.append("a")
    np.testing.assert_allclose(row.middles()[:3], before)
    np.testing.assert_allclose(row.middles()[3] - before[2], [1.2, 0, 0], atol=1e-9)
    assert row.texts == list("anna")
    assert row.boxes[3].height == pytest.approx(row.boxes[0].height)


def test_tokens_are_no_markup():
    """Whatever writes all else: LaTeX would take signs of tokens for its own."""
    row, plain = (TokenRow(["%_$"], style=NetworkStyle(writing=one)) for one in ("latex", "text"))
    np.testing.assert_array_equal(row.words[0].points, plain.words[0].points)


def test_a_column_goes_down():
    column = TokenRow(["a", "longer"], direction="down")
    assert column.boxes[0].get_bottom()[1] > column.boxes[1].get_top()[1]
    assert column.boxes[0].width == pytest.approx(column.boxes[1].width)


# Patterns


def test_areas_of_dots_are_the_weights(head):
    shown = AttentionPattern(head.pattern, TEXT)
    np.testing.assert_allclose(dot_areas(shown), head.pattern, atol=1e-9)
    np.testing.assert_array_equal(shown.hidden, head.hidden)
    moved = shown.copy().scale(0.5).shift(2 * RIGHT).show_pattern(np.eye(5))
    np.testing.assert_allclose(dot_areas(moved), np.eye(5), atol=1e-9)
    np.testing.assert_array_equal(shown.pattern, head.pattern)


def test_shades_and_numbers_of_cells_are_the_weights(head):
    with temp_config({"background_color": "#000000"}):
        shown = AttentionPattern(head.pattern, TEXT, view="cells", numbers=True)
    full = shown.color_of_weights.to_rgb()
    pixels = shown.grid.image.image
    for i, j in np.argwhere(~head.hidden):
        np.testing.assert_allclose(pixels[i, j], head.pattern[i, j] * full, atol=0.003)
    numbers = np.array([number.number for number in shown.grid.numbers]).reshape(5, 5)
    np.testing.assert_allclose(numbers, head.pattern, atol=0.005)
    opacity = np.array([one.fill_opacity for one in shown.grid.numbers]).reshape(5, 5)
    np.testing.assert_array_equal(opacity == 0, head.hidden)


def test_a_pattern_goes_over_to_another(head, forward):
    shown, other = AttentionPattern(head.pattern), forward["block2.attention.pattern"][3]
    animation = shown.animate.show_pattern(other).build()
    animation.begin()
    animation.interpolate(0.5)
    np.testing.assert_allclose(dot_areas(shown), (head.pattern + other) / 2, atol=1e-9)
    animation.finish()
    np.testing.assert_array_equal(shown.pattern, other)
    np.testing.assert_allclose(dot_areas(shown), other, atol=1e-9)


def test_words_stand_beside_their_rows_and_columns(head):
    shown = AttentionPattern(head.pattern, TEXT, title="a head")
    middles = shown.middles()
    for k, (query, key) in enumerate(zip(shown.query_words, shown.key_words, strict=True)):
        assert (query.text, key.text) == (TEXT[k], TEXT[k])
        assert query.get_right()[0] < shown.grid.get_left()[0]
        assert abs(key.get_x() - middles[0, k, 0]) < 0.1 * shown.cell
        assert key.get_bottom()[1] > shown.grid.get_top()[1]
    assert shown.title.get_bottom()[1] > max(key.get_top()[1] for key in shown.key_words)


def test_long_keys_run_upwards_and_do_not_meet():
    pattern = np.full((3, 3), 1 / 3)
    shown = AttentionPattern(pattern, ["attention", "is", "everything"], size=1.5)
    for a, b in pairwise(shown.key_words):
        assert a.get_right()[0] < b.get_left()[0]
    assert all(word.get_bottom()[1] > shown.grid.get_top()[1] for word in shown.key_words)


def test_all_heads_stand_side_by_side(forward):
    patterns = forward["block0.attention.pattern"]
    shown = AttentionHeads(patterns, TEXT, columns=2)
    np.testing.assert_array_equal(shown.pattern, patterns)
    boxes = [(*one.get_corner(DOWN - RIGHT)[:2], *one.get_corner(UP + RIGHT)[:2]) for one in shown]
    for k, (left, bottom, right, top) in enumerate(boxes):
        for x0, y0, x1, y1 in boxes[:k]:
            assert right < x0 or x1 < left or top < y0 or y1 < bottom
    assert [one.title.text for one in shown] == ["head 1", "head 2", "head 3", "head 4"]
    other = forward["block1.attention.pattern"]
    np.testing.assert_allclose(dot_areas(shown.show_pattern(other)[2]), other[2], atol=1e-9)


def test_patterns_of_any_model_are_drawn():
    given = [[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]]
    forward = ForwardPass.from_arrays([" a", "b", "c"], {"blocks.0.pattern": [given]})
    shown = AttentionHeads(forward["blocks.0.pattern"], forward["tokens"])[0]
    np.testing.assert_allclose(dot_areas(shown), given, atol=1e-9)
    assert [word.text for word in shown.query_words] == ["␣a", "b", "c"]


@pytest.mark.parametrize(
    ("pattern", "options", "said"),
    [
        ([[0.5, 0.6]], {}, r"at \(0,\) they add up to 1.1"),
        ([[[1.0]]], {}, r"pattern\[0\]"),
        ([[1.5, -0.5]], {}, "least is -0.5"),
        ([[1.0]], {"tokens": "ab"}, "2 tokens are given for 1"),
        ([[0.5, 0.5]], {"tokens": "a"}, "give their tokens as keys"),
        ([[1.0]], {"view": "lines"}, "'dots' or 'cells'"),
        ([[1.0]], {"numbers": True}, "view='cells'"),
        (np.eye(30), {"view": "cells", "numbers": True}, "nobody can read"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern, options, said):
    with pytest.raises(ValueError, match=said):
        AttentionPattern(pattern, **options)


# Arcs


def test_widths_of_arcs_are_the_weights(head):
    below, above = TokenRow(TEXT, pitch=1), TokenRow(TEXT, pitch=1).shift(3 * UP)
    arcs = AttentionArcs(below, above, head.pattern, width=10)
    for i, j in np.ndindex(5, 5):
        arc = arcs.arc(i, j)
        assert arc.stroke_width == pytest.approx(10 * head.pattern[i, j])
        np.testing.assert_allclose(arc.points[0], below.boxes[j].get_top() + 0.06 * UP)
        np.testing.assert_allclose(arc.points[-1], above.boxes[i].get_bottom() + 0.06 * DOWN)
        assert (arc.stroke_opacity == 0) == head.hidden[i, j]
    assert [one.stroke_width for one in arcs.into(3)] == [one.stroke_width for one in arcs[15:20]]
    arcs.only(2)
    assert {k // 5 for k, one in enumerate(arcs) if one.stroke_opacity} == {2}


def test_arcs_take_on_gradients_with_signs(network, forward, head):
    """Of the cost of the next letter "e", by the pattern: the engine's, along the same arcs."""
    backward = network.backward_pass(NAMES_TOKENIZER.encode(TEXT), labels())
    gradient = backward["block0.attention.pattern"][1]
    row = TokenRow(TEXT, pitch=1)
    arcs = AttentionArcs(row, row, head.pattern, width=8)
    at_once([arcs.animate.show_weights(gradient).build()])
    largest = np.abs(gradient).max()
    style = arcs.style
    for i, j in np.ndindex(5, 5):
        arc = arcs.arc(i, j)
        assert arc.stroke_width == pytest.approx(8 * abs(gradient[i, j]) / largest)
        if gradient[i, j]:
            color = style.positive_color if gradient[i, j] > 0 else style.negative_color
            assert arc.stroke_color == color
    np.testing.assert_array_equal(arcs.weights, gradient)
    tops = [arc.points[:, 1].min() for arc in arcs]
    assert min(tops) > row.get_top()[1]


def labels():
    wanted = np.full(len(TEXT), -1)
    wanted[-1] = 5
    return wanted


def test_arcs_want_a_weight_for_each_pair():
    row = TokenRow("ab")
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        AttentionArcs(row, row, [[1.0]])


# Scores


@pytest.mark.parametrize("stage", ["products", "scores", "masked", "pattern"])
def test_numbers_of_the_grid_are_the_heads(head, stage):
    grid = ScoreGrid(head, TEXT, size=5, stage=stage)
    wanted = getattr(head, stage)
    np.testing.assert_array_equal(grid.values, wanted)
    is_hidden = np.isneginf(wanted)
    numbers = np.array([number.number for number in grid.grid.numbers]).reshape(5, 5)
    decimals = 2 if stage == "pattern" else 1
    assert {one.num_decimal_places for one in grid.grid.numbers} == {decimals}
    np.testing.assert_allclose(numbers[~is_hidden], wanted[~is_hidden], atol=0.5 * 10.0**-decimals)
    signs = np.zeros((5, 5), bool)
    for sign, place in zip(grid[4], np.argwhere(head.hidden), strict=True):
        signs[tuple(place)] = sign.fill_opacity == 1
    np.testing.assert_array_equal(signs, is_hidden)
    for number, middle in zip(grid.grid.numbers, grid.middles().reshape(-1, 3), strict=True):
        assert number.width < grid.cell
        assert abs(number.get_x() - middle[0]) < 0.1 * grid.cell


# Values


def test_columns_show_values_with_one_limit(head):
    row = TokenRow(TEXT, pitch=1)
    with temp_config({"background_color": "#000000"}):
        columns = columns_of(head.values, row.boxes)
    limit = np.abs(head.values).max()
    for column, values, box in zip(columns, head.values, row.boxes, strict=True):
        np.testing.assert_array_equal(column.values, values)
        assert column.get_x() == pytest.approx(box.get_x())
        style = column.style
        for value, pixel in zip(values, column.grid.image.image[:, 0], strict=True):
            full = style.neuron_fill_color if value > 0 else style.negative_fill_color
            share = abs(value) / limit
            np.testing.assert_allclose(pixel, share * full.to_rgb(), atol=0.003)


def test_a_column_has_numbers_where_they_can_be_read():
    column = VectorColumn([0.251, -1.5, 0.001], 0.4, width=0.7, numbers=True)
    assert [number.number for number in column.grid.numbers] == [0.251, -1.5, 0.0]
    for k, number in enumerate(column.grid.numbers):
        assert number.width < 0.7
        assert number.height < 0.4
        np.testing.assert_allclose(number.get_center(), column.grid.middle(k, 0), atol=0.03)
    assert column.grid.width == pytest.approx(0.7)
    column.show_values([3.0, 0.0, 1.0])
    assert [number.number for number in column.grid.numbers] == [3.0, 0.0, 1.0]
    with pytest.raises(ValueError, match="nobody can read"):
        VectorColumn([0.25], 0.1, numbers=True)


def test_a_column_wants_numbers():
    with pytest.raises(ValueError, match="finite numbers"):
        VectorColumn([np.inf])
    with pytest.raises(ValueError, match="2 values are given for 1 cells"):
        VectorColumn([1.0]).show_values([1, 2])


# Next tokens


def bar_shares(bars):
    """Return the lengths of bars over the largest possible."""
    return np.array([bar.width for bar in bars.bars]) / (0.64 * bars.size[0])


def test_bars_are_the_softmax_and_numbers_per_cent(forward):
    logits = forward.zs["scores"][-1]
    bars = NextTokens(logits, NAMES_TOKENIZER.characters, shown=5, temperature=0.6, top_k=3)
    best = np.argsort(-logits)[:5]
    wanted = next_distribution(logits, 0.6, 3)
    np.testing.assert_array_equal(bars.order, best)
    np.testing.assert_allclose(bar_shares(bars), wanted[best], atol=2e-4)
    assert [word.text for word in bars.words] == [NAMES_TOKENIZER.characters[k] for k in best]
    for number, share in zip(bars.numbers, wanted[best], strict=True):
        assert float(number.text.removesuffix(" %")) == pytest.approx(100 * share, abs=0.5)
    assert bars.title.text == "temperature 0.60"
    assert [bar.fill_opacity < 1 for bar in bars.bars] == [False] * 3 + [True] * 2


def test_at_every_moment_the_bars_are_of_the_temperature_that_is_written(forward):
    logits = forward.zs["scores"][-1]
    bars = NextTokens(logits, shown=6)
    animation = bars.animate(rate_func=lambda t: t).set_temperature(3.0).build()
    animation.begin()
    for share in (0.25, 0.75, 1.0):
        animation.interpolate(share)
        temperature = 1 + 2 * share
        assert bars.title.text == f"temperature {temperature:.2f}"
        wanted = next_distribution(logits, temperature)[bars.order]
        np.testing.assert_allclose(bar_shares(bars), wanted, atol=2e-4)
    animation.finish()
    assert bars.temperature == 3.0


def test_bars_stay_in_their_box_wherever_it_is(forward):
    bars = NextTokens(forward.zs["scores"][-1] * 100, shown=3, width=5, height=3)
    bars.scale(0.5).shift(3 * RIGHT).set_temperature(1.0)
    box = bars[0]
    for part in (*bars.bars, *bars.words, *bars.numbers, bars.title):
        assert part.get_left()[0] >= box.get_left()[0] - 1e-6
        assert part.get_right()[0] <= box.get_right()[0] + 1e-6
        assert box.get_bottom()[1] <= part.get_y() <= box.get_top()[1]
    high = [number.height for number in NextTokens(np.log([0.7, 0.2, 0.05]), width=3).numbers]
    assert max(high) == pytest.approx(min(high), rel=0.02)


def test_the_chosen_bar_stands_out(forward):
    bars = NextTokens(forward.zs["scores"][-1], shown=4)
    bars.choose(int(bars.order[2]))
    assert [bar.fill_opacity == 1 for bar in bars.bars] == [False, False, True, False]
    assert bars.bars[2].fill_color == bars.style.highlight_color
    with pytest.raises(ValueError, match="is not among the 4 shown"):
        bars.choose(int(np.argmin(bars.logits)))


def test_bars_want_logits():
    with pytest.raises(ValueError, match="one a token"):
        NextTokens([[1.0]])
    with pytest.raises(ValueError, match="1 names are given for 2"):
        NextTokens([1.0, 2.0], "a")


def test_what_is_shown_goes_where_the_look_goes(head, forward):
    """As Transform does: points and paint of another, and what it knows."""
    one, other = NextTokens([1.0, 2.0]), NextTokens([3.0, 1.0])
    one.become(other)
    np.testing.assert_array_equal(one.logits, [3, 1])
    shown = AttentionPattern(head.pattern)
    shown.become(AttentionPattern(np.eye(5)))
    np.testing.assert_array_equal(shown.pattern, np.eye(5))
