"""Forwards, back, and a step.

Forwards, what travels along each edge is its weight times an activation. Backwards each neuron gets
a ring: green where a larger weighted input would lower the cost, violet where it would raise it, as
strong as that would act. The edges then show what the gradient asks of the weights. They take the
step, and the cost falls.

Section: Learning
Shows: Backpropagate, TakeStep, FeedForward, BackwardPass, CostNumber
Next: derivatives, descent
"""

from manim import UL, Scene

from nnviz import Backpropagate, CostNumber, FeedForward, Network, NetworkMobject, TakeStep


class BackAndForth(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([3, 5, 5, 2], seed=6), output_labels=["yes", "no"])
        x, y = [0.8, 0.3, 0.5], [1, 0]
        cost = CostNumber((x, y)).show_network(net.network).to_corner(UL)
        self.add(net.show_weights(), cost)
        self.play(FeedForward(net, x, run_time=2))
        self.play(Backpropagate(net, x, y, run_time=3))
        self.wait(0.5)
        self.play(TakeStep(net, net.network.backprop(x, y), learning_rate=2, panels=[cost]))
        self.play(FeedForward(net, x, run_time=2))
        self.wait(0.5)
