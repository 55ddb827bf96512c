"""What a preview tells of the neurons in a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from manim import DOWN, LEFT, RIGHT, MovingCameraScene, Scene, ThreeDScene, VGroup

from nnviz import Network, NetworkMobject
from nnviz.preview.neuron_parts import parts_of


@pytest.fixture(scope="module")
def network() -> Network:
    return Network.random([9, 4, 2], seed=3)


def scene_of(*mobjects: Any, kind: type[Scene] = Scene) -> Scene:
    scene = kind()
    scene.add(*mobjects)
    return scene


def test_sums_are_the_networks(network: Network) -> None:
    x = np.linspace(-1, 1, 9)
    forward = network.forward_pass(x)
    net = NetworkMobject(network).show_activations(forward)
    parts = {part["name"]: part for part in parts_of(scene_of(VGroup(net)))}
    assert len(parts) == 15
    for name, values in (("dense1", forward.activations[1]), ("dense2", forward.activations[2])):
        for k, value in enumerate(values):
            part = parts[f"{name}, neuron {k}"]
            assert part["value"] == pytest.approx(value)
            assert part["sum"]["z"] == pytest.approx(forward.zs[name][k])
            count, rest = part["sum"]["others"]
            terms = part["sum"]["terms"]
            total = sum(product for *_, product in terms) + rest + part["sum"]["bias"]
            assert total == pytest.approx(forward.zs[name][k])
            assert len(terms) + count == {"dense1": 9, "dense2": 4}[name]
    name, weight, value, product = max(
        parts["dense2, neuron 1"]["sum"]["terms"], key=lambda term: abs(term[3])
    )
    k = int(name.removeprefix("dense1, neuron "))
    assert weight == network.weights[1][1, k]
    assert product == weight * value == pytest.approx(weight * forward.activations[1][k])
    assert parts["x, neuron 2"]["sum"] is None
    assert parts["x, neuron 2"]["value"] == x[2]


def test_boxes_are_shares_of_the_frame(network: Network) -> None:
    net = NetworkMobject(network)
    scene = scene_of(net, kind=MovingCameraScene)
    neuron = net.layers[1].neurons[3]

    def box() -> tuple[float, ...]:
        (found,) = (part for part in parts_of(scene) if part["name"] == "dense1, neuron 3")
        assert found["value"] is found["sum"] is None  # no pass is shown
        return tuple(found["box"])

    frame = scene.camera.frame
    net.shift(LEFT + 0.5 * DOWN)
    for _ in range(2):
        x, y, width, height = box()
        left, top = frame.get_left()[0], frame.get_top()[1]
        assert left + x * frame.width == pytest.approx(neuron.get_left()[0], abs=1e-3)
        assert top - y * frame.height == pytest.approx(neuron.get_top()[1], abs=1e-3)
        assert width * frame.width == pytest.approx(neuron.width, abs=1e-3)
        assert height * frame.height == pytest.approx(neuron.height, abs=1e-3)
        frame.scale(1.5).shift(0.5 * RIGHT)


def test_what_cannot_be_seen_is_not_told(network: Network) -> None:
    net = NetworkMobject(network)
    net.layers[0].neurons.set_opacity(0)
    net.shift(1000 * RIGHT)
    assert parts_of(scene_of(net)) == []
    net.shift(1000 * LEFT)
    assert len(parts_of(scene_of(net))) == 6
    assert parts_of(Scene()) == []
    assert parts_of(scene_of(net, kind=ThreeDScene)) == []


def test_what_shows_other_values_than_the_networks_has_no_sums(network: Network) -> None:
    """A picture may be shown any values; a sum that leads to others would be a lie."""
    forward = network.forward_pass(np.ones(9))
    other = [forward.activations[0], 1 - forward.activations[1], forward.activations[2]]
    net = NetworkMobject(network).show_activations(other)
    parts = {part["name"]: part for part in parts_of(scene_of(net))}
    assert parts["dense1, neuron 0"]["sum"] is None
    assert parts["dense1, neuron 0"]["value"] == pytest.approx(1 - forward.activations[1][0])
