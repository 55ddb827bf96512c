"""Every layer of Keras that is taken, against Keras itself: `make test-torch` runs these tests."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import UnsupportedModelError
from nnviz.interop.keras import ACTIVATIONS, LAYERS

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
keras: Any = pytest.importorskip("keras", reason="keras is not installed: make test-torch")

RNG = np.random.RandomState(0)
IMAGE = (9, 7, 4)


def drawn(model: Any) -> Any:
    """Give a model other numbers than it begins with."""
    for variable in model.variables:
        if "seed" not in variable.path:
            values = 0.5 * RNG.randn(*variable.shape)
            variable.assign(values**2 + 0.5 if "variance" in variable.path else values)
    return model


def check(model: Any, tmp_path: Path, log: bool = False) -> nnviz.Network:
    """Read a model alive, which compares, and from its file, and compare both with Keras."""
    network = nnviz.from_keras(drawn(model))
    model.save(tmp_path / "model.keras")
    assert nnviz.from_keras(tmp_path / "model.keras") == network
    x = RNG.randn(3, *model.input_shape[1:]).astype(np.float32)
    theirs = np.asarray(model.predict(x, verbose=0))
    if x.ndim > 2:
        x = x.transpose(0, 3, 1, 2) if x.ndim == 4 else x[:, np.newaxis]
    if theirs.ndim > 2:
        theirs = theirs.transpose(0, 3, 1, 2)
    ours = network.feedforward(x)
    np.testing.assert_allclose(ours, np.exp(theirs) if log else theirs, rtol=1e-4, atol=1e-5)
    return network


CASES: dict[str, list[tuple[Callable[[Any], list[Any]], tuple[int, ...]]]] = {
    "Activation": [(lambda k: [k.Activation("tanh")], IMAGE)],
    "AveragePooling2D": [
        (lambda k: [k.AveragePooling2D(2)], IMAGE),
        # Where margins are uneven Keras repeats the edge on torch and leaves it out elsewhere: with
        # windows of two that is the same.
        (lambda k: [k.AveragePooling2D((2, 2), strides=(2, 1), padding="same")], IMAGE),
        (lambda k: [k.AveragePooling2D(3, strides=2, padding="same")], IMAGE),
    ],
    "BatchNormalization": [
        (lambda k: [k.BatchNormalization()], IMAGE),
        (lambda k: [k.BatchNormalization(center=False, epsilon=0.1)], (5,)),
        (lambda k: [k.Flatten(), k.BatchNormalization(scale=False), k.Dense(2)], IMAGE),
    ],
    "Conv2D": [
        (lambda k: [k.Conv2D(3, 3, padding="same", strides=2)], IMAGE),
        (lambda k: [k.Conv2D(6, (2, 3), groups=2, use_bias=False)], IMAGE),
        (lambda k: [k.Conv2D(2, (3, 2), dilation_rate=2, activation="relu")], IMAGE),
        (lambda k: [k.Conv2D(2, 2, padding="same"), k.Conv2D(3, 4, padding="same")], IMAGE),
    ],
    "Dense": [
        (lambda k: [k.Dense(3, use_bias=False)], (5,)),
        (lambda k: [k.Flatten(), k.Dense(3), k.Dense(2, activation="sigmoid")], IMAGE),
    ],
    "Dropout": [(lambda k: [k.Dense(3), k.Dropout(0.2), k.Dense(2)], (5,))],
    "ELU": [(lambda k: [k.ELU(0.4)], (5,))],
    "Flatten": [
        (lambda k: [k.Conv2D(2, 2), k.Flatten(), k.Activation("relu"), k.Dense(3)], IMAGE),
        (lambda k: [k.Flatten(), k.Dense(3)], (4, 5)),
        (lambda k: [k.Flatten(), k.Dense(3)], (5,)),
    ],
    "GlobalAveragePooling2D": [
        (lambda k: [k.GlobalAveragePooling2D(), k.Dense(3)], IMAGE),
    ],
    "InputLayer": [(lambda k: [k.Dense(2)], (5,))],
    "LeakyReLU": [(lambda k: [k.LeakyReLU(negative_slope=0.2)], IMAGE)],
    "MaxPooling2D": [
        (lambda k: [k.MaxPooling2D((2, 3))], IMAGE),
        (lambda k: [k.MaxPooling2D(3, strides=2, padding="same")], IMAGE),
    ],
    "ReLU": [
        (lambda k: [k.ReLU()], IMAGE),
        (lambda k: [k.Dense(3), k.ReLU(negative_slope=0.1)], (5,)),
    ],
    "Rescaling": [
        (lambda k: [k.Rescaling(1 / 8, -0.5), k.Conv2D(3, 2), k.Flatten(), k.Dense(2)], IMAGE),
        (lambda k: [k.Rescaling(0.5), k.Conv2D(3, 2, padding="same")], IMAGE),
        (lambda k: [k.Rescaling(0.5, 2), k.Rescaling(3.0, 1), k.Flatten(), k.Dense(2)], IMAGE),
    ],
    "Reshape": [
        (lambda k: [k.Reshape((4, 5, 1)), k.Conv2D(2, 2)], (4, 5)),
        (lambda k: [k.Conv2D(2, 2), k.Reshape((-1,)), k.Dense(2)], IMAGE),
    ],
    "Softmax": [(lambda k: [k.Dense(3), k.Softmax()], (5,))],
}


@pytest.mark.parametrize(("make", "shape"), [case for cases in CASES.values() for case in cases])
@pytest.mark.parametrize("functional", [False, True])
def test_layers(
    make: Callable[[Any], list[Any]], shape: tuple[int, ...], functional: bool, tmp_path: Path
) -> None:
    layers = make(keras.layers)
    if functional:
        x = image = keras.Input(shape)
        for layer in layers:
            x = layer(x)
        check(keras.Model(image, x), tmp_path)
    else:
        check(keras.Sequential([keras.Input(shape), *layers]), tmp_path)


def test_every_layer_is_tried() -> None:
    assert set(CASES) == set(LAYERS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str, tmp_path: Path) -> None:
    layers = [keras.Input((5,)), keras.layers.Dense(4, activation=name)]
    check(keras.Sequential(layers), tmp_path)


def test_activations_that_are_layers(tmp_path: Path) -> None:
    leaky = keras.layers.LeakyReLU(negative_slope=0.15)
    check(keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, activation=leaky)]), tmp_path)


def test_log_softmax_becomes_softmax(tmp_path: Path) -> None:
    layers = [keras.Input((5,)), keras.layers.Dense(4, activation="log_softmax")]
    assert check(keras.Sequential(layers), tmp_path, log=True).activations[-1].name == "softmax"


def test_models_in_models_and_several_layers_of_a_kind(tmp_path: Path) -> None:
    layers = keras.layers

    def block(n: int) -> Any:
        return keras.Sequential([layers.Conv2D(n, 2), layers.ReLU(), layers.Conv2D(n, 2)])

    image = keras.Input((8, 8, 1))
    inner = keras.Model(image, layers.Conv2D(2, 3, name="b")(layers.Conv2D(3, 1, name="a")(image)))
    tail = [layers.Flatten(), layers.Dense(4), layers.Dense(3), layers.Dense(2)]
    check(keras.Sequential([keras.Input((8, 8, 1)), inner, block(3), block(2), *tail]), tmp_path)


def test_a_trained_model(tmp_path: Path) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("gelu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(RNG.randn(64, 8, 8, 1), RNG.randint(3, size=64), epochs=2, verbose=0)
    assert nnviz.from_keras(model).sizes[-1] == 3


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda k: [k.LSTM(3)], (4, 5), r"layers\[1\] 'lstm\w*' \(LSTM\): a LSTM of keras.layers"),
        (lambda k: [k.Conv1D(3, 2)], (4, 5), "a Conv1D of keras.layers is not supported"),
        (lambda k: [k.Dense(3)], (4, 5), "take a vector of shape"),
        (lambda k: [k.Flatten()], IMAGE, "after the last Flatten or Rescaling a Dense must come"),
        (lambda k: [k.Rescaling(2.0), k.ReLU()], (5,), "comes after a Rescaling"),
        (lambda k: [k.Rescaling(2, 1), k.Conv2D(2, 3, padding="same")], IMAGE, "with an offset"),
        (lambda k: [k.GaussianNoise(0.1)], (5,), "a GaussianNoise of"),
        (lambda k: [k.BatchNormalization(axis=1)], IMAGE, "must normalise the last axis"),
        (lambda k: [k.Dense(3, activation="mish")], (5,), "the activation 'mish' is not supported"),
        (lambda k: [k.Reshape((2, 2, 9))], (36,), "only to one row an example"),
        (lambda k: [k.Softmax()], IMAGE, "taken over vectors"),
        (lambda k: [k.Flatten(), k.Softmax()], IMAGE, "softmax over a flattened image"),
    ],
)
def test_refused(make: Callable[[Any], list[Any]], shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        nnviz.from_keras(keras.Sequential([keras.Input(shape), *make(keras.layers)]))


def test_models_that_are_no_chain() -> None:
    layers = keras.layers
    x = keras.Input((5,))
    with pytest.raises(UnsupportedModelError, match=r"\(Add\) joins .* skip connection"):
        nnviz.from_keras(keras.Model(x, layers.Add()([layers.Dense(5)(x), x])))
    shared = layers.Dense(5)
    with pytest.raises(UnsupportedModelError, match=r"\(Dense\) is used 2 times"):
        nnviz.from_keras(keras.Model(x, shared(shared(x))))
    with pytest.raises(UnsupportedModelError, match="has 2 outputs"):
        nnviz.from_keras(keras.Model(x, [layers.Dense(2)(x), layers.Dense(3)(x)]))
    with pytest.raises(UnsupportedModelError, match=r"its input has shape|not taken"):
        nnviz.from_keras(keras.Sequential([layers.Dense(3)]))

    class Own(keras.Model):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(UnsupportedModelError, match="a Own does not say its layers"):
        nnviz.from_keras(Own())
