"""Any number of layers, any number of neurons.

Section: Networks
Shows: NetworkMobject, Network
Next: down, branches
"""

from manim import DOWN, RIGHT, UP, Create, FadeIn, LaggedStart, Scene

from nnviz import Network, NetworkMobject, SansText


class Shapes(Scene):
    def construct(self):
        places = [UP * y + RIGHT * x for y in (2.2, -1.7) for x in (-3.5, 3.5)]
        shapes = [2, 3, 1], [4, 8, 3], [3, 5, 5, 5, 2], [1, 6, 6, 1]
        for place, sizes in zip(places, shapes, strict=True):
            net = NetworkMobject(Network.random(sizes, seed=0), fit=(5.5, 2.5)).move_to(place)
            words = SansText(", ".join(map(str, sizes)), font_size=30)
            words.move_to(place + 1.7 * DOWN)
            layers = LaggedStart(*map(FadeIn, net.show_weights().layers), lag_ratio=0.4)
            self.play(FadeIn(words), layers, run_time=0.6)
            self.play(Create(net.edges), run_time=0.6)
        self.wait()
