"""What a network computes, animated: frame by frame what Manim would draw."""

import numpy as np
from manim import (
    BLUE,
    RED,
    RIGHT,
    UP,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    Indicate,
    LaggedStart,
    Scene,
    Square,
    Succession,
    Transform,
    Wiggle,
    Write,
)

from nnviz.animations import Backpropagate, FeedForward, ShowGradient, TakeStep
from nnviz.mobjects.network import NetworkMobject
from nnviz.network import Conv2D, Dense, Flatten, MaxPool2D, Network
from nnviz.scene.nn_scene import NNScene

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


class MovesPartsOfEdges(Scene):
    """A scene of Manim's, to which parts of edges are groups of lines."""

    def construct(self):
        net = NetworkMobject(Network.random([3, 4, 2], seed=1)).show_weights()
        part, other = net.edges_into(1, 2), net.edges[3:9]
        self.play(Write(net.edges), run_time=0.4)
        self.add(net)
        self.play(part.animate.shift(UP), run_time=0.3)
        self.play(Wiggle(other), run_time=0.3)
        net.edges[4].add_tip()
        net.edges[7].set_z_index(3).set_color(BLUE)
        self.play(net.edges.animate.set_color_by_gradient(RED, BLUE), run_time=0.3)
        self.play(Indicate(net.edges[5]), FadeOut(net.edges[6]), run_time=0.3)
        self.play(Transform(net.edges[:2], Square(fill_opacity=0.5).shift(RIGHT)), run_time=0.3)
        self.remove(other)
        self.play(Create(other), net.layers[0].animate.shift(UP), run_time=0.3)
        self.add(net)
        self.wait(0.2)
