"""Numbers on a network keep their room when they grow, or an error says so before the animation."""

from types import SimpleNamespace

import numpy as np
import pytest
from manim import PI, RIGHT, Animation, ManimColor, Transform, config
from tests.mobjects.boxes import box, overlap

from nnviz import Backpropagate, FeedForward, ShowGradient, TakeStep, Train
from nnviz._manim import temp_config
from nnviz.camera import NNCamera
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.bias_numbers import BiasGradientNumbers
from nnviz.mobjects.network.edge_numbers import EdgeGradientNumbers, EdgeNumberGrounds, OnEdges
from nnviz.mobjects.network.number_space import longest, size_of
from nnviz.mobjects.primitives.contrast import READABLE, contrast, readable, readable_shade
from nnviz.network import Network

X, Y = np.array([0.2, 0.9]), np.array([1.0])


@pytest.fixture
def network():
    return Network.random([2, 3, 1], seed=3)


@pytest.fixture
def net(network):
    return NetworkMobject(network, neuron_radius=0.4, neuron_buff=0.8, layer_buff=3.0, fit=None)


@pytest.fixture
def growing():
    """A picture whose hidden layer has whatever activations one wants."""
    network = Network.dense(
        [np.eye(2), np.ones((1, 2)) * 0.01], [np.zeros(2), np.zeros(1)], ["relu", "sigmoid"]
    )
    return NetworkMobject(network, neuron_radius=0.4, neuron_buff=0.6, layer_buff=3.0, fit=None)


def annotation(net, kind):
    (found,) = [one for one in net.annotations if isinstance(one, kind)]
    return found


def values(group):
    return np.concatenate([[number.number for number in part] for part in group if len(part)])


def furthest(net):
    """Return how far numbers reach from the middles of their neurons, in radii."""
    return max(
        np.linalg.norm(glyph.points[:, :2] - neuron.get_center()[:2], axis=1).max()
        / (neuron.width / 2)
        for layer, group in zip(net.layers, net.values, strict=True)
        for neuron, number in zip(layer.neurons, group, strict=True)
        for glyph in number
    )


def least_contrast(net):
    def ground(neuron):
        fill, opacity = neuron.get_fill_color(), neuron.get_fill_opacity()
        return ManimColor(config.background_color).interpolate(fill, opacity)

    return min(
        contrast(number[0].get_fill_color(), ground(neuron))
        for layer, group in zip(net.layers, net.values, strict=True)
        for neuron, number in zip(layer.neurons, group, strict=True)
    )


def font_sizes(groups):
    return {round(number.enlargement, 4) for group in groups for number in group}


def glyph_points(number):
    return np.concatenate([glyph.points for glyph in number])[:, :2]


def font_heights(net):
    return [size_of(number)[1] for group in net.edge_values for number in group]


def are_on_their_grounds(net):
    for group, grounds in zip(
        annotation(net, OnEdges), annotation(net, EdgeNumberGrounds), strict=True
    ):
        for number, ground in zip(group, grounds, strict=True):
            (low, high), (least, most) = box(number), box(ground)
            if (low < least - 1e-6).any() or (high > most + 1e-6).any():
                return False
    return True


def shown_at(animation, shares):
    animation.begin()
    for share in shares:
        animation.interpolate(share)
        yield share
    animation.finish()


# --- colours


def test_black_or_white_can_be_read_on_any_color():
    for color in np.random.RandomState(0).rand(300, 3):
        ground = ManimColor(color)
        text = readable(ground)
        other = {"#000000": "#ffffff", "#ffffff": "#000000"}[text.to_hex().lower()]
        assert contrast(text, ground) >= max(4.58, contrast(other, ground))
    for level in np.linspace(0, 1, 256):
        ground = ManimColor([level] * 3)
        assert contrast(readable(ground), ground) >= 4.58
        # Whatever is asked for, and off-black and off-white are, as far as they can be read.
        assert contrast(readable(ground, "#222222", "#dddddd"), ground) >= READABLE


@pytest.mark.parametrize("ground", ["#000000", "#ffffff", "#777777", "#1c2833"])
def test_shades_can_be_read_and_keep_colors_that_can(ground):
    for color in np.random.RandomState(1).rand(40, 3):
        shade = readable_shade(ManimColor(color), ground)
        assert contrast(shade, ground) >= READABLE
        if contrast(ManimColor(color), ground) >= READABLE:
            assert shade.to_rgb() == pytest.approx(color, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("background", ["#000000", "#ffffff", "#336699"])
def test_numbers_can_be_read_at_every_moment(background, growing):
    with temp_config({"background_color": background}):
        net = NetworkMobject(growing.network, neuron_radius=0.4, layer_buff=3.0, fit=None)
        net.show_values(net.network.forward_pass([0.1, 0.9]))
        for animation in (
            FeedForward(net, [9.0, 0.2], flash=False),
            net.animate.show_activations(net.network.forward_pass([0.0, 1.0])).build(),
            net.animate.hide_activations().build(),
        ):
            for _ in shown_at(animation, np.linspace(0, 1, 9)):
                assert least_contrast(net) >= READABLE
            assert least_contrast(net) >= READABLE
        assert [layer.activations for layer in net.layers] == [None] * 3
        net.show_activations(net.network.forward_pass([1.0, 1.0])).hide_activations()
        assert least_contrast(net) >= READABLE


# --- room in neurons


def test_the_room_of_a_number_does_not_hang_on_its_digits():
    assert longest(-0.11, 2) == -8.88
    assert longest(9.996, 2) == 88.88
    assert longest(123, 0) == 888


def test_activations_that_grow_make_all_numbers_smaller_and_none_touches_its_rim(growing):
    net = growing.show_values(growing.network.forward_pass([0.11, 0.2]))
    (before,) = font_sizes(net.values)
    feed = FeedForward(net, [812.0, 0.2], flash=False)
    for _ in shown_at(feed, np.linspace(0, 1, 13)):
        assert furthest(net) <= 0.9 + 1e-3
        assert len(font_sizes(net.values)) == 1
    (after,) = font_sizes(net.values)
    assert after < 0.9 * before
    assert values(net.values)[2:4] == pytest.approx([812, 0.2])


def test_activations_without_room_are_refused_before_anything_moves(growing):
    net = growing.show_values(growing.network.forward_pass([0.1, 0.2]))
    before = [number.get_center() for group in net.values for number in group]
    says = r"layer 0.*12345678901\.00.*too small to be read.*neuron_radius.*decimals"
    with pytest.raises(ValueError, match=says):
        FeedForward(net, [12345678901.0, 1.0])
    with pytest.raises(ValueError, match=says):
        net.show_activations(net.network.forward_pass([12345678901.0, 1.0]))
    assert net.layers[0].activations == pytest.approx([0.1, 0.2])
    assert values(net.values)[:2] == pytest.approx([0.1, 0.2])
    assert np.allclose(before, [n.get_center() for group in net.values for n in group])
    FeedForward(net, [12345678901.0, 1.0], layers=[2])  # the last layer has room


def test_the_least_height_is_the_styles(network):
    with pytest.raises(ValueError, match=r"at least 0\.3, min_number_height"):
        NetworkMobject(network, min_number_height=0.3, fit=None).show_values(
            [X, X[:1].repeat(3), Y]
        )
    small = NetworkMobject(network, neuron_radius=0.1, min_number_height=0.01, fit=None)
    assert len(small.show_values(network.forward_pass(X)).values[0]) == 2


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("size", [0.1, 7.0, 45.0, 1234.0])
def test_sizes_follow_from_what_is_shown_alone(size, growing, network):
    forward, other = (growing.network.forward_pass([one, 0.2]) for one in (size, 0.3))
    fresh = growing.copy().show_values(forward)
    again = growing.copy().show_values(other).show_activations(forward)
    assert font_sizes(again.values) == font_sizes(fresh.values)
    assert font_sizes(fresh.copy().show_activations(forward).values) == font_sizes(fresh.values)
    there = growing.copy().show_values(other)
    for _ in shown_at(FeedForward(there, [size, 0.2], flash=False, lag_ratio=0.3), [0.2, 0.5]):
        assert len(font_sizes(there.values)) == 1
    assert font_sizes(there.values) == font_sizes(fresh.values)
    net = NetworkMobject(network, neuron_buff=0.8, layer_buff=3.0, fit=None).show_edge_values()
    before = font_sizes(net.edge_values)
    net.show_weights(network.with_parameters(100 * network.flatten())).show_weights(network)
    assert font_sizes(net.edge_values) == before


# --- room on edges


@pytest.mark.slow
@pytest.mark.every(7)
@pytest.mark.parametrize("seed", range(50))
def test_no_edge_strikes_a_number_through(seed):
    rng = np.random.RandomState(seed)
    sizes = rng.randint(1, 5, size=rng.randint(2, 4)).tolist()
    network = Network.random(sizes, seed=seed)
    net = NetworkMobject(
        network,
        neuron_buff=0.7,
        layer_buff=3.0,
        fit=None,
        direction=("right", "down")[seed % 2] if max(sizes) < 4 else "right",
    )
    net.show_edge_values(height=0.12)
    grounds = [ground for group in annotation(net, EdgeNumberGrounds) for ground in group]
    neurons = [neuron for layer in net.layers for neuron in layer.neurons]
    # All edges lie below all grounds, and these below all numbers; none is seen through.
    family = net.get_family()
    places = [family.index(one) for one in (net.edges, grounds[0], grounds[-1])]
    assert places == sorted(places)
    assert places[-1] < family.index(annotation(net, OnEdges))
    assert all(ground.get_fill_opacity() == 1 for ground in grounds)
    for k, ground in enumerate(grounds):
        assert not any(overlap(box(ground), box(other)) for other in (*grounds[:k], *neurons))
    assert are_on_their_grounds(net)
    # With other weights, of other signs and more digits, as well.
    net.show_weights(network.with_parameters(-37 * network.flatten()))
    assert are_on_their_grounds(net)
    assert len(font_sizes(net.edge_values)) == 1


def test_numbers_on_edges_keep_away_from_crossings(network):
    # Two edges of four cross at the middle: their numbers do not stand there.
    net = NetworkMobject(Network.random([2, 2], seed=0), neuron_buff=1.5, layer_buff=4.0, fit=None)
    net.show_edge_values()
    middle = net.edges.starts.mean(axis=0) / 2 + net.edges.ends.mean(axis=0) / 2
    for ground in annotation(net, EdgeNumberGrounds)[0]:
        low, high = box(ground)
        assert not ((low < middle[:2]) & (middle[:2] < high)).all()


def test_pixels_of_numbers_that_grow_are_not_crossed(network):
    net = NetworkMobject(
        Network.dense([np.full((1, 1), 0.5)], [[0.0]]), layer_buff=4.0, edge_width=30, fit=None
    )
    net.show_edge_values()
    net.show_weights(Network.dense([np.full((1, 1), -123.4)], [[0.0]]))
    (number,) = net.edge_values[0]
    bare = net.copy()
    for glyph in bare.edge_values[0][0]:
        glyph.set_fill(opacity=0)
    camera = NNCamera(pixel_width=854, pixel_height=480)
    camera.capture_mobjects([bare])
    width, height = number.width, number.height
    x, y = number.get_center()[:2]
    scale = 480 / config.frame_height
    columns = slice(*(int(427 + (x + s * width / 2) * scale) for s in (-1, 1)))
    rows = slice(*(int(240 - (y + s * height / 2) * scale) for s in (1, -1)))
    assert camera.pixel_array[rows, columns, :3].max() == 0
    assert camera.pixel_array[..., :3].max() > 60


@pytest.mark.parametrize(
    "kind",
    [
        lambda net, network, far: TakeStep(net, network.backprop(X, Y), learning_rate=1e9),
        lambda net, network, far: Train(net, [report(0, network), report(1, far)]),
    ],
)
def test_weights_without_room_are_refused_before_anything_moves(kind, net, network):
    net.show_edge_values().show_biases()
    far = network.step(network.backprop(X, Y), 1e9)
    says = r"(weights after layer 0|biases beside).*too small to be read"
    with pytest.raises(ValueError, match=says):
        kind(net, network, far)
    with pytest.raises(ValueError, match=says):
        net.show_weights(far)
    assert net.network is network
    assert values(net.edge_values)[0] == pytest.approx(network.weights[0][0, 0])


def report(epoch, network):
    return SimpleNamespace(
        epoch=epoch, loss=None, learning_rate=None, network=network, cost=0.0, accuracy=None
    )


def test_grounds_follow_their_numbers_however_the_picture_is_handled(net, network):
    net.show_edge_values()
    for handle in (
        lambda: net.shift(RIGHT),
        lambda: net.scale(1.7),
        lambda: net.copy(),
        lambda: net.save_state().scale(0.5).restore(),
        lambda: net.rotate(PI / 5),
    ):
        handled = handle()
        for group, grounds in zip(
            annotation(handled, OnEdges), annotation(handled, EdgeNumberGrounds), strict=True
        ):
            for number, ground in zip(group, grounds, strict=True):
                assert number.get_center() == pytest.approx(ground.get_center(), abs=0.05)
    # Rotated numbers stay so when they count, as large as they are.
    before = font_heights(net)
    net.show_weights(network.with_parameters(-network.flatten()))
    assert font_heights(net) == pytest.approx(before, rel=0.01)
    for group, grounds in zip(net.edge_values, annotation(net, EdgeNumberGrounds), strict=True):
        for number, ground in zip(group, grounds, strict=True):
            assert number.angle == pytest.approx(PI / 5)
            corners = (ground.get_vertices() - ground.get_center())[:, :2]
            for axis in (corners[0] - corners[1], corners[1] - corners[2]):
                reach = np.abs((glyph_points(number) - ground.get_center()[:2]) @ axis).max()
                assert reach <= np.abs(corners @ axis).max()
    twin = NetworkMobject(network, neuron_radius=0.4, neuron_buff=0.8, layer_buff=3.0, fit=None)
    twin.show_edge_values().scale(0.6)
    fresh = twin.copy().shift(2 * RIGHT)
    for _ in shown_at(Transform(fresh, twin), [0.5]):
        assert are_on_their_grounds(fresh)
    assert are_on_their_grounds(fresh)


# --- derivatives


def central_differences(network, x, y, h=1e-5):
    parameters = network.flatten()
    return np.array(
        [
            network.with_parameters(parameters + step).cost(x, y)
            - network.with_parameters(parameters - step).cost(x, y)
            for step in h * np.eye(len(parameters))
        ]
    ).ravel() / (2 * h)


def test_derivatives_follow_what_travels_back_and_are_those_of_the_cost(net, network):
    net.show_gradient_values(network.backprop(X, Y), decimals=4)
    x, y = np.array([-0.4, 0.7]), np.array([0.0])
    wanted = central_differences(network, x, y)
    like = network.with_parameters(wanted)

    def are_shown():
        on_edges, beside = (
            annotation(net, EdgeGradientNumbers),
            annotation(net, BiasGradientNumbers),
        )
        weights = np.concatenate([one.T.ravel() for one in like.weights])
        return values(on_edges) == pytest.approx(weights, abs=1e-8) and values(
            beside
        ) == pytest.approx(np.concatenate(like.biases), abs=1e-8)

    back = Backpropagate(net, x, y, flash=False)
    for share in shown_at(back, [0.25, 0.75]):
        # The last layer is first.
        first = annotation(net, EdgeGradientNumbers)[0]
        is_at_its_end = values([first]) == pytest.approx(like.weights[0].T.ravel(), abs=1e-8)
        assert not is_at_its_end or share > 0.75
    assert are_shown()
    net.show_gradient(network.backprop(X, Y))
    assert not are_shown()
    for _ in shown_at(ShowGradient(net, network.backprop(x, y)), [0.5]):
        pass
    assert are_shown()
    # What they were computed with changes, and they stay what they are until shown again.
    for animation in (TakeStep(net, network.backprop(x, y)), FeedForward(net, X, flash=False)):
        for _ in shown_at(animation, [0.5]):
            pass
        assert are_shown()


@pytest.mark.slow
def test_colors_of_derivatives_tell_signs_on_light_backgrounds_too(network):
    for background in ("#000000", "#ffffff"):
        with temp_config({"background_color": background}):
            net = NetworkMobject(network, neuron_buff=0.8, layer_buff=3.0, fit=None)
            gradient = network.backprop(X, Y)
            net.show_gradient_values(gradient, decimals=4)
            colors = {
                bool(number.number > 0): number[0].get_fill_color().to_hex()
                for group in annotation(net, EdgeGradientNumbers)
                for number in group
            }
            assert len(set(colors.values())) == 2
            for color in colors.values():
                assert contrast(color, background) >= READABLE


@pytest.mark.slow
def test_derivatives_travel_with_the_picture(net, network):
    gradient = network.backprop(X, Y)
    net.save_state()
    net.show_gradient_values(gradient)
    twin = net.copy()
    twin.show_gradient(-gradient)
    assert values(annotation(net, EdgeGradientNumbers)) == pytest.approx(
        -values(annotation(twin, EdgeGradientNumbers))
    )
    for _ in shown_at(Transform(net, twin), [0.5]):
        pass
    assert values(annotation(net, EdgeGradientNumbers)) == pytest.approx(
        values(annotation(twin, EdgeGradientNumbers))
    )
    animation: Animation = net.animate.show_gradient(gradient).build()
    for _ in shown_at(animation, [0.5]):
        assert values(annotation(net, EdgeGradientNumbers)) == pytest.approx(0, abs=1e-12)
    net.hide_gradient_values()
    assert not len(net.annotations)


# --- texts


def test_texts_by_place_and_places_that_are_not_there(net):
    net.show_neuron_texts({(0, 1): "x", (1, 2): "h"}).show_edge_texts({(1, 2, 0): "w"})
    in_neurons = net.annotations[0]
    assert [
        (k, i) for k, group in enumerate(in_neurons) for i, one in enumerate(group) if len(one)
    ] == [(0, 1), (1, 2)]
    texts = annotation(net, OnEdges)
    assert [i for i, one in enumerate(texts[1]) if len(one)] == [2]
    assert texts[1][2].get_center()[0] > net.layers[1].get_center()[0]
    with pytest.raises(IndexError, match=r"neuron \(layer, unit\) \(0, 2\), which is not shown"):
        net.show_neuron_texts({(0, 2): "x"})
    with pytest.raises(IndexError, match=r"\(1, 0, 1\), which is not shown"):
        net.show_edge_texts({(1, 0, 1): "w"})
