"""Networks as .npz files: named arrays without pickled objects, checked on the way in.

A file of format 3 holds ``format`` (3), ``inputs`` (names), ``input_shape_1``... (integers),
``nodes`` (names), ``node_layers`` (for every node the number of its layer, from 1),
``node_input_counts`` (for every node how many it takes), ``node_inputs`` (which, node after node:
numbers of the inputs and then the nodes, from 1), ``output`` (a name), ``layers`` (names from
`LAYERS`), ``options`` (a JSON object a layer: its arguments that are not arrays), ``cost`` (a name)
and the layers' arrays: ``weights_1``, ``biases_1``... A layer that nodes share stands there once.

Format 2 is that of a chain whose nodes are named by kind and number: it has ``input_shape``, and
no names of inputs and nodes. Chains are still written in it.

Format 1 has no ``format`` and knows dense layers only: ``sizes`` (integers), ``weights_1``,
``biases_1``, ``weights_2``..., ``activations`` (names) and ``cost``. It is read, not written.

Nothing in a file is run, and nothing is allocated that the file does not hold: members are stored
as they are, not compressed, and a member's size must be what its header says. What reading may cost
is limited besides: see `nnviz.limits`.
"""

from __future__ import annotations

import io
import json
import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.archives import Archive
from nnviz.files import whole_file
from nnviz.limits import Budget, Limits, read_file
from nnviz.network._checks import check_shape, located, look_up
from nnviz.network._types import NetworkError, NetworkLimitError, Shape
from nnviz.network.activations import Activation, get_activation
from nnviz.network.costs import Cost, get_cost
from nnviz.network.graph import Graph, Node, chain
from nnviz.network.layers import LAYERS, Layer
from nnviz.network.layers.dense import dense_layers

if TYPE_CHECKING:
    from nnviz.network.network import Network

__all__ = [
    "Arrays",
    "Stored",
    "arrays_of",
    "load",
    "opened",
    "packed",
    "read_network",
    "save",
    "write",
]

_CHAIN, _GRAPH = 2, 3
#: Bytes of a number or a text as an object, in a list.
_OBJECT = 60

Stored = tuple[Graph, Cost]


def save(network: Network, path: str | os.PathLike[str], dtype: npt.DTypeLike = np.float64) -> None:
    """Write the network to an .npz file.

    The file appears complete or not at all, and equal networks give equal bytes.

    Parameters
    ----------
    path : str or path
        Where to, taken literally: no suffix is added.
    dtype : dtype, optional
        Type to store numbers in. float32 halves the file and rounds.

    Raises
    ------
    NetworkError
        If a layer or function is not in its registry, so that the file could not be read.
    """
    write(path, arrays_of(network.graph, network.cost_function, dtype))


def packed(graph: Graph, cost: Cost, dtype: npt.DTypeLike) -> bytes:
    """Return a file's content: equal networks give equal bytes."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays_of(graph, cost, dtype))
    return content.getvalue()


def write(path: str | os.PathLike[str], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays to a file, whole or not at all; equal arrays give equal bytes."""
    with whole_file(Path(path)) as draft, draft.open("wb") as file:
        # NumPy gives every member the same date.
        np.savez(file, allow_pickle=False, **arrays)


def arrays_of(graph: Graph, cost: Cost, dtype: npt.DTypeLike) -> dict[str, npt.NDArray[Any]]:
    """Return what a file holds of a network, for `read_network`."""
    if not _is_known(cost, get_cost):
        raise NetworkError(f"the cost {cost.name!r} is not in COSTS")
    arrays: dict[str, npt.NDArray[Any]] = {}
    options = []
    for number, layer in enumerate(graph.owners, start=1):
        try:
            options.append(json.dumps(_options(layer)))
        except TypeError as error:
            raise NetworkError(f"the layer {layer.kind!r} cannot be saved: {error}") from None
        for name in layer.array_names():
            arrays[f"{name}_{number}"] = getattr(layer, name).astype(dtype)
    layers = {
        "layers": np.array([layer.kind for layer in graph.owners]),
        "options": np.array(options),
        "cost": np.array(cost.name),
    }
    if graph.has_usual_names:
        return (
            {
                "format": np.array(_CHAIN),
                "input_shape": np.array(graph.shapes[0], dtype=np.int64),
            }
            | layers
            | arrays
        )
    shapes = {
        f"input_shape_{k}": np.array(shape, dtype=np.int64)
        for k, shape in enumerate(graph.inputs.values(), start=1)
    }
    counts = [len(step.sources) for step in graph.steps]
    sources = [k for step in graph.steps for k in step.sources]
    return (
        {
            "format": np.array(_GRAPH),
            "inputs": np.array(list(graph.inputs)),
            **shapes,
            "nodes": np.array(list(graph.nodes)),
            "node_layers": np.array(graph.owner_of, dtype=np.int64) + 1,
            "node_input_counts": np.array(counts, dtype=np.int64),
            "node_inputs": np.array(sources, dtype=np.int64) + 1,
            "output": np.array(graph.output),
        }
        | layers
        | arrays
    )


def _is_known(function: Activation | Cost, named: Callable[[str], object]) -> bool:
    """Return whether a function is the one that its registry has by its name."""
    try:
        return named(function.name) == function
    except NetworkError:
        return False


def _options(layer: Layer) -> dict[str, Any]:
    """Return the arguments that are not arrays, as JSON can hold them."""
    if LAYERS.get(layer.kind) is not type(layer):
        raise NetworkError(f"the layer {layer.kind!r} is not in LAYERS")
    options = {}
    for name, value in layer.arguments.items():
        if isinstance(value, Activation):
            if not _is_known(value, get_activation):
                raise NetworkError(f"the activation {value.name!r} is not in ACTIVATIONS")
            options[name] = value.name
        elif not isinstance(value, np.ndarray) and not _is_default(layer, name, value):
            options[name] = value
    return options


def _is_default(layer: Layer, name: str, value: object) -> bool:
    """Return whether an argument that older files do not have has its default."""
    return name in layer.later_arguments and layer.default(name) == value


def load(path: str | os.PathLike[str], limits: Limits | None = None) -> Stored:
    """Read a file and check that every array is there, with numbers, in its shape.

    Raises
    ------
    NetworkError
        If something is wrong in the file, which is named.
    LimitError
        If reading it would cost more than `limits` allow.
    OSError
        If it cannot be read at all.
    """
    with opened(path, "Network.save", limits) as arrays:
        graph, cost = read_network(arrays)
        cost.form_for(graph.nodes[graph.output].layer.activation)
        return graph, cost


@contextmanager
def opened(
    path: str | os.PathLike[str], writer: str, limits: Limits | None = None
) -> Iterator[Arrays]:
    """Open a file of arrays, and name it in errors about what it holds.

    Parameters
    ----------
    path : str or path
        Path of the file.
    writer : str
        What writes such files.
    limits : Limits, optional
        What reading may cost; the defaults of `Limits` if None.

    Raises
    ------
    NetworkError
        If it is not an .npz file, or something is wrong in it.
    LimitError
        If reading it would cost more than `limits` allow.
    OSError
        If it cannot be read at all.
    """
    file = os.fspath(path)
    budget = Budget(limits, NetworkLimitError)
    try:
        content = read_file(path, budget)
    except NetworkLimitError:
        raise
    except ValueError as error:
        raise NetworkError(str(error)) from None
    if not content.startswith(b"PK\x03\x04"):
        raise NetworkError(f"{file} is not an .npz file, as {writer} writes")
    try:
        archive = Archive(content, budget)
    except NetworkLimitError as error:
        raise NetworkLimitError(f"{file}: {error}") from None
    except Exception as error:  # Foreign bytes end in errors of many kinds.
        raise NetworkError(f"{file}: damaged or cut off ({error})") from None
    try:
        yield Arrays(archive, writer, budget)
    except NetworkError as error:
        raise type(error)(f"{file}: {error}") from None
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        # Numbers that are too large even to be printed, for example.
        raise NetworkError(f"{file}: damaged ({type(error).__name__}: {error})") from None


def read_network(arrays: Arrays) -> Stored:
    """Read the graph and the cost."""
    if "format" not in arrays:
        return _load_dense(arrays)
    number = arrays.numbers("format", ())
    if number not in (_CHAIN, _GRAPH):
        raise NetworkError(f"it is of format {number}; this version reads 1, {_CHAIN} and {_GRAPH}")
    return _load_chain(arrays) if number == _CHAIN else _load_graph(arrays)


class Arrays:
    """The arrays of a file, each read when it is asked for.

    Parameters
    ----------
    archive : Archive
        The file.
    writer : str
        What writes such files.
    budget : Budget
        What reading may cost.
    prefix : str, optional
        What the names of these arrays begin with in the file.
    """

    def __init__(self, archive: Archive, writer: str, budget: Budget, prefix: str = "") -> None:
        self._archive = archive
        self._writer = writer
        self._prefix = prefix
        self.budget = budget

    def beginning_with(self, prefix: str) -> Arrays:
        """Return those whose names begin so, to be called by the rest of them."""
        return Arrays(self._archive, self._writer, self.budget, self._prefix + prefix)

    def __contains__(self, name: str) -> bool:
        return f"{self._prefix}{name}.npy" in self._archive.names

    def read(self, name: str, wanted: str) -> npt.NDArray[Any]:
        """Return an array, whatever it holds, or say that it should hold `wanted`."""
        if name not in self:
            raise NetworkError(f"there is no array {name!r}, which should hold {wanted}")
        self.budget.check_time()
        try:
            return self._read(f"{self._prefix}{name}.npy")
        except NetworkLimitError:
            raise
        except Exception as error:  # NumPy's reader of headers ends in errors of many kinds.
            raise NetworkError(
                f"array {name!r}, which should hold {wanted}, cannot be read ({error})"
            ) from None

    def _read(self, member: str) -> npt.NDArray[Any]:
        if not self._archive.is_stored(member):
            raise ValueError(f"it is compressed, as {self._writer} never does")
        content = self._archive.read(member)
        stream = io.BytesIO(content)
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"it is of version {version} of the .npy format, not (1, 0)")
        with warnings.catch_warnings(action="error"):
            shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
        # Of the bytes themselves: a stream must not be closed as long as its buffer is in use.
        numbers = memoryview(content)[stream.tell() :]
        if dtype.hasobject:
            raise ValueError("it holds Python objects, which are never loaded")
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(numbers):
            raise ValueError(f"{len(numbers)} bytes are no {dtype} of shape {shape}")
        array: npt.NDArray[Any] = np.frombuffer(numbers, dtype)
        return array.reshape(shape, order="F" if by_columns else "C")

    def numbers(
        self, name: str, shape: Shape | None = None, *, gaps: bool = False
    ) -> npt.NDArray[Any]:
        """Return finite numbers, of a shape where one is given; with gaps, some may be NaN."""
        wanted = "numbers" if shape is None else f"numbers of shape {shape}"
        array = self.read(name, wanted)
        if array.dtype.kind not in "fiu" or shape not in (None, array.shape):
            raise NetworkError(
                f"array {name!r} must hold {wanted}, not {array.dtype} of shape {array.shape}"
            )
        if not np.isfinite(np.nan_to_num(array, nan=0.0, posinf=np.inf) if gaps else array).all():
            raise NetworkError(f"array {name!r} contains a NaN or an infinity")
        return array

    def integers(self, name: str, wanted: str) -> list[int]:
        """Return integers in a row."""
        array = self.read(name, wanted)
        if array.dtype.kind not in "iu" or array.ndim != 1:
            raise NetworkError(
                f"array {name!r} must hold {wanted}, not {array.dtype} of shape {array.shape}"
            )
        self.budget.hold(_OBJECT * array.size, name)
        return [int(number) for number in array]

    def texts(self, name: str, shape: Shape | None = None) -> list[str]:
        """Return texts in a row; one of shape ()."""
        wanted = "names" if shape is None else f"names of shape {shape}"
        array = self.read(name, wanted)
        if array.dtype.kind != "U" or array.ndim > 1 or shape not in (None, array.shape):
            raise NetworkError(
                f"array {name!r} must hold {wanted}, not {array.dtype} of shape {array.shape}"
            )
        self.budget.hold(_OBJECT * array.size + array.nbytes, name)
        return [str(text) for text in array.ravel()]

    def parameters(self, name: str, shape: Shape | None = None) -> npt.NDArray[Any]:
        """Return numbers that a layer is going to keep, each in 8 bytes."""
        array = self.numbers(name, shape)
        self.budget.check_memory(8 * array.size + array.nbytes, name)
        self.budget.hold(8 * array.size, name)
        return array


def _load_dense(arrays: Arrays) -> Stored:
    """Read format 1."""
    wanted = "one positive integer a layer, at least two"
    sizes = arrays.integers("sizes", wanted)
    arrays.budget.check_nodes(len(sizes) - 1, "layers")
    if len(sizes) < 2 or min(sizes) < 1:
        raise NetworkError(f"array 'sizes' must hold {wanted}, not {sizes}")
    weights, biases = [], []
    for number, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        weights.append(arrays.parameters(f"weights_{number}", (n_out, n_in)))
        biases.append(arrays.parameters(f"biases_{number}", (n_out,)))
    layers = dense_layers(weights, biases, arrays.texts("activations", (len(weights),)))
    return chain(layers, sizes[0]), get_cost(arrays.texts("cost", ())[0])


def _load_chain(arrays: Arrays) -> Stored:
    """Read format 2."""
    input_shape = check_shape(arrays.integers("input_shape", "integers"), "input_shape")
    return chain(_layers(arrays), input_shape), get_cost(arrays.texts("cost", ())[0])


def _load_graph(arrays: Arrays) -> Stored:
    """Read format 3."""
    inputs = {
        name: arrays.integers(f"input_shape_{k}", "integers")
        for k, name in enumerate(_different(arrays.texts("inputs"), "inputs"), start=1)
    }
    names = _different(arrays.texts("nodes"), "nodes")
    arrays.budget.check_nodes(len(names), "nodes")
    numbers = arrays.integers("node_layers", "the number of a layer for every node")
    layers = _layers(arrays)
    if len(numbers) != len(names) or any(not 1 <= k <= len(layers) for k in numbers):
        raise NetworkError(
            f"array 'node_layers' must hold {len(names)} numbers from 1 to {len(layers)}"
        )
    nodes = {
        name: Node(layers[k - 1], taken)
        for name, k, taken in zip(
            names, numbers, _sources(arrays, len(names), [*inputs, *names]), strict=True
        )
    }
    graph = Graph(inputs, nodes, arrays.texts("output", ())[0])
    return graph, get_cost(arrays.texts("cost", ())[0])


def _layers(arrays: Arrays) -> list[Layer]:
    names = arrays.texts("layers")
    arrays.budget.check_nodes(len(names), "layers")
    options = arrays.texts("options", (len(names),))
    layers = []
    for i, (name, text) in enumerate(zip(names, options, strict=True)):
        with located(i, name):
            layers.append(_layer(arrays, i + 1, name, text))
    return layers


def _different(names: list[str], array: str) -> list[str]:
    if len(set(names)) < len(names):
        raise NetworkError(f"array {array!r} holds a name twice")
    return names


def _sources(arrays: Arrays, n_nodes: int, values: list[str]) -> Iterator[tuple[str, ...]]:
    """Return for every node the names of what it takes."""
    counts = arrays.integers("node_input_counts", "the number of inputs of every node")
    numbers = arrays.integers("node_inputs", "the numbers of what every node takes")
    if len(counts) != n_nodes or min(counts, default=1) < 1 or sum(counts) != len(numbers):
        raise NetworkError(
            f"array 'node_input_counts' must hold {n_nodes} positive integers, whose sum is the "
            f"length of 'node_inputs', {len(numbers)}"
        )
    if any(not 1 <= k <= len(values) for k in numbers):
        raise NetworkError(f"array 'node_inputs' must hold numbers from 1 to {len(values)}")
    named = iter([values[k - 1] for k in numbers])
    return (tuple(islice(named, count)) for count in counts)


def _layer(arrays: Arrays, number: int, name: str, text: str) -> Layer:
    kind = look_up(name, LAYERS, "layer")
    array_names = kind.array_names()
    wanted = set(kind.argument_names()) - set(array_names)
    needed = wanted.difference(kind.later_arguments)
    try:
        options = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NetworkError(f"its options are not JSON ({error})") from None
    if not isinstance(options, dict) or not needed <= set(options) <= wanted:
        raise NetworkError(f"its options must be {sorted(wanted)}, not {text[:200]}")
    parameters = {array: arrays.parameters(f"{array}_{number}") for array in array_names}
    try:
        return kind(**parameters, **options)
    except NetworkError:
        raise
    except Exception as error:  # A layer's constructor may expect its options to be right.
        raise NetworkError(f"its options do not fit: {text[:200]} ({error})") from error
