"""Modules of PyTorch: a table, and its entries."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.torch_functions import (
    FUNCTIONS,
    add_adaptive_avg_pool2d,
    add_avg_pool2d,
    add_conv1d,
    add_conv2d,
    add_conv_transpose2d,
    add_elu,
    add_flatten,
    add_gelu,
    add_hardtanh,
    add_layer_norm,
    add_leaky_relu,
    add_linear,
    add_log_softmax,
    add_max_pool2d,
    add_nothing,
    add_pad,
    add_prelu,
    add_softmax,
    add_softplus,
    add_upsample,
    axis_of,
    numbers_of,
    ones_or,
    shared,
    zeros_or,
)
from nnviz.network import BatchNorm, Dropout, GroupNorm, Layer, RMSNorm

__all__ = ["FUNCTIONS", "MODULES"]


def _module_conv(convolve: Callable[..., None]) -> Callable[[Builder, Any], None]:
    """Return the entry for the module of a convolution."""

    def enter(builder: Builder, m: Any) -> None:
        if m.padding_mode != "zeros":
            raise UnsupportedModelError(
                f"padding_mode {m.padding_mode!r} is not supported; supported is 'zeros'"
            )
        convolve(builder, m.weight, m.bias, m.stride, m.padding, m.dilation, m.groups)

    return enter


def _module_conv_transpose2d(builder: Builder, m: Any) -> None:
    add_conv_transpose2d(
        builder, m.weight, m.bias, m.stride, m.padding, m.output_padding, m.groups, m.dilation
    )


def _add_norm(builder: Builder, m: Any, make: Callable[[], Layer], *tensors: Any) -> None:
    builder.add(shared(builder, f"module {id(m)}", make, *tensors))


def _module_group_norm(builder: Builder, m: Any, groups: int | None = None) -> None:
    if getattr(m, "track_running_stats", False):
        raise UnsupportedModelError("an instance norm with running statistics is not supported")
    n, count = (m.num_channels, m.num_groups) if groups is None else (groups, groups)
    scale, shift = ones_or(m.weight, n), zeros_or(m.bias, n)
    _add_norm(builder, m, lambda: GroupNorm(count, scale, shift, m.eps), m.weight, m.bias)


def _module_rms_norm(builder: Builder, m: Any) -> None:
    scale = ones_or(m.weight, m.normalized_shape)
    epsilon = np.finfo(np.float32).eps if m.eps is None else m.eps
    _add_norm(builder, m, lambda: RMSNorm(scale, float(epsilon)), m.weight)


def _module_batch_norm(builder: Builder, m: Any) -> None:
    if m.running_mean is None:
        raise UnsupportedModelError(
            "a batch normalisation without running statistics is not supported: it would depend on "
            "the other examples"
        )
    if m.momentum is None:
        raise UnsupportedModelError("a batch normalisation without momentum is not supported")
    scale, shift = ones_or(m.weight, m.num_features), zeros_or(m.bias, m.num_features)
    mean, variance = numbers_of(m.running_mean), numbers_of(m.running_var)
    _add_norm(
        builder,
        m,
        lambda: BatchNorm(scale, shift, mean, variance, m.eps, m.momentum),
        *(m.weight, m.bias, m.running_mean),
    )


def _unflatten(builder: Builder, dim: int, sizes: Any) -> None:
    axis, shape = axis_of(builder, dim), builder.known_shape()
    new = [int(n) for n in sizes]
    if -1 in new:
        new[new.index(-1)] = shape[axis] // -math.prod(new)
    builder.reshape((*shape[:axis], *new, *shape[axis + 1 :]))


def _activation(name: str) -> Callable[[Builder, Any], None]:
    """Return the entry for the module of an activation function without options."""
    return lambda builder, m: builder.activate(name.lower())


#: Modules of activation functions whose names in small letters are ours.
ACTIVATIONS = (
    *("Hardsigmoid", "Hardswish", "Mish", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softsign"),
    "Tanh",
)


MODULES: dict[str, Callable[[Builder, Any], Any]] = {
    **{name: _activation(name) for name in ACTIVATIONS},
    "AdaptiveAvgPool2d": lambda builder, m: add_adaptive_avg_pool2d(builder, m.output_size),
    "AvgPool2d": lambda builder, m: add_avg_pool2d(
        builder,
        m.kernel_size,
        m.stride,
        m.padding,
        m.ceil_mode,
        m.count_include_pad,
        m.divisor_override,
    ),
    "BatchNorm1d": _module_batch_norm,
    "BatchNorm2d": _module_batch_norm,
    "Conv1d": _module_conv(add_conv1d),
    "Conv2d": _module_conv(add_conv2d),
    "ConvTranspose2d": _module_conv_transpose2d,
    "Dropout": lambda builder, m: builder.add(Dropout(m.p)),
    "ELU": lambda builder, m: add_elu(builder, m.alpha),
    "Flatten": lambda builder, m: add_flatten(builder, m.start_dim, m.end_dim),
    "GroupNorm": _module_group_norm,
    "Hardtanh": lambda builder, m: add_hardtanh(builder, m.min_val, m.max_val),
    "InstanceNorm2d": lambda builder, m: _module_group_norm(builder, m, m.num_features),
    "LayerNorm": lambda builder, m: add_layer_norm(
        builder, m.normalized_shape, m.weight, m.bias, m.eps
    ),
    "PReLU": lambda builder, m: add_prelu(builder, m.weight),
    "RMSNorm": _module_rms_norm,
    "Unflatten": lambda builder, m: _unflatten(builder, m.dim, m.unflattened_size),
    "Upsample": lambda builder, m: add_upsample(
        builder, m.size, m.scale_factor, m.mode, m.align_corners
    ),
    "ZeroPad2d": lambda builder, m: add_pad(builder, m.padding),
    "ReflectionPad2d": lambda builder, m: add_pad(builder, m.padding, "reflect"),
    "GELU": lambda builder, m: add_gelu(builder, m.approximate),
    "Identity": add_nothing,
    "LeakyReLU": lambda builder, m: add_leaky_relu(builder, m.negative_slope),
    "Linear": lambda builder, m: add_linear(builder, m.weight, m.bias),
    "LogSoftmax": lambda builder, m: add_log_softmax(builder, m.dim),
    "MaxPool2d": lambda builder, m: add_max_pool2d(
        builder, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, m.return_indices
    ),
    "Softmax": lambda builder, m: add_softmax(builder, m.dim),
    "Softplus": lambda builder, m: add_softplus(builder, m.beta, m.threshold),
}
