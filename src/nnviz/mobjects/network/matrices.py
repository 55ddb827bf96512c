"""Matrices on screen, such as sequences of vectors, and sequences of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import Animation, ManimColor, Square, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.network.layer_mobjects import LayerMobject, Range, Shown, shortened, three_dots
from nnviz.mobjects.network.maps import framed
from nnviz.mobjects.network.matrix_cells import lines_between
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.group_parts import Bearer, Part
from nnviz.mobjects.primitives.painting import FILL, PIXELS, AtItsTurn
from nnviz.mobjects.primitives.pixel_image import PixelImage, signed_colors
from nnviz.mobjects.primitives.quick_copies import CopiesQuickly

__all__ = ["MatrixLayer", "TokenLayer"]

#: Side of a cell over a neuron's radius; opacity of the lines between cells.
_CELL, _LINE_OPACITY = 0.6, 0.35
#: Side of a token's square over a neuron's radius, the gap to the next one, and a digit's height
#: over that side.
_TOKEN, _TOKEN_BUFF, _DIGIT = 1.6, 0.25, 0.4
#: Most width of a number, as a share of a square's.
_TOKEN_SHARE = 0.85


class MatrixLayer(LayerMobject):
    """A matrix as cells, coloured by the sign and the size of its values; its rows are tokens.

    A large matrix shows its first and last rows and columns, with dots between. Values of
    more axes are shown as a matrix whose columns are the last one.

    Parameters
    ----------
    shape : tuple of int
        Shape of two axes or more.
    style : NetworkStyle
        Style of the picture.
    values : Range, optional
        Range of its activations.
    max_shown : int, optional
        Most rows shown; of columns, three quarters of that.
    limit : float, optional
        The activation shown as full, if that does not follow from `values`.

    Attributes
    ----------
    shown_rows, shown_columns
        Which are shown, from 0.
    """

    what = "a matrix"

    cells: Part[PixelImage] = Part(0, 0, 0, doc="The cells, as one image.")

    def __init__(
        self,
        shape: tuple[int, ...],
        style: NetworkStyle,
        values: Range = Range(0.0, 1.0),  # noqa: B008 (a value)
        max_shown: int = 16,
        limit: float | None = None,
    ) -> None:
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        self.shown_rows = shortened(rows, max_shown)
        self.shown_columns = shortened(columns, max(2, 3 * max_shown // 4))
        self._gaps = tuple(
            len(shown) // 2 + len(shown) % 2 if len(shown) < count else None
            for shown, count in ((self.shown_rows, rows), (self.shown_columns, columns))
        )
        cell = _CELL * style.neuron_radius
        size = [
            (len(shown) + (gap is not None)) * cell
            for shown, gap in zip((self.shown_rows, self.shown_columns), self._gaps, strict=True)
        ]
        picture = framed(self._image(np.zeros((rows, columns)), style), (size[0], size[1]), style)
        color = ManimColor(style.neuron_stroke_color)
        rows, columns = (round(side / cell) for side in size)
        across, along = (np.arange(1, n)[:, None] / n for n in (columns, rows))
        lines = EdgeArray(*lines_between(picture[0].corners(), across, along), color, 0.5)
        picture.add(lines.set_stroke(opacity=_LINE_OPACITY))
        super().__init__(VGroup(picture), shape, np.arange(1), style, values, limit)
        self._add_dots(cell)

    def cell_of(self, unit: Sequence[int]) -> tuple[int, int] | None:
        """Return the row and the column of a unit's cell in `cells`; None if it is not shown.

        Parameters
        ----------
        unit : sequence of int
            Its index, of as many numbers as the shape has.
        """
        row = int(np.ravel_multi_index(tuple(unit[:-1]), self.shape[:-1]))
        places = []
        for shown, gap, at in zip(
            (self.shown_rows, self.shown_columns), self._gaps, (row, unit[-1]), strict=True
        ):
            (found,) = np.nonzero(shown == at)
            if not len(found):
                return None
            place = int(found[0])
            places.append(place + (gap is not None and place >= gap))
        return places[0], places[1]

    @property
    def outlines(self) -> list[VMobject]:
        """The frame around it."""
        frame = self.body[0].submobjects[1]
        assert isinstance(frame, VMobject)
        return [frame]

    @property
    def painted(self) -> tuple[list[VMobject], tuple[str, ...]]:
        """The cells."""
        return [self.cells], PIXELS

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of all values, shape (1,)."""
        return np.array([values.sum()])

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        shown = fractions.reshape(-1, self.shape[-1])
        self.cells.set_image(self._image(shown, self.style).image, channel_axis=2)

    def _image(self, fractions: NDArray[np.float64], style: NetworkStyle) -> PixelImage:
        """Return an image of all cells shown, with an empty row and column where some are not."""
        cells = fractions[np.ix_(self.shown_rows, self.shown_columns)]
        colors = signed_colors(cells, 1.0, style.neuron_fill_color, style.negative_fill_color)
        for axis, gap in enumerate(self._gaps):
            if gap is not None:
                background = style.behind.to_rgb()
                colors = np.insert(colors, gap, background, axis=axis)
        return PixelImage(colors, channel_axis=2)

    def _add_dots(self, cell: float) -> None:
        """Put dots into the middle of the rows and the columns that stand for others."""
        low, height = self.cells.corners()[2], self.cells.height
        counts = [len(self.shown_rows), len(self.shown_columns)]
        for axis, gap in enumerate(self._gaps):
            if gap is None:
                continue
            dots = three_dots(self.style, is_vertical=axis == 0)
            dots.scale(min(1.0, 0.8 * cell / max(dots.height, dots.width)))
            place = (gap + 0.5) * cell
            middle = (counts[1 - axis] + (self._gaps[1 - axis] is not None)) * cell / 2
            x, y = (middle, height - place) if axis == 0 else (place, height - middle)
            self.dots.add(dots.move_to(low + np.array([x, y, 0.0])))


class _Token(Bearer, CopiesQuickly, Square):
    """The square around a token's number."""


class TokenLayer(LayerMobject):
    """A sequence of integers, such as tokens, as numbers in squares.

    Parameters
    ----------
    size : int
        Length of the sequence.
    style : NetworkStyle
        Style of the picture.
    max_shown : Shown, optional
        Most numbers shown.
    """

    what = "tokens"

    def __init__(self, size: int, style: NetworkStyle, max_shown: Shown = 16) -> None:
        shown = shortened(size, max_shown)
        side = _TOKEN * style.neuron_radius
        squares = VGroup(
            *(
                _Token(
                    side,
                    stroke_color=style.neuron_stroke_color,
                    stroke_width=0.5 * style.neuron_stroke_width,
                )
                for _ in shown
            )
        )
        super().__init__(squares, (size,), shown, style, Range(None, None))
        if len(shown) < size:
            self.dots.add(three_dots(style))
        self.mark.add(*(number_of(0.0, 0, _DIGIT * side, style) for _ in shown))
        self.spread(_TOKEN_BUFF * style.neuron_radius)
        self.empty()

    @property
    def outlines(self) -> list[VMobject]:
        """Nothing: integers have no derivatives."""
        return []

    @property
    def painted(self) -> tuple[list[VMobject], tuple[str, ...]]:
        """Nothing: what changes is numbers."""
        return [], FILL

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return no sums, as integers have no derivatives."""
        return np.empty(0)

    def fractions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the numbers themselves."""
        return values

    def change_to(self, activations: ArrayLike | None, **kwargs: Any) -> Animation:
        """Return an animation in which the numbers become others half way."""
        shown = None if activations is None else self.checked(activations, "tokens")
        return _ShowTokens(self, shown, **kwargs)

    def spread(self, buff: float) -> Self:
        """Put the squares at another distance, in scene units."""
        parts = list(self.body)
        if self.dots:
            parts.insert(self.dots_after, self.dots)
        VGroup(*parts).arrange(self.style.across, buff=buff)
        for square, number in zip(self.body, self.mark, strict=True):
            number.move_to(square)
        return self

    def _words(self) -> str:
        return f"{self.size} tokens"

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        shown: Any
        for shown, square, value in zip(
            self.mark, self.body, fractions[self.shown_units], strict=True
        ):
            if shown.number != value:
                shown.set_value(float(value))
            shown.scale(_DIGIT * square.height / shown.height)
            shown.scale(min(1.0, _TOKEN_SHARE * square.width / shown.width)).move_to(square)
            shown.set_fill(opacity=float(self.activations is not None))


class _ShowTokens(AtItsTurn):
    """A sequence changes to other tokens."""

    def __init__(
        self, layer: TokenLayer, tokens: NDArray[np.float64] | None, **kwargs: Any
    ) -> None:
        self._layer, self._tokens = layer, tokens
        super().__init__(layer, **kwargs)

    def show(self, share: float) -> None:
        """Show the new numbers from half way on."""
        if share < 0.5:
            return
        if self._tokens is None:
            self._layer.empty()
        else:
            self._layer.show_activations(self._tokens)
