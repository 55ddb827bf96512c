"""Values that follow one another, paths that light up, neurons that count."""

import numpy as np
import pytest
from manim import Circle, smooth, there_and_back

from nnviz.animations import FollowValue, change_activation, draw_edges, light_up_path
from nnviz.mobjects.equations.computational_graph import ComputationalGraph
from nnviz.mobjects.equations.value_line import ValueLine
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.palette import BLACK, WHITE, YELLOW
from nnviz.scene.nn_scene import NNScene


@pytest.fixture
def graph():
    graph = ComputationalGraph([["w"], ["z"]], [("w", "z")])
    return graph.add_line("w", ValueLine(0.8)).add_line("z", ValueLine(0.64))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_what_is_computed_follows_at_every_moment(graph, share):
    animation = FollowValue(
        graph, "w", 0.2, lambda w: {"w": w, "z": w**2, "unseen": 7.0}, rate_func=smooth
    )
    animation.begin()
    animation.interpolate(share)
    w = 0.8 - 0.6 * smooth(share)
    assert graph.values == pytest.approx({"w": w, "z": w**2})


def test_it_comes_back_by_itself_and_starts_where_the_dot_is(graph):
    animation = FollowValue(graph, "w", 0.2, lambda w: {"w": w, "z": w**2})
    graph.show_values({"w": 0.6, "z": 0.36})
    animation.begin()
    animation.interpolate(0.5)
    assert graph.values == pytest.approx({"w": 0.2, "z": 0.04})
    animation.finish()
    assert graph.values == pytest.approx({"w": 0.6, "z": 0.36})


def test_drawn_edges_flash_and_stay(graph):
    scene = NNScene(skip_animations=True)
    scene.play(draw_edges(graph.edges_into("z")))
    shown = scene.get_mobject_family_members()
    assert graph.edge("w", "z") in shown
    assert all(line.get_stroke_color() == WHITE for line in shown)


def test_a_path_lights_up_from_cause_to_effect_and_goes_out(graph):
    scene = NNScene(skip_animations=True)
    scene.add(graph)
    before = graph.copy()
    animation = light_up_path(graph.path("w", "z"), share=0.5)
    animation.begin()
    w, z = (graph.node(name)[0][0] for name in ("w", "z"))
    animation.interpolate(0.25)
    assert w.get_fill_color() == YELLOW
    assert z.get_fill_color() != YELLOW
    animation.interpolate(0.75)
    assert w.get_fill_color() != YELLOW
    assert z.get_fill_color() == YELLOW
    animation.finish()
    for name in ("w", "z"):
        node, old = graph.node(name), before.node(name)
        assert node[0][0].get_fill_color() == old[0][0].get_fill_color()
        np.testing.assert_allclose(node.get_center(), old.get_center(), atol=1e-9)


@pytest.mark.parametrize(("rate_func", "end"), [(smooth, 0.95), (there_and_back, 0.25)])
def test_fill_and_number_change_together(rate_func, end):
    neuron = Circle(fill_color=WHITE, fill_opacity=0.25)
    number = ActivationNumber(0.25, neuron, num_decimal_places=2)
    animation = change_activation(neuron, number, 0.95, run_time=2, rate_func=rate_func)
    assert animation.run_time == 2
    animation.begin()
    for share in (0.1, 0.5):
        animation.interpolate(share)
        assert neuron.get_fill_opacity() == pytest.approx(number.number)
        assert number.number == pytest.approx(0.25 + 0.7 * rate_func(share))
        color = BLACK if number.number > 0.46 else WHITE  # on white with that opacity
        assert {glyph.get_fill_color() for glyph in number} == {color}
    animation.finish()
    assert [neuron.get_fill_opacity(), number.number] == pytest.approx([end, end])


@pytest.mark.parametrize("activation", [-0.1, 1.1])
def test_an_activation_outside_of_its_range_is_refused(activation):
    with pytest.raises(ValueError, match=r"an activation in \[0, 1\]"):
        change_activation(Circle(), ActivationNumber(0.5), activation)
