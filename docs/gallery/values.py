"""All numbers of a network.

Activations in the neurons, weights on the edges, biases beside the neurons. They follow whatever
the network computes.

Section: Networks
Shows: NetworkMobject, FeedForward, TakeStep
Next: symbols, backpropagate
"""

from manim import Scene

from nnviz import FeedForward, Network, NetworkMobject, TakeStep


class AllItsNumbers(Scene):
    def construct(self):
        network = Network.random([2, 3, 1], seed=4)
        net = NetworkMobject(network, neuron_radius=0.45, neuron_buff=0.8, layer_buff=3.5)
        net.show_weights().show_values(network.forward_pass([0, 0]))
        net.show_edge_values(height=0.2).show_biases(height=0.2)
        self.add(net)
        x, y = [0.2, 0.9], [1]
        self.play(FeedForward(net, x))
        self.play(TakeStep(net, network.backprop(x, y), learning_rate=5))
        self.play(FeedForward(net, x))
        self.wait(0.5)
