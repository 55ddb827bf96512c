"""Networks that differ in something from another one: the methods of `Network` that make them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from nnviz.network.costs import Cost
from nnviz.network.gradient import Gradient
from nnviz.network.graph import Graph, Node
from nnviz.network.layers import Layer
from nnviz.network.training import rate_of

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["after", "replace", "step", "with_inputs"]

N = TypeVar("N", bound="Network")


def replace(
    network: N,
    *,
    layers: Iterable[Layer] | None = None,
    inputs: Mapping[str, int | Sequence[int]] | None = None,
    nodes: Mapping[str, Node] | None = None,
    output: str | None = None,
    cost: str | Cost | None = None,
) -> N:
    """Make a network that differs in what is given, and is checked as any other.

    Parameters
    ----------
    layers : iterable of Layer, optional
        One per node; for a chain whose names were given by kind and number any layers in a row.
    inputs : mapping from str to int or sequence of int, optional
        As for `Network`.
    nodes : mapping from str to Node, optional
        As for `Network`.
    output : str, optional
        As for `Network`.
    cost : str or Cost, optional
        As for `Network`.
    """
    graph = network.graph if layers is None else network.graph.with_row(tuple(layers))
    if inputs is not None or nodes is not None or output is not None:
        graph = Graph(
            graph.inputs if inputs is None else inputs,
            graph.nodes if nodes is None else nodes,
            graph.output if output is None else output,
        )
    return network.with_graph(graph, cost)


def with_inputs(network: N, shapes: int | Sequence[int] | Mapping[str, int | Sequence[int]]) -> N:
    """Make a network of the same layers for inputs of other shapes, such as longer sequences.

    Parameters
    ----------
    shapes : int, sequence of int or mapping from str to int or sequence of int
        New shape of the input; or a mapping of those that change, where there are several.

    Raises
    ------
    NetworkError
        If a layer does not support them.
    """
    return network.with_graph(network.graph.with_inputs(shapes))


def after(network: N, *names: str) -> N:
    """Make a network of all that depends on some nodes or inputs, which become its inputs.

    So does everything else that its nodes take, as where something skips them: its inputs are
    in ``network.after("hidden").inputs``, and `forward_pass` knows their values.

    Parameters
    ----------
    *names : str
        Nodes or inputs.

    Raises
    ------
    NetworkError
        If there is no such node, or the output does not depend on it.
    """
    return network.with_graph(network.graph.after(names))


def step(
    network: N,
    gradient: Gradient,
    learning_rate: float | None = None,
    *,
    eta: float | None = None,
) -> N:
    """Take one step down a gradient: subtract the learning rate times the gradient.

    Parameters
    ----------
    gradient : Gradient
        Has the network's own shapes.
    learning_rate : float, optional
        1 if None.
    eta : float, optional
        Another name of `learning_rate`, as in formulas.

    Returns
    -------
    Network
        A new network; this one stays as it is.

    Raises
    ------
    NetworkError
        If the shapes differ, or both `learning_rate` and `eta` are given.
    """
    rate = rate_of(learning_rate, eta, 1.0)
    return network.with_graph(network.parameters.moved(gradient, -rate))
