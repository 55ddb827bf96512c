"""Brackets around the excursion on stochastic gradient descent."""

from manim import LEFT, RIGHT, FadeIn, MathTex, Transform

from nnviz.scene.nn_scene import NNScene


def opening_tag() -> MathTex:
    """Return the term in brackets."""
    return MathTex(r"\langle", r"\text{Stochastic gradient descent}", r"\rangle")


def shut_tag() -> MathTex:
    """Return the term with its brackets together and nothing between them, to be restored."""
    term = opening_tag()
    opening, name, closing = term
    term.save_state()
    center = term.get_center()
    opening.move_to(center, RIGHT)
    closing.move_to(center, LEFT)
    name.scale(1e-4).move_to(center)
    return term


def close_tag(term: MathTex) -> Transform:
    """Return an animation that makes a closing tag of an opening one."""
    return Transform(term[0], MathTex(r"\langle /").move_to(term[0], RIGHT))


class OpenCloseSGD(NNScene):
    """Stochastic gradient descent, opened and closed like a tag."""

    def construct(self) -> None:
        term = shut_tag()
        self.play(term.animate.restore())
        self.wait(2)
        self.play(close_tag(term))
        self.wait(2)


class OpenSGD(NNScene):
    """The opening tag, before the excursion."""

    def construct(self) -> None:
        term = shut_tag()
        self.play(term.animate.restore())
        self.wait(2)


class CloseSGD(NNScene):
    """The closing tag, after the excursion."""

    def construct(self) -> None:
        term = opening_tag()
        self.play(FadeIn(term))
        self.play(close_tag(term))
        self.wait(2)
