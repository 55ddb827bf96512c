"""Computational graphs: formulas, lines between them, and number lines of their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

from manim import DOWN, LEFT, RIGHT, Line, VGroup, VMobject

from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.equations.value_line import ValueLine
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import WHITE, stroke

__all__ = ["ComputationalGraph"]

_EDGE_BUFF = 0.1


class ComputationalGraph(ShownInNotebooks, VGroup):
    """Formulas in rows, from causes at the top to effects below, and a line for each dependence.

    Nodes and edges are found by the nodes' TeX, in copies too. A node can be given a
    number line (:meth:`add_line`); then :meth:`show_values` moves the dots.

    Parameters
    ----------
    rows : sequence of sequence of str
        TeX of the nodes, row by row from the top; rows are centred over each other.
    edges : iterable of (str, str)
        Pairs of cause and effect.
    beside : mapping from str to str, optional
        Further nodes, each with the node of whose row it stands to the left.
    row_buff, column_buff : float, optional
        Gaps between rows, and between the nodes of a row, in scene units.

    Raises
    ------
    ValueError
        If a node is there twice, or an edge names one that is not there.

    Examples
    --------
    >>> from nnviz.mobjects.equations.computational_graph import ComputationalGraph
    >>> graph = ComputationalGraph([["w", "b"], ["z"], ["a"]], [("w", "z"), ("b", "z"), ("z", "a")])
    >>> [node.tex for node in graph.path("w", "z", "a")]
    ['w', 'z', 'a']
    >>> len(graph.edges_into("z"))
    2
    """

    edges: Part[VGroup] = Part(
        0, doc="All lines between nodes, in the order in which they were given."
    )
    nodes: Part[VGroup] = Part(1, doc="All nodes: row by row, then those beside.")
    lines: Part[VGroup] = Part(2, doc="The number lines, in the order in which they were added.")

    def __init__(
        self,
        rows: Sequence[Sequence[str]],
        edges: Iterable[tuple[str, str]],
        beside: Mapping[str, str] | None = None,
        row_buff: float = 1.0,
        column_buff: float = 0.5,
    ) -> None:
        beside = beside or {}
        self._names = [*(name for row in rows for name in row), *beside]
        twice = {name for name in self._names if self._names.count(name) > 1}
        if twice:
            raise ValueError(
                f"nodes are found by name, but {', '.join(sorted(twice))} is there twice"
            )
        self._pairs = list(edges)
        self._lined: list[str] = []
        columns = [
            VGroup(*(Formula(name) for name in row)).arrange(RIGHT, buff=column_buff)
            for row in rows
        ]
        VGroup(*columns).arrange(DOWN, buff=row_buff)
        nodes = VGroup(*(node for row in columns for node in row))
        for name, neighbour in beside.items():
            node = Formula(name)
            node.next_to(nodes[self._position(neighbour)], LEFT, row_buff, aligned_edge=DOWN)
            nodes.add(node)
        lines = VGroup(
            *(
                self._edge(nodes[self._position(cause)], nodes[self._position(effect)])
                for cause, effect in self._pairs
            )
        )
        super().__init__(lines, nodes, VGroup())

    # Parts

    def node(self, name: str) -> Formula:
        """Return the node with this TeX."""
        nodes: Any = self.nodes
        found: Formula = nodes[self._position(name)]
        return found

    def edge(self, cause: str, effect: str) -> Line:
        """Return the line from a node to one that is computed from it.

        Raises
        ------
        ValueError
            If the one is not computed from the other.
        """
        if (cause, effect) not in self._pairs:
            known = ", ".join(f"{a} to {b}" for a, b in self._pairs)
            raise ValueError(f"no edge from {cause} to {effect}; the edges are {known}")
        edges: Any = self.edges
        found: Line = edges[self._pairs.index((cause, effect))]
        return found

    def edges_into(self, effect: str) -> VGroup:
        """Return the lines from the causes of a node."""
        self._position(effect)
        pairs = zip(self._pairs, self.edges, strict=True)
        return VGroup(*(line for (_, end), line in pairs if end == effect))

    def path(self, *names: str) -> VGroup:
        """Return the nodes along a chain of dependences, to flash along.

        Raises
        ------
        ValueError
            If a node is not computed from the one before.
        """
        self.edges_along(*names)
        return VGroup(*(self.node(name) for name in names))

    def edges_along(self, *names: str) -> VGroup:
        """Return the lines along a chain of dependences; errors as in :meth:`path`."""
        return VGroup(*(self.edge(cause, effect) for cause, effect in pairwise(names)))

    def subgraph(
        self, names: Sequence[str], rename: Callable[[str], str] | None = None
    ) -> ComputationalGraph:
        """Return a copy of some nodes, and of the lines that start at them.

        Parameters
        ----------
        names : sequence of str
            Which nodes.
        rename : callable, optional
            From the TeX of every node to the copy's; by default it stays. Lines may so lead
            to a node of another graph, with the name that the copy has for it.
        """
        rename = rename or (lambda name: name)
        result = self.copy()
        chosen = [i for i, pair in enumerate(self._pairs) if pair[0] in names]
        result._pairs = [
            (rename(cause), rename(effect)) for cause, effect in (self._pairs[i] for i in chosen)
        ]
        result._names = [rename(name) for name in names]
        nodes = VGroup(
            *(
                Formula(rename(name)).match_height(self.node(name)).move_to(self.node(name))
                for name in names
            )
        )
        result._lined = []
        result.submobjects = [VGroup(*(result.edges[i] for i in chosen)), nodes, VGroup()]
        return result

    # Values

    def add_line(self, name: str, line: ValueLine) -> Self:
        """Give a node its number line, which stays where it is.

        Raises
        ------
        ValueError
            If the node has one.
        """
        self._position(name)
        if name in self._lined:
            raise ValueError(f"{name} has a number line already")
        self._lined.append(name)
        self.lines.add(line)
        return self

    def line(self, name: str) -> ValueLine:
        """Return a node's number line.

        Raises
        ------
        ValueError
            If it has none.
        """
        if name not in self._lined:
            raise ValueError(f"{name} has no number line; those with one are {self._lined}")
        lines: Any = self.lines
        found: ValueLine = lines[self._lined.index(name)]
        return found

    def remove_lines(self) -> Self:
        """Take all number lines away."""
        self._lined.clear()
        self.lines.remove(*self.lines)
        return self

    @property
    def values(self) -> dict[str, float]:
        """The values under the dots, by node."""
        return {name: self.line(name).value for name in self._lined}

    def show_values(self, values: Mapping[str, float]) -> Self:
        """Move the dots to these values.

        Parameters
        ----------
        values : mapping from str to float
            By node; nodes without a number line are passed over.
        """
        for name, value in values.items():
            if name in self._lined:
                self.line(name).set_value(value)
        return self

    # Inside

    def _position(self, name: str) -> int:
        if name not in self._names:
            raise ValueError(f"no node {name}; the nodes are {', '.join(self._names)}")
        return self._names.index(name)

    @staticmethod
    def _edge(cause: VMobject, effect: VMobject) -> Line:
        return Line(
            cause.get_bottom(),
            effect.get_top(),
            buff=_EDGE_BUFF,
            color=WHITE,
            stroke_width=stroke(4),
        )
