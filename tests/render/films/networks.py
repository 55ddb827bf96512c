"""What a network computes, animated: frame by frame what Manim would draw."""

import numpy as np
from manim import UP, Dot, FadeIn, LaggedStart, Scene, Succession

from nnviz.animations.engine import Backpropagate, FeedForward, ShowGradient, TakeStep
from nnviz.mobjects.network import NetworkMobject
from nnviz.network import Conv2D, Dense, Flatten, MaxPool2D, Network
from nnviz.scene.base import NNScene

X, Y = [0.2, 0.9], [1.0]


class ComputesInNNScene(NNScene):
    def construct(self):
        net = NetworkMobject(Network.random([2, 3, 1], seed=1)).show_weights()
        self.add(net)
        self.play(FeedForward(net, X, run_time=1), FadeIn(Dot(UP)))
        self.play(Backpropagate(net, X, Y, run_time=1))
        self.play(TakeStep(net, net.network.backprop(X, Y), 2, run_time=0.5))
        self.play(ShowGradient(net, net.network.backprop(X, Y)), run_time=0.5)
        self.play(net.animate.shift(UP), run_time=0.3)


class ComputesInTurn(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([2, 3, 1], seed=1)).show_weights()
        gradient = net.network.backprop(X, Y)
        self.play(
            Succession(
                FeedForward(net, X, run_time=0.8),
                Backpropagate(net, X, Y, run_time=0.6),
                TakeStep(net, gradient, 2, run_time=0.4),
                FeedForward(net, X, run_time=0.5),
            ),
            FadeIn(Dot(UP)),
        )
        other = net.copy().shift(UP)
        self.play(LaggedStart(FeedForward(net, [1, 1]), FeedForward(other, [0, 1]), lag_ratio=0.3))
        self.wait(0.3)


class ComputesMaps(Scene):
    def construct(self):
        rng = np.random.RandomState(0)
        layers = [Conv2D.random(1, 2, 3, rng, activation="relu"), MaxPool2D(2), Flatten()]
        network = Network([*layers, Dense.random(18, 2, rng)], input_shape=(1, 8, 8))
        net = NetworkMobject(network, max_shown=6)
        x, y = rng.random_sample((1, 8, 8)), [1.0, 0.0]
        self.add(net)
        self.play(FeedForward(net, x, run_time=1), FadeIn(Dot(UP)))
        self.play(Backpropagate(net, x, y, run_time=1))
