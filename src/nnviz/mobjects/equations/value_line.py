"""A number line with a dot that stands at a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    SMALL_BUFF,
    UP,
    UR,
    Arrow,
    Brace,
    Dot,
    Line,
    Mobject,
    NumberLine,
    ParsableManimColor,
    VGroup,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.equations.formula import Formula
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import LIGHT_GREY, WHITE, stroke

__all__ = ["ChangeMark", "ValueLine"]

#: A narrower brace cannot be told from a tick, in scene units.
_NARROWEST_BRACE = 0.25


class ValueLine(ShownInNotebooks, VGroup):
    """A number line, and a dot on it at a value.

    The value is where the dot is: it is right in copies, after scaling and moving, and
    while an animation moves the dot.

    Parameters
    ----------
    value : float
        Number at which the dot stands.
    x_range : sequence of float, optional
        First and last number, and the step between ticks.
    length : float, optional
        Length of the line, in scene units.
    color : color, optional
        Colour of the dot.

    Raises
    ------
    ValueError
        If the range is empty, or the value is not on the line.

    Examples
    --------
    >>> from nnviz.mobjects.equations.value_line import ValueLine
    >>> line = ValueLine(0.25)
    >>> round(line.scale(0.5).set_value(0.75).copy().value, 6)
    0.75
    """

    axis: Part[NumberLine] = Part(0, doc="The line with its ticks.")
    dot: Part[Dot] = Part(1, doc="The dot.")

    def __init__(
        self,
        value: float,
        x_range: Sequence[float] = (0.0, 1.0, 0.1),
        length: float = 2.0,
        color: ParsableManimColor = WHITE,
        **kwargs: Any,
    ) -> None:
        first, last, step = x_range
        if not (last > first and step > 0):
            raise ValueError(
                f"a value line needs a range (first < last, step > 0), not {tuple(x_range)}"
            )
        self._ends = (float(first), float(last))
        axis = NumberLine(
            [first, last, step],
            length=length,
            color=LIGHT_GREY,
            stroke_width=stroke(2),
            tick_size=0.075,
            numbers_with_elongated_ticks=[first, last],
        )
        super().__init__(axis, Dot(color=color), **kwargs)
        self.set_value(value)

    @property
    def value(self) -> float:
        """The number under the dot."""
        return float(self.axis.point_to_number(self.dot.get_center()))

    def set_value(self, value: float) -> Self:
        """Move the dot to another number.

        Raises
        ------
        ValueError
            If the number is not on the line.
        """
        self.dot.move_to(self.point(value))
        return self

    def point(self, value: float) -> NDArray[np.float64]:
        """Return where a number of the line is in the scene, shape (3,).

        Raises
        ------
        ValueError
            If the number is not on the line.
        """
        first, last = self._ends
        if not first - 1e-9 <= value <= last + 1e-9:
            raise ValueError(f"{value} is not on the value line from {first} to {last}")
        return np.asarray(self.axis.number_to_point(float(value)), dtype=float)

    def pointer_from(
        self, start: ArrayLike, path_arc: float = 0.0, tip_length: float = 0.2
    ) -> Arrow:
        """Return an arrow in the dot's colour that leads to the dot.

        Parameters
        ----------
        start : array_like
            Point where it starts.
        path_arc : float, optional
            Angle of the arc that it is, in radians; 0 is straight and ends under the dot, an
            arc ends above it.
        tip_length : float, optional
            In scene units.
        """
        side = UP if path_arc else DOWN
        return Arrow(
            np.asarray(start, dtype=float),
            self.dot.get_edge_center(side),
            path_arc=path_arc,
            tip_length=tip_length,
            max_tip_length_to_length_ratio=0.35,
            stroke_width=stroke(5),
            buff=SMALL_BUFF,
            color=self.dot.get_color(),
        )

    def mark_change(
        self, to: float, name: str, hangs: bool = False, scale: float = 1.0
    ) -> ChangeMark:
        r"""Return a brace from the dot to another number, with the change's name.

        Parameters
        ----------
        to : float
            The other number.
        name : str
            TeX of the change, such as ``\partial w``.
        hangs : bool, optional
            Whether the mark hangs under the line, its name to the right of the brace's
            tip; else it stands over the line.
        scale : float, optional
            Scale of the name.
        """
        return ChangeMark(self.dot.get_center(), self.point(to), name, hangs, scale)


class ChangeMark(ShownInNotebooks, VGroup):
    """A brace over a stretch of a line, and the name of the change.

    Parameters
    ----------
    start, end : array_like
        Start and end of the stretch: points of a horizontal line. The brace starts at `start`, and
        spans more than the stretch where that would be too narrow to see.
    name : str
        TeX of the change.
    hangs : bool, optional
        Whether it hangs under the line, or stands over it.
    scale : float, optional
        Scale of the name.
    """

    brace: Part[Mobject] = Part(0, doc="The brace.")
    symbol: Part[Formula] = Part(1, doc="The name of the change.")

    def __init__(
        self,
        start: ArrayLike,
        end: ArrayLike,
        name: str,
        hangs: bool = False,
        scale: float = 1.0,
    ) -> None:
        first, change = np.asarray(start, dtype=float), np.subtract(end, start)[0]
        width = np.copysign(max(abs(change), _NARROWEST_BRACE), change)
        stretch = Line(first, first + width * RIGHT)
        symbol = Formula(name).scale(scale)
        if hangs:
            brace = Brace(stretch, DOWN, buff=SMALL_BUFF)
            brace.stretch(0.5, 1, about_edge=UP)
            # Clear of what comes from below: the first glyph ends where the brace's tip is.
            tip = brace.get_bottom() + SMALL_BUFF * DOWN
            symbol.shift(tip - symbol[0][0].get_corner(UR))
        else:
            brace = Brace(stretch, UP, buff=SMALL_BUFF)
            symbol.next_to(brace, UP, SMALL_BUFF)
        super().__init__(brace, symbol)
