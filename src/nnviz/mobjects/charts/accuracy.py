"""The share of examples that a network puts into the right class, as a number over a bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import ParsableManimColor, VMobject
from numpy.typing import ArrayLike

from nnviz import words
from nnviz.mobjects.charts.chart_colors import CLASS_COLORS, ink
from nnviz.mobjects.charts.labels import labels_for, labels_of
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.charts.panel import FloatArray, Panel
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Report

__all__ = ["Accuracy"]


class Accuracy(Panel):
    """The share of examples in the right class: a name, a number in per cent, and a bar.

    The number is always that of a report, the last one so far; the bar moves between them. As a
    curve over the epochs there is :class:`AccuracyCurve`.

    Parameters
    ----------
    examples : (array_like, array_like), optional
        Examples for the accuracy, ``(x, labels)``; labels may be whole numbers or
        rows, or one at each position, where -1 does not count. By default what the reports say is
        shown.
    width, height : float, optional
        Size of the panel, in scene units.
    name : str, optional
        What stands left of the number; "accuracy" in the language of :mod:`nnviz.words` by default.
    bar : bool, optional
        Whether there is a bar.
    color : color, optional
        Colour of the bar.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.
    """

    number: Part[Lettering] = Part(5, doc="The number, as a text.")
    bar: Part[VMobject] = Part(2, doc="The filled part of the bar.")

    def __init__(
        self,
        examples: tuple[ArrayLike, ArrayLike] | None = None,
        width: float = 5.0,
        height: float = 0.6,
        *,
        name: str | None = None,
        bar: bool = True,
        color: ParsableManimColor = CLASS_COLORS[0],
        writing: Writing = "text",
    ) -> None:
        super().__init__(width, height, writing)
        self.examples = None
        if examples is not None:
            x, y = (np.asarray(part) for part in examples)
            if y.ndim < 2 or y.dtype.kind == "f":
                labels_of(y)  # labels of positions are a network's to understand
            self.examples = x, y
        self._name = words.word("accuracy") if name is None else name
        self._bar = bar
        name_mob = Lettering(ink(), (-1, 0), writing)
        number = Lettering(ink(), (1, 0), writing)
        track = VMobject(fill_color=ink(), fill_opacity=0.18, stroke_width=0)
        filled = VMobject(fill_color=color, fill_opacity=1, stroke_width=0)
        edge = VMobject(stroke_color=ink(), stroke_width=stroke(1.5), stroke_opacity=0.8)
        self.add(track, filled, edge, name_mob, number)
        self._draw(None, 0.0)

    def expect(self, reports: Sequence[Report]) -> None:
        """Raise an error if there is no accuracy."""
        for report in reports[:1]:
            if self.examples is not None and not report.network.is_classifier:
                raise ValueError(f"{report.network!r} has no classes, and so no accuracy")
        told = any(report.accuracy is not None for report in reports)
        if self.examples is None and not told and any(report.epoch for report in reports):
            raise ValueError(
                "these reports say no accuracy: record it, or let the engine compute it, "
                "Accuracy((x, labels))"
            )

    def measure(self, report: Report) -> FloatArray:
        """Return the accuracy, shape (1,); NaN where it was not measured."""
        if self.examples is not None:
            x, y = self.examples
            return np.array([report.network.accuracy(x, labels_for(y, report.network))])
        return np.array([np.nan if report.accuracy is None else report.accuracy])

    def draw(self, past: Sequence[FloatArray], after: FloatArray, share: float) -> None:
        """Show the last number, and a bar between two reports."""
        now, then = float(past[-1][0]), float(after[0])
        blended = now + share * (then - now) if share else now
        self._draw(None if np.isnan(now) else now, 0.0 if np.isnan(blended) else blended)

    def _draw(self, number: float | None, level: float) -> None:
        _, track, filled, edge, name, percent = self.submobjects
        width, height = self.size
        top = height * (0.4 if self._bar else 0.0)
        letter = min(0.2, 0.55 * (height - top))
        middle = (top + height) / 2 + (0.04 * height if self._bar else 0)
        left, right = self.place([(0, middle), (width, middle)])
        size = letter * self.enlargement
        name.say(self._name, left, size, 0.6 * width * self.enlargement)
        text = "" if number is None else _percent(number)
        percent.say(text, right, size, 0.38 * width * self.enlargement)
        if self._bar:
            for part, reach in ((track, width), (edge, width), (filled, level * width)):
                corners = [(0, 0), (reach, 0), (reach, 0.7 * top), (0, 0.7 * top), (0, 0)]
                part.set_points_as_corners(self.place(corners))


def _percent(share: float) -> str:
    return words.word("percent", number=words.number(f"{100 * share:.1f}"))
