"""Merges of pairs: by hand, and against a slow tokenizer that counts everything again."""

from __future__ import annotations

import re
import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from nnviz.texts import BytePairTokenizer, Merge, TextError, names


def merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    """Join a pair from the left to the right, as the rule says it."""
    done: list[str] = []
    k = 0
    while k < len(pieces):
        length = 2 if tuple(pieces[k : k + 2]) == pair else 1
        done.append("".join(pieces[k : k + length]))
        k += length
    return done


def split(text: str) -> list[list[str]]:
    return [list(word) for word in re.findall(r"\s?\S+|\s", text)]


def slowly_learnt(texts: list[str], n_merges: int) -> list[tuple[str, str]]:
    words = [word for text in texts for word in split(text)]
    found: list[tuple[str, str]] = []
    while len(found) < n_merges:
        counts = Counter(pair for word in words for pair in pairwise(word))
        left = {pair: count for pair, count in counts.items() if pair not in found and count > 1}
        if not left:
            break
        found.append(min(left, key=lambda pair: (-left[pair], pair)))
        words = [merged(word, found[-1]) for word in words]
    return found


def test_an_example_by_hand() -> None:
    """The example of Sennrich, Haddow and Birch's paper, with this tokenizer's rule for ties.

    low 5 times, lower twice, newest 6 times, widest 3 times: e s and s t are there 9 times, and
    e s comes first; then es t 9 times; l o and o w 7 times, and l o comes first.
    """
    texts = ["low"] * 5 + ["lower"] * 2 + ["newest"] * 6 + ["widest"] * 3
    tokenizer = BytePairTokenizer.train(texts, 6)
    assert tokenizer.merges == (
        ("e", "s"),
        ("es", "t"),
        ("l", "o"),
        ("lo", "w"),
        ("e", "w"),
        ("ew", "est"),
    )
    assert tokenizer.characters == "deilnorstw"
    assert tokenizer.names == (*"deilnorstw", "es", "est", "lo", "low", "ew", "ewest")
    assert len(tokenizer) == 16
    assert tokenizer.steps("lowest") == [
        Merge(("e", "s"), ("l", "o", "w", "es", "t")),
        Merge(("es", "t"), ("l", "o", "w", "est")),
        Merge(("l", "o"), ("lo", "w", "est")),
        Merge(("lo", "w"), ("low", "est")),
    ]
    assert tokenizer.encode("lowest") == [13, 11]
    assert tokenizer.decode([13, 11]) == "lowest"
    assert tokenizer.decode([]) == ""


def test_spaces_belong_to_the_words_that_follow() -> None:
    tokenizer = BytePairTokenizer.train(["the cat and the cat", "a cat"], 20)
    assert tokenizer.pieces("the cat") == ["the", " cat"]
    assert tokenizer.pieces("the  cat ") == ["the", " ", " cat", " "]
    assert tokenizer.pieces("") == []
    with pytest.raises(TextError, match=r"'cat\\n' cannot be encoded: '\\n' at place 3"):
        tokenizer.encode("cat\n")


@pytest.mark.slow
def test_it_learns_and_encodes_as_a_slow_one_does() -> None:
    rng = np.random.RandomState(1)
    for letters in ("ab", "abc ", "abcdé\N{GREEK SMALL LETTER ALPHA} \n"):
        for _ in range(40):
            texts = [
                "".join(rng.choice(list(letters), rng.randint(1, 30)))
                for _ in range(rng.randint(1, 8))
            ]
            merges = slowly_learnt(texts, 12)
            tokenizer = BytePairTokenizer.train(texts, 12)
            assert list(tokenizer.merges) == merges
            assert BytePairTokenizer.train(texts[::-1], 12) == tokenizer
            for text in [*texts, "".join(rng.permutation(list("".join(texts))))]:
                words = split(text)
                steps = []
                for pair in merges:
                    after = [merged(word, pair) for word in words]
                    if after != words:
                        steps.append((pair, tuple(piece for word in after for piece in word)))
                    words = after
                assert tokenizer.steps(text) == steps
                assert tokenizer.pieces(text) == [piece for word in words for piece in word]
                tokens = tokenizer.encode(text)
                assert [tokenizer.names[token] for token in tokens] == tokenizer.pieces(text)
                assert tokenizer.decode(tokens) == tokenizer.decode(np.array(tokens)) == text


def test_every_name_comes_back_in_fewer_tokens() -> None:
    train, _, test = names()
    tokenizer = BytePairTokenizer.train(train, 100)
    assert tokenizer.merges[:3] == (("a", "n"), ("a", "r"), ("e", "l"))
    assert all(tokenizer.decode(tokenizer.encode(name)) == name for name in test)
    assert sum(len(tokenizer.encode(name)) for name in test) < 0.7 * sum(map(len, test))


def test_letters_side_by_side_with_themselves_are_merged_from_the_left() -> None:
    tokenizer = BytePairTokenizer.train(["aaaaa"], 5)
    assert tokenizer.merges == (("a", "a"),)
    assert tokenizer.pieces("aaaaaaa") == ["aa", "aa", "aa", "a"]


def test_a_merge_does_not_come_again_after_its_turn() -> None:
    """ "abc" is made in two ways, and only the first one was there when "abcd" was learnt."""
    merges = (("a", "b"), ("ab", "c"), ("abc", "d"), ("b", "c"), ("a", "bc"))
    with_both = BytePairTokenizer(merges, "abcd")
    assert with_both.pieces("abcd") == ["abcd"]
    assert len(with_both) == 8  # "abc" is one token, however it is made
    later = BytePairTokenizer((("b", "c"), ("bc", "d"), ("a", "b"), ("ab", "c")), "abcd")
    assert later.pieces("abcabcd") == ["a", "bc", "a", "bcd"]


@pytest.mark.slow
@pytest.mark.parametrize("long", ["ab" * 20_000, "a" * 40_000, "the cat " * 5_000])
def test_long_texts_take_little_time(long: str) -> None:
    before = time.process_time()
    tokenizer = BytePairTokenizer.train([long], 50)
    assert tokenizer.decode(tokenizer.encode(long)) == long
    assert len(tokenizer.encode(long)) < len(long) / 3
    assert time.process_time() - before < 8


def test_what_makes_no_sense_is_refused() -> None:
    for texts in ([], [""], "anna"):
        with pytest.raises(TextError, match="texts must be texts, at least one of them not empty"):
            BytePairTokenizer.train(texts, 3)
    with pytest.raises(TextError, match="n_merges must be 0 or more, not -1"):
        BytePairTokenizer.train(["anna"], -1)
    with pytest.raises(TextError, match="'a' is there again"):
        BytePairTokenizer((), "aba")
    with pytest.raises(TextError, match="'ab' and 'c' takes 'ab', which is no character"):
        BytePairTokenizer((("ab", "c"),), "abc")
    with pytest.raises(TextError, match="'a' and 'b' is there twice"):
        BytePairTokenizer((("a", "b"), ("b", "a"), ("a", "b")), "ab")
    tokenizer = BytePairTokenizer.train(["anna"], 0)
    assert tokenizer.merges == ()
    for method in (tokenizer.encode, tokenizer.steps, tokenizer.pieces):
        with pytest.raises(TextError, match="'nab' cannot be encoded: 'b' at place 2"):
            method("nab")
    with pytest.raises(TextError, match="between 0 and 1, but one is 2"):
        tokenizer.decode([2])
    with pytest.raises(TextError, match="integers in a row, not float64"):
        tokenizer.decode([0.5])
