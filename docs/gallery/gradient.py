"""Where a step would move each weight, and the step.

Blue edges should grow, orange ones shrink; the wider, the more.

Section: Learning
Shows: Gradient
"""

from manim import Scene

from nnviz import Network, NetworkMobject


class AStepDown(Scene):
    def construct(self):
        network = Network.random([3, 5, 5, 2], seed=6)
        x, y = [0.8, 0.3, 0.5], [1, 0]
        net = NetworkMobject(network).scale_to_fit_height(5).show_weights()
        self.add(net)
        self.play(net.animate.show_activations(network.forward_pass(x)))
        gradient = network.backprop(x, y)
        self.play(net.animate.show_gradient(gradient))
        after = network.step(gradient, eta=20)
        self.play(net.animate.show_weights(after))
        self.play(net.animate.show_activations(after.forward_pass(x)))
        self.wait(0.5)
