"""Layers of Keras with weights or windows: dense, convolutions, poolings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nnviz.interop.attention_nodes import inside
from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_activations import elementwise
from nnviz.interop.keras_call import Array, Call, Entry
from nnviz.interop.keras_values import Value
from nnviz.network import (
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Layer,
    MaxPool2D,
    Pad,
    Repeat,
    Slice,
    Upsample,
)

__all__ = ["LAYERS"]

_CONVOLUTIONS: dict[int, type[Conv1D] | type[Conv2D]] = {1: Conv1D, 2: Conv2D}
_WORDS = {1: "sequences (steps, channels)", 2: "images (height, width, channels)"}


def _weighted(
    call: Call, value: Value, make: Callable[[Any], Layer], *options: Any, name: str = ""
) -> str:
    """Add a layer with the function that Keras's has at its end, where that can be its own."""
    function = elementwise(call.config.get("activation"), call.version)
    layer = call.shared(lambda: make(function or "identity"), *options)
    return call.builder.add(layer, value.name, name=name)


def _ended(call: Call, value: Value) -> Value:
    """Apply the function that Keras's layer has at its end, where that is a softmax."""
    spec = call.config.get("activation")
    return value if elementwise(spec, call.version) else call.activated(value, spec)


def _or_zeros(biases: Array | None, count: int) -> Array:
    return np.zeros(count) if biases is None else biases


# --- dense


def _dense(call: Call) -> Value:
    value = call.value
    kernel, biases = call.numbers("kernel", call.config["use_bias"] and "bias")
    assert kernel is not None
    if kernel.ndim != 2:
        raise UnsupportedModelError(f"its kernel has to have two axes; its shape is {kernel.shape}")
    if not value.image:
        value = call.layouts.plain(value)
    call.go(value)
    rows = value.shape[:-1]
    if len(rows) > 1:
        with inside(call.builder, "rows"):
            call.builder.reshape((math.prod(rows), value.shape[-1]))

    def make(activation: Any) -> Dense:
        return Dense(value.sorted(kernel.T), _or_zeros(biases, kernel.shape[1]), activation)

    name = "dense" if len(rows) > 1 else ""
    _weighted(call, call.tip(), make, value.image, name=name)
    if len(rows) > 1:
        with inside(call.builder, "out"):
            call.builder.reshape((*rows, kernel.shape[1]))
    return _ended(call, call.tip())


# --- convolutions


def _channels_first(call: Call, axes: int) -> Value:
    """Return the input of a layer along a number of axes, with its channels first."""
    call.expect("data_format", "channels_last")
    value = call.value
    if len(value.shape) != axes + 1:
        raise UnsupportedModelError(
            f"inputs of shape {value.shape} are not supported; supported are {_WORDS[axes]}"
        )
    value = call.layouts.first(value)
    call.go(value)
    return value


def _kernel(values: Array | None, axes: int) -> Array:
    """Return kernels (*window, n_in, n_out) as (n_out, n_in, *window)."""
    assert values is not None
    if values.ndim != axes + 2:
        count = {1: "three", 2: "four"}[axes]
        raise UnsupportedModelError(
            f"its kernel has to have {count} axes; its shape is {values.shape}"
        )
    return values.transpose(axes + 1, axes, *range(axes))


def _depthwise_kernel(values: Array | None, axes: int) -> Array:
    """Return kernels (*window, channels, multiplier) as (channels * multiplier, 1, *window)."""
    kernel = _kernel(values, axes)
    return kernel.swapaxes(0, 1).reshape(-1, 1, *kernel.shape[2:])


def _single(value: Any, axes: int) -> Any:
    """Return an option of a convolution as ours has it."""
    given = list(value) if isinstance(value, list | tuple) else [value] * axes
    if len(given) != axes:
        raise UnsupportedModelError(f"it needs {axes} numbers for its axes; got {value!r}")
    return given[0] if axes == 1 else given


def _options(call: Call, axes: int) -> dict[str, Any]:
    config = call.config
    dilation = _single(config.get("dilation_rate", 1), axes)
    padding = config["padding"]
    if padding == "causal" and axes == 1:
        (size,) = np.ravel(config["kernel_size"]).tolist()
        padding = ((size - 1) * dilation, 0)
    elif padding not in ("valid", "same"):
        raise UnsupportedModelError(f"padding {padding!r} is not supported")
    return {"stride": _single(config["strides"], axes), "padding": padding, "dilation": dilation}


def _conv(axes: int, *, depthwise: bool = False) -> Entry:
    kind = _CONVOLUTIONS[axes]
    kernel_of = _depthwise_kernel if depthwise else _kernel

    def enter(call: Call) -> Value:
        value = _channels_first(call, axes)
        found, biases = call.numbers("kernel", call.config["use_bias"] and "bias")
        kernel = kernel_of(found, axes)
        groups = value.shape[-1] if depthwise else call.config.get("groups", 1)
        options = _options(call, axes) | {"groups": groups}

        def make(activation: Any) -> Layer:
            return kind(kernel, _or_zeros(biases, len(kernel)), **options, activation=activation)

        _weighted(call, value, make)
        return _ended(call, call.first_tip())

    return enter


def _separable(axes: int) -> Entry:
    kind = _CONVOLUTIONS[axes]

    def enter(call: Call) -> Value:
        value = _channels_first(call, axes)
        first, second, biases = call.numbers(
            "depthwise_kernel", "pointwise_kernel", call.config["use_bias"] and "bias"
        )
        kernel, mixing = _depthwise_kernel(first, axes), _kernel(second, axes)
        options = _options(call, axes) | {"groups": value.shape[-1]}
        depthwise = call.shared(lambda: kind(kernel, np.zeros(len(kernel)), **options), "depthwise")
        call.builder.add(depthwise, name="depthwise")

        def make(activation: Any) -> Layer:
            return kind(mixing, _or_zeros(biases, len(mixing)), activation=activation)

        _weighted(call, call.first_tip(), make, "pointwise", name="pointwise")
        return _ended(call, call.first_tip())

    return enter


def _transposed(axes: int) -> Entry:
    """Return the entry for a transposed convolution; a sequence becomes an image of one row."""

    def enter(call: Call) -> Value:
        value = _channels_first(call, axes)
        found, biases = call.numbers("kernel", call.config["use_bias"] and "bias")
        kernel = _kernel(found, axes)  # Keras has (*window, n_out, n_in) here.
        sizes, config = kernel.shape[2:], call.config
        steps, between, extra = (
            np.broadcast_to(np.asarray(config.get(name), object), axes).tolist()
            for name in ("strides", "dilation_rate", "output_padding")
        )
        crops, margins = [], []
        for size, step, gap, more in zip(sizes, steps, between or [1] * axes, extra, strict=True):
            crop, margin = _cropped((size - 1) * (gap or 1) + 1, step, config["padding"], more)
            crops.append(crop)
            margins.append(margin)
        if axes == 1:
            kernel = kernel[:, :, np.newaxis]
            crops, margins, steps, between = (
                [(0, 0), *crops],
                [0, *margins],
                [1, *steps],
                [1, *between],
            )
            with inside(call.builder, "row"):
                call.builder.reshape((value.shape[-1], 1, value.shape[0]))

        def make(activation: Any) -> Layer:
            zeros = _or_zeros(biases, kernel.shape[1])
            dilation = [gap or 1 for gap in between]
            return ConvTranspose2D(
                kernel, zeros, steps, crops, margins, dilation, activation=activation
            )

        _weighted(call, call.first_tip(), make, name="" if axes == 2 else "conv")
        if axes == 1:
            channels, _, length = call.builder.known_shape()
            with inside(call.builder, "out"):
                call.builder.reshape((channels, length))
        return _ended(call, call.first_tip())

    return enter


def _cropped(reach: int, step: int, padding: Any, extra: Any) -> tuple[tuple[int, int], int]:
    """Return what a transposed convolution cuts off, before and after, and what it adds after.

    Without cutting, n steps of a kernel of length `reach` give (n - 1) step + reach.
    """
    if padding == "valid":
        after = -(max(step - reach, 0) if extra is None else int(extra))
        before = 0
    elif padding == "same":
        # In all, step + reach - 2 for an output of n step; otherwise as `output_padding` says.
        both = step + reach - 2 if extra is None else reach + reach % 2 - 2 + int(extra)
        left = min(both // 2 + both % 2, reach - 1)
        before, after = reach - 1 - left, reach - 1 - (both - left)
    else:
        raise UnsupportedModelError(f"padding {padding!r} is not supported")
    return (before, max(after, 0)), max(-after, 0)


# --- poolings


def _in_a_row(call: Call, value: Value, build: Callable[[], None]) -> Value:
    """Apply a layer for images to a sequence, as an image of one row."""
    steps, channels = value.shape
    with inside(call.builder, "row"):
        call.builder.reshape((channels, 1, steps))
    with inside(call.builder, "pool"):
        build()
    with inside(call.builder, "out"):
        call.builder.reshape((channels, call.builder.known_shape()[2]))
    return call.first_tip()


def _pooling(kind: type[MaxPool2D] | type[AveragePool2D], axes: int) -> Entry:
    def enter(call: Call) -> Value:
        value = _channels_first(call, axes)
        config = call.config
        size = _single(config["pool_size"], axes)
        stride = size if config["strides"] is None else _single(config["strides"], axes)
        if config["padding"] not in ("valid", "same"):
            raise UnsupportedModelError(f"padding {config['padding']!r} is not supported")
        if axes == 1:
            size, stride = (1, size), (1, stride)

        def build() -> None:
            call.builder.pool(kind, size, stride, config["padding"])

        if axes == 1:
            return _in_a_row(call, value, build)
        build()
        return call.first_tip()

    return enter


def _global_average(axes: int) -> Entry:
    def enter(call: Call) -> Value:
        value = _channels_first(call, axes)
        keeps = bool(call.config.get("keepdims"))
        call.builder.total(range(1, axes + 1), keep_axes=False, is_mean=True)
        if keeps:
            with inside(call.builder, "out"):
                call.builder.reshape((value.shape[-1], *((1,) * axes)))
        return call.first_tip() if keeps else call.tip()

    return enter


def _global_max(axes: int) -> Entry:
    def enter(call: Call) -> Value:
        value = _channels_first(call, axes)
        channels, sizes = value.shape[-1], value.shape[:-1]
        rows, columns = (1, *sizes)[-2:]
        with inside(call.builder, "row"):
            call.builder.reshape((channels, rows, columns))
        with inside(call.builder, "pool"):
            call.builder.pool(MaxPool2D, (rows, columns))
        keeps = bool(call.config.get("keepdims"))
        with inside(call.builder, "out"):
            call.builder.reshape((channels, *((1,) * axes if keeps else ())))
        return call.first_tip() if keeps else call.tip()

    return enter


# --- sizes


def _upsampling(call: Call) -> Value:
    _channels_first(call, 2)
    call.builder.add(Upsample(_single(call.config["size"], 2), call.config["interpolation"]))
    return call.first_tip()


def _upsampling1d(call: Call) -> Value:
    value = call.value
    if len(value.shape) != 2 or -1 in value.axes:
        value = call.layouts.plain(value)
    steps, channels = value.shape
    times = int(call.config["size"])
    made = call.made(Repeat(times, value.place(0)), value)
    return made._replace(shape=(steps * times, channels))


def _margins(call: Call, key: str, axes: int) -> list[tuple[int, int]]:
    given = call.config[key]
    pairs = [given] if np.ndim(given) == axes == 1 else np.broadcast_to(given, (axes, 2)).tolist()
    return [(int(before), int(after)) for before, after in pairs]


def _zero_padding(axes: int) -> Entry:
    def enter(call: Call) -> Value:
        _channels_first(call, axes)
        margins = _margins(call, "padding", axes)
        call.builder.add(Pad(margins if axes == 2 else margins[0]))
        return call.first_tip()

    return enter


def _cropping(axes: int) -> Entry:
    def enter(call: Call) -> Value:
        value = _channels_first(call, axes)
        for axis, (before, after) in enumerate(_margins(call, "cropping", axes)):
            if before or after:
                call.builder.add(Slice(before, value.shape[axis] - after, axis=axis + 1))
        return call.first_tip()

    return enter


LAYERS: dict[str, Entry] = {
    "AveragePooling1D": _pooling(AveragePool2D, 1),
    "AveragePooling2D": _pooling(AveragePool2D, 2),
    "Conv1D": _conv(1),
    "Conv1DTranspose": _transposed(1),
    "Conv2D": _conv(2),
    "Conv2DTranspose": _transposed(2),
    "Cropping1D": _cropping(1),
    "Cropping2D": _cropping(2),
    "Dense": _dense,
    "DepthwiseConv1D": _conv(1, depthwise=True),
    "DepthwiseConv2D": _conv(2, depthwise=True),
    "GlobalAveragePooling1D": _global_average(1),
    "GlobalAveragePooling2D": _global_average(2),
    "GlobalMaxPooling1D": _global_max(1),
    "GlobalMaxPooling2D": _global_max(2),
    "MaxPooling1D": _pooling(MaxPool2D, 1),
    "MaxPooling2D": _pooling(MaxPool2D, 2),
    "SeparableConv1D": _separable(1),
    "SeparableConv2D": _separable(2),
    "UpSampling1D": _upsampling1d,
    "UpSampling2D": _upsampling,
    "ZeroPadding1D": _zero_padding(1),
    "ZeroPadding2D": _zero_padding(2),
}
