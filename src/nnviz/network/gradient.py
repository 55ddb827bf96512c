"""Gradients: one number for every weight and bias of a network, with the arithmetic they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError

__all__ = ["Gradient", "flatten_parameters", "unflatten_parameters"]


def flatten_parameters(weights: Iterable[FloatArray], biases: Iterable[FloatArray]) -> FloatArray:
    """One vector of all parameters, layer by layer: a layer's weights row by row, its biases.

    A row of a weight matrix holds what comes into one neuron, so the vector starts with all
    weights into the first neuron of the first hidden layer.
    """
    parts = [part.ravel() for pair in zip(weights, biases, strict=True) for part in pair]
    return np.concatenate(parts)


def unflatten_parameters(
    vector: npt.ArrayLike, sizes: Sequence[int]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Inverse of `flatten_parameters` for layers of these sizes.

    Raises
    ------
    NetworkError
        If the vector's length is not the number of parameters.
    """
    flat = np.asarray(vector, dtype=np.float64)
    n_parameters = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    if flat.shape != (n_parameters,):
        raise NetworkError(
            f"a network of sizes {tuple(sizes)} has {n_parameters} parameters, "
            f"so the vector must have shape ({n_parameters},), not {flat.shape}"
        )
    weights, biases, start = [], [], 0
    for n_in, n_out in pairwise(sizes):
        stop = start + n_in * n_out
        weights.append(flat[start:stop].reshape(n_out, n_in))
        biases.append(flat[stop : stop + n_out])
        start = stop + n_out
    return weights, biases


class Gradient:
    """Derivatives of a cost with respect to every weight and bias; a vector to calculate with.

    Gradients of equal sizes add and subtract, and any gradient can be negated, multiplied and
    divided by a number. `Network` takes it from there: ``network - eta * gradient``.

    Parameters
    ----------
    weights
        One array a layer, shape (n_out, n_in) as the network's weights.
    biases
        One array a layer, shape (n_out,).

    Raises
    ------
    NetworkError
        If the shapes do not belong to one network.
    """

    # Lets a NumPy number on the left, as in np.float64(3) * gradient, leave the work to us.
    __array_ufunc__ = None

    def __init__(self, weights: Iterable[npt.ArrayLike], biases: Iterable[npt.ArrayLike]) -> None:
        self.weights: tuple[FloatArray, ...] = tuple(
            np.asarray(w, dtype=np.float64) for w in weights
        )
        self.biases: tuple[FloatArray, ...] = tuple(np.asarray(b, dtype=np.float64) for b in biases)
        if not self.weights or len(self.weights) != len(self.biases):
            raise NetworkError(
                "a gradient needs as many arrays for weights as for biases, at least one: "
                f"there are {len(self.weights)} and {len(self.biases)}"
            )
        n_in = None
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            if w.ndim != 2 or b.shape != w.shape[:1] or n_in not in (None, w.shape[1]):
                raise NetworkError(
                    f"gradient: weights[{layer}] of shape {w.shape} and biases[{layer}] of shape "
                    f"{b.shape} do not follow (n_out, n_in) and (n_out,)"
                    + ("" if n_in is None else f" with n_in = {n_in}")
                )
            n_in = w.shape[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of neurons in every layer of the network that this belongs to."""
        return (self.weights[0].shape[1], *(b.size for b in self.biases))

    @property
    def norm(self) -> float:
        """Euclidean length of the whole vector."""
        return float(np.sqrt(sum(np.vdot(p, p) for p in (*self.weights, *self.biases))))

    def flatten(self) -> FloatArray:
        """All components as one vector, shape (n_parameters,).

        The order: layer by layer; in a layer the weights row by row (all weights into its first
        neuron, then into its second...), then its biases.
        """
        return flatten_parameters(self.weights, self.biases)

    @classmethod
    def from_vector(cls, vector: npt.ArrayLike, sizes: Sequence[int]) -> Gradient:
        """Make a gradient of a vector in the order of `flatten`, for layers of these sizes.

        Raises
        ------
        NetworkError
            If the vector's length is not the number of parameters.
        """
        return cls(*unflatten_parameters(vector, sizes))

    def _map(self, function: Callable[[FloatArray], FloatArray]) -> Gradient:
        return Gradient(map(function, self.weights), map(function, self.biases))

    def _combine(self, other: Gradient, sign: float) -> Gradient:
        if self.sizes != other.sizes:
            raise NetworkError(
                f"gradients of sizes {self.sizes} and {other.sizes} cannot be combined"
            )
        return Gradient(
            [a + sign * b for a, b in zip(self.weights, other.weights, strict=True)],
            [a + sign * b for a, b in zip(self.biases, other.biases, strict=True)],
        )

    def __neg__(self) -> Gradient:
        return self._map(np.negative)

    def __mul__(self, factor: float) -> Gradient:
        if np.ndim(factor) != 0:
            return NotImplemented
        return self._map(lambda part: part * float(factor))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Gradient:
        return self * (1.0 / divisor)

    def __add__(self, other: Gradient) -> Gradient:
        if not isinstance(other, Gradient):
            return NotImplemented
        return self._combine(other, 1.0)

    def __sub__(self, other: Gradient) -> Gradient:
        if not isinstance(other, Gradient):
            return NotImplemented
        return self._combine(other, -1.0)

    def __repr__(self) -> str:
        return f"Gradient({'-'.join(map(str, self.sizes))}, norm {self.norm:.4g})"
