"""Layers that change the size of images and sequences: upsampling, adaptive pooling, margins."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from nnviz.network._types import FloatArray, IntArray, NetworkError, Shape
from nnviz.network.layers._windows import Pads, check_image, check_padding, check_pair, check_place
from nnviz.network.layers.base import Layer, Work
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = ["AdaptiveAveragePool2D", "Pad", "Upsample"]


class _ByMatrices(Layer):
    """What layers share whose rows and columns are mixed by a matrix each: z = A x B^T."""

    @abstractmethod
    def _matrix(self, axis: int, n: int) -> FloatArray:
        """Return the matrix of the rows (0) or columns (1), shape (n_out, n)."""

    @abstractmethod
    def _count(self, axis: int, n: int) -> int:
        """Return n_out: a shape is known before anything is allocated."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """(channels, height, width) to (channels, rows, columns)."""
        check_image(input_shape)
        channels, height, width = input_shape
        return channels, self._count(0, height), self._count(1, width)

    def work(self, *input_shapes: Shape) -> Work:
        """Count the products with both matrices."""
        ((channels, height, width),) = input_shapes
        _, rows, columns = self.output_shape(*input_shapes)
        between, matrices = channels * rows * width, rows * height + columns * width
        made = channels * rows * columns
        return Work.of(
            multiply_adds=between * height + made * width,
            writes=2 * matrices + between + made,
            steps=rows + columns,
            numbers=2 * matrices + between + 2 * made,
        )

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the pixels that have a share in the unit."""
        check_place(row, column, self.output_shape(input_shape)[1:])
        _, height, width = input_shape
        rows = np.flatnonzero(self._matrix(0, height)[row])
        columns = np.flatnonzero(self._matrix(1, width)[column])
        return ReceptiveField(tuple(rows.tolist()), tuple(columns.tolist()), (height, width))

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Mix rows and columns; the memory is the shape."""
        z: FloatArray = self._matrix(0, x.shape[2]) @ x @ self._matrix(1, x.shape[3]).T
        return z, x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Multiply by the transposed matrices."""
        dc_dx: FloatArray = self._matrix(0, memory[2]).T @ error @ self._matrix(1, memory[3])
        return dc_dx


class Upsample(_ByMatrices):
    """Images made larger: every pixel repeated, or what lies between pixels blended.

    Parameters
    ----------
    factor : int or sequence of int
        How many times larger: an integer, or (vertical, horizontal).
    mode : str, optional
        "nearest", or "bilinear": blended between the centres of pixels.
    """

    kind = "upsample"

    def __init__(self, factor: int | Sequence[int], mode: str = "nearest") -> None:
        self.factor: Final = check_pair(factor, "factor")
        if mode not in ("nearest", "bilinear"):
            raise NetworkError(f"mode must be 'nearest' or 'bilinear', not {mode!r}")
        self.mode: Final = mode

    def _count(self, axis: int, n: int) -> int:
        return n * self.factor[axis]

    def _matrix(self, axis: int, n: int) -> FloatArray:
        factor = self.factor[axis]
        if self.mode == "nearest":
            repeated: FloatArray = np.repeat(np.eye(n), factor, axis=0)
            return repeated
        places = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
        before = np.minimum(places.astype(np.int64), max(n - 2, 0))
        share = places - before
        matrix = np.zeros((n * factor, n))
        rows = np.arange(n * factor)
        matrix[rows, before] = 1.0 - share
        matrix[rows, np.minimum(before + 1, n - 1)] += share
        return matrix


class AdaptiveAveragePool2D(_ByMatrices):
    """Means of windows that give an output of one size, whatever the image's.

    Unit i is the mean of the rows from ``floor(i n / size)`` to before ``ceil((i + 1) n / size)``,
    and of columns likewise.

    Parameters
    ----------
    size : int or sequence of int
        Size of the output: an integer, or (height, width).
    """

    kind = "adaptive_average_pool2d"

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size: Final = check_pair(size, "size")

    def _count(self, axis: int, n: int) -> int:
        return self.size[axis]

    def _matrix(self, axis: int, n: int) -> FloatArray:
        size = self.size[axis]
        matrix = np.zeros((size, n))
        for i in range(size):
            start, stop = i * n // size, -(-(i + 1) * n // size)
            matrix[i, start:stop] = 1.0 / (stop - start)
        return matrix


class Pad(Layer):
    """A margin around an image, or before and after a sequence (channels, length).

    Parameters
    ----------
    padding : int or sequence of (int or sequence of int)
        Width of the margin: an integer, (vertical, horizontal) or ((top, bottom), (left, right));
        for sequences an integer or (before, after).
    mode : str, optional
        What stands there: "constant", the `value`; "reflect", the image mirrored at its outermost
        pixels; "replicate", the nearest pixel; "circular", the other end of the image.
    value : float, optional
        Value of a constant margin.
    """

    kind = "pad"

    def __init__(
        self,
        padding: int | Sequence[int | Sequence[int]],
        mode: str = "constant",
        value: float = 0.0,
    ) -> None:
        pads = check_padding(padding)
        if isinstance(pads, str):
            raise NetworkError(f"padding must be numbers, not {padding!r}")
        if mode not in ("constant", "reflect", "replicate", "circular"):
            raise NetworkError(
                f"mode must be 'constant', 'reflect', 'replicate' or 'circular', not {mode!r}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise NetworkError(f"value must be a finite number, not {value!r}")
        self.padding: Final[Pads] = pads
        self.mode: Final = mode
        self.value: Final = float(value)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with the margin."""
        pads = self._pads(input_shape)
        first = len(input_shape) - len(pads)
        for n, pad in zip(input_shape[first:], pads, strict=True):
            if self.mode == "circular" and max(pad) > n:
                raise NetworkError(f"a circular margin of {max(pad)} is longer than {n}")
            if self.mode == "reflect" and max(pad) >= n:
                raise NetworkError(f"a reflected margin of {max(pad)} must be shorter than {n}")
        sizes = (n + sum(pad) for n, pad in zip(input_shape[first:], pads, strict=True))
        return (*input_shape[:first], *sizes)

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the pixel that the unit's value is taken from; of a constant margin none."""
        check_place(row, column, self.output_shape(input_shape)[1:])
        (_, rows), (_, columns) = self._places((1, *input_shape))
        size = (input_shape[1], input_shape[2])
        if rows[row] < 0 or columns[column] < 0:
            return ReceptiveField((), (), size)
        return ReceptiveField((int(rows[row]),), (int(columns[column]),), size)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Take every value from its place; the memory is the shape."""
        z = x
        for axis, places in self._places(x.shape):
            z = z.take(places, axis=axis)
            if self.mode == "constant":
                np.moveaxis(z, axis, 0)[places < 0] = self.value
        return z, x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Add up at every place what was taken from there."""
        for axis, places in self._places(memory):
            rows = np.moveaxis(error, axis, 0)
            total = np.zeros((memory[axis], *rows.shape[1:]))
            inside = places >= 0
            np.add.at(total, places[inside], rows[inside])
            error = np.moveaxis(total, 0, axis)
        return error

    def _pads(self, shape: Shape) -> tuple[tuple[int, int], ...]:
        """Return the margins of the last axes of one example."""
        pads = self.padding
        if len(shape) == 3:
            return pads
        if len(shape) != 2:
            raise NetworkError(
                f"takes (channels, height, width) or (channels, length), not {shape}"
            )
        if pads[0] == pads[1]:
            return pads[:1]
        if any(one != other for one, other in pads):
            raise NetworkError(f"padding {pads} is for images, and {shape} is a sequence")
        return ((pads[0][0], pads[1][0]),)

    def _places(self, shape: Shape) -> Iterator[tuple[int, IntArray]]:
        """Yield for rows and columns their axis in a batch, and where each value comes from."""
        for axis, pad in enumerate(self._pads(shape[1:]), start=2):
            yield axis, self._sources(shape[axis], *pad)

    def _sources(self, n: int, before: int, after: int) -> IntArray:
        """Return where along an axis the values come from; -1 where from nowhere."""
        places: IntArray = np.arange(-before, n + after)
        if self.mode == "replicate":
            return np.clip(places, 0, n - 1)
        if self.mode == "circular":
            return places % n
        if self.mode == "reflect":
            inside: IntArray = n - 1 - np.abs(n - 1 - np.abs(places))
            return inside
        return np.where((places < 0) | (places >= n), -1, places)
