"""Optimisers: their formulas by hand, against torch, and in training."""

import numpy as np
import pytest

from nnviz.network import (
    OPTIMIZERS,
    SGD,
    Adam,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    Momentum,
    Network,
    NetworkError,
    one_hot,
)

RNG = np.random.RandomState(0)
X = RNG.randn(24, 3)
Y = one_hot((X.sum(axis=1) > 0).astype(int), 2)
IMAGES = RNG.randn(24, 1, 8, 8)


def dense() -> Network:
    return Network.random([3, 5, 2], 2, activations=["tanh", "softmax"], cost="cross-entropy")


def convolutional(*between: object) -> Network:
    rng = np.random.RandomState(1)
    layers = [
        Conv2D.random(1, 4, 3, rng, activation="relu"),
        *between,
        MaxPool2D(2),
        Flatten(),
        Dense.random(36, 2, rng, "softmax"),
    ]
    return Network(layers, "cross-entropy", (1, 8, 8))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_is_a_value_that_hands_its_memory_in_and_out(name: str) -> None:
    optimizer = OPTIMIZERS[name]
    state = optimizer.start(4)
    for _ in range(2):
        gradient = RNG.randn(4)
        given = [gradient.copy(), *(array.copy() for array in state)]
        change, after = optimizer.step(gradient, state, 0.1)
        again, _ = optimizer.step(gradient, state, 0.1)
        for array, copy in zip((gradient, *state), given, strict=True):
            np.testing.assert_array_equal(array, copy)
        np.testing.assert_array_equal(change, again)
        state = after
    # Against the gradient, at least at first.
    assert np.all(optimizer.step(np.ones(4), optimizer.start(4), 0.1)[0] > 0)


def test_two_steps_by_hand() -> None:
    first, second = np.array([2.0]), np.array([-1.0])
    change, state = SGD().step(first, SGD().start(1), 0.5)
    assert change == [1.0]
    assert SGD().step(second, state, 0.5)[0] == [-0.5]
    momentum = Momentum(friction=0.5)
    change, state = momentum.step(first, momentum.start(1), 0.1)
    assert change == pytest.approx([0.2])
    assert momentum.step(second, state, 0.1)[0] == pytest.approx([0.1 * (0.5 * 2 - 1)])
    # Adam: m = 0.1 * 2, v = 0.001 * 4, both divided by what is missing to 1: 2 and 4.
    change, state = Adam().step(first, Adam().start(1), 0.1)
    assert change == pytest.approx([0.1 * 2 / (2 + 1e-8)], rel=1e-12)
    mean, square = 0.9 * 0.2 - 0.1, 0.999 * 0.004 + 0.001
    expected = 0.1 * (mean / (1 - 0.81)) / (np.sqrt(square / (1 - 0.998001)) + 1e-8)
    assert Adam().step(second, state, 0.1)[0] == pytest.approx([expected], rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_it_trains(name: str, kind: str) -> None:
    network, x = (dense(), X) if kind == "dense" else (convolutional(), IMAGES)
    learning_rate = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02}.get(name, 0.01)
    reports = list(
        network.train(x, Y, optimizer=name, epochs=60, batch_size=6, learning_rate=learning_rate)
    )
    assert reports[-1].cost < 0.1 * network.cost(x, Y)
    assert reports[-1].accuracy == 1.0
    assert [report.epoch for report in reports] == list(range(1, 61))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_epoch_is_the_steps_of_its_mini_batches(name: str) -> None:
    network, optimizer = convolutional(), OPTIMIZERS[name]
    (report,) = network.train(IMAGES, Y, optimizer=name, epochs=1, batch_size=10, seed=3)
    vector, state = network.flatten(), optimizer.start(network.n_parameters)
    order = np.random.RandomState(3).permutation(24)
    for batch in (order[:10], order[10:20], order[20:]):
        gradient = network.with_parameters(vector).backprop(IMAGES[batch], Y[batch])
        change, state = optimizer.update(vector, gradient.flatten(), state, optimizer.learning_rate)
        vector = vector - change
    np.testing.assert_allclose(report.network.flatten(), vector, rtol=1e-9, atol=1e-12)


def test_sgd_is_train_with_sgd() -> None:
    plain = [report.network for report in dense().sgd(X, Y, epochs=2, learning_rate=0.3, seed=1)]
    named = dense().train(X, Y, optimizer="sgd", epochs=2, learning_rate=0.3, seed=1)
    assert plain == [report.network for report in named]


def test_layers_that_draw_and_note_train_by_the_seed() -> None:
    network = convolutional(BatchNorm(np.ones(4), np.zeros(4)), Dropout(0.3))

    def trained(seed: int) -> Network:
        *_, last = network.train(
            IMAGES, Y, optimizer="adam", epochs=20, learning_rate=0.01, seed=seed
        )
        return last.network

    one = trained(1)
    assert one == trained(1) != trained(2)
    # What is shown uses the running statistics, which have followed the convolution's outputs.
    norm = one.layers[1]
    assert isinstance(norm, BatchNorm)
    outputs = one.forward_pass(IMAGES).activations[1]
    np.testing.assert_allclose(norm.running_mean, outputs.mean(axis=(0, 2, 3)), rtol=0.1, atol=0.05)
    np.testing.assert_allclose(norm.running_variance, outputs.var(axis=(0, 2, 3)), rtol=0.3)
    np.testing.assert_array_equal(network.layers[1].statistics, [np.zeros(4), np.ones(4)])
    assert one.accuracy(IMAGES, Y.argmax(axis=1)) == 1.0


def test_bad_optimizers() -> None:
    with pytest.raises(NetworkError, match="'adamax'; there are sgd, momentum, adam"):
        dense().train(X, Y, epochs=1, optimizer="adamax")
    with pytest.raises(NetworkError, match="no optimiser is called 3"):
        dense().train(X, Y, epochs=1, optimizer=3)  # type: ignore[arg-type]
    slow = list(dense().train(X, Y, epochs=1, optimizer=Adam(beta_1=0.5)))
    assert slow[0].network != next(dense().train(X, Y, epochs=1, optimizer="adam")).network


# --- the same training in torch


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    network = convolutional(BatchNorm(np.ones(4), np.zeros(4)))
    (report,) = network.train(
        IMAGES, Y, optimizer=name, epochs=1, batch_size=6, learning_rate=0.01, seed=3
    )
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(36, 2),
    ).double()  # fmt: skip
    with torch.no_grad():
        ours = [p for layer in network.layers for p in layer.parameters]
        for theirs, parameter in zip(module.parameters(), ours, strict=True):
            theirs.copy_(torch.tensor(parameter))
    optimizer = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.01),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    }[name](module.parameters())
    order = np.random.RandomState(3).permutation(24)
    for start in range(0, 24, 6):
        batch = order[start : start + 6]
        optimizer.zero_grad()
        logits = module(torch.tensor(IMAGES[batch]))
        nn.functional.cross_entropy(logits, torch.tensor(Y[batch].argmax(axis=1))).backward()
        optimizer.step()
    theirs = np.concatenate([p.detach().numpy().ravel() for p in module.parameters()])
    np.testing.assert_allclose(report.network.flatten(), theirs, rtol=1e-12, atol=1e-12)
    module.eval()
    outputs = torch.softmax(module(torch.tensor(IMAGES)), -1).detach()
    np.testing.assert_allclose(report.network.feedforward(IMAGES), outputs, rtol=1e-12)


def test_an_optimizer_of_ones_own_may_call_its_learning_rate_eta() -> None:
    class Slow(SGD):
        eta = 0.25

    network = Network.random([2, 1], seed=0)
    x, y = [[0.0, 1.0]], [[1.0]]
    (one,) = network.train(x, y, epochs=1, optimizer=Slow())
    (other,) = network.sgd(x, y, epochs=1, learning_rate=0.25)
    assert one.network == other.network
    assert SGD.learning_rate == 1.0
