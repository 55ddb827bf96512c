"""ONNX files, and the files beside them in which their weights may lie."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nnviz.interop.builder import UnsupportedModelError, require

__all__ = ["LARGEST_FILE", "read_model"]

#: The most bytes that a model may have, its weights included; protobuf takes no more than 2 GiB.
LARGEST_FILE = 2**30


def read_model(path: str | os.PathLike[str]) -> tuple[Any, Any]:
    """Read a model, and into it the weights that lie in other files of the same folder.

    ``torch.onnx.export`` writes these beside the model, as ``model.onnx.data``.

    Returns
    -------
    onnx, model
        The module, and a ``ModelProto`` whose every tensor has its numbers.

    Raises
    ------
    UnsupportedModelError
        If the files are too large together, or if one is none of the folder's own: its name leads
        elsewhere, it is a link to elsewhere, or no regular file.
    """
    onnx = require("onnx", "onnx")
    content = _bytes_of(Path(path), os.fspath(path), 0, None, LARGEST_FILE)
    model = onnx.load_model_from_string(content)
    left = LARGEST_FILE - len(content)
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            entries = {entry.key: entry.value for entry in tensor.external_data}
            where = f"the weights {tensor.name!r}"
            start = _count(entries.get("offset", "0"), f"offset of {where}")
            length = entries.get("length")
            size = None if length is None else _count(length, f"length of {where}")
            file = _beside(Path(path), entries.get("location", ""), where)
            tensor.raw_data = _bytes_of(file, f"{where} in {file.name}", start, size, left)
            left -= len(tensor.raw_data)
            del tensor.external_data[:]
            tensor.data_location = onnx.TensorProto.DEFAULT
    return onnx, model


def _tensors(model: Any) -> Iterator[Any]:
    """Yield the tensors of a model that may be the weights of layers."""
    yield from model.graph.initializer
    for node in model.graph.node:
        yield from (attribute.t for attribute in node.attribute if attribute.HasField("t"))


def _count(text: str, what: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UnsupportedModelError(f"the {what} is {text!r}, which is no number of bytes")
    return int(text)


def _beside(model: Path, location: str, what: str) -> Path:
    """Return a file of the model's own folder."""
    if location in ("", ".", "..") or any(mark in location for mark in ("/", "\\", ":", "\0")):
        raise UnsupportedModelError(
            f"{what} lie in {location!r}; files in the model's own folder are read, by their name "
            "alone: put it beside the model, and save that again with onnx.save_model"
        )
    file = model.parent / location
    if not os.path.lexists(file):
        raise UnsupportedModelError(
            f"{what} lie in {location!r}, which is not there: keep both files in one folder, under "
            "the names under which they were written"
        )
    real = file.resolve()
    if real.parent != model.parent.resolve():
        raise UnsupportedModelError(f"{what} lie in {location!r}, a link to another folder")
    return real


def _bytes_of(file: Path, what: str, start: int, length: int | None, most: int) -> bytes:
    """Read a part of a regular file, to its end if length is None.

    Its kind and its size are those of what was opened: a pipe is not waited for, and a file that is
    too large is not read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UnsupportedModelError(f"{what}: it is no regular file")
        end = status.st_size if length is None else start + length
        if end > status.st_size or start > end:
            raise UnsupportedModelError(
                f"{what}: bytes {start:,} to {end:,} are asked for, and the file has "
                f"{status.st_size:,}: it is damaged, or belongs to another model"
            )
        if end - start > most:
            raise UnsupportedModelError(
                f"{what}: with it the model is larger than {LARGEST_FILE:,} bytes"
            )
        stream.seek(start)
        return stream.read(end - start)
