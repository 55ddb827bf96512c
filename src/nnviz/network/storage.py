"""Networks as .npz files: named arrays without pickled objects, checked on the way in.

A file holds ``sizes`` (integers), ``weights_1``, ``biases_1``, ``weights_2``... (layer l = 1 is the
first after the input), ``activations`` (their names) and ``cost`` (its name).
"""

import io
import lzma
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError

__all__ = ["StoredNetwork", "load", "save"]

_NOT_AN_NPZ = "is not an .npz file, as Network.save writes"
_DAMAGE = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    MemoryError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


class StoredNetwork(NamedTuple):
    """What a file holds; `activations` and `cost` are names, not yet looked up."""

    weights: Sequence[FloatArray]
    biases: Sequence[FloatArray]
    activations: Sequence[str]
    cost: str


def save(path: str | os.PathLike[str], stored: StoredNetwork, dtype: npt.DTypeLike) -> None:
    """Write a file whole or not at all: into a temporary file beside it, then into its place."""
    target = Path(path)
    sizes = [stored.weights[0].shape[1], *(b.size for b in stored.biases)]
    arrays: dict[str, npt.NDArray[Any]] = {"sizes": np.array(sizes, dtype=np.int64)}
    for layer, (w, b) in enumerate(zip(stored.weights, stored.biases, strict=True), start=1):
        arrays[f"weights_{layer}"] = w.astype(dtype)
        arrays[f"biases_{layer}"] = b.astype(dtype)
    arrays["activations"] = np.array(list(stored.activations))
    arrays["cost"] = np.array(stored.cost)
    content = io.BytesIO()
    # NumPy gives every member the same date, so equal networks make equal bytes.
    np.savez(content, allow_pickle=False, **arrays)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.getvalue())
        # mkstemp's files are private; what is saved gets the rights of any new file.
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str]) -> StoredNetwork:
    """Read a file and check that every array is there, with numbers, in its shape."""
    file = os.fspath(path)
    content = Path(path).read_bytes()
    if not content.startswith(b"PK\x03\x04"):
        raise NetworkError(f"{file} {_NOT_AN_NPZ}")
    try:
        archive = np.load(io.BytesIO(content), allow_pickle=False)
    except _DAMAGE as error:
        raise NetworkError(f"{file}: damaged or cut off ({error})") from None
    with archive:
        sizes_array = _read(archive, file, "sizes", "one integer a layer")
        if (
            sizes_array.dtype.kind not in "iu"
            or sizes_array.ndim != 1
            or sizes_array.size < 2
            or (sizes_array < 1).any()
        ):
            raise NetworkError(
                f"{file}: array 'sizes' must hold one positive integer a layer, at least two, "
                f"not {sizes_array.dtype} of shape {sizes_array.shape}"
            )
        sizes = [int(n) for n in sizes_array]
        weights, biases = [], []
        for layer, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
            weights.append(_numbers(archive, file, f"weights_{layer}", (n_out, n_in)))
            biases.append(_numbers(archive, file, f"biases_{layer}", (n_out,)))
        activations = _names(archive, file, "activations", (len(sizes) - 1,))
        cost = _names(archive, file, "cost", ())
    return StoredNetwork(weights, biases, activations.tolist(), str(cost))


def _read(archive: Any, file: str, name: str, wanted: str) -> npt.NDArray[Any]:
    if name not in archive.files:
        raise NetworkError(f"{file}: there is no array {name!r}, which should hold {wanted}")
    try:
        array = archive[name]
    except _DAMAGE as error:
        raise NetworkError(
            f"{file}: array {name!r}, which should hold {wanted}, cannot be read ({error})"
        ) from None
    if not isinstance(array, np.ndarray):
        raise NetworkError(f"{file}: {name!r} is not an array; it should hold {wanted}")
    return array


def _numbers(archive: Any, file: str, name: str, shape: tuple[int, ...]) -> FloatArray:
    array = _read(archive, file, name, f"numbers of shape {shape}")
    if array.dtype.kind not in "fiu" or array.shape != shape:
        raise NetworkError(
            f"{file}: array {name!r} must hold numbers of shape {shape}, "
            f"not {array.dtype} of shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise NetworkError(f"{file}: array {name!r} contains a NaN or an infinity")
    return array.astype(np.float64)


def _names(archive: Any, file: str, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.str_]:
    array = _read(archive, file, name, f"names of shape {shape}")
    if array.dtype.kind != "U" or array.shape != shape:
        raise NetworkError(
            f"{file}: array {name!r} must hold names of shape {shape}, "
            f"not {array.dtype} of shape {array.shape}"
        )
    return array
