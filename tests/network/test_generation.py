"""Text token by token: a cache gives what the full pass gives, and choices are by the rules."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.network import (
    Concatenate,
    Embedding,
    Network,
    NetworkError,
    Node,
    Softmax,
    Transpose,
    attention,
    softmax,
    transformer,
)

VARIANTS = {
    "learned positions": {},
    "rotary, grouped keys, gated": {"rotary": 100.0, "key_heads": 2, "gated": True, "norm": "rms"},
}


def model(**options: object) -> Network:
    made = transformer(7, 12, 16, heads=4, blocks=2, rng=np.random.RandomState(0), **options)
    return made.with_parameters(0.4 * np.random.RandomState(1).randn(made.n_parameters))


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
def test_a_cache_is_the_full_pass(options: dict) -> None:
    network = model(**options)
    tokens = np.random.RandomState(2).randint(0, 7, 12)
    whole = network.forward_pass(tokens)
    cache, start = None, 0
    for stop in (3, 4, 9, 12):
        forward, after = network.extend(tokens[start:stop], cache)
        again, _ = network.extend(tokens[start:stop], cache)  # A cache is a value.
        np.testing.assert_array_equal(forward.output, again.output)
        np.testing.assert_allclose(forward.output, whole.output[start:stop], rtol=1e-12)
        np.testing.assert_allclose(
            forward["block1.attention.pattern"],
            whole["block1.attention.pattern"][:, start:stop, :stop],
            rtol=1e-11,
            atol=1e-14,
        )
        cache, start = after, stop
        assert cache.length == stop
    assert set(cache.kept) == {
        f"block{k}.attention.{p}" for k in (0, 1) for p in ("scores", "mixed")
    }
    with pytest.raises(TypeError):
        cache.kept["new"] = 1  # type: ignore[index]


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("rules", [{}, {"temperature": 0}, {"temperature": 0.5, "top_k": 3}])
def test_generated_with_a_cache_or_without(options: dict, rules: dict) -> None:
    network = model(**options)
    with_cache, without = (
        list(network.generate([1, 5, 2], 8, rng=np.random.RandomState(3), cached=cached, **rules))
        for cached in (True, False)
    )
    for one, other in zip(with_cache, without, strict=True):
        assert one.tokens == other.tokens
        np.testing.assert_allclose(one.logits, other.logits, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-9, atol=1e-12)
    assert [one.token for one in with_cache] == list(with_cache[-1].tokens[3:])
    assert [one.computed for one in with_cache] == [3] + 7 * [1]
    assert [one.computed for one in without] == list(range(3, 11))
    assert len(with_cache) == 8


def test_the_rules_of_choosing() -> None:
    network = model()
    (one,) = network.generate([1, 2], 1)
    logits = network.with_inputs(2).forward_pass([1, 2]).zs["next"][-1]
    np.testing.assert_allclose(one.logits, logits)
    np.testing.assert_allclose(one.probabilities, softmax(logits))
    (hot,) = network.generate([1, 2], 1, temperature=2.0)
    np.testing.assert_allclose(hot.probabilities, softmax(logits / 2))
    (few,) = network.generate([1, 2], 1, top_k=2)
    assert np.count_nonzero(few.probabilities) == 2
    assert few.probabilities[np.argsort(logits)[-2:]].sum() == pytest.approx(1)
    (cold,) = network.generate([1, 2], 1, temperature=0)
    assert cold.token == np.argmax(logits)
    draws = [made.token for made in network.generate([1], 9, rng=np.random.RandomState(4))]
    again = [made.token for made in network.generate([1], 9, rng=np.random.RandomState(4))]
    assert draws == again


def test_what_does_not_go_on() -> None:
    network = model()
    for arguments, message in (
        (([], 1), "the prompt must be tokens from 0 to 6"),
        (([7], 1), "the prompt must be tokens from 0 to 6"),
        (([1], 0), "count must be positive"),
    ):
        with pytest.raises(NetworkError, match=message):
            network.generate(*arguments)
    with pytest.raises(NetworkError, match="temperature must be at least 0"):
        network.generate([1], 1, temperature=-1)
    with pytest.raises(NetworkError, match="knows 12 positions, and 13 tokens are more"):
        list(network.generate([1] * 10, 4))
    with pytest.raises(NetworkError, match="only a network that takes tokens"):
        Network.random([2, 2], seed=0).generate([1], 1)
    with pytest.raises(NetworkError, match="must be integers from 0 to 6"):
        network.extend([8])
    rng = np.random.RandomState(0)
    table = Embedding(rng.randn(5, 4))
    # Attention that sees what comes later cannot go on from a cache.
    nodes = {"e": Node(table, ("t",)), **attention("a", "e", 4, rng=rng)}
    nodes |= {"s": Node(table, ("a.out",)), "y": Node(Softmax(), ("s",))}
    ahead = Network({"t": 6}, nodes, "y")
    with pytest.raises(NetworkError, match="computes something else than all at once"):
        ahead.generate([1, 2], 1)
    assert len(list(ahead.generate([1, 2], 2, cached=False))) == 2
    turned = Network(
        {"t": 4},
        {
            "e": Node(table, ("t",)),
            "turned": Node(Transpose(), ("e",)),
            "both": Node(Concatenate(0), ("e", "turned")),
            "some": Node(Softmax(-2), ("both",)),
            "s": Node(table, ("some",)),
        },
        "s",
    )
    with pytest.raises(NetworkError, match="concatenate: cannot be computed position by position"):
        turned.extend([1, 2, 3, 4])
