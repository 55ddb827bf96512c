"""Three classes, and panels placed by hand.

`Train` moves a network and any panels beside it through a training. Every number is of the network
of that moment.

Section: Learning
Shows: Train, DecisionBoundary, AccuracyCurve, CostCurve
Next: moons, confusion
"""

from manim import DOWN, LEFT, RIGHT, UP, Scene
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from nnviz import (
    AccuracyCurve,
    CostCurve,
    DecisionBoundary,
    Network,
    NetworkMobject,
    Train,
    one_hot,
)


class Petals(Scene):
    def construct(self):
        flowers = load_iris()
        x, y = StandardScaler().fit_transform(flowers.data[:, 2:]), flowers.target
        network = Network.random([2, 6, 3], seed=3, cost="cross-entropy")
        names = list(map(str, flowers.target_names))
        net = NetworkMobject(network, output_labels=names, fit=(6, 3.2))
        panels = [
            DecisionBoundary(
                x, y, 6.4, 7, names=names, x_name="petal length", y_name="petal width"
            ).to_edge(RIGHT, buff=0.4),
            CostCurve({"flowers": (x, y)}, 3.4, 3).to_corner(DOWN + LEFT, buff=0.4),
            AccuracyCurve({"flowers": (x, y)}, 3.4, 3).to_edge(DOWN, buff=0.4).shift(1.5 * LEFT),
        ]
        self.add(net.to_corner(UP + LEFT, buff=0.4).show_weights(), *panels)
        reports = network.train(x, one_hot(y, 3), epochs=40, optimizer="adam", learning_rate=0.03)
        self.play(Train(net, reports, panels, run_time=5))
        self.wait(0.5)
