"""Make the graphs of Keras beside this file again, and their part of outputs.npz.

It takes Keras 3 with PyTorch (set KERAS_BACKEND=torch), or TensorFlow 2.15, which has Keras 2: then
it makes the files whose names begin with keras2. See README.md for the versions that made them.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers

HERE = Path(__file__).parent
RNG = np.random.RandomState(1)
IS_OLD = keras.__version__.startswith("2")


def numbers(*shape: int) -> np.ndarray:
    return RNG.randn(*shape).astype(np.float32)


def branches() -> keras.Model:
    """Two inputs, an encoder that both go through, a skip, and operations where Keras 3 is."""
    left, right = keras.Input((6, 6, 2), name="left"), keras.Input((6, 6, 2), name="right")
    encoder = keras.Sequential(
        [
            layers.Conv2D(3, 3, strides=2, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.DepthwiseConv2D(3, padding="same", activation="elu"),
        ],
        name="encoder",
    )
    x = layers.Concatenate()([encoder(left), encoder(right)])
    x = layers.Add()([x, layers.Conv2D(6, 1)(x)])
    if not IS_OLD:
        x = 0.5 * x[:, 1:, :, :]
    x = layers.Conv2DTranspose(3, 3, strides=2, padding="same")(x)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    return keras.Model([left, right], layers.Dense(2)(x), name="branches")


def recurrent() -> keras.Model:
    tokens = keras.Input((4,), dtype="int32")
    x = layers.Embedding(11, 4)(tokens)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
    x, state = layers.GRU(3, go_backwards=True, return_sequences=True, return_state=True)(x)
    x = layers.TimeDistributed(layers.Dense(3, activation="tanh"))(x)
    return keras.Model(tokens, layers.SimpleRNN(3)(x, initial_state=state), name="recurrent")


def attention() -> keras.Model:
    sequence = keras.Input((4, 6))
    x = layers.LayerNormalization()(sequence)
    x = layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    x = layers.Add()([sequence, x])
    x = layers.Add()([x, layers.Dense(6, activation="gelu")(x)])
    x = layers.Conv1D(4, 2, padding="causal")(x)
    return keras.Model(sequence, layers.GlobalAveragePooling1D()(x), name="attention")


def save(model: keras.Model, outputs: dict[str, np.ndarray]) -> None:
    """Draw a model's numbers, save it in both formats, and note what it computes."""
    for layer in model.layers:
        for part in getattr(layer, "layers", [layer]):
            drawn = [0.5 * numbers(*w.shape) for w in part.get_weights()]
            if isinstance(part, layers.BatchNormalization):
                drawn[-1] = drawn[-1] ** 2 + np.float32(0.5)
            part.set_weights(drawn)
    given = [
        RNG.randint(11, size=(3, *x.shape[1:]))
        if "int32" in str(x.dtype)
        else numbers(3, *x.shape[1:])
        for x in model.inputs
    ]
    y = model.predict(given if len(given) > 1 else given[0])
    for ending in ("keras", "h5"):
        file = f"{'keras2-' if IS_OLD else ''}{model.name}.{ending}"
        model.save(HERE / file)
        outputs[f"{file}/y"] = y
        for k, x in enumerate(given):
            outputs[f"{file}/x{k or ''}"] = x


kept = dict(np.load(HERE / "outputs.npz"))
for made in (branches(), recurrent(), attention()):
    save(made, kept)
np.savez_compressed(HERE / "outputs.npz", **kept)
