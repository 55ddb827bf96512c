"""Windows that slide over images: where they lie, and what they see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np

from nnviz.network._checks import check_size
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = [
    "Padding",
    "Pads",
    "Pair",
    "Windows",
    "batch_last",
    "check_image",
    "check_padding",
    "check_pair",
    "check_place",
    "one_pixel",
]

Pair = tuple[int, int]
#: Rows above and below, columns left and right.
Pads = tuple[Pair, Pair]
#: What a layer's `padding` may be.
Padding = str | int | Sequence[int | Sequence[int]]


def check_pair(value: int | Sequence[int], name: str, least: int = 1) -> Pair:
    """Return (vertical, horizontal): an integer counts for both."""
    pair = value if isinstance(value, Sequence) else (value, value)
    if len(pair) != 2:
        raise NetworkError(f"{name} must be an integer or a pair (vertical, horizontal): {value!r}")
    return check_size(pair[0], name, least), check_size(pair[1], name, least)


def check_padding(padding: Padding) -> str | Pads:
    """Return ((top, bottom), (left, right)), or "same", which depends on the image."""
    if isinstance(padding, str):
        if padding == "valid":
            return (0, 0), (0, 0)
        if padding == "same":
            return padding
        raise NetworkError(f"padding must be numbers, 'same' or 'valid', not {padding!r}")
    both = (padding, padding) if isinstance(padding, SupportsIndex) else padding
    if not isinstance(both, Sequence) or len(both) != 2:
        raise NetworkError(
            "padding must be an integer, (vertical, horizontal) or ((top, bottom), (left, right)), "
            f"not {padding!r}"
        )
    return check_pair(both[0], "padding", 0), check_pair(both[1], "padding", 0)


def check_image(shape: Shape) -> None:
    if len(shape) != 3:
        raise NetworkError(f"takes an image (channels, height, width), not {shape}")


def check_place(row: int, column: int, size: Shape) -> None:
    """Raise NetworkError if a map of this height and width has no such unit."""
    if not (0 <= row < size[0] and 0 <= column < size[1]):
        raise NetworkError(f"no unit ({row}, {column}) in a map of {size[0]} x {size[1]}")


def one_pixel(row: int, column: int, image: Shape) -> ReceptiveField:
    """Return what a unit depends on in a layer that takes every value on its own."""
    if len(image) != 3:
        raise NetworkError(f"units in vectors of shape {image} have no rows and columns")
    check_place(row, column, image[1:])
    return ReceptiveField((row,), (column,), (image[1], image[2]))


def batch_last(x: FloatArray) -> FloatArray:
    """Return images (batch, channels, height, width) that lie batch last in memory.

    A window's pixel, seen over the whole batch, is then one long run of numbers, which NumPy goes
    along many times as fast as along the few of a row. Whoever looks at the array sees no
    difference.
    """
    return np.ascontiguousarray(x.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)


@dataclass(frozen=True)
class Windows:
    """Windows of one size, in steps of `stride`, over images with a margin.

    ``padding="same"`` gives as many windows as there are steps of `stride` in the image; of an odd
    margin the larger part lies below and to the right.
    """

    size: Pair
    stride: Pair
    padding: str | Pads
    dilation: Pair = (1, 1)

    @property
    def reach(self) -> Pair:
        """Rows and columns from a window's first pixel to its last, both included."""
        (h, w), (dh, dw) = self.size, self.dilation
        return (h - 1) * dh + 1, (w - 1) * dw + 1

    def pads(self, image: Shape) -> Pads:
        """Return the margin of an image of shape (..., height, width)."""
        if not isinstance(self.padding, str):
            return self.padding
        top_bottom, left_right = (
            max((-(-n // step) - 1) * step + reach - n, 0)
            for n, step, reach in zip(image[-2:], self.stride, self.reach, strict=True)
        )
        return (
            (top_bottom // 2, top_bottom - top_bottom // 2),
            (left_right // 2, left_right - left_right // 2),
        )

    def count(self, image: Shape) -> Pair:
        """Return how many windows lie below and beside each other.

        Raises
        ------
        NetworkError
            If not one does.
        """
        counts = [
            (n + sum(pad) - reach) // step + 1
            for n, pad, reach, step in zip(
                image[-2:], self.pads(image), self.reach, self.stride, strict=True
            )
        ]
        if min(counts) < 1:
            raise NetworkError(
                f"a window of {self.reach[0]} x {self.reach[1]} does not fit into an image of "
                f"{image[-2]} x {image[-1]} with padding {self.padding}"
            )
        return counts[0], counts[1]

    def field(self, row: int, column: int, image: Shape) -> ReceptiveField:
        """Return where a window lies in an image of shape (..., height, width)."""
        check_place(row, column, self.count(image))
        rows, columns = (
            tuple(range(first := place * step - pad[0], first + reach, dilation))
            for place, step, pad, reach, dilation in zip(
                (row, column),
                self.stride,
                self.pads(image),
                self.reach,
                self.dilation,
                strict=True,
            )
        )
        return ReceptiveField(rows, columns, (image[-2], image[-1]))

    def blank(self, shape: Shape, value: float = 0.0) -> FloatArray:
        """Return images with a margin, laid out as by `batch_last`, of one value.

        `shape` is that of the images without it, (batch, channels, height, width).
        """
        n, channels, h, w = shape
        (top, bottom), (left, right) = self.pads(shape)
        images = np.full((channels, top + h + bottom, left + w + right, n), value)
        return images.transpose(3, 0, 1, 2)

    def padded_size(self, image: Shape) -> int:
        """Return how many numbers an image (channels, height, width) has with its margin."""
        (top, bottom), (left, right) = self.pads(image)
        channels, height, width = image
        return channels * (top + height + bottom) * (left + width + right)

    def padded(self, x: FloatArray, value: float = 0.0) -> FloatArray:
        """Return images with their margin, laid out as by `batch_last`."""
        if self.pads(x.shape) == ((0, 0), (0, 0)):
            return batch_last(x)
        result = self.blank(x.shape, value)
        self.without_margin(result, x.shape)[...] = x
        return result

    def without_margin(self, padded: FloatArray, image: Shape) -> FloatArray:
        """Undo `padded`: a view."""
        (top, _), (left, _) = self.pads(image)
        return padded[..., top : top + image[-2], left : left + image[-1]]

    def seen(self, padded: FloatArray, count: Pair) -> Iterator[FloatArray]:
        """Yield for every pixel of a window, row by row, what all windows see there.

        Views of shape (..., *count): writing into them writes into the padded images.
        """
        (rows, columns), (step_i, step_j), (dilate_i, dilate_j) = count, self.stride, self.dilation
        for i in range(0, self.reach[0], dilate_i):
            for j in range(0, self.reach[1], dilate_j):
                yield padded[
                    ...,
                    i : i + (rows - 1) * step_i + 1 : step_i,
                    j : j + (columns - 1) * step_j + 1 : step_j,
                ]
