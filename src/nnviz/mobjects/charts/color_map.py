"""Colours for numbers: equal steps of a number look equally large, on dark and on light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import ManimColor, ParsableManimColor, config
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.primitives.contrast import is_light

__all__ = ["ColorMap", "color_map_for"]

_SHADES = 256
#: From linear sRGB to the cones' answers, and from their cube roots to lightness and two opponent
#: colours: B. Ottosson, "A perceptual color space for image processing" (Oklab), 2020.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_oklab(rgb: ArrayLike) -> NDArray[np.float64]:
    """Return sRGB colours in [0, 1], shape (..., 3), in Oklab; the first number is lightness."""
    values = np.asarray(rgb, dtype=np.float64)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def _to_rgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    cones = np.linalg.solve(_TO_LAB, lab.T) ** 3
    linear = np.linalg.solve(_TO_CONES, cones).T.clip(0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


class ColorMap:
    """Colours from 0 to 1, through given ones.

    Between them colours are mixed in Oklab, at places where the lightness changes evenly: the
    same difference of two numbers is the same difference in lightness everywhere.

    Parameters
    ----------
    colors : sequence of color
        At least two, each lighter than the one before, or each darker.

    Raises
    ------
    ValueError
        If there are fewer, or the lightness goes to and fro.
    """

    def __init__(self, colors: Sequence[ParsableManimColor]) -> None:
        lab = to_oklab([ManimColor(color).to_rgb() for color in colors])
        lightness = lab[:, 0]
        steps = np.diff(lightness)
        if len(colors) < 2 or not ((steps > 0).all() or (steps < 0).all()):
            raise ValueError(
                "a colour map takes two or more colours, each lighter than the one before or each "
                f"darker, not lightnesses of {np.round(lightness, 2).tolist()}"
            )
        places = (lightness - lightness[0]) / (lightness[-1] - lightness[0])
        shades = np.linspace(0, 1, _SHADES)
        self._rgb = _to_rgb(
            np.stack([np.interp(shades, places, column) for column in lab.T], axis=-1)
        )

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the colours of numbers, shape (...,), as sRGB in [0, 1], shape (..., 3).

        Numbers below 0 and above 1 get the first and the last colour.
        """
        shares = np.asarray(values, dtype=np.float64).clip(0, 1)
        rgb: NDArray[np.float64] = self._rgb[np.rint(shares * (_SHADES - 1)).astype(int)]
        return rgb


#: Low is dark on a dark background, and light on a light one: what is high stands out on both.
_ON_DARK = ColorMap(["#0B1E4B", "#174F86", "#1D8A99", "#62B98A", "#D5D06A"])
_ON_LIGHT = ColorMap(["#F4F7EE", "#BCDDC9", "#6BB3BE", "#3E78AE", "#3A3478"])


def color_map_for(background: ParsableManimColor | None = None) -> ColorMap:
    """Return the colour map for a background; for the configured one if None."""
    on = ManimColor(config.background_color if background is None else background)
    return _ON_LIGHT if is_light(on) else _ON_DARK
