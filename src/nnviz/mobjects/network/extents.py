"""How far things of a graph reach, along the way of the signal (u) and across it (v)."""

from __future__ import annotations

import numpy as np
from manim import DL, UR, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.box_layers import BoxLayer, SignMark
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.layout import Words
from nnviz.mobjects.network.routes import Place, Port
from nnviz.mobjects.network.style import Direction, NetworkStyle

__all__ = ["Extent", "core_of", "to_screen", "to_signal"]

#: Lowest u and v, highest u and v.
Box = tuple[float, float, float, float]


def core_of(k: int, layer: LayerMobject, words: Words) -> VGroup:
    """Return a layer without its words, but with the labels beside it."""
    core = VGroup(layer.column, layer.dots, layer.mark)
    if k == 0:
        core.add(words.input_labels)
    if k == words.output_layer:
        core.add(words.output_labels)
    return core


class Extent:
    """One thing with its words, and its extent: along (u), and across (v)."""

    def __init__(
        self,
        layer: LayerMobject,
        group: VGroup,
        words: Words,
        k: int,
        style: NetworkStyle,
        pad: float,
    ) -> None:
        self._pad = pad
        self.layer, self.group, self._direction = layer, group, style.direction
        marks = [mark for mark in layer.mark if isinstance(mark, SignMark)]
        self._is_marked = bool(marks)
        # All moves together: boxes are measured once, from the middle of the layer's body.
        self._at = to_signal(layer.body.get_center(), self._direction)
        self._group = self._around(group) - np.tile(self._at, 2)
        self._core = self._around(core_of(k, layer, words)) - np.tile(self._at, 2)
        self._body = self._around(layer.body) - np.tile(self._at, 2)
        self._entry = self._around(marks[0].ring if marks else layer.body) - np.tile(self._at, 2)

    @property
    def box(self) -> Box:
        """Lowest u and v, and highest, with the room that frames around it take across."""
        low_u, low_v, high_u, high_v = self._now(self._group)
        return low_u, low_v - self._pad, high_u, high_v + self._pad

    @property
    def relative(self) -> Box:
        """The box without frames around it, from the middle of the layer's body."""
        low_u, low_v, high_u, high_v = self._group.tolist()
        return low_u, low_v, high_u, high_v

    @property
    def whole(self) -> Box:
        """The box without frames around it."""
        return self._now(self._group)

    def put(self, u: float, v: float) -> None:
        """Move all of it, so that the middle of the layer's body is at a point."""
        self.shift(np.array([u, v]) - self._at)

    def shift(self, way: NDArray[np.float64]) -> None:
        """Move all of it, along and across."""
        self.group.shift(to_screen(way, self._direction))
        self._at = self._at + way

    def place(self, column: int) -> Place:
        """Return what links need to know."""
        group, core = self._now(self._group), self._now(self._core)
        entry, body = self._now(self._entry), self._now(self._body)
        is_round = isinstance(self.layer, BoxLayer) and self.layer.is_round
        first = entry if self._is_marked else core
        return Place(
            column,
            self.box,
            Port(
                first[0],
                (entry[1] + entry[3]) / 2,
                (entry[0] + entry[2]) / 2,
                (entry[3] - entry[1]) / 2,
                is_round or self._is_marked,
            ),
            Port(
                core[2],
                (body[1] + body[3]) / 2,
                (body[0] + body[2]) / 2,
                (body[3] - body[1]) / 2,
                is_round,
            ),
            (group[1] > body[1] - 1e-6, group[3] < body[3] + 1e-6),
        )

    def _now(self, box: NDArray[np.float64]) -> Box:
        low_u, low_v, high_u, high_v = (box + np.tile(self._at, 2)).tolist()
        return low_u, low_v, high_u, high_v

    def _around(self, mobject: VMobject) -> NDArray[np.float64]:
        first, last = (to_signal(mobject.get_corner(side), self._direction) for side in (DL, UR))
        return np.concatenate([np.minimum(first, last), np.maximum(first, last)])


def to_signal(points: NDArray[np.float64], direction: Direction) -> NDArray[np.float64]:
    """Return points along the way of the signal, and across it as neurons follow one another."""
    x, y = points[..., 0], points[..., 1]
    along, across = {"right": (x, -y), "down": (-y, x), "up": (y, x)}[direction]
    return np.stack([along, across], axis=-1)


def to_screen(points: NDArray[np.float64], direction: Direction) -> NDArray[np.float64]:
    """Return the points of the plane whose places `to_signal` gives."""
    u, v = points[..., 0], points[..., 1]
    x, y = {"right": (u, -v), "down": (v, -u), "up": (v, u)}[direction]
    return np.stack([x, y, np.zeros_like(x)], axis=-1)
