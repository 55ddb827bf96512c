"""Run a model with onnx's own reference, in double precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import ModelMismatchError
from nnviz.interop.onnx_reader import Reader
from nnviz.interop.onnx_reference import Reference
from nnviz.network import NetworkError
from nnviz.network.activations import softmax

__all__ = ["twin_of"]


def twin_of(
    reader: Reader, output: str, *, has_softmax: bool
) -> Callable[[Any], npt.NDArray[np.float64]]:
    """Return a function that computes a tensor of a graph from batches of the inputs.

    Parameters
    ----------
    reader : Reader
        Reader of the graph.
    output : str
        Name of the tensor.
    has_softmax : bool
        Whether the network has a softmax after it.

    Returns
    -------
    callable
        Takes an array, or a mapping from names of inputs to arrays.
    """
    twin = Reference(reader.graph, output)
    return lambda x: _run(reader, twin, x, has_softmax)


def _run(reader: Reader, twin: Reference, x: Any, has_softmax: bool) -> npt.NDArray[np.float64]:
    """Compute with onnx; many files are made for a fixed number of examples."""
    batches = x if isinstance(x, dict) else dict.fromkeys(reader.builder.inputs, x)
    inputs = {value.name: batches[reader.values[value.name].name] for value in reader.graph.inputs}
    count = len(next(iter(inputs.values())))
    groups = [np.arange(count)]
    if reader.batch == 1:
        groups = [np.array([k]) for k in range(count)]
    elif reader.batch:
        size = 8 * reader.batch * (1 + sum(one[0].size for one in inputs.values()))
        reader.graph.budget.check_memory(size, f"a batch of {reader.batch:,} examples")
        groups = [np.arange(reader.batch) % count]
    try:
        try:
            outputs = _together(reader, twin, inputs, groups)
        except NetworkError:
            raise
        except Exception:  # The file may still be made for one example.
            groups = [np.array([k]) for k in range(count)]
            outputs = _together(reader, twin, inputs, groups)
    except NetworkError:
        raise
    except Exception as error:  # onnx checks a model only by running it.
        raise ModelMismatchError(
            f"onnx cannot run this file ({type(error).__name__}: {error}). To get the network "
            "without this check, give check=False"
        ) from error
    outputs = outputs[:count]
    if has_softmax:
        return softmax(outputs, 1 if outputs.ndim == 4 else -1)
    return np.exp(outputs) if reader.builder.log_outputs else outputs


def _together(
    reader: Reader, twin: Reference, inputs: Mapping[str, Any], groups: list[npt.NDArray[np.int64]]
) -> npt.NDArray[np.float64]:
    """Compute groups of examples, and put the outputs together, the examples first."""
    parts = []
    for group in groups:
        found = twin.run({name: one[group] for name, one in inputs.items()})
        parts.append(np.moveaxis(found, reader.live.layout.batch, 0))
    return np.concatenate(parts)
