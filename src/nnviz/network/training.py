"""Stochastic gradient descent on mini-batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.gradient import unflatten_parameters
from nnviz.network.passes import backward, forward

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
    functions, cost = network.activations, network.cost_function
    parameters = network.flatten()
    weights, biases = unflatten_parameters(parameters, network.sizes)
    change = np.empty_like(parameters)
    weight_changes, bias_changes = unflatten_parameters(change, network.sizes)
    ones = np.ones(batch_size)
    rng = np.random.RandomState(seed)
    for epoch in range(1, epochs + 1):
        rate = eta(epoch)
        order = rng.permutation(len(x))
        # What overflows because of a rate too large is reported once, below.
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(order), batch_size):
                batch = order[start : start + batch_size]
                zs, activations = forward(weights, biases, functions, x.take(batch, axis=0))
                error = cost.output_error(
                    functions[-1], zs[-1], activations[-1], y.take(batch, axis=0)
                )
                # Scaled here, where it is small; everything that follows is linear in it.
                error *= rate / len(batch)
                errors = backward(weights, functions, zs, activations, error)
                for layer, delta in enumerate(errors):
                    np.dot(delta.T, activations[layer], out=weight_changes[layer])
                    np.dot(ones[: len(batch)], delta, out=bias_changes[layer])
                parameters -= change
        if not np.isfinite(parameters).all():
            raise NetworkError(
                f"training left the range of floats in epoch {epoch}: eta = {rate:g} is too large"
            )
        mean_cost, accuracy = _measure(network, weights, biases, *measured)
        yield EpochReport(epoch, mean_cost, accuracy, network.with_parameters(parameters))


def _measure(
    network: Network,
    weights: list[FloatArray],
    biases: list[FloatArray],
    x: FloatArray,
    y: FloatArray,
) -> tuple[float, float | None]:
    zs, activations = forward(weights, biases, network.activations, x)
    form = network.cost_function.form_for(network.activations[-1])
    cost = float(np.mean(form.function(zs[-1], activations[-1], y)))
    if y.shape[1] == 1:
        return cost, None
    return cost, float(np.mean(activations[-1].argmax(axis=1) == y.argmax(axis=1)))
