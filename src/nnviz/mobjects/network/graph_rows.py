"""How a graph that is too long for its frame is broken into rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.mobjects.network.routes import Column, Link, Place, Port, return_path, routed

__all__ = ["ROW_GAP", "Cut", "Row", "broken", "cuts_of", "in_rows"]

#: A graph is broken where that makes it larger by this factor; the most rows.
_WORTH, _MOST_ROWS = 1.15, 12
#: A frame is broken where that makes the graph larger by this factor.
_WORTH_A_FRAME = 1.3
#: Distances of the link to the next row, across, and beside the ends of a row, along.
ROW_GAP, _BESIDE = 0.3, 0.35
_RADIUS = 0.25
#: What links that run over others take of a row, about.
_RAILS = 0.4


class Cut(NamedTuple):
    """Where a row may end: only one thing's values go on from there.

    Attributes
    ----------
    column
        The last of the row.
    source
        The thing, which is in that column.
    depth
        Number of frames of open blocks that it breaks.
    """

    column: int
    source: int
    depth: int = 0


class Row(NamedTuple):
    """Some columns that follow one another.

    Attributes
    ----------
    first, last
        The columns.
    source
        What it takes from the row before, if there is one.
    """

    first: int
    last: int
    source: int | None


def cuts_of(
    columns: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    kept: Iterable[tuple[int, int]],
    blocks: Iterable[Sequence[int]] = (),
) -> list[Cut]:
    """Return where a graph may be broken.

    Parameters
    ----------
    columns : sequence of int
        Columns of all things.
    pairs : sequence of (int, int)
        The source and the target of every link.
    kept : iterable of (int, int)
        Pairs that have to stay in one row.
    blocks : iterable of sequence of int, optional
        Members of each open block that has a frame.
    """
    spans = [[columns[k] for k in members] for members in blocks]
    whole = {column for i, k in kept for column in range(columns[i], columns[k])}
    cuts = []
    for column in range(max(columns)):
        sources = {i for i, k in pairs if columns[i] <= column < columns[k]}
        if len(sources) == 1 and column not in whole:
            (source,) = sources
            if columns[source] == column:
                depth = sum(min(span) <= column < max(span) for span in spans)
                cuts.append(Cut(column, source, depth))
    return cuts


def broken(
    places: Sequence[Place],
    bounds: Sequence[Column],
    cuts: Sequence[Cut],
    room: tuple[float, float],
    share: float,
    gap: float = ROW_GAP,
) -> list[Row]:
    """Return the rows in which a graph is largest; one row, if it is about as large in one.

    Parameters
    ----------
    places : sequence of Place
        Places of all things, in one row.
    bounds : sequence of Column
        Bounds of all columns, in one row.
    cuts : sequence of Cut
        Places at which it may be broken.
    room : (float, float)
        Lengths of the frame along and across.
    share : float
        Scale of the graph in one row.
    gap : float, optional
        Distance between a row and the link to the next one.
    """
    best = [Row(0, len(bounds) - 1, None)]
    most = share * _WORTH
    for depth in sorted({cut.depth for cut in cuts}):
        some = [cut for cut in cuts if cut.depth <= depth]
        found, largest = best, most
        for count in range(2, min(len(some) + 1, _MOST_ROWS) + 1):
            rows = _shortest(bounds, some, count)
            length = max(_length(bounds, row) for row in rows) + 2 * _BESIDE
            height = sum(_height(places, row) for row in rows) + 2 * gap * (count - 1)
            size = min(1.0, room[0] / length, room[1] / height)
            if size > largest * (1 + 1e-9):
                found, largest = rows, size
        if len(best) == 1 or largest > most * _WORTH_A_FRAME:
            best, most = found, largest
    return best


def _shortest(bounds: Sequence[Column], cuts: Sequence[Cut], count: int) -> list[Row]:
    """Return a number of rows, the longest of which is as short as possible."""
    starts = [0, *(cut.column + 1 for cut in cuts)]
    ends = [*(cut.column for cut in cuts), len(bounds) - 1]
    sources = [None, *(cut.source for cut in cuts)]
    n = len(ends)
    longest = np.full((count + 1, n + 1), np.inf)
    longest[0, 0] = 0.0
    before = np.zeros((count + 1, n + 1), dtype=int)
    for k in range(1, count + 1):
        for end in range(k, n + 1):
            for start in range(k - 1, end):
                row = bounds[ends[end - 1]].high - bounds[starts[start]].low
                length = max(longest[k - 1, start], row)
                if length < longest[k, end] - 1e-9:
                    longest[k, end], before[k, end] = length, start
    rows: list[Row] = []
    end = n
    for k in range(count, 0, -1):
        start = int(before[k, end])
        rows.append(Row(starts[start], ends[end - 1], sources[start]))
        end = start
    return rows[::-1]


def _length(bounds: Sequence[Column], row: Row) -> float:
    return bounds[row.last].high - bounds[row.first].low


def _height(places: Sequence[Place], row: Row) -> float:
    boxes = [one.box for one in places if row.first <= one.column <= row.last]
    return max(box[3] for box in boxes) - min(box[1] for box in boxes) + _RAILS


def in_rows(
    places: Sequence[Place],
    bounds: Sequence[Column],
    pairs: Sequence[tuple[int, int]],
    rows: Sequence[Row],
    gap: float = ROW_GAP,
) -> tuple[list[Link], NDArray[np.float64]]:
    """Return links of a graph in rows, and how far every thing is moved into its row.

    What leaves a row at its end runs back between the rows to the start of the next one, and to its
    targets from there.

    Parameters
    ----------
    places : sequence of Place
        Places of all things, in one row.
    bounds : sequence of Column
        Bounds of all columns, in one row.
    pairs : sequence of (int, int)
        Pairs of layers with edges between them.
    rows : sequence of Row
        The rows.
    gap : float, optional
        Distance between a row and the link to the next one.

    Returns
    -------
    links : list of Link
        In the order of the pairs.
    moves : numpy.ndarray
        Along and across, shape (things, 2).
    """
    links: dict[tuple[int, int], Link] = {}
    moves = np.zeros((len(places), 2))
    below = 0.0
    end, far = (0.0, 0.0), 0.0
    for row in rows:
        members = [k for k, one in enumerate(places) if row.first <= one.column <= row.last]
        numbers = {k: i for i, k in enumerate(members)}
        local = [replace(places[k], column=places[k].column - row.first + 1) for k in members]
        start = bounds[row.first].low - _BESIDE
        columns = [Column(start, start), *bounds[row.first : row.last + 1]]
        if row.source is not None:
            v = _entry_height(row.source, members, places, pairs)
            port = Port(start, v, start, 0.0, False)
            local.append(Place(0, (start, v, start, v), port, port, (True, True)))
            numbers[row.source] = len(members)
        inner = [(i, k) for i, k in pairs if k in members]
        found = routed(local, columns, [(numbers[i], numbers[k]) for i, k in inner])
        spans = np.array(
            [(places[k].box[1], places[k].box[3]) for k in members]
            + [(link.path[:, 1].min(), link.path[:, 1].max()) for link in found]
        )
        move = np.array([-bounds[row.first].low, below - spans[:, 0].min()])
        moves[members] = move
        trunk = None
        if row.source is not None:
            entry, middle = (start + float(move[0]), v + float(move[1])), below - gap
            near = entry[0] - min(_RADIUS, abs(entry[1] - middle) / 2)
            trunk = return_path(end, entry, (far, near), middle, _RADIUS).points
        for (i, k), link in zip(inner, found, strict=True):
            before = trunk if i == row.source and trunk is not None else np.empty((0, 2))
            path = np.concatenate([before, link.path + move])
            links[i, k] = replace(link, source=i, target=k, path=path, before=len(before))
        below += float(np.ptp(spans)) + 2 * gap
        following = next((one for one in rows if one.first == row.last + 1), None)
        if following is not None and following.source is not None:
            u, v = places[following.source].exit.at(0.0)
            end = u + float(move[0]), v + float(move[1])
            far = _length(bounds, row) + _BESIDE
    return [links[pair] for pair in pairs], moves


def _entry_height(
    source: int, members: Sequence[int], places: Sequence[Place], pairs: Sequence[tuple[int, int]]
) -> float:
    """Return where across a row is entered: level with the first thing that is there."""
    targets = [k for i, k in pairs if i == source and k in members]
    return places[min(targets, key=lambda k: places[k].column)].entry.v
