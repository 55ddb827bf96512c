"""Where a unit looks, against what changes when each pixel is changed."""

import numpy as np
import pytest

from nnviz.network import (
    Activate,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    MaxPool2D,
    Network,
    NetworkError,
    Pad,
)

RNG = np.random.RandomState(3)


def conv(*shape, **options):
    # Positive, so that no two changes make up for each other and no ReLU is silent.
    return Conv2D(RNG.rand(*shape) + 0.1, np.ones(shape[0]), **options)


def norm(n):
    return BatchNorm(np.ones(n), np.zeros(n))


STACKS = {
    "plain": ([conv(2, 1, 3, 3)], (1, 7, 6)),
    "stride": ([conv(2, 1, 3, 2, stride=(2, 3))], (1, 8, 9)),
    "padding": ([conv(1, 2, 3, 3, padding=1)], (2, 5, 5)),
    "one-sided padding": ([conv(1, 1, 3, 3, padding=((2, 0), (0, 1)))], (1, 5, 6)),
    "same, even": ([conv(1, 1, 4, 4, padding="same", stride=2)], (1, 7, 8)),
    "dilation": ([conv(1, 1, 3, 3, dilation=(2, 3), padding=2)], (1, 9, 10)),
    "1 x 1": ([conv(3, 3, 1, 1)], (3, 4, 4)),
    "groups": ([conv(4, 1, 3, 3, groups=2)], (2, 5, 5)),
    "one row": ([conv(2, 1, 1, 5, stride=(1, 2)), MaxPool2D((1, 2))], (1, 1, 30)),
    "max": ([MaxPool2D(3, stride=2, padding=1)], (2, 7, 7)),
    "mean": ([AveragePool2D((2, 3), padding=(0, 1))], (2, 6, 6)),
    "all": ([conv(2, 1, 3, 3), GlobalAveragePool2D()], (1, 6, 5)),
    "deep": (
        [
            conv(3, 1, 3, 3, padding=1, activation="relu"),
            norm(3),
            MaxPool2D(2),
            conv(2, 3, 3, 3, dilation=2, padding="same"),
            Activate("relu"),
            Dropout(0.5),
            AveragePool2D(2, stride=1),
        ],
        (1, 12, 14),
    ),
    "all in the padding": (
        [conv(1, 1, 3, 3), conv(1, 1, 2, 2, padding=3, activation="relu")],
        (1, 6, 6),
    ),
    "gaps": ([conv(1, 1, 1, 1, stride=3), conv(1, 1, 2, 2, stride=2)], (1, 13, 16)),
}


@pytest.mark.parametrize("name", STACKS)
def test_a_field_is_what_changes_the_unit(name):
    layers, shape = STACKS[name]
    network = Network(layers, "quadratic", shape)
    x = RNG.rand(*shape)
    out = network.feedforward(x)
    depends = np.zeros((*out.shape, *shape[1:]), dtype=bool)
    for r, c in np.ndindex(shape[1:]):
        changed = x.copy()
        changed[:, r, c] += 50.0
        depends[..., r, c] = ~np.isclose(network.feedforward(changed), out, atol=1e-9, rtol=0)
    if out.ndim == 1:
        depends = depends[:, None, None]
    for row, column in np.ndindex(depends.shape[1:3]):
        field = network.receptive_field(len(layers) - 1, row, column)
        expected = np.zeros(shape[1:], dtype=bool)
        expected[np.ix_(*field.inside)] = True
        assert (depends[:, row, column].any(axis=0) == expected).all()


@pytest.mark.parametrize("name", ["padding", "one-sided padding", "same, even", "dilation"])
def test_what_a_field_sees_times_the_kernel_is_the_weighted_input(name):
    (layer,), shape = STACKS[name]
    x = RNG.randn(*shape)
    z = Network([layer], "quadratic", shape).forward_pass(x).zs[0]
    for channel, row, column in np.ndindex(z.shape):
        field = layer.receptive_field(row, column, shape)
        seen = field.of(x[list(layer.input_channels(channel))])
        products = layer.kernels[channel] * seen
        assert products.sum() + layer.biases[channel] == pytest.approx(z[channel, row, column])


def test_a_field_says_what_lies_in_the_padding():
    field = conv(1, 1, 3, 3, padding=2, dilation=2).receptive_field(0, 4, (1, 6, 6))
    assert field.rows == (-2, 0, 2)
    assert field.columns == (2, 4, 6)
    assert field.padding == ((1, 0), (0, 1))
    assert field.inside == ((0, 2), (2, 4))
    assert field.is_inside.tolist() == [[False] * 3, [True, True, False], [True, True, False]]
    seen = field.of(np.arange(36.0).reshape(6, 6), padding=-1)
    assert seen.tolist() == [[-1, -1, -1], [2, 4, -1], [14, 16, -1]]


@pytest.mark.parametrize(
    ("row", "column", "rows", "columns"),
    [
        (0, 0, (), ()),  # In the margin by row and by column,
        (0, 2, (), ()),  # by row alone,
        (1, 0, (), ()),  # by column alone,
        (3, 3, (), ()),
        (1, 1, (0,), (0,)),
        (1, 2, (0,), (1,)),
        (2, 3, (1,), (2,)),
    ],
)
def test_a_constant_margin_sees_no_pixel(row, column, rows, columns):
    # Margins: 1 above and below, 1 at the left, and none at the right of 2 x 3 pixels.
    pad = Pad(((1, 1), (1, 0)), value=9.0)
    image = np.arange(6.0).reshape(2, 3)
    field = pad.receptive_field(row, column, (1, 2, 3))
    assert (field.rows, field.columns) == (rows, columns)
    z, _ = pad.forward(image[None, None])
    assert z[0, 0, row, column] == (image[rows[0], columns[0]] if rows else 9.0)


def test_channels_of_groups_and_of_poolings():
    grouped = conv(6, 2, 3, 3, groups=3)
    assert [list(grouped.input_channels(k)) for k in range(6)] == [
        [0, 1],
        [0, 1],
        [2, 3],
        [2, 3],
        [4, 5],
        [4, 5],
    ]
    assert list(MaxPool2D(2).input_channels(4)) == [4]
    with pytest.raises(NetworkError, match="no channel 6: there are 6"):
        grouped.input_channels(6)


def test_a_field_is_asked_for_from_any_layer_on():
    layers, shape = STACKS["deep"]
    network = Network(layers, "quadratic", shape)
    assert network.receptive_field(3, 1, 1, of=3) == layers[3].receptive_field(1, 1, (3, 6, 7))
    assert network.receptive_field(2, 1, 1, of=1) == network[1:].receptive_field(1, 1, 1)


def test_units_that_have_no_field_are_named():
    network = Network(
        [conv(2, 1, 3, 3), Flatten(), Dense(np.ones((1, 32)), [0.0])], "quadratic", (1, 6, 6)
    )
    with pytest.raises(NetworkError, match=r"layers\[2\], dense: dense has no receptive fields"):
        network.receptive_field(2, 0, 0)
    with pytest.raises(NetworkError, match=r"layers\[0\], conv2d: no unit \(4, 0\) in a map of 4"):
        network.receptive_field(0, 4, 0)
    with pytest.raises(NetworkError, match=r"no layers\[5\]: there are 3"):
        network.receptive_field(5, 0, 0)
    with pytest.raises(NetworkError, match="have no rows and columns"):
        Activate("relu").receptive_field(0, 0, (4,))
