"""Animations of a computational graph: edges appear, values follow, paths light up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from manim import (
    Animation,
    AnimationGroup,
    Create,
    Indicate,
    VMobject,
    interpolate,
    there_and_back,
)

from nnviz.animations.timing import CreateThenErase, staggered
from nnviz.mobjects.equations.computational_graph import ComputationalGraph
from nnviz.mobjects.primitives.palette import YELLOW

__all__ = ["FollowValue", "draw_edges", "light_up_path"]


class FollowValue(Animation):
    """One value changes, and all values computed from it follow.

    Parameters
    ----------
    graph : ComputationalGraph
        The graph whose dots move.
    name : str
        Name of the node whose value changes.
    to : float
        The node's value at the end; it starts from the value that its dot shows.
    compute : callable
        Function from that value to the values of all nodes, by name.
    run_time : float, optional
        Run time in seconds.
    rate_func : callable, optional
        Function from the share of the time to the share of the way; there and back by default.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        graph: ComputationalGraph,
        name: str,
        to: float,
        compute: Callable[[float], Mapping[str, float]],
        run_time: float = 2.0,
        rate_func: Callable[[float], float] = there_and_back,
        **kwargs: Any,
    ) -> None:
        self._graph, self._name, self._to, self._compute = graph, name, to, compute
        super().__init__(graph, run_time=run_time, rate_func=rate_func, **kwargs)

    def begin(self) -> None:
        """Keep the value that the dot shows."""
        self._start = self._graph.line(self._name).value
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show what the engine computes for the value at this time."""
        value = interpolate(self._start, self._to, self.rate_func(alpha))
        self._graph.show_values(self._compute(value))


def draw_edges(edges: Iterable[VMobject]) -> AnimationGroup:
    """Draw lines all at once, with a flash that runs along each."""
    lines = list(edges)
    flashes = [CreateThenErase(line.copy().set_color(YELLOW)) for line in lines]
    return AnimationGroup(*(Create(line) for line in lines), *flashes)


def light_up_path(path: Iterable[VMobject], run_time: float = 1.5, share: float = 0.7) -> Animation:
    """Indicate the nodes along a path, one starting after the other.

    Parameters
    ----------
    path : iterable of VMobject
        The nodes, as from :meth:`ComputationalGraph.path`.
    run_time : float, optional
        Run time in seconds.
    share : float, optional
        One node's share of the run time.
    """
    return staggered(
        Indicate, path, run_time=run_time, share=share, color=YELLOW, rate_func=there_and_back
    )
