"""What each example asks of each weight.

Section: Learning
Shows: RequestedChanges, requested_changes
"""

import numpy as np
from manim import FadeIn, LaggedStart, Scene

from nnviz.mobjects.gradient_column import choose_components
from nnviz.mobjects.requested_changes import RequestedChanges
from nnviz.network import Network, requested_changes


class WhatEachAsks(Scene):
    def construct(self):
        network = Network.random([4, 8, 3], seed=0)
        x, y = np.linspace(0, 1, 40).reshape(10, 4), np.eye(3)[np.arange(10) % 3]
        asked = requested_changes(network, x, y, range(network.n_parameters))
        chosen = choose_components(asked[:, 0], wanted=[0.1, -0.2, 0.05, -0.1])
        table = RequestedChanges(
            asked[chosen, :3], [f"w_{{{i}}}" for i in chosen], asked[chosen].mean(axis=1)
        )
        self.play(LaggedStart(*map(FadeIn, table.center()), lag_ratio=0.4), run_time=2.5)
        self.wait()
