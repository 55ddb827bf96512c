"""The stream, what is added to a logit, and the plane of embeddings: read off the pictures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from manim import RIGHT

from nnviz import EmbeddingPlane, LogitBars, Network, ResidualStream, logit_sum, pretrained
from nnviz.network import LogitSum, LogitTerm, last_of, transformer, transformer_block
from nnviz.texts import NAMES_TOKENIZER

TEXT = ".anni"


@pytest.fixture(scope="module")
def network():
    return pretrained("names").with_inputs(len(TEXT))


@pytest.fixture(scope="module")
def forward(network):
    return network.forward_pass(NAMES_TOKENIZER.encode(TEXT))


# Logits


@pytest.mark.slow
@pytest.mark.parametrize("minus", [None, 1])
def test_each_bar_begins_where_the_one_before_ends(network, forward, minus):
    found = logit_sum(network, forward, 5, minus=minus)
    bars = LogitBars(found, shown=6, total="e")
    ends = np.array([[bar.get_left()[0], bar.get_right()[0]] for bar in bars.bars])
    zero = bars[0].get_x()
    unit = (ends[-1, 1] - ends[-1, 0]) / abs(found.logit)
    at = zero
    for row, (left, right) in zip(bars.rows[:-1], ends, strict=False):
        start, end = (left, right) if row.value >= 0 else (right, left)
        assert start == pytest.approx(at, abs=1e-6)
        assert end - start == pytest.approx(row.value * unit, abs=1e-6)
        at = end
    assert at == pytest.approx(zero + found.logit * unit, abs=1e-6)
    best = sorted(found.terms, key=lambda term: -abs(term.value))[:6]
    assert {row.value for row in bars.rows[:6]} == {term.value for term in best}
    for row, number in zip(bars.rows, bars.numbers, strict=True):
        assert float(number.text.replace("−", "-")) == pytest.approx(row.value, abs=0.005)
    assert bars.names[-2].text == "and 15 smaller"
    assert bars.names[-1].text == "e"


def test_names_and_numbers_of_bars_keep_apart():
    terms = (LogitTerm("block0.attention", 1, -3.0), LogitTerm("block0.feed_forward.down", None, 2))
    bars = LogitBars(LogitSum(terms, -1.0), width=6)
    assert [name.text for name in bars.names][:2] == [
        "block0.attention head 2",
        "block0.feed_forward.down",
    ]
    for name, number, bar in zip(bars.names, bars.numbers, bars.bars, strict=True):
        assert name.get_right()[0] < number.get_left()[0]
        assert (
            number.get_right()[0] < bar.get_left()[0] or bar.get_right()[0] < number.get_left()[0]
        )
    assert bars.width <= 6.01


def test_names_of_bars_can_be_given():
    terms = (LogitTerm("block0.attention", 1, -3.0), LogitTerm("block0.feed_forward.down", None, 2))
    names = {"block0.attention": "block 1,", "block0.feed_forward.down": "MLP"}
    bars = LogitBars(LogitSum(terms, -1.0), names=names)
    assert [name.text for name in bars.names] == ["block 1, head 2", "MLP", "sum"]


def test_no_number_lies_on_the_axis():
    values = (2.0, -1.5, 0.9, -0.2, -2.2)
    terms = tuple(LogitTerm(f"part{k}", None, value) for k, value in enumerate(values))
    bars = LogitBars(LogitSum(terms, sum(values)), width=6)
    zero = bars[0].get_x()
    for bar, number in zip(bars.bars, bars.numbers, strict=True):
        assert not number.get_left()[0] < zero < number.get_right()[0]
        assert (
            number.get_right()[0] < bar.get_left()[0] or bar.get_right()[0] < number.get_left()[0]
        )


# The stream


@pytest.mark.slow
def test_rails_and_taps_are_as_wide_as_what_is_on_them(network, forward):
    stream = ResidualStream(network, forward, TEXT)
    assert [tap.block for tap in stream.taps] == [
        f"block{k}.{part}" for k in range(3) for part in ("attention", "feed_forward")
    ]
    assert [tap.mixes for tap in stream.taps] == [True, False] * 3
    assert all(tap.has_norm for tap in stream.taps)
    names = ["positions", *(f"block{k}.sum{n}" for k in range(3) for n in (1, 2))]
    sizes = np.array([np.sqrt((forward[name] ** 2).mean(axis=1)) for name in names])
    widths = np.array([[stream.rail(k, t).stroke_width for t in range(5)] for k in range(7)])
    np.testing.assert_allclose(widths / widths.max(), sizes / sizes.max())
    for k, (before, after) in enumerate(pairwise(names)):
        added = np.sqrt(((forward[after] - forward[before]) ** 2).mean(axis=1))
        drawn = [stream.tap(k, t)[1].stroke_width for t in range(5)]
        np.testing.assert_allclose(drawn, added * widths.max() / sizes.max(), rtol=1e-6)


@pytest.mark.slow
def test_a_tap_leaves_its_rail_and_comes_back_higher(network, forward):
    stream = ResidualStream(network, forward, TEXT, width=9).shift(RIGHT)
    for k, t in np.ndindex(6, 5):
        read, write, sign, ring = stream.tap(k, t)
        rail = stream.rail(k, t)
        assert read.get_start()[0] == pytest.approx(rail.get_x())
        assert write.get_end() == pytest.approx(rail.get_end())
        assert sign.get_center() == pytest.approx(rail.get_end())
        assert read.get_start()[1] < ring.get_y() < write.get_start()[1] < write.get_end()[1]
        assert stream.rail(k + 1, t).get_start() == pytest.approx(rail.get_end())
    assert stream.width <= 9.05
    assert max(name.get_right()[0] for name in stream[4]) < stream.row.get_left()[0]


def test_what_has_no_stream_says_so(forward):
    with pytest.raises(ValueError, match="no residual stream"):
        ResidualStream(Network.random([2, 2], seed=0), forward, "ab")
    model = transformer(5, 3, 4, heads=1, blocks=1, rng=np.random.RandomState(0))
    with pytest.raises(ValueError, match="2 tokens are given for 3 rails"):
        ResidualStream(model, model.forward_pass([1, 2, 3]), "ab")
    options = {"heads": 1, "rng": np.random.RandomState(0), "norm_first": False}
    nodes = transformer_block("a", "x", 4, **options)
    nodes |= transformer_block("b", last_of(nodes), 4, **options)
    early = Network({"x": (3, 4)}, nodes, last_of(nodes))
    with pytest.raises(ValueError, match="a norm on the stream itself"):
        ResidualStream(early, early.forward_pass(np.ones((3, 4))), "abc")


# Embeddings


def test_distances_in_the_plane_are_those_of_the_two_components(network):
    table = network.nodes["embedding"].layer.weights
    plane = EmbeddingPlane(table, NAMES_TOKENIZER.characters).scale(0.7).shift(2 * RIGHT)
    # By eigenvectors of the covariance, another way to the same.
    centred = table - table.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    flat = centred @ vectors[:, :-3:-1]
    wanted = np.linalg.norm(flat[:, None] - flat, axis=2)
    points = np.array([dot.get_center() for dot in plane.dots])
    drawn = np.linalg.norm(points[:, None] - points, axis=2)
    np.testing.assert_allclose(drawn / drawn.max(), wanted / wanted.max(), atol=1e-9)
    assert plane.share == pytest.approx(values[-2:].sum() / values.sum())
    assert plane[3].text == f"{100 * plane.share:.0f} % of the variance"


def test_a_difference_says_how_long_it_is_in_all_dimensions(network):
    table = network.nodes["embedding"].layer.weights
    plane = EmbeddingPlane(table, NAMES_TOKENIZER.characters)
    line, number = plane.difference("a", "q")
    length = np.linalg.norm(table[1] - table[17])
    assert float(number.text) == pytest.approx(length, abs=0.005)
    way = plane.dots[17].get_center() - plane.dots[1].get_center()
    drawn = line.get_end() - line.get_start()
    assert drawn @ way == pytest.approx(np.linalg.norm(drawn) * np.linalg.norm(way))
    with pytest.raises(ValueError, match="there is no 'ä'"):
        plane.distance("a", "ä")


def test_other_vectors_move_in_the_same_plane(network):
    table = network.nodes["embedding"].layer.weights
    plane = EmbeddingPlane(table, NAMES_TOKENIZER.characters)
    before = np.array([dot.get_center() for dot in plane.dots])
    plane.show_vectors(table + 0.3 * plane.directions[0])
    ways = np.array([dot.get_center() for dot in plane.dots]) - before
    np.testing.assert_allclose(ways, np.tile(ways[0], (27, 1)), atol=1e-9)
    assert ways[0, 0] > 0
    assert abs(ways[0, 1]) < 1e-9


def test_names_of_a_plane_do_not_cover_each_other():
    vectors = np.random.RandomState(0).randn(10, 4)
    plane = EmbeddingPlane(vectors, "0123456789")
    boxes = [(*w.get_corner((-1, -1, 0))[:2], *w.get_corner((1, 1, 0))[:2]) for w in plane.words]
    for k, (left, bottom, right, top) in enumerate(boxes):
        for x0, y0, x1, y1 in boxes[:k]:
            assert right < x0 or x1 < left or top < y0 or y1 < bottom


def test_no_plane():
    with pytest.raises(ValueError, match="three or more"):
        EmbeddingPlane(np.eye(2), "ab")
    with pytest.raises(ValueError, match="all vectors are equal"):
        EmbeddingPlane(np.ones((3, 2)), "abc")
