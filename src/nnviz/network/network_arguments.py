"""The ways to write a network: a chain of layers, nodes by name, or an existing graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from nnviz.network.costs import Cost
from nnviz.network.graph import Graph, Node, chain
from nnviz.network.layers import Layer

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["graph_and_cost", "show_keywords"]

F = TypeVar("F", bound=Callable[..., None])


def show_keywords(constructor: F) -> F:
    """Give a constructor that accepts any of the ways a signature with all keywords."""
    vars(constructor)["__signature__"] = inspect.signature(_all_keywords)
    return constructor


def _all_keywords(
    self: Network,
    layers: Iterable[Layer],
    cost: str | Cost = "quadratic",
    input_shape: int | Sequence[int] | None = None,
    *,
    inputs: Mapping[str, int | Sequence[int]] | None = None,
    nodes: Mapping[str, Node] | None = None,
    output: str | None = None,
    graph: Graph | None = None,
) -> None: ...


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
