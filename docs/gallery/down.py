"""From top to bottom, with names and titles.

Section: Networks
Shows: NetworkMobject, NetworkStyle
Next: shapes, style
"""

from manim import Scene

from nnviz import FeedForward, Network, NetworkMobject


class TopDown(Scene):
    def construct(self):
        net = NetworkMobject(
            Network.random([4, 8, 3], seed=1),
            direction="down",
            input_labels=["sepal length", "sepal width", "petal length", "petal width"],
            output_labels=["setosa", "versicolor", "virginica"],
            layer_titles=["measured", "hidden", "species"],
        )
        self.add(net.show_weights())
        self.play(FeedForward(net, [0.9, 0.3, 0.6, 0.1]))
        self.wait(0.5)
