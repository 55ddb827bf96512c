"""Architectures written in Keras: outputs and gradients, `make test-torch` runs these tests."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import nnviz

if importlib.util.find_spec("torch"):
    os.environ.setdefault("KERAS_BACKEND", "torch")
keras: Any = pytest.importorskip("keras", reason="keras is not installed: make test-torch")
torch: Any = pytest.importorskip("torch", reason="torch is not installed: make test-torch")
L, ops = keras.layers, keras.ops

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "torch", reason="derivatives are taken with torch"
)

#: Largest gap, relative to the largest number: Keras computes in single precision.
NEAR = 1e-5


def conv_norm(x: Any, n: int, size: int = 3, stride: int = 1) -> Any:
    return L.BatchNormalization()(L.Conv2D(n, size, stride, padding="same", use_bias=False)(x))


def residual(x: Any, n: int, stride: int = 1) -> Any:
    """The basic block of ResNet-18."""
    skip = x if stride == 1 and x.shape[-1] == n else conv_norm(x, n, 1, stride)
    out = conv_norm(L.ReLU()(conv_norm(x, n, 3, stride)), n)
    return L.ReLU()(L.Add()([out, skip]))


def resnet() -> Any:
    image = keras.Input((25, 25, 3))
    x = L.ZeroPadding2D(3)(image)
    x = L.Conv2D(4, 7, 2, use_bias=False)(x)
    x = L.MaxPooling2D(3, 2, padding="same")(L.ReLU()(L.BatchNormalization()(x)))
    x = residual(residual(residual(x, 4), 6, 2), 6)
    return keras.Model(image, L.Dense(5)(L.GlobalAveragePooling2D()(x)))


def densenet() -> Any:
    def dense_layer(x: Any, growth: int) -> Any:
        new = L.ReLU()(L.BatchNormalization()(x))
        return L.Concatenate()([x, L.Conv2D(growth, 3, padding="same", use_bias=False)(new)])

    image = keras.Input((8, 8, 3))
    x = dense_layer(dense_layer(L.Conv2D(4, 3, padding="same")(image), 3), 3)
    x = L.AveragePooling2D(2)(L.Conv2D(5, 1)(L.ReLU()(L.BatchNormalization()(x))))
    return keras.Model(image, L.Dense(4)(L.GlobalAveragePooling2D()(dense_layer(x, 3))))


def inception() -> Any:
    image = keras.Input((6, 6, 4))
    branches = [
        L.Conv2D(3, 1)(image),
        L.Conv2D(3, 3, padding="same")(L.Conv2D(2, 1, activation="relu")(image)),
        L.Conv2D(2, 5, padding="same")(L.Conv2D(2, 1, activation="relu")(image)),
        L.Conv2D(2, 1)(L.MaxPooling2D(3, 1, padding="same")(image)),
    ]
    x = ops.mean(ops.relu(ops.concatenate(branches, axis=-1)), axis=(1, 2))
    return keras.Model(image, L.Dense(3)(x))


def squeezenet() -> Any:
    image = keras.Input((5, 5, 4))
    x = L.Conv2D(2, 1, activation="relu")(image)
    expanded = [
        L.Conv2D(3, 1, activation="relu")(x),
        L.Conv2D(3, 3, padding="same", activation="relu")(x),
    ]
    return keras.Model(image, L.concatenate(expanded))


def mobilenet() -> Any:
    """The inverted residual of MobileNetV2."""
    image = keras.Input((5, 5, 4))
    x = L.ReLU(6.0)(conv_norm(image, 12, 1))
    x = L.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = conv_norm(L.ReLU(6.0)(L.BatchNormalization()(x)), 4, 1)
    return keras.Model(image, L.Add()([image, x]))


def squeeze_excite() -> Any:
    image = keras.Input((5, 6, 4))
    x = L.GlobalAveragePooling2D()(image)
    x = L.Dense(4, activation="sigmoid")(L.Dense(2, activation="relu")(x))
    return keras.Model(image, L.Multiply()([image, L.Reshape((1, 1, 4))(x)]))


def unet() -> Any:
    image = keras.Input((8, 8, 1))
    skip = L.Conv2D(4, 3, padding="same", activation="relu")(image)
    x = L.Conv2D(6, 3, padding="same", activation="relu")(L.MaxPooling2D()(skip))
    x = L.Concatenate()([L.Conv2DTranspose(4, 2, 2)(x), skip])
    x = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    return keras.Model(image, L.Conv2D(2, 1)(x))


def generator() -> Any:
    """DCGAN's."""
    return keras.Sequential(
        [
            keras.Input((5,)),
            L.Dense(4 * 4 * 8, use_bias=False),
            L.Reshape((4, 4, 8)),
            L.BatchNormalization(),
            L.LeakyReLU(),
            L.Conv2DTranspose(4, 4, 2, padding="same", use_bias=False),
            L.BatchNormalization(),
            L.LeakyReLU(),
            L.Conv2DTranspose(1, 3, 2, padding="same", activation="tanh"),
        ]
    )


def encoder() -> Any:
    """Of a variational autoencoder: two heads."""
    x = keras.Input((8,))
    hidden = L.Dense(6, activation="relu")(x)
    return keras.Model(x, [L.Dense(2, name="mu")(hidden), L.Dense(2, name="log_variance")(hidden)])


def siamese() -> Any:
    twin = keras.Sequential(
        [keras.Input((5,)), L.Dense(4, activation="tanh"), L.Dense(3)], name="twin"
    )
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    difference = twin(left) - twin(right)
    return keras.Model([left, right], L.Dense(1, activation="sigmoid")(difference**2))


def text_cnn() -> Any:
    tokens = keras.Input((6,), dtype="int32")
    x = L.Embedding(11, 4)(tokens)
    parts = [L.GlobalMaxPooling1D()(L.Conv1D(3, k, activation="relu")(x)) for k in (2, 3)]
    return keras.Model(tokens, L.Dense(2)(L.Dropout(0.2)(L.Concatenate()(parts))))


def row(shape: tuple[int, ...], *layers: Any) -> Any:
    return keras.Sequential([keras.Input(shape), *layers])


def recurrent(*layers: Any) -> Any:
    return row((5, 3), *layers, L.Dense(2))


def seq2seq() -> Any:
    """A decoder that begins with the states of an encoder."""
    source, target = keras.Input((4, 3), name="source"), keras.Input((3, 2), name="target")
    _, hidden, cell = L.LSTM(4, return_state=True)(source)
    x = L.LSTM(4, return_sequences=True)(target, initial_state=[hidden, cell])
    return keras.Model([source, target], L.Dense(5)(x))


def transformer_block(x: Any, heads: int, *, causal: bool, norm_first: bool) -> Any:
    n = x.shape[-1]
    attention = L.MultiHeadAttention(heads, n // heads, dropout=0.1)
    feed = keras.Sequential([L.Dense(2 * n, activation="gelu"), L.Dense(n), L.Dropout(0.1)])
    if norm_first:
        y = L.LayerNormalization(epsilon=1e-6)(x)
        x = x + attention(y, y, use_causal_mask=causal)
        return x + feed(L.LayerNormalization(epsilon=1e-6)(x))
    x = L.LayerNormalization()(L.Add()([x, attention(x, x, use_causal_mask=causal)]))
    return L.LayerNormalization()(L.Add()([x, feed(x)]))


def transformer_encoder() -> Any:
    x = sequence = keras.Input((5, 6))
    for _ in range(2):
        x = transformer_block(x, 2, causal=False, norm_first=False)
    return keras.Model(sequence, L.Dense(3)(L.GlobalAveragePooling1D()(x)))


def gpt() -> Any:
    """The positions are a second input, as no layer of Keras makes them."""
    tokens, positions = keras.Input((6,), name="tokens"), keras.Input((6,), name="positions")
    x = L.Dropout(0.1)(L.Embedding(11, 8)(tokens) + L.Embedding(7, 8)(positions))
    for _ in range(2):
        x = transformer_block(x, 2, causal=True, norm_first=True)
    x = L.LayerNormalization()(x)
    return keras.Model([tokens, positions], L.Dense(11, use_bias=False)(x))


def vit() -> Any:
    image = keras.Input((8, 8, 1))
    x = L.Reshape((4, 6))(L.Conv2D(6, 4, 4)(image))
    x = x + RNG.randn(1, 4, 6)  # Waves or the like: no layer of Keras learns positions.
    for _ in range(2):
        x = transformer_block(x, 2, causal=False, norm_first=True)
    return keras.Model(image, L.Dense(3)(L.LayerNormalization()(x)[:, 0]))


def standardised() -> Any:
    norm = L.Normalization()
    norm.adapt(255 * RNG.rand(9, 6, 6, 3))
    return row((6, 6, 3), norm, L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(2))


def siren() -> Any:
    x = points = keras.Input((2,))
    for _ in range(2):
        x = ops.sin(30 * L.Dense(5)(x))
    return keras.Model(points, L.Dense(1)(x))


RNG = np.random.RandomState(0)


class Case(NamedTuple):
    """How to make an architecture, and options of `from_keras`."""

    make: Callable[[], Any]
    options: Mapping[str, Any] = {}


CASES: dict[str, Case] = {
    "ResNet": Case(resnet),
    "DenseNet": Case(densenet),
    "Inception": Case(inception),
    "SqueezeNet": Case(squeezenet),
    "MobileNetV2": Case(mobilenet),
    "Squeeze-and-excitation": Case(squeeze_excite),
    "U-Net": Case(unet),
    "DCGAN generator": Case(generator),
    "VAE encoder, mean": Case(encoder, {"output": "mu"}),
    "VAE encoder, log-variance": Case(encoder, {"output": 1}),
    "Siamese": Case(siamese),
    "TextCNN": Case(text_cnn),
    "Bag of words": Case(
        lambda: row((5,), L.Embedding(9, 4), L.GlobalAveragePooling1D(), L.Dense(2))
    ),
    "Separable convolutions along a sequence": Case(
        lambda: row(
            (9, 3),
            *(L.SeparableConv1D(4, 3, activation="relu"), L.MaxPooling1D(2)),
            *(L.Conv1D(4, 2, padding="causal"), L.BatchNormalization(), L.Flatten(), L.Dense(2)),
        )
    ),
    "RNN": Case(lambda: recurrent(L.SimpleRNN(4))),
    "LSTM": Case(lambda: recurrent(L.LSTM(4))),
    "LSTM, two levels": Case(
        lambda: recurrent(L.LSTM(4, return_sequences=True), L.Dropout(0.2), L.LSTM(4))
    ),
    "LSTM, both ways": Case(lambda: recurrent(L.Bidirectional(L.LSTM(4)))),
    "LSTM, a label for each step": Case(
        lambda: row(
            (5, 3),
            L.LSTM(4, return_sequences=True),
            L.TimeDistributed(L.Dense(3, activation="relu")),
            L.Dense(2, activation="softmax"),
        )
    ),
    "Encoder and decoder": Case(seq2seq),
    "GRU": Case(lambda: recurrent(L.GRU(4, return_sequences=True), L.GlobalAveragePooling1D())),
    "GRU, both ways": Case(
        lambda: recurrent(L.Bidirectional(L.GRU(4, return_sequences=True)), L.GRU(3))
    ),
    "Transformer encoder": Case(transformer_encoder),
    "nanoGPT": Case(gpt),
    "ViT": Case(vit),
    "Standardised input": Case(standardised),
    "SIREN": Case(siren),
}

#: Our names of parameters, Keras's, and how its axes become ours.
PARAMETERS: dict[str, dict[str, tuple[str, tuple[int, ...]]]] = {
    "BatchNormalization": {"scale": ("gamma", (0,)), "shift": ("beta", (0,))},
    "Conv1D": {"kernels": ("kernel", (2, 1, 0)), "biases": ("bias", (0,))},
    "Conv2D": {"kernels": ("kernel", (3, 2, 0, 1)), "biases": ("bias", (0,))},
    "Conv2DTranspose": {"kernels": ("kernel", (3, 2, 0, 1)), "biases": ("bias", (0,))},
    "Dense": {"weights": ("kernel", (1, 0)), "biases": ("bias", (0,))},
    "Embedding": {"weights": ("embeddings", (0, 1))},
    "LayerNormalization": {"scale": ("gamma", (0,)), "shift": ("beta", (0,))},
}


def drawn(model: Any) -> Any:
    """Give a model other numbers than it begins with, statistics as well."""
    rng = np.random.RandomState(1)
    for variable in model.variables:
        if "seed" not in variable.path and "normalization/" not in variable.path.split("batch_")[0]:
            values = 0.2 * rng.randn(*variable.shape)
            variable.assign(values**2 + 0.5 if "variance" in variable.path else values)
    return model


def inputs_of(network: nnviz.Network) -> dict[str, np.ndarray]:
    rng = np.random.RandomState(2)
    limits = network.graph.integer_inputs
    return {
        name: rng.randint(0, limits[name], (3, *shape))
        if name in limits
        else np.asarray(0.5 * rng.randn(3, *shape), np.float32).astype(float)
        for name, shape in network.inputs.items()
    }


def plain_layers(model: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield all layers, with the names of their nodes."""
    for layer in model.layers:
        name = f"{above}{layer.name}"
        if hasattr(layer, "layers"):
            yield from plain_layers(layer, f"{name}.")
        else:
            yield name, layer


def gap(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-3))


def channels_first(x: np.ndarray) -> np.ndarray:
    return x.transpose(0, 3, 1, 2) if x.ndim == 4 else x


def gaps(model: Any, network: nnviz.Network, k: int) -> dict[str, float]:
    """Return how far outputs and derivatives by inputs and parameters are from Keras's."""
    x = inputs_of(network)
    given = [
        torch.tensor(one.transpose(0, 2, 3, 1) if one.ndim == 4 else one) for one in x.values()
    ]
    real = {
        name: one.requires_grad_()
        for name, one in zip(x, given, strict=True)
        if one.is_floating_point()
    }
    outputs = model(given if len(given) > 1 else given[0], training=False)
    outputs = outputs[k] if isinstance(outputs, list | tuple) else outputs
    ours = x if len(x) > 1 else next(iter(x.values()))
    values = np.asarray(network.feedforward(ours))
    y = np.random.RandomState(3).rand(*values.shape)
    theirs = outputs.permute(0, 3, 1, 2) if outputs.ndim == 4 else outputs
    ((theirs - torch.tensor(y)) ** 2).sum().backward()
    result = {"output": gap(values, theirs.detach().numpy())}
    quadratic = network.replace(cost="quadratic")
    run = quadratic.backward_pass(ours, y)
    for name, one in real.items():
        found = np.asarray(run.activation_gradients[name])
        result[f"d/d{name}"] = gap(found, channels_first(one.grad.numpy()))
    gradient = quadratic.backprop(ours, y)
    compared = 0
    is_flattened = any(isinstance(layer, L.Flatten) for layer in model.layers)
    for name, layer in plain_layers(model):
        kind = type(layer).__name__
        if kind not in PARAMETERS or name not in network.nodes:
            continue
        for mine, (attribute, axes) in PARAMETERS[kind].items():
            parameter = getattr(layer, attribute, None)
            if parameter is not None:
                found = len(y) * np.asarray(gradient[name][mine])
                expected = parameter.value.grad.numpy().transpose(axes)
                if found.ndim == 2 and is_flattened:
                    # Its columns are in another order.
                    found, expected = np.sort(found, axis=1), np.sort(expected, axis=1)
                result[f"d/d{name}.{attribute}"] = gap(found, expected)
                compared += 1
    result["compared"] = compared
    return result


@pytest.mark.filterwarnings("ignore:.*structure of `inputs`")
@pytest.mark.parametrize("name", CASES)
def test_keras_architectures(name: str, tmp_path: Path) -> None:
    make, options = CASES[name]
    model = drawn(make())
    network = nnviz.from_keras(model, **options)
    found = gaps(model, network, {"mu": 0}.get(options.get("output"), options.get("output", 0)))
    assert found.pop("compared") > 1
    assert max(found.values()) < NEAR, found
    model.save(tmp_path / "model.keras")
    assert nnviz.from_keras(tmp_path / "model.keras", **options) == network


def test_keras_every_row_of_the_table_is_tried() -> None:
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    table = text.split("| architecture in Keras | what is in it |\n| --- | --- |\n")[1]
    rows = table.split("\n\n")[0].splitlines()
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(CASES)
