"""Convolutions, along images and sequences, and their transpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import (
    check_biases,
    check_groups,
    check_parameter,
    check_size,
    check_weights,
)
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.activations import Activation, get_activation
from nnviz.network.layers._convolving import (
    columns_of,
    in_columns,
    spread,
    times_columns,
    work_of_columns,
)
from nnviz.network.layers._windows import (
    Padding,
    Windows,
    check_padding,
    check_pair,
    check_place,
)
from nnviz.network.layers.base import Layer, Work
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = ["Conv1D", "Conv2D", "ConvTranspose2D"]


class _Convolution(Layer):
    """What convolutions share: the arithmetic, on images."""

    parameter_names = ("kernels", "biases")
    kernels: FloatArray
    biases: FloatArray
    groups: int
    _windows: Windows

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, Shape]]:
        """Compute z as a product of kernels and columns; the memory are the columns.

        A column holds what all kernels see at one place of one image.
        """
        columns = columns_of(x, self._windows, self.groups)
        z = times_columns(columns, self.kernels, self.groups, self._windows.count(x.shape))
        z += self.biases[:, np.newaxis, np.newaxis]
        return z, (columns, x.shape)

    def backward(self, memory: tuple[FloatArray, Shape], error: FloatArray) -> FloatArray:
        """Let every column's derivatives add up where the column was taken from."""
        return spread(error, self.kernels, self._windows, self.groups, memory[1])

    def gradients(
        self, memory: tuple[FloatArray, Shape], error: FloatArray
    ) -> tuple[FloatArray, ...]:
        """Multiply the errors by what the kernels saw."""
        errors = in_columns(error, self.groups)
        of_kernels = errors @ memory[0].swapaxes(1, 2)
        return of_kernels.reshape(self.kernels.shape), errors.sum(axis=2).ravel()


class Conv2D(_Convolution):
    """A convolution: every kernel slides over the image, and makes a feature map.

    As everywhere in this field the kernel is not turned round, so that strictly it is a
    cross-correlation: ``z[o, i, j] = biases[o] + sum over c, u, v of
    kernels[o, c, u, v] x[c, i s + u d, j s + v d]`` with stride s and dilation d.

    Parameters
    ----------
    kernels : array_like
        Shape (n_out, n_in / groups, height, width), n_in and n_out being channels.
    biases : array_like
        Shape (n_out,).
    stride : int or sequence of int, optional
        Step of the kernels: an integer, or (vertical, horizontal).
    padding : int or str, optional
        Margin of zeros around the image: an integer, (vertical, horizontal) or ((top, bottom),
        (left, right)); "valid" is none, and "same" as much as makes the output as large as the
        input divided by the stride, rounded up (of an odd margin more at the bottom and right).
    dilation : int or sequence of int, optional
        Distance of a kernel's neighbouring pixels on the image: an integer, or (vertical,
        horizontal).
    groups : int, optional
        Number of groups of channels; each group of outputs sees its group of inputs.
    activation : str or Activation, optional
        Activation function: a name from `ACTIVATIONS` or an `Activation`.

    Raises
    ------
    NetworkError
        If shapes or options do not fit each other, or a number is not finite.
    """

    kind = "conv2d"

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
        self.kernels = check_weights(
            kernels, "kernels", "n_out", "n_in / groups", "height", "width"
        )
        self.biases = check_parameter(biases, "biases")
        self.stride: Final = check_pair(stride, "stride")
        self.padding: Final = check_padding(padding)
        self.dilation: Final = check_pair(dilation, "dilation")
        self.groups = check_size(groups, "groups")
        self.activation = get_activation(activation)
        shape = self.kernels.shape
        if self.biases.shape != shape[:1] and self.biases.shape == shape[3:]:
            raise NetworkError(
                f"kernels look transposed: their shape {shape} seems to be (height, width, "
                "n_in, n_out); give kernels.transpose(3, 2, 0, 1)"
            )
        check_biases(self.biases, shape[0], "kernels", shape)
        if self.activation.axis == -1:
            raise NetworkError(
                f"{self.activation.name} runs along the last axis, a row of pixels; over the "
                "channels that is softmax(-3)"
            )
        check_groups(shape[0], self.groups, "kernels")
        self._windows = Windows((shape[2], shape[3]), self.stride, self.padding, self.dilation)

    @classmethod
    def random(
        cls,
        n_in: int,
        n_out: int,
        size: int | Sequence[int],
        rng: np.random.RandomState,
        *,
        stride: int | Sequence[int] = 1,
        padding: Padding = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        activation: str | Activation = "identity",
    ) -> Self:
        """Draw kernels as `Dense.random` draws weights; biases are 0.

        Parameters
        ----------
        n_in : int
            Number of channels that come in.
        n_out : int
            Number of kernels, and so of feature maps.
        size : int or sequence of int
            Size of the kernels: an integer, or (height, width).
        rng : RandomState
            What to draw from.
        stride, dilation : int or sequence of int, optional
            As for `Conv2D`.
        padding : int, str or sequence, optional
            As for `Conv2D`.
        groups : int, optional
            As for `Conv2D`.
        activation : str or Activation, optional
            As for `Conv2D`.
        """
        n_in, n_out = check_size(n_in, "n_in"), check_size(n_out, "n_out")
        groups = check_size(groups, "groups")
        check_groups(n_in, groups, "channels")
        shape = (n_out, n_in // groups, *check_pair(size, "size"))
        kernels = rng.randn(*shape)
        kernels *= np.sqrt(2.0 / kernels[0].size)
        return cls(kernels, np.zeros(n_out), stride, padding, dilation, groups, activation)

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

    def work(self, *input_shapes: Shape) -> Work:
        """Count the products of kernels and columns."""
        return work_of_columns(self.kernels, self._windows, *input_shapes)

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the window of the kernels."""
        self.output_shape(input_shape)
        return self._windows.field(row, column, input_shape)

    def input_channels(self, channel: int) -> range:
        """Return which channels of the image an output channel looks at: those of its group.

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


class Conv1D(_Convolution):
    """A convolution along a sequence (channels, length): see `Conv2D`.

    Parameters
    ----------
    kernels : array_like
        Shape (n_out, n_in / groups, size), n_in and n_out being channels.
    biases : array_like
        Shape (n_out,).
    stride, dilation : int, optional
        Step of the kernels, and distance of a kernel's neighbouring places.
    padding : str, int or sequence of int, optional
        Zeros before and after: an integer, (before, after), "valid" or "same".
    groups : int, optional
        As for `Conv2D`.
    activation : str or Activation, optional
        As for `Conv2D`.
    """

    kind = "conv1d"

    def __init__(
        self,
        kernels: npt.ArrayLike,
        biases: npt.ArrayLike,
        stride: int = 1,
        padding: str | int | Sequence[int] = 0,
        dilation: int = 1,
        groups: int = 1,
        activation: str | Activation = "identity",
    ) -> None:
        self.kernels = check_weights(kernels, "kernels", "n_out", "n_in / groups", "size")
        self.biases = check_parameter(biases, "biases")
        self.stride: Final = check_size(stride, "stride")
        self.dilation: Final = check_size(dilation, "dilation")
        self.groups = check_size(groups, "groups")
        self.activation = get_activation(activation)
        if isinstance(padding, str):
            is_same, ends = check_padding(padding) == "same", (0, 0)
        else:
            is_same, ends = False, check_pair(padding, "padding", 0)
        self.padding: Final = "same" if is_same else ends
        shape = self.kernels.shape
        check_biases(self.biases, shape[0], "kernels", shape)
        check_groups(shape[0], self.groups, "kernels")
        self._windows = Windows(
            (1, shape[2]),
            (1, self.stride),
            "same" if is_same else ((0, 0), ends),
            (1, self.dilation),
        )

    def output_shape(self, input_shape: Shape) -> Shape:
        """(n_in, length) to (n_out, places)."""
        n_in = self.kernels.shape[1] * self.groups
        if len(input_shape) != 2 or input_shape[0] != n_in:
            raise NetworkError(
                f"kernels of shape {self.kernels.shape} in {self.groups} group(s) take a sequence "
                f"of shape ({n_in}, length), not {input_shape}"
            )
        return len(self.kernels), self._windows.count((1, input_shape[1]))[1]

    def work(self, *input_shapes: Shape) -> Work:
        """Count the products of kernels and columns."""
        ((channels, length),) = input_shapes
        return work_of_columns(self.kernels, self._windows, (channels, 1, length))

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, Shape]]:
        """Convolve as an image of one row; the memory are the columns."""
        z, memory = super().forward(x[:, :, np.newaxis], rng)
        return z[:, :, 0], memory

    def backward(self, memory: tuple[FloatArray, Shape], error: FloatArray) -> FloatArray:
        """Go back as through an image of one row."""
        return super().backward(memory, error[:, :, np.newaxis])[:, :, 0]

    def gradients(
        self, memory: tuple[FloatArray, Shape], error: FloatArray
    ) -> tuple[FloatArray, ...]:
        """Multiply the errors by what the kernels saw."""
        return super().gradients(memory, error[:, :, np.newaxis])


class ConvTranspose2D(Layer):
    """The transpose of a convolution: every number of the input puts down a kernel.

    Where kernels overlap they add up. Dimension for dimension it undoes a `Conv2D` of the same
    options (M. Zeiler and others, "Deconvolutional Networks", 2010).

    Parameters
    ----------
    kernels : array_like
        Shape (n_in, n_out / groups, height, width), n_in and n_out being channels.
    biases : array_like
        Shape (n_out,).
    stride : int or sequence of int, optional
        Distance of the kernels put down: an integer, or (vertical, horizontal).
    padding : int or sequence of (int or sequence of int), optional
        What is cut off the output: an integer, (vertical, horizontal) or ((top, bottom), (left,
        right)).
    output_padding : int or sequence of int, optional
        Rows and columns added at the bottom and right, fewer than the stride or the dilation.
    dilation : int or sequence of int, optional
        As for `Conv2D`.
    groups : int, optional
        As for `Conv2D`.
    activation : str or Activation, optional
        As for `Conv2D`.
    """

    kind = "conv_transpose2d"
    parameter_names = ("kernels", "biases")

    def __init__(
        self,
        kernels: npt.ArrayLike,
        biases: npt.ArrayLike,
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int | Sequence[int]] = 0,
        output_padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        activation: str | Activation = "identity",
    ) -> None:
        self.kernels: Final = check_weights(
            kernels, "kernels", "n_in", "n_out / groups", "height", "width"
        )
        self.biases: Final = check_parameter(biases, "biases")
        self.stride: Final = check_pair(stride, "stride")
        pads = check_padding(padding)
        if isinstance(pads, str):
            raise NetworkError(f"padding must be numbers, not {padding!r}")
        self.padding: Final = pads
        self.output_padding: Final = check_pair(output_padding, "output_padding", 0)
        self.dilation: Final = check_pair(dilation, "dilation")
        self.groups: Final = check_size(groups, "groups")
        self.activation = get_activation(activation)
        shape = self.kernels.shape
        check_groups(shape[0], self.groups, "channels")
        check_biases(self.biases, shape[1] * self.groups, "kernels", shape)
        for extra, *limits in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(limits):
                raise NetworkError(
                    f"output_padding {self.output_padding} must be below the stride or the dilation"
                )
        self._windows: Final = Windows((shape[2], shape[3]), self.stride, pads, self.dilation)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(n_in, height, width) to (n_out, rows, columns)."""
        if len(input_shape) != 3 or input_shape[0] != len(self.kernels):
            raise NetworkError(
                f"kernels of shape {self.kernels.shape} take an image of shape "
                f"({len(self.kernels)}, height, width), not {input_shape}"
            )
        sizes = [
            (n - 1) * step + reach + extra - sum(pad)
            for n, step, reach, extra, pad in zip(
                input_shape[1:],
                self.stride,
                self._windows.reach,
                self.output_padding,
                self.padding,
                strict=True,
            )
        ]
        if min(sizes) < 1:
            raise NetworkError(f"nothing is left of {input_shape} with padding {self.padding}")
        return len(self.biases), sizes[0], sizes[1]

    def work(self, *input_shapes: Shape) -> Work:
        """Count the products of kernels and what comes in."""
        return work_of_columns(self.kernels, self._windows, self.output_shape(*input_shapes))

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the places whose kernels reach the unit."""
        check_place(row, column, self.output_shape(input_shape)[1:])
        rows, columns = (
            tuple(
                place
                for place in range(n)
                if 0 <= (gap := at + pad[0] - place * step) < reach and gap % between == 0
            )
            for at, n, step, pad, reach, between in zip(
                (row, column),
                input_shape[1:],
                self.stride,
                self.padding,
                self._windows.reach,
                self.dilation,
                strict=True,
            )
        )
        return ReceptiveField(rows, columns, (input_shape[1], input_shape[2]))

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Put the kernels down; the memory is x."""
        shape = (len(x), *self.output_shape(x.shape[1:]))
        z = spread(x, self.kernels, self._windows, self.groups, shape)
        return z + self.biases[:, np.newaxis, np.newaxis], x

    def backward(self, memory: FloatArray, error: FloatArray) -> FloatArray:
        """Convolve the error with the kernels."""
        columns = columns_of(error, self._windows, self.groups)
        count = self._windows.count(error.shape)
        z = times_columns(columns, self.kernels, self.groups, count)
        return z[..., : memory.shape[2], : memory.shape[3]]

    def gradients(self, memory: FloatArray, error: FloatArray) -> tuple[FloatArray, ...]:
        """Multiply the inputs by the errors that their kernels reach."""
        columns = columns_of(error, self._windows, self.groups)
        x = in_columns(memory, self.groups)
        of_kernels = x @ columns.swapaxes(1, 2)
        return of_kernels.reshape(self.kernels.shape), error.sum(axis=(0, 2, 3))
