"""Characters as tokens, and texts as examples for a model that predicts the next token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["CharacterTokenizer", "NextTokens", "TextError", "check_tokens", "next_tokens"]

IntArray = npt.NDArray[np.int64]

#: The label of a position that does not count, as for `Network.train`.
_IGNORED = -1


class TextError(ValueError):
    """A text cannot be encoded, or a file of names is missing or damaged."""


@dataclass(frozen=True)
class CharacterTokenizer:
    """Characters as integers, and back.

    Attributes
    ----------
    characters
        All there are, each once. A character's token is its place among them.
    end
        The one of them that stands before and after every text.

    Raises
    ------
    TextError
        If a character is there twice, or `end` is none of them.

    Examples
    --------
    >>> tokenizer = CharacterTokenizer(".abc")
    >>> tokenizer.encode("cab.")
    [3, 1, 2, 0]
    >>> tokenizer.decode([2, 1, 0])
    'ba.'
    """

    characters: str
    end: str = "."

    def __post_init__(self) -> None:
        for character in self.characters:
            if self.characters.count(character) > 1:
                raise TextError(
                    f"characters must be different, but {character!r} is there "
                    f"{self.characters.count(character)} times in {self.characters!r}"
                )
        if len(self.end) != 1 or self.end not in self.characters:
            raise TextError(
                f"end must be one of the characters {self.characters!r}, not {self.end!r}"
            )

    def __len__(self) -> int:
        return len(self.characters)

    @property
    def end_token(self) -> int:
        """The token of `end`."""
        return self.characters.index(self.end)

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text, one a character.

        Raises
        ------
        TextError
            If the text has a character that is none of `characters`.
        """
        for place, character in enumerate(text):
            if character not in self.characters:
                raise TextError(
                    f"{text!r} cannot be encoded: {character!r} at place {place} is none of the "
                    f"characters {self.characters!r}"
                )
        return [self.characters.index(character) for character in text]

    def decode(self, tokens: Sequence[int] | IntArray) -> str:
        """Return the text of tokens.

        Raises
        ------
        TextError
            If one is not an integer from 0 to the number of characters less one.
        """
        return "".join(self.characters[token] for token in check_tokens(tokens, len(self)))


def check_tokens(tokens: Sequence[int] | IntArray, count: int) -> list[int]:
    """Return tokens as they are to be decoded.

    Parameters
    ----------
    tokens : sequence of int or ndarray of int
        Integers in a row; there may be none.
    count : int
        How many different tokens there are.

    Raises
    ------
    TextError
        If one is not an integer from 0 to the number of tokens less one.
    """
    array = np.asarray(tokens)
    if not array.size:
        return []
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise TextError(
            f"tokens must be integers in a row, not {array.dtype} of shape {array.shape}"
        )
    wrong = (array < 0) | (array >= count)
    if wrong.any():
        raise TextError(f"tokens must lie between 0 and {count - 1}, but one is {array[wrong][0]}")
    found: list[int] = array.tolist()
    return found


class NextTokens(NamedTuple):
    """Examples for a model that predicts the next token: see `next_tokens`.

    Attributes
    ----------
    tokens
        Shape (n, length), integers.
    labels
        Shape (n, length): the token that follows each, or -1 where that does not count.
    """

    tokens: IntArray
    labels: IntArray


def next_tokens(
    texts: Sequence[str], tokenizer: CharacterTokenizer, length: int | None = None
) -> NextTokens:
    """Make the tokens of texts, and at every position the one that follows.

    Every text begins after the tokenizer's end token, and ends with it. What is left of a row is
    filled with end tokens, whose labels are -1: `Network.train` leaves them out of the cost.

    Parameters
    ----------
    texts : sequence of str
        At least one.
    tokenizer : CharacterTokenizer
        What makes tokens of characters.
    length : int, optional
        Number of positions: at least one more than the longest text has characters, which it is
        if None.

    Returns
    -------
    NextTokens
        Named tuple (tokens, labels).

    Raises
    ------
    TextError
        If there are no texts, one is too long, or one has other characters than the tokenizer.

    Examples
    --------
    >>> tokens, labels = next_tokens(["ab", "b"], CharacterTokenizer(".ab"))
    >>> tokens.tolist()
    [[0, 1, 2], [0, 2, 0]]
    >>> labels.tolist()
    [[1, 2, 0], [2, 0, -1]]
    """
    if isinstance(texts, str) or not len(texts):
        raise TextError(f"texts must be texts, at least one, not {texts!r}")
    longest = max(texts, key=len)
    length = len(longest) + 1 if length is None else length
    if len(longest) + 1 > length:
        raise TextError(
            f"{longest!r} takes {len(longest) + 1} positions, its characters and the end, but "
            f"length is {length}"
        )
    tokens = np.full((len(texts), length), tokenizer.end_token, dtype=np.int64)
    labels = np.full((len(texts), length), _IGNORED, dtype=np.int64)
    for text, row, following in zip(texts, tokens, labels, strict=True):
        encoded = tokenizer.encode(text)
        row[1 : len(text) + 1] = encoded
        following[: len(text) + 1] = [*encoded, tokenizer.end_token]
    return NextTokens(tokens, labels)
