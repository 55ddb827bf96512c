"""Files that Keras 3 saves: a zip with a description in JSON and the weights in HDF5."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError, require
from nnviz.network import NetworkError

__all__ = ["KerasFile", "layer_folders", "naming", "open_keras_file"]

#: Larger files are refused.
LARGEST_FILE = 2**30
LARGEST_CONFIG = 2**26

Arrays = list[npt.NDArray[np.float64]]


class KerasFile:
    """An open file.

    Attributes
    ----------
    model
        The model as Keras describes it, with "class_name" and "config".
    version
        Of the Keras that saved it; "" if the file does not say that.
    """

    def __init__(self, model: dict[str, Any], weights: Any, h5py: Any, version: str = "") -> None:
        self.model = model
        self.version = version
        self._weights = weights
        self._h5py = h5py

    def arrays(self, folders: Sequence[str], part: str = "") -> Arrays:
        """Return the arrays of a layer, or of a layer in it, in Keras's order; [] if it has none.

        Parameters
        ----------
        folders
            Those of the models that the layer is in, from outside, and its own.
        part
            Where in its folder the layer inside is: "cell", "forward_layer/cell".
        """
        group = self._weights
        inner = part.split("/") if part else []
        for name in ("layers", *"/layers/".join(folders).split("/"), *inner, "vars"):
            group = self.member(group, name)
            if group is None:
                return []
        arrays: Arrays = []
        while (dataset := self.member(group, str(len(arrays)))) is not None:
            arrays.append(self.read(dataset))
        return arrays

    def member(self, group: Any, name: str) -> Any:
        """Return what is in a group under a name, None if nothing is; links are not followed."""
        if not isinstance(group, self._h5py.Group):
            raise NetworkError(f"{group.name} should be a group")
        link = group.get(name, getlink=True)
        if link is not None and not isinstance(link, self._h5py.HardLink):
            raise NetworkError(f"{group.name}/{name} is a link to elsewhere, which is not followed")
        return group.get(name)

    def read(self, dataset: Any) -> npt.NDArray[np.float64]:
        """Return the numbers of an array that lies in the file itself, whole and uncompressed."""
        if not isinstance(dataset, self._h5py.Dataset):
            raise NetworkError(f"{dataset.name} should be an array")
        if dataset.external is not None or dataset.is_virtual:
            raise NetworkError(f"{dataset.name} lies in another file, which is not read")
        if dataset.chunks is not None or dataset.dtype.kind not in "fiu":
            raise NetworkError(
                f"{dataset.name} must hold numbers, uncompressed, not {dataset.dtype}"
            )
        if dataset.id.get_storage_size() != dataset.size * dataset.dtype.itemsize:
            raise NetworkError(f"{dataset.name} of shape {dataset.shape} is not whole")
        values: npt.NDArray[np.float64] = dataset[()].astype(np.float64)
        return values


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Let whatever is wrong in a file end in a `NetworkError` that names it."""
    try:
        yield
    except UnsupportedModelError as error:
        raise UnsupportedModelError(f"{file}: {error}") from None
    except NetworkError as error:
        raise NetworkError(f"{file}: {error}") from None
    except OSError as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise NetworkError(f"{file}: damaged or cut off ({error})") from None
    except Exception as error:  # Foreign bytes end in errors of many kinds.
        raise NetworkError(
            f"{file}: damaged, or no file that Keras saved ({type(error).__name__}: {error})"
        ) from None


@contextmanager
def open_keras_file(path: str | os.PathLike[str]) -> Iterator[KerasFile]:
    """Open a .keras file. What is wrong in it ends in a `NetworkError` that names the file.

    Keras's own loader can be made to run code, and is not used.
    """
    h5py = require("h5py", "keras")
    file = os.fspath(path)
    if Path(path).is_dir():
        raise UnsupportedModelError(f"{file} is a folder: save the model as a .keras file")
    if Path(path).stat().st_size > LARGEST_FILE:
        raise UnsupportedModelError(f"{file} is larger than {LARGEST_FILE:,} bytes")
    with naming(file):
        with zipfile.ZipFile(path) as archive:
            model = json.loads(_member(archive, "config.json", LARGEST_CONFIG))
            weights = io.BytesIO(_member(archive, "model.weights.h5", LARGEST_FILE))
            about = {}
            if "metadata.json" in archive.namelist():
                about = json.loads(_member(archive, "metadata.json", LARGEST_CONFIG))
        if not isinstance(model, dict) or not isinstance(model.get("config"), dict):
            raise NetworkError("config.json describes no model")
        with h5py.File(weights, "r") as opened:
            yield KerasFile(model, opened, h5py, str(about.get("keras_version", "")))


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if name not in archive.namelist():
        raise NetworkError(f"there is no {name} in it, which a .keras file of Keras 3 has")
    if archive.getinfo(name).file_size > limit:
        raise UnsupportedModelError(f"{name} is larger than {limit:,} bytes")
    return archive.read(name)


def layer_folders(class_names: Sequence[str]) -> list[str]:
    """Return the names under which Keras keeps the weights of layers of these classes.

    They are the classes' in lower case, and from the second of a class on have a number.
    """
    seen: Counter[str] = Counter()
    folders = []
    for class_name in class_names:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", class_name).lower()
        folders.append(f"{words}_{seen[words]}" if seen[words] else words)
        seen[words] += 1
    return folders
