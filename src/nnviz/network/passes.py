"""Forwards and backwards through the layers: the arithmetic, on batches that are known to fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnviz.network._types import FloatArray
from nnviz.network.layers import Layer

__all__ = ["BackwardPass", "ForwardPass", "Trace", "backward", "forward", "walk"]


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """Everything that a network computes on the way from input to output.

    Attributes
    ----------
    zs
        Weighted inputs of every layer: ``zs[l]`` has the shape of the layer's output, with the
        batch's axis before it where there is a batch. A layer without an activation function, such
        as a pooling, has its output here.
    activations
        Activations of every layer, the input included: ``activations[0]`` is x and
        ``activations[l + 1]`` comes from ``zs[l]``.
    """

    zs: tuple[FloatArray, ...]
    activations: tuple[FloatArray, ...]

    @property
    def output(self) -> FloatArray:
        """Activations of the last layer."""
        return self.activations[-1]


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """Derivatives of each example's cost on the way from output back to input.

    Attributes
    ----------
    errors
        dC/dz of every layer (delta in textbooks): ``errors[l]`` is shaped like
        ``ForwardPass.zs[l]``.
    activation_gradients
        dC/da of every layer, the input included, shaped like ``ForwardPass.activations[l]``. Its
        negative is how the example wishes the activations to change.
    """

    errors: tuple[FloatArray, ...]
    activation_gradients: tuple[FloatArray, ...]


class Trace(NamedTuple):
    """A forward pass of a batch, and what each layer remembers of it for the way back."""

    zs: list[FloatArray]
    activations: list[FloatArray]
    memories: list[Any]


def forward(
    layers: Sequence[Layer], x: FloatArray, rng: np.random.RandomState | None = None
) -> Trace:
    """Compute z and a of every layer; with a generator, as training does."""
    a = x
    zs, activations, memories = [], [a], []
    for layer in layers:
        z, memory = layer.forward(a, rng)
        a = layer.activation.function(z)
        zs.append(z)
        activations.append(a)
        memories.append(memory)
    return Trace(zs, activations, memories)


def walk(layers: Sequence[Layer], x: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield z and a of layer after layer, where there will be no way back."""
    a = x
    for layer in layers:
        z, _ = layer.forward(a)
        a = layer.activation.function(z)
        yield z, a


def backward(
    layers: Sequence[Layer], trace: Trace, output_error: FloatArray
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Compute dC/dz of every layer from that of the last one.

    It is linear in `output_error`: scale that and everything is scaled.

    Returns
    -------
    errors, activation_gradients : list of ndarray
        dC/dz of every layer, and dC/da of every layer but the last. The input's is left out, as
        training has no need of it.
    """
    zs, activations, memories = trace
    error = output_error
    errors, gradients = [error], []
    for i in range(len(layers) - 1, 0, -1):
        dc_da = layers[i].backward(memories[i], error)
        error = layers[i - 1].activation.pullback(zs[i - 1], activations[i], dc_da)
        gradients.append(dc_da)
        errors.append(error)
    return errors[::-1], gradients[::-1]
