"""Activation functions: each a pair of functions, looked up by name in `ACTIVATIONS`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import look_up
from nnviz.network._families import With, family_name, numbers_in
from nnviz.network._pointwise import (
    _clamp,
    _clamp_pullback,
    _elu,
    _elu_pullback,
    _exp,
    _exp_pullback,
    _gelu,
    _gelu_pullback,
    _gelu_tanh,
    _gelu_tanh_pullback,
    _hardsigmoid,
    _hardsigmoid_pullback,
    _hardswish,
    _hardswish_pullback,
    _identity,
    _identity_pullback,
    _leaky_relu,
    _leaky_relu_pullback,
    _mish,
    _mish_pullback,
    _relu,
    _relu_pullback,
    _selu,
    _selu_pullback,
    _sigmoid,
    _sigmoid_pullback,
    _silu,
    _silu_pullback,
    _sin,
    _sin_pullback,
    _softmax_pullback,
    _softplus,
    _softplus_pullback,
    _softsign,
    _softsign_pullback,
    _tanh,
    _tanh_pullback,
)
from nnviz.network._types import FloatArray, NetworkError

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "clamp",
    "elu",
    "get_activation",
    "leaky_relu",
    "sigmoid",
    "sigmoid_inverse",
    "softmax",
    "softmax_along",
    "softplus",
]


@dataclass(frozen=True)
class Activation:
    """An activation function and its pullback.

    Both take whole batches, shape (batch, ...), and give the same shape.

    Attributes
    ----------
    name
        Key in `ACTIVATIONS`, and what a saved network stores.
    function
        Weighted inputs z to activations a.
    pullback
        ``pullback(z, a, dC_da) -> dC_dz``: the transposed Jacobian of `function` at z, applied
        to a gradient. For an element-wise function that is ``function'(z) * dC_da``.
    axis
        Axis that the function mixes, counted from the end, as softmax's is; None where it takes
        every number on its own.
    low, high
        Between which values a lies: what a picture of it has to have room for.
    marks_classes
        Whether several outputs of it are marks for classes, as a sigmoid's are.
    derivative
        Name of its derivative, in TeX and in plain characters.
    """

    name: str
    function: Callable[[FloatArray], FloatArray]
    pullback: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    axis: int | None = None
    low: float = -math.inf
    high: float = math.inf
    marks_classes: bool = False
    derivative: tuple[str, str] = ("f'", "f′")


@overload
def sigmoid(z: float) -> float: ...
@overload
def sigmoid(z: npt.NDArray[np.floating]) -> FloatArray: ...
def sigmoid(z: float | npt.NDArray[np.floating]) -> float | FloatArray:
    """Logistic function 1 / (1 + e^-z), for any float without overflow.

    Parameters
    ----------
    z : float or ndarray of float
        A number or an array of any shape; infinities give 0 and 1, NaN gives NaN.

    Returns
    -------
    float or ndarray
        Values in [0, 1], shaped like `z`.
    """
    a = _sigmoid(np.atleast_1d(np.asarray(z, dtype=np.float64)))
    return a if np.ndim(z) else float(a[0])


@overload
def sigmoid_inverse(a: float) -> float: ...
@overload
def sigmoid_inverse(a: npt.NDArray[np.floating]) -> FloatArray: ...
def sigmoid_inverse(a: float | npt.NDArray[np.floating]) -> float | FloatArray:
    """Logit ln(a / (1 - a)), the inverse of `sigmoid`.

    Parameters
    ----------
    a : float or ndarray of float
        A number or an array of numbers in [0, 1]. 0 gives -inf, 1 gives inf, NaN gives NaN.

    Returns
    -------
    float or ndarray
        Shaped like `a`.

    Raises
    ------
    ValueError
        If a number lies outside [0, 1].
    """
    a = np.asarray(a, dtype=np.float64)
    outside = (a < 0) | (a > 1)
    if outside.any():
        raise ValueError(
            f"sigmoid_inverse is defined on [0, 1], but was given {float(a[outside].flat[0])}"
        )
    with np.errstate(divide="ignore"):
        z: FloatArray = np.log(a) - np.log1p(-a)
    return z if z.ndim else float(z)


def softmax(z: FloatArray, axis: int = -1) -> FloatArray:
    """Exponentials along an axis, divided by their sum.

    Parameters
    ----------
    z : ndarray of float
        Any shape. -inf gives 0, as long as there is another number beside it.
    axis : int, optional
        The last by default.

    Returns
    -------
    ndarray
        Shaped like z; 0 or more, sums to 1 along the axis.
    """
    # A difference below the range of floats is -inf, whose exponential is 0 as it should be.
    with np.errstate(over="ignore", under="ignore"):
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        a: FloatArray = e / e.sum(axis=axis, keepdims=True)
    return a


def softmax_along(axis: int = -1) -> Activation:
    """Make the softmax along an axis: ``softmax(-3)`` is that over the channels of images.

    Parameters
    ----------
    axis : int, optional
        Counted from the end, as any number of axes may stand before: -1 or less.
    """
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer) or axis >= 0:
        raise NetworkError(
            f"the axis of a softmax is counted from the end, -1 being the last one, not {axis!r}"
        )
    return Activation(
        "softmax" if axis == -1 else f"softmax({int(axis)})",
        softmax if axis == -1 else With(softmax, axis=int(axis)),
        _softmax_pullback if axis == -1 else With(_softmax_pullback, axis=int(axis)),
        axis=int(axis),
        low=0.0,
        high=1.0,
    )


def leaky_relu(slope: float = 0.01) -> Activation:
    """Make the function z above 0, slope z below: ``leaky-relu(slope)``.

    A. Maas, A. Hannun and A. Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
    Models", 2013.
    """
    return Activation(
        family_name("leaky-relu", (slope, 0.01)),
        With(_leaky_relu, slope=slope),
        With(_leaky_relu_pullback, slope=slope),
        derivative=(r"\mathrm{LReLU}'", "LReLU′"),
    )


def elu(alpha: float = 1.0) -> Activation:
    """Make the function z above 0, alpha (e^z - 1) below: ``elu(alpha)``.

    D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and Accurate Deep Network Learning by
    Exponential Linear Units", 2015.
    """
    return Activation(
        family_name("elu", (alpha, 1.0)),
        With(_elu, alpha=alpha),
        With(_elu_pullback, alpha=alpha),
        derivative=(r"\mathrm{ELU}'", "ELU′"),
    )


def softplus(beta: float = 1.0) -> Activation:
    """Make the function ln(1 + e^(beta z)) / beta: ``softplus(beta)``.

    Parameters
    ----------
    beta : float, optional
        Above 0; the larger, the nearer to a ReLU.
    """
    name = family_name("softplus", (beta, 1.0))
    if not beta > 0:
        raise NetworkError(f"beta must be above 0, not {beta}")
    return Activation(
        name,
        _softplus if beta == 1 else With(_softplus, beta=beta),
        _softplus_pullback if beta == 1 else With(_softplus_pullback, beta=beta),
        low=0.0,
        derivative=(r"\mathrm{softplus}'", "softplus′"),
    )


def clamp(low: float = -1.0, high: float = 1.0) -> Activation:
    """Make the function z between two limits, and the nearer limit beyond: ``clamp(low, high)``.

    Parameters
    ----------
    low, high : float, optional
        The limits; either may be infinite.
    """
    name = family_name("clamp", (low, -1.0), (high, 1.0), infinite=True)
    if not low < high:
        raise NetworkError(f"low must be below high, not {low} and {high}")
    return Activation(
        name,
        With(_clamp, low=low, high=high),
        With(_clamp_pullback, low=low, high=high),
        low=low,
        high=high,
    )


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "sigmoid",
            _sigmoid,
            _sigmoid_pullback,
            low=0.0,
            high=1.0,
            marks_classes=True,
            derivative=(r"\sigma'", "σ′"),
        ),
        Activation("relu", _relu, _relu_pullback, low=0.0, derivative=(r"\mathrm{ReLU}'", "ReLU′")),
        Activation(
            "tanh",
            _tanh,
            _tanh_pullback,
            low=-1.0,
            high=1.0,
            marks_classes=True,
            derivative=(r"\tanh'", "tanh′"),
        ),
        Activation("identity", _identity, _identity_pullback, derivative=(r"\mathrm{id}'", "id′")),
        softmax_along(),
        leaky_relu(),
        elu(),
        Activation("gelu", _gelu, _gelu_pullback, derivative=(r"\mathrm{GELU}'", "GELU′")),
        Activation(
            "gelu-tanh", _gelu_tanh, _gelu_tanh_pullback, derivative=(r"\mathrm{GELU}'", "GELU′")
        ),
        Activation("silu", _silu, _silu_pullback, derivative=(r"\mathrm{SiLU}'", "SiLU′")),
        softplus(),
        clamp(),
        Activation(
            "relu6",
            With(_clamp, low=0.0, high=6.0),
            With(_clamp_pullback, low=0.0, high=6.0),
            low=0.0,
            high=6.0,
            derivative=(r"\mathrm{ReLU6}'", "ReLU6′"),
        ),
        Activation("hardsigmoid", _hardsigmoid, _hardsigmoid_pullback, low=0.0, high=1.0),
        Activation("hardswish", _hardswish, _hardswish_pullback),
        Activation("mish", _mish, _mish_pullback),
        Activation("selu", _selu, _selu_pullback, derivative=(r"\mathrm{SELU}'", "SELU′")),
        Activation("softsign", _softsign, _softsign_pullback, low=-1.0, high=1.0),
        Activation("sin", _sin, _sin_pullback, low=-1.0, high=1.0, derivative=(r"\cos", "cos")),
        Activation("exp", _exp, _exp_pullback, low=0.0, derivative=(r"\exp", "exp")),
    )
}
"""Every activation function by name. Adding one here is all it takes to use and test it."""

#: Families whose members differ in numbers, by name: the function that makes one, and how many.
_FAMILIES: dict[str, tuple[Callable[..., Activation], int]] = {
    "leaky-relu": (leaky_relu, 1),
    "elu": (elu, 1),
    "softplus": (softplus, 1),
    "clamp": (clamp, 2),
}


def get_activation(activation: str | Activation) -> Activation:
    """Look an activation function up by name; an `Activation` is returned as it is.

    Besides the names in `ACTIVATIONS` there are those of families with a number, such as
    ``leaky-relu(0.2)``, ``elu(0.5)``, ``softplus(2.0)``, ``clamp(0.0, 6.0)`` and ``softmax(-3)``.

    Raises
    ------
    NetworkError
        If there is none of that name.
    """
    if isinstance(activation, Activation):
        return activation
    parts = numbers_in(activation)
    if parts is not None:
        family, numbers = parts
        if family == "softmax" and len(numbers) == 1 and numbers[0] in range(-9, 0):
            return softmax_along(int(numbers[0]))
        make, count = _FAMILIES.get(family, (None, 0))
        if make is not None and len(numbers) == count:
            return make(*numbers)
    return look_up(activation, ACTIVATIONS, "activation function")
