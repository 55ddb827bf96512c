"""Layers as a graph of named nodes: which takes what, and what shapes that gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from nnviz.network._checks import check_shape, located
from nnviz.network._named import Named
from nnviz.network._types import NetworkError, Shape
from nnviz.network.layers import Layer

__all__ = ["Graph", "Node", "Step", "chain", "kind_of", "needed", "usual_names"]

#: What a chain's input is called.
INPUT = "x"
#: Names of nodes: words with dots between them, which make blocks.
_NAME = re.compile(r"[^\W\d]\w*(\.\w+)*")


class Node(NamedTuple):
    """One step of a network's computation.

    Attributes
    ----------
    layer
        What is computed. The same layer, the very object, at two nodes shares its parameters.
    inputs
        Names of the nodes, or of the network's inputs, that it takes, in the layer's order.
    """

    layer: Layer
    inputs: tuple[str, ...]


class Step(NamedTuple):
    """A node by numbers: its layer, and where among all values its inputs stand."""

    layer: Layer
    sources: tuple[int, ...]


class Graph:
    """Nodes in an order in which they can be computed, and the shapes that follow.

    Parameters
    ----------
    inputs : mapping from str to int or sequence of int
        From name to shape of one example.
    nodes : mapping from str to Node or (Layer, sequence of str)
        From name to `Node` or a pair (layer, names of inputs). Each takes inputs and nodes before.
    output : str
        Name of the node whose activations are the network's output.

    Attributes
    ----------
    inputs, nodes, output
        As given, checked; the mappings are read-only.
    shapes : Named
        Shapes of one example's values: the inputs, then every node.
    steps : tuple of Step
        The nodes by numbers.
    layers : tuple of Layer
        One per node.
    owners : tuple of Layer
        The layers whose parameters there are: as `layers`, but one that several nodes share stands
        here once, where it is used first.
    owner_of : tuple of int
        For every node the place of its layer in `owners`.

    Raises
    ------
    NetworkError
        If a name is missing or wrong, or a layer does not fit what it takes.
    """

    def __init__(
        self,
        inputs: Mapping[str, int | Sequence[int]],
        nodes: Mapping[str, Node | tuple[Layer, Sequence[str]]],
        output: str,
    ) -> None:
        if not inputs:
            raise NetworkError("a network needs at least one input")
        if not nodes:
            raise NetworkError("a network needs at least one layer")
        checked = {name: _node(name, node) for name, node in nodes.items()}
        for name in (*inputs, *checked):
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise NetworkError(
                    f"{name!r} is no name: names are words of letters, digits and _, with dots "
                    "between words"
                )
        both = set(inputs) & set(checked)
        if both:
            raise NetworkError(f"{min(both)!r} is the name of an input and of a node")
        shapes = {
            name: check_shape(shape, "input_shape" if len(inputs) == 1 else f"inputs[{name!r}]")
            for name, shape in inputs.items()
        }
        self.inputs: Final[Mapping[str, Shape]] = MappingProxyType(dict(shapes))
        self.nodes: Final[Mapping[str, Node]] = MappingProxyType(checked)
        if output not in checked:
            raise NetworkError(f"the output {output!r} is no node; there are {', '.join(checked)}")
        self.output: Final = output
        self.layers: Final = tuple(node.layer for node in checked.values())
        places = {name: k for k, name in enumerate((*inputs, *checked))}
        self._places: Final = {name: k for k, name in enumerate(checked)}
        #: Whether the nodes are called by kind and number.
        self._is_numbered: Final = list(checked) == usual_names(self.layers)
        steps = []
        for i, (name, (layer, sources)) in enumerate(checked.items()):
            with located(i if self._is_numbered else self._called(name), layer.kind):
                for source in sources:
                    if source not in shapes:
                        raise NetworkError(_missing(name, source, places))
                _check_count(layer, sources)
                of_inputs = [shapes[source] for source in sources]
                shapes[name] = layer.output_shape(*of_inputs)
                if layer.activation.axis is not None and len(shapes[name]) < -layer.activation.axis:
                    raise NetworkError(
                        f"{layer.activation.name} runs along axis {layer.activation.axis}, which "
                        f"values of shape {shapes[name]} do not have"
                    )
            steps.append(Step(layer, tuple(places[source] for source in sources)))
        self.steps: Final = tuple(steps)
        self.shapes: Final = Named(shapes.values(), shapes)
        self._check_integers()
        owners: list[Layer] = []
        numbers: dict[int, int] = {}
        owner_of = []
        for layer in self.layers:
            shared = layer.parameter_names or layer.statistic_names
            if not (shared and id(layer) in numbers):
                numbers[id(layer)] = len(owners)
                owners.append(layer)
            owner_of.append(numbers[id(layer)])
        self.owners: Final = tuple(owners)
        self.owner_of: Final = tuple(owner_of)

    # --- what it is

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__:
            raise AttributeError(f"a graph is a value: nothing changes its {name}")
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return Graph, (dict(self.inputs), dict(self.nodes), self.output)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return (
            self.shapes == other.shapes
            and self.shapes.names == other.shapes.names
            and self.output == other.output
            and self.owner_of == other.owner_of
            and [node.inputs for node in self.nodes.values()]
            == [node.inputs for node in other.nodes.values()]
            and self.owners == other.owners
        )

    def __hash__(self) -> int:
        return hash((self.owners, self.shapes))

    @cached_property
    def output_index(self) -> int:
        """Place of the output among the nodes."""
        return self._places[self.output]

    @cached_property
    def is_chain(self) -> bool:
        """Whether every node takes the one before and nothing else, and none share parameters."""
        return (
            len(self.inputs) == 1
            and all(step.sources == (k,) for k, step in enumerate(self.steps))
            and self.output_index == len(self.steps) - 1
            and len(self.owners) == len(self.layers)
        )

    @cached_property
    def has_usual_names(self) -> bool:
        """Whether it is a chain whose names are those that `chain` gives."""
        return self.is_chain and self._is_numbered and self.shapes.names[0] == INPUT

    @cached_property
    def integer_inputs(self) -> Mapping[str, int]:
        """Inputs that take integers, and the number that these must lie below."""
        limits: dict[str, int] = {}
        for layer, sources in self.steps:
            for source in sources:
                name = self.shapes.names[source]
                limit = layer.integers_below(self.shapes[source])
                if limit is not None and name in self.inputs:
                    limits[name] = min(limit, limits.get(name, limit))
        return limits

    def node_index(self, node: int | str) -> int:
        """Return the place of a node among the nodes, by its name or by that place itself.

        Raises
        ------
        NetworkError
            If there is none.
        """
        if isinstance(node, str):
            if node not in self.nodes:
                raise NetworkError(f"there is no node {node!r}; there are {', '.join(self.nodes)}")
            return self._places[node]
        count = len(self.nodes)
        if not -count <= node < count:
            raise NetworkError(f"no layers[{node}]: there are {count}")
        return node % count

    def block(self, name: str) -> tuple[str, ...]:
        """Return the names of a node, or of all nodes of a block.

        Raises
        ------
        NetworkError
            If there is neither.
        """
        found = tuple(one for one in self.nodes if one == name or one.startswith(f"{name}."))
        if not found:
            raise NetworkError(
                f"there is no node and no block {name!r}; the nodes are {', '.join(self.nodes)}"
            )
        return found

    # --- other graphs

    def with_layers(self, owners: Sequence[Layer]) -> Graph:
        """Make a graph of layers that differ in the numbers of their arrays alone.

        They are given in the order of `owners`: sharing stays, and so does all that has been
        checked.
        """
        layers = tuple(owners[owner] for owner in self.owner_of)
        old = self.nodes.items()
        graph = object.__new__(Graph)
        graph.__dict__.update(self.__dict__)
        graph.__dict__.update(
            owners=tuple(owners),
            layers=layers,
            nodes=MappingProxyType(
                {k: Node(new, node.inputs) for (k, node), new in zip(old, layers, strict=True)}
            ),
            steps=tuple(
                Step(new, step.sources) for step, new in zip(self.steps, layers, strict=True)
            ),
        )
        return graph

    def with_row(self, layers: Sequence[Layer]) -> Graph:
        """Make a graph of other layers: one per node, or any row if names are the usual ones."""
        if self.has_usual_names:
            return chain(layers, self.shapes[0])
        if len(layers) != len(self.nodes):
            raise NetworkError(f"{len(layers)} layers for {len(self.nodes)} nodes: give the nodes")
        nodes = {
            name: Node(layer, node.inputs)
            for (name, node), layer in zip(self.nodes.items(), layers, strict=True)
        }
        return Graph(self.inputs, nodes, self.output)

    def with_inputs(self, shapes: int | Sequence[int] | Mapping[str, int | Sequence[int]]) -> Graph:
        """Make a graph for inputs of other shapes: see `Network.with_inputs`."""
        names = ", ".join(self.inputs)
        if not isinstance(shapes, Mapping):
            if len(self.inputs) > 1:
                raise NetworkError(f"give shapes by name, a mapping of {names}")
            shapes = {names: shapes}
        for name in set(shapes).difference(self.inputs):
            raise NetworkError(f"there is no input {name!r}; there are {names}")
        return Graph({**self.inputs, **shapes}, self.nodes, self.output)

    def cut(self, part: slice) -> Graph:
        """Make a graph of consecutive layers of a chain."""
        if not isinstance(part, slice):
            raise TypeError(f"a network is cut by a slice: for one layer ask for layers[{part}]")
        if not self.is_chain:
            raise NetworkError("only a chain is cut by numbers: see Network.after")
        start, _, step = part.indices(len(self.layers))
        if step != 1:
            raise NetworkError(f"consecutive layers make a network, not every {step}.")
        if self.has_usual_names:
            return chain(self.layers[part], self.shapes[start])
        kept = dict(list(self.nodes.items())[part])
        if not kept:
            raise NetworkError("a network needs at least one layer")
        return self.part(kept, next(reversed(kept)))

    def after(self, names: Iterable[str]) -> Graph:
        """Make a graph of the nodes that depend on some values; all else they take is an input."""
        known = set(names)
        for name in known.difference(self.shapes.names):
            raise NetworkError(f"there is no {name!r}; there are {', '.join(self.shapes.names)}")
        kept = self._from(known, included=False)
        if self.output not in kept:
            raise NetworkError(
                f"the output {self.output!r} does not depend on {' and '.join(sorted(known))}"
            )
        return self.part(kept, self.output)

    def beginning_with(self, names: Iterable[str]) -> Graph | None:
        """Make a graph of some nodes and all that depend on them; None if the output does not."""
        kept = self._from(names, included=True)
        return self.part(kept, self.output) if self.output in kept else None

    def part(self, kept: Mapping[str, Node], output: str) -> Graph:
        """Make a graph of some of the nodes, where all else that they take is an input."""
        needed = {
            source: self.shapes[source]
            for node in kept.values()
            for source in node.inputs
            if source not in kept
        }
        ordered = {name: shape for name, shape in self.shapes.items() if name in needed}
        return Graph(ordered, kept, output)

    # --- what depends on what

    @cached_property
    def leads_to_parameters(self) -> tuple[bool, ...]:
        """For every value whether it depends on a node that has parameters."""
        has_parameters = [bool(layer.parameter_names) for layer in self.layers]
        return tuple(needed(self.steps, len(self.inputs), has_parameters.__getitem__))

    def depends(self, value: int, on: int) -> bool:
        """Return whether a value depends on another, both by their places among all values."""
        return bool(self._ancestors[value] >> on & 1)

    @cached_property
    def _ancestors(self) -> tuple[int, ...]:
        """For every value those that it depends on, as the bits of a number, which is small."""
        found = [0] * len(self.inputs)
        for step in self.steps:
            bits = 0
            for source in step.sources:
                bits |= found[source] | 1 << source
            found.append(bits)
        return tuple(found)

    def _from(self, names: Iterable[str], *, included: bool) -> dict[str, Node]:
        """Return the nodes that depend on some values, and these themselves if included."""
        first = set(names)
        bits = sum(1 << k for k, name in enumerate(self.shapes.names) if name in first)
        return {
            name: node
            for k, (name, node) in enumerate(self.nodes.items(), start=len(self.inputs))
            if (included if name in first else self._ancestors[k] & bits)
        }

    # --- inside

    def place_of(self, node: int) -> str:
        """Return what errors call a node: its number where its name says no more, or its name."""
        return f"layers[{node}]" if self._is_numbered else self._called(list(self.nodes)[node])

    @staticmethod
    def _called(name: str) -> str:
        return f"nodes[{name!r}]"

    def _check_integers(self) -> None:
        for layer, sources in self.steps:
            for source in sources:
                name = self.shapes.names[source]
                if (
                    name in self.integer_inputs
                    and layer.integers_below(self.shapes[source]) is None
                ):
                    raise NetworkError(
                        f"the input {name!r} is integers to one layer and numbers to another, "
                        f"{layer.kind}: make it two inputs"
                    )


def chain(layers: Iterable[Layer], input_shape: int | Sequence[int] | None) -> Graph:
    """Make the graph of layers in a row, named by kind and number: "dense1", "conv1"...

    Parameters
    ----------
    layers : iterable of Layer
        At least one.
    input_shape : int, sequence of int or None
        Shape of one example; None where the first layer's parameters say it.
    """
    row = tuple(layers)
    if not row:
        raise NetworkError("a network needs at least one layer")
    for i, layer in enumerate(row):
        if not isinstance(layer, Layer):
            raise NetworkError(
                f"layers[{i}] is a {type(layer).__name__}, not a Layer: for arrays of weights "
                "and biases there is Network.dense"
            )
    if input_shape is None:
        if row[0].input_shape is None:
            raise NetworkError(
                f"input_shape is needed where the first layer, {row[0].kind}, does not say it: "
                "(channels, height, width), or (n,) for vectors"
            )
        input_shape = row[0].input_shape
    names = usual_names(row)
    nodes = {
        name: Node(layer, (before,))
        for name, layer, before in zip(names, row, [INPUT, *names], strict=False)
    }
    return Graph({INPUT: input_shape}, nodes, names[-1])


def needed(steps: Sequence[Step], n_inputs: int, is_start: Callable[[int], bool]) -> list[bool]:
    """Return for the inputs and every node whether it depends on a node that `is_start` names.

    The dC/da of these, and no others, lead back to the derivatives of such nodes' parameters.
    """
    found = [False] * n_inputs
    for k, step in enumerate(steps):
        found.append(is_start(k) or any(map(found.__getitem__, step.sources)))
    return found


def usual_names(layers: Sequence[Layer]) -> list[str]:
    """Name layers by kind and number."""
    counts: dict[str, int] = {}
    names = []
    for layer in layers:
        kind = kind_of(layer.kind)
        counts[kind] = counts.get(kind, 0) + 1
        names.append(f"{kind}{counts[kind]}")
    return names


@cache
def kind_of(name: str) -> str:
    """Return what nodes of a layer of this name are called, before their number."""
    return re.sub(r"_?[1-3]d$", "", name)


def _node(name: str, node: Node | tuple[Layer, Sequence[str]]) -> Node:
    if not isinstance(node, tuple) or len(node) != 2 or not isinstance(node[0], Layer):
        raise NetworkError(
            f"nodes[{name!r}] must be a Node, a layer and the names of what it takes, not {node!r}"
        )
    layer, sources = node
    return Node(layer, (sources,) if isinstance(sources, str) else tuple(sources))


def _check_count(layer: Layer, sources: Sequence[str]) -> None:
    wanted = layer.n_inputs
    if wanted is None and sources:
        return
    if wanted != len(sources):
        many = "one input or more" if wanted is None else f"{wanted} input(s)"
        raise NetworkError(f"takes {many}, not {len(sources)}: {', '.join(sources) or 'none'}")


def _missing(name: str, source: str, known: Mapping[str, int]) -> str:
    if source in known:
        return f"takes {source!r}, which comes after it: put the nodes in order"
    return f"takes {source!r}, which does not exist; there are {', '.join(known)}"
