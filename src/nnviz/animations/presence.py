"""Opacities of many parts at once, as shares of what they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from manim import Mobject, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.primitives.curve_array import CurveArray

__all__ = ["Presence", "leaves"]


class Presence:
    """The opacity of some parts, as a share of what it is now.

    Parameters
    ----------
    *mobjects : Mobject
        Mobjects with these parts, whose paint is kept as it is now.
    but : iterable of Mobject, optional
        Mobjects whose parts are excluded.
    """

    def __init__(self, *mobjects: Mobject, but: Iterable[Mobject] = ()) -> None:
        excluded = {id(one) for mobject in but for one in leaves(mobject)}
        parts = [one for mobject in mobjects for one in leaves(mobject) if id(one) not in excluded]
        self._kept: list[tuple[Any, str, NDArray[np.float64]]] = [
            (part, name, np.array(getattr(part, name)))
            for part in parts
            for name in ("stroke_rgbas", "fill_rgbas")
            if name == "stroke_rgbas" or not isinstance(part, CurveArray)
        ]
        self._share: float | None = None

    def show(self, share: float) -> None:
        """Set the share, from 0 to 1; with 1 the paint is exactly as it was."""
        if share == self._share:
            return
        self._share = share
        for part, name, rgbas in self._kept:
            seen = rgbas.copy()
            if share != 1 and seen.size:
                seen[..., 3] *= share
            setattr(part, name, seen)


def leaves(mobject: Mobject) -> Iterator[VMobject]:
    """Return the parts of a mobject that have points; an array of curves is one part."""
    if isinstance(mobject, CurveArray):
        if len(mobject):
            yield mobject
        return
    if isinstance(mobject, VMobject) and len(mobject.points):
        yield mobject
    for part in mobject.submobjects:
        yield from leaves(part)
