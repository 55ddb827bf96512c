"""The kernels of a convolution, as small images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

import numpy as np
from manim import DOWN, RIGHT, Animation, Dot, ManimColor, Mobject, VGroup
from numpy.typing import NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.free_space import frame, free_place
from nnviz.mobjects.network.layer_mobjects import LayerGroup, shortened
from nnviz.mobjects.network.maps import framed, size_of_map
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.painting import PIXELS, Repaint
from nnviz.mobjects.primitives.pixel_image import PixelImage, signed_colors
from nnviz.network import Conv2D, Network

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["KernelGrid", "ShownKernels", "placed_kernels"]

#: Gaps between kernels, and beside the dots, over a kernel's height.
_GAP, _DOTS_GAP = 0.18, 0.22
_DOT = 0.05
#: Least height of a kernel's picture, in scene units: 16 pixels of 1080.
_LEAST_HEIGHT = 0.12
#: How far kernels in line with their maps are off, and the part of their size that will do there.
_IN_LINE, _GOOD_SHARE = 0.05, 0.35


class KernelGrid(ShownInNotebooks, VGroup):
    """All kernels of a convolution: a column for each output channel, a row for each input.

    A kernel's weights have the colours of a network's edges, over what is 0 as the background; all
    kernels have one scale. Where groups divide the channels, a column has the inputs of its group.

    Parameters
    ----------
    layer : Conv2D
        The convolution.
    style : NetworkStyle, optional
        Colours, and ``max_maps``, the most outputs and inputs that are shown, with dots for the
        others. By default the style for the background.
    height : float, optional
        Height of one kernel, in scene units.

    Examples
    --------
    >>> from nnviz import pretrained
    >>> from nnviz.mobjects.network import KernelGrid
    >>> grid = KernelGrid(pretrained("cnn").layers[2])
    >>> grid.outputs, grid.inputs
    ((0, 1, 2, 14, 15), (0, 1, 2, 6, 7))
    >>> grid.kernel(14, 7).height
    np.float64(0.5)
    """

    dots: Part[VGroup] = Part(1, doc="The dots for what is not shown; empty where all is.")

    def __init__(
        self, layer: Conv2D, style: NetworkStyle | None = None, height: float = 0.5
    ) -> None:
        style = style or NetworkStyle()
        self._positive, self._negative = style.positive_color, style.negative_color
        outputs, inputs, rows, columns = layer.kernels.shape
        self.outputs, self.inputs = (
            tuple(shortened(count, style.max_maps).tolist()) for count in (outputs, inputs)
        )
        size = size_of_map(rows, columns, height)
        blank = np.zeros((rows, columns))
        xs = _middles(size[1], len(self.outputs), len(self.outputs) < outputs, height)
        ys = -_middles(size[0], len(self.inputs), len(self.inputs) < inputs, height)
        pictures = VGroup(
            *(framed(PixelImage(blank), size, style).move_to((x, y, 0)) for x in xs for y in ys)
        )
        dots = VGroup()
        for places, count, direction in ((xs, outputs, RIGHT), (ys, inputs, DOWN)):
            if len(places) < count:
                half = (len(places) + 1) // 2
                gap = (places[half - 1] + places[half]) / 2
                some = _dots(direction, height, ManimColor(style.text_color))
                some.move_to(pictures).move_to(gap * abs(direction), coor_mask=abs(direction))
                dots.add(some)
        super().__init__(pictures, dots)
        self.show_kernels(layer).center()

    def show_kernels(self, layer: Conv2D) -> Self:
        """Show the kernels of another convolution of the same shape, as after a step of training.

        Parameters
        ----------
        layer : Conv2D
            With kernels of the same shape.
        """
        limit = float(np.abs(layer.kernels).max()) or 1.0
        places = [(output, entry) for output in self.outputs for entry in self.inputs]
        for place, image in zip(places, self.images, strict=True):
            colors = signed_colors(layer.kernels[place], limit, self._positive, self._negative)
            image.set_image(colors, channel_axis=2)
        return self

    @property
    def images(self) -> list[PixelImage]:
        """The pictures of all kernels shown, output by output."""
        return [image for image, _ in self[0]]  # type: ignore[misc]

    def kernel(self, output: int, entry: int) -> PixelImage:
        """Return the picture of the kernel from an input channel (of its group) to an output.

        Raises
        ------
        IndexError
            If there is none, or it is not shown.
        """
        if output not in self.outputs or entry not in self.inputs:
            raise IndexError(
                f"no kernel from channel {entry} to {output} is shown: those from "
                f"{', '.join(map(str, self.inputs))} to {', '.join(map(str, self.outputs))} are"
            )
        place = self.outputs.index(output) * len(self.inputs) + self.inputs.index(entry)
        return self.images[place]


class ShownKernels(Annotation):
    """Kernels of a network's convolutions: a group a layer, empty where none are shown.

    Parameters
    ----------
    n_layers : int
        Number of layers of the picture, the input included.
    """

    rank = 6

    def __init__(self, n_layers: int) -> None:
        super().__init__(*(VGroup() for _ in range(n_layers)))

    def show_again_on(self, net: NetworkMobject, after: NetworkMobject) -> None:
        """Show the kernels of the same layers."""
        for k, old in self.places_again(net, after).items():
            for grid in self[old]:
                assert isinstance(grid, KernelGrid)
                after.show_kernels(after.structure.things[k].name, grid.images[0].height)

    def parameter_changes(self, net: NetworkMobject, network: Network) -> Iterator[Animation]:
        """Let the kernels become those of other parameters."""
        for group, thing in zip(self, net.structure.things, strict=True):
            for grid in group:
                layer = network.nodes[thing.name].layer
                assert isinstance(grid, KernelGrid)
                assert isinstance(layer, Conv2D)
                yield Repaint(grid, grid.images, PIXELS, grid.copy().show_kernels(layer).images)


def _middles(size: float, count: int, is_shortened: bool, height: float) -> NDArray[np.float64]:
    """Return the middles of kernels in a row, with a wider gap where there are dots."""
    gaps = np.full(count, _GAP * height)
    gaps[0] = 0
    if is_shortened:
        gaps[(count + 1) // 2] = 2 * _DOTS_GAP * height + 8 * _DOT * height
    return np.cumsum(gaps + size) - size / 2


def _dots(direction: NDArray[np.float64], height: float, color: ManimColor) -> VGroup:
    radius = _DOT * height
    return VGroup(*(Dot(radius=radius, color=color) for _ in range(3))).arrange(
        direction, buff=radius
    )


def placed_kernels(
    layer: Conv2D, picture: Mobject, layers: LayerGroup, k: int, height: float
) -> KernelGrid:
    """Return a layer's kernels in a free place beside its maps.

    Parameters
    ----------
    layer : Conv2D
        The convolution.
    picture : Mobject
        All that is not to be touched.
    layers : LayerGroup
        The layers on screen.
    k : int
        Index of the layer of the kernels.
    height : float
        Height of a kernel, at most.

    Raises
    ------
    ValueError
        If there is no room for images that can be seen.
    """
    style, body = layers[k].style, layers[k].body
    grid = KernelGrid(layer, style, height)
    area = np.array(frame())
    low, high = (0, 2) if style.direction == "right" else (1, 3)
    axis = low
    middle, half = body.get_center()[axis], (body.width, body.height)[axis] / 2
    for side in (low, high):
        sign = -1 if side == low else 1
        others = [
            sign * (one.body.get_center()[axis] - middle)
            - (one.body.width, one.body.height)[axis] / 2
            for one in layers
            if sign * (one.body.get_center()[axis] - middle) > half
        ]
        gap = (min(others) - half) / 2 if others else abs(area[side] - middle) - half
        area[side] = middle + sign * (half + gap)
    in_line = (_IN_LINE, np.inf) if axis == 0 else (np.inf, _IN_LINE)
    # In line with the maps if that is not too small, else anywhere near.
    for least, off in ((_GOOD_SHARE, in_line), (_LEAST_HEIGHT / height, (np.inf, np.inf))):
        place = free_place(
            (grid.width, grid.height), [picture], area, body.get_center(), least, off
        )
        if place is not None:
            break
    if place is None:
        raise ValueError(
            f"there is no room for the kernels of layer {k} beside its maps: make the maps smaller "
            "(map_height, fewer with max_maps), leave more space (layer_buff), or show "
            "KernelGrid(layer) by itself"
        )
    return grid.scale(place.share).move_to(place.middle)
