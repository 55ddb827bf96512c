"""Columns of keys and values: what is shown is what the engine keeps, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Group, Transform

from nnviz import ExtendCache, KeyValueCache, TokenRow, attention_head, pretrained, words
from nnviz.mobjects.network.matrix_cells import cell_colors
from nnviz.network import CachedHead, cached_head
from nnviz.texts import NAMES_TOKENIZER

TEXT = ".anni"
BLOCK, HEAD = "block1.attention", 2


@pytest.fixture(scope="module")
def heads():
    """What is kept after two positions, and after one further one at a time."""
    network, tokens = pretrained("names"), NAMES_TOKENIZER.encode(TEXT)
    cache, found = None, []
    for start, stop in ((0, 2), (2, 3), (3, 4), (4, 5)):
        cache = network.extend(tokens[start:stop], cache).cache
        found.append(cached_head(network, cache, BLOCK, HEAD))
    return found


def frames(cache):
    return [column.grid[2].get_stroke_color() for column in cache.keys]


def test_columns_are_what_the_engine_keeps(heads):
    row = TokenRow(TEXT[:2], pitch=0.8)
    cache = KeyValueCache(heads[0], row)
    for k, head in enumerate(heads[1:], start=3):
        row.append(TEXT[k - 1])
        cache.extend(head, row)
        np.testing.assert_array_equal(cache.shown_keys, head.keys)
        np.testing.assert_array_equal(cache.shown_values, head.values)
        assert cache.kept == k - 1
    network = pretrained("names").with_inputs(5)
    whole = attention_head(network, network.forward_pass(NAMES_TOKENIZER.encode(TEXT)), BLOCK, HEAD)
    np.testing.assert_allclose(cache.shown_keys, whole.keys, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(cache.shown_values, whole.values, rtol=1e-12, atol=1e-14)
    lit = cache.style.highlight_color.to_hex()
    assert [color.to_hex() == lit for color in frames(cache)] == 4 * [False] + [True]
    assert [column.grid.image.get_fill_opacity() for column in cache.values] == 4 * [0.5] + [1]


def test_columns_stand_below_their_tokens_and_touch_nothing(heads):
    row = TokenRow(TEXT, pitch=0.5, height=0.4)
    cache = KeyValueCache(heads[-1], row)
    for box, key, value in zip(row.boxes, cache.keys, cache.values, strict=True):
        assert key.get_x() == pytest.approx(box.get_x())
        assert value.get_x() == pytest.approx(box.get_x())
        assert key.width < box.width
        assert box.get_bottom()[1] > key.get_top()[1]
        assert key.get_bottom()[1] > value.get_top()[1]
    assert [title.text for title in cache.titles] == ["keys", "values"]
    for title, columns in zip(cache.titles, (cache.keys, cache.values), strict=True):
        assert title.get_right()[0] < columns.get_left()[0]
    assert not len(KeyValueCache(heads[-1], row, title=False).titles)
    with words.using("fr"):
        assert [title.text for title in KeyValueCache(heads[-1], row).titles] == ["clés", "valeurs"]


def test_a_cache_that_was_made_smaller_grows_as_it_is(heads):
    row = TokenRow(TEXT[:2], pitch=0.8)
    cache = KeyValueCache(heads[0], row)
    Group(row, cache).scale(0.5).shift([1, 1, 0])
    cache.extend(heads[1], row.append("n"))
    assert cache.keys[2].height == pytest.approx(cache.keys[0].height)
    assert cache.keys[2].width == pytest.approx(cache.keys[0].width, rel=1e-6)
    assert cache.keys[2].get_y() == pytest.approx(cache.keys[0].get_y())
    assert cache.values[2].get_y() == pytest.approx(cache.values[0].get_y())


def test_copies_and_transforms_know_what_is_kept(heads):
    row = TokenRow(TEXT[:2])
    cache = KeyValueCache(heads[0], row)
    twin = cache.copy().show_computed(1)
    assert (cache.kept, twin.kept) == (0, 1)
    animation = Transform(cache, twin)
    animation.begin()
    animation.finish()
    assert cache.kept == 1


def test_errors_say_what_does_not_fit(heads):
    row = TokenRow(TEXT[:2])
    with pytest.raises(ValueError, match="2 positions are shown below 5 tokens"):
        KeyValueCache(heads[0], TokenRow(TEXT))
    with pytest.raises(ValueError, match="3 positions are shown below 2 tokens"):
        KeyValueCache(heads[0], row).extend(heads[1], row)
    other = CachedHead(heads[1].keys + 0.1, heads[1].values)
    with pytest.raises(ValueError, match="2 columns that are kept are not the first of these 3"):
        KeyValueCache(heads[0], row).extend(other, TokenRow(TEXT[:3]))
    with pytest.raises(ValueError, match="how many of 2 columns are kept, for 3 positions, not 3"):
        KeyValueCache(heads[0], row).extend(heads[1], TokenRow(TEXT[:3]), kept=3)
    with pytest.raises(ValueError, match=r"not \(2,\)"):
        KeyValueCache(CachedHead(np.ones(2), np.ones(2)), row)


# The animation


def played_to(animation, share):
    animation.begin()
    animation.interpolate(share)


def pixels(column):
    return column.grid.image.pixels.reshape(-1, 3)


def test_a_pass_leaves_kept_columns_alone_and_fills_the_new_one(heads):
    row = TokenRow(TEXT[:3], pitch=0.8)
    cache = KeyValueCache(heads[0], row.boxes[:2], limits=(3.0, 3.0))
    before = [pixels(column).copy() for column in (*cache.keys, *cache.values)]
    animation = ExtendCache(cache, heads[1], row)
    played_to(animation, 0.45)  # in the middle of the keys
    for column, old in zip((*cache.keys[:2], *cache.values[:2]), before, strict=True):
        np.testing.assert_array_equal(pixels(column), old)
    new = cell_colors(heads[1].keys[2][:, None], 3.0, cache.style).reshape(-1, 3)
    shown = pixels(cache.keys[2]) / 255
    np.testing.assert_allclose(shown[:5], new[:5], atol=0.01)
    np.testing.assert_allclose(shown[-5:], 0, atol=0.01)  # black is nothing
    np.testing.assert_allclose(pixels(cache.values[2]), 0)
    animation.finish()
    np.testing.assert_allclose(pixels(cache.keys[2]) / 255, new, atol=0.01)
    assert cache.kept == 2


def test_without_a_cache_all_is_computed_again(heads):
    row = TokenRow(TEXT[:3], pitch=0.8)
    cache = KeyValueCache(heads[0], row.boxes[:2], limits=(3.0, 3.0))
    changed = CachedHead(heads[1].keys[::-1], heads[1].values)
    animation = ExtendCache(cache, changed, row, kept=0)
    played_to(animation, 0.25)
    assert not any(pixels(column).any() for column in (*cache.keys, *cache.values))
    animation.finish()
    np.testing.assert_array_equal(cache.shown_keys, changed.keys)
    lit = cache.style.highlight_color.to_hex()
    assert all(color.to_hex() == lit for color in frames(cache))
