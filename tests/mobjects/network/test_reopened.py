"""What is on a picture is there again when blocks of it are opened or shut."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Scene

from nnviz import Network, NetworkMobject
from nnviz._manim import temp_config
from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.error_rings import ErrorRings
from nnviz.network import Dense, Node

X, Y = [0.1, 0.5, 0.9], [0.0, 1.0]


def network() -> Network:
    sizes = {"a.first": (3, 4), "a.second": (4, 3), "b.first": (3, 3), "b.second": (3, 2)}
    rng, nodes, before = np.random.default_rng(0), {}, "x"
    for name, (m, n) in sizes.items():
        weights, biases = rng.normal(size=(n, m)), rng.normal(size=n)
        nodes[name], before = Node(Dense(weights, biases, "sigmoid"), (before,)), name
    return Network({"x": (3,)}, nodes, before, "quadratic")


def picture(*opened: str) -> NetworkMobject:
    look = {"neuron_radius": 0.4, "neuron_buff": 0.5, "layer_buff": 2, "fit": None}
    net = NetworkMobject(network(), open=opened, bias_units=True, **look)
    return net.show_weights().show_activations(net.network.forward_pass(X))


def full(net: NetworkMobject) -> NetworkMobject:
    net.show_values(net.network.forward_pass(X), decimals=1)
    return net.show_edge_values(height=0.12).show_biases(height=0.12)


def numbers(group: Annotation) -> list[list[float]]:
    return [[number.number for number in some] for some in group]


@pytest.mark.every(2)
@pytest.mark.slow
@pytest.mark.parametrize("at_once", [True, False])
def test_numbers_and_units_are_those_of_a_picture_made_so(at_once: bool) -> None:
    net, wanted = full(picture("a")), full(picture("a", "b"))
    if at_once:
        net.open("b")
    else:
        with temp_config({"dry_run": True, "quality": "low_quality", "frame_rate": 4}):
            scene = Scene()
            scene.add(net)
            scene.play(net.animate.open("b"), run_time=0.5)
    kinds = [type(one) for one in wanted.annotations]
    assert [type(one) for one in net.annotations] == kinds
    for got, other in zip(net.annotations, wanted.annotations, strict=True):
        assert [len(group) for group in got] == [len(group) for group in other]
    for kind in ("values", "edge_values", "biases"):
        for some, others in zip(
            numbers(getattr(net, kind)), numbers(getattr(wanted, kind)), strict=True
        ):
            np.testing.assert_allclose(some, others)
    assert net.values[1][0].num_decimal_places == 1
    for layer, group in zip(net.layers, net.values, strict=True):
        for neuron, number in zip(layer.neurons, group, strict=True):
            assert np.linalg.norm(number.get_center() - neuron.get_center()) < 0.01
    assert sum(len(layer.bias_unit) for layer in net.layers) == 4


@pytest.mark.slow
def test_numbers_of_chosen_layers_stay_with_these() -> None:
    net = picture("a", "b")
    net.show_values(net.network.forward_pass(X), layers=["a.first", "b.first"])
    net.show_edge_values(layers=["a.second", "b.second"], height=0.12)
    net.shut("a")
    shown = {
        thing.name for thing, group in zip(net.structure.things, net.values, strict=True)
        if len(group)
    }  # fmt: skip
    assert shown == {"b.first"}
    assert [len(group) for group in net.edge_values] == [0, 0, (3 + 1) * 2]
    net.shut("b")
    assert not len(net.values)
    assert not len(net.edge_values)


@pytest.mark.slow
def test_rings_stay_around_their_neurons() -> None:
    net = picture("a")
    net.show_errors(net.network.backward_pass(X, Y))
    before = [ring.get_stroke_width() for ring in net.errors[0]]
    net.open("b")
    assert isinstance(net.errors, ErrorRings)
    assert [ring.get_stroke_width() for ring in net.errors[0]] == before
    assert all(ring.get_stroke_opacity() == 0 for group in net.errors[2:] for ring in group)


@pytest.mark.slow
def test_texts_in_neurons_go_with_their_layer() -> None:
    net = picture("b").show_neuron_texts({(2, 1): "q"})
    assert net.structure.things[2].name == "b.first"
    net.open("a")
    (texts,) = net.annotations
    drawn = [len(group.family_members_with_points()) for group in texts]
    assert [bool(count) for count in drawn] == [False, False, False, True, False]
    neuron = net["b.first"].neurons[1]
    np.testing.assert_allclose(texts[3][1].get_center(), neuron.get_center(), atol=1e-6)


@pytest.mark.slow
def test_what_cannot_be_shown_again_is_an_error_that_changes_nothing() -> None:
    net = picture("a")
    net.show_gradient_values(net.network.backprop(X, Y), height=0.12)
    before = list(net.annotations)
    with pytest.raises(ValueError, match=r"GradientNumbers cannot be shown again .* take it off"):
        net.open("b")
    assert list(net.annotations) == before
    assert net.structure.opened == {"a"}
