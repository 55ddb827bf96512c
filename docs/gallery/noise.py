"""Noise becomes data: a network says what is noise, and points leave it behind.

The network reads a point and a noise level. Each of 24 steps takes a bit of the noise away that it
finds, until the points lie on the spiral from which it has learnt.

Section: Learning
Shows: pretrained
Next: gates, boundary
"""

from itertools import pairwise

import numpy as np
from manim import BLUE, Dot, Scene, VGroup, linear

from nnviz import pretrained


class Noise(Scene):
    def construct(self):
        points = 1.44 * np.random.RandomState(3).randn(150, 2)
        dots = VGroup(*(Dot((x, y, 0), 0.05, color=BLUE) for x, y in points))
        self.add(dots)
        self.wait(0.3)
        levels = [*np.geomspace(1, 0.02, 24), 0]
        for level, following in pairwise(levels):
            noise = pretrained("denoise")(np.column_stack([points, np.full(150, level)]))
            points += (following - level) * noise
            moves = (
                dot.animate.move_to((x, y, 0)) for dot, (x, y) in zip(dots, points, strict=True)
            )
            self.play(*moves, run_time=0.2, rate_func=linear)
        self.wait(0.5)
