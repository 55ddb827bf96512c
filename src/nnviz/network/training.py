"""Training on mini-batches: the methods of `Network` that train, and their inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, IntArray, NetworkError
from nnviz.network.evaluation import as_targets, check_batch, mean_cost, outputs
from nnviz.network.examples import Inputs
from nnviz.network.gradient import flatten_parts, split_vector
from nnviz.network.graph import Graph, Step, needed
from nnviz.network.layers import Dense, Layer
from nnviz.network.optimizers import SGD, Optimizer, get_optimizer
from nnviz.network.prediction import share_right
from nnviz.network.propagation import backward, forward

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["EpochReport", "sgd", "train"]

NetworkT = TypeVar("NetworkT", covariant=True)
N = TypeVar("N", bound="Network")
_Rate = TypeVar("_Rate", bound="float | Callable[[int], float]")

#: Share of the inputs: with more than this in use, a copy of the data saves nothing.
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
        whose outputs stand for no classes.
    network
        The network as it is now. A value: training goes on without changing it.
    """

    epoch: int
    cost: float
    accuracy: float | None
    network: NetworkT


def train(
    network: N,
    x: Inputs,
    y: npt.ArrayLike,
    *,
    epochs: int,
    optimizer: str | Optimizer = "sgd",
    batch_size: int = 10,
    learning_rate: float | Callable[[int], float] | None = None,
    seed: int = 0,
    validation: tuple[Inputs, npt.ArrayLike] | None = None,
    frozen: Iterable[str] = (),
    eta: float | Callable[[int], float] | None = None,
) -> Iterator[EpochReport[N]]:
    """Train on mini-batches.

    Every epoch shuffles the examples, cuts them into mini-batches (the last may be smaller)
    and takes one step of the optimiser for each. The network itself stays as it is: every
    report carries the trained one. Nothing is computed before the first report is asked for,
    but bad arguments are refused at the call.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        Training inputs, shape (n, *input_shape); a mapping where there are several.
    y : array_like
        Desired outputs, shape (n, *output_shape), or labels: see `cost`. Where there is one output,
        (n,) will do.
    epochs : int
        How many times to go through all examples.
    optimizer : str or Optimizer, optional
        A name from `OPTIMIZERS` or an `Optimizer`.
    batch_size : int, optional
        Examples in a mini-batch.
    learning_rate : float or callable, optional
        Learning rate, or a schedule: a function from the epoch (1, 2...) to it; the optimiser's
        own if None.
    seed : int, optional
        Seed of the shuffling, and of what layers draw at random, such as what `Dropout` drops.
        0 by default, so that equal arguments give equal networks.
    validation : (array_like or mapping from str to array_like, array_like), optional
        Inputs and desired outputs on which to measure cost and accuracy, instead of the
        training data.
    frozen : iterable of str, optional
        Nodes, blocks ("encoder") or single parameters ("dense1.biases") that stay as they are.
    eta : float or callable, optional
        Another name of `learning_rate`, as in formulas.

    Returns
    -------
    iterator of EpochReport
        One report per epoch.

    Raises
    ------
    NetworkError
        If a shape is wrong, there are no examples, or `epochs` or `batch_size` is not
        positive, or both `learning_rate` and `eta` are given. While iterating: if the parameters
        overflow because the learning rate is too large.

    Examples
    --------
    >>> from nnviz.network import Network
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> network = Network.random([2, 4, 2], seed=1)
    >>> options = {"epochs": 500, "optimizer": "adam", "learning_rate": 0.1}
    >>> *_, last = network.train(x, [0, 1, 1, 0], **options)
    >>> last.accuracy
    1.0
    """
    if epochs < 1 or batch_size < 1:
        raise NetworkError(f"epochs and batch_size must be positive, not {epochs} and {batch_size}")
    method = get_optimizer(optimizer)
    rate = rate_of(learning_rate, eta, method.learning_rate)
    if not callable(rate) and not np.isfinite(rate):
        raise NetworkError(
            f"learning_rate must be a number, or a function of the epoch, not {rate}"
        )
    inputs, targets = check_batch(network, x, y)
    measured = (inputs, targets) if validation is None else check_batch(network, *validation)
    graphs = descend(
        network,
        inputs,
        targets,
        method,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=rate if callable(rate) else lambda _epoch: rate,
        seed=seed,
        held=_held(network, frozen),
    )
    return _reports(network, graphs, *measured)


def sgd(
    network: N,
    x: Inputs,
    y: npt.ArrayLike,
    *,
    epochs: int,
    batch_size: int = 10,
    learning_rate: float | Callable[[int], float] | None = None,
    seed: int = 0,
    validation: tuple[Inputs, npt.ArrayLike] | None = None,
    frozen: Iterable[str] = (),
    eta: float | Callable[[int], float] | None = None,
) -> Iterator[EpochReport[N]]:
    """Train by stochastic gradient descent: `train` with one step down each gradient.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        As for `train`.
    y : array_like
        As for `train`.
    epochs : int
        As for `train`.
    batch_size, seed : int, optional
        As for `train`.
    validation : (array_like or mapping from str to array_like, array_like), optional
        As for `train`.
    frozen : iterable of str, optional
        As for `train`.
    eta : float or callable, optional
        As for `train`.
    learning_rate : float or callable, optional
        As for `train`; 1 if None.
    """
    return train(
        network,
        x,
        y,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        validation=validation,
        frozen=frozen,
        eta=eta,
    )


def rate_of(learning_rate: _Rate | None, eta: _Rate | None, default: _Rate) -> _Rate:
    """Return the learning rate, which is given under one of its two names at most."""
    if learning_rate is None:
        return default if eta is None else eta
    if eta is not None:
        raise NetworkError(
            "learning_rate and eta are two names of the same number: give one of them, not both"
        )
    return learning_rate


def _reports(
    network: N,
    graphs: Iterator[Graph],
    inputs: tuple[FloatArray, ...],
    targets: npt.NDArray[Any],
) -> Iterator[EpochReport[N]]:
    for epoch, graph in enumerate(graphs, start=1):
        trained = network.with_graph(graph)
        z, a = outputs(trained, inputs)
        accuracy = None
        if trained.classes is not None:
            accuracy = share_right(trained.classes, a, targets)
        yield EpochReport(epoch, mean_cost(trained, z, a, targets), accuracy, trained)


def _held(network: Network, frozen: Iterable[str]) -> IntArray:
    """Return the indices of the parameters that stay as they are."""
    frozen = (frozen,) if isinstance(frozen, str) else frozen
    numbers = network.parameters.gradient(
        split_vector(np.arange(network.n_parameters), network.parameter_shapes)
    )
    held: list[FloatArray] = [np.empty(0)]
    for name in frozen:
        node, _, array = name.rpartition(".")
        if node in network.nodes and array in network.nodes[node].layer.parameter_names:
            held.append(numbers[node][array].ravel())
        else:
            for one in network.graph.block(name):
                held += [values.ravel() for values in numbers[one].values()]
    return np.unique(np.concatenate(held)).astype(np.int64)


# --- inside


class _Worker(NamedTuple):
    """A layer that learns, the nodes that use it, and the arrays of its derivatives."""

    layer: Layer
    nodes: tuple[int, ...]
    out: tuple[FloatArray, ...]


def descend(
    network: Network,
    inputs: tuple[FloatArray, ...],
    targets: npt.NDArray[Any],
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: Callable[[int], float],
    seed: int,
    held: IntArray,
) -> Iterator[Graph]:
    """Train, and yield the graph as it is after every epoch: see `train`.

    The arguments have been checked. All parameters live in one vector, and so does their
    gradient; what the layers compute with are views into it, so that a step is a single
    subtraction.
    """
    graph = network.graph
    learners = list(graph.owners)
    used = None if held.size else _used_inputs(graph, inputs)
    if used is not None:
        inputs = (inputs[0].take(used, axis=1),)
        learners[0] = _narrowed(graph.owners[0], used)
    shapes = [[array.shape for array in layer.parameters] for layer in learners]
    parameters = flatten_parts(layer.parameters for layer in learners)
    gradient = np.zeros_like(parameters)
    workers = [
        layer.working_on(part, [statistic.copy() for statistic in layer.statistics])
        for layer, part in zip(learners, split_vector(parameters, shapes), strict=True)
    ]
    steps = [
        Step(workers[owner], sources)
        for owner, (_, sources) in zip(graph.owner_of, graph.steps, strict=True)
    ]
    at, first = graph.output_index, len(inputs)
    alive = [k for k in range(len(steps)) if k == at or graph.depends(first + at, first + k)]
    numbers = split_vector(np.arange(parameters.size), shapes)
    learning = [
        _Worker(worker, tuple(k for k in alive if graph.owner_of[k] == owner), out)
        for owner, (worker, out) in enumerate(
            zip(workers, split_vector(gradient, shapes), strict=True)
        )
        if out and not (held.size and all(np.isin(one, held).all() for one in numbers[owner]))
    ]
    learning = [one for one in learning if one.nodes]
    writing = [(one.layer.write_gradients, one.nodes[0], one.out) for one in learning]
    sharing = [one._replace(nodes=one.nodes[1:]) for one in learning if len(one.nodes) > 1]
    starts = {k for one in learning for k in one.nodes}
    wanted = needed(steps, first, starts.__contains__)
    noting = [k for k, step in enumerate(steps) if step.layer.statistic_names]
    output_error = network.cost_function.error_for(graph.layers[at].activation)
    # Plain descent is linear in the error too: its rate can be multiplied in where the scale is.
    plain = optimizer == SGD()
    state = optimizer.start(parameters.size)
    size = min(batch_size, len(targets))
    pairs = [(array, np.empty((size, *array.shape[1:]), array.dtype)) for array in inputs]
    are_labels = targets.dtype.kind != "f"
    rng = np.random.RandomState(seed)
    for epoch in range(1, epochs + 1):
        rate = learning_rate(epoch)
        order = rng.permutation(len(targets))
        # What overflows because of a rate too large is reported once, below.
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(order), size):
                batch = order[start : start + size]
                n = len(batch)
                # Into one array for all batches; mode "clip" because "raise" would go by a copy.
                taken = [array.take(batch, 0, rows[:n], "clip") for array, rows in pairs]
                trace = forward(steps, taken, rng)
                wished = targets.take(batch, 0)
                if are_labels:
                    wished = as_targets(network, wished)
                zs, activations, memories = trace
                error = output_error(zs[at], activations[first + at], wished)
                # Scaled here, where it is small; everything that follows is linear in it.
                error *= (rate if plain else 1.0) / n
                errors: Sequence[Any] = backward(steps, trace, at, error, wanted).errors
                for write, node, out in writing:
                    write(memories[node], errors[node], out)
                for layer, nodes, out in sharing:
                    _add(layer, nodes, out, memories, errors)
                if plain:
                    change = gradient
                else:
                    gradient[held] = 0.0
                    change, state = optimizer.update(parameters, gradient, state, rate)
                if held.size:
                    change[held] = 0.0
                parameters -= change
                for k in noting:
                    layer = steps[k].layer
                    after = layer.statistics_after(memories[k])
                    for statistic, new in zip(layer.statistics, after, strict=True):
                        statistic[...] = new
        if not np.isfinite(parameters).all():
            raise NetworkError(
                f"training left the range of floats in epoch {epoch}: "
                f"a learning rate of {rate:g} is too large"
            )
        trained = [_result(*pair) for pair in zip(graph.owners, workers, strict=True)]
        if used is not None:
            weights = graph.owners[0].parameters[0].copy()
            weights[:, used] = workers[0].parameters[0]
            trained[0] = graph.owners[0].replace(weights=weights, biases=workers[0].parameters[1])
        yield graph.with_layers(trained)


def _add(
    layer: Layer,
    nodes: Sequence[int],
    out: tuple[FloatArray, ...],
    memories: Sequence[Any],
    errors: Sequence[Any],
) -> None:
    """Add the derivatives by a layer's parameters at further nodes that share it."""
    for k in nodes:
        for total, part in zip(out, layer.gradients(memories[k], errors[k]), strict=True):
            total += part


def _result(layer: Layer, worker: Layer) -> Layer:
    """Return the layer with what its worker has learnt, in arrays of its own."""
    names = layer.parameter_names + layer.statistic_names
    if not names:
        return layer
    return layer.replace(**{name: getattr(worker, name) for name in names})


def _narrowed(first: Layer, used: IntArray) -> Layer:
    return first.replace(weights=first.parameters[0].take(used, axis=1))


def _used_inputs(graph: Graph, inputs: Sequence[FloatArray]) -> IntArray | None:
    """Return the indices of the inputs worth computing with; None if that is all of them.

    An input that is 0 in every example, as in the margin that no digit reaches, adds nothing to a
    dense layer's z, and the gradient of its weights is 0: without it everything comes out the
    same, sooner.
    """
    if len(inputs) > 1 or inputs[0].ndim != 2 or type(graph.layers[0]) is not Dense:
        return None
    if graph.owner_of.count(0) > 1 or [0 in step.sources for step in graph.steps].count(True) > 1:
        return None
    used = np.flatnonzero(inputs[0].any(axis=0))
    return used if 0 < used.size < _WORTH_A_COPY * inputs[0].shape[1] else None
