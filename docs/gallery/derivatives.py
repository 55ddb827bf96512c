"""Derivatives as numbers.

dC/dw on the edges, dC/dz beside the neurons: violet where a step down the gradient lowers a
parameter, green where it raises one. They follow what travels back.

Section: Learning
Shows: NetworkMobject, Backpropagate, ShowGradient
Next: backpropagate, explain
"""

from manim import Scene

from nnviz import Backpropagate, FeedForward, Network, NetworkMobject


class DerivativesAsNumbers(Scene):
    def construct(self):
        network = Network.random([2, 3, 1], seed=4)
        net = NetworkMobject(network, neuron_radius=0.45, neuron_buff=0.9, layer_buff=3.5)
        one, other = ([0.2, 0.9], [1]), ([0.8, 0.1], [0])
        net.show_values(network.forward_pass(one[0]))
        net.show_gradient(network.backprop(*one))
        self.add(net.show_gradient_values(network.backprop(*one), decimals=3, height=0.2))
        self.wait(0.5)
        self.play(FeedForward(net, other[0]))
        self.play(Backpropagate(net, *other))
        self.wait(0.5)
