"""How tokens are written: spaces and line ends as signs, nothing read as markup."""

from __future__ import annotations

from typing import Any

from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import Writing, in_latex, in_typst

__all__ = ["token_texts", "visible_text", "without_markup"]

#: Characters that are invisible, and signs for them.
_VISIBLE = str.maketrans({" ": "␣", "\n": "↵", "\t": "→"})


def visible_text(token: object) -> str:
    """Return a token's text with signs for spaces and ends of lines.

    Parameters
    ----------
    token : object
        A text, or a number.

    Examples
    --------
    >>> visible_text(" to be")
    '␣to␣be'
    """
    return str(token).translate(_VISIBLE)


def token_texts(tokens: Any, count: int | None = None, what: str = "tokens") -> list[str]:
    """Return how tokens are written.

    Parameters
    ----------
    tokens : object
        A text, whose characters they are, or a sequence of texts or numbers.
    count : int, optional
        Required number of tokens.
    what : str, optional
        What they are, for the error.

    Raises
    ------
    ValueError
        If there are none, or not as many.
    """
    texts = [visible_text(token) for token in tokens]
    if not texts:
        raise ValueError(f"{what} is empty: give at least one token")
    if count is not None and len(texts) != count:
        raise ValueError(f"{len(texts)} {what} are given for {count}: one each, {texts}")
    return texts


def without_markup(writing: Writing) -> Writing:
    """Return a writing for tokens and names, which are no markup: never LaTeX or Typst.

    Parameters
    ----------
    writing : type or str
        Writing of all other texts.
    """
    is_markup = in_latex(writing) is not None or in_typst(writing) is not None
    return SansText if is_markup else writing
