"""Branches, joins and skips: two inputs, two outputs, and what goes around a layer.

A layer stands one column after the last one that it takes. Joins are signs, and what skips columns
runs around them.

Section: Networks
Shows: NetworkMobject, FeedForward, Backpropagate
Next: opens, volumes
"""

import numpy as np
from manim import Scene

from nnviz import Backpropagate, Dense, FeedForward, Network, NetworkMobject
from nnviz.network import Add, Concatenate, Node


class Branches(Scene):
    def construct(self):
        rng = np.random.RandomState(1)
        nodes = {
            "a": Node(Dense.random(4, 5, rng, "tanh"), ("board",)),
            "b": Node(Dense.random(3, 3, rng, "tanh"), ("clock",)),
            "both": Node(Concatenate(), ("a", "b")),
            "inside": Node(Dense.random(8, 8, rng, "tanh"), ("both",)),
            "sum": Node(Add(), ("both", "inside")),
            "value": Node(Dense.random(8, 1, rng, "tanh"), ("sum",)),
            "policy": Node(Dense.random(8, 4, rng, "softmax"), ("sum",)),
        }
        network = Network({"board": (4,), "clock": (3,)}, nodes, "policy", "cross-entropy")
        titles = {name: name for name in ("board", "clock", "value", "policy")}
        net = NetworkMobject(network, layer_titles=titles).show_weights()
        x = {"board": [1.0, 0.0, 0.0, 1.0], "clock": [0.9, 0.4, 0.1]}
        self.add(net)
        self.play(FeedForward(net, x))
        self.play(Backpropagate(net, x, [0, 1, 0, 0]))
        self.wait(0.5)
