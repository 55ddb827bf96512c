"""Find the neurons of a scene's networks at the end of a play, and what each computes."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, Final

import numpy as np
from manim import Mobject, Scene, ThreeDCamera

from nnviz.mobjects import NetworkMobject
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.network import ForwardPass, Network, NetworkError
from nnviz.network.layers import Dense

__all__ = ["parts_of"]

#: Largest number of terms of a sum that are listed, the largest terms first.
_TERMS: Final = 6
#: Largest number of parts of a picture.
_MOST: Final = 400

Box = tuple[float, float, float, float]


def parts_of(scene: Scene) -> list[dict[str, Any]]:
    """Return the neurons of networks that can be seen, and their sums.

    Parameters
    ----------
    scene : Scene
        The scene at the end of a play.

    Returns
    -------
    list of dict
        For JSON. ``name``; ``box``: left, top, width and height, as shares of the frame;
        ``value``, the activation shown, or None; ``sum``, or None where the picture shows no pass
        through the network: ``z``, ``terms`` as (name, weight, input, product), ``others`` as (how
        many, their sum), ``bias``, ``function``.
    """
    camera: Any = scene.camera
    if isinstance(camera, ThreeDCamera):
        return []
    left, top = camera.frame_center[:2] + np.array([-camera.frame_width, camera.frame_height]) / 2
    found: list[dict[str, Any]] = []
    for net in _networks(scene):
        for part, middle, radius in _neurons(net):
            box = (
                round(float(middle[0] - radius - left) / camera.frame_width, 5),
                round(float(top - middle[1] - radius) / camera.frame_height, 5),
                round(2 * radius / camera.frame_width, 5),
                round(2 * radius / camera.frame_height, 5),
            )
            if _is_inside(box):
                found.append({**part, "box": box})
    return found[:_MOST]


def _is_inside(box: Box) -> bool:
    x, y, width, height = box
    return x >= 0 and y >= 0 and x + width <= 1 and y + height <= 1


def _networks(scene: Scene) -> Iterator[NetworkMobject]:
    seen: set[int] = set()
    for mobject in (*scene.mobjects, *scene.foreground_mobjects):
        for one in _within(mobject):
            if id(one) not in seen:
                seen.add(id(one))
                yield one


def _within(mobject: Mobject) -> Iterator[NetworkMobject]:
    if isinstance(mobject, NetworkMobject):
        yield mobject
        return
    for one in mobject.submobjects:
        yield from _within(one)


def _neurons(net: NetworkMobject) -> Iterator[tuple[dict[str, Any], Any, float]]:
    """Yield what is told of each neuron that is seen, its middle and its radius."""
    forward = _pass(net)
    for thing, layer in zip(net.structure.things, net.layers, strict=True):
        if not isinstance(layer, NeuronLayer):
            continue
        name = thing.name
        values = None if layer.activations is None else np.ravel(layer.activations)
        for neuron, unit in zip(layer.neurons, layer.shown_units.tolist(), strict=True):
            if not max(neuron.get_stroke_opacity(), neuron.get_fill_opacity()):
                continue
            part: dict[str, Any] = {"name": f"{name}, neuron {unit}", "value": None, "sum": None}
            if values is not None:
                part["value"] = float(values[unit])
                if forward is not None and name in net.network.nodes:
                    part["sum"] = _sum(net.network, forward, name, unit, part["value"])
            yield part, neuron.get_center(), float(neuron.width) / 2


def _pass(net: NetworkMobject) -> ForwardPass | None:
    """Return what a network computes for the inputs that are shown, if they all are."""
    shown = {
        thing.name: layer.activations
        for thing, layer in zip(net.structure.things, net.layers, strict=True)
    }
    given = {}
    for name, shape in net.network.inputs.items():
        values = shown.get(name)
        if values is None or np.size(values) != prod(shape):
            return None
        given[name] = np.reshape(values, shape)
    try:
        return net.network.forward_pass(given if len(given) > 1 else next(iter(given.values())))
    except NetworkError:
        return None  # a picture may be shown what no network takes


def _sum(
    network: Network, forward: ForwardPass, name: str, unit: int, value: float
) -> dict[str, Any] | None:
    """Return a neuron's sum for JSON, if it is one and leads to the value that is shown."""
    layer, sources = network.nodes[name]
    if not isinstance(layer, Dense) or not np.isclose(forward[name][unit], value, atol=1e-6):
        return None
    weights, inputs = layer.weights[unit], forward[sources[0]]
    products = weights * inputs
    order = np.argsort(-np.abs(products), kind="stable")
    first, rest = order[:_TERMS].tolist(), order[_TERMS:]
    return {
        "z": float(forward.zs[name][unit]),
        "terms": [
            (f"{sources[0]}, neuron {k}", *map(float, (weights[k], inputs[k], products[k])))
            for k in first
        ],
        "others": (len(rest), float(products[rest].sum())),
        "bias": None if layer.biases is None else float(layer.biases[unit]),
        "function": layer.activation.name,
    }
