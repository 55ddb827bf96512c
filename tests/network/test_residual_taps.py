"""The residual stream: blocks for one token, scores on the way, and heads that are merged."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.network import (
    Add,
    Constant,
    Dense,
    Embedding,
    LayerNorm,
    Network,
    NetworkError,
    Node,
    attention,
    attention_output,
    last_of,
    logit_lens,
    pretrained,
    residual_taps,
    token_block,
    transformer,
)

TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4]


@pytest.fixture(scope="module")
def sort():
    network = pretrained("sort").with_inputs(len(TOKENS))
    return network, network.forward_pass(TOKENS)


def of_torch(rng):
    """A language model whose nodes are called and wired as an importer reads one of torch."""
    names = {"out": "out_proj", "query": "q", "key": "k", "value": "v"}
    nodes = {
        "tok": Node(Embedding.random(7, 8, rng), ("ids",)),
        "pos": Node(Constant(rng.randn(4, 8)), ("tok",)),
        "embedded": Node(Add(), ("tok", "pos")),
    }
    last = "embedded"
    for k in range(2):
        at = f"layers.{k}"
        nodes[f"{at}.norm1"] = Node(LayerNorm(np.ones(8), np.zeros(8)), (last,))
        inside = attention("a", f"{at}.norm1", 8, heads=2, rng=rng, causal=True)
        new = {
            one: f"{at}.self_attn.{names.get(part := one.partition('.')[2], part)}"
            for one in inside
        }
        for one, node in inside.items():
            nodes[new[one]] = Node(node.layer, tuple(new.get(i, i) for i in node.inputs))
        nodes[f"{at}.add1"] = Node(Add(), (f"{at}.self_attn.out_proj", last))
        nodes[f"{at}.norm2"] = Node(LayerNorm(np.ones(8), np.zeros(8)), (f"{at}.add1",))
        nodes[f"{at}.linear1"] = Node(Dense.random(8, 12, rng, "relu"), (f"{at}.norm2",))
        nodes[f"{at}.linear2"] = Node(Dense.random(12, 8, rng, "identity"), (f"{at}.linear1",))
        last = f"{at}.add2"
        nodes[last] = Node(Add(), (f"{at}.add1", f"{at}.linear2"))
    nodes["head"] = Node(Dense.random(8, 7, rng, "identity"), (last,))
    return Network({"ids": (4,)}, nodes, "head")


def normed(x, layer):
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + layer.epsilon)
    return (x - x.mean(axis=-1, keepdims=True)) / deviation * layer.scale + layer.shift


# Where blocks read and add


def test_taps_of_a_model_of_another_make():
    taps = residual_taps(of_torch(np.random.RandomState(0)))
    assert [tap.block for tap in taps] == [
        "layers.0.self_attn",
        "layers.0",
        "layers.1.self_attn",
        "layers.1",
    ]
    assert taps[0].reads == "embedded"
    assert [tap.pattern for tap in taps[:2]] == ["layers.0.self_attn.pattern", None]


def test_two_blocks_added_at_once_are_refused():
    rng = np.random.RandomState(0)
    nodes = {
        "a": Node(Dense.random(3, 3, rng), ("x",)),
        "b": Node(Dense.random(3, 3, rng), ("x",)),
        "sum": Node(Add(), ("x", "a", "b")),
    }
    with pytest.raises(NetworkError, match="sum adds 2 blocks to the stream at once"):
        residual_taps(Network({"x": (2, 3)}, nodes, "sum"))


# What a block is for one token


@pytest.mark.parametrize("position", [0, 7, -1])
def test_a_feed_forward_block_is_a_network_of_each_token(sort, position):
    network, forward = sort
    inside, computed = token_block(network, forward, "block1.feed_forward", position)
    assert inside.sizes == (32, 128, 32)
    x = normed(forward["block1.sum1"][position], network.nodes["block1.norm2"].layer)
    np.testing.assert_allclose(computed.activations[0], x, atol=1e-12)
    added = forward["block1.sum2"][position] - forward["block1.sum1"][position]
    np.testing.assert_allclose(computed.output, added, atol=1e-12)


def test_gated_blocks_and_those_of_other_makes_are_networks_too():
    rng = np.random.RandomState(1)
    gated = transformer(7, 4, 8, heads=2, blocks=1, rng=rng, norm="rms", gated=True)
    forward = gated.forward_pass([1, 5, 0, 3])
    inside, computed = token_block(gated, forward, "block0.feed_forward", 2)
    assert list(inside.nodes) == ["gate", "up", "gated", "down"]
    np.testing.assert_allclose(computed.output, forward["block0.feed_forward.down"][2])
    other = of_torch(rng)
    forward = other.forward_pass([1, 5, 0, 3])
    inside, computed = token_block(other, forward, "layers.1")
    assert list(inside.nodes) == ["linear1", "linear2"]
    np.testing.assert_allclose(computed.output, forward["layers.1.linear2"][-1])


def test_blocks_that_mix_or_are_none_say_so(sort):
    with pytest.raises(NetworkError, match=r"block0\.attention mixes tokens"):
        token_block(*sort, "block0.attention")
    with pytest.raises(NetworkError, match=r"no block 'block7'.*there are block0\.attention"):
        token_block(*sort, "block7")


# Scores on the way


def test_the_stream_is_read_as_the_last_layers_read_it(sort):
    """By hand: the last norm, and the rows of the table; the MLP turns a 6 into a 5."""
    network, forward = sort
    norm, table = network.nodes["norm"].layer, network.nodes["scores"].layer.weights
    for name in ("positions", "block0.sum1", "block1.sum1", "block1.sum2"):
        wanted = normed(forward[name], norm) @ table.T
        np.testing.assert_allclose(logit_lens(network, forward, name), wanted, atol=1e-10)
    np.testing.assert_allclose(wanted, forward.zs["scores"], atol=1e-10)
    before, after = (logit_lens(network, forward, f"block1.sum{n}")[-1] for n in (1, 2))
    assert (before.argmax(), after.argmax()) == (6, 5)


def test_scores_of_a_model_without_a_last_norm_or_a_softmax():
    network = of_torch(np.random.RandomState(2))
    forward = network.forward_pass([1, 5, 0, 3])
    layer = network.nodes["head"].layer
    wanted = forward["layers.0.add2"] @ layer.weights.T + layer.biases
    np.testing.assert_allclose(logit_lens(network, forward, "layers.0.add2"), wanted, atol=1e-12)
    with pytest.raises(NetworkError, match=r"'layers\.0\.linear1' is not on the stream"):
        logit_lens(network, forward, "layers.0.linear1")


# Heads side by side


def test_heads_are_merged_and_projected(sort):
    network, forward = sort
    found = attention_output(network, forward, "block0.attention")
    pattern, values = (forward[f"block0.attention.{part}"] for part in ("pattern", "values"))
    merged = np.concatenate([a @ v for a, v in zip(pattern, values, strict=True)], axis=1)
    np.testing.assert_allclose(found.merged, merged, atol=1e-12)
    np.testing.assert_array_equal(np.concatenate(found.heads, axis=1), found.merged)
    layer = network.nodes["block0.attention.out"].layer
    np.testing.assert_allclose(found.out, merged @ layer.weights.T + layer.biases, atol=1e-12)
    added = forward["block0.sum1"] - forward["positions"]
    np.testing.assert_allclose(found.out, added, atol=1e-12)


def test_heads_of_other_makes_and_a_single_one():
    network = of_torch(np.random.RandomState(3))
    forward = network.forward_pass([1, 5, 0, 3])
    found = attention_output(network, forward, "layers.1.self_attn")
    assert found.heads.shape == (2, 4, 4)
    np.testing.assert_array_equal(found.out, forward["layers.1.self_attn.out_proj"])
    nodes = attention("look", "x", 4, rng=np.random.RandomState(0))
    one = Network({"x": (3, 4)}, nodes, last_of(nodes))
    forward = one.forward_pass(np.ones((3, 4)))
    assert attention_output(one, forward, "look").heads.shape == (1, 3, 4)
    bare = Network({"x": (3, 4)}, dict(list(nodes.items())[:-1]), "look.mixed")
    with pytest.raises(NetworkError, match="no output layer"):
        attention_output(bare, bare.forward_pass(np.ones((3, 4))), "look")
