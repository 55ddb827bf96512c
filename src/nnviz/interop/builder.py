"""What all importers share: the words in which a graph of layers is built."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnviz.interop.comparing import (
    ModelMismatchError,
    UnsupportedModelError,
    check_outputs,
    require,
)
from nnviz.interop.graph_builder import LARGEST_EXAMPLE, GraphBuilder, Shape
from nnviz.network import (
    Activate,
    Activation,
    Add,
    AveragePool2D,
    BatchNorm,
    Constant,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Flatten,
    GlobalAveragePool2D,
    Layer,
    MatMul,
    MaxPool2D,
    Multiply,
    Repeat,
    Reshape,
    Softmax,
    Standardise,
    Subtract,
    Transpose,
    get_activation,
)

__all__ = [
    "LARGEST_EXAMPLE",
    "Builder",
    "ModelMismatchError",
    "Shape",
    "UnsupportedModelError",
    "check_outputs",
    "require",
]

#: The most pixels of a pooling's window, for the same reason.
LARGEST_WINDOW = 2**16


class Builder(GraphBuilder):
    """A graph being built: every importer is a table from a framework's words to these methods."""

    # --- layers

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

    def may_change(self, *kinds: type[Layer]) -> bool:
        """Return whether the tip's layer is of a kind, linear, and nothing else takes its value."""
        node = self.nodes.get(self.tip)
        return (
            node is not None
            and isinstance(node.layer, kinds)
            and node.layer.activation.name == "identity"
            and self.tip not in self.kept
            and id(node.layer) not in self._shared
        )

    def change(self, **changes: Any) -> None:
        """Change arguments of the tip's layer."""
        node = self.nodes[self.tip]
        self.nodes[self.tip] = node._replace(layer=node.layer.replace(**changes))

    def activate(self, activation: str | Activation) -> None:
        """Apply an activation function: the last layer's own, where that still has none."""
        function = get_activation(activation)
        if function.axis is not None and self.shape is not None and len(self.shape) != 1:
            raise UnsupportedModelError(f"{function.name} is taken over vectors, not {self.shape}")
        if self.may_change(Dense, Conv1D, Conv2D, ConvTranspose2D, BatchNorm):
            self.change(activation=function)
        elif function.name != "identity":
            self.add(Activate(function))

    def softmax(self, axis: int = -1) -> None:
        """Apply a softmax along an axis of one example, counted from the end."""
        if axis == -1 and (self.shape is None or len(self.shape) == 1):
            self.activate("softmax")
        else:
            self.add(Softmax(axis))

    def log_softmax(self, axis: int = -1) -> None:
        """Apply a softmax whose logarithm the model gives."""
        self.softmax(axis)
        self._logarithms.add(self.tip)

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
            raise UnsupportedModelError(f"poolings with dilation {dilation} are not supported")
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
                        "which is not supported"
                    )
        self.add(layer)

    def global_average(self, keep_axes: bool = False) -> None:
        """Add the mean of each channel: (channels,), or seen as (channels, 1, 1)."""
        channels = self.add(GlobalAveragePool2D())
        if keep_axes:
            self.view((*self.known_shape(channels), 1, 1))

    def total(self, axes: Sequence[int], *, keep_axes: bool, is_mean: bool) -> None:
        """Add the mean or the sum over some axes of one example."""
        shape = self.known_shape()
        if len(shape) == 3 and list(axes) == [1, 2] and is_mean:
            self.global_average(keep_axes)
            return
        others = [axis for axis in range(len(shape)) if axis not in axes]
        count = math.prod(shape[axis] for axis in axes)
        rest = tuple(shape[axis] for axis in others)
        if [*others, *axes] != list(range(len(shape))):
            self.add(Transpose([*others, *axes]))
        self.reshape((math.prod(rest), count))
        ones = self.constant(np.full((count, 1), 1.0 / count if is_mean else 1.0))
        self.add(MatMul(), self.tip, ones)
        kept = tuple(1 if axis in axes else n for axis, n in enumerate(shape))
        if keep_axes or rest:
            self.reshape(kept if keep_axes else rest)
        else:
            self.view(())

    # --- other shapes

    def view(self, shape: Shape) -> None:
        """See the tip in another shape: a node comes of it only where that matters."""
        name = f"{self.tip}_seen"
        while name in self.shapes:
            name += "_"
        self._views[name] = self.tip
        self.shapes[name] = shape
        self.tip = name

    def flatten(self) -> None:
        """Let an image become a vector; a vector is one already.

        Where the shape is not known, only a `Dense` can say it, so that it is a vector's.
        """
        if self.shape is not None and len(self.shape) > 1:
            self.reshape((math.prod(self.shape),))

    def reshape(self, shape: Shape) -> None:
        """Give every example a shape of as many numbers."""
        known = self.known_shape()
        if math.prod(known) != math.prod(shape):
            raise UnsupportedModelError(
                f"a reshape of {known} to {shape} is not supported: it would mix examples, each of "
                f"which has {math.prod(known)} numbers"
            )
        if self.tip in self._views:
            self.tip = self._views[self.tip]
        if shape != self.shape:
            self.add(Flatten() if len(shape) == 1 else Reshape(shape))

    def broadcast(self, value: str, shape: Shape) -> str:
        """Repeat a value along the axes where it has one number, until it has a shape."""
        own = self.known_shape(value)
        if own == shape:
            return value
        tip, self.tip = self.tip, value
        wanted = (1,) * (len(shape) - len(own)) + own
        if len(wanted) != len(shape) or any(
            n not in (1, m) for n, m in zip(wanted, shape, strict=True)
        ):
            raise UnsupportedModelError(f"values of shape {own} and {shape} do not go together")
        self.reshape(wanted)
        for axis, (n, wide) in enumerate(zip(wanted, shape, strict=True)):
            if n != wide:
                self.add(Repeat(wide, axis))
        made, self.tip = self.tip, tip
        return made

    def join(self, layer: Layer, *values: str) -> str:
        """Add a layer that takes several values of one shape, which small ones are repeated to."""
        shapes = [self.known_shape(value) for value in values]
        try:
            common = np.broadcast_shapes(*shapes)
        except ValueError:
            raise UnsupportedModelError(
                f"values of shape {' and '.join(map(str, shapes))} do not go together"
            ) from None
        return self.add(layer, *(self.broadcast(value, common) for value in values))

    def constant(self, values: npt.ArrayLike) -> str:
        """Add values that are the same for every example, and return their name."""
        tip = self.tip
        made = self.add(Constant(values), tip, name="constant")
        self.tip = tip
        return made

    # --- numbers that are the same for every example

    def scale(self, values: npt.NDArray[np.float64]) -> None:
        """Multiply by constants, which no training changes: shaped as one example, or (1,)."""
        numbers = self._by_channel(values)
        if self.may_change(MatMul) and values.size == 1:
            self.change(factor=float(self.nodes[self.tip].layer.factor * values.item()))  # type: ignore[attr-defined]
        elif numbers is None or not (numbers > 0).all():
            self._with_constant(Multiply(), values)
        elif self.may_change(Standardise) and self._standardised(numbers):
            self.change(deviation=self._alike(1.0 / numbers))
        else:
            self.add(Standardise(np.zeros_like(numbers), 1.0 / numbers))

    def divide(self, values: npt.NDArray[np.float64]) -> None:
        """Divide by constants."""
        numbers = self._by_channel(values)
        if self.may_change(Standardise) and numbers is not None and self._standardised(numbers):
            self.change(deviation=self._alike(numbers))
        elif numbers is not None and (numbers > 0).all() and not self.may_change(MatMul):
            self.add(Standardise(np.zeros_like(numbers), numbers))
        else:
            self.scale(1.0 / values)

    def shift(self, values: npt.NDArray[np.float64]) -> None:
        """Add constants."""
        numbers = self._by_channel(values)
        if numbers is None:
            self._with_constant(Add(), values)
        elif values.any():
            self.add(Standardise(-numbers, np.ones_like(numbers)))

    def subtract_from(self, values: npt.NDArray[np.float64]) -> None:
        """Subtract the tip from constants."""
        tip = self.tip
        self.join(Subtract(), self._constant_for(values), tip)

    def _standardised(self, numbers: npt.NDArray[np.float64]) -> bool:
        """Whether the tip has only been shifted, by as many numbers or one."""
        layer = self.nodes[self.tip].layer
        assert isinstance(layer, Standardise)
        sizes = {layer.mean.size, numbers.size}
        fits = len(sizes) == 1 or numbers.size == 1
        return fits and bool((layer.deviation == 1).all() and (numbers > 0).all())

    def _alike(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        layer = self.nodes[self.tip].layer
        assert isinstance(layer, Standardise)
        return np.broadcast_to(numbers, layer.mean.shape)

    def _by_channel(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
        """Return one number, or one a channel; None if these differ in another way."""
        if values.size == 1:
            return values.reshape(1)
        shape = self.known_shape()
        lined_up = values.reshape((1,) * (len(shape) - values.ndim) + values.shape)
        if lined_up.shape == (shape[0],) + (1,) * (len(shape) - 1):
            return lined_up.ravel()
        return None

    def _constant_for(self, values: npt.NDArray[np.float64]) -> str:
        return self.constant(
            np.broadcast_to(values, np.broadcast_shapes(self.known_shape(), values.shape))
        )

    def _with_constant(self, layer: Layer, values: npt.NDArray[np.float64]) -> None:
        tip = self.tip
        self.join(layer, tip, self._constant_for(values))
