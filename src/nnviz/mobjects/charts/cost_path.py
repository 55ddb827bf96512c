"""The path of a descent on a chart of the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from manim import LineJointType, ParsableManimColor, VGroup, VMobject, config
from numpy.typing import NDArray

from nnviz.mobjects.charts.chart_colors import ink
from nnviz.mobjects.charts.lines import broken_lines, discs
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks

if TYPE_CHECKING:
    from nnviz.mobjects.charts.cost_chart import CostChart

__all__ = ["CostPath"]

#: A network is off the plane if it is further off than this share of the path's extent.
_OFF = 1e-3
#: Width of the seam around line and dots, over the line's.
_SEAM = 2.2


class CostPath(ShownInNotebooks, VGroup):
    """The way of a network over a chart of the cost: a line, and a dot for each network.

    Made by a chart's ``path``. In three dimensions it is drawn over the surface, also where a hill
    is before it.

    Parameters
    ----------
    track : ndarray of float
        Points of the plane, shape (n, 2): each network's, and some between two.
    costs : ndarray of float
        The engine's costs there, shape (n,).
    distances : ndarray of float
        Distances of the networks from the plane, in parameter space.
    every : int
        Number of entries of `track` from a network to the next.
    chart : CostChart
        Chart that it is drawn on.
    color : color, optional
        Colour of line and dots; what is seen on the background if None.
    width : float, optional
        Width of the line, in Manim's stroke width.
    dot_radius : float, optional
        Radius of the dots, in scene units. 0 draws none.

    Attributes
    ----------
    points_on_plane
        Points of the networks on the plane, shape (n, 2).
    costs
        The engine's costs there, shape (n,): at the points of the plane, not of the networks.
    distances
        As given.
    """

    line: Part[VMobject] = Part(
        0, doc="The line, whose pieces go from point to point: `Create` follows the descent."
    )
    rings: Part[VMobject] = Part(2, doc="The rings alone.")

    def __init__(
        self,
        track: NDArray[np.float64],
        costs: NDArray[np.float64],
        distances: NDArray[np.float64],
        *,
        every: int,
        chart: CostChart,
        color: ParsableManimColor | None = None,
        width: float = 3.0,
        dot_radius: float = 0.05,
    ) -> None:
        self._track, self._track_costs, self._every = track, costs, every
        self.points_on_plane, self.costs = track[::every], costs[::every]
        self.distances = distances
        self._radius = dot_radius
        steps = np.linalg.norm(
            np.diff(self.points_on_plane, axis=0) @ chart.plane.directions, axis=1
        )
        self.off_plane = distances > _OFF * float(steps.sum())
        paint = ink() if color is None else color
        seam = config.background_color
        line = VMobject(stroke_color=paint, stroke_width=width, joint_type=LineJointType.ROUND)
        line.set_stroke(seam, _SEAM * width, background=True)
        on, off = VMobject(stroke_width=0), VMobject(stroke_color=paint, stroke_width=width / 2)
        on.set_fill(paint, 1).set_stroke(seam, _SEAM * width / 2, background=True)
        off.set_fill(seam, 1)
        super().__init__(line, on, off)
        self.follow(chart)

    @property
    def dots(self) -> VGroup:
        """A dot for every network on the plane, and a ring for every one off it."""
        return VGroup(self[1], self[2])

    @property
    def note(self) -> VMobject | None:
        """Remark on networks off the plane; None if there are none."""
        return self[3] if len(self) > 3 else None

    @property
    def places(self) -> NDArray[np.float64]:
        """Where the networks' points are on screen, shape (n, 3)."""
        points = self.line.points
        return np.concatenate([points[:: 4 * self._every], points[-1:]])

    def steps_at(self, share: float) -> float:
        """Return how many steps have been taken after a share of the way, by its length on screen.

        Parameters
        ----------
        share : float
            From 0 to 1. Where a way has no length, it is the share of the steps.
        """
        pieces = self.line.points.reshape(-1, 4, 3)
        lengths = np.linalg.norm(pieces[:, -1] - pieces[:, 0], axis=1)
        reached = np.cumsum([0.0, *lengths])
        count = len(lengths)
        if not reached[-1] > 0:
            return share * count / self._every
        passed = float(np.interp(share * reached[-1], reached, np.arange(count + 1)))
        return passed / self._every

    def step(self, number: int) -> VMobject:
        """Return the piece of the line from one network to the next, counted from 0."""
        size = 4 * self._every
        if not 0 <= number < len(self.costs) - 1:
            raise IndexError(f"steps go from 0 to {len(self.costs) - 2}, there is no {number}")
        piece = self.line.copy()
        piece.points = self.line.points[number * size : (number + 1) * size].copy()
        return piece

    def follow(self, chart: CostChart) -> None:
        """Move to where the chart shows the path's points and costs now."""
        self.line.points = broken_lines([chart.places(self._track, self._track_costs)])
        for mobject, chosen in ((self[1], ~self.off_plane), (self[2], self.off_plane)):
            if self._radius > 0:
                mobject.points = discs(self.places[chosen], self._radius)
