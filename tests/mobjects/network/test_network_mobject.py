import numpy as np
import pytest
from manim import DOWN, LEFT, RIGHT, Scene

from nnviz import mnist
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.mobjects.primitives.palette import BLUE, ORANGE, RED
from nnviz.network import Network, pretrained
from nnviz.scene import NNScene

X = np.array([0.2, 0.9, 0.4])


@pytest.fixture
def network():
    return Network.random([3, 4, 2], seed=1)


@pytest.fixture
def net(network):
    return NetworkMobject(network)


def test_edges_are_found_by_position_and_end_on_their_circles(net):
    for layer, (n_in, n_out) in enumerate([(3, 4), (4, 2)]):
        for i in range(n_in):
            for j in range(n_out):
                edge = net.edge(layer, i, j)
                a, b = net.layers[layer].neurons[i], net.layers[layer + 1].neurons[j]
                radius = a.width / 2
                assert np.linalg.norm(edge.get_start() - a.get_center()) == pytest.approx(radius)
                assert np.linalg.norm(edge.get_end() - b.get_center()) == pytest.approx(radius)
                span = np.linalg.norm(b.get_center() - a.get_center()) - 2 * radius
                assert edge.get_length() == pytest.approx(span)
    assert list(net.edges_into(1, 3)) == [net.edge(0, i, 3) for i in range(3)]
    assert list(net.edges_into(-1, 0)) == [net.edge(1, i, 0) for i in range(4)]
    assert list(net.edges_out_of(0, 2)) == [net.edge(0, 2, j) for j in range(4)]
    assert net.edge(0, -1, -1) is net.edge(0, 2, 3)
    assert net.edge(-1, 1, 0) is net.edge(1, 1, 0)
    assert len(net.edges) == 3 * 4 + 4 * 2


def test_layers_stand_in_columns_at_the_styles_distances(network):
    net = NetworkMobject(network, layer_buff=2.0, neuron_buff=0.1, neuron_radius=0.2, fit=None)
    columns = [layer.neurons.get_center() for layer in net.layers]
    assert np.diff([c[0] for c in columns]) == pytest.approx([2.4, 2.4])
    assert [c[1] for c in columns] == pytest.approx([0, 0, 0], abs=1e-9)
    tops = [n.get_center()[1] for n in net.layers[1].neurons]
    assert np.diff(tops) == pytest.approx([-0.5] * 3)


def test_fills_are_the_engines_activations(net, network):
    forward = network.forward_pass(X)
    net.show_activations(forward)
    for layer, values in zip(net.layers, forward.activations, strict=True):
        assert [n.get_fill_opacity() for n in layer.neurons] == pytest.approx(list(values))
    net.hide_activations()
    assert {n.get_fill_opacity() for layer in net.layers for n in layer.neurons} == {0}


def test_widths_and_colours_are_the_engines_weights(net, network):
    net.show_weights(exponent=2)
    for layer, matrix in enumerate(network.weights):
        for (j, i), weight in np.ndenumerate(matrix):
            edge = net.edge(layer, i, j)
            wanted = net.style.max_edge_width * (abs(weight) / np.abs(matrix).max()) ** 2
            assert edge.get_stroke_width() == pytest.approx(wanted)
            assert edge.get_stroke_color() == (BLUE if weight > 0 else RED)
    net.hide_weights()
    assert {edge.get_stroke_width() for edge in net.edges} == {net.style.edge_width}


def test_gradient_shows_where_a_step_would_move_each_weight(net, network):
    gradient = network.backprop(X, [0, 1])
    net.show_gradient(gradient)
    moved = network.step(gradient, 0.1)
    for layer, (before, after) in enumerate(zip(network.weights, moved.weights, strict=True)):
        for j, i in np.ndindex(before.shape):
            color = net.edge(layer, i, j).get_stroke_color()
            is_raised = after[j, i] > before[j, i]
            wanted = net.style.increase_color if is_raised else net.style.decrease_color
            assert color == wanted
    assert net.network is network


def test_show_weights_of_a_new_network_keeps_it(net, network):
    stepped = network.step(network.backprop(X, [0, 1]), 0.5)
    net.show_weights(stepped)
    assert net.network is stepped
    other = Network.random([3, 5, 2], seed=0)
    with pytest.raises(ValueError, match=r"\(3, 4, 2\).*\(3, 5, 2\)"):
        net.show_weights(other)


def test_a_large_layer_shows_its_ends_dots_and_its_size():
    net = NetworkMobject(Network.random([784, 16, 10], seed=0), fit=None)
    first = net.layers[0]
    assert list(first.shown_units) == [*range(8), *range(776, 784)]
    assert len(first.neurons) == 16
    upper, lower = first.neurons[7], first.neurons[8]
    gap = upper.get_edge_center(DOWN)[1] - lower.get_top()[1]
    assert gap == pytest.approx(first.dots.height + 0.5)
    assert first.size_label[1].original_text == "784"
    assert first.size_label.get_edge_center(RIGHT)[0] < first.neurons.get_edge_center(LEFT)[0]
    assert [len(group) for group in net.edge_groups] == [256, 160]
    activations = np.linspace(0, 1, 784)
    first.show_activations(activations)
    assert first.neurons[8].get_fill_opacity() == pytest.approx(activations[776])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("units", "before_dots", "words"),
    [
        ([*range(374, 382), *range(402, 410)], 8, ["784", "374–381", "402–409"]),
        ([*range(390, 406)], 0, ["784", "390–405"]),
        ([3, 4, 5, 6, 7], 5, ["784", "3–7"]),
        ([0, 1, 2, 400, 783], 3, ["784", "0–2", "400", "783"]),
        ([0, 2, 4, 6, 8, 783], 5, ["784"]),
        ([0, 1, 782, 783], 2, ["784"]),
    ],
)
def test_units_that_were_chosen_are_those_of_neurons_and_of_edges(units, before_dots, words):
    network = Network.random([784, 16, 10], seed=0)
    net = NetworkMobject(network, shown_units={0: units})
    first = net.layers[0]
    assert first.shown_units.tolist() == units
    assert net.shown_weights(0) == pytest.approx(network.weights[0][:, units].T)
    assert net.edge(0, 1, 2) is net.edge(0, first.shown_units.tolist().index(units[1]), 2)
    x = np.linspace(0, 1, 784)
    net.show_activations(network.forward_pass(x))
    assert [n.get_fill_opacity() for n in first.neurons] == pytest.approx(x[units])
    above = [n.get_y() > first.dots.get_y() for n in first.neurons]
    assert above == [k < before_dots for k in range(len(units))]
    assert [text.original_text for text in first.size_label[1:]] == words
    with pytest.raises(IndexError, match="unit 200 is not shown: of 784 those from"):
        first.neuron_of(200)


@pytest.mark.slow
def test_maps_that_were_chosen_are_shown():
    network = pretrained("cnn")
    net = NetworkMobject(network, shown_units={1: [1, 4, 5]})
    forward = network.forward_pass(mnist.load().test.images[0].reshape(1, 28, 28))
    net.show_activations(forward)
    assert len(net.layers[1].maps) == 3
    whole = NetworkMobject(network, max_maps=8).show_activations(forward).layers[1]
    for shown, unit in zip(net.layers[1].maps, [1, 4, 5], strict=True):
        np.testing.assert_array_equal(shown[0].image, whole.maps[unit][0].image)


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ({0: [1]}, "two indices or more"),
        ({0: [3, 2]}, "rising order"),
        ({0: [0, 784]}, "has 784, but the layer has 784 parts"),
        ({"x": [-1, 4]}, "counted from 0"),
    ],
)
def test_units_that_cannot_be_shown_are_refused(units, message):
    with pytest.raises(ValueError, match=message):
        NetworkMobject(Network.random([784, 3], seed=0), shown_units=units)


def test_relative_weights_span_minus_one_to_one(net, network):
    relative = net.relative_weights(0)
    assert np.abs(relative).max() == pytest.approx(1)
    assert relative[2, 3] == pytest.approx(
        network.weights[0][3, 2] / np.abs(network.weights[0]).max()
    )


def test_copies_are_whole_and_independent(net, network):
    twin = net.copy()
    twin.show_activations(network.forward_pass(X)).show_weights()
    twin.shift(RIGHT).edge(0, 1, 2).set_stroke(ORANGE, 9)
    assert net.edge(0, 1, 2).get_stroke_width() == net.style.edge_width
    assert {n.get_fill_opacity() for n in net.layers[1].neurons} == {0}
    assert twin.edge(0, 1, 2).get_stroke_width() == 9
    assert twin.edge(0, 1, 2).whole is twin.edges
    assert twin.layers[1].neurons[0] in twin.get_family()
    assert twin.layers[1].neurons[0] not in net.get_family()
    assert twin.network == net.network
    net.save_state()
    net.scale(2).restore()
    assert net.width == pytest.approx(twin.width)


def test_animate_changes_to_what_the_method_shows(net, network):
    animation = net.animate(run_time=2).show_weights(network).build()
    assert animation.run_time == 2
    animation.begin()
    animation.interpolate(1)
    wanted = NetworkMobject(network).show_weights()
    for got, want in zip(net.edges, wanted.edges, strict=True):
        assert got.get_stroke_width() == pytest.approx(want.get_stroke_width())
    fade = net.animate.show_activations(network.forward_pass(X)).build()
    fade.begin()
    fade.interpolate(0.5)
    half = network.forward_pass(X).activations[1] / 2
    assert [n.get_fill_opacity() for n in net.layers[1].neurons] == pytest.approx(list(half))


def test_put_edges_on_neurons_follows_moved_neurons(net):
    net.layers[1].neurons[0].scale(3).shift(2 * DOWN)
    net.put_edges_on_neurons()
    neuron, edge = net.layers[1].neurons[0], net.edge(0, 0, 0)
    reach = np.linalg.norm(edge.get_end() - neuron.get_center())
    assert reach == pytest.approx(neuron.width / 2)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda n: NetworkMobject(n, output_labels=["a"]), "1 output labels for 2"),
        (lambda n: NetworkMobject(n, input_labels=["a"] * 4), "4 input labels for 3"),
        (lambda n: NetworkMobject(n, layer_titles=["a"] * 2), "2 layer titles for 3 layers"),
        (lambda n: NetworkMobject(n).show_activations([np.ones((2, 3))] * 3), "of a batch"),
        (lambda n: NetworkMobject(n).show_activations([X]), "3 layers got activations for 1"),
        (
            lambda n: NetworkMobject(n).show_activations([X, X, X]),
            "layer of 4 neurons got 3 activations",
        ),
    ],
)
def test_bad_input_is_named(network, call, says):
    with pytest.raises(ValueError, match=says):
        call(network)


@pytest.mark.parametrize(
    "call",
    [
        lambda net: net.edge(0, 3, 0),
        lambda net: net.edge(0, 0, 4),
        lambda net: net.edges_into(0, 0),
        lambda net: net.edges_out_of(2, 0),
        lambda net: net.edges_into(5, 0),
        lambda net: net.edge(2, 0, 0),
        lambda net: net.shown_weights(2),
    ],
)
def test_parts_that_do_not_exist_are_index_errors(net, call):
    with pytest.raises(IndexError, match=r"no edge|no layer"):
        call(net)


def test_a_zero_weight_matrix_shows_no_edges():
    network = Network.dense([np.zeros((2, 2))], [np.zeros(2)])
    net = NetworkMobject(network).show_weights()
    assert {edge.get_stroke_width() for edge in net.edges} == {0}


def test_style_is_frozen():
    with pytest.raises(AttributeError):
        NetworkStyle().layer_buff = 3


@pytest.mark.slow
@pytest.mark.parametrize("scene_class", [Scene, NNScene])
def test_a_network_that_is_animated_stays_one_mobject_of_the_scene(net, network, scene_class):
    scene = scene_class()
    scene.add(net.show_edge_values(height=0.1))
    scene.play(net.animate.show_activations(network.forward_pass(X)), run_time=0.2)
    scene.play(net.animate.show_weights(network), run_time=0.2)
    scene.play(net.animate.show_gradient(network.backprop(X, [1, 0])), run_time=0.2)
    assert scene.mobjects == [net]
