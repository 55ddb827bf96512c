"""Trainings whose frames are compared with stock Manim's."""

import numpy as np
from manim import LEFT, RIGHT, UP, Circle, FadeIn, Scene

from nnviz import (
    Accuracy,
    CostCurve,
    DecisionBoundary,
    Network,
    NetworkMobject,
    Train,
)

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([0, 1, 1, 0])
NETWORK = Network.random([2, 3, 1], seed=1, cost="cross-entropy")


class Trains(Scene):
    numbers = False

    def construct(self):
        net = NetworkMobject(NETWORK, fit=(6, 6)).shift(3.5 * LEFT).show_weights()
        if self.numbers:
            net.show_edge_values().show_biases()
        panels = [
            CostCurve({"all": (X, Y)}, 5, 3).shift(3.5 * RIGHT + 2 * UP),
            DecisionBoundary(X, Y, 3, 3, resolution=20).move_to([2, -2, 0]),
            Accuracy((X, Y), 3, 0.6).move_to([5.4, -1, 0]),
        ]
        self.add(net, *panels)
        reports = list(NETWORK.train(X, Y, epochs=9, optimizer="adam", learning_rate=0.3))
        self.play(Train(net, reports[:5], panels, run_time=1.1), FadeIn(Circle()))
        self.play(Train(net, reports[5:], panels, run_time=0.7))
        self.wait(0.2)


class TrainsWithNumbers(Trains):
    numbers = True
