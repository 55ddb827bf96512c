"""What the nodes of ONNX become that have weights, windows or constants."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.comparing import check_not_transposed
from nnviz.interop.onnx_graph import REAL_TYPES, Step
from nnviz.network import (
    AveragePool2D,
    BatchNorm,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Embedding,
    GroupNorm,
    LayerNorm,
    MatMul,
    MaxPool2D,
    PReLU,
    Slice,
)

if TYPE_CHECKING:
    from nnviz.interop.onnx import Reader

__all__ = ["WEIGHTS"]

Attributes = Mapping[str, Any]
Numbers = npt.NDArray[np.float64]
#: Which inputs of nodes are weights that several nodes may share.
WEIGHTS: dict[str, tuple[int, ...]] = {
    "Conv": (1,),
    "ConvTranspose": (1,),
    "Gather": (0,),
    "Gemm": (1,),
    "MatMul": (1,),
    "PRelu": (1,),
}


def add_nothing(reader: Reader, step: Step, values: Attributes) -> None:
    """Do nothing, as an identity does."""


def activation_entry(name: str) -> Callable[[Reader, Step, Attributes], None]:
    """Make the entry of an activation function without options."""
    return lambda reader, step, values: reader.builder.activate(name)


def _pool(
    reader: Reader,
    values: Attributes,
    kind: type[MaxPool2D] | type[AveragePool2D],
    **options: bool,
) -> None:
    size = tuple(values["kernel_shape"])
    reader.builder.pool(
        kind,
        size,
        values.get("strides", (1, 1)),
        _padding(reader, values, size),
        values.get("dilations", 1),
        bool(values.get("ceil_mode", 0)),
        **options,
    )


def add_max_pool(reader: Reader, step: Step, values: Attributes) -> None:
    _pool(reader, values, MaxPool2D)


def add_average_pool(reader: Reader, step: Step, values: Attributes) -> None:
    _pool(reader, values, AveragePool2D, count_padding=bool(values.get("count_include_pad", 0)))


def add_global_average(reader: Reader, step: Step, values: Attributes) -> None:
    reader.builder.global_average(keep_axes=True)


def add_batch_norm(reader: Reader, step: Step, values: Attributes) -> None:
    if values.get("training_mode", 0):
        raise UnsupportedModelError("it is in training: export the model after eval()")
    scale, shift, mean, variance = weights_of(reader, step)
    epsilon, momentum = values.get("epsilon", 1e-5), values.get("momentum", 0.9)
    norm = BatchNorm(scale, shift, mean, variance, epsilon, 1.0 - momentum, unbiased=False)
    reader.builder.add(norm)


def add_dropout(reader: Reader, step: Step, values: Attributes) -> None:
    rate = values.get("ratio", 0.5)
    names = [*step.node.input[1:], "", ""]
    if names[0]:
        rate = reader.graph.numbers(names[0]).item()
    if names[1] and reader.graph.constant(names[1]).any():
        raise UnsupportedModelError("it is in training: export the model after eval()")
    reader.builder.add(Dropout(rate))


def check_cast(reader: Reader, step: Step, values: Attributes) -> None:
    if values["to"] not in REAL_TYPES:
        raise UnsupportedModelError("it rounds to whole numbers or the like")


def _padding(reader: Reader, values: Attributes, size: tuple[int, ...]) -> Any:
    """Return a padding as our layers take it, of windows of a size."""
    kind = values.get("auto_pad", "NOTSET")
    if len(size) != 2:
        raise UnsupportedModelError(f"windows must have two axes, not size {size}")
    if kind in ("VALID", "SAME_UPPER"):
        return {"VALID": "valid", "SAME_UPPER": "same"}[kind]
    if kind == "NOTSET":
        top, left, bottom, right = values.get("pads", (0, 0, 0, 0))
        return (top, bottom), (left, right)
    if kind != "SAME_LOWER":
        raise UnsupportedModelError(f"auto_pad {kind!r} is not supported")
    margins = []
    for n, reach, step, dilation in zip(
        reader.builder.known_shape()[-2:],
        size,
        values.get("strides", (1, 1)),
        values.get("dilations", (1, 1)),
        strict=True,
    ):
        margin = max((math.ceil(n / step) - 1) * step + (reach - 1) * dilation + 1 - n, 0)
        margins.append((margin - margin // 2, margin // 2))
    return tuple(margins)


# --- axes and constants


def axis_of(reader: Reader, axis: int) -> int:
    """Return which axis of one example an axis is, counted from 0."""
    axes = 2 if reader.builder.shape is None else len(reader.builder.shape) + 1
    if not -axes <= axis < axes:
        raise UnsupportedModelError(f"there is no axis {axis}, as there are {axes}")
    if axis % axes == 0:
        raise UnsupportedModelError(
            f"it must not run over the examples, which a network computes one by one: not {axis}"
        )
    return axis % axes - 1


def integers_of(reader: Reader, step: Step, values: Attributes, name: str, place: int) -> Any:
    """Return integers that are an attribute or, in later versions, an input."""
    found = values.get(name)
    if found is None and len(step.node.input) > place and step.node.input[place]:
        found = reader.integers(step.node.input[place]).ravel().tolist()
    return found


def constant_of(reader: Reader, name: str) -> Numbers:
    """Return constant numbers without the axis of the examples."""
    values = reader.graph.numbers(name)
    if reader.builder.shape is not None and values.ndim > len(reader.builder.shape):
        if len(values) != 1 or values.ndim > len(reader.builder.shape) + 1:
            raise UnsupportedModelError(
                f"a constant of shape {values.shape} is not one for every example"
            )
        return np.asarray(values[0])
    return values


def weights_of(reader: Reader, step: Step) -> list[Numbers]:
    """Return a node's constants, which must come after what it works on."""
    if step.node.input[0] != step.source:
        raise UnsupportedModelError("its weights must come second")
    return [reader.graph.numbers(name) for name in step.node.input[1:] if name]


def _shared(reader: Reader, step: Step, make: Callable[[], Any], *options: Any) -> Any:
    names = tuple(step.node.input[1:])
    root = reader.graph.root(names[0])
    reader.builder.label, key = step.place, (step.node.op_type, *names, repr(options))
    try:
        return reader.builder.shared(key, (root,), make)
    finally:
        reader.builder.label = ""


# --- layers with weights


def add_gemm(reader: Reader, step: Step, values: Attributes) -> None:
    if len(step.sources) > 1:
        raise UnsupportedModelError(
            f"it multiplies {' and '.join(map(repr, step.sources))}, which both depend on the "
            "input: weights must be constant"
        )
    if values.get("transA", 0):
        raise UnsupportedModelError("with transA examples would be columns, which is not supported")
    weights, *biases = weights_of(reader, step)
    if not values.get("transB", 0):
        weights = weights.T
    if reader.builder.shape is not None:
        check_not_transposed(weights.shape, reader.builder.shape)
    rows = len(weights)
    added = np.zeros(rows)
    if biases:
        lined_up = biases[0].ravel()
        if lined_up.size not in (1, rows) or biases[0].shape[-1:] not in ((), lined_up.shape):
            raise UnsupportedModelError(
                f"biases must be one number for each of the {rows} outputs, not of shape "
                f"{biases[0].shape}"
            )
        added = np.broadcast_to(lined_up, (rows,)) * values.get("beta", 1.0)
    alpha = values.get("alpha", 1.0)
    reader.builder.add(
        _shared(reader, step, lambda: Dense(weights * alpha, added), sorted(values.items()))
    )


def add_matmul(reader: Reader, step: Step, values: Attributes) -> None:
    builder = reader.builder
    if len(step.sources) > 1 or not any(map(reader.graph.is_constant, step.node.input)):
        a, b = (reader.values[name] for name in step.node.input)
        shapes = builder.known_shape(a), builder.known_shape(b)
        if len(shapes[0]) != len(shapes[1]) or len(shapes[0]) < 2:
            raise UnsupportedModelError(
                f"a product of {shapes[0]} and {shapes[1]} mixes examples, which is not supported"
            )
        lead = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
        parts = [
            builder.broadcast(one, (*lead, *shape[-2:]))
            for one, shape in zip((a, b), shapes, strict=True)
        ]
        builder.add(MatMul(), *parts)
        return
    (weights,) = weights_of(reader, step)
    if weights.ndim != 2:
        raise UnsupportedModelError(
            f"a product with a constant of shape {weights.shape} is not supported, with two axes is"
        )
    root = reader.graph.root(step.node.input[1])
    table = builder.made(("Gather", root))
    if table is not None and np.array_equal(table.weights, weights.T):
        builder.add(table)
        return
    layer = _shared(reader, step, lambda: Dense(weights.T, np.zeros(weights.shape[1])))
    shape = builder.shape
    if shape is not None and len(shape) == 3:
        builder.reshape((shape[0] * shape[1], shape[2]))
        builder.add(layer)
        builder.reshape((*shape[:2], len(layer.weights)))
    else:
        builder.add(layer)
    reader.bare.add(builder.tip)


def add_conv(reader: Reader, step: Step, values: Attributes) -> None:
    kernels, *biases = weights_of(reader, step)
    size = kernels.shape[2:]
    if tuple(values.get("kernel_shape", size)) != size:
        raise UnsupportedModelError(
            f"kernel_shape {values['kernel_shape']} is not that of its kernels, {size}"
        )
    added = biases[0] if biases else np.zeros(kernels.shape[0])
    if len(size) == 1:
        options: dict[str, Any] = {
            "stride": values.get("strides", (1,))[0],
            "dilation": values.get("dilations", (1,))[0],
            "padding": _padding_1d(values),
        }
    else:
        options = {
            "stride": values.get("strides", (1, 1)),
            "padding": _padding(reader, values, size),
            "dilation": values.get("dilations", (1, 1)),
        }
    options["groups"] = values.get("group", 1)
    kind = Conv1D if len(size) == 1 else Conv2D
    layer = _shared(reader, step, lambda: kind(kernels, added, **options), options)
    reader.builder.add(layer)
    if not biases:
        reader.bare.add(reader.builder.tip)


def _padding_1d(values: Attributes) -> Any:
    kind = values.get("auto_pad", "NOTSET")
    if kind == "NOTSET":
        return tuple(values.get("pads", (0, 0)))
    if kind not in ("VALID", "SAME_UPPER"):
        raise UnsupportedModelError(f"auto_pad {kind!r} is not supported along sequences")
    return {"VALID": "valid", "SAME_UPPER": "same"}[kind]


def add_conv_transpose(reader: Reader, step: Step, values: Attributes) -> None:
    kernels, *biases = weights_of(reader, step)
    if kernels.ndim != 4 or "output_shape" in values:
        raise UnsupportedModelError("it is supported for images, without output_shape")
    if values.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise UnsupportedModelError(f"auto_pad {values['auto_pad']!r} is not supported")
    groups = values.get("group", 1)
    added = biases[0] if biases else np.zeros(kernels.shape[1] * groups)
    top, left, bottom, right = values.get("pads", (0, 0, 0, 0))
    options = {
        "stride": values.get("strides", (1, 1)),
        "padding": ((top, bottom), (left, right)),
        "output_padding": values.get("output_padding", (0, 0)),
        "dilation": values.get("dilations", (1, 1)),
        "groups": groups,
    }
    made = _shared(reader, step, lambda: ConvTranspose2D(kernels, added, **options), options)
    reader.builder.add(made)


def add_gather(reader: Reader, step: Step, values: Attributes) -> None:
    builder, (data, index) = reader.builder, step.node.input
    axis = values.get("axis", 0)
    if not reader.graph.is_constant(index):
        if not reader.graph.is_constant(data) or axis:
            raise UnsupportedModelError("places that depend on the input are taken of a table")
        if len(builder.known_shape()) != 1:
            raise UnsupportedModelError(
                f"it takes integers of shape (tokens,) of one example, not {builder.shape}"
            )
        table, root = reader.graph.numbers(data), reader.graph.root(data)
        builder.add(builder.shared(("Gather", root), (root,), lambda: Embedding(table)))
        return
    places = reader.graph.constant(index)
    place = axis_of(reader, axis)
    n = builder.known_shape()[place]
    if np.any((places < -n) | (places >= n)):
        raise UnsupportedModelError(
            f"there are {n} places along axis {axis}, not {places.tolist()}"
        )
    if places.ndim > 1 or places.size == 0 or np.any(np.diff(places.ravel() % n) != 1):
        raise UnsupportedModelError("it takes one place, or places one after the other")
    start = int(places.ravel()[0]) % n
    squeezed = places.ndim == 0 and len(builder.known_shape()) > 1
    builder.add(Slice(start, start + places.size, axis=place, squeezed=squeezed))


def add_layer_norm(reader: Reader, step: Step, values: Attributes) -> None:
    scale, *shift = weights_of(reader, step)
    axis, shape = axis_of(reader, values.get("axis", -1)), reader.builder.known_shape()
    wide = np.broadcast_to(scale, shape[axis:])
    moved = np.broadcast_to(shift[0], shape[axis:]) if shift else np.zeros(shape[axis:])
    reader.builder.add(LayerNorm(wide, moved, values.get("epsilon", 1e-5)))


def add_instance_norm(reader: Reader, step: Step, values: Attributes) -> None:
    scale, shift = weights_of(reader, step)
    reader.builder.add(GroupNorm(len(scale), scale, shift, values.get("epsilon", 1e-5)))


def add_prelu(reader: Reader, step: Step, values: Attributes) -> None:
    slopes = constant_of(reader, step.node.input[1])
    shape = reader.builder.known_shape()
    lined_up = slopes.reshape((1,) * (len(shape) - slopes.ndim) + slopes.shape)
    if slopes.size != 1 and lined_up.shape != (shape[0],) + (1,) * (len(shape) - 1):
        raise UnsupportedModelError(
            f"slopes must be one number, or one a channel, not of shape {slopes.shape}"
        )
    reader.builder.add(_shared(reader, step, lambda: PReLU(slopes.ravel())))
