"""A legend of colours says what the picture's own colours mean."""

import numpy as np
import pytest
from manim import DOWN, GOLD, PURPLE, TEAL, WHITE, ManimColor
from tests.mobjects.boxes import assert_apart

from nnviz.mobjects.network import ColorLegend, NetworkMobject, NetworkStyle
from nnviz.network import Dense, Network

X, Y = [0.2, 0.9, 0.5], [1.0, 0.0]


@pytest.fixture(scope="module")
def network():
    rng = np.random.RandomState(0)
    layers = [Dense.random(3, 4, rng, activation="relu"), Dense.random(4, 2, rng, "tanh")]
    return Network(layers, "quadratic")


@pytest.mark.slow
def test_it_says_what_the_picture_shows(network):
    net = NetworkMobject(network)
    assert ColorLegend(net).meanings == ("activations",)
    net.show_weights()
    assert ColorLegend(net).meanings == ("weights",)
    net.show_activations(network.forward_pass(X))
    assert ColorLegend(net).meanings == ("activations", "weights")
    net.show_gradient(network.backprop(X, Y))
    assert ColorLegend(net).meanings == ("activations", "gradient")
    net.hide_weights().show_errors(network.backward_pass(X, Y))
    assert ColorLegend(net).meanings == ("activations", "gradient")


def test_colours_are_those_of_the_style(network):
    style = NetworkStyle(
        background=WHITE, positive_color=TEAL, negative_color=PURPLE, increase_color=GOLD
    )
    net = NetworkMobject(network, style)
    legend = ColorLegend(net, ["activations", "weights", "gradient"], layers=[1])
    scale, *lines = legend.samples
    bar = scale[0]
    assert bar.get_fill_colors() == [style.behind, style.neuron_fill_color]
    expected = [TEAL, PURPLE, GOLD, style.decrease_color]
    assert [ManimColor(line.get_stroke_color()) for line in lines] == expected
    assert all(word.get_fill_color() == style.text_color for word in legend.words)
    signed = ColorLegend(net, ["activations"], layers=[2]).samples[0][0]
    assert signed.get_fill_colors()[0] == style.negative_fill_color
    assert signed.get_fill_colors()[1] == style.behind


def test_the_scale_ends_at_the_activation_that_fills_a_neuron(network):
    forward = network.forward_pass(X)
    net = NetworkMobject(network).show_activations(forward)
    _, low, high = ColorLegend(net, ["activations"], layers=[1]).samples[0]
    assert (low.number, high.number) == (0, pytest.approx(forward.activations[1].max()))
    _, low, high = ColorLegend(net, ["activations"], layers=[2]).samples[0]
    assert (low.number, high.number) == (-1, 1)
    # Of several layers with scales of their own no number would be true.
    ends = ColorLegend(net).samples[0][1:]
    assert [end.text for end in ends] == ["\N{MINUS SIGN}max", "max"]
    limited = NetworkMobject(network, activation_limit=2.5).show_activations(forward)
    assert ColorLegend(limited).samples[0][2].number == 2.5


@pytest.mark.parametrize("direction", ["down", "right"])
def test_nothing_overlaps_and_rows_are_straight(network, direction):
    net = NetworkMobject(network, fit=(6, 4)).show_activations(network.forward_pass(X))
    legend = ColorLegend(net, ["activations", "weights", "gradient"], direction=direction)
    assert_apart([*legend.samples, *legend.words], slack=-1e-6)
    if direction == "down":
        assert np.ptp([word.get_left()[0] for word in legend.words]) == pytest.approx(0, abs=1e-6)
        lines = [sample for sample in legend.samples if not len(sample)]
        bar = legend.samples[0][0]
        assert [line.get_x() for line in lines] == pytest.approx([bar.get_x()] * len(lines))
    legend.next_to(net, DOWN)
    assert legend.get_top()[1] < net.get_bottom()[1]


def test_what_is_no_meaning_is_refused(network):
    net = NetworkMobject(network)
    with pytest.raises(ValueError, match="'activations', 'weights' or 'gradient', not of 'bias'"):
        ColorLegend(net, ["bias"])
    with pytest.raises(ValueError, match="direction is 'down' or 'right'"):
        ColorLegend(net, direction="up")
    with pytest.raises(IndexError, match="no layer 7"):
        ColorLegend(net, ["activations"], layers=[7])
