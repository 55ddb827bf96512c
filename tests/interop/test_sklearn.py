"""Multi-layer perceptrons of scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import ModelMismatchError, UnsupportedModelError
from nnviz.interop.sklearn import ACTIVATIONS

neural = pytest.importorskip("sklearn.neural_network")

RNG = np.random.RandomState(0)
X = RNG.randn(60, 4)
NEW = RNG.randn(5, 4)
TARGETS = {
    "two classes": RNG.randint(2, size=60),
    "named classes": np.array(["no", "yes"])[RNG.randint(2, size=60)],
    "three classes": RNG.randint(3, size=60),
    "three labels": RNG.randint(2, size=(60, 3)),
}


def fitted(estimator: Any, y: np.ndarray, x: np.ndarray = X) -> Any:
    with warnings.catch_warnings(action="ignore"):
        return estimator.set_params(max_iter=5, random_state=0).fit(x, y)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("target", TARGETS)
def test_classifiers(target: str, activation: str) -> None:
    model = fitted(neural.MLPClassifier([5, 3], activation), TARGETS[target])
    network = nnviz.from_sklearn(model)
    probabilities = model.predict_proba(NEW)
    output = "softmax" if target == "three classes" else "sigmoid"
    assert network.activations[-1].name == output
    assert [a.name for a in network.activations[:-1]] == [ACTIVATIONS[activation]] * 2
    assert network.cost_function.name == "cross-entropy"
    if target in ("two classes", "named classes"):
        probabilities = probabilities[:, 1:]
        assert (model.classes_[network.predict(NEW)] == model.predict(NEW)).all()
    np.testing.assert_allclose(network.feedforward(NEW), probabilities, rtol=1e-12)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("n_out", [1, 2])
def test_regressors(activation: str, n_out: int) -> None:
    y = X[:, :n_out].squeeze()
    model = fitted(neural.MLPRegressor(hidden_layer_sizes=[5, 3], activation=activation), y)
    network = nnviz.from_sklearn(model)
    assert (network.activations[-1].name, network.cost_function.name) == ("identity", "quadratic")
    expected = model.predict(NEW).reshape(-1, n_out)
    np.testing.assert_allclose(network.feedforward(NEW), expected, rtol=1e-12)


def test_single_precision() -> None:
    model = fitted(neural.MLPClassifier([5]), TARGETS["three classes"], X.astype(np.float32))
    assert model.coefs_[0].dtype == np.float32
    network = nnviz.from_sklearn(model)
    np.testing.assert_allclose(network.feedforward(NEW), model.predict_proba(NEW), rtol=1e-5)


def test_others_are_refused() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    with pytest.raises(UnsupportedModelError, match="MLPClassifier is not fitted: call fit first"):
        nnviz.from_sklearn(neural.MLPClassifier())
    with pytest.raises(UnsupportedModelError, match="LogisticRegression cannot be read"):
        nnviz.from_sklearn(LogisticRegression())
    with pytest.raises(UnsupportedModelError, match=r"Pipeline .*: give its last step"):
        nnviz.from_sklearn(make_pipeline(StandardScaler(), neural.MLPClassifier()))


def test_an_output_of_another_kind_is_refused() -> None:
    model = fitted(neural.MLPRegressor(hidden_layer_sizes=[3]), X[:, 0])
    model.out_activation_ = "exp"  # As with the loss "poisson".
    with pytest.raises(UnsupportedModelError, match="layer 2 of 2: the activation 'exp' is not"):
        nnviz.from_sklearn(model)


def test_a_gap_is_said() -> None:
    class Shifted(neural.MLPRegressor):  # type: ignore[misc, name-defined]
        def predict(self, x: np.ndarray) -> np.ndarray:
            return np.asarray(super().predict(x)) * 1.001

    model = fitted(Shifted(hidden_layer_sizes=[3]), X[:, 0])
    with pytest.raises(ModelMismatchError, match=r"this Shifted .* differ by 0\.001 of the"):
        nnviz.from_sklearn(model)
    assert nnviz.from_sklearn(model, check=False).sizes == (4, 3, 1)
