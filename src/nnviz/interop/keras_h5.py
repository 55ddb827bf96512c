"""The content of files of ``model.save("model.h5")``: everything by the layers' names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_archive import KerasFile
from nnviz.interop.keras_config import check_length
from nnviz.limits import Budget
from nnviz.network import NetworkError

__all__ = ["H5File", "longest_text"]

#: Signature of a collection of texts; a version and the size follow.
COLLECTION = b"GCOL"
#: Bytes of a text in a list, besides its letters.
TEXT = 100


class H5File:
    """An open file.

    Parameters
    ----------
    opened : object
        The file as h5py opens it.
    h5py : object
        The module.
    budget : Budget
        Budget of reading.
    longest : int
        Bytes of the longest text that it may have; see `longest_text`.

    Attributes
    ----------
    model : dict
        The model as Keras describes it, with "class_name" and "config".
    version : str
        Version of Keras that saved it; "" if unknown.
    """

    def __init__(self, opened: Any, h5py: Any, budget: Budget, longest: int) -> None:
        self._budget = budget
        self._longest = longest
        self._names: dict[str, dict[str, list[str]]] = {}
        self.version = self._text(opened, "keras_version")
        self.model = self._described(opened)
        self._reader = KerasFile(self.model, opened, h5py, budget, self.version)
        self._weights = self._reader.member(opened, "model_weights")

    def arrays(self, names: Sequence[str]) -> list[npt.NDArray[np.float64]]:
        """Return the arrays of a layer, in Keras's order; [] if it has none. The budget holds them.

        The arrays of an inner model are in one group; their names have the names of the layers.

        Parameters
        ----------
        names : sequence of str
            Those of the models that the layer is in, from outside, and its own.
        """
        outermost, *inner = names
        group = self._reader.member(self._weights, outermost)
        if group is None:
            return []
        if outermost not in self._names:
            self._names[outermost] = self._by_part(group)
        found = []
        for name in self._names[outermost].get(inner[-1] if inner else "", ()):
            dataset = group
            for part in name.split("/"):
                dataset = self._reader.member(dataset, part)
            found.append(self._reader.read(dataset))
        return found

    def _by_part(self, group: Any) -> dict[str, list[str]]:
        """Return the names of a group's arrays: of all by "", and by each part before the last."""
        found: dict[str, list[str]] = {"": []}
        for name in self._list(group, "weight_names"):
            self._budget.hold(TEXT * (1 + name.count("/")) + len(name), "a list of names")
            found[""].append(name)
            for part in dict.fromkeys(name.split("/")[:-1]):
                found.setdefault(part, []).append(name)
        return found

    def _described(self, opened: Any) -> dict[str, Any]:
        if "model_config" not in opened.attrs:
            raise UnsupportedModelError(
                "it holds weights but no layers: build the model, load them with "
                "model.load_weights, and pass the model to from_keras"
            )
        text = self._text(opened, "model_config")
        check_length(len(text), "model_config", self._budget)
        model = json.loads(text)
        if not isinstance(model, dict):
            raise NetworkError("model_config describes no model")
        if isinstance(model.get("config"), list):  # A Sequential of the first versions of Keras.
            model["config"] = {"layers": model["config"]}
        if not isinstance(model.get("config"), dict):
            raise NetworkError("model_config describes no model")
        return model

    def _text(self, group: Any, name: str) -> str:
        """Return an attribute that is a text; "" if there is none."""
        if name not in group.attrs:
            return ""
        kind = group.attrs.get_id(name)
        if kind.shape != () or kind.dtype.kind not in "OS":
            raise NetworkError(f"its {name} has to be a text, not {kind.dtype} of {kind.shape}")
        self._budget.check_memory(2 * self._length(kind), name)
        return _decoded(group.attrs[name])

    def _list(self, group: Any, name: str) -> list[str]:
        """Return a list of names; Keras splits a long one into several attributes."""
        if name in group.attrs:
            return self._texts(group, name)
        found: list[str] = []
        for k in count():
            if f"{name}{k}" not in group.attrs:
                return found
            found += self._texts(group, f"{name}{k}")
        return found

    def _texts(self, group: Any, name: str) -> list[str]:
        """Return an attribute that is an array of texts."""
        self._budget.check_time()
        kind = group.attrs.get_id(name)
        texts = int(np.prod(kind.shape, dtype=object))
        if not texts:
            return []
        if len(kind.shape) != 1 or kind.dtype.kind not in "OS":
            raise NetworkError(
                f"{group.name}: its {name} have to be texts, not {kind.dtype} of {kind.shape}"
            )
        self._budget.check_memory(texts * (2 * self._length(kind) + TEXT), name)
        return [_decoded(one) for one in group.attrs[name]]

    def _length(self, kind: Any) -> int:
        """Return the largest length of the texts of an attribute."""
        return self._longest if kind.dtype.kind == "O" else int(kind.dtype.itemsize)


def longest_text(content: bytes, budget: Budget) -> int:
    """Return the largest number of bytes of a text of an HDF5 file.

    HDF5 does not tell the length of texts before it reads them, and many may be one. Each is
    in a collection of them, which says how large it is.
    """
    longest, at = 0, content.find(COLLECTION)
    while at >= 0:
        budget.check_time()
        longest = max(longest, int.from_bytes(content[at + 8 : at + 16], "little"))
        at = content.find(COLLECTION, at + len(COLLECTION))
    return min(longest, len(content))


def _decoded(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
