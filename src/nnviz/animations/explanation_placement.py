"""The place of an explanation: the largest free part of the frame beside a picture."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from manim import DL, UR, Mobject, config

from nnviz.mobjects.equations.explanation_layout import Explanation
from nnviz.mobjects.network import NetworkMobject

__all__ = ["place_beside"]

#: The distance of formulas from the picture and from the edge of the frame, and their least scale.
_BUFF, _LEAST_SCALE = 0.35, 0.5

_Explanation = TypeVar("_Explanation", bound=Explanation)


def place_beside(explanation: _Explanation, net: Mobject) -> _Explanation:
    """Put formulas where the frame has most room for them; they become smaller if necessary.

    Parameters
    ----------
    explanation : Explanation
        The formulas; they are moved and scaled in place.
    net : Mobject
        The picture, which they must not cover.

    Raises
    ------
    ValueError
        If they would be too small to read.
    """
    x, y = config.frame_width / 2 - _BUFF, config.frame_height / 2 - _BUFF
    (left, bottom, _), (right, top, _) = net.get_corner(DL), net.get_corner(UR)
    rooms = [
        (right + _BUFF, x, -y, y),
        (-x, left - _BUFF, -y, y),
        (-x, x, -y, bottom - _BUFF),
        (-x, x, top + _BUFF, y),
    ]
    scales = explanation.scales_to_fit_into((x1 - x0, y1 - y0) for x0, x1, y0, y1 in rooms)
    best = int(np.argmax(scales))
    if scales[best] < _LEAST_SCALE:
        what = "network" if isinstance(net, NetworkMobject) else "picture"
        raise ValueError(
            f"there is no room beside the {what} for the formulas: make it smaller, move it to an "
            f"edge of the frame, or place a {type(explanation).__name__} yourself and give it as "
            "explanation"
        )
    x0, x1, y0, y1 = rooms[best]
    explanation.fit_into(x1 - x0, y1 - y0)
    explanation.move_to(np.array([(x0 + x1) / 2, (y0 + y1) / 2, 0]))
    return explanation
