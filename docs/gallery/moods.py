"""Sixteen moods.

Section: Creatures
Shows: Creature, Randolph, Mode, MODES
Next: eyes, bubbles
"""

from manim import DOWN, FadeIn, FadeOut, Scene

from nnviz import SansText
from nnviz.characters import MODES, Randolph
from nnviz.mobjects.primitives.baselines import put_on_a_line


class Moods(Scene):
    def construct(self):
        creature = Randolph(height=4).shift(0.5 * DOWN)
        names = [SansText(mode, font_size=40).move_to(3.4 * DOWN) for mode in MODES]
        put_on_a_line(names)
        self.add(creature, names[0])
        self.wait(0.5)
        for before, name, mode in zip(names, names[1:], list(MODES)[1:], strict=False):
            changed = creature.animate.change(mode)
            self.play(changed, FadeOut(before), FadeIn(name), run_time=0.3)
            self.wait(0.4)
