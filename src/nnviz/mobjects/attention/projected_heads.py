"""The heads of one token: their columns, put side by side, times the output matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, Rectangle, VGroup
from numpy.typing import NDArray

from nnviz import words
from nnviz.mobjects.attention.vector_column import VectorColumn
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.matrix_cells import CellGrid, cell_colors
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.token_texts import without_markup
from nnviz.network import AttentionOutput

__all__ = ["ProjectedHeads"]

FloatArray = NDArray[np.float64]

#: Width of a column, the gap between heads side by side, and between what stands beside one
#: another, in scene units.
_COLUMN, _BESIDE, _GAP = 0.28, 1.0, 0.5
#: Height of a digit in titles, and how far they stand above or beside, in scene units.
_DIGIT, _ABOVE = 0.17, 0.14
#: Height of a digit as large as the signs between them.
_SIGN = 0.26


class ProjectedHeads(ShownInNotebooks, VGroup):
    """Attention's output for one token: the columns of its heads, times a matrix.

    The columns of the heads stand side by side at the left, the output matrix and its biases in the
    middle, and what is added to the stream at the right, where it is still empty.
    `ConcatenateHeads` stacks the columns to one, and `ProjectHeads` computes what is added. A row
    of the matrix is as high as the number that it gives.

    Parameters
    ----------
    found : AttentionOutput
        What was computed: :func:`nnviz.network.attention_output`.
    token : int, optional
        For which token; the last one by default.
    height : float, optional
        Height of the heads one above the other, in scene units.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    found : AttentionOutput
        What was computed.
    token : int
        For which token, from 0.
    """

    heads: Part[VGroup] = Part(0, doc="A column a head.")
    titles: Part[VGroup] = Part(1, doc="The names of the heads.")
    matrix: Part[CellGrid] = Part(2, doc="The weights of the output layer.")
    biases: Part[VectorColumn] = Part(3, doc="The biases of the output layer.")
    added: Part[VectorColumn] = Part(4, doc="What is added to the stream; 0 before it is computed.")
    band: Part[Rectangle] = Part(
        7, doc="The frame around the row of the matrix that is being read."
    )

    def __init__(
        self,
        found: AttentionOutput,
        token: int = -1,
        *,
        height: float = 4.0,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        self.found, self.token = found, range(len(found.out))[token]
        mixed, out = found.heads[:, self.token], found.out[self.token]
        self._cell = height / mixed.size
        limit = max(float(np.abs(found.biases).max()), float(np.abs(out).max()))
        biases, added = self._column(found.biases, limit), self._column(np.zeros(len(out)), limit)
        matrix = CellGrid(len(out), mixed.size, self._cell, self.style)
        limit = float(np.abs(found.weights).max()) or 1.0
        matrix.image.set_image(cell_colors(found.weights, limit, self.style), channel_axis=2)
        names = [words.word("head", number=k + 1) for k in range(len(mixed))]
        word = Lettering(self.style.text_color, (0, 0), without_markup(self.style.writing))
        named = max(word.width_of(name, _DIGIT) for name in names)
        heads = VGroup(*(self._column(one, float(np.abs(mixed).max())) for one in mixed))
        heads.arrange(RIGHT, buff=max(_BESIDE - _COLUMN, named + _ABOVE - _COLUMN))
        # Between heads and matrix there has to be room for the stack and its names.
        x = heads.get_right()[0] + named + 2 * _ABOVE + _COLUMN + 2 * _GAP
        texts = [words.word(key) for key in ("attention_output", "bias", "attention_added")]
        for one, text in zip((matrix, biases, added), texts, strict=True):
            half = max(one.width, word.width_of(text, _DIGIT)) / 2
            one.move_to((x + half, 0, 0))
            x += 2 * half + _GAP
        titles, labels = (
            VGroup(
                *(
                    self._word(text, one.get_top() + _ABOVE * UP, (0, -1))
                    for text, one in zip(called, parts, strict=True)
                )
            )
            for called, parts in ((names, heads), (texts, (matrix, biases, added)))
        )
        signs = VGroup(
            *(
                self._word(sign, (one.get_right() + other.get_left()) / 2, (0, 0), _SIGN)
                for sign, one, other in (("+", matrix, biases), ("=", biases, added))
            )
        )
        band = Rectangle(
            width=matrix.width,
            height=self._cell,
            stroke_color=self.style.highlight_color,
            stroke_width=stroke(3),
            stroke_opacity=0,
        ).move_to(matrix.get_top())
        super().__init__(heads, titles, matrix, biases, added, labels, signs, band)
        self.center()

    @property
    def projection(self) -> VGroup:
        """All but the heads and their names: matrix, biases, what is added, and words."""
        return VGroup(*self[2:])

    @property
    def merged(self) -> FloatArray:
        """The columns of the heads, one after the other, shape (heads * features,)."""
        heads: Any = list(self.heads)
        return np.concatenate([head.values for head in heads])

    def slots(self) -> FloatArray:
        """Return the middles of the heads where they are stacked, shape (heads, 3)."""
        grid = self.matrix
        heads: Any = list(self.heads)
        x = grid.get_left() + _GAP * LEFT + heads[0].width / 2 * LEFT
        high = heads[0].height
        top = grid.get_center() + (len(heads) * high / 2) * UP
        return np.array([(x[0], top[1] - (k + 0.5) * high, 0.0) for k in range(len(heads))])

    def _column(self, values: FloatArray, limit: float) -> VectorColumn:
        column = VectorColumn(values, self._cell, limit, self.style)
        column.stretch_to_fit_width(_COLUMN)
        return column

    def _word(
        self, text: str, at: Any, align: tuple[float, float], height: float = _DIGIT
    ) -> Lettering:
        word = Lettering(self.style.text_color, align, without_markup(self.style.writing))
        return word.say(text, at, height)
