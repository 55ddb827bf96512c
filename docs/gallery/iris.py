"""A classifier of scikit-learn's.

Read into a network in one line; it computes what the classifier computes.

Section: Networks
Shows: from_sklearn
Next: moons, boundary
"""

import warnings

from manim import DOWN, Scene
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

from nnviz import NetworkMobject, SansText, from_sklearn


class Iris(Scene):
    def construct(self):
        flowers = load_iris()
        with warnings.catch_warnings(action="ignore"):  # 300 rounds are enough to look at
            model = MLPClassifier([8], max_iter=300, random_state=0)
            network = from_sklearn(model.fit(flowers.data / 8, flowers.target))
        net = NetworkMobject(network).show_weights().scale_to_fit_height(5)
        self.add(net)
        for index in (0, 75, 140):
            name = SansText(str(flowers.target_names[flowers.target[index]]), font_size=36)
            self.add(name.to_edge(DOWN))
            values = network.forward_pass(flowers.data[index] / 8)
            self.play(net.animate.show_activations(values))
            self.wait(0.5)
            self.remove(name)
