"""The gradient as a column of numbers.

Section: Learning
Shows: GradientColumn, SignedNumber, choose_components, brackets_around
Next: asked, gradient
"""

import numpy as np
from manim import Scene

from nnviz import Network
from nnviz.mobjects.gradient_column import GradientColumn, choose_components


class Column(Scene):
    def construct(self):
        network = Network.random([4, 8, 3], seed=0)
        x, y = np.linspace(0, 1, 40).reshape(10, 4), np.eye(3)[np.arange(10) % 3]
        gradient = network.backprop(x, y).flatten()
        shown = choose_components(-gradient, wanted=[0.1, -0.1, 0.05, -0.2])
        column = GradientColumn(-gradient[shown], unit=0.1).scale(1.4)
        self.add(column)
        for _ in range(3):
            network = network.step(network.backprop(x, y), eta=1.5)
            self.play(column.count_to(-network.backprop(x, y).flatten()[shown], run_time=1))
