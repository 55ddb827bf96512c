"""What a network computes, animated, leaves the picture as the engine says."""

import numpy as np
import pytest
from manim import (
    RIGHT,
    WHITE,
    AnimationGroup,
    Dot,
    FadeIn,
    LaggedStart,
    ManimColor,
    Scene,
    Succession,
)

from nnviz import mnist
from nnviz._manim import temp_config
from nnviz.animations import Backpropagate, FeedForward, ShowGradient, TakeStep
from nnviz.animations.pulses import ARRIVAL
from nnviz.camera.lister import Lister
from nnviz.mobjects.network import NetworkMobject, NetworkStyle
from nnviz.network import (
    Activate,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    MaxPool2D,
    Network,
    NetworkError,
    one_hot,
    pretrained,
)
from nnviz.scene.nn_scene import NNScene


class Doubled(Layer):
    """A layer of somebody's own, which nobody has drawn."""

    kind = "doubled"

    def output_shape(self, input_shape):
        return input_shape

    def forward(self, x, rng=None):
        return 2 * x, None

    def backward(self, memory, error):
        return 2 * error


def xor(**style):
    return NetworkMobject(Network.random([2, 3, 1], seed=3), **style), [0.0, 1.0], [1.0]


def xor_with_numbers():
    net, x, y = xor(neuron_radius=0.45, neuron_buff=0.9, layer_buff=3.5)
    net.show_weights().show_values(net.network.forward_pass([1.0, 1.0]))
    return net.show_edge_values().show_biases(), x, y


def light():
    with temp_config({"background_color": WHITE}):
        return xor()


def iris():
    network = Network.random(
        [4, 8, 3], seed=1, activations=["relu", "softmax"], cost="cross-entropy"
    )
    return NetworkMobject(network, output_labels=["a", "b", "c"]), [5.1, 3.5, 1.4, 0.2], [0, 1, 0]


def regression():
    network = Network.random([1, 16, 1], seed=1, activations=["tanh", "identity"])
    return NetworkMobject(network), [-0.7], [-2.0]


def digits():
    network = Network.random([784, 16, 16, 10], seed=0)
    test = mnist.load().test
    return NetworkMobject(network).show_weights(), test.images[0], one_hot(test.labels[0])


def cnn():
    test = mnist.load().test
    image = test.images[0].reshape(1, 28, 28)
    return NetworkMobject(pretrained("cnn")), image, one_hot(test.labels[0])


def all_kinds():
    rng = np.random.RandomState(0)
    layers = [
        Conv2D.random(3, 4, 3, rng, activation="relu"),
        MaxPool2D(2),
        Flatten(),
        BatchNorm(np.ones(12), rng.random_sample(12), np.zeros(12), np.ones(12)),
        Activate("elu"),
        Dropout(0.5),
        Doubled(),
        Dense.random(12, 3, rng),
    ]
    network = Network(layers, input_shape=(3, 4, 8))
    return NetworkMobject(network), rng.random_sample((3, 4, 8)), [0, 0, 1]


def without_edges():
    rng = np.random.RandomState(0)
    layers = [Conv2D.random(1, 3, 3, rng), GlobalAveragePool2D()]
    return (
        NetworkMobject(Network(layers, input_shape=(1, 5, 5))),
        rng.random_sample((1, 5, 5)),
        [0, 0, 1],
    )


NETS = {
    "xor": xor,
    "numbers": xor_with_numbers,
    "down": lambda: xor(direction="down"),
    "light": light,
    "iris": iris,
    "regression": regression,
    "digits": digits,
    "cnn": cnn,
    "all kinds": all_kinds,
    "without edges": without_edges,
}


@pytest.fixture(params=NETS)
def example(request):
    return NETS[request.param]()


def look(mobject):
    """Everything of a mobject that is drawn, and the numbers that it shows."""
    names = ("points", "fill_rgbas", "stroke_rgbas", "stroke_width", "pixels", "number")
    return [
        np.asarray(getattr(member, name, 0.0), dtype=float).ravel()
        for member in mobject.get_family()
        for name in names
    ]


def assert_same_look(net, wanted):
    got, expected = look(net), look(wanted)
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        # Numbers come to their places in other steps.
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def played(net, *animations, scene_class=NNScene, **kwargs):
    """Play, skipping all frames but one in the middle; the picture is as it is left."""
    scene = scene_class(skip_animations=True)
    scene.add(net)
    scene.play(*animations, **kwargs)
    return scene


@pytest.mark.every(3)
def test_feed_forward_leaves_the_activations(example):
    net, x, _ = example
    wanted = net.copy().show_activations(net.network.forward_pass(x))
    played(net, FeedForward(net, x), FadeIn(Dot()))
    assert_same_look(net, wanted)


@pytest.mark.every(3)
def test_backpropagate_leaves_gradient_and_errors(example):
    net, x, y = example
    net.show_activations(net.network.forward_pass(x))
    wanted = net.copy().show_gradient(net.network.backprop(x, y))
    wanted.show_errors(net.network.backward_pass(x, y))
    played(net, Backpropagate(net, x, y), FadeIn(Dot()))
    assert_same_look(net, wanted)


@pytest.mark.every(3)
def test_show_gradient_leaves_the_gradient(example):
    net, x, y = example
    gradient = net.network.backprop(x, y)
    wanted = net.copy().show_gradient(gradient, exponent=0.5)
    played(net, ShowGradient(net, gradient, exponent=0.5), FadeIn(Dot()))
    assert_same_look(net, wanted)


@pytest.mark.every(3)
def test_take_step_leaves_the_new_network(example):
    net, x, y = example
    before, gradient = net.network, net.network.backprop(x, y)
    net.show_activations(before.forward_pass(x)).show_errors(before.backward_pass(x, y))
    after = before.step(gradient, 3.0)
    wanted = net.copy().hide_errors().show_weights(after)
    played(net, TakeStep(net, gradient, 3.0), FadeIn(Dot()))
    assert net.network == after
    assert {ring.get_stroke_opacity() for rings in net.errors for ring in rings} == {0}
    assert_same_look(net.hide_errors(), wanted)


@pytest.mark.every(8)
@pytest.mark.parametrize("scene_class", [NNScene, Scene])
def test_each_starts_where_those_before_it_ended(example, scene_class):
    net, x, y = example
    before, gradient = net.network, net.network.backprop(x, y)
    after = before.step(gradient, 0.5)
    twice = after.step(gradient, 0.5)
    wanted = net.copy().shift(RIGHT).show_weights(twice)
    wanted.show_activations(twice.forward_pass(x))
    played(
        net,
        Succession(
            net.animate.shift(RIGHT),
            FeedForward(net, x),
            Backpropagate(net, x, y),
            AnimationGroup(TakeStep(net, gradient, 0.5), FadeIn(Dot())),
            TakeStep(net, gradient, 0.5),
            FeedForward(net, x),
        ),
        FadeIn(Dot()),
        scene_class=scene_class,
    )
    assert net.network == twice
    assert {ring.get_stroke_opacity() for rings in net.errors for ring in rings} == {0}
    assert_same_look(net.hide_errors(), wanted)


def test_networks_of_their_own_may_overlap():
    net, x, _ = xor()
    other = net.copy().shift(RIGHT)
    wanted = other.copy().show_activations(net.network.forward_pass(x))
    played(net, LaggedStart(FeedForward(net, [1, 1]), FeedForward(other, x), lag_ratio=0.3))
    assert_same_look(other, wanted)


@pytest.mark.parametrize("scene_class", [NNScene, Scene])
def test_nothing_but_the_network_is_left_on_screen(scene_class):
    net, x, y = xor()
    scene = scene_class(skip_animations=True)
    scene.play(FeedForward(net, x))  # which adds it
    scene.play(Backpropagate(net, x, y))
    scene.play(TakeStep(net, net.network.backprop(x, y)))
    shown = {part for mob in scene.mobjects for part in mob.family_members_with_points()}
    assert shown == set(net.family_members_with_points())
    assert scene.mobjects == [net]


def test_layers_light_up_in_turn():
    net, x, _ = iris()
    forward = net.network.forward_pass(x)
    wanted = net.copy().show_activations(forward)
    fills = [[n.get_fill_opacity() for n in layer.neurons] for layer in wanted.layers]

    def shown(share):
        animation.interpolate((1 + share) / 3)  # of the second of three
        return [[n.get_fill_opacity() for n in layer.neurons] for layer in net.layers]

    animation = FeedForward(net, x)
    animation.begin()
    assert not any(shown(0.99 * ARRIVAL)[1])  # what travels is not there yet
    first, second, third = shown((1 + ARRIVAL) / 2)
    assert first == pytest.approx(fills[0])
    assert second == pytest.approx(0.5 * np.array(fills[1]))
    assert not any(third)


def test_errors_appear_from_the_output_back():
    net, x, y = regression()
    plain, painted = net.edges.copy(), net.edges_by_gradient(net.network.backprop(x, y))
    animation = Backpropagate(net, x, y)
    animation.begin()
    animation.interpolate(0.5)  # the output's half is over, the other has not begun
    assert net.errors[1][0].get_stroke_opacity() == pytest.approx(1)
    assert {ring.get_stroke_opacity() for ring in net.errors[0]} == {0}
    assert net.edge_groups[1].widths == pytest.approx(painted[16:].widths)
    assert net.edge_groups[0].widths == pytest.approx(plain[:16].widths)


@pytest.mark.every(3)
def test_a_frame_is_a_function_of_time(example):
    net, x, y = example
    for animation in (
        FeedForward(net, x),
        Backpropagate(net, x, y),
        TakeStep(net, net.network.backprop(x, y)),
    ):
        animation.begin()
        animation.interpolate(0.7)
        once = [values.copy() for values in look(net)]
        for alpha in (0.1, 0.33, 0.9, 0.7):
            animation.interpolate(alpha)
        for one, other in zip(look(net), once, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
        animation.finish()


def test_the_network_changes_when_the_animation_ends():
    net, x, y = xor()
    before = net.network
    animation = TakeStep(net, before.backprop(x, y), 2.0)
    animation.begin()
    animation.interpolate(0.9)
    assert net.network is before
    animation.finish()
    assert net.network == before.step(before.backprop(x, y), 2.0)


def test_some_layers_without_flashes():
    net, x, _ = iris()
    wanted = net.copy()
    wanted.layers[1].show_activations(net.network.forward_pass(x).activations[1])
    animation = FeedForward(net, x, layers=[-2], flash=False)
    scene = played(net, animation)
    assert_same_look(net, wanted)
    assert len(animation.animations[0].animations) == 1
    assert scene.mobjects == [net]


def test_rings_say_what_raising_z_would_do():
    net, x, y = regression()
    delta = net.network.backward_pass(x, y).errors[0]
    net.show_errors(net.network.backward_pass(x, y))
    style: NetworkStyle = net.style
    for ring, error in zip(net.errors[0], delta, strict=True):
        share = abs(error) / np.abs(delta).max()
        wanted = style.increase_color if error < 0 else style.decrease_color
        assert ring.get_stroke_color() == ManimColor(wanted)
        assert ring.get_stroke_opacity() == pytest.approx(share)
        assert ring.get_stroke_width() == pytest.approx(style.neuron_stroke_width * (1 + 2 * share))
        # Central differences: what a shift of z, which is one of the bias, does to the cost.
    bias = int(np.abs(delta).argmax())
    index = net.network.index_of(0, "biases", (bias,))
    up, down = (net.network.nudged(index, h).cost(x, y) for h in (1e-5, -1e-5))
    assert (up - down) / 2e-5 == pytest.approx(delta[bias], rel=1e-6)


def test_rings_animate_by_themselves():
    net, x, y = regression()
    backward = net.network.backward_pass(x, y)
    wanted = net.copy().show_errors(backward)
    for errors in ([np.ones(16), np.ones(1)], backward):  # fade in, and change
        played(net, net.animate.show_errors(errors))
    assert_same_look(net, wanted)


def test_a_map_has_the_sum_of_its_errors():
    net, x, y = without_edges()
    backward = net.network.backward_pass(x, y)
    sums = backward.errors[0].sum(axis=(1, 2))
    assert sums == pytest.approx(net.network.backprop(x, y).parts[0][1])  # by the maps' biases
    net.show_errors(backward)
    opacities = [ring.get_stroke_opacity() for ring in net.errors[0]]
    assert opacities == pytest.approx(np.abs(sums) / np.abs(sums).max())


@pytest.mark.parametrize(
    ("error", "words", "make"),
    [
        (ValueError, "batch of 2", lambda net, x, y: FeedForward(net, [x, x])),
        (ValueError, "batch of 2", lambda net, x, y: Backpropagate(net, [x, x], [y, y])),
        (NetworkError, "x: must have shape", lambda net, x, y: FeedForward(net, [1.0])),
        (NetworkError, "y", lambda net, x, y: Backpropagate(net, x, [1.0, 2.0])),
        (IndexError, "no layer 3", lambda net, x, y: FeedForward(net, x, layers=[3])),
        (
            NetworkError,
            "does not fit",
            lambda net, x, y: TakeStep(net, Network.random([2, 2, 1], seed=0).backprop(x, y)),
        ),
        (
            NetworkError,
            "does not fit",
            lambda net, x, y: ShowGradient(net, Network.random([2, 2, 1], seed=0).backprop(x, y)),
        ),
    ],
)
def test_bad_input_is_refused_where_it_is_given(error, words, make):
    net, x, y = xor()
    with pytest.raises(error, match=words):
        make(net, x, y)


@pytest.mark.parametrize(
    "make",
    [
        lambda net, k: FeedForward(net, [0.0, k]),
        lambda net, k: Backpropagate(net, [0.0, k], [1.0]),
        lambda net, k: ShowGradient(net, net.network.backprop([0.0, k], [1.0])),
        lambda net, k: TakeStep(net, net.network.backprop([0.0, 1.0], [1.0]), k),
    ],
)
def test_kept_pieces_of_video_are_found_by_what_is_shown(make):
    def digests(k):
        scene, lister = NNScene(), Lister()
        net, _, _ = xor()
        scene.add(net)
        scene.compile_animation_data(make(net, k))
        scene.begin_animations()
        shown = []
        for share in (0, 0.3, 0.5, 0.9, 1):
            scene.update_to_time(share * scene.duration)
            shown.append(lister.layer(scene.camera, scene.mobjects).digest)
        return tuple(shown)

    assert len({digests(0.5), digests(0.5), digests(0.7)}) == 2
