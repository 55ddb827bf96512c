"""A text that changes often: one mobject, whatever it says."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Self

import numpy as np
from manim import ParsableManimColor, Text, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.writing import Writing, written

__all__ = ["Lettering"]


@lru_cache(maxsize=4096)
def _path(text: str, writing: Writing) -> NDArray[np.float64]:
    """Return a text's points, its box from (0, 0), a digit 1 high; shape (n, 3)."""
    parts = written(text, 1.0, writing).family_members_with_points()
    if not parts:
        return np.zeros((0, 3))
    points = np.concatenate([part.points for part in parts])
    placed: NDArray[np.float64] = points - points.min(axis=0)
    placed.setflags(write=False)
    return placed


class Lettering(VMobject):
    """A text as one path, so that another text needs no other mobjects.

    Parameters
    ----------
    color
        Of the letters.
    align
        Which point of its box :meth:`say` puts somewhere: from (-1, -1), lower left, to (1, 1),
        upper right.
    writing
        What turns the string into a mobject.
    """

    def __init__(
        self, color: ParsableManimColor, align: ArrayLike = (0, 0), writing: Writing = Text
    ) -> None:
        super().__init__(stroke_width=0, fill_color=color, fill_opacity=1)
        self.text = ""
        self._align = (np.asarray(align, dtype=float) + 1) / 2
        self._writing: Any = writing

    def extent(self, text: str, height: float) -> NDArray[np.float64]:
        """Return the width and height that a text will have."""
        path = _path(text, self._writing)
        size: NDArray[np.float64] = path[:, :2].max(axis=0, initial=0.0) * height
        return size

    def say(self, text: str, at: ArrayLike, height: float, max_width: float = np.inf) -> Self:
        """Show a text.

        Parameters
        ----------
        text
            What to show.
        at
            Where to, shape (3,).
        height
            Of a digit, in scene units.
        max_width
            The text is made smaller where it would be wider.
        """
        self.text = text
        width = self.extent(text, height)[0]
        height *= min(1.0, max_width / width) if width else 1.0
        shift = self._align * self.extent(text, height)
        self.points = _path(text, self._writing) * height + np.asarray(at) - (*shift, 0.0)
        return self
