"""Files that Keras saves, opened within a budget."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnviz.archives import Archive
from nnviz.interop.builder import UnsupportedModelError, require
from nnviz.interop.keras_archive import KerasFile
from nnviz.interop.keras_config import check_length
from nnviz.interop.keras_h5 import H5File, longest_text
from nnviz.interop.model_files import content_of
from nnviz.limits import Budget
from nnviz.network import NetworkError

__all__ = ["opened"]

#: How HDF5 files begin.
SIGNATURE = b"\x89HDF\r\n\x1a\n"


@contextmanager
def opened(path: str | os.PathLike[str], budget: Budget) -> Iterator[KerasFile | H5File]:
    """Open a .keras or .h5 file. Errors in it become a `NetworkError` that names the file.

    Keras's own loader can be made to run code, and is not used.
    """
    h5py = require("h5py", "keras")
    file = os.fspath(path)
    if Path(path).is_dir():
        raise UnsupportedModelError(f"{file} is a folder: save the model as a .keras file")
    content = content_of(path, budget)
    with _naming(file):
        if content.startswith(SIGNATURE):
            with h5py.File(io.BytesIO(content), "r") as weights:
                yield H5File(weights, h5py, budget, longest_text(content, budget))
            return
        archive = Archive(content, budget)
        for name in ("config.json", "model.weights.h5"):
            if name not in archive.names:
                raise NetworkError(f"it has no {name}, which every .keras file of Keras 3 has")
        model = _json(archive, "config.json", budget)
        about = _json(archive, "metadata.json", budget) if "metadata.json" in archive.names else {}
        budget.hold(archive.size("model.weights.h5"), "model.weights.h5")
        unpacked = io.BytesIO(archive.read("model.weights.h5"))
        budget.free(len(content))
        del archive, content
        if not isinstance(model, dict) or not isinstance(model.get("config"), dict):
            raise NetworkError("config.json describes no model")
        with h5py.File(unpacked, "r") as weights:
            yield KerasFile(model, weights, h5py, budget, str(about.get("keras_version", "")))


def _json(archive: Archive, name: str, budget: Budget) -> Any:
    check_length(archive.size(name), name, budget)
    return json.loads(archive.read(name))


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Turn every error of a file into a `NetworkError` that names it."""
    try:
        yield
    except NetworkError as error:
        raise type(error)(f"{file}: {error}") from None
    except OSError as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise NetworkError(f"{file}: damaged or cut off ({error})") from None
    except Exception as error:  # Damaged files cause errors of many kinds.
        raise NetworkError(
            f"{file}: damaged, or not a file of Keras ({type(error).__name__}: {error})"
        ) from None
