"""A picture owns what it shows: network and numbers go wherever its look goes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from manim import (
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    ClockwiseTransform,
    Create,
    FadeIn,
    FadeTransform,
    GrowFromCenter,
    LaggedStart,
    MoveToTarget,
    ReplacementTransform,
    Restore,
    Scene,
    Succession,
    Transform,
    VGroup,
    config,
    linear,
    there_and_back,
)

from nnviz import Backpropagate, FeedForward, Network, NetworkMobject, ShowGradient, TakeStep
from nnviz.mobjects.network.annotations import Annotation

pytestmark = pytest.mark.slow

X, Y = [1.0, 0.5, -0.25], [0.0, 1.0]
OLD, NEW = (Network.random([3, 4, 2], seed=seed) for seed in (3, 8))
OTHERS = {
    "more neurons": Network.random([3, 6, 2], seed=1),
    "more layers": Network.random([3, 4, 4, 2], seed=1),
    "fewer": Network.random([2, 2], seed=1),
    "shortened": Network.random([40, 30, 2], seed=1),
}


@pytest.fixture(autouse=True)
def quick(tiny):
    config.frame_rate = 4


def picture(network: Network, x: Any = X, **options: Any) -> NetworkMobject:
    net = NetworkMobject(network, neuron_radius=0.35, neuron_buff=0.6, layer_buff=3, **options)
    return net.show_weights().show_values(network.forward_pass(x))


def numbers(net: NetworkMobject) -> list[float]:
    return [number.number for group in net.values for number in group]


def assert_true(net: NetworkMobject, network: Network, x: Any = X) -> None:
    """Everything on screen is what a network computes, and the picture knows which one."""
    assert net.network is network
    plain = NetworkMobject(network, net.style).show_weights()
    np.testing.assert_allclose(net.edges.stroke_rgbas, plain.edges.stroke_rgbas)
    np.testing.assert_allclose(net.edges.widths, plain.edges.widths)
    forward = network.forward_pass(x)
    for layer, wanted in zip(net.layers, forward.activations, strict=True):
        np.testing.assert_array_equal(layer.activations, wanted)
        fills = [neuron.get_fill_opacity() for neuron in layer.neurons]
        np.testing.assert_allclose(fills, np.abs(layer.fractions(wanted)[layer.shown_units]))
    for group, wanted in zip(net.values, forward.activations, strict=True):
        assert [n.number for n in group] == pytest.approx(list(wanted.ravel()))


WAYS: dict[str, Callable[[Any, NetworkMobject, NetworkMobject], Any]] = {
    "Transform": lambda scene, net, other: scene.play(Transform(net, other)),
    "Transform along an arc": lambda scene, net, other: scene.play(
        Transform(net, other, path_arc=1)
    ),
    "ClockwiseTransform": lambda scene, net, other: scene.play(ClockwiseTransform(net, other)),
    "Transform of a group": lambda scene, net, other: scene.play(
        Transform(VGroup(net), VGroup(other))
    ),
    "become": lambda scene, net, other: net.become(other),
    "animate.become": lambda scene, net, other: scene.play(net.animate.become(other)),
    "MoveToTarget": lambda scene, net, other: (
        setattr(net, "target", other),
        scene.play(MoveToTarget(net)),
    ),
    "Restore": lambda scene, net, other: (
        setattr(net, "saved_state", other),
        scene.play(Restore(net)),
    ),
}


@pytest.mark.every(3)
@pytest.mark.parametrize("way", WAYS)
def test_the_network_goes_with_the_look(way: str) -> None:
    net, scene = picture(OLD), Scene()
    scene.add(net)
    WAYS[way](scene, net, picture(NEW))
    assert_true(net, NEW)
    scene.play(FeedForward(net, [0.0, 1.0, 1.0]))
    assert_true(net, NEW, [0.0, 1.0, 1.0])


@pytest.mark.every(12)
@pytest.mark.parametrize("way", ["Transform", "MoveToTarget", "Restore", "become"])
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("back", [False, True])
def test_a_picture_becomes_one_of_another_shape(way: str, other: str, back: bool) -> None:
    wanted = NetworkMobject(OTHERS[other]).show_weights()
    net, scene = picture(OLD), Scene()
    first, last = (wanted, net) if back else (net, wanted)
    scene.add(first)
    target = last.copy()
    WAYS[way](scene, first, target)
    assert first.network is target.network
    assert len(first.get_family()) == len(target.get_family())
    for one, two in zip(first.get_family(), target.get_family(), strict=True):
        np.testing.assert_allclose(one.points, two.points)
    if not back:
        scene.play(FeedForward(first, np.ones(OTHERS[other].sizes[0])))
        assert [len(layer.neurons) for layer in first.layers] == [
            len(layer.neurons) for layer in target.layers
        ]


def test_a_replaced_picture_leaves_the_other() -> None:
    net, other, scene = picture(OLD), NetworkMobject(OTHERS["more layers"]), Scene()
    scene.add(net)
    scene.play(ReplacementTransform(net, other))
    assert other in scene.mobjects
    assert net not in scene.mobjects


def test_at_every_frame_words_keep_their_shape_and_edges_their_neurons() -> None:
    net = picture(OLD, input_labels=["one", "two", "three"])
    net.to_edge(LEFT)
    shapes = {(round(word.width, 6), round(word.height, 6)) for word in net.input_labels}
    morph = Transform(net, NetworkMobject(OTHERS["more layers"]))
    morph.begin()
    for share in np.linspace(0, 1, 31):
        morph.interpolate(share)
        for held in net.submobjects:
            seen = held.edges.stroke_rgbas[:, 3].max(initial=0) > 0.02
            now = {(round(word.width, 6), round(word.height, 6)) for word in held.input_labels}
            assert now <= shapes
            if seen:
                ends = held.copy().put_edges_on_neurons().edges
                np.testing.assert_allclose(held.edges.points, ends.points, atol=1e-6)
    morph.finish()


def test_what_cannot_be_done_part_by_part_says_what_to_do() -> None:
    net, other = picture(OLD), NetworkMobject(OTHERS["more layers"])
    with pytest.raises(ValueError, match=r"sizes \(3, 4, 2\).*\(3, 4, 4, 2\).*Transform\(net"):
        Scene().play(ClockwiseTransform(net, other))
    with pytest.raises(ValueError, match="cannot turn part by part"):
        Scene().play(Transform(VGroup(net), VGroup(other)))
    scene = Scene()
    scene.play(FadeTransform(net, other))  # Manim's own fades one out and the other in
    assert other in scene.mobjects


def test_there_and_back_stays_the_old_network() -> None:
    net, scene = picture(OLD), Scene()
    scene.add(net)
    scene.play(Transform(net, picture(NEW), rate_func=there_and_back))
    assert_true(net, OLD)


def test_saved_states_go_back_in_time() -> None:
    net, scene = picture(OLD), Scene()
    scene.add(net.save_state())
    scene.play(TakeStep(net, OLD.backprop(X, Y), learning_rate=50))
    scene.play(Restore(net))
    assert_true(net, OLD)


@pytest.mark.parametrize(
    "again", [lambda net: net.copy(), lambda net: pickle.loads(pickle.dumps(net))]
)
def test_copies_own_theirs(again: Callable[[NetworkMobject], NetworkMobject]) -> None:
    net = picture(OLD)
    net.highlight_path([0, [1, 2], None]).hide_path()
    twin = again(net)
    twin.show_weights(NEW).show_activations(NEW.forward_pass(X))
    assert net.network is OLD
    np.testing.assert_array_equal(net.shown[2], OLD(X))
    np.testing.assert_array_equal(twin.shown[2], NEW(X))


# --- animations at their own turn


SHOWS = {
    "Create": Create,
    "GrowFromCenter": GrowFromCenter,
    "FadeIn": FadeIn,
    "shift": lambda net: net.animate.shift(2 * LEFT),
    "scale": lambda net: net.animate.scale(0.5),
}
THEN = {
    "FeedForward": lambda net: FeedForward(net, X),
    "TakeStep": lambda net: TakeStep(net, OLD.backprop(X, Y), learning_rate=2),
    "ShowGradient": lambda net: ShowGradient(net, OLD.backprop(X, Y)),
    "Backpropagate": lambda net: Backpropagate(net, X, Y),
    "show_activations": lambda net: net.animate.show_activations(OLD.forward_pass(X)),
    "show_weights": lambda net: net.animate.show_weights(NEW),
    "a layer's show_activations": lambda net: net.layers[0].animate.show_activations(X),
}


def looks(net: NetworkMobject) -> list[np.ndarray]:
    """Return all points and paint."""
    names = ("points", "fill_rgbas", "stroke_rgbas", "stroke_width")
    members = net.get_family()
    return [np.asarray(getattr(one, name), float) for one in members for name in names]


@pytest.mark.every(16)
@pytest.mark.parametrize("show", SHOWS)
@pytest.mark.parametrize("then", THEN)
def test_one_after_the_other_is_one_after_the_other(show: str, then: str) -> None:
    if show in ("shift", "scale") and then in ("show_activations", "show_weights"):
        pytest.skip("Manim keeps the target of one .animate of a mobject at a time")
    results = []
    for how in ("plays", "LaggedStart", "AnimationGroup", "Succession"):
        net, scene = NetworkMobject(OLD, fit=(5, 4)).show_weights(), Scene()
        if show in ("shift", "scale"):
            scene.add(net)
        if how == "plays":
            scene.play(SHOWS[show](net))
            scene.play(THEN[then](net))
        else:
            kind: Any = {"LaggedStart": LaggedStart, "AnimationGroup": AnimationGroup}.get(
                how, Succession
            )
            scene.play(kind(SHOWS[show](net), THEN[then](net), lag_ratio=1))
        results.append(looks(net))
    for result in results[1:]:
        assert len(result) == len(results[0])
        for one, other in zip(result, results[0], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("then", THEN)
def test_a_picture_that_moves_stays_whole(then: str) -> None:
    net, scene = NetworkMobject(OLD).show_weights(), Scene()
    before = net.edges.get_center() - net.layers.get_center()
    scene.add(net)
    net.add_updater(lambda one, dt: one.shift(dt * (RIGHT + 0.5 * UP)))
    scene.play(THEN[then](net))
    np.testing.assert_allclose(net.edges.get_center() - net.layers.get_center(), before, atol=1e-9)
    assert net.get_x() > 0.7


@pytest.mark.parametrize("then", THEN)
def test_beside_a_move_in_one_play(then: str) -> None:
    net, scene = NetworkMobject(OLD).show_weights(), Scene()
    twin = net.copy()
    scene.add(net)
    scene.play(net.layers.animate.shift(UP), net.edges.animate.shift(UP), THEN[then](net))
    apart = net.edges.get_center() - net.layers.get_center()
    np.testing.assert_allclose(apart, twin.edges.get_center() - twin.layers.get_center(), atol=1e-9)


def test_passes_leave_nothing_behind() -> None:
    net, scene = NetworkMobject(OLD), Scene()
    scene.add(net)

    def size() -> int:
        return len(pickle.dumps(net))

    scene.play(FeedForward(net, X), run_time=0.1)
    scene.play(net.animate.show_activations(OLD.forward_pass(X)), run_time=0.1)
    after_one = size()
    for k in range(20):
        scene.play(FeedForward(net, [k / 20, 0, 1]), run_time=0.1)
        scene.play(net.animate.show_activations(OLD.forward_pass(X)), run_time=0.1)
    assert size() == after_one


# --- annotations


class Sum(Annotation):
    """Says what a layer's activations add up to."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[float] = []

    def activation_changes(self, net: Any, layer: int, values: np.ndarray) -> Any:
        self.heard.append(float(values.sum()))
        return ()


def test_anybody_can_add_an_annotation() -> None:
    net = NetworkMobject(OLD)
    heard = Sum()
    net.annotate(heard)
    net.show_activations(OLD.forward_pass(X))
    assert heard.heard == pytest.approx([a.sum() for a in OLD.forward_pass(X).activations])
    assert heard in net.get_family()
    net.unannotate(Sum)
    assert heard not in net.get_family()


def test_a_path_dims_numbers_and_fills_too() -> None:
    net = picture(OLD)
    net.show_edge_values(height=0.1).show_biases(height=0.15)
    fills = net.layers[1].neurons[2].get_fill_opacity()
    net.highlight_path([1, 0, 0])
    dim = net.style.dim_opacity
    assert net.values[1][2].get_fill_opacity() == pytest.approx(dim)
    assert net.biases[0][2].get_fill_opacity() == pytest.approx(dim)
    assert net.edge_values[0][0].get_fill_opacity() == pytest.approx(dim)
    assert net.layers[1].neurons[2].get_fill_opacity() == pytest.approx(dim * fills)
    assert net.values[1][0].get_fill_opacity() == 1
    other = OLD.forward_pass([0.0, 1.0, 1.0])
    net.show_activations(other)  # what is dimmed stays so
    assert net.layers[1].neurons[2].get_fill_opacity() == pytest.approx(
        dim * other.activations[1][2]
    )
    net.hide_path()
    assert net.layers[1].neurons[2].get_fill_opacity() == pytest.approx(other.activations[1][2])
    assert {n.get_fill_opacity() for group in net.edge_values for n in group} == {1}


def test_numbers_are_seen_until_a_morph_has_faded_them():
    network = Network.random([2, 3, 1], seed=4)
    small = NetworkMobject(network).show_values(network.forward_pass([0.9, 0.2]))
    large = NetworkMobject(Network.random([4, 8, 8, 2], seed=1))
    morph = Transform(small, large, rate_func=linear)
    morph.begin()
    for alpha, seen in ((0.0, 1.0), (0.2, 0.4), (0.5, 0.0)):
        morph.interpolate(alpha)
        leaving, coming = small.submobjects
        number = next(one for one in leaving.values if len(one))[0]
        assert number.get_fill_opacity() == pytest.approx(seen)
        neurons = [one.layers[0].neurons[0] for one in (leaving, coming)]
        grounds = [neuron.background_stroke_rgbas[0, 3] for neuron in neurons]
        assert grounds == ([1, 0] if seen else [0, 1])
