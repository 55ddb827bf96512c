"""A brain."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from manim import ParsableManimColor, SVGMobject

from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLUE, stroke

__all__ = ["Brain"]

_DRAWING = Path(__file__).with_name("brain.svg")


class Brain(ShownInNotebooks, SVGMobject):
    """A brain from its left side: stem, cerebellum, cerebrum and their furrows.

    Parameters
    ----------
    height : float, optional
        In scene units; it is half as wide again as it is high.
    """

    def __init__(self, height: float = 1.5, **kwargs: Any) -> None:
        super().__init__(_DRAWING, height=height, stroke_width=stroke(2), **kwargs)

    def outline(self, color: ParsableManimColor = BLUE, stroke_width: float = stroke(3)) -> Self:
        """Return a copy that is lines only, to be drawn along its edges and furrows.

        Parameters
        ----------
        color : color
            Colour of the lines.
        stroke_width : float
            Stroke width of the lines.
        """
        lines = self.copy()
        lines.set_fill(opacity=0).set_stroke(color, stroke_width)
        return lines
