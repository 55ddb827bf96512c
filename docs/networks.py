"""The contact sheet docs/networks.png: thirty-six networks, each in ten lines or less.

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
from nnviz.network import (
    Activate,
    Add,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    GRUCell,
    MaxPool2D,
    Node,
    Subtract,
    Upsample,
    last_of,
    one_hot,
    recurrent,
    residual,
)
from nnviz.network import transformer as language_model

SHEET = Path(__file__).with_suffix(".png")
COLUMNS, WIDTH, HEIGHT = 4, 640, 360
IRIS = ["sepal length", "sepal width", "petal length", "petal width"]
SPECIES = ["setosa", "versicolor", "virginica"]


def conv(n_in: int, n_out: int, size: int = 3, **options: int) -> Conv2D:
    """Return a convolution that keeps the image's size, unless it has a stride."""
    rng = np.random.RandomState(n_out)
    return Conv2D.random(n_in, n_out, size, rng, activation="relu", padding=size // 2, **options)


def dense(n_in: int, n_out: int, activation: str = "relu") -> Dense:
    """Return a dense layer."""
    return Dense.random(n_in, n_out, np.random.RandomState(n_out), activation)


def digit(label: int) -> np.ndarray:
    """Return the first image of a digit, of shape (1, 28, 28)."""
    return mnist.first_of_each_digit()[label][0].reshape(1, 28, 28)


def smallest() -> VGroup:
    return NetworkMobject(Network.random([2, 2], seed=1)).show_weights()


def xor_with_all_its_numbers() -> VGroup:
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    start = Network.random([2, 3, 1], seed=4)
    *_, last = start.sgd(x, y, epochs=3000, batch_size=4, learning_rate=3.0)
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


def skip_connection() -> VGroup:
    nodes = {"h": Node(dense(4, 6), ("x",)), "h2": Node(dense(6, 6), ("h",))}
    nodes["sum"] = Node(Add(), ("h2", "h"))
    nodes["y"] = Node(dense(6, 3, "softmax"), ("sum",))
    network = Network({"x": (4,)}, nodes, "y", "cross-entropy")
    net = NetworkMobject(network, output_labels=SPECIES).show_weights()
    return net.show_activations(network.forward_pass([0.9, 0.3, 0.6, 0.1]))


def siamese() -> VGroup:
    shared = dense(5, 4, "tanh")  # one layer at two nodes
    nodes = {"a": Node(shared, ("left",)), "b": Node(shared, ("right",))}
    nodes["difference"] = Node(Subtract(), ("a", "b"))
    nodes["same"] = Node(dense(4, 1, "sigmoid"), ("difference",))
    network = Network({"left": (5,), "right": (5,)}, nodes, "same", "binary-cross-entropy")
    net = NetworkMobject(network, output_labels=["same?"]).show_weights()
    left, right = [0.1, 0.9, 0.4, 0.7, 0.2], [0.2, 0.8, 0.9, 0.1, 0.3]
    return net.show_activations(network.forward_pass({"left": left, "right": right}))


def several_outputs() -> VGroup:
    nodes = {"h": Node(dense(6, 8), ("state",)), "h2": Node(dense(8, 8), ("h",))}
    nodes["value"] = Node(dense(8, 1, "tanh"), ("h2",))
    nodes["policy"] = Node(dense(8, 4, "softmax"), ("h2",))
    network = Network({"state": (6,)}, nodes, "policy", "cross-entropy")
    net = NetworkMobject(network, layer_titles={"value": "value", "policy": "policy"})
    net.show_weights()
    return net.show_activations(network.forward_pass([0.1, 0.9, 0.4, 0.7, 0.2, 0.5]))


def autoencoder() -> VGroup:
    layers = [dense(16, 8), dense(8, 2, "tanh"), dense(2, 8), dense(8, 16, "sigmoid")]
    network = Network(layers)
    titles = ["image", "", "code", "", "image again"]
    net = NetworkMobject(network, layer_titles=titles, fit=(13, 6.4)).show_weights()
    return net.show_activations(network.forward_pass(np.linspace(0, 1, 16) ** 2))


def inception_module() -> VGroup:
    nodes = {"a": Node(conv(1, 4, 1), ("x",))}
    nodes |= {"b1": Node(conv(1, 3, 1), ("x",)), "b3": Node(conv(3, 4), ("b1",))}
    nodes |= {"c1": Node(conv(1, 3, 1), ("x",)), "c5": Node(conv(3, 4, 5), ("c1",))}
    nodes["all"] = Node(Concatenate(), ("a", "b3", "c5"))
    network = Network({"x": (1, 28, 28)}, nodes, "all")
    return NetworkMobject(network).show_activations(network.forward_pass(digit(3)))


def u_net() -> VGroup:
    nodes = {"down": Node(conv(1, 4), ("x",)), "pool": Node(MaxPool2D(2), ("down",))}
    nodes |= {"bottom": Node(conv(4, 6), ("pool",)), "up": Node(Upsample(2), ("bottom",))}
    nodes["both"] = Node(Concatenate(), ("down", "up"))
    nodes["mask"] = Node(conv(10, 2), ("both",))
    network = Network({"x": (1, 28, 28)}, nodes, "mask")
    return NetworkMobject(network).show_activations(network.forward_pass(digit(5)))


def transformer() -> VGroup:
    rng = np.random.RandomState(1)
    network = language_model(10, 6, 8, heads=2, blocks=4, rng=rng)
    net = NetworkMobject(network)
    return net.show_activations(network.forward_pass([3, 1, 4, 1, 5, 9]))


def attention() -> VGroup:
    rng = np.random.RandomState(1)
    network = language_model(10, 6, 8, heads=2, blocks=1, rng=rng)
    net = NetworkMobject(network, open=["block0.attention"])
    return net.show_activations(network.forward_pass([3, 1, 4, 1, 5, 9]))


def gated_recurrent() -> VGroup:
    nodes = recurrent("gru", "x", GRUCell.random(3, 4, np.random.RandomState(2)), steps=4)
    nodes["y"] = Node(dense(4, 2, "softmax"), (last_of(nodes),))
    network = Network({"x": (4, 3)}, nodes, "y", "cross-entropy")
    net = NetworkMobject(network, output_labels=["up", "down"]).show_weights()
    return net.show_activations(network.forward_pass(np.eye(4)[:, :3]))


def gated_recurrent_unrolled() -> VGroup:
    nodes = recurrent("gru", "x", GRUCell.random(3, 4, np.random.RandomState(2)), steps=4)
    nodes["y"] = Node(dense(4, 2, "softmax"), (last_of(nodes),))
    network = Network({"x": (4, 3)}, nodes, "y", "cross-entropy")
    net = NetworkMobject(network, output_labels=["up", "down"], open=["gru"]).show_weights()
    return net.show_activations(network.forward_pass(np.eye(4)[:, :3]))


def volumes_of_a_digit() -> VGroup:
    network = pretrained("cnn")
    net = NetworkMobject(network, view="volumes")
    return net.show_activations(network.forward_pass(digit(2)))


def light_volumes_of_a_residual_network() -> VGroup:
    nodes = {"stem": Node(conv(3, 16, 5, stride=2), ("x",)), "pool": Node(MaxPool2D(2), ("stem",))}
    for k in range(3):
        nodes |= residual(f"block{k}", last_of(nodes), [conv(16, 16), conv(16, 16)])
        nodes[f"block{k}.relu"] = Node(Activate("relu"), (last_of(nodes),))
    nodes["wide"] = Node(conv(16, 64, stride=2), (last_of(nodes),))
    nodes["mean"] = Node(GlobalAveragePool2D(), ("wide",))
    nodes["y"] = Node(dense(64, 10, "softmax"), ("mean",))
    network = Network({"x": (3, 64, 64)}, nodes, "y", "cross-entropy")
    return NetworkMobject(network, view="volumes")


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
