"""Numbers on a network are the engine's, can be read, and follow; paths light up and go again."""

import numpy as np
import pytest
from manim import DOWN, LEFT, RED, RIGHT, UP, ManimColor, Scene, config
from tests.mobjects.boxes import box, overlap

from nnviz._manim import temp_config
from nnviz.camera import NNCamera
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.contrast import READABLE, contrast
from nnviz.network import Network
from nnviz.scene import NNScene

pytestmark = pytest.mark.slow

X = np.array([0.2, 0.9])


@pytest.fixture
def network():
    return Network.random([2, 3, 1], seed=3)


@pytest.fixture
def net(network):
    return NetworkMobject(network, neuron_radius=0.4, neuron_buff=0.6, layer_buff=3.0)


def inside(inner, outer):
    return all(
        sign * inner.get_edge_center(side)[axis] < sign * outer.get_edge_center(side)[axis]
        for side, axis, sign in ((UP, 1, 1), (DOWN, 1, -1), (LEFT, 0, -1), (RIGHT, 0, 1))
    )


def numbers(group):
    return [[number.number for number in part] for part in group]


def test_values_are_the_engines_and_lie_in_their_neurons(net, network):
    forward = network.forward_pass(X)
    net.show_values(forward)
    for of_layer, layer, values in zip(net.values, net.layers, forward.activations, strict=True):
        assert [number.number for number in of_layer] == pytest.approx(list(values))
        for number, neuron in zip(of_layer, layer.neurons, strict=True):
            assert inside(number, neuron)
            assert neuron.get_fill_opacity() == pytest.approx(number.number)
    assert len({round(number.height, 6) for number in net.values[1]}) == 1


@pytest.mark.parametrize("value", [0.95, -0.95])
def test_values_are_black_in_bright_neurons(net, value):
    net.show_values([[value, 0.1], [0.1, 0.95, 0.5], [0.2]])
    bright, dark = net.style.contrast_color, net.style.text_color
    assert net.values[0][0].get_fill_color() == bright
    assert net.values[0][1].get_fill_color() == dark
    assert net.values[1][1].get_fill_color() == bright


def test_values_follow_what_is_shown_at_once_and_animated(net, network):
    net.show_values(network.forward_pass(X), layers=[1])
    assert [len(part) for part in net.values] == [0, 3, 0]
    other = network.forward_pass([1.0, 0.0])
    net.show_activations(other)
    assert numbers(net.values)[1] == pytest.approx(list(other.activations[1]))
    back = network.forward_pass(X)
    animation = net.animate.show_activations(back).build()
    animation.begin()
    animation.interpolate(0.5)
    middle = (back.activations[1] + other.activations[1]) / 2
    assert numbers(net.values)[1] == pytest.approx(list(middle))
    animation.finish()
    assert numbers(net.values)[1] == pytest.approx(list(back.activations[1]))
    twin = net.copy().show_activations(other)
    assert numbers(net.values)[1] == pytest.approx(list(back.activations[1]))
    assert numbers(twin.values)[1] == pytest.approx(list(other.activations[1]))
    net.hide_values()
    assert not len(net.values)


def test_values_beyond_unit_range_count_and_contrast_by_the_layers_scale():
    network = Network.dense([np.eye(2) * 40], [np.zeros(2)], activations=["relu"], cost="quadratic")
    net = NetworkMobject(network, neuron_radius=0.5).show_values(network.forward_pass([1.0, 0.1]))
    assert numbers(net.values)[1] == [40.0, 4.0]
    assert net.values[1][0].get_fill_color() == net.style.contrast_color
    assert net.values[1][1].get_fill_color() == net.style.text_color
    assert inside(net.values[1][0], net.layers[1].neurons[0])


def test_weights_stand_on_their_edges_and_follow_a_step(net, network):
    net.show_weights().show_edge_values().show_biases()
    for k, (group, part) in enumerate(zip(net.edge_groups, net.edge_values, strict=True)):
        assert [n.number for n in part] == pytest.approx(list(net.shown_weights(k).ravel()))
        for edge, number in zip(group, part, strict=True):
            way = edge.get_end() - edge.get_start()
            offset = number.get_center() - edge.get_start()
            across = offset - way * (offset @ way) / (way @ way)
            assert np.linalg.norm(across) < 1e-6
    assert numbers(net.biases) == [pytest.approx(list(b)) for b in network.biases]
    boxes = [n for part in (*net.edge_values, *net.biases) for n in part]
    for k, one in enumerate(boxes):
        for other in boxes[:k]:
            apart = np.abs(one.get_center() - other.get_center())[:2]
            size = np.array([one.width + other.width, one.height + other.height]) / 2
            assert (apart > size - 1e-9).any()
    stepped = network.step(network.backprop(X, [1]), 5.0)
    net.show_weights(stepped)
    assert numbers(net.edge_values)[0] == pytest.approx(list(stepped.weights[0].T.ravel()))
    assert numbers(net.biases)[0] == pytest.approx(list(stepped.biases[0]))
    animation = net.animate.show_weights(network).build()
    animation.begin()
    animation.finish()
    assert numbers(net.biases)[1] == pytest.approx(list(network.biases[1]))
    net.hide_edge_values().hide_biases()
    assert not len(net.edge_values) + len(net.biases)


@pytest.mark.parametrize(
    ("show", "says"),
    [
        (
            lambda net, a: net.show_values(a, decimals=5),
            r"in layer 0, would be .* too small to be read.*neuron_radius",
        ),
        (
            lambda net, a: net.show_edge_values(),
            r"no room for 256 weights after layer 0 on their edges",
        ),
        (lambda net, a: net.show_edge_values(height=0.01), "too small to be read"),
        (lambda net, a: net.show_biases(), r"no room for the bias .*neuron_buff"),
    ],
)
def test_where_there_is_no_room_it_is_said_and_nothing_is_shown(show, says):
    network = Network.random([16, 16, 16], seed=0)
    net = NetworkMobject(network)
    with pytest.raises(ValueError, match=says):
        show(net, network.forward_pass(np.ones(16)))
    assert not len(net.values) + len(net.edge_values) + len(net.biases)


def test_a_path_is_lit_the_rest_is_dimmed_and_all_comes_back(net):
    net.show_weights()
    before = net.edges.stroke_rgbas.copy(), net.edges.widths.copy()
    net.highlight_path([1, [0, 2], None])
    on = {(0, 1, 0), (0, 1, 2), (1, 0, 0), (1, 2, 0)}
    for layer, (n_in, n_out) in enumerate([(2, 3), (3, 1)]):
        for i, j in np.ndindex(n_in, n_out):
            opacity = net.edge(layer, i, j).get_stroke_opacity()
            assert opacity == pytest.approx(1 if (layer, i, j) in on else net.style.dim_opacity)
    (lit,) = net.path
    assert len(lit) == 4
    assert {edge.get_stroke_color() for edge in lit} == {ManimColor(net.style.highlight_color)}
    assert net.layers[1].neurons[1].get_stroke_opacity() == pytest.approx(net.style.dim_opacity)
    assert net.layers[1].neurons[0].get_stroke_opacity() == 1
    net.highlight_path([0, 0, 0])
    assert len(net.path[0]) == 2
    net.hide_path()
    assert not len(net.path)
    np.testing.assert_allclose(net.edges.stroke_rgbas, before[0])
    np.testing.assert_allclose(net.edges.widths, before[1])
    assert {n.get_stroke_opacity() for layer in net.layers for n in layer.neurons} == {1}


def test_paths_that_do_not_exist_are_named(net):
    with pytest.raises(ValueError, match="each of 3 layers, not 2"):
        net.highlight_path([0, 1])
    with pytest.raises(IndexError, match="no neuron 3 in layer 1: 3 are shown"):
        net.highlight_path([0, 3, 0])
    assert not len(net.path)


def test_weak_edges_keep_a_visible_minimum_if_asked():
    network = Network.dense([[[1.0, 1e-6]]], [[0.0]])
    net = NetworkMobject(network, min_edge_width=0.5).show_weights()
    assert net.edges.widths == pytest.approx([net.style.max_edge_width, 0.5])


@pytest.mark.parametrize("scene_class", [Scene, NNScene])
def test_paths_come_and_go_in_plays(net, scene_class):
    net.show_weights()
    before = net.edges.stroke_rgbas.copy()
    wanted = net.copy().highlight_path([0, 1, 0])
    scene = scene_class()
    scene.add(net)
    scene.play(net.animate.highlight_path([0, 1, 0]), run_time=0.2)
    np.testing.assert_allclose(net.edges.stroke_rgbas, wanted.edges.stroke_rgbas)
    np.testing.assert_allclose(net.path[0].stroke_rgbas, wanted.path[0].stroke_rgbas)
    scene.play(net.animate.highlight_path([1, 2, 0]), run_time=0.2)
    assert len(net.path) == 1
    assert net.layers[1].neurons[1].get_stroke_opacity() == pytest.approx(net.style.dim_opacity)
    scene.play(net.animate.hide_path(), run_time=0.2)
    assert not len(net.path)
    np.testing.assert_allclose(net.edges.stroke_rgbas, before)
    assert {n.get_stroke_opacity() for layer in net.layers for n in layer.neurons} == {1}
    assert scene.mobjects == [net]


def test_where_activations_may_be_negative_there_is_room_for_the_sign():
    network = Network.dense([np.eye(2)], [np.zeros(2)], activations=["tanh"])
    net = NetworkMobject(network, neuron_radius=0.5).show_values([[0.5, 0.5], [0.88, 0.88]])
    net.show_activations([[-0.5, 0.5], [-0.88, 0.88]])
    for part, layer in zip(net.values, net.layers, strict=True):
        assert all(map(inside, part, layer.neurons))


def test_labels_may_be_strings_of_numpy(network):
    net = NetworkMobject(network, output_labels=np.array(["setosa"]))
    assert net.output_labels[0].original_text == "setosa"


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("sizes", [[2, 3, 1], [3, 4, 2], [2, 2, 2], [40, 3, 1]])
def test_biases_never_stand_on_words(sizes, direction):
    titles = [f"layer {k}" for k in range(len(sizes))]
    net = NetworkMobject(
        Network.random(sizes, seed=4),
        layer_titles=titles,
        output_labels=["out"] * sizes[-1],
        direction=direction,
        neuron_radius=0.3,
        neuron_buff=0.5,
        layer_buff=2.5,
    )
    try:
        net.show_weights().show_biases()
    except ValueError as error:
        assert "there is no room for the bias" in str(error)  # noqa: PT017
        return
    words = [*net.layer_titles, *net.output_labels, *(layer.size_label for layer in net.layers)]
    for bias in (number for group in net.biases for number in group):
        assert not any(overlap(box(bias), box(word)) for word in words if word.width)


def test_no_edge_strikes_its_number_through():
    network = Network.dense([[[1.86, -0.35], [5.0, -0.08]], [[-0.63, -0.88]]], [[0, 0], [0]])
    net = NetworkMobject(
        network, neuron_radius=0.45, neuron_buff=0.8, layer_buff=3, max_edge_width=5
    )
    net.show_weights().show_edge_values(height=0.2)
    bare = net.copy().hide_edge_values()
    digits = net.copy()
    digits.edges.set_stroke(opacity=0)

    def pixels_around(mobject, number):
        """Return the pixels around a number."""
        with temp_config({"pixel_width": 854, "pixel_height": 480}):
            camera = NNCamera()
        camera.capture_mobjects([mobject])
        scale = 480 / camera.frame_height
        x, y = number.get_center()[:2]
        half_x, half_y = number.width / 2, number.height / 2
        rows = slice(int(240 - (y + half_y) * scale), int(240 - (y - half_y) * scale) + 1)
        columns = slice(int(427 + (x - half_x) * scale), int(427 + (x + half_x) * scale) + 1)
        return camera.pixel_array[rows, columns, :3].astype(int)

    numbers = [number for group in net.edge_values for number in group]
    for number in numbers:
        np.testing.assert_array_equal(pixels_around(net, number), pixels_around(digits, number))
    # Where weights are not next to nothing there are edges.
    assert sum(pixels_around(bare, number).max() > 60 for number in numbers) >= 4
    net.hide_edge_values()
    assert len(net.get_family()) == len(bare.get_family())


# --- what can be read


def ground_of(neuron):
    fill = config.background_color.interpolate(neuron.get_fill_color(), neuron.get_fill_opacity())
    return ManimColor(fill)


@pytest.mark.every(4)
@pytest.mark.parametrize("background", ["#000000", "#ffffff", "#1c2833", "#808080", "#f4ecd8"])
@pytest.mark.parametrize("options", [{}, {"neuron_fill_color": RED, "text_color": "#777777"}])
def test_numbers_and_texts_in_neurons_have_contrast_whatever_fills_them(background, options):
    with temp_config({"background_color": background}):
        network = Network.dense([np.eye(21)], [np.zeros(21)], activations=["tanh"])
        net = NetworkMobject(network, neuron_radius=0.3, max_shown=30, fit=None, **options)
        values = np.linspace(-1, 1, 21)
        for shown in (
            net.copy().show_values([values, values]).values,
            net.copy().show_activations([values, values]).show_neuron_texts(lambda k, i: "z"),
        ):
            picture = shown if isinstance(shown, NetworkMobject) else None
            texts = picture.annotations[0] if picture else shown
            fills = (picture or net.copy().show_activations([values, values])).layers
            for layer, group in zip(fills, texts, strict=True):
                for neuron, text in zip(layer.neurons, group, strict=True):
                    color = text[0].get_fill_color()
                    assert contrast(color, ground_of(neuron)) >= READABLE
        # On the way to other activations as well.
        net.show_values([values, values])
        animation = net.animate.show_activations([-values, values[::-1]]).build()
        animation.begin()
        for share in (0.2, 0.5, 0.7):
            animation.interpolate(share)
            for neuron, text in zip(net.layers[0].neurons, net.values[0], strict=True):
                assert contrast(text.get_fill_color(), ground_of(neuron)) >= READABLE


def test_numbers_of_a_network_have_one_size_and_stay_off_the_rim():
    network = Network.dense(
        [np.ones((2, 3)), np.ones((3, 2))],
        [np.zeros(2), np.zeros(3)],
        activations=["relu", "sigmoid"],
    )
    net = NetworkMobject(network, neuron_radius=0.5)
    net.show_values([[0.1, 0.2, 0.3], [123.45, 2.0], [0.5, 0.6, 0.7]])
    digits = [number[-1] for group in net.values for number in group if number.number < 100]
    # The last digits are 0 to 8: all but the 0 are as high.
    assert max(digit.height for digit in digits) < 1.1 * min(digit.height for digit in digits)
    for layer, group in zip(net.layers, net.values, strict=True):
        for neuron, number in zip(layer.neurons, group, strict=True):
            points = np.concatenate([glyph.points for glyph in number])[:, :2]
            far = np.linalg.norm(points - neuron.get_center()[:2], axis=1)
            assert far.max() <= 0.9 * neuron.width / 2 + 1e-6


@pytest.mark.every(4)
@pytest.mark.parametrize("seed", range(30))
def test_what_stands_on_edges_touches_no_neuron_and_nothing_of_its_kind(seed):
    rng = np.random.RandomState(seed)
    sizes = rng.randint(1, 5, size=rng.randint(2, 4)).tolist()
    net = NetworkMobject(
        Network.random(sizes, seed=seed), neuron_buff=0.7, layer_buff=3.0, fit=None
    )
    net.show_weights().show_edge_values(height=0.12)
    numbers = [number for group in net.edge_values for number in group]
    grounds = [ground for group in net.annotations[0] for ground in group]
    assert len(numbers) == len(grounds) == len(net.edges)
    neurons = [neuron for layer in net.layers for neuron in layer.neurons]
    for k, (number, ground) in enumerate(zip(numbers, grounds, strict=True)):
        assert inside(number, ground)
        assert ground.get_fill_opacity() == 1
        others = (*numbers[:k], *numbers[k + 1 :])
        assert not any(overlap(box(ground), box(other)) for other in others)
        assert not any(overlap(box(number), box(neuron)) for neuron in neurons)


# --- derivatives


def test_derivatives_are_those_of_the_cost_and_follow(net, network):
    x, y, h = X, np.array([1.0]), 1e-5
    gradient = network.backprop(x, y)
    net.show_gradient(gradient).show_gradient_values(gradient)
    on_edges, beside = net.annotations[1], net.annotations[2]

    def nudged(change):
        return network.with_parameters(network.flatten() + change).cost(x, y)

    vector = gradient.flatten()
    for k in (0, 3, 5, 8, len(vector) - 1):
        step = np.zeros(len(vector))
        step[k] = h
        assert vector[k] == pytest.approx((nudged(step) - nudged(-step)) / (2 * h), abs=1e-8)
    assert numbers(on_edges)[0] == pytest.approx(gradient.weights[0].T.ravel())
    assert numbers(on_edges)[1] == pytest.approx(gradient.weights[1].T.ravel())
    errors = network.backward_pass(x, y).errors
    for k, part in enumerate(numbers(beside)):
        assert part == pytest.approx(gradient.biases[k])
        assert part == pytest.approx(np.ravel(errors[k]))
    style = net.style
    for group in (*on_edges, *beside):
        for number in group:
            shown = round(number.number, 2)
            color = style.decrease_color if shown > 0 else style.increase_color
            color = color if shown else style.text_color
            assert number[0].get_fill_color() == ManimColor(color)
            assert contrast(color, config.background_color) >= READABLE
    net.show_gradient(-gradient)
    assert numbers(on_edges)[1] == pytest.approx(-gradient.weights[1].T.ravel())
    animation = net.animate.show_gradient(gradient).build()
    animation.begin()
    animation.finish()
    assert numbers(beside)[0] == pytest.approx(gradient.biases[0])
    twin = net.copy()
    assert numbers(twin.annotations[1])[0] == pytest.approx(gradient.weights[0].T.ravel())
    # They take the places of weights and biases, and give them back.
    net.show_edge_values().show_biases()
    assert [type(one).__name__ for one in net.annotations] == [
        "EdgeNumberGrounds",
        "EdgeNumbers",
        "BiasNumbers",
    ]
    net.show_gradient_values(gradient).hide_gradient_values()
    assert not len(net.annotations)


# --- texts of one's own


def test_texts_of_ones_own_stand_on_edges_and_in_neurons(net, network):
    net.show_edge_texts(lambda layer, i, j: f"w{i}{j}" if (i, j) != (1, 2) else None, layers=[0])
    net.show_neuron_texts(lambda layer, unit: f"a{unit}", layers=[1])
    texts, on_edges = net.annotations[0], net.annotations[2]
    shown = [[text.original_text for text in group if text.submobjects] for group in on_edges]
    assert shown == [["w00", "w01", "w02", "w10", "w11"], []]
    assert [text.original_text for text in texts[1]] == ["a0", "a1", "a2"]
    assert not len(texts[0]) + len(texts[2])
    for text, neuron in zip(texts[1], net.layers[1].neurons, strict=True):
        assert inside(text, neuron)
    net.show_values(network.forward_pass(X))
    assert len(net.values[1])
    assert texts not in net.annotations
    net.hide_edge_texts().hide_values()
    assert not len(net.annotations)
    many = NetworkMobject(Network.random([40, 3], seed=0), max_shown=4)
    many.show_neuron_texts(lambda layer, unit: str(unit), layers=[0])
    assert [text.original_text for text in many.annotations[0][0]] == ["0", "1", "38", "39"]
