"""What a network computes, forwards and backwards: the methods of `Network` that do so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.examples import Examples, Inputs, check_inputs, check_pairs
from nnviz.network.gradient import Gradient
from nnviz.network.layers.simple import Dropout
from nnviz.network.propagation import (
    BackwardPass,
    ForwardPass,
    Trace,
    backward,
    forward,
    last,
    named_views,
)

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = [
    "backprop",
    "backprop_each",
    "backward_pass",
    "check_batch",
    "cost",
    "examples",
    "feedforward",
    "forward_pass",
    "input_gradient",
    "mean_cost",
    "output_error",
    "outputs",
]

#: Images to compute with at a time, where only the output is asked for: as many as fit into caches.
_IMAGES_AT_A_TIME = 64


# --- the methods


def feedforward(network: Network, x: Inputs) -> FloatArray:
    """Compute the output. The usual way to write it is ``network(x)``.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        Input, shape (*input_shape,) or (batch, *input_shape); a mapping where there are several.

    Returns
    -------
    ndarray
        Shape (*output_shape,) or (batch, *output_shape).

    Raises
    ------
    NetworkError
        If `x` has another shape or contains a NaN or an infinity.
    """
    batch = check_inputs(network.graph, x)
    _, a = outputs(network, batch.inputs)
    return a if batch.is_batch else a[0]


def forward_pass(
    network: Network, x: Inputs, rng: np.random.RandomState | None = None
) -> ForwardPass:
    """Compute the output and everything on the way: see `feedforward`, `ForwardPass`.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        As for `feedforward`.
    rng : RandomState, optional
        By default the network computes as when it is used. With a generator it computes as in
        training: dropout sets values to 0, and the result has the masks.
    """
    batch = check_inputs(network.graph, x)
    trace = forward(network.graph.steps, batch.inputs, rng)
    masks = {
        name: memory == 0
        for name, node, memory in zip(
            network.nodes, network.nodes.values(), trace.memories, strict=True
        )
        if isinstance(node.layer, Dropout) and memory is not None
    }
    return ForwardPass(
        named_views(trace.zs, network.nodes, batch.is_batch),
        named_views(trace.activations, network.shapes.names, batch.is_batch),
        network.output,
        {name: mask if batch.is_batch else mask[0] for name, mask in masks.items()},
    )


def cost(network: Network, x: Inputs, y: npt.ArrayLike) -> float:
    """Compute the cost against the desired output, for a batch the mean over its examples.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        Input, as for `feedforward`.
    y : array_like
        Desired output, shape (*output_shape,) or (batch, *output_shape). Where there is one
        output, the last axis may be left out. Where outputs stand for classes, labels will do:
        integers of the output's shape without the axis of the classes, -1 for a position that does
        not count.

    Raises
    ------
    NetworkError
        If a shape is wrong, the batch is empty, or a number is not finite.
    """
    inputs, targets, _ = examples(network, x, y)
    return mean_cost(network, *outputs(network, inputs), targets)


def backward_pass(network: Network, x: Inputs, y: npt.ArrayLike) -> BackwardPass:
    """Propagate the cost's derivatives back through the nodes, for each example on its own.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        As for `cost`.
    y : array_like
        As for `cost`.
    """
    (inputs, _, is_batch), targets, trace, error = _to_error(network, x, y)
    at, first = network.graph.output_index, len(inputs)
    found = backward(network.graph.steps, trace, at, error, [True] * len(trace.activations))
    gradients = list(found.activation_gradients)
    gradients[first + at] = network.cost_form.gradient(trace.activations[first + at], targets)
    return BackwardPass(
        named_views(_filled(found.errors, trace.zs), network.nodes, is_batch),
        named_views(_filled(gradients, trace.activations), network.shapes.names, is_batch),
    )


def output_error(network: Network, x: Inputs, y: npt.ArrayLike) -> FloatArray:
    """Compute dC/dz of the output, shape (*output_shape,) or (batch, *output_shape)."""
    found, _, _, error = _to_error(network, x, y)
    return error if found.is_batch else error[0]


def backprop(network: Network, x: Inputs, y: npt.ArrayLike) -> Gradient:
    """Compute the gradient of `cost` with respect to all parameters.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        As for `cost`.
    y : array_like
        As for `cost`.

    Returns
    -------
    Gradient
        Shaped like the parameters; for a batch the mean over its examples.
    """
    found, _, trace, error = _to_error(network, x, y)
    graph = network.graph
    error = error / len(found.targets)
    wanted = graph.leads_to_parameters
    errors, _ = backward(graph.steps, trace, graph.output_index, error, wanted)
    parts: list[tuple[FloatArray, ...] | None] = [None] * len(graph.owners)
    for k, owner in enumerate(graph.owner_of):
        of_node = errors[k]
        if of_node is None or not graph.layers[k].parameter_names:
            continue
        part = graph.layers[k].gradients(trace.memories[k], of_node)
        before = parts[owner]
        parts[owner] = (
            part if before is None else tuple(a + b for a, b in zip(before, part, strict=True))
        )
    whole = [
        tuple(np.zeros_like(p) for p in layer.parameters) if part is None else part
        for layer, part in zip(graph.owners, parts, strict=True)
    ]
    for part in whole:
        for array in part:
            array.setflags(write=False)  # Nobody else has them, so they need no copy.
    return network.parameters.gradient(whole)


def backprop_each(network: Network, x: Inputs, y: npt.ArrayLike) -> tuple[Gradient, ...]:
    """Compute the gradient of each example's own cost: their mean is `backprop`'s.

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        A batch, as for `cost`.
    y : array_like
        A batch, as for `cost`.
    """
    inputs, targets = check_batch(network, x, y)
    names = list(network.inputs)
    return tuple(
        backprop(network, {n: a[k] for n, a in zip(names, inputs, strict=True)}, targets[k])
        for k in range(len(targets))
    )


def input_gradient(
    network: Network, x: Inputs, output: int | tuple[int, ...], of: str | None = None
) -> FloatArray:
    """Compute the derivatives of one output by the input: how each input number moves it.

    As a picture this is a saliency map (K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside
    Convolutional Networks", 2013).

    Parameters
    ----------
    x : array_like or mapping from str to array_like
        Input, as for `feedforward`.
    output : int or tuple of int
        Index of the output, a tuple where outputs have several axes.
    of : str, optional
        By the activations of which node or input; the only input if None. An input of integers has
        no derivatives: ask for those by its embedding.

    Returns
    -------
    ndarray
        Shaped like that input or node's activations, with the batch's axis where x has one.

    Raises
    ------
    NetworkError
        If there is no such output, input or node.
    """
    graph = network.graph
    name = next(iter(network.inputs)) if of is None and len(network.inputs) == 1 else of
    if name is None or name not in network.shapes.names:
        raise NetworkError(f"by what? of={name!r} is none of {', '.join(network.shapes.names)}")
    if name in graph.integer_inputs:
        raise NetworkError(
            f"{name} holds integers, and there is no derivative by them: name the node that embeds "
            "them, of=..."
        )
    place = (output,) if not isinstance(output, tuple) else output
    shape = network.output_shape
    if len(place) != len(shape) or any(not -n <= k < n for k, n in zip(place, shape, strict=False)):
        raise NetworkError(f"there is no output {output}: outputs have shape {shape}")
    batch = check_inputs(graph, x)
    trace = forward(graph.steps, batch.inputs)
    at, first = graph.output_index, len(batch.inputs)
    a = trace.activations[first + at]
    one = np.zeros_like(a)
    one.reshape(len(a), -1)[:, np.ravel_multi_index(place, shape, mode="wrap")] = 1.0
    error = graph.layers[at].activation.pullback(trace.zs[at], a, one)
    found = backward(graph.steps, trace, at, error, [True] * len(trace.activations))
    k = network.shapes.names.index(name)
    gradient = one if k == first + at else found.activation_gradients[k]
    if gradient is None:
        gradient = np.zeros_like(trace.activations[k])
    return gradient if batch.is_batch else gradient[0]


# --- what they share


def examples(network: Network, x: Inputs, y: npt.ArrayLike) -> Examples:
    """Check inputs and desired outputs against the network and each other."""
    return check_pairs(network.graph, network.classes, x, y)


def check_batch(
    network: Network, x: Inputs, y: npt.ArrayLike
) -> tuple[tuple[FloatArray, ...], npt.NDArray[Any]]:
    """Check inputs and desired outputs, which have to be a batch."""
    inputs, targets, is_batch = examples(network, x, y)
    if not is_batch:
        name, shape = next(iter(network.inputs.items()))
        numbers = ", ".join(map(str, shape))
        raise NetworkError(f"{name} must be a batch of shape (n, {numbers}), not one example")
    return inputs, targets


def as_targets(network: Network, targets: npt.NDArray[Any]) -> FloatArray:
    """Return desired outputs as numbers, where they are labels."""
    return targets if network.classes is None else network.classes.targets(targets)


def outputs(network: Network, inputs: tuple[FloatArray, ...]) -> tuple[FloatArray, FloatArray]:
    """Compute z and a of the output for a batch, large batches of images part by part."""
    n = max(len(inputs[0]), 1)
    size = n if max(map(len, network.inputs.values())) == 1 else _IMAGES_AT_A_TIME
    if n <= size:
        return last(network.graph, inputs)
    parts = [
        last(network.graph, [array[start : start + size] for array in inputs])
        for start in range(0, n, size)
    ]
    zs, activations = zip(*parts, strict=True)
    return np.concatenate(zs), np.concatenate(activations)


def mean_cost(network: Network, z: FloatArray, a: FloatArray, targets: npt.NDArray[Any]) -> float:
    """Compute the mean cost of outputs, part by part where labels have to become numbers."""
    function = network.cost_form.function
    if targets.dtype.kind == "f":
        return float(np.mean(function(z, a, targets)))
    size = _IMAGES_AT_A_TIME
    parts = [
        function(z[k : k + size], a[k : k + size], as_targets(network, targets[k : k + size]))
        for k in range(0, len(z), size)
    ]
    return float(np.mean(np.concatenate(parts)))


def _to_error(
    network: Network, x: Inputs, y: npt.ArrayLike
) -> tuple[Examples, FloatArray, Trace, FloatArray]:
    """Return examples, their desired outputs as numbers, the forward pass, and its error."""
    found = examples(network, x, y)
    targets = as_targets(network, found.targets)
    trace = forward(network.graph.steps, found.inputs)
    at = network.graph.output_index
    error = network.cost_function.error_for(network.graph.layers[at].activation)
    a = trace.activations[len(found.inputs) + at]
    return found, targets, trace, error(trace.zs[at], a, targets)


def _filled(arrays: Iterable[FloatArray | None], like: Iterable[FloatArray]) -> list[FloatArray]:
    """Put zeros where nothing came back."""
    return [
        np.zeros(model.shape) if array is None else array
        for array, model in zip(arrays, like, strict=True)
    ]
