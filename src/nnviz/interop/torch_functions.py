"""Functions of PyTorch with one input: a table, and its entries."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.network import (
    AdaptiveAveragePool2D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    MaxPool2D,
    Pad,
    PReLU,
    Upsample,
    clamp,
    elu,
    leaky_relu,
    softplus,
)

__all__ = ["BATCH", "FUNCTIONS", "Both", "axis_of", "shared", "total"]

Made = TypeVar("Made")


class _Batch:
    """Stands for the number of examples, where forward asks for sizes."""

    def __repr__(self) -> str:
        return "the number of examples"


BATCH = _Batch()


class Both(NamedTuple):
    """An argument that is one thing when the module is used, and another in training."""

    used: Any
    training: Any


def axis_of(builder: Builder, dim: int) -> int:
    """Return which axis of one example a dimension of the tip is, counted from 0."""
    axes = 2 if builder.shape is None else len(builder.shape) + 1
    if not -axes <= dim < axes:
        raise UnsupportedModelError(f"there is no dim {dim}: the value has {axes} dims")
    place = dim % axes
    if place == builder.batch:
        raise UnsupportedModelError(
            f"it must not run over the examples, which a network computes one by one: not dim {dim}"
        )
    return place - (place > builder.batch)


def shared(builder: Builder, kind: str, make: Callable[[], Made], *tensors: Any) -> Made:
    """Return the object of a kind with some parameters: the same one wherever they are used."""
    key = tuple(id(tensor) for tensor in tensors if tensor is not None)
    return builder.shared((kind, *key), key, make)


# --- functions, by their arguments in torch

Array = npt.NDArray[np.float64]
Padding = str | int | Sequence[int]


def numbers_of(tensor: Any) -> Array:
    """Return what a tensor holds."""
    values: Array = tensor.detach().numpy()
    return values


def zeros_or(tensor: Any, shape: int | Sequence[int]) -> Array:
    """Return what a tensor that a module may have holds; zeros if it has none."""
    return np.zeros(shape) if tensor is None else numbers_of(tensor)


def ones_or(tensor: Any, shape: int | Sequence[int]) -> Array:
    """Return what a tensor that a module may have holds; ones if it has none."""
    return np.ones(shape) if tensor is None else numbers_of(tensor)


#: Activation functions without options whose names are torch's and ours.
ACTIVATIONS = (
    *("exp", "hardsigmoid", "hardswish", "mish", "relu", "relu6", "selu", "sigmoid", "silu"),
    *("sin", "softsign", "tanh"),
)


def activation_entry(name: str) -> Callable[..., None]:
    """Return the entry for an activation function without options."""

    def activate(builder: Builder, inplace: bool = False) -> None:
        builder.activate(name)

    return activate


def add_leaky_relu(builder: Builder, negative_slope: float = 0.01, inplace: bool = False) -> None:
    builder.activate(leaky_relu(negative_slope))


def add_elu(builder: Builder, alpha: float = 1.0, inplace: bool = False) -> None:
    builder.activate(elu(alpha))


def add_gelu(builder: Builder, approximate: str = "none") -> None:
    names = {"none": "gelu", "tanh": "gelu-tanh"}
    builder.activate(names[approximate])


def add_softplus(builder: Builder, beta: float = 1.0, threshold: float = 20.0) -> None:
    if threshold < 20:
        raise UnsupportedModelError(
            f"softplus with threshold {threshold} is not supported; supported are 20 and more"
        )
    builder.activate(softplus(float(beta)))


def add_hardtanh(
    builder: Builder, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> None:
    builder.activate(clamp(float(min_val), float(max_val)))


def add_clamp(builder: Builder, min: Any = None, max: Any = None) -> None:
    low, high = (-np.inf if min is None else min), (np.inf if max is None else max)
    builder.activate("relu" if (low, high) == (0, np.inf) else clamp(float(low), float(high)))


def add_prelu(builder: Builder, weight: Any) -> None:
    builder.add(shared(builder, "prelu", lambda: PReLU(numbers_of(weight)), weight))


def _softmax_axis(builder: Builder, dim: int | None) -> int:
    """Return the axis of one example, counted from the end."""
    axes = 2 if builder.shape is None else len(builder.shape) + 1
    if dim is None:  # As torch guesses it.
        dim = 0 if axes in (1, 3) else 1
    return axis_of(builder, dim) - (axes - 1)


def add_softmax(builder: Builder, dim: int | None = None, dtype: Any = None) -> None:
    builder.softmax(_softmax_axis(builder, dim))


def add_log_softmax(builder: Builder, dim: int | None = None, dtype: Any = None) -> None:
    builder.log_softmax(_softmax_axis(builder, dim))


def add_dropout(
    builder: Builder, p: float = 0.5, training: Any = True, inplace: bool = False
) -> None:
    used, trained = training if isinstance(training, Both) else (training, training)
    if used:
        raise UnsupportedModelError(
            "this dropout stays active after eval(): give it training=self.training"
        )
    if trained:
        builder.add(Dropout(p))


def add_flatten(builder: Builder, start_dim: int = 0, end_dim: int = -1) -> None:
    axes = 2 if builder.shape is None else len(builder.shape) + 1
    first, last = start_dim % axes, end_dim % axes
    if builder.batch or first == 0:
        raise UnsupportedModelError(
            f"flatten from {start_dim} to {end_dim} is not supported: it must leave the examples "
            "apart, as from dim 1 to the last"
        )
    if (first, last) == (1, axes - 1):
        builder.flatten()
    else:
        shape = builder.known_shape()
        builder.reshape((*shape[: first - 1], math.prod(shape[first - 1 : last]), *shape[last:]))


def add_reshape(builder: Builder, *target: Any, shape: Any = None, size: Any = None) -> None:
    given = shape or size or (target[0] if len(target) == 1 else target)
    sizes = tuple(given) if isinstance(given, list | tuple) else (given,)
    if builder.batch:
        raise UnsupportedModelError("a view where the examples do not come first is not supported")
    if builder.shape is None and len(sizes) == 2:
        builder.flatten()
        return
    known = builder.known_shape()
    count = math.prod(known)
    if sizes == (-1,) and count == 1:
        builder.view(())
        return
    if any(not isinstance(n, int) for n in sizes[1:]):
        raise UnsupportedModelError(f"a view to {sizes} mixes examples, which is not supported")
    wanted = math.prod(n for n in sizes[1:] if n != -1)
    if sizes[0] is BATCH and -1 in sizes[1:] and wanted and not count % wanted:
        sizes = (BATCH, *(count // wanted if n == -1 else n for n in sizes[1:]))
        wanted = count
    if isinstance(sizes[0], int) and sizes[0] != -1:
        raise UnsupportedModelError(
            f"a view to {sizes} works for {sizes[0]} examples only: write x.view(x.size(0), ...) "
            "or torch.flatten(x, 1)"
        )
    if wanted != count or len(sizes) < 2 or -1 in sizes[1:]:
        raise UnsupportedModelError(
            f"a view of {known} to {sizes} mixes examples, which is not supported: one example "
            f"has {count} numbers"
        )
    builder.reshape(sizes[1:])


def add_mean(builder: Builder, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> None:
    total(builder, dim, keepdim, is_mean=True)


def add_sum(builder: Builder, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> None:
    total(builder, dim, keepdim, is_mean=False)


def total(builder: Builder, dim: Any, keepdim: bool, *, is_mean: bool) -> None:
    """Add the mean or the sum over some axes."""
    if dim is None:
        raise UnsupportedModelError("a mean of all must leave the examples apart: give it a dim")
    dims = dim if isinstance(dim, list | tuple) else (dim,)
    axes = sorted({axis_of(builder, one) for one in dims})
    before = sum(axis < builder.batch for axis in axes)
    builder.total(axes, keep_axes=keepdim, is_mean=is_mean)
    if not keepdim:
        builder.batch -= before


def add_linear(builder: Builder, weight: Any, bias: Any = None) -> None:
    shape = builder.shape
    if bias is None and (table := builder.made(("embedding", id(weight)))) is not None:
        if shape is None or len(shape) != 2:
            raise UnsupportedModelError(
                "a product with the weights of an embedding is supported for sequences only"
            )
        builder.add(table)
        return
    rows = weight.shape[:1]
    layer = shared(
        builder, "dense", lambda: Dense(numbers_of(weight), zeros_or(bias, rows)), weight, bias
    )
    if shape is not None and len(shape) == 3 and shape[-1:] == layer.weights.shape[1:]:
        builder.reshape((shape[0] * shape[1], shape[2]))
        builder.add(layer)
        builder.reshape((*shape[:2], *rows))
    else:
        builder.add(layer)


def _conv(kind: type[Conv1D] | type[Conv2D]) -> Callable[..., None]:
    """Return the entry for a convolution."""

    def convolve(
        builder: Builder,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Padding = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> None:
        first = kind is Conv1D

        def single(value: Any) -> Any:
            return value[0] if first and isinstance(value, list | tuple) else value

        pads: Any = padding if isinstance(padding, str) else single(padding)
        options = {
            "stride": single(stride),
            "padding": (pads, pads) if first and not isinstance(pads, str) else pads,
            "dilation": single(dilation),
            "groups": groups,
        }

        def make() -> Layer:
            return kind(numbers_of(weight), zeros_or(bias, weight.shape[:1]), **options)

        builder.add(shared(builder, f"{kind.kind} {options}", make, weight, bias))

    return convolve


add_conv1d, add_conv2d = _conv(Conv1D), _conv(Conv2D)


def add_conv_transpose2d(
    builder: Builder,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> None:
    options = (stride, padding, output_padding, dilation, groups)

    def make() -> ConvTranspose2D:
        biases = zeros_or(bias, weight.shape[1] * groups)
        return ConvTranspose2D(numbers_of(weight), biases, *options)

    builder.add(shared(builder, f"transposed {options}", make, weight, bias))


def add_layer_norm(
    builder: Builder, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> None:
    shape = tuple(normalized_shape)

    def make() -> LayerNorm:
        return LayerNorm(ones_or(weight, shape), zeros_or(bias, shape), eps)

    has_parameters = weight is not None or bias is not None
    builder.add(shared(builder, "layer norm", make, weight, bias) if has_parameters else make())


def add_upsample(
    builder: Builder,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> None:
    shape = builder.known_shape()
    factors = scale_factor
    if size is not None:
        sizes = size if isinstance(size, list | tuple) else (size,) * (len(shape) - 1)
        factors = tuple(n / m for n, m in zip(sizes, shape[1:], strict=True))
    pair = factors if isinstance(factors, list | tuple) else (factors,) * (len(shape) - 1)
    if align_corners or antialias or any(factor != int(factor) for factor in pair):
        raise UnsupportedModelError(
            "this upsampling is not supported; supported are integer factors without align_corners "
            "and antialias"
        )
    builder.add(Upsample([int(factor) for factor in pair], mode))


def add_pad(builder: Builder, pad: Any, mode: str = "constant", value: float | None = None) -> None:
    shape, pads = builder.known_shape(), list(pad)
    if len(pads) == 2 and len(shape) == 3:
        pads = [*pads, 0, 0]
    if len(pads) != 2 * (len(shape) - 1):
        raise UnsupportedModelError(f"padding of {shape} by {tuple(pad)} is not supported")
    pairs = list(zip(pads[::2], pads[1::2], strict=True))[::-1]
    builder.add(Pad(pairs if len(shape) == 3 else pairs[0], mode, float(value or 0.0)))


def add_max_pool2d(
    builder: Builder,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> None:
    if return_indices:
        raise UnsupportedModelError("a max pooling with return_indices is not supported")
    builder.pool(MaxPool2D, kernel_size, stride or None, padding, dilation, ceil_mode)


def add_avg_pool2d(
    builder: Builder,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> None:
    if divisor_override:
        raise UnsupportedModelError("an average pooling with divisor_override is not supported")
    builder.pool(
        AveragePool2D,
        kernel_size,
        stride or None,
        padding,
        ceil_mode=ceil_mode,
        count_padding=bool(count_include_pad),
    )


def add_adaptive_avg_pool2d(builder: Builder, output_size: Any) -> None:
    shape = builder.known_shape()
    sizes = output_size if isinstance(output_size, Sequence) else (output_size, output_size)
    counts = [n if size is None else size for n, size in zip(shape[1:], sizes, strict=True)]
    if counts == [1, 1]:
        builder.global_average(keep_axes=True)
    elif any(n % count for n, count in zip(shape[1:], counts, strict=True)):
        builder.add(AdaptiveAveragePool2D(counts))
    else:
        builder.pool(AveragePool2D, [n // k for n, k in zip(shape[1:], counts, strict=True)])


def add_nothing(builder: Builder, *_: Any) -> None:
    """Do nothing, as an identity does."""


#: By their names in torch.nn.functional, in torch, and as methods of tensors: wherever there are.
FUNCTIONS: dict[str, Callable[..., None]] = {
    **{name: activation_entry(name) for name in ACTIVATIONS},
    "adaptive_avg_pool2d": add_adaptive_avg_pool2d,
    "clamp": add_clamp,
    "clip": add_clamp,
    "conv1d": add_conv1d,
    "conv_transpose2d": add_conv_transpose2d,
    "hardtanh": add_hardtanh,
    "interpolate": add_upsample,
    "layer_norm": add_layer_norm,
    "pad": add_pad,
    "prelu": add_prelu,
    "sum": add_sum,
    "avg_pool2d": add_avg_pool2d,
    "contiguous": add_nothing,
    "conv2d": add_conv2d,
    "dropout": add_dropout,
    "elu": add_elu,
    "flatten": add_flatten,
    "gelu": add_gelu,
    "leaky_relu": add_leaky_relu,
    "linear": add_linear,
    "log_softmax": add_log_softmax,
    "max_pool2d": add_max_pool2d,
    "mean": add_mean,
    "relu_": activation_entry("relu"),
    "reshape": add_reshape,
    "sigmoid_": activation_entry("sigmoid"),
    "softmax": add_softmax,
    "softplus": add_softplus,
    "tanh_": activation_entry("tanh"),
    "view": add_reshape,
}
