"""Values of a model of Keras, and their order of axes in the network: often channels first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnviz.interop.builder import Builder, Shape, UnsupportedModelError
from nnviz.network import Flatten, Transpose

__all__ = ["Layouts", "Value", "channels_first"]

Array = npt.NDArray[np.float64]


class Value(NamedTuple):
    """A value of the model and its order of axes in the network.

    Attributes
    ----------
    name : str
        Name of the network's node or input.
    shape : tuple of int
        Shape of one example in Keras.
    axes : tuple of int
        For each axis that the network's value has, which of Keras's it is, counted from 0; -1 for
        one of size 1 that Keras does not have.
    image : tuple of int
        Of a vector that was a flattened image: the image's shape (channels, ...) in the network,
        whose order of numbers the vector has. () if the order is Keras's.
    is_stack : bool
        Whether three axes are those of a stack of matrices, such as the patterns of attention, and
        not those of an image.
    """

    name: str
    shape: Shape
    axes: tuple[int, ...]
    image: Shape = ()
    is_stack: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether network and Keras have the same order of axes."""
        return self.axes == tuple(range(len(self.shape))) and not self.image

    def axis(self, number: int) -> int:
        """Return an axis of one example in Keras, for a number that counts the batch's as 0.

        Raises
        ------
        UnsupportedModelError
            If there is no such axis, or it is that of the examples.
        """
        axes = len(self.shape) + 1
        if not -axes <= number < axes:
            raise UnsupportedModelError(f"there is no axis {number}: the value has {axes} axes")
        if number % axes == 0:
            raise UnsupportedModelError(
                "it must not run over the examples, which a network computes one by one: not axis "
                f"{number}"
            )
        return number % axes - 1

    def place(self, axis: int) -> int:
        """Return which of the network's axes one of Keras's is, counted from 0."""
        return self.axes.index(axis)

    def sorted(self, values: Array) -> Array:
        """Put the last axis, one number for each of the value's, into the network's order."""
        if values.shape[-1:] != (math.prod(self.image),) or not self.image:
            return values  # A layer says what is wrong with another number of them.
        order = np.moveaxis(np.arange(values.shape[-1]).reshape(self.image), 0, -1).ravel()
        result = np.empty_like(values)
        result[..., order] = values
        return result

    def example(self, values: Array) -> Array:
        """Return a constant as it goes with the value in the network, axis by axis.

        Parameters
        ----------
        values : ndarray
            As Keras has it: for one example, or for a batch if its first axis is 1.
        """
        if values.ndim == len(self.shape) + 1 and len(values) == 1:
            values = values[0]
        if values.ndim > len(self.shape):
            raise UnsupportedModelError(
                f"a constant of shape {values.shape} and examples of {self.shape} cannot be "
                "broadcast"
            )
        if values.size == 1:
            return values.reshape(1)
        lined_up = values.reshape((1,) * (len(self.shape) - values.ndim) + values.shape)
        if -1 in self.axes or self.image:
            raise UnsupportedModelError("a constant for each number is not supported here")
        return lined_up.transpose(self.axes)


def channels_first(rank: int) -> tuple[int, ...]:
    """Return the `axes` of a value whose channels the network has first and Keras last."""
    return (rank - 1, *range(rank - 1))


class Layouts:
    """Adds the nodes that change the order of axes, each only once.

    Parameters
    ----------
    builder : Builder
        Builder of the nodes.
    """

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._known: dict[tuple[Value, tuple[int, ...]], Value] = {}

    def plain(self, value: Value) -> Value:
        """Return a value in Keras's order of axes."""
        return self.arranged(value, range(len(value.shape)))

    def first(self, value: Value) -> Value:
        """Return a value with its channels first."""
        return self.arranged(value, channels_first(len(value.shape)))

    def with_own_axes(self, value: Value) -> Value:
        """Return a value that has an axis for each of Keras's: a plain one where it has others."""
        return self.plain(value) if value.image or -1 in value.axes else value

    def arranged(self, value: Value, axes: Sequence[int]) -> Value:
        """Return a value with Keras's axes in some order."""
        wanted = tuple(axes)
        if value.axes == wanted and not value.image:
            return value
        key = (value, wanted)
        if key not in self._known:
            self._known[key] = made = self._transposed(value, wanted)
            # And back again.
            self._known[made, value.axes] = value
        return self._known[key]

    def _transposed(self, value: Value, wanted: tuple[int, ...]) -> Value:
        builder = self._builder
        before = builder.label
        builder.label = f"{value.name}_transposed"
        builder.tip, has = value.name, value.axes
        if value.image:
            node = builder.nodes[value.name]
            if isinstance(node.layer, Flatten):
                (builder.tip,) = node.inputs
            else:
                builder.reshape(value.image)
            builder.add(Transpose((*range(1, len(value.image)), 0)))
            builder.flatten()
        elif -1 in has:
            has = tuple(axis for axis in has if axis >= 0)
            builder.reshape(tuple(value.shape[axis] for axis in has))
        if has != wanted:
            builder.add(Transpose([has.index(axis) for axis in wanted]))
        builder.label = before
        return Value(builder.tip, value.shape, wanted)

    def flattened(self, value: Value) -> Value:
        """Return a value as a vector, and note the order in which the network has that."""
        builder = self._builder
        shape = (math.prod(value.shape),)
        known = (channels_first(len(value.shape)), tuple(range(len(value.shape))))
        if value.axes not in known and -1 not in value.axes:
            value = self.plain(value)
        builder.tip = value.name
        image = builder.known_shape()
        builder.flatten()
        moved = value.axes == channels_first(len(value.shape)) and sum(n > 1 for n in image) > 1
        if value.image:
            return value._replace(name=builder.tip)
        in_order = not moved or image[0] == 1 or math.prod(image[1:]) == 1
        return Value(builder.tip, shape, (0,), () if in_order else image)

    def reshaped(self, value: Value, shape: Shape) -> Value:
        """Return a value in another shape of Keras's; where its channels stay, they stay first."""
        if math.prod(shape) != math.prod(value.shape):
            raise UnsupportedModelError(
                f"a reshape of {value.shape} to {shape} is not supported: each example has "
                f"{math.prod(value.shape)} numbers"
            )
        builder = self._builder
        if shape == value.shape:
            return value
        if len(shape) == 1:
            return self.flattened(value)
        first = channels_first(len(value.shape))
        if value.axes == (-1, 0, 1) and shape == (*value.shape, 1):
            return Value(value.name, shape, channels_first(3))
        if value.axes == first and len(first) > 1 and shape[-1] == value.shape[-1]:
            builder.tip = value.name
            builder.reshape((shape[-1], *shape[:-1]))
            return Value(builder.tip, shape, channels_first(len(shape)))
        builder.tip = self.plain(value).name
        builder.reshape(shape)
        return Value(builder.tip, shape, tuple(range(len(shape))))
