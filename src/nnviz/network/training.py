"""Stochastic gradient descent on mini-batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.gradient import unflatten_parameters
from nnviz.network.passes import Layer, backward, forward, layers_of

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["EpochReport", "descend"]


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
    parameters = network.flatten()
    change = np.empty_like(parameters)
    layers = layers_of(*unflatten_parameters(parameters, network.sizes), network.activations)
    changes = list(zip(*unflatten_parameters(change, network.sizes), strict=True))
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
                    np.dot(ones[:n], delta, of_biases)
                parameters -= change
        if not np.isfinite(parameters).all():
            raise NetworkError(
                f"training left the range of floats in epoch {epoch}: eta = {rate:g} is too large"
            )
        mean_cost, accuracy = _measure(network, layers, *measured)
        yield EpochReport(epoch, mean_cost, accuracy, network.with_parameters(parameters))


def _measure(
    network: Network, layers: list[Layer], x: FloatArray, y: FloatArray
) -> tuple[float, float | None]:
    zs, activations = forward(layers, x)
    form = network.cost_function.form_for(network.activations[-1])
    cost = float(np.mean(form.function(zs[-1], activations[-1], y)))
    if y.shape[1] == 1:
        return cost, None
    return cost, float(np.mean(activations[-1].argmax(axis=1) == y.argmax(axis=1)))
