"""A curve is fitted.

One input and one output: the network is the curve that it computes.

Section: Learning
Shows: TrainingScene, FittedCurve, CostCurve
Next: moons, surface
"""

import numpy as np

from nnviz import Dense, Network, TrainingScene


class Fitted(TrainingScene):
    title = "1-16-1, tanh and identity"
    epochs = 150
    run_time = 6.0

    def make_network(self):
        rng = np.random.RandomState(1)
        return Network([Dense.random(1, 16, rng, "tanh"), Dense.random(16, 1, rng, "identity")])

    def data(self):
        rng = np.random.RandomState(0)
        x = rng.uniform(-2, 2, (80, 1))
        return x, np.sin(2 * x) + 0.1 * rng.normal(size=x.shape)
