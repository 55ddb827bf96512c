"""Where volumes stand: one after the other, in rows if need be, with skips as arcs above."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from manim import DOWN, RIGHT, UP, Dot, Line, ManimColor, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.block_frames import BlockFrame
from nnviz.mobjects.network.box_layers import RoundedFrame
from nnviz.mobjects.network.layer_mobjects import LayerGroup, LayerMobject
from nnviz.mobjects.network.link_arrows import LinkArrow
from nnviz.mobjects.network.routes import Path, return_path
from nnviz.mobjects.network.style import NetworkStyle, box_of
from nnviz.mobjects.network.volume_plan import VOLUME_KINDS, Repeated, VolumePlan
from nnviz.mobjects.network.volume_sizes import (
    BESIDE,
    FRAME,
    ROW_GAP,
    TEE_ROOM,
    WORDS_BUFF,
    Choice,
    Places,
    Skip,
)
from nnviz.mobjects.network.volumes import VolumeLayer, key_square, times_words
from nnviz.network import Conv2D

__all__ = ["Strip", "projection_at", "put_in_a_strip", "put_legend"]

#: Where in a gap a skip begins; the least gap that has an arrow; the radius of a skip's corners.
_TEE, _SEEN, _RADIUS = 0.6, 0.12, 0.2
#: Distances between a join's arrows from above, and a legend's entries; above a legend.
_LANDING, _LEGEND_GAP, _LEGEND_BUFF = 0.09, 0.45, 0.32


class Strip(NamedTuple):
    """What has been put into its place.

    Attributes
    ----------
    ties
        For every thing after the inputs a group of what leads to it.
    frames
        Frames around parts that are drawn once for several.
    """

    ties: VGroup
    frames: VGroup


def put_in_a_strip(
    layers: LayerGroup, titles: VGroup, legend: VGroup, plan: VolumePlan, style: NetworkStyle
) -> Strip:
    """Put volumes, signs and all words into their places.

    Parameters
    ----------
    layers : LayerGroup
        One each thing of the plan.
    titles : VGroup
        Titles of layers, as many, or none.
    legend : VGroup
        Texts that are put beneath.
    plan : VolumePlan
        Plan that is drawn.
    style : NetworkStyle
        Style of the picture.
    """
    for layer in layers:
        if isinstance(layer, VolumeLayer) and layer.volume.times > 1:
            layer.mark.add(times_words(layer.volume.times, style))
    titles = VGroup(*titles, *(VMobject() for _ in layers[len(titles) :]))
    places = Places(layers, titles, plan, style)
    box = box_of(style)
    below = _legend_height(legend, style, np.inf if box is None else box[0])
    choice = places.chosen(box, below)
    for layer in layers:
        if isinstance(layer, VolumeLayer):
            layer.resize(choice.scale)
    strip = Strip(VGroup(*(VGroup() for _ in layers[plan.n_inputs :])), VGroup())
    axis = 0.0
    before: tuple[float, float] | None = None  # how far the last row reaches: right, and down
    for row in choice.rows:
        middles, width = places.middles(row, choice)
        top, bottom = places.reach(row, choice)
        if before is not None:
            axis = before[1] - ROW_GAP - top
        _put_row(row, middles, axis, places, choice)
        _tie_row(row, axis, places, choice, strip)
        if before is not None:
            _tie_rows(row, before, places, strip)
        before = width, axis - bottom
    return strip


def _put_row(
    row: range, middles: NDArray[np.float64], axis: float, places: Places, choice: Choice
) -> None:
    style, lower = places.style, places.lower_labels(row, choice)
    floor = axis - choice.sizes[row, 1].max() / 2 - WORDS_BUFF
    for k, x in zip(row, middles, strict=True):
        layer = places.layers[k]
        VGroup(layer.body, layer.mark).shift(np.array([x, axis, 0.0]) - layer.body.get_center())
        if not isinstance(layer, VolumeLayer):
            if places.titles[k].height > 0:
                places.titles[k].next_to(layer.body, DOWN, WORDS_BUFF)
            continue
        under: VMobject = layer.body
        for words in places.words_above(k):
            if words.height > 0:
                words.next_to(under, UP, WORDS_BUFF).set_x(x)
                under = words
        if places.is_labelled(k, choice):
            label = places.labels[choice.is_wide][k]
            down = places.step(choice) if k in lower else 0.0
            top = _first_top(label)
            label.shift((x - label.get_center()[0]) * RIGHT + (floor - down - top) * UP)
            layer.size_label.add(*label)
            if k in lower:
                bottom = layer.body.get_bottom()[1]
                ends = bottom - WORDS_BUFF / 2, floor - down + WORDS_BUFF / 2
                start, end = (np.array([x, y, 0.0]) for y in ends)
                color = ManimColor(style.edge_color)
                layer.dots.add(Line(start, end, color=color, stroke_width=style.edge_width))


def _first_top(label: VGroup) -> float:
    """Return the top of a label's first digit."""
    return float(label[0].family_members_with_points()[0].get_top()[1])


def _tie_row(row: range, axis: float, places: Places, choice: Choice, strip: Strip) -> None:
    """Draw the arrows and skips of a row, and the frames in it."""
    layers, plan, style = places.layers, places.plan, places.style
    first = plan.n_inputs
    for k in row[1:]:
        if k - 1 in plan.sources(k) and _left(layers[k]) - _right(layers[k - 1]) > _SEEN:
            path = _line((_right(layers[k - 1]), axis), (_left(layers[k]), axis))
            strip.ties[k - first].add(LinkArrow(path, style))
    levels = places.levels(row, choice)
    landings: dict[int, list[Skip]] = {}
    for skip in sorted(levels, key=lambda one: levels[one]):
        landings.setdefault(skip.target, []).append(skip)
    tees = {}
    for target, skips in landings.items():
        layer = layers[target]
        for n, skip in enumerate(skips):
            tee = _tee(skip.source, row, layers)
            offset = (n - (len(skips) - 1) / 2) * _LANDING
            x, level = layer.body.get_center()[0] + offset, axis + levels[skip]
            end = _top_at(layer, offset)
            radius = min(_RADIUS, (level - end) / 2, (x - tee) / 2)
            bent = Path((tee, axis)).line(tee, level - radius)
            bent.corner((tee + radius, level), is_upright=True).line(x - radius, level)
            bent.corner((x, level - radius), is_upright=False).line(x, end)
            strip.ties[target - first].add(LinkArrow(_on_screen(bent), style))
            tees[skip.source] = tee
            if plan.things[skip.source].name in plan.volumes[target].projected:
                middle = ((tee + x) / 2) * RIGHT + level * UP
                strip.ties[target - first].add(projection_at(middle, style))
    for k, tee in tees.items():
        dot = Dot((tee, axis, 0.0), 0.035, color=ManimColor(style.edge_color))
        strip.ties[k + 1 - first].add(dot)
    for repeat in plan.repeats:
        if repeat.first in row:
            strip.frames.add(_frame(repeat, row, axis, levels, places, choice))


def projection_at(point: NDArray[np.float64], style: NetworkStyle) -> VMobject:
    """Return what stands on a link for a 1 x 1 convolution: a small square of its colour."""
    return key_square(VOLUME_KINDS[Conv2D], style).scale(0.8).move_to(point)


def _frame(
    repeat: Repeated,
    row: range,
    axis: float,
    levels: dict[Skip, float],
    places: Places,
    choice: Choice,
) -> BlockFrame:
    """Return the frame around a part that is drawn once for several, with their number."""
    layers, style = places.layers, places.style
    members = range(repeat.first, repeat.last + 1)
    left = _left(layers[repeat.first]) - FRAME[0]
    if repeat.first and places.has_tee[repeat.first - 1]:
        left = min(left, _tee(repeat.first - 1, row, layers) - 0.8 * FRAME[0])
    right = _right(layers[repeat.last]) + FRAME[0]
    top = axis + places.frame_top(repeat, levels, choice)
    bottom = axis - choice.sizes[members, 1].max() / 2 - FRAME[1] / 2
    frame = RoundedFrame(
        corner_radius=0.12,
        width=right - left,
        height=top - bottom,
        color=ManimColor(style.text_color),
        stroke_width=0.5 * style.neuron_stroke_width,
        stroke_opacity=0.55,
    ).move_to((left + right) / 2 * RIGHT + (top + bottom) / 2 * UP)
    words = times_words(repeat.times, style).next_to(frame, UP, WORDS_BUFF / 2)
    return BlockFrame(places.plan.things[repeat.first].name, frame, words)


def _tie_rows(row: range, before: tuple[float, float], places: Places, strip: Strip) -> None:
    """Draw the arrow from the end of a row, back between the rows, to the start of the next."""
    layers, style = places.layers, places.style
    source, target = layers[row[0] - 1], layers[row[0]]
    start = _right(source), float(source.body.get_center()[1])
    end = _left(target), float(target.body.get_center()[1])
    beyond = before[0] + BESIDE, min(0.0, end[0]) - BESIDE
    path = return_path(start, end, beyond, before[1] - ROW_GAP / 2, _RADIUS)
    strip.ties[row[0] - places.plan.n_inputs].add(LinkArrow(_on_screen(path), style))


def _legend_height(legend: VGroup, style: NetworkStyle, room: float) -> float:
    lines = _legend_lines(legend, room)
    return len(lines) * style.count_height * 1.8 + _LEGEND_BUFF if lines else 0.0


def _legend_lines(legend: VGroup, room: float) -> list[list[VMobject]]:
    """Return the legend's entries in lines that have room."""
    lines: list[list[VMobject]] = []
    width = np.inf
    for entry in legend:
        width += entry.width + _LEGEND_GAP
        if not lines or width > room:
            lines.append([])
            width = entry.width
        lines[-1].append(entry)
    return lines


def put_legend(legend: VGroup, under: VGroup, style: NetworkStyle) -> None:
    """Put a legend beneath a picture, in as many lines as it needs.

    Parameters
    ----------
    legend : VGroup
        Its entries, each a group of a square and words.
    under : VGroup
        The picture.
    style : NetworkStyle
        Style of the picture.
    """
    box = box_of(style)
    room = max(under.width, 0.0 if box is None else box[0])
    y = under.get_bottom()[1] - _LEGEND_BUFF - style.count_height / 2
    for line in _legend_lines(legend, room):
        width = sum(entry.width for entry in line) + _LEGEND_GAP * (len(line) - 1)
        x = under.get_center()[0] - width / 2
        for entry in line:
            square = entry[0]
            entry.shift((x - entry.get_left()[0]) * RIGHT + (y - square.get_center()[1]) * UP)
            x += entry.width + _LEGEND_GAP
        y -= 1.8 * style.count_height


def _right(layer: LayerMobject) -> float:
    return float(layer.body.get_right()[0])


def _left(layer: LayerMobject) -> float:
    return float(layer.body.get_left()[0])


def _tee(k: int, row: range, layers: LayerGroup) -> float:
    """Return where between a thing and the next one, which is in a row, a skip begins."""
    if k not in row:
        return _left(layers[k + 1]) - 0.6 * TEE_ROOM
    start, end = _right(layers[k]), _left(layers[k + 1])
    return start + min(_TEE * (end - start), 0.3)


def _top_at(layer: LayerMobject, offset: float) -> float:
    """Return where an arrow from above ends, at a distance from the middle."""
    middle, half = float(layer.body.get_center()[1]), float(layer.body.height) / 2
    if isinstance(layer, VolumeLayer):
        return middle + half
    return middle + float(np.sqrt(max(half**2 - offset**2, 0.0)))


def _line(start: tuple[float, float], end: tuple[float, float]) -> VMobject:
    return _on_screen(Path(start).line(*end))


def _on_screen(path: Path) -> VMobject:
    shown = VMobject()
    shown.points = np.hstack([path.points, np.zeros((len(path.points), 1))])
    return shown
