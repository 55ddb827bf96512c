"""Pictures of graphs: what is drawn, where it stands, and that nothing lies on anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from manim import Circle, Mobject, Scene, Text, VGroup, VMobject, config
from tests.mobjects.boxes import box, overlap

from nnviz import Backpropagate, Convolve, FeedForward, NetworkMobject, TakeStep
from nnviz._manim_arrays import arrays_as_one
from nnviz.mobjects.network.box_layers import BoxLayer, SignMark
from nnviz.mobjects.network.layer_mobjects import Range
from nnviz.mobjects.network.link_arrows import LinkArrow
from nnviz.mobjects.network.links import weight_steps
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.matrices import MatrixLayer, TokenLayer
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.receptive_field_frames import ReceptiveFieldMobject
from nnviz.mobjects.network.structure import structure_of
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.pixel_image import signed_colors
from nnviz.network import (
    Activate,
    Add,
    Concatenate,
    Conv2D,
    Dense,
    GlobalAveragePool2D,
    GRUCell,
    LSTMCell,
    MaxPool2D,
    Multiply,
    Network,
    Node,
    RNNCell,
    Subtract,
    Upsample,
    attention,
    last_of,
    recurrent,
    residual,
    transformer,
)

pytestmark = pytest.mark.slow

DIRECTIONS = ("right", "down", "up")


@pytest.fixture(autouse=True, scope="module")
def quick():
    """Count arrays as one, as scenes of ours do: it comes to the same places in less time."""
    with arrays_as_one():
        yield


def rng(seed: int = 0) -> np.random.RandomState:
    return np.random.RandomState(seed)


def skip() -> Network:
    nodes = {
        "hidden": Node(Dense.random(4, 4, rng(1), "tanh"), ("x",)),
        "sum": Node(Add(), ("x", "hidden")),
        "y": Node(Dense.random(4, 3, rng(2), "softmax"), ("sum",)),
    }
    return Network({"x": (4,)}, nodes, "y", "cross-entropy")


def two_inputs_two_heads() -> Network:
    nodes = {
        "a": Node(Dense.random(4, 5, rng(1), "tanh"), ("left",)),
        "b": Node(Dense.random(3, 4, rng(2), "relu"), ("right",)),
        "both": Node(Concatenate(), ("a", "b")),
        "h": Node(Dense.random(9, 6, rng(3), "relu"), ("both",)),
        "value": Node(Dense.random(6, 1, rng(4), "tanh"), ("h",)),
        "policy": Node(Dense.random(6, 4, rng(5), "softmax"), ("h",)),
    }
    return Network({"left": (4,), "right": (3,)}, nodes, "policy", "cross-entropy")


def conv(n_in: int, n_out: int, size: int = 3) -> Conv2D:
    return Conv2D.random(n_in, n_out, size, rng(n_out), activation="relu", padding=size // 2)


def resnet() -> Network:
    nodes = {"conv": Node(conv(1, 4), ("x",))}
    for k in range(2):
        name = f"layer.{k}"
        nodes |= residual(name, last_of(nodes), [conv(4, 4), conv(4, 4)])
        nodes[f"{name}.relu"] = Node(Activate("relu"), (last_of(nodes),))
    nodes["pool"] = Node(MaxPool2D(2), (last_of(nodes),))
    nodes["mean"] = Node(GlobalAveragePool2D(), ("pool",))
    nodes["y"] = Node(Dense.random(4, 3, rng(), "softmax"), ("mean",))
    return Network({"x": (1, 12, 12)}, nodes, "y", "cross-entropy")


def unet() -> Network:
    nodes = {
        "down1": Node(conv(1, 4), ("x",)),
        "pool1": Node(MaxPool2D(2), ("down1",)),
        "down2": Node(conv(4, 6), ("pool1",)),
        "pool2": Node(MaxPool2D(2), ("down2",)),
        "bottom": Node(conv(6, 8), ("pool2",)),
        "up2": Node(Upsample(2), ("bottom",)),
        "join2": Node(Concatenate(), ("down2", "up2")),
        "conv2": Node(conv(14, 6), ("join2",)),
        "up1": Node(Upsample(2), ("conv2",)),
        "join1": Node(Concatenate(), ("down1", "up1")),
        "out": Node(conv(10, 2), ("join1",)),
    }
    return Network({"x": (1, 12, 12)}, nodes, "out")


def inception() -> Network:
    nodes = {
        "stem": Node(conv(3, 4), ("x",)),
        "a": Node(conv(4, 4, 1), ("stem",)),
        "b1": Node(conv(4, 3, 1), ("stem",)),
        "b3": Node(conv(3, 4), ("b1",)),
        "c1": Node(conv(4, 3, 1), ("stem",)),
        "c5": Node(conv(3, 4, 5), ("c1",)),
        "d0": Node(MaxPool2D(3, 1, padding=1), ("stem",)),
        "d1": Node(conv(4, 4, 1), ("d0",)),
        "join": Node(Concatenate(), ("a", "b3", "c5", "d1")),
        "mean": Node(GlobalAveragePool2D(), ("join",)),
        "y": Node(Dense.random(16, 4, rng(), "softmax"), ("mean",)),
    }
    return Network({"x": (3, 12, 12)}, nodes, "y", "cross-entropy")


def language_model(blocks: int = 4, **options: Any) -> Network:
    return transformer(10, 6, 8, heads=2, blocks=blocks, rng=rng(), **options)


def recurrent_network(cell: Any = LSTMCell, steps: int = 5, **options: Any) -> Network:
    nodes = recurrent("cell", "x", cell.random(3, 4, rng()), steps=steps, **options)
    nodes["y"] = Node(Dense.random(4, 2, rng(), "softmax"), (last_of(nodes),))
    return Network({"x": (steps, 3)}, nodes, "y", "cross-entropy")


def random_graph(seed: int) -> Network:
    """Dense layers, activations and joins of vectors, at random; some of them with dots."""
    draw = rng(seed)
    sizes = {f"x{k}": int(draw.randint(1, 9)) for k in range(draw.randint(1, 4))}
    inputs, nodes = {name: (size,) for name, size in sizes.items()}, {}
    for k in range(draw.randint(2, 12)):
        names = list(sizes)

        def one(names: list[str] = names) -> str:
            return names[-1 - min(int(draw.exponential(2)), len(names) - 1)]

        name = f"block{draw.randint(3)}.n{k}" if seed % 4 == 3 else f"n{k}"
        kind, source = draw.choice(["dense", "dense", "add", "both", "times", "act"]), one()
        some, size = (source,), sizes[source]
        if kind == "dense":
            size = int(draw.randint(1, 9))
            nodes[name] = Node(Dense.random(sizes[source], size, draw, "tanh"), some)
        elif kind == "act":
            nodes[name] = Node(Activate("relu"), some)
        elif kind == "both":
            some = tuple(one() for _ in range(draw.randint(2, 4)))
            size = sum(sizes[other] for other in some)
            nodes[name] = Node(Concatenate(), some)
        else:
            same = [other for other in names if sizes[other] == size]
            some += tuple(same[draw.randint(len(same))] for _ in range(draw.randint(1, 3)))
            nodes[name] = Node(Add() if kind == "add" else Multiply(), some)
        sizes[name] = size
    return Network(inputs, nodes, list(nodes)[-1])


def example(network: Network) -> dict[str, np.ndarray]:
    draw, integers = rng(5), network.graph.integer_inputs
    return {
        name: draw.randint(0, integers[name], shape) if name in integers else draw.rand(*shape)
        for name, shape in network.inputs.items()
    }


PICTURES: dict[str, Any] = {
    "skip": (skip, {}),
    "two inputs, two heads": (two_inputs_two_heads, {}),
    "residual network": (resnet, {}),
    "residual network, open": (resnet, {"open": ["layer.0"]}),
    "residual network, all open": (resnet, {"open": "all"}),
    "U-Net": (unet, {}),
    "inception": (inception, {}),
    "transformer": (language_model, {}),
    "transformer, a block open": (language_model, {"open": ["block1"]}),
    "transformer, attention open": (language_model, {"open": ["block1.attention"]}),
    "gated transformer": (
        lambda: language_model(1, gated=True, rotary=10000.0, norm="rms", key_heads=1),
        {"open": "all"},
    ),
    "LSTM": (recurrent_network, {}),
    "LSTM, unrolled": (recurrent_network, {"open": ["cell"]}),
    "LSTM, a cell open": (recurrent_network, {"open": ["cell.2"]}),
    "GRU, a cell open": (lambda: recurrent_network(GRUCell, 3), {"open": ["cell.1"]}),
    "RNN, all open": (lambda: recurrent_network(RNNCell, 3), {"open": "all"}),
}


# --- geometry


def parts_of(net: NetworkMobject, k: int) -> list[Any]:
    """Return all that a thing consists of: its parts, its sign, its words."""
    layer = net.layers[k]
    parts: list[Any] = [*layer.body, *layer.dots, *layer.size_label]
    for mark in layer.mark:
        parts.append(mark.ring if isinstance(mark, SignMark) else mark)
    if isinstance(layer, TokenLayer):  # its numbers are in its squares
        parts = [part for part in parts if part not in layer.mark.submobjects]
    if k < len(net.layer_titles):
        parts.append(net.layer_titles[k])
    return [part for part in parts if part.family_members_with_points()]


class Solid(NamedTuple):
    """A part of a picture, measured once."""

    k: int
    part: Mobject
    box: np.ndarray

    def holds(self, points: np.ndarray) -> bool:
        """Return whether any points are in the part: in its circle, or in the box around it."""
        low, high = self.box
        inside = points[((points > low + 1e-3) & (points < high - 1e-3)).all(axis=1)]
        if isinstance(self.part, Circle):
            radius = (high - low)[0] / 2
            return bool((np.linalg.norm(inside - (low + high) / 2, axis=1) < radius - 1e-3).any())
        return len(inside) > 0


class Solids:
    """All parts of a picture."""

    def __init__(self, net: NetworkMobject) -> None:
        self.all = [
            Solid(k, part, box(part)) for k in range(len(net.layers)) for part in parts_of(net, k)
        ]
        self.places = np.array([one.k for one in self.all])
        self.boxes = np.array([one.box for one in self.all])

    def __iter__(self) -> Iterator[Solid]:
        return iter(self.all)

    def holding(self, points: np.ndarray) -> list[Solid]:
        """Return the parts in which any of some points are."""
        if not len(points):
            return []
        low, high = points.min(axis=0), points.max(axis=0)
        near = ((self.boxes[:, 0] < high) & (low < self.boxes[:, 1])).all(axis=1)
        return [self.all[k] for k in np.flatnonzero(near) if self.all[k].holds(points)]


def samples(path: VMobject) -> np.ndarray:
    """Return points all along a path, shape (n, 2)."""
    curves = path.points.reshape(-1, 4, 3)[:, :, :2]
    t = np.linspace(0, 1, 41)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.einsum("tk,nkd->ntd", weights, curves).reshape(-1, 2)


def arrows_of(net: NetworkMobject, k: int) -> list[LinkArrow]:
    ties = net.connections[k - net.structure.n_inputs]
    return [tie for tie in ties if isinstance(tie, LinkArrow)]


def check_picture(net: NetworkMobject) -> None:
    """Hold a picture to what is promised: nothing overlaps, leaves the frame, or is crossed."""
    frame = np.array([config.frame_width, config.frame_height]) / 2
    assert (np.abs(box(net)) <= frame + 1e-6).all(), "not in the frame"
    solids = Solids(net)
    places, corners = solids.places, solids.boxes
    low, high = corners[:, None, 0], corners[:, None, 1]
    meets = ((low < high[:, 0] - 1e-6) & (low[:, 0] < high - 1e-6)).all(axis=2)
    for i, k in zip(*np.nonzero(meets & (places[:, None] != places)), strict=True):
        names = [net.structure.things[places[place]].name for place in (i, k)]
        raise AssertionError(f"{names} overlap")
    for k in range(net.structure.n_inputs, len(net.layers)):
        arrows = arrows_of(net, k)
        sources = net.structure.sources(k)
        if len(sources) > 1:
            assert len(arrows) == len(sources)
        for arrow, source in zip(arrows, sources, strict=False):
            check_arrow(net, arrow, source, k, solids)
        check_edges(net, k, solids)
    check_frames(net, solids)


def check_frames(net: NetworkMobject, solids: Solids) -> None:
    """Open blocks are framed, around all that is in them alone; their names stand free."""
    things = [thing.name for thing in net.structure.things]
    lines = [
        samples(arrow.path)
        for k in range(net.structure.n_inputs, len(things))
        for arrow in arrows_of(net, k)
    ]
    frames = list(net.block_frames)
    for shown in frames:
        low, high = box(shown.frame)
        inside = set()
        for k, name in enumerate(things):
            boxes = [one.box for one in solids if one.k == k]
            if all((low <= one[0]).all() and (one[1] <= high).all() for one in boxes):
                inside.add(name)
            else:
                assert not any(overlap(box(shown.frame), one) for one in boxes), name
        assert inside
        assert all(name.startswith(f"{shown.block}.") for name in inside)
        if not shown.title.family_members_with_points():
            continue
        title = box(shown.title)
        assert not any(overlap(title, one.box) for one in solids)
        name = Solid(0, shown.title, title)
        assert not any(name.holds(points) for points in lines)
        for other in frames:
            corners = box(other.frame)
            is_in = (corners[0] < title[0]).all() and (title[1] < corners[1]).all()
            assert is_in or not overlap(title, corners), "a frame runs through a name"
    for n, one in enumerate(frames):
        for other in frames[n + 1 :]:
            nested = one.block.startswith(f"{other.block}.") or other.block.startswith(
                f"{one.block}."
            )
            assert nested or not overlap(box(one.frame), box(other.frame))


def check_arrow(
    net: NetworkMobject, arrow: LinkArrow, source: int, target: int, solids: Solids
) -> None:
    points = samples(arrow.path)
    names = [thing.name for thing in net.structure.things]
    shown = f"{names[source]} to {names[target]}"
    for one in solids.holding(points):
        raise AssertionError(f"{shown} runs over {one.part} of {names[one.k]}")
    for point, k in ((points[0], source), (points[-1], target)):
        far = gap(point, k, net, ends=k == target)
        assert far <= 1e-3, f"{shown} is {far} away from {names[k]}"


def check_edges(net: NetworkMobject, k: int, solids: Solids) -> None:
    """Edges, and lines from number to number, run over nothing but their own layers."""
    group = k - net.structure.n_inputs
    ties = [one for one in net.connections[group].get_family() if isinstance(one, EdgeArray)]
    for lines in (net.edge_groups[group], *ties):
        shares = np.linspace(0, 1, 101)[:, None, None]
        points = (lines.starts + shares * (lines.ends - lines.starts)).reshape(-1, 3)[:, :2]
        for one in solids.holding(points):
            assert one.k in (k, *net.structure.sources(k)), f"edges run over {one.part}"


def gap(point: np.ndarray, k: int, net: NetworkMobject, *, ends: bool) -> float:
    """Return how far a point is from the outline of a thing, or of the sign at which links end."""
    layer = net.layers[k]
    signs = [mark.ring for mark in layer.mark if isinstance(mark, SignMark)]
    if signs and ends:
        return gap_to(point, signs[0])
    if isinstance(layer, BoxLayer):
        return min(gap_to(point, one) for one in (layer.body[0], layer))
    labels = [net.input_labels] if k == 0 else []
    if net.structure.things[k].name == net.network.output:
        labels.append(net.output_labels)
    return gap_to(point, VGroup(layer.body, *labels))


def gap_to(point: np.ndarray, part: Mobject) -> float:
    """Return how far a point is from a circle, or from the edge of the box around a part."""
    if isinstance(part, Circle):
        return abs(float(np.linalg.norm(point - part.get_center()[:2])) - part.width / 2)
    low, high = box(part)
    outside = np.maximum(np.maximum(low - point, point - high), 0)
    inside = max(0.0, min(float((point - low).min()), float((high - point).min())))
    return float(np.linalg.norm(outside)) + inside


# Of the options below, 120 in a row have all combinations once.
@pytest.mark.every(12)
@pytest.mark.parametrize("seed", range(120))
def test_random_graphs_stand_apart_and_nothing_runs_over_anything(seed):
    network = random_graph(seed)
    options: dict[str, Any] = {"direction": DIRECTIONS[seed % 3]}
    if seed % 5 == 0:
        options["max_shown"] = 4
    if seed % 4 == 3 and seed % 8 != 3:
        options["open"] = "all"
    net = NetworkMobject(network, **options)
    check_picture(net)
    forward = network.forward_pass(example(network))
    net.show_weights().show_activations(forward)
    for name in (*network.inputs, *network.nodes):
        layer = net[name]
        if net.structure.things[net.layer_index(name)].is_block:
            continue
        np.testing.assert_array_equal(layer.activations, forward[name])
        if isinstance(layer, NeuronLayer):
            fills = [neuron.get_fill_opacity() for neuron in layer.neurons]
            wanted = np.abs(layer.fractions(forward[name])[layer.shown_units])
            np.testing.assert_allclose(fills, wanted)
    for k, group in enumerate(net.edge_groups):
        if len(group):
            after = net.structure.n_inputs + k
            layer = network.nodes[net.structure.things[after].name].layer
            before = net.layers[net.structure.sources(after)[0]]
            units = np.ix_(net.layers[after].shown_units, before.shown_units)
            np.testing.assert_array_equal(net.shown_weights(k), layer.weights[units].T)
            relative = net.relative_weights(k).ravel()
            np.testing.assert_allclose(group.widths, np.abs(relative) * net.style.max_edge_width)


@pytest.mark.every(8)
@pytest.mark.parametrize(
    ("name", "direction"),
    # Each in one direction of three, in turn: random graphs are drawn in all.
    [(name, DIRECTIONS[k % len(DIRECTIONS)]) for k, name in enumerate(PICTURES)],
)
def test_architectures_stand_apart_and_nothing_runs_over_anything(name, direction):
    make, options = PICTURES[name]
    network = make()
    net = NetworkMobject(network, direction=direction, **options)
    check_picture(net)
    net.show_weights().show_activations(network.forward_pass(example(network)))


# --- what is drawn


def names_of(network: Network, opened: Any = None) -> list[str]:
    return [thing.name for thing in structure_of(network, opened).things]


def test_the_outermost_blocks_are_shut_and_equal_ones_in_a_row_are_folded():
    network = language_model(12)
    structure = structure_of(network)
    assert names_of(network) == [
        "tokens",
        "embedding",
        "positions",
        "block0",
        "norm",
        "scores",
        "next",
    ]
    block = structure.things[3]
    assert block.blocks == tuple(f"block{k}" for k in range(12))
    assert block.sources == ("positions",)
    assert block.value == "block11.sum2"
    assert structure.columns == tuple(range(7))
    assert structure.index("block7.attention.pattern") == structure.index("block7") == 3


def test_an_open_block_divides_those_that_are_folded():
    names = names_of(language_model(6), ["block2.attention"])
    assert names[3] == "block0"
    assert names[-4] == "block3"
    assert "block2.feed_forward" in names
    assert "block2.attention.pattern" in names
    assert "block2.attention" not in names
    sums = {thing.name: thing for thing in structure_of(language_model(6), ["block2"]).things}
    assert sums["block2.sum1"].sources == ("block0", "block2.attention")
    assert sums["block3"].blocks == ("block3", "block4", "block5")
    assert sums["block3"].sources == ("block2.sum2",)


def test_blocks_that_differ_or_are_taken_by_others_are_not_folded():
    def nodes(size: int, last: tuple[str, ...]) -> dict[str, Node]:
        made: dict[str, Node] = {}
        for k in range(3):
            source = last_of(made) if made else "x"
            made |= residual(
                f"block{k}",
                source,
                [
                    Dense.random(4, size + (k == 2), rng(k)),
                    Dense.random(size + (k == 2), 4, rng(k)),
                ],
            )
        made["y"] = Node(Add(), (*last, last_of(made)))
        return made

    differs = structure_of(Network({"x": (4,)}, nodes(3, ()), "y"))
    assert [thing.blocks for thing in differs.things if thing.is_block] == [
        ("block0", "block1"),
        ("block2",),
    ]
    taken = structure_of(Network({"x": (4,)}, nodes(3, ("block0.sum",)), "y"))
    assert [thing.name for thing in taken.things] == ["x", "block0", "block1", "block2", "y"]


def test_a_block_that_holds_all_is_open_and_a_chain_is_all_open():
    nodes = attention("head", "x", 8, rng=rng())
    network = Network({"x": (5, 8)}, nodes, last_of(nodes))
    assert names_of(network) == ["x", *nodes]
    assert names_of(network, []) == ["x", "head"]
    layers = [Dense.random(3, 3, rng()), Dense.random(3, 2, rng())]
    chain = Network(
        {"x": (3,)},
        {"net.one": Node(layers[0], ("x",)), "net.two": Node(layers[1], ("net.one",))},
        "net.two",
    )
    assert structure_of(chain).is_row
    assert names_of(chain) == ["x", "net.one", "net.two"]
    assert names_of(chain, []) == ["x", "net"]


def test_a_block_is_open_where_it_would_depend_on_itself():
    layer = Dense.random(3, 3, rng(), "tanh")
    nodes = {
        "a.first": Node(layer, ("x",)),
        "between": Node(layer, ("a.first",)),
        "a.last": Node(Add(), ("a.first", "between")),
        "b.first": Node(layer, ("a.last",)),
        "c.first": Node(layer, ("b.first",)),
        "b.last": Node(layer, ("c.first",)),
        "c.last": Node(Add(), ("b.last", "c.first")),
    }
    network = Network({"x": (3,)}, nodes, "c.last")
    structure = structure_of(network)
    things = {thing.name for thing in structure.things}
    assert {"a.first", "a.last", "between"} <= things
    for k, thing in enumerate(structure.things):
        assert all(structure.columns[i] < structure.columns[k] for i in structure.sources(k)), thing


@pytest.mark.parametrize("cell", [RNNCell, GRUCell, LSTMCell])
def test_a_recurrent_block_is_rolled_and_unrolls_into_a_column_a_step(cell):
    network = recurrent_network(cell, 4)
    rolled = structure_of(network)
    assert [(thing.name, thing.steps) for thing in rolled.things] == [
        ("x", 0),
        ("cell", 4),
        ("y", 0),
    ]
    structure = structure_of(network, ["cell"])
    columns = [structure.columns[structure.index(f"cell.{t}")] for t in range(4)]
    assert np.diff(columns).tolist() == [1, 1, 1]
    net = NetworkMobject(network)
    plain = NetworkMobject(network, open=["cell"])
    assert len(net["cell"].mark) == len(plain["cell.1"].mark) + 2  # its steps, and a loop


def test_blocks_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match=r"no block 'layer.7' of two or more nodes; there are lay"):
        NetworkMobject(resnet(), open=["layer.7"])
    with pytest.raises(ValueError, match="open is 'all' or a list of names of blocks, not 'layer'"):
        NetworkMobject(resnet(), open="layer")
    with pytest.raises(ValueError, match="there are none"):
        NetworkMobject(skip(), open=["x"])


# --- parts by name


def test_what_is_drawn_is_found_by_name_and_numbers_are_manims():
    net = NetworkMobject(resnet(), open=["layer.0"])
    assert net["x"] is net.layers[0]
    assert isinstance(net[list(net.network.nodes)[1]], MapLayer)
    assert isinstance(net["layer.0.sum"], BoxLayer)
    assert net["layer.1"] is net["layer.1.sum"]
    assert net[0] is net.submobjects[0]
    assert list(net[1:3]) == net.submobjects[1:3]
    with pytest.raises(KeyError, match="the picture shows no 'z': it shows x, conv, "):
        net["z"]


def test_edges_are_found_by_the_name_of_what_they_lead_to():
    net = NetworkMobject(two_inputs_two_heads())
    weights = net.network.nodes["a"].layer.weights
    np.testing.assert_array_equal(net.shown_weights("a"), weights.T)
    edge = net.edge("a", 1, 3)
    before, after = net["left"].neurons[1], net["a"].neurons[3]
    way = (after.get_center() - before.get_center()) / np.linalg.norm(
        after.get_center() - before.get_center()
    )
    np.testing.assert_allclose(edge.get_start(), before.get_center() + way * before.width / 2)
    assert len(net.edges_into("policy", 0)) == 6
    assert len(net.edges_out_of("h", 2)) == 5  # to the value, and to four of the policy
    np.testing.assert_allclose(
        net.edges_out_of("h", 2)[0].get_start(), net.edge("value", 2, 0).get_start()
    )
    with pytest.raises(IndexError, match="no edges to 'both': what follows is concatenate"):
        net.edge("both", 0, 0)
    with pytest.raises(IndexError, match="no edges lead to an input"):
        net.edge("left", 0, 0)
    with pytest.raises(IndexError, match="no edges lead into layer 1, the input"):
        net.edges_into("right", 0)
    with pytest.raises(IndexError, match=r"no edges lead out of layer \d, the output"):
        net.edges_out_of("policy", 0)


def test_what_needs_a_chain_or_one_input_says_so():
    net = NetworkMobject(two_inputs_two_heads())
    with pytest.raises(ValueError, match="paths are highlighted in chains of layers"):
        net.highlight_path([None] * len(net.layers))
    with pytest.raises(ValueError, match="for networks of one input, not of left, right"):
        NetworkMobject(net.network, input_labels=["a"])
    with pytest.raises(ValueError, match="beside neurons, but the input is tokens"):
        NetworkMobject(language_model(), input_labels=["a"])
    with pytest.raises(ValueError, match="beside neurons, but the output is a matrix"):
        NetworkMobject(language_model(), output_labels=["a"])
    with pytest.raises(KeyError, match="the picture shows no 'b7'"):
        NetworkMobject(net.network, layer_titles={"b7": "seven"})


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_words_of_a_graph_have_room(direction):
    titles = {"h": "hidden layer", "left": "position", "value": "how good is it?"}
    labels = ["north", "east", "south", "west"]
    net = NetworkMobject(
        two_inputs_two_heads(), None, labels, layer_titles=titles, direction=direction
    )
    check_picture(net)
    assert len(net.output_labels) == 4
    sideways = direction == "right"
    for label, neuron in zip(net.output_labels, net["policy"].neurons, strict=True):
        axis = 1 if sideways else 0
        apart = abs(label.get_center()[axis] - neuron.get_center()[axis])
        assert apart < (0.05 if sideways else 1e-6)
    lines = [
        baseline(label) - (neuron.get_y() if sideways else 0)
        for label, neuron in zip(net.output_labels, net["policy"].neurons, strict=True)
    ]
    assert lines == pytest.approx([lines[0]] * 4)
    for name in titles:
        title, body = net.layer_titles[net.structure.index(name)], net[name].body
        axis = 0 if sideways else 1
        apart = abs(title.get_center()[axis] - body.get_center()[axis])
        assert apart < (1e-6 if sideways else 0.05)


def test_the_inputs_have_their_names_where_there_are_several():
    net = NetworkMobject(two_inputs_two_heads())
    texts = [getattr(title, "text", "") for title in net.layer_titles]
    assert texts[:2] == ["left", "right"]
    assert not len(NetworkMobject(skip()).layer_titles)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_signal_goes_where_the_direction_says(direction):
    for network in (Network.random([3, 4, 2], seed=0), skip(), unet()):
        net = NetworkMobject(network, direction=direction, fit=None)
        along = {"right": (1, 0), "down": (0, -1), "up": (0, 1)}[direction]
        for k in range(len(net.layers)):
            for i in net.structure.sources(k):
                way = net.layers[k].body.get_center() - net.layers[i].body.get_center()
                assert way[:2] @ along > 0


@pytest.mark.every(5)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_long_graph_is_broken_into_rows_where_one_value_goes_on(direction):
    rng = np.random.RandomState(0)
    model = transformer(n_tokens=9, length=5, n_features=4, heads=2, blocks=4, rng=rng)
    net = NetworkMobject(model, open="all", direction=direction)
    check_picture(net)
    row = NetworkMobject(model, open="all", direction=direction, fit=None)
    scale = net["embedding"].width / row["embedding"].width
    assert scale > 1.5 * min(config.frame_width / row.width, config.frame_height / row.height)
    along, across = {
        "right": ((1, 0), (0, -1)),
        "down": ((0, -1), (1, 0)),
        "up": ((0, 1), (1, 0)),
    }[direction]
    middles = np.array([layer.body.get_center()[:2] for layer in net.layers])
    us, vs = middles @ along, middles @ across
    columns = np.array(net.structure.columns)
    ends = [
        column
        for column in range(columns.max())
        if us[columns == column + 1].max() < 0 < us[columns == column].min()
    ]
    assert len(ends) >= 3
    for column in ends:
        beyond = [k for k in range(len(columns)) if columns[k] > column]
        links = [(i, k) for k in beyond for i in net.structure.sources(k) if columns[i] <= column]
        assert len({i for i, _ in links}) == 1
        assert all(vs[k] > vs[i] + 0.5 for i, k in links)
        # All that goes on leaves the end of the row together.
        starts = [
            samples(arrow.path)[0]
            for i, k in links
            for arrow, before in zip(arrows_of(net, k), net.structure.sources(k), strict=True)
            if before == i
        ]
        np.testing.assert_allclose(starts, [starts[0]] * len(links))


def test_open_blocks_are_framed_and_named_once():
    rng = np.random.RandomState(0)
    model = transformer(n_tokens=9, length=5, n_features=4, heads=2, blocks=3, rng=rng)
    net = NetworkMobject(model, open=["block1.attention"])
    frames = {shown.block for shown in net.block_frames}
    assert frames == {"block1", "block1.attention"}
    titles = [
        shown.title.original_text for shown in net.block_frames if len(shown.title.submobjects)
    ]
    assert sorted(titles) == ["attention", "block1"]
    assert not len(NetworkMobject(model).block_frames)
    # Around all nodes there is no frame, as there is nothing else.
    whole = Network(
        {"x": (3,)},
        {
            "all.a": Node(Dense.random(3, 3, rng), ("x",)),
            "all.b": Node(Dense.random(3, 3, rng), ("all.a",)),
            "all.sum": Node(Add(), ("all.a", "all.b")),
        },
        "all.sum",
    )
    assert not len(NetworkMobject(whole).block_frames)
    copied = net.copy()
    assert [shown.block for shown in copied.block_frames] == [
        shown.block for shown in net.block_frames
    ]


def test_edges_of_weights_stay_in_one_row():
    rng = np.random.RandomState(0)
    nodes: dict[str, Node] = {}
    before = "x"
    for k in range(12):
        nodes[f"dense{k}"] = Node(Dense.random(3, 3, rng, "tanh"), (before,))
        nodes[f"sum{k}"] = Node(Add(), (before, f"dense{k}"))
        before = f"sum{k}"
    nodes["y"] = Node(Dense.random(3, 2, rng), (before,))
    net = NetworkMobject(Network({"x": (3,)}, nodes, "y"))
    check_picture(net)
    along = [layer.body.get_x() for layer in net.layers]
    for k in range(len(net.edge_groups)):
        if len(net.edge_groups[k]):
            i, k = net.edge_ends(k)
            assert along[k] > along[i]


# --- what layers look like


def test_a_sequence_is_cells_coloured_by_sign_and_size():
    network = language_model()
    net = NetworkMobject(network)
    forward = network.forward_pass([1, 2, 3, 4, 5, 6])
    net.show_activations(forward)
    cells, values = net["embedding"], forward["embedding"]
    assert isinstance(cells, MatrixLayer)
    style = net.style
    wanted = signed_colors(
        values, np.abs(values).max(), style.neuron_fill_color, style.negative_fill_color
    )
    np.testing.assert_array_equal(cells.cells.pixels, np.rint(wanted * 255))


def test_a_long_sequence_is_shortened_with_dots_and_says_its_size():
    layer = MatrixLayer((40, 30), NetworkStyle(), Range(None, None), max_shown=8)
    assert layer.shown_rows.tolist() == [0, 1, 2, 3, 36, 37, 38, 39]
    assert layer.shown_columns.tolist() == [0, 1, 2, 27, 28, 29]
    assert layer.is_shortened
    assert len(layer.dots) == 2
    values = rng().randn(40, 30)
    layer.show_activations(values)
    assert layer.cells.pixels.shape == (9, 7, 3)  # with an empty row and an empty column
    style = layer.style
    full = max(1.0, np.abs(values).max())
    corner = signed_colors(
        values[36:, 27:], full, style.neuron_fill_color, style.negative_fill_color
    )
    np.testing.assert_array_equal(layer.cells.pixels[5:, 4:], np.rint(corner * 255))
    for dots, axis in zip(layer.dots, (1, 0), strict=True):
        place = dots.get_center()[axis] - box(layer.cells)[0][axis]
        cell = layer.cells.height / 9
        assert place == pytest.approx((4.5 if axis else 3.5) * cell)


def test_what_a_mask_hides_is_shown_as_full():
    layer = MatrixLayer((2, 2), NetworkStyle(), Range(-np.inf, np.inf))
    fractions = layer.fractions(np.array([[0.5, -np.inf], [2.0, -1.0]]))
    np.testing.assert_array_equal(fractions, [[0.25, -1.0], [1.0, -0.5]])


def test_tokens_are_numbers_in_squares():
    net = NetworkMobject(language_model())
    layer = net["tokens"]
    assert isinstance(layer, TokenLayer)
    assert all(number.get_fill_opacity() == 0 for number in layer.mark)
    net.show_activations(net.network.forward_pass([1, 2, 9, 4, 0, 6]))
    assert [number.number for number in layer.mark] == [1, 2, 9, 4, 0, 6]
    for number, square in zip(layer.mark, layer.body, strict=True):
        assert number.get_fill_opacity() == 1
        np.testing.assert_allclose(number.get_center(), square.get_center(), atol=1e-6)
    net.hide_activations()
    assert all(number.get_fill_opacity() == 0 for number in layer.mark)
    layer.show_activations([100, 20000, 3, 4, 5, 6])
    for number, square in zip(layer.mark, layer.body, strict=True):
        assert number.width < square.width


@pytest.mark.parametrize(
    ("join", "sign"),
    [(Add(), 2), (Subtract(), 1), (Multiply(), 2), (Concatenate(), 2)],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_join_is_a_sign_and_before_neurons_where_edges_leave_it(join, sign):
    nodes = {
        "a": Node(Dense.random(3, 3, rng(), "tanh"), ("x",)),
        "join": Node(join, ("x", "a")),
        "squashed": Node(Activate("tanh"), ("join",)),
    }
    net = NetworkMobject(Network({"x": (3,)}, nodes, "squashed"))
    assert isinstance(net["join"], BoxLayer)
    assert net["join"].is_round
    assert len(net["join"].mark) == sign
    size = net.network.shapes["join"][0]
    nodes["squashed"] = Node(Dense.random(size, 2, rng(), "tanh"), ("join",))
    net = NetworkMobject(Network({"x": (3,)}, nodes, "squashed"))
    assert len(net["join"].neurons) == size
    (mark,) = net["join"].mark
    assert isinstance(mark, SignMark)
    assert mark.get_right()[0] <= net["join"].body.get_left()[0] + 1e-6


def texts_in(layer: Any) -> list[str]:
    return [one.text for one in layer.mark.get_family() if isinstance(one, Text)]


def test_shut_blocks_say_what_comes_in_and_goes_out():
    net = NetworkMobject(resnet(), open=[])
    assert texts_in(net["layer"]) == ["layer", "4×12×12", "→4×12×12"]
    down = NetworkMobject(resnet(), open=[], direction="down")
    assert texts_in(down["layer"]) == ["layer", "4×12×12→4×12×12"]
    folded = NetworkMobject(language_model())
    assert texts_in(folded["block0"]) == ["block", "×4", "6×8", "→6×8"]
    assert texts_in(folded["positions"]) == ["positional", "embedding"]


# --- animations


def example_and_label(network: Network) -> tuple[Any, Any]:
    x = example(network)
    given = x if len(x) > 1 else next(iter(x.values()))
    return given, np.eye(network.sizes[network.output])[0]


@pytest.mark.every(3)
@pytest.mark.parametrize("make", [skip, two_inputs_two_heads, resnet, recurrent_network, inception])
def test_feed_forward_and_backpropagate_end_as_what_is_computed(make):
    network = make()
    x, y = example_and_label(network)
    net = NetworkMobject(network).show_weights()
    scene = Scene()
    scene.play(FeedForward(net, x, run_time=0.6))
    forward = network.forward_pass(x)
    for thing, layer in zip(net.structure.things, net.layers, strict=True):
        np.testing.assert_array_equal(layer.activations, forward[thing.value])
    scene.play(Backpropagate(net, x, y, run_time=0.6))
    wanted = net.copy().show_gradient(network.backprop(x, y)).edges
    np.testing.assert_allclose(net.edges.widths, wanted.widths)
    np.testing.assert_allclose(net.edges.stroke_rgbas, wanted.stroke_rgbas)
    rings = net.rings_by_errors(network.backward_pass(x, y)).rings
    for ring, other in zip(net.errors.rings, rings, strict=True):
        assert ring.get_stroke_opacity() == pytest.approx(other.get_stroke_opacity())
    gradient = network.backprop(x, y)
    scene.play(TakeStep(net, gradient, 0.5, run_time=0.4))
    assert net.network == network.step(gradient, 0.5)
    after = NetworkMobject(net.network).show_weights().edges
    np.testing.assert_allclose(net.edges.widths, after.widths)


def test_layers_that_steps_share_show_the_sum_of_their_gradients():
    network = recurrent_network(RNNCell, 3)
    x, y = example_and_label(network)
    gradient = network.backprop(x, y)
    net = NetworkMobject(network, open="all").show_gradient(gradient)
    wanted = gradient["cell.0.hidden"]["weights"].T
    widths = np.abs(wanted).ravel() / np.abs(wanted).max() * net.style.max_edge_width
    for t in range(3):
        steps = weight_steps(network, gradient)
        np.testing.assert_array_equal(net.shown_weights(f"cell.{t}.hidden", steps), -wanted)
        group = net.edge_groups[net.edge_group_index(f"cell.{t}.hidden")]
        np.testing.assert_allclose(group.widths, widths)


def test_windows_and_kernels_of_a_graph_are_found_by_name():
    net = NetworkMobject(unet(), map_height=0.6, fit=(12, 4))
    net.show_receptive_field("down2", channel=0, row=3, column=2)
    k = net.structure.index("down2")
    (mark,) = net.connections[k - 1]
    assert isinstance(mark, ReceptiveFieldMobject)
    image = net["down2"].maps[0][0]
    assert overlap(box(mark.unit), box(image))
    net.show_kernels("down1")
    (grid,) = net.kernels[net.structure.index("down1")]
    assert len(grid.images) == 4
    with pytest.raises(ValueError, match="is shown as a box, in which no window can be seen"):
        net.show_receptive_field("conv2")
    with pytest.raises(ValueError, match="is a block, which is shut: open it first"):
        NetworkMobject(resnet()).show_receptive_field("layer")
    with pytest.raises(ValueError, match="Convolve works on chains of layers"):
        Convolve(net, k, np.zeros((1, 12, 12)))


def test_a_column_lights_up_at_once_and_the_next_one_after_it():
    net = NetworkMobject(two_inputs_two_heads())
    x, _ = example_and_label(net.network)
    steps = FeedForward(net, x).parts()
    assert len(steps) == max(net.structure.columns) + 1
    assert net.structure.by_columns[0] == [0, 1]
    by_name = FeedForward(net, x, layers=["a", "h"], flash=False).parts()
    assert len(by_name) == 2
    with pytest.raises(ValueError, match=r"is a batch of 2, shape .*: give one example"):
        FeedForward(net, {name: np.stack([one, one]) for name, one in x.items()})


# --- opening and shutting


def test_opening_keeps_what_is_shown_and_shutting_leads_back():
    network = resnet()
    x, _ = example_and_label(network)
    forward = network.forward_pass(x)
    net = NetworkMobject(network).show_weights().show_activations(forward)
    net.scale(0.5).shift([1.0, 0.5, 0.0])
    before = [layer.get_center() for layer in net.layers]
    net.open("layer.0")
    assert net.structure.opened == {"layer", "layer.0"}
    for thing, layer in zip(net.structure.things, net.layers, strict=True):
        np.testing.assert_array_equal(layer.activations, forward[thing.value])
    wide = NetworkMobject(network, open=["layer.0"])
    np.testing.assert_allclose(net.width, 0.5 * wide.width)
    np.testing.assert_allclose(
        net.edges.widths, NetworkMobject(network).show_weights().edges.widths
    )
    net.shut("layer")
    assert names_of(network) == [thing.name for thing in net.structure.things]
    np.testing.assert_allclose([layer.get_center() for layer in net.layers], before, atol=1e-6)


def test_opening_is_animated():
    network = language_model()
    net = NetworkMobject(network).show_activations(network.forward_pass([1, 2, 3, 4, 5, 6]))
    scene = Scene()
    scene.add(net)
    scene.play(net.animate.open("block1.attention"), run_time=0.4)
    assert isinstance(net["block1.attention.pattern"], MapLayer)
    pattern = network.forward_pass([1, 2, 3, 4, 5, 6])["block1.attention.pattern"]
    np.testing.assert_array_equal(net["block1.attention.pattern"].activations, pattern)
    scene.play(net.animate.shut("block1"), run_time=0.4)
    assert len(net["block1"].mark) == len(NetworkMobject(network)["block1"].mark)
    check_picture(net)
    scene.play(FeedForward(net, [6, 5, 4, 3, 2, 1], run_time=0.6))
    np.testing.assert_array_equal(
        net["next"].activations, network.forward_pass([6, 5, 4, 3, 2, 1]).output
    )


def test_opening_keeps_words_and_edges_that_were_painted_otherwise():
    nodes = residual("block", "x", [Dense.random(4, 4, rng(), "tanh"), Dense.random(4, 4, rng())])
    nodes["y"] = Node(Dense.random(4, 2, rng(), "softmax"), ("block.sum",))
    network = Network({"x": (4,)}, nodes, "y", "cross-entropy")
    net = NetworkMobject(network, None, ["yes", "no"], layer_titles={"block": "residual"})
    net.open("block")
    net.edges_into("y", 0).set_stroke("#FF0000", 5)
    net.open()
    np.testing.assert_array_equal(net.edges_into("y", 0).widths, 5)
    np.testing.assert_allclose(net.edges_into("y", 1).widths, net.style.edge_width)
    assert len(net.output_labels) == 2
    assert not [word for word in net.layer_titles if getattr(word, "text", "")]
    net.show_weights().shut("block")
    assert not len(net.edges)
    net.open("block")
    weights = NetworkMobject(network, open=["block"]).show_weights().edges.widths
    np.testing.assert_allclose(net.edges.widths, weights)
    net.shut("block")
    assert [word.text for word in net.layer_titles if getattr(word, "text", "")] == ["residual"]


def test_opening_says_what_is_wrong():
    net = NetworkMobject(resnet())
    with pytest.raises(ValueError, match="there is no open block 'layer' to be shut; none is"):
        net.shut("layer")
    with pytest.raises(ValueError, match="there is no block 'tail' of two or more nodes"):
        net.animate.open("tail")
