"""A film of a training.

A network and data are all that has to be said. Here it learns to tell two moons apart.

Section: Learning
Shows: TrainingScene, DecisionBoundary, Accuracy, CostCurve
Next: boundary, regression
"""

from sklearn.datasets import make_moons

from nnviz import Network, TrainingScene


class Moons(TrainingScene):
    title = "Two moons"
    run_time = 6.0

    def make_network(self):
        return Network.random([2, 8, 8, 1], seed=2, cost="cross-entropy")

    def data(self):
        return make_moons(200, noise=0.15, random_state=0)
