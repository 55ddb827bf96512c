"""Layers of Keras that scale and shift: norms and standardisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.constant_arithmetic import divide, scale, shift
from nnviz.interop.keras_call import Array, Call, Entry
from nnviz.interop.keras_values import Value
from nnviz.network import (
    BatchNorm,
    GroupNorm,
    LayerNorm,
    PReLU,
    RMSNorm,
    Scale,
    Standardise,
)

__all__ = ["NORMS"]

#: Smallest number that Keras divides by, if a variance is 0.
_LEAST_DEVIATION = 1e-7


def _check_memory(call: Call, count: int) -> None:
    """Raise an error if the parameters of a norm, and their copies, exceed the memory."""
    call.builder.budget.check_memory(64 * count, "its numbers")


def _axes(value: Value, axes: Any) -> list[int]:
    """Return which axes of one example an option means: a number or several."""
    return sorted(value.axis(int(axis)) for axis in np.ravel(axes))


def _with_first(call: Call, value: Value, axis: int) -> Value:
    """Return a value whose axis `axis` is the network's first, and go to it."""
    others = [other for other in range(len(value.shape)) if other != axis]
    if not (value.image and len(value.shape) == 1):
        value = call.layouts.arranged(value, (axis, *others))
    call.go(value)
    return value


def _batch_norm(call: Call) -> Value:
    config = call.config
    axes = _axes(call.value, config["axis"])
    if len(axes) != 1 or config.get("renorm"):
        raise UnsupportedModelError(
            f"axis {config['axis']} is not supported; supported is one axis"
        )
    value = _with_first(call, call.value, axes[0])
    gamma, beta, mean, variance = call.numbers(
        config["scale"] and "gamma",
        config["center"] and "beta",
        "moving_mean",
        "moving_variance",
    )
    assert mean is not None
    assert variance is not None
    gamma = value.sorted(np.ones_like(mean) if gamma is None else gamma)
    beta = value.sorted(np.zeros_like(mean) if beta is None else beta)
    mean, variance = value.sorted(mean), value.sorted(variance)
    epsilon = config["epsilon"]
    if call.fixed or call.frozen:
        # It has its running statistics in training as well.
        value = call.made(Standardise(mean, np.sqrt(variance + epsilon)), value, "standardised")
        return call.made(call.shared(lambda: Scale(gamma, beta), value.image), value, "scaled")
    layer = call.shared(
        lambda: BatchNorm(
            gamma, beta, mean, variance, epsilon, 1.0 - config["momentum"], unbiased=False
        ),
        value.image,
    )
    return call.made(layer, value)


def _layer_norm(call: Call) -> Value:
    config = call.config
    if config.get("rms_scaling"):
        raise UnsupportedModelError("rms_scaling is not supported; supported is RMSNormalization")
    value, sizes = _with_last(call, config["axis"])
    _check_memory(call, math.prod(sizes))
    gamma, beta = call.numbers(config["scale"] and "gamma", config["center"] and "beta")
    gamma = value.sorted(np.ones(sizes) if gamma is None else gamma)
    beta = value.sorted(np.zeros(sizes) if beta is None else beta)
    layer = call.shared(lambda: LayerNorm(gamma, beta, config["epsilon"]), value.image)
    return call.made(layer, value)


def _rms_norm(call: Call) -> Value:
    value, _ = _with_last(call, call.config["axis"])
    (factors,) = call.numbers("scale")
    assert factors is not None
    layer = call.shared(lambda: RMSNorm(value.sorted(factors), call.config["epsilon"]), value.image)
    return call.made(layer, value)


def _with_last(call: Call, option: Any) -> tuple[Value, Sequence[int]]:
    """Return a value whose axes to normalise over are the network's last, and their sizes."""
    value = call.value
    axes = _axes(value, option)
    others = [axis for axis in range(len(value.shape)) if axis not in axes]
    if not value.image:
        value = call.layouts.arranged(value, (*others, *axes))
    call.go(value)
    return value, [value.shape[axis] for axis in axes]


def _group_norm(call: Call) -> Value:
    config = call.config
    (axis,) = _axes(call.value, config["axis"])
    plain = call.layouts.plain(call.value) if call.value.image else call.value
    value = _with_first(call, plain, axis)
    count = value.shape[axis]
    _check_memory(call, count)
    groups = count if config["groups"] == -1 else int(config["groups"])
    gamma, beta = call.numbers(config["scale"] and "gamma", config["center"] and "beta")
    gamma = np.ones(count) if gamma is None else gamma
    beta = np.zeros(count) if beta is None else beta
    layer = call.shared(lambda: GroupNorm(groups, gamma, beta, config["epsilon"]))
    return call.made(layer, value)


def _normalization(call: Call) -> Value:
    """Standardise by constants, as `adapt` has found them or as they were given."""
    config = call.config
    if config.get("invert"):
        raise UnsupportedModelError("a Normalization with invert=True is not supported")
    if config.get("mean") is not None:
        mean, variance = (np.asarray(config[key], np.float64) for key in ("mean", "variance"))
    else:
        found = call.numbers("mean", "variance", "count")
        assert found[0] is not None
        assert found[1] is not None
        mean, variance = found[0], found[1]
    value = call.value
    axes = [] if config["axis"] is None else _axes(value, config["axis"])
    sizes = [n if axis in axes else 1 for axis, n in enumerate(value.shape)]
    _check_memory(call, math.prod(sizes))
    deviation = np.maximum(np.sqrt(variance), _LEAST_DEVIATION)
    mean, deviation = (
        np.broadcast_to(one, [value.shape[axis] for axis in axes]) if one.ndim <= len(axes) else one
        for one in (np.squeeze(mean), np.squeeze(deviation))
    )
    if len(axes) == 1:
        value = _with_first(call, value, axes[0])
        return call.made(Standardise(value.sorted(mean), value.sorted(deviation)), value)
    if not axes:
        return call.made(Standardise(mean.reshape(1), deviation.reshape(1)), value)
    value = call.layouts.plain(value)
    call.go(value)
    shift(call.builder, -mean.reshape(sizes))
    divide(call.builder, deviation.reshape(sizes))
    return value._replace(name=call.builder.tip)


def _rescaling(call: Call) -> Value:
    value = call.value
    factor, offset = (np.asarray(call.config[name], np.float64) for name in ("scale", "offset"))
    if factor.ndim > 1 or offset.ndim > 1:
        raise UnsupportedModelError(
            "its scale and offset have to be one number, or one number for each channel"
        )
    if factor.ndim or offset.ndim:
        _check_memory(call, value.shape[-1])
        factor, offset = (np.broadcast_to(one, value.shape[-1:]) for one in (factor, offset))
        value = _with_first(call, value, len(value.shape) - 1)
        factor, offset = value.sorted(factor), value.sorted(offset)
    else:
        factor, offset = factor.reshape(1), offset.reshape(1)
    if (factor > 0).all():
        return call.made(Standardise(-offset / factor, 1.0 / factor), value)
    call.go(value)
    for change, numbers in ((scale, factor), (shift, offset)):
        by_channel = numbers.reshape(-1, *(1,) * (len(value.axes) - 1))
        change(call.builder, by_channel if numbers.size > 1 else numbers)
    return value._replace(name=call.builder.tip)


def _prelu(call: Call) -> Value:
    value = call.value
    (slopes,) = call.numbers("alpha")
    assert slopes is not None
    if slopes.size == 1:
        single: Array = slopes.reshape(1)
        return call.made(call.shared(lambda: PReLU(single), ()), value)
    if slopes.size != value.shape[-1] or math.prod(slopes.shape[:-1]) != 1:
        raise UnsupportedModelError(
            f"slopes of shape {slopes.shape} are not supported; supported are one for all numbers "
            "and one for each channel (shared_axes has all other axes)"
        )
    value = _with_first(call, value, len(value.shape) - 1)
    layer = call.shared(lambda: PReLU(value.sorted(slopes.ravel())), value.image)
    return call.made(layer, value)


NORMS: dict[str, Entry] = {
    "BatchNormalization": _batch_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "Normalization": _normalization,
    "PReLU": _prelu,
    "RMSNormalization": _rms_norm,
    "Rescaling": _rescaling,
}
