"""Signs of what is right and what is wrong, told apart by their forms as well as their colours."""

from __future__ import annotations

import numpy as np
from manim import VMobject
from numpy.typing import NDArray

from nnviz.mobjects.charts.chart_colors import RIGHT_COLOR, WRONG_COLOR
from nnviz.mobjects.charts.panel import Panel
from nnviz.mobjects.primitives.palette import stroke

__all__ = ["show_sign"]

#: Lines in a square of side 1 from (0, 0): a tick, and a cross.
_TICK = ([(0.0, 0.45), (0.35, 0.05)], [(0.35, 0.05), (1.0, 0.95)])
_CROSS = ([(0.05, 0.05), (0.95, 0.95)], [(0.05, 0.95), (0.95, 0.05)])


def show_sign(
    sign: VMobject, panel: Panel, corner: NDArray[np.float64], side: float, is_right: bool
) -> None:
    """Let a path be a tick or a cross.

    Parameters
    ----------
    sign : VMobject
        The path.
    panel : Panel
        The panel with the box that it stands in.
    corner : ndarray of float
        Its lower left corner in the box, shape (2,).
    side : float
        Its height, as the box is at the beginning.
    is_right : bool
        Whether it is a tick.
    """
    lines = [
        panel.place(corner + side * np.array(line)) for line in (_TICK if is_right else _CROSS)
    ]
    sign.points = np.concatenate([VMobject().set_points_as_corners(line).points for line in lines])
    sign.set_stroke(RIGHT_COLOR if is_right else WRONG_COLOR, stroke(4))
