"""Activation functions that an ONNX graph writes out: ``x * sigmoid(x)`` for SiLU and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nnviz.network import ACTIVATIONS, NetworkError, elu, leaky_relu

if TYPE_CHECKING:
    from nnviz.interop.onnx_graph import Graph

__all__ = ["recognised"]

Values = npt.NDArray[np.float64]


def _erf(z: Values) -> Values:
    from scipy.special import erf

    values: Values = erf(z)
    return values


#: Functions of single numbers, and what they compute.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Add": np.add,
    "Div": np.divide,
    "Erf": _erf,
    "Exp": np.exp,
    "Greater": np.greater,
    "Less": np.less,
    "Log": np.log,
    "Max": lambda *values: np.maximum.reduce(np.broadcast_arrays(*values)),
    "Min": lambda *values: np.minimum.reduce(np.broadcast_arrays(*values)),
    "Mul": np.multiply,
    "Neg": np.negative,
    "Pow": np.power,
    "Relu": ACTIVATIONS["relu"].function,
    "Sigmoid": ACTIVATIONS["sigmoid"].function,
    "Softplus": ACTIVATIONS["softplus"].function,
    "Sub": np.subtract,
    "Tanh": np.tanh,
    "Where": np.where,
}
#: No activation function takes more of them.
MOST_NODES = 16
#: Where expressions are compared with activation functions, and how near they must come: constants
#: in files are rounded to single precision.
NEAR = 1e-6
_NEAR_ZERO = np.linspace(-9.0, 9.0, 721)
_FAR = np.concatenate([np.geomspace(9.0, 80.0, 60), np.geomspace(80.0, 1e30, 400)])
#: Functions that may go on otherwise from some number on.
PIECEWISE = ("Clip", "Greater", "Less", "Max", "Min", "Relu", "Where")


def _points(graph: Graph, inner: list[str]) -> Values:
    """Return where to compare: as far as the range of numbers goes, where there may be a bend."""
    far = _FAR
    if not any(graph.producer(name).op_type in PIECEWISE for name in inner):
        far = far[far <= 80.0]
    bends = [
        float(value)
        for name in inner
        for part in graph.producer(name).input
        if part and graph.is_constant(part)
        for value in (graph.constant(part).astype(np.float64).ravel()[0],)
        if np.isfinite(value)
    ]
    near = [bend + gap for bend in bends for gap in (-1.0, -1e-3, 0.0, 1e-3, 1.0)]
    return np.concatenate([-far[::-1], _NEAR_ZERO, far, near])


def recognised(graph: Graph, output: str) -> tuple[str, str] | None:
    """Find the activation function that the nodes before a tensor write out.

    They are followed back to the one tensor that all depend on, and taken for the function whose
    values they have.

    Returns
    -------
    tuple of str or None
        Name of that tensor, and of the activation function. None if they are not such.
    """
    node = graph.producer(output)
    if node.op_type not in ("Add", "Div", "Max", "Mul", "Where"):
        return None
    inner: list[str] = []
    front = {output}
    while len(inner) < MOST_NODES:
        at = max(front, key=graph.index)
        if graph.index(at) < 0:
            return None
        node = graph.producer(at)
        if node.op_type not in FUNCTIONS or at != node.output[0] or not _has_numbers(graph, node):
            return None
        inner.append(at)
        front = (front - {at}) | set(graph.live(node))
        if len(front) == 1:
            (source,) = front
            points = _points(graph, inner)
            name = _name(points, _values(graph, inner, source, points))
            if name is not None:
                return source, name
        if not front:
            return None
    return None


def _has_numbers(graph: Graph, node: Any) -> bool:
    """Whether a node's constants are single numbers."""
    return all(
        graph.constant(name).size == 1 for name in node.input if name and graph.is_constant(name)
    )


def _values(graph: Graph, inner: list[str], source: str, points: Values) -> Values:
    values: dict[str, Any] = {source: points}
    for name in reversed(inner):
        node = graph.producer(name)
        arguments = [
            values[part] if part in values else graph.constant(part).astype(np.float64).ravel()[0]
            for part in node.input
        ]
        with np.errstate(all="ignore"):
            values[name] = FUNCTIONS[node.op_type](*arguments)
    return np.broadcast_to(np.asarray(values[inner[0]], np.float64), points.shape)


def _name(points: Values, values: Values) -> str | None:
    below = float(values[np.argmin(np.abs(points + 1.0))])
    candidates = [a for a in ACTIVATIONS.values() if a.axis is None and a.name != "identity"]
    try:
        # Those with a number: what it would have to be for the value at -1.
        candidates += [leaky_relu(round(-below, 7))] if round(-below, 7) != 1.0 else []
        candidates += [elu(below / np.expm1(-1.0))]
    except NetworkError:
        return None
    for activation in candidates:
        with np.errstate(all="ignore"):
            ours = activation.function(points)
            gap = np.abs(ours - values) / np.maximum(1.0, np.abs(ours))
        if gap.max() < NEAR:
            return activation.name
    return None
