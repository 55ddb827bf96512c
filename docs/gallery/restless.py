"""Weights that never rest.

Section: Moving
Shows: ContinualEdgeUpdate
Next: shaken, classroom
"""

from nnviz import NetworkScene
from nnviz.animations import ContinualEdgeUpdate


class Restless(NetworkScene):
    sizes = (6, 8, 8, 4)
    output_labels = ()

    def construct(self):
        self.network_mob.scale_to_fit_height(5)
        edges = self.network_mob.edges
        edges.add_updater(ContinualEdgeUpdate(edges, lambda: self.clock, self.rng))
        self.wait(4)
