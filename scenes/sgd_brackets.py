"""Brackets around the excursion on stochastic gradient descent."""

from manim import LEFT, RIGHT, MathTex, Transform

from nnviz.scene.base import NNScene


class OpenCloseSGD(NNScene):
    """Stochastic gradient descent, opened and closed like a tag."""

    def construct(self) -> None:
        term = MathTex(r"\langle", r"\text{Stochastic gradient descent}", r"\rangle")
        opening, name, closing = term
        closing_tag = MathTex(r"\langle /").move_to(opening, RIGHT)
        term.save_state()
        center = term.get_center()
        opening.move_to(center, RIGHT)
        closing.move_to(center, LEFT)
        name.scale(1e-4).move_to(center)

        self.play(term.animate.restore())
        self.wait(2)
        self.play(Transform(opening, closing_tag))
        self.wait(2)
