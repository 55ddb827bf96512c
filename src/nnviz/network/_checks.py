"""Checks of what comes from outside: arrays of the right kind, shape and content."""

import operator
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, IntArray, NetworkError


def one_hot(labels: npt.ArrayLike, n: int = 10) -> FloatArray:
    """Desired outputs for labels: 1 at the label, 0 elsewhere.

    Parameters
    ----------
    labels
        An integer, or integers of shape (batch,), from 0 to n - 1.
    n
        Number of outputs.

    Returns
    -------
    ndarray
        Shape (n,) or (batch, n).

    Raises
    ------
    NetworkError
        If a label is not an integer from 0 to n - 1.
    """
    targets: FloatArray = np.eye(n)[check_labels(labels, n)]
    return targets


def check_labels(labels: npt.ArrayLike, n: int) -> IntArray:
    array = np.asarray(labels)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise NetworkError(
            "labels must be an integer or integers of shape (batch,), "
            f"not {array.dtype} of shape {array.shape}"
        )
    wrong = (array < 0) | (array >= n)
    if wrong.any():
        raise NetworkError(f"labels must lie between 0 and {n - 1}, but one is {array[wrong][0]}")
    return array.astype(np.int64)


def check_floats(values: npt.ArrayLike, name: str) -> FloatArray:
    """Return real, finite numbers as float64, not copied where they are so already."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise NetworkError(f"{name}: rows of different lengths do not make an array") from None
    if array.dtype.kind not in "fiub":
        raise NetworkError(f"{name}: must be real numbers, not an array of {array.dtype}")
    array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise NetworkError(f"{name}: contains a NaN or an infinity")
    return array


def check_vectors(values: npt.ArrayLike, n: int, name: str) -> FloatArray:
    """Return `values` as floats of shape (n,) or (batch, n)."""
    array = check_floats(values, name)
    if array.ndim not in (1, 2) or array.shape[-1] != n:
        hint = ""
        if array.shape == (n, 1):
            hint = f": it is a column, ask for {name}.ravel() or {name}[:, 0]"
        raise NetworkError(
            f"{name}: must have shape ({n},) or (batch, {n}), not {array.shape}{hint}"
        )
    return array


def check_parameter(values: npt.ArrayLike, name: str) -> FloatArray:
    array = np.array(check_floats(values, name), order="C")
    array.setflags(write=False)
    return array


def check_shapes(weights: Sequence[FloatArray], biases: Sequence[FloatArray]) -> None:
    if not weights or len(weights) != len(biases):
        raise NetworkError(
            "a network needs as many arrays for weights as for biases, at least one: "
            f"there are {len(weights)} and {len(biases)}"
        )
    n_in = weights[0].shape[1] if weights[0].ndim == 2 else None
    for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
        if w.ndim != 2 or w.shape[1] != n_in or w.size == 0:
            wanted = "n_in" if n_in is None else n_in
            raise NetworkError(
                f"weights[{layer}]: must have shape (n_out, {wanted}), not {w.shape}"
            )
        n_in = w.shape[0]
        if b.shape != (n_in,):
            raise NetworkError(f"biases[{layer}]: must have shape ({n_in},), not {b.shape}")


def check_size(n: int) -> int:
    try:
        size = operator.index(n)
    except TypeError:
        raise NetworkError(f"sizes must be integers, not {n!r}") from None
    if size < 1:
        raise NetworkError(f"sizes must be positive, not {size}")
    return size
