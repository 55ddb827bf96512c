"""Batch normalisation."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_flag, check_number, check_parameter
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.activations import Activation, get_activation
from nnviz.network.layers.layer_norms import Standardised, through_standardising
from nnviz.network.layers.scaling import along, check_vectors
from nnviz.network.layers.simple import ValueByValue

__all__ = ["BatchNorm"]


class Normalised(NamedTuple):
    """What a `BatchNorm` remembers: inputs of mean 0 and variance 1, and what made them so.

    `batch_mean` and `batch_variance` are None where running statistics were used.
    """

    inputs: FloatArray
    deviation: FloatArray
    batch_mean: FloatArray | None
    batch_variance: FloatArray | None


class BatchNorm(ValueByValue):
    """Every channel (of a vector every number) shifted and scaled to a mean and a variance.

    ``z = scale (x - mean) / sqrt(variance + epsilon) + shift``. When the network is used, mean and
    variance are the running ones; in training they are those of the batch, over all examples and
    pixels, and the running ones follow (S. Ioffe and C. Szegedy, "Batch Normalization", 2015).

    Parameters
    ----------
    scale, shift : array_like
        Shape (n,): one per channel.
    running_mean, running_variance : array_like, optional
        Shape (n,). 0 and 1 if None.
    epsilon : float, optional
        Added to the variance.
    momentum : float, optional
        Weight of a new batch in the running statistics: ``(1 - momentum) old + momentum new``.
    activation : str or Activation, optional
        Activation function: a name from `ACTIVATIONS` or an `Activation`.
    unbiased : bool, optional
        Whether the new variance divides by one less than the numbers there are, as PyTorch's does,
        or by their number, as Keras's and ONNX's.

    Raises
    ------
    NetworkError
        If the shapes differ, or a number is not finite or not in its range.
    """

    kind = "batch_norm"
    parameter_names = ("scale", "shift")
    statistic_names = ("running_mean", "running_variance")
    later_arguments = ("unbiased",)

    def __init__(
        self,
        scale: npt.ArrayLike,
        shift: npt.ArrayLike,
        running_mean: npt.ArrayLike | None = None,
        running_variance: npt.ArrayLike | None = None,
        epsilon: float = 1e-5,
        momentum: float = 0.1,
        activation: str | Activation = "identity",
        unbiased: bool = True,
    ) -> None:
        self.unbiased: Final = check_flag(unbiased, "unbiased")
        self.scale: Final = check_parameter(scale, "scale")
        n = self.scale.shape
        self.shift: Final = check_parameter(shift, "shift")
        self.running_mean: Final = check_parameter(
            np.zeros(n) if running_mean is None else running_mean, "running_mean"
        )
        self.running_variance: Final = check_parameter(
            np.ones(n) if running_variance is None else running_variance, "running_variance"
        )
        self.epsilon: Final = check_number(epsilon, "epsilon", 0.0, np.inf)
        self.momentum: Final = check_number(momentum, "momentum", 0.0, np.nextafter(1.0, 2.0))
        self.activation = get_activation(activation)
        check_vectors(
            scale=self.scale,
            shift=self.shift,
            running_mean=self.running_mean,
            running_variance=self.running_variance,
        )
        if not (self.running_variance + self.epsilon > 0).all():
            raise NetworkError("running_variance + epsilon must be positive")

    def output_shape(self, input_shape: Shape) -> Shape:
        """(n,) or (n, height, width) stays as it is."""
        if input_shape[:1] != self.scale.shape:
            raise NetworkError(
                f"takes ({self.scale.size},) or ({self.scale.size}, height, width), "
                f"not {input_shape}"
            )
        return input_shape

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, Normalised]:
        """Normalise, scale and shift."""
        if rng is None:
            batch_mean = batch_variance = None
            mean, variance = self.running_mean, self.running_variance
        else:
            mean = batch_mean = x.mean(axis=_others(x))
            variance = batch_variance = x.var(axis=_others(x))
        deviation = np.sqrt(variance + self.epsilon)
        inputs = (x - along(mean, x)) / along(deviation, x)
        z = inputs * along(self.scale, x)
        z += along(self.shift, x)
        return z, Normalised(inputs, deviation, batch_mean, batch_variance)

    def backward(self, memory: Normalised, error: FloatArray) -> FloatArray:
        """Return dC/dx, through the batch's mean and variance as well, where those were used."""
        of_inputs, deviation = error * along(self.scale, error), along(memory.deviation, error)
        if memory.batch_mean is None:
            return of_inputs / deviation
        known = Standardised(memory.inputs, deviation)
        return through_standardising(known, of_inputs, _others(error))

    def gradients(self, memory: Normalised, error: FloatArray) -> tuple[FloatArray, ...]:
        """dC/dscale is the error times the normalised input, dC/dshift the error."""
        others = _others(error)
        return (error * memory.inputs).sum(axis=others), error.sum(axis=others)

    def statistics_after(self, memory: Normalised) -> tuple[FloatArray, ...]:
        """Let the running mean and variance follow the batch's."""
        if memory.batch_mean is None or memory.batch_variance is None:
            return self.statistics
        count = memory.inputs.size / self.scale.size
        variance = memory.batch_variance
        if self.unbiased:
            variance = variance * (count / max(count - 1, 1))
        return (
            (1 - self.momentum) * self.running_mean + self.momentum * memory.batch_mean,
            (1 - self.momentum) * self.running_variance + self.momentum * variance,
        )


def _others(x: FloatArray) -> tuple[int, ...]:
    """Return all axes but the channels'."""
    return (0, *range(2, x.ndim))
