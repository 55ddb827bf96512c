"""A network's table of layers, as text and as HTML."""

from xml.etree import ElementTree

import numpy as np
import pytest

from nnviz.network import (
    ACTIVATIONS,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    Network,
)


@pytest.fixture
def network():
    rng = np.random.RandomState(0)
    layers = [
        Conv2D.random(3, 4, 3, rng, activation="relu"),
        BatchNorm(np.ones(4), np.zeros(4)),
        MaxPool2D(2),
        Flatten(),
        Dense.random(4 * 3 * 4, 2, rng, "softmax"),
    ]
    return Network(layers, "cross-entropy", input_shape=(3, 8, 10))


def cells(html):
    return [
        ["".join(cell.itertext()) for cell in row]
        for row in ElementTree.fromstring(html).iter("tr")
    ]


def test_rows_are_the_layers_and_numbers_add_up(network):
    summary = network.summary()
    assert [row.shape for row in summary.layers] == list(network.shapes)
    assert summary.layers[0].kind == "input"
    assert [row.kind for row in summary.layers[1:]] == [type(x).__name__ for x in network.layers]
    assert summary.layers[1].n_parameters == 4 * 3 * 3 * 3 + 4
    assert summary.layers[-1].n_parameters == 48 * 2 + 2
    assert summary.n_parameters == network.n_parameters == len(network.flatten())
    assert [row.activation for row in summary.layers] == ["", "relu", "", "", "", "softmax"]


def test_text_and_html_say_the_same(network):
    lines = repr(network.summary()).splitlines()
    table = cells(network._repr_html_())
    assert table[0] == lines[0].split() == ["layer", "output", "activation", "parameters"]
    assert len(lines) == len(table) == len(network.layers) + 3
    for line, row in zip(lines, table, strict=True):
        assert line.split() == " ".join(row).split()
    assert lines[1].split() == ["input", "3", "x", "8", "x", "10"]
    assert lines[-1] == f"{network.n_parameters} parameters, cross-entropy cost"
    starts = {line.index(row[1]) for line, row in zip(lines[:-1], table, strict=False)}
    assert len(starts) == 1  # columns stand under each other


def test_names_of_ones_own_are_escaped():
    class Rude(Dense):
        """A layer whose name is markup."""

    Rude.__name__ = "<script>alert('&')</script>"
    network = Network([Rude(np.ones((1, 2)), [0.0], ACTIVATIONS["tanh"])])
    html = network._repr_html_()
    assert "<script>" not in html
    assert cells(html)[2][0] == Rude.__name__


def test_html_has_no_colours_of_its_own(network):
    html = network._repr_html_()
    assert "color:" not in html
    assert "#" not in html
    assert "background" not in html
