"""Brackets around the excursion on stochastic gradient descent."""

from manim import LEFT, RIGHT, FadeIn, MathTex, Transform

from nnviz.scene.base import NNScene


class OpenCloseSGD(NNScene):
    """Stochastic gradient descent, opened and closed like a tag."""

    def construct(self) -> None:
        term = self.open()
        self.close(term)

    def open(self) -> MathTex:
        """Write the term, as an opening tag."""
        term = self.get_term()
        opening, name, closing = term
        term.save_state()
        center = term.get_center()
        opening.move_to(center, RIGHT)
        closing.move_to(center, LEFT)
        name.scale(1e-4).move_to(center)
        self.play(term.animate.restore())
        self.wait(2)
        return term

    def close(self, term: MathTex) -> None:
        """Make a closing tag of the opening one."""
        opening = term[0]
        closing_tag = MathTex(r"\langle /").move_to(opening, RIGHT)
        self.play(Transform(opening, closing_tag))
        self.wait(2)

    @staticmethod
    def get_term() -> MathTex:
        return MathTex(r"\langle", r"\text{Stochastic gradient descent}", r"\rangle")


class OpenSGD(OpenCloseSGD):
    """The opening tag, before the excursion."""

    def construct(self) -> None:
        self.open()


class CloseSGD(OpenCloseSGD):
    """The closing tag, after the excursion."""

    def construct(self) -> None:
        term = self.get_term()
        self.play(FadeIn(term))
        self.close(term)
