"""Layers that join several inputs: sums, products, and one beside the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import numpy as np

from nnviz.network._checks import check_flag
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.layers._windows import one_pixel
from nnviz.network.layers.base import Layer, Work
from nnviz.network.layers.receptive_field import ReceptiveField
from nnviz.network.layers.simple import ValueByValue

__all__ = ["Add", "Concatenate", "MatMul", "Multiply", "Subtract"]


class _ElementWise(ValueByValue):
    """What joins share that take every value on its own."""

    n_inputs: ClassVar[int | None] = None
    is_positionwise = True

    def output_shape(self, *input_shapes: Shape) -> Shape:
        """Return the shape that all inputs have."""
        if len(set(input_shapes)) > 1:
            raise NetworkError(
                f"takes inputs of one shape, not {' and '.join(map(str, input_shapes))}"
            )
        return input_shapes[0]


class Add(_ElementWise):
    """The sum of its inputs: what a skip connection ends in."""

    kind = "add"

    def forward(
        self, *inputs: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, int]:
        """Add up; the memory is the number of inputs."""
        first, *others = inputs
        if not others:
            return first, 1
        z = first + others[0]
        for x in others[1:]:
            z += x
        return z, len(inputs)

    def backward(self, memory: int, error: FloatArray) -> tuple[FloatArray, ...]:
        """Give every input the whole error."""
        return (error,) * memory


class Subtract(_ElementWise):
    """The first input less the second."""

    kind = "subtract"
    n_inputs = 2

    def forward(
        self, *inputs: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, None]:
        """Subtract."""
        return inputs[0] - inputs[1], None

    def backward(self, memory: None, error: FloatArray) -> tuple[FloatArray, ...]:
        """Give the first the error, the second its negative."""
        return error, -error


class Multiply(_ElementWise):
    """The product of its inputs, number by number: what a gate does."""

    kind = "multiply"

    def forward(
        self, *inputs: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        """Multiply; the memory are the inputs."""
        z = inputs[0]
        for x in inputs[1:]:
            z = z * x
        return z, inputs

    def backward(self, memory: tuple[FloatArray, ...], error: FloatArray) -> tuple[FloatArray, ...]:
        """Give every input the error times all others."""
        parts = []
        for k in range(len(memory)):
            part = error
            for i, x in enumerate(memory):
                if i != k:
                    part = part * x
            parts.append(part)
        return tuple(parts)


class Concatenate(Layer):
    """Inputs one beside the other along an axis.

    Parameters
    ----------
    axis : int, optional
        Axis of one example, from 0: the features of vectors, the channels of images. Negative ones
        count from the end: -1 is the features of a sequence.
    """

    kind = "concatenate"
    n_inputs = None

    def __init__(self, axis: int = 0) -> None:
        self.axis: Final = check_axis(axis)

    @property
    def is_positionwise(self) -> bool:  # type: ignore[override]
        """Whether positions stay apart: where features are put together."""
        return self.axis == -1

    def output_shape(self, *input_shapes: Shape) -> Shape:
        """Sizes along the axis add up; the others must be equal."""
        axis = axis_in(self.axis, input_shapes[0])
        rests = {shape[:axis] + shape[axis + 1 :] for shape in input_shapes}
        if len(rests) > 1 or len({len(shape) for shape in input_shapes}) > 1:
            raise NetworkError(
                f"takes inputs that differ along axis {self.axis} alone, not "
                f"{' and '.join(map(str, input_shapes))}"
            )
        first = input_shapes[0]
        total = sum(shape[axis] for shape in input_shapes)
        return (*first[:axis], total, *first[axis + 1 :])

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the unit's own pixel, where channels are put together."""
        if axis_in(self.axis, input_shape) != 0:
            return super().receptive_field(row, column, input_shape)
        return one_pixel(row, column, input_shape)

    def forward(
        self, *inputs: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, tuple[int, list[int]]]:
        """Put them side by side; the memory is where they meet."""
        axis = axis_in(self.axis, inputs[0].shape[1:]) + 1
        sizes = [x.shape[axis] for x in inputs]
        return np.concatenate(inputs, axis=axis), (axis, np.cumsum(sizes)[:-1].tolist())

    def backward(self, memory: tuple[int, list[int]], error: FloatArray) -> tuple[FloatArray, ...]:
        """Cut the error apart."""
        axis, cuts = memory
        return tuple(np.split(error, cuts, axis=axis))


class MatMul(Layer):
    """The product of two matrices, or of stacks of them: ``z = factor a @ b``.

    In an attention head, queries times keys are the scores: ``MatMul(transposed=True, factor=1 /
    sqrt(n))``; and the pattern times values is what is mixed.

    Parameters
    ----------
    transposed : bool, optional
        Whether the second one's last two axes are exchanged first: ``z = factor a @ b^T``.
    factor : float, optional
        A number.
    """

    kind = "matmul"
    n_inputs = 2

    def __init__(self, transposed: bool = False, factor: float = 1.0) -> None:
        self.transposed: Final = check_flag(transposed, "transposed")
        if isinstance(factor, bool) or not isinstance(factor, int | float | np.number):
            raise NetworkError(f"factor must be a number, not {factor!r}")
        if not np.isfinite(factor):
            raise NetworkError(f"factor must be finite, not {factor}")
        self.factor: Final = float(factor)

    def output_shape(self, *input_shapes: Shape) -> Shape:
        """(..., n, m) and (..., m, k) to (..., n, k)."""
        a, b = input_shapes
        if len(b) >= 2 and self.transposed:
            b = (*b[:-2], b[-1], b[-2])
        if len(a) < 2 or len(a) != len(b) or a[:-2] != b[:-2] or a[-1] != b[-2]:
            raise NetworkError(
                f"takes (..., n, m) and {'(..., k, m)' if self.transposed else '(..., m, k)'}, not "
                f"{input_shapes[0]} and {input_shapes[1]}"
            )
        return (*a[:-1], b[-1])

    def work(self, *input_shapes: Shape) -> Work:
        """Count the products."""
        made = math.prod(self.output_shape(*input_shapes))
        both = sum(map(math.prod, input_shapes))
        return Work.of(
            multiply_adds=made * input_shapes[0][-1], writes=made, numbers=both + 2 * made
        )

    def forward(
        self, *inputs: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
        """Multiply; the memory are both inputs."""
        a, b = inputs
        z: FloatArray = a @ (b.swapaxes(-1, -2) if self.transposed else b)
        if self.factor != 1.0:
            z *= self.factor
        return z, (a, b)

    def backward(
        self, memory: tuple[FloatArray, FloatArray], error: FloatArray
    ) -> tuple[FloatArray, ...]:
        """dC/da = dC/dz b^T, and dC/db = a^T dC/dz."""
        a, b = memory
        if self.factor != 1.0:
            error = error * self.factor
        if self.transposed:
            return error @ b, error.swapaxes(-1, -2) @ a
        return error @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ error

    def extend(self, past: Any, offset: int, *inputs: FloatArray) -> tuple[FloatArray, Any]:
        """Multiply further rows of the first by all rows of the second, which are kept."""
        a, b = inputs
        if past is not None:
            b = np.concatenate([past, b], axis=-2)
            b.setflags(write=False)
        return self.forward(a, b)[0], b


def check_axis(axis: int) -> int:
    """Return the number of an axis."""
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise NetworkError(f"axis must be an integer, not {axis!r}")
    return int(axis)


def axis_in(axis: int, shape: Sequence[int]) -> int:
    """Return the number of an axis from the front, or say that a shape has none such."""
    if not -len(shape) <= axis < len(shape):
        raise NetworkError(f"values of shape {tuple(shape)} have no axis {axis}")
    return axis % len(shape)
