"""The structure of a network on screen: what it consists of, and where each part is found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

import numpy as np
from manim import ManimColor, VGroup
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.edges import Edge, EdgeArray, EdgeSelection
from nnviz.mobjects.network.layers import LayerGroup, NeuronLayer
from nnviz.mobjects.network.pictures import ends_of_lines, picture_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.notebook import ShownInNotebooks
from nnviz.network import ForwardPass, Gradient, Network
from nnviz.network.layers import Dense

__all__ = ["NetworkParts", "weight_steps", "weights_of"]


class NetworkParts(ShownInNotebooks, VGroup):
    """A network's edges, connections, layers, words and numbers, found by position.

    Parameters
    ----------
    network, style
        What is shown, and how.
    layers, words
        The layers, in their places; the labels of input and output and the titles.
    """

    def __init__(
        self, network: Network, style: NetworkStyle, layers: LayerGroup, words: VGroup
    ) -> None:
        self.network, self.style = network, style
        connections = VGroup(
            *(
                picture_of(layer).connections(layer, before, after, style)
                for layer, (before, after) in zip(network.layers, pairwise(layers), strict=True)
            )
        )
        edges = EdgeArray(*_ends(network, layers), ManimColor(style.edge_color), style.edge_width)
        annotations = VGroup(*(VGroup() for _ in range(6)))
        super().__init__(edges, layers, connections, words, annotations)

    def __repr__(self) -> str:
        return type(self).__name__

    @property
    def edges(self) -> EdgeArray:
        """All weights' edges, input side first, those out of one neuron next to each other."""
        return self[0]  # type: ignore[return-value]

    @property
    def edge_groups(self) -> list[EdgeSelection]:
        """The parts of the edges between each layer and the next; empty where none are weights."""
        counts = [
            len(before.neurons) * len(after.neurons) if picture_of(layer).has_edges else 0
            for layer, (before, after) in zip(
                self.network.layers, pairwise(self.layers), strict=True
            )
        ]
        bounds = np.cumsum([0, *counts])
        return [self.edges[first:last] for first, last in pairwise(bounds)]

    @property
    def connections(self) -> VGroup:
        """What else ties the layers, a group for each layer after the input."""
        return self[2]  # type: ignore[return-value]

    @property
    def layers(self) -> LayerGroup:
        """The layers (:class:`LayerMobject`), input first.

        ``layers[l].neurons`` holds the neurons shown; ``layers[l].neuron_of(k)`` is that of unit
        k, and ``layers[l].shown_units`` says which units the neurons are.
        """
        return self[1]  # type: ignore[return-value]

    @property
    def input_labels(self) -> VGroup:
        """The texts beside the input layer."""
        return self._group(3, 0)

    @property
    def output_labels(self) -> VGroup:
        """The texts beside the output layer."""
        return self._group(3, 1)

    @property
    def layer_titles(self) -> VGroup:
        """The titles of the layers."""
        return self._group(3, 2)

    @property
    def values(self) -> VGroup:
        """The numbers in neurons, a group a layer; empty where none are shown."""
        return self._group(4, 0)

    @property
    def edge_values(self) -> VGroup:
        """The numbers on edges, a group for each group of edges; empty where none are shown."""
        return self._group(4, 1)

    @property
    def biases(self) -> VGroup:
        """The numbers beside neurons, a group for each layer after the input, if shown."""
        return self._group(4, 2)

    @property
    def path(self) -> VGroup:
        """The lit edges of a highlighted path; empty where none is."""
        return self._group(4, 3)

    @property
    def errors(self) -> VGroup:
        """The rings that show dC/dz, a group for each layer after the input, if shown."""
        return self._group(4, 4)

    @property
    def kernels(self) -> VGroup:
        """The kernels shown, a :class:`KernelGrid` for each layer; empty where none are."""
        return self._group(4, 5)

    def edge(self, layer: int, i: int, j: int) -> Edge:
        """Return the edge from shown neuron ``i`` of ``layer`` to shown neuron ``j`` of the next.

        Raises
        ------
        IndexError
            If there is no such layer or neuron.
        """
        layer = self._group_index(layer)
        rows, columns = self._shown(layer), self._shown(layer + 1)
        if not (-rows <= i < rows and -columns <= j < columns):
            raise IndexError(
                f"no edge from neuron {i} to {j} after layer {layer}: "
                f"{rows} and {columns} neurons are shown"
            )
        edge: Edge = self.edge_groups[layer][(i % rows) * columns + j % columns]
        return edge

    def edges_into(self, layer: int, j: int) -> EdgeSelection:
        """Return the edges into shown neuron ``j`` of ``layer`` (1 or more), from top to bottom."""
        layer = self._layer_index(layer)
        if layer == 0:
            raise IndexError("no edges lead into layer 0, the input")
        columns = self._shown(layer)
        if not -columns <= j < columns:
            raise IndexError(f"no edges into neuron {j} of layer {layer}: {columns} are shown")
        edges: EdgeSelection = self.edge_groups[layer - 1][j % columns :: columns]
        return edges

    def edges_out_of(self, layer: int, i: int) -> EdgeSelection:
        """Return the edges out of shown neuron ``i`` of ``layer``, from top to bottom."""
        layer = self._layer_index(layer)
        if layer == len(self.layers) - 1:
            raise IndexError(f"no edges lead out of layer {layer}, the output")
        rows, columns = self._shown(layer), self._shown(layer + 1)
        if not -rows <= i < rows:
            raise IndexError(f"no edges out of neuron {i} of layer {layer}: {rows} are shown")
        first = i % rows * columns
        edges: EdgeSelection = self.edge_groups[layer][first : first + columns]
        return edges

    def shown_weights(
        self, layer: int, weights: Sequence[NDArray[np.float64] | None] | None = None
    ) -> NDArray[np.float64]:
        """Return the weights that the edges after ``layer`` stand for.

        Parameters
        ----------
        layer
            Index of the group of edges.
        weights
            Matrices shaped like the network's weights to pick from, one a layer and None for a
            layer without; its own by default.

        Returns
        -------
        numpy.ndarray
            Shape (neurons shown in this layer, neurons shown in the next): ``[i, j]``
            belongs to ``edge(layer, i, j)``.
        """
        layer = self._group_index(layer)
        matrix = (weights_of(self.network) if weights is None else weights)[layer]
        assert matrix is not None
        before, after = self._neurons(layer), self._neurons(layer + 1)
        columns = before.shown_units
        if layer == 0 and self.style.input_columns == "middle":
            start = (matrix.shape[1] - len(columns)) // 2
            columns = np.arange(start, start + len(columns))
        shown: NDArray[np.float64] = matrix[np.ix_(after.shown_units, columns)].T
        return shown

    def relative_weights(self, layer: int) -> NDArray[np.float64]:
        """Return the shown weights over the largest of their sizes, in [-1, 1]."""
        weights = self.shown_weights(layer)
        return weights / (np.abs(weights).max() or 1.0)

    def put_edges_on_neurons(self) -> Self:
        """Draw every edge anew from circle to circle, after neurons moved."""
        self.edges.set_ends(*_ends(self.network, self.layers))
        return self

    # Inside

    def _group(self, place: int, k: int) -> VGroup:
        return self[place][k]  # type: ignore[return-value]

    def _shown(self, layer: int) -> int:
        return len(self.layers[layer].neurons)

    def _neurons(self, layer: int) -> NeuronLayer:
        found = self.layers[layer]
        assert isinstance(found, NeuronLayer)  # there are edges at it
        return found

    def _layer_index(self, layer: int) -> int:
        count = len(self.layers)
        if not -count <= layer < count:
            raise IndexError(f"no layer {layer}: there are {count}")
        return layer % count

    def _group_index(self, layer: int) -> int:
        count = len(self.network.layers)
        if not -count <= layer < count:
            raise IndexError(f"no edges after layer {layer}: there are {count} groups of edges")
        layer %= count
        if not picture_of(self.network.layers[layer]).has_edges:
            kind = self.network.layers[layer].name
            raise IndexError(
                f"no edges after layer {layer}: what follows is {kind}, which has no weight for "
                "each pair of neurons"
            )
        return layer

    def _per_layer(
        self, activations: ForwardPass | Sequence[ArrayLike]
    ) -> list[NDArray[np.float64]]:
        values = activations.activations if isinstance(activations, ForwardPass) else activations
        if len(values) != len(self.layers):
            raise ValueError(
                f"a network of {len(self.layers)} layers got activations for {len(values)}"
            )
        return [np.asarray(one, dtype=float) for one in values]


def weights_of(network: Network) -> list[NDArray[np.float64] | None]:
    """Return the weight matrix of every layer, None for one that has none."""
    return [layer.weights if isinstance(layer, Dense) else None for layer in network.layers]


def weight_steps(network: Network, gradient: Gradient) -> list[NDArray[np.float64] | None]:
    """Return where a step down a gradient moves every weight matrix, None where there is none."""
    return [
        -part[0] if isinstance(layer, Dense) else None
        for layer, part in zip(network.layers, gradient.parts, strict=True)
    ]


def _ends(network: Network, layers: LayerGroup) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
