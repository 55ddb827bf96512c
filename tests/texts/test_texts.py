import string

import numpy as np
import pytest

from nnviz.network import NetworkError, transformer
from nnviz.texts import NAMES_TOKENIZER, CharacterTokenizer, TextError, names, next_tokens


def test_names_are_three_sets_that_share_none() -> None:
    split = names()
    assert [len(part) for part in split] == [4163, 500, 500]
    everything = [name for part in split for name in part]
    assert len(set(everything)) == len(everything) == 5163
    assert all(set(name) <= set(string.ascii_lowercase) for name in everything)
    assert {"mary", "james", "patricia"} <= set(everything)
    assert names() is split


def test_names_are_split_the_same_way_everywhere() -> None:
    """Networks were measured on these: another split would mix what they have learnt from in."""
    train, validation, test = names()
    assert train[:3] == ("yahaira", "carolina", "sanjuanita")
    assert validation[:3] == ("barbra", "elfriede", "farah")
    assert test[:3] == ("rolande", "willis", "sherri")
    # Shuffled: every set has names of the whole alphabet.
    for part in names():
        assert len({name[0] for name in part}) >= 23


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"anna\nAnna\n", r"names\.txt: line 2 must be letters from a to z, not 'Anna'"),
        (b"anna\n\nbert\n", "line 2 must be letters from a to z, not ''"),
        (b"anna\nbert carl\n", "line 2 must be letters from a to z, not 'bert carl'"),
        ("zoë\n".encode(), "must hold letters from a to z"),
        (b"", r"more than 1,000, but holds 0 in 0 lines"),
        (b"anna\nbert\nanna\n", "must hold different names, .* but holds 2 in 3 lines"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, monkeypatch, content: bytes, message: str) -> None:
    (tmp_path / "names.txt").write_bytes(content)
    monkeypatch.setattr("nnviz.texts.first_names.data_dir", lambda: tmp_path)
    with pytest.raises(TextError, match=message):
        names.__wrapped__()


def test_a_missing_file_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("nnviz.texts.first_names.data_dir", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"names\.txt"):
        names.__wrapped__()


def test_every_text_is_what_its_tokens_say() -> None:
    for part in names():
        for name in part:
            tokens = NAMES_TOKENIZER.encode(f".{name}.")
            assert NAMES_TOKENIZER.decode(tokens) == f".{name}."
            assert tokens[0] == tokens[-1] == NAMES_TOKENIZER.end_token == 0
    assert NAMES_TOKENIZER.encode("az.") == [1, 26, 0]
    assert len(NAMES_TOKENIZER) == 27
    assert NAMES_TOKENIZER.decode([]) == ""
    assert NAMES_TOKENIZER.decode(np.array([2, 15, 2])) == "bob"
    vowels = CharacterTokenizer("aeiou ", end=" ")
    assert vowels.end_token == 5
    assert vowels.decode(vowels.encode("eau ")) == "eau "
    assert vowels == CharacterTokenizer("aeiou ", end=" ")


def test_bad_tokens_and_texts_are_refused() -> None:
    for text, message in (
        ("Anna", "'Anna' cannot be encoded: 'A' at place 0 is none of the characters"),
        ("jo-ann", "'-' at place 2"),
        ("zoë", "'ë' at place 2"),
    ):
        with pytest.raises(TextError, match=message):
            NAMES_TOKENIZER.encode(text)
    for tokens, message in (
        ([1, 27], "between 0 and 26, but one is 27"),
        ([-1], "between 0 and 26, but one is -1"),
        ([1.0], "integers in a row, not float64"),
        ([[1]], r"integers in a row, not int64 of shape \(1, 1\)"),
    ):
        with pytest.raises(TextError, match=message):
            NAMES_TOKENIZER.decode(tokens)
    with pytest.raises(TextError, match=r"'a' is there 2 times in '\.aba'"):
        CharacterTokenizer(".aba")
    for end in ("", "!", "ab"):
        with pytest.raises(TextError, match="end must be one of the characters 'ab'"):
            CharacterTokenizer("ab", end)
    with pytest.raises(TextError, match="end must be one of"):
        CharacterTokenizer("")


def test_next_tokens_are_what_follows() -> None:
    rng = np.random.RandomState(0)
    tokenizer = CharacterTokenizer("xyz|", end="|")
    for _ in range(50):
        some = ["".join(rng.choice(list("xyz"), rng.randint(0, 6))) for _ in range(4)]
        longest = max(map(len, some)) + 1
        length = None if rng.randint(2) else longest + rng.randint(3)
        tokens, labels = next_tokens(some, tokenizer, length)
        assert tokens.shape == labels.shape == (4, length or longest)
        for text, row, following in zip(some, tokens, labels, strict=True):
            n = len(text) + 1
            assert tokenizer.decode(row[:n]) == f"|{text}"
            assert tokenizer.decode(following[:n]) == f"{text}|"
            assert (row[n:] == tokenizer.end_token).all()
            assert (following[n:] == -1).all()


def test_texts_that_make_no_examples_are_refused() -> None:
    for wrong in ([], "anna"):
        with pytest.raises(TextError, match="texts must be texts, at least one, not"):
            next_tokens(wrong, NAMES_TOKENIZER)
    with pytest.raises(TextError, match=r"'anna' takes 5 positions, .* but length is 4"):
        next_tokens(["bo", "anna"], NAMES_TOKENIZER, 4)
    with pytest.raises(TextError, match="'O' at place 1"):
        next_tokens(["bO"], NAMES_TOKENIZER)


def test_a_model_learns_from_them() -> None:
    """The fill after a text counts neither in the cost nor in the gradient."""
    tokens, labels = next_tokens(["anna", "bo"], NAMES_TOKENIZER)
    model = transformer(27, 5, 8, heads=2, blocks=1, rng=np.random.RandomState(0))
    other = np.where((labels < 0) & (np.arange(5) > 2), 7, tokens)
    assert (other != tokens).any()
    assert model.cost(other, labels) == pytest.approx(model.cost(tokens, labels), rel=1e-12)
    *_, report = model.train(tokens, labels, epochs=60, optimizer="adam", learning_rate=0.02)
    assert report.cost < 0.4
    with pytest.raises(NetworkError, match="between 0 and 26"):
        model.cost(tokens + 27, labels)
