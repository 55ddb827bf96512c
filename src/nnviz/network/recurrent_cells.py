"""Recurrent cells, and networks of them: unrolled over their steps, every gate a named node."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import numpy as np

from nnviz.network._checks import check_size
from nnviz.network._types import NetworkError
from nnviz.network.graph import Node
from nnviz.network.layers import (
    Activate,
    Add,
    Concatenate,
    Constant,
    Dense,
    Multiply,
    Reshape,
    Slice,
    Subtract,
)

__all__ = ["CELLS", "Cell", "GRUCell", "LSTMCell", "RNNCell", "recurrent"]


class Unrolled(NamedTuple):
    """One step of a cell: its nodes, and the names of its states after it."""

    nodes: dict[str, Node]
    states: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Cell(ABC):
    """What happens in one step of a recurrent network: from an input and states to new states.

    Its layers are the same ones at every step, so that their parameters are shared.

    Attributes
    ----------
    name
        Key in `CELLS`.
    state_names
        Names of its states; the first, "hidden", is what it gives.
    """

    name: ClassVar[str]
    state_names: ClassVar[tuple[str, ...]] = ("hidden",)

    @classmethod
    @abstractmethod
    def random(cls, n_in: int, n_hidden: int, rng: np.random.RandomState) -> Self:
        """Draw a cell, uniformly between plus and minus 1 / sqrt(n_hidden).

        Parameters
        ----------
        n_in, n_hidden : int
            Number of inputs, and of hidden units.
        rng : RandomState
            What to draw from.
        """

    @property
    @abstractmethod
    def n_hidden(self) -> int:
        """Number of hidden units."""

    @abstractmethod
    def step(self, block: str, x: str, states: tuple[str, ...]) -> Unrolled:
        """Make the nodes of one step.

        Parameters
        ----------
        block : str
            What their names begin with.
        x : str
            Name of the step's input, shape (n_in,).
        states : tuple of str
            Names of the states before it, shape (n_hidden,).
        """


@dataclass(frozen=True, eq=False)
class RNNCell(Cell):
    """The simple recurrent cell: ``h' = tanh(W [x, h] + b)`` (J. Elman, 1990).

    Attributes
    ----------
    layer
        Dense layer from [x, h], shape (n_in + n_hidden,), to h'.
    """

    layer: Dense
    name = "rnn"

    @classmethod
    def random(cls, n_in: int, n_hidden: int, rng: np.random.RandomState) -> Self:
        """Draw a cell: see `Cell.random`."""
        return cls(_drawn(n_in + n_hidden, n_hidden, rng, "tanh"))

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return len(self.layer.weights)

    def step(self, block: str, x: str, states: tuple[str, ...]) -> Unrolled:
        """Make the nodes "joined" and "hidden"."""
        hidden = f"{block}.hidden"
        nodes = {
            f"{block}.joined": Node(Concatenate(), (x, *states)),
            hidden: Node(self.layer, (f"{block}.joined",)),
        }
        return Unrolled(nodes, (hidden,))


@dataclass(frozen=True, eq=False)
class LSTMCell(Cell):
    """Long short-term memory (S. Hochreiter and J. Schmidhuber, 1997), with a forget gate.

    Gates i, f, o are sigmoids of dense layers of [x, h], the candidate g a tanh; ``c' = f c + i g``
    and ``h' = o tanh(c')``.

    Attributes
    ----------
    input_gate, forget_gate, candidate, output_gate
        Dense layers from [x, h], shape (n_in + n_hidden,), to n_hidden.
    """

    input_gate: Dense
    forget_gate: Dense
    candidate: Dense
    output_gate: Dense
    name = "lstm"
    state_names = ("hidden", "cell")

    @classmethod
    def random(cls, n_in: int, n_hidden: int, rng: np.random.RandomState) -> Self:
        """Draw a cell: see `Cell.random`."""
        kinds = ("sigmoid", "sigmoid", "tanh", "sigmoid")
        return cls(*(_drawn(n_in + n_hidden, n_hidden, rng, kind) for kind in kinds))

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return len(self.candidate.weights)

    def step(self, block: str, x: str, states: tuple[str, ...]) -> Unrolled:
        """Make the nodes of the gates, and "cell" and "hidden"."""
        hidden, cell = states

        def at(name: str) -> str:
            return f"{block}.{name}"

        gates = ("input_gate", "forget_gate", "candidate", "output_gate")
        nodes = {
            at("joined"): Node(Concatenate(), (x, hidden)),
            **{at(gate): Node(getattr(self, gate), (at("joined"),)) for gate in gates},
            at("kept"): Node(Multiply(), (at("forget_gate"), cell)),
            at("new"): Node(Multiply(), (at("input_gate"), at("candidate"))),
            at("cell"): Node(Add(), (at("kept"), at("new"))),
            at("squashed"): Node(Activate("tanh"), (at("cell"),)),
            at("hidden"): Node(Multiply(), (at("output_gate"), at("squashed"))),
        }
        return Unrolled(nodes, (at("hidden"), at("cell")))


@dataclass(frozen=True, eq=False)
class GRUCell(Cell):
    """The gated recurrent unit (K. Cho and others, 2014), with the reset gate after the product.

    ``n = tanh(W x + b + r (V h + c))`` and ``h' = n + u (h - n)``, with gates r and u that are
    sigmoids of dense layers of [x, h].

    Attributes
    ----------
    reset_gate, update_gate
        Dense layers from [x, h], shape (n_in + n_hidden,), to n_hidden.
    of_input, of_hidden
        Dense layers from x, and from h, to n_hidden: W and b, V and c.
    """

    reset_gate: Dense
    update_gate: Dense
    of_input: Dense
    of_hidden: Dense
    name = "gru"

    @classmethod
    def random(cls, n_in: int, n_hidden: int, rng: np.random.RandomState) -> Self:
        """Draw a cell: see `Cell.random`."""
        both = n_in + n_hidden
        return cls(
            _drawn(both, n_hidden, rng, "sigmoid"),
            _drawn(both, n_hidden, rng, "sigmoid"),
            _drawn(n_in, n_hidden, rng, "identity"),
            _drawn(n_hidden, n_hidden, rng, "identity"),
        )

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return len(self.of_hidden.weights)

    def step(self, block: str, x: str, states: tuple[str, ...]) -> Unrolled:
        """Make the nodes of the gates, the candidate and "hidden"."""
        (hidden,) = states

        def at(name: str) -> str:
            return f"{block}.{name}"

        nodes = {
            at("joined"): Node(Concatenate(), (x, hidden)),
            at("reset_gate"): Node(self.reset_gate, (at("joined"),)),
            at("update_gate"): Node(self.update_gate, (at("joined"),)),
            at("of_input"): Node(self.of_input, (x,)),
            at("of_hidden"): Node(self.of_hidden, (hidden,)),
            at("reset"): Node(Multiply(), (at("reset_gate"), at("of_hidden"))),
            at("summed"): Node(Add(), (at("of_input"), at("reset"))),
            at("candidate"): Node(Activate("tanh"), (at("summed"),)),
            at("difference"): Node(Subtract(), (hidden, at("candidate"))),
            at("kept"): Node(Multiply(), (at("update_gate"), at("difference"))),
            at("hidden"): Node(Add(), (at("candidate"), at("kept"))),
        }
        return Unrolled(nodes, (at("hidden"),))


CELLS: dict[str, type[Cell]] = {cell.name: cell for cell in (RNNCell, LSTMCell, GRUCell)}
"""Every kind of recurrent cell, by name. Adding one here is all it takes to use and test it."""


def recurrent(
    name: str,
    source: str,
    cell: Cell,
    steps: int,
    *,
    sequence: bool = False,
    backwards: bool = False,
) -> dict[str, Node]:
    """Make the nodes of a recurrent network: a cell unrolled over its steps.

    Step t is the block "name.t", with "x" and the cell's own nodes; the states begin with zeros.
    The cell's layers are shared by all steps.

    Parameters
    ----------
    name : str
        Name of the block.
    source : str
        Name of the sequence (tokens, features) that it reads.
    cell : Cell
        What happens in a step, such as ``LSTMCell.random(3, 8, rng)``.
    steps : int
        Number of steps, as many as tokens.
    sequence : bool, optional
        Whether the output is the hidden state after every step, (tokens, n_hidden), instead of
        that after the last one, (n_hidden,).
    backwards : bool, optional
        Whether to read from the last token to the first.

    Returns
    -------
    dict from str to Node
        The last one is the output.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz.network import Network
    >>> nodes = recurrent("rnn", "x", RNNCell.random(2, 3, np.random.RandomState(0)), steps=4)
    >>> network = Network({"x": (4, 2)}, nodes, "rnn.3.hidden")
    >>> network.n_parameters
    18
    """
    if not isinstance(cell, Cell):
        raise NetworkError(f"the cell must be a Cell, such as an RNNCell, not {cell!r}")
    zeros = Constant(np.zeros(cell.n_hidden))
    nodes = {f"{name}.start.{state}": Node(zeros, (source,)) for state in cell.state_names}
    states = tuple(nodes)
    rows = {}
    order = range(check_size(steps, "steps"))
    for t in reversed(order) if backwards else order:
        block = f"{name}.{t}"
        nodes[f"{block}.x"] = Node(Slice(t, t + 1, squeezed=True), (source,))
        made = cell.step(block, f"{block}.x", states)
        nodes |= made.nodes
        states = made.states
        if sequence:
            rows[t] = f"{block}.row"
            nodes[rows[t]] = Node(Reshape((1, cell.n_hidden)), (states[0],))
    if sequence:
        nodes[f"{name}.sequence"] = Node(Concatenate(), tuple(rows[t] for t in order))
    return nodes


def _drawn(n_in: int, n_out: int, rng: np.random.RandomState, activation: str) -> Dense:
    limit = 1.0 / np.sqrt(check_size(n_out, "n_hidden"))
    weights = rng.uniform(-limit, limit, (n_out, check_size(n_in, "n_in")))
    return Dense(weights, rng.uniform(-limit, limit, n_out), activation)
