"""A weight's way to the cost, on a network's picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import ManimColor, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.equations.equation_parts import EquationColors
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.network import EdgePlace, Gradient, NeuronPlace, ParameterDerivative
from nnviz.network.parameter_derivative import check_dense

__all__ = ["WeightPath", "derivative_of_shown"]

#: What carries little is drawn, but faintly; less than the least is not.
_LEAST_SHARE, _EXPONENT = 0.01, 0.6
_WIDTH, _MARK_WIDTH = stroke(4), stroke(7)


def derivative_of_shown(
    net: NetworkMobject, layer: int, i: int | None, j: int, x: Any, y: Any
) -> ParameterDerivative:
    """Return the derivative by the weight that an edge on screen stands for.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    layer : int
        The layer that the edge leads from, as for ``net.edge``.
    i : int or None
        The shown neuron of ``layer`` that the edge leads from; None for a bias.
    j : int
        The shown neuron of layer ``layer + 1`` that the edge leads to, or whose bias it is.
    x, y : object
        One example, as for `ParameterDerivative`.

    Raises
    ------
    IndexError
        If there is no such layer, or no such neuron on screen: with the units that are.
    NetworkError
        As `ParameterDerivative`.
    """
    network = net.network
    check_dense(network)
    if not 0 <= layer < len(network.layers):
        raise IndexError(
            f"no weights after layer {layer}: layers of weights go from 0 to "
            f"{len(network.layers) - 1}"
        )
    for at, number in ((layer, i), (layer + 1, j)):
        shown = net.layers[at].shown_units
        if number is not None and not 0 <= number < len(shown):
            raise IndexError(
                f"neuron {number} of layer {at} is not on screen: neurons are counted as shown, "
                f"from 0 to {len(shown) - 1}, and these are units {_ranges(shown)} of "
                f"{network.sizes[at]}"
            )
    if i is None:
        unit = int(net.layers[layer + 1].shown_units[j])
        return ParameterDerivative(network, layer, None, unit, x, y)
    every = Gradient.from_vector(np.arange(network.n_parameters), network.parameter_shapes)
    index = int(net.shown_weights(layer, every.weights)[i, j])
    unit, source = network.locate(index).position
    return ParameterDerivative(network, layer, source, unit, x, y)


def _ranges(units: NDArray[np.int_]) -> str:
    """Return units in words: 0 to 7 and 776 to 783."""
    parts = np.split(units, np.flatnonzero(np.diff(units) > 1) + 1)
    return " and ".join(
        str(part[0]) if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in parts
    )


class WeightPath(ShownInNotebooks, VGroup):
    """Light on a network: the weight's edge, and all that leads from there to the cost.

    Edges and neurons downstream are as bright as the part of the derivative that they carry,
    compared with the largest of their layer. It lies over the picture, which stays as it is. Units
    that are not on screen have no light.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    derivative : ParameterDerivative
        By one of its weights or biases.
    i : int or None
        The shown neuron that the weight's edge leads from; None for a bias.
    j : int
        The shown neuron that the weight's edge leads to, or whose bias it is.
    color : ManimColor, optional
        Colour of the light.
    """

    start: Part[VMobject] = Part(0, doc="The weight's edge, or the ring about the bias's neuron.")
    stages: Part[VGroup] = Part(
        1, doc="For each layer from the weight's on to the output: edges into it, and its neurons."
    )

    def __init__(
        self,
        net: NetworkMobject,
        derivative: ParameterDerivative,
        i: int | None,
        j: int,
        color: ManimColor | None = None,
    ) -> None:
        self._color = EquationColors.on().highlight if color is None else color
        self._shown = [list(map(int, layer.shown_units)) for layer in net.layers]
        layer = derivative.layer
        start: VMobject
        if i is None:
            start = self._ring(net, layer + 1, j, _MARK_WIDTH)
        else:
            rows = net.edge_groups[layer][[i * len(self._shown[layer + 1]) + j]]
            start = rows.separate().set_stroke(self._color, _MARK_WIDTH, opacity=1)
        stages = VGroup()
        for at, flow in derivative.neuron_flows.items():
            edges: VMobject = VGroup()
            if at - 1 in derivative.edge_flows:
                edges = self._edges(net, at - 1, derivative.edge_flows[at - 1])
            rings = VGroup()
            for k, share in enumerate(_shares(flow, flow[self._shown[at]])):
                ring = self._ring(net, at, k, _WIDTH)
                rings.add(ring.set_stroke(opacity=float(share)))
            stages.add(VGroup(edges, rings))
        super().__init__(start, stages)

    def mark(self, net: NetworkMobject, place: NeuronPlace | EdgePlace) -> VMobject:
        """Return a strong light on one place; nothing where it is not on screen."""
        at, *units = place
        layers = (at,) if isinstance(place, NeuronPlace) else (at, at + 1)
        found = [
            self._shown[layer].index(unit) if unit in self._shown[layer] else None
            for layer, unit in zip(layers, units, strict=True)
        ]
        if None in found:
            return VGroup()
        if isinstance(place, NeuronPlace):
            return self._ring(net, at, int(found[0] or 0), _MARK_WIDTH)
        row = int(found[0] or 0) * len(self._shown[at + 1]) + int(found[1] or 0)
        edge: EdgeArray = net.edge_groups[at][[row]].separate()
        return edge.set_stroke(self._color, _MARK_WIDTH, opacity=1)

    def _ring(self, net: NetworkMobject, layer: int, k: int, width: float) -> VMobject:
        ring = VMobject(stroke_color=self._color, stroke_width=width)
        return ring.set_points(net.layers[layer].neurons[k].points)

    def _edges(self, net: NetworkMobject, layer: int, flow: NDArray[np.float64]) -> VMobject:
        shown = flow[np.ix_(self._shown[layer + 1], self._shown[layer])].T.ravel()
        shares = _shares(flow, shown)
        rows = np.flatnonzero(shares)
        if not len(rows):
            return VGroup()
        edges: EdgeArray = net.edge_groups[layer][rows].separate()
        return edges.set_stroke(self._color, _WIDTH, opacity=shares[rows])


def _shares(flow: NDArray[np.float64], shown: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how bright what is shown is, in [0, 1]."""
    share = np.abs(shown) / (np.abs(flow).max() or 1.0)
    return np.where(share < _LEAST_SHARE, 0.0, share**_EXPONENT)
