"""One head of attention: everything it computes on the way, found in a pass by the block's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.graph import Node
from nnviz.network.layers import CausalMask, Dropout, Mask, MatMul
from nnviz.network.passes import BackwardPass, ForwardPass

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = [
    "AttentionGradients",
    "AttentionHead",
    "AttentionNodes",
    "attention_gradients",
    "attention_head",
    "nodes_of_attention",
]


@dataclass(frozen=True, eq=False)
class AttentionHead:
    """What one head of attention computed for one sequence.

    Attributes
    ----------
    queries, keys, values
        One vector a token: shapes (n_queries, features), (n_keys, features), (n_keys, n_values).
    factor
        What products of queries and keys are multiplied with: 1 / sqrt(features) by Vaswani and
        others, 2017.
    scores
        ``factor * queries @ keys.T``, shape (n_queries, n_keys).
    masked
        The scores, with minus infinity where a query does not see a key.
    pattern
        The softmax of each row.
    mixed
        ``pattern @ values``, shape (n_queries, n_values).
    """

    queries: FloatArray
    keys: FloatArray
    values: FloatArray
    factor: float
    scores: FloatArray
    masked: FloatArray
    pattern: FloatArray
    mixed: FloatArray

    @property
    def products(self) -> FloatArray:
        """Dot products of queries and keys, shape (n_queries, n_keys)."""
        products: FloatArray = self.queries @ self.keys.T
        return products

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Where a query does not see a key, shape (n_queries, n_keys)."""
        hidden: NDArray[np.bool_] = np.isneginf(self.masked)
        return hidden

    @property
    def moved(self) -> FloatArray:
        """What goes from each key to each query: weights times values, (n_queries, n_keys, n).

        Its sum over the keys is `mixed`.
        """
        moved: FloatArray = self.pattern[..., None] * self.values
        return moved


def attention_head(
    network: Network, forward: ForwardPass, block: str, head: int = 0
) -> AttentionHead:
    """Return what one head of attention computed.

    Parameters
    ----------
    network
        With attention, such as :func:`~nnviz.network.attention` makes and importers read.
    forward
        What it computed for one example.
    block
        The block's name, such as "block0.attention": it has a node "pattern".
    head
        Which head, from 0.

    Raises
    ------
    NetworkError
        If there is no such block or head, or its pattern is not computed by queries and keys.

    Examples
    --------
    >>> from nnviz.network import attention_head, pretrained
    >>> network = pretrained("sort")
    >>> forward = network.forward_pass([3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5, 6])
    >>> head = attention_head(network, forward, "block0.attention", 2)
    >>> head.queries.shape, head.pattern.shape
    ((15, 8), (15, 15))
    """
    nodes = nodes_of_attention(network, block)
    product: Any = network.nodes[nodes.scores].layer
    arrays = {part: _of_head(forward[name], block, head) for part, name in nodes._asdict().items()}
    return AttentionHead(factor=product.factor, **arrays)


@dataclass(frozen=True, eq=False)
class AttentionGradients:
    """The derivatives of the cost by everything that one head of attention computed.

    Attributes
    ----------
    queries, keys, values
        dC/dq, dC/dk and dC/dv, shaped as in `AttentionHead`.
    scores, masked
        dC/ds, shape (n_queries, n_keys): 0 where a query does not see a key.
    pattern
        dC/dp, shape (n_queries, n_keys).
    mixed
        dC/dm of the sum of values at each query, shape (n_queries, n_values).
    """

    queries: FloatArray
    keys: FloatArray
    values: FloatArray
    scores: FloatArray
    masked: FloatArray
    pattern: FloatArray
    mixed: FloatArray


def attention_gradients(
    network: Network, backward: BackwardPass, block: str, head: int = 0
) -> AttentionGradients:
    """Return the derivatives of the cost by what one head of attention computed.

    Parameters
    ----------
    network, block, head
        As for `attention_head`.
    backward
        The network's backward pass of one example.

    Raises
    ------
    NetworkError
        As by `attention_head`.

    Examples
    --------
    >>> from nnviz.network import attention_gradients, pretrained
    >>> network = pretrained("names").with_inputs(3)
    >>> backward = network.backward_pass([0, 1, 14], [-1, -1, 14])
    >>> attention_gradients(network, backward, "block0.attention", 1).pattern.shape
    (3, 3)
    """
    nodes = nodes_of_attention(network, block)
    return AttentionGradients(*(_of_head(backward[name], block, head) for name in nodes))


class AttentionNodes(NamedTuple):
    """The names of the nodes of attention in a network, whoever has made it."""

    queries: str
    keys: str
    values: str
    scores: str
    masked: str
    pattern: str
    mixed: str


def nodes_of_attention(network: Network, block: str) -> AttentionNodes:
    """Return the nodes of attention in a block.

    Parameters
    ----------
    network, block
        As for `attention_head`.

    Raises
    ------
    NetworkError
        If there is no such block, or its pattern is not computed by queries and keys.
    """
    name = f"{block}.pattern"
    if name not in network.nodes:
        known = [one.removesuffix(".pattern") for one in network.nodes if one.endswith(".pattern")]
        raise NetworkError(
            f"there is no attention in a block {block!r}: "
            + (f"there are {', '.join(known)}" if known else f"none in {network!r}")
        )
    masked = network.nodes[name].inputs[0]
    scores = masked
    while scores in network.nodes and isinstance(network.nodes[scores].layer, CausalMask | Mask):
        scores = network.nodes[scores].inputs[0]
    product = network.nodes[scores].layer if scores in network.nodes else None
    if not isinstance(product, MatMul) or not product.transposed:
        source = "an input" if product is None else f"a {product.name}"
        raise NetworkError(f"{name} is no pattern of queries and keys: it comes from {source}")
    queries, keys = network.nodes[scores].inputs
    mixed, values = _mixing(network.nodes, name)
    return AttentionNodes(queries, keys, values, scores, masked, name, mixed)


def _of_head(array: FloatArray, block: str, head: int) -> FloatArray:
    """Return what one head has of an array of all."""
    heads = array.shape[0] if array.ndim == 3 else 1
    if not 0 <= head < heads:
        raise NetworkError(f"{block} has {heads} heads, from 0 to {heads - 1}, and no head {head}")
    return array[head] if array.ndim == 3 else array


def _mixing(nodes: Mapping[str, Node], pattern: str) -> tuple[str, str]:
    """Return the node that mixes by a pattern, and that of the values it mixes."""
    after = {pattern}
    for name, node in nodes.items():
        if node.inputs[0] in after:
            if isinstance(node.layer, MatMul):
                return name, node.inputs[1]
            if isinstance(node.layer, Dropout):
                after.add(name)
    raise NetworkError(f"nothing is mixed by {pattern}")
