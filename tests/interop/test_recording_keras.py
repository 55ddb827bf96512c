"""Recordings of training loops of Keras: `make test-torch` runs these tests."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

import numpy as np
import pytest

from nnviz.interop import Recording, UnsupportedModelError

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
keras: Any = pytest.importorskip("keras", reason="keras is not installed: make test-torch")

RNG = np.random.RandomState(0)
X = RNG.randn(40, 2).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.float32)


def test_a_loop_of_keras(tmp_path):
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense
    model = keras.Sequential(
        [keras.Input((2,)), dense(6, activation="tanh"), dense(1, activation="sigmoid")]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    recording = Recording(model)
    expected = []

    def take(epoch, logs):
        recording(cost=logs["loss"], accuracy=logs["accuracy"], epoch=epoch + 1)
        expected.append(np.asarray(model.predict(X, verbose=0)))

    callback = keras.callbacks.LambdaCallback(on_epoch_end=take)
    history = model.fit(X, Y, epochs=4, verbose=0, callbacks=[callback]).history
    assert [s.cost for s in recording] == pytest.approx(history["loss"])
    recording.save(tmp_path / "r.npz")
    for snapshot, outputs in zip(Recording.load(tmp_path / "r.npz"), expected, strict=True):
        np.testing.assert_allclose(snapshot.network.feedforward(X), outputs, atol=1e-5)


def test_a_model_of_keras_that_cannot_be_read_is_refused_at_once():
    layers = keras.layers
    model = keras.Sequential([keras.Input((5, 2)), layers.Masking(), layers.Dense(1)])
    with pytest.raises(UnsupportedModelError, match="Masking"):
        Recording(model)


def test_a_recurrent_model_of_keras_of_any_length():
    layers = keras.layers
    model = keras.Sequential([keras.Input((None, 2)), layers.LSTM(3), layers.Dense(1)])
    recording = Recording(model, (4, 2))
    recording(cost=1.0)
    network = recording[0].network
    theirs = model.predict(X[np.newaxis, :4], verbose=0)[0]
    np.testing.assert_allclose(network.feedforward(X[:4]), theirs, atol=1e-6)
