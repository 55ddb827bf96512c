"""Boxes are joined where that saves, and nothing is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.drawing.commands import View
from nnviz.drawing.pixel_boxes import area, around, boxes_around, merged, overlap

SIDE = st.integers(0, 30)


@st.composite
def boxes(draw):
    left, top = draw(SIDE), draw(SIDE)
    return left, top, left + draw(st.integers(1, 12)), top + draw(st.integers(1, 12))


def pixels(some):
    return {
        (x, y)
        for left, top, right, bottom in some
        for x in range(left, right)
        for y in range(top, bottom)
    }


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(st.lists(boxes(), max_size=8))
def test_merged_boxes_cover_the_same_and_do_not_overlap(some):
    few = merged(some)
    assert len(few) <= len(some)
    assert pixels(few) >= pixels(some)
    assert sum(map(area, few)) == len(pixels(few)), "two of them overlap"
    assert not any(overlap(a, b) for i, a in enumerate(few) for b in few[i + 1 :])


def test_what_is_far_apart_stays_apart():
    corners = [(0, 0, 2, 2), (90, 90, 92, 92)]
    assert sorted(merged(corners)) == corners
    assert merged([(0, 0, 10, 10), (10, 0, 20, 10)]) == [(0, 0, 20, 10)]


def test_around():
    assert around([(3, 4, 5, 6), (1, 8, 2, 9)]) == (1, 4, 5, 9)
    assert area((1, 4, 5, 9)) == 20


def test_what_is_beyond_the_frame_has_an_empty_box():
    """Also beyond two sides at once, where negative widths and heights would make an area."""
    view = View(80, 60, 10.0, -10.0, 40.0, 30.0)
    places = np.array([(x, y) for x in (-90, 0, 90) for y in (-90, 0, 90)], float)
    found = boxes_around(places, np.arange(9), np.zeros(9), view)
    assert (found >= 0).all()
    assert [area(tuple(box)) > 0 for box in found] == [k == 4 for k in range(9)]
    assert tuple(found[4]) == (38, 28, 42, 32)
