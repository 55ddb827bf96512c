"""A descent that is drawn on a chart of the cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from manim import Animation, Mobject, smooth

from nnviz.mobjects.charts.cost_path import CostPath

__all__ = ["Descend"]


class Descend(Animation):
    """A path is drawn at an even pace, and a marker moves at its end.

    So a long step takes long, and many short ones are over soon. For numbers beside it,
    :meth:`CostPath.steps_at` tells how many steps have been taken.

    Parameters
    ----------
    path : CostPath
        The path, made by a chart.
    marker : Mobject, optional
        A mobject whose middle moves along the path; it has to be on screen.
    rate_func : callable, optional
        From the share of the time to the share of the path's length on screen; eased at both ends
        by default.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        path: CostPath,
        marker: Mobject | None = None,
        rate_func: Callable[[float], float] = smooth,
        **kwargs: Any,
    ) -> None:
        self._marker = marker
        super().__init__(path, rate_func=rate_func, **kwargs)

    def begin(self) -> None:
        """Keep the whole path."""
        self._whole = cast("CostPath", self.mobject).copy()
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the path up to a share of its length."""
        path, whole = cast("CostPath", self.mobject), self._whole
        steps, count = whole.steps_at(float(self.rate_func(alpha))), len(whole.costs) - 1
        path.line.pointwise_become_partial(whole.line, 0.0, steps / count)
        points = path.line.points
        passed = np.arange(count + 1) <= steps + 1e-9
        for mobject, full, chosen in zip(
            path.dots, whole.dots, (~whole.off_plane, whole.off_plane), strict=True
        ):
            if chosen.any():
                size = len(full.points) // int(chosen.sum())
                mobject.points = full.points[: size * int((chosen & passed).sum())].copy()
        if self._marker is not None:
            self._marker.move_to(points[-1] if len(points) else whole.places[0])
