"""A matrix times a vector on screen, as cells, with marks at the row that is summed up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import ManimColor, Rectangle, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.charts.heatmap import Heatmap
from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.network.layer_mobjects import shortened
from nnviz.mobjects.network.matrix_cells import cell_colors, widest
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.contrast import readable
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.group_parts import Part, State
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.writing import plain_signs, written

__all__ = ["MatrixProduct"]

FloatArray = NDArray[np.float64]

#: As shares of a cell: the gap between parts without a sign between them, the room of a sign, a
#: digit's height in signs and in the running sum.
_GAP, _ROOM, _SIGN, _SUM = 0.5, 1.1, 0.7, 0.55
#: How much is seen of the rows that are not multiplied now.
_DIM = 0.4
#: Stroke widths of the marks around a row, and around one entry.
_THIN, _THICK = stroke(4), stroke(7)


class MatrixProduct(ShownInNotebooks, VGroup):
    """A matrix times a vector, perhaps plus biases, and the vector that it gives.

    All are cells, coloured by sign and size, each part's largest with the full colour. Of long ones
    the first and the last rows and columns are shown, with dots between; sums are over all columns.
    :class:`~nnviz.MultiplyMatrix` fills the result row by row.

    Parameters
    ----------
    matrix : array_like
        Shape (rows, columns).
    vector : array_like
        Shape (columns,).
    biases : array_like, optional
        Shape (rows,), or None for none.
    max_shown : int, optional
        How many rows, and how many columns, are shown at most.
    cell : float, optional
        Side of a cell, in scene units.
    numbers : bool, optional
        Whether values are written into the cells; None where they can be read.
    decimals : int, optional
        Decimals of the numbers.
    titles : sequence of str, optional
        What stands above: of the matrix, the vector, the biases if there are any, and the result.
    filled : bool, optional
        Whether the result is shown at first.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    values : NDArray
        ``matrix @ vector + biases``, shape (rows,).
    filled : NDArray
        Opacity of each of them, from 0 to 1, shape (rows,).

    Raises
    ------
    ValueError
        If the shapes do not go together, there are not as many titles as parts, or numbers would be
        too small to be read.

    Examples
    --------
    >>> product = MatrixProduct([[1.0, 2.0], [0.5, -1.0]], [3.0, 1.0], biases=[0.5, 0.0])
    >>> product.values.tolist()
    [5.5, 0.5]
    >>> product.partial_sums(0).tolist()
    [0.0, 3.0, 5.0, 5.5]
    """

    filled: State[FloatArray] = State()
    _lit: State[int | None] = State()

    signs: Part[VGroup] = Part(1, doc="The signs between the parts.")
    marks: Part[VGroup] = Part(
        2, doc="Frames around a row, the vector, an entry of each, and a bias; unseen if not used."
    )
    running_sum: Part[QuickDecimalNumber] = Part(
        3, doc="The number that counts up; transparent if nothing is counted."
    )

    def __init__(
        self,
        matrix: ArrayLike,
        vector: ArrayLike,
        biases: ArrayLike | None = None,
        *,
        max_shown: int = 10,
        cell: float = 0.45,
        numbers: bool | None = None,
        decimals: int = 2,
        titles: Sequence[str] = (),
        filled: bool = True,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        weights, x = np.array(matrix, dtype=float), np.array(vector, dtype=float)
        if weights.ndim != 2 or x.shape != weights.shape[1:]:
            raise ValueError(
                "a matrix of shape (rows, columns) is multiplied with a vector of shape "
                f"(columns,), not {weights.shape} with {x.shape}"
            )
        b = None if biases is None else np.array(biases, dtype=float)
        if b is not None and b.shape != weights.shape[:1]:
            raise ValueError(f"{len(weights)} rows have biases of shape ({len(weights)},)")
        self.values: FloatArray = weights @ x if b is None else weights @ x + b
        shown = [weights, x[:, None], *([] if b is None else [b[:, None]]), self.values[:, None]]
        if titles and len(titles) != len(shown):
            raise ValueError(f"{len(titles)} titles are given for {len(shown)} parts: one each")
        parts = [
            Heatmap(
                part,
                numbers=numbers,
                decimals=decimals,
                max_shown=max_shown,
                size=cell * max(_places(count, max_shown) for count in part.shape),
                title=title,
                style=self.style,
            )
            for part, title in zip(shown, titles or [""] * len(shown), strict=True)
        ]
        self._has_biases = b is not None
        signs = VGroup()
        right = 0.0
        for k, part in enumerate(parts):
            if k >= 2:
                sign = "=" if k == len(parts) - 1 else "+"
                signs.add(self._sign(sign, (right + _ROOM / 2 * cell, 0, 0), _SIGN * cell))
                right += _ROOM * cell
            elif k:
                right += _GAP * cell
            middle = right + part.grid.width / 2
            part.shift(np.array([middle, 0, 0]) - part.grid.get_center())
            right += part.grid.width
        running = number_of(0.0, decimals, _SUM * cell, self.style).set_fill(opacity=0)
        super().__init__(VGroup(*parts), signs, VGroup(*self._frames()), running)
        every = np.concatenate([self.partial_sums(row) for row in range(len(weights))])
        self._widest = widest(every, decimals)
        self._lit = None
        self.point_at(None)
        self.center()
        self.show_filled(np.ones(len(weights)) if filled else np.zeros(len(weights)))

    @property
    def bearer(self) -> Any:
        """The mobject that bears how much is seen of the result."""
        return self.result.bearer if self.submobjects else None

    @property
    def matrix(self) -> Heatmap:
        """The matrix."""
        return self._part(0)

    @property
    def vector(self) -> Heatmap:
        """The vector, as a matrix of one column."""
        return self._part(1)

    @property
    def biases(self) -> Heatmap | None:
        """The biases, as a matrix of one column; None where there are none."""
        return self._part(2) if self._has_biases else None

    @property
    def result(self) -> Heatmap:
        """The result, as a matrix of one column."""
        return self._part(-1)

    def partial_sums(self, row: int, *, bias_first: bool = False) -> FloatArray:
        """Return the sums of a row's first products: none, one, two, and so on.

        Parameters
        ----------
        row : int
            From 0.
        bias_first : bool, optional
            Whether the sum begins with the bias; it is its last term otherwise.

        Returns
        -------
        ndarray
            Shape (columns + 1,), or (columns + 2,) where there are biases.
        """
        weights, x = self.matrix.values[row], self.vector.values[:, 0]
        terms = [0.0, *(weights * x)]
        if self.biases is not None:
            terms.insert(1 if bias_first else len(terms), float(self.biases.values[row, 0]))
        sums: FloatArray = np.cumsum(terms)
        return sums

    def show_filled(self, filled: ArrayLike) -> Self:
        """Show a share of each number of the result.

        Parameters
        ----------
        filled : array_like
            Shape (rows,), from 0 to 1.
        """
        shares = np.array(filled, dtype=float)
        if shares.shape != self.values.shape:
            raise ValueError(f"filled has shape {shares.shape}, the result {self.values.shape}")
        grid, places = self.result.grid, self.result.places[0]
        seen = np.where(places >= 0, shares[places], 0.0)[:, None]
        cells = np.where(places >= 0, self.values[places], 0.0)[:, None]
        ground = self.style.behind.to_rgb()
        colors = cell_colors(cells, self.result.limit, self.style)
        grid.image.set_image(ground + seen[..., None] * (colors - ground), channel_axis=2)
        for number, share, color in zip(grid.numbers, seen[:, 0], colors[:, 0], strict=False):
            number.set_color(readable(ManimColor(color))).set_fill(opacity=float(share))
        self.filled = shares
        return self

    def point_at(
        self, row: int | None, column: int | None = None, *, bias: bool = False, share: float = 1.0
    ) -> Self:
        """Let a row of the matrix and the vector stand out, and what is multiplied now.

        They have frames, and the other rows are dimmed.

        Parameters
        ----------
        row : int or None
            Which row is shown, from 0 in the matrix; None takes the frames away.
        column : int, optional
            Which entries of the row and of the vector are multiplied; those that are not shown have
            the dots framed. None for no entries.
        bias : bool, optional
            Whether the row's bias is framed.
        share : float, optional
            Opacity of the frames, from 0 to 1.

        Raises
        ------
        ValueError
            If the row is not shown.
        """
        frame: Any
        for frame in self.marks:
            frame.set_stroke(opacity=0)
        self._light(row)
        if row is None:
            return self
        matrix, vector = self.matrix, self.vector
        at = self._place_of(row)
        around = [(matrix.grid, at, None), (vector.grid, None, None)]
        wanted: list[Any] = [*around, None, None, None]
        if column is not None:
            places = matrix.places[1]
            found = np.nonzero(places == column)[0]
            k = int((found if len(found) else np.nonzero(places < 0)[0])[0])
            wanted[2:4] = [(matrix.grid, at, k), (vector.grid, k, 0)]
        if bias and self.biases is not None:
            wanted[4] = (self.biases.grid, at, 0)
        for frame, cells in zip(self.marks, wanted, strict=True):
            if cells is not None:
                grid, down, across = cells
                corners = grid.corners(down, across)
                frame.set_points_as_corners([*corners, corners[0]]).set_stroke(opacity=share)
        return self

    def show_sum(self, row: int, value: float, share: float = 1.0) -> Self:
        """Write the running sum beside the result's cell of a row.

        Parameters
        ----------
        row : int
            From 0; one that is shown.
        value : float
            The sum so far.
        share : float, optional
            Opacity of the number, from 0 to 1.
        """
        number, grid = self.running_sum, self.result.grid
        if not share:
            number.set_fill(opacity=0)
            return self
        first, right, *_ = grid.image.corners()
        side = right - first
        tells = abs(value) >= 0.5 * 10.0**-number.num_decimal_places
        number.set_value(value if tells else 0.0)
        room = len(f"{self._widest:.{number.num_decimal_places}f}") * 0.4 * _SUM
        number.move_to(grid.middle(self._place_of(row), 0) + (1.0 + 0.6 * room) * side)
        number.set_fill(opacity=share)
        return self

    def _light(self, row: int | None) -> None:
        """Dim the rows of the matrix but one, or none."""
        if row == self._lit:
            return
        self._lit = row
        matrix, grid = self.matrix, self.matrix.grid
        down, across = matrix.places
        seen = np.where(down == row, 1.0, 1.0 if row is None else _DIM)
        inside = np.logical_and.outer(down >= 0, across >= 0)
        cells = np.where(inside, matrix.values[np.ix_(down, across)], 0.0)
        ground = self.style.behind.to_rgb()
        colors = cell_colors(cells, matrix.limit, self.style)
        colors = ground + seen[:, None, None] * (colors - ground)
        grid.image.set_image(colors, channel_axis=2)
        opacities = (inside * seen[:, None]).ravel()
        for number, opacity, color in zip(
            grid.numbers, opacities, colors.reshape(-1, 3), strict=False
        ):
            number.set_color(readable(ManimColor(color))).set_fill(opacity=float(opacity))

    def _part(self, k: int) -> Heatmap:
        found: Any = self[0]
        part: Heatmap = found[k]
        return part

    def _place_of(self, row: int) -> int:
        found = np.nonzero(self.matrix.places[0] == row)[0]
        if not len(found) or row < 0:
            shown = ", ".join(map(str, self.matrix.shown_rows))
            raise ValueError(f"row {row} is not shown: those are {shown}")
        return int(found[0])

    def _sign(self, text: str, at: ArrayLike, height: float) -> VMobject:
        writing = self.style.writing
        sign = written(plain_signs(text, writing), height, writing, self.style.text_color)
        return sign.move_to(np.asarray(at))

    def _frames(self) -> list[Rectangle]:
        color = self.style.highlight_color
        widths = [_THIN, _THIN, _THICK, _THICK, _THICK]
        return [Rectangle(color=color, stroke_width=width) for width in widths]


def _places(count: int, most: int) -> int:
    """Return how many cells show a vector of a length."""
    shown = len(shortened(count, most))
    return shown + (shown < count)
