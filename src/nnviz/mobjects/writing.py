"""Words and signs on screen: in Manim's ``Text`` unless somebody asks for LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from manim import Mobject, ParsableManimColor, Text, VMobject

__all__ = ["LatexMissingError", "Writing", "baseline", "digit_height", "written"]

#: What turns a string into a mobject: ``Text``, ``Tex``, ``MathTex``, or a function of one's own.
Writing = Callable[[str], VMobject]

#: Letters that end on the baseline, flat.
_STANDING = frozenset("AEFHIKLMNPRTXZfhiklmnrxz1247")


class LatexMissingError(RuntimeError):
    """A text needs LaTeX, and there is none."""


def written(
    text: str | Mobject,
    height: float,
    writing: Writing = Text,
    color: ParsableManimColor | None = None,
    feature: str = "a text",
) -> VMobject:
    """Return a text on screen, as large as its neighbours whatever letters it has.

    Parameters
    ----------
    text
        What to write. A mobject is returned as it is; an empty string shows nothing.
    height
        Of a digit in this writing, in scene units.
    writing
        What turns the string into a mobject, such as ``Text``, ``Tex`` or ``MathTex``.
    color
        Of the text; the writing's own by default.
    feature
        What the text is, for the error.

    Raises
    ------
    LatexMissingError
        If this writing takes LaTeX, which is not installed.
    TypeError
        If it is neither a string nor a mobject that can stand in a group.
    """
    if isinstance(text, VMobject):
        return text
    if not isinstance(text, str):
        hint = "; ImageMobject and the like cannot" if isinstance(text, Mobject) else ""
        raise TypeError(f"{feature} is a string or a VMobject, not {text!r}{hint}")
    if not text.strip():
        return VMobject()
    try:
        drawn = writing(str(text))  # also of NumPy's strings, which Pango does not take
        drawn.scale(height / digit_height(writing))
    except FileNotFoundError as error:
        if error.filename is None or not str(error.filename).endswith(("latex", "dvisvgm")):
            raise
        raise LatexMissingError(
            f"{feature} {text!r} is written by {getattr(writing, '__name__', writing)}, which "
            f"needs LaTeX, and {error.filename} is not installed: install it (on Debian: "
            "texlive-latex-extra and dvisvgm), or let Manim's Text write it (writing=Text)"
        ) from error
    return drawn if color is None else drawn.set_color(color)


def baseline(text: VMobject) -> float | None:
    """Return the height on which the letters of a line of Manim's ``Text`` stand.

    None if it is something else, has several lines, or no letter tells.
    """
    if not isinstance(text, Text) or "\n" in text.original_text:
        return None
    letters = text.original_text.replace(" ", "")
    if len(letters) != len(text):
        return None
    for letter, glyph in zip(letters, text, strict=True):
        if letter in _STANDING:
            return float(glyph.get_bottom()[1])
    return None


@cache
def digit_height(writing: Writing) -> float:
    """Return how high a digit is as a writing gives it, in scene units."""
    return float(writing("0").height)
