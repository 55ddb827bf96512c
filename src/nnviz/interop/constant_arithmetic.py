"""Arithmetic with constants, as layers that are not trained."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder
from nnviz.network import Add, Layer, MatMul, Multiply, Standardise, Subtract

__all__ = ["divide", "scale", "shift", "subtract_from"]


def scale(builder: Builder, values: npt.NDArray[np.float64]) -> None:
    """Multiply by constants of the shape of one example or (1,), which are not trained."""
    numbers = _by_channel(builder, values)
    if builder.may_change(MatMul) and values.size == 1:
        builder.change(factor=float(builder.nodes[builder.tip].layer.factor * values.item()))  # type: ignore[attr-defined]
    elif numbers is None or not (numbers > 0).all():
        _with_constant(builder, Multiply(), values)
    elif builder.may_change(Standardise) and _standardised(builder, numbers):
        builder.change(deviation=_alike(builder, 1.0 / numbers))
    else:
        builder.add(Standardise(np.zeros_like(numbers), 1.0 / numbers))


def divide(builder: Builder, values: npt.NDArray[np.float64]) -> None:
    """Divide by constants."""
    numbers = _by_channel(builder, values)
    if builder.may_change(Standardise) and numbers is not None and _standardised(builder, numbers):
        builder.change(deviation=_alike(builder, numbers))
    elif numbers is not None and (numbers > 0).all() and not builder.may_change(MatMul):
        builder.add(Standardise(np.zeros_like(numbers), numbers))
    else:
        scale(builder, 1.0 / values)


def shift(builder: Builder, values: npt.NDArray[np.float64]) -> None:
    """Add constants."""
    numbers = _by_channel(builder, values)
    if numbers is None:
        _with_constant(builder, Add(), values)
    elif values.any():
        builder.add(Standardise(-numbers, np.ones_like(numbers)))


def subtract_from(builder: Builder, values: npt.NDArray[np.float64]) -> None:
    """Subtract the tip from constants."""
    tip = builder.tip
    builder.join(Subtract(), _constant_for(builder, values), tip)


def _standardised(builder: Builder, numbers: npt.NDArray[np.float64]) -> bool:
    """Return whether the tip is only a shift, and the numbers can become its deviation."""
    layer = builder.nodes[builder.tip].layer
    assert isinstance(layer, Standardise)
    sizes = {layer.mean.size, numbers.size}
    fits = len(sizes) == 1 or numbers.size == 1
    return fits and bool((layer.deviation == 1).all() and (numbers > 0).all())


def _alike(builder: Builder, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    layer = builder.nodes[builder.tip].layer
    assert isinstance(layer, Standardise)
    return np.broadcast_to(numbers, layer.mean.shape)


def _by_channel(
    builder: Builder, values: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64] | None:
    """Return one number, or one for each channel; None if they differ in another way."""
    if values.size == 1:
        return values.reshape(1)
    shape = builder.known_shape()
    lined_up = values.reshape((1,) * (len(shape) - values.ndim) + values.shape)
    if lined_up.shape == (shape[0],) + (1,) * (len(shape) - 1):
        return lined_up.ravel()
    return None


def _constant_for(builder: Builder, values: npt.NDArray[np.float64]) -> str:
    return builder.constant(
        np.broadcast_to(values, np.broadcast_shapes(builder.known_shape(), values.shape))
    )


def _with_constant(builder: Builder, layer: Layer, values: npt.NDArray[np.float64]) -> None:
    tip = builder.tip
    builder.join(layer, tip, _constant_for(builder, values))
