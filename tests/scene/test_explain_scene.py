import numpy as np
import pytest
from manim import Text, config

from nnviz.network import Network
from nnviz.scene.explain_scenes import ExplainWeightScene


class Explained(ExplainWeightScene):
    weight = (0, 1, 2)
    writing = Text

    def make_network(self):
        return Network.random([2, 4, 3, 1], seed=3)

    def example(self):
        return [0.2, 0.9], [1.0]


@pytest.mark.every(5)
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 4, 3, 1), (784, 16, 10)])
def test_network_and_formulas_share_the_frame(sizes):
    class Sized(Explained):
        weight = (0, 0, 0)

        def make_network(self):
            return Network.random(sizes, seed=3)

        def example(self):
            return np.full(sizes[0], 0.5), np.full(sizes[-1], 1.0)

    scene = Sized(skip_animations=True)
    scene.render()
    net, explanation = scene.mobjects[:2]
    assert net is scene.network_mob
    assert net.get_right()[0] < explanation.get_left()[0]
    for mobject in (net, explanation):
        for corner in ([1, 1, 0], [-1, -1, 0]):
            x, y, _ = np.abs(mobject.get_corner(corner))
            assert x < config.frame_width / 2
            assert y < config.frame_height / 2


def test_without_an_example_it_is_said():
    with pytest.raises(NotImplementedError, match="ExplainWeightScene has no example"):
        ExplainWeightScene(skip_animations=True).render()


def test_the_network_shows_the_example():
    scene = Explained(skip_animations=True)
    scene.render()
    expected = scene.network.forward_pass([0.2, 0.9]).activations[1]
    fills = [neuron.get_fill_opacity() for neuron in scene.network_mob.layers[1].neurons]
    assert fills == pytest.approx(list(expected))
    assert scene.mobjects[1].derivative.value == pytest.approx(
        scene.network.backprop([0.2, 0.9], [1.0]).weights[0][2, 1]
    )
