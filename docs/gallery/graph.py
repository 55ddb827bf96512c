"""What is computed from what, with values that move.

The weight is moved; all that depends on it follows, as the network computes it.

Section: Calculus
Shows: ComputationalGraph, ValueLine, FollowValue, light_up_path, draw_edges, WeightToCost
"""

from manim import RIGHT, Scene

from nnviz.animations.computational_graph import FollowValue, light_up_path
from nnviz.mobjects.computational_graph import ComputationalGraph
from nnviz.mobjects.value_line import ValueLine
from nnviz.network import Network, WeightToCost


class Dependences(Scene):
    def construct(self):
        path = WeightToCost(Network.random([1, 1, 1], seed=5), [0.7], [1.0])

        def compute(w):
            links = path.links(w)
            return {"w": links.w, "z": links.z, "a": links.a, "C": links.cost}

        start = compute(None)
        graph = ComputationalGraph(
            [["w"], ["z"], ["a"], ["C"]], [("w", "z"), ("z", "a"), ("a", "C")]
        )
        for name, ends in (("w", (-3, 3, 1)), ("z", (-3, 3, 1)), ("a", (0, 1, 0.1)),
                           ("C", (0, 1, 0.1))):  # fmt: skip
            line = ValueLine(start[name], ends, length=4)
            graph.add_line(name, line.next_to(graph.node(name), RIGHT, buff=1))
        self.add(graph.scale(1.2).center())
        self.play(light_up_path(graph.path("w", "z", "a", "C")))
        self.play(FollowValue(graph, "w", start["w"] + 1.2, compute, run_time=3))
