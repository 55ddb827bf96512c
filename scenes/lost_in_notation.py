"""What backpropagation looks like at first sight."""

from collections.abc import Sequence
from typing import Any

from manim import DOWN, LEFT, Circle, MathTex, MoveToTarget, VGroup

from nnviz.animations import staggered, write
from nnviz.mobjects.primitives.palette import (
    BLACK,
    BLUE,
    MAROON_B,
    RED,
    TEAL,
    WHITE,
    YELLOW,
    stroke,
)
from nnviz.scene.creature_scenes import PiCreatureScene

COLORS = {r"\delta": YELLOW, "C": RED, "b": MAROON_B, "w": BLUE, "z": TEAL}
EQUATIONS = (
    (r"\delta", "^L", "=", r"\nabla_a", "C", r"\odot \sigma'(", "z", "^L)"),
    (
        *(r"\delta", "^l = ((", "w", "^{l+1})^T", r"\delta", r"^{l+1}) \odot \sigma'("),
        *("z", "^l)"),
    ),
    (r"{\partial", "C", r"\over \partial", "b", "_j^l} =", r"\delta", "_j^l"),
    (
        *(r"{\partial", "C", r"\over \partial", "w", "_{jk}^l} = ", "a", "_k^{l-1}"),
        *(r"\delta", "_j^l"),
    ),
)


class GetLostInNotation(PiCreatureScene):
    """The four equations of backpropagation, until their symbols swim before the eyes."""

    circle_radius = 0.5

    def construct(self) -> None:
        morty = self.pi_creature
        equations = VGroup(*map(self.get_equation, EQUATIONS))
        equations.arrange(DOWN, buff=0.5, aligned_edge=LEFT)

        self.play(write(equations), morty.animate.change("confused", equations))
        self.wait()
        self.play(morty.animate.change("pleading"))
        self.wait(2)
        glyphs = equations.family_members_with_points()
        self.rng.shuffle(glyphs)
        self.play(
            staggered(MoveToTarget, VGroup(*map(self.set_circle_as_target, glyphs)), run_time=2),
            morty.animate.change("pondering"),
        )
        self.wait()

    def get_equation(self, terms: Sequence[str]) -> MathTex:
        """Return an equation with its symbols in their colours."""
        equation = MathTex(*terms)
        for part, term in zip(equation, terms, strict=True):
            part.set_color(COLORS.get(term, WHITE))
        return equation

    def set_circle_as_target(self, glyph: Any) -> Any:
        """Let a glyph swell into a disc of its colour that fades to nothing."""
        color = glyph.get_color()
        glyph.set_stroke(color, 0)
        # A line too fine to be seen, that keeps the glyph's colour; the outline lies behind it.
        disc = Circle(self.circle_radius, color=color, stroke_width=0.02, stroke_opacity=0.03)
        disc.set_fill(color, opacity=0).set_stroke(BLACK, stroke(1), background=True)
        glyph.target = disc.move_to(glyph)
        return glyph
