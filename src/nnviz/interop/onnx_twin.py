"""What onnx's own reference computes for a model, in double precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import ModelMismatchError, require
from nnviz.interop.onnx_graph import REAL_TYPES, Graph
from nnviz.interop.onnx_reader import Reader
from nnviz.network.activations import softmax

__all__ = ["twin_of"]


def twin_of(
    reader: Reader, output: str, *, has_softmax: bool
) -> Callable[[Any], npt.NDArray[np.float64]]:
    """Return what computes a tensor of a graph that has been read, from batches of the inputs.

    Parameters
    ----------
    reader
        What has read the graph.
    output
        Name of the tensor.
    has_softmax
        Whether the network has a softmax after it.

    Returns
    -------
    callable
        Takes an array, or a mapping from names of inputs to arrays.
    """
    twin: list[Any] = []  # Made by the first call, whose errors are told apart.
    return lambda x: _run(reader, output, twin, x, has_softmax)


def _run(
    reader: Reader, output: str, twins: list[Any], x: Any, has_softmax: bool
) -> npt.NDArray[np.float64]:
    """Let onnx compute: many files are made for one example at a time, or so many."""
    batches = x if isinstance(x, dict) else dict.fromkeys(reader.builder.inputs, x)
    inputs = {value.name: batches[reader.values[value.name].name] for value in reader.graph.inputs}
    count = len(next(iter(inputs.values())))
    groups = [np.arange(count)]
    if reader.batch == 1:
        groups = [np.array([k]) for k in range(count)]
    elif reader.batch:
        groups = [np.arange(reader.batch) % count]
    try:
        if not twins:
            twins.append(_double(reader.graph, output))
        try:
            outputs = _together(reader, twins[0], inputs, groups)
        except Exception:  # It may be made for one all the same.
            groups = [np.array([k]) for k in range(count)]
            outputs = _together(reader, twins[0], inputs, groups)
    except Exception as error:  # onnx checks a model only by running it.
        raise ModelMismatchError(
            f"onnx cannot run this file ({type(error).__name__}: {error}). With "
            "check=False the network is returned all the same"
        ) from error
    outputs = outputs[:count]
    if has_softmax:
        return softmax(outputs, 1 if outputs.ndim == 4 else -1)
    return np.exp(outputs) if reader.builder.log_outputs else outputs


def _together(
    reader: Reader, twin: Any, inputs: Mapping[str, Any], groups: list[npt.NDArray[np.int64]]
) -> npt.NDArray[np.float64]:
    """Compute groups of examples, and put the outputs together, the examples first."""
    parts = []
    for group in groups:
        (found,) = twin.run(None, {name: one[group] for name, one in inputs.items()})
        parts.append(np.moveaxis(np.asarray(found), reader.live.layout.batch, 0))
    return np.concatenate(parts)


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
        if node.op_type == "GroupNormalization" and graph.opset >= 21:
            kept = [one for one in node.attribute if one.name != "stash_type"]
            del node.attribute[:]
            node.attribute.extend([*kept, onnx.helper.make_attribute("stash_type", double)])
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                tensors.append(attribute.t)
            elif node.op_type == "Cast" and attribute.name == "to" and attribute.i in REAL_TYPES:
                attribute.i = double
    for tensor in tensors:
        if tensor.data_type in REAL_TYPES:
            tensor.CopyFrom(from_array(to_array(tensor).astype(np.float64), tensor.name))
    return reference.ReferenceEvaluator(twin, new_ops=_more_ops(graph.opset))


def _more_ops(opset: int) -> list[type]:
    """Return operations that the reference lacks: an RNN with ReLU, softmax before version 13."""
    rnn: Any = require("onnx.reference.ops.op_rnn", "onnx").RNN_14
    run: Any = require("onnx.reference.op_run", "onnx").OpRun

    class RNN(rnn):  # type: ignore[misc]
        op_domain = ""

        def choose_act(self, name: str, alpha: Any, beta: Any) -> Any:
            if name == "Relu":
                return lambda x: np.maximum(x, 0.0)
            return super().choose_act(name, alpha, beta)

    class Softmax(run):  # type: ignore[misc]
        op_domain = ""

        def _run(self, x: Any, axis: int | None = None) -> tuple[Any]:
            # Over all axes from this one on.
            rows = x.reshape(*x.shape[: 1 if axis is None else axis % x.ndim], -1)
            return (softmax(rows).reshape(x.shape),)

    class LogSoftmax(Softmax):
        def _run(self, x: Any, axis: int | None = None) -> tuple[Any]:
            return (np.log(super()._run(x, axis)[0]),)

    return [RNN] if opset >= 13 else [RNN, Softmax, LogSoftmax]
