"""Operators of ONNX with weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.model_comparison import check_not_transposed
from nnviz.interop.onnx_graph import Step
from nnviz.interop.onnx_layout import align, constant_of, rank_of
from nnviz.interop.onnx_norms import add_norm
from nnviz.network import BatchNorm, Dense, GroupNorm, MatMul, PositionalEmbedding, PReLU

if TYPE_CHECKING:
    from nnviz.interop.onnx_reader import Reader

__all__ = ["LAYERS", "WEIGHTS", "add_positions", "shared", "weights_of"]

Attributes = Mapping[str, Any]
Numbers = npt.NDArray[np.float64]
#: Which inputs of nodes are weights that several nodes may share.
WEIGHTS: dict[str, tuple[int, ...]] = {
    "BatchNormalization": (1,),
    "Conv": (1,),
    "ConvTranspose": (1,),
    "GRU": (1,),
    "Gather": (0,),
    "Gemm": (1,),
    "LSTM": (1,),
    "LayerNormalization": (1,),
    "MatMul": (0, 1),
    "PRelu": (1,),
    "RNN": (1,),
}


def weights_of(reader: Reader, step: Step) -> list[Numbers]:
    """Return a node's constants; an error if they come before the value that it works on."""
    if step.node.input[0] != step.source:
        raise UnsupportedModelError("its weights must come second")
    return [reader.graph.numbers(name) for name in step.node.input[1:] if name]


def shared(reader: Reader, step: Step, make: Callable[[], Any], *options: Any) -> Any:
    """Return the layer of a node's weights: the same object for all nodes that share them."""
    names = tuple(step.node.input[1:])
    root, label = reader.graph.root(names[0]), reader.builder.label
    reader.builder.label, key = step.place, (step.node.op_type, *names, repr(options))
    try:
        return reader.builder.shared(key, (root,), make)
    finally:
        reader.builder.label = label


def _add_by_rows(reader: Reader, layer: Dense) -> None:
    """Add a layer that works on the last axis, whatever stands before it."""
    builder, shape = reader.builder, reader.builder.shape
    if reader.live.layout.batch == rank_of(reader) - 1:
        raise UnsupportedModelError("a product along the examples is not supported")
    if shape is None or len(shape) < 3:
        builder.add(layer)
        return
    builder.reshape((math.prod(shape[:-1]), shape[-1]))
    builder.add(layer)
    builder.reshape((*shape[:-1], len(layer.weights)))


def _gemm(reader: Reader, step: Step, values: Attributes) -> None:
    if len(step.sources) > 1:
        raise UnsupportedModelError(
            f"a product of {' and '.join(map(repr, step.sources))}, which both depend on the "
            "input, is not supported: weights have to be constant"
        )
    if values.get("transA", 0):
        raise UnsupportedModelError("transA is not supported: examples have to be rows")
    weights, *biases = weights_of(reader, step)
    if not values.get("transB", 0):
        weights = weights.T
    if reader.builder.shape is not None and len(reader.builder.shape) == 1:
        check_not_transposed(weights.shape, reader.builder.shape)
    rows = len(weights)
    added = np.zeros(rows)
    if biases:
        lined_up = biases[0].ravel()
        if lined_up.size not in (1, rows) or biases[0].shape[-1:] not in ((), lined_up.shape):
            raise UnsupportedModelError(
                f"biases of shape {biases[0].shape} are not supported; supported is one number "
                f"for each of the {rows} outputs"
            )
        added = np.broadcast_to(lined_up, (rows,)) * values.get("beta", 1.0)
    alpha = values.get("alpha", 1.0)
    _add_by_rows(
        reader, shared(reader, step, lambda: Dense(weights * alpha, added), sorted(values.items()))
    )


def _matmul(reader: Reader, step: Step, values: Attributes) -> None:
    builder, names = reader.builder, list(step.node.input)
    if not any(map(reader.graph.is_constant, names)):
        _product_of(reader, names)
        return
    (weights,) = weights_of(reader, step)
    if weights.ndim != 2:
        raise UnsupportedModelError(
            f"a product with a constant of shape {weights.shape} is not supported; supported are "
            "two axes"
        )
    for table in reader.tables.values():
        # Tied ones are two tensors where an exporter has transposed one of them.
        if np.array_equal(table.weights, weights.T) and np.ptp(weights) > 0:
            builder.add(table)
            return
    _add_by_rows(
        reader,
        shared(reader, step, lambda: Dense(weights.T, np.zeros(weights.shape[1]))),
    )
    reader.bare.add(builder.tip)


def _product_of(reader: Reader, names: list[str]) -> None:
    """Multiply two matrices that both depend on the input, example by example."""
    builder = reader.builder
    lives = [reader.values[name] for name in names]
    shapes = [builder.known_shape(live.name) for live in lives]
    ranks = [rank_of(reader, live) for live in lives]
    values, layout = align(reader, names)
    if len(set(ranks)) > 1 or layout.batch >= ranks[0] - 2:
        raise UnsupportedModelError(
            f"a product of {shapes[0]} and {shapes[1]} mixes examples, which is not supported"
        )
    lead = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
    parts = [
        builder.broadcast(one, (*lead, *shape[-2:]))
        for one, shape in zip(values, shapes, strict=True)
    ]
    builder.add(MatMul(), *parts)
    reader.arrange(layout)


def add_positions(reader: Reader, name: str) -> bool:
    """Add rows of a table, one a token, and let them be learned. Return whether a constant is such.

    Exporters write a learned embedding of positions as ``Gather(table, 0, 1, 2, ...)``.
    """
    graph, shape = reader.graph, reader.builder.known_shape()
    if graph.index(name) < 0 or len(shape) != 2 or reader.live.layout.batch != 0:
        return False
    node = graph.producer(name)
    if node.op_type != "Gather" or graph.attributes(node).get("axis", 0):
        return False
    table, places = graph.constant(node.input[0]), graph.constant(node.input[1])
    if (
        graph.index(node.input[0]) >= 0
        or table.ndim != 2
        or graph.constant(name).squeeze().shape != shape
        or not np.array_equal(places.ravel(), np.arange(shape[0]))
    ):
        return False
    root = graph.root(node.input[0])
    rows = graph.numbers(node.input[0])
    key = ("positions", root)
    reader.builder.add(reader.builder.shared(key, (root,), lambda: PositionalEmbedding(rows)))
    return True


# --- norms and others


def _batch_norm(reader: Reader, step: Step, values: Attributes) -> None:
    if values.get("training_mode", 0):
        raise UnsupportedModelError("it is in training: export the model after eval()")
    scale, shift, mean, variance = weights_of(reader, step)
    epsilon, momentum = values.get("epsilon", 1e-5), values.get("momentum", 0.9)
    norm = BatchNorm(scale, shift, mean, variance, epsilon, 1.0 - momentum, unbiased=False)
    reader.builder.add(norm)


def _norm(centred: bool) -> Callable[[Reader, Step, Attributes], None]:
    """Return the entry for a layer norm or an RMS norm."""

    def normalise(reader: Reader, step: Step, values: Attributes) -> None:
        if step.node.input[0] != step.source:
            raise UnsupportedModelError("its weights must come second")
        scale, shift = [*step.node.input, ""][1:3]
        axis, epsilon = values.get("axis", -1), values.get("epsilon", 1e-5)
        add_norm(reader, axis, scale, shift, epsilon, centred=centred)

    return normalise


def _instance_norm(reader: Reader, step: Step, values: Attributes) -> None:
    scale, shift = weights_of(reader, step)
    reader.builder.add(GroupNorm(len(scale), scale, shift, values.get("epsilon", 1e-5)))


def _group_norm(reader: Reader, step: Step, values: Attributes) -> None:
    scale, shift = weights_of(reader, step)
    groups, channels = values["num_groups"], reader.builder.known_shape()[0]
    if len(scale) != channels:
        raise UnsupportedModelError(
            f"{len(scale)} numbers for its {groups} groups, as before version 21, are not "
            f"supported; supported is one number for each of the {channels} channels"
        )
    reader.builder.add(GroupNorm(groups, scale, shift, values.get("epsilon", 1e-5)))


def _prelu(reader: Reader, step: Step, values: Attributes) -> None:
    slopes = constant_of(reader, step.node.input[1])
    shape = reader.builder.known_shape()
    lined_up = slopes.reshape((1,) * (len(shape) - slopes.ndim) + slopes.shape)
    if slopes.size != 1 and lined_up.shape != (shape[0],) + (1,) * (len(shape) - 1):
        raise UnsupportedModelError(
            f"slopes of shape {slopes.shape} are not supported; supported are one number, and one "
            "number for each channel"
        )
    reader.builder.add(shared(reader, step, lambda: PReLU(slopes.ravel())))


LAYERS: dict[str, Callable[[Reader, Step, Attributes], Any]] = {
    "BatchNormalization": _batch_norm,
    "Gemm": _gemm,
    "GroupNormalization": _group_norm,
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _norm(True),
    "MatMul": _matmul,
    "PRelu": _prelu,
    "RMSNormalization": _norm(False),
}
