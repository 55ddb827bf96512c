"""What is computed from what, with values that move.

The weight is moved. All that depends on it follows, as the network computes it.

Section: Calculus
Shows: ComputationalGraph, ValueLine, FollowValue, light_up_path, draw_edges
Next: chain_rule, explain
"""

from manim import DOWN, RIGHT, Scene, VGroup

from nnviz import SansText
from nnviz.animations import FollowValue, light_up_path
from nnviz.mobjects import QuickDecimalNumber
from nnviz.mobjects.equations.computational_graph import ComputationalGraph
from nnviz.mobjects.equations.value_line import ValueLine
from nnviz.network import Network


class Dependences(Scene):
    def construct(self):
        network = Network.random([1, 1, 1], seed=5)
        first, last = network.layers

        def compute(w):
            changed = network.replace(layers=[first, last.replace(weights=[[w]])])
            forward = changed.forward_pass([0.7])
            z, a = forward.zs[-1].item(), forward.output.item()
            return {"w": w, "z": z, "a": a, "C": changed.cost([0.7], [1.0])}

        start = compute(last.weights.item())
        chain = [("w", "z"), ("z", "a"), ("a", "C")]
        graph = ComputationalGraph([["w"], ["z"], ["a"], ["C"]], chain).scale(1.5)
        numbers = VGroup()
        for name in "wzaC":
            ends = (0, 1, 0.1) if name in "aC" else (-3, 3, 1)
            line = ValueLine(start[name], ends, length=7)
            graph.add_line(name, line.next_to(graph.node(name), RIGHT, buff=0.8))
            texts = ("0", "1") if name in "aC" else ("−3", "3")
            left, right = (SansText(text, font_size=24) for text in texts)
            left.next_to(line.point(ends[0]), DOWN, buff=0.2)
            right.next_to(line.point(ends[1]), DOWN, buff=0.2)
            number = QuickDecimalNumber(start[name], mob_class=SansText, font_size=40)
            number.next_to(line, RIGHT, buff=0.6)
            number.add_updater(lambda number, line=line: number.set_value(line.value))
            numbers.add(left, right, number)
        VGroup(graph, numbers).center()
        self.add(graph, numbers)
        self.play(light_up_path(graph.path("w", "z", "a", "C")))
        self.play(FollowValue(graph, "w", start["w"] + 1.2, compute, run_time=4))
        self.wait(0.5)
