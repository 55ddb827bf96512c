"""Which colours can be read on which, by the Web Content Accessibility Guidelines."""

from __future__ import annotations

from functools import partial

import numpy as np
from manim import ManimColor, ParsableManimColor

from nnviz.mobjects.primitives.palette import BLACK, WHITE

__all__ = ["READABLE", "contrast", "is_light", "luminance", "readable", "readable_shade"]

#: The least contrast of text that is read easily: WCAG 2.2, success criterion 1.4.3.
READABLE = 4.5
#: How many shades of a colour are tried.
_SHADES = 41


def luminance(color: ParsableManimColor) -> float:
    """Return the relative luminance of a colour, from 0 for black to 1 for white.

    References
    ----------
    W3C, Web Content Accessibility Guidelines 2.2, "relative luminance".
    """
    rgb = ManimColor(color).to_rgb()
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: ParsableManimColor, other: ParsableManimColor) -> float:
    """Return the contrast of two colours, from 1 to 21.

    References
    ----------
    W3C, Web Content Accessibility Guidelines 2.2, "contrast ratio".
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def is_light(color: ParsableManimColor) -> bool:
    """Return whether black has more contrast with a colour than white."""
    return contrast(color, BLACK) > contrast(color, WHITE)


def readable(ground: ParsableManimColor, *colors: ParsableManimColor) -> ManimColor:
    """Return a colour for text on a ground.

    Parameters
    ----------
    ground : color
        What the text stands on.
    *colors
        That with the most contrast is returned if it can be read; else black or white, one of
        which always can.
    """
    best = max((ManimColor(color) for color in colors), key=partial(contrast, ground), default=None)
    if best is not None and contrast(best, ground) >= READABLE:
        return best
    return BLACK if is_light(ground) else WHITE


def readable_shade(color: ParsableManimColor, ground: ParsableManimColor) -> ManimColor:
    """Return a colour, or the first of its shades towards black or white that can be read.

    Parameters
    ----------
    color : color
        The colour wanted.
    ground : color
        What the text stands on.
    """
    shade, end = ManimColor(color), BLACK if is_light(ground) else WHITE
    steps = (shade.interpolate(end, share) for share in np.linspace(0, 1, _SHADES))
    return next(step for step in steps if contrast(step, ground) >= READABLE)
