"""What the colours of a network's picture mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    Line,
    ManimColor,
    ParsableManimColor,
    Rectangle,
    VGroup,
    VMobject,
)

from nnviz import words
from nnviz.mobjects.network.derivative_numbers import number_of
from nnviz.mobjects.network.layer_mobjects import LayerMobject
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.writing import plain_signs, written

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["ColorLegend", "Meaning"]

#: What colours stand for: activations, weights, or where a step down the gradient goes.
Meaning = Literal["activations", "weights", "gradient"]

#: Over the height of a digit: length and height of a sample, and gaps beside and between samples.
_LENGTH, _THICK, _BESIDE, _BETWEEN, _APART = 5.0, 0.9, 0.9, 0.9, 2.5
#: How far apart two colours are that count as the same one, each channel from 0 to 1.
_SAME = 1e-3


class ColorLegend(ShownInNotebooks, VGroup):
    """A legend of a network's colours, which are those of its style.

    The scale of activations runs from 0, or from the largest negative one, to the activation that
    fills a neuron wholly, as :meth:`LayerMobject.full` has it for what the layers show. Layers may
    have scales of their own: where those differ, the ends are called "max", and `layers` says
    whose numbers are wanted. Edges are as wide as weights are strong within their layer.

    Parameters
    ----------
    net : NetworkMobject
        The picture. The legend is no part of it: put it where there is room, with ``next_to``.
    meanings : sequence of Meaning, optional
        What it says, in this order: "activations", "weights", "gradient". By default what the
        picture shows now; of a picture that shows nothing of them, activations.
    layers : sequence of int or str, optional
        The layers, by number (0 is the input) or name, of whose activations the scale is. By
        default all that show some.
    direction : {"down", "right"}, optional
        "down": one below the other. "right": side by side.
    height : float, optional
        Height of a digit, in scene units.

    Raises
    ------
    ValueError
        If a meaning is none of those.
    IndexError
        If there is no such layer.

    Examples
    --------
    >>> from nnviz import ColorLegend, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0)).show_weights()
    >>> legend = ColorLegend(net).next_to(net, [0, -1, 0])
    >>> legend.meanings
    ('weights',)
    """

    samples: Part[VGroup] = Part(0, doc="The scale and the lines, in the legend's order.")
    words: Part[VGroup] = Part(1, doc="What they mean, in the same order.")

    def __init__(
        self,
        net: NetworkMobject,
        meanings: Sequence[Meaning] | None = None,
        *,
        layers: Sequence[int | str] | None = None,
        direction: Literal["down", "right"] = "down",
        height: float = 0.2,
    ) -> None:
        self.meanings = tuple(_shown_by(net) if meanings is None else meanings)
        for meaning in self.meanings:
            if meaning not in ("activations", "weights", "gradient"):
                raise ValueError(
                    f"a legend is of 'activations', 'weights' or 'gradient', not of {meaning!r}"
                )
        if direction not in ("down", "right"):
            raise ValueError(f"direction is 'down' or 'right', not {direction!r}")
        samples, words = VGroup(), VGroup()
        for meaning in self.meanings:
            for sample, word in _entries(net, meaning, layers, height):
                samples.add(sample)
                words.add(_word(word, height, net.style))
        super().__init__(samples, words)
        _arrange(samples, words, direction, height)
        self.move_to((0, 0, 0))


def _shown_by(net: NetworkMobject) -> list[Meaning]:
    """Return what a picture's colours stand for now."""
    style, shown = net.style, list[Meaning]()
    if any(layer.activations is not None for layer in net.layers):
        shown.append("activations")
    if _are_painted(net, style.positive_color, style.negative_color):
        shown.append("weights")
    if _are_painted(net, style.increase_color, style.decrease_color) or len(net.errors):
        shown.append("gradient")
    return shown or ["activations"]


def _are_painted(net: NetworkMobject, *colors: ParsableManimColor) -> bool:
    """Return whether all edges have one of some colours, and not all the plain one."""
    rgbs = np.array([ManimColor(color).to_rgb() for color in colors])
    seen = net.edges.stroke_rgbas[:, None, :3]
    plain = np.abs(seen[:, 0] - ManimColor(net.style.edge_color).to_rgb()).max(axis=1) < _SAME
    has_color = (np.abs(seen - rgbs).max(axis=2) < _SAME).any(axis=1)
    return len(seen) > 0 and bool(has_color.all()) and not bool(plain.all())


def _entries(
    net: NetworkMobject, meaning: Meaning, layers: Sequence[int | str] | None, height: float
) -> list[tuple[VMobject, str]]:
    """Return samples and their names."""
    style = net.style
    if meaning == "activations":
        return [(_scale(net, layers, height), words.word("activation"))]
    if meaning == "weights":
        colors = style.positive_color, style.negative_color
        keys = "positive_weight", "negative_weight"
    else:
        colors = style.increase_color, style.decrease_color
        keys = "step_raises", "step_lowers"
    return [
        (_line(color, style, height), words.word(key))
        for color, key in zip(colors, keys, strict=True)
    ]


def _line(color: ParsableManimColor, style: NetworkStyle, height: float) -> Line:
    length = _LENGTH * height
    width = max(style.max_edge_width, style.edge_width)
    return Line(length / 2 * LEFT, length / 2 * RIGHT, color=ManimColor(color), stroke_width=width)


def _scale(net: NetworkMobject, layers: Sequence[int | str] | None, height: float) -> VGroup:
    """Return a bar in the colours of activations, with what its ends stand for."""
    style = net.style
    chosen = [net.layers[k] for k in map(net.layer_index, layers or ())] or [
        layer for layer in net.layers if layer.activations is not None
    ]
    limits = [
        float(layer.full(np.zeros(0) if layer.activations is None else layer.activations))
        for layer in chosen
    ]
    lowest = min((_lowest(layer) for layer in chosen), default=0.0)
    bar = Rectangle(
        width=_LENGTH * height,
        height=_THICK * height,
        stroke_color=ManimColor(style.neuron_stroke_color),
        stroke_width=style.neuron_stroke_width / 2,
    )
    colors: Any = [style.behind, ManimColor(style.neuron_fill_color)]
    if lowest < 0:
        colors.insert(0, ManimColor(style.negative_fill_color))
    bar.set_fill(colors, opacity=1).set_sheen_direction(RIGHT)
    most = max(limits, default=1.0)
    if limits and not np.allclose(limits, most, rtol=1e-9):
        most_word = words.word("max")
        names = f"−{most_word}" if lowest < 0 else "0", most_word
        ends = [_word(name, height, style) for name in names]
    else:
        decimals = 0 if float(most).is_integer() else 2
        ends = [
            number_of(value, decimals if value else 0, height, style)
            for value in (-most if lowest < 0 else 0.0, most)
        ]
    for end, side in zip(ends, (LEFT, RIGHT), strict=True):
        end.next_to(bar, side, buff=0.4 * height)
    return VGroup(bar, *ends)


def _lowest(layer: LayerMobject) -> float:
    """Return the lowest activation that a layer shows, or may show by its function."""
    low, shown = layer.values.low, layer.activations
    return float(low if low is not None else 0.0 if shown is None else shown.min(initial=0.0))


def _word(text: str, height: float, style: NetworkStyle) -> VMobject:
    return written(plain_signs(text, style.writing), height, style.writing, style.text_color)


def _arrange(samples: VGroup, words: VGroup, direction: str, height: float) -> None:
    """Put words beside their samples: in two columns, or all in a row."""
    if direction == "right":
        x = 0.0
        for sample, word in zip(samples, words, strict=True):
            sample.next_to((x, 0, 0), RIGHT, buff=0)
            word.next_to(sample, RIGHT, buff=_BESIDE * height)
            x = word.get_right()[0] + _APART * height
        return
    pitch = (1 + _BETWEEN) * height
    for k, sample in enumerate(samples):
        # Lines are as long as the bar, and stand in a column with it.
        body = sample[0] if len(sample) else sample
        sample.shift((-body.get_center()[0], -k * pitch - body.get_center()[1], 0))
    edge = max(sample.get_right()[0] for sample in samples) + _BESIDE * height
    for k, word in enumerate(words):
        word.next_to((edge, -k * pitch, 0), RIGHT, buff=0)
