"""Gradients: one number for every parameter of a network, with the arithmetic they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, NetworkError, Shape

__all__ = ["Gradient", "Label", "flatten_parts", "split_vector"]

#: Arrays of one layer, in the order of its `parameter_names`.
Part = tuple[FloatArray, ...]
#: Their shapes, layer by layer.
PartShapes = Sequence[Sequence[Shape]]


class Label(NamedTuple):
    """What one part of a gradient belongs to."""

    #: Names of the nodes that have the layer.
    nodes: tuple[str, ...]
    #: The layer's `parameter_names`.
    arrays: tuple[str, ...]


def flatten_parts(parts: Iterable[Part]) -> FloatArray:
    """Return one vector of all numbers: layer by layer, array by array, row by row.

    A row of a weight matrix holds what comes into one neuron, so for dense layers the vector starts
    with all weights into the first neuron of the first hidden layer.
    """
    return np.concatenate([np.empty(0), *(array.ravel() for part in parts for array in part)])


def split_vector(vector: npt.ArrayLike, shapes: PartShapes) -> list[Part]:
    """Undo `flatten_parts` for arrays of these shapes: return views into the vector.

    Raises
    ------
    NetworkError
        If the vector's length is not the number of parameters.
    """
    flat = np.asarray(vector, dtype=np.float64)
    n_parameters = sum(math.prod(shape) for part in shapes for shape in part)
    if flat.shape != (n_parameters,):
        raise NetworkError(
            f"the network has {n_parameters} parameters, "
            f"so the vector must have shape ({n_parameters},), not {flat.shape}"
        )
    parts, start = [], 0
    for part in shapes:
        arrays = []
        for shape in part:
            stop = start + math.prod(shape)
            arrays.append(flat[start:stop].reshape(shape))
            start = stop
        parts.append(tuple(arrays))
    return parts


class Gradient:
    """Derivatives of a cost with respect to every parameter; a vector to calculate with.

    Gradients of one network add and subtract, and any gradient can be negated, multiplied and
    divided by a number. `Network` takes it from there: ``network - learning_rate * gradient``.

    That of a network knows the names of its nodes: ``gradient["dense1"]["weights"]`` is dC/dw. Of
    a layer that several nodes share there is one part, the sum over them.

    Parameters
    ----------
    parts : iterable of iterable of array_like
        One tuple of arrays per layer, each shaped like the layer's parameter of that place; empty
        for a layer without parameters.
    labels : sequence of Label, optional
        The names of the nodes and arrays that each part belongs to, if they are known.

    Attributes
    ----------
    parts : tuple of tuple of ndarray
        As given, as float64, read-only.
    """

    # Lets a NumPy number on the left, as in np.float64(3) * gradient, leave the work to us.
    __array_ufunc__ = None

    def __init__(
        self, parts: Iterable[Iterable[npt.ArrayLike]], labels: Sequence[Label] | None = None
    ) -> None:
        self.parts: Final[tuple[Part, ...]] = tuple(
            tuple(_read_only(array) for array in part) for part in parts
        )
        self._labels: Final = None if labels is None else tuple(labels)

    def __setattr__(self, name: str, value: object) -> None:
        # The labels are what the constructor sets last.
        if hasattr(type(self), name) or "_labels" in self.__dict__:
            raise AttributeError(
                f"a gradient is a value: its {name} cannot be set; make another gradient"
            )
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a gradient is a value: its {name} cannot be deleted")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.parts, self._labels)

    def __getitem__(self, node: str) -> Mapping[str, FloatArray]:
        """Return the derivatives by the parameters of a node, by their names."""
        for label, part in zip(self._labels or (), self.parts, strict=False):
            if node in label.nodes:
                return dict(zip(label.arrays, part, strict=True))
        names = [name for label in self._labels or () for name in label.nodes]
        raise KeyError(
            f"there is no node {node!r}; there are {', '.join(names)}"
            if names
            else "this gradient does not know the names of nodes: ask for its parts"
        )

    @classmethod
    def dense(cls, weights: Iterable[npt.ArrayLike], biases: Iterable[npt.ArrayLike]) -> Self:
        """Make the gradient of a dense network, as `Network.dense` makes the network.

        Parameters
        ----------
        weights : iterable of array_like
            One array per layer, shape (n_out, n_in).
        biases : iterable of array_like
            One array per layer, shape (n_out,).
        """
        weights, biases = list(weights), list(biases)
        if len(weights) != len(biases):
            raise NetworkError(
                "a gradient needs as many arrays for weights as for biases: "
                f"there are {len(weights)} and {len(biases)}"
            )
        return cls(zip(weights, biases, strict=True))

    @classmethod
    def from_vector(cls, vector: npt.ArrayLike, shapes: PartShapes) -> Self:
        """Make a gradient of a vector in the order of `flatten`.

        Parameters
        ----------
        vector : array_like
            Shape (n_parameters,).
        shapes : PartShapes
            As `Network.parameter_shapes`.

        Raises
        ------
        NetworkError
            If the vector's length is not the number of parameters.
        """
        return cls(split_vector(vector, shapes))

    @property
    def shapes(self) -> tuple[tuple[Shape, ...], ...]:
        """Shapes of all arrays, layer by layer, as `Network.parameter_shapes`."""
        return tuple(tuple(array.shape for array in part) for part in self.parts)

    @property
    def weights(self) -> tuple[FloatArray, ...]:
        """Derivatives by the weights of a dense network, one array (n_out, n_in) a layer."""
        return tuple(weights for weights, _ in self._dense_parts())

    @property
    def biases(self) -> tuple[FloatArray, ...]:
        """Derivatives by the biases of a dense network, one array (n_out,) a layer."""
        return tuple(biases for _, biases in self._dense_parts())

    @property
    def norm(self) -> float:
        """Euclidean length of the whole vector."""
        # All weights before all biases: sums in this order have always been rounded so.
        arrays = [a for column in zip_longest(*self.parts) for a in column if a is not None]
        return float(np.sqrt(sum(np.vdot(a, a) for a in arrays)))

    def flatten(self) -> FloatArray:
        """All components as one vector, shape (n_parameters,).

        The order: layer by layer, and in a layer as its `parameter_names`; for a dense one the
        weights row by row (all weights into its first neuron, then into its second...), then its
        biases.
        """
        return flatten_parts(self.parts)

    def _dense_parts(self) -> tuple[Part, ...]:
        for layer, part in enumerate(self.parts):
            if [array.ndim for array in part] != [2, 1]:
                raise NetworkError(
                    f"this gradient is not that of dense layers alone: ask for parts[{layer}]"
                )
        return self.parts

    def _map(self, function: Callable[[FloatArray], FloatArray]) -> Gradient:
        return Gradient((map(function, part) for part in self.parts), self._labels)

    def _combine(self, other: Gradient, sign: float) -> Gradient:
        if self.shapes != other.shapes:
            raise NetworkError(
                f"gradients of shapes {self.shapes} and {other.shapes} cannot be combined"
            )
        return Gradient(
            (
                [a + sign * b for a, b in zip(*parts, strict=True)]
                for parts in zip(self.parts, other.parts, strict=True)
            ),
            self._labels,
        )

    def __neg__(self) -> Gradient:
        return self._map(np.negative)

    def __mul__(self, factor: float) -> Gradient:
        if np.ndim(factor) != 0:
            return NotImplemented
        return self._map(lambda array: array * float(factor))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Gradient:
        return self * (1.0 / divisor)

    def __add__(self, other: Gradient) -> Gradient:
        if not isinstance(other, Gradient):
            return NotImplemented
        return self._combine(other, 1.0)

    def __sub__(self, other: Gradient) -> Gradient:
        if not isinstance(other, Gradient):
            return NotImplemented
        return self._combine(other, -1.0)

    def __repr__(self) -> str:
        n_parameters = sum(array.size for part in self.parts for array in part)
        return f"Gradient({n_parameters:,} parameters, norm {self.norm:.4g})"


def _read_only(array: npt.ArrayLike) -> FloatArray:
    """Return a read-only array, copied where the original can be written into."""
    values = np.asarray(array, dtype=np.float64)
    if values.flags.writeable:
        values = values.copy()
        values.setflags(write=False)
    return values
