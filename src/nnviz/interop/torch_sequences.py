"""Modules of PyTorch for sequences: embeddings, recurrent layers and attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.attention_nodes import attend, cell_of, inside, unrolled
from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.torch_attention import add_mask
from nnviz.interop.torch_functions import FUNCTIONS, numbers_of, shared, total, zeros_or
from nnviz.interop.torch_joins import Learned, Live
from nnviz.interop.torch_layers import MODULES
from nnviz.network import (
    Add,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
)
from nnviz.network.recurrent_cells import Cell

__all__ = ["SEQUENCES", "Stacked"]

Array = npt.NDArray[np.float64]


class Stacked(NamedTuple):
    """Values stacked along a first axis, before that of the examples."""

    values: tuple[Live, ...]


def _take(builder: Builder, x: Live, batch_first: bool) -> None:
    builder.tip, builder.batch = x
    shape = builder.known_shape()
    if len(shape) != 2 or x.batch != (0 if batch_first else 1):
        first = "first" if batch_first else "second (batch_first is False)"
        raise UnsupportedModelError(
            f"examples of shape {shape} along dim {x.batch} are not supported; supported are "
            f"sequences of vectors with the examples {first}"
        )


# --- embeddings


def _embedding(builder: Builder, m: Any, x: Any) -> Any:
    if m.max_norm is not None or m.scale_grad_by_freq:
        raise UnsupportedModelError("max_norm and scale_grad_by_freq are not supported")
    if m.padding_idx is not None:
        builder.notes.append(
            f"{builder.label}: training changes the vector of padding_idx as any other"
        )
    if not isinstance(x, Live):
        count = x.numel()
        if x.flatten().tolist() != list(range(count)):
            raise UnsupportedModelError(
                "a constant other than the positions 0, 1, 2, ... is not supported"
            )
        return Learned(m.weight, (count, m.embedding_dim))
    builder.tip, builder.batch = x
    if len(builder.known_shape()) != 1:
        raise UnsupportedModelError(
            f"inputs of shape {builder.known_shape()} are not supported; supported are integers of "
            "shape (tokens,) for one example"
        )
    builder.add(shared(builder, "embedding", lambda: Embedding(numbers_of(m.weight)), m.weight))
    return None


def _embedding_bag(builder: Builder, m: Any, x: Any, *others: Any) -> None:
    if m.mode not in ("mean", "sum") or others or m.padding_idx is not None:
        raise UnsupportedModelError(
            "this bag is not supported; supported are bags of one length, with mode mean or sum "
            "and without offsets"
        )
    _embedding(builder, m, x)
    total(builder, 1, False, is_mean=m.mode == "mean")


# --- recurrent layers


def _recurrent(builder: Builder, m: Any, x: Live, hx: Any = None) -> Any:
    if getattr(m, "proj_size", 0):
        raise UnsupportedModelError("proj_size is not supported")
    for state in hx if isinstance(hx, tuple) else (hx,):
        if state is not None and (isinstance(state, Live | Learned) or state.any()):
            raise UnsupportedModelError("initial states other than zeros are not supported")
    _take(builder, x, m.batch_first)
    steps = builder.known_shape()[0]
    ends: dict[str, list[Live]] = {}
    for level in range(m.num_layers):
        outputs, source = [], builder.tip
        for direction in range(2 if m.bidirectional else 1):
            cell = _cell(builder, m, level, direction)
            part = f"{level}" if m.num_layers > 1 else ""
            part += "_back" if direction else ""
            with inside(builder, f"level{part}" if part else "cell"):
                block = builder.block()
            back = bool(direction)
            nodes = unrolled(builder, block, source, cell, sequence=True, backwards=back)
            outputs.append(builder.include(nodes))
            last = 0 if direction else steps - 1
            for state in cell.state_names:
                ends.setdefault(state, []).append(Live(f"{block}.{last}.{state}", 1))
        if len(outputs) > 1:
            builder.add(Concatenate(1), *outputs)
        if m.dropout and level < m.num_layers - 1:
            builder.add(Dropout(m.dropout))
    # A state has shape (levels, batch, hidden): each is a vector, whose examples come first.
    states = [Stacked(tuple(Live(one.name) for one in values)) for values in ends.values()]
    final = states[0] if len(states) == 1 else tuple(states)
    return Live(builder.tip, x.batch), final


def _cell(builder: Builder, m: Any, level: int, direction: int) -> Cell:
    suffix = f"_l{level}{'_reverse' if direction else ''}"
    tensors = [getattr(m, f"weight_{kind}{suffix}") for kind in ("ih", "hh")]
    if m.bias:
        tensors += [getattr(m, f"bias_{kind}{suffix}") for kind in ("ih", "hh")]
    of_x, of_h, *biases = (numbers_of(tensor) for tensor in tensors)
    if not biases:
        biases = [np.zeros(len(of_x))] * 2
    activation = "relu" if m.mode == "RNN_RELU" else "tanh"
    return shared(
        builder,
        "cell",
        lambda: cell_of(m.mode, of_x, of_h, biases, activation=activation),
        *tensors,
    )


# --- attention


def _attention(
    builder: Builder,
    m: Any,
    query: Live,
    key: Live,
    value: Live,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Live, None]:
    if key_padding_mask is not None:
        raise UnsupportedModelError("key_padding_mask is not supported")
    if m.bias_k is not None or m.add_zero_attn:
        raise UnsupportedModelError("add_bias_kv and add_zero_attn are not supported")
    for x in (query, key, value):
        _take(builder, x, m.batch_first)

    def hide() -> None:
        if attn_mask is not None:
            with inside(builder, "mask"):
                add_mask(builder, attn_mask, hides=True)

    sources = {"query": query.name, "key": key.name, "value": value.name}
    factor = float(1.0 / np.sqrt(m.head_dim))
    attend(builder, _projections(builder, m), sources, m.num_heads, factor, hide, m.dropout)
    return Live(builder.tip, query.batch), None


def _projections(builder: Builder, m: Any) -> dict[str, Dense]:
    tensors = [m.in_proj_weight, m.q_proj_weight, m.k_proj_weight, m.v_proj_weight, m.in_proj_bias]

    def make() -> dict[str, Dense]:
        n = m.embed_dim
        biases = zeros_or(m.in_proj_bias, 3 * n)
        weights = tensors[1:4] if m.in_proj_weight is None else m.in_proj_weight.split(n)
        made = {
            part: Dense(numbers_of(rows), biases[k * n : (k + 1) * n])
            for k, (part, rows) in enumerate(zip(("query", "key", "value"), weights, strict=True))
        }
        made["out"] = Dense(numbers_of(m.out_proj.weight), zeros_or(m.out_proj.bias, n))
        return made

    return shared(builder, "attention", make, *tensors, m.out_proj.weight, m.out_proj.bias)


def _encoder_layer(
    builder: Builder,
    m: Any,
    src: Live,
    src_mask: Any = None,
    src_key_padding_mask: Any = None,
    is_causal: bool = False,
) -> Live:
    def module(part: str, x: Live) -> Live:
        one = getattr(m, part)
        with inside(builder, part):
            builder.tip, builder.batch = x
            MODULES[type(one).__name__](builder, one)
        return Live(builder.tip, x.batch)

    def attend(x: Live) -> Live:
        with inside(builder, "self_attn"):
            out, _ = _attention(
                builder, m.self_attn, x, x, x, src_key_padding_mask, attn_mask=src_mask
            )
        return module("dropout1", out)

    def feed(x: Live) -> Live:
        x = module("linear1", x)
        name = getattr(m.activation, "__name__", "")
        if isinstance(getattr(m, "activation", None), Callable) and name in ACTIVATIONS:  # type: ignore[arg-type]
            FUNCTIONS[name](builder)
        elif type(m.activation).__name__ in MODULES:
            MODULES[type(m.activation).__name__](builder, m.activation)
        else:
            raise UnsupportedModelError(f"the activation {m.activation} is not supported")
        x = module("dropout", Live(builder.tip, x.batch))
        return module("dropout2", module("linear2", x))

    def sum_of(part: str, *terms: Live) -> Live:
        return Live(builder.add(Add(), *(one.name for one in terms), name=part), src.batch)

    if m.norm_first:
        src = sum_of("sum1", src, attend(module("norm1", src)))
        return sum_of("sum2", src, feed(module("norm2", src)))
    src = module("norm1", sum_of("sum1", src, attend(src)))
    return module("norm2", sum_of("sum2", src, feed(src)))


#: Activation functions of torch.nn.functional that a transformer's layer may have.
ACTIVATIONS = ("relu", "gelu", "silu", "tanh")


def _encoder(
    builder: Builder,
    m: Any,
    src: Live,
    mask: Any = None,
    src_key_padding_mask: Any = None,
    is_causal: Any = None,
) -> Live:
    for k, layer in enumerate(m.layers):
        with inside(builder, f"layers.{k}"):
            src = _encoder_layer(builder, layer, src, mask, src_key_padding_mask)
    if m.norm is not None:
        with inside(builder, "norm"):
            builder.tip, builder.batch = src
            MODULES[type(m.norm).__name__](builder, m.norm)
    return Live(builder.tip, src.batch)


#: By their names in torch.nn. An entry returns what the module gives, or None for the tip.
SEQUENCES: dict[str, Callable[..., Any]] = {
    "Embedding": _embedding,
    "EmbeddingBag": _embedding_bag,
    "GRU": _recurrent,
    "LSTM": _recurrent,
    "MultiheadAttention": _attention,
    "RNN": _recurrent,
    "TransformerEncoder": _encoder,
    "TransformerEncoderLayer": _encoder_layer,
}
