"""A path lit up.

From one neuron to another, or all ways that lead to an output.

Section: Networks
Shows: NetworkMobject
Next: parts, derivatives
"""

from manim import Scene

from nnviz import Network, NetworkMobject


class Paths(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([4, 6, 6, 3], seed=5)).show_weights()
        self.add(net)
        self.wait(0.5)
        for path in ([1, 4, 2, 0], [2, [0, 5], None, 1], [None, None, None, 2]):
            net.highlight_path(path)
            self.wait()
        net.hide_path()
        self.wait(0.5)
