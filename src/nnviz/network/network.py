"""The network itself: a value made of layers and a cost, and what it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from nnviz.network import storage
from nnviz.network._checks import Examples, check_pairs, check_size
from nnviz.network._types import FloatArray, NetworkError, Shape
from nnviz.network.activations import Activation
from nnviz.network.costs import Cost, get_cost
from nnviz.network.gradient import Gradient
from nnviz.network.layers import Layer
from nnviz.network.layers.dense import dense_layers
from nnviz.network.optimizers import Optimizer, get_optimizer
from nnviz.network.passes import BackwardPass, Trace, backward, forward
from nnviz.network.stack import LayerStack
from nnviz.network.summary import Summary
from nnviz.network.training import EpochReport, descend

__all__ = ["Network"]


class Network(LayerStack):
    """A feed-forward network: a sequence of layers, and the cost of what comes out.

    A network is a value: its arrays are read-only, nothing changes it, and a step of gradient
    descent gives a new one. So copies need no copying: `copy.copy` and `copy.deepcopy` return the
    network itself.

    Every method takes one example, a vector (n,) or an image (channels, height, width), or a batch
    of them, with one axis before, and answers in kind.

    Parameters
    ----------
    layers
        At least one, each taking what the one before gives. For fully connected layers alone there
        is `Network.dense`.
    cost
        Cost function: a name from `COSTS` or a `Cost`.
    input_shape
        Shape of one example: (channels, height, width), or an integer or (n,) for vectors. May be
        left out where the first layer's parameters say it, as a `Dense` one's do.

    Attributes
    ----------
    layers : tuple of Layer
        As given.
    shapes : tuple of tuple of int
        Of one example's activations, layer by layer, the input included.
    cost_function : Cost
        The cost of one example.

    Raises
    ------
    NetworkError
        If a layer does not fit the one before, the input's shape is missing, a function is
        unknown, or the cost is not defined for the output activation.

    Examples
    --------
    >>> network = Network.random([784, 16, 16, 10], seed=0)
    >>> network.n_parameters
    13002
    >>> network.feedforward(np.zeros(784)).shape
    (10,)
    >>> from nnviz.network import Conv2D, Dense, Flatten, MaxPool2D
    >>> rng = np.random.RandomState(0)
    >>> Network(
    ...     [
    ...         Conv2D.random(1, 4, 3, rng, activation="relu"),
    ...         MaxPool2D(2),
    ...         Flatten(),
    ...         Dense.random(36, 2, rng, "softmax"),
    ...     ],
    ...     cost="cross-entropy",
    ...     input_shape=(1, 8, 8),
    ... ).shapes
    ((1, 8, 8), (4, 6, 6), (4, 3, 3), (36,), (2,))
    """

    def __init__(
        self,
        layers: Iterable[Layer],
        cost: str | Cost = "quadratic",
        input_shape: int | Sequence[int] | None = None,
    ) -> None:
        super().__init__(layers, input_shape)
        self.cost_function: Final = get_cost(cost)
        # Complains where the cost is not defined for this output layer.
        self._cost_form: Final = self.cost_function.form_for(self.layers[-1].activation)

    @classmethod
    def dense(
        cls,
        weights: Iterable[npt.ArrayLike],
        biases: Iterable[npt.ArrayLike],
        activations: str | Activation | Sequence[str | Activation] | None = None,
        cost: str | Cost = "quadratic",
    ) -> Self:
        """Make a network of fully connected layers: ``z = weights[l] @ a + biases[l]``.

        Parameters
        ----------
        weights
            One array a layer after the input, shape (n_out, n_in).
        biases
            One array a layer after the input, shape (n_out,).
        activations
            Activation function of every layer after the input, one for all or one a layer: names
            from `ACTIVATIONS` or `Activation` objects. Sigmoid if None.
        cost
            Cost function: a name from `COSTS` or a `Cost`.

        Raises
        ------
        NetworkError
            If shapes do not fit each other, a number is NaN or infinite, a function is unknown, or
            the cost is not defined for the output activation.
        """
        return cls(dense_layers(weights, biases, activations), cost)

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
        """Draw a dense network from the standard normal distribution.

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
            As for `Network.dense`.
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
        return cls.dense(weights, biases, activations, cost)

    # --- what it is

    def replace(
        self, *, layers: Iterable[Layer] | None = None, cost: str | Cost | None = None
    ) -> Self:
        """Make a network that differs in what is given, and is checked as any other."""
        return type(self)(
            self.layers if layers is None else layers,
            self.cost_function if cost is None else cost,
            self.input_shape,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return (
            self.shapes == other.shapes
            and self.cost_function == other.cost_function
            and self.layers == other.layers
        )

    def __hash__(self) -> int:
        return hash((self.layers, self.input_shape, self.cost_function.name))

    def __repr__(self) -> str:
        shapes = "-".join("x".join(map(str, shape)) for shape in self.shapes)
        used = (row.activation for row in self.summary().layers if row.activation)
        names = "/".join(dict.fromkeys(used))
        return (
            f"Network({shapes}, {names or 'identity'}, {self.cost_function.name}, "
            f"{self.n_parameters:,} parameters)"
        )

    def summary(self) -> Summary:
        """Return a table of the layers: kind, shape, activation function, parameters."""
        return Summary.of(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows where the network is a cell's value."""
        return self.summary()._repr_html_()

    # --- what it computes

    def cost(self, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """Compute the cost against the desired output, for a batch the mean over its examples.

        Parameters
        ----------
        x
            Input, shape (*input_shape,) or (batch, *input_shape).
        y
            Desired output, shape (n_out,) or (batch, n_out). Where there is one output, the last
            axis may be left out.

        Raises
        ------
        NetworkError
            If a shape is wrong, the batch is empty, or a number is not finite.
        """
        inputs, targets, _ = self._examples(x, y)
        z, a = self._last(inputs)
        return float(np.mean(self._cost_form.function(z, a, targets)))

    def backward_pass(self, x: npt.ArrayLike, y: npt.ArrayLike) -> BackwardPass:
        """Propagate the cost's derivatives back through the layers, for each example on its own.

        Parameters
        ----------
        x, y
            As for `cost`.
        """
        inputs, targets, batch = self._examples(x, y)
        trace = forward(self.layers, inputs)
        errors, hidden = backward(self.layers, trace, self._output_error(trace, targets))
        first = self.layers[0].backward(trace.memories[0], errors[0])
        last = self._cost_form.gradient(trace.activations[-1], targets)
        gradients = (first, *hidden, last)
        if batch:
            return BackwardPass(tuple(errors), gradients)
        return BackwardPass(tuple(e[0] for e in errors), tuple(g[0] for g in gradients))

    def output_error(self, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
        """Compute dC/dz of the output layer, shape (n_out,) or (batch, n_out)."""
        inputs, targets, batch = self._examples(x, y)
        error = self._output_error(forward(self.layers, inputs), targets)
        return error if batch else error[0]

    def backprop(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Gradient:
        """Compute the gradient of `cost` with respect to all parameters.

        Parameters
        ----------
        x, y
            As for `cost`.

        Returns
        -------
        Gradient
            Shaped like the parameters; for a batch the mean over its examples.
        """
        inputs, targets, _ = self._examples(x, y)
        trace = forward(self.layers, inputs)
        errors, _ = backward(self.layers, trace, self._output_error(trace, targets) / len(inputs))
        return Gradient(
            layer.gradients(memory, error)
            for layer, memory, error in zip(self.layers, trace.memories, errors, strict=True)
        )

    def backprop_each(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Gradient, ...]:
        """Compute the gradient of each example's own cost: their mean is `backprop`'s.

        Parameters
        ----------
        x, y
            A batch, as for `cost`.
        """
        inputs, targets = self._batch(x, y)
        return tuple(self.backprop(*example) for example in zip(inputs, targets, strict=True))

    # --- how it learns

    def train(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        epochs: int,
        optimizer: str | Optimizer = "sgd",
        batch_size: int = 10,
        eta: float | Callable[[int], float] | None = None,
        seed: int = 0,
        validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    ) -> Iterator[EpochReport[Self]]:
        """Train on mini-batches.

        Every epoch shuffles the examples, cuts them into mini-batches (the last may be smaller)
        and takes one step of the optimiser for each. The network itself stays as it is: every
        report carries the trained one. Nothing is computed before the first report is asked for,
        but bad arguments are refused at the call.

        Parameters
        ----------
        x
            Training inputs, shape (n, *input_shape).
        y
            Desired outputs, shape (n, n_out); see `one_hot`. Where there is one output, (n,) will
            do.
        epochs
            How many times to go through all examples.
        optimizer
            A name from `OPTIMIZERS` or an `Optimizer`.
        batch_size
            Examples in a mini-batch.
        eta
            Learning rate, or a function from the epoch (1, 2...) to it; the optimiser's own if
            None.
        seed
            Seed of the shuffling, and of what layers draw: equal arguments give equal networks.
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
        >>> reports = list(network.train(x, y, optimizer="adam", epochs=500, eta=0.1))
        >>> reports[-1].accuracy
        1.0
        """
        if epochs < 1 or batch_size < 1:
            raise NetworkError(
                f"epochs and batch_size must be positive, not {epochs} and {batch_size}"
            )
        method = get_optimizer(optimizer)
        rate = method.eta if eta is None else eta
        if not callable(rate) and not np.isfinite(rate):
            raise NetworkError(f"eta must be a number, or a function of the epoch, not {rate}")
        inputs, targets = self._batch(x, y)
        measured = (inputs, targets) if validation is None else self._batch(*validation)
        epochs_of_layers = descend(
            self.layers,
            self.cost_function,
            inputs,
            targets,
            method,
            epochs=epochs,
            batch_size=batch_size,
            eta=rate if callable(rate) else lambda _epoch: rate,
            seed=seed,
        )
        return self._reports(epochs_of_layers, *measured)

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
    ) -> Iterator[EpochReport[Self]]:
        """Train by stochastic gradient descent: `train` with one step down each gradient."""
        return self.train(
            x,
            y,
            epochs=epochs,
            batch_size=batch_size,
            eta=eta,
            seed=seed,
            validation=validation,
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
            If a layer or function is not in its registry, so that the file could not be read.
        """
        storage.save(path, self.layers, self.cost_function, self.input_shape, dtype)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a network from a file that `save` wrote.

        Raises
        ------
        NetworkError
            If the file is not such a file: what is wrong, in which array, and the shape it should
            have. Nothing in a file is ever run.
        OSError
            If the file cannot be read at all.
        """
        layers, cost, input_shape = storage.load(path)
        try:
            return cls(layers, cost, input_shape)
        except NetworkError as error:
            raise NetworkError(f"{os.fspath(path)}: {error}") from None

    # --- inside

    def _with_layers(self, layers: Iterable[Layer], input_shape: Shape | None = None) -> Self:
        return type(self)(layers, self.cost_function, input_shape or self.input_shape)

    def _examples(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Examples:
        return check_pairs(x, y, self.input_shape, self.output_shape)

    def _batch(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        inputs, targets, batch = self._examples(x, y)
        if not batch:
            numbers = ", ".join(map(str, self.input_shape))
            raise NetworkError(f"x must be a batch of shape (n, {numbers}), not one example")
        return inputs, targets

    def _output_error(self, trace: Trace, y: FloatArray) -> FloatArray:
        error = self.cost_function.error_for(self.layers[-1].activation)
        return error(trace.zs[-1], trace.activations[-1], y)

    def _reports(
        self, epochs: Iterator[list[Layer]], x: FloatArray, y: FloatArray
    ) -> Iterator[EpochReport[Self]]:
        for epoch, layers in enumerate(epochs, start=1):
            trained = self.replace(layers=layers)
            z, a = trained._last(x)
            cost = float(np.mean(self._cost_form.function(z, a, y)))
            accuracy = None
            if self.is_classifier:
                accuracy = float(np.mean(self._classes(a) == self._classes(y)))
            yield EpochReport(epoch, cost, accuracy, trained)
