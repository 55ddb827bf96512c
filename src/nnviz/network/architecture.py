"""What networks have in common besides their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.network._types import FloatArray
from nnviz.network.layers import Layer

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["architecture_text", "differ_in_parameters_alone", "learned_arrays", "same_architecture"]


def architecture_text(network: Network) -> str:
    """Return the sizes and the kinds of layers of a network, for errors."""
    kinds = ", ".join(layer.kind for layer in network.layers)
    return f"a network of sizes {tuple(network.sizes)} ({kinds})"


def same_architecture(one: Network, other: Network) -> bool:
    """Return whether two networks have the same kinds of layers, for values of the same shapes.

    Names, activation functions and the cost may differ: one picture fits both.
    """
    kinds = [[type(layer) for layer in network.layers] for network in (one, other)]
    return one.shapes == other.shapes and kinds[0] == kinds[1]


def differ_in_parameters_alone(one: Network, other: Network) -> bool:
    """Return whether all but parameters and statistics is the same, also names and the cost."""
    return _all_but_parameters(one) == _all_but_parameters(other)


def learned_arrays(layer: Layer) -> tuple[FloatArray, ...]:
    """Return all arrays that training changes: parameters, then statistics."""
    return layer.parameters + layer.statistics


def _all_but_parameters(network: Network) -> tuple[Any, ...]:
    options = [
        (
            layer.kind,
            {k: v for k, v in layer.arguments.items() if not isinstance(v, np.ndarray)},
            [array.shape for array in learned_arrays(layer)],
        )
        for layer in network.graph.owners
    ]
    nodes = [node.inputs for node in network.nodes.values()]
    graph = network.shapes, network.shapes.names, nodes, network.output, network.graph.owner_of
    return *graph, network.cost_function.name, options
