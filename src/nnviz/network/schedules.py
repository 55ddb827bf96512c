"""Learning rates as functions of the epoch, for `Network.train`."""

from __future__ import annotations

import math
from collections.abc import Callable

from nnviz.network._checks import check_number, check_size

__all__ = ["cosine", "exponential", "stepwise", "warm_up"]

Schedule = Callable[[int], float]


def cosine(learning_rate: float, epochs: int, least: float = 0.0) -> Schedule:
    """Let the learning rate fall along half a cosine, from the full one in the first epoch.

    ``least + (learning_rate - least) (1 + cos(pi (epoch - 1) / epochs)) / 2`` (I. Loshchilov and
    F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017).

    Parameters
    ----------
    learning_rate : float
        Learning rate of the first epoch.
    epochs : int
        Epoch after which it is at its least, and stays so.
    least : float, optional
        Learning rate at the end.

    Examples
    --------
    >>> rate = cosine(0.1, epochs=4)
    >>> [round(rate(epoch), 4) for epoch in (1, 2, 3, 4, 5)]
    [0.1, 0.0854, 0.05, 0.0146, 0.0]
    """
    learning_rate, least = _rate(learning_rate), _rate(least, "least")
    epochs = check_size(epochs, "epochs")

    def rate(epoch: int) -> float:
        share = min(epoch - 1, epochs) / epochs
        return least + (learning_rate - least) * (1.0 + math.cos(math.pi * share)) / 2.0

    return rate


def exponential(learning_rate: float, factor: float) -> Schedule:
    """Multiply the learning rate by a factor after every epoch.

    Parameters
    ----------
    learning_rate : float
        Learning rate of the first epoch.
    factor : float
        Usually a little below 1.
    """
    learning_rate, factor = _rate(learning_rate), _rate(factor, "factor")
    return lambda epoch: learning_rate * factor ** (epoch - 1)


def stepwise(learning_rate: float, every: int, factor: float = 0.1) -> Schedule:
    """Multiply the learning rate by a factor after every few epochs.

    Parameters
    ----------
    learning_rate : float
        Learning rate of the first epochs.
    every : int
        Number of epochs with the same rate.
    factor : float, optional
        Usually well below 1.
    """
    learning_rate, factor = _rate(learning_rate), _rate(factor, "factor")
    every = check_size(every, "every")
    return lambda epoch: learning_rate * factor ** ((epoch - 1) // every)


def warm_up(epochs: int, then: float | Schedule) -> Schedule:
    """Let the learning rate rise in equal steps, then follow a schedule.

    Parameters
    ----------
    epochs : int
        Number of epochs before the full rate.
    then : float or Schedule
        Learning rate afterwards, or a schedule, whose first epoch is the one after the rise.

    Examples
    --------
    >>> rate = warm_up(4, cosine(0.1, epochs=10))
    >>> [round(rate(epoch), 3) for epoch in (1, 2, 3, 4, 5, 6)]
    [0.02, 0.04, 0.06, 0.08, 0.1, 0.098]
    """
    epochs = check_size(epochs, "epochs")
    after: Schedule = then if callable(then) else _constant(_rate(then, "then"))
    full = after(1)
    return lambda epoch: full * epoch / (epochs + 1) if epoch <= epochs else after(epoch - epochs)


def _constant(learning_rate: float) -> Schedule:
    return lambda epoch: learning_rate


def _rate(value: float, name: str = "learning_rate") -> float:
    return check_number(value, name, 0.0, math.inf)
