"""Trainings that the tests of charts share."""

import numpy as np
import pytest

from nnviz.network import Network

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1], [0.4, 0.2], [0.3, 0.9]])
Y = np.array([0, 1, 1, 0, 0, 1])


@pytest.fixture(scope="session")
def xor():
    """Return inputs, labels, the network before and reports of its training: one sigmoid output."""
    network = Network.random([2, 4, 1], seed=1, cost="cross-entropy")
    return X, Y, network, list(network.train(X, Y, epochs=7, optimizer="adam", eta=0.2))


@pytest.fixture(scope="session")
def three_classes():
    """Return the same with three classes and a softmax."""
    rng = np.random.RandomState(0)
    labels = np.arange(60) % 3
    x = np.array([[0, 1], [-1, -0.5], [1, -0.5]])[labels] + 0.3 * rng.randn(60, 2)
    network = Network.random(
        [2, 5, 3], seed=0, activations=["tanh", "softmax"], cost="cross-entropy"
    )
    reports = list(network.train(x, np.eye(3)[labels], epochs=5, optimizer="adam", eta=0.05))
    return x, labels, network, reports
