"""A browser for what is looked at with one, and random networks for pages to compute."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nnviz.network import ACTIVATIONS, COSTS, Network, Node
from nnviz.network import layers as kinds

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
Shape = tuple[int, ...]
#: Families with other numbers than the usual ones, and a softmax along another axis.
FAMILIES = ("leaky-relu(0.2)", "elu(0.5)", "softplus(2.0)", "clamp(-0.5, 2.0)")
#: What grows too quickly to be put after one another.
WILD = {"exp", "softmax"}


class Builder:
    """Nodes put one after the other by chance."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.RandomState(seed)
        self.inputs: dict[str, Shape] = {}
        self.nodes: dict[str, Node] = {}
        self.last, self.shape = "x", ()

    def put(self, layer: kinds.Layer, *sources: str) -> str:
        taken = sources or (self.last,)
        shapes = {**self.inputs, **self.shapes}
        self.last = f"n{len(self.nodes)}"
        self.shape = layer.output_shape(*(shapes[one] for one in taken))
        self.nodes[self.last], self.shapes[self.last] = Node(layer, taken), self.shape
        return self.last

    def start(self, shape: Shape) -> None:
        self.inputs["x"], self.shape, self.shapes = shape, shape, {}

    def n(self, *shape: int) -> np.ndarray:
        return 0.7 * self.rng.randn(*shape)

    def activation(self) -> str:
        known = [name for name in (*ACTIVATIONS, *FAMILIES) if name not in WILD]
        return str(self.rng.choice(known))

    def one_of(self, *layers: Any) -> Any:
        return layers[self.rng.randint(len(layers))]

    def image_layer(self, turn: int) -> None:
        c, h, w = self.shape
        n, rng, before = self.n, self.rng, self.last
        groups = 2 if c % 2 == 0 else 1
        makers = [
            lambda: kinds.Conv2D(
                n(4, c // groups, 2, 3),
                n(4),
                stride=self.one_of(1, (2, 1)),
                padding=self.one_of("same", ((1, 2), (2, 0))),
                dilation=self.one_of(1, (2, 1)),
                groups=groups,
                activation=self.activation(),
            ),
            lambda: kinds.ConvTranspose2D(
                n(c, 2 // groups, 3, 2),
                n(2),
                stride=2,
                padding=((1, 0), (0, 1)),
                output_padding=(1, 0),
                dilation=self.one_of(1, (1, 2)),
                groups=groups,
                activation=self.activation(),
            ),
            lambda: kinds.MaxPool2D(2, stride=self.one_of(1, 2), padding=self.one_of(0, 1)),
            lambda: kinds.AveragePool2D(2, 1, padding=1, count_padding=bool(rng.randint(2))),
            lambda: kinds.BatchNorm(
                n(c), n(c), n(c), rng.rand(c) + 0.5, activation=self.activation()
            ),
            lambda: kinds.GroupNorm(groups, n(c), n(c)),
            lambda: kinds.PReLU(n(self.one_of(1, c))),
            lambda: kinds.Scale(n(c), n(c)),
            lambda: kinds.Standardise(n(c), rng.rand(c) + 0.5),
            lambda: kinds.Pad(
                ((1, 2), (1, 0)), self.one_of("constant", "reflect", "circular"), 0.3
            ),
            lambda: kinds.Upsample((2, 1), self.one_of("nearest", "bilinear")),
            lambda: kinds.AdaptiveAveragePool2D((3, 4)),
            lambda: kinds.Transpose((0, 2, 1)),
            lambda: kinds.Slice(0, c - 1, axis=0) if c > 1 else kinds.Repeat(2, 0),
            lambda: kinds.Repeat(2, axis=0),
            lambda: kinds.Softmax(-3),
        ]
        layer = makers[turn % len(makers)]()
        after = self.put(layer)
        if self.shape == (c, h, w):  # a skip around it, of every kind
            join = self.one_of(
                kinds.Add(), kinds.Multiply(), kinds.Subtract(), kinds.Concatenate(0)
            )
            self.put(join, before, after)

    def sequence_layer(self, turn: int) -> None:
        t, f = self.shape
        n = self.n
        makers = [
            lambda: kinds.LayerNorm(n(f), n(f)),
            lambda: kinds.RMSNorm(n(f)),
            lambda: kinds.PositionalEmbedding(n(t + 1, f)),
            lambda: kinds.SinusoidalPositions(),
            lambda: kinds.Conv1D(n(4, t, 3), n(4), padding="same", activation=self.activation()),
            lambda: kinds.Dense(n(6, f), n(6), self.activation()),
            lambda: kinds.Conv1D(n(4, t, 2), n(4), stride=2, padding=(0, 1), dilation=2),
        ]
        if turn % 2:
            self.put(makers[turn // 2 % len(makers)]())
        else:
            self.attention(masked=bool(turn % 4))

    def attention(self, *, masked: bool) -> None:
        t, f = self.shape
        n, before = self.n, self.last
        dense = kinds.Dense(n(8, f), n(8))  # shared by queries and keys
        query = self.put(
            kinds.RotaryPositions(), self.put(kinds.SplitHeads(2), self.put(dense, before))
        )
        key = self.put(
            kinds.RotaryPositions(), self.put(kinds.SplitHeads(2), self.put(dense, before))
        )
        value = self.put(kinds.SplitHeads(2), self.put(kinds.Dense(n(8, f), n(8)), before))
        self.put(kinds.MatMul(True, 0.5), query, key)
        if masked:
            self.inputs.setdefault("seen", (t,))
        if masked and self.inputs["seen"] == (t,):
            self.put(kinds.Mask(), self.last, "seen")
        else:
            self.put(kinds.CausalMask())
        pattern = self.put(kinds.Softmax())
        self.put(kinds.MatMul(), pattern, value)
        self.put(kinds.MergeHeads())
        self.put(kinds.Dense(n(f, 8), n(f)))
        self.put(kinds.Add(), before, self.last)


def made_network(seed: int) -> tuple[Network, dict[str, np.ndarray], np.ndarray]:
    """Return a network, one example of its inputs, and desired outputs."""
    b = Builder(seed)
    kind = seed % 4
    if kind == 0:
        b.start((int(b.rng.randint(2, 9)),))
        for _ in range(b.rng.randint(1, 4)):
            b.put(kinds.Dense(b.n(5, *b.shape), b.n(5), b.activation()))
        b.put(kinds.Activate(b.one_of("exp", *FAMILIES)))
        b.put(kinds.Concatenate(), b.last, "x")
    elif kind == 1:
        b.start((2, 6, 5))
        for k in range(3):
            b.image_layer(3 * (seed // 4) + k)
        b.put(b.one_of(kinds.Flatten(), kinds.GlobalAveragePool2D()))
        b.put(kinds.Dropout(0.3))
    else:
        b.start((5,) if kind == 2 else (5, 6))
        if kind == 2:
            b.put(kinds.Embedding(b.n(7, 6)))
        for k in range(3):
            b.sequence_layer(seed // 4 + k)
        kept = b.last
        b.put(kinds.Constant(b.n(*b.shape)))
        b.put(kinds.Add(), kept, b.last)
        b.put(kinds.Reshape((int(np.prod(b.shape)),)))
    (width,) = b.shape
    cost = str(b.rng.choice([*COSTS, "huber(0.5)"]))
    output = b.one_of("sigmoid", "softmax") if "cross" in cost else "tanh"
    if cost.startswith("binary"):
        output = "sigmoid"
    b.put(kinds.Dense(b.n(4, width) / np.sqrt(width), b.n(4), output))
    network = Network(b.inputs, b.nodes, b.last, cost)
    x = {name: b.n(*shape) for name, shape in b.inputs.items()}
    if kind == 2:
        x["x"] = b.rng.randint(7, size=5)
    if "seen" in x:
        x["seen"] = np.array([1.0, 1.0, 0.0, 1.0, 1.0])[: b.inputs["seen"][0]]
    y = np.eye(4)[b.rng.randint(4)]
    return network, x, y


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = os.environ["NNVIZ_BROWSER"]
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def random_network() -> Callable[[int], tuple[Network, dict[str, np.ndarray], np.ndarray]]:
    return made_network
