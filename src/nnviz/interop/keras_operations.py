"""Operations of keras.ops, and Python's operators between values of Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.constant_arithmetic import divide, scale, shift, subtract_from
from nnviz.interop.keras_activations import ACTIVATION_OPERATIONS
from nnviz.interop.keras_call import Array, Call, Entry
from nnviz.interop.keras_joins import concatenate, joined, larger, listed
from nnviz.interop.keras_shapes import softmax, target_shape
from nnviz.interop.keras_values import Value
from nnviz.network import (
    Add,
    Concatenate,
    Layer,
    MatMul,
    Multiply,
    Repeat,
    Slice,
    Subtract,
    clamp,
)

__all__ = ["OPERATIONS"]


# --- arithmetic


def _constant(given: Any) -> Array:
    if isinstance(given, bool) or not isinstance(given, int | float | np.ndarray | list):
        raise UnsupportedModelError(f"{given!r} is not supported as a number")
    return np.asarray(given, np.float64)


def _by_constant(
    call: Call, value: Value, given: Any, change: Callable[[Any, Array], None]
) -> Value:
    """Change a value by a constant, which is not trained."""
    numbers = _constant(given)
    if numbers.size > 1:
        value = call.layouts.with_own_axes(value)
    example = value.example(numbers)
    if np.broadcast_shapes(*_lined_up(example, value)) != _shape_of(value):
        raise UnsupportedModelError(
            f"a constant of shape {numbers.shape} and a value of {value.shape} cannot be broadcast"
        )
    call.go(value)
    change(call.builder, example)
    return value._replace(name=call.builder.tip)


def _shape_of(value: Value) -> tuple[int, ...]:
    """Return the shape that the network has a value in."""
    return tuple(1 if axis < 0 else value.shape[axis] for axis in value.axes)


def _lined_up(example: Array, value: Value) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (example.shape if example.size > 1 else ()), _shape_of(value)


def _pair(call: Call) -> tuple[Any, Any]:
    if len(call.args) != 2:
        raise UnsupportedModelError(f"it has {len(call.args)} inputs; supported are two")
    return call.args[0], call.args[1]


def _commutative(layer: Layer, by_constant: Callable[[Any, Array], None]) -> Entry:
    """Return the entry for a sum or a product of two values, or of a value and a constant."""

    def enter(call: Call) -> Value:
        a, b = _pair(call)
        if isinstance(a, Value) and isinstance(b, Value):
            return joined(call, layer, (a, b))
        value, constant = (a, b) if isinstance(a, Value) else (b, a)
        return _by_constant(call, value, constant, by_constant)

    return enter


def _subtract(call: Call) -> Value:
    a, b = _pair(call)
    if isinstance(a, Value) and isinstance(b, Value):
        return joined(call, Subtract(), (a, b))
    if isinstance(a, Value):
        return _by_constant(call, a, -_constant(b), shift)
    return _by_constant(call, b, a, subtract_from)


def _divide(call: Call) -> Value:
    a, b = _pair(call)
    if not isinstance(a, Value) or isinstance(b, Value):
        raise UnsupportedModelError(
            "a division by a value that depends on the input is not supported"
        )
    return _by_constant(call, a, b, divide)


def _negative(call: Call) -> Value:
    return _by_constant(call, call.value, 0.0, subtract_from)


def _power(call: Call) -> Value:
    value, exponent = _pair(call)
    if not isinstance(value, Value) or exponent not in (2, 3):
        raise UnsupportedModelError(
            f"a power of {exponent!r} is not supported; supported are 2 and 3"
        )
    return joined(call, Multiply(), (value,) * int(exponent))


def _square(call: Call) -> Value:
    return joined(call, Multiply(), (call.value,) * 2)


def _limit(sign: int) -> Entry:
    def enter(call: Call) -> Value:
        a, b = _pair(call)
        if isinstance(a, Value) and isinstance(b, Value):
            return larger(call, (a, b), sign)
        value, constant = (a, b) if isinstance(a, Value) else (b, a)
        numbers = _constant(constant)
        if numbers.size != 1:
            raise UnsupportedModelError("a limit for each number is not supported")
        limit = float(numbers.item())
        low, high = (limit, math.inf) if sign > 0 else (-math.inf, limit)
        return call.through(value, "relu" if (low, high) == (0, math.inf) else clamp(low, high))

    return enter


def _matmul(call: Call) -> Value:
    a, b = (call.layouts.plain(call.as_value(one)) for one in _pair(call))
    if len(a.shape) != len(b.shape) or len(a.shape) < 2:
        raise UnsupportedModelError(f"a product of {a.shape} and {b.shape} is not supported")
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    parts = [call.builder.broadcast(one.name, (*lead, *one.shape[-2:])) for one in (a, b)]
    call.builder.add(MatMul(), *parts)
    return call.tip()


# --- over axes


def _total(is_mean: bool) -> Entry:
    def enter(call: Call) -> Value:
        value, given = call.value, call.config["axis"]
        if given is None:
            raise UnsupportedModelError("it must not run over the examples: give it an axis")
        axes = {value.axis(int(axis)) for axis in np.ravel(given)}
        value = call.layouts.with_own_axes(value)
        keeps = bool(call.config["keepdims"])
        if len(axes) == len(value.shape) and not keeps:
            raise UnsupportedModelError("a single number is left: give it keepdims=True")
        call.go(value)
        places = sorted(value.place(axis) for axis in axes)
        call.builder.total(places, keep_axes=False, is_mean=is_mean)
        shape = tuple(1 if k in axes else n for k, n in enumerate(value.shape))
        if keeps:
            call.builder.reshape(tuple(shape[axis] for axis in value.axes))
            return value._replace(name=call.builder.tip, shape=shape)
        return _without(value._replace(name=call.builder.tip), axes)

    return enter


def _without(value: Value, axes: set[int]) -> Value:
    """Return a value whose node has lost some of Keras's axes."""
    left = [axis for axis in range(len(value.shape)) if axis not in axes]
    return Value(
        value.name,
        tuple(value.shape[axis] for axis in left),
        tuple(left.index(axis) for axis in value.axes if axis not in axes),
    )


# --- shapes and parts


def _reshape(call: Call) -> Value:
    value, sizes = call.value, list(call.config["newshape"])
    if len(sizes) < 2 or sizes[0] not in (-1, None) or (sizes[0] == -1 and -1 in sizes[1:]):
        raise UnsupportedModelError(
            f"a reshape to {tuple(sizes)} is not supported: the first size, and only the first, "
            "has to be -1, for the examples"
        )
    rest = [-1 if n is None else n for n in sizes[1:]]
    return call.layouts.reshaped(value, target_shape(value, rest))


def _reordered(call: Call, value: Value, order: Sequence[int]) -> Value:
    """Give Keras's axes, the batch's among them, another order."""
    if len(order) != len(value.shape) + 1 or order[0] != 0:
        raise UnsupportedModelError("the examples must come first")
    value = call.layouts.with_own_axes(value)
    dims = [axis - 1 for axis in order[1:]]
    shape = tuple(value.shape[dim] for dim in dims)
    return value._replace(shape=shape, axes=tuple(dims.index(axis) for axis in value.axes))


def _transpose(call: Call) -> Value:
    value, axes = call.value, call.config["axes"]
    rank = len(value.shape) + 1
    order = list(range(rank))[::-1] if axes is None else [int(axis) % rank for axis in axes]
    return _reordered(call, value, order)


def _swapped(call: Call) -> Value:
    value = call.value
    order = list(range(len(value.shape) + 1))
    i, j = call.config["axis1"], call.config["axis2"]
    order[i], order[j] = order[j], order[i]
    return _reordered(call, value, order)


def _moved(call: Call) -> Value:
    value = call.value
    places = np.empty((0,) * (len(value.shape) + 1))
    numbered = np.arange(places.ndim)
    source, target = (np.ravel(call.config[key]) % places.ndim for key in ("source", "destination"))
    order = [axis for axis in numbered.tolist() if axis not in source]
    for at, axis in sorted(zip(target.tolist(), source.tolist(), strict=True)):
        order.insert(at, axis)
    return _reordered(call, value, order)


def _expand(call: Call) -> Value:
    value = call.value
    for axis in sorted(int(axis) for axis in np.ravel(call.config["axis"])):
        place = axis % (len(value.shape) + 2)
        if place == 0:
            raise UnsupportedModelError("the examples must come first")
        shape = (*value.shape[: place - 1], 1, *value.shape[place - 1 :])
        value = call.layouts.reshaped(value, shape)
    return value


def _squeeze(call: Call) -> Value:
    value, given = call.value, call.config["axis"]
    if given is None:
        raise UnsupportedModelError("its axis is missing: give it an axis")
    axes = {value.axis(int(axis)) for axis in np.ravel(given)}
    if any(value.shape[axis] != 1 for axis in axes) or len(axes) == len(value.shape):
        raise UnsupportedModelError(f"axes {given} of {value.shape} cannot be squeezed")
    rest = tuple(n for axis, n in enumerate(value.shape) if axis not in axes)
    return call.layouts.reshaped(value, rest)


def _item(call: Call) -> Value:
    """Take a part, as x[:, 0] and x[..., 2:] do."""
    value, key = _pair(call)
    value = call.as_value(value)
    value = call.layouts.with_own_axes(value)
    parts = list(key) if isinstance(key, list) else [key]
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        count = sum(part is not None for part in parts) - 1
        parts[at : at + 1] = [slice(None)] * (len(value.shape) + 1 - count)
    if not parts or parts[0] != slice(None, None, None):
        raise UnsupportedModelError("an index into the examples is not supported: use x[:, ...]")
    axis = 0
    for part in parts[1:]:
        if part is None:
            shape = (*value.shape[:axis], 1, *value.shape[axis:])
            value = call.layouts.reshaped(value, shape)
            axis += 1
        elif isinstance(part, slice):
            value = _sliced(call, value, axis, part)
            axis += 1
        elif isinstance(part, int) and not isinstance(part, bool):
            value = _taken(call, value, axis, part)
        else:
            raise UnsupportedModelError(
                f"[{part}] is not supported; supported are integers and slices"
            )
    return value


def _sliced(call: Call, value: Value, axis: int, part: slice) -> Value:
    count = len(range(value.shape[axis])[part])
    if count == value.shape[axis] and part.step in (None, 1):
        return value
    layer = Slice(part.start, part.stop, part.step or 1, axis=value.place(axis))
    shape = (*value.shape[:axis], count, *value.shape[axis + 1 :])
    return call.made(layer, value)._replace(shape=shape)


def _taken(call: Call, value: Value, axis: int, index: int) -> Value:
    n = value.shape[axis]
    if not -n <= index < n or len(value.shape) == 1:
        raise UnsupportedModelError(f"[{index}] of {value.shape} is not supported")
    start = index % n
    layer = Slice(start, start + 1, axis=value.place(axis), squeezed=True)
    return _without(call.made(layer, value), {axis})


def _split(call: Call) -> list[Value]:
    value, given = call.value, call.config["indices_or_sections"]
    axis = value.axis(int(call.config["axis"]))
    value = call.layouts.with_own_axes(value)
    n = value.shape[axis]
    if isinstance(given, int):
        call.builder.budget.check_nodes(given, "parts")
    cuts = (
        [n // given * k for k in range(1, given)]
        if isinstance(given, int)
        else [int(cut) for cut in given]
    )
    ends = zip([0, *cuts], [*cuts, n], strict=True)
    return [_sliced(call, value, axis, slice(start, stop)) for start, stop in ends]


def _stack(call: Call) -> Value:
    values = listed(call)
    rank = len(values[0].shape) + 2
    place = int(call.config["axis"]) % rank
    if place == 0:
        raise UnsupportedModelError(
            "a stack along the examples is not supported: the examples must come first"
        )
    apart = []
    for value in values:
        shape = (*value.shape[: place - 1], 1, *value.shape[place - 1 :])
        apart.append(call.layouts.plain(call.layouts.reshaped(value, shape)))
    call.builder.add(Concatenate(place - 1), *(value.name for value in apart))
    return call.tip()


def _repeat(call: Call) -> Value:
    value, times = call.value, call.config["repeats"]
    if call.config["axis"] is None or not isinstance(times, int):
        raise UnsupportedModelError("different numbers of repeats along an axis are not supported")
    axis = value.axis(int(call.config["axis"]))
    value = call.layouts.with_own_axes(value)
    shape = (*value.shape[:axis], value.shape[axis] * times, *value.shape[axis + 1 :])
    return call.made(Repeat(times, value.place(axis)), value)._replace(shape=shape)


def _activation(call: Call) -> Value:
    return call.through(call.value, ACTIVATION_OPERATIONS[call.kind](call.config))


#: By the names of their classes in keras.ops.
OPERATIONS: dict[str, Entry] = {
    **dict.fromkeys(ACTIVATION_OPERATIONS, _activation),
    "Add": _commutative(Add(), shift),
    "Concatenate": concatenate,
    "Divide": _divide,
    "ExpandDims": _expand,
    "GetItem": _item,
    "LogSoftmax": softmax(logarithm=True),
    "Matmul": _matmul,
    "Maximum": _limit(1),
    "Mean": _total(is_mean=True),
    "Minimum": _limit(-1),
    "Moveaxis": _moved,
    "Multiply": _commutative(Multiply(), scale),
    "Negative": _negative,
    "Power": _power,
    "Repeat": _repeat,
    "Reshape": _reshape,
    "Softmax": softmax(logarithm=False),
    "Split": _split,
    "Square": _square,
    "Squeeze": _squeeze,
    "Stack": _stack,
    "Subtract": _subtract,
    "Sum": _total(is_mean=False),
    "Swapaxes": _swapped,
    "Transpose": _transpose,
    "TrueDivide": _divide,
}
