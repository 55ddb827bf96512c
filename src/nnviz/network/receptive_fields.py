"""Which part of a network's input a unit depends on: the method of `Network` that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnviz.network._checks import located
from nnviz.network._types import NetworkError
from nnviz.network.graph import Graph
from nnviz.network.layers import ReceptiveField

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["receptive_field"]


def receptive_field(
    network: Network, layer: int | str, row: int, column: int, of: int | str = 0
) -> ReceptiveField:
    """Return which part of the input one unit of a map depends on, whatever its channel.

    Parameters
    ----------
    layer : int or str
        Name of a node, or index into ``network.layers``, negative from the end.
    row, column : int
        Place of the unit in its map, counted from 0.
    of : int or str, optional
        Name of the input or node whose map is meant; or in a chain the index of the layer whose
        input is meant: 0 for that of the network, `layer` for what comes into the layer itself.

    Returns
    -------
    ReceptiveField
        The padding in it is that of `of`. What lies in the padding of a layer in between
        depends on nothing, and is not followed.

    Raises
    ------
    NetworkError
        If there is no such unit, or a layer on the way mixes all of its input.
    """
    graph = network.graph
    node, first = graph.node_index(layer), len(graph.inputs)
    if isinstance(of, str):
        if of not in graph.shapes.names:
            raise NetworkError(f"there is no {of!r}; there are {', '.join(graph.shapes.names)}")
        of = graph.shapes.names.index(of)
    elif not 0 <= of <= node:
        raise NetworkError(f"layers[{of}] is not among layers 0 to {node}")
    if not graph.depends(first + node, of):
        raise NetworkError(f"{layer} does not depend on {graph.shapes.names[of]}")
    fields = _fields(graph, node, [row], [column], of)
    for k in range(node - 1, of - first, -1):
        seen = fields.pop(k + first, None)
        if seen is None or not all(seen.inside):  # all in the padding
            continue
        for source, further in _fields(graph, k, *seen.inside, of).items():
            fields[source] = _union(fields.get(source), further)
    _, height, width = graph.shapes[of]
    return fields.get(of, ReceptiveField((), (), (height, width)))


def _fields(
    graph: Graph, node: int, rows: Sequence[int], columns: Sequence[int], of: int
) -> dict[int, ReceptiveField]:
    """Return what units depend on in each of the node's inputs on the way to a value."""
    layer, sources = graph.steps[node]
    fields: dict[int, ReceptiveField] = {}
    for source in sources:
        if source != of and not graph.depends(source, of):
            continue
        shape = graph.shapes[source]
        # A row's rows do not depend on the column, so that one of each kind is enough.
        with located(graph.place_of(node), layer.kind):
            down = [layer.receptive_field(one, columns[0], shape) for one in rows]
            across = [layer.receptive_field(rows[0], one, shape) for one in columns]
        fields[source] = ReceptiveField(
            tuple(sorted({one for seen in down for one in seen.rows})),
            tuple(sorted({one for seen in across for one in seen.columns})),
            down[0].image,
        )
    return fields


def _union(one: ReceptiveField | None, other: ReceptiveField) -> ReceptiveField:
    if one is None:
        return other
    return ReceptiveField(
        tuple(sorted({*one.rows, *other.rows})),
        tuple(sorted({*one.columns, *other.columns})),
        other.image,
    )
