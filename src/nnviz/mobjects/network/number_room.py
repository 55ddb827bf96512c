"""How large numbers on a network have to be, what they may not touch, and what if they grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import Mobject
from numpy.typing import NDArray

from nnviz.mobjects.painting import AtItsTurn

__all__ = ["AIR", "Box", "OneSize", "box_around", "check_height", "longest", "overlap", "size_of"]

#: Around a number, in scene units.
AIR = 0.03

#: The lower left and the upper right corner, each of shape (2,).
Box = tuple[NDArray[np.float64], NDArray[np.float64]]


def check_height(height: float, least: float, what: str, remedy: str) -> None:
    """Raise a ValueError where digits of a height, in scene units, could not be read."""
    if not height >= least * (1 - 1e-9):
        raise ValueError(
            f"{what} would be {height:.3f} units high, too small to be read (at least {least}, "
            f"min_number_height): {remedy}"
        )


def longest(value: float, decimals: int) -> float:
    """Return a number that is as long as another in any writing, all of eights.

    So the room of a number does not hang on which digits it has at the moment.

    Examples
    --------
    >>> longest(-0.53, 2), longest(9.996, 2)
    (-8.88, 88.88)
    """
    shown = f"{abs(value):.{decimals}f}"
    eights = float("".join("8" if sign.isdigit() else sign for sign in shown))
    return -eights if value < 0 else eights


def box_around(mobject: Mobject) -> Box:
    """Return the box around a mobject, with some air."""
    size = np.array([mobject.width, mobject.height]) / 2 + AIR / 2
    middle = mobject.get_center()[:2]
    return middle - size, middle + size


def size_of(number: Any) -> tuple[float, float]:
    """Return how long and how high a number is along its line, however it was rotated."""
    points = np.concatenate([glyph.points for glyph in number.family_members_with_points()])
    turn = np.exp(-1j * number.angle)
    along = points[:, :2] @ (1, 1j) * turn
    return float(np.ptp(along.real)), float(np.ptp(along.imag))


def overlap(first: Box, second: Box) -> bool:
    """Return whether two boxes share more than an edge."""
    return bool((first[0] < second[1]).all() and (second[0] < first[1]).all())


class OneSize(AtItsTurn):
    """Numbers that count stay in their rooms: where one outgrows its room, all become smaller.

    It belongs into a group with the animations in which they count, after these.

    Parameters
    ----------
    numbers
        All that have one size: groups of numbers.
    counting
        Those of them that count.
    values
        What they count to.
    rooms
        Returns how long each of those may be at the moment, in scene units.
    least, what, remedy
        As for :func:`check_height`: the least height, and words for the error.

    Raises
    ------
    ValueError
        If they would become too small to be read.
    """

    def __init__(
        self,
        numbers: Mobject,
        counting: Sequence[Any],
        values: Sequence[float],
        rooms: Callable[[], Sequence[float]],
        least: float,
        what: str,
        remedy: str,
    ) -> None:
        self._counting, self._rooms = counting, rooms
        for number, value, room in zip(counting, values, rooms(), strict=True):
            decimals = number.num_decimal_places
            end, now = longest(value, decimals), longest(number.number, decimals)
            if abs(end) <= abs(now) and (end > 0 or now < 0):
                continue  # it does not grow
            length, height = size_of(number.copy().set_value(end))
            if length > room:
                shown = f"{what} with {value:.{decimals}f} there"
                check_height(height * max(room, 0.0) / length, least, shown, remedy)
        super().__init__(numbers)

    def show(self, share: float) -> None:
        """Make all smaller, if one is too large."""
        share = self._share()
        if share < 1:
            for number in self._all():
                number.scale(share)

    def _share(self) -> float:
        """Return by how much numbers have to become smaller to have room."""
        return min(
            (
                room / length
                for number, room in zip(self._counting, self._rooms(), strict=True)
                if 0 < room * (1 + 1e-6) < (length := size_of(number)[0])
            ),
            default=1.0,
        )

    def _all(self) -> list[Any]:
        return [number for group in self.mobject for number in group]
