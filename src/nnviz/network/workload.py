"""What a forward pass will cost, before it is computed."""

from __future__ import annotations

import math

from nnviz.network.graph import Graph
from nnviz.network.layers import Work

__all__ = ["forward_work"]


def forward_work(graph: Graph, examples: int = 1) -> Work:
    """Estimate what it costs to compute the output, as `Network.feedforward` does.

    Parameters
    ----------
    graph : Graph
        The nodes.
    examples : int, optional
        How many examples are computed together.

    Returns
    -------
    Work
        For all examples: the seconds of all nodes, and the largest count of numbers in memory at
        one time, as values are kept until the last node that takes them.
    """
    sizes = [math.prod(shape) for shape in graph.shapes]
    last_use = {source: k for k, step in enumerate(graph.steps) for source in step.sources}
    first = len(graph.inputs)
    seconds, most, held = 0.0, 0, sum(sizes[:first])
    for k, (layer, sources) in enumerate(graph.steps):
        work = layer.work(*(graph.shapes[source] for source in sources))
        seconds += work.seconds
        most = max(most, held + work.numbers)
        gone = sum(sizes[source] for source in set(sources) if last_use[source] == k)
        held += sizes[first + k] - gone
    return Work(examples * seconds, examples * most)
