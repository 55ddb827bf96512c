"""What a map of the cost and a surface in three dimensions have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self, TypedDict

import numpy as np
from contourpy import LineType, contour_generator
from manim import DOWN, ManimColor, ParsableManimColor, VGroup, VMobject, config
from numpy.typing import ArrayLike, NDArray

from nnviz import words
from nnviz.mobjects.charts.chart_colors import ink
from nnviz.mobjects.charts.color_map import ColorMap, color_map_for
from nnviz.mobjects.charts.cost_path import CostPath
from nnviz.mobjects.charts.cost_scale import CostScale, number_text
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.writing import Writing, plain_signs, writer, written
from nnviz.network import CostGrid, Network, NetworkError, ParameterPlane
from nnviz.network.parameter_plane import Networks, Spans

__all__ = ["ChartOptions", "CostChart", "CostField"]


#: Points of a path between two networks, so that its line lies on the surface.
_BETWEEN = 8
#: Folder of costs that were computed before, in Manim's media folder.
_KEPT_IN = "costs"


class CostField:
    """What a chart shows, as values: a plane, the examples, the costs on a grid, and their scale.

    Attributes
    ----------
    plane
        The plane.
    x, y
        The examples that the cost is the mean over.
    grid
        The costs that were computed.
    scale
        Scale from costs to heights.
    """

    def __init__(
        self,
        plane: ParameterPlane,
        x: ArrayLike,
        y: ArrayLike,
        spans: Spans,
        resolution: int | tuple[int, int],
        highest: float | None,
        logarithmic: bool | None,
    ) -> None:
        folder = None if config.disable_caching else config.get_dir("media_dir") / _KEPT_IN
        self.plane, self.x, self.y = plane, x, y
        self.grid: CostGrid = plane.cost_grid(x, y, spans, resolution, folder)
        self.scale = CostScale.of(self.grid.costs, highest, logarithmic)

    def costs(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the engine's costs at points of the plane, shapes (..., 2) and (...,)."""
        return self.plane.costs(self.x, self.y, points)

    @property
    def spans(self) -> NDArray[np.float64]:
        """First and last coordinate along either direction, shape (2, 2)."""
        return np.array([axis[[0, -1]] for axis in (self.grid.across, self.grid.up)])

    def shares(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return points of the plane as shares of the two spans, shape (..., 2)."""
        first, last = self.spans.T
        return np.asarray((np.asarray(points, dtype=np.float64) - first) / (last - first))

    def contours(self, levels: Sequence[float]) -> list[list[NDArray[np.float64]]]:
        """Return lines of equal cost for each level, in points of the plane, shapes (n, 2).

        Between the points of the grid the cost, or on a logarithmic scale its logarithm, is
        interpolated linearly.
        """
        heights = self.scale.transformed(self.grid.costs)
        generator = contour_generator(
            self.grid.across, self.grid.up, heights, name="serial", line_type=LineType.Separate
        )
        found = []
        for height in self.scale.transformed(levels):
            lines: Any = generator.lines(float(height))
            found.append([np.asarray(line) for line in lines])
        return found

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


class ChartOptions(TypedDict, total=False):
    """The keyword arguments that `CostChart` has for every kind of chart, and explains."""

    directions: str
    seed: int
    spans: Spans
    resolution: int | tuple[int, int]
    levels: int | Sequence[float]
    highest: float | None
    logarithmic: bool | None
    colors: ColorMap | None
    direction_names: tuple[str, str] | None
    label_height: float
    writing: Writing


class CostChart(ShownInNotebooks, VGroup):
    """The cost of a network over a plane in the space of its parameters.

    Every height is the engine's, of the mean over all examples given. Costs are computed on a grid
    for the picture, and for whatever is placed on it at that very place.

    Parameters
    ----------
    network : Network or ParameterPlane
        The network in the middle, or a plane that says which networks are shown.
    x, y : array_like
        Examples, as for :meth:`nnviz.network.Network.cost`.
    directions : str, optional
        Where a network is given: "random" lays a plane along two random, filter-normalised
        directions, "gradient" along the cost's gradient and a random one, as
        :class:`~nnviz.network.ParameterPlane` has them. For planes through given networks, or along
        the principal directions of a descent, give the plane instead of a network.
    seed : int, optional
        Seed of random directions.
    spans : Spans, optional
        First and last coordinate along either direction, in units of the directions.
    resolution : int or (int, int), optional
        Points of the grid along each direction, or along the first and the second.
    levels : int or sequence of float, optional
        Costs to draw contour lines at, or about how many, at round costs.
    highest : float, optional
        Cut costs off here. The chart says so; a place above it is shown at this height.
    logarithmic : bool, optional
        Whether equal factors are equally far apart. If None, where the costs span more than two
        decades. The chart says so.
    colors : ColorMap, optional
        Colours from the lowest cost to the highest; by the background's if None.
    direction_names : (str, str), optional
        Texts along the axes.
    label_height : float, optional
        Height of a digit, in scene units.
    writing : type or str, optional
        What turns texts into mobjects: ``"text"``, ``"latex"``, or a class or function such as
        ``Text``.

    Raises
    ------
    NetworkError
        If the examples do not fit the network, a span is empty, or there is no plane.
    ValueError
        If no cost is finite, or the scale leaves nothing to show.
    """

    def __init__(
        self,
        network: Network | ParameterPlane,
        x: ArrayLike,
        y: ArrayLike,
        *,
        directions: str = "random",
        seed: int = 0,
        spans: Spans = ((-1.0, 1.0), (-1.0, 1.0)),
        resolution: int | tuple[int, int] = 61,
        levels: int | Sequence[float] = 10,
        highest: float | None = None,
        logarithmic: bool | None = None,
        colors: ColorMap | None = None,
        direction_names: tuple[str, str] | None = None,
        label_height: float = 0.18,
        writing: Writing = "text",
    ) -> None:
        super().__init__()
        plane = _plane(network, x, y, directions, seed)
        self.field = CostField(plane, x, y, spans, resolution, highest, logarithmic)
        self.colors = color_map_for() if colors is None else colors
        self.label_height = label_height
        self.writing = writer(writing)
        self.direction_names = direction_names or (
            words.word("first_direction"),
            words.word("second_direction"),
        )
        shown = self.cost_scale.levels(levels) if isinstance(levels, int) else np.sort(levels)
        self.levels = tuple(
            float(v) for v in shown if self.cost_scale.low <= v <= self.cost_scale.high
        )

    # --- what it shows

    @property
    def plane(self) -> ParameterPlane:
        """The plane."""
        return self.field.plane

    @property
    def grid(self) -> CostGrid:
        """The costs that were computed for the picture."""
        return self.field.grid

    @property
    def cost_scale(self) -> CostScale:
        """How costs become heights and colours."""
        return self.field.scale

    # --- where it shows it

    @abstractmethod
    def places(self, points: ArrayLike, costs: ArrayLike) -> NDArray[np.float64]:
        """Return where points of the plane with these costs are on screen.

        Parameters
        ----------
        points : array_like
            Shape (..., 2).
        costs : array_like
            Shape (...,). Above where the chart is cut off, places are at its top.

        Returns
        -------
        ndarray
            Shape (..., 3).
        """

    @property
    @abstractmethod
    def body(self) -> VMobject:
        """What shows the costs, without axes and texts."""

    def at(self, a: float, b: float) -> NDArray[np.float64]:
        """Return where a point of the plane is on screen, at the engine's cost there; shape (3,).

        Raises
        ------
        ValueError
            If the chart does not reach there.
        """
        point = self._inside([(a, b)])
        place: NDArray[np.float64] = self.places(point, self.field.costs(point))[0]
        return place

    def point(self, network: Network) -> NDArray[np.float64]:
        """Return where the point nearest to a network is on screen: see `at`."""
        a, b = self.plane.project([network]).points[0]
        return self.at(a, b)

    def path(
        self,
        networks: Networks,
        *,
        note: bool = True,
        color: ParsableManimColor | None = None,
        width: float = 3.0,
        dot_radius: float = 0.05,
    ) -> CostPath:
        """Return the path of a descent on the chart, and make it part of the chart.

        Each point lies where the plane comes closest to the network, at the engine's cost there.
        Networks off the plane are drawn as rings, and a note says how far off they are in the space
        of parameters.

        Parameters
        ----------
        networks : sequence of Network
            At least two, such as a descent's snapshots.
        note : bool, optional
            Whether to write below the chart how far networks are off the plane, if any is.
        color : color, optional
            Colour of line and dots; what is seen on the background if None.
        width : float, optional
            Width of the line, in Manim's stroke width.
        dot_radius : float, optional
            Radius of the dots, in scene units. 0 draws none.

        Raises
        ------
        ValueError
            If one lies where the chart does not reach: see `ParameterPlane.spans`.
        """
        points, distances = self.plane.project(networks)
        points = self._inside(points)
        if len(points) < 2:
            raise ValueError(f"a path leads from a network to another: {len(points)} is too few")
        shares = np.arange(_BETWEEN)[:, None] / _BETWEEN
        between = points[:-1, None] + shares * (points[1:] - points[:-1])[:, None]
        track = np.concatenate([between.reshape(-1, 2), points[-1:]])
        path = CostPath(
            track,
            self.field.costs(track),
            distances,
            every=_BETWEEN,
            chart=self,
            color=color,
            width=width,
            dot_radius=dot_radius,
        )
        if path.off_plane.any() and note:
            far = number_text(float(f"{path.distances.max():.3g}"))
            key = "rings_off_plane" if path.rings.has_points() else "path_off_plane"
            note_mob = self.text(words.word(key, distance=far))
            path.add(note_mob.next_to(self, DOWN, buff=0.15).set_x(self.body.get_x()))
        self.add(path)
        return path

    def _inside(self, points: ArrayLike) -> NDArray[np.float64]:
        places = np.asarray(points, dtype=np.float64)
        shares = self.field.shares(places)
        outside = ~((shares > -1e-9) & (shares < 1 + 1e-9)).all(axis=-1)
        if outside.any():
            a, b = places[outside][0]
            (a0, a1), (b0, b1) = self.field.spans
            raise ValueError(
                f"({a:.4g}, {b:.4g}) is outside of the chart, which shows {a0:.4g} to {a1:.4g} "
                f"and {b0:.4g} to {b1:.4g}: give spans=plane.spans(networks)"
            )
        return places

    # --- texts

    def text(self, text: str, size: float = 1.0) -> VMobject:
        """Return a text of the chart's size, colour and writing."""
        height = size * self.label_height
        return written(text, height, self.writing, self.ink, "a text of a chart")

    def number(self, value: float, size: float = 1.0) -> VMobject:
        """Return a number beside an axis, with a minus sign as its writing has it."""
        text = number_text(value)
        return self.text(plain_signs(text.replace("-", "\N{MINUS SIGN}"), self.writing), size)

    @property
    def ink(self) -> ManimColor:
        """Colour of axes and texts: what is seen on the background."""
        return ink()

    def remarks(self) -> list[str]:
        """Return remarks that stand beside the chart."""
        if not self.cost_scale.cut_off:
            return []
        return [words.word("costs_cut_off", cost=number_text(self.cost_scale.high))]


def _plane(
    network: Network | ParameterPlane, x: ArrayLike, y: ArrayLike, directions: str, seed: int
) -> ParameterPlane:
    if isinstance(network, ParameterPlane):
        return network
    if not isinstance(network, Network):
        raise TypeError(f"a chart of the cost is of a Network or a ParameterPlane, not {network!r}")
    if directions == "random":
        return ParameterPlane.random(network, seed)
    if directions == "gradient":
        return ParameterPlane.gradient(network, x, y, seed)
    raise NetworkError(
        f"directions are 'random' or 'gradient', not {directions!r}; for others give a "
        "ParameterPlane instead of the network"
    )
