"""Layers that scale and shift, by numbers that are fixed or learned; and values of their own."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_parameter
from nnviz.network._pointwise import _leaky_relu, _leaky_relu_pullback
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.layers.base import Layer
from nnviz.network.layers.simple import ValueByValue

__all__ = ["Constant", "PReLU", "Scale", "Standardise"]


class _ByChannel(ValueByValue):
    """What layers share that have numbers for every channel, or one for all."""

    _of: str

    @property
    def _count(self) -> int:
        return int(getattr(self, self._of).size)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Any shape with that number of channels stays as it is."""
        if self._count not in (1, input_shape[0]):
            raise NetworkError(
                f"takes ({self._count}, ...), one channel for each of its numbers, not "
                f"{input_shape}"
            )
        return input_shape


class Scale(_ByChannel):
    """Every channel (of a vector every number) times a number, plus another: both are learned.

    ``z = scale x + shift``.

    Parameters
    ----------
    scale, shift : array_like
        Shape (n,), one per channel, or (1,), the same for all.
    """

    kind = "scale"
    parameter_names = ("scale", "shift")
    _of = "scale"

    def __init__(self, scale: npt.ArrayLike, shift: npt.ArrayLike) -> None:
        self.scale: Final = check_parameter(scale, "scale")
        self.shift: Final = check_parameter(shift, "shift")
        check_vectors(scale=self.scale, shift=self.shift)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Scale and shift; the memory is x."""
        return x * along(self.scale, x) + along(self.shift, x), x

    def backward(self, memory: FloatArray, error: FloatArray) -> FloatArray:
        """dC/dx = scale dC/dz."""
        return error * along(self.scale, error)

    def gradients(self, memory: FloatArray, error: FloatArray) -> tuple[FloatArray, ...]:
        """dC/dscale is the error times x, dC/dshift the error."""
        return by_channel(error * memory, self.scale.size), by_channel(error, self.shift.size)


class Standardise(_ByChannel):
    """Every channel less its mean, divided by its deviation: numbers that nothing changes.

    ``z = (x - mean) / deviation``: what data was standardised by before a network saw it.

    Parameters
    ----------
    mean, deviation : array_like
        Shape (n,), one per channel, or (1,), the same for all; the deviations are above 0.
    """

    kind = "standardise"
    constant_names = ("mean", "deviation")
    _of = "mean"

    def __init__(self, mean: npt.ArrayLike, deviation: npt.ArrayLike) -> None:
        self.mean: Final = check_parameter(mean, "mean")
        self.deviation: Final = check_parameter(deviation, "deviation")
        check_vectors(mean=self.mean, deviation=self.deviation)
        if not (self.deviation > 0).all():
            raise NetworkError("deviation must be positive")

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, None]:
        """Shift and scale."""
        return (x - along(self.mean, x)) / along(self.deviation, x), None

    def backward(self, memory: None, error: FloatArray) -> FloatArray:
        """dC/dx = dC/dz / deviation."""
        return error / along(self.deviation, error)


class PReLU(_ByChannel):
    """z above 0, a learned slope times z below.

    K. He, X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers", 2015.

    Parameters
    ----------
    slopes : array_like, optional
        Shape (n,), one per channel, or (1,), the same for all.
    """

    kind = "prelu"
    parameter_names = ("slopes",)
    _of = "slopes"

    def __init__(self, slopes: npt.ArrayLike = (0.25,)) -> None:
        self.slopes: Final = check_parameter(slopes, "slopes")
        check_vectors(slopes=self.slopes)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Bend at 0; the memory is x."""
        return _leaky_relu(x, along(self.slopes, x)), x

    def backward(self, memory: FloatArray, error: FloatArray) -> FloatArray:
        """Take the error times 1 above 0, times the slope below."""
        slopes = along(self.slopes, memory)
        return _leaky_relu_pullback(memory, memory, error, slopes)

    def gradients(self, memory: FloatArray, error: FloatArray) -> tuple[FloatArray, ...]:
        """dC/dslope is the error times x, where that lies below 0."""
        return (by_channel(error * np.minimum(memory, 0.0), self.slopes.size),)


class Constant(Layer):
    """The same values for every example, whatever comes in: such as a state to begin with.

    Parameters
    ----------
    values : array_like
        Values, of any shape; nothing changes them.
    """

    kind = "constant"
    constant_names = ("values",)

    def __init__(self, values: npt.ArrayLike) -> None:
        self.values: Final = check_parameter(values, "values")
        if not self.values.ndim or not self.values.size:
            raise NetworkError("values must have an axis, and not be empty")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the values."""
        return self.values.shape

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, None]:
        """Repeat them for every example."""
        return np.broadcast_to(self.values, (len(x), *self.values.shape)), None

    def backward(self, memory: None, error: FloatArray) -> None:
        """Return None: nothing depends on what comes in."""
        return None


def check_vectors(**arrays: FloatArray) -> None:
    """Check that all arrays have one shape (n,)."""
    name, first = next(iter(arrays.items()))
    if first.ndim != 1 or not first.size:
        raise NetworkError(f"{name} must have shape (n,), not {first.shape}")
    check_alike(**arrays)


def check_alike(**arrays: FloatArray) -> None:
    """Check that all arrays have the shape of the first."""
    (name, first), *others = arrays.items()
    for other, array in others:
        if array.shape != first.shape:
            raise NetworkError(
                f"{other} must have shape {first.shape}, as {name} has, not {array.shape}"
            )


def along(channels: FloatArray, x: FloatArray) -> FloatArray:
    """Return one number per channel in a shape that goes with a batch."""
    return channels.reshape(-1, *(1,) * (x.ndim - 2))


def by_channel(values: FloatArray, count: int) -> FloatArray:
    """Add up a batch's values for every channel; for all together where there is one number."""
    if count == 1:
        everything: FloatArray = values.sum().reshape(1)
        return everything
    total: FloatArray = values.sum(axis=(0, *range(2, values.ndim)))
    return total
