"""Builders of blocks: functions that return named nodes, of which the last is the block's output.

Every builder takes the block's name and the name of what it reads, and gives nodes whose names
begin with the block's. They are put together as mappings are::

    nodes = attention("attention", "x", 16, heads=2, rng=rng)
    nodes |= residual("feed", last_of(nodes), [LayerNorm(...), Dense(...)])
    network = Network({"x": (10, 16)}, nodes, last_of(nodes))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from nnviz.network._checks import check_number, check_size
from nnviz.network._types import NetworkError
from nnviz.network.graph import Node, usual_names
from nnviz.network.layers import (
    Add,
    CausalMask,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Mask,
    MatMul,
    MergeHeads,
    Multiply,
    PositionalEmbedding,
    Repeat,
    RMSNorm,
    RotaryPositions,
    Slice,
    Softmax,
    SplitHeads,
)
from nnviz.network.network import Network

__all__ = [
    "attention",
    "dense_block",
    "last_of",
    "named_chain",
    "residual",
    "split",
    "swiglu",
    "transformer",
    "transformer_block",
]

Nodes = dict[str, Node]


def last_of(nodes: Mapping[str, Node]) -> str:
    """Return the name of the last node, which is a block's output.

    Parameters
    ----------
    nodes : mapping from str to Node
        At least one.
    """
    if not nodes:
        raise NetworkError("a block needs at least one node")
    return list(nodes)[-1]


def named_chain(name: str, source: str, layers: Iterable[Layer]) -> Nodes:
    """Make a block of layers in a row, named by kind and number: "encoder.dense1"...

    Parameters
    ----------
    name : str
        Name of the block.
    source : str
        Name of what the first layer takes.
    layers : iterable of Layer
        At least one.
    """
    row = list(layers)
    names = [f"{name}.{one}" for one in usual_names(row)]
    return {
        one: Node(layer, (before,))
        for one, layer, before in zip(names, row, [source, *names], strict=False)
    }


def residual(name: str, source: str, inside: Mapping[str, Node] | Iterable[Layer]) -> Nodes:
    """Make a block whose output is added to what it takes.

    K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", 2016.

    Parameters
    ----------
    name : str
        Name of the block; the sum is "name.sum".
    source : str
        Name of what goes through the block, and past it.
    inside : mapping from str to Node or iterable of Layer
        Nodes, or layers in a row.
    """
    nodes = dict(inside) if isinstance(inside, Mapping) else named_chain(name, source, inside)
    return {**nodes, f"{name}.sum": Node(Add(), (source, last_of(nodes)))}


def split(name: str, source: str, sizes: Iterable[int], axis: int = -1) -> Nodes:
    """Cut values into parts along an axis: "name.0", "name.1"...

    Parameters
    ----------
    name : str
        Name of the block.
    source : str
        Name of what is cut.
    sizes : iterable of int
        Sizes of the parts, in their order.
    axis : int, optional
        Axis of one example; negative ones count from the end.
    """
    nodes, start = {}, 0
    for k, size in enumerate(sizes):
        stop = start + check_size(size, "sizes")
        nodes[f"{name}.{k}"] = Node(Slice(start, stop, axis=axis), (source,))
        start = stop
    return nodes


def attention(
    name: str,
    source: str,
    n_features: int,
    *,
    heads: int = 1,
    rng: np.random.RandomState | None = None,
    layers: Mapping[str, Dense] | None = None,
    causal: bool = False,
    key_heads: int | None = None,
    memory: str | None = None,
    mask: str | None = None,
    rotary: float | None = None,
    dropout: float = 0.0,
) -> Nodes:
    """Make the nodes of attention: query, key, value, scores, mask, pattern, mixed, out.

    A. Vaswani and others, "Attention Is All You Need", 2017, section 3.2. With several heads there
    are "queries", "keys" and "values" of shape (heads, tokens, features), and "merged".

    Parameters
    ----------
    name : str
        Name of the block.
    source : str
        Name of the sequence (tokens, n_features) that asks.
    n_features : int
        Number of features that come in and go out, a multiple of `heads`.
    heads : int, optional
        Number of heads.
    rng : RandomState, optional
        What to draw weights from, as `Dense.random` does but with variance 1 / n_features.
    layers : mapping from str to Dense, optional
        `Dense` layers for "query", "key", "value" and "out", instead of drawn ones.
    causal : bool, optional
        Whether a token sees itself and those before it alone.
    key_heads : int, optional
        Number of heads of keys and values, of which `heads` is a multiple: groups of queries share
        them (J. Ainslie and others, "GQA", 2023). As many as heads if None.
    memory : str, optional
        Name of another sequence, which is looked at: cross-attention. The asking one if None.
    mask : str, optional
        Name of an input of 0 and 1, of shape (keys,) or that of the scores: 0 is not seen.
    rotary : float, optional
        Base of `RotaryPositions` of queries and keys; None for none.
    dropout : float, optional
        Share of the pattern that is silenced in training.

    Raises
    ------
    NetworkError
        If heads and features do not go together, or there is nothing to draw from.
    """
    heads = check_size(heads, "heads")
    groups = heads if key_heads is None else check_size(key_heads, "key_heads")
    if n_features % heads or heads % groups:
        raise NetworkError(
            f"{n_features} features are split into {heads} heads, which share {groups} heads of "
            "keys: each must be a multiple of the next"
        )
    size = n_features // heads
    drawn = _attention_layers(n_features, groups * size, rng, layers)
    looked_at = source if memory is None else memory

    def at(part: str) -> str:
        return f"{name}.{part}"

    nodes: Nodes = {
        at(part): Node(drawn[part], (source if part == "query" else looked_at,))
        for part in ("query", "key", "value")
    }
    now = {part: at(part) for part in ("query", "key", "value")}

    def then(part: str, new: str, layer: Layer) -> None:
        nodes[at(new)] = Node(layer, (now[part],))
        now[part] = at(new)

    if heads > 1:
        for part, many in (("query", "queries"), ("key", "keys"), ("value", "values")):
            then(part, many, SplitHeads(heads if part == "query" else groups))
    if rotary is not None:
        then("query", "query_turned", RotaryPositions(rotary))
        then("key", "key_turned", RotaryPositions(rotary))
    if groups < heads:
        then("key", "keys_shared", Repeat(heads // groups))
        then("value", "values_shared", Repeat(heads // groups))
    nodes[at("scores")] = Node(MatMul(True, 1.0 / float(np.sqrt(size))), (now["query"], now["key"]))
    now["scores"] = at("scores")
    if causal:
        then("scores", "mask", CausalMask())
    if mask is not None:
        hidden = at("hidden" if causal else "mask")
        nodes[hidden] = Node(Mask(), (now["scores"], mask))
        now["scores"] = hidden
    then("scores", "pattern", Softmax())
    if check_number(dropout, "dropout", 0.0, 1.0):
        then("scores", "dropped", Dropout(dropout))
    nodes[at("mixed")] = Node(MatMul(), (now["scores"], now["value"]))
    now["mixed"] = at("mixed")
    if heads > 1:
        then("mixed", "merged", MergeHeads())
    then("mixed", "out", drawn["out"])
    return nodes


def dense_block(
    name: str,
    source: str,
    n_features: int,
    hidden: int,
    *,
    rng: np.random.RandomState,
    activation: str = "gelu",
    dropout: float = 0.0,
) -> Nodes:
    """Make the two dense layers that every token of a transformer goes through: "up" and "down".

    Parameters
    ----------
    name, source : str
        Names of the block and of what it takes.
    n_features, hidden : int
        Number of features outside and between.
    rng : RandomState
        What to draw weights from.
    activation : str, optional
        Activation function of the first.
    dropout : float, optional
        Share of the output that is silenced in training.
    """
    nodes = {
        f"{name}.up": Node(_drawn(n_features, hidden, rng, activation), (source,)),
        f"{name}.down": Node(_drawn(hidden, n_features, rng), (f"{name}.up",)),
    }
    if check_number(dropout, "dropout", 0.0, 1.0):
        nodes[f"{name}.dropped"] = Node(Dropout(dropout), (f"{name}.down",))
    return nodes


def swiglu(
    name: str, source: str, n_features: int, hidden: int, *, rng: np.random.RandomState
) -> Nodes:
    """Make the gated block of recent transformers: "gate" times "up" is "gated", then "down".

    The gate's activation function is the silu (N. Shazeer, "GLU Variants Improve Transformer",
    2020).

    Parameters
    ----------
    name, source : str
        Names of the block and of what it takes.
    n_features, hidden : int
        Number of features outside and between.
    rng : RandomState
        What to draw weights from.
    """
    return {
        f"{name}.gate": Node(_drawn(n_features, hidden, rng, "silu"), (source,)),
        f"{name}.up": Node(_drawn(n_features, hidden, rng), (source,)),
        f"{name}.gated": Node(Multiply(), (f"{name}.gate", f"{name}.up")),
        f"{name}.down": Node(_drawn(hidden, n_features, rng), (f"{name}.gated",)),
    }


def transformer_block(
    name: str,
    source: str,
    n_features: int,
    *,
    heads: int,
    rng: np.random.RandomState,
    hidden: int | None = None,
    causal: bool = True,
    activation: str = "gelu",
    norm: str = "layer",
    norm_first: bool = True,
    gated: bool = False,
    key_heads: int | None = None,
    rotary: float | None = None,
    mask: str | None = None,
    dropout: float = 0.0,
) -> Nodes:
    """Make a block of a transformer: attention and a feed-forward block, each with a skip.

    Parameters
    ----------
    name, source : str
        Names of the block and of the sequence (tokens, n_features) that it takes.
    n_features, heads : int
        As for `attention`; so are `causal`, `key_heads`, `rotary`, `mask` and `dropout`.
    rng : RandomState
        What to draw weights from.
    hidden : int, optional
        Number of features inside the feed-forward block; four times as many as outside if None.
    activation : str, optional
        Activation function there; not used where it is gated.
    norm : str, optional
        "layer" for `LayerNorm`, "rms" for `RMSNorm`.
    norm_first : bool, optional
        Whether a norm stands before attention and feed-forward block, as in GPT-2, or after each
        sum, as in 2017.
    gated : bool, optional
        Whether the feed-forward block is `swiglu`.

    Raises
    ------
    NetworkError
        If heads and features do not go together, or `norm` is neither.
    """
    hidden = 4 * n_features if hidden is None else check_size(hidden, "hidden")
    nodes: Nodes = {}

    def normed(part: str, what: str) -> str:
        nodes[f"{name}.{part}"] = Node(_norm(norm, n_features), (what,))
        return f"{name}.{part}"

    def added(part: str, before: str, inside: Nodes) -> str:
        nodes.update(inside)
        nodes[f"{name}.{part}"] = Node(Add(), (before, last_of(inside)))
        return f"{name}.{part}"

    taken = normed("norm1", source) if norm_first else source
    inside = attention(
        f"{name}.attention",
        taken,
        n_features,
        heads=heads,
        rng=rng,
        causal=causal,
        key_heads=key_heads,
        rotary=rotary,
        mask=mask,
        dropout=dropout,
    )
    if dropout:
        out = last_of(inside)
        inside[f"{name}.attention.out_dropped"] = Node(Dropout(dropout), (out,))
    middle = added("sum1", source, inside)
    if not norm_first:
        middle = normed("norm1", middle)
    taken = normed("norm2", middle) if norm_first else middle
    feed = f"{name}.feed_forward"
    inside = (
        swiglu(feed, taken, n_features, hidden, rng=rng)
        if gated
        else dense_block(
            feed, taken, n_features, hidden, rng=rng, activation=activation, dropout=dropout
        )
    )
    end = added("sum2", middle, inside)
    if not norm_first:
        normed("norm2", end)
    return nodes


def transformer(
    n_tokens: int,
    length: int,
    n_features: int,
    *,
    heads: int,
    blocks: int,
    rng: np.random.RandomState,
    tied: bool = True,
    rotary: float | None = None,
    norm: str = "layer",
    gated: bool = False,
    key_heads: int | None = None,
    hidden: int | None = None,
    dropout: float = 0.0,
) -> Network:
    """Make a language model: from tokens to a distribution over the next token, at every position.

    Parameters
    ----------
    n_tokens : int
        Number of different tokens.
    length : int
        Length of the sequences, and of the longest one that learned positions know.
    n_features, heads : int
        As for `attention`.
    blocks : int
        Number of blocks, named "block0", "block1"...
    rng : RandomState
        What to draw weights from.
    tied : bool, optional
        Whether the embedding's table also gives the scores at the end.
    rotary : float, optional
        Base of `RotaryPositions` in every block; learned positions instead if None.
    norm : str, optional
        As for `transformer_block`.
    gated : bool, optional
        As for `transformer_block`.
    key_heads, hidden : int, optional
        As for `transformer_block`.
    dropout : float, optional
        As for `transformer_block`.

    Examples
    --------
    >>> import numpy as np
    >>> model = transformer(10, 8, 16, heads=2, blocks=1, rng=np.random.RandomState(0))
    >>> model([1, 2, 3, 4, 5, 6, 7, 8]).shape
    (8, 10)
    """
    table = Embedding.random(n_tokens, n_features, rng)
    nodes: Nodes = {"embedding": Node(table, ("tokens",))}
    if rotary is None:
        positions = PositionalEmbedding.random(length, n_features, rng)
        nodes["positions"] = Node(positions, ("embedding",))
    for k in range(check_size(blocks, "blocks")):
        nodes |= transformer_block(
            f"block{k}",
            last_of(nodes),
            n_features,
            heads=heads,
            rng=rng,
            norm=norm,
            gated=gated,
            key_heads=key_heads,
            rotary=rotary,
            hidden=hidden,
            dropout=dropout,
        )
    nodes["norm"] = Node(_norm(norm, n_features), (last_of(nodes),))
    last = table if tied else _drawn(n_features, n_tokens, rng)
    nodes["scores"] = Node(last, ("norm",))
    nodes["next"] = Node(Softmax(), ("scores",))
    return Network({"tokens": (length,)}, nodes, "next", "cross-entropy")


def _attention_layers(
    n_features: int,
    n_keys: int,
    rng: np.random.RandomState | None,
    layers: Mapping[str, Dense] | None,
) -> Mapping[str, Dense]:
    names = ("query", "key", "value", "out")
    if layers is None:
        if rng is None:
            raise NetworkError("attention needs rng, to draw weights from, or layers")
        sizes = {"key": n_keys, "value": n_keys}
        return {part: _drawn(n_features, sizes.get(part, n_features), rng) for part in names}
    if set(layers) != set(names):
        raise NetworkError(f"layers must be {', '.join(names)}, not {', '.join(layers)}")
    return layers


def _drawn(
    n_in: int, n_out: int, rng: np.random.RandomState, activation: str = "identity"
) -> Dense:
    weights = rng.randn(check_size(n_out, "n_out"), check_size(n_in, "n_in")) / np.sqrt(n_in)
    return Dense(weights, np.zeros(n_out), activation)


def _norm(kind: str, n: int) -> Layer:
    if kind == "layer":
        return LayerNorm(np.ones(n), np.zeros(n))
    if kind == "rms":
        return RMSNorm(np.ones(n))
    raise NetworkError(f"norm must be 'layer' or 'rms', not {kind!r}")
