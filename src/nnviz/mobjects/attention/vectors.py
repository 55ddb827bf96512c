"""Vectors as columns of cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from manim import VGroup
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.cells import CellGrid, cell_colors
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.notebook import ShownInNotebooks
from nnviz.mobjects.parts import State

__all__ = ["VectorColumn", "columns_of"]

FloatArray = NDArray[np.float64]

#: Width of a cell over its height.
_WIDE = 1.8


class VectorColumn(ShownInNotebooks, VGroup):
    """A vector as a column of cells, coloured by the sign and the size of its values.

    Parameters
    ----------
    values
        Shape (n,).
    cell
        Height of a cell, in scene units.
    limit
        The size of value that has the full colour; that of the largest if None. Columns that are
        compared need the same.
    style
        Colours.

    Attributes
    ----------
    values : NDArray
        What is shown, shape (n,).

    Raises
    ------
    ValueError
        If the values are not finite numbers in a row.
    """

    values: State[FloatArray] = State()

    def __init__(
        self,
        values: ArrayLike,
        cell: float = 0.18,
        limit: float | None = None,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        vector = _checked(values)
        self.limit = limit or float(np.abs(vector).max()) or 1.0
        super().__init__(CellGrid(len(vector), 1, cell, self.style).stretch(_WIDE, 0))
        self.show_values(vector)

    @property
    def grid(self) -> CellGrid:
        """The cells."""
        found = self[0]
        assert isinstance(found, CellGrid)
        return found

    @property
    def bearer(self) -> Any:
        """What bears the values."""
        return self.submobjects[0].image if self.submobjects else None

    def show_values(self, values: ArrayLike) -> Self:
        """Show another vector as long.

        Parameters
        ----------
        values
            Shape (n,).
        """
        vector = _checked(values)
        if len(vector) != self.grid.shape[0]:
            raise ValueError(f"{len(vector)} values are given for {self.grid.shape[0]} cells")
        colors = cell_colors(vector[:, None], self.limit, self.style)
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
) -> VGroup:
    """Return a column for each token, beside it.

    Parameters
    ----------
    vectors
        Shape (tokens, n).
    above
        What each stands beside, such as ``row.boxes``.
    cell, limit, style
        As for `VectorColumn`; the limit is the largest of all vectors if None.
    buff, direction
        How far from each, and on which side.
    """
    values = np.array(vectors, dtype=float)
    limit = limit or float(np.abs(values).max()) or 1.0
    way: Any = np.asarray(direction, dtype=float)
    return VGroup(
        *(
            VectorColumn(vector, cell, limit, style).next_to(box, way, buff=buff)
            for vector, box in zip(values, above, strict=True)
        )
    )


def _checked(values: ArrayLike) -> FloatArray:
    vector = np.array(values, dtype=float)
    if vector.ndim != 1 or not len(vector) or not np.isfinite(vector).all():
        raise ValueError(f"a column shows finite numbers of shape (n,), not {vector.shape}")
    return vector
