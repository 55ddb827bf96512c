"""The derivative of the cost by one weight or bias, split by the chain rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.activations import Activation
from nnviz.network.costs import CostForm
from nnviz.network.derivative_terms import (
    EdgePlace,
    Factor,
    NeuronPlace,
    Sum,
    Summed,
    Symbol,
    Term,
    Zero,
    indexed,
)
from nnviz.network.evaluation import as_targets, examples
from nnviz.network.examples import check_one_example
from nnviz.network.layers import Dense
from nnviz.network.network import Network
from nnviz.network.nudging import CanBeNudged
from nnviz.network.sensitivity import cost_of_nudge

__all__ = ["ParameterDerivative"]


class ParameterDerivative(CanBeNudged):
    """How one weight or bias acts on the cost of one example, link by link.

    The derivative is the product of `factors`, in the order from the parameter to the cost:
    dz/dw, da/dz, and then dC/da. Where the next layer has several neurons, dC/da is a sum over
    them (`Factor.terms`), each term being dz_k/da, da_k/dz_k and dC/da_k, and that dC/da_k is a
    sum again, up to the output, where the cost function says what dC/da is. Before the first sum,
    a layer of one neuron needs none: its factors go on in the same product.

    Two kinds of output differ. Where the cost goes with the activation, as cross-entropy does with
    softmax and sigmoid, the last link is dC/dz itself, which is simpler than the product and loses
    no digits. Where softmax meets another cost, dC/dz_k is a sum over all outputs, because each
    depends on every z_k.

    Numbers come from one forward and one backward pass; terms are made when they are asked for, as
    there are as many as weights on the way.

    Parameters
    ----------
    network : Network
        A chain of dense layers alone.
    layer : int
        Index into ``network.layers``: its weights lead from layer ``layer`` (0 is the input) to
        layer ``layer + 1``.
    i, j : int
        The weight leads from neuron i to neuron j, that is ``weights[layer][j, i]``. With i None
        it is the bias of neuron j.
    x, y : array_like
        One example: input and desired output, shapes (n_in,) and (n_out,).

    Attributes
    ----------
    value : float
        dC/dw.
    factors : tuple of Factor
        Their product is the value.
    symbol : Symbol
        The parameter's name, such as w^{(1)}_{j,i}. Layers are counted from the input, which is 0,
        and neurons from 0; where a layer has one neuron its number is left out.

    Raises
    ------
    NetworkError
        If a layer is not dense, there is no such weight, or x and y are not one example.

    Examples
    --------
    >>> from nnviz.network import Network
    >>> network = Network.random([2, 3, 1], seed=1)
    >>> derivative = ParameterDerivative(network, 0, 1, 2, [0.5, 1.0], [1.0])
    >>> [factor.text for factor in derivative.factors]
    ['∂z₂⁽¹⁾/∂w₂₁⁽¹⁾', '∂a₂⁽¹⁾/∂z₂⁽¹⁾', '∂z⁽²⁾/∂a₂⁽¹⁾', '∂a⁽²⁾/∂z⁽²⁾', '∂C/∂a⁽²⁾']
    >>> bool(np.isclose(derivative.value, network.backprop([0.5, 1.0], [1.0]).weights[0][2, 1]))
    True
    """

    def __init__(
        self,
        network: Network,
        layer: int,
        i: int | None,
        j: int,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
    ) -> None:
        self._check(network, layer, i, j, x)
        self.network: Final = network
        self.layer: Final = layer
        self.source: Final = i
        self.unit: Final = j
        forward = network.forward_pass(x)
        backward = network.backward_pass(x, y)
        self.x: Final = forward.activations[0].copy()
        targets = as_targets(network, examples(network, x, y).targets)
        self.y: Final = targets[0].copy()
        self._forward, self._backward = forward, backward
        self.symbol: Final = (
            indexed("b", layer + 1, self._index(layer + 1, j))
            if i is None
            else self._w_name(layer + 1, j, i)
        )
        self.factors: Final = self._chain()
        self.value: Final = math.prod(factor.value for factor in self.factors)

    def __repr__(self) -> str:
        return f"ParameterDerivative({self.symbol.text}, {self.value:.4g})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ParameterDerivative):
            return NotImplemented
        return (
            self.place == other.place
            and self.network == other.network
            and np.array_equal(self.x, other.x)
            and np.array_equal(self.y, other.y)
        )

    def __hash__(self) -> int:
        return hash((self.place, self.value))

    @property
    def place(self) -> EdgePlace | NeuronPlace:
        """Where the parameter belongs: an edge, or a bias's neuron."""
        if self.source is None:
            return NeuronPlace(self.layer + 1, self.unit)
        return EdgePlace(self.layer, self.source, self.unit)

    @property
    def index(self) -> int:
        """Index of the parameter in ``network.flatten()``."""
        if self.source is None:
            return self.network.index_of(self.layer, "biases", (self.unit,))
        return self.network.index_of(self.layer, "weights", (self.unit, self.source))

    @property
    def parameter(self) -> float:
        """The weight or bias itself."""
        return float(self.network.flatten()[self.index])

    @cached_property
    def cost_of_nudge(self) -> Callable[[float], float]:
        """The cost as a function of the parameter's change."""
        return cost_of_nudge(self.network, self.x, self.y, self.index)

    @property
    def zero(self) -> Zero | None:
        """Why the derivative is 0, where it is because a factor is; else None."""
        found = next((k for k, factor in enumerate(self.factors) if factor.value == 0), None)
        if found is None:
            return None
        factor = self.factors[found]
        if found == 0:
            is_input = factor.place.layer == 0
            return Zero("input_is_zero" if is_input else "neuron_is_zero", factor.place)
        if isinstance(factor.place, EdgePlace):
            return Zero("weight_is_zero", factor.place)
        if factor.of.text.startswith("a"):
            return Zero("neuron_is_flat", factor.place)
        return Zero("neuron_has_no_effect" if factor.terms else "output_is_right", factor.place)

    # What each neuron and each edge on the way carries

    @cached_property
    def neuron_flows(self) -> dict[int, FloatArray]:
        """The part of the derivative that goes through each neuron downstream.

        From the layer's number, counted from the input, to dz_k/dw dC/dz_k of its neurons, shape
        (n,): from the parameter's own layer to the output. Each layer's sum is the derivative.
        """
        return {layer: dz * self._dc_dz(layer) for layer, (dz, _) in self._tangents.items()}

    @cached_property
    def edge_flows(self) -> dict[int, FloatArray]:
        """The part of the derivative that goes along each edge downstream.

        From the number of the layer that the edges leave to da_i/dw w_ki dC/dz_k, shape (n_out,
        n_in) like the weights. Each sum is the derivative.
        """
        return {
            layer: self._dc_dz(layer + 1)[:, None] * self.network.weights[layer] * da
            for layer, (_, da) in self._tangents.items()
            if layer < len(self.network.layers)
        }

    @cached_property
    def _tangents(self) -> dict[int, tuple[FloatArray, FloatArray]]:
        """dz/dw and da/dw of the layers downstream."""
        layer = self.layer + 1
        dz = np.zeros(self.network.sizes[layer])
        dz[self.unit] = self.factors[0].value
        tangents = {}
        while True:
            # An output activation may mix its neurons, but nothing comes after it.
            slopes = np.ones_like(dz) if self._mixes(layer) else self._slopes(layer)
            tangents[layer] = (dz, slopes * dz)
            if layer == len(self.network.layers):
                return tangents
            dz = self.network.weights[layer] @ (slopes * dz)
            layer += 1

    # The chain

    def _chain(self) -> tuple[Factor, ...]:
        layer, z = self.layer + 1, self._z_name(self.layer + 1, self.unit)
        if self.source is None:
            place: NeuronPlace | EdgePlace = NeuronPlace(layer, self.unit)
            first = Factor(z, self.symbol, None, 1.0, place)
        else:
            into = self._a_name(self.layer, self.source)
            value = float(self._a(self.layer)[self.source])
            first = Factor(z, self.symbol, into, value, NeuronPlace(self.layer, self.source))
        return (first, *self._after_z(layer, self.unit, in_one_product=True))

    def _after_z(self, layer: int, k: int, in_one_product: bool) -> tuple[Factor, ...]:
        """Return the factors of dC/dz_k; layers of one neuron may go on in the same product."""
        place, c, z = NeuronPlace(layer, k), Symbol("C", "C"), self._z_name(layer, k)
        is_output = layer == len(self.network.layers)
        dc_dz = float(self._dc_dz(layer)[k])
        if is_output and self._form.error is not None:
            return (Factor(c, z, self._error_name(layer, k), dc_dz, place),)
        if self._mixes(layer):
            return (Factor(c, z, None, dc_dz, place, self._over_outputs(layer, k)),)
        a = self._a_name(layer, k)
        da_dz = Factor(a, z, self._slope_name(layer, k), float(self._slopes(layer)[k]), place)
        dc_da = float(self._dc_da(layer)[k])
        if is_output:
            return (da_dz, Factor(c, a, self._gradient_name(layer, k), dc_da, place))
        if in_one_product and self.network.sizes[layer + 1] == 1:
            return (da_dz, *self._through(layer, k, 0, in_one_product))
        return (da_dz, Factor(c, a, None, dc_da, place, self._over_next(layer, k)))

    def _through(
        self, layer: int, k: int, m: int, in_one_product: bool = False
    ) -> tuple[Factor, ...]:
        """Return the factors from a_k of a layer to the cost by way of neuron m of the next."""
        w = self._w_name(layer + 1, m, k)
        weight = float(self.network.weights[layer][m, k])
        z, a = self._z_name(layer + 1, m), self._a_name(layer, k)
        return (
            Factor(z, a, w, weight, EdgePlace(layer, k, m)),
            *self._after_z(layer + 1, m, in_one_product),
        )

    def _over_next(self, layer: int, k: int) -> Sum:
        return Sum(
            self.network.sizes[layer + 1],
            lambda m: Term(self._through(layer, k, m), NeuronPlace(layer + 1, m)),
        )

    def _over_outputs(self, layer: int, k: int) -> Sum:
        """Return dC/dz_k as the sum of da_m/dz_k dC/da_m."""
        n, z_k = self.network.sizes[layer], self._z_name(layer, k)
        z, a = (np.broadcast_to(v, (n, n)) for v in (self._z(layer), self._a(layer)))
        # Row m is the pullback of a_m alone.
        slopes = self._activation(layer).pullback(z, a, np.eye(n))[:, k]

        def term(m: int) -> Term:
            a_m, place = self._a_name(layer, m), NeuronPlace(layer, m)
            slope, gradient = float(slopes[m]), float(self._dc_da(layer)[m])
            name = self._gradient_name(layer, m)
            return Term(
                (
                    Factor(a_m, z_k, self._softmax_slope_name(layer, m, k), slope, place),
                    Factor(Symbol("C", "C"), a_m, name, gradient, place),
                ),
                place,
            )

        return Sum(n, term)

    # Names

    def _index(self, layer: int, unit: int) -> int | None:
        return unit if self.network.sizes[layer] > 1 else None

    def _w_name(self, layer: int, unit: int, source: int) -> Symbol:
        # Where there is a neuron 10, w_10 would be two things.
        comma = "," if max(self.network.sizes[layer - 1 : layer + 1]) > 10 else ""
        units = self._index(layer, unit), self._index(layer - 1, source)
        return indexed("w", layer, *units, comma=comma)

    def _a_name(self, layer: int, unit: int) -> Symbol:
        return indexed("a", layer, self._index(layer, unit))

    def _z_name(self, layer: int, unit: int) -> Symbol:
        return indexed("z", layer, self._index(layer, unit))

    def _y_name(self, unit: int) -> Symbol:
        index = self._index(len(self.network.layers), unit)
        return indexed("y", None, index)

    def _slope_name(self, layer: int, k: int) -> Symbol:
        tex, text = self._activation(layer).derivative
        z = self._z_name(layer, k)
        return Symbol(rf"{tex}({z.tex})", f"{text}({z.text})")

    def _softmax_slope_name(self, layer: int, m: int, k: int) -> Symbol | None:
        if self._activation(layer).name != "softmax" or isinstance(m, Summed):
            return None
        a_m, a_k = self._a_name(layer, m), self._a_name(layer, k)
        if m == k:
            return Symbol(rf"{a_k.tex}(1-{a_k.tex})", f"{a_k.text}(1 − {a_k.text})")
        return Symbol(rf"-{a_m.tex}{a_k.tex}", f"−{a_m.text}{a_k.text}")

    def _gradient_name(self, layer: int, k: int) -> Symbol | None:
        if self.network.cost_function.name != "quadratic":
            return None
        a, y = self._a_name(layer, k), self._y_name(k)
        return Symbol(rf"2({a.tex}-{y.tex})", f"2({a.text} − {y.text})")

    def _error_name(self, layer: int, k: int) -> Symbol | None:
        if self.network.cost_function.name != "cross-entropy":
            return None
        a, y = self._a_name(layer, k), self._y_name(k)
        if self._activation(layer).name == "softmax" and not math.isclose(self.y.sum(), 1.0):
            return Symbol(rf"{a.tex}\textstyle\sum y-{y.tex}", f"{a.text} Σy − {y.text}")
        return Symbol(rf"{a.tex}-{y.tex}", f"{a.text} − {y.text}")

    # Inside

    # Counted as the layers are on screen: the input is 0, and has no z.

    def _a(self, layer: int) -> FloatArray:
        return self._forward.activations[layer]

    def _z(self, layer: int) -> FloatArray:
        return self._forward.zs[layer - 1]

    def _dc_da(self, layer: int) -> FloatArray:
        return self._backward.activation_gradients[layer]

    def _dc_dz(self, layer: int) -> FloatArray:
        return self._backward.errors[layer - 1]

    @property
    def _form(self) -> CostForm:
        return self.network.cost_form

    def _activation(self, layer: int) -> Activation:
        return self.network.activations[layer - 1]

    def _mixes(self, layer: int) -> bool:
        """Return whether each activation depends on all weighted inputs, as softmax's do."""
        return self._activation(layer).axis is not None

    def _slopes(self, layer: int) -> FloatArray:
        """da/dz of each neuron of a layer whose activation takes them one by one."""
        z, a = self._z(layer)[np.newaxis], self._a(layer)[np.newaxis]
        slopes: FloatArray = self._activation(layer).pullback(z, a, np.ones_like(a))[0]
        return slopes

    @staticmethod
    def _check(network: Network, layer: int, i: int | None, j: int, x: npt.ArrayLike) -> None:
        check_dense(network)
        count = len(network.layers)
        if not 0 <= layer < count:
            raise NetworkError(
                f"there is no layer {layer} of weights: they go from 0 to {count - 1}"
            )
        n_in, n_out = network.sizes[layer : layer + 2]
        if not 0 <= j < n_out or (i is not None and not 0 <= i < n_in):
            what = f"bias of neuron {j}" if i is None else f"weight from neuron {i} to {j}"
            raise NetworkError(
                f"layers[{layer}] has no {what}: it has {n_in} inputs and {n_out} neurons, "
                "counted from 0"
            )
        check_one_example(network.graph, dict.fromkeys(network.inputs, np.asarray(x)))


def check_dense(network: Network) -> None:
    """Check that all layers of a network are dense.

    Raises
    ------
    NetworkError
        If another layer is not; the message names the first.
    """
    others = [k for k, part in enumerate(network.layers) if not isinstance(part, Dense)]
    if not others and (not network.is_chain or len(network.input_shape) > 1):
        raise NetworkError(
            "the chain rule is taken apart for a chain of dense layers that takes a vector, not "
            f"for {network!r}"
        )
    if others:
        rest = others[-1] + 1
        hint = (
            f": explain a weight of the part that is dense, network[{rest}:]"
            if rest < len(network.layers) and network.is_chain
            else ""
        )
        raise NetworkError(
            f"the chain rule is taken apart for dense layers alone, and layers[{others[0]}] "
            f"is a {network.layers[others[0]].kind}{hint}"
        )
    mixing = [k for k, one in enumerate(network.activations[:-1]) if one.axis is not None]
    if mixing:
        raise NetworkError(
            "the chain rule is taken apart where hidden activations take every neuron on its own, "
            f"and layers[{mixing[0]}] has a softmax"
        )
