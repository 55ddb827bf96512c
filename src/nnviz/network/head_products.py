"""The product of a matrix and a vector by which a head makes a query, a key or a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.attention_heads import nodes_of_attention, of_head
from nnviz.network.layer_terms import MOVING
from nnviz.network.layers import Dense, Layer, RotaryPositions
from nnviz.network.propagation import ForwardPass

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["HeadProduct", "head_product"]

#: What a part is called among the nodes of attention.
_PARTS = {"query": "queries", "key": "keys", "value": "values"}


@dataclass(frozen=True, eq=False)
class HeadProduct:
    """The product by which a head makes the query, the key or the value of one token.

    ``weights @ input + biases`` is `output`.

    Attributes
    ----------
    weights
        The head's part of the matrix, shape (features, n).
    input
        The token's vector, shape (n,).
    biases
        The head's part of the biases, shape (features,).
    output
        What the network computed, shape (features,): a row of `AttentionHead.queries`, `keys` or
        `values`.
    source
        Name of the node or input that gives the token's vector.
    """

    weights: FloatArray
    input: FloatArray
    biases: FloatArray
    output: FloatArray
    source: str


def head_product(
    network: Network,
    forward: ForwardPass,
    block: str,
    head: int = 0,
    part: Literal["query", "key", "value"] = "query",
    token: int = -1,
) -> HeadProduct:
    """Return the matrix and the vector whose product is a token's query, key or value.

    A head's query is a part of what a dense layer makes of the token's vector. Which part that is
    differs from model to model; it is found by following the numbers back through the layers that
    move them. Where rotary positions turn queries and keys, the matrix is the one that is turned by
    the angles of the token's position.

    Parameters
    ----------
    network : Network
        As for `attention_head`.
    forward : ForwardPass
        As for `attention_head`.
    block : str
        As for `attention_head`.
    head : int
        As for `attention_head`.
    part : {"query", "key", "value"}, optional
        "query", "key" or "value".
    token : int, optional
        Position of the token; the last one by default.

    Raises
    ------
    NetworkError
        As by `attention_head`, if there is no such part or token, or if something else than a
        matrix and biases makes it of a token's vector.

    Examples
    --------
    >>> from nnviz.network import head_product, pretrained
    >>> network = pretrained("sort").with_inputs(8)
    >>> forward = network.forward_pass([3, 1, 4, 1, 5, 9, 2, 6])
    >>> found = head_product(network, forward, "block0.attention", 1, "key", token=3)
    >>> found.weights.shape, found.source
    ((8, 32), 'block0.norm1')
    """
    nodes = nodes_of_attention(network, block)
    if part not in _PARTS:
        raise NetworkError(f"part is 'query', 'key' or 'value', not {part!r}")
    node: str = getattr(nodes, _PARTS[part])
    output = of_head(forward[node], block, head)
    if not -len(output) <= token < len(output):
        raise NetworkError(f"there is no token {token}: the pass has {len(output)} of them")
    position = range(len(output))[token]
    between: list[Layer] = []
    at = node
    while at in network.nodes and isinstance(network.nodes[at].layer, (*MOVING, RotaryPositions)):
        if len(network.nodes[at].inputs) > 1:
            break
        between.insert(0, network.nodes[at].layer)
        (at,) = network.nodes[at].inputs
    layer = network.nodes[at].layer if at in network.nodes else None
    if not isinstance(layer, Dense) or layer.activation.name != "identity":
        what = "an input" if layer is None else f"a {layer.kind}"
        raise NetworkError(
            f"{node} comes from {at}, {what}, not from a dense layer without an activation "
            "function: it is no product of a matrix and a vector"
        )
    (source,) = network.nodes[at].inputs
    if forward[at].ndim != 2 or len(forward[at]) <= position:
        raise NetworkError(f"{at} has shape {forward[at].shape}, not a row for each token")
    taken = _taken(between, forward[at].shape, forward[node].shape, head, position)
    return HeadProduct(
        taken @ layer.weights,
        forward[source][position],
        taken @ layer.biases,
        output[position],
        source,
    )


def _taken(
    layers: list[Layer], shape: tuple[int, ...], shape_of_heads: tuple[int, ...], head: int, at: int
) -> FloatArray:
    """Return how a head's features depend on those of its token, (features, n): back by layers."""
    memories = []
    moved = np.zeros((1, *shape))
    for layer in layers:
        moved, memory = layer.forward(moved)
        memories.append(memory)
    rows = []
    for k in range(shape_of_heads[-1]):
        error = np.zeros((1, *shape_of_heads))
        error[(0, head, at, k) if len(shape_of_heads) == 3 else (0, at, k)] = 1.0
        for layer, memory in zip(layers[::-1], memories[::-1], strict=True):
            found = layer.backward(memory, error)
            assert isinstance(found, np.ndarray)
            error = found
        if np.delete(error[0], at, axis=0).any():
            raise NetworkError("a token's vector has parts of other tokens' products")
        rows.append(error[0, at])
    return np.array(rows)
