"""What all importers share: a chain of layers being built, and the comparison at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.network import (
    Activate,
    Activation,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    MaxPool2D,
    Network,
    NetworkError,
    get_activation,
)

__all__ = [
    "LARGEST_EXAMPLE",
    "Chain",
    "ModelMismatchError",
    "Shape",
    "UnsupportedModelError",
    "check_outputs",
    "require",
]

Shape = tuple[int, ...]

#: The most numbers that one example may become on its way. The widest layer of VGG-16 has 3.2
#: million; a file that asks for more than this is damaged, or means harm.
LARGEST_EXAMPLE = 2**24
#: The most pixels of a pooling's window, for the same reason.
LARGEST_WINDOW = 2**16
#: Examples to compare with the framework.
EXAMPLES = 2
#: Largest gap that rounding explains, relative to the largest output, by the outputs' type.
ROUNDING = {"float64": 1e-9, "float32": 1e-4}


class UnsupportedModelError(NetworkError):
    """A model, or a part of it, is nothing that a `Network` can be. The text says which part."""


class ModelMismatchError(NetworkError):
    """A network was read from a model, but computes something else. The text says how far off."""


def require(module: str, extra: str) -> Any:
    """Import a module of a framework, or say how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"from_{extra} needs {module.partition('.')[0]}, which cannot be imported ({error}): "
            f"pip install 'manim-nnviz[{extra}]'"
        ) from error


class Chain:
    """Layers in a row, and the shape that one example has after them.

    Every importer is a table from a framework's words to calls of these methods.

    Parameters
    ----------
    input_shape
        Of one example, (n,) or (channels, height, width). If None, the first `Dense` says it.

    Attributes
    ----------
    layers
        So far.
    shape
        Of one example after them; None while it is not known.
    log_outputs
        Whether the model's outputs are the logarithms of the network's.
    """

    def __init__(self, input_shape: Shape | None = None) -> None:
        self.input_shape = input_shape
        self.shape = input_shape
        self.layers: list[Layer] = []
        self.log_outputs = False
        if input_shape is not None:
            _check_extent(input_shape)

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Say of an error at which place of the model it is."""
        try:
            yield
        except NetworkError as error:
            raise UnsupportedModelError(f"{place}: {error}") from None
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # Options of a kind that nobody has thought of, or a damaged file.
            raise UnsupportedModelError(
                f"{place}: its options are not understood ({type(error).__name__}: {error})"
            ) from error

    def known_shape(self) -> Shape:
        """Shape after the layers so far, which must be known."""
        if self.shape is None:
            raise UnsupportedModelError(
                "the shape of an example is not known here: give input_shape, "
                "(channels, height, width) or (n,)"
            )
        return self.shape

    def add(self, layer: Layer) -> None:
        """Put a layer after the others."""
        if self.log_outputs:
            raise UnsupportedModelError("it comes after a log-softmax, which must be the end")
        if self.shape is None and layer.input_shape is not None:
            self.input_shape = self.shape = layer.input_shape
        if self.shape is not None or not isinstance(layer, Dropout | Activate):
            shape = self.known_shape()
            if isinstance(layer, Dense):
                _check_not_transposed(layer.weights.shape, shape)
            _check_extent(shape, getattr(layer, "padding", 0))
            self.shape = layer.output_shape(shape)
            _check_extent(self.shape)
        self.layers.append(layer)

    def dense(self, weights: npt.ArrayLike, biases: npt.ArrayLike | None = None) -> None:
        """Add a `Dense`, weights (n_out, n_in), without biases if None."""
        rows = np.shape(weights)[:1]
        self.add(Dense(weights, np.zeros(rows) if biases is None else biases))

    def conv(
        self, kernels: npt.ArrayLike, biases: npt.ArrayLike | None = None, **options: Any
    ) -> None:
        """Add a `Conv2D`, kernels (n_out, n_in / groups, height, width), without biases if None."""
        rows = np.shape(kernels)[:1]
        self.add(Conv2D(kernels, np.zeros(rows) if biases is None else biases, **options))

    def add_biases(self, values: npt.NDArray[np.float64]) -> None:
        """Add one number an output to what the last layer gives, a `Dense` or `Conv2D`."""
        layer = self.layers[-1] if self.layers else None
        if not isinstance(layer, Dense | Conv2D) or layer.activation.name != "identity":
            raise UnsupportedModelError(
                "a constant is added here, which is taken only as biases right after a product "
                "with weights or a convolution"
            )
        leading = 1 if isinstance(layer, Dense) else 3
        lined_up = values.reshape((1,) * (leading - values.ndim) + values.shape)
        n = len(layer.biases)
        if lined_up.size not in (1, n) or lined_up.shape[-leading] != lined_up.size:
            raise UnsupportedModelError(
                f"biases must be one number for each of the {n} outputs, not of shape "
                f"{values.shape}"
            )
        self.layers[-1] = layer.replace(biases=layer.biases + lined_up.ravel())

    def activate(self, activation: str | Activation) -> None:
        """Apply an activation function: the last layer's own, where that still has none."""
        function = get_activation(activation)
        if function.axis is not None and self.shape is not None and len(self.shape) != 1:
            raise UnsupportedModelError(f"{function.name} is taken over vectors, not {self.shape}")
        last = self.layers[-1] if self.layers else None
        if isinstance(last, Dense | Conv2D | BatchNorm) and last.activation.name == "identity":
            self.layers[-1] = last.replace(activation=function)
        elif function.name != "identity":
            self.add(Activate(function))

    def log_softmax(self) -> None:
        """Apply a softmax whose logarithm the model gives."""
        self.activate("softmax")
        self.log_outputs = True

    def pool(
        self,
        kind: type[MaxPool2D] | type[AveragePool2D],
        size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: Any = 0,
        dilation: int | Sequence[int] = 1,
        ceil_mode: bool = False,
        **options: Any,
    ) -> None:
        """Add a pooling, where dilation and ceil_mode make no difference."""
        if set(np.ravel(dilation).tolist()) != {1}:
            raise UnsupportedModelError(f"poolings with dilation {dilation} are not taken")
        layer = kind(size, stride, padding, **options)
        if math.prod(layer.size) > LARGEST_WINDOW:
            raise UnsupportedModelError(f"a window of {layer.size} is too large")
        if ceil_mode and isinstance(layer.padding, tuple):
            shape = self.known_shape()
            for n, pads, window, step in zip(
                shape[-2:], layer.padding, layer.size, layer.stride, strict=True
            ):
                if (n + sum(pads) - window) % step:
                    raise UnsupportedModelError(
                        f"ceil_mode gives windows that reach over the edge of {shape}, "
                        "which is not taken"
                    )
        self.add(layer)

    def global_average(self) -> None:
        """Add the mean of each channel."""
        self.add(GlobalAveragePool2D())

    def flatten(self) -> None:
        """Let an image become a vector; a vector is one already.

        Where the shape is not known, only a `Dense` can say it, so that it is a vector's.
        """
        if self.shape is not None and len(self.shape) > 1:
            self.add(Flatten())

    def flatten_to(self, target: Sequence[int]) -> None:
        """Reshape to rows: `target` is (batch, n), where one may be -1."""
        n = None if self.shape is None else math.prod(self.shape)
        if len(target) != 2 or (n is not None and target[1] not in (-1, n)) or target[1] < -1:
            raise UnsupportedModelError(
                f"a reshape of {self.shape} to {tuple(target)} is not taken, only to one row an "
                "example"
            )
        self.flatten()

    def network(self) -> Network:
        """Make the network, with the cost that goes with its outputs."""
        if not self.layers:
            raise UnsupportedModelError("there are no layers in it")
        self.known_shape()
        output = self.layers[-1].activation.name
        cost = "cross-entropy" if output in ("sigmoid", "softmax") else "quadratic"
        if len(self.shape or ()) != 1:
            cost = "quadratic"
        return Network(self.layers, cost, self.input_shape)


def check_outputs(
    network: Network,
    run: Callable[[npt.NDArray[np.float64]], npt.ArrayLike],
    model: str,
    rounding: float | None = None,
) -> float:
    """Compare a network with the model it was read from, on random inputs.

    Parameters
    ----------
    network
        As it was read.
    run
        The model itself: takes a batch shaped like the network's, and gives its outputs.
    model
        What to call it.
    rounding
        Largest gap that rounding explains, relative to the largest output. By the type of the
        model's outputs if None.

    Returns
    -------
    float
        The gap: the largest difference, divided by the largest output.

    Raises
    ------
    ModelMismatchError
        If the gap is more than rounding.
    """
    x = np.random.RandomState(0).randn(EXAMPLES, *network.input_shape)
    x[1:] *= 0.1  # Because the first may saturate a sigmoid or softmax, which hides differences.
    x = x.astype(np.float32).astype(np.float64)  # What every framework can be given as it is.
    outputs = np.asarray(run(x))
    ours = network.feedforward(x)
    if outputs.size != ours.size:
        raise ModelMismatchError(
            f"{model} gives outputs of shape {outputs.shape}, the network read from it of "
            f"{ours.shape}"
        )
    theirs = outputs.astype(np.float64).reshape(ours.shape)
    gap = float(np.abs(ours - theirs).max() / (np.abs(theirs).max() or 1.0))
    allowed = ROUNDING.get(outputs.dtype.name, 1e-2) if rounding is None else rounding
    if not gap <= allowed:
        raise ModelMismatchError(
            f"the network read from {model} computes something else: on a random input its "
            f"outputs differ by {gap:.2g} of the largest one, where rounding explains "
            f"{allowed:.0e}. With check=False it is returned all the same"
        )
    return gap


def _check_not_transposed(weights: Shape, inputs: Shape) -> None:
    if inputs != weights[1:] and inputs == weights[:1]:
        raise UnsupportedModelError(
            f"weights look transposed: their shape as (n_out, n_in) is {weights}, and what comes "
            f"in has shape {inputs}"
        )


def _check_extent(shape: Shape, padding: Any = 0) -> None:
    """Refuse shapes that no machine could compute with, before anything is allocated."""
    extents = list(shape)
    if isinstance(padding, tuple) and len(shape) == 3:
        extents[1:] = [n + sum(pads) for n, pads in zip(shape[1:], padding, strict=True)]
    if math.prod(extents) > LARGEST_EXAMPLE:
        raise UnsupportedModelError(
            f"an example would become {tuple(extents)}, more than {LARGEST_EXAMPLE:,} numbers"
        )
