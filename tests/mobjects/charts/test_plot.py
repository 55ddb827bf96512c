"""Round numbers at axes, and letters on a line."""

import numpy as np
import pytest

from nnviz.mobjects.charts.labels import are_classes, labels_of, targets_of
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.plot import log_ticks, nice_ticks, tick_text
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.network import Network


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0, 1, 5, [0, 0.5, 1]),
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 0.9, 2, [0, 0.5]),
        (-3.1, 3.1, 4, [-2, 0, 2]),
        (0, 37, 5, [0, 10, 20, 30]),
        (99.2, 99.9, 5, [99.2, 99.4, 99.6, 99.8]),
        (0, 3e-7, 4, [0, 1e-7, 2e-7, 3e-7]),
    ],
)
def test_ticks_are_round(low, high, most, ticks):
    np.testing.assert_allclose(nice_ticks(low, high, most), ticks, atol=1e-12)


def test_ticks_are_few_and_close_for_any_range():
    rng = np.random.RandomState(0)
    for low, width in zip(rng.randn(500) * 10, 10 ** rng.uniform(-6, 6, 500), strict=True):
        ticks = nice_ticks(low, low + width, 6)
        assert 1 <= len(ticks) <= 6
        assert ticks[0] >= low - 1e-9 * width
        assert ticks[-1] <= low + width * (1 + 1e-9)
    assert list(nice_ticks(0, 1, 6, whole=True)) == [0, 1]
    assert list(nice_ticks(0, 3.4, 7, whole=True)) == [0, 1, 2, 3]


def test_logarithmic_ticks_are_powers_of_ten():
    np.testing.assert_allclose(log_ticks(0.003, 40, 5), [0.01, 0.1, 1, 10])
    np.testing.assert_allclose(log_ticks(0.1, 1, 5), [0.1, 0.2, 0.5, 1])
    np.testing.assert_allclose(log_ticks(0.02, 2, 5), [0.03, 0.1, 0.3, 1])
    assert len(log_ticks(1e-12, 1e3, 5)) <= 5


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        (0, 0.5, "0"),
        (0.5, 0.5, "0.5"),
        (1, 0.5, "1.0"),
        (0.25, 0.05, "0.25"),
        (-20, 10, "−20"),
        (2e-7, 1e-7, "2e−7"),
        (1500000, 500000, "1.5e6"),
    ],
)
def test_numbers_have_the_decimals_that_tell_them_apart(value, step, text):
    assert tick_text(value, step) == text


@pytest.mark.parametrize("text", ["0", "accuracy", "97.5 %", "−3e−7"])
def test_letters_stand_on_one_line_and_are_of_one_size(text):
    for align in ((-1, -1), (0, 0), (1, 1)):
        lettering = Lettering("#FFFFFF", align).say(text, [1.0, 2.0, 0.0], 0.4)
        shift = (np.array(align) + 1) / 2
        width = lettering.width_of(text, 0.4)
        left = lettering.points[:, 0].min()
        assert left == pytest.approx(1 - shift[0] * width)
        line = 2 - shift[1] * 0.4
        # A zero would stand exactly on the line.
        zero = Lettering("#FFFFFF", (-1, -1)).say("0", [0, line, 0], 0.4)
        assert zero.points[:, 1].min() == pytest.approx(line)
        assert zero.points[:, 1].max() == pytest.approx(line + 0.4, abs=0.01)
        bottom = lettering.points[:, 1].min()
        has_descender = any(letter in text for letter in "yg")
        assert (bottom < line - 0.05) == has_descender
    assert lettering.text == text


def test_a_text_is_shrunk_to_its_room_and_may_be_empty():
    lettering = Lettering("#FFFFFF").say("a long text", np.zeros(3), 0.4, max_width=1.0)
    assert lettering.width == pytest.approx(1.0, abs=1e-6)
    assert not len(lettering.say("", np.zeros(3), 0.4).points)
    for text in ("accuracy", "97.5 %", "−3e−7"):  # numbers are put together, as Pango does
        own = SansText(text)
        own.scale(0.4 / SansText("0").height)
        assert lettering.say(text, np.zeros(3), 0.4).width == pytest.approx(own.width, rel=1e-5)


def test_desired_outputs_as_data_sets_have_them():
    assert are_classes([0, 1, 2, 1])
    assert are_classes([[0, 1], [1, 0]])
    assert not are_classes([0.5, 1])
    assert not are_classes([-1, 1])
    assert not are_classes([[0.2, 0.8]])
    assert labels_of([[0, 1, 0], [0, 0, 1]]).tolist() == [1, 2]
    assert labels_of([[1], [0]]).tolist() == [1, 0]
    with pytest.raises(ValueError, match="name no classes"):
        labels_of([0.5])
    three, one = Network.random([2, 3], seed=0), Network.random([2, 1], seed=0)
    assert targets_of([0, 2], three).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert targets_of([0, 1], one).tolist() == [0, 1]
