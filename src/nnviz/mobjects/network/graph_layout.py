"""Where everything of a graph stands: in columns by longest path, the main path straight."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from manim import UP, VGroup, VMobject
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from nnviz.mobjects.network.block_frames import FRAME_PAD, block_frames, framed_blocks
from nnviz.mobjects.network.extents import Extent, core_of, to_screen, to_signal
from nnviz.mobjects.network.graph_rows import ROW_GAP, broken, cuts_of, in_rows
from nnviz.mobjects.network.layer_mobjects import LayerGroup, LayerMobject
from nnviz.mobjects.network.layer_pictures import ends_of_lines
from nnviz.mobjects.network.layout import (
    Words,
    gaps_for_labels,
    least_gaps,
    place_side_labels,
    shrink_labels,
)
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.routes import Column, Link, Place, routed
from nnviz.mobjects.network.structure import Structure
from nnviz.mobjects.network.style import Direction, NetworkStyle, box_of
from nnviz.mobjects.primitives.baselines import lifts, put_beside
from nnviz.mobjects.primitives.boxes import Box, box_around

__all__ = ["arrange_graph", "crosses"]

#: Between things in a column, and their words.
_GAP, _WORDS_BUFF = 0.4, 0.15
#: Gaps between columns over the style's: where only links run, and between maps.
_LINK_GAP, _MAP_GAP = 0.35, 0.6
#: The least part of these that is left where there is little room.
_LEAST_SHARE = 0.5
#: How often things are put nearer to what they are linked with, and the weight of the main path.
_SWEEPS, _MAIN = (0, 1, 3, 6), 1e6
#: How often, and by how much, gaps are made wider for edges that would run over something, and
#: the least part of them that is left.
_REPAIRS, _MORE, _NEAR = 16, 1.2, 0.7


def arrange_graph(
    layers: LayerGroup, words: Words, structure: Structure, style: NetworkStyle
) -> tuple[list[list[VMobject]], VGroup]:
    """Put everything into its place.

    Parameters
    ----------
    layers : LayerGroup
        The layers to be placed.
    words : Words
        The labels and titles to be placed.
    structure : Structure
        What depends on what.
    style : NetworkStyle
        Style of the network's picture.

    Returns
    -------
    paths : list of list of VMobject
        For every thing after the inputs, and for each of its sources, the path of a link.
    frames : VGroup
        A group (frame, name) for each open block; in each row.
    """
    columns = structure.columns
    _spread(layers, words, columns, style)
    place_side_labels(words, layers, style)
    groups = [_group(k, layers[k], words, style) for k in range(len(layers))]
    _align_titles(layers, words, style)
    depths = Counter(k for members in framed_blocks(structure).values() for k in members)
    extents = [
        Extent(layer, group, words, k, style, FRAME_PAD * depths[k])
        for k, (layer, group) in enumerate(zip(layers, groups, strict=True))
    ]
    box = box_of(style)
    _put(extents, layers, structure, box, style)
    pairs = [(i, k) for k in range(len(layers)) for i in structure.sources(k)]
    broken_up = None if box is None else _in_rows(extents, layers, structure, pairs, box, style)
    if broken_up is None:
        rows = [0] * len(layers)
        links = routed(_places(extents, columns), _bounds(extents, columns), pairs)
    else:
        rows, links = broken_up
    paths = _paths(links, structure, style)
    in_row = [replace(link, path=link.path[link.before :]) for link in links]
    within = _paths(in_row, structure, style)
    return paths, block_frames(groups, rows, paths, within, structure, style)


def _put(
    extents: Sequence[Extent],
    layers: LayerGroup,
    structure: Structure,
    box: tuple[float, float] | None,
    style: NetworkStyle,
) -> None:
    """Put everything into one row, with gaps wide enough that no edges run over what they skip."""
    columns = structure.columns
    gaps, least = _gaps(layers, structure, columns, style)
    for _ in range(_REPAIRS):
        along = _along(extents, columns, (gaps, least), box, style)
        vs = _across(extents, structure, columns)
        for k, extent in enumerate(extents):
            extent.put(along[columns[k]], vs[k])
        wrong = [
            pair
            for pair in _pairs_of_neurons(layers, structure)
            if _is_crossed(pair, layers, extents, style.direction)
        ]
        if not wrong:
            break
        for column in {columns[before] for before, _ in wrong}:
            gaps[column] *= _MORE
            least[column] = max(_MORE * least[column], _NEAR * gaps[column])


def _in_rows(
    extents: Sequence[Extent],
    layers: LayerGroup,
    structure: Structure,
    pairs: Sequence[tuple[int, int]],
    box: tuple[float, float],
    style: NetworkStyle,
) -> tuple[list[int], list[Link]] | None:
    """Break what is too long into rows, and return the row of each thing, and the links.

    None where one row is as good.
    """
    columns = structure.columns
    room = box if style.direction == "right" else box[::-1]
    bounds, boxes = _bounds(extents, columns), [one.box for one in extents]
    height = max(one[3] for one in boxes) - min(one[1] for one in boxes)
    share = min(room[0] / (bounds[-1].high - bounds[0].low), room[1] / height)
    blocks = framed_blocks(structure).values()
    cuts = []
    if share < 1:
        cuts = cuts_of(columns, pairs, _pairs_of_neurons(layers, structure), blocks)
    if not cuts:
        return None
    gap = ROW_GAP + FRAME_PAD if blocks else ROW_GAP
    rows = broken(_places(extents, columns), bounds, cuts, room, share, gap)
    if len(rows) == 1:
        return None
    _put(extents, layers, structure, None, style)
    places, bounds = _places(extents, columns), _bounds(extents, columns)
    rows = broken(places, bounds, cuts, room, 0.0, gap)
    links, moves = in_rows(places, bounds, pairs, rows, gap)
    for extent, move in zip(extents, moves, strict=True):
        extent.shift(move)
    starts = [row.first for row in rows]
    return [bisect_right(starts, column) - 1 for column in columns], links


def _bounds(extents: Sequence[Extent], columns: Sequence[int]) -> list[Column]:
    """Return the extent of every column."""
    return [
        Column(
            min(one.box[0] for one, at in zip(extents, columns, strict=True) if at == column),
            max(one.box[2] for one, at in zip(extents, columns, strict=True) if at == column),
        )
        for column in range(max(columns) + 1)
    ]


def _places(extents: Sequence[Extent], columns: Sequence[int]) -> list[Place]:
    return [one.place(column) for one, column in zip(extents, columns, strict=True)]


def crosses(layers: LayerGroup, lines: NDArray[np.float64], apart: Sequence[int]) -> bool:
    """Return whether lines run over a layer or its words.

    Parameters
    ----------
    layers : LayerGroup
        In their places.
    lines : ndarray of float
        Starts and ends of the lines, shape (lines, 2, 3).
    apart : sequence of int
        Layers that they may run over.
    """
    boxes = [box_around(layer) for k, layer in enumerate(layers) if k not in apart]
    return any(_runs_over(lines[..., :2], box) for box in boxes)


def _spread(layers: LayerGroup, words: Words, columns: Sequence[int], style: NetworkStyle) -> None:
    """Let neurons be closer where a column is too long, in all layers alike."""
    box = box_of(style)
    room = np.inf if box is None else box[1 if style.direction == "right" else 0]
    shrink_labels(words, style, room)
    buff = style.neuron_buff
    for column in range(max(columns) + 1):
        members = [layer for layer, at in zip(layers, columns, strict=True) if at == column]
        counts = [len(one.neurons) - 1 for one in members if isinstance(one, NeuronLayer)]
        taken = sum(_size(one, style)[1] for one in members) + _GAP * (len(members) - 1)
        if sum(counts) > 0 and taken > room:
            buff = min(buff, style.neuron_buff - (taken - room) / sum(counts))
    buff = max(buff, least_gaps(style)[0])
    gaps = gaps_for_labels(words, layers, style)
    for k, layer in enumerate(layers):
        if isinstance(layer, NeuronLayer):
            middle = layer.body.get_center()
            layer.spread(max(buff, gaps.get(k, 0.0)))
            VGroup(layer.column, layer.dots).shift(middle - layer.body.get_center())


def _size(mobject: VMobject, style: NetworkStyle) -> tuple[float, float]:
    """Return how long something is along the way of the signal, and across."""
    size = mobject.width, mobject.height
    return size if style.direction == "right" else size[::-1]


def _group(k: int, layer: LayerMobject, words: Words, style: NetworkStyle) -> VGroup:
    """Put a layer's title before it and its true size behind it, and return all of it."""
    core = core_of(k, layer, words)
    parts = VGroup(core)
    if layer.is_shortened:
        layer.size_label.add(*layer.count())
        layer.size_label.next_to(core, style.across, _WORDS_BUFF)
        layer.size_label.match_coord(layer.body, 0 if style.direction == "right" else 1)
        parts.add(layer.size_label)
    if k < len(words.titles) and len(words.titles[k].family_members_with_points()):
        title = words.titles[k]
        title.next_to(core, -style.across, _WORDS_BUFF)
        title.match_coord(layer.body, 0 if style.direction == "right" else 1)
        parts.add(title)
    return parts


def _align_titles(layers: LayerGroup, words: Words, style: NetworkStyle) -> None:
    """Let the letters of titles be equally far from what they belong to."""
    shown = [
        (title, layer)
        for title, layer in zip(words.titles, layers, strict=False)
        if len(title.family_members_with_points())
    ]
    titles = [title for title, _ in shown]
    if style.direction == "right":
        for title, lift in zip(titles, lifts(titles), strict=True):
            title.shift(lift * UP)
    else:
        put_beside(titles, [layer.body.get_y() for _, layer in shown])


def _gaps(
    layers: LayerGroup, structure: Structure, columns: Sequence[int], style: NetworkStyle
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the gaps between columns, as wide as the links in them need, and the least gaps."""
    gaps = np.full(max(columns), _LINK_GAP * style.layer_buff)
    for k, layer in enumerate(layers):
        for i in structure.sources(k):
            if isinstance(layer, MapLayer) and isinstance(layers[i], MapLayer):
                wide = _MAP_GAP * style.layer_buff
                gaps[columns[k] - 1] = max(gaps[columns[k] - 1], wide)
    least = _LEAST_SHARE * gaps
    for before, _ in _pairs_of_neurons(layers, structure):
        gaps[columns[before]] = style.layer_buff
        least[columns[before]] = least_gaps(style)[1]
    for members in framed_blocks(structure).values():
        taken = {columns[k] for k in members}
        ends = [end for end in (min(taken) - 1, max(taken)) if 0 <= end < len(gaps)]
        gaps[ends] += FRAME_PAD
        least[ends] += FRAME_PAD
    return gaps, least


def _pairs_of_neurons(layers: LayerGroup, structure: Structure) -> Iterator[tuple[int, int]]:
    """Yield layers of neurons between which there are lines from neuron to neuron."""
    for k, layer in enumerate(layers):
        sources = structure.sources(k)
        if len(sources) == 1 and isinstance(layer, NeuronLayer):
            (i,) = sources
            if isinstance(layers[i], NeuronLayer) and not structure.things[k].is_block:
                yield i, k


def _along(
    extents: Sequence[Extent],
    columns: Sequence[int],
    wanted: tuple[NDArray[np.float64], NDArray[np.float64]],
    box: tuple[float, float] | None,
    style: NetworkStyle,
) -> NDArray[np.float64]:
    """Return the middles of columns, with gaps between what is wanted and the least."""
    gaps, least = wanted
    count = max(columns) + 1
    before, after = np.zeros(count), np.zeros(count)
    for extent, column in zip(extents, columns, strict=True):
        low, _, high, _ = extent.relative
        before[column] = max(before[column], -low)
        after[column] = max(after[column], high)
    if box is not None and count > 1:
        room = box[0 if style.direction == "right" else 1] - (before + after).sum()
        share = np.clip((room - least.sum()) / max((gaps - least).sum(), 1e-9), 0, 1)
        gaps = least + share * (gaps - least)
    return np.concatenate([[0.0], np.cumsum(after[:-1] + gaps + before[1:])])


def _across(
    extents: Sequence[Extent],
    structure: Structure,
    columns: Sequence[int],
) -> NDArray[np.float64]:
    """Return the places of all things in their columns, near to what they are linked with.

    Of several ways to get there the one is chosen that takes the least room.
    """
    relative = np.array([extent.relative for extent in extents])
    main = _main_path(structure, columns)
    framed = [set(members) for members in framed_blocks(structure).values()]
    pads = np.array(
        [
            [
                FRAME_PAD * sum((i in one) != (k in one) for one in framed)
                for k in range(len(extents))
            ]
            for i in range(len(extents))
        ]
    )
    pairs = np.array([(i, k) for k in range(len(extents)) for i in structure.sources(k)])
    best, least = np.zeros(len(extents)), np.inf
    for sweeps in _SWEEPS:
        for first_side in (-1, 1):
            vs = _swept(relative, pads, structure, main, sweeps, first_side)
            room = (vs + relative[:, 3]).max() - (vs + relative[:, 1]).min()
            cost = room + np.abs(vs[pairs[:, 0]] - vs[pairs[:, 1]]).mean()
            if cost < least - 1e-6:
                best, least = vs, cost
    return best


def _swept(
    relative: NDArray[np.float64],
    pads: NDArray[np.float64],
    structure: Structure,
    main: set[int],
    sweeps: int,
    first_side: int,
) -> NDArray[np.float64]:
    """Return the places of all things after sweeps over the columns, forwards and backwards."""
    count, members = len(relative), structure.by_columns
    sources = [list(structure.sources(k)) for k in range(count)]
    targets = [[k for k in range(count) if i in sources[k]] for i in range(count)]
    # Where nothing else tells, things lie on one side of the main path and the other in turn.
    sides = np.zeros(count)
    for some in members:
        others = [k for k in some if k not in main]
        sides[others] = [first_side * (1, -1)[i % 2] * (1 + i // 2) for i in range(len(others))]
    vs = np.zeros(count)
    for order, neighbours in [
        *[(members, [sources]), (members[::-1], [targets])] * sweeps,
        (members, [sources, targets]),
    ]:
        for some in order:
            wanted = np.array(
                [
                    0.0
                    if k in main
                    else np.mean([vs[i] for near in neighbours for i in near[k]] or [vs[k]])
                    for k in some
                ]
            )
            turn = np.lexsort((sides[some], wanted.round(3)))
            row, wanted = np.array(some)[turn], wanted[turn]
            steps = relative[row[:-1], 3] - relative[row[1:], 1] + _GAP + pads[row[:-1], row[1:]]
            offsets = np.concatenate([[0.0], np.cumsum(steps)])
            weights = np.where([k in main for k in row], _MAIN, 1.0)
            vs[row] = isotonic_regression(wanted - offsets, weights=weights).x + offsets
    return vs


def _main_path(structure: Structure, columns: Sequence[int]) -> set[int]:
    """Return the things on a longest path, which leads to the last column."""
    path = [int(np.argmax(columns))]
    while sources := structure.sources(path[-1]):
        nearest = [i for i in sources if columns[i] == columns[path[-1]] - 1]
        path.append(nearest[len(nearest) // 2])
    return set(path)


def _is_crossed(
    pair: tuple[int, int],
    layers: LayerGroup,
    extents: Sequence[Extent],
    direction: Direction,
) -> bool:
    """Return whether lines between two layers of neurons run over anything but these."""
    before, after = layers[pair[0]], layers[pair[1]]
    lines = np.stack(ends_of_lines(before.senders, after.neurons), axis=1)[..., :2]
    flat = to_signal(lines, direction)
    boxes = [np.reshape(one.whole, (2, 2)) for k, one in enumerate(extents) if k not in pair]
    if any(_runs_over(flat, box) for box in boxes):
        return True
    words = [word for k in pair for word in extents[k].group[1:]]
    return any(_runs_over(lines, box_around(word)) for word in words)


def _runs_over(lines: NDArray[np.float64], box: Box) -> bool:
    """Return whether lines, shape (lines, 2, 2), cross a box (Liang and Barsky's clipping)."""
    start, way = lines[:, 0], lines[:, 1] - lines[:, 0]
    way = np.where(np.abs(way) < 1e-12, 1e-12, way)
    first, last = (box[0] - start) / way, (box[1] - start) / way
    enter = np.minimum(first, last).max(axis=1).clip(min=0)
    leave = np.maximum(first, last).min(axis=1).clip(max=1)
    return bool((enter < leave).any())


def _paths(
    links: Sequence[Link], structure: Structure, style: NetworkStyle
) -> list[list[VMobject]]:
    """Return the links' paths on screen, for every thing after the inputs."""
    paths: list[list[VMobject]] = [[] for _ in structure.things]
    for link in links:
        path = VMobject()
        path.points = to_screen(link.path, style.direction)
        paths[link.target].append(path)
    return paths[structure.n_inputs :]
