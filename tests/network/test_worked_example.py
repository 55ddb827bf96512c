"""A network small enough to work out by hand.

Two inputs, two hidden neurons, one output, all sigmoid, with s(0) = 1/2 and s(ln 3) = 3/4, and
s' = a (1 - a), so s' is 1/4 where a = 1/2 and 3/16 where a = 3/4.

    x  = (1, 2),  y = 1
    W1 = ( 2  -1  )   b1 = ( 0    )      W2 = ( 2  4 )   b2 = -4
         ( 1  -1/2)        ( ln 3 )

Forwards:
    z1 = (2 - 2 + 0, 1 - 1 + ln 3) = (0, ln 3)           a1 = (1/2, 3/4)
    z2 = 2 * 1/2 + 4 * 3/4 - 4     = 0                   a2 = 1/2
    C  = (1/2 - 1)^2               = 1/4

Backwards:
    dC/da2 = 2 (1/2 - 1)           = -1
    dC/dz2 = -1 * 1/4              = -1/4                = dC/db2
    dC/dW2 = -1/4 * (1/2, 3/4)     = (-1/8, -3/16)
    dC/da1 = -1/4 * (2, 4)         = (-1/2, -1)
    dC/dz1 = (-1/2 * 1/4, -1 * 3/16) = (-1/8, -3/16)     = dC/db1
    dC/dW1 = ( -1/8  * 1, -1/8  * 2 ) = ( -1/8   -1/4 )
             ( -3/16 * 1, -3/16 * 2 )   ( -3/16  -3/8 )
    dC/dx  = (-1/8 * 2 - 3/16 * 1, -1/8 * -1 - 3/16 * -1/2) = (-7/16, 7/32)
"""

import numpy as np
import pytest

from nnviz.network import Network

X, Y = [1.0, 2.0], [1.0]


@pytest.fixture
def network() -> Network:
    return Network.dense(
        [[[2.0, -1.0], [1.0, -0.5]], [[2.0, 4.0]]],
        [[0.0, np.log(3.0)], [-4.0]],
    )


def test_forward(network: Network) -> None:
    forward = network.forward_pass(X)
    np.testing.assert_array_equal(forward.activations[0], X)
    np.testing.assert_allclose(forward.zs[0], [0, np.log(3)], atol=1e-15)
    np.testing.assert_allclose(forward.activations[1], [1 / 2, 3 / 4])
    np.testing.assert_allclose(forward.zs[1], [0], atol=1e-15)
    np.testing.assert_allclose(forward.activations[2], [1 / 2])
    np.testing.assert_array_equal(forward.output, forward.activations[2])
    np.testing.assert_array_equal(forward.output, network.feedforward(X))
    assert network.cost(X, Y) == pytest.approx(1 / 4)


def test_backward(network: Network) -> None:
    backward = network.backward_pass(X, Y)
    np.testing.assert_allclose(backward.activation_gradients[2], [-1])
    np.testing.assert_allclose(backward.errors[1], [-1 / 4])
    np.testing.assert_allclose(backward.activation_gradients[1], [-1 / 2, -1])
    np.testing.assert_allclose(backward.errors[0], [-1 / 8, -3 / 16])
    np.testing.assert_allclose(backward.activation_gradients[0], [-7 / 16, 7 / 32])
    np.testing.assert_allclose(network.output_error(X, Y), [-1 / 4])


def test_gradient(network: Network) -> None:
    gradient = network.backprop(X, Y)
    np.testing.assert_allclose(gradient.weights[0], [[-1 / 8, -1 / 4], [-3 / 16, -3 / 8]])
    np.testing.assert_allclose(gradient.biases[0], [-1 / 8, -3 / 16])
    np.testing.assert_allclose(gradient.weights[1], [[-1 / 8, -3 / 16]])
    np.testing.assert_allclose(gradient.biases[1], [-1 / 4])


def test_order_of_the_flat_vector(network: Network) -> None:
    # Layer by layer: weights row by row, then biases.
    np.testing.assert_allclose(
        network.backprop(X, Y).flatten(),
        [-1 / 8, -1 / 4, -3 / 16, -3 / 8, -1 / 8, -3 / 16, -1 / 8, -3 / 16, -1 / 4],
    )
    np.testing.assert_allclose(network.flatten(), [2, -1, 1, -0.5, 0, np.log(3), 2, 4, -4])


def test_step(network: Network) -> None:
    stepped = network.step(network.backprop(X, Y), learning_rate=8.0)
    np.testing.assert_allclose(stepped.weights[0], [[2 + 1, -1 + 2], [1 + 1.5, -0.5 + 3]])
    np.testing.assert_allclose(stepped.biases[1], [-4 + 2])


def test_mean_over_a_batch(network: Network) -> None:
    # Against y = 0 the same network has C = 1/4 too, and every derivative with the other sign.
    both = network.backprop([X, X], [[1.0], [0.0]])
    np.testing.assert_allclose(both.flatten(), 0, atol=1e-16)
    assert network.cost([X, X], [[1.0], [0.0]]) == pytest.approx(1 / 4)
    # Thrice y = 1 and once y = 0: (3 - 1) / 4 of the gradient.
    half = network.backprop([X] * 4, [[1.0], [0.0], [1.0], [1.0]])
    np.testing.assert_allclose(half.flatten(), 0.5 * network.backprop(X, Y).flatten())


def test_cross_entropy(network: Network) -> None:
    # C = -ln(1/2) and dC/dz2 = a - y = -1/2: twice the quadratic cost's -1/4.
    entropic = network.replace(cost="cross-entropy")
    assert entropic.cost(X, Y) == pytest.approx(np.log(2))
    np.testing.assert_allclose(
        entropic.backprop(X, Y).flatten(), 2 * network.backprop(X, Y).flatten()
    )


def test_other_activations() -> None:
    # z = (2 - 1, -1 + 0.5) = (1, -1/2); relu keeps (1, 0); the output is 3 * 1 + 5 * 0 + 1 = 4.
    network = Network.dense(
        [[[2.0], [-1.0]], [[3.0, 5.0]]], [[-1.0, 0.5], [1.0]], activations=["relu", "identity"]
    )
    np.testing.assert_allclose(network.feedforward([1.0]), [4.0])
    # dC/da2 = 2 (4 - 1) = 6; through relu only the first hidden neuron: dC/dz1 = (18, 0).
    gradient = network.backprop([1.0], [1.0])
    np.testing.assert_allclose(gradient.biases[1], [6.0])
    np.testing.assert_allclose(gradient.weights[1], [[6.0, 0.0]])
    np.testing.assert_allclose(gradient.biases[0], [18.0, 0.0])
