"""Learning rates as functions, weight decay and shortened gradients: by hand and against torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.network import (
    SGD,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Network,
    NetworkError,
    RMSprop,
    cosine,
    exponential,
    stepwise,
    warm_up,
)

RNG = np.random.RandomState(0)


def test_schedules() -> None:
    def rates(schedule: Any, n: int = 6) -> list[float]:
        return [schedule(epoch) for epoch in range(1, n + 1)]

    assert rates(exponential(0.5, 0.5), 3) == [0.5, 0.25, 0.125]
    assert rates(stepwise(1.0, every=2)) == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    falling = rates(cosine(1.0, epochs=4, least=0.2))
    assert falling[0] == 1.0
    assert falling[2] == pytest.approx(0.6)
    assert falling[4] == falling[5] == pytest.approx(0.2)
    assert rates(warm_up(3, 0.4), 5) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])
    network = Network.random([2, 1], 0)
    asked: list[float] = []
    schedule = exponential(0.5, 0.1)
    list(
        network.train(
            [[0.0, 1.0]], [[1.0]], epochs=3, learning_rate=lambda k: asked.append(k) or schedule(k)
        )
    )
    assert asked == [1, 2, 3]
    for make in (
        lambda: cosine(-1, 3),
        lambda: cosine(1, 0),
        lambda: stepwise(1, 0),
        lambda: warm_up(0, 1.0),
        lambda: AdamW(weight_decay=-1),
        lambda: SGD(largest_norm=0.0),
    ):
        with pytest.raises(NetworkError):
            make()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SGD(weight_decay=0.1), lambda o, p: o.SGD(p, lr=0.05, weight_decay=0.1)),
        (
            Momentum(weight_decay=0.1),
            lambda o, p: o.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
        ),
        (Nesterov(), lambda o, p: o.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
        (Adam(weight_decay=0.1), lambda o, p: o.Adam(p, lr=0.05, weight_decay=0.1)),
        (AdamW(weight_decay=0.1), lambda o, p: o.AdamW(p, lr=0.05, weight_decay=0.1)),
        (RMSprop(weight_decay=0.1), lambda o, p: o.RMSprop(p, lr=0.05, weight_decay=0.1)),
        (SGD(largest_norm=0.2), lambda o, p: o.SGD(p, lr=0.05)),
        (AdamW(largest_norm=0.2), lambda o, p: o.AdamW(p, lr=0.05)),
    ],
)
def test_torch(ours: Any, theirs: Any) -> None:
    torch = pytest.importorskip("torch")
    start = RNG.randn(7)
    parameter = torch.tensor(start.copy(), requires_grad=True)
    optimizer = theirs(torch.optim, [parameter])
    vector, state = start.copy(), ours.start(7)
    for _ in range(6):
        gradient = RNG.randn(7)
        parameter.grad = torch.tensor(gradient.copy())
        if ours.largest_norm is not None:
            # Theirs adds 1e-6 to the length; so the same is written out here.
            length = parameter.grad.norm()
            if length > ours.largest_norm:
                parameter.grad *= ours.largest_norm / length
        optimizer.step()
        change, state = ours.update(vector, gradient, state, 0.05)
        vector = vector - change
    np.testing.assert_allclose(vector, parameter.detach(), rtol=1e-12, atol=1e-12)


def test_training_decays_and_shortens() -> None:
    network = Network.random([3, 4, 2], 0)
    x, y = RNG.randn(6, 3), RNG.rand(6, 2)
    whole = {"epochs": 1, "batch_size": 6, "learning_rate": 0.1}
    gradient, start = network.backprop(x, y).flatten(), network.flatten()
    (report,) = network.train(x, y, optimizer=SGD(weight_decay=0.5), **whole)
    np.testing.assert_allclose(
        report.network.flatten(), start - 0.1 * (gradient + 0.5 * start), rtol=1e-12
    )
    (report,) = network.train(x, y, optimizer=SGD(largest_norm=1e-3), **whole)
    assert np.linalg.norm(report.network.flatten() - start) == pytest.approx(1e-4)
    # What is frozen neither decays nor counts for the length.
    decaying = AdamW(weight_decay=0.5, largest_norm=1e-3)
    (report,) = network.train(x, y, optimizer=decaying, frozen=["dense1"], **whole)
    assert report.network.layers[0] == network.layers[0]
    assert report.network.layers[1] != network.layers[1]
