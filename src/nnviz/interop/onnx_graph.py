"""ONNX files and their graphs: what is constant, and the way from the inputs to the output."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Shape, UnsupportedModelError, require
from nnviz.interop.onnx_expressions import recognised
from nnviz.network import NetworkError

__all__ = ["Graph", "Step", "opened"]

#: Larger files are refused; protobuf takes no more than 2 GiB.
LARGEST_FILE = 2**30
#: onnx.TensorProto's numbers of the types of real numbers: float, float16, double, bfloat16.
REAL_TYPES = (1, 10, 11, 16)
#: onnx.TensorProto.EXTERNAL.
EXTERNAL = 1

#: Operations that are computed where all they take is constant.
FOLDED = (
    *("Add", "Cast", "Concat", "Div", "Equal", "Gather", "Identity"),
    *("Mul", "Neg", "Not", "Pow", "Reciprocal", "Reshape", "Slice"),
    *("Sqrt", "Squeeze", "Sub", "Transpose", "Trilu", "Unsqueeze", "Where"),
)
#: Operations whose second input, and those after, are shapes.
SHAPED = ("Expand", "Reshape", "Slice")

Array = npt.NDArray[Any]


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Graph]:
    """Read a file. What is wrong in it ends in a `NetworkError` that names the file."""
    onnx = require("onnx", "onnx")
    file = os.fspath(path)
    if Path(path).stat().st_size > LARGEST_FILE:
        raise UnsupportedModelError(f"{file} is larger than {LARGEST_FILE:,} bytes")
    content = Path(path).read_bytes()
    try:
        yield Graph(onnx, onnx.load_model_from_string(content))
    except ImportError:
        raise
    except NetworkError as error:
        raise type(error)(f"{file}: {error}") from None
    except Exception as error:  # Foreign bytes end in errors of many kinds.
        raise NetworkError(
            f"{file}: damaged, or no ONNX model ({type(error).__name__}: {error})"
        ) from None


class Step(NamedTuple):
    """One operation on the way from the input to the output.

    Attributes
    ----------
    place
        What to call it.
    node
        Of the graph; of an expression its last one.
    sources
        Names of the tensors that it works on.
    output
        Name of the tensor that it gives; of a node with several outputs one of them.
    activation
        The activation function that an expression of several nodes stands for.
    """

    place: str
    node: Any
    sources: tuple[str, ...]
    output: str
    activation: str | None = None

    @property
    def source(self) -> str:
        """The first of the tensors that it works on."""
        return self.sources[0]


class Graph:
    """The graph of a model.

    Parameters
    ----------
    onnx
        The module.
    model
        A ``ModelProto``.
    """

    def __init__(self, onnx: Any, model: Any) -> None:
        self.onnx = onnx
        self.model = model
        graph = model.graph
        if not graph.node:
            raise UnsupportedModelError("there are no nodes in it")
        if graph.sparse_initializer:
            raise UnsupportedModelError("sparse weights are not supported")
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._producers: dict[str, int] = {}
        for i, node in enumerate(graph.node):
            for name in node.output:
                if name:
                    self._producers[name] = i
        self.inputs = [value for value in graph.input if value.name not in self._tensors]
        self._folded: dict[str, bool] = {}
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
            raise UnsupportedModelError(f"its input {value.name!r} holds no numbers")
        batch, shape = sizes[0] if sizes else 0, tuple(sizes[1:])
        if len(sizes) == 2 and shape[0] < 1 and len(self.inputs) == 1:
            return batch, None
        if not 2 <= len(sizes) <= 4 or min(shape) < 1:
            raise UnsupportedModelError(
                f"its input {value.name!r} has shape {tuple(sizes)}, 0 being any size; taken "
                "is (batch, n), (batch, n, m) or (batch, channels, height, width), with numbers "
                "for all but the batch: export the model with these"
            )
        return batch, shape

    def output(self) -> str:
        """Return the output of real numbers; labels beside it are left out."""
        names = []
        for value in self.model.graph.output:
            kind = value.type.WhichOneof("value")
            is_label = kind == "tensor_type" and value.type.tensor_type.elem_type not in (
                0,
                *REAL_TYPES,
            )
            if not is_label:
                names.append(value.name)
        if len(names) != 1:
            raise UnsupportedModelError(
                f"it has {len(names)} outputs of real numbers ({', '.join(names)}); a network has "
                "one"
            )
        return str(names[0])

    # --- nodes

    def producer(self, name: str) -> Any:
        """Return the node that gives a tensor."""
        if name not in self._producers:
            raise NetworkError(f"nothing gives {name!r}, which is needed")
        return self.model.graph.node[self._producers[name]]

    def place(self, node: Any) -> str:
        """Say which node it is."""
        i = self._producers[node.output[0]]
        name = node.name or node.output[0]
        return f"node {i} of {len(self.model.graph.node)}, {name!r} ({node.op_type})"

    def attributes(self, node: Any) -> dict[str, Any]:
        """Return a node's attributes by name."""
        get = self.onnx.helper.get_attribute_value
        return {attribute.name: _plain(get(attribute)) for attribute in node.attribute}

    # --- constants

    def is_constant(self, name: str) -> bool:
        """Whether a tensor is the same for every input."""
        if name in self._tensors:
            return True
        if name not in self._producers:
            return False
        if name not in self._folded:
            self._folded[name] = False  # Until it is known, as there may be a loop.
            node = self.producer(name)
            self._folded[name] = node.op_type == "Constant" or (
                node.op_type in FOLDED
                and node.domain in ("", "ai.onnx")
                and all(self.is_constant(part) for part in node.input if part)
            )
        return self._folded[name]

    def constant(self, name: str) -> Array:
        """Return a constant tensor."""
        if name not in self._tensors:
            node = self.producer(name)
            if node.op_type != "Constant":
                return self._computed(node, name)
            ((kind, value),) = self.attributes(node).items()
            if kind != "value":
                return np.asarray(value)
            self._tensors[name] = value
        tensor = self._tensors[name]
        if tensor.data_location == EXTERNAL or tensor.external_data:
            raise UnsupportedModelError(
                f"the weights {name!r} lie in another file, which is not read: save the model as "
                "one file, with torch.onnx.export(..., external_data=False) or onnx.save"
            )
        array: Array = self.onnx.numpy_helper.to_array(tensor)
        return array

    def _computed(self, node: Any, name: str) -> Array:
        """Let onnx's reference compute what depends on constants alone."""
        arrays = {part: self.constant(part) for part in node.input if part}
        helper, to_tensor = self.onnx.helper, self.onnx.numpy_helper.from_array
        made = helper.make_model(
            helper.make_graph(
                [node],
                "constant",
                [],
                [helper.make_tensor_value_info(name, 0, None)],
                [to_tensor(array, part) for part, array in arrays.items()],
            ),
            opset_imports=list(self.model.opset_import),
        )
        reference = require("onnx.reference", "onnx")
        array = np.asarray(reference.ReferenceEvaluator(made).run([name], {})[0])
        self._tensors[name] = to_tensor(array, name)
        return array

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
        if not self.is_constant(name):
            raise UnsupportedModelError(f"{name!r} should be constant, and depends on the input")
        array = self.constant(name)
        if array.dtype.name not in ("bfloat16", "float16", "float32", "float64"):
            raise UnsupportedModelError(f"{name!r} holds {array.dtype}, not real numbers")
        return array.astype(np.float64)

    # --- the way

    def live(self, node: Any) -> list[str]:
        """Return the inputs of a node that are not constant."""
        return [name for name in node.input if name and not self.is_constant(name)]

    def steps(self, output: str) -> list[Step]:
        """Return the operations between the inputs and a tensor, in order."""
        inputs = {value.name for value in self.inputs}
        steps: list[Step] = []
        front = {output} - inputs
        while front:
            at = max(front, key=self.index)
            node = self.producer(at)
            index = self._producers[at]
            step = self._step(node, at)
            of_node = {one for one in front if self._producers.get(one) == index}
            if step.activation is not None:
                of_node = {at}
            for source in step.sources:
                if source not in inputs and self._producers.get(source, -1) >= index:
                    raise NetworkError(f"{step.place}: it comes before what it works on")
            steps.append(step)
            front = (front - of_node) | set(step.sources).difference(inputs)
        return steps[::-1]

    def _step(self, node: Any, output: str) -> Step:
        place = self.place(node)
        found = recognised(self, output)
        if found is not None:
            source, activation = found
            return Step(f"{place} and those before", node, (source,), output, activation)
        live = list(dict.fromkeys(self.live(node)))
        if node.op_type in SHAPED:
            live = live[:1]  # The other inputs are shapes.
        if not live:
            raise UnsupportedModelError(f"{place}: it has no input that depends on the model's")
        return Step(place, node, tuple(live), output)

    def index(self, name: str) -> int:
        """Return the place of what gives a tensor; -1 for the input."""
        return self._producers.get(name, -1)


def _plain(value: Any) -> Any:
    """Return text as such, and 0.2 for what single precision makes of 0.2."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return float(str(np.float32(value))) if isinstance(value, float) else value
