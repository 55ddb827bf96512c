"""Axes, legends and names of panels: round numbers that stay, and nothing overlaps."""

import numpy as np
import pytest
from manim import UP

from nnviz import AccuracyCurve, CostCurve, DecisionBoundary


def ticks_of(plot):
    """Return what stands at the axes, and where."""
    return [
        [(label.text, tuple(label.get_center().round(6))) for label in labels if label.text]
        for labels in plot[2:4]
    ]


@pytest.mark.parametrize("kind", [CostCurve, AccuracyCurve])
def test_axes_are_those_of_the_whole_training(charts, xor, kind):
    x, y, network, reports = xor
    panel = kind({"all": (x, y), "some": (x[:2], y[:2])})
    animation = charts.follow(panel, reports, network)
    seen = []
    for time in np.linspace(0, 1, 9):
        animation.interpolate(time)
        seen.append(ticks_of(panel.plot))
        assert panel.plot.ranges[:, 0].tolist() == [0, 7]
    assert all(ticks == seen[0] for ticks in seen)
    across = [text for text, _ in seen[0][0]]
    assert across[0] == "0"
    assert len(across) > 2
    assert all(text.isdigit() for text in across)  # epochs are whole
    costs = np.array(panel.measured)[:, 1:]
    low, high = panel.plot.ranges[:, 1]
    assert low <= costs.min()
    assert high >= costs.max()


def test_axes_grow_report_by_report_and_may_be_given(xor):
    x, y, network, reports = xor
    free, given = CostCurve({"all": (x, y)}), CostCurve({"all": (x, y)}, epochs=5)
    for panel in (free, given):
        panel.show_network(network)
        ends = [panel.plot.ranges[1, 0]]
        for report in reports:
            panel.show_report(report)
            ends.append(panel.plot.ranges[1, 0])
        assert ends == ([1, 1, 2, 3, 4, 5, 6, 7] if panel is free else [5, 5, 5, 5, 5, 5, 6, 7])


@pytest.mark.slow
@pytest.mark.parametrize("size", [(3.6, 4.0), (6.0, 2.0), (2.2, 1.5)])
@pytest.mark.parametrize("log", [False, True])
def test_names_at_the_ends_of_curves_never_meet(charts, xor, size, log):
    x, y, network, reports = xor
    sets = {"train": (x, y), "validation": (x[:3], y[:3]), "test": (x, y), "more": (x[2:], y[2:])}
    panel = CostCurve(sets, *size, log=log)
    animation = charts.follow(panel, reports, network)
    orders = []
    for time in np.linspace(0, 1, 11):
        animation.interpolate(time)
        words = [word for _, word in panel.labels]
        assert [word.text for word in words] == list(sets)
        assert charts.overlaps(charts.boxes(words)) == 0
        assert charts.inside(panel)
        for tip, (line, word) in zip(panel[3], panel.labels, strict=True):
            # The line leads from the curve's tip to the name.
            np.testing.assert_allclose(line.points[0], tip.get_center(), atol=1e-6)
            assert tip.get_right()[0] < word.get_left()[0]
        orders.append(np.argsort([line.points[-1, 1] for line, _ in panel.labels]).tolist())
    assert all(order == orders[0] for order in orders)
    # At the end names stand as their curves do: equal ones one below the other.
    last = panel.measured[-1][1:]
    assert (np.diff(last[orders[-1]]) >= 0).all()


def test_a_name_whose_curve_is_alone_stands_level_with_its_tip(xor):
    x, y, _, reports = xor
    panel = CostCurve({"train": (x, y)}).show_report(reports[0]).show_report(reports[1])
    line, _ = panel.labels[0]
    assert np.ptp(line.points[:, 1]) == pytest.approx(0, abs=1e-9)


def test_ticks_of_a_boundary_are_round_and_where_they_say(charts, three_classes):
    x, y, network, _ = three_classes
    panel = DecisionBoundary(x, y, x_name="left", y_name="up", names=["a", "b", "c"])
    panel.scale(0.7).shift(UP).show_network(network)
    left, bottom = panel.image.get_corner([-1, -1, 0])[:2]
    extent = np.array([panel.image.width, panel.image.height])
    for axis, labels in enumerate(panel.plot[2:4]):
        shown = [label for label in labels if label.text]
        assert len(shown) >= 2
        for label in shown:
            value = float(label.text.replace("\N{MINUS SIGN}", "-"))
            share = (value - panel.low[axis]) / (panel.high - panel.low)[axis]
            at = np.array([left, bottom])[axis] + share * extent[axis]
            assert label.get_center()[axis] == pytest.approx(at, abs=0.06)
        values = [float(label.text.replace("\N{MINUS SIGN}", "-")) for label in shown]
        assert np.ptp(np.diff(values)) == pytest.approx(0, abs=1e-9)
    assert [word.text for word in panel.plot[4]] == ["left", "up"]
    assert charts.inside(panel)


@pytest.mark.parametrize("size", [(4.0, 4.0), (2.0, 1.6), (7.0, 3.0)])
def test_nothing_that_is_written_on_a_boundary_overlaps(charts, three_classes, size):
    x, y, network, _ = three_classes
    names = ["one of them", "another", "and the last"]
    panel = DecisionBoundary(x, y, *size, names=names, x_name="length", y_name="width")
    panel.show_network(network)
    words = [label for labels in panel.plot[2:5] for label in labels if label.text]
    words += [part for entry in panel.legend for part in entry]
    assert charts.overlaps(charts.boxes([panel.image, *words])) == 0
    assert [entry[1].text for entry in panel.legend] == names
    for (sign, _), shown in zip(panel.legend, panel.signs, strict=True):
        assert sign.get_fill_color() == shown.get_fill_color()
    assert charts.inside(panel)


def test_a_boundary_without_axes_fills_its_box(three_classes):
    x, y, *_ = three_classes
    panel = DecisionBoundary(x, y, 3, 2, axes=False)
    assert (panel.image.width, panel.image.height) == pytest.approx((3, 2))
    with pytest.raises(ValueError, match="names stand above the axes"):
        DecisionBoundary(x, y, axes=False, names="abc")
    with pytest.raises(ValueError, match="2 names for 3 classes in y"):
        DecisionBoundary(x, y, names="ab")
    with pytest.raises(ValueError, match="4 names for 3 classes of Network"):
        DecisionBoundary(x, y, names="abcd").show_network(three_classes[2])
    with pytest.raises(ValueError, match="y holds numbers"):
        DecisionBoundary(x, x[:, 0], names="ab")
