"""What of a network's picture is found by number or name: layers, edges, what edges stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnviz.mobjects.network.links import Biases, Weights, biases_of, has_edges, weights_of
from nnviz.mobjects.primitives.edge import Edge
from nnviz.mobjects.primitives.edge_array import EdgeSelection
from nnviz.network import Layer

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = [
    "bias_edges",
    "edge",
    "edge_ends",
    "edge_group_index",
    "edges_into",
    "edges_out_of",
    "layer_index",
    "node_of",
    "relative_weights",
    "shown_weights",
]


def edge(net: NetworkMobject, layer: int | str, i: int, j: int) -> Edge:
    """Return the edge from shown neuron ``i`` of ``layer`` to shown neuron ``j`` of the next.

    Parameters
    ----------
    layer : int or str
        Index of the group of edges: in a chain that of the layer before them. Or the name of
        the node that they lead to.
    i, j : int
        Neurons shown, before the edge and after it.

    Raises
    ------
    IndexError
        If there is no such layer or neuron.
    KeyError
        If there is no such name.
    """
    group = net.edge_group_index(layer)
    rows, columns = (len(net.layers[k].neurons) for k in net.edge_ends(group))
    if not (-rows <= i < rows and -columns <= j < columns):
        raise IndexError(
            f"no edge from neuron {i} to {j} {_at_edges(net, group)}: "
            f"{rows} and {columns} neurons are shown"
        )
    edge: Edge = net.edge_groups[group][(i % rows) * columns + j % columns]
    return edge


def bias_edges(net: NetworkMobject, layer: int | str) -> EdgeSelection:
    """Return the edges out of a bias unit, which stand for biases; none where there is no unit.

    Parameters
    ----------
    layer : int or str
        As for :meth:`edge`.

    Raises
    ------
    IndexError
        If there is no such layer.
    KeyError
        If there is no such name.
    """
    group = net.edge_group_index(layer)
    before, after = (len(net.layers[k].neurons) for k in net.edge_ends(group))
    edges: EdgeSelection = net.edge_groups[group][before * after :]
    return edges


def edges_into(net: NetworkMobject, layer: int | str, j: int) -> EdgeSelection:
    """Return the edges into shown neuron ``j`` of a layer, from top to bottom.

    That of a bias unit comes last.

    Parameters
    ----------
    layer : int or str
        Its index, after the inputs', or its name.
    j : int
        Index of the neuron among those shown.

    Raises
    ------
    IndexError
        If there is no such layer or neuron.
    KeyError
        If there is no such name.
    """
    k = net.layer_index(layer)
    if k < net.structure.n_inputs:
        raise IndexError(f"no edges lead into layer {k}, the input")
    columns = len(net.layers[k].neurons)
    if not -columns <= j < columns:
        raise IndexError(f"no edges into neuron {j} of layer {k}: {columns} are shown")
    group = k - net.structure.n_inputs
    edges: EdgeSelection = net.edge_groups[group][j % columns :: columns]
    return edges


def edges_out_of(net: NetworkMobject, layer: int | str, i: int) -> EdgeSelection:
    """Return the edges out of shown neuron ``i`` of a layer, from top to bottom.

    Parameters
    ----------
    layer : int or str
        Its index or its name.
    i : int
        Index of the neuron among those shown.

    Raises
    ------
    IndexError
        If there is no such layer or neuron, or no edges lead out of it.
    KeyError
        If there is no such name.
    """
    k = net.layer_index(layer)
    rows = len(net.layers[k].neurons)
    groups = [g for g in range(len(net.edge_groups)) if net.edge_ends(g)[0] == k]
    if not groups:
        what = ", the output" if net.structure.things[k].name == net.network.output else ""
        raise IndexError(f"no edges lead out of layer {k}{what}")
    if not -rows <= i < rows:
        raise IndexError(f"no edges out of neuron {i} of layer {k}: {rows} are shown")
    firsts, i = np.cumsum([0, *map(len, net.edge_groups)]), i % rows
    chosen = []
    for g in groups:
        columns = len(net.layers[net.edge_ends(g)[1]].neurons) if len(net.edge_groups[g]) else 0
        chosen.append(firsts[g] + np.arange(i * columns, (i + 1) * columns))
    edges: EdgeSelection = net.edges[np.concatenate(chosen)]
    return edges


def shown_weights(
    net: NetworkMobject,
    layer: int | str,
    weights: Weights | None = None,
    biases: Biases | None = None,
) -> NDArray[np.float64]:
    """Return the weights that a group of edges stands for.

    Parameters
    ----------
    layer : int or str
        As for :meth:`edge`.
    weights : Weights, optional
        Matrices shaped like the network's weights to pick from, one a node and None for a
        node without; its own by default.
    biases : Biases, optional
        Vectors shaped like the network's biases, for the edges of bias units; its own where
        `weights` are.

    Returns
    -------
    numpy.ndarray
        Shape (neurons shown before the edges, neurons shown after them): ``[i, j]``
        belongs to ``edge(layer, i, j)``. Where there is a bias unit, the biases are one more row,
        unless only `weights` are given.
    """
    if weights is None:
        weights, biases = weights_of(net.network), biases_of(net.network)
    group = net.edge_group_index(layer)
    i, k = net.edge_ends(group)
    before, after = net.layers[i], net.layers[k]
    node = net.network.graph.node_index(net.structure.things[k].name)
    matrix, vector = weights[node], None if biases is None else biases[node]
    assert matrix is not None
    shown: NDArray[np.float64] = matrix[np.ix_(after.shown_units, before.shown_units)].T
    if vector is None or not len(before.bias_unit):
        return shown
    return np.vstack([shown, vector[after.shown_units]])


def relative_weights(net: NetworkMobject, layer: int | str) -> NDArray[np.float64]:
    """Return the shown weights over the largest of their sizes, in [-1, 1]."""
    weights = net.shown_weights(layer)
    return weights / (np.abs(weights).max() or 1.0)


def layer_index(net: NetworkMobject, layer: int | str) -> int:
    """Return a layer's index from 0; negative ones count from the end, and names do as well."""
    if isinstance(layer, str):
        return net.structure.index(layer)
    count = len(net.layers)
    if not -count <= layer < count:
        raise IndexError(f"no layer {layer}: there are {count}")
    return layer % count


def node_of(net: NetworkMobject, k: int) -> Layer | None:
    """Return the network's layer that a layer on screen shows; None for inputs and blocks."""
    node = net.network.nodes.get(net.structure.things[k].name)
    return None if node is None else node.layer


def edge_ends(net: NetworkMobject, group: int) -> tuple[int, int]:
    """Return the indices of the layers that a group of edges ties, the first one if several."""
    k = net.structure.n_inputs + group
    return net.structure.sources(k)[0], k


def edge_group_index(net: NetworkMobject, layer: int | str) -> int:
    """Return the index from 0 of a group of edges, which there must be: see :meth:`edge`."""
    first = net.structure.n_inputs
    if isinstance(layer, str):
        layer = net.structure.index(layer) - first
        if layer < 0:
            raise IndexError("no edges lead to an input")
    count = len(net.layers) - first
    if not -count <= layer < count:
        raise IndexError(f"no edges after layer {layer}: there are {count} groups of edges")
    layer %= count
    if not has_edges(net.network, net.structure, net.layers, first + layer):
        node = net.node_of(first + layer)
        kind = "a block" if node is None else node.kind
        raise IndexError(
            f"no edges {_at_edges(net, layer)}: what follows is {kind}, which has no weight "
            "for each pair of neurons"
        )
    return layer


def _at_edges(net: NetworkMobject, group: int) -> str:
    """Return where a group of edges is, for errors."""
    if net.structure.is_row:
        return f"after layer {group}"
    return f"to {net.structure.things[net.structure.n_inputs + group].name!r}"
