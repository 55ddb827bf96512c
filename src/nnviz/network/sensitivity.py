"""How single parameters act on the cost: what lessons ask of a network, one number at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy.typing as npt

from nnviz.network._types import NetworkError
from nnviz.network.evaluation import examples
from nnviz.network.examples import Inputs, check_one_example
from nnviz.network.network import Network

__all__ = ["cost_of_nudge", "cost_of_nudged_value"]


def cost_of_nudge(
    network: Network, x: Inputs, y: npt.ArrayLike, parameter: int
) -> Callable[[float], float]:
    """Return the cost as a function of the change of one parameter alone.

    What comes into the parameter's layer is computed once, so that a call costs the layers from
    there on.

    Parameters
    ----------
    network : Network
        As for `Network.cost`.
    x : array_like or mapping from str to array_like
        As for `Network.cost`.
    y : array_like
        As for `Network.cost`.
    parameter : int
        Index into ``network.flatten()``.

    Raises
    ------
    NetworkError
        If there is no parameter of such an index, or `x` and `y` do not fit the network.
    """
    layer, name, position = network.locate(parameter)
    owner = network.graph.owner_of[layer]
    users = [
        node
        for node, used in zip(network.nodes, network.graph.owner_of, strict=True)
        if used == owner
    ]
    forward = network.forward_pass(x)
    examples(network, x, y)  # which raises an error where these do not fit
    graph = network.graph.beginning_with(users)
    if graph is None:  # The output does not depend on it.
        at_rest = network.cost(x, y)
        return lambda change: at_rest
    rest = network.with_graph(graph)
    inputs = {one: forward[one] for one in rest.inputs}
    index = rest.index_of(users[0], name, position)
    return lambda change: rest.nudged(index, change).cost(inputs, y)


def cost_of_nudged_value(
    network: Network, x: Inputs, y: npt.ArrayLike, node: str, position: Sequence[int]
) -> Callable[[float], float]:
    """Return the cost as a function of the change of one value on the way from input to output.

    Everything that depends on the node is computed again, and nothing else, so that a call costs
    the layers after it.

    Parameters
    ----------
    network : Network
        As for `Network.cost`, of one example.
    x : array_like or mapping from str to array_like
        As for `Network.cost`, of one example.
    y : array_like
        As for `Network.cost`, of one example.
    node : str
        Whose activation is changed, such as "block0.attention.scores".
    position : sequence of int
        Index of the value, of as many numbers as the node's activations have axes.

    Raises
    ------
    NetworkError
        If there is no such node or value, the output does not depend on it, or `x` and `y` do not
        fit the network.
    """
    network.graph.node_index(node)
    shape = network.shapes[node]
    place = tuple(position)
    if len(place) != len(shape) or any(not 0 <= k < n for k, n in zip(place, shape, strict=False)):
        raise NetworkError(f"{node} has no value at {place}: it has shape {shape}")
    forward = network.forward_pass(x)
    check_one_example(network.graph, forward)
    examples(network, x, y)  # which raises an error where these do not fit
    rest = network.after(node)
    inputs = {one: forward[one] for one in rest.inputs}

    def cost(change: float) -> float:
        values = forward[node].copy()
        values[place] += change
        return rest.cost({**inputs, node: values}, y)

    return cost
