"""Words and signs on screen: in the typeface that comes with nnviz, or as somebody asks."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Literal, TypeAlias

from manim import (
    MathTex,
    Mobject,
    ParsableManimColor,
    SingleStringMathTex,
    Tex,
    VMobject,
)

from nnviz.mobjects.typeface import SansText

__all__ = [
    "LatexMissingError",
    "Writer",
    "Writing",
    "digit_height",
    "in_latex",
    "latex_needed",
    "plain_signs",
    "writer",
    "written",
]

#: What turns a string into a mobject: ``SansText``, ``Text``, ``Tex``, or a function of one's own.
Writer: TypeAlias = Callable[[str], VMobject]
#: A writer, or its name: "text" is `SansText`; "latex" is ``Tex``, and ``MathTex`` for formulas.
Writing: TypeAlias = Writer | Literal["text", "latex"]

#: Signs in words of nnviz's own, as LaTeX has them in formulas.
_SIGNS = {
    "×": r"\times ",
    "→": r"\to ",
    "·": r"\cdot ",
    "…": r"\dots ",
    "−": "-",
    "–": r"\text{--}",
    "%": r"\%",
    " ": r"\ ",
}
_WORDS_AND_SIGNS = re.compile(rf"([^\W\d_](?:[\w ]*[\w])?)|([{''.join(_SIGNS)}])")


class LatexMissingError(RuntimeError):
    """A text needs LaTeX, and there is none."""


def writer(writing: Writing, *, formulas: bool = False) -> Writer:
    """Return what turns strings into mobjects, where it may be given by its name.

    Parameters
    ----------
    writing
        ``"text"`` is :class:`~nnviz.mobjects.typeface.SansText`, in the typeface that comes with
        nnviz. ``"latex"`` is :class:`manim.Tex`, or :class:`manim.MathTex` for formulas. What is
        no string is returned as it is.
    formulas
        Whether formulas are written.

    Raises
    ------
    ValueError
        If there is no writing of this name.
    TypeError
        If it is neither a name nor a class or function.
    """
    if isinstance(writing, str):
        if writing not in ("text", "latex"):
            raise ValueError(
                f"writing is 'text', 'latex', or a class or function that turns a string into a "
                f"mobject, such as Text or MathTex, not {writing!r}"
            )
        latex: Writer = MathTex if formulas else Tex
        return SansText if writing == "text" else latex
    if not callable(writing):
        raise TypeError(
            f"writing is 'text', 'latex', or a class or function that turns a string into a "
            f"mobject, not {writing!r}"
        )
    return writing


def in_latex(writing: Writing) -> Literal["words", "formulas"] | None:
    """Return whether LaTeX takes what is written as words or as formulas; None if it is no LaTeX.

    Parameters
    ----------
    writing
        ``Tex`` takes words, ``MathTex`` formulas. Nothing is known of functions.
    """
    kind = writer(writing)
    if not isinstance(kind, type):
        return None
    if issubclass(kind, Tex):
        return "words"
    return "formulas" if issubclass(kind, SingleStringMathTex) else None


def plain_signs(text: str, writing: Writing) -> str:
    """Return words of nnviz's own, such as "4 × 4" or "16 maps", as a writing takes them.

    Parameters
    ----------
    text
        Letters, digits, spaces and the signs × → · … − – %.
    writing
        How they are written.
    """
    mode = in_latex(writing)
    if mode is None:
        return text
    if mode == "words":
        return re.sub(
            f"[{''.join(_SIGNS)}]",
            lambda sign: {" ": " ", "–": "--", "%": r"\%"}.get(
                sign[0], f"${_SIGNS[sign[0]].strip()}$"
            ),
            text,
        )
    text = re.sub(r"(?<=\d),(?=\d)", "{,}", text)  # a decimal comma, not one of a list
    text = re.sub(" ?([×→·]) ?", r"\1", text)  # formulas have room around them
    return _WORDS_AND_SIGNS.sub(
        lambda found: rf"\text{{{found[1]}}}" if found[1] else _SIGNS[found[2]], text
    )


def written(
    text: str | Mobject,
    height: float,
    writing: Writing = "text",
    color: ParsableManimColor | None = None,
    feature: str = "a text",
) -> VMobject:
    """Return a text on screen, as large as its neighbours whatever letters it has.

    Parameters
    ----------
    text
        What to write. A mobject is returned as it is; an empty string shows nothing.
    height
        Height of a digit in this writing, in scene units.
    writing
        What turns the string into a mobject: ``"text"``, ``"latex"``, or a class or function such
        as ``Text``, ``Tex`` or ``MathTex``.
    color
        Colour of the text; the writing's own by default.
    feature
        What the text is, for the error.

    Raises
    ------
    LatexMissingError
        If this writing needs LaTeX, which is not installed.
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
    write = writer(writing)
    with latex_needed(
        f"{feature} {text!r} is written by {getattr(write, '__name__', write)}, which needs LaTeX",
        "or let nnviz write it without (writing='text')",
    ):
        drawn = write(str(text))  # also of NumPy's strings, which Pango does not take
        drawn.scale(height / digit_height(write))
    return drawn if color is None else drawn.set_color(color)


@contextlib.contextmanager
def latex_needed(what: str, instead: str = "") -> Iterator[None]:
    """Say clearly that LaTeX is missing, where Manim says that a file was not found.

    Parameters
    ----------
    what
        What needs LaTeX, as a sentence without its end.
    instead
        What else can be done.

    Raises
    ------
    LatexMissingError
        If LaTeX or dvisvgm is called inside, and is not installed.
    """
    try:
        yield
    except FileNotFoundError as error:
        if error.filename is None or not str(error.filename).endswith(("latex", "dvisvgm")):
            raise
        raise LatexMissingError(
            f"{what}, and {error.filename} is not installed: install it (on Debian: "
            "texlive-latex-extra and dvisvgm)" + (f", {instead}" if instead else "")
        ) from error


def digit_height(writing: Writing) -> float:
    """Return how high a digit is as a writing gives it, in scene units."""
    return _digit_height(writer(writing))


@cache
def _digit_height(write: Writer) -> float:
    return float(write("0").height)
