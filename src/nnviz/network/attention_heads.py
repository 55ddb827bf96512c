"""What attention computes on the way, one head or all, found in a pass by the block's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.activations import softmax
from nnviz.network.generation import Cache
from nnviz.network.graph import Node
from nnviz.network.layers import CausalMask, Dense, Dropout, Mask, MatMul, MergeHeads
from nnviz.network.propagation import BackwardPass, ForwardPass

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = [
    "AttentionGradients",
    "AttentionHead",
    "AttentionNodes",
    "AttentionOutput",
    "CachedHead",
    "attention_gradients",
    "attention_head",
    "attention_output",
    "cached_head",
    "nodes_of_attention",
    "of_head",
]


class AttentionNodes(NamedTuple):
    """The names of the nodes of attention in a network, in the order of what they compute."""

    queries: str
    keys: str
    values: str
    scores: str
    masked: str
    pattern: str
    mixed: str


@dataclass(frozen=True, eq=False)
class AttentionHead:
    """What one head of attention computed for one sequence.

    Attributes
    ----------
    queries, keys, values
        One vector per token: shapes (n_queries, features), (n_keys, features), (n_keys, n_values).
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
    def unmasked(self) -> FloatArray:
        """What the pattern would be without a mask: the softmax of each row of `scores`."""
        return softmax(self.scores)

    @property
    def moved(self) -> FloatArray:
        """What goes from each key to each query: weights times values, (n_queries, n_keys, n).

        Its sum over the keys is `mixed`.
        """
        moved: FloatArray = self.pattern[..., None] * self.values
        return moved


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


@dataclass(frozen=True, eq=False)
class AttentionOutput:
    """What a layer of attention makes of its heads: all side by side, times a matrix.

    Attributes
    ----------
    heads
        What each head mixed, shape (heads, tokens, features).
    merged
        The same side by side, shape (tokens, heads * features).
    weights, biases
        Of the output layer, shapes (n, heads * features) and (n,).
    out
        ``merged @ weights.T + biases``, shape (tokens, n).
    """

    heads: FloatArray
    merged: FloatArray
    weights: FloatArray
    biases: FloatArray
    out: FloatArray


class CachedHead(NamedTuple):
    """What one head of attention keeps of the positions so far: its part of a key-value cache.

    Attributes
    ----------
    keys, values
        One vector per position: shapes (length, features), (length, n_values).
    """

    keys: FloatArray
    values: FloatArray


def nodes_of_attention(network: Network, block: str) -> AttentionNodes:
    """Return the nodes of attention in a block.

    Parameters
    ----------
    network : Network
        As for `attention_head`.
    block : str
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
        source = "an input" if product is None else f"a {product.kind}"
        raise NetworkError(f"{name} is no pattern of queries and keys: it comes from {source}")
    queries, keys = network.nodes[scores].inputs
    mixed, values = _mixing(network.nodes, name)
    return AttentionNodes(queries, keys, values, scores, masked, name, mixed)


def attention_head(
    network: Network, forward: ForwardPass, block: str, head: int = 0
) -> AttentionHead:
    """Return what one head of attention computed.

    Parameters
    ----------
    network : Network
        With attention, such as :func:`~nnviz.network.attention` makes and importers read.
    forward : ForwardPass
        What it computed for one example.
    block : str
        The block's name, such as "block0.attention": it has a node "pattern".
    head : int, optional
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
    arrays = {part: of_head(forward[name], block, head) for part, name in nodes._asdict().items()}
    return AttentionHead(factor=product.factor, **arrays)


def attention_gradients(
    network: Network, backward: BackwardPass, block: str, head: int = 0
) -> AttentionGradients:
    """Return the derivatives of the cost by what one head of attention computed.

    Parameters
    ----------
    network : Network
        As for `attention_head`.
    block : str
        As for `attention_head`.
    head : int
        As for `attention_head`.
    backward : BackwardPass
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
    return AttentionGradients(*(of_head(backward[name], block, head) for name in nodes))


def attention_output(network: Network, forward: ForwardPass, block: str) -> AttentionOutput:
    """Return what a layer of attention made of its heads.

    Parameters
    ----------
    network : Network
        As for `attention_head`.
    forward : ForwardPass
        As for `attention_head`.
    block : str
        As for `attention_head`.

    Raises
    ------
    NetworkError
        If there is no such block, or no dense layer reads its heads side by side.

    Examples
    --------
    >>> from nnviz.network import attention_output, pretrained
    >>> network = pretrained("sort").with_inputs(3)
    >>> found = attention_output(network, network.forward_pass([3, 1, 4]), "block0.attention")
    >>> found.heads.shape, found.merged.shape, found.weights.shape
    ((4, 3, 8), (3, 32), (32, 32))
    """
    mixed = nodes_of_attention(network, block).mixed
    merged = last = mixed
    for name, node in network.nodes.items():
        if node.inputs[0] != last:
            continue
        layer = node.layer
        if isinstance(layer, MergeHeads):
            merged = last = name
        elif isinstance(layer, Dense) and layer.activation.name == "identity":
            heads = forward[mixed]
            return AttentionOutput(
                heads if heads.ndim == 3 else heads[None],
                forward[merged],
                layer.weights,
                layer.biases,
                forward[name],
            )
    raise NetworkError(f"{block} has no output layer: no dense layer reads {merged}")


def cached_head(network: Network, cache: Cache, block: str, head: int = 0) -> CachedHead:
    """Return the keys and values that one head of attention keeps in a cache.

    They are those of a pass over all positions at once.

    Parameters
    ----------
    network : Network
        With attention.
    cache : Cache
        As :meth:`Network.extend` returned it.
    block : str
        The block's name, such as "block0.attention": it has a node "pattern".
    head : int, optional
        Which head, from 0.

    Raises
    ------
    NetworkError
        If there is no such block or head, or the cache is empty or another network's.

    Examples
    --------
    >>> from nnviz.network import cached_head, pretrained
    >>> network = pretrained("sort")
    >>> cache = network.extend([3, 1, 4]).cache
    >>> cached_head(network, cache, "block0.attention").keys.shape
    (3, 8)
    >>> cache = network.extend([1, 5], cache).cache
    >>> cached_head(network, cache, "block0.attention").keys.shape
    (5, 8)
    """
    nodes = nodes_of_attention(network, block)
    if not {nodes.scores, nodes.mixed} <= cache.kept.keys():
        raise NetworkError(
            f"the cache keeps nothing of {block}: "
            + (
                f"it is of another network, with {', '.join(cache.kept)}"
                if cache.kept
                else "it is empty; take the one that network.extend(tokens) returns"
            )
        )
    keys, values = (cache.kept[node][0] for node in (nodes.scores, nodes.mixed))
    return CachedHead(of_head(keys, block, head), of_head(values, block, head))


def of_head(array: FloatArray, block: str, head: int) -> FloatArray:
    """Return one head's part of an array of all heads.

    Parameters
    ----------
    array : ndarray of float
        Shape (heads, ...) of three axes; with two it is the only head's.
    block : str
        Whose heads they are, for the error.
    head : int
        Which, from 0.

    Raises
    ------
    NetworkError
        If there is no such head.
    """
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
