"""Replace or rename the nodes of a builder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nnviz.network import Node

if TYPE_CHECKING:
    from nnviz.interop.builder import Builder

__all__ = ["needed", "rename", "replace"]


def needed(nodes: Mapping[str, Node], output: str) -> dict[str, Node]:
    """Return the nodes that a value is computed from."""
    names = {output}
    for name, node in reversed(list(nodes.items())):
        if name in names:
            names.update(node.inputs)
    return {name: node for name, node in nodes.items() if name in names}


def replace(builder: Builder, nodes: Mapping[str, Node], names: Mapping[str, str]) -> None:
    """Replace all nodes by others that compute the same values.

    What the tip does not need is left out.

    Parameters
    ----------
    builder : Builder
        Their shapes are in its `shapes` already.
    nodes : mapping from str to Node
        In an order in which they can be computed.
    names : mapping from str to str
        New names of values by old names, where they have changed.
    """
    builder.tip = names.get(builder.tip, builder.tip)
    builder.views = {view: names.get(name, name) for view, name in builder.views.items()}
    builder.logarithms = {names.get(name, name) for name in builder.logarithms}
    builder.names.unnamed = {names.get(name, name) for name in builder.names.unnamed}
    builder.nodes = needed(nodes, builder.views.get(builder.tip, builder.tip))


def rename(builder: Builder, names: Mapping[str, str]) -> None:
    """Rename nodes, with a number where a name is in use.

    Parameters
    ----------
    builder : Builder
        Whose nodes these are.
    names : mapping from str to str
        From old to new names. Those outside of blocks get a number in any case.
    """
    taken = {*builder.inputs, *builder.nodes} - names.keys()
    numbers: Counter[str] = Counter()
    found: dict[str, str] = {}
    for old, wanted in names.items():
        new = ""
        while not new or new in taken:
            numbers[wanted] += 1
            new = f"{wanted}{_number(numbers[wanted]) if '.' in wanted else numbers[wanted]}"
        found[old] = new
        taken.add(new)
        builder.names.put(new)
    builder.shapes.update({new: builder.shapes[old] for old, new in found.items()})
    nodes = {
        found.get(name, name): Node(
            node.layer, tuple(found.get(source, source) for source in node.inputs)
        )
        for name, node in builder.nodes.items()
    }
    replace(builder, nodes, found)


def _number(count: int) -> str:
    """Return what stands behind a name inside a block, the first of which has no number."""
    return f"_{count}" if count > 1 else ""
