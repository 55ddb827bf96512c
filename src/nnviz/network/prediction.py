"""The classes that a network puts examples into: the methods of `Network` that do so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, IntArray, NetworkError
from nnviz.network.classes import IGNORED, Classes
from nnviz.network.evaluation import feedforward
from nnviz.network.examples import Inputs

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["accuracy", "predict", "share_right"]


def predict(network: Network, x: Inputs) -> IntArray:
    """Find each example's class, shape () or (batch,).

    That is the index of the largest output; of a single sigmoid output 1 above 1/2, else 0. Where
    outputs are a softmax at every position, such as every token or pixel, there is one class a
    position; sigmoid outputs of an image or a sequence are a yes or no each.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        Input, as for `feedforward`.

    Raises
    ------
    NetworkError
        If the outputs are numbers that stand for no classes, as those of a regression.
    """
    return _classes(network).of_outputs(feedforward(network, x))


def accuracy(network: Network, x: Inputs, labels: npt.ArrayLike) -> float:
    """Compute the share of examples whose class is predicted to be the labelled one.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        Input, as for `feedforward`.
    labels : array_like
        Right class, an integer or shape (batch,), or one per position: see `predict`. Positions
        labelled -1 do not count.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    NetworkError
        If the numbers of inputs and labels differ, there are none, or a label is not that of a
        class.
    """
    predictions = predict(network, x)
    right = _classes(network).check_labels(labels)
    if right.shape != predictions.shape:
        raise NetworkError(
            f"labels: shape {right.shape} for predictions of shape {predictions.shape}"
        )
    if not (right != IGNORED).any():
        raise NetworkError("the accuracy of no examples is not defined")
    return float(np.mean((predictions == right)[right != IGNORED]))


def share_right(classes: Classes, outputs: FloatArray, targets: npt.NDArray[Any]) -> float:
    """Return the share of outputs that stand for the same class as the desired ones."""
    found = classes.of_outputs(outputs)
    if targets.dtype.kind == "f":
        return float(np.mean(found == classes.of_outputs(targets)))
    counts = targets != IGNORED
    return float(np.mean((found == targets)[counts])) if counts.any() else float("nan")


def _classes(network: Network) -> Classes:
    if network.classes is None:
        node = network.nodes[network.output]
        raise NetworkError(
            f"{node.layer.activation.name} outputs of shape {network.output_shape} stand for no "
            "classes: ask for feedforward"
        )
    return network.classes
