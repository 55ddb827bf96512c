"""Any number of layers, any number of neurons.

Section: Networks
Shows: NetworkMobject, Network
"""

from manim import RIGHT, Create, LaggedStart, Scene, VGroup

from nnviz import Network, NetworkMobject


class Shapes(Scene):
    def construct(self):
        sizes = [[2, 3, 1], [4, 8, 3], [3, 5, 5, 5, 2], [1, 6, 6, 1]]
        nets = VGroup(
            *(NetworkMobject(Network.random(some, seed=0)).show_weights() for some in sizes)
        )
        for net in nets:
            net.scale_to_fit_width(2.9)
        nets.arrange(RIGHT, buff=0.5)
        self.play(LaggedStart(*(Create(net) for net in nets), lag_ratio=0.3), run_time=3)
        self.wait(0.5)
