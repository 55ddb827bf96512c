"""Functions of PyTorch with several inputs, or for parts of a value."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.constant_arithmetic import divide, scale, shift, subtract_from
from nnviz.interop.torch_functions import BATCH, axis_of, numbers_of, shared
from nnviz.network import (
    Add,
    Concatenate,
    Dense,
    MatMul,
    Multiply,
    PositionalEmbedding,
    Slice,
    Subtract,
    Transpose,
)

__all__ = ["JOINS", "OPERATORS", "Learned", "Live", "as_value", "example", "sliced", "take"]


class Live(NamedTuple):
    """A value that depends on the input: its name, and which of its axes is the examples'."""

    name: str
    batch: int = 0


class Learned(NamedTuple):
    """A parameter that is a value of its own, and the shape in which forward has it."""

    parameter: Any
    shape: tuple[int, ...]


def as_value(builder: Builder, value: Any, like: Live) -> Live:
    """Return an argument as a value of the graph."""
    if isinstance(value, Live):
        return value
    if isinstance(value, Learned):
        return Live(_learned(builder, value), like.batch)
    return Live(builder.constant(example(builder, _array(value), like)), like.batch)


def _array(value: Any) -> npt.NDArray[np.float64]:
    if isinstance(value, bool) or not (
        isinstance(value, int | float | np.number) or hasattr(value, "detach")
    ):
        raise UnsupportedModelError(f"{value!r} is not supported as a number")
    values = numbers_of(value) if hasattr(value, "detach") else value
    return np.asarray(values, np.float64)


def example(
    builder: Builder, values: npt.NDArray[np.float64], like: Live
) -> npt.NDArray[np.float64]:
    """Take the axis of the examples from a constant, along which it must be one."""
    axes = len(builder.known_shape(like.name)) + 1
    if values.ndim > axes or (values.ndim > like.batch and like.batch and values.ndim > 1):
        raise UnsupportedModelError(
            f"a constant of shape {values.shape} and a batch cannot be broadcast"
        )
    if values.ndim == axes:
        if len(values) != 1:
            raise UnsupportedModelError(
                f"a constant of shape {values.shape} works for {len(values)} examples only"
            )
        values = values[0]
    return values


def _learned(builder: Builder, value: Learned) -> str:
    """Make a value of a parameter: nothing, to which a learned vector is added."""
    parameter = value.parameter
    shape = value.shape[1:] if len(value.shape) > 1 and value.shape[0] == 1 else value.shape
    if math.prod(value.shape) != parameter.numel():
        raise UnsupportedModelError("a part of a parameter is not supported here")
    row = numbers_of(parameter).reshape(1, -1)
    layer = shared(builder, "learned", lambda: PositionalEmbedding(row), parameter)
    tip = builder.tip
    start = builder.constant(np.zeros_like(row))
    builder.add(layer, start)
    builder.reshape(shape or (1,))
    made, builder.tip = builder.tip, tip
    return made


def take(builder: Builder, value: Live) -> None:
    """Go to a value."""
    builder.tip, builder.batch = value


def _pair(builder: Builder, a: Live, b: Live) -> None:
    """Check that two values can be broadcast, with the examples along the same axis."""
    shapes = builder.known_shape(a.name), builder.known_shape(b.name)
    if a.batch != b.batch or len(shapes[0]) != len(shapes[1]):
        raise UnsupportedModelError(
            f"values of shape {shapes[0]} and {shapes[1]} cannot be broadcast example by example"
        )


# --- arithmetic


def _add(builder: Builder, a: Any, b: Any, *, alpha: Any = 1) -> None:
    if alpha != 1:
        raise UnsupportedModelError(f"alpha {alpha} is not supported")
    if not isinstance(a, Live):
        a, b = b, a
    take(builder, a)
    if isinstance(b, Live):
        _pair(builder, a, b)
        builder.join(Add(), a.name, b.name)
    elif isinstance(b, Learned):
        _add_learned(builder, a, b)
    else:
        shift(builder, example(builder, _array(b), a))


def _add_learned(builder: Builder, a: Live, b: Learned) -> None:
    shape, table = builder.known_shape(a.name), b.parameter
    positions = tuple(n for n in b.shape if n != 1) if b.shape[:1] == (1,) else b.shape
    if len(shape) == 2 and positions == shape and a.batch == 0:
        rows = numbers_of(table).reshape(-1, shape[1])
        builder.add(shared(builder, "positions", lambda: PositionalEmbedding(rows), table))
    else:
        builder.join(Add(), a.name, as_value(builder, b, a).name)


def _subtract(builder: Builder, a: Any, b: Any, *, alpha: Any = 1) -> None:
    if alpha != 1:
        raise UnsupportedModelError(f"alpha {alpha} is not supported")
    live = a if isinstance(a, Live) else b
    take(builder, live)
    if isinstance(a, Live) and not isinstance(b, Live | Learned):
        shift(builder, -example(builder, _array(b), a))
    elif not isinstance(a, Live | Learned):
        subtract_from(builder, example(builder, _array(a), live))
    else:
        a, b = as_value(builder, a, live), as_value(builder, b, live)
        if isinstance(a, Live) and isinstance(b, Live):
            builder.join(Subtract(), a.name, b.name)


def _multiply(builder: Builder, a: Any, b: Any) -> None:
    if not isinstance(a, Live):
        a, b = b, a
    take(builder, a)
    if isinstance(b, Live):
        _pair(builder, a, b)
        builder.join(Multiply(), a.name, b.name)
    elif isinstance(b, Learned):
        builder.join(Multiply(), a.name, as_value(builder, b, a).name)
    else:
        scale(builder, example(builder, _array(b), a))


def _divide(builder: Builder, a: Any, b: Any) -> None:
    if not isinstance(a, Live) or isinstance(b, Live | Learned):
        raise UnsupportedModelError(
            "a division by a value that depends on the input is not supported"
        )
    take(builder, a)
    divide(builder, example(builder, _array(b), a))


def _negate(builder: Builder, a: Live) -> None:
    take(builder, a)
    subtract_from(builder, np.zeros(()))


def _power(builder: Builder, a: Any, exponent: Any) -> None:
    if not isinstance(a, Live) or exponent not in (2, 3):
        raise UnsupportedModelError(
            f"a power of {exponent} is not supported; supported are 2 and 3"
        )
    take(builder, a)
    builder.add(Multiply(), *(a.name,) * int(exponent))


def _matmul(builder: Builder, a: Any, b: Any) -> None:
    if not isinstance(a, Live):
        raise UnsupportedModelError("a product whose first factor is constant is not supported")
    take(builder, a)
    shape = builder.known_shape(a.name)
    if isinstance(b, Learned):
        if len(b.shape) != 2 or len(shape) > 2:
            raise UnsupportedModelError(f"a product with {b.shape} is not supported")
        matrix = numbers_of(b.parameter)
        if matrix.shape != b.shape:
            raise UnsupportedModelError("a product with a part of a parameter is not supported")
        zeros = np.zeros(matrix.shape[1])
        builder.add(shared(builder, "product", lambda: Dense(matrix.T, zeros), b.parameter))
        return
    if not isinstance(b, Live):
        matrix = _array(b)
        if matrix.ndim != 2 or len(shape) > 2:
            raise UnsupportedModelError(f"a product with {matrix.shape} is not supported")
        if len(shape) == 1:
            builder.reshape((1, *shape))
        builder.add(MatMul(), builder.tip, builder.constant(matrix))
        if len(shape) == 1:
            builder.reshape(matrix.shape[1:])
        return
    if a.batch or b.batch or len(shape) < 2 or len(builder.known_shape(b.name)) != len(shape):
        raise UnsupportedModelError(
            f"a product of {shape} and {builder.known_shape(b.name)} mixes examples, which is not "
            "supported"
        )
    lead = np.broadcast_shapes(shape[:-2], builder.known_shape(b.name)[:-2])
    parts = [
        builder.broadcast(one.name, (*lead, *builder.known_shape(one.name)[-2:])) for one in (a, b)
    ]
    builder.add(MatMul(), *parts)


# --- parts and concatenation


def _concatenate(builder: Builder, tensors: Sequence[Any], dim: int = 0, axis: Any = None) -> None:
    like = next(one for one in tensors if isinstance(one, Live))
    take(builder, like)
    place = axis_of(builder, dim if axis is None else axis)
    values = [as_value(builder, one, like) for one in tensors]
    if any(value.batch != like.batch for value in values):
        raise UnsupportedModelError(
            "values with the examples along different axes are not supported"
        )
    builder.add(Concatenate(place), *(value.name for value in values))


def _stack(builder: Builder, tensors: Sequence[Any], dim: int = 0) -> None:
    like = next(one for one in tensors if isinstance(one, Live))
    take(builder, like)
    shape = builder.known_shape()
    place = dim % (len(shape) + 2)
    if like.batch or place == 0:
        raise UnsupportedModelError(
            "a stack along dim 0 is not supported: the examples must come first"
        )
    apart = []
    for one in tensors:
        builder.tip = as_value(builder, one, like).name
        builder.reshape((*shape[: place - 1], 1, *shape[place - 1 :]))
        apart.append(builder.tip)
    builder.add(Concatenate(place - 1), *apart)


def sliced(builder: Builder, x: Live, index: Any) -> None:
    """Take a part of a value, as x[index] does."""
    take(builder, x)
    parts = list(index) if isinstance(index, tuple) else [index]
    axes = len(builder.known_shape()) + 1
    count = sum(part is not None and part is not Ellipsis for part in parts)
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (axes - count)
    place = 0
    for part in parts:
        if part is None:
            _unsqueeze_at(builder, place)
            place += 1
        elif isinstance(part, slice):
            if part != slice(None):
                axis = axis_of(builder, place)
                builder.add(Slice(part.start, part.stop, part.step or 1, axis=axis))
            place += 1
        elif isinstance(part, int) and not isinstance(part, bool):
            axis = axis_of(builder, place)
            n = builder.known_shape()[axis]
            if not -n <= part < n:
                raise UnsupportedModelError(f"[{part}] is out of range: the axis has {n} places")
            builder.one_of(axis, part % n)
            builder.batch -= place < builder.batch
        else:
            raise UnsupportedModelError(
                f"[{part}] is not supported; supported are integers and slices"
            )


def _unsqueeze_at(builder: Builder, place: int) -> None:
    shape = builder.known_shape()
    if place <= builder.batch:
        builder.batch += 1
        at = place
    else:
        at = place - 1
    builder.reshape((*shape[:at], 1, *shape[at:]))


def _unsqueeze(builder: Builder, x: Live, dim: int) -> None:
    take(builder, x)
    _unsqueeze_at(builder, dim % (len(builder.known_shape()) + 2))


def _squeeze(builder: Builder, x: Live, dim: Any = None) -> None:
    take(builder, x)
    shape = builder.known_shape()
    if dim is None:
        axes = [axis for axis, n in enumerate(shape) if n == 1]
    else:
        axes = [axis_of(builder, one) for one in (dim if isinstance(dim, tuple) else (dim,))]
        axes = [axis for axis in axes if shape[axis] == 1]
    builder.batch -= sum(axis < builder.batch for axis in axes)
    builder.reshape(tuple(n for axis, n in enumerate(shape) if axis not in axes))


def _permute(builder: Builder, x: Live, *dims: Any) -> None:
    order = list(dims[0]) if len(dims) == 1 and not isinstance(dims[0], int) else list(dims)
    take(builder, x)
    axes = len(builder.known_shape()) + 1
    order = [dim % axes for dim in order]
    places = [dim - (dim > x.batch) for dim in order if dim != x.batch]
    if places != sorted(places):
        builder.add(Transpose(places))
    builder.batch = order.index(x.batch)


def _transpose(builder: Builder, x: Live, dim0: int, dim1: int) -> None:
    axes = len(builder.known_shape(x.name)) + 1
    order = list(range(axes))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    _permute(builder, x, order)


def parts_of(builder: Builder, x: Live, sizes: Sequence[int], dim: int) -> tuple[Live, ...]:
    """Cut a value into parts along a dimension."""
    take(builder, x)
    axis, start, parts = axis_of(builder, dim), 0, []
    for size in sizes:
        builder.add(Slice(start, start + size, axis=axis), x.name)
        parts.append(Live(builder.tip, x.batch))
        start += size
    return tuple(parts)


def _split(builder: Builder, x: Live, size: Any, dim: int = 0) -> tuple[Live, ...]:
    take(builder, x)
    n = builder.known_shape()[axis_of(builder, dim)]
    if isinstance(size, int):
        size = [min(size, n - start) for start in range(0, n, size)]
    return parts_of(builder, x, size, dim)


def _chunk(builder: Builder, x: Live, chunks: int, dim: int = 0) -> tuple[Live, ...]:
    take(builder, x)
    n = builder.known_shape()[axis_of(builder, dim)]
    return _split(builder, x, -(-n // chunks), dim)


def _unbind(builder: Builder, x: Live, dim: int = 0) -> tuple[Live, ...]:
    take(builder, x)
    n = builder.known_shape()[axis_of(builder, dim)]
    found = []
    for k in range(n):
        index = (slice(None),) * (dim % (len(builder.known_shape(x.name)) + 1))
        sliced(builder, x, (*index, k))
        found.append(Live(builder.tip, builder.batch))
    return tuple(found)


def _expand(builder: Builder, x: Live, *sizes: Any) -> None:
    wanted = list(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else list(sizes)
    take(builder, x)
    shape = builder.known_shape()
    if x.batch or len(wanted) != len(shape) + 1 or wanted[0] not in (-1, BATCH):
        raise UnsupportedModelError(f"an expansion of {shape} to {tuple(wanted)} is not supported")
    target = tuple(n if m == -1 else m for n, m in zip(shape, wanted[1:], strict=True))
    builder.tip = builder.broadcast(x.name, target)


def _expand_as(builder: Builder, x: Live, other: Live) -> None:
    take(builder, x)
    _pair(builder, x, other)
    builder.tip = builder.broadcast(x.name, builder.known_shape(other.name))


#: By their names in torch, in torch.nn.functional and as methods of tensors.
JOINS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "add_": _add,
    "bmm": _matmul,
    "cat": _concatenate,
    "chunk": _chunk,
    "concat": _concatenate,
    "div": _divide,
    "div_": _divide,
    "expand": _expand,
    "expand_as": _expand_as,
    "matmul": _matmul,
    "mm": _matmul,
    "mul": _multiply,
    "mul_": _multiply,
    "neg": _negate,
    "permute": _permute,
    "pow": _power,
    "split": _split,
    "square": lambda builder, a: _power(builder, a, 2),
    "squeeze": _squeeze,
    "stack": _stack,
    "sub": _subtract,
    "swapaxes": _transpose,
    "transpose": _transpose,
    "unbind": _unbind,
    "unsqueeze": _unsqueeze,
}

#: Python's own.
OPERATORS: dict[Any, Callable[..., Any]] = {
    operator.add: _add,
    operator.iadd: _add,
    operator.getitem: sliced,
    operator.matmul: _matmul,
    operator.mul: _multiply,
    operator.imul: _multiply,
    operator.neg: _negate,
    operator.pow: _power,
    operator.sub: _subtract,
    operator.isub: _subtract,
    operator.truediv: _divide,
    operator.itruediv: _divide,
}
