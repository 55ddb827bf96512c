"""How a network looks: one frozen value, with colours for dark and for light backgrounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
from manim import DOWN, RIGHT, UP, YELLOW, ManimColor, ParsableManimColor, config
from numpy.typing import NDArray

from nnviz.mobjects.primitives import palette
from nnviz.mobjects.primitives.contrast import is_light
from nnviz.mobjects.primitives.palette import stroke
from nnviz.mobjects.primitives.writing import Writing, writer

__all__ = ["Direction", "Fit", "NetworkStyle", "box_of"]

#: Where the signal goes: from left to right, from top to bottom, or from bottom to top.
Direction = Literal["right", "down", "up"]
#: A box (width, height) in scene units, most of the frame, or None for the natural size.
Fit = tuple[float, float] | Literal["frame"] | None

#: Part of the frame's width and height that networks fill.
_FRAME_SHARE = 0.8

_DARK: dict[str, ParsableManimColor] = {
    "neuron_stroke_color": palette.BLUE,
    "neuron_fill_color": palette.GREEN,
    "negative_fill_color": palette.RED,
    "edge_color": palette.LIGHT_GREY,
    "positive_color": palette.BLUE,
    "negative_color": palette.RED,
    "increase_color": "#5EF38C",
    "decrease_color": "#C050FF",
    "highlight_color": YELLOW,
    "text_color": palette.WHITE,
    "contrast_color": palette.BLACK,
}
_LIGHT: dict[str, ParsableManimColor] = {
    "neuron_stroke_color": "#1C5F8A",
    "neuron_fill_color": "#2E8B3D",
    "negative_fill_color": "#C4372B",
    "edge_color": "#8A8A8A",
    "positive_color": "#1668A8",
    "negative_color": "#C4372B",
    "increase_color": "#00664B",
    "decrease_color": "#7300E5",
    "highlight_color": "#D9480F",
    "text_color": "#1A1A1A",
    "contrast_color": "#FFFFFF",
}


#: A colour that is looked up when the style is made, by its background.
_FITTING: Any = None


class _Assumed(ManimColor):
    """The background where none was given: Manim's."""


def _theme(background: ManimColor) -> dict[str, ParsableManimColor]:
    """Return the colours for a background."""
    return _LIGHT if is_light(background) else _DARK


@dataclass(frozen=True)
class NetworkStyle:
    """How a network looks; lengths in scene units, stroke widths in Manim's.

    Colours are given as Manim takes them: names, hex strings or ``ManimColor``. Where none are
    given, they fit the background at the moment the style is made; :meth:`dark` and :meth:`light`
    say which.

    Attributes
    ----------
    background
        The colour of what is behind the network. None is ``config.background_color``, as it is when
        the style is made: a scene that sets ``self.camera.background_color`` says it here, too.
    direction
        ``"right"``: layers are columns, from left to right. ``"down"``: layers are rows, from
        top to bottom. ``"up"``: from bottom to top. Labels are upright in all.
    fit
        The box that everything fills, with its words, until it is as wide or as high as the box:
        ``(width, height)``, ``"frame"`` for 80 % of Manim's frame, or None for the natural size.
        What is too large is put closer together first, and scaled down if that is not enough; what
        is too small is scaled up, until neurons have the `max_neuron_radius`.
    max_shown
        Larger layers show this many neurons, half of them from the top and half from the bottom,
        with dots between, and say their true size. One number for all layers, or a mapping from
        layer (0 is the input, -1 the output, or by name) to its number. An output layer with labels
        is shown whole unless the mapping names it.
    shown_units
        A mapping from layer, as in `max_shown`, to the units that it shows instead: indices of
        neurons, tokens or feature maps, in rising order. The dots stand at the widest gap between
        them, and the layer says which they are. An image's first and last pixels, for example,
        are its dark corners, whose weights say little.
    neuron_radius, neuron_buff, layer_buff
        Size of a neuron, the gap to the next in its layer, the gap between layers, before all of
        it is scaled to the fit.
    min_neuron_radius, max_neuron_radius
        What neurons have at least and at most when all is scaled to the fit. Layers show fewer
        neurons than `max_shown`, if that is one number, until they have the least radius; what is
        still too small is an error. 0 allows any. In a film of 1080 lines, 0.1 are 13.5 pixels.
    min_text_height
        The least height of a digit in labels, titles and true sizes when all is scaled to the fit;
        what would be lower is an error. 0 allows any. In a film of 1080 lines, 0.1 are 13.5 pixels,
        and 6 pixels of 480 lines.
    dots_buff
        The gap between the dots of a shortened layer and its neurons.
    bias_units
        Whether layers have one more neuron, which always is 1, before the first: the edges out of
        it into a dense layer are this layer's biases.
    neuron_stroke_color, neuron_stroke_width
        A neuron's circle.
    neuron_fill_color, negative_fill_color
        What an activation fills it with, above and below 0.
    neuron_ground
        What is below the fill, so that no edge is seen through a neuron: a colour,
        ``"background"``, or None for nothing, as also on a transparent
        background (``config.background_opacity`` below 1).
    activation_limit
        The activation that fills a neuron wholly, for all layers or by layer as in `max_shown`.
        None is 1 for layers whose activation function stays between -1 and 1, such as sigmoid,
        softmax and tanh; the largest absolute activation shown of any other layer; and for the
        input the same, but at least 1.
    edge_color, edge_width
        Edges before :meth:`NetworkMobject.show_weights` tells them apart.
    positive_color, negative_color
        Colours of edges with a positive and a negative weight.
    increase_color, decrease_color
        Colours of what a step down the gradient raises and lowers: parameters, and in rings
        pre-activations. By default green and violet, which differ from each other, and from the
        colours of weights, with every kind of colour vision.
    min_edge_width, max_edge_width
        Least width of the weakest weight's edge, and width of the strongest's, in Manim's stroke
        widths: of a film of 1080 lines, 1 is 1.35 pixels.
    weight_exponent
        An edge is ``max_edge_width * (|w| / max |w|) ** weight_exponent`` wide, each group of
        edges for itself: larger exponents leave only the strong weights visible.
    highlight_color, dim_opacity
        What asks for attention, such as a highlighted path, and opacity of everything beside it.
    image_height, map_height, map_buff
        Height of an input image, of a feature map, and the gap between feature maps.
    max_maps
        Layers of more feature maps show this many, as `max_shown` says for neurons.
    writing
        What turns labels, titles, counts and numbers into mobjects: ``"text"``, in the typeface
        that comes with nnviz; ``"latex"``, which is ``Tex``; ``Text``, ``MathTex``, or a function
        of yours from a string to a mobject.
    text_color, contrast_color
        Colours of all text, and of numbers in neurons that are bright.
    label_height
        Height of a digit in a label over a neuron's.
    label_buff
        The gap between a neuron and its label over the neuron's radius.
    label_alignment
        ``"baseline"``: letters of labels side by side stand on one line, and those above one
        another are equally far below the middles of their neurons. ``"middle"``: the middle of each
        label, as high as its letters are, is the neuron's.
    max_label_width
        If the widest label beside a layer is wider, its labels are shrunk, all by the same.
    title_height, count_height
        Height of a digit in titles of layers, and in the true sizes of shortened ones.
    min_number_height
        The least height of numbers and texts in neurons, beside them and on edges, in scene units:
        11 pixels of 1080 by default. Smaller ones are refused.

    Raises
    ------
    ValueError
        If an option is out of range, or a colour is none.
    """

    background: ParsableManimColor | None = None
    direction: Direction = "right"
    fit: Fit = "frame"
    max_shown: int | Mapping[int | str, int] = 16
    shown_units: Mapping[int | str, Sequence[int]] | None = None
    neuron_radius: float = 0.25
    neuron_buff: float = 0.3
    layer_buff: float = 2.0
    min_neuron_radius: float = 0.0
    max_neuron_radius: float = 0.45
    min_text_height: float = 0.0
    dots_buff: float = 0.25
    bias_units: bool = False
    neuron_stroke_color: ParsableManimColor = _FITTING
    neuron_stroke_width: float = stroke(3)
    neuron_fill_color: ParsableManimColor = _FITTING
    negative_fill_color: ParsableManimColor = _FITTING
    neuron_ground: ParsableManimColor | Literal["background"] | None = "background"
    activation_limit: float | Mapping[int | str, float] | None = None
    edge_color: ParsableManimColor = _FITTING
    edge_width: float = stroke(2)
    positive_color: ParsableManimColor = _FITTING
    negative_color: ParsableManimColor = _FITTING
    increase_color: ParsableManimColor = _FITTING
    decrease_color: ParsableManimColor = _FITTING
    min_edge_width: float = 0.0
    max_edge_width: float = stroke(3)
    weight_exponent: float = 1.0
    highlight_color: ParsableManimColor = _FITTING
    dim_opacity: float = 0.2
    image_height: float = 2.0
    map_height: float = 1.0
    map_buff: float = 0.12
    max_maps: int = 5
    writing: Writing = "text"
    text_color: ParsableManimColor = _FITTING
    contrast_color: ParsableManimColor = _FITTING
    label_height: float = 0.45
    label_buff: float = 0.6
    label_alignment: Literal["baseline", "middle"] = "baseline"
    max_label_width: float = 3.0
    title_height: float = 0.24
    count_height: float = 0.24
    min_number_height: float = 0.08

    def __post_init__(self) -> None:
        object.__setattr__(self, "writing", writer(self.writing))
        if self.background is None:
            object.__setattr__(self, "background", _Assumed(config.background_color))
        elif not self.assumes_background:
            object.__setattr__(self, "background", ManimColor(self.background))
        object.__setattr__(self, "neuron_ground", _ground(self.neuron_ground, self.behind))
        for name, color in _theme(self.behind).items():
            given = getattr(self, name)
            object.__setattr__(self, name, ManimColor(color if given is _FITTING else given))
        for name in ("max_shown", "shown_units", "activation_limit"):
            if isinstance(getattr(self, name), Mapping):
                object.__setattr__(self, name, dict(getattr(self, name)))
        for units in (self.shown_units or {}).values():
            _check_units(units)
        shown = self.max_shown.values() if isinstance(self.max_shown, dict) else [self.max_shown]
        for number in (*shown, self.max_maps):
            if isinstance(number, bool) or not isinstance(number, int) or number < 2:
                raise ValueError(f"a shortened layer shows 2 of its parts or more, not {number!r}")
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is one of {', '.join(known)}, not {getattr(self, name)}")
        if self.min_neuron_radius > self.max_neuron_radius:
            raise ValueError(
                f"min_neuron_radius, {self.min_neuron_radius}, is larger than max_neuron_radius, "
                f"{self.max_neuron_radius}"
            )
        for name in _LENGTHS:
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is a number from 0 up, not {getattr(self, name)!r}")
        limits: Any = self.activation_limit
        for limit in limits.values() if isinstance(limits, dict) else [limits]:
            if limit is not None and not 0 < limit < float("inf"):
                raise ValueError(f"an activation_limit is a positive number, not {limit!r}")
        _check_fit(self.fit)

    def __hash__(self) -> int:
        return hash(tuple(str(getattr(self, one.name)) for one in fields(self)))

    @classmethod
    def dark(cls, **changes: Any) -> Self:
        """Return a style for dark backgrounds.

        Parameters
        ----------
        **changes
            Any attributes.
        """
        return cls(**{"background": _background_of(_DARK)} | _DARK | changes)

    @classmethod
    def light(cls, **changes: Any) -> Self:
        """Return a style for light backgrounds.

        Parameters
        ----------
        **changes
            Any attributes.
        """
        return cls(**{"background": _background_of(_LIGHT)} | _LIGHT | changes)

    def changed(self, **changes: Any) -> Self:
        """Return the style with other attributes.

        On another background, colours that were the old one's are the new one's.

        Parameters
        ----------
        **changes
            Any attributes.
        """
        if changes.get("background") is not None:
            for name, color in _theme(self.behind).items():
                if getattr(self, name) == ManimColor(color):
                    changes.setdefault(name, _FITTING)
            if self.neuron_ground == self.behind:
                changes.setdefault("neuron_ground", "background")
        return replace(self, **changes)

    def on(self, camera: Any) -> Self:
        """Return the style for a camera's background, unless the style says which it is for.

        Parameters
        ----------
        camera : object
            Such as ``self.camera`` in a scene.
        """
        if not self.assumes_background:
            return self
        return self.changed(background=_Assumed(camera.background_color))

    @property
    def behind(self) -> ManimColor:
        """The colour of what is behind the network."""
        return ManimColor(self.background)

    @property
    def assumes_background(self) -> bool:
        """Whether the background is Manim's by default."""
        return isinstance(self.background, _Assumed)

    @property
    def along(self) -> NDArray[np.float64]:
        """Where the signal goes, shape (3,)."""
        return {"right": RIGHT, "down": DOWN, "up": UP}[self.direction]

    @property
    def across(self) -> NDArray[np.float64]:
        """Where the neurons of a layer follow one another, shape (3,)."""
        return DOWN if self.direction == "right" else RIGHT

    def of_layer(self, option: str, layer: int, count: int, name: str = "") -> Any:
        """Return an option that can be given by layer; None where a mapping leaves it out.

        Parameters
        ----------
        option : str
            "max_shown", "shown_units" or "activation_limit".
        layer, count : int
            Which layer, of how many with the inputs.
        name : str, optional
            The layer's name.
        """
        value = getattr(self, option)
        if not isinstance(value, dict):
            return value
        return value.get(name, value.get(layer, value.get(layer - count)))


def box_of(style: NetworkStyle) -> tuple[float, float] | None:
    """Return the box of the fit, (width, height) in scene units."""
    if style.fit == "frame":
        return _FRAME_SHARE * config.frame_width, _FRAME_SHARE * config.frame_height
    assert not isinstance(style.fit, str)
    return style.fit


def _background_of(theme: dict[str, ParsableManimColor]) -> ManimColor:
    """Return Manim's background, or white or black where the theme's colours are for that."""
    there = ManimColor(config.background_color)
    return there if _theme(there) is theme else ManimColor(theme["contrast_color"])


def _ground(given: Any, background: ManimColor) -> ManimColor:
    """Return the colour of a ground, which is transparent where there is none."""
    if isinstance(given, str) and given == "background":
        given = background if config.background_opacity >= 1 else None
    return background.opacity(0) if given is None else ManimColor(given)


def _check_fit(fit: Any) -> None:
    if fit is None or fit == "frame":
        return
    if isinstance(fit, str) or len(fit) != 2 or not all(0 < side < float("inf") for side in fit):
        raise ValueError(f"fit is (width, height) in scene units, 'frame' or None, not {fit!r}")


def _check_units(units: Sequence[int]) -> None:
    """Raise a ValueError where these are not two units or more in rising order."""
    are_numbers = all(isinstance(unit, int | np.integer) and unit >= 0 for unit in units)
    if len(units) < 2 or not are_numbers or not all(a < b for a, b in pairwise(units)):
        raise ValueError(
            "shown_units are two indices or more, counted from 0, in rising order, for each "
            f"layer that it names; not {list(units)}"
        )


_CHOICES = {"direction": ("right", "down", "up"), "label_alignment": ("baseline", "middle")}
_LENGTHS = (
    "neuron_radius",
    "neuron_buff",
    "layer_buff",
    "min_neuron_radius",
    "max_neuron_radius",
    "min_text_height",
    "dots_buff",
    "neuron_stroke_width",
    "edge_width",
    "min_edge_width",
    "max_edge_width",
    "weight_exponent",
    "dim_opacity",
    "image_height",
    "map_height",
    "map_buff",
    "label_height",
    "label_buff",
    "max_label_width",
    "title_height",
    "count_height",
    "min_number_height",
)
