"""Reading MNIST's files: images and labels as arrays, checked."""

import gzip
import os
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

__all__ = [
    "FILES",
    "MNIST",
    "TEST_IMAGES",
    "TEST_LABELS",
    "TRAIN_IMAGES",
    "TRAIN_LABELS",
    "DataError",
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


class DataError(ValueError):
    """A file of images or labels is missing, damaged, or not what it has to be."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and what they show.

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
    """The three sets: to learn from, to choose by, to judge by once at the end."""

    train: Dataset
    validation: Dataset
    test: Dataset


def load(folder: str | os.PathLike[str] | None = None, *, n_validation: int = 1000) -> MNIST:
    """Read images and labels, by default the subset that comes with nnviz.

    Files are read once; later calls give the same arrays unless a file has changed.

    Parameters
    ----------
    folder
        Where MNIST's four .gz files are, as `download` returns it. The shipped subset if None.
    n_validation
        How many images at the end of the training file make the validation set. The rest, in the
        file's order, is the training set.

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
    """
    where = data_dir() if folder is None else Path(folder)
    return _load(where.resolve(), _stamps(where), n_validation)


def first_of_each_digit(n: int = 10, folder: str | os.PathLike[str] | None = None) -> FloatArray:
    """Take the first training images of every digit.

    Parameters
    ----------
    n
        How many of each.
    folder
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
        stamps.append((status.st_mtime_ns, status.st_size))
    return tuple(stamps)


@lru_cache(maxsize=2)
def _load(folder: Path, stamps: tuple[tuple[int, int], ...], n_validation: int) -> MNIST:
    whole = _read_pair(folder / TRAIN_IMAGES, folder / TRAIN_LABELS)
    test = _read_pair(folder / TEST_IMAGES, folder / TEST_LABELS)
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


def _read_pair(images_path: Path, labels_path: Path) -> Dataset:
    raw_images = _read_idx(images_path)
    if raw_images.ndim != 3 or raw_images.shape[1:] != (_SIDE, _SIDE):
        raise DataError(
            f"{images_path}: must hold images of {_SIDE} x {_SIDE}, shape (n, {_SIDE}, {_SIDE}), "
            f"not {raw_images.shape}"
        )
    labels = _read_idx(labels_path)
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


def _read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Parse a gzipped IDX file with the mnist package, and say what is wrong where it fails."""
    parse: Callable[[Any], npt.NDArray[Any]] = mnist.parse_idx
    try:
        with gzip.open(path, "rb") as file:
            array = parse(file)
    except (gzip.BadGzipFile, zlib.error) as error:
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
