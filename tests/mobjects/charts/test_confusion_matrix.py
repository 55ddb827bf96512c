"""A confusion matrix counts what the engine says, and can be read."""

import numpy as np
import pytest
from manim import RIGHT, Scene
from sklearn.metrics import confusion_matrix as by_sklearn

from nnviz import ConfusionMatrix
from nnviz._manim import temp_config
from nnviz.mobjects.charts.chart_colors import RIGHT_COLOR, WRONG_COLOR, letters_on, tint
from nnviz.network import Network, NetworkError, confusion_matrix


def contrast(one, other):
    """Return the contrast of two colours as in the W3C's guidelines (WCAG 2.2), 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.asarray(rgb) + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def written(panel):
    count = len(panel.names)
    return np.array([number.text for number in panel.numbers]).reshape(count, count)


def test_counts_are_a_worked_example_and_scikit_learns():
    true, said = [0, 0, 0, 1, 1, 2, -1], [0, 1, 1, 1, 1, 0, 2]
    expected = [[1, 2, 0], [0, 2, 0], [1, 0, 0]]
    assert confusion_matrix(true, said, 3).tolist() == expected
    rng = np.random.RandomState(0)
    true, said = rng.randint(5, size=(2, 200))
    np.testing.assert_array_equal(confusion_matrix(true, said), by_sklearn(true, said))
    with pytest.raises(NetworkError, match="must lie between 0 and 2, but one is 4"):
        confusion_matrix(true, said, 3)
    with pytest.raises(NetworkError, match="200 labels for 7 predictions"):
        confusion_matrix(true, said[:7])
    with pytest.raises(NetworkError, match="of no examples is not defined"):
        confusion_matrix([-1], [0])


@pytest.mark.parametrize("percent", [False, True])
def test_numbers_are_those_of_a_report_and_colours_move(charts, three_classes, percent):
    x, y, network, reports = three_classes
    panel = ConfusionMatrix((x, y), percent=percent)
    animation = charts.follow(panel, reports, network)
    for time in (0.0, 0.13, 0.5, 1.0):
        past, after, share = charts.at(animation, time, network, reports)
        counts, then = (
            by_sklearn(y, state.network.predict(x), labels=range(3)) for state in (past[-1], after)
        )
        np.testing.assert_array_equal(panel.counts, counts)
        shares, later = (c / c.sum(axis=1, keepdims=True) for c in (counts, then))
        if percent:
            assert written(panel).tolist() == [[f"{100 * s:.1f}" for s in row] for row in shares]
        else:
            assert written(panel).tolist() == counts.astype(str).tolist()
        strength = np.sqrt(shares + share * (later - shares))[..., None]
        full = np.where(np.eye(3)[..., None], RIGHT_COLOR.to_rgb(), WRONG_COLOR.to_rgb())
        expected = np.rint(255 * (tint("#FFFFFF", 0) * (1 - strength) + full * strength))
        np.testing.assert_allclose(panel.image.pixels, expected, atol=1)
        assert charts.inside(panel)


def test_one_sigmoid_output_has_two_classes(xor):
    x, y, network, _ = xor
    panel = ConfusionMatrix((x, y), names=["equal", "different"]).show_network(network)
    np.testing.assert_array_equal(panel.counts, by_sklearn(y, network.predict(x)))


@pytest.mark.parametrize("background", ["#000000", "#FFFFFF", "#1C2B3A", "#777777"])
def test_numbers_can_be_read_on_their_cells(background):
    with temp_config({"background_color": background}):
        counts = [(i, j) for i in range(4) for j in range(4) for _ in range(1 + (5 * i + j) % 7)]
        panel = ConfusionMatrix.of_labels(*np.array(counts).T)
        for number, fill in zip(panel.numbers, panel.image.pixels.reshape(-1, 3), strict=True):
            assert contrast(number.get_fill_color().to_rgb(), fill / 255) >= 4.5
    fills = np.random.RandomState(0).rand(300, 3)
    assert min(contrast(letters_on(fill).to_rgb(), fill) for fill in fills) >= 4.5


@pytest.mark.parametrize("size", [(4, 4), (2.2, 2), (6, 3), (3, 6)])
@pytest.mark.parametrize("names", [None, ["cat", "dog", "bird"], ["a", "somewhat longer", "c"]])
def test_nothing_that_is_written_overlaps(charts, size, names):
    panel = ConfusionMatrix.of_labels(
        [0, 0, 1, 2, 2], [0, 1, 1, 2, 0], width=size[0], height=size[1], names=names, percent=True
    )
    assert panel.numbers[1].text in ("50.0", "50")
    rows, columns = panel.labels
    words = [*rows, *columns, *panel.titles]
    assert [word.text for word in words] == [*panel.names, *panel.names, "predicted (%)", "true"]
    assert charts.overlaps(charts.boxes([panel.image, *words])) == 0
    assert charts.overlaps(charts.boxes([number for number in panel.numbers if number.text])) == 0
    for k, number in enumerate(panel.numbers):
        # In its cell, in the row and column of its names.
        assert number.width < 0.8 * panel.side
        assert number.get_center()[1] == pytest.approx(rows[k // 3].get_center()[1], abs=0.06)
        assert number.get_center()[0] == pytest.approx(columns[k % 3].get_center()[0], abs=0.06)
    assert charts.inside(panel)


def test_ten_classes_and_rows_without_examples(three_classes):
    panel = ConfusionMatrix.of_labels([0, 9, 9], [0, 9, 3], classes=10, percent=True)
    # One decimal would be too small in cells of this size.
    seen = written(panel)
    assert seen[9, 9] == seen[9, 3] == "50"
    assert seen[0].tolist() == ["100"] + 9 * ["0"]
    assert (seen[1:9] == "").all()


def test_it_is_animated_and_copies_are_whole(charts, three_classes):
    x, y, network, reports = three_classes

    class Counts(Scene):
        def construct(self):
            self.panel = ConfusionMatrix((x, y)).show_network(network)
            self.add(self.panel)
            self.play(self.panel.animate(run_time=0.2).show_report(reports[-1]))

    scene = Counts()
    scene.render()
    expected = by_sklearn(y, reports[-1].network.predict(x))
    np.testing.assert_array_equal(scene.panel.counts, expected)
    other = ConfusionMatrix((x, y)).shift(2 * RIGHT).scale(0.5).copy()
    other.show_report(reports[-1])
    assert charts.inside(other)
    assert written(other).tolist() == written(scene.panel).tolist()


def test_what_does_not_fit_is_said(three_classes):
    x, y, network, _ = three_classes
    with pytest.raises(ValueError, match="60 examples, but 3 labels"):
        ConfusionMatrix((x, y[:3]))
    with pytest.raises(ValueError, match="2 names for 3 classes"):
        ConfusionMatrix((x, y), names="ab", classes=3)
    with pytest.raises(ValueError, match="and a label is 2"):
        ConfusionMatrix((x, y), names="ab")
    with pytest.raises(ValueError, match="has 3: give names, or classes=3"):
        ConfusionMatrix((x, y), classes=4).show_network(network)
    with pytest.raises(ValueError, match="too small for 3 x 3 cells"):
        ConfusionMatrix((x, y), 0.6, 0.6)
    plain = Network.random([2, 3], seed=0, activations=["identity"])
    with pytest.raises(ValueError, match="puts an example into one class"):
        ConfusionMatrix((x, y)).show_network(plain)
