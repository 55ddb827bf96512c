"""Convolutions along sequences and backwards, and layers that resize: as test_layers.py does."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from nnviz.network import (
    AdaptiveAveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Layer,
    Network,
    NetworkError,
    Pad,
    Slice,
    Softmax,
    Upsample,
)

STEP = 1e-5
BATCH = 3
RNG = np.random.RandomState(0)


def conv1d(*shape: int, **options: Any) -> Conv1D:
    return Conv1D(RNG.randn(*shape), RNG.randn(shape[0]), **options)


def transposed(*shape: int, **options: Any) -> ConvTranspose2D:
    n_out = shape[1] * options.get("groups", 1)
    return ConvTranspose2D(RNG.randn(*shape), RNG.randn(n_out), **options)


class Case(NamedTuple):
    """A layer, what it takes, what it should give, and the same in torch's words."""

    layer: Layer
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    torch: Callable[..., Any]


def by_pad(widths: tuple[int, ...], mode: str = "constant", value: float = 0.0) -> Any:
    def pad(f: Any, p: Any, x: Any) -> Any:
        return f.pad(x, widths, mode, *([value] if mode == "constant" else []))

    return pad


IMAGE = (2, 4, 5)
CASES = {
    "conv1d": [
        Case(conv1d(3, 2, 3), (2, 7), (3, 5), lambda f, p, x: f.conv1d(x, *p)),
        Case(
            conv1d(4, 1, 2, stride=2, padding=1, dilation=2, groups=2),
            (2, 7),
            (4, 4),
            lambda f, p, x: f.conv1d(x, *p, stride=2, padding=1, dilation=2, groups=2),
        ),
        Case(
            conv1d(2, 2, 3, padding="same"),
            (2, 6),
            (2, 6),
            lambda f, p, x: f.conv1d(x, *p, padding="same"),
        ),
        Case(
            conv1d(2, 2, 3, padding=(2, 0)),
            (2, 6),
            (2, 6),
            lambda f, p, x: f.conv1d(f.pad(x, (2, 0)), *p),
        ),
    ],
    "conv_transpose2d": [
        Case(transposed(2, 3, 3, 2), IMAGE, (3, 6, 6), lambda f, p, x: f.conv_transpose2d(x, *p)),
        Case(
            transposed(2, 3, 3, 3, stride=2, padding=1, output_padding=1),
            IMAGE,
            (3, 8, 10),
            lambda f, p, x: f.conv_transpose2d(x, *p, stride=2, padding=1, output_padding=1),
        ),
        Case(
            transposed(4, 1, 2, 2, stride=(2, 3), dilation=(1, 2), groups=2),
            (4, 3, 2),
            (2, 6, 6),
            lambda f, p, x: f.conv_transpose2d(x, *p, stride=(2, 3), dilation=(1, 2), groups=2),
        ),
    ],
    "upsample": [
        Case(Upsample(2), IMAGE, (2, 8, 10), lambda f, p, x: f.interpolate(x, scale_factor=2)),
        Case(
            Upsample((3, 2), "bilinear"),
            IMAGE,
            (2, 12, 10),
            lambda f, p, x: f.interpolate(x, scale_factor=(3, 2), mode="bilinear"),
        ),
        Case(
            Upsample(2, "bilinear"),
            (1, 1, 2),
            (1, 2, 4),
            lambda f, p, x: f.interpolate(x, scale_factor=2, mode="bilinear"),
        ),
    ],
    "pad": [
        Case(Pad(((1, 0), (2, 3))), IMAGE, (2, 5, 10), by_pad((2, 3, 1, 0))),
        Case(Pad(1, value=2.5), IMAGE, (2, 6, 7), by_pad((1, 1, 1, 1), value=2.5)),
        Case(Pad((3, 2), "reflect"), IMAGE, (2, 10, 9), by_pad((2, 2, 3, 3), "reflect")),
        Case(
            Pad(((1, 6), (2, 0)), "replicate"),
            IMAGE,
            (2, 11, 7),
            by_pad((2, 0, 1, 6), "replicate"),
        ),
        Case(Pad((4, 2), "circular"), IMAGE, (2, 12, 9), by_pad((2, 2, 4, 4), "circular")),
        Case(Pad((3, 1), "reflect"), (2, 5), (2, 9), by_pad((3, 1), "reflect")),
        Case(Pad(2), (2, 5), (2, 9), by_pad((2, 2))),
    ],
    "adaptive_average_pool2d": [
        Case(
            AdaptiveAveragePool2D((3, 2)),
            IMAGE,
            (2, 3, 2),
            lambda f, p, x: f.adaptive_avg_pool2d(x, (3, 2)),
        ),
        Case(
            AdaptiveAveragePool2D(6),
            IMAGE,
            (2, 6, 6),
            lambda f, p, x: f.adaptive_avg_pool2d(x, 6),
        ),
    ],
}
ALL = [
    pytest.param(case, id=f"{name}-{k}")
    for name, cases in CASES.items()
    for k, case in enumerate(cases)
]


def inputs(case: Case) -> np.ndarray:
    return np.random.RandomState(1).randn(BATCH, *case.input_shape)


def slopes(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    result = np.empty_like(at)
    for place in np.ndindex(*at.shape):
        nudge = np.zeros_like(at)
        nudge[place] = STEP
        result[place] = (function(at + nudge) - function(at - nudge)) / (2 * STEP)
    return result


@pytest.mark.parametrize("case", ALL)
def test_central_differences(case: Case) -> None:
    layer, x = case.layer, inputs(case)
    x.setflags(write=False)
    assert layer.output_shape(case.input_shape) == case.output_shape
    z, memory = layer.forward(x)
    assert z.shape == (BATCH, *case.output_shape)
    error = np.random.RandomState(2).randn(*z.shape)
    error.setflags(write=False)

    def total(layer: Layer, x: np.ndarray) -> float:
        return float(np.sum(error * layer.forward(x)[0]))

    close = {"rtol": 1e-6, "atol": 1e-8}
    np.testing.assert_allclose(
        layer.backward(memory, error), slopes(lambda x: total(layer, x), x), **close
    )
    for name, ours in zip(layer.parameter_names, layer.gradients(memory, error), strict=True):
        expected = slopes(
            lambda p, name=name: total(layer.replace(**{name: p}), x), getattr(layer, name)
        )
        np.testing.assert_allclose(ours, expected, **close)


@pytest.mark.parametrize("case", ALL)
def test_torch(case: Case) -> None:
    torch = pytest.importorskip("torch")
    parameters = [torch.tensor(p, requires_grad=True) for p in case.layer.parameters]
    x = torch.tensor(inputs(case), requires_grad=True)
    z = case.torch(torch.nn.functional, parameters, x)
    ours, memory = case.layer.forward(inputs(case))
    close = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(ours, z.detach(), **close)
    error = np.random.RandomState(2).randn(*ours.shape)
    z.backward(torch.tensor(error))
    np.testing.assert_allclose(case.layer.backward(memory, error), x.grad, **close)
    for gradient, parameter in zip(case.layer.gradients(memory, error), parameters, strict=True):
        np.testing.assert_allclose(gradient, parameter.grad, **close)


@pytest.mark.parametrize("case", ALL)
def test_values_and_files(case: Case, tmp_path: Path) -> None:
    assert case.layer.replace() == case.layer
    network = Network([case.layer], input_shape=case.input_shape)
    network.save(tmp_path / "network.npz")
    loaded = Network.load(tmp_path / "network.npz")
    assert loaded == network
    np.testing.assert_array_equal(loaded(inputs(case)), network(inputs(case)))


@pytest.mark.slow
@pytest.mark.parametrize("case", [one for one in ALL if len(one.values[0].input_shape) == 3])
def test_receptive_fields_are_what_changes_a_unit(case: Case) -> None:
    layer, shape = case.layer, case.input_shape
    x = np.random.RandomState(3).randn(1, *shape)
    _, height, width = shape
    for row, column in np.ndindex(case.output_shape[1:]):
        field = layer.receptive_field(row, column, shape)
        seen = np.zeros((height, width), dtype=bool)
        rows, columns = field.inside
        seen[np.ix_(rows, columns)] = True
        z = layer.forward(x)[0][0, :, row, column]
        for i, j in np.ndindex(height, width):
            other = x.copy()
            other[:, :, i, j] += 1.0
            changed = (layer.forward(other)[0][0, :, row, column] != z).any()
            assert changed == seen[i, j], (row, column, i, j)
    with pytest.raises(NetworkError, match="no unit"):
        layer.receptive_field(*case.output_shape[1:], shape)


@pytest.mark.parametrize(
    "layer",
    [
        Upsample(10**9),
        Upsample(10**9, "bilinear"),
        AdaptiveAveragePool2D(10**9),
        Pad(10**9),
        Pad(10**9, "replicate"),
    ],
    ids=repr,
)
def test_loading_allocates_nothing_for_what_a_layer_would_make(
    layer: Layer, tmp_path: Path
) -> None:
    network = Network([layer], input_shape=(1, 4, 4))
    network.save(tmp_path / "huge.npz")
    tracemalloc.start()
    assert Network.load(tmp_path / "huge.npz") == network
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def test_slices_and_softmax_keep_places() -> None:
    field = Slice(1, None, 2, axis=1).receptive_field(1, 2, (2, 7, 5))
    assert (field.rows, field.columns) == ((3,), (2,))
    field = Slice(0, 1, axis=0).receptive_field(1, 2, (2, 7, 5))
    assert (field.rows, field.columns) == ((1,), (2,))
    assert Softmax(-3).receptive_field(1, 2, (2, 7, 5)).rows == (1,)
    for layer in (Softmax(-1), Slice(0, 1, squeezed=True)):
        with pytest.raises(NetworkError, match="no receptive fields"):
            layer.receptive_field(0, 0, (2, 7, 5))


def test_a_transpose_undoes_the_shapes_of_a_convolution() -> None:
    options = {"stride": 2, "padding": 1}
    kernels = RNG.randn(3, 2, 3, 3)
    there = Conv2D(kernels, np.zeros(3), **options)
    back = ConvTranspose2D(kernels, np.zeros(2), **options)
    x, y = RNG.randn(1, 2, 7, 7), RNG.randn(1, 3, 4, 4)
    assert back.output_shape(there.output_shape((2, 7, 7))) == (2, 7, 7)
    # The transpose: products with it are products with the convolution from the other side.
    assert np.vdot(there.forward(x)[0], y) == pytest.approx(np.vdot(x, back.forward(y)[0]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv1D(np.ones((2, 3)), [0, 0]), r"\(n_out, n_in / groups, size\), not \(2, 3\)"),
        (lambda: conv1d(2, 1, 3).output_shape((2, 5)), r"\(1, length\), not \(2, 5\)"),
        (lambda: conv1d(2, 1, 3).output_shape((1, 2)), "1 x 3 does not fit"),
        (lambda: conv1d(2, 1, 3, padding="full"), "'same' or 'valid', not 'full'"),
        (lambda: transposed(2, 3, 3, 3, output_padding=1), "below the stride or the dilation"),
        (lambda: transposed(2, 3, 3, 3, padding="same"), "padding must be numbers"),
        (lambda: ConvTranspose2D(np.ones((2, 3, 1, 1)), [0, 0]), r"biases must have shape \(3,\)"),
        (lambda: transposed(2, 3, 1, 1, padding=3).output_shape((2, 4, 4)), "nothing is left of"),
        (lambda: Upsample(2, "cubic"), "'nearest' or 'bilinear', not 'cubic'"),
        (lambda: Upsample(2).output_shape((2, 3)), "takes an image"),
        (lambda: Pad(1, "mirror"), "not 'mirror'"),
        (lambda: Pad(1, value="a"), "value must be a finite number"),
        (lambda: Pad(4, "reflect").output_shape((1, 4, 4)), "must be shorter than 4"),
        (lambda: Pad(5, "circular").output_shape((1, 4, 4)), "margin of 5 is longer than 4"),
        (lambda: Pad(1).output_shape((4,)), r"takes \(channels, height, width\) or"),
        (lambda: AdaptiveAveragePool2D(0), "size must be positive"),
    ],
)
def test_bad_layers(make: Callable[[], object], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        make()
