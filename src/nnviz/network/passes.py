"""Forwards and backwards through the layers: the arithmetic, on arrays that are known to fit.

Every function takes one example, vectors (n,), or a batch, (batch, n). Training spends its time
here, most of it on the way into NumPy and out again; hence plain tuples, and `numpy.dot` in place
of ``@``, which does the same with more ado.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from nnviz.network._types import FloatArray
from nnviz.network.activations import Activation

__all__ = ["Layer", "backward", "forward", "layers_of"]


class Layer(NamedTuple):
    """What a layer after the input computes with. Arrays are views: change one, change both."""

    weights: FloatArray
    transposed: FloatArray
    biases: FloatArray
    function: Callable[[FloatArray], FloatArray]
    pullback: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def layers_of(
    weights: Iterable[FloatArray], biases: Iterable[FloatArray], activations: Iterable[Activation]
) -> list[Layer]:
    """Put together what belongs to each layer."""
    return [
        Layer(w, w.T, b, activation.function, activation.pullback)
        for w, b, activation in zip(weights, biases, activations, strict=True)
    ]


def forward(layers: Sequence[Layer], x: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
    """Compute z and a of every layer: z = W a + b, then the activation function.

    Returns
    -------
    zs, activations : list of ndarray
        The activations start with x, so they are one more than the zs.
    """
    a = x
    zs, activations = [], [a]
    for _, transposed, biases, function, _ in layers:
        z = np.dot(a, transposed)
        z += biases
        a = function(z)
        zs.append(z)
        activations.append(a)
    return zs, activations


def backward(
    layers: Sequence[Layer],
    zs: Sequence[FloatArray],
    activations: Sequence[FloatArray],
    output_error: FloatArray,
) -> list[FloatArray]:
    """Compute dC/dz of every layer after the input from that of the output layer.

    It is linear in `output_error`: scale that and all errors are scaled.
    """
    error = output_error
    errors = [error]
    for i in range(len(layers) - 1, 0, -1):
        dc_da = np.dot(error, layers[i].weights)
        error = layers[i - 1].pullback(zs[i - 1], activations[i], dc_da)
        errors.append(error)
    errors.reverse()
    return errors
