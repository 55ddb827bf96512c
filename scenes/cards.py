"""Cards: scenes that hold one text, in the place of a clip."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Callable
from typing import ClassVar

from manim import DOWN, Scene, ScreenRectangle, Tex, VGroup

from nnviz.mobjects.primitives.palette import BLUE, GREY, stroke
from nnviz.scene.nn_scene import NNScene

__all__ = ["ExternallyAnimatedScene", "TODOStub"]


def _holding(seconds: float) -> Callable[[Scene], None]:
    """Return a ``construct`` that shows what :meth:`setup` put on screen."""

    def hold(scene: Scene) -> None:
        scene.wait(seconds)

    return hold


class TODOStub(NNScene, ABC):
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
        self.add(Tex(f"TODO: {self.message}"))

    construct = _holding(1.0)


class ExternallyAnimatedScene(NNScene, ABC):
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
        name = Tex(self.clip or words).scale(1.5)
        note = Tex("animated elsewhere").set_color(GREY)
        self.add(screen, VGroup(name, note).arrange(DOWN, buff=0.5).move_to(screen))

    construct = _holding(1.0)
