"""Colours of charts: told apart by everybody, on dark and on light backgrounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import ManimColor, ParsableManimColor, config
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.primitives.contrast import is_light
from nnviz.mobjects.primitives.palette import BLACK, WHITE

__all__ = [
    "CLASS_COLORS",
    "RIGHT_COLOR",
    "WRONG_COLOR",
    "background",
    "class_colors",
    "ink",
    "letters_on",
    "tint",
]

#: Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), which people with any colour vision
#: deficiency can tell apart: first the five whose tints they can tell apart as well.
CLASS_COLORS = tuple(
    ManimColor(code)
    for code in ("#56B4E9", "#E69F00", "#CC79A7", "#0072B2", "#D55E00", "#F0E442", "#009E73")
)
#: Of predictions; a sign says, too, what is right and wrong.
RIGHT_COLOR, WRONG_COLOR = CLASS_COLORS[0], CLASS_COLORS[4]


def background() -> ManimColor:
    """Return the colour of the background."""
    color: Any = config.background_color
    return ManimColor(color)


def ink(on: ParsableManimColor | None = None) -> ManimColor:
    """Return the colour of lines and letters, which fits the background, as in networks.

    Parameters
    ----------
    on : color, optional
        Another background than the configured one.
    """
    if on is None:
        return ManimColor(NetworkStyle().text_color)
    style = NetworkStyle.light() if is_light(ManimColor(on)) else NetworkStyle.dark()
    return ManimColor(style.text_color)


def letters_on(fill: ArrayLike) -> ManimColor:
    """Return black or white, whichever is easier to read on a fill.

    Its contrast is 4.58 or more, whatever the fill: more than the 4.5 that the W3C's Web Content
    Accessibility Guidelines ask for.

    Parameters
    ----------
    fill : array_like
        Red, green and blue in [0, 1], shape (3,).
    """
    on = ManimColor.from_rgb(tuple(np.asarray(fill, dtype=float).clip(0, 1)))
    return BLACK if is_light(on) else WHITE


def class_colors(
    count: int, colors: Sequence[ParsableManimColor] | None = None
) -> list[ManimColor]:
    """Return a colour a class: the given ones, or `CLASS_COLORS`, again and again.

    Raises
    ------
    ValueError
        If no colours are given.
    """
    chosen = CLASS_COLORS if colors is None else tuple(ManimColor(color) for color in colors)
    if not chosen:
        raise ValueError("colors is empty: give one a class, or None for those of nnviz")
    return [chosen[k % len(chosen)] for k in range(count)]


def tint(color: ParsableManimColor, share: float) -> NDArray[np.float64]:
    """Return a colour's share on the background as red, green and blue in [0, 1], shape (3,)."""
    mixed: NDArray[np.float64] = (
        share * ManimColor(color).to_rgb() + (1 - share) * background().to_rgb()
    )
    return mixed
