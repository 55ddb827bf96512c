"""One head of attention: everything it computes on the way, found in a pass by the block's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.generation import Cache
from nnviz.network.graph import Node
from nnviz.network.layers import CausalMask, Dropout, Mask, MatMul
from nnviz.network.passes import ForwardPass

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["AttentionHead", "CachedHead", "attention_head", "cached_head"]


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


class CachedHead(NamedTuple):
    """What one head of attention keeps of the positions so far: its part of a key-value cache.

    Attributes
    ----------
    keys, values
        One vector a position: shapes (length, features), (length, n_values).
    """

    keys: FloatArray
    values: FloatArray


class _Steps(NamedTuple):
    """The names of the nodes of an attention, in the order of what they compute."""

    queries: str
    keys: str
    values: str
    scores: str
    masked: str
    pattern: str
    mixed: str


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
    steps = _steps_of(network, block)
    product = network.nodes[steps.scores].layer
    assert isinstance(product, MatMul)

    def of(node: str) -> FloatArray:
        return _of_head(forward[node], block, head)

    return AttentionHead(
        of(steps.queries),
        of(steps.keys),
        of(steps.values),
        product.factor,
        of(steps.scores),
        of(steps.masked),
        of(steps.pattern),
        of(steps.mixed),
    )


def cached_head(network: Network, cache: Cache, block: str, head: int = 0) -> CachedHead:
    """Return the keys and values that one head of attention keeps in a cache.

    They are those of a pass over all positions at once.

    Parameters
    ----------
    network
        With attention.
    cache
        As :meth:`Network.extend` returned it.
    block
        The block's name, such as "block0.attention": it has a node "pattern".
    head
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
    steps = _steps_of(network, block)
    if not {steps.scores, steps.mixed} <= cache.kept.keys():
        raise NetworkError(
            f"the cache keeps nothing of {block}: "
            + (
                f"it is of another network, with {', '.join(cache.kept)}"
                if cache.kept
                else "it is empty; take the one that network.extend(tokens) returns"
            )
        )
    keys, values = (cache.kept[node][0] for node in (steps.scores, steps.mixed))
    return CachedHead(_of_head(keys, block, head), _of_head(values, block, head))


def _of_head(array: FloatArray, block: str, head: int) -> FloatArray:
    """Return one head's part of what all heads of a block computed."""
    heads = array.shape[0] if array.ndim == 3 else 1
    if not 0 <= head < heads:
        raise NetworkError(f"{block} has {heads} heads, from 0 to {heads - 1}, and no head {head}")
    part: FloatArray = array[head] if array.ndim == 3 else array
    return part


def _steps_of(network: Network, block: str) -> _Steps:
    """Return the nodes of an attention, found by its pattern."""
    name = f"{block}.pattern"
    if name not in network.nodes:
        known = [one.removesuffix(".pattern") for one in network.nodes if one.endswith(".pattern")]
        raise NetworkError(
            f"there is no attention in a block {block!r}: "
            + (f"there are {', '.join(known)}" if known else f"none in {network!r}")
        )
    masked = network.nodes[name].inputs[0]
    scores = masked
    while isinstance(network.nodes[scores].layer, CausalMask | Mask):
        scores = network.nodes[scores].inputs[0]
    product = network.nodes[scores].layer
    if not isinstance(product, MatMul) or not product.transposed:
        raise NetworkError(
            f"{name} is no pattern of queries and keys: it comes from a {product.name}"
        )
    queries, keys = network.nodes[scores].inputs
    mixed, values = _mixing(network.nodes, name)
    return _Steps(queries, keys, values, scores, masked, name, mixed)


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
