"""Heads that are put together and projected, and a stream that grows: at every moment exact."""

from __future__ import annotations

import numpy as np
import pytest
from manim import UP, linear

from nnviz import (
    ConcatenateHeads,
    GrowStream,
    ProjectedHeads,
    ProjectHeads,
    ResidualStream,
    pretrained,
)
from nnviz.network import attention_output

ROW = (3, 1, 4, 1, 5, 9, 2, 6)


@pytest.fixture(scope="module")
def found():
    network = pretrained("sort").with_inputs(len(ROW))
    return attention_output(network, network.forward_pass(ROW), "block0.attention")


@pytest.fixture(scope="module")
def stream():
    network = pretrained("sort").with_inputs(len(ROW))
    return ResidualStream(network, network.forward_pass(ROW), ROW)


def at(animation, share):
    animation.begin()
    animation.interpolate(share)
    return animation


def test_columns_come_from_anywhere_and_stack_to_one(found):
    heads = ProjectedHeads(found, 4)
    for k, column in enumerate(heads.heads):
        column.move_to((3 - 2 * k, 2, 0))
    at(ConcatenateHeads(heads), 0.5)
    middles = [column.get_center() for column in heads.heads]
    assert middles[0] == pytest.approx(heads.slots()[0], abs=0.1)
    assert middles[-1] == pytest.approx((-3, 2, 0), abs=0.2)
    at(ConcatenateHeads(heads), 1).finish()
    np.testing.assert_allclose([c.get_center() for c in heads.heads], heads.slots())
    for upper, lower in zip(heads.heads[:-1], heads.heads[1:], strict=True):
        assert upper.get_bottom()[1] == pytest.approx(lower.get_top()[1])
    for column, title in zip(heads.heads, heads.titles, strict=True):
        assert title.get_right()[0] < column.get_left()[0]
        assert title.get_y() == pytest.approx(column.get_y())
    np.testing.assert_array_equal(heads.merged, found.merged[4])


def test_each_row_of_the_matrix_gives_one_number(found):
    heads = ProjectedHeads(found, 4)
    wanted = found.weights @ heads.merged + found.biases
    animation = at(ProjectHeads(heads), 10.5 / 32)
    np.testing.assert_allclose(heads.added.values[:10], wanted[:10], atol=1e-12)
    assert 0 < heads.added.values[10] / wanted[10] < 1
    assert not heads.added.values[11:].any()
    assert heads.band.get_y() == pytest.approx(heads.matrix.middle(10, 0)[1])
    assert heads.band.get_stroke_opacity() == 1
    animation.interpolate(1)
    np.testing.assert_allclose(heads.added.values, wanted, atol=1e-12)
    assert heads.band.get_stroke_opacity() == 0


def test_a_stream_grows_in_the_order_of_the_pass(stream):
    growing = stream.copy().shift(UP)
    whole = growing.copy()
    animation = at(GrowStream(growing, rate_func=linear), 1.2 / 5)  # in the second stage
    for token in range(8):
        assert growing.rail(0, token).get_length() == pytest.approx(
            whole.rail(0, token).get_length()
        )
        now, full = growing.rail(1, token), whole.rail(1, token)
        assert 0 < now.get_length() < 0.9 * full.get_length()
        assert now.stroke_width == full.stroke_width
        assert growing.tap(0, token)[1].get_stroke_opacity() == 1
        assert growing.tap(1, token)[1].get_stroke_opacity() == 0
        assert growing.rail(2, token).get_stroke_opacity() == 0
    animation.interpolate(1)
    for one, other in zip(growing.get_family(), whole.get_family(), strict=True):
        np.testing.assert_allclose(one.points, other.points)
        assert one.get_stroke_opacity() == other.get_stroke_opacity()
        assert one.get_fill_opacity() == other.get_fill_opacity()


def test_a_stream_goes_on_where_it_stood(stream):
    growing = stream.copy().show_stages(2)
    at(GrowStream(growing, 2, 3), 1).finish()
    shown = [growing.rail(k, 0).get_stroke_opacity() for k in range(5)]
    assert shown == [1, 1, 1, 0, 0]
    for first, last in ((0, 6), (3, 3), (-1, 2)):
        with pytest.raises(ValueError, match="stages go from 0 to 5"):
            GrowStream(growing, first, last)
