"""Activation functions and their pullbacks, as `activations.ACTIVATIONS` lists them."""

import math

import numpy as np

from nnviz.network._types import FloatArray

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


def _leaky_relu(z: FloatArray, slope: float | FloatArray) -> FloatArray:
    return np.where(z > 0, z, slope * z)


def _leaky_relu_pullback(
    z: FloatArray, a: FloatArray, dc_da: FloatArray, slope: float | FloatArray
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


def _softplus(z: FloatArray, beta: float = 1.0) -> FloatArray:
    """Compute ln(1 + e^(beta z)) / beta (Dugas and others, 2000)."""
    if beta == 1.0:
        with np.errstate(under="ignore"):
            a: FloatArray = np.logaddexp(0.0, z)
        return a
    # Far above 0 it is z, however large beta is.
    tail: FloatArray = np.log1p(np.exp(-np.minimum(beta * np.abs(z), _VERY_FAR))) / beta
    return np.maximum(z, 0.0) + tail


def _softplus_pullback(
    z: FloatArray, a: FloatArray, dc_da: FloatArray, beta: float = 1.0
) -> FloatArray:
    return dc_da * _sigmoid(z if beta == 1.0 else beta * z)


_VERY_FAR = np.array(700.0)


def _clamp(z: FloatArray, low: float, high: float) -> FloatArray:
    return np.clip(z, low, high)


def _clamp_pullback(
    z: FloatArray, a: FloatArray, dc_da: FloatArray, low: float, high: float
) -> FloatArray:
    # The derivative at the corners is taken as 0, as a ReLU's.
    return dc_da * ((z > low) & (z < high))


def _hardsigmoid(z: FloatArray) -> FloatArray:
    """Compute z / 6 + 1/2 between 0 and 1 (as in Howard and others, 2019)."""
    return np.clip(z / 6.0 + 0.5, 0.0, 1.0)


def _hardsigmoid_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    return dc_da * ((z > -3.0) & (z < 3.0)) / 6.0


def _hardswish(z: FloatArray) -> FloatArray:
    """Compute z hardsigmoid(z) (Howard and others, "Searching for MobileNetV3", 2019)."""
    return z * _hardsigmoid(z)


def _hardswish_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    slope: FloatArray = np.where(z >= 3.0, 1.0, np.where(z > -3.0, z / 3.0 + 0.5, 0.0))
    return dc_da * slope


def _mish(z: FloatArray) -> FloatArray:
    """Compute z tanh(softplus(z)) (Misra, 2019)."""
    return z * np.tanh(_softplus(z))


def _mish_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    t = np.tanh(_softplus(z))
    dc_dz: FloatArray = dc_da * (t + z * (1.0 - t * t) * _sigmoid(z))
    return dc_dz


#: So that mean 0 and variance 1 stay (Klambauer and others, "Self-Normalizing Neural Networks").
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def _selu(z: FloatArray) -> FloatArray:
    return _SELU_SCALE * _elu(z, _SELU_ALPHA)


def _selu_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    dc_dz: FloatArray = dc_da * np.where(z > 0, _SELU_SCALE, a + _SELU_SCALE * _SELU_ALPHA)
    return dc_dz


def _softsign(z: FloatArray) -> FloatArray:
    a: FloatArray = z / (1.0 + np.abs(z))
    return a


def _softsign_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    dc_dz: FloatArray = dc_da * np.square(1.0 / (1.0 + np.abs(z)))
    return dc_dz


def _sin_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    return dc_da * np.cos(z)


def _sin(z: FloatArray) -> FloatArray:
    return np.sin(z)


def _exp(z: FloatArray) -> FloatArray:
    # Beyond the range of floats it stays at the largest.
    return np.exp(np.minimum(z, 709.0))


def _exp_pullback(z: FloatArray, a: FloatArray, dc_da: FloatArray) -> FloatArray:
    return dc_da * a
