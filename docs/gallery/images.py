"""Sixty handwritten digits.

An image is one mobject, so a scene may have hundreds.

Section: Images and numbers
Shows: MNistMobject, load, Dataset
Next: pixels, predictions
"""

from manim import FadeIn, Group, LaggedStart, Scene

from nnviz import MNistMobject, mnist


class Digits(Scene):
    def construct(self):
        images = Group(*(MNistMobject(x, height=0.9) for x in mnist.load().test.images[:60]))
        images.arrange_in_grid(6, 10, buff=0.15)
        self.play(LaggedStart(*map(FadeIn, images), lag_ratio=0.05), run_time=2.5)
        self.wait(0.5)
