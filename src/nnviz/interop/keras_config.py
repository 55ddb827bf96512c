"""The layers of a model of Keras and their calls, read from its configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

import numpy as np

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.keras_archive import layer_folders
from nnviz.limits import Budget

__all__ = [
    "Arguments",
    "Config",
    "Described",
    "LayerConfig",
    "Tensor",
    "check_length",
    "describe",
    "is_model",
    "not_keras",
]

Config = Mapping[str, Any]
#: Classes of models that list their layers.
MODELS = ("Sequential", "Functional", "Model")
#: Bytes of a description for each layer. Parsed JSON may take thirty times as much memory.
CONFIG_PER_LAYER = 1000
#: Packages of Keras's own classes. An .h5 file does not name them.
_OWN = ("keras", "tf_keras")


class Tensor(NamedTuple):
    """One of the outputs of a call of a layer."""

    layer: str
    call: int = 0
    part: int = 0


class Arguments(NamedTuple):
    """The arguments of a call: constants, `Tensor`, and lists and mappings of them."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def tensors(self) -> list[Tensor]:
        """Return all values among them, in their order."""
        return list(_tensors((self.args, self.kwargs)))


class LayerConfig(NamedTuple):
    """A layer, or an operation such as a sum, of a model.

    Attributes
    ----------
    name : str
        Name of the layer.
    kind : str
        Name of its class.
    config : Config
        Its options; for a model, the model's own configuration.
    position : int
        Place in the list of layers.
    folder : str
        Folder of its arrays in a .keras file.
    is_operation : bool
        Whether it is one of keras.ops and not a layer.
    complaint : str
        What is not a class of Keras in it; "" if all is.
    """

    name: str
    kind: str
    config: Config
    position: int
    folder: str
    is_operation: bool
    complaint: str

    @property
    def place(self) -> str:
        """The place of the layer, for messages."""
        return f"layers[{self.position}] {self.name[:100]!r} ({self.kind[:100]})"


class Described(NamedTuple):
    """A model: its layers by name, and their calls in an order in which they can be computed.

    Attributes
    ----------
    layers : mapping of str to LayerConfig
        Layers by name.
    calls : mapping of (str, int) to Arguments
        Arguments by layer and number of the call.
    inputs : sequence of (str or None, Tensor)
        Inputs with their keys in the model; None in a list.
    outputs : sequence of (str or None, Tensor)
        Outputs with their keys in the model; None in a list.
    build_shape : sequence of int or None
        Shape of the input of a Sequential without an InputLayer, as Keras noted it.
    """

    layers: Mapping[str, LayerConfig]
    calls: Mapping[tuple[str, int], Arguments]
    inputs: Sequence[tuple[str | None, Tensor]]
    outputs: Sequence[tuple[str | None, Tensor]]
    build_shape: Sequence[int | None]

    def takers(self) -> dict[Tensor, list[tuple[str, int]]]:
        """Return which calls take each value, one as often as it does."""
        found: dict[Tensor, list[tuple[str, int]]] = {}
        for key, arguments in self.calls.items():
            for tensor in arguments.tensors():
                found.setdefault(tensor, []).append(key)
        return found

    def uses(self) -> Counter[Tensor]:
        """Count how often each value is taken, as an argument or as an output."""
        counted = Counter(tensor for _, tensor in self.outputs)
        for tensor, takers in self.takers().items():
            counted[tensor] += len(takers)
        return counted


def check_length(size: int, what: str, budget: Budget) -> None:
    """Raise an error if a description has too many bytes."""
    budget.check_nodes(size, f"bytes of {what}", CONFIG_PER_LAYER)


def is_model(layer: Config) -> bool:
    """Return whether a layer is a model, with layers of its own."""
    return layer.get("class_name") in MODELS


def describe(model: Config) -> Described:
    """Return the layers of a model and their calls.

    Parameters
    ----------
    model : Config
        Its "class_name" and "config", as Keras writes them.

    Raises
    ------
    UnsupportedModelError
        If its layers are not listed, or their calls make a cycle.
    """
    kind, config = model["class_name"], model["config"]
    if (complaint := not_keras(model)) or not is_model(model):
        raise UnsupportedModelError(
            f"a {complaint or kind} is not supported, as its call may compute anything; supported "
            f"are {', '.join(MODELS)} of Keras itself"
        )
    listed = config.get("layers")
    if not isinstance(listed, list) or not listed:
        raise UnsupportedModelError(
            f"a {kind} does not list its layers; supported are Sequential and functional models"
        )
    layers = _layers(listed)
    if "input_layers" in config:
        return _functional(config, listed, layers)
    return _sequential(config, layers)


# --- layers


def not_keras(layer: Config) -> str:
    """Return the name of a class that is not Keras's own; "" if it is."""
    kind = layer["class_name"]
    module = str(layer.get("module") or "keras")
    registered = layer.get("registered_name")
    if module.partition(".")[0] in _OWN and registered in (None, kind):
        return ""
    known = registered if registered not in (None, kind) else kind
    return f"{known} of {module}"


def _layers(listed: Sequence[Config]) -> dict[str, LayerConfig]:
    operations = [_is_operation(one) for one in listed]
    kinds = [str(one["class_name"]) for one in listed]
    owned = [kind for kind, is_op in zip(kinds, operations, strict=True) if not is_op]
    folders = iter(layer_folders(owned))
    found: dict[str, LayerConfig] = {}
    for position, (one, kind, is_op) in enumerate(zip(listed, kinds, operations, strict=True)):
        name = str(one.get("name") or one["config"]["name"])
        if name in found:
            raise UnsupportedModelError(f"two of its layers have the name {name!r}")
        folder = "" if is_op else next(folders)
        config = one["config"]
        found[name] = LayerConfig(name, kind, config, position, folder, is_op, not_keras(one))
    return found


def _is_operation(layer: Config) -> bool:
    """Return whether it is one of keras.ops: these have no option that says if they learn."""
    if "module" in layer and ".ops." in str(layer["module"]):
        return True
    return (
        "trainable" not in layer["config"]
        and layer["class_name"] != "InputLayer"
        and not (is_model(layer) or layer.get("module"))
    )


# --- calls


def _sequential(config: Config, layers: Mapping[str, LayerConfig]) -> Described:
    names = list(layers)
    has_input = layers[names[0]].kind == "InputLayer"
    before = start = Tensor(names.pop(0) if has_input else "")
    calls = {}
    for name in names:
        calls[name, 0] = Arguments((before,), {})
        before = Tensor(name)
    first = layers[names[0]].config if names else {}
    shape = config.get("build_input_shape") or first.get("batch_input_shape") or ()
    return Described(layers, calls, [(None, start)], [(None, before)], shape)


def _functional(
    config: Config, listed: Sequence[Config], layers: Mapping[str, LayerConfig]
) -> Described:
    inputs, outputs = _ends(config["input_layers"]), _ends(config["output_layers"])
    called = {
        name: [_arguments(node) for node in one["inbound_nodes"]]
        for one, name in zip(listed, layers, strict=True)
    }
    # Keras 2 counts the calls of a model in the model from 1. All calls are used.
    first: dict[str, int] = {}
    taken = [tensor for calls in called.values() for one in calls for tensor in one.tensors()]
    for tensor in (*taken, *(tensor for _, tensor in outputs)):
        first[tensor.layer] = min(tensor.call, first.get(tensor.layer, tensor.call))
    found = {
        (name, first.get(name, 0) + k): arguments
        for name, calls in called.items()
        for k, arguments in enumerate(calls)
    }
    starts = {(tensor.layer, tensor.call) for _, tensor in inputs}
    graph: TopologicalSorter[tuple[str, int]] = TopologicalSorter()
    for key, arguments in found.items():
        if key in starts:
            continue
        graph.add(key)
        for tensor in arguments.tensors():
            before = (tensor.layer, tensor.call)
            if before not in found and before not in starts:
                raise UnsupportedModelError(
                    f"{key[0]!r} needs the output of {before}, which is not there"
                )
            graph.add(key, before)
    try:
        order = [key for key in graph.static_order() if key not in starts]
    except CycleError as error:
        names = " -> ".join(repr(name) for name, _ in error.args[1])
        raise UnsupportedModelError(f"its layers form a cycle: {names}") from None
    return Described(layers, {key: found[key] for key in order}, inputs, outputs, ())


def _ends(ends: Any) -> list[tuple[str | None, Tensor]]:
    """Return the inputs or outputs of a model: one, a list or a mapping of them."""
    if isinstance(ends, Mapping):
        return [(str(key), _tensor(one)) for key, one in ends.items()]
    if ends and isinstance(ends[0], str):
        return [(None, _tensor(ends))]
    return [(None, _tensor(one)) for one in ends]


def _tensor(history: Sequence[Any]) -> Tensor:
    layer, call, part = history[:3]
    return Tensor(str(layer), int(call), int(part))


def _arguments(node: Any) -> Arguments:
    """Return the arguments of a call, as Keras 3 or Keras 2 describes them."""
    if isinstance(node, Mapping):
        return Arguments(tuple(_value(one) for one in node["args"]), _value(node["kwargs"]))
    entries = [node] if node and isinstance(node[0], str) else list(node)
    tensors = [_tensor(one) for one in entries]
    kwargs = {
        key: _earlier(one) for key, one in (entries[0][3] if len(entries[0]) > 3 else {}).items()
    }
    return Arguments((tensors[0] if len(tensors) == 1 else tensors,), kwargs)


def _earlier(value: Any) -> Any:
    """Return an argument of Keras 2, where a tensor is a list [layer, call, part]."""
    if isinstance(value, list):
        if len(value) in (3, 4) and isinstance(value[0], str) and isinstance(value[1], int):
            return _tensor(value)
        return [_earlier(one) for one in value]
    return value


def _value(spec: Any) -> Any:
    """Return an argument of Keras 3, with what stands for Python's own objects put in."""
    if isinstance(spec, list | tuple):
        return [_value(one) for one in spec]
    if not isinstance(spec, Mapping):
        return spec
    kind, config = spec.get("class_name"), spec.get("config")
    if kind == "__keras_tensor__":
        return _tensor(config["keras_history"])  # type: ignore[index]
    if kind in ("__numpy__", "__tensor__"):
        return np.asarray(config["value"], np.float64)  # type: ignore[index]
    if kind == "__slice__":
        return slice(config["start"], config["stop"], config["step"])  # type: ignore[index]
    if kind == "__ellipsis__":
        return Ellipsis
    return {key: _value(one) for key, one in spec.items()}


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _tensors(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _tensors(one)
