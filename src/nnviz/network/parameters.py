"""All parameters of a network as one vector, and the way from an index there to its layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_size
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.gradient import Gradient, Label, flatten_parts, split_vector
from nnviz.network.graph import Graph

__all__ = ["ParameterPlace", "Parameters"]


class ParameterPlace(NamedTuple):
    """Where one number of a network's parameters stands.

    Attributes
    ----------
    layer
        Index into ``network.layers``; where nodes share a layer that of the first.
    name
        One of the layer's `parameter_names`, such as "weights".
    position
        Index into that array, such as (j, k) for the weight from neuron k into neuron j.
    """

    layer: int
    name: str
    position: tuple[int, ...]


class Parameters:
    """The parameters of a graph's layers, in the order of `Graph.owners`.

    Parameters
    ----------
    graph : Graph
        What they are those of.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph: Final = graph

    @cached_property
    def shapes(self) -> tuple[tuple[Shape, ...], ...]:
        """Shapes of all arrays, layer by layer."""
        return tuple(tuple(p.shape for p in layer.parameters) for layer in self._graph.owners)

    @cached_property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(p.size for layer in self._graph.owners for p in layer.parameters)

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """For every layer the names of its nodes, and of its arrays."""
        nodes: list[list[str]] = [[] for _ in self._graph.owners]
        for name, owner in zip(self._graph.nodes, self._graph.owner_of, strict=True):
            nodes[owner].append(name)
        return tuple(
            Label(tuple(names), layer.parameter_names)
            for names, layer in zip(nodes, self._graph.owners, strict=True)
        )

    def flatten(self) -> FloatArray:
        """Return all as one vector."""
        return flatten_parts(layer.parameters for layer in self._graph.owners)

    def gradient(self, parts: Iterable[Iterable[npt.ArrayLike]]) -> Gradient:
        """Make a gradient that knows the names of the nodes."""
        return Gradient(parts, self.labels)

    def with_vector(self, vector: npt.ArrayLike) -> Graph:
        """Make a graph with other parameters, from a vector in the order of `flatten`."""
        return self.with_parts(split_vector(vector, self.shapes))

    def with_parts(self, parts: Iterable[Iterable[npt.ArrayLike]]) -> Graph:
        """Make a graph with other parameters, from arrays layer by layer."""
        return self._graph.with_layers(
            [
                layer.replace(**dict(zip(layer.parameter_names, arrays, strict=True)))
                for layer, arrays in zip(self._graph.owners, parts, strict=True)
            ]
        )

    def moved(self, change: Gradient, factor: float) -> Graph:
        """Make a graph whose parameters differ by `factor` times a change."""
        if change.shapes != self.shapes:
            raise NetworkError(
                f"a gradient of shapes {change.shapes} does not fit a network of {self.shapes}"
            )
        return self.with_parts(
            [array + factor * d for array, d in zip(layer.parameters, part, strict=True)]
            for layer, part in zip(self._graph.owners, change.parts, strict=True)
        )

    def nudged(self, index: int, change: float) -> Graph:
        """Make a graph that differs in one parameter, the one at an index of `flatten`."""
        node, name, position = self.locate(index)
        owner = self._graph.owner_of[node]
        owners = list(self._graph.owners)
        array = getattr(owners[owner], name).copy()
        array[position] += change
        owners[owner] = owners[owner].replace(**{name: array})
        return self._graph.with_layers(owners)

    def locate(self, index: int) -> ParameterPlace:
        """Return which parameter stands at an index of `flatten`.

        Raises
        ------
        NetworkError
            If there are fewer parameters.
        """
        start = check_size(index, "the index of a parameter", least=0)
        for owner, layer in enumerate(self._graph.owners):
            for name, array in zip(layer.parameter_names, layer.parameters, strict=True):
                if start < array.size:
                    position = np.unravel_index(start, array.shape)
                    node = self._graph.owner_of.index(owner)
                    return ParameterPlace(node, name, tuple(map(int, position)))
                start -= array.size
        raise NetworkError(
            f"parameters are counted from 0 to {self.count - 1}, there is none {index}"
        )

    def index_of(self, layer: int | str, name: str, position: Sequence[int]) -> int:
        """Return at which index of `flatten` a parameter stands: the inverse of `locate`.

        Raises
        ------
        NetworkError
            If there is no such parameter.
        """
        owner = self._graph.owner_of[self._graph.node_index(layer)]
        called = f"layers[{layer}]" if not isinstance(layer, str) else layer
        start = sum(p.size for one in self._graph.owners[:owner] for p in one.parameters)
        found = self._graph.owners[owner]
        for known, array in zip(found.parameter_names, found.parameters, strict=True):
            if known == name:
                try:
                    return start + int(np.ravel_multi_index(tuple(position), array.shape))
                except (ValueError, TypeError):
                    raise NetworkError(
                        f"{called}.{name} has shape {array.shape}: there is nothing at {position}"
                    ) from None
            start += array.size
        raise NetworkError(f"{called} has no parameters called {name!r}")
