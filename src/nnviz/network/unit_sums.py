"""What one unit computes, number by number: inputs times weights, their sum, the activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, IntArray, NetworkError, Shape
from nnviz.network.activations import Activation
from nnviz.network.examples import check_one_example
from nnviz.network.layer_terms import AS_IT_IS, MOVING, TERMS, Kind, Place, terms_of
from nnviz.network.network import Network

__all__ = ["UnitSum", "UnitSums", "UnitTerm", "ValuePlace", "unit_sum"]


class ValuePlace(NamedTuple):
    """Place of a number: its node or input, and its index there."""

    node: str
    unit: tuple[int, ...]


class UnitTerm(NamedTuple):
    """One product of a unit's sum.

    Attributes
    ----------
    place
        Where the input comes from: among what the unit's node takes. None in the padding.
    origin
        Where it has been computed: as `place`, but seen through layers that only move numbers,
        such as Flatten, SplitHeads and Concatenate.
    input
        The input's value; 0 in the padding.
    weight
        Weight of the input.
    weight_place
        Where the weight comes from, if it is computed too, as a key is; None for a parameter.
    """

    place: ValuePlace | None
    origin: ValuePlace | None
    input: float
    weight: float
    weight_place: ValuePlace | None = None

    @property
    def product(self) -> float:
        """Input times weight."""
        return self.input * self.weight


@dataclass(frozen=True)
class UnitSum:
    """The way from what comes into a unit to its activation.

    ``z = factor * (sum of the products) + bias``, and ``a = activation(z)``.

    Attributes
    ----------
    node, unit
        The unit's node, and its index in the node's output.
    summed_in
        The node in which the products are added up: `node` itself, or the one before, where `node`
        only applies a function or a mask to it, as the pattern of an attention does to the scores.
    terms
        The products. Those of a window are in the order of `shape`.
    shape
        Shape of the terms: (n,), or (channels, rows, columns) of a window.
    kind
        "sum"; "mean", where all weights are 1 and `factor` is one over how many count; "maximum",
        where the weight of the largest is 1, and of the others 0.
    factor
        What the sum of the products is multiplied by; 1 but for means and scores.
    bias
        Bias of the unit; None where the layer has none.
    z, a
        Weighted input and activation, as the forward pass has them. Where a mask hides the unit,
        z is -inf.
    activation
        The activation function.
    row
        All the z over which the activation function runs, if it is a softmax; empty otherwise.
    position
        Where in `row` the unit stands.
    """

    node: str
    unit: tuple[int, ...]
    summed_in: str
    terms: tuple[UnitTerm, ...]
    shape: Shape
    kind: Kind
    factor: float
    bias: float | None
    z: float
    a: float
    activation: Activation
    row: tuple[float, ...] = ()
    position: int = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self  # a value

    @property
    def total(self) -> float:
        """The sum of the products."""
        return float(self.products.sum())

    @property
    def score(self) -> float:
        """The weighted input before a mask: `factor` times `total`, plus the bias."""
        return self.factor * self.total + (self.bias or 0.0)

    @property
    def is_masked(self) -> bool:
        """Whether a mask hides the unit."""
        return bool(np.isneginf(self.z) and np.isfinite(self.score))

    @cached_property
    def inputs(self) -> FloatArray:
        """The inputs, of shape `shape`; 0 in the padding."""
        return np.array([term.input for term in self.terms], dtype=float).reshape(self.shape)

    @cached_property
    def weights(self) -> FloatArray:
        """The weights, of shape `shape`."""
        return np.array([term.weight for term in self.terms], dtype=float).reshape(self.shape)

    @cached_property
    def products(self) -> FloatArray:
        """The products, of shape `shape`."""
        products: FloatArray = self.inputs * self.weights
        return products

    @cached_property
    def is_inside(self) -> npt.NDArray[np.bool_]:
        """Which terms do not lie in the padding, of shape `shape`."""
        return np.array([term.place is not None for term in self.terms]).reshape(self.shape)

    def largest(self, count: int) -> tuple[tuple[UnitTerm, ...], float]:
        """Return the terms of the largest products, and the sum of all other products.

        Equal products keep their order; padding comes last.

        Parameters
        ----------
        count : int
            How many at most.

        Raises
        ------
        ValueError
            If it is not positive.
        """
        if count < 1:
            raise ValueError(f"a number of terms is positive, not {count}")
        sizes = np.where(self.is_inside, np.abs(self.products), -1.0).ravel()
        order = np.argsort(-sizes, kind="stable")
        rest = self.products.ravel()[order[count:]].sum()
        return tuple(self.terms[k] for k in order[:count]), float(rest)


def unit_sum(
    network: Network,
    node: str | int,
    unit: int | Sequence[int],
    x: npt.ArrayLike | Mapping[str, npt.ArrayLike],
) -> UnitSum:
    """Return what one unit computes: inputs times weights, sum, bias, activation.

    Parameters
    ----------
    network : Network
        Any.
    node : str or int
        Name of the unit's node, or its place in ``network.layers``.
    unit : int or sequence of int
        Index of the unit in what the node gives: a neuron's number, (token, feature), (channel,
        row, column) in a map, or (query, key) in an attention pattern, after the head if there
        are several.
    x : array_like or mapping from str to array_like
        One input, as `Network.forward_pass` takes it.

    Raises
    ------
    NetworkError
        If there is no such node or unit, the input does not fit, or the layer is of a kind whose
        units are not sums, such as batch normalisation.

    Examples
    --------
    >>> from nnviz.network import Network, unit_sum
    >>> network = Network.dense([[[2.0, -1.0]]], [[0.5]])
    >>> found = unit_sum(network, "dense1", 0, [1.0, 3.0])
    >>> [term.product for term in found.terms], found.bias, found.z
    ([2.0, -3.0], 0.5, -0.5)
    """
    return UnitSums(network, x).of(node, unit)


class UnitSums:
    """What the units of a network compute for one input.

    It is `unit_sum` of one forward pass, for several units.

    Parameters
    ----------
    network : Network
        As for `unit_sum`.
    x : array_like or mapping from str to array_like
        As for `unit_sum`.

    Raises
    ------
    NetworkError
        If the input does not fit, or is a batch.
    """

    def __init__(self, network: Network, x: npt.ArrayLike | Mapping[str, npt.ArrayLike]) -> None:
        self.network: Final = network
        self.forward: Final = network.forward_pass(x)
        check_one_example(network.graph, self.forward)
        sizes = [prod(shape) for shape in network.shapes]
        self._starts: Final[IntArray] = np.cumsum([0, *sizes])
        self._numbered: Final[dict[str, IntArray]] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self  # nothing changes it

    def of(self, node: str | int, unit: int | Sequence[int]) -> UnitSum:
        """Return what one unit computes: see `unit_sum`."""
        network, graph = self.network, self.network.graph
        if isinstance(node, str) and node in network.inputs:
            raise NetworkError(f"{node!r} is an input: nothing is summed up there")
        name = list(network.nodes)[graph.node_index(node)]
        index = self._checked(name, unit)
        inside = self._summed_in(name, index)
        layer, sources = network.nodes[inside]
        parts = terms_of(layer)(layer, index, *(self.forward[source] for source in sources))
        terms = tuple(
            self._term(sources, place, float(weight), found)
            for place, weight, found in zip(
                parts.places,
                np.ravel(parts.weights),
                parts.weight_places or (None,) * len(parts.places),
                strict=True,
            )
        )
        activation, zs = network.nodes[name].layer.activation, self.forward.zs[name]
        row, position = _row(zs, index, activation)
        return UnitSum(
            node=name,
            unit=index,
            summed_in=inside,
            terms=terms,
            shape=parts.shape or (len(terms),),
            kind=parts.kind,
            factor=parts.factor,
            bias=None if parts.bias is None else float(parts.bias),
            z=float(zs[index]),
            a=float(self.forward[name][index]),
            activation=activation,
            row=row,
            position=position,
        )

    def _checked(self, name: str, unit: int | Sequence[int]) -> tuple[int, ...]:
        shape = self.network.shapes[name]
        given: Any = unit if np.ndim(unit) else [unit]
        if np.ndim(given) != 1 or not all(isinstance(k, int | np.integer) for k in given):
            raise NetworkError(f"a unit is an integer or a tuple of them, not {unit!r}")
        index = tuple(map(int, given))
        if len(index) != len(shape) or not all(
            0 <= k < n for k, n in zip(index, shape, strict=True)
        ):
            ends = ", ".join(str(n - 1) for n in shape)
            raise NetworkError(
                f"{name} has no unit {unit}: its units are counted from 0 to "
                f"{ends if len(shape) == 1 else f'({ends})'}"
            )
        return index

    def _summed_in(self, name: str, unit: tuple[int, ...]) -> str:
        """Return where a unit's products are added up: before functions and masks of their own."""
        layer, sources = self.network.nodes[name]
        if not isinstance(layer, AS_IT_IS):
            return name
        before = self.network.nodes.get(sources[0])
        if before is None or before.layer.activation.name != "identity":
            return name
        if not isinstance(before.layer, (*TERMS, *AS_IT_IS)):
            return name
        return self._summed_in(sources[0], unit)

    def _term(
        self,
        sources: Sequence[str],
        place: Place | None,
        weight: float,
        weight_place: Place | None,
    ) -> UnitTerm:
        if place is None:
            return UnitTerm(None, None, 0.0, weight)
        at = ValuePlace(sources[place[0]], place[1])
        value = float(self.forward[at.node][at.unit])
        found = None
        if weight_place is not None:
            found = ValuePlace(sources[weight_place[0]], weight_place[1])
        return UnitTerm(at, self._origin(at), value, weight, found)

    # Where numbers were before layers moved them: every number of the pass has a number of its own,
    # which goes through those layers in its place.

    def _origin(self, place: ValuePlace) -> ValuePlace:
        number = int(self._numbers(place.node)[place.unit])
        k = int(np.searchsorted(self._starts, number, side="right")) - 1
        shape = self.network.shapes[k]
        index = np.unravel_index(number - self._starts[k], shape)
        return ValuePlace(self.network.shapes.names[k], tuple(int(i) for i in index))

    def _numbers(self, name: str) -> IntArray:
        if name not in self._numbered:
            node = self.network.nodes.get(name)
            if node is not None and isinstance(node.layer, MOVING):
                taken = [self._numbers(source).astype(float)[np.newaxis] for source in node.inputs]
                moved = node.layer.forward(*taken)[0][0].astype(np.int64)
            else:
                k = self.network.shapes.names.index(name)
                moved = np.arange(self._starts[k], self._starts[k + 1])
                moved = moved.reshape(self.network.shapes[name])
            self._numbered[name] = moved
        return self._numbered[name]


def _row(
    zs: FloatArray, unit: tuple[int, ...], activation: Activation
) -> tuple[tuple[float, ...], int]:
    """Return all the z that a softmax runs over with a unit's, and its place among them."""
    if activation.axis is None:
        return (), 0
    axis = activation.axis % zs.ndim
    row = np.moveaxis(zs, axis, -1)[unit[:axis] + unit[axis + 1 :]]
    return tuple(row.tolist()), unit[axis]
