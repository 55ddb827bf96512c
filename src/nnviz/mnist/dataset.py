"""Reading MNIST's files: images and labels as arrays, checked."""

import io
import math
import os
import stat
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import mnist
from nnviz._resources import data_dir
from nnviz.limits import Budget, LimitError, Limits, read_file

__all__ = [
    "FILES",
    "MNIST",
    "TEST_IMAGES",
    "TEST_LABELS",
    "TRAIN_IMAGES",
    "TRAIN_LABELS",
    "DataError",
    "DataLimitError",
    "Dataset",
    "first_of_each_digit",
    "load",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# The names under which the mnist package looks for its files.
TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
TEST_LABELS = "t10k-labels-idx1-ubyte.gz"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

_SIDE = 28
_N_DIGITS = 10
#: What zlib takes for a stream with gzip's header and checksum.
_GZIP = 31
#: Bytes of a number of the kinds that have more than one, by the header's code.
_WIDTHS = {0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8}
#: How many bytes at most one byte of a deflate stream may stand for.
_MOST_FROM_A_BYTE = 1032


class DataError(ValueError):
    """A file of images or labels is missing, damaged, or of another kind."""


class DataLimitError(DataError, LimitError):
    """Reading images or labels would cost more than `nnviz.limits.Limits` allow."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and their labels.

    Attributes
    ----------
    images
        Shape (n, 784), from 0 (black) to 1 (white), rows of 28 pixels from the top. Read-only.
    labels
        Shape (n,), the digits. Read-only.
    """

    images: FloatArray
    labels: IntArray

    def __len__(self) -> int:
        return len(self.labels)


class MNIST(NamedTuple):
    """Training, validation and test set."""

    train: Dataset
    validation: Dataset
    test: Dataset


def load(
    folder: str | os.PathLike[str] | None = None,
    *,
    n_validation: int = 1000,
    limits: Limits | None = None,
) -> MNIST:
    """Read images and labels, by default the subset that comes with nnviz.

    Files are read once; later calls give the same arrays unless a file has changed.

    Parameters
    ----------
    folder : str, path, optional
        Where MNIST's four .gz files are, as `download` returns it. The shipped subset if None.
    n_validation : int, optional
        How many images at the end of the training file make the validation set. The rest, in the
        file's order, is the training set.
    limits : Limits, optional
        What reading may cost, so that files from elsewhere cannot use up memory and time; the
        defaults of `Limits`, which leave room for the whole of MNIST, if None.

    Returns
    -------
    MNIST
        Named tuple (train, validation, test) of `Dataset`. Of the shipped subset's 10,000 images
        these are 7,500, 1,000 and 1,500, all of them from MNIST's own training set.

    Raises
    ------
    DataError
        If a file is missing, damaged or no file of such images: which one and why. Also if
        `n_validation` leaves nothing to learn from.
    LimitError
        If reading would cost more than `limits` allow. It is a `DataError`, too.
    """
    where = data_dir() if folder is None else Path(folder)
    return _load(where.resolve(), _stamps(where), n_validation, limits or Limits())


def first_of_each_digit(n: int = 10, folder: str | os.PathLike[str] | None = None) -> FloatArray:
    """Return the first training images of every digit.

    Parameters
    ----------
    n : int, optional
        How many of each.
    folder : str, path, optional
        As for `load`.

    Returns
    -------
    ndarray
        Shape (10, n, 784): entry d holds the first n images of digit d, in the file's order.

    Raises
    ------
    DataError
        As for `load`, and if there are fewer than n images of a digit.
    """
    if n < 1:
        raise DataError(f"the number of images of each digit must be positive, not {n}")
    train = load(folder).train
    found = [np.flatnonzero(train.labels == digit)[:n] for digit in range(_N_DIGITS)]
    for digit, indices in enumerate(found):
        if len(indices) < n:
            raise DataError(f"there are only {len(indices)} training images of digit {digit}")
    return train.images[np.array(found)]


def _stamps(folder: Path) -> tuple[tuple[int, int], ...]:
    """Modification time and size of every file, which tell whether a file was replaced."""
    stamps = []
    for name in FILES:
        try:
            status = (folder / name).stat()
        except OSError as error:
            raise DataError(
                f"{folder / name} cannot be read ({error.strerror}). nnviz.mnist.download() "
                "fetches MNIST and returns its folder; with no folder given, load() takes the "
                "subset that comes with nnviz."
            ) from None
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{folder / name}: cannot be read, as it is not a file")
        stamps.append((status.st_mtime_ns, status.st_size))
    return tuple(stamps)


@lru_cache(maxsize=2)
def _load(
    folder: Path, stamps: tuple[tuple[int, int], ...], n_validation: int, limits: Limits
) -> MNIST:
    budget = Budget(limits, DataLimitError)
    whole = _read_pair(folder / TRAIN_IMAGES, folder / TRAIN_LABELS, budget)
    test = _read_pair(folder / TEST_IMAGES, folder / TEST_LABELS, budget)
    if not 0 <= n_validation < len(whole):
        raise DataError(
            f"n_validation must be from 0 to {len(whole) - 1}, the number of training images less "
            f"one, not {n_validation}"
        )
    cut = len(whole) - n_validation
    return MNIST(
        Dataset(whole.images[:cut], whole.labels[:cut]),
        Dataset(whole.images[cut:], whole.labels[cut:]),
        test,
    )


def _read_pair(images_path: Path, labels_path: Path, budget: Budget) -> Dataset:
    raw_images = _read_idx(images_path, budget)
    if raw_images.ndim != 3 or raw_images.shape[1:] != (_SIDE, _SIDE):
        raise DataError(
            f"{images_path}: must hold images of {_SIDE} x {_SIDE}, shape (n, {_SIDE}, {_SIDE}), "
            f"not {raw_images.shape}"
        )
    labels = _read_idx(labels_path, budget)
    if labels.ndim != 1:
        raise DataError(f"{labels_path}: must hold labels of shape (n,), not {labels.shape}")
    if len(labels) != len(raw_images):
        raise DataError(
            f"{labels_path}: holds {len(labels)} labels, but {images_path.name} beside it holds "
            f"{len(raw_images)} images"
        )
    if labels.max() >= _N_DIGITS:
        where = int(np.argmax(labels >= _N_DIGITS))
        raise DataError(f"{labels_path}: label {where} is {labels[where]}, not a digit from 0 to 9")
    images = raw_images.reshape(len(raw_images), _SIDE * _SIDE) / 255.0
    numbers = labels.astype(np.int64)
    images.setflags(write=False)
    numbers.setflags(write=False)
    return Dataset(images, numbers)


def _read_idx(path: Path, budget: Budget) -> npt.NDArray[np.uint8]:
    """Parse a gzipped IDX file with the mnist package; an error says what is wrong."""
    parse: Callable[[Any], npt.NDArray[Any]] = mnist.parse_idx
    try:
        content = read_file(path, budget)
        array = parse(io.BytesIO(_unpacked(content, budget)))
        budget.free(len(content))
    except LimitError as error:
        raise DataLimitError(f"{path}: {error}") from None
    except zlib.error as error:
        raise DataError(f"{path}: is not a gzip file, or damaged ({error})") from None
    except EOFError:
        raise DataError(f"{path}: is cut off before the end of its gzip stream") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    # The parser lets through what struct, array and reduce say to a header it did not expect.
    except (mnist.IdxDecodeError, struct.error, ValueError, TypeError) as error:
        raise DataError(f"{path}: is not a whole IDX file ({error})") from None
    if array.dtype != np.uint8:
        raise DataError(f"{path}: must hold unsigned bytes, not {array.dtype}")
    if len(array) == 0:
        raise DataError(f"{path}: holds nothing")
    return array


def _unpacked(content: bytes, budget: Budget) -> bytes:
    """Return an IDX file from its gzip stream, no more than a byte longer than its header says."""
    stream = zlib.decompressobj(_GZIP)
    header = stream.decompress(content, 4)
    n_axes = header[3] if len(header) == 4 else 0
    header += stream.decompress(stream.unconsumed_tail, 4 * n_axes) if n_axes else b""
    if len(header) < 4 + 4 * n_axes:
        _check_end(stream)
        return header
    count = math.prod(struct.unpack_from(f">{n_axes}I", header, 4))
    size = count * _WIDTHS.get(header[2], 1)
    what = "what its header announces"
    if size > _MOST_FROM_A_BYTE * len(content):
        raise ValueError(f"{len(content):,} bytes cannot hold {size:,}, {what}")
    budget.check_file(size, what)
    budget.hold(8 * count, what)  # Numbers of 8 bytes, which stay.
    budget.check_memory(4 * size, what)  # As they are read and parsed.
    numbers = stream.decompress(stream.unconsumed_tail, size + 1)
    if not stream.eof and len(numbers) <= size:
        stream.decompress(stream.unconsumed_tail, 1)  # The checksum comes after the last number.
    if len(numbers) <= size:
        _check_end(stream)
    return header + numbers


def _check_end(stream: Any) -> None:
    """Raise an error if a gzip stream is cut off, or something follows it."""
    if not stream.eof:
        raise EOFError
    if stream.unused_data.strip(b"\0"):
        raise ValueError("something comes after the end of its gzip stream")
