"""Pictures of networks as volumes: what is drawn, how large, and that nothing lies on anything."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from manim import Mobject, Rectangle, Scene, Text, VMobject, config
from tests.mobjects.boxes import box, overlap

from nnviz import Backpropagate, FeedForward, NetworkMobject
from nnviz.mobjects.network.box_layers import SIGNS, BoxLayer
from nnviz.mobjects.network.link_arrows import LinkArrow
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.network.volume_plan import VolumePlan, planned
from nnviz.mobjects.network.volumes import Extents, VolumeLayer
from nnviz.network import (
    Activate,
    Add,
    BatchNorm,
    Concatenate,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    MaxPool2D,
    Network,
    Node,
    Upsample,
    last_of,
)

Nodes = dict[str, Node]


def zeros(*shape: int) -> np.ndarray:
    return np.broadcast_to(0.0, shape)


def conv(n: int, m: int, size: int = 3, activation: str = "relu", stride: int = 1) -> Conv2D:
    kernels = zeros(m, n, size, size)
    return Conv2D(kernels, zeros(m), stride, padding=size // 2, activation=activation)


def dense(n: int, m: int, activation: str = "relu") -> Dense:
    return Dense(zeros(m, n), zeros(m), activation)


def norm(n: int) -> BatchNorm:
    return BatchNorm(np.ones(n), zeros(n), zeros(n), np.ones(n))


def chain(*layers: Any, shape: tuple[int, ...] = (3, 32, 32)) -> Network:
    return Network(layers, "cross-entropy", input_shape=shape)


def vgg16() -> Network:
    layers: list[Any] = []
    n = 3
    for width, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(times):
            layers.append(conv(n, width))
            n = width
        layers.append(MaxPool2D(2))
    layers += [Flatten(), Dropout(0.5), dense(512 * 49, 4096), Dropout(0.5), dense(4096, 4096)]
    return chain(*layers, dense(4096, 1000, "softmax"), shape=(3, 224, 224))


def residual(name: str, source: str, n: int, m: int, stride: int = 1) -> Nodes:
    first, last = f"{name}.conv1", f"{name}.conv2"
    nodes = {
        first: Node(conv(n, m, 3, "identity", stride), (source,)),
        f"{name}.norm1": Node(norm(m), (first,)),
        f"{name}.relu1": Node(Activate("relu"), (f"{name}.norm1",)),
        last: Node(conv(m, m, 3, "identity"), (f"{name}.relu1",)),
        f"{name}.norm2": Node(norm(m), (last,)),
    }
    skip = source
    if stride > 1 or n != m:
        nodes[f"{name}.skip"] = Node(conv(n, m, 1, "identity", stride), (source,))
        skip = f"{name}.skip"
    nodes[f"{name}.sum"] = Node(Add(), (f"{name}.norm2", skip))
    nodes[f"{name}.relu2"] = Node(Activate("relu"), (f"{name}.sum",))
    return nodes


def resnet18() -> Network:
    nodes: Nodes = {"stem": Node(conv(3, 64, 7, stride=2), ("x",))}
    nodes["pool"] = Node(MaxPool2D(3, stride=2, padding=1), ("stem",))
    n = 64
    for stage, m in enumerate((64, 128, 256, 512)):
        for k in range(2):
            stride = 2 if stage and not k else 1
            nodes |= residual(f"stage{stage}.{k}", last_of(nodes), n, m, stride)
            n = m
    nodes["mean"] = Node(GlobalAveragePool2D(), (last_of(nodes),))
    nodes["y"] = Node(dense(512, 1000, "softmax"), ("mean",))
    return Network({"x": (3, 224, 224)}, nodes, "y", "cross-entropy")


def random_network(seed: int) -> Network:
    """Return a convolutional network of chains, residual blocks, branches and long skips."""
    rng = np.random.RandomState(seed)
    side, n = int(rng.choice([16, 32, 64])), int(rng.choice([1, 3]))
    nodes: Nodes = {"first": Node(conv(n, 8, 3), ("x",))}
    shape, n = (n, side, side), 8
    skips: list[tuple[str, int]] = []
    for k in range(rng.randint(2, 7)):
        now, kind = last_of(nodes), rng.randint(8 if seed % 2 else 7)
        m = int(rng.choice([4, 8, 16, 64]))
        if kind == 0:
            for i in range(rng.randint(1, 4)):
                nodes[f"conv{k}.{i}"] = Node(conv(n, m, int(rng.choice([1, 3, 5]))), (now,))
                now, n = f"conv{k}.{i}", m
        elif kind == 1 and side > 4:
            skips.append((now, n))
            nodes[f"pool{k}"] = Node(MaxPool2D(2), (now,))
            side //= 2
        elif kind == 2:
            nodes[f"norm{k}"] = Node(norm(n), (now,))
            nodes[f"activate{k}"] = Node(Activate("relu"), (f"norm{k}",))
        elif kind in (3, 4):
            for i in range(rng.randint(1, 4)):
                nodes |= residual(f"block{k}.{i}", last_of(nodes), n, m)
                n = m
        elif kind in (5, 6) and skips:
            skip, width = skips.pop()
            nodes[f"up{k}"] = Node(Upsample(2), (now,))
            nodes[f"cat{k}"] = Node(Concatenate(axis=0), (skip, f"up{k}"))
            side, n = 2 * side, n + width
        elif kind == 7:
            nodes[f"a{k}"] = Node(conv(n, m, 1), (now,))
            nodes[f"b{k}"] = Node(conv(n, m, 3), (now,))
            nodes[f"c{k}"] = Node(conv(m, m, 5), (f"b{k}",))
            nodes[f"cat{k}"] = Node(Concatenate(axis=0), (f"a{k}", f"c{k}"))
            n = 2 * m
    nodes["mean"] = Node(GlobalAveragePool2D(), (last_of(nodes),))
    nodes["y"] = Node(dense(n, 10, "softmax"), ("mean",))
    return Network({"x": shape}, nodes, "y", "cross-entropy")


def blocks_as_letters(text: str) -> VMobject:
    """Write quickly: a box as large as the words, in boxes of a digit's size."""
    return Rectangle(width=0.26 * len(text), height=0.35)


def words_of(net: NetworkMobject) -> list[Mobject]:
    words = [line for layer in net.layers for line in layer.size_label]
    words += [layer.mark for layer in net.layers if isinstance(layer, VolumeLayer)]
    words += [*net.layer_titles, *(key[1] for key in net.legend)]
    words += [frame.title for frame in net.block_frames]
    return [one for one in words if one.height > 0]


def check(net: NetworkMobject) -> None:
    """Check that words and volumes stand apart, and arrows run over none of them."""
    things = [layer.body for layer in net.layers] + words_of(net) + [key[0] for key in net.legend]
    boxes = [box(one) for one in things]
    for i, one in enumerate(boxes):
        assert not any(overlap(one, other, 1e-4) for other in boxes[:i]), (i, len(net.layers))
        assert (np.abs(one) <= np.array([config.frame_width, config.frame_height]) / 2 - 0.49).all()
    for k, tie in enumerate(net.connections, start=net.structure.n_inputs):
        arrows = [one for one in tie if isinstance(one, LinkArrow)]
        assert len(arrows) == len(net.structure.sources(k)) or is_attached(net, k)
        for arrow in arrows:
            check_arrow(arrow.path, boxes)
            end = arrow.path.points[-1][:2]
            assert (end > boxes[k][0] - 1e-3).all()
            assert (end < boxes[k][1] + 1e-3).all()


def check_arrow(path: VMobject, boxes: list[np.ndarray]) -> None:
    t = np.linspace(0, 1, 9)[:, None]
    shares = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    points = (shares @ path.points[:, :2].reshape(-1, 4, 2)).reshape(-1, 2)
    for low, high in boxes:
        # A sign is a circle, which its box is larger than.
        inside = ((points > low + 0.06) & (points < high - 0.06)).all(axis=1)
        assert not inside.any()


def is_attached(net: NetworkMobject, k: int) -> bool:
    return net.structure.volumes[k].kind.name == "pooling" and len(net.structure.sources(k)) == 1


def drawn(network: Network, **options: Any) -> NetworkMobject:
    return NetworkMobject(network, view="volumes", **{"writing": blocks_as_letters, **options})


@pytest.mark.slow
@pytest.mark.every(6)
@pytest.mark.parametrize("seed", range(40))
def test_random_networks_stand_apart_and_say_the_engines_shapes(seed):
    network = random_network(seed)
    net = drawn(network)
    check(net)
    plan = net.structure
    assert sorted(node for thing in plan.things for node in thing.nodes) == sorted(network.nodes)
    for thing, layer in zip(plan.things, net.layers, strict=True):
        assert layer.shape == network.shapes[thing.value]
        if isinstance(layer, VolumeLayer):
            numbers = " ".join(layer.lines()).replace("@", " ").replace("×", " ").split()
            assert tuple(map(int, numbers)) == network.shapes[thing.value]
        else:
            assert isinstance(layer, BoxLayer)
            np.testing.assert_allclose(layer.mark.get_center(), layer.body.get_center(), atol=1e-6)
            assert {network.nodes[node].layer.kind for node in thing.nodes} & set(SIGNS)


@pytest.mark.parametrize("seed", [3, 8])
def test_faces_grow_with_channels_and_sides(seed):
    net = drawn(random_network(seed))
    maps = [one for one in net.layers if isinstance(one, VolumeLayer) and len(one.shape) == 3]
    for size, of in (
        (lambda one: one.front.height, lambda one: one.shape[1]),
        (lambda one: one.front.width, lambda one: one.shape[0]),
        (lambda one: one.side.width, lambda one: one.shape[2]),
    ):
        sizes = [size(one) for one in sorted(maps, key=of)]
        assert (np.diff(sizes) >= -1e-9).all()
        assert sizes[-1] > sizes[0] or len({of(one) for one in maps}) == 1


def test_extents_are_square_roots_of_what_they_show():
    extents = Extents([(3, 64, 64), (16, 16, 64), (100,), (25,)], NetworkStyle())
    largest, smaller = extents.of((3, 64, 64)), extents.of((16, 16, 64))
    np.testing.assert_allclose(smaller[1] / largest[1], 0.5)
    np.testing.assert_allclose(smaller[2] / largest[2], 1.0)
    np.testing.assert_allclose(smaller[0] / largest[0], (16 / 3) ** 0.5)
    np.testing.assert_allclose(extents.of((25,))[1] / extents.of((100,))[1], 0.5)


def test_what_takes_numbers_one_by_one_belongs_to_the_layer_before():
    layers = [conv(3, 8, activation="identity"), norm(8), Activate("relu"), MaxPool2D(2)]
    plan = planned(chain(*layers, Flatten(), Dropout(0.5), dense(8 * 256, 10, "softmax")))
    assert [len(thing.nodes) for thing in plan.things] == [0, 3, 1, 3]
    assert [one.kind.name for one in plan.volumes] == ["input", "convolution", "pooling", "dense"]
    assert plan.volumes[1].words == ("norm", "relu")
    assert [one.shape for one in plan.volumes] == [(3, 32, 32), (8, 32, 32), (8, 16, 16), (10,)]


def test_equal_layers_in_a_row_are_folded():
    plan = planned(vgg16())
    times = [one.times for one in plan.volumes]
    assert times == [1, 2, 1, 2, 1, 3, 1, 3, 1, 3, 1, 2, 1]
    convolutions = [one for one in plan.volumes if one.kind.name == "convolution"]
    assert [one.shape for one in convolutions] == [
        (64, 224, 224),
        (128, 112, 112),
        (256, 56, 56),
        (512, 28, 28),
        (512, 14, 14),
    ]
    assert len(planned(vgg16(), is_folded=False).things) == 22


def test_equal_parts_in_a_row_are_drawn_once():
    network = resnet18()
    plan = planned(network)
    assert [tuple(one) for one in plan.repeats] == [(3, 4, 2)]
    assert plan.things[4].value == "stage0.1.relu2"
    assert plan.index("stage0.1.conv2") == plan.index("stage0.0.conv1") == 3
    projected = [k for k, one in enumerate(plan.volumes) if one.projected]
    assert [plan.things[k].value for k in projected] == [f"stage{k}.0.relu2" for k in (1, 2, 3)]
    counts = Counter(plan.volumes[k].kind.name for k in range(len(plan.things)))
    assert counts == {"input": 1, "convolution": 8, "pooling": 2, "": 7, "dense": 1}


def test_a_part_whose_inside_is_taken_elsewhere_is_not_folded():
    nodes: Nodes = {"first": Node(conv(3, 8), ("x",))}
    for k in range(3):
        nodes |= residual(f"block{k}", last_of(nodes), 8, 8)
    nodes["far"] = Node(Add(), (last_of(nodes), "block1.relu1"))
    nodes["mean"] = Node(GlobalAveragePool2D(), ("far",))
    plan = planned(Network({"x": (3, 8, 8)}, nodes, "mean", "quadratic"))
    assert plan.repeats == ()


@pytest.mark.slow
def test_a_long_network_is_broken_into_rows():
    net = drawn(resnet18())
    heights = {round(float(layer.body.get_center()[1]), 3) for layer in net.layers}
    assert len(heights) == 2
    small = drawn(chain(conv(3, 8), MaxPool2D(2), Flatten(), dense(8 * 256, 10, "softmax")))
    assert len({round(float(one.body.get_center()[1]), 3) for one in small.layers}) == 1


def test_the_legend_has_each_kind_once_and_says_what_all_of_it_have():
    layers = [conv(3, 8), MaxPool2D(2), conv(8, 8), Flatten()]
    net = drawn(chain(*layers, dense(8 * 256, 20), dense(20, 10, "softmax")), writing=recorded)
    said: list[str] = [key[1].said for key in net.legend]
    assert said == ["input", "convolution + relu", "pooling", "dense"]
    colors = [key[0].get_fill_color().to_hex() for key in net.legend]
    assert len(set(colors)) == 4
    for layer, volume in zip(net.layers, net.structure.volumes, strict=True):
        place = said.index(next(one for one in said if one.startswith(volume.kind.name)))
        assert layer.front.get_fill_color().to_hex() == colors[place]


def recorded(text: str) -> VMobject:
    drawn = blocks_as_letters(text)
    drawn.said = text
    return drawn


def small_network() -> Network:
    rng = np.random.RandomState(0)
    layers = [Conv2D.random(1, 4, 3, rng, activation="relu"), MaxPool2D(2), Flatten()]
    layers.append(Dense.random(4 * 9, 3, rng, "softmax"))
    return Network(layers, "cross-entropy", input_shape=(1, 8, 8))


def test_activations_are_seen_on_the_sides():
    network = small_network()
    net = drawn(network)
    assert all(layer.image.get_fill_opacity() == 0 for layer in net.layers)
    forward = network.forward_pass(np.linspace(0, 1, 64).reshape(1, 8, 8))
    net.show_activations(forward)
    means = forward["conv1"].mean(axis=0)
    np.testing.assert_allclose(net["conv1"].image.image, means / max(1, means.max()), atol=1 / 255)
    np.testing.assert_allclose(net["x"].image.image, forward["x"][0], atol=1 / 255)
    np.testing.assert_allclose(net[network.output].image.image[:, 0], forward.output, atol=1 / 255)
    side, image = net["conv1"].side, net["conv1"].image
    np.testing.assert_allclose(box(side), box(image))
    net.hide_activations()
    assert all(layer.image.get_fill_opacity() == 0 for layer in net.layers)


def test_feed_forward_lights_volumes_up():
    network, x = small_network(), np.linspace(0, 1, 64).reshape(1, 8, 8)
    lit = drawn(network).show_activations(network.forward_pass(x))

    class Lights(Scene):
        def construct(self) -> None:
            self.net = drawn(network)
            self.play(FeedForward(self.net, x))

    scene = Lights()
    scene.render()
    for one, other in zip(scene.net.layers, lit.layers, strict=True):
        np.testing.assert_array_equal(one.image.pixels, other.image.pixels)
        np.testing.assert_array_equal(one.activations, other.activations)


@pytest.mark.parametrize(
    "ask",
    [
        lambda net: net.show_weights(),
        lambda net: net.animate.show_weights().build(),
        lambda net: net.show_gradient(None),
        lambda net: net.show_values([]),
        lambda net: net.show_edge_values(),
        lambda net: net.show_biases(),
        lambda net: net.highlight_path([]),
        lambda net: net.show_kernels(1),
        lambda net: net.show_receptive_field(1),
        lambda net: net.open("block"),
        lambda net: net.animate.shut("block").build(),
        lambda net: Backpropagate(net, np.zeros((1, 8, 8)), [1.0, 0.0, 0.0]),
    ],
)
def test_what_needs_units_says_so(ask):
    with pytest.raises(ValueError, match="is not supported on view='volumes'"):
        ask(drawn(small_network()))


def test_wrong_options_are_named():
    network = small_network()
    with pytest.raises(ValueError, match="view is one of layers, volumes, not 'blocks'"):
        NetworkMobject(network, view="blocks")
    with pytest.raises(ValueError, match="has no blocks"):
        drawn(network, open=["conv1"])
    with pytest.raises(ValueError, match="volumes go to the right"):
        drawn(network, direction="up")
    with pytest.raises(ValueError, match="the output is a volume"):
        drawn(network, output_labels=["a", "b", "c"])


def test_copies_and_transforms_keep_the_view():
    net = drawn(small_network())
    assert net.copy().view == "volumes"
    assert isinstance(net["conv1"], VolumeLayer)
    assert isinstance(net.structure, VolumePlan)
    other = NetworkMobject(small_network()).become(net)
    assert other.view == "volumes"


def test_sequences_and_transposed_convolutions_have_volumes_too():
    along = Conv1D(zeros(4, 2, 3), zeros(4), activation="relu")
    net = drawn(Network([along, Flatten(), dense(4 * 8, 2)], input_shape=(2, 10)))
    assert [" ".join(one.lines()) for one in net.layers] == ["2×10", "4×8", "2"]
    up = ConvTranspose2D(zeros(4, 2, 2, 2), zeros(2), stride=2)
    plan = planned(Network([up], input_shape=(4, 5, 5)))
    assert plan.volumes[1].kind.name == "transposed convolution"
    assert plan.volumes[1].shape == (2, 10, 10)


@pytest.mark.slow
def test_titles_stand_above():
    net = drawn(small_network(), layer_titles={"conv1": "edges"}, writing=Text)
    check(net)
    (title,) = [one for one in net.layer_titles if one.height > 0]
    assert isinstance(title, Text)
    assert title.get_bottom()[1] > net["conv1"].body.get_top()[1]
