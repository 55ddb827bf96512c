"""The chain rule through attention: factors, exact sums, and what the cost does when nudged."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.network import (
    Add,
    CausalMask,
    Dense,
    Dropout,
    Embedding,
    MatMul,
    Network,
    NetworkError,
    Node,
    Softmax,
    attention,
    attention_gradients,
    cost_of_nudged_value,
    embedding_derivative,
    last_of,
    pretrained,
    score_derivative,
    transformer,
)
from nnviz.texts import NAMES_TOKENIZER

ROW = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]


def sorter():
    return pretrained("sort").with_inputs(14), ROW, [-1] * 13 + [6], "block0.attention"


def names():
    tokens = NAMES_TOKENIZER.encode(".anni")
    return pretrained("names").with_inputs(5), tokens, [*tokens[1:], 0], "block1.attention"


def grouped():
    """Groups of queries share keys, which are turned, and the pattern is dropped in training."""
    rng = np.random.RandomState(3)
    nodes = {"embedding": Node(Embedding(rng.randn(6, 12)), ("tokens",))}
    nodes |= attention(
        "look",
        "embedding",
        12,
        heads=6,
        key_heads=2,
        rotary=10.0,
        dropout=0.4,
        causal=True,
        rng=rng,
    )
    nodes["scores"] = Node(Dense(rng.randn(6, 12), rng.randn(6)), (last_of(nodes),))
    nodes["next"] = Node(Softmax(), ("scores",))
    network = Network({"tokens": (5,)}, nodes, "next", cost="cross-entropy")
    return network, [2, 5, 2, 0, 4], [1, -1, 3, 3, 0], "look"


def crossed():
    """One head looks at another sequence, some of which is hidden by an input of 0 and 1."""
    rng = np.random.RandomState(5)
    nodes = attention("look", "x", 4, memory="seen", mask="mask", rng=rng)
    inputs = {"x": (3, 4), "seen": (5, 4), "mask": (5,)}
    network = Network(inputs, nodes, last_of(nodes))
    example = {"x": rng.randn(3, 4), "seen": rng.randn(5, 4), "mask": np.array([1, 1, 0, 1, 1.0])}
    return network, example, rng.randn(3, 4), "look"


@pytest.mark.parametrize("make", [sorter, names, grouped, crossed])
def test_factors_of_many_scores_multiply_to_the_engines_gradients_and_to_differences(make):
    network, x, y, block = make()
    backward = network.backward_pass(x, y)
    scores = network.shapes[f"{block}.scores"]
    heads = scores[0] if len(scores) == 3 else 1
    rng = np.random.RandomState(1)
    for head in range(heads):
        gradients = attention_gradients(network, backward, block, head)
        for query in rng.choice(scores[-2], 2, replace=False):
            for key in rng.choice(scores[-1], 3, replace=False):
                found = score_derivative(network, x, y, block, head, query, key)
                assert found.value == pytest.approx(gradients.scores[query, key], abs=1e-12)
                pulled = found.mixed_gradient @ found.value_vector
                assert found.pattern_gradient == pytest.approx(pulled, abs=1e-12)
                np.testing.assert_allclose(found.row, gradients.scores[query], atol=1e-12)
                np.testing.assert_allclose(
                    found.query_terms.sum(axis=0), gradients.queries[query], atol=1e-12
                )
                assert found.average == pytest.approx(found.average_terms.sum(), abs=1e-15)
                if found.is_hidden:
                    assert found.value == 0
                h = 1e-4
                difference = (found.cost_of_nudge(h) - found.cost_of_nudge(-h)) / (2 * h)
                assert difference == pytest.approx(found.value, rel=1e-5, abs=1e-10)


def test_the_products_of_a_hidden_score_change_nothing_and_it_is_said():
    network, x, y, block = sorter()
    found = score_derivative(network, x, y, block, 1, 3, 9)
    assert found.is_hidden
    assert found.value == 0 == found.weight
    nudge = found.nudge(0.1)
    assert nudge.cost_above == nudge.cost_below == nudge.cost
    np.testing.assert_array_equal(found.pattern_of_nudge(2.0), found.pattern)


def test_a_nudge_computes_the_network_again():
    network, x, y, block = sorter()
    found = score_derivative(network, x, y, block, 1, -1, 5)
    nudge = found.nudge()
    assert nudge.agrees
    assert nudge.parameter == found.score
    assert nudge.cost == network.cost(x, y)
    assert found.product_gradient == found.value / np.sqrt(8)
    # The same by hand: the pattern is changed, and all that follows.
    after = network.after(f"{block}.pattern")
    forward = network.forward_pass(x)
    inputs = {name: np.array(forward[name]) for name in after.inputs}
    inputs[f"{block}.pattern"][1, -1] = found.pattern_of_nudge(nudge.h)
    assert after.cost(inputs, y) == pytest.approx(nudge.cost_above, rel=1e-9)


@pytest.mark.parametrize("tied", [False, True])
def test_a_number_of_an_embedding_is_the_sum_over_the_places_of_its_token(tied):
    network = transformer(7, 6, 8, blocks=1, heads=2, rng=np.random.RandomState(2), tied=tied)
    x, y = [4, 1, 4, 4, 2, 0], [1, -1, 4, 2, 0, 4]
    index = network.index_of("embedding", "weights", (0, 0))
    flat = network.backprop(x, y).flatten()[index : index + 56].reshape(7, 8)
    for token in (0, 3, 4):
        for feature in (0, 5):
            found = embedding_derivative(network, x, y, token, feature)
            assert found.value == pytest.approx(flat[token, feature], abs=1e-12)
            assert found.is_tied == tied
            assert found.value == pytest.approx(found.as_embedding + found.as_score, abs=1e-15)
            places = [term.position for term in found.terms if not term.is_score]
            assert places == [k for k, one in enumerate(x) if one == token]
            assert sum(term.is_score for term in found.terms) == 6 * tied
            h = 1e-6
            difference = (found.cost_of_nudge(h) - found.cost_of_nudge(-h)) / (2 * h)
            assert difference == pytest.approx(found.value, rel=1e-5, abs=1e-8)
    assert found.nudge().agrees


@pytest.mark.parametrize(
    ("token", "feature", "tex", "text"),
    [
        (0, 0, "E_{00}", "E₀₀"),
        (4, 7, "E_{47}", "E₄₇"),
        (9, 9, "E_{99}", "E₉₉"),
        (10, 0, "E_{10,0}", "E₁₀,₀"),
        (1, 10, "E_{1,10}", "E₁,₁₀"),
        (11, 11, "E_{11,11}", "E₁₁,₁₁"),
    ],
)
def test_a_number_of_an_embedding_is_named_by_row_and_column(token, feature, tex, text):
    network = transformer(12, 6, 12, blocks=1, heads=2, rng=np.random.RandomState(2))
    symbol = embedding_derivative(
        network, [4, 1, 0, 2, 3, 5], [1, -1, 0, 2, 3, 5], token, feature
    ).symbol
    assert (symbol.tex, symbol.text) == (tex, text)


def test_the_parts_of_a_tied_table_are_those_of_two_tables():
    network = pretrained("sort").with_inputs(14)
    found = embedding_derivative(network, ROW, [-1] * 13 + [6], 5, 3)
    layer = network.nodes["embedding"].layer
    apart = dict(network.nodes)
    apart["scores"] = Node(Embedding(layer.weights.copy()), network.nodes["scores"].inputs)
    other = Network(network.inputs, apart, network.output, cost=network.cost_function)
    gradient = other.backprop(ROW, [-1] * 13 + [6]).flatten()
    read, scored = (gradient[other.index_of(k, "weights", (5, 3))] for k in ("embedding", "scores"))
    assert found.as_embedding == pytest.approx(read, abs=1e-14)
    assert found.as_score == pytest.approx(scored, abs=1e-14)


def test_what_cannot_be_explained_is_refused():
    network, x, y, block = sorter()
    with pytest.raises(NetworkError, match="14 of each key, and no key 14"):
        score_derivative(network, x, y, block, 1, 0, 14)
    with pytest.raises(NetworkError, match="4 heads, from 0 to 3, and no head 4"):
        score_derivative(network, x, y, block, 4)
    with pytest.raises(NetworkError, match=r"is a batch of .*: give one example"):
        score_derivative(network, [x, x], [y, y], block)
    with pytest.raises(NetworkError, match=r"there are block0\.attention, block1\.attention"):
        score_derivative(network, x, y, "block9")
    with pytest.raises(NetworkError, match="10 rows and 32 columns"):
        embedding_derivative(network, x, y, 10, 0)
    with pytest.raises(NetworkError, match="'scores' reads no table"):
        embedding_derivative(network, x, y, 1, 0, "scores")
    with pytest.raises(NetworkError, match="has no value at"):
        cost_of_nudged_value(network, x, y, f"{block}.scores", (0, 1))


def test_a_pattern_that_something_else_reads_is_refused():
    nodes = {
        "a.scores": Node(MatMul(True, 0.5), ("x", "x")),
        "a.mask": Node(CausalMask(), ("a.scores",)),
        "a.pattern": Node(Softmax(), ("a.mask",)),
        "a.dropped": Node(Dropout(0.1), ("a.pattern",)),
        "a.mixed": Node(MatMul(), ("a.dropped", "x")),
        "again": Node(MatMul(), ("a.pattern", "x")),
        "sum": Node(Add(), ("a.mixed", "again")),
    }
    network = Network({"x": (3, 4)}, nodes, "sum")
    x = np.random.RandomState(0).randn(3, 4)
    with pytest.raises(NetworkError, match="a pattern only mixes values"):
        score_derivative(network, x, x, "a")
