"""The cost at many points of a plane in parameter space: computed together, and kept."""

from __future__ import annotations

import contextlib
import io
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.files import write_whole
from nnviz.network import storage
from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.evaluation import as_targets, mean_cost, outputs
from nnviz.network.gradient import split_vector
from nnviz.network.layers import Conv2D, Dense, Layer
from nnviz.network.network import Network

__all__ = ["cached", "costs_on_plane"]

#: Numbers of one layer to compute at a time: as many as caches hold, and memory for any network.
_AT_A_TIME = 2**16
#: Smallest number of examples at a time, so that calls cost little beside the work in them.
_EXAMPLES = 64
#: Where there are many examples, this number of points shares what is computed once for them.
_POINTS = 4
#: Grids kept in memory, and files in a folder.
_KEPT, _KEPT_FILES = 16, 200

#: One layer's parameters at the origin, and along either direction.
_Parts = tuple[tuple[FloatArray, ...], tuple[FloatArray, ...], tuple[FloatArray, ...]]


def costs_on_plane(
    network: Network,
    directions: FloatArray,
    inputs: tuple[FloatArray, ...],
    targets: npt.NDArray[Any],
    points: FloatArray,
) -> FloatArray:
    """Compute the mean cost at every point: see `ParameterPlane.costs`.

    In a chain of vectors and images, points and examples make one batch. The first layer that has
    parameters takes the same inputs everywhere, and is linear in its parameters where it is dense
    or a convolution: what it computes for all points follows from what it computes for the origin
    and the two directions. Dense layers after it are products of stacked matrices; other layers
    with parameters are asked point by point. Other graphs are computed point by point.

    Parameters
    ----------
    network : Network
        At the origin.
    directions : ndarray of float
        Shape (2, n_parameters).
    inputs : tuple of ndarray
        Checked, one array per input, shapes (n, *input_shape).
    targets : ndarray
        Checked, shape (n, *output_shape), or labels.
    points : ndarray of float
        Shape (k, 2).

    Returns
    -------
    ndarray
        Shape (k,).
    """
    if not network.is_chain or any(len(shape) == 2 for shape in network.shapes):
        start = network.flatten()
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return np.array(
                [
                    mean_cost(at, *outputs(at, inputs), targets)
                    for at in (network.with_parameters(start + p @ directions) for p in points)
                ]
            )
    wished = as_targets(network, targets)
    return _on_chain(network, directions, inputs[0], wished, points)


def _on_chain(
    network: Network,
    directions: FloatArray,
    inputs: FloatArray,
    targets: FloatArray,
    points: FloatArray,
) -> FloatArray:
    shapes = network.parameter_shapes
    layers = network.layers
    parts: list[_Parts] = list(
        zip(
            [layer.parameters for layer in layers],
            *(split_vector(direction, shapes) for direction in directions),
            strict=True,
        )
    )
    first = next(i for i, layer in enumerate(layers) if layer.parameter_names)
    cost = network.cost_form.function
    widest = max(network.sizes[first + 1 :])
    n = min(max(_AT_A_TIME // (_POINTS * widest), _EXAMPLES), len(inputs))
    k = max(_AT_A_TIME // (n * widest), 1)
    totals = np.zeros(len(points))
    # Far out, costs may leave the range of floats: that is an answer.
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for start in range(0, len(inputs), n):
            x, y = inputs[start : start + n], targets[start : start + n]
            for layer in layers[:first]:
                x = layer.activation.function(layer.forward(x)[0])
            weighted = _first(layers[first], parts[first], x)
            for low in range(0, len(points), k):
                some = points[low : low + k]
                z = weighted(some)
                a = layers[first].activation.function(z)
                for layer, part in zip(layers[first + 1 :], parts[first + 1 :], strict=True):
                    z = _forward(layer, part, a, some)
                    a = layer.activation.function(z)
                of_each = cost(z, a, np.tile(y, (len(some), *(1,) * (y.ndim - 1))))
                totals[low : low + k] += of_each.reshape(len(some), len(x)).sum(axis=1)
    return totals / len(inputs)


def _first(layer: Layer, parts: _Parts, x: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Return what gives z at points, shape (k * n, ...), for inputs that are the same at all."""
    if type(layer) not in (Dense, Conv2D):
        return lambda points: _forward(
            layer, parts, np.tile(x, (len(points), *(1,) * (x.ndim - 1))), points
        )
    # Biases and all: z is linear in the parameters together.
    origin, *along = (_working(layer, part).forward(x)[0] for part in parts)
    flat = np.stack([z.reshape(-1) for z in along])

    def weighted(points: FloatArray) -> FloatArray:
        z: FloatArray = points @ flat
        z += origin.reshape(-1)
        return z.reshape(-1, *origin.shape[1:])

    return weighted


def _forward(layer: Layer, parts: _Parts, x: FloatArray, points: FloatArray) -> FloatArray:
    """Compute z of shape (k * n, ...), from x of such a shape, with the parameters of k points."""
    if not layer.parameter_names:
        return layer.forward(x)[0]
    stacked = [
        origin + (points @ np.stack([u.ravel(), v.ravel()])).reshape(-1, *origin.shape)
        for origin, u, v in zip(*parts, strict=True)
    ]
    if type(layer) is Dense:
        weights, biases = stacked
        z: FloatArray = np.matmul(
            x.reshape(len(points), -1, x.shape[-1]), weights.transpose(0, 2, 1)
        )
        z += biases[:, None]
        return z.reshape(-1, z.shape[-1])
    each = x.reshape(len(points), -1, *x.shape[1:])
    return np.concatenate(
        [
            _working(layer, parameters).forward(batch)[0]
            for batch, *parameters in zip(each, *stacked, strict=True)
        ]
    )


def _working(layer: Layer, parameters: Sequence[FloatArray]) -> Layer:
    return layer.working_on(parameters, layer.statistics)


# --- kept in memory, and in a folder

_memory: OrderedDict[Hashable, FloatArray] = OrderedDict()


def cached(
    compute: Callable[[], FloatArray],
    network: Network,
    arrays: Sequence[FloatArray],
    folder: Path | None,
) -> FloatArray:
    """Return what `compute` returns, from memory or a file where it has been computed before.

    Parameters
    ----------
    compute : callable
        Gives an array of the shape of the last of `arrays` without its last axis.
    network : Network
        With the arrays, all that the result depends on.
    arrays : sequence of ndarray of float
        With the network, all that the result depends on.
    folder : Path or None
        Where to keep files. A network with functions or layers of the user's own, which no file
        can hold, is kept in memory alone.

    Returns
    -------
    ndarray
        Read-only.
    """
    key = _key(network, arrays)
    if key in _memory:
        _memory.move_to_end(key)
        return _memory[key]
    path = folder / f"{key}.npz" if folder is not None and isinstance(key, str) else None
    costs = None if path is None else _read(path, arrays[-1].shape[:-1])
    if costs is None:
        costs = compute()
        if path is not None:
            _write(path, costs)
    costs.setflags(write=False)
    _memory[key] = costs
    if len(_memory) > _KEPT:
        _memory.popitem(last=False)
    return costs


def _key(network: Network, arrays: Sequence[FloatArray]) -> Hashable:
    digest = blake2b(_version().encode(), digest_size=20)
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    try:
        digest.update(storage.packed(network.graph, network.cost_function, np.float64))
    except NetworkError:
        return network, digest.hexdigest()
    return digest.hexdigest()


@cache
def _version() -> str:
    """Return a hash of the engine's own text, and the versions of what it computes with."""
    digest = blake2b(f"{np.__version__} {version('scipy')}".encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(path: Path, shape: tuple[int, ...]) -> FloatArray | None:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            costs: Any = file["costs"]
    except Exception:  # None there, or damaged, in which case NumPy raises errors of many kinds.
        return None
    whole = isinstance(costs, np.ndarray) and costs.dtype == np.float64 and costs.shape == shape
    return costs if whole else None


def _write(path: Path, costs: FloatArray) -> None:
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, costs=costs)
    # A full or read-only disk costs time in the next run, and nothing else.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.getvalue())
        by_age = sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)
        for file in by_age[:-_KEPT_FILES]:
            file.unlink(missing_ok=True)
