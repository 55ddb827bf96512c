"""Text, token by token: the methods of `Network` by which a language model continues a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_number, check_size
from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.activations import softmax
from nnviz.network.propagation import ForwardPass, named_views

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = ["Cache", "Extended", "Generated", "extend", "generate", "next_distribution"]


@dataclass(frozen=True, eq=False)
class Cache:
    """Keys and values of the positions so far, for the next ones: a key-value cache, a value.

    Attributes
    ----------
    length
        Number of positions.
    kept
        By the name of a node what it keeps: the second factor of a `MatMul`, which are the keys of
        "scores" and the values of "mixed". Arrays (1, ..., length, features), read-only.
    """

    length: int = 0
    kept: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class Extended(NamedTuple):
    """The further positions of a sequence, and the cache after them.

    Attributes
    ----------
    forward
        What the network computed at the further positions, one example.
    cache
        For the positions after those.
    """

    forward: ForwardPass
    cache: Cache


@dataclass(frozen=True, eq=False)
class Generated:
    """A token that a language model chose.

    Attributes
    ----------
    token
        The token.
    tokens
        All tokens, the prompt and this one included.
    logits
        Scores of all tokens, before the softmax, shape (n_tokens,).
    probabilities
        Distribution that the token was drawn from: the softmax of logits / temperature over the
        `top_k`.
    computed
        At how many positions the network computed for it: the new ones with a cache, all without.
    """

    token: int
    tokens: tuple[int, ...]
    logits: FloatArray
    probabilities: FloatArray
    computed: int


def extend(network: Network, tokens: npt.ArrayLike, cache: Cache | None = None) -> Extended:
    """Compute further positions of a sequence, with the cache of those before.

    That is the same as all positions at once, and costs less.

    Parameters
    ----------
    tokens : array_like
        Values at the further positions: integers (tokens,), or (tokens, features).
    cache : Cache, optional
        As it was returned for the positions before; None at the beginning.

    Raises
    ------
    NetworkError
        If there are several inputs, or a layer does not compute position by position.
    """
    name, shape = _only_input(network)
    cache = Cache() if cache is None else cache
    limit = network.graph.integer_inputs.get(name)
    x = np.asarray(tokens)
    if limit is None:
        x = x.astype(np.float64)
    elif x.dtype.kind not in "iu" or (x.size and not 0 <= x.min() <= x.max() < limit):
        raise NetworkError(f"{name}: must be integers from 0 to {limit - 1}, not {tokens!r}")
    if x.ndim != len(shape) or x.shape[1:] != shape[1:] or not len(x):
        raise NetworkError(
            f"{name}: must have shape (tokens{', ...' * (x.ndim > 1)}), not {x.shape}"
        )
    values: list[Any] = [x[np.newaxis]]
    zs, kept = [], {}
    for (node, (layer, _)), step in zip(network.nodes.items(), network.graph.steps, strict=True):
        try:
            z, past = layer.extend(
                cache.kept.get(node), cache.length, *[values[k] for k in step.sources]
            )
        except NetworkError as error:
            raise NetworkError(f"nodes[{node!r}], {layer.kind}: {error}") from None
        if past is not None:
            kept[node] = past
        zs.append(z)
        values.append(layer.activation.function(z))
    forward = ForwardPass(
        named_views(zs, network.nodes, is_batch=False),
        named_views(values, network.shapes.names, is_batch=False),
        network.output,
    )
    return Extended(forward, Cache(cache.length + len(x), MappingProxyType(kept)))


def generate(
    network: Network,
    prompt: Sequence[int],
    count: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    rng: np.random.RandomState | None = None,
    cached: bool = True,
) -> Iterator[Generated]:
    """Let a language model go on: token after token, each with all its logits.

    Nothing is generated before the first one is asked for, but bad arguments are refused at the
    call.

    Parameters
    ----------
    prompt : sequence of int
        Tokens to begin with, at least one.
    count : int
        Number of tokens to generate.
    temperature : float, optional
        What logits are divided by before the softmax: below 1 likely tokens become likelier. With 0
        the likeliest is taken.
    top_k : int, optional
        Number of the likeliest tokens to draw from; all if None.
    rng : RandomState, optional
        What to draw from; a generator with seed 0 if None.
    cached : bool, optional
        Whether to compute new positions alone, with a key-value cache. All positions are computed
        for every token otherwise, which gives the same.

    Returns
    -------
    iterator of Generated
        One per token.

    Raises
    ------
    NetworkError
        If the network does not take tokens and give scores of tokens at every position, or it
        cannot be computed position by position. While iterating: if there are more tokens than it
        has positions.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz.network import transformer
    >>> model = transformer(10, 8, 16, heads=2, blocks=1, rng=np.random.RandomState(0))
    >>> [made.token for made in model.generate([1, 2], 3, temperature=0)]
    [5, 5, 2]
    """
    name, _ = _only_input(network)
    limit = network.graph.integer_inputs.get(name)
    output = network.output_shape
    if limit is None or len(output) != 2 or output[1] != limit:
        raise NetworkError(
            "only a network that takes tokens and gives a score of every token at every position "
            f"goes on with a text, not {network!r}"
        )
    tokens = [int(token) for token in np.asarray(prompt, dtype=np.int64).ravel()]
    if not tokens or not all(0 <= token < limit for token in tokens):
        raise NetworkError(f"the prompt must be tokens from 0 to {limit - 1}, not {prompt!r}")
    count = check_size(count, "count")
    check_number(temperature, "temperature", 0.0, np.inf)
    top_k = limit if top_k is None else min(check_size(top_k, "top_k"), limit)
    if cached:
        _check_positions(network)
    rng = np.random.RandomState(0) if rng is None else rng
    return _generated(network, tokens, count, temperature, top_k, rng, cached)


def _generated(
    network: Network,
    tokens: list[int],
    count: int,
    temperature: float,
    top_k: int,
    rng: np.random.RandomState,
    cached: bool,
) -> Iterator[Generated]:
    cache: Cache | None = None
    new = tokens
    for _ in range(count):
        if cached:
            forward, cache = extend(network, new, cache)
        else:
            forward = network.with_inputs(len(tokens)).forward_pass(tokens)
        logits = logits_of(network, forward)[-1]
        probabilities = next_distribution(logits, temperature, top_k)
        token = int(rng.choice(len(logits), p=probabilities))
        tokens = [*tokens, token]
        new = [token]
        yield Generated(token, tuple(tokens), logits, probabilities, len(forward.output))


def logits_of(network: Network, forward: ForwardPass) -> FloatArray:
    """Return the scores before the softmax, shape (tokens, n_tokens)."""
    is_softmax = network.nodes[network.output].layer.activation.axis is not None
    return forward.zs[network.output] if is_softmax else forward.output


def next_distribution(
    logits: npt.ArrayLike, temperature: float = 1.0, top_k: int | None = None
) -> FloatArray:
    """Return what `Network.generate` draws the next token from.

    That is the softmax of logits / temperature over the `top_k` largest of them, and 0 for all
    others.

    Parameters
    ----------
    logits : array_like
        A score a token, shape (n_tokens,).
    temperature : float, optional
        From 0 up; with 0 all goes to the largest, the first of equal ones.
    top_k : int, optional
        How many tokens may be drawn; all if None.

    Raises
    ------
    NetworkError
        If the temperature is below 0, or `top_k` below 1.

    Examples
    --------
    >>> from nnviz.network import next_distribution
    >>> next_distribution([2.0, 1.0, 0.0], temperature=0.5, top_k=2).round(3)
    array([0.881, 0.119, 0.   ])
    """
    logits = np.asarray(logits, dtype=np.float64)
    check_number(temperature, "temperature", 0.0, np.inf)
    top_k = len(logits) if top_k is None else min(check_size(top_k, "top_k"), len(logits))
    probabilities: FloatArray = np.zeros_like(logits)
    if temperature == 0:
        probabilities[np.argmax(logits)] = 1.0
        return probabilities
    chosen = np.full_like(logits, -np.inf)
    best = np.argsort(-logits, kind="stable")[:top_k]
    chosen[best] = logits[best] / temperature
    probabilities = softmax(chosen)
    return probabilities


def _check_positions(network: Network) -> None:
    """Compare a few positions one after the other with the same at once.

    Layers say whether they take each position on its own; whether an axis that a layer moves is
    that of the positions, the numbers alone say.
    """
    name, shape = _only_input(network)
    length = min(4, shape[0])
    probe = np.arange(length) % network.graph.integer_inputs[name]
    together = logits_of(network, network.with_inputs(length).forward_pass(probe))
    cache: Cache | None = None
    apart = []
    for start, stop in ((0, length - length // 2), (length - length // 2, length)):
        if start < stop:
            forward, cache = extend(network, probe[start:stop], cache)
            apart.append(logits_of(network, forward))
    if not np.allclose(np.concatenate(apart), together, rtol=1e-6, atol=1e-9):
        raise NetworkError(
            "position by position the network computes something else than all at once, as one "
            "that looks ahead does: use cached=False"
        )


def _only_input(network: Network) -> tuple[str, tuple[int, ...]]:
    if len(network.inputs) > 1:
        raise NetworkError(
            f"a sequence goes on in a network of one input, not of {', '.join(network.inputs)}"
        )
    return next(iter(network.inputs.items()))
