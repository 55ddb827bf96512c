"""Figures of known architectures for one column of a paper: 3.5 inches wide, vectors.

    python docs/figures.py

writes docs/figures/NAME.pdf and NAME.png for each function here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
from manim import VGroup

from nnviz import Network, NetworkMobject, NetworkStyle, save_figure
from nnviz.network import Node, last_of, transformer_block
from nnviz.network.layers import (
    Activate,
    Add,
    AveragePool2D,
    BatchNorm,
    Concatenate,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Flatten,
    GlobalAveragePool2D,
    MaxPool2D,
)

FOLDER = Path(__file__).with_suffix("")
INCHES = 3.5
Nodes = dict[str, Node]


def mlp() -> VGroup:
    network = Network.random([4, 8, 8, 3], seed=5)
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    species = ["setosa", "versicolor", "virginica"]
    net = NetworkMobject(network, style(fit=(9, 5)), species, input_labels=names)
    return net.show_weights().show_activations(network.forward_pass([0.9, 0.3, 0.6, 0.1]))


def lenet5() -> VGroup:
    layers = [conv(1, 6, 5, "tanh", padding=2), AveragePool2D(2), conv(6, 16, 5, "tanh")]
    layers += [AveragePool2D(2), Flatten(), dense(400, 120, "tanh"), dense(120, 84, "tanh")]
    layers += [dense(84, 10, "softmax")]
    network = Network(layers, "cross-entropy", input_shape=(1, 28, 28))
    return NetworkMobject(network, style(), view="volumes")


def vgg16() -> VGroup:
    layers, n = [], 3
    for width, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(times):
            layers.append(conv(n, width, padding=1))
            n = width
        layers.append(MaxPool2D(2))
    layers += [Flatten(), dense(512 * 7 * 7, 4096), dense(4096, 4096), dense(4096, 1000, "softmax")]
    network = Network(layers, "cross-entropy", input_shape=(3, 224, 224))
    return NetworkMobject(network, style(), view="volumes")


def resnet18() -> VGroup:
    nodes = {"conv1": Node(conv(3, 64, 7, "identity", stride=2, padding=3), ("x",))}
    nodes |= {"norm1": Node(norm(64), ("conv1",)), "relu1": Node(Activate("relu"), ("norm1",))}
    nodes |= {"pool": Node(MaxPool2D(3, stride=2, padding=1), ("relu1",))}
    widths = [64, 64, 128, 128, 256, 256, 512, 512]
    for k, (n, width) in enumerate(zip([64, *widths], widths, strict=False)):
        nodes |= residual_block(f"stage{k // 2}.{k % 2}", last_of(nodes), n, width)
    nodes["mean"] = Node(GlobalAveragePool2D(), (last_of(nodes),))
    nodes["scores"] = Node(dense(512, 1000, "softmax"), ("mean",))
    network = Network({"x": (3, 224, 224)}, nodes, "scores", "cross-entropy")
    return NetworkMobject(network, style(), view="volumes")


def unet() -> VGroup:
    nodes, now, n, skips = {}, "x", 1, []
    for k, width in enumerate((32, 64, 128, 256)):
        nodes |= two_convolutions(f"down{k}", now, n, width)
        now, n = last_of(nodes), width
        if k < 3:
            skips.append(now)
            now = f"down{k}.pool"
            nodes[now] = Node(MaxPool2D(2), (skips[-1],))
    for k in (2, 1, 0):
        up = ConvTranspose2D(zeros(n, n // 2, 2, 2), zeros(n // 2), stride=2)
        nodes[f"up{k}"] = Node(up, (last_of(nodes),))
        nodes[f"both{k}"] = Node(Concatenate(axis=0), (skips[k], f"up{k}"))
        nodes |= two_convolutions(f"level{k}", f"both{k}", n, n // 2)
        n //= 2
    nodes["mask"] = Node(conv(n, 1, 1, "sigmoid"), (last_of(nodes),))
    network = Network({"x": (1, 96, 96)}, nodes, "mask", "quadratic")
    return NetworkMobject(network, style(), view="volumes")


def transformer() -> VGroup:
    rng = np.random.RandomState(0)
    nodes = transformer_block("block", "x", 8, heads=2, rng=rng)
    network = Network({"x": (6, 8)}, nodes, last_of(nodes), "quadratic")
    look = style(title_height=0.38, layer_buff=0.9, fit=(13.2, 8))
    net = NetworkMobject(network, look, open=["block", "block.attention"])
    return net.show_activations(network.forward_pass(rng.randn(6, 8)))


# What they are made of. Their shapes are all that is drawn: zeros that are repeated take no memory.


def style(**changes: object) -> NetworkStyle:
    return NetworkStyle.light(**changes)


def zeros(*shape: int) -> np.ndarray:
    return np.broadcast_to(0.0, shape)


def conv(n_in: int, n_out: int, size: int = 3, activation: str = "relu", **options: int) -> Conv2D:
    kernels = zeros(n_out, n_in, size, size)
    return Conv2D(kernels, zeros(n_out), activation=activation, **options)


def dense(n_in: int, n_out: int, activation: str = "relu") -> Dense:
    return Dense(zeros(n_out, n_in), zeros(n_out), activation)


def norm(n: int) -> BatchNorm:
    return BatchNorm(np.ones(n), zeros(n), zeros(n), np.ones(n))


def two_convolutions(name: str, source: str, n_in: int, n_out: int) -> Nodes:
    first, last = f"{name}.conv1", f"{name}.conv2"
    return {
        first: Node(conv(n_in, n_out, padding=1), (source,)),
        last: Node(conv(n_out, n_out, padding=1), (first,)),
    }


def residual_block(name: str, source: str, n_in: int, n_out: int) -> Nodes:
    stride = n_out // n_in
    layers = [conv(n_in, n_out, 3, "identity", stride=stride, padding=1), norm(n_out)]
    layers += [Activate("relu"), conv(n_out, n_out, 3, "identity", padding=1), norm(n_out)]
    names = [f"{name}.{word}" for word in ("conv1", "norm1", "relu1", "conv2", "norm2")]
    nodes = {
        one: Node(layer, (before,))
        for one, layer, before in zip(names, layers, [source, *names], strict=False)
    }
    skip = source
    if stride > 1:
        skip = f"{name}.skip_norm"
        nodes[f"{name}.skip"] = Node(conv(n_in, n_out, 1, "identity", stride=stride), (source,))
        nodes[skip] = Node(norm(n_out), (f"{name}.skip",))
    nodes[f"{name}.sum"] = Node(Add(), (names[-1], skip))
    nodes[f"{name}.relu2"] = Node(Activate("relu"), (f"{name}.sum",))
    return nodes


def figures() -> dict[str, Callable[[], VGroup]]:
    """Return the functions that make the figures, by their names."""
    return {
        name: one
        for name, one in globals().items()
        if inspect.isfunction(one) and one.__annotations__.get("return") == "VGroup"
    }


def main() -> None:
    """Write the figures."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in figures().items():
        figure = make()
        for kind in ("pdf", "png"):
            file = FOLDER / f"{name}.{kind}"
            save_figure(figure, file, width=INCHES, background="white", dpi=240)
            print(f"{file.stat().st_size / 1e3:6.0f} kB  {file}")


if __name__ == "__main__":
    main()
