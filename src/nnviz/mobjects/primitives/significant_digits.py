"""Numbers with a chosen number of significant digits, whatever their size."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Self

from manim import LEFT, RIGHT, UP, ParsableManimColor, VGroup

from nnviz.camera.letter_sizes import KeepsLettersTogether
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.writing import Writing, as_formula, digit_height, writer, written

__all__ = ["NumberFormat", "SignificantNumber"]

#: Smaller and larger numbers are written with a power of ten.
_SMALLEST, _LARGEST = -3, 5
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class NumberFormat(NamedTuple):
    """How a number is written: ``mantissa * 10 ** exponent``, and its decimals."""

    decimals: int
    exponent: int = 0

    @classmethod
    def significant(cls, value: float, digits: int = 3) -> Self:
        """Choose one that shows a number of significant digits: 0.0123, 12.3, 1.23 × 10⁻⁵."""
        exponent = _exponent(value, digits)
        if value == 0:
            return cls(0)
        if _SMALLEST <= exponent < _LARGEST:
            return cls(max(0, digits - 1 - exponent))
        return cls(digits - 1, exponent)

    @classmethod
    def telling_apart(cls, value: float, other: float, digits: int = 2, most: int = 12) -> Self:
        """Choose one that shows a number of digits of the difference of two numbers."""
        size = _exponent(max(abs(value), abs(other)), 3)
        exponent = 0 if _SMALLEST <= size < _LARGEST else size
        difference = abs(value - other)
        smallest = math.floor(math.log10(difference)) if difference > 0 else size - 1
        return cls(min(max(digits - 1 - smallest + exponent, 3), most), exponent)


class SignificantNumber(KeepsLettersTogether, ShownInNotebooks, VGroup):
    """A number with a chosen number of significant digits, and a power of ten where it is needed.

    Parameters
    ----------
    value : float
        The number.
    height : float
        Height of a digit, in scene units.
    digits : int, optional
        Number of significant digits.
    writing : type or str, optional
        ``"text"``, ``"latex"``, or a class or function such as ``Text`` or ``MathTex``.
    color : color, optional
        Colour of all.
    form : NumberFormat, optional
        Format of the number, instead of its digits.

    Examples
    --------
    >>> from nnviz.mobjects.primitives.significant_digits import SignificantNumber
    >>> SignificantNumber(-0.000012345, 0.2).text
    '−1.23 × 10⁻⁵'
    """

    mantissa: Part[QuickDecimalNumber] = Part(0, doc="The digits.")

    def __init__(
        self,
        value: float,
        height: float,
        digits: int = 3,
        writing: Writing = "text",
        color: ParsableManimColor | None = None,
        form: NumberFormat | None = None,
    ) -> None:
        self.form = form or NumberFormat.significant(value, digits)
        write = writer(writing, formulas=True)
        mob_class: Any = write
        mantissa = QuickDecimalNumber(
            self._mantissa(value),
            num_decimal_places=self.form.decimals,
            group_with_commas=False,
            edge_to_fix=LEFT,
            mob_class=mob_class,
        )
        mantissa.scale(height / digit_height(write))
        super().__init__(mantissa)
        if self.form.exponent:
            power = str(self.form.exponent)
            tex = rf"\times 10^{{{power}}}"
            plain = f"× 10{power.translate(_SUPERSCRIPTS)}"
            times = written(as_formula(tex, plain, write), height, write)
            # Digits have one height, and stand on one line.
            times.next_to(mantissa, RIGHT, 0.6 * height)
            times.shift((self.foot - times.get_bottom()[1]) * UP)
            self.add(times)
        if color is not None:
            self.set_color(color)

    def __repr__(self) -> str:
        return type(self).__name__

    @property
    def text(self) -> str:
        """The number as it is written."""
        digits = self.mantissa.spelled(f"{self.mantissa.number:.{self.form.decimals}f}")
        digits = digits.replace("-", "−")
        power = str(self.form.exponent).translate(_SUPERSCRIPTS)
        return f"{digits} × 10{power}" if self.form.exponent else digits

    @property
    def value(self) -> float:
        """The number, unrounded."""
        return float(self.mantissa.number * 10.0**self.form.exponent)

    @property
    def digits(self) -> VGroup:
        """The digits, without sign and marks: a decimal comma hangs below them."""
        glyphs: Any = self.mantissa
        return VGroup(*(glyph for glyph in glyphs if glyph.tex_string.isdigit()))

    @property
    def foot(self) -> float:
        """The height on which the digits stand."""
        return float(self.digits.get_bottom()[1])

    @property
    def point_x(self) -> float:
        """Where the decimal point is, or would be: numbers in a column have it at one place."""
        digits = f"{self.mantissa.number:.{self.form.decimals}f}"
        place = digits.find(".")
        if place < 0:
            return float(self.mantissa.get_right()[0])
        return float(self.mantissa[place].get_left()[0])

    def set_value(self, value: float) -> Self:
        """Show another number in the same form."""
        self.mantissa.set_value(self._mantissa(value))
        return self

    def _mantissa(self, value: float) -> float:
        mantissa = value / 10.0**self.form.exponent
        # A zero that comes of rounding has no sign.
        return 0.0 if round(mantissa, self.form.decimals) == 0 else mantissa


def _exponent(value: float, digits: int) -> int:
    """Return the power of ten of a number, rounded to a number of digits."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2])
