"""Layer by layer, beside other animations.

Section: Moving
Shows: FeedForwardStep
"""

from manim import DOWN, UP, FadeIn, Scene, Text

from nnviz import Network, NetworkMobject
from nnviz.animations.network import FeedForwardStep


class LayerByLayer(Scene):
    def construct(self):
        network = Network.random([4, 6, 6, 2], seed=7)
        net = NetworkMobject(network).scale_to_fit_height(4.5).to_edge(UP)
        self.add(net)
        values = network.forward_pass([0.9, 0.1, 0.6, 1.0])
        for layer, name in enumerate(["input", "hidden", "hidden", "output"]):
            words = Text(name, font_size=30).to_edge(DOWN).match_x(net.layers[layer])
            self.play(FeedForwardStep(net, layer, values), FadeIn(words))
        self.wait(0.5)
