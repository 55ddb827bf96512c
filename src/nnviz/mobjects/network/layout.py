"""Where everything of a network stands: layers in a row that fits, labels beside, words around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Mobject, VGroup, VMobject

from nnviz.mobjects.network.layer_mobjects import LayerGroup, LayerMobject
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.style import NetworkStyle, box_of
from nnviz.mobjects.primitives.baselines import line_height, put_beside, put_on_a_line
from nnviz.mobjects.primitives.writing import written

__all__ = [
    "Words",
    "arrange",
    "fitted",
    "gaps_for_labels",
    "layer_words",
    "least_gaps",
    "place_side_labels",
    "share_of_fit",
    "shrink_labels",
    "side_labels",
]

#: Neurons come as close as this part of their diameter, layers as this part, before all shrinks.
_LEAST_NEURON_GAP, _LEAST_LAYER_GAP = 0.12, 1.6
#: Distances between layers and the titles and counts around them; between texts.
_WORDS_BUFF, _TEXT_BUFF = 0.3, 0.15
#: Part of a label's place that stays empty, where labels stand side by side.
_LABEL_GAP = 0.15


@dataclass(frozen=True)
class Words:
    """The texts around a network.

    Attributes
    ----------
    input_labels, output_labels
        Beside the neurons of the first and the last layer.
    titles
        Titles of layers, in a line before all of them.
    output_layer
        Which layer is the output; the input is the first.
    """

    input_labels: VGroup
    output_labels: VGroup
    titles: VGroup
    output_layer: int = -1

    def all(self) -> VGroup:
        """Return everything as one group."""
        return VGroup(self.input_labels, self.output_labels, self.titles)


def side_labels(
    layer: LayerMobject, texts: Sequence[str | Mobject], name: str, style: NetworkStyle
) -> VGroup:
    """Return the labels of a layer's neurons, not placed yet, one size for all.

    Parameters
    ----------
    layer : LayerMobject
        The input or output layer.
    texts : sequence of str or Mobject
        One for every unit, or for every neuron shown.
    name : str
        "input" or "output", for errors.
    style : NetworkStyle
        Style of the network's picture.

    Raises
    ------
    ValueError
        If there are neither as many as units nor as many as neurons shown.
    """
    labels = VGroup()
    if not len(texts):
        return labels
    if not isinstance(layer, NeuronLayer):
        raise ValueError(f"{name}_labels stand beside neurons, but the {name} is {layer.what}")
    if len(texts) == layer.size:
        texts = [texts[unit] for unit in layer.shown_units]
    elif len(texts) != len(layer.neurons):
        shown = "" if not layer.is_shortened else f", of which {len(layer.neurons)} are shown"
        raise ValueError(f"{len(texts)} {name} labels for {layer.size} {name} neurons{shown}")
    height = style.label_height * 2 * style.neuron_radius
    for text in texts:
        drawn = written(text, height, style.writing, style.text_color, f"{name} label")
        labels.add(drawn)
    return labels


def layer_words(
    texts: Sequence[str | Mobject | None], layers: LayerGroup, style: NetworkStyle
) -> VGroup:
    """Return the titles of layers, not placed yet.

    Raises
    ------
    ValueError
        If there are not as many as layers.
    """
    if texts and len(texts) != len(layers):
        raise ValueError(
            f"{len(texts)} layer titles for {len(layers)} layers, the input included; "
            "None leaves one out"
        )
    return VGroup(
        *(
            written(text or "", style.title_height, style.writing, style.text_color, "layer title")
            for text in texts
        )
    )


def arrange(layers: LayerGroup, words: Words, style: NetworkStyle) -> None:
    """Put layers, labels, titles and counts into their places, as close as the fit asks."""
    along, across = style.along, style.across
    box = box_of(style)
    braced = _count_layers(layers, words)
    room = float("inf")
    if box is not None:
        room = box[1] if style.direction == "right" else box[0]
        room -= _around(words, layers, across)
    shrink_labels(words, style, room)
    _spread(layers, gaps_for_labels(words, layers, style), room, across, style)
    # What is still too long is scaled down in the end. Words and the gaps between layers are made
    # larger before, so that they are not.
    larger = max(1.0, *(_length(layer.column, across) / max(room, 1e-9) for layer in layers))
    _enlarge_words(words, layers, larger, style)
    layers.arrange(along, buff=_layer_buff(layers, words, braced, along, larger, style, box))
    if braced:
        assert isinstance(layers[0], NeuronLayer)
        layers[0].add_brace(larger)
        layers.move_to(ORIGIN)
    place_side_labels(words, layers, style)
    _place_lines_of_words(words, layers, braced, larger, style)


def fitted(net: VGroup, style: NetworkStyle) -> None:
    """Scale the whole to the fit, no neuron beyond the largest radius, and centre it there."""
    if box_of(style) is not None:
        net.scale(share_of_fit(net, style)).move_to(ORIGIN)


def share_of_fit(net: VGroup, style: NetworkStyle) -> float:
    """Return the factor by which everything is scaled to the fit."""
    box = box_of(style)
    if box is None:
        return 1.0
    most = style.max_neuron_radius / max(style.neuron_radius, 1e-9)
    return min(
        max(1.0, most),
        *(
            side / max(length, 1e-9)
            for side, length in zip(box, (net.width, net.height), strict=True)
        ),
    )


def _length(mobject: Mobject, direction: np.ndarray) -> float:
    return float(mobject.width if direction[0] else mobject.height)


def _count_layers(layers: LayerGroup, words: Words) -> bool:
    """Give shortened layers their true sizes; say whether the input has a brace for it."""
    braced = False
    for k, layer in enumerate(layers):
        if not layer.is_shortened:
            continue
        if k == 0 and isinstance(layer, NeuronLayer) and not len(words.input_labels):
            braced = True  # added when the layer stands
        else:
            layer.size_label.add(*layer.count())
    return braced


def shrink_labels(words: Words, style: NetworkStyle, room: float) -> None:
    """Shrink labels that are too large for their places, all of a layer together.

    Parameters
    ----------
    words : Words
        With the labels.
    style : NetworkStyle
        Style of the network's picture.
    room : float
        Largest length of a layer, in scene units.
    """
    for labels in (words.input_labels, words.output_labels):
        if not len(labels):
            continue
        most = np.array([style.max_label_width, np.inf])
        if len(labels) > 1:
            if style.direction == "right":
                most[1] = 2 * style.neuron_radius + _LEAST_NEURON_GAP * style.neuron_radius
            else:
                most[0] = min(most[0], room / len(labels) * (1 - _LABEL_GAP))
        largest = max(label.width for label in labels), _height(labels, style)
        share = float(min(1.0, *(most / np.maximum(largest, 1e-9))))
        for label in labels:
            label.scale(share)


def _height(labels: VGroup, style: NetworkStyle) -> float:
    """Return the height that each of some labels needs."""
    if style.label_alignment == "baseline":
        return line_height(list(labels))
    return max(float(label.height) for label in labels)


def gaps_for_labels(words: Words, layers: LayerGroup, style: NetworkStyle) -> dict[int, float]:
    """Return how far apart labels side by side need the neurons of their layers, by layer."""
    gaps = {}
    if style.direction != "right":
        for layer, labels in (
            (0, words.input_labels),
            (words.output_layer % len(layers), words.output_labels),
        ):
            widest = max((label.width for label in labels), default=0.0)
            gaps[layer] = max(0.0, widest / (1 - _LABEL_GAP) - 2 * style.neuron_radius)
    return gaps


def _enlarge_words(words: Words, layers: LayerGroup, larger: float, style: NetworkStyle) -> None:
    """Enlarge titles and counts, and labels as far as there is room between neurons."""
    for text in (*words.titles, *(layer.size_label for layer in layers)):
        text.scale(larger)
    for layer, labels in ((layers[0], words.input_labels), (layers[-1], words.output_labels)):
        if not len(labels) or not isinstance(layer, NeuronLayer):
            continue
        pitch = 2 * style.neuron_radius + layer.buff
        if style.direction == "right":
            most = (1 - _LABEL_GAP) * pitch / _height(labels, style)
        else:
            most = (1 - _LABEL_GAP) * pitch / max(label.width for label in labels)
        for label in labels:
            label.scale(max(1.0, min(larger, most)))


def _around(words: Words, layers: LayerGroup, across: np.ndarray) -> float:
    """Return what the lines of titles and counts take beside the layers."""
    lines = [words.titles, VGroup(*(layer.size_label for layer in layers))]
    return sum(
        max(_length(one, across) for one in line) + _WORDS_BUFF
        for line in lines
        if any(_length(one, across) > 0 for one in line)
    )


def _spread(
    layers: LayerGroup,
    gaps: dict[int, float],
    room: float,
    across: np.ndarray,
    style: NetworkStyle,
) -> None:
    """Let neurons be closer where a layer is too long, in all layers alike."""
    rows = {
        k: layer
        for k, layer in enumerate(layers)
        if isinstance(layer, NeuronLayer) and len(layer.neurons) > 1
    }
    wanted = min(
        (
            layer.buff - (_length(layer.column, across) - room) / (len(layer.senders) - 1)
            for layer in rows.values()
        ),
        default=np.inf,
    )
    least = least_gaps(style)[0]
    buff = min(style.neuron_buff, max(least, wanted))
    for k, layer in rows.items():
        layer.spread(max(buff, gaps.get(k, 0.0)))


def _layer_buff(
    layers: LayerGroup,
    words: Words,
    braced: bool,
    along: np.ndarray,
    larger: float,
    style: NetworkStyle,
    box: tuple[float, float] | None,
) -> float:
    """Return the gap between layers, smaller where their row would be too long."""
    if box is None or len(layers) < 2:
        return style.layer_buff
    room = larger * (box[0] if along[0] else box[1])
    taken = sum(_length(layer, along) for layer in layers)
    gap = style.label_buff * style.neuron_radius
    for labels in (words.input_labels, words.output_labels):
        if len(labels):
            taken += gap + max(_length(label, along) for label in labels)
    if braced:
        taken += larger * (0.8 + style.count_height)
    least = least_gaps(style)[1]
    return float(max(least, min(larger * style.layer_buff, (room - taken) / (len(layers) - 1))))


def least_gaps(style: NetworkStyle) -> tuple[float, float]:
    """Return the least gaps between neurons, and between layers, before all shrinks."""
    diameter = 2 * style.neuron_radius
    return (
        min(style.neuron_buff, _LEAST_NEURON_GAP * diameter),
        min(style.layer_buff, _LEAST_LAYER_GAP * diameter),
    )


def place_side_labels(words: Words, layers: LayerGroup, style: NetworkStyle) -> None:
    """Put the labels beside their neurons, where no edges are."""
    out = style.along
    for layer, labels, side in (
        (layers[0], words.input_labels, -out),
        (layers[words.output_layer], words.output_labels, out),
    ):
        if not len(labels):
            continue
        for label, neuron in zip(labels, layer.neurons, strict=True):
            label.next_to(neuron, side, buff=style.label_buff * style.neuron_radius)
        if style.label_alignment == "middle":
            continue
        if style.direction == "right":
            put_beside(list(labels), [neuron.get_y() for neuron in layer.neurons])
        else:
            put_on_a_line(list(labels), side)


def _place_lines_of_words(
    words: Words, layers: LayerGroup, braced: bool, larger: float, style: NetworkStyle
) -> None:
    """Put titles in a line before all layers, and counts in one behind: no edge comes there."""
    before, across = (UP, DOWN) if style.direction == "right" else (LEFT, RIGHT)
    bodies = VGroup(*(layer.column for layer in layers))
    counts = [
        (layer, layer.size_label)
        for k, layer in enumerate(layers)
        if len(layer.size_label) and not (k == 0 and braced)
    ]
    for line, side in (
        ([(layer, title) for layer, title in zip(layers, words.titles, strict=False)], before),
        (counts, across),
    ):
        if style.direction == "right":
            _share_width(layers, line, larger * _TEXT_BUFF)
        along = RIGHT if style.direction == "right" else UP
        for layer, text in line:
            text.next_to(bodies, side, buff=larger * _WORDS_BUFF)
            text.shift((layer.body.get_center() - text.get_center()) * along)
        texts = [text for _, text in line]
        if style.direction == "right":
            put_on_a_line(texts, side)
        else:
            put_beside(texts, [layer.body.get_y() for layer, _ in line])


def _share_width(
    layers: LayerGroup, line: Sequence[tuple[LayerMobject, VMobject]], gap: float
) -> None:
    """Shrink the words above columns together, until neighbours stand apart."""
    place = {id(layer): k for k, layer in enumerate(layers)}
    middles = [layer.body.get_center()[0] for layer in layers]
    share = 1.0
    for (first, a), (second, b) in pairwise(line):
        pitch = middles[place[id(second)]] - middles[place[id(first)]] - gap
        widths = (a.width + b.width) / 2
        if widths > 0:
            share = min(share, pitch / widths)
    if share < 1:
        for _, text in line:
            text.scale(share)
