"""Operators of ONNX that change shapes, take parts, and concatenate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.onnx_batch_sizes import Examples, slice_of
from nnviz.interop.onnx_graph import Step
from nnviz.interop.onnx_layout import (
    Live,
    align,
    axis_of,
    constant_of,
    example_axes,
    rank_of,
    reshaped,
    sizes_of,
)
from nnviz.network import Concatenate, Embedding, Slice, Transpose

if TYPE_CHECKING:
    from nnviz.interop.onnx_reader import Reader

__all__ = ["SHAPES"]

Attributes = Mapping[str, Any]
#: Largest length of a backward slice: each place is a node.
LONGEST_BACKWARDS = 1024


def integers_of(reader: Reader, step: Step, values: Attributes, name: str, place: int) -> Any:
    """Return integers that are an attribute or, in later versions, an input; None if neither."""
    found = values.get(name)
    if found is None and len(step.node.input) > place and step.node.input[place]:
        found = reader.graph.constant(step.node.input[place]).ravel().tolist()
    return found


def axes_of(reader: Reader, step: Step, values: Attributes) -> list[int] | None:
    """Return the axes of the tip that a node names, counted from 0; None if it names none."""
    found = integers_of(reader, step, values, "axes", 1)
    return None if not found else sorted(int(axis) % rank_of(reader) for axis in found)


# --- concatenation and parts


def _concatenate(reader: Reader, step: Step, values: Attributes) -> None:
    live = [name for name in step.node.input if not reader.graph.is_constant(name)]
    _, layout = align(reader, live)
    if len({rank_of(reader, reader.values[name]) for name in live}) > 1:
        raise UnsupportedModelError("values with different numbers of axes are not supported")
    place = axis_of(reader, values["axis"])
    names = [
        reader.builder.constant(constant_of(reader, name))
        if reader.graph.is_constant(name)
        else reader.values[name].name
        for name in step.node.input
    ]
    reader.builder.add(Concatenate(place), *names)
    reader.arrange(layout)


def _slice(reader: Reader, step: Step, values: Attributes) -> None:
    constants = [
        reader.graph.constant(name) if name and k else None
        for k, name in enumerate(step.node.input)
    ]
    layout = reader.live.layout
    ends = constants[2] if len(constants) > 2 else None
    if ends is not None and ends.dtype == object:  # Up to the number of examples: all of them.
        whole = [
            2**62 if isinstance(n, Examples) and n.times == layout.before * layout.after else n
            for n in ends.ravel()
        ]
        constants[2] = np.array(whole, object if Examples in map(type, whole) else np.int64)
    index = slice_of(constants, values, rank_of(reader))
    for axis, part in enumerate(index):
        if part == slice(None):
            continue
        if axis == layout.batch and part.start == 0 and part.step == 1 and part.stop is not None:
            count = sizes_of(reader)[axis]
            if part.stop >= (count if isinstance(count, int) else 2**31 - 1):
                continue
        place = axis_of(reader, axis)
        found = range(reader.builder.known_shape()[place])[part]
        if found.step < 1 and len(found) > 1:
            _backwards(reader, place, found)
        elif (found.start, found.stop, found.step) != (0, reader.builder.known_shape()[place], 1):
            reader.builder.add(Slice(found.start, found.stop, found.step, axis=place))


def _backwards(reader: Reader, place: int, found: range) -> None:
    """Take places of an axis from the last to the first."""
    if not 1 < len(found) <= LONGEST_BACKWARDS:
        raise UnsupportedModelError(
            f"a backward slice of {len(found):,} is not supported; supported are up to "
            f"{LONGEST_BACKWARDS:,}"
        )
    source = reader.builder.tip
    parts = [reader.builder.add(Slice(k, k + 1, axis=place), source) for k in found]
    reader.builder.add(Concatenate(place), *parts)


def _split(reader: Reader, step: Step, values: Attributes) -> list[Live]:
    place = axis_of(reader, values.get("axis", 0))
    n, count = reader.builder.known_shape()[place], len(step.node.output)
    sizes = integers_of(reader, step, values, "split", 1)
    if sizes is None:
        size = -(-n // count)
        sizes = [min(size, n - start) for start in range(0, n, size)]
    (source, layout), start, parts = reader.live, 0, []
    for size in sizes:
        part = reader.builder.add(Slice(start, start + size, axis=place), source)
        parts.append(Live(part, layout))
        start += size
    return parts


def _gather(reader: Reader, step: Step, values: Attributes) -> None:
    builder, (data, index) = reader.builder, step.node.input
    axis = values.get("axis", 0)
    if not reader.graph.is_constant(index):
        if not reader.graph.is_constant(data) or axis:
            raise UnsupportedModelError(
                "indices that depend on the input are supported for a constant table only"
            )
        if len(builder.known_shape()) != 1 or not reader.live.layout.is_apart:
            raise UnsupportedModelError(
                f"indices of shape {builder.shape} are not supported; supported are integers of "
                "shape (tokens,) for one example"
            )
        table, root = reader.graph.numbers(data), reader.graph.root(data)
        made = builder.shared(("Gather", root), (root,), lambda: Embedding(table))
        builder.add(made)
        reader.tables[root] = made
        return
    places = reader.graph.constant(index)
    place = axis_of(reader, axis)
    n = builder.known_shape()[place]
    if np.any((places < -n) | (places >= n)):
        raise UnsupportedModelError(
            f"indices {places.tolist()} are not valid: axis {axis} has {n} places"
        )
    if places.ndim > 1 or places.size == 0 or np.any(np.diff(places.ravel() % n) != 1):
        raise UnsupportedModelError(
            "these indices are not supported; supported are one index, and consecutive ones"
        )
    start, layout = int(places.ravel()[0]) % n, reader.live.layout
    if places.ndim:
        builder.add(Slice(start, start + places.size, axis=place))
        return
    moved = layout._replace(batch=layout.batch - (axis % rank_of(reader) < layout.batch))
    builder.one_of(place, start)
    reader.arrange(moved)


# --- shapes


def _transpose(reader: Reader, step: Step, values: Attributes) -> None:
    groups, layout = example_axes(reader), reader.live.layout
    order = values.get("perm", list(range(len(groups)))[::-1])
    if sorted(order) != list(range(len(groups))):
        raise UnsupportedModelError(f"{tuple(order)} is not an order of {len(groups)} axes")
    places = [place for axis in order for place in groups[axis]]
    if places != sorted(places):
        reader.builder.add(Transpose(places))
    reader.arrange(layout._replace(batch=order.index(layout.batch)))


def _reshape(reader: Reader, step: Step, values: Attributes) -> None:
    given = integers_of(reader, step, values, "shape", 1)
    builder = reader.builder
    if builder.shape is None and len(given) == 2:
        builder.flatten()
        return
    sizes = sizes_of(reader)
    if values.get("allowzero", 0) and 0 in [n for n in given if isinstance(n, int)]:
        raise UnsupportedModelError("a shape without numbers is not supported")
    target = [
        sizes[axis] if isinstance(n, int) and n == 0 and axis < len(sizes) else n
        for axis, n in enumerate(given)
    ]
    found = reshaped(reader, target)
    said = ", ".join("n" if isinstance(n, Examples) else str(n) for n in given)
    mixing = (
        f"a reshape of {builder.shape} to ({said}) is not supported, as it mixes examples: each "
        f"has {math.prod(builder.known_shape())} numbers"
    )
    if found is None:
        raise UnsupportedModelError(mixing)
    shape, layout = found
    builder.reshape(shape)
    reader.arrange(layout, f"{step.place}: {mixing}")


def _flatten(reader: Reader, step: Step, values: Attributes) -> None:
    if values.get("axis", 1) not in (1, 1 - rank_of(reader)):
        raise UnsupportedModelError(f"axis {values['axis']} is not supported; supported is 1")
    reader.builder.flatten()


def _squeeze(reader: Reader, step: Step, values: Attributes) -> None:
    axes = axes_of(reader, step, values)
    if axes is None:
        raise UnsupportedModelError("its axes are missing")
    layout, shape = reader.live.layout, reader.builder.known_shape()
    places = {axis_of(reader, axis) for axis in axes}
    if any(shape[place] != 1 for place in places):
        raise UnsupportedModelError(
            f"axes {axes} of {shape} cannot be squeezed: they have more than one number"
        )
    reader.builder.reshape(tuple(n for place, n in enumerate(shape) if place not in places))
    reader.arrange(layout._replace(batch=layout.batch - sum(axis < layout.batch for axis in axes)))


def _unsqueeze(reader: Reader, step: Step, values: Attributes) -> None:
    listed = integers_of(reader, step, values, "axes", 1)
    groups, layout = example_axes(reader), reader.live.layout
    shape, total = reader.builder.known_shape(), len(groups) + len(listed)
    axes = {axis % total for axis in listed}
    left = iter(enumerate(groups))
    sizes: list[int] = []
    batch = 0
    for axis in range(total):
        if axis in axes:
            sizes.append(1)
            continue
        before, group = next(left)
        sizes.extend(shape[place] for place in group)
        batch = axis if before == layout.batch else batch
    reader.builder.reshape(tuple(sizes))
    reader.arrange(layout._replace(batch=batch))


def _expand(reader: Reader, step: Step, values: Attributes) -> None:
    target = reader.graph.constant(step.node.input[1]).ravel().tolist()
    sizes, layout = sizes_of(reader), reader.live.layout
    if len(target) != len(sizes):
        raise UnsupportedModelError(f"an expansion of {sizes} to {target} is not supported")
    if target[layout.batch] not in (1, reader.batch or 1):
        wanted = target[layout.batch]
        if not isinstance(wanted, Examples) or wanted != sizes[layout.batch]:
            raise UnsupportedModelError(f"an expansion to {target} is not supported")
    wide = [max(n, m) for n, m in zip(sizes, target, strict=True) if isinstance(n, int)]
    if reader.batch:
        wide.pop(layout.batch)
    wide[layout.batch : layout.batch] = layout.inner
    reader.builder.tip = reader.builder.broadcast(reader.builder.tip, tuple(wide))


def _reduce(is_mean: bool) -> Callable[[Reader, Step, Attributes], None]:
    """Return the entry for a mean or a sum over axes."""

    def reduce(reader: Reader, step: Step, values: Attributes) -> None:
        axes = axes_of(reader, step, values)
        if axes is None:
            raise UnsupportedModelError("it must not run over the examples: give it axes")
        keep = bool(values.get("keepdims", 1))
        places, layout = sorted(axis_of(reader, axis) for axis in axes), reader.live.layout
        reader.builder.total(places, keep_axes=keep, is_mean=is_mean)
        if not keep:
            layout = layout._replace(batch=layout.batch - sum(axis < layout.batch for axis in axes))
        reader.arrange(layout)

    return reduce


#: Operators that allow the examples along any axis.
SHAPES: dict[str, Callable[[Reader, Step, Attributes], Any]] = {
    "Concat": _concatenate,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "ReduceMean": _reduce(True),
    "ReduceSum": _reduce(False),
    "Reshape": _reshape,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
