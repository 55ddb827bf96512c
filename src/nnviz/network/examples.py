"""Inputs and desired outputs as they are given, checked and made batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_below, check_examples
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.classes import Classes
from nnviz.network.graph import Graph

__all__ = ["Batch", "Examples", "Inputs", "check_inputs", "check_one_example", "check_pairs"]

#: What a network takes: the values of its one input, or of each by its name.
Inputs = npt.ArrayLike | Mapping[str, npt.ArrayLike]


class Batch(NamedTuple):
    """Inputs as a batch, one array an input of the network, and whether they came as one."""

    inputs: tuple[FloatArray, ...]
    is_batch: bool

    def __len__(self) -> int:
        return len(self.inputs[0])


class Examples(NamedTuple):
    """Inputs and desired outputs as a batch, and whether they came as one.

    Desired outputs are numbers shaped like the outputs, or integers: the labels of classes.
    """

    inputs: tuple[FloatArray, ...]
    targets: npt.NDArray[Any]
    is_batch: bool


def check_inputs(graph: Graph, x: Inputs) -> Batch:
    """Check what a network is to compute with.

    Parameters
    ----------
    graph : Graph
        The network's.
    x : array_like or mapping from str to array_like
        One example or a batch: an array, or where there are several inputs a mapping.

    Raises
    ------
    NetworkError
        If an input is missing, has another shape, or holds what it may not.
    """
    names = list(graph.inputs)
    given: Mapping[str, npt.ArrayLike]
    if isinstance(x, Mapping):
        given = x
        if set(given) != set(names):
            raise NetworkError(
                f"the inputs are {', '.join(names)}, not {', '.join(map(str, given)) or 'none'}"
            )
    elif len(names) > 1:
        raise NetworkError(f"give the inputs by name, a mapping of {', '.join(names)}")
    else:
        given = {names[0]: x}
    arrays = []
    for name, shape in graph.inputs.items():
        limit = graph.integer_inputs.get(name)
        called = "x" if len(names) == 1 else name
        if limit is None:
            arrays.append(check_examples(given[name], shape, called))
        else:
            arrays.append(_check_integers(given[name], shape, limit, called))
    batches = [
        array.ndim > len(shape) for array, shape in zip(arrays, graph.inputs.values(), strict=True)
    ]
    if len(set(batches)) > 1 or (batches[0] and len({len(array) for array in arrays}) > 1):
        sizes = ", ".join(f"{n}: {array.shape}" for n, array in zip(names, arrays, strict=True))
        raise NetworkError(f"the inputs must hold the same examples, but have shapes {sizes}")
    if batches[0]:
        return Batch(tuple(arrays), True)
    return Batch(tuple(array[np.newaxis] for array in arrays), False)


def check_pairs(graph: Graph, classes: Classes | None, x: Inputs, y: npt.ArrayLike) -> Examples:
    """Check inputs and desired outputs against their shapes and each other.

    Parameters
    ----------
    graph : Graph
        The network's.
    classes : Classes or None
        What its outputs stand for; None where they are numbers.
    x : array_like or mapping from str to array_like
        As for `Network.cost`.
    y : array_like
        As for `Network.cost`.
    """
    batch = check_inputs(graph, x)
    n, output_shape = len(batch), graph.shapes[graph.output]
    targets = _targets(y, output_shape, classes, batch.is_batch)
    if batch.is_batch != targets.is_batch or len(targets.values) != n:
        inputs, wrong = (
            one if batch_ else one[1:]
            for one, batch_ in (
                (batch.inputs[0].shape, batch.is_batch),
                (targets.values.shape, targets.is_batch),
            )
        )
        raise NetworkError(
            f"x and y must hold the same examples, but have shapes {inputs} and {wrong}"
        )
    if not n or not batch.inputs[0].size:
        raise NetworkError("x and y are an empty batch, which has no mean")
    return Examples(batch.inputs, targets.values, batch.is_batch)


class Values(Protocol):
    """Arrays by the names of nodes and inputs, such as a `ForwardPass`."""

    def __getitem__(self, name: str, /) -> npt.NDArray[Any]: ...


def check_one_example(graph: Graph, values: Values) -> None:
    """Check that the values of inputs are those of one example, not of a batch.

    Parameters
    ----------
    graph : Graph
        The network's.
    values : mapping from str to ndarray
        Values of all inputs, such as a `ForwardPass`.

    Raises
    ------
    NetworkError
        If they are a batch.
    """
    for name, shape in graph.inputs.items():
        given = values[name].shape
        if len(given) > len(shape):
            raise NetworkError(
                f"{name} is a batch of {given[0]}, shape {given}: give one example, such as "
                f"{name}[0], of shape {shape}"
            )


class _Targets(NamedTuple):
    values: npt.NDArray[Any]
    is_batch: bool


def _targets(y: npt.ArrayLike, shape: Shape, classes: Classes | None, is_batch: bool) -> _Targets:
    if shape == (1,) and np.ndim(y) == is_batch:
        y = np.expand_dims(np.asarray(y), -1)
    elif classes is not None and classes.are_labels(y, is_batch):
        labels = classes.check_labels(y)
        return _Targets(labels if is_batch else labels[np.newaxis], is_batch)
    targets = check_examples(y, shape, "y")
    if targets.ndim > len(shape):
        return _Targets(targets, True)
    return _Targets(targets[np.newaxis], False)


def _check_integers(values: npt.ArrayLike, shape: Shape, limit: int, name: str) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and array.size:
        raise NetworkError(f"{name}: must be integers, not an array of {array.dtype}")
    if array.shape not in (shape, (*array.shape[:1], *shape)):
        numbers = ", ".join(map(str, shape))
        raise NetworkError(
            f"{name}: must have shape {shape} or (batch, {numbers}), not {array.shape}; for other "
            "lengths there is Network.with_inputs"
        )
    check_below(array, limit, f"{name}: integers")
    return array.astype(np.int64)
