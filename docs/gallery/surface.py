"""The cost as a surface that turns.

It is that of the network that reads digits, over two random directions.

Section: The cost
Shows: CostSurface
Next: descent, moons
"""

from manim import Scene

from nnviz import CostSurface, mnist, one_hot, pretrained


class Landscape(Scene):
    def construct(self):
        train = mnist.load().train
        x, y = train.images[:200], one_hot(train.labels[:200])
        surface = CostSurface(pretrained(), x, y, width=8, height=2.5, azimuth=-30)
        self.add(surface)
        self.play(surface.animate.turn(azimuth=60), run_time=4)
        self.wait(0.3)
