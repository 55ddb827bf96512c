"""Animations of edges: flashes along them, shaken and flipped edges, weights that keep changing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import PI, Animation, ManimColor, ParsableManimColor, Transform, wiggle

from nnviz.animations.timing import CreateThenErase, staggered
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.palette import BLUE, RED, YELLOW, stroke

__all__ = [
    "ContinualEdgeUpdate",
    "flash_edges",
    "flip_edges",
    "wiggle_edges",
]


def flash_edges(
    edges: EdgeArray,
    color: ParsableManimColor = YELLOW,
    width: float = stroke(3),
    share: float = 0.3,
    run_time: float = 1.5,
) -> Animation:
    """Send a flash along each edge, one starting after the other; the edges stay as they are.

    Parameters
    ----------
    edges : EdgeArray
        The edges.
    color : color, optional
        Colour of the flash.
    width : float, optional
        Stroke width of the flash.
    share : float, optional
        One flash's share of the run time.
    run_time : float, optional
        Run time in seconds.
    """
    flashes = edges.separate().set_stroke(color, width, opacity=1)
    return staggered(CreateThenErase, flashes, share=share, run_time=run_time)


def wiggle_edges(
    edges: EdgeArray,
    color: ManimColor | None = YELLOW,
    angle: float = PI / 12,
    rate_func: Callable[[float], float] = wiggle,
    run_time: float = 2.0,
) -> Animation:
    """Shake each edge about its middle, one after the other, in another colour.

    Parameters
    ----------
    edges : EdgeArray
        The edges.
    color : ManimColor or None, optional
        Colour at the largest angle; None keeps each edge's own.
    angle : float, optional
        The largest angle, in radians.
    rate_func : callable, optional
        Function from the share of the time to the share of `angle`, 0 at both ends.
    run_time : float, optional
        Run time in seconds.
    """
    farthest = edges.separate().turn(angle).set_stroke(color)
    return staggered(
        Transform, edges, lambda _: (edges, farthest), rate_func=rate_func, run_time=run_time
    )


def flip_edges(edges: EdgeArray, share: float = 0.2, run_time: float = 1.0) -> Animation:
    """Collapse each edge to its middle and let it grow back, end for end: an adjusted weight.

    Parameters
    ----------
    edges : EdgeArray
        The edges.
    share : float, optional
        One edge's share of the run time.
    run_time : float, optional
        Run time in seconds.
    """
    flipped = edges.separate().turn(PI)
    return staggered(Transform, edges, lambda _: (edges, flipped), share=share, run_time=run_time)


class ContinualEdgeUpdate:
    """Edges whose weights keep changing: an updater that depends on time alone.

    Every edge moves smoothly from its look to a first random state in about 1.5 s, and then repeats
    its states for ever, 1 to 2 s each.

    Parameters
    ----------
    edges : EdgeArray
        The edges.
    clock : callable
        Function that returns a time in seconds, for example ``lambda: scene.clock``. The time since
        this object was made counts, so that frames do not depend on how many were drawn.
    rng : RandomState
        Generator of the random states.
    colors : sequence of ManimColor, optional
        Colours to choose from.
    max_width, exponent : float, optional
        Widths are ``max_width * u ** exponent`` with u uniform in [0, 1].
    states : int, optional
        How many states an edge has.

    Examples
    --------
    ``net.edges.add_updater(ContinualEdgeUpdate(net.edges, lambda: self.clock, self.rng))`` in
    a scene's ``construct``.
    """

    def __init__(
        self,
        edges: EdgeArray,
        clock: Callable[[], float],
        rng: np.random.RandomState,
        colors: Sequence[ManimColor] = (BLUE, RED),
        max_width: float = stroke(3),
        exponent: float = 3.0,
        states: int = 5,
    ) -> None:
        self._edges = edges
        self._clock, self._start = clock, clock()
        count = len(self._edges)
        rgb = np.array([color.to_rgb() for color in colors])
        widths = max_width * rng.random_sample((count, states)) ** exponent
        chosen = rgb[rng.randint(len(rgb), size=(count, states))]
        # Red, green, blue and width of each edge as it is now, and of each of its states.
        self._first = np.column_stack([edges.stroke_rgbas[:, :3], edges.widths])
        self._states = np.concatenate([chosen, widths[..., None]], axis=2)
        self._first_seconds = 1.5 * (0.75 + 0.5 * rng.random_sample(count))
        self._seconds = 1 + rng.random_sample(count)

    def at(self, seconds: float) -> np.ndarray:
        """Return red, green, blue (0 to 1) and width of all edges, shape (edges, 4).

        Parameters
        ----------
        seconds : float
            Seconds since this object was made.
        """
        step = np.where(
            seconds < self._first_seconds,
            seconds / self._first_seconds - 1,
            (seconds - self._first_seconds) / self._seconds,
        )
        whole = np.floor(step).astype(int)
        share = _smoothstep(step - whole)[:, None]
        rows, count = np.arange(len(self._states)), self._states.shape[1]
        before = np.where((whole < 0)[:, None], self._first, self._states[rows, whole % count])
        after = self._states[rows, (whole + 1) % count]
        result: np.ndarray = (1 - share) * before + share * after
        return result

    def __call__(self, _edges: Any, dt: float = 0.0) -> None:
        """Set all edges to their state at the clock's time (Manim calls this as an updater).

        The step `dt` is not used, but Manim calls updaters that have it during waits, too.
        """
        *rgb, widths = self.at(self._clock() - self._start).T
        self._edges.set_stroke(np.column_stack(rgb), widths)


def _smoothstep(t: np.ndarray) -> np.ndarray:
    result: np.ndarray = t * t * (3 - 2 * t)
    return result
