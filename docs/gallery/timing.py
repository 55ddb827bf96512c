"""Many things, evenly one after the other.

Section: Moving
Shows: staggered, CreateThenErase, write
"""

from manim import BLUE, UP, Circle, FadeIn, Scene, VGroup

from nnviz import SansText
from nnviz.animations.timing import CreateThenErase, staggered, write


class OneAfterTheOther(Scene):
    def construct(self):
        circles = VGroup(*(Circle(0.3, color=BLUE) for _ in range(40))).arrange_in_grid(4, 10)
        self.play(write(SansText("forty circles").to_edge(UP)))
        self.play(staggered(FadeIn, circles, share=0.2, run_time=2))
        self.play(staggered(CreateThenErase, circles.copy().set_stroke(width=12), run_time=2))
