"""Edges that flash, shake and turn over.

Section: Moving
Shows: flash_edges, wiggle_edges, flip_edges
Next: restless, parts
"""

from manim import Scene

from nnviz import Network, NetworkMobject
from nnviz.animations import flash_edges, flip_edges, wiggle_edges


class Shaken(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([5, 8, 8, 3], seed=3)).scale_to_fit_height(5)
        net.show_weights()
        self.add(net)
        self.play(flash_edges(net.edges))
        self.play(wiggle_edges(net.edges))
        self.play(flip_edges(net.edges))
