"""Pulses that run along lines: what a network sends, as wide and as opaque as it is strong."""

from __future__ import annotations

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
#: Opacity of edges below pulses, over what it is without; the share of the time to fade, and back.
_DIM, _FADING = 0.3, 0.2


class _Piece(NamedTuple):
    """A piece of a pulse, from its front back.

    Attributes
    ----------
    first, last
        Where it is, in parts of the pulse's length behind the front.
    width, opacity
        Over those of the front.
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
    """Pulses run along lines at the same pace, side by side: the fronts of all are at one share.

    A pulse leaves the start of its line, and is taken in at the end, `LENGTH` of the line behind
    its front. The lines themselves stay as they are; where something moves them meanwhile, pulses
    are on them. Afterwards nothing is left.

    Parameters
    ----------
    lines : VMobject
        An array of edges, or one path.
    colors, widths, opacities : ndarray of float
        Colours, widths and opacities of each pulse: shapes (n, 3), red, green and blue in [0, 1],
        (n,) and (n,).
    backwards : bool, optional
        Whether they run from the end to the start.
    **kwargs
        For :class:`manim.Animation`; the pace is even by default.
    """

    def __init__(
        self,
        lines: VMobject,
        colors: NDArray[np.float64],
        widths: NDArray[np.float64],
        opacities: NDArray[np.float64],
        *,
        backwards: bool = False,
        **kwargs: Any,
    ) -> None:
        self._lines, self._backwards = lines, backwards
        self._colors, self._widths, self._opacities = colors, widths, opacities
        pieces = (
            lines.separate() if isinstance(lines, EdgeArray) else lines.copy() for _ in _PIECES
        )
        options: dict[str, Any] = {"rate_func": linear, "suspend_mobject_updating": False} | kwargs
        super().__init__(VGroup(*pieces), introducer=True, remover=True, **options)
        self.interpolate_mobject(0.0)

    def create_starting_mobject(self) -> Any:
        """Return the pulses themselves: nothing of them is kept."""
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
    """Edges are faint as long as pulses run along them.

    Parameters
    ----------
    edges : EdgeArray
        Which. Nothing but their opacity changes; where something else changes that meanwhile, they
        are as faint beside it.
    """

    def __init__(self, edges: EdgeArray) -> None:
        self._edges = edges
        super().__init__(edges, rate_func=linear)

    def start(self) -> None:
        """Keep the opacities that there are."""
        self._opacities = self._left = self._now()

    def show(self, share: float) -> None:
        """Be as faint as at a share of the time."""
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
    """Return pulses along lines that show what is sent, in one colour if that is given."""
    if color is not None:
        positive = negative = color
    strokes = strokes_of_signal(net, signal, positive, negative)
    return Pulse(signal.lines, *strokes, backwards=backwards)
