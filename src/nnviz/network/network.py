"""The network itself: a value made of weights, biases and functions, and what it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from nnviz.network import storage
from nnviz.network._checks import (
    check_labels,
    check_parameter,
    check_shapes,
    check_size,
    check_vectors,
)
from nnviz.network._types import FloatArray, IntArray, NetworkError
from nnviz.network.activations import ACTIVATIONS, Activation, get_activation
from nnviz.network.costs import COSTS, Cost, get_cost
from nnviz.network.gradient import Gradient, flatten_parameters, unflatten_parameters
from nnviz.network.passes import Layer, backward, forward, layers_of
from nnviz.network.training import EpochReport, descend

__all__ = ["BackwardPass", "ForwardPass", "Network"]


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """Everything that a network computes on the way from input to output.

    Attributes
    ----------
    zs
        Weighted inputs of every layer after the input: ``zs[l]`` has shape (n_out,) or
        (batch, n_out) and belongs to ``weights[l]``.
    activations
        Activations of every layer, the input included: ``activations[0]`` is x and
        ``activations[l + 1]`` comes from ``zs[l]``.
    """

    zs: tuple[FloatArray, ...]
    activations: tuple[FloatArray, ...]

    @property
    def output(self) -> FloatArray:
        """Activations of the last layer."""
        return self.activations[-1]


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """Derivatives of each example's cost on the way from output back to input.

    Attributes
    ----------
    errors
        dC/dz of every layer after the input (delta in textbooks): ``errors[l]`` is shaped like
        ``ForwardPass.zs[l]``.
    activation_gradients
        dC/da of every layer, the input included, shaped like ``ForwardPass.activations[l]``. Its
        negative is how the example wishes the activations to change.
    """

    errors: tuple[FloatArray, ...]
    activation_gradients: tuple[FloatArray, ...]


class Network:
    """A feed-forward network of fully connected layers.

    A network is a value: its arrays are read-only, nothing changes it, and a step of gradient
    descent gives a new one. So copies need no copying: `copy.copy` and `copy.deepcopy` return the
    network itself.

    Layer l + 1 computes ``z = weights[l] @ a + biases[l]`` from the activations a of layer l, and
    its own activations from z. Every method takes one example, a vector (n,), or a batch of them,
    (batch, n), and answers in kind.

    Parameters
    ----------
    weights
        One array a layer after the input, shape (n_out, n_in).
    biases
        One array a layer after the input, shape (n_out,).
    activations
        Activation function of every layer after the input, one for all or one a layer: names from
        `ACTIVATIONS` or `Activation` objects. Sigmoid if None.
    cost
        Cost function: a name from `COSTS` or a `Cost`.

    Attributes
    ----------
    weights, biases : tuple of ndarray
        As given, as read-only float64 copies.
    activations : tuple of Activation
        One a layer after the input.
    cost_function : Cost
        The cost of one example.

    Raises
    ------
    NetworkError
        If shapes do not fit each other, a number is NaN or infinite, a function is unknown, or
        the cost is not defined for the output activation.

    Examples
    --------
    >>> network = Network.random([784, 16, 16, 10], seed=0)
    >>> network.n_parameters
    13002
    >>> network.feedforward(np.zeros(784)).shape
    (10,)
    """

    def __init__(
        self,
        weights: Iterable[npt.ArrayLike],
        biases: Iterable[npt.ArrayLike],
        activations: str | Activation | Sequence[str | Activation] | None = None,
        cost: str | Cost = "quadratic",
    ) -> None:
        self.weights: Final = tuple(
            check_parameter(w, f"weights[{i}]") for i, w in enumerate(weights)
        )
        self.biases: Final = tuple(check_parameter(b, f"biases[{i}]") for i, b in enumerate(biases))
        check_shapes(self.weights, self.biases)
        n_layers = len(self.weights)
        if activations is None:
            activations = "sigmoid"
        if isinstance(activations, str | Activation):
            activations = [activations] * n_layers
        self.activations: Final = tuple(get_activation(a) for a in activations)
        if len(self.activations) != n_layers:
            raise NetworkError(
                f"activations: {len(self.activations)} functions for {n_layers} layers of weights"
            )
        for layer, activation in enumerate(self.activations[:-1]):
            if activation.output_only:
                raise NetworkError(
                    f"activations[{layer}]: {activation.name} is for the output layer only"
                )
        self.cost_function: Final = get_cost(cost)
        # Complains where the cost is not defined for this output layer.
        self._cost_form: Final = self.cost_function.form_for(self.activations[-1])

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        seed: int | None = None,
        *,
        rng: np.random.RandomState | None = None,
        activations: str | Activation | Sequence[str | Activation] | None = None,
        cost: str | Cost = "quadratic",
        scaled: bool = False,
    ) -> Self:
        """Draw a network from the standard normal distribution.

        The order is that of the 2017 videos, so that a seed gives their numbers: first the biases,
        layer by layer, then the weights, layer by layer.

        Parameters
        ----------
        sizes
            Number of neurons in every layer, the input included.
        seed
            Seed of NumPy's legacy generator, whose stream never changes. 0 if None.
        rng
            Draw from this generator instead, and leave it advanced.
        activations, cost
            As for `Network`.
        scaled
            Divide each weight by the square root of its layer's number of inputs, so that large
            layers do not start saturated. Better for training.

        Raises
        ------
        NetworkError
            If there are fewer than two layers, a size is not a positive integer, or both `seed`
            and `rng` are given.
        """
        sizes = [check_size(n) for n in sizes]
        if len(sizes) < 2:
            raise NetworkError(f"a network needs at least two layers, not sizes {list(sizes)}")
        if rng is None:
            rng = np.random.RandomState(0 if seed is None else seed)
        elif seed is not None:
            raise NetworkError("give seed or rng, not both")
        biases = [rng.randn(n) for n in sizes[1:]]
        weights = [rng.randn(n, n_in) for n_in, n in pairwise(sizes)]
        if scaled:
            weights = [w / np.sqrt(w.shape[1]) for w in weights]
        return cls(weights, biases, activations, cost)

    # --- what it is

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of neurons in every layer, the input included."""
        return (self.weights[0].shape[1], *(b.size for b in self.biases))

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum(p.size for p in (*self.weights, *self.biases))

    def flatten(self) -> FloatArray:
        """All parameters as one vector, shape (n_parameters,), in the order of a gradient's."""
        return flatten_parameters(self.weights, self.biases)

    def with_parameters(self, vector: npt.ArrayLike) -> Self:
        """Make a network of the same functions from a vector in the order of `flatten`."""
        return self.replace(*unflatten_parameters(vector, self.sizes))

    def replace(
        self,
        weights: Iterable[npt.ArrayLike] | None = None,
        biases: Iterable[npt.ArrayLike] | None = None,
        activations: str | Activation | Sequence[str | Activation] | None = None,
        cost: str | Cost | None = None,
    ) -> Self:
        """Make a network that differs in what is given, and is checked as any other."""
        return type(self)(
            self.weights if weights is None else weights,
            self.biases if biases is None else biases,
            self.activations if activations is None else activations,
            self.cost_function if cost is None else cost,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return (
            self.sizes == other.sizes
            and self.activations == other.activations
            and self.cost_function == other.cost_function
            and all(map(np.array_equal, self.weights, other.weights))
            and all(map(np.array_equal, self.biases, other.biases))
        )

    def __hash__(self) -> int:
        # A sum, and not the bytes, because 0.0 and -0.0 are equal.
        return hash((self.sizes, float(self.flatten().sum()), self.cost_function.name))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __repr__(self) -> str:
        names = list(dict.fromkeys(a.name for a in self.activations))
        return (
            f"Network({'-'.join(map(str, self.sizes))}, {'/'.join(names)}, "
            f"{self.cost_function.name}, {self.n_parameters:,} parameters)"
        )

    # --- what it computes

    def feedforward(self, x: npt.ArrayLike) -> FloatArray:
        """Compute the output.

        Parameters
        ----------
        x
            Input, shape (n_in,) or (batch, n_in).

        Returns
        -------
        ndarray
            Shape (n_out,) or (batch, n_out).

        Raises
        ------
        NetworkError
            If `x` has another shape or contains a NaN or an infinity.
        """
        return self.forward_pass(x).output

    def forward_pass(self, x: npt.ArrayLike) -> ForwardPass:
        """Compute the output and everything on the way: see `feedforward`, `ForwardPass`."""
        zs, activations = self._forward(self._input(x))
        return ForwardPass(tuple(zs), tuple(activations))

    def cost(self, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """Compute the cost against the desired output, for a batch the mean over its examples.

        Parameters
        ----------
        x
            Input, shape (n_in,) or (batch, n_in).
        y
            Desired output, shape (n_out,) or (batch, n_out).

        Raises
        ------
        NetworkError
            If a shape is wrong, the batch is empty, or a number is not finite.
        """
        x, y = self._example(x, y)
        zs, activations = self._forward(x)
        return float(np.mean(self._cost_form.function(zs[-1], activations[-1], y)))

    def backward_pass(self, x: npt.ArrayLike, y: npt.ArrayLike) -> BackwardPass:
        """Propagate the cost's derivatives back through the layers, for each example on its own.

        Parameters
        ----------
        x, y
            As for `cost`.
        """
        x, y = self._example(x, y)
        zs, activations = self._forward(x)
        error = self._output_error(zs[-1], activations[-1], y)
        errors = backward(self._layers(), zs, activations, error)
        gradients = [delta @ w for delta, w in zip(errors, self.weights, strict=True)]
        last = self._cost_form.gradient(activations[-1], y)
        return BackwardPass(tuple(errors), (*gradients, last))

    def output_error(self, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
        """Compute dC/dz of the output layer, shape (n_out,) or (batch, n_out)."""
        x, y = self._example(x, y)
        zs, activations = self._forward(x)
        return self._output_error(zs[-1], activations[-1], y)

    def backprop(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Gradient:
        """Compute the gradient of `cost` with respect to all weights and biases.

        Parameters
        ----------
        x, y
            As for `cost`.

        Returns
        -------
        Gradient
            Shaped like the parameters; for a batch the mean over its examples.
        """
        x, y = map(np.atleast_2d, self._example(x, y))
        zs, activations = self._forward(x)
        error = self._output_error(zs[-1], activations[-1], y) / len(x)
        errors = backward(self._layers(), zs, activations, error)
        return Gradient(
            [delta.T @ a for delta, a in zip(errors, activations[:-1], strict=True)],
            [delta.sum(axis=0) for delta in errors],
        )

    def step(self, gradient: Gradient, eta: float = 1.0) -> Self:
        """Take one step down the gradient: ``network - eta * gradient``.

        Parameters
        ----------
        gradient
            Of the network's own sizes.
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

    def predict(self, x: npt.ArrayLike) -> IntArray:
        """Find the index of the largest output, shape () or (batch,)."""
        largest: IntArray = np.argmax(self.feedforward(x), axis=-1)
        return largest

    def accuracy(self, x: npt.ArrayLike, labels: npt.ArrayLike) -> float:
        """Compute the share of examples whose largest output is the labelled one.

        Parameters
        ----------
        x
            Input, shape (n_in,) or (batch, n_in).
        labels
            Index of the right output, an integer or shape (batch,).

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        NetworkError
            If the numbers of inputs and labels differ, there are none, or a label is not the
            index of an output.
        """
        predictions = self.predict(x)
        right = check_labels(labels, self.sizes[-1])
        if right.shape != predictions.shape:
            raise NetworkError(
                f"labels: shape {right.shape} for predictions of shape {predictions.shape}"
            )
        if right.size == 0:
            raise NetworkError("the accuracy of no examples is not defined")
        return float(np.mean(predictions == right))

    # --- how it learns

    def sgd(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        epochs: int,
        batch_size: int = 10,
        eta: float | Callable[[int], float] = 1.0,
        seed: int = 0,
        validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    ) -> Iterator[EpochReport]:
        """Train by stochastic gradient descent on mini-batches.

        Every epoch shuffles the examples, cuts them into mini-batches (the last may be smaller)
        and takes one step down the mean gradient of each. The network itself stays as it is: every
        report carries the trained one. Nothing is computed before the first report is asked for,
        but bad arguments are refused at the call.

        Parameters
        ----------
        x
            Training inputs, shape (n, n_in).
        y
            Desired outputs, shape (n, n_out); see `one_hot`.
        epochs
            How many times to go through all examples.
        batch_size
            Examples in a mini-batch.
        eta
            Learning rate, or a function from the epoch (1, 2...) to it.
        seed
            Seed of the shuffling: equal arguments give equal networks.
        validation
            Inputs and desired outputs on which to measure cost and accuracy, instead of the
            training data.

        Returns
        -------
        iterator of EpochReport
            One report an epoch.

        Raises
        ------
        NetworkError
            If a shape is wrong, there are no examples, or `epochs` or `batch_size` is not
            positive. While iterating: if the parameters overflow because `eta` is too large.

        Examples
        --------
        >>> from nnviz.network import one_hot
        >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        >>> y = one_hot([0, 1, 1, 0], 2)
        >>> network = Network.random([2, 4, 2], seed=1)
        >>> reports = list(network.sgd(x, y, epochs=500, batch_size=4, eta=3.0))
        >>> reports[-1].accuracy
        1.0
        """
        if epochs < 1 or batch_size < 1:
            raise NetworkError(
                f"epochs and batch_size must be positive, not {epochs} and {batch_size}"
            )
        if not callable(eta) and not np.isfinite(eta):
            raise NetworkError(f"eta must be a number, or a function of the epoch, not {eta}")
        inputs, targets = self._batch(x, y)
        measured = (inputs, targets) if validation is None else self._batch(*validation)
        schedule = eta if callable(eta) else lambda _epoch: eta
        return descend(
            self,
            (inputs, targets),
            measured,
            epochs=epochs,
            batch_size=batch_size,
            eta=schedule,
            seed=seed,
        )

    # --- inside

    def _input(self, x: npt.ArrayLike) -> FloatArray:
        return check_vectors(x, self.sizes[0], "x")

    def _example(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Check inputs and desired outputs against the network and each other."""
        inputs, targets = self._input(x), check_vectors(y, self.sizes[-1], "y")
        if inputs.shape[:-1] != targets.shape[:-1]:
            raise NetworkError(
                f"x and y must hold the same examples, but have shapes {inputs.shape} and "
                f"{targets.shape}"
            )
        if inputs.size == 0:
            raise NetworkError("x and y are an empty batch, which has no mean")
        return inputs, targets

    def _batch(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        inputs, targets = self._example(x, y)
        if inputs.ndim != 2:
            raise NetworkError(f"x must be a batch of shape (n, {self.sizes[0]}), not one example")
        return inputs, targets

    def _forward(self, x: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
        return forward(self._layers(), x)

    def _layers(self) -> list[Layer]:
        return layers_of(self.weights, self.biases, self.activations)

    def _output_error(self, z: FloatArray, a: FloatArray, y: FloatArray) -> FloatArray:
        return self.cost_function.output_error(self.activations[-1], z, a, y)

    def _moved(self, change: Gradient, factor: float) -> Self:
        if change.sizes != self.sizes:
            raise NetworkError(
                f"a gradient of sizes {change.sizes} does not fit a network of {self.sizes}"
            )
        return self.replace(
            [w + factor * d for w, d in zip(self.weights, change.weights, strict=True)],
            [b + factor * d for b, d in zip(self.biases, change.biases, strict=True)],
        )

    # --- keeping it

    def save(self, path: str | os.PathLike[str], dtype: npt.DTypeLike = np.float64) -> None:
        """Write the network to an .npz file.

        The file appears complete or not at all, and equal networks give equal bytes.

        Parameters
        ----------
        path
            Where to, taken literally: no suffix is added.
        dtype
            Type to store numbers in. float32 halves the file and rounds.

        Raises
        ------
        NetworkError
            If an activation or cost is not in its registry, so that no file can name it.
        """
        for function in self.activations:
            if ACTIVATIONS.get(function.name) != function:
                raise NetworkError(f"the activation {function.name!r} is not in ACTIVATIONS")
        if COSTS.get(self.cost_function.name) != self.cost_function:
            raise NetworkError(f"the cost {self.cost_function.name!r} is not in COSTS")
        storage.save(
            path,
            storage.StoredNetwork(
                self.weights,
                self.biases,
                [a.name for a in self.activations],
                self.cost_function.name,
            ),
            dtype,
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a network from a file that `save` wrote.

        Raises
        ------
        NetworkError
            If the file is not such a file: what is wrong, in which array, and the shape it should
            have. Pickled objects are never loaded.
        OSError
            If the file cannot be read at all.
        """
        stored = storage.load(path)
        try:
            return cls(stored.weights, stored.biases, stored.activations, stored.cost)
        except NetworkError as error:
            raise NetworkError(f"{os.fspath(path)}: {error}") from None
