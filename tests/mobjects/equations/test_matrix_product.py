"""A matrix times a vector on screen: what cells, frames and numbers say, and where they stand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from manim import Scene

from nnviz import MatrixProduct
from nnviz._manim import temp_config
from nnviz.mobjects.network.matrix_cells import cell_colors

RNG = np.random.RandomState(4)
WEIGHTS, VECTOR, BIASES = RNG.randn(5, 7), RNG.randn(7), RNG.randn(5)


@pytest.fixture
def product():
    return MatrixProduct(WEIGHTS, VECTOR, BIASES)


def numbers(part):
    return [number.number for number in part.grid.numbers]


def seen(part):
    return [number.get_fill_opacity() for number in part.grid.numbers]


def frames(product):
    """The frames that are seen, each as (left, bottom, right, top)."""
    return [
        (*frame.points.min(axis=0)[:2], *frame.points.max(axis=0)[:2])
        for frame in product.marks
        if frame.get_stroke_opacity()
    ]


def around(grid, row=None, column=None):
    corners = grid.corners(row, column)
    return (*corners.min(axis=0)[:2], *corners.max(axis=0)[:2])


@pytest.mark.slow
def test_all_parts_say_their_numbers(product):
    np.testing.assert_array_equal(product.values, WEIGHTS @ VECTOR + BIASES)
    assert numbers(product.matrix) == pytest.approx(WEIGHTS.ravel(), abs=0.005)
    assert numbers(product.vector) == pytest.approx(VECTOR, abs=0.005)
    assert numbers(product.biases) == pytest.approx(BIASES, abs=0.005)
    assert numbers(product.result) == pytest.approx(product.values, abs=0.005)
    assert [sign.text for sign in product.signs] == ["+", "="]
    without = MatrixProduct(WEIGHTS, VECTOR)
    assert without.biases is None
    assert [sign.text for sign in without.signs] == ["="]
    np.testing.assert_array_equal(without.values, WEIGHTS @ VECTOR)


@pytest.mark.slow
def test_partial_sums_are_of_the_first_products(product):
    products = WEIGHTS[3] * VECTOR
    sums = product.partial_sums(3)
    assert sums[0] == 0
    for count in range(8):
        assert sums[count] == pytest.approx(products[:count].sum(), abs=1e-12)
    assert sums[8] == pytest.approx(product.values[3], abs=1e-12)
    first = product.partial_sums(3, bias_first=True)
    assert first[1] == BIASES[3]
    assert first[-1] == pytest.approx(product.values[3], abs=1e-12)
    np.testing.assert_allclose(np.diff(first)[1:], products, atol=1e-12)


@pytest.mark.slow
def test_a_row_and_what_is_multiplied_stand_out(product):
    assert frames(product) == []
    product.point_at(2, 4)
    np.testing.assert_allclose(
        frames(product),
        [
            around(product.matrix.grid, 2),
            around(product.vector.grid),
            around(product.matrix.grid, 2, 4),
            around(product.vector.grid, 4, 0),
        ],
    )
    opacities = np.reshape(seen(product.matrix), (5, 7))
    assert (opacities[2] == 1).all()
    assert (np.delete(opacities, 2, axis=0) < 0.5).all()
    colors = product.matrix.grid.image.pixels / 255
    full = cell_colors(WEIGHTS, product.matrix.limit, product.style)
    np.testing.assert_allclose(colors[2], full[2], atol=1 / 255)
    assert np.abs(colors - full).max(axis=2)[[0, 1, 3, 4]].max() > 0.1
    product.point_at(2, bias=True)
    np.testing.assert_allclose(frames(product)[2], around(product.biases.grid, 2, 0))
    product.point_at(None)
    assert frames(product) == []
    np.testing.assert_allclose(product.matrix.grid.image.pixels / 255, full, atol=1 / 255)
    assert set(seen(product.matrix)) == {1.0}


@pytest.mark.slow
def test_results_fill_one_by_one(product):
    product.show_filled([1, 0.5, 0, 0, 0])
    assert seen(product.result) == pytest.approx([1, 0.5, 0, 0, 0])
    colors = product.result.grid.image.pixels[:, 0] / 255
    full = cell_colors(product.values[:, None], product.result.limit, product.style)[:, 0]
    behind = product.style.behind.to_rgb()
    np.testing.assert_allclose(colors[1], (full[1] + behind) / 2, atol=1 / 255)
    np.testing.assert_allclose(colors[2:], np.tile(behind, (3, 1)), atol=1 / 255)
    copy = product.copy().show_filled(np.ones(5))
    np.testing.assert_array_equal(product.filled, [1, 0.5, 0, 0, 0])
    product.become(copy)
    np.testing.assert_array_equal(product.filled, np.ones(5))


@pytest.mark.slow
def test_of_a_large_matrix_a_part_is_shown():
    weights, vector = RNG.randn(20, 30), RNG.randn(30)
    product = MatrixProduct(weights, vector, max_shown=6, filled=False)
    assert product.matrix.shown_rows.tolist() == [0, 1, 2, 17, 18, 19]
    np.testing.assert_array_equal(product.values, weights @ vector)
    product.point_at(18, 12)  # among the columns that dots stand for
    np.testing.assert_allclose(
        frames(product)[2:],
        [around(product.matrix.grid, 5, 3), around(product.vector.grid, 3, 0)],
    )
    with pytest.raises(ValueError, match="row 9 is not shown: those are 0, 1, 2, 17, 18, 19"):
        product.point_at(9)


@pytest.mark.slow
def test_nothing_overlaps_and_the_sum_stands_beside_its_cell(product):
    parts = [product.matrix, product.vector, product.biases, product.result]
    grids = [part.grid for part in parts]
    for left, right in pairwise(grids):
        assert left.get_right()[0] < right.get_left()[0]
    product.show_sum(4, -12.5)
    number = product.running_sum
    assert number.number == -12.5
    assert number.get_left()[0] > product.result.grid.get_right()[0]
    assert number.get_y() == pytest.approx(product.result.grid.middle(4, 0)[1], abs=0.05)
    product.scale(0.5).shift([2, 1, 0]).show_sum(1, 0.25)
    assert number.get_y() == pytest.approx(product.result.grid.middle(1, 0)[1], abs=0.05)


@pytest.mark.slow
def test_titles_stand_above_their_parts():
    product = MatrixProduct(WEIGHTS, VECTOR, BIASES, titles=["W", "x", "b", "y"])
    parts = [product.matrix, product.vector, product.biases, product.result]
    assert [part.title.text for part in parts] == ["W", "x", "b", "y"]
    for part in parts:
        assert part.title.get_bottom()[1] > part.grid.get_top()[1]
        assert part.title.get_x() == pytest.approx(part.grid.get_x(), abs=0.02)


def test_it_is_drawn(picture):
    with temp_config({"pixel_width": 214, "pixel_height": 120, "dry_run": True}):
        scene = Scene()
        product = MatrixProduct([[1.0]], [2.0], cell=2)
        scene.add(product)
        full = cell_colors(np.array([[2.0]]), 2.0, product.style)[0, 0]
        middle = picture(scene)[60]
    assert np.isclose(middle, full, atol=0.03).all(axis=1).sum() > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([[1, 2]], [1]), r"not \(1, 2\) with \(1,\)"),
        (([1, 2], [1, 2]), r"shape \(rows, columns\)"),
        (([[1, 2]], [1, 2], [1, 2]), r"1 rows have biases of shape \(1,\)"),
        (([[np.nan]], [1]), "finite"),
    ],
)
def test_what_does_not_go_together(arguments, said):
    with pytest.raises(ValueError, match=said):
        MatrixProduct(*arguments)


def test_one_title_each():
    with pytest.raises(ValueError, match="2 titles are given for 3 parts"):
        MatrixProduct([[1]], [1], titles=["W", "x"])
