"""What can be shown of convolutions and poolings in a network: where they look, and kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from manim import VGroup

from nnviz.mobjects.network.kernels import KernelGrid, placed_kernels
from nnviz.mobjects.network.parts import NetworkParts
from nnviz.mobjects.network.receptive_field import (
    WindowLayer,
    middle_unit,
    receptive_field_of,
    window_layer,
)
from nnviz.network.layers import Conv2D

__all__ = ["WithWindows"]


class WithWindows(NetworkParts):
    """A network that shows receptive fields and kernels of its convolutions."""

    def show_receptive_field(
        self,
        layer: int,
        channel: int | None = None,
        row: int | None = None,
        column: int | None = None,
    ) -> Self:
        """Show where one unit of a convolution or a pooling looks, on the maps before it.

        A small square is the unit, larger ones are its window on every map that it looks at, as far
        as that lies in the map; what lies in the padding is not drawn. A network is drawn with the
        receptive field of a unit near the middle in every such layer. The picture itself is
        ``net.connections[layer - 1][0]``.

        Parameters
        ----------
        layer
            The unit's layer, counted with the input as 0.
        channel, row, column
            Of the unit in its layer, from 0; what is not given is near the middle.

        Raises
        ------
        ValueError
            If its units do not look through windows, or there is no such unit, or it is not shown.
        """
        k = self._layer_with_windows(layer)
        windows = window_layer(self.network.layers[k - 1])
        before, after = self.layers[k - 1], self.layers[k]
        middle = middle_unit(windows, before, after) or (0, 0, 0)
        unit = (
            middle[0] if channel is None else channel,
            middle[1] if row is None else row,
            middle[2] if column is None else column,
        )
        mark = receptive_field_of(windows, before, after, self.style, unit)
        self.hide_receptive_fields([k])
        self.connections[k - 1].add(mark)
        return self

    def hide_receptive_fields(self, layers: Sequence[int] | None = None) -> Self:
        """Take receptive fields away.

        Parameters
        ----------
        layers
            Those of units in which layers; all by default.
        """
        for k in range(1, len(self.layers)) if layers is None else map(self._layer_index, layers):
            if isinstance(self.network.layers[k - 1], WindowLayer):
                self.connections[k - 1].remove(*self.connections[k - 1])
        return self

    def show_kernels(self, layer: int, height: float = 0.5) -> Self:
        """Show the kernels of a convolution as small images, above or below its maps.

        They follow :meth:`show_weights`.

        Parameters
        ----------
        layer
            Which layer, counted with the input as 0.
        height
            Of a kernel, in scene units; smaller where there is not the room.

        Raises
        ------
        ValueError
            If the layer is no convolution, or there is no room for images that can be seen.
        """
        k = self._layer_with_windows(layer)
        convolution = self.network.layers[k - 1]
        if not isinstance(convolution, Conv2D):
            raise ValueError(f"layer {k} is {convolution.name}, which has no kernels")
        self.hide_kernels([k])
        if not len(self.kernels):
            self.kernels.add(*(VGroup() for _ in self.layers))
        self.kernels[k].add(placed_kernels(convolution, self, self.layers, k, height))
        return self

    def hide_kernels(self, layers: Sequence[int] | None = None) -> Self:
        """Take kernels away.

        Parameters
        ----------
        layers
            Those of which layers; all by default.
        """
        for k in range(len(self.layers)) if layers is None else map(self._layer_index, layers):
            if len(self.kernels):
                self.kernels[k].remove(*self.kernels[k])
        return self

    def kernels_and_layers(self) -> Iterator[tuple[KernelGrid, Conv2D]]:
        """Yield the kernels shown, and the convolutions that they are of."""
        for kernels, layer in zip(self.kernels[1:], self.network.layers, strict=False):
            for grid in kernels:
                assert isinstance(grid, KernelGrid)
                assert isinstance(layer, Conv2D)
                yield grid, layer

    def _layer_with_windows(self, layer: int) -> int:
        k = self._layer_index(layer)
        if k == 0:
            raise ValueError("layer 0 is the input, which looks at nothing")
        window_layer(self.network.layers[k - 1])
        return k
