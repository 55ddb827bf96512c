"""A descent on the map of the cost.

Colours and contour lines are the network's cost over the plane in which its training moved most.
The marker is as quick on all of the way, so that the great step takes its time.

Section: The cost
Shows: CostMap, Descend, ParameterPlane, CostPath
Next: surface, learns
"""

from manim import YELLOW, Dot, Scene

from nnviz import CostMap, Descend, Network, ParameterPlane


class Downhill(Scene):
    def construct(self):
        x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        descent = [Network.random([2, 3, 1], seed=1)]
        for _ in range(50):
            descent.append(descent[-1].step(descent[-1].backprop(x, y), 2.0))
        plane = ParameterPlane.principal(descent)
        chart = CostMap(plane, x, y, spans=plane.spans(descent), width=7)
        path = chart.path(descent[::5])
        marker = Dot(color=YELLOW).move_to(path.places[0])
        self.add(chart, marker)
        self.play(Descend(path, marker, run_time=4))
        self.wait(0.5)
