"""Every layer there is, against central differences and against torch where that is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from nnviz.network import (
    LAYERS,
    Activate,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    MaxPool2D,
    Network,
    NetworkError,
    check_parameter,
)

STEP = 1e-5
BATCH = 3
RNG = np.random.RandomState(0)


def numbers(*shape: int) -> np.ndarray:
    return RNG.randn(*shape)


def conv(*shape: int, **options: Any) -> Conv2D:
    return Conv2D(numbers(*shape), numbers(shape[0]), **options)


def norm(n: int, **options: Any) -> BatchNorm:
    return BatchNorm(numbers(n), numbers(n), numbers(n), numbers(n) ** 2 + 0.1, **options)


class Case(NamedTuple):
    """A layer, what it takes, what it should give, and the same in torch's words."""

    layer: Layer
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    torch: Callable[[Any], Any]


def t_conv(n_in: int, n_out: int, size: Any, **options: Any) -> Callable[[Any], Any]:
    return lambda nn: nn.Conv2d(n_in, n_out, size, **options)


CASES = {
    "dense": [
        Case(Dense(numbers(3, 5), numbers(3)), (5,), (3,), lambda nn: nn.Linear(5, 3)),
        Case(Dense(numbers(1, 1), numbers(1)), (1,), (1,), lambda nn: nn.Linear(1, 1)),
    ],
    "conv2d": [
        Case(conv(4, 2, 3, 2), (2, 7, 6), (4, 5, 5), t_conv(2, 4, (3, 2))),
        Case(conv(1, 1, 1, 1), (1, 1, 1), (1, 1, 1), t_conv(1, 1, 1)),
        Case(
            conv(3, 2, 3, 3, stride=2, padding=1),
            (2, 6, 7),
            (3, 3, 4),
            t_conv(2, 3, 3, stride=2, padding=1),
        ),
        # Steps that leave a rest, and windows that leave gaps.
        Case(conv(2, 1, 2, 2, stride=(3, 4)), (1, 7, 8), (2, 2, 2), t_conv(1, 2, 2, stride=(3, 4))),
        Case(
            conv(2, 3, 3, 2, padding="same"),
            (3, 5, 4),
            (2, 5, 4),
            t_conv(3, 2, (3, 2), padding="same"),
        ),
        Case(
            conv(2, 3, 2, 3, padding="same", dilation=(3, 2)),
            (3, 5, 6),
            (2, 5, 6),
            t_conv(3, 2, (2, 3), padding="same", dilation=(3, 2)),
        ),
        Case(
            conv(4, 1, 3, 3, groups=2, dilation=2, padding=(2, 1)),
            (2, 6, 6),
            (4, 6, 4),
            t_conv(2, 4, 3, groups=2, dilation=2, padding=(2, 1)),
        ),
        Case(conv(3, 1, 2, 2, groups=3), (3, 4, 4), (3, 3, 3), t_conv(3, 3, 2, groups=3)),
        # What torch has no word for: margins that differ, as "same" with a step needs them.
        Case(
            conv(2, 2, 3, 3, stride=2, padding="same"),
            (2, 6, 7),
            (2, 3, 4),
            lambda nn: nn.Sequential(nn.ZeroPad2d((1, 1, 0, 1)), nn.Conv2d(2, 2, 3, stride=2)),
        ),
        Case(
            conv(2, 2, 2, 2, padding=((2, 0), (0, 1))),
            (2, 3, 4),
            (2, 4, 4),
            lambda nn: nn.Sequential(nn.ZeroPad2d((0, 1, 2, 0)), nn.Conv2d(2, 2, 2)),
        ),
    ],
    "max_pool2d": [
        Case(MaxPool2D(2), (2, 6, 4), (2, 3, 2), lambda nn: nn.MaxPool2d(2)),
        Case(
            MaxPool2D((3, 2), (2, 1), (1, 0)),
            (2, 6, 5),
            (2, 3, 4),
            lambda nn: nn.MaxPool2d((3, 2), (2, 1), (1, 0)),
        ),
        Case(MaxPool2D(2, 3), (1, 7, 7), (1, 2, 2), lambda nn: nn.MaxPool2d(2, 3)),
        Case(
            MaxPool2D(3, 2, "same"),
            (2, 5, 6),
            (2, 3, 3),
            lambda nn: nn.Sequential(
                nn.ConstantPad2d((0, 1, 1, 1), -float("inf")), nn.MaxPool2d(3, 2)
            ),
        ),
    ],
    "average_pool2d": [
        Case(AveragePool2D(2), (2, 6, 4), (2, 3, 2), lambda nn: nn.AvgPool2d(2)),
        Case(
            AveragePool2D(3, 2, 1),
            (2, 5, 6),
            (2, 3, 3),
            lambda nn: nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        ),
        Case(
            AveragePool2D((3, 2), 2, (1, 1), count_padding=True),
            (2, 5, 6),
            (2, 3, 4),
            lambda nn: nn.AvgPool2d((3, 2), 2, (1, 1), count_include_pad=True),
        ),
    ],
    "global_average_pool2d": [
        Case(
            GlobalAveragePool2D(),
            (3, 4, 5),
            (3,),
            lambda nn: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        ),
    ],
    "flatten": [
        Case(Flatten(), (3, 4, 5), (60,), lambda nn: nn.Flatten()),
        Case(Flatten(), (6,), (6,), lambda nn: nn.Flatten()),
    ],
    "dropout": [
        Case(Dropout(0.4), (5,), (5,), lambda nn: nn.Dropout(0.4)),
        Case(Dropout(), (2, 3, 4), (2, 3, 4), lambda nn: nn.Dropout()),
        Case(Dropout(0.0), (5,), (5,), lambda nn: nn.Dropout(0.0)),
    ],
    "batch_norm": [
        Case(norm(4), (4,), (4,), lambda nn: nn.BatchNorm1d(4)),
        Case(
            norm(2, epsilon=0.01, momentum=0.3),
            (2, 4, 3),
            (2, 4, 3),
            lambda nn: nn.BatchNorm2d(2, eps=0.01, momentum=0.3),
        ),
    ],
    "activate": [
        Case(Activate("tanh"), (5,), (5,), lambda nn: nn.Identity()),
        Case(Activate("relu"), (2, 3, 4), (2, 3, 4), lambda nn: nn.Identity()),
    ],
}
ALL = [
    pytest.param(case, id=f"{name}-{k}")
    for name, cases in CASES.items()
    for k, case in enumerate(cases)
]
#: Whether the layer is used, or trained with draws from this seed.
MODES = [pytest.param(None, id="used"), pytest.param(5, id="trained")]


def inputs(case: Case, seed: int = 1) -> np.ndarray:
    return np.random.RandomState(seed).randn(BATCH, *case.input_shape)


def rng_of(mode: int | None) -> np.random.RandomState | None:
    return None if mode is None else np.random.RandomState(mode)


def slopes(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """Central differences of a function of an array."""
    result = np.empty_like(at)
    for place in np.ndindex(*at.shape):
        nudge = np.zeros_like(at)
        nudge[place] = STEP
        result[place] = (function(at + nudge) - function(at - nudge)) / (2 * STEP)
    return result


# --- the layers' arithmetic


@pytest.mark.parametrize("case", ALL)
def test_shapes(case: Case) -> None:
    assert case.layer.output_shape(case.input_shape) == case.output_shape
    for mode in (None, 5):
        z, _ = case.layer.forward(inputs(case), rng_of(mode))
        assert z.shape == (BATCH, *case.output_shape)


@pytest.mark.slow
@pytest.mark.every(4)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", ALL)
def test_central_differences(case: Case, mode: int | None) -> None:
    layer, x = case.layer, inputs(case)
    error = np.random.RandomState(2).randn(BATCH, *case.output_shape)

    def total(layer: Layer, x: np.ndarray) -> float:
        return float(np.sum(error * layer.forward(x, rng_of(mode))[0]))

    _, memory = layer.forward(x, rng_of(mode))
    np.testing.assert_allclose(
        layer.backward(memory, error), slopes(lambda x: total(layer, x), x), rtol=1e-6, atol=1e-8
    )
    gradients = layer.gradients(memory, error)
    written = tuple(np.full_like(p, np.nan) for p in layer.parameters)
    layer.write_gradients(memory, error, written)
    for name, ours, ours_written in zip(layer.parameter_names, gradients, written, strict=True):
        expected = slopes(
            lambda p, name=name: total(layer.replace(**{name: p}), x), getattr(layer, name)
        )
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(ours_written, ours, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", ALL)
def test_nothing_given_is_changed(case: Case, mode: int | None) -> None:
    x = inputs(case)
    error = np.ones((BATCH, *case.output_shape))
    x.setflags(write=False)
    error.setflags(write=False)
    _, memory = case.layer.forward(x, rng_of(mode))
    case.layer.backward(memory, error)
    case.layer.gradients(memory, error)
    before = [statistic.copy() for statistic in case.layer.statistics]
    after = case.layer.statistics_after(memory)
    for old, new, now in zip(before, after, case.layer.statistics, strict=True):
        np.testing.assert_array_equal(now, old)
        assert (mode is None) == np.array_equal(old, new)


@pytest.mark.parametrize("case", ALL)
def test_examples_of_a_batch_do_not_mix_when_the_layer_is_used(case: Case) -> None:
    x = inputs(case)
    together, _ = case.layer.forward(x)
    for k in range(BATCH):
        alone, _ = case.layer.forward(x[k : k + 1])
        np.testing.assert_allclose(together[k], alone[0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", ALL)
def test_torch(case: Case, mode: int | None) -> None:
    torch = pytest.importorskip("torch")
    if mode is not None and case.layer.kind == "dropout":
        pytest.skip("torch draws other numbers")
    module = case.torch(torch.nn).double()
    parameters = list(module.parameters())
    with torch.no_grad():
        for theirs, ours in zip(parameters, case.layer.parameters, strict=True):
            theirs.copy_(torch.tensor(ours))
        for name, ours in zip(("running_mean", "running_var"), case.layer.statistics, strict=False):
            getattr(module, name).copy_(torch.tensor(ours))
    module.train(mode is not None)
    x = inputs(case)
    theirs = torch.tensor(x, requires_grad=True)
    z = module(theirs)
    ours, memory = case.layer.forward(x, rng_of(mode))
    np.testing.assert_allclose(ours, z.detach(), rtol=1e-12, atol=1e-12)
    error = np.random.RandomState(2).randn(*ours.shape)
    z.backward(torch.tensor(error))
    np.testing.assert_allclose(
        case.layer.backward(memory, error), theirs.grad, rtol=1e-12, atol=1e-12
    )
    gradients = case.layer.gradients(memory, error)
    for ours, parameter in zip(gradients, parameters, strict=True):
        np.testing.assert_allclose(ours, parameter.grad, rtol=1e-12, atol=1e-12)
    if case.layer.statistics:
        after = case.layer.statistics_after(memory)
        np.testing.assert_allclose(after[0], module.running_mean, rtol=1e-12)
        np.testing.assert_allclose(after[1], module.running_var, rtol=1e-12)


def test_equals_in_a_window_have_one_largest() -> None:
    layer = MaxPool2D(2, 1)
    z, memory = layer.forward(np.zeros((1, 1, 3, 3)))
    # Torch's choice as well: the first of a window, row by row.
    np.testing.assert_array_equal(
        layer.backward(memory, np.ones_like(z))[0, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    )


def test_dropout_silences_a_share_and_keeps_the_mean() -> None:
    x = np.ones((1000, 50))
    z, _ = Dropout(0.3).forward(x, np.random.RandomState(0))
    assert set(np.unique(z)) == {0.0, 1 / 0.7}
    assert z.mean() == pytest.approx(1.0, abs=0.01)
    assert Dropout(0.3).forward(x)[0] is x


# --- layers as values


@pytest.mark.parametrize("case", ALL)
def test_values(case: Case) -> None:
    layer = case.layer
    again = layer.replace()
    assert again == layer
    assert hash(again) == hash(layer)
    assert layer != "layer"
    assert repr(layer).startswith(f"{type(layer).__name__}(")
    for name, array in zip(layer.parameter_names, layer.parameters, strict=True):
        assert not array.flags.writeable
        assert layer != layer.replace(**{name: array + 1.0})
    for name in (*layer.argument_names(), "activation"):
        if name in layer.__dict__:
            with pytest.raises(AttributeError, match=f"replace\\({name}="):
                setattr(layer, name, 1)


@pytest.mark.parametrize("case", ALL)
def test_files(case: Case, tmp_path: Path) -> None:
    network = Network([case.layer], input_shape=case.input_shape)
    network.save(tmp_path / "network.npz")
    loaded = Network.load(tmp_path / "network.npz")
    assert loaded == network
    np.testing.assert_array_equal(
        loaded.feedforward(inputs(case)), network.feedforward(inputs(case))
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(np.ones((3, 2)), np.ones(2)), r"look transposed.*\(2, 3\), \(n_out, n_in\)"),
        (lambda: Conv2D(np.ones((2, 3, 3)), [1, 1]), r"kernels must have shape.*not \(2, 3, 3\)"),
        (lambda: Conv2D(np.ones((5, 5, 1, 8)), np.ones(8)), r"transposed.*transpose\(3, 2, 0, 1\)"),
        (lambda: Conv2D(np.ones((2, 1, 3, 3)), [1]), r"biases must have shape \(2,\)"),
        (lambda: conv(3, 1, 2, 2, groups=2), "3 kernels cannot be split into 2 groups"),
        (lambda: conv(3, 1, 2, 2, groups=0), "groups must be positive, not 0"),
        (lambda: conv(3, 1, 2, 2, stride=0), "stride must be positive, not 0"),
        (lambda: conv(3, 1, 2, 2, stride=1.5), "stride must be integers, not 1.5"),
        (lambda: conv(3, 1, 2, 2, stride=(1, 2, 3)), "stride must be an integer or a pair"),
        (lambda: conv(3, 1, 2, 2, padding=-1), "padding must be 0 or more, not -1"),
        (lambda: conv(3, 1, 2, 2, padding="full"), "'same' or 'valid', not 'full'"),
        (lambda: conv(3, 1, 2, 2, padding=(1, 2, 3, 4)), r"\(\(top, bottom\), \(left, right\)\)"),
        (lambda: conv(3, 1, 2, 2, padding=1.5), r"\(\(top, bottom\), \(left, right\)\)"),
        (lambda: MaxPool2D(2, padding=2), r"padding .* is as large as a window of \(2, 2\)"),
        (lambda: AveragePool2D(2, count_padding=1), "count_padding must be True or False"),
        (lambda: Dropout(1.0), "rate must be at least 0 and below 1, not 1.0"),
        (lambda: Dropout("half"), "rate must be a number, not 'half'"),
        (lambda: Dropout(float("nan")), "rate must be at least 0"),
        (lambda: BatchNorm([1, 2], [1]), r"shift must have shape \(2,\).*not \(1,\)"),
        (lambda: BatchNorm([[1]], [[1]]), r"scale must have shape \(n,\), not \(1, 1\)"),
        (lambda: BatchNorm([1], [1], [0], [-1]), "epsilon must be positive"),
        (lambda: BatchNorm([1], [1], momentum=2), "momentum must be"),
        (lambda: Activate("tan"), "no activation function is called 'tan'"),
        (lambda: Dense.random(0, 2, RNG), "n_in must be positive, not 0"),
        (lambda: Conv2D.random(3, 2, 5, RNG, groups=2), "3 channels cannot be split into 2 groups"),
        (lambda: conv(2, 1, 1, 1, activation="softmax"), r"a row of pixels.*softmax\(-3\)"),
    ],
)
def test_bad_layers(make: Callable[[], Layer], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        make()


@pytest.mark.parametrize(
    ("layers", "input_shape", "message"),
    [
        ([], (2,), "at least one layer"),
        ([np.eye(2)], (2,), r"layers\[0\] is a ndarray, not a Layer.*Network\.dense"),
        ([Flatten()], None, "input_shape is needed where the first layer, flatten"),
        ([Flatten()], (1, 2, 3, 4), r"input_shape must be \(n,\), \(tokens, features\), \(chan"),
        ([Flatten()], (0,), "input_shape must be positive"),
        ([Dense(np.ones((2, 3)), [0, 0])], (4,), r"layers\[0\], dense: .*\(3,\), not \(4,\)"),
        ([conv(2, 1, 3, 3)], (2, 9, 9), r"conv2d: .*\(1, height, width\), not \(2, 9, 9\)"),
        ([conv(2, 1, 3, 3)], (9, 9, 1), "channels last"),
        ([conv(2, 1, 3, 3)], (1, 9, 2), "3 x 3 does not fit into an image of 9 x 2"),
        ([conv(2, 1, 2, 2, dilation=3)], (1, 3, 9), "4 x 4 does not fit into an image of 3 x 9"),
        ([conv(2, 1, 3, 3)], (9,), r"conv2d: .*not \(9,\)"),
        ([MaxPool2D(2), MaxPool2D(2)], (1, 3, 3), r"layers\[1\], max_pool2d: a window of 2 x 2"),
        ([MaxPool2D(2)], (4,), r"takes an image \(channels, height, width\), not \(4,\)"),
        ([GlobalAveragePool2D()], (4,), "takes an image"),
        ([MaxPool2D(2), Dense(np.ones((1, 4)), [0])], (1, 4, 4), "put a Flatten before it"),
        ([norm(3)], (4,), r"takes \(3,\) or \(3, height, width\), not \(4,\)"),
        ([Activate("softmax(-2)"), Flatten()], (2,), r"softmax\(-2\) runs along axis -2"),
    ],
)
def test_layers_that_do_not_fit(layers: list, input_shape: Any, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(layers, input_shape=input_shape)


# --- a layer of one's own


class Scale(Layer):
    """Every number times a power of a factor."""

    kind = "scale"
    parameter_names = ("factor",)

    def __init__(self, factor: Any, power: int = 1) -> None:
        self.factor = check_parameter(factor, "factor")
        self.power = power

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return input_shape

    def forward(self, x: np.ndarray, rng: Any = None) -> tuple[np.ndarray, np.ndarray]:
        return self.factor**self.power * x, x

    def backward(self, memory: np.ndarray, error: np.ndarray) -> np.ndarray:
        return self.factor**self.power * error

    def gradients(self, memory: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, ...]:
        slope = self.power * self.factor ** (self.power - 1)
        return (np.array(np.sum(error * memory) * slope),)


def test_a_layer_of_ones_own_is_a_class_and_an_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(
        [Scale(0.5, power=2), Dense.random(3, 1, np.random.RandomState(0))], "quadratic", 3
    )
    x = np.random.RandomState(1).randn(20, 3)
    y = x.sum(axis=1)
    first, *_, last = network.train(x, y, epochs=60, learning_rate=0.02)
    assert last.cost < 0.01 * first.cost
    assert last.network.layers[0] != network.layers[0]
    index = network.index_of(0, "factor", ())
    up, down = network.nudged(index, STEP), network.nudged(index, -STEP)
    assert network.backprop(x, y).flatten()[index] == pytest.approx(
        (up.cost(x, y) - down.cost(x, y)) / (2 * STEP), rel=1e-6
    )
    with pytest.raises(NetworkError, match="the layer 'scale' is not in LAYERS"):
        network.save(tmp_path / "own.npz")
    monkeypatch.setitem(LAYERS, "scale", Scale)
    network.save(tmp_path / "own.npz")
    assert Network.load(tmp_path / "own.npz") == network
    odd = Network([Scale(0.5, power=1j)], input_shape=3)  # type: ignore[arg-type]
    with pytest.raises(NetworkError, match=r"'scale' cannot be saved: .* not JSON"):
        odd.save(tmp_path / "odd.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["own.npz"]
    monkeypatch.delitem(LAYERS, "scale")
    with pytest.raises(NetworkError, match=r"own\.npz: layers\[0\], scale: no layer is called"):
        Network.load(tmp_path / "own.npz")


def test_parameters_that_are_repeated_take_no_memory():
    layer = Dense(np.broadcast_to(0.5, (40_000, 30_000)), np.broadcast_to(0.0, 40_000))
    assert layer.weights.shape == (40_000, 30_000)
    assert layer.weights.strides == (0, 0)
    assert not layer.weights.flags.writeable
    rows = np.broadcast_to([1.0, 2.0], (3, 2))
    kept = Dense(rows, np.zeros(3))
    assert kept.weights.strides == (0, 8)
    np.testing.assert_array_equal(Network([kept]).forward_pass([1.0, 1.0]).zs[0], [3.0, 3.0, 3.0])
    with pytest.raises(NetworkError, match="NaN"):
        Dense(np.broadcast_to(np.nan, (2, 2)), np.zeros(2))


def test_what_is_repeated_is_copied_once():
    row = np.array([1.0, 2.0])
    layer = Dense(np.broadcast_to(row, (3, 2)), np.zeros(3))
    row[:] = 7.0
    np.testing.assert_array_equal(layer.weights, [[1.0, 2.0]] * 3)


def test_a_layer_of_before_says_its_kind_by_its_name():
    with pytest.warns(DeprecationWarning, match=r"write Old\.kind = 'old' in place of name"):

        class Old(Scale):
            name = "old"

    assert Old.kind == "old"
    assert Scale.kind == "scale"
