"""Desired outputs as data sets have them: numbers, labels, or a row an example."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz.network import Network, one_hot

__all__ = ["are_classes", "are_positions", "labels_for", "labels_of", "targets_of"]

#: More whole numbers than this are no classes.
_MOST_CLASSES = 20


def are_classes(y: ArrayLike) -> bool:
    """Return whether desired outputs name classes: rows of 0 and a 1, or a few integers."""
    values = np.asarray(y, dtype=float)
    if values.ndim == 2 and values.shape[1] > 1:
        return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())
    whole = bool((values == np.round(values)).all() and values.min(initial=0) >= 0)
    return whole and values.max(initial=0) < _MOST_CLASSES


def are_positions(y: ArrayLike, network: Network) -> bool:
    """Return whether desired outputs are labels, for a network that predicts one a position.

    Parameters
    ----------
    y : array_like
        Shape (n, positions), whole numbers; -1 where none counts.
    network : Network
        For its outputs.
    """
    classes = network.classes
    return classes is not None and bool(classes.label_shape) and classes.are_labels(y, True)


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


def labels_for(y: ArrayLike, network: Network) -> NDArray[np.int64]:
    """Return the labels for a network's accuracy, shape (n,) or (n, positions).

    Parameters
    ----------
    y : array_like
        Shape (n,), (n, n_out) or (n, positions).
    network : Network
        For its outputs.

    Raises
    ------
    ValueError
        If they name no classes.
    """
    return np.asarray(y).astype(np.int64) if are_positions(y, network) else labels_of(y)


def targets_of(y: ArrayLike, network: Network) -> NDArray[Any]:
    """Return desired outputs as a network takes them: labels become rows where it has several.

    Labels of positions, such as the tokens that follow, stay as they are.

    Parameters
    ----------
    y : array_like
        Shape (n,), (n, n_out) or (n, positions).
    network : Network
        For its outputs.
    """
    values = np.asarray(y)
    if are_positions(values, network):
        return values
    if values.ndim == 1 and network.output_shape != (1,) and are_classes(values):
        values = one_hot(values.astype(np.int64), network.sizes[-1])
    return values.astype(np.float64)
