"""What single units compute, against the forward pass and by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nnviz.network import (
    Activate,
    AdaptiveAveragePool2D,
    Add,
    AveragePool2D,
    BatchNorm,
    Concatenate,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool2D,
    MaxPool2D,
    Multiply,
    Network,
    NetworkError,
    Node,
    Scale,
    Softmax,
    Subtract,
    Upsample,
    ValuePlace,
    attention,
    unit_sum,
)
from nnviz.network.layer_terms import AS_IT_IS, TERMS
from nnviz.network.unit_sums import UnitSums

RNG = np.random.RandomState(3)


def numbers(*shape: int) -> np.ndarray:
    return RNG.randn(*shape)


def chain(*layers, shape) -> Network:
    return Network(list(layers), input_shape=shape)


def attentive(**options) -> Network:
    nodes = attention("attention", "x", 8, rng=np.random.RandomState(1), heads=2, **options)
    inputs = {"x": (4, 8)}
    if options.get("mask"):
        inputs["seen"] = (4,)
    return Network(inputs=inputs, nodes=nodes, output="attention.out")


def joined() -> Network:
    def rows(n: int) -> Dense:
        return Dense(numbers(n, 5), numbers(n), "tanh")

    return Network(
        inputs={"x": (5,)},
        nodes={
            "one": Node(rows(3), ("x",)),
            "two": Node(rows(3), ("x",)),
            "three": Node(rows(3), ("x",)),
            "added": Node(Add(), ("one", "two", "one")),
            "less": Node(Subtract(), ("one", "two")),
            "gate": Node(Multiply(), ("less", "added")),
            "gates": Node(Multiply(), ("less", "added", "three")),
            "both": Node(Concatenate(), ("gate", "gates")),
            "out": Node(Dense(numbers(2, 6), numbers(2)), ("both",)),
        },
        output="out",
    )


IMAGES = chain(
    Conv2D(numbers(4, 2, 3, 3), numbers(4), padding=1, stride=2, activation="relu"),
    Dropout(0.3),
    Scale(numbers(4), numbers(4)),
    ConvTranspose2D(numbers(4, 2, 3, 3), numbers(2), stride=2),
    Conv2D(numbers(4, 1, 2, 3), numbers(4), padding="same", groups=2, dilation=2),
    Activate("tanh"),
    MaxPool2D(3, stride=2, padding=1),
    Upsample(2, mode="bilinear"),
    AveragePool2D(3, stride=2, padding=1, count_padding=True),
    AveragePool2D(2, stride=1, padding=1),
    AdaptiveAveragePool2D(3),
    GlobalAveragePool2D(),
    Dense(numbers(3, 4), numbers(3)),
    Softmax(),
    shape=(2, 9, 8),
)
SEQUENCE = chain(
    Conv1D(numbers(4, 1, 3), numbers(4), padding=2, stride=2, groups=2, activation="silu"),
    Flatten(),
    Dense(numbers(3, 20), numbers(3), "sigmoid"),
    shape=(2, 7),
)


def tied() -> Network:
    table = Embedding(numbers(7, 5))
    nodes = {
        "embedding": Node(table, ("x",)),
        "mixed": Node(Dense(numbers(5, 5), numbers(5), "gelu"), ("embedding",)),
        "scores": Node(table, ("mixed",)),
    }
    return Network(inputs={"x": (4,)}, nodes=nodes, output="scores")


def networks() -> Iterator[tuple[Network, object]]:
    yield IMAGES, numbers(2, 9, 8)
    yield SEQUENCE, numbers(2, 7)
    yield joined(), numbers(5)
    yield tied(), np.array([3, 0, 6, 3])
    yield attentive(causal=True, rotary=100.0), numbers(4, 8)
    yield attentive(key_heads=1, mask="seen"), {"x": numbers(4, 8), "seen": np.array([1, 1, 0, 1])}


NETWORKS = list(networks())


def test_every_supported_layer_is_tried():
    tried = {type(layer) for network, _ in NETWORKS for layer in network.layers}
    assert tried >= {*TERMS, *AS_IT_IS}


@pytest.mark.parametrize(("network", "x"), NETWORKS)
def test_terms_add_up_to_what_the_forward_pass_has(network, x):
    sums, forward, rng = UnitSums(network, x), network.forward_pass(x), np.random.RandomState(0)
    supported = (*TERMS, *AS_IT_IS)
    for name, node in network.nodes.items():
        if not isinstance(node.layer, supported) or name == "embedding":
            continue
        shape = network.shapes[name]
        last = tuple(n - 1 for n in shape)
        drawn = [tuple(rng.randint(n) for n in shape) for _ in range(6)]
        for unit in [(0,) * len(shape), last, *drawn]:
            found = sums.of(name, unit)
            z = forward.zs[name][unit]
            assert found.z == z
            assert found.a == forward[name][unit]
            summed = forward.zs[found.summed_in][unit]
            assert found.score == pytest.approx(summed, rel=1e-12, abs=1e-12)
            assert found.is_masked == (found.score != pytest.approx(z, rel=1e-12, abs=1e-12))
            for term in found.terms:
                for place in (term.place, term.origin):
                    assert place is None or forward[place.node][place.unit] == term.input
                if term.weight_place is not None:
                    assert forward[term.weight_place.node][term.weight_place.unit] == term.weight


def test_a_dense_unit_by_hand():
    network = Network.dense([[[2.0, -1.0, 0.5], [0.0, 1.0, 1.0]]], [[0.5, 0.0]], "relu")
    found = unit_sum(network, 0, 0, [1.0, 3.0, 4.0])
    assert [term.product for term in found.terms] == [2.0, -3.0, 2.0]
    assert [term.place for term in found.terms] == [ValuePlace("x", (i,)) for i in range(3)]
    assert (found.total, found.bias, found.z, found.a) == (1.0, 0.5, 1.5, 1.5)
    largest, rest = found.largest(1)
    assert [term.product for term in largest] == [-3.0]
    assert rest == 4.0


def test_padding_has_no_place_and_adds_nothing():
    x = numbers(2, 9, 8)
    found = unit_sum(IMAGES, "conv1", (1, 0, 0), x)
    assert found.shape == (2, 3, 3)
    assert found.is_inside.tolist() == [[[False] * 3, [False, True, True], [False, True, True]]] * 2
    assert found.inputs[:, 1:, 1:].tolist() == x[:, :2, :2].tolist()
    assert all(term.place for term in found.largest(8)[0])


def test_the_largest_of_a_window_is_the_only_one_that_counts():
    x = numbers(2, 9, 8)
    found = unit_sum(IMAGES, "max_pool1", (2, 0, 1), x)
    assert found.kind == "maximum"
    assert found.weights.sum() == 1
    assert found.products.sum() == found.z == found.inputs[found.is_inside].max()


def test_inputs_are_traced_through_layers_that_move_numbers():
    found = unit_sum(SEQUENCE, "dense1", 1, numbers(2, 7))
    assert found.terms[7].place == ValuePlace("flatten1", (7,))
    assert found.terms[7].origin == ValuePlace("conv1", (1, 2))
    network = attentive()
    pattern = unit_sum(network, "attention.scores", (1, 2, 3), numbers(4, 8))
    # Two heads of four features: the first one of the second head is the fifth of the query.
    assert pattern.terms[0].place == ValuePlace("attention.queries", (1, 2, 0))
    assert pattern.terms[0].origin == ValuePlace("attention.query", (2, 4))


def test_a_cell_of_a_pattern_is_a_query_times_a_key():
    network, x = attentive(causal=True), numbers(4, 8)
    forward = network.forward_pass(x)
    found = unit_sum(network, "attention.pattern", (1, 2, 1), x)
    query, key = forward["attention.queries"][1, 2], forward["attention.keys"][1, 1]
    assert found.summed_in == "attention.scores"
    assert found.inputs.tolist() == query.tolist()
    assert found.weights.tolist() == key.tolist()
    assert found.factor == pytest.approx(1 / 2)
    assert found.z == pytest.approx(query @ key / 2)
    assert found.row == tuple(forward.zs["attention.pattern"][1, 2])
    powers = np.exp(found.row)
    assert found.a == pytest.approx(powers[found.position] / powers.sum())
    hidden = unit_sum(network, "attention.pattern", (1, 2, 3), x)
    assert hidden.is_masked
    assert hidden.a == 0
    assert np.isfinite(hidden.score)


def test_what_cannot_be_taken_apart_is_named():
    network = chain(
        Dense(numbers(3, 4), numbers(3)),
        BatchNorm(np.ones(3), np.ones(3), np.ones(3), np.ones(3)),
        Activate("relu"),
        shape=(4,),
    )
    x = numbers(4)
    with pytest.raises(
        NetworkError, match=r"batch_norm are not sums of terms; supported are dense"
    ):
        unit_sum(network, "batch_norm1", 0, x)
    after = unit_sum(network, "activate1", 2, x)  # which takes the number as it is
    assert [term.place for term in after.terms] == [ValuePlace("batch_norm1", (2,))]
    with pytest.raises(NetworkError, match="'x' is an input"):
        unit_sum(network, "x", 0, x)
    with pytest.raises(NetworkError, match=r"dense1 has no unit 3: .* from 0 to 2"):
        unit_sum(network, "dense1", 3, x)
    with pytest.raises(NetworkError, match="an integer or a tuple"):
        unit_sum(network, "dense1", 0.5, x)
    with pytest.raises(NetworkError, match=r"such as x\[0\]"):
        unit_sum(network, "dense1", 0, x[None])
    with pytest.raises(NetworkError, match="only moves numbers"):
        unit_sum(SEQUENCE, "flatten1", 0, numbers(2, 7))
    with pytest.raises(NetworkError, match="looked up in a table"):
        unit_sum(tied(), "embedding", (0, 0), [1, 2, 3, 4])
