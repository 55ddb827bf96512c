"""Functions of PyTorch for masks and attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.attention_nodes import hide, seen_in
from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.torch_joins import JOINS, Learned, Live, example, take
from nnviz.network import Dropout, MatMul, Softmax

__all__ = ["JOINS", "add_mask"]


def _masked_fill(builder: Builder, x: Live, mask: Any, value: Any) -> None:
    if isinstance(mask, Live | Learned) or float(value) != -math.inf:
        raise UnsupportedModelError("masked_fill is supported with a constant mask and -inf only")
    take(builder, x)
    hide(builder, ~example(builder, mask.numpy(), x).astype(bool))


def _attention(
    builder: Builder,
    query: Live,
    key: Live,
    value: Live,
    attn_mask: Any = None,
    dropout_p: Any = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> None:
    used, trained = dropout_p if isinstance(dropout_p, tuple) else (dropout_p, dropout_p)
    if used:
        raise UnsupportedModelError(
            "this dropout stays active after eval(): give dropout_p=0.0 unless self.training"
        )
    if enable_gqa or any(not isinstance(one, Live) or one.batch for one in (query, key, value)):
        raise UnsupportedModelError(
            "attention is supported without enable_gqa, with the examples first"
        )
    take(builder, query)
    shape = builder.known_shape()
    factor = 1.0 / math.sqrt(shape[-1]) if scale is None else float(scale)
    builder.add(MatMul(True, factor), query.name, key.name)
    if is_causal:
        rows, columns = builder.known_shape()[-2:]
        hide(builder, np.tri(rows, columns, dtype=bool))
    if attn_mask is not None:
        add_mask(builder, attn_mask)
    builder.add(Softmax())
    if trained:
        builder.add(Dropout(float(trained)))
    builder.add(MatMul(), builder.tip, value.name)


def add_mask(builder: Builder, mask: Any, *, hides: bool = False) -> None:
    """Apply a constant mask to scores: of truth values, or of numbers to add."""
    if isinstance(mask, Live | Learned):
        raise UnsupportedModelError("a mask that depends on the input is not supported")
    values: npt.NDArray[Any] = example(builder, mask.numpy(), Live(builder.tip))
    seen = seen_in(values)
    hide(builder, ~seen if hides and values.dtype == bool else seen)


JOINS["masked_fill"] = _masked_fill
JOINS["scaled_dot_product_attention"] = _attention
