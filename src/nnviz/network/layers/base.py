"""What every layer is: a value that computes forwards and backwards."""

from __future__ import annotations

import inspect
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.activations import ACTIVATIONS, Activation
from nnviz.network.layers.receptive_field import ReceptiveField

__all__ = ["Layer", "Work"]

#: Seconds on a slow core: for a multiplication and an addition in a product of matrices, for a
#: number that is computed and written in another way, and for a step in Python.
_MULTIPLY_ADD, _WRITE, _STEP = 1e-10, 1e-8, 1e-5


class Work(NamedTuple):
    """What it costs to compute something, as estimated before it is.

    Attributes
    ----------
    seconds
        Processor time.
    numbers
        How many numbers are in memory during the computation: the outputs and all between, not
        the inputs.
    """

    seconds: float
    numbers: int

    @classmethod
    def of(cls, *, multiply_adds: int = 0, writes: int = 0, steps: int = 1, numbers: int) -> Work:
        """Estimate it.

        Parameters
        ----------
        multiply_adds : int, optional
            Multiplications and additions in products of matrices.
        writes : int, optional
            Numbers that are computed and written otherwise.
        steps : int, optional
            Calls of functions that compute with arrays.
        numbers : int
            As the attribute.
        """
        seconds = _MULTIPLY_ADD * multiply_adds + _WRITE * writes + _STEP * steps
        return cls(seconds, numbers)


class Layer(ABC):
    """A layer computes weighted inputs z from what comes in, and activations a from z.

    How it computes z is the layer's own; a is ``activation.function(z)``, which is z itself unless
    a layer has another activation function. A layer is a value: what its constructor has set stays.

    One of your own is a subclass and an entry in `LAYERS`. Its constructor keeps every argument
    as an attribute of the same name: arrays, those listed in `parameter_names`, `statistic_names`
    and `constant_names`, as `check_parameter` makes them, `activation` as `get_activation` does,
    and the others as JSON can hold them. Its methods work on batches, whose axis comes first, and
    know nothing of the layers around.

    A layer of one input has methods ``output_shape(input_shape)`` and ``forward(x, rng=None)``, and
    its `backward` returns one array. One of several takes them one after the other,
    ``output_shape(*input_shapes)`` and ``forward(*inputs, rng=None)``, and its `backward` returns a
    tuple with an array for each.

    Attributes
    ----------
    kind
        Key in `LAYERS`, and what a saved network stores.
    n_inputs
        How many inputs it takes; None for any number from one up.
    parameter_names
        Attributes that training changes, read-only arrays, in the order of a gradient's.
    statistic_names
        Attributes that training notes, and a gradient does not know: read-only arrays.
    constant_names
        Attributes that nothing changes: read-only arrays.
    later_arguments
        Arguments that the layer did not have from the first: files without them have the default.
    is_positionwise
        Whether each position of a sequence (tokens, features) is computed from that position alone,
        and in the same way: what a key-value cache needs to know.
    activation
        Activation function.
    input_shape
        Shape of one input, where the parameters determine it.
    """

    kind: ClassVar[str]
    n_inputs: ClassVar[int | None] = 1
    parameter_names: ClassVar[tuple[str, ...]] = ()
    statistic_names: ClassVar[tuple[str, ...]] = ()
    constant_names: ClassVar[tuple[str, ...]] = ()
    later_arguments: ClassVar[tuple[str, ...]] = ()
    is_positionwise: ClassVar[bool] = False
    activation: Activation = ACTIVATIONS["identity"]
    input_shape: Shape | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "kind" not in own and isinstance(own.get("name"), str):
            warnings.warn(
                f"the kind of a layer is called kind: write {cls.__name__}.kind = {own['name']!r} "
                "in place of name",
                DeprecationWarning,
                stacklevel=2,
            )
            cls.kind = own["name"]

    # --- what a kind of layer has to say

    @abstractmethod
    def output_shape(self, *args: Any, **kwargs: Any) -> Shape:
        """Return the shape of one output, for inputs whose shapes are the arguments.

        Raises
        ------
        NetworkError
            If the layer does not support such inputs.
        """

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> tuple[FloatArray, Any]:
        """Compute the weighted inputs z, before the activation function.

        Parameters
        ----------
        *inputs : ndarray
            Batches, shape (batch, *input_shape). Must not be changed.
        rng : RandomState or None
            While training: what to draw from. None when the network is used.

        Returns
        -------
        z : ndarray
            Shape (batch, *output_shape).
        memory
            Whatever the way back needs to know.
        """

    @abstractmethod
    def backward(
        self, memory: Any, error: FloatArray
    ) -> FloatArray | tuple[FloatArray | None, ...] | None:
        """Compute dC/dx, shaped like x, from the error dC/dz, shaped like z.

        A layer of several inputs returns a tuple, one dC/dx an input. None stands for the
        derivative by an input of integers, which does not exist.
        """

    def gradients(self, memory: Any, error: FloatArray) -> tuple[FloatArray, ...]:
        """Compute the derivatives by the parameters, summed over the batch, from dC/dz."""
        return ()

    def write_gradients(self, memory: Any, error: FloatArray, out: tuple[FloatArray, ...]) -> None:
        """Write `gradients` into given arrays, as training has it."""
        for array, gradient in zip(out, self.gradients(memory, error), strict=True):
            array[...] = gradient

    def statistics_after(self, memory: Any) -> tuple[FloatArray, ...]:
        """Compute the statistics as they are after a batch of training."""
        return self.statistics

    def work(self, *input_shapes: Shape) -> Work:
        """Return what the forward pass of one example costs, for inputs of these shapes.

        A layer that holds or computes more than a few numbers for each that goes in or comes out
        says so here, so that nothing too large is begun: see `nnviz.limits`.
        """
        size = math.prod(self.output_shape(*input_shapes)) + sum(map(math.prod, input_shapes))
        return Work.of(writes=3 * size, numbers=3 * size)

    def integers_below(self, input_shape: Shape) -> int | None:
        """Return the number that inputs of a shape must lie below, if these are integers.

        None where they are real numbers, as they are to most layers.
        """
        return None

    def extend(self, past: Any, offset: int, *inputs: FloatArray) -> tuple[FloatArray, Any]:
        """Compute z of further positions of a sequence, and what the next ones need to know.

        Parameters
        ----------
        past : object
            What was returned for the positions before; None at first.
        offset : int
            How many positions there were before.
        *inputs : ndarray of float
            Batches of the further positions.

        Raises
        ------
        NetworkError
            If positions do not follow one another in this layer.
        """
        if not self.is_positionwise:
            raise NetworkError("cannot be computed position by position: use cached=False")
        return self.forward(*inputs)[0], None

    def receptive_field(self, row: int, column: int, input_shape: Shape) -> ReceptiveField:
        """Return which part of an input one unit depends on, whatever its channel.

        Parameters
        ----------
        row, column : int
            Place of the unit in its map, counted from 0.
        input_shape : tuple of int
            Shape of that input, (channels, height, width).

        Raises
        ------
        NetworkError
            If there is no such unit, or the layer's units do not lie in maps.
        """
        raise NetworkError(
            f"{self.kind} has no receptive fields: its units depend on all of the layer before, or "
            "do not lie in maps"
        )

    # --- what follows from that

    @property
    def parameters(self) -> tuple[FloatArray, ...]:
        """Arrays that training changes."""
        return tuple(getattr(self, name) for name in self.parameter_names)

    @classmethod
    def array_names(cls) -> tuple[str, ...]:
        """Return the names of all arguments that are arrays."""
        return cls.parameter_names + cls.statistic_names + cls.constant_names

    @property
    def statistics(self) -> tuple[FloatArray, ...]:
        """Arrays that training notes on the way."""
        return tuple(getattr(self, name) for name in self.statistic_names)

    @classmethod
    def argument_names(cls) -> tuple[str, ...]:
        """Return the names of the constructor's arguments."""
        return _argument_names(cls)

    @classmethod
    def default(cls, argument: str) -> Any:
        """Return what the constructor takes where an argument is left out."""
        return inspect.signature(cls).parameters[argument].default

    @property
    def arguments(self) -> dict[str, Any]:
        """What to call the constructor with for a layer equal to this one."""
        return {name: getattr(self, name) for name in self.argument_names()}

    def replace(self, **changes: Any) -> Self:
        """Make a layer that differs in these arguments, and is checked as any other."""
        return type(self)(**(self.arguments | changes))

    def working_on(
        self, parameters: Iterable[FloatArray], statistics: Iterable[FloatArray]
    ) -> Self:
        """Make a layer that computes with these very arrays, writable and unchecked.

        It is for the inside of training, whose arrays change under it.
        """
        worker = object.__new__(type(self))
        worker.__dict__.update(self.__dict__)
        worker.__dict__.update(zip(self.parameter_names, parameters, strict=True))
        worker.__dict__.update(zip(self.statistic_names, statistics, strict=True))
        return worker

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__:
            raise AttributeError(
                f"a layer is a value: make another one with replace({name}=...) instead"
            )
        super().__setattr__(name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in self.array_names():  # A pickle forgets that arrays were read-only.
            getattr(self, name).setflags(write=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layer):
            return NotImplemented
        mine, theirs = self.arguments, other.arguments
        return type(self) is type(other) and all(
            np.array_equal(mine[name], theirs[name])
            if isinstance(mine[name], np.ndarray)
            else mine[name] == theirs[name]
            for name in mine
        )

    def __hash__(self) -> int:
        # Sums, and not the bytes, because 0.0 and -0.0 are equal.
        return hash((self.kind, *(float(array.sum()) for array in self.parameters)))

    def __repr__(self) -> str:
        words = []
        for name, value in self.arguments.items():
            if isinstance(value, np.ndarray):
                words.append(f"{name} of shape {value.shape}")
            else:
                words.append(f"{name}={value.name if isinstance(value, Activation) else value!r}")
        return f"{type(self).__name__}({', '.join(words)})"


@cache
def _argument_names(cls: type[Layer]) -> tuple[str, ...]:
    return tuple(inspect.signature(cls).parameters)
