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
        sizes, cost = [2, 8, 8, 1], "cross-entropy"
        return Network.random(sizes, seed=2, cost=cost)

    def data(self):
        return make_moons(200, noise=0.15, random_state=0)
