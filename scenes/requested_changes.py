"""What every training example asks of every parameter, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, PI, RIGHT, UP, Line, ManimColor, MathTex, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.primitives.decimal_numbers import SignedNumber
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLUE, LIGHT_GREY, RED, stroke
from nnviz.network import Network, NetworkError

__all__ = ["RequestedChanges", "requested_changes"]

#: Room right of the last example, for dots that stand for all the others.
_MORE_WIDTH = 1.7
_DOTS_FROM_LINE = 0.5
_AVERAGES_BUFF = 0.2


def requested_changes(
    network: Network, x: ArrayLike, y: ArrayLike, parameters: ArrayLike
) -> NDArray[np.float64]:
    """Compute how each example on its own would like some parameters to change.

    Parameters
    ----------
    network : Network
        What to change.
    x, y : array_like
        Inputs and desired outputs of the examples, shapes (examples, *input_shape) and
        (examples, n_out).
    parameters : array_like
        Indices into ``network.flatten()``, shape (k,).

    Returns
    -------
    numpy.ndarray
        Components of the negative gradients of the examples' costs, shape (k, examples).
        The mean over the columns is what all examples ask for together.

    Raises
    ------
    NetworkError
        If there is no parameter of such an index, or `x` and `y` do not fit the network.
    """
    chosen = np.ravel(parameters).astype(int)
    if not ((chosen >= 0) & (chosen < network.n_parameters)).all():
        raise NetworkError(
            f"parameters are counted from 0 to {network.n_parameters - 1}, got {chosen.tolist()}"
        )
    gradients = network.backprop_each(x, y)
    return np.stack([-gradient.flatten()[chosen] for gradient in gradients], axis=1)


class RequestedChanges(ShownInNotebooks, VGroup):
    """A table with a row for each parameter, a column for each example, and the averages.

    Above its last row it has a row of dots for the parameters between, and right of its
    last example dots for all the other examples. The space above the first line is for
    pictures of the examples (:meth:`head_center`). All parts are there from the start;
    a scene may show them one after the other.

    Parameters
    ----------
    changes : array_like
        What each example asks for, shape (parameters, examples), as
        `requested_changes` computes it.
    labels : sequence of str
        TeX of each parameter's name.
    averages : array_like, optional
        The average over all examples, also over those that are not in the table, shape
        (parameters,). The mean of the table's own columns if None.
    num_decimal_places : int, optional
        Decimals of each number.
    number_scale : float, optional
        Scale of the numbers.
    column_width, row_height : float, optional
        Column width and row height of a cell, in scene units.
    label_width, head_height : float, optional
        Room left of and above the cells.
    positive_color, negative_color : ManimColor, optional
        Colours of the numbers.

    Raises
    ------
    ValueError
        If `changes` is not a table of at least two rows of finite numbers, or labels or
        averages are not one a row.
    """

    def __init__(
        self,
        changes: ArrayLike,
        labels: Sequence[str],
        averages: ArrayLike | None = None,
        num_decimal_places: int = 2,
        number_scale: float = 0.8,
        column_width: float = 1.4,
        row_height: float = 1.0,
        label_width: float = 2.0,
        head_height: float = 2.0,
        positive_color: ManimColor = BLUE,
        negative_color: ManimColor = RED,
    ) -> None:
        values = np.asarray(changes, dtype=float)
        if values.ndim != 2 or min(values.shape) < 1 or len(values) < 2:
            raise ValueError(
                "a table of requested changes needs shape (parameters, examples) with at least "
                f"two parameters and one example, not {values.shape}"
            )
        means = values.mean(axis=1) if averages is None else np.ravel(averages).astype(float)
        for what, count in (("labels", len(labels)), ("averages", len(means))):
            if count != len(values):
                raise ValueError(f"{count} {what} for a table of {len(values)} parameters")
        if not (np.isfinite(values).all() and np.isfinite(means).all()):
            raise ValueError("a table of requested changes needs finite numbers")

        def signed(value: float) -> SignedNumber:
            number = SignedNumber(
                value, positive_color, negative_color, num_decimal_places, include_sign=True
            )
            number.scale(number_scale)
            return number

        rows, columns = values.shape
        right = label_width + columns * column_width
        bottom = -(rows + 1) * row_height
        h_lines = VGroup(
            *(
                Line(y * UP, y * UP + (right + _MORE_WIDTH) * RIGHT)
                for y in np.linspace(0, bottom, rows + 2)
            )
        )
        v_lines = VGroup(
            *(
                Line(x * RIGHT + head_height * UP, x * RIGHT + bottom * UP)
                for x in np.linspace(label_width, right, columns + 1)
            )
        )
        VGroup(h_lines, v_lines).set_stroke(LIGHT_GREY, stroke(2))
        names = _with_dots([MathTex(label) for label in labels])
        numbers = VGroup(*(VGroup(*map(signed, row)) for row in values))
        column_dots = VGroup(*(MathTex(r"\vdots") for _ in range(columns)))
        row_dots = VGroup(*(MathTex(r"\dots") for _ in range(rows + 1)))
        row_dots[-2].rotate(-PI / 4)
        super().__init__(
            h_lines,
            v_lines,
            names,
            numbers,
            column_dots,
            row_dots,
            _with_dots([signed(value) for value in means]),
        )
        for line, (name, dots) in enumerate(zip(names, row_dots, strict=True)):
            y = self._line_center(line)
            name.move_to(0.5 * label_width * RIGHT + y * UP)
            dots.move_to((right + _DOTS_FROM_LINE) * RIGHT + y * UP)
        for row, cells in enumerate(numbers):
            for column, number in enumerate(cells):
                number.move_to(self.cell_center(row, column))
        for column, dots in enumerate(column_dots):
            dots.move_to(self._column_center(column) * RIGHT + self._line_center(rows - 1) * UP)
        self._place_averages()
        self.center()

    def __repr__(self) -> str:
        return type(self).__name__

    # Parts

    @property
    def h_lines(self) -> VGroup:
        """The horizontal lines, from top to bottom."""
        return self[0]  # type: ignore[return-value]

    @property
    def v_lines(self) -> VGroup:
        """The vertical lines, from left to right."""
        return self[1]  # type: ignore[return-value]

    @property
    def labels(self) -> VGroup:
        """The parameters' names, and the dots above the last."""
        return self[2]  # type: ignore[return-value]

    @property
    def numbers(self) -> VGroup:
        """The rows of numbers: one group of :class:`SignedNumber` for each parameter."""
        return self[3]  # type: ignore[return-value]

    @property
    def column_dots(self) -> VGroup:
        """The dots in each column, for the parameters between."""
        return self[4]  # type: ignore[return-value]

    @property
    def row_dots(self) -> VGroup:
        """The dots right of each line of the table, for the other examples."""
        return self[5]  # type: ignore[return-value]

    @property
    def averages(self) -> VGroup:
        """The averages, and the dots above the last."""
        return self[6]  # type: ignore[return-value]

    def number(self, row: int, column: int) -> SignedNumber:
        """Return what an example asks of a parameter, both counted from 0.

        Raises
        ------
        IndexError
            If there is no such parameter or example in the table.
        """
        return self.numbers[row][column]  # type: ignore[return-value]

    def average(self, row: int) -> SignedNumber:
        """Return the average of a parameter's row.

        Raises
        ------
        IndexError
            If there is no such parameter in the table.
        """
        count = len(self.numbers)
        if not -count <= row < count:
            raise IndexError(f"no row {row}: the table has {count}")
        return self.averages[self._line(row % count)]  # type: ignore[return-value]

    def row(self, row: int) -> VGroup:
        """Return a parameter's numbers and the dots right of them, in one group."""
        count = len(self.numbers)
        return VGroup(*self.numbers[row], self.row_dots[self._line(row % count)])

    # Places, read off the lines: they are right wherever the table has been moved

    def cell_center(self, row: int, column: int) -> NDArray[np.float64]:
        """Return the middle of a parameter's and an example's cell, shape (3,)."""
        return np.array([self._column_center(column), self._line_center(self._line(row)), 0])

    def head_center(self, column: int) -> NDArray[np.float64]:
        """Return the middle of the room above an example's column, shape (3,)."""
        top, bottom = self.v_lines[column].get_top()[1], self.h_lines[0].get_center()[1]
        return np.array([self._column_center(column), (top + bottom) / 2, 0])

    def _line(self, row: int) -> int:
        """Return which line of the table a parameter has: the last one comes after the dots."""
        return row + 1 if row == len(self.numbers) - 1 else row

    def _column_center(self, column: int) -> float:
        return float(VGroup(*self.v_lines[column : column + 2]).get_center()[0])

    def _line_center(self, line: int) -> float:
        return float(VGroup(*self.h_lines[line : line + 2]).get_center()[1])

    def _place_averages(self) -> None:
        left = self.h_lines.get_right() + _AVERAGES_BUFF * RIGHT
        for line, part in enumerate(self.averages):
            part.move_to(left, LEFT).set_y(self._line_center(line))
        dots = self.averages[-2]
        dots.set_x(self.averages.get_x())


def _with_dots(parts: list[Any]) -> VGroup:
    dots: VMobject = MathTex(r"\vdots")
    return VGroup(*parts[:-1], dots, *parts[-1:])
