"""How layers show activations of any range, as neurons and as images."""

import numpy as np
import pytest
from manim import ManimColor

from nnviz._manim import temp_config
from nnviz.mobjects.network import LAYER_PICTURES, LayerPicture, NetworkMobject, NeuronLayer
from nnviz.mobjects.network.layer_pictures import OneToOnePicture, picture_of
from nnviz.mobjects.network.link_arrows import LinkArrow
from nnviz.mobjects.primitives.pixel_image import signed_colors
from nnviz.network import Network
from nnviz.network.activations import ACTIVATIONS
from nnviz.network.layers import (
    LAYERS,
    Activate,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
)

X = np.array([0.2, 0.9, 0.4])


def net_of(activation, output="identity"):
    rng = np.random.RandomState(0)
    layers = [Dense.random(3, 6, rng, activation=activation), Dense.random(6, 4, rng, output)]
    return NetworkMobject(Network(layers, "quadratic"))


def shown(layer):
    """Fills with their signs, as the eye sees them."""
    negative = ManimColor(layer.style.negative_fill_color)
    return np.array(
        [
            neuron.get_fill_opacity() * (-1 if neuron.get_fill_color() == negative else 1)
            for neuron in layer.neurons
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "softmax"])
def test_activations_of_any_function_are_within_their_bounds_and_never_saturate(name):
    activation = ACTIVATIONS[name]
    z = np.linspace(-30, 30, 601)[None]
    a = activation.function(z)
    assert a.min() >= activation.low
    assert a.max() <= activation.high
    net = net_of(name)
    forward = net.network.forward_pass(50 * X)
    net.show_activations(forward)
    for layer, values in zip(net.layers[1:], forward.activations[1:], strict=True):
        bounded = layer.values.high <= 1 and layer.values.low >= -1
        limit = 1.0 if bounded else np.abs(values).max()
        assert shown(layer) == pytest.approx(values / limit, abs=1e-6)


def test_an_input_within_unit_range_is_shown_as_it_is_and_beyond_by_its_largest():
    net = net_of("sigmoid")
    net.layers[0].show_activations(X)
    assert shown(net.layers[0]) == pytest.approx(X)
    net.layers[0].show_activations([2.0, -5.0, 1.0])
    assert shown(net.layers[0]) == pytest.approx([0.4, -1.0, 0.2])


def test_the_limit_can_be_set_for_all_layers_or_one():
    network = net_of("relu").network
    forward = network.forward_pass(X)
    every = NetworkMobject(network, activation_limit=10.0).show_activations(forward)
    assert shown(every.layers[1]) == pytest.approx(forward.activations[1] / 10)
    one = NetworkMobject(network, activation_limit={-1: 0.01}).show_activations(forward)
    assert set(np.abs(shown(one.layers[2]))) == {1.0}
    assert shown(one.layers[0]) == pytest.approx(X)


def test_pooled_and_flattened_values_are_scaled_like_those_they_come_from():
    rng = np.random.RandomState(0)
    layers = [
        Conv2D.random(1, 2, 3, rng, activation="sigmoid"),
        AveragePool2D(2),
        Flatten(),
        Dropout(0.1),
        BatchNorm([1.0] * 8, [0.0] * 8, [0.0] * 8, [1.0] * 8),
        Activate("tanh"),
    ]
    net = NetworkMobject(Network(layers, "quadratic", input_shape=(1, 6, 6)))
    ranges = [layer.values for layer in net.layers]
    assert [(r.low, r.high) for r in ranges[1:5]] == [(0, 1)] * 4
    assert ranges[5].low == -np.inf
    assert (ranges[6].low, ranges[6].high) == (-1, 1)


def test_maps_show_their_activations():
    rng = np.random.RandomState(0)
    layers = [
        Conv2D.random(1, 3, 3, rng, activation="relu"),
        Conv2D.random(3, 9, 2, rng, activation="tanh"),
        Flatten(),
        Dense.random(81, 2, rng, activation="softmax"),
    ]
    net = NetworkMobject(Network(layers, "cross-entropy", input_shape=(1, 6, 6)), max_maps=4)
    x = rng.rand(1, 6, 6)
    forward = net.network.forward_pass(x)
    net.show_activations(forward)
    image, relu, tanh, flat, _ = net.layers
    assert image.maps[0][0].image == pytest.approx(x[0], abs=1 / 255)
    largest = forward.activations[1].max()
    for one, values in zip(relu.maps, forward.activations[1], strict=True):
        assert one[0].image == pytest.approx(values / largest, abs=1 / 255)
    assert list(tanh.shown_units) == [0, 1, 7, 8]
    wanted = signed_colors(
        forward.activations[2][7], 1.0, "#FFFFFF", tanh.style.negative_fill_color, "#000000"
    )
    assert tanh.maps[2][0].image == pytest.approx(wanted, abs=1 / 255)
    assert shown(flat) == pytest.approx(forward.activations[3][flat.shown_units])


def test_an_image_in_colours_keeps_them_and_other_ranges_are_moved_into_view():
    rng = np.random.RandomState(0)
    layers = [Flatten(), Dense.random(60, 2, rng)]
    net = NetworkMobject(Network(layers, input_shape=(3, 4, 5)))
    x = rng.rand(3, 4, 5)
    picture = net.layers[0].show_activations(x).maps[0][0]
    assert picture.image == pytest.approx(np.moveaxis(x, 0, -1), abs=1 / 255)
    net.layers[0].show_activations(4 * x - 2)
    stretched = (x - x.min()) / (x.max() - x.min())
    assert picture.image == pytest.approx(np.moveaxis(stretched, 0, -1), abs=1 / 255)


def test_hidden_activations_leave_nothing():
    net = net_of("tanh").show_activations(net_of("tanh").network.forward_pass(X))
    net.hide_activations()
    assert not np.abs(shown(net.layers[1])).any()


def test_units_are_found_by_their_number():
    net = NetworkMobject(Network.random([30, 2], seed=0), max_shown=7)
    layer = net.layers[0]
    assert list(layer.shown_units) == [0, 1, 2, 3, 27, 28, 29]
    assert layer.neuron_of(28) is layer.neurons[5]
    assert layer.neuron_of(-1) is layer.neurons[6]
    with pytest.raises(IndexError, match=r"unit 5 is not shown.*0 to .* and from .* to 29"):
        layer.neuron_of(5)
    with pytest.raises(IndexError, match="no unit 30 in a layer of 30"):
        layer.neuron_of(30)


def test_every_kind_of_layer_has_a_picture():
    for kind in LAYERS.values():
        assert kind in LAYER_PICTURES


class Doubled(Layer):
    """Somebody's own layer."""

    kind = "doubled"

    def output_shape(self, input_shape):
        return input_shape

    def forward(self, x, rng=None):
        return 2 * x, None

    def backward(self, memory, error):
        return 2 * error


def test_a_layer_of_ones_own_is_drawn_by_its_shape_or_as_it_says(monkeypatch):
    network = Network([Dense.random(3, 4, np.random.RandomState(0)), Doubled()], "quadratic")
    net = NetworkMobject(network).show_activations(network.forward_pass(X))
    assert isinstance(net.layers[2], NeuronLayer)
    assert len(net.edges) == 12
    (arrow,) = net.connections[1]
    assert isinstance(arrow, LinkArrow)
    assert type(picture_of(Doubled())) is LayerPicture
    monkeypatch.setitem(LAYER_PICTURES, Doubled, OneToOnePicture())
    drawn = NetworkMobject(network)
    (lines,) = drawn.connections[1]
    assert len(lines) == 4
    assert lines.starts[:, 1] == pytest.approx(
        [neuron.get_center()[1] for neuron in drawn.layers[1].neurons]
    )


def test_edges_of_layers_without_weights_do_not_exist():
    net = NetworkMobject(
        Network([Flatten(), Dense.random(12, 2, np.random.RandomState(0))], input_shape=(3, 2, 2))
    )
    assert [len(group) for group in net.edge_groups] == [0, 24]
    with pytest.raises(IndexError, match="what follows is flatten"):
        net.edge(0, 0, 0)
    net.show_weights().show_gradient(net.network.backprop(np.ones((3, 2, 2)), [1, 0]))
    with pytest.raises(ValueError, match="beside neurons"), temp_config({}):
        NetworkMobject(net.network, input_labels=["a"])
