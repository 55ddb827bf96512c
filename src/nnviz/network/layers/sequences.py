"""Layers for sequences: embeddings, positions, and what may look at what."""

from __future__ import annotations

import math
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_number, check_size, check_weights
from nnviz.network._types import FloatArray, IntArray, NetworkError, Shape
from nnviz.network.layers.base import Layer, Work

__all__ = [
    "CausalMask",
    "Embedding",
    "Mask",
    "PositionalEmbedding",
    "RotaryPositions",
    "SinusoidalPositions",
]


class Embedding(Layer):
    """A vector for every token: a row of a table.

    From vectors (tokens, n_features) the same table makes scores: their products with every row,
    (tokens, n_tokens). So one layer at two nodes, first and last, ties the embeddings (O. Press and
    L. Wolf, "Using the Output Embedding to Improve Language Models", 2017).

    Parameters
    ----------
    weights : array_like
        Shape (n_tokens, n_features): a row for each token.
    """

    kind = "embedding"
    parameter_names = ("weights",)
    is_positionwise = True

    def __init__(self, weights: npt.ArrayLike) -> None:
        self.weights: Final = check_weights(weights, "weights", "n_tokens", "n_features")

    @classmethod
    def random(cls, n_tokens: int, n_features: int, rng: np.random.RandomState) -> Self:
        """Draw the table normally distributed, with a standard deviation of 0.02.

        Parameters
        ----------
        n_tokens : int
            Number of different tokens.
        n_features : int
            Length of each vector.
        rng : RandomState
            What to draw from.
        """
        n_tokens, n_features = (
            check_size(n_tokens, "n_tokens"),
            check_size(n_features, "n_features"),
        )
        return cls(0.02 * rng.randn(n_tokens, n_features))

    def integers_below(self, input_shape: Shape) -> int | None:
        """Return the number of tokens for (tokens,); (tokens, n_features) are no integers."""
        return len(self.weights) if len(input_shape) == 1 else None

    def output_shape(self, input_shape: Shape) -> Shape:
        """(tokens,) to (tokens, n_features), and (tokens, n_features) to (tokens, n_tokens)."""
        if len(input_shape) == 1:
            return (*input_shape, self.weights.shape[1])
        if len(input_shape) == 2 and input_shape[1] == self.weights.shape[1]:
            return input_shape[0], len(self.weights)
        raise NetworkError(
            f"takes integers of shape (tokens,), or (tokens, {self.weights.shape[1]}), not "
            f"{input_shape}"
        )

    def work(self, *input_shapes: Shape) -> Work:
        """Count the products with all rows, which vectors take."""
        made = math.prod(self.output_shape(*input_shapes))
        products = made * self.weights.shape[1] if len(input_shapes[0]) > 1 else 0
        return Work.of(multiply_adds=products, writes=made, numbers=2 * made)

    def forward(
        self, x: npt.NDArray[Any], rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, npt.NDArray[Any]]:
        """Take the rows, or multiply with all; the memory is x."""
        if x.ndim == 2:
            return self.weights[x.astype(np.int64, copy=False)], x
        z: FloatArray = (x.reshape(-1, x.shape[-1]) @ self.weights.T).reshape(*x.shape[:-1], -1)
        return z, x

    def backward(self, memory: npt.NDArray[Any], error: FloatArray) -> FloatArray | None:
        """There is no derivative by integers; that by vectors is dC/dz weights."""
        if memory.ndim == 2:
            return None
        dc_dx: FloatArray = error @ self.weights
        return dc_dx

    def gradients(self, memory: npt.NDArray[Any], error: FloatArray) -> tuple[FloatArray, ...]:
        """Add up the errors of every token."""
        if memory.ndim == 3:
            flat = error.reshape(-1, error.shape[-1])
            return (flat.T @ memory.reshape(-1, memory.shape[-1]),)
        tokens = memory.astype(np.int64, copy=False).ravel()
        errors = error.reshape(-1, error.shape[-1])
        if len(self.weights) <= _FEW_TOKENS:  # A product is quicker than adding up row by row.
            chosen = np.zeros((len(self.weights), len(tokens)))
            chosen[tokens, np.arange(len(tokens))] = 1.0
            return (chosen @ errors,)
        total = np.zeros_like(self.weights)
        np.add.at(total, tokens, errors)
        return (total,)


#: Tables of no more rows than this are added up by a product of matrices.
_FEW_TOKENS = 512


class PositionalEmbedding(Layer):
    """A learned vector for every position, added to what stands there.

    Parameters
    ----------
    weights : array_like
        Shape (positions, n_features): for sequences up to that length.
    """

    kind = "positional_embedding"
    parameter_names = ("weights",)

    def __init__(self, weights: npt.ArrayLike) -> None:
        self.weights: Final = check_weights(weights, "weights", "positions", "n_features")

    @classmethod
    def random(cls, positions: int, n_features: int, rng: np.random.RandomState) -> Self:
        """Draw the vectors normally distributed, with a standard deviation of 0.02.

        Parameters
        ----------
        positions : int
            Length of the longest sequence.
        n_features : int
            Length of each vector.
        rng : RandomState
            What to draw from.
        """
        positions, n = check_size(positions, "positions"), check_size(n_features, "n_features")
        return cls(0.02 * rng.randn(positions, n))

    def output_shape(self, input_shape: Shape) -> Shape:
        """(tokens, n_features) stays as it is."""
        positions, n = self.weights.shape
        if len(input_shape) != 2 or input_shape[1] != n:
            raise NetworkError(f"takes a sequence (tokens, {n}), not {input_shape}")
        if input_shape[0] > positions:
            raise NetworkError(f"knows {positions} positions, and {input_shape[0]} tokens are more")
        return input_shape

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, int]:
        """Add the vectors; the memory is how many."""
        return x + self.weights[: x.shape[1]], x.shape[1]

    def backward(self, memory: int, error: FloatArray) -> FloatArray:
        """dC/dx is dC/dz."""
        return error

    def gradients(self, memory: int, error: FloatArray) -> tuple[FloatArray, ...]:
        """Add up the errors of every position."""
        total = np.zeros_like(self.weights)
        error.sum(axis=0, out=total[:memory])
        return (total,)

    def extend(self, past: Any, offset: int, *inputs: FloatArray) -> tuple[FloatArray, Any]:
        """Add the vectors of the further positions."""
        (x,) = inputs
        stop = offset + x.shape[1]
        if stop > len(self.weights):
            raise NetworkError(f"knows {len(self.weights)} positions, and {stop} tokens are more")
        return x + self.weights[offset:stop], None


class SinusoidalPositions(Layer):
    """Waves of many lengths that tell positions apart, added to what stands there.

    ``sin(t / base^(i / n))`` is added to feature i where i is even, the cosine of what belongs to
    i - 1 where it is odd; t is the position, from 0 (A. Vaswani and others, "Attention Is All You
    Need", 2017, section 3.5).

    Parameters
    ----------
    base : float, optional
        Ratio of the longest wave to the shortest, about.
    """

    kind = "sinusoidal_positions"

    def __init__(self, base: float = 10_000.0) -> None:
        self.base: Final = check_number(base, "base", 1.0, np.inf)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(tokens, n_features) stays as it is."""
        _check_sequence(input_shape)
        return input_shape

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, None]:
        """Add the waves."""
        return self.extend(None, 0, x)[0], None

    def backward(self, memory: None, error: FloatArray) -> FloatArray:
        """dC/dx is dC/dz."""
        return error

    def extend(self, past: Any, offset: int, *inputs: FloatArray) -> tuple[FloatArray, Any]:
        """Add the waves at the further positions."""
        (x,) = inputs
        tokens, n = x.shape[1:]
        angles = _angles(offset, tokens, (n + 1) // 2, n, self.base)
        waves = np.empty((tokens, n))
        waves[:, ::2] = np.sin(angles)
        waves[:, 1::2] = np.cos(angles)[:, : n // 2]
        return x + waves, None


class RotaryPositions(Layer):
    """Queries or keys turned by angles that grow with the position.

    Features i and i + n / 2 are a point of a plane, turned by ``t / base^(2 i / n)``, so that the
    product of a query and a key depends on how far apart they stand (J. Su and others, "RoFormer:
    Enhanced Transformer with Rotary Position Embedding", 2021).

    Parameters
    ----------
    base : float, optional
        Ratio of the slowest turning to the quickest, about.
    """

    kind = "rotary_positions"

    def __init__(self, base: float = 10_000.0) -> None:
        self.base: Final = check_number(base, "base", 1.0, np.inf)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(..., tokens, n_features), an even number of features, stays as it is."""
        if len(input_shape) < 2 or input_shape[-1] % 2:
            raise NetworkError(
                f"takes (..., tokens, an even number of features), not {input_shape}"
            )
        return input_shape

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Turn; the memory is the angles."""
        angles = _angles(0, x.shape[-2], x.shape[-1] // 2, x.shape[-1], self.base)
        return _turned(x, angles), angles

    def backward(self, memory: FloatArray, error: FloatArray) -> FloatArray:
        """Turn back."""
        return _turned(error, -memory)

    def extend(self, past: Any, offset: int, *inputs: FloatArray) -> tuple[FloatArray, Any]:
        """Turn by the angles of the further positions."""
        (x,) = inputs
        angles = _angles(offset, x.shape[-2], x.shape[-1] // 2, x.shape[-1], self.base)
        return _turned(x, angles), None


class CausalMask(Layer):
    """Scores (..., queries, keys), with -inf where a key comes after the query.

    The last query stands at the last key, so that no token looks ahead.
    """

    kind = "causal_mask"

    def output_shape(self, input_shape: Shape) -> Shape:
        """(..., queries, keys) stays as it is."""
        if len(input_shape) < 2 or input_shape[-2] > input_shape[-1]:
            raise NetworkError(
                f"takes scores (..., queries, keys), no more queries than keys, not {input_shape}"
            )
        return input_shape

    def forward(
        self, x: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Hide the future; the memory is what is seen."""
        queries, keys = x.shape[-2:]
        seen = np.tri(queries, keys, keys - queries, dtype=bool)
        return np.where(seen, x, -np.inf), seen

    def backward(self, memory: npt.NDArray[np.bool_], error: FloatArray) -> FloatArray:
        """Nothing comes back from what is hidden."""
        return np.where(memory, error, 0.0)

    is_positionwise = True


class Mask(Layer):
    """Scores with -inf where a second input is 0: what is padding, or not to be seen.

    The second input has the scores' shape, or that of its last axes: (keys,) hides keys from all
    queries. There is no derivative by it.
    """

    kind = "mask"
    n_inputs = 2

    def output_shape(self, *input_shapes: Shape) -> Shape:
        """Return the shape of the scores."""
        scores, mask = input_shapes
        if scores[len(scores) - len(mask) :] != mask:
            raise NetworkError(f"a mask of shape {mask} does not go with scores of shape {scores}")
        return scores

    def forward(
        self, *inputs: FloatArray, rng: np.random.RandomState | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Hide; the memory is what is seen."""
        scores, mask = inputs
        between = (1,) * (scores.ndim - mask.ndim)
        seen = mask.reshape(len(mask), *between, *mask.shape[1:]) != 0
        return np.where(seen, scores, -np.inf), seen

    def backward(self, memory: FloatArray, error: FloatArray) -> tuple[FloatArray | None, ...]:
        """Nothing comes back from what is hidden, or to the mask."""
        return np.where(memory, error, 0.0), None


def _check_sequence(shape: Shape) -> None:
    if len(shape) != 2:
        raise NetworkError(f"takes a sequence (tokens, features), not {shape}")


def _angles(offset: int, tokens: int, count: int, n: int, base: float) -> FloatArray:
    """Return position / base^(2 i / n), shape (tokens, count)."""
    positions: IntArray = np.arange(offset, offset + tokens)
    rates = base ** (-2.0 * np.arange(count) / n)
    angles: FloatArray = positions[:, np.newaxis] * rates
    return angles


def _turned(x: FloatArray, angles: FloatArray) -> FloatArray:
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    cos, sin = np.cos(angles), np.sin(angles)
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
