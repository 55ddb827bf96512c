"""Read models of Keras, in memory or from a file."""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError, check_outputs, require
from nnviz.interop.keras_archive import KerasFile
from nnviz.interop.keras_call import Array
from nnviz.interop.keras_config import LayerConfig
from nnviz.interop.keras_files import opened
from nnviz.interop.keras_graph import Graph, Source, Tables
from nnviz.interop.keras_h5 import H5File
from nnviz.interop.keras_joins import MERGES
from nnviz.interop.keras_layers import LAYERS
from nnviz.interop.keras_norms import NORMS
from nnviz.interop.keras_operations import OPERATIONS
from nnviz.interop.keras_sequences import SEQUENCES, parts_of, time_distributed
from nnviz.interop.keras_shapes import RANDOM, SHAPES
from nnviz.interop.keras_values import Value
from nnviz.limits import Budget, Limits
from nnviz.network import Network, NetworkLimitError
from nnviz.network.activations import softmax as softmax_of

__all__ = ["TABLES", "from_keras"]

_SIMPLE = {**LAYERS, **NORMS, **SHAPES, **SEQUENCES}
TABLES = Tables(
    {**_SIMPLE, **MERGES, "TimeDistributed": time_distributed(_SIMPLE)},
    OPERATIONS,
    parts_of,
    RANDOM,
)


def from_keras(
    model_or_path: Any,
    input_shape: int | Sequence[int] | Mapping[str, int | Sequence[int]] | None = None,
    *,
    output: int | str | None = None,
    check: bool = True,
    limits: Limits | None = None,
) -> Network:
    """Read a model of Keras: a ``Sequential`` or a functional one becomes a graph.

    Branches, several inputs, layers called several times, which then share their parameters, models
    in models, recurrent layers, attention and operations of ``keras.ops`` are supported. Nodes are
    called as the layers are: "encoder.dense_1" is the layer "dense_1" of the model "encoder".

    Keras has images as (height, width, channels); the network takes and gives them, as all of its
    kind, as (channels, height, width): ``images.transpose(0, 3, 1, 2)`` makes the one into the
    other. Images (height, width) that the model flattens, or gives an axis for channels, become
    (1, height, width). Everything else has the shape that it has in Keras: sequences are (steps,
    features). The weights after a ``Flatten`` are put into the order that goes with that.

    A ``log_softmax`` at the end becomes a softmax: the network gives probabilities, and a warning
    says so. Another warning comes where training does something else in Keras.

    Parameters
    ----------
    model_or_path : object
        A model, or the path of a .keras file, or of an .h5 file as ``model.save("model.h5")``
        writes it. For a file it takes h5py, but not Keras: Keras's own loader can be made to run
        code.
    input_shape : int, sequence of int, mapping from str to int or sequence of int, optional
        Shape of one example, in Keras's order, where the model leaves sizes open: (tokens,),
        (steps, features), (height, width, channels). A mapping from the names of the input layers
        where there are several.
    output : int, str, optional
        Which value to take where the model has several: its position, its name in a mapping, or the
        name of the layer that gives it. "softmax" appends a softmax over the classes to a model
        that leaves that to Keras's cross-entropy.
    check : bool, optional
        Compare the network with the model on random inputs. Files are not compared: for that, load
        the model with Keras.
    limits : Limits, optional
        Limits of reading and comparing, so that a file from elsewhere cannot use up memory and
        time; the defaults of `Limits` if None. Of a model's time only the comparison counts.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If a layer is not supported; the text says which, and where.
    ModelMismatchError
        If the network computes something else.
    LimitError
        If it would cost more than `limits` allow. It is a `NetworkError`, too.
    NetworkError
        If a file is damaged.
    ImportError
        If a file is given and h5py is not installed.
    """
    if isinstance(model_or_path, str | os.PathLike):
        require("h5py", "keras")  # Importing the package does not count as reading.
        budget = Budget(limits, NetworkLimitError)
        with opened(model_or_path, budget) as file:
            source = Source(partial(_of_file, file), _by_name, file.version)
            network, graph, _ = _read(file.model, source, input_shape, output, budget)
        _warn(graph, os.fspath(model_or_path))
        return network
    model = model_or_path
    name = f"this {type(model).__name__}"
    budget = Budget(limits, NetworkLimitError, is_timed=False)
    source = _alive(model, budget)
    network, graph, k = _read(_description(model), source, input_shape, output, budget)
    _warn(graph, name)
    if check:
        softmax = output == "softmax" and output not in _keys(graph)
        check_outputs(
            network,
            lambda x: _run(graph, model, x, k, softmax),
            name,
            graph.rounding,
            budget=budget,
        )
    return network


def _of_file(
    file: KerasFile | H5File, path: Sequence[LayerConfig], parts: Sequence[str]
) -> list[Array]:
    """Return the arrays of a layer in a file; Keras 2 has private names of its parts."""
    if isinstance(file, H5File):
        return file.arrays([layer.name for layer in path])
    folders = [layer.folder for layer in path]
    return [
        array
        for part in parts
        for array in file.arrays(folders, part) or file.arrays(folders, f"_{part}")
    ]


def _by_name(path: Sequence[LayerConfig]) -> tuple[Hashable, ...]:
    return (tuple(layer.name for layer in path),)


def _read(
    model: Mapping[str, Any],
    source: Source,
    input_shape: Any,
    output: int | str | None,
    budget: Budget,
) -> tuple[Network, Graph, int]:
    """Return the network, the graph behind it, and which output of the model it has."""
    graph = Graph(model, source, TABLES, input_shape, budget)
    keys = _keys(graph)
    softmax = output == "softmax" and output not in keys
    k = _chosen(keys, len(graph.outputs), None if softmax else output)
    builder, value = graph.builder, graph.outputs[k][1]
    is_image = len(value.shape) == 3 and not value.is_stack
    value = graph.layouts.first(value) if is_image else graph.layouts.plain(value)
    builder.tip, builder.label = value.name, "softmax"
    if softmax:
        with builder.at("the softmax at the end"):
            builder.softmax(-3 if is_image else -1)
    network = builder.network()
    if builder.log_outputs:
        builder.notes.append("it gives logarithms of probabilities, the network the probabilities")
    return network, graph, k


def _keys(graph: Graph) -> dict[int | str, int]:
    """Return the names of the outputs, by position, layer or key, and their positions."""
    found: dict[int | str, int] = {k: k for k in range(len(graph.outputs))}
    counts = Counter(graph.names)
    found.update({name: k for k, name in enumerate(graph.names) if counts[name] == 1})
    found.update({key: k for k, (key, _) in enumerate(graph.outputs) if key})
    return found


def _chosen(keys: Mapping[int | str, int], count: int, output: int | str | None) -> int:
    """Return the position of an output."""
    if output is None and count > 1:
        raise UnsupportedModelError(
            f"the model has {count} outputs: choose one of them with "
            f"output={', '.join(map(repr, keys))}"
        )
    key = 0 if output is None else output
    if isinstance(key, int) and -count <= key < 0:
        key += count
    if key not in keys:
        raise UnsupportedModelError(
            f"there is no output {output!r}; the outputs are {', '.join(map(repr, keys))}"
        )
    return keys[key]


def _warn(graph: Graph, name: str) -> None:
    for note in dict.fromkeys(graph.builder.notes):
        warnings.warn(f"{name}: {note}", stacklevel=3)


# --- models in memory


def _description(model: Any) -> dict[str, Any]:
    """Return Keras's configuration of a model; raise an error for a class with its own call."""
    kind = type(model)
    if not all(hasattr(model, name) for name in ("get_config", "get_weights", "layers")):
        raise UnsupportedModelError(
            f"the type {kind.__name__} is not supported; supported are a Keras model and its path"
        )
    try:
        config = model.get_config()
    except NotImplementedError:
        config = {}
    name = next((one for one in ("Sequential", "Functional") if _is_a(kind, one)), kind.__name__)
    return {"class_name": name, "config": config, "module": "keras"}


def _is_a(kind: type, name: str) -> bool:
    """Return whether a class is one of Keras's, or computes just as it does."""
    return any(
        base.__name__ == name
        and base.__module__.partition(".")[0] in ("keras", "tf_keras")
        and getattr(kind, "call", None) is getattr(base, "call", None)
        for base in kind.__mro__
    )


def _alive(model: Any, budget: Budget) -> Source:
    found: dict[tuple[str, ...], Any] = {(): model}

    def layer(path: Sequence[LayerConfig]) -> Any:
        names = tuple(one.name for one in path)
        if names not in found:
            owner = layer(path[:-1])
            found.update({(*names[:-1], one.name): one for one in owner.layers})
        # A Sequential does not count its InputLayer.
        return found.get(names)

    def arrays(path: Sequence[LayerConfig], parts: Sequence[str]) -> list[Array]:
        one = layer(path)
        found = [] if one is None else [np.asarray(w) for w in one.get_weights()]
        budget.hold(sum(array.nbytes for array in found), "the layer")
        return found

    def parameters(path: Sequence[LayerConfig]) -> tuple[Hashable, ...]:
        return tuple(id(variable) for variable in getattr(layer(path), "weights", ()))

    version = getattr(sys.modules.get("keras"), "__version__", "")
    return Source(arrays, parameters, str(version))


def _run(graph: Graph, model: Any, x: Any, k: int, softmax: bool) -> npt.ArrayLike:
    """Compute an output with the model itself, in the network's order of axes."""
    batches = x if isinstance(x, dict) else {graph.inputs[0][1].name: x}
    given = [_as_keras(batches[value.name], value).astype(np.float32) for _, value in graph.inputs]
    keys = [key for key, _ in graph.inputs]
    if None not in keys:
        results = model.predict_on_batch(dict(zip(keys, given, strict=True)))
    else:
        results = model.predict_on_batch(given if len(given) > 1 else given[0])
    key = graph.outputs[k][0]
    if isinstance(results, Mapping):
        results = results[key]
    elif isinstance(results, list | tuple):
        results = results[k]
    outputs = np.asarray(results)
    if softmax:
        outputs = softmax_of(outputs)
    if outputs.ndim == 4 and not graph.outputs[k][1].is_stack:
        outputs = outputs.transpose(0, 3, 1, 2)
    return np.exp(outputs) if graph.builder.log_outputs else outputs


def _as_keras(x: npt.NDArray[Any], value: Value) -> npt.NDArray[Any]:
    """Return a batch of an input in Keras's order."""
    if -1 in value.axes:
        return x[:, 0]
    return x.transpose(0, *(1 + value.axes.index(axis) for axis in range(len(value.shape))))
