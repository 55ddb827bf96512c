"""Models' files that are made to use up memory or time: refused before they can."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop.onnx_costs import COSTS, cost_of
from nnviz.interop.onnx_graph import FOLDED
from nnviz.interop.onnx_operators import NODES
from nnviz.limits import LimitError, Limits
from nnviz.network import NetworkError

onnx: Any = pytest.importorskip("onnx")
pytest.importorskip("onnx.reference")
h5py: Any = pytest.importorskip("h5py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

MODELS = Path(__file__).parent / "models"
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
helper = onnx.helper

Tensors = dict[str, np.ndarray]
Shape = tuple[Any, ...]


def node(kind: str, *inputs: str, output: str = "y", **attributes: Any) -> Any:
    return helper.make_node(kind, inputs, [output], **attributes)


def model(
    nodes: Iterable[Any], shape: Shape = ("n", 4), weights: Tensors | None = None, opset: int = 20
) -> bytes:
    graph = helper.make_graph(
        list(nodes),
        "hostile",
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    return bytes(made.SerializeToString())


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def floats(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def nested(kind: str, n: int, last: Any, first: np.ndarray, **attributes: Any) -> list[Any]:
    """Return n nodes, each of which takes the one before twice, and what uses the last."""
    return [
        node("Constant", output="s0", value=onnx.numpy_helper.from_array(first)),
        *(node(kind, f"s{k}", f"s{k}", output=f"s{k + 1}", **attributes) for k in range(n)),
        last,
    ]


def of_shape(kind: str, n: int, **attributes: Any) -> list[Any]:
    """Return the same of the shape of the input, which is not constant."""
    first = [
        node("Shape", "x", output="shape"),
        node("Gather", "shape", "one", output="s0"),
    ]
    last = node("Reshape", "x", f"s{n}")
    return [*first, *nested(kind, n, last, ints(1), **attributes)[1:]]


def chain(kind: str, n: int, first: str = "x", **attributes: Any) -> list[Any]:
    names = [first, *(f"v{k}" for k in range(n - 1)), "y"]
    return [node(kind, a, output=b, **attributes) for a, b in pairwise(names)]


def twice(kind: str, n: int) -> list[Any]:
    names = ["x", *(f"v{k}" for k in range(n - 1)), "y"]
    return [node(kind, a, a, output=b) for a, b in pairwise(names)]


def image(size: int, channels: int = 1) -> Shape:
    return (1, channels, size, size)


def pool(kind: str, window: int, size: int, **attributes: Any) -> bytes:
    attributes.setdefault("strides", [1, 1])
    return model([node(kind, "x", kernel_shape=[window, window], **attributes)], image(size))


def varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def of_tensor(dims: list[int], **fields: Any) -> bytes:
    made = onnx.ModelProto.FromString(model([node("Add", "x", "w")], weights={"w": floats(4)}))
    tensor = made.graph.initializer[0]
    tensor.dims[:] = dims
    for name, value in fields.items():
        setattr(tensor, name, value)
    return bytes(made.SerializeToString())


def with_loop() -> list[Any]:
    body = helper.make_graph(
        [node("Identity", "c", output="d"), node("Identity", "v", output="w")],
        "body",
        [
            helper.make_tensor_value_info("i", INT64, []),
            helper.make_tensor_value_info("c", onnx.TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("d", onnx.TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", FLOAT, None),
        ],
    )
    return [
        node("Loop", "count", "yes", "w", output="l", body=body),
        node("Dropout", "x", "rate", "", output="d"),
        helper.make_node("Relu", ["d", "l"], ["y"]),
    ]


def dense(n: int, size: int, **attributes: Any) -> list[Any]:
    """Return n products with one matrix, each time of another kind."""
    nodes: list[Any] = []
    for k in range(n):
        before = f"v{k - 1}" if k else "x"
        after = f"v{k}" if k < n - 1 else "y"
        nodes += [
            node("Mul", "w", f"a{k}", output=f"w{k}"),
            node("MatMul", before, f"w{k}", output=after),
        ]
    return nodes


CONV: Tensors = {"w": floats(1, 1, 3, 3)}
#: For each file what makes it, and what the error says; "" where it is read.
ONNX: dict[str, tuple[Callable[[], bytes], str]] = {
    # Shapes, computed from constants or from the input's shape.
    **{
        f"{kind} of a constant, {n} times": (
            lambda kind=kind, n=n, attributes=attributes: model(
                nested(kind, n, node("Reshape", "x", f"s{n}"), ints(1, 2), **attributes)
            ),
            message,
        )
        for kind, n, attributes, message in (
            ("Mul", 40, {}, "no layers|reshape of"),
            ("Mul", 5000, {}, "no layers|reshape of"),
            ("Add", 40, {}, "reshape of"),
            ("Pow", 40, {}, "reshape of|rounding|options"),
            ("Concat", 40, {"axis": 0}, r"bytes of memory .*Limits\(memory"),
            ("Concat", 10_000, {"axis": 0}, r"Limits\((memory|seconds)"),
        )
    },
    **{
        f"{kind} of the shape, {n} times": (
            lambda kind=kind, n=n, attributes=attributes: model(
                of_shape(kind, n, **attributes), weights={"one": ints(1)}
            ),
            message,
        )
        for kind, n, attributes, message in (
            ("Mul", 40, {}, "reshape of"),
            ("Mul", 5_000, {}, r"reshape of|Limits\(seconds"),
            ("Concat", 40, {"axis": 0}, r"needs .*Limits\(memory"),
            ("Div", 2_000, {}, r"reshape of|Limits\(seconds"),
        )
    },
    **{
        f"{kind} of the number of examples, {n} times": (
            lambda kind=kind, n=n, attributes=attributes: model(
                of_shape(kind, n, **attributes), weights={"one": ints(0)}
            ),
            message,
        )
        for kind, n, attributes, message in (
            ("Mul", 40, {}, "a product of the number of examples is not supported"),
            ("Concat", 40, {"axis": 0}, "128 sizes are no shape"),
        )
    },
    "a large multiple of the number of examples": (
        lambda: model(
            [
                node("Shape", "x", output="shape"),
                node("Gather", "shape", "zero", output="s0"),
                *(node("Mul", f"s{k}", "large", output=f"s{k + 1}") for k in range(2000)),
                node("Reshape", "x", "s2000"),
            ],
            weights={"zero": ints(0), "large": ints(2**40)},
        ),
        "a size of more than 64 bits",
    ),
    **{
        f"a huge {name}": (
            lambda nodes=nodes, weights=weights: model(
                [*nodes, node("Add", "x", "w")], weights=weights
            ),
            r"a constant: node 0 .* needs .*Limits\(memory",
        )
        for name, nodes, weights in (
            (
                "Range",
                [node("Range", "a", "b", "c", output="w")],
                {"a": np.array(0), "b": np.array(2**40), "c": np.array(1)},
            ),
            (
                "Range of small steps",
                [node("Range", "a", "b", "c", output="w")],
                {
                    name: np.array(number, np.float32)
                    for name, number in (("a", 0), ("b", 1), ("c", 1e-12))
                },
            ),
            ("Expand", [node("Expand", "a", "b", output="w")], {"a": floats(1), "b": ints(2**40)}),
            ("Tile", [node("Tile", "a", "b", output="w")], {"a": floats(4), "b": ints(2**40)}),
            (
                "ConstantOfShape",
                [node("ConstantOfShape", "a", output="w")],
                {"a": ints(2**20, 2**20)},
            ),
            (
                "Trilu",
                [node("Expand", "a", "b", output="t"), node("Trilu", "t", output="w")],
                {"a": floats(1), "b": ints(2**20, 2**20)},
            ),
        )
    },
    "a huge Range of the examples": (
        lambda: model(
            [
                node("Shape", "x", output="shape"),
                node("Gather", "shape", "zero", output="n"),
                node("Range", "a", "n", "b", output="w"),
                node("Add", "x", "w"),
            ],
            weights={"zero": np.array(0), "a": np.array(0), "b": np.array(1)},
        ),
        "Range of the number of examples is not supported",
    ),
    "words like others": (
        lambda: model(
            [node("CastLike", "w", "t", output="s"), node("Add", "x", "s")],
            weights={"w": floats(4_000_000), "t": np.array(["word"], object)},
        ),
        "'t' holds texts, not numbers",
    ),
    "a form that grows": (
        lambda: model(
            [
                *(
                    node("Where", *[f"v{k - 1}" if k else "x"] * 3, output=f"v{k}")
                    for k in range(40)
                ),
                node("Relu", "v39"),
            ]
        ),
        "constant condition",
    ),
    "5,000 sums": (
        lambda: model(
            [
                *(
                    node("Add", f"v{k - 1}" if k else "x", "one", output=f"v{k}")
                    for k in range(5000)
                ),
                node("Relu", "v4999"),
            ],
            weights={"one": floats(1)},
        ),
        r"|Limits\(seconds",
    ),
    "a name of many modules": (
        lambda: model([node("Relu", "x", name="/a" * 10**6)]),
        "",
    ),
    "names of many modules": (
        lambda: model(
            [
                node(
                    "MatMul",
                    f"v{k - 1}" if k else "x",
                    "w",
                    output=f"v{k}" if k < 999 else "y",
                    name=f"/{k}" + "/a" * 4000 + "/MatMul",
                )
                for k in range(1000)
            ],
            weights={"w": floats(4, 4)},
        ),
        r"its name needs .*Limits\(memory",
    ),
    "a module of many letters": (lambda: _scoped("'a'" * 10**7), ""),
    "a huge resizing": (
        lambda: model(
            [node("Resize", "x", "", "s", mode="nearest")],
            image(8),
            {"s": np.array([1, 1, 2**40, 1], np.float32)},
        ),
        r"pixels needs .*Limits\(memory",
    ),
    "many groups": (
        lambda: model([node("ConvTranspose", "x", "w", group=10**8)], image(8), CONV),
        r"its biases needs .*Limits\(memory",
    ),
    "a norm over all": (
        lambda: model(
            [node("LayerNormalization", "x", "w", axis=1)], (1, 6000, 6000), {"w": floats(1)}
        ),
        r"a norm needs .*Limits\(memory",
    ),
    "a sequence of a million steps": (
        lambda: model(
            [
                node("Transpose", "x", output="t", perm=[1, 0, 2]),
                node("RNN", "t", "w", "r", output="y", hidden_size=1),
            ],
            ("n", 1_000_000, 1),
            {"w": floats(1, 1, 1), "r": floats(1, 1, 1)},
        ),
        r"steps of a recurrent layer.*Limits\(nodes",
    ),
    "an outer product": (
        lambda: model(
            [
                node("Mul", "row", "column", output="table"),
                node("Mul", "table", "table", output="more"),
                node("MatMul", "x", "more"),
            ],
            ("n", 40_000),
            {"row": floats(1, 40_000), "column": floats(40_000, 1)},
        ),
        r"a constant: node 0 .* needs .*Limits\(memory",
    ),
    "a comparison of all with all": (
        lambda: model(
            [
                node("Equal", "row", "column", output="same"),
                node("Where", "same", "row", "column", output="table"),
                node("MatMul", "x", "table"),
            ],
            ("n", 40_000),
            {"row": floats(1, 40_000), "column": floats(40_000, 1)},
        ),
        r"a constant: node 0 .* needs .*Limits\(memory",
    ),
    "one place, many times": (
        lambda: model(
            [node("Gather", "w", "k", output="table"), node("MatMul", "x", "table")],
            ("n", 200_000),
            {"w": floats(1, 10_000), "k": np.zeros(200_000, np.int64)},
        ),
        r"needs .*Limits\(memory",
    ),
    "a matrix, 500 times": (
        lambda: model(
            dense(500, 1000),
            ("n", 1000),
            {"w": floats(1000, 1000), **{f"a{k}": floats(1) * (k + 2) for k in range(500)}},
        ),
        r"needs .*Limits\(memory",
    ),
    "words": (
        lambda: model(
            [node("Cast", "w", output="t", to=8), node("Add", "x", "t")],
            weights={"w": floats(4_000_000)},
        ),
        "a conversion to this type is not supported",
    ),
    # Convolutions and poolings.
    "dilation 4000, pads 2000": (
        lambda: model(
            [node("Conv", "x", "w", dilations=[4000] * 2, pads=[2000] * 4)],
            image(4010),
            CONV,
        ),
        r"Limits\((memory|seconds)",
    ),
    "dilation 2000": (
        lambda: model(
            [node("Conv", "x", "w", dilations=[2000] * 2, pads=[2000] * 4)], image(28), CONV
        ),
        r"Limits\((memory|seconds)",
    ),
    "a large margin": (
        lambda: model([node("Conv", "x", "w", pads=[9000] * 4)], image(28), CONV),
        r"Limits\((memory|seconds)",
    ),
    "a huge dilation, same": (
        lambda: model(
            [node("Conv", "x", "w", dilations=[2**61] * 2, auto_pad="SAME_UPPER")],
            image(28),
            CONV,
        ),
        r"Limits\((memory|seconds)",
    ),
    "many channels": (
        lambda: model(
            [node("Conv", "x", "w", pads=[1] * 4)],
            image(512, 64),
            {"w": floats(64, 64, 3, 3)},
        ),
        r"Limits\((memory|seconds)",
    ),
    "a sequence with dilation": (
        lambda: model(
            [node("Conv", "x", "w", dilations=[2_000_000], pads=[4_000_000] * 2)],
            (1, 1, 100),
            {"w": floats(1, 1, 3)},
        ),
        r"Limits\((memory|seconds)",
    ),
    "a transposed convolution": (
        lambda: model(
            [node("ConvTranspose", "x", "w", strides=[2, 2])],
            image(128, 16),
            {"w": floats(16, 16, 5, 5)},
        ),
        r"ConvTranspose\) would take about .* or skip the comparison with check=False",
    ),
    "a transposed convolution with steps": (
        lambda: model(
            [node("ConvTranspose", "x", "w", strides=[2**40] * 2)],
            image(8),
            {"w": floats(1, 1, 2, 2)},
        ),
        r"Limits\((memory|seconds)",
    ),
    **{
        f"{kind}, window {window}, image {size}, step {step}": (
            lambda kind=kind, window=window, size=size, step=step: pool(
                kind, window, size, strides=[step, step]
            ),
            r"Limits\((memory|seconds)",
        )
        for kind, window, size, step in (
            ("MaxPool", 255, 512, 1),
            ("MaxPool", 255, 4000, 255),
            ("AveragePool", 255, 1024, 2),
            ("AveragePool", 2000, 4000, 1000),
            ("MaxPool", 2, 4000, 2),
        )
    },
    "ten poolings of a large image": (
        lambda: model(
            chain("MaxPool", 10, kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4), image(4000)
        ),
        r"Limits\((memory|seconds)",
    ),
    "a window of 2^62": (lambda: pool("MaxPool", 2**62, 8), "does not fit"),
    "a lot of padding": (
        lambda: pool("AveragePool", 2**31, 8, pads=[2**30] * 4),
        r"Limits\((memory|seconds)",
    ),
    "a pad of 2^62": (
        lambda: model([node("Pad", "x", "p")], image(4), {"p": ints(0, 0, 2**62, 0, 0, 0, 0, 0)}),
        r"Limits\(memory",
    ),
    "an expansion": (
        lambda: model([node("Expand", "x", "p")], ("n", 1, 1, 1), {"p": ints(1, 2**40, 1, 1)}),
        r"Limits\(memory",
    ),
    "repeated expansions": (
        lambda: model(
            [
                node("Expand", "x", "p", output="a"),
                *(
                    node("Concat", f"a{k or ''}", f"a{k or ''}", output=f"a{k + 1}", axis=1)
                    for k in range(20)
                ),
                node("Relu", "a20"),
            ],
            ("n", 1, 1),
            {"p": ints(1, 1, 1000)},
        ),
        r"Limits\(memory",
    ),
    "a batch of 2^40": (lambda: model([node("Relu", "x")], (2**40, 3)), r"Limits\(memory"),
    "a batch of a million": (
        lambda: model(chain("Tanh", 40), (1_000_000, 16)),
        r"Limits\((memory|seconds)",
    ),
    "products of large matrices": (
        lambda: model([node("MatMul", "x", "x")], ("n", 3000, 3000)),
        r"comparing .*Limits\((memory|seconds)",
    ),
    # Graphs.
    "20,000 nodes": (lambda: model(chain("Tanh", 20_000)), r"Limits\((nodes|seconds)"),
    "5,000 nodes": (lambda: model(chain("Tanh", 5_000)), ""),
    "20,000 identities": (lambda: model(chain("Identity", 20_000)), "no layers"),
    "5,000 constant identities": (
        lambda: model(
            [
                *chain("Identity", 5_000, "w")[:-1],
                node("Add", "x", "v4998"),
            ],
            weights={"w": floats(4)},
        ),
        "",
    ),
    "exponential ways": (lambda: model(twice("Mul", 60)), "something else"),
    "exponential sums": (lambda: model(twice("Concat", 30)), "Required|options|KeyError|axis"),
    "100 sums": (
        lambda: model(
            [
                *(
                    node("Add", f"v{k - 1}" if k else "x", "one", output=f"v{k}")
                    for k in range(100)
                ),
                node("Relu", "v99"),
            ],
            weights={"one": floats(1)},
        ),
        "",
    ),
    "a loop": (
        lambda: model(
            [node("Add", "x", "b", output="a"), node("Relu", "a", output="b"), node("Relu", "b")]
        ),
        "comes before",
    ),
    "a graph in a node": (
        lambda: model(
            with_loop(),
            weights={
                "count": np.array(2**60),
                "yes": np.array(True),
                "w": floats(1),
                "rate": np.array(0.5, np.float32),
            },
        ),
        r"\(Loop\): Loop is not supported",
    ),
    "a name of a megabyte": (
        lambda: model([node("Nonsense", "x", name="n" * 10**6)]),
        r"'n{100}' \(Nonsense\): .* not supp",
    ),
    # Tensors.
    "tensor of 2^62": (lambda: of_tensor([2**62]), r"Limits\(memory"),
    "tensor whose size overflows": (lambda: of_tensor([2**32, 2**32, 4]), r"Limits\(memory"),
    "tensor of -1": (lambda: of_tensor([-1]), "has the shape"),
    "tensor of 0 x 2^62": (lambda: of_tensor([0, 2**62]), "."),
    "tensor of another size": (lambda: of_tensor([5]), "."),
    "tensor of an unknown type": (lambda: of_tensor([4], data_type=99), "."),
    "a million axes": (
        lambda: model([node("Unsqueeze", "x", "a")], weights={"a": np.arange(1, 1_000_001)}),
        "a list of 1,000,000 axes",
    ),
    "weights of a large kernel": (
        lambda: model([node("Conv", "x", "w")], (1, 64, 1, 3000), {"w": floats(256, 64, 1, 3000)}),
        r"'w' needs .*Limits\(memory",
    ),
    "many slices": (
        lambda: model(
            [node("Slice", "x", "from", "to", "along")],
            weights={
                "from": np.zeros(100_000, np.int64),
                "to": np.full(100_000, 4),
                "along": np.ones(100_000, np.int64),
            },
        ),
        "no layers",
    ),
    "many parts": (
        lambda: model(
            [
                helper.make_node(
                    "Split", ["x", "sizes"], [f"y{k or ''}" for k in range(50_000)], axis=1
                )
            ],
            ("n", 50_000),
            {"sizes": np.ones(50_000, np.int64)},
        ).replace(b"y\x12", b"y\x12"),
        r"Limits\((nodes|seconds)|no node computes",
    ),
    # The file.
    "empty nodes": (lambda: field(7, b"\x0a\0" * 2_000_000), r"parts of the file.*Limits\(nodes"),
    "empty attributes": (
        lambda: field(7, field(1, b"\x2a\0" * 2_000_000)),
        r"parts of the file.*Limits\(nodes",
    ),
    "packed numbers": (
        lambda: field(7, field(5, field(7, b"\1" * 120_000_000))),
        r"the model in it needs .*Limits\(memory",
    ),
    "messages in messages": (
        lambda: _in_each_other(30_000),
        "damaged|no nodes",
    ),
    "an endless number": (lambda: b"\xff" * 10_000, "damaged"),
}


def _scoped(text: str) -> bytes:
    """Return a model whose node says that it comes from modules."""
    made = onnx.ModelProto.FromString(model([node("Relu", "x")]))
    entry = made.graph.node[0].metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.name_scopes", text
    return bytes(made.SerializeToString())


def _in_each_other(n: int) -> bytes:
    """Return a graph in an attribute of a node of a graph, and so on."""
    content = b""
    for k in range(n):
        content = field((7, 1, 5, 6)[0 if k == n - 1 else 1 + k % 3], content)
        if len(content) > 2**20:
            break
    return field(7, content)


# --- .keras


def described() -> dict[str, Any]:
    with zipfile.ZipFile(MODELS / "conv.keras") as archive:
        found: dict[str, Any] = json.loads(archive.read("config.json"))
    return found


def weights() -> bytes:
    with zipfile.ZipFile(MODELS / "conv.keras") as archive:
        return archive.read("model.weights.h5")


def keras_file(
    config: bytes | str | None = None,
    arrays: bytes | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
    others: int = 0,
) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression, compresslevel=1) as archive:
        archive.writestr("config.json", json.dumps(described()) if config is None else config)
        archive.writestr("model.weights.h5", weights() if arrays is None else arrays)
        for k in range(others):
            archive.writestr(f"more/{k}", b"")
    return content.getvalue()


def sequential(*layers: dict[str, Any]) -> str:
    """Describe layers of Keras, as a Sequential has them."""
    rows = [
        {"module": "keras.layers", "class_name": one.pop("class_name"), "config": one}
        for one in layers
    ]
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": rows}})


def hdf5(fill: Callable[[Any], None]) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def linked(n: int, size: int) -> Callable[[Any], None]:
    """Return what writes n layers that have one array."""

    def fill(file: Any) -> None:
        for k in range(n):
            group = file.create_group(f"layers/dense{f'_{k}' if k else ''}/vars")
            group["0"] = file["layers/dense/vars/0"] if k else np.ones((size, size), np.float32)
            group["1"] = file["layers/dense/vars/1"] if k else np.ones(size, np.float32)

    return fill


def _cell(file: Any) -> None:
    group = file.create_group("layers/simple_rnn/cell/vars")
    group["0"] = group["1"] = np.ones((1, 1), np.float32)


def endless(file: Any) -> None:
    """Write a layer of 100,000 arrays that are one."""
    group = file.create_group("layers/dense/vars")
    group["0"] = np.ones((1000, 1000), np.float32)
    for k in range(1, 2000):
        group[str(k)] = group["0"]


def pretending(file: Any) -> None:
    """Write an array that has a size and no numbers."""
    file.create_group("layers/dense/vars").create_dataset("0", (10**6, 10**6), np.float32)


def in_a_circle(file: Any) -> None:
    group = file.create_group("layers")
    group["dense"] = group
    group["layers"] = group
    group["vars"] = group


def units(n: int, size: int) -> list[dict[str, Any]]:
    return [
        {"class_name": "InputLayer", "name": "x", "batch_shape": [None, size]},
        *(
            {
                "class_name": "Dense",
                "name": f"d{k}",
                "units": size,
                "use_bias": True,
                "activation": "linear",
            }
            for k in range(n)
        ),
    ]


def pooling(**changes: Any) -> list[dict[str, Any]]:
    return [
        {"class_name": "InputLayer", "name": "x", "batch_shape": [None, 8, 8, 1]},
        {
            "class_name": "MaxPooling2D",
            "name": "p",
            "pool_size": [2, 2],
            "strides": [2, 2],
            "padding": "valid",
            "data_format": "channels_last",
        }
        | changes,
    ]


def layer(kind: str, name: str, *calls: str, **config: Any) -> dict[str, Any]:
    """Describe a layer of a functional model, and what each call of it takes."""
    return {
        "module": "keras.layers",
        "class_name": kind,
        "name": name,
        "config": {"name": name, "trainable": True, "dtype": "float32", **config},
        "inbound_nodes": [[[source, int(k or 0), 0, {}]] for source, _, k in map(_cut, calls)],
    }


def _cut(call: str) -> tuple[str, str, str]:
    return call.partition(":")


def functional(
    *layers: dict[str, Any], shape: Sequence[int], last: str, name: str = "m"
) -> dict[str, Any]:
    """Describe a model with one input, x."""
    first = layer("InputLayer", "x", batch_shape=[None, *shape])
    config = {
        "name": name,
        "layers": [first, *layers],
        "input_layers": [["x", 0, 0]],
        "output_layers": [[*_cut(last)[::2], 0]],
    }
    config["output_layers"][0][1] = int(config["output_layers"][0][1] or 0)
    return {"module": "keras", "class_name": "Functional", "name": name, "config": config}


def doubled(levels: int, inner: dict[str, Any], shape: Sequence[int] = (4, 4)) -> str:
    """Describe a model that is called twice by one that is called twice by one, and so on."""
    made = functional(inner, shape=shape, last=inner["name"])
    for k in range(levels):
        made["inbound_nodes"] = [[["x", 0, 0, {}]], [[f"m{k}", 0, 0, {}]]]
        made["name"] = made["config"]["name"] = f"m{k}"
        made = functional(made, shape=shape, last=f"m{k}:1", name=f"m{k + 1}")
    return json.dumps(made)


def old(config: str | None, fill: Callable[[Any], None] = lambda group: None) -> bytes:
    """Return an .h5 file."""

    def write(file: Any) -> None:
        if config is not None:
            file.attrs["model_config"] = config
        fill(file.create_group("model_weights"))

    return hdf5(write)


def of_dense(*names: str, **options: Any) -> Callable[[Any], None]:
    """Return what writes the weights of a layer d0."""

    def fill(group: Any) -> None:
        group = group.create_group("d0")
        group.attrs["weight_names"] = list(names)
        group.create_dataset("kernel", data=np.ones((1000, 1000), np.float32), **options)
        group["bias"] = np.ones(1000, np.float32)

    return fill


def with_one_long_name(count: int, length: int) -> bytes:
    """Return an .h5 file whose list of names is one long name again and again."""
    names = ["n" * length, *["b"] * (count - 1)]
    content = bytearray(old(sequential(*units(1, 1000)), of_dense(*names)))
    at = 0
    while True:  # A name stands in the list as its length, and where it is.
        at = content.index(length.to_bytes(4, "little"), at + 1)
        if content[at + 16 : at + 20] == (1).to_bytes(4, "little"):
            break
    content[at : at + 16 * count] = content[at : at + 16] * count
    return bytes(content)


def in_itself(group: Any) -> None:
    group["d0"] = group
    group.attrs["weight_names"] = ["/".join(["d0"] * 100)]


def elsewhere(group: Any) -> None:
    group = group.create_group("d0")
    group.attrs["weight_names"] = ["kernel", "bias"]
    group["kernel"] = h5py.ExternalLink("/etc/hostname", "kernel")


KERAS: dict[str, tuple[Callable[[], bytes], str]] = {
    "config bomb": (lambda: keras_file(b" " * 40_000_000), r"config\.json: .*Limits\(nodes"),
    "config bomb of lists": (
        lambda: keras_file(b"[" + b"[]," * 3_000_000 + b"[]]"),
        "describes no model",
    ),
    "weights bomb": (
        lambda: keras_file(arrays=bytes(510_000_000)),
        r"all that is packed in it has .*Limits\(file_bytes",
    ),
    "bzip2": (lambda: keras_file(compression=zipfile.ZIP_BZIP2), "not supported"),
    "lzma": (lambda: keras_file(compression=zipfile.ZIP_LZMA), "not supported"),
    "100,001 members": (lambda: keras_file(others=100_001), r"members of a zip file.*Limits"),
    "deep JSON": (lambda: keras_file("[" * 1_000_000), "damaged"),
    "deep JSON, closed": (
        lambda: keras_file('{"a":' * 100_000 + "1" + "}" * 100_000),
        "damaged",
    ),
    "a number of 100,000 digits": (
        lambda: keras_file('{"config": {}, "x": ' + "9" * 100_000 + "}"),
        "damaged",
    ),
    "numbers of 4,000 digits": (
        lambda: keras_file(sequential(*pooling(pool_size=[10**3999] * 2))),
        "does not fit|digits|options",
    ),
    "an infinite number": (
        lambda: keras_file(sequential(*pooling(pool_size=[1e308 * 10] * 2))),
        "size must be integers",
    ),
    "a huge margin": (
        lambda: keras_file(sequential(*pooling(pool_size=[2**40] * 2, padding="same"))),
        r"Limits\(memory",
    ),
    "9,000 layers": (
        lambda: keras_file(sequential(*units(9_000, 1)), hdf5(lambda file: None)),
        "arrays of weights",
    ),
    "links to one array": (
        lambda: keras_file(sequential(*units(500, 1000)), hdf5(linked(500, 1000))),
        r"layers\[\d+\] .*dense_\d+/vars/0 needs .*Limits\(memory",
    ),
    "an array, endlessly": (
        lambda: keras_file(sequential(*units(1, 1000)), hdf5(endless)),
        r"needs .*Limits\(memory",
    ),
    "an array without numbers": (
        lambda: keras_file(sequential(*units(1, 1000)), hdf5(pretending)),
        "is incomplete",
    ),
    "groups in a circle": (
        lambda: keras_file(sequential(*units(1, 1000)), hdf5(in_a_circle)),
        "has to be an array|arrays of weights",
    ),
    "models called twice, of nothing": (
        lambda: keras_file(
            doubled(40, layer("Activation", "a", "x", activation="linear")),
            hdf5(lambda file: None),
        ),
        r"calls of layers: .*Limits\(nodes|Limits\(seconds",
    ),
    "models called twice, of an activation": (
        lambda: keras_file(
            doubled(40, layer("Activation", "a", "x", activation="tanh")),
            hdf5(lambda file: None),
        ),
        r"nodes: there are .*Limits\(nodes|Limits\(seconds",
    ),
    "models called twice, ten levels": (
        lambda: keras_file(
            doubled(10, layer("Activation", "a", "x", activation="tanh")),
            hdf5(lambda file: None),
        ),
        "",
    ),
    "long names, often": (
        lambda: keras_file(
            doubled(12, layer("Activation", "n" * 200_000, "x", activation="tanh"), (4,)),
            hdf5(lambda file: None),
        ),
        r"its name needs .*Limits\(memory",
    ),
    "a vector, repeated": (
        lambda: keras_file(
            json.dumps(functional(layer("RepeatVector", "r", "x", n=2**40), shape=(4,), last="r"))
        ),
        r"Limits\(memory",
    ),
    "a million steps": (
        lambda: keras_file(
            json.dumps(
                functional(
                    layer(
                        "SimpleRNN",
                        "r",
                        "x",
                        units=1,
                        use_bias=False,
                        activation="tanh",
                        return_sequences=False,
                        return_state=False,
                        go_backwards=False,
                    ),
                    shape=(1_000_000, 1),
                    last="r",
                )
            ),
            hdf5(_cell),
        ),
        r"steps of a recurrent layer.*Limits\(nodes",
    ),
    "a norm over all": (
        lambda: keras_file(
            json.dumps(
                functional(
                    layer(
                        "LayerNormalization",
                        "n",
                        "x",
                        axis=[1, 2],
                        epsilon=1e-3,
                        center=False,
                        scale=False,
                    ),
                    shape=(6000, 6000),
                    last="n",
                )
            )
        ),
        r"its numbers needs .*Limits\(memory",
    ),
    "old, description bomb": (
        lambda: old(" " * 40_000_000),
        r"bytes of model_config: .*Limits\(nodes",
    ),
    "old, no description": (lambda: old(None), "weights but no layers"),
    "old, lists": (lambda: old("[" * 1_000_000), "damaged"),
    "old, a long name, often": (
        lambda: with_one_long_name(3000, 1_000_000),
        r"weight_names needs .*Limits\(memory",
    ),
    "old, an array, endlessly": (
        lambda: old(sequential(*units(1, 1000)), of_dense(*["kernel"] * 3000)),
        r"kernel needs .*Limits\(memory",
    ),
    "old, compressed": (
        lambda: old(
            sequential(*units(1, 1000)), of_dense("kernel", "bias", compression="gzip", chunks=True)
        ),
        "has to hold uncompressed numbers",
    ),
    "old, in itself": (lambda: old(sequential(*units(1, 1000)), in_itself), "has to be an array"),
    "old, elsewhere": (
        lambda: old(sequential(*units(1, 1000)), elsewhere),
        "is a link, which is not supported",
    ),
    "old, cut off": (
        lambda: old(sequential(*units(1, 1000)), of_dense("kernel"))[:3000],
        "damaged",
    ),
}


def check_texts(said: dict[str, str], files: dict[str, tuple[Callable[[], bytes], str]]) -> None:
    for name, (_, message) in files.items():
        text = said[file_name(name)]
        assert re.search(message, text, re.S) if message else text == "", (name, text)


def file_name(name: str) -> str:
    return re.sub(r"\W+", "-", name)


@pytest.mark.slow
@pytest.mark.parametrize(("reader", "files"), [("from_onnx", ONNX), ("from_keras", KERAS)])
def test_files(
    tmp_path: Path,
    within_limits: Callable[..., dict[str, str]],
    one_in: Callable[[int, Iterable[str]], list[str]],
    reader: str,
    files: dict[str, tuple[Callable[[], bytes], str]],
) -> None:
    files = {name: files[name] for name in one_in(25, files)}
    for name, (make, _) in files.items():
        (tmp_path / file_name(name)).write_bytes(make())
    paths = [tmp_path / file_name(name) for name in files]
    needed = ("onnx.reference", "scipy.special", "h5py")
    check_texts(within_limits(f"nnviz:{reader}", paths, *needed), files)


@pytest.mark.slow
def test_what_is_no_file(tmp_path: Path, within_limits: Callable[..., dict[str, str]]) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for reader in ("from_onnx", "from_keras"):
        said = within_limits(f"nnviz:{reader}", [tmp_path / "fifo", tmp_path / "zero"])
        assert all("is a pipe, a socket or a device, not a file" in text for text in said.values())


def external(folder: Path, **entries: str) -> Path:
    """Write a model whose weights lie in other files."""
    made = onnx.ModelProto.FromString(model([node("Add", "x", "w")], weights={"w": floats(4)}))
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    path = folder / f"{'-'.join(entries.values())}.onnx"
    path.write_bytes(made.SerializeToString())
    return path


@pytest.mark.slow
def test_weights_in_other_files(
    tmp_path: Path, within_limits: Callable[..., dict[str, str]]
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**40)  # No disk is taken for zeros.
    (tmp_path / "medium").write_bytes(bytes(40_000_000))
    many = onnx.ModelProto.FromString(external(tmp_path, location="medium").read_bytes())
    for k in range(50):
        many.graph.initializer.append(many.graph.initializer[0])
        many.graph.initializer[-1].name = f"w{k}"
    (tmp_path / "many.onnx").write_bytes(many.SerializeToString())
    cases = {
        external(tmp_path, location="fifo"): "is a pipe, a socket or a device, not a file",
        external(tmp_path, location="zero"): "a link to another folder",
        external(tmp_path, location="large"): r"large has .*Limits\(file_bytes",
        external(tmp_path, location="large", length=str(2**39)): r"Limits\(file_bytes",
        external(tmp_path, location="medium", offset=str(2**50)): "are asked for, and the file has",
        external(tmp_path, location="large", offset=str(2**39), length="16"): "no layers",
        tmp_path / "many.onnx": r"with the weights .* the model has .*Limits\(file_bytes",
    }
    said = within_limits("nnviz:from_onnx", list(cases), "onnx.reference")
    for path, message in cases.items():
        text = said[path.name]
        assert re.search(message, text, re.S) if message else text == "", (path.name, text)


def test_every_node_that_is_read_can_be_compared() -> None:
    assert {*NODES, *FOLDED} <= set(COSTS)


def test_a_transposed_convolution_takes_the_memory_it_is_said_to() -> None:
    """The reference makes a table of all numbers that it puts down, for all channels at once."""
    x, kernels = np.ones((1, 2, 8, 8)), np.ones((2, 16, 5, 5))
    made = model([node("ConvTranspose", "x", "w")], x.shape, {"w": kernels})
    reference = onnx.reference.ReferenceEvaluator(onnx.ModelProto.FromString(made))
    tracemalloc.start()
    try:
        (y,) = reference.run(None, {"x": x})
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert y.shape == (1, 16, 12, 12)
    assert taken <= 8 * cost_of("ConvTranspose", {}, [x, kernels]).numbers <= 4 * taken


def test_limits_are_arguments(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(model(chain("Tanh", 30)))
    network = nnviz.from_onnx(path, limits=Limits(nodes=30, memory=100_000))
    assert len(network.layers) == 30
    for limits, message in (
        (Limits(nodes=29), "nodes: there are 30 or more, more than the limit of 29"),
        (Limits(file_bytes=10), "bytes, more than the limit of 10: "),
        (Limits(memory=20_000), "bytes of memory beside"),
        (Limits(seconds=1e-9), "more than the limit of 1e-09"),
    ):
        with pytest.raises(LimitError, match=message) as caught:
            nnviz.from_onnx(path, limits=limits)
        assert isinstance(caught.value, NetworkError)
        assert str(path) in str(caught.value)
    large = tmp_path / "large.onnx"
    large.write_bytes(pool("AveragePool", 64, 160))
    with pytest.raises(LimitError, match="or skip the comparison with check=False"):
        nnviz.from_onnx(large)
    assert nnviz.from_onnx(large, check=False).output_shape == (1, 97, 97)
    with pytest.raises(LimitError, match=r"config\.json: .* more than the limit of 1: "):
        nnviz.from_keras(MODELS / "conv.keras", limits=Limits(nodes=1))
