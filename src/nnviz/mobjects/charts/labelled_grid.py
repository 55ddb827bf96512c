"""Grids of cells with tokens on two sides."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, UP, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.matrix_cells import CellGrid
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.token_texts import without_markup
from nnviz.mobjects.primitives.writing import plain_signs

__all__ = ["LabelledGrid"]

#: Most height of a digit, and the gap between tokens and cells, as shares of a cell's side.
_DIGIT, _GAP = 0.48, 0.2
#: Heights of digits, in scene units: a token's at most; a title's over the size, least, most.
_MOST, _TITLE, _LEAST_TITLE, _MOST_TITLE = 0.26, 0.065, 0.12, 0.24


class LabelledGrid(ShownInNotebooks, VGroup):
    """Cells with the tokens that ask at the left, a row each, and those that are seen above.

    Parameters
    ----------
    shape : (int, int)
        Number of queries, number of keys.
    queries, keys : list of str
        Names at the left and above, or nothing.
    size : float or (float, float)
        Length of the longer side of the cells, which are squares then, or their width and height
        together, in scene units.
    title : str
        What stands above all.
    style : NetworkStyle
        Colours and writing.
    """

    query_words: Part[VGroup] = Part(1, doc="The tokens at the left.")
    key_words: Part[VGroup] = Part(2, doc="The tokens above.")
    title: Part[VMobject] = Part(3, doc="What stands above all.")
    grid: Part[CellGrid] = Part(0, doc="The cells.")

    def __init__(
        self,
        shape: tuple[int, int],
        queries: list[str],
        keys: list[str],
        size: float | tuple[float, float],
        title: str,
        style: NetworkStyle,
    ) -> None:
        self.style = style
        rows, columns = shape
        if isinstance(size, tuple):
            wide, cell = size[0] / columns, size[1] / rows
        else:
            wide = cell = size / max(rows, columns)
        grid = CellGrid(rows, columns, cell, style)
        if wide != cell:
            grid.stretch(wide / cell, 0)
        super().__init__(grid, VGroup(), VGroup(), VMobject(), VGroup())
        height = min(_DIGIT * cell, _MOST)
        for k, text in enumerate(queries):
            at = grid.middle(k, 0) + (0.5 * wide + _GAP * cell) * LEFT
            self.query_words.add(self._word(text, at, height, (1, 0)))
        height = min(height, _DIGIT * wide)
        words = [self._word(text, (0, 0, 0), height, (0, 0)) for text in keys]
        upright = all(word.width < 0.95 * wide for word in words)
        for k, text in enumerate(keys):
            above = grid.middle(0, k) + (0.5 + _GAP) * cell * UP
            align = (0, -1) if upright else (-1, 0)
            self.key_words.add(self._word(text, above, height, align, upwards=not upright))
        if title:
            top = max(self.get_top()[1], grid.get_top()[1])
            at = np.array([grid.get_center()[0], top + 0.12, 0.0])
            high = min(max(_TITLE * max(wide * columns, cell * rows), _LEAST_TITLE), _MOST_TITLE)
            word = Lettering(style.text_color, (0, -1), style.writing)
            word.say(plain_signs(title, style.writing), at, high)
            self.submobjects[3] = word.shift(0.6 * high * UP)

    def _word(
        self,
        text: str,
        at: ArrayLike,
        height: float,
        align: tuple[float, float],
        *,
        upwards: bool = False,
    ) -> Lettering:
        writing = without_markup(self.style.writing)
        word = Lettering(self.style.text_color, align, writing, upwards=upwards)
        return word.say(text, at, height)

    @property
    def bearer(self) -> Any:
        """The mobject that bears the values shown."""
        return self.submobjects[0].image if self.submobjects else None

    @property
    def cell_size(self) -> tuple[float, float]:
        """Width and height of a cell as they are now, in scene units."""
        first, right, down, _ = self.grid.image.corners()
        rows, columns = self.grid.shape
        width, height = np.linalg.norm(right - first), np.linalg.norm(down - first)
        return float(width) / columns, float(height) / rows

    @property
    def cell(self) -> float:
        """The shorter side of a cell as it is now, in scene units."""
        return min(self.cell_size)

    def middles(self) -> NDArray[np.float64]:
        """Return the middles of all cells, shape (queries, keys, 3)."""
        rows, columns = self.grid.shape
        return np.array([[self.grid.middle(i, j) for j in range(columns)] for i in range(rows)])
