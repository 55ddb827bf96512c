"""Planes in the space of a network's parameters: directions, projections, and the cost on them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self, cast

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_floats, check_number, check_size
from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.evaluation import examples
from nnviz.network.gradient import Gradient, flatten_parts
from nnviz.network.network import Network
from nnviz.network.plane_costs import cached, costs_on_plane

__all__ = ["CostGrid", "Networks", "ParameterPlane", "Projection", "Spans"]

#: Networks one after the other, or their parameters: an array of shape (n, n_parameters).
Networks = Iterable[Network] | npt.NDArray[np.floating]
#: First and last coordinate along either direction.
Spans = tuple[tuple[float, float], tuple[float, float]]

#: Directions at a smaller angle, in radians, span no plane.
_SMALLEST_ANGLE = 1e-9


class Projection(NamedTuple):
    """Where networks lie, seen from a plane.

    Attributes
    ----------
    points
        Coordinates of the nearest points of the plane, shape (n, 2).
    distances
        How far the networks are from there, shape (n,): Euclidean lengths in parameter space.
    """

    points: FloatArray
    distances: FloatArray


@dataclass(frozen=True, eq=False)
class CostGrid:
    """The cost at the points of a grid on a plane.

    Attributes
    ----------
    across, up
        Coordinates along the first and the second direction, shapes (n,) and (m,).
    costs
        Shape (m, n): ``costs[i, j]`` is the cost at ``(across[j], up[i])``. Infinite or NaN where
        it leaves the range of floats.
    """

    across: FloatArray
    up: FloatArray
    costs: FloatArray


class ParameterPlane:
    """A plane in parameter space: the networks ``origin + a * first + b * second``.

    It is a value, as networks are. What is no parameter, such as the running statistics of a
    `BatchNorm`, is everywhere the origin's.

    Parameters
    ----------
    origin : Network
        The network at (0, 0).
    directions : sequence of Gradient or array_like or ndarray of float
        Two, each a `Gradient` or a vector of shape (n_parameters,) in the order of `flatten`.

    Attributes
    ----------
    origin : Network
        As given.
    directions : ndarray
        Shape (2, n_parameters), read-only.

    Raises
    ------
    NetworkError
        If the directions do not fit the network, are not finite, or are (nearly) parallel.

    Examples
    --------
    >>> network = Network.random([2, 3, 1], seed=0)
    >>> plane = ParameterPlane.random(network, seed=1)
    >>> plane.network_at(0, 0) == network
    True
    >>> plane.project([plane.network_at(0.25, -1.5)]).points.round(12)
    array([[ 0.25, -1.5 ]])
    """

    def __init__(
        self, origin: Network, directions: Sequence[Gradient | npt.ArrayLike] | FloatArray
    ) -> None:
        self.origin: Final = origin
        vectors = [
            direction.flatten() if isinstance(direction, Gradient) else direction
            for direction in directions
        ]
        stacked = check_floats(cast("npt.ArrayLike", vectors), "directions")
        if stacked.shape != (2, origin.n_parameters):
            raise NetworkError(
                f"directions: two vectors of {origin.n_parameters} numbers span a plane, "
                f"not an array of shape {stacked.shape}"
            )
        lengths = np.linalg.norm(stacked, axis=1)
        if not lengths.all():
            raise NetworkError("directions: one has no length")
        # An orthonormal basis q of the plane, and the directions in it: directions.T = q @ r.
        self._q, self._r = np.linalg.qr(stacked.T)
        if abs(self._r[1, 1]) <= _SMALLEST_ANGLE * lengths[1]:
            raise NetworkError("directions: they are parallel, which spans a line and no plane")
        self.directions: Final[FloatArray] = stacked.copy()
        self.directions.setflags(write=False)

    # --- planes that are worth looking at

    @classmethod
    def through(cls, *networks: Network, seed: int = 0) -> Self:
        """Lay a plane through two or three networks.

        The first lies at (0, 0), the second at (1, 0). The second direction is at a right angle
        and of the same length, so that the picture is not distorted; it leads to the side of the
        third network, or where there is none, along a random direction (`random`).

        Parameters
        ----------
        *networks : Network
            Two or three, of the same layers.
        seed : int, optional
            Seed of the random direction, where there are two networks.

        Raises
        ------
        NetworkError
            If it is another number of networks, they are of other shapes, or lie on one line.
        """
        if len(networks) not in (2, 3):
            raise NetworkError(f"a plane goes through two or three networks, not {len(networks)}")
        origin = networks[0]
        first, *rest = _vectors(networks, origin)[1:] - origin.flatten()
        second = rest[0] if rest else _filter_normalised(origin, np.random.RandomState(seed))
        return cls(origin, [first, _at_right_angle(second, first)])

    @classmethod
    def random(cls, network: Network, seed: int = 0) -> Self:
        """Lay a plane along two random, filter-normalised directions.

        Every neuron's weights, and every kernel, of a direction are as long as the network's own,
        so that a step of 1 means as much in every layer, and maps of different networks can be
        compared. Biases and other parameters of one number per channel stay as they are. The method
        is that of H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the Loss
        Landscape of Neural Nets", NeurIPS 2018.

        Parameters
        ----------
        network : Network
            At (0, 0).
        seed : int, optional
            Equal seeds give equal planes; 0 by default, so that a picture stays as it is.
        """
        rng = np.random.RandomState(seed)
        return cls(network, [_filter_normalised(network, rng) for _ in range(2)])

    @classmethod
    def gradient(cls, network: Network, x: npt.ArrayLike, y: npt.ArrayLike, seed: int = 0) -> Self:
        """Lay a plane along the gradient of the cost, and a random direction at a right angle.

        Both directions are as long as the vector of all parameters: 1 is as far as the network is
        from all zeros. The cost falls fastest, at (0, 0), along the negative first direction.

        Parameters
        ----------
        network : Network
            At (0, 0).
        x, y : array_like
            As for `Network.cost`.
        seed : int, optional
            Seed of the random direction, filter-normalised as in `random` before it is turned.

        Raises
        ------
        NetworkError
            If the gradient is zero.
        """
        first = network.backprop(x, y).flatten()
        length = float(np.linalg.norm(first))
        if not length:
            raise NetworkError("the gradient is zero here, and has no direction")
        first *= (float(np.linalg.norm(network.flatten())) or 1.0) / length
        second = _filter_normalised(network, np.random.RandomState(seed))
        return cls(network, [first, _at_right_angle(second, first)])

    @classmethod
    def principal(cls, networks: Networks, origin: Network | None = None) -> Self:
        """Lay a plane along the two directions in which a path of networks varies most.

        These are the first two principal components of the path's differences from its end (Li
        and others, 2018, as in `random`), of length 1: coordinates are distances in parameter
        space. The signs are chosen so that the path comes from the upper left.

        Parameters
        ----------
        networks : sequence of Network
            At least three, such as the snapshots of a descent.
        origin : Network, optional
            The network at (0, 0); the last one if None. Must be given with an array of parameters.

        Raises
        ------
        NetworkError
            If there are fewer than three, or all lie on one line.
        """
        if origin is None:
            if isinstance(networks, np.ndarray):
                raise NetworkError("an array of parameters needs an origin, to say of what network")
            networks = _listed(networks)
            if not networks:
                raise NetworkError("principal directions take three networks or more, not 0")
            origin = networks[-1]
        path = _vectors(networks, origin) - origin.flatten()
        if len(path) < 3:
            raise NetworkError(f"principal directions take three networks or more, not {len(path)}")
        _, sizes, components = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)
        if sizes[1] <= _SMALLEST_ANGLE * sizes[0] or not sizes[0]:
            raise NetworkError("the networks lie on one line, which spans no plane")
        directions = components[:2]
        along = path @ directions.T
        farthest = along[np.abs(along).argmax(axis=0), [0, 1]]
        # A path that starts beside its end, along one of them, says nothing about the sign there.
        telling = np.where(np.abs(along[0]) > 1e-6 * np.abs(farthest), along[0], farthest)
        return cls(origin, directions * np.where(telling * (-1, 1) < 0, -1.0, 1.0)[:, None])

    # --- what lies on it

    def parameters(self, points: npt.ArrayLike) -> FloatArray:
        """Return the parameters at points of shape (..., 2), shape (..., n_parameters)."""
        return np.asarray(self.origin.flatten() + _points(points) @ self.directions)

    def network_at(self, a: float, b: float) -> Network:
        """Return the network at a point."""
        return self.origin.with_parameters(self.parameters((a, b)))

    def project(self, networks: Networks) -> Projection:
        """Return where networks lie, and how far off the plane, by least squares.

        Raises
        ------
        NetworkError
            If one has other layers than the plane's.
        """
        away = _vectors(networks, self.origin) - self.origin.flatten()
        inside = away @ self._q
        distances = np.linalg.norm(away - inside @ self._q.T, axis=1)
        return Projection(np.linalg.solve(self._r, inside.T).T, distances)

    def spans(self, networks: Networks, margin: float = 0.25, *, square: bool = True) -> Spans:
        """Return spans that hold networks' projections, with a margin.

        Parameters
        ----------
        networks : sequence of Network
            At least one.
        margin : float, optional
            Share of the span to leave on each side.
        square : bool, optional
            Make both spans as wide as the wider one.
        """
        check_number(margin, "margin", 0.0, np.inf)
        points = self.project(networks).points
        if not len(points):
            raise NetworkError("no networks have no place to show")
        low, high = points.min(axis=0), points.max(axis=0)
        width = high - low
        width = np.where(width > 0, width, width.max() or 1.0)
        if square:
            width = np.full(2, width.max())
        middle, reach = (low + high) / 2, width * (0.5 + margin)
        (a0, b0), (a1, b1) = (middle - reach).tolist(), (middle + reach).tolist()
        return (a0, a1), (b0, b1)

    # --- the cost on it

    def costs(self, x: npt.ArrayLike, y: npt.ArrayLike, points: npt.ArrayLike) -> FloatArray:
        """Compute the cost at many points.

        It is ``network_at(a, b).cost(x, y)`` for each, computed for many points at a time, in
        memory that does not grow with their number or that of the examples.

        Parameters
        ----------
        x, y : array_like
            As for `Network.cost`.
        points : array_like
            Shape (..., 2).

        Returns
        -------
        ndarray
            Shape (...,). Infinite or NaN where the cost leaves the range of floats.
        """
        places = _points(points)
        inputs, targets, _ = examples(self.origin, x, y)
        flat = costs_on_plane(self.origin, self.directions, inputs, targets, places.reshape(-1, 2))
        return flat.reshape(places.shape[:-1])

    def cost_grid(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        spans: Spans = ((-1.0, 1.0), (-1.0, 1.0)),
        resolution: int | tuple[int, int] = 61,
        folder: str | os.PathLike[str] | None = None,
    ) -> CostGrid:
        """Compute the cost over a grid.

        Equal questions are answered from memory, and where a folder is given, in later runs from a
        file there.

        Parameters
        ----------
        x, y : array_like
            As for `Network.cost`.
        spans : Spans, optional
            First and last coordinate along either direction.
        resolution : int or (int, int), optional
            Points along each direction, or along the first and the second; at least 2.
        folder : str, path, optional
            Where to keep results between runs; made if necessary. A file there that is damaged, or
            of another version of the engine, is computed again.

        Raises
        ------
        NetworkError
            If a span is empty or a shape is wrong.
        """
        counts = resolution if isinstance(resolution, tuple) else (resolution, resolution)
        across, up = (
            np.linspace(*_span(span), check_size(count, "resolution", least=2))
            for span, count in zip(spans, counts, strict=True)
        )
        inputs, targets, _ = examples(self.origin, x, y)
        points = np.stack(np.meshgrid(across, up), axis=-1)
        costs = cached(
            lambda: self.costs(x, y, points),
            self.origin,
            (self.directions, *inputs, targets, points),
            None if folder is None else Path(folder),
        )
        return CostGrid(across, up, costs)

    # --- it is a value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ParameterPlane):
            return NotImplemented
        return self.origin == other.origin and np.array_equal(self.directions, other.directions)

    def __hash__(self) -> int:
        return hash((self.origin, float(self.directions.sum())))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __repr__(self) -> str:
        return f"ParameterPlane({self.origin!r})"


def _listed(networks: Networks) -> list[Network]:
    return [networks] if isinstance(networks, Network) else list(networks)


def _vectors(networks: Networks, origin: Network) -> FloatArray:
    """Return the parameters of networks that are shaped like `origin`, shape (n, n_parameters)."""
    if isinstance(networks, np.ndarray):
        vectors = check_floats(networks, "the networks' parameters")
        if vectors.ndim != 2 or vectors.shape[1] != origin.n_parameters:
            raise NetworkError(
                f"the networks' parameters must have shape (n, {origin.n_parameters}), "
                f"not {vectors.shape}"
            )
        return vectors
    rows = []
    for i, network in enumerate(_listed(networks)):
        if not isinstance(network, Network):
            raise NetworkError(f"network {i} is a {type(network).__name__}, not a Network")
        if network.parameter_shapes != origin.parameter_shapes:
            raise NetworkError(
                f"network {i} is {network!r}, and does not lie in the space of {origin!r}"
            )
        rows.append(network.flatten())
    return np.array(rows).reshape(-1, origin.n_parameters)


def _points(points: npt.ArrayLike) -> FloatArray:
    places = check_floats(points, "points")
    if places.shape[-1:] != (2,):
        raise NetworkError(f"points must have shape (..., 2), not {places.shape}")
    return places


def _span(span: tuple[float, float]) -> tuple[float, float]:
    first, last = span
    if not (np.isfinite([first, last]).all() and first < last):
        raise NetworkError(f"a span goes from a number to a larger one, not {tuple(span)}")
    return float(first), float(last)


def _filter_normalised(network: Network, rng: np.random.RandomState) -> FloatArray:
    """Draw a direction whose filters are as long as the network's: see `ParameterPlane.random`."""
    return flatten_parts(
        tuple(_drawn_like(array, rng) for array in layer.parameters)
        for layer in network.graph.owners
    )


def _drawn_like(array: FloatArray, rng: np.random.RandomState) -> FloatArray:
    drawn: FloatArray = rng.standard_normal(array.shape)
    if array.ndim < 2:
        return np.zeros_like(array)
    inside = tuple(range(1, array.ndim))
    own, wanted = (np.sqrt(np.square(a).sum(axis=inside, keepdims=True)) for a in (drawn, array))
    drawn *= wanted / own
    return drawn


def _at_right_angle(direction: FloatArray, to: FloatArray) -> FloatArray:
    """Return a direction turned at a right angle to another, as long as that one."""
    length = float(np.linalg.norm(to))
    if not length:
        raise NetworkError("two of the networks are one and the same, and span no plane")
    unit = to / length
    turned = direction - (direction @ unit) * unit
    # Once more: what is left of a direction that was almost parallel is rounding along `to`.
    turned -= (turned @ unit) * unit
    rest = float(np.linalg.norm(turned))
    if rest <= _SMALLEST_ANGLE * float(np.linalg.norm(direction)) or not rest:
        raise NetworkError("the directions are parallel: what they span is a line and no plane")
    return turned * (length / rest)
