"""What a network says of images while it learns.

Section: Learning
Shows: Predictions, Accuracy, Train, Snapshots
Next: confusion, saliency
"""

from manim import DOWN, Scene, VGroup

from nnviz import Accuracy, Network, NetworkMobject, Predictions, Train, mnist, one_hot


class LearnsToRead(Scene):
    def construct(self):
        data = mnist.load()
        x, y = data.train.images[:3000], one_hot(data.train.labels[:3000])
        test = data.test.images[:200], data.test.labels[:200]
        network = Network.random([784, 16, 10], seed=0, cost="cross-entropy")
        net = NetworkMobject(network, output_labels="0123456789", fit=(5.5, 7)).to_edge(buff=0.4)
        panels = VGroup(Predictions(test[0][:15], test[1][:15], 7, 5), Accuracy(test, 7, 0.6))
        panels.arrange(DOWN, buff=0.5).set_x(3)
        self.add(net.show_weights(), *panels)
        reports = network.train(x, y, epochs=8, optimizer="adam", learning_rate=0.01)
        self.play(Train(net, reports, panels, run_time=5))
        self.wait(0.5)
