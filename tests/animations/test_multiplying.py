"""Products that are counted up: exact sums at every moment, and the engine's at the end."""

from __future__ import annotations

import numpy as np
import pytest
from manim import RIGHT, Scene, VGroup

from nnviz import DotProducts, MatrixProduct, MultiplyMatrix, VectorColumn
from nnviz._manim import temp_config
from nnviz.mobjects.network.derivative_numbers import number_of

RNG = np.random.RandomState(2)
WEIGHTS, VECTOR, BIASES = RNG.randn(4, 20), RNG.randn(20), RNG.randn(4)


def frames(product):
    return sum(frame.get_stroke_opacity() > 0 for frame in product.marks)


def moments(animation, count):
    animation.begin()
    for share in np.linspace(0, 1, count, endpoint=False):
        animation.interpolate(share)
        yield share


@pytest.mark.every(2)
@pytest.mark.parametrize("bias_first", [False, True])
@pytest.mark.parametrize("max_shown", [6, 30])
def test_sums_count_up_row_by_row(bias_first, max_shown):
    product = MatrixProduct(WEIGHTS, VECTOR, BIASES, max_shown=max_shown, filled=False)
    animation = MultiplyMatrix(product, [3, 0], bias_first=bias_first)
    read: dict[int, list[float]] = {3: [], 0: []}
    for share in moments(animation, 200):
        row = 3 if share < 0.5 else 0
        np.testing.assert_array_equal(product.filled[1:3], 0)
        assert product.filled[3 - row] == (row == 0)
        number = product.running_sum
        assert number.get_fill_opacity() == 1
        assert frames(product) >= 2
        read[row].append(number.number)
    for row, values in read.items():
        terms = WEIGHTS[row] * VECTOR
        terms = [BIASES[row], *terms] if bias_first else [*terms, BIASES[row]]
        sums = np.cumsum(terms)
        at = [int(np.abs(sums - value).argmin()) for value in values]
        assert np.abs(sums[at] - values).max() < 0.005  # two decimals tell
        assert at == sorted(at)
        assert set(at) == set(range(21))
        assert values[-1] == pytest.approx(WEIGHTS[row] @ VECTOR + BIASES[row], abs=0.005)
    animation.finish()
    np.testing.assert_array_equal(product.filled, [1, 0, 0, 1])
    np.testing.assert_array_equal(product.values, WEIGHTS @ VECTOR + BIASES)
    assert frames(product) == 0
    assert product.running_sum.get_fill_opacity() == 0


def test_some_rows_at_a_time():
    product = MatrixProduct(WEIGHTS, VECTOR, filled=False)
    for rows, filled in (([2], [0, 0, 1, 0]), ([0, 1], [1, 1, 1, 0])):
        animation = MultiplyMatrix(product, rows)
        animation.begin()
        animation.finish()
        np.testing.assert_array_equal(product.filled, filled)
    with pytest.raises(ValueError, match="row 4 is not shown"):
        MultiplyMatrix(product, [4])
    with pytest.raises(ValueError, match="at least one"):
        MultiplyMatrix(product, [])


@pytest.fixture
def meeting():
    query = VectorColumn([1.0, -2.0, 0.5], 0.4)
    keys = VGroup(*(VectorColumn(RNG.randn(3), 0.4) for _ in range(3)))
    keys.arrange(RIGHT, buff=1.5)
    query.next_to(keys, RIGHT, buff=2)
    style = query.style
    numbers = VGroup(*(number_of(0, 2, 0.2, style).set_fill(opacity=0) for _ in keys))
    return query, keys, numbers


def test_a_query_meets_keys_and_their_products_add_up(meeting):
    query, keys, numbers = meeting
    animation = DotProducts(query, keys, numbers)
    read: list[list[float]] = [[], [], []]
    for share in moments(animation, 120):
        met = int(3 * share + 1e-9)
        assert [number.get_fill_opacity() for number in numbers[met + 1 :]] == [0] * (2 - met)
        if numbers[met].get_fill_opacity():
            read[met].append(numbers[met].number)
            travels, frame = animation._extra
            assert travels.get_right()[0] == pytest.approx(keys[met].get_left()[0])
            if frame.get_stroke_opacity():
                inside = frame.width, travels.width + keys[met].width
                assert inside[0] == pytest.approx(inside[1], rel=0.05)
    for key, values in zip(keys, read, strict=True):
        sums = np.cumsum(query.values * key.values)
        assert list(dict.fromkeys(values)) == pytest.approx(sums, abs=0.005)
    animation.finish()
    wanted = [float(query.values @ key.values) for key in keys]
    assert [number.number for number in numbers] == pytest.approx(wanted, abs=0.005)


def test_what_has_travelled_is_taken_away(meeting):
    query, keys, numbers = meeting
    with temp_config({"dry_run": True, "frame_rate": 2, "pixel_height": 60, "pixel_width": 108}):
        scene = Scene()
        scene.add(query, keys, numbers)
        before = len(scene.get_mobject_family_members())
        scene.play(DotProducts(query, keys, numbers, [1], run_time=1))
    assert len(scene.get_mobject_family_members()) - before < 8  # digits of the number alone
    assert [number.get_fill_opacity() for number in numbers] == [0, 1, 0]


def test_keys_that_do_not_fit(meeting):
    query, keys, numbers = meeting
    with pytest.raises(ValueError, match="2 numbers are given for 3 keys"):
        DotProducts(query, keys, numbers[:2])
    keys.add(VectorColumn([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"keys\[3\] has 2 components, the query 3"):
        DotProducts(query, keys, VGroup(*numbers, numbers[0].copy()))
    with pytest.raises(ValueError, match="at least one"):
        DotProducts(query, keys[:3], numbers, [])
