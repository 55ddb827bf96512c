"""Architectures as ONNX graphs, against what onnx's own reference computes."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import UnsupportedModelError

onnx: Any = pytest.importorskip("onnx")
pytest.importorskip("onnx.reference")
helper, numpy_helper = onnx.helper, onnx.numpy_helper
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
RNG = np.random.RandomState(0)


def drawn(*shape: int) -> np.ndarray:
    return np.asarray(0.4 * RNG.randn(*shape), np.float32)


def node(kind: str, *inputs: str, output: str = "y", **attributes: Any) -> Any:
    outputs = output.split(",")
    return helper.make_node(kind, inputs, outputs, **attributes)


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


#: Nodes, the inputs' shapes (the letter i before one stands for integers), and constants.
CASES: dict[str, tuple[list[Any], dict[str, Any], dict[str, np.ndarray]]] = {
    "residual block": (
        [
            node("Conv", "x", "w1", "b1", output="a", pads=[1, 1, 1, 1]),
            node("Relu", "a", output="r"),
            node("Conv", "r", "w2", output="c", pads=[1, 1, 1, 1]),
            node("Add", "c", "x", output="s"),
            node("Relu", "s", output="t"),
            node("GlobalAveragePool", "t", output="g"),
            node("Flatten", "g", output="f"),
            node("Gemm", "f", "w3", "b3", transB=1),
        ],
        {"x": (4, 6, 6)},
        {
            "w1": drawn(4, 4, 3, 3),
            "b1": drawn(4),
            "w2": drawn(4, 4, 3, 3),
            "w3": drawn(2, 4),
            "b3": drawn(2),
        },
    ),
    "concatenated branches": (
        [
            node("Conv", "x", "w1", output="a"),
            node("Conv", "x", "w2", output="b", pads=[1, 1, 1, 1]),
            node("Concat", "a", "b", "x", output="c", axis=1),
            node("Relu", "c"),
        ],
        {"x": (4, 5, 5)},
        {"w1": drawn(2, 4, 1, 1), "w2": drawn(3, 4, 3, 3)},
    ),
    "inverted residual": (
        [
            node("Conv", "x", "w1", output="a"),
            node("Clip", "a", "low", "six", output="b"),
            node("Conv", "b", "w2", output="c", group=8, pads=[1, 1, 1, 1]),
            node("Clip", "c", "low", "six", output="d"),
            node("Conv", "d", "w3", output="e"),
            node("Add", "x", "e"),
        ],
        {"x": (4, 5, 5)},
        {
            "w1": drawn(8, 4, 1, 1),
            "w2": drawn(8, 1, 3, 3),
            "w3": drawn(4, 8, 1, 1),
            "low": np.float32(0),
            "six": np.float32(6),
        },
    ),
    "squeeze and excitation": (
        [
            node("GlobalAveragePool", "x", output="g"),
            node("Conv", "g", "w1", output="a"),
            node("Relu", "a", output="r"),
            node("Conv", "r", "w2", output="b"),
            node("Sigmoid", "b", output="s"),
            node("Mul", "x", "s"),
        ],
        {"x": (4, 5, 6)},
        {"w1": drawn(2, 4, 1, 1), "w2": drawn(4, 2, 1, 1)},
    ),
    "U-Net": (
        [
            node("Conv", "x", "w1", output="a", pads=[1, 1, 1, 1]),
            node("PRelu", "a", "s", output="skip"),
            node("MaxPool", "skip", output="p", kernel_shape=[2, 2], strides=[2, 2]),
            node("ConvTranspose", "p", "w2", "b2", output="u", strides=[2, 2]),
            node("Concat", "u", "skip", output="c", axis=1),
            node("Conv", "c", "w3", output="z"),
            node("Softmax", "z", axis=1),
        ],
        {"x": (1, 6, 6)},
        {
            "w1": drawn(4, 1, 3, 3),
            "s": drawn(4, 1, 1),
            "w2": drawn(4, 3, 2, 2),
            "b2": drawn(3),
            "w3": drawn(2, 7, 1, 1),
        },
    ),
    "siamese": (
        [
            node("MatMul", "left", "w", output="a"),
            node("MatMul", "right", "w", output="b"),
            node("Sub", "a", "b", output="d"),
            node("Mul", "d", "d", output="e"),
            node("Gemm", "e", "v", output="z"),
            node("Sigmoid", "z"),
        ],
        {"left": (5,), "right": (5,)},
        {"w": drawn(5, 3), "v": drawn(3, 1)},
    ),
    "TextCNN": (
        [
            node("Gather", "table", "x", output="e"),
            node("Transpose", "e", output="t", perm=[0, 2, 1]),
            node("Conv", "t", "w", "b", output="c"),
            node("Relu", "c", output="r"),
            node("ReduceMean", "r", "axes", output="m", keepdims=0),
            node("Gemm", "m", "v"),
        ],
        {"x": ("i", 7)},
        {
            "table": drawn(9, 4),
            "w": drawn(3, 4, 3),
            "b": drawn(3),
            "axes": ints(2),
            "v": drawn(3, 2),
        },
    ),
    "attention": (
        [
            node("LayerNormalization", "x", "g", "h", output="n"),
            node("MatMul", "n", "wq", output="q"),
            node("MatMul", "n", "wk", output="k"),
            node("MatMul", "n", "wv", output="v"),
            node("Shape", "x", output="size"),
            node("Gather", "size", "zero", output="batch"),
            node("Unsqueeze", "batch", "axis", output="first"),
            node("Concat", "first", "rest", output="to", axis=0),
            node("Reshape", "q", "to", output="q1"),
            node("Transpose", "q1", output="q2", perm=[0, 2, 1, 3]),
            node("Reshape", "k", "to", output="k1"),
            node("Transpose", "k1", output="k2", perm=[0, 2, 3, 1]),
            node("Reshape", "v", "to", output="v1"),
            node("Transpose", "v1", output="v2", perm=[0, 2, 1, 3]),
            node("MatMul", "q2", "k2", output="s"),
            node("Div", "s", "root", output="t"),
            node("Softmax", "t", output="p", axis=-1),
            node("MatMul", "p", "v2", output="m"),
            node("Transpose", "m", output="m1", perm=[0, 2, 1, 3]),
            node("Reshape", "m1", "back", output="m2"),
            node("MatMul", "m2", "wo", output="o"),
            node("Add", "x", "o"),
        ],
        {"x": (5, 6)},
        {
            "g": drawn(6),
            "h": drawn(6),
            **{f"w{part}": drawn(6, 6) for part in "qkvo"},
            "zero": np.array(0, np.int64),
            "axis": ints(0),
            "rest": ints(5, 2, 3),
            "root": np.float32(3**0.5),
            "back": ints(0, 0, 6),
        },
    ),
    "standardised input": (
        [
            node("Sub", "x", "mean", output="a"),
            node("Div", "a", "std", output="b"),
            node("Pad", "b", "pads", output="c", mode="reflect"),
            node("Conv", "c", "w"),
        ],
        {"x": (3, 5, 5)},
        {
            "mean": drawn(1, 3, 1, 1),
            "std": np.abs(drawn(1, 3, 1, 1)) + np.float32(0.5),
            "pads": ints(0, 0, 1, 1, 0, 0, 1, 1),
            "w": drawn(2, 3, 3, 3),
        },
    ),
    "GRU": (
        [
            node("Transpose", "x", output="t", perm=[1, 0, 2]),
            node("GRU", "t", "w", "r", "b", output="h,last", hidden_size=2, linear_before_reset=1),
            node("Squeeze", "last", "first", output="z"),
            node("Gemm", "z", "v"),
        ],
        {"x": (4, 3)},
        {
            "w": drawn(1, 6, 3),
            "r": drawn(1, 6, 2),
            "b": drawn(1, 12),
            "first": ints(0),
            "v": drawn(2, 2),
        },
    ),
    "LSTM, both ways": (
        [
            node("Shape", "x", output="size"),
            node("Gather", "size", "zero", output="batch"),
            node("Concat", "two", "batch", "two", output="states", axis=0),
            node("ConstantOfShape", "states", output="start"),
            node("Transpose", "x", output="t", perm=[1, 0, 2]),
            node(
                "LSTM",
                *("t", "w", "r", "b", "", "start", "start"),
                output="h,last,cell",
                hidden_size=2,
                direction="bidirectional",
            ),
            node("Transpose", "h", output="h1", perm=[2, 0, 1, 3]),
            node("Reshape", "h1", "to", output="h2"),
            node("Slice", "h2", "two", "three", "one", output="h3"),
            node("Squeeze", "h3", "one", output="h4"),
            node("Split", "cell", output="c1,c2", axis=0, num_outputs=2),
            node("Squeeze", "c2", "zero", output="c3"),
            node("Concat", "h4", "c3", axis=1),
        ],
        {"x": (4, 3)},
        {
            "w": drawn(2, 8, 3),
            "r": drawn(2, 8, 2),
            "b": drawn(2, 16),
            "zero": ints(0),
            "one": ints(1),
            "two": ints(2),
            "three": ints(3),
            "to": ints(0, 4, -1),
        },
    ),
    "RNN, backwards, examples first": (
        [
            node(
                "RNN", "x", "w", "r", output="h,last", hidden_size=2, direction="reverse", layout=1
            ),
            node("Flatten", "last", output="f"),
            node("Gemm", "f", "v"),
        ],
        {"x": (4, 3)},
        {"w": drawn(1, 2, 3), "r": drawn(1, 2, 2), "v": drawn(2, 2)},
    ),
    "RNNs, one on the other": (
        [
            node("Shape", "x", output="size"),
            node("Slice", "size", "zero", "one", output="batch"),
            node("Concat", "two", "batch", "two", output="states", axis=0),
            node("ConstantOfShape", "states", output="start"),
            node("Slice", "start", "zero", "one", output="start1"),
            node("Slice", "start", "one", "two", output="start2"),
            node("Transpose", "x", output="t", perm=[1, 0, 2]),
            node("RNN", "t", "w1", "r1", "", "", "start1", output="h1", hidden_size=2),
            node("Squeeze", "h1", "one", output="h2"),
            node("RNN", "h2", "w2", "r2", "", "", "start2", output="h3,last", hidden_size=2),
            node("Squeeze", "last", "zero"),
        ],
        {"x": (4, 3)},
        {
            "w1": drawn(1, 2, 3),
            "r1": drawn(1, 2, 2),
            "w2": drawn(1, 2, 2),
            "r2": drawn(1, 2, 2),
            "zero": ints(0),
            "one": ints(1),
            "two": ints(2),
        },
    ),
    "layer norm, written out": (
        [
            node("ReduceMean", "x", "last", output="mean"),
            node("Sub", "x", "mean", output="d"),
            node("Pow", "d", "two", output="d2"),
            node("ReduceMean", "d2", "last", output="v"),
            node("Add", "v", "eps", output="e"),
            node("Sqrt", "e", output="s"),
            node("Div", "d", "s", output="n"),
            node("Mul", "n", "g", output="ng"),
            node("Add", "ng", "h"),
        ],
        {"x": (4, 5)},
        {
            "last": ints(-1),
            "two": np.float32(2),
            "eps": np.float32(1e-5),
            "g": drawn(5),
            "h": drawn(5),
        },
    ),
    "RMS norm, written out": (
        [
            node("Mul", "x", "x", output="x2"),
            node("ReduceMean", "x2", "last", output="v"),
            node("Add", "v", "eps", output="e"),
            node("Sqrt", "e", output="s"),
            node("Reciprocal", "s", output="r"),
            node("Mul", "r", "x", output="n"),
            node("Mul", "g", "n"),
        ],
        {"x": (4, 5)},
        {"last": ints(2), "eps": np.float32(1e-5), "g": drawn(1, 1, 5)},
    ),
    "group norm, written out": (
        [
            node("Reshape", "x", "to", output="g1"),
            node("InstanceNormalization", "g1", "ones", "zeros", output="g2", epsilon=0.01),
            node("Shape", "x", output="shape"),
            node("Reshape", "g2", "shape", output="g3"),
            node("Mul", "g3", "g", output="g4"),
            node("Add", "g4", "h"),
        ],
        {"x": (4, 3, 3)},
        {
            "to": ints(0, 2, -1),
            "ones": np.ones(2, np.float32),
            "zeros": np.zeros(2, np.float32),
            "g": drawn(4, 1, 1),
            "h": drawn(4, 1, 1),
        },
    ),
    "group norm": (
        [node("GroupNormalization", "x", "g", "h", num_groups=2, epsilon=0.01, stash_type=11)],
        {"x": (4, 3, 3)},
        {"g": drawn(4), "h": drawn(4)},
    ),
    "RMS norm": (
        [node("RMSNormalization", "x", "g", axis=-1)],
        {"x": (4, 5)},
        {"g": drawn(5)},
    ),
    "attention in one, causal": (
        [
            node("MatMul", "x", "wq", output="q"),
            node("MatMul", "x", "wk", output="k"),
            node("MatMul", "x", "wv", output="v"),
            node(
                "Attention", "q", "k", "v", output="a", q_num_heads=2, kv_num_heads=2, is_causal=1
            ),
            node("MatMul", "a", "wo"),
        ],
        {"x": (5, 6)},
        {f"w{part}": drawn(6, 6) for part in "qkvo"},
    ),
    "masked scores": (
        [
            node("Transpose", "x", output="t", perm=[0, 2, 1]),
            node("MatMul", "x", "t", output="s"),
            node("Where", "mask", "s", "hidden", output="s1"),
            node("Add", "s1", "causal", output="s2"),
            node("Softmax", "s2", output="p"),
            node("MatMul", "p", "x"),
        ],
        {"x": (4, 3)},
        {
            "mask": np.array([[True, True, False, True]]),
            "hidden": np.float32(-np.inf),
            "causal": np.where(np.tri(4), 0, -np.inf).astype(np.float32),
        },
    ),
    "scores masked by the lowest numbers": (
        [
            node("Transpose", "x", output="t", perm=[0, 2, 1]),
            node("MatMul", "x", "t", output="s"),
            node("Add", "s", "causal", output="s2"),
            node("Softmax", "s2", output="p"),
            node("MatMul", "p", "x"),
        ],
        {"x": (4, 3)},
        {"causal": np.where(np.tri(4), 0, np.finfo(np.float32).min).astype(np.float32)},
    ),
    "sums and means of several": (
        [
            node("Tanh", "x", output="a"),
            node("Sin", "x", output="b"),
            node("Sum", "a", "b", "x", output="s"),
            node("Mean", "s", "a", "c"),
        ],
        {"x": (4, 3)},
        {"c": drawn(4, 3)},
    ),
    "learned positions": (
        [
            node("Gather", "table", "x", output="e"),
            node("Shape", "x", output="size", start=1),
            node("Squeeze", "size", output="n"),
            node("Range", "zero", "n", "one", output="at"),
            node("Gather", "positions", "at", output="p"),
            node("Add", "e", "p", output="s"),
            node("Swish", "s"),
        ],
        {"x": ("i", 4)},
        {
            "table": drawn(9, 3),
            "positions": drawn(6, 3),
            "zero": np.array(0, np.int64),
            "one": np.array(1, np.int64),
        },
    ),
    "larger images": (
        [
            node("Resize", "x", "", "twice", output="a", mode="linear"),
            node("Shape", "x", output="shape", end=2),
            node("Concat", "shape", "large", output="size", axis=0),
            node(
                "Resize",
                *("a", "", "", "size"),
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            ),
        ],
        {"x": (2, 3, 2)},
        {"twice": np.array([1, 1, 2, 2], np.float32), "large": ints(18, 4)},
    ),
    "heads beside the examples": (
        [
            node("Transpose", "x", output="t", perm=[1, 0, 2]),
            node("MatMul", "t", "wq", output="q"),
            node("MatMul", "t", "wk", output="k"),
            node("Shape", "t", output="size"),
            node("Gather", "size", "one", output="batch"),
            node("Mul", "batch", "two", output="both"),
            node("Concat", "tokens", "both", "three", output="to", axis=0),
            node("Reshape", "q", "to", output="q1"),
            node("Transpose", "q1", output="q2", perm=[1, 0, 2]),
            node("Mul", "q2", "scale", output="q3"),
            node("Reshape", "k", "to", output="k1"),
            node("Transpose", "k1", output="k2", perm=[1, 2, 0]),
            node("MatMul", "q3", "k2", output="s"),
            node("Softmax", "s", output="p", axis=-1),
            node("Transpose", "k1", output="v", perm=[1, 0, 2]),
            node("MatMul", "p", "v", output="m"),
            node("Transpose", "m", output="m1", perm=[1, 0, 2]),
            node("Mul", "batch", "tokens", output="rows"),
            node("Concat", "rows", "six", output="flat", axis=0),
            node("Reshape", "m1", "flat", output="m2"),
            node("Gemm", "m2", "wo", output="o"),
            node("Reshape", "o", "back", output="o1"),
            node("Transpose", "o1", perm=[1, 0, 2]),
        ],
        {"x": (5, 6)},
        {
            **{f"w{part}": drawn(6, 6) for part in "qko"},
            "one": ints(1),
            "two": ints(2),
            "three": ints(3),
            "six": ints(6),
            "tokens": ints(5),
            "scale": np.float32(3**-0.5),
            "back": ints(5, -1, 6),
        },
    ),
    "images one above the other": (
        [
            node("Tanh", "x", output="t"),
            node("Unsqueeze", "x", "two", output="x1"),
            node("Unsqueeze", "t", "two", output="t1"),
            node("Concat", "x1", "t1", output="both", axis=2),
            node("Reshape", "both", "to"),
        ],
        {"x": (3, 4, 5)},
        {"two": ints(2), "to": ints(0, 3, 8, 5)},
    ),
    "split and gated": (
        [
            node("Split", "x", output="a,b", axis=1, num_outputs=2),
            node("Sigmoid", "b", output="s"),
            node("Mul", "a", "s"),
        ],
        {"x": (4, 5)},
        {},
    ),
}


#: Those with operations that are newer.
OPSETS = {"RMS norm": 23, "attention in one, causal": 23, "group norm": 21, "learned positions": 24}


def model(name: str, real: int = FLOAT) -> Any:
    nodes, inputs, constants = CASES[name]
    values = [
        helper.make_tensor_value_info(one, INT64, ["n", *shape[1:]])
        if shape[0] == "i"
        else helper.make_tensor_value_info(one, real, ["n", *shape])
        for one, shape in inputs.items()
    ]
    if real != FLOAT:
        constants = {
            one: array.astype(np.float64) if array.dtype == np.float32 else array
            for one, array in constants.items()
        }
    graph = helper.make_graph(
        nodes,
        "test",
        values,
        [helper.make_tensor_value_info("y", real, None)],
        [numpy_helper.from_array(array, one) for one, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSETS.get(name, 20))])


@pytest.mark.parametrize("name", CASES)
def test_onnx_architectures(tmp_path: Path, name: str) -> None:
    made = model(name)
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    x = {
        one: RNG.randint(0, 9, (3, *shape[1:])) if shape[0] == "i" else drawn(3, *shape)
        for one, shape in CASES[name][1].items()
    }
    (theirs,) = onnx.reference.ReferenceEvaluator(made).run(None, x)
    ours = np.asarray(network.feedforward(x if len(x) > 1 else next(iter(x.values()))))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize(
    "places",
    [0, 4, -1, -5, [0], [3, 4], [-2, -1], [4, 0], [-1, 0], [3, -1], [0, 2], [5], -6, [4, 5]],
)
def test_constant_places_are_the_references_or_refused(tmp_path: Path, places: Any) -> None:
    """Places one after the other are what the reference takes; what wraps round is not a slice."""
    nodes = [node("Gather", "x", "at", axis=1)]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", FLOAT, ["n", 5, 2])],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [numpy_helper.from_array(np.array(places, np.int64), "at")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    at = np.atleast_1d(places)
    x = drawn(3, 5, 2)
    if np.all((at >= -5) & (at < 5)) and np.all(np.diff(at % 5) == 1):
        network = nnviz.from_onnx(tmp_path / "x.onnx")
        assert np.array_equal(network.feedforward(x), x[:, places].astype(np.float64))
    else:
        with pytest.raises(UnsupportedModelError, match="place"):
            nnviz.from_onnx(tmp_path / "x.onnx")


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_one_place_of_any_axis(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Wherever the examples stand, and whichever way the axis is counted."""
    x = drawn(3, 5, 2)
    for axis in (axis for axis in range(-3, 3) if order[axis] != 0):
        left = [one for one in order if one != order[axis]]
        nodes = [
            node("Transpose", "x", output="t", perm=order),
            node("Gather", "t", "at", output="g", axis=axis),
            node("Transpose", "g", perm=[left.index(one) for one in sorted(left)]),
        ]
        graph = helper.make_graph(
            nodes,
            "test",
            [helper.make_tensor_value_info("x", FLOAT, ["n", 5, 2])],
            [helper.make_tensor_value_info("y", FLOAT, None)],
            [numpy_helper.from_array(np.array(1), "at")],
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
        (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
        ours = nnviz.from_onnx(tmp_path / "x.onnx").feedforward(x)
        assert np.array_equal(ours, x.take(1, order[axis])), axis


@pytest.mark.parametrize("name", CASES)
def test_derivatives_of_onnx_architectures(tmp_path: Path, name: str) -> None:
    """By every input of real numbers, against differences of the reference in double precision."""
    (tmp_path / "x.onnx").write_bytes(model(name).SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    reference = onnx.reference.ReferenceEvaluator(model(name, helper.TensorProto.DOUBLE))
    shapes = CASES[name][1]
    rng = np.random.RandomState(3)
    x = {
        one: rng.randint(0, 9, (1, *shape[1:])) if shape[0] == "i" else rng.normal(size=(1, *shape))
        for one, shape in shapes.items()
    }
    step = 1e-6
    for one in (one for one, shape in shapes.items() if shape[0] != "i"):
        way = rng.normal(size=x[one].shape)
        ends = [reference.run(None, x | {one: x[one] + s * way})[0] for s in (-step, step)]
        expected = (ends[1] - ends[0])[0] / (2 * step)
        place = np.unravel_index(np.abs(expected).argmax(), expected.shape)
        given = x if len(x) > 1 else x[one]
        found = network.input_gradient(given, tuple(map(int, place)), of=one)
        assert np.sum(found * way) == pytest.approx(expected[place], rel=1e-5)


@pytest.mark.parametrize("name", ["attention", "heads beside the examples"])
def test_attention_reads_as_such(tmp_path: Path, name: str) -> None:
    """What moves numbers about is heads split and merged, and a product with transposed keys."""
    (tmp_path / "x.onnx").write_bytes(model(name).SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    block = [
        (one.removeprefix("attention1."), node.layer.kind)
        for one, node in network.nodes.items()
        if one.startswith("attention1.")
    ]
    assert sorted(block) == sorted(
        {
            ("query", "dense"),
            ("query_heads", "split_heads"),
            ("key", "dense"),
            ("key_heads", "split_heads"),
            ("value_heads", "split_heads"),
            *([("value", "dense")] if name == "attention" else []),
            ("scores", "matmul"),
            ("pattern", "softmax"),
            ("mixed", "matmul"),
            ("merged", "merge_heads"),
            ("out", "dense"),
        }
    )
    assert len(network.nodes) == len(block) + 2 * (name == "attention")
    scores = network.nodes["attention1.scores"].layer
    assert (scores.transposed, scores.factor) == (True, pytest.approx(3**-0.5))


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("layer norm, written out", "layer_norm"),
        ("RMS norm, written out", "rms_norm"),
        ("group norm, written out", "group_norm"),
    ],
)
def test_norms_read_as_such(tmp_path: Path, name: str, layer: str) -> None:
    (tmp_path / "x.onnx").write_bytes(model(name).SerializeToString())
    (norm,) = nnviz.from_onnx(tmp_path / "x.onnx").layers
    constants = CASES[name][2]
    assert norm.kind == layer
    np.testing.assert_array_equal(norm.parameters[0], constants["g"].ravel().astype(float))
    for ours in norm.parameters[1:]:
        np.testing.assert_array_equal(ours, constants["h"].ravel().astype(float))


def test_a_stack_that_is_joined_reads_as_a_concatenation(tmp_path: Path) -> None:
    """Without the axis of one number that the parts get for it."""
    made = model("images one above the other")
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    assert sorted(node.layer.kind for node in network.nodes.values()) == ["activate", "concatenate"]
    x = drawn(2, 3, 4, 5)
    ours = network.feedforward(x)
    np.testing.assert_allclose(ours, np.concatenate([x, np.tanh(x)], axis=2), rtol=1e-6)


@pytest.mark.parametrize("name", ["masked scores", "scores masked by the lowest numbers"])
def test_masks_read_as_such(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.onnx").write_bytes(model(name).SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    assert network.nodes["attention1.mask"].layer.kind == "causal_mask"


def test_the_lowest_numbers_hide_no_whole_row(tmp_path: Path) -> None:
    """There they do not hide: all scores are alike, and the softmax gives each the same share."""
    made = model("scores masked by the lowest numbers")
    (mask,) = made.graph.initializer
    hidden = np.full((4, 4), np.finfo(np.float32).min)
    mask.CopyFrom(numpy_helper.from_array(hidden, "causal"))
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    x = drawn(2, 4, 3)
    expected = np.broadcast_to(x.mean(axis=1, keepdims=True), x.shape)
    np.testing.assert_allclose(network.feedforward(x), expected, rtol=1e-5)


def test_weights_used_twice_are_shared(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(model("siamese").SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    assert network.n_parameters == 5 * 3 + 3 + 3 + 1


def test_parts_of_states_other_than_zeros_are_refused(tmp_path: Path) -> None:
    made = model("RNNs, one on the other")
    (start,) = [one for one in made.graph.node if one.op_type == "ConstantOfShape"]
    half = numpy_helper.from_array(np.array([0.5], np.float32))
    start.attribute.append(helper.make_attribute("value", half))
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(UnsupportedModelError, match="initial states other than zeros"):
        nnviz.from_onnx(tmp_path / "x.onnx")


def test_numbers_are_kept_apart_from_weights(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(model("standardised input").SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx")
    assert [layer.kind for layer in network.layers] == ["standardise", "pad", "conv2d"]


def test_a_reshape_that_mixes_examples_is_refused(tmp_path: Path) -> None:
    nodes = [node("Reshape", "x", "to", output="a"), node("Tanh", "a")]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", FLOAT, ["n", 4, 6])],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [numpy_helper.from_array(ints(-1, 6), "to")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(
        UnsupportedModelError, match=r"\(-1, 6\) is not supported, as it mixes examp"
    ):
        nnviz.from_onnx(tmp_path / "x.onnx")
