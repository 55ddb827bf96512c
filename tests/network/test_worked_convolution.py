"""A convolution small enough to work out by hand.

One kernel of 2 x 2 and ReLU on an image of 3 x 3, the mean of the feature map, one output.

        ( 1 2 0 )        (  1 0 )
    x = ( 0 1 3 )    k = ( -1 2 )    b = 1        w = 1, no bias, identity        y = 2
        ( 2 0 1 )

Forwards, the kernel over the four places where it fits:
    z = ( 1 + 0 - 0 + 2 + 1   2 + 0 - 1 + 6 + 1 ) = (  4  8 )      a = ( 4 8 )
        ( 0 + 0 - 2 + 0 + 1   1 + 0 - 0 + 2 + 1 )   ( -1  4 )          ( 0 4 )
    mean = 16 / 4 = 4,  output 4,  C = (4 - 2)^2 = 4

Backwards:
    dC/doutput = 2 (4 - 2) = 4,  dC/dw = 4 * 4 = 16,  dC/dmean = 4, and a quarter of it for each a
    dC/dz = ( 1 1 )     the ReLU lets nothing through where z < 0
            ( 0 1 )
    dC/dk = what the kernel saw at those three places, added up
          = ( 1 2 ) + ( 2 0 ) + ( 1 3 ) = ( 4 5 )      dC/db = 1 + 1 + 1 = 3
            ( 0 1 )   ( 1 3 )   ( 0 1 )   ( 1 5 )
    dC/dx = the kernel laid down at those three places, added up
          = (  1 0 0 )   ( 0  1 0 )   ( 0  0 0 )   (  1  1 0 )
            ( -1 2 0 ) + ( 0 -1 2 ) + ( 0  1 0 ) = ( -1  2 2 )
            (  0 0 0 )   ( 0  0 0 )   ( 0 -1 2 )   (  0 -1 2 )
"""

import numpy as np
import pytest

from nnviz.network import (
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    MaxPool2D,
    Network,
)

X, Y = np.array([[[1.0, 2, 0], [0, 1, 3], [2, 0, 1]]]), [2.0]
KERNEL = [[1.0, 0.0], [-1.0, 2.0]]


def network(*pooling: Layer) -> Network:
    convolution = Conv2D([[KERNEL]], [1.0], activation="relu")
    return Network([convolution, *pooling, Dense([[1.0]], [0.0])], input_shape=(1, 3, 3))


def test_forward() -> None:
    forward = network(GlobalAveragePool2D()).forward_pass(X)
    np.testing.assert_array_equal(forward.zs[0], [[[4, 8], [-1, 4]]])
    np.testing.assert_array_equal(forward.activations[1], [[[4, 8], [0, 4]]])
    np.testing.assert_array_equal(forward.activations[2], [4])
    np.testing.assert_array_equal(forward.output, [4])
    assert network(GlobalAveragePool2D()).cost(X, Y) == 4.0


def test_backward() -> None:
    backward = network(GlobalAveragePool2D()).backward_pass(X, Y)
    np.testing.assert_array_equal(backward.activation_gradients[3], [4])
    np.testing.assert_array_equal(backward.errors[0], [[[1, 1], [0, 1]]])
    np.testing.assert_array_equal(
        backward.activation_gradients[0], [[[1, 1, 0], [-1, 2, 2], [0, -1, 2]]]
    )


def test_gradient() -> None:
    gradient = network(GlobalAveragePool2D()).backprop(X, Y)
    (kernels, biases), pooling, (weights, _) = gradient.parts
    np.testing.assert_array_equal(kernels, [[[[4, 5], [1, 5]]]])
    np.testing.assert_array_equal(biases, [3])
    assert pooling == ()
    np.testing.assert_array_equal(weights, [[16]])
    # The order of the vector: kernels row by row, biases, and so on through the layers.
    np.testing.assert_array_equal(gradient.flatten(), [4, 5, 1, 5, 3, 16, 4])


def test_max_pooling_sends_all_to_the_largest() -> None:
    # The largest is 8, above right: C = (8 - 2)^2, dC/dz = 12 there, from the window (2 0, 1 3).
    pooled = network(MaxPool2D(2), Flatten())
    assert pooled.cost(X, Y) == 36.0
    gradient = pooled.backprop(X, Y)
    np.testing.assert_array_equal(gradient.parts[0][0], [[[[24, 0], [12, 36]]]])
    np.testing.assert_array_equal(pooled.backward_pass(X, Y).errors[0], [[[0, 12], [0, 0]]])


# With a margin above and right:
#     0 0 0 0
#     1 2 0 0
#     0 1 3 0
#     2 0 1 0
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"stride": 2}, [[4]]),
        ({"dilation": 2}, [[1 + 0 - 2 + 2 + 1]]),
        (
            {"padding": ((1, 0), (0, 1)), "stride": 2},
            [[0 + 0 - 1 + 4 + 1, 0 + 0 - 0 + 0 + 1], [0 + 0 - 2 + 0 + 1, 3 + 0 - 1 + 0 + 1]],
        ),
        ({"padding": "same", "stride": 2}, [[4, 0 + 0 - 3 + 0 + 1], [2 + 0 + 1, 1 + 0 + 1]]),
    ],
)
def test_options(options: dict, expected: list) -> None:
    layer = Conv2D([[KERNEL]], [1.0], **options)
    z, _ = layer.forward(X[np.newaxis])
    np.testing.assert_array_equal(z[0, 0], expected)
    assert layer.output_shape((1, 3, 3)) == z.shape[1:]
