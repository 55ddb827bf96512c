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

__all__ = ["LayerSummary", "Summary"]

_HEADINGS = ("layer", "output", "activation", "parameters")
#: Columns of numbers, which stand at the right.
_RIGHT = (3,)


@dataclass(frozen=True)
class LayerSummary:
    """One row of a `Summary`.

    Attributes
    ----------
    kind
        Name of the layer's class, or "input".
    shape
        Of one output.
    activation
        Name of the activation function; empty for the input, and for layers that usually have none.
    n_parameters
        How many numbers training changes.
    """

    kind: str
    shape: Shape
    activation: str
    n_parameters: int

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

    @classmethod
    def of(cls, network: Network) -> Summary:
        """Summarise a network."""
        return cls(tuple(_rows(network)), network.cost_function.name)

    @property
    def n_parameters(self) -> int:
        """How many numbers training changes, in all layers."""
        return sum(layer.n_parameters for layer in self.layers)

    def _last_line(self) -> str:
        return f"{self.n_parameters:,} parameters, {self.cost} cost"

    def __repr__(self) -> str:
        rows = [_HEADINGS, *(layer.cells for layer in self.layers)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if k in _RIGHT else cell.ljust(width)
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, self._last_line()])

    def _repr_html_(self) -> str:
        """Return a table without colours of its own, for light and dark notebooks."""

        def row(tag: str, cells: tuple[str, ...]) -> str:
            sides = ("right" if k in _RIGHT else "left" for k in range(len(cells)))
            return "".join(
                f'<{tag} style="text-align: {side}">{escape(cell)}</{tag}>'
                for side, cell in zip(sides, cells, strict=True)
            )

        body = "".join(f"<tr>{row('td', layer.cells)}</tr>" for layer in self.layers)
        return (
            f"<table><thead><tr>{row('th', _HEADINGS)}</tr></thead><tbody>{body}</tbody>"
            f'<tfoot><tr><td colspan="{len(_HEADINGS)}" style="text-align: left; '
            f'border-top: 1px solid currentColor">{escape(self._last_line())}</td></tr></tfoot>'
            "</table>"
        )


def _rows(network: Network) -> Iterator[LayerSummary]:
    yield LayerSummary("input", network.input_shape, "", 0)
    for layer, shape in zip(network.layers, network.shapes[1:], strict=True):
        name = layer.activation.name
        # Most layers of other kinds have no activation function.
        worth_a_word = isinstance(layer, Dense) or name != "identity"
        number = sum(math.prod(array.shape) for array in layer.parameters)
        yield LayerSummary(type(layer).__name__, shape, name if worth_a_word else "", number)
