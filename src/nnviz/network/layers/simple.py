"""Layers without parameters: Flatten, Dropout, Activate and Softmax."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from nnviz.network._checks import check_number
from nnviz.network._types import FloatArray, Shape
from nnviz.network.activations import Activation, get_activation, softmax_along
from nnviz.network.layers._windows import one_pixel
from nnviz.network.layers.base import Layer
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = ["Activate", "Dropout", "Flatten", "Softmax", "ValueByValue"]


class Flatten(Layer):
    """An image as a vector: channel by channel, and in each row by row."""

    kind = "flatten"

    def output_shape(self, input_shape: Shape) -> Shape:
        """(channels, height, width) to (channels * height * width,); a vector stays one."""
        return (math.prod(input_shape),)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Shape]:
        """Put every example in a row; the memory is the shape."""
        return x.reshape(len(x), math.prod(x.shape[1:])), x.shape

    def backward(self, memory: Shape, error: FloatArray) -> FloatArray:
        """Put the errors back into images."""
        return error.reshape(memory)


class ValueByValue(Layer):
    """What layers share that take every value on its own."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Any shape stays as it is."""
        return input_shape

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the unit's own pixel."""
        return one_pixel(row, column, input_shape)


class Dropout(ValueByValue):
    """In training, silence values at random and strengthen the others; otherwise nothing.

    What is left is divided by 1 - rate, so that its mean stays (N. Srivastava and others,
    "Dropout", Journal of Machine Learning Research 15, 2014).

    Parameters
    ----------
    rate : float, optional
        Share of the values to silence, at least 0 and below 1.
    """

    kind = "dropout"
    is_positionwise = True

    def __init__(self, rate: float = 0.5) -> None:
        self.rate: Final = check_number(rate, "rate", 0.0, 1.0)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, FloatArray | None]:
        """Multiply by factors, which are the memory; none when the network is used."""
        if rng is None:
            return x, None
        factors = (rng.random_sample(x.shape) >= self.rate) / (1.0 - self.rate)
        return x * factors, factors

    def backward(self, memory: FloatArray | None, error: FloatArray) -> FloatArray:
        """Multiply by the same factors."""
        return error if memory is None else error * memory


class Activate(ValueByValue):
    """An activation function on its own, as after a pooling.

    Parameters
    ----------
    activation : str or Activation
        A name from `ACTIVATIONS` or an `Activation`.
    """

    kind = "activate"

    def __init__(self, activation: str | Activation) -> None:
        self.activation = get_activation(activation)

    @property
    def is_positionwise(self) -> bool:  # type: ignore[override]
        """Whether positions stay apart: unless the function mixes them."""
        return self.activation.axis in (None, -1)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, None]:
        """Return x as z."""
        return x, None

    def backward(self, memory: None, error: FloatArray) -> FloatArray:
        """dC/dx is dC/dz."""
        return error


class Softmax(Activate):
    """A softmax along any axis: over the keys of attention, over the channels of an image.

    Parameters
    ----------
    axis : int, optional
        Axis whose values become a distribution, counted from the end: -1 is the last one, -3 the
        channels of an image.
    """

    kind = "softmax"

    def __init__(self, axis: int = -1) -> None:
        super().__init__(softmax_along(axis))
        self.axis: Final = int(axis)

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return the unit's own pixel, where it runs over channels."""
        if self.axis != -3:
            return Layer.receptive_field(self, row, column, input_shape)
        return super().receptive_field(row, column, input_shape)
