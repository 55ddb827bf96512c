"""Arithmetic of shapes with an unknown number of examples."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError

__all__ = ["Examples", "Size", "computed", "of_examples", "settled", "slice_of"]

Array = npt.NDArray[Any]
#: Sizes that a shape may have while it is computed, where tensors have fewer axes; and the largest.
LARGEST_SHAPE = 64
LARGEST_SIZE = 2**63 - 1


@dataclass(frozen=True)
class Examples:
    """A multiple of the number of examples, which may be any number.

    Sums with it, products of two of it, and comparisons with it are not supported.
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


#: Operations on shapes with multiples of the number of examples.
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


def computed(op_type: str, inputs: Sequence[Array | None], values: Mapping[str, Any]) -> Array:
    """Compute a node some of whose inputs have multiples of the number of examples.

    Raises
    ------
    UnsupportedModelError
        If that is not supported, or the sizes are those of no shape.
    """
    if op_type not in SYMBOLIC:
        raise UnsupportedModelError(f"{op_type} of the number of examples is not supported")
    for array in inputs:
        if array is not None:
            _check_sizes(array)
    made = settled(np.asarray(SYMBOLIC[op_type](inputs, values)))
    _check_sizes(made)
    return made


def _check_sizes(sizes: Array) -> None:
    """Raise an error for arrays that are longer, or have larger numbers, than any shape."""
    if sizes.size > LARGEST_SHAPE:
        raise UnsupportedModelError(f"{sizes.size:,} sizes are no shape")
    for size in sizes.ravel():
        number = size.times if isinstance(size, Examples) else size
        if not -LARGEST_SIZE <= number <= LARGEST_SIZE:
            raise UnsupportedModelError("a size of more than 64 bits is not supported in a shape")
