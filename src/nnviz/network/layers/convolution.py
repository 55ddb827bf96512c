"""Convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_parameter, check_size
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.activations import Activation, get_activation
from nnviz.network.layers._windows import Padding, Windows, batch_last, check_padding, check_pair
from nnviz.network.layers.base import Layer
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = ["Conv2D"]


class Conv2D(Layer):
    """A convolution: every kernel slides over the image, and makes a feature map.

    As everywhere in this field the kernel is not turned round, so that strictly it is a
    cross-correlation: ``z[o, i, j] = biases[o] + sum over c, u, v of
    kernels[o, c, u, v] x[c, i s + u d, j s + v d]`` with stride s and dilation d.

    Parameters
    ----------
    kernels
        Shape (n_out, n_in / groups, height, width), n_in and n_out being channels.
    biases
        Shape (n_out,).
    stride
        Step of the kernels: an integer, or (vertical, horizontal).
    padding
        Margin of zeros around the image: an integer, (vertical, horizontal) or ((top, bottom),
        (left, right)); "valid" is none, and "same" as much as makes the output as large as the
        input divided by the stride, rounded up (of an odd margin more at the bottom and right).
    dilation
        Distance of a kernel's neighbouring pixels on the image: an integer, or (vertical,
        horizontal).
    groups
        Split the channels into so many groups; each group of outputs sees its group of inputs.
    activation
        Activation function, by name or as it is.

    Raises
    ------
    NetworkError
        If shapes or options do not fit each other, or a number is not finite.
    """

    name = "conv2d"
    parameter_names = ("kernels", "biases")

    def __init__(
        self,
        kernels: npt.ArrayLike,
        biases: npt.ArrayLike,
        stride: int | Sequence[int] = 1,
        padding: Padding = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        activation: str | Activation = "identity",
    ) -> None:
        self.kernels: Final = check_parameter(kernels, "kernels")
        self.biases: Final = check_parameter(biases, "biases")
        self.stride: Final = check_pair(stride, "stride")
        self.padding: Final = check_padding(padding)
        self.dilation: Final = check_pair(dilation, "dilation")
        self.groups: Final = check_size(groups, "groups")
        self.activation = get_activation(activation)
        shape = self.kernels.shape
        if len(shape) != 4 or not self.kernels.size:
            raise NetworkError(
                f"kernels must have shape (n_out, n_in / groups, height, width), not {shape}"
            )
        if self.biases.shape != shape[:1]:
            if self.biases.shape == shape[3:]:
                raise NetworkError(
                    f"kernels look transposed: their shape {shape} seems to be (height, width, "
                    "n_in, n_out); give kernels.transpose(3, 2, 0, 1)"
                )
            raise NetworkError(
                f"biases must have shape ({shape[0]},), as kernels have shape {shape}, "
                f"not {self.biases.shape}"
            )
        if self.activation.axis == -1:
            raise NetworkError(
                f"{self.activation.name} runs along the last axis, a row of pixels; over the "
                "channels that is softmax(-3)"
            )
        if shape[0] % self.groups:
            raise NetworkError(f"{shape[0]} kernels cannot be split into {self.groups} groups")
        self._windows: Final = Windows(
            (shape[2], shape[3]), self.stride, self.padding, self.dilation
        )

    @classmethod
    def random(
        cls,
        n_in: int,
        n_out: int,
        size: int | Sequence[int],
        rng: np.random.RandomState,
        **options: Any,
    ) -> Self:
        """Draw kernels as `Dense.random` draws weights; biases are 0.

        Parameters
        ----------
        n_in, n_out
            Channels.
        size
            Of the kernels: an integer, or (height, width).
        rng
            What to draw from.
        **options
            As for `Conv2D`.
        """
        n_in, n_out = check_size(n_in, "n_in"), check_size(n_out, "n_out")
        groups = check_size(options.get("groups", 1), "groups")
        if n_in % groups:
            raise NetworkError(f"{n_in} channels cannot be split into {groups} groups")
        shape = (n_out, n_in // groups, *check_pair(size, "size"))
        kernels = rng.randn(*shape)
        kernels *= np.sqrt(2.0 / kernels[0].size)
        return cls(kernels, np.zeros(n_out), **options)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(n_in, height, width) to (n_out, rows, columns)."""
        n_in = self.kernels.shape[1] * self.groups
        if len(input_shape) != 3 or input_shape[0] != n_in:
            hint = ""
            if len(input_shape) == 3 and input_shape[2] == n_in:
                hint = ": are the channels last? They come first here"
            raise NetworkError(
                f"kernels of shape {self.kernels.shape} in {self.groups} group(s) take an image "
                f"of shape ({n_in}, height, width), not {input_shape}{hint}"
            )
        return (len(self.kernels), *self._windows.count(input_shape))

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the window of the kernels."""
        self.output_shape(input_shape)
        return self._windows.field(row, column, input_shape)

    def input_channels(self, channel: int) -> range:
        """Say which channels of the image an output channel looks at: those of its group.

        Raises
        ------
        NetworkError
            If there is no such channel.
        """
        if not 0 <= channel < len(self.kernels):
            raise NetworkError(f"no channel {channel}: there are {len(self.kernels)}")
        width = self.kernels.shape[1]
        first = channel // (len(self.kernels) // self.groups) * width
        return range(first, first + width)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, Shape]]:
        """Compute z as a product of kernels and columns; the memory are the columns.

        A column holds what all kernels see at one place of one image.
        """
        n, channels = x.shape[:2]
        count = self._windows.count(x.shape)
        columns = np.empty((channels, self.kernels[0, 0].size, *count, n))
        for k, seen in enumerate(self._windows.seen(self._windows.padded(x), count)):
            columns[:, k] = seen.transpose(1, 2, 3, 0)
        matrices = self._matrices()
        columns = columns.reshape(self.groups, matrices.shape[2], -1)
        z = (matrices @ columns).reshape(len(self.kernels), *count, n).transpose(3, 0, 1, 2)
        z += self.biases[:, np.newaxis, np.newaxis]
        return z, (columns, x.shape)

    def backward(self, memory: tuple[FloatArray, Shape], error: FloatArray) -> FloatArray:
        """Let every column's derivatives add up where the column was taken from."""
        _, shape = memory
        n, count = len(error), (error.shape[2], error.shape[3])
        of_columns = self._matrices().swapaxes(1, 2) @ self._in_columns(error)
        of_seen = of_columns.reshape(shape[1], -1, *count, n).transpose(1, 4, 0, 2, 3)
        gradient = self._windows.blank(shape)
        for place, part in zip(self._windows.seen(gradient, count), of_seen, strict=True):
            place += part
        return self._windows.without_margin(gradient, shape)

    def gradients(
        self, memory: tuple[FloatArray, Shape], error: FloatArray
    ) -> tuple[FloatArray, ...]:
        """Multiply the errors by what the kernels saw."""
        columns, _ = memory
        errors = self._in_columns(error)
        of_kernels = errors @ columns.swapaxes(1, 2)
        return of_kernels.reshape(self.kernels.shape), errors.sum(axis=2).ravel()

    def _matrices(self) -> FloatArray:
        """Return the kernels as rows, a matrix a group."""
        return self.kernels.reshape(self.groups, len(self.kernels) // self.groups, -1)

    def _in_columns(self, error: FloatArray) -> FloatArray:
        """Return errors in the order of the columns, a matrix a group."""
        per_group = len(self.kernels) // self.groups
        return batch_last(error).transpose(1, 2, 3, 0).reshape(self.groups, per_group, -1)
