"""Words that scenes of nnviz write by LaTeX, in the language that is chosen."""

from __future__ import annotations

from manim import Tex, VMobject

from nnviz import words
from nnviz.mobjects.typeface import SansText

__all__ = ["caption"]

#: What LaTeX writes without another set-up: Latin letters, also with accents.
_LAST_LATIN = "\N{LATIN SMALL LETTER Z WITH CARON}"


def caption(key: str, **signs: tuple[str, str]) -> VMobject:
    """Return a word of nnviz's table, written by LaTeX, or without it in other letters than Latin.

    Parameters
    ----------
    key
        As for :func:`nnviz.words.word`.
    **signs
        What is put into its places, each in LaTeX and as plain text.
    """
    plain = words.word(key, **dict.fromkeys(signs, ""))
    if max(plain, default="") > _LAST_LATIN:
        return SansText(words.word(key, **{name: sign for name, (_, sign) in signs.items()}))
    tex = words.word(key, **{name: sign for name, (sign, _) in signs.items()})
    return Tex(tex.replace("\n", r" \\ "))
