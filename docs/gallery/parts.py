"""Parts by position.

A neuron, the edges into it, one edge: each is found by its place, and styled and animated like
any mobject of Manim's.

Section: Networks
Shows: LayerMobject, EdgeArray, EdgeSelection, Edge
Next: path, style
"""

from manim import YELLOW, Indicate, Scene

from nnviz import Network, NetworkMobject


class Parts(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([4, 6, 6, 3], seed=2)).scale_to_fit_height(5)
        self.add(net)
        self.play(Indicate(net.layers[1].neurons[2]))
        self.play(net.edges_into(1, 2).animate.set_stroke(YELLOW, 5))
        self.play(net.edges_out_of(1, 2).animate.set_stroke(YELLOW, 5))
        self.play(net.animate.show_weights())
        self.play(net.edge(2, 3, 0).animate.set_stroke(YELLOW, 8))  # layer, from, to
        self.wait(0.5)
