"""Forwards and backwards through a graph: the arithmetic, on batches that are known to fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from nnviz.network._named import Named
from nnviz.network._types import FloatArray, NetworkError
from nnviz.network.graph import Graph, Step

__all__ = [
    "BackwardPass",
    "Derivatives",
    "ForwardPass",
    "Trace",
    "backward",
    "forward",
    "last",
    "named_views",
]


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """Everything that a network computes on the way from input to output.

    ``forward["dense1"]`` is the activations of a node, or an input. The arrays are read-only.

    Attributes
    ----------
    zs
        Weighted inputs of every node, by number or name: ``zs[l]`` has the shape of the layer's
        output, with the batch's axis before it where there is a batch. A layer without an
        activation function, such as a pooling, has its output here.
    activations
        Activations of every node, the inputs before them: in a chain ``activations[0]`` is x and
        ``activations[l + 1]`` comes from ``zs[l]``.
    output_name
        Name of the node whose activations are the output.
    dropped
        Which values a dropout silenced, by the name of its node: arrays of booleans, shaped like
        its activations. Empty but for a pass as in training.
    """

    zs: Named[FloatArray]
    activations: Named[FloatArray]
    output_name: str
    dropped: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def output(self) -> FloatArray:
        """Activations of the output."""
        return self.activations[self.output_name]

    def __getitem__(self, name: str) -> FloatArray:
        return self.activations[name]

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self  # it cannot change

    @classmethod
    def from_arrays(cls, tokens: npt.ArrayLike, arrays: Mapping[str, npt.ArrayLike]) -> Self:
        """Return what another program has computed, so that the same pictures show it.

        Nothing is known of weighted inputs: `zs` is empty.

        Parameters
        ----------
        tokens : array_like
            What the model has read: integers or texts, shape (tokens,). They are called "tokens".
        arrays : mapping from str to array_like
            By name what was computed, such as "blocks.0.pattern": numbers, with no axis for a
            batch. The last one counts as the output.

        Raises
        ------
        NetworkError
            If there are no arrays, one has no numbers, or the tokens are not in a row.

        Examples
        --------
        >>> forward = ForwardPass.from_arrays(["to", " be"], {"pattern": [[1, 0], [0.25, 0.75]]})
        >>> forward["pattern"][1].tolist(), forward["tokens"].tolist()
        ([0.25, 0.75], ['to', ' be'])
        """
        read = np.array(tokens)
        if read.ndim != 1 or read.dtype.kind not in "iuU" or not len(read):
            raise NetworkError(
                "tokens must be integers or texts in a row, shape (tokens,), not "
                f"{read.dtype} of shape {read.shape}"
            )
        if not arrays or "tokens" in arrays:
            raise NetworkError(
                "arrays must hold at least one array by its name, and none called 'tokens'"
            )
        kept = [read]
        for name, values in arrays.items():
            array = np.array(values)
            if array.dtype.kind not in "iufb" or not array.size:
                raise NetworkError(
                    f"arrays[{name!r}] must hold numbers, not {array.dtype} of shape {array.shape}"
                )
            array = array.astype(np.float64)
            if np.isnan(array).any():
                raise NetworkError(f"arrays[{name!r}] has values that are not numbers (NaN)")
            kept.append(array)
        for array in kept:
            array.setflags(write=False)
        return cls(Named((), ()), Named(kept, ("tokens", *arrays)), list(arrays)[-1])


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """Derivatives of each example's cost on the way from output back to input.

    ``backward["dense1"]`` is dC/da of a node, or of an input. The arrays are read-only. Where the
    output does not depend on a node, its derivatives are 0; an input of integers has none, and
    zeros in their place.

    Attributes
    ----------
    errors
        dC/dz of every node (delta in textbooks): ``errors[l]`` is shaped like
        ``ForwardPass.zs[l]``.
    activation_gradients
        dC/da of every node, the inputs before them, shaped like ``ForwardPass.activations[l]``.
        Its negative is how the example wishes the activations to change.
    """

    errors: Named[FloatArray]
    activation_gradients: Named[FloatArray]

    def __getitem__(self, name: str) -> FloatArray:
        return self.activation_gradients[name]

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


class Trace(NamedTuple):
    """A forward pass of a batch, and what each layer remembers of it for the way back."""

    zs: list[FloatArray]
    #: The inputs, then one per node.
    activations: list[FloatArray]
    memories: list[Any]


class Derivatives(NamedTuple):
    """A backward pass of a batch: None where there is no derivative, or none was wanted."""

    errors: list[FloatArray | None]
    #: Those of the inputs, then one per node.
    activation_gradients: list[FloatArray | None]


def named_views(
    arrays: Iterable[FloatArray], names: Iterable[str], is_batch: bool
) -> Named[FloatArray]:
    """Return read-only views of batches, without the batch's axis where there was none."""
    views = []
    for array in arrays:
        view = (array if is_batch else array[0]).view()
        view.setflags(write=False)
        views.append(view)
    return Named(views, names)


def forward(
    steps: Sequence[Step], inputs: Sequence[FloatArray], rng: np.random.RandomState | None = None
) -> Trace:
    """Compute z and a of every node; with a generator, as training does."""
    values = list(inputs)
    zs, memories = [], []
    for layer, sources in steps:
        if len(sources) == 1:  # as nearly all, and small networks spend their time between layers
            z, memory = layer.forward(values[sources[0]], rng)
        else:
            z, memory = layer.forward(*[values[k] for k in sources], rng=rng)
        values.append(layer.activation.function(z))
        zs.append(z)
        memories.append(memory)
    return Trace(zs, values, memories)


def last(graph: Graph, inputs: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Compute z and a of the output alone, and keep nothing longer than it is needed."""
    at = graph.output_index
    steps = graph.steps[: at + 1]
    final: dict[int, int] = {k: i for i, step in enumerate(steps) for k in step.sources}
    leaving: dict[int, list[int]] = {}
    for k, i in final.items():
        leaving.setdefault(i, []).append(k)
    values: list[FloatArray | None] = list(inputs)
    z: FloatArray | None = None
    for i, (layer, sources) in enumerate(steps):
        z, _ = layer.forward(*[values[k] for k in sources])
        values.append(layer.activation.function(z))
        for k in leaving.get(i, ()):
            values[k] = None
    a = values[-1]
    assert z is not None
    assert a is not None
    return z, a


def backward(
    steps: Sequence[Step],
    trace: Trace,
    at: int,
    error: FloatArray,
    wanted: Sequence[bool],
) -> Derivatives:
    """Compute the derivatives of what depends on one node, from its error.

    It is linear in `error`: scale that and everything is scaled.

    Parameters
    ----------
    steps : sequence of Step
        The nodes.
    trace : Trace
        Their forward pass.
    at : int
        Index, among the nodes, of the node that the error belongs to.
    error : ndarray of float
        Its dC/dz.
    wanted : sequence of bool
        For the inputs and every node, whether its dC/da is asked for. Where it is for a node, it
        has to be for those that lie between that and the output.
    """
    zs, activations, memories = trace
    first = len(activations) - len(steps)
    errors: list[FloatArray | None] = [None] * len(steps)
    gradients: list[FloatArray | None] = [None] * len(activations)
    for k in range(at, -1, -1):
        layer, sources = steps[k]
        if k < at:
            dc_da = gradients[first + k]
            if dc_da is None:
                continue
            error = layer.activation.pullback(zs[k], activations[first + k], dc_da)
        errors[k] = error
        if len(sources) == 1:
            (source,) = sources
            if wanted[source]:
                found = layer.backward(memories[k], error)
                part = found[0] if isinstance(found, tuple) else found
                if part is not None:
                    before = gradients[source]
                    gradients[source] = part if before is None else before + part
            continue
        if not any(map(wanted.__getitem__, sources)):
            continue
        for source, part in zip(sources, layer.backward(memories[k], error) or (), strict=True):
            if part is not None and wanted[source]:
                before = gradients[source]
                gradients[source] = part if before is None else before + part
    return Derivatives(errors, gradients)
