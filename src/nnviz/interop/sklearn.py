"""Read networks, linear models and scalers of scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, UnsupportedModelError, check_outputs, require
from nnviz.interop.model_comparison import drawn_inputs
from nnviz.limits import Budget, Limits
from nnviz.network import Dense, Network, NetworkLimitError, Standardise, clamp, sigmoid

__all__ = ["from_sklearn"]

Numbers = npt.NDArray[np.float64]

#: scikit-learn's names of activation functions, and ours.
ACTIVATIONS = {
    "identity": "identity",
    "logistic": "sigmoid",
    "relu": "relu",
    "softmax": "softmax",
    "tanh": "tanh",
}
#: Models whose ``predict`` is linear.
REGRESSORS = (
    *("ElasticNet", "ElasticNetCV", "HuberRegressor", "Lasso", "LassoCV", "LinearRegression"),
    *("LinearSVR", "Ridge", "RidgeCV", "SGDRegressor"),
)
#: Models whose ``decision_function`` is linear; some have probabilities as well.
CLASSIFIERS = (
    *("LinearSVC", "LogisticRegression", "LogisticRegressionCV", "Perceptron", "RidgeClassifier"),
    *("RidgeClassifierCV", "SGDClassifier"),
)
MODULES = ("linear_model", "model_selection", "neural_network", "pipeline", "preprocessing", "svm")


def from_sklearn(estimator: Any, *, check: bool = True, limits: Limits | None = None) -> Network:
    """Read a fitted network or linear model of scikit-learn, with the scalers before it.

    Classifiers that have probabilities give these: of two classes one sigmoid output, the
    probability of ``classes_[1]``; of more classes softmax outputs in the order of ``classes_``; of
    several labels one sigmoid output each. They have the cost "cross-entropy". Where scikit-learn
    tells each class from the rest by itself, the outputs are one sigmoid a class, which
    ``predict_proba`` divides by their sum: a warning says so. Other classifiers give the values of
    ``decision_function``, and regressors those of ``predict``, with linear outputs and the cost
    "quadratic".

    The scalers of a ``Pipeline`` become layers `Standardise`, whose numbers no training changes.

    Parameters
    ----------
    estimator : object
        A fitted ``MLPClassifier`` or ``MLPRegressor``; ``LogisticRegression``, ``Perceptron``,
        ``SGDClassifier``, ``LinearSVC`` or ``RidgeClassifier``; ``LinearRegression``, ``Ridge``,
        ``Lasso``, ``ElasticNet``, ``SGDRegressor``, ``HuberRegressor`` or ``LinearSVR``. Or a
        ``Pipeline`` of ``StandardScaler``, ``MinMaxScaler``, ``MaxAbsScaler`` and ``RobustScaler``
        that ends in one of these; or a search, such as ``GridSearchCV``, for the best of either.
    check : bool, optional
        Compare the network with the estimator on random inputs.
    limits : Limits, optional
        Limits of reading and comparing; the defaults of `Limits` if None.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If an estimator is not supported or not fitted; the text says which, and at which step.
    ModelMismatchError
        If the network computes something else.
    LimitError
        If it would cost more than `limits` allow. It is a `NetworkError`, too.
    ImportError
        If scikit-learn is not installed.
    """
    sklearn = require("sklearn", "sklearn")
    for module in MODULES:
        require(f"sklearn.{module}", "sklearn")
    steps = list(_steps(sklearn, estimator, ""))
    name = type(estimator).__name__
    place, last = steps[-1]
    shape = getattr(steps[0][1], "n_features_in_", None)
    budget = Budget(limits, NetworkLimitError, is_timed=False)
    builder = Builder(None if shape is None else (int(shape),), budget)
    scalings = []
    for where, scaler in steps[:-1]:
        with builder.at(where):
            scalings.append(_scaling(sklearn, scaler))
            _add_scaling(builder, scalings[-1])
    with builder.at(place):
        outputs = _add_model(sklearn, builder, last)
    network = builder.network()
    for note in builder.notes:
        warnings.warn(note, stacklevel=2)
    if check:
        x = drawn_inputs(network)
        for scaling in reversed(scalings):  # So that what comes out of the scalers is drawn.
            x = scaling.mean + scaling.deviation * x
        single = network.output_shape == (1,)
        check_outputs(
            network,
            lambda x: _run(estimator, outputs, x, single=single),
            f"this {name}",
            x=x,
            budget=budget,
        )
    return network


# --- steps of a pipeline


def _steps(sklearn: Any, estimator: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield the steps of pipelines, also one in the other, and where they stand."""
    name = type(estimator).__name__
    where = f"{place}, {name}" if place else name
    searches = sklearn.model_selection.GridSearchCV | sklearn.model_selection.RandomizedSearchCV
    if isinstance(estimator, searches) or hasattr(estimator, "best_estimator_"):
        if not hasattr(estimator, "best_estimator_"):
            raise UnsupportedModelError(
                f"{where} has no best estimator: call fit first, with refit=True"
            )
        yield from _steps(sklearn, estimator.best_estimator_, place)
    elif isinstance(estimator, sklearn.pipeline.Pipeline):
        steps = [(key, one) for key, one in estimator.steps if one not in (None, "passthrough")]
        if not steps:
            raise UnsupportedModelError(f"{where} has no steps")
        for key, one in steps:
            yield from _steps(sklearn, one, f"{place}, step {key!r}" if place else f"step {key!r}")
    else:
        yield where, estimator


class _Scaling(NamedTuple):
    """``(x - mean) / deviation``, then as far as two limits, if any."""

    mean: Numbers
    deviation: Numbers
    limits: tuple[float, float] | None = None


def _scaling(sklearn: Any, scaler: Any) -> _Scaling:
    """Return the affine function of a scaler."""
    kinds: dict[str, Callable[[Any], _Scaling]] = {
        "MaxAbsScaler": _max_abs,
        "MinMaxScaler": _min_max,
        "RobustScaler": lambda scaler: _affine(scaler, scaler.center_, scaler.scale_),
        # It has a mean that it does not subtract, too.
        "StandardScaler": lambda scaler: _affine(
            scaler, scaler.mean_ if scaler.with_mean else None, scaler.scale_
        ),
    }
    for name, make in kinds.items():
        if isinstance(scaler, getattr(sklearn.preprocessing, name)):
            if not hasattr(scaler, "n_features_in_"):
                raise UnsupportedModelError("it is not fitted: call fit first")
            return make(scaler)
    raise UnsupportedModelError(
        f"it is not supported before a model; supported are {', '.join(kinds)}: read the pipeline "
        "without it, and give the network data that it has transformed"
    )


def _affine(scaler: Any, mean: Any, deviation: Any) -> _Scaling:
    n = scaler.n_features_in_
    # None where with_mean, with_std and the like are False.
    return _Scaling(
        np.zeros(n) if mean is None else np.asarray(mean, np.float64),
        np.ones(n) if deviation is None else np.asarray(deviation, np.float64),
    )


def _max_abs(scaler: Any) -> _Scaling:
    limits = (-1.0, 1.0) if getattr(scaler, "clip", False) else None
    return _affine(scaler, None, scaler.scale_)._replace(limits=limits)


def _min_max(scaler: Any) -> _Scaling:
    low, high = scaler.feature_range
    limits = (float(low), float(high)) if scaler.clip else None
    return _Scaling(-scaler.min_ / scaler.scale_, 1.0 / scaler.scale_, limits)


def _add_scaling(builder: Builder, scaling: _Scaling) -> None:
    builder.add(Standardise(scaling.mean, scaling.deviation))
    if scaling.limits is not None:
        builder.activate(clamp(*scaling.limits))


# --- models


def _add_model(sklearn: Any, builder: Builder, model: Any) -> str:
    """Add a model after the scalers. Return which of its outputs the network has.

    "probabilities", those of each class against the rest "sigmoids", "decisions" or "predictions".
    """
    if isinstance(
        model, sklearn.neural_network.MLPClassifier | sklearn.neural_network.MLPRegressor
    ):
        return _add_perceptron(builder, model)
    kinds = {
        name: kind
        for name in (*CLASSIFIERS, *REGRESSORS)
        for module in (sklearn.linear_model, sklearn.svm)
        if (kind := getattr(module, name, None)) is not None
    }
    name = next((one for one, kind in kinds.items() if isinstance(model, kind)), None)
    if name is None:
        known = ", ".join(("MLPClassifier", "MLPRegressor", *kinds))
        raise UnsupportedModelError(f"it is not supported; supported are {known}")
    _check_fitted(model, "coef_")
    coefficients = model.coef_.toarray() if hasattr(model.coef_, "toarray") else model.coef_
    weights = np.atleast_2d(np.asarray(coefficients, np.float64))
    biases = np.broadcast_to(np.asarray(model.intercept_, np.float64).ravel(), (len(weights),))
    builder.add(Dense(weights, biases))
    if name in REGRESSORS:
        return "predictions"
    return _add_probabilities(builder, model, name, len(weights))


def _add_probabilities(builder: Builder, model: Any, name: str, n: int) -> str:
    """Put what makes probabilities of decisions after these, where a classifier has such."""
    kind = getattr(model, "multi_class", "auto")
    if name == "SGDClassifier" and model.loss == "log_loss":
        apart = True
    elif name.startswith("LogisticRegression"):
        apart = kind == "ovr" or n == 1 or model.solver == "liblinear"
    else:
        return "decisions"
    if n == 1 and kind == "multinomial":
        raise UnsupportedModelError(
            "multi_class='multinomial' with two classes is not supported: fit it with 'ovr'"
        )
    builder.activate("sigmoid" if apart else "softmax")
    if n > 1 and apart:
        builder.notes.append(
            f"this {type(model).__name__} tells each of its {n} classes from the rest: the network "
            "gives these probabilities, which predict_proba divides by their sum"
        )
        return "sigmoids"
    return "probabilities"


def _check_fitted(model: Any, attribute: str) -> None:
    if not hasattr(model, attribute):
        raise UnsupportedModelError(f"this {type(model).__name__} is not fitted: call fit first")


def _add_perceptron(builder: Builder, model: Any) -> str:
    _check_fitted(model, "coefs_")
    last = len(model.coefs_) - 1
    for i, (weights, biases) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        activation = model.out_activation_ if i == last else model.activation
        with builder.at(f"layer {i + 1} of {last + 1}"):
            if activation not in ACTIVATIONS:
                raise UnsupportedModelError(
                    f"the activation {activation!r} is not supported; supported are "
                    f"{', '.join(ACTIVATIONS)}"
                )
            builder.add(Dense(np.transpose(weights), biases))
            builder.activate(ACTIVATIONS[activation])
    return "probabilities" if hasattr(model, "predict_proba") else "predictions"


# --- the comparison


def _run(estimator: Any, outputs: str, x: Numbers, *, single: bool) -> npt.ArrayLike:
    """Compute with scikit-learn: the whole pipeline, or the best estimator of a search."""
    with warnings.catch_warnings(action="ignore"):  # A frame's names of columns are not there.
        if outputs == "predictions":
            return np.asarray(estimator.predict(x))
        if outputs == "decisions":
            return np.asarray(estimator.decision_function(x))
        if outputs == "sigmoids":
            return sigmoid(np.asarray(estimator.decision_function(x)))
        probabilities = np.asarray(estimator.predict_proba(x))
    # Of two classes the first is what the second lacks to 1.
    return probabilities[:, 1:] if single else probabilities
