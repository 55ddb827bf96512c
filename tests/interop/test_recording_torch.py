"""Recordings of training loops of PyTorch: `make test-torch` runs these tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.interop import Recording, UnsupportedModelError

torch: Any = pytest.importorskip("torch", reason="torch is not installed: make test-torch")

RNG = np.random.RandomState(0)
X = torch.tensor(RNG.randn(60, 2).astype(np.float32))
LABELS = torch.tensor((RNG.rand(60) * 3).astype(np.int64))


def test_a_loop_of_torch():
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    loss_of = nn.CrossEntropyLoss()
    recording = Recording(model, output="softmax")
    expected, losses = [], []
    for _ in range(5):
        model.train()
        optimizer.zero_grad()
        loss = loss_of(model(X), LABELS)
        loss.backward()
        optimizer.step()
        recording(cost=loss, accuracy=(model(X).argmax(1) == LABELS).double().mean())
        assert model.training  # left as it was
        model.eval()
        losses.append(loss.item())
        expected.append(torch.softmax(model(X), 1).detach().numpy())
    assert [s.cost for s in recording] == losses
    for snapshot, outputs in zip(recording, expected, strict=True):
        np.testing.assert_allclose(snapshot.network.feedforward(X.numpy()), outputs, atol=1e-5)
    # The engine's cost of such a network is torch's loss.
    right = np.eye(3)[LABELS.numpy()]
    model.eval()
    assert recording[-1].network.cost(X.numpy(), right) == pytest.approx(
        loss_of(model(X), LABELS).item(), rel=1e-4
    )


def test_a_model_of_torch_that_cannot_be_read_is_refused_at_once():
    with pytest.raises(UnsupportedModelError, match="LSTM"):
        Recording(torch.nn.Sequential(torch.nn.LSTM(2, 3)))
    with pytest.raises(UnsupportedModelError, match="has no shape yet"):
        Recording(torch.nn.LazyLinear(3))
