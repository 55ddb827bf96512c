"""Byte-pair encoding: frequent pairs of neighbouring tokens become one token."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from nnviz.texts.tokenizer import TextError, check_tokens

__all__ = ["BytePairTokenizer", "Merge"]

#: A word and the one space before it; every further space is a word of its own.
_WORDS = re.compile(r"\s?\S+|\s")
#: Pairs that are side by side less often are left as they are.
_LEAST_COUNT = 2

Pair = tuple[str, str]


class Merge(NamedTuple):
    """A merge as it is applied to a text.

    Attributes
    ----------
    pair
        The two tokens that become one wherever they are side by side.
    pieces
        The tokens of the whole text afterwards.
    """

    pair: Pair
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class BytePairTokenizer:
    """Pieces of words as tokens: pairs of neighbours are merged, the most frequent first.

    At first each character is a token. Then two neighbouring tokens become one wherever they are
    side by side, pair after pair in the order of `merges`. A space belongs to the word that follows
    it, as in " cat", and no token goes beyond a word, so that decoding puts texts together again
    with nothing lost.

    The method is P. Gage's ("A New Algorithm for Data Compression", 1994), which R. Sennrich,
    B. Haddow and A. Birch brought to words ("Neural Machine Translation of Rare Words with Subword
    Units", 2016). As with the latter the smallest tokens are characters and not bytes: so each
    token can be read, and a character that was not there in training is an error.

    Attributes
    ----------
    merges
        Pairs of tokens in the order in which they are merged.
    characters
        All there are, each once.

    Raises
    ------
    TextError
        If a character is there twice, a pair twice, or a merge takes what no earlier one makes.

    Examples
    --------
    >>> tokenizer = BytePairTokenizer.train(["anna", "hanna", "hannah"], 3)
    >>> tokenizer.merges
    (('a', 'n'), ('an', 'n'), ('ann', 'a'))
    >>> tokenizer.encode("hanna")
    [1, 5]
    >>> [tokenizer.names[token] for token in tokenizer.encode("nahanna")]
    ['n', 'a', 'h', 'anna']
    """

    merges: tuple[Pair, ...]
    characters: str

    def __post_init__(self) -> None:
        twice = [one for one, count in Counter(self.characters).items() if count > 1]
        if twice:
            raise TextError(f"characters must be different, but {twice[0]!r} is there again")
        known = set(self.characters)
        for pair in self.merges:
            for part in pair:
                if part not in known:
                    raise TextError(
                        f"the merge of {pair[0]!r} and {pair[1]!r} takes {part!r}, which is no "
                        "character, and no earlier merge makes it"
                    )
            known.add("".join(pair))
        if len(self._ranks) < len(self.merges):
            pair = next(p for k, p in enumerate(self.merges) if self._ranks[p] != k)
            raise TextError(f"the merge of {pair[0]!r} and {pair[1]!r} is there twice")

    @classmethod
    def train(cls, texts: Sequence[str], n_merges: int) -> Self:
        """Learn which pairs to merge.

        The pair that is side by side most often is merged, and all is counted again. Of pairs that
        are equally frequent it is the first one in the order of Unicode's numbers, by its left and
        then by its right token. Training ends early when no pair is there twice.

        Parameters
        ----------
        texts : sequence of str
            At least one character in all.
        n_merges : int
            How many pairs are merged at most, from 0.

        Raises
        ------
        TextError
            If there are no characters, or the number of merges is below 0.
        """
        if isinstance(texts, str) or not any(texts):
            raise TextError(f"texts must be texts, at least one of them not empty, not {texts!r}")
        if n_merges < 0:
            raise TextError(f"n_merges must be 0 or more, not {n_merges}")
        words = Counter(word for text in texts for word in _WORDS.findall(text))
        return cls(tuple(_learnt(words, n_merges)), "".join(sorted(set().union(*words))))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Text of each token: first the characters, then the results of merges."""
        made = ("".join(pair) for pair in self.merges)
        return tuple(dict.fromkeys([*self.characters, *made]))

    @cached_property
    def _ranks(self) -> dict[Pair, int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def pieces(self, text: str) -> list[str]:
        """Return the tokens of a text by their names; together they are the text.

        Raises
        ------
        TextError
            If the text has a character that is none of `characters`.
        """
        self._check(text)
        known: dict[str, list[str]] = {}
        found: list[str] = []
        for word in _WORDS.findall(text):
            if word not in known:
                chain = _Chain([word])
                for _ in self._merged(chain):
                    pass
                known[word] = chain.pieces()
            found += known[word]
        return found

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text.

        Raises
        ------
        TextError
            If the text has a character that is none of `characters`.
        """
        return [self._numbers[piece] for piece in self.pieces(text)]

    def decode(self, tokens: Sequence[int] | npt.NDArray[np.int64]) -> str:
        """Return the text of tokens.

        Raises
        ------
        TextError
            If one is not an integer from 0 to the number of tokens less one.
        """
        return "".join(self.names[token] for token in check_tokens(tokens, len(self)))

    def steps(self, text: str) -> list[Merge]:
        """Return the merges that apply to a text, and its tokens after each.

        Before the first each character is a token.

        Examples
        --------
        >>> tokenizer = BytePairTokenizer.train(["anna", "hanna", "hannah"], 3)
        >>> for pair, pieces in tokenizer.steps("hannan"):
        ...     print(*pair, "->", *pieces)
        a n -> h an n an
        an n -> h ann an

        Raises
        ------
        TextError
            If the text has a character that is none of `characters`.
        """
        self._check(text)
        chain = _Chain(_WORDS.findall(text))
        return [Merge(self.merges[rank], tuple(chain.pieces())) for rank in self._merged(chain)]

    def _check(self, text: str) -> None:
        unknown = set(text) - set(self.characters)
        if unknown:
            place = min(map(text.index, unknown))
            raise TextError(
                f"{text!r} cannot be encoded: {text[place]!r} at place {place} is none of the "
                f"characters {self.characters!r}"
            )

    def _merged(self, chain: _Chain) -> Iterator[int]:
        """Apply all merges in their order; yield the place of each that applies, when it is done.

        What waits is kept in a heap, so that the time is that of sorting, however long a word is.
        """
        waiting = [(self._ranks[p], k) for k, p in chain.pairs() if p in self._ranks]
        heapq.heapify(waiting)
        while waiting:
            rank = waiting[0][0]
            applies = False
            while waiting and waiting[0][0] == rank:
                _, place = heapq.heappop(waiting)
                if chain.pair(place) != self.merges[rank]:
                    continue  # one of the two has become a part of another token
                applies = True
                chain.merge(place)
                for near in (chain.before[place], place):
                    # A merge whose turn is over does not come again.
                    later = self._ranks.get(chain.pair(near) or ("", ""), -1)
                    if later > rank:
                        heapq.heappush(waiting, (later, near))
            if applies:
                yield rank


class _Chain:
    """Tokens of words, each with the place of its neighbours in its own word.

    Attributes
    ----------
    tokens
        A token at the place of its first character; empty where a character is not the first.
    before, after
        Places of the neighbours; -1 for none.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.tokens = [character for word in words for character in word]
        self.before = [k - 1 for k in range(len(self.tokens))]
        self.after = [k + 1 for k in range(len(self.tokens))]
        start = 0
        for word in words:
            self.before[start] = -1
            start += len(word)
            self.after[start - 1] = -1

    def pair(self, place: int) -> Pair | None:
        """Return the token at a place and the one after it; None if one is missing."""
        if place < 0 or not self.tokens[place] or self.after[place] < 0:
            return None
        return self.tokens[place], self.tokens[self.after[place]]

    def pairs(self) -> Iterator[tuple[int, Pair]]:
        """Yield all pairs of neighbours, and the places of the left ones."""
        for place in range(len(self.tokens)):
            pair = self.pair(place)
            if pair is not None:
                yield place, pair

    def merge(self, place: int) -> None:
        """Merge the token at a place and the one after it."""
        gone = self.after[place]
        self.tokens[place] += self.tokens[gone]
        self.tokens[gone] = ""
        following = self.after[place] = self.after[gone]
        if following >= 0:
            self.before[following] = place

    def pieces(self) -> list[str]:
        """Return the tokens in their order."""
        return [token for token in self.tokens if token]


def _learnt(words: Counter[str], n_merges: int) -> Iterator[Pair]:
    """Yield the pairs to merge, the most frequent first.

    Counts are kept up to date where something has changed, and never made again from all words.
    """
    chain = _Chain(list(words))
    weights = [count for word, count in words.items() for _ in word]
    counts: Counter[Pair] = Counter()
    places: defaultdict[Pair, list[int]] = defaultdict(list)
    for place, pair in chain.pairs():
        counts[pair] += weights[place]
        places[pair].append(place)
    best = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(best)
    learnt: set[Pair] = set()
    while len(learnt) < n_merges:
        # A count in the heap may be an old one: then the pair is put back with what it is now. And
        # a merge does not come again where later ones make its two tokens in another way.
        while best and (counts[best[0][1]] != -best[0][0] or best[0][1] in learnt):
            _, pair = heapq.heappop(best)
            if counts[pair] and pair not in learnt:
                heapq.heappush(best, (-counts[pair], pair))
        if not best or -best[0][0] < _LEAST_COUNT:
            return
        chosen = best[0][1]
        learnt.add(chosen)
        changed: set[Pair] = set()
        for place in sorted(places.pop(chosen)):
            if chain.pair(place) != chosen:
                continue
            around = (chain.before[place], place, chain.after[place])
            for near in around:
                side_by_side = chain.pair(near)
                if side_by_side is not None:
                    counts[side_by_side] -= weights[near]
            chain.merge(place)
            for near in around[:2]:
                side_by_side = chain.pair(near)
                if side_by_side is not None:
                    counts[side_by_side] += weights[near]
                    places[side_by_side].append(near)
                    changed.add(side_by_side)
        for pair in changed:
            heapq.heappush(best, (-counts[pair], pair))
        yield chosen
