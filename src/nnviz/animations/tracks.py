"""Tracks of explanations: what happens at a time, as functions of the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import VMobject, smooth
from numpy.typing import NDArray

from nnviz.animations.presence import leaves
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.unit_marks import spot_of
from nnviz.mobjects.primitives.pixel_image import PixelImage, blended

__all__ = [
    "Track",
    "blend_to_activations",
    "empty_and_fill",
    "fly_from",
    "rise",
    "there_and_back",
]

#: A function that shows one part of an explanation at a time, in seconds.
Track = Callable[[float], None]


def rise(time: float, start: float, length: float) -> float:
    """Return the progress of something that begins at a time: from 0 to 1, smoothly."""
    return float(smooth(min(max((time - start) / length, 0.0), 1.0)))


def there_and_back(time: float, start: float, length: float, ramp: float = 0.3) -> float:
    """Return the presence of something that appears, stays and disappears: from 0 to 1.

    Parameters
    ----------
    time, start, length : float
        Present time, beginning and length, in seconds.
    ramp : float, optional
        Seconds that it takes to appear, and to disappear, at most.
    """
    ramp = min(ramp, length / 2)
    return rise(time, start, ramp) - rise(time, start + length - ramp, ramp)


def blend_to_activations(
    layer: LayerMobject, values: NDArray[np.float64]
) -> Callable[[float], None]:
    """Return a function that blends a layer from its look to activations, by a share.

    Parameters
    ----------
    layer : LayerMobject
        The layer on screen. The activations that it stores do not change.
    values : ndarray of float
        Activations of the whole layer, in its shape.
    """
    parts, names = layer.painted
    full = layer.copy().show_activations(values).painted[0]
    paint = [
        (part, name, np.array(getattr(part, name)), np.array(getattr(other, name)))
        for part, other in zip(parts, full, strict=True)
        for name in names
    ]

    def show(share: float) -> None:
        for part, name, before, shown in paint:
            setattr(part, name, _mixed(name, before, shown, share))

    return show


def empty_and_fill(
    layer: LayerMobject, unit: Sequence[int], values: NDArray[np.float64]
) -> Callable[[float, float], None]:
    """Return a function that empties one unit of a layer by a share, and fills it by another.

    Parameters
    ----------
    layer : LayerMobject
        The layer on screen, which shows the unit.
    unit : sequence of int
        The unit's index, with one number for each axis of the layer.
    values : ndarray of float
        Activations of the whole layer, with which the unit is full.
    """
    part, pixel = spot_of(layer, unit)[2:]
    empty = spot_of(layer.copy().empty(), unit).part
    full = spot_of(layer.copy().show_activations(values), unit).part
    if isinstance(part, PixelImage) and isinstance(empty, PixelImage):
        assert isinstance(full, PixelImage)
        assert pixel is not None
        image, place = part, pixel
        images = [one.pixels.copy() for one in (part, empty, full)]
        if len({one.ndim for one in images}) > 1:  # grey, and in colours
            images = [one if one.ndim > 2 else np.repeat(one[..., None], 3, 2) for one in images]

        def colour(emptied: float, filled: float) -> None:
            before, nothing, everything = (one[place].astype(float) for one in images)
            ends = (before, nothing) if filled == 0 else (nothing, everything)
            share = emptied if filled == 0 else filled
            pixels = images[0].copy()
            pixels[place] = np.rint((1 - share) * ends[0] + share * ends[1])
            image.pixels = pixels

        return colour
    neuron: Any = part
    fills = [np.array(one.fill_rgbas) for one in (neuron, empty, full) if one is not None]

    def fill(emptied: float, filled: float) -> None:
        ends = fills[:2] if filled == 0 else fills[1:]
        share = emptied if filled == 0 else filled
        neuron.fill_rgbas = _mixed("fill_rgbas", ends[0], ends[1], share)

    return fill


def fly_from(part: VMobject, origin: NDArray[np.float64]) -> Callable[[float], None]:
    """Return a function that puts a part on its way from a point to its place, by a share."""
    home = [(one, one.points.copy()) for one in leaves(part)]
    way = part.get_center() - origin

    def fly(share: float) -> None:
        for one, points in home:
            one.points = points - (1 - share) * way if share < 1 else points.copy()

    return fly


def _mixed(name: str, first: Any, last: Any, share: float) -> Any:
    if share in (0.0, 1.0):
        return (last if share else first).copy()
    if name == "pixels":
        return blended(first, last, share)
    return (1 - share) * first + share * last
