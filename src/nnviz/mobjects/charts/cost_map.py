"""The cost of a network as a map with contour lines."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Rectangle,
    VGroup,
    VMobject,
    config,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.charts.cost_chart import ChartOptions, CostChart
from nnviz.mobjects.charts.cost_path import CostPath
from nnviz.mobjects.charts.cost_raster import CostRaster, affine
from nnviz.mobjects.charts.lines import broken_lines
from nnviz.mobjects.charts.plot import nice_ticks
from nnviz.mobjects.primitives.boxes import box_around, is_free
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.network import Network, ParameterPlane

__all__ = ["CostMap"]

_TICK = 0.08
#: A number on an axis has this much room, in heights of a digit.
_ROOM = 5.0
#: Width of the colour bar, in scene units.
_BAR = 0.25


class CostMap(CostChart):
    """The cost over a plane in parameter space, seen from above: colours and contour lines.

    Parameters
    ----------
    network : Network or ParameterPlane
        As for :class:`~nnviz.mobjects.charts.cost_chart.CostChart`.
    x, y : array_like
        As for :class:`~nnviz.mobjects.charts.cost_chart.CostChart`.
    **options
        As for :class:`~nnviz.mobjects.charts.cost_chart.CostChart`: ``directions``, ``seed``,
        ``spans``, ``resolution``, ``levels``, ``highest``, ``logarithmic``, ``colors``,
        ``direction_names``, ``label_height`` and ``writing``.
    width, height : float, optional
        Width and height of the map without axes and colour bar, in scene units.
    color_bar : bool, optional
        Whether to say beside the map which colour is which cost.

    Examples
    --------
    .. code-block:: python

        class Landscape(NNScene):
            def construct(self):
                x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
                start = Network.random([2, 3, 1], seed=1)
                descent = [start]
                for _ in range(50):
                    descent.append(descent[-1].step(descent[-1].backprop(x, y), 2.0))
                plane = ParameterPlane.principal(descent)
                chart = CostMap(plane, x, y, spans=plane.spans(descent))
                path = chart.path(descent)
                self.add(chart)
                self.play(Create(path.line))
    """

    raster: Part[CostRaster] = Part(0, doc="The colours.")
    contours: Part[VGroup] = Part(
        1, doc="The contour lines: one mobject a level, in the order of ``levels``."
    )
    axes: Part[VGroup] = Part(
        2, doc="The frame with its ticks, the numbers, and the directions' names."
    )
    color_bar: Part[VGroup] = Part(
        3,
        doc="Colours, frame with ticks, numbers and title beside the map; empty if there is none.",
    )

    def __init__(
        self,
        network: Network | ParameterPlane,
        x: ArrayLike,
        y: ArrayLike,
        *,
        width: float = 5.0,
        height: float = 5.0,
        color_bar: bool = True,
        **options: Unpack[ChartOptions],
    ) -> None:
        super().__init__(network, x, y, **options)
        shares = self.cost_scale.shares(self.grid.costs)
        raster = CostRaster(shares, self.colors, width, height)
        self.add(raster)
        self.add(self._contours(), self._axes(), VGroup())
        if color_bar:
            self.color_bar.add(*self._color_bar())
        for remark in self.remarks():
            words = self.text(remark)
            self.add(words.next_to(self, DOWN, buff=0.15).set_x(raster.get_x()))

    body = raster

    def places(self, points: ArrayLike, costs: ArrayLike = 0.0) -> NDArray[np.float64]:
        """Return where points of the plane are on screen, whatever they cost; shape (..., 3)."""
        upper_left, upper_right, lower_left = affine(self.raster)
        shares = self.field.shares(points)
        across, up = upper_right - upper_left, upper_left - lower_left
        return np.asarray(lower_left + shares[..., :1] * across + shares[..., 1:] * up)

    def level_labels(self) -> VGroup:
        """Return the costs of the contour lines, each written on its line, for those with room.

        No two overlap, and none covers a path that is on the map. They are no part of the map until
        they are added.
        """
        labels = VGroup()
        inside = box_around(self.raster)
        paths = [path.line.points[:, :2] for path in self if isinstance(path, CostPath)]
        walked = np.concatenate([np.empty((0, 2)), *paths])
        for level, contour in zip(self.levels, self.contours, strict=True):
            label = self.number(level, 0.85)
            label.set_stroke(config.background_color, 4, background=True)
            taken = [box_around(other) for other in labels]
            size = np.array([label.width, label.height]) / 2 + 0.06
            # From the middle of a line outwards, in every line of the level.
            for place in contour.points[::4][_from_the_middle(len(contour.points) // 4)]:
                box = np.array([place[:2] - size, place[:2] + size])
                within = (box[0] > inside[0]).all() and (box[1] < inside[1]).all()
                covers = ((box[0] < walked) & (walked < box[1])).all(axis=1).any()
                if within and not covers and is_free(box, taken):
                    labels.add(label.move_to(place))
                    break
        return labels

    def _contours(self) -> VGroup:
        group = VGroup()
        for lines in self.field.contours(self.levels):
            contour = VMobject(stroke_color=self.ink, stroke_width=1.2, stroke_opacity=0.55)
            contour.points = broken_lines([self.places(line) for line in lines])
            group.add(contour)
        return group

    def _axes(self) -> VGroup:
        raster, spans = self.raster, self.field.spans
        corner = raster.get_corner(DOWN + LEFT)
        ticks, numbers = [], VGroup()
        for axis, (length, out) in enumerate(((raster.width, DOWN), (raster.height, LEFT))):
            most = max(int(length / (_ROOM * self.label_height)), 2)
            for value in nice_ticks(spans[axis, 0], spans[axis, 1], most):
                share = (value - spans[axis, 0]) / np.ptp(spans[axis])
                place = corner + share * length * (RIGHT, UP)[axis]
                ticks.append(np.array([place, place + _TICK * out]))
                numbers.add(self.number(float(value)).next_to(place + _TICK * out, out, buff=0.08))
        frame = Rectangle(width=raster.width, height=raster.height, color=self.ink, stroke_width=2)
        marks = VMobject(stroke_color=self.ink, stroke_width=2)
        marks.points = broken_lines(ticks)
        across, up = (self.text(name) for name in self.direction_names)
        group = VGroup(frame, marks, numbers)
        across.next_to(group, DOWN, buff=0.12).set_x(raster.get_x())
        up.rotate(np.pi / 2).next_to(group, LEFT, buff=0.12).set_y(raster.get_y())
        return group.add(across, up)

    def _color_bar(self) -> list[VMobject]:
        scale, height = self.cost_scale, self.raster.height
        shades = np.linspace(0, 1, 65)[:, None].repeat(2, axis=1)
        bar = CostRaster(shades, self.colors, _BAR, height)
        bar.next_to(self.raster, RIGHT, buff=0.35)
        corner = bar.get_corner(DOWN + RIGHT)
        ticks, numbers = [], VGroup()
        for level in scale.levels(max(int(height / (3 * self.label_height)), 2)):
            place = corner + float(scale.shares(level)) * height * UP
            ticks.append(np.array([place, place + _TICK * RIGHT]))
            numbers.add(self.number(float(level)).next_to(place + _TICK * RIGHT, RIGHT, buff=0.08))
        frame = Rectangle(width=_BAR, height=height, color=self.ink, stroke_width=1.5).move_to(bar)
        marks = VMobject(stroke_color=self.ink, stroke_width=1.5)
        marks.points = broken_lines(ticks)
        title = self.text(scale.words())
        # Above the bar and its uppermost number, however long the word is.
        title.next_to(VGroup(bar, numbers), UP, buff=0.15).set_x(bar.get_x())
        return [bar, frame, marks, numbers, title]


def _from_the_middle(count: int) -> NDArray[np.intp]:
    return np.argsort(np.abs(np.arange(count) - (count - 1) / 2), kind="stable")
