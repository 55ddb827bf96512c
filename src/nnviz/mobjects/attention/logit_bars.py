"""Why this token: what each head and block adds to its score, as bars that add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from manim import UP, Line, ManimColor, Rectangle, VGroup

from nnviz import words
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.token_texts import without_markup
from nnviz.network import LogitSum, LogitTerm

__all__ = ["LogitBars"]

#: Heights of a bar and of a digit, as shares of a row's; width of names at the left, as a share.
_BAR, _DIGIT, _NAMES = 0.6, 0.4, 0.36
#: Opacity of the lines from a bar's end to the next one's start.
_LINKS = 0.5


class _Row(NamedTuple):
    """A bar: what stands beside it, where it begins, and what it adds."""

    name: str
    start: float
    value: float


class LogitBars(ShownInNotebooks, VGroup):
    """A token's score as a sum: each bar begins where the one before ends, and the last is all.

    The largest terms have a bar each, in the order in which they are computed; all smaller ones are
    added up in one. What speaks for the token has the colour of positive weights.

    Parameters
    ----------
    found : LogitSum
        What was added: :func:`nnviz.network.logit_sum`.
    shown : int, optional
        Number of the largest terms with a bar of their own.
    width, height : float, optional
        Size of all, in scene units.
    total : str, optional
        What stands beside the last bar, such as the token; "sum" if None.
    names : mapping from str to str, optional
        What nodes and blocks are called, by their names, such as ``{"block0.attention": "block
        1"}``; heads have their numbers after that. Others are called as in the network.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    rows : tuple
        Rows of each bar from the top: name, start and value.

    Raises
    ------
    ValueError
        If `shown` is below 1.
    """

    bars: Part[VGroup] = Part(2, doc="A bar a row, from the top; the last is the whole score.")
    names: Part[VGroup] = Part(3, doc="What stands at the left.")
    numbers: Part[VGroup] = Part(4, doc="What each adds.")

    def __init__(
        self,
        found: LogitSum,
        *,
        shown: int = 8,
        width: float = 7.0,
        height: float = 4.5,
        total: str | None = None,
        names: Mapping[str, str] | None = None,
        style: NetworkStyle | None = None,
    ) -> None:
        if shown < 1:
            raise ValueError(f"shown is how many terms have a bar, at least 1, not {shown}")
        self.style = NetworkStyle() if style is None else style
        last = words.word("sum") if total is None else total
        self.rows = (*_rows(found, shown, names or {}), _Row(last, 0.0, found.logit))
        ends = np.array([[row.start, row.start + row.value] for row in self.rows])
        low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
        pitch = height / len(self.rows)
        digit = _DIGIT * min(pitch, 0.5)
        texts = [words.number(f"{row.value:+.2f}".replace("-", "−")) for row in self.rows]
        word = Lettering(self.style.text_color, (-1, 0), without_markup(self.style.writing))
        room = 0.5 * digit + max(word.width_of(text, digit) for text in texts)
        named = max(word.width_of(row.name, digit) for row in self.rows)
        name_digit = digit * min(1.0, _NAMES * width / named)
        is_negative = any(row.value < 0 for row in self.rows)
        left = -width / 2 + _NAMES * width + (room if is_negative else 0.5 * digit)
        unit = (width / 2 - room - left) / ((high - low) or 1.0)
        zero = left - low * unit
        bars, called, numbers, links = VGroup(), VGroup(), VGroup(), VGroup()
        for k, (row, (start, end)) in enumerate(zip(self.rows, ends, strict=True)):
            y = height / 2 - (k + 0.5) * pitch
            x0, x1 = (left + (value - low) * unit for value in (start, end))
            bars.add(self._bar(min(x0, x1), max(x0, x1), y, pitch, self._color(k, row.value)))
            at = np.array([-width / 2, y, 0.0])
            called.add(word.copy().say(row.name, at, name_digit))
            side, end_at = (1.0, x1) if row.value >= 0 else (-1.0, x1)
            reach = x1 - 0.35 * digit - word.width_of(texts[k], digit)
            if side < 0 and reach < zero < x1:  # it would lie on the axis
                side, end_at = 1.0, x0
            at = np.array([end_at + side * 0.35 * digit, y, 0.0])
            numbers.add(self._word((-side, 0)).say(texts[k], at, digit))
            if k + 1 < len(self.rows):
                below = y - pitch
                line = Line((x1, y, 0), (x1, below, 0), stroke_width=stroke(1.5))
                links.add(line.set_stroke(self.style.text_color, opacity=_LINKS))
        axis = Line((zero, -height / 2, 0), (zero, height / 2, 0), stroke_width=stroke(1.5))
        super().__init__(axis.set_stroke(self.style.text_color), links, bars, called, numbers)

    def _color(self, k: int, value: float) -> ManimColor:
        style = self.style
        if k == len(self.rows) - 1:
            return ManimColor(style.highlight_color)
        return ManimColor(style.positive_color if value >= 0 else style.negative_color)

    def _bar(self, left: float, right: float, y: float, pitch: float, color: Any) -> Rectangle:
        corner = _BAR * pitch / 2 * UP
        bar = Rectangle(stroke_width=0, fill_color=color, fill_opacity=1)
        ends = np.array([[left, y, 0.0], [right, y, 0.0]])
        a, b = ends
        bar.set_points_as_corners(
            np.array([b + corner, a + corner, a - corner, b - corner, b + corner])
        )
        return bar

    def _word(self, align: tuple[float, float]) -> Lettering:
        return Lettering(self.style.text_color, align, self.style.writing)


def _rows(found: LogitSum, shown: int, names: Mapping[str, str]) -> list[_Row]:
    """Return a row for each of the largest terms, and one for all others."""
    sizes = np.array([abs(term.value) for term in found.terms])
    best = set(np.argsort(-sizes, kind="stable")[:shown].tolist())
    rows, start = [], 0.0
    for k, term in enumerate(found.terms):
        if k in best:
            rows.append(_Row(_called(term, names), start, term.value))
            start += term.value
    if len(best) < len(found.terms):
        rest = float(sum(term.value for k, term in enumerate(found.terms) if k not in best))
        count = len(found.terms) - len(best)
        rows.append(_Row(words.word("smaller", count=count), start, rest))
    return rows


def _called(term: LogitTerm, names: Mapping[str, str]) -> str:
    if term.head is None:
        return names.get(term.name, words.named(term.name))
    return f"{names.get(term.name, term.name)} {words.word('head', number=term.head + 1)}"
