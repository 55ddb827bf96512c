"""Eyes for anything.

Section: Creatures
Shows: Eyes, EyePair, Blink
Next: moods, bubbles
"""

from manim import BLUE, LEFT, RED, RIGHT, UP, Circle, Scene, Square, VGroup

from nnviz.animations import Blink
from nnviz.characters import Eyes


class Seeing(Scene):
    def construct(self):
        square, circle = Square(2, color=BLUE, fill_opacity=0.7), Circle(1, color=RED)
        VGroup(square, circle).arrange(RIGHT, buff=3)
        pairs = [Eyes(shape, height=0.7) for shape in (square, circle)]
        self.add(square, circle, *pairs)
        self.play(pairs[0].animate.look(RIGHT), pairs[1].animate.look(LEFT))
        self.play(Blink(pairs[0]))
        self.play(pairs[0].animate.look(UP), Blink(pairs[1]))
