"""Symbols of your own.

Texts in neurons and on edges: a mapping, or a function of where they stand, in any writing.

Section: Networks
Shows: NetworkMobject
Next: values, formula
"""

from manim import Scene

from nnviz import Network, NetworkMobject


class Symbols(Scene):
    def construct(self):
        network = Network.random([2, 3, 1], seed=4)
        net = NetworkMobject(network, neuron_radius=0.45, neuron_buff=0.8, layer_buff=3.5)
        net.show_neuron_texts(lambda layer, unit: "xhy"[layer] + "₁₂₃"[unit])
        net.show_edge_texts({(0, 0, 0): "w₁₁", (0, 1, 2): "w₃₂", (1, 1, 0): "v₁₂"}, height=0.25)
        self.add(net)
        self.wait(2)
