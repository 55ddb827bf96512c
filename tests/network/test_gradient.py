import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.network import Gradient, Network, NetworkError

SIZES = (3, 4, 2)
SHAPES = (((4, 3), (4,)), ((2, 4), (2,)))
N = 26
vectors = st.integers(0, 2**32 - 1).map(lambda seed: np.random.RandomState(seed).randn(N))


@given(vectors, vectors, st.floats(-10, 10))
def test_it_is_a_vector_space(u: np.ndarray, v: np.ndarray, c: float) -> None:
    a, b = Gradient.from_vector(u, SHAPES), Gradient.from_vector(v, SHAPES)
    np.testing.assert_array_equal(a.flatten(), u)
    np.testing.assert_array_equal((a + b).flatten(), u + v)
    np.testing.assert_array_equal((a - b).flatten(), u - v)
    np.testing.assert_array_equal((-a).flatten(), -u)
    np.testing.assert_array_equal((c * a).flatten(), c * u)
    np.testing.assert_array_equal((a * c).flatten(), c * u)
    np.testing.assert_allclose((a / 4).flatten(), u / 4)
    assert a.norm == pytest.approx(np.linalg.norm(u))


def test_numpy_numbers_multiply_from_the_left() -> None:
    gradient = Gradient.from_vector(np.arange(N), SHAPES)
    for factor in (np.float64(2), np.float32(2), np.int64(2), np.array(2.0)):
        product = factor * gradient
        assert isinstance(product, Gradient)
        np.testing.assert_array_equal(product.flatten(), 2 * np.arange(N))
    with pytest.raises(TypeError):
        np.ones(3) * gradient
    with pytest.raises(TypeError):
        gradient + 1  # type: ignore[operator]


def test_it_is_shaped_like_the_parameters() -> None:
    network = Network.random(SIZES, seed=1)
    gradient = network.backprop([1, 2, 3], [0, 1])
    assert gradient.shapes == network.parameter_shapes == SHAPES
    assert [w.shape for w in gradient.weights] == [w.shape for w in network.weights]
    assert [b.shape for b in gradient.biases] == [b.shape for b in network.biases]
    assert repr(Gradient.dense([[[3.0]]], [[4.0]])) == "Gradient(2 parameters, norm 5)"


def test_bad_shapes() -> None:
    with pytest.raises(NetworkError, match="there are 1 and 0"):
        Gradient.dense([np.ones((1, 1))], [])
    with pytest.raises(NetworkError, match=r"26 parameters.*\(26,\), not \(27,\)"):
        Gradient.from_vector(np.ones(27), SHAPES)
    with pytest.raises(NetworkError, match=r"\(4, 3\).* and .*\(1, 1\).* cannot be combined"):
        Gradient.from_vector(np.ones(N), SHAPES) + Gradient.dense([[[3.0]]], [[4.0]])
    with pytest.raises(NetworkError, match=r"not that of dense layers alone.*parts\[0\]"):
        _ = Gradient([[np.ones((2, 1, 3, 3)), np.ones(2)]]).weights
