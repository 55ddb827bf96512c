"""The contact sheet docs/networks.png: twenty-four networks, each in ten lines or less.

    python docs/networks.py

draws them side by side, each in a frame of Manim's, with the name of the function that made it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
from manim import LEFT, UP, WHITE, Camera, ManimColor, MathTex, VGroup, tempconfig

from nnviz import MNistMobject, Network, NetworkMobject, SansText, mnist, pretrained
from nnviz.network import one_hot
from nnviz.network.layers import Conv2D, Dense, Dropout, Flatten, GlobalAveragePool2D, MaxPool2D

SHEET = Path(__file__).with_suffix(".png")
COLUMNS, WIDTH, HEIGHT = 4, 640, 360
IRIS = ["sepal length", "sepal width", "petal length", "petal width"]
SPECIES = ["setosa", "versicolor", "virginica"]


def smallest() -> VGroup:
    return NetworkMobject(Network.random([2, 2], seed=1)).show_weights()


def xor_with_all_its_numbers() -> VGroup:
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    *_, last = Network.random([2, 3, 1], seed=4).sgd(x, y, epochs=3000, batch_size=4, eta=3.0)
    net = NetworkMobject(last.network, neuron_radius=0.45, neuron_buff=0.8, layer_buff=3.5)
    net.show_weights().show_values(last.network.forward_pass([0, 1]))
    return net.show_edge_values(height=0.2).show_biases(height=0.2)


def iris_with_names() -> VGroup:
    network = Network.random([4, 8, 3], seed=1)
    titles = ["measured", "hidden", "species"]
    net = NetworkMobject(network, None, SPECIES, input_labels=IRIS, layer_titles=titles)
    return net.show_weights().show_activations(network.forward_pass([0.9, 0.3, 0.6, 0.1]))


def top_down() -> VGroup:
    network = Network.random([4, 8, 3], seed=1)
    titles = ["measured", "hidden", "species"]
    net = NetworkMobject(
        network, None, SPECIES, input_labels=IRIS, layer_titles=titles, direction="down"
    )
    return net.show_weights()


def mnist_dense() -> VGroup:
    network, x = pretrained(), mnist.load().test.images[0]
    net = NetworkMobject(network, output_labels="0123456789")
    return net.show_weights().show_activations(network.forward_pass(x))


def mnist_convolutional() -> VGroup:
    network = pretrained("cnn")
    net = NetworkMobject(network, output_labels="0123456789").show_weights()
    x = mnist.load().test.images[0].reshape(network.input_shape)
    return net.show_activations(network.forward_pass(x))


def regression() -> VGroup:
    rng = np.random.RandomState(0)
    layers = [Dense.random(1, 12, rng, activation="tanh"), Dense.random(12, 1, rng, "identity")]
    network = Network(layers)
    net = NetworkMobject(network, None, ["y"], input_labels=["x"]).show_weights()
    return net.show_activations(network.forward_pass([0.7]))


def relu_with_values() -> VGroup:
    rng = np.random.RandomState(1)
    layers = [Dense.random(3, 4, rng, "relu"), Dense.random(4, 2, rng, "identity")]
    net = NetworkMobject(Network(layers), neuron_radius=0.5, layer_buff=2.5, neuron_buff=0.2)
    return net.show_weights().show_values(net.network.forward_pass([0.9, -1.5, 2.4]))


def tanh_with_values() -> VGroup:
    rng = np.random.RandomState(2)
    layers = [Dense.random(3, 4, rng, "tanh"), Dense.random(4, 4, rng, "tanh")]
    net = NetworkMobject(Network(layers), neuron_radius=0.5, layer_buff=2.5, neuron_buff=0.2)
    return net.show_weights().show_values(net.network.forward_pass([0.9, -0.5, 0.4]))


def fourteen_layers() -> VGroup:
    return NetworkMobject(Network.random([5] + [4] * 12 + [2], seed=0)).show_weights()


def wide_layers_with_titles() -> VGroup:
    network = Network.random([1000, 512, 256, 100], seed=0)
    titles = ["bag of words", "hidden 1", "hidden 2", "topics"]
    return NetworkMobject(network, layer_titles=titles, max_shown=10).show_weights()


def three_hundred_neurons_shown() -> VGroup:
    network = Network.random([100, 100, 100], seed=0)
    return NetworkMobject(network, max_shown=100, weight_exponent=3.0).show_weights()


def light() -> VGroup:
    network = Network.random([4, 6, 6, 3], seed=5)
    net = NetworkMobject(network, output_labels=SPECIES).show_weights()
    return net.show_activations(network.forward_pass([0.2, 0.9, 0.5, 0.7]))


def light_with_numbers() -> VGroup:
    network = Network.random([3, 3, 2], seed=3)
    net = NetworkMobject(network, neuron_radius=0.45, neuron_buff=0.7, layer_buff=3.5)
    net.show_weights().show_values(network.forward_pass([0.9, 0.1, 0.5]))
    return net.show_edge_values(height=0.18)


def highlighted_path() -> VGroup:
    network = Network.random([4, 6, 6, 3], seed=5)
    return NetworkMobject(network).show_weights().highlight_path([1, 4, 2, 0])


def all_paths_of_one_output() -> VGroup:
    network = Network.random([4, 5, 5, 3], seed=2)
    net = NetworkMobject(network, output_labels=SPECIES)
    return net.show_weights().highlight_path([None, None, None, 1])


def gradient() -> VGroup:
    network, test = pretrained(), mnist.load().test
    net = NetworkMobject(network, output_labels="0123456789", max_shown=12)
    x, y = test.images[1], one_hot(test.labels[1])
    return net.show_gradient(network.backprop(x, y)).show_activations(network.forward_pass(x))


def color_image() -> VGroup:
    rng = np.random.RandomState(2)
    layers = [Conv2D.random(3, 6, 5, rng, activation="relu"), MaxPool2D(2), Flatten()]
    layers += [Dense.random(6 * 14 * 14, 4, rng, "softmax")]
    network = Network(layers, "cross-entropy", input_shape=(3, 32, 32))
    y, x = np.mgrid[0:1:32j, 0:1:32j]
    picture = np.stack([x, y, np.hypot(x - 0.5, y - 0.5) < 0.3])
    net = NetworkMobject(network, None, ["bird", "cat", "dog", "sun"])
    return net.show_activations(network.forward_pass(picture)).show_weights()


def feature_maps_of_either_sign() -> VGroup:
    rng = np.random.RandomState(3)
    layers = [Conv2D.random(1, 4, 7, rng, activation="tanh"), GlobalAveragePool2D()]
    layers += [Dense.random(4, 3, rng, "softmax")]
    network = Network(layers, "cross-entropy", input_shape=(1, 28, 28))
    net = NetworkMobject(network, output_labels=SPECIES, map_height=1.4)
    x = mnist.load().test.images[3].reshape(1, 28, 28)
    return net.show_activations(network.forward_pass(x)).show_weights()


def top_down_convolutional() -> VGroup:
    network = pretrained("cnn")
    net = NetworkMobject(network, None, "0123456789", direction="down", max_maps=8)
    x = mnist.load().test.images[7].reshape(network.input_shape)
    return net.show_activations(network.forward_pass(x)).show_weights()


def dropout_and_long_names() -> VGroup:
    rng = np.random.RandomState(4)
    layers = [Dense.random(3, 5, rng), Dropout(0.5), Dense.random(5, 2, rng)]
    names = ["the customer will come back", "R&D spends more than 50% of it"]
    net = NetworkMobject(
        Network(layers), output_labels=names, input_labels=["age", "länge", "Größe"]
    )
    return net.show_weights().show_activations(net.network.forward_pass([0.3, 0.8, 0.5]))


def formulas_as_labels() -> VGroup:
    network = Network.random([3, 4, 2], seed=8)
    names = ["x_1", "x_2", "x_3"]
    net = NetworkMobject(
        network, None, [r"\hat y_1", r"\hat y_2"], input_labels=names, writing=MathTex
    )
    return net.show_weights()


def drawings_as_labels() -> VGroup:
    images = [mnist.first_of_each_digit()[digit][0] for digit in (0, 1)]
    signs = [MNistMobject(image, height=0.7) for image in images]
    network = Network.random([4, 5, 2], seed=8)
    return NetworkMobject(network, None, signs, neuron_buff=0.5).show_weights()


def colors_of_ones_own() -> VGroup:
    net = NetworkMobject(
        Network.random([5, 7, 7, 4], seed=6),
        positive_color="TEAL",
        negative_color="#F2A65A",
        neuron_stroke_color="PURPLE_B",
        max_edge_width=4,
        min_edge_width=0.4,
    )
    return net.show_weights()


def networks() -> dict[str, Callable[[], VGroup]]:
    """Return the functions that make the pictures, by their names, in order."""
    here = globals().items()
    return {
        name: one
        for name, one in here
        if inspect.isfunction(one) and one.__annotations__.get("return") == "VGroup"
    }


def frame(name: str, make: Callable[[], VGroup]) -> np.ndarray:
    """Return a frame with one network and its name, shape (HEIGHT, WIDTH, 3)."""
    background = WHITE if name.startswith("light") else ManimColor("#000000")
    with tempconfig({"pixel_width": WIDTH, "pixel_height": HEIGHT, "background_color": background}):
        title = SansText(name.replace("_", " "), font_size=22, color="GREY")
        camera = Camera()
        camera.capture_mobjects([make(), title.to_corner(UP + LEFT, 0.15)])
        return np.array(camera.pixel_array[:, :, :3])


def main() -> None:
    """Draw the sheet."""
    from PIL import Image

    frames = [frame(name, make) for name, make in networks().items()]
    rows = [np.hstack(frames[k : k + COLUMNS]) for k in range(0, len(frames), COLUMNS)]
    Image.fromarray(np.vstack(rows)).quantize(256).save(SHEET, optimize=True)
    print(f"{len(frames)} networks, {SHEET.stat().st_size / 1e3:.0f} kB: {SHEET}")


if __name__ == "__main__":
    main()
