"""A convolution on screen, position by position, against the engine."""

import numpy as np
import pytest
from manim import AnimationGroup, Scene
from manim.camera.camera import Camera

from nnviz._manim import temp_config
from nnviz.animations.convolve import Convolve, Progress
from nnviz.mobjects.network import ConvolutionSum, NetworkMobject, ReceptiveFieldMobject
from nnviz.network import (
    AveragePool2D,
    Conv2D,
    Dense,
    GlobalAveragePool2D,
    MaxPool2D,
    Network,
)


@pytest.fixture
def network():
    rng = np.random.RandomState(4)

    def conv(n_in, n_out, **options):
        return Conv2D(rng.randn(n_out, n_in, 3, 3), rng.randn(n_out), **options)

    layers = [
        conv(1, 3, padding=1, activation="relu"),
        MaxPool2D(2),
        conv(3, 4, activation="tanh"),
        AveragePool2D(2, stride=1),
        GlobalAveragePool2D(),
        Dense(rng.randn(2, 4), np.zeros(2)),
    ]
    return Network(layers, "quadratic", (1, 10, 12))


@pytest.fixture
def x(network):
    return np.random.RandomState(7).rand(*network.input_shape)


@pytest.fixture
def net(network):
    return NetworkMobject(network, fit=(13, 4))


def image(net, layer, channel):
    return net.layers[layer].maps[channel][0].pixels


def full_image(net, layer, channel, activations):
    return image(net.copy().show_activations(activations), layer, channel)


def parts_of(play, kind):
    return [one.mobject for one in play.animations if isinstance(one.mobject, kind)]


@pytest.mark.every(5)
@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_in_the_end_the_map_shows_the_engines_activations(net, network, x, layer):
    forward = network.forward_pass(x)
    play = Convolve(net, layer, x, channel=1)
    play.begin()
    play.interpolate(1)
    play.finish()
    assert (image(net, layer, 1) == full_image(net, layer, 1, forward)).all()
    assert not image(net, layer, 0).any()  # the others are as they were
    for channel in range(len(net.layers[layer - 1].maps)):
        shown = image(net, layer - 1, channel)
        assert (shown == full_image(net, layer - 1, channel, forward)).all()


def test_all_channels_fill_in_if_asked(net, network, x):
    play = Convolve(net, 3, x, all_channels=True)
    play.begin()
    play.interpolate(1)
    for channel in range(4):
        full = full_image(net, 3, channel, network.forward_pass(x))
        assert (image(net, 3, channel) == full).all()


def test_a_channels_mean_fills_its_neuron(net, network, x):
    forward = network.forward_pass(x)
    wanted = net.copy().show_activations(forward).layers[5].neurons[2].get_fill_opacity()
    play = Convolve(net, 5, x, channel=2)
    play.begin()
    play.interpolate(0.1)
    assert net.layers[5].neurons[2].get_fill_opacity() == 0
    play.interpolate(1)
    assert net.layers[5].neurons[2].get_fill_opacity() == pytest.approx(wanted)
    assert wanted > 0
    assert net.layers[5].neurons[1].get_fill_opacity() == 0


def test_pixels_come_one_by_one_with_the_window_and_the_sum(net, network, x):
    forward = network.forward_pass(x)
    full = full_image(net, 1, 2, forward).reshape(120, -1)
    first = [50, 51, 17]
    play = Convolve(net, 1, x, channel=2, slow=[divmod(k, 12) for k in first])
    play.begin()
    progress = Progress(120, range(3))
    order = [*first, *(k for k in range(120) if k not in first)]
    (figure,) = parts_of(play, ConvolutionSum)
    slides = [
        mark for mark in parts_of(play, ReceptiveFieldMobject) if mark not in net.connections[0]
    ]
    for alpha in np.linspace(0, 1, 60):
        play.interpolate(alpha)
        position, share = progress.at(alpha)
        row, column = divmod(order[position], 12)
        done = position + (share >= 0.85 or position >= 3)
        shown = image(net, 1, 2).reshape(120, -1)
        assert (shown[order[:done]] == full[order[:done]]).all()
        assert not shown[order[done:]].any()
        # The sum before is there until the window has moved.
        is_moving = 0 < position < 3 and share < 0.25
        of = (2, *divmod(order[position - is_moving], 12))
        assert figure.total[2].number == pytest.approx(forward.zs[0][of])
        assert figure.total[3].number == pytest.approx(forward.activations[1][of])
        if position >= 3 or share >= 0.25:
            target = net.layers[1].maps[2][0]
            left, top = target.get_corner([-1, 1, 0])[:2]
            side = target.width / 12
            middle = slides[0].unit.get_center()
            assert middle[:2] == pytest.approx(
                [left + (column + 0.5) * side, top - (row + 0.5) * side]
            )
            # The window's middle is where the unit's is, in an image of the same size.
            source = net.layers[0].maps[0][0]
            left, top = source.get_corner([-1, 1, 0])[:2]
            side = source.width / 12
            assert slides[0].windows[0].get_center()[:2] == pytest.approx(
                [left + (column + 0.5) * side, top - (row + 0.5) * side]
            )


def test_it_begins_where_there_is_something_to_be_seen(net, network):
    dot = np.zeros(network.input_shape)
    dot[0, 6, 6:9] = 1.0  # a short stroke
    play = Convolve(net, 1, dot, slow=3)
    play.begin()
    (figure,) = parts_of(play, ConvolutionSum)
    zs = network.forward_pass(dot).zs[0][0]
    for alpha in (0.15, 0.35, 0.5):  # in the three slow positions
        play.interpolate(alpha)
        places = np.argwhere(np.isclose(zs, figure.total[2].number))
        windows = [dot[0, r - 1 : r + 2, c - 1 : c + 2] for r, c in places]
        assert max(window.sum() for window in windows) >= 2
    blank = Convolve(net, 1, np.zeros(network.input_shape), slow=3)
    blank.begin()
    blank.interpolate(0.1)
    (mark,) = (
        one for one in parts_of(blank, ReceptiveFieldMobject) if one not in net.connections[0]
    )
    left, top = net.layers[1].maps[0][0].get_corner([-1, 1, 0])[:2]
    assert mark.unit.get_corner([-1, 1, 0])[:2] == pytest.approx([left, top])


def pixels_of(net, play):
    camera = Camera()
    camera.capture_mobjects([net, *(one.mobject for one in play.animations if one.is_introducer())])
    return camera.pixel_array.copy()


def test_a_frame_depends_on_its_time_alone(net, x):
    with temp_config({"pixel_width": 426, "pixel_height": 240}):
        play = Convolve(net, 3, x, channel=1)
        play.begin()
        play.interpolate(0.35)
        first = pixels_of(net, play)
        for alpha in (0.9, 0.02, 0.7, 0.35):
            play.interpolate(alpha)
        assert np.abs(pixels_of(net, play).astype(int) - first).max() <= 1
        play.interpolate(0.7)
        assert (pixels_of(net, play) != first).any()


def test_no_mobject_is_made_while_it_plays(net, x):
    play = Convolve(net, 1, x, channel=1)
    play.begin()
    (figure,) = parts_of(play, ConvolutionSum)
    before = [id(one) for grid in figure.windows for one in grid.numbers]
    before += [id(one) for one in (*figure.total, *figure[0])]
    for alpha in (0.1, 0.5, 0.8, 1):
        play.interpolate(alpha)
    after = [id(one) for grid in figure.windows for one in grid.numbers]
    after += [id(one) for one in (*figure.total, *figure[0])]
    assert after == before


def test_the_first_positions_are_slow_and_the_others_ever_quicker():
    progress = Progress(100, range(4))
    alphas = np.linspace(0, 1, 20001)
    reached = np.array([progress.at(alpha)[0] for alpha in alphas])
    starts = alphas[np.searchsorted(reached, np.arange(100))]
    times = np.diff(starts)
    assert times[1:4] == pytest.approx([0.92 * 0.6 / 4] * 3, abs=1e-4)
    assert (np.diff(times[4:]) <= 1e-4 + 1e-9).all()
    assert times[4] > 5 * times[-1]
    assert progress.at(0) == (0, 0)
    assert progress.at(1) == (99, 1)


@pytest.mark.parametrize(
    ("count", "slow"), [(1, []), (1, [0]), (5, range(5)), (7, [6, 2]), (9, [])]
)
def test_every_position_is_reached_in_order(count, slow):
    progress = Progress(count, slow)
    reached = [progress.at(alpha)[0] for alpha in np.linspace(0, 1, 5000)]
    assert sorted(set(reached)) == list(range(count))
    assert reached == sorted(reached)
    assert [k for k in range(count) if progress.is_slow(k)] == sorted(slow)


def test_what_slides_and_the_sum_are_gone_afterwards_and_the_field_is_back(net, x):
    with temp_config({"dry_run": True, "frame_rate": 10, "pixel_width": 160, "pixel_height": 90}):
        scene = Scene()
        scene.add(net)
        opacity = net.connections[0][0].unit.get_stroke_opacity()
        scene.play(Convolve(net, 1, x, channel=0, run_time=1))
        assert scene.mobjects == [net]
        assert net.connections[0][0].unit.get_stroke_opacity() == opacity
        figure = ConvolutionSum(net.network, 0, x, fit=(4, 3))
        scene.play(Convolve(net, 1, x, channel=2, figure=figure, run_time=1))
        assert figure in scene.mobjects
        assert figure.total[2].number == pytest.approx(net.network.forward_pass(x).zs[0][2, -1, -1])


def test_it_plays_together_with_others(net, network, x):
    changed = network.step(network.backprop(x, [1.0, 0.0]), 0.5)
    with temp_config({"dry_run": True, "frame_rate": 10, "pixel_width": 160, "pixel_height": 90}):
        scene = Scene()
        scene.add(net)
        play = Convolve(net, 2, x, channel=0)
        scene.play(AnimationGroup(play, net.animate.show_weights(changed)), run_time=1)
    assert (image(net, 2, 0) == full_image(net, 2, 0, network.forward_pass(x))).all()
    assert net.network is changed


def test_the_sum_stands_in_the_frame_and_touches_nothing(net, x):
    play = Convolve(net, 3, x, channel=0)
    (figure,) = parts_of(play, ConvolutionSum)
    assert figure.has_numbers
    low, high = (figure.get_corner([s, s, 0])[:2] for s in (-1, 1))
    assert (np.abs([low, high]) < [7.1, 4]).all()
    for layer in net.layers:
        for part in layer.body:
            bottom, top = (part.get_corner([s, s, 0])[:2] for s in (-1, 1))
            assert not ((np.minimum(high, top) - np.maximum(low, bottom)) > 0).all()


def test_without_a_sum_there_is_none(net, x):
    assert not parts_of(Convolve(net, 1, x, figure=False), ConvolutionSum)


def test_what_cannot_be_convolved_is_named(net, x):
    with pytest.raises(ValueError, match="layers 1 to 6 can be convolved into, not 0"):
        Convolve(net, 0, x)
    with pytest.raises(ValueError, match="dense do not look through a window"):
        Convolve(net, 6, x)
    with pytest.raises(ValueError, match="no channel 3: there are 3"):
        Convolve(net, 1, x, channel=3)
    with pytest.raises(ValueError, match=r"such as x\[0\]"):
        Convolve(net, 1, x[None])
    with pytest.raises(ValueError, match=r"slow: no unit \(10, 0\)"):
        Convolve(net, 1, x, slow=[(10, 0)])
