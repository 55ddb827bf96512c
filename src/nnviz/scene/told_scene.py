"""A base scene that tells by text: a question above, one sentence below, a picture between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from manim import (
    UP,
    Animation,
    FadeIn,
    FadeOut,
    ManimColor,
    Mobject,
    ParsableManimColor,
    config,
    smooth,
    squish_rate_func,
)

from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.scene.nn_scene import NNScene

__all__ = ["ToldScene"]

#: Letters a second that a viewer reads beside a picture, and seconds to find the sentence.
_LETTERS_A_SECOND, _FIND = 20.0, 0.4
#: Seconds in which one text takes the other's place.
_CHANGE = 1.0
#: The least wait after a sentence, in seconds.
_LEAST_WAIT = 0.4
#: In scene units: how far question and sentence stand from the edges of the frame, and the room
#: that each takes beyond that.
_MARGIN, _ABOVE, _BELOW = 0.35, 0.75, 0.7
#: In scene units: from a question's top to its line, and from a sentence's line to its lowest sign.
_QUESTION, _SENTENCE = 0.4, 0.1
#: Letters that stand on the line with flat feet: asking them is quicker than asking Pango.
_FLAT = frozenset("AEFHIKLMNPRTXYZfhiklmnrx")
#: What may stand beside a word and is none of its letters.
_MARKS = ".,:;?!()“”\"'"


class ToldScene(NNScene):
    """A scene that asks above, tells below, and shows between: it is understood without sound.

    Every text stands as long as it takes to read it. Words that have a colour in the picture have
    it in every sentence, too.

    Attributes
    ----------
    colors : mapping from str to color
        Class attribute: words, in lower case, that are written in a colour of their own.
    style : NetworkStyle or None
        Class attribute: colours and writing; None is the style for the background.
    look : NetworkStyle
        That style, for all that is drawn.
    question, sentence : SansText or None
        What is asked and told now.

    Examples
    --------
    ::

        class Neuron(ToldScene):
            colors = {"weights": BLUE}

            def construct(self):
                self.ask("What does a neuron compute?")
                self.tell("It multiplies what comes in by its weights.", Create(picture))
    """

    colors: ClassVar[Mapping[str, ParsableManimColor]] = {}
    style: ClassVar[NetworkStyle | None] = None

    def setup(self) -> None:
        """Choose the style; nothing is asked or told yet."""
        super().setup()
        self.look = (self.style or NetworkStyle()).on(self.camera)
        self.question: SansText | None = None
        self.sentence: SansText | None = None

    @property
    def top(self) -> float:
        """The height below which pictures stand, under a question."""
        return float(config.frame_height / 2 - _MARGIN - _ABOVE)

    @property
    def bottom(self) -> float:
        """The height above which pictures stand, over a sentence."""
        return float(-config.frame_height / 2 + _MARGIN + _BELOW)

    def ask(self, text: str, run_time: float = 0.8) -> None:
        """Ask: the question that the scene answers stays above to its end.

        As it stays, the scene waits only half of the time that it takes to read it.

        Parameters
        ----------
        text : str
            The question, 55 letters at most.
        run_time : float, optional
            Seconds that it takes to appear.

        Raises
        ------
        ValueError
            If it is wider than the frame.
        """
        new = self._written(text, 40, self.look.text_color)
        new.shift((config.frame_height / 2 - _MARGIN - _QUESTION - _line(new)) * UP)
        self.play(*_instead(self.question, new, run_time), run_time=run_time)
        self.question = new
        self.wait(max(_LEAST_WAIT, 0.5 * self.seconds_to_read(text) - run_time))

    def tell(
        self, text: str, *animations: Animation | Any, run_time: float = 1.0, wait: bool = True
    ) -> None:
        """Tell one sentence, in place of the one before, while something moves.

        Parameters
        ----------
        text : str
            The sentence, 70 letters at most.
        *animations
            What is played along.
        run_time : float, optional
            Of sentence and animations, in seconds.
        wait : bool, optional
            Whether to wait afterwards until it can have been read.

        Raises
        ------
        ValueError
            If it is wider than the frame.
        """
        new = self._written(text, 32, self._softer)
        new.shift((-config.frame_height / 2 + _MARGIN + _SENTENCE - _line(new)) * UP)
        self.play(*_instead(self.sentence, new, run_time), *animations, run_time=run_time)
        self.sentence = new
        if wait:
            self.wait(max(_LEAST_WAIT, self.seconds_to_read(text) - run_time))

    def hush(self, *others: Mobject, run_time: float = 0.7) -> None:
        """Take off what is told, and other things.

        Parameters
        ----------
        *others
            What fades along with the sentence.
        run_time : float, optional
            Run time in seconds.
        """
        gone = [one for one in (self.sentence, *others) if one is not None]
        self.sentence = None
        if gone:
            self.play(*map(FadeOut, gone), run_time=run_time)

    @staticmethod
    def seconds_to_read(text: str) -> float:
        """Return how long a text has to stand.

        Parameters
        ----------
        text : str
            What is to be read.
        """
        return _FIND + len(text) / _LETTERS_A_SECOND

    @property
    def _softer(self) -> ManimColor:
        """The colour of sentences: a quarter of the way from the text's to the background's."""
        return ManimColor(self.look.text_color).interpolate(ManimColor(self.look.behind), 0.25)

    def _written(self, text: str, size: float, color: ParsableManimColor) -> SansText:
        # Without ligatures there is one glyph a letter, spaces as well.
        written = SansText(text, font_size=size, color=color, disable_ligatures=True)
        room = config.frame_width - 2 * _MARGIN
        if written.width > room:
            raise ValueError(
                f"{text!r} is {written.width:.1f} wide, and there is room for {room:.1f}: "
                "say it in fewer words, or in two sentences"
            )
        at = 0
        for word in text.split(" "):
            known = self.colors.get(word.strip(_MARKS).lower())
            if known is not None:
                written[at : at + len(word)].set_color(known)
            at += len(word) + 1
        return written


def _line(text: SansText) -> float:
    """Return the height on which letters stand: one sentence takes the other's place on it."""
    for letter, glyph in zip(text.original_text, text, strict=False):
        if letter in _FLAT:
            return float(glyph.get_bottom()[1])
    line = baseline(text)
    return float(text.get_bottom()[1]) if line is None else line


def _instead(old: Mobject | None, new: Mobject, run_time: float) -> list[Animation]:
    """Return animations that let a text go, and another come, however long the play takes."""
    share = min(1.0, _CHANGE / run_time)
    coming = squish_rate_func(smooth, 0.0 if old is None else 0.4 * share, share)
    going = squish_rate_func(smooth, 0.0, 0.6 * share)
    return [
        FadeIn(new, rate_func=coming),
        *([] if old is None else [FadeOut(old, rate_func=going)]),
    ]
