"""How single parameters act on the cost: against central differences and the network itself."""

import numpy as np
import pytest

from nnviz.network import Conv2D, Dense, Flatten, MaxPool2D, Network, NetworkError, cost_of_nudge


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
