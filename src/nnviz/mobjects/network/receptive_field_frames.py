"""Where one unit of a layer looks, on the maps before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import ManimColor, ParsableManimColor, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.pixel_image import PixelImage
from nnviz.network import AveragePool2D, Conv2D, GlobalAveragePool2D, MaxPool2D, ReceptiveField
from nnviz.network.layers import Layer

__all__ = [
    "Box",
    "ReceptiveFieldMobject",
    "Unit",
    "WindowLayer",
    "box_of_field",
    "corners_of_box",
    "images_before",
    "middle_unit",
    "part_of_channel",
    "receptive_field_of",
    "window_layer",
]

#: Kinds of layers whose units look through a window.
WindowLayer = Conv2D | MaxPool2D | AveragePool2D | GlobalAveragePool2D
#: Channel, row and column of a unit in its layer, from 0.
Unit = tuple[int, int, int]
#: Top, left, height and width of a part of an image, in its pixels.
Box = tuple[float, float, float, float]

#: Width of lines and squares over that of a neuron's stroke; opacity of the lines.
_STROKE, _LINE_OPACITY = 0.5, 0.5


class ReceptiveFieldMobject(VGroup):
    """A unit's square, squares around what it looks at, and lines from one of these to it.

    Parameters
    ----------
    windows : int
        On how many maps the unit looks.
    color : color
        Colour of the squares and of the lines between them, which are fainter.
    width : float
        Stroke width of the squares and of the lines.
    """

    windows: Part[VGroup] = Part(1, doc="The square on each map that the unit looks at.")
    unit: Part[VMobject] = Part(2, doc="The unit's square; around a neuron, nothing.")
    lines: Part[EdgeArray] = Part(0, doc="The lines from a corner to a corner each.")

    def __init__(self, windows: int, color: ParsableManimColor, width: float) -> None:
        ends = np.zeros((4, 3))
        lines = EdgeArray(ends, ends, ManimColor(color), width)
        squares = [
            VMobject(stroke_color=ManimColor(color), stroke_width=width) for _ in range(windows + 1)
        ]
        super().__init__(lines, VGroup(*squares[1:]), squares[0])
        self.reveal(1.0)

    def reveal(self, share: float) -> Self:
        """Let it be seen by a share of its full opacity."""
        self.lines.set_stroke(opacity=share * _LINE_OPACITY)
        for square in (*self.windows, self.unit):
            square.set_stroke(opacity=share)
        return self

    def put(
        self,
        images: Sequence[PixelImage],
        window: Box,
        target: VMobject,
        place: tuple[float, float],
        pixels: tuple[int, int] | None = None,
    ) -> Self:
        """Put windows, lines and the unit's square where they belong.

        Parameters
        ----------
        images : sequence of PixelImage
            The maps before that the unit looks at; lines come from the nearest.
        window : Box
            What it looks at in each.
        target : VMobject
            The unit's own map, or its neuron.
        place : (float, float)
            Row and column in its map.
        pixels : (int, int), optional
            How many pixels the window has below and beside each other; where these leave gaps, as
            with dilation, each has a square of its own.
        """
        corners = [corners_of_box(image, window) for image in images]
        middles = np.array([four.mean(axis=0) for four in corners])
        for square, four in zip(self.windows, corners, strict=True):
            square.set_points_as_corners([*four, four[0]])
            if pixels is not None and pixels != window[2:]:
                _add_pixels(square, four, window, pixels)
        if isinstance(target, PixelImage):
            ends = corners_of_box(target, (*place, 1, 1))
            self.unit.set_points_as_corners([*ends, ends[0]])
        else:
            middle = target.get_center()
            ways = middles.mean(axis=0) - middle
            ends = np.array([middle + ways / (np.linalg.norm(ways) or 1.0) * target.width / 2] * 4)
            # From the side that faces the neuron: from the other one they would cross the map.
            corners = [
                four[np.linalg.norm(four - ends[0], axis=1).argsort()[[0, 1, 0, 1]]]
                for four in corners
            ]
        nearest = int(np.linalg.norm(middles - ends.mean(axis=0), axis=1).argmin())
        self.lines.set_ends(corners[nearest], ends)
        return self


def window_layer(layer: Layer) -> WindowLayer:
    """Return a layer whose units look through windows.

    Raises
    ------
    ValueError
        If this one's do not.
    """
    if isinstance(layer, WindowLayer):
        return layer
    raise ValueError(
        f"units of {layer.kind} do not look through a window: convolutions and poolings do"
    )


def receptive_field_of(
    layer: WindowLayer, before: LayerMobject, after: LayerMobject, style: NetworkStyle, unit: Unit
) -> ReceptiveFieldMobject:
    """Return the picture of a unit's receptive field; what lies in the padding is not drawn.

    Parameters
    ----------
    layer : WindowLayer
        The unit's.
    before, after : LayerMobject
        Layers on screen, in their places.
    style : NetworkStyle
        Style of the network's picture.
    unit : Unit
        Which one.

    Raises
    ------
    ValueError
        If there is no such unit, or it, or all that it looks at, is not shown.
    """
    channel, row, column = unit
    field = layer.receptive_field(row, column, before.shape)
    images = images_before(layer, before, channel)
    mark = ReceptiveFieldMobject(
        len(images), style.highlight_color, _STROKE * style.neuron_stroke_width
    )
    rows, columns = field.inside
    return mark.put(
        images,
        box_of_field(field, clipped=True),
        part_of_channel(after, channel),
        (row, column),
        (len(rows), len(columns)),
    )


def box_of_field(field: ReceptiveField, clipped: bool = False) -> Box:
    """Return the box around a receptive field, with or without what lies in the padding."""
    rows, columns = field.inside if clipped else (field.rows, field.columns)
    if not (rows and columns):
        rows, columns = (0,), (0,)
    return rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def middle_unit(layer: WindowLayer, before: LayerMobject, after: LayerMobject) -> Unit | None:
    """Return a unit near the middle, of a channel whose map and some maps before it are shown.

    None if there is none.
    """
    if not isinstance(before, MapLayer):
        return None
    shown = after.shown_units
    for channel in shown[np.argsort(np.abs(np.arange(len(shown)) - (len(shown) - 1) / 2))]:
        if before.is_image or len(
            np.intersect1d(before.shown_units, layer.input_channels(channel))
        ):
            rows, columns = after.shape[1:] if isinstance(after, MapLayer) else (1, 1)
            return int(channel), rows // 2, columns // 2
    return None


def part_of_channel(layer: LayerMobject, channel: int) -> VMobject:
    """Return the image of a channel's map, or the neuron that it has become.

    Raises
    ------
    ValueError
        If there is no such channel, or it is not shown.
    """
    count = layer.shape[0]
    if not 0 <= channel < count:
        raise ValueError(f"no channel {channel}: there are {count}, from 0")
    found = np.flatnonzero(layer.shown_units == channel)
    if not len(found):
        raise ValueError(
            f"channel {channel} is not shown: of {count} the channels "
            f"{', '.join(map(str, layer.shown_units))} are; max_maps says how many"
        )
    place = int(found[0])
    return _image(layer, place) if isinstance(layer, MapLayer) else layer.body[place]


def images_before(layer: WindowLayer, before: LayerMobject, channel: int) -> list[PixelImage]:
    """Return the images shown that a channel of a layer looks at.

    Raises
    ------
    ValueError
        If there is none.
    """
    assert isinstance(before, MapLayer)  # no other layers have windows on them
    if before.is_image:
        return [_image(before, 0)]
    wanted = layer.input_channels(channel)
    places = np.flatnonzero(np.isin(before.shown_units, wanted))
    if not len(places):
        raise ValueError(
            f"channel {channel} looks at channels {wanted[0]} to {wanted[-1]} of the layer before, "
            "of which none is shown; max_maps says how many are"
        )
    return [_image(before, int(k)) for k in places]


def _image(layer: MapLayer, place: int) -> PixelImage:
    image = layer.maps[place][0]
    assert isinstance(image, PixelImage)
    return image


def _add_pixels(
    square: VMobject, corners: NDArray[np.float64], window: Box, pixels: tuple[int, int]
) -> None:
    """Draw squares around a window's pixels, the first and the last at its edges."""
    first, right, _, down = corners
    across, along = (right - first) / window[3], (down - first) / window[2]
    tops = np.linspace(0, window[2] - 1, pixels[0])
    lefts = np.linspace(0, window[3] - 1, pixels[1])
    for top in tops:
        for left in lefts:
            start = first + top * along + left * across
            square.start_new_path(start)
            square.add_points_as_corners(
                [start + across, start + across + along, start + along, start]
            )


def corners_of_box(image: PixelImage, box: Box) -> NDArray[np.float64]:
    """Return the corners of a part of an image on screen, in turn; shape (4, 3)."""
    rows, columns = image.pixels.shape[:2]
    start, right, down, _ = image.corners()
    across, along = (right - start) / columns, (down - start) / rows
    top, left, height, width = box
    first = start + top * along + left * across
    return np.array(
        [
            first,
            first + width * across,
            first + width * across + height * along,
            first + height * along,
        ]
    )
