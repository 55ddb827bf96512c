"""How links run between the columns of a graph: straight to the next one, over others on rails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "Link", "Path", "Place", "Port", "return_path", "routed"]

#: What stays free between a rail and what it passes, and between two rails.
_PAD, _PITCH = 0.2, 0.16
#: Radius of a rail's corners; the most that links into one side are apart.
_RADIUS, _PORT_PITCH = 0.25, 0.14
#: Of half of a port's length, where links enter and leave it from a rail.
_RAIL_PORT = 0.55
#: How much longer a rail may be to keep out of the middle.
_DETOUR = 1.0
#: Control points of a quarter of a circle, over its radius.
_KAPPA = 0.5523


class Port(NamedTuple):
    """The side of something at which links start or end.

    Attributes
    ----------
    u, v
        Its middle, along and across.
    center
        The middle of what it is the side of, along.
    half
        Half of its length.
    is_round
        Whether it is a circle's side.
    """

    u: float
    v: float
    center: float
    half: float
    is_round: bool

    def at(self, offset: float) -> tuple[float, float]:
        """Return the point on the side at a distance from its middle."""
        if not self.is_round:
            return self.u, self.v + offset
        across = float(np.sqrt(max(self.half**2 - offset**2, 0.0)))
        return self.center + np.sign(self.u - self.center) * across, self.v + offset

    def edge(self, offset: float, side: int) -> tuple[float, float]:
        """Return the point above (-1) or below (1), at a distance along from the middle."""
        across = float(np.sqrt(max(self.half**2 - offset**2, 0.0))) if self.is_round else self.half
        return self.center + offset, self.v + side * across


@dataclass
class Place:
    """The place of something: along (u) and across (v) the way of the signal.

    Attributes
    ----------
    column
        Which one.
    box
        Lowest u and v, highest u and v, with all words.
    entry, exit
        Sides at which links end and start.
    is_free
        Whether nothing of its own is above its ports, and below.
    """

    column: int
    box: tuple[float, float, float, float]
    entry: Port
    exit: Port
    is_free: tuple[bool, bool]


class Column(NamedTuple):
    """The extent of a column, along."""

    low: float
    high: float


@dataclass
class Link:
    """A link between two things, by their numbers.

    Attributes
    ----------
    source, target
        The things.
    rail
        Its place across, where it passes a column.
    rises
        Whether it starts, and ends, above or below its ends instead of beside them.
    offset
        Distance of its end from the middle of its port.
    path
        Control points of cubic curves, shape (4 curves, 2): along and across.
    before
        How many of these lead to the row of the target, from another one.
    """

    source: int
    target: int
    rail: float | None = None
    rises: tuple[bool, bool] = (False, False)
    offset: float = 0.0
    path: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    before: int = 0


def routed(
    places: Sequence[Place], columns: Sequence[Column], pairs: Sequence[tuple[int, int]]
) -> list[Link]:
    """Return links that cross nothing.

    A link to the next column runs in the gap between the two. One that goes further runs along a
    rail: a straight line above, below or between all that it passes, as near as there is room. A
    rail starts above or below its thing, if nothing else is there, and ends so.

    Parameters
    ----------
    places : sequence of Place
        Places of all things.
    columns : sequence of Column
        All columns.
    pairs : sequence of (int, int)
        The source and the target of every link, which is in a later column.
    """
    links = [Link(source, target) for source, target in pairs]
    far = [link for link in links if _span(places, link) > 1]
    done: list[Link] = []
    for link in sorted(far, key=lambda one: (_span(places, one), one.source)):
        _put_on_rail(link, places, done)
        done.append(link)
    _share_ports(links, places)
    for link in links:
        link.path = _path(link, places, columns)
    return links


def _span(places: Sequence[Place], link: Link) -> int:
    return places[link.target].column - places[link.source].column


def _put_on_rail(link: Link, places: Sequence[Place], done: Sequence[Link]) -> None:
    source, target = places[link.source], places[link.target]
    passed = [one.box for one in places if source.column < one.column < target.column]
    low, high = min(box[1] for box in passed), max(box[3] for box in passed)
    blocked = [(box[1] - _PAD, box[3] + _PAD) for box in passed]
    for other in done:
        first, last = places[other.source], places[other.target]
        meets = first.column < target.column and source.column < last.column
        if meets and other.rail is not None and other.source != link.source:
            blocked.append((other.rail - _PITCH, other.rail + _PITCH))
    shared = [one.rail for one in done if one.source == link.source and one.rail is not None]
    candidates = [source.exit.v, target.entry.v, *shared, *np.ravel(blocked)]
    free = [v for v in candidates if not any(a + 1e-6 < v < b - 1e-6 for a, b in blocked)]

    def cost(v: float) -> tuple[float, float]:
        way = abs(v - source.exit.v) + abs(v - target.entry.v)
        return round(way + _DETOUR * (low < v < high), 6), v

    link.rail = float(min(free, key=cost))
    link.rises = (
        _can_rise(link.source, source.exit, link.rail, places),
        _can_rise(link.target, target.entry, link.rail, places)
        and sum(one.target == link.target and one.rises[1] for one in done) < 2,
    )


def _can_rise(k: int, port: Port, rail: float, places: Sequence[Place]) -> bool:
    """Return whether a rail can come from right above or below a thing."""
    place = places[k]
    side = np.sign(rail - port.v)
    if abs(rail - port.v) < port.half + 0.5 * _PAD or not place.is_free[int(side > 0)]:
        return False
    low, high = sorted((rail + side * _PAD, port.v))
    return not any(
        one is not place and one.column == place.column and one.box[1] < high and one.box[3] > low
        for one in places
    )


def _share_ports(links: Sequence[Link], places: Sequence[Place]) -> None:
    """Let links that end at one thing end side by side."""
    for k, place in enumerate(places):
        into = [link for link in links if link.target == k]
        beside = [link for link in into if not link.rises[1]]
        beside.sort(key=lambda one: places[one.source].exit.v if one.rail is None else one.rail)
        pitch = min(_PORT_PITCH, 1.6 * place.entry.half / max(len(beside), 1))
        for i, link in enumerate(beside):
            link.offset = (i - (len(beside) - 1) / 2) * pitch
        for side in (-1, 1):
            above = [
                link
                for link in into
                if link.rises[1] and np.sign((link.rail or 0.0) - place.entry.v) == side
            ]
            above.sort(key=lambda one: abs((one.rail or 0.0) - place.entry.v))
            width = min(place.entry.half, abs(place.entry.center - place.entry.u))
            for i, link in enumerate(above):
                link.offset = -_RAIL_PORT * width * (len(above) - i) / len(above)


def _path(link: Link, places: Sequence[Place], columns: Sequence[Column]) -> NDArray[np.float64]:
    source, target = places[link.source], places[link.target]
    if link.rail is None:
        end = target.entry.at(link.offset)
        path = Path(source.exit.at(0.0)).line(columns[source.column].high, source.exit.v)
        return path.bend(columns[target.column].low, end[1]).line(*end).points
    rail, before, after = link.rail, source.column + 1, target.column - 1
    if link.rises[0]:
        side = 1 if rail > source.exit.v else -1
        width = min(source.exit.half, abs(source.exit.center - source.exit.u))
        start = source.exit.edge(_RAIL_PORT * width, side)
        radius = min(_RADIUS, abs(rail - start[1]))
        path = Path(start).line(start[0], rail - side * radius)
        path.corner((start[0] + radius, rail), is_upright=True)
    else:
        path = Path(source.exit.at(0.0)).line(columns[source.column].high, source.exit.v)
        path.bend(columns[before].low, rail)
    if link.rises[1]:
        side = 1 if rail > target.entry.v else -1
        end = target.entry.edge(link.offset, side)
        radius = min(_RADIUS, abs(rail - end[1]))
        path.line(end[0] - radius, rail)
        return path.corner((end[0], rail - side * radius), is_upright=False).line(*end).points
    end = target.entry.at(link.offset)
    path.line(columns[after].high, rail)
    return path.bend(columns[target.column].low, end[1]).line(*end).points


class Path:
    """A path of cubic curves that grows at its end."""

    def __init__(self, start: tuple[float, float]) -> None:
        self._at = np.array(start)
        self._curves: list[NDArray[np.float64]] = []

    @property
    def points(self) -> NDArray[np.float64]:
        """All control points, shape (4 curves, 2)."""
        return np.concatenate(self._curves)

    def line(self, u: float, v: float) -> Path:
        """Go straight to a point."""
        end = np.array([u, v])
        if np.linalg.norm(end - self._at) > 1e-6:
            shares = np.linspace(0, 1, 4)[:, None]
            self._add((1 - shares) * self._at + shares * end)
        return self

    def bend(self, u: float, v: float) -> Path:
        """Go to a point, and leave and arrive along."""
        if abs(v - self._at[1]) < 1e-6:
            return self.line(u, v)
        middle = (u - self._at[0]) / 2 * np.array([1.0, 0.0])
        end = np.array([u, v])
        return self._add(np.array([self._at, self._at + middle, end - middle, end]))

    def corner(self, end: tuple[float, float], *, is_upright: bool) -> Path:
        """Turn by a right angle to a point; at first across, or along."""
        way = np.array(end) - self._at
        first = way * ((0, 1) if is_upright else (1, 0))
        last = way - first
        points = [self._at, self._at + _KAPPA * first, end - _KAPPA * last, end]
        return self._add(np.array(points))

    def _add(self, curve: NDArray[np.float64]) -> Path:
        self._curves.append(curve)
        self._at = curve[-1]
        return self


def return_path(
    start: tuple[float, float],
    end: tuple[float, float],
    beyond: tuple[float, float],
    middle: float,
    radius: float,
) -> Path:
    """Return the path from the end of a row, back between two rows, to the start of the other.

    Parameters
    ----------
    start, end : (float, float)
        The point at which it leaves a row, and the point at which it enters the other one.
    beyond : (float, float)
        How far along it goes past its start, and then back past its end.
    middle : float
        The place across at which it runs back.
    radius : float
        Radius of its corners, where there is room.
    """
    v, (far, near) = start[1], beyond
    way = 1.0 if middle > v else -1.0
    first, last = (min(radius, abs(middle - one) / 2) for one in (v, end[1]))
    path = Path(start).line(far - first, v)
    path.corner((far, v + way * first), is_upright=False).line(far, middle - way * first)
    path.corner((far - first, middle), is_upright=True).line(near + last, middle)
    path.corner((near, middle + way * last), is_upright=False).line(near, end[1] - way * last)
    return path.corner((near + last, end[1]), is_upright=True).line(*end)
