"""Activation functions that ONNX graphs write out, and what only looks like them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.interop import UnsupportedModelError

onnx: Any = pytest.importorskip("onnx")
pytest.importorskip("onnx.reference")
helper, numpy_helper = onnx.helper, onnx.numpy_helper
FLOAT = onnx.TensorProto.FLOAT
RNG = np.random.RandomState(0)


def node(kind: str, *inputs: str, output: str = "y", **attributes: Any) -> Any:
    return helper.make_node(kind, inputs, [output], **attributes)


def constants(**values: float) -> dict[str, np.ndarray]:
    return {name: np.array(value, np.float32) for name, value in values.items()}


def model(nodes: list[Any], values: dict[str, np.ndarray]) -> Any:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in values.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])


def read(path: Path, made: Any, check: bool = True) -> nnviz.Network:
    path.write_bytes(made.SerializeToString())
    return nnviz.from_onnx(path, check=check)


def reference(made: Any, x: np.ndarray) -> np.ndarray:
    (y,) = onnx.reference.ReferenceEvaluator(made).run(None, {"x": x})
    return np.asarray(y)


#: How exporters write activation functions out: nodes, constants, and the function.
EXPRESSIONS: dict[str, tuple[list[Any], dict[str, np.ndarray], str]] = {
    "silu": ([node("Sigmoid", "x", output="s"), node("Mul", "x", "s")], {}, "silu"),
    "silu, turned": ([node("Sigmoid", "x", output="s"), node("Mul", "s", "x")], {}, "silu"),
    "gelu": (
        [
            node("Div", "x", "root", output="q"),
            node("Erf", "q", output="e"),
            node("Add", "e", "one", output="f"),
            node("Mul", "x", "f", output="g"),
            node("Mul", "g", "half"),
        ],
        constants(root=2**0.5, one=1, half=0.5),
        "gelu",
    ),
    "gelu-tanh": (
        [
            node("Mul", "x", "x", output="x2"),
            node("Mul", "x2", "x", output="x3"),
            node("Mul", "x3", "cubic", output="c"),
            node("Add", "x", "c", output="d"),
            node("Mul", "d", "scale", output="e"),
            node("Tanh", "e", output="t"),
            node("Add", "t", "one", output="u"),
            node("Mul", "x", "half", output="h"),
            node("Mul", "h", "u"),
        ],
        constants(cubic=0.044715, scale=(2 / np.pi) ** 0.5, one=1, half=0.5),
        "gelu-tanh",
    ),
    "leaky relu": (
        [node("Mul", "x", "slope", output="s"), node("Max", "x", "s")],
        constants(slope=0.2),
        "leaky-relu(0.2)",
    ),
    "softplus with a threshold": (
        [
            node("Softplus", "x", output="s"),
            node("Greater", "x", "far", output="c"),
            node("Where", "c", "x", "s"),
        ],
        constants(far=20),
        "softplus",
    ),
    "relu": ([node("Max", "x", "zero")], constants(zero=0), "relu"),
    "gelu, halved first": (
        [
            node("Mul", "half", "x", output="h"),
            node("Mul", "x", "inverse", output="q"),
            node("Erf", "q", output="e"),
            node("Add", "one", "e", output="f"),
            node("Mul", "f", "h"),
        ],
        constants(inverse=0.5**0.5, one=1, half=0.5),
        "gelu",
    ),
    "gelu-tanh, powers": (
        [
            node("Pow", "x", "three", output="x3"),
            node("Mul", "cubic", "x3", output="c"),
            node("Add", "c", "x", output="d"),
            node("Mul", "d", "scale", output="e"),
            node("Tanh", "e", output="t"),
            node("Add", "one", "t", output="u"),
            node("Mul", "x", "u", output="v"),
            node("Mul", "v", "half"),
        ],
        constants(three=3, cubic=0.044715, scale=(2 / np.pi) ** 0.5, one=1, half=0.5),
        "gelu-tanh",
    ),
    "silu, as a quotient": (
        [
            node("Neg", "x", output="m"),
            node("Exp", "m", output="e"),
            node("Add", "e", "one", output="d"),
            node("Div", "x", "d"),
        ],
        constants(one=1),
        "silu",
    ),
    "sigmoid": (
        [
            node("Neg", "x", output="m"),
            node("Exp", "m", output="e"),
            node("Add", "one", "e", output="d"),
            node("Reciprocal", "d"),
        ],
        constants(one=1),
        "sigmoid",
    ),
    "softplus": (
        [node("Exp", "x", output="e"), node("Add", "e", "one", output="d"), node("Log", "d")],
        constants(one=1),
        "softplus",
    ),
    "softplus, steep": (
        [
            node("Mul", "x", "beta", output="b"),
            node("Softplus", "b", output="s"),
            node("Div", "s", "beta"),
        ],
        constants(beta=2),
        "softplus(2.0)",
    ),
    "softplus, steep, with a threshold": (
        [
            node("Mul", "x", "beta", output="b"),
            node("Softplus", "b", output="s"),
            node("Div", "s", "beta", output="d"),
            node("Greater", "b", "far", output="c"),
            node("Where", "c", "x", "d"),
        ],
        constants(beta=2, far=20),
        "softplus(2.0)",
    ),
    "mish": (
        [
            node("Softplus", "x", output="s"),
            node("Tanh", "s", output="t"),
            node("Mul", "x", "t"),
        ],
        {},
        "mish",
    ),
    "hardswish": (
        [node("HardSigmoid", "x", output="h", alpha=1 / 6), node("Mul", "h", "x")],
        {},
        "hardswish",
    ),
    "hardswish, with a clip": (
        [
            node("Add", "x", "three", output="a"),
            node("Clip", "a", "zero", "six", output="c"),
            node("Div", "c", "six", output="d"),
            node("Mul", "x", "d"),
        ],
        constants(three=3, zero=0, six=6),
        "hardswish",
    ),
    "hardsigmoid": (
        [
            node("Add", "x", "three", output="a"),
            node("Clip", "a", "zero", "six", output="c"),
            node("Div", "c", "six"),
        ],
        constants(three=3, zero=0, six=6),
        "hardsigmoid",
    ),
    "softsign": (
        [node("Abs", "x", output="a"), node("Add", "one", "a", output="d"), node("Div", "x", "d")],
        constants(one=1),
        "softsign",
    ),
    "elu": (
        [
            node("Exp", "x", output="e"),
            node("Sub", "e", "one", output="m"),
            node("Mul", "m", "alpha", output="a"),
            node("Greater", "x", "zero", output="p"),
            node("Where", "p", "x", "a"),
        ],
        constants(one=1, alpha=0.75, zero=0),
        "elu(0.75)",
    ),
    "leaky relu, by a condition": (
        [
            node("Mul", "slope", "x", output="s"),
            node("Less", "zero", "x", output="p"),
            node("Where", "p", "x", "s"),
        ],
        constants(slope=3, zero=0),
        "leaky-relu(3.0)",
    ),
}


@pytest.mark.parametrize("case", EXPRESSIONS)
def test_activation_functions_that_are_written_out(tmp_path: Path, case: str) -> None:
    nodes, weights, name = EXPRESSIONS[case]
    made = model(nodes, weights)
    network = read(tmp_path / "x.onnx", made)
    assert [a.name for a in network.activations] == [name]
    x = np.asarray(RNG.randn(4, 3), np.float32)
    np.testing.assert_allclose(network.feedforward(x), reference(made, x), rtol=1e-5, atol=1e-6)


def test_forms_of_every_kind_are_tried() -> None:
    from nnviz.interop.onnx_expressions import FORMS

    assert {name for _, name in FORMS} <= {name for _, _, name in EXPRESSIONS.values()}


#: Functions that only look like others near zero: nodes, constants, and what they become.
CAPPED: dict[str, tuple[list[Any], dict[str, np.ndarray], list[str] | None]] = {
    "capped relu": (
        [
            node("Greater", "x", "zero", output="p"),
            node("Min", "x", "cap", output="m"),
            node("Where", "p", "m", "zero"),
        ],
        constants(zero=0, cap=10),
        None,
    ),
    "a steep softplus that ends near": (
        [
            node("Mul", "x", "slope", output="b"),
            node("Greater", "b", "far", output="c"),
            node("Softplus", "x", output="s"),
            node("Where", "c", "x", "s"),
        ],
        constants(slope=4, far=20),
        None,
    ),
    "a floor": ([node("Max", "x", "floor")], constants(floor=-10), ["clamp(-10.0, inf)"]),
    "a far cap": (
        [node("Relu", "x", output="r"), node("Min", "r", "cap")],
        constants(cap=1e6),
        ["relu", "clamp(-inf, 1000000.0)"],
    ),
}


@pytest.mark.parametrize("case", CAPPED)
def test_capped_functions_are_not_taken_for_others(tmp_path: Path, case: str) -> None:
    nodes, weights, names = CAPPED[case]
    made = model(nodes, weights)
    if names is None:
        with pytest.raises(UnsupportedModelError, match="Greater is supported for constants only"):
            read(tmp_path / "x.onnx", made)
        return
    network = read(tmp_path / "x.onnx", made)
    assert [a.name for a in network.activations] == names
    x = np.array([[3e7, -3e7, 1.0]], np.float32)
    np.testing.assert_allclose(network.feedforward(x), reference(made, x), rtol=1e-6)


#: One change to an expression, and it is another function, if only far away.
OTHERS = ("constant", "kind", "operand", "limit")


def changed(nodes: list[Any], values: dict[str, np.ndarray], seed: int) -> Any:
    """Change one thing in an expression: a number, an operation, an operand, or its range."""
    rng = np.random.RandomState(seed)
    nodes = [helper.make_node(one.op_type, one.input, one.output) for one in nodes]
    values = dict(values)
    how = OTHERS[rng.randint(len(OTHERS))]
    one = nodes[rng.randint(len(nodes))]
    if how == "constant" and values:
        name = sorted(values)[rng.randint(len(values))]
        values[name] = np.float32(values[name] * (1 + 10.0 ** rng.randint(-4, 1)))
    elif how == "kind":
        pairs = (("Add", "Sub"), ("Mul", "Div"), ("Max", "Min"), ("Greater", "Less"))
        unary = ("Tanh", "Sigmoid", "Erf", "Softplus", "Exp")
        others = [pair[1 - pair.index(one.op_type)] for pair in pairs if one.op_type in pair]
        if one.op_type in unary:
            others = [kind for kind in unary if kind != one.op_type]
        if others:
            one.op_type = others[rng.randint(len(others))]
    elif how == "operand":
        names = ["x", *values, *(other.output[0] for other in nodes if other is not one)]
        before = [name for name in names if name != "y"]
        one.input[rng.randint(len(one.input))] = before[rng.randint(len(before))]
    else:
        values["limit"] = np.float32(10.0 ** rng.uniform(0, 30) * rng.choice([-1, 1]))
        at = rng.randint(len(nodes))
        inner = nodes[at].output[0]
        nodes[at].output[0] = f"{inner}_free"
        kind = "Min" if values["limit"] > 0 else "Max"
        nodes.insert(at + 1, node(kind, f"{inner}_free", "limit", output=inner))
    return model(nodes, values)


@pytest.mark.slow
@pytest.mark.every(4)
@pytest.mark.parametrize("case", EXPRESSIONS)
def test_what_is_changed_is_another_function_or_refused(tmp_path: Path, case: str) -> None:
    """Whatever is read gives what the reference gives, near 0 and far away."""
    nodes, values, _ = EXPRESSIONS[case]
    # Exponential functions overflow early.
    most = 1.9 if any(one.op_type == "Exp" for one in nodes) else 37
    far = 10.0 ** RNG.uniform(-3, most, 300) * RNG.choice([-1, 1], 300)
    points = np.concatenate([far, RNG.uniform(-12, 12, 300)]).astype(np.float32).reshape(-1, 3)
    read_ones = 0
    for seed in range(60):
        made = changed(nodes, values, seed)
        with np.errstate(all="ignore"):
            try:
                network = read(tmp_path / "x.onnx", made, check=False)
            except nnviz.network.NetworkError:
                continue
            read_ones += 1
            double = onnx.ModelProto()
            double.CopyFrom(made)
            for tensor in double.graph.initializer:
                numbers = numpy_helper.to_array(tensor).astype(np.float64)
                tensor.CopyFrom(numpy_helper.from_array(numbers, tensor.name))
            theirs = reference(double, points.astype(np.float64))
            ours = network.feedforward(points)
        finite = np.isfinite(theirs)  # A square overflows there, a function does not.
        gap = np.abs(ours - theirs)[finite] / np.maximum(1.0, np.abs(theirs[finite]))
        assert not finite.any() or gap.max() < 1e-5, (seed, network)
    assert read_ones > 5
