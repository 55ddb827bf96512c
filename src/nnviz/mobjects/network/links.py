"""What a network's edges stand for, where they run, and how numbers colour them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from manim import ManimColor, ParsableManimColor
from numpy.typing import NDArray

from nnviz.mobjects.network.layers import LayerGroup, NeuronLayer
from nnviz.mobjects.network.pictures import ends_of_lines, picture_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.network import Gradient, Network
from nnviz.network.layers import Dense

__all__ = [
    "Weights",
    "counts_of_edges",
    "ends_of_edges",
    "strokes_of_weights",
    "weight_steps",
    "weights_of",
]

#: One matrix a layer, None for a layer without.
Weights = Sequence[NDArray[np.float64] | None]


def weights_of(network: Network) -> list[NDArray[np.float64] | None]:
    """Return the weight matrix of every layer, None for one that has none."""
    return [layer.weights if isinstance(layer, Dense) else None for layer in network.layers]


def weight_steps(network: Network, gradient: Gradient) -> list[NDArray[np.float64] | None]:
    """Return where a step down a gradient moves every weight matrix, None where there is none."""
    return [
        -part[0] if isinstance(layer, Dense) else None
        for layer, part in zip(network.layers, gradient.parts, strict=True)
    ]


def counts_of_edges(network: Network, layers: LayerGroup) -> list[int]:
    """Return how many edges lead from each layer to the next."""
    return [
        len(before.neurons) * len(after.neurons) if picture_of(layer).has_edges else 0
        for layer, (before, after) in zip(network.layers, pairwise(layers), strict=True)
    ]


def ends_of_edges(
    network: Network, layers: LayerGroup
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where all edges start and end, shapes (edges, 3)."""
    groups = [
        ends_of_lines(before, after)
        for layer, (before, after) in zip(network.layers, pairwise(layers), strict=True)
        if picture_of(layer).has_edges
        and isinstance(before, NeuronLayer)
        and isinstance(after, NeuronLayer)
    ]
    nothing = np.empty((0, 3))
    starts, ends = zip(*groups, strict=True) if groups else ((nothing,), (nothing,))
    return np.concatenate(starts), np.concatenate(ends)


def strokes_of_weights(
    groups: Sequence[NDArray[np.float64]],
    positive: ParsableManimColor,
    negative: ParsableManimColor,
    style: NetworkStyle,
    exponent: float | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return colours, shape (edges, 3), and widths, shape (edges,), that show weights.

    Parameters
    ----------
    groups
        The weights of each group of edges, which has a scale of its own.
    positive, negative
        Colours by sign.
    style
        Least and largest width.
    exponent
        What a weight's share of the largest is raised to; the style's by default.
    """
    power = style.weight_exponent if exponent is None else exponent
    signs = np.array([ManimColor(negative).to_rgb(), ManimColor(positive).to_rgb()])
    shown = np.concatenate([some.ravel() for some in groups])
    relative = np.concatenate(
        [np.abs(some.ravel()) / (np.abs(some).max(initial=0.0) or 1.0) for some in groups]
    )
    widths = np.maximum(style.min_edge_width, style.max_edge_width * relative**power)
    return signs[(shown > 0).astype(int)], widths
