"""Normalisation of every example on its own: by layer, by root mean square, by group."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_groups, check_number, check_parameter, check_size
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.layers.base import Layer
from nnviz.network.layers.scaling import along, by_channel, check_alike, check_vectors

__all__ = ["GroupNorm", "LayerNorm", "RMSNorm"]


class Standardised(NamedTuple):
    """What these layers remember: the standardised inputs, and what they were divided by."""

    inputs: FloatArray
    deviation: FloatArray


class _OverLast(Layer):
    """What norms share that run over the last axes, those of their scale."""

    is_positionwise = True

    def __init__(self, scale: npt.ArrayLike, epsilon: float) -> None:
        self.scale: Final = check_parameter(scale, "scale")
        self.epsilon: Final = check_number(epsilon, "epsilon", 0.0, np.inf)
        if not self.scale.ndim or not self.scale.size:
            raise NetworkError(f"scale must have an axis or more, not shape {self.scale.shape}")

    def output_shape(self, input_shape: Shape) -> Shape:
        """(..., *scale's shape) stays as it is."""
        own = self.scale.shape
        if input_shape[-len(own) :] != own:
            raise NetworkError(f"takes (..., {', '.join(map(str, own))}), not {input_shape}")
        return input_shape

    def _axes(self) -> tuple[int, ...]:
        return tuple(range(-self.scale.ndim, 0))

    def _total(self, values: FloatArray) -> FloatArray:
        """Add up over all axes but those of the scale."""
        flat: FloatArray = values.reshape(-1, *self.scale.shape).sum(axis=0)
        return flat


class LayerNorm(_OverLast):
    """Every example, of a sequence every token, shifted and scaled to mean 0 and variance 1.

    ``z = scale (x - mean) / sqrt(variance + epsilon) + shift``, mean and variance over the last
    axes (J. Ba, J. Kiros and G. Hinton, "Layer Normalization", 2016).

    Parameters
    ----------
    scale, shift : array_like
        Shape of the axes to normalise over: (n_features,), or (channels, height, width) for whole
        images.
    epsilon : float, optional
        Added to the variance.
    """

    kind = "layer_norm"
    parameter_names = ("scale", "shift")

    def __init__(self, scale: npt.ArrayLike, shift: npt.ArrayLike, epsilon: float = 1e-5) -> None:
        super().__init__(scale, epsilon)
        self.shift: Final = check_parameter(shift, "shift")
        check_alike(scale=self.scale, shift=self.shift)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Standardised]:
        """Standardise, scale and shift."""
        memory = standardised(x, self._axes(), self.epsilon)
        z = memory.inputs * self.scale
        z += self.shift
        return z, memory

    def backward(self, memory: Standardised, error: FloatArray) -> FloatArray:
        """Return dC/dx, through mean and variance as well."""
        return through_standardising(memory, error * self.scale, self._axes())

    def gradients(self, memory: Standardised, error: FloatArray) -> tuple[FloatArray, ...]:
        """dC/dscale is the error times the standardised input, dC/dshift the error."""
        return self._total(error * memory.inputs), self._total(error)


class RMSNorm(_OverLast):
    """Every example, of a sequence every token, divided by its root mean square.

    ``z = scale x / sqrt(mean of x^2 + epsilon)`` over the last axes (B. Zhang and R. Sennrich,
    "Root Mean Square Layer Normalization", 2019).

    Parameters
    ----------
    scale : array_like
        Shape of the axes to normalise over: (n_features,), as a rule.
    epsilon : float, optional
        Added to the mean of the squares.
    """

    kind = "rms_norm"
    parameter_names = ("scale",)

    def __init__(self, scale: npt.ArrayLike, epsilon: float = 1e-6) -> None:
        super().__init__(scale, epsilon)

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Standardised]:
        """Divide and scale."""
        square = np.square(x).mean(axis=self._axes(), keepdims=True)
        deviation = np.sqrt(square + self.epsilon)
        inputs = x / deviation
        return inputs * self.scale, Standardised(inputs, deviation)

    def backward(self, memory: Standardised, error: FloatArray) -> FloatArray:
        """Return dC/dx, through the root mean square as well."""
        return through_standardising(memory, error * self.scale, self._axes(), centred=False)

    def gradients(self, memory: Standardised, error: FloatArray) -> tuple[FloatArray, ...]:
        """dC/dscale is the error times the divided input."""
        return (self._total(error * memory.inputs),)


class GroupNorm(Layer):
    """Groups of channels of every example shifted and scaled to mean 0 and variance 1.

    Mean and variance are those of all pixels of a group's channels; scale and shift are a channel's
    own (Y. Wu and K. He, "Group Normalization", 2018). One group a channel is the "instance norm".

    Parameters
    ----------
    groups : int
        Number of groups.
    scale, shift : array_like
        Shape (n,): one per channel.
    epsilon : float, optional
        Added to the variance.
    """

    kind = "group_norm"
    parameter_names = ("scale", "shift")

    def __init__(
        self, groups: int, scale: npt.ArrayLike, shift: npt.ArrayLike, epsilon: float = 1e-5
    ) -> None:
        self.groups: Final = check_size(groups, "groups")
        self.scale: Final = check_parameter(scale, "scale")
        self.shift: Final = check_parameter(shift, "shift")
        self.epsilon: Final = check_number(epsilon, "epsilon", 0.0, np.inf)
        check_vectors(scale=self.scale, shift=self.shift)
        check_groups(self.scale.size, self.groups, "channels")

    def output_shape(self, input_shape: Shape) -> Shape:
        """(n, ...) stays as it is."""
        if input_shape[0] != self.scale.size:
            raise NetworkError(f"takes ({self.scale.size}, ...), not {input_shape}")
        return input_shape

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Standardised]:
        """Standardise group by group, scale and shift."""
        memory = standardised(x.reshape(len(x), self.groups, -1), (-1,), self.epsilon)
        inputs = memory.inputs.reshape(x.shape)
        z = inputs * along(self.scale, x) + along(self.shift, x)
        return z, Standardised(inputs, memory.deviation)

    def backward(self, memory: Standardised, error: FloatArray) -> FloatArray:
        """Return dC/dx, through mean and variance as well."""
        grouped = (len(error), self.groups, -1)
        found = through_standardising(
            Standardised(memory.inputs.reshape(grouped), memory.deviation),
            (error * along(self.scale, error)).reshape(grouped),
            (-1,),
        )
        return found.reshape(error.shape)

    def gradients(self, memory: Standardised, error: FloatArray) -> tuple[FloatArray, ...]:
        """dC/dscale is the error times the standardised input, dC/dshift the error."""
        n = self.scale.size
        return by_channel(error * memory.inputs, n), by_channel(error, n)


def standardised(x: FloatArray, axes: tuple[int, ...], epsilon: float) -> Standardised:
    """Return x with mean 0 and variance 1 over some axes."""
    centred = x - x.mean(axis=axes, keepdims=True)
    variance = np.square(centred).mean(axis=axes, keepdims=True)
    deviation = np.sqrt(variance + epsilon)
    centred /= deviation
    return Standardised(centred, deviation)


def through_standardising(
    memory: Standardised, error: FloatArray, axes: tuple[int, ...], *, centred: bool = True
) -> FloatArray:
    """Return dC/dx for the error of the standardised inputs, from which a mean was taken or not."""
    inputs = memory.inputs
    along_ = (error * inputs).mean(axis=axes, keepdims=True)
    if centred:
        error = error - error.mean(axis=axes, keepdims=True)
    dc_dx: FloatArray = error - inputs * along_
    dc_dx /= memory.deviation
    return dc_dx
