"""Activation functions: each a pair of functions, looked up by name in `ACTIVATIONS`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "get_activation",
    "sigmoid",
    "sigmoid_inverse",
    "softmax",
]


@dataclass(frozen=True)
class Activation:
    """An activation function and its pullback.

    Both take whole batches, shape (batch, n), and give the same shape.

    Attributes
    ----------
    name
        Key in `ACTIVATIONS`, and what a saved network stores.
    function
        Weighted inputs z to activations a.
    pullback
        ``pullback(z, a, dC_da) -> dC_dz``: the transposed Jacobian of `function` at z, applied
        to a gradient. For an element-wise function that is ``function'(z) * dC_da``.
    output_only
        True where the function makes sense only in the last layer.
    """

    name: str
    function: Callable[[FloatArray], FloatArray]
    pullback: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    output_only: bool = False


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


def softmax(z: FloatArray) -> FloatArray:
    """Exponentials along the last axis, divided by their sum.

    Parameters
    ----------
    z
        Shape (..., n).

    Returns
    -------
    ndarray
        Shape (..., n), positive, sums to 1 along the last axis.
    """
    # A difference below the range of floats is -inf, whose exponential is 0 as it should be.
    with np.errstate(over="ignore", under="ignore"):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        a: FloatArray = e / e.sum(axis=-1, keepdims=True)
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


def _softmax_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    # The Jacobian is diag(a) - a a^T: every output depends on every weighted input.
    dc_dz: FloatArray = a * (dc_da - (dc_da * a).sum(axis=-1, keepdims=True))
    return dc_dz


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", _sigmoid, _sigmoid_pullback),
        Activation("relu", _relu, _relu_pullback),
        Activation("tanh", _tanh, _tanh_pullback),
        Activation("identity", _identity, _identity_pullback),
        Activation("softmax", softmax, _softmax_pullback, output_only=True),
    )
}
"""Every activation function by name. Adding one here is all it takes to use and test it."""


def get_activation(activation: str | Activation) -> Activation:
    """Look an activation function up by name; an `Activation` is returned as it is.

    Raises
    ------
    NetworkError
        If there is none of that name.
    """
    if isinstance(activation, Activation):
        return activation
    try:
        return ACTIVATIONS[activation]
    except (KeyError, TypeError):
        raise NetworkError(
            f"no activation function is called {activation!r}; there are {', '.join(ACTIVATIONS)}"
        ) from None
