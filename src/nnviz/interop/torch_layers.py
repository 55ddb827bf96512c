"""What modules and functions of PyTorch become: two tables, and the entries in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.chain import Chain, UnsupportedModelError
from nnviz.network import AveragePool2D, BatchNorm, Dropout, MaxPool2D, elu, leaky_relu

__all__ = ["BATCH", "FUNCTIONS", "MODULES"]


class _Batch:
    """Stands for the number of examples, where forward asks for sizes."""


BATCH = _Batch()


# --- functions, by their arguments in torch

Padding = str | int | Sequence[int]


def _numbers(tensor: Any) -> npt.NDArray[np.float64] | None:
    if tensor is None:
        return None
    values: npt.NDArray[np.float64] = tensor.detach().numpy()
    return values


def _plain(name: str) -> Callable[..., None]:
    """Make the entry of an activation function without options."""

    def activate(chain: Chain, inplace: bool = False) -> None:
        chain.activate(name)

    return activate


def _leaky_relu(chain: Chain, negative_slope: float = 0.01, inplace: bool = False) -> None:
    chain.activate(leaky_relu(negative_slope))


def _elu(chain: Chain, alpha: float = 1.0, inplace: bool = False) -> None:
    chain.activate(elu(alpha))


def _gelu(chain: Chain, approximate: str = "none") -> None:
    names = {"none": "gelu", "tanh": "gelu-tanh"}
    chain.activate(names[approximate])


def _softplus(chain: Chain, beta: float = 1.0, threshold: float = 20.0) -> None:
    if beta != 1 or threshold < 20:
        raise UnsupportedModelError(
            f"softplus is taken with beta 1 and threshold 20, not {beta} and {threshold}"
        )
    chain.activate("softplus")


def _check_dim(chain: Chain, dim: int | None) -> None:
    if dim not in (None, 1, -1):
        raise UnsupportedModelError(f"a softmax is taken over the outputs, dim 1, not dim {dim}")


def _softmax(chain: Chain, dim: int | None = None, dtype: Any = None) -> None:
    _check_dim(chain, dim)
    chain.activate("softmax")


def _log_softmax(chain: Chain, dim: int | None = None, dtype: Any = None) -> None:
    _check_dim(chain, dim)
    chain.log_softmax()


def _dropout(chain: Chain, p: float = 0.5, training: bool = True, inplace: bool = False) -> None:
    if training:
        raise UnsupportedModelError(
            "this dropout is at work even after eval(): give it training=self.training"
        )
    chain.add(Dropout(p))


def _flatten(chain: Chain, start_dim: int = 0, end_dim: int = -1) -> None:
    axes = 2 if chain.shape is None else len(chain.shape) + 1
    last = axes - 1
    if start_dim % axes != 1 or (end_dim != -1 and end_dim % axes != last):
        raise UnsupportedModelError(
            f"flatten is taken from dim 1 to the last, not from {start_dim} to {end_dim}"
        )
    chain.flatten()


def _reshape(chain: Chain, *target: Any, shape: Any = None, size: Any = None) -> None:
    sizes = shape or size or (target[0] if len(target) == 1 else target)
    chain.flatten_to([-1 if n is BATCH else n for n in sizes])


def _mean(chain: Chain, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> None:
    axes = dim if isinstance(dim, list | tuple) else (dim,)
    if None in axes or len(chain.known_shape()) != 3 or {a % 4 for a in axes} != {2, 3}:
        raise UnsupportedModelError("a mean is taken of the whole image: dims 2 and 3")
    chain.global_average()


def _linear(chain: Chain, weight: Any, bias: Any = None) -> None:
    chain.dense(weight.detach().numpy(), _numbers(bias))


def _conv2d(
    chain: Chain,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Padding = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> None:
    chain.conv(
        weight.detach().numpy(),
        _numbers(bias),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


def _max_pool2d(
    chain: Chain,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> None:
    if return_indices:
        raise UnsupportedModelError("a max pooling with return_indices has two outputs")
    chain.pool(MaxPool2D, kernel_size, stride or None, padding, dilation, ceil_mode)


def _avg_pool2d(
    chain: Chain,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> None:
    if divisor_override:
        raise UnsupportedModelError("an average pooling with divisor_override is not taken")
    chain.pool(
        AveragePool2D,
        kernel_size,
        stride or None,
        padding,
        ceil_mode=ceil_mode,
        count_padding=bool(count_include_pad),
    )


def _adaptive_avg_pool2d(chain: Chain, output_size: Any) -> None:
    shape = chain.known_shape()
    sizes = output_size if isinstance(output_size, Sequence) else (output_size, output_size)
    counts = [n if size is None else size for n, size in zip(shape[1:], sizes, strict=True)]
    if counts == [1, 1]:
        chain.global_average()
    elif any(n % count for n, count in zip(shape[1:], counts, strict=True)):
        raise UnsupportedModelError(
            f"an adaptive pooling of {shape} to {tuple(counts)} has windows of several sizes"
        )
    else:
        chain.pool(AveragePool2D, [n // k for n, k in zip(shape[1:], counts, strict=True)])


def _same(chain: Chain, *_: Any) -> None:
    """Do nothing, as an identity does."""


#: By their names in torch.nn.functional, in torch, and as methods of tensors: wherever there are.
FUNCTIONS: dict[str, Callable[..., None]] = {
    "adaptive_avg_pool2d": _adaptive_avg_pool2d,
    "avg_pool2d": _avg_pool2d,
    "contiguous": _same,
    "conv2d": _conv2d,
    "dropout": _dropout,
    "elu": _elu,
    "flatten": _flatten,
    "gelu": _gelu,
    "leaky_relu": _leaky_relu,
    "linear": _linear,
    "log_softmax": _log_softmax,
    "max_pool2d": _max_pool2d,
    "mean": _mean,
    "relu": _plain("relu"),
    "relu_": _plain("relu"),
    "reshape": _reshape,
    "sigmoid": _plain("sigmoid"),
    "sigmoid_": _plain("sigmoid"),
    "silu": _plain("silu"),
    "softmax": _softmax,
    "softplus": _softplus,
    "tanh": _plain("tanh"),
    "tanh_": _plain("tanh"),
    "view": _reshape,
}


# --- modules


def _module_conv2d(chain: Chain, m: Any) -> None:
    if m.padding_mode != "zeros":
        raise UnsupportedModelError(f"padding_mode {m.padding_mode!r} is not taken, zeros are")
    _conv2d(chain, m.weight, m.bias, m.stride, m.padding, m.dilation, m.groups)


def _module_batch_norm(chain: Chain, m: Any) -> None:
    if m.running_mean is None:
        raise UnsupportedModelError(
            "a batch normalisation without running statistics depends on the other examples"
        )
    scale, shift = (
        (np.ones(m.num_features), np.zeros(m.num_features))
        if m.weight is None
        else (_numbers(m.weight), _numbers(m.bias))
    )
    if m.momentum is None:
        raise UnsupportedModelError("a batch normalisation without momentum is not taken")
    chain.add(
        BatchNorm(
            scale if scale is not None else (),
            shift if shift is not None else np.zeros(m.num_features),
            _numbers(m.running_mean),
            _numbers(m.running_var),
            m.eps,
            m.momentum,
        )
    )


def _module_flatten(chain: Chain, m: Any) -> None:
    _flatten(chain, m.start_dim, m.end_dim)


MODULES: dict[str, Callable[[Chain, Any], None]] = {
    "AdaptiveAvgPool2d": lambda chain, m: _adaptive_avg_pool2d(chain, m.output_size),
    "AvgPool2d": lambda chain, m: _avg_pool2d(
        chain,
        m.kernel_size,
        m.stride,
        m.padding,
        m.ceil_mode,
        m.count_include_pad,
        m.divisor_override,
    ),
    "BatchNorm1d": _module_batch_norm,
    "BatchNorm2d": _module_batch_norm,
    "Conv2d": _module_conv2d,
    "Dropout": lambda chain, m: chain.add(Dropout(m.p)),
    "ELU": lambda chain, m: _elu(chain, m.alpha),
    "Flatten": _module_flatten,
    "GELU": lambda chain, m: _gelu(chain, m.approximate),
    "Identity": _same,
    "LeakyReLU": lambda chain, m: _leaky_relu(chain, m.negative_slope),
    "Linear": lambda chain, m: _linear(chain, m.weight, m.bias),
    "LogSoftmax": lambda chain, m: _log_softmax(chain, m.dim),
    "MaxPool2d": lambda chain, m: _max_pool2d(
        chain, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, m.return_indices
    ),
    "ReLU": lambda chain, m: chain.activate("relu"),
    "SiLU": lambda chain, m: chain.activate("silu"),
    "Sigmoid": lambda chain, m: chain.activate("sigmoid"),
    "Softmax": lambda chain, m: _softmax(chain, m.dim),
    "Softplus": lambda chain, m: _softplus(chain, m.beta, m.threshold),
    "Tanh": lambda chain, m: chain.activate("tanh"),
}
