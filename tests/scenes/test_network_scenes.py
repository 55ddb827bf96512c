"""The scenes with the large network run to their end, and show what the engine says."""

import numpy as np
import pytest

from nnviz import mnist
from nnviz._manim import temp_config
from nnviz.mobjects.primitives.palette import BLUE, RED, WHITE
from nnviz.network import one_hot
from whole_runs import run

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("ShowAveragingCost", "WalkThroughTwoExample")


def fills(layer):
    return [neuron.get_fill_opacity() for neuron in layer.neurons]


@pytest.fixture(scope="module")
def two():
    return mnist.first_of_each_digit()[2][0]


def run_until(scene_class, *methods):
    """Run the first methods of a scene's script."""

    class Part(scene_class):
        def construct(self):
            for method in methods:
                getattr(self, method)()

    scene = Part(skip_animations=True)
    scene.render()
    return scene


def test_averaging_shows_every_examples_true_activations(chapter):
    scene_class = chapter("averaging_cost").ShowAveragingCost
    seen = []

    class Watched(scene_class):
        def show_one_example(self, x, label):
            super().show_one_example(x, label)
            forward = self.network.forward_pass(x).activations
            assert fills(self.network_mob.layers[-1]) == pytest.approx(list(forward[-1]))
            assert fills(self.network_mob.layers[1]) == pytest.approx(list(forward[1]))
            assert fills(self.desired_layer) == list(one_hot(label))
            assert self.image.image.image.ravel() == pytest.approx(x, abs=1 / 255)
            seen.append(label)

    with temp_config({"frame_rate": 15}):  # an example's time is one frame, and no less
        scene = run(Watched(skip_animations=True), scene_class.__name__)
    labels = list(mnist.load().train.labels[:75])
    assert seen == labels + labels[:30] * 5
    assert scene.clock == pytest.approx(28.0)
    assert sum(type(m).__name__ == "MNistMobject" for m in scene.mobjects) == 1


def test_preview_learns_by_real_steps(chapter):
    scene_class = chapter("preview_learning").PreviewLearning

    class Short(scene_class):
        n_examples = 2

    scene = Short(skip_animations=True)
    scene.render()
    train = mnist.load().train
    network = scene_class.make_network(Short(skip_animations=True))
    for x, label in zip(train.images[:2], train.labels[:2], strict=True):
        network = network.step(network.backprop(x, one_hot(label)), Short.learning_rate)
    assert scene.network == network
    assert scene.clock == pytest.approx(8.0)
    widths = 3 * 8 / 10.8 * np.abs(network.weights[2] / np.abs(network.weights[2]).max()) ** 3
    shown = [
        [scene.network_mob.edge(2, i, j).get_stroke_width() for i in range(16)] for j in range(10)
    ]
    assert np.array(shown) == pytest.approx(widths, rel=1e-6)
    assert {fill for layer in scene.network_mob.layers for fill in fills(layer)} == {0.0}


def test_preview_rings_and_edges_are_the_gradients_signs(chapter):
    scene = chapter("preview_learning").PreviewLearning(skip_animations=True)
    scene.setup()
    x, y = mnist.load().train.images[0], one_hot(5)
    gradient = scene.network.backprop(x, y)
    edges, rings = scene.get_requested_changes(gradient)
    style = scene.style
    for ring, change in zip(rings[-1], gradient.biases[-1], strict=True):
        wanted = style.increase_color if change < 0 else style.decrease_color
        assert ring.get_stroke_color() == wanted
    for index, edge in enumerate(edges[-1]):
        i, j = divmod(index, 10)
        change = gradient.weights[-1][j, i]
        wanted = style.increase_color if change < 0 else style.decrease_color
        assert edge.get_stroke_color() == wanted


SETUP = ("setup_network", "setup_diff_words", "show_single_example")


def test_walk_through_shows_the_chapters_decimals(chapter, two):
    scene = run_until(chapter("backprop").WalkThroughTwoExample, *SETUP, "expand_last_layer")
    outputs = scene.network.feedforward(two)
    assert [f"{d.number:.1f}" for d in scene.decimals] == [
        *("0.5", "0.8", "0.2", "1.0", "0.4", "0.6", "1.0", "0.0", "0.2", "0.1"),
    ]
    assert [d.number for d in scene.decimals] == pytest.approx(list(outputs))
    # The others' parts went home and were halved out of sight, the 2's are still large.
    for i, (arrow, output) in enumerate(zip(scene.arrows, outputs, strict=True)):
        change = (1 if i == 2 else 0) - output
        size = 0.48 if i == 2 else 0.24
        assert arrow.get_end()[1] - arrow.get_start()[1] == pytest.approx(change * size, abs=1e-3)
        assert arrow.get_color() == (BLUE if i == 2 else RED)


def test_walk_through_nudges_are_the_weights(chapter):
    scene = run_until(
        chapter("backprop").WalkThroughTwoExample,
        *(*SETUP, "expand_last_layer", "show_activation_formula", "three_ways_to_increase"),
        *("note_connections_to_brightest_neurons", "fire_together_wire_together"),
        "show_desired_increase_to_previous_neurons",
    )
    weights = scene.network.weights[-1][2]
    scaled = 3 * weights / np.abs(scene.network.weights[-1]).max()
    for arrow, weight in zip(scene.prev_neuron_arrows, scaled, strict=True):
        height = arrow.get_end()[1] - arrow.get_start()[1]
        assert height == pytest.approx(0.1 * np.sign(weight) + 0.1 * weight, abs=1e-6)
        assert arrow.get_color() == (BLUE if weight > 0 else RED)
    brightest = np.argsort(scene.activations[-2])[-4:]
    places = [n.get_center() for n in scene.bright_neurons]
    neurons = scene.network_mob.layers[-2].neurons
    assert np.array(places) == pytest.approx(np.array([neurons[i].get_center() for i in brightest]))


def test_walk_through_runs_to_its_end_and_leaves_the_network_as_it_was(chapter, two):
    scene = run(chapter("backprop").WalkThroughTwoExample(skip_animations=True))
    assert scene.clock == pytest.approx(142.0)
    net = scene.network_mob
    forward = scene.network.forward_pass(two).activations
    for layer, values in zip(net.layers[1:], forward[1:], strict=True):
        assert fills(layer) == pytest.approx(list(values), abs=1e-6)
    relative = scene.network.weights[2] / np.abs(scene.network.weights[2]).max()
    for j, i in np.ndindex(relative.shape):
        wanted = net.style.max_edge_width * abs(relative[j, i])
        assert net.edge(2, i, j).get_stroke_width() == pytest.approx(wanted, abs=1e-6)
    on_screen = set(scene.get_mobject_family_members())
    assert set(net.family_members_with_points()) <= on_screen
    assert scene.two_neuron.width == pytest.approx(0.24)
    assert {n.get_stroke_color() for n in net.layers[2].neurons} == {WHITE}


def test_half_way_through_the_nudges_the_two_is_bright_and_the_others_dark(chapter, half_time):
    scene = half_time(chapter("backprop").WalkThroughTwoExample, 14)
    assert [d.number for d in scene.decimals] == pytest.approx([0.01] * 2 + [1.0] + [0.01] * 7)
    fill = fills(scene.network_mob.layers[-1])
    assert fill == pytest.approx([0.01] * 2 + [1.0] + [0.01] * 7)


def test_the_flagships_file_defines_exactly_one_scene(chapter):
    from manim import Scene

    module = chapter("backprop")
    own = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Scene)
        and value.__module__ == module.__name__
    ]
    assert own == ["WalkThroughTwoExample"]
