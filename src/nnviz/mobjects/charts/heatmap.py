"""A matrix on screen: cells coloured by sign and size, with numbers, and names on two sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import Animation, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.charts.labelled_grid import LabelledGrid
from nnviz.mobjects.network.layer_mobjects import Shown, shortened, three_dots
from nnviz.mobjects.network.matrix_cells import cell_colors, height_in_cells
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.group_parts import State
from nnviz.mobjects.primitives.painting import ChangeValue
from nnviz.mobjects.primitives.token_texts import token_texts

__all__ = ["Heatmap"]

FloatArray = NDArray[np.float64]

#: Least height of numbers in cells, in scene units.
_LEAST_NUMBER = 0.07


class Heatmap(LabelledGrid):
    """A matrix: cells coloured by the sign and the size of their values, or with numbers in them.

    A large matrix shows its first and last rows and columns, with dots between.

    Parameters
    ----------
    values : array_like, optional
        Shape (rows, columns).
    rows, columns : sequence of object, optional
        Names: a text, whose characters they are, or a sequence of texts or numbers, one each.
        Nothing is written if None.
    numbers : bool, optional
        Whether values are written into the cells; None where they can be read.
    decimals : int, optional
        Decimals of the numbers.
    limit : float, optional
        The size of value that has the full colour; that of the largest if None. Matrices that are
        compared need the same.
    max_shown : int or (Shown, Shown), optional
        How many rows, and how many columns, are shown at most. A pair says it for rows and for
        columns, each by a number or by which they are, rising from 0.
    size : float or (float, float), optional
        Length of the longer side, or width and height of all cells together, in scene units.
    title : str, optional
        What stands above.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    values : NDArray
        The whole matrix, shape (rows, columns).

    Raises
    ------
    ValueError
        If the values are no matrix of finite numbers, names are not one each, or numbers would be
        too small to be read.

    Examples
    --------
    >>> heatmap = Heatmap([[0.25, -1.5], [0.0, 3.0]], rows=["a", "b"], columns="xy")
    >>> [number.number for number in heatmap.grid.numbers]
    [0.25, -1.5, 0.0, 3.0]
    """

    values: State[FloatArray] = State()

    def __init__(
        self,
        values: ArrayLike,
        rows: Sequence[Any] | None = None,
        columns: Sequence[Any] | None = None,
        *,
        numbers: bool | None = None,
        decimals: int = 2,
        limit: float | None = None,
        max_shown: int | tuple[Shown, Shown] = 16,
        size: float | tuple[float, float] = 4.0,
        title: str = "",
        style: NetworkStyle | None = None,
    ) -> None:
        style = NetworkStyle() if style is None else style
        matrix = _checked(values)
        if limit is not None and not 0 < limit < np.inf:
            raise ValueError(f"limit is a number above 0, not {limit}")
        self._limit = limit
        pair = max_shown if isinstance(max_shown, tuple) else (max_shown, max_shown)
        self._shown = [_which(*each) for each in zip(matrix.shape, pair, strict=True)]
        #: For each side which rows or columns of the matrix stand where, -1 for dots.
        self._places = [
            _with_gap(shown, count) for shown, count in zip(self._shown, matrix.shape, strict=True)
        ]
        down, across = self._places
        super().__init__(
            (len(down), len(across)),
            _names(rows, matrix.shape[0], down, "rows"),
            _names(columns, matrix.shape[1], across, "columns"),
            size,
            title,
            style,
        )
        wide, high = self.cell_size
        height = height_in_cells(high, matrix, decimals, style, wide)
        if numbers is None:
            numbers = height >= _LEAST_NUMBER
        elif numbers and height < _LEAST_NUMBER:
            raise ValueError(
                f"numbers would be {height:.3f} high, which nobody can read: make the heatmap "
                "larger (size), show less of it (max_shown), or leave the numbers out"
            )
        if numbers:
            self.grid.add_numbers(height, decimals)
        self[4].add(*self._dots(style))
        self.values = matrix
        self.show_values(matrix)

    @property
    def limit(self) -> float:
        """The size of value that has the full colour."""
        return self._limit or float(np.abs(self.values).max()) or 1.0

    @property
    def shown_rows(self) -> NDArray[np.int_]:
        """Which rows are shown, from 0."""
        return self._shown[0]

    @property
    def shown_columns(self) -> NDArray[np.int_]:
        """Which columns are shown, from 0."""
        return self._shown[1]

    @property
    def places(self) -> list[NDArray[np.int_]]:
        """Which row stands in each row of cells, and which column in each column; -1 for dots."""
        return self._places

    def show_values(self, values: ArrayLike) -> Self:
        """Show another matrix of the same shape; ``.animate.show_values`` goes there smoothly.

        Parameters
        ----------
        values : array_like
            Shape (rows, columns).
        """
        matrix = _checked(values)
        if matrix.shape != self.values.shape:
            raise ValueError(f"the values have shape {matrix.shape}, not {self.values.shape}")
        self.values = matrix
        inside = np.logical_and.outer(*(places >= 0 for places in self._places))
        cells = np.where(inside, matrix[np.ix_(*self._places)], 0.0)
        colors = cell_colors(cells, self.limit, self.style)
        self.grid.show_values(cells, colors, inside, counts_padding=False)
        return self

    @animation_for(show_values)
    def _animate_values(
        self, values: ArrayLike, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        return ChangeValue(self, "values", _checked(values), self.show_values, **(anim_args or {}))

    def _dots(self, style: NetworkStyle) -> list[VMobject]:
        """Return the dots in the row and in the column that stand for others."""
        down, across = self._places
        wide, high = self.cell_size
        # In a row of narrow cells some have dots, as far apart as the row is high.
        step = max(1, round(high / wide))
        dots = []
        for row, column in np.ndindex(self.grid.shape):
            is_row_gap, is_column_gap = down[row] < 0, across[column] < 0
            if is_row_gap == is_column_gap or (is_row_gap and column % step != step // 2):
                continue
            three = three_dots(style, bool(is_row_gap))
            three.scale(min(1.0, 0.6 * wide / three.width, 0.6 * high / three.height))
            dots.append(three.move_to(self.grid.middle(row, column)))
        return dots


def _checked(values: ArrayLike) -> FloatArray:
    matrix = np.array(values, dtype=float)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(
            f"a heatmap shows finite numbers of shape (rows, columns), not {matrix.shape}"
        )
    return matrix


def _which(count: int, most: Shown) -> NDArray[np.int_]:
    """Return which rows or columns are shown."""
    if isinstance(most, int):
        if most < 2:
            raise ValueError(f"max_shown is 2 or more, not {most}")
        return shortened(count, most)
    which = np.asarray(most)
    if which.ndim != 1 or which.dtype.kind not in "iu" or not len(which):
        raise ValueError(f"max_shown says how many, or which as integers, not {most!r}")
    if (np.diff(which) <= 0).any() or which[0] < 0 or which[-1] >= count:
        raise ValueError(
            f"max_shown says which of {count} are shown, rising from 0 to {count - 1}, not "
            f"{which.tolist()}"
        )
    return which


def _with_gap(shown: NDArray[np.int_], count: int) -> NDArray[np.int_]:
    """Return which rows or columns stand where: -1 where dots stand for others."""
    around = np.concatenate([[-1], shown, [count]])
    return np.insert(shown, np.nonzero(np.diff(around) > 1)[0], -1)


def _names(
    names: Sequence[Any] | None, count: int, places: NDArray[np.int_], what: str
) -> list[str]:
    """Return the names beside each row or column shown."""
    if names is None:
        return []
    texts = token_texts(names, count, what)
    return ["" if place < 0 else texts[place] for place in places]
