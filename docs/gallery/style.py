"""Colours and widths of one's own.

Section: Networks
Shows: NetworkStyle
Next: legend, light
"""

from manim import PURPLE, TEAL, WHITE, YELLOW, Scene

from nnviz import Network, NetworkMobject
from nnviz.mobjects.network import NetworkStyle


class OwnStyle(Scene):
    def construct(self):
        network = Network.random([3, 6, 6, 2], seed=4)
        style = NetworkStyle(
            neuron_stroke_color=WHITE,
            neuron_fill_color=YELLOW,
            positive_color=TEAL,
            negative_color=PURPLE,
            max_edge_width=5,
        )
        net = NetworkMobject(network, style).scale_to_fit_height(5)
        self.add(net)
        self.play(net.animate.show_weights())
        self.play(net.animate.show_activations(network.forward_pass([1, 0.2, 0.7])))
        self.wait(0.5)
