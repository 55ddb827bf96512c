"""The layers and the words of a picture in their places, none smaller than the style's least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from manim import MathTex, Tex, Text, VGroup, config

from nnviz.mobjects.network import layout
from nnviz.mobjects.network.block_opening import copied_words
from nnviz.mobjects.network.layer_mobjects import LayerGroup
from nnviz.mobjects.network.links import has_edges
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.structure import Structure
from nnviz.mobjects.network.style import NetworkStyle
from nnviz.mobjects.network.views import Arranged, View
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.mobjects.primitives.writing import digit_height
from nnviz.network import Network

__all__ = ["Assembly", "assembled"]

#: Least number of neurons to which a layer is shortened.
_FEWEST = 2
#: What is at the least size may miss it by rounding.
_ROUNDING = 1e-9

#: Lines of the film that pixels are counted in.
_LINES = 1080

Labels = Sequence[Any]


class Assembly(NamedTuple):
    """The parts of a picture, before it is scaled to the fit.

    Attributes
    ----------
    style
        With fewer neurons a layer, where all that were asked for would be too small.
    layers, words
        In their places.
    around
        What ties them, frames, and a legend.
    """

    style: NetworkStyle
    layers: LayerGroup
    words: layout.Words
    around: Arranged

    def all_words(self) -> VGroup:
        """Return words, frames and legend as one group."""
        return self.words.all().add(self.around.frames, self.around.legend)


def assembled(
    view: View,
    network: Network,
    structure: Structure,
    style: NetworkStyle,
    input_labels: Labels,
    output_labels: Labels,
    titles: Labels,
) -> Assembly:
    """Draw layers and words, and put them into their places.

    Where neurons would be smaller than the style's ``min_neuron_radius``, layers show fewer.

    Parameters
    ----------
    view : View
        Whether units or volumes are drawn.
    network : Network
        Network that is drawn.
    structure : Structure
        Parts of the network that are shown.
    style : NetworkStyle
        Style of the picture.
    input_labels, output_labels, titles : Labels
        Texts beside and above the layers.

    Raises
    ------
    ValueError
        If labels or titles do not fit the layers, or neurons or texts would be too small.
    """
    while True:
        given: list[Labels] = [input_labels, output_labels, titles]
        if style.min_neuron_radius:  # perhaps they are placed more than once
            given = [copied_words(some) for some in given]
        made = _made(view, network, structure, style, *given)
        share = layout.share_of_fit(VGroup(made.layers, made.all_words()), style)
        radius = share * style.neuron_radius
        rows = [layer for layer in made.layers if isinstance(layer, NeuronLayer)]
        if not rows or radius >= style.min_neuron_radius - _ROUNDING:
            break
        longest = max(len(layer.neurons) for layer in rows)
        can_shorten = isinstance(style.max_shown, int) and longest <= style.max_shown
        if not can_shorten or longest <= _FEWEST:
            raise ValueError(
                f"neurons would have a radius of {_length(radius)}, less than min_neuron_radius, "
                f"{style.min_neuron_radius}: leave more room (fit), show fewer neurons "
                "(max_shown), or allow smaller ones"
            )
        fewer = min(longest - 1, int(longest * radius / style.min_neuron_radius))
        style = replace(style, max_shown=max(_FEWEST, fewer))
    if style.min_text_height:
        _check_texts(made, share)
    return made


def _made(
    view: View,
    network: Network,
    structure: Structure,
    style: NetworkStyle,
    input_labels: Labels,
    output_labels: Labels,
    titles: Labels,
) -> Assembly:
    layers = view.layers(network, structure, style, len(output_labels) > 0)
    if style.bias_units:
        _add_bias_units(network, structure, layers)
    last = structure.index(network.output)
    words = layout.Words(
        layout.side_labels(layers[0], input_labels, "input", style),
        layout.side_labels(layers[last], output_labels, "output", style),
        layout.layer_words(titles, layers, style),
        last,
    )
    around = view.arrange(network, layers, words, structure, style)
    return Assembly(style, layers, words, around)


def _add_bias_units(network: Network, structure: Structure, layers: LayerGroup) -> None:
    """Put a unit before the neurons of every layer that edges lead out of."""
    sources = {
        structure.sources(k)[0]
        for k in range(structure.n_inputs, len(layers))
        if has_edges(network, structure, layers, k)
    }
    for k in sorted(sources):
        layer = layers[k]
        assert isinstance(layer, NeuronLayer)
        layer.add_bias_unit()


def _check_texts(made: Assembly, share: float) -> None:
    """Raise a ValueError where digits of a text would be lower than the style's least."""
    style = made.style
    for text in VGroup(made.layers, made.all_words()).get_family():
        kind = next((one for one in (SansText, Text, Tex, MathTex) if isinstance(text, one)), None)
        if kind is None:
            continue
        # How large it is over the size that its writing gives it by itself.
        larger = float(text.height) / float(kind(_string(text)).height)
        height = share * larger * digit_height(kind)
        if height < style.min_text_height - _ROUNDING:
            raise ValueError(
                f"the text {_string(text)!r} would have digits {_length(height)} high, lower than "
                f"min_text_height, {style.min_text_height}: leave more room (fit), make it "
                "shorter or larger, show fewer neurons (max_shown), or allow lower ones"
            )


def _string(text: Any) -> str:
    string: str = text.original_text if isinstance(text, Text) else text.tex_string
    return string


def _length(units: float) -> str:
    """Return a length in scene units, and in pixels of the usual film."""
    return f"{units:.3f} ({_LINES / config.frame_height * units:.1f} pixels of {_LINES} lines)"
