"""The scenes on one head: what is read off them is computed again from the model's weights."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from manim import config

from nnviz import pretrained
from on_screen import is_rounded, numbers_of, played, texts_of

#: Scenes that run here to their end: whole_runs.py keeps their pictures.
WHOLE = ("QuestionAndAnswer", "ThePattern", "TheMask", "WhatTravels")

ROW, WRITTEN = (3, 1, 4, 1, 5, 9, 2, 6), (1, 1, 2, 3)
ASKING = 7


def softmax(rows):
    powers = np.exp(rows)
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.fixture(scope="module")
def known():
    """The second head of the first block, from the weights, of the row and what is written."""
    tokens = (*ROW, *WRITTEN)
    network = pretrained("sort").with_inputs(len(tokens))
    layers = {name: node.layer for name, node in network.nodes.items()}
    x = layers["embedding"].weights[list(tokens)] + layers["positions"].weights[: len(tokens)]
    norm = layers["block0.norm1"]
    deviation = np.sqrt(x.var(axis=1, keepdims=True) + norm.epsilon)
    x = norm.scale * (x - x.mean(axis=1, keepdims=True)) / deviation + norm.shift
    own = slice(8, 16)
    found = SimpleNamespace(x=x, weights={}, biases={}, vectors={}, tokens=np.array(tokens))
    for part in ("query", "key", "value"):
        layer = layers[f"block0.attention.{part}"]
        found.weights[part], found.biases[part] = layer.weights[own], layer.biases[own]
        found.vectors[part] = x @ layer.weights[own].T + layer.biases[own]
    found.products = found.vectors["query"] @ found.vectors["key"].T
    found.scores = found.products / np.sqrt(8)
    found.unmasked = softmax(found.scores)
    seen = np.tri(len(tokens), dtype=bool)
    found.pattern = softmax(np.where(seen, found.scores, -np.inf))
    found.written = network.forward_pass(tokens).output.argmax(axis=1)
    return found


def run(chapter, module, name):
    """Run a scene; return it, and what is to be read after each of its plays."""
    scene = getattr(chapter(module), name)(skip_animations=True)
    widths = config.frame_width / 2, config.frame_height / 2
    seen = played(scene)
    for part in scene.get_mobject_family_members():
        if len(part.points) and (part.get_fill_opacity() or part.get_stroke_opacity()):
            assert (np.abs(part.points[:, :2]).max(axis=0) <= widths).all(), part
    return scene, seen


def check_numbers(seen, *arrays):
    """Check that every number read is one of those, or a digit of the row, or said in words."""
    values = np.concatenate([np.ravel(array) for array in arrays])
    for texts in seen:
        for number in numbers_of(texts):
            assert "." in number or number in map(str, range(10)), number
            if "." in number:
                assert is_rounded(number, values), number


def read(numbers):
    return [number.number for number in numbers]


def test_a_query_meets_all_keys(chapter, known):
    scene, seen = run(chapter, "question_and_answer", "QuestionAndAnswer")
    query, keys = known.vectors["query"][ASKING], known.vectors["key"][:8]
    np.testing.assert_allclose(scene.query.values, query, atol=1e-12)
    np.testing.assert_allclose(read(scene.query.grid.numbers), query, atol=0.005)
    for column, key in zip(scene.keys, keys, strict=True):
        np.testing.assert_allclose(column.values, key, atol=1e-12)
    np.testing.assert_allclose(read(scene.products), keys @ query, atol=1e-12)
    color = scene.look.highlight_color
    yellow = [number.get_fill_color().to_hex() == color.to_hex() for number in scene.products]
    assert yellow == [False, True, False, True, False, False, False, False]
    check_numbers(
        seen,
        known.x,
        *known.weights.values(),
        *known.biases.values(),
        *known.vectors.values(),
        known.products,
    )


def test_the_matrices_of_the_products_are_the_heads(chapter, known):
    made = chapter("question_and_answer").QuestionAndAnswer(skip_animations=True)
    made.setup()
    for part, token in (("query", ASKING), ("key", 1)):
        product = made.product(part, token, part)
        np.testing.assert_array_equal(product.matrix.values, known.weights[part])
        np.testing.assert_allclose(product.vector.values[:, 0], known.x[token], atol=1e-12)
        np.testing.assert_array_equal(product.biases.values[:, 0], known.biases[part])


def test_products_become_shares(chapter, known):
    module = chapter("the_pattern")
    row, powers = slice(0, 8), np.exp(known.scores[ASKING, :8])
    bars = []

    class Watched(module.ThePattern):
        def play(self, *args, **kwargs):
            super().play(*args, **kwargs)
            if hasattr(self, "bars"):
                bars.append((self.bars.values, self.bars.heights, read(self.bars.numbers)))

    scene = Watched(skip_animations=True)
    seen = played(scene, "ThePattern")
    shares = known.pattern[ASKING, row]
    wanted = [np.zeros(8), powers, shares]
    for values, heights, numbers in bars:
        assert any(np.allclose(values, one, atol=1e-12) for one in wanted)
        np.testing.assert_allclose(numbers, values)
        if values.any():
            np.testing.assert_allclose(heights / heights.sum(), shares, atol=1e-12)
    np.testing.assert_allclose(bars[-1][0], shares, atol=1e-12)
    np.testing.assert_allclose(scene.grid.values, known.pattern, atol=1e-12)
    said = "\n".join(text for texts in seen for text in texts)
    product, score = known.products[ASKING, 1], known.scores[ASKING, 1]
    for line in (
        f"{product:.2f} / √8 ≈ {score:.2f}",
        f"≈ {powers[1]:.2f}",
        f"{powers[1]:.2f} / {powers.sum():.2f} ≈ {shares[1]:.2f}",
        f"6 takes {shares[[1, 3]].sum():.2f} from the ones",
        f"1 takes {known.pattern[9, [6, 10]].sum():.2f} from the 2",
        f"3 takes {known.pattern[11, 2]:.2f} from the 4",
    ):
        assert line in said
    ones = shares[[1, 3]].sum()
    check_numbers(seen, known.products, known.scores, powers, powers.sum(), known.pattern, ones, 1)


def test_the_notes_say_what_rows_look_at_most(known):
    for row, wanted in ((ASKING, 1), (9, 2), (11, 4)):
        shares = [known.pattern[row][known.tokens == digit].sum() for digit in range(10)]
        assert int(np.argmax(shares)) == wanted


def test_without_the_mask_the_answer_would_be_seen(chapter, known):
    scene, seen = run(chapter, "the_mask", "TheMask")
    np.testing.assert_allclose(scene.bars.values, known.pattern[ASKING], atol=1e-12)
    np.testing.assert_allclose(scene.grid.values, known.pattern, atol=1e-12)
    ahead = known.unmasked[ASKING, 8:].sum()
    assert any(f"it would take {ahead:.2f} from" in text for texts in seen for text in texts)
    said = [text for text in seen[-1] if text.startswith("after ")]
    wanted = [*ROW, *WRITTEN, 4]
    assert said == [f"after {wanted[k]} comes {wanted[k + 1]}" for k in range(7, 12)]
    assert known.written[7:].tolist() == wanted[8:]
    check_numbers(seen, known.unmasked, known.pattern, ahead)


def test_values_travel_to_the_one_that_asks(chapter, known):
    scene, seen = run(chapter, "what_travels", "WhatTravels")
    values, shares = known.vectors["value"][:8], known.pattern[ASKING, :8]
    np.testing.assert_allclose(scene.total.values, shares @ values, atol=1e-12)
    np.testing.assert_allclose(read(scene.shares), shares, atol=1e-12)
    np.testing.assert_allclose(scene.arcs.weights[ASKING], shares, atol=1e-12)
    for column, value in zip(scene.values, values, strict=True):
        np.testing.assert_allclose(column.values, value, atol=1e-12)
    compared = np.array([shares @ values, values[3]])
    cosine = compared[0] @ compared[1] / np.prod(np.linalg.norm(compared, axis=1))
    assert cosine > 0.99  # it is nearly the value of a one
    assert {"6 takes", "value of 1"} <= set(texts_of(scene))
    check_numbers(seen, shares, compared)


def test_the_row_stands_in_one_place(chapter):
    modules = {
        "question_and_answer": "QuestionAndAnswer",
        "the_pattern": "ThePattern",
        "the_mask": "TheMask",
        "what_travels": "WhatTravels",
    }
    places = []
    for module, name in modules.items():
        scene = getattr(chapter(module), name)(skip_animations=True)
        scene.setup()
        places.append(scene.row.middles())
        np.testing.assert_array_equal(scene.placed((*ROW, *WRITTEN)).middles()[:8], places[0])
    for place in places:
        np.testing.assert_array_equal(place, places[0])
