"""Multi-layer perceptrons of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, UnsupportedModelError, check_outputs, require
from nnviz.network import Network

__all__ = ["from_sklearn"]

#: scikit-learn's names of activation functions, and ours.
ACTIVATIONS = {
    "identity": "identity",
    "logistic": "sigmoid",
    "relu": "relu",
    "softmax": "softmax",
    "tanh": "tanh",
}


def from_sklearn(estimator: Any, *, check: bool = True) -> Network:
    """Read a fitted ``MLPClassifier`` or ``MLPRegressor`` of scikit-learn.

    A classifier of two classes has one sigmoid output, the probability of ``classes_[1]``; of more
    classes softmax outputs in the order of ``classes_``; of several labels one sigmoid output each.
    These have the cost "cross-entropy". A regressor has linear outputs and "quadratic".

    Parameters
    ----------
    estimator
        A fitted ``MLPClassifier`` or ``MLPRegressor``. Of a pipeline give the last step, and the
        network what the other steps make of the data.
    check
        Compare the network with the estimator on random inputs.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If it is another estimator, or is not fitted.
    ModelMismatchError
        If the network computes something else.
    ImportError
        If scikit-learn is not installed.
    """
    neural = require("sklearn.neural_network", "sklearn")
    name = type(estimator).__name__
    if not isinstance(estimator, neural.MLPClassifier | neural.MLPRegressor):
        hint = ""
        if hasattr(estimator, "steps"):
            hint = ": give its last step, and the network what the others make of the data"
        raise UnsupportedModelError(
            f"{name} cannot be read as a network, MLPClassifier and MLPRegressor can{hint}"
        )
    if not hasattr(estimator, "coefs_"):
        raise UnsupportedModelError(f"this {name} is not fitted: call fit first")
    builder = Builder()
    last = len(estimator.coefs_) - 1
    for i, (weights, biases) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        activation = estimator.out_activation_ if i == last else estimator.activation
        with builder.at(f"{name}, layer {i + 1} of {last + 1}"):
            if activation not in ACTIVATIONS:
                raise UnsupportedModelError(
                    f"the activation {activation!r} is not supported; {', '.join(ACTIVATIONS)} are"
                )
            builder.dense(np.transpose(weights), biases)
            builder.activate(ACTIVATIONS[activation])
    network = builder.network()
    if check:
        check_outputs(network, lambda x: _run(estimator, x), f"this {name}")
    return network


def _run(estimator: Any, x: npt.NDArray[np.float64]) -> npt.ArrayLike:
    if not hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict(x))
    probabilities = np.asarray(estimator.predict_proba(x))
    return probabilities[:, 1:] if estimator.n_outputs_ == 1 else probabilities
