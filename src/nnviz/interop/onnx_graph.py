"""ONNX files and their graphs: what is constant, and the way from the input to the output."""

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
    source
        Name of the tensor that it works on.
    activation
        The activation function that an expression of several nodes stands for.
    """

    place: str
    node: Any
    source: str
    activation: str | None = None


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
            raise UnsupportedModelError("sparse weights are not taken")
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._producers: dict[str, int] = {}
        for i, node in enumerate(graph.node):
            for name in node.output:
                if name:
                    self._producers[name] = i
        inputs = [value for value in graph.input if value.name not in self._tensors]
        if len(inputs) != 1:
            names = ", ".join(value.name for value in inputs)
            raise UnsupportedModelError(f"it has {len(inputs)} inputs ({names}); a network has one")
        self.input = inputs[0]

    # --- ends

    def input_shape(self) -> tuple[int, Shape | None]:
        """Return how many examples the input has, 1 if any number, and the shape of one.

        That is None if it is a vector of any length.
        """
        kind = self.input.type.tensor_type
        sizes = [size.dim_value for size in kind.shape.dim]
        if kind.elem_type not in (0, *REAL_TYPES) and kind.elem_type not in range(2, 8):
            raise UnsupportedModelError(f"its input {self.input.name!r} holds no numbers")
        batch, shape = max(sizes[0], 1) if sizes else 1, tuple(sizes[1:])
        if len(sizes) == 2 and shape[0] < 1:
            return batch, None
        if len(sizes) not in (2, 4) or min(shape) < 1:
            raise UnsupportedModelError(
                f"its input {self.input.name!r} has shape {tuple(sizes)}, 0 being any size; taken "
                "is (batch, n) or (batch, channels, height, width), with numbers for all but the "
                "batch: export the model with these"
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
        node = self.producer(name)
        if node.op_type == "Constant":
            return True
        return node.op_type in ("Identity", "Cast") and self.is_constant(node.input[0])

    def constant(self, name: str) -> Array:
        """Return a constant tensor."""
        if name not in self._tensors:
            node = self.producer(name)
            if node.op_type != "Constant":
                return self.constant(node.input[0])
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

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return constant real numbers."""
        if not self.is_constant(name):
            raise UnsupportedModelError(
                f"{name!r} should be constant, and depends on the input: two branches meet here, "
                "and a network is one chain"
            )
        array = self.constant(name)
        if array.dtype.name not in ("bfloat16", "float16", "float32", "float64"):
            raise UnsupportedModelError(f"{name!r} holds {array.dtype}, not real numbers")
        return array.astype(np.float64)

    # --- the way

    def live(self, node: Any) -> list[str]:
        """Return the inputs of a node that are not constant."""
        return [name for name in node.input if name and not self.is_constant(name)]

    def steps(self, output: str) -> list[Step]:
        """Return the way from the input to a tensor, which must be a chain."""
        steps: list[Step] = []
        at, before = output, len(self.model.graph.node)
        while at != self.input.name:
            node = self.producer(at)
            index = self._producers[at]
            if index >= before:
                raise NetworkError(f"{self.place(node)}: it comes before what it works on")
            before = index
            step = self._step(node, at)
            steps.append(step)
            at = step.source
        return steps[::-1]

    def _step(self, node: Any, output: str) -> Step:
        place = self.place(node)
        if output != node.output[0]:
            raise UnsupportedModelError(f"{place}: of its outputs only the first is taken")
        found = recognised(self, output)
        if found is not None:
            source, activation = found
            return Step(f"{place} and those before", node, source, activation)
        live = list(dict.fromkeys(self.live(node)))
        if node.op_type == "Reshape":
            live = live[:1]  # The other input is a shape.
        if len(live) > 1:
            raise UnsupportedModelError(
                f"{place}: it joins {' and '.join(map(repr, live))}: two branches meet here, as in "
                "a skip connection, and a network is one chain"
            )
        if not live:
            raise UnsupportedModelError(f"{place}: it has no input that depends on the model's")
        return Step(place, node, live[0])

    def index(self, name: str) -> int:
        """Return the place of what gives a tensor; -1 for the input."""
        return self._producers.get(name, -1)


def _plain(value: Any) -> Any:
    """Return text as such, and 0.2 for what single precision makes of 0.2."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return float(str(np.float32(value))) if isinstance(value, float) else value
