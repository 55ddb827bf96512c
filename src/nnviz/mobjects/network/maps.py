"""A layer of feature maps on screen, or an input image."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import ManimColor, Rectangle, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.layer_mobjects import LayerMobject, Range, Shown, shortened, three_dots
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.painting import PIXELS
from nnviz.mobjects.primitives.palette import BLACK, WHITE
from nnviz.mobjects.primitives.pixel_image import PixelImage, signed_colors

__all__ = ["MapLayer", "framed", "size_of_map"]

#: Most width of a map over the style's height, and most ratio of its sides.
_MOST_WIDTH, _MOST_ASPECT = 2.0, 8.0


class MapLayer(LayerMobject):
    """A layer of feature maps, each an image of its activations, or one image with its channels.

    Feature maps are grey, from black (0) to white, where activations cannot be below 0, and
    coloured where they can: see :func:`~nnviz.mobjects.primitives.pixel_image.signed_colors`. All
    maps of a layer have one scale. An input image keeps its colours; if its values leave [0, 1],
    they are moved there from the lowest to the highest.

    Parameters
    ----------
    shape : tuple of int
        (channels, height, width).
    style : NetworkStyle
        Style of the picture.
    values : Range, optional
        Range of its activations.
    limit : float, optional
        The activation shown as full, if that does not follow from `values`.
    is_image : bool, optional
        Whether the channels are one image, as those of an input may be.
    shown : Shown, optional
        Most maps shown, or their indices; the style's number by default.
    """

    what = "an image"

    def __init__(
        self,
        shape: tuple[int, ...],
        style: NetworkStyle,
        values: Range = Range(0.0, 1.0),  # noqa: B008 (a value)
        limit: float | None = None,
        is_image: bool = False,
        shown: Shown | None = None,
    ) -> None:
        channels, rows, columns = shape
        self.is_image = is_image and channels in (1, 3)
        most = style.max_maps if shown is None else shown
        units = np.arange(1) if self.is_image else shortened(channels, most)
        blank = np.zeros((rows, columns))
        height = style.image_height if self.is_image else style.map_height
        size = size_of_map(rows, columns, height)
        maps = VGroup(*(framed(PixelImage(blank), size, style) for _ in units))
        super().__init__(maps, shape, units, style, values, limit)
        if len(units) < channels and not self.is_image:
            self.dots.add(three_dots(style))
        self.spread(style.map_buff)
        self.empty()

    @property
    def outlines(self) -> list[VMobject]:
        """The frame of each map shown."""
        return [frame for _, frame in self.maps]

    @property
    def maps(self) -> VGroup:
        """The feature maps shown, from the first to the last."""
        return self.body

    def spread(self, buff: float) -> Self:
        """Put the maps at another distance, in scene units."""
        parts = list(self.maps)
        if self.dots:
            parts.insert(self.dots_after, self.dots)
        VGroup(*parts).arrange(self.style.across, buff=buff)
        return self

    def _count(self) -> str:
        return f"{self.shape[0]} maps"

    def pictures(self, fractions: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the images of all maps shown, shapes (height, width) or (height, width, 3).

        Parameters
        ----------
        fractions : ndarray of float
            Fractions of the whole layer, from :meth:`fractions`.
        """
        if self.is_image:
            return [np.moveaxis(fractions, 0, -1) if len(fractions) == 3 else fractions[0]]
        chosen = fractions[self.shown_units]
        if not self.values.is_signed or (self.values.low is None and chosen.min() >= 0):
            return list(chosen)
        return [
            signed_colors(
                one,
                limit=1.0,
                positive=WHITE,
                negative=self.style.negative_fill_color,
                neutral=BLACK,
            )
            for one in chosen
        ]

    def fractions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return activations over the one that is shown as full, cut to [-1, 1].

        Those of an image that leaves [0, 1] go from 0, its lowest value, to 1, its highest.
        """
        low, high = float(values.min()), float(values.max())
        if self.is_image and (low < 0 or high > 1) and self.limit is None:
            return (values - low) / (high - low or 1.0)
        return super().fractions(values).clip(0 if self.is_image else -1, 1)

    @property
    def painted(self) -> tuple[list[VMobject], tuple[str, ...]]:
        """The maps' pixels."""
        return [image for image, _ in self.maps], PIXELS

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        for one, picture in zip(self.maps, self.pictures(fractions), strict=True):
            one[0].set_image(picture, channel_axis=2 if picture.ndim == 3 else None)


def size_of_map(rows: int, columns: int, height: float) -> tuple[float, float]:
    """Return a map's height and width on screen: longer ones are stretched, to be visible."""
    aspect = min(max(columns / rows, 1 / _MOST_ASPECT), _MOST_ASPECT)
    shown = height / max(1.0, aspect / _MOST_WIDTH)
    return shown, shown * aspect


def framed(image: PixelImage, size: tuple[float, float], style: NetworkStyle) -> VGroup:
    """Return an image of a height and a width, and the frame around it."""
    image.stretch_to_fit_height(size[0]).stretch_to_fit_width(size[1])
    frame = Rectangle(
        color=ManimColor(style.neuron_stroke_color),
        stroke_width=0.5 * style.neuron_stroke_width,
        width=image.width,
        height=image.height,
    )
    return VGroup(image, frame)
