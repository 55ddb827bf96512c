"""What a unit of each kind of layer adds up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.layers import (
    Activate,
    AdaptiveAveragePool2D,
    Add,
    AveragePool2D,
    CausalMask,
    Concatenate,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    Mask,
    MatMul,
    MaxPool2D,
    MergeHeads,
    Multiply,
    Repeat,
    Reshape,
    Scale,
    Slice,
    Softmax,
    SplitHeads,
    Subtract,
    Transpose,
    Upsample,
)

__all__ = ["AS_IT_IS", "MOVING", "TERMS", "Kind", "Place", "Terms", "terms_of"]

#: How the products of a unit become one number.
Kind = Literal["sum", "mean", "maximum"]
#: Which of a layer's inputs, and the index there.
Place = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class Terms:
    """What a unit adds up, with places among what its layer takes; None in the padding."""

    places: Sequence[Place | None]
    weights: npt.ArrayLike
    bias: float | None = None
    factor: float = 1.0
    kind: Kind = "sum"
    shape: Shape | None = None
    weight_places: Sequence[Place] = ()


def _dense(layer: Dense, unit: tuple[int, ...], x: FloatArray) -> Terms:
    *token, j = unit
    places = [(0, (*token, i)) for i in range(x.shape[-1])]
    return Terms(places, layer.weights[j], layer.biases[j])


def _embedding(layer: Embedding, unit: tuple[int, ...], x: FloatArray) -> Terms:
    if x.ndim == 1:
        raise NetworkError("an embedding of tokens is looked up in a table: nothing is summed up")
    token, j = unit
    return Terms([(0, (token, i)) for i in range(x.shape[-1])], layer.weights[j])


def _window(
    layer: Conv2D | MaxPool2D | AveragePool2D | GlobalAveragePool2D,
    unit: tuple[int, ...],
    x: FloatArray,
) -> Terms:
    channel, row, column = (*unit, 0, 0)[:3]
    channels = layer.input_channels(channel)
    seen = layer.receptive_field(row, column, x.shape)
    inside = np.broadcast_to(seen.is_inside, (len(channels), *seen.is_inside.shape))
    indices = [(c, i, j) for c in channels for i in seen.rows for j in seen.columns]
    places = [(0, at) if there else None for at, there in zip(indices, inside.flat, strict=True)]
    if isinstance(layer, Conv2D):
        bias = layer.biases[channel]
        return Terms(places, layer.kernels[channel], bias, shape=inside.shape)
    if isinstance(layer, MaxPool2D):
        window = seen.of(x[channel], -np.inf).ravel()
        weights = np.zeros(window.size)
        weights[window.argmax()] = 1.0
        return Terms(places, weights, kind="maximum", shape=inside.shape)
    everything = isinstance(layer, AveragePool2D) and layer.count_padding
    count = inside.size if everything else int(inside.sum())
    ones = np.ones(inside.size)
    return Terms(places, ones, factor=1 / count, kind="mean", shape=inside.shape)


def _matmul(layer: MatMul, unit: tuple[int, ...], a: FloatArray, b: FloatArray) -> Terms:
    *stack, i, j = unit
    both = [
        ((*stack, i, m), (*stack, j, m) if layer.transposed else (*stack, m, j))
        for m in range(a.shape[-1])
    ]
    return Terms(
        [(0, first) for first, _ in both],
        [b[second] for _, second in both],
        factor=layer.factor,
        weight_places=[(1, second) for _, second in both],
    )


def _multiply(layer: Multiply, unit: tuple[int, ...], *inputs: FloatArray) -> Terms:
    weight = prod((float(x[unit]) for x in inputs[1:]), start=1.0)
    return Terms([(0, unit)], [weight], weight_places=[(1, unit)] if len(inputs) == 2 else [])


def _linear(layer: Layer, unit: tuple[int, ...], *inputs: FloatArray) -> Terms:
    """Return the weights of a linear layer by its backward pass, and by zeros the bias."""
    at_zero, memory = layer.forward(*(np.zeros_like(x)[np.newaxis] for x in inputs))
    error = np.zeros_like(at_zero)
    error[(0, *unit)] = 1.0
    found = layer.backward(memory, error)
    places: list[Place] = []
    weights: list[float] = []
    for k, part in enumerate(found if isinstance(found, tuple) else (found,)):
        assert part is not None
        of_input: FloatArray = part[0]
        for at in np.argwhere(of_input).tolist():
            places.append((k, tuple(at)))
            weights.append(float(of_input[tuple(at)]))
    has_bias = isinstance(layer, Conv1D | ConvTranspose2D | Scale)
    return Terms(places, weights, float(at_zero[(0, *unit)]) if has_bias else None)


def _itself(layer: Layer, unit: tuple[int, ...], *inputs: FloatArray) -> Terms:
    return Terms([(0, unit)], [1.0])


#: For every kind of layer whose units are sums: what a unit adds up.
TERMS: dict[type[Layer], Callable[..., Terms]] = {
    Dense: _dense,
    Conv2D: _window,
    Conv1D: _linear,
    ConvTranspose2D: _linear,
    MaxPool2D: _window,
    AveragePool2D: _window,
    GlobalAveragePool2D: _window,
    AdaptiveAveragePool2D: _linear,
    Upsample: _linear,
    MatMul: _matmul,
    Embedding: _embedding,
    Add: _linear,
    Subtract: _linear,
    Multiply: _multiply,
    Scale: _linear,
}
#: Layers that take a number as it is, to mask it or to apply a function.
AS_IT_IS: tuple[type[Layer], ...] = (Activate, Softmax, CausalMask, Mask, Dropout)
#: Layers that only move numbers.
MOVING: tuple[type[Layer], ...] = (
    Flatten,
    Reshape,
    Transpose,
    Slice,
    Repeat,
    Concatenate,
    SplitHeads,
    MergeHeads,
    Dropout,
)


def terms_of(layer: Layer) -> Callable[..., Terms]:
    """Return the function that finds the terms of a unit: from the layer, the unit and its inputs.

    Raises
    ------
    NetworkError
        If the units of such layers are not sums.
    """
    if isinstance(layer, AS_IT_IS):
        return _itself
    for kind, terms in TERMS.items():
        if isinstance(layer, kind):
            return terms
    if isinstance(layer, MOVING):
        raise NetworkError(
            f"{layer.kind} only moves numbers: ask for the unit of the node that computes them"
        )
    known = ", ".join(kind.kind for kind in (*TERMS, *AS_IT_IS))
    raise NetworkError(f"units of {layer.kind} are not sums of terms; supported are {known}")
