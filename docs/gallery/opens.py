"""A language model opens one of its blocks, and shows the attention in it.

Section: Networks
Shows: NetworkMobject, FeedForward
Next: attention, branches
"""

import numpy as np
from manim import Scene

from nnviz import FeedForward, NetworkMobject
from nnviz.network import transformer


class OpensItsAttention(Scene):
    def construct(self):
        rng = np.random.RandomState(0)
        model = transformer(n_tokens=10, length=6, n_features=8, heads=2, blocks=4, rng=rng)
        net = NetworkMobject(model).show_activations(model.forward_pass([3, 1, 4, 1, 5, 9]))
        self.add(net)
        self.wait(0.5)
        self.play(net.animate.open("block0"), run_time=2)
        self.play(net.animate.open("block0.attention"), run_time=2)
        self.play(FeedForward(net, [2, 7, 1, 8, 2, 8], run_time=5))
        self.wait(0.5)
