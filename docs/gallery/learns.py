"""Every step of learning xor, on the weights.

Section: Learning
Shows: EpochReport
"""

from manim import DOWN

from nnviz import Network, NetworkScene, SansText
from nnviz.mobjects.numbers import QuickDecimalNumber

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[1, 0], [0, 1], [0, 1], [1, 0]]


class Learns(NetworkScene):
    output_labels = ("false", "true")

    def make_network(self):
        return Network.random([2, 4, 2], seed=1)

    def construct(self):
        net = self.network_mob.scale_to_fit_height(4).show_weights()
        cost = QuickDecimalNumber(
            self.network.cost(X, Y), num_decimal_places=3, mob_class=SansText
        ).to_edge(DOWN)
        self.add(cost)
        reports = list(self.network.sgd(X, Y, epochs=400, batch_size=4, eta=3))
        for report in reports[::25]:
            self.play(
                net.animate.show_weights(report.network),
                cost.animate.set_value(report.network.cost(X, Y)),
                run_time=0.3,
            )
        self.wait(0.5)
