"""The chain of the calculus: against central differences and the network itself."""

import numpy as np
import pytest

from nnviz.network import Dense, Flatten, Network, NetworkError
from weight_to_cost import WeightToCost


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
