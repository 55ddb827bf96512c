"""What the stories of a weight and of a score have in common: factors, and the proof by a nudge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from manim import Mobject, VGroup

from nnviz.animations.explanation_story import CAME, STEP, Story
from nnviz.animations.presence import Presence
from nnviz.animations.tracks import Track, rise, there_and_back
from nnviz.mobjects.attention import ScoreExplanation
from nnviz.mobjects.equations.weight_explanation import WeightExplanation

__all__ = ["END", "FACTOR", "HEAD", "LOOK", "PROOF", "ROW", "DerivativeStory"]

#: Seconds: for a factor, for the head and a row of a sum, for the end of a sum, for a row of the
#: proof, for the cost to move, and to look.
FACTOR, HEAD, ROW, END, PROOF, _NUDGE, LOOK = 3.2, 2.2, 1.4, 1.0, 1.2, 2.4, 1.5
#: The opacity of formulas, as a share, while a factor that is not theirs is explained.
_FAINT = 0.35

_Picture = TypeVar("_Picture", bound=Mobject)


class DerivativeStory(Story[_Picture]):
    """The explanation of a derivative, step by step.

    Parameters
    ----------
    net : Mobject
        The picture on screen.
    explanation : WeightExplanation or ScoreExplanation
        The formulas.
    lights : VGroup
        A group over the picture, for the lights of the story.
    """

    explanation: WeightExplanation | ScoreExplanation

    def __init__(
        self, net: _Picture, explanation: WeightExplanation | ScoreExplanation, lights: VGroup
    ) -> None:
        self.explanation = explanation
        super().__init__(net, lights)

    def steps_of_proof(self) -> Iterator[tuple[str, float]]:
        """Return the steps of the proof, and the last ones."""
        yield from (("before", PROOF), ("up", _NUDGE), ("down", _NUDGE), ("quotient", PROOF))
        yield from (("look", LOOK), ("return", STEP))

    def appearing_among_factors(
        self, start: float, *parts: Mobject, own: float | None = None
    ) -> Track:
        """Let formulas appear, and be faint while another factor is explained.

        Parameters
        ----------
        start : float
            When they appear, in seconds.
        *parts : Mobject
            The formulas.
        own : float, optional
            When their own factor begins to be explained, in seconds; None if they have none.
        """
        presence = Presence(*parts)
        others = [time for time in self.schedule.get("factor", ()) if time != own]

        def track(time: float) -> None:
            faint = max(
                (there_and_back(time, other, CAME * FACTOR) for other in others), default=0.0
            )
            presence.show(rise(time, start, STEP / 2) * (1 - (1 - _FAINT) * faint))

        return track

    def prove(self) -> Iterator[Track]:
        """Let the cost in the formulas move while the number is nudged, up and down."""
        proof, when, nudge = self.explanation.proof, self.schedule, self.explanation.nudge
        yield self.appearing(when["before"][0], proof.before, proof.parameter)
        yield self.appearing(when["up"][0], proof.step)
        yield self.appearing(when["quotient"][0], proof.quotient)
        for row, step, h in ((proof.after, "up", nudge.h), (proof.below, "down", -nudge.h)):
            yield self.appearing(when[step][0], *row[:2])
            yield self._counting(row[2], when[step][0], h)

    def nudges(self, time: float) -> tuple[float, float]:
        """Return how far the number is nudged up, and how far down, as shares of the nudge.

        Parameters
        ----------
        time : float
            Seconds since the beginning of the story.
        """
        up, down = (
            there_and_back(time, self.schedule[step][0], _NUDGE, 0.8) for step in ("up", "down")
        )
        return up, down

    def _counting(self, number: Any, start: float, h: float) -> Track:
        """Let a cost count from its value to that after the nudge, with the engine's values."""
        cost = self.explanation.derivative.cost_of_nudge

        def track(time: float) -> None:
            number.set_value(cost(rise(time, start + STEP / 2, _NUDGE - STEP) * h))
            number.set_fill(opacity=rise(time, start, STEP / 2))

        return track
