"""Back-propagation against central differences, for every activation and cost there is."""

from itertools import product

import numpy as np
import pytest

from nnviz.network import ACTIVATIONS, COSTS, Network, NetworkError

HIDDEN = [name for name, activation in ACTIVATIONS.items() if activation.axis is None]
PAIRS = [
    (output, cost)
    for output, cost in product(ACTIVATIONS, COSTS)
    if COSTS[cost].accepts(ACTIVATIONS[output])
]
#: Every output with every cost that is defined for it, and every hidden function with the two
#: outputs that have forms of their own.
DEFINED = [
    *((HIDDEN[k % len(HIDDEN)], *pair) for k, pair in enumerate(PAIRS)),
    *product(HIDDEN, ["sigmoid", "softmax"], ["cross-entropy"]),
]
DEFINED = list(dict.fromkeys(DEFINED))
#: Output activations in torch's words.
TORCH = {
    "sigmoid": lambda torch, z: torch.sigmoid(z),
    "softmax": lambda torch, z: torch.softmax(z, 1),
    "identity": lambda torch, z: z,
}
STEP = 1e-5
SEED = 10  # Some ReLUs of every layer are on, some off.


def make(hidden: str, output: str, cost: str) -> Network:
    functions = [hidden, hidden, output]
    return Network.random([4, 5, 3, 3], SEED, activations=functions, cost=cost, scaled=True)


def example(batch: int | None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.RandomState(11)
    shape = () if batch is None else (batch,)
    # Desired outputs that are neither 0, nor 1, nor sum to 1: nothing may count on it.
    return rng.randn(*shape, 4), rng.uniform(0.1, 0.9, (*shape, 3))


@pytest.mark.slow
@pytest.mark.every(5)
@pytest.mark.parametrize(("hidden", "output", "cost"), DEFINED)
@pytest.mark.parametrize("batch", [None, 1, 6])
def test_parameters(hidden: str, output: str, cost: str, batch: int | None) -> None:
    network = make(hidden, output, cost)
    x, y = example(batch)
    start = network.flatten()
    expected = np.empty_like(start)
    for i in range(start.size):
        nudge = np.zeros_like(start)
        nudge[i] = STEP
        up = network.with_parameters(start + nudge).cost(x, y)
        down = network.with_parameters(start - nudge).cost(x, y)
        expected[i] = (up - down) / (2 * STEP)
    assert np.abs(expected).max() > 1e-3, "a gradient of zeros would prove nothing"
    np.testing.assert_allclose(network.backprop(x, y).flatten(), expected, rtol=1e-5, atol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "output", "cost"), DEFINED)
def test_input(hidden: str, output: str, cost: str) -> None:
    network = make(hidden, output, cost)
    x, y = example(None)
    expected = [
        (network.cost(x + nudge, y) - network.cost(x - nudge, y)) / (2 * STEP)
        for nudge in STEP * np.eye(4)
    ]
    backward = network.backward_pass(x, y)
    np.testing.assert_allclose(backward.activation_gradients[0], expected, rtol=1e-5, atol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("hidden", "output", "cost"), DEFINED)
def test_backward_pass_is_the_per_example_backprop(hidden: str, output: str, cost: str) -> None:
    network = make(hidden, output, cost)
    x, y = example(6)
    forward, backward = network.forward_pass(x), network.backward_pass(x, y)
    gradient = network.backprop(x, y)
    for layer, delta in enumerate(backward.errors):
        assert delta.shape == forward.zs[layer].shape
        np.testing.assert_allclose(delta.mean(axis=0), gradient.biases[layer], atol=1e-14)
        np.testing.assert_allclose(
            delta.T @ forward.activations[layer] / 6, gradient.weights[layer], atol=1e-14
        )
    for ours, theirs in zip(backward.activation_gradients, forward.activations, strict=True):
        assert ours.shape == theirs.shape
    np.testing.assert_allclose(network.output_error(x, y), backward.errors[-1])
    # The output's error must follow from its dC/da: the fused and the plain way agree.
    last = network.activations[-1]
    np.testing.assert_allclose(
        last.pullback(forward.zs[-1], forward.output, backward.activation_gradients[-1]),
        backward.errors[-1],
        atol=1e-12,
    )


@pytest.mark.parametrize(
    ("output", "cost"),
    [p for p in product(ACTIVATIONS, COSTS) if not COSTS[p[1]].accepts(ACTIVATIONS[p[0]])],
)
def test_undefined_pairs_are_refused(output: str, cost: str) -> None:
    with pytest.raises(NetworkError, match=f"{cost} is not defined for {output} outputs"):
        make("sigmoid", output, cost)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_cross_entropy_where_the_output_saturates(output: str, sign: float) -> None:
    """The outputs are exactly 0 and 1, so ln a is infinite; the cost in terms of z is not."""
    network = Network.dense(
        [[[1000.0], [-1000.0]]], [[0.0, 0.0]], activations=output, cost="cross-entropy"
    )
    y = [0.0, 1.0]  # Right for sign -1, as wrong as can be for +1.
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        cost = network.cost([sign], y)
        error = network.output_error([sign], y)
    if sign < 0:
        assert cost == 0.0
        np.testing.assert_allclose(error, [0.0, 0.0], atol=1e-300)
    else:
        assert cost == pytest.approx(2000.0)
        np.testing.assert_allclose(error, [1.0, -1.0])


@pytest.mark.parametrize(("output", "cost"), [pair for pair in PAIRS if pair[0] in TORCH])
def test_torch(output: str, cost: str) -> None:
    torch = pytest.importorskip("torch")
    network = make("tanh", output, cost)
    x, y = example(6)
    parameters = [
        torch.tensor(p, requires_grad=True) for layer in network.layers for p in layer.parameters
    ]
    a = theirs = torch.tensor(x, requires_grad=True)
    for k in range(0, 6, 2):
        z = a @ parameters[k].T + parameters[k + 1]
        a = torch.tanh(z) if k < 4 else TORCH[output](torch, z)
    desired = torch.tensor(y)
    functional = torch.nn.functional
    costs = {
        "quadratic": lambda: (a - desired) ** 2,
        "mean-squared": lambda: functional.mse_loss(a, desired, reduction="none") / 3,
        "absolute": lambda: functional.l1_loss(a, desired, reduction="none") / 3,
        "huber": lambda: functional.huber_loss(a, desired, reduction="none") / 3,
        "binary-cross-entropy": lambda: (
            functional.binary_cross_entropy(a, desired, reduction="none") / 3
        ),
        "cross-entropy": lambda: (
            -desired * torch.log(a)
            if output == "softmax"
            else functional.binary_cross_entropy(a, desired, reduction="none")
        ),
    }
    each = costs[cost]().sum(axis=1)
    each.mean().backward()
    assert network.cost(x, y) == pytest.approx(each.mean().item(), rel=1e-12)
    expected = np.concatenate([p.grad.numpy().ravel() for p in parameters])
    np.testing.assert_allclose(network.backprop(x, y).flatten(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        network.backward_pass(x, y).activation_gradients[0] / 6,
        theirs.grad,
        rtol=1e-12,
        atol=1e-12,
    )
