"""What the colours mean.

A legend of what the picture shows, in its own colours; the scale ends at the activation that fills
a neuron.

Section: Networks
Shows: ColorLegend
Next: style, parts
"""

from manim import DOWN, FadeIn, Scene

from nnviz import ColorLegend, FeedForward, Network, NetworkMobject


class Legend(Scene):
    def construct(self):
        net = NetworkMobject(Network.random([3, 5, 5, 2], seed=1), fit=(11, 5)).show_weights()
        net.shift([0, 0.8, 0])
        self.add(net)
        self.play(FeedForward(net, [0.2, 0.9, 0.5]))
        legend = ColorLegend(net, direction="right").next_to(net, DOWN, buff=0.6)
        self.play(FadeIn(legend))
        self.wait()
