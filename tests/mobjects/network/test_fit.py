"""How large a network is in the frame: most of it, with sizes that can be read."""

import pytest
from manim import config

from nnviz._manim import temp_config
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import digit_height
from nnviz.network import Network


def shares(net):
    return net.width / config.frame_width, net.height / config.frame_height


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((2, 4, 3, 1), {"output_labels": ["yes"], "layer_titles": ["in", "a", "b", "out"]}),
        ((784, 16, 16, 10), {"output_labels": "0123456789"}),
        ((4,) * 12, {}),
        ((30, 2), {"max_shown": 30}),
    ],
)
def test_it_fills_80_percent_of_the_frame_with_its_words(sizes, words, direction):
    net = NetworkMobject(Network.random(sizes, seed=0), direction=direction, **words)
    radius = net.layers[0].neurons[0].width / 2
    assert max(shares(net)) <= 0.8 + 1e-6
    assert max(shares(net)) == pytest.approx(0.8) or radius == pytest.approx(0.45)
    assert net.get_center() == pytest.approx([0, 0, 0], abs=1e-6)
    assert radius <= 0.45 + 1e-9


def test_it_fills_a_box_and_another_frame():
    network = Network.random([2, 8, 1], seed=0)
    assert NetworkMobject(network, fit=(9, 3)).height == pytest.approx(3)
    with temp_config({"frame_width": 4.5, "frame_height": 8.0}):
        net = NetworkMobject(network)
        assert max(shares(net)) == pytest.approx(0.8)


def test_a_small_network_has_no_gigantic_neurons():
    net = NetworkMobject(Network.random([1, 1], seed=0))
    assert net.layers[0].neurons[0].width == pytest.approx(2 * 0.45)
    larger = NetworkMobject(Network.random([1, 1], seed=0), max_neuron_radius=0.7)
    assert larger.layers[0].neurons[0].width == pytest.approx(2 * 0.7)
    own = NetworkMobject(Network.random([1, 1], seed=0), neuron_radius=0.8)
    assert own.layers[0].neurons[0].width == pytest.approx(2 * 0.8)


def test_networks_that_fit_nothing_have_their_natural_size():
    net = NetworkMobject(Network.random([3, 2], seed=0), fit=None, neuron_radius=0.15)
    assert net.layers[0].neurons[0].width == pytest.approx(0.3)


@pytest.mark.slow
def test_layers_show_fewer_neurons_until_they_are_large_enough():
    network = Network.random([784, 16, 16, 10], seed=0)
    net = NetworkMobject(network, min_neuron_radius=0.25)
    assert [len(layer.neurons) for layer in net.layers] == [net.style.max_shown] * 4
    assert net.style.max_shown < 10
    assert net.layers[1].neurons[0].width / 2 >= 0.25 - 1e-9
    assert net.layers[1].is_shortened
    assert max(shares(net)) <= 0.8 + 1e-6
    # No more than needed: with one more they would be too small.
    more = NetworkMobject(network, max_shown=net.style.max_shown + 1)
    assert more.layers[1].neurons[0].width / 2 < 0.25
    assert NetworkMobject(network, min_neuron_radius=0.1).style.max_shown == 16


@pytest.mark.slow
def test_what_cannot_be_large_enough_is_refused():
    with pytest.raises(ValueError, match=r"radius of 0\.\d+ \(\d+\.\d pixels of 1080 lines\)"):
        NetworkMobject(Network.random([2] * 40, seed=0), min_neuron_radius=0.1)
    with pytest.raises(ValueError, match="show fewer neurons"):
        NetworkMobject(
            Network.random([4, 10], seed=0), output_labels="0123456789", min_neuron_radius=0.4
        )
    with pytest.raises(ValueError, match="larger than max_neuron_radius"):
        NetworkStyle(min_neuron_radius=0.5)


def test_texts_that_would_be_too_low_are_refused():
    network = Network.random([3, 2], seed=0)
    names = ["cat", "a word that is much too long to stand beside a neuron"]
    net = NetworkMobject(network, output_labels=["cat", "dog"], min_text_height=0.2)
    letters = net.output_labels[0].height / SansText("cat").height * digit_height("text")
    assert letters >= 0.2
    with pytest.raises(ValueError, match=r"'cat' would have digits 0\.\d+ \(.* pixels.*0\.3"):
        NetworkMobject(network, output_labels=names, min_text_height=0.3)
