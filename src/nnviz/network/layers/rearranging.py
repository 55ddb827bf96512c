"""Layers that move numbers about and compute nothing: parts, other shapes, other orders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from nnviz.network._checks import check_flag, check_size
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.layers._windows import check_place, one_pixel
from nnviz.network.layers.base import Layer
from nnviz.network.layers.joins import axis_in, check_axis
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = ["MergeHeads", "Repeat", "Reshape", "Slice", "SplitHeads", "Transpose"]


class Slice(Layer):
    """Some of the values along an axis: a part of the features, one token, every second row.

    Parameters
    ----------
    start, stop, step : int, optional
        As in ``x[start:stop:step]``; the step is positive.
    axis : int, optional
        Axis of one example; negative ones count from the end.
    squeezed : bool, optional
        Whether the axis goes, where a single value is left along it: a token of a sequence as a
        vector.
    """

    kind = "slice"

    def __init__(
        self,
        start: int | None = None,
        stop: int | None = None,
        step: int = 1,
        axis: int = 0,
        squeezed: bool = False,
    ) -> None:
        for name, value in (("start", start), ("stop", stop)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise NetworkError(f"{name} must be an integer or None, not {value!r}")
        self.start: Final = start
        self.stop: Final = stop
        self.step: Final = check_size(step, "step")
        self.axis: Final = check_axis(axis)
        self.squeezed: Final = check_flag(squeezed, "squeezed")

    @property
    def is_positionwise(self) -> bool:  # type: ignore[override]
        """Whether positions stay apart: where a part of the features is taken."""
        return self.axis == -1 and not self.squeezed

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with fewer values along the axis."""
        axis = axis_in(self.axis, input_shape)
        left = len(range(input_shape[axis])[self._part()])
        if not left:
            raise NetworkError(
                f"nothing of {input_shape} lies between {self.start} and {self.stop} along axis "
                f"{self.axis}"
            )
        if self.squeezed:
            if left != 1 or len(input_shape) == 1:
                raise NetworkError(
                    f"squeezed is for one value along an axis beside others, not for {left} of "
                    f"{input_shape}"
                )
            return input_shape[:axis] + input_shape[axis + 1 :]
        return (*input_shape[:axis], left, *input_shape[axis + 1 :])

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the pixel that the unit is taken from."""
        if len(input_shape) != 3 or self.squeezed:
            return super().receptive_field(row, column, input_shape)
        check_place(row, column, self.output_shape(input_shape)[1:])
        places = [row, column]
        axis = axis_in(self.axis, input_shape) - 1
        if axis >= 0:
            places[axis] = range(input_shape[axis + 1])[self._part()][places[axis]]
        return one_pixel(places[0], places[1], input_shape)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Take the part; the memory is the shape."""
        part = x[self._place(x.shape)]
        return (part.squeeze(self._axis(x.shape)) if self.squeezed else part), x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Put the errors where the part was, and 0 elsewhere."""
        result = np.zeros(memory)
        if self.squeezed:
            error = np.expand_dims(error, self._axis(memory))
        result[self._place(memory)] = error
        return result

    def _part(self) -> slice:
        return slice(self.start, self.stop, self.step)

    def _axis(self, shape: Shape) -> int:
        return axis_in(self.axis, shape[1:]) + 1

    def _place(self, shape: Shape) -> tuple[slice, ...]:
        return (*(slice(None) for _ in range(self._axis(shape))), self._part())


class Reshape(Layer):
    """The same numbers in another shape: row by row, the last axis first.

    Parameters
    ----------
    shape : sequence of int
        Shape of one example; one size may be -1, which is what is left for it. With
        ``Reshape((-1, heads, n))`` the features of every token become heads, whatever the length.
    """

    kind = "reshape"

    def __init__(self, shape: Sequence[int]) -> None:
        sizes = tuple(n if n == -1 else check_size(n, "shape") for n in shape)
        if not sizes or sizes.count(-1) > 1:
            raise NetworkError(f"shape must have one size or more, at most one -1, not {sizes}")
        self.shape: Final = sizes

    @property
    def is_positionwise(self) -> bool:  # type: ignore[override]
        """Whether positions stay apart: where the first axis is as long as it comes out."""
        return self.shape[0] == -1

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape, its -1 put in."""
        count, known = math.prod(input_shape), math.prod(n for n in self.shape if n != -1)
        if count % known or (-1 not in self.shape and count != known):
            raise NetworkError(
                f"{count} numbers of shape {input_shape} do not fit into {self.shape}"
            )
        return tuple(count // known if n == -1 else n for n in self.shape)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Reshape; the memory is the shape."""
        return x.reshape(len(x), *self.output_shape(x.shape[1:])), x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Reshape back."""
        return error.reshape(memory)


class Transpose(Layer):
    """The axes in another order.

    Parameters
    ----------
    axes : sequence of int, optional
        Axes of one example, from 0: ``Transpose((1, 0))`` exchanges tokens and features.
    """

    kind = "transpose"

    def __init__(self, axes: Sequence[int] = (1, 0)) -> None:
        self.axes: Final = tuple(check_size(axis, "axes", 0) for axis in axes)
        if sorted(self.axes) != list(range(len(self.axes))):
            raise NetworkError(f"axes must be 0 to n - 1 in some order, not {self.axes}")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the sizes in the new order."""
        if len(input_shape) != len(self.axes):
            raise NetworkError(f"takes values of {len(self.axes)} axes, not of shape {input_shape}")
        return tuple(input_shape[axis] for axis in self.axes)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, None]:
        """Reorder."""
        return x.transpose(0, *(axis + 1 for axis in self.axes)), None

    def backward(self, memory: None, error: FloatArray) -> FloatArray:
        """Reorder back."""
        return error.transpose(0, *(int(axis) + 1 for axis in np.argsort(self.axes)))

    is_positionwise = True


class Repeat(Layer):
    """Every value along an axis several times, one beside the other: a, a, b, b.

    Heads of attention that share keys see the same keys so.

    Parameters
    ----------
    times : int
        How many times.
    axis : int, optional
        Axis of one example; negative ones count from the end.
    """

    kind = "repeat"

    def __init__(self, times: int, axis: int = 0) -> None:
        self.times: Final = check_size(times, "times")
        self.axis: Final = check_axis(axis)

    is_positionwise = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape, longer along the axis."""
        axis = axis_in(self.axis, input_shape)
        return (*input_shape[:axis], input_shape[axis] * self.times, *input_shape[axis + 1 :])

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Repeat; the memory is the shape."""
        return np.repeat(x, self.times, axis=axis_in(self.axis, x.shape[1:]) + 1), x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Add up the errors of what was one value."""
        axis = axis_in(self.axis, memory[1:]) + 1
        apart = error.reshape(*memory[: axis + 1], self.times, *memory[axis + 1 :])
        total: FloatArray = apart.sum(axis=axis + 1)
        return total


class SplitHeads(Layer):
    """The features of every token cut into heads: (tokens, n) to (heads, tokens, n / heads).

    Parameters
    ----------
    heads : int
        How many.
    """

    kind = "split_heads"
    is_positionwise = True

    def __init__(self, heads: int) -> None:
        self.heads: Final = check_size(heads, "heads")

    def output_shape(self, input_shape: Shape) -> Shape:
        """(tokens, n) to (heads, tokens, n / heads)."""
        if len(input_shape) != 2 or input_shape[1] % self.heads:
            raise NetworkError(
                f"takes (tokens, a multiple of {self.heads} features), not {input_shape}"
            )
        return self.heads, input_shape[0], input_shape[1] // self.heads

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, None]:
        """Cut."""
        n, tokens, _ = x.shape
        return x.reshape(n, tokens, self.heads, -1).swapaxes(1, 2), None

    def backward(self, memory: None, error: FloatArray) -> FloatArray:
        """Put together."""
        n, _, tokens, _ = error.shape
        return error.swapaxes(1, 2).reshape(n, tokens, -1)


class MergeHeads(Layer):
    """The features of all heads side by side: (heads, tokens, n) to (tokens, heads n)."""

    kind = "merge_heads"
    is_positionwise = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """(heads, tokens, n) to (tokens, heads n)."""
        if len(input_shape) != 3:
            raise NetworkError(f"takes (heads, tokens, n), not {input_shape}")
        heads, tokens, n = input_shape
        return tokens, heads * n

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, int]:
        """Put together; the memory is the number of heads."""
        n, heads, tokens, _ = x.shape
        return x.swapaxes(1, 2).reshape(n, tokens, -1), heads

    def backward(self, memory: int, error: FloatArray) -> FloatArray:
        """Cut."""
        n, tokens, _ = error.shape
        return error.reshape(n, tokens, memory, -1).swapaxes(1, 2)
