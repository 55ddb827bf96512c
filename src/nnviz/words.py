"""Every word that nnviz writes into a film, in a language that can be chosen.

Names that a user gives, such as titles, labels and classes, are written as they are. So are symbols
of formulas. All other words come from one table, which :func:`use` sets::

    import nnviz

    nnviz.words.use("de")  # German: Kosten, Epoche, 0,25
    nnviz.words.use("de", cost="Fehler")  # with a word of your own
    nnviz.words.use("en", epoch="pass", decimal_mark=",")

A picture takes its words when it is made: choose the language before, at the top of the file, or as
the attribute ``language`` of a scene of nnviz. The languages are files ``languages/*.toml`` beside
this module, with the same keys. Letters that the typeface of nnviz does not have, such as Chinese
and Japanese ones, come from a font of the system.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

__all__ = ["languages", "marks", "named", "number", "table", "use", "using", "word"]

_FOLDER: Final = Path(__file__).resolve().parent / "languages"
#: The keys of the marks in numbers, each of one character.
_MARKS: Final = ("decimal_mark", "group_mark")


@cache
def _language(name: str) -> Mapping[str, str]:
    file = _FOLDER / f"{name}.toml"
    return MappingProxyType(tomllib.loads(file.read_text(encoding="utf-8")))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are, by their codes of two letters (ISO 639-1)."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


#: The table in use; None is English without changes.
_in_use: Mapping[str, str] | None = None


def table() -> Mapping[str, str]:
    """Return all words in use, by their keys; it cannot be changed, see :func:`use`."""
    return _language("en") if _in_use is None else _in_use


def use(language: str = "en", **own: str) -> None:
    """Write all words in a language from now on.

    Parameters
    ----------
    language : str, optional
        One of :func:`languages`: English "en", German "de", French "fr", Spanish "es", Portuguese
        "pt", Russian "ru", Chinese "zh", Japanese "ja".
    **own
        Words of your own by their keys, which :func:`table` has. ``decimal_mark`` and
        ``group_mark`` are the marks in numbers: one character each, a space for a gap between
        groups of three digits.

    Raises
    ------
    ValueError
        If there is no such language or key, a word has other places in braces than the one in
        English, or a mark is not one character.

    Examples
    --------
    >>> from nnviz import words
    >>> words.use("fr", cost="erreur")
    >>> words.word("cost"), words.number("0.25")
    ('erreur', '0,25')
    >>> words.use("en")
    """
    global _in_use
    if language not in languages():
        raise ValueError(
            f"there is no language {language!r}: there are {', '.join(languages())}; another one "
            "is use('en', ...) with words of your own"
        )
    english = _language("en")
    for key, text in own.items():
        if key not in english:
            raise ValueError(
                f"nnviz writes no word {key!r}: there are {', '.join(sorted(english))}"
            )
        if not isinstance(text, str):
            raise ValueError(f"the word {key!r} is a string, not {text!r}")
        if _places(text) != _places(english[key]):
            raise ValueError(
                f"the word {key!r}, in English {english[key]!r}, needs the same places in braces, "
                f"and {text!r} has others"
            )
        if key in _MARKS and len(text) != 1:
            raise ValueError(f"{key} is one character, not {text!r}")
    _in_use = MappingProxyType({**_language(language), **own})


@contextmanager
def using(language: str | None = None, **own: str) -> Iterator[None]:
    """Write words in a language within a block, and as before after it.

    Parameters
    ----------
    language : str, optional
        As for :func:`use`; None leaves what is in use, until something inside sets it.
    **own
        As for :func:`use`, of a language.

    Raises
    ------
    ValueError
        As by :func:`use`.
    """
    global _in_use
    before = _in_use
    try:
        if language is not None or own:
            use(language or "en", **own)
        yield
    finally:
        _in_use = before


def word(key: str, **values: object) -> str:
    """Return a word as it is drawn.

    Parameters
    ----------
    key : str
        What it is found by; see :func:`table`.
    **values
        What is put into its places in braces.
    """
    return table()[key].format(**values)


def named(name: str) -> str:
    """Return the word for what the engine calls by a name, such as a kind of layer.

    A name that nnviz does not know, as of a layer of your own, is returned as it is.

    Parameters
    ----------
    name : str
        Such as "split_heads", or "sigmoid".
    """
    return table().get(name.replace(" ", "_"), name)


def number(text: str) -> str:
    """Return a number that Python has formatted with the marks of the language.

    Parameters
    ----------
    text : str
        Such as "1,234.5".

    Examples
    --------
    >>> from nnviz import words
    >>> with words.using("de"):
    ...     words.number("1,234.5")
    '1.234,5'
    """
    return text.translate(marks())


def marks() -> dict[int, str]:
    """Return what stands for the point and the comma of a number, for ``str.translate``."""
    words = table()
    return {ord("."): words["decimal_mark"], ord(","): words["group_mark"]}


def _places(text: str) -> set[str]:
    """Return the names in braces."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ValueError(f"{text!r} has braces that do not match: {error}") from None
