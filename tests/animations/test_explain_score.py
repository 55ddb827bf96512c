"""The story of one score, and derivatives that go back along arcs."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from manim import LEFT, RIGHT, UP, VGroup

from nnviz import (
    AttendBackwards,
    AttentionArcs,
    AttentionPattern,
    ExplainScore,
    NNScene,
    ScoreGrid,
    TokenRow,
    VectorColumn,
    attention_head,
    pretrained,
)
from nnviz.mobjects import ScoreExplanation, columns_of
from nnviz.network import attention_gradients, score_derivative

ROW = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]
LABELS = [-1] * 13 + [6]
NETWORK = pretrained("sort").with_inputs(14)
FOUND = score_derivative(NETWORK, ROW, LABELS, "block0.attention", 1, -1, 5)


@cache
def formulas(h=None):
    return ScoreExplanation(FOUND, ROW, h=h, fit=(6.3, 7.2)).shift(3.7 * RIGHT)


def pattern():
    return AttentionPattern(FOUND.computed.pattern, ROW, size=4.5).shift(4 * LEFT)


def grid():
    return ScoreGrid(FOUND.computed, ROW, stage="pattern", size=4.5, numbers=False).shift(4 * LEFT)


def arcs():
    row = TokenRow(ROW, pitch=0.45).shift(3.5 * LEFT)
    return AttentionArcs(row, row, FOUND.computed.pattern)


def looks(mobject):
    names = ("points", "fill_rgbas", "stroke_rgbas", "stroke_width")
    return [
        tuple(np.asarray(getattr(part, name)).tobytes() for name in names)
        for part in mobject.family_members_with_points()
    ]


def moments(animation, *shares):
    scene = NNScene(skip_animations=True)
    scene.add(animation.mobject)
    animation._setup_scene(scene)
    animation.begin()
    for share in shares:
        animation.interpolate(share)
        yield scene
    animation.finish()
    animation.clean_up_from_scene(scene)


@pytest.mark.every(2)
@pytest.mark.parametrize("make", [pattern, grid, arcs])
def test_afterwards_the_picture_is_as_it_was_and_only_the_formulas_are_new(make):
    picture = make()
    before = looks(picture)
    animation = ExplainScore(picture, FOUND, formulas().copy())
    whole = animation.explanation.copy().family_members_with_points()
    length = animation._story.length
    for scene in moments(animation, 0.0, 0.2, 0.5, 0.9):
        assert animation.explanation in scene.mobjects
    assert looks(picture) == before
    assert scene.mobjects == [picture, animation.explanation]
    for glyph, made in zip(animation.explanation.family_members_with_points(), whole, strict=True):
        assert glyph.get_fill_opacity() == made.get_fill_opacity()
        assert glyph.points == pytest.approx(made.points, abs=1e-9)
    assert animation.run_time == length > 20


@pytest.mark.parametrize("make", [pattern, arcs])
def test_a_nudge_moves_the_pattern_and_the_cost_as_the_engine_says(make):
    picture = make()
    explanation = formulas(h=0.5).copy()
    animation = ExplainScore(picture, FOUND, explanation)
    story = animation._story
    middle = (story.schedule["up"][0] + 1.2) / story.length
    h = 0.5
    for _ in moments(animation, middle):
        shown = picture.pattern if make is pattern else None
        if shown is not None:
            np.testing.assert_allclose(shown[-1], FOUND.pattern_of_nudge(h), atol=1e-12)
            np.testing.assert_array_equal(shown[:-1], FOUND.computed.pattern[:-1])
        else:
            widths = [arc.get_stroke_width() for arc in picture.into(-1)]
            np.testing.assert_allclose(
                widths, picture.full_width * FOUND.pattern_of_nudge(h), atol=1e-6
            )
        shown_cost = explanation.proof.after[2].value
        assert FOUND.cost_of_nudge(0.0) < shown_cost < FOUND.cost_of_nudge(h)
    assert explanation.proof.after[2].value == pytest.approx(explanation.nudge.cost_above)
    assert explanation.proof.below[2].value == pytest.approx(explanation.nudge.cost_below)


def test_a_factor_is_told_beside_its_cell_and_each_key_of_the_average_is_marked():
    picture = pattern()
    animation = ExplainScore(picture, FOUND, tokens=ROW)
    said, story = animation.explanation, animation._story
    cell = picture.grid.middle(13, 5)
    home = said.rows[0].get_center()
    term = story.schedule["term"][0] + 0.7
    told = (story.schedule["factor"][0] + 0.8) / story.length
    for n, _ in enumerate(moments(animation, told, term / story.length)):
        lit = [one for one in animation._lights if one.get_stroke_opacity() > 0.9]
        if n == 0:
            assert np.linalg.norm(said.rows[0].get_center() - cell) < 1
            assert [one.get_center() for one in lit] == [pytest.approx(cell)]
        else:
            assert said.rows[0].get_center() == pytest.approx(home)
            marked = picture.grid.middle(13, said.table.keys[0])
            assert any(one.get_center() == pytest.approx(marked) for one in lit)


def test_what_does_not_fit_is_refused():
    small = AttentionPattern([[1, 0], [0.5, 0.5]])
    with pytest.raises(ValueError, match=r"queries and keys \(2, 2\)"):
        ExplainScore(small, FOUND)
    other = score_derivative(NETWORK, ROW, LABELS, "block0.attention", 1, -1, 7)
    with pytest.raises(ValueError, match="the explanation is of"):
        ExplainScore(pattern(), other, formulas())
    with pytest.raises(ValueError, match="no room beside the picture"):
        ExplainScore(pattern().scale(3), FOUND)
    with pytest.raises(ValueError, match="max_terms: say that to the explanation"):
        ExplainScore(pattern(), FOUND, formulas(), max_terms=2)


@pytest.fixture(scope="module")
def computed():
    forward, backward = NETWORK.forward_pass(ROW), NETWORK.backward_pass(ROW, LABELS)
    return (
        attention_head(NETWORK, forward, "block0.attention", 1),
        attention_gradients(NETWORK, backward, "block0.attention", 1),
    )


def staged(head, gradients, query):
    below = TokenRow(ROW, pitch=0.8)
    above = TokenRow(ROW, pitch=0.8).shift(4 * UP)
    limit = float(np.abs(gradients.mixed).max())
    columns = columns_of(np.zeros_like(head.values), below.boxes, 0.1, limit)
    source = VectorColumn(gradients.mixed[query], 0.1, limit)
    source.next_to(above.boxes[query], -UP)
    sources = VGroup(*(source.copy().match_x(box) for box in above.boxes))
    return columns, source, AttentionArcs(columns, sources, gradients.pattern)


def test_the_derivative_goes_back_along_arcs_and_arrives_weighted(computed):
    head, gradients = computed
    columns, source, lines = staged(head, gradients, 13)
    whole = [arc.points.copy() for arc in lines]
    animation = AttendBackwards(lines, source, columns, head, gradients, 13)
    expected = head.pattern[13][:, None] * gradients.mixed[13]
    for _ in moments(animation, 0.4):
        travelling = list(animation._copies)
        assert len(travelling) == np.count_nonzero(head.pattern[13] >= 0.01)
        first = animation._moving[0]
        assert columns[first].get_y() < travelling[0].get_y() < source.get_y()
        # What is seen of its arc begins at the query, and ends where the derivative is.
        arc = lines.arc(13, first)
        np.testing.assert_allclose(arc.points[-1], whole[13 * 14 + first][-1])
        assert arc.points[0][1] > whole[13 * 14 + first][0][1]
    for column, values in zip(columns, expected, strict=True):
        np.testing.assert_allclose(column.values, values, atol=1e-15)
    for arc, points in zip(lines, whole, strict=True):
        np.testing.assert_array_equal(arc.points, points)


def test_after_all_queries_the_columns_show_the_derivatives_by_the_values(computed):
    """Each query adds its part: the sum is the engine's dC/dv."""
    network = pretrained("names").with_inputs(4)
    tokens, labels = [0, 1, 14, 9], [1, 14, 9, 0]
    backward = network.backward_pass(tokens, labels)
    head = attention_head(network, network.forward_pass(tokens), "block1.attention", 2)
    gradients = attention_gradients(network, backward, "block1.attention", 2)
    row = TokenRow(".ani", pitch=1)
    columns = columns_of(np.zeros_like(head.values), row.boxes, 0.1, 1.0)
    lines = AttentionArcs(columns, row.copy().shift(4 * UP), gradients.pattern)
    for query in range(4):
        source = VectorColumn(gradients.mixed[query], 0.1).shift(3 * UP)
        for _ in moments(AttendBackwards(lines, source, columns, head, gradients, query), 0.5):
            pass
    shown = np.array([column.values for column in columns])
    np.testing.assert_allclose(shown, gradients.values, atol=1e-14)


def test_a_source_of_something_else_is_refused(computed):
    head, gradients = computed
    columns, source, lines = staged(head, gradients, 13)
    with pytest.raises(ValueError, match="does not show the derivative by what query 12 took"):
        AttendBackwards(lines, source, columns, head, gradients, 12)
    with pytest.raises(ValueError, match="a column of 8 values for each of the 14 keys"):
        AttendBackwards(lines, source, columns[:3], head, gradients, 13)
