"""Files that Keras saves with ``model.save("model.h5")``: all in HDF5, by the layers' names."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError, require
from nnviz.interop.keras_archive import LARGEST_CONFIG, LARGEST_FILE, KerasFile, naming
from nnviz.network import NetworkError

__all__ = ["H5File", "is_hdf5", "open_h5_file"]

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class H5File:
    """An open file.

    Attributes
    ----------
    model
        The model as Keras describes it, with "class_name" and "config".
    version
        Of the Keras that saved it; "" if the file does not say that.
    """

    def __init__(self, opened: Any, h5py: Any) -> None:
        self.model = _described(opened)
        self.version = _text(opened.attrs.get("keras_version", ""))
        self._reader = KerasFile(self.model, opened, h5py, self.version)
        self._weights = self._reader.member(opened, "model_weights")

    def arrays(self, names: Sequence[str]) -> list[npt.NDArray[np.float64]]:
        """Return the arrays of a layer, in Keras's order; [] if it has none.

        The arrays of a model in the model lie side by side, and their names say whose they are.

        Parameters
        ----------
        names
            Those of the models that the layer is in, from outside, and its own.
        """
        outermost, *inner = names
        group = self._reader.member(self._weights, outermost)
        if group is None:
            return []
        found = []
        for name in _list(group, "weight_names"):
            parts = name.split("/")
            if inner and inner[-1] not in parts[:-1]:
                continue
            dataset = group
            for part in parts:
                dataset = self._reader.member(dataset, part)
            found.append(self._reader.read(dataset))
        return found


def is_hdf5(path: str | os.PathLike[str]) -> bool:
    """Return whether a file begins as HDF5 files do."""
    if not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return file.read(len(_SIGNATURE)) == _SIGNATURE


@contextmanager
def open_h5_file(path: str | os.PathLike[str]) -> Iterator[H5File]:
    """Open an .h5 file. What is wrong in it ends in a `NetworkError` that names the file."""
    h5py = require("h5py", "keras")
    file = os.fspath(path)
    if Path(path).stat().st_size > LARGEST_FILE:
        raise UnsupportedModelError(f"{file} is larger than {LARGEST_FILE:,} bytes")
    with naming(file), h5py.File(path, "r") as opened:
        yield H5File(opened, h5py)


def _described(opened: Any) -> dict[str, Any]:
    if "model_config" not in opened.attrs:
        raise UnsupportedModelError(
            "it holds weights and not which layers they are of: make the model, load them with "
            "model.load_weights, and give from_keras the model"
        )
    if opened.attrs.get_id("model_config").get_storage_size() > LARGEST_CONFIG:
        raise UnsupportedModelError(f"model_config is larger than {LARGEST_CONFIG:,} bytes")
    model = json.loads(_text(opened.attrs["model_config"]))
    if not isinstance(model, dict):
        raise NetworkError("model_config describes no model")
    if isinstance(model.get("config"), list):  # A Sequential of the first versions of Keras.
        model["config"] = {"layers": model["config"]}
    if not isinstance(model.get("config"), dict):
        raise NetworkError("model_config describes no model")
    return model


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _list(group: Any, name: str) -> list[str]:
    """Return a list of names, which Keras cuts into several attributes where it is long."""
    if name in group.attrs:
        return [_text(one) for one in group.attrs[name]]
    found: list[str] = []
    for k in count():
        if f"{name}{k}" not in group.attrs:
            return found
        found += [_text(one) for one in group.attrs[f"{name}{k}"]]
    return found
