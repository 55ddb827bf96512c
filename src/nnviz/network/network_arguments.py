"""The ways to write a network: a chain of layers, nodes by name, or a graph that there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nnviz.network.costs import Cost
from nnviz.network.graph import Graph, Node, chain
from nnviz.network.layers import Layer

__all__ = ["graph_and_cost"]


def graph_and_cost(*arguments: Any, **options: Any) -> tuple[Graph, str | Cost]:
    """Return what a `Network` is made of, for any of the ways to write one."""
    given = arguments[0] if arguments else options.get("graph", options.get("inputs"))
    if isinstance(given, Graph):
        return _of_graph(*arguments, **options)
    if isinstance(given, Mapping):
        return _of_nodes(*arguments, **options)
    return _of_layers(*arguments, **options)


def _of_graph(graph: Graph, cost: str | Cost = "quadratic") -> tuple[Graph, str | Cost]:
    return graph, cost


def _of_nodes(
    inputs: Mapping[str, int | Sequence[int]],
    nodes: Mapping[str, Node],
    output: str,
    cost: str | Cost = "quadratic",
) -> tuple[Graph, str | Cost]:
    return Graph(inputs, nodes, output), cost


def _of_layers(
    layers: Iterable[Layer],
    cost: str | Cost = "quadratic",
    input_shape: int | Sequence[int] | None = None,
) -> tuple[Graph, str | Cost]:
    return chain(layers, input_shape), cost
