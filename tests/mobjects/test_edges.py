"""Networks with edges as arrays do what networks with a line an edge do, and look the same."""

import numpy as np
import pytest
from manim import PI, RIGHT, Create, FadeOut, Line, ManimColor, Transform

from nnviz.animations.network import flash_edges, flip_edges, wiggle_edges
from nnviz.mobjects.edges import EdgeArray, EdgeLines
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.palette import ORANGE, WHITE, YELLOW
from nnviz.network import Network
from nnviz.scene.base import NNScene

X = np.array([0.2, 0.9, 0.4])


@pytest.fixture
def network():
    return Network.random([3, 4, 2], seed=1)


@pytest.fixture
def both(network):
    """The same picture with lines and with arrays."""
    return [
        NetworkMobject(network, layer_buff=3, neuron_buff=0.8, max_lines=limit).show_weights()
        for limit in (5000, 0)
    ]


def assert_same(first, second):
    """Equal but for the last bits of anti-aliasing: Cairo rounds curves and lines differently."""
    assert first.max() > 0.3
    difference = np.abs(first - second)
    assert difference.max() < 0.07
    assert difference.mean() < 3e-4


def assert_same_pictures(picture, mobjects):
    pictures = []
    for mobject in mobjects:
        scene = NNScene()
        scene.add(mobject)
        pictures.append(picture(scene))
    assert_same(*pictures)


def test_the_number_of_edges_decides_and_can_be_set(both, network):
    lines, arrays = both
    assert all(isinstance(group, EdgeLines) for group in lines.edge_groups)
    assert all(isinstance(group, EdgeArray) for group in arrays.edge_groups)
    assert isinstance(NetworkMobject(network, max_lines=20).edge_groups[0], EdgeLines)
    assert isinstance(NetworkMobject(network, max_lines=19).edge_groups[0], EdgeArray)


def test_they_look_the_same(picture, both, network):
    assert_same_pictures(picture, both)
    for net in both:
        net.show_gradient(network.backprop(X, [0, 1])).scale(1.2).shift(0.5 * RIGHT)
    assert_same_pictures(picture, both)
    for net in both:
        net.layers[1].neurons[0].shift(RIGHT)
        net.hide_weights().put_edges_on_neurons()
    assert_same_pictures(picture, both)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.65, 1.0])
@pytest.mark.parametrize(
    "animate",
    [
        lambda net: wiggle_edges(net.edges, angle=PI / 6, rate_func=lambda t: t * (1 - t)),
        lambda net: flip_edges(net.edges, share=0.4),
        lambda net: net.animate.show_weights(Network.random([3, 4, 2], seed=4)).build(),
        lambda net: FadeOut(net.edge_groups[0]),
    ],
)
def test_animations_look_the_same_on_the_way(picture, both, animate, alpha):
    animations = [animate(net) for net in both]
    for animation in animations:
        animation.begin()
        animation.interpolate(alpha)
    assert animations[0].run_time == animations[1].run_time
    assert_same_pictures(picture, both)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.8])
def test_flashes_look_the_same(picture, both, alpha):
    flashes = []
    for net in both:
        scene = NNScene()
        animation = flash_edges(net.edges, YELLOW, 4, share=0.6)
        scene.add_mobjects_from_animations([animation])
        animation._setup_scene(scene)
        animation.begin()
        animation.interpolate(alpha)
        flashes.append(picture(scene))
    assert_same(*flashes)


def test_one_edge_can_be_taken_out_and_treated_as_any_line(picture, both, network):
    for net in both:
        edge = net.edge(0, 1, 2)
        assert isinstance(edge, Line)
        assert net.edge(0, 1, 2) is edge
        edge.set_stroke(ORANGE, 9)
    assert_same_pictures(picture, both)
    lines, arrays = both
    edge = arrays.edge(0, 1, 2)
    assert edge.get_start() == pytest.approx(lines.edge(0, 1, 2).get_start())
    # It follows the whole: moved, copied, and shown anew.
    arrays.shift(RIGHT)
    assert edge.get_start() == pytest.approx(lines.edge(0, 1, 2).get_start() + RIGHT)
    twin = arrays.copy()
    twin.edge(0, 1, 2).set_stroke(WHITE, 1)
    assert edge.get_stroke_width() == 9
    arrays.show_weights()
    relative = network.weights[0][2, 1] / np.abs(network.weights[0]).max()
    wanted = arrays.style.max_edge_width * abs(relative)
    assert edge.get_stroke_width() == pytest.approx(wanted)


def test_indexing_is_that_of_a_group(both):
    lines, arrays = both
    for i, j in np.ndindex(3, 4):
        a, b = lines.edge(0, i, j), arrays.edge(0, i, j)
        assert a.get_end() == pytest.approx(b.get_end())
        assert a.get_stroke_width() == pytest.approx(b.get_stroke_width())
        assert a.get_stroke_color().to_hex() == b.get_stroke_color().to_hex()
    group = arrays.edge_groups[1]
    assert len(group) == len(lines.edge_groups[1]) == 8
    assert group[-1] is group[7]
    assert list(group[2:4]) == [group[2], group[3]]
    assert len(arrays.edges_into(1, 3)) == 3
    with pytest.raises(IndexError, match="no edge 8"):
        group[8]


def test_taken_out_lines_wiggle_with_the_rest(both):
    _, arrays = both
    edge = arrays.edge_groups[0][0]
    before = edge.get_end()
    animation = wiggle_edges(arrays.edges, rate_func=lambda t: 4 * t * (1 - t))
    animation.begin()
    animation.interpolate(0.25)
    assert np.linalg.norm(edge.get_end() - before) > 0.05
    assert edge.get_stroke_color() == YELLOW


def test_an_array_is_created_line_after_line_and_turns_into_another(network):
    array = NetworkMobject(network, max_lines=0).edge_groups[0]
    whole = array.copy()
    create = Create(array)
    create.begin()
    create.interpolate(0.5)
    lengths = np.linalg.norm(array.ends - array.starts, axis=1)
    assert (lengths > 1e-3).sum() == pytest.approx(len(whole) / 2, abs=1)
    create.interpolate(1)
    assert array.points == pytest.approx(whole.points)
    target = whole.copy().shift(RIGHT).set_strokes(np.tile([1.0, 0, 0], (12, 1)), 5)
    change = Transform(array, target)
    change.begin()
    change.interpolate(0.5)
    assert array.widths == pytest.approx((whole.widths + 5) / 2)
    change.interpolate(1)
    assert array.starts == pytest.approx(whole.starts + RIGHT)


def test_arrays_and_lines_do_not_mix():
    ends = np.zeros((2, 3)), np.ones((2, 3))
    array = EdgeArray(*ends, ManimColor("#FFFFFF"), 1)
    with pytest.raises(TypeError, match="arrays of edges"):
        wiggle_edges([array, Line()])
    with pytest.raises(ValueError, match="no edges"):
        wiggle_edges([])


def test_a_large_network_shows_every_edge():
    network = Network.random([784, 128, 64, 10], seed=0)
    net = NetworkMobject(network, max_shown=784, neuron_radius=0.02, neuron_buff=0.01)
    assert sum(len(group) for group in net.edge_groups) == 109_184
    net.show_weights()
    middle = net.edge_groups[1].widths.reshape(128, 64)
    matrix = network.weights[1]
    wanted = net.style.max_edge_width * np.abs(matrix.T) / np.abs(matrix).max()
    assert middle == pytest.approx(wanted)
