"""Networks, linear models and pipelines of scikit-learn."""

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


#: Linear classifiers, and what their network gives.
CLASSIFIERS = {
    "LogisticRegression": "predict_proba",
    "LogisticRegression(C=0.1, fit_intercept=False)": "predict_proba",
    "LogisticRegressionCV(Cs=2)": "predict_proba",
    "SGDClassifier(loss='log_loss')": "predict_proba",
    "SGDClassifier(loss='modified_huber')": "decision_function",
    "SGDClassifier": "decision_function",
    "Perceptron": "decision_function",
    "RidgeClassifier": "decision_function",
    "LinearSVC": "decision_function",
}
REGRESSORS = (
    *("LinearRegression", "LinearRegression(fit_intercept=False)", "Ridge", "RidgeCV"),
    *("Lasso(alpha=0.01)", "LassoCV(cv=2)", "ElasticNet(alpha=0.01)", "ElasticNetCV(cv=2)"),
    *("SGDRegressor", "HuberRegressor", "LinearSVR"),
)


def made(text: str) -> Any:
    """Make an estimator from its name and arguments."""
    from sklearn import linear_model, svm

    kinds = {**vars(linear_model), **vars(svm)}
    return eval(text if text.endswith(")") else f"{text}()", kinds)


@pytest.mark.parametrize("target", ["two classes", "named classes", "three classes"])
@pytest.mark.parametrize("text", CLASSIFIERS)
def test_linear_classifiers(text: str, target: str) -> None:
    with warnings.catch_warnings(action="ignore"):
        model = made(text).fit(X, TARGETS[target])
    apart = text == "SGDClassifier(loss='log_loss')" and target == "three classes"
    with warnings.catch_warnings(record=True, action="always") as notes:
        network = nnviz.from_sklearn(model)
    expected = getattr(model, CLASSIFIERS[text])(NEW)
    found = network.feedforward(NEW)
    if apart:
        (note,) = notes
        assert "predict_proba divides by their sum" in str(note.message)
        found = found / found.sum(axis=1, keepdims=True)
    elif CLASSIFIERS[text] == "predict_proba" and target != "three classes":
        expected = expected[:, 1:]
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=1e-12)
    probable = CLASSIFIERS[text] == "predict_proba"
    name = (
        "identity" if not probable else "softmax" if found.shape[1] > 1 and not apart else "sigmoid"
    )
    assert network.activations[-1].name == name
    assert network.cost_function.name == ("cross-entropy" if probable else "quadratic")
    if probable and not apart:
        assert (model.classes_[network.predict(NEW)] == model.predict(NEW)).all()


@pytest.mark.parametrize("n_out", [1, 2])
@pytest.mark.parametrize("text", REGRESSORS)
def test_linear_regressors(text: str, n_out: int) -> None:
    y = X @ RNG.randn(4, n_out) + 0.1 * RNG.randn(60, n_out)
    with warnings.catch_warnings(action="ignore"):
        try:
            model = made(text).fit(X, y.squeeze())
        except ValueError:
            assert n_out == 2
            pytest.skip("it has one output")
    network = nnviz.from_sklearn(model)
    assert network.cost_function.name == "quadratic"
    expected = model.predict(NEW).reshape(-1, n_out)
    np.testing.assert_allclose(network.feedforward(NEW), expected, rtol=1e-12)


#: Data far from 0, one feature of which never changes.
FAR = np.column_stack([X[:, :3] * [0.01, 5.0, 300.0] + [1000.0, -3.0, 50.0], np.full(60, 7.0)])
SCALERS = (
    *("StandardScaler()", "StandardScaler(with_mean=False)", "StandardScaler(with_std=False)"),
    *("MinMaxScaler()", "MinMaxScaler((-2, 3))", "MinMaxScaler(clip=True)", "MaxAbsScaler()"),
    *("RobustScaler()", "RobustScaler(with_centering=False)", "RobustScaler(with_scaling=False)"),
)


@pytest.mark.parametrize("text", SCALERS)
def test_pipelines(text: str) -> None:
    from sklearn import preprocessing
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    scaler = eval(text, dict(vars(preprocessing)))
    model = make_pipeline(scaler, "passthrough", LogisticRegression())
    with warnings.catch_warnings(action="ignore"):
        model.fit(FAR, TARGETS["three classes"])
    network = nnviz.from_sklearn(model)
    new = FAR[:5] * [1.001, 1.5, 2.0, 1.0]
    np.testing.assert_allclose(
        network.feedforward(new), model.predict_proba(new), rtol=1e-9, atol=1e-300
    )


def test_what_scales_is_not_trained() -> None:
    """Training changes the same numbers as without the scaler, by as much."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), neural.MLPRegressor(hidden_layer_sizes=[3]))
    with warnings.catch_warnings(action="ignore"):
        model.fit(FAR, X[:, 0])
    network = nnviz.from_sklearn(model)
    inner = nnviz.from_sklearn(model[-1])
    assert [layer.kind for layer in network.layers] == ["standardise", "dense", "dense"]
    assert network.n_parameters == inner.n_parameters
    *_, report = network.train(FAR, X[:, :1], epochs=2, learning_rate=0.1)
    *_, other = inner.train(model[0].transform(FAR), X[:, :1], epochs=2, learning_rate=0.1)
    whole, part = report.network, other.network
    for ours, theirs in zip(whole.layers[1:], part.layers, strict=True):
        np.testing.assert_allclose(ours.weights, theirs.weights, rtol=1e-9)
    np.testing.assert_array_equal(whole.layers[0].mean, network.layers[0].mean)


def test_the_best_of_a_search() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    y = TARGETS["two classes"]
    inner = make_pipeline(
        make_pipeline(StandardScaler(), MinMaxScaler()),
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
    )
    outer = RandomizedSearchCV(inner, {"gridsearchcv__cv": [2, 3]}, n_iter=2, cv=2, random_state=0)
    outer.fit(X, y)
    network = nnviz.from_sklearn(outer)
    assert [layer.kind for layer in network.layers] == ["standardise", "standardise", "dense"]
    np.testing.assert_allclose(
        network.feedforward(NEW), outer.predict_proba(NEW)[:, 1:], rtol=1e-12
    )
    with pytest.raises(UnsupportedModelError, match="GridSearchCV has no best estimator: call fit"):
        nnviz.from_sklearn(GridSearchCV(LogisticRegression(), {"C": [1.0]}))


def test_others_are_refused() -> None:
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler

    perceptron = neural.MLPClassifier
    with pytest.raises(UnsupportedModelError, match="MLPClassifier is not fitted: call fit first"):
        nnviz.from_sklearn(perceptron())
    with pytest.raises(UnsupportedModelError, match="LogisticRegression is not fitted: call fit"):
        nnviz.from_sklearn(LogisticRegression())
    with pytest.raises(
        UnsupportedModelError, match="KMeans: it is not supported; supported are MLPC"
    ):
        nnviz.from_sklearn(KMeans())
    with pytest.raises(
        UnsupportedModelError, match="step 'standardscaler', StandardScaler: it is not fitted"
    ):
        nnviz.from_sklearn(make_pipeline(StandardScaler(), perceptron()))
    for other in (Normalizer(), FunctionTransformer(np.log1p)):
        model = make_pipeline(StandardScaler(), other, perceptron())
        model[0].fit(X)
        name = type(other).__name__
        with pytest.raises(
            UnsupportedModelError, match=f"step '{name.lower()}', {name}: it is not supported bef"
        ):
            nnviz.from_sklearn(model)
    with pytest.raises(UnsupportedModelError, match="Pipeline has no steps"):
        nnviz.from_sklearn(make_pipeline("passthrough"))


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


def test_a_gap_of_a_pipeline_is_said() -> None:
    from sklearn.linear_model import Perceptron
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    class Scaler(StandardScaler):  # type: ignore[misc]
        def transform(self, x: np.ndarray) -> np.ndarray:
            return np.tanh(super().transform(x))

    model = make_pipeline(Scaler(), Perceptron()).fit(FAR, TARGETS["two classes"])
    with pytest.raises(ModelMismatchError, match=r"this Pipeline computes something else"):
        nnviz.from_sklearn(model)
