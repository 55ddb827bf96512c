"""Blocks of nodes that several importers make: names inside them, and attention."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from nnviz.interop.builder import Builder
from nnviz.network import Dense, Dropout, MatMul, MergeHeads, Softmax, SplitHeads

__all__ = ["attend", "inside"]


@contextmanager
def inside(builder: Builder, part: str) -> Iterator[None]:
    """Let nodes lie in a block inside the present one."""
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
) -> None:
    """Add the nodes of multi-head attention: query, key, value, scores, pattern, mixed, out.

    Parameters
    ----------
    builder
        Where they go, in the block `label`.
    layers
        For "query", "key", "value" and "out".
    sources
        Names of what "query", "key" and "value" are made of, (tokens, features).
    heads
        Number of heads.
    factor
        What the products of queries and keys are multiplied by.
    hide
        Adds masks after the scores.
    dropout
        Share of the pattern that is silenced in training.
    """
    parts = {}
    for part, source in sources.items():
        builder.add(layers[part], source, name=part)
        if heads > 1:
            builder.add(SplitHeads(heads), name=f"{part}_heads")
        parts[part] = builder.tip
    builder.add(MatMul(True, factor), parts["query"], parts["key"], name="scores")
    hide()
    builder.add(Softmax(), name="pattern")
    if dropout:
        builder.add(Dropout(dropout), name="dropped")
    builder.add(MatMul(), builder.tip, parts["value"], name="mixed")
    if heads > 1:
        builder.add(MergeHeads(), name="merged")
    builder.add(layers["out"], name="out")
