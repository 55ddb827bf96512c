"""How single parameters act on the cost: what lessons ask of a network, one number at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy.typing as npt

from nnviz.network.network import Network

__all__ = ["cost_of_nudge"]


def cost_of_nudge(
    network: Network, x: npt.ArrayLike, y: npt.ArrayLike, parameter: int
) -> Callable[[float], float]:
    """Return the cost as a function of the change of one parameter alone.

    What comes into the parameter's layer is computed once, so that a call costs the layers from
    there on.

    Parameters
    ----------
    network, x, y
        As for `Network.cost`.
    parameter
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
    network.output_error(x, y)  # which raises an error where these do not fit
    graph = network.graph.beginning_with(users)
    if graph is None:  # The output does not depend on it.
        at_rest = network.cost(x, y)
        return lambda change: at_rest
    rest = network.with_graph(graph)
    inputs = {one: forward[one] for one in rest.inputs}
    index = rest.index_of(users[0], name, position)
    return lambda change: rest.nudged(index, change).cost(inputs, y)
