"""A network as a graph: joins, sharing, names, and that chains are graphs like any other."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.network import (
    Add,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    Multiply,
    Network,
    NetworkError,
    Node,
    ParameterPlane,
    RNNCell,
    Snapshots,
    cost_of_nudge,
    last_of,
    recurrent,
)

STEP = 1e-6


def skipping(seed: int = 0) -> Network:
    """Draw a network with a skip, a layer used twice, a concatenation and a node beside the way."""
    rng = np.random.RandomState(seed)
    twice = Dense(rng.randn(4, 4) / 2, rng.randn(4), "tanh")
    return Network(
        {"x": (3,)},
        {
            "hidden": Node(Dense(rng.randn(4, 3) / 2, rng.randn(4), "tanh"), ("x",)),
            "block.first": Node(twice, ("hidden",)),
            "block.second": Node(twice, ("block.first",)),
            "beside": Node(Dense(rng.randn(2, 4), rng.randn(2)), ("hidden",)),
            "sum": Node(Add(), ("block.second", "hidden")),
            "both": Node(Concatenate(), ("sum", "hidden", "x")),
            "y": Node(Dense(rng.randn(2, 11) / 3, rng.randn(2), "softmax"), ("both",)),
        },
        output="y",
        cost="cross-entropy",
    )


def two_inputs() -> Network:
    rng = np.random.RandomState(1)
    return Network(
        {"image": (1, 6, 6), "extra": (4,)},
        {
            "conv": Node(Conv2D.random(1, 1, 3, rng, activation="tanh"), ("image",)),
            "pool": Node(MaxPool2D(2), ("conv",)),
            "flat": Node(Flatten(), ("pool",)),
            "gated": Node(Multiply(), ("flat", "extra")),
            "out": Node(Dense.random(4, 3, rng), ("gated",)),
        },
        "out",
    )


RNG = np.random.RandomState(2)
X, Y = RNG.randn(5, 3), np.array([0, 1, 1, 0, 1])


def slopes(network: Network, x: Any, y: Any) -> np.ndarray:
    return np.array(
        [
            (network.nudged(k, STEP).cost(x, y) - network.nudged(k, -STEP).cost(x, y)) / (2 * STEP)
            for k in range(network.n_parameters)
        ]
    )


def test_gradients_add_up_over_joins_and_sharing() -> None:
    network = skipping()
    np.testing.assert_allclose(
        network.backprop(X, Y).flatten(), slopes(network, X, Y), rtol=1e-6, atol=1e-8
    )
    assert network.n_parameters == 16 + 20 + 10 + 24
    backward = network.backward_pass(X[0], Y[0])
    for k, nudge in enumerate(STEP * np.eye(3)):
        slope = (network.cost(X[0] + nudge, Y[0]) - network.cost(X[0] - nudge, Y[0])) / (2 * STEP)
        assert backward["x"][k] == pytest.approx(slope, rel=1e-6)
    # The output does not depend on it.
    assert not backward["beside"].any()
    assert not network.backprop(X, Y)["beside"]["weights"].any()


def test_everything_has_a_name_and_in_chains_a_number() -> None:
    network = skipping()
    forward, backward = network.forward_pass(X), network.backward_pass(X, Y)
    for name, (layer, inputs) in network.nodes.items():
        z, _ = layer.forward(*[forward[source] for source in inputs])
        np.testing.assert_array_equal(forward.zs[name], z)
        np.testing.assert_array_equal(forward[name], layer.activation.function(z))
        assert backward[name].shape == forward[name].shape == (5, *network.shapes[name])
        assert backward.errors[name].shape == z.shape
    np.testing.assert_array_equal(network(X), forward["y"])
    np.testing.assert_array_equal(network(X[0]), network.feedforward(X[0]))
    gradient = network.backprop(X, Y)
    assert gradient["block.first"]["weights"] is gradient["block.second"]["weights"]
    assert list(gradient["hidden"]) == ["weights", "biases"]
    assert (2 * gradient - gradient)["hidden"]["biases"].shape == (4,)
    with pytest.raises(KeyError, match=r"no node 'x'; there are hidden, block\.first"):
        gradient["x"]
    with pytest.raises(KeyError, match="there is no 'z'; there are x, hidden"):
        forward["z"]
    chain = Network.random([3, 4, 2], seed=1)
    assert chain.shapes.names == ("x", "dense1", "dense2")
    assert chain.shapes["dense1"] == chain.shapes[1] == (4,)
    ahead = chain.forward_pass(X)
    assert ahead["dense1"] is ahead.activations[1]
    assert ahead.zs["dense2"] is ahead.zs[-1]
    np.testing.assert_array_equal(
        chain.backprop(X, Y)["dense2"]["biases"], chain.backprop(X, Y).biases[1]
    )
    kinds = Network(
        [Conv2D(np.ones((1, 1, 1, 1)), [0]), MaxPool2D(1), Conv2D(np.ones((1, 1, 1, 1)), [0])],
        input_shape=(1, 2, 2),
    )
    assert list(kinds.nodes) == ["conv1", "max_pool1", "conv2"]


def test_a_chain_written_as_a_graph_computes_the_very_same() -> None:
    chain = Network.random([3, 5, 4, 2], seed=4)
    names = ["a", "b", "c"]
    graph = Network(
        {"in": 3},
        {
            name: Node(layer, (before,))
            for name, layer, before in zip(names, chain.layers, ["in", *names], strict=False)
        },
        "c",
    )
    assert graph.is_chain
    assert graph != chain
    np.testing.assert_array_equal(graph.flatten(), chain.flatten())
    np.testing.assert_array_equal(graph.backprop(X, Y).flatten(), chain.backprop(X, Y).flatten())
    (one,), (other,) = (net.train(X, Y, epochs=1, batch_size=2) for net in (graph, chain))
    np.testing.assert_array_equal(one.network.flatten(), other.network.flatten())
    assert list(graph[1:].nodes) == ["b", "c"]
    assert list(chain[1:].nodes) == ["dense1", "dense2"]
    np.testing.assert_array_equal(graph[1:](graph.forward_pass(X)["a"]), chain(X))
    assert graph.replace(layers=chain.layers) == graph


def test_several_inputs_are_given_by_name() -> None:
    network = two_inputs()
    x = {"image": RNG.randn(7, 1, 6, 6), "extra": RNG.randn(7, 4)}
    y = RNG.randn(7, 3)
    np.testing.assert_allclose(
        network.backprop(x, y).flatten(), slopes(network, x, y), rtol=1e-5, atol=1e-8
    )
    one = {name: values[2] for name, values in x.items()}
    np.testing.assert_allclose(network(one), network(x)[2])
    assert len(network.backprop_each(x, y)) == 7
    *_, report = network.train(x, y, epochs=30, batch_size=3, learning_rate=0.02)
    assert report.cost < 0.7 * network.cost(x, y)
    assert report.accuracy is None
    cost = cost_of_nudge(network, x, y, 3)
    assert cost(0.5) == pytest.approx(network.nudged(3, 0.5).cost(x, y))
    for wrong, message in (
        (x["image"], "give the inputs by name, a mapping of image, extra"),
        ({"image": x["image"]}, "the inputs are image, extra, not image"),
        ({**x, "extra": x["extra"][:3]}, "must hold the same examples"),
        ({**x, "extra": x["extra"][0]}, "must hold the same examples"),
        ({**x, "extra": x["extra"][:, :3]}, r"extra: must have shape \(4,\)"),
    ):
        with pytest.raises(NetworkError, match=message):
            network(wrong)
    with pytest.raises(NetworkError, match="there are several inputs, image, extra"):
        _ = network.input_shape


def test_nothing_changes_it() -> None:
    network = skipping()
    gradient = network.backprop(X, Y)
    for name in ("layers", "nodes", "output", "graph", "cost_function", "cost", "train"):
        with pytest.raises(AttributeError, match=f"a network is a value: .*replace\\({name}="):
            setattr(network, name, ())
    with pytest.raises(AttributeError, match="a network is a value"):
        del network.cost_function
    with pytest.raises(TypeError):
        network.nodes["new"] = network.nodes["y"]  # type: ignore[index]
    with pytest.raises(AttributeError, match="a gradient is a value"):
        gradient.parts = ()  # type: ignore[misc]
    for array in (
        gradient.parts[0][0],
        gradient["y"]["biases"],
        network.forward_pass(X)["sum"],
        network.forward_pass(X)["x"],
        network.backward_pass(X, Y)["sum"],
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 99
    X[0] = X[0]  # What was given stays writable.
    again = pickle.loads(pickle.dumps(network))
    assert again == network
    assert hash(again) == hash(network)
    with pytest.raises(ValueError, match="read-only"):
        again.layers[0].weights[...] = 1
    # Sharing survives.
    assert again.nodes["block.first"].layer is again.nodes["block.second"].layer
    assert copy.deepcopy(network) is network
    moved = network - gradient
    assert moved.nodes["block.first"].layer is moved.nodes["block.second"].layer
    assert pickle.loads(pickle.dumps(gradient)).norm == gradient.norm


def test_files(tmp_path: Path) -> None:
    for k, network in enumerate((skipping(), two_inputs())):
        path = tmp_path / f"{k}.npz"
        network.save(path)
        first = path.read_bytes()
        loaded = Network.load(path)
        assert loaded == network
        assert repr(loaded) == repr(network)
        loaded.save(path)
        assert path.read_bytes() == first
        with np.load(path) as file:
            assert file["format"] == 3
    assert loaded.nodes.keys() == network.nodes.keys()
    Network.random([2, 1], seed=0).save(tmp_path / "chain.npz")
    with np.load(tmp_path / "chain.npz") as file:
        assert file["format"] == 2


def test_files_grow_with_the_number_of_nodes_and_no_faster(tmp_path: Path) -> None:
    """A node that takes many others, as the states of all steps, makes no room for all nodes."""
    sizes = []
    for steps in (20, 40, 80):
        nodes = recurrent(
            "rnn", "x", RNNCell.random(1, 2, np.random.RandomState(0)), steps, sequence=True
        )
        path = tmp_path / f"{steps}.npz"
        network = Network({"x": (steps, 1)}, nodes, last_of(nodes))
        network.save(path)
        assert Network.load(path) == network
        sizes.append(path.stat().st_size)
    assert sizes[2] - sizes[1] == pytest.approx(2 * (sizes[1] - sizes[0]), rel=0.02)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("inputs", np.array(["y"]), "'y' is the name of an input and of a node"),
        ("input_shape_1", np.array([5]), r"nodes\['hidden'\], dense: .*not \(5,\)"),
        ("nodes", np.array(["hidden"] * 7), "'nodes' holds a name twice"),
        ("nodes", np.array(["hidden", "a b", "c", "d", "e", "f", "y"]), "'a b' is no name"),
        ("node_layers", np.array([1, 2, 2, 3, 4, 5]), "must hold 7 numbers from 1 to 6"),
        ("node_layers", np.array([1, 2, 2, 3, 4, 5, 7]), "must hold 7 numbers from 1 to 6"),
        ("node_input_counts", np.array([1, 1, 1, 1, 2, 3]), "7 positive integers, whose sum is"),
        ("node_input_counts", np.array([1, 1, 1, 1, 2, 3, 2]), "length of 'node_inputs', 10"),
        ("node_input_counts", np.array([1, 1, 0, 2, 2, 3, 1]), "must hold 7 positive integers"),
        ("node_inputs", np.array([1, 2, 3, 2, 4, 2, 6, 2, 9, 7]), "numbers from 1 to 8"),
        ("node_inputs", np.array([1, 2, 3, 2, 0, 2, 6, 2, 1, 7]), "numbers from 1 to 8"),
        ("node_inputs", np.array([8] * 10), r"takes 'y', which comes after it"),
        ("output", np.array("z"), "the output 'z' is no node"),
        ("cost", np.array("binary-cross-entropy"), "not defined for softmax outputs"),
    ],
)
def test_damaged_files(tmp_path: Path, name: str, array: np.ndarray, message: str) -> None:
    skipping().save(tmp_path / "whole.npz")
    with np.load(tmp_path / "whole.npz") as file:
        arrays = dict(file)
    np.savez(tmp_path / "wrong.npz", **(arrays | {name: array}))
    with pytest.raises(NetworkError, match=rf"wrong\.npz: .*{message}"):
        Network.load(tmp_path / "wrong.npz")


def test_training_shares_and_freezes() -> None:
    network = skipping()
    (report,) = network.train(X, Y, epochs=1, batch_size=5, learning_rate=0.1)
    np.testing.assert_allclose(
        report.network.flatten(), (network - 0.1 * network.backprop(X, Y)).flatten(), rtol=1e-12
    )
    for optimizer in ("sgd", "adamw", "momentum"):
        *_, report = network.train(
            X, Y, epochs=3, optimizer=optimizer, frozen=["block", "hidden.biases"]
        )
        old, new = network.nodes, report.network.nodes
        assert new["block.first"].layer == old["block.second"].layer
        np.testing.assert_array_equal(new["hidden"].layer.biases, old["hidden"].layer.biases)
        assert (new["hidden"].layer.weights != old["hidden"].layer.weights).any()
        assert new["y"].layer != old["y"].layer
    with pytest.raises(NetworkError, match="no node and no block 'blok'"):
        network.train(X, Y, epochs=1, frozen="blok")
    with pytest.raises(NetworkError, match=r"no node and no block 'y\.kernels'"):
        network.train(X, Y, epochs=1, frozen="y.kernels")


def test_statistics_of_a_shared_layer_follow_both_nodes() -> None:
    norm = BatchNorm([1.0, 1.0], [0.0, 0.0], momentum=0.5)
    network = Network(
        {"a": 2, "b": 2},
        {"na": Node(norm, ("a",)), "nb": Node(norm, ("b",)), "sum": Node(Add(), ("na", "nb"))},
        "sum",
    )
    x = {"a": np.array([[0.0, 1], [2, 3]]), "b": np.array([[8.0, 8], [8, 8]])}
    (report,) = network.train(x, np.zeros((2, 2)), epochs=1, learning_rate=0.0)
    mean = report.network.nodes["na"].layer.statistics[0]
    np.testing.assert_allclose(mean, 0.5 * (0.5 * np.array([1, 2])) + 0.5 * 8)


def test_parts_of_a_graph() -> None:
    network = skipping()
    forward = network.forward_pass(X)
    rest = network.after("hidden")
    assert list(rest.inputs) == ["x", "hidden"]
    assert "hidden" not in rest.nodes
    np.testing.assert_array_equal(rest({name: forward[name] for name in rest.inputs}), network(X))
    last = network.after("both")
    assert list(last.nodes) == ["y"]
    assert last.is_chain
    with pytest.raises(NetworkError, match="does not depend on beside"):
        network.after("beside")
    with pytest.raises(NetworkError, match="there is no 'z'"):
        network.after("z")
    with pytest.raises(NetworkError, match=r"only a chain is cut by numbers: see Network\.after"):
        _ = network[1:]
    for index in (0, 17, 20, 45, 69):
        cost_at = cost_of_nudge(network, X, Y, index)
        assert cost_at(0.3) == pytest.approx(network.nudged(index, 0.3).cost(X, Y), rel=1e-12)
    place = network.locate(20)
    assert network.index_of("block.second", place.name, place.position) == 20
    assert network.index_of(place.layer, place.name, place.position) == 20


def test_planes_and_recordings_of_a_graph(tmp_path: Path) -> None:
    network = skipping()
    plane = ParameterPlane.random(network, seed=1)
    points = np.array([[0.0, 0.0], [0.5, -1.0]])
    np.testing.assert_allclose(
        plane.costs(X, Y, points), [plane.network_at(*p).cost(X, Y) for p in points]
    )
    snapshots = Snapshots.of(network.train(X, Y, epochs=3))
    nodes = snapshots[0].network.nodes
    assert nodes.keys() == network.nodes.keys()
    assert nodes["block.first"].layer is nodes["block.second"].layer
    snapshots.save(tmp_path / "run.npz")
    loaded = Snapshots.load(tmp_path / "run.npz")
    assert [one.network for one in loaded] == [one.network for one in snapshots]


def test_receptive_fields_join() -> None:
    rng = np.random.RandomState(0)
    network = Network(
        {"x": (1, 8, 8)},
        {
            "wide": Node(Conv2D.random(1, 2, 5, rng, padding=2), ("x",)),
            "small": Node(Conv2D.random(1, 2, 1, rng), ("x",)),
            "sum": Node(Add(), ("wide", "small")),
            "beside": Node(Concatenate(), ("sum", "small")),
        },
        "beside",
    )
    assert network.receptive_field("small", 3, 4).rows == (3,)
    assert network.receptive_field("beside", 3, 4).rows == (1, 2, 3, 4, 5)
    assert network.receptive_field("beside", 0, 4, of="wide").rows == (0,)
    assert network.receptive_field("beside", 0, 4).padding == ((2, 0), (0, 0))
    with pytest.raises(NetworkError, match="small does not depend on wide"):
        network.receptive_field("small", 0, 0, of="wide")


def test_what_it_looks_like() -> None:
    network = skipping()
    assert repr(network) == (
        "Network(x 3 to y 2, 7 nodes, tanh/identity/softmax, cross-entropy, 70 parameters)"
    )
    rows = network.summary().layers
    assert [row.name for row in rows] == ["", *network.nodes]
    assert sum(row.n_parameters for row in rows) == 70
    assert "block.second" in repr(network.summary())


D = Dense(np.eye(3), np.zeros(3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({}, {"a": Node(D, ("x",))}, "a"), "at least one input"),
        (({"x": 3}, {}, "a"), "at least one layer"),
        (({"x": 3}, {"a": D}, "a"), r"nodes\['a'\] must be a Node"),
        (
            ({"x": 3}, {"a": Node(D, ("z",))}, "a"),
            r"nodes\['a'\], dense: takes 'z', which does not",
        ),
        (({"x": 3}, {"a": Node(D, ("x", "x"))}, "a"), r"takes 1 input\(s\), not 2: x, x"),
        (({"x": 3}, {"a": Node(Add(), ())}, "a"), "takes one input or more, not 0: none"),
        (({"x": 2}, {"a": Node(D, ("x",))}, "a"), r"take a vector of shape \(3,\), not \(2,\)"),
        (({"x": 3}, {"a": Node(D, ("x",))}, "b"), "the output 'b' is no node; there are a"),
        (({"x": 3}, {"x": Node(D, ("x",))}, "x"), "'x' is the name of an input and of a node"),
        (({"1x": 3}, {"a": Node(D, ("1x",))}, "a"), "'1x' is no name"),
        (({"x": 3, "z": 2}, {"a": Node(Add(), ("x", "z"))}, "a"), r"not \(3,\) and \(2,\)"),
    ],
)
def test_bad_graphs(arguments: tuple, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(*arguments)


def test_a_layer_that_forgets_an_input_on_the_way_back_is_an_error() -> None:
    class Forgets(Add):
        def backward(self, memory: int, error: np.ndarray) -> tuple[np.ndarray, ...]:
            return (error,)

    network = Network({"x": (3,)}, {"sum": Node(Forgets(), ("x", "x"))}, "sum", "mean-squared")
    with pytest.raises(ValueError, match="shorter"):
        network.backward_pass(np.ones(3), np.zeros(3))
