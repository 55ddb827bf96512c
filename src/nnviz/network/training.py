"""Training on mini-batches: layers in, trained layers out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from nnviz.network._types import FloatArray, IntArray, NetworkError
from nnviz.network.costs import Cost
from nnviz.network.gradient import flatten_parts, split_vector
from nnviz.network.layers import Dense, Layer
from nnviz.network.optimizers import SGD, Optimizer
from nnviz.network.passes import backward, forward

__all__ = ["EpochReport", "descend"]

NetworkT = TypeVar("NetworkT", covariant=True)

#: Of the inputs: with more than this in use, a copy of the data saves nothing.
_WORTH_A_COPY = 0.9


@dataclass(frozen=True, eq=False)
class EpochReport(Generic[NetworkT]):
    """State of a training after one epoch.

    Attributes
    ----------
    epoch
        1 after the first epoch.
    cost
        Mean cost after the epoch: on the validation data if there are any, else on the training
        data.
    accuracy
        Share of those examples that are put into the right class: that of the largest desired
        output, and for a single sigmoid output that on the right side of 1/2. None for a network
        whose single output is a number.
    network
        The network as it is now. A value: training goes on without changing it.
    """

    epoch: int
    cost: float
    accuracy: float | None
    network: NetworkT


def descend(
    layers: Sequence[Layer],
    cost: Cost,
    x: FloatArray,
    y: FloatArray,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int,
    eta: Callable[[int], float],
    seed: int,
) -> Iterator[list[Layer]]:
    """Train, and yield the layers as they are after every epoch: see `Network.train`.

    The arguments have been checked. All parameters live in one vector, and so does their
    gradient; what the layers compute with are views into it, so that a step is a single
    subtraction.
    """
    learners = list(layers)
    used = _used_inputs(layers[0], x)
    if used is not None:
        x = x.take(used, axis=1)
        learners[0] = layers[0].replace(weights=layers[0].parameters[0].take(used, axis=1))
    shapes = [[array.shape for array in layer.parameters] for layer in learners]
    parameters = flatten_parts(layer.parameters for layer in learners)
    gradient = np.empty_like(parameters)
    workers = [
        layer.working_on(part, [statistic.copy() for statistic in layer.statistics])
        for layer, part in zip(learners, split_vector(parameters, shapes), strict=True)
    ]
    outlets = split_vector(gradient, shapes)
    noting = [k for k, layer in enumerate(workers) if layer.statistic_names]
    learning = [
        (k, layer, out) for k, (layer, out) in enumerate(zip(workers, outlets, strict=True)) if out
    ]
    output_error = cost.error_for(layers[-1].activation)
    # Plain descent is linear in the error too: its rate can be multiplied in where the scale is.
    plain = type(optimizer) is SGD
    state = optimizer.start(parameters.size)
    size = min(batch_size, len(x))
    inputs = np.empty((size, *x.shape[1:]))
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
                trace = forward(workers, x.take(batch, 0, inputs[:n], "clip"), rng)
                error = output_error(trace.zs[-1], trace.activations[-1], y.take(batch, 0))
                # Scaled here, where it is small; everything that follows is linear in it.
                error *= (rate if plain else 1.0) / n
                errors, _ = backward(workers, trace, error)
                for k, layer, out in learning:
                    layer.write_gradients(trace.memories[k], errors[k], out)
                if plain:
                    change = gradient
                else:
                    change, state = optimizer.step(gradient, state, rate)
                parameters -= change
                for k in noting:
                    after = workers[k].statistics_after(trace.memories[k])
                    for statistic, new in zip(workers[k].statistics, after, strict=True):
                        statistic[...] = new
        if not np.isfinite(parameters).all():
            raise NetworkError(
                f"training left the range of floats in epoch {epoch}: eta = {rate:g} is too large"
            )
        trained = [_result(*pair) for pair in zip(layers, workers, strict=True)]
        if used is not None:
            weights = layers[0].parameters[0].copy()
            weights[:, used] = trained[0].parameters[0]
            trained[0] = trained[0].replace(weights=weights)
        yield trained


def _result(layer: Layer, worker: Layer) -> Layer:
    """Return the layer with what its worker has learnt, in arrays of its own."""
    names = layer.parameter_names + layer.statistic_names
    return layer.replace(**{name: getattr(worker, name) for name in names})


def _used_inputs(first: Layer, x: FloatArray) -> IntArray | None:
    """Return the indices of the inputs worth computing with; None if that is all of them.

    An input that is 0 in every example, as in the margin that no digit reaches, adds nothing to a
    dense layer's z, and the gradient of its weights is 0: without it everything comes out the
    same, sooner.
    """
    if not isinstance(first, Dense):
        return None
    used = np.flatnonzero(x.any(axis=0))
    return used if 0 < used.size < _WORTH_A_COPY * x.shape[1] else None
