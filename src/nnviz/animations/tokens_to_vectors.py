"""A text becomes vectors: tokens merge, a row leaves its table, and a position is added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from manim import ManimColor, Polygon, Scene, VGroup, bezier, interpolate_color, linear
from numpy.typing import NDArray

from nnviz.animations.presence import Presence, leaves
from nnviz.animations.tracks import rise
from nnviz.mobjects.attention import EmbeddingTable, TokenRow, VectorColumn
from nnviz.mobjects.attention.token_row import light_up, token_box
from nnviz.mobjects.primitives.group_parts import is_end
from nnviz.mobjects.primitives.painting import AtItsTurn
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.token_texts import visible_text

__all__ = ["AddVectors", "MergeTokens", "TakeRow"]

FloatArray = NDArray[np.float64]

#: Start and length, in shares of the time: tokens that will merge light up, move together, become
#: one, and their light goes off.
_LIGHT, _MOVE, _JOIN, _GO_OFF = (0.0, 0.2), (0.2, 0.45), (0.6, 0.2), (0.8, 0.2)
#: A row lights up, goes its way, and the light in the table goes off.
_LIT, _WAY, _UNLIT = (0.0, 0.2), (0.15, 0.85), (0.75, 0.25)
#: The share of a row's way before which it does not turn, and that at which it has its final
#: length: so it sweeps over as little as possible.
_STRAIGHT, _SIZED = 0.3, 0.6
#: Width of the line around a row, in the table and on its way.
_LINE, _FLYING = 4.0, 2.5
#: A vector goes to another one, vanishes, and is added.
_GO, _VANISH, _ADD = (0.0, 0.6), (0.35, 0.35), (0.45, 0.55)


class MergeTokens(AtItsTurn):
    """Tokens that are side by side become one: their boxes light up, move together, and join.

    The middle of the row stays where it is. `nnviz.texts.BytePairTokenizer.steps` returns the
    tokens after each merge.

    Parameters
    ----------
    row : TokenRow
        Tokens from left to right.
    pieces : sequence of object
        The tokens afterwards: each is one of the row's tokens, or several neighbours together.
    ids : sequence of int, optional
        Integers of the tokens afterwards, where the row shows ids.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the row is a column; and, when it is played, if the pieces do not fit the row's tokens or
        ids are missing.

    Examples
    --------
    ::

        tokenizer = BytePairTokenizer.train(names().train, 100)
        row = TokenRow("marianna")
        for pair, pieces in tokenizer.steps("marianna"):
            self.play(MergeTokens(row, pieces))
    """

    def __init__(
        self,
        row: TokenRow,
        pieces: Sequence[object],
        *,
        ids: Sequence[int] | None = None,
        run_time: float = 1.5,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        if row.direction != "right":
            raise ValueError("only tokens from left to right can be merged, not a column of them")
        self._row, self._ids_of_pieces = row, ids
        self._pieces = [visible_text(one) for one in pieces]
        super().__init__(row, run_time=run_time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Find out which tokens merge, and make the row of the end."""
        row = self._row
        if len(row.ids) and self._ids_of_pieces is None:
            raise ValueError("the row shows ids: give those of the merged tokens, ids=[...]")
        self._members = _members(row.texts, self._pieces)
        self._goal = _row_like(row, self._pieces, self._ids_of_pieces)
        boxes: Any = row.boxes
        words: Any = row.words
        self._boxes, self._words = list(boxes), list(words)
        places = [place for j in range(len(self._pieces)) for place in self._places_in(j)]
        self._word_ways = [
            (word, word.anchor(), _digit(word), *place)
            for word, place in zip(self._words, places, strict=True)
        ]
        self._box_ways = [
            (box, _sides(box), sides)
            for j in range(len(self._pieces))
            for box, sides in zip(
                (self._boxes[k] for k in self._members[j]), self._sides_in(j), strict=True
            )
        ]
        self._joined = [j for j, members in enumerate(self._members) if len(members) > 1]
        self._ids = Presence(*row.ids), Presence(*self._goal.ids)
        row.boxes.add(*(self._goal.boxes[j] for j in self._joined))
        row.ids.add(*self._goal.ids)

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        if is_end(share):
            self._end()
            return
        style = self._row.style
        light, way, join, off = (rise(share, *when) for when in (_LIGHT, _MOVE, _JOIN, _GO_OFF))
        for word, at, digit, end, last_digit in self._word_ways:
            word.say(word.text, at + way * (end - at), digit + way * (last_digit - digit))
        for box, sides, ends in self._box_ways:
            _stretch(box, sides + way * (ends - sides), self._row)
        for j in self._joined:
            for k in self._members[j]:
                light_up(self._boxes[k], style, light, 1 - join)
            joint: Any = self._goal.boxes[j]
            light_up(joint, style, 1 - off, join)
        before, after = self._ids
        before.show(max(0.0, 1 - 2 * way))
        after.show(join)

    def _end(self) -> None:
        """Put the merged tokens into the row; all others stay the same mobjects."""
        row, goal = self._row, self._goal
        for parts, old, new in (
            (row.boxes, self._boxes, goal.boxes),
            (row.words, self._words, goal.words),
        ):
            parts.submobjects = [
                new[j] if j in self._joined else old[members[0]].move_to(new[j])
                for j, members in enumerate(self._members)
            ]
        for j in self._joined:
            joint: Any = goal.boxes[j]
            light_up(joint, row.style, 0.0)
        self._ids[1].show(1)
        row.ids.submobjects = list(goal.ids)

    def _places_in(self, j: int) -> list[tuple[FloatArray, float]]:
        """Return the places of a piece's parts in it, and the height of a digit there."""
        word: Any = self._goal.words[j]
        digit, (left, _), middle = _digit(word), _sides(word), word.anchor()
        places, text = [], ""
        for k in self._members[j]:
            part = self._words[k].text
            text += part
            x = left + word.width_of(text, digit) - 0.5 * word.width_of(part, digit)
            places.append((np.array([x, *middle[1:]]), digit))
        return places

    def _sides_in(self, j: int) -> list[FloatArray]:
        """Return the left and the right sides of the parts of a piece's box, shapes (2,)."""
        first, last = _sides(self._goal.boxes[j])
        words = [self._words[k] for k in self._members[j]]
        halves = [
            at[0] + 0.5 * word.width_of(word.text, digit) * np.array([-1.0, 1.0])
            for word, (at, digit) in zip(words, self._places_in(j), strict=True)
        ]
        cuts = [0.5 * (left[1] + right[0]) for left, right in pairwise(halves)]
        return [np.array(sides) for sides in pairwise([first, *cuts, last])]


class TakeRow(AtItsTurn):
    """A row of a table lights up, leaves it, and turns into a column at its place.

    The table keeps its row. All features come out, also of a table that shows some of them.

    Parameters
    ----------
    table : EmbeddingTable
        The table on screen.
    row : int
        The token, or the position; the table has to show it.
    target : VectorColumn
        Column at its final place, which then has the row's values; it need not be on screen. Give
        it the table's `limit`, so that the cells keep their colours.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the row is not shown, or the target does not have one cell for each feature.
    """

    def __init__(
        self,
        table: EmbeddingTable,
        row: int,
        target: VectorColumn,
        *,
        run_time: float = 2.5,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        table.place_of(row)
        if len(target.values) != table.values.shape[1]:
            raise ValueError(
                f"the target has {len(target.values)} cells for {table.values.shape[1]} features"
            )
        self._table, self._token, self._target = table, row, target
        self._light = VGroup()
        super().__init__(target, run_time=run_time, rate_func=rate_func, **kwargs)

    def _setup_scene(self, scene: Scene) -> None:
        super()._setup_scene(scene)
        if scene is not None:
            scene.add(self._light, self._target)

    def begin(self) -> None:
        """Hide the target until the turn comes."""
        self._target.grid.reveal(0)
        super().begin()

    def start(self) -> None:
        """Find the row and its way."""
        table, target = self._table, self._target
        corners = table.grid.corners(table.place_of(self._token))
        first, right, _, below = corners
        target.show_values(table.values[self._token])
        color = table.style.highlight_color
        outline = Polygon(*corners, color=color)
        self._light.submobjects = [outline.set_stroke(width=stroke(_LINE), opacity=0)]
        #: The line around the row, as it is at the end.
        self._frame: Any = target.grid[2]
        self._line = ManimColor(self._frame.get_stroke_color()), self._frame.get_stroke_width()
        top, top_right, bottom, _ = target.grid.image.corners()
        #: Middle, vector from the first feature to the last, and vector across: of row and column.
        self._row_at = (right + below) / 2, right - first, first - below
        self._column_at = (top_right + bottom) / 2, bottom - top, top_right - top
        middle, along, across = self._column_at
        self._parts = [
            (
                part,
                part.points.copy(),
                (part.points - middle) @ along / (along @ along),
                (part.points - middle) @ across / (across @ across),
            )
            for part in leaves(target)
        ]

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        off = rise(share, *_UNLIT)
        self._light.set_stroke(opacity=rise(share, *_LIT) - off)
        color, width = self._line
        lit = interpolate_color(ManimColor(self._table.style.highlight_color), color, off)
        self._frame.set_stroke(lit, width + (1 - off) * (stroke(_FLYING) - width))
        self._target.grid.reveal(float(share >= _WAY[0]))
        if is_end(share):
            for part, points, _, _ in self._parts:
                part.points = points
            return
        way = rise(share, *_WAY)
        turn = rise(way, _STRAIGHT, 1 - _STRAIGHT)
        (start, row, up), (end, column, side) = self._row_at, self._column_at
        # It moves along the row first, and reaches its height before it stands upright.
        halfway = np.array([0.5 * (start[0] + end[0]), *start[1:]])
        middle = bezier(np.array([start, halfway, end, end]))(way)
        size = rise(way, 0.0, _SIZED)
        along = _turned(row, column, turn, size)
        across = _turned(up, side, turn, size)
        for part, _, length, width in self._parts:
            part.points = middle + np.outer(length, along) + np.outer(width, across)

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Remove the light."""
        super().clean_up_from_scene(scene)
        scene.remove(self._light)


class AddVectors(AtItsTurn):
    """A column goes onto another one, which then shows the sum of both.

    So a position is added to an embedding. The added column is removed at the end.

    Parameters
    ----------
    addend : VectorColumn
        The column that moves.
    column : VectorColumn
        The column that it is added to.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.

    Raises
    ------
    ValueError
        If the columns have different lengths.
    """

    def __init__(
        self,
        addend: VectorColumn,
        column: VectorColumn,
        *,
        run_time: float = 2.0,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        if len(addend.values) != len(column.values):
            raise ValueError(
                f"{len(addend.values)} values cannot be added to {len(column.values)}: columns of "
                "one length can"
            )
        self._addend, self._column = addend, column
        both = VGroup(addend, column)
        super().__init__(both, run_time=run_time, rate_func=rate_func, **kwargs)

    def start(self) -> None:
        """Keep the values and places of both columns."""
        self._values = self._column.values, self._addend.values
        self._ends = self._addend.get_center(), self._column.get_center()

    def show(self, share: float) -> None:
        """Show the state at a share of the time."""
        value, added = self._values
        start, end = self._ends
        is_over = is_end(share)
        part = 1.0 if is_over else rise(share, *_ADD)
        self._column.show_values(value + added if is_over else value + part * added)
        self._addend.move_to(start + rise(share, *_GO) * (end - start))
        self._addend.grid.reveal(1 - rise(share, *_VANISH))

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Remove the added column."""
        super().clean_up_from_scene(scene)
        scene.remove(self._addend)


def _members(texts: Sequence[str], pieces: Sequence[str]) -> list[range]:
    """Return the numbers of the tokens that each piece consists of."""
    found, k = [], 0
    for piece in pieces:
        first, text = k, ""
        while k < len(texts) and len(text) < len(piece):
            text += texts[k]
            k += 1
        if text != piece or k == first:
            raise ValueError(
                f"{piece!r} is neither one of the tokens {list(texts)} nor some neighbours of them "
                f"at its place: the pieces are {list(pieces)}"
            )
        found.append(range(first, k))
    if k < len(texts):
        raise ValueError(f"the pieces {list(pieces)} leave out {list(texts[k:])}")
    return found


def _row_like(row: TokenRow, pieces: Sequence[str], ids: Sequence[int] | None) -> TokenRow:
    """Return a row of other tokens with the same look and the same middle."""
    options: Any = {"pitch": row.pitch, "buff": row.buff, "style": row.style}
    shown = ids if len(row.ids) else None
    other = TokenRow(pieces, row.box_height, ids=shown, **options)
    other.scale(row.boxes[0].height / row.box_height)
    return other.shift(row.boxes.get_center() - other.boxes.get_center())


def _digit(word: Any) -> float:
    """Return the height of a digit of a text."""
    return float(word.width / word.width_of(word.text, 1.0))


def _sides(mobject: Any) -> FloatArray:
    """Return the left and the right side of a mobject, shape (2,)."""
    return np.array([mobject.get_left()[0], mobject.get_right()[0]])


def _stretch(box: Any, sides: FloatArray, row: TokenRow) -> None:
    """Move the sides of a token's box; its corners stay equally round."""
    left, right = sides
    shape = token_box(right - left, box.height, row.style)
    box.points = shape.move_to(((left + right) / 2, *box.get_center()[1:])).points


def _turned(first: FloatArray, last: FloatArray, turn: float, size: float) -> FloatArray:
    """Return a vector between two others, by shares of the angle and of the length."""
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    angles = np.arctan2(first[1], first[0]), np.arctan2(last[1], last[0])
    between = (angles[1] - angles[0] + np.pi) % (2 * np.pi) - np.pi
    length, angle = lengths[0] + size * (lengths[1] - lengths[0]), angles[0] + turn * between
    return np.array([length * np.cos(angle), length * np.sin(angle), 0.0])
