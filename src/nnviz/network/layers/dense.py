"""Fully connected layers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_biases, check_parameter, check_size, check_weights, located
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.activations import Activation, get_activation
from nnviz.network.layers.base import Layer, Work

__all__ = ["Dense"]


class Dense(Layer):
    """A fully connected layer: ``z = weights @ x + biases``.

    In a sequence (tokens, n_in) every token goes through it by itself.

    Parameters
    ----------
    weights : array_like
        Shape (n_out, n_in): a row for each neuron, with what comes into it.
    biases : array_like
        Shape (n_out,).
    activation : str or Activation, optional
        Activation function: a name from `ACTIVATIONS` or an `Activation`.

    Raises
    ------
    NetworkError
        If the shapes do not fit, or a number is not finite.
    """

    kind = "dense"
    parameter_names = ("weights", "biases")

    def __init__(
        self,
        weights: npt.ArrayLike,
        biases: npt.ArrayLike,
        activation: str | Activation = "identity",
    ) -> None:
        self.weights: Final = check_weights(weights, "weights", "n_out", "n_in")
        self.biases: Final = check_parameter(biases, "biases")
        self.activation = get_activation(activation)
        shape = self.weights.shape
        if self.biases.shape != shape[:1] and self.biases.shape == shape[1:]:
            raise NetworkError(
                f"weights look transposed: their shape {shape} would fit as {shape[::-1]}, "
                "(n_out, n_in); give weights.T"
            )
        check_biases(self.biases, shape[0], "weights", shape)
        self.input_shape = shape[1:]

    @classmethod
    def random(
        cls,
        n_in: int,
        n_out: int,
        rng: np.random.RandomState,
        activation: str | Activation = "identity",
    ) -> Self:
        """Draw weights as `He and others (2015) <https://arxiv.org/abs/1502.01852>`_ do.

        Normally distributed with variance 2 / n_in, which keeps signals from growing or fading
        from layer to layer of ReLUs. Biases are 0.

        Parameters
        ----------
        n_in : int
            Number of inputs.
        n_out : int
            Number of neurons.
        rng : RandomState
            What to draw from.
        activation : str or Activation, optional
            As for `Dense`.
        """
        n_in, n_out = check_size(n_in, "n_in"), check_size(n_out, "n_out")
        weights = rng.randn(n_out, n_in) * np.sqrt(2.0 / n_in)
        return cls(weights, np.zeros(n_out), activation)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(n_in,) to (n_out,), and every token of (tokens, n_in) to (tokens, n_out)."""
        if len(input_shape) > 2 or input_shape[-1:] != self.weights.shape[1:]:
            hint = ": put a Flatten before it" if len(input_shape) == 3 else ""
            raise NetworkError(
                f"weights of shape {self.weights.shape} take a vector of shape "
                f"{self.input_shape}, not {input_shape}{hint}"
            )
        return (*input_shape[:-1], len(self.weights))

    def work(self, *input_shapes: Shape) -> Work:
        """Count the products."""
        made = math.prod(self.output_shape(*input_shapes))
        products = made * self.weights.shape[1]
        return Work.of(multiply_adds=products, writes=2 * made, numbers=2 * made)

    is_positionwise = True

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Compute z; the memory is x."""
        if x.ndim > 2:
            z, _ = self.forward(_rows(x))
            return z.reshape(*x.shape[:-1], -1), x
        # The method dot does the same as @ at a lower cost per call, which matters for small
        # batches.
        z = x.dot(self.weights.T)
        z += self.biases
        return z, x

    def backward(self, memory: FloatArray, error: FloatArray) -> FloatArray:
        """dC/dx = weights^T dC/dz."""
        if error.ndim > 2:
            return self.backward(memory, _rows(error)).reshape(memory.shape)
        dc_dx: FloatArray = error.dot(self.weights)
        return dc_dx

    def gradients(self, memory: FloatArray, error: FloatArray) -> tuple[FloatArray, ...]:
        """dC/dw_jk = dC/dz_j x_k, and dC/db_j = dC/dz_j."""
        if error.ndim > 2:
            memory, error = _rows(memory), _rows(error)
        return error.T @ memory, error.sum(axis=0)

    def write_gradients(
        self, memory: FloatArray, error: FloatArray, out: tuple[FloatArray, ...]
    ) -> None:
        """Write `gradients` into given arrays; the biases' sum as a product, which is quicker."""
        weights, biases = out
        if error.ndim > 2:
            memory, error = _rows(memory), _rows(error)
        error.T.dot(memory, weights)
        _ones(len(error)).dot(error, biases)


def dense_layers(
    weights: Iterable[npt.ArrayLike],
    biases: Iterable[npt.ArrayLike],
    activations: str | Activation | Sequence[str | Activation] | None,
) -> list[Dense]:
    """Put together what belongs to each layer: see `Network.dense`."""
    weights, biases = list(weights), list(biases)
    if not weights or len(weights) != len(biases):
        raise NetworkError(
            "a network needs as many arrays for weights as for biases, at least one: "
            f"there are {len(weights)} and {len(biases)}"
        )
    if activations is None:
        activations = "sigmoid"
    if isinstance(activations, str | Activation):
        activations = [activations] * len(weights)
    if len(activations) != len(weights):
        raise NetworkError(
            f"activations: {len(activations)} functions for {len(weights)} layers of weights"
        )
    layers = []
    for i, arguments in enumerate(zip(weights, biases, activations, strict=True)):
        with located(i, Dense.kind):
            layers.append(Dense(*arguments))
    return layers


def random_parameters(
    sizes: Sequence[int], seed: int | None, rng: np.random.RandomState | None, scaled: bool
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Draw weights and biases: see `Network.random`."""
    sizes = [check_size(n) for n in sizes]
    if len(sizes) < 2:
        raise NetworkError(f"a network needs at least two layers, not sizes {list(sizes)}")
    if rng is None:
        rng = np.random.RandomState(seed)
    elif seed is not None:
        raise NetworkError("give seed or rng, not both")
    biases = [rng.randn(n) for n in sizes[1:]]
    weights = [rng.randn(n, n_in) for n_in, n in pairwise(sizes)]
    if scaled:
        weights = [w / np.sqrt(w.shape[1]) for w in weights]
    return weights, biases


def _rows(x: FloatArray) -> FloatArray:
    """Return a batch of sequences as rows, a token each."""
    return x.reshape(-1, x.shape[-1])


@lru_cache(maxsize=16)
def _ones(n: int) -> FloatArray:
    return np.ones(n)
