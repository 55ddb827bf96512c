"""Arithmetic of shapes, of which the number of examples is not known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import LARGEST_EXAMPLE, UnsupportedModelError

__all__ = ["SYMBOLIC", "Examples", "Size", "check_growth", "of_examples", "settled", "slice_of"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Examples:
    """So many times the number of examples, which any file may be given.

    Sums with it, products of two of it, and comparisons that depend on it are refused.
    """

    times: int = 1

    def __mul__(self, other: object) -> Size:
        if isinstance(other, int | np.integer):
            return Examples(self.times * int(other)) if other else 0
        raise _refused("a product")

    __rmul__ = __mul__

    def __floordiv__(self, other: object) -> Size:
        if isinstance(other, Examples) and not self.times % other.times:
            return self.times // other.times
        if isinstance(other, int | np.integer) and other and not self.times % int(other):
            return Examples(self.times // int(other))
        raise _refused("a quotient")

    def __rfloordiv__(self, other: object) -> Size:
        raise _refused("a quotient")

    def __add__(self, other: object) -> Examples:
        if isinstance(other, int | np.integer) and other == 0:
            return self
        raise _refused("a sum")

    __radd__ = __sub__ = __add__

    def __rsub__(self, other: object) -> Size:
        raise _refused("a difference")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Examples):
            return self.times == other.times
        if isinstance(other, int | np.integer) and other < 1:
            return False
        raise _refused("a comparison")

    def __hash__(self) -> int:
        return hash((Examples, self.times))


Size = int | Examples


def _refused(what: str) -> UnsupportedModelError:
    return UnsupportedModelError(f"{what} of the number of examples is not supported in a shape")


def of_examples(values: Array) -> bool:
    """Return whether some of the values are multiples of the number of examples."""
    return values.dtype == object


def settled(values: Array) -> Array:
    """Return values as integers, where none of them is a multiple of the number of examples."""
    if values.dtype == object and not any(isinstance(one, Examples) for one in values.ravel()):
        kind = bool if all(isinstance(one, bool | np.bool_) for one in values.ravel()) else np.int64
        return values.astype(kind)
    return values


def slice_of(inputs: Sequence[Array | None], values: Mapping[str, Any], rank: int) -> Any:
    """Return the index that a Slice stands for, its limits among the inputs or the attributes."""

    def numbers(place: int, name: str) -> list[int] | None:
        if len(inputs) > place and inputs[place] is not None:
            found = np.asarray(inputs[place])
            if of_examples(found):
                raise UnsupportedModelError("a slice up to the number of examples is not supported")
            return [int(one) for one in found.ravel()]
        return values.get(name)

    starts, ends = numbers(1, "starts") or [], numbers(2, "ends") or []
    axes = numbers(3, "axes") or list(range(len(starts)))
    steps = numbers(4, "steps") or [1] * len(starts)
    index = [slice(None)] * rank
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        index[axis] = slice(start, end, step)
    return tuple(index)


def _axes(inputs: Sequence[Array | None], values: Mapping[str, Any]) -> list[int]:
    if len(inputs) > 1 and inputs[1] is not None:
        return [int(one) for one in np.ravel(inputs[1])]
    return list(values.get("axes", []))


def _reduced(
    inputs: Sequence[Any], values: Mapping[str, Any], combine: Callable[[Any], Any]
) -> Array:
    axes = _axes(inputs, values)
    if axes not in ([], [0], [-1]) or inputs[0].ndim != 1:
        raise UnsupportedModelError("in a shape a product is supported over all of it")
    result = np.empty((1,) if values.get("keepdims", 1) else (), object)
    result[...] = combine(inputs[0])
    return result


#: What is done with shapes that have multiples of the number of examples in them.
SYMBOLIC: dict[str, Callable[[Sequence[Any], Mapping[str, Any]], Any]] = {
    "Add": lambda inputs, values: inputs[0] + inputs[1],
    "Cast": lambda inputs, values: _kept_whole(inputs[0], values),
    "Concat": lambda inputs, values: np.concatenate(inputs, axis=values["axis"]),
    "Div": lambda inputs, values: inputs[0] // inputs[1],
    "Equal": lambda inputs, values: np.equal(inputs[0], inputs[1]).astype(bool),
    "Gather": lambda inputs, values: np.take(
        inputs[0], inputs[1].astype(np.int64), axis=values.get("axis", 0)
    ),
    "Identity": lambda inputs, values: inputs[0],
    "Mul": lambda inputs, values: inputs[0] * inputs[1],
    "ReduceProd": lambda inputs, values: _reduced(inputs, values, math.prod),
    "Reshape": lambda inputs, values: inputs[0].reshape(inputs[1].astype(np.int64)),
    "Shape": lambda inputs, values: np.array(inputs[0].shape)[
        values.get("start", 0) : values.get("end")
    ],
    "Slice": lambda inputs, values: inputs[0][slice_of(inputs, values, inputs[0].ndim)],
    "Squeeze": lambda inputs, values: np.squeeze(inputs[0], tuple(_axes(inputs, values)) or None),
    "Sub": lambda inputs, values: inputs[0] - inputs[1],
    "Unsqueeze": lambda inputs, values: np.expand_dims(inputs[0], tuple(_axes(inputs, values))),
    "Where": lambda inputs, values: np.where(inputs[0].astype(bool), inputs[1], inputs[2]),
}


def _kept_whole(sizes: Array, values: Mapping[str, Any]) -> Array:
    if values["to"] not in (6, 7):  # onnx.TensorProto.INT32 and INT64.
        raise UnsupportedModelError("the number of examples is not supported as a real number")
    return sizes


def check_growth(
    op_type: str, inputs: Sequence[Array | None], values: Mapping[str, Any], left: int
) -> int:
    """Return how many numbers an operation on constants adds, before it is computed.

    Raises
    ------
    UnsupportedModelError
        If they are more than constants may still have.
    """
    arrays = [one for one in inputs if one is not None]
    first = arrays[0] if arrays else np.zeros(1)
    if op_type == "Concat":
        count = sum(one.size for one in arrays)
    elif op_type in ("Expand", "ConstantOfShape", "Tile"):
        sizes = [abs(int(one)) for one in arrays[-1].ravel()]
        count = math.prod(sizes) * (first.size if op_type != "ConstantOfShape" else 1)
    elif op_type == "Range":
        start, limit, delta = (float(one.item()) for one in arrays)
        count = math.ceil(abs(limit - start) / (abs(delta) or 1.0))
    elif op_type == "Gather":
        axis = values.get("axis", 0)
        count = arrays[1].size * first.size // max(first.shape[axis], 1)
    elif op_type == "MatMul" and first.ndim and arrays[1].ndim:
        count = first.size // first.shape[-1] * (arrays[1].size // arrays[1].shape[0])
    elif op_type in ("Reshape", "Slice", "Squeeze", "Unsqueeze", "Transpose", "Trilu"):
        count = first.size
    else:
        count = math.prod(np.broadcast_shapes(*(one.shape for one in arrays)))
    count -= max([one.size for one in arrays], default=0)
    if count > left:
        raise UnsupportedModelError(
            f"it makes a constant of {count:,} numbers: with it they would be more than "
            f"{LARGEST_EXAMPLE:,}"
        )
    return max(count, 0)
