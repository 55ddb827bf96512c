"""Pulses along lines, as wide and as opaque as the values that a network sends are large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from manim import Animation, ManimColor, ParsableManimColor, VGroup, VMobject, linear, smooth
from numpy.typing import NDArray

from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.signals import Signal, strokes_of_signal
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.painting import AtItsTurn

__all__ = ["ARRIVAL", "LENGTH", "DimEdges", "Pulse", "pulse_of_signal"]

#: Length of a pulse, as a share of its line.
LENGTH = 0.5
#: The share of the time at which a pulse's front is at the end of its line.
ARRIVAL = 1 / (1 + LENGTH)
#: Opacity of edges below pulses, as a share; the share of the time to become faint, and to return.
_DIM, _FADING = 0.3, 0.2


class _Piece(NamedTuple):
    """A piece of a pulse, from its front back.

    Attributes
    ----------
    first, last
        Where it begins and ends, in shares of the pulse's length behind the front.
    width, opacity
        Width and opacity, as shares of those of the front.
    """

    first: float
    last: float
    width: float
    opacity: float


_PIECES = (
    _Piece(0.0, 0.35, 1.0, 1.0),
    _Piece(0.35, 0.65, 0.8, 0.55),
    _Piece(0.65, 1.0, 0.6, 0.25),
)


class Pulse(Animation):
    """Pulses run along lines at one pace: all fronts are at the same share of their lines.

    A pulse comes out of the start of its line and vanishes at the end; it is `LENGTH` of the line
    long. The lines themselves stay as they are; where something moves them meanwhile, the pulses
    stay on them. Afterwards the pulses are gone.

    Parameters
    ----------
    lines : VMobject
        An array of edges, or one path.
    colors, widths, opacities : ndarray of float
        Colours (red, green and blue in [0, 1]), widths and opacities of the pulses: shapes (n, 3),
        (n,) and (n,).
    backwards : bool, optional
        Whether they run from the ends to the starts.
    rate_func : callable, optional
        Function from the share of the time to the share of the way.
    **kwargs
        For :class:`manim.Animation`.
    """

    def __init__(
        self,
        lines: VMobject,
        colors: NDArray[np.float64],
        widths: NDArray[np.float64],
        opacities: NDArray[np.float64],
        *,
        backwards: bool = False,
        rate_func: Callable[[float], float] = linear,
        **kwargs: Any,
    ) -> None:
        self._lines, self._backwards = lines, backwards
        self._colors, self._widths, self._opacities = colors, widths, opacities
        pieces = (
            lines.separate() if isinstance(lines, EdgeArray) else lines.copy() for _ in _PIECES
        )
        options: dict[str, Any] = {"suspend_mobject_updating": False} | kwargs
        super().__init__(
            VGroup(*pieces), introducer=True, remover=True, rate_func=rate_func, **options
        )
        self.interpolate_mobject(0.0)

    def create_starting_mobject(self) -> Any:
        """Return the pulses themselves: no copy is needed."""
        return self.mobject

    def front(self, alpha: float) -> float:
        """Return where the fronts are at a share of the time: a share of the lines, from 0 to 1."""
        return min(self.rate_func(alpha) / ARRIVAL, 1.0)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the pulses at a share of the time."""
        way = self.rate_func(alpha) / ARRIVAL
        pulses: Any = self.mobject
        for mobject, piece in zip(pulses, _PIECES, strict=True):
            ends = way - LENGTH * np.array([piece.last, piece.first])
            start, end = ends.clip(0, 1)
            is_seen = end - start > 1e-9
            if is_seen:
                along = (1 - end, 1 - start) if self._backwards else (start, end)
                mobject.pointwise_become_partial(self._lines, *along)
            self._paint(mobject, piece, is_seen)

    def _paint(self, mobject: Any, piece: _Piece, is_seen: bool) -> None:
        widths, opacities = piece.width * self._widths, piece.opacity * is_seen * self._opacities
        if isinstance(mobject, EdgeArray):
            mobject.set_stroke(self._colors, widths, opacities)
        else:
            color = ManimColor.from_rgb(self._colors[0])
            mobject.set_stroke(color, float(widths[0]), float(opacities[0]))


class DimEdges(AtItsTurn):
    """Edges are faint while pulses run along them.

    Parameters
    ----------
    edges : EdgeArray
        The edges. Only their opacity changes; where something else changes it meanwhile, they are
        faint relative to that.
    """

    def __init__(self, edges: EdgeArray) -> None:
        self._edges = edges
        super().__init__(edges, rate_func=linear)

    def start(self) -> None:
        """Keep the present opacities."""
        self._opacities = self._left = self._now()

    def show(self, share: float) -> None:
        """Make the edges faint, as at a share of the time."""
        nearer = min(share, 1 - share) / _FADING
        faint = 1 - (1 - _DIM) * smooth(min(nearer, 1.0))
        now = self._now()
        self._opacities = np.where(now == self._left, self._opacities, now)
        self._left = faint * self._opacities
        self._edges.set_stroke(opacity=self._left)

    def _now(self) -> NDArray[np.float64]:
        opacities: NDArray[np.float64] = self._edges.value("stroke_rgbas")[:, 3].copy()
        return opacities


def pulse_of_signal(
    net: NetworkMobject,
    signal: Signal,
    color: ParsableManimColor | None,
    positive: ParsableManimColor,
    negative: ParsableManimColor,
    *,
    backwards: bool = False,
) -> Pulse:
    """Return the pulses of a signal along its lines.

    Parameters
    ----------
    net : NetworkMobject
        The network's picture.
    signal : Signal
        The lines, and the values that are sent along them.
    color : color or None
        Colour of all pulses; None for colours by sign.
    positive, negative : color
        Colours of positive and negative values.
    backwards : bool, optional
        Whether the pulses run from the ends to the starts.
    """
    if color is not None:
        positive = negative = color
    strokes = strokes_of_signal(net, signal, positive, negative)
    return Pulse(signal.lines, *strokes, backwards=backwards)
