"""A network that has learnt xor.

Trained in half a second when the scene begins; then all four inputs go through it.

Section: Networks
Shows: NetworkScene
Next: learns, values
"""

from manim import DOWN, UP, FadeTransform

from nnviz import Network, NetworkScene, SansText

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[1, 0], [0, 1], [0, 1], [1, 0]]


class Xor(NetworkScene):
    output_labels = ("false", "true")

    def make_network(self):
        start = Network.random([2, 4, 2], seed=1)
        *_, last = start.sgd(X, Y, epochs=500, batch_size=4, learning_rate=3)
        return last.network

    def construct(self):
        self.network_mob.scale_to_fit_height(3.5).shift(0.5 * DOWN).show_weights()
        words = SansText("Which?").to_edge(UP)
        for x in X:
            question = SansText(f"{x[0]} xor {x[1]}?").to_edge(UP)
            self.play(FadeTransform(words, question), run_time=0.5)
            self.activate_network(x)
            words = question
        self.wait(0.5)
