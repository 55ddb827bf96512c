"""Layers as one value: cut, counted through, and with a way from a number to its parameter."""

import copy
import pickle

import numpy as np
import pytest

from nnviz.network import (
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    Gradient,
    MaxPool2D,
    Network,
    NetworkError,
    ParameterPlace,
)


@pytest.fixture
def network() -> Network:
    rng = np.random.RandomState(3)
    return Network(
        [
            Conv2D.random(1, 2, 3, rng, activation="relu"),
            BatchNorm([1.0, 2.0], [0.5, -0.5], [0.1, 0.2], [1.0, 2.0]),
            MaxPool2D(2),
            Flatten(),
            Dense.random(8, 3, rng, "softmax"),
        ],
        cost="cross-entropy",
        input_shape=(1, 6, 6),
    )


X = np.random.RandomState(4).randn(5, 1, 6, 6)
Y = np.eye(3)[[0, 1, 2, 1, 0]]


def test_attributes(network: Network) -> None:
    assert network.shapes == ((1, 6, 6), (2, 4, 4), (2, 4, 4), (2, 2, 2), (8,), (3,))
    assert network.sizes == (36, 32, 32, 8, 8, 3)
    assert network.parameter_shapes == (((2, 1, 3, 3), (2,)), ((2,), (2,)), (), (), ((3, 8), (3,)))
    assert network.n_parameters == 18 + 2 + 4 + 24 + 3
    assert repr(network) == (
        "Network(1x6x6-2x4x4-2x4x4-2x2x2-8-3, relu/softmax, cross-entropy, 51 parameters)"
    )
    with pytest.raises(NetworkError, match=r"layers\[0\] is a conv2d"):
        _ = network.weights
    for twin in (copy.copy(network), copy.deepcopy(network)):
        assert twin is network
    assert pickle.loads(pickle.dumps(network)) == network
    assert hash(pickle.loads(pickle.dumps(network))) == hash(network)
    assert network != network.replace(cost="quadratic")
    flat = Network([Flatten()], input_shape=(1, 2, 3))
    assert flat != Network([Flatten()], input_shape=(1, 3, 2))


def test_every_method_answers_in_kind(network: Network) -> None:
    forward, backward = network.forward_pass(X), network.backward_pass(X, Y)
    for k in range(5):
        one, back = network.forward_pass(X[k]), network.backward_pass(X[k], Y[k])
        for ours, theirs in zip(
            (*one.zs, *one.activations, *back.errors, *back.activation_gradients),
            (
                *forward.zs,
                *forward.activations,
                *backward.errors,
                *backward.activation_gradients,
            ),
            strict=True,
        ):
            np.testing.assert_allclose(ours, theirs[k], rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(network.feedforward(X[k]), forward.output[k])
        assert network.predict(X[k]) == network.predict(X)[k]
    assert [z.shape[1:] for z in forward.zs] == list(network.shapes[1:])
    assert network.cost(X, Y) == pytest.approx(
        np.mean([network.cost(*pair) for pair in zip(X, Y, strict=True)])
    )
    with pytest.raises(NetworkError, match=r"x.reshape\(-1, 1, 6, 6\)"):
        network.feedforward(X.reshape(5, 36))
    with pytest.raises(NetworkError, match=r"shape \(1, 6, 6\) or \(batch, 1, 6, 6\)"):
        network.feedforward(X[:, 0])
    assert network.feedforward(X[:0]).shape == (0, 3)


def test_many_images_are_computed_in_parts_that_agree(network: Network) -> None:
    many = np.random.RandomState(5).randn(150, 1, 6, 6)
    np.testing.assert_allclose(
        network.feedforward(many), network.forward_pass(many).output, rtol=1e-12
    )


def test_gradients_by_central_differences_and_each_on_its_own(network: Network) -> None:
    step, gradient = 1e-5, network.backprop(X, Y)
    expected = [
        (network.nudged(k, step).cost(X, Y) - network.nudged(k, -step).cost(X, Y)) / (2 * step)
        for k in range(network.n_parameters)
    ]
    np.testing.assert_allclose(gradient.flatten(), expected, rtol=1e-5, atol=1e-9)
    each = network.backprop_each(X, Y)
    assert len(each) == 5
    np.testing.assert_allclose((sum(each[1:], each[0]) / 5).flatten(), gradient.flatten())
    np.testing.assert_array_equal(each[2].flatten(), network.backprop(X[2], Y[2]).flatten())
    with pytest.raises(NetworkError, match=r"batch of shape \(n, 1, 6, 6\), not one example"):
        network.backprop_each(X[0], Y[0])


def test_steps(network: Network) -> None:
    gradient = network.backprop(X, Y)
    assert network.step(gradient, 0.5) == network - 0.5 * gradient
    assert (network - 0.01 * gradient).cost(X, Y) < network.cost(X, Y)
    moved = network.step(gradient)
    # What is no parameter stays.
    for ours, theirs in zip(moved.layers, network.layers, strict=True):
        for one, other in zip(ours.statistics, theirs.statistics, strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(NetworkError, match="does not fit a network"):
        network.step(Gradient(gradient.parts[:-1]))


def test_cuts(network: Network) -> None:
    forward = network.forward_pass(X)
    for k in range(5):
        rest = network[k:]
        assert rest.layers == network.layers[k:]
        assert rest.input_shape == network.shapes[k]
        np.testing.assert_array_equal(rest.feedforward(forward.activations[k]), forward.output)
        assert rest.cost(forward.activations[k], Y) == pytest.approx(network.cost(X, Y))
    assert network[:] == network
    front = network.replace(cost="quadratic")[:3]
    np.testing.assert_array_equal(front.feedforward(X), forward.activations[3])
    assert repr(front) == "Network(1x6x6-2x4x4-2x4x4-2x2x2, relu, quadratic, 24 parameters)"
    with pytest.raises(NetworkError, match=r"outputs of shape \(2, 2, 2\) stand for no classes"):
        front.predict(X)
    assert "identity" in repr(Network([Flatten()], input_shape=2))
    with pytest.raises(NetworkError, match="not defined for identity outputs"):
        _ = network[:3]
    with pytest.raises(NetworkError, match="at least one layer"):
        _ = network[5:]
    with pytest.raises(NetworkError, match="not every 2"):
        _ = network[::2]
    with pytest.raises(TypeError, match=r"ask for layers\[1\]"):
        _ = network[1]  # type: ignore[index]
    with pytest.raises(NetworkError, match=r"y: must have shape \(2, 2, 2\) or"):
        front.cost(X, Y)
    assert front.cost(X, forward.activations[3]) == 0.0


def test_places_of_parameters(network: Network) -> None:
    flat = network.flatten()
    for index in range(network.n_parameters):
        layer, name, position = network.locate(index)
        assert getattr(network.layers[layer], name)[position] == flat[index]
        assert network.index_of(layer, name, position) == index
    assert network.locate(10) == ParameterPlace(0, "kernels", (1, 0, 0, 1))
    assert network.locate(20) == (1, "scale", (0,))
    assert network.locate(np.int64(50)) == (4, "biases", (2,))
    for wrong in (51, -1):
        with pytest.raises(NetworkError, match="parameter"):
            network.locate(wrong)
    with pytest.raises(NetworkError, match=r"layers\[2\] has no parameters called 'weights'"):
        network.index_of(2, "weights", (0, 0))
    for position in ((3, 0), (0,), (0, -1), (0.5, 0)):
        with pytest.raises(NetworkError, match=r"weights has shape \(3, 8\): there is nothing at"):
            network.index_of(4, "weights", position)


def test_a_nudge(network: Network) -> None:
    nudged = network.nudged(7, 0.25)
    np.testing.assert_allclose(
        nudged.flatten() - network.flatten(), 0.25 * np.eye(51)[7], atol=1e-15
    )
    assert nudged.layers[1:] == network.layers[1:]
