"""Forwards and backwards through the layers: the arithmetic, on arrays that are known to fit.

Every function takes one example, vectors (n,), or a batch, (batch, n).
"""

from collections.abc import Sequence

import numpy as np

from nnviz.network._types import FloatArray
from nnviz.network.activations import Activation

__all__ = ["backward", "forward"]


def forward(
    weights: Sequence[FloatArray],
    biases: Sequence[FloatArray],
    functions: Sequence[Activation],
    x: FloatArray,
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Compute z and a of every layer: z = W a + b, then the activation function.

    Returns
    -------
    zs, activations : list of ndarray
        The activations start with x, so they are one more than the zs.
    """
    zs, activations = [], [x]
    for w, b, function in zip(weights, biases, functions, strict=True):
        # dot, not @: the same product, but less ado about it, which counts for small layers.
        z = np.dot(activations[-1], w.T)
        z += b
        zs.append(z)
        activations.append(function.function(z))
    return zs, activations


def backward(
    weights: Sequence[FloatArray],
    functions: Sequence[Activation],
    zs: Sequence[FloatArray],
    activations: Sequence[FloatArray],
    output_error: FloatArray,
) -> list[FloatArray]:
    """Compute dC/dz of every layer after the input from that of the output layer.

    It is linear in `output_error`: scale that and all errors are scaled.
    """
    errors = [output_error]
    for layer in range(len(zs) - 2, -1, -1):
        dc_da = np.dot(errors[-1], weights[layer + 1])
        errors.append(functions[layer].pullback(zs[layer], activations[layer + 1], dc_da))
    errors.reverse()
    return errors
