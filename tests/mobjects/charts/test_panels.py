"""Every number, region and sign in a panel is what the engine says."""

import numpy as np
import pytest
from manim import RIGHT, UP, MathTex, Scene, Tex, Text, config

from nnviz import (
    Accuracy,
    AccuracyCurve,
    ConfusionMatrix,
    CostCurve,
    DecisionBoundary,
    FittedCurve,
    Predictions,
)
from nnviz._manim import temp_config
from nnviz.mobjects.charts.chart_colors import CLASS_COLORS, class_colors, ink, tint
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.network import Network, Snapshot, one_hot

TIMES = (0.0, 0.13, 0.5, 0.71, 1.0)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_cost_curves_are_the_engines_costs(charts, xor, log, moved):
    x, y, network, reports = xor
    panel = CostCurve({"some": (x[:4], y[:4]), "all": (x, y)}, log=log)
    if moved:
        panel.scale(0.6).shift(2 * RIGHT + UP)
    animation = charts.follow(panel, reports, network)
    for time in TIMES:
        past, after, share = charts.at(animation, time, network, reports)
        for curve, count in zip(panel.curves, (4, 6), strict=True):
            costs = [state.network.cost(x[:count], y[:count]) for state in (*past, after)]
            expected = [
                [float(state.epoch), cost] for state, cost in zip(past, costs, strict=False)
            ]
            if share:
                tip = len(past) - 1 + share
                expected.append([tip, costs[-2] + share * (costs[-1] - costs[-2])])
            if len(expected) == 1:
                assert not len(curve.points)
                continue
            read = charts.numbers_at(panel.plot, panel, charts.ends_of(curve))
            np.testing.assert_allclose(read, expected, rtol=1e-6, atol=1e-9)
        assert charts.inside(panel)


def test_reports_own_numbers_where_there_are_no_examples(charts, xor):
    _, _, network, reports = xor
    cost, accuracy = CostCurve(), AccuracyCurve()
    for panel, name in ((cost, "cost"), (accuracy, "accuracy")):
        animation = charts.follow(panel, reports, network)
        animation.interpolate(1.0)
        panel.log = False
        read = charts.numbers_at(panel.plot, panel, charts.ends_of(panel.curves[0]))
        # Nobody has measured what was there before the first epoch.
        np.testing.assert_allclose(read, [[r.epoch, getattr(r, name)] for r in reports])
        with pytest.raises(ValueError, match=f"these reports say no {name}: record it"):
            panel.expect([Snapshot(r.epoch, None, None, r.network) for r in reports])


def test_an_accuracy_curve_is_the_engines(charts, xor):
    x, y, network, reports = xor
    panel = AccuracyCurve({"train": (x, y)})
    panel.log = False
    charts.follow(panel, reports, network).interpolate(1.0)
    read = charts.numbers_at(panel.plot, panel, charts.ends_of(panel.curves[0]))[:, 1]
    expected = [n.accuracy(x, y) for n in (network, *(r.network for r in reports))]
    np.testing.assert_allclose(read, expected, atol=1e-9)


def classes_seen(panel, count):
    """Read classes off an image."""
    tints = np.array([np.rint(255 * tint(c, 0.5)) for c in class_colors(count)])
    distances = np.abs(panel.image.pixels[:, :, None].astype(float) - tints).sum(axis=3)
    assert (distances.min(axis=2) <= 1).all()
    return distances.argmin(axis=2)


@pytest.mark.parametrize("data", ["xor", "three_classes"])
def test_regions_are_what_the_network_says(charts, data, request):
    x, y, network, reports = request.getfixturevalue(data)
    count = len(set(y))
    panel = DecisionBoundary(x, y, resolution=30)
    # The engine computes at the centres of pixels.
    rows, columns = panel.image.pixels.shape[:2]
    left, top = panel.image.get_corner([-1, 1, 0])[:2]
    step = panel.image.width / columns
    animation = charts.follow(panel, reports, network)
    for time in TIMES:
        past, after, share = charts.at(animation, time, network, reports)
        points = panel.grid.reshape(-1, 2)
        first, last = (state.network.feedforward(points) for state in (past[-1], after))
        outputs = first + share * (last - first)
        said = outputs[:, 0] > 0.5 if count == 2 else outputs.argmax(axis=1)
        seen = classes_seen(panel, count)
        np.testing.assert_array_equal(seen, said.reshape(rows, columns))
        if not share:
            expected = past[-1].network.predict(points).reshape(rows, columns)
            np.testing.assert_array_equal(seen, expected)
    # An example stands on the pixel for its inputs.
    for row, column in ((0, 0), (29, 7), (12, 29)):
        spot = np.array([left + (column + 0.5) * step, top - (row + 0.5) * step])
        low, high = panel.low, panel.high
        corner = panel.box.get_corner([-1, -1, 0])[:2] + panel.inside[0]
        inputs = low + (spot - corner) / (panel.inside[1] - panel.inside[0]) * (high - low)
        np.testing.assert_allclose(inputs, panel.grid[row, column], rtol=1e-6)


def test_examples_stand_where_their_inputs_are(charts, three_classes):
    x, y, _, _ = three_classes
    panel = DecisionBoundary(x, y)
    corner, extent = panel.image.get_corner([-1, -1, 0])[:2], np.ptp(panel.inside, axis=0)
    for k, sign in enumerate(panel.signs):
        examples = x[y == k]
        centres = sign.points.reshape(len(examples), -1, 4, 3)[:, :, 0].mean(axis=1)[:, :2]
        inputs = panel.low + (centres - corner) / extent * (panel.high - panel.low)
        np.testing.assert_allclose(inputs, examples, atol=1e-6)
    # Other forms as well as other colours.
    assert len({len(sign.points) // (y == k).sum() for k, sign in enumerate(panel.signs)}) == 3
    assert charts.inside(panel)


def test_probabilities_blend(three_classes):
    x, y, network, reports = three_classes
    panel = DecisionBoundary(x, y, blend=True, resolution=24).show_report(reports[-1])
    shares = reports[-1].network.feedforward(panel.grid.reshape(-1, 2))
    tints = np.array([tint(color, 0.5) for color in CLASS_COLORS[:3]])
    expected = np.rint(255 * shares @ tints).reshape(panel.image.pixels.shape)
    np.testing.assert_array_equal(panel.image.pixels, expected)
    plain = Network.dense(network.weights, network.biases, ["tanh", "identity"])
    with pytest.raises(ValueError, match="identity outputs are none: end the network with"):
        panel.show_report(Snapshot(1, None, None, plain))


def test_a_regression_is_a_shade():
    rng = np.random.RandomState(0)
    x = rng.rand(40, 2)
    y = x[:, 0] - 2 * x[:, 1]
    network = Network.random([2, 4, 1], seed=0, activations=["tanh", "identity"])
    panel = DecisionBoundary(x, y, resolution=24).show_report(Snapshot(1, None, None, network))
    values = network.feedforward(panel.grid.reshape(-1, 2))[:, 0]
    shares = ((values - y.min()) / np.ptp(y)).clip(0, 1)[:, None]
    low, high = (tint(color, 0.5) for color in CLASS_COLORS[:2])
    expected = np.rint(255 * (low + shares * (high - low))).reshape(panel.image.pixels.shape)
    np.testing.assert_array_equal(panel.image.pixels, expected)


def test_a_fitted_curve_is_what_the_network_computes(charts):
    x = np.linspace(-2, 2, 30)
    y = np.sin(2 * x)
    network = Network.random([1, 6, 1], seed=0, activations=["tanh", "identity"])
    reports = list(network.train(x[:, None], y, epochs=4, optimizer="adam", learning_rate=0.02))
    panel = FittedCurve(x, y)
    panel.log = False
    animation = charts.follow(panel, reports, network)
    for time in TIMES:
        past, after, share = charts.at(animation, time, network, reports)
        inputs, seen = charts.numbers_at(panel.plot, panel, charts.ends_of(panel.curves[0])).T
        first, last = (s.network.feedforward(inputs[:, None])[:, 0] for s in (past[-1], after))
        low, high = panel.plot.ranges[:, 1]
        expected = (first + share * (last - first)).clip(low, high)
        np.testing.assert_allclose(seen, expected, atol=1e-6)
        assert charts.inside(panel)


def test_the_accuracy_written_is_that_of_a_report_and_the_bar_moves(charts, xor):
    x, y, network, reports = xor
    panel = Accuracy((x, y), width=4)
    animation = charts.follow(panel, reports, network)
    for time in TIMES:
        past, after, share = charts.at(animation, time, network, reports)
        now, then = (state.network.accuracy(x, y) for state in (past[-1], after))
        assert panel.number.text == f"{100 * now:.1f} %"
        assert panel.bar.width == pytest.approx(4 * (now + share * (then - now)))
        assert charts.inside(panel)


@pytest.mark.parametrize("names", [None, ("nought", "one", "two")])
def test_predictions_are_marked_as_the_labels_say(charts, names):
    rng = np.random.RandomState(0)
    x, labels = rng.rand(7, 1, 4, 4), rng.randint(3, size=7)
    network = Network.random([16, 3], seed=0, cost="quadratic")
    flat = x.reshape(7, 16)
    reports = list(network.train(flat, one_hot(labels, 3), epochs=6, learning_rate=3.0))
    panel = Predictions(flat, labels, names=names)
    animation = charts.follow(panel, reports, network)
    seen = set()
    for time in TIMES:
        past, _, _ = charts.at(animation, time, network, reports)
        said = past[-1].network.predict(flat)
        words = [cell[2].text for cell in panel.cells]
        assert words == [str(k) if names is None else names[k] for k in said]
        for cell, right in zip(panel.cells, said == labels, strict=True):
            # A cross is as high as wide, and its second line goes down from the left.
            lines = cell[3].points[[0, 3, 4, 7]]
            is_cross = bool(np.isclose(lines[0, 0], lines[2, 0]))
            assert is_cross != right
            assert (cell[1].get_stroke_width() > 3) != right
            seen.add(bool(right))
        assert charts.inside(panel)
    assert seen == {True, False}
    for cell, image in zip(panel.cells, x, strict=True):
        np.testing.assert_allclose(cell[0].image, image[0], atol=0.5 / 255)


def test_images_of_any_range_and_of_channels_are_shown(charts):
    rng = np.random.RandomState(0)
    x = rng.randn(4, 3, 5, 6)
    panel = Predictions(x)
    shown = np.array([cell[0].image for cell in panel.cells])
    expected = (x - x.min()) / np.ptp(x)
    np.testing.assert_allclose(shown, expected.transpose(0, 2, 3, 1), atol=0.5 / 255)
    assert all(cell[0].width <= panel.side + 1e-9 for cell in panel.cells)
    assert charts.inside(panel)


def test_a_panel_is_animated_to_a_report(xor, tmp_path):
    x, y, network, reports = xor

    class Shows(Scene):
        def construct(self):
            self.panel = Accuracy((x, y)).show_report(Snapshot(0, None, None, network))
            self.add(self.panel)
            self.play(self.panel.animate(run_time=0.4).show_report(reports[-1]))

    scene = Shows()
    scene.render()
    assert scene.panel.number.text == f"{100 * reports[-1].network.accuracy(x, y):.1f} %"
    width = scene.panel.bar.width / scene.panel.box.width
    assert width == pytest.approx(reports[-1].network.accuracy(x, y))


def test_panels_survive_being_copied_moved_and_scaled(charts, xor):
    x, y, network, reports = xor
    for panel in (CostCurve({"a": (x, y)}), DecisionBoundary(x, y, resolution=20)):
        panel.show_report(Snapshot(0, None, None, network))
        other = panel.copy().scale(0.5).to_corner([1, 1, 0])
        for report in reports:
            other.show_report(report)
        assert charts.inside(other)
        assert len(panel.measured) == 1
        last = panel.copy()
        for report in reports:
            last.show_report(report)
        last.scale(0.5).to_corner([1, 1, 0])
        for one, two in zip(last.get_family(), other.get_family(), strict=True):
            np.testing.assert_allclose(one.points, two.points, atol=1e-6)


# --- what cannot be shown is said


def test_what_does_not_fit_is_said(xor):
    x, y, _, reports = xor
    with pytest.raises(ValueError, match=r"x must have shape \(n, 2\)"):
        DecisionBoundary(x[:, :1], y)
    with pytest.raises(ValueError, match="6 examples in x, but 5 in y"):
        DecisionBoundary(x, y[:5])
    with pytest.raises(ValueError, match="a range needs low < high"):
        DecisionBoundary(x, y, x_range=(1, 1))
    with pytest.raises(ValueError, match="drawn for two inputs, and Network"):
        DecisionBoundary(x, y).show_report(Snapshot(1, None, None, Network.random([3, 1], seed=0)))
    with pytest.raises(ValueError, match="the images are, not of Network"):
        Predictions(np.zeros((2, 16))).show_report(reports[0])
    with pytest.raises(ValueError, match="3 names for 2 classes"):
        Predictions(np.zeros((2, 4)), names="abc").show_report(
            Snapshot(1, None, None, Network.random([4, 1], seed=0))
        )
    with pytest.raises(ValueError, match="too small for axes"):
        CostCurve(width=0.5, height=0.3)
    with pytest.raises(ValueError, match="one input, not"):
        FittedCurve(x, y)
    with pytest.raises(ValueError, match="name no classes"):
        Accuracy((x, [0.5] * 6))
    with pytest.raises(ValueError, match="positive width and height"):
        Accuracy(width=0)


# --- colours

#: Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as people see it who lack a cone.
DEFICIENCIES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(rgb):
    """Return CIE L*a*b* of colours in sRGB, D65."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear, _lab_of_linear(linear)


def _lab_of_linear(linear):
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = linear.clip(0, 1) @ to_xyz.T / (0.9505, 1.0, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


@pytest.mark.parametrize("background", ["#000000", "#FFFFFF"])
@pytest.mark.parametrize(("share", "count"), [(1.0, 7), (0.5, 5)])
def test_classes_are_told_apart_with_any_colour_vision(background, share, count):
    """A difference of 2.3 is just noticed in L*a*b*; here it is four times that at least."""
    with temp_config({"background_color": background}):
        colors = np.array([tint(color, share) for color in CLASS_COLORS[:count]])
        assert np.abs(ink().to_rgb() - tint(background, 1)).min() > 0.85
    linear, seen = lab(colors)
    for matrix in (np.eye(3), *map(np.array, DEFICIENCIES.values())):
        seen = _lab_of_linear(linear @ matrix.T)
        gaps = np.linalg.norm(seen[:, None] - seen[None], axis=2)
        assert gaps[~np.eye(len(colors), dtype=bool)].min() > 4 * 2.3


def test_nothing_assumes_a_black_background(xor):
    x, y, _, reports = xor
    with temp_config({"background_color": "#FFFFFF"}):
        assert str(config.background_color).upper().endswith("FFFFFF")
        for panel in (CostCurve({"a": (x, y)}), Accuracy((x, y)), DecisionBoundary(x, y)):
            panel.show_report(reports[-1])
            for part in panel.family_members_with_points():
                white = [
                    part.get_fill_opacity() > 0 and part.get_fill_color().to_hex() == "#FFFFFF",
                    part.get_stroke_opacity() * part.get_stroke_width() > 0
                    and part.get_stroke_color().to_hex() == "#FFFFFF",
                ]
                # The outlines of examples are of the background's colour, on regions of others'.
                is_image = hasattr(part, "pixels")
                is_sign = isinstance(panel, DecisionBoundary) and part in panel.signs.submobjects
                assert not any(white) or is_image or is_sign


@pytest.mark.slow
def test_panels_write_as_they_are_told(xor):
    x, y, _, reports = xor
    fonts = []

    def mono(text):
        fonts.append(text)
        return Text(text, font="DejaVu Sans Mono")

    panels = [
        CostCurve({"train": (x, y)}, writing=mono),
        Accuracy((x, y), writing=mono),
        DecisionBoundary(x, y, names="ab", writing=mono),
        FittedCurve(x[:, 0], x[:, 1], x_name="x", writing=mono),
        ConfusionMatrix((x, y), writing=mono),
    ]
    said = []
    for panel in panels:
        if not isinstance(panel, FittedCurve):
            panel.show_report(reports[0])
        letters = [part for part in panel.get_family() if isinstance(part, Lettering)]
        said += [part.text for part in letters if part.text]
        assert any(part.text for part in letters)
        assert all(part._writing is mono for part in letters)
    # Numbers are put together of their characters, each of which was written.
    assert {f"0{text}" for text in said if text[0].isalpha()} <= set(fonts)


@pytest.mark.every(2)
@pytest.mark.parametrize("writing", [Tex, MathTex])
def test_latex_writes_the_signs_of_numbers(writing):
    plain = Lettering("#FFFFFF", writing=writing).say("5", np.zeros(3), 0.4)
    for text in ("\N{MINUS SIGN}5", "5 %"):
        other = Lettering("#FFFFFF", writing=writing).say(text, np.zeros(3), 0.4)
        assert other.width > 1.5 * plain.width
