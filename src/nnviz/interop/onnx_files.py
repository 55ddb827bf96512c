"""ONNX files, and the files beside them that may have their weights."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.model_files import content_of
from nnviz.interop.onnx_parse_memory import hold_model
from nnviz.limits import Budget
from nnviz.network import NetworkError

__all__ = ["put_weights", "read_model"]


def read_model(onnx: Any, content: bytes, budget: Budget) -> Any:
    """Parse a model, without the weights that are in other files.

    Parameters
    ----------
    onnx : object
        The module.
    content : bytes
        The file. The budget holds it before, and the model in its place after.
    budget : Budget
        Budget of reading.

    Returns
    -------
    ModelProto
    """
    hold_model(content, onnx.ModelProto.DESCRIPTOR, budget)
    model = onnx.load_model_from_string(content)
    budget.free(len(content))
    return model


def put_weights(
    onnx: Any, model: Any, path: str | os.PathLike[str], size: int, budget: Budget
) -> None:
    """Load the weights of a model that are in other files of the same folder.

    ``torch.onnx.export`` writes these beside the model, as ``model.onnx.data``.

    Parameters
    ----------
    onnx : object
        The module.
    model : object
        A ``ModelProto``, whose every tensor has its numbers then.
    path : str or path
        Path of the model.
    size : int
        Bytes that it has.
    budget : Budget
        Budget of reading, all files together.

    Raises
    ------
    UnsupportedModelError
        If a file is none of the folder's own: its name leads elsewhere, or it is a link to
        elsewhere.
    NetworkError
        If it is no regular file, or has too few bytes.
    NetworkLimitError
        If the files are too large together.
    """
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            budget.check_time()
            entries = {entry.key: entry.value for entry in tensor.external_data}
            where = f"the weights {tensor.name!r}"
            start = _count(entries.get("offset", "0"), f"offset of {where}")
            length = entries.get("length")
            count = None if length is None else _count(length, f"length of {where}")
            file = _beside(Path(path), entries.get("location", ""), where)
            part = _part_of(file, budget, start, count, where)
            size += len(part)
            budget.check_file(size, f"with {where} the model")
            budget.check_memory(len(part), f"a copy of {where}")
            tensor.raw_data = part
            del tensor.external_data[:]
            tensor.data_location = onnx.TensorProto.DEFAULT


def _part_of(file: Path, budget: Budget, start: int, count: int | None, what: str) -> bytes:
    try:
        return content_of(file, budget, start, count)
    except NetworkError as error:
        raise type(error)(f"{what}: {error}") from None


def _tensors(model: Any) -> Iterator[Any]:
    """Yield the tensors of a model that may be the weights of layers."""
    yield from model.graph.initializer
    for node in model.graph.node:
        yield from (attribute.t for attribute in node.attribute if attribute.HasField("t"))


def _count(text: str, what: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UnsupportedModelError(f"the {what} is {text!r}, which is not a number of bytes")
    return int(text)


def _beside(model: Path, location: str, what: str) -> Path:
    """Return a file of the model's own folder."""
    if location in ("", ".", "..") or any(mark in location for mark in ("/", "\\", ":", "\0")):
        raise UnsupportedModelError(
            f"{what} are in {location!r}, which is not supported; supported are files in the "
            "model's folder, by name: move the file there, and save the model again with "
            "onnx.save_model"
        )
    file = model.parent / location
    if not os.path.lexists(file):
        raise UnsupportedModelError(
            f"{what} are in {location!r}, and there is no such file: keep both files in one "
            "folder, with their original names"
        )
    real = file.resolve()
    if real.parent != model.parent.resolve():
        raise UnsupportedModelError(
            f"{what} are in {location!r}, a link to another folder, which is not supported"
        )
    return real
