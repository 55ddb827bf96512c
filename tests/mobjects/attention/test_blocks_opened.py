"""Heads that are put together, blocks that are opened, and a stream that is shown in part."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from manim import LEFT, RIGHT

from nnviz import NetworkError, ProjectedHeads, ResidualStream, pretrained, words
from nnviz.mobjects import BlockInside
from nnviz.mobjects.network import NetworkStyle
from nnviz.network import attention_output, transformer

ROW = (3, 1, 4, 1, 5, 9, 2, 6)


@pytest.fixture(scope="module")
def network():
    return pretrained("sort").with_inputs(len(ROW))


@pytest.fixture(scope="module")
def forward(network):
    return network.forward_pass(ROW)


def shown(part):
    return max(part.get_stroke_opacity(), part.get_fill_opacity()) > 0


# Heads


def test_a_row_of_the_matrix_is_as_high_as_the_number_that_it_gives(network, forward):
    found = attention_output(network, forward, "block1.attention")
    heads = ProjectedHeads(found, 2, height=3.0)
    np.testing.assert_array_equal(heads.merged, forward["block1.attention.merged"][2])
    np.testing.assert_array_equal(heads.biases.values, found.biases)
    assert not heads.added.values.any()
    for row in (0, 13, 31):
        y = heads.matrix.middle(row, 0)[1]
        assert y == pytest.approx(heads.added.grid.middle(row, 0)[1])
    assert heads.matrix.image.pixels.shape[:2] == (32, 32)
    high, low = (
        np.unravel_index(k, (32, 32)) for k in (found.weights.argmax(), found.weights.argmin())
    )
    red, green, _ = heads.matrix.image.pixels[high][:3]
    assert green > red
    red, green, _ = heads.matrix.image.pixels[low][:3]
    assert red > green


def test_parts_and_words_of_heads_keep_apart(network, forward):
    heads = ProjectedHeads(attention_output(network, forward, "block0.attention"))
    texts = [word.text for word in heads[5]]
    assert texts == ["output matrix", "bias", "added"]
    row = [*heads.heads, heads.matrix, heads.biases, heads.added]
    for left, right in pairwise(row):
        assert left.get_right()[0] < right.get_left()[0]
    labels = [*heads.titles, *heads[5]]
    for left, right in pairwise(labels):
        assert left.get_right()[0] < right.get_left()[0]
    stack = heads.slots()
    assert heads.heads[-1].get_right()[0] < stack[0, 0] < heads.matrix.get_left()[0]


@pytest.mark.slow
@pytest.mark.every(4)
@pytest.mark.parametrize("language", ["de", "es", "fr", "ja", "pt", "ru", "zh"])
def test_heads_speak_other_languages(network, forward, language):
    with words.using(language):
        heads = ProjectedHeads(attention_output(network, forward, "block0.attention"))
    assert "output matrix" not in [word.text for word in heads[5]]
    for left, right in pairwise([*heads.titles, *heads[5]]):
        assert left.get_right()[0] < right.get_left()[0]


# Blocks


def test_an_open_attention_shows_all_its_patterns(network, forward):
    inside = BlockInside(network, forward, "block0.attention", ROW, width=4.0, height=5.0)
    np.testing.assert_array_equal(inside.content.pattern, forward["block0.attention.pattern"])
    frame, title, content = inside
    assert title.text == "block0.attention"
    for part in (title, content):
        assert abs(part.get_center()[0]) + part.width / 2 < frame.width / 2
        assert abs(part.get_center()[1]) + part.height / 2 < frame.height / 2
    assert content.get_top()[1] < title.get_bottom()[1]


def test_an_open_dense_block_is_the_network_of_one_token(network, forward):
    inside = BlockInside(network, forward, "block1.feed_forward", ROW, 3, title="MLP")
    net = inside.content
    assert net.network.sizes == (32, 128, 32)
    np.testing.assert_allclose(net.shown[0], forward["block1.norm2"][3], atol=1e-12)
    np.testing.assert_allclose(net.shown[1], forward["block1.feed_forward.up"][3], atol=1e-12)
    np.testing.assert_allclose(net.shown[2], forward["block1.feed_forward.down"][3], atol=1e-12)
    assert inside[1].text == "MLP"
    assert net.width <= 5.0
    assert net.height <= 5.6


@pytest.mark.slow
def test_a_gated_block_and_one_head_are_shown_too():
    rng = np.random.RandomState(0)
    model = transformer(7, 4, 6, heads=1, blocks=1, rng=rng, gated=True, norm="rms", rotary=1e4)
    forward = model.forward_pass([1, 5, 0, 3])
    heads = BlockInside(model, forward, "block0.attention", "abcd").content
    np.testing.assert_array_equal(heads.pattern[0], forward["block0.attention.pattern"])
    net = BlockInside(model, forward, "block0.feed_forward", "abcd").content
    np.testing.assert_allclose(net.shown[-1], forward["block0.feed_forward.down"][-1])


def test_what_cannot_be_opened_says_so(network, forward):
    with pytest.raises(NetworkError, match="no block 'block2'"):
        BlockInside(network, forward, "block2", ROW)
    with pytest.raises(ValueError, match="3 tokens are given for 8"):
        BlockInside(network, forward, "block0.attention", "314")


# The stream


@pytest.mark.slow
def test_stages_are_shown_from_below_and_come_back_as_they_were(network, forward):
    stream = ResidualStream(network, forward, ROW).shift(RIGHT)
    paint = [(p.get_stroke_opacity(), p.get_fill_opacity()) for p in stream.get_family()]
    stream.show_stages(2)
    for stage in range(stream.stages):
        parts = stream.stage(stage).family_members_with_points()
        assert {shown(part) for part in parts} == {stage < 2}
    assert all(map(shown, stream.row.boxes))
    stream.show_stages(stream.stages)
    again = [(p.get_stroke_opacity(), p.get_fill_opacity()) for p in stream.get_family()]
    assert again == paint
    stages = [stream.stage(k).family_members_with_points() for k in range(stream.stages)]
    assert sum(map(len, stages)) == len({part for stage in stages for part in stage})


@pytest.mark.slow
def test_names_of_taps_may_be_short(network, forward):
    short = ["attention", "MLP"] * 2
    stream = ResidualStream(network, forward, ROW, width=7, names=short)
    assert [name.text for name in stream[4]] == short
    assert max(name.get_right()[0] for name in stream[4]) < stream.row.get_left()[0]
    assert stream.width <= 7.02
    with pytest.raises(ValueError, match="1 names are given for 4 taps"):
        ResidualStream(network, forward, ROW, names=["attention"])


@pytest.mark.slow
def test_arcs_come_to_the_plus_of_one_token_as_wide_as_weights(network, forward):
    stream = ResidualStream(network, forward, ROW).shift(LEFT)
    weights = forward["block1.attention.pattern"].mean(axis=0)[5]
    arcs = stream.arcs(2, weights, 5)
    widths = np.array([arc.stroke_width for arc in arcs])
    np.testing.assert_allclose(widths / widths.max(), weights / weights.max())
    for token, arc in enumerate(arcs):
        assert arc.points[-1] == pytest.approx(stream.rail(2, 5).get_end())
        assert arc.points[0] == pytest.approx(stream.tap(2, token)[0].get_start())


@pytest.mark.slow
def test_a_frame_is_that_of_all_tokens_where_a_block_mixes_them(network, forward):
    stream = ResidualStream(network, forward, ROW, style=NetworkStyle.light())
    assert stream.frame(0, 0) is stream.frame(0, -1)
    assert stream.frame(1, 3).get_x() == pytest.approx(stream.tap(1, 3)[0].get_end()[0])
