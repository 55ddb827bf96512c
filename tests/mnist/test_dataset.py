import gzip
import os
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnviz._resources import data_dir
from nnviz.mnist import MNIST, DataError, first_of_each_digit, load
from nnviz.mnist.dataset import FILES, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS


def idx(array: np.ndarray, *, code: int = 0x08, dims: tuple[int, ...] | None = None) -> bytes:
    """IDX as its definition has it: two zeros, type, number of dimensions, sizes, big-endian."""
    sizes = array.shape if dims is None else dims
    return struct.pack(f">HBB{len(sizes)}I", 0, code, len(sizes), *sizes) + array.tobytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, 1))


IMAGES = np.random.RandomState(1).randint(0, 256, (25, 28, 28)).astype(np.uint8)
LABELS = (np.arange(25) % 10).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / TRAIN_IMAGES, idx(IMAGES))
    write(tmp_path / TRAIN_LABELS, idx(LABELS))
    write(tmp_path / TEST_IMAGES, idx(IMAGES[:4]))
    write(tmp_path / TEST_LABELS, idx(LABELS[:4]))
    return tmp_path


def test_the_shipped_subset() -> None:
    data = load()
    assert isinstance(data, MNIST)
    assert [len(part) for part in data] == [7500, 1000, 1500]
    for part in data:
        assert part.images.shape == (len(part), 784)
        assert part.images.dtype == np.float64
        assert (part.images.min(), part.images.max()) == (0.0, 1.0)
        assert part.labels.shape == (len(part),)
        assert part.labels.dtype == np.int64
        assert set(part.labels) == set(range(10))
    # MNIST begins with these, as every introduction to it shows.
    assert data.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]


def test_pixels_run_in_rows_from_the_top(folder: Path) -> None:
    data = load(folder, n_validation=5)
    np.testing.assert_array_equal(
        data.train.images[3].reshape(28, 28), IMAGES[3].astype(float) / 255
    )
    np.testing.assert_array_equal(data.train.labels, LABELS[:20])
    np.testing.assert_array_equal(data.validation.labels, LABELS[20:])
    np.testing.assert_array_equal(data.test.labels, LABELS[:4])
    np.testing.assert_array_equal(data.validation.images[0].reshape(28, 28) * 255, IMAGES[20])


def test_first_of_each_digit() -> None:
    train = load().train
    first = first_of_each_digit()
    assert first.shape == (10, 10, 784)
    for digit in range(10):
        places = [i for i in range(100) if train.labels[i] == digit][:10]
        np.testing.assert_array_equal(first[digit], train.images[places])
    np.testing.assert_array_equal(first_of_each_digit(3), first[:, :3])


def test_too_few_of_a_digit(tmp_path: Path, folder: Path) -> None:
    # load() keeps the last 1,000 for validation: 30 are left, three of each digit.
    write(folder / TRAIN_IMAGES, idx(np.resize(IMAGES, (1030, 28, 28))))
    write(folder / TRAIN_LABELS, idx((np.arange(1030) % 10).astype(np.uint8)))
    assert first_of_each_digit(3, folder).shape == (10, 3, 784)
    with pytest.raises(DataError, match="only 3 training images of digit 0"):
        first_of_each_digit(4, folder)
    with pytest.raises(DataError, match="must be positive, not 0"):
        first_of_each_digit(0)


def test_files_are_read_once_and_again_when_replaced(folder: Path) -> None:
    once = load(folder, n_validation=0)
    assert load(str(folder), n_validation=0) is once
    write(folder / TEST_LABELS, idx(LABELS[4:8]))
    os.utime(folder / TEST_LABELS, ns=(1, 1))
    np.testing.assert_array_equal(load(folder, n_validation=0).test.labels, LABELS[4:8])


def test_arrays_are_read_only() -> None:
    data = load()
    for part in data:
        with pytest.raises(ValueError, match="read-only"):
            part.images[0, 0] = 1.0
        with pytest.raises(ValueError, match="read-only"):
            part.labels[0] = 1


@pytest.mark.parametrize("n_validation", [25, 26, -1])
def test_nothing_left_to_learn_from(folder: Path, n_validation: int) -> None:
    with pytest.raises(DataError, match=f"from 0 to 24.*not {n_validation}"):
        load(folder, n_validation=n_validation)


@pytest.mark.parametrize("name", FILES)
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=rf"{name} cannot be read.*nnviz\.mnist\.download"):
        load(folder)


def header(*numbers: int) -> bytes:
    return struct.pack(">HBB", *numbers)


BAD_FILES: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("empty", lambda whole: b"", "cut off|is not a"),
    ("no gzip", lambda whole: b"<html>403 Forbidden</html>", "is not a gzip file"),
    ("uncompressed", lambda whole: gzip.decompress(whole), "is not a gzip file"),
    ("cut gzip", lambda whole: whole[: len(whole) // 2], "cut off before the end"),
    ("gzip header only", lambda whole: whole[:10], "cut off before the end"),
    (
        "damaged gzip",
        lambda whole: whole[:12] + bytes(b ^ 0xFF for b in whole[12:20]) + whole[20:],
        "gzip|IDX|cut off",
    ),
    ("wrong crc", lambda whole: whole[:-8] + bytes(4) + whole[-4:], "not a gzip file, or damaged"),
    ("nothing in gzip", lambda whole: gzip.compress(b""), "not a whole IDX file"),
    ("half a header", lambda whole: gzip.compress(b"\0\0"), "not a whole IDX file"),
    ("no zeros", lambda whole: gzip.compress(header(1, 8, 1) + bytes(4)), "not a whole IDX file"),
    ("bad type", lambda whole: gzip.compress(header(0, 7, 1) + bytes(4)), "Unknown data type"),
    ("no sizes", lambda whole: gzip.compress(header(0, 8, 3) + bytes(5)), "not a whole IDX file"),
    ("no dimensions", lambda whole: gzip.compress(header(0, 8, 0)), "not a whole IDX file"),
    ("short", lambda whole: gzip.compress(gzip.decompress(whole)[:-1]), "wrong number of items"),
    ("long", lambda whole: gzip.compress(gzip.decompress(whole) + b"\0"), "wrong number of items"),
    (
        "floats",
        lambda whole: gzip.compress(idx(np.zeros(25, dtype=">f4"), code=0x0D)),
        "unsigned bytes, not float32",
    ),
    (
        "huge",
        lambda whole: gzip.compress(idx(LABELS, dims=(2**32 - 1, 2**32 - 1))),
        "cannot hold 18,446,744,065,119,617,025",
    ),
]


@pytest.mark.parametrize(("fault", "damage", "message"), BAD_FILES, ids=[b[0] for b in BAD_FILES])
@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
def test_bad_files(
    folder: Path, name: str, fault: str, damage: Callable[[bytes], bytes], message: str
) -> None:
    path = folder / name
    path.write_bytes(damage(path.read_bytes()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match=rf"{name}: .*({message})"):
            load(folder, n_validation=5)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (TRAIN_IMAGES, idx(IMAGES[:, :27]), r"images of 28 x 28.*not \(25, 27, 28\)"),
        (TRAIN_IMAGES, idx(IMAGES.reshape(25, 784)), r"images of 28 x 28.*not \(25, 784\)"),
        (TRAIN_IMAGES, idx(LABELS), r"images of 28 x 28.*not \(25,\)"),
        (TRAIN_IMAGES, idx(IMAGES[:0]), "holds nothing"),
        (TRAIN_LABELS, idx(LABELS.reshape(5, 5)), r"labels of shape \(n,\), not \(5, 5\)"),
        (TRAIN_LABELS, idx(LABELS[:24]), "holds 24 labels, but .*images.* holds 25 images"),
        (TRAIN_LABELS, idx(np.append(LABELS, 0).astype(np.uint8)), "holds 26 labels"),
        (TRAIN_LABELS, idx(np.where(np.arange(25) == 7, 10, LABELS).astype(np.uint8)), "label 7"),
        (TEST_LABELS, idx(np.array([0, 1, 255, 3], dtype=np.uint8)), "label 2 is 255, not a digit"),
    ],
)
def test_files_that_do_not_fit(folder: Path, name: str, content: bytes, message: str) -> None:
    write(folder / name, content)
    with pytest.raises(DataError, match=rf"{name}: .*{message}"):
        load(folder, n_validation=5)


def test_a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / TRAIN_LABELS).unlink()
    (folder / TRAIN_LABELS).mkdir()
    with pytest.raises(DataError, match=rf"{TRAIN_LABELS}: cannot be read"):
        load(folder)


def test_the_origin_is_written_down() -> None:
    text = (data_dir() / "README.md").read_text(encoding="utf-8")
    for word in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0", "training"):
        assert word in text
