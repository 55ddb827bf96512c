"""Bias units: neurons that always are 1, whose edges are biases."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
from manim import Scene, Transform, config
from tests.mobjects.boxes import box, overlap

from nnviz._manim import temp_config
from nnviz.animations import Backpropagate, FeedForward, TakeStep
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.signals import signals_back_from, signals_into
from nnviz.network import Add, Dense, Dropout, Network

X, Y = [0.2, 0.9, 0.5], [1.0, 0.0]


def with_biases(sizes, seed=1):
    network = Network.random(sizes, seed=seed)
    rng = np.random.RandomState(seed)
    return Network.dense(network.weights, [rng.randn(*b.shape) for b in network.biases])


NETWORK = with_biases([3, 4, 2])


@pytest.fixture
def net():
    return NetworkMobject(NETWORK, bias_units=True, fit=(6, 5))


def played(*animations):
    scene = Scene()
    with temp_config({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        for animation in animations:
            scene.play(animation)


def boxes_of(net):
    texts = [*net.input_labels, *net.output_labels, *net.layer_titles]
    parts = [
        *(neuron for layer in net.layers for neuron in layer.senders),
        *(part for layer in net.layers for part in (*layer.dots, *layer.size_label)),
        *(text for text in texts if text.family_members_with_points()),
    ]
    return [box(part) for part in parts]


def test_there_is_one_before_every_layer_that_edges_lead_out_of(net):
    assert [len(layer.bias_unit) for layer in net.layers] == [1, 1, 0]
    for layer in net.layers[:2]:
        unit, first, second = (layer.senders[k].get_center() for k in (-1, 0, 1))
        np.testing.assert_allclose(unit - first, first - second, atol=1e-9)
    assert not any(len(layer.bias_unit) for layer in NetworkMobject(NETWORK).layers)


def test_its_edges_stand_for_biases(net):
    net.show_weights()
    for k, layer in enumerate(NETWORK.layers):
        np.testing.assert_array_equal(net.shown_weights(k)[-1], layer.biases)
        np.testing.assert_array_equal(net.shown_weights(k)[:-1], layer.weights.T)
        edges = net.bias_edges(k)
        largest = max(np.abs(layer.biases).max(), np.abs(layer.weights).max())
        widths = np.abs(layer.biases) / largest * net.style.max_edge_width
        np.testing.assert_allclose(edges.widths, widths)
        of_weight = net.edge(k, 0, 1).get_stroke_width()
        assert of_weight == pytest.approx(
            abs(layer.weights[1, 0]) / largest * net.style.max_edge_width
        )
        for edge, bias in zip(edges, layer.biases, strict=True):
            color = net.style.positive_color if bias > 0 else net.style.negative_color
            assert edge.get_stroke_color() == color
    for edge, neuron in zip(net.bias_edges(0), net.layers[1].neurons, strict=True):
        way = edge.get_end() - edge.get_start()
        for point, circle, sign in (
            (edge.get_start(), net.layers[0].senders[-1], 1),
            (edge.get_end(), neuron, -1),
        ):
            radius = sign * circle.width / 2 * way / np.linalg.norm(way)
            np.testing.assert_allclose(point, circle.get_center() + radius, atol=1e-6)


def test_edges_are_found_as_without_it(net):
    plain = NetworkMobject(NETWORK)
    net.show_weights()
    plain.show_weights()
    for k, i, j in ((0, 2, 3), (1, 3, 1)):
        edge = net.edge(k, i, j)
        assert edge.get_stroke_color() == plain.edge(k, i, j).get_stroke_color()
        start, neuron = edge.get_start(), net.layers[k].neurons[i]
        assert np.linalg.norm(start - neuron.get_center()) == pytest.approx(neuron.width / 2)
    assert len(net.edges_out_of(0, 1)) == 4
    assert len(net.edges_into(1, 2)) == 4  # three weights and the bias
    assert len(plain.bias_edges(0)) == 0


def test_a_shortened_layer_has_the_biases_of_the_units_shown():
    network = with_biases([30, 40, 5])
    net = NetworkMobject(network, bias_units=True, shown_units={1: [3, 4, 20]}).show_weights()
    np.testing.assert_array_equal(net.shown_weights(0)[-1], network.biases[0][[3, 4, 20]])
    assert len(net.bias_edges(0)) == 3


def test_numbers_and_gradients_are_on_its_edges():
    net = NetworkMobject(NETWORK, bias_units=True).show_weights()
    net.show_edge_values(decimals=1, layers=[1], height=0.1)
    assert [one.number for one in net.edge_values[1][-2:]] == NETWORK.biases[1].tolist()
    gradient = NETWORK.backprop(X, Y)
    net.show_gradient(gradient)
    steps = -gradient.biases[1]
    for edge, step in zip(net.bias_edges(1), steps, strict=True):
        color = net.style.increase_color if step > 0 else net.style.decrease_color
        assert edge.get_stroke_color() == color
    net.show_gradient_values(gradient, decimals=1, layers=[1], height=0.1)
    numbers = [group for one in net.annotations for group in one if len(group) == 10]
    assert [one.number for one in numbers[-1][-2:]] == gradient.biases[1].tolist()


def test_what_travels_out_of_it_is_the_bias(net):
    forward = NETWORK.forward_pass(X)
    (signal,) = signals_into(net, 1, net.per_layer(forward))
    largest = np.abs(net.shown_weights(0)).max()
    np.testing.assert_allclose(signal.strengths[-4:], NETWORK.biases[0] / largest)
    (back,) = signals_back_from(net, 1, NETWORK.backward_pass(X, Y))
    assert not back.strengths[-4:].any()
    assert back.strengths[:-4].all()


@pytest.mark.slow
def test_animations_end_as_the_methods_do(net):
    gradient = NETWORK.backprop(X, Y)
    after = NETWORK.step(gradient, 0.5)
    wanted = net.copy().show_activations(NETWORK.forward_pass(X)).show_weights(after)
    net.show_weights()
    played(FeedForward(net, X), Backpropagate(net, X, Y), TakeStep(net, gradient, 0.5))
    np.testing.assert_allclose(net.edges.widths, wanted.edges.widths)
    np.testing.assert_allclose(net.edges.stroke_rgbas, wanted.edges.stroke_rgbas)


def test_a_path_dims_them_and_dropout_does_not(net):
    net.show_weights().highlight_path([0, 1, 0])
    opacity = net.bias_edges(0).value("stroke_rgbas")[:, 3]
    np.testing.assert_allclose(opacity, net.style.dim_opacity)
    net.hide_path()
    rng = np.random.RandomState(1)
    layers = [Dense.random(3, 6, rng, "relu"), Dropout(0.5), Dense.random(6, 2, rng)]
    network = Network(layers, "quadratic", (3,))
    picture = NetworkMobject(network, bias_units=True).show_weights()
    picture.show_dropout(network.forward_pass(X, rng=np.random.RandomState(1)))
    np.testing.assert_allclose(picture.bias_edges("dense2").value("stroke_rgbas")[:, 3], 1)


@pytest.mark.every(2)
@pytest.mark.slow
@pytest.mark.parametrize("direction", ["right", "up"])
def test_nothing_overlaps(direction):
    rng = np.random.RandomState(7)
    for _ in range(20):
        sizes = rng.randint(1, 24, size=rng.randint(2, 5)).tolist()
        net = NetworkMobject(
            with_biases(sizes, seed=int(rng.randint(99))),
            bias_units=True,
            direction=direction,
            layer_titles=[f"layer {k}" for k in range(len(sizes))] if rng.rand() < 0.6 else (),
            output_labels=[str(k) for k in range(sizes[-1])] if rng.rand() < 0.6 else (),
        )
        boxes = boxes_of(net)
        for one, other in itertools.combinations(boxes, 2):
            assert not overlap(one, other)
        reach = np.abs(np.array(boxes)).max(axis=(0, 1))
        assert (reach < np.array([config.frame_width, config.frame_height]) / 2).all()


def test_a_graph_has_them_too():
    rng = np.random.RandomState(3)
    nodes = {
        "first": (Dense.random(3, 4, rng, "relu"), ["x"]),
        "second": (Dense.random(4, 4, rng), ["first"]),
        "sum": (Add(), ["first", "second"]),
        "last": (Dense.random(4, 2, rng), ["sum"]),
    }
    network = Network(inputs={"x": (3,)}, nodes=nodes, output="last")
    net = NetworkMobject(network, bias_units=True).show_weights()
    assert [len(net[name].bias_unit) for name in ("x", "first", "second", "sum")] == [1, 1, 0, 1]
    for name in ("first", "second", "last"):
        biases = network.nodes[name].layer.biases
        np.testing.assert_array_equal(net.shown_weights(name)[-1], biases)
    for one, other in itertools.combinations(boxes_of(net), 2):
        assert not overlap(one, other)


def test_they_go_with_the_picture(net):
    net.show_weights().shift([1, 2, 0]).scale(0.5)
    for other in (net.copy(), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(other.bias_edges(0).widths, net.bias_edges(0).widths)
        assert len(other.layers[0].bias_unit) == 1
    plain = NetworkMobject(NETWORK)
    played(Transform(plain, net))
    assert len(plain.layers[0].bias_unit) == 1
    np.testing.assert_allclose(plain.edges.starts, net.edges.starts)


def test_where_there_are_no_units_they_are_refused():
    with pytest.raises(ValueError, match="volumes have no units: bias_units is for"):
        NetworkMobject(NETWORK, bias_units=True, view="volumes")


def test_numbers_beside_neurons_keep_off_them():
    network = with_biases([3, 4, 2])
    net = NetworkMobject(network, bias_units=True, neuron_buff=0.5, fit=None).show_biases(
        height=0.12
    )
    units = [layer.senders[-1] for layer in net.layers[:2]]
    for number, unit in itertools.product((n for group in net.biases for n in group), units):
        assert np.linalg.norm(number.get_center() - unit.get_center()) > unit.width / 2
