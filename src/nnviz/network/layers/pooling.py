"""Pooling: one number for each window of a feature map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from nnviz.network._checks import check_flag
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.layers._windows import (
    Padding,
    Windows,
    batch_last,
    check_image,
    check_padding,
    check_pair,
    check_place,
)
from nnviz.network.layers.base import Layer, Work
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = ["AveragePool2D", "GlobalAveragePool2D", "MaxPool2D"]


class _Pooling(Layer):
    """What poolings share: every channel is taken on its own."""

    def input_channels(self, channel: int) -> range:
        """Return which channels of the image an output channel looks at: its own."""
        return range(channel, channel + 1)


class _Pool2D(_Pooling):
    """What poolings with windows share."""

    def __init__(
        self,
        size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: Padding = 0,
    ) -> None:
        self.size: Final = check_pair(size, "size")
        self.stride: Final = self.size if stride is None else check_pair(stride, "stride")
        self.padding: Final = check_padding(padding)
        self._windows: Final = Windows(self.size, self.stride, self.padding)
        if not isinstance(self.padding, str):
            for pads, n in zip(self.padding, self.size, strict=True):
                if max(pads) >= n:
                    raise NetworkError(
                        f"padding {self.padding} is as large as a window of {self.size}, "
                        "which would see nothing else"
                    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """(channels, height, width) to (channels, rows, columns)."""
        check_image(input_shape)
        return (input_shape[0], *self._windows.count(input_shape))

    def work(self, *input_shapes: Shape) -> Work:
        """Count what all windows see."""
        pixels, made = math.prod(self.size), math.prod(self.output_shape(*input_shapes))
        numbers = self._windows.padded_size(*input_shapes)
        # A window's pixel is seen along all windows at once, which is quick.
        writes = numbers + pixels * made // 4
        return Work.of(writes=writes, steps=pixels, numbers=2 * numbers + 2 * made)

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the pooling's window."""
        check_image(input_shape)
        return self._windows.field(row, column, input_shape)


class MaxPool2D(_Pool2D):
    """The largest number in each window.

    Parameters
    ----------
    size : int or sequence of int
        Size of a window: an integer, or (height, width).
    stride : int or sequence of int, optional
        Step of the windows: an integer, or (vertical, horizontal). As large as they are if None.
    padding : int, str or sequence, optional
        As for `Conv2D`; the margin is never the largest.
    """

    kind = "max_pool2d"

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
        """Find the largest; the memory are x and z."""
        padded = self._windows.padded(x, -np.inf)
        first, *others = self._windows.seen(padded, self._windows.count(x.shape))
        z = first.copy(order="K")
        for seen in others:
            np.maximum(z, seen, out=z)
        return z, (x, z)

    def backward(self, memory: tuple[FloatArray, FloatArray], error: FloatArray) -> FloatArray:
        """Give a window's derivative to its largest number, the first of equals."""
        x, z = memory
        padded = self._windows.padded(x, -np.inf)
        gradient = self._windows.blank(x.shape)
        waiting = np.ones_like(z, dtype=bool)
        count = self._windows.count(x.shape)
        error = batch_last(error)
        for seen, place in zip(
            self._windows.seen(padded, count), self._windows.seen(gradient, count), strict=True
        ):
            chosen = (seen == z) & waiting
            place += chosen * error
            waiting &= ~chosen
        return self._windows.without_margin(gradient, x.shape)


class AveragePool2D(_Pool2D):
    """The mean of each window.

    Parameters
    ----------
    size : int or sequence of int
        As for `MaxPool2D`.
    stride : int or sequence of int, optional
        As for `MaxPool2D`.
    padding : int or str, optional
        As for `Conv2D`.
    count_padding : bool, optional
        Whether the margin's zeros count. If not, a window at the edge has the mean of what it
        sees of the image.
    """

    kind = "average_pool2d"

    def __init__(
        self,
        size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: Padding = 0,
        count_padding: bool = False,
    ) -> None:
        super().__init__(size, stride, padding)
        self.count_padding: Final = check_flag(count_padding, "count_padding")

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Compute the means; the memory is the shape."""
        first, *others = self._windows.seen(self._windows.padded(x), self._windows.count(x.shape))
        z = first.copy(order="K")
        for seen in others:
            z += seen
        z /= self._counted(x.shape)
        return z, x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Give everything in a window the same share."""
        gradient = self._windows.blank(memory)
        shares = batch_last(error) / self._counted(memory)
        for place in self._windows.seen(gradient, self._windows.count(memory)):
            place += shares
        return self._windows.without_margin(gradient, memory)

    def _counted(self, shape: Shape) -> FloatArray:
        """Return how many numbers count in each window, shape (rows, columns) or ()."""
        if self.count_padding:
            return np.array(float(np.prod(self.size)))
        inside = self._windows.padded(np.ones((1, 1, *shape[-2:])))
        total: FloatArray = sum(
            self._windows.seen(inside, self._windows.count(shape)), np.zeros(())
        )
        return total


class GlobalAveragePool2D(_Pooling):
    """The mean of each channel: an image becomes a vector of its channels."""

    kind = "global_average_pool2d"

    def output_shape(self, input_shape: Shape) -> Shape:
        """(channels, height, width) to (channels,)."""
        check_image(input_shape)
        return input_shape[:1]

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the whole image, for the one unit of each channel, (0, 0)."""
        check_image(input_shape)
        check_place(row, column, (1, 1))
        _, height, width = input_shape
        return ReceptiveField(tuple(range(height)), tuple(range(width)), (height, width))

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Compute the means; the memory is the shape."""
        return x.mean(axis=(2, 3)), x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Give every pixel the same share."""
        share = error / (memory[2] * memory[3])
        return np.broadcast_to(share[:, :, np.newaxis, np.newaxis], memory)
