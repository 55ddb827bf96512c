"""What is drawn without its numbers: shut blocks, small steps of a computation, signs of joins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    PI,
    RIGHT,
    TAU,
    UP,
    ArcBetweenPoints,
    Circle,
    Dot,
    Line,
    ManimColor,
    RoundedRectangle,
    VGroup,
    VMobject,
)
from numpy.typing import NDArray

from nnviz import words
from nnviz.mobjects.network.layer_mobjects import LayerMobject, Range
from nnviz.mobjects.network.link_arrows import tip_at
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Bearer, Part
from nnviz.mobjects.primitives.painting import FILL
from nnviz.mobjects.primitives.quick_copies import CopiesQuickly
from nnviz.mobjects.primitives.writing import plain_signs, written

__all__ = ["SIGNS", "BoxLayer", "RoundedFrame", "SignMark", "block_box", "sign_box", "word_box"]

#: Distances from a box to its words and between lines of words, in heights of a digit.
_PADDING, _LINES = 0.7, 0.5
#: Height of what is smaller than a block's title, over that of the style's titles.
_SMALL = 0.75
#: Radius of a sign's circle over a neuron's, and size of the sign over that radius.
_SIGN_RADIUS, _SIGN = 0.75, 0.55
#: Gap between a sign and the neurons that show its result, over a neuron's radius.
_SIGN_BUFF = 1.0
#: Height and width of a recurrent block's loop over the height of a title's digit.
_LOOP_HEIGHT, _LOOP_WIDTH = 2.2, 3.5


class BoxLayer(LayerMobject):
    """A node or a shut block on screen as a frame with words or a sign in it.

    It keeps the activations that it is given, and shows none of them.

    Parameters
    ----------
    frame : Bearer
        What runs around it.
    words : VGroup
        What stands in it.
    shape : tuple of int
        Shape of the activations.
    style : NetworkStyle
        Style of the picture.
    values : Range
        Range of its activations.
    """

    what = "a box"

    def __init__(
        self,
        frame: Bearer,
        words: VGroup,
        shape: tuple[int, ...],
        style: NetworkStyle,
        values: Range,
    ) -> None:
        super().__init__(VGroup(frame), shape, np.arange(0), style, values)
        self.mark.add(*words)

    @property
    def outlines(self) -> list[VMobject]:
        """Nothing: it shows no values, and so no errors."""
        return []

    @property
    def is_round(self) -> bool:
        """Whether its frame is a circle."""
        return isinstance(self.body[0], Circle)

    @property
    def painted(self) -> tuple[list[VMobject], tuple[str, ...]]:
        """Nothing."""
        return [], FILL

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return no sums, as nothing is shown."""
        return np.empty(0)

    def _fill(self, fractions: NDArray[np.float64]) -> None:
        """Show nothing."""


class RoundedFrame(Bearer, CopiesQuickly, RoundedRectangle):
    """The rounded rectangle around words, or around an open block."""


class _Ring(Bearer, CopiesQuickly, Circle):
    """The circle around a sign."""


def block_box(
    title: str,
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    style: NetworkStyle,
    values: Range,
    repeats: int = 1,
    steps: int = 0,
) -> BoxLayer:
    """Return a shut block: its title, and the shapes of what comes in and goes out.

    Parameters
    ----------
    title : str
        What stands in it first.
    shapes : (tuple of int, tuple of int)
        Shapes of one example's values that come in, and that go out.
    style : NetworkStyle
        Style of the network's picture.
    values : Range
        Range of its activations.
    repeats : int, optional
        Number of equal blocks in a row that it stands for.
    steps : int, optional
        Number of steps of a recurrent block, which has a loop; 0 for any other.
    """
    height = style.title_height
    into, out = (" × ".join(map(str, shape)) for shape in shapes)
    is_narrow = style.direction == "right"  # where boxes stand side by side
    first = VGroup(*(_line(word, height, style) for word in _broken(title, style)))
    shown = [into, f"→ {out}"] if is_narrow else [f"{into} → {out}"]
    last = VGroup(*(_sizes(text, _SMALL * height, style) for text in shown))
    lines: list[VMobject] = [
        one.arrange(DOWN, buff=_LINES * _SMALL * height) for one in (first, last)
    ]
    if repeats > 1:
        lines.insert(1, _sizes(f"× {repeats}", height, style))
    if steps:
        lines.insert(1, _sizes(words.word("steps", count=steps), _SMALL * height, style))
    content = VGroup(*lines).arrange(DOWN, buff=_LINES * height)
    frame = _frame_around(content, height, style)
    if repeats > 1:
        # The edges of the blocks behind it.
        for k in (1, 2):
            corner = frame.copy().set_fill(opacity=0).shift(0.25 * k * height * (UP + RIGHT))
            content.add(_behind(corner, 0.25 * height, style))
    if steps:
        content.add(_loop(frame, height, style))
    return BoxLayer(frame, content, shapes[1], style, values)


def word_box(word: str, shape: tuple[int, ...], style: NetworkStyle, values: Range) -> BoxLayer:
    """Return a small box with a word: a step whose result is not drawn."""
    height = _SMALL * style.title_height
    words = VGroup(*(_line(line, height, style) for line in _broken(word, style)))
    words.arrange(DOWN, buff=_LINES * height)
    return BoxLayer(_frame_around(words, height, style), words, shape, style, values)


def sign_box(kind: str, shape: tuple[int, ...], style: NetworkStyle, values: Range) -> BoxLayer:
    """Return a join as its sign in a circle; kinds are those of `SIGNS`."""
    ring, sign = _signed_ring(kind, style)
    return BoxLayer(ring, sign, shape, style, values)


class SignMark(VGroup):
    """A join's sign in a circle, and a line, before what shows its result.

    Parameters
    ----------
    kind : str
        One of `SIGNS`.
    layer : LayerMobject
        What shows the result.
    """

    ring: Part[VMobject] = Part(0, doc="The circle.")

    def __init__(self, kind: str, layer: LayerMobject) -> None:
        style = layer.style
        ring, sign = _signed_ring(kind, style)
        VGroup(ring, sign).next_to(layer.body, -style.along, _SIGN_BUFF * style.neuron_radius)
        start, end = (
            one.get_critical_point(way)
            for one, way in ((ring, style.along), (layer.body, -style.along))
        )
        line = Line(start, end, color=ManimColor(style.edge_color), stroke_width=style.edge_width)
        super().__init__(ring, sign, line)


def _signed_ring(kind: str, style: NetworkStyle) -> tuple[_Ring, VGroup]:
    radius = _SIGN_RADIUS * style.neuron_radius
    ring = _Ring(
        radius,
        stroke_color=style.neuron_stroke_color,
        stroke_width=style.neuron_stroke_width,
    )
    sign = SIGNS[kind](_SIGN * radius)
    sign.set_stroke(ManimColor(style.text_color), style.neuron_stroke_width)
    for dot in sign:
        if isinstance(dot, Dot):
            dot.set_fill(ManimColor(style.text_color), opacity=1)
    return ring, sign


def _plus(size: float) -> VGroup:
    return VGroup(Line(size * LEFT, size * RIGHT), Line(size * DOWN, size * UP))


def _minus(size: float) -> VGroup:
    return VGroup(Line(size * LEFT, size * RIGHT))


def _times(size: float) -> VGroup:
    return _plus(size).rotate(PI / 4, about_point=ORIGIN)


def _bars(size: float) -> VGroup:
    bar = Line(size * DOWN, size * UP)
    return VGroup(bar.copy().shift(0.4 * size * LEFT), bar.shift(0.4 * size * RIGHT))


def _product(size: float) -> VGroup:
    return VGroup(Dot(radius=0.25 * size))


#: The signs of joins, by the layers' names: what draws one of a size.
SIGNS: dict[str, Callable[[float], VGroup]] = {
    "add": _plus,
    "subtract": _minus,
    "multiply": _times,
    "concatenate": _bars,
    "matmul": _product,
}


def _broken(words: str, style: NetworkStyle) -> list[str]:
    """Return lines of words, one each where boxes stand side by side."""
    return words.split() if style.direction == "right" else [words]


def _line(text: str, height: float, style: NetworkStyle) -> VMobject:
    return written(text, height, style.writing, style.text_color, "a block's words")


def _sizes(text: str, height: float, style: NetworkStyle) -> VMobject:
    return _line(plain_signs(text, style.writing), height, style)


def _frame_around(words: VGroup, height: float, style: NetworkStyle) -> RoundedFrame:
    padding = 2 * _PADDING * height
    frame = RoundedFrame(
        corner_radius=0.5 * height,
        width=words.width + padding,
        height=words.height + padding,
        stroke_color=style.neuron_stroke_color,
        stroke_width=style.neuron_stroke_width,
    )
    return frame.move_to(words)


def _behind(frame: VMobject, gap: float, style: NetworkStyle) -> VMobject:
    """Return the visible parts of the upper and the right side of a frame behind another."""
    left, right = frame.get_left()[0], frame.get_right()[0]
    bottom, top = frame.get_bottom()[1], frame.get_top()[1]
    edge = VMobject(stroke_color=style.neuron_stroke_color, stroke_width=style.neuron_stroke_width)
    corners = [(left + gap, top), (right, top), (right, bottom + gap)]
    return edge.set_points_as_corners([np.array([x, y, 0.0]) for x, y in corners])


def _loop(frame: VMobject, height: float, style: NetworkStyle) -> VGroup:
    """Return an arrow from a side of a box, which no link meets, back into it."""
    out, across = (UP, RIGHT) if style.direction == "right" else (RIGHT, DOWN)
    middle = frame.get_critical_point(out)
    half = 0.5 * _LOOP_WIDTH * height * across
    size = np.abs(2 * half + _LOOP_HEIGHT * height * out)
    color = ManimColor(style.edge_color)
    path = ArcBetweenPoints(
        middle + half, middle - half, angle=0.75 * TAU, color=color, stroke_width=style.edge_width
    )
    path.stretch_to_fit_width(size[0]).stretch_to_fit_height(size[1])
    path.next_to(middle, out, buff=0)
    return VGroup(path, tip_at(path, style))
