"""Files that somebody has damaged, or made to do harm: always a NetworkError with their name."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnviz.network import (
    Activate,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    Network,
    NetworkError,
)

#: Of each kind of damage, to each format.
MUTATIONS = 100
#: What headers are made of, and some more of Python.
WORDS = (
    "{ } ( ) [ ] , : ' # None True 'descr' 'fortran_order' 'shape' '<f8' '|O' '<U9' '<i8' '<V0' "
    "('a','<f8') 1e999 -1 0 3 99999999999999999999 0x 1_ lambda yield * ** @ ä"
)


def small_network() -> Network:
    rng = np.random.RandomState(0)
    return Network(
        [
            Conv2D.random(1, 2, 3, rng, padding=((1, 0), (0, 1)), activation="leaky-relu(0.2)"),
            BatchNorm([1, 1], [0, 0]),
            MaxPool2D(2),
            AveragePool2D(2, 1, "same"),
            Activate("gelu"),
            Flatten(),
            Dropout(0.25),
            Dense.random(8, 3, rng, "softmax"),
        ],
        cost="cross-entropy",
        input_shape=(1, 5, 5),
    )


def first_format() -> bytes:
    """Return a file as the first version wrote it."""
    rng = np.random.RandomState(0)
    content = io.BytesIO()
    np.savez(
        content,
        sizes=np.array([3, 2, 1]),
        weights_1=rng.randn(2, 3),
        biases_1=rng.randn(2),
        weights_2=rng.randn(1, 2),
        biases_2=rng.randn(1),
        activations=np.array(["tanh", "sigmoid"]),
        cost=np.array("cross-entropy"),
    )
    return content.getvalue()


def second_format(tmp_path: Path) -> bytes:
    small_network().save(tmp_path / "good.npz")
    return (tmp_path / "good.npz").read_bytes()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


# --- damage at random


def mutated(content: bytes, rng: np.random.RandomState) -> bytes:
    """Flip, cut, insert or repeat some bytes."""
    result = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(len(result) + 1)
        stop = min(start + rng.randint(1, 20), len(result))
        kind = rng.randint(4)
        if kind == 0 and stop > start:
            result[start] ^= 1 << rng.randint(8)
        elif kind == 1:
            del result[start:stop]
        elif kind == 2:
            result[start:start] = bytes(rng.randint(0, 256, 5, dtype=np.uint8))
        else:
            result[start:start] = result[start:stop]
    return bytes(result)


def with_mutated_member(content: bytes, rng: np.random.RandomState) -> bytes:
    """Damage one array, most often in its header, and give the file the right checksum."""
    parts = members(content)
    name = list(parts)[rng.randint(len(parts))]
    part = parts[name]
    end = 128 if rng.randint(4) else len(part)
    return zipped(parts | {name: mutated(part[:end], rng) + part[end:]})


def with_other_header(content: bytes, rng: np.random.RandomState) -> bytes:
    """Give one array a header of `WORDS` in any order."""
    words = [*WORDS.split(), '"', "\\", "\n", "\t", "\0", " "]
    parts = members(content)
    name = list(parts)[rng.randint(len(parts))]
    header = "".join(words[k] for k in rng.randint(0, len(words), rng.randint(1, 25)))
    if rng.randint(2):
        header = (
            f"{{'descr': {words[rng.randint(len(words))]}, 'fortran_order': False, "
            f"'shape': ({words[rng.randint(len(words))]}, {words[rng.randint(len(words))]}), }}"
        )
    text = header.encode("utf-8")
    version = bytes([rng.choice([1, 1, 1, 2, 3, 9]), 0])
    prefix = b"\x93NUMPY" + version + len(text).to_bytes(2 if version[0] == 1 else 4, "little")
    return zipped(parts | {name: prefix + text + bytes(rng.randint(0, 200))})


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("damage", [mutated, with_mutated_member, with_other_header])
@pytest.mark.parametrize("which", ["first", "second"])
def test_damage_at_random(
    tmp_path: Path, which: str, damage: Callable[[bytes, np.random.RandomState], bytes]
) -> None:
    content = first_format() if which == "first" else second_format(tmp_path)
    path = tmp_path / "damaged.npz"
    refused = harmless = 0
    for seed in range(MUTATIONS):
        path.write_bytes(damage(content, np.random.RandomState(seed)))
        try:
            Network.load(path)
        except NetworkError as error:
            refused += str(path) in str(error)
        else:
            harmless += 1
    assert refused + harmless == MUTATIONS
    assert refused > MUTATIONS / 3


# --- harm on purpose


def header(shape: str, descr: str = "'<f8'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def peak_of_loading(path: Path, message: str) -> int:
    """Load a bad file; return how much memory that took, in bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(NetworkError, match=message):
            Network.load(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        header("(10**9, 10**9)"),
        header("(1000000000, 1000000000)") + bytes(16),
        header("(1000000000,)", "'<i1'") + bytes(16),
        header("(99999999999999999999, 0)"),
        header("(-1, -8)") + bytes(64),
        header("(True, 3)") + bytes(24),
        header("(1,)", "'<U250000000'") + bytes(16),
        header("(2,)", "[('a', '<f8'), ('b', '<f8')]") + bytes(32),
        header("(2,)", "'|O'") + bytes(16),
        header("(" * 5000),
        header("(3,\n'''"),
    ],
)
def test_headers_that_claim_too_much(tmp_path: Path, part: bytes) -> None:
    path = tmp_path / "huge.npz"
    path.write_bytes(zipped(members(first_format()) | {"weights_1.npy": part}))
    assert peak_of_loading(path, r"huge\.npz: array 'weights_1'") < 20e6


@pytest.mark.slow
def test_a_zip_bomb(tmp_path: Path) -> None:
    bomb = header("(2, 6250000)") + bytes(100_000_000)
    path = tmp_path / "bomb.npz"
    path.write_bytes(
        zipped(members(first_format()) | {"weights_1.npy": bomb}, zipfile.ZIP_DEFLATED)
    )
    assert path.stat().st_size < 200_000
    del bomb
    assert peak_of_loading(path, r"bomb\.npz: array .*it is compressed") < 10e6


def test_a_member_that_claims_to_be_longer_than_the_file(tmp_path: Path) -> None:
    content = bytearray(first_format())
    place = content.rindex(b"PK\x01\x02")  # In the directory, the last member's sizes.
    content[place + 20 : place + 28] = (2**31).to_bytes(4, "little") * 2
    path = tmp_path / "long.npz"
    path.write_bytes(content)
    assert peak_of_loading(path, r"long\.npz: damaged .*'cost\.npy' overlaps") < 10e6


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("format", np.array(4), "it is of format 4; this version reads 1, 2 and 3"),
        ("format", np.array("2"), "'format' must hold numbers"),
        ("input_shape", np.array([1, 5, 5, 5]), r"input_shape must be \(n,\), \(tokens"),
        ("input_shape", np.array([1, 5, 0]), "input_shape must be positive, not 0"),
        ("input_shape", np.array([2, 5, 5]), r"layers\[0\], conv2d: kernels of shape"),
        ("layers", np.array(["conv2d"] * 7 + ["rnn"]), r"layers\[1\], conv2d: its options must be"),
        ("layers", np.array([], dtype="U1"), r"'options' must hold names of shape \(0,\)"),
        ("layers", np.array(["os.system"] * 8), r"layers\[0\], os\.system: no layer is called"),
        ("options", np.array(["{}"] * 8), r"conv2d: its options must be \['activation', 'dil"),
        ("options", np.array(["{"] * 8), r"layers\[0\], conv2d: its options are not JSON"),
        ("options", np.array(["[" * 100_000] + ["{}"] * 7), "its options are not JSON"),
        ("options", np.array(["9" * 10_000] + ["{}"] * 7), "its options are not JSON"),
        ("kernels_1", np.ones((2, 1, 3)), r"layers\[0\], conv2d: kernels must have shape"),
        ("kernels_1", np.full((2, 1, 3, 3), np.nan), "'kernels_1' contains a NaN"),
        ("running_variance_2", np.array([1, -1]), r"layers\[1\], batch_norm: .*must be positive"),
        ("weights_8", np.ones((3, 9)), r"layers\[7\], dense: .*\(9,\), not \(8,\)"),
        ("cost", np.array("price"), "no cost function is called 'price'"),
    ],
)
def test_wrong_arrays(tmp_path: Path, name: str, array: np.ndarray, message: str) -> None:
    parts = members(second_format(tmp_path))
    content = io.BytesIO()
    np.save(content, array)
    path = tmp_path / "wrong.npz"
    path.write_bytes(zipped(parts | {f"{name}.npy": content.getvalue()}))
    with pytest.raises(NetworkError, match=rf"wrong\.npz: .*{message}"):
        Network.load(path)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("stride", "ab", "stride must be integers"),
        ("stride", None, "stride must be integers"),
        ("stride", [1, [2]], "stride must be integers"),
        ("stride", {"a": 1}, "stride"),
        ("padding", [[[1]], 2], "padding must be"),
        ("padding", True, None),
        ("dilation", 10**30, "does not fit into an image"),
        ("groups", "1", "groups must be integers"),
        ("activation", 7, "no activation function is called 7"),
        ("activation", "leaky-relu(1e99)", None),
        ("activation", "leaky-relu(nan)", "no activation function is called"),
        ("activation", "leaky-relu(__import__('os'))", "no activation function is called"),
    ],
)
def test_wrong_options(tmp_path: Path, option: str, value: object, message: str | None) -> None:
    """No message: odd, but a network."""
    network = Network([Conv2D(np.ones((1, 1, 2, 2)), [0])], input_shape=(1, 4, 4))
    path = tmp_path / "options.npz"
    network.save(path)
    parts = members(path.read_bytes())
    options = json.loads(str(np.load(path)["options"][0])) | {option: value}
    content = io.BytesIO()
    np.save(content, np.array([json.dumps(options)]))
    path.write_bytes(zipped(parts | {"options.npy": content.getvalue()}))
    if message is None:
        assert Network.load(path) != network
    else:
        with pytest.raises(NetworkError, match=rf"options\.npz: layers\[0\], conv2d: .*{message}"):
            Network.load(path)


def test_an_interruption_is_not_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "good.npz").write_bytes(first_format())
    monkeypatch.setattr(np.lib.format, "read_array_header_1_0", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Network.load(tmp_path / "good.npz")
