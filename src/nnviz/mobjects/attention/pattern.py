"""Attention patterns: how much each token takes from each other one."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, Literal, Self

import numpy as np
from manim import DOWN, RIGHT, Animation, Circle, ManimColor, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz import words
from nnviz.mobjects.charts.labelled_grid import LabelledGrid
from nnviz.mobjects.network.matrix_cells import height_in_cells
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.group_parts import Bearer, State
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.painting import ChangeValue
from nnviz.mobjects.primitives.token_texts import query_and_key_texts

__all__ = ["AttentionHeads", "AttentionPattern", "checked_pattern"]

FloatArray = NDArray[np.float64]

#: Diameter of a dot of weight 1, as a share of a cell's side.
_LARGEST_DOT = 0.92
#: The share of the text's colour in cells that a query does not see, and below dots.
_HIDDEN = 0.13
#: Least height of numbers in cells, in scene units.
_LEAST_NUMBER = 0.07
#: The curves of a circle of radius 1.
_CIRCLE = Circle(radius=1).points


def checked_pattern(pattern: ArrayLike, axes: int, what: str = "a pattern") -> FloatArray:
    """Return a pattern as an array; anything else is an error.

    Parameters
    ----------
    pattern : array_like
        Shape (queries, keys), or (heads, queries, keys).
    axes : int
        Required number of axes.
    what : str, optional
        What it is, for the error.

    Raises
    ------
    ValueError
        If it has another shape, or a row is no distribution: weights from 0 to 1 that add up to 1.
    """
    values = np.array(pattern, dtype=float)
    shapes = {2: "(queries, keys)", 3: "(heads, queries, keys)"}
    if values.ndim != axes or not values.size:
        hint = "; of several heads choose one, pattern[0]" if values.ndim == 3 else ""
        raise ValueError(f"{what} has shape {shapes[axes]}, not {values.shape}{hint}")
    if not (values >= 0).all() or not np.allclose(values.sum(axis=-1), 1, atol=1e-3):
        sums = values.sum(axis=-1)
        place = np.unravel_index(int(np.nanargmax(np.abs(sums - 1))), sums.shape)
        raise ValueError(
            f"{what} has weights from 0 to 1 which add up to 1 for every query, as a softmax gives "
            f"them: at {tuple(int(k) for k in place)} they add up to {sums[place]:.4g}, and the "
            f"least is {values.min():.4g}"
        )
    return values


class _Dots(Bearer):
    """Circles, all in one path."""


class AttentionPattern(LabelledGrid):
    """How much each token takes from each other one, as dots or as shaded cells.

    A row is a token that asks, a column one that is seen; the weights of a row add up to 1. A dot's
    area is its weight. What a query does not see, as a mask hides it, is grey.

    Parameters
    ----------
    pattern : array_like, optional
        Shape (queries, keys): ``forward["block0.attention.pattern"][0]``, of any model.
    tokens : object, optional
        One a query, and if `keys` is None one a key: a text, whose characters they are, or a
        sequence of texts or numbers. Nothing is written if None.
    keys : object, optional
        Tokens that are seen, where they are others, as in cross-attention.
    view : {"dots", "cells"}, optional
        "dots" or "cells".
    size : float, optional
        Length of the longer side, in scene units.
    numbers : bool, optional
        Whether weights are written into the cells, with two decimals.
    title : str, optional
        What stands above.
    hidden : array_like, optional
        Booleans (queries, keys): what a mask hides. If None, all that comes after a query, where
        every such weight is exactly 0.
    color : object, optional
        Colour of dots and of cells of weight 1; by default that of positive weights of a network.
    style : NetworkStyle, optional
        Colours and writing.

    Raises
    ------
    ValueError
        If the rows are no distributions, the shapes do not fit, or numbers would be too small.

    Examples
    --------
    >>> pattern = AttentionPattern([[1, 0], [0.25, 0.75]], ["to", " be"])
    >>> pattern.pattern[1].tolist()
    [0.25, 0.75]
    """

    pattern: State[FloatArray] = State()

    def __init__(
        self,
        pattern: ArrayLike,
        tokens: Any = None,
        keys: Any = None,
        *,
        view: Literal["dots", "cells"] = "dots",
        size: float = 4.0,
        numbers: bool = False,
        title: str = "",
        hidden: ArrayLike | None = None,
        color: Any = None,
        style: NetworkStyle | None = None,
    ) -> None:
        style = NetworkStyle() if style is None else style
        values = checked_pattern(pattern, 2)
        if view not in ("dots", "cells"):
            raise ValueError(f"view is 'dots' or 'cells', not {view!r}")
        if numbers and view == "dots":
            raise ValueError("numbers stand in cells: view='cells'")
        self.view = view
        self.color_of_weights = ManimColor(style.positive_color if color is None else color)
        self._hidden = _hidden(values) if hidden is None else np.array(hidden, dtype=bool)
        if self._hidden.shape != values.shape:
            raise ValueError(f"hidden has shape {self._hidden.shape}, the pattern {values.shape}")
        rows, columns = values.shape
        asked, seen = query_and_key_texts(tokens, keys, rows, columns)
        super().__init__((rows, columns), asked, seen, size, title, style)
        if numbers:
            height = height_in_cells(self.cell, np.array([1.0]), 2, style)
            if height < _LEAST_NUMBER:
                raise ValueError(
                    f"numbers of {columns} keys would be {height:.3f} high, which nobody can read: "
                    "make the pattern larger (size), or leave them out"
                )
            self.grid.add_numbers(height, 2)
        if view == "dots":
            dots = _Dots(fill_color=self.color_of_weights, fill_opacity=1, stroke_width=0)
            self[4].add(dots)
        self.show_pattern(values)

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """What a query does not see, shape (queries, keys)."""
        return self._hidden

    @property
    def dots(self) -> VMobject | None:
        """All dots, as one path; None where cells are shown."""
        return next(iter(self[4].submobjects), None)

    def show_pattern(self, pattern: ArrayLike) -> Self:
        """Show another pattern of the same shape; ``.animate.show_pattern`` goes there smoothly.

        Parameters
        ----------
        pattern : array_like
            Shape (queries, keys).
        """
        values = checked_pattern(pattern, 2)
        if values.shape != self.grid.shape:
            raise ValueError(f"the pattern has shape {values.shape}, not {self.grid.shape}")
        self._draw(values)
        self.pattern = values
        return self

    @animation_for(show_pattern)
    def _animate_pattern(
        self, pattern: ArrayLike, anim_args: dict[str, Any] | None = None
    ) -> Animation:
        values, options = checked_pattern(pattern, 2), anim_args or {}
        return ChangeValue(self, "pattern", values, self.show_pattern, self._draw, **options)

    def _draw(self, values: FloatArray) -> None:
        """Draw weights, which on the way from one pattern to another need not add up to 1."""
        style = self.style
        ground, ink = style.behind.to_rgb(), ManimColor(style.text_color).to_rgb()
        full = self.color_of_weights.to_rgb()
        shares = values if self.view == "cells" else np.zeros_like(values)
        colors = ground + shares[..., None] * (full - ground)
        colors[self._hidden] = ground + _HIDDEN * (ink - ground)
        self.grid.show_values(values, colors, ~self._hidden, counts_padding=False)
        dots: Any = self.dots
        if dots is not None:
            radii = 0.5 * _LARGEST_DOT * self.cell * np.sqrt(values.clip(0, 1))
            radii[self._hidden] = 0
            circles = self.middles()[:, :, None] + radii[..., None, None] * _CIRCLE
            dots.points = circles[~self._hidden].reshape(-1, 3)


def _hidden(values: FloatArray) -> NDArray[np.bool_]:
    """Return what comes after each query, if all of that has no weight."""
    after = np.triu(np.ones(values.shape, dtype=bool), 1)
    is_causal = values.shape[0] == values.shape[1] > 1 and not values[after].any()
    return after if is_causal else np.zeros_like(after)


class AttentionHeads(ShownInNotebooks, VGroup):
    """The patterns of all heads, as small multiples.

    Parameters
    ----------
    patterns : array_like
        Shape (heads, queries, keys): ``forward["block0.attention.pattern"]``.
    tokens, keys : object, optional
        As for `AttentionPattern`.
    columns : int, optional
        Number of patterns side by side; all, up to four, if None.
    size : float, optional
        Length of the longer side of each, in scene units.
    titles : sequence of str, optional
        What stands above each; "head 1" and so on if None.
    buff : float, optional
        The gap between two.
    view : str, optional
        "dots" or "cells".
    numbers : bool, optional
        Whether weights are written into the cells, with two decimals.
    hidden : array_like, optional
        Booleans (queries, keys): what a mask hides, in all heads, as for `AttentionPattern`.
    color : object, optional
        Colour of dots and of cells of weight 1; by default that of positive weights of a network.
    style : NetworkStyle, optional
        Colours and writing.

    Raises
    ------
    ValueError
        As by `AttentionPattern`, or if there are not as many titles as heads.
    """

    def __init__(
        self,
        patterns: ArrayLike,
        tokens: Any = None,
        keys: Any = None,
        *,
        columns: int | None = None,
        size: float = 2.4,
        titles: Sequence[str] | None = None,
        buff: float = 0.4,
        view: Literal["dots", "cells"] = "dots",
        numbers: bool = False,
        hidden: ArrayLike | None = None,
        color: Any = None,
        style: NetworkStyle | None = None,
    ) -> None:
        values = checked_pattern(patterns, 3, "a stack of patterns")
        count = len(values)
        if titles is None:
            titles = [words.word("head", number=k + 1) for k in range(count)]
        if len(titles) != count:
            raise ValueError(f"{len(titles)} titles are given for {count} heads: one each")
        super().__init__(
            *(
                AttentionPattern(
                    one,
                    tokens,
                    keys,
                    view=view,
                    size=size,
                    numbers=numbers,
                    title=title,
                    hidden=hidden,
                    color=color,
                    style=style,
                )
                for one, title in zip(values, titles, strict=True)
            )
        )
        columns = min(count, 4) if columns is None else columns
        rows = [
            VGroup(*self[k * columns : (k + 1) * columns]) for k in range(ceil(count / columns))
        ]
        for row in rows:
            row.arrange(RIGHT, buff=buff)
        VGroup(*rows).arrange(DOWN, buff=buff)
        for row in rows:
            row.align_to(rows[0], RIGHT * -1)
        self.center()

    @property
    def pattern(self) -> FloatArray:
        """All that is shown, shape (heads, queries, keys)."""
        shown: Any = self.submobjects
        return np.stack([one.pattern for one in shown])

    def show_pattern(self, patterns: ArrayLike) -> Self:
        """Show other patterns of the same shape.

        Parameters
        ----------
        patterns : array_like
            Shape (heads, queries, keys).
        """
        values = checked_pattern(patterns, 3, "a stack of patterns")
        if len(values) != len(self):
            raise ValueError(f"{len(values)} patterns are given for {len(self)} heads")
        one: Any
        for one, pattern in zip(self, values, strict=True):
            one.show_pattern(pattern)
        return self
