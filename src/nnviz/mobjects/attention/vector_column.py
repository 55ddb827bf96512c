"""Vectors as columns of cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from manim import VGroup
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.matrix_cells import CellGrid, cell_colors, height_in_cells
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part, State
from nnviz.mobjects.primitives.notebook import ShownInNotebooks

__all__ = ["VectorColumn", "columns_of"]

FloatArray = NDArray[np.float64]

#: Width of a cell over its height; a digit's height over it at most, and at least in scene units.
_WIDE, _HEIGHT_OF_NUMBER, _LEAST_NUMBER = 1.8, 0.5, 0.07


class VectorColumn(ShownInNotebooks, VGroup):
    """A vector as a column of cells, coloured by the sign and the size of its values.

    Parameters
    ----------
    values : array_like, optional
        Shape (n,).
    cell : float, optional
        Height of a cell, in scene units.
    limit : float, optional
        The size of value that has the full colour; that of the largest if None. Columns that are
        compared need the same.
    style : NetworkStyle, optional
        Colours, and writing of the numbers.
    width : float, optional
        Width of a cell, in scene units; 1.8 times its height if None.
    numbers : bool, optional
        Whether values are written into the cells.
    decimals : int, optional
        Decimals of the numbers.

    Attributes
    ----------
    values : NDArray
        Values that are shown, shape (n,).

    Raises
    ------
    ValueError
        If the values are not finite numbers in a row, or numbers would be too small to be read.
    """

    values: State[FloatArray] = State()
    grid: Part[CellGrid] = Part(0, doc="The cells.")

    def __init__(
        self,
        values: ArrayLike,
        cell: float = 0.18,
        limit: float | None = None,
        style: NetworkStyle | None = None,
        width: float | None = None,
        *,
        numbers: bool = False,
        decimals: int = 2,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        vector = _checked(values)
        self.limit = limit or float(np.abs(vector).max()) or 1.0
        wide = _WIDE * cell if width is None else width
        super().__init__(CellGrid(len(vector), 1, cell, self.style).stretch(wide / cell, 0))
        if numbers:
            ends = np.array([-self.limit, self.limit, *vector])
            height = min(
                height_in_cells(wide, ends, decimals, self.style), _HEIGHT_OF_NUMBER * cell
            )
            if height < _LEAST_NUMBER:
                raise ValueError(
                    f"numbers would be {height:.3f} high, which nobody can read: make the cells "
                    "larger (cell, width), or leave the numbers out"
                )
            self.grid.add_numbers(height, decimals)
        self.show_values(vector)

    @property
    def bearer(self) -> Any:
        """What bears the values."""
        return self.submobjects[0].image if self.submobjects else None

    def show_values(self, values: ArrayLike) -> Self:
        """Show another vector of the same length.

        Parameters
        ----------
        values : array_like
            Shape (n,).
        """
        vector = _checked(values)
        if len(vector) != self.grid.shape[0]:
            raise ValueError(f"{len(vector)} values are given for {self.grid.shape[0]} cells")
        colors = cell_colors(vector[:, None], self.limit, self.style)
        if len(self.grid.numbers):
            self.grid.show_values(vector[:, None], colors, np.ones((len(vector), 1), dtype=bool))
        else:
            self.grid.image.set_image(colors, channel_axis=2)
        self.values = vector
        return self


def columns_of(
    vectors: ArrayLike,
    above: Iterable[Any],
    cell: float = 0.18,
    limit: float | None = None,
    buff: float = 0.12,
    direction: ArrayLike = (0, 1, 0),
    style: NetworkStyle | None = None,
    width: float | None = None,
    *,
    numbers: bool = False,
    decimals: int = 2,
) -> VGroup:
    """Return a column for each token, beside it.

    Parameters
    ----------
    vectors : array_like
        Shape (tokens, n).
    above : iterable of object
        What each stands beside, such as ``row.boxes``.
    cell : float, optional
        Side of a cell, in scene units.
    limit : float, optional
        The size of value that has the full colour; the largest of all vectors if None.
    buff : float, optional
        Distance between a token and its column, in scene units.
    direction : array_like, optional
        Direction from the token to its column.
    style : NetworkStyle, optional
        Colours and writing.
    width : float, optional
        Width of a cell, in scene units, as for `VectorColumn`.
    numbers : bool, optional
        Whether values are written into the cells.
    decimals : int, optional
        Decimals of the numbers.
    """
    values = np.array(vectors, dtype=float)
    limit = limit or float(np.abs(values).max()) or 1.0
    way: Any = np.asarray(direction, dtype=float)
    return VGroup(
        *(
            VectorColumn(
                vector, cell, limit, style, width, numbers=numbers, decimals=decimals
            ).next_to(box, way, buff=buff)
            for vector, box in zip(values, above, strict=True)
        )
    )


def _checked(values: ArrayLike) -> FloatArray:
    vector = np.array(values, dtype=float)
    if vector.ndim != 1 or not len(vector) or not np.isfinite(vector).all():
        raise ValueError(f"a column shows finite numbers of shape (n,), not {vector.shape}")
    return vector
