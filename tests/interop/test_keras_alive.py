"""Every layer and operation of Keras that is supported, against Keras: `make test-torch`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import ModelMismatchError, UnsupportedModelError
from nnviz.interop.keras import TABLES
from nnviz.interop.keras_activations import ACTIVATIONS

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
keras: Any = pytest.importorskip("keras", reason="keras is not installed: make test-torch")
L, ops = (keras.layers, keras.ops) if hasattr(keras, "layers") else (None, None)

pytestmark = pytest.mark.filterwarnings("ignore:.*HDF5 file:UserWarning")

RNG = np.random.RandomState(0)
IMAGE = (9, 7, 4)
STEPS = (5, 3)
VECTOR = (6,)


def drawn(model: Any) -> Any:
    """Give a model other numbers than it begins with."""
    for variable in model.variables:
        if "seed" not in variable.path and "count" not in variable.path:
            values = 0.5 * RNG.randn(*variable.shape)
            variable.assign(values**2 + 0.5 if "variance" in variable.path else values)
    for layer in model.layers:
        if isinstance(layer, L.Normalization):
            layer.finalize_state()
    return model


def channels_first(x: np.ndarray) -> np.ndarray:
    return x.transpose(0, 3, 1, 2) if x.ndim == 4 else x


def check(
    model: Any, tmp_path: Path, *, log: bool = False, stack: bool = False, **options: Any
) -> nnviz.Network:
    """Read a model alive, which compares, and from both files, and compare with Keras."""
    network = nnviz.from_keras(drawn(model), **options)
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        assert nnviz.from_keras(tmp_path / name, **options) == network, name
    theirs_of, ours_of = [], {}
    for start, (name, shape) in zip(model.inputs, network.inputs.items(), strict=True):
        known = (*shape[1:], shape[0]) if len(shape) == 3 else shape
        sizes = [known[k] if n is None else n for k, n in enumerate(start.shape[1:])]
        limit = network.graph.integer_inputs.get(name)
        x = RNG.randn(3, *sizes).astype(np.float32)
        if limit is not None:
            x = RNG.randint(0, limit, x.shape)
        theirs_of.append(x)
        ours_of[name] = channels_first(x).reshape(3, *shape)
    theirs = model.predict_on_batch(theirs_of if len(theirs_of) > 1 else theirs_of[0])
    if isinstance(theirs, list | tuple):
        theirs = theirs[options.get("output", 0)]
    theirs = np.asarray(theirs)
    if not stack:
        theirs = channels_first(theirs)
    ours = network.feedforward(ours_of if len(ours_of) > 1 else next(iter(ours_of.values())))
    assert np.shape(ours) == theirs.shape
    np.testing.assert_allclose(ours, np.exp(theirs) if log else theirs, rtol=1e-4, atol=1e-5)
    return network


Make = Callable[[], list[Any]]
#: Layers in a row, and the shape of one example.
CASES: dict[str, list[tuple[Make, tuple[int, ...]]]] = {
    "Activation": [
        (lambda: [L.Activation("tanh")], IMAGE),
        (lambda: [L.Activation("softmax")], IMAGE),
        (lambda: [L.Dense(3), L.Activation("softmax")], VECTOR),
    ],
    "AveragePooling1D": [
        (lambda: [L.AveragePooling1D(2)], STEPS),
        (lambda: [L.AveragePooling1D(2, strides=1, padding="same"), L.Conv1D(2, 2)], STEPS),
    ],
    "AveragePooling2D": [
        (lambda: [L.AveragePooling2D(2)], IMAGE),
        # Where margins are uneven Keras repeats the edge on torch and leaves it out elsewhere: with
        # windows of two that is the same.
        (lambda: [L.AveragePooling2D((2, 2), strides=(2, 1), padding="same")], IMAGE),
        (lambda: [L.AveragePooling2D(3, strides=2, padding="same")], IMAGE),
    ],
    "BatchNormalization": [
        (lambda: [L.BatchNormalization()], IMAGE),
        (lambda: [L.BatchNormalization(axis=1)], IMAGE),
        (lambda: [L.BatchNormalization(axis=2), L.Conv2D(2, 2)], IMAGE),
        (lambda: [L.BatchNormalization()], STEPS),
        (lambda: [L.BatchNormalization(center=False, epsilon=0.1)], VECTOR),
        (lambda: [L.Flatten(), L.BatchNormalization(scale=False), L.Dense(2)], IMAGE),
        (lambda: [L.Flatten(), L.BatchNormalization()], IMAGE),
    ],
    "Bidirectional": [
        (lambda m=mode: [L.Bidirectional(L.LSTM(2), merge_mode=m)], STEPS)
        for mode in ("concat", "sum", "ave", "mul")
    ]
    + [
        (lambda: [L.Bidirectional(L.GRU(2, return_sequences=True)), L.Dense(2)], STEPS),
        (
            lambda: [
                L.Bidirectional(
                    L.SimpleRNN(2, use_bias=False),
                    backward_layer=L.LSTM(2, go_backwards=True, recurrent_activation="relu"),
                )
            ],
            STEPS,
        ),
    ],
    "Conv1D": [
        (lambda: [L.Conv1D(2, 3, padding="causal", dilation_rate=2)], STEPS),
        (lambda: [L.Conv1D(6, 2, padding="same", strides=2, groups=3)], STEPS),
        (lambda: [L.Conv1D(2, 3, activation="softmax", use_bias=False)], STEPS),
    ],
    "Conv1DTranspose": [
        (lambda: [L.Conv1DTranspose(2, 3, strides=2, padding="same")], STEPS),
        (lambda: [L.Conv1DTranspose(2, 2, activation="relu")], STEPS),
    ],
    "Conv2D": [
        (lambda: [L.Conv2D(3, 3, padding="same", strides=2)], IMAGE),
        (lambda: [L.Conv2D(6, (2, 3), groups=2, use_bias=False)], IMAGE),
        (lambda: [L.Conv2D(2, (3, 2), dilation_rate=2, activation="relu")], IMAGE),
        (lambda: [L.Conv2D(2, 2, padding="same"), L.Conv2D(3, 4, padding="same")], IMAGE),
        (lambda: [L.Conv2D(3, 2, activation="softmax")], IMAGE),
    ],
    "Conv2DTranspose": [
        (lambda s=size, t=stride, p=padding: [L.Conv2DTranspose(2, s, t, padding=p)], (4, 3, 2))
        for size in (1, 2, 3, 4, 5)
        for stride in (1, 2, 3)
        for padding in ("valid", "same")
    ]
    + [
        (
            lambda p=padding, o=extra: [
                L.Conv2DTranspose(2, (3, 4), 2, padding=p, output_padding=o, activation="tanh")
            ],
            (4, 3, 2),
        )
        for padding in ("valid", "same")
        for extra in (0, 1)
    ]
    + [(lambda: [L.Conv2DTranspose(2, 3, dilation_rate=2, use_bias=False)], (4, 3, 2))],
    "Cropping1D": [(lambda: [L.Cropping1D((1, 2))], STEPS)],
    "Cropping2D": [(lambda: [L.Cropping2D(((1, 2), (0, 3))), L.Flatten(), L.Dense(2)], IMAGE)],
    "Dense": [
        (lambda: [L.Dense(3, use_bias=False)], VECTOR),
        (lambda: [L.Flatten(), L.Dense(3), L.Dense(2, activation="sigmoid")], IMAGE),
        (lambda: [L.Dense(3, activation="softmax")], STEPS),
        (lambda: [L.Dense(3, activation="relu"), L.Conv2D(2, 2), L.Dense(2)], IMAGE),
    ],
    "DepthwiseConv1D": [
        (lambda: [L.DepthwiseConv1D(2, depth_multiplier=2, activation="relu")], STEPS)
    ],
    "DepthwiseConv2D": [
        (lambda: [L.DepthwiseConv2D(3, depth_multiplier=2, padding="same")], IMAGE),
        (lambda: [L.DepthwiseConv2D((2, 3), strides=2, use_bias=False)], IMAGE),
    ],
    "Dropout": [(lambda: [L.Dense(3), L.Dropout(0.2), L.Dense(2)], VECTOR)],
    "ELU": [(lambda: [L.ELU(0.4)], VECTOR)],
    "Embedding": [
        (lambda: [L.Embedding(7, 3)], (5,)),
        (lambda: [L.Embedding(7, 3), L.Conv1D(2, 2), L.GlobalMaxPooling1D()], (5,)),
    ],
    "Flatten": [
        (lambda: [L.Conv2D(2, 2), L.Flatten(), L.Activation("relu"), L.Dense(3)], IMAGE),
        (lambda: [L.Flatten(), L.Dense(3)], (4, 5)),
        (lambda: [L.Flatten(), L.Dense(3)], VECTOR),
        (lambda: [L.Conv1D(4, 2), L.Flatten(), L.Dense(3)], STEPS),
        (lambda: [L.Conv2D(2, 2), L.Flatten()], IMAGE),
        (lambda: [L.Conv2D(2, 2), L.Flatten(), L.ReLU()], IMAGE),
        (lambda: [L.Flatten(), L.Flatten(), L.Softmax()], IMAGE),
    ],
    "GRU": [
        (lambda: [L.GRU(2)], STEPS),
        (lambda: [L.GRU(2, use_bias=False, return_sequences=True)], STEPS),
        (lambda: [L.GRU(2, go_backwards=True, recurrent_activation="hard_sigmoid")], STEPS),
    ],
    "GlobalAveragePooling1D": [
        (lambda: [L.GlobalAveragePooling1D()], STEPS),
        (lambda: [L.Conv1D(2, 2), L.GlobalAveragePooling1D(keepdims=True)], STEPS),
    ],
    "GlobalAveragePooling2D": [
        (lambda: [L.GlobalAveragePooling2D(), L.Dense(3)], IMAGE),
        (lambda: [L.GlobalAveragePooling2D(keepdims=True), L.Conv2D(2, 1)], IMAGE),
        (lambda: [L.GlobalAveragePooling2D(keepdims=True)], IMAGE),
    ],
    "GlobalMaxPooling1D": [
        (lambda: [L.GlobalMaxPooling1D()], STEPS),
        (lambda: [L.GlobalMaxPooling1D(keepdims=True)], STEPS),
    ],
    "GlobalMaxPooling2D": [
        (lambda: [L.GlobalMaxPooling2D(), L.Dense(2)], IMAGE),
        (lambda: [L.GlobalMaxPooling2D(keepdims=True)], IMAGE),
    ],
    "GroupNormalization": [
        (lambda: [L.GroupNormalization(2)], IMAGE),
        (lambda: [L.GroupNormalization(-1, scale=False)], IMAGE),
        (lambda: [L.GroupNormalization(3, axis=1)], IMAGE),
        (lambda: [L.Flatten(), L.GroupNormalization(2)], (4, 3, 2)),
    ],
    "Identity": [(lambda: [L.Identity(), L.Dense(2)], VECTOR)],
    "InputLayer": [(lambda: [L.Dense(2)], VECTOR)],
    "LSTM": [
        (lambda: [L.LSTM(2)], STEPS),
        (lambda: [L.LSTM(2, return_sequences=True, use_bias=False), L.LSTM(3)], STEPS),
        (lambda: [L.LSTM(2, return_sequences=True, go_backwards=True, unroll=True)], STEPS),
        (lambda: [L.LSTM(2, recurrent_activation="hard_sigmoid")], STEPS),
    ],
    "LayerNormalization": [
        (lambda: [L.LayerNormalization()], STEPS),
        (lambda: [L.LayerNormalization(center=False)], VECTOR),
        (lambda: [L.LayerNormalization(axis=[1, 2, 3], epsilon=0.1)], IMAGE),
        (lambda: [L.LayerNormalization(axis=[1, 3]), L.Conv2D(2, 1)], IMAGE),
        (lambda: [L.Flatten(), L.LayerNormalization(), L.Dense(2)], IMAGE),
    ],
    "LeakyReLU": [(lambda: [L.LeakyReLU(negative_slope=0.2)], IMAGE)],
    "MaxPooling1D": [
        (lambda: [L.Conv1D(3, 2), L.MaxPooling1D(2), L.Conv1D(2, 2)], (9, 2)),
        (lambda: [L.MaxPooling1D(3, strides=2, padding="same")], STEPS),
    ],
    "MaxPooling2D": [
        (lambda: [L.MaxPooling2D((2, 3))], IMAGE),
        (lambda: [L.MaxPooling2D(3, strides=2, padding="same")], IMAGE),
    ],
    "Normalization": [
        (lambda: [L.Normalization()], VECTOR),
        (lambda: [L.Normalization(), L.Conv2D(2, 2)], IMAGE),
        (lambda: [L.Normalization(axis=None), L.Flatten(), L.Dense(2)], (4, 5)),
        (lambda: [L.Normalization(axis=(1, 3))], IMAGE),
        (lambda: [L.Normalization(axis=None, mean=0.5, variance=4.0)], IMAGE),
        (lambda: [L.Normalization(mean=[1.0, 2.0, 3.0], variance=[0.0, 4.0, 9.0])], STEPS),
        (lambda: [L.Flatten(), L.Normalization(), L.Dense(2)], IMAGE),
    ],
    "PReLU": [
        (lambda: [L.PReLU()], VECTOR),
        (lambda: [L.PReLU(shared_axes=[1, 2])], IMAGE),
        (lambda: [L.PReLU(shared_axes=[1, 2, 3])], IMAGE),
        (lambda: [L.Flatten(), L.PReLU(), L.Dense(2)], IMAGE),
    ],
    "Permute": [
        (lambda: [L.Permute((2, 1)), L.Dense(2)], STEPS),
        (lambda: [L.Permute((3, 1, 2)), L.Conv2D(2, 2)], IMAGE),
        (lambda: [L.Permute((2, 1, 3)), L.Flatten(), L.Dense(2)], IMAGE),
    ],
    "RMSNormalization": [
        (lambda: [L.RMSNormalization()], STEPS),
        (lambda: [L.RMSNormalization(epsilon=0.1), L.Conv2D(2, 2)], IMAGE),
    ],
    "ReLU": [
        (lambda: [L.ReLU()], IMAGE),
        (lambda: [L.Dense(3), L.ReLU(negative_slope=0.1)], VECTOR),
        (lambda: [L.Dense(3), L.ReLU(max_value=6.0), L.ReLU(max_value=0.3)], VECTOR),
    ],
    "RepeatVector": [(lambda: [L.RepeatVector(3), L.LSTM(2, return_sequences=True)], VECTOR)],
    "Rescaling": [
        (lambda: [L.Rescaling(1 / 8, -0.5), L.Conv2D(3, 2), L.Flatten(), L.Dense(2)], IMAGE),
        (lambda: [L.Rescaling(0.5), L.Conv2D(3, 2, padding="same")], IMAGE),
        (lambda: [L.Rescaling(0.5, 2), L.Rescaling(3.0, 1), L.Flatten(), L.Dense(2)], IMAGE),
        (lambda: [L.Rescaling(-0.5, 2), L.ReLU()], VECTOR),
        (lambda: [L.Rescaling([1.0, -2.0, 3.0], [0.5, 1.0, 2.0])], STEPS),
        (lambda: [L.Rescaling([1.0, 2.0, 3.0, 4.0], 0.5)], IMAGE),
    ],
    "Reshape": [
        (lambda: [L.Reshape((4, 5, 1)), L.Conv2D(2, 2)], (4, 5)),
        (lambda: [L.Conv2D(2, 2), L.Reshape((-1,)), L.Dense(2)], IMAGE),
        (lambda: [L.Dense(24), L.Reshape((2, 3, 4)), L.Conv2D(2, 2)], VECTOR),
        (lambda: [L.Conv2D(2, 2), L.Reshape((-1, 2)), L.Dense(3)], IMAGE),
        (lambda: [L.Conv2D(2, 2), L.Reshape((4, 24)), L.Dense(3)], IMAGE),
        (lambda: [L.Dense(12), L.Reshape((4, 3))], VECTOR),
        (lambda: [L.Flatten(), L.Reshape((9, 7, 4)), L.Conv2D(2, 2)], IMAGE),
        (lambda: [L.Flatten(), L.ReLU(), L.Reshape((9, 7, 4)), L.Conv2D(2, 2)], IMAGE),
    ],
    "SeparableConv1D": [(lambda: [L.SeparableConv1D(2, 3, activation="relu")], STEPS)],
    "SeparableConv2D": [
        (lambda: [L.SeparableConv2D(3, 3, padding="same", depth_multiplier=2)], IMAGE),
        (lambda: [L.SeparableConv2D(3, 2, strides=2, use_bias=False)], IMAGE),
    ],
    "SimpleRNN": [
        (lambda: [L.SimpleRNN(2)], STEPS),
        (lambda: [L.SimpleRNN(2, activation="relu", return_sequences=True)], STEPS),
    ],
    "Softmax": [
        (lambda: [L.Dense(3), L.Softmax()], VECTOR),
        (lambda: [L.Softmax(axis=1)], STEPS),
        (lambda: [L.Softmax(axis=2)], IMAGE),
        (lambda: [L.Flatten(), L.Softmax()], IMAGE),
    ],
    "TimeDistributed": [
        (lambda: [L.TimeDistributed(L.Dense(2, activation="relu"))], STEPS),
        (
            lambda: [
                L.Reshape((3, 4, 5, 2)),
                L.TimeDistributed(L.Conv2D(2, 2, activation="relu")),
                L.TimeDistributed(L.Flatten()),
                L.LSTM(2),
            ],
            (3, 40),
        ),
        (lambda: [L.TimeDistributed(L.LSTM(2))], (2, 3, 4)),
        (lambda: [L.TimeDistributed(L.Dense(2)), L.Conv2D(2, 1)], IMAGE),
    ],
    "UpSampling1D": [(lambda: [L.UpSampling1D(2), L.Conv1D(2, 2), L.UpSampling1D(3)], STEPS)],
    "UpSampling2D": [
        (lambda: [L.UpSampling2D((2, 3))], IMAGE),
        (lambda: [L.UpSampling2D(2, interpolation="bilinear")], IMAGE),
    ],
    "ZeroPadding1D": [(lambda: [L.ZeroPadding1D((1, 2))], STEPS)],
    "ZeroPadding2D": [(lambda: [L.ZeroPadding2D(((1, 2), (0, 3)))], IMAGE)],
}


def row(layers: list[Any], shape: tuple[int, ...]) -> Any:
    return keras.Sequential([keras.Input(shape), *layers])


@pytest.mark.parametrize(
    ("kind", "k"), [(kind, k) for kind, cases in CASES.items() for k in range(len(cases))]
)
def test_layers(kind: str, k: int, tmp_path: Path) -> None:
    make, shape = CASES[kind][k]
    check(row(make(), shape), tmp_path)


def several(*shapes: tuple[int, ...], join: Callable[..., Any]) -> Any:
    """Return a functional model of several inputs."""
    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, join(*inputs))


#: Layers that take several values, and give several.
JOINS: dict[str, list[Callable[[], Any]]] = {
    "Add": [
        lambda: several(IMAGE, IMAGE, IMAGE, join=lambda *x: L.Add()(list(x))),
        lambda: several(IMAGE, (4,), join=lambda *x: L.Add()(list(x))),
        lambda: several(STEPS, join=lambda x: L.Add()([x, L.Conv1D(3, 1)(x)])),
    ],
    "Attention": [
        lambda: several(STEPS, (4, 3), join=lambda q, v: L.Attention(dropout=0.1)([q, v])),
        lambda: several(
            STEPS, (4, 2), (4, 3), join=lambda *x: L.Attention()(list(x), use_causal_mask=True)
        ),
    ],
    "Average": [lambda: several(STEPS, STEPS, join=lambda *x: L.Average()(list(x)))],
    "Concatenate": [
        lambda: several(IMAGE, (9, 7, 2), join=lambda *x: L.Concatenate()(list(x))),
        lambda: several(IMAGE, (2, 7, 4), join=lambda *x: L.Concatenate(axis=1)(list(x))),
        lambda: several(IMAGE, VECTOR, join=lambda x, y: L.Concatenate()([L.Flatten()(x), y])),
    ],
    "Dot": [
        lambda: several(VECTOR, VECTOR, join=lambda *x: L.Dot(1)(list(x))),
        lambda: several(STEPS, (4, 3), join=lambda *x: L.Dot(2)(list(x))),
        lambda: several(STEPS, (4, 5), join=lambda *x: L.Dot((1, 2))(list(x))),
    ],
    "Maximum": [lambda: several(IMAGE, IMAGE, IMAGE, join=lambda *x: L.Maximum()(list(x)))],
    "Minimum": [lambda: several(IMAGE, IMAGE, IMAGE, join=lambda *x: L.Minimum()(list(x)))],
    "MultiHeadAttention": [
        lambda: several(STEPS, join=lambda x: L.MultiHeadAttention(2, 4, dropout=0.1)(x, x)),
        lambda: several(STEPS, join=lambda x: L.MultiHeadAttention(1, 3)(x, x)),
        lambda: several(
            STEPS,
            (4, 6),
            (4, 2),
            join=lambda q, v, k: L.MultiHeadAttention(
                3, 2, value_dim=4, output_shape=5, use_bias=False
            )(q, value=v, key=k),
        ),
        lambda: several(
            STEPS, join=lambda x: L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
        ),
        lambda: several(
            STEPS, (7, 3), join=lambda *x: L.MultiHeadAttention(2, 3)(*x, use_causal_mask=True)
        ),
    ],
    "Multiply": [
        lambda: several(IMAGE, (1, 1, 4), join=lambda *x: L.Multiply()(list(x))),
        lambda: several(STEPS, STEPS, STEPS, join=lambda *x: L.Multiply()(list(x))),
    ],
    "Subtract": [lambda: several(VECTOR, VECTOR, join=lambda *x: L.Subtract()(list(x)))],
}


@pytest.mark.parametrize(
    ("kind", "k"), [(kind, k) for kind, cases in JOINS.items() for k in range(len(cases))]
)
def test_layers_that_join(kind: str, k: int, tmp_path: Path) -> None:
    check(JOINS[kind][k](), tmp_path)


#: What is random in training, and does nothing in use.
IDLE = {
    "AlphaDropout": lambda: L.AlphaDropout(0.1),
    "GaussianDropout": lambda: L.GaussianDropout(0.1),
    "GaussianNoise": lambda: L.GaussianNoise(0.1),
    "RandomContrast": lambda: L.RandomContrast(0.1),
    "RandomFlip": lambda: L.RandomFlip(),
    "RandomRotation": lambda: L.RandomRotation(0.1),
    "RandomTranslation": lambda: L.RandomTranslation(0.1, 0.1),
    "RandomZoom": lambda: L.RandomZoom(0.1),
    "SpatialDropout1D": lambda: L.SpatialDropout1D(0.1),
    "SpatialDropout2D": lambda: L.SpatialDropout2D(0.1),
}


@pytest.mark.parametrize("kind", IDLE)
def test_what_is_left_out_is_said(kind: str) -> None:
    layer = IDLE[kind]()
    model = row([layer, L.Flatten(), L.Dense(2)], STEPS if "1D" in kind else IMAGE)
    with pytest.warns(UserWarning, match=rf"{layer.name} \({kind}\): what it does in Keras's"):
        network = nnviz.from_keras(drawn(model))
    assert [one.kind for one in network.layers] == ["flatten", "dense"]


def test_every_layer_is_tried() -> None:
    assert {*CASES, *JOINS, *IDLE} == {*TABLES.layers, "InputLayer"}


# --- operations


def unary(function: Callable[[Any], Any], shape: tuple[int, ...] = STEPS) -> Callable[[], Any]:
    return lambda: several(shape, join=function)


def binary(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Callable[[], Any]:
    return lambda: several(*(shapes or (STEPS, STEPS)), join=function)


CONSTANT = np.arange(1.0, 4.0)
OPERATIONS: dict[str, list[Callable[[], Any]]] = {
    "Add": [
        binary(lambda x, y: x + y),
        binary(lambda x, y: x + y, IMAGE, (1, 1, 4)),
        unary(lambda x: x + 0.5),
        unary(lambda x: ops.add(CONSTANT, x)),
        unary(lambda x: x + np.arange(4.0), IMAGE),
        unary(lambda x: x + np.arange(63.0).reshape(1, 9, 7, 1), IMAGE),
        unary(lambda x: L.Flatten()(x) + np.arange(252.0), IMAGE),
    ],
    "Celu": [unary(lambda x: ops.celu(x))],
    "Clip": [unary(lambda x: ops.clip(x, -0.4, 0.5))],
    "Concatenate": [
        binary(lambda x, y: ops.concatenate([x, y], axis=1)),
        binary(lambda x, y: ops.concatenate([x, y], axis=-1), IMAGE, (9, 7, 2)),
    ],
    "Divide": [unary(lambda x: ops.divide(x, CONSTANT))],
    "Elu": [unary(lambda x: ops.elu(x, 0.3))],
    "Exp": [unary(lambda x: ops.exp(x))],
    "ExpandDims": [
        unary(lambda x: ops.expand_dims(x, 1)),
        unary(lambda x: L.Conv2D(2, 2)(ops.expand_dims(x, -1)), (4, 5)),
        unary(lambda x: ops.expand_dims(x, (1, -1)), VECTOR),
    ],
    "Gelu": [unary(lambda x: ops.gelu(x)), unary(lambda x: ops.gelu(x, approximate=False))],
    "GetItem": [
        unary(lambda x: x[:, 0]),
        unary(lambda x: x[:, -1, :]),
        unary(lambda x: x[:, 1:4:2, None]),
        unary(lambda x: x[..., :2], IMAGE),
        unary(lambda x: x[:, ..., 2], IMAGE),
        unary(lambda x: x[:, 2:, 3], IMAGE),
        unary(lambda x: L.Flatten()(x)[:, 5:40], IMAGE),
    ],
    "HardSigmoid": [unary(lambda x: ops.hard_sigmoid(4 * x))],
    "HardSilu": [unary(lambda x: ops.hard_silu(4 * x))],
    "HardTanh": [unary(lambda x: ops.hard_tanh(x))],
    "LeakyRelu": [unary(lambda x: ops.leaky_relu(x, 0.3))],
    "LogSoftmax": [],  # In test_log_softmax_becomes_softmax.
    "Matmul": [
        binary(lambda x, y: ops.matmul(x, ops.transpose(y, (0, 2, 1)))),
        binary(lambda x, y: x @ y, (2, 4, 3), (1, 3, 5)),
    ],
    "Maximum": [
        binary(lambda x, y: ops.maximum(x, y)),
        unary(lambda x: ops.maximum(x, 0.0)),
        unary(lambda x: ops.maximum(0.3, x)),
    ],
    "Mean": [
        unary(lambda x: ops.mean(x, axis=1)),
        unary(lambda x: ops.mean(x, axis=(1, 2)), IMAGE),
        unary(lambda x: ops.mean(x, axis=-1, keepdims=True), IMAGE),
    ],
    "Minimum": [binary(lambda x, y: ops.minimum(x, y)), unary(lambda x: ops.minimum(x, 0.2))],
    "Moveaxis": [
        unary(lambda x: L.Dense(2)(ops.moveaxis(x, 1, 3)), IMAGE),
        unary(lambda x: ops.moveaxis(x, (3, 1), (1, 2)), IMAGE),
    ],
    "Multiply": [
        binary(lambda x, y: x * y),
        unary(lambda x: x * 2),
        unary(lambda x: x * x),
        unary(lambda x: -0.5 * x),
        unary(lambda x: x * CONSTANT),
        unary(lambda x: x * np.arange(4.0), IMAGE),
    ],
    "Negative": [unary(lambda x: -x)],
    "Power": [unary(lambda x: x**2), unary(lambda x: x**3)],
    "Relu": [unary(lambda x: ops.relu(L.Dense(2)(x)))],
    "Relu6": [unary(lambda x: ops.relu6(9 * x))],
    "Repeat": [unary(lambda x: ops.repeat(x, 2, axis=1)), unary(lambda x: ops.repeat(x, 3, -1))],
    "Reshape": [
        unary(lambda x: ops.reshape(x, (-1, 15))),
        unary(lambda x: ops.reshape(x, (-1, 28, 9)), IMAGE),
    ],
    "Selu": [unary(lambda x: ops.selu(x))],
    "Sigmoid": [unary(lambda x: ops.sigmoid(x))],
    "Silu": [unary(lambda x: ops.silu(x))],
    "Sin": [unary(lambda x: ops.sin(30 * x))],
    "Softmax": [unary(lambda x: ops.softmax(x)), unary(lambda x: ops.softmax(x, axis=1), IMAGE)],
    "Softplus": [unary(lambda x: ops.softplus(x))],
    "Softsign": [unary(lambda x: ops.softsign(x))],
    "Split": [
        unary(lambda x: ops.add(*ops.split(x, 2, axis=-1)), IMAGE),
        unary(lambda x: ops.split(x, [2, 3], axis=1)[1]),
    ],
    "Square": [unary(lambda x: ops.square(x))],
    "Squeeze": [unary(lambda x: ops.squeeze(x, 2), (5, 1, 3))],
    "Stack": [binary(lambda x, y: ops.stack([x, y], axis=2))],
    "Subtract": [
        binary(lambda x, y: x - y),
        unary(lambda x: x - CONSTANT),
        unary(lambda x: 1 - x),
    ],
    "Sum": [unary(lambda x: ops.sum(x, axis=(1, 3)), IMAGE), unary(lambda x: ops.sum(x, -1))],
    "Swapaxes": [unary(lambda x: ops.swapaxes(x, 1, 2), IMAGE)],
    "Tanh": [unary(lambda x: ops.tanh(x))],
    "Transpose": [unary(lambda x: ops.transpose(x, (0, 3, 1, 2)), IMAGE)],
    "TrueDivide": [
        unary(lambda x: x / 3),
        unary(lambda x: x / np.array([[[1.0], [2], [3], [4], [5]]])),
    ],
}


@pytest.mark.parametrize(
    ("kind", "k"), [(kind, k) for kind, cases in OPERATIONS.items() for k in range(len(cases))]
)
def test_operations(kind: str, k: int, tmp_path: Path) -> None:
    check(OPERATIONS[kind][k](), tmp_path)


def test_every_operation_is_tried() -> None:
    assert set(OPERATIONS) == set(TABLES.operations)


# --- activations


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str, tmp_path: Path) -> None:
    function = ops.sin if name == "sin" else name  # Not one of keras.activations.
    check(row([L.Dense(4, activation=function)], VECTOR), tmp_path)


def test_activations_that_are_layers(tmp_path: Path) -> None:
    check(row([L.Dense(4, activation=L.LeakyReLU(negative_slope=0.15))], VECTOR), tmp_path)


@pytest.mark.filterwarnings("ignore:.*logarithms")
@pytest.mark.parametrize("shape", [VECTOR, STEPS])
def test_log_softmax_becomes_softmax(shape: tuple[int, ...], tmp_path: Path) -> None:
    network = check(row([L.Dense(4, activation="log_softmax")], shape), tmp_path, log=True)
    assert network.activations[-1].name == "softmax"
    check(several(shape, join=ops.log_softmax), tmp_path, log=True)
    with pytest.warns(UserWarning, match="gives logarithms of probabilities"):
        nnviz.from_keras(row([L.Dense(4, activation="log_softmax")], shape))


# --- models


def test_models_in_models_and_several_layers_of_a_kind(tmp_path: Path) -> None:
    def block(n: int) -> Any:
        return keras.Sequential([L.Conv2D(n, 2), L.ReLU(), L.Conv2D(n, 2)])

    image = keras.Input((8, 8, 1))
    inner = keras.Model(image, L.Conv2D(2, 3, name="b")(L.Conv2D(3, 1, name="a")(image)))
    tail = [L.Flatten(), L.Dense(4), L.Dense(3), L.Dense(2)]
    check(row([inner, block(3), block(2), *tail], (8, 8, 1)), tmp_path)


def test_models_in_models_in_models(tmp_path: Path) -> None:
    core = keras.Sequential([L.Dense(3, name="core_dense")], name="core")
    x = keras.Input((3,))
    middle = keras.Model(x, L.Add()([core(x), L.Dense(3, name="other")(x)]), name="middle")
    network = check(row([L.Dense(3, name="first"), middle, L.Dense(2)], (4,)), tmp_path)
    assert "middle.core.core_dense" in network.nodes


def test_layers_and_models_used_twice_share_their_parameters(tmp_path: Path) -> None:
    shared, encoder = L.Dense(4, activation="tanh"), keras.Sequential([L.Dense(3), L.ReLU()])
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    parts = [encoder(shared(left)), encoder(shared(shared(right)))]
    network = check(keras.Model([left, right], L.Concatenate()(parts)), tmp_path)
    assert list(network.inputs) == ["left", "right"]
    assert network.n_parameters == 4 * 4 + 4 + 4 * 3 + 3


def test_a_layer_of_two_models_in_the_model_is_one() -> None:
    dense = L.Dense(4)
    first, second = keras.Sequential([dense]), keras.Sequential([dense, L.ReLU()])
    x = keras.Input((4,))
    network = nnviz.from_keras(drawn(keras.Model(x, L.Add()([first(x), second(x)]))))
    assert network.n_parameters == 20


def test_layers_that_share_some_parameters_and_not_all() -> None:
    one, two = L.Dense(4), L.Dense(4)
    x = keras.Input((4,))
    model = keras.Model(x, two(one(x)))
    object.__setattr__(two, "_kernel", one._kernel)
    two._trainable_variables[0] = one._kernel
    with pytest.raises(
        UnsupportedModelError, match=r"shares some parameters with dense\w*, but is not"
    ):
        nnviz.from_keras(model)


def test_norms_without_parameters_are_no_shared_layers() -> None:
    options = {"center": False, "scale": False}
    norms = [L.LayerNormalization(epsilon=epsilon, **options) for epsilon in (1e-3, 0.5)]
    network = nnviz.from_keras(row([norms[0], L.Dense(6), norms[1]], VECTOR))
    assert [network.layers[k].epsilon for k in (0, 2)] == [1e-3, 0.5]


def test_a_frozen_model_in_a_model_is_said() -> None:
    base = keras.Sequential([L.Dense(3, name="inner")], name="base", trainable=False)
    with pytest.warns(UserWarning, match=r"Keras leaves base.inner as they are .*'base.inner'"):
        nnviz.from_keras(row([base, L.Dense(2)], VECTOR))


def test_a_function_after_a_value_that_is_taken_twice(tmp_path: Path) -> None:
    def join(x: Any) -> Any:
        before = L.Dense(3)(x)
        return L.Add()([L.ReLU()(before), L.Activation("linear")(before)])

    check(several(VECTOR, join=join), tmp_path)


def test_a_mapping_of_inputs_and_outputs(tmp_path: Path) -> None:
    a, b = keras.Input((3,), name="a"), keras.Input((4,), name="b")
    x = L.Concatenate()([L.Dense(2)(b), a])
    model = keras.Model(
        {"a": a, "b": b}, {"mean": L.Dense(2, name="m")(x), "size": L.Dense(1, name="s")(x)}
    )
    given = {"a": RNG.randn(2, 3), "b": RNG.randn(2, 4)}
    theirs = drawn(model).predict_on_batch({key: x.astype("float32") for key, x in given.items()})
    for output in ("mean", "m", 0, -2):
        ours = nnviz.from_keras(model, output=output).feedforward(given)
        np.testing.assert_allclose(ours, theirs["mean"], rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "m.keras")
    assert nnviz.from_keras(tmp_path / "m.keras", output="size").sizes[-1] == 1


def test_one_of_several_outputs(tmp_path: Path) -> None:
    x = keras.Input(VECTOR)
    model = keras.Model(x, [L.Dense(2, name="mu")(x), L.Dense(3, name="scores")(x)])
    assert check(model, tmp_path, output=1) == nnviz.from_keras(model, output="scores")
    with pytest.raises(
        UnsupportedModelError, match=r"has 2 outputs: .* output=0, 1, 'mu', 'scores"
    ):
        nnviz.from_keras(model)
    with pytest.raises(
        UnsupportedModelError, match="no output 'sigma'; the outputs are 0, 1, 'mu'"
    ):
        nnviz.from_keras(model, output="sigma")


@pytest.mark.parametrize("shape", [VECTOR, STEPS, IMAGE])
def test_softmax_appended(shape: tuple[int, ...]) -> None:
    network = nnviz.from_keras(drawn(row([L.Dense(3)], shape)), output="softmax")
    outputs = network.feedforward(RNG.randn(2, *next(iter(network.inputs.values()))))
    np.testing.assert_allclose(outputs.sum(axis=1 if len(shape) == 3 else -1), 1.0)


def test_states_and_where_to_begin(tmp_path: Path) -> None:
    def translate(x: Any, y: Any) -> Any:
        _, hidden, cell = L.LSTM(3, return_state=True)(x)
        out = L.LSTM(3, return_sequences=True)(y, initial_state=[hidden, cell])
        last, _ = L.GRU(3, return_state=True)(y, initial_state=hidden)
        both = L.Bidirectional(L.SimpleRNN(2, return_state=True))(y)
        return L.Concatenate()([L.Flatten()(out), last, *both])

    check(several(STEPS, (2, 4), join=translate), tmp_path)


def test_the_pattern_of_attention_as_an_output(tmp_path: Path) -> None:
    for heads in (1, 2):
        attention = L.MultiHeadAttention(heads, 3)
        model = several(STEPS, join=lambda x, a=attention: a(x, x, return_attention_scores=True))
        network = check(model, tmp_path, stack=True, output=1)
        assert network.forward_pass(np.zeros((5, 3))).output.shape == (heads, 5, 5)


def test_sizes_that_the_model_leaves_open(tmp_path: Path) -> None:
    model = row([L.Embedding(9, 3), L.LSTM(2)], (None,))
    with pytest.raises(UnsupportedModelError, match=r"x has shape \(None,\): .*input_shape=\("):
        nnviz.from_keras(model)
    assert check(model, tmp_path, input_shape=5).inputs == {"x": (5,)}
    pixels = row([L.Conv2D(2, 3), L.GlobalAveragePooling2D()], (None, None, 3))
    assert check(pixels, tmp_path, input_shape=(6, 5, 3)).input_shape == (3, 6, 5)
    with pytest.raises(UnsupportedModelError, match=r"\(6, 5, 4\) is given"):
        nnviz.from_keras(pixels, (6, 5, 4))
    x, y = keras.Input((None, 2), name="steps"), keras.Input((3,), name="vector")
    two = keras.Model([x, y], L.Dot(1)([L.LSTM(3)(x), y]))
    assert check(two, tmp_path, input_shape={"steps": (4, 2)}).inputs["steps"] == (4, 2)
    with pytest.raises(UnsupportedModelError, match="has to map the names of the inputs"):
        nnviz.from_keras(two, (4, 2))


def test_a_trained_model() -> None:
    layers = [
        L.Conv2D(4, 3, padding="same"),
        L.BatchNormalization(),
        L.Activation("gelu"),
        L.MaxPooling2D(),
        L.Flatten(),
        L.Dropout(0.2),
        L.Dense(3, activation="softmax"),
    ]
    model = row(layers, (8, 8, 1))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(RNG.randn(64, 8, 8, 1), RNG.randint(3, size=64), epochs=2, verbose=0)
    assert nnviz.from_keras(model).sizes[-1] == 3


def test_standardised_by_adapt(tmp_path: Path) -> None:
    norm = L.Normalization()
    norm.adapt(3 + 2 * RNG.randn(50, 6))
    model = row([norm, L.Dense(2)], VECTOR)
    network = nnviz.from_keras(model)
    np.testing.assert_allclose(network.layers[0].mean, norm.get_weights()[0])
    model.save(tmp_path / "m.keras")
    assert nnviz.from_keras(tmp_path / "m.keras") == network


# --- what the network is like


def kinds(network: nnviz.Network) -> list[str]:
    return [node.layer.kind for node in network.nodes.values()]


def test_a_chain_has_a_node_for_a_layer() -> None:
    layers = [
        L.Conv2D(2, 3, activation="relu"),
        L.BatchNormalization(),
        L.MaxPooling2D(),
        L.Flatten(),
        L.Dropout(0.1),
        L.Dense(3),
        L.Softmax(),
    ]
    network = nnviz.from_keras(row(layers, IMAGE))
    assert kinds(network) == ["conv2d", "batch_norm", "max_pool2d", "flatten", "dropout", "dense"]
    assert list(network.nodes) == [layer.name for layer in layers[:-1]]
    assert network.activations[-1].name == "softmax"


def test_convolutions_along_sequences_are_transposed_once() -> None:
    layers = [L.Embedding(9, 4), L.Conv1D(3, 2), L.ReLU(), L.BatchNormalization(), L.Conv1D(3, 2)]
    network = nnviz.from_keras(row([*layers, L.MaxPooling1D(2), L.GlobalAveragePooling1D()], (9,)))
    assert kinds(network).count("transpose") == 1


def test_blocks_of_recurrent_layers_and_attention() -> None:
    lstm, attention = L.LSTM(2, return_sequences=True), L.MultiHeadAttention(2, 3)
    network = nnviz.from_keras(several(STEPS, join=lambda x: attention(lstm(x), lstm(x))))
    assert {f"{lstm.name}.cell.4.forget_gate", f"{attention.name}.pattern"} <= set(network.nodes)
    assert network.n_parameters == lstm.count_params() + attention.count_params()


def test_a_rescaling_is_trained_as_keras_trains_it() -> None:
    x = RNG.rand(60, 16) * 255
    y = np.eye(2)[np.arange(60) % 2]
    dense = [L.Dense(8, activation="relu"), L.Dense(2, activation="softmax")]
    scaled = nnviz.from_keras(row([L.Rescaling(1 / 255), *dense], (16,)))
    plain = nnviz.from_keras(row(dense, (16,)))
    options = {"epochs": 3, "batch_size": 20, "learning_rate": 0.1}
    costs = [[r.cost for r in scaled.train(x, y, **options)]]
    costs.append([r.cost for r in plain.train(x / 255, y, **options)])
    np.testing.assert_allclose(*costs)


def test_a_flattened_image_is_trained_as_keras_trains_it() -> None:
    """A step of gradient descent on both sides gives the same outputs."""
    model = row([L.Conv2D(3, 2), L.Flatten(), L.BatchNormalization(), L.Dense(2)], (4, 5, 2))
    network = nnviz.from_keras(drawn(model)).replace(cost="quadratic")
    x = RNG.randn(8, 4, 5, 2).astype(np.float32)
    y = RNG.randn(8, 2)
    model.compile(keras.optimizers.SGD(0.1), lambda y, a: ops.sum((y - a) ** 2, axis=-1))
    model.train_on_batch(x, y)
    (report,) = network.train(channels_first(x), y, epochs=1, batch_size=8, learning_rate=0.1)
    ours = report.network.feedforward(channels_first(x))
    np.testing.assert_allclose(ours, model.predict_on_batch(x), rtol=1e-3, atol=1e-4)


# --- said, as training does something else


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (lambda: [L.Dense(2, kernel_regularizer="l2")], "kernel_regularizer adds a penalty to"),
        (lambda: [L.Dense(2, bias_constraint="non_neg")], "bias_constraint limits the weights"),
        (
            lambda: [L.Dense(3), L.Dense(2, trainable=False)],
            r"Keras leaves dense\w* as they are .*",
        ),
        (lambda: [L.Reshape((2, 3)), L.LSTM(2, dropout=0.1)], r"\(LSTM\): its dropout in Keras"),
        (
            lambda: [L.Reshape((2, 3)), L.Bidirectional(L.GRU(2, recurrent_regularizer="l2"))],
            "its recurrent_regularizer adds a penalty",
        ),
    ],
)
def test_what_training_does_otherwise_is_said(layers: Make, message: str) -> None:
    with pytest.warns(UserWarning, match=message):
        nnviz.from_keras(row(layers(), VECTOR))


def test_a_frozen_batch_normalisation_keeps_its_statistics(tmp_path: Path) -> None:
    norm = L.BatchNormalization(trainable=False)
    model = row([L.Dense(3), norm, L.Dense(2)], VECTOR)
    with pytest.warns(UserWarning, match=rf"frozen=\['{norm.name}'\]"):
        network = check(model, tmp_path)
    assert kinds(network) == ["dense", "standardise", "scale", "dense"]
    (report,) = network.train(RNG.randn(9, 6), RNG.randn(9, 2), epochs=1, frozen=[norm.name])
    names = [f"{norm.name}.standardised", f"{norm.name}.scaled"]
    for name in names:
        assert report.network.nodes[name].layer == network.nodes[name].layer


@pytest.mark.parametrize(("policy", "units"), [("mixed_float16", 64), ("mixed_bfloat16", 64)])
def test_half_precision_is_compared_with_its_own_rounding(policy: str, units: int) -> None:
    for model in (
        row([L.Dense(units, "relu", dtype=policy), L.Dense(10, "softmax", dtype="float32")], (20,)),
        row([L.Conv2D(8, 3, dtype=policy), L.Flatten(), L.Dense(3, dtype=policy)], IMAGE),
    ):
        network = nnviz.from_keras(model)
        assert network.n_parameters == model.count_params()
    wrong = row([L.Dense(3, dtype=policy)], VECTOR)
    wrong.predict_on_batch = lambda x: np.full((2, 3), 0.9, np.float32)
    with pytest.raises(ModelMismatchError, match="differ by"):
        nnviz.from_keras(wrong)


# --- refused


class Doubled(keras.Sequential):  # type: ignore[misc, name-defined]
    """Computes something else than its layers do."""

    def call(self, x: Any, training: Any = None, mask: Any = None) -> Any:
        return 2 * super().call(x)


class Dense(keras.layers.Dense):  # type: ignore[misc, name-defined]
    """Called as a layer of Keras is."""

    def call(self, x: Any, training: Any = None) -> Any:
        return 2 * super().call(x)


class Stepwise(keras.Model):  # type: ignore[misc, name-defined]
    """Trains in its own way, and computes as its layers do."""

    def train_step(self, data: Any) -> Any:
        raise NotImplementedError


def masked(x: Any) -> Any:
    return L.LSTM(2)(L.Masking()(x))


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a layer": (
        lambda: row([L.UnitNormalization()], VECTOR),
        r"layers\[1\] 'unit_normalization\w*' \(UnitNormalization\): a UnitNormalization of Keras "
        "is not supported; supported layers are Activation, ",
    ),
    "in a model": (
        lambda: row([keras.Sequential([L.Dense(2), L.Lambda(lambda x: x)])], VECTOR),
        r"layers\[1\] 'sequential\w*' \(Sequential\), layers\[2\] 'lambda\w*' \(Lambda\): a Lambda",
    ),
    "an operation": (
        lambda: several(STEPS, join=lambda x: ops.sqrt(x)),
        r"\(Sqrt\): a Sqrt of Keras is not supported; supported operations are Add, ",
    ),
    "a class of one's own": (
        lambda: row([Dense(2)], VECTOR),
        r"\(Dense\): a (\w+>)?Dense of \S*test_keras_alive is not supported: it is not a class",
    ),
    "its own call": (
        lambda: Doubled([keras.Input((4,)), L.Dense(2)]),
        "a Doubled.* is not supported, as its call may compute anything",
    ),
    "no layers": (
        lambda: Stepwise(),
        "a Stepwise.* is not supported, as its call|does not list its layers",
    ),
    "not built": (lambda: keras.Sequential([L.Dense(3)]), "give the shape of one example"),
    "masks": (
        lambda: several(STEPS, join=masked),
        "masks, with which later layers skip padding, are not supported",
    ),
    "padding": (
        lambda: row([L.Embedding(9, 2, mask_zero=True), L.LSTM(2)], (4,)),
        "masks, .*, are not supported: build the model with mask_zero=False",
    ),
    "dropout that is always on": (
        lambda: several(VECTOR, join=lambda x: L.Dropout(0.1)(x, training=True)),
        "training=True is not supported: the layer would always act as in training",
    ),
    "a model in training": (
        lambda: several(
            VECTOR, join=lambda x: keras.Sequential([L.Dropout(0.1)])(x, training=True)
        ),
        r"\(Sequential\): training=True is not supported",
    ),
    "stateful": (
        lambda: keras.Sequential([keras.Input((4, 3), batch_size=2), L.LSTM(2, stateful=True)]),
        "stateful=True",
    ),
    "activation of an LSTM": (lambda: row([L.LSTM(2, "relu")], STEPS), "supported is 'tanh'"),
    "reset_after": (lambda: row([L.GRU(2, reset_after=False)], STEPS), "reset_after=False is"),
    "gates": (lambda: row([L.GRU(2, recurrent_activation="softmax")], STEPS), "recurrent_activ"),
    "channels": (
        lambda: row([L.Conv2D(2, 2, data_format="channels_first")], (2, 5, 5)),
        "data_format 'channels_first' is not supported",
    ),
    "noise_shape": (
        lambda: row([L.Dropout(0.1, noise_shape=(None, 1, 3))], STEPS),
        "dropout of whole channels",
    ),
    "integers": (
        lambda: several((4,), join=lambda x: L.Embedding(9, 2)(x * 2)),
        "supported is an input",
    ),
    "an activation": (
        lambda: row([L.Dense(3, activation="log_sigmoid")], VECTOR),
        "the activation 'log_sigmoid' is not supported; .* are .*, tanh",
    ),
    "a threshold": (lambda: row([L.ReLU(threshold=1.0)], VECTOR), "a ReLU with a threshold"),
    "slopes": (lambda: row([L.PReLU()], STEPS), r"slopes of shape \(5, 3\) are not supported"),
    "division": (
        lambda: several(VECTOR, VECTOR, join=lambda x, y: x / y),
        r"\(TrueDivide\): a division by a value that depends on the input",
    ),
    "over the examples": (
        lambda: several(STEPS, join=lambda x: ops.sum(x, axis=0)),
        "must not run over the examples",
    ),
    "broadcast over the examples": (
        lambda: several(STEPS, VECTOR, join=lambda x, y: x[:, :, :1] + y[:, :5, None][:, :, 0]),
        r"values of shape .* cannot be broadcast",
    ),
    "the first example": (
        lambda: several(STEPS, join=lambda x: x[1:, :]),
        "an index into the examples is not supported",
    ),
    "examples mixed": (
        lambda: several(STEPS, join=lambda x: ops.reshape(x, (-1, 3))),
        r"a reshape of \(5, 3\) to \(3,\) is not supported",
    ),
    "a mask of attention": (
        lambda: several(
            STEPS,
            (5, 5),
            join=lambda x, m: L.MultiHeadAttention(1, 2)(x, x, attention_mask=m),
        ),
        "attention_mask is not supported; supported are query, value, key",
    ),
    "four axes": (
        lambda: row([L.TimeDistributed(L.Flatten())], (2, 3, 4, 5)),
        "supported are up to three axes",
    ),
    "nothing": (lambda: row([L.Identity()], VECTOR), "it has no layers"),
    "statistics by step": (
        lambda: row([L.TimeDistributed(L.BatchNormalization())], STEPS),
        r"\(TimeDistributed\): around a BatchNormalization it is not supported",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    make, message = REFUSED[case]
    with pytest.raises(UnsupportedModelError, match=message):
        nnviz.from_keras(make())


def test_what_the_table_says_of_errors_is_true() -> None:
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    table = text.split("| what | what the error says |\n| --- | --- |\n")[1].split("\n\n")[0]
    errors = []
    for make, _ in REFUSED.values():
        with pytest.raises(UnsupportedModelError) as caught:
            nnviz.from_keras(make())
        errors.append(str(caught.value))
    for line in table.splitlines():
        words = line.split(" | ")[1].removesuffix(" |")
        assert any(words in error for error in errors), words


def test_a_model_with_its_own_training_and_no_own_call() -> None:
    x = keras.Input(VECTOR)
    model = Stepwise(x, L.Dense(2)(x))
    assert nnviz.from_keras(drawn(model)).sizes == (6, 2)


def test_a_file_of_a_class_with_its_own_call(tmp_path: Path) -> None:
    model = Doubled([keras.Input((4,)), L.Dense(3)])
    model.save(tmp_path / "doubled.keras")
    with pytest.raises(
        UnsupportedModelError, match=r"doubled\.keras: a .*Doubled.* is not supported, as"
    ):
        nnviz.from_keras(tmp_path / "doubled.keras")
    inside = row([Doubled([keras.Input((4,)), L.Dense(3)]), L.Dense(2)], (4,))
    inside.save(tmp_path / "inside.keras")
    with pytest.raises(UnsupportedModelError, match=r"a .*Doubled of .* is not supported"):
        nnviz.from_keras(tmp_path / "inside.keras")


def test_a_file_of_weights_alone(tmp_path: Path) -> None:
    model = row([L.Dense(3)], (4,))
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(
        UnsupportedModelError, match=r"m\.weights\.h5: it holds weights but no layers"
    ):
        nnviz.from_keras(tmp_path / "m.weights.h5")
