"""ONNX files whose weights lie in other files, and what such files must not lead to."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import UnsupportedModelError
from nnviz.limits import LimitError, Limits
from nnviz.network import NetworkError

onnx: Any = pytest.importorskip("onnx")
pytest.importorskip("onnx.reference")
helper, numpy_helper = onnx.helper, onnx.numpy_helper

RNG = np.random.RandomState(0)
W, B = (np.asarray(RNG.randn(*shape), np.float32) for shape in ((3, 4), (4,)))


def model() -> Any:
    """Make x W + b and a sigmoid; b is the value of a node."""
    nodes = [
        helper.make_node("Constant", [], ["b"], value=numpy_helper.from_array(B, "b")),
        helper.make_node("Gemm", ["x", "w", "b"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(W, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])


def saved(folder: Path, **changes: str) -> Path:
    """Save it with its weights beside it; entries of the first tensor can be changed."""
    made = model()
    onnx.external_data_helper.convert_model_to_external_data(
        made, location="x.onnx.data", size_threshold=0, convert_attribute=True
    )
    onnx.save(made, folder / "x.onnx")
    if changes:
        made = onnx.load(folder / "x.onnx", load_external_data=False)
        (tensor,) = made.graph.initializer
        entries = {entry.key: entry.value for entry in tensor.external_data} | changes
        del tensor.external_data[:]
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=value)
        (folder / "x.onnx").write_bytes(made.SerializeToString())
    return folder / "x.onnx"


def check_read(path: Path) -> None:
    network = nnviz.from_onnx(path)
    np.testing.assert_array_equal(network.weights[0], W.T)
    np.testing.assert_array_equal(network.biases[0], B)


@pytest.mark.parametrize("apart", [False, True])
def test_weights_beside_the_model(tmp_path: Path, apart: bool) -> None:
    made = model()
    onnx.external_data_helper.convert_model_to_external_data(
        made, all_tensors_to_one_file=not apart, size_threshold=0, convert_attribute=True
    )
    onnx.save(made, tmp_path / "x.onnx")
    assert len(list(tmp_path.iterdir())) == 2 + apart
    check_read(tmp_path / "x.onnx")


def test_weights_are_looked_for_beside_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the program runs."""
    path = saved(tmp_path)
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    check_read(path)
    check_read(Path("..") / "x.onnx")
    (tmp_path / "inner" / "link.onnx").symlink_to(path)
    with pytest.raises(UnsupportedModelError, match=r"'x\.onnx\.data', and there is no"):
        nnviz.from_onnx(tmp_path / "inner" / "link.onnx")


OUTSIDE = {
    "absolute": "/etc/hostname",
    "above": "../secret",
    "hidden above": "x/../../secret",
    "in a folder": "inner/secret",
    "of Windows": "..\\secret",
    "of a drive": "C:secret",
    "the folder": ".",
    "the folder above": "..",
    "nothing": "",
    "a null byte": "secret\0.data",
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_weights_elsewhere_are_not_read(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    (folder / "inner").mkdir(parents=True)
    for place in (tmp_path, folder / "inner"):
        (place / "secret").write_bytes(W.tobytes())
    path = saved(folder, location=OUTSIDE[case], offset="0")
    read = os.open
    opened = []
    monkeypatch.setattr(os, "open", lambda file, *args: (opened.append(file), read(file, *args))[1])
    with pytest.raises(
        UnsupportedModelError, match=r"x\.onnx: the weights 'w' are in .*model's folder"
    ):
        nnviz.from_onnx(path)
    assert opened == [os.fspath(path)]


@pytest.mark.parametrize("inside", [False, True])
def test_links(tmp_path: Path, inside: bool) -> None:
    """A link inside the folder is no way out of it."""
    folder = tmp_path / "models"
    folder.mkdir()
    path = saved(folder)
    target = (folder if inside else tmp_path) / "elsewhere"
    (folder / "x.onnx.data").rename(target)
    (folder / "x.onnx.data").symlink_to(target)
    if inside:
        check_read(path)
    else:
        with pytest.raises(UnsupportedModelError, match="a link to another folder"):
            nnviz.from_onnx(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("name", ["x.onnx.data", "x.onnx"])
def test_pipes_are_not_waited_for(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(NetworkError, match="is a pipe, a socket or a device, not a file"):
        nnviz.from_onnx(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"offset": "1000000"}, r"bytes 1,000,000 to 1,000,048 are asked for, and the file has"),
        ({"length": "1000000"}, r"are asked for, and the file has"),
        ({"length": "99999999999999999999"}, "length of .* is not a number of bytes"),
        ({"offset": "-4"}, "offset of the weights 'w' is '-4', which is not a number of bytes"),
        ({"offset": "0x10"}, "not a number of bytes"),
        ({"location": "none.data"}, "'none.data', and there is no such file: keep both files"),
    ],
)
def test_places_outside_of_the_file(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        nnviz.from_onnx(saved(tmp_path, **changes))


def test_too_few_bytes(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"x\.onnx: "):
        nnviz.from_onnx(saved(tmp_path, length="44"))


def test_large_files_are_not_read(tmp_path: Path) -> None:
    """Nor are many small ones that are large together, such as one part read again and again."""
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(2**30 + 1)  # No disk is taken for zeros.
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match=r"1,073,741,825 bytes, more than the limit of"):
            nnviz.from_onnx(path)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()
    path = saved(tmp_path)
    size = path.stat().st_size + W.nbytes + B.nbytes
    nnviz.from_onnx(path, limits=Limits(file_bytes=size))
    with pytest.raises(LimitError, match="with the weights 'b' the model has"):
        nnviz.from_onnx(path, limits=Limits(file_bytes=size - 1))
