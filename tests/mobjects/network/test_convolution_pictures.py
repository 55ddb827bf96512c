"""Convolutions on screen: where units look, kernels, products and sums, and that all fits."""

from contextlib import suppress

import numpy as np
import pytest
from manim import Text, VGroup, config
from tests.mobjects.boxes import assert_apart, box

from nnviz._manim import temp_config
from nnviz.mobjects.network import (
    ConvolutionSum,
    KernelGrid,
    NetworkMobject,
    NetworkStyle,
    ReceptiveFieldMobject,
)
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.pixel_image import PixelImage
from nnviz.network import (
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePool2D,
    MaxPool2D,
    Network,
    NetworkError,
)

pytestmark = pytest.mark.slow


def conv(n_in, n_out, size, seed=0, activation="relu", **options):
    drawn = Conv2D.random(
        n_in, n_out, size, np.random.RandomState(seed), activation=activation, **options
    )
    return drawn.replace(biases=np.random.RandomState(seed + 1).randn(n_out))


def chain(layers, shape):
    return Network(layers, "quadratic", shape)


@pytest.fixture
def network():
    layers = [
        conv(1, 4, 3, padding=1),
        MaxPool2D(2),
        conv(4, 8, 3, stride=2, activation="tanh"),
        GlobalAveragePool2D(),
        Dense(np.ones((2, 8)), [0.0, 0.0]),
    ]
    return chain(layers, (1, 14, 18))


@pytest.fixture
def x(network):
    return np.random.RandomState(7).rand(*network.input_shape)


def pixel_corners(image, rows, columns):
    """Return upper left and lower right corner of a block of pixels."""
    height, width = image.pixels.shape[:2]
    (left, bottom), (right, top) = box(image)
    xs = left + (right - left) * np.array([columns[0], columns[-1] + 1]) / width
    ys = top - (top - bottom) * np.array([rows[0], rows[-1] + 1]) / height
    return xs, ys


def assert_around(square, image, rows, columns):
    xs, ys = pixel_corners(image, rows, columns)
    (left, bottom), (right, top) = box(square)
    assert [left, right] == pytest.approx(xs)
    assert [top, bottom] == pytest.approx(ys)


# Where units look


def test_a_receptive_field_is_drawn_where_the_engine_says(network):
    net = NetworkMobject(network)
    net.show_receptive_field(3, channel=1, row=0, column=2)
    (mark,) = net.connections[2]
    field = network.receptive_field(2, 0, 2, of=2)
    assert len(mark.windows) == 4  # one on each map before
    for square, one in zip(mark.windows, net.layers[2].maps, strict=True):
        assert_around(square, one[0], field.rows, field.columns)
    target = net.layers[3].maps[1][0]
    assert_around(mark.unit, target, [0], [2])
    assert mark.lines.ends == pytest.approx(mark.unit.points[[0, 4, 8, 12]])


def test_lines_come_from_the_nearest_map(network):
    net = NetworkMobject(network).show_receptive_field(3, channel=7, row=1, column=1)
    (mark,) = net.connections[2]
    lowest = mark.windows[3]
    assert mark.lines.starts == pytest.approx(lowest.points[[0, 4, 8, 12]])


def test_a_pooling_looks_at_its_own_channel_and_a_group_at_its_own():
    net = NetworkMobject(chain([MaxPool2D(2), conv(4, 4, 3, groups=2)], (4, 12, 12)))
    net.show_receptive_field(1, channel=3, row=2, column=0)
    (pooling,) = net.connections[0]
    (square,) = pooling.windows
    assert_around(square, net.layers[0].maps[3][0], [4, 5], [0, 1])
    net.show_receptive_field(2, channel=2, row=0, column=0)
    assert len(net.connections[1][0].windows) == 2
    assert_around(net.connections[1][0].windows[0], net.layers[1].maps[2][0], [0, 2], [0, 2])


def test_what_lies_in_the_padding_is_not_drawn(network):
    net = NetworkMobject(network).show_receptive_field(1, channel=0, row=0, column=0)
    assert_around(net.connections[0][0].windows[0], net.layers[0].maps[0][0], [0, 1], [0, 1])


def test_a_dilated_window_has_a_square_for_each_pixel():
    net = NetworkMobject(chain([conv(1, 1, 3, dilation=(2, 3))], (1, 12, 12)))
    net.show_receptive_field(1, channel=0, row=1, column=2)
    square, image = net.connections[0][0].windows[0], net.layers[0].maps[0][0]
    assert_around(square, image, [1, 5], [2, 8])
    _, *pixels = square.points.reshape(-1, 16, 3)  # four sides of four points each
    places = [(row, column) for row in (1, 3, 5) for column in (2, 5, 8)]
    for (row, column), path in zip(places, pixels, strict=True):
        xs, ys = pixel_corners(image, [row], [column])
        assert [path[:, 0].min(), path[:, 0].max()] == pytest.approx(xs)
        assert [path[:, 1].max(), path[:, 1].min()] == pytest.approx(ys)


def test_a_global_pooling_looks_at_a_whole_map_from_a_neuron(network):
    net = NetworkMobject(network).show_receptive_field(4, channel=6)
    (mark,) = net.connections[3]
    image = net.layers[3].maps[3][0]
    assert_around(mark.windows[0], image, [0, 2], [0, 3])
    neuron = net.layers[4].neurons[6]
    distances = np.linalg.norm(mark.lines.ends - neuron.get_center(), axis=1)
    assert distances == pytest.approx([neuron.width / 2] * 4)
    assert not mark.unit.has_points()


def test_every_layer_with_windows_has_a_receptive_field_until_it_is_hidden(network):
    net = NetworkMobject(network)
    assert [len(group) for group in net.connections] == [1, 1, 1, 1, 0]
    assert all(isinstance(net.connections[k][0], ReceptiveFieldMobject) for k in range(4))
    net.hide_receptive_fields([2])
    assert [len(group) for group in net.connections] == [1, 0, 1, 1, 0]
    net.hide_receptive_fields()
    assert [len(group) for group in net.connections] == [0, 0, 0, 0, 0]
    net.copy().show_receptive_field(2)
    assert len(net.connections[1]) == 0


def test_a_field_follows_the_network_that_was_moved_and_scaled(network):
    net = NetworkMobject(network).scale(0.6).shift([1, -1, 0])
    net.show_receptive_field(3, channel=0, row=1, column=1)
    field = network.receptive_field(2, 1, 1, of=2)
    image = net.layers[2].maps[0][0]
    assert_around(net.connections[2][0].windows[0], image, field.rows, field.columns)


def test_units_that_cannot_be_shown_are_named(network):
    net = NetworkMobject(network)
    with pytest.raises(ValueError, match="dense do not look through a window"):
        net.show_receptive_field(5)
    with pytest.raises(ValueError, match="layer 0 is the input"):
        net.show_receptive_field(0)
    with pytest.raises(IndexError, match="no layer 9"):
        net.show_receptive_field(9)
    with pytest.raises(NetworkError, match=r"no unit \(99, 0\) in a map of 14 x 18"):
        net.show_receptive_field(1, row=99, column=0)
    with pytest.raises(ValueError, match="channel 4 is not shown: of 8 the channels 0, 1, 2, 6, 7"):
        net.show_receptive_field(3, channel=4)
    assert [len(group) for group in net.connections] == [1, 1, 1, 1, 0]
    deep = NetworkMobject(chain([conv(12, 12, 3, groups=4)], (12, 6, 6)))
    with pytest.raises(ValueError, match="channel 9 is not shown"):
        deep.show_receptive_field(1, channel=9)
    hidden = NetworkMobject(chain([conv(30, 3, 3, groups=3)], (30, 6, 6)))
    with pytest.raises(ValueError, match=r"looks at channels 10 to 19 .* none is shown"):
        hidden.show_receptive_field(1, channel=1)


# Kernels


def test_kernels_have_the_colours_of_edges(network):
    layer = network.layers[2]
    grid = KernelGrid(layer)
    assert grid.outputs == (0, 1, 2, 6, 7)
    assert grid.inputs == (0, 1, 2, 3)
    style = NetworkStyle()
    limit = np.abs(layer.kernels).max()
    back = config.background_color.to_rgb()
    for output in grid.outputs:
        for entry in grid.inputs:
            for place, weight in np.ndenumerate(layer.kernels[output, entry]):
                full = style.positive_color if weight > 0 else style.negative_color
                wanted = back + abs(weight) / limit * (full.to_rgb() - back)
                shown = grid.kernel(output, entry).image[place]
                assert shown == pytest.approx(wanted, abs=0.003)
    with pytest.raises(IndexError, match="no kernel from channel 0 to 4 is shown"):
        grid.kernel(4, 0)


def test_kernels_stand_in_columns_of_outputs_and_rows_of_inputs(network):
    grid = KernelGrid(network.layers[2], height=0.4)
    first, right, below = grid.kernel(0, 0), grid.kernel(1, 0), grid.kernel(0, 1)
    assert first.height == pytest.approx(0.4)
    assert right.get_center()[0] > first.get_center()[0]
    assert right.get_center()[1] == pytest.approx(first.get_center()[1])
    assert below.get_center()[1] < first.get_center()[1]
    assert_apart([*grid[0], *grid.dots])
    assert len(grid.dots) == 1  # outputs alone are not all shown


def test_kernels_follow_the_weights_shown(network):
    net = NetworkMobject(network, max_maps=3).show_kernels(1)
    changed = network.step(network.backprop(np.ones(network.input_shape), [1.0, 0.0]), 2.0)
    wanted = KernelGrid(changed.layers[0], net.style).kernel(3, 0).pixels
    assert (net.kernels[1][0].kernel(3, 0).pixels != wanted).any()
    net.show_weights(changed)
    assert (net.kernels[1][0].kernel(3, 0).pixels == wanted).all()
    net.hide_kernels()
    assert [len(group) for group in net.kernels] == [0] * 6


def test_animated_weights_end_with_their_kernels(network):
    net = NetworkMobject(network, max_maps=3).show_kernels(1)
    changed = network.step(network.backprop(np.ones(network.input_shape), [1.0, 0.0]), 2.0)
    play = net.animate.show_weights(changed).build()
    play.begin()
    play.interpolate(1)
    play.finish()
    wanted = KernelGrid(changed.layers[0], net.style).kernel(3, 0).pixels
    assert (net.kernels[1][0].kernel(3, 0).pixels == wanted).all()


def test_kernels_say_when_there_is_no_room_or_they_are_none(network):
    with pytest.raises(ValueError, match="layer 2 is max_pool2d, which has no kernels"):
        NetworkMobject(network).show_kernels(2)
    full = NetworkMobject(network, fit=(14.2, 8), map_height=3.0, map_buff=0.0)
    with pytest.raises(ValueError, match="there is no room for the kernels of layer 3 beside"):
        full.show_kernels(3)
    assert not len(VGroup(*full.kernels).family_members_with_points())


# Products and sums


def numbers(group):
    return np.array([number.number for number in group])


def test_a_sum_is_the_engines_number_by_number(network, x):
    figure = ConvolutionSum(network, 2, x, channel=5, row=1, column=2, max_channels=4)
    forward = network.forward_pass(x)
    seen = forward.activations[2][:, 2:5, 4:7]  # by hand: stride 2, no padding
    kernel = network.layers[2].kernels[5]
    for k in range(4):
        for grid, wanted in (
            (figure.windows[k], seen[k]),
            (figure.kernels[k], kernel[k]),
            (figure.products[k], seen[k] * kernel[k]),
        ):
            assert numbers(grid.numbers) == pytest.approx(wanted.ravel(), abs=0.05)
    z, a = forward.zs[2][5, 1, 2], forward.activations[3][5, 1, 2]
    bias = network.layers[2].biases[5]
    assert numbers(figure.total) == pytest.approx([(seen * kernel).sum(), bias, z, a])
    assert (seen * kernel).sum() + bias == pytest.approx(z)


def test_padding_counts_as_0_in_a_convolution_and_is_faint(network, x):
    figure = ConvolutionSum(network, 0, x, channel=2, row=0, column=0)
    shown = numbers(figure.windows[0].numbers).reshape(3, 3)
    assert shown[1:, 1:] == pytest.approx(x[0, :2, :2])
    assert (shown[0] == 0).all()
    assert (shown[:, 0] == 0).all()
    opacities = [number.get_fill_opacity() for number in figure.windows[0].numbers]
    assert opacities == [0.45, 0.45, 0.45, 0.45, 1, 1, 0.45, 1, 1]
    assert figure.total[2].number == pytest.approx(network.forward_pass(x).zs[0][2, 0, 0])


def test_the_largest_of_a_window_is_marked(network, x):
    figure = ConvolutionSum(network, 1, x, channel=3, row=4, column=5)
    seen = network.forward_pass(x).activations[1][3, 8:10, 10:12]
    row, column = np.unravel_index(seen.argmax(), seen.shape)
    mark = figure[0][0][1]
    assert mark.get_center() == pytest.approx(figure.windows[0].middle(row, column))
    assert numbers(figure.total) == pytest.approx([seen.max()])
    assert figure.kernels == []
    assert figure.products == []


def test_a_mean_is_the_sum_over_how_many_count():
    network = chain([AveragePool2D(3, stride=2, padding=1)], (1, 8, 8))
    x = np.random.RandomState(2).rand(1, 8, 8)
    figure = ConvolutionSum(network, 0, x, channel=0, row=0, column=0)
    assert numbers(figure.total) == pytest.approx([x[0, :2, :2].sum(), 4, x[0, :2, :2].mean()])
    assert [number.get_fill_opacity() for number in figure.windows[0].numbers][:4] == [0] * 4
    figure.show_unit(0, 1, 1)
    assert numbers(figure.total)[1:] == pytest.approx([9, x[0, 1:4, 1:4].mean()])


def test_a_global_mean_is_over_the_whole_map(network, x):
    figure = ConvolutionSum(network, 3, x, channel=2)
    pixels = network.forward_pass(x).activations[3][2]
    assert numbers(figure.total) == pytest.approx([pixels.sum(), pixels.size, pixels.mean()])


def test_another_unit_is_shown_in_place(network, x):
    figure = ConvolutionSum(network, 2, x, channel=0, row=0, column=0)
    other = ConvolutionSum(network, 2, x, channel=7, row=2, column=3)
    digits = [number for grid in figure.windows for number in grid.numbers]
    figure.show_unit(7, 2, 3)
    assert numbers(figure.total) == pytest.approx(numbers(other.total))
    for one, another in zip(figure.products, other.products, strict=True):
        assert numbers(one.numbers) == pytest.approx(numbers(another.numbers))
        assert (one.image.pixels == another.image.pixels).all()
    assert digits == [number for grid in figure.windows for number in grid.numbers]


def test_numbers_are_left_out_or_refused_where_they_cannot_be_read(network, x):
    small = ConvolutionSum(network, 2, x, fit=(2.0, 1.5))
    assert not small.has_numbers
    assert small.width <= 2 + 1e-6
    assert small.height <= 1.5 + 1e-6
    with pytest.raises(ValueError, match="no room for numbers of 2 decimals in windows of 3 x 3"):
        ConvolutionSum(network, 2, x, fit=(2.0, 1.5), decimals=2)
    assert ConvolutionSum(network, 2, x).has_numbers


def test_sums_of_what_is_no_unit_are_named(network, x):
    with pytest.raises(ValueError, match="dense do not look through a window"):
        ConvolutionSum(network, 4, x)
    with pytest.raises(ValueError, match=r"conv2 has no unit \(8, 1, 2\)"):
        ConvolutionSum(network, 2, x, channel=8)
    with pytest.raises(NetworkError, match=r"conv2 has no unit \(0, 3, 0\)"):
        ConvolutionSum(network, 2, x, row=3, column=0)
    with pytest.raises(ValueError, match=r"such as x\[0\]"):
        ConvolutionSum(network, 2, x[None])
    with pytest.raises(ValueError, match=r"no layers\[5\]"):
        ConvolutionSum(network, 5, x)


@pytest.mark.every(6)
@pytest.mark.parametrize("seed", range(8))
def test_nothing_in_a_sum_overlaps_and_numbers_stay_in_their_cells(seed):
    rng = np.random.RandomState(seed)
    n_in, size = rng.randint(1, 6), rng.randint(1, 6)
    layer = conv(n_in, 3, size, seed, "identity" if seed % 2 else "tanh")
    network = chain([layer], (n_in, 9, 9))
    figure = ConvolutionSum(network, 0, rng.randn(n_in, 9, 9) * 3, max_channels=3)
    grids = [*figure.windows, *figure.kernels, *figure.products]
    signs = [part for line in figure[0] for part in line[3:]]
    words = [*figure[2], *figure.total, *figure[4][0], *figure[4][1]]
    assert_apart([*grids, *signs, *figure[1], *words])
    assert figure.width <= config.frame_width
    assert figure.height <= config.frame_height
    for row, column in np.ndindex(9 - size + 1, 9 - size + 1):
        figure.show_unit(1, row, column)
        for grid in grids:
            side = grid.image.width / grid.shape[1]
            for number in grid.numbers:
                assert number.width < side
                assert number.height < side


# All of it


def random_network(seed):
    rng = np.random.RandomState(seed)
    shape = [int(rng.choice([1, 2, 3, 5])), int(rng.choice([1, 9, 20, 33])), rng.randint(9, 60)]
    layers, first = [], tuple(shape)
    for _ in range(rng.randint(1, 7)):
        channels, rows, columns = shape
        size = (min(rng.randint(1, 6), rows), min(rng.randint(1, 6), columns))
        kind = rng.randint(4)
        if kind == 0:
            pool = (min(2, rows), min(2, columns))
            layer = (MaxPool2D, AveragePool2D)[rng.randint(2)](pool)
        elif kind == 1:
            layer = BatchNorm(np.ones(channels), np.zeros(channels))
        else:
            n_out = int(rng.choice([1, 3, 8, 64]))
            options = {"padding": "same"} if rng.rand() < 0.5 else {"stride": rng.randint(1, 3)}
            layer = conv(channels, n_out, size, seed, ("relu", "tanh")[rng.randint(2)], **options)
        layers.append(layer)
        shape = list(layer.output_shape(tuple(shape)))
    end = rng.randint(3)
    if end:
        layers.append((Flatten(), GlobalAveragePool2D())[end - 1])
        width = layers[-1].output_shape(tuple(shape))[0]
        layers.append(_dense(rng, width))
    return chain(layers, first)


def _dense(rng, width):
    n_out = rng.randint(2, 11)
    return Dense(rng.randn(n_out, width), np.zeros(n_out))


def crosses(line_points, low, high):
    return ((line_points > low + 1e-3) & (line_points < high - 1e-3)).all(axis=1).any()


@pytest.mark.every(6)
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("seed", range(25))
def test_random_networks_fit_the_frame_and_nothing_overlaps(seed, direction):
    network = random_network(seed)
    net = NetworkMobject(network, direction=direction)
    for k, layer in enumerate(network.layers, start=1):
        if isinstance(layer, Conv2D):
            with suppress(ValueError):  # there may be no room
                net.show_kernels(k)
    low, high = box(net)
    assert (np.abs([low, high]) <= np.array([config.frame_width, config.frame_height]) / 2).all()
    parts = [part for layer in net.layers for part in layer.body]
    parts += [layer.size_label for layer in net.layers if layer.size_label.has_points()]
    parts += [text for layer in net.layers for text in layer.size_label if isinstance(text, Text)]
    parts += [dots for layer in net.layers for dots in layer.dots]
    kernels = [grid for group in net.kernels for grid in group]
    assert_apart([*parts, *kernels])
    lines = [
        net.edges,
        *(
            mark.lines
            for group in net.connections
            for mark in group
            if isinstance(mark, ReceptiveFieldMobject)
        ),
    ]
    for grid in kernels:
        low, high = box(grid)
        for edges in lines:
            shares = np.linspace(0, 1, 200)[:, None, None]
            points = edges.starts + shares * (edges.ends - edges.starts)
            assert not crosses(points.reshape(-1, 3)[:, :2], low, high)


def test_a_long_map_is_stretched_to_be_seen():
    net = NetworkMobject(chain([conv(1, 3, (1, 5))], (1, 1, 100)))
    for one in (net.layers[0].maps[0], net.layers[1].maps[0]):
        assert one.width / one.height == pytest.approx(8, rel=0.01)
    square = NetworkMobject(chain([conv(1, 3, 3)], (1, 24, 32)))
    image = square.layers[0].maps[0]
    assert image.width / image.height == pytest.approx(32 / 24, rel=0.01)


def test_on_a_light_background_kernels_fade_to_it(network):
    with temp_config({"background_color": "WHITE"}):
        layer = network.layers[0].replace(kernels=np.zeros_like(network.layers[0].kernels))
        grid = KernelGrid(layer)
    assert (grid.kernel(0, 0).pixels == 255).all()
    assert isinstance(grid.kernel(0, 0), PixelImage)
    assert isinstance(NetworkMobject(network).connections[0][0].lines, EdgeArray)
