"""Forwards, back, and a step.

Backwards each neuron gets a ring: blue where a larger weighted input would lower the cost, orange
where it would raise it, as strong as that would act. The edges then show what the gradient asks of
the weights.

Section: Learning
Shows: Backpropagate, TakeStep, FeedForward, BackwardPass
"""

from manim import Scene

from nnviz import Backpropagate, FeedForward, Network, NetworkMobject, TakeStep


class BackAndForth(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([3, 5, 5, 2], seed=6), output_labels=["yes", "no"])
        self.add(net.show_weights())
        x, y = [0.8, 0.3, 0.5], [1, 0]
        self.play(FeedForward(net, x, run_time=2))
        self.play(Backpropagate(net, x, y, run_time=3))
        self.wait(0.5)
        self.play(TakeStep(net, net.network.backprop(x, y), eta=20))
        self.play(FeedForward(net, x, run_time=2))
        self.wait(0.5)
