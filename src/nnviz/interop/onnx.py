"""Models in ONNX files."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
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
from nnviz.network import (
    AveragePool2D,
    BatchNorm,
    Dropout,
    MaxPool2D,
    Network,
    elu,
    leaky_relu,
)

__all__ = ["from_onnx"]

#: Constants in the file are rounded to single precision, those of our functions are not.
ROUNDING = 1e-6
#: Of a file that is made for so many examples at a time, more would take onnx's reference minutes.
LARGEST_BATCH = 1024


def from_onnx(path: str | os.PathLike[str], *, check: bool = True) -> Network:
    """Read an ONNX file, such as PyTorch and skl2onnx write them.

    Of a classifier's outputs those of real numbers are taken, and its labels left out; two
    probabilities p and 1 - p are one sigmoid output. A ``LogSoftmax`` at the end becomes a softmax.

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
        If a node is nothing a network can have, or nodes do not make a chain: which, and where.
    ModelMismatchError
        If the network computes something else.
    NetworkError
        If the file is damaged.
    ImportError
        If onnx is not installed.
    """
    with opened(path) as graph:
        batch, shape = graph.input_shape()
        reader = _Reader(graph, Builder(shape))
        output = reader.read()
        network = reader.network()
        if check:
            if batch > LARGEST_BATCH or batch * max(network.sizes) > LARGEST_EXAMPLE:
                raise UnsupportedModelError(
                    f"it is made for {batch:,} examples at a time, too many to compare: with "
                    "check=False the network is returned all the same"
                )
            twin = _double(graph, output)
            check_outputs(
                network, lambda x: reader.run(twin, batch, x), "this file", rounding=ROUNDING
            )
        return network


Attributes = Mapping[str, Any]


class _Reader:
    """Follows a graph from its input to its output."""

    def __init__(self, graph: Graph, builder: Builder) -> None:
        self.graph = graph
        self.builder = builder
        self.is_pair = False
        self._used: dict[str, str] = {}

    def read(self) -> str:
        """Put every node into the chain. Return the name of the last tensor."""
        output = self._without_tail(self.graph.output())
        for step in self.graph.steps(output):
            with self.builder.at(step.place):
                if step.activation is not None:
                    self.builder.activate(step.activation)
                    continue
                node = step.node
                if node.domain not in ("", "ai.onnx") or node.op_type not in NODES:
                    raise UnsupportedModelError(
                        f"{node.op_type} is not taken; {', '.join(NODES)} are"
                    )
                NODES[node.op_type](self, step, self.graph.attributes(node))
        return output

    def network(self) -> Network:
        """Finish."""
        network = self.builder.network()
        if self.is_pair and network.output_shape != (1,):
            raise UnsupportedModelError(
                f"the output is {network.output_shape} joined to 1 minus that, which is taken for "
                "a single one"
            )
        return network

    def run(self, twin: Any, batch: int, x: npt.NDArray[np.float64]) -> npt.ArrayLike:
        """Let onnx compute, one example at a time: many files are made for no more."""
        rows = []
        for example in x:
            try:
                inputs = np.repeat(example[np.newaxis], batch, axis=0)
                (outputs,) = twin.run(None, {self.graph.input.name: inputs})
            except Exception as error:  # onnx checks a model only by running it.
                raise ModelMismatchError(
                    f"onnx cannot run this file ({type(error).__name__}: {error}). With "
                    "check=False the network is returned all the same"
                ) from error
            rows.append(np.asarray(outputs)[:1])
        outputs = np.concatenate(rows)
        return np.exp(outputs) if self.builder.log_outputs else outputs

    def _without_tail(self, output: str) -> str:
        """Leave out how skl2onnx dresses probabilities: by name, and of two classes both."""
        node = self.graph.producer(output)
        if node.op_type == "ZipMap" and node.domain == "ai.onnx.ml":
            output = node.input[0]
            node = self.graph.producer(output)
        if node.op_type == "Concat" and len(node.input) == 2:
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

    def weights(self, step: Step) -> list[npt.NDArray[np.float64]]:
        """Return a node's constants, the weights of a layer first."""
        name = step.node.input[1]
        if name in self._used:
            raise UnsupportedModelError(
                f"its weights {name!r} are those of {self._used[name]}: layers that share "
                "parameters are not taken"
            )
        self._used[name] = step.place
        return _numbers(self, step)

    def integers(self, name: str, tip: str) -> npt.NDArray[np.int64]:
        """Compute a shape, in which 0 stands for the number of examples, as in Reshape."""
        if self.graph.is_constant(name):
            return self.graph.constant(name).astype(np.int64)
        node = self.graph.producer(name)
        values = self.graph.attributes(node)
        with self.builder.at(self.graph.place(node)):
            if node.op_type == "Shape" and node.input[0] == tip:
                sizes = np.array([0, *self.builder.known_shape()])
                return sizes[values.get("start", 0) : values.get("end", len(sizes))]
            parts = [self.integers(part, tip) for part in node.input]
            match node.op_type:
                case "Gather":
                    return np.take(parts[0], parts[1])
                case "Unsqueeze" | "Squeeze" | "Cast" | "Identity":
                    return parts[0].ravel() if node.op_type == "Unsqueeze" else parts[0].squeeze()
                case "Concat":
                    return np.concatenate([part.ravel() for part in parts])
                case "Mul" if 0 not in parts[0] and 0 not in parts[1]:
                    return parts[0] * parts[1]
            raise UnsupportedModelError(f"{node.op_type} is not taken in the shape of a Reshape")


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


# --- nodes


def _skip(reader: _Reader, step: Step, values: Attributes) -> None:
    """Do nothing, as an identity does."""


def _plain(name: str) -> Callable[[_Reader, Step, Attributes], None]:
    """Make the entry of an activation function without options."""
    return lambda reader, step, values: reader.builder.activate(name)


def _numbers(reader: _Reader, step: Step) -> list[npt.NDArray[np.float64]]:
    """Return a node's constants, which must come after what it works on."""
    first, *others = step.node.input
    if first != step.source:
        raise UnsupportedModelError("its weights must come second")
    return [reader.graph.numbers(name) for name in others if name]


def _gemm(reader: _Reader, step: Step, values: Attributes) -> None:
    if values.get("transA", 0):
        raise UnsupportedModelError("with transA examples would be columns, which is not taken")
    weights, *biases = reader.weights(step)
    if not values.get("transB", 0):
        weights = weights.T
    reader.builder.dense(weights * values.get("alpha", 1.0))
    if biases:
        reader.builder.add_biases(biases[0] * values.get("beta", 1.0))


def _matmul(reader: _Reader, step: Step, values: Attributes) -> None:
    (weights,) = reader.weights(step)
    reader.builder.dense(weights.T)


def _add(reader: _Reader, step: Step, values: Attributes) -> None:
    (name,) = [name for name in step.node.input if name != step.source]
    reader.builder.add_biases(reader.graph.numbers(name))


def _padding(reader: _Reader, values: Attributes, size: tuple[int, ...]) -> Any:
    """Return a padding as our layers take it, of windows of a size."""
    kind = values.get("auto_pad", "NOTSET")
    if len(size) != 2:
        raise UnsupportedModelError(f"windows must have two axes, not size {size}")
    if kind in ("VALID", "SAME_UPPER"):
        return {"VALID": "valid", "SAME_UPPER": "same"}[kind]
    if kind == "NOTSET":
        top, left, bottom, right = values.get("pads", (0, 0, 0, 0))
        return (top, bottom), (left, right)
    if kind != "SAME_LOWER":
        raise UnsupportedModelError(f"auto_pad {kind!r} is not taken")
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


def _conv(reader: _Reader, step: Step, values: Attributes) -> None:
    kernels, *biases = reader.weights(step)
    size = kernels.shape[2:]
    if tuple(values.get("kernel_shape", size)) != size:
        raise UnsupportedModelError(
            f"kernel_shape {values['kernel_shape']} is not that of its kernels, {size}"
        )
    reader.builder.conv(
        kernels,
        *biases,
        stride=values.get("strides", (1, 1)),
        padding=_padding(reader, values, size),
        dilation=values.get("dilations", (1, 1)),
        groups=values.get("group", 1),
    )


def _pool(
    reader: _Reader,
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


def _max_pool(reader: _Reader, step: Step, values: Attributes) -> None:
    _pool(reader, values, MaxPool2D)


def _average_pool(reader: _Reader, step: Step, values: Attributes) -> None:
    _pool(reader, values, AveragePool2D, count_padding=bool(values.get("count_include_pad", 0)))


def _global_average(reader: _Reader, step: Step, values: Attributes) -> None:
    reader.builder.global_average()


def _axes(reader: _Reader, step: Step, values: Attributes) -> set[int]:
    """Return a node's axes of an image, (batch, channels, height, width)."""
    axes = values.get("axes")
    if axes is None and len(step.node.input) > 1:
        axes = reader.graph.constant(step.node.input[1]).tolist()
    return {axis % 4 for axis in axes or range(4)}


def _reduce_mean(reader: _Reader, step: Step, values: Attributes) -> None:
    if len(reader.builder.known_shape()) != 3 or _axes(reader, step, values) != {2, 3}:
        raise UnsupportedModelError("a mean is taken of the whole image: axes 2 and 3")
    reader.builder.global_average()


def _squeeze(reader: _Reader, step: Step, values: Attributes) -> None:
    if _axes(reader, step, values) != {2, 3} or reader.builder.known_shape()[1:] not in (
        (),
        (1, 1),
    ):
        raise UnsupportedModelError("only images of one pixel are squeezed, to rows")
    reader.builder.flatten_to((-1, -1))


def _batch_norm(reader: _Reader, step: Step, values: Attributes) -> None:
    if values.get("training_mode", 0):
        raise UnsupportedModelError("it is in training: export the model after eval()")
    scale, shift, mean, variance = _numbers(reader, step)
    epsilon, momentum = values.get("epsilon", 1e-5), values.get("momentum", 0.9)
    norm = BatchNorm(scale, shift, mean, variance, epsilon, 1.0 - momentum, unbiased=False)
    reader.builder.add(norm)


def _dropout(reader: _Reader, step: Step, values: Attributes) -> None:
    rate = values.get("ratio", 0.5)
    names = [*step.node.input[1:], "", ""]
    if names[0]:
        rate = reader.graph.numbers(names[0]).item()
    if names[1] and reader.graph.constant(names[1]).any():
        raise UnsupportedModelError("it is in training: export the model after eval()")
    reader.builder.add(Dropout(rate))


def _cast(reader: _Reader, step: Step, values: Attributes) -> None:
    if values["to"] not in REAL_TYPES:
        raise UnsupportedModelError("it rounds to whole numbers or the like")


def _flatten(reader: _Reader, step: Step, values: Attributes) -> None:
    axes = 2 if reader.builder.shape is None else len(reader.builder.shape) + 1
    if values.get("axis", 1) not in (1, 1 - axes):
        raise UnsupportedModelError(f"it must be from axis 1 on, not {values['axis']}")
    reader.builder.flatten()


def _reshape(reader: _Reader, step: Step, values: Attributes) -> None:
    target = reader.integers(step.node.input[1], step.source)
    reader.builder.flatten_to([int(n) for n in target])


def _gelu(reader: _Reader, step: Step, values: Attributes) -> None:
    names = {"none": "gelu", "tanh": "gelu-tanh"}
    reader.builder.activate(names[values.get("approximate", "none")])


def _check_axis(values: Attributes) -> None:
    if values.get("axis", -1) not in (1, -1):
        raise UnsupportedModelError(f"it must be over the outputs, axis 1, not {values['axis']}")


def _softmax(reader: _Reader, step: Step, values: Attributes) -> None:
    _check_axis(values)
    reader.builder.activate("softmax")


def _log_softmax(reader: _Reader, step: Step, values: Attributes) -> None:
    _check_axis(values)
    reader.builder.log_softmax()


NODES: dict[str, Callable[[_Reader, Step, Attributes], None]] = {
    "Add": _add,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Conv": _conv,
    "Dropout": _dropout,
    "Elu": lambda reader, step, values: reader.builder.activate(elu(values.get("alpha", 1.0))),
    "Flatten": _flatten,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "Identity": _skip,
    "LeakyRelu": lambda reader, step, values: reader.builder.activate(
        leaky_relu(values.get("alpha", 0.01))
    ),
    "LogSoftmax": _log_softmax,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "ReduceMean": _reduce_mean,
    "Relu": _plain("relu"),
    "Reshape": _reshape,
    "Sigmoid": _plain("sigmoid"),
    "Softmax": _softmax,
    "Softplus": _plain("softplus"),
    "Squeeze": _squeeze,
    "Tanh": _plain("tanh"),
}
