"""One neuron explained on a network: what is seen, and what stays."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from manim import DOWN, LEFT, UR, FadeOut, Scene, Succession, Text, Wait, config

from nnviz.animations import ExplainNeuron
from nnviz.mobjects.equations.neuron_explanation import NeuronExplanation, TermTable
from nnviz.mobjects.network import NetworkMobject
from nnviz.network import (
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    Network,
    NetworkError,
    attention,
    unit_sum,
)
from nnviz.scene.explain_scenes import ExplainNeuronScene
from nnviz.scene.nn_scene import NNScene

X = np.array([0.5, 0.1, 0.9])
NETWORK = Network.random([3, 4, 2], seed=1)
RNG = np.random.RandomState(2)
IMAGES = Network(
    [
        Conv2D(RNG.randn(2, 1, 3, 3), RNG.randn(2), padding=1, activation="relu"),
        MaxPool2D(2),
        Flatten(),
        Dense(RNG.randn(3, 18), RNG.randn(3), "softmax"),
    ],
    cost="cross-entropy",
    input_shape=(1, 6, 6),
)
IMAGE = RNG.rand(1, 6, 6)
ATTENTION = Network(
    inputs={"x": (3, 4)},
    nodes=attention("attention", "x", 4, rng=np.random.RandomState(1), causal=True),
    output="attention.out",
)
TOKENS = RNG.randn(3, 4)


def pictured(network=NETWORK, x=X, box=(6, 5)):
    net = NetworkMobject(network, fit=box).to_edge(LEFT).show_weights()
    return net if x is None else net.show_activations(network.forward_pass(x))


#: Network, input, layer, unit, box of the picture.
CASES = {
    "dense": (NETWORK, X, 1, 1, (6, 5)),
    "convolution": (IMAGES, IMAGE, 1, (1, 0, 2), (6, 5)),
    "pooling": (IMAGES, IMAGE, "max_pool1", (0, 1, 1), (6, 5)),
    "softmax": (IMAGES, IMAGE, 4, 2, (6, 5)),
    "pattern": (ATTENTION, TOKENS, "attention.pattern", (2, 1), (8, 5)),
    "masked": (ATTENTION, TOKENS, "attention.pattern", (0, 2), (8, 5)),
}


def looks(mobject):
    names = ("points", "fill_rgbas", "stroke_rgbas", "stroke_width", "pixels")
    return [
        tuple(np.asarray(getattr(part, name, 0)).tobytes() for name in names)
        for part in mobject.family_members_with_points()
    ]


def seen(part):
    return max(part.get_fill_opacity(), part.get_stroke_opacity())


def overlap(a, b):
    low = np.maximum(a.get_corner(-UR), b.get_corner(-UR))
    high = np.minimum(a.get_corner(UR), b.get_corner(UR))
    return (low + 1e-6 < high)[:2].all()


def moments(animation, *shares):
    scene = NNScene(skip_animations=True)
    scene.add(animation.mobject)
    animation._setup_scene(scene)
    animation.begin()
    for share in shares:
        animation.interpolate(share)
        yield scene
    animation.finish()
    animation.clean_up_from_scene(scene)


@pytest.mark.every(5)
@pytest.mark.parametrize("case", CASES)
def test_afterwards_the_picture_is_as_it_was_and_the_formulas_are_there(case):
    network, x, layer, unit, box = CASES[case]
    net = pictured(network, x, box)
    before = looks(net)
    animation = ExplainNeuron(net, layer, unit, x)
    explanation = animation.explanation
    whole = explanation.copy().family_members_with_points()
    scenes = []
    for scene in moments(animation, 0, 0.2, 0.5, 0.9):
        assert (looks(net) == before) == (not scenes)
        scenes.append(scene)
    assert scenes[0].mobjects == [net, explanation]
    # The neuron is as bright as the forward pass says, which the picture showed before.
    assert looks(net) == before
    parts = explanation.family_members_with_points()
    for part, made in zip(parts, whole, strict=True):
        assert seen(part) == pytest.approx(seen(made))
        assert part.points == pytest.approx(made.points, abs=1e-9)


def test_an_empty_neuron_keeps_its_activation_and_all_else_returns():
    net = pictured(x=None)
    before = [neuron.get_fill_opacity() for layer in net.layers for neuron in layer.neurons]
    animation = ExplainNeuron(net, 1, 1, X)
    for _ in moments(animation, 0.5):
        shown = [neuron.get_fill_opacity() for neuron in net.layers[0].neurons]
        assert shown == pytest.approx(X)  # what comes in is seen meanwhile
    after = [neuron.get_fill_opacity() for layer in net.layers for neuron in layer.neurons]
    a = NETWORK.forward_pass(X)["dense1"][1]
    assert after == pytest.approx([*before[:4], a, *before[5:]])


def test_the_sum_counts_from_product_to_product():
    net = pictured()
    animation = ExplainNeuron(net, 1, 1, X)
    table, story = animation.explanation.terms, animation._story
    number, seen = table.below[0][1], []
    ends = [*story.schedule["term"][1:], story.schedule["row"][0]]
    for _ in moments(animation, *(np.array(ends) / story.length)):
        seen.append(number.value)
    unit = unit_sum(NETWORK, "dense1", 1, X)
    products = sorted((term.product for term in unit.terms), key=abs, reverse=True)
    assert seen == pytest.approx(np.cumsum(products))
    assert number.value == pytest.approx(unit.total)


def test_numbers_start_beside_their_edge_and_cover_no_input():
    net = pictured()
    animation = ExplainNeuron(net, 1, 1, X)
    table, story = animation.explanation.terms, animation._story
    for k, start in enumerate(story.schedule["term"]):
        for _ in moments(animation, (start + 0.3) / story.length):
            flying = table.rows[k][1:4]
            source = table.terms[k].place.unit[0]
            edge = net.edge(0, source, 1)
            middle = (edge.get_start() + edge.get_end()) / 2
            assert np.linalg.norm(flying.get_center() - middle) < flying.width
            assert all(not overlap(flying, neuron) for neuron in net.layers[0].neurons)


def test_the_rest_steps_back_and_the_edges_in_are_lit():
    net = pictured()
    opacity = net.edges.stroke_rgbas[:, 3].copy()
    animation = ExplainNeuron(net, 1, 1, X)
    neurons = net.layers[1].neurons
    strokes = [neuron.get_stroke_opacity() for neuron in neurons]
    for scene in moments(animation, 0.5):
        assert net.edges.stroke_rgbas[:, 3] == pytest.approx(0.2 * opacity)
        assert [
            neuron.get_stroke_opacity() / stroke
            for neuron, stroke in zip(neurons, strokes, strict=True)
        ] == (pytest.approx([0.2, 1, 0.2, 0.2]))
        lights = scene.mobjects[1]
        assert any(light.get_stroke_opacity() > 0.5 for light in lights)
        ring = lights[0]
        assert ring.get_center() == pytest.approx(neurons[1].get_center())


def test_it_starts_where_the_picture_is_when_its_turn_comes():
    net = pictured()
    animation = ExplainNeuron(net, 1, 1, X)

    class Moved(Scene):
        def construct(self):
            self.add(net)
            self.play(Succession(net.animate.shift(0.5 * DOWN), animation, Wait(0.2)))
            assert net.layers[0].neurons[0].get_center() == pytest.approx(there + 0.5 * DOWN)
            assert animation.explanation in self.mobjects
            self.play(FadeOut(animation.explanation))

    there = net.layers[0].neurons[0].get_center()
    look = [neuron.get_fill_opacity() for neuron in net.layers[1].neurons]
    Moved(skip_animations=True).render()
    assert [neuron.get_fill_opacity() for neuron in net.layers[1].neurons] == pytest.approx(look)


@pytest.mark.every(5)
@pytest.mark.parametrize("case", CASES)
def test_nothing_overlaps_in_formulas(case):
    network, x, layer, unit, _ = CASES[case]
    node = layer if isinstance(layer, str) else layer - 1
    explanation = NeuronExplanation(network, node, unit, x, fit=(6, 7))
    assert explanation.width <= 6 + 1e-6
    assert explanation.height <= 7 + 1e-6
    parts = [one for one in (explanation.response, explanation.outcome, explanation.remark) if one]
    table = explanation.terms
    if isinstance(table, TermTable):
        parts += [*table.head, *itertools.chain(*table.rows), *itertools.chain(*table.below)]
    else:
        parts.append(table)
    parts = [part for part in parts if part.width > 0]
    for one, other in itertools.combinations(parts, 2):
        assert not overlap(one, other), (one, other)


def test_smaller_terms_are_one_row_and_numbers_are_the_engines():
    network = Network.random([30, 2], seed=3)
    x = np.random.RandomState(0).rand(30)
    explanation = NeuronExplanation(network, 0, 1, x, max_terms=4)
    unit, table = unit_sum(network, 0, 1, x), explanation.terms
    assert len(table.rows) == 4
    assert table.rest[0][0].text == "and26smaller"
    shown = [row[-1].value for row in table.rows]
    assert sum(shown) + table.rest[0][1].value == pytest.approx(unit.total)
    assert [row[-1].value for row in table.below] == pytest.approx([unit.total, unit.bias, unit.z])
    assert explanation.outcome.number.value == pytest.approx(unit.a)
    assert explanation.outcome.neuron.get_fill_opacity() == pytest.approx(unit.a)
    dot, curve = explanation.response.dot.get_center(), explanation.response[1].points
    assert np.linalg.norm(curve - dot, axis=1).min() < 1e-6


def test_the_curve_is_the_activation_functions():
    network = Network.random([3, 2], seed=3)
    response = NeuronExplanation(network, 0, 0, X).response
    axes, curve = response[0], response[1]
    for point in curve.points[::100]:
        z, a = axes.p2c(point)[:2]
        assert a == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-3)


def test_errors_say_what_is_wrong():
    net = pictured()
    with pytest.raises(ValueError, match="layer 0 is an input"):
        ExplainNeuron(net, 0, 0, X)
    with pytest.raises(NetworkError, match="dense1 has no unit 7"):
        ExplainNeuron(net, 1, 7, X)
    with pytest.raises(NetworkError, match=r"such as x\[0\]"):
        ExplainNeuron(net, 1, 0, X[None])
    with pytest.raises(ValueError, match=r"the explanation is of unit \(0,\) of dense1"):
        ExplainNeuron(net, 1, 1, X, NeuronExplanation(NETWORK, 0, 0, X))
    long = NetworkMobject(Network.random([30, 40, 2], seed=0), fit=(5, 5)).to_edge(LEFT)
    with pytest.raises(IndexError, match="unit 20 of dense1 is not shown: max_shown"):
        ExplainNeuron(long, 1, 20, np.ones(30))
    cell = pictured(ATTENTION, TOKENS, (8, 5))
    with pytest.raises(ValueError, match=r"attention\.scores is drawn as one sign or box"):
        ExplainNeuron(cell, "attention.scores", (2, 1), TOKENS)
    volumes = NetworkMobject(IMAGES, view="volumes", fit=(5, 5)).to_edge(LEFT)
    with pytest.raises(ValueError, match="not explained on view='volumes'"):
        ExplainNeuron(volumes, 1, (0, 0, 0), IMAGE)
    with pytest.raises(ValueError, match="max_terms is positive"):
        ExplainNeuron(net, 1, 1, X, max_terms=0)
    wide = NetworkMobject(NETWORK).scale_to_fit_height(7.8).center().stretch_to_fit_width(13.5)
    with pytest.raises(ValueError, match="no room beside the network"):
        ExplainNeuron(wide, 1, 1, X)


class Explained(ExplainNeuronScene):
    neuron = (1, 2)
    writing = Text

    def make_network(self):
        return NETWORK

    def example(self):
        return X


def test_the_scene_has_network_and_formulas_side_by_side():
    scene = Explained(skip_animations=True)
    scene.render()
    net, explanation = scene.mobjects[:2]
    assert net.get_right()[0] < explanation.get_left()[0]
    assert np.abs(explanation.get_corner(UR))[0] < config.frame_width / 2
    with pytest.raises(NotImplementedError, match="ExplainNeuronScene has no example"):
        ExplainNeuronScene(skip_animations=True).render()


def test_columns_are_called_by_what_they_multiply():
    def head(node, unit):
        explanation = NeuronExplanation(ATTENTION, node, unit, TOKENS)
        return [one.text for one in explanation.terms.head[1:]]

    assert head("attention.query", (2, 1)) == ["aᵢ", "wᵢ", "aᵢwᵢ"]
    assert head("attention.pattern", (2, 1)) == ["qᵢ", "kᵢ", "qᵢkᵢ"]
    # What a pattern mixes are values.
    assert head("attention.mixed", (2, 1)) == ["aᵢ", "vᵢ", "aᵢvᵢ"]


def test_asking_for_the_scale_moves_nothing():
    for width, height in ((14, 3), (4, 9)):
        explanation = NeuronExplanation(NETWORK, 0, 1, X).shift(DOWN)
        before = looks(explanation)
        (scale,) = explanation.scales_to_fit_into([(width, height)])
        assert looks(explanation) == before
        size = explanation.outcome.neuron.width
        assert explanation.fit_into(width, height).outcome.neuron.width == pytest.approx(
            scale * size
        )


def test_a_windows_grids_are_written_as_the_formulas_are():
    explanation = NeuronExplanation(IMAGES, 0, (1, 0, 2), IMAGE, writing=Text)
    assert explanation.terms.style.writing is Text
