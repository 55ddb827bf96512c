"""A saliency map shows the engine's derivatives, pixel by pixel."""

import numpy as np
import pytest

from nnviz import Network, SaliencyMap, one_hot
from nnviz.mobjects.charts.chart_colors import CLASS_COLORS
from nnviz.network.layers import Conv2D, Dense, Flatten

DIMMED = 0.55


@pytest.fixture(scope="module")
def dense():
    rng = np.random.RandomState(0)
    network = Network.random([16, 6, 3], seed=1)
    return (
        rng.rand(16),
        network,
        list(network.train(rng.rand(9, 16), np.eye(3)[[0, 1, 2] * 3], epochs=3, learning_rate=3)),
    )


@pytest.fixture(scope="module")
def convolutional():
    rng = np.random.RandomState(1)
    layers = [
        Conv2D(rng.randn(4, 3, 3, 3), rng.randn(4), activation="tanh"),
        Flatten(),
        Dense(0.2 * rng.randn(2, 4 * 4 * 6), np.zeros(2)),
    ]
    return rng.rand(3, 6, 8), Network(layers, "quadratic", (3, 6, 8))


def central_differences(function, x, step=1e-5):
    """Return the derivatives of a function of an array, each by moving one number."""
    found = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        there, back = x.copy(), x.copy()
        there[k] += step
        back[k] -= step
        found[k] = (function(there) - function(back)) / (2 * step)
    return found


def of_largest_size(channels):
    return np.take_along_axis(channels, np.abs(channels).argmax(axis=0)[None], axis=0)[0]


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
@pytest.mark.parametrize("magnitude", [False, True])
def test_derivatives_are_central_differences(kind, magnitude, request):
    x, network, *_ = request.getfixturevalue(kind)
    target = one_hot(np.array([1]), network.sizes[-1])[0]
    cases = {
        (1, None): lambda there: network(there)[1],
        (None, 1): lambda there: network.cost(there, target),
    }
    for (output, label), function in cases.items():
        y = None if label is None else target
        panel = SaliencyMap(x, output, y, magnitude=magnitude).show_network(network)
        expected = central_differences(function, x)
        expected = expected.reshape(4, 4) if x.ndim == 1 else of_largest_size(expected)
        expected = np.abs(expected) if magnitude else expected
        np.testing.assert_allclose(panel.derivatives, expected, rtol=1e-5, atol=1e-9)


def test_colours_are_as_opaque_as_derivatives_are_large(charts, dense):
    x, network, reports = dense
    panel = SaliencyMap(x, output=2)
    animation = charts.follow(panel, reports, network)
    plus, minus = (CLASS_COLORS[k].to_rgb() for k in (0, 4))
    grey = DIMMED * np.repeat(x.reshape(4, 4, 1), 3, axis=2)
    for time in (0.0, 0.2, 0.5, 1.0):
        past, after, share = charts.at(animation, time, network, reports)
        maps = [s.network.input_gradient(x, 2).reshape(4, 4, 1) for s in (past[-1], after)]
        first, last = (m / np.abs(m).max() for m in maps)
        mixed = first + share * (last - first)
        expected = grey + np.abs(mixed) * (np.where(mixed < 0, minus, plus) - grey)
        np.testing.assert_allclose(panel.image.pixels, 255 * expected, atol=0.51)
        # The scale says how large a derivative has the full colour.
        low, zero, high = panel.scale_bar[3]
        assert float(high.text) == pytest.approx(np.abs(maps[0]).max(), rel=0.05)
        assert low.text == "\N{MINUS SIGN}" + high.text
        assert zero.text == "0"
        assert charts.inside(panel)


def test_an_image_in_colours_is_grey_below(convolutional):
    x, network = convolutional
    panel = SaliencyMap(x, output=0, limit=1e9).show_network(network)
    luminance = np.tensordot([0.2126, 0.7152, 0.0722], x, 1)
    expected = np.rint(255 * DIMMED * luminance)
    np.testing.assert_allclose(panel.image.pixels, expected[..., None].repeat(3, 2), atol=1)
    assert panel.image.width / panel.image.height == pytest.approx(8 / 6)


@pytest.mark.parametrize("size", [(5, 4), (2.4, 1.6), (4, 6)])
def test_nothing_overlaps(charts, dense, size):
    x, network, _ = dense
    panel = SaliencyMap(x, 0, None, *size, name="how it changes").show_network(network)
    bar, _, _, numbers, title = panel.scale_bar
    assert charts.overlaps(charts.boxes([panel.image, bar, *numbers, title])) == 0
    assert title.text == "how it changes"
    assert charts.inside(panel)
    alone = SaliencyMap(x, 0, None, 3, 3, scale=False).show_network(network)
    assert alone.image.width == pytest.approx(3)


def test_what_does_not_fit_is_said(dense):
    x, network, _ = dense
    for options in ({}, {"output": 1, "y": [0, 1, 0]}):
        with pytest.raises(ValueError, match="give output, an index, or y, a desired output"):
            SaliencyMap(x, **options)
    with pytest.raises(ValueError, match=r"x must be an image.*not \(4, 4\)"):
        SaliencyMap(x.reshape(4, 4), 0)
    with pytest.raises(ValueError, match="a square image needs"):
        SaliencyMap(x[:5], 0)
    with pytest.raises(ValueError, match=r"shape \(9,\), which Network"):
        SaliencyMap(x[:9], 0).show_network(network)
    with pytest.raises(ValueError, match="there is no output 7"):
        SaliencyMap(x, 7).show_network(network)
    with pytest.raises(ValueError, match="limit needs to be"):
        SaliencyMap(x, 0, limit=0)
    with pytest.raises(ValueError, match="no room for a scale"):
        SaliencyMap(x, 0, None, 1.0, 1.0)
    with pytest.raises(ValueError, match="nothing is shown yet"):
        SaliencyMap(x, 0).derivatives  # noqa: B018
