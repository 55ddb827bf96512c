"""Read an ONNX graph, node by node, into a network's graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.onnx_batch_sizes import of_examples, settled
from nnviz.interop.onnx_graph import FOLDED, QUESTIONS, Graph, Step
from nnviz.interop.onnx_layout import Layout, Live, sizes_of
from nnviz.interop.onnx_operators import ANY_ORDER, NODES, WEIGHTS
from nnviz.network import Embedding

__all__ = ["Reader"]

#: What to do about some nodes that are not supported.
HINTS = {
    **dict.fromkeys(
        ("Loop", "SequenceEmpty", "ConcatFromSequence", "SequenceInsert"),
        ": no loops are. torch's EmbeddingBag is exported as one: export an Embedding and its mean",
    ),
    **dict.fromkeys(("If", "Scan"), ": the graph must be the same for every input"),
    "Einsum": ": write it as products (MatMul), transposes and sums",
}


class Reader:
    """Reads a graph from its inputs to its output.

    Attributes
    ----------
    graph : Graph
        Graph that is read.
    builder : Builder
        Builder of the nodes.
    values : dict of str to Live
        Values of the builder, by names of the tensors that depend on the input.
    live : Live
        The tensor that the next node takes, or that the last one gave.
    bare : set of str
        Values of products without biases.
    tables : dict of str to Embedding
        Embeddings by their tensors.
    batch : int
        Number of examples that the file is made for; 0 for any number.
    is_pair : bool
        Whether the output is one probability p joined to 1 - p.
    """

    def __init__(
        self, graph: Graph, builder: Builder, names: Mapping[str, str], batch: int
    ) -> None:
        self.graph = graph
        self.builder: Builder = builder
        self.values: dict[str, Live] = {one: Live(name) for one, name in names.items()}
        self._layout = Layout()
        self.is_pair = False
        self.bare: set[str] = set()
        self.tables: dict[str, Embedding] = {}
        self.batch = batch
        self._users: dict[str, list[Any]] = {}
        self._mixed: dict[Layout, str] = {}

    @property
    def live(self) -> Live:
        """The builder's tip, and the axis of its examples."""
        return Live(self.builder.tip, self._layout)

    @live.setter
    def live(self, value: Live) -> None:
        self.builder.tip, self._layout = value

    def arrange(self, layout: Layout, mixing: str = "") -> None:
        """Note where the examples stand in the tip, and why others lie along their axis, if so."""
        self._layout = layout
        if not layout.is_apart and mixing:
            self._mixed.setdefault(layout, mixing)

    def feeds_softmax(self, name: str) -> bool:
        """Return whether nothing takes a tensor but softmaxes over its last axis."""
        users = self._users.get(name, [])
        return self.graph.opset >= 13 and all(
            node.op_type == "Softmax" and self.graph.attributes(node).get("axis", -1) == -1
            for node in users
        )

    def read(self, wanted: int | str | None) -> str:
        """Add every node to the builder. Return the name of the last tensor."""
        output = self._without_tail(self.graph.output(wanted))
        steps = self.graph.steps(output)
        uses = Counter(
            source
            for step in steps
            if step.node.op_type not in QUESTIONS
            for source in step.sources
        )
        self._check_known(steps)
        for step in steps:
            for source in step.sources:
                self._users.setdefault(source, []).append(step.node)
        self._count_weights(steps)
        for name, live in self.values.items():
            if uses[name] > 1:
                self.builder.kept.add(live.name)
        for step in steps:
            with self.builder.at(step.place):
                self._read(step, uses)
        if output not in self.values:
            raise UnsupportedModelError(f"its output {output!r} does not depend on its inputs")
        self.live = self.values[output]
        if not self._layout.is_apart:
            raise UnsupportedModelError(self._mixed[self._layout])
        return output

    def _check_known(self, steps: list[Step]) -> None:
        """Raise an error for kinds that no table has, before anything is read."""
        for step in steps:
            if step.activation is not None or step.norm is not None:
                continue
            kind = step.node.op_type
            if step.node.domain not in ("", "ai.onnx") or not (kind in NODES or kind in FOLDED):
                hint = HINTS.get(kind, f"; {', '.join(NODES)} are")
                raise UnsupportedModelError(f"{step.place}: {kind} is not supported{hint}")

    def _read(self, step: Step, uses: Mapping[str, int]) -> None:
        sources = tuple(name for name in step.sources if not self.graph.is_constant(name))
        node = step.node
        if node.op_type in QUESTIONS and sources:
            self._answer(step)
            return
        if not sources:
            self._fold(step, uses)
            return
        step = step._replace(sources=sources)
        self.live = self.values[step.source]
        self.builder.label = self._label(step)
        if step.activation is not None:
            self.builder.activate(step.activation)
            self._give(step.outputs[0], uses)
            return
        if step.norm is not None:
            step.norm.add_to(self)
            self._give(step.outputs[0], uses)
            return
        if node.op_type not in NODES:
            raise UnsupportedModelError(
                f"{node.op_type} is supported for constants only; supported for values are "
                f"{', '.join(NODES)}"
            )
        if node.op_type not in ANY_ORDER and self._layout != Layout():
            raise UnsupportedModelError(
                f"examples along axis {self._layout.batch}"
                + (" together with other axes" if self._layout.inner else "")
                + " are not supported here; the examples must come first, on an axis of their own"
            )
        several = NODES[node.op_type](self, step, self.graph.attributes(node))
        if several is None:
            if step.outputs != (node.output[0],):
                raise UnsupportedModelError("an output other than its first is not supported")
            self._give(step.outputs[0], uses)
            return
        for name, live in zip(node.output, several, strict=False):
            if name in step.outputs:
                self.live = live
                self._give(name, uses)

    def _answer(self, step: Step) -> None:
        """Note the value of a node that returns a shape."""
        node, values = step.node, self.graph.attributes(step.node)
        sizes = np.array(sizes_of(self, self.values[step.source]), object)
        if node.op_type == "Size":
            product = np.empty((), object)
            product[...] = np.prod(sizes)
            self.graph.note(node.output[0], product)
        else:
            part = slice(values.get("start", 0), values.get("end"))
            self.graph.note(node.output[0], settled(sizes[part]))

    def _fold(self, step: Step, uses: Mapping[str, int]) -> None:
        """Compute a node that is the same for every input, once shapes are known."""
        node = step.node
        if node.op_type not in FOLDED:
            raise UnsupportedModelError(
                "it is supported only with an input that depends on the model's input"
            )
        if node.op_type in ("Expand", "ConstantOfShape"):
            target = self.graph.constant(node.input[-1])
            if of_examples(target):
                self._repeat(step, target)
                self._give(step.outputs[0], uses)
                return
        self.graph.note(node.output[0], self.graph.folded(node))

    def _repeat(self, step: Step, target: np.ndarray) -> None:
        """Make a value from a constant that is repeated for every example."""
        node = step.node
        places = [axis for axis, n in enumerate(target) if not isinstance(n, int)]
        if len(places) != 1 or target[places[0]].times != 1:
            raise UnsupportedModelError(f"an expansion to {tuple(target)} is not supported")
        shape = [int(n) for n in np.delete(target, places[0])]
        if node.op_type == "Expand":
            values = self.graph.numbers(node.input[0])
            lead = len(target) - values.ndim
            wide = values.reshape((1,) * lead + values.shape)
            if lead < 0 or wide.shape[places[0]] != 1:
                raise UnsupportedModelError(
                    f"an expansion of {values.shape} to {tuple(target)} is not supported"
                )
            example = wide.squeeze(places[0])
            shape = [max(pair) for pair in zip(example.shape, shape, strict=True)]
        else:
            value = self.graph.attributes(node).get("value")
            filled = 0.0 if value is None else self.graph.onnx.numpy_helper.to_array(value).item()
            example = np.array(float(filled))
        if not shape:
            raise UnsupportedModelError(
                "a constant with one number for each example is not supported"
            )
        self.builder.tip = self.builder.constant(np.broadcast_to(example, shape))
        self.arrange(Layout(places[0]))

    def _label(self, step: Step) -> str:
        """Return the name of a step's nodes: that of its module if it has weights."""
        scope, node = self.graph.scope(step.node), step.node
        weights = WEIGHTS.get(node.op_type, ())
        if not any(char.isalpha() for char in scope):
            return ""
        if any(k < len(node.input) and self.graph.is_constant(node.input[k]) for k in weights):
            return scope
        return f"{scope}.{node.op_type.lower()}"

    def _give(self, name: str, uses: Mapping[str, int]) -> None:
        """Note that the tip is the value of a tensor."""
        self.values[name] = self.live
        if uses[name] > 1:
            self.builder.kept.add(self.builder.tip)

    def _count_weights(self, steps: list[Step]) -> None:
        """Note which weights occur at several places."""
        counts = Counter(
            self.graph.root(step.node.input[k])
            for step in steps
            if step.activation is None and step.norm is None
            for k in WEIGHTS.get(step.node.op_type, ())
            if k < len(step.node.input) and self.graph.is_constant(step.node.input[k])
        )
        self.builder.repeated.update(name for name, count in counts.items() if count > 1)

    def _without_tail(self, output: str) -> str:
        """Remove the nodes around probabilities that skl2onnx adds."""
        node = self.graph.producer(output)
        if node.op_type == "ZipMap" and node.domain == "ai.onnx.ml":
            output = node.input[0]
            node = self.graph.producer(output)
        if (
            node.op_type == "Concat"
            and len(node.input) == 2
            and self.graph.index(node.input[0]) >= 0
        ):
            other, positive = node.input
            rest = self.graph.producer(other)
            if (
                rest.op_type == "Sub"
                and rest.input[1] == positive
                and self.graph.is_constant(rest.input[0])
                and np.all(self.graph.constant(rest.input[0]) == 1)
            ):
                self.is_pair = True
                return str(positive)
        return str(output)
