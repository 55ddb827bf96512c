"""The chain rule through attention: one score of a head, and one number of a token's embedding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.activations import softmax
from nnviz.network.attention_heads import (
    AttentionHead,
    attention_gradients,
    attention_head,
    nodes_of_attention,
)
from nnviz.network.derivative_terms import Symbol, indexed
from nnviz.network.examples import Inputs, check_one_example
from nnviz.network.layers import Dropout, Embedding, Softmax
from nnviz.network.network import Network
from nnviz.network.nudging import CanBeNudged
from nnviz.network.sensitivity import cost_of_nudge, cost_of_nudged_value

__all__ = [
    "EmbeddingDerivative",
    "EmbeddingTerm",
    "ScoreDerivative",
    "embedding_derivative",
    "score_derivative",
]


@dataclass(frozen=True, eq=False)
class ScoreDerivative(CanBeNudged):
    """How one score of a head acts on the cost of one example, factor by factor.

    With i for the query and j for the key, m for the sum of values that the query takes, p for the
    row of the pattern and s for the scores::

        dC/dp_ij = dC/dm_i . v_j
        dC/ds_ij = p_ij (dC/dp_ij - sum over k of p_ik dC/dp_ik)
        dC/d(q_i . k_j) = factor dC/ds_ij

    So a score matters as far as its value pulls more, or less, than the average of all that the
    query sees.

    Attributes
    ----------
    network, inputs, labels
        What was computed: the network, one example and its desired output.
    block, head, query, key
        Where the score stands; all numbers from 0.
    computed
        All that the head computed.
    mixed_gradient
        dC/dm_i, shape (n_values,).
    pattern_gradients
        dC/dp_ik for every key k, shape (n_keys,): products of `mixed_gradient` with each value.
    """

    network: Network
    inputs: Inputs
    labels: npt.NDArray[Any]
    block: str
    head: int
    query: int
    key: int
    computed: AttentionHead
    mixed_gradient: FloatArray
    pattern_gradients: FloatArray

    def __repr__(self) -> str:
        place = f"{self.block!r}, head {self.head}, query {self.query}, key {self.key}"
        return f"ScoreDerivative({place}, {self.value:.4g})"

    # The factors

    @property
    def score(self) -> float:
        """s_ij as it is, before a mask."""
        return float(self.computed.scores[self.query, self.key])

    @property
    def parameter(self) -> float:
        """The score, which is what is nudged."""
        return self.score

    @property
    def value_vector(self) -> FloatArray:
        """v_j: what the key gives, shape (n_values,)."""
        vector: FloatArray = self.computed.values[self.key]
        return vector

    @property
    def pattern(self) -> FloatArray:
        """p_ik for every key k, shape (n_keys,)."""
        row: FloatArray = self.computed.pattern[self.query]
        return row

    @property
    def weight(self) -> float:
        """p_ij: how much the query takes from the key."""
        return float(self.pattern[self.key])

    @property
    def pattern_gradient(self) -> float:
        """dC/dp_ij: how much the key's value pulls, as a dot product."""
        return float(self.pattern_gradients[self.key])

    @property
    def average_terms(self) -> FloatArray:
        """p_ik dC/dp_ik for every key k, shape (n_keys,)."""
        terms: FloatArray = self.pattern * self.pattern_gradients
        return terms

    @property
    def average(self) -> float:
        """The sum of `average_terms`: how much all values pull that the query sees."""
        return float(self.average_terms.sum())

    @property
    def row(self) -> FloatArray:
        """dC/ds_ik for every key k, shape (n_keys,): they add up to 0."""
        row: FloatArray = self.pattern * (self.pattern_gradients - self.average)
        return row

    @property
    def value(self) -> float:
        """dC/ds_ij."""
        return self.weight * (self.pattern_gradient - self.average)

    @property
    def factor(self) -> float:
        """What the product of query and key is multiplied with."""
        return self.computed.factor

    @property
    def product_gradient(self) -> float:
        """dC/d(q_i . k_j)."""
        return self.factor * self.value

    @property
    def query_terms(self) -> FloatArray:
        """What each key has of dC/dq_i, shape (n_keys, features); their sum is all of it.

        The factor times dC/ds_ik times k_k.
        """
        terms: FloatArray = self.factor * self.row[:, None] * self.computed.keys
        return terms

    @property
    def symbol(self) -> Symbol:
        """Its name."""
        return Symbol("s", "s")

    @property
    def is_hidden(self) -> bool:
        """Whether a mask hides the key from the query: then nothing that the score does counts."""
        return bool(self.computed.hidden[self.query, self.key])

    # The proof

    @cached_property
    def cost_of_nudge(self) -> Callable[[float], float]:
        """The cost as a function of the score's change."""
        node = nodes_of_attention(self.network, self.block).scores
        has_heads = len(self.network.shapes[node]) == 3
        place = (*((self.head,) if has_heads else ()), self.query, self.key)
        return cost_of_nudged_value(self.network, self.inputs, self.labels, node, place)

    def pattern_of_nudge(self, change: float) -> FloatArray:
        """Return the row of the pattern when the score is changed, shape (n_keys,).

        Parameters
        ----------
        change : float
            What is added to the score.
        """
        scores = self.computed.masked[self.query].copy()
        scores[self.key] += change
        return softmax(scores)


def score_derivative(
    network: Network,
    x: Inputs,
    y: npt.ArrayLike,
    block: str,
    head: int = 0,
    query: int = -1,
    key: int = -1,
) -> ScoreDerivative:
    """Take the derivative of the cost by one score of attention apart by the chain rule.

    Parameters
    ----------
    network : Network
        With attention, such as :func:`~nnviz.network.attention` makes and importers read.
    x, y : array_like
        One example, as for `Network.cost`: tokens, and the labels of all positions, -1 where none
        is asked for.
    block : str
        As for :func:`attention_head`.
    head : int
        As for :func:`attention_head`.
    query, key : int, optional
        The token that asks and the one that is seen; from 0, negative ones from the end.

    Raises
    ------
    NetworkError
        If there is no such score, x and y are a batch or do not fit, the pattern is no softmax over
        the keys, or something else reads it than what is mixed by it.

    Examples
    --------
    >>> from nnviz.network import pretrained, score_derivative
    >>> network = pretrained("sort").with_inputs(14)
    >>> tokens = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]
    >>> found = score_derivative(network, tokens, 13 * [-1] + [6], "block0.attention", 1, -1, 5)
    >>> f"{found.weight:.3f} ({found.pattern_gradient:.6f} - {found.average:.6f})"
    '0.306 (0.000336 - -0.000330)'
    >>> found.nudge().agrees
    True
    """
    nodes = nodes_of_attention(network, block)
    _check_softmax(network, nodes.pattern, nodes.mixed)
    forward = network.forward_pass(x)
    check_one_example(network.graph, forward)
    computed = attention_head(network, forward, block, head)
    gradients = attention_gradients(network, network.backward_pass(x, y), block, head)
    queries, keys = computed.scores.shape
    for name, number, count in (("query", query, queries), ("key", key, keys)):
        if not -count <= number < count:
            raise NetworkError(f"{block} has {count} of each {name}, and no {name} {number}")
    return ScoreDerivative(
        network,
        _own(x),
        np.array(y),
        block,
        head,
        range(queries)[query],
        range(keys)[key],
        computed,
        gradients.mixed[query],
        gradients.pattern[query],
    )


def _own(x: Inputs) -> Inputs:
    """Return a copy of an example, so that later changes of the original do not matter."""
    return (
        {name: np.array(one) for name, one in x.items()} if isinstance(x, Mapping) else np.array(x)
    )


def _check_softmax(network: Network, pattern: str, mixed: str) -> None:
    """Check that a pattern is a softmax whose weights only mix values."""
    layer = network.nodes[pattern].layer
    axis = layer.activation.axis if isinstance(layer, Softmax) else None
    if axis not in (-1, len(network.shapes[pattern]) - 1):
        raise NetworkError(f"{pattern} is no softmax over the keys, but a {layer.kind}")
    at = pattern
    while at != mixed:
        readers = [name for name, node in network.nodes.items() if at in node.inputs]
        others = [
            one
            for one in readers
            if one != mixed and not isinstance(network.nodes[one].layer, Dropout)
        ]
        if others or len(readers) != 1 or at == network.output:
            raise NetworkError(
                f"the chain rule is taken apart where a pattern only mixes values, and {at} is "
                f"read by {', '.join(others or readers)} as well"
            )
        (at,) = readers


class EmbeddingTerm(NamedTuple):
    """What one position has of the derivative by a number in a table of embeddings.

    Attributes
    ----------
    node
        The node that uses the table.
    position
        Where in the sequence, from 0.
    value
        dC/dE of this use alone. Where the table is read, dC/da of what came out; where the table
        makes the scores of tokens, dC/dz of the token's score times the number that came in.
    is_score
        Whether it is a use for scores of tokens: that of a tied table.
    """

    node: str
    position: int
    value: float
    is_score: bool


@dataclass(frozen=True, eq=False)
class EmbeddingDerivative(CanBeNudged):
    """How one number of a token's embedding acts on the cost of one example: an exact sum.

    The row of a token is read wherever the token stands, and each place has a derivative of its
    own. Where the table is tied with the scores of the next token, each position's score of the
    token depends on it once more.

    Attributes
    ----------
    network, inputs, labels
        What was computed: the network, one example and its desired output.
    node
        The node that reads the table.
    token, feature
        Row and column in the table.
    terms
        In the order of the network's nodes, position by position.
    """

    network: Network
    inputs: Inputs
    labels: npt.NDArray[Any]
    node: str
    token: int
    feature: int
    terms: tuple[EmbeddingTerm, ...]

    def __repr__(self) -> str:
        return f"EmbeddingDerivative(token {self.token}, {self.feature}, {self.value:.4g})"

    @property
    def value(self) -> float:
        """dC/dE, the sum of all terms."""
        return float(sum(term.value for term in self.terms))

    @property
    def as_embedding(self) -> float:
        """The part of the places where the token stands."""
        return float(sum(term.value for term in self.terms if not term.is_score))

    @property
    def as_score(self) -> float:
        """The part of the scores of the token, where the table is tied; else 0."""
        return float(sum(term.value for term in self.terms if term.is_score))

    @property
    def is_tied(self) -> bool:
        """Whether the table makes scores of tokens, too."""
        return any(term.is_score for term in self.terms)

    @property
    def tokens(self) -> tuple[int, ...]:
        """The sequence that the table is read for."""
        (source,) = self.network.nodes[self.node].inputs
        x: Any = self.inputs[source] if isinstance(self.inputs, Mapping) else self.inputs
        return tuple(int(token) for token in x)

    @property
    def symbol(self) -> Symbol:
        """Its name, of row and column."""
        comma = "," if max(self.token, self.feature) > 9 else ""
        return indexed("E", None, self.token, self.feature, comma=comma)

    @property
    def index(self) -> int:
        """Index of the number in ``network.flatten()``."""
        return self.network.index_of(self.node, "weights", (self.token, self.feature))

    @property
    def parameter(self) -> float:
        """The number itself."""
        layer: Any = self.network.nodes[self.node].layer
        return float(layer.weights[self.token, self.feature])

    @cached_property
    def cost_of_nudge(self) -> Callable[[float], float]:
        """The cost as a function of the number's change."""
        return cost_of_nudge(self.network, self.inputs, self.labels, self.index)


def embedding_derivative(
    network: Network,
    x: Inputs,
    y: npt.ArrayLike,
    token: int,
    feature: int,
    node: str | None = None,
) -> EmbeddingDerivative:
    """Take the derivative of the cost by one number of a token's embedding apart.

    Parameters
    ----------
    network : Network
        With a table of embeddings.
    x, y : array_like
        One example, as for `score_derivative`.
    token, feature : int
        Row and column in the table, from 0.
    node : str, optional
        The node that reads the table, such as "embedding"; not needed where there is one table.

    Raises
    ------
    NetworkError
        If there is no such number, x and y are a batch or do not fit, or it is not said which table
        is meant of several.

    Examples
    --------
    >>> from nnviz.network import embedding_derivative, pretrained
    >>> network = pretrained("sort").with_inputs(9)
    >>> tokens, labels = [3, 1, 4, 1, 5, 9, 2, 6, 1], 8 * [-1] + [1]
    >>> found = embedding_derivative(network, tokens, labels, 1, 0)
    >>> [term.position for term in found.terms if not term.is_score]
    [1, 3, 8]
    >>> found.nudge().agrees
    True
    """
    nodes = network.nodes
    readers = [
        name
        for name, one in nodes.items()
        if isinstance(one.layer, Embedding) and len(network.shapes[one.inputs[0]]) == 1
    ]
    tables = list({id(nodes[name].layer): name for name in reversed(readers)}.values())
    if node is None and len(tables) != 1:
        raise NetworkError(
            f"which table? node=... is one of {', '.join(reversed(tables))}"
            if tables
            else f"there is no table of embeddings in {network!r}"
        )
    name = tables[0] if node is None else node
    layer = nodes[name].layer if name in readers else None
    if not isinstance(layer, Embedding):
        raise NetworkError(f"{name!r} reads no table of embeddings: {', '.join(readers)} do")
    rows, columns = layer.weights.shape
    if not (0 <= token < rows and 0 <= feature < columns):
        raise NetworkError(
            f"{name} has {rows} rows and {columns} columns, and no number at {token}, {feature}"
        )
    forward, backward = network.forward_pass(x), network.backward_pass(x, y)
    check_one_example(network.graph, forward)
    terms = []
    for use, (used, (source, *_)) in nodes.items():
        if used is not layer:
            continue
        read, errors = forward[source], backward.errors[use]
        if read.ndim == 1:
            terms += [
                EmbeddingTerm(use, int(k), float(errors[k, feature]), False)
                for k in np.flatnonzero(read == token)
            ]
        else:
            terms += [
                EmbeddingTerm(use, k, float(errors[k, token] * read[k, feature]), True)
                for k in range(len(read))
            ]
    return EmbeddingDerivative(network, _own(x), np.array(y), name, token, feature, tuple(terms))
