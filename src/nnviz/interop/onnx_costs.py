"""Estimate the cost of a node in onnx's reference, before it is computed.

The reference is written to be read. Its convolutions make large tables of indices and fill up
dilated kernels with zeros, its poolings go from window to window in Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.model_comparison import UnsupportedModelError
from nnviz.network import Work

__all__ = ["COSTS", "cost_of"]

Attributes = Mapping[str, Any]
Arrays = Sequence[npt.NDArray[Any] | None]
#: onnx.TensorProto's numbers of the types that are no numbers: string, and those below 8 bits.
NO_NUMBERS = (0, 8)
#: What takes a list with a number or two for each axis, of which NumPy has no more than 64.
LISTING = (
    *("Expand", "Pad", "ReduceMean", "ReduceSum", "Reshape", "Slice", "Squeeze", "Tile"),
    *("Transpose", "Unsqueeze"),
)
MOST_LISTED = 128
#: Seconds for a window of a pooling, in steps of 1 and otherwise, and for a pixel in it; for a
#: number that a transposed convolution puts down; for a number that a resizing makes; for a step
#: of a recurrent network.
WINDOW, WINDOW_IN_STEPS, PIXEL, PUT_DOWN, RESIZED, STEP = 9e-6, 2e-6, 2e-7, 3e-6, 5e-5, 1e-4


def cost_of(op_type: str, attributes: Attributes, arrays: Arrays) -> Work:
    """Return what it costs to compute a node.

    Parameters
    ----------
    op_type : str
        Type of the operator.
    attributes : Attributes
        Its attributes.
    arrays : Arrays
        Its inputs; None for one that is left out.

    Raises
    ------
    UnsupportedModelError
        If the cost is not known.
    """
    if op_type not in COSTS:
        raise UnsupportedModelError(
            f"the memory that onnx needs for {op_type} is not known: give check=False, which "
            "works if no constant depends on this node"
        )
    if op_type in LISTING:
        lists = [len(value) for value in attributes.values() if isinstance(value, list)]
        longest = max([0, *lists, *(array.size for array in arrays[1:] if array is not None)])
        if longest > MOST_LISTED:
            raise UnsupportedModelError(f"a list of {longest:,} axes is too long")
    return COSTS[op_type](attributes, arrays)


def _given(arrays: Arrays) -> list[npt.NDArray[Any]]:
    return [array for array in arrays if array is not None]


def _first(arrays: Arrays) -> npt.NDArray[Any]:
    return _given(arrays)[0]


def _made(size: int, times: int = 4) -> Work:
    """Return the cost of computing a number of values, in a number of steps."""
    return Work.of(writes=times * size, steps=10, numbers=times * size)


def _copied(attributes: Attributes, arrays: Arrays) -> Work:
    return _made(sum(array.size for array in _given(arrays)))


def _normalised(attributes: Attributes, arrays: Arrays) -> Work:
    return _made(sum(array.size for array in _given(arrays)), 10)


def _broadcast(attributes: Attributes, arrays: Arrays) -> Work:
    return _made(math.prod(np.broadcast_shapes(*(array.shape for array in _given(arrays)))), 6)


def _cast(attributes: Attributes, arrays: Arrays) -> Work:
    if attributes.get("to") in NO_NUMBERS:
        raise UnsupportedModelError("a conversion to this type is not supported")
    return _copied(attributes, arrays)


def _cast_alike(attributes: Attributes, arrays: Arrays) -> Work:
    if _given(arrays)[1].dtype.kind not in "biufV":  # Among them those that NumPy does not know.
        raise UnsupportedModelError("a conversion to this type is not supported")
    return _made(_first(arrays).size)


def _counted(attributes: Attributes, arrays: Arrays) -> Work:
    start, limit, step = (array.item() for array in _given(arrays))
    return _made(math.ceil(abs(limit - start) / abs(step)))


def _gathered(attributes: Attributes, arrays: Arrays) -> Work:
    data, places = _given(arrays)[:2]
    size = data.shape[attributes.get("axis", 0)]
    return _made(places.size * (data.size // size if size else 0))


def _expanded(attributes: Attributes, arrays: Arrays) -> Work:
    data, shape = _given(arrays)[:2]
    sizes = zip(_padded(data.shape, shape.size), _padded(shape.tolist(), data.ndim), strict=True)
    return _made(math.prod(max(pair) for pair in sizes))


def _padded(shape: Sequence[int], n: int) -> list[int]:
    return [*(1,) * (n - len(shape)), *shape]


def _tiled(attributes: Attributes, arrays: Arrays) -> Work:
    data, repeats = _given(arrays)[:2]
    return _made(data.size * math.prod(repeats.ravel().tolist()))


def _filled(attributes: Attributes, arrays: Arrays) -> Work:
    return _made(math.prod(_first(arrays).ravel().tolist()))


def _with_margin(attributes: Attributes, arrays: Arrays) -> Work:
    data = _first(arrays)
    pads = attributes.get("pads")
    if pads is None and len(arrays) > 1 and arrays[1] is not None:
        pads = arrays[1].ravel().tolist()
    margin = max([0, *map(abs, pads or ())])
    return _made(math.prod(n + 2 * margin for n in data.shape))


def _product(attributes: Attributes, arrays: Arrays) -> Work:
    a, b = _given(arrays)[:2]
    lead = math.prod(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]))
    shared = a.shape[0] if attributes.get("transA") else a.shape[-1]
    rows = a.size // max(math.prod(a.shape[:-2]) * shared, 1)
    columns = b.size // max(math.prod(b.shape[:-2]) * shared, 1)
    made = lead * rows * columns
    return Work.of(multiply_adds=made * shared, writes=4 * made, numbers=a.size + b.size + 4 * made)


class _Extents(NamedTuple):
    """Sizes of windows on images: with the gaps of dilation, of the margin, and their number."""

    window: list[int]
    padded: list[int]
    places: list[int]


def _extents(attributes: Attributes, image: Sequence[int], window: Sequence[int]) -> _Extents:
    n = len(image)
    strides = attributes.get("strides") or [1] * n
    dilations = attributes.get("dilations") or [1] * n
    pads = attributes.get("pads") or [0] * 2 * n
    reach = [(size - 1) * gap + 1 for size, gap in zip(window, dilations, strict=True)]
    padded = [
        max(size + before + after, -(-size // step) * step + wide if is_same else 0)
        for size, before, after, step, wide, is_same in zip(
            image,
            pads[:n],
            pads[n:],
            strides,
            reach,
            [str(attributes.get("auto_pad", "")).startswith("SAME")] * n,
            strict=True,
        )
    ]
    count = [
        max((size - wide) // step + 2, 0)
        for size, wide, step in zip(padded, reach, strides, strict=True)
    ]
    return _Extents(reach, padded, count)


def _convolved(attributes: Attributes, arrays: Arrays) -> Work:
    x, kernels = _given(arrays)[:2]
    extents = _extents(attributes, x.shape[2:], kernels.shape[2:])
    filled = math.prod(extents.window)  # with zeros, where there is dilation
    places = math.prod(extents.places)
    seen = x.shape[1] * filled * places
    made = len(x) * len(kernels) * places
    numbers = (
        len(x) * x.shape[1] * math.prod(extents.padded)
        + seen * (x.ndim + 2 * len(x))
        + kernels.shape[0] * kernels.shape[1] * filled
        + 3 * made
    )
    products = made * kernels.shape[1] * filled
    return Work.of(multiply_adds=products, writes=numbers, steps=20, numbers=numbers)


def _pooled(attributes: Attributes, arrays: Arrays) -> Work:
    x = _first(arrays)
    window = attributes["kernel_shape"]
    extents = _extents(attributes, x.shape[2:], window)
    windows = len(x) * x.shape[1] * math.prod(extents.places)
    in_steps = set(attributes.get("strides") or [1]) != {1}
    each = (WINDOW_IN_STEPS if in_steps else WINDOW) + PIXEL * math.prod(window)
    padded = len(x) * x.shape[1] * math.prod(extents.padded)
    # A list of the window's pixels, each a pair of places.
    numbers = 3 * padded + 2 * windows + 30 * math.prod(window)
    return Work(windows * each, numbers)


def _put_down(attributes: Attributes, arrays: Arrays) -> Work:
    x, kernels = _given(arrays)[:2]
    pixels, group = math.prod(kernels.shape[2:]), attributes.get("group", 1)
    strides = attributes.get("strides") or [1] * (x.ndim - 2)
    window = _extents(attributes, x.shape[2:], kernels.shape[2:]).window
    sizes = [n * step + wide for n, step, wide in zip(x.shape[2:], strides, window, strict=True)]
    columns = kernels.shape[1] * pixels * math.prod(x.shape[2:])
    made = len(x) * kernels.shape[1] * group * math.prod(sizes)
    put = len(x) * group * columns
    products = put * x.shape[1] // group
    work = Work.of(multiply_adds=products, writes=put + made, numbers=2 * columns + 4 * made)
    return Work(work.seconds + PUT_DOWN * put, work.numbers)


def _resized(attributes: Attributes, arrays: Arrays) -> Work:
    x, *others = arrays
    assert x is not None
    made = x.size
    for other in others:
        if other is not None and other.size and other.size <= x.ndim:
            if other.dtype.kind == "f":
                made = max(made, math.ceil(x.size * math.prod(other.ravel().tolist())))
            else:
                made = max(made, x.size * math.prod(other.ravel().tolist()))
    return Work(RESIZED * made, 10 * made)


def _recurrent(attributes: Attributes, arrays: Arrays) -> Work:
    x, weights, recurrent = _given(arrays)[:3]
    steps, batch = x.shape[:2]
    made = steps * batch * (weights.shape[0] * weights.shape[1])
    products = steps * batch * (weights.size + recurrent.size)
    work = Work.of(multiply_adds=products, writes=10 * made, numbers=x.size + 4 * made)
    return Work(work.seconds + STEP * steps * len(weights), work.numbers)


def _attended(attributes: Attributes, arrays: Arrays) -> Work:
    query, key, value = _given(arrays)[:3]
    heads = attributes.get("q_num_heads") or query.shape[1]
    patterns = len(query) * heads * query.shape[-2] * key.shape[-2]
    width = max(query.size, key.size, value.size) // max(key.shape[-2], query.shape[-2], 1)
    # Keys and values may be repeated for several heads.
    copies = 3 * heads * (query.size + key.size + value.size)
    return Work.of(
        multiply_adds=2 * patterns * width,
        writes=10 * patterns + copies,
        steps=40,
        numbers=8 * patterns + copies,
    )


def _listed(entry: Callable[[Attributes, Arrays], Work], names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), entry)


COSTS: dict[str, Callable[[Attributes, Arrays], Work]] = {
    **_listed(
        _broadcast,
        "Abs Add And Ceil Celu Clip Cos Div Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual "
        "HardSigmoid HardSwish LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or "
        "PRelu Pow Reciprocal Relu Round Selu Sigmoid Sign Sin Softplus Softsign Sqrt Sub Sum "
        "Swish Tan Tanh ThresholdedRelu Where",
    ),
    **_listed(
        _copied,
        "Concat Constant DepthToSpace Dropout Flatten Identity Reshape Shape Size Slice "
        "SpaceToDepth Split Squeeze Transpose Trilu Unsqueeze",
    ),
    **_listed(
        _normalised,
        "ArgMax BatchNormalization CumSum GlobalAveragePool GlobalMaxPool GroupNormalization "
        "InstanceNormalization LayerNormalization LogSoftmax LpNormalization ReduceL2 ReduceMax "
        "ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare RMSNormalization Softmax",
    ),
    **_listed(_product, "Gemm MatMul"),
    **_listed(_pooled, "AveragePool LpPool MaxPool"),
    **_listed(_recurrent, "GRU LSTM RNN"),
    **_listed(_resized, "Resize Upsample"),
    "Attention": _attended,
    "Cast": _cast,
    "CastLike": _cast_alike,
    "ConstantOfShape": _filled,
    "Conv": _convolved,
    "ConvTranspose": _put_down,
    "Expand": _expanded,
    "Gather": _gathered,
    "Pad": _with_margin,
    "Range": _counted,
    "Tile": _tiled,
}
"""For every kind of node what it costs. One that is read needs an entry here to be compared."""
