"""Checks of what comes from outside: arrays of the right kind, shape and content."""

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from nnviz.network._types import FloatArray, IntArray, NetworkError, NetworkLimitError, Shape

Entry = TypeVar("Entry")


def one_hot(labels: npt.ArrayLike, n: int = 10) -> FloatArray:
    """Desired outputs for labels: 1 at the label, 0 elsewhere.

    Parameters
    ----------
    labels : array_like
        An integer, or integers of shape (batch,), from 0 to n - 1.
    n : int, optional
        Number of outputs.

    Returns
    -------
    ndarray
        Shape (n,) or (batch, n).

    Raises
    ------
    NetworkError
        If a label is not an integer from 0 to n - 1.
    """
    targets: FloatArray = np.eye(n)[check_labels(labels, n)]
    return targets


def check_labels(labels: npt.ArrayLike, n: int) -> IntArray:
    array = np.asarray(labels)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise NetworkError(
            "labels must be an integer or integers of shape (batch,), "
            f"not {array.dtype} of shape {array.shape}"
        )
    check_below(array, n, "labels")
    return array.astype(np.int64)


def check_below(integers: npt.NDArray[Any], n: int, name: str) -> None:
    wrong = (integers < 0) | (integers >= n)
    if wrong.any():
        raise NetworkError(
            f"{name} must lie between 0 and {n - 1}, but one is {integers[wrong][0]}"
        )


def check_floats(values: npt.ArrayLike, name: str) -> FloatArray:
    """Return real, finite numbers as float64, not copied where they are so already."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise NetworkError(f"{name}: rows of different lengths do not make an array") from None
    if array.dtype.kind not in "fiub":
        raise NetworkError(f"{name}: must be real numbers, not an array of {array.dtype}")
    array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise NetworkError(f"{name}: contains a NaN or an infinity")
    return array


def check_examples(values: npt.ArrayLike, shape: Shape, name: str) -> FloatArray:
    """Return `values` as floats shaped like one example or a batch of them."""
    array = check_floats(values, name)
    if array.shape not in (shape, (*array.shape[:1], *shape)):
        numbers = ", ".join(map(str, shape))
        hint = ""
        if len(shape) == 1 and array.shape == (*shape, 1):
            hint = f": it is a column, ask for {name}.ravel() or {name}[:, 0]"
        elif len(shape) > 1 and array.shape[-1:] == (math.prod(shape),):
            hint = f": these are rows, ask for {name}.reshape(-1, {numbers})"
        raise NetworkError(
            f"{name}: must have shape {shape} or (batch, {numbers}), not {array.shape}{hint}"
        )
    return array


def check_parameter(values: npt.ArrayLike, name: str) -> FloatArray:
    """Copy numbers into a read-only array of float64, as layers keep their parameters.

    What `numpy.broadcast_to` repeats takes no memory here either: so a large network can be made
    for its shapes alone.

    Raises
    ------
    NetworkError
        If they are not real and finite.
    """
    if isinstance(values, np.ndarray):
        repeats = [
            stride == 0 and n > 1 for stride, n in zip(values.strides, values.shape, strict=True)
        ]
        if any(repeats):
            once = values[tuple(slice(1) if is_one else slice(None) for is_one in repeats)]
            return np.broadcast_to(check_parameter(once, name), values.shape)
    array = np.array(check_floats(values, name), order="C")
    array.setflags(write=False)
    return array


def check_weights(values: npt.ArrayLike, name: str, *axes: str) -> FloatArray:
    """Copy numbers as `check_parameter` does; they must have these axes, and not be empty."""
    array = check_parameter(values, name)
    if array.ndim != len(axes) or not array.size:
        raise NetworkError(f"{name} must have shape ({', '.join(axes)}), not {array.shape}")
    return array


def check_biases(biases: FloatArray, n: int, name: str, shape: Shape) -> None:
    """Check that there are n biases, where the weights or kernels of a name have a shape."""
    if biases.shape != (n,):
        raise NetworkError(
            f"biases must have shape ({n},), as {name} have shape {shape}, not {biases.shape}"
        )


def check_groups(n: int, groups: int, what: str) -> None:
    """Check that n channels, or kernels, can be split into equal groups."""
    if n % groups:
        raise NetworkError(f"{n} {what} cannot be split into {groups} groups")


def look_up(name: object, registry: Mapping[str, Entry], kind: str) -> Entry:
    """Return a registry's entry; the error for an unknown name lists the known ones."""
    if isinstance(name, str) and name in registry:
        return registry[name]
    raise NetworkError(f"no {kind} is called {name!r}; there are {', '.join(registry)}")


def check_size(n: int, name: str = "sizes", least: int = 1) -> int:
    try:
        size = operator.index(n)
    except TypeError:
        raise NetworkError(f"{name} must be integers, not {n!r}") from None
    if size < least:
        wanted = "positive" if least == 1 else f"{least} or more"
        raise NetworkError(f"{name} must be {wanted}, not {size}")
    return size


def check_shape(shape: int | Sequence[int], name: str) -> Shape:
    """Return the shape of one example: an integer is that of a vector."""
    sizes = shape if isinstance(shape, Sequence) else (shape,)
    checked = tuple(check_size(n, name) for n in sizes)
    if not 1 <= len(checked) <= 3:
        raise NetworkError(
            f"{name} must be (n,), (tokens, features), (channels, length) or (channels, height, "
            f"width), not {checked}"
        )
    return checked


def check_flag(value: bool, name: str) -> bool:
    if not isinstance(value, bool):
        raise NetworkError(f"{name} must be True or False, not {value!r}")
    return value


def check_number(value: float, name: str, low: float, below: float) -> float:
    """Return a number with low <= number < below."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise NetworkError(f"{name} must be a number, not {value!r}")
    if not low <= value < below:
        raise NetworkError(f"{name} must be at least {low:g} and below {below:g}, not {value}")
    return float(value)


@contextmanager
def located(place: int | str, name: str) -> Iterator[None]:
    """Add to an error the layer that it is about: its number, or what to call its place."""
    try:
        yield
    except NetworkLimitError as error:
        raise NetworkLimitError(f"{_where(place)}, {name}: {error}") from None
    except NetworkError as error:
        raise NetworkError(f"{_where(place)}, {name}: {error}") from None


def _where(place: int | str) -> str:
    return place if isinstance(place, str) else f"layers[{place}]"
