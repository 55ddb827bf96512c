import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnviz.network import (
    ACTIVATIONS,
    NetworkError,
    elu,
    get_activation,
    leaky_relu,
    sigmoid,
    sigmoid_inverse,
)

any_float = st.floats(allow_nan=False, allow_infinity=True)


@given(any_float)
def test_sigmoid_is_stable_for_any_float(z: float) -> None:
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        a = sigmoid(z)
    assert isinstance(a, float)
    assert 0.0 <= a <= 1.0
    # Oracle: the standard library, on the side where e^-|z| cannot overflow.
    e = math.exp(-abs(z))
    assert a == pytest.approx(1 / (1 + e) if z >= 0 else e / (1 + e), rel=1e-14, abs=1e-320)


def test_sigmoid_at_its_ends_and_middle() -> None:
    assert sigmoid(0.0) == 0.5
    assert sigmoid(math.log(3)) == pytest.approx(0.75, rel=1e-15)
    assert sigmoid(-np.inf) == 0.0
    assert sigmoid(np.inf) == 1.0
    assert math.isnan(sigmoid(math.nan))
    # Far below 0 every digit is right, where 1 / (1 + e^-z) done carelessly gives 0.
    assert sigmoid(-700.0) == pytest.approx(math.exp(-700), rel=1e-14)


@given(any_float, any_float)
def test_sigmoid_never_falls(z1: float, z2: float) -> None:
    low, high = sorted((z1, z2))
    # Apart from the last bit, which two divisions may round apart.
    assert sigmoid(low) <= sigmoid(high) + 2e-16


def test_sigmoid_keeps_shapes() -> None:
    z = np.linspace(-3, 3, 12)
    assert sigmoid(z.reshape(3, 4)).shape == (3, 4)
    np.testing.assert_array_equal(sigmoid(z.reshape(3, 4)).ravel(), sigmoid(z))
    np.testing.assert_array_equal(sigmoid(z), [sigmoid(float(value)) for value in z])


@given(st.floats(-700, 30))
def test_inverse_undoes_sigmoid(z: float) -> None:
    # Above 30 neighbouring z share an activation: 1 - a has no digits left.
    assert sigmoid_inverse(sigmoid(z)) == pytest.approx(z, rel=1e-9, abs=1e-2 if z > 20 else 1e-6)


@given(st.floats(0, 1))
def test_sigmoid_undoes_inverse(a: float) -> None:
    assert sigmoid(sigmoid_inverse(a)) == pytest.approx(a, rel=1e-9, abs=1e-300)


def test_inverse_at_the_ends_of_its_domain() -> None:
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(
            sigmoid_inverse(np.array([0.0, 0.5, 1.0])), [-np.inf, 0, np.inf]
        )
    assert math.isnan(sigmoid_inverse(math.nan))


@pytest.mark.parametrize("a", [-0.1, 1.5, np.inf, -np.inf])
def test_inverse_outside_its_domain(a: float) -> None:
    with pytest.raises(ValueError, match=r"defined on \[0, 1\].*" + str(a).replace("-", "-")):
        sigmoid_inverse(a)
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        sigmoid_inverse(np.array([0.5, a]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
@given(
    z=hnp.arrays(np.float64, (3, 4), elements=st.floats(-3, 3).map(lambda v: v + 0.0123)),
    dc_da=hnp.arrays(np.float64, (3, 4), elements=st.floats(-2, 2)),
)
def test_pullback_is_the_transposed_jacobian(name: str, z: np.ndarray, dc_da: np.ndarray) -> None:
    activation = ACTIVATIONS[name]
    step = 1e-5
    # Central differences fail on a corner, and all the corners there are lie at one of these.
    for corner in (0.0, 1.0, -1.0, 3.0, -3.0):
        z = np.where(np.abs(z - corner) < 10 * step, 1.5, z)
    expected = np.empty_like(z)
    for row in range(3):
        for k in range(4):
            nudge = np.zeros_like(z)
            nudge[row, k] = step
            slope = (activation.function(z + nudge) - activation.function(z - nudge)) / (2 * step)
            assert np.all(np.delete(slope, row, axis=0) == 0), "examples of a batch must not mix"
            expected[row, k] = np.sum(slope * dc_da)
    np.testing.assert_allclose(
        activation.pullback(z, activation.function(z), dc_da), expected, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_survive_huge_inputs(name: str) -> None:
    z = np.array([[-1e308, 1e308, 0.0], [800.0, -800.0, 800.0]])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        a = ACTIVATIONS[name].function(z)
    assert np.isfinite(a).all()


def test_softmax_is_a_distribution() -> None:
    softmax = ACTIVATIONS["softmax"].function
    np.testing.assert_allclose(softmax(np.log([[1.0, 2.0, 5.0]])), [[1 / 8, 2 / 8, 5 / 8]])
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4]])), [[0.5, 0.5]])


#: Members of families, in torch's words.
FAMILIES = {
    "leaky-relu(0.2)": lambda torch, z: torch.nn.functional.leaky_relu(z, 0.2),
    "elu(0.5)": lambda torch, z: torch.nn.functional.elu(z, 0.5),
    "softplus(2.0)": lambda torch, z: torch.nn.functional.softplus(z, 2, threshold=1000),
    "clamp(-2.0, 0.5)": lambda torch, z: torch.nn.functional.hardtanh(z, -2, 0.5),
    "softmax(-2)": lambda torch, z: torch.softmax(z, -2),
}
#: The same in torch's words.
TORCH = {
    "sigmoid": lambda torch, z: torch.sigmoid(z),
    "relu": lambda torch, z: torch.relu(z),
    "tanh": lambda torch, z: torch.tanh(z),
    "identity": lambda torch, z: z * 1,
    "softmax": lambda torch, z: torch.softmax(z, -1),
    "leaky-relu": lambda torch, z: torch.nn.functional.leaky_relu(z),
    "elu": lambda torch, z: torch.nn.functional.elu(z),
    "gelu": lambda torch, z: torch.nn.functional.gelu(z),
    "gelu-tanh": lambda torch, z: torch.nn.functional.gelu(z, approximate="tanh"),
    "silu": lambda torch, z: torch.nn.functional.silu(z),
    "softplus": lambda torch, z: torch.nn.functional.softplus(z, threshold=1000),
    "clamp": lambda torch, z: torch.nn.functional.hardtanh(z),
    "relu6": lambda torch, z: torch.nn.functional.relu6(z),
    # Its own hardsigmoid rounds 1/6 to float32 on the way back.
    "hardsigmoid": lambda torch, z: torch.clip(z / 6 + 0.5, 0, 1),
    "hardswish": lambda torch, z: torch.nn.functional.hardswish(z),
    "mish": lambda torch, z: torch.nn.functional.mish(z),
    "selu": lambda torch, z: torch.nn.functional.selu(z),
    "softsign": lambda torch, z: torch.nn.functional.softsign(z),
    "sin": lambda torch, z: torch.sin(z),
    "exp": lambda torch, z: torch.exp(z),
}


@pytest.mark.parametrize("name", [*ACTIVATIONS, *FAMILIES])
def test_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.RandomState(0)
    z = np.vstack([rng.randn(20, 7) * 3, [[-300.0, -40, -20, 0, 20, 40, 300]]])
    dc_da = rng.randn(*z.shape)
    theirs = torch.tensor(z, requires_grad=True)
    a = (TORCH | FAMILIES)[name](torch, theirs)
    a.backward(torch.tensor(dc_da))
    activation = get_activation(name)
    close = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(activation.function(z), a.detach(), **close)
    np.testing.assert_allclose(
        activation.pullback(z, activation.function(z), dc_da), theirs.grad, **close
    )


@pytest.mark.parametrize(
    ("name", "z", "a"),
    [
        ("leaky-relu", [-2.0, 3.0], [-0.02, 3.0]),
        ("leaky-relu(0.2)", [-2.0, 3.0], [-0.4, 3.0]),
        ("elu", [-np.log(2), 3.0], [-0.5, 3.0]),
        ("elu(3.0)", [-np.log(2), 3.0], [-1.5, 3.0]),
        ("silu", [0.0, np.log(3)], [0.0, 0.75 * np.log(3)]),
        ("softplus", [0.0, np.log(3)], [np.log(2), np.log(4)]),
        ("gelu", [0.0, 1.0, -1.0], [0.0, 0.8413447460685429, -0.15865525393145707]),
        ("gelu-tanh", [0.0, 1.0, -1.0], [0.0, 0.8411919906082768, -0.15880800939172324]),
    ],
)
def test_values(name: str, z: list[float], a: list[float]) -> None:
    np.testing.assert_allclose(get_activation(name).function(np.array(z)), a, rtol=1e-12)


def test_families_have_a_number_and_a_name() -> None:
    assert leaky_relu(0.2) == get_activation("leaky-relu(0.2)") != ACTIVATIONS["leaky-relu"]
    assert leaky_relu(0.01) == ACTIVATIONS["leaky-relu"]
    for number in (0.3, 1e-05, float(np.float32(0.2)), 0.1 + 0.2, 1.2345678901234567e-4, -1.0):
        activation = elu(number)
        assert get_activation(activation.name) == activation
        assert pickle.loads(pickle.dumps(activation)) == activation
        assert activation.function(np.array([-50.0])) == pytest.approx(-number)
    with pytest.raises(NetworkError, match="must have a finite number"):
        leaky_relu(float("inf"))
    for name in ("softplus(2.0)", "clamp(0.0, 6.0)", "clamp(-inf, 1.0)", "softmax(-3)"):
        assert get_activation(name).name == name
        assert get_activation(name) == pickle.loads(pickle.dumps(get_activation(name)))
    for wrong in ("clamp(2.0, 1.0)", "softplus(-1.0)"):
        with pytest.raises(NetworkError, match="must be"):
            get_activation(wrong)
    for wrong in (
        "softmax(1)",
        "softmax(-1.5)",
        "clamp(1.0)",
        "elu(1, 2)",
        "elu(",
        "elu()",
        "elu(1",
        "elu(1))",
        "elu(nan)",
        "relu(1)",
        "elu(1_0)",
    ):
        with pytest.raises(NetworkError, match="no activation function is called"):
            get_activation(wrong)


def test_unknown_activation_lists_the_known() -> None:
    with pytest.raises(NetworkError, match=r"'sigmod'.*sigmoid, relu, tanh, identity, softmax"):
        get_activation("sigmod")
    assert get_activation(ACTIVATIONS["tanh"]) is ACTIVATIONS["tanh"]
