"""A sequence of layers as one value: its shapes, and its parameters as one vector."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from nnviz.network._checks import check_examples, check_labels, check_shape, check_size, located
from nnviz.network._types import FloatArray, IntArray, NetworkError, Shape
from nnviz.network.activations import Activation
from nnviz.network.gradient import Gradient, flatten_parts, split_vector
from nnviz.network.layers import Dense, Layer, ReceptiveField
from nnviz.network.passes import ForwardPass, walk

__all__ = ["LayerStack", "ParameterPlace"]

#: Images to compute with at a time, where only the output is asked for: as many as fit into caches.
_IMAGES_AT_A_TIME = 64


class ParameterPlace(NamedTuple):
    """Where one number of a network's parameters stands.

    Attributes
    ----------
    layer
        Index into ``network.layers``.
    name
        One of the layer's `parameter_names`, such as "weights".
    position
        Index into that array, such as (j, k) for the weight from neuron k into neuron j.
    """

    layer: int
    name: str
    position: tuple[int, ...]


class LayerStack(ABC):
    """Layers that fit each other: what a `Network` is apart from its cost.

    Parameters
    ----------
    layers, input_shape
        As for `Network`.
    """

    def __init__(
        self, layers: Iterable[Layer], input_shape: int | Sequence[int] | None = None
    ) -> None:
        self.layers: Final = tuple(layers)
        if not self.layers:
            raise NetworkError("a network needs at least one layer")
        for i, layer in enumerate(self.layers):
            if not isinstance(layer, Layer):
                raise NetworkError(
                    f"layers[{i}] is a {type(layer).__name__}, not a Layer: for arrays of weights "
                    "and biases there is Network.dense"
                )
        self.shapes: Final = _shapes(self.layers, input_shape)
        for i, (layer, shape) in enumerate(zip(self.layers, self.shapes[1:], strict=True)):
            if layer.activation.output_only and (i < len(self.layers) - 1 or len(shape) > 1):
                raise NetworkError(
                    f"layers[{i}], {layer.name}: {layer.activation.name} is for the output layer "
                    "only, and for vectors"
                )

    @abstractmethod
    def _with_layers(self, layers: Iterable[Layer], input_shape: Shape | None = None) -> Self:
        """Make one of other layers, alike in everything else; also in the input if None."""

    @property
    def input_shape(self) -> Shape:
        """Shape of one input."""
        return self.shapes[0]

    @property
    def output_shape(self) -> Shape:
        """Shape of one output."""
        return self.shapes[-1]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of activations of every layer, the input included."""
        return tuple(math.prod(shape) for shape in self.shapes)

    @property
    def activations(self) -> tuple[Activation, ...]:
        """Activation function of every layer."""
        return tuple(layer.activation for layer in self.layers)

    @property
    def weights(self) -> tuple[FloatArray, ...]:
        """Of a dense network: one array (n_out, n_in) a layer."""
        return tuple(layer.weights for layer in self._dense_layers())

    @property
    def biases(self) -> tuple[FloatArray, ...]:
        """Of a dense network: one array (n_out,) a layer."""
        return tuple(layer.biases for layer in self._dense_layers())

    @property
    def is_classifier(self) -> bool:
        """Whether outputs stand for classes: several do, and a single sigmoid for yes or no."""
        return len(self.output_shape) == 1 and (self.output_shape != (1,) or self._is_binary)

    @property
    def parameter_shapes(self) -> tuple[tuple[Shape, ...], ...]:
        """Shapes of all parameters, layer by layer."""
        return tuple(tuple(p.shape for p in layer.parameters) for layer in self.layers)

    @property
    def n_parameters(self) -> int:
        """Number of weights, biases and all else that training changes."""
        return sum(p.size for layer in self.layers for p in layer.parameters)

    def flatten(self) -> FloatArray:
        """All parameters as one vector, shape (n_parameters,), in the order of a gradient's."""
        return flatten_parts(layer.parameters for layer in self.layers)

    def with_parameters(self, vector: npt.ArrayLike) -> Self:
        """Make a network of the same functions from a vector in the order of `flatten`."""
        return self._with_parts(split_vector(vector, self.parameter_shapes))

    def locate(self, index: int) -> ParameterPlace:
        """Say which parameter stands at an index of `flatten`.

        Raises
        ------
        NetworkError
            If there are not so many.
        """
        start = check_size(index, "the index of a parameter", least=0)
        for i, layer in enumerate(self.layers):
            for name, array in zip(layer.parameter_names, layer.parameters, strict=True):
                if start < array.size:
                    position = np.unravel_index(start, array.shape)
                    return ParameterPlace(i, name, tuple(map(int, position)))
                start -= array.size
        raise NetworkError(
            f"parameters are counted from 0 to {self.n_parameters - 1}, there is none {index}"
        )

    def index_of(self, layer: int, name: str, position: Sequence[int]) -> int:
        """Say at which index of `flatten` a parameter stands: the inverse of `locate`.

        Raises
        ------
        NetworkError
            If there is no such parameter.
        """
        start = 0
        for i, candidate in enumerate(self.layers):
            for known, array in zip(candidate.parameter_names, candidate.parameters, strict=True):
                if (i, known) == (layer, name):
                    try:
                        return start + int(np.ravel_multi_index(tuple(position), array.shape))
                    except (ValueError, TypeError):
                        raise NetworkError(
                            f"layers[{layer}].{name} has shape {array.shape}: there is nothing at "
                            f"{position}"
                        ) from None
                start += array.size
        raise NetworkError(f"layers[{layer}] has no parameters called {name!r}")

    def nudged(self, index: int, change: float) -> Self:
        """Make a network that differs in one parameter, the one at an index of `flatten`."""
        i, name, position = self.locate(index)
        array = getattr(self.layers[i], name).copy()
        array[position] += change
        layers = list(self.layers)
        layers[i] = layers[i].replace(**{name: array})
        return self._with_layers(layers)

    def step(self, gradient: Gradient, eta: float = 1.0) -> Self:
        """Take one step down the gradient: ``network - eta * gradient``.

        Parameters
        ----------
        gradient
            Of the network's own shapes.
        eta
            Learning rate.
        """
        return self._moved(gradient, -eta)

    def __add__(self, change: Gradient) -> Self:
        if not isinstance(change, Gradient):
            return NotImplemented
        return self._moved(change, 1.0)

    def __sub__(self, change: Gradient) -> Self:
        if not isinstance(change, Gradient):
            return NotImplemented
        return self._moved(change, -1.0)

    def __getitem__(self, part: slice) -> Self:
        """Make a network of some consecutive layers, with the same cost.

        ``network[k:]`` is what happens to the activations of layer k. Where another layer becomes
        the last one, the cost must be defined for it.
        """
        if not isinstance(part, slice):
            raise TypeError(f"a network is cut by a slice: for one layer ask for layers[{part}]")
        start, _, step = part.indices(len(self.layers))
        if step != 1:
            raise NetworkError(f"consecutive layers make a network, not every {step}.")
        return self._with_layers(self.layers[part], self.shapes[start])

    def receptive_field(self, layer: int, row: int, column: int, of: int = 0) -> ReceptiveField:
        """Say which part of the input one unit of a map depends on, whatever its channel.

        Parameters
        ----------
        layer
            Index into ``network.layers``, negative from the end.
        row, column
            Of the unit in its map, counted from 0.
        of
            Index of the layer whose input is meant: 0 for that of the network, `layer` for what
            comes into the layer itself.

        Returns
        -------
        ReceptiveField
            The padding in it is that of layer `of`. What lies in the padding of a layer in between
            depends on nothing, and is not followed.

        Raises
        ------
        NetworkError
            If there is no such unit, or a layer on the way mixes all of its input.
        """
        count = len(self.layers)
        if not -count <= layer < count:
            raise NetworkError(f"no layers[{layer}]: there are {count}")
        layer %= count
        if not 0 <= of <= layer:
            raise NetworkError(f"layers[{of}] is not among layers 0 to {layer}")
        field = self._field(layer, row, column)
        for i in range(layer - 1, of - 1, -1):
            # A row's rows do not depend on the column, so that one of each kind is enough.
            rows, columns = field.inside
            if not (rows and columns):  # all in the padding
                return ReceptiveField((), (), self._image(of))
            down = [self._field(i, one, columns[0]) for one in rows]
            across = [self._field(i, rows[0], one) for one in columns]
            field = ReceptiveField(
                tuple(sorted({one for seen in down for one in seen.rows})),
                tuple(sorted({one for seen in across for one in seen.columns})),
                self._image(i),
            )
        return field

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    # --- what it computes

    def feedforward(self, x: npt.ArrayLike) -> FloatArray:
        """Compute the output.

        Parameters
        ----------
        x
            Input, shape (*input_shape,) or (batch, *input_shape).

        Returns
        -------
        ndarray
            Shape (*output_shape,) or (batch, *output_shape).

        Raises
        ------
        NetworkError
            If `x` has another shape or contains a NaN or an infinity.
        """
        inputs = self._input(x)
        _, outputs = self._last(self._as_batch(inputs))
        return outputs if self._is_batch(inputs) else outputs[0]

    def forward_pass(self, x: npt.ArrayLike) -> ForwardPass:
        """Compute the output and everything on the way: see `feedforward`, `ForwardPass`."""
        inputs = self._input(x)
        zs, activations = zip(*walk(self.layers, self._as_batch(inputs)), strict=True)
        if self._is_batch(inputs):
            return ForwardPass(zs, (inputs, *activations))
        return ForwardPass(tuple(z[0] for z in zs), (inputs, *(a[0] for a in activations)))

    def predict(self, x: npt.ArrayLike) -> IntArray:
        """Find each example's class, shape () or (batch,).

        That is the index of the largest output; of a single sigmoid output 1 above 1/2, else 0.

        Raises
        ------
        NetworkError
            If the output is an image, or a single number that is not a sigmoid's.
        """
        if not self.is_classifier:
            raise NetworkError(
                f"{self.activations[-1].name} outputs of shape {self.output_shape} stand for no "
                "classes: ask for feedforward"
            )
        return self._classes(self.feedforward(x))

    def accuracy(self, x: npt.ArrayLike, labels: npt.ArrayLike) -> float:
        """Compute the share of examples whose class is predicted to be the labelled one.

        Parameters
        ----------
        x
            Input, shape (*input_shape,) or (batch, *input_shape).
        labels
            Right class, an integer or shape (batch,): see `predict`.

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        NetworkError
            If the numbers of inputs and labels differ, there are none, or a label is not that of a
            class.
        """
        predictions = self.predict(x)
        right = check_labels(labels, max(self.sizes[-1], 2))
        if right.shape != predictions.shape:
            raise NetworkError(
                f"labels: shape {right.shape} for predictions of shape {predictions.shape}"
            )
        if right.size == 0:
            raise NetworkError("the accuracy of no examples is not defined")
        return float(np.mean(predictions == right))

    # --- inside

    @property
    def _is_binary(self) -> bool:
        return self.output_shape == (1,) and self.activations[-1].name == "sigmoid"

    def _dense_layers(self) -> Iterator[Dense]:
        for i, layer in enumerate(self.layers):
            if not isinstance(layer, Dense):
                raise NetworkError(
                    f"not all layers are dense, and layers[{i}] is a {layer.name}: ask the layers "
                    "for their own parameters"
                )
            yield layer

    def _image(self, layer: int) -> tuple[int, int]:
        _, height, width = self.shapes[layer]
        return height, width

    def _field(self, layer: int, row: int, column: int) -> ReceptiveField:
        with located(layer, self.layers[layer].name):
            return self.layers[layer].receptive_field(row, column, self.shapes[layer])

    def _input(self, x: npt.ArrayLike) -> FloatArray:
        return check_examples(x, self.input_shape, "x")

    def _is_batch(self, x: FloatArray) -> bool:
        return x.ndim > len(self.input_shape)

    def _as_batch(self, x: FloatArray) -> FloatArray:
        return x if self._is_batch(x) else x[np.newaxis]

    def _last(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Compute z and a of the last layer, large batches of images part by part."""
        n = max(len(x), 1)
        size = n if len(self.input_shape) == 1 else _IMAGES_AT_A_TIME
        parts = [
            deque(walk(self.layers, x[start : start + size]), maxlen=1).pop()
            for start in range(0, n, size)
        ]
        zs, activations = zip(*parts, strict=True)
        return np.concatenate(zs), np.concatenate(activations)

    def _classes(self, outputs: FloatArray) -> IntArray:
        """Return the classes that outputs, or desired outputs, stand for."""
        classes: IntArray = (
            (outputs[..., 0] > 0.5).astype(np.int64)
            if self._is_binary
            else np.argmax(outputs, axis=-1)
        )
        return classes

    def _moved(self, change: Gradient, factor: float) -> Self:
        if change.shapes != self.parameter_shapes:
            raise NetworkError(
                f"a gradient of shapes {change.shapes} does not fit a network of "
                f"{self.parameter_shapes}"
            )
        return self._with_parts(
            [array + factor * d for array, d in zip(layer.parameters, part, strict=True)]
            for layer, part in zip(self.layers, change.parts, strict=True)
        )

    def _with_parts(self, parts: Iterable[Iterable[npt.ArrayLike]]) -> Self:
        return self._with_layers(
            [
                layer.replace(**dict(zip(layer.parameter_names, arrays, strict=True)))
                for layer, arrays in zip(self.layers, parts, strict=True)
            ]
        )


def _shapes(layers: Sequence[Layer], input_shape: int | Sequence[int] | None) -> tuple[Shape, ...]:
    """Follow the shape of one example through the layers."""
    if input_shape is not None:
        shape = check_shape(input_shape, "input_shape")
    elif layers[0].input_shape is not None:
        shape = layers[0].input_shape
    else:
        raise NetworkError(
            f"input_shape is needed where the first layer, {layers[0].name}, does not say it: "
            "(channels, height, width), or (n,) for vectors"
        )
    shapes = [shape]
    for i, layer in enumerate(layers):
        with located(i, layer.name):
            shapes.append(layer.output_shape(shapes[-1]))
    return tuple(shapes)
