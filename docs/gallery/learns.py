"""Every step of learning xor, on the weights.

The weights settle while the cost falls. Then A is 1 and B is 0, and the network says that they
differ.

Section: Learning
Shows: EpochReport, CostNumber
Next: xor, descent
"""

from manim import DOWN, UP

from nnviz import CostNumber, FeedForward, Network, NetworkMobject, NetworkScene

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[1, 0], [0, 1], [0, 1], [1, 0]]


class Learns(NetworkScene):
    def make_network(self):
        return Network.random([2, 4, 2], seed=1)

    def make_picture(self):
        labels = {"input_labels": "AB", "output_labels": ["A = B", "A xor B"]}
        return NetworkMobject(self.network, fit=(10.5, 5), **labels).shift(0.6 * UP)

    def construct(self):
        net = self.network_mob.show_weights()
        cost = CostNumber((X, Y), width=4, height=0.8).show_network(self.network)
        self.add(cost.to_edge(DOWN))
        reports = list(self.network.sgd(X, Y, epochs=400, batch_size=4, learning_rate=3))
        for k in (0, 5, 10, 20, 40, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 399):
            network = reports[k].network
            moved = net.animate.show_weights(network)
            self.play(moved, cost.animate.show_report(reports[k]), run_time=0.4)
        self.play(FeedForward(net, [1, 0], run_time=1.5))
        self.wait()
