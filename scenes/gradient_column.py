"""A gradient as a column of some of its components."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    Animation,
    AnimationGroup,
    ChangingDecimal,
    ManimColor,
    MathTex,
    Mobject,
    VGroup,
    interpolate,
    override_animate,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.primitives.decimal_numbers import SignedNumber
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLUE, RED

__all__ = ["GradientColumn", "brackets_around", "choose_components"]

_BUFF = 0.25
_BRACKET_BUFF = 0.1
_BRACKET_SCALE = 2
#: Height of brackets over that of what they enclose.
_BRACKET_OVERHANG = 1.2


def choose_components(values: ArrayLike, wanted: ArrayLike) -> NDArray[np.int_]:
    """Choose components that come closest to wanted values, in the order of the vector.

    A column has room for a few of a gradient's thousands of components, and most of
    them are zero at two decimals. This finds some that can be read.

    Parameters
    ----------
    values : array_like
        The vector to choose from, shape (n,).
    wanted : array_like
        Values to come close to, shape (k,), with k at most n.

    Returns
    -------
    numpy.ndarray
        Indices into `values`, shape (k,), strictly ascending: among all such choices the
        one with the least sum of distances ``abs(values[indices] - wanted)``.

    Raises
    ------
    ValueError
        If there are no wanted values, or more than there are values.

    Examples
    --------
    >>> choose_components([0.0, 2.1, 0.0, 0.9, -1.0], wanted=[2, 1]).tolist()
    [1, 3]
    """
    vector, targets = np.ravel(values).astype(float), np.ravel(wanted).astype(float)
    if not 0 < len(targets) <= len(vector):
        raise ValueError(
            f"cannot choose {len(targets)} components of {len(vector)}: "
            "give at least one wanted value, and at most as many as there are components"
        )
    # Dynamic programming: totals[i] is the least sum with the latest choice at i.
    totals = np.abs(vector - targets[0])
    came_from: list[NDArray[np.int_]] = []
    for target in targets[1:]:
        least = np.minimum.accumulate(totals)
        where = np.maximum.accumulate(np.where(totals == least, np.arange(len(vector)), 0))
        came_from.append(np.concatenate([[0], where[:-1]]))
        totals = np.abs(vector - target) + np.concatenate([[np.inf], least[:-1]])
    chosen = [int(totals.argmin())]
    for where in reversed(came_from):
        chosen.append(int(where[chosen[-1]]))
    return np.array(chosen[::-1])


def brackets_around(content: Mobject, left: str = r"\big[", right: str = r"\big]") -> MathTex:
    """Return a pair of brackets at a mobject's left and right, somewhat higher than it.

    Parameters
    ----------
    content : Mobject
        What they enclose; it is not made part of them.
    left, right : str, optional
        TeX of the brackets.

    Returns
    -------
    MathTex
        Two parts: the left and the right bracket.
    """
    brackets = MathTex(left, right).scale(_BRACKET_SCALE)
    brackets.stretch_to_fit_height(_BRACKET_OVERHANG * content.height)
    for bracket, side in zip(brackets, (LEFT, RIGHT), strict=True):
        bracket.next_to(content, side, _BRACKET_BUFF)
    return brackets


class GradientColumn(ShownInNotebooks, VGroup):
    """Some components of a gradient in brackets, with dots for all the others.

    Parameters
    ----------
    values : array_like
        The components, from top to bottom, shape (n,).
    unit : float, optional
        What a written 1 stands for. Other units than 1 are written beside the column, as
        the one factor of all its numbers: with ``unit=0.1`` a component of 0.032 reads
        0.32 and the column has a factor of 10 to the power -1.
    num_decimal_places : int, optional
        Decimals of each number.
    dots_after : int, optional
        How many numbers stand above the dots, half of them by default; with 0 or n the
        dots are the first or the last in the column.
    positive_color, negative_color : ManimColor, optional
        Colours of the numbers.
    factor_first : bool, optional
        Whether the factor stands before the brackets, or after them.

    Raises
    ------
    ValueError
        If there are no values, one is not finite, the unit is not positive, or
        `dots_after` is not from 0 to n.
    """

    def __init__(
        self,
        values: ArrayLike,
        unit: float = 1.0,
        num_decimal_places: int = 2,
        dots_after: int | None = None,
        positive_color: ManimColor = BLUE,
        negative_color: ManimColor = RED,
        *,
        factor_first: bool = True,
    ) -> None:
        if not (np.isfinite(unit) and unit > 0):
            raise ValueError(f"a gradient column needs a unit above 0, not {unit}")
        self.unit = float(unit)
        written = self._checked(values) / self.unit
        above = len(written) // 2 if dots_after is None else dots_after
        if not 0 <= above <= len(written):
            raise ValueError(f"dots_after must be from 0 to {len(written)}, not {dots_after}")
        numbers = [
            SignedNumber(value, positive_color, negative_color, num_decimal_places)
            for value in written
        ]
        contents = VGroup(*numbers[:above], MathTex(r"\vdots"), *numbers[above:])
        contents.arrange(DOWN, buff=_BUFF)
        brackets = brackets_around(contents)
        factor = VGroup()
        if self.unit != 1:
            power = _factor(self.unit)
            if factor_first:
                factor.add(MathTex(rf"{power}\times"))
                factor.next_to(brackets[0], LEFT, _BRACKET_BUFF)
            else:
                factor.add(MathTex(rf"\times {power}"))
                factor.next_to(brackets[1], RIGHT, _BRACKET_BUFF, aligned_edge=DOWN)
        super().__init__(brackets, contents, factor)

    def __repr__(self) -> str:
        return type(self).__name__

    @property
    def brackets(self) -> MathTex:
        """The left and the right bracket."""
        return self[0]  # type: ignore[return-value]

    @property
    def contents(self) -> VGroup:
        """The numbers and the dots between them, from top to bottom."""
        return self[1]  # type: ignore[return-value]

    @property
    def factor(self) -> VGroup:
        """The common factor; empty where the unit is 1."""
        return self[2]  # type: ignore[return-value]

    @property
    def numbers(self) -> VGroup:
        """The numbers (:class:`SignedNumber`), from top to bottom."""
        return VGroup(*self._numbers())

    @property
    def digits(self) -> VGroup:
        """The glyphs of all numbers, in one group."""
        return VGroup(*(glyph for number in self._numbers() for glyph in number))

    @property
    def dots(self) -> MathTex:
        """The dots that stand for all other components."""
        return next(part for part in self.contents if isinstance(part, MathTex))

    @property
    def values(self) -> NDArray[np.float64]:
        """The components: the written numbers, not rounded, times the unit; shape (n,)."""
        return np.array([number.number for number in self._numbers()]) * self.unit

    def set_values(self, values: ArrayLike) -> Self:
        """Show other components, at once or through ``.animate`` (see :meth:`count_to`).

        Parameters
        ----------
        values : array_like
            As many as there are numbers, shape (n,).

        Raises
        ------
        ValueError
            If they are more or fewer, or one is not finite.
        """
        for number, value in zip(self._numbers(), self._written(values), strict=True):
            number.set_value(value)
        return self

    def count_to(self, values: ArrayLike, **kwargs: Any) -> AnimationGroup:
        """Return the animation in which every number counts to a new value.

        Parameters
        ----------
        values : array_like
            As for :meth:`set_values`.
        **kwargs
            For the animation, such as ``run_time``.

        Raises
        ------
        ValueError
            As for :meth:`set_values`.
        """

        def counting(number: SignedNumber, target: float) -> Animation:
            start = number.number
            return ChangingDecimal(number, lambda share: interpolate(start, target, share))

        pairs = zip(self._numbers(), self._written(values), strict=True)
        return AnimationGroup(*(counting(number, value) for number, value in pairs), **kwargs)

    @override_animate(set_values)  # type: ignore[arg-type]
    def _animate_values(
        self, values: ArrayLike, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        return self.count_to(values, **(anim_args or {}))

    def _numbers(self) -> list[SignedNumber]:
        return [part for part in self.contents if isinstance(part, SignedNumber)]

    def _written(self, values: ArrayLike) -> NDArray[np.float64]:
        vector, count = self._checked(values), len(self._numbers())
        if len(vector) != count:
            raise ValueError(f"a gradient column of {count} numbers got {len(vector)} values")
        return vector / self.unit

    @staticmethod
    def _checked(values: ArrayLike) -> NDArray[np.float64]:
        vector = np.ravel(values).astype(float)
        if len(vector) == 0 or not np.isfinite(vector).all():
            raise ValueError(
                f"a gradient column needs finite values, at least one, not {vector.tolist()}"
            )
        return vector


def _factor(unit: float) -> str:
    """Return a factor in TeX, as a power of ten where it is one."""
    power = round(float(np.log10(unit)))
    return f"10^{{{power}}}" if np.isclose(unit, 10.0**power) else f"{unit:g}"
