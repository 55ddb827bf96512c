"""What the nodes of ONNX become: a table, and the entries in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.affine import divide, scale, shift, subtract_from
from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.onnx_graph import Step
from nnviz.interop.onnx_layers import (
    WEIGHTS,
    activation_entry,
    add_average_pool,
    add_batch_norm,
    add_conv,
    add_conv_transpose,
    add_dropout,
    add_gather,
    add_gemm,
    add_global_average,
    add_instance_norm,
    add_layer_norm,
    add_matmul,
    add_max_pool,
    add_nothing,
    add_prelu,
    axis_of,
    check_cast,
    constant_of,
    integers_of,
)
from nnviz.network import (
    Add,
    Concatenate,
    Conv1D,
    Conv2D,
    Dense,
    Multiply,
    Pad,
    Slice,
    Subtract,
    Transpose,
    clamp,
    elu,
    leaky_relu,
)

if TYPE_CHECKING:
    from nnviz.interop.onnx import Reader

__all__ = ["NODES", "WEIGHTS"]

Attributes = Mapping[str, Any]
Numbers = npt.NDArray[np.float64]


# --- arithmetic


def _arithmetic(kind: type[Add] | type[Multiply]) -> Callable[[Reader, Step, Attributes], None]:
    """Make the entry of a sum or a product."""

    def join(reader: Reader, step: Step, values: Attributes) -> None:
        builder = reader.builder
        constants = [name for name in step.node.input if reader.graph.is_constant(name)]
        if not constants:
            names = [reader.values[name] for name in step.node.input]
            _check_ranks(reader, names)
            builder.join(kind(), *names)
        elif kind is Multiply:
            scale(builder, constant_of(reader, constants[0]))
        elif builder.tip in reader.bare and builder.may_change(Dense, Conv1D, Conv2D):
            _add_biases(reader, reader.graph.numbers(constants[0]))
        else:
            shift(builder, constant_of(reader, constants[0]))

    return join


def _check_ranks(reader: Reader, names: list[str]) -> None:
    shapes = [reader.builder.known_shape(name) for name in names]
    if len({len(shape) for shape in shapes}) > 1:
        raise UnsupportedModelError(
            f"values of shape {' and '.join(map(str, shapes))} do not go together example by "
            "example"
        )


def _add_biases(reader: Reader, values: Numbers) -> None:
    """Let what is added to a product be the biases that it has not."""
    layer = reader.builder.nodes[reader.builder.tip].layer
    shape = reader.builder.known_shape()
    axis = -1 if isinstance(layer, Dense) else -len(shape)
    n = len(layer.parameters[1])
    lined_up = values.reshape((1,) * (-axis - values.ndim) + values.shape)
    if lined_up.size not in (1, n) or lined_up.shape[axis] != lined_up.size:
        shift(reader.builder, _constant_for(reader, values))
        return
    reader.bare.discard(reader.builder.tip)
    reader.builder.change(biases=np.broadcast_to(lined_up.ravel(), (n,)))


def _constant_for(reader: Reader, values: Numbers) -> Numbers:
    shape = reader.builder.known_shape()
    if values.ndim > len(shape):
        if len(values) != 1:
            raise UnsupportedModelError(
                f"a constant of shape {values.shape} is not one for every example"
            )
        values = values[0]
    try:
        np.broadcast_to(values, shape)
    except ValueError:
        raise UnsupportedModelError(
            f"a constant of shape {values.shape} does not go with {shape}"
        ) from None
    return values


def _subtract(reader: Reader, step: Step, values: Attributes) -> None:
    a, b = step.node.input
    if reader.graph.is_constant(b):
        shift(reader.builder, -constant_of(reader, b))
    elif reader.graph.is_constant(a):
        subtract_from(reader.builder, constant_of(reader, a))
    else:
        names = [reader.values[a], reader.values[b]]
        _check_ranks(reader, names)
        reader.builder.join(Subtract(), *names)


def _divide(reader: Reader, step: Step, values: Attributes) -> None:
    b = step.node.input[1]
    if not reader.graph.is_constant(b):
        raise UnsupportedModelError("a division by what is not constant is not supported")
    divide(reader.builder, constant_of(reader, b))


def _power(reader: Reader, step: Step, values: Attributes) -> None:
    exponent = reader.graph.numbers(step.node.input[1])
    if exponent.size != 1 or exponent.item() not in (2.0, 3.0):
        raise UnsupportedModelError("powers of 2 and 3 are supported")
    reader.builder.add(Multiply(), *(reader.values[step.source],) * int(exponent.item()))


def _limit(low: float | None, high: float | None) -> Any:
    bottom = -math.inf if low is None else low
    top = math.inf if high is None else high
    return "relu" if (bottom, top) == (0.0, math.inf) else clamp(float(bottom), float(top))


def _clip(reader: Reader, step: Step, values: Attributes) -> None:
    limits = [values.get("min"), values.get("max")]
    for k, name in enumerate(step.node.input[1:3]):
        if name:
            limits[k] = reader.graph.numbers(name).item()
    reader.builder.activate(_limit(limits[0], limits[1]))


def _extreme(is_low: bool) -> Callable[[Reader, Step, Attributes], None]:
    """Make the entry of Max, which is a lower limit, or Min."""

    def limit(reader: Reader, step: Step, values: Attributes) -> None:
        others = [name for name in step.node.input if name != step.source]
        if len(others) != 1 or reader.graph.numbers(others[0]).size != 1:
            raise UnsupportedModelError("the larger or smaller of two values is not supported")
        number = reader.graph.numbers(others[0]).item()
        reader.builder.activate(_limit(number, None) if is_low else _limit(None, number))

    return limit


def _hard_sigmoid(reader: Reader, step: Step, values: Attributes) -> None:
    alpha, beta = values.get("alpha", 0.2), values.get("beta", 0.5)
    if abs(alpha - 1 / 6) < 1e-7 and beta == 0.5:
        reader.builder.activate("hardsigmoid")
        return
    scale(reader.builder, np.array(alpha))
    shift(reader.builder, np.array(beta))
    reader.builder.activate(clamp(0.0, 1.0))


def _selu(reader: Reader, step: Step, values: Attributes) -> None:
    if {"alpha", "gamma"} & set(values) and (
        abs(values.get("alpha", 1.67326319) - 1.67326319) > 1e-6
        or abs(values.get("gamma", 1.05070102) - 1.05070102) > 1e-6
    ):
        raise UnsupportedModelError("a Selu of other numbers than its authors' is not supported")
    reader.builder.activate("selu")


# --- shapes


def _concatenate(reader: Reader, step: Step, values: Attributes) -> None:
    names = []
    for name in step.node.input:
        if reader.graph.is_constant(name):
            names.append(reader.builder.constant(constant_of(reader, name)))
        else:
            names.append(reader.values[name])
    axis = axis_of(reader, values["axis"])
    _check_ranks(reader, names)
    reader.builder.add(Concatenate(axis), *names)


def _transpose(reader: Reader, step: Step, values: Attributes) -> None:
    axes = len(reader.builder.known_shape()) + 1
    order = values.get("perm", list(range(axes))[::-1])
    if order[0] != 0:
        raise UnsupportedModelError(
            f"it puts the examples elsewhere, in the order {tuple(order)}, which is not supported"
        )
    places = [axis - 1 for axis in order[1:]]
    if places != sorted(places):
        reader.builder.add(Transpose(places))


def _reshape(reader: Reader, step: Step, values: Attributes) -> None:
    target = [int(n) for n in reader.integers(step.node.input[1]).ravel()]
    builder = reader.builder
    if builder.shape is None and len(target) == 2:
        builder.flatten()
        return
    shape = builder.known_shape()
    count = math.prod(shape)
    if values.get("allowzero", 0) and 0 in target[1:]:
        raise UnsupportedModelError("a shape without numbers is not supported")
    rest = [shape[k] if n == 0 and k < len(shape) else n for k, n in enumerate(target[1:])]
    known = math.prod(n for n in rest if n != -1)
    first = target[0] if target else 1
    if first in (0, max(reader.batch, 1)) and rest.count(-1) == 1 and known and not count % known:
        rest = [count // known if n == -1 else n for n in rest]
        known = count
    if not rest or known != count or -1 in rest or first not in (0, -1, max(reader.batch, 1)):
        raise UnsupportedModelError(
            f"a reshape of {shape} to {tuple(target)} is not supported, as it mixes examples: each "
            f"has {count} numbers"
        )
    builder.reshape(tuple(rest))


def _flatten(reader: Reader, step: Step, values: Attributes) -> None:
    axes = 2 if reader.builder.shape is None else len(reader.builder.shape) + 1
    if values.get("axis", 1) not in (1, 1 - axes):
        raise UnsupportedModelError(f"it must be from axis 1 on, not {values['axis']}")
    reader.builder.flatten()


def _squeeze(reader: Reader, step: Step, values: Attributes) -> None:
    listed = integers_of(reader, step, values, "axes", 1)
    if listed is None:
        raise UnsupportedModelError("it must say its axes")
    axes = {axis_of(reader, axis) for axis in listed}
    shape = reader.builder.known_shape()
    if any(shape[axis] != 1 for axis in axes) or len(axes) == len(shape):
        raise UnsupportedModelError(f"axes of one number are squeezed, not all of {shape}")
    reader.builder.reshape(tuple(n for axis, n in enumerate(shape) if axis not in axes))


def _unsqueeze(reader: Reader, step: Step, values: Attributes) -> None:
    listed = integers_of(reader, step, values, "axes", 1)
    shape = reader.builder.known_shape()
    axes = {axis % (len(shape) + len(listed) + 1) for axis in listed}
    if 0 in axes:
        raise UnsupportedModelError("an axis before the examples is not supported")
    left = iter(shape)
    total = range(1, len(shape) + len(axes) + 1)
    reader.builder.reshape(tuple(1 if axis in axes else next(left) for axis in total))


def _slice(reader: Reader, step: Step, values: Attributes) -> None:
    starts = integers_of(reader, step, values, "starts", 1)
    stops = integers_of(reader, step, values, "ends", 2)
    axes = integers_of(reader, step, values, "axes", 3) or list(range(len(starts)))
    steps = integers_of(reader, step, values, "steps", 4) or [1] * len(starts)
    for start, stop, axis, by in zip(starts, stops, axes, steps, strict=True):
        place = axis_of(reader, axis)
        if by < 1:
            raise UnsupportedModelError("a slice backwards is not supported")
        part = range(reader.builder.known_shape()[place])[slice(start, stop, by)]
        reader.builder.add(Slice(part.start, part.stop, by, axis=place))


def _split(reader: Reader, step: Step, values: Attributes) -> list[str]:
    place = axis_of(reader, values.get("axis", 0))
    n, count = reader.builder.known_shape()[place], len(step.node.output)
    sizes = integers_of(reader, step, values, "split", 1)
    if sizes is None:
        size = -(-n // count)
        sizes = [min(size, n - start) for start in range(0, n, size)]
    source, start, parts = reader.builder.tip, 0, []
    for size in sizes:
        parts.append(reader.builder.add(Slice(start, start + size, axis=place), source))
        start += size
    return parts


def _expand(reader: Reader, step: Step, values: Attributes) -> None:
    target = [int(n) for n in reader.integers(step.node.input[1]).ravel()]
    shape = reader.builder.known_shape()
    if len(target) != len(shape) + 1 or target[0] not in (0, 1, reader.batch):
        raise UnsupportedModelError(f"an expansion of {shape} to {tuple(target)} is not supported")
    wide = tuple(max(n, m) for n, m in zip(shape, target[1:], strict=True))
    reader.builder.tip = reader.builder.broadcast(reader.builder.tip, wide)


def _pad(reader: Reader, step: Step, values: Attributes) -> None:
    pads = integers_of(reader, step, values, "pads", 1)
    axes = len(reader.builder.known_shape()) + 1
    value = values.get("value", 0.0)
    if len(step.node.input) > 2 and step.node.input[2]:
        value = reader.graph.numbers(step.node.input[2]).item()
    places = integers_of(reader, step, values, "axes", 3) or list(range(axes))
    around = dict.fromkeys(range(axes), (0, 0))
    for k, axis in enumerate(places):
        around[axis % axes] = (pads[k], pads[k + len(places)])
    if around.pop(0) != (0, 0) or around.pop(1) != (0, 0) or not around:
        raise UnsupportedModelError("a margin is supported around images and sequences alone")
    if min(n for pair in around.values() for n in pair) < 0:
        raise UnsupportedModelError("a negative margin is not supported")
    modes = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    pairs = list(around.values())
    mode = modes[values.get("mode", "constant")]
    reader.builder.add(Pad(pairs if len(pairs) > 1 else pairs[0], mode, float(value)))


def _reduce(is_mean: bool) -> Callable[[Reader, Step, Attributes], None]:
    """Make the entry of a mean or a sum over axes."""

    def reduce(reader: Reader, step: Step, values: Attributes) -> None:
        listed = integers_of(reader, step, values, "axes", 1)
        if not listed:
            raise UnsupportedModelError("a mean of all must leave the examples apart: give it axes")
        axes = sorted({axis_of(reader, axis) for axis in listed})
        reader.builder.total(axes, keep_axes=bool(values.get("keepdims", 1)), is_mean=is_mean)

    return reduce


def _gelu(reader: Reader, step: Step, values: Attributes) -> None:
    names = {"none": "gelu", "tanh": "gelu-tanh"}
    reader.builder.activate(names[values.get("approximate", "none")])


def _softmax_axis(reader: Reader, values: Attributes) -> int:
    """Return the axis, counted from the end."""
    axes = 2 if reader.builder.shape is None else len(reader.builder.shape) + 1
    axis = axis_of(reader, values.get("axis", -1 if reader.graph.opset >= 13 else 1)) + 1 - axes
    if reader.graph.opset < 13 and axis != -1:
        raise UnsupportedModelError("before version 13 it runs over all axes from its own on")
    return axis


def _softmax(reader: Reader, step: Step, values: Attributes) -> None:
    reader.builder.softmax(_softmax_axis(reader, values))


def _log_softmax(reader: Reader, step: Step, values: Attributes) -> None:
    reader.builder.log_softmax(_softmax_axis(reader, values))


NODES: dict[str, Callable[[Reader, Step, Attributes], Any]] = {
    "Add": _arithmetic(Add),
    "AveragePool": add_average_pool,
    "BatchNormalization": add_batch_norm,
    "Cast": check_cast,
    "Clip": _clip,
    "Concat": _concatenate,
    "Conv": add_conv,
    "ConvTranspose": add_conv_transpose,
    "Div": _divide,
    "Dropout": add_dropout,
    "Elu": lambda reader, step, values: reader.builder.activate(elu(values.get("alpha", 1.0))),
    "Exp": activation_entry("exp"),
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": add_gather,
    "Gelu": _gelu,
    "Gemm": add_gemm,
    "GlobalAveragePool": add_global_average,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": activation_entry("hardswish"),
    "Identity": add_nothing,
    "InstanceNormalization": add_instance_norm,
    "LayerNormalization": add_layer_norm,
    "LeakyRelu": lambda reader, step, values: reader.builder.activate(
        leaky_relu(values.get("alpha", 0.01))
    ),
    "LogSoftmax": _log_softmax,
    "MatMul": add_matmul,
    "Max": _extreme(True),
    "MaxPool": add_max_pool,
    "Min": _extreme(False),
    "Mish": activation_entry("mish"),
    "Mul": _arithmetic(Multiply),
    "Neg": lambda reader, step, values: subtract_from(reader.builder, np.zeros(())),
    "PRelu": add_prelu,
    "Pad": _pad,
    "Pow": _power,
    "ReduceMean": _reduce(True),
    "ReduceSum": _reduce(False),
    "Relu": activation_entry("relu"),
    "Reshape": _reshape,
    "Selu": _selu,
    "Sigmoid": activation_entry("sigmoid"),
    "Sin": activation_entry("sin"),
    "Slice": _slice,
    "Softmax": _softmax,
    "Softplus": activation_entry("softplus"),
    "Softsign": activation_entry("softsign"),
    "Split": _split,
    "Squeeze": _squeeze,
    "Sub": _subtract,
    "Tanh": activation_entry("tanh"),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
