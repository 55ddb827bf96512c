import copy
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz import mnist
from nnviz.network import ACTIVATIONS, Gradient, Network, NetworkError, one_hot


@pytest.fixture
def small() -> Network:
    return Network.random([3, 4, 2], seed=5)


# --- the numbers of the 2017 videos


def test_legacy_order_gives_the_two_of_the_chapter() -> None:
    network = Network.random([784, 16, 16, 10], seed=0)
    two = mnist.first_of_each_digit()[2][0]
    shown = [f"{a:.1f}" for a in network.feedforward(two)]
    assert shown == ["0.5", "0.8", "0.2", "1.0", "0.4", "0.6", "1.0", "0.0", "0.2", "0.1"]
    assert network.n_parameters == 13_002


def test_legacy_order_gives_the_simplest_network() -> None:
    network = Network.random([1, 1, 1, 1], seed=6)
    weights = [w.item() for w in network.weights]
    biases = [b.item() for b in network.biases]
    np.testing.assert_allclose(weights, [-0.899, -2.487, 0.913], atol=5e-4)
    np.testing.assert_allclose(biases, [-0.312, 0.729, 0.218], atol=5e-4)
    forward = network.forward_pass([0.5])
    np.testing.assert_allclose(
        np.concatenate(forward.activations), [0.5, 0.318, 0.484, 0.659], atol=5e-4
    )
    assert forward.zs[-1].item() == pytest.approx(0.660, abs=5e-4)
    assert network.cost([0.5], [1.0]) == pytest.approx(0.116, abs=5e-4)


def test_random_draws_biases_first_from_the_generator_given() -> None:
    rng = np.random.RandomState(3)
    network = Network.random([2, 3, 1], rng=rng)
    stream = np.random.RandomState(3).randn(3 + 1 + 6 + 3 + 1)
    drawn = np.concatenate([*network.biases, *(w.ravel() for w in network.weights), [rng.randn()]])
    np.testing.assert_array_equal(drawn, stream)
    assert network == Network.random([2, 3, 1], seed=3)


def test_scaled_divides_by_the_root_of_the_inputs() -> None:
    plain, scaled = (Network.random([16, 9, 4], 1, scaled=s) for s in (False, True))
    np.testing.assert_allclose(scaled.weights[0], plain.weights[0] / 4)
    np.testing.assert_allclose(scaled.weights[1], plain.weights[1] / 3)
    np.testing.assert_array_equal(scaled.biases[0], plain.biases[0])


# --- a value


def test_attributes(small: Network) -> None:
    assert small.sizes == (3, 4, 2)
    assert [w.shape for w in small.weights] == [(4, 3), (2, 4)]
    assert [b.shape for b in small.biases] == [(4,), (2,)]
    assert small.n_parameters == 26
    assert repr(small) == "Network(3-4-2, sigmoid, quadratic, 26 parameters)"


def test_nothing_changes_it(small: Network) -> None:
    with pytest.raises(ValueError, match="read-only"):
        small.weights[0][0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        small.biases[0][0] = 1.0
    source = np.ones((2, 3))
    network = Network.dense([source], [np.zeros(2)])
    source[:] = 7.0
    assert (network.weights[0] == 1.0).all()
    before = small.flatten()
    small.step(small.backprop([1, 2, 3], [0, 1]), 10.0)
    list(small.sgd(np.ones((4, 3)), np.ones((4, 2)), epochs=2))
    np.testing.assert_array_equal(small.flatten(), before)


def test_equality_and_copies(small: Network) -> None:
    again = Network.random([3, 4, 2], seed=5)
    assert again == small
    assert hash(again) == hash(small)
    assert copy.deepcopy(small) == small
    assert copy.copy(small) == small
    assert small != Network.random([3, 4, 2], seed=6)
    assert small != small.replace(cost="cross-entropy")
    assert small != Network.random([3, 4, 2], seed=5, activations="tanh")
    assert small != Network.random([3, 4, 3], seed=5)
    assert small != "network"
    plus, minus = (Network.dense([[[1.0]]], [[zero]]) for zero in (0.0, -0.0))
    assert plus == minus
    assert hash(plus) == hash(minus)
    assert len({small.cost_function, small.activations[0]}) == 2


def test_parameters_as_a_vector(small: Network) -> None:
    assert small.with_parameters(small.flatten()) == small
    doubled = small.with_parameters(2 * small.flatten())
    np.testing.assert_array_equal(doubled.weights[1], 2 * small.weights[1])
    with pytest.raises(NetworkError, match=r"26 parameters.*\(26,\), not \(25,\)"):
        small.with_parameters(np.zeros(25))


def test_arithmetic_with_gradients(small: Network) -> None:
    x, y = np.array([0.2, -1.0, 3.0]), np.array([1.0, 0.0])
    gradient = small.backprop(x, y)
    assert small.step(gradient, 0.5) == small - 0.5 * gradient
    assert small + (-gradient) == small - gradient
    stepped = small - 0.1 * gradient
    # To first order the cost falls by the learning rate times |gradient|^2.
    fall = small.cost(x, y) - stepped.cost(x, y)
    assert fall == pytest.approx(0.1 * gradient.norm**2, rel=0.1)
    with pytest.raises(NetworkError, match=r"\(1, 2\).* does not fit a network of .*\(4, 3\)"):
        small.step(Gradient.dense([[[1.0, 1.0]]], [[1.0]]))
    with pytest.raises(TypeError):
        small - 1.0  # type: ignore[operator]


# --- vectors and batches


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    batch=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
    output=st.sampled_from(list(ACTIVATIONS)),
)
def test_a_batch_is_a_stack_of_vectors(
    sizes: list[int], batch: int, seed: int, output: str
) -> None:
    rng = np.random.RandomState(seed)
    activations = ["tanh"] * (len(sizes) - 2) + [output]
    network = Network.random(sizes, rng=rng, activations=activations)
    x, y = rng.randn(batch, sizes[0]), rng.rand(batch, sizes[-1])
    close = {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(
        network.feedforward(x), [network.feedforward(row) for row in x], **close
    )
    pairs = list(zip(x, y, strict=True))
    assert network.cost(x, y) == pytest.approx(np.mean([network.cost(*pair) for pair in pairs]))
    mean = sum((network.backprop(*p).flatten() for p in pairs), np.zeros(network.n_parameters))
    np.testing.assert_allclose(network.backprop(x, y).flatten(), mean / batch, **close)
    whole = network.backward_pass(x, y)
    for k, pair in enumerate(pairs):
        single = network.backward_pass(*pair)
        for ours, theirs in zip(whole.errors, single.errors, strict=True):
            np.testing.assert_allclose(ours[k], theirs, **close)


def test_shapes_of_a_forward_pass(small: Network) -> None:
    forward = small.forward_pass(np.ones((7, 3)))
    assert [a.shape for a in forward.activations] == [(7, 3), (7, 4), (7, 2)]
    assert [z.shape for z in forward.zs] == [(7, 4), (7, 2)]
    assert small.feedforward(np.ones((0, 3))).shape == (0, 2)
    assert small.feedforward([1, 2, 3]).shape == (2,)


def test_accuracy_and_prediction() -> None:
    # The identity: the prediction is the place of the largest input.
    network = Network.dense([np.eye(3)], [np.zeros(3)])
    x = np.array([[9.0, 1, 2], [0, 5, 1], [0, 1, 2], [3, 2, 1]])
    np.testing.assert_array_equal(network.predict(x), [0, 1, 2, 0])
    assert network.accuracy(x, [0, 1, 2, 2]) == 0.75
    assert network.accuracy(x[0], 0) == 1.0
    with pytest.raises(NetworkError, match=r"shape \(3,\) for predictions of shape \(4,\)"):
        network.accuracy(x, [0, 1, 2])
    with pytest.raises(NetworkError, match="between 0 and 2, but one is 3"):
        network.accuracy(x, [0, 1, 2, 3])
    with pytest.raises(NetworkError, match="no examples"):
        network.accuracy(np.empty((0, 3)), [])


def test_one_hot() -> None:
    np.testing.assert_array_equal(one_hot(2, 4), [0, 0, 1, 0])
    np.testing.assert_array_equal(one_hot([1, 0], 2), [[0, 1], [1, 0]])
    assert one_hot(np.array([3, 9], dtype=np.uint8)).shape == (2, 10)
    assert one_hot([]).shape == (0, 10)
    for wrong in (10, -1, [0, 11]):
        with pytest.raises(NetworkError, match="between 0 and 9"):
            one_hot(wrong)
    for wrong in (1.0, "2", [[1]]):
        with pytest.raises(NetworkError, match="must be an integer"):
            one_hot(wrong)


# --- bad input

W, B = np.ones((2, 3)), np.zeros(2)


@pytest.mark.parametrize(
    ("weights", "biases", "message"),
    [
        ([], [], "at least one: there are 0 and 0"),
        ([W], [B, B], "there are 1 and 2"),
        ([W, W], [B, B], r"1\], dense: weights of shape \(2, 3\) take.*\(3,\), not \(2,\)"),
        ([W.T], [B], r"0\], dense: weights look transposed: .*\(3, 2\) would fit as \(2, 3\)"),
        ([W], [np.zeros((2, 1))], r"0\], dense: biases must have.* \(2,\).*not \(2, 1\)"),
        ([W], [np.zeros(4)], r"0\], dense: biases must have.* \(2,\).*not \(4,\)"),
        ([np.ones(3)], [B], r"0\], dense: weights must have.* \(n_out, n_in\), not \(3,\)"),
        ([np.ones((2, 0))], [B], r"0\], dense: weights must have shape"),
        ([W * np.nan], [B], r"0\], dense: weights: contains a NaN or an infinity"),
        ([W], [B + np.inf], r"0\], dense: biases: contains a NaN or an infinity"),
        ([W.astype(object)], [B], r"0\], dense: weights: .* not an array of object"),
        ([W * 1j], [B], r"0\], dense: weights: .* not an array of complex128"),
        ([[["a", "b"]]], [[0]], r"0\], dense: weights: must be real numbers"),
        ([[[1, 2], [3]]], [B], r"0\], dense: weights: rows of different lengths"),
    ],
)
def test_bad_parameters(weights: list, biases: list, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network.dense(weights, biases)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"activations": "sigmod"}, "'sigmod'"),
        ({"activations": [3, None]}, "is called 3"),
        ({"activations": ["sigmoid"]}, "1 functions for 2 layers"),
        ({"activations": "softmax(0)"}, r"no activation function is called 'softmax\(0\)'"),
        ({"cost": "quadric"}, "'quadric'; there are quadratic, cross-entropy"),
        ({"activations": "relu", "cost": "cross-entropy"}, "only for sigmoid and softmax"),
        ({"seed": 1, "rng": np.random.RandomState(0)}, "not both"),
    ],
)
def test_bad_options(keywords: dict, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network.random([3, 2, 2], **keywords)


@pytest.mark.parametrize("sizes", [[], [3], [3, 0], [3, -1], [3, 2.5], ["3", 2]])
def test_bad_sizes(sizes: list) -> None:
    with pytest.raises(NetworkError, match="sizes"):
        Network.random(sizes)


@pytest.mark.parametrize("name", ["layers", "graph", "parameters", "train", "colour"])
def test_no_attribute_of_a_network_can_be_set_or_deleted(small: Network, name: str) -> None:
    with pytest.raises(AttributeError, match=f"a network is a value: its {name} cannot be set"):
        setattr(small, name, ())
    with pytest.raises(AttributeError, match=f"its {name} cannot be deleted"):
        delattr(small, name)


@pytest.mark.parametrize("name", ["parts", "weights", "norm", "colour"])
def test_no_attribute_or_number_of_a_gradient_can_be_set(small: Network, name: str) -> None:
    gradient = small.backprop(np.ones(3), np.ones(2))
    with pytest.raises(AttributeError, match=f"a gradient is a value: its {name} cannot be set"):
        setattr(gradient, name, ())
    with pytest.raises(AttributeError, match=f"its {name} cannot be deleted"):
        delattr(gradient, name)
    arrays = [*gradient.weights, *gradient["dense1"].values()]
    arrays += [array for part in (0.5 * gradient + gradient).parts for array in part]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0


def test_without_a_seed_every_network_is_another_one() -> None:
    first, second = Network.random([3, 2]), Network.random([3, 2])
    assert first != second
    assert Network.random([3, 2], seed=0) == Network.random([3, 2], rng=np.random.RandomState(0))


def test_calling_a_network_is_its_output() -> None:
    network = Network.random([3, 4, 2], seed=1)
    x = np.random.RandomState(2).rand(5, 3)
    assert np.array_equal(network(x), network.feedforward(x))
    assert np.array_equal(network(x[0]), network.feedforward(x[0]))


def test_eta_is_another_name_of_the_learning_rate() -> None:
    network = Network.random([2, 3, 1], seed=1)
    gradient = network.backprop([1.0, 0.0], [1.0])
    assert network.step(gradient, eta=0.5) == network.step(gradient, learning_rate=0.5)
    assert network.step(gradient, 0.5) == network - 0.5 * gradient
    assert network.step(gradient) == network - gradient
    with pytest.raises(NetworkError, match="learning_rate and eta are two names of the same"):
        network.step(gradient, 0.5, eta=0.5)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones(4), r"x: must have shape \(3,\) or \(batch, 3\), not \(4,\)"),
        (np.ones((3, 1)), r"not \(3, 1\): it is a column, ask for x.ravel\(\)"),
        (np.ones((2, 2, 3)), r"not \(2, 2, 3\)"),
        (1.0, r"not \(\)"),
        ([1, 2, np.nan], "x: contains a NaN"),
        ([1, 2, "3"], "x: must be real numbers"),
        ([[1, 2, 3], [1, 2]], "x: rows of different lengths"),
        (None, "x: must be real numbers"),
    ],
)
@pytest.mark.parametrize("method", ["feedforward", "forward_pass", "predict", "cost", "backprop"])
def test_bad_input(small: Network, method: str, x: object, message: str) -> None:
    arguments = [x, [0, 1]] if method in ("cost", "backprop") else [x]
    with pytest.raises(NetworkError, match=message):
        getattr(small, method)(*arguments)


@pytest.mark.parametrize("method", ["cost", "backprop", "backward_pass", "output_error"])
def test_bad_targets(small: Network, method: str) -> None:
    compute = getattr(small, method)
    with pytest.raises(NetworkError, match=r"y: must have shape \(2,\)"):
        compute([1, 2, 3], [1, 2, 3])
    with pytest.raises(NetworkError, match="y: contains a NaN"):
        compute([1, 2, 3], [1, np.nan])
    with pytest.raises(NetworkError, match=r"same examples.*\(5, 3\) and \(4, 2\)"):
        compute(np.ones((5, 3)), np.ones((4, 2)))
    with pytest.raises(NetworkError, match="same examples"):
        compute(np.ones((5, 3)), np.ones(2))
    with pytest.raises(NetworkError, match="empty batch"):
        compute(np.ones((0, 3)), np.ones((0, 2)))


@pytest.mark.slow
def test_the_engine_and_the_data_do_without_manim() -> None:
    code = (
        "import sys, nnviz.network, nnviz.mnist\n"
        "nnviz.network.Network.random([2, 1], seed=0).feedforward([0, 0])\n"
        "nnviz.mnist.first_of_each_digit()\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('manim', 'cairo', 'scipy')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert result.stdout.strip() == "[]"
