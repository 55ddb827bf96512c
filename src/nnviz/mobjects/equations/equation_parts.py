"""Building blocks of equations, written by LaTeX or without it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, runtime_checkable

from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Line,
    ManimColor,
    Text,
    VGroup,
    VMobject,
    config,
)

from nnviz import _manim
from nnviz._copying import deep_copy
from nnviz.camera.letter_sizes import KeepsLettersTogether
from nnviz.mobjects.equations.formula import ROLE_COLORS
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.contrast import is_light
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.palette import BLACK, WHITE, YELLOW
from nnviz.mobjects.primitives.significant_digits import NumberFormat, SignificantNumber
from nnviz.mobjects.primitives.writing import Writing, as_formula, writer, written
from nnviz.network import Symbol

__all__ = ["EquationColors", "EquationParts", "Fraction", "HasBar", "lay_out", "level", "put_level"]

#: A letter with its indices.
_QUANTITY = re.compile(r"[A-Za-z](_\{[\w,]*\})?(\^\{\(\d+\)\})?")
#: The same roles as in `ROLE_COLORS`, dark enough for a bright background.
_ROLES_ON_BRIGHT = {
    "w": ManimColor("#14617A"),
    "a": BLACK,
    "b": ManimColor("#9C3D5E"),
    "z": ManimColor("#3B7425"),
    "C": ManimColor("#C03426"),
    "y": ManimColor("#7A6200"),
}


@dataclass(frozen=True)
class EquationColors:
    """Colours of equations: of each letter, of all other signs, and of what is pointed out."""

    roles: Mapping[str, ManimColor]
    foreground: ManimColor
    highlight: ManimColor

    @classmethod
    def on(cls, background: ManimColor | None = None) -> EquationColors:
        """Choose colours that can be read on a background, by default Manim's configured one."""
        ground = ManimColor(config.background_color if background is None else background)
        if is_light(ground):
            return cls(_ROLES_ON_BRIGHT, BLACK, ManimColor("#9A3412"))
        return cls(dict(ROLE_COLORS), WHITE, YELLOW)


@runtime_checkable
class HasBar(Protocol):
    """A fraction, however it is written."""

    @property
    def bar(self) -> VMobject:
        """The fraction's bar, which stands level with an equals sign."""


class Fraction(KeepsLettersTogether, VGroup):
    """A derivative as a fraction.

    Parameters
    ----------
    numerator : VMobject
        What stands above the bar.
    denominator : VMobject
        What stands below the bar.
    gap : float
        Space between the bar and either of them, in scene units.
    """

    bar: Part[VMobject] = Part(1, doc="The fraction's bar, which stands level with an equals sign.")

    def __init__(self, numerator: VMobject, denominator: VMobject, gap: float) -> None:
        width = max(numerator.width, denominator.width) + gap
        bar = Line(width / 2 * LEFT, width / 2 * RIGHT, stroke_width=1.5)
        numerator.next_to(bar, UP, gap)
        denominator.next_to(bar, DOWN, gap)
        super().__init__(numerator, bar, denominator)


class EquationParts:
    """Writes symbols, fractions, signs and numbers of one size and one set of colours.

    Parameters
    ----------
    height : float, optional
        Height of a digit, in scene units.
    writing : type or str, optional
        ``"text"``, ``"latex"``, or a class or function such as ``Text`` or ``MathTex``.
    colors : EquationColors, optional
        By default those for the configured background.

    Raises
    ------
    ValueError
        If there is no writing of this name.
    LatexMissingError
        If it needs LaTeX, which is not installed.
    """

    def __init__(
        self,
        height: float = 0.22,
        writing: Writing = "text",
        colors: EquationColors | None = None,
    ) -> None:
        self.height, self.writing = height, writer(writing, formulas=True)
        self.colors = colors or EquationColors.on()
        self._known: dict[str, VMobject] = {}  # copied in a tenth of the time of writing it
        self.sign("0")  # where LaTeX is missing, said before anything is made

    @property
    def gap(self) -> float:
        """Distance between neighbours on a line, in scene units."""
        return 0.65 * self.height

    def symbol(self, symbol: Symbol) -> VMobject:
        """Write a quantity in its letter's colour, and anything longer in the foreground's."""
        drawn = self._written(symbol.tex, symbol.text)
        is_one = _QUANTITY.fullmatch(symbol.tex)
        return drawn.set_color(self._color(symbol) if is_one else self.colors.foreground)

    def change(self, symbol: Symbol) -> VMobject:
        """Write the change of a quantity, in its letter's colour."""
        drawn = self._written(rf"\partial {symbol.tex}", f"∂{symbol.text}")
        return drawn.set_color(self._color(symbol))

    def dot(self) -> VMobject:
        """Write the sign of multiplication."""
        return self.sign(r"\cdot", "·")

    def product(self, factors: Sequence[VMobject]) -> list[VMobject]:
        """Return factors with dots between them."""
        parts = [part for factor in factors for part in (self.dot(), factor)]
        return parts[1:]

    def fraction(self, of: Symbol, by: Symbol) -> Fraction:
        """Write the derivative of one quantity by another."""
        result = Fraction(self.change(of), self.change(by), 0.3 * self.height)
        result.bar.set_color(self.colors.foreground)
        return result

    def sign(self, tex: str, text: str | None = None) -> VMobject:
        """Write a sign or a few letters."""
        drawn = self._written(tex, tex if text is None else text)
        return drawn.set_color(self.colors.foreground)

    def words(self, text: str) -> VMobject:
        """Write words, without LaTeX."""
        return written(text, 0.85 * self.height, "text", self.colors.foreground)

    def number(
        self, value: float, digits: int = 3, form: NumberFormat | None = None
    ) -> SignificantNumber:
        """Write a number."""
        color = self.colors.foreground
        return SignificantNumber(value, self.height, digits, self.writing, color, form)

    def in_form(self, value: float, form: NumberFormat) -> SignificantNumber:
        """Write a number in its column's format, unless it would be written as 0.

        Parameters
        ----------
        value : float
            The number.
        form : NumberFormat
            That of the column.
        """
        vanishes = value != 0 and abs(value) < 0.5 * 10.0 ** (form.exponent - form.decimals)
        return self.number(value, form=None if vanishes else form)

    def enclosed(self, number: SignificantNumber) -> VGroup:
        """Put a negative number into parentheses, as another sign stands before it."""
        group = VGroup(number)
        if number.value < 0:
            for sign, side in (("(", LEFT), (")", RIGHT)):
                drawn = self.sign(sign).next_to(number, side, 0.2 * self.height)
                group.add(drawn.set_y(number.mantissa.get_y()))
        return group

    def total(self, column: VGroup) -> VGroup:
        """Draw a line over the last number of a column, which is the sum of those above.

        Parameters
        ----------
        column : VGroup
            The numbers; the last one is moved down, to make room for the line.

        Returns
        -------
        VGroup
            The line, and the last number.
        """
        line = Line(column.get_left(), column.get_right(), stroke_width=1.5)
        line.set_color(self.colors.foreground)
        number = column[-1]
        number.shift(0.3 * self.height * DOWN)
        above = column[-2].get_bottom()[1] if len(column) > 1 else number.get_top()[1]
        line.set_y((number.get_top()[1] + above) / 2)
        return VGroup(line, number)

    def _color(self, symbol: Symbol) -> ManimColor:
        return self.colors.roles.get(symbol.tex[0], self.colors.foreground)

    def _written(self, tex: str, text: str) -> VMobject:
        string = as_formula(tex, text, self.writing)
        if string not in self._known:
            feature = "an explanation's formula"
            self._known[string] = written(string, self.height, self.writing, feature=feature)
        with _manim.patched(_manim.PatchPoint.COPY, deep_copy):
            return self._known[string].copy()


def level(part: VMobject) -> float:
    """Return the height at which a part meets its line.

    That is a fraction's bar, the middle of an equals sign, as far above where letters stand, or the
    middle of what LaTeX wrote.
    """
    if isinstance(part, HasBar):
        return float(part.bar.get_y())
    if isinstance(part, SignificantNumber):
        middle = float(part.digits.get_y())
        kind: Any = part.mantissa.mob_class
        if isinstance(kind, type) and issubclass(kind, Text):
            middle += float(part.mantissa.font_size) * (_rise(kind, "=") - _rise(kind, "0"))
        return middle
    low = baseline(part) if isinstance(part, Text) else None
    if low is not None and isinstance(part, Text):
        return low + float(part.font_size) * _rise(type(part), "=")
    return float(part.get_y())


def put_level(part: VMobject, other: VMobject) -> None:
    """Move a part up or down, onto the line of another."""
    part.shift((level(other) - level(part)) * UP)


@cache
def _rise(kind: type[Text], sign: str) -> float:
    """Return how far the middle of a sign is above the baseline, at font size 1."""
    text = kind(sign)
    low = baseline(text)
    return 0.0 if low is None else float(text.get_y() - low) / float(text.font_size)


def anchor(part: VMobject, kind: str) -> float:
    """Return the x by which a part is put into its column."""
    if kind == "n" and isinstance(part, SignificantNumber):
        return part.point_x
    sides = {"l": LEFT, "r": RIGHT}
    return float(part.get_edge_center(sides.get(kind, ORIGIN))[0])


def lay_out(
    rows: Sequence[Sequence[VMobject | None]],
    columns: str,
    gap: float,
    row_gap: float,
    least_height: float = 0.0,
) -> VGroup:
    """Put the parts of equations into rows, each on its line, and columns.

    Parameters
    ----------
    rows : sequence of (sequence of VMobject or None)
        The parts; None leaves a cell empty, as do rows that end early.
    columns : str
        A letter a column, by which its parts are aligned: their left (l), right (r) or middle (c),
        or numbers by their decimal points, with the column of them under the middle of what else
        is in it (n). A space widens the gap there.
    gap : float
        Distance between columns, in scene units.
    row_gap : float
        Distance between rows, in scene units.
    least_height : float, optional
        Least height of a row.

    Returns
    -------
    VGroup
        The rows, in groups without their empty cells.
    """
    left, c = 0.0, -1
    for kind in columns:
        if kind == " ":
            left += gap
            continue
        c += 1
        parts = [row[c] for row in rows if c < len(row)]
        drawn = [part for part in parts if part is not None]
        if not drawn:
            continue
        numbers = [p for p in drawn if kind == "n" and isinstance(p, SignificantNumber)]
        before = max((n.point_x - n.get_left()[0] for n in numbers), default=0.0)
        after = max((n.get_right()[0] - n.point_x for n in numbers), default=0.0)
        places = {
            id(p): anchor(p, kind) + ((after - before) / 2 if p in numbers else 0.0) for p in drawn
        }
        x = left + max(places[id(p)] - p.get_left()[0] for p in drawn)
        for part in drawn:
            part.shift((x - places[id(part)]) * RIGHT)
        left = max(part.get_right()[0] for part in drawn) + gap
    top, result = 0.0, VGroup()
    for row in rows:
        filled = VGroup(*(part for part in row if part is not None))
        above = max(part.get_top()[1] - level(part) for part in filled)
        below = max(level(part) - part.get_bottom()[1] for part in filled)
        y = top - max(above, least_height / 2)
        for part in filled:
            part.shift((y - level(part)) * UP)
        top = y - max(below, least_height / 2) - row_gap
        result.add(filled)
    return result
