"""The first names that come with nnviz."""

from __future__ import annotations

import string
from functools import cache
from typing import NamedTuple

import numpy as np

from nnviz._resources import data_dir
from nnviz.texts.tokenizer import CharacterTokenizer, TextError

__all__ = ["NAMES_TOKENIZER", "SplitTexts", "names"]

NAMES_TOKENIZER = CharacterTokenizer("." + string.ascii_lowercase)
"""The letters of names, and the "." that ends one."""

_FILE = "names.txt"
#: How many names are for validation, and as many for the test.
_N_HELD_OUT = 500


class SplitTexts(NamedTuple):
    """Training, validation and test set."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


@cache
def names() -> SplitTexts:
    """Read the first names that come with nnviz.

    They are the 5,163 different ones of the United States' census of 1990, of letters from a to z,
    shuffled: always in the same way, so that a name is always in the same set. Where they come
    from is written in data/README.md.

    Returns
    -------
    SplitTexts
        Named tuple (train, validation, test) of 4,163, 500 and 500 names. None is in two of them.

    Raises
    ------
    TextError
        If their file is damaged.
    FileNotFoundError
        If the installation is incomplete.

    Examples
    --------
    >>> names().test[:5]
    ('rolande', 'willis', 'sherri', 'emilie', 'lesli')
    """
    path = data_dir() / _FILE
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError:
        raise TextError(f"{path}: must hold letters from a to z, a name a line") from None
    for number, line in enumerate(lines, start=1):
        if not line or not set(line) <= set(string.ascii_lowercase):
            raise TextError(f"{path}: line {number} must be letters from a to z, not {line!r}")
    if len(set(lines)) < len(lines) or len(lines) <= 2 * _N_HELD_OUT:
        raise TextError(
            f"{path}: must hold different names, more than {2 * _N_HELD_OUT:,}, but holds "
            f"{len(set(lines)):,} in {len(lines):,} lines"
        )
    shuffled = [lines[k] for k in np.random.RandomState(0).permutation(len(lines))]
    held_out, rest = shuffled[: 2 * _N_HELD_OUT], shuffled[2 * _N_HELD_OUT :]
    return SplitTexts(tuple(rest), tuple(held_out[:_N_HELD_OUT]), tuple(held_out[_N_HELD_OUT:]))
