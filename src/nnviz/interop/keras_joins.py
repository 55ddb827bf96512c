"""Merging layers of Keras, which have several inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_call import Call, Entry
from nnviz.interop.keras_values import Value, channels_first
from nnviz.network import (
    Activate,
    Add,
    Concatenate,
    Layer,
    MatMul,
    Multiply,
    Standardise,
    Subtract,
)

__all__ = ["MERGES", "alike", "concatenate", "joined", "larger", "listed"]


# --- several values


def listed(call: Call) -> list[Value]:
    """Return the inputs of a merging layer."""
    given = call.args[0] if len(call.args) == 1 else list(call.args)
    found = given if isinstance(given, list) else [given]
    return [call.as_value(one) for one in found]


def alike(call: Call, values: Sequence[Value]) -> list[Value]:
    """Return values in one order of axes: that of the first that is not plain, if it can be."""
    if len({(value.axes, value.image) for value in values}) == 1:
        return list(values)
    rank = len(values[0].shape)
    firsts = [value for value in values if value.axes == channels_first(rank)]
    axes = channels_first(rank) if firsts and rank > 1 else tuple(range(rank))
    return [call.layouts.arranged(value, axes) for value in values]


def joined(call: Call, layer: Layer, values: Sequence[Value]) -> Value:
    """Add a pointwise layer with several inputs; sizes of 1 are repeated."""
    if len({len(value.shape) for value in values}) > 1:
        raise UnsupportedModelError(
            f"values of shape {' and '.join(str(one.shape) for one in values)} cannot be "
            "broadcast example by example"
        )
    values = alike(call, values)
    name = call.builder.join(layer, *(value.name for value in values))
    shape = tuple(int(n) for n in np.broadcast_shapes(*(value.shape for value in values)))
    return values[0]._replace(name=name, shape=shape)


def _with_all_axes(call: Call, values: Sequence[Value]) -> list[Value]:
    """Give vectors beside images as many axes, as merging layers do: (n,) becomes (1, 1, n)."""
    rank = max(len(value.shape) for value in values)
    return [
        call.layouts.reshaped(value, (1,) * (rank - len(value.shape)) + value.shape)
        if len(value.shape) < rank
        else value
        for value in values
    ]


def _merge(layer: Callable[[], Layer], count: int | None = None) -> Entry:
    def enter(call: Call) -> Value:
        values = listed(call)
        if count not in (None, len(values)):
            raise UnsupportedModelError(f"it has {len(values)} inputs; supported are {count}")
        return joined(call, layer(), _with_all_axes(call, values))

    return enter


def _average(call: Call) -> Value:
    values = listed(call)
    total = joined(call, Add(), _with_all_axes(call, values))
    return call.made(Standardise([0.0], [float(len(values))]), total)


def larger(call: Call, values: Sequence[Value], sign: int) -> Value:
    """Return the largest of values, or the smallest: b + relu(a - b), or b - relu(b - a)."""
    best, *others = values
    for other in others:
        pair = (best, other) if sign > 0 else (other, best)
        difference = joined(call, Subtract(), pair)
        beyond = call.made(Activate("relu"), difference)
        best = joined(call, Add() if sign > 0 else Subtract(), (other, beyond))
    return best


def _extreme(sign: int) -> Entry:
    return lambda call: larger(call, _with_all_axes(call, listed(call)), sign)


def concatenate(call: Call) -> Value:
    """Concatenate values, as a layer and an operation of Keras do."""
    values = listed(call)
    if len({len(value.shape) for value in values}) > 1:
        raise UnsupportedModelError("values with different numbers of axes cannot be concatenated")
    axis = values[0].axis(int(call.config["axis"]))
    if any(value.image or -1 in value.axes for value in values):
        values = [call.layouts.plain(value) for value in values]
    values = alike(call, values)
    name = call.builder.add(Concatenate(values[0].place(axis)), *(value.name for value in values))
    shape = list(values[0].shape)
    shape[axis] = sum(value.shape[axis] for value in values)
    return values[0]._replace(name=name, shape=tuple(shape))


def _dot(call: Call) -> Value:
    """Multiply along one axis of each: vectors to a number, matrices to a matrix."""
    if call.config.get("normalize"):
        raise UnsupportedModelError("normalize=True is not supported; supported is False")
    a, b = (call.layouts.plain(value) for value in listed(call))
    axes = call.config["axes"]
    pair = (axes, axes) if isinstance(axes, int) else axes
    i, j = a.axis(int(pair[0])), b.axis(int(pair[1]))
    if len(a.shape) == len(b.shape) == 1:
        a, b = (call.layouts.reshaped(one, (1, *one.shape)) for one in (a, b))
        call.builder.add(MatMul(True), a.name, b.name)
        call.builder.reshape((1,))
        return call.tip()
    if len(a.shape) != 2 or len(b.shape) != 2:
        raise UnsupportedModelError(f"a product of {a.shape} and {b.shape} is not supported")
    a = call.layouts.arranged(a, (1 - i, i))
    b = call.layouts.arranged(b, (1 - j, j))
    call.builder.add(MatMul(True), a.name, b.name)
    return call.tip()


MERGES: dict[str, Entry] = {
    "Add": _merge(Add),
    "Average": _average,
    "Concatenate": concatenate,
    "Dot": _dot,
    "Maximum": _extreme(1),
    "Minimum": _extreme(-1),
    "Multiply": _merge(Multiply),
    "Subtract": _merge(Subtract, 2),
}
