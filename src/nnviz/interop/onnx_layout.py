"""The axis of the examples in a tensor of an ONNX graph, and its other axes in the network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Shape, UnsupportedModelError
from nnviz.interop.onnx_batch_sizes import Examples, Size

if TYPE_CHECKING:
    from nnviz.interop.onnx_reader import Reader

__all__ = [
    "Layout",
    "Live",
    "align",
    "axis_of",
    "constant_of",
    "example_axes",
    "example_of",
    "rank_of",
    "reshaped",
    "sizes_of",
]


class Layout(NamedTuple):
    """The axis of the examples in a tensor.

    Along it may lie other numbers as well, such as the heads of attention: ``(batch * heads,
    tokens, n)`` is ``Layout(0, 1, heads)``, and of one example (heads, tokens, n).

    Attributes
    ----------
    batch : int
        The axis.
    before, after : int
        How many numbers of an example lie along it, before and after the examples.
    """

    batch: int = 0
    before: int = 1
    after: int = 1

    @property
    def inner(self) -> tuple[int, ...]:
        """Sizes of the axes of one example that lie along that of the examples."""
        return tuple(n for n in (self.before, self.after) if n > 1)

    @property
    def is_apart(self) -> bool:
        """Whether the examples have an axis of their own."""
        return not self.inner


class Live(NamedTuple):
    """A tensor that depends on the input: its value in the network and the axis of its examples."""

    name: str
    layout: Layout = Layout()


def rank_of(reader: Reader, live: Live | None = None) -> int:
    """Return the number of axes of a tensor, by default of the tip."""
    name, layout = live or reader.live
    shape = reader.builder.shapes[name]
    return 2 if shape is None else len(shape) + 1 - len(layout.inner)


def example_axes(reader: Reader) -> list[list[int]]:
    """Return for each axis of the tip which axes of one example lie along it."""
    inner = len(reader.live.layout.inner)
    groups, at = [], 0
    for axis in range(rank_of(reader)):
        count = inner if axis == reader.live.layout.batch else 1
        groups.append(list(range(at, at + count)))
        at += count
    return groups


def sizes_of(reader: Reader, live: Live | None = None) -> list[Size]:
    """Return the shape of a tensor in the graph, by default of the tip."""
    name, layout = live or reader.live
    shape = reader.builder.known_shape(name)
    times = layout.before * layout.after
    batch: Size = times * reader.batch if reader.batch else Examples(times)
    return [*shape[: layout.batch], batch, *shape[layout.batch + len(layout.inner) :]]


def axis_of(reader: Reader, axis: int) -> int:
    """Return which axis of one example an axis of the tip is, counted from 0."""
    axes = rank_of(reader)
    if not -axes <= axis < axes:
        raise UnsupportedModelError(f"there is no axis {axis}: the value has {axes} axes")
    if axis % axes == reader.live.layout.batch:
        raise UnsupportedModelError(
            f"it must not run over the examples, which a network computes one by one: not {axis}"
        )
    return example_axes(reader)[axis % axes][0]


def constant_of(reader: Reader, name: str) -> npt.NDArray[np.float64]:
    """Return constant numbers that go with the tip, for one example."""
    return example_of(reader, reader.graph.numbers(name))


def example_of(reader: Reader, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return constants that go with the tip without the axis of the examples.

    Where they have more axes than the tip, it gets these before its own, as in ONNX.
    """
    rank = rank_of(reader)
    if values.size == 1 and values.ndim <= rank:
        return values.reshape(())
    more = values.ndim - rank
    if more > 0 and all(n == 1 for n in values.shape[:more]):
        layout = reader.live.layout
        reader.builder.reshape((*(1,) * more, *reader.builder.known_shape()))
        reader.arrange(layout._replace(batch=layout.batch + more))
        rank += more
    layout = reader.live.layout
    wide = values.reshape((1,) * (rank - values.ndim) + values.shape)
    if values.ndim <= rank and reader.batch and wide.shape[layout.batch] == reader.batch:
        first = wide.take([0], layout.batch)
        wide = first if np.array_equal(wide, np.broadcast_to(first, wide.shape)) else wide
    if values.ndim > rank or wide.shape[layout.batch] != 1:
        raise UnsupportedModelError(
            f"a constant of shape {values.shape} is not the same for every example"
        )
    shape = list(wide.shape)
    shape[layout.batch : layout.batch + 1] = [1] * len(layout.inner)
    return wide.reshape(shape)


def align(reader: Reader, names: Sequence[str]) -> tuple[list[str], Layout]:
    """Check that tensors can be broadcast, with the examples along the same axis.

    Returns
    -------
    list of str, Layout
        What has their numbers, and where the examples stand in what comes of them together.
    """
    lives = [reader.values[name] for name in names]
    ranks = [rank_of(reader, live) for live in lives]
    ends = {
        (rank - live.layout.batch, live.layout.before, live.layout.after)
        for rank, live in zip(ranks, lives, strict=True)
    }
    if len(ends) > 1:
        shapes = " and ".join(_said(sizes_of(reader, live)) for live in lives)
        raise UnsupportedModelError(
            f"values of shape {shapes} cannot be broadcast example by example"
        )
    return [live.name for live in lives], lives[int(np.argmax(ranks))].layout


def _said(sizes: Sequence[Size]) -> str:
    words = (f"{n.times} n" if isinstance(n, Examples) and n.times > 1 else n for n in sizes)
    return f"({', '.join('n' if isinstance(n, Examples) else str(n) for n in words)})"


def reshaped(reader: Reader, target: Sequence[Size]) -> tuple[Shape, Layout] | None:
    """Return the shape of one example after a reshape of the tip, and where the examples stand.

    None if they are mixed with something that belongs to no axis of one example.

    Parameters
    ----------
    target : sequence of Size
        The shape as the graph has it, one size of which may be -1.
    """
    layout = reader.live.layout
    sizes = [n for n in sizes_of(reader) if isinstance(n, int)]
    if reader.batch:
        sizes.pop(layout.batch)
    before = math.prod(sizes[: layout.batch]) * layout.before
    after = math.prod(sizes[layout.batch :]) * layout.after
    wanted = _with_rest(list(target), before * after, reader.batch)
    if wanted is None:
        return None
    found = []
    for axis, size in enumerate(wanted):
        if isinstance(size, Examples) or reader.batch:
            times = size.times if isinstance(size, Examples) else size // reader.batch
            others = [
                math.prod(n for n in part if isinstance(n, int))
                for part in (wanted[:axis], wanted[axis + 1 :])
            ]
            if 0 not in others and not before % others[0] and not after % others[1]:
                one = Layout(axis, before // others[0], after // others[1])
                if one.before * one.after == times and (
                    isinstance(size, Examples) or size == times * reader.batch
                ):
                    found.append(one)
    if not found:
        return None
    best = min(found, key=lambda one: one.before * one.after)
    whole = [int(n) if isinstance(n, int) else 0 for n in wanted]
    return (*whole[: best.batch], *best.inner, *whole[best.batch + 1 :]), best


def _with_rest(target: list[Size], count: int, batch: int) -> list[Size] | None:
    """Replace -1 in a shape, given the number of values of an example."""
    symbols = [n for n in target if isinstance(n, Examples)]
    rest = [axis for axis, n in enumerate(target) if isinstance(n, int) and n == -1]
    known = math.prod(
        n.times if isinstance(n, Examples) else n
        for n in target
        if not n == -1  # noqa: SIM201
    )
    total = count * (batch or 1)
    if len(symbols) > 1 or len(rest) > 1 or (not batch and not symbols and not rest):
        return None
    if not rest:
        return target if known == total else None
    if known < 1 or total % known:
        return None
    left = total // known
    target[rest[0]] = left if symbols or batch else Examples(left)
    return target
