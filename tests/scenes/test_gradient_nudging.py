"""The base scene's engine and its animations, on a small network of somebody else's."""

import numpy as np
import pytest

from gradient_nudging import GradientNudging, edge_parameters
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.network import Network


class Small(GradientNudging):
    """Three inputs: the training set is cut down to them."""

    sizes = (3, 4, 10)
    wanted_components = (0.5, -0.5, 0.2, -0.1)
    learning_rate = 0.5
    n_steps = 2

    def load_training_set(self):
        x, y = super().load_training_set()
        return x[:50, 400:403], y[:50]


@pytest.fixture
def scene():
    small = Small(skip_animations=True)
    small.setup()
    return small


def ends(edge):
    return np.array([edge.get_start(), edge.get_end()])


def test_every_edge_finds_its_parameter():
    network = Network.random([40, 3, 2], seed=0)
    net = NetworkMobject(network, max_shown=4)
    parameters, weights = edge_parameters(net), network.flatten()
    shown = np.concatenate([net.shown_weights(layer).ravel() for layer in (0, 1)])
    assert weights[parameters] == pytest.approx(shown)
    assert len(parameters) == len(net.edges) == 4 * 3 + 3 * 2
    assert len(set(parameters)) == len(parameters)


def test_the_column_shows_weights_that_are_on_screen(scene):
    assert set(scene.components) <= set(edge_parameters(scene.network_mob))
    assert list(scene.components) == sorted(set(scene.components))


def test_a_step_follows_the_negative_gradient_all_the_way(scene):
    before = scene.network
    downhill = scene.downhill()
    assert downhill == pytest.approx(-before.backprop(scene.x, scene.y).flatten())
    on_the_way = scene.take_step()
    for share in (0.0, 0.3, 1.0):
        moved = on_the_way(share).flatten() - before.flatten()
        assert moved == pytest.approx(share * scene.learning_rate * downhill)
    assert scene.network == on_the_way(1.0)
    assert scene.downhill() == pytest.approx(-scene.network.backprop(scene.x, scene.y).flatten())
    assert scene.network.cost(scene.x, scene.y) < before.cost(scene.x, scene.y)


def test_edges_change_end_for_end_into_the_new_weights(scene):
    net = scene.network_mob
    before = [ends(edge) for edge in net.edges]
    scene.take_step()
    scene.play(scene.change_of_edges())
    assert net.network == scene.network
    for edge, old in zip(net.edges, before, strict=True):
        assert ends(edge) == pytest.approx(old[::-1], abs=1e-6)
    wanted = NetworkMobject(scene.network, scene.style).show_weights()
    for edge, like in zip(net.edges, wanted.edges, strict=True):
        assert edge.get_stroke_width() == pytest.approx(like.get_stroke_width())
        assert edge.get_stroke_color() == like.get_stroke_color()


def test_the_whole_script_leaves_only_what_it_says():
    scene = Small(skip_animations=True)
    scene.render()
    assert scene.clock == pytest.approx(2 + 2 * 3 + 1)
    assert scene.column.values == pytest.approx(scene.downhill()[scene.components])
    family = scene.get_mobject_family_members()
    texts = [part.tex_string for part in family if hasattr(part, "tex_string")]
    assert not [text for text in texts if "Recompute" in text]
    assert any("Change by some small" in text for text in texts)
    # The nudges that the column sent into the edges are gone: only the network's own lines stay.
    wholes = [mobject for mobject in family if type(mobject) is EdgeArray]
    assert wholes == [scene.network_mob.edges]
