"""Where to learn the calculus that the chapter needs."""

from manim import DOWN, UP, Create, ScreenRectangle, Tex

from nnviz.mobjects.palette import stroke
from nnviz.scene.base import NNScene


class EOCWrapper(NNScene):
    """A frame for a clip of the series Essence of calculus."""

    def construct(self) -> None:
        title = Tex("Essence of calculus").to_edge(UP)
        screen = ScreenRectangle(height=6, stroke_width=stroke(4)).next_to(title, DOWN)
        self.add(title)
        self.play(Create(screen))
        self.wait()
