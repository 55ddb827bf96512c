"""The values of many curves, as arrays: their names and places, and what draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from manim import ManimColor
from manim.camera.camera import CAP_STYLE_MAP
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.draws_itself import Place
from nnviz.drawing.path_commands import Curves

if TYPE_CHECKING:
    from nnviz.mobjects.primitives.curve_array import CurveArray

__all__ = [
    "CURVE",
    "RGBAS",
    "VALUES",
    "WIDTHS",
    "Rows",
    "one_or_each",
    "places",
    "rgb_of",
    "strokes_of",
]

#: Manim's cubic curve has four points.
CURVE = 4
#: Manim's unit of stroke width, in scene units.
_WIDTH_UNIT = 0.01
#: The arrays, as Manim calls them: colours with opacity (n, 4), widths (n,), points (4 n, 3).
RGBAS = ("stroke_rgbas", "background_stroke_rgbas")
WIDTHS = ("stroke_width", "background_stroke_width")
VALUES = ("curves", *RGBAS, *WIDTHS)

Rows = NDArray[np.int_]


def places(name: str, rows: Rows) -> Rows:
    """Return where some curves have their values in an array: four points each, or one row."""
    if name != "curves":
        return rows
    return np.asarray((rows[:, None] * CURVE + np.arange(CURVE)).ravel())


def rgb_of(color: Any) -> NDArray[np.float64]:
    """Return one colour's red, green and blue, or those of many, shape (n, 3)."""
    if isinstance(color, np.ndarray) and color.ndim == 2:
        return color
    if isinstance(color, (list, tuple)) and not isinstance(color[0], (int, float)):
        return np.array([ManimColor(one).to_rgb() for one in color])
    return np.array(ManimColor(color).to_rgb())


def one_or_each(what: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return values in a shape (n, ...), from one for all or from n of them."""
    try:
        return np.broadcast_to(np.asarray(values, dtype=float), shape)
    except ValueError:
        given = len(np.asarray(values))
        raise ValueError(f"{given} {what} for {shape[0]} curves: give one, or one each") from None


def strokes_of(array: CurveArray, place: Place) -> tuple[Curves, ...]:
    """Return what draws the strokes of all curves as they are, behind each other in order."""
    points = array.curves.reshape(-1, CURVE, 3)
    finite = np.isfinite(points).all(axis=(1, 2))
    strokes = []
    for rgbas_name, widths_name in zip(RGBAS[::-1], WIDTHS[::-1], strict=True):
        rgbas = getattr(array, rgbas_name)
        widths = np.atleast_1d(getattr(array, widths_name)) * _WIDTH_UNIT
        chosen = np.flatnonzero((widths > 0) & (rgbas[:, 3] > 0) & finite)
        at = place(points[chosen].reshape(-1, 3))[:, :2].reshape(-1, 2 * CURVE)
        strokes.append(np.column_stack([chosen, at, rgbas[chosen], widths[chosen]]))
    both = np.concatenate(strokes)
    # The stroke behind a curve comes just before it.
    both = both[np.argsort(both[:, 0], kind="stable")]
    if not len(both):
        return ()
    curves, colors, widths = np.split(both[:, 1:], [2 * CURVE, 2 * CURVE + 4], axis=1)
    return (Curves(curves, colors, widths[:, 0], int(CAP_STYLE_MAP[array.cap_style])),)
