"""What a language model keeps for the next tokens: keys and values, a column a token."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np
from manim import DOWN, UP, ManimColor, VGroup
from numpy.typing import ArrayLike, NDArray

from nnviz import words
from nnviz.mobjects.attention.vector_column import VectorColumn
from nnviz.mobjects.charts.lettering import Lettering
from nnviz.mobjects.network.matrix_cells import cell_colors
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part, State
from nnviz.mobjects.primitives.notebook import ShownInNotebooks

__all__ = ["KeyValueCache"]

FloatArray = NDArray[np.float64]

#: Width of a column, as a share of a box's. In cells: the gap between keys and values. Opacity of
#: columns that are kept. Height of the words' digits, in scene units, and the gap beside them.
_WIDE, _BETWEEN, _KEPT = 0.7, 2.0, 0.5
_DIGIT, _BESIDE = 0.22, 0.2


class _KeysAndValues(Protocol):
    """What has keys and values, one vector a position."""

    @property
    def keys(self) -> FloatArray: ...
    @property
    def values(self) -> FloatArray: ...


class KeyValueCache(ShownInNotebooks, VGroup):
    """Keys and values that a language model keeps, a column a token: its key-value cache.

    Below each token stand its keys, and below those its values. What the last pass has computed is
    framed; what was kept from the passes before is dimmed.

    Parameters
    ----------
    head : AttentionHead
        Keys and values of one head: :func:`nnviz.network.cached_head`, or, of a pass over all
        positions, :func:`nnviz.network.attention_head`.
    row : object
        The tokens: a `TokenRow`, or a group whose members stand for them; one a position.
    cell : float, optional
        Height of a cell, in scene units.
    limits : (float, float), optional
        The sizes of key and of value that have the full colour. None: the largest ones there are
        now; further columns that are larger have the full colour, too.
    buff : float, optional
        Distance of the columns from the tokens, in scene units.
    title : bool, optional
        Whether "keys" and "values" is written at the left.
    style : NetworkStyle, optional
        Colours and writing.

    Attributes
    ----------
    kept : int
        Number of columns that were kept when the last pass was computed.
    limits : tuple of float
        As shown.

    Raises
    ------
    ValueError
        If there is not one token for each position.

    Examples
    --------
    >>> from nnviz import KeyValueCache, TokenRow, pretrained
    >>> from nnviz.network import cached_head
    >>> network = pretrained("sort")
    >>> cache = network.extend([3, 1, 4]).cache
    >>> head = cached_head(network, cache, "block0.attention")
    >>> KeyValueCache(head, TokenRow("314")).shown_keys.shape
    (3, 8)
    """

    kept: State[int] = State()

    keys: Part[VGroup] = Part(0, doc="A `VectorColumn` a token.")
    values: Part[VGroup] = Part(1, doc="A `VectorColumn` a token.")
    titles: Part[VGroup] = Part(2, doc="The words at the left, or nothing.")

    def __init__(
        self,
        head: _KeysAndValues,
        row: Any,
        *,
        cell: float = 0.12,
        limits: tuple[float, float] | None = None,
        buff: float = 0.2,
        title: bool = True,
        style: NetworkStyle | None = None,
    ) -> None:
        self.style = NetworkStyle() if style is None else style
        keys, values = _checked(head)
        largest = (float(np.abs(keys).max()), float(np.abs(values).max()))
        self.limits = largest if limits is None else limits
        self._cell, self._buff = float(cell), float(buff)
        super().__init__(VGroup(), VGroup(), VGroup())
        self._add(keys, values, row)
        if title:
            for group, name in zip((self.keys, self.values), ("keys", "values"), strict=True):
                word = Lettering(self.style.text_color, (1, 0), self.style.writing)
                at = group[0].get_left() - [_BESIDE, 0, 0]
                self.titles.add(word.say(words.word(name), at, _DIGIT))
        self.show_computed(0)

    @property
    def bearer(self) -> Any:
        """What bears the number of columns that were kept."""
        return self.submobjects[0][0].bearer if self.submobjects else None

    @property
    def shown_keys(self) -> FloatArray:
        """The keys that are shown, shape (length, features)."""
        columns: Any = self.keys
        return np.array([column.values for column in columns])

    @property
    def shown_values(self) -> FloatArray:
        """The values that are shown, shape (length, n_values)."""
        columns: Any = self.values
        return np.array([column.values for column in columns])

    def extend(self, head: _KeysAndValues, row: Any, kept: int | None = None) -> Self:
        """Show a further pass: some columns are kept, and all others computed.

        `ExtendCache` is the animation.

        Parameters
        ----------
        head : AttentionHead
            Keys and values of all positions, at least as many as are shown already.
        row : object
            The tokens, those of the further positions included.
        kept : int, optional
            Number of columns that are kept; all that are shown if None.

        Raises
        ------
        ValueError
            If columns that are kept have other keys or values, or more are to be kept than there
            are.
        """
        keys, values = _checked(head)
        count = len(self.keys)
        kept = count if kept is None else kept
        if not 0 <= kept <= count <= len(keys):
            raise ValueError(
                f"kept is how many of {count} columns are kept, for {len(keys)} positions, "
                f"not {kept}"
            )
        if not (
            _equal(keys[:kept], self.shown_keys[:kept])
            and _equal(values[:kept], self.shown_values[:kept])
        ):
            raise ValueError(
                f"the {kept} columns that are kept are not the first of these {len(keys)}: what "
                "is kept does not change; make another KeyValueCache for another text or head, "
                "or say kept=0 where all is computed again"
            )
        self._add(keys[count:], values[count:], row)
        column: Any
        for vectors, columns in ((keys, self.keys), (values, self.values)):
            for vector, column in zip(vectors[kept:count], columns[kept:count], strict=True):
                column.show_values(vector)
        return self.show_computed(kept)

    def show_computed(self, first: int) -> Self:
        """Frame what the last pass has computed, and dim what was kept.

        Parameters
        ----------
        first : int
            The first position that was computed; those before it were kept.
        """
        for k in range(len(self.keys)):
            self.show_column(k, 0.0 if k < first else 1.0)
        self.kept = int(first)
        return self

    def show_column(
        self, position: int, light: float, filled: tuple[float, float] = (1.0, 1.0), seen: float = 1
    ) -> Self:
        """Show a position at any moment: an animation's way from one pass to the next.

        Parameters
        ----------
        position : int
            Which, from 0.
        light : float
            From 0, dimmed as what is kept, to 1, framed as what is computed.
        filled : (float, float), optional
            The share of the keys and of the values that is there, from the top.
        seen : float, optional
            The opacity of all, over that.
        """
        style = self.style
        plain, lit = ManimColor(style.neuron_stroke_color), ManimColor(style.highlight_color)
        width = 0.5 * style.neuron_stroke_width * (1 + light)
        opacity = seen * (_KEPT + light * (1 - _KEPT))
        column: Any
        for column, share in zip((self.keys[position], self.values[position]), filled, strict=True):
            column.grid.reveal(opacity)
            column.grid[2].set_stroke(plain.interpolate(lit, light), width, opacity)
            vector = column.values
            there = np.clip(share * len(vector) - np.arange(len(vector)), 0, 1)[:, None, None]
            ground = style.behind.to_rgb()
            colors = cell_colors(vector[:, None], column.limit, style)
            column.grid.image.set_image(ground + there * (colors - ground), channel_axis=2)
        return self

    def _add(self, keys: FloatArray, values: FloatArray, row: Any) -> None:
        boxes = list(getattr(row, "boxes", row))
        before = len(self.keys)
        if len(boxes) != before + len(keys):
            raise ValueError(
                f"{before + len(keys)} positions are shown below {len(boxes)} tokens: one each"
            )
        first: Any = self.keys[0] if before else None
        cell = self._cell if first is None else first.height / len(first.values)
        for box, key, value in zip(boxes[before:], keys, values, strict=True):
            top = box.get_bottom() + self._buff * DOWN if first is None else first.get_top()
            column = self._column(key, cell, self.limits[0], box)
            column.move_to((box.get_x(), top[1], 0), aligned_edge=UP)
            below = self._column(value, cell, self.limits[1], box)
            self.values.add(below.next_to(column, DOWN, buff=_BETWEEN * cell))
            self.keys.add(column)

    def _column(self, vector: FloatArray, cell: float, limit: float, box: Any) -> VectorColumn:
        column = VectorColumn(vector, cell, limit, self.style)
        return column.stretch_to_fit_width(_WIDE * box.width)


def _checked(head: _KeysAndValues) -> tuple[FloatArray, FloatArray]:
    keys, values = (np.asarray(one, dtype=float) for one in (head.keys, head.values))
    if keys.ndim != 2 or values.ndim != 2 or len(keys) != len(values) or not len(keys):
        raise ValueError(
            "keys and values have shapes (length, features) and (length, n_values), of one "
            f"position at least, not {keys.shape} and {values.shape}"
        )
    return keys, values


def _equal(some: ArrayLike, others: ArrayLike) -> bool:
    """Return whether vectors are equal, but for the rounding of sums in another order."""
    return bool(np.allclose(some, others, rtol=1e-9, atol=1e-12))
