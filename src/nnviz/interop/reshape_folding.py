"""Simplify nodes that only move numbers: split and merged heads, transposed keys.

Exporters write attention as products with reshapes and transposes around them. Every rule here puts
a node in the place of others that give the same numbers in the same order, whatever they are; the
one exception is a factor, which moves into the product that it scales.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

from nnviz.interop.builder import Builder, Shape
from nnviz.interop.node_replacement import rename, replace
from nnviz.network import (
    Concatenate,
    Flatten,
    Layer,
    MatMul,
    MergeHeads,
    Node,
    Reshape,
    Slice,
    SplitHeads,
    Standardise,
    Transpose,
)

__all__ = ["fold"]


def fold(builder: Builder) -> None:
    """Replace the nodes of a builder by fewer ones. Nodes that are no longer needed stay in it."""
    _Folding(builder).run()


class _Folding:
    """The new nodes so far, and the names of old values among them.

    A rule takes a node's name, its layer and its only input, and returns the name of a value that
    is the same, or None.
    """

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._nodes: dict[str, Node] = {}
        self._shapes = cast("dict[str, Shape]", builder.shapes)
        self._same: dict[str, str] = {}
        self._rules: dict[type[Layer], Callable[[str, Layer, str], str | None]] = {
            Flatten: self._reshape,
            Reshape: self._reshape,
            Slice: self._slice,
            Transpose: self._transpose,
        }

    def run(self) -> None:
        builder = self._builder
        before = dict(builder.nodes)
        for name, (layer, inputs) in before.items():
            sources = tuple(self._same.get(source, source) for source in inputs)
            self._same[name] = self._put(name, layer, *sources)
        replace(builder, self._nodes, self._same)
        changed = {
            name: node
            for name, node in builder.nodes.items()
            if name not in before or type(node.layer) is not type(before[name].layer)
        }
        rename(
            builder,
            {
                name: f"{name.rpartition('.')[0]}.{node.layer.kind}".lstrip(".")
                for name, node in changed.items()
            },
        )

    def _put(self, name: str, layer: Layer, *sources: str) -> str:
        """Add a node, or find an equal value; return the name of the value."""
        self._builder.budget.check_time()
        rule = self._rules.get(type(layer))
        found = rule(name, layer, sources[0]) if rule is not None else None
        if found is not None:
            return found
        if isinstance(layer, MatMul):
            layer, sources = self._product(layer, sources)
        self._nodes[name] = Node(layer, sources)
        self._shapes[name] = layer.output_shape(*(self._shapes[source] for source in sources))
        return name

    def _between(self, name: str, layer: Layer, source: str) -> str:
        """Add a node that a rule needs before the current one."""
        number, free = 1, f"{name}_before"
        while free in self._nodes or free in self._builder.nodes or free in self._builder.inputs:
            number += 1
            free = f"{name}_before_{number}"
        return self._put(free, layer, source)

    def _layer(self, name: str, *kinds: type[Layer]) -> Layer | None:
        node = self._nodes.get(name)
        return node.layer if node is not None and isinstance(node.layer, kinds) else None

    def _before(self, name: str) -> str:
        return self._nodes[name].inputs[0]

    # --- rules

    def _reshape(self, name: str, layer: Layer, source: str) -> str | None:
        wanted = layer.output_shape(self._shapes[source])
        if self._layer(source, Reshape, Flatten):
            return self._put(name, _reshape(wanted), self._before(source))
        if wanted == self._shapes[source]:
            return source
        inside = self._shapes[source]
        turned = self._layer(source, Transpose)
        if isinstance(turned, Transpose) and turned.axes == (1, 0, 2):
            heads, tokens, n = self._shapes[self._before(source)]
            if wanted == (tokens, heads * n):
                return self._put(name, MergeHeads(), self._before(source))
        joined = self._layer(source, Concatenate)
        if isinstance(joined, Concatenate):
            axis = joined.axis % len(inside)
            parts = self._nodes[source].inputs
            merged = (*inside[:axis], math.prod(inside[axis : axis + 2]), *inside[axis + 2 :])
            if wanted == merged and all(self._is_put_in(part, axis) for part in parts):
                last = axis == len(wanted) - 1
                return self._put(
                    name, Concatenate(-1 if last and axis else axis), *map(self._before, parts)
                )
        return None

    def _is_put_in(self, name: str, axis: int) -> bool:
        """Return whether a value is another one with an axis of one number more."""
        shape = self._shapes[name]
        return (
            self._layer(name, Reshape) is not None
            and shape[axis] == 1
            and axis + 1 < len(shape)
            and self._shapes[self._before(name)] == shape[:axis] + shape[axis + 1 :]
        )

    def _transpose(self, name: str, layer: Layer, source: str) -> str | None:
        axes, shape = cast(Transpose, layer).axes, self._shapes[source]
        if axes == tuple(range(len(axes))):
            return source
        if 1 in shape:  # The place of an axis of size 1 does not matter.
            left = [axis for axis, n in enumerate(shape) if n != 1]
            order = [left.index(axis) for axis in axes if axis in left]
            at = source
            if order != sorted(order):
                at = self._between(name, _reshape(tuple(shape[axis] for axis in left)), source)
                at = self._between(name, Transpose(order), at)
            return self._put(name, _reshape(layer.output_shape(shape)), at)
        before = self._layer(source, Transpose)
        if isinstance(before, Transpose):
            both = Transpose([before.axes[axis] for axis in axes])
            return self._put(name, both, self._before(source))
        if self._layer(source, Reshape) and axes in ((1, 0, 2), (1, 2, 0)):
            tokens, heads, n = shape
            if self._shapes[self._before(source)] == (tokens, heads * n):
                if axes == (1, 0, 2):
                    return self._put(name, SplitHeads(heads), self._before(source))
                split = self._between(name, SplitHeads(heads), self._before(source))
                return self._put(name, Transpose((0, 2, 1)), split)
        return None

    def _slice(self, name: str, layer: Layer, source: str) -> str | None:
        part, shape = cast(Slice, layer), self._shapes[source]
        axis = part.axis % len(shape)
        before = self._nodes.get(source)
        if before is None or part.output_shape(shape) != _one_of(shape, axis, part.squeezed):
            return None
        start = range(shape[axis])[slice(part.start, part.stop)].start
        if isinstance(before.layer, Concatenate) and before.layer.axis % len(shape) == axis:
            parts = before.inputs
            if all(self._shapes[one][axis] == 1 for one in parts):
                if not part.squeezed:
                    return parts[start]
                return self._put(name, _reshape(part.output_shape(shape)), parts[start])
        if not part.squeezed:
            return None
        if isinstance(before.layer, Transpose):
            axes = before.layer.axes
            at = self._between(name, Slice(start, start + 1, 1, axes[axis], True), before.inputs[0])
            rest = [one for k, one in enumerate(axes) if k != axis]
            order = [sorted(rest).index(one) for one in rest]
            return self._put(name, Transpose(order), at) if len(order) > 1 else at
        if isinstance(before.layer, Reshape) and 0 < axis == len(shape) - 2:
            inner = self._shapes[before.inputs[0]]
            n = shape[-1]
            if inner == (*shape[:axis], shape[axis] * n):
                features = Slice(start * n, (start + 1) * n, axis=-1)
                return self._put(name, features, before.inputs[0])
        if isinstance(before.layer, SplitHeads) and axis == 0:
            n = shape[-1]
            features = Slice(start * n, (start + 1) * n, axis=-1)
            return self._put(name, features, before.inputs[0])
        return None

    def _product(self, layer: MatMul, sources: tuple[str, ...]) -> tuple[MatMul, tuple[str, ...]]:
        """Take factors and a transpose of the second matrix into a product."""
        a, b = sources
        factor, transposed = layer.factor, layer.transposed
        while True:
            self._builder.budget.check_time()
            turned = self._layer(b, Transpose)
            of_a, of_b = self._factor(a), self._factor(b)
            if isinstance(turned, Transpose) and turned.axes == _swapped(len(turned.axes)):
                b, transposed = self._before(b), not transposed
            elif of_a is not None:
                a, factor = self._before(a), factor * of_a
            elif of_b is not None:
                b, factor = self._before(b), factor * of_b
            else:
                return MatMul(transposed, factor), (a, b)

    def _factor(self, name: str) -> float | None:
        """Return c, if a value is c times another."""
        layer = self._layer(name, Standardise)
        if not isinstance(layer, Standardise) or layer.mean.any() or layer.mean.size > 1:
            return None
        return float(1.0 / layer.deviation[0])


def _one_of(shape: Shape, axis: int, squeezed: bool) -> Shape:
    """Return the shape of one place along an axis."""
    return (*shape[:axis], *(() if squeezed else (1,)), *shape[axis + 1 :])


def _swapped(count: int) -> tuple[int, ...]:
    return (*range(count - 2), count - 1, count - 2)


def _reshape(shape: Shape) -> Layer:
    return Flatten() if len(shape) == 1 else Reshape(shape)
