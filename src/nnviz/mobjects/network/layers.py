"""A layer on screen: neurons in a row, or the maps of an image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Self, overload

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Brace,
    Circle,
    Dot,
    ManimColor,
    MathTex,
    Rectangle,
    Text,
    VGroup,
    VMobject,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.copying import CopiesQuickly
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.notebook import ShownInNotebooks
from nnviz.mobjects.palette import BLACK, WHITE
from nnviz.mobjects.pixel_image import PixelImage, signed_colors
from nnviz.mobjects.writing import written

__all__ = ["LayerGroup", "LayerMobject", "MapLayer", "NeuronLayer", "Range"]

_SIZE_LABEL_BUFF = 0.25
#: A map is at most so many times as wide as the style's height, and as long as it is wide.
_MOST_WIDTH, _MOST_ASPECT = 2.0, 8.0


class Range(NamedTuple):
    """Where the activations of a layer lie, as far as its function says so.

    Attributes
    ----------
    low, high
        Bounds; None if the values are somebody's data, which only show when they come.
    """

    low: float | None
    high: float | None

    @property
    def is_signed(self) -> bool:
        """Whether values below 0 are to be expected."""
        return self.low is None or self.low < 0

    def limit(self, values: NDArray[np.float64]) -> float:
        """Return the value that is shown as full."""
        largest = float(np.abs(values).max(initial=0.0))
        if self.low is None or self.high is None:
            return max(1.0, largest)
        if max(-self.low, self.high) <= 1:
            return 1.0
        return largest or 1.0


class LayerMobject(ShownInNotebooks, VGroup):
    """One layer on screen; :class:`NeuronLayer` and :class:`MapLayer` are what there is.

    Parameters
    ----------
    body
        What shows activations.
    shape
        Of the layer's activations.
    shown
        Indices of the parts shown: neurons or maps.
    style
        How it looks.
    values
        Where its activations lie.
    limit
        The activation shown as full, if that does not follow from `values`.
    """

    def __init__(
        self,
        body: VGroup,
        shape: tuple[int, ...],
        shown: NDArray[np.int_],
        style: NetworkStyle,
        values: Range,
        limit: float | None = None,
    ) -> None:
        self.shape, self.style, self.values, self.limit = shape, style, values, limit
        self._shown = shown
        super().__init__(body, VGroup(), VGroup())

    @property
    def size(self) -> int:
        """How many activations the layer has."""
        return int(np.prod(self.shape))

    @property
    def body(self) -> VGroup:
        """What shows activations: the neurons or the maps, in order."""
        return self[0]  # type: ignore[return-value]

    @property
    def outlines(self) -> list[VMobject]:
        """What runs around each neuron or map shown: a circle or a frame."""
        return list(self.body)

    @property
    def neurons(self) -> VGroup:
        """The neurons shown, in order; empty for a layer of maps."""
        return VGroup()

    @property
    def maps(self) -> VGroup:
        """The feature maps shown, in order; empty for a layer of neurons."""
        return VGroup()

    @property
    def shown_units(self) -> NDArray[np.int_]:
        """Which units the neurons are, or which channels the maps, from 0; shape (shown,)."""
        return self._shown

    @property
    def dots(self) -> VGroup:
        """The dots in a shortened layer's gap; empty where all is shown."""
        return self[1]  # type: ignore[return-value]

    @property
    def size_label(self) -> VGroup:
        """The true size of a shortened layer, with a brace at the input; else empty."""
        return self[2]  # type: ignore[return-value]

    @property
    def is_shortened(self) -> bool:
        """Whether not all neurons or maps are shown."""
        return len(self.dots) > 0

    def fractions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return activations over the one that is shown as full, cut to [-1, 1].

        Parameters
        ----------
        values
            Of the whole layer, any shape.
        """
        limit = self.full(values)
        result: NDArray[np.float64] = (values / limit).clip(-1 if self.values.is_signed else 0, 1)
        return result

    def full(self, values: NDArray[np.float64]) -> float:
        """Return the activation that is shown as full, where these are shown."""
        return self.limit or self.values.limit(values)

    def aimed_at(self, activations: ArrayLike) -> VGroup:
        """Return the body, with a target that shows activations, for ``MoveToTarget``."""
        self.body.target = self.copy().show_activations(activations).body
        return self.body

    def show_activations(self, activations: ArrayLike) -> Self:
        """Show the layer's activations.

        Parameters
        ----------
        activations
            Of the whole layer, in its shape or flat.

        Raises
        ------
        ValueError
            If the number of activations is not the layer's size.
        """
        self._fill(self.fractions(self.checked(activations, "activations")))
        return self

    def empty(self) -> Self:
        """Show no activations."""
        self._fill(np.zeros(self.shape))
        return self

    def checked(self, values: ArrayLike, what: str) -> NDArray[np.float64]:
        """Return values of the whole layer in its shape, or say of what there are too many."""
        array = np.asarray(values, dtype=float)
        if array.size != self.size:
            raise ValueError(
                f"a layer of {self._words()} got {array.size} {what}"
                + (", of a batch? Show one example" if array.ndim > len(self.shape) else "")
            )
        return array.reshape(self.shape)

    def spread(self, buff: float) -> Self:
        """Put the parts at another distance, in scene units."""
        raise NotImplementedError

    def _words(self) -> str:
        raise NotImplementedError

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        raise NotImplementedError


class _Neuron(CopiesQuickly, Circle):
    """One neuron's circle, filled by its activation."""


class NeuronLayer(LayerMobject):
    """A layer of neurons in a column (or a row), with dots where it is shortened.

    Parameters
    ----------
    size
        How many neurons the layer has.
    style
        How it looks.
    values
        Where its activations lie; between 0 and 1 by default.
    max_shown
        How many neurons at most; the style's number by default.
    limit
        The activation that fills a neuron wholly, if that does not follow from `values`.
    """

    def __init__(
        self,
        size: int,
        style: NetworkStyle,
        values: Range = Range(0.0, 1.0),  # noqa: B008 (a value)
        max_shown: int | None = None,
        limit: float | None = None,
    ) -> None:
        if max_shown is None:
            max_shown = style.max_shown if isinstance(style.max_shown, int) else size
        shown = shortened(size, max_shown)
        neurons = VGroup(
            *(
                _Neuron(
                    style.neuron_radius,
                    stroke_color=style.neuron_stroke_color,
                    stroke_width=style.neuron_stroke_width,
                    fill_color=style.neuron_fill_color,
                    fill_opacity=0,
                )
                for _ in shown
            )
        )
        super().__init__(neurons, (size,), shown, style, values, limit)
        if len(shown) < size:
            self.dots.add(three_dots(style))
        self.spread(style.neuron_buff)

    @property
    def neurons(self) -> VGroup:
        """The neurons shown, from the first to the last."""
        return self.body

    def neuron_of(self, unit: int) -> VMobject:
        """Return the neuron of a unit of the layer.

        Parameters
        ----------
        unit
            Counted from 0, negative from the end.

        Raises
        ------
        IndexError
            If there is no such unit, or it is among those that the dots stand for.
        """
        if not -self.size <= unit < self.size:
            raise IndexError(f"no unit {unit} in a layer of {self.size} neurons")
        found = np.flatnonzero(self._shown == unit % self.size)
        if not len(found):
            first, last = self._shown[: len(self._shown) // 2], self._shown[len(self._shown) // 2 :]
            raise IndexError(
                f"unit {unit} is not shown: of {self.size} those from {first[0]} to {first[-1]} "
                f"and from {last[0]} to {last[-1]} are; max_shown says how many"
            )
        return self.neurons[int(found[0])]

    def spread(self, buff: float) -> Self:
        """Put the neurons at another distance, in scene units."""
        self.buff = buff
        across = DOWN if self.style.direction == "right" else RIGHT
        self.neurons.arrange(across, buff=buff)
        if self.dots:
            half = (len(self.neurons) + 1) // 2
            dots_buff = self.style.dots_buff * min(1.0, buff / (self.style.neuron_buff or 1.0))
            self.dots.move_to(self.neurons)
            self.neurons[:half].next_to(self.dots, -across, dots_buff)
            self.neurons[half:].next_to(self.dots, across, dots_buff)
        return self

    def add_brace(self, larger: float = 1.0) -> Self:
        """Write the true size beside the layer, on the side that no edges leave.

        Parameters
        ----------
        larger
            Than the style says by so much.
        """
        side = LEFT if self.style.direction == "right" else UP
        brace = Brace(self.neurons, side, color=self.style.text_color)
        number = self.count().scale(larger).next_to(brace, side, larger * _SIZE_LABEL_BUFF)
        self.size_label.add(brace, number)
        return self

    def count(self) -> VMobject:
        """Return the true size, written."""
        style = self.style
        return written(
            str(self.size), style.count_height, style.writing, style.text_color, "a layer's size"
        )

    def _words(self) -> str:
        return f"{self.size} neurons"

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        signed = self.values.is_signed
        full, negative = self.style.neuron_fill_color, self.style.negative_fill_color
        for neuron, share in zip(self.neurons, fractions[self._shown], strict=True):
            # Where no activation is below 0, the colour that a neuron has been given stays.
            color = (negative if share < 0 else full) if signed else None
            neuron.set_fill(color, opacity=abs(float(share)))


class MapLayer(LayerMobject):
    """A layer of feature maps, each an image of its activations, or one image with its channels.

    Feature maps are grey, from black (0) to white, where activations cannot be below 0, and
    coloured where they can: see :func:`~nnviz.mobjects.pixel_image.signed_colors`. All maps of a
    layer have one scale. An input image keeps its colours; if its values leave [0, 1], they are
    moved there from the lowest to the highest.

    Parameters
    ----------
    shape
        (channels, height, width).
    style
        How it looks.
    values
        Where its activations lie.
    limit
        The activation shown as full, if that does not follow from `values`.
    is_image
        Whether the channels are one image, as those of an input may be.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        style: NetworkStyle,
        values: Range = Range(0.0, 1.0),  # noqa: B008 (a value)
        limit: float | None = None,
        is_image: bool = False,
    ) -> None:
        channels, rows, columns = shape
        self.is_image = is_image and channels in (1, 3)
        shown = np.arange(1) if self.is_image else shortened(channels, style.max_maps)
        blank = np.zeros((rows, columns))
        height = style.image_height if self.is_image else style.map_height
        size = size_of_map(rows, columns, height)
        maps = VGroup(*(framed(PixelImage(blank), size, style) for _ in shown))
        super().__init__(maps, shape, shown, style, values, limit)
        if len(shown) < channels and not self.is_image:
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
        across = DOWN if self.style.direction == "right" else RIGHT
        parts = list(self.maps)
        if self.dots:
            parts.insert((len(parts) + 1) // 2, self.dots)
        VGroup(*parts).arrange(across, buff=buff)
        return self

    def count(self) -> VMobject:
        """Return the number of maps, written."""
        style, channels = self.style, self.shape[0]
        text = f"{channels} maps" if style.writing is Text else str(channels)
        return written(text, style.count_height, style.writing, style.text_color, "a layer's size")

    def pictures(self, fractions: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the images of all maps shown, shapes (height, width) or (height, width, 3).

        Parameters
        ----------
        fractions
            Of the whole layer, from :meth:`fractions`.
        """
        if self.is_image:
            return [np.moveaxis(fractions, 0, -1) if len(fractions) == 3 else fractions[0]]
        chosen = fractions[self._shown]
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

    def _words(self) -> str:
        return " x ".join(map(str, self.shape)) + " values"

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        for one, picture in zip(self.maps, self.pictures(fractions), strict=True):
            one[0].set_image(picture, channel_axis=2 if picture.ndim == 3 else None)


class LayerGroup(VGroup):
    """The layers of a network, input first."""

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator[LayerMobject]: ...

        @overload
        def __getitem__(self, key: int) -> LayerMobject: ...
        @overload
        def __getitem__(self, key: slice) -> LayerGroup: ...
        def __getitem__(self, key: int | slice) -> LayerMobject | LayerGroup: ...

    def get_group_class(self) -> type[LayerGroup]:  # type: ignore[override]
        """Return the class of slices."""
        return LayerGroup


def shortened(count: int, most: int) -> NDArray[np.int_]:
    """Return which of many parts are shown: as many from the start as from the end."""
    if count <= most:
        return np.arange(count)
    return np.concatenate([np.arange((most + 1) // 2), np.arange(count - most // 2, count)])


def size_of_map(rows: int, columns: int, height: float) -> tuple[float, float]:
    """Return a map's height and width on screen: longer ones are stretched, to be seen at all."""
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


def three_dots(style: NetworkStyle) -> VMobject:
    """Return what stands for the parts that are not shown."""
    down = style.direction == "right"
    if style.writing is MathTex:
        dots = r"\vdots" if down else r"\dots"
        what = "what stands for neurons not shown,"
        return written(dots, style.count_height, style.writing, style.text_color, what)
    radius = min(0.04, 0.2 * style.neuron_radius)
    return VGroup(
        *(Dot(radius=radius, color=ManimColor(style.text_color)) for _ in range(3))
    ).arrange(DOWN if down else RIGHT, buff=2 * radius)
