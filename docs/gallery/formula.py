"""Formulas whose terms are found by name.

Section: Calculus
Shows: Formula, color_of
Next: chain_rule, graph
"""

from manim import FadeIn, Indicate, Scene, Write

from nnviz.mobjects.equations.formula import Formula


class Terms(Scene):
    def construct(self):
        formula = Formula("z", "=", "w", "a", "+", "b").scale(2.5)
        self.play(FadeIn(formula.part("z", "=")))
        self.play(Write(formula.after("=")))
        for name in ("w", "a", "b"):
            self.play(Indicate(formula[name]), run_time=0.7)
