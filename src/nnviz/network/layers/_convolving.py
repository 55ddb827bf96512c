"""Convolutions as products of matrices: images as columns, and back."""

from __future__ import annotations

import numpy as np

from nnviz.network._types import FloatArray, Shape
from nnviz.network.layers._windows import Pair, Windows, batch_last
from nnviz.network.layers.base import Work

__all__ = ["columns_of", "in_columns", "spread", "times_columns", "work_of_columns"]


def columns_of(x: FloatArray, windows: Windows, groups: int) -> FloatArray:
    """Return what kernels see at every place of every image, a column each, a matrix a group."""
    n, channels = x.shape[:2]
    count = windows.count(x.shape)
    columns = np.empty((channels, windows.size[0] * windows.size[1], *count, n))
    for k, seen in enumerate(windows.seen(windows.padded(x), count)):
        columns[:, k] = seen.transpose(1, 2, 3, 0)
    return columns.reshape(groups, channels // groups * windows.size[0] * windows.size[1], -1)


def times_columns(columns: FloatArray, kernels: FloatArray, groups: int, count: Pair) -> FloatArray:
    """Return the maps that kernels make of columns, shape (n, n_out, rows, columns)."""
    n = columns.shape[2] // (count[0] * count[1])
    product: FloatArray = (_matrices(kernels, groups) @ columns).reshape(len(kernels), *count, n)
    return product.transpose(3, 0, 1, 2)


def spread(
    error: FloatArray, kernels: FloatArray, windows: Windows, groups: int, shape: Shape
) -> FloatArray:
    """Add up kernels times errors in images of a shape: the transpose of a convolution."""
    count, n = (error.shape[2], error.shape[3]), len(error)
    of_columns = _matrices(kernels, groups).swapaxes(1, 2) @ in_columns(error, groups)
    of_seen = of_columns.reshape(shape[1], -1, *count, n).transpose(1, 4, 0, 2, 3)
    gradient = windows.blank(shape)
    for place, part in zip(windows.seen(gradient, count), of_seen, strict=True):
        place += part
    return windows.without_margin(gradient, shape)


def in_columns(error: FloatArray, groups: int) -> FloatArray:
    """Return errors in the order of the columns, a matrix a group."""
    per_group = error.shape[1] // groups
    return batch_last(error).transpose(1, 2, 3, 0).reshape(groups, per_group, -1)


def work_of_columns(kernels: FloatArray, windows: Windows, image: Shape) -> Work:
    """Return what it costs to go from an image to its columns and their products, or back."""
    rows, columns = windows.count(image)
    pixels = windows.size[0] * windows.size[1]
    seen = image[0] * pixels * rows * columns
    made = len(kernels) * rows * columns
    return Work.of(
        multiply_adds=kernels.size * rows * columns,
        writes=seen + made,
        steps=pixels,
        numbers=windows.padded_size(image) + 2 * seen + 2 * made,
    )


def _matrices(kernels: FloatArray, groups: int) -> FloatArray:
    """Return the kernels as rows, a matrix a group."""
    return kernels.reshape(groups, len(kernels) // groups, -1)
