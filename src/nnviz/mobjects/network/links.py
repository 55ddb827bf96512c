"""What a network's edges stand for, where they run, and how numbers colour them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import ManimColor, ParsableManimColor, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.graph_layout import crosses
from nnviz.mobjects.network.layer_mobjects import LayerGroup
from nnviz.mobjects.network.layer_pictures import Ends, ends_of_lines, picture_of
from nnviz.mobjects.network.link_arrows import LinkArrow, straight_path
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.structure import Structure
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.network import Gradient, Network
from nnviz.network.layers import Dense

__all__ = [
    "Biases",
    "Weights",
    "bias_steps",
    "biases_of",
    "counts_of_edges",
    "ends_of_edges",
    "has_edges",
    "strokes_of_weights",
    "ties_of",
    "weight_steps",
    "weights_of",
]

#: One matrix a layer, None for a layer without.
Weights = Sequence[NDArray[np.float64] | None]
#: One vector a layer, None for a layer without.
Biases = Sequence[NDArray[np.float64] | None]


def weights_of(network: Network) -> list[NDArray[np.float64] | None]:
    """Return the weight matrix of every layer, None for one that has none."""
    return [layer.weights if isinstance(layer, Dense) else None for layer in network.layers]


def biases_of(network: Network) -> list[NDArray[np.float64] | None]:
    """Return the biases of every layer, None for one that has no matrix of weights."""
    return [layer.biases if isinstance(layer, Dense) else None for layer in network.layers]


def weight_steps(network: Network, gradient: Gradient) -> list[NDArray[np.float64] | None]:
    """Return where a step down a gradient moves every weight matrix, None where there is none."""
    return [
        -gradient.parts[owner][0] if isinstance(layer, Dense) else None
        for layer, owner in zip(network.layers, network.graph.owner_of, strict=True)
    ]


def bias_steps(network: Network, gradient: Gradient) -> list[NDArray[np.float64] | None]:
    """Return where a step down a gradient moves biases, as :func:`weight_steps` does weights."""
    return [
        -gradient.parts[owner][1] if isinstance(layer, Dense) else None
        for layer, owner in zip(network.layers, network.graph.owner_of, strict=True)
    ]


def has_edges(network: Network, structure: Structure, layers: LayerGroup, k: int) -> bool:
    """Return whether edges of weights lead to a thing, by its number."""
    thing = structure.things[k]
    return (
        thing.name in network.nodes
        and picture_of(network.nodes[thing.name].layer).has_edges
        and all(isinstance(layers[i], NeuronLayer) for i in (*structure.sources(k), k))
    )


def counts_of_edges(network: Network, structure: Structure, layers: LayerGroup) -> list[int]:
    """Return how many edges lead to everything after the inputs."""
    return [
        len(layers[structure.sources(k)[0]].senders) * len(layers[k].neurons)
        if has_edges(network, structure, layers, k)
        else 0
        for k in range(structure.n_inputs, len(layers))
    ]


def ends_of_edges(network: Network, structure: Structure, layers: LayerGroup) -> Ends:
    """Return where all edges start and end, shapes (edges, 3)."""
    groups = [(np.empty((0, 3)), np.empty((0, 3)))]
    for k in range(structure.n_inputs, len(layers)):
        if has_edges(network, structure, layers, k):
            before, after = layers[structure.sources(k)[0]], layers[k]
            groups.append(ends_of_lines(before.senders, after.neurons))
    starts, ends = zip(*groups, strict=True)
    return np.concatenate(starts), np.concatenate(ends)


def ties_of(
    network: Network,
    structure: Structure,
    layers: LayerGroup,
    paths: Sequence[Sequence[VMobject]] | None,
    style: NetworkStyle,
) -> VGroup:
    """Return what ties everything after the inputs to its own inputs, apart from edges of weights.

    Parameters
    ----------
    network : Network
        Network that is drawn.
    structure : Structure
        Parts of the network that are shown.
    layers : LayerGroup
        The layers, in their places.
    paths : sequence of sequence of VMobject or None
        Paths of arrows, for every thing after the inputs and each of its sources; None in a row.
    style : NetworkStyle
        Style of the network's picture.
    """
    first = structure.n_inputs
    ties = VGroup(*(VGroup() for _ in layers[first:]))
    for k in range(first, len(layers)):
        if has_edges(network, structure, layers, k):
            continue
        for n, i in enumerate(structure.sources(k)):
            tied = _tied(network, structure, layers, i, k, style)
            if tied is None or (paths is not None and not len(tied)):
                path = (
                    straight_path(layers[i], layers[k], style)
                    if paths is None
                    else paths[k - first][n]
                )
                ties[k - first].add(LinkArrow(path, style))
            else:
                ties[k - first].add(*tied)
    return ties


def _tied(
    network: Network,
    structure: Structure,
    layers: LayerGroup,
    i: int,
    k: int,
    style: NetworkStyle,
) -> VGroup | None:
    """Return what ties a node to another; None where that would cross something."""
    thing = structure.things[k]
    if thing.is_block:
        return None
    layer = network.nodes[thing.name].layer
    tied = picture_of(layer).connections(layer, layers[i], layers[k], style)
    if tied is None or structure.is_row:
        return tied
    lines = [one for one in tied.get_family() if isinstance(one, EdgeArray)]
    for one in lines:
        if crosses(layers, np.stack([one.starts, one.ends], axis=1), (i, k)):
            return None
    return tied


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
    groups : sequence of ndarray of float
        The weights of each group of edges, which has a scale of its own.
    positive, negative : color
        Colours by sign.
    style : NetworkStyle
        Least and largest width.
    exponent : float or None
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
