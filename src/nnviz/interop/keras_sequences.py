"""Layers of Keras for sequences: embeddings, recurrent layers and attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from nnviz.interop.attention_nodes import attend, cell_of, hide, inside, unrolled
from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_activations import elementwise
from nnviz.interop.keras_call import Array, Call, Entry
from nnviz.interop.keras_config import Config
from nnviz.interop.keras_values import Value
from nnviz.network import (
    Activation,
    Add,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    MatMul,
    Multiply,
    Node,
    Reshape,
    Slice,
    Softmax,
    Standardise,
)
from nnviz.network.recurrent_cells import Cell

__all__ = ["SEQUENCES", "parts_of", "time_distributed"]


# --- embeddings


def _embedding(call: Call) -> Value:
    value = call.value
    if call.config.get("lora_rank"):
        raise UnsupportedModelError("lora_rank is not supported")
    if value.name not in call.builder.inputs or len(value.shape) != 1:
        raise UnsupportedModelError(
            f"{value.name!r} of shape {value.shape} is not supported as its input; supported is "
            "an input of the model, integers of shape (tokens,)"
        )
    (table,) = call.numbers("embeddings")
    assert table is not None
    call.builder.add(call.shared(lambda: Embedding(table)), value.name)
    return call.tip()


# --- recurrent layers


def _check_recurrent(call: Call, config: Config) -> None:
    if config.get("stateful"):
        raise UnsupportedModelError(
            "stateful=True, with which examples depend on earlier ones, is not supported"
        )
    if (config.get("dropout") or config.get("recurrent_dropout")) and not call.fixed:
        call.note("its dropout in Keras's training is left out here")


def _sequence(call: Call, given: Any) -> Value:
    value = call.layouts.plain(call.as_value(given))
    if len(value.shape) != 2:
        raise UnsupportedModelError(
            f"inputs of shape {value.shape} are not supported; supported are (steps, features)"
        )
    return value


def _function(call: Call, config: Config, key: str) -> Activation:
    function = elementwise(config[key], call.version)
    if function is None:
        raise UnsupportedModelError(f"{key} {config[key]!r} is not supported")
    return function


def _cell(call: Call, kind: str, config: Config, arrays: Sequence[Array]) -> Cell:
    """Make the cell of a recurrent layer.

    Keras has gates side by side: those of an LSTM as input, forget, candidate and output, those of
    a GRU as update, reset and candidate.
    """
    names = ("kernel", "recurrent_kernel", config["use_bias"] and "bias")
    of_x, of_h, given = replace(call, arrays=arrays).numbers(*names)
    assert of_x is not None
    assert of_h is not None
    biases = np.zeros(of_h.shape[1]) if given is None else given
    # Those of the inputs, and those of the hidden states where they are apart.
    two = biases if biases.ndim == 2 else np.stack([biases, np.zeros_like(biases)])
    activation = _function(call, config, "activation")
    if kind == "SimpleRNN":
        return cell_of(kind, of_x.T, of_h.T, two, activation=activation)
    if activation.name != "tanh":
        raise UnsupportedModelError(
            f"activation {config['activation']!r} is not supported; supported is 'tanh'"
        )
    at_gates = _function(call, config, "recurrent_activation")
    if kind == "GRU" and not config.get("reset_after"):
        raise UnsupportedModelError(
            "reset_after=False is not supported; supported is True, the gate after the product"
        )
    order = (1, 0) if kind == "GRU" else (0, 1, 2, 3)
    return cell_of(kind, of_x.T, of_h.T, two, order, gates=at_gates)


def _run(
    call: Call,
    x: Value,
    cell: Cell,
    states: Sequence[Value],
    *,
    backwards: bool,
    sequence: bool,
    turned: bool = False,
) -> list[Value]:
    """Unroll a cell, and return its output and its last states.

    Parameters
    ----------
    call : Call
        The layer's.
    x : Value
        The sequence.
    cell : Cell
        The cell.
    states : sequence of Value
        Initial states; zeros if there are none.
    backwards : bool
        Whether to read from the last step to the first.
    sequence : bool
        Whether to return the hidden states after all steps.
    turned : bool, optional
        Whether to return these in the order in which they were computed.
    """
    builder, steps = call.builder, x.shape[0]
    with inside(builder, "cell"):
        block = builder.block()
    nodes = unrolled(builder, block, x.name, cell, sequence=sequence, backwards=backwards)
    if states:
        if len(states) != len(cell.state_names):
            raise UnsupportedModelError(
                f"it has {len(cell.state_names)} states and gets {len(states)}"
            )
        starts = [f"{block}.start.{state}" for state in cell.state_names]
        given = dict(zip(starts, (call.layouts.plain(one).name for one in states), strict=True))
        nodes = {
            name: Node(layer, tuple(given.get(source, source) for source in sources))
            for name, (layer, sources) in nodes.items()
            if name not in given
        }
    builder.include(nodes)
    last = f"{block}.{0 if backwards else steps - 1}"
    if sequence and turned:
        rows = [f"{block}.{t}.row" for t in reversed(range(steps))]
        with inside(builder, "turned"):
            builder.add(Concatenate(), *rows)
    elif not sequence:
        builder.tip = f"{last}.hidden"
    output = call.tip()
    ends = []
    for state in cell.state_names:
        builder.tip = f"{last}.{state}"
        ends.append(call.tip())
    return [output, *ends]


def _with_states(call: Call) -> tuple[Value, list[Value]]:
    """Return the sequence that a recurrent layer takes, and the states that it begins with."""
    kwargs = dict(call.kwargs)
    given = kwargs.pop("initial_state", None)
    if any(one is not None for one in kwargs.values()):
        raise UnsupportedModelError(f"{', '.join(kwargs)} is not supported")
    args = call.args[0] if len(call.args) == 1 else list(call.args)
    first, *others = args if isinstance(args, list) else [args]
    if len(others) == 1 and isinstance(others[0], list):
        (others,) = others
    if given is not None:
        others = given if isinstance(given, list) else [given]
    states = [call.as_value(one) for one in others if one is not None]
    return _sequence(call, first), states


def _recurrent(call: Call) -> list[Value]:
    config = call.config
    _check_recurrent(call, config)
    x, states = _with_states(call)
    cell = call.shared(lambda: _cell(call, call.kind, config, call.arrays))
    backwards = bool(config["go_backwards"])
    results = _run(
        call,
        x,
        cell,
        states,
        backwards=backwards,
        sequence=config["return_sequences"],
        turned=backwards,
    )
    return results if config["return_state"] else results[:1]


def _bidirectional(call: Call) -> list[Value]:
    x, states = _with_states(call)
    if states:
        raise UnsupportedModelError("initial_state is not supported in it")
    first_layer, second = call.config["layer"], call.config.get("backward_layer")
    found, left = [], list(call.arrays)
    # Without a second layer, it is like the first, in the other direction.
    for part, inner in (("forward", first_layer), ("backward", second or first_layer)):
        kind, config = inner["class_name"], inner["config"]
        backwards = part == "backward"
        if kind not in _RECURRENT:
            raise UnsupportedModelError(f"around a {kind} it is not supported")
        if config["go_backwards"] != (backwards and inner is second):
            raise UnsupportedModelError("go_backwards is not supported in it")
        _check_recurrent(call, config)
        count = 2 + bool(config["use_bias"])
        arrays, left = left[:count], left[count:]
        with inside(call.builder, part):
            cell = call.shared(partial(_cell, call, kind, config, arrays), part)
            sequence = bool(config["return_sequences"])
            found.append(_run(call, x, cell, [], backwards=backwards, sequence=sequence))
    config = first_layer["config"]
    (forward, *first), (backward, *second) = found
    mode = call.config["merge_mode"]
    merge = {"concat": Concatenate(-1), "sum": Add(), "ave": Add(), "mul": Multiply()}.get(mode)
    if merge is None and mode is not None:
        raise UnsupportedModelError(f"merge_mode {mode!r} is not supported")
    outputs = [forward, backward]
    if merge is not None:
        call.builder.add(merge, forward.name, backward.name, name="merged")
        if mode == "ave":
            call.builder.add(Standardise([0.0], [2.0]), name="halved")
        outputs = [call.tip()]
    return [*outputs, *first, *second] if config["return_state"] else outputs


# --- attention


def _hide_later(call: Call) -> None:
    """Hide the keys after each query, both counted from the first."""
    rows, columns = call.builder.known_shape()[-2:]
    with inside(call.builder, "mask"):
        hide(call.builder, np.tri(rows, columns, dtype=bool))


def _hide_nothing() -> None:
    """Leave the scores as they are."""


def _multi_head_attention(call: Call) -> list[Value]:
    config = call.config
    kwargs = dict(call.kwargs)
    given = [*call.args, *(kwargs.pop(name) for name in ("query",) if name in kwargs)]
    for name in ("value", "key"):
        if kwargs.get(name) is not None:
            given.append(kwargs.pop(name))
    causal = bool(kwargs.pop("use_causal_mask", False))
    with_scores = bool(kwargs.pop("return_attention_scores", False))
    extra = [name for name, one in kwargs.items() if one is not None]
    if extra or not 2 <= len(given) <= 3:
        raise UnsupportedModelError(
            f"{', '.join(extra) or f'a call with {len(given)} values'} is not supported; "
            "supported are query, value, key, use_causal_mask and return_attention_scores"
        )
    if config.get("use_gate") or config.get("sliding_window"):
        raise UnsupportedModelError("use_gate and sliding_window are not supported")
    query, value, *others = (_sequence(call, one) for one in given)
    key = others[0] if others else value
    if list(config.get("attention_axes") or [1]) != [1]:
        raise UnsupportedModelError("attention_axes are supported over the steps only")
    layers = call.shared(lambda: _projections(call))
    heads = int(config["num_heads"])
    mask = partial(_hide_later, call) if causal else _hide_nothing

    sources = {"query": query.name, "key": key.name, "value": value.name}
    factor = float(1.0 / np.sqrt(config["key_dim"]))
    dropout = 0.0 if call.fixed else float(config["dropout"])
    pattern = attend(call.builder, layers, sources, heads, factor, mask, dropout)
    out = call.tip()
    if not with_scores:
        return [out]
    call.builder.tip = pattern
    if heads == 1:
        with inside(call.builder, "pattern_of_heads"):
            call.builder.reshape((1, *call.builder.known_shape()))
    return [out, call.tip()._replace(is_stack=True)]


def _projections(call: Call) -> dict[str, Dense]:
    """Make the layers around attention: Keras has an axis for the heads in their kernels."""
    names = [
        wanted
        for part in ("query", "key", "value", "out")
        for wanted in (f"{part} kernel", call.config["use_bias"] and f"{part} bias")
    ]
    found = call.numbers(*names)
    made = {}
    for k, part in enumerate(("query", "key", "value", "out")):
        kernel, biases = found[2 * k], found[2 * k + 1]
        assert kernel is not None
        if kernel.ndim != 3:
            raise UnsupportedModelError(f"its {part} kernel has to have three axes")
        rows = kernel.shape[0] * kernel.shape[1] if part == "out" else kernel.shape[0]
        weights = kernel.reshape(rows, -1).T
        zeros = np.zeros(len(weights))
        made[part] = Dense(weights, zeros if biases is None else biases.ravel())
    return made


def _attention(call: Call) -> list[Value]:
    """Add dot-product attention without weights, of [query, value] or [query, value, key]."""
    config, kwargs = call.config, dict(call.kwargs)
    causal = bool(kwargs.pop("use_causal_mask", False))
    with_scores = bool(kwargs.pop("return_attention_scores", False))
    if config.get("use_scale") or config.get("score_mode", "dot") != "dot":
        raise UnsupportedModelError("use_scale and a score_mode other than 'dot' are not supported")
    if any(one is not None for one in kwargs.values()):
        raise UnsupportedModelError(f"{', '.join(kwargs)} is not supported")
    given = call.args[0]
    if not isinstance(given, list) or not 2 <= len(given) <= 3:
        raise UnsupportedModelError(
            "its input is not supported; supported are [query, value] and [query, value, key]"
        )
    query, value, *others = (_sequence(call, one) for one in given)
    key = others[0] if others else value
    call.builder.add(MatMul(True), query.name, key.name, name="scores")
    if causal:
        _hide_later(call)
    call.builder.add(Softmax(), name="pattern")
    if config.get("dropout") and not call.fixed:
        call.builder.add(Dropout(float(config["dropout"])), name="dropped")
    pattern = call.tip()
    call.builder.add(MatMul(), call.builder.tip, value.name, name="mixed")
    return [call.tip(), pattern] if with_scores else [call.tip()]


# --- a layer at every step


def time_distributed(layers: Mapping[str, Entry]) -> Entry:
    """Return the entry for TimeDistributed around layers of a table.

    Dense works on every step as it is. Other layers are unrolled: a node for each step.
    """

    def enter(call: Call) -> list[Value]:
        inner = call.config["layer"]
        kind, config = inner["class_name"], inner["config"]
        if kind not in layers or kind in _NOT_BY_STEP:
            raise UnsupportedModelError(f"around a {kind} it is not supported")
        value = call.layouts.plain(call.value)
        with inside(call.builder, kind.lower()):
            one = replace(call, kind=kind, config=config, args=(value,), kwargs={})
            if kind == "Dense" and len(value.shape) == 2:
                return [layers[kind](one)]  # type: ignore[list-item]
            return [_by_step(one, value, layers[kind])]

    return enter


def _by_step(call: Call, value: Value, entry: Entry) -> Value:
    if len(value.shape) < 2:
        raise UnsupportedModelError(
            f"inputs of shape {value.shape} are not supported; supported are sequences"
        )
    rows = []
    for t in range(value.shape[0]):
        with inside(call.builder, str(t)):
            call.builder.add(Slice(t, t + 1, squeezed=True), value.name, name="x")
            made = entry(replace(call, args=(call.tip(),)))
            one = call.layouts.plain(made if isinstance(made, Value) else made[0])
            call.builder.add(Reshape((1, *one.shape)), one.name, name="row")
            rows.append(call.builder.tip)
    with inside(call.builder, "steps"):
        call.builder.add(Concatenate(), *rows)
    return call.tip()


#: Layers that would act differently in training if they were unrolled step by step.
_NOT_BY_STEP = ("BatchNormalization", "Bidirectional", "Dropout", "Embedding", "TimeDistributed")
_RECURRENT = ("GRU", "LSTM", "SimpleRNN")


def parts_of(kind: str, config: Config) -> Sequence[str]:
    """Return the places of a layer's arrays in it; "" is the layer itself.

    Parameters
    ----------
    kind : str
        Class of the layer.
    config : Config
        Options of the layer.
    """
    if kind in _RECURRENT:
        return ("cell",)
    if kind == "MultiHeadAttention":
        return [f"{part}_dense" for part in ("query", "key", "value", "output")]
    places = {"Bidirectional": ("forward_layer", "backward_layer"), "TimeDistributed": ("layer",)}
    if kind not in places:
        return ("",)
    inner = config["layer"]
    own = parts_of(inner["class_name"], inner["config"])
    return [f"{place}/{part}".rstrip("/") for place in places[kind] for part in own]


SEQUENCES: dict[str, Entry] = {
    **dict.fromkeys(_RECURRENT, _recurrent),
    "Attention": _attention,
    "Bidirectional": _bidirectional,
    "Embedding": _embedding,
    "MultiHeadAttention": _multi_head_attention,
}
