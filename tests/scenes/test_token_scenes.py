"""What a token is, and why neighbours matter: every number and every claim is the model's."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.network import pretrained
from nnviz.texts import BytePairTokenizer, names
from on_screen import is_rounded, numbers_of, played, texts_of

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("WhatIsAToken", "WhyNeighbours")

ROW = (3, 1, 4, 1, 5, 9, 2, 6)
OTHER = (3, 8, 4, 1, 5, 9, 2, 6)


@pytest.fixture(scope="module")
def network():
    return pretrained("sort")


def computed(network, tokens):
    return network.with_inputs(len(tokens)).forward_pass(tokens)


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def test_rows_of_both_tables_become_columns(chapter, network):
    scene = chapter("what_is_a_token").WhatIsAToken(skip_animations=True)
    columns = []
    tell = scene.tell

    def tell_and_keep(*args, **kwargs):
        if hasattr(scene, "columns"):
            columns.append([column.values for column in scene.columns])
        tell(*args, **kwargs)

    scene.tell = tell_and_keep
    seen = played(scene)

    # The pieces are those of the merges that were learned from the names, one step after the other.
    tokenizer = BytePairTokenizer.train(names().train, 100)
    pieces = [tuple("marianna"), *(step.pieces for step in tokenizer.steps("marianna"))]
    read = [tuple(text for text in texts if text in tokenizer.names) for texts in seen]
    assert [
        one for one in dict.fromkeys(read) if one and set(one) <= set(sum(pieces, ()))
    ] == pieces
    ids = tokenizer.encode("marianna")
    assert [tokenizer.names[one] for one in ids] == ["mar", "i", "anna"]
    assert any(texts[-3:] == [str(one) for one in ids] for texts in seen)

    # Every number is one of the tables', of a token, of a row, or of a piece.
    embedding = network.nodes["embedding"].layer.weights
    shown = embedding[:, [0, 1, 2, 3, 30, 31]]
    numbers = {number for texts in seen for number in numbers_of(texts)}
    decimals = {number for number in numbers if "." in number}
    assert len(decimals) > 30
    assert all(is_rounded(number, [*shown.ravel(), 0]) for number in decimals)
    whole = {str(one) for one in (*range(10), 14, *ids, embedding.shape[1])}
    assert numbers - decimals <= whole

    # Columns are rows of the first table, and then the sums with those of the second one.
    forward = computed(network, ROW)
    taken = columns[2]
    np.testing.assert_array_equal(taken, forward["embedding"])
    np.testing.assert_array_equal(taken[1], taken[3])
    np.testing.assert_array_equal(columns[-1], forward["positions"])
    assert np.abs(columns[-1][1] - columns[-1][3]).max() > 0.01
    assert scene.clock == pytest.approx(44, rel=0.1)


def test_rows_of_places_are_alike_and_order_hardly_matters(network):
    table = network.nodes["positions"].layer.weights
    unit = table / np.linalg.norm(table, axis=1)[:, None]
    alike = unit @ unit.T
    assert alike[:7, :7].min() > 0.89
    assert alike[:7, 7:].max() < 0.75
    rng = np.random.RandomState(0)
    for _ in range(10):
        *_, last = network.generate(rng.permutation(ROW), 8, temperature=0)
        assert last.tokens[8:] == tuple(sorted(ROW))


def test_two_rows_that_end_alike_go_on_differently(chapter, network):
    scene = chapter("why_neighbours").WhyNeighbours(skip_animations=True)
    seen = played(scene)
    texts = (*ROW, 1), (*OTHER, 1)
    for digits, text in zip((ROW, OTHER), texts, strict=True):
        assert computed(network, digits).zs["scores"][-1].argmax() == text[-1] == min(digits)
    forwards = [computed(network, text) for text in texts]

    # The last tokens' columns are equal, and are the engine's.
    shown = [column.values for column in scene.columns]
    np.testing.assert_array_equal(shown[0], shown[1])
    np.testing.assert_array_equal(shown[0], forwards[0]["positions"][-1])
    np.testing.assert_array_equal(shown[1], forwards[1]["positions"][-1])

    # And yet the answers are the digits that follow in the sorted rows.
    for bars, forward, digits in zip(scene.bars, forwards, (ROW, OTHER), strict=True):
        probabilities = softmax(forward.zs["scores"][-1])
        np.testing.assert_allclose(bars.probabilities, probabilities, atol=1e-12)
        assert bars.order[0] == probabilities.argmax() == sorted(digits)[1]
        assert probabilities.max() > 0.995
        assert [word.text for word in bars.words] == [str(one) for one in bars.order]
    last = texts_of(scene)
    percents = [number for text in last if "%" in text for number in numbers_of([text])]
    assert len(percents) == 6
    every = np.concatenate([100 * bars.probabilities[bars.order] for bars in scene.bars])
    assert all(is_rounded(number, every) for number in percents)
    digits = {number for texts in seen for number in numbers_of(texts)} - set(percents)
    assert digits <= {str(digit) for digit in range(10)}
    assert scene.clock == pytest.approx(25, rel=0.1)
