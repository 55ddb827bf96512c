import copy
import math
from itertools import product

import numpy as np
import pytest

from nnviz import mnist
from nnviz.network import (
    ACTIVATIONS,
    COSTS,
    Conv2D,
    Dense,
    EdgePlace,
    Flatten,
    Network,
    NetworkError,
    NeuronPlace,
    ParameterDerivative,
    get_activation,
    one_hot,
    pretrained,
)
from nnviz.network.nudging import Nudge

#: Exponentials of exponentials leave the range of floats.
HIDDEN = [
    name for name, activation in ACTIVATIONS.items() if activation.axis is None and name != "exp"
]
#: Every output with every cost that is defined for it, and every hidden function with some of them.
COMBINATIONS = [
    (HIDDEN[k % len(HIDDEN)], *pair)
    for k, pair in enumerate(
        (output, cost)
        for output, cost in product(ACTIVATIONS, COSTS)
        if COSTS[cost].accepts(get_activation(output))
    )
]


def random_network(seed):
    """Draw sizes, functions and parameters; seeds go through every combination of functions."""
    rng = np.random.RandomState(seed)
    hidden, output, cost = COMBINATIONS[seed % len(COMBINATIONS)]
    sizes = rng.randint(1, 6, size=rng.randint(2, 6))
    activations = [hidden] * (len(sizes) - 2) + [output]
    network = Network.random(sizes, rng=rng, activations=activations, cost=cost)
    x = rng.randn(sizes[0])
    y = rng.random_sample(sizes[-1])
    return rng, network, x, y / y.sum() if output == "softmax" else y


def random_weight(rng, network):
    """Draw a weight, or one time in five a bias."""
    layer = rng.randint(len(network.layers))
    n_in, n_out = network.sizes[layer : layer + 2]
    return layer, None if rng.rand() < 0.2 else rng.randint(n_in), rng.randint(n_out)


def assert_sums_hold(factor):
    """Every sum is that of its terms, all the way down to the output."""
    if not factor.terms:
        return
    values = [term.value for term in factor.terms]
    scale = max(1.0, *np.abs(values))
    assert math.fsum(values) == pytest.approx(factor.value, abs=1e-12 * scale, rel=1e-12)
    for term in factor.terms:
        for part in term.factors:
            assert_sums_hold(part)


def assert_explained(network, layer, i, j, x, y):
    derivative = ParameterDerivative(network, layer, i, j, x, y)
    expected = network.backprop(x, y).flatten()[derivative.index]
    assert derivative.value == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert math.prod(f.value for f in derivative.factors) == derivative.value
    for factor in derivative.factors:
        assert_sums_hold(factor)
    for flow in (*derivative.neuron_flows.values(), *derivative.edge_flows.values()):
        assert flow.sum() == pytest.approx(
            derivative.value, rel=1e-9, abs=1e-12 + 1e-12 * np.abs(flow).max()
        )
    return derivative


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_factors_make_the_derivative_for_200_random_weights(start):
    for seed in range(start, start + 20):
        rng, network, x, y = random_network(seed)
        derivative = assert_explained(network, *random_weight(rng, network), x, y)
        h = 1e-6
        cost = derivative.cost_of_nudge
        quotient = (cost(h) - cost(-h)) / (2 * h)
        assert quotient == pytest.approx(derivative.value, rel=1e-5, abs=1e-7)


def test_a_label_is_the_vector_that_it_stands_for():
    network = Network.random([2, 3, 2], seed=1)
    by_label, by_vector = (
        ParameterDerivative(network, 0, 1, 2, [0.5, 1.0], y) for y in (1, [0.0, 1.0])
    )
    assert by_label == by_vector
    assert by_label.value == by_vector.value


def test_all_combinations_of_functions_are_among_the_200():
    assert len(HIDDEN) <= len(COMBINATIONS) <= 200


@pytest.mark.parametrize(
    ("network", "x", "y"),
    [
        (Network.random([1, 1, 1, 1], seed=2), [0.7], [1.0]),
        (Network.random([2, 3, 1], seed=3), [0.0, 1.0], [1.0]),
        (
            Network.random(
                [4, 8, 3], seed=4, activations=["relu", "softmax"], cost="cross-entropy"
            ),
            [5.1, 3.5, 1.4, 0.2],
            one_hot(0, 3),
        ),
        (
            Network.random([1, 4, 1], seed=5, activations=["tanh", "identity"]),
            [0.3],
            [0.8],
        ),
    ],
    ids=["1-1-1-1", "xor", "iris", "regression"],
)
def test_every_weight_and_bias_of_familiar_networks(network, x, y):
    for layer in range(len(network.layers)):
        n_in, n_out = network.sizes[layer : layer + 2]
        for i, j in product([None, *range(n_in)], range(n_out)):
            derivative = assert_explained(network, layer, i, j, x, y)
            assert derivative.nudge().agrees, (derivative, derivative.nudge())


def test_digits_network():
    network, data = pretrained(), mnist.load().train
    x, y = data.images[3], one_hot(data.labels[3])
    dark, lit = int(np.argmin(x)), int(np.argmax(x))
    for layer, i, j in [
        (0, lit, 5),
        (0, dark, 5),
        (1, 2, 7),
        (2, 3, 9),
        (0, None, 4),
        (2, None, 0),
    ]:
        assert_explained(network, layer, i, j, x, y)
    through_dark = ParameterDerivative(network, 0, dark, 5, x, y)
    assert through_dark.value == 0
    assert through_dark.zero == ("input_is_zero", (0, dark))
    assert through_dark.nudge().agrees
    sums = ParameterDerivative(network, 0, lit, 5, x, y).factors[-1]
    assert [len(sums.terms), len(sums.terms[0].factors[-1].terms)] == [16, 10]


def test_a_chain_of_single_neurons_is_one_product():
    network = Network.dense([[[0.5]], [[-2.0]], [[1.5]]], [[0.1], [0.2], [0.3]])
    derivative = ParameterDerivative(network, 0, 0, 0, [0.7], [1.0])
    assert [factor.text for factor in derivative.factors] == [
        "∂z⁽¹⁾/∂w⁽¹⁾",
        "∂a⁽¹⁾/∂z⁽¹⁾",
        "∂z⁽²⁾/∂a⁽¹⁾",
        "∂a⁽²⁾/∂z⁽²⁾",
        "∂z⁽³⁾/∂a⁽²⁾",
        "∂a⁽³⁾/∂z⁽³⁾",
        "∂C/∂a⁽³⁾",
    ]
    a = network.forward_pass([0.7]).activations
    expected = [0.7]
    for layer, weight in enumerate([-2.0, 1.5, None], start=1):
        out = float(a[layer][0])
        expected += [out * (1 - out), 2 * (out - 1.0) if weight is None else weight]
    assert [factor.value for factor in derivative.factors] == pytest.approx(expected, rel=1e-14)
    assert [factor.place for factor in derivative.factors[:3]] == [
        NeuronPlace(0, 0),
        NeuronPlace(1, 0),
        EdgePlace(1, 0, 0),
    ]


def test_names_of_a_sum_and_its_terms():
    network = Network.random([3, 12, 2], seed=0)
    (dz_dw, da_dz, dc_da) = ParameterDerivative(network, 0, 2, 11, np.ones(3), [0, 1]).factors
    assert dz_dw.tex == r"\frac{\partial z_{11}^{(1)}}{\partial w_{11,2}^{(1)}}"
    assert dz_dw.meaning.text == "a₂⁽⁰⁾"
    assert da_dz.meaning.tex == r"\sigma'(z_{11}^{(1)})"
    assert [factor.text for factor in dc_da.summand] == [
        "∂zₖ⁽²⁾/∂a₁₁⁽¹⁾",
        "∂aₖ⁽²⁾/∂zₖ⁽²⁾",
        "∂C/∂aₖ⁽²⁾",
    ]
    assert dc_da.terms[1].factors[0].meaning.text == "w₁,₁₁⁽²⁾"
    assert dc_da.terms[1].factors[2].meaning.text == "2(a₁⁽²⁾ − y₁)"


def test_weights_of_large_layers_are_told_apart():
    network = Network.random([12, 12], seed=0)
    names = [
        ParameterDerivative(network, 0, i, j, np.ones(12), np.ones(12)).symbol.text
        for i, j in product(range(12), range(12))
    ]
    assert len(set(names)) == len(names)
    assert names[1] == "w₁,₀⁽¹⁾"


@pytest.mark.parametrize(
    ("n_in", "n_out", "unit", "source", "name"),
    [
        (2, 10, 9, 1, "w₉₁⁽¹⁾"),  # All indices have one digit.
        (10, 10, 9, 9, "w₉₉⁽¹⁾"),
        (2, 11, 10, 1, "w₁₀,₁⁽¹⁾"),  # Neuron 10 is there: w₁₀₁ would be two things.
        (2, 11, 1, 0, "w₁,₀⁽¹⁾"),
        (11, 2, 1, 10, "w₁,₁₀⁽¹⁾"),
        (12, 12, 11, 11, "w₁₁,₁₁⁽¹⁾"),
        (1, 11, 10, 0, "w₁₀⁽¹⁾"),  # One neuron has no index, and then nothing is to be told apart.
        (11, 1, 0, 10, "w₁₀⁽¹⁾"),
    ],
)
def test_indices_are_apart_from_where_they_have_two_digits(n_in, n_out, unit, source, name):
    network = Network.random([n_in, n_out], seed=0)
    derivative = ParameterDerivative(network, 0, source, unit, np.ones(n_in), np.ones(n_out))
    assert derivative.symbol.text == name


def test_cross_entropy_goes_by_dc_dz_where_the_output_is_saturated():
    # dC/da is infinite here, and da/dz is 0.
    network = Network.dense([[[1.0]]], [[0.0]], cost="cross-entropy")
    (_, dc_dz) = ParameterDerivative(network, 0, 0, 0, [800.0], [0.0]).factors
    assert (dc_dz.text, dc_dz.meaning.text, dc_dz.value) == ("∂C/∂z⁽¹⁾", "a⁽¹⁾ − y", 1.0)


def test_softmax_with_squares_is_a_sum_over_all_outputs():
    network = Network.random([2, 3], seed=0, activations="softmax")
    x, y = np.array([0.4, -1.0]), one_hot(2, 3)
    dc_dz = ParameterDerivative(network, 0, None, 1, x, y).factors[-1]
    a = network.feedforward(x)
    jacobian = np.diag(a) - np.outer(a, a)
    assert [term.factors[0].value for term in dc_dz.terms] == pytest.approx(list(jacobian[:, 1]))
    assert [term.factors[1].value for term in dc_dz.terms] == pytest.approx(list(2 * (a - y)))
    assert [term.factors[0].meaning.text for term in dc_dz.terms] == [
        "−a₀⁽¹⁾a₁⁽¹⁾",
        "a₁⁽¹⁾(1 − a₁⁽¹⁾)",
        "−a₂⁽¹⁾a₁⁽¹⁾",
    ]


def test_cross_entropy_of_weights_that_do_not_sum_to_one_is_named_right():
    network = Network.random([2, 2], seed=0, activations="softmax", cost="cross-entropy")
    (_, dc_dz) = ParameterDerivative(network, 0, 0, 1, [1, 2], [0.5, 1.0]).factors
    assert dc_dz.meaning.text == "a₁⁽¹⁾ Σy − y₁"


def test_a_neuron_that_is_off_is_said_to_be():
    network = Network.dense([[[-1.0]], [[1.0]]], [[0.0], [0.0]], ["relu", "identity"])
    derivative = ParameterDerivative(network, 0, 0, 0, [1.0], [1.0])
    assert derivative.value == 0
    assert derivative.zero == ("neuron_is_flat", (1, 0))
    assert derivative.nudge().quotient == 0


def test_a_nudge_says_what_the_cost_does():
    network = Network.random([2, 3, 1], seed=1)
    x, y = [0.5, 1.0], [1.0]
    derivative = ParameterDerivative(network, 0, 1, 2, x, y)
    nudge = derivative.nudge(0.01)
    up, down = (network.nudged(derivative.index, h).cost(x, y) for h in (0.01, -0.01))
    assert nudge.cost == pytest.approx(network.cost(x, y))
    assert (nudge.cost_above, nudge.cost_below) == pytest.approx((up, down))
    assert nudge.parameter == network.weights[0][2, 1]
    assert nudge.quotient == pytest.approx((up - down) / 0.02)


@pytest.mark.parametrize(
    ("cost", "derivative", "gap", "agrees"),
    [
        # Three digits of the derivative are as near as is asked for,
        (1.0, 2.0, 0.0019, True),
        (1.0, 2.0, 0.0021, False),
        (1.0, -2.0, 0.0019, True),
        # and where it is 0, how the costs are rounded: 1e-15 of them, at least of 1, by h = 1e-5.
        (0.1, 0.0, 0.9e-10, True),
        (0.1, 0.0, 1.1e-10, False),
        (1.0, 0.0, 0.9e-10, True),
        (1.0, 0.0, 1.1e-10, False),
        (50.0, 0.0, 4.5e-9, True),
        (50.0, 0.0, 5.5e-9, False),
    ],
)
def test_what_a_nudge_calls_the_same(cost, derivative, gap, agrees):
    h = 1e-5
    rise = 2 * h * (derivative + gap)
    # The quotient is exact: nothing is added to the rise.
    assert Nudge(h, 3.0, cost, rise, 0.0, derivative).agrees is agrees
    assert Nudge(h, 3.0, -cost, rise, 0.0, derivative).agrees is agrees


def test_at_a_corner_the_quotient_is_not_said_to_agree():
    # z is 0: the derivative of ReLU there is taken as 0, and the quotient sees half the slope.
    network = Network.dense([[[0.0]]], [[0.0]], "relu")
    nudge = ParameterDerivative(network, 0, 0, 0, [1.0], [1.0]).nudge()
    assert not nudge.agrees
    assert nudge.quotient == pytest.approx(-1.0, abs=0.1)


NET = Network.random([3, 4, 2], seed=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((NET, 2, 0, 0, np.ones(3), [0, 1]), "no layer 2 of weights: they go from 0 to 1"),
        ((NET, -1, 0, 0, np.ones(3), [0, 1]), "no layer -1"),
        ((NET, 0, 3, 0, np.ones(3), [0, 1]), "no weight from neuron 3 to 0: it has 3 inputs"),
        ((NET, 0, 0, 4, np.ones(3), [0, 1]), "no weight from neuron 0 to 4"),
        ((NET, 0, None, 4, np.ones(3), [0, 1]), "no bias of neuron 4"),
        (
            (NET, 0, 0, 0, np.ones((5, 3)), np.ones((5, 2))),
            r"x is a batch of 5, shape \(5, 3\): give one",
        ),
        ((NET, 0, 0, 0, np.ones(4), [0, 1]), r"x: must have shape \(3,\)"),
        ((NET, 0, 0, 0, np.ones(3), [0, 1, 0]), r"y: must have shape \(2,\)"),
        (
            (
                Network(
                    [
                        Conv2D.random(1, 1, 3, np.random.RandomState(0)),
                        Flatten(),
                        Dense.random(4, 2, np.random.RandomState(0)),
                    ],
                    input_shape=(1, 4, 4),
                ),
                *(2, 0, 0, np.ones((1, 4, 4)), [0, 1]),
            ),
            r"dense layers alone, and layers\[0\] is a conv2d: .*, network\[2:\]",
        ),
    ],
)
def test_what_cannot_be_explained_gets_one_clear_error(arguments, message):
    with pytest.raises(NetworkError, match=message):
        ParameterDerivative(*arguments)


def test_derivatives_are_values():
    one, same = (ParameterDerivative(NET, 0, 1, 0, np.ones(3), [0, 1]) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert copy.deepcopy(one) is one
    for other in (
        ParameterDerivative(NET, 0, 0, 0, np.ones(3), [0, 1]),
        ParameterDerivative(NET, 0, None, 0, np.ones(3), [0, 1]),
        ParameterDerivative(NET, 0, 1, 0, np.zeros(3), [0, 1]),
        ParameterDerivative(NET.nudged(0, 1), 0, 1, 0, np.ones(3), [0, 1]),
    ):
        assert one != other


def test_a_nudge_must_be_positive():
    derivative = ParameterDerivative(NET, 0, 0, 0, np.ones(3), [0, 1])
    for h in (0, -1e-3, math.nan, math.inf):
        with pytest.raises(NetworkError, match="positive number"):
            derivative.nudge(h)
