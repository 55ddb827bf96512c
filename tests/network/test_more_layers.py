"""Layers of several inputs, of sequences and without a word in torch.nn: against central
differences and torch, as those in test_layers.py; and that no layer is left out."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from nnviz.network import (
    LAYERS,
    Add,
    CausalMask,
    Concatenate,
    Constant,
    Dense,
    Embedding,
    GroupNorm,
    Layer,
    LayerNorm,
    Mask,
    MatMul,
    MergeHeads,
    Multiply,
    Network,
    NetworkError,
    Node,
    PositionalEmbedding,
    PReLU,
    Repeat,
    Reshape,
    RMSNorm,
    RotaryPositions,
    Scale,
    SinusoidalPositions,
    Slice,
    Softmax,
    SplitHeads,
    Standardise,
    Subtract,
    Transpose,
)

STEP = 1e-5
BATCH = 3
RNG = np.random.RandomState(0)


def n(*shape: int) -> np.ndarray:
    return RNG.randn(*shape)


class Case(NamedTuple):
    """A layer, the shapes that it takes, what it should give, and the same in torch's words.

    Torch's function takes torch, the parameters and the inputs.
    """

    layer: Layer
    shapes: list[tuple[int, ...]]
    output_shape: tuple[int, ...]
    torch: Callable[..., Any] | None


def functional(name: str) -> Callable[..., Any]:
    return lambda t, p, *xs: getattr(t.nn.functional, name)(*xs)


def rotated(t: Any, p: Any, x: Any) -> Any:
    tokens, n = x.shape[-2:]
    angles = t.outer(t.arange(tokens).double(), 100.0 ** (-2 * t.arange(n // 2).double() / n))
    turned = t.view_as_complex(t.stack([x[..., : n // 2], x[..., n // 2 :]], -1).contiguous())
    turned = turned * t.polar(t.ones_like(angles), angles)
    return t.cat([turned.real, turned.imag], -1)


def waves(t: Any, p: Any, x: Any) -> Any:
    expected = x.detach().clone().zero_()[0]
    tokens, n = expected.shape
    for position in range(tokens):
        for i in range(n):
            angle = t.tensor(position / 10_000 ** ((i - i % 2) / n), dtype=t.float64)
            expected[position, i] = t.cos(angle) if i % 2 else t.sin(angle)
    return x + expected


def embedded(t: Any, p: Any, x: Any) -> Any:
    return t.nn.functional.embedding(x, p[0]) if not x.is_floating_point() else x @ p[0].T


SEQUENCE = (4, 6)
IMAGE = (4, 3, 2)
CASES: dict[str, list[Case]] = {
    "add": [
        Case(Add(), [(3,), (3,)], (3,), lambda t, p, a, b: a + b),
        Case(Add(), [IMAGE] * 3, IMAGE, lambda t, p, a, b, c: a + b + c),
        Case(Add(), [(3,)], (3,), lambda t, p, a: a * 1),
    ],
    "subtract": [Case(Subtract(), [IMAGE, IMAGE], IMAGE, lambda t, p, a, b: a - b)],
    "split_heads": [
        Case(
            SplitHeads(3),
            [SEQUENCE],
            (3, 4, 2),
            lambda t, p, x: x.reshape(3, 4, 3, 2).transpose(1, 2),
        )
    ],
    "merge_heads": [
        Case(
            MergeHeads(),
            [(3, 4, 2)],
            (4, 6),
            lambda t, p, x: x.transpose(1, 2).reshape(3, 4, 6),
        )
    ],
    "multiply": [
        Case(Multiply(), [(3,), (3,)], (3,), lambda t, p, a, b: a * b),
        Case(Multiply(), [SEQUENCE] * 3, SEQUENCE, lambda t, p, a, b, c: a * b * c),
    ],
    "concatenate": [
        Case(Concatenate(), [(3,), (2,), (1,)], (6,), lambda t, p, *xs: t.cat(xs, 1)),
        Case(Concatenate(), [IMAGE, (1, 3, 2)], (5, 3, 2), lambda t, p, *xs: t.cat(xs, 1)),
        Case(Concatenate(-1), [(4, 2), (4, 3)], (4, 5), lambda t, p, *xs: t.cat(xs, -1)),
    ],
    "matmul": [
        Case(MatMul(), [(3, 4), (4, 2)], (3, 2), lambda t, p, a, b: a @ b),
        Case(MatMul(factor=0.5), [(2, 3, 4), (2, 4, 5)], (2, 3, 5), lambda t, p, a, b: a @ b / 2),
        Case(
            MatMul(True, 0.25),
            [(2, 3, 4), (2, 5, 4)],
            (2, 3, 5),
            lambda t, p, a, b: a @ b.transpose(-1, -2) / 4,
        ),
    ],
    "slice": [
        Case(Slice(1, 3), [(5,)], (2,), lambda t, p, x: x[:, 1:3]),
        Case(Slice(None, -1, 2, axis=-1), [(2, 6)], (2, 3), lambda t, p, x: x[:, :, :-1:2]),
        Case(Slice(-1, None, squeezed=True), [(5, 2)], (2,), lambda t, p, x: x[:, -1]),
    ],
    "reshape": [
        Case(Reshape((-1, 2, 3)), [SEQUENCE], (4, 2, 3), lambda t, p, x: x.reshape(3, -1, 2, 3)),
        Case(Reshape((6,)), [(1, 2, 3)], (6,), lambda t, p, x: x.reshape(3, 6)),
    ],
    "transpose": [
        Case(Transpose(), [(2, 3)], (3, 2), lambda t, p, x: x.permute(0, 2, 1)),
        Case(Transpose((1, 2, 0)), [(2, 3, 4)], (3, 4, 2), lambda t, p, x: x.permute(0, 2, 3, 1)),
    ],
    "repeat": [
        Case(Repeat(3), [(2, 2)], (6, 2), lambda t, p, x: x.repeat_interleave(3, 1)),
        Case(Repeat(2, -1), [(2, 2)], (2, 4), lambda t, p, x: x.repeat_interleave(2, -1)),
    ],
    "softmax": [
        Case(Softmax(), [(4,)], (4,), lambda t, p, x: x * 1),
        Case(Softmax(-3), [IMAGE], IMAGE, lambda t, p, x: x * 1),
    ],
    "scale": [
        Case(Scale(n(3), n(3)), [(3,)], (3,), lambda t, p, x: p[0] * x + p[1]),
        Case(
            Scale(n(4), n(4)),
            [IMAGE],
            IMAGE,
            lambda t, p, x: p[0][:, None, None] * x + p[1][:, None, None],
        ),
        Case(Scale(n(1), n(1)), [IMAGE], IMAGE, lambda t, p, x: p[0] * x + p[1]),
    ],
    "standardise": [
        Case(Standardise([2.0], [4.0]), [(2, 3, 3)], (2, 3, 3), lambda t, p, x: (x - 2) / 4),
        Case(
            Standardise([1.0, 2.0], [2.0, 0.5]),
            [(2,)],
            (2,),
            lambda t, p, x: (x - t.tensor([1.0, 2])) / t.tensor([2.0, 0.5]),
        ),
    ],
    "prelu": [
        Case(PReLU(), [(5,)], (5,), lambda t, p, x: t.nn.functional.prelu(x, p[0])),
        Case(PReLU(n(4)), [IMAGE], IMAGE, lambda t, p, x: t.nn.functional.prelu(x, p[0])),
    ],
    "constant": [Case(Constant(n(2, 3)), [(4,)], (2, 3), None)],
    "layer_norm": [
        Case(
            LayerNorm(n(6), n(6)),
            [SEQUENCE],
            SEQUENCE,
            lambda t, p, x: t.nn.functional.layer_norm(x, (6,), *p),
        ),
        Case(
            LayerNorm(n(*IMAGE), n(*IMAGE), 0.1),
            [IMAGE],
            IMAGE,
            lambda t, p, x: t.nn.functional.layer_norm(x, IMAGE, *p, 0.1),
        ),
        Case(
            LayerNorm(n(5), n(5)),
            [(5,)],
            (5,),
            lambda t, p, x: t.nn.functional.layer_norm(x, (5,), *p),
        ),
    ],
    "rms_norm": [
        Case(
            RMSNorm(n(6)),
            [SEQUENCE],
            SEQUENCE,
            lambda t, p, x: t.nn.functional.rms_norm(x, (6,), p[0], 1e-6),
        ),
    ],
    "group_norm": [
        Case(
            GroupNorm(2, n(4), n(4)),
            [IMAGE],
            IMAGE,
            lambda t, p, x: t.nn.functional.group_norm(x, 2, *p),
        ),
        Case(
            GroupNorm(1, n(4), n(4), 0.1),
            [(4, 5)],
            (4, 5),
            lambda t, p, x: t.nn.functional.group_norm(x, 1, *p, 0.1),
        ),
        Case(GroupNorm(1, n(1), n(1)), [(1, 5)], (1, 5), None),
    ],
    "dense": [
        Case(
            Dense(n(2, 6), n(2)), [SEQUENCE], (4, 2), lambda t, p, x: t.nn.functional.linear(x, *p)
        )
    ],
    "embedding": [
        Case(Embedding(n(7, 6)), [(5,)], (5, 6), embedded),
        Case(Embedding(n(600, 2)), [(5,)], (5, 2), embedded),
        Case(Embedding(n(7, 6)), [SEQUENCE], (4, 7), embedded),
    ],
    "positional_embedding": [
        Case(PositionalEmbedding(n(5, 6)), [SEQUENCE], SEQUENCE, lambda t, p, x: x + p[0][:4]),
    ],
    "sinusoidal_positions": [
        Case(SinusoidalPositions(), [SEQUENCE], SEQUENCE, waves),
        Case(SinusoidalPositions(), [(3, 5)], (3, 5), waves),
    ],
    "rotary_positions": [
        Case(RotaryPositions(100.0), [SEQUENCE], SEQUENCE, rotated),
        Case(RotaryPositions(100.0), [(2, 5, 4)], (2, 5, 4), rotated),
    ],
    "causal_mask": [
        Case(
            CausalMask(),
            [(2, 3, 3)],
            (2, 3, 3),
            lambda t, p, x: x.masked_fill(~t.tril(t.ones(3, 3, dtype=t.bool)), -float("inf")),
        ),
        Case(
            CausalMask(),
            [(2, 4)],
            (2, 4),
            lambda t, p, x: x.masked_fill(~t.ones(2, 4, dtype=t.bool).tril(2), -float("inf")),
        ),
    ],
    "mask": [
        Case(
            Mask(),
            [(2, 3, 4), (4,)],
            (2, 3, 4),
            lambda t, p, x, m: x.masked_fill(m[:, None, None] == 0, -float("inf")),
        ),
        Case(Mask(), [(3, 4), (3, 4)], (3, 4), lambda t, p, x, m: x.masked_fill(m == 0, -np.inf)),
    ],
}
ALL = [
    pytest.param(case, id=f"{name}-{k}")
    for name, cases in CASES.items()
    for k, case in enumerate(cases)
]


def inputs(case: Case) -> list[np.ndarray]:
    rng = np.random.RandomState(1)
    arrays = []
    for k, shape in enumerate(case.shapes):
        limit = case.layer.integers_below(shape)
        if limit is not None:
            arrays.append(rng.randint(0, limit, (BATCH, *shape)))
        elif isinstance(case.layer, Mask) and k:
            arrays.append((rng.rand(BATCH, *shape) > 0.4).astype(float))
        else:
            arrays.append(rng.randn(BATCH, *shape))
    return arrays


def parts_of(case: Case, memory: Any, error: np.ndarray) -> list[np.ndarray | None]:
    found = case.layer.backward(memory, error)
    return list(found) if isinstance(found, tuple) else [found]


def total(layer: Layer, xs: list[np.ndarray], error: np.ndarray) -> float:
    z, _ = layer.forward(*xs)
    return float(np.sum(error * np.where(np.isfinite(z), z, 0.0)))


def slopes(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    result = np.empty_like(at)
    for place in np.ndindex(*at.shape):
        nudge = np.zeros_like(at)
        nudge[place] = STEP
        result[place] = (function(at + nudge) - function(at - nudge)) / (2 * STEP)
    return result


def test_every_layer_there_is_has_cases() -> None:
    there = Path(__file__).with_name("test_layers.py").read_text(encoding="utf-8")
    tables = [
        node.value
        for node in ast.parse(there).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "CASES"
    ]
    assert isinstance(tables[0], ast.Dict)
    others = {ast.literal_eval(key) for key in tables[0].keys if key is not None}
    assert others | set(CASES) | set(NEXT) == set(LAYERS)


@pytest.mark.parametrize("case", ALL)
def test_central_differences(case: Case) -> None:
    layer, xs = case.layer, inputs(case)
    assert layer.output_shape(*case.shapes) == case.output_shape
    z, memory = layer.forward(*xs)
    assert z.shape == (BATCH, *case.output_shape)
    error = np.random.RandomState(2).randn(*z.shape)
    close = {"rtol": 1e-6, "atol": 1e-8}
    for k, part in enumerate(parts_of(case, memory, error)):
        if part is None:
            assert k or isinstance(layer, Embedding | Constant)
            continue

        def along(x: np.ndarray, k: int = k) -> float:
            return total(layer, [*xs[:k], x, *xs[k + 1 :]], error)

        np.testing.assert_allclose(part, slopes(along, xs[k]), **close)
    gradients = layer.gradients(memory, error)
    written = tuple(np.full_like(p, np.nan) for p in layer.parameters)
    layer.write_gradients(memory, error, written)
    for name, ours, also in zip(layer.parameter_names, gradients, written, strict=True):
        expected = slopes(
            lambda p, name=name: total(layer.replace(**{name: p}), xs, error), getattr(layer, name)
        )
        np.testing.assert_allclose(ours, expected, **close)
        np.testing.assert_allclose(also, ours, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("case", ALL)
def test_nothing_given_is_changed_and_examples_do_not_mix(case: Case) -> None:
    xs = inputs(case)
    for x in xs:
        x.setflags(write=False)
    z, memory = case.layer.forward(*xs, rng=np.random.RandomState(0))
    error = np.ones_like(z)
    error.setflags(write=False)
    case.layer.backward(memory, error)
    case.layer.gradients(memory, error)
    together, _ = case.layer.forward(*xs)
    for k in range(BATCH):
        alone, _ = case.layer.forward(*[x[k : k + 1] for x in xs])
        np.testing.assert_allclose(together[k], alone[0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("case", ALL)
def test_torch(case: Case) -> None:
    torch = pytest.importorskip("torch")
    if case.torch is None:
        pytest.skip("torch has no word for it")
    xs = inputs(case)
    parameters = [torch.tensor(p, requires_grad=True) for p in case.layer.parameters]
    theirs = [torch.tensor(x) for x in xs]
    for x in theirs:
        if x.is_floating_point():
            x.requires_grad_(True)
    z = case.torch(torch, parameters, *theirs)
    ours, memory = case.layer.forward(*xs)
    close = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(ours, z.detach(), **close)
    error = np.random.RandomState(2).randn(*ours.shape)
    z.backward(torch.tensor(error))
    for part, x in zip(parts_of(case, memory, error), theirs, strict=True):
        if part is not None:
            np.testing.assert_allclose(part, x.grad, **close)
    for gradient, parameter in zip(case.layer.gradients(memory, error), parameters, strict=True):
        np.testing.assert_allclose(gradient, parameter.grad, **close)


@pytest.mark.parametrize("case", ALL)
def test_values_and_files(case: Case, tmp_path: Path) -> None:
    layer = case.layer
    assert layer.replace() == layer
    assert repr(layer).startswith(f"{type(layer).__name__}(")
    for name in layer.array_names():
        assert not getattr(layer, name).flags.writeable
    names = [f"x{k}" for k in range(len(case.shapes))]
    network = Network(
        dict(zip(names, case.shapes, strict=True)), {"y": Node(layer, tuple(names))}, "y"
    )
    network.save(tmp_path / "network.npz")
    loaded = Network.load(tmp_path / "network.npz")
    assert loaded == network
    x = dict(zip(names, inputs(case), strict=True))
    np.testing.assert_array_equal(loaded(x), network(x))


#: Layers whose cases stand in test_image_layers.py.
NEXT = ["conv1d", "conv_transpose2d", "upsample", "pad", "adaptive_average_pool2d"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Concatenate(1.5), "axis must be an integer, not 1.5"),
        (lambda: Concatenate(2).output_shape((3,), (3,)), r"shape \(3,\) have no axis 2"),
        (lambda: Concatenate().output_shape((3, 2), (3, 4)), "differ along axis 0 alone"),
        (lambda: MatMul(1), "transposed must be True or False"),
        (lambda: MatMul(factor=np.inf), "factor must be finite"),
        (lambda: MatMul().output_shape((3, 4), (3, 4)), r"\(\.\.\., m, k\), not \(3, 4\) and"),
        (lambda: Slice(2, 2).output_shape((5,)), r"nothing of \(5,\) lies between 2 and 2"),
        (lambda: Slice(0, 2, squeezed=True).output_shape((5, 2)), "squeezed is for one value"),
        (lambda: Slice("a"), "start must be an integer or None"),
        (lambda: Reshape((-1, -1)), "at most one -1"),
        (lambda: Reshape((-1, 4)).output_shape((6,)), r"6 numbers of shape \(6,\) do not fit"),
        (lambda: Transpose((0, 2)), "axes must be 0 to n - 1"),
        (lambda: Transpose().output_shape((2,)), "takes values of 2 axes"),
        (lambda: Softmax(0), "counted from the end, -1 being the last one, not 0"),
        (lambda: Scale([1.0, 2], [1.0]), r"shift must have shape \(2,\)"),
        (lambda: Scale([1.0, 2], [1.0, 2]).output_shape((3,)), r"takes \(2, \.\.\.\)"),
        (lambda: Standardise([0.0], [0.0]), "deviation must be positive"),
        (lambda: LayerNorm([1.0], [1.0, 2]), r"shift must have shape \(1,\)"),
        (
            lambda: LayerNorm([1.0], [1.0]).output_shape((4, 2)),
            r"takes \(\.\.\., 1\), not",
        ),
        (lambda: GroupNorm(2, [1, 1, 1], [1, 1, 1]), "3 channels cannot be split into 2 groups"),
        (lambda: Embedding([1.0]), r"weights must have shape \(n_tokens, n_features\)"),
        (lambda: Embedding([[1.0]]).output_shape((3, 2)), r"integers of shape \(tokens,\)"),
        (lambda: PositionalEmbedding([[1.0]]).output_shape((3, 1)), "knows 1 positions, and 3"),
        (lambda: RotaryPositions().output_shape((3, 3)), "an even number of features"),
        (lambda: RotaryPositions().output_shape((4,)), r"takes \(\.\.\., tokens, .*, not \(4,\)"),
        (lambda: CausalMask().output_shape((3, 2)), "no more queries than keys"),
        (lambda: Mask().output_shape((3, 2), (3,)), r"a mask of shape \(3,\) does not go"),
        (lambda: Add().output_shape((3,), (2,)), r"one shape, not \(3,\) and \(2,\)"),
        (lambda: Repeat(0), "times must be positive"),
        (lambda: Constant(1.0), "values must have an axis"),
    ],
)
def test_bad_layers(make: Callable[[], object], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        make()


def test_integers_are_checked() -> None:
    network = Network([Embedding(n(5, 2))], input_shape=(3,))
    assert network([0, 4, 1]).shape == (3, 2)
    assert network([[0, 4, 1]]).shape == (1, 3, 2)
    for wrong, message in (
        ([0.0, 1.0, 2.0], "x: must be integers, not an array of float64"),
        ([0, 1, 5], "x: integers must lie between 0 and 4, but one is 5"),
        ([0, 1], r"x: must have shape \(3,\) .*Network\.with_inputs"),
    ):
        with pytest.raises(NetworkError, match=message):
            network(wrong)
    assert network.with_inputs(2)([0, 1]).shape == (2, 2)
    with pytest.raises(NetworkError, match="integers to one layer and numbers to another"):
        Network(
            {"x": 3}, {"a": Node(Embedding(n(5, 2)), ("x",)), "b": Node(Softmax(), ("x",))}, "b"
        )


def test_tied_embeddings_add_up() -> None:
    table = Embedding(n(5, 4))
    nodes = {
        "in": Node(table, ("x",)),
        "out": Node(table, ("in",)),
        "y": Node(Softmax(), ("out",)),
    }
    network = Network({"x": 3}, nodes, "y", "cross-entropy")
    x, y = np.array([[0, 1, 4], [2, 2, 1]]), np.array([[1, 4, -1], [2, 1, 0]])
    expected = [
        (network.nudged(k, STEP).cost(x, y) - network.nudged(k, -STEP).cost(x, y)) / (2 * STEP)
        for k in range(20)
    ]
    assert network.n_parameters == 20
    np.testing.assert_allclose(network.backprop(x, y).flatten(), expected, rtol=1e-6, atol=1e-9)
