"""Where to learn the calculus that the chapter needs."""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    UP,
    UR,
    Axes,
    ChangingDecimal,
    Create,
    Dot,
    FadeIn,
    Line,
    MathTex,
    Mobject,
    ScreenRectangle,
    Tex,
    UpdateFromAlphaFunc,
    VGroup,
    smooth,
)

from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.palette import BLUE, RED, WHITE, YELLOW, stroke
from nnviz.network import Network
from nnviz.scene.nn_scene import NNScene


class EOCWrapper(NNScene):
    """A frame for a clip of the series Essence of calculus."""

    def construct(self) -> None:
        title = Tex("Essence of calculus").to_edge(UP)
        self.screen = ScreenRectangle(height=6, stroke_width=stroke(4)).next_to(title, DOWN)
        self.add(title)
        self.play(Create(self.screen))
        self.show_clip()
        self.wait()

    def show_clip(self) -> None:
        """Show what is on the screen, which stayed empty in 2017."""


class DerivativeAsSlope(EOCWrapper):
    """On the screen for the other series: the slope of a cost's curve, which is its derivative."""

    ends = (-1.6, 1.5)
    #: Two examples that ask one weight for different outputs: no weight has a cost of 0.
    x = ((0.7,), (0.7,))
    y = ((0.63,), (-0.63,))

    @classmethod
    def network(cls, w: float) -> Network:
        """Return a network of one weight."""
        return Network.dense([[[w]]], [[0.0]], activations=["identity"])

    @classmethod
    def cost(cls, w: float) -> float:
        return cls.network(w).cost(cls.x, cls.y)

    @classmethod
    def slope(cls, w: float) -> float:
        return float(cls.network(w).backprop(cls.x, cls.y).weights[0][0, 0])

    def show_clip(self) -> None:
        axes = Axes(
            x_range=[-2, 2, 1],
            y_range=[0, 2.6, 1],
            x_length=6.4,
            y_length=4.2,
            axis_config={"include_tip": False, "stroke_width": stroke(3)},
        ).move_to(self.screen)
        axes.shift(1.1 * LEFT)
        names = VGroup(
            MathTex("w").next_to(axes.x_axis, UR, buff=0.1),
            MathTex("C", color=RED).next_to(axes.y_axis, UR, buff=0.1),
        )
        curve = axes.plot(self.cost, color=BLUE)
        start, end = self.ends
        derivative = MathTex(r"{\partial C \over \partial w}", "=").scale(1.1)
        number = QuickDecimalNumber(self.slope(start), include_sign=True, color=YELLOW)
        formula = VGroup(derivative, number).arrange()
        formula.move_to(self.screen.get_right() + 1.7 * LEFT)
        tangent, dot = Line(color=YELLOW, stroke_width=stroke(6)), Dot(color=WHITE, radius=0.1)

        def touch(w: float) -> None:
            there = axes.c2p(w, self.cost(w))
            along = axes.c2p(w + 1, self.cost(w) + self.slope(w)) - there
            along *= 1.4 / np.linalg.norm(along)
            tangent.put_start_and_end_on(there - along, there + along)
            dot.move_to(there)

        def move(_: Mobject, share: float) -> None:
            touch(start + (end - start) * share)

        touch(start)
        self.play(FadeIn(axes, names), Create(curve))
        self.play(FadeIn(tangent, dot, formula))
        self.play(
            UpdateFromAlphaFunc(VGroup(tangent, dot), move, rate_func=smooth),
            ChangingDecimal(
                number,
                lambda share: self.slope(start + (end - start) * share),
                rate_func=smooth,
            ),
            run_time=4,
        )
