"""Costs of outputs of any shape, labels as integers, and what stands for classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.network import (
    COSTS,
    Activate,
    BatchNorm,
    Conv2D,
    Dense,
    Embedding,
    Network,
    NetworkError,
    Node,
    Softmax,
    get_cost,
    huber,
    one_hot,
)

RNG = np.random.RandomState(0)
STEP = 1e-5
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def ending(layer: Any, shape: tuple[int, ...], cost: str) -> Network:
    return Network([layer], cost, shape)


def targets_for(shape: tuple[int, ...]) -> np.ndarray:
    return RNG.uniform(0.1, 0.9, (4, *shape))


SHAPES = [(5,), (3, 4), (2, 3, 2)]


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("cost", [*COSTS, "huber(0.3)"])
@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax", "softmax(-2)"])
def test_central_differences_for_any_shape(shape: tuple[int, ...], cost: str, output: str) -> None:
    if output == "softmax(-2)" and len(shape) == 1:
        pytest.skip("there is no such axis")
    layer = Activate(output)
    if not get_cost(cost).accepts(layer.activation):
        with pytest.raises(NetworkError, match="is not defined for"):
            ending(layer, shape, cost)
        return
    network = ending(layer, shape, cost)
    x, y = RNG.randn(4, *shape), targets_for(shape)
    y[1].flat[:2] = 0.0
    backward = network.backward_pass(x, y)
    form = network.cost_form
    z = x
    a = layer.activation.function(z)
    assert form.function(z, a, y).shape == (4,)
    expected = np.empty_like(x)
    for place in np.ndindex(*x.shape):
        nudge = np.zeros_like(x)
        nudge[place] = STEP
        expected[place] = (network.cost(x + nudge, y) - network.cost(x - nudge, y)) / (2 * STEP) * 4
    np.testing.assert_allclose(backward["x"], expected, rtol=1e-5, atol=1e-8)
    # dC/da and the error agree.
    np.testing.assert_allclose(
        layer.activation.pullback(z, a, form.gradient(a, y)), backward.errors[0], atol=1e-12
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("cost", "torch_cost"),
    [
        ("quadratic", lambda f, a, y: ((a - y) ** 2).flatten(1).sum(1).mean()),
        ("mean-squared", lambda f, a, y: f.mse_loss(a, y)),
        ("absolute", lambda f, a, y: f.l1_loss(a, y)),
        ("huber", lambda f, a, y: f.huber_loss(a, y)),
        ("huber(0.3)", lambda f, a, y: f.huber_loss(a, y, delta=0.3)),
        ("binary-cross-entropy", lambda f, a, y: f.binary_cross_entropy(a, y)),
        (
            "cross-entropy",
            lambda f, a, y: f.binary_cross_entropy(a, y, reduction="none").flatten(1).sum(1).mean(),
        ),
    ],
)
def test_torch(shape: tuple[int, ...], cost: str, torch_cost: Callable[..., Any]) -> None:
    torch = pytest.importorskip("torch")
    network = ending(Activate("sigmoid"), shape, cost)
    x, y = RNG.randn(4, *shape), targets_for(shape)
    theirs = torch.tensor(x, requires_grad=True)
    value = torch_cost(torch.nn.functional, torch.sigmoid(theirs), torch.tensor(y))
    value.backward()
    assert network.cost(x, y) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(network.backward_pass(x, y)["x"] / 4, theirs.grad, **CLOSE)


@pytest.mark.parametrize(("shape", "axis"), [((5,), -1), ((3, 5), -1), ((5, 2, 3), -3)])
def test_cross_entropy_of_torch(shape: tuple[int, ...], axis: int) -> None:
    torch = pytest.importorskip("torch")
    network = ending(Softmax(axis), shape, "cross-entropy")
    x = RNG.randn(4, *shape)
    labels = RNG.randint(0, 5, (4, *network.classes.label_shape))
    theirs = torch.tensor(x, requires_grad=True)
    value = torch.nn.functional.cross_entropy(theirs.movedim(axis, 1), torch.tensor(labels))
    value.backward()
    assert network.cost(x, labels) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(network.backward_pass(x, labels)["x"] / 4, theirs.grad, **CLOSE)
    assert network.accuracy(x, labels) == pytest.approx((x.argmax(axis) == labels).mean())


def test_positions_that_do_not_count_of_torch() -> None:
    torch = pytest.importorskip("torch")
    network = ending(Softmax(), (3, 5), "cross-entropy")
    x = RNG.randn(2, 3, 5)
    labels = np.array([[1, -1, 4], [0, 2, -1]])
    theirs = torch.tensor(x, requires_grad=True)
    value = torch.nn.functional.cross_entropy(
        theirs.movedim(-1, 1), torch.tensor(labels), ignore_index=-1
    )
    value.backward()
    assert network.cost(x, labels) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(network.backward_pass(x, labels)["x"] / 2, theirs.grad, **CLOSE)


# --- labels


def test_labels_are_one_hot_vectors() -> None:
    network = Network.random([3, 4, 3], 1, activations=["tanh", "softmax"], cost="cross-entropy")
    x, labels = RNG.randn(8, 3), np.array([0, 1, 2, 0, 2, 1, 1, 2])
    y = one_hot(labels, 3)
    assert network.cost(x, labels) == network.cost(x, y)
    assert network.cost(x[0], labels[0]) == network.cost(x[0], y[0])
    np.testing.assert_array_equal(network.output_error(x, labels), network.output_error(x, y))
    np.testing.assert_array_equal(
        network.backprop(x, labels).flatten(), network.backprop(x, y).flatten()
    )
    assert [g.norm for g in network.backprop_each(x, labels)] == [
        g.norm for g in network.backprop_each(x, y)
    ]
    (one,), (other,) = (network.train(x, t, epochs=1, validation=(x, t)) for t in (labels, y))
    assert (one.network, one.cost, one.accuracy) == (other.network, other.cost, other.accuracy)
    for wrong, message in (
        (labels + 1, "labels must lie between 0 and 2, but one is 3"),
        (labels[:5], "same examples"),
        (labels.astype(float), r"y: must have shape \(3,\)"),
        (labels - 2, "-1 is for positions that do not count"),
    ):
        with pytest.raises(NetworkError, match=message):
            network.cost(x, wrong)


def test_a_position_that_does_not_count_changes_nothing() -> None:
    network = Network([Embedding(RNG.randn(6, 5)), Dense(RNG.randn(5, 5), RNG.randn(5), "softmax")],
                      "cross-entropy", (4,))  # fmt: skip
    x = np.array([[0, 1, 2, 3]])
    masked = np.array([[2, -1, 4, -1]])
    costs = [network.with_inputs(1).cost([x[0, k : k + 1]], [masked[0, k : k + 1]]) for k in (0, 2)]
    assert network.cost(x, masked) == pytest.approx(np.mean(costs))
    errors = network.backward_pass(x, masked).errors[-1]
    assert not errors[0, [1, 3]].any()
    assert errors[0, [0, 2]].all()
    assert network.cost(x, np.full((1, 4), -1)) == 0.0
    right = network.predict(x)
    assert network.accuracy(x, np.where(masked < 0, -1, right)) == 1.0
    with pytest.raises(NetworkError, match="accuracy of no examples"):
        network.accuracy(x, np.full((1, 4), -1))


def test_what_stands_for_classes() -> None:
    def made(output: str, n: int = 2) -> Network:
        return Network.random([3, n], 0, activations=output)

    assert made("sigmoid").is_classifier
    assert made("tanh").is_classifier
    assert made("softmax").is_classifier
    assert made("sigmoid", 1).is_classifier
    for output, n in (("identity", 2), ("identity", 1), ("tanh", 1), ("relu", 3), ("sin", 2)):
        regression = made(output, n)
        assert not regression.is_classifier
        with pytest.raises(NetworkError, match="stand for no classes: ask for feedforward"):
            regression.predict(np.zeros(3))
        (report,) = regression.train(RNG.randn(5, 3), RNG.randn(5, n), epochs=1, learning_rate=0.01)
        assert report.accuracy is None
    segments = Network(
        [Conv2D.random(1, 3, 3, RNG, padding=1), Softmax(-3)], "cross-entropy", (1, 4, 5)
    )
    x = RNG.randn(2, 1, 4, 5)
    assert segments.predict(x).shape == (2, 4, 5)
    assert segments.predict(x[0]).shape == (4, 5)
    assert segments.accuracy(x, segments.predict(x)) == 1.0
    (report,) = segments.train(x, segments.predict(x), epochs=1)
    assert report.accuracy is not None
    pixels = Network(
        [Conv2D.random(1, 1, 3, RNG, padding=1, activation="sigmoid")],
        "binary-cross-entropy",
        (1, 4, 5),
    )
    np.testing.assert_array_equal(pixels.predict(x), pixels(x) > 0.5)
    assert pixels.accuracy(x, pixels.predict(x)) == 1.0


@pytest.mark.parametrize(
    ("delta", "gap", "cost"),
    [
        # Squared up to delta, then straight: delta * (gap - delta / 2).
        (1.0, 0.0, 0.0),
        (1.0, 0.5, 0.125),
        (1.0, 1.0, 0.5),
        (1.0, 3.0, 2.5),
        (1.0, -3.0, 2.5),
        (0.5, 0.5, 0.125),
        (0.5, 1.0, 0.375),
        (2.0, 3.0, 4.0),
    ],
)
def test_huber_by_hand(delta: float, gap: float, cost: float) -> None:
    network = Network([Activate("identity")], huber(delta), (2,))
    assert network.cost([1.0 + gap, 7.0], [1.0, 7.0]) == pytest.approx(cost / 2)  # the mean


def test_families_and_files(tmp_path: Path) -> None:
    assert get_cost("huber(0.5)") == huber(0.5) != huber()
    assert get_cost("huber") == huber()
    network = ending(Activate("identity"), (2,), "huber(0.5)")
    network.save(tmp_path / "network.npz")
    assert Network.load(tmp_path / "network.npz") == network
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(NetworkError):
            huber(wrong)
    with pytest.raises(NetworkError, match="no cost function is called 'huber\\(1, 2\\)'"):
        get_cost("huber(1, 2)")


# --- derivatives of outputs


def test_input_gradients_are_those_of_one_output() -> None:
    network = Network(
        {"x": (1, 4, 4), "tokens": (2,)},
        {
            "conv": Node(Conv2D.random(1, 2, 3, RNG, activation="tanh"), ("x",)),
            "flat": Node(Activate("tanh"), ("conv",)),
            "words": Node(Embedding(RNG.randn(4, 3)), ("tokens",)),
            "seen": Node(Dense.random(3, 3, RNG, "softmax"), ("words",)),
        },
        "seen",
    )
    x = {"x": RNG.randn(1, 4, 4), "tokens": np.array([0, 3])}
    assert not network.input_gradient(x, (0, 1), of="x").any()
    with pytest.raises(NetworkError, match=r"tokens holds integers.*of="):
        network.input_gradient(x, (0, 1), of="tokens")
    words = network.forward_pass(x)["words"]
    rest = network.after("words")
    expected = np.empty_like(words)
    for place in np.ndindex(*words.shape):
        nudge = np.zeros_like(words)
        nudge[place] = STEP
        expected[place] = (rest(words + nudge)[1, 2] - rest(words - nudge)[1, 2]) / (2 * STEP)
    np.testing.assert_allclose(
        network.input_gradient(x, (1, 2), of="words"), expected, rtol=1e-6, atol=1e-9
    )
    plain = Network.random([3, 4, 2], 0)
    batch = RNG.randn(5, 3)
    gradients = plain.input_gradient(batch, -1)
    assert gradients.shape == (5, 3)
    np.testing.assert_allclose(plain.input_gradient(batch[2], 1), gradients[2])
    own = plain.input_gradient(batch, 1, of="dense2")
    np.testing.assert_array_equal(own, np.tile([0.0, 1.0], (5, 1)))
    for arguments, message in (
        ((batch, 2), "there is no output 2: outputs have shape"),
        ((batch, (0, 0)), r"there is no output \(0, 0\)"),
        ((batch, 0, "y"), "of='y' is none of x, dense1, dense2"),
    ):
        with pytest.raises(NetworkError, match=message):
            plain.input_gradient(*arguments)


def test_input_gradients_of_torch() -> None:
    torch = pytest.importorskip("torch")
    network = Network.random([3, 4, 2], 0, activations=["gelu", "softmax"])
    x = RNG.randn(3)
    theirs = torch.tensor(x, requires_grad=True)
    hidden = torch.nn.functional.gelu(
        torch.tensor(network.weights[0]) @ theirs + torch.tensor(network.biases[0])
    )
    z = torch.tensor(network.weights[1]) @ hidden + torch.tensor(network.biases[1])
    torch.softmax(z, 0)[1].backward()
    np.testing.assert_allclose(network.input_gradient(x, 1), theirs.grad, **CLOSE)


def test_running_variances_are_those_of_the_framework(tmp_path: Path) -> None:
    x = RNG.randn(6, 2)
    for unbiased in (True, False):
        norm = BatchNorm([1.0, 1], [0.0, 0], momentum=1.0, unbiased=unbiased)
        network = Network([norm], input_shape=2)
        (report,) = network.train(x, x, epochs=1, batch_size=6, learning_rate=0.0)
        trained = report.network.layers[0]
        np.testing.assert_allclose(trained.statistics[1], x.var(axis=0, ddof=int(unbiased)))
        report.network.save(tmp_path / "norm.npz")
        assert Network.load(tmp_path / "norm.npz") == report.network
        with np.load(tmp_path / "norm.npz") as file:  # Older versions' files have no such option.
            assert ("unbiased" in str(file["options"])) is not unbiased
