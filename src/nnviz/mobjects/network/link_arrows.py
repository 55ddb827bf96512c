"""Arrows between the parts of a network, for what is neither a weight nor a number's own way."""

from __future__ import annotations

import numpy as np
from manim import Line, ManimColor, Triangle, VGroup, VMobject
from manim.utils.space_ops import angle_of_vector

from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part

__all__ = ["LinkArrow", "straight_path", "tip_at"]

#: Length of a tip, over a neuron's radius, and its width over its length.
_TIP_LENGTH, _TIP_WIDTH = 0.45, 0.8


class LinkArrow(VGroup):
    """An arrow along a path: all of a layer's values go there.

    Parameters
    ----------
    path : VMobject
        Cubic curves from the source to the target.
    style : NetworkStyle
        Style of the network's picture.
    """

    path: Part[VMobject] = Part(0, doc="The line itself.")

    def __init__(self, path: VMobject, style: NetworkStyle) -> None:
        path.set_stroke(ManimColor(style.edge_color), style.edge_width)
        super().__init__(path, tip_at(path, style))


def straight_path(before: LayerMobject, after: LayerMobject, style: NetworkStyle) -> VMobject:
    """Return the straight path from a layer to the next one in a row."""
    start = before.body.get_critical_point(style.along)
    return Line(start, after.body.get_critical_point(-style.along))


def tip_at(path: VMobject, style: NetworkStyle) -> VMobject:
    """Return a tip whose point is the end of a path, and looks where that leads.

    Parameters
    ----------
    path : VMobject
        With at least one curve.
    style : NetworkStyle
        Style of the network's picture.
    """
    length = _TIP_LENGTH * style.neuron_radius
    end = path.points[-1]
    ways = end - path.points
    way = ways[np.linalg.norm(ways, axis=1) > 1e-6][-1]
    tip = Triangle(fill_color=ManimColor(style.edge_color), fill_opacity=1, stroke_width=0)
    tip.stretch_to_fit_height(length).stretch_to_fit_width(_TIP_WIDTH * length)
    tip.rotate(angle_of_vector(way) - np.pi / 2)
    corner = tip.points[np.argmax(tip.points @ way)]
    return tip.shift(end - corner)
