"""The inputs of a model of Keras: their shapes, and which of them are images."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nnviz.interop.builder import Shape, UnsupportedModelError
from nnviz.interop.keras_activations import ACTIVATION_LAYERS, ACTIVATION_OPERATIONS
from nnviz.interop.keras_config import Described, Tensor, describe, is_model
from nnviz.interop.keras_values import Value, channels_first

__all__ = ["inputs_of"]

#: Which calls take each value.
Takers = dict[Tensor, list[tuple[str, int]]]
#: Layers after which (height, width) may still be an image or a sequence of vectors.
_EITHER = (
    *("Activation", "Dropout", "GaussianNoise", "Identity", "Normalization", "Rescaling"),
    *ACTIVATION_LAYERS,
    *ACTIVATION_OPERATIONS,
)


def inputs_of(described: Described, given: Any) -> list[Value]:
    """Return the inputs of a model as values of the network.

    Images (height, width, channels) have their channels first, and so has all else of three axes.

    Parameters
    ----------
    described : Described
        The model.
    given : object
        Shape of one example, where the model leaves sizes open: an integer or integers, or a
        mapping from the inputs' names to such; None if it leaves none.
    """
    names = _names(described)
    shapes = _given(given, list(names))
    found = []
    for (_, tensor), name in zip(described.inputs, names, strict=True):
        shape = _shape(described, tensor, name, shapes.get(name))
        axes = channels_first(3) if len(shape) == 3 else tuple(range(len(shape)))
        if len(shape) == 2 and _is_image(described, tensor, shape):
            axes = (-1, 0, 1)
        found.append(Value(name, shape, axes))
    return found


def _names(described: Described) -> list[str]:
    if len(described.inputs) == 1:
        return ["x"]
    names = [re.sub(r"\W", "_", tensor.layer) for _, tensor in described.inputs]
    if len(set(names)) < len(names):
        raise UnsupportedModelError(
            f"each of its inputs needs a name of its own; the names are {names}"
        )
    return names


def _given(given: Any, names: Sequence[str]) -> dict[str, Shape]:
    if given is None:
        return {}
    named = given if isinstance(given, Mapping) else {names[0]: given}
    if len(names) > 1 and (not isinstance(given, Mapping) or set(named) - set(names)):
        raise UnsupportedModelError(
            f"input_shape has to map the names of the inputs, {', '.join(names)}, to shapes"
        )
    return {
        name: (shape,) if isinstance(shape, int) else tuple(shape) for name, shape in named.items()
    }


def _shape(described: Described, tensor: Tensor, name: str, given: Shape | None) -> Shape:
    sizes: Sequence[int | None] = described.build_shape[1:]
    if tensor.layer in described.layers:
        config = described.layers[tensor.layer].config
        sizes = (config.get("batch_shape") or config.get("batch_input_shape") or ())[1:]
    shape = tuple(sizes) if given is None else given
    fits = given is None or (
        len(given) == len(sizes) and all(n in (None, m) for n, m in zip(sizes, given, strict=True))
    )
    if not sizes and given is not None and tensor.layer not in described.layers:
        fits = True  # The model was not built.
    if not shape or not fits or not all(isinstance(n, int) and n > 0 for n in shape):
        words = "input_shape=(...)" if name == "x" else f"input_shape={{{name!r}: (...), ...}}"
        raise UnsupportedModelError(
            f"its input {name} has shape {tuple(sizes)}, and {given} is given: give the shape of "
            f"one example in numbers with {words}, such as (tokens,), (height, width, channels)"
            if given is not None
            else f"its input {name} has shape {tuple(sizes)}: give the shape of one example in "
            f"numbers with {words}, such as (tokens,) or (height, width, channels)"
        )
    if len(shape) > 3:
        raise UnsupportedModelError(
            f"its input {name} has shape {shape}, which is not supported; supported are up to "
            "three axes, (height, width, channels)"
        )
    return tuple(int(n) for n in shape if n is not None)


def _is_image(described: Described, start: Tensor, shape: Shape) -> bool:
    """Return whether an input (height, width) is flattened, or gets an axis for channels."""
    #: By the names of the models that they lie in, from outside.
    models: dict[tuple[str, ...], tuple[Described, Takers]] = {(): (described, described.takers())}
    waiting: list[tuple[tuple[str, ...], Tensor]] = [((), start)]
    seen = set(waiting)
    while waiting:
        path, tensor = waiting.pop()
        model, takers = models[path]
        for name, k in takers.get(tensor, ()):
            layer, after = model.layers[name], (path, Tensor(name, k))
            if is_model({"class_name": layer.kind}) and len(model.calls[name, k].tensors()) == 1:
                within = (*path, name)
                if within not in models:
                    inner = describe({"class_name": layer.kind, "config": layer.config})
                    models[within] = (inner, inner.takers())
                after = (within, models[within][0].inputs[0][1])
            elif layer.kind == "Flatten":
                return True
            elif layer.kind in ("Reshape", "ExpandDims"):
                target = layer.config.get("target_shape") or layer.config.get("newshape", ())[1:]
                if tuple(target) in ((-1,), (shape[0] * shape[1],), (*shape, 1)):
                    return True
                if layer.config.get("axis") in (-1, 3):
                    return True
                continue
            elif layer.kind not in _EITHER:
                continue
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return False
