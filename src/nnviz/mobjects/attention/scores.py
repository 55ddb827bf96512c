"""The grid of scores: dot products of queries and keys, scaled, masked, and the softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, get_args

import numpy as np
from manim import ManimColor
from numpy.typing import NDArray

from nnviz import words
from nnviz.mobjects.charts.labelled_grid import LabelledGrid
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.matrix_cells import cell_colors, height_in_cells
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.contrast import readable
from nnviz.mobjects.primitives.group_parts import State
from nnviz.mobjects.primitives.pixel_image import signed_colors
from nnviz.mobjects.primitives.token_texts import query_and_key_texts
from nnviz.mobjects.primitives.writing import as_formula, plain_signs
from nnviz.network import AttentionHead

__all__ = ["STAGES", "ScoreGrid", "Stage"]

FloatArray = NDArray[np.float64]
Stage = Literal["products", "scores", "masked", "pattern"]
#: What a grid goes through, in order.
STAGES: tuple[Stage, ...] = get_args(Stage)
#: Least height of numbers, in scene units; how much of the ink is in hidden cells,
#: and how opaque the zeros of the pattern are there.
_LEAST_NUMBER, _HIDDEN, _FAINT = 0.07, 0.13, 0.4


class ScoreGrid(LabelledGrid):
    """The way of one head from queries and keys to its pattern, as a grid of numbers.

    It goes through stages: "products", the dot products of queries and keys; "scores", those
    scaled; "masked", minus infinity where a query does not see a key; "pattern", the softmax of
    each row. Cells are coloured by sign and size, the largest of a stage with the full colour, and
    those of the pattern as in `AttentionPattern`.

    Parameters
    ----------
    head : AttentionHead
        What the head computed: :func:`nnviz.network.attention_head`.
    tokens, keys : object, optional
        As for `AttentionPattern`.
    stage : Stage or None, optional
        Stage that is shown at first, or None for nothing.
    size : float, optional
        Length of the longer side, in scene units.
    numbers : bool, optional
        Whether numbers are written: None where they can be read.
    title : bool, optional
        Whether the stage's name stands above.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    values : NDArray
        What is shown, shape (queries, keys); minus infinity where a mask hides it.
    filled : NDArray
        Opacity of each cell, from 0 to 1, shape (queries, keys).
    """

    values: State[FloatArray] = State()
    filled: State[FloatArray] = State()

    def __init__(
        self,
        head: AttentionHead,
        tokens: Any = None,
        keys: Any = None,
        *,
        stage: Stage | None = "products",
        size: float = 4.5,
        numbers: bool | None = None,
        title: bool = True,
        style: NetworkStyle | None = None,
    ) -> None:
        style = NetworkStyle() if style is None else style
        self.head = head
        rows, columns = head.scores.shape
        asked, seen = query_and_key_texts(tokens, keys, rows, columns)
        names = {one: words.word(f"attention_{one}") for one in STAGES} if title else {}
        self._names = names
        super().__init__((rows, columns), asked, seen, size, names.get("products", ""), style)
        every = np.concatenate([self.head.products.ravel(), self.head.scores.ravel()])
        height = height_in_cells(self.cell, every, 1, style)
        if numbers is None:
            numbers = height >= _LEAST_NUMBER
        elif numbers and height < _LEAST_NUMBER:
            raise ValueError(
                f"numbers of {columns} keys would be {height:.3f} high, which nobody can read: "
                "make the grid larger (size), or leave them out"
            )
        if numbers:
            height = min(height, height_in_cells(self.cell, np.array([1.0]), 2, style))
            self.grid.add_numbers(height, 1)
            for i, j in zip(*np.nonzero(head.hidden), strict=True):
                sign = Lettering(style.text_color, (0, 0), style.writing)
                text = as_formula(r"-\infty", "−∞", style.writing)
                self[4].add(sign.say(text, self.grid.middle(i, j), 0.8 * height))
        self.show_stage("products" if stage is None else stage)
        if stage is None:
            self.show_cells(self.values, np.zeros((rows, columns)))

    def of_stage(self, stage: Stage) -> FloatArray:
        """Return the values of a stage, shape (queries, keys)."""
        if stage not in STAGES:
            raise ValueError(f"a stage is one of {', '.join(STAGES)}, not {stage!r}")
        values: FloatArray = getattr(self.head, stage)
        return values

    def show_stage(self, stage: Stage) -> Self:
        """Show all cells of a stage.

        Parameters
        ----------
        stage : Stage
            "products", "scores", "masked" or "pattern".
        """
        self.name_stage(stage)
        return self.show_cells(self.of_stage(stage), np.ones(self.grid.shape), stage)

    def name_stage(self, stage: Stage) -> Self:
        """Write the name of a stage above, if there is a title."""
        title = self.title
        if isinstance(title, Lettering):
            text = plain_signs(self._names[stage], self.style.writing)
            height = title.width / title.width_of(title.text, 1.0)
            title.say(text, title.anchor(), height)
        return self

    def show_unmasked(self) -> Self:
        """Show what the pattern would be without a mask: `AttentionHead.unmasked`."""
        self.name_stage("pattern")
        rows = len(self.head.scores)
        ones = np.ones(self.grid.shape)
        return self.show_cells(self.head.unmasked, ones, "pattern", masked=np.zeros(rows))

    def show_cells(
        self,
        values: FloatArray,
        filled: FloatArray,
        stages: Stage | Sequence[Stage] = "products",
        limits: Sequence[float] | None = None,
        masked: FloatArray | None = None,
    ) -> Self:
        """Show any values: an animation's way from one stage to the next.

        Parameters
        ----------
        values : ndarray of float
            Shape (queries, keys); minus infinity is written so.
        filled : ndarray of float
            Opacity of each cell, from 0 to 1.
        stages : Stage or sequence of Stage, optional
            Whose colours and decimals are used: one for all, or one a row.
        limits : sequence of float, optional
            The size of value that has the full colour, one a row; those of the stages if None.
        masked : ndarray of float, optional
            How grey the cells of a pattern are that a mask hides, from 0 to 1, one a row; all 1 if
            None.
        """
        rows, columns = self.grid.shape
        by_row: Any = [stages] * rows if isinstance(stages, str) else list(stages)
        is_hidden = np.isneginf(values)
        is_last = np.array([[stage == "pattern"] for stage in by_row])
        is_grey = is_hidden | (self.head.hidden & is_last)
        finite = np.where(is_hidden, 0.0, values)
        style = self.style
        ground, ink = style.behind.to_rgb(), ManimColor(style.text_color).to_rgb()
        colors = np.concatenate(
            [
                self._colors(row[None], stage, limit)
                for row, stage, limit in zip(
                    finite, by_row, limits or map(self.limit_of, by_row), strict=True
                )
            ]
        )
        greys = np.ones(colors.shape[:2]) if masked is None else masked[:, None] + 0 * finite
        greys = np.where(is_hidden, 1.0, greys)
        mixed = greys[is_grey][:, None]
        colors[is_grey] = (1 - mixed) * colors[is_grey] + mixed * (
            ground + _HIDDEN * (ink - ground)
        )
        colors = ground + filled[..., None] * (colors - ground)
        self.grid.image.set_image(colors, channel_axis=2)
        seen = filled * ~is_hidden * np.where(is_grey, 1 + greys * (_FAINT - 1), 1.0)
        number: Any
        for k, number in enumerate(self.grid.numbers):
            i, j = divmod(k, columns)
            decimals = 2 if by_row[i] == "pattern" else 1
            value = float(finite[i, j])
            shown = value if abs(value) >= 0.5 * 10.0**-decimals else 0.0
            if number.number != shown or number.num_decimal_places != decimals:
                number.num_decimal_places = decimals
                number.set_value(shown)
            number.set_color(readable(ManimColor(colors[i, j]))).set_fill(opacity=seen[i, j])
        for sign, (i, j) in zip(self[4], np.argwhere(self.head.hidden), strict=False):
            sign.set_fill(opacity=float(filled[i, j] * is_hidden[i, j]))
        self.values, self.filled = values, filled
        return self

    def limit_of(self, stage: Stage) -> float:
        """Return the size of value that has the full colour in a stage."""
        if stage == "pattern":
            return 1.0
        largest = np.abs(self.head.products if stage == "products" else self.head.scores).max()
        return float(largest) or 1.0

    def _colors(self, values: FloatArray, stage: Stage, limit: float) -> FloatArray:
        style = self.style
        if stage == "pattern":
            return signed_colors(values, limit, style.positive_color, neutral=style.behind)
        return cell_colors(values, limit, style)
