"""One neuron: a circle that is filled by its activation, and hides what is behind it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import Circle, ManimColor, VMobject, interpolate
from numpy.typing import NDArray

from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Bearer
from nnviz.mobjects.primitives.quick_copies import CopiesQuickly

__all__ = ["Neuron", "hollow"]


class Neuron(Bearer, CopiesQuickly, Circle):
    """One neuron's circle, filled by its activation over a ground of the background's colour.

    The opacity of its fill is the activation and nothing else, as ``set_fill``, ``get_fill_color``
    and ``get_fill_opacity`` have it. The ground is a second, opaque fill below it, so that no edge
    is seen through a weak activation. Fill over ground are drawn as one fill: of two paints one
    above the other, the colour and the opacity are known. The ground is as opaque as Manim's
    background stroke, which has no width here: so it goes with ``fade``, ``set_opacity``,
    ``FadeIn`` and ``Transform``.

    Parameters
    ----------
    style : NetworkStyle
        Style of the network's picture; its ``neuron_ground`` is the ground.

    Attributes
    ----------
    ground
        Red, green, blue and opacity of the ground, shape (4,), each from 0 to 1.
    """

    ground: NDArray[np.float64]

    def __init__(self, style: NetworkStyle) -> None:
        super().__init__(
            style.neuron_radius,
            stroke_color=style.neuron_stroke_color,
            stroke_width=style.neuron_stroke_width,
            fill_color=style.neuron_fill_color,
            fill_opacity=0,
        )
        self.ground = ManimColor(style.neuron_ground).to_rgba()

    def get_fill_rgbas(self) -> NDArray[np.float64]:
        """Return what is drawn: the fill over the ground, shape (colours, 4)."""
        fill: NDArray[np.float64] = self.fill_rgbas
        below = self.ground[3] * self.background_stroke_rgbas[0, 3]
        if not below:
            return fill
        above = fill[:, 3:]
        # Source over destination, as in Porter and Duff, "Compositing Digital Images", 1984.
        through = below * (1 - above)
        opacity = above + through
        color = (above * fill[:, :3] + through * self.ground[:3]) / opacity
        return np.hstack([color, opacity])

    def get_fill_colors(self) -> list[ManimColor | None]:
        """Return the colours of the fill, without the ground."""
        return [ManimColor(rgba[:3]) if rgba.any() else None for rgba in self.fill_rgbas]

    def get_fill_opacities(self) -> NDArray[np.float64]:
        """Return the opacities of the fill, without the ground: the activation."""
        opacities: NDArray[np.float64] = self.fill_rgbas[:, 3]
        return opacities

    def interpolate_color(self, mobject1: Any, mobject2: Any, alpha: float) -> Self:
        """Take on a mixture of two others' paint, and of their grounds."""
        super().interpolate_color(mobject1, mobject2, alpha)
        first, last = (
            # What has no ground has a transparent one.
            one.ground if isinstance(one, Neuron) else self.ground * (1.0, 1.0, 1.0, 0.0)
            for one in (mobject1, mobject2)
        )
        self.ground = interpolate(first, last, alpha)
        return self


def hollow(outline: VMobject) -> VMobject:
    """Return a copy of the circle or the frame around a neuron or a map, with nothing in it.

    Parameters
    ----------
    outline : VMobject
        Outline of a neuron or a map.
    """
    ring = outline.copy().set_fill(opacity=0)
    if isinstance(ring, Neuron):
        ring.ground = ring.ground * (1.0, 1.0, 1.0, 0.0)
    return ring
