"""On white.

Colours follow Manim's background: networks, charts, words. `NetworkStyle.light()` asks for them
by name.

Section: Networks
Shows: NetworkStyle, Backpropagate
Next: style, figure
"""

from manim import WHITE, Scene, config

from nnviz import Backpropagate, FeedForward, Network, NetworkMobject

config.background_color = WHITE


class OnWhite(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([4, 6, 6, 3], seed=5), output_labels=["A", "B", "C"])
        self.add(net.show_weights())
        x, y = [0.2, 0.9, 0.5, 0.7], [0, 1, 0]
        self.play(FeedForward(net, x))
        self.play(Backpropagate(net, x, y))
        self.wait(0.5)
