"""Stochastic gradient descent on mini-batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnviz.network._types import FloatArray, IntArray, NetworkError
from nnviz.network.gradient import unflatten_parameters
from nnviz.network.passes import backward, forward, layers_of

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["EpochReport", "descend"]

#: Of the inputs: with more than this in use, a copy of the data saves nothing.
_WORTH_A_COPY = 0.9


@dataclass(frozen=True, eq=False)
class EpochReport:
    """State of a training after one epoch.

    Attributes
    ----------
    epoch
        1 after the first epoch.
    cost
        Mean cost after the epoch: on the validation data if there are any, else on the training
        data.
    accuracy
        Share of those examples whose largest output is where the largest desired output is. None
        for a network with a single output.
    network
        The network as it is now. A value: training goes on without changing it.
    """

    epoch: int
    cost: float
    accuracy: float | None
    network: Network


def descend(
    network: Network,
    data: tuple[FloatArray, FloatArray],
    measured: tuple[FloatArray, FloatArray],
    *,
    epochs: int,
    batch_size: int,
    eta: Callable[[int], float],
    seed: int,
) -> Iterator[EpochReport]:
    """Train, and report on `measured` after every epoch: see `Network.sgd`.

    The arguments have been checked. All parameters live in one vector, and so does their
    gradient; weights and biases are views into it, so that a step is a single subtraction.
    """
    x, y = data
    output, cost = network.activations[-1], network.cost_function
    used = _used_inputs(x)
    if used.size < x.shape[1]:
        x = x.take(used, axis=1)
    learner = network.replace([network.weights[0].take(used, axis=1), *network.weights[1:]])
    parameters = learner.flatten()
    change = np.empty_like(parameters)
    weights, biases = unflatten_parameters(parameters, learner.sizes)
    layers = layers_of(weights, biases, learner.activations)
    changes = list(zip(*unflatten_parameters(change, learner.sizes), strict=True))
    size = min(batch_size, len(x))
    inputs, ones = np.empty((size, x.shape[1])), np.ones(size)
    rng = np.random.RandomState(seed)
    for epoch in range(1, epochs + 1):
        rate = eta(epoch)
        order = rng.permutation(len(x))
        # What overflows because of a rate too large is reported once, below.
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(order), size):
                batch = order[start : start + size]
                n = len(batch)
                ones_of_batch = ones[:n]
                # Into one array for all batches; mode "clip" because "raise" would go by a copy.
                zs, activations = forward(layers, x.take(batch, 0, inputs[:n], "clip"))
                error = cost.output_error(output, zs[-1], activations[-1], y.take(batch, 0))
                # Scaled here, where it is small; everything that follows is linear in it.
                error *= rate / n
                errors = backward(layers, zs, activations, error)
                for delta, a, (of_weights, of_biases) in zip(
                    errors, activations, changes, strict=False
                ):
                    np.dot(delta.T, a, of_weights)
                    np.dot(ones_of_batch, delta, of_biases)
                parameters -= change
        if not np.isfinite(parameters).all():
            raise NetworkError(
                f"training left the range of floats in epoch {epoch}: eta = {rate:g} is too large"
            )
        first = network.weights[0].copy()
        first[:, used] = weights[0]
        trained = network.replace([first, *weights[1:]], biases)
        yield EpochReport(epoch, *_measure(trained, *measured), trained)


def _used_inputs(x: FloatArray) -> IntArray:
    """Return the indices of the inputs worth computing with.

    An input that is 0 in every example, as in the margin that no digit reaches, adds nothing to z,
    and the gradient of its weights is 0: without it everything comes out the same, sooner.
    """
    used = np.flatnonzero(x.any(axis=0))
    if 0 < used.size < _WORTH_A_COPY * x.shape[1]:
        return used
    return np.arange(x.shape[1])


def _measure(network: Network, x: FloatArray, y: FloatArray) -> tuple[float, float | None]:
    """Return mean cost and accuracy; no accuracy where there are no classes."""
    layers = layers_of(network.weights, network.biases, network.activations)
    zs, activations = forward(layers, x)
    form = network.cost_function.form_for(network.activations[-1])
    cost = float(np.mean(form.function(zs[-1], activations[-1], y)))
    if y.shape[1] == 1:
        return cost, None
    return cost, float(np.mean(activations[-1].argmax(axis=1) == y.argmax(axis=1)))
