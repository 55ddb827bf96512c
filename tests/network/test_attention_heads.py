"""What heads of attention compute, what they add to logits, and passes of other programs."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.network import (
    Add,
    Cache,
    Dense,
    ForwardPass,
    MatMul,
    Network,
    NetworkError,
    Node,
    Reshape,
    RMSNorm,
    Slice,
    Softmax,
    SplitHeads,
    Transpose,
    attention,
    attention_head,
    cached_head,
    head_product,
    last_of,
    logit_sum,
    next_distribution,
    pretrained,
    transformer,
)
from nnviz.texts import NAMES_TOKENIZER

TOKENS = NAMES_TOKENIZER.encode(".anni")


def softmax(rows):
    powers = np.exp(rows - rows.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.fixture(scope="module")
def names():
    network = pretrained("names").with_inputs(len(TOKENS))
    return network, network.forward_pass(TOKENS)


@pytest.mark.parametrize("k", range(4))
def test_a_head_is_what_its_weights_make_of_the_stream(names, k):
    network, forward = names
    head = attention_head(network, forward, "block1.attention", k)
    x, own = forward["block1.norm1"], slice(12 * k, 12 * k + 12)
    for found, part in ((head.queries, "query"), (head.keys, "key"), (head.values, "value")):
        layer = network.nodes[f"block1.attention.{part}"].layer
        np.testing.assert_allclose(found, (x @ layer.weights.T + layer.biases)[:, own], atol=1e-12)
    np.testing.assert_allclose(head.scores, head.products / np.sqrt(12), atol=1e-12)
    np.testing.assert_array_equal(head.hidden, np.triu(np.ones((5, 5)), 1) > 0)
    np.testing.assert_allclose(head.pattern, softmax(head.masked), atol=1e-12)
    np.testing.assert_allclose(head.moved.sum(axis=1), head.mixed, atol=1e-12)


@pytest.mark.parametrize("part", ["query", "key", "value"])
def test_a_head_makes_its_vectors_by_products(names, part):
    network, forward = names
    layer = network.nodes[f"block2.attention.{part}"].layer
    for head, token in ((0, 0), (3, -1), (1, 2)):
        found = head_product(network, forward, "block2.attention", head, part, token)
        own = slice(12 * head, 12 * head + 12)
        np.testing.assert_array_equal(found.weights, layer.weights[own])
        np.testing.assert_array_equal(found.biases, layer.biases[own])
        np.testing.assert_array_equal(found.input, forward["block2.norm1"][token])
        assert found.source == "block2.norm1"
        made = found.weights @ found.input + found.biases
        np.testing.assert_allclose(made, found.output, atol=1e-12)


def other_order(rng):
    """Attention as others write it: one matrix for all, its features in turns, axes exchanged."""
    nodes = {"all": Node(Dense(rng.randn(18, 5), rng.randn(18)), ("x",))}
    for k, part in enumerate(("query", "key", "value")):
        nodes[f"a.{part}"] = Node(Slice(k, None, 3, axis=-1), ("all",))
        nodes[f"a.{part}_apart"] = Node(Reshape((-1, 3, 2)), (f"a.{part}",))  # features, heads
        nodes[f"a.{part}_heads"] = Node(Transpose((2, 0, 1)), (f"a.{part}_apart",))
    nodes["a.scores"] = Node(MatMul(True, 0.5), ("a.query_heads", "a.key_heads"))
    nodes["a.pattern"] = Node(Softmax(), ("a.scores",))
    nodes["a.mixed"] = Node(MatMul(), ("a.pattern", "a.value_heads"))
    return Network({"x": (4, 5)}, nodes, "a.mixed")


@pytest.mark.parametrize(
    "make",
    [
        other_order,
        lambda rng: with_attention(rng, heads=4, rotary=100.0, key_heads=2),
        lambda rng: with_attention(rng, heads=1, causal=True),
    ],
)
def test_a_heads_part_is_found_in_any_order(make):
    rng = np.random.RandomState(5)
    network = make(rng)
    forward = network.forward_pass(rng.randn(*network.input_shape))
    block = next(name for name in network.nodes if name.endswith(".pattern"))
    block = block.removesuffix(".pattern")
    heads = len(forward[f"{block}.pattern"]) if forward[f"{block}.pattern"].ndim == 3 else 1
    for k in range(heads):
        head = attention_head(network, forward, block, k)
        vectors = {"query": head.queries, "key": head.keys, "value": head.values}
        for part, wanted in vectors.items():
            for token in range(4):
                found = head_product(network, forward, block, k, part, token)
                made = found.weights @ found.input + found.biases
                np.testing.assert_allclose(made, wanted[token], atol=1e-12)
                np.testing.assert_array_equal(found.output, wanted[token])


def with_attention(rng, **options):
    nodes = attention("look", "x", 8, rng=rng, **options)
    return Network({"x": (4, 8)}, nodes, last_of(nodes))


def test_what_is_no_product_of_a_head(names):
    network, forward = names
    with pytest.raises(NetworkError, match="'query', 'key' or 'value', not 'out'"):
        head_product(network, forward, "block0.attention", 0, "out")
    with pytest.raises(NetworkError, match="no token 5: the pass has 5"):
        head_product(network, forward, "block0.attention", 0, "key", 5)
    nodes = {
        "q": Node(SplitHeads(2), ("x",)),
        "a.scores": Node(MatMul(True), ("q", "q")),
        "a.pattern": Node(Softmax(), ("a.scores",)),
        "a.mixed": Node(MatMul(), ("a.pattern", "q")),
    }
    network = Network({"x": (3, 4)}, nodes, "a.mixed")
    with pytest.raises(NetworkError, match="comes from x, an input, not from a dense layer"):
        head_product(network, network.forward_pass(np.ones((3, 4))), "a")


def test_without_its_mask_a_row_sees_all(names):
    network, forward = names
    head = attention_head(network, forward, "block1.attention", 2)
    np.testing.assert_allclose(head.unmasked, softmax(head.products * head.factor), atol=1e-12)
    left = np.where(head.hidden, 0, head.unmasked)
    np.testing.assert_allclose(left / left.sum(axis=1, keepdims=True), head.pattern, atol=1e-12)


def test_a_single_head_without_a_mask_is_found_too():
    nodes = attention("look", "x", 4, rng=np.random.RandomState(0))
    network = Network({"x": (3, 4)}, nodes, last_of(nodes))
    forward = network.forward_pass(np.random.RandomState(1).randn(3, 4))
    head = attention_head(network, forward, "look")
    assert not head.hidden.any()
    np.testing.assert_allclose(head.pattern, softmax(head.products / 2), atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"rotary": 100.0, "key_heads": 2, "norm": "rms"}])
def test_a_cache_has_the_keys_and_values_of_a_full_pass(options):
    made = transformer(7, 9, 16, heads=4, blocks=2, rng=np.random.RandomState(0), **options)
    network = made.with_parameters(0.4 * np.random.RandomState(1).randn(made.n_parameters))
    tokens, cache = [3, 1, 4, 1, 5, 0, 2, 6], None
    for start, stop in ((0, 4), (4, 5), (5, 8)):
        before, (_, cache) = cache, network.extend(tokens[start:stop], cache)
        whole = network.with_inputs(stop).forward_pass(tokens[:stop])
        for k in range(4):
            kept, head = (
                cached_head(network, cache, "block1.attention", k),
                attention_head(network, whole, "block1.attention", k),
            )
            np.testing.assert_allclose(kept.keys, head.keys, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(kept.values, head.values, rtol=1e-12, atol=1e-14)
            if before is not None:  # what is kept is the same to the last bit
                old = cached_head(network, before, "block1.attention", k)
                np.testing.assert_array_equal(kept.keys[:start], old.keys)
                np.testing.assert_array_equal(kept.values[:start], old.values)


def test_errors_of_caches_say_what_is_kept(names):
    network, _ = names
    with pytest.raises(NetworkError, match=r"it is empty; take the one that network\.extend"):
        cached_head(network, Cache(), "block0.attention")
    cache = network.extend(TOKENS).cache
    with pytest.raises(NetworkError, match="from 0 to 3, and no head 4"):
        cached_head(network, cache, "block0.attention", 4)
    with pytest.raises(NetworkError, match=r"block1\.attention, block2\.attention"):
        cached_head(network, cache, "block7.attention")
    other = pretrained("names-small").extend([0, 1]).cache
    with pytest.raises(NetworkError, match=r"another network, with block0\.attention\.scores"):
        cached_head(network, other, "block2.attention")


def test_errors_of_heads_say_which_there_are(names):
    network, forward = names
    with pytest.raises(NetworkError, match=r"block0\.attention, block1\.attention"):
        attention_head(network, forward, "block7.attention")
    with pytest.raises(NetworkError, match="from 0 to 3, and no head 4"):
        attention_head(network, forward, "block0.attention", 4)


@pytest.mark.parametrize("position", [0, 2, -1])
@pytest.mark.parametrize("minus", [None, 9])
def test_terms_of_a_logit_add_up_to_it(names, position, minus):
    network, forward = names
    found = logit_sum(network, forward, 1, position, minus)
    scores = forward.zs["scores"][position]
    wanted = scores[1] - (0 if minus is None else scores[minus])
    assert found.logit == wanted
    assert found.total == pytest.approx(wanted, abs=1e-9)
    heads = [(term.name, term.head) for term in found.terms if term.head is not None]
    assert heads == [(f"block{k}.attention", head) for k in range(3) for head in range(4)]


def test_a_head_adds_what_its_part_of_the_output_layer_makes_of_it(names):
    """Worked by hand: along the token's row of the table, through the last norm."""
    network, forward = names
    x, norm = forward["block2.sum2"][-1], network.nodes["norm"].layer
    out = network.nodes["block1.attention.out"].layer
    written = out.weights[:, 24:36] @ forward["block1.attention.mixed"][2, -1]
    table = network.nodes["scores"].layer.weights
    through = norm.scale * (written - written.mean()) / np.sqrt(x.var() + norm.epsilon)
    terms = logit_sum(network, forward, 5).terms
    (found,) = [one.value for one in terms if (one.name, one.head) == ("block1.attention", 2)]
    assert found == pytest.approx(table[5] @ through, abs=1e-12)


def test_other_norms_and_untied_scores_add_up():
    rng = np.random.RandomState(3)
    model = transformer(7, 4, 8, heads=2, blocks=2, rng=rng, norm="rms", gated=True, tied=False)
    forward = model.forward_pass([1, 5, 0, 3])
    found = logit_sum(model, forward, 6)
    assert found.total == pytest.approx(found.logit, abs=1e-12)
    nodes = {
        "a": Node(Dense.random(3, 3, rng, "relu"), ("x",)),
        "sum": Node(Add(), ("x", "a")),
        "norm": Node(RMSNorm(rng.rand(3)), ("sum",)),
        "y": Node(Dense(rng.randn(4, 3), rng.randn(4), "softmax"), ("norm",)),
    }
    network = Network({"x": (2, 3)}, nodes, "y", "cross-entropy")
    found = logit_sum(network, network.forward_pass(rng.randn(2, 3)), 2)
    assert [term.name for term in found.terms] == ["x", "a", "y"]
    assert found.total == pytest.approx(found.logit, abs=1e-12)


@pytest.mark.parametrize(("token", "minus"), [(0, None), (26, None), (0, 26), (26, 0), (3, 3)])
def test_the_first_and_the_last_token_have_scores(names, token, minus):
    network, forward = names
    scores = forward.zs["scores"][-1]
    found = logit_sum(network, forward, token, minus=minus)
    assert found.logit == scores[token] - (0 if minus is None else scores[minus])
    assert found.total == pytest.approx(found.logit, abs=1e-9)


def test_errors_of_logits(names):
    network, forward = names
    for token in (-1, 27):
        with pytest.raises(NetworkError, match=f"no score of a token {token}"):
            logit_sum(network, forward, token)
        with pytest.raises(NetworkError, match=f"no score of a token {token}"):
            logit_sum(network, forward, 1, minus=token)
    nodes = {name: network.nodes[name] for name in list(network.nodes)[:-2]}
    with pytest.raises(NetworkError, match="come from a dense layer or an embedding"):
        logit_sum(Network(network.inputs, nodes, "norm"), forward, 1)


def test_what_is_drawn_from_is_what_generate_draws_from():
    model = pretrained("names")
    (made,) = model.generate([0], 1, temperature=0.7, top_k=4)
    found = next_distribution(made.logits, 0.7, 4)
    np.testing.assert_array_equal(found, made.probabilities)
    assert np.count_nonzero(found) == 4
    best = np.argsort(-made.logits)[:4]
    np.testing.assert_allclose(found[best], softmax(made.logits[best] / 0.7), atol=1e-15)
    with pytest.raises(NetworkError, match="temperature"):
        next_distribution(made.logits, -1)


def test_arrays_of_another_program_are_a_pass():
    given = np.array([[1.0, 0.0], [0.3, 0.7]])
    forward = ForwardPass.from_arrays(["to", " be"], {"b.scores": given * 2, "b.pattern": given})
    np.testing.assert_array_equal(forward["b.pattern"], given)
    assert forward["tokens"].tolist() == ["to", " be"]
    assert forward.output is forward["b.pattern"]
    given[:] = 9
    assert forward["b.pattern"].max() == 1
    with pytest.raises(ValueError, match="read-only"):
        forward["b.pattern"][0, 0] = 2


@pytest.mark.parametrize(
    ("tokens", "arrays", "said"),
    [
        ([[1, 2]], {"a": [1]}, r"in a row, shape \(tokens,\)"),
        ([0.5], {"a": [1]}, "integers or texts"),
        ([1], {}, "at least one array"),
        ([1], {"tokens": [1]}, "none called 'tokens'"),
        ([1], {"a": ["x"]}, r"arrays\['a'\] must hold numbers"),
        ([1], {"a": [np.nan]}, "NaN"),
    ],
)
def test_arrays_that_are_none(tokens, arrays, said):
    with pytest.raises(NetworkError, match=said):
        ForwardPass.from_arrays(tokens, arrays)
