"""A layer as a cuboid whose size says how large its maps are, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from manim import (
    RIGHT,
    UP,
    ManimColor,
    Square,
    VGroup,
    VMobject,
    interpolate_color,
)
from numpy.typing import NDArray

from nnviz.mobjects.network.box_layers import sign_box
from nnviz.mobjects.network.layer_mobjects import LayerGroup, LayerMobject, Range
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.network.volume_plan import Volume, VolumeKind, VolumePlan
from nnviz.mobjects.primitives.baselines import baseline
from nnviz.mobjects.primitives.contrast import is_light
from nnviz.mobjects.primitives.group_parts import Bearer, Part, State
from nnviz.mobjects.primitives.painting import FILL, PIXELS
from nnviz.mobjects.primitives.palette import BLACK, WHITE
from nnviz.mobjects.primitives.pixel_image import PixelImage, signed_colors
from nnviz.mobjects.primitives.quick_copies import CopiesQuickly
from nnviz.mobjects.primitives.writing import plain_signs, written
from nnviz.words import named

__all__ = [
    "DEPTH",
    "Extents",
    "VolumeLayer",
    "key_square",
    "legend_of",
    "times_words",
    "volume_layers",
]

#: Height of the largest map over the style's `image_height`; width of the most channels.
_HEIGHT, _WIDTH = 1.1, 0.95
#: Least of either, in scene units. Width and depth of a vector.
_LEAST, _BAR = 0.09, 0.14
#: How far the depth goes to the right and up, over its length.
DEPTH = np.array([0.3, 0.22])
#: How much lighter the top is than the front, and how much darker the side.
_LIGHTER, _DARKER = 0.35, 0.22
#: An edge's width over that of a neuron's circle; and how much darker it is than its volume, on a
#: light background and on a dark one.
_EDGE, _EDGE_DARKER = 0.5, (0.6, 0.3)
#: Distances between lines of a label, in heights of a digit, and from a legend's squares to words.
_LINES, _KEY_BUFF = 0.55, 0.4

Points = NDArray[np.float64]


class Extents:
    """How large volumes are drawn, all of a network by the same rule.

    A map is as high as the square root of its rows, and as deep as that of its columns; its volume
    is as wide as the square root of the number of channels. A vector is a bar, as high as the
    square root of its length. The largest map, the longest vector and the most channels in the
    network have the same size in every network. So what is larger is never drawn smaller.

    Parameters
    ----------
    shapes : sequence of tuple of int
        Shapes of all volumes.
    style : NetworkStyle
        For the largest height.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], style: NetworkStyle) -> None:
        maps = [_as_maps(shape) for shape in shapes if len(shape) > 1]
        self._channels = max((one[0] for one in maps), default=1)
        self._side = max((max(one[1:]) for one in maps), default=1)
        self._length = max((shape[0] for shape in shapes if len(shape) == 1), default=1)
        self._height = _HEIGHT * style.image_height

    def of(self, shape: tuple[int, ...]) -> Points:
        """Return width, height and depth of a volume, in scene units; the depth is foreshortened.

        Parameters
        ----------
        shape : tuple of int
            Shape of what it shows.
        """
        if len(shape) == 1:
            height = 0.8 * self._height * (shape[0] / self._length) ** 0.5
            return np.array([_BAR, max(height, _BAR), _BAR])
        channels, rows, columns = _as_maps(shape)
        width = _WIDTH * (channels / self._channels) ** 0.5
        sides = self._height * (np.array([rows, columns]) / self._side) ** 0.5
        return np.maximum([width, *sides], _LEAST)


def _as_maps(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return channels, rows and columns; of (channels, length) each map is a column."""
    if len(shape) == 2:
        return shape[0], shape[1], 1
    return int(np.prod(shape[:-2])), shape[-2], shape[-1]


class _Face(Bearer, CopiesQuickly, VMobject):
    """A side of a cuboid."""

    def put(self, *corners: Points) -> None:
        """Put its corners, in order."""
        places = [np.array([*corner, 0.0]) for corner in corners]
        self.set_points_as_corners([*places, places[0]])


class VolumeLayer(LayerMobject):
    """A layer on screen as a cuboid, with what it gives written beneath: "64 @ 32×32".

    Its side shows the mean of its maps when it is given activations, an input of one or three
    channels the image; the front of a vector's bar shows all of its numbers, the first on top.

    Parameters
    ----------
    volume : Volume, optional
        What it stands for.
    size : ndarray of float
        Width, height and depth, as :class:`Extents` gives them.
    style : NetworkStyle
        Style of the picture.
    values : Range
        Range of its activations.
    """

    what = "a volume"
    volume: State[Volume] = State()
    extents: State[Points] = State()
    front: Part[_Face] = Part(0, 0, doc="The front.")
    top: Part[_Face] = Part(0, 1, doc="The top.")
    side: Part[_Face] = Part(0, 2, doc="The right side.")
    image: Part[PixelImage] = Part(0, 3, doc="What it shows; transparent where that is nothing.")

    def __init__(self, volume: Volume, size: Points, style: NetworkStyle, values: Range) -> None:
        color = color_of(volume.kind, style)
        shades = (
            color,
            interpolate_color(color, WHITE, _LIGHTER),
            interpolate_color(color, BLACK, _DARKER),
        )
        width = _EDGE * style.neuron_stroke_width
        faces = [
            _Face(
                fill_color=shade,
                fill_opacity=1,
                stroke_color=_edge(color, style),
                stroke_width=width,
            )
            for shade in shades
        ]
        image = PixelImage(np.zeros((1, 1)))
        super().__init__(VGroup(*faces, image), volume.shape, np.arange(0), style, values)
        self.volume, self.extents = volume, size
        self.resize(1.0)
        self.empty()

    @property
    def outlines(self) -> list[VMobject]:
        """Nothing: errors have no place on it."""
        return []

    @property
    def is_shortened(self) -> bool:
        """Whether its size is written: always."""
        return True

    @property
    def is_vector(self) -> bool:
        """Whether it is a bar, which shows a vector."""
        return len(self.shape) == 1

    @property
    def is_image(self) -> bool:
        """Whether its channels are one image."""
        return self.volume.kind.name == "input" and len(self.shape) == 3 and self.shape[0] in (1, 3)

    def resize(self, scale: float) -> VolumeLayer:
        """Draw it in its place with its natural extents times a number; words stay as they are.

        Parameters
        ----------
        scale : float
            Times the size that it was made with.
        """
        middle = self.body.get_center() if self.front.has_points() else np.zeros(3)
        width, height, depth = scale * self.extents
        right, up, back = np.array([width, 0]), np.array([0, height]), depth * DEPTH
        corner = -(right + up + back) / 2
        self.front.put(corner, corner + right, corner + right + up, corner + up)
        self.top.put(
            corner + up, corner + up + right, corner + up + right + back, corner + up + back
        )
        near, far = corner + right, corner + right + back
        self.side.put(near, far, far + up, near + up)
        shown = [corner, near] if self.is_vector else [near, far]
        places = [np.array([*place, 0.0]) for place in (*(p + up for p in shown), *shown[::-1])]
        self.image.set_points_as_corners([*places, places[0]])
        self.body.shift(middle - self.body.get_center())
        return self

    def fractions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what it shows over what is shown as full: of maps their mean.

        Parameters
        ----------
        values : ndarray of float
            Values of the whole layer.
        """
        if self.is_vector:
            return super().fractions(values)[:, None]
        if not self.is_image:
            return super().fractions(values.reshape(-1, *_as_maps(values.shape)[1:]).mean(axis=0))
        low, high = float(values.min()), float(values.max())
        if low < 0 or high > 1:
            return (values - low) / (high - low or 1.0)
        return values

    def empty(self) -> VolumeLayer:
        """Show no activations."""
        self.activations = None
        self.image.set_image(np.zeros((1, 1))).set_fill(opacity=0)
        return self

    @property
    def painted(self) -> tuple[list[VMobject], tuple[str, ...]]:
        """The pixels, and how opaque they are."""
        return [self.image], PIXELS + FILL

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return no sums, as no units are shown."""
        return np.empty(0)

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        if self.is_image:
            picture = np.moveaxis(fractions, 0, -1) if len(fractions) == 3 else fractions[0]
        elif not self.values.is_signed or (self.values.low is None and fractions.min() >= 0):
            picture = fractions
        else:
            negative = self.style.negative_fill_color
            picture = signed_colors(fractions, 1.0, WHITE, negative, BLACK)
        axis = 2 if picture.ndim == 3 else None
        self.image.set_image(picture, axis).set_fill(opacity=1)

    # Its words

    def lines(self) -> list[str]:
        """Return what is written beneath it, in one line or in two."""
        if self.is_vector:
            return [str(self.shape[0])]
        channels, *sides = self.shape if len(self.shape) > 2 else (None, *self.shape)
        size = "×".join(map(str, sides))
        return [size] if channels is None else [f"{channels} @", size]

    def label(self, *, is_wide: bool) -> VGroup:
        """Return its size, written.

        Parameters
        ----------
        is_wide : bool
            Whether it is one line.
        """
        lines = [" ".join(self.lines())] if is_wide else self.lines()
        return _lines_of(lines, self.style)

    def count(self) -> VGroup:
        """Return its size in two lines, and how often there is such a layer, if more than once."""
        times = [_times(self.volume.times)] if self.volume.times > 1 else []
        return _lines_of([*self.lines(), *times], self.style)


def _lines_of(lines: Sequence[str], style: NetworkStyle) -> VGroup:
    """Return lines of words, centred, with their first letters on baselines of equal distances."""
    height = style.count_height
    words = VGroup(*(_written(line, style, "a layer's size") for line in lines))
    for k, line in enumerate(words):
        first = line.family_members_with_points()[0]
        line.shift(-line.get_center()[0] * RIGHT - first.get_bottom()[1] * UP)
        line.shift(-k * (1 + _LINES) * height * UP)
    return words


def color_of(kind: VolumeKind, style: NetworkStyle) -> ManimColor:
    """Return a kind's colour beside text of the style's colour."""
    return ManimColor(kind.dark if _is_on_dark(style) else kind.light)


def _edge(color: ManimColor, style: NetworkStyle) -> ManimColor:
    return interpolate_color(color, BLACK, _EDGE_DARKER[_is_on_dark(style)])


def _is_on_dark(style: NetworkStyle) -> bool:
    return is_light(ManimColor(style.text_color))


def volume_layers(plan: VolumePlan, style: NetworkStyle, ranges: dict[str, Range]) -> LayerGroup:
    """Return the volumes and signs of a network, not arranged yet.

    Parameters
    ----------
    plan : VolumePlan
        Plan that is drawn.
    style : NetworkStyle
        Style of the picture.
    ranges : dict from str to Range
        Ranges of the values of every input and node.
    """
    extents = Extents([one.shape for one in plan.volumes if not one.sign], style)
    layers = LayerGroup()
    for thing, volume in zip(plan.things, plan.volumes, strict=True):
        values = ranges[thing.value]
        if volume.sign:
            layers.add(sign_box(volume.sign, volume.shape, style, values))
            continue
        layers.add(VolumeLayer(volume, extents.of(volume.shape), style, values))
    return layers


def times_words(times: int, style: NetworkStyle) -> VMobject:
    """Return "× 2", written."""
    return _written(_times(times), style, "how often")


def _times(times: int) -> str:
    return f"× {times}"


def _written(text: str, style: NetworkStyle, feature: str) -> VMobject:
    """Return words of nnviz's own, as high as a layer's size."""
    words = plain_signs(text, style.writing)
    return written(words, style.count_height, style.writing, style.text_color, feature)


def key_square(kind: VolumeKind, style: NetworkStyle) -> VMobject:
    """Return a small square of a kind's colour, as high as a digit of the volumes' sizes."""
    color = color_of(kind, style)
    return Square(
        style.count_height,
        fill_color=color,
        fill_opacity=1,
        stroke_color=_edge(color, style),
        stroke_width=_EDGE * style.neuron_stroke_width,
    )


def legend_of(plan: VolumePlan, style: NetworkStyle) -> VGroup:
    """Return a square and words for each kind of volume that is drawn.

    What all volumes of a kind are drawn with, such as an activation function, is said too.

    Parameters
    ----------
    plan : VolumePlan
        Plan that is drawn.
    style : NetworkStyle
        Style of the picture.
    """
    return VGroup(*(VGroup(key_square(kind, style), words) for kind, words in _keys(plan, style)))


def _keys(plan: VolumePlan, style: NetworkStyle) -> Iterator[tuple[VolumeKind, VMobject]]:
    height = style.count_height
    of_kinds: dict[VolumeKind, list[Volume]] = {}
    for volume in plan.volumes:
        if not volume.sign:
            of_kinds.setdefault(volume.kind, []).append(volume)
    for kind, volumes in of_kinds.items():
        shared = [word for word in volumes[0].words if all(word in one.words for one in volumes)]
        text = " + ".join(map(named, [kind.name, *shared]))
        words = _written(text, style, "a legend")
        low = baseline(words)
        words.shift((_KEY_BUFF + 0.5) * height * RIGHT - words.get_left()[0] * RIGHT)
        words.shift((-height / 2 - (words.get_bottom()[1] if low is None else low)) * UP)
        yield kind, words
