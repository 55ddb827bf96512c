"""A matrix as cells, shaded by their values, with numbers in them where there is room."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import ManimColor, Rectangle, VGroup
from numpy.typing import NDArray

from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.contrast import readable
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.pixel_image import PixelImage, signed_colors

__all__ = ["CellGrid", "cell_colors", "height_in_cells", "lines_between", "widest"]

#: Most width and height of a number, as shares of its cell's.
_WIDTH_IN_CELL, _HEIGHT_IN_CELL = 0.8, 0.42
#: Grids of more cells in a row have no lines between them.
_MOST_CELLS_WITH_LINES = 12
#: Opacity of the lines between cells, and of a number that is the padding's.
_LINE_OPACITY, _PADDING_OPACITY = 0.4, 0.45


class CellGrid(VGroup):
    """A matrix as cells: colours from one place, numbers from the values.

    Parameters
    ----------
    rows, columns : int
        Number of cells.
    cell : float
        Side of one, in scene units.
    style : NetworkStyle
        Colours, stroke widths and writing.
    """

    numbers: Part[VGroup] = Part(
        3, doc="The numbers in the cells, row by row; empty where there is no room for them."
    )
    image: Part[PixelImage] = Part(0, doc="The shades.")

    def __init__(self, rows: int, columns: int, cell: float, style: NetworkStyle) -> None:
        self.shape = rows, columns
        self.style = style
        self._opacities = np.ones((rows, columns))
        image = PixelImage(np.zeros((rows, columns)), rows * cell)
        color, width = ManimColor(style.neuron_stroke_color), 0.5 * style.neuron_stroke_width
        frame = Rectangle(color=color, stroke_width=width, width=columns * cell, height=rows * cell)
        has_lines = max(rows, columns) <= _MOST_CELLS_WITH_LINES
        lines = EdgeArray(*self._ends(image), color, width) if has_lines else VGroup()
        super().__init__(image, lines, frame, VGroup())
        self.reveal(1.0)

    def middle(self, row: int, column: int) -> NDArray[np.float64]:
        """Return the middle of a cell, shape (3,)."""
        rows, columns = self.shape
        first, right, down, _ = self.image.corners()
        middle: NDArray[np.float64] = (
            first + (column + 0.5) / columns * (right - first) + (row + 0.5) / rows * (down - first)
        )
        return middle

    def corners(self, row: int | None = None, column: int | None = None) -> NDArray[np.float64]:
        """Return the corners of a cell, of a row or a column, or of all.

        Parameters
        ----------
        row, column : int, optional
            From 0; None for all of them.

        Returns
        -------
        ndarray
            Shape (4, 3): upper left, upper right, lower right, lower left.
        """
        rows, columns = self.shape
        first, right, down, _ = self.image.corners()
        across, along = (right - first) / columns, (down - first) / rows
        top, bottom = (0, rows) if row is None else (row, row + 1)
        left, end = (0, columns) if column is None else (column, column + 1)
        ends = [(top, left), (top, end), (bottom, end), (bottom, left)]
        return np.array([first + i * along + j * across for i, j in ends])

    def add_numbers(self, height: float, decimals: int) -> Self:
        """Write a number into every cell, all 0.

        Parameters
        ----------
        height : float
            Height of a digit, in scene units.
        decimals : int
            Decimals shown.
        """
        for row, column in np.ndindex(self.shape):
            number = number_of(0.0, decimals, height, self.style)
            self.numbers.add(number.move_to(self.middle(row, column)))
        return self

    def show_values(
        self,
        values: NDArray[np.float64],
        colors: NDArray[np.float64],
        is_inside: NDArray[np.bool_],
        counts_padding: bool = True,
    ) -> Self:
        """Show values.

        Parameters
        ----------
        values : ndarray of float
            Shape (rows, columns).
        colors : ndarray of float
            The cells' shades, shape (rows, columns, 3).
        is_inside : ndarray of bool
            Which are an image's, and not its padding's.
        counts_padding : bool, optional
            Whether the padding's numbers are written, fainter, or left out.
        """
        self.image.set_image(colors, channel_axis=2)
        outside = _PADDING_OPACITY if counts_padding else 0.0
        self._opacities = np.where(is_inside, 1.0, outside)
        number: Any
        for number, value, color in zip(
            self.numbers, values.ravel(), colors.reshape(-1, 3), strict=False
        ):
            tells = abs(value) >= 0.5 * 10.0**-number.num_decimal_places
            new = float(value) if tells else 0.0  # no minus before nothing
            if number.number != new:
                number.set_value(new)
            number.set_color(readable(ManimColor(color)))
        return self.reveal(1.0)

    def reveal(self, share: float) -> Self:
        """Let all be seen by a share of its full opacity."""
        self.image.set_fill(opacity=share)
        if len(self[1]):
            self[1].set_stroke(opacity=share * _LINE_OPACITY)
        self[2].set_stroke(opacity=share)
        for number, opacity in zip(self.numbers, self._opacities.ravel(), strict=False):
            number.set_fill(opacity=share * opacity)
        return self

    def _ends(self, image: PixelImage) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where the lines between the cells start and end."""
        rows, columns = self.shape
        across, along = (np.linspace(0, 1, n + 1)[1:-1, None] for n in (columns, rows))
        return lines_between(image.corners(), across, along)


def lines_between(
    corners: NDArray[np.float64], across: NDArray[np.float64], along: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where lines between cells start and end, at shares of the sides, shapes (n, 1)."""
    first, right, down, last = corners
    starts = np.concatenate([first + across * (right - first), first + along * (down - first)])
    ends = np.concatenate([down + across * (last - down), right + along * (last - right)])
    return starts, ends


def cell_colors(
    values: NDArray[np.float64], limit: float, style: NetworkStyle
) -> NDArray[np.float64]:
    """Return the colours of cells, as those of neurons: shape (rows, columns, 3).

    Parameters
    ----------
    values : ndarray of float
        Shape (rows, columns).
    limit : float
        The size of value that has the full colour.
    style : NetworkStyle
        Colours above and below 0, and of the background.
    """
    positive, negative = style.neuron_fill_color, style.negative_fill_color
    return signed_colors(values, limit, positive, negative, style.behind)


def widest(values: NDArray[np.float64], decimals: int) -> float:
    """Return a number as long as the longest of some: all its digits are 8."""
    ends = (float(values.min(initial=0.0)), float(values.max(initial=0.0)))
    text = max((f"{value:.{decimals}f}" for value in ends), key=len)
    return float("".join("8" if one.isdigit() else one for one in text))


def height_in_cells(
    cell: float,
    values: NDArray[np.float64],
    decimals: int,
    style: NetworkStyle,
    width: float | None = None,
) -> float:
    """Return how high digits may be so that the longest of some values fits into a cell.

    Parameters
    ----------
    cell : float
        Height of a cell, in scene units.
    values : ndarray of float
        Values to write.
    decimals : int
        Decimals of the numbers.
    style : NetworkStyle
        Colours and writing.
    width : float, optional
        Width of a cell, in scene units; its height if None.
    """
    longest = number_of(widest(values, decimals), decimals, 1.0, style)
    room = _WIDTH_IN_CELL * (cell if width is None else width)
    return min(room / longest.width, _HEIGHT_IN_CELL * cell)
