"""Files of digits that are made to use up memory or time: refused before they can."""

from __future__ import annotations

import gzip
import os
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from nnviz.limits import LimitError, Limits
from nnviz.mnist import DataError, load
from nnviz.mnist.dataset import FILES, TRAIN_IMAGES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

#: Images of the small set that every other file is of.
N = 25


def header(*sizes: int, code: int = 8) -> bytes:
    return struct.pack(f">HBB{len(sizes)}I", 0, code, len(sizes), *sizes)


def images(n: int = N) -> bytes:
    return header(n, 28, 28) + bytes(784 * n)


def labels(n: int = N) -> bytes:
    return header(n) + bytes(n)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_bytes(gzip.compress(images() if "images" in name else labels()))
    return tmp_path


def packed(head: bytes, n_zeros: int) -> bytes:
    """Return a gzip file of a header and zeros, made without holding these."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [stream.compress(head)]
    for start in range(0, n_zeros, 2**20):
        parts.append(stream.compress(bytes(min(2**20, n_zeros - start))))
    return b"".join([*parts, stream.flush()])


def empty_blocks(n: int) -> bytes:
    """Return a gzip file of so many blocks with nothing in them."""
    whole = gzip.compress(b"", mtime=0)
    return whole[:10] + b"\0\0\0\xff\xff" * n + whole[10:]


FILES_OF_IMAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "more than announced": (
        lambda: packed(header(N, 28, 28), 300_000_000),
        "wrong number of items",
    ),
    "less than announced": (lambda: packed(header(N, 28, 28), 100), "wrong number of items"),
    "12 GB announced": (
        lambda: packed(header(15_000_000, 28, 28), 1000),
        "cannot hold 11,760,000,000, what its header announces",
    ),
    "12 GB announced, in a large file": (
        lambda: packed(header(15_000_000, 28, 28), 100) + bytes(12_000_000),
        r"announces has 11,760,000,000 bytes, .*Limits\(file_bytes",
    ),
    "200 MB": (
        lambda: packed(header(255_000, 28, 28), 255_000 * 784),
        r"needs 1,599,360,000 bytes of memory .*Limits\(memory",
    ),
    "doubles": (lambda: packed(header(10**7, code=0x0E), 8 * 10**7), "Limits|unsigned bytes"),
    "255 axes": (lambda: packed(header(*[2**32 - 1] * 255), 100), "cannot hold|digits"),
    "255 axes of nothing": (
        lambda: packed(header(*[0] * 255), 0),
        "cannot be|whole IDX|holds nothing",
    ),
    "64 axes": (lambda: packed(header(*[1] * 64), 1), "must hold images"),
    "empty blocks": (lambda: empty_blocks(20_000_000), "is not a whole IDX file"),
    "empty streams": (lambda: gzip.compress(b"") * 500_000, "comes after the end of its gzip"),
    "two streams": (
        lambda: gzip.compress(images(10)) + gzip.compress(images(15)),
        "comes after the end of its gzip",
    ),
    "a bomb in the name": (
        lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 50_000_000,
        "is cut off|damaged",
    ),
}


@pytest.mark.slow
def test_files(
    folder: Path,
    within_limits: Callable[..., dict[str, str]],
    one_in: Callable[[int, Iterable[str]], list[str]],
) -> None:
    """Each is the training images of a folder of its own, to which the others are linked."""
    paths = []
    files = {name: FILES_OF_IMAGES[name] for name in one_in(8, FILES_OF_IMAGES)}
    for number, (make, _) in enumerate(files.values()):
        path = folder / str(number)
        path.mkdir()
        for name in FILES:
            (path / name).symlink_to(folder / name)
        (path / TRAIN_IMAGES).unlink()
        (path / TRAIN_IMAGES).write_bytes(make())
        paths.append(path)
    said = within_limits("nnviz.mnist:load", paths)
    for path, (name, (_, message)) in zip(paths, files.items(), strict=True):
        assert re.search(message, said[path.name]), (name, said[path.name])
        assert str(path / TRAIN_IMAGES) in said[path.name]


@pytest.mark.slow
def test_what_is_no_file(folder: Path, within_limits: Callable[..., dict[str, str]]) -> None:
    for kind in ("fifo", "zero"):
        (folder / TRAIN_IMAGES).unlink()
        if kind == "fifo":
            os.mkfifo(folder / TRAIN_IMAGES)
        else:
            (folder / TRAIN_IMAGES).symlink_to("/dev/zero")
        (said,) = within_limits("nnviz.mnist:load", [folder]).values()
        assert f"{TRAIN_IMAGES}: cannot be read, as it is not a file" in said


def test_limits_are_arguments(folder: Path) -> None:
    assert len(load(folder, n_validation=5).train) == N - 5
    size = (folder / TRAIN_IMAGES).stat().st_size
    for limits, message in (
        (Limits(file_bytes=size - 1), f"has {size:,} bytes, more than the limit of {size - 1:,}"),
        (Limits(file_bytes=784 * N - 1), "announces has 19,600 bytes, more than the limit of"),
        (Limits(memory=100_000), "announces needs 156,800 bytes of memory"),
    ):
        with pytest.raises(LimitError, match=message) as caught:
            load(folder, n_validation=5, limits=limits)
        assert isinstance(caught.value, DataError)
    assert len(load(folder, n_validation=5, limits=Limits(memory=500_000)).test) == N


def test_the_whole_of_mnist_has_room() -> None:
    """All images as numbers of 8 bytes, and the training images as bytes, several times."""
    assert Limits().memory > 70_000 * 784 * 8 + 60_000 * 784 * 4
