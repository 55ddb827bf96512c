"""How single parameters act on the cost: what lessons ask of a network, one number at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.examples import Inputs
from nnviz.network.network import Network

__all__ = [
    "ChainLinks",
    "WeightToCost",
    "cost_of_nudge",
    "cost_of_nudged_value",
    "requested_changes",
]


@dataclass(frozen=True)
class ChainLinks:
    """The values on the way from a last weight to the cost.

    Attributes
    ----------
    w, z, a, cost
        The weight, the weighted input and the activation that it leads to, the cost.
    """

    w: float
    z: float
    a: float
    cost: float


@dataclass(frozen=True)
class WeightToCost:
    """How a weight of a network's last layer acts on the cost of one example.

    Parameters
    ----------
    network
        Whose last layer is dense, with one activation an output (sigmoid and the like, not
        softmax).
    x, y
        Input and desired output, shapes (*input_shape,) and (n_out,).
    output, source
        The weight leads from this neuron of the layer before to this output.
    """

    network: Network
    x: npt.ArrayLike
    y: npt.ArrayLike
    output: int = 0
    source: int = 0

    def with_weight(self, w: float | None) -> Network:
        """Return the network with another value for the weight; None keeps its own."""
        if w is None:
            return self.network
        *front, last = self.network.layers
        weights = self._weights(self.network).copy()
        weights[self.output, self.source] = w
        return self.network.replace(layers=[*front, last.replace(weights=weights)])

    def links(self, w: float | None = None) -> ChainLinks:
        """Compute weighted input, activation and cost for a value of the weight."""
        network = self.with_weight(w)
        forward = network.forward_pass(self.x)
        return ChainLinks(
            float(self._weights(network)[self.output, self.source]),
            float(forward.zs[-1][self.output]),
            float(forward.output[self.output]),
            network.cost(self.x, self.y),
        )

    def factors(self, w: float | None = None) -> tuple[float, float, float]:
        """Compute dz/dw, da/dz and dC/da; their product is dC/dw."""
        network = self.with_weight(w)
        forward = network.forward_pass(self.x)
        z, a = forward.zs[-1], forward.output
        da_dz = network.activations[-1].pullback(z, a, np.ones_like(a))
        dc_da = network.backward_pass(self.x, self.y).activation_gradients[-1]
        return (
            float(forward.activations[-2][self.source]),
            float(da_dz[self.output]),
            float(dc_da[self.output]),
        )

    @staticmethod
    def _weights(network: Network) -> FloatArray:
        (weights,) = network[-1:].weights
        return weights


def requested_changes(
    network: Network, x: npt.ArrayLike, y: npt.ArrayLike, parameters: npt.ArrayLike
) -> FloatArray:
    """Compute how each example on its own would like some parameters to change.

    Parameters
    ----------
    network
        What to change.
    x, y
        Inputs and desired outputs of the examples, shapes (examples, *input_shape) and
        (examples, n_out).
    parameters
        Indices into ``network.flatten()``, shape (k,).

    Returns
    -------
    numpy.ndarray
        Components of the negative gradients of the examples' costs, shape (k, examples).
        The mean over the columns is what all examples ask for together.

    Raises
    ------
    NetworkError
        If there is no parameter of such an index, or `x` and `y` do not fit the network.
    """
    chosen = np.ravel(parameters).astype(int)
    if not ((chosen >= 0) & (chosen < network.n_parameters)).all():
        raise NetworkError(
            f"parameters are counted from 0 to {network.n_parameters - 1}, got {chosen.tolist()}"
        )
    gradients = network.backprop_each(x, y)
    return np.stack([-gradient.flatten()[chosen] for gradient in gradients], axis=1)


def cost_of_nudge(
    network: Network, x: Inputs, y: npt.ArrayLike, parameter: int
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
    network.output_error(x, y)  # which complains where these do not fit
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
    network, x, y
        As for `Network.cost`, of one example.
    node
        Whose activation is changed, such as "block0.attention.scores".
    position
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
    if forward[node].shape != shape:
        raise NetworkError("one example is nudged at a time, not a batch: give x[0] and y[0]")
    network.output_error(x, y)  # which complains where these do not fit
    rest = network.after(node)
    inputs = {one: forward[one] for one in rest.inputs}

    def cost(change: float) -> float:
        values = forward[node].copy()
        values[place] += change
        return rest.cost({**inputs, node: values}, y)

    return cost
