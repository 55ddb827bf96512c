"""How tokens are written: spaces and line ends as signs, nothing read as markup."""

from __future__ import annotations

from typing import Any

from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import Writing, in_latex, in_typst

__all__ = ["query_and_key_texts", "token_texts", "visible_text", "without_markup"]

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


def query_and_key_texts(
    tokens: Any, keys: Any, rows: int, columns: int
) -> tuple[list[str], list[str]]:
    """Return how the queries and the keys of a pattern are written; nothing if tokens are None.

    Raises
    ------
    ValueError
        If there are not as many tokens as rows, and keys as columns.
    """
    asked = [] if tokens is None else token_texts(tokens, rows)
    seen = asked if keys is None else token_texts(keys, columns, "keys")
    if seen is asked and asked and rows != columns:
        raise ValueError(f"{rows} queries see {columns} other keys: give their tokens as keys")
    return asked, seen


def without_markup(writing: Writing) -> Writing:
    """Return a writing for tokens and names, which are no markup: never LaTeX or Typst.

    Parameters
    ----------
    writing : type or str
        Writing of all other texts.
    """
    is_markup = in_latex(writing) is not None or in_typst(writing) is not None
    return SansText if is_markup else writing
