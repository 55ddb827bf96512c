"""Cards: scenes that hold one text, in the place of a clip."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from manim import DOWN, Scene, ScreenRectangle, Tex, VGroup

from nnviz.mobjects.palette import BLUE, GREY, stroke
from nnviz.mobjects.writing import latex_needed
from nnviz.scene.base import NNScene
from nnviz.scene.captions import caption

__all__ = ["ExternallyAnimatedScene", "TODOStub"]


def _holding(seconds: float) -> Callable[[Scene], None]:
    """Return a ``construct`` that shows what :meth:`setup` put on screen."""

    def hold(scene: Scene) -> None:
        scene.wait(seconds)

    return hold


class TODOStub(NNScene):
    """A reminder of what the edit still needs here, for a second.

    Attributes
    ----------
    message : str
        Class attribute: what is to be done, as LaTeX text.
    """

    message: ClassVar[str] = ""

    def setup(self) -> None:
        """Put the text on screen."""
        super().setup()
        with latex_needed("a card is written by Tex, which needs LaTeX"):
            self.add(caption("todo", message=(self.message, self.message)))

    construct = _holding(1.0)


class ExternallyAnimatedScene(NNScene):
    """A card that names the clip which belongs here and was animated elsewhere.

    Attributes
    ----------
    clip : str
        Class attribute: the clip's name; the class's own, in words and without a final Card, by
        default.
    """

    clip: ClassVar[str] = ""

    def setup(self) -> None:
        """Put the card on screen."""
        super().setup()
        name_of_clip = type(self).__name__.removesuffix("Card")
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name_of_clip)
        screen = ScreenRectangle(height=6, color=BLUE, stroke_width=stroke(4))
        with latex_needed("a card is written by Tex, which needs LaTeX"):
            name = Tex(self.clip or words).scale(1.5)
            note = caption("animated_elsewhere").set_color(GREY)
        self.add(screen, VGroup(name, note).arrange(DOWN, buff=0.5).move_to(screen))

    construct = _holding(1.0)
