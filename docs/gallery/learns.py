"""Every step of learning xor, on the weights.

Section: Learning
Shows: EpochReport, CostNumber
"""

from manim import DOWN

from nnviz import CostNumber, Network, NetworkScene

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[1, 0], [0, 1], [0, 1], [1, 0]]


class Learns(NetworkScene):
    output_labels = ("false", "true")

    def make_network(self):
        return Network.random([2, 4, 2], seed=1)

    def construct(self):
        net = self.network_mob.scale_to_fit_height(4).show_weights()
        cost = CostNumber((X, Y)).show_network(self.network).to_edge(DOWN)
        self.add(cost)
        reports = list(self.network.sgd(X, Y, epochs=400, batch_size=4, eta=3))
        for report in reports[::25]:
            self.play(
                net.animate.show_weights(report.network),
                cost.animate.show_report(report),
                run_time=0.3,
            )
        self.wait(0.5)
