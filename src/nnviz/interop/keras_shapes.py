"""Layers of Keras without weights: shapes, functions, dropout."""

from __future__ import annotations

import math
from collections.abc import Callable

from nnviz.interop.attention_nodes import inside
from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_activations import ACTIVATION_LAYERS
from nnviz.interop.keras_call import Call, Entry
from nnviz.interop.keras_config import Config
from nnviz.interop.keras_values import Value
from nnviz.network import Dropout, Repeat

__all__ = ["RANDOM", "SHAPES", "softmax", "target_shape"]


def target_shape(value: Value, sizes: list[int]) -> tuple[int, ...]:
    """Return the shape of one example that a reshape gives, its -1 put in."""
    target = tuple(int(n) for n in sizes)
    if target.count(-1) > 1 or any(n < -1 or n == 0 for n in target):
        raise UnsupportedModelError(f"a reshape to {target} is not supported")
    known = math.prod(n for n in target if n != -1)
    return tuple(math.prod(value.shape) // known if n == -1 else n for n in target)


def _flatten(call: Call) -> Value:
    call.expect("data_format", "channels_last")
    return call.layouts.flattened(call.value)


def _reshape(call: Call) -> Value:
    value = call.value
    return call.layouts.reshaped(value, target_shape(value, call.config["target_shape"]))


def _permute(call: Call) -> Value:
    """Permute the axes; nodes are added only where the order matters."""
    value = call.value
    dims = [int(dim) - 1 for dim in call.config["dims"]]
    if sorted(dims) != list(range(len(value.shape))):
        raise UnsupportedModelError(f"dims {call.config['dims']} do not fit {value.shape}")
    if not value.is_plain and -1 in value.axes:
        value = call.layouts.plain(value)
    shape = tuple(value.shape[dim] for dim in dims)
    return value._replace(shape=shape, axes=tuple(dims.index(axis) for axis in value.axes))


def _repeat_vector(call: Call) -> Value:
    value = call.layouts.plain(call.value)
    with inside(call.builder, "row"):
        value = call.layouts.reshaped(value, (1, *value.shape))
    call.go(value)
    call.builder.add(Repeat(int(call.config["n"])), name="rows")
    return call.tip()


def _activation(call: Call) -> Value:
    return call.activated(call.value, call.config["activation"])


def _activation_layer(call: Call) -> Value:
    return call.through(call.value, ACTIVATION_LAYERS[call.kind](call.config))


def softmax(*, logarithm: bool) -> Entry:
    """Return the entry for a softmax or its logarithm."""

    def enter(call: Call) -> Value:
        axis = call.config.get("axis", -1)
        if not isinstance(axis, int):
            raise UnsupportedModelError(f"a softmax over several axes, {axis}, is not supported")
        return call.softmax(call.value, axis, logarithm=logarithm)

    return enter


def _dropout(call: Call) -> Value:
    rate = float(call.config["rate"])
    if call.config.get("noise_shape") is not None:
        raise UnsupportedModelError("dropout of whole channels (noise_shape) is not supported")
    if call.fixed or not rate:
        return call.value
    return call.made(Dropout(rate), call.value)


def _nothing(call: Call) -> Value:
    return call.value


def _only_in_training(call: Call) -> Value:
    if not call.fixed and RANDOM[call.kind](call.config):
        call.note("what it does in Keras's training is left out here")
    return call.value


def _has(key: str) -> Callable[[Config], bool]:
    return lambda config: bool(config.get(key))


def _always(config: Config) -> bool:
    return True


#: Layers that act only in training, with the condition.
_IN_TRAINING: dict[str, Callable[[Config], bool]] = {
    "AlphaDropout": _has("rate"),
    "GaussianDropout": _has("rate"),
    "GaussianNoise": _has("stddev"),
    "RandomContrast": _always,
    "RandomFlip": _always,
    "RandomRotation": _always,
    "RandomTranslation": _always,
    "RandomZoom": _always,
    "SpatialDropout1D": _has("rate"),
    "SpatialDropout2D": _has("rate"),
}


def _drops(config: Config) -> bool:
    return bool(config.get("dropout") or config.get("recurrent_dropout"))


def _inner_drops(config: Config) -> bool:
    inner = config["layer"]
    differs = RANDOM.get(inner["class_name"])
    return differs is not None and differs(inner["config"])


#: Layers that act differently in training, with the condition on their options.
RANDOM: dict[str, Callable[[Config], bool]] = {
    **_IN_TRAINING,
    "Attention": _has("dropout"),
    "BatchNormalization": lambda config: config.get("trainable") is not False,
    "Bidirectional": _inner_drops,
    "Dropout": _has("rate"),
    "GRU": _drops,
    "LSTM": _drops,
    "MultiHeadAttention": _has("dropout"),
    "SimpleRNN": _drops,
    "TimeDistributed": _inner_drops,
}

SHAPES: dict[str, Entry] = {
    **dict.fromkeys(ACTIVATION_LAYERS, _activation_layer),
    **dict.fromkeys(_IN_TRAINING, _only_in_training),
    "Activation": _activation,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Identity": _nothing,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "Reshape": _reshape,
    "Softmax": softmax(logarithm=False),
}
