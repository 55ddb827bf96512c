"""The content of files of Keras 3: a description in JSON, and the weights in HDF5."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.limits import Budget
from nnviz.network import NetworkError

__all__ = ["KerasFile", "layer_folders"]

Arrays = list[npt.NDArray[np.float64]]


class KerasFile:
    """An open file.

    Attributes
    ----------
    model : dict
        The model as Keras describes it, with "class_name" and "config".
    version : str
        Version of Keras that saved it; "" if unknown.
    budget : Budget
        Budget of reading.
    """

    def __init__(
        self, model: dict[str, Any], weights: Any, h5py: Any, budget: Budget, version: str = ""
    ) -> None:
        self.model = model
        self.version = version
        self.budget = budget
        self._weights = weights
        self._h5py = h5py

    def arrays(self, folders: Sequence[str], part: str = "") -> Arrays:
        """Return the arrays of a layer, or of a layer in it, in Keras's order; [] if it has none.

        The budget holds them.

        Parameters
        ----------
        folders : sequence of str
            Those of the models that the layer is in, from outside, and its own.
        part : str, optional
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
        """Return a member of a group by name, or None. Links are not followed."""
        self.budget.check_time()
        if not isinstance(group, self._h5py.Group):
            raise NetworkError(f"{group.name} has to be a group")
        link = group.get(name, getlink=True)
        if link is not None and not isinstance(link, self._h5py.HardLink):
            raise NetworkError(f"{group.name}/{name} is a link, which is not supported")
        return group.get(name)

    def read(self, dataset: Any) -> npt.NDArray[np.float64]:
        """Return the numbers of an array that lies in the file itself, whole and uncompressed.

        The budget holds them.
        """
        if not isinstance(dataset, self._h5py.Dataset):
            raise NetworkError(f"{dataset.name} has to be an array")
        if dataset.external is not None or dataset.is_virtual:
            raise NetworkError(f"{dataset.name} is stored in another file, which is not supported")
        if dataset.chunks is not None or dataset.dtype.kind not in "fiu":
            raise NetworkError(
                f"{dataset.name} has to hold uncompressed numbers; it holds {dataset.dtype}"
            )
        if dataset.id.get_storage_size() != dataset.size * dataset.dtype.itemsize:
            raise NetworkError(f"{dataset.name} of shape {dataset.shape} is incomplete")
        self.budget.check_memory(20 * dataset.size, dataset.name)
        self.budget.hold(8 * dataset.size, dataset.name)
        values: npt.NDArray[np.float64] = dataset[()].astype(np.float64)
        return values


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
