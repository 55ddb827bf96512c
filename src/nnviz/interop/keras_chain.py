"""Which layers a model of Keras has, and in which order: they must make a chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_archive import layer_folders

__all__ = ["layers_in_order"]

Config = Mapping[str, Any]


def layers_in_order(model: Config) -> Iterator[tuple[int, Config]]:
    """Yield the layers of a model from the input to the output, with their numbers."""
    config = model["config"]
    layers = config.get("layers")
    if not isinstance(layers, list) or not layers:
        raise UnsupportedModelError(
            f"a {model['class_name']} does not say its layers: Sequential and functional models do"
        )
    folders = layer_folders([str(layer["class_name"]) for layer in layers])
    layers = [dict(layer, folder=folder) for layer, folder in zip(layers, folders, strict=True)]
    if not any("inbound_nodes" in layer for layer in layers):
        yield from enumerate(layers)
        return
    (start,) = _ends(config["input_layers"], "inputs")
    (end,) = _ends(config["output_layers"], "outputs")
    sources = {layer["config"]["name"]: _sources(layer) for layer in layers}
    number = {layer["config"]["name"]: i for i, layer in enumerate(layers)}
    at = start
    for _ in layers:
        yield number[at], layers[number[at]]
        after = [name for name, before in sources.items() if before == [at]]
        if at == end and not after:
            break
        if len(after) != 1:
            raise UnsupportedModelError(
                f"after layer {at!r} the model goes on in {len(after)} ways ({', '.join(after)}); "
                "a network is one chain to one output"
            )
        at = after[0]


def _ends(ends: Any, what: str) -> list[str]:
    names = [ends] if ends and isinstance(ends[0], str) else list(ends)
    if len(names) != 1:
        raise UnsupportedModelError(f"the model has {len(names)} {what}; a network has one")
    return [str(names[0][0])]


def _sources(layer: Config) -> list[str]:
    """Return which layers a layer takes its input from."""
    nodes = layer["inbound_nodes"]
    name = f"layer {layer['config']['name']!r} ({layer['class_name']})"
    if len(nodes) > 1:
        raise UnsupportedModelError(
            f"{name} is used {len(nodes)} times; layers that share parameters are not supported"
        )
    found = list(_histories(nodes))
    if len(found) > 1:
        raise UnsupportedModelError(
            f"{name} joins {' and '.join(found)}: two branches meet here, as in a skip connection, "
            "and a network is one chain"
        )
    return found


def _histories(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "keras_history" in node:
            yield str(node["keras_history"][0])
        else:
            for value in node.values():
                yield from _histories(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _histories(value)
