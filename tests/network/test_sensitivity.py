"""How single parameters act on the cost: against central differences and the network itself."""

import numpy as np
import pytest

from nnviz.network import (
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    Network,
    NetworkError,
    WeightToCost,
    cost_of_nudge,
    requested_changes,
)


def central_difference(example, w, step=1e-5):
    return (example.links(w + step).cost - example.links(w - step).cost) / (2 * step)


def test_the_simplest_networks_values_are_the_videos():
    links = WeightToCost(Network.random([1, 1, 1, 1], seed=6), [0.5], [1.0]).links()
    values = (links.w, links.z, links.a, links.cost)
    assert values == pytest.approx((0.913, 0.660, 0.659, 0.116), abs=2e-3)


@pytest.mark.parametrize("w", [-3.0, 0.0, 0.4132, None, 1.0, 5.0])
def test_three_factors_multiply_to_the_central_difference(w):
    example = WeightToCost(Network.random([1, 1, 1, 1], seed=6), [0.5], [1.0])
    at = example.links(w).w
    assert np.prod(example.factors(w)) == pytest.approx(central_difference(example, at), rel=1e-6)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "identity"])
def test_in_larger_networks_too_and_as_backprop_says(activation):
    network = Network.random([4, 3, 2], seed=1, activations=activation)
    x, y = [0.1, -0.7, 0.3, 0.9], [1.0, 0.0]
    gradient = network.backprop(x, y).weights[-1]
    for output in range(2):
        for source in range(3):
            example = WeightToCost(network, x, y, output, source)
            product = np.prod(example.factors())
            assert product == pytest.approx(gradient[output, source], rel=1e-9)
            difference = central_difference(example, example.links().w)
            assert product == pytest.approx(difference, rel=1e-5, abs=1e-9)


def test_another_weight_leaves_the_network_alone():
    network = Network.random([1, 1, 1, 1], seed=6)
    example = WeightToCost(network, [0.5], [1.0])
    assert example.links(2.0).w == 2.0
    assert example.network == Network.random([1, 1, 1, 1], seed=6)
    assert example.with_weight(None) is network


def test_other_last_layers_have_no_such_weight():
    network = Network([Dense(np.eye(2), [0, 0]), Flatten()])
    with pytest.raises(NetworkError, match="a flatten"):
        WeightToCost(network, [1, 2], [1, 2]).links()


def test_requested_changes_are_each_examples_own_negative_gradient():
    network = Network.random([4, 6, 3], seed=1)
    x = np.random.RandomState(2).random_sample((5, 4))
    y = np.eye(3)[[0, 1, 2, 1, 0]]
    parameters = [3, 10, network.n_parameters - 1]
    asked = requested_changes(network, x, y, parameters)
    assert asked.shape == (3, 5)
    eps = 1e-6
    for row, index in enumerate(parameters):
        nudge = eps * np.eye(1, network.n_parameters, index)[0]
        up, down = (network.with_parameters(network.flatten() + s * nudge) for s in (1, -1))
        for k in range(5):
            slope = (up.cost(x[k], y[k]) - down.cost(x[k], y[k])) / (2 * eps)
            assert asked[row, k] == pytest.approx(-slope, abs=1e-7)
    together = -network.backprop(x, y).flatten()[parameters]
    assert asked.mean(axis=1) == pytest.approx(together)


@pytest.mark.parametrize("index", [-1, 51])
def test_a_parameter_that_is_not_there_is_an_error(index):
    network = Network.random([4, 6, 3], seed=1)
    assert network.n_parameters == 51
    with pytest.raises(ValueError, match="counted from 0 to 50"):
        requested_changes(network, np.zeros((1, 4)), np.eye(3)[:1], [0, index])


def test_the_cost_of_a_nudge_is_that_of_the_nudged_network():
    rng = np.random.RandomState(0)
    layers = [
        Conv2D.random(1, 2, 3, rng, activation="tanh"),
        MaxPool2D(2),
        Flatten(),
        Dense.random(8, 3, rng, "softmax"),
    ]
    network = Network(layers, "cross-entropy", (1, 6, 6))
    x, y = rng.randn(4, 1, 6, 6), np.eye(3)[[0, 1, 2, 0]]
    for index in (0, 17, 19, 20, 43, 46):
        cost_at = cost_of_nudge(network, x, y, index)
        for change in (0.0, 0.7, -2.0):
            assert cost_at(change) == pytest.approx(network.nudged(index, change).cost(x, y))
        slope = (cost_at(1e-5) - cost_at(-1e-5)) / 2e-5
        assert network.backprop(x, y).flatten()[index] == pytest.approx(slope, rel=1e-5, abs=1e-9)
    with pytest.raises(NetworkError, match="counted from 0 to 46, there is none 47"):
        cost_of_nudge(network, x, y, 47)
