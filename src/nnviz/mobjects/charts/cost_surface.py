"""The cost of a network as a surface in three dimensions."""

from __future__ import annotations

from typing import Any, Self, Unpack, cast

import numpy as np
from manim import DOWN, LEFT, OUT, UP, Animation, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.charts.cost_chart import ChartOptions, CostChart
from nnviz.mobjects.charts.cost_path import CostPath
from nnviz.mobjects.charts.lines import broken_lines
from nnviz.mobjects.charts.plot import nice_ticks
from nnviz.mobjects.charts.relief import Relief
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.boxes import box_around, is_free
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.network import Network, ParameterPlane

__all__ = ["CostSurface", "Turn"]

#: Length of a tick over half the width of the box, and how far from the box a number is.
_TICK, _NUMBER = 0.03, 0.13
#: An upright axis shorter than this gets no numbers, in heights of a digit.
_SHORTEST = 3.0
#: A number on an axis has this much room, in heights of a digit.
_ROOM = 5.0
#: Share of a span that is kept free of numbers at either end.
_CORNER = 0.04


class CostSurface(CostChart):
    """The cost over a plane in parameter space as a surface, drawn as one mobject.

    It is a picture that lies in the scene's plane, turned by `turn`, not by the camera: it works in
    every scene. In a :class:`manim.ThreeDScene` add it with ``add_fixed_in_frame_mobjects``.

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
    width : float, optional
        Width of the surface where it is widest as it turns, without numbers, in scene units.
    height : float, optional
        Height of the highest cost over the lowest, in scene units, seen from the side.
    azimuth : float, optional
        In degrees: by how much it is turned counter-clockwise. At 0 the first direction leads to
        the right, and the second away from the viewer.
    elevation : float, optional
        In degrees: 0 is seen from the side, 90 from above.

    Raises
    ------
    NetworkError, ValueError
        As for :class:`~nnviz.mobjects.charts.cost_chart.CostChart`; also if `elevation` is not from
        0 to 90.

    Examples
    --------
    .. code-block:: python

        class Landscape(NNScene):
            def construct(self):
                train = mnist.load().train
                x, y = train.images[:500], one_hot(train.labels[:500])
                surface = CostSurface(pretrained(), x, y)
                self.add(surface)
                self.play(surface.animate.turn(azimuth=70), run_time=4)
    """

    relief: Part[Relief] = Part(1, doc="The surface itself, with its contour lines.")
    axes: Part[VMobject] = Part(0, doc="The edges of the floor, the upright axis, and their ticks.")

    def __init__(
        self,
        network: Network | ParameterPlane,
        x: ArrayLike,
        y: ArrayLike,
        *,
        width: float = 6.0,
        height: float = 2.2,
        azimuth: float = 30.0,
        elevation: float = 30.0,
        **options: Unpack[ChartOptions],
    ) -> None:
        super().__init__(network, x, y, **options)
        half = width / np.sqrt(8)
        lines = [
            np.column_stack([self.field.shares(line), np.full(len(line), share)])
            for share, group in zip(
                self.cost_scale.shares(self.levels), self.field.contours(self.levels), strict=True
            )
            for line in group
        ]
        relief = Relief(
            self.cost_scale.shares(self.grid.costs),
            lines,
            self.colors,
            self.ink,
            0.015,
            half,
            azimuth,
            _checked(elevation),
            height / half,
        )
        self._ticks = self._choose_ticks(half, height)
        self.add(VMobject(stroke_color=self.ink, stroke_width=2), relief)
        self.add(*(self.number(value) for axis in self._ticks for value in axis))
        self.add(*(self.text(name) for name in (*self.direction_names, self.cost_scale.words())))
        self.add(*map(self.text, self.remarks()))
        self._set_axes()

    body = relief

    @property
    def numbers(self) -> list[VMobject]:
        """The numbers at the ticks: of the first direction, the second, and the costs."""
        return list(self[2 : 2 + sum(map(len, self._ticks))])

    @property
    def names(self) -> list[VMobject]:
        """What stands along the first direction, the second, and the upright axis."""
        first = 2 + sum(map(len, self._ticks))
        return list(self[first : first + 3])

    @property
    def azimuth(self) -> float:
        """The angle by which it is turned, in degrees."""
        return self.relief.view.azimuth

    @property
    def elevation(self) -> float:
        """The angle of the view above the floor, in degrees."""
        return self.relief.view.elevation

    def turn(self, azimuth: float | None = None, elevation: float | None = None) -> Self:
        """See it from elsewhere, with all paths on it; ``.animate.turn(...)`` shows the way there.

        Parameters
        ----------
        azimuth, elevation : float, optional
            In degrees, as for the class; as they are if None.
        """
        self.relief.look(
            self.azimuth if azimuth is None else azimuth,
            self.elevation if elevation is None else _checked(elevation),
        )
        for path in self:
            if isinstance(path, CostPath):
                path.follow(self)
        self._set_axes()
        return self

    @animation_for(turn)
    def _animate_turn(
        self,
        azimuth: float | None = None,
        elevation: float | None = None,
        anim_args: dict[str, Any] | None = None,
    ) -> Turn:
        return Turn(self, azimuth, elevation, **(anim_args or {}))

    def places(self, points: ArrayLike, costs: ArrayLike) -> NDArray[np.float64]:
        """Return where points of the plane with these costs are on screen; shape (..., 3)."""
        shares = self.field.shares(points)
        heights = np.broadcast_to(self.cost_scale.shares(costs), shares.shape[:-1])
        return self._on_screen(
            np.concatenate([2 * shares - 1, self.relief.view.height * heights[..., None]], axis=-1)
        )

    # --- axes

    def _choose_ticks(self, half: float, height: float) -> tuple[NDArray[np.float64], ...]:
        room = _ROOM * self.label_height
        along = []
        for first, last in self.field.spans:
            # Numbers at the corners would meet those of the other axes.
            kept = _CORNER * (last - first)
            along.append(nice_ticks(first + kept, last - kept, max(int(2 * half / room), 2)))
        return (*along, self.cost_scale.levels(max(int(height / (3 * self.label_height)), 2)))

    def _on_screen(self, box: NDArray[np.float64]) -> NDArray[np.float64]:
        origin, across, up = self.relief.axes_on_screen()
        flat = self.relief.view.flat(box)
        return np.asarray(origin + flat[..., :1] * across + flat[..., 1:] * up)

    def _set_axes(self) -> None:
        """Put lines and texts to the nearest edges of the floor, and to the corner at the left."""
        view = self.relief.view
        corners = np.array([(a, b, 0.0) for a in (-1.0, 1.0) for b in (-1.0, 1.0)])
        near = corners[view.away(corners).argmin()]
        # The nearer of the corners at the left: nothing can be before the upright axis there.
        left = corners[(view.flat(corners)[:, 0] + 1e-6 * view.away(corners)).argmin()]
        top = left + view.height * OUT
        floor = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0), (-1, -1, 0)])
        lines = [floor.astype(float), np.array([left, top])]
        numbers, shown = iter(self.numbers), list[VMobject]()
        for axis in range(2):
            edge, out = self._edge(axis, near)
            first, last = self.field.spans[axis]
            for value in self._ticks[axis]:
                place = edge.copy()
                place[axis] = 2 * (value - first) / (last - first) - 1
                lines.append(np.array([place, place + _TICK * out]))
                number = self._stand(next(numbers), place, out, _NUMBER)
                _show_if_free(number, shown)
        upright = float(np.linalg.norm(self._on_screen(top) - self._on_screen(left)))
        for number, share in zip(numbers, self.cost_scale.shares(self._ticks[2]), strict=True):
            place = left + share * view.height * OUT
            tick = place + self._leftwards(_TICK)
            lines.append(np.array([place, tick]))
            number.next_to(self._on_screen(tick), LEFT, buff=0.08)
            _show_if_free(number, shown, upright > _SHORTEST * self.label_height)
        # It ends above the axis: further to the right there may be the surface.
        self.names[2].next_to(self._on_screen(top), UP + LEFT, buff=self.label_height)
        _show_if_free(self.names[2], shown, upright > _SHORTEST * self.label_height)
        for axis in range(2):
            far = _NUMBER
            room = 0.6 * self.label_height
            if not self.names[axis].family_members_with_points():
                continue  # an empty name has no place
            name, taken = self.names[axis], [box_around(other, room) for other in shown]
            while not is_free(box_around(self._stand(name, *self._edge(axis, near), far)), taken):
                far += 0.04
            shown.append(name)
        self.axes.points = broken_lines([self._on_screen(line) for line in lines])
        self._set_remarks()

    def _edge(
        self, axis: int, near: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the middle of the nearest edge along a direction, and the way out from there."""
        out = np.zeros(3)
        out[1 - axis] = near[1 - axis]
        return out.copy(), out

    def _set_remarks(self) -> None:
        """Put remarks on the chart, and on its paths, below it."""
        first = 2 + len(self.numbers) + len(self.names)
        chart = VGroup(*self[:first])
        for said in self[first:]:
            remark = said.note if isinstance(said, CostPath) else said
            if remark is not None:
                chart.add(remark.next_to(chart, DOWN, buff=0.15).set_x(self.relief.get_x()))

    def _leftwards(self, length: float) -> NDArray[np.float64]:
        """Return a vector of the box that leads to the left on screen."""
        angle = np.radians(self.azimuth)
        return -length * np.array([np.cos(angle), -np.sin(angle), 0.0])

    def _stand(
        self, text: VMobject, place: NDArray[np.float64], out: NDArray[np.float64], far: float
    ) -> VMobject:
        """Put a text beyond an edge, at a distance that its size needs in that direction."""
        start = self._on_screen(place)
        way = self._on_screen(place + out) - start
        if np.linalg.norm(way) < 1e-6:  # seen edge-on
            way = -self.relief.axes_on_screen()[2]
        way /= np.linalg.norm(way)
        half = abs(way[0]) * text.width / 2 + abs(way[1]) * text.height / 2
        return text.move_to(start + (half + far * self.label_height / 0.18) * way)


# It stands here, as `surface.animate.turn` plays it; it is imported from `nnviz.animations`.
class Turn(Animation):
    """A surface turns, with everything on it.

    Parameters
    ----------
    surface : CostSurface
        What turns.
    azimuth, elevation : float, optional
        View at the end, in degrees; as before if None.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        surface: CostSurface,
        azimuth: float | None = None,
        elevation: float | None = None,
        **kwargs: Any,
    ) -> None:
        self._goal = (azimuth, None if elevation is None else _checked(elevation))
        super().__init__(surface, **kwargs)

    @property
    def _surface(self) -> CostSurface:
        return cast("CostSurface", self.mobject)

    def begin(self) -> None:
        """Keep the present view."""
        self._start = (self._surface.azimuth, self._surface.elevation)
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Turn it by a share of the way."""
        share = self.rate_func(alpha)
        self._surface.turn(
            *(
                start if goal is None else (1 - share) * start + share * goal
                for start, goal in zip(self._start, self._goal, strict=True)
            )
        )


def _checked(elevation: float) -> float:
    if not 0 <= elevation <= 90:
        raise ValueError(f"elevation goes from 0 (the side) to 90 degrees (above), not {elevation}")
    return float(elevation)


def _show_if_free(text: VMobject, shown: list[VMobject], possible: bool = True) -> None:
    """Show a text, and list it, if it overlaps none that is shown; hide it otherwise."""
    if not text.family_members_with_points():
        return
    free = possible and is_free(box_around(text), map(box_around, shown))
    if free:
        shown.append(text)
    if free != (text.family_members_with_points()[0].get_fill_opacity() > 0):
        text.set_opacity(float(free))
