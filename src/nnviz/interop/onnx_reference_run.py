"""What onnx's own reference computes for a model, in double precision."""

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
    """Return what computes a tensor of a graph that has been read, from batches of the inputs.

    Parameters
    ----------
    reader : Reader
        What has read the graph.
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
    """Let onnx compute: many files are made for one example at a time, or so many."""
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
        except Exception:  # It may be made for one all the same.
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
