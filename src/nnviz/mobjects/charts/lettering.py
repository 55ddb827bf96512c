"""A text that changes often: one mobject, whatever it says."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Self

import numpy as np
from manim import DEFAULT_FONT_SIZE, ParsableManimColor, VMobject
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.letter_sizes import em_of
from nnviz.mobjects.primitives.baselines import character
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import (
    Writer,
    Writing,
    digit_height,
    in_latex,
    writer,
    written,
)

__all__ = ["Lettering"]


#: What numbers are made of, and in digits' heights the gap between two, and a space.
_OF_NUMBERS = frozenset("0123456789.,e%\N{MINUS SIGN} ")
_GAP, _SPACE = 0.14, 0.3


@lru_cache(maxsize=4096)
def _path(text: str, writing: Writer) -> NDArray[np.float64]:
    """Return a text's points, from x = 0 on the line y = 0, with digits 1 high; shape (n, 3)."""
    if not text.strip():
        return np.zeros((0, 3))
    if len(text) > 1 and _OF_NUMBERS.issuperset(text):
        return _number_path(text, writing)
    # A digit in front says where the line is, whatever goes below it.
    spelled = _spelled(f"0{text}", writing)
    digit, *parts = written(spelled, 1.0, writing).family_members_with_points()
    points = np.concatenate([part.points for part in parts])
    placed: NDArray[np.float64] = points - (points[:, 0].min(), digit.points[:, 1].min(), 0)
    placed.setflags(write=False)
    return placed


def _spelled(text: str, writing: Writer) -> str:
    """Return a text with a number's signs as LaTeX wants them."""
    minus = {"words": "$-$", "formulas": "-"}.get(in_latex(writing) or "")
    return text if minus is None else text.replace("\N{MINUS SIGN}", minus).replace("%", r"\%")


def _number_path(text: str, writing: Writer) -> NDArray[np.float64]:
    """Put a number together: many numbers have few characters, and setting a text takes long."""
    if writing is SansText:
        return _number_in_sans(text)
    paths, x = [], 0.0
    for letter in text:
        path = _path(letter, writing)
        paths.append(path + np.array([x, 0.0, 0.0]))
        x += float(path[:, 0].max(initial=_SPACE - _GAP)) + _GAP
    return np.concatenate(paths)


def _number_in_sans(text: str) -> NDArray[np.float64]:
    """Put a number together as Pango does."""
    size = DEFAULT_FONT_SIZE / digit_height(SansText)
    letters = [character(letter) for letter in text]
    starts = np.cumsum([0.0, *(advance for _, advance in letters[:-1])])
    places = [np.array([x, 0.0, 0.0]) for x in starts]
    points = np.concatenate(
        [path + place for (path, _), place in zip(letters, places, strict=True)]
    )
    line = character("0")[0][:, 1].min()
    placed: NDArray[np.float64] = (points - (points[:, 0].min(), line, 0)) * size
    return placed


class Lettering(VMobject):
    """A text as one path, so that another text needs no other mobjects.

    Parameters
    ----------
    color : color
        Colour of the letters.
    align : array_like, optional
        Which point :meth:`say` puts somewhere: from (-1, -1), the line's left end, to (1, 1), its
        right end at a digit's height.
    upwards : bool, optional
        Whether the text runs from below to above, a quarter turn to the left.
    writing : type or str, optional
        What turns the string into a mobject: ``"text"``, ``"latex"``, a class or a function.
    """

    def __init__(
        self,
        color: ParsableManimColor,
        align: ArrayLike = (0, 0),
        writing: Writing = "text",
        *,
        upwards: bool = False,
    ) -> None:
        super().__init__(stroke_width=0, fill_color=color, fill_opacity=1)
        self.text = ""
        self._align = (np.asarray(align, dtype=float) + 1) / 2
        self._writing: Any = writer(writing)
        self.upwards = upwards

    def width_of(self, text: str, height: float) -> float:
        """Return the width that a text will have."""
        return float(_path(text, self._writing)[:, 0].max(initial=0.0)) * height

    def em(self) -> float:
        """Return the size of the font in scene units, as large as the text is now."""
        height = self._height()
        return height * _em_of_a_digit(self._writing) if height else 0.0

    def anchor(self) -> NDArray[np.float64]:
        """Return the point that :meth:`say` was given, wherever the text is now; shape (3,)."""
        height = self._height()
        first = self._turned(self._laid_out(height)[:1])[0]
        where: NDArray[np.float64] = self.points[0] - first
        return where

    def say(self, text: str, at: ArrayLike, height: float, max_width: float = np.inf) -> Self:
        """Show a text.

        Parameters
        ----------
        text : str
            What to show.
        at : array_like
            Place of the text, shape (3,).
        height : float
            Height of a digit, in scene units.
        max_width : float, optional
            The text is made smaller where it would be wider.
        """
        self.text = text
        width = self.width_of(text, height)
        shrunk = min(1.0, max_width / width) if width else 1.0
        self.points = self._turned(self._laid_out(height * shrunk)) + np.asarray(at)
        return self

    def _laid_out(self, height: float) -> NDArray[np.float64]:
        """Return the points of the text about the place that it is put to."""
        shift = self._align * (self.width_of(self.text, height), height)
        placed: NDArray[np.float64] = _path(self.text, self._writing) * height - (*shift, 0.0)
        return placed

    def _turned(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points[:, [1, 0, 2]] * (-1, 1, 1) if self.upwards else points

    def _height(self) -> float:
        """Return the height of a digit as large as the text is now."""
        path = _path(self.text, self._writing)
        if len(path) != len(self.points) or not len(path):
            return 0.0
        # Distances from the middle tell, however the text lies.
        now, then = (float(np.linalg.norm(p - p.mean(axis=0))) for p in (self.points, path))
        return now / then


@lru_cache(maxsize=64)
def _em_of_a_digit(writing: Any) -> float:
    """Return how many times a digit's height an em is, in a writing."""
    digit = writing("0")
    return em_of(digit) / float(digit.height)
