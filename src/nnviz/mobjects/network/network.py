"""A network on screen: layers of neurons and maps, edges that are weights, labels, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Literal, Self

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    ManimColor,
    Mobject,
    MoveToTarget,
    ParsableManimColor,
    Transform,
    override_animate,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.drawing import require_cairo
from nnviz.mobjects.edges import EdgeArray
from nnviz.mobjects.network import layout
from nnviz.mobjects.network.annotated import Annotated
from nnviz.mobjects.network.layers import LayerGroup, MapLayer, NeuronLayer, Range
from nnviz.mobjects.network.parts import weight_steps, weights_of
from nnviz.mobjects.network.pictures import picture_of
from nnviz.mobjects.network.style import Direction, Fit, NetworkStyle
from nnviz.mobjects.network.values import changes_of, show_numbers
from nnviz.mobjects.writing import Writing
from nnviz.network import ForwardPass, Gradient, Network

__all__ = ["NetworkMobject"]

#: Neurons shown of layers that a mapping leaves out.
_MAX_SHOWN = 16


class NetworkMobject(Annotated):
    """A feed-forward network: its layers in a row, and one line for every weight shown.

    Parts are found by position, so they are found in copies too. What is drawn follows the
    engine: :meth:`show_activations`, :meth:`show_weights` and :meth:`show_gradient` set fills,
    colours and widths from its numbers, at once or through ``.animate``.

    Every kind of layer is drawn by its entry in
    :data:`~nnviz.mobjects.network.pictures.LAYER_PICTURES`: dense layers as neurons, images and
    feature maps as images.

    Parameters
    ----------
    network
        What to show.
    style
        How it looks; the other arguments change it. By default the style for the background.
    input_labels, output_labels
        Texts (or mobjects) beside the neurons of the first and the last layer: one for every
        unit, or for every neuron shown. Strings are set by the style's `writing`.
    layer_titles
        Texts (or mobjects) above the layers, one each, the input included; None leaves one out.
    fit ... count_height
        The attributes of :class:`NetworkStyle`, which says what they are; what is not given is as
        in `style`.

    Raises
    ------
    ValueError
        If labels or titles are not as many as there are places, or an option is out of range.
    LatexMissingError
        If the writing asked for needs LaTeX, which is not installed.

    Examples
    --------
    >>> from nnviz import Network, NetworkMobject
    >>> network = Network.random([3, 4, 2], seed=0)
    >>> picture = NetworkMobject(network, output_labels=["yes", "no"])
    >>> picture.show_activations(network.forward_pass([0.1, 0.5, 0.9]))
    NetworkMobject
    >>> picture.edge(0, 2, 1).get_stroke_width() > 0  # from input 2 to hidden neuron 1
    True
    """

    def __init__(
        self,
        network: Network,
        style: NetworkStyle | None = None,
        output_labels: Sequence[str | Mobject] = (),
        *,
        input_labels: Sequence[str | Mobject] = (),
        layer_titles: Sequence[str | Mobject | None] = (),
        fit: Fit | Literal["style"] = "style",
        direction: Direction | None = None,
        max_shown: int | Mapping[int, int] | None = None,
        neuron_radius: float | None = None,
        neuron_buff: float | None = None,
        layer_buff: float | None = None,
        dots_buff: float | None = None,
        neuron_stroke_color: ParsableManimColor | None = None,
        neuron_stroke_width: float | None = None,
        neuron_fill_color: ParsableManimColor | None = None,
        negative_fill_color: ParsableManimColor | None = None,
        activation_limit: float | Mapping[int, float] | None = None,
        edge_color: ParsableManimColor | None = None,
        edge_width: float | None = None,
        positive_color: ParsableManimColor | None = None,
        negative_color: ParsableManimColor | None = None,
        increase_color: ParsableManimColor | None = None,
        decrease_color: ParsableManimColor | None = None,
        min_edge_width: float | None = None,
        max_edge_width: float | None = None,
        weight_exponent: float | None = None,
        highlight_color: ParsableManimColor | None = None,
        dim_opacity: float | None = None,
        input_columns: Literal["middle", "shown"] | None = None,
        image_height: float | None = None,
        map_height: float | None = None,
        map_buff: float | None = None,
        max_maps: int | None = None,
        writing: Writing | None = None,
        text_color: ParsableManimColor | None = None,
        contrast_color: ParsableManimColor | None = None,
        label_height: float | None = None,
        label_buff: float | None = None,
        max_label_width: float | None = None,
        title_height: float | None = None,
        count_height: float | None = None,
    ) -> None:
        require_cairo()
        given = locals()
        changes = {
            option.name: given[option.name]
            for option in fields(NetworkStyle)
            if given[option.name] is not None and option.name != "fit"
        }
        if fit != "style":
            changes["fit"] = fit
        style = replace(style or NetworkStyle(), **changes)
        layers = _layers(network, style, keep_output=len(output_labels) > 0)
        words = layout.Words(
            layout.side_labels(layers[0], input_labels, "input", style),
            layout.side_labels(layers[-1], output_labels, "output", style),
            layout.layer_words(layer_titles, layers, style),
        )
        layout.arrange(layers, words, style)
        super().__init__(network, style, layers, words.all())
        layout.fitted(self, style)

    def show_activations(self, activations: ForwardPass | Sequence[ArrayLike]) -> Self:
        """Fill neurons and maps with their activations, and let numbers shown follow.

        How bright an activation is, is said by the style's ``activation_limit``.

        Parameters
        ----------
        activations
            What :meth:`Network.forward_pass` returned for one input, or one array a layer.

        Raises
        ------
        ValueError
            If layers or sizes do not fit.
        """
        for layer, values in zip(self.layers, self._per_layer(activations), strict=True):
            layer.show_activations(values)
        for _, numbers, shown, limit in self.numbers_of_layers(activations):
            show_numbers(numbers, shown, limit)
        return self

    def hide_activations(self) -> Self:
        """Empty all neurons and maps."""
        for layer in self.layers:
            layer.empty()
        return self

    def show_weights(self, network: Network | None = None, exponent: float | None = None) -> Self:
        """Colour every edge by its weight's sign and make it as wide as the weight is strong.

        Parameters
        ----------
        network
            New parameters to show and keep, for example after a step of training.
        exponent
            Of the width; the style's ``weight_exponent`` by default.

        Raises
        ------
        ValueError
            If the new network has other layers.
        """
        self._take(network)
        self.edges.match_style(self.edges_by_weights(exponent))
        for numbers, values in self.numbers_of_parameters():
            show_numbers(numbers, values)
        for grid, layer in self.kernels_and_layers():
            grid.show_kernels(layer)
        return self

    def show_gradient(self, gradient: Gradient, exponent: float | None = None) -> Self:
        """Colour every edge by what a step along the negative gradient does to its weight.

        Parameters
        ----------
        gradient
            Of the cost, shaped like the network.
        exponent
            Of the width; the style's ``weight_exponent`` by default.
        """
        self.edges.match_style(self.edges_by_gradient(gradient, exponent))
        return self

    def edges_by_weights(
        self, exponent: float | None = None, network: Network | None = None
    ) -> EdgeArray:
        """Return edges of their own in the same places, as :meth:`show_weights` paints them.

        Parameters
        ----------
        exponent
            As for :meth:`show_weights`.
        network
            Whose weights; the picture's own by default. It stays as it is.
        """
        weights = weights_of(network or self.network)
        return self._painted(
            weights, self.style.positive_color, self.style.negative_color, exponent
        )

    def edges_by_gradient(self, gradient: Gradient, exponent: float | None = None) -> EdgeArray:
        """Return edges of their own in the same places, as :meth:`show_gradient` paints them."""
        steps = weight_steps(self.network, gradient)
        return self._painted(steps, self.style.increase_color, self.style.decrease_color, exponent)

    def hide_weights(self) -> Self:
        """Give all edges the style's plain colour and width back."""
        self.edges.set_stroke(ManimColor(self.style.edge_color), self.style.edge_width)
        return self

    @override_animate(show_activations)  # type: ignore[arg-type]
    def _animate_activations(
        self,
        activations: ForwardPass | Sequence[ArrayLike],
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Fade the layers only: edges stand still."""
        moves: list[Animation] = [
            MoveToTarget(layer.aimed_at(values))
            for layer, values in zip(self.layers, self._per_layer(activations), strict=True)
        ]
        for _, numbers, shown, limit in self.numbers_of_layers(activations):
            moves += changes_of(numbers, shown, limit)
        return AnimationGroup(*moves, **{"group": self} | (anim_args or {}))

    @override_animate(show_weights)  # type: ignore[arg-type]
    def _animate_weights(
        self,
        network: Network | None = None,
        exponent: float | None = None,
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Change edges, kernels and their numbers only: neurons and labels stand still."""
        self._take(network)
        painted = self.edges_by_weights(exponent)
        others: list[Animation] = [
            change
            for numbers, values in self.numbers_of_parameters()
            for change in changes_of(numbers, values)
        ]
        for grid, layer in self.kernels_and_layers():
            grid.generate_target().show_kernels(layer)
            others.append(MoveToTarget(grid))
        if not others:
            return Transform(self.edges, painted, **(anim_args or {}))
        return AnimationGroup(
            Transform(self.edges, painted), *others, **{"group": self} | (anim_args or {})
        )

    @override_animate(show_gradient)  # type: ignore[arg-type]
    def _animate_gradient(
        self,
        gradient: Gradient,
        exponent: float | None = None,
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Change the edges only: neurons and labels stand still."""
        painted = self.edges_by_gradient(gradient, exponent)
        return Transform(self.edges, painted, **(anim_args or {}))

    # Inside

    def _take(self, network: Network | None) -> None:
        if network is None:
            return
        if network.shapes != self.network.shapes or [type(one) for one in network.layers] != [
            type(one) for one in self.network.layers
        ]:
            raise ValueError(
                f"the picture shows {_in_words(self.network)}, not {_in_words(network)}: make "
                "another NetworkMobject for that"
            )
        self.network = network

    def _painted(
        self,
        weights: Sequence[NDArray[np.float64] | None],
        positive: ParsableManimColor,
        negative: ParsableManimColor,
        exponent: float | None,
    ) -> EdgeArray:
        painted: EdgeArray = self.edges.separate()
        if not len(painted):
            return painted
        power = self.style.weight_exponent if exponent is None else exponent
        signs = np.array([ManimColor(negative).to_rgb(), ManimColor(positive).to_rgb()])
        shown = [
            self.shown_weights(layer, weights).ravel()
            for layer, group in enumerate(self.edge_groups)
            if len(group)
        ]
        relative = [np.abs(some) / (np.abs(some).max(initial=0.0) or 1.0) for some in shown]
        least, most = self.style.min_edge_width, self.style.max_edge_width
        return painted.set_stroke(
            signs[(np.concatenate(shown) > 0).astype(int)],
            np.maximum(least, most * np.concatenate(relative) ** power),
        )


def _layers(network: Network, style: NetworkStyle, keep_output: bool) -> LayerGroup:
    """Return the pictures of all layers, not arranged yet."""
    if not network.is_chain:
        raise ValueError(
            f"only chains of layers are drawn, each taking what the one before gives, not {network}"
        )
    count = len(network.layers) + 1

    def options(layer: int) -> tuple[int, float | None]:
        limit = style.of_layer("activation_limit", layer, count)
        most = style.of_layer("max_shown", layer, count)
        is_asked = isinstance(style.max_shown, dict) and most is not None
        if layer == count - 1 and keep_output and not is_asked:
            return network.sizes[layer], limit
        return (_MAX_SHOWN if most is None else most), limit

    values = Range(None, None)
    most, limit = options(0)
    shape = network.input_shape
    layers = LayerGroup()
    if len(shape) == 3:
        layers.add(MapLayer(shape, style, values, limit, is_image=True))
    else:
        layers.add(NeuronLayer(network.sizes[0], style, values, most, limit))
    for k, layer in enumerate(network.layers, start=1):
        values = picture_of(layer).values(layer, values)
        layers.add(picture_of(layer).make(network.shapes[k], style, values, *options(k)))
    return layers


def _in_words(network: Network) -> str:
    kinds = ", ".join(layer.name for layer in network.layers)
    return f"a network of sizes {tuple(network.sizes)} ({kinds})"
