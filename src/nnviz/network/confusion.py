"""How often examples of each class are put into each class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_below
from nnviz.network._types import IntArray, NetworkError
from nnviz.network.classes import IGNORED

__all__ = ["confusion_matrix"]


def confusion_matrix(
    labels: npt.ArrayLike, predictions: npt.ArrayLike, classes: int | None = None
) -> IntArray:
    """Count examples by their true and their predicted class.

    Parameters
    ----------
    labels : array_like
        True classes, integers of shape (n,). Examples labelled -1 do not count.
    predictions : array_like
        Predicted classes, integers of shape (n,), as `Network.predict` gives them.
    classes : int, optional
        Number of classes; by default one more than the largest label or prediction.

    Returns
    -------
    ndarray
        Integers of shape (classes, classes): row i, column j holds the number of examples of class
        i that were predicted to be of class j. The diagonal holds what is right.

    Raises
    ------
    NetworkError
        If the shapes differ, there are no examples, or a class is not among the classes.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    true, said = np.asarray(labels), np.asarray(predictions)
    for name, values in (("labels", true), ("predictions", said)):
        if values.dtype.kind not in "iu" or values.ndim != 1:
            raise NetworkError(
                f"{name} must be integers of shape (n,), not {values.dtype} of shape {values.shape}"
            )
    if len(true) != len(said):
        raise NetworkError(f"{len(true)} labels for {len(said)} predictions")
    counts = true != IGNORED
    true, said = true[counts].astype(np.int64), said[counts].astype(np.int64)
    if not len(true):
        raise NetworkError("the confusion matrix of no examples is not defined")
    count = int(max(true.max(), said.max())) + 1 if classes is None else classes
    for name, values in (("labels", true), ("predictions", said)):
        check_below(values, count, name)
    flat = np.bincount(true * count + said, minlength=count * count)
    return flat.reshape(count, count).astype(np.int64)
