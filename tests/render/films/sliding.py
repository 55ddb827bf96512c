import numpy as np
from manim import DOWN, RIGHT, UP, Dot, FadeIn, Scene

from nnviz.animations import Convolve
from nnviz.mobjects.network import NetworkMobject
from nnviz.network import Conv2D, MaxPool2D, Network


class Slides(Scene):
    """A kernel slides beside other animations, and what it left moves on."""

    def construct(self):
        rng = np.random.RandomState(0)
        layers = [Conv2D(rng.randn(2, 1, 3, 3), rng.randn(2), activation="relu"), MaxPool2D(2)]
        net = NetworkMobject(Network(layers, "quadratic", (1, 8, 8)), fit=(8, 3)).to_edge(DOWN)
        self.add(net)
        play = Convolve(net, 1, rng.rand(1, 8, 8), channel=1, slow=2, run_time=1)
        self.play(play, FadeIn(Dot(3 * UP + 6 * RIGHT)))
        self.play(net.animate.shift(0.2 * UP), run_time=0.3)
