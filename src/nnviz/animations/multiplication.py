"""Products that add up step by step: a matrix times a vector, a query times keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import Rectangle, Scene, VGroup, linear, smooth
from numpy.typing import NDArray

from nnviz.mobjects.attention import VectorColumn
from nnviz.mobjects.equations.matrix_product import MatrixProduct
from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber
from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.mobjects.primitives.palette import stroke

__all__ = ["DotProducts", "MultiplyMatrix"]

FloatArray = NDArray[np.float64]

#: Times in a row, in units of one product's time: for all hidden products, for the bias, and for
#: the result to fill its cell.
_NOT_SHOWN, _BIAS, _FILL = 2.0, 1.5, 2.0
#: The shares of a key's time in which the query arrives, and in which products are added up.
_COMES, _ADDED = 0.25, 0.65


class MultiplyMatrix(AtItsTurn):
    """Rows of a matrix sweep over a vector: their products add up, and the result's cells fill.

    The row, the vector and the two numbers that are multiplied have frames, and the sum so far
    stands beside the result. Hidden products are added up while the dots have a frame. Afterwards
    the rows' results are those of the engine, ``matrix @ vector + biases``.

    Parameters
    ----------
    product : MatrixProduct
        The product on screen.
    rows : sequence of int, optional
        The rows that are multiplied, in this order, counted from 0; all shown rows if None. The
        others stay as they are.
    bias_first : bool, optional
        Whether each sum begins with the bias; it is the last term otherwise.
    run_time : float, optional
        Run time in seconds, for all rows together.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If a row is not shown.
    """

    def __init__(
        self,
        product: MatrixProduct,
        rows: Sequence[int] | None = None,
        *,
        bias_first: bool = False,
        run_time: float = 8.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        shown = product.matrix.shown_rows.tolist()
        self._rows = shown if rows is None else [int(row) for row in rows]
        for row in self._rows:
            if row not in shown:
                raise ValueError(
                    f"row {row} is not shown: shown are {', '.join(map(str, shown))}; show more of "
                    "the matrix (max_shown)"
                )
        if not self._rows:
            raise ValueError("rows is empty: give at least one")
        self._product, self._bias_first = product, bias_first
        self._steps = _steps(product, bias_first)
        super().__init__(product, run_time=run_time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Keep which rows are filled, and empty those that are multiplied."""
        self._filled: FloatArray = self._product.filled.copy()
        self._filled[self._rows] = 0

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        product = self._product
        filled = self._filled.copy()
        if is_end(share):
            filled[self._rows] = 1
            product.show_filled(filled).point_at(None).show_sum(self._rows[-1], 0.0, 0)
            return
        at = share * len(self._rows)
        k = int(at)
        row, time = self._rows[k], at - k
        length = self._steps[-1][0] + _FILL
        time *= length
        filled[self._rows[:k]] = 1
        filled[row] = smooth(min(1.0, max(0.0, (time - self._steps[-1][0]) / (0.6 * _FILL))))
        product.show_filled(filled)
        sums = product.partial_sums(row, bias_first=self._bias_first)
        for end, first, last, column, is_bias in self._steps:
            if time < end:
                length = _NOT_SHOWN if last - first > 1 else (_BIAS if is_bias else 1.0)
                way = 1 - (end - time) / length
                count = first + max(1, int(np.ceil(way * (last - first))))
                product.point_at(row, column, bias=is_bias)
                product.show_sum(row, float(sums[count]))
                return
        product.point_at(row).show_sum(row, float(product.values[row]))


def _steps(
    product: MatrixProduct, bias_first: bool
) -> list[tuple[float, int, int, int | None, bool]]:
    """Return the steps of a row: end, terms before and after, column, whether it is the bias.

    Times are in units of one product.
    """
    steps: list[tuple[float, int, int, int | None, bool]] = []
    columns = product.matrix.places[1]
    count = product.matrix.values.shape[1]
    hidden = count - int((columns >= 0).sum())
    end, terms = 0.0, 0
    has_biases = product.biases is not None
    if has_biases and bias_first:
        end, terms = _BIAS, 1
        steps.append((end, 0, 1, None, True))
    for column in columns.tolist():
        more = 1 if column >= 0 else hidden
        end += 1.0 if column >= 0 else _NOT_SHOWN
        steps.append((end, terms, terms + more, column, False))
        terms += more
    if has_biases and not bias_first:
        steps.append((end + _BIAS, terms, terms + 1, None, True))
    return steps


class DotProducts(AtItsTurn):
    """A query meets keys, one after the other: products of components add up to a number each.

    A copy of the query goes to the left of a key. Two components have a frame, and the key's number
    counts on to the sum so far. Afterwards the numbers are the dot products.

    Parameters
    ----------
    query : VectorColumn
        The query on screen.
    keys : VGroup
        One `VectorColumn` for each key, as long as the query, with room for it at the left.
    numbers : VGroup
        One number for each key, such as a `QuickDecimalNumber`; each appears when it begins to
        count.
    which : sequence of int, optional
        The keys that the query meets, in this order, counted from 0; all if None.
    run_time : float, optional
        Run time in seconds, for all keys together.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If there is not one number for each key, or a key is not as long as the query.
    """

    def __init__(
        self,
        query: VectorColumn,
        keys: VGroup,
        numbers: VGroup,
        which: Sequence[int] | None = None,
        *,
        run_time: float = 8.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        columns: Any = list(keys)
        counted: Any = list(numbers)
        if len(columns) != len(counted):
            raise ValueError(f"{len(counted)} numbers are given for {len(columns)} keys: one each")
        for k, column in enumerate(columns):
            if len(column.values) != len(query.values):
                raise ValueError(
                    f"keys[{k}] has {len(column.values)} components, the query {len(query.values)}"
                )
        chosen = range(len(columns)) if which is None else which
        self._met = [range(len(columns))[k] for k in chosen]
        if not self._met:
            raise ValueError("which is empty: give at least one key")
        self._query, self._keys = query, columns
        self._numbers: list[QuickDecimalNumber] = counted
        self._extra = VGroup()
        super().__init__(numbers, run_time=run_time, rate_func=rate_func, **kwargs)

    def _setup_scene(self, scene: Scene) -> None:
        super()._setup_scene(scene)
        if scene is not None:
            scene.add(self._extra)

    def start(self) -> None:
        """Make the copy of the query, and the frame."""
        color = self._query.style.highlight_color
        self._query_copy = self._query.copy()
        self._frame = Rectangle(color=color, stroke_width=stroke(6))
        self._extra.submobjects = [self._query_copy, self._frame]

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        at = min(share * len(self._met), len(self._met) - 1e-9)
        n = int(at)
        for before in self._met[:n]:
            self._count(before, len(self._query.values))
        own = 1.0 if is_end(share) else at - n
        key = self._keys[self._met[n]]
        came_from: Any = self._query.get_center() if n == 0 else self._beside(self._met[n - 1])
        way = float(smooth(min(1.0, own / _COMES)))
        there = self._beside(self._met[n])
        self._query_copy.move_to((1 - way) * came_from + way * there)
        self._frame.set_stroke(opacity=0)
        self._query_copy.grid.reveal(1.0)
        if own < _COMES:
            return
        features = len(self._query.values)
        done = (own - _COMES) / _ADDED
        count = min(features, int(done * features) + 1)
        self._count(self._met[n], count)
        if done < 1:
            first = self._query_copy.grid.corners(count - 1, 0)
            last = key.grid.corners(count - 1, 0)
            self._frame.set_points_as_corners([first[0], last[1], last[2], first[3], first[0]])
            self._frame.set_stroke(opacity=1)
        elif n == len(self._met) - 1:
            left = 1 - _COMES - _ADDED
            self._query_copy.grid.reveal(max(0.0, 1 - (own - _COMES - _ADDED) / left))

    def _beside(self, key: int) -> FloatArray:
        column: Any = self._keys[key]
        place: FloatArray = column.grid.get_center() - [
            (column.grid.width + self._query.grid.width) / 2,
            0,
            0,
        ]
        return place

    def _count(self, key: int, count: int) -> None:
        products = self._query.values * self._keys[key].values
        number = self._numbers[key]
        value = float(products.sum() if count == len(products) else products[:count].sum())
        is_nonzero = abs(value) >= 0.5 * 10.0**-number.num_decimal_places
        shown = value if is_nonzero else 0.0
        if number.number != shown:
            number.set_value(shown)
        number.set_fill(opacity=1)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Remove the copy and the frame."""
        super().clean_up_from_scene(scene)
        scene.remove(self._extra)
        self._extra.submobjects = []
