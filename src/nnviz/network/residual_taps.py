"""The residual stream: where blocks read and add, what a block does to one token, and scores."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.graph import Node
from nnviz.network.layers import Add, Constant, LayerNorm, RMSNorm, Softmax
from nnviz.network.network import Network
from nnviz.network.propagation import ForwardPass

__all__ = ["Tap", "logit_lens", "residual_tap", "residual_taps", "token_block"]


@dataclass(frozen=True)
class Tap:
    """Where a block reads from the stream, and adds to it.

    Attributes
    ----------
    name
        Name of the node whose value is added.
    block
        The name of its block, without what it has in common with the stream.
    reads
        Name of the node that is read.
    sum
        Name of the node that adds.
    has_norm
        Whether a norm stands before the block.
    pattern
        Name of the node of the attention pattern by which the block mixes tokens, shape (queries,
        keys) or (heads, queries, keys); None where it reads each token alone.
    """

    name: str
    block: str
    reads: str
    sum: str
    has_norm: bool
    pattern: str | None

    @property
    def mixes(self) -> bool:
        """Whether the block mixes tokens, as attention does."""
        return self.pattern is not None


def residual_taps(network: Network) -> tuple[Tap, ...]:
    """Return the taps of a network's residual stream, first to last.

    Parameters
    ----------
    network : Network
        Whose last vectors are a sum of what blocks have added.

    Raises
    ------
    NetworkError
        If it has no such sums, or norms stand on the stream itself.

    Examples
    --------
    >>> from nnviz.network import pretrained, residual_taps
    >>> [tap.block for tap in residual_taps(pretrained("names-small"))]
    ['block0.attention', 'block0.feed_forward']
    """
    nodes = network.nodes
    at, taps = network.output, []
    while at in nodes and not isinstance(nodes[at].layer, Add):
        at = nodes[at].inputs[0]
    while at in nodes and isinstance(nodes[at].layer, Add):
        first, added, *more = nodes[at].inputs
        if more:
            raise NetworkError(
                f"{at} adds {len(more) + 1} blocks to the stream at once, which is not supported: "
                "one after the other is"
            )
        if _is_behind(network, first, added):
            first, added = added, first
        between = _between(network, first, added)
        if not any(
            first in nodes[name].inputs
            for name in between
            if not isinstance(nodes[name].layer, Constant)
        ):
            break  # two vectors that know nothing of each other, such as token and position
        norms = [name for name in between if isinstance(nodes[name].layer, LayerNorm | RMSNorm)]
        patterns = (name for name in between if isinstance(nodes[name].layer, Softmax))
        block = added.rpartition(".")[0] or added
        taps.append(Tap(added, block, first, at, bool(norms), next(patterns, None)))
        at = first
    if taps and at in nodes and isinstance(nodes[at].layer, LayerNorm | RMSNorm):
        raise NetworkError(
            f"{at} is a norm on the stream itself, as in transformers of 2017, which is not "
            "supported: norms stand before blocks"
        )
    if not taps:
        raise NetworkError(f"{network!r} has no residual stream: nothing is added to what passes")
    return tuple(reversed(taps))


def residual_tap(network: Network, block: str) -> Tap:
    """Return the tap of one block.

    Parameters
    ----------
    network : Network
        With a residual stream.
    block : str
        The block's name, such as "block0.attention", or that of the node which it adds.

    Raises
    ------
    NetworkError
        If there is no such block.
    """
    taps = residual_taps(network)
    for tap in taps:
        if block in (tap.block, tap.name):
            return tap
    known = ", ".join(tap.block for tap in taps)
    raise NetworkError(f"no block {block!r} adds to the stream: there are {known}")


def token_block(
    network: Network, forward: ForwardPass, block: str, position: int = -1
) -> tuple[Network, ForwardPass]:
    """Return the network that a block is for one token, and what it computed.

    A feed-forward block of a transformer reads every token alone. So it is a network of its own,
    from the token's vector, as the norm before the block gives it, to what is added to the stream.

    Parameters
    ----------
    network : Network
        With a residual stream.
    forward : ForwardPass
        What it computed for one sequence.
    block : str
        The block's name, such as "block0.feed_forward".
    position : int, optional
        Which token; the last one by default.

    Raises
    ------
    NetworkError
        If there is no such block, or it mixes tokens.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz.network import pretrained, token_block
    >>> network = pretrained("names-small").with_inputs(3)
    >>> forward = network.forward_pass([0, 1, 14])
    >>> inside, computed = token_block(network, forward, "block0.feed_forward")
    >>> inside.sizes
    (12, 48, 12)
    >>> bool(np.allclose(computed.output, forward["block0.feed_forward.down"][-1]))
    True
    """
    tap = residual_tap(network, block)
    if tap.mixes:
        raise NetworkError(f"{block} mixes tokens, and is no network of one token alone")
    between = _between(network, tap.reads, tap.name)
    source = tap.reads
    if len(between) > 1:
        behind = [name for name in between if tap.reads in network.nodes[name].inputs]
        if len(behind) == 1 and isinstance(network.nodes[behind[0]].layer, LayerNorm | RMSNorm):
            (source,) = behind
    names = {
        name: name.removeprefix(f"{tap.block}.")
        for name in network.nodes
        if name in between and name != source
    }
    nodes = {
        new: Node(
            network.nodes[old].layer,
            tuple("x" if one == source else names[one] for one in network.nodes[old].inputs),
        )
        for old, new in names.items()
    }
    vector = forward[source][position]
    inside = Network({"x": vector.shape}, nodes, names[tap.name])
    return inside, inside.forward_pass(vector)


def logit_lens(network: Network, forward: ForwardPass, name: str) -> FloatArray:
    """Return the scores that the stream would give at a node, if nothing more were added.

    The last norm and the last layer read the stream where it is not complete yet (nostalgebraist,
    "interpreting GPT: the logit lens", 2020). At the last node these are the network's scores.

    Parameters
    ----------
    network : Network
        With a residual stream.
    forward : ForwardPass
        What it computed for one sequence.
    name : str
        A node of the stream, such as "block0.sum1": one that a block reads, or that adds.

    Returns
    -------
    NDArray
        Scores before any softmax, shape (tokens, n_tokens).

    Raises
    ------
    NetworkError
        If the node is not on the stream.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz.network import logit_lens, pretrained
    >>> network = pretrained("names-small").with_inputs(3)
    >>> forward = network.forward_pass([0, 1, 14])
    >>> scores = logit_lens(network, forward, "block0.sum2")
    >>> bool(np.allclose(scores, forward.zs["scores"]))
    True
    """
    taps = residual_taps(network)
    stages = [*(tap.reads for tap in taps), taps[-1].sum]
    if name not in stages:
        raise NetworkError(f"{name!r} is not on the stream, which has {', '.join(stages)}")
    rest = network.after(stages[-1])
    scores = rest.output
    if isinstance(rest.nodes[scores].layer, Softmax):
        (scores,) = rest.nodes[scores].inputs
    found: FloatArray = rest.forward_pass(forward[name]).zs[scores]
    return found


def _between(network: Network, first: str, last: str) -> list[str]:
    """Return the nodes on the way from one to another, which is among them."""
    found, open_ = [], [last]
    while open_:
        name = open_.pop()
        if name != first and name in network.nodes and name not in found:
            found.append(name)
            open_ += network.nodes[name].inputs
    return found


def _is_behind(network: Network, one: str, other: str) -> bool:
    """Return whether a node is computed from another."""
    return one in network.nodes and other in _between(network, "", one)
