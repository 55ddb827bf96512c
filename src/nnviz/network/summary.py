"""A network as a table of its layers, in words and for notebooks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from nnviz.network._types import Shape
from nnviz.network.layers import Dense

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["LayerSummary", "Summary", "described"]

_HEADINGS = ("layer", "output", "activation", "parameters")


@dataclass(frozen=True)
class LayerSummary:
    """One row of a `Summary`.

    Attributes
    ----------
    kind
        Name of the layer's class, or "input".
    shape
        Shape of one output.
    activation
        Name of the activation function; empty for the input, and for layers that usually have none.
    n_parameters
        How many numbers training changes; 0 where another node has them already.
    name
        Name of the node; empty for an input.
    """

    kind: str
    shape: Shape
    activation: str
    n_parameters: int
    name: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the row."""
        size = " x ".join(map(str, self.shape))
        number = "" if self.kind == "input" else f"{self.n_parameters:,}"
        return self.kind, size, self.activation, number


@dataclass(frozen=True)
class Summary:
    """What a network is made of, which prints as a table, and is one in a notebook.

    Attributes
    ----------
    layers
        The input and every layer.
    cost
        Name of the cost function.
    has_names
        Whether the nodes have names of their own, which are shown.

    Examples
    --------
    >>> from nnviz import Network
    >>> Network.random([784, 16, 10], seed=0).summary()
    layer  output  activation  parameters
    input  784
    Dense  16      sigmoid         12,560
    Dense  10      sigmoid            170
    12,730 parameters, quadratic cost
    """

    layers: tuple[LayerSummary, ...]
    cost: str
    has_names: bool = False

    @classmethod
    def of(cls, network: Network) -> Summary:
        """Summarise a network."""
        has_names = not network.graph.has_usual_names
        return cls(tuple(_rows(network)), network.cost_function.name, has_names)

    @property
    def n_parameters(self) -> int:
        """How many numbers training changes, in all layers."""
        return sum(layer.n_parameters for layer in self.layers)

    def _last_line(self) -> str:
        return f"{self.n_parameters:,} parameters, {self.cost} cost"

    def _table(self) -> list[tuple[str, ...]]:
        if not self.has_names:
            return [_HEADINGS, *(layer.cells for layer in self.layers)]
        return [("node", *_HEADINGS), *((layer.name, *layer.cells) for layer in self.layers)]

    def __repr__(self) -> str:
        rows = self._table()
        last = len(rows[0]) - 1
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if k == last else cell.ljust(width)
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, self._last_line()])

    def _repr_html_(self) -> str:
        """Return a table without colours of its own, for light and dark notebooks."""
        heading, *rows = self._table()
        last = len(heading) - 1

        def row(tag: str, cells: tuple[str, ...]) -> str:
            sides = ("right" if k == last else "left" for k in range(len(cells)))
            return "".join(
                f'<{tag} style="text-align: {side}">{escape(cell)}</{tag}>'
                for side, cell in zip(sides, cells, strict=True)
            )

        body = "".join(f"<tr>{row('td', cells)}</tr>" for cells in rows)
        return (
            f"<table><thead><tr>{row('th', heading)}</tr></thead><tbody>{body}</tbody>"
            f'<tfoot><tr><td colspan="{len(heading)}" style="text-align: left; '
            f'border-top: 1px solid currentColor">{escape(self._last_line())}</td></tr></tfoot>'
            "</table>"
        )


def _rows(network: Network) -> Iterator[LayerSummary]:
    for name, shape in network.inputs.items():
        yield LayerSummary("input" if len(network.inputs) == 1 else name, shape, "", 0)
    seen: set[int] = set()
    for (name, (layer, _)), owner in zip(
        network.nodes.items(), network.graph.owner_of, strict=True
    ):
        function = layer.activation.name
        # Most layers of other kinds have no activation function.
        worth_a_word = isinstance(layer, Dense) or function != "identity"
        number = sum(math.prod(array.shape) for array in layer.parameters)
        yield LayerSummary(
            type(layer).__name__,
            network.shapes[name],
            function if worth_a_word else "",
            0 if owner in seen else number,
            name,
        )
        seen.add(owner)


def described(network: Network) -> str:
    """Return a network in a line, as its `repr`."""
    used = (row.activation for row in network.summary().layers if row.activation)
    names = "/".join(dict.fromkeys(used)) or "identity"
    if network.graph.has_usual_names:
        what = "-".join("x".join(map(str, shape)) for shape in network.shapes)
    else:
        inputs = ", ".join(
            f"{name} {'x'.join(map(str, shape))}" for name, shape in network.inputs.items()
        )
        outputs = "x".join(map(str, network.output_shape))
        what = f"{inputs} to {network.output} {outputs}, {len(network.nodes)} nodes"
    return (
        f"Network({what}, {names}, {network.cost_function.name}, "
        f"{network.n_parameters:,} parameters)"
    )
