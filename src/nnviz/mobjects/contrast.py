"""Which colours can be read on which, by the Web Content Accessibility Guidelines."""

from __future__ import annotations

import numpy as np
from manim import ManimColor, ParsableManimColor

from nnviz.mobjects.palette import BLACK, WHITE

__all__ = ["READABLE", "contrast", "is_light", "luminance", "readable"]

#: The least contrast of text that is read easily: WCAG 2.2, success criterion 1.4.3.
READABLE = 4.5


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
    ground
        What the text stands on.
    *colors
        The first of these that can be read is taken; else black or white, one of which always can.
    """
    for color in colors:
        if contrast(color, ground) >= READABLE:
            return ManimColor(color)
    return BLACK if is_light(ground) else WHITE
