"""Run onnx's own reference node by node, each after a check of its cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import require
from nnviz.interop.onnx_costs import cost_of
from nnviz.network.activations import softmax

if TYPE_CHECKING:
    from nnviz.interop.onnx_graph import Graph

__all__ = ["REAL_NAMES", "REAL_TYPES", "Reference", "compute"]

#: onnx.TensorProto's numbers of the types of real numbers: float, float16, double, bfloat16.
REAL_TYPES = (1, 10, 11, 16)
#: NumPy's names of them.
REAL_NAMES = ("bfloat16", "float16", "float32", "float64")

Array = npt.NDArray[Any]


def compute(
    graph: Graph,
    node: Any,
    arrays: Sequence[Array | None],
    what: str,
    held: int = 0,
    more: Sequence[type] = (),
) -> dict[str, Array]:
    """Compute a node with onnx's reference.

    Parameters
    ----------
    graph : Graph
        Graph of the node.
    node : object
        The node.
    arrays : sequence of ndarray or None
        Its inputs; None for one that is left out.
    what : str
        Purpose of the computation, for errors.
    held : int, optional
        Bytes of other arrays that are kept meanwhile.
    more : sequence of type, optional
        Operations that the reference lacks.

    Returns
    -------
    dict from str to ndarray
        Its outputs by name.

    Raises
    ------
    NetworkLimitError
        If it would cost too much.
    """
    work = cost_of(node.op_type, graph.attributes(node), arrays)
    graph.budget.spend(work.seconds, 8 * work.numbers + held, f"{what}: {graph.place(node)}")
    reference, helper = require("onnx.reference", "onnx"), graph.onnx.helper
    names = [name for name in node.output if name]
    outputs = [helper.make_tensor_value_info(name, 0, None) for name in names]
    made = helper.make_model(
        helper.make_graph([node], "node", [], outputs), opset_imports=list(graph.model.opset_import)
    )
    given = {name: a for name, a in zip(node.input, arrays, strict=True) if a is not None}
    found = reference.ReferenceEvaluator(made, new_ops=list(more)).run(names, given)
    return {name: np.asarray(array) for name, array in zip(names, found, strict=True)}


class Reference:
    """The nodes that a tensor depends on, to be computed in double precision.

    Parameters
    ----------
    graph : Graph
        Graph of the nodes.
    output : str
        Name of the tensor.
    """

    def __init__(self, graph: Graph, output: str) -> None:
        self._graph = graph
        self._output = output
        self._more = _more_ops(graph.opset)
        self._nodes: list[Any] = []
        wanted = {output}
        for node in reversed(graph.model.graph.node):
            if wanted.intersection(node.output):
                self._nodes.append(self._in_double(node))
                wanted.update(name for name in node.input if not graph.is_fixed(name))
        self._nodes.reverse()
        self._last_use = {name: k for k, node in enumerate(self._nodes) for name in node.input}

    def _in_double(self, node: Any) -> Any:
        """Return a node that makes double precision where it made real numbers of another one."""
        onnx, values = self._graph.onnx, self._graph.attributes(node)
        if node.op_type == "Cast" and values.get("to") in REAL_TYPES:
            name = "to"
        elif node.op_type == "GroupNormalization" and self._graph.opset >= 21:
            name = "stash_type"
        else:
            return node
        double = onnx.NodeProto()
        double.CopyFrom(node)
        kept = [attribute for attribute in node.attribute if attribute.name != name]
        del double.attribute[:]
        double.attribute.extend([*kept, onnx.helper.make_attribute(name, onnx.TensorProto.DOUBLE)])
        return double

    def run(self, inputs: Mapping[str, Array]) -> Array:
        """Compute the tensor for a batch of each input."""
        values = dict(inputs)
        for k, node in enumerate(self._nodes):
            arrays = [self._value(name, values) for name in node.input]
            held = sum(array.nbytes for array in values.values())
            values |= compute(self._graph, node, arrays, "the comparison", held, self._more)
            for name in node.input:
                if self._last_use[name] == k:
                    values.pop(name, None)
        return values[self._output]

    def _value(self, name: str, values: Mapping[str, Array]) -> Array | None:
        if not name:
            return None
        if name in values:
            return values[name]
        array = self._graph.constant(name)
        return array.astype(np.float64) if array.dtype.name in REAL_NAMES else array


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
