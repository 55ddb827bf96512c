"""A film of a transformer's training.

It learns to sort four digits: what it writes for three rows, one head's pattern, and the cost.

Section: Learning
Shows: TrainingScene, SamplesPanel, PatternPanel, CostCurve
Next: moons, attention
"""

import numpy as np

from nnviz import TrainingScene
from nnviz.network import transformer


class LearnsToSort(TrainingScene):
    epochs = 8
    learning_rate = 0.01
    batch_size = 32

    def make_network(self):
        rng = np.random.RandomState(0)
        return transformer(6, 7, 16, heads=2, blocks=1, rng=rng)

    def data(self):
        rows = np.random.RandomState(1).randint(0, 6, (500, 4))
        answers = np.sort(rows, axis=1)
        follows = np.hstack([np.full((500, 3), -1), answers])
        return np.hstack([rows, answers[:, :-1]]), follows
