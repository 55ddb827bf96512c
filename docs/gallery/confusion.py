"""Which digits a network mixes up.

A row a true class, a column a predicted one: what is right stands on the diagonal. The numbers are
of the network of that moment, `ConfusionMatrix.of_labels` takes predictions of anything.

Section: Learning
Shows: ConfusionMatrix
Next: predictions, boundary
"""

from manim import LEFT, RIGHT, Scene

from nnviz import ConfusionMatrix, Network, NetworkMobject, Train, mnist, one_hot


class MixesUp(Scene):
    def construct(self):
        data = mnist.load()
        x, y = data.train.images[:3000], one_hot(data.train.labels[:3000])
        test = data.test.images[:500], data.test.labels[:500]
        network = Network.random([784, 16, 10], seed=0, cost="cross-entropy")
        net = NetworkMobject(network, output_labels="0123456789", fit=(5, 7)).to_edge(LEFT)
        panel = ConfusionMatrix(test, 7, 7).to_edge(RIGHT, buff=0.3)
        self.add(net.show_weights(), panel)
        reports = network.train(x, y, epochs=8, optimizer="adam", learning_rate=0.01)
        self.play(Train(net, reports, [panel], run_time=5))
        self.wait(0.5)
