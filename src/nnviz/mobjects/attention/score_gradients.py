"""The derivatives by the scores of one query as areas: softmax and the chain rule in a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Line, ManimColor, Rectangle, VGroup, VMobject
from numpy.typing import ArrayLike

from nnviz import words
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.significant_digits import NumberFormat
from nnviz.mobjects.primitives.token_texts import token_texts, without_markup
from nnviz.mobjects.primitives.writing import as_formula, plain_signs
from nnviz.network import ScoreDerivative

__all__ = ["ScoreGradients"]

#: Of a digit's height: the gap between a bar and its number, what both take, and a name's digits.
_GAP, _ROOM, _NAME = 0.6, 2.0, 1.3
#: Stroke widths of the lines, and the opacity of bars and areas.
_LINE, _AVERAGE, _BAR, _AREA = stroke(2.0), stroke(3.0), 0.75, 0.85
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class ScoreGradients(ShownInNotebooks, VGroup):
    """The derivatives of the cost by all scores of one query, as areas.

    Each key has a bar as wide as its share of the pattern, so that all are as wide as 1. It is as
    high as its value pulls at the cost: dC/dp. A line stands at their average. What is between a
    bar's end and that line is the derivative by the key's score, p (dC/dp - average): as much area
    is above the average as below. What raises the cost has the colour of positive weights.

    Parameters
    ----------
    derivative : ScoreDerivative
        The derivative by any score of the query: :func:`~nnviz.network.score_derivative`.
    tokens : object, optional
        What the keys are called, one each; numbers if None.
    width, height : float, optional
        Size of all, in scene units.
    digit : float, optional
        Height of a digit, in scene units.
    decimals : int, optional
        Decimals of the numbers. They are written as multiples of a power of ten, which stands above
        them.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    exponent : int
        Numbers are written times ten to the power of minus this.
    named : tuple of int
        The keys whose bars are wide enough for a name and a number.

    Raises
    ------
    ValueError
        If there are not as many tokens as keys.

    Examples
    --------
    >>> from nnviz import pretrained, score_derivative
    >>> from nnviz.mobjects import ScoreGradients
    >>> network = pretrained("sort").with_inputs(14)
    >>> tokens = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]
    >>> found = score_derivative(network, tokens, 13 * [-1] + [6], "block0.attention", 1)
    >>> ScoreGradients(found, tokens).named
    (4, 5, 7)
    """

    bars: Part[VGroup] = Part(0, doc="A bar a key.")
    axis: Part[VMobject] = Part(1, doc="The line at 0.")
    names: Part[VGroup] = Part(2, doc="The tokens of the bars that are named, in a row above.")
    numbers: Part[VGroup] = Part(3, doc="dC/dp of the bars that are named.")
    average: Part[VGroup] = Part(4, doc="The line of the average, and its number.")
    title: Part[VMobject] = Part(5, doc="What the bars are as high as.")

    def __init__(
        self,
        derivative: ScoreDerivative,
        tokens: Any = None,
        *,
        width: float = 8.0,
        height: float = 3.6,
        digit: float = 0.2,
        decimals: int = 2,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        self.derivative, self._decimals = derivative, decimals
        shares, pulls = derivative.pattern, derivative.pattern_gradients
        names = token_texts(range(len(shares)) if tokens is None else tokens, len(shares))
        largest = float(np.abs(pulls).max())
        form = NumberFormat.significant(largest)
        self.exponent = form.exponent or (-3 if 0 < largest < 0.05 else 0)
        average = f"{words.word('average')} {self._text(derivative.average)}"
        side, title = (self._word((-1, 0), text, digit) for text in (average, self._title()))
        inner = width - max(side.width, title.width) - _GAP * digit
        edges = -width / 2 + inner * np.concatenate([[0.0], np.cumsum(shares)])
        low, high = min(0.0, float(pulls.min())), max(0.0, float(pulls.max()))
        unit = (height - (_NAME + _GAP + 2 * _ROOM) * digit) / ((high - low) or 1.0)
        zero = height / 2 - (_NAME + _GAP + _ROOM) * digit - unit * high
        bars, called, numbers, named = VGroup(), VGroup(), VGroup(), []
        for k, pull in enumerate(map(float, pulls)):
            bar = self._bar(edges[k], edges[k + 1], zero, zero + unit * pull, pull)
            bars.add(bar)
            number = self._word((0, 0), self._text(pull), digit)
            if number.width > 0.95 * bar.width:
                continue
            named.append(k)
            # On the far side of the bar and of the area, which may be within the bar.
            is_more = pull >= derivative.average
            ends = [zero + unit * one for one in (0.0, pull, derivative.average)]
            y = max(ends) if is_more else min(ends)
            edge, way = (DOWN, UP) if is_more else (UP, DOWN)
            number.move_to((bar.get_x(), y, 0), aligned_edge=edge).shift(_GAP * digit * way)
            numbers.add(number)
            at = np.array([bar.get_x(), (height - _NAME * digit) / 2, 0.0])
            called.add(self._word((0, 0), names[k], _NAME * digit, at, is_token=True))
        self.named = tuple(named)
        line_ends = np.array([[edges[0], zero, 0.0], [edges[-1], zero, 0.0]])
        axis = Line(*line_ends, stroke_width=_LINE).set_stroke(self.style.text_color)
        level = (zero + unit * derivative.average) * UP
        line = Line(*(line_ends * (1, 0, 0) + level), stroke_width=_AVERAGE)
        line.set_stroke(self.style.text_color)
        side.next_to(line, RIGHT, buff=_GAP * digit)
        title.next_to(side, UP, buff=0).set_y(height / 2, direction=UP)
        title.align_to(side, LEFT)
        super().__init__(bars, axis, called, numbers, VGroup(line, side), title)

    def area(self, key: int, color: Any = None) -> Rectangle:
        """Return the area between a bar's end and the average: dC/ds, shares being widths.

        Parameters
        ----------
        key : int
            From 0.
        color : object, optional
            Colour of its outline; the style's highlight by default.
        """
        bar = self.bars[range(len(self.bars))[key]]
        pull = self.derivative.pattern_gradients[range(len(self.bars))[key]]
        end = bar.get_top()[1] if pull >= 0 else bar.get_bottom()[1]
        level = self.average[0].get_y()
        shown = ManimColor(self.style.highlight_color if color is None else color)
        found = Rectangle(width=bar.width, height=max(abs(end - level), 1e-6))
        found.set_fill(shown, _AREA).set_stroke(shown, stroke(4))
        return found.move_to((bar.get_x(), (end + level) / 2, 0))

    def _bar(self, left: float, right: float, zero: float, end: float, pull: float) -> VMobject:
        style = self.style
        color = ManimColor(style.positive_color if pull >= 0 else style.negative_color)
        bar = Rectangle(stroke_width=stroke(1.0), fill_color=color, fill_opacity=_BAR)
        bar.set_stroke(style.behind)
        corners = [(left, zero), (right, zero), (right, end), (left, end), (left, zero)]
        bar.set_points_as_corners(np.array([[x, y, 0.0] for x, y in corners]))
        return bar

    def _word(
        self,
        align: tuple[float, float],
        text: str,
        digit: float,
        at: ArrayLike = (0, 0, 0),
        *,
        is_token: bool = False,
    ) -> Lettering:
        writing = without_markup(self.style.writing) if is_token else self.style.writing
        return Lettering(self.style.text_color, align, writing).say(text, at, digit)

    def _text(self, value: float) -> str:
        number = f"{value * 10.0**-self.exponent:.{self._decimals}f}"
        if not float(number):
            number = number.lstrip("-")
        return plain_signs(words.number(number.replace("-", "−")), self.style.writing)

    def _title(self) -> str:
        power = -self.exponent
        tex, text = r"\partial C/\partial p", "∂C/∂p"
        if power:
            tex += rf"\cdot 10^{{{power}}}"
            text += f" · 10{str(power).translate(_SUPERSCRIPTS)}"
        return as_formula(tex, text, self.style.writing)
