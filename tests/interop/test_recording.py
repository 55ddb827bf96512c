"""Recordings of scikit-learn's estimators, of functions and of networks."""

import warnings

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor

import nnviz
from nnviz.interop import Recording, UnsupportedModelError
from nnviz.network import Network, NetworkError

X, Y = make_moons(80, noise=0.1, random_state=0)


def test_a_loop_of_partial_fit():
    model = MLPClassifier((5, 4), random_state=0)
    recording = Recording(model)  # before anybody has fitted it
    probabilities = []
    for _ in range(6):
        model.partial_fit(X, Y, classes=[0, 1])
        recording(cost=model.loss_, accuracy=model.score(X, Y))
        probabilities.append(model.predict_proba(X)[:, 1])
    assert [s.epoch for s in recording] == [1, 2, 3, 4, 5, 6]
    assert recording[-1].accuracy == model.score(X, Y)
    assert recording[-1].cost == pytest.approx(model.loss_)
    for snapshot, expected in zip(recording, probabilities, strict=True):
        np.testing.assert_allclose(snapshot.network.feedforward(X)[:, 0], expected, atol=1e-5)


def test_a_loop_of_fit_with_warm_start(tmp_path):
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=1, warm_start=True, random_state=0)
    recording = nnviz.Recording(model, most=3)
    with warnings.catch_warnings(action="ignore"):
        for _ in range(9):
            model.fit(X, Y)
            recording(cost=model.loss_)
    assert [s.epoch for s in recording] == [1, 5, 9]
    recording.save(tmp_path / "r.npz")
    again = Recording.load(tmp_path / "r.npz")
    np.testing.assert_allclose(
        again[-1].network.feedforward(X)[:, 0], model.predict(X), rtol=1e-4, atol=1e-5
    )
    with pytest.raises(NetworkError, match="has no model: it was loaded, or made from reports"):
        again()


def test_a_network_and_a_function_that_returns_one():
    network = Network.random([2, 3, 1], seed=0)
    recording, current = Recording(network), [network]
    asking = Recording(lambda: current[0])
    for report in network.sgd(X, Y, epochs=3):
        recording(network=report.network, cost=report.cost)
        current[0] = report.network
        asking(cost=report.cost)
    assert len(recording) == len(asking) == 3
    for one, other in zip(recording, asking, strict=True):
        assert one.network == other.network
        assert one.cost == other.cost
    with pytest.raises(NetworkError, match=r"never changes: give the trained one.*network=\.\.\."):
        recording()
    of = Recording.of(network.sgd(X, Y, epochs=3))
    assert [s.network for s in of] == [s.network for s in recording]


def test_models_that_cannot_be_read_are_refused_at_once():
    with pytest.raises(UnsupportedModelError, match="KMeans: it is not supported"):
        Recording(KMeans())
    with pytest.raises(UnsupportedModelError, match="LogisticRegression is not fitted"):
        Recording(LogisticRegression())
    with pytest.raises(
        UnsupportedModelError,
        match=r"3 is not supported; supported are .* and a function that returns one",
    ):
        Recording(3)
    with pytest.raises(UnsupportedModelError, match="has to return a Network; it returned a list"):
        Recording(lambda: [])
    with pytest.raises(NetworkError, match="give megabytes="):
        Recording(Network.random([100, 100, 10], seed=0), megabytes=0.01)
    with pytest.raises(NetworkError, match="is not fitted: call partial_fit or fit first"):
        Recording(MLPClassifier())()


def test_an_output_that_the_loss_has():
    linear = Network.random([2, 3, 2], seed=0, activations=["tanh", "identity"])
    recording = Recording(linear, output="softmax")
    recording(network=linear)  # a network that is given is taken as it is
    assert recording[0].network.activations[-1].name == "softmax"
    assert recording[0].network.cost_function.name == "cross-entropy"
    with pytest.raises(
        NetworkError, match="whose last layer is linear; the last layer of this one"
    ):
        Recording(Network.random([2, 3, 2], seed=0), output="softmax")


def test_linear_models_are_recorded_once_they_are_fitted():
    x, y = make_moons(40, random_state=0)
    model = Perceptron().partial_fit(x[:20], y[:20], classes=[0, 1])
    recording = Recording(model)
    recording()
    before = model.coef_.copy()
    model.partial_fit(x[20:], y[20:])
    recording()
    first, last = (report.network for report in recording)
    np.testing.assert_allclose(first.weights[0], before, rtol=1e-6)
    np.testing.assert_allclose(last.weights[0], model.coef_, rtol=1e-6)
