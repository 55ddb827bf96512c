"""Where single units of a layer are on screen: their middles, and marks around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from manim import VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.maps import MapLayer
from nnviz.mobjects.network.matrices import MatrixLayer
from nnviz.mobjects.network.receptive_field_frames import corners_of_box
from nnviz.mobjects.primitives.pixel_image import PixelImage

__all__ = ["Spot", "row_mark", "spot_of"]


class Spot(NamedTuple):
    """Where a unit is on screen.

    Attributes
    ----------
    middle
        Middle of the unit; where it is not shown, of the dots that stand for it, or of the layer.
    mark
        An outline around it, without a stroke of its own; None where the unit is not shown.
    part
        What shows the unit: its neuron, or the image that its pixel is of; None where it is not
        shown.
    pixel
        Row and column in that image; None for a neuron.
    """

    middle: NDArray[np.float64]
    mark: VMobject | None = None
    part: VMobject | None = None
    pixel: tuple[int, int] | None = None


def spot_of(layer: LayerMobject, unit: Sequence[int]) -> Spot:
    """Return where a unit of a layer is on screen.

    Parameters
    ----------
    layer : LayerMobject
        On screen, in its place.
    unit : sequence of int
        Index of the unit, of as many numbers as the layer's shape has.
    """
    if isinstance(layer, MatrixLayer):
        cell = layer.cell_of(unit)
        if cell is not None:
            return _of_pixel(layer.cells, *cell)
    elif isinstance(layer, MapLayer):
        shown = [0] if layer.is_image else layer.shown_units.tolist()
        channel = 0 if layer.is_image else unit[0]
        if channel in shown:
            image = layer.maps[shown.index(channel)][0]
            assert isinstance(image, PixelImage)
            return _of_pixel(image, unit[1], unit[2])
    elif len(unit) == 1 and unit[0] in layer.shown_units:
        part = layer.body[layer.shown_units.tolist().index(unit[0])]
        return Spot(part.get_center(), VMobject().set_points(part.points), part)
    return Spot((layer.dots if len(layer.dots) else layer.body).get_center())


def row_mark(layer: LayerMobject, unit: Sequence[int]) -> VMobject | None:
    """Return an outline around the row of a matrix that a unit is in; None where it is not shown.

    Parameters
    ----------
    layer : LayerMobject
        As for `spot_of`.
    unit : sequence of int
        As for `spot_of`.
    """
    if not isinstance(layer, MatrixLayer):
        return None
    cell = layer.cell_of((*unit[:-1], int(layer.shown_columns[0])))
    if cell is None:
        return None
    columns = layer.cells.pixels.shape[1]
    return _around(corners_of_box(layer.cells, (cell[0], 0, 1, columns)))


def _of_pixel(image: PixelImage, row: int, column: int) -> Spot:
    corners = corners_of_box(image, (row, column, 1, 1))
    return Spot(corners.mean(axis=0), _around(corners), image, (row, column))


def _around(corners: NDArray[np.float64]) -> VMobject:
    return VMobject().set_points_as_corners([*corners, corners[0]])
