"""Where things stand: in the frame, apart from each other, upright, beside what they name."""

import numpy as np
import pytest
from manim import LEFT, RIGHT, Circle, MathTex, Square, config

from nnviz._manim_arrays import arrays_as_one
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.writing import LatexMissingError
from nnviz.network import Network
from nnviz.network.layers import Conv2D, Dense, Flatten, MaxPool2D

WORDS = ["0", "cat", "R&D", "50%", "猫と犬", "größer", "petal length (cm)", "Ω", "a_b^c", "\\alpha"]


@pytest.fixture(autouse=True, scope="module")
def quick():
    """Count arrays as one, as scenes of ours do: it comes to the same places in less time."""
    with arrays_as_one():
        yield


def random_picture(seed):
    """Draw a network, its labels and options by lot."""
    rng = np.random.RandomState(seed)
    depth = rng.randint(2, 13)
    sizes = [int(s) for s in np.exp(rng.uniform(0, np.log(rng.choice([8, 40, 900])), depth)) + 1]
    options = {"direction": str(rng.choice(["right", "down"]))}
    sizes[-1] = min(sizes[-1], 30)
    if rng.rand() < 0.6:
        options["output_labels"] = [str(w) for w in rng.choice(WORDS, sizes[-1])]
    if rng.rand() < 0.4:
        sizes[0] = min(sizes[0], 40)
        options["input_labels"] = [str(w) for w in rng.choice(WORDS, sizes[0])]
    if rng.rand() < 0.5:
        options["layer_titles"] = [str(rng.choice([*WORDS, ""])) or None for _ in sizes]
    if rng.rand() < 0.3:
        options["fit"] = (float(rng.uniform(2, 12)), float(rng.uniform(2, 7)))
    if rng.rand() < 0.3:
        options["max_shown"] = int(rng.randint(2, 30))
    return NetworkMobject(Network.random(sizes, seed=0), **options)


@pytest.mark.slow
@pytest.mark.every(12)
@pytest.mark.parametrize("seed", range(60))
def test_random_networks_fit_and_nothing_overlaps(seed, check_boxes):
    check_boxes(random_picture(seed))


def conv(channels=3, size=32, maps=8):
    rng = np.random.RandomState(0)
    first = Conv2D.random(channels, maps, 5, rng, activation="relu")
    pooled = (size - 4) // 2
    layers = [
        first,
        MaxPool2D(2),
        Conv2D.random(maps, 16, 3, rng, activation="relu"),
        Flatten(),
        Dense.random(16 * (pooled - 2) ** 2, 10, rng, activation="softmax"),
    ]
    return Network(layers, "cross-entropy", input_shape=(channels, size, size))


@pytest.mark.slow
@pytest.mark.every(5)
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_networks_of_images_fit_and_nothing_overlaps(channels, direction, check_boxes):
    net = NetworkMobject(
        conv(channels),
        direction=direction,
        output_labels=[f"class {k}" for k in range(10)],
        layer_titles=["image", "convolution", "pooling", "convolution", "flattened", "classes"],
    )
    check_boxes(net)
    assert len(net.layers[0].maps) == (2 if channels == 2 else 1)


def test_spacing_gives_way_before_size():
    natural = NetworkMobject(Network.random([8, 8], seed=0), fit=None)
    closer = NetworkMobject(Network.random([8, 8], seed=0), fit=(9, 5))
    assert natural.height > 5
    assert closer.height == pytest.approx(5)
    neuron = closer.layers[0].neurons[0]
    assert neuron.width == pytest.approx(natural.layers[0].neurons[0].width)
    smaller = NetworkMobject(Network.random([16, 16], seed=0), fit=(9, 4))
    assert smaller.height == pytest.approx(4)
    assert smaller.layers[0].neurons[0].width < neuron.width


@pytest.mark.slow
def test_natural_size_is_that_of_the_style():
    net = NetworkMobject(Network.random([40] * 12, seed=0), fit=None)
    assert net.layers[0].neurons[0].width == pytest.approx(2 * net.style.neuron_radius)
    assert net.width > config.frame_width


def test_labels_stand_beside_their_neurons_in_one_size():
    names = ["a", "much longer", "B"]
    net = NetworkMobject(Network.random([3, 2, 3], seed=0), input_labels=names, output_labels=names)
    lows = [baseline(label) for label in net.input_labels]
    for labels, layer, side in (
        (net.input_labels, net.layers[0], LEFT),
        (net.output_labels, net.layers[-1], RIGHT),
    ):
        for label, neuron in zip(labels, layer.neurons, strict=True):
            near, far = label.get_edge_center(-side)[0], neuron.get_edge_center(side)[0]
            assert side[0] * (near - far) == pytest.approx(0.6 * neuron.width / 2)
            assert label.get_center()[1] == pytest.approx(neuron.get_center()[1], abs=0.05)
            below = neuron.get_center()[1] - baseline(label)
            assert below == pytest.approx(net.layers[0].neurons[0].get_y() - lows[0])
    # The letter a is as large in a word of its own as in the long one beside it.
    a = next(k for k, letter in enumerate("muchlonger") if letter == "u")
    assert net.output_labels[1][a].height == pytest.approx(net.output_labels[0][0].height, rel=0.1)


@pytest.mark.slow
def test_a_long_label_shrinks_all_of_its_layer_together():
    network = Network.random([1, 2], seed=0)
    short = NetworkMobject(network, output_labels=["a", "b"], fit=None)
    mixed = NetworkMobject(network, output_labels=["a", "b" * 60], fit=None)
    assert mixed.output_labels[1].width <= mixed.style.max_label_width + 1e-9
    share = mixed.output_labels[1].width / mixed.output_labels[1].height
    assert share > 10
    assert mixed.output_labels[0].height < 0.6 * short.output_labels[0].height


def test_labels_are_upright_below_and_above_rows():
    net = NetworkMobject(
        Network.random([3, 2, 3], seed=0),
        direction="down",
        input_labels=["petal length", "b", "c"],
        output_labels=["setosa", "versicolor", "virginica"],
    )
    for label, neuron in zip(net.output_labels, net.layers[-1].neurons, strict=True):
        assert label.width > label.height
        assert label.get_top()[1] < neuron.get_bottom()[1]
        assert label.get_center()[0] == pytest.approx(neuron.get_center()[0])
    assert net.input_labels[0].get_bottom()[1] > net.layers[0].neurons[0].get_top()[1]


def test_labels_may_be_mobjects_and_stay_themselves():
    signs = [Square(0.3), Circle(0.2)]
    net = NetworkMobject(Network.random([1, 2], seed=0), output_labels=signs)
    assert list(net.output_labels) == signs


def test_labels_of_a_shortened_layer_are_those_of_the_units_shown():
    names = [f"x{k}" for k in range(20)]
    net = NetworkMobject(Network.random([20, 20], seed=0), max_shown=4, input_labels=names)
    assert [label.original_text for label in net.input_labels] == ["x0", "x1", "x18", "x19"]
    assert len(net.layers[1].neurons) == 4


@pytest.mark.slow
def test_an_output_with_labels_is_not_shortened_unless_asked():
    names = [str(k) for k in range(20)]
    network = Network.random([20, 20], seed=0)
    assert len(NetworkMobject(network, output_labels=names).layers[-1].neurons) == 20
    asked = NetworkMobject(network, output_labels=names, max_shown={-1: 6})
    assert len(asked.layers[-1].neurons) == len(asked.output_labels) == 6
    by_layer = NetworkMobject(network, max_shown={0: 4})
    assert [len(layer.neurons) for layer in by_layer.layers] == [4, 16]


def test_sizes_of_inner_layers_stand_below_all_edges():
    net = NetworkMobject(Network.random([100, 200, 300], seed=0))
    bottom = min(layer.body.get_bottom()[1] for layer in net.layers)
    for layer, size in zip(net.layers[1:], ("200", "300"), strict=True):
        (count,) = layer.size_label
        assert count.original_text == size
        assert count.get_top()[1] < bottom
        assert count.get_center()[0] == pytest.approx(layer.neurons.get_center()[0])


def test_labels_are_of_the_writing_that_is_given():
    net = NetworkMobject(Network.random([20, 2], seed=0), writing=MathTex, output_labels=["0", "1"])
    assert all(isinstance(label, MathTex) for label in net.output_labels)
    assert isinstance(net.layers[0].dots[0], MathTex)


@pytest.mark.slow
def test_without_latex_everything_of_the_networks_own_is_written(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(config, "media_dir", str(tmp_path))
    network = Network.random([30, 20, 2], seed=0)
    net = NetworkMobject(network, output_labels=["R&D", "50%"], layer_titles=["a", "b", "c"])
    x = np.linspace(0, 1, 30)
    net.show_activations(network.forward_pass(x)).show_weights()
    NetworkMobject(network[1:], neuron_radius=0.4, max_shown=2).show_values(
        network[1:].forward_pass(x[:20])
    ).show_biases()
    few = Network.random([2, 2], seed=0)
    with pytest.raises(LatexMissingError, match=r"output label '\\\\beta'.*latex.*writing='text'"):
        NetworkMobject(few, output_labels=["\\beta", "x"], writing=MathTex)
    with pytest.raises(LatexMissingError, match="a layer's size '30'"):
        NetworkMobject(network, writing=MathTex)
