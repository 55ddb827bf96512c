"""Files of other frameworks that somebody has damaged: a network, or one error with their name."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.network import NetworkError

pytestmark = pytest.mark.slow

MODELS = Path(__file__).parent / "models"
#: Of each kind of damage, to each file.
MUTATIONS = 60
ONNX = ["sklearn-binary", "torch-conv-dynamo", "torch-conv-17", "torch-pooled-20"]
KERAS = ["branches.keras", "conv.keras", "nested.keras", "recurrent.keras"]
OLD_KERAS = ["branches.h5", "keras2-recurrent.h5"]


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


#: What may stand in an attribute or a shape.
NUMBERS = [-1, 0, 1, 2, 3, 7, 2**16, 2**20, 2**31, 2**40, 2**62]


def with_other_numbers(content: bytes, rng: np.random.RandomState) -> bytes:
    """Put other numbers and names into the nodes of a graph, which stays one."""
    onnx: Any = pytest.importorskip("onnx")
    model = onnx.load_model_from_string(content)
    graph = model.graph
    for _ in range(rng.randint(1, 3)):
        number = NUMBERS[rng.randint(len(NUMBERS))]
        node, other = (graph.node[k] for k in rng.randint(len(graph.node), size=2))
        kind = rng.randint(6)
        if kind == 0:
            node.op_type = other.op_type
        elif kind == 1 and node.input and other.output:
            node.input[rng.randint(len(node.input))] = other.output[0]
        elif kind == 2:
            tensor = graph.initializer[rng.randint(len(graph.initializer))]
            if tensor.dims:
                tensor.dims[rng.randint(len(tensor.dims))] = number
        elif kind == 3:
            sizes = graph.input[0].type.tensor_type.shape.dim
            sizes[rng.randint(len(sizes))].dim_value = number
        elif node.attribute:
            attribute = node.attribute[rng.randint(len(node.attribute))]
            if attribute.ints and kind == 4:
                attribute.ints[rng.randint(len(attribute.ints))] = number
            elif attribute.ints:
                attribute.ints[:] = [number] * len(attribute.ints)
            else:
                attribute.i = number
    return bytes(model.SerializeToString())


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def with_damaged_weights(content: bytes, rng: np.random.RandomState) -> bytes:
    """Damage the arrays, and give the file the right checksum."""
    parts = members(content)
    return zipped(parts | {"model.weights.h5": mutated(parts["model.weights.h5"], rng)})


def with_damaged_text(content: bytes, rng: np.random.RandomState) -> bytes:
    parts = members(content)
    return zipped(parts | {"config.json": mutated(parts["config.json"], rng)})


#: What may stand where something else stood.
OTHERS: list[Any] = [
    None,
    True,
    -1,
    0,
    3,
    2**40,
    0.5,
    "same",
    "",
    [],
    [1, 2],
    {},
    {"class_name": 1},
]


def with_other_values(content: bytes, rng: np.random.RandomState) -> bytes:
    """Put other values into the description, which stays JSON."""
    parts = members(content)
    model = json.loads(parts["config.json"])
    places: list[tuple[Any, Any]] = []

    def collect(value: Any) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            places.append((value, key))
            if isinstance(inner, dict | list):
                collect(inner)

    collect(model)
    for _ in range(rng.randint(1, 3)):
        owner, key = places[rng.randint(len(places))]
        owner[key] = OTHERS[rng.randint(len(OTHERS))]
    return zipped(parts | {"config.json": json.dumps(model).encode()})


def refusals(
    path: Path,
    content: bytes,
    damage: Callable[[bytes, np.random.RandomState], bytes],
    read: Callable[[Path], nnviz.Network],
) -> int:
    """Damage and read a file many times; count the errors, each of which must name the file."""
    errors = []
    for seed in range(MUTATIONS):
        path.write_bytes(damage(content, np.random.RandomState(seed)))
        try:
            read(path)
        except NetworkError as error:
            errors.append(str(error))
    assert all(str(path) in error for error in errors)
    return len(errors)


@pytest.mark.every(4)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ONNX)
@pytest.mark.parametrize("damage", [mutated, with_other_numbers])
def test_onnx(
    tmp_path: Path, name: str, damage: Callable[[bytes, np.random.RandomState], bytes]
) -> None:
    pytest.importorskip("onnx")
    content = (MODELS / f"{name}.onnx").read_bytes()
    refused = refusals(tmp_path / "damaged.onnx", content, damage, nnviz.from_onnx)
    assert refused > MUTATIONS / 4


@pytest.mark.every(4)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KERAS)
@pytest.mark.parametrize(
    "damage", [mutated, with_damaged_weights, with_damaged_text, with_other_values]
)
def test_keras(
    tmp_path: Path, name: str, damage: Callable[[bytes, np.random.RandomState], bytes]
) -> None:
    pytest.importorskip("h5py")
    content = (MODELS / name).read_bytes()
    refused = refusals(tmp_path / "damaged.keras", content, damage, nnviz.from_keras)
    if damage is mutated:
        assert refused > MUTATIONS / 4


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OLD_KERAS)
def test_keras_h5(tmp_path: Path, name: str) -> None:
    pytest.importorskip("h5py")
    content = (MODELS / name).read_bytes()
    assert refusals(tmp_path / "damaged.h5", content, mutated, nnviz.from_keras) > 0


def test_a_zip_bomb(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (2**26 + 1))
        archive.writestr("model.weights.h5", b"")
    assert path.stat().st_size < 100_000
    with pytest.raises(NetworkError, match=r"bomb\.keras: bytes of config\.json: there are 67"):
        nnviz.from_keras(path)
