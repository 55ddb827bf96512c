"""Names for the nodes of attention that a graph without names has: query, scores, pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nnviz.interop.builder import Builder
from nnviz.interop.node_replacement import rename
from nnviz.network import (
    CausalMask,
    Dense,
    Dropout,
    Mask,
    MatMul,
    MergeHeads,
    Node,
    Slice,
    Softmax,
    SplitHeads,
)

__all__ = ["name_attention"]


def name_attention(builder: Builder) -> None:
    """Name the nodes of attention as `nnviz.network.attention` does, in a block of their own.

    The block is that of the softmax, or "attention1", "attention2". Layers with parameters keep
    the names of modules that they come from, where these are not the whole attention.
    """
    users: dict[str, list[str]] = {}
    for name, node in builder.nodes.items():
        for source in node.inputs:
            users.setdefault(source, []).append(name)
    names: dict[str, str] = {}
    number = 0
    for name, node in builder.nodes.items():
        builder.budget.check_time()
        parts = _parts(builder.nodes, users, name) if type(node.layer) is Softmax else None
        if parts is None:
            continue
        block = name.rpartition(".")[0]
        if not block:
            number += 1
            block = f"attention{number}"
        for part, old in parts:
            if old not in names and old not in builder.inputs:
                unnamed = re.fullmatch(rf"{re.escape(block)}(_\d+)?|[a-z_]+\d*d?\d+", old)
                if unnamed or not builder.nodes[old].layer.parameters:
                    names[old] = f"{block}.{part}"
    rename(builder, names)


def _parts(
    nodes: Mapping[str, Node], users: Mapping[str, list[str]], pattern: str
) -> list[tuple[str, str]] | None:
    """Return the roles of a softmax and its neighbours in attention; None without attention."""
    masks: list[str] = []
    at = nodes[pattern].inputs[0]
    while at in nodes and isinstance(nodes[at].layer, CausalMask | Mask):
        masks.append(at)
        at = nodes[at].inputs[0]
    if at not in nodes or not isinstance(nodes[at].layer, MatMul):
        return None
    after = pattern
    found: list[tuple[str, str]] = []
    while len(users.get(after, ())) == 1 and isinstance(nodes[users[after][0]].layer, Dropout):
        after = users[after][0]
        found.append(("dropped", after))
    mixed = [one for one in users.get(after, ()) if isinstance(nodes[one].layer, MatMul)]
    if len(mixed) != 1 or nodes[mixed[0]].inputs[0] != after:
        return None
    query, key = nodes[at].inputs
    value = nodes[mixed[0]].inputs[1]
    for part, source in (("query", query), ("key", key), ("value", value)):
        found.extend(_source(nodes, part, source))
    found += [("scores", at), *(("mask", one) for one in masks)]
    found += [("pattern", pattern), ("mixed", mixed[0])]
    last = mixed[0]
    for kind, part in ((MergeHeads, "merged"), (Dense, "out")):
        following = users.get(last, [])
        if len(following) == 1 and isinstance(nodes[following[0]].layer, kind):
            last = following[0]
            found.append((part, last))
    return found


def _source(nodes: Mapping[str, Node], part: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield what a value that attention takes is called, and what its heads are split from."""
    node = nodes.get(name)
    if node is None:
        return
    if isinstance(node.layer, SplitHeads):
        yield f"{part}_heads", name
        yield from _source(nodes, part, node.inputs[0])
    elif isinstance(node.layer, Dense | Slice):
        yield part, name
        before = nodes.get(node.inputs[0])
        if isinstance(node.layer, Slice) and before is not None and type(before.layer) is Dense:
            yield "query_key_value", node.inputs[0]
