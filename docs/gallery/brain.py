"""A brain.

Section: Creatures
Shows: Brain
Next: watched, moods
"""

from manim import YELLOW, FadeIn, Scene

from nnviz.animations import CreateThenErase, staggered
from nnviz.characters import Brain


class Thinking(Scene):
    def construct(self):
        brain = Brain(height=4)
        self.play(FadeIn(brain))
        self.play(staggered(CreateThenErase, brain.outline(YELLOW, 5), run_time=2.5))
