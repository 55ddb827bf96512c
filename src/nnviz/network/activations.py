"""Activation functions: each a pair of functions, looked up by name in `ACTIVATIONS`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import look_up
from nnviz.network._families import With, family_name, numbers_in
from nnviz.network._types import FloatArray, NetworkError

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "elu",
    "get_activation",
    "leaky_relu",
    "sigmoid",
    "sigmoid_inverse",
    "softmax",
    "softmax_along",
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
    """

    name: str
    function: Callable[[FloatArray], FloatArray]
    pullback: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    axis: int | None = None
    low: float = -math.inf
    high: float = math.inf


@overload
def sigmoid(z: float) -> float: ...
@overload
def sigmoid(z: npt.NDArray[np.floating]) -> FloatArray: ...
def sigmoid(z: float | npt.NDArray[np.floating]) -> float | FloatArray:
    """Logistic function 1 / (1 + e^-z), for any float without overflow.

    Parameters
    ----------
    z
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
    a
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
    z
        Any shape. -inf gives 0, as long as there is another number beside it.
    axis
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


# Arrays, because NumPy takes as long to convert a Python number as to use it on a small layer.
_ONE, _FAR = np.array(1.0), np.array(40.0)


def _sigmoid(z: FloatArray) -> FloatArray:
    # As e^z / (1 + e^z), which is exact far below 0. Far above, e^z would overflow, but from 37 on
    # the quotient rounds to 1 anyway.
    e = np.exp(np.minimum(z, _FAR))
    a: FloatArray = e / (e + _ONE)
    return a


def _sigmoid_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    return dc_da * (a - a * a)


def _relu(z: FloatArray) -> FloatArray:
    return np.maximum(z, 0.0)


def _relu_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    # The derivative at the corner is taken as 0, as is usual.
    return dc_da * (z > 0)


def _tanh(z: FloatArray) -> FloatArray:
    return np.tanh(z)


def _tanh_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    return dc_da * (_ONE - a * a)


def _identity(z: FloatArray) -> FloatArray:
    return z


def _identity_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    return dc_da


def _softmax_pullback(
    z: FloatArray, a: FloatArray, dc_da: FloatArray, axis: int = -1
) -> FloatArray:
    # The Jacobian is diag(a) - a a^T: every output depends on every weighted input.
    dc_dz: FloatArray = a * (dc_da - (dc_da * a).sum(axis=axis, keepdims=True))
    return dc_dz


def _leaky_relu(z: FloatArray, slope: float) -> FloatArray:
    return np.where(z > 0, z, slope * z)


def _leaky_relu_pullback(
    z: FloatArray, a: FloatArray, dc_da: FloatArray, slope: float
) -> FloatArray:
    dc_dz: FloatArray = dc_da * np.where(z > 0, 1.0, slope)
    return dc_dz


def _elu(z: FloatArray, alpha: float) -> FloatArray:
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0.0)))


def _elu_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray, alpha: float) -> FloatArray:
    # Below 0 the derivative is alpha e^z = a + alpha.
    dc_dz: FloatArray = dc_da * np.where(z > 0, 1.0, a + alpha)
    return dc_dz


def _normal_distribution(z: FloatArray) -> FloatArray:
    # Imported here, because SciPy takes longer to load than the whole engine.
    from scipy.special import ndtr

    share: FloatArray = ndtr(z)
    return share


def _gelu(z: FloatArray) -> FloatArray:
    """Compute z Phi(z), Phi being the normal distribution (Hendrycks and Gimpel, 2016)."""
    a: FloatArray = z * _normal_distribution(z)
    return a


def _gelu_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    near = np.clip(z, -_FAR, _FAR)  # Farther out the density is 0, and z^2 might overflow.
    density = np.exp(-0.5 * near * near) / np.sqrt(2 * np.pi)
    dc_dz: FloatArray = dc_da * (_normal_distribution(z) + near * density)
    return dc_dz


_GELU_SCALE, _GELU_CUBIC = math.sqrt(2 / math.pi), 0.044715


def _gelu_tanh(z: FloatArray) -> FloatArray:
    """Compute z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))), near `_gelu`."""
    near = np.clip(z, -_FAR, _FAR)  # Farther out the tanh is -1 or 1, and z^3 might overflow.
    inner = _GELU_SCALE * (near + _GELU_CUBIC * near * near * near)
    a: FloatArray = 0.5 * z * (1.0 + np.tanh(inner))
    return a


def _gelu_tanh_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    near = np.clip(z, -_FAR, _FAR)
    t = np.tanh(_GELU_SCALE * (near + _GELU_CUBIC * near * near * near))
    slope = _GELU_SCALE * (1.0 + 3 * _GELU_CUBIC * near * near)
    dc_dz: FloatArray = dc_da * 0.5 * (1.0 + t + near * (1.0 - t * t) * slope)
    return dc_dz


def _silu(z: FloatArray) -> FloatArray:
    """Compute z s(z), also called swish (Elfwing, Uchibe and Doya, 2017)."""
    return z * _sigmoid(z)


def _silu_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    s = _sigmoid(z)
    return dc_da * (s + a * (1.0 - s))


def _softplus(z: FloatArray) -> FloatArray:
    """Compute ln(1 + e^z) (Dugas and others, 2000)."""
    with np.errstate(under="ignore"):
        a: FloatArray = np.logaddexp(0.0, z)
    return a


def _softplus_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    return dc_da * _sigmoid(z)


def softmax_along(axis: int = -1) -> Activation:
    """Make the softmax along an axis: ``softmax(-3)`` is that over the channels of images.

    Parameters
    ----------
    axis
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
    )


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", _sigmoid, _sigmoid_pullback, low=0.0, high=1.0),
        Activation("relu", _relu, _relu_pullback, low=0.0),
        Activation("tanh", _tanh, _tanh_pullback, low=-1.0, high=1.0),
        Activation("identity", _identity, _identity_pullback),
        softmax_along(),
        leaky_relu(),
        elu(),
        Activation("gelu", _gelu, _gelu_pullback),
        Activation("gelu-tanh", _gelu_tanh, _gelu_tanh_pullback),
        Activation("silu", _silu, _silu_pullback),
        Activation("softplus", _softplus, _softplus_pullback, low=0.0),
    )
}
"""Every activation function by name. Adding one here is all it takes to use and test it."""

_FAMILIES: dict[str, Callable[[float], Activation]] = {"leaky-relu": leaky_relu, "elu": elu}


def get_activation(activation: str | Activation) -> Activation:
    """Look an activation function up by name; an `Activation` is returned as it is.

    Besides the names in `ACTIVATIONS` there are those of families with a number, such as
    ``leaky-relu(0.2)``, ``elu(0.5)`` and ``softmax(-3)``.

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
        if family in _FAMILIES and len(numbers) == 1:
            return _FAMILIES[family](*numbers)
    return look_up(activation, ACTIVATIONS, "activation function")
