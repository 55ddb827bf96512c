"""Formulas whose terms are found by name, and coloured by what they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from manim import LEFT, RIGHT, ManimColor, MathTex, VGroup, VMobject

from nnviz.camera.letter_sizes import KeepsLettersTogether
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.palette import BLUE, GREEN, MAROON_B, RED, WHITE, YELLOW
from nnviz.mobjects.primitives.writing import latex_needed

__all__ = ["ROLE_COLORS", "Formula", "color_of", "layer_before"]

#: What a letter stands for, and its colour everywhere in the chapter.
ROLE_COLORS: Mapping[str, ManimColor] = MappingProxyType(
    {
        "w": BLUE,  # a weight
        "a": WHITE,  # an activation
        "b": MAROON_B,  # a bias
        "z": GREEN,  # a pre-activation
        "C": RED,  # a cost
        "y": YELLOW,  # a desired output
    }
)

# The letter of a quantity or of a change of it: w^{(L)}, \partial w^{(L)}, \nabla C.
_LETTER = re.compile(r"(?:[{\s]|\\partial|\\nabla)*([A-Za-z])")
_LAYER = re.compile(r"\(L(?:-(\d+))?\)")


def color_of(tex: str, colors: Mapping[str, ManimColor] = ROLE_COLORS) -> ManimColor:
    r"""Return the colour of a term: its letter's in the table, white without one.

    Parameters
    ----------
    tex : str
        A quantity such as ``w^{(L)}``, or a change of one such as ``\partial w^{(L)}``.
    colors : mapping from str to ManimColor, optional
        The table, from letters to colours.
    """
    letter = _LETTER.match(tex)
    return colors.get(letter[1], WHITE) if letter else WHITE


def layer_before(tex: str) -> str:
    """Return the same quantity one layer earlier: ``w^{(L-1)}`` for ``w^{(L)}``.

    Raises
    ------
    ValueError
        If the term has no layer in its superscript.
    """
    earlier, count = _LAYER.subn(lambda layer: f"(L-{int(layer[1] or 0) + 1})", tex)
    if not count:
        raise ValueError(f"{tex!r} has no layer (L) or (L-1) to go back from")
    return earlier


def _name(tex: str) -> str:
    """Return a term without what its name ignores: a fraction's braces, spaces."""
    return re.sub(r"[{}\s]", "", tex)


class Formula(KeepsLettersTogether, ShownInNotebooks, VGroup):
    r"""A formula made of terms that are found by name and coloured by their letter.

    A term's name is its own TeX; braces and spaces do not count. Copies find their own
    terms. The terms are set as one formula by :class:`manim.MathTex`, but stand for
    themselves: some can be on screen while others are not.

    Parameters
    ----------
    *terms
        TeX of each term, from left to right. A fraction is three of them:
        ``r"{\partial z"``, ``r"\over"``, ``r"\partial w}"``.
    colors : mapping from str to ManimColor, optional
        From letters to colours.
    **kwargs
        For :class:`manim.MathTex`.

    Raises
    ------
    ValueError
        If there are no terms, or one is empty.
    LatexMissingError
        If LaTeX is not installed.

    Examples
    --------
    >>> from nnviz.mobjects.equations.formula import Formula
    >>> formula = Formula("z", "=", "w", "a", "+", "b")
    >>> formula["w"].tex_string
    'w'
    >>> [term.tex_string for term in formula.after("=")]
    ['w', 'a', '+', 'b']
    """

    def __init__(
        self, *terms: str, colors: Mapping[str, ManimColor] = ROLE_COLORS, **kwargs: Any
    ) -> None:
        if not terms or not all(_name(term) for term in terms):
            raise ValueError(f"a formula needs terms, none of them empty, not {terms}")
        with latex_needed(
            f"the formula {' '.join(terms)!r} is written by MathTex, which needs LaTeX"
        ):
            typeset = MathTex(*terms, **kwargs)
        self._texs = list(typeset.tex_strings)
        for term, tex in zip(typeset, self._texs, strict=True):
            color = color_of(tex, colors)
            if color != WHITE:
                term.set_color(color)
        super().__init__(*typeset)

    @property
    def tex(self) -> str:
        """TeX of the whole formula."""
        return " ".join(self._texs)

    def __getitem__(self, key: int | slice | str) -> Any:
        """Return a term by name or by position, or a group of terms by a slice."""
        if isinstance(key, str):
            return self.part(key)[0]
        return super().__getitem__(key)

    def part(self, *names: str) -> VGroup:
        """Return the terms with these names that stand side by side.

        Naming a term's neighbours tells it from others of the same name.

        Raises
        ------
        ValueError
            If there are no such terms, or more than once.
        """
        start = self._find(names)
        return VGroup(*self.submobjects[start : start + len(names)])

    def before(self, *names: str) -> VGroup:
        """Return the terms left of the named ones."""
        return VGroup(*self.submobjects[: self._find(names)])

    def after(self, *names: str) -> VGroup:
        """Return the terms right of the named ones."""
        return VGroup(*self.submobjects[self._find(names) + len(names) :])

    def without(self, *terms: VMobject) -> VGroup:
        """Return all terms but these (terms themselves, not names)."""
        left_out = {id(term) for term in terms}
        return VGroup(*(term for term in self.submobjects if id(term) not in left_out))

    def collapse(self, *names: str, buff: float = 0.1) -> Self:
        """Shrink the named terms, side by side, to nothing, and close the gap from the left.

        The formula keeps all its terms, so it can be animated to this state and from it.

        Parameters
        ----------
        *names
            Names of terms that others follow.
        buff : float, optional
            Gap left between the terms before and the terms after.

        Raises
        ------
        ValueError
            If the terms are not found once, or nothing follows them.
        """
        shrunk, before, after = self.part(*names), self.before(*names), self.after(*names)
        if not len(after):
            raise ValueError(f"nothing follows {' '.join(names)} in {self.tex!r}")
        end = after[0].get_left()
        for term in shrunk:
            term.scale(0).move_to(end)
        if len(before):
            gap = np.dot(end + buff * LEFT - before.get_right(), RIGHT)
            before.shift(gap * RIGHT)
        return self

    def _find(self, names: tuple[str, ...]) -> int:
        """Return the position of the first of these neighbours."""
        wanted = [_name(name) for name in names]
        have = [_name(tex) for tex in self._texs]
        places = [
            i for i in range(len(have) - len(wanted) + 1) if have[i : i + len(wanted)] == wanted
        ]
        if len(places) != 1 or not wanted:
            raise ValueError(
                f"{' '.join(names)!r} is {len(places)} times in the formula {self.tex!r}, "
                f"not once; its terms are {', '.join(self._texs)}"
            )
        return places[0]
