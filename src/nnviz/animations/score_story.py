"""The story of one score of attention, told on a pattern or on arcs: what is seen at which time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Mobject, Square, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.animations.explanation_story import CAME, STEP, Story
from nnviz.animations.presence import Presence
from nnviz.animations.tracks import Track, rise, there_and_back
from nnviz.mobjects.attention import (
    AttentionArcs,
    AttentionPattern,
    ScoreExplanation,
    ScoreGrid,
)
from nnviz.network import ScoreDerivative

__all__ = ["ScorePicture", "ScoreStory"]

#: What can show one score: as a cell, a dot, or an arc.
ScorePicture = AttentionPattern | ScoreGrid | AttentionArcs
FloatArray = NDArray[np.float64]

#: Seconds: for a factor, for the head and a row of the average, for what ends it, for the cost to
#: move, for a row of the proof, and to look.
_FACTOR, _HEAD, _ROW, _END, _NUDGE, _PROOF, _LOOK = 3.2, 2.2, 1.4, 1.0, 2.4, 1.2, 1.5
#: What formulas keep of their opacity while another one is told.
_ASIDE = 0.35
#: The outline of a cell: stroke width, and how much larger than the cell it is.
_OUTLINE, _LARGER = 4.0, 1.08
#: How far formulas stand from a cell or an arc, in scene units.
_OFF = 0.15


class _Place(ABC):
    """Where a score stands in a picture, and how the picture shows what a nudge does."""

    @abstractmethod
    def mark(self, key: int) -> VMobject:
        """Return an outline of the score of a key, or a line along its arc."""

    @abstractmethod
    def beside(self, words: VMobject) -> list[FloatArray]:
        """Return where the middle of words may be, beside the score."""

    @property
    @abstractmethod
    def steps_back(self) -> Presence:
        """What is seen less meanwhile."""

    @abstractmethod
    def nudged(self) -> Callable[[float], None] | None:
        """Return what shows the pattern when the score is changed by so much, if that is shown."""


class _Cell(_Place):
    """A cell of a pattern or of a grid of scores."""

    def __init__(self, picture: AttentionPattern | ScoreGrid, derivative: ScoreDerivative) -> None:
        self._picture, self._derivative = picture, derivative

    def mark(self, key: int) -> VMobject:
        cell = Square(_LARGER * self._picture.cell, stroke_width=_OUTLINE)
        return cell.move_to(self._picture.grid.middle(self._derivative.query, key))

    def beside(self, words: VMobject) -> list[FloatArray]:
        mark = self.mark(self._derivative.key)
        return [
            words.copy().next_to(mark, way, buff=_OFF).get_center()
            for way in (DOWN, UP, RIGHT, LEFT)
        ]

    @property
    def steps_back(self) -> Presence:
        return Presence()  # the numbers and shades of the row are what is told of

    def nudged(self) -> Callable[[float], None] | None:
        picture, found = self._picture, self._derivative
        if not isinstance(picture, AttentionPattern):
            return None
        before = picture.pattern
        if not np.allclose(before, found.computed.pattern):
            return None

        def show(change: float) -> None:
            after = before.copy()
            if change:
                after[found.query] = found.pattern_of_nudge(change)
            picture.show_pattern(after)

        return show


class _Arc(_Place):
    """An arc from the key to the query."""

    def __init__(self, picture: AttentionArcs, derivative: ScoreDerivative) -> None:
        self._picture, self._derivative = picture, derivative

    def mark(self, key: int) -> VMobject:
        line = self._picture.arc(self._derivative.query, key).copy()
        return line.set_stroke(width=_OUTLINE)

    def beside(self, words: VMobject) -> list[FloatArray]:
        line = self.mark(self._derivative.key)
        middle = line.point_from_proportion(0.5)
        half = np.array([words.width, words.height, 0.0]) / 2 + _OFF
        return [middle + half * way for way in (UP, DOWN, RIGHT, LEFT)]

    @property
    def steps_back(self) -> Presence:
        return Presence(self._picture, but=self._picture.into(self._derivative.query))

    def nudged(self) -> Callable[[float], None] | None:
        picture, found = self._picture, self._derivative
        if not np.allclose(picture.weights, found.computed.pattern):
            return None
        own: Any = list(picture.into(found.query))
        kept = [(arc.get_stroke_width(), arc.stroke_rgbas.copy()) for arc in own]

        def show(change: float) -> None:
            if not change:
                for arc, (width, rgbas) in zip(own, kept, strict=True):
                    arc.set_stroke(width=width)
                    arc.stroke_rgbas = rgbas.copy()
                return
            weights = picture.weights.copy()
            weights[found.query] = found.pattern_of_nudge(change)
            after: Any = picture.copy().show_weights(weights).into(found.query)
            for arc, other in zip(own, after, strict=True):
                arc.match_style(other)

        return show


class ScoreStory(Story[Any]):
    """What happens when, while one score is explained.

    Parameters
    ----------
    picture : ScorePicture
        The pattern, grid of scores, or arcs on screen.
    explanation : ScoreExplanation
        The formulas.
    lights : VGroup
        A group that lies over the picture: the story puts its lights there.
    """

    def __init__(
        self, picture: ScorePicture, explanation: ScoreExplanation, lights: VGroup
    ) -> None:
        self.explanation = explanation
        found = explanation.derivative
        self._place: _Place = (
            _Arc(picture, found) if isinstance(picture, AttentionArcs) else _Cell(picture, found)
        )
        #: When something is told on its own, and how long that takes, in seconds.
        self._told: list[tuple[float, float]] = []
        super().__init__(picture, lights)

    def steps(self) -> Iterator[tuple[str, float]]:
        """Return what happens, and how long each step takes."""
        formulas = self.explanation
        yield from (("back", STEP), ("names", _PROOF), ("factor", _FACTOR), ("factor", _FACTOR))
        yield "head", _HEAD
        yield from [("term", _ROW)] * len(formulas.table.rows)
        yield "end", _END
        yield from (("result", _PROOF), ("remark", _PROOF if len(formulas.remark) else 0.0))
        yield "scaling", _PROOF
        yield from (("before", _PROOF), ("up", _NUDGE), ("down", _NUDGE), ("quotient", _PROOF))
        yield from (("look", _LOOK), ("return", STEP))

    def tracks(self) -> Iterator[Track]:
        """Make the lights where all stands now, and return what is done at each time."""
        formulas, when = self.explanation, self.schedule
        rule, rows, key = formulas.rule, formulas.rows, formulas.derivative.key
        numbers: Any = list(rule.numbers)
        yield self.stepping_back(self._place.steps_back)
        yield self._lit(key, when["back"][0], self.length - when["back"][0] - STEP / 2)
        yield self._seen(when["names"][0], formulas.title, rule.left, rule.share, rule.names)
        self._told = [(start, CAME * _FACTOR) for start in when["factor"]]
        factors = ((rows[0], numbers[:2]), (rows[1], numbers[2:4]))
        for (row, shown), start in zip(factors, when["factor"], strict=True):
            yield self._seen(start, row, own=start)
            middle = self.best_place(row, self._place.beside(row), [])
            yield self.flying(row, middle, start, _FACTOR)
            yield self._seen(start + CAME * _FACTOR, *shown)
        yield self.appearing(when["head"][0], formulas.table.head)
        terms = zip(formulas.table.rows, formulas.table.keys, when["term"], strict=True)
        for row, k, start in terms:
            yield self.appearing(start, row)
            if k != key:
                yield self._lit(k, start, _ROW)
        yield self.appearing(when["end"][0], formulas.table.rest, formulas.table.total)
        yield self.appearing(when["end"][0], *numbers[4:])
        yield self.appearing(when["result"][0], rule.result)
        yield self.appearing(when["remark"][0], formulas.remark)
        yield self.appearing(when["scaling"][0], rows[2])
        yield from self._prove()

    def _lit(self, key: int, start: float, length: float) -> Track:
        return self.lit(
            self._place.mark(key), start, length, color=self.explanation.colors.highlight
        )

    def _seen(self, start: float, *parts: Mobject, own: float | None = None) -> Track:
        """Let formulas appear, and step aside while a factor is told that is not their own."""
        presence = Presence(*parts)
        others = [told for told in self._told if told[0] != own]

        def track(time: float) -> None:
            aside = max((there_and_back(time, *told) for told in others), default=0.0)
            presence.show(rise(time, start, STEP / 2) * (1 - (1 - _ASIDE) * aside))

        return track

    def _prove(self) -> Iterator[Track]:
        """Let the pattern and the cost move while the score is nudged, up and down."""
        proof, when, nudge = self.explanation.proof, self.schedule, self.explanation.nudge
        cost = self.explanation.derivative.cost_of_nudge
        yield self.appearing(when["before"][0], proof.before, proof.parameter)
        yield self.appearing(when["up"][0], proof.step)
        yield self.appearing(when["quotient"][0], proof.quotient)
        for row, step, h in ((proof.after, "up", nudge.h), (proof.below, "down", -nudge.h)):
            yield self.appearing(when[step][0], *row[:2])
            yield self._counting(row[2], cost, when[step][0], h)
        show = self._place.nudged()
        if show is None:
            return
        seen = show
        last = [0.0]

        def track(time: float) -> None:
            up, down = (there_and_back(time, when[step][0], _NUDGE, 0.8) for step in ("up", "down"))
            change = nudge.h * (up - down)
            if change != last[0]:
                seen(change)
                last[0] = change

        yield track

    @staticmethod
    def _counting(number: Any, cost: Callable[[float], float], start: float, h: float) -> Track:
        """Let a cost count from what it is to what it becomes, with the engine's values."""

        def track(time: float) -> None:
            number.set_value(cost(rise(time, start + STEP / 2, _NUDGE - STEP) * h))
            number.set_fill(opacity=rise(time, start, STEP / 2))

        return track
