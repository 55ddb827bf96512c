"""Dropout, as a training does it.

Each pass silences other neurons; which ones is what the engine drew.

Section: Networks
Shows: Dropout
Next: feed_forward, restless
"""

import numpy as np
from manim import Scene

from nnviz import Dense, Dropout, Network, NetworkMobject


class FallsOut(Scene):
    def construct(self):
        rng = np.random.RandomState(0)
        layers = [Dense.random(4, 6, rng, "relu"), Dropout(0.5), Dense.random(6, 2, rng, "softmax")]
        network = Network(layers, "cross-entropy", (4,))
        net = NetworkMobject(network).show_weights()
        self.add(net)
        for _ in range(3):
            forward = network.forward_pass([0.1, 0.9, 0.5, 0.7], rng=rng)
            self.play(net.animate.show_dropout(forward))
            self.play(net.animate.show_activations(forward))
            self.wait(0.5)
        self.play(net.animate.hide_dropout())
        self.wait(0.5)
