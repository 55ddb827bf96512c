"""Desired outputs as data sets have them: numbers, labels, or a row an example."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz.network import Network, one_hot

__all__ = ["are_classes", "labels_of", "targets_of"]

#: More whole numbers than this are no classes.
_MOST_CLASSES = 20


def are_classes(y: ArrayLike) -> bool:
    """Return whether desired outputs name classes: rows of 0 and a 1, or a few integers."""
    values = np.asarray(y, dtype=float)
    if values.ndim == 2 and values.shape[1] > 1:
        return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())
    whole = bool((values == np.round(values)).all() and values.min(initial=0) >= 0)
    return whole and values.max(initial=0) < _MOST_CLASSES


def labels_of(y: ArrayLike) -> NDArray[np.int64]:
    """Return the classes that desired outputs name, shape (n,).

    Raises
    ------
    ValueError
        If they name none.
    """
    values = np.asarray(y, dtype=float)
    if not are_classes(values):
        raise ValueError(
            "the desired outputs name no classes: give whole numbers from 0 up, or rows of 0 with "
            "one 1"
        )
    if values.ndim == 2 and values.shape[1] > 1:
        values = np.argmax(values, axis=1)
    labels: NDArray[np.int64] = values.ravel().astype(np.int64)
    return labels


def targets_of(y: ArrayLike, network: Network) -> NDArray[np.float64]:
    """Return desired outputs as a network takes them: labels become rows where it has several.

    Parameters
    ----------
    y
        Shape (n,) or (n, n_out).
    network
        For its outputs.
    """
    values = np.asarray(y)
    if values.ndim == 1 and network.output_shape != (1,) and are_classes(values):
        values = one_hot(values.astype(np.int64), network.sizes[-1])
    return values.astype(np.float64)
