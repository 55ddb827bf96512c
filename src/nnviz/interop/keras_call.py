"""A call of a layer of Keras, from which the tables of layers make nodes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, UnsupportedModelError
from nnviz.interop.keras_activations import elementwise
from nnviz.interop.keras_config import Config
from nnviz.interop.keras_values import Layouts, Value, channels_first
from nnviz.network import Activation, Layer

__all__ = ["Array", "Call", "Entry"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Call:
    """A call of a layer, from which an entry of a table makes nodes.

    Attributes
    ----------
    builder : Builder
        Builder of the nodes.
    layouts : Layouts
        Layouts of the builder's values.
    version : str
        Version of Keras; "" if unknown.
    kind : str
        Class of the layer.
    config : Config
        Options of the layer.
    args : tuple
        Positional arguments of the call: `Value` and constants.
    kwargs : mapping of str to object
        Keyword arguments of the call.
    arrays : sequence of ndarray
        Weights of the layer, in Keras's order.
    parameters : tuple
        Identities of its arrays.
    fixed : bool
        Whether the layer acts in training as in use.
    frozen : bool
        Whether Keras does not train its parameters.
    """

    builder: Builder
    layouts: Layouts
    version: str
    kind: str
    config: Config
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    arrays: Sequence[Array]
    parameters: tuple[Hashable, ...]
    fixed: bool
    frozen: bool

    @property
    def value(self) -> Value:
        """The only argument of the call; an error if there are several."""
        given = [one for one in self.args if one is not None]
        extra = [name for name, one in self.kwargs.items() if one is not None]
        if len(given) != 1 or extra:
            raise UnsupportedModelError(
                f"it is called with {len(given)} arguments"
                f"{' and ' if extra else ''}{', '.join(extra)}; supported is one value"
            )
        return self.as_value(given[0])

    def as_value(self, given: Any) -> Value:
        """Return an argument that must depend on the input."""
        if isinstance(given, list) and len(given) == 1:
            (given,) = given
        if not isinstance(given, Value):
            raise UnsupportedModelError(f"its input has to be a value of the model; got {given!r}")
        return given

    def numbers(self, *names: str | bool) -> list[Array | None]:
        """Return the arrays with these names; None for a name that is False."""
        wanted = [name for name in names if name]
        if len(self.arrays) != len(wanted):
            raise UnsupportedModelError(
                f"it has {len(self.arrays)} arrays of weights and needs {len(wanted)}: "
                f"{', '.join(map(str, wanted))}"
            )
        left = iter(self.arrays)
        return [np.asarray(next(left), np.float64) if name else None for name in names]

    def expect(self, key: str, expected: object) -> None:
        """Raise UnsupportedModelError if an option is not what it must be."""
        if self.config.get(key, expected) != expected:
            raise UnsupportedModelError(
                f"{key} {self.config[key]!r} is not supported; supported is {expected!r}"
            )

    def shared(self, make: Callable[[], Any], *options: Hashable) -> Any:
        """Return the object with the layer's parameters: the same one for every call."""
        if not self.parameters:
            return make()
        key = (self.kind, self.parameters, *options)
        return self.builder.shared(key, self.parameters, make)

    def made(self, layer: Layer, value: Value, name: str = "") -> Value:
        """Add a layer after a value that does not change its shape."""
        return value._replace(name=self.builder.add(layer, value.name, name=name))

    def tip(self, axes: Sequence[int] | None = None) -> Value:
        """Return the builder's tip as a value, with its channels last or as `axes` says."""
        shape = self.builder.known_shape()
        order = tuple(range(len(shape)) if axes is None else axes)
        return Value(
            self.builder.tip, tuple(shape[order.index(k)] for k in range(len(shape))), order
        )

    def first_tip(self) -> Value:
        """Return the builder's tip as a value whose channels are first."""
        return self.tip(channels_first(len(self.builder.known_shape())))

    def go(self, value: Value) -> None:
        """Let the next layer take a value."""
        self.builder.tip = value.name

    def note(self, text: str) -> None:
        """Add a remark for the user of the model."""
        self.builder.notes.append(f"{self.builder.label} ({self.kind}): {text}")

    def activated(self, value: Value, spec: Any) -> Value:
        """Apply an activation function of a configuration."""
        function = elementwise(spec, self.version)
        if function is None:
            name = spec["config"] if isinstance(spec, Mapping) else spec
            return self.softmax(value, -1, logarithm=name == "log_softmax")
        return self.through(value, function)

    def through(self, value: Value, function: str | Activation) -> Value:
        """Apply an activation function."""
        self.go(value)
        self.builder.activate(function)
        return value._replace(name=self.builder.tip)

    def softmax(self, value: Value, axis: int, *, logarithm: bool = False) -> Value:
        """Apply a softmax along one of Keras's axes, whose count begins with the batch's."""
        place = value.place(value.axis(axis)) - len(value.axes)
        self.go(value)
        if logarithm:
            self.builder.log_softmax(place)
        else:
            self.builder.softmax(place)
        return value._replace(name=self.builder.tip)


#: Function that makes the nodes of a layer and returns its value, or several.
Entry = Callable[[Call], Value | list[Value]]
