"""How a weight of the last layer acts on the cost: the chain that the calculus takes apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnviz.network import Network

__all__ = ["ChainLinks", "WeightToCost"]


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
    network : Network
        Whose last layer is dense, with one activation an output (sigmoid and the like, not
        softmax).
    x, y : array_like
        Input and desired output, shapes (*input_shape,) and (n_out,).
    output, source : int, optional
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
    def _weights(network: Network) -> npt.NDArray[np.float64]:
        (weights,) = network[-1:].weights
        return weights
