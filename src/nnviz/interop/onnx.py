"""Read models in ONNX files."""

from __future__ import annotations

import os
import re
import warnings

import numpy as np

from nnviz.interop.attention_names import name_attention
from nnviz.interop.builder import Builder, UnsupportedModelError, check_outputs, require
from nnviz.interop.onnx_graph import opened
from nnviz.interop.onnx_reader import Reader
from nnviz.interop.onnx_reference_run import twin_of
from nnviz.interop.reshape_folding import fold
from nnviz.limits import Budget, Limits
from nnviz.network import Constant, Network, NetworkLimitError

__all__ = ["from_onnx"]

#: Constants in the file are rounded to single precision, those of our functions are not.
ROUNDING = 1e-6


def from_onnx(
    path: str | os.PathLike[str],
    *,
    output: int | str | None = None,
    check: bool = True,
    limits: Limits | None = None,
) -> Network:
    """Read an ONNX file, such as PyTorch and skl2onnx write them.

    Of a classifier's outputs those of real numbers are taken, and its labels left out; two
    probabilities p and 1 - p are one sigmoid output. A ``LogSoftmax`` at the end becomes a softmax,
    and a warning says so. The weights of layers are trained; other constants stay as they are.

    Activation functions and norms that are written out become layers, and so do the reshapes and
    transposes around the heads of attention. Where the file says which module a node comes from,
    the node is called so.

    Parameters
    ----------
    path : str or path
        The file. Weights may lie beside it in the same folder, as ``torch.onnx.export`` writes
        them. Nothing in it is ever run.
    output : int, str, optional
        Which output to take where there are several: its name, or its place among those of real
        numbers. "softmax" appends a softmax over the classes, for a model that leaves that to the
        cost it was trained with.
    check : bool, optional
        Compare the network with what onnx's own reference computes, in double precision, on
        random inputs.
    limits : Limits, optional
        Limits of reading and comparing, so that a file from elsewhere cannot use up memory and
        time; the defaults of `Limits` if None.

    Returns
    -------
    Network

    Raises
    ------
    UnsupportedModelError
        If a node is not supported; the text says which, and where.
    ModelMismatchError
        If the network computes something else.
    LimitError
        If it would cost more than `limits` allow. It is a `NetworkError`, too.
    NetworkError
        If the file is damaged.
    ImportError
        If onnx is not installed.
    """
    require("onnx.reference", "onnx")  # Importing the package does not count as reading.
    budget = Budget(limits, NetworkLimitError)
    with opened(path, budget) as graph:
        batch, shapes = graph.input_shapes()
        if not shapes:
            raise UnsupportedModelError("it has no input")
        names = {name: _name(name) if len(shapes) > 1 else "x" for name in shapes}
        builder = Builder({names[name]: shape for name, shape in shapes.items()}, budget)
        reader = Reader(graph, builder, names, batch)
        softmax = output == "softmax" and output not in graph.outputs()
        last = reader.read(None if softmax else output)
        if softmax:
            with builder.at("the softmax at the end"):
                builder.label = ""
                builder.softmax(-3 if len(builder.known_shape()) == 3 else -1)
        fold(builder)
        name_attention(builder)
        network = _network(reader)
        _note_constants(builder, network)
        if builder.log_outputs:
            builder.notes.append(
                "this file gives logarithms of probabilities, the network the probabilities"
            )
        for note in builder.notes:
            warnings.warn(note, stacklevel=2)
        if check:
            twin = twin_of(reader, last, has_softmax=softmax)
            check_outputs(network, twin, "this file", rounding=ROUNDING, budget=budget)
        return network


def _network(reader: Reader) -> Network:
    network = reader.builder.network()
    if reader.is_pair and network.output_shape != (1,):
        raise UnsupportedModelError(
            f"an output p joined to 1 - p is supported for one number p; p has shape "
            f"{network.output_shape} here"
        )
    return network


def _note_constants(builder: Builder, network: Network) -> None:
    """Add a remark on constants that may have been parameters, which a file does not tell apart."""
    kept = [
        name
        for name, node in network.nodes.items()
        if isinstance(node.layer, Constant)
        and node.layer.values.size > 1
        and not np.isin(node.layer.values, (0.0, 1.0)).all()  # a mask, or where a state begins
        and np.ptp(node.layer.values)  # the factor of a mean
    ]
    if kept:
        builder.notes.append(
            f"{', '.join(kept)} {'is' if len(kept) == 1 else 'are'} constant in this file, and "
            "training leaves such as they are"
        )


def _name(name: str) -> str:
    """Return an input's name as a network can have it."""
    words = re.sub(r"\W+", "_", name).strip("_")
    return words if words[:1].isalpha() else f"input_{words}"
