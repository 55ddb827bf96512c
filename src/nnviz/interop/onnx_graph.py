"""The graphs of ONNX models: constants, and the steps from the inputs to the output."""

from __future__ import annotations

import heapq
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Shape, UnsupportedModelError, require
from nnviz.interop.model_files import content_of
from nnviz.interop.onnx_batch_sizes import computed, of_examples, settled
from nnviz.interop.onnx_expressions import recognised
from nnviz.interop.onnx_files import put_weights, read_model
from nnviz.interop.onnx_norms import ChannelNorm, Norm, written_norm
from nnviz.interop.onnx_reference import REAL_NAMES, REAL_TYPES, compute
from nnviz.limits import Budget
from nnviz.network import Activation, NetworkError, NetworkLimitError

__all__ = ["FOLDED", "Graph", "Step", "opened"]

#: Operators that are computed if all their inputs are constant.
FOLDED = (
    *("Add", "And", "Cast", "CastLike", "Concat", "ConstantOfShape", "Div", "Equal", "Expand"),
    *("Gather", "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "MatMul", "Max"),
    *("Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Range", "Reciprocal", "ReduceProd"),
    *("Reshape", "Shape", "Size", "Slice", "Sqrt", "Squeeze", "Sub", "Tile", "Transpose"),
    *("Trilu", "Unsqueeze", "Where"),
)
#: Operators that return a shape.
QUESTIONS = ("Shape", "Size")
#: Largest length of the name of a node's module.
LONGEST_SCOPE = 10_000
#: onnx.TensorProto.STRING.
TEXT = 8
#: Bytes of a multiple of the number of examples.
SYMBOL = 200

Array = npt.NDArray[Any]


@contextmanager
def opened(path: str | os.PathLike[str], budget: Budget) -> Iterator[Graph]:
    """Read a file. What is wrong in it ends in a `NetworkError` that names the file."""
    onnx = require("onnx", "onnx")
    file = os.fspath(path)
    content = content_of(path, budget)
    try:
        model, size = read_model(onnx, content, budget), len(content)
        del content
        put_weights(onnx, model, path, size, budget)
        yield Graph(onnx, model, budget)
    except (ImportError, FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except NetworkError as error:
        raise type(error)(f"{file}: {error}") from None
    except Exception as error:  # Damaged files cause errors of many kinds.
        raise NetworkError(
            f"{file}: damaged, or not an ONNX model ({type(error).__name__}: {error})"
        ) from None


class Step(NamedTuple):
    """One operation on the way from the input to the output.

    Attributes
    ----------
    place : str
        Name of the model in messages.
    node : object
        Node of the graph; of an expression its last one.
    sources : tuple of str
        Names of its inputs.
    outputs : tuple of str
        Names of its outputs that are needed.
    activation : Activation or None
        The activation function that an expression of several nodes stands for.
    norm : Norm, ChannelNorm or None
        The norm that several nodes write out.
    """

    place: str
    node: Any
    sources: tuple[str, ...]
    outputs: tuple[str, ...]
    activation: Activation | None = None
    norm: Norm | ChannelNorm | None = None

    @property
    def source(self) -> str:
        """The first of its inputs."""
        return self.sources[0]


class Graph:
    """The graph of a model.

    Parameters
    ----------
    onnx : object
        The module.
    model : object
        A ``ModelProto``.
    budget : Budget
        Budget of reading.
    """

    def __init__(self, onnx: Any, model: Any, budget: Budget) -> None:
        self.onnx = onnx
        self.model = model
        self.budget = budget
        graph = model.graph
        if not graph.node:
            raise UnsupportedModelError("it has no nodes")
        if graph.sparse_initializer:
            raise UnsupportedModelError("sparse weights are not supported")
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        #: What has been computed of them, and of shapes.
        self._known: dict[str, Array] = {}
        self._producers: dict[str, int] = {}
        self._fixed: set[str] = set(self._tensors)
        for i, node in enumerate(graph.node):
            fixed = self._is_foldable(node) and self._fixed.issuperset(filter(None, node.input))
            for name in filter(None, node.output):
                if name in self._producers or name in self._tensors:
                    raise NetworkError(f"{name!r} is defined twice")
                self._producers[name] = i
                if fixed:
                    self._fixed.add(name)
        self.inputs = [value for value in graph.input if value.name not in self._tensors]
        self._opsets = {one.domain: one.version for one in model.opset_import}

    @property
    def opset(self) -> int:
        """Version of the operators."""
        return int(self._opsets.get("", self._opsets.get("ai.onnx", 1)))

    # --- ends

    def input_shapes(self) -> tuple[int, dict[str, Shape | None]]:
        """Return how many examples inputs have, 0 if any number, and the shape of one of each.

        That is None if it is a single vector of any length.
        """
        batch, shapes = 0, {}
        for value in self.inputs:
            count, shapes[value.name] = self._input_shape(value)
            batch = max(batch, count)
        return batch, shapes

    def _input_shape(self, value: Any) -> tuple[int, Shape | None]:
        kind = value.type.tensor_type
        sizes = [size.dim_value for size in kind.shape.dim]
        if kind.elem_type not in (0, *REAL_TYPES) and kind.elem_type not in range(2, 8):
            raise UnsupportedModelError(f"its input {value.name!r} does not hold numbers")
        batch, shape = sizes[0] if sizes else 0, tuple(sizes[1:])
        if len(sizes) == 2 and shape[0] < 1 and len(self.inputs) == 1:
            return batch, None
        if not 2 <= len(sizes) <= 4 or min(shape) < 1:
            raise UnsupportedModelError(
                f"its input {value.name!r} has shape {tuple(sizes)}, where 0 is any size; "
                "supported are (batch, n), (batch, n, m) and (batch, channels, height, width), "
                "with numbers for all but the batch: export the model with such a shape"
            )
        return batch, shape

    def outputs(self) -> list[str]:
        """Return the names of the outputs of real numbers."""
        names = []
        for value in self.model.graph.output:
            kind = value.type.WhichOneof("value")
            is_label = kind == "tensor_type" and value.type.tensor_type.elem_type not in (
                0,
                *REAL_TYPES,
            )
            if not is_label:
                names.append(str(value.name))
        return names

    def output(self, wanted: int | str | None = None) -> str:
        """Return the name of an output of real numbers; labels beside it are left out.

        Parameters
        ----------
        wanted : int, str, optional
            Its name, or its place among those of real numbers. None if there is one.
        """
        names = self.outputs()
        listed = (
            f"{len(names)} output{'s' * (len(names) != 1)} of real numbers ({', '.join(names)})"
        )
        if wanted is None:
            if len(names) == 1:
                return names[0]
            raise UnsupportedModelError(
                f"it has {listed}; a network has one: choose with output=0 or output={names[-1]!r}"
                if names
                else "it has no output of real numbers"
            )
        if isinstance(wanted, int) and not isinstance(wanted, bool) and 0 <= wanted < len(names):
            return names[wanted]
        if isinstance(wanted, str) and wanted in names:
            return wanted
        raise UnsupportedModelError(f"it has {listed}, and no output {wanted!r}")

    # --- nodes

    def producer(self, name: str) -> Any:
        """Return the node that computes a tensor."""
        if name not in self._producers:
            raise NetworkError(f"no node computes {name!r}, which is needed")
        return self.model.graph.node[self._producers[name]]

    def place(self, node: Any) -> str:
        """Return where a node is: its name and kind."""
        i = self._producers[node.output[0]]
        name = (node.name or node.output[0])[:100]
        return f"node {i} of {len(self.model.graph.node)}, {name!r} ({node.op_type})"

    def attributes(self, node: Any) -> dict[str, Any]:
        """Return a node's attributes by name."""
        get = self.onnx.helper.get_attribute_value
        return {attribute.name: _plain(get(attribute)) for attribute in node.attribute}

    # --- constants

    def _is_foldable(self, node: Any) -> bool:
        return node.domain in ("", "ai.onnx") and (
            node.op_type == "Constant" or node.op_type in FOLDED
        )

    def is_constant(self, name: str) -> bool:
        """Return whether a tensor is the same for every input, as far as that is known yet."""
        return name in self._fixed or name in self._known

    def is_fixed(self, name: str) -> bool:
        """Return whether a tensor depends on nothing but the file, not even on shapes."""
        return name in self._fixed

    def shape(self, name: str) -> Shape:
        """Return the shape of a constant tensor."""
        if name in self._tensors:
            return tuple(self._tensors[name].dims)
        return self.constant(name).shape

    def constant(self, name: str) -> Array:
        """Return a constant tensor."""
        if name in self._tensors:
            return self._array(name, self._tensors[name])
        if not self.is_constant(name):
            raise UnsupportedModelError(f"{name!r} has to be constant, but depends on the input")
        if name not in self._known:
            for index in self._before(name):
                self._compute(self.model.graph.node[index])
        return self._known[name]

    def _array(self, name: str, tensor: Any) -> Array:
        if min(tensor.dims, default=0) < 0:
            raise NetworkError(f"{name!r} has the shape {tuple(tensor.dims)}")
        if tensor.data_type == TEXT:
            raise UnsupportedModelError(f"{name!r} holds texts, not numbers")
        self.budget.check_memory(8 * math.prod(tensor.dims), repr(name))
        array: Array = self.onnx.numpy_helper.to_array(tensor)
        return array

    def note(self, name: str, values: Array) -> None:
        """Note the value of a tensor that is the same for every input."""
        found = settled(values)
        size = SYMBOL * found.size if of_examples(found) else found.nbytes
        self.budget.hold(size, repr(name))
        self._known[name] = found

    def _before(self, name: str) -> list[int]:
        """Return the nodes that are needed for a constant and not computed yet, in order."""
        found: set[int] = set()
        waiting = [name]
        while waiting:
            part = waiting.pop()
            if part in self._tensors or part in self._known:
                continue
            index = self._producers[part]
            if index not in found:
                found.add(index)
                waiting += filter(None, self.model.graph.node[index].input)
        return sorted(found)

    def _compute(self, node: Any) -> None:
        """Compute nodes that depend on constants only."""
        if node.op_type == "Constant":
            ((kind, value),) = self.attributes(node).items()
            name = node.output[0]
            self.note(name, self._array(name, value) if kind == "value" else np.asarray(value))
            return
        try:
            self.note(node.output[0], self.folded(node))
        except NetworkLimitError:
            raise
        except NetworkError as error:
            raise UnsupportedModelError(f"{self.place(node)}: {error}") from None

    def folded(self, node: Any) -> Array:
        """Compute a node whose every input is constant."""
        inputs = [self.constant(name) if name else None for name in node.input]
        if any(one is not None and of_examples(one) for one in inputs):
            return computed(node.op_type, inputs, self.attributes(node))
        return compute(self, node, inputs, "a constant")[node.output[0]]

    def root(self, name: str) -> str:
        """Return which tensor a constant is, but for casts and another order of axes."""
        while name not in self._tensors and name in self._producers:
            node = self.producer(name)
            if node.op_type not in ("Identity", "Cast", "Transpose"):
                break
            name = node.input[0]
        return name

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return constant real numbers."""
        array = self.constant(name)
        if array.dtype.name not in REAL_NAMES:
            raise UnsupportedModelError(f"{name!r} holds {array.dtype}, not real numbers")
        # As it is, in double precision, and as a layer's own copy.
        self.budget.check_memory(16 * array.size + array.nbytes, repr(name))
        return array.astype(np.float64)

    # --- the steps

    def live(self, node: Any) -> list[str]:
        """Return the inputs of a node that are not constant."""
        return [name for name in node.input if name and not self.is_constant(name)]

    def steps(self, output: str) -> list[Step]:
        """Return the operations between the inputs and a tensor, in order.

        Those on shapes are among them.
        """
        inputs = {value.name for value in self.inputs}
        steps: list[Step] = []
        #: What is still to be followed back, the last node first.
        front = [(-self.index(name), name) for name in {output} - inputs]
        seen = {name for _, name in front}
        while front:
            self.budget.check_time()
            place, at = heapq.heappop(front)
            node = self.producer(at)
            others = []
            while front and front[0][0] == place:
                others.append(heapq.heappop(front))
            step = self._step(node, at, {at, *(name for _, name in others)})
            if step.activation is not None or step.norm is not None:
                for other in others:
                    heapq.heappush(front, other)
            for source in step.sources:
                if source in inputs:
                    continue
                if self.index(source) >= -place:
                    raise NetworkError(f"{step.place}: it comes before the nodes of its inputs")
                if source not in seen:
                    seen.add(source)
                    heapq.heappush(front, (-self.index(source), source))
            steps.append(step)
        return steps[::-1]

    def _step(self, node: Any, output: str, needed: set[str]) -> Step:
        place = self.place(node)
        found = recognised(self, output)
        if found is not None:
            source, activation = found
            return Step(f"{place} and those before", node, (source,), (output,), activation)
        norm = written_norm(self, output)
        if norm is not None:
            where = f"{place} and those before"
            return Step(where, node, (norm.source,), (output,), norm=norm)
        live = tuple(dict.fromkeys(self.live(node)))
        return Step(place, node, live, tuple(one for one in node.output if one in needed))

    def index(self, name: str) -> int:
        """Return the place of the node that computes a tensor; -1 for the input."""
        return self._producers.get(name, -1)

    def scope(self, node: Any) -> str:
        """Return the name of the module that a node comes from, as torch's exporters note it.

        They write "h.0.attn" as the last but one of a list beside the node, or as a path in its
        name: "/h.0/attn/MatMul". "" if there is none, or it is too long for one.
        """
        for entry in node.metadata_props:
            if entry.key == "pkg.torch.onnx.name_scopes":
                return _scope_in(entry.value) if len(entry.value) <= LONGEST_SCOPE else ""
        if not node.name.startswith("/") or len(node.name) > LONGEST_SCOPE:
            return ""
        path: list[str] = []
        for part in node.name.split("/")[1:-1]:
            last = path[-1].rpartition(".")[2] if path else ""
            repeated = last and part.startswith(f"{last}.")
            path.append(part[len(last) + 1 :] if repeated else part)
        return ".".join(path)


def _scope_in(text: str) -> str:
    names = re.findall(r"'([^']*)'", text)
    return names[-2] if len(names) > 1 else ""


def _plain(value: Any) -> Any:
    """Return text as such, and 0.2 for what single precision makes of 0.2."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return float(str(np.float32(value))) if isinstance(value, float) else value
