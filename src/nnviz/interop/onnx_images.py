"""Operators of ONNX for images and signals: windows, padding, resizing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.onnx_graph import Step
from nnviz.interop.onnx_layers import shared, weights_of
from nnviz.interop.onnx_layout import sizes_of
from nnviz.interop.onnx_shapes import integers_of
from nnviz.network import (
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    MaxPool2D,
    Pad,
    Upsample,
)

if TYPE_CHECKING:
    from nnviz.interop.onnx_reader import Reader

__all__ = ["IMAGES"]

Attributes = Mapping[str, Any]


def _pool(
    reader: Reader,
    values: Attributes,
    kind: type[MaxPool2D] | type[AveragePool2D],
    **options: bool,
) -> None:
    size = tuple(values["kernel_shape"])
    reader.builder.pool(
        kind,
        size,
        values.get("strides", (1, 1)),
        _padding(reader, values, size),
        values.get("dilations", 1),
        bool(values.get("ceil_mode", 0)),
        **options,
    )


def _max_pool(reader: Reader, step: Step, values: Attributes) -> None:
    _pool(reader, values, MaxPool2D)


def _average_pool(reader: Reader, step: Step, values: Attributes) -> None:
    _pool(reader, values, AveragePool2D, count_padding=bool(values.get("count_include_pad", 0)))


def _global_average(reader: Reader, step: Step, values: Attributes) -> None:
    reader.builder.global_average(keep_axes=True)


def _padding(reader: Reader, values: Attributes, size: tuple[int, ...]) -> Any:
    """Return a padding as our layers take it, of windows of a size."""
    kind = values.get("auto_pad", "NOTSET")
    if len(size) != 2:
        raise UnsupportedModelError(
            f"windows of size {size} are not supported; supported are two axes"
        )
    if kind in ("VALID", "SAME_UPPER"):
        return {"VALID": "valid", "SAME_UPPER": "same"}[kind]
    if kind == "NOTSET":
        top, left, bottom, right = values.get("pads", (0, 0, 0, 0))
        return (top, bottom), (left, right)
    if kind != "SAME_LOWER":
        raise UnsupportedModelError(f"auto_pad {kind!r} is not supported")
    margins = []
    for n, reach, step, dilation in zip(
        reader.builder.known_shape()[-2:],
        size,
        values.get("strides", (1, 1)),
        values.get("dilations", (1, 1)),
        strict=True,
    ):
        margin = max((math.ceil(n / step) - 1) * step + (reach - 1) * dilation + 1 - n, 0)
        margins.append((margin - margin // 2, margin // 2))
    return tuple(margins)


def _conv(reader: Reader, step: Step, values: Attributes) -> None:
    kernels, *biases = weights_of(reader, step)
    size = kernels.shape[2:]
    if tuple(values.get("kernel_shape", size)) != size:
        raise UnsupportedModelError(
            f"kernel_shape {values['kernel_shape']} differs from the shape of its kernels, {size}"
        )
    added = biases[0] if biases else np.zeros(kernels.shape[0])
    if len(size) == 1:
        options: dict[str, Any] = {
            "stride": values.get("strides", (1,))[0],
            "dilation": values.get("dilations", (1,))[0],
            "padding": _padding_1d(values),
        }
    else:
        options = {
            "stride": values.get("strides", (1, 1)),
            "padding": _padding(reader, values, size),
            "dilation": values.get("dilations", (1, 1)),
        }
    options["groups"] = values.get("group", 1)
    kind = Conv1D if len(size) == 1 else Conv2D
    layer = shared(reader, step, lambda: kind(kernels, added, **options), options)
    reader.builder.add(layer)
    if not biases:
        reader.bare.add(reader.builder.tip)


def _padding_1d(values: Attributes) -> Any:
    kind = values.get("auto_pad", "NOTSET")
    if kind == "NOTSET":
        return tuple(values.get("pads", (0, 0)))
    if kind not in ("VALID", "SAME_UPPER"):
        raise UnsupportedModelError(f"auto_pad {kind!r} is not supported along sequences")
    return {"VALID": "valid", "SAME_UPPER": "same"}[kind]


def _conv_transpose(reader: Reader, step: Step, values: Attributes) -> None:
    kernels, *biases = weights_of(reader, step)
    if kernels.ndim != 4 or "output_shape" in values:
        raise UnsupportedModelError("it is supported for images only, without output_shape")
    if values.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise UnsupportedModelError(f"auto_pad {values['auto_pad']!r} is not supported")
    groups = values.get("group", 1)
    reader.builder.budget.check_memory(16 * kernels.shape[1] * groups, "its biases")
    added = biases[0] if biases else np.zeros(kernels.shape[1] * groups)
    top, left, bottom, right = values.get("pads", (0, 0, 0, 0))
    options = {
        "stride": values.get("strides", (1, 1)),
        "padding": ((top, bottom), (left, right)),
        "output_padding": values.get("output_padding", (0, 0)),
        "dilation": values.get("dilations", (1, 1)),
        "groups": groups,
    }
    made = shared(reader, step, lambda: ConvTranspose2D(kernels, added, **options), options)
    reader.builder.add(made)


def _pad(reader: Reader, step: Step, values: Attributes) -> None:
    pads = integers_of(reader, step, values, "pads", 1)
    axes = len(reader.builder.known_shape()) + 1
    value = values.get("value", 0.0)
    if len(step.node.input) > 2 and step.node.input[2]:
        value = reader.graph.numbers(step.node.input[2]).item()
    places = integers_of(reader, step, values, "axes", 3) or list(range(axes))
    around = dict.fromkeys(range(axes), (0, 0))
    for k, axis in enumerate(places):
        around[axis % axes] = (pads[k], pads[k + len(places)])
    if around.pop(0) != (0, 0) or around.pop(1) != (0, 0) or not around:
        raise UnsupportedModelError("padding is supported for images and sequences only")
    if min(n for pair in around.values() for n in pair) < 0:
        raise UnsupportedModelError("negative padding is not supported")
    modes = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    pairs = list(around.values())
    mode = modes[values.get("mode", "constant")]
    reader.builder.add(Pad(pairs if len(pairs) > 1 else pairs[0], mode, float(value)))


# --- sizes


def _resize(reader: Reader, step: Step, values: Attributes) -> None:
    if reader.graph.opset < 11:
        raise UnsupportedModelError("versions of the operator before 11 are not supported")
    scales, sizes = [*step.node.input, "", "", ""][2:4]
    axes = values.get("axes", list(range(len(reader.builder.known_shape()) + 1)))
    image = reader.builder.known_shape()[-2:]
    if len(reader.builder.known_shape()) != 3:
        raise UnsupportedModelError("resizing is supported for images only")
    if values.get("keep_aspect_ratio_policy", "stretch") != "stretch" or values.get("antialias", 0):
        raise UnsupportedModelError("keep_aspect_ratio_policy and antialias are not supported")
    factors = {axis % 4: 1.0 for axis in range(4)}
    if scales and reader.graph.constant(scales).size:
        found = dict(zip(axes, reader.graph.numbers(scales).ravel().tolist(), strict=True))
        factors.update({axis % 4: factor for axis, factor in found.items()})
    elif sizes:
        whole = dict(zip(axes, reader.graph.constant(sizes).ravel().tolist(), strict=True))
        for axis, size in whole.items():
            if axis % 4 > 1:
                factors[axis % 4] = size / image[axis % 4 - 2]
            elif size != (sizes_of(reader)[axis % 4]):
                raise UnsupportedModelError("resizing examples or channels is not supported")
    _upsample(reader, [factors[axis] for axis in range(4)], values)


def _old_upsample(reader: Reader, step: Step, values: Attributes) -> None:
    scales = reader.graph.numbers(step.node.input[1]).ravel().tolist()
    where = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    _upsample(reader, scales, {**where, **values})


def _upsample(reader: Reader, factors: list[float], values: Attributes) -> None:
    if len(factors) != 4 or len(reader.builder.known_shape()) != 3 or factors[:2] != [1.0, 1.0]:
        raise UnsupportedModelError(
            f"factors {factors} are not supported: examples and channels keep their size"
        )
    whole = [round(factor) for factor in factors[2:]]
    if min(whole) < 1 or [float(n) for n in whole] != factors[2:]:
        raise UnsupportedModelError(
            f"factors {factors[2:]} are not supported; supported are integers"
        )
    mode = values.get("mode", "nearest")
    where = values.get("coordinate_transformation_mode", "half_pixel")
    for n, factor in zip(reader.builder.known_shape()[1:], whole, strict=True):
        reader.builder.budget.check_memory(40 * n * factor, f"an axis of {n * factor:,} pixels")
        places = _places(n, factor, where)
        expected = (np.arange(n * factor) + 0.5) / factor - 0.5
        if mode == "nearest":
            places = _nearest(places, values.get("nearest_mode", "round_prefer_floor"))
            expected = np.repeat(np.arange(n), factor)
        if factor > 1 and not np.array_equal(
            np.clip(places, 0, n - 1), np.clip(expected, 0, n - 1)
        ):
            raise UnsupportedModelError(f"{mode} with {where} is not supported")
    if mode not in ("nearest", "linear"):
        raise UnsupportedModelError(
            f"the mode {mode!r} is not supported; supported are nearest and linear"
        )
    reader.builder.add(Upsample(whole, "nearest" if mode == "nearest" else "bilinear"))


def _places(n: int, factor: int, where: str) -> npt.NDArray[np.float64]:
    """Return the places in an axis of n pixels of the pixels of a longer axis."""
    pixels = np.arange(n * factor, dtype=np.float64)
    if where == "asymmetric":
        return pixels / factor
    if where == "half_pixel" or (where == "pytorch_half_pixel" and n * factor > 1):
        return (pixels + 0.5) / factor - 0.5
    raise UnsupportedModelError(f"coordinate_transformation_mode {where!r} is not supported")


def _nearest(places: npt.NDArray[np.float64], mode: str) -> npt.NDArray[np.float64]:
    modes: dict[str, Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]] = {
        "ceil": np.ceil,
        "floor": np.floor,
        "round_prefer_ceil": lambda x: np.floor(x + 0.5),
        "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    }
    return modes[mode](places)


IMAGES: dict[str, Callable[[Reader, Step, Attributes], Any]] = {
    "AveragePool": _average_pool,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "GlobalAveragePool": _global_average,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _old_upsample,
}
