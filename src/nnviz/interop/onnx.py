"""Models in ONNX files."""

from __future__ import annotations

import math
import os
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import (
    LARGEST_EXAMPLE,
    Builder,
    ModelMismatchError,
    UnsupportedModelError,
    check_outputs,
    require,
)
from nnviz.interop.onnx_graph import REAL_TYPES, Graph, Step, opened
from nnviz.interop.onnx_nodes import NODES, WEIGHTS
from nnviz.network import Network

__all__ = ["from_onnx"]

#: Constants in the file are rounded to single precision, those of our functions are not.
ROUNDING = 1e-6
#: Of a file that is made for so many examples at a time, more would take onnx's reference minutes.
LARGEST_BATCH = 1024


def from_onnx(path: str | os.PathLike[str], *, check: bool = True) -> Network:
    """Read an ONNX file, such as PyTorch and skl2onnx write them.

    Of a classifier's outputs those of real numbers are taken, and its labels left out; two
    probabilities p and 1 - p are one sigmoid output. A ``LogSoftmax`` at the end becomes a softmax,
    and a warning says so. The weights of layers are trained; other constants stay as they are.

    Parameters
    ----------
    path
        The file, with its weights in it, up to 1 GiB. Nothing in it is ever run.
    check
        Compare the network with what onnx's own reference computes, in double precision, on
        random inputs.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If a node is nothing a network can have: which, and where.
    ModelMismatchError
        If the network computes something else.
    NetworkError
        If the file is damaged.
    ImportError
        If onnx is not installed.
    """
    with opened(path) as graph:
        batch, shapes = graph.input_shapes()
        if not shapes:
            raise UnsupportedModelError("it has no input")
        names = {name: _name(name) if len(shapes) > 1 else "x" for name in shapes}
        builder = Builder({names[name]: shape for name, shape in shapes.items()})
        reader = Reader(graph, builder, names, batch)
        output = reader.read()
        network = reader.network()
        if builder.log_outputs:
            builder.notes.append(
                "this file gives logarithms of probabilities, the network the probabilities"
            )
        for note in builder.notes:
            warnings.warn(note, stacklevel=2)
        if check:
            largest = max(math.prod(shape) for shape in network.shapes)
            if batch > LARGEST_BATCH or batch * largest > LARGEST_EXAMPLE:
                raise UnsupportedModelError(
                    f"it is made for {batch:,} examples at a time, too many to compare: with "
                    "check=False the network is returned all the same"
                )
            twin = _double(graph, output)
            check_outputs(
                network, lambda x: reader.run(twin, batch, x), "this file", rounding=ROUNDING
            )
        return network


class Reader:
    """Follows a graph from its inputs to its output.

    Attributes
    ----------
    graph, builder
        Where nodes come from, and where they go.
    values
        From names of tensors to those of values of the builder.
    bare
        Values that products without biases give.
    batch
        How many examples the file is made for, 0 if any number.
    is_pair
        Whether a single probability is joined to what it lacks to 1.
    """

    def __init__(
        self, graph: Graph, builder: Builder, names: Mapping[str, str], batch: int
    ) -> None:
        self.graph = graph
        self.builder: Builder = builder
        self.values: dict[str, str] = dict(names)
        self.is_pair = False
        self.bare: set[str] = set()
        self.batch = batch

    def read(self) -> str:
        """Put every node into the builder. Return the name of the last tensor."""
        output = self._without_tail(self.graph.output())
        steps = self.graph.steps(output)
        uses = Counter(source for step in steps for source in step.sources)
        self._count_weights(steps)
        for name, value in self.values.items():
            if uses[name] > 1:
                self.builder.kept.add(value)
        for step in steps:
            with self.builder.at(step.place):
                self.builder.tip = self.values[step.source]
                node = step.node
                if step.activation is not None:
                    self.builder.activate(step.activation)
                    self._give(step.output, uses)
                    continue
                if node.domain not in ("", "ai.onnx") or node.op_type not in NODES:
                    raise UnsupportedModelError(
                        f"{node.op_type} is not supported; {', '.join(NODES)} are"
                    )
                several = NODES[node.op_type](self, step, self.graph.attributes(node))
                if several is None:
                    if step.output != node.output[0]:
                        raise UnsupportedModelError("of its outputs only the first is taken")
                    self._give(step.output, uses)
                else:
                    for name, value in zip(node.output, several, strict=True):
                        self.builder.tip = value
                        self._give(name, uses)
        self.builder.tip = self.values[output]
        return output

    def _give(self, name: str, uses: Mapping[str, int]) -> None:
        """Note that the tip is what a tensor is."""
        self.values[name] = self.builder.tip
        if uses[name] > 1:
            self.builder.kept.add(self.builder.tip)

    def _count_weights(self, steps: list[Step]) -> None:
        """Note which weights stand at several places."""
        counts = Counter(
            self.graph.root(step.node.input[k])
            for step in steps
            if step.activation is None
            for k in WEIGHTS.get(step.node.op_type, ())
            if k < len(step.node.input) and self.graph.is_constant(step.node.input[k])
        )
        self.builder.repeated.update(name for name, count in counts.items() if count > 1)

    def network(self) -> Network:
        """Finish."""
        network = self.builder.network()
        if self.is_pair and network.output_shape != (1,):
            raise UnsupportedModelError(
                f"the output is {network.output_shape} joined to 1 minus that, which is taken for "
                "a single one"
            )
        return network

    def run(self, twin: Any, batch: int, x: Any) -> npt.ArrayLike:
        """Let onnx compute: many files are made for one example at a time, or so many."""
        named = x if isinstance(x, dict) else dict.fromkeys(self.builder.inputs, x)
        inputs = {value.name: named[self.values[value.name]] for value in self.graph.inputs}
        count = len(next(iter(inputs.values())))
        outputs = None
        if not batch:  # Together, so that what mixes examples is seen.
            try:
                (outputs,) = twin.run(None, inputs)
            except Exception:  # It may be made for one all the same.
                outputs = None
        if outputs is None:
            rows = []
            for k in range(count):
                several = {
                    name: np.repeat(one[k : k + 1], max(batch, 1), axis=0)
                    for name, one in inputs.items()
                }
                try:
                    (row,) = twin.run(None, several)
                except Exception as error:  # onnx checks a model only by running it.
                    raise ModelMismatchError(
                        f"onnx cannot run this file ({type(error).__name__}: {error}). With "
                        "check=False the network is returned all the same"
                    ) from error
                rows.append(np.asarray(row)[:1])
            outputs = np.concatenate(rows)
        return np.exp(outputs) if self.builder.log_outputs else np.asarray(outputs)

    def _without_tail(self, output: str) -> str:
        """Leave out how skl2onnx dresses probabilities: by name, and of two classes both."""
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

    def integers(self, name: str) -> npt.NDArray[np.int64]:
        """Compute a shape, in which 0 stands for the number of examples, as in Reshape."""
        if self.graph.is_constant(name):
            return self.graph.constant(name).astype(np.int64)
        node = self.graph.producer(name)
        values = self.graph.attributes(node)
        with self.builder.at(self.graph.place(node)):
            if node.op_type == "Shape" and node.input[0] in self.values:
                sizes = np.array([0, *self.builder.known_shape(self.values[node.input[0]])])
                return sizes[values.get("start", 0) : values.get("end", len(sizes))]
            if node.op_type not in (
                "Gather",
                "Unsqueeze",
                "Squeeze",
                "Cast",
                "Identity",
                "Concat",
                "Mul",
                "Div",
                "Slice",
            ):
                raise UnsupportedModelError(f"{node.op_type} is not supported in a shape")
            parts = [self.integers(part) for part in node.input]
            match node.op_type:
                case "Gather":
                    return np.take(parts[0], parts[1])
                case "Unsqueeze" | "Squeeze" | "Cast" | "Identity":
                    return parts[0].ravel() if node.op_type == "Unsqueeze" else parts[0].squeeze()
                case "Concat":
                    return np.concatenate([part.ravel() for part in parts])
                case "Mul" if 0 not in parts[0] and 0 not in parts[1]:
                    return parts[0] * parts[1]
                case "Div" if 0 not in parts[0] and 0 not in parts[1]:
                    return parts[0] // parts[1]
                case "Slice":
                    start, stop = int(parts[1].item()), int(parts[2].item())
                    return parts[0][start:stop]
            raise UnsupportedModelError(
                f"{node.op_type} of the number of examples is not supported"
            )


def _name(name: str) -> str:
    """Return an input's name as a network can have it."""
    words = re.sub(r"\W+", "_", name).strip("_")
    return words if words[:1].isalpha() else f"input_{words}"


def _double(graph: Graph, output: str) -> Any:
    """Make what runs the graph up to a tensor in double precision."""
    onnx = graph.onnx
    reference = require("onnx.reference", "onnx")
    twin = onnx.ModelProto()
    twin.CopyFrom(graph.model)
    needed, names = [], {output}
    for node in reversed(graph.model.graph.node):
        if names.intersection(node.output):
            needed.append(node)
            names.update(node.input)
    del twin.graph.node[:]
    twin.graph.node.extend(reversed(needed))
    del twin.graph.output[:]
    double = onnx.TensorProto.DOUBLE
    twin.graph.output.append(onnx.helper.make_tensor_value_info(output, double, None))
    to_array, from_array = onnx.numpy_helper.to_array, onnx.numpy_helper.from_array
    tensors = [tensor for tensor in twin.graph.initializer if tensor.name in names]
    for node in twin.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                tensors.append(attribute.t)
            elif node.op_type == "Cast" and attribute.name == "to" and attribute.i in REAL_TYPES:
                attribute.i = double
    for tensor in tensors:
        if tensor.data_type in REAL_TYPES:
            tensor.CopyFrom(from_array(to_array(tensor).astype(np.float64), tensor.name))
    return reference.ReferenceEvaluator(twin)
