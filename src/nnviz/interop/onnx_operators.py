"""Operators of ONNX: the table of all, arithmetic, and activation functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.attention_nodes import hide
from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.constant_arithmetic import divide, scale, shift, subtract_from
from nnviz.interop.onnx_graph import Step
from nnviz.interop.onnx_images import IMAGES
from nnviz.interop.onnx_layers import LAYERS, WEIGHTS, add_positions
from nnviz.interop.onnx_layout import align, axis_of, constant_of, example_of, rank_of
from nnviz.interop.onnx_reference import REAL_TYPES
from nnviz.interop.onnx_sequences import SEQUENCES
from nnviz.interop.onnx_shapes import SHAPES
from nnviz.network import (
    Add,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Multiply,
    Subtract,
    clamp,
    elu,
    leaky_relu,
)

if TYPE_CHECKING:
    from nnviz.interop.onnx_reader import Reader

__all__ = ["ANY_ORDER", "NODES", "WEIGHTS"]

Attributes = Mapping[str, Any]
#: Largest number that hides a score it is added to.
LOWEST = -1e30


# --- arithmetic


def _join(reader: Reader, layer: Any, names: list[str]) -> None:
    values, layout = align(reader, names)
    reader.builder.join(layer, *values)
    reader.arrange(layout)


def _parts(reader: Reader, step: Step) -> tuple[list[str], list[str]]:
    """Return which inputs of a node depend on the model's input, and which are constant."""
    names = list(step.node.input)
    constants = [name for name in names if reader.graph.is_constant(name)]
    return [name for name in names if name not in constants], constants


def _sum(reader: Reader, step: Step, values: Attributes) -> None:
    live, constants = _parts(reader, step)
    if len(live) > 1:
        _join(reader, Add(), live)
    for name in constants:
        if (len(live) == 1 and _add_biases(reader, name)) or add_positions(reader, name):
            continue
        numbers = constant_of(reader, name)
        hidden = _hidden(reader, step, numbers)
        if hidden.any() and np.all(hidden | (numbers == 0)):
            hide(reader.builder, ~hidden)
        else:
            shift(reader.builder, numbers)


def _hidden(reader: Reader, step: Step, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which scores are hidden by numbers that are added to them or replace them.

    Before a softmax the lowest numbers hide as -inf does: their exponentials are 0, unless a whole
    row has them.
    """
    lowest = numbers <= LOWEST
    if (~lowest).any(axis=-1).all() and reader.feeds_softmax(step.outputs[0]):
        return np.asarray(lowest)
    return np.asarray(np.isneginf(numbers))


def _add_biases(reader: Reader, name: str) -> bool:
    """Use a summand as the biases of a product without biases. Return whether it is possible."""
    builder = reader.builder
    if builder.tip not in reader.bare or not builder.may_change(Dense, Conv1D, Conv2D):
        return False
    layer = reader.builder.nodes[reader.builder.tip].layer
    shape, numbers = reader.builder.known_shape(), constant_of(reader, name)
    axis = -1 if isinstance(layer, Dense) else -len(shape)
    n = len(layer.parameters[1])
    wide = numbers.reshape((1,) * (len(shape) - numbers.ndim) + numbers.shape)
    if wide.size not in (1, n) or wide.shape[axis] != wide.size:
        return False
    reader.bare.discard(reader.builder.tip)
    reader.builder.change(biases=np.broadcast_to(wide.ravel(), (n,)))
    return True


def _product(reader: Reader, step: Step, values: Attributes) -> None:
    live, constants = _parts(reader, step)
    if len(live) > 1:
        _join(reader, Multiply(), live)
    for name in constants:
        scale(reader.builder, constant_of(reader, name))


def _mean(reader: Reader, step: Step, values: Attributes) -> None:
    _sum(reader, step, values)
    divide(reader.builder, np.array(float(len(step.node.input))))


def _subtract(reader: Reader, step: Step, values: Attributes) -> None:
    a, b = step.node.input
    if reader.graph.is_constant(b):
        shift(reader.builder, -constant_of(reader, b))
    elif reader.graph.is_constant(a):
        subtract_from(reader.builder, constant_of(reader, a))
    else:
        _join(reader, Subtract(), [a, b])


def _divide(reader: Reader, step: Step, values: Attributes) -> None:
    b = step.node.input[1]
    if not reader.graph.is_constant(b):
        raise UnsupportedModelError(
            "a division by a value that depends on the input is not supported"
        )
    divide(reader.builder, constant_of(reader, b))


def _power(reader: Reader, step: Step, values: Attributes) -> None:
    base, exponent = step.node.input
    if not reader.graph.is_constant(exponent) or reader.graph.is_constant(base):
        raise UnsupportedModelError("an exponent that depends on the input is not supported")
    number = reader.graph.constant(exponent)
    if number.size != 1 or number.item() not in (2, 3):
        raise UnsupportedModelError("this power is not supported; supported are 2 and 3")
    reader.builder.add(Multiply(), *(reader.builder.tip,) * int(number.item()))


def _limit(low: float | None, high: float | None) -> Any:
    bottom = -math.inf if low is None else low
    top = math.inf if high is None else high
    names = {(0.0, math.inf): "relu", (0.0, 6.0): "relu6"}
    return names.get((bottom, top)) or clamp(float(bottom), float(top))


def _clip(reader: Reader, step: Step, values: Attributes) -> None:
    limits = [values.get("min"), values.get("max")]
    for k, name in enumerate(step.node.input[1:3]):
        if name:
            limits[k] = reader.graph.numbers(name).item()
    reader.builder.activate(_limit(limits[0], limits[1]))


def _extreme(is_low: bool) -> Callable[[Reader, Step, Attributes], None]:
    """Return the entry for Max, a lower limit, or Min, an upper limit."""

    def limit(reader: Reader, step: Step, values: Attributes) -> None:
        live, constants = _parts(reader, step)
        if len(live) > 1 or any(reader.graph.constant(one).size != 1 for one in constants):
            raise UnsupportedModelError("the maximum or minimum of two values is not supported")
        for name in constants:
            number = reader.graph.numbers(name).item()
            reader.builder.activate(_limit(number, None) if is_low else _limit(None, number))

    return limit


def _where(reader: Reader, step: Step, values: Attributes) -> None:
    condition, a, b = step.node.input
    hidden, x = (a, b) if reader.graph.is_constant(a) else (b, a)
    message = "it is supported with a constant condition and -inf: a mask"
    if not reader.graph.is_constant(condition) or not reader.graph.is_constant(hidden):
        raise UnsupportedModelError(message)
    reader.live = reader.values[x]
    chosen = example_of(reader, reader.graph.constant(condition).astype(bool))
    seen, number = chosen if x == a else ~chosen, reader.graph.numbers(hidden)
    if (
        number.size != 1
        or not _hidden(reader, step, np.where(seen, 0.0, number.item()))[~seen].all()
    ):
        raise UnsupportedModelError(message)
    hide(reader.builder, seen)


# --- activation functions


def _activation(name: str) -> Callable[[Reader, Step, Attributes], None]:
    """Return the entry for an activation function without options."""
    return lambda reader, step, values: reader.builder.activate(name)


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
        raise UnsupportedModelError(
            "this alpha or gamma is not supported; supported are the standard ones of Selu"
        )
    reader.builder.activate("selu")


def _swish(reader: Reader, step: Step, values: Attributes) -> None:
    if values.get("alpha", 1.0) != 1.0:
        raise UnsupportedModelError(f"alpha {values['alpha']} is not supported; supported is 1")
    reader.builder.activate("silu")


def _gelu(reader: Reader, step: Step, values: Attributes) -> None:
    names = {"none": "gelu", "tanh": "gelu-tanh"}
    reader.builder.activate(names[values.get("approximate", "none")])


def _softmax(is_log: bool) -> Callable[[Reader, Step, Attributes], None]:
    """Return the entry for a softmax or its logarithm."""

    def apply(reader: Reader, step: Step, values: Attributes) -> None:
        builder, layout = reader.builder, reader.live.layout
        axis = values.get("axis", -1 if reader.graph.opset >= 13 else 1)
        place = axis_of(reader, axis)
        shape = builder.shape
        add = builder.log_softmax if is_log else builder.softmax
        if shape is None or reader.graph.opset >= 13 or math.prod(shape[place + 1 :]) == 1:
            add(place - (1 if shape is None else len(shape)))
            return
        # Before version 13 it runs over all axes from its own on.
        if is_log or axis % rank_of(reader) < layout.batch:
            raise UnsupportedModelError(
                "over several axes, as before version 13, it is not supported here"
            )
        builder.reshape((*shape[:place], math.prod(shape[place:])))
        builder.softmax()
        builder.reshape(shape)

    return apply


def _nothing(reader: Reader, step: Step, values: Attributes) -> None:
    """Do nothing, as an identity does."""


def _cast(reader: Reader, step: Step, values: Attributes) -> None:
    if values["to"] not in REAL_TYPES:
        raise UnsupportedModelError("a conversion to integers or booleans is not supported")


def _dropout(reader: Reader, step: Step, values: Attributes) -> None:
    rate = values.get("ratio", 0.5)
    names = [*step.node.input[1:], "", ""]
    if names[0]:
        rate = reader.graph.numbers(names[0]).item()
    if names[1] and reader.graph.constant(names[1]).any():
        raise UnsupportedModelError("it is in training: export the model after eval()")
    reader.builder.add(Dropout(rate))


POINTWISE: dict[str, Callable[[Reader, Step, Attributes], Any]] = {
    "Add": _sum,
    "Cast": _cast,
    "Clip": _clip,
    "Div": _divide,
    "Dropout": _dropout,
    "Elu": lambda reader, step, values: reader.builder.activate(elu(values.get("alpha", 1.0))),
    "Exp": _activation("exp"),
    "Gelu": _gelu,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _activation("hardswish"),
    "Identity": _nothing,
    "LeakyRelu": lambda reader, step, values: reader.builder.activate(
        leaky_relu(values.get("alpha", 0.01))
    ),
    "LogSoftmax": _softmax(True),
    "Max": _extreme(True),
    "Mean": _mean,
    "Min": _extreme(False),
    "Mish": _activation("mish"),
    "Mul": _product,
    "Neg": lambda reader, step, values: subtract_from(reader.builder, np.zeros(())),
    "Pow": _power,
    "Relu": _activation("relu"),
    "Selu": _selu,
    "Sigmoid": _activation("sigmoid"),
    "Sin": _activation("sin"),
    "Softmax": _softmax(False),
    "Softplus": _activation("softplus"),
    "Softsign": _activation("softsign"),
    "Sub": _subtract,
    "Sum": _sum,
    "Swish": _swish,
    "Tanh": _activation("tanh"),
    "Where": _where,
}
NODES: dict[str, Callable[[Reader, Step, Attributes], Any]] = dict(
    sorted({**POINTWISE, **SHAPES, **LAYERS, **IMAGES, **SEQUENCES}.items())
)
#: Operators that allow the examples along any axis.
ANY_ORDER = frozenset(
    (
        *(POINTWISE.keys() | SHAPES.keys() | SEQUENCES.keys()),
        *("Gemm", "LayerNormalization", "MatMul", "RMSNormalization"),
    )
) - {"Flatten"}
