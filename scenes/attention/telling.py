"""How the film on attention tells: a question above, one sentence below, a picture between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manim import (
    DOWN,
    UP,
    Animation,
    FadeIn,
    FadeOut,
    ManimColor,
    Mobject,
    VMobject,
    config,
)

from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.palette import GREEN, LIGHT_GREY, MAROON_B, TEAL
from nnviz.mobjects.typeface import SansText
from nnviz.network import ForwardPass, pretrained
from nnviz.scene.base import NNScene

__all__ = ["COLORS", "KEY", "QUERY", "ROW", "VALUE", "ToldScene"]

#: The digits that the sorter reads in every scene: the first eight of pi.
ROW = (3, 1, 4, 1, 5, 9, 2, 6)
#: Colours of the three vectors that a head makes of every token, in words and around pictures. Blue
#: and red are the signs of numbers, and yellow is what the eye should look at.
QUERY, KEY, VALUE = TEAL, GREEN, MAROON_B
#: What is written in a colour of its own in every sentence.
COLORS: Mapping[str, ManimColor] = {
    "query": QUERY,
    "queries": QUERY,
    "key": KEY,
    "keys": KEY,
    "value": VALUE,
    "values": VALUE,
}

#: Letters a second that a viewer reads beside a picture, and seconds to find the sentence.
_LETTERS_A_SECOND, _FIND = 16.0, 0.8
#: In scene units: how far question and sentence stand from the edges of the frame.
_MARGIN = 0.35


class ToldScene(NNScene):
    """A scene that asks above, tells below, and shows between.

    Attributes
    ----------
    model : str
        Class attribute: the network, by its name for `nnviz.network.pretrained`.
    network : Network
        That network.
    look : NetworkStyle
        For all that is drawn.
    question, sentence : VMobject or None
        What is asked and told now.
    """

    model = "sort"

    def setup(self) -> None:
        super().setup()
        self.network = pretrained(self.model)
        self.look = NetworkStyle().on(self.camera)
        self.question: VMobject | None = None
        self.sentence: VMobject | None = None

    def forward_pass(self, tokens: Any = ROW) -> ForwardPass:
        """Return what the network computes of tokens."""
        return self.network.with_inputs(len(tokens)).forward_pass(tokens)

    @property
    def top(self) -> float:
        """The height below which pictures stand, under a question."""
        return config.frame_height / 2 - _MARGIN - 0.75

    @property
    def bottom(self) -> float:
        """The height above which pictures stand, over a sentence."""
        return -config.frame_height / 2 + _MARGIN + 0.7

    def ask(self, text: str, run_time: float = 1.0) -> None:
        """Ask: the question that the scene answers stays above to its end."""
        new = self._written(text, 40).to_edge(UP, buff=_MARGIN)
        self.play(*self._instead(self.question, new), run_time=run_time)
        self.question = new
        self.wait(self.seconds_to_read(text) - run_time)

    def tell(
        self, text: str, *animations: Animation | Any, run_time: float = 1.0, wait: bool = True
    ) -> None:
        """Tell one sentence, in place of the one before, while something moves.

        Parameters
        ----------
        text
            The sentence, 70 letters at most.
        *animations
            What is played along.
        run_time
            Of sentence and animations, in seconds.
        wait
            Whether to wait afterwards until it can have been read.
        """
        new = self._written(text, 32, LIGHT_GREY).to_edge(DOWN, buff=_MARGIN)
        self.play(*self._instead(self.sentence, new), *animations, run_time=run_time)
        self.sentence = new
        if wait:
            self.wait(max(0.4, self.seconds_to_read(text) - run_time))

    def hush(self, *others: Mobject, run_time: float = 0.7) -> None:
        """Take off what is told, and other things."""
        gone = [one for one in (self.sentence, *others) if one is not None]
        self.sentence = None
        self.play(*map(FadeOut, gone), run_time=run_time)

    @staticmethod
    def seconds_to_read(text: str) -> float:
        """Return how long a text has to stand."""
        return _FIND + len(text) / _LETTERS_A_SECOND

    def _instead(self, old: Mobject | None, new: Mobject) -> list[Animation]:
        return [FadeIn(new), *([] if old is None else [FadeOut(old)])]

    def _written(self, text: str, size: float, color: ManimColor | None = None) -> VMobject:
        written = SansText(text, font_size=size, color=color or self.look.text_color)
        words = text.split(" ")
        at = 0
        for word in words:
            letters = len(word)
            known = COLORS.get(word.strip(".,:;?!").lower())
            if known is not None:
                written[at : at + letters].set_color(known)
            at += letters
        room = config.frame_width - 2 * _MARGIN
        if written.width > room:
            raise ValueError(f"{text!r} is {written.width:.1f} wide, there is room for {room:.1f}")
        return written
