"""What one unit of a convolution or a pooling computes, number by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from nnviz.mobjects.network.receptive_field import WindowLayer, window_layer
from nnviz.network import AveragePool2D, Conv2D, ForwardPass, MaxPool2D, Network

__all__ = ["UnitSum", "WindowSums"]


@dataclass(frozen=True)
class UnitSum:
    """The way from what a unit sees to its activation.

    Attributes
    ----------
    windows
        What it sees of each channel that it looks at, shape (channels, height, width); 0 in the
        padding.
    is_inside
        Which of that lies in the image, shape (height, width).
    kernels, products
        Shaped like `windows`; None for a pooling.
    total
        The sum of the products, the largest number in the window or the sum of them.
    other
        The bias that is added, or the number of numbers that the sum is divided by; None for the
        largest.
    z, a
        Weighted input and activation.
    """

    windows: NDArray[np.float64]
    is_inside: NDArray[np.bool_]
    kernels: NDArray[np.float64] | None
    products: NDArray[np.float64] | None
    total: float
    other: float | None
    z: float
    a: float


class WindowSums:
    """What every unit of a layer with windows computes for one input.

    Parameters
    ----------
    network
        The engine.
    layer
        Index into ``network.layers``.
    x
        Input, shape (*network.input_shape,).

    Raises
    ------
    ValueError
        If the layer has no windows, or the input does not fit.
    """

    def __init__(self, network: Network, layer: int, x: npt.ArrayLike) -> None:
        count = len(network.layers)
        if not -count <= layer < count:
            raise ValueError(f"no layers[{layer}]: there are {count}")
        self.layer: WindowLayer = window_layer(network.layers[layer])
        index = layer % count
        self.shape = network.shapes[index]
        forward: ForwardPass = network.forward_pass(x)
        if forward.activations[0].ndim > len(network.input_shape):
            raise ValueError("one unit's sum is that of one example: x is a batch, give x[0]")
        self.images = forward.activations[index]
        self.z, self.a = (
            # A unit that stands for a whole channel is the only one of its map.
            values.reshape(*values.shape[:1], *(values.shape[1:] or (1, 1)))
            for values in (forward.zs[index], forward.activations[index + 1])
        )

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self  # nothing changes it

    @property
    def counts_padding(self) -> bool:
        """Whether the numbers in the padding, which are 0, count."""
        layer = self.layer
        return isinstance(layer, Conv2D) or (
            isinstance(layer, AveragePool2D) and layer.count_padding
        )

    @cached_property
    def product_limit(self) -> float:
        """The largest size that any product of the layer can have."""
        assert isinstance(self.layer, Conv2D)
        return float(np.abs(self.layer.kernels).max() * np.abs(self.images).max()) or 1.0

    def channels(self, channel: int) -> range:
        """Return which channels of the layer before a channel looks at.

        Raises
        ------
        ValueError
            If there is no such channel.
        """
        if not 0 <= channel < len(self.z):
            raise ValueError(f"no channel {channel}: there are {len(self.z)}, from 0")
        return self.layer.input_channels(channel)

    def of(self, channel: int, row: int, column: int) -> UnitSum:
        """Return what one unit computes.

        Raises
        ------
        ValueError
            If there is no such unit.
        """
        channels = self.channels(channel)
        field = self.layer.receptive_field(row, column, self.shape)
        windows = field.of(self.images[channels.start : channels.stop])
        inside = field.is_inside
        z, a = float(self.z[channel, row, column]), float(self.a[channel, row, column])
        if isinstance(self.layer, Conv2D):
            kernels = self.layer.kernels[channel]
            products = kernels * windows
            bias = float(self.layer.biases[channel])
            return UnitSum(windows, inside, kernels, products, float(products.sum()), bias, z, a)
        if isinstance(self.layer, MaxPool2D):
            return UnitSum(windows, inside, None, None, z, None, z, a)
        count = inside.size if self.counts_padding else int(inside.sum())
        return UnitSum(windows, inside, None, None, float(windows.sum()), float(count), z, a)
