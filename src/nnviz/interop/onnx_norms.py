"""Norms that an ONNX graph spells out as means, squares and roots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.onnx_layout import Layout, rank_of
from nnviz.network import GroupNorm, LayerNorm, RMSNorm

if TYPE_CHECKING:
    from nnviz.interop.onnx_graph import Graph
    from nnviz.interop.onnx_reader import Reader

__all__ = ["ChannelNorm", "Norm", "add_norm", "written_norm"]


class Norm(NamedTuple):
    """A norm over the last axes.

    Attributes
    ----------
    source : str
        Name of the tensor that it works on.
    centred : bool
        Whether the mean is subtracted first: whether it is a layer norm.
    axes : tuple of int
        Over which of the tensor's axes, those from the end negative.
    epsilon : float
        Added to the mean of the squares.
    scale, shift : str
        Names of constants; "" for ones and zeros.
    """

    source: str
    centred: bool
    axes: tuple[int, ...]
    epsilon: float
    scale: str = ""
    shift: str = ""

    def add_to(self, reader: Reader) -> None:
        """Add the norm after the tip."""
        rank = rank_of(reader)
        first = min(axis % rank for axis in self.axes)
        if sorted(axis % rank for axis in self.axes) != list(range(first, rank)):
            raise UnsupportedModelError(
                f"a norm over the axes {self.axes} of {rank} is not supported"
            )
        add_norm(reader, first, self.scale, self.shift, self.epsilon, centred=self.centred)


class ChannelNorm(NamedTuple):
    """A group norm, written out as a norm of every channel of another shape.

    Attributes
    ----------
    source : str
        Name of the tensor that it works on.
    groups : int
        Number of groups.
    epsilon : float
        Added to the mean of the squares.
    scale, shift : str
        Names of constants, one number a channel.
    """

    source: str
    groups: int
    epsilon: float
    scale: str
    shift: str

    def add_to(self, reader: Reader) -> None:
        """Add the norm after the tip."""
        scale, shift = (reader.graph.numbers(name) for name in (self.scale, self.shift))
        if reader.live.layout != Layout() or rank_of(reader) != scale.ndim + 1:
            raise UnsupportedModelError(
                "a group norm is supported for images only, with the examples first"
            )
        norm = GroupNorm(self.groups, scale.ravel(), shift.ravel(), self.epsilon)
        reader.builder.add(norm)


def add_norm(
    reader: Reader, first: int, scale: str, shift: str, epsilon: float, *, centred: bool = True
) -> None:
    """Put a layer norm or RMS norm over the axes from one on after the tip."""
    rank, layout = rank_of(reader), reader.live.layout
    if not -rank <= first < rank or first % rank <= layout.batch:
        raise UnsupportedModelError(
            f"it must not run over the examples, which a network computes one by one: not from "
            f"axis {first} on"
        )
    shape = reader.builder.known_shape()[first % rank - rank :]
    wide = _over(reader, scale, 1.0, shape)
    if not centred:
        reader.builder.add(RMSNorm(wide, epsilon))
        return
    reader.builder.add(LayerNorm(wide, _over(reader, shift, 0.0, shape), epsilon))


def _over(
    reader: Reader, name: str, otherwise: float, shape: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    """Return constants for the axes that a norm runs over."""
    values = reader.graph.numbers(name) if name else np.array(otherwise)
    reader.builder.budget.check_memory(32 * math.prod(shape), "a norm")
    lead = max(values.ndim - len(shape), 0)
    return np.broadcast_to(values.reshape(values.shape[lead:]), shape)


def written_norm(graph: Graph, output: str) -> Norm | ChannelNorm | None:
    """Find the norm that the nodes before a tensor spell out, with its scale and shift."""
    return _over_last(graph, output) or _by_group(graph, output)


def _by_group(graph: Graph, output: str) -> ChannelNorm | None:
    """Find an instance norm of ``(examples, groups, ...)``, in that shape and out of it again."""
    shifted = _with_constant(graph, output, "Add")
    scaled = None if shifted is None else _with_constant(graph, shifted[0], "Mul")
    back = None if scaled is None else _given(graph, scaled[0], "Reshape")
    norm = None if back is None else _given(graph, back.input[0], "InstanceNormalization")
    grouped = None if norm is None else _given(graph, norm.input[0], "Reshape")
    if shifted is None or scaled is None or norm is None or grouped is None:
        return None
    scale, shift = (graph.shape(name) for name in (scaled[1], shifted[1]))
    if not all(graph.is_constant(name) for name in (*norm.input[1:], grouped.input[1])):
        return None
    ones, zeros = (graph.constant(name) for name in norm.input[1:])
    target = graph.constant(grouped.input[1]).ravel().tolist()
    n, groups = math.prod(scale), len(ones)
    by_channel = scale == shift == (n,) + (1,) * (len(scale) - 1)
    if not by_channel or n % groups or np.any(ones != 1) or np.any(zeros != 0):
        return None
    if len(target) != 3 or target[1] != groups or not _is_shape_of(graph, back, grouped.input[0]):
        return None
    epsilon = graph.attributes(norm).get("epsilon", 1e-5)
    return ChannelNorm(grouped.input[0], groups, epsilon, scaled[1], shifted[1])


def _is_shape_of(graph: Graph, reshape: Any, name: str) -> bool:
    """Return whether a reshape goes to the shape of a tensor, or to a constant one."""
    if graph.is_constant(reshape.input[1]):
        return True
    shape = _given(graph, reshape.input[1], "Shape")
    if shape is None or shape.input[0] != name:
        return False
    values = graph.attributes(shape)
    return not values.get("start", 0) and "end" not in values


def _over_last(graph: Graph, output: str) -> Norm | None:
    """Find a norm over the last axes.

    ``scale (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) + shift``, or without mean and
    shift; the division may be a product with a reciprocal.
    """
    joined = _with_constant(graph, output, "Add")
    if joined is None:
        return _scaled(graph, output)
    found = _scaled(graph, joined[0])
    if found is None or not found.centred:
        return None
    return found._replace(shift=joined[1]) if _goes_with(found, graph, joined[1]) else None


def _scaled(graph: Graph, output: str) -> Norm | None:
    """Find a norm without shift."""
    found = _divided(graph, output)
    joined = None if found is not None else _with_constant(graph, output, "Mul")
    if joined is None:
        return found
    found = _divided(graph, joined[0])
    return found._replace(scale=joined[1]) if _goes_with(found, graph, joined[1]) else None


def _goes_with(norm: Norm | None, graph: Graph, name: str) -> TypeGuard[Norm]:
    """Return whether constants differ along no axis but those that a norm runs over."""
    shape = graph.shape(name)
    return norm is not None and all(n == 1 for n in shape[: max(len(shape) - len(norm.axes), 0)])


def _given(graph: Graph, name: str, *kinds: str) -> Any:
    """Return the node that gives a tensor, if it is one of some kinds."""
    if graph.is_constant(name) or graph.index(name) < 0:
        return None
    node = graph.producer(name)
    fits = node.op_type in kinds and node.domain in ("", "ai.onnx")
    return node if fits and name == node.output[0] else None


def _with_constant(graph: Graph, name: str, kind: str) -> tuple[str, str] | None:
    """Return the tensor and the constant that a node joins."""
    node = _given(graph, name, kind)
    if node is None or len(node.input) != 2:
        return None
    constants = [one for one in node.input if graph.is_constant(one)]
    live = [one for one in node.input if not graph.is_constant(one)]
    return (live[0], constants[0]) if len(live) == 1 else None


def _divided(graph: Graph, name: str) -> Norm | None:
    """Find a norm without scale and shift."""
    node = _given(graph, name, "Div", "Mul")
    if node is None:
        return None
    pairs = (
        [tuple(node.input)]
        if node.op_type == "Div"
        else [tuple(node.input), tuple(node.input)[::-1]]
    )
    for value, by in pairs:
        root = by
        if node.op_type == "Mul":
            inverse = _given(graph, by, "Reciprocal", "Div")
            if inverse is None:
                continue
            if inverse.op_type == "Div" and not _is_number(graph, inverse.input[0], 1.0):
                continue
            root = inverse.input[-1]
        deviation = _deviation(graph, root)
        if deviation is None:
            continue
        squared, axes, epsilon = deviation
        if squared != value:
            continue
        centred = _given(graph, value, "Sub")
        if centred is not None and _mean(graph, centred.input[1]) == (centred.input[0], axes):
            return Norm(centred.input[0], True, axes, epsilon)
        return Norm(value, False, axes, epsilon)
    return None


def _deviation(graph: Graph, name: str) -> tuple[str, tuple[int, ...], float] | None:
    """Return y, the axes and epsilon, if a tensor is ``sqrt(mean(y^2) + epsilon)``."""
    root = _given(graph, name, "Sqrt")
    moved = None if root is None else _with_constant(graph, root.input[0], "Add")
    if moved is None or math.prod(graph.shape(moved[1])) != 1:
        return None
    mean = _mean(graph, moved[0])
    square = None if mean is None else _given(graph, mean[0], "Pow", "Mul")
    if mean is None or square is None:
        return None
    base, other = square.input
    is_square = base == other if square.op_type == "Mul" else _is_number(graph, other, 2.0)
    return (base, mean[1], float(graph.constant(moved[1]).item())) if is_square else None


def _mean(graph: Graph, name: str) -> tuple[str, tuple[int, ...]] | None:
    """Return y and the axes, if a tensor is the mean of y over them, which stay."""
    node = _given(graph, name, "ReduceMean")
    if node is None:
        return None
    values = graph.attributes(node)
    axes = values.get("axes")
    if axes is None and len(node.input) > 1 and node.input[1] and graph.is_constant(node.input[1]):
        axes = graph.constant(node.input[1]).ravel().tolist()
    if not axes or not values.get("keepdims", 1):
        return None
    return node.input[0], tuple(int(axis) for axis in axes)


def _is_number(graph: Graph, name: str, number: float) -> bool:
    if not graph.is_constant(name) or math.prod(graph.shape(name)) != 1:
        return False
    return float(graph.constant(name).ravel()[0]) == number
