"""Sixteen moods.

Section: Creatures
Shows: Creature, Randolph, Mode, MODES
"""

from manim import DOWN, Scene

from nnviz import SansText
from nnviz.characters import MODES, Randolph


class Moods(Scene):
    def construct(self):
        creature = Randolph(height=4).shift(0.3 * DOWN)
        self.add(creature)
        for mode in list(MODES)[:9]:
            name = SansText(mode, font_size=36).to_edge(DOWN)
            self.add(name)
            self.play(creature.animate.change(mode), run_time=0.5)
            self.remove(name)
