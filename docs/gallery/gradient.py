"""Where a step would move each weight, and the step.

A step raises the weights of green edges, and lowers those of violet ones; the wider, the more.

Section: Learning
Shows: Gradient, ShowGradient, TakeStep
Next: backpropagate, learns
"""

from manim import Scene

from nnviz import Network, NetworkMobject, ShowGradient, TakeStep


class AStepDown(Scene):
    def construct(self):
        x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
        net = NetworkMobject(Network.random([2, 5, 5, 1], seed=6))
        self.add(net.show_weights())
        self.wait(0.5)
        for _ in range(2):
            gradient = net.network.backprop(x, y)  # the mean over the four examples
            self.play(ShowGradient(net, gradient))
            self.wait(0.5)
            self.play(TakeStep(net, gradient, learning_rate=20))
        self.wait(0.5)
