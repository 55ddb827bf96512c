"""Words and signs on screen: in the typeface that comes with nnviz, or in another writing."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Literal, TypeAlias

from manim import (
    MathTex,
    MathTypst,
    Mobject,
    ParsableManimColor,
    SingleStringMathTex,
    Tex,
    Typst,
    VMobject,
)

from nnviz.mobjects.primitives.typeface import SansText

__all__ = [
    "LatexMissingError",
    "TypstMissingError",
    "Writer",
    "Writing",
    "as_formula",
    "digit_height",
    "in_latex",
    "in_typst",
    "latex_needed",
    "plain_signs",
    "writer",
    "written",
]

#: What turns a string into a mobject: ``SansText``, ``Text``, ``Tex``, or a function of one's own.
Writer: TypeAlias = Callable[[str], VMobject]
#: A writer, or its name: "text" is `SansText`; "latex" is ``Tex``, and ``MathTex`` for formulas;
#: "typst" is ``Typst``, and ``MathTypst`` for formulas.
Writing: TypeAlias = Writer | Literal["text", "latex", "typst"]

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


#: Raised and lowered signs of plain formulas, and what they are on the line.
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻ᵏ", "0123456789()-k", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₖ", "0123456789k", strict=True))
_IN_FORMULAS = re.compile(
    rf"(?P<above>[{''.join(_RAISED)}]+)|(?P<below>[{''.join(_LOWERED)}]+)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9]+)|(?P<sum>Σ)|(?P<comma>,)|(?P<prime>′)"
)
#: Signs that mean something in Typst's markup.
_MARKUP = re.compile(r"([\\#*_$@<>`=~\[\]])")


class LatexMissingError(RuntimeError):
    """A text needs LaTeX, which is not installed."""


class TypstMissingError(RuntimeError):
    """A text is written by Typst, whose package is not installed."""


def writer(writing: Writing, *, formulas: bool = False) -> Writer:
    """Return what turns strings into mobjects, given itself or by its name.

    Parameters
    ----------
    writing : type or str
        ``"text"`` is :class:`~nnviz.mobjects.primitives.typeface.SansText`, in the typeface that
        comes with nnviz. ``"latex"`` is :class:`manim.Tex`, or :class:`manim.MathTex` for formulas.
        ``"typst"`` is Manim's ``Typst``, or ``MathTypst`` for formulas, for which there is the
        extra ``manim-nnviz[typst]``. What is not a string is returned as it is.
    formulas : bool, optional
        Whether formulas are written.

    Raises
    ------
    ValueError
        If there is no writing of this name.
    TypeError
        If it is neither a name nor a class or function.
    TypstMissingError
        If it is Typst, which is not installed.
    """
    if isinstance(writing, str):
        kinds: dict[str, tuple[Writer, Writer]] = {
            "text": (SansText, SansText),
            "latex": (Tex, MathTex),
            "typst": (Typst, MathTypst),
        }
        if writing not in kinds:
            raise ValueError(
                f"writing is 'text', 'latex', 'typst', or a class or function that turns a string "
                f"into a mobject, such as Text or MathTex, not {writing!r}"
            )
        writing = kinds[writing][formulas]
    if not callable(writing):
        raise TypeError(
            f"writing is 'text', 'latex', 'typst', or a class or function that turns a string into "
            f"a mobject, not {writing!r}"
        )
    if isinstance(writing, type) and issubclass(writing, Typst) and find_spec("typst") is None:
        raise TypstMissingError(
            f"{writing.__name__} writes by Typst, which is not installed: "
            "pip install 'manim-nnviz[typst]', or write without it (writing='text')"
        )
    return writing


def in_latex(writing: Writing) -> Literal["words", "formulas"] | None:
    """Return whether LaTeX takes what is written as words or as formulas; None if it is no LaTeX.

    Parameters
    ----------
    writing : type or str
        ``Tex`` takes words, ``MathTex`` formulas. Nothing is known of functions.
    """
    kind = writer(writing)
    if not isinstance(kind, type):
        return None
    if issubclass(kind, Tex):
        return "words"
    return "formulas" if issubclass(kind, SingleStringMathTex) else None


def in_typst(writing: Writing) -> Literal["words", "formulas"] | None:
    """Return whether Typst takes what is written as words or as formulas; None if it is no Typst.

    Parameters
    ----------
    writing : type or str
        ``Typst`` takes words, ``MathTypst`` formulas. Nothing is known of functions.
    """
    kind = writer(writing)
    if not (isinstance(kind, type) and issubclass(kind, Typst)):
        return None
    return "formulas" if issubclass(kind, MathTypst) else "words"


def as_formula(tex: str, text: str, writing: Writing) -> str:
    r"""Return a formula as a writing takes it.

    Parameters
    ----------
    tex : str
        In TeX, without dollars.
    text : str
        In plain characters, such as "σ′(z₁⁽²⁾)", which Typst's spelling is made from.
    writing : type or str
        Writing of the text.

    Examples
    --------
    >>> from manim import Tex
    >>> from nnviz.mobjects.primitives.writing import as_formula
    >>> as_formula(r"z_{1}^{(2)}", "z₁⁽²⁾", Tex)
    '$z_{1}^{(2)}$'
    """
    latex = in_latex(writing)
    if latex is not None:
        return tex if latex == "formulas" else f"${tex}$"
    typst = in_typst(writing)
    if typst is None:
        return text
    spelled = _formula_in_typst(text)
    return spelled if typst == "formulas" else f"${spelled}$"


def _formula_in_typst(text: str) -> str:
    """Return a formula of plain characters as Typst's mathematics has it."""

    def spelled(found: re.Match[str]) -> str:
        for signs, mark, table in (("above", "^", _RAISED), ("below", "_", _LOWERED)):
            if found[signs]:
                on_the_line = "".join(map(table.__getitem__, found[signs]))
                # Two letters side by side would be a word.
                return f"{mark}({on_the_line.replace('k', 'k ').strip()}) "
        if found["name"]:
            return f'"{found["name"]}"'
        # A comma between digits is a decimal one, and has no room after it.
        return {"Σ": "scripts(sum)", ",": '","', "′": "'"}[found[0]]

    return _IN_FORMULAS.sub(spelled, text)


def plain_signs(text: str, writing: Writing) -> str:
    """Return words of nnviz's own, such as "4 × 4" or "16 maps", as a writing takes them.

    Parameters
    ----------
    text : str
        Letters, digits, spaces and the signs × → · … − – %.
    writing : type or str
        Writing of the texts.
    """
    mode, typst = in_latex(writing), in_typst(writing)
    if typst == "formulas":
        return re.sub(r"[^\W\d_](?:[\w ',]*\w)?|[,%]", r'"\g<0>"', text)
    if typst == "words":
        return _MARKUP.sub(r"\\\1", text)
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
    text : str or Mobject
        What to write. A mobject is returned as it is; an empty string shows nothing.
    height : float
        Height of a digit in this writing, in scene units.
    writing : type or str, optional
        What turns the string into a mobject: ``"text"``, ``"latex"``, ``"typst"``, or a class or
        function such as ``Text``, ``Tex`` or ``MathTex``.
    color : color, optional
        Colour of the text; the writing's own by default.
    feature : str, optional
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
    """Raise a clear error where LaTeX is missing; Manim's says that a file was not found.

    Parameters
    ----------
    what : str
        What needs LaTeX, as a sentence without its end.
    instead : str, optional
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
    """Return the height of a digit in a writing, in scene units."""
    return _digit_height(writer(writing))


@cache
def _digit_height(write: Writer) -> float:
    return float(write("0").height)
