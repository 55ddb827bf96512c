"""Rings around neurons and maps, which show the errors of backpropagation."""

from __future__ import annotations

import numpy as np
from manim import VGroup
from numpy.typing import ArrayLike

from nnviz.mobjects.network.layers import LayerMobject

__all__ = ["rings_around", "without_stroke"]


def rings_around(layer: LayerMobject, errors: ArrayLike) -> VGroup:
    """Return a ring around each part shown, as :meth:`NetworkMobject.show_errors` says.

    Parameters
    ----------
    layer
        Around whose neurons or maps.
    errors
        dC/dz of the whole layer, in its shape or flat.

    Raises
    ------
    ValueError
        If the number of errors is not the layer's size.
    """
    values = layer.checked(errors, "errors")
    # A unit has its own, a map the sum of its values'.
    of_parts = values.reshape(layer.shape[0], -1).sum(axis=1)[layer.shown_units]
    style, most = layer.style, float(np.abs(of_parts).max(initial=0.0)) or 1.0
    rings = VGroup()
    for outline, error in zip(layer.outlines, of_parts, strict=True):
        strength = abs(float(error)) / most
        color = style.increase_color if error < 0 else style.decrease_color
        width = style.neuron_stroke_width * (1 + 2 * strength)
        rings.add(outline.copy().set_fill(opacity=0).set_stroke(color, width, opacity=strength))
    return rings


def without_stroke(rings: VGroup) -> VGroup:
    """Return a copy of rings of which nothing is seen."""
    result = rings.copy()
    for ring in result.family_members_with_points():
        ring.set_stroke(opacity=0)
    return result
