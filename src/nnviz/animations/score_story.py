"""How one score of attention is explained on a pattern or on arcs: what is seen at which time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Square, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.animations.derivative_story import END, FACTOR, HEAD, PROOF, ROW, DerivativeStory
from nnviz.animations.explanation_story import CAME, STEP
from nnviz.animations.presence import Presence
from nnviz.animations.tracks import Track
from nnviz.mobjects.attention import (
    AttentionArcs,
    AttentionPattern,
    ScoreExplanation,
    ScoreGrid,
)
from nnviz.network import ScoreDerivative

__all__ = ["ScorePicture", "ScoreStory"]

#: A picture that shows one score as a cell, a dot or an arc.
ScorePicture = AttentionPattern | ScoreGrid | AttentionArcs
FloatArray = NDArray[np.float64]

#: The outline of a cell: its stroke width, and its size over the cell's.
_OUTLINE, _LARGER = 4.0, 1.08
#: The distance of formulas from a cell or an arc, in scene units.
_OFF = 0.15


class _Place(ABC):
    """The place of a score in a picture, and how the picture shows the effect of a nudge."""

    @abstractmethod
    def mark(self, key: int) -> VMobject:
        """Return an outline of the score of a key, or a line along its arc."""

    @abstractmethod
    def beside(self, words: VMobject) -> list[FloatArray]:
        """Return places beside the score for the middle of words."""

    @property
    @abstractmethod
    def faint_parts(self) -> Presence:
        """The parts of the picture that are faint during the explanation."""

    @abstractmethod
    def nudged(self) -> Callable[[float], None] | None:
        """Return a function that shows the pattern for a change of the score, if one is shown."""


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
    def faint_parts(self) -> Presence:
        return Presence()  # none: the numbers and shades of the row are explained

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
    def faint_parts(self) -> Presence:
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


class ScoreStory(DerivativeStory[Any]):
    """The explanation of one score, step by step.

    Parameters
    ----------
    picture : ScorePicture
        The pattern, grid of scores, or arcs on screen.
    explanation : ScoreExplanation
        The formulas.
    lights : VGroup
        A group over the picture, for the lights of the story.
    """

    explanation: ScoreExplanation

    def __init__(
        self, picture: ScorePicture, explanation: ScoreExplanation, lights: VGroup
    ) -> None:
        found = explanation.derivative
        self._place: _Place = (
            _Arc(picture, found) if isinstance(picture, AttentionArcs) else _Cell(picture, found)
        )
        super().__init__(picture, explanation, lights)

    def steps(self) -> Iterator[tuple[str, float]]:
        """Return the steps, and how long each takes, in seconds."""
        formulas = self.explanation
        yield from (("back", STEP), ("names", PROOF), ("factor", FACTOR), ("factor", FACTOR))
        yield "head", HEAD
        yield from [("term", ROW)] * len(formulas.table.rows)
        yield "end", END
        yield from (("result", PROOF), ("remark", PROOF if len(formulas.remark) else 0.0))
        yield "scaling", PROOF
        yield from self.steps_of_proof()

    def tracks(self) -> Iterator[Track]:
        """Make the lights on the picture as it is now, and return all tracks."""
        formulas, when = self.explanation, self.schedule
        rule, rows, key = formulas.rule, formulas.rows, formulas.derivative.key
        numbers: Any = list(rule.numbers)
        yield self.fading_back(self._place.faint_parts)
        yield self._lit(key, when["back"][0], self.length - when["back"][0] - STEP / 2)
        yield self.appearing(when["names"][0], formulas.title, rule.left, rule.share, rule.names)
        factors = ((rows[0], numbers[:2]), (rows[1], numbers[2:4]))
        for (row, shown), start in zip(factors, when["factor"], strict=True):
            yield self.appearing_among_factors(start, row, own=start)
            middle = self.best_place(row, self._place.beside(row), [])
            yield self.flying(row, middle, start, FACTOR)
            yield self.appearing_among_factors(start + CAME * FACTOR, *shown)
        yield self.appearing(when["head"][0], formulas.table.head)
        terms = zip(formulas.table.rows, formulas.table.keys, when["term"], strict=True)
        for row, k, start in terms:
            yield self.appearing(start, row)
            if k != key:
                yield self._lit(k, start, ROW)
        yield self.appearing(when["end"][0], formulas.table.rest, formulas.table.total)
        yield self.appearing(when["end"][0], *numbers[4:])
        yield self.appearing(when["result"][0], rule.result)
        yield self.appearing(when["remark"][0], formulas.remark)
        yield self.appearing(when["scaling"][0], rows[2])
        yield from self._prove_on_picture()

    def _lit(self, key: int, start: float, length: float) -> Track:
        return self.lit(
            self._place.mark(key), start, length, color=self.explanation.colors.highlight
        )

    def _prove_on_picture(self) -> Iterator[Track]:
        """Let the pattern and the cost move while the score is nudged, up and down."""
        yield from self.prove()
        show = self._place.nudged()
        if show is None:
            return
        show_change, h = show, self.explanation.nudge.h
        last = [0.0]

        def track(time: float) -> None:
            up, down = self.nudges(time)
            change = h * (up - down)
            if change != last[0]:
                show_change(change)
                last[0] = change

        yield track
