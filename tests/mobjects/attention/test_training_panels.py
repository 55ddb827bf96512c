"""Panels of token models: what they show is what the network of a report computes."""

from __future__ import annotations

import numpy as np
import pytest
from manim import RIGHT, UP

from nnviz import EmbeddingPanel, EmbeddingPlane, PatternPanel, SamplesPanel
from nnviz.mobjects.charts.chart_colors import WRONG_COLOR
from nnviz.mobjects.charts.panel import Course, FollowReports
from nnviz.network import Network, NetworkError, Snapshot, transformer

TOKENS = [3, 1, 4, 1, 5]
ROWS = [[3, 1, 4], [1, 1, 0]]


@pytest.fixture(scope="module")
def training():
    """Return a few steps of a small model that learns to write a row once more, less its last."""
    network = transformer(6, 5, 8, heads=2, blocks=1, rng=np.random.RandomState(0))
    x = np.random.RandomState(1).randint(0, 6, (60, 5))
    x[:, 3:] = x[:, :2]
    y = np.hstack([np.full((60, 2), -1), x[:, 3:], x[:, 2:3]])
    reports = network.train(x, y, epochs=6, optimizer="adam", learning_rate=0.05, batch_size=20)
    return [Snapshot(0, None, None, network), *reports]


def followed(panel, reports):
    panel.show_report(reports[0])
    animation = FollowReports(panel, Course(reports[1:]))
    animation.begin()
    return animation


def is_inside(panel):
    low, high = (panel.box.get_corner([s, s, 0])[:2] for s in (-1, 1))
    return all(
        (part.points[:, :2] > low - 0.03).all() and (part.points[:, :2] < high + 0.03).all()
        for part in panel.family_members_with_points()
        if part is not panel.box and (part.get_fill_opacity() or part.get_stroke_opacity())
    )


def by_hand(network, tokens, head):
    """Compute the pattern of a head of block 0 from the weights, by nothing but NumPy."""
    nodes = network.nodes
    x = nodes["embedding"].layer.weights[tokens] + nodes["positions"].layer.parameters[0]
    norm = nodes["block0.norm1"].layer
    scale, shift = norm.parameters
    x = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + norm.epsilon)
    x = scale * x + shift

    def of(name):
        weights, biases = nodes[f"block0.attention.{name}"].layer.parameters
        return (x @ weights.T + biases)[:, 4 * head : 4 * head + 4]

    scores = of("query") @ of("key").T / 2
    shares = np.exp(np.where(np.tri(len(tokens), dtype=bool), scores, -np.inf))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("queries", [None, [2, 3, -1]])
def test_a_pattern_is_the_networks_and_between_two_reports_a_mixture(training, queries):
    panel = PatternPanel(TOKENS, head=1, width=4, height=3, queries=queries)
    panel.scale(0.8).shift(RIGHT + UP)
    animation = followed(panel, training)
    rows = list(range(5)) if queries is None else queries
    patterns = [by_hand(one.network, TOKENS, 1)[rows] for one in training]
    for place in (0, 1, 2.25, 4.5, 6):
        animation.interpolate(place / 6)
        k, share = int(place), place % 1
        after = patterns[min(k + 1, 6)]
        expected = patterns[k] + share * (after - patterns[k])
        np.testing.assert_allclose(panel.pattern.pattern, expected, atol=1e-12)
        assert is_inside(panel)
    np.testing.assert_array_equal(panel.pattern.hidden, ~np.tri(5, dtype=bool)[rows])
    # A dot's area is its weight.
    dots = panel.pattern.dots.points.reshape(-1, 32, 3)
    areas = np.ptp(dots[..., 0], axis=1) ** 2
    shown = patterns[-1][np.tri(5, dtype=bool)[rows]]
    np.testing.assert_allclose(areas / areas.max(), shown / shown.max(), atol=1e-6)
    words = [word.text for word in panel.pattern.query_words]
    assert words == [str(TOKENS[row]) for row in rows]


def test_a_pattern_that_is_not_there_is_refused(training):
    network = training[0].network
    with pytest.raises(ValueError, match=r"no attention in a block 'block7': there are block0"):
        PatternPanel(TOKENS, "block7").show_network(network)
    with pytest.raises(ValueError, match=r"2 heads, from 0 to 1, and no head 2"):
        PatternPanel(TOKENS, head=2).show_network(network)
    with pytest.raises(ValueError, match=r"in a block 'block0.attention': none in Network"):
        PatternPanel([0, 1]).show_network(Network.random([2, 1], seed=0))
    with pytest.raises(ValueError, match="integers of shape"):
        PatternPanel([0.5, 1])
    with pytest.raises(ValueError, match="positions of the 5 tokens"):
        PatternPanel(TOKENS, queries=[5])
    with pytest.raises(ValueError, match="token 5 has no name: there are 5 names"):
        PatternPanel(TOKENS, names="abcde")


def test_embeddings_move_in_the_plane_of_the_last_report(training):
    panel = EmbeddingPanel(training, "abcdef", width=5, height=4).shift(RIGHT)
    tables = [one.network.nodes["embedding"].layer.weights for one in training]
    centred = tables[-1] - tables[-1].mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    directions = panel.plane.directions.copy()
    for direction, own in zip(directions, vectors.T[::-1], strict=False):
        assert abs(direction @ own) == pytest.approx(1)
    assert panel.plane.share == pytest.approx(values[-2:].sum() / values.sum())
    animation = followed(panel, training)
    middles = {}
    for place in (0, 1, 3.5, 6):
        animation.interpolate(place / 6)
        k, share = int(place), place % 1
        table = tables[k] + share * (tables[min(k + 1, 6)] - tables[k])
        flat = (table - tables[-1].mean(axis=0)) @ directions.T
        middles[place] = np.array([dot.get_center()[:2] for dot in panel.plane.dots])
        ways = middles[place] - middles[place][0]
        unit = np.linalg.norm(middles[0][1] - middles[0][0]) / np.linalg.norm(
            (tables[0][1] - tables[0][0]) @ directions.T
        )
        np.testing.assert_allclose(ways, unit * (flat - flat[0]), atol=1e-9)
        own = tables[k] - tables[k].mean(axis=0)
        part = ((own @ directions.T) ** 2).sum() / (own**2).sum()
        assert panel.plane[3].text == f"{100 * part:.0f} % of the variance"
        assert is_inside(panel)
    np.testing.assert_array_equal(panel.plane.directions, directions)


def test_the_plane_moves_at_its_turn(training):
    tables = [training[k].network.nodes["embedding"].layer.weights for k in (-1, 0)]
    plane = EmbeddingPlane(tables[0], "abcdef", including=tables)
    move = plane.animate.show_vectors(tables[1]).build()
    move.begin()
    move.interpolate(0.5)
    move.finish()
    np.testing.assert_array_equal(plane.vectors, tables[1])
    centred = tables[1] - tables[1].mean(axis=0)
    assert plane.share == pytest.approx(
        ((centred @ plane.directions.T) ** 2).sum() / (centred**2).sum()
    )
    with pytest.raises(ValueError, match="including has shape"):
        EmbeddingPlane(tables[0], "abcdef", including=[[1.0, 2.0]])


def test_embeddings_that_are_not_there_are_refused(training):
    with pytest.raises(ValueError, match="'table' is no embedding: there are embedding"):
        EmbeddingPanel(training, "abcdef", "table")
    with pytest.raises(ValueError, match="there is none in Network"):
        EmbeddingPanel([Snapshot(0, None, None, Network.random([2, 1], seed=0))], "ab")
    with pytest.raises(ValueError, match="no reports"):
        EmbeddingPanel([], "ab")
    other = transformer(7, 5, 8, heads=2, blocks=1, rng=np.random.RandomState(0))
    with pytest.raises(ValueError, match=r"shape \(7, 8\), the plane one of \(6, 8\)"):
        EmbeddingPanel(training, "abcdef").show_network(other)


def greedy(network, tokens, count):
    """Write the likeliest tokens, one after the other, by whole passes."""
    tokens = list(tokens)
    for _ in range(count):
        tokens.append(int(np.argmax(network.with_inputs(len(tokens))(tokens)[-1])))
    return tokens[-count:]


def test_samples_are_written_by_the_network_and_marked(training):
    wanted = [[3, 1, 4], [1, 1, 0]]
    panel = SamplesPanel(ROWS, 3, 5, 1.6, wanted=wanted, names="abcdef").scale(1.2).shift(UP)
    animation = followed(panel, training)
    for place in (0, 1, 2.6, 6):
        animation.interpolate(place / 6)
        network = training[int(place)].network
        made = [greedy(network, row, 3) for row in ROWS]
        assert panel.texts == ["".join("abcdef"[token] for token in row) for row in made]
        assert panel.right == [one == other for one, other in zip(made, wanted, strict=True)]
        for row, tokens, right in zip(panel.rows, made, wanted, strict=True):
            wrong = [one != other for one, other in zip(tokens, right, strict=True)]
            assert [word.get_fill_color() == WRONG_COLOR for word in row[2]] == wrong
            # One line below each wrong token, and nothing below the others.
            lines = row[3].points.reshape(-1, 4, 3)
            below = [word.get_x() for word, is_wrong in zip(row[2], wrong, strict=True) if is_wrong]
            np.testing.assert_allclose(lines.mean(axis=1)[:, 0], below, atol=0.03)
            is_cross = bool(np.isclose(row[4].points[0, 0], row[4].points[4, 0]))
            assert is_cross == any(wrong)
        assert is_inside(panel)
    prompts = ["".join(word.text for word in row[0]) for row in panel.rows]
    assert prompts == ["dbe", "bba"]


def test_samples_are_drawn_from_one_seed_and_end_with_their_stop(training):
    network = training[-1].network
    panel = SamplesPanel(ROWS, 3, 4, 1, temperature=2.0, seed=5, top_k=4).show_network(network)
    drawn = [
        [
            made.token
            for made in network.generate(
                row, 3, temperature=2.0, top_k=4, rng=np.random.RandomState(5 + k)
            )
        ]
        for k, row in enumerate(ROWS)
    ]
    assert panel.texts == ["".join(map(str, row)) for row in drawn]
    assert panel.right == []
    stopped = SamplesPanel(ROWS, 3, 4, 1, temperature=2.0, seed=5, top_k=4, stop=drawn[0][0])
    stopped.show_network(network)
    assert stopped.texts[0] == str(drawn[0][0])
    assert is_inside(stopped)


def test_what_cannot_be_written_is_refused(training):
    with pytest.raises(NetworkError, match="goes on with a text, not Network"):
        SamplesPanel(ROWS, 2).show_network(Network.random([2, 1], seed=0))
    with pytest.raises(ValueError, match="5 names for the 6 tokens"):
        SamplesPanel([[0, 1]], 2, names="abcde").show_network(training[0].network)
    with pytest.raises(ValueError, match="prompts is a sequence of sequences"):
        SamplesPanel([3, 1], 2)
    with pytest.raises(ValueError, match=r"wanted holds 2 tokens for each of 2 prompts, not \[1\]"):
        SamplesPanel(ROWS, 2, wanted=[[1]])
