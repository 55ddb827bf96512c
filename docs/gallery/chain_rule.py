"""The chain rule, factor by factor.

The derivative of the cost by a weight is a product. Each factor lights up, and is worked out below.

Section: Calculus
Shows: ChainRule, Derivative, FactorEquation
Next: explain, graph
"""

from manim import DOWN, FadeIn, Indicate, LaggedStart, Scene, VGroup, Write

from nnviz.mobjects.equations.chain_rule import ChainRule
from nnviz.mobjects.equations.formula import Formula


class Factors(Scene):
    def construct(self):
        rule = ChainRule("w", "z", "a", "C_0", scale=0.9)
        rights = [
            Formula("=", "a", "^{(L-1)}"),
            Formula("=", r"\sigma'", "(", "z", ")"),
            Formula("=", "2(", "a", "-", "y", ")"),
        ]
        equations = VGroup(*rule.equations(*rights)).arrange(DOWN, buff=0.3)
        VGroup(rule, equations).arrange(DOWN, buff=0.6).scale_to_fit_height(7)
        self.play(Write(rule.left), FadeIn(rule.equals), run_time=1)
        self.play(LaggedStart(*map(Write, rule.factors), lag_ratio=0.5), run_time=2)
        for factor, equation in zip(rule.factors, equations, strict=True):
            self.play(Indicate(factor, 1.3), FadeIn(equation, shift=0.3 * DOWN), run_time=1)
            self.wait(0.4)
        self.wait()
