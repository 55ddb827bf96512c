from functools import cache

import numpy as np
import pytest
from manim import DR, LEFT, RIGHT, UL, WHITE, Scene, config

from nnviz._manim import temp_config
from nnviz.animations import ExplainWeight
from nnviz.animations.explanation_placement import place_beside
from nnviz.mobjects.equations.weight_explanation import WeightExplanation
from nnviz.mobjects.equations.weight_path import WeightPath, derivative_of_shown
from nnviz.mobjects.network import NetworkMobject
from nnviz.network import (
    EdgePlace,
    Network,
    NetworkError,
    NeuronPlace,
    ParameterDerivative,
    one_hot,
)
from nnviz.scene.nn_scene import NNScene

X, Y = np.array([0.5, 1.0]), np.array([1.0, 0.0])
NETWORK = Network.random([2, 3, 2], seed=1)


def pictured(network=NETWORK, side=4 * LEFT):
    net = NetworkMobject(network).show_weights()
    net.scale(min(1, 5 / net.width, 7 / net.height)).move_to(side)
    return net.show_activations(network.forward_pass(np.full(network.sizes[0], 0.6)))


@cache
def formulas(layer=0, i=1, j=2):
    """Return what explains a parameter, beside the network; to be copied."""
    derivative = ParameterDerivative(NETWORK, layer, i, j, X, Y)
    return place_beside(WeightExplanation(derivative), pictured())


def explained(net, layer=0, i=1, j=2, **options):
    """Return the animation, whose formulas are written once."""
    return ExplainWeight(net, layer, i, j, X, Y, formulas(layer, i, j).copy(), **options)


def looks(mobject):
    """Return all that is drawn of a mobject, as bytes."""
    names = ("points", "fill_rgbas", "stroke_rgbas", "stroke_width")
    return [
        tuple(np.asarray(getattr(part, name)).tobytes() for name in names)
        for part in mobject.family_members_with_points()
    ]


def overlap(a, b):
    low, high = (
        np.maximum(a.get_corner(-UR), b.get_corner(-UR)),
        np.minimum(a.get_corner(UR), b.get_corner(UR)),
    )
    return (low < high)[:2].all()


UR = -np.array([-1.0, -1.0, 0.0])


@pytest.mark.every(10)
@pytest.mark.parametrize("base", [NNScene, Scene])
@pytest.mark.parametrize(("layer", "i", "j"), [(0, 1, 2), (1, 0, 1), (0, None, 1)])
def test_afterwards_the_picture_is_as_it_was_and_only_the_formulas_are_new(base, layer, i, j):
    net = pictured()
    before = looks(net)

    class Explained(base):
        def construct(self):
            self.add(net)
            animation = explained(net, layer, i, j)
            whole = animation.explanation.copy().family_members_with_points()
            self.play(animation)
            assert self.mobjects == [net, animation.explanation]
            # The formulas are all there, as bright as they were made.
            glyphs = animation.explanation.family_members_with_points()
            for glyph, made in zip(glyphs, whole, strict=True):
                assert glyph.get_fill_opacity() == made.get_fill_opacity()
                assert glyph.get_stroke_opacity() == made.get_stroke_opacity()
                assert glyph.points == pytest.approx(made.points, abs=1e-9)

    Explained(skip_animations=True).render()
    assert looks(net) == before
    assert net.network is NETWORK


def moments(animation, *shares):
    """Go through an animation in a scene, and stop at some shares of it."""
    scene = NNScene(skip_animations=True)
    scene.add(animation.mobject)
    animation._setup_scene(scene)
    animation.begin()
    for share in shares:
        animation.interpolate(share)
        yield scene
    animation.finish()
    animation.clean_up_from_scene(scene)


def paths_in(scene):
    return [
        part for one in scene.mobjects for part in one.get_family() if isinstance(part, WeightPath)
    ]


def test_a_factor_is_told_beside_its_place_while_all_else_steps_back():
    net = pictured()
    animation = explained(net)
    said, story = animation.explanation, animation._story
    home = said.rows[1].get_center()
    start = story.schedule["factor"][1]
    for _ in moments(animation, (start + 0.9) / story.length):
        neuron = net.layers[1].neurons[2]
        row = said.rows[1]
        distance = np.linalg.norm(row.get_center() - neuron.get_center())
        assert distance < row.width / 2 + row.height / 2 + 2 * neuron.width
        assert all(not overlap(row, one) for layer in net.layers for one in layer.neurons)
        assert said.rows[0].get_family()[-1].get_fill_opacity() < 0.5
        assert said.product.fractions[0][0][0].get_fill_opacity() < 0.5
    assert said.rows[1].get_center() == pytest.approx(home)


def test_all_factors_stand_on_one_line():
    network = Network.random([1] * 4, seed=1)
    derivative = ParameterDerivative(network, 0, 0, 0, [0.5], [1.0])
    fractions = WeightExplanation(derivative).product.fractions
    assert len(fractions) == 7
    assert [one.bar.get_y() for one in fractions] == pytest.approx([fractions[0].bar.get_y()] * 7)


def test_formulas_come_one_after_the_other():
    net = pictured()
    animation = explained(net)
    explanation = animation.explanation

    def shown(part):
        return [
            max(glyph.get_fill_opacity(), glyph.get_stroke_opacity()) > 0.99
            for glyph in part.family_members_with_points()
        ]

    orders = []
    parts = [
        explanation.product.left,
        *explanation.rows,
        *explanation.tables[0].rows,
        explanation.product.result,
        explanation.proof.before,
        explanation.proof.quotient,
    ]
    for _ in moments(animation, *np.linspace(0, 1, 150)):
        orders.append([all(shown(part)) for part in parts])
    first = [next(k for k, row in enumerate(orders) if row[c]) for c in range(len(parts))]
    assert first == sorted(first)
    assert len(set(first)) == len(parts)
    assert not any(orders[0])


def test_the_cost_that_is_counted_is_the_engines():
    animation = explained(pictured())
    nudge = animation.explanation.nudge
    number = animation.explanation.proof.after[2]
    seen = []
    for _ in moments(animation, *np.linspace(0, 1, 400)):
        seen.append(number.value)
    assert seen[0] == pytest.approx(nudge.cost)
    assert seen[-1] == pytest.approx(nudge.cost_above)
    between = [v for v in seen if v not in (seen[0], seen[-1])]
    assert len(between) > 3
    index = animation.explanation.derivative.index
    costs = [NETWORK.nudged(index, nudge.h * share).cost(X, Y) for share in np.linspace(0, 1, 2001)]
    for value in between:
        assert np.abs(np.array(costs) - value).min() < abs(nudge.cost_above - nudge.cost) / 500


def test_while_it_is_told_edges_step_back_and_the_way_is_lit():
    net = pictured()
    opacity = net.edges.stroke_rgbas[:, 3].copy()
    animation = explained(net)
    for scene in moments(animation, 0.5):
        assert net.edges.stroke_rgbas[:, 3] == pytest.approx(0.2 * opacity)
        (path,) = paths_in(scene)
        assert path.start.stroke_rgbas[:, 3] == pytest.approx(1)
        assert path.start.starts == pytest.approx(net.edge(0, 1, 2).starts)


#: Two, three and four layers, of one to nineteen neurons, on either side.
@pytest.mark.every(5)
@pytest.mark.parametrize("seed", [0, 1, 4, 5, 7, 10])
def test_formulas_leave_network_and_frame_alone(seed):
    rng = np.random.RandomState(seed)
    sizes = rng.randint(1, 20, size=rng.randint(2, 5))
    network = Network.random(sizes, rng=rng)
    net = pictured(network, side=[4 * LEFT, 4 * RIGHT][seed % 2])
    layer = rng.randint(len(network.layers))
    derivative = derivative_of_shown(net, layer, 0, 0, rng.rand(sizes[0]), one_hot(0, sizes[-1]))
    explanation = place_beside(WeightExplanation(derivative), net)
    assert not overlap(explanation, net)
    corners = np.array([explanation.get_corner(UL), explanation.get_corner(DR)])
    assert np.abs(corners[:, 0]).max() <= config.frame_width / 2 - 0.3
    assert np.abs(corners[:, 1]).max() <= config.frame_height / 2 - 0.3


def test_where_there_is_no_room_it_is_said():
    net = pictured(side=np.zeros(3)).scale_to_fit_height(7.8).center()
    net.stretch_to_fit_width(13.5)
    with pytest.raises(ValueError, match="no room beside the network"):
        ExplainWeight(net, 0, 1, 2, X, Y)


def test_formulas_stand_where_they_were_put():
    net = pictured()
    explanation = formulas().copy().scale(0.5).move_to([3, -1, 0])
    animation = ExplainWeight(net, 0, 1, 2, X, Y, explanation)
    assert animation.explanation is explanation
    assert explanation.get_center() == pytest.approx([3, -1, 0])
    with pytest.raises(ValueError, match=r"is of .*w₂₁⁽¹⁾.*, but .* neurons 0 and 2, .*w₂₀⁽¹⁾"):
        ExplainWeight(net, 0, 0, 2, X, Y, explanation)
    with pytest.raises(ValueError, match="the explanation is of"):
        ExplainWeight(net, 0, 1, 2, X + 1, Y, explanation)


def test_run_time_is_that_of_the_steps_or_as_asked():
    own = ExplainWeight(pictured(), 0, 1, 2, X, Y)
    asked = explained(pictured(), run_time=5)
    assert looks(own.explanation) == looks(formulas())
    assert 20 < own.run_time < 40
    assert asked.run_time == 5


def test_light_is_as_bright_as_what_is_carried():
    net = pictured()
    derivative = derivative_of_shown(net, 0, 1, 2, X, Y)
    path = WeightPath(net, derivative, 1, 2)
    edges, rings = path.stages[1]
    flows = np.abs(derivative.neuron_flows[2])
    brightness = [ring.get_stroke_opacity() for ring in rings]
    assert np.argsort(brightness).tolist() == np.argsort(flows).tolist()
    assert max(brightness) == pytest.approx(1)
    assert len(edges) == 2
    # Only the weight's own neuron of its layer carries anything.
    _, first = path.stages[0]
    assert [ring.get_stroke_opacity() for ring in first] == [0, 0, 1]


def test_places_are_marked_where_they_are():
    net = pictured()
    path = WeightPath(net, derivative_of_shown(net, 0, 1, 2, X, Y), 1, 2)
    ring = path.mark(net, NeuronPlace(1, 2))
    assert ring.get_center() == pytest.approx(net.layers[1].neurons[2].get_center())
    edge = path.mark(net, EdgePlace(1, 2, 0))
    assert edge.starts == pytest.approx(net.edge(1, 2, 0).starts)
    assert edge.ends == pytest.approx(net.edge(1, 2, 0).ends)


def test_the_weight_is_the_one_that_the_edge_stands_for():
    network = Network.random([784, 20, 10], seed=0)
    net = NetworkMobject(network)
    x, y = np.random.RandomState(1).rand(784), one_hot(3, 10)
    for layer, i, j in [(0, 3, 15), (1, 12, 4), (0, 0, 2)]:
        derivative = derivative_of_shown(net, layer, i, j, x, y)
        assert derivative.parameter == net.shown_weights(layer)[i, j]
    assert derivative_of_shown(net, 1, 12, 4, x, y).source == 16  # the second half of the shown
    assert derivative_of_shown(net, 0, None, 15, x, y).unit == 19
    # A unit that is not on screen has no mark.
    path = WeightPath(net, derivative_of_shown(net, 0, 3, 15, x, y), 3, 15)
    assert len(path.mark(net, NeuronPlace(1, 9))) == 0


def test_light_for_a_bright_background():
    with temp_config({"background_color": WHITE}):
        net = pictured()
        animation = ExplainWeight(net, 0, 1, 2, X, Y)
        colors = animation.explanation.colors
    assert colors.foreground.to_hex() == "#000000"
    for scene in moments(animation, 0.3):
        (path,) = paths_in(scene)
        assert path.start.stroke_rgbas[0, :3] == pytest.approx(colors.highlight.to_rgb())


def test_errors_say_which_neurons_are_shown():
    net = NetworkMobject(Network.random([784, 20, 10], seed=0))
    x, y = np.zeros(784), one_hot(3, 10)
    with pytest.raises(IndexError, match=r"from 0 to 15, .* units 0 to 7 and 776 to 783 of 784"):
        ExplainWeight(net, 0, 400, 0, x, y)
    with pytest.raises(IndexError, match=r"neuron 17 of layer 1 .* 0 to 7 and 12 to 19 of 20"):
        ExplainWeight(net, 0, 0, 17, x, y)
    with pytest.raises(IndexError, match=r"no weights after layer 2: .* from 0 to 1"):
        ExplainWeight(net, 2, 0, 0, x, y)
    with pytest.raises(NetworkError, match="is a batch of"):
        ExplainWeight(net, 0, 0, 0, np.zeros((3, 784)), np.zeros((3, 10)))
