"""Formulas of the chain rule through attention: their numbers, and that nothing overlaps."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from manim import Line
from tests.mobjects.boxes import assert_apart

from nnviz import pretrained, words
from nnviz.mobjects import ScoreExplanation, ScoreGradients, TokenExplanation
from nnviz.mobjects.primitives.significant_digits import SignificantNumber
from nnviz.network import NetworkError, embedding_derivative, score_derivative

pytestmark = pytest.mark.slow

ROW = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]
LABELS = [-1] * 13 + [6]


@cache
def score(head=1, query=-1, key=5):
    network = pretrained("sort").with_inputs(14)
    return score_derivative(network, ROW, LABELS, "block0.attention", head, query, key)


@cache
def embedding(token=5, feature=3):
    network = pretrained("sort").with_inputs(14)
    return embedding_derivative(network, ROW, LABELS, token, feature)


def drawn(mobject):
    """Yield what stands for itself: signs, numbers, words, bars."""
    if isinstance(mobject, SignificantNumber) or len(mobject.points):
        yield mobject
    elif mobject.submobjects and all(len(part.points) for part in mobject.submobjects):
        yield mobject  # a text, of letters
    else:
        for part in mobject.submobjects:
            yield from drawn(part)


def assert_nothing_overlaps(explanation):
    parts = [part for part in drawn(explanation) if not isinstance(part, Line)]
    assert len(parts) > 20
    assert_apart(parts)


def numbers_in(mobject):
    return [one.value for one in mobject.get_family() if isinstance(one, SignificantNumber)]


@pytest.mark.every(3)
@pytest.mark.parametrize(("head", "query", "key"), [(1, -1, 5), (3, 0, 0), (1, 2, 9)])
def test_numbers_of_a_score_are_the_engines_and_nothing_overlaps(head, query, key):
    found = score(head, query, key)
    explanation = ScoreExplanation(found, ROW, fit=(7, 7.4))
    rule = explanation.rule
    assert numbers_in(rule.numbers) == pytest.approx(
        [found.weight, found.pattern_gradient, found.average]
    )
    assert numbers_in(rule.result) == pytest.approx([found.value])
    rows = numbers_in(explanation.rows)
    assert rows[:2] == pytest.approx([found.weight, found.pattern_gradient])
    assert rows[2:] == pytest.approx([found.factor, found.factor * found.value])
    table = explanation.table
    for k, row in zip(table.keys, table.rows, strict=True):
        share, pull = found.pattern[k], found.pattern_gradients[k]
        assert numbers_in(row) == pytest.approx([share, pull, share * pull])
    rest = sum(numbers_in(table.rest))
    assert sum(numbers_in(row)[-1] for row in table.rows) + rest == pytest.approx(found.average)
    assert numbers_in(table.total) == pytest.approx([found.average])
    nudge = explanation.nudge
    assert numbers_in(explanation.proof.after) == pytest.approx([nudge.cost_above])
    assert bool(len(explanation.remark)) == found.is_hidden
    assert_nothing_overlaps(explanation)
    assert explanation.width <= 7 + 1e-6
    assert explanation.height <= 7.4 + 1e-6


def test_two_columns_are_wide_and_low():
    explanation = ScoreExplanation(score(), ROW, max_terms=9, fit=(12, 4))
    assert_nothing_overlaps(explanation)
    assert explanation.table.get_left()[0] > explanation.rows.get_right()[0]
    # Copies find their own parts.
    other = explanation.copy().shift([3, 0, 0])
    np.testing.assert_allclose(
        other.rule.result.get_center() - explanation.rule.result.get_center(), [3, 0, 0]
    )


def test_long_words_of_another_language():
    with words.using("de"):
        explanation = ScoreExplanation(score(1, 2, 9), ROW, fit=(7, 7.4))
        tokens = TokenExplanation(embedding(), fit=(6, 7.4))
    assert_nothing_overlaps(explanation)
    assert_nothing_overlaps(tokens)


@pytest.mark.every(3)
@pytest.mark.parametrize(("token", "feature"), [(5, 3), (1, 30), (7, 0)])
def test_numbers_of_an_embedding_are_the_engines_and_add_up(token, feature):
    found = embedding(token, feature)
    explanation = TokenExplanation(found, max_terms=1, fit=(6, 7.4))
    assert sum(numbers_in(explanation.table.rows)) == pytest.approx(found.value, abs=1e-15)
    assert numbers_in(explanation.table.total) == pytest.approx([found.value])
    assert numbers_in(explanation.rule) == pytest.approx([found.value])
    assert_nothing_overlaps(explanation)


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(ValueError, match="max_terms must be positive, not 0"):
        ScoreExplanation(score(), max_terms=0)
    with pytest.raises(NetworkError, match="a nudge is a positive number"):
        ScoreExplanation(score(), h=-1.0)
    with pytest.raises(ValueError, match="3 tokens are given for 14"):
        TokenExplanation(embedding(), tokens=[1, 2, 3])


def test_areas_over_the_average_are_the_derivatives():
    found = score()
    chart = ScoreGradients(found, ROW, width=10, height=4)
    bars = list(chart.bars)
    widths = np.array([bar.width for bar in bars])
    inner = chart.axis.width
    np.testing.assert_allclose(widths, inner * found.pattern, atol=1e-9)
    # One unit of dC/dp is as high for all.
    units = [
        bar.height / abs(pull) for bar, pull in zip(bars, found.pattern_gradients, strict=True)
    ]
    np.testing.assert_allclose(units, units[0], rtol=1e-6)
    for key, derivative in enumerate(found.row):
        area = chart.area(key)
        assert area.width * area.height == pytest.approx(
            abs(derivative) * inner * units[0], rel=1e-3, abs=1e-5
        )
        above = area.get_y() > chart.average[0].get_y()
        assert above == (derivative > 0) or area.height < 1e-4
    below = chart.axis.get_y() - chart.average[0].get_y()
    assert below == pytest.approx(-found.average * units[0])
    assert chart.average[1].text == "average −0.33"
    assert [number.text for number in chart.numbers] == ["−1.53", "0.34", "−0.51"]
    assert [name.text for name in chart.names] == ["5", "9", "6"]
    assert chart.title.text == "∂C/∂p · 10³"
    assert chart.width == pytest.approx(10, abs=0.05)
    assert chart.height <= 4 + 0.05
    assert_apart([*chart.names, *chart.numbers, chart.average[1], chart.title])


def test_names_of_bars_are_one_a_key():
    with pytest.raises(ValueError, match="2 tokens are given for 14"):
        ScoreGradients(score(), [1, 2])
