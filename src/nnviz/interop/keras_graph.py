"""The graph of a model of Keras, followed call by call."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.keras_call import Array, Call, Entry
from nnviz.interop.keras_config import (
    Arguments,
    Config,
    Described,
    LayerConfig,
    Tensor,
    describe,
    is_model,
    not_keras,
)
from nnviz.interop.keras_inputs import inputs_of
from nnviz.interop.keras_values import Layouts, Value
from nnviz.interop.model_comparison import ROUNDING
from nnviz.limits import Budget

__all__ = ["Graph", "Source", "Tables"]

#: Types in which Keras may compute, and the gap that their rounding explains. Keras multiplies
#: matrices in single precision even where the type is float64.
PRECISIONS: dict[str, float] = {
    **dict.fromkeys(("float32", "float64"), ROUNDING["float32"]),
    **dict.fromkeys(("float16", "mixed_float16"), 1e-2),
    **dict.fromkeys(("bfloat16", "mixed_bfloat16"), 5e-2),
}
#: Largest number of calls of layers for each node: some, such as an Identity, make none.
CALLS_PER_NODE = 10
#: Options that change what training does, and what that is.
_PENALTIES = {"regularizer": "adds a penalty to the cost", "constraint": "limits the weights"}
#: Options of a layer around another, that are layers.
_WRAPPED = ("layer", "backward_layer")


class Source(NamedTuple):
    """Functions that find the arrays of a model's layers.

    Attributes
    ----------
    arrays : callable
        Returns the arrays of a layer, in Keras's order, and counts them in the budget. It takes
        the path to the layer (the models around it, from the outermost, and the layer itself) and
        the places of the arrays in the layer.
    parameters : callable
        Returns the identities of a layer's arrays, given the path to the layer. Layers that share
        arrays have the same identities.
    version : str
        Version of Keras; "" if unknown.
    """

    arrays: Callable[[Sequence[LayerConfig], Sequence[str]], Sequence[Array]]
    parameters: Callable[[Sequence[LayerConfig]], tuple[Hashable, ...]]
    version: str


class Tables(NamedTuple):
    """Functions for each kind of layer.

    Attributes
    ----------
    layers, operations : mapping of str to callable
        Functions that add the nodes for a layer, and for a class of keras.ops.
    parts : callable
        Returns the places of a layer's arrays in it, given its kind and options.
    random : mapping of str to callable
        For each kind of layer that may act differently in training, a function that returns
        whether it does, given its options.
    """

    layers: Mapping[str, Entry]
    operations: Mapping[str, Entry]
    parts: Callable[[str, Config], Sequence[str]]
    random: Mapping[str, Callable[[Config], bool]]


class Graph:
    """Reads a model, call by call.

    Parameters
    ----------
    model : Config
        Its "class_name" and "config".
    source : Source
        Functions that find its arrays.
    tables : Tables
        Functions for each kind of layer.
    input_shape : object, optional
        Shape of one example, in Keras's order, where the model leaves sizes open; by name if
        several.
    budget : Budget, optional
        Budget of reading; the default limits if None.

    Attributes
    ----------
    builder : Builder
        Builder with the nodes.
    layouts : Layouts
        Layouts of the builder's values.
    inputs : list of (str or None, Value)
        Inputs with their keys in the model; None in a list.
    outputs : list of (str or None, Value)
        Outputs with their keys in the model; None in a list.
    names : list of str
        Names of the layers that give the outputs.
    rounding : float
        Largest gap to Keras that rounding explains.
    """

    def __init__(
        self,
        model: Config,
        source: Source,
        tables: Tables,
        input_shape: Any = None,
        budget: Budget | None = None,
    ) -> None:
        self._source = source
        self._tables = tables
        self._frozen: dict[str, None] = {}
        self._known: set[Hashable] = set()
        self._models: dict[tuple[str, ...], Described] = {}
        self._calls = 0
        described = describe(model)
        self.rounding = ROUNDING["float32"]
        self._is_frozen = model["config"].get("trainable") is False
        starts = inputs_of(described, input_shape)
        self.builder = Builder(
            {
                value.name: tuple(1 if axis < 0 else value.shape[axis] for axis in value.axes)
                for value in starts
            },
            budget,
        )
        self.layouts = Layouts(self.builder)
        self._count(described, (), 1)
        results = self._read(described, (), starts, False)
        keys = [key for key, _ in described.inputs]
        self.inputs = list(zip(keys, starts, strict=True))
        self.outputs = [
            (key, value) for (key, _), value in zip(described.outputs, results, strict=True)
        ]
        self.names = [tensor.layer for _, tensor in described.outputs]
        if self._frozen:
            self.builder.notes.append(
                f"Keras leaves {', '.join(self._frozen)} as they are in training (trainable=False);"
                f" here train(..., frozen={list(self._frozen)}) does"
            )

    # --- models

    def _count(self, described: Described, path: tuple[LayerConfig, ...], times: int) -> None:
        """Note which layers are called several times."""
        calls: dict[str, int] = {}
        for name, _ in described.calls:
            calls[name] = calls.get(name, 0) + times
        for name, count in calls.items():
            layer = described.layers[name]
            here = (*path, layer)
            if layer.kind == "Masking" or layer.config.get("mask_zero"):
                raise UnsupportedModelError(
                    f"{_place(here)}: masks, with which later layers skip padding, are not "
                    "supported: build the model with mask_zero=False"
                )
            if _is_model(layer):
                self._count(self._described(here), here, count)
            elif not layer.is_operation:
                parameters = self._source.parameters(here)
                self.builder.repeated.update(
                    parameters if count > 1 else self._known.intersection(parameters)
                )
                self._known.update(parameters)

    def _read(
        self,
        described: Described,
        path: tuple[LayerConfig, ...],
        inputs: Sequence[Value],
        fixed: bool,
    ) -> list[Value]:
        """Put the layers of a model into the builder, and return the model's outputs."""
        if len(inputs) != len(described.inputs):
            raise UnsupportedModelError(
                f"it has {len(described.inputs)} inputs and is called with {len(inputs)}"
            )
        values = {
            tensor: value for (_, tensor), value in zip(described.inputs, inputs, strict=True)
        }
        uses = described.uses()
        for (name, k), arguments in described.calls.items():
            here = (*path, described.layers[name])
            place = _place(here)
            with self.builder.at(place):
                self._note_call()
                given = _with_values(arguments, values)
            if _is_model(here[-1]):
                results = self._inner(here, place, given, fixed)
            else:
                with self.builder.at(place):
                    results = self._call(here, given, fixed)
            for part, value in enumerate(results):
                tensor = Tensor(name, k, part)
                values[tensor] = value
                if uses[tensor] > 1:
                    self.builder.kept.add(value.name)
        return [_value_of(tensor, values) for _, tensor in described.outputs]

    def _note_call(self) -> None:
        """Count a call. Nested models may double the number of calls at each level."""
        self._calls += 1
        budget = self.builder.budget
        budget.check_nodes(self._calls, "calls of layers", CALLS_PER_NODE)
        budget.check_time()

    def _described(self, path: tuple[LayerConfig, ...]) -> Described:
        """Return the layers and calls of an inner model, the last one of a path."""
        names = tuple(layer.name for layer in path)
        if names not in self._models:
            config = {"class_name": path[-1].kind, "config": path[-1].config}
            self._models[names] = describe(config)
        return self._models[names]

    def _inner(
        self, here: tuple[LayerConfig, ...], place: str, given: Arguments, fixed: bool
    ) -> list[Value]:
        """Read an inner model."""
        layer = here[-1]
        with self.builder.at(place):
            _check_own(layer.complaint)
            described = self._described(here)
            kwargs = dict(given.kwargs)
            if kwargs.pop("training", None):
                raise UnsupportedModelError(_ALWAYS_TRAINING)
            fixed = fixed or self._is_fixed(given.kwargs)
            if any(one is not None for one in kwargs.values()):
                raise UnsupportedModelError(f"{', '.join(kwargs)} is not supported")
            if len({key for key, _ in described.outputs} - {None}) > 1:
                raise UnsupportedModelError(
                    "an inner model that returns a mapping is not supported"
                )
            inputs = _in_order(given.args, [key for key, _ in described.inputs])
        return self._read(described, here, inputs, fixed)

    def _is_fixed(self, kwargs: Mapping[str, Any]) -> bool:
        """Return whether a call does not change in training: Keras 3 lets fit overrule it."""
        return kwargs.get("training") is False and self._source.version.startswith("2")

    # --- layers

    def _call(self, here: tuple[LayerConfig, ...], given: Arguments, fixed: bool) -> list[Value]:
        layer = here[-1]
        _check_own(layer.complaint)
        table = self._tables.operations if layer.is_operation else self._tables.layers
        if layer.kind not in table:
            what = "operations" if layer.is_operation else "layers"
            raise UnsupportedModelError(
                f"a {layer.kind} of Keras is not supported; supported {what} are "
                f"{', '.join(sorted(table))}"
            )
        self.builder.label = ".".join(re.sub(r"\W", "_", one.name) for one in here)
        kwargs = dict(given.kwargs)
        if kwargs.pop("training", None) and self._is_random(layer):
            raise UnsupportedModelError(_ALWAYS_TRAINING)
        fixed = fixed or self._is_fixed(given.kwargs)
        if kwargs.pop("mask", None) is not None:
            raise UnsupportedModelError("a mask is not supported")
        arrays: Sequence[Array] = ()
        parameters: tuple[Hashable, ...] = ()
        if not layer.is_operation:
            arrays = self._source.arrays(here, self._tables.parts(layer.kind, layer.config))
            parameters = self._source.parameters(here)
            inner = [layer.config[key] for key in _WRAPPED if layer.config.get(key)]
            for one in inner:
                _check_own(not_keras(one))
            for config in (layer.config, *(one["config"] for one in inner)):
                self._note_options(layer.kind, config)
            if arrays and (
                self._is_frozen or any(one.config.get("trainable") is False for one in here)
            ):
                self._frozen[self.builder.label] = None
        call = Call(
            self.builder,
            self.layouts,
            self._source.version,
            layer.kind,
            layer.config,
            given.args,
            kwargs,
            arrays,
            parameters,
            fixed,
            layer.config.get("trainable") is False,
        )
        made = table[layer.kind](call)
        self.builder.budget.free(sum(array.nbytes for array in arrays))
        return [made] if isinstance(made, Value) else made

    def _is_random(self, layer: LayerConfig) -> bool:
        differs = self._tables.random.get(layer.kind)
        return differs is not None and differs(layer.config)

    def _note_options(self, kind: str, config: Config) -> None:
        """Note options for precision and training."""
        label = self.builder.label
        policy = config.get("dtype") or "float32"
        name = policy["config"]["name"] if isinstance(policy, Mapping) else policy
        if config.get("quantization_config") or name not in PRECISIONS:
            raise UnsupportedModelError(
                f"the type {name} is not supported; supported are {', '.join(PRECISIONS)}"
            )
        self.rounding = max(self.rounding, PRECISIONS[name])
        for key, value in config.items():
            what = _PENALTIES.get(key.rpartition("_")[2])
            if what and value is not None:
                self.builder.notes.append(
                    f"{label} ({kind}): its {key} {what} in Keras's training, and not here"
                )


_ALWAYS_TRAINING = "training=True is not supported: the layer would always act as in training"


def _check_own(complaint: str) -> None:
    if complaint:
        raise UnsupportedModelError(
            f"a {complaint} is not supported: it is not a class of Keras and may compute anything"
        )


def _place(path: Sequence[LayerConfig]) -> str:
    """Return the place of a layer, for messages."""
    return ", ".join(layer.place for layer in path)


def _is_model(layer: LayerConfig) -> bool:
    return not layer.is_operation and is_model({"class_name": layer.kind})


def _value_of(tensor: Tensor, values: Mapping[Tensor, Value]) -> Value:
    if tensor not in values:
        raise UnsupportedModelError(
            f"output {tensor.part} of {tensor.layer!r} is used, but it has no such output"
        )
    return values[tensor]


def _with_values(arguments: Arguments, values: Mapping[Tensor, Value]) -> Arguments:
    """Return arguments with values in the place of tensors."""

    def put(one: Any) -> Any:
        if isinstance(one, Tensor):
            return _value_of(one, values)
        if isinstance(one, list):
            return [put(inner) for inner in one]
        if isinstance(one, Mapping):
            return {key: put(inner) for key, inner in one.items()}
        return one

    return Arguments(
        tuple(put(one) for one in arguments.args),
        {key: put(one) for key, one in arguments.kwargs.items()},
    )


def _in_order(args: Sequence[Any], keys: Sequence[str | None]) -> list[Value]:
    """Return the arguments of an inner model, in the order of its inputs."""
    given = args[0] if len(args) == 1 else list(args)
    if isinstance(given, Mapping) and set(given) == set(keys):
        given = [given[key] for key in keys]
    found = given if isinstance(given, list) else [given]
    if not all(isinstance(one, Value) for one in found):
        raise UnsupportedModelError("it has to be called with values of the model only")
    return found
