"""How large numbers on a network are: least heights, natural sizes, one size for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import Mobject

from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = [
    "AIR",
    "OneSize",
    "check_height",
    "longest",
    "natural_size",
    "size_of",
]

#: Free space around a number, in scene units.
AIR = 0.03


def check_height(height: float, least: float, what: str, remedy: str) -> None:
    """Raise a ValueError where digits of a height, in scene units, could not be read."""
    if not height >= least * (1 - 1e-9):
        raise ValueError(
            f"{what} would be {height:.3f} units high, too small to be read (at least {least}, "
            f"min_number_height): {remedy}"
        )


def longest(value: float, decimals: int) -> float:
    """Return a number that is as long as another in any writing, all of eights.

    So the room of a number does not depend on its digits at the moment.

    Examples
    --------
    >>> longest(-0.53, 2), longest(9.996, 2)
    (-8.88, 88.88)
    """
    shown = f"{abs(value):.{decimals}f}"
    eights = float("".join("8" if sign.isdigit() else sign for sign in shown))
    return -eights if value < 0 else eights


def size_of(number: Any) -> tuple[float, float]:
    """Return how long and how high a number is along its line, however it was rotated."""
    points = np.concatenate([glyph.points for glyph in number.family_members_with_points()])
    turn = np.exp(-1j * number.angle)
    along = points[:, :2] @ (1, 1j) * turn
    return float(np.ptp(along.real)), float(np.ptp(along.imag))


def natural_size(number: Any, value: float) -> tuple[float, float]:
    """Return how long and how high a number with another value would be in its natural size."""
    other = number.copy().set_value(value)
    length, height = size_of(other)
    return length / other.enlargement, height / other.enlargement


class OneSize(AtItsTurn):
    """Numbers that count have one size: the largest in which each of them has its room.

    It belongs into a group with the animations in which they count, after these. The size follows
    from the numbers at the moment, with any digits.

    Parameters
    ----------
    numbers : Mobject
        All that have one size: groups of numbers.
    rooms : callable
        Returns how long each of them may be at the moment, in scene units, in one list.
    height : callable or None
        Returns how high digits are at most, in scene units; None for as high as they are.
    is_signed : sequence of bool
        Whether each of them always has room for a sign.
    group : int
        Index of the group that counts.
    values : sequence of float
        The numbers that it counts to.
    least : float
        The least height of digits, in scene units.
    what : str
        What numbers they are, for the error.
    remedy : str
        What to do about it, for the error.

    Raises
    ------
    ValueError
        If they would become too small to be read.
    """

    def __init__(
        self,
        numbers: Mobject,
        rooms: Callable[[], Sequence[float]],
        height: Callable[[], float] | None,
        is_signed: Sequence[bool],
        group: int,
        values: Sequence[float],
        least: float,
        what: str,
        remedy: str,
    ) -> None:
        self._rooms, self._height, self._is_signed = rooms, height, is_signed
        self._all: list[Any] = [number for some in numbers for number in some]
        self._decimals = self._all[0].num_decimal_places
        self._natural: dict[float, tuple[float, float]] = {}
        self._size_before = float(self._all[0].enlargement)
        first = sum(len(some) for some in numbers[:group])
        ends = [float(number.number) for number in self._all]
        ends[first : first + len(values)] = values
        size, tightest = self._fitting(ends)
        if size < self._size_before * (1 - 1e-6):
            shown = f"{what} with {ends[tightest]:.{self._decimals}f} there"
            check_height(size * self._size_of(8.0)[1], least, shown, remedy)
        super().__init__(numbers)

    def start(self) -> None:
        """Read how large numbers are."""
        self._size_before = float(self._all[0].enlargement)

    def show(self, share: float) -> None:
        """Give all numbers the size in which each has its room."""
        size, _ = self._fitting([float(number.number) for number in self._all])
        for number in self._all:
            factor = size / (number.enlargement or size)
            if abs(factor - 1) > 1e-9:
                number.scale(factor)

    def _fitting(self, values: Sequence[float]) -> tuple[float, int]:
        """Return the largest enlargement of the numbers, and which of them has the least room."""
        sizes = [
            max(room, 0.0) / self._size_of(-abs(value) if signed else value)[0]
            for room, value, signed in zip(self._rooms(), values, self._is_signed, strict=True)
        ]
        most = self._size_before
        if self._height is not None:
            most = self._height() / self._size_of(8.0)[1]
        tightest = int(np.argmin(sizes))
        return min(most, sizes[tightest]), tightest

    def _size_of(self, value: float) -> tuple[float, float]:
        """Return how long and high a number is that is not enlarged, whatever its digits."""
        eights = longest(value, self._decimals)
        if eights not in self._natural:
            self._natural[eights] = natural_size(self._all[0], eights)
        return self._natural[eights]
