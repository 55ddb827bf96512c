"""Operators of ONNX for sequences: recurrent layers and attention."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.interop.attention_nodes import cell_of, hide, seen_in, unrolled
from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.onnx_graph import Step
from nnviz.interop.onnx_layout import Layout, Live, example_of, rank_of
from nnviz.network import (
    Concatenate,
    Constant,
    MatMul,
    MergeHeads,
    Softmax,
    SplitHeads,
)
from nnviz.network.recurrent_cells import Cell

if TYPE_CHECKING:
    from nnviz.interop.onnx_reader import Reader

__all__ = ["SEQUENCES"]

Attributes = Mapping[str, Any]

#: Activation functions that a node may name, as they are without: of a gate, of what is new.
USUAL = {"GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"], "RNN": ["Tanh"]}
#: Number of matrices one below the other.
GATES = {"GRU": 3, "LSTM": 4, "RNN": 1}
#: Places of their gates, in the order of `cell_of`.
ORDERS = {"GRU": (1, 0), "LSTM": (0, 2, 3, 1), "RNN": (0,)}


# --- recurrent layers


def _recurrent(reader: Reader, step: Step, values: Attributes) -> list[Live]:
    """Unroll an RNN, LSTM or GRU: all its hidden states, and the last of each direction."""
    node, kind, builder = step.node, step.node.op_type, reader.builder
    names = [*node.input, *[""] * 8][:8]
    steps_first = not values.get("layout", 0)
    layout = reader.live.layout
    if step.source != names[0] or len(builder.known_shape()) != 2 or layout != Layout(steps_first):
        raise UnsupportedModelError(
            "this input is not supported; supported are sequences of vectors, (steps, examples, "
            "features), or (examples, steps, features) with layout 1"
        )
    _check_options(reader, names, values, kind)
    steps, source = builder.known_shape()[0], builder.tip
    directions = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}
    backwards = directions[values.get("direction", "forward")]
    label = builder.label or kind.lower()
    sequences: list[str] = []
    ends: dict[str, list[str]] = {}
    for number, back in enumerate(backwards):
        cell = _cell(reader, step, names, values, number, len(backwards))
        builder.label = f"{label}_back" if back and len(backwards) > 1 else label
        block = builder.block()
        nodes = unrolled(builder, block, source, cell, sequence=True, backwards=back)
        sequences.append(builder.include(nodes))
        for state in cell.state_names:
            ends.setdefault(state, []).append(f"{block}.{0 if back else steps - 1}.{state}")
    builder.label = ""
    n = builder.known_shape(sequences[0])[-1]
    # Of all steps (steps, directions, examples, n), of the last one (directions, examples, n); with
    # layout 1 the examples come first.
    together = _beside(reader, sequences, (steps, 1, n), 1)
    outputs = [Live(together, Layout(2 if steps_first else 0))]
    outputs += [
        Live(_beside(reader, states, (1, n), 0), Layout(1 if steps_first else 0))
        for states in ends.values()
    ]
    return outputs


def _beside(reader: Reader, values: list[str], shape: tuple[int, ...], axis: int) -> str:
    """Put the values of all directions along an axis of their own."""
    apart = []
    for value in values:
        reader.builder.tip = value
        reader.builder.reshape(shape)
        apart.append(reader.builder.tip)
    return reader.builder.add(Concatenate(axis), *apart) if len(apart) > 1 else apart[0]


def _check_options(reader: Reader, names: list[str], values: Attributes, kind: str) -> None:
    """Raise an error for options with which a recurrent layer is not one of `CELLS`."""
    length = names[4]
    steps = reader.builder.known_shape()[0]
    if length and not (
        reader.graph.is_constant(length) and np.all(reader.graph.constant(length) == steps)
    ):
        raise UnsupportedModelError(
            "sequence_lens are not supported; supported are sequences of full length"
        )
    for name in names[5:7]:
        if name and not _is_zero(reader, name):
            raise UnsupportedModelError("initial states other than zeros are not supported")
    if names[7] and not _is_zero(reader, names[7]):
        raise UnsupportedModelError("peepholes are not supported")
    given = values.get("activations")
    if given is not None:
        functions = [one.decode() if isinstance(one, bytes) else one for one in given]
        usual = USUAL[kind]
        chosen = {
            tuple(functions[k : k + len(usual)]) for k in range(0, len(functions), len(usual))
        }
        if chosen != {tuple(usual)} and not (kind == "RNN" and chosen == {("Relu",)}):
            raise UnsupportedModelError(f"activations {functions} are not supported")
    if values.get("clip") or values.get("input_forget", 0):
        raise UnsupportedModelError("clip and input_forget are not supported")
    if kind == "GRU" and not values.get("linear_before_reset", 0):
        raise UnsupportedModelError(
            "linear_before_reset=0 is not supported; supported is 1, the reset gate after the "
            "product, as in PyTorch and Keras"
        )


def _is_zero(reader: Reader, name: str) -> bool:
    if reader.graph.is_constant(name):
        return not reader.graph.constant(name).any()
    node = reader.builder.nodes.get(reader.values[name].name)
    while node is not None and not isinstance(node.layer, Constant):
        if node.layer.kind not in ("slice", "reshape", "transpose", "flatten"):
            return False
        node = reader.builder.nodes.get(node.inputs[0])
    return node is not None and not node.layer.values.any()  # type: ignore[attr-defined]


def _cell(
    reader: Reader, step: Step, names: list[str], values: Attributes, number: int, directions: int
) -> Cell:
    """Return the cell of a direction."""
    kind, graph = step.node.op_type, reader.graph
    of_x, of_h = graph.numbers(names[1]), graph.numbers(names[2])
    rows = GATES[kind] * of_h.shape[-1]
    if of_x.shape[:2] != (directions, rows) or of_h.shape[:2] != (directions, rows):
        raise UnsupportedModelError(
            f"weights of shape {of_x.shape} and {of_h.shape} are not supported; supported is "
            f"({directions}, {rows}, n)"
        )
    biases = graph.numbers(names[3])[number] if names[3] else np.zeros(2 * rows)
    of_x, of_h, biases = of_x[number], of_h[number], biases.reshape(2, rows)

    def make() -> Cell:
        functions = values.get("activations", ["Tanh"])
        chosen = functions[number if len(functions) > number else 0]
        activation = "relu" if chosen in (b"Relu", "Relu") else "tanh"
        return cell_of(kind, of_x, of_h, biases, ORDERS[kind], activation=activation)

    root = graph.root(names[1])
    mine = f"{root}[{number}]"  # Of each direction a part.
    if root in reader.builder.repeated:
        reader.builder.repeated.add(mine)
    key = (kind, *names[1:4], number, str(values.get("activations")))
    return reader.builder.shared(key, (mine,), make)


# --- attention


def _attention(reader: Reader, step: Step, values: Attributes) -> list[Live]:
    """Add the nodes of the operator Attention of version 23."""
    names = [*step.node.input, *[""] * 7][:7]
    if any(names[4:]) or values.get("softcap", 0.0) or len(step.outputs) > 1:
        raise UnsupportedModelError(
            "past keys and values, softcap and other outputs are not supported"
        )
    builder, heads = reader.builder, {}
    for part, name in zip(("query", "key", "value"), names[:3], strict=True):
        if reader.graph.is_constant(name) or reader.values[name].layout != Layout():
            raise UnsupportedModelError("its inputs have to have the examples first")
        reader.live = reader.values[name]
        if rank_of(reader) == 3:
            count = values["q_num_heads" if part == "query" else "kv_num_heads"]
            builder.add(SplitHeads(count), name=f"{part}_heads")
        heads[part] = builder.tip
    shape = builder.known_shape(heads["query"])
    factor = float(values.get("scale") or 1.0 / math.sqrt(shape[-1]))
    builder.add(MatMul(True, factor), heads["query"], heads["key"], name="scores")
    reader.arrange(Layout())
    if values.get("is_causal", 0):
        rows, columns = builder.known_shape()[-2:]
        hide(builder, np.tri(rows, columns, dtype=bool))
    if names[3]:
        _mask(reader, names[3])
    builder.add(Softmax(), name="pattern")
    builder.add(MatMul(), builder.tip, heads["value"], name="mixed")
    if rank_of(reader, reader.values[names[0]]) == 3:
        builder.add(MergeHeads(), name="merged")
    return [reader.live]


def _mask(reader: Reader, name: str) -> None:
    if not reader.graph.is_constant(name):
        raise UnsupportedModelError("a mask that depends on the input is not supported")
    hide(reader.builder, seen_in(example_of(reader, reader.graph.constant(name))))


SEQUENCES: dict[str, Callable[[Reader, Step, Attributes], Any]] = {
    "Attention": _attention,
    "GRU": _recurrent,
    "LSTM": _recurrent,
    "RNN": _recurrent,
}
