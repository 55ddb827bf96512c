"""What each part of a transformer adds to the score of a token: exact sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.layers import (
    Add,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    MergeHeads,
    PositionalEmbedding,
    RMSNorm,
    Softmax,
)
from nnviz.network.propagation import ForwardPass

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["LogitSum", "LogitTerm", "logit_sum"]


class LogitTerm(NamedTuple):
    """What one part of a network adds to a logit.

    Attributes
    ----------
    name
        Name of the node that writes into the stream, or of the block of an attention; of what is
        the same for every input, that of the node which has it.
    head
        Which head of an attention, from 0; None if it is no head.
    value
        What it adds.
    """

    name: str
    head: int | None
    value: float


@dataclass(frozen=True, eq=False)
class LogitSum:
    """The score of a token as a sum over what wrote into the residual stream.

    Attributes
    ----------
    terms
        In the order in which they are computed.
    logit
        The score that the network computed; the sum of all terms.
    """

    terms: tuple[LogitTerm, ...]
    logit: float

    @property
    def total(self) -> float:
        """The sum of all terms."""
        return float(sum(term.value for term in self.terms))


def logit_sum(
    network: Network,
    forward: ForwardPass,
    token: int,
    position: int = -1,
    minus: int | None = None,
) -> LogitSum:
    """Return what each head and block adds to a token's score at one position.

    The stream before the last norm is a sum, and what the norm divides by is a number that is known
    once the pass is computed: so the score is a sum, too, of one term for each part that wrote
    (N. Elhage and others, "A Mathematical Framework for Transformer Circuits", 2021). It says what
    was added, not what would be without a part: the number that the norm divides by would change.

    Parameters
    ----------
    network : Network
        A model that gives scores of tokens at every position.
    forward : ForwardPass
        What it computed for one sequence.
    token : int
        Whose score.
    position : int, optional
        At which position; the last one by default.
    minus : int, optional
        Another token, whose score is subtracted: what speaks for one and against the other.

    Raises
    ------
    NetworkError
        If the scores are not a linear function of a sequence of vectors, or there is no such token.

    Examples
    --------
    >>> from nnviz.network import logit_sum, pretrained
    >>> network = pretrained("names-small")
    >>> forward = network.with_inputs(3).forward_pass([0, 1, 14])
    >>> found = logit_sum(network, forward, token=14)
    >>> bool(abs(found.total - found.logit) < 1e-9)
    True
    """
    logits = network.output
    if isinstance(network.nodes[logits].layer, Softmax):
        (logits,) = network.nodes[logits].inputs
    layer, (source, *_) = network.nodes[logits]
    if not isinstance(layer, Dense | Embedding):
        raise NetworkError(f"scores come from a dense layer or an embedding, not a {layer.kind}")
    scores = forward.zs[logits]
    if scores.ndim != 2 or not 0 <= token < scores.shape[1]:
        raise NetworkError(f"{logits} of shape {scores.shape} has no score of a token {token!r}")
    biases = layer.biases if isinstance(layer, Dense) else np.zeros(scores.shape[1])
    way, bias, logit = layer.weights[token], biases[token], scores[position, token]
    if minus is not None:
        if not 0 <= minus < scores.shape[1]:
            raise NetworkError(f"{logits} has no score of a token {minus!r}")
        way, bias = way - layer.weights[minus], bias - biases[minus]
        logit = logit - scores[position, minus]
    last = network.nodes.get(source)
    constants = {logits: bias}
    if last is not None and isinstance(last.layer, LayerNorm | RMSNorm):
        norm = last.layer
        x = forward[last.inputs[0]][position]
        if isinstance(norm, LayerNorm):
            constants = {source: way @ norm.shift, **constants}
            deviation = np.sqrt(x.var() + norm.epsilon)
            way = way * norm.scale / deviation
            way = way - way.mean()  # way @ (x - mean of x)
        else:
            way = way * norm.scale / np.sqrt((x * x).mean() + norm.epsilon)
        source = last.inputs[0]
    terms = [
        LogitTerm(part, head, float(way @ values))
        for part, head, values in _written(network, forward, source, position)
    ]
    terms += [LogitTerm(name, None, float(value)) for name, value in constants.items() if value]
    return LogitSum(tuple(terms), float(logit))


def _written(
    network: Network, forward: ForwardPass, name: str, position: int
) -> Iterator[tuple[str, int | None, FloatArray]]:
    """Return what a node's value at a position is the sum of: names, heads, vectors."""
    node = network.nodes.get(name)
    if node is None:
        yield name, None, forward[name][position]
        return
    layer, inputs = node
    if isinstance(layer, Add):
        for one in inputs:
            yield from _written(network, forward, one, position)
    elif isinstance(layer, Dropout):  # which does nothing but in training
        yield from _written(network, forward, inputs[0], position)
    elif isinstance(layer, PositionalEmbedding):
        yield from _written(network, forward, inputs[0], position)
        yield name, None, forward[name][position] - forward[inputs[0]][position]
    elif isinstance(layer, Dense) and layer.activation.name == "identity":
        before = network.nodes.get(inputs[0])
        if before is None or not isinstance(before.layer, MergeHeads):
            yield name, None, forward[name][position]
            return
        heads = forward[before.inputs[0]][:, position]  # (heads, features)
        parts = np.split(layer.weights, len(heads), axis=1)
        block = name.rpartition(".")[0] or name
        for k, (weights, mixed) in enumerate(zip(parts, heads, strict=True)):
            yield block, k, weights @ mixed
        yield name, None, layer.biases
    else:
        yield name, None, forward[name][position]
