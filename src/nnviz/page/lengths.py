"""How a network of tokens computes shorter texts than it was made for.

A page's engine needs the shapes, counts and places of each node. For a text that is one token
shorter, each count is less by a step, which is nearly always the same one. The same network, made
for other lengths, shows whether that is so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.network import Network, NetworkError

__all__ = ["steps_of_lengths"]

Options = dict[str, Any]
Operations = Callable[[Network], Mapping[str, Options | None]]


def steps_of_lengths(network: Network, operations: Operations) -> list[Options] | None:
    """Return by how much every count of every node falls for each missing token.

    Parameters
    ----------
    network : Network
        The network of the page.
    operations : Operations
        Function from a network to the operations of its nodes, by name; None where the page cannot
        compute one.

    Returns
    -------
    list of dict or None
        For every node the counts that change, by name, and "shape". None if the network does not
        take one sequence of tokens, or computes some lengths in another way or not at all.
    """
    name, shape = next(iter(network.inputs.items()))
    if len(network.inputs) > 1 or name not in network.graph.integer_inputs or len(shape) != 1:
        return None
    most = shape[0]
    whole = _nodes(network, operations)
    if whole is None or most < 2:
        return None
    steps: list[Options] = []
    for length in sorted({most - 1, (most + 1) // 2, 1}, reverse=True):
        try:
            other = _nodes(network.with_inputs(length), operations)
        except NetworkError:
            return None
        if other is None:
            return None
        if length == most - 1:
            found = [_steps(one, less) for one, less in zip(whole, other, strict=True)]
            steps = [one for one in found if one is not None]
            if len(steps) < len(found):
                return None
        for node, less, step in zip(whole, other, steps, strict=True):
            if not _is_less(node, less, step, most - length):
                return None
    return steps


def _nodes(network: Network, operations: Operations) -> list[Options] | None:
    """Return the operations of the nodes and their shapes; None if one cannot be computed."""
    shapes, found = network.shapes, operations(network)
    nodes = []
    for name, (_, sources) in network.nodes.items():
        options = found[name]
        if options is None:
            return None
        given = shapes[sources[0]] if sources else ()
        nodes.append({"constants": [], **options, "shape": shapes[name], "given": given})
    return nodes


def _is_counts(value: Any) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(one, int) for one in value)


def _steps(node: Options, less: Options) -> Options | None:
    """Return the counts that fall in a node for one token less; None if other things change."""
    steps: Options = {}
    if node.keys() != less.keys():
        return None
    for name, value in node.items():
        other = less[name]
        if name in ("constants", "given") or value == other:
            continue
        if isinstance(value, int) and isinstance(other, int):
            steps[name] = value - other
        elif _is_counts(value) and _is_counts(other) and len(value) == len(other):
            steps[name] = [a - b for a, b in zip(value, other, strict=True)]
        else:
            return None
    return steps


def _is_less(node: Options, less: Options, steps: Options, missing: int) -> bool:
    """Return whether a node for fewer tokens is as its steps predict."""
    for name, value in node.items():
        if name in ("constants", "given"):
            continue
        step = steps.get(name, 0)
        if _is_counts(value) and step:
            value = [a - missing * b for a, b in zip(value, step, strict=True)]
        elif step:
            value -= missing * step
        if value != less[name] and list(np.atleast_1d(value)) != list(np.atleast_1d(less[name])):
            return False
    return all(
        np.array_equal(_cut(node, less, one), other)
        for one, other in zip(node["constants"], less["constants"], strict=True)
    )


def _cut(node: Options, less: Options, constant: NDArray[Any]) -> NDArray[Any]:
    """Return the part of a constant for fewer tokens, as ``engine.js`` does."""
    if node["op"] == "mask":
        n = less["shape"][-1]
        return constant[..., :n, :n]
    if node["op"] == "gather":
        kept = constant.reshape(node["shape"])[tuple(slice(size) for size in less["shape"])]
        # Places in the whole input become places in the shorter one.
        places = np.unravel_index(np.maximum(kept, 0), node["given"])
        try:
            found = np.ravel_multi_index(places, less["given"])
        except ValueError:
            return constant
        return np.where(kept < 0, kept, found).ravel()
    if node["op"] in ("plus", "turn"):
        return constant[: less["constants"][0].shape[0]]
    return constant
