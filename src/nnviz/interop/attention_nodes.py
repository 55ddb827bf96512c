"""Blocks of nodes that several importers use: attention and recurrent cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.network import (
    Activation,
    CausalMask,
    Dense,
    Dropout,
    GRUCell,
    LSTMCell,
    Mask,
    MatMul,
    MergeHeads,
    Node,
    RNNCell,
    Softmax,
    SplitHeads,
    recurrent,
)
from nnviz.network.recurrent_cells import Cell

__all__ = ["attend", "cell_of", "hide", "inside", "seen_in", "unrolled"]


@contextmanager
def inside(builder: Builder, part: str) -> Iterator[None]:
    """Put the nodes made in a `with` statement into a block inside the current one."""
    before = builder.label
    builder.label = f"{before}.{part}" if before else part
    try:
        yield
    finally:
        builder.label = before


def attend(
    builder: Builder,
    layers: Mapping[str, Dense],
    sources: Mapping[str, str],
    heads: int,
    factor: float,
    hide: Callable[[], None],
    dropout: float,
) -> str:
    """Add the nodes of multi-head attention: query, key, value, scores, pattern, mixed, out.

    Parameters
    ----------
    builder : Builder
        Builder of the nodes, in the block `label`.
    layers : mapping from str to Dense
        Layers "query", "key", "value" and "out".
    sources : mapping from str to str
        Names of what "query", "key" and "value" are made of, (tokens, features).
    heads : int
        Number of heads.
    factor : float
        Factor of the products of queries and keys.
    hide : callable
        Adds masks after the scores.
    dropout : float
        Share of the pattern that dropout sets to 0 in training.

    Returns
    -------
    str
        Name of the pattern; the output is the tip.
    """
    parts = {}
    for part, source in sources.items():
        builder.add(layers[part], source, name=part)
        if heads > 1:
            builder.add(SplitHeads(heads), name=f"{part}_heads")
        parts[part] = builder.tip
    builder.add(MatMul(True, factor), parts["query"], parts["key"], name="scores")
    hide()
    pattern = builder.add(Softmax(), name="pattern")
    if dropout:
        builder.add(Dropout(dropout), name="dropped")
    builder.add(MatMul(), builder.tip, parts["value"], name="mixed")
    if heads > 1:
        builder.add(MergeHeads(), name="merged")
    builder.add(layers["out"], name="out")
    return pattern


def hide(builder: Builder, seen: npt.NDArray[np.bool_]) -> None:
    """Set the scores at the tip to -inf where a key is hidden.

    Parameters
    ----------
    builder : Builder
        Builder of the nodes; none are added if no key is hidden.
    seen : ndarray of bool
        Shape (queries, keys), or that of the scores.
    """
    shape = builder.known_shape()
    wide = np.broadcast_shapes(seen.shape, shape[-2:])
    builder.budget.check_memory(16 * math.prod(wide), "a mask")
    seen = np.broadcast_to(seen, wide)
    while seen.ndim > 2 and len(seen) == 1:
        seen = seen[0]
    rows, columns = shape[-2:]
    if seen.shape == shape[-2:] and np.array_equal(seen, np.tri(rows, columns, columns - rows)):
        builder.add(CausalMask())
    elif not seen.all():
        scores = builder.tip
        builder.add(Mask(), scores, builder.constant(seen.astype(np.float64)))


def seen_in(mask: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which keys are seen with a constant mask, of truth values or of numbers to add."""
    if mask.dtype == bool:
        return mask
    if not np.isin(mask, (0.0, -np.inf)).all():
        raise UnsupportedModelError("a mask of numbers other than 0 and -inf is not supported")
    return np.asarray(mask == 0)


def unrolled(
    builder: Builder, block: str, source: str, cell: Cell, *, sequence: bool, backwards: bool
) -> dict[str, Node]:
    """Return the nodes of a cell at all steps of a sequence, as `nnviz.network.recurrent` does.

    Parameters
    ----------
    builder : Builder
        Builder that the nodes are for; its budget limits their number.
    block : str
        Name of their block.
    source : str
        Name of the sequence, (steps, features).
    cell : Cell
        The cell.
    sequence : bool
        Whether to give the hidden states after all steps.
    backwards : bool
        Whether to read from the last step to the first.
    """
    steps = builder.known_shape(source)[0]
    builder.budget.check_nodes(steps, "steps of a recurrent layer")
    return recurrent(block, source, cell, steps, sequence=sequence, backwards=backwards)


def cell_of(
    kind: str,
    of_x: npt.NDArray[np.float64],
    of_h: npt.NDArray[np.float64],
    biases: Sequence[npt.NDArray[np.float64]] | npt.NDArray[np.float64],
    order: Sequence[int] = (0, 1, 2, 3),
    *,
    gates: str | Activation = "sigmoid",
    activation: str | Activation = "tanh",
) -> Cell:
    """Make a cell of the matrices of its gates, which stand one below the other.

    Parameters
    ----------
    kind : str
        "LSTM" or "GRU"; a simple recurrent cell otherwise.
    of_x, of_h : ndarray
        What inputs and hidden states are multiplied by, shapes (rows, n_in) and (rows, n_hidden).
    biases : sequence of ndarray
        What is added to either product, shape (rows,).
    order : sequence of int, optional
        Places of an LSTM's input gate, forget gate, candidate and output gate, or of a GRU's reset
        gate and update gate, after which its candidate stands.
    gates : str or Activation, optional
        Activation function of the gates.
    activation : str or Activation, optional
        Activation function of a simple recurrent cell.
    """
    n = of_h.shape[1]

    def gate(k: int, function: str | Activation) -> Dense:
        rows = slice(k * n, (k + 1) * n)
        weights = np.concatenate([of_x[rows], of_h[rows]], axis=1)
        return Dense(weights, biases[0][rows] + biases[1][rows], function)

    if kind == "LSTM":
        functions = (gates, gates, "tanh", gates)
        return LSTMCell(*(gate(k, one) for k, one in zip(order, functions, strict=True)))
    if kind == "GRU":
        new = slice(2 * n, None)
        return GRUCell(
            gate(order[0], gates),
            gate(order[1], gates),
            Dense(of_x[new], biases[0][new]),
            Dense(of_h[new], biases[1][new]),
        )
    return RNNCell(gate(0, activation))
