"""Networks as .npz files: named arrays without pickled objects, checked on the way in.

A file of format 2 holds ``format`` (2), ``input_shape`` (integers), ``layers`` (names from
`LAYERS`), ``options`` (a JSON object a layer: its arguments that are not arrays), ``cost`` (a name)
and the layers' arrays: ``weights_1``, ``biases_1``... (layer l = 1 is the first after the input).

Format 1 has no ``format`` and knows dense layers only: ``sizes`` (integers), ``weights_1``,
``biases_1``, ``weights_2``..., ``activations`` (names) and ``cost``. It is read, not written.

Nothing in a file is run, and nothing is allocated that the file does not hold: members are stored
as they are, not compressed, and a member's size must be what its header says.
"""

from __future__ import annotations

import io
import json
import math
import os
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.files import whole_file
from nnviz.network._checks import check_shape, located, look_up
from nnviz.network._types import NetworkError, Shape
from nnviz.network.activations import Activation, get_activation
from nnviz.network.costs import COSTS, Cost, get_cost
from nnviz.network.layers import LAYERS, Dense, Layer

__all__ = [
    "Arrays",
    "Stored",
    "arrays_of",
    "load",
    "opened",
    "packed",
    "read_network",
    "save",
    "write",
]

_FORMAT = 2

Stored = tuple[list[Layer], Cost, Shape]


def save(
    path: str | os.PathLike[str],
    layers: Sequence[Layer],
    cost: Cost,
    input_shape: Shape,
    dtype: npt.DTypeLike,
) -> None:
    """Write a file whole or not at all."""
    write(path, arrays_of(layers, cost, input_shape, dtype))


def packed(layers: Sequence[Layer], cost: Cost, input_shape: Shape, dtype: npt.DTypeLike) -> bytes:
    """Return a file's content: equal networks give equal bytes."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays_of(layers, cost, input_shape, dtype))
    return content.getvalue()


def write(path: str | os.PathLike[str], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays to a file, whole or not at all; equal arrays give equal bytes."""
    with whole_file(Path(path)) as draft, draft.open("wb") as file:
        # NumPy gives every member the same date.
        np.savez(file, allow_pickle=False, **arrays)


def arrays_of(
    layers: Sequence[Layer], cost: Cost, input_shape: Shape, dtype: npt.DTypeLike
) -> dict[str, npt.NDArray[Any]]:
    """Return what a file holds of a network, for `read_network`."""
    if COSTS.get(cost.name) != cost:
        raise NetworkError(f"the cost {cost.name!r} is not in COSTS")
    arrays: dict[str, npt.NDArray[Any]] = {}
    options = []
    for number, layer in enumerate(layers, start=1):
        try:
            options.append(json.dumps(_options(layer)))
        except TypeError as error:
            raise NetworkError(f"the layer {layer.name!r} cannot be saved: {error}") from None
        for name in layer.parameter_names + layer.statistic_names:
            arrays[f"{name}_{number}"] = getattr(layer, name).astype(dtype)
    return {
        "format": np.array(_FORMAT),
        "input_shape": np.array(input_shape, dtype=np.int64),
        "layers": np.array([layer.name for layer in layers]),
        "options": np.array(options),
        "cost": np.array(cost.name),
    } | arrays


def _options(layer: Layer) -> dict[str, Any]:
    """Return the arguments that are not arrays, as JSON can hold them."""
    if LAYERS.get(layer.name) is not type(layer):
        raise NetworkError(f"the layer {layer.name!r} is not in LAYERS")
    options = {}
    for name, value in layer.arguments.items():
        if isinstance(value, Activation):
            try:
                known = get_activation(value.name) == value
            except NetworkError:
                known = False
            if not known:
                raise NetworkError(f"the activation {value.name!r} is not in ACTIVATIONS")
            options[name] = value.name
        elif not isinstance(value, np.ndarray):
            options[name] = value
    return options


def load(path: str | os.PathLike[str]) -> Stored:
    """Read a file and check that every array is there, with numbers, in its shape.

    Raises
    ------
    NetworkError
        If something is wrong in the file, which is named.
    OSError
        If it cannot be read at all.
    """
    with opened(path, "Network.save") as arrays:
        return read_network(arrays)


@contextmanager
def opened(path: str | os.PathLike[str], writer: str) -> Iterator[Arrays]:
    """Open a file of arrays, and name it in errors about what it holds.

    Parameters
    ----------
    path
        Of the file.
    writer
        What writes such files.

    Raises
    ------
    NetworkError
        If it is not an .npz file.
    OSError
        If it cannot be read at all.
    """
    file = os.fspath(path)
    content = Path(path).read_bytes()
    if not content.startswith(b"PK\x03\x04"):
        raise NetworkError(f"{file} is not an .npz file, as {writer} writes")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # Foreign bytes end in errors of many kinds.
        raise NetworkError(f"{file}: damaged or cut off ({error})") from None
    with archive:
        try:
            yield Arrays(archive, writer)
        except NetworkError as error:
            raise NetworkError(f"{file}: {error}") from None


def read_network(arrays: Arrays) -> Stored:
    """Read the layers, the cost and the input's shape."""
    return _load_layers(arrays) if "format" in arrays else _load_dense(arrays)


class Arrays:
    """The arrays of a file, each read when it is asked for.

    Parameters
    ----------
    archive
        The file.
    writer
        What writes such files.
    prefix
        What the names of these arrays begin with in the file.
    """

    def __init__(self, archive: zipfile.ZipFile, writer: str, prefix: str = "") -> None:
        self._archive = archive
        self._writer = writer
        self._prefix = prefix

    def beginning_with(self, prefix: str) -> Arrays:
        """Return those whose names begin so, to be called by the rest of them."""
        return Arrays(self._archive, self._writer, self._prefix + prefix)

    def __contains__(self, name: str) -> bool:
        return f"{self._prefix}{name}.npy" in self._archive.namelist()

    def read(self, name: str, wanted: str) -> npt.NDArray[Any]:
        """Return an array, whatever it holds, or say that it should hold `wanted`."""
        if name not in self:
            raise NetworkError(f"there is no array {name!r}, which should hold {wanted}")
        try:
            return self._read(f"{self._prefix}{name}.npy")
        except Exception as error:  # NumPy's reader of headers ends in errors of many kinds.
            raise NetworkError(
                f"array {name!r}, which should hold {wanted}, cannot be read ({error})"
            ) from None

    def _read(self, member: str) -> npt.NDArray[Any]:
        if self._archive.getinfo(member).compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"it is compressed, as {self._writer} never does")
        stream = io.BytesIO(self._archive.read(member))
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"it is of version {version} of the .npy format, not (1, 0)")
        with warnings.catch_warnings(action="error"):
            shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
        numbers = stream.getbuffer()[stream.tell() :]
        if dtype.hasobject:
            raise ValueError("it holds Python objects, which are never loaded")
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(numbers):
            raise ValueError(f"{len(numbers)} bytes are no {dtype} of shape {shape}")
        array: npt.NDArray[Any] = np.frombuffer(numbers, dtype)
        return array.reshape(shape, order="F" if by_columns else "C")

    def numbers(
        self, name: str, shape: Shape | None = None, *, gaps: bool = False
    ) -> npt.NDArray[Any]:
        """Return finite numbers, of a shape where one is given; with gaps, some may be NaN."""
        wanted = "numbers" if shape is None else f"numbers of shape {shape}"
        array = self.read(name, wanted)
        if array.dtype.kind not in "fiu" or shape not in (None, array.shape):
            raise NetworkError(
                f"array {name!r} must hold {wanted}, not {array.dtype} of shape {array.shape}"
            )
        if not np.isfinite(np.nan_to_num(array, nan=0.0, posinf=np.inf) if gaps else array).all():
            raise NetworkError(f"array {name!r} contains a NaN or an infinity")
        return array

    def integers(self, name: str, wanted: str) -> list[int]:
        """Return integers in a row."""
        array = self.read(name, wanted)
        if array.dtype.kind not in "iu" or array.ndim != 1:
            raise NetworkError(
                f"array {name!r} must hold {wanted}, not {array.dtype} of shape {array.shape}"
            )
        return [int(number) for number in array]

    def texts(self, name: str, shape: Shape | None = None) -> list[str]:
        """Return texts in a row; one of shape ()."""
        wanted = "names" if shape is None else f"names of shape {shape}"
        array = self.read(name, wanted)
        if array.dtype.kind != "U" or array.ndim > 1 or shape not in (None, array.shape):
            raise NetworkError(
                f"array {name!r} must hold {wanted}, not {array.dtype} of shape {array.shape}"
            )
        return [str(text) for text in array.ravel()]


def _load_dense(arrays: Arrays) -> Stored:
    """Read format 1."""
    wanted = "one positive integer a layer, at least two"
    sizes = arrays.integers("sizes", wanted)
    if len(sizes) < 2 or min(sizes) < 1:
        raise NetworkError(f"array 'sizes' must hold {wanted}, not {sizes}")
    parts = []
    for number, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        weights = arrays.numbers(f"weights_{number}", (n_out, n_in))
        parts.append((weights, arrays.numbers(f"biases_{number}", (n_out,))))
    activations = arrays.texts("activations", (len(parts),))
    layers: list[Layer] = []
    for i, (part, activation) in enumerate(zip(parts, activations, strict=True)):
        with located(i, Dense.name):
            layers.append(Dense(*part, activation))
    return layers, get_cost(arrays.texts("cost", ())[0]), (sizes[0],)


def _load_layers(arrays: Arrays) -> Stored:
    """Read format 2."""
    number = arrays.numbers("format", ())
    if number != _FORMAT:
        raise NetworkError(f"it is of format {number}; this version reads 1 and {_FORMAT}")
    input_shape = check_shape(arrays.integers("input_shape", "integers"), "input_shape")
    names = arrays.texts("layers")
    options = arrays.texts("options", (len(names),))
    layers = []
    for i, (name, text) in enumerate(zip(names, options, strict=True)):
        with located(i, name):
            layers.append(_layer(arrays, i + 1, name, text))
    return layers, get_cost(arrays.texts("cost", ())[0]), input_shape


def _layer(arrays: Arrays, number: int, name: str, text: str) -> Layer:
    kind = look_up(name, LAYERS, "layer")
    array_names = kind.parameter_names + kind.statistic_names
    wanted = set(kind.argument_names()) - set(array_names)
    try:
        options = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NetworkError(f"its options are not JSON ({error})") from None
    if not isinstance(options, dict) or set(options) != wanted:
        raise NetworkError(f"its options must be {sorted(wanted)}, not {text[:200]}")
    parameters = {array: arrays.numbers(f"{array}_{number}") for array in array_names}
    try:
        return kind(**parameters, **options)
    except NetworkError:
        raise
    except Exception as error:  # A layer's constructor may expect its options to be right.
        raise NetworkError(f"its options do not fit: {text[:200]} ({error})") from error
