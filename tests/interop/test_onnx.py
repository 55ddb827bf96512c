"""ONNX: real files, kept with their outputs; graphs made here; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import ModelMismatchError, UnsupportedModelError
from nnviz.interop import onnx_operators as importer
from nnviz.interop.onnx_operators import NODES
from nnviz.limits import LimitError
from nnviz.network import BatchNorm, NetworkError

onnx: Any = pytest.importorskip("onnx")
pytest.importorskip("onnx.reference")
helper, numpy_helper = onnx.helper, onnx.numpy_helper
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64

MODELS = Path(__file__).parent / "models"
OUTPUTS = np.load(MODELS / "outputs.npz")
RNG = np.random.RandomState(0)
IMAGE = (4, 6, 5)


def numbers(*shape: int) -> np.ndarray:
    return np.asarray(0.5 * RNG.randn(*shape), np.float32)


# --- real files


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.glob("*.onnx")))
def test_files(name: str) -> None:
    network = nnviz.from_onnx(MODELS / name)
    ours = network.feedforward(OUTPUTS[f"{name}/x"])
    theirs = OUTPUTS[f"{name}/y"].reshape(ours.shape)
    if "perceptron" in name:  # It ends in a log_softmax.
        theirs = np.exp(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("version", ["17", "20", "dynamo"])
def test_files_of_torch_give_the_layers_they_say(version: str) -> None:
    network = nnviz.from_onnx(str(MODELS / f"torch-conv-{version}.onnx"))
    assert [(layer.kind, layer.activation.name) for layer in network.layers] == [
        ("conv2d", "leaky-relu(0.2)"),
        ("max_pool2d", "identity"),
        ("conv2d", "gelu"),
        ("average_pool2d", "identity"),
        ("flatten", "identity"),
        ("dense", "gelu-tanh"),
        ("dense", "softplus"),
        ("activate", "softmax"),
    ]
    pooled = nnviz.from_onnx(MODELS / f"torch-pooled-{version}.onnx")
    assert [layer.kind for layer in pooled.layers][-3:] == [
        *("batch_norm", "global_average_pool2d", "dense")
    ]


def test_files_of_skl2onnx_are_classifiers() -> None:
    binary = nnviz.from_onnx(MODELS / "sklearn-binary.onnx")
    assert (binary.sizes, binary.activations[-1].name) == ((4, 5, 1), "sigmoid")
    classes = nnviz.from_onnx(MODELS / "sklearn-classes.onnx")
    assert (classes.sizes, classes.activations[-1].name) == ((4, 5, 4, 3), "softmax")
    assert binary.cost_function.name == classes.cost_function.name == "cross-entropy"


# --- graphs made here


def model(
    nodes: list[Any],
    shape: tuple[Any, ...] = ("batch", *IMAGE),
    weights: dict[str, np.ndarray] | None = None,
    outputs: tuple[str, ...] = ("y",),
    opset: int = 20,
) -> Any:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def node(kind: str, *inputs: str, output: str = "y", **attributes: Any) -> Any:
    return helper.make_node(kind, inputs, [output], **attributes)


def read(path: Path, made: Any, check: bool = True) -> nnviz.Network:
    path.write_bytes(made.SerializeToString())
    return nnviz.from_onnx(path, check=check)


def reference(made: Any, x: np.ndarray) -> np.ndarray:
    """Compute with onnx's own reference, in single precision."""
    (y,) = onnx.reference.ReferenceEvaluator(made).run(None, {"x": x})
    return np.asarray(y)


#: For each kind of node: its attributes, the shape of its input, and what comes besides.
CASES: dict[str, list[tuple[dict[str, Any], tuple[int, ...], dict[str, np.ndarray]]]] = {
    "AveragePool": [
        ({"kernel_shape": [2, 2], "strides": [2, 1]}, IMAGE, {}),
        ({"kernel_shape": [3, 3], "pads": [1, 0, 2, 1], "strides": [2, 2]}, IMAGE, {}),
        (
            {"kernel_shape": [3, 2], "pads": [1, 0, 1, 1], "count_include_pad": 1},
            IMAGE,
            {},
        ),
        ({"kernel_shape": [2, 3], "strides": [2, 2], "ceil_mode": 1}, IMAGE, {}),
    ],
    "BatchNormalization": [
        (
            {"epsilon": 0.01, "momentum": 0.8},
            IMAGE,
            {name: numbers(4) for name in "abc"} | {"v": numbers(4) ** 2 + 1},
        ),
        ({}, (3,), {name: numbers(3) for name in "abc"} | {"v": numbers(3) ** 2 + 1}),
    ],
    "Cast": [({"to": FLOAT}, IMAGE, {})],
    "Conv": [
        ({}, IMAGE, {"w": numbers(3, 4, 2, 2)}),
        (
            {"pads": [0, 1, 2, 3], "strides": [2, 1], "dilations": [1, 2], "kernel_shape": [3, 2]},
            IMAGE,
            {"w": numbers(3, 4, 3, 2), "b": numbers(3)},
        ),
        ({"strides": [2], "pads": [1, 0], "group": 2}, (4, 9), {"w": numbers(6, 2, 3)}),
        ({"group": 2, "auto_pad": "VALID"}, IMAGE, {"w": numbers(6, 2, 2, 3), "b": numbers(6)}),
        ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, IMAGE, {"w": numbers(3, 4, 3, 2)}),
        ({"auto_pad": "SAME_LOWER", "strides": [2, 2]}, IMAGE, {"w": numbers(3, 4, 3, 2)}),
    ],
    "Dropout": [({}, IMAGE, {"ratio": np.float32(0.3)})],
    "Elu": [({"alpha": 0.3}, IMAGE, {}), ({}, (3,), {})],
    "Flatten": [({}, IMAGE, {}), ({"axis": -3}, IMAGE, {}), ({}, (3,), {})],
    "Gelu": [({}, IMAGE, {}), ({"approximate": "tanh"}, (3,), {})],
    "Gemm": [
        ({}, (3,), {"w": numbers(3, 2)}),
        ({"transB": 1, "alpha": 0.5, "beta": 3.0}, (3,), {"w": numbers(2, 3), "b": numbers(2)}),
        ({}, (3,), {"w": numbers(3, 2), "b": numbers(1, 2)}),
        ({}, (3,), {"w": numbers(3, 2), "b": numbers()}),
    ],
    "GlobalAveragePool": [({}, IMAGE, {})],
    "Identity": [({}, IMAGE, {})],
    "LeakyRelu": [({"alpha": 0.3}, IMAGE, {}), ({}, (3,), {})],
    "MatMul": [({}, (3,), {"w": numbers(3, 2)}), ({}, IMAGE, {"w": numbers(5, 2)})],
    "MaxPool": [
        ({"kernel_shape": [2, 3]}, IMAGE, {}),
        ({"kernel_shape": [3, 3], "pads": [1, 0, 2, 1], "strides": [2, 2]}, IMAGE, {}),
        ({"kernel_shape": [2, 2], "auto_pad": "SAME_UPPER", "strides": [2, 2]}, IMAGE, {}),
        # With steps, onnx's reference gets this wrong (onnxruntime does not).
        ({"kernel_shape": [3, 2], "auto_pad": "SAME_LOWER"}, IMAGE, {}),
    ],
    "ReduceMean": [
        ({}, IMAGE, {"axes": np.array([2, 3])}),
        ({"keepdims": 0}, IMAGE, {"axes": np.array([-1, -2])}),
    ],
    "Relu": [({}, IMAGE, {})],
    "Reshape": [
        ({}, IMAGE, {"to": np.array([0, -1])}),
        ({}, IMAGE, {"to": np.array([-1, 120])}),
        ({}, IMAGE, {"to": np.array([0, 8, 15])}),
        ({}, IMAGE, {"to": np.array([0, 0, -1])}),
    ],
    "Sigmoid": [({}, (3,), {})],
    "Softmax": [({"axis": 1}, (3,), {}), ({}, (3,), {}), ({"axis": 1}, IMAGE, {})],
    "Softplus": [({}, IMAGE, {})],
    "Squeeze": [({}, (4, 1, 1), {"axes": np.array([2, 3])})],
    "Tanh": [({}, IMAGE, {})],
    "Clip": [
        ({}, IMAGE, {"low": np.float32(-0.25), "high": np.float32(0.5)}),
        ({}, IMAGE, {"low": np.float32(0.0)}),
    ],
    "Concat": [({"axis": 1}, IMAGE, {})],
    "ConvTranspose": [
        ({}, IMAGE, {"w": numbers(4, 3, 2, 2)}),
        (
            {"strides": [2, 2], "pads": [1, 0, 0, 1], "output_padding": [1, 0]},
            IMAGE,
            {"w": numbers(4, 3, 3, 3), "b": numbers(3)},
        ),
    ],
    "Div": [({}, IMAGE, {"c": np.float32(4.0)}), ({}, IMAGE, {"c": numbers(1, 4, 1, 1)})],
    "Expand": [({}, (4, 1, 5), {"to": np.array([1, 4, 3, 5])})],
    "HardSigmoid": [({}, IMAGE, {}), ({"alpha": 1 / 6}, IMAGE, {})],
    "HardSwish": [({}, IMAGE, {})],
    "InstanceNormalization": [({}, IMAGE, {"a": numbers(4), "b": numbers(4)})],
    "LayerNormalization": [
        ({"epsilon": 0.01}, IMAGE, {"a": numbers(5), "b": numbers(5)}),
        ({"axis": 1}, IMAGE, {"a": numbers(4, 6, 5)}),
    ],
    "Max": [({}, IMAGE, {"c": np.float32(-0.5)})],
    "Min": [({}, IMAGE, {"c": np.float32(0.5)})],
    "Mish": [({}, IMAGE, {})],
    "Mul": [
        ({}, IMAGE, {"c": np.float32(0.25)}),
        ({}, IMAGE, {"c": numbers(4, 1, 1)}),
        ({}, IMAGE, {"c": numbers(6, 5)}),
    ],
    "Neg": [({}, IMAGE, {})],
    "PRelu": [({}, IMAGE, {"s": numbers(4, 1, 1)}), ({}, (3,), {"s": numbers(1)})],
    "Pad": [
        ({"mode": "reflect"}, IMAGE, {"p": np.array([0, 0, 1, 2, 0, 0, 0, 3])}),
        ({}, IMAGE, {"p": np.array([0, 0, 1, 2, 0, 0, 0, 3]), "v": np.float32(0.5)}),
        ({"mode": "edge"}, (4, 6), {"p": np.array([0, 0, 1, 0, 0, 2])}),
    ],
    "Pow": [({}, IMAGE, {"c": np.float32(2)}), ({}, IMAGE, {"c": np.float32(3)})],
    "ReduceSum": [({}, IMAGE, {"axes": np.array([1])})],
    "Selu": [({}, IMAGE, {}), ({"alpha": 1.67326319, "gamma": 1.05070102}, IMAGE, {})],
    "Sin": [({}, IMAGE, {})],
    "Slice": [
        (
            {},
            IMAGE,
            {
                "from": np.array([1, 0]),
                "to": np.array([2**40, -1]),
                "axes": np.array([1, -1]),
                "by": np.array([2, 1]),
            },
        )
    ],
    "Softsign": [({}, IMAGE, {})],
    "Split": [({"axis": 1, "num_outputs": 1}, IMAGE, {})],
    "Sub": [({}, IMAGE, {"c": numbers(4, 1, 1)})],
    "Transpose": [({"perm": [0, 2, 3, 1]}, IMAGE, {})],
    "Unsqueeze": [({}, (4, 6), {"axes": np.array([1])})],
}
#: Tried in tests of their own.
APART = {
    *("Add", "Exp", "LogSoftmax", "Gather", "Resize", "Upsample"),
    # With what stands around them: see test_onnx_architectures.py.
    *("Attention", "GRU", "GroupNormalization", "LSTM", "Mean", "RMSNormalization", "RNN", "Sum"),
    *("Swish", "Where"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "case"), [(kind, case) for kind, cases in CASES.items() for case in cases]
)
def test_nodes(tmp_path: Path, kind: str, case: Any) -> None:
    attributes, shape, weights = case
    # An activation before and after, so that there is always a layer.
    nodes = [
        node("Tanh", "x", output="before"),
        node(kind, "before", *weights, output="after", **attributes),
        node("Sigmoid", "after"),
    ]
    made = model(nodes, ("batch", *shape), weights)
    if kind == "Softmax":  # It must be the end.
        del made.graph.node[-1]
        made.graph.node[-1].output[0] = "y"
    network = read(tmp_path / "x.onnx", made)
    x = numbers(3, *shape)
    ours = network.feedforward(x)
    np.testing.assert_allclose(ours, reference(made, x).reshape(ours.shape), rtol=1e-5, atol=1e-6)


def test_every_node_is_tried() -> None:
    assert set(NODES) == {*CASES, *APART}


@pytest.mark.parametrize("biases", [(2,), (1, 2), (1,), ()])
@pytest.mark.parametrize("swapped", [False, True])
def test_biases_are_added_to_products(
    tmp_path: Path, biases: tuple[int, ...], swapped: bool
) -> None:
    weights = {"w": numbers(3, 2), "b": numbers(*biases)}
    terms = ("b", "p") if swapped else ("p", "b")
    made = model([node("MatMul", "x", "w", output="p"), node("Add", *terms)], ("n", 3), weights)
    network = read(tmp_path / "x.onnx", made)
    assert [layer.kind for layer in network.layers] == ["dense"]
    np.testing.assert_array_equal(
        network.biases[0], np.broadcast_to(weights["b"].ravel(), 2).astype(float)
    )


@pytest.mark.parametrize(
    "before",
    [
        [node("MatMul", "x", "w", output="p"), node("Add", "p", "b", output="q")],
        [node("Gemm", "x", "w", "b", output="q")],
    ],
    ids=["MatMul", "Gemm"],
)
@pytest.mark.parametrize("count", [1, 2])
def test_what_is_added_after_biases_is_added_to_them(
    tmp_path: Path, before: list[Any], count: int
) -> None:
    weights = {
        "w": np.array([[1, 2], [3, 4], [5, 6]], np.float32),
        "b": np.array([10, 20], np.float32),
        "c": np.array([100, 200], np.float32),
        "d": np.array([[1000, 2000]], np.float32),
    }
    nodes = [*before, node("Add", "c", "q", output="r" if count > 1 else "y")]
    if count > 1:
        nodes.append(node("Add", "r", "d"))
    # Without the check, which would find another sum.
    network = read(tmp_path / "x.onnx", model(nodes, ("n", 3), weights), check=False)
    sums = {1: [[119, 232], [110, 220]], 2: [[1119, 2232], [1110, 2220]]}[count]
    np.testing.assert_array_equal(network.feedforward([[1, 1, 1], [0, 0, 0]]), sums)


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_added_after_biases_of_a_convolution_is_added_to_them(
    tmp_path: Path, count: int
) -> None:
    weights = {
        "w": np.ones((2, 1, 1, 2), np.float32),
        "b": np.array([10, 20], np.float32),
        "c": np.array([100, 200], np.float32).reshape(2, 1, 1),
        "d": np.array([1000, 2000], np.float32).reshape(1, 2, 1, 1),
    }
    nodes = [node("Conv", "x", "w", "b", output="q")]
    nodes.append(node("Add", "c", "q", output="r" if count > 1 else "y"))
    if count > 1:
        nodes.append(node("Add", "r", "d"))
    made = model(nodes, ("n", 1, 1, 3), weights)
    network = read(tmp_path / "x.onnx", made, check=False)
    sums = {1: [[113, 115], [223, 225]], 2: [[1113, 1115], [2223, 2225]]}[count]
    np.testing.assert_array_equal(network.feedforward([[[1, 2, 3]]])[:, 0], sums)


def pooled_length(n: int, size: int, step: int, pads: tuple[int, int]) -> tuple[int, bool]:
    """Count windows by laying them down, and tell whether one more would begin in front of the end.

    That one reaches over the edge: `ceil_mode` adds it, and without `ceil_mode` it is left out.
    """
    end = n + sum(pads)
    starts = [start for start in range(0, end, step) if start + size <= end]
    return len(starts), starts[-1] + size < end


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("step", [2, 3])
@pytest.mark.parametrize("pads", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_ceil_mode_is_supported_where_windows_end_at_the_edge(
    tmp_path: Path, kind: str, size: int, step: int, pads: tuple[int, int]
) -> None:
    for n in range(4, 10):
        pooling = node(
            kind,
            "x",
            kernel_shape=[1, size],
            strides=[1, step],
            pads=[0, pads[0], 0, pads[1]],
            ceil_mode=1,
        )
        made = model([pooling], ("n", 1, 1, n))
        length, is_over = pooled_length(n, size, step, pads)
        if is_over:
            with pytest.raises(UnsupportedModelError, match="reach over the edge"):
                read(tmp_path / "x.onnx", made, check=False)
        else:
            network = read(tmp_path / "x.onnx", made)
            assert network.output_shape == (1, 1, length)


def test_biases_are_added_to_convolutions(tmp_path: Path) -> None:
    weights = {"w": numbers(3, 4, 2, 2), "b": numbers(3, 1, 1)}
    nodes = [node("Conv", "x", "w", output="p"), node("Add", "p", "b")]
    made = model(nodes, weights=weights)
    network = read(tmp_path / "x.onnx", made)
    x = numbers(2, *IMAGE)
    np.testing.assert_allclose(network.feedforward(x), reference(made, x), rtol=1e-5, atol=1e-6)


def test_norms_note_the_variance_that_onnx_notes(tmp_path: Path) -> None:
    made = model(
        [node("BatchNormalization", "x", "a", "a", "a", "v")],
        weights={"a": numbers(4), "v": np.ones(4, np.float32)},
    )
    (norm,) = read(tmp_path / "norm.onnx", made).layers
    assert isinstance(norm, BatchNorm)
    assert not norm.unbiased


@pytest.mark.filterwarnings("ignore:this file gives logarithms")
def test_log_softmax_becomes_softmax(tmp_path: Path) -> None:
    made = model([node("LogSoftmax", "x", axis=1)], ("n", 3))
    network = read(tmp_path / "x.onnx", made)
    x = numbers(2, 3)
    np.testing.assert_allclose(network.feedforward(x), np.exp(reference(made, x)), rtol=1e-5)


def constants(**values: float) -> dict[str, np.ndarray]:
    return {name: np.array(value, np.float32) for name, value in values.items()}


def test_a_softmax_before_version_13_runs_over_all_axes(tmp_path: Path) -> None:
    made = model([node("Softmax", "x", axis=2)], opset=11)
    network = read(tmp_path / "x.onnx", made)
    x = numbers(3, *IMAGE)
    powers = np.exp(x.reshape(3, 4, 30))
    expected = (powers / powers.sum(axis=-1, keepdims=True)).reshape(x.shape)
    np.testing.assert_allclose(network.feedforward(x), expected, rtol=1e-5)
    assert read(tmp_path / "x.onnx", model([node("Softmax", "x")], ("n", 3), opset=11)).layers


@pytest.mark.every(5)
@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize(
    "where",
    ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "tf_crop_and_resize"],
)
@pytest.mark.parametrize("rounding", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
@pytest.mark.parametrize("factors", [(2.0, 3.0), (1.0, 4.0), (5.0, 5.0), (1.5, 2.0), (2.0, 0.5)])
def test_resizing_is_the_references_or_refused(
    tmp_path: Path, mode: str, where: str, rounding: str, factors: tuple[float, float]
) -> None:
    """Any way of resizing that is read gives what the reference gives."""
    weights = {
        "roi": np.zeros(0, np.float32),
        "scales": np.array([1.0, 1.0, *factors], np.float32),
    }
    options = {"mode": mode, "coordinate_transformation_mode": where, "nearest_mode": rounding}
    made = model([node("Resize", "x", *weights, **options)], ("n", 2, 3, 4), weights)
    whole = all(factor >= 1 and factor % 1 == 0 for factor in factors)
    expected = where == "half_pixel" or where == "pytorch_half_pixel"
    expected |= mode == "nearest" and where == "asymmetric" and rounding == "floor"
    if mode == "nearest" and where != "asymmetric":
        expected &= rounding in ("round_prefer_floor", "round_prefer_ceil")
    try:
        network = read(tmp_path / "x.onnx", made)
    except UnsupportedModelError:
        assert not (whole and expected)
        return
    assert whole
    x = numbers(2, 2, 3, 4)
    np.testing.assert_allclose(network.feedforward(x), reference(made, x), rtol=1e-5, atol=1e-6)


def test_upsampling_before_version_10(tmp_path: Path) -> None:
    made = model(
        [node("Upsample", "x", "s", mode="nearest")],
        weights={"s": np.array([1, 1, 2, 3], np.float32)},
        opset=9,
    )
    x = numbers(2, *IMAGE)
    expected = x.repeat(2, axis=2).repeat(3, axis=3)
    np.testing.assert_array_equal(read(tmp_path / "x.onnx", made).feedforward(x), expected)


# --- which output


def two_heads() -> Any:
    nodes = [
        node("MatMul", "x", "w", output="mean"),
        node("MatMul", "x", "v", output="logvar"),
        node("ArgMax", "mean", output="label"),
    ]
    made = model(nodes, ("n", 3), {"w": numbers(3, 2), "v": numbers(3, 2)}, ("mean", "logvar"))
    made.graph.output.append(helper.make_tensor_value_info("label", INT64, None))
    return made


@pytest.mark.parametrize(("output", "part"), [(0, "w"), (1, "v"), ("mean", "w"), ("logvar", "v")])
def test_one_of_several_outputs(tmp_path: Path, output: int | str, part: str) -> None:
    made = two_heads()
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx", output=output)
    (weights,) = (one for one in made.graph.initializer if one.name == part)
    np.testing.assert_array_equal(network.weights[0], numpy_helper.to_array(weights).T)


@pytest.mark.parametrize("output", [2, -1, "label", "none", "softmax"])
def test_outputs_that_are_not_there(tmp_path: Path, output: int | str) -> None:
    (tmp_path / "x.onnx").write_bytes(two_heads().SerializeToString())
    with pytest.raises(UnsupportedModelError, match=r"2 outputs of real numbers \(mean, logvar\)"):
        nnviz.from_onnx(tmp_path / "x.onnx", output=output)


@pytest.mark.parametrize("shape", [(3,), (4, 6, 5)])
def test_a_softmax_is_appended(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """Over the classes: of an image the channels."""
    made = model([node("Tanh", "x")], ("n", *shape))
    (tmp_path / "x.onnx").write_bytes(made.SerializeToString())
    network = nnviz.from_onnx(tmp_path / "x.onnx", output="softmax")
    x = numbers(2, *shape)
    powers = np.exp(np.tanh(x))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.feedforward(x), expected, rtol=1e-6)


def test_nodes_are_called_as_the_modules_they_come_from(tmp_path: Path) -> None:
    """As TorchScript's exporter writes paths, and as torch.export's writes lists."""
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["a"], name="/block/block.0/Gemm"),
        helper.make_node("Tanh", ["a"], ["b"], name="/block/Tanh"),
        helper.make_node("Sin", ["b"], ["c"], name="/block/Sin"),
        helper.make_node("Gemm", ["c", "v"], ["y"], name="node_linear"),
    ]
    entry = nodes[-1].metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.name_scopes", "['', 'head', 'head.out', 'linear']"
    made = model(nodes, ("n", 3), {"w": numbers(3, 3), "v": numbers(3, 2)})
    network = read(tmp_path / "x.onnx", made)
    assert list(network.nodes) == ["block.0", "block.sin", "head.out"]


# --- what is refused

W = {"w": numbers(3, 3)}
REFUSED: dict[str, tuple[Any, str]] = {
    "einsum": (
        model([node("Einsum", "x", "w", equation="bi,ij->bj")], ("n", 3), W),
        r"\(Einsum\): Einsum is not supported: write it as products \(MatMul\), transposes",
    ),
    "a random constant": (
        model([node("RandomNormal", shape=[1, 3], output="r"), node("Add", "x", "r")], ("n", 3)),
        r"\(RandomNormal\): RandomNormal is not supported",
    ),
    "a sort": (
        model([node("TopK", "x", "k")], ("n", 3), {"k": np.array([2])}),
        r"\(TopK\): TopK is not supported",
    ),
    "of another domain": (
        model([node("Relu", "x", domain="mine")], ("n", 3)),
        r"\(Relu\): Relu is not supported",
    ),
    "loop": (model([node("Relu", "y")]), "comes before the nodes of its inputs"),
    "nothing before": (model([node("Relu", "z")]), "no node computes 'z'"),
    "weights first": (model([node("MatMul", "w", "x")], (3, 3), W), "weights must come second"),
    "live weights": (
        model([node("Relu", "x", output="a"), node("Gemm", "x", "a")], ("n", 3)),
        r"\(Gemm\): a product of 'x' and 'a', which both depend",
    ),
    "transA": (model([node("Gemm", "x", "w", transA=1)], ("n", 3), W), "examples have to be rows"),
    "transposed": (
        model([node("Gemm", "x", "w")], ("n", 3), {"w": numbers(4, 3)}),
        r"weights look transposed: their shape as \(n_out, n_in\) is \(3, 4\)",
    ),
    "transposed, biases": (
        model([node("Gemm", "x", "w", "b")], ("n", 3), {"w": numbers(4, 3), "b": numbers(4)}),
        "weights look transposed",
    ),
    "shared in part": (
        model([node("Gemm", "x", "w", output="a"), node("MatMul", "a", "w")], ("n", 3), W),
        r"\(MatMul\): it shares some parameters with node 0 of 2, 'a' \(Gemm\), but is not",
    ),
    "stray constant": (
        model([node("Add", "x", "w")], ("n", 3), W),
        r"of shape \(3, 3\) is not the same for every example",
    ),
    "integers": (
        model([node("MatMul", "x", "w")], ("n", 3), {"w": np.ones((3, 3), np.int64)}),
        "'w' holds int64, not real numbers",
    ),
    "nan": (
        model([node("MatMul", "x", "w")], ("n", 3), {"w": np.full((3, 3), np.nan, np.float32)}),
        "contains a NaN",
    ),
    "rounding": (model([node("Cast", "x", to=INT64)]), "a conversion to integers or booleans"),
    "a batch of pixels": (
        model([node("Reshape", "x", "s")], weights={"s": np.array([-1, 5])}),
        r"to \(-1, 5\) is not supported",
    ),
    "training norm": (
        model(
            [node("BatchNormalization", "x", "a", "a", "a", "v", training_mode=1)],
            weights={"a": numbers(4), "v": np.ones(4, np.float32)},
        ),
        "it is in training",
    ),
    "training dropout": (
        model([node("Dropout", "x", "r", "t")], weights=constants(r=0.5) | {"t": np.array(True)}),
        "it is in training",
    ),
    "log-softmax inside": (
        model([node("LogSoftmax", "x", output="a"), node("MatMul", "a", "w")], ("n", 3), W),
        "after a log-softmax",
    ),
    "softmax over the batch": (model([node("Softmax", "x", axis=0)], ("n", 3)), "not 0"),
    "dilated pooling": (
        model([node("MaxPool", "x", kernel_shape=[2, 2], dilations=[2, 2])]),
        "pooling with dilation",
    ),
    "ceil_mode": (
        model([node("MaxPool", "x", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)]),
        "reach over the edge",
    ),
    "another function": (
        model([node("Ceil", "x")], ("n", 3)),
        r"node 0 of 1, 'y' \(Ceil\): Ceil is not supported; Add, Attention, AveragePool, ",
    ),
    "two values, one the larger": (
        model([node("Tanh", "x", output="a"), node("Max", "x", "a")], ("n", 3)),
        "'x' has to be constant|the maximum or minimum of two values|'a' has to be constant",
    ),
    "division": (
        model([node("Exp", "x", output="a"), node("Div", "x", "a")], ("n", 3)),
        "division by a value that depends on the input",
    ),
    "examples elsewhere": (
        model(
            [node("Transpose", "x", perm=[1, 0, 2, 3], output="t"), node("GlobalAveragePool", "t")]
        ),
        "examples along axis 1 are not supported here; the examples must come first",
    ),
    "examples beside others": (
        model(
            [
                node("Reshape", "x", "s", output="a"),
                node("GlobalAveragePool", "a"),
            ],
            weights={"s": np.array([-1, 2, 6, 5])},
        ),
        "examples along axis 0 together with other axes are not supported here",
    ),
    "joined examples": (model([node("Concat", "x", "x", axis=0)]), "over the examples, .*not 0"),
    "mean of examples": (
        model([node("ReduceMean", "x", "axes")], weights={"axes": np.array([0])}),
        "over the examples",
    ),
    "vectors multiplied": (
        model([node("Tanh", "x", output="a"), node("MatMul", "x", "a")], ("n", 3)),
        "mixes examples",
    ),
    "an old log-softmax": (
        model([node("LogSoftmax", "x")], opset=11),
        "as before version 13",
    ),
    "another kernel": (
        model([node("Conv", "x", "w", kernel_shape=[3, 3])], weights={"w": numbers(3, 4, 2, 2)}),
        "differs from the shape of its kernels",
    ),
    "two outputs": (
        model([node("Relu", "x", output="a"), node("Relu", "a")], outputs=("a", "y")),
        r"2 outputs of real numbers \(a, y\)",
    ),
    "any size": (model([node("Relu", "x")], ("n", 4, "h", "w")), r"has shape \(0, 4, 0, 0\)"),
    "a volume": (model([node("Relu", "x")], ("n", 4, 4, 4, 4)), "supported are"),
    "a huge input": (
        model([node("Relu", "x")], ("n", 2**20, 2**20, 3)),
        r"an input of shape \(1048576, 1048576, 3\) needs",
    ),
    "a huge margin": (
        model([node("MaxPool", "x", kernel_shape=[2**20] * 2, pads=[2**19] * 4)]),
        r"one example, \(4, 6, 5\), needs",
    ),
    "a huge margin and step": (
        model(
            [node("Conv", "x", "w", pads=[2**30] * 4, strides=[2**31] * 2)],
            weights={"w": numbers(1, 4, 1, 1)},
        ),
        r"one example, \(4, 6, 5\), needs",
    ),
    "a huge batch": (
        model([node("Relu", "x")], (2**40, 3)),
        "a batch of 1,099,511,627,776 examples needs",
    ),
    "more axes than there are": (
        model(
            [node("Expand", "a", "to", output="w"), node("Add", "x", "w")],
            ("n", 3),
            {"a": np.ones(1, np.float32), "to": np.ones(200, np.int64)},
        ),
        "a list of 200 axes is too long",
    ),
    "empty": (model([]), "no nodes"),
    "only identities": (model([node("Identity", "x")]), "no layers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    made, message = REFUSED[case]
    with pytest.raises(NetworkError, match=rf"x\.onnx: .*{message}") as caught:
        read(tmp_path / "x.onnx", made)
    if "huge" in case:
        assert isinstance(caught.value, LimitError)
    else:
        assert isinstance(caught.value, UnsupportedModelError) or case in ("loop", "nothing before")


def test_two_inputs_are_taken_by_name(tmp_path: Path) -> None:
    made = model([node("Add", "x", "z")])
    made.graph.input.append(helper.make_tensor_value_info("z", FLOAT, [1, *IMAGE]))
    network = read(tmp_path / "x.onnx", made)
    assert dict(network.inputs) == {"x": IMAGE, "z": IMAGE}


def test_other_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        nnviz.from_onnx(tmp_path / "none.onnx")
    path = tmp_path / "x.onnx"
    for content in (b"", b"hello", bytes(100), b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(NetworkError, match=r"x\.onnx: "):
            nnviz.from_onnx(path)


# --- the comparison


def test_a_gap_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: Callable[..., None] = lambda reader, step, values: reader.builder.activate("gelu")  # noqa: E731
    monkeypatch.setitem(importer.NODES, "Relu", wrong)
    made = model([node("Relu", "x")], ("n", 3))
    with pytest.raises(ModelMismatchError, match=r"x\.onnx: the network read from this file comp"):
        read(tmp_path / "x.onnx", made)
    assert read(tmp_path / "x.onnx", made, check=False).activations[0].name == "gelu"


def test_a_file_that_onnx_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(onnx.reference.ReferenceEvaluator, "run", fail)
    with pytest.raises(ModelMismatchError, match=r"onnx cannot run this file \(RuntimeError: no"):
        read(tmp_path / "x.onnx", model([node("Relu", "x")], ("n", 3)))


@pytest.mark.parametrize("pads", [[0] * 5, [1, 0, 1, 0, 1, 1]])
@pytest.mark.parametrize("kind", ["Conv", "MaxPool"])
def test_margins_of_more_axes_than_the_images_have(
    tmp_path: Path, kind: str, pads: list[int]
) -> None:
    """They are wrong even where auto_pad says what to do in their place."""
    weights = {"w": numbers(3, 4, 2, 2)} if kind == "Conv" else {}
    options = {"auto_pad": "SAME_UPPER", "kernel_shape": [2, 2]}
    made = model([node(kind, "x", *weights, **options)], weights=weights)
    assert read(tmp_path / "x.onnx", made).output_shape[1:] == IMAGE[1:]
    made = model([node(kind, "x", *weights, pads=pads, **options)], weights=weights)
    with pytest.raises(ModelMismatchError, match="onnx cannot run this file"):
        read(tmp_path / "x.onnx", made)


def test_an_input_that_is_left_out_before_another(tmp_path: Path) -> None:
    weights = {
        "from": np.array([0, 1, 0, 3]),
        "to": np.array([2**40, 3, 6, 5]),
        "by": np.array([1, 1, 2, 1]),
    }
    made = model([node("Slice", "x", "from", "to", "", "by")], weights=weights)
    x = numbers(3, *IMAGE)
    ours = read(tmp_path / "x.onnx", made).feedforward(x)
    np.testing.assert_array_equal(ours, x[:, 1:3, ::2, 3:])


@pytest.mark.parametrize("batch", [1, 4])
def test_files_for_one_batch_size(tmp_path: Path, batch: int) -> None:
    nodes = [node("Reshape", "x", "s", output="a"), node("MatMul", "a", "w")]
    weights = {"s": np.array([batch, 120]), "w": numbers(120, 2)}
    network = read(tmp_path / "x.onnx", model(nodes, (batch, *IMAGE), weights))
    assert network.shapes == (IMAGE, (120,), (2,))


def test_half_precision(tmp_path: Path) -> None:
    made = model([node("MatMul", "x", "w")], ("n", 3), {"w": numbers(3, 2).astype(np.float16)})
    assert read(tmp_path / "x.onnx", made).sizes == (3, 2)
