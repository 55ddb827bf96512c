"""Attention, transformers and recurrent cells, as named nodes: by hand and against torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.network import (
    CELLS,
    Dense,
    GRUCell,
    LSTMCell,
    Network,
    NetworkError,
    Node,
    RNNCell,
    attention,
    last_of,
    recurrent,
    residual,
    softmax,
    split,
    swiglu,
    transformer,
    transformer_block,
)

STEP = 1e-5
TOKENS, N = 5, 8
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def rng(seed: int = 0) -> np.random.RandomState:
    return np.random.RandomState(seed)


def network_of(nodes: dict[str, Node], **inputs: tuple[int, ...]) -> Network:
    return Network(inputs or {"x": (TOKENS, N)}, nodes, last_of(nodes))


def scrambled(network: Network, seed: int = 5) -> Network:
    """Give every parameter a number of its own, biases as well."""
    return network.with_parameters(0.5 * rng(seed).randn(network.n_parameters))


def check_gradient(network: Network, x: Any, y: Any, every: int = 1) -> None:
    gradient = network.backprop(x, y).flatten()
    for k in range(0, network.n_parameters, every):
        slope = network.nudged(k, STEP).cost(x, y) - network.nudged(k, -STEP).cost(x, y)
        assert gradient[k] == pytest.approx(slope / (2 * STEP), rel=1e-5, abs=1e-7)


X = rng(1).randn(3, TOKENS, N)
Y = rng(2).randn(3, TOKENS, N)

VARIANTS = {
    "one head": {},
    "two heads": {"heads": 2},
    "causal": {"heads": 2, "causal": True},
    "grouped keys": {"heads": 4, "key_heads": 2, "causal": True},
    "rotary": {"heads": 2, "rotary": 10_000.0, "causal": True},
}


@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
def test_gradients_of_attention(options: dict) -> None:
    network = scrambled(network_of(attention("a", "x", N, rng=rng(), **options)))
    check_gradient(network, X, Y, every=3)


def test_everything_on_the_way_has_a_name() -> None:
    network = scrambled(network_of(attention("a", "x", N, rng=rng(), causal=True)))
    assert list(network.nodes) == [
        f"a.{part}"
        for part in ("query", "key", "value", "scores", "mask", "pattern", "mixed", "out")
    ]
    forward = network.forward_pass(X[0])
    query, key, value = (forward[f"a.{part}"] for part in ("query", "key", "value"))
    scores = query @ key.T / np.sqrt(N)
    np.testing.assert_allclose(forward["a.scores"], scores, **CLOSE)
    np.testing.assert_allclose(forward["a.pattern"].sum(axis=1), np.ones(TOKENS))
    assert not np.triu(forward["a.pattern"], 1).any()
    np.testing.assert_allclose(forward["a.pattern"][-1], softmax(scores[-1]), **CLOSE)
    np.testing.assert_allclose(forward["a.mixed"], forward["a.pattern"] @ value, **CLOSE)
    # What comes later does not change what came before.
    other = X[0].copy()
    other[3:] += 1
    np.testing.assert_allclose(network(other)[:3], network(X[0])[:3], **CLOSE)


def test_masks_and_other_sequences() -> None:
    nodes = attention("a", "x", N, heads=2, rng=rng(), memory="seen", mask="there")
    network = scrambled(network_of(nodes, x=(TOKENS, N), seen=(3, N), there=(3,)))
    seen = rng(3).randn(3, 3, N)
    there = np.array([[1.0, 1, 0], [1, 0, 0], [1, 1, 1]])
    x = {"x": X, "seen": seen, "there": there}
    pattern = network.forward_pass(x)["a.pattern"]
    assert pattern.shape == (3, 2, TOKENS, 3)
    assert not pattern[0, :, :, 2].any()
    seen = seen.copy()
    seen[0, 2] += 9
    np.testing.assert_array_equal(network(x)[0], network({**x, "seen": seen})[0])
    check_gradient(network, x, Y, every=7)


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_attention_of_torch(heads: int) -> None:
    torch = pytest.importorskip("torch")
    network = scrambled(network_of(attention("a", "x", N, heads=heads, rng=rng(), causal=True)))
    module = torch.nn.MultiheadAttention(N, heads, batch_first=True).double()
    layers = {part: network.nodes[f"a.{part}"].layer for part in ("query", "key", "value", "out")}
    with torch.no_grad():
        for name, target in (("weights", module.in_proj_weight), ("biases", module.in_proj_bias)):
            parts = [getattr(layers[part], name) for part in ("query", "key", "value")]
            target.copy_(torch.tensor(np.concatenate(parts)))
        module.out_proj.weight.copy_(torch.tensor(layers["out"].weights))
        module.out_proj.bias.copy_(torch.tensor(layers["out"].biases))
    x = torch.tensor(X, requires_grad=True)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(TOKENS, dtype=torch.float64)
    out, pattern = module(x, x, x, attn_mask=mask, average_attn_weights=False)
    forward = network.forward_pass(X)
    np.testing.assert_allclose(forward.output, out.detach(), **CLOSE)
    shown = forward["a.pattern"].reshape(3, heads, TOKENS, TOKENS)
    np.testing.assert_allclose(shown, pattern.detach(), **CLOSE)
    ((out - torch.tensor(Y)) ** 2).sum(dim=(1, 2)).mean().backward()
    gradient, backward = network.backprop(X, Y), network.backward_pass(X, Y)
    np.testing.assert_allclose(backward["x"] / 3, x.grad, **CLOSE)
    np.testing.assert_allclose(gradient["a.out"]["weights"], module.out_proj.weight.grad, **CLOSE)
    of_all = [gradient[f"a.{part}"]["weights"] for part in ("query", "key", "value")]
    np.testing.assert_allclose(np.concatenate(of_all), module.in_proj_weight.grad, **CLOSE)


def test_grouped_keys_and_rotary_positions_of_torch() -> None:
    torch = pytest.importorskip("torch")
    nodes = attention("a", "x", N, heads=4, key_heads=2, rng=rng(), causal=True)
    forward = scrambled(network_of(nodes)).forward_pass(X)
    query, key, value = (
        torch.tensor(forward[f"a.{part}"]) for part in ("queries", "keys", "values")
    )
    mixed = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, is_causal=True, enable_gqa=True
    )
    np.testing.assert_allclose(forward["a.mixed"], mixed, **CLOSE)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer_block_of_torch(norm_first: bool, activation: str) -> None:
    torch = pytest.importorskip("torch")
    network = scrambled(
        network_of(
            transformer_block(
                "b",
                "x",
                N,
                heads=2,
                rng=rng(),
                hidden=12,
                causal=False,
                activation=activation,
                norm_first=norm_first,
            )
        )
    )
    module = torch.nn.TransformerEncoderLayer(
        N, 2, 12, 0.0, activation, batch_first=True, norm_first=norm_first
    ).double()
    of = network.nodes
    with torch.no_grad():
        for name, own in (("weight", "weights"), ("bias", "biases")):
            joined = [
                getattr(of[f"b.attention.{part}"].layer, own) for part in ("query", "key", "value")
            ]
            getattr(module.self_attn, f"in_proj_{name}").copy_(torch.tensor(np.concatenate(joined)))
            for theirs, ours in (
                (module.self_attn.out_proj, "attention.out"),
                (module.linear1, "feed_forward.up"),
                (module.linear2, "feed_forward.down"),
            ):
                getattr(theirs, name).copy_(torch.tensor(getattr(of[f"b.{ours}"].layer, own)))
        for k in (1, 2):
            getattr(module, f"norm{k}").weight.copy_(torch.tensor(of[f"b.norm{k}"].layer.scale))
            getattr(module, f"norm{k}").bias.copy_(torch.tensor(of[f"b.norm{k}"].layer.shift))
    x = torch.tensor(X, requires_grad=True)
    out = module(x)
    np.testing.assert_allclose(network(X), out.detach(), **CLOSE)
    ((out - torch.tensor(Y)) ** 2).sum(dim=(1, 2)).mean().backward()
    np.testing.assert_allclose(network.backward_pass(X, Y)["x"] / 3, x.grad, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(
        network.backprop(X, Y)["b.feed_forward.up"]["weights"],
        module.linear1.weight.grad,
        **CLOSE,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"norm": "rms", "gated": True, "rotary": 100.0, "key_heads": 1}, {"tied": False}],
)
def test_a_language_model_learns_what_comes_next(options: dict) -> None:
    model = transformer(6, 8, 16, heads=2, blocks=1, rng=rng(), **options)
    tokens = np.array([np.roll(np.arange(6), -k)[np.arange(9) % 6] for k in range(6)])
    x, y = tokens[:, :8], tokens[:, 1:]
    assert model.cost(x, y) == pytest.approx(np.log(6), rel=0.3)
    *_, report = model.train(x, y, epochs=60, optimizer="adamw", batch_size=3, learning_rate=0.01)
    assert report.accuracy == 1.0
    assert report.cost == pytest.approx(report.network.cost(x, y))
    assert report.network.accuracy(x, y) == 1.0
    made = list(report.network.generate([2, 3], 5, temperature=0))
    assert [one.token for one in made] == [4, 5, 0, 1, 2]
    check_gradient(scrambled(model, 3), x[:2], y[:2], every=101)


def test_dropout_in_a_transformer() -> None:
    model = transformer(6, 4, 8, heads=2, blocks=1, rng=rng(), dropout=0.2)
    assert sum(name.endswith("dropped") for name in model.nodes) == 3
    x = np.array([[0, 1, 2, 3]])
    (one,) = model.train(x, x, epochs=1, seed=1)
    (other,) = model.train(x, x, epochs=1, seed=2)
    assert one.network != other.network


def test_blocks_of_ones_own() -> None:
    nodes = residual("r", "x", [Dense(np.eye(3), np.ones(3)), Dense(np.eye(3), np.zeros(3))])
    assert list(nodes) == ["r.dense1", "r.dense2", "r.sum"]
    np.testing.assert_allclose(network_of(nodes, x=(3,))([1, 2, 3]), [3, 5, 7])
    gated = scrambled(network_of(swiglu("g", "x", N, 6, rng=rng())))
    forward = gated.forward_pass(X)
    np.testing.assert_allclose(forward["g.gated"], forward["g.gate"] * forward["g.up"])
    check_gradient(gated, X, Y, every=5)


def test_parts() -> None:
    nodes = split("part", "x", [3, 5])
    network = Network({"x": (TOKENS, N)}, nodes, "part.1")
    forward = network.forward_pass(X)
    np.testing.assert_array_equal(forward["part.0"], X[..., :3])
    np.testing.assert_array_equal(forward["part.1"], X[..., 3:])


# --- recurrent cells


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("options", [{}, {"sequence": True}, {"sequence": True, "backwards": True}])
def test_gradients_of_recurrent_networks(name: str, options: dict) -> None:
    cell = CELLS[name].random(N, 3, rng())
    nodes = recurrent("r", "x", cell, TOKENS, **options)
    # The last node of an unrolled cell is its hidden state.
    network = network_of(nodes)
    assert network.output_shape == ((TOKENS, 3) if options else (3,))
    assert network.n_parameters == network_of(recurrent("r", "x", cell, 2)).n_parameters
    y = Y[:, :, :3] if options else Y[:, 0, :3]
    check_gradient(network, X, y, every=4)


@pytest.mark.parametrize("name", CELLS)
def test_recurrent_networks_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    h = 3
    module = getattr(torch.nn, name.upper())(N, h, batch_first=True).double()
    w_x, w_h, b_x, b_h = (p.detach().numpy() for p in module.parameters())

    def joined(k: int, activation: str) -> Dense:
        part = slice(k * h, k * h + h)
        return Dense(np.hstack([w_x[part], w_h[part]]), b_x[part] + b_h[part], activation)

    if name == "rnn":
        cell: Any = RNNCell(joined(0, "tanh"))
    elif name == "lstm":
        kinds = ("sigmoid", "sigmoid", "tanh", "sigmoid")
        cell = LSTMCell(*(joined(k, kind) for k, kind in enumerate(kinds)))
    else:
        cell = GRUCell(
            joined(0, "sigmoid"),
            joined(1, "sigmoid"),
            Dense(w_x[2 * h :], b_x[2 * h :]),
            Dense(w_h[2 * h :], b_h[2 * h :]),
        )
    network = network_of(recurrent("r", "x", cell, TOKENS, sequence=True))
    x = torch.tensor(X, requires_grad=True)
    out, _ = module(x)
    np.testing.assert_allclose(network(X), out.detach(), **CLOSE)
    y = Y[:, :, :h]
    ((out - torch.tensor(y)) ** 2).sum(dim=(1, 2)).mean().backward()
    np.testing.assert_allclose(network.backward_pass(X, y)["x"] / 3, x.grad, **CLOSE)


def test_gates_and_states_have_names() -> None:
    network = network_of(recurrent("lstm", "x", LSTMCell.random(N, 3, rng()), 2), x=(2, N))
    forward = network.forward_pass(X[0, :2])
    for t in range(2):
        before = forward[f"lstm.{t - 1}.cell"] if t else forward["lstm.start.cell"]
        np.testing.assert_allclose(
            forward[f"lstm.{t}.cell"],
            forward[f"lstm.{t}.forget_gate"] * before
            + forward[f"lstm.{t}.input_gate"] * forward[f"lstm.{t}.candidate"],
        )
    assert network.nodes["lstm.0.candidate"].layer is network.nodes["lstm.1.candidate"].layer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: attention("a", "x", 8, heads=3, rng=rng()), "8 features are split into 3 heads"),
        (lambda: attention("a", "x", 8, heads=4, key_heads=3, rng=rng()), "share 3 heads of keys"),
        (lambda: attention("a", "x", 8), "needs rng, to draw weights from, or layers"),
        (lambda: attention("a", "x", 8, layers={}), "layers must be query, key, value, out"),
        (lambda: transformer_block("b", "x", 8, heads=2, rng=rng(), norm="batch"), "not 'batch'"),
        (lambda: residual("r", "x", {}), "a block needs at least one node"),
        (lambda: recurrent("r", "x", "lstm", 3), "must be a Cell, such as an RNNCell, not 'lstm'"),
        (lambda: recurrent("r", "x", RNNCell.random(2, 2, rng()), 0), "steps must be positive"),
    ],
)
def test_bad_blocks(make: Any, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        make()
