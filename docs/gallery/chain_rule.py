"""The chain rule, factor by factor.

Section: Calculus
Shows: ChainRule, Derivative, FactorEquation, bring_down_exponent
"""

from manim import UP, FadeIn, LaggedStart, Scene, Write

from nnviz.mobjects.chain_rule import ChainRule
from nnviz.mobjects.formula import Formula


class Factors(Scene):
    def construct(self):
        rule = ChainRule("w", "z", "a", "C_0", scale=0.9).to_edge(UP)
        self.play(Write(rule.left), FadeIn(rule.equals))
        self.play(LaggedStart(*map(Write, rule.factors), lag_ratio=0.5))
        rights = [
            Formula("=", "a", "^{(L-1)}"),
            Formula("=", r"\sigma'", "(", "z", ")"),
            Formula("=", "2(", "a", "-", "y", ")"),
        ]
        equations = rule.equations(*rights)
        for equation in equations:
            self.play(FadeIn(equation), run_time=0.7)
        self.wait(0.5)
