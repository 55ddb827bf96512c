"""A network on screen: layers of neurons and maps, edges that are weights, labels, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    FadeIn,
    ManimColor,
    Mobject,
    MoveToTarget,
    ParsableManimColor,
    Rectangle,
    ReplacementTransform,
    Restore,
    Transform,
    VGroup,
    override_animate,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.camera.drawing import require_cairo
from nnviz.mobjects.edges import Edge, EdgeArray, EdgeSelection
from nnviz.mobjects.network import layout
from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.errors import ErrorRings
from nnviz.mobjects.network.kernels import ShownKernels, placed_kernels
from nnviz.mobjects.network.layers import LayerGroup, NeuronLayer
from nnviz.mobjects.network.links import (
    Weights,
    counts_of_edges,
    ends_of_edges,
    strokes_of_weights,
    weight_steps,
    weights_of,
)
from nnviz.mobjects.network.morph import NetworkMorph, fits
from nnviz.mobjects.network.path import HighlightedPath, paintable_parts
from nnviz.mobjects.network.pictures import in_words, layers_of, picture_of
from nnviz.mobjects.network.receptive_field import (
    WindowLayer,
    middle_unit,
    receptive_field_of,
    window_layer,
)
from nnviz.mobjects.network.style import Direction, Fit, NetworkStyle
from nnviz.mobjects.network.values import (
    ActivationNumbers,
    BiasNumbers,
    EdgeNumberGrounds,
    EdgeNumbers,
)
from nnviz.mobjects.notebook import ShownInNotebooks
from nnviz.mobjects.painting import FILL, STROKE, Repaint, at_once
from nnviz.mobjects.parts import Bearer, Part, State
from nnviz.mobjects.writing import Writing
from nnviz.network import BackwardPass, Conv2D, ForwardPass, Gradient, Network

__all__ = ["NetworkMobject"]


class NetworkMobject(ShownInNotebooks, VGroup):
    """A feed-forward network: its layers in a row, and one line for every weight shown.

    What is drawn follows the engine: :meth:`show_activations`, :meth:`show_weights` and
    :meth:`show_gradient` set fills, colours and widths from its numbers, at once or through
    ``.animate``. The network, and what of it is shown, go with the picture into copies, and into
    what takes on its look: by ``become`` and ``Restore``, and at the end of a ``Transform``.

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

    network: State[Network] = State()
    style: State[NetworkStyle] = State()
    edges: Part[EdgeArray] = Part(
        0, doc="All weights' edges, input side first, those out of one neuron next to each other."
    )
    layers: Part[LayerGroup] = Part(
        1,
        doc="The layers (:class:`LayerMobject`), input first. ``layers[l].neurons`` holds the "
        "neurons shown; ``layers[l].neuron_of(k)`` is that of unit k, and "
        "``layers[l].shown_units`` says which units the neurons are.",
    )
    connections: Part[VGroup] = Part(
        2, doc="What else ties the layers, a group for each layer after the input."
    )
    input_labels: Part[VGroup] = Part(3, 0, doc="The texts beside the input layer.")
    output_labels: Part[VGroup] = Part(3, 1, doc="The texts beside the output layer.")
    layer_titles: Part[VGroup] = Part(3, 2, doc="The titles of the layers.")
    annotations: Part[VGroup] = Part(
        4, doc="What follows the picture (:class:`Annotation`): numbers, rings, a path, kernels."
    )

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
        layers = layers_of(network, style, keep_output=len(output_labels) > 0)
        words = layout.Words(
            layout.side_labels(layers[0], input_labels, "input", style),
            layout.side_labels(layers[-1], output_labels, "output", style),
            layout.layer_words(layer_titles, layers, style),
        )
        layout.arrange(layers, words, style)
        connections = VGroup(
            *(
                picture_of(layer).connections(layer, before, after, style)
                for layer, (before, after) in zip(network.layers, pairwise(layers), strict=True)
            )
        )
        ends = ends_of_edges(network, layers)
        edges = EdgeArray(*ends, ManimColor(style.edge_color), style.edge_width)
        super().__init__(edges, layers, connections, words.all(), VGroup())
        self.network, self.style = network, style
        layout.fitted(self, style)

    # What the picture is made of

    @property
    def bearer(self) -> Bearer | None:
        """That of the first layer."""
        return self.layers[0].bearer

    def __repr__(self) -> str:
        return type(self).__name__

    @property
    def shown(self) -> list[NDArray[np.float64] | None]:
        """Which activations each layer shows, the input first; None where it shows none."""
        return [layer.activations for layer in self.layers]

    @property
    def edge_groups(self) -> list[EdgeSelection]:
        """The parts of the edges between each layer and the next; empty where none are weights."""
        bounds = np.cumsum([0, *counts_of_edges(self.network, self.layers)])
        return [self.edges[first:last] for first, last in pairwise(bounds)]

    @property
    def values(self) -> VGroup:
        """The numbers in neurons, a group a layer; empty where none are shown."""
        return self._annotation(ActivationNumbers)

    @property
    def edge_values(self) -> VGroup:
        """The numbers on edges, a group for each group of edges; empty where none are shown."""
        return self._annotation(EdgeNumbers)

    @property
    def biases(self) -> VGroup:
        """The numbers beside neurons, a group for each layer after the input, if shown."""
        return self._annotation(BiasNumbers)

    @property
    def path(self) -> VGroup:
        """The lit edges of a highlighted path; empty where none is."""
        return self._annotation(HighlightedPath)

    @property
    def errors(self) -> VGroup:
        """The rings that show dC/dz, a group for each layer after the input, if shown.

        Animations leave transparent ones.
        """
        return self._annotation(ErrorRings)

    @property
    def kernels(self) -> VGroup:
        """The kernels shown, a :class:`KernelGrid` for each layer; empty where none are."""
        return self._annotation(ShownKernels)

    def edge(self, layer: int, i: int, j: int) -> Edge:
        """Return the edge from shown neuron ``i`` of ``layer`` to shown neuron ``j`` of the next.

        Raises
        ------
        IndexError
            If there is no such layer or neuron.
        """
        layer = self.edge_group_index(layer)
        rows, columns = self._shown(layer), self._shown(layer + 1)
        if not (-rows <= i < rows and -columns <= j < columns):
            raise IndexError(
                f"no edge from neuron {i} to {j} after layer {layer}: "
                f"{rows} and {columns} neurons are shown"
            )
        edge: Edge = self.edge_groups[layer][(i % rows) * columns + j % columns]
        return edge

    def edges_into(self, layer: int, j: int) -> EdgeSelection:
        """Return the edges into shown neuron ``j`` of ``layer`` (1 or more), from top to bottom."""
        layer = self.layer_index(layer)
        if layer == 0:
            raise IndexError("no edges lead into layer 0, the input")
        columns = self._shown(layer)
        if not -columns <= j < columns:
            raise IndexError(f"no edges into neuron {j} of layer {layer}: {columns} are shown")
        edges: EdgeSelection = self.edge_groups[layer - 1][j % columns :: columns]
        return edges

    def edges_out_of(self, layer: int, i: int) -> EdgeSelection:
        """Return the edges out of shown neuron ``i`` of ``layer``, from top to bottom."""
        layer = self.layer_index(layer)
        if layer == len(self.layers) - 1:
            raise IndexError(f"no edges lead out of layer {layer}, the output")
        rows, columns = self._shown(layer), self._shown(layer + 1)
        if not -rows <= i < rows:
            raise IndexError(f"no edges out of neuron {i} of layer {layer}: {rows} are shown")
        first = i % rows * columns
        edges: EdgeSelection = self.edge_groups[layer][first : first + columns]
        return edges

    def shown_weights(self, layer: int, weights: Weights | None = None) -> NDArray[np.float64]:
        """Return the weights that the edges after ``layer`` stand for.

        Parameters
        ----------
        layer
            Index of the group of edges.
        weights
            Matrices shaped like the network's weights to pick from, one a layer and None for a
            layer without; its own by default.

        Returns
        -------
        numpy.ndarray
            Shape (neurons shown in this layer, neurons shown in the next): ``[i, j]``
            belongs to ``edge(layer, i, j)``.
        """
        layer = self.edge_group_index(layer)
        matrix = (weights_of(self.network) if weights is None else weights)[layer]
        assert matrix is not None
        before, after = self._neurons(layer), self._neurons(layer + 1)
        columns = before.shown_units
        if layer == 0 and self.style.input_columns == "middle":
            start = (matrix.shape[1] - len(columns)) // 2
            columns = np.arange(start, start + len(columns))
        shown: NDArray[np.float64] = matrix[np.ix_(after.shown_units, columns)].T
        return shown

    def relative_weights(self, layer: int) -> NDArray[np.float64]:
        """Return the shown weights over the largest of their sizes, in [-1, 1]."""
        weights = self.shown_weights(layer)
        return weights / (np.abs(weights).max() or 1.0)

    def put_edges_on_neurons(self) -> Self:
        """Draw every edge from circle to circle again, after neurons moved."""
        self.edges.set_ends(*ends_of_edges(self.network, self.layers))
        return self

    # Activations

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
        of_layers = self.per_layer(activations)
        for layer, values in zip(self.layers, of_layers, strict=True):
            layer.show_activations(values)
        for k, values in enumerate(of_layers):
            at_once(self._activation_changes(k, values))
        return self

    @override_animate(show_activations)  # type: ignore[arg-type]
    def _animate_activations(
        self,
        activations: ForwardPass | Sequence[ArrayLike],
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Change fills and numbers only."""
        moves = [
            change
            for k, values in enumerate(self.per_layer(activations))
            for change in self.changes_of_layer(k, values)
        ]
        return AnimationGroup(*moves, **_of_group(self, anim_args))

    def changes_of_layer(self, layer: int, values: ArrayLike) -> list[Animation]:
        """Return animations in which a layer comes to show activations, and its numbers follow.

        Parameters
        ----------
        layer
            Which layer, counted with the input as 0.
        values
            Its activations.
        """
        array = self.layers[layer].checked(values, "activations")
        return [self.layers[layer].change_to(array), *self._activation_changes(layer, array)]

    def hide_activations(self) -> Self:
        """Empty all neurons and maps."""
        for layer in self.layers:
            layer.empty()
        return self

    # Weights

    def show_weights(self, network: Network | None = None, exponent: float | None = None) -> Self:
        """Colour every edge by its weight's sign and make it as wide as the weight is strong.

        Parameters
        ----------
        network
            New parameters to show and keep, for example after a step of training.
        exponent
            What a weight's share of the largest is raised to for the width; the style's
            ``weight_exponent`` by default.

        Raises
        ------
        ValueError
            If the new network has other layers.
        """
        self._take(network)
        self.edges.match_style(self.edges_by_weights(exponent))
        at_once(self.parameter_changes())
        return self

    @override_animate(show_weights)  # type: ignore[arg-type]
    def _animate_weights(
        self,
        network: Network | None = None,
        exponent: float | None = None,
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Change edges, kernels and their numbers only."""
        self._take(network)
        moves = [self._repaint(self.edges_by_weights(exponent)), *self.parameter_changes()]
        return AnimationGroup(*moves, **_of_group(self, anim_args))

    def parameter_changes(self, network: Network | None = None) -> list[Animation]:
        """Return animations in which annotations come to show parameters.

        Parameters
        ----------
        network
            With the parameters; the picture's own by default. The picture keeps its own.
        """
        of = network or self.network
        return [
            change
            for one in self.annotations
            if isinstance(one, Annotation)
            for change in one.parameter_changes(self, of)
        ]

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

    @override_animate(show_gradient)  # type: ignore[arg-type]
    def _animate_gradient(
        self,
        gradient: Gradient,
        exponent: float | None = None,
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Change the edges only."""
        return self._repaint(self.edges_by_gradient(gradient, exponent), **(anim_args or {}))

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

    # What is put on it

    def annotate(self, annotation: Annotation) -> Self:
        """Put an annotation on the picture, instead of one of its class that may be there.

        Parameters
        ----------
        annotation
            In its place. It is a part of the picture from now on, and follows it.
        """
        self.unannotate(type(annotation))
        self.annotations.add(annotation)
        self.annotations.submobjects.sort(key=lambda one: getattr(one, "rank", 0))
        return self

    def unannotate(self, kind: type[Annotation]) -> Self:
        """Take away the annotation of a class, if there is one.

        Parameters
        ----------
        kind
            The class.
        """
        self.annotations.remove(*(one for one in self.annotations if type(one) is kind))
        return self

    def show_values(
        self,
        activations: ForwardPass | Sequence[ArrayLike],
        decimals: int = 2,
        layers: Sequence[int] | None = None,
    ) -> Self:
        """Show activations, and write them into the neurons, black where a neuron is bright.

        From then on the numbers follow :meth:`show_activations`.

        Parameters
        ----------
        activations
            As for :meth:`show_activations`.
        decimals, layers
            As for :class:`~nnviz.mobjects.network.values.ActivationNumbers`.

        Raises
        ------
        ValueError
            If the neurons are too small for numbers that can be read.
        """
        values = self.per_layer(activations)
        self.annotate(ActivationNumbers(self, values, decimals, layers))
        return self.show_activations(activations)

    def hide_values(self) -> Self:
        """Take the numbers out of the neurons."""
        return self.unannotate(ActivationNumbers)

    def show_edge_values(
        self, decimals: int = 2, layers: Sequence[int] | None = None, height: float = 0.15
    ) -> Self:
        """Write the weights onto their edges; they follow :meth:`show_weights`.

        Parameters, and errors, are those of :class:`~nnviz.mobjects.network.values.EdgeNumbers`.
        """
        numbers = EdgeNumbers(self, decimals, height, layers)
        return self.annotate(EdgeNumberGrounds(numbers)).annotate(numbers)

    def hide_edge_values(self) -> Self:
        """Take the numbers off the edges."""
        return self.unannotate(EdgeNumbers).unannotate(EdgeNumberGrounds)

    def show_biases(self, decimals: int = 2, height: float = 0.15) -> Self:
        """Write biases beside the neurons of dense layers; they follow :meth:`show_weights`.

        Parameters, and errors, are those of :class:`~nnviz.mobjects.network.values.BiasNumbers`.
        """
        return self.annotate(BiasNumbers(self, decimals, height))

    def hide_biases(self) -> Self:
        """Take the biases away."""
        return self.unannotate(BiasNumbers)

    def highlight_path(self, path: Sequence[int | Sequence[int] | None]) -> Self:
        """Light the edges between chosen neurons up, and dim all others.

        Parameters
        ----------
        path
            For each layer, the input first: the index of a neuron shown, several, or None for
            all of them.

        Raises
        ------
        ValueError
            If there are not as many entries as layers.
        IndexError
            If there is no such neuron.
        """
        self.hide_path()
        lit = HighlightedPath(self, path)
        lit.dim_beside(self)
        return self.annotate(lit)

    def hide_path(self) -> Self:
        """Undo :meth:`highlight_path`."""
        lit = self.path
        if isinstance(lit, HighlightedPath):
            lit.undim(self)
        return self.unannotate(HighlightedPath)

    @override_animate(highlight_path)  # type: ignore[arg-type]
    def _animate_highlight_path(
        self, path: Sequence[int | Sequence[int] | None], anim_args: dict[str, Any] | None = None
    ) -> Animation:
        """Dim what is beside the path, and fade the lit edges in."""
        after = self.copy().highlight_path(path)
        lit = after.path.copy()
        assert isinstance(lit, HighlightedPath)
        moves = self._opacities_of(after)
        self.annotate(lit)
        for layer, other in zip(self.layers, after.layers, strict=True):
            layer.strengths = other.strengths
        return AnimationGroup(FadeIn(lit), *moves, **_of_group(self, anim_args))

    @override_animate(hide_path)  # type: ignore[arg-type]
    def _animate_hide_path(self, anim_args: dict[str, Any] | None = None) -> Animation:
        """Give everything its opacity back, and let the lit edges vanish."""
        after = self.copy().hide_path()
        moves = self._opacities_of(after)
        for layer, other in zip(self.layers, after.layers, strict=True):
            layer.strengths = other.strengths
        moves += [lit.animate.set_stroke(opacity=0).build() for lit in self.path]
        return AnimationGroup(
            *moves,
            _on_finish=lambda _: self.unannotate(HighlightedPath),
            **_of_group(self, anim_args),
        )

    def _opacities_of(self, after: NetworkMobject) -> list[Animation]:
        """Return animations in which all that a path dims becomes as a copy's."""
        ours, others = paintable_parts(self), paintable_parts(after)
        return [self._repaint(after.edges), Repaint(self, ours, FILL + STROKE, others)]

    def show_errors(self, backward: BackwardPass | Sequence[ArrayLike]) -> Self:
        """Draw rings around neurons and maps that show dC/dz, the errors of backpropagation.

        A ring has the style's ``increase_color`` where dC/dz is negative, so that a larger z
        lowers the cost, and ``decrease_color`` where it is positive. Within a layer it is as
        opaque as dC/dz is large in absolute value, from nothing to the largest shown, and its
        width grows with that from one to three of a neuron's own. A feature map has the sum over
        its values, which is what raising all of them alike would do. The input has no z.

        Parameters
        ----------
        backward
            What :meth:`Network.backward_pass` returned for one example, or dC/dz as one array for
            each layer after the input.

        Raises
        ------
        ValueError
            If layers or sizes do not fit.
        """
        return self.annotate(self.rings_by_errors(backward))

    @override_animate(show_errors)  # type: ignore[arg-type]
    def _animate_errors(
        self,
        backward: BackwardPass | Sequence[ArrayLike],
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Fade the rings in, or change those that there are."""
        rings = self.rings_by_errors(backward)
        return self.prepared_rings().prepare_for(rings).change_to(self, rings, **(anim_args or {}))

    def hide_errors(self) -> Self:
        """Take the rings of :meth:`show_errors` away."""
        return self.unannotate(ErrorRings)

    def rings_by_errors(self, backward: BackwardPass | Sequence[ArrayLike]) -> ErrorRings:
        """Return rings of their own, as :meth:`show_errors` draws them."""
        errors = backward.errors if isinstance(backward, BackwardPass) else backward
        return ErrorRings(self, errors)

    def prepared_rings(self) -> ErrorRings:
        """Return the picture's rings; where there are none, transparent ones are put on it."""
        rings = self.errors
        if not isinstance(rings, ErrorRings):
            rings = ErrorRings(self, [np.zeros(layer.shape) for layer in self.layers[1:]])
            self.annotate(rings)
        return rings

    def show_receptive_field(
        self,
        layer: int,
        channel: int | None = None,
        row: int | None = None,
        column: int | None = None,
    ) -> Self:
        """Show where one unit of a convolution or a pooling looks, on the maps before it.

        A small square is the unit, larger ones are its window on every map that it looks at, as far
        as that lies in the map; what lies in the padding is not drawn. A network is drawn with the
        receptive field of a unit near the middle in every such layer. The picture itself is
        ``net.connections[layer - 1][0]``.

        Parameters
        ----------
        layer
            The unit's layer, counted with the input as 0.
        channel, row, column
            Of the unit in its layer, from 0; what is not given is near the middle.

        Raises
        ------
        ValueError
            If its units do not look through windows, or there is no such unit, or it is not shown.
        """
        k = self._layer_with_windows(layer)
        windows = window_layer(self.network.layers[k - 1])
        before, after = self.layers[k - 1], self.layers[k]
        middle = middle_unit(windows, before, after) or (0, 0, 0)
        unit = (
            middle[0] if channel is None else channel,
            middle[1] if row is None else row,
            middle[2] if column is None else column,
        )
        mark = receptive_field_of(windows, before, after, self.style, unit)
        self.hide_receptive_fields([k])
        self.connections[k - 1].add(mark)
        return self

    def hide_receptive_fields(self, layers: Sequence[int] | None = None) -> Self:
        """Take receptive fields away.

        Parameters
        ----------
        layers
            Those of units in which layers; all by default.
        """
        for k in range(1, len(self.layers)) if layers is None else map(self.layer_index, layers):
            if isinstance(self.network.layers[k - 1], WindowLayer):
                self.connections[k - 1].remove(*self.connections[k - 1])
        return self

    def show_kernels(self, layer: int, height: float = 0.5) -> Self:
        """Show the kernels of a convolution as small images, above or below its maps.

        They follow :meth:`show_weights`.

        Parameters
        ----------
        layer
            Which layer, counted with the input as 0.
        height
            Of a kernel, in scene units; smaller where there is not the room.

        Raises
        ------
        ValueError
            If the layer is no convolution, or there is no room for images that can be seen.
        """
        k = self._layer_with_windows(layer)
        convolution = self.network.layers[k - 1]
        if not isinstance(convolution, Conv2D):
            raise ValueError(f"layer {k} is {convolution.name}, which has no kernels")
        self.hide_kernels([k])
        if not len(self.kernels):
            self.annotate(ShownKernels(len(self.layers)))
        self.kernels[k].add(placed_kernels(convolution, self, self.layers, k, height))
        return self

    def hide_kernels(self, layers: Sequence[int] | None = None) -> Self:
        """Take kernels away.

        Parameters
        ----------
        layers
            Those of which layers; all by default.
        """
        for k in range(len(self.layers)) if layers is None else map(self.layer_index, layers):
            if len(self.kernels):
                self.kernels[k].remove(*self.kernels[k])
        return self

    # Manim's own: the network goes with the picture

    def become(
        self,
        mobject: Mobject,
        match_height: bool = False,
        match_width: bool = False,
        match_depth: bool = False,
        match_center: bool = False,
        stretch: bool = False,
    ) -> Self:
        """Become a copy of another mobject, as Manim's method does; of any other network, too."""
        if not isinstance(mobject, NetworkMobject) or fits(self, mobject):
            return super().become(
                mobject, match_height, match_width, match_depth, match_center, stretch
            )
        # Manim fits the one to the other before it looks at their parts.
        frame = Rectangle(width=self.width, height=self.height).move_to(self)
        other = mobject.copy()
        if stretch:
            other.stretch_to_fit_height(frame.height).stretch_to_fit_width(frame.width)
        elif match_height:
            other.match_height(frame)
        elif match_width:
            other.match_width(frame)
        if match_center:
            other.move_to(frame)
        return self.take_over(other)

    def take_over(self, other: NetworkMobject) -> Self:
        """Have the parts, the network and the style of another picture, which is given up."""
        self.submobjects = other.submobjects
        return self

    def align_data(self, mobject: Mobject, skip_point_alignment: bool = False) -> Any:
        """Prepare for turning into another mobject; another network needs the same parts."""
        if isinstance(mobject, NetworkMobject) and isinstance(self.errors, ErrorRings):
            # Animations put rings on the picture, perhaps after the other was made of it.
            mobject.prepared_rings()
        if isinstance(mobject, NetworkMobject) and not fits(self, mobject):
            raise ValueError(
                f"the picture of {in_words(self.network)} cannot turn part by part into that of "
                f"{in_words(mobject.network)}, or into one with other annotations: play "
                "Transform(net, other), ReplacementTransform(net, other) or FadeTransform(net, "
                "other) of the pictures themselves"
            )
        return super().align_data(mobject, skip_point_alignment)

    # Inside

    def _annotation(self, kind: type[Annotation]) -> VGroup:
        return next((one for one in self.annotations if type(one) is kind), VGroup())

    def _activation_changes(self, layer: int, values: NDArray[np.float64]) -> list[Animation]:
        return [
            change
            for one in self.annotations
            if isinstance(one, Annotation)
            for change in one.activation_changes(self, layer, values)
        ]

    def _repaint(self, painted: EdgeArray, **kwargs: Any) -> Repaint:
        """Return an animation in which the edges come to look as others."""
        return Repaint(self, [self.edges], STROKE, [painted], **kwargs)

    def _shown(self, layer: int) -> int:
        return len(self.layers[layer].neurons)

    def _neurons(self, layer: int) -> NeuronLayer:
        found = self.layers[layer]
        assert isinstance(found, NeuronLayer)  # there are edges at it
        return found

    def layer_index(self, layer: int) -> int:
        """Return a layer's index from 0; negative ones count from the end."""
        count = len(self.layers)
        if not -count <= layer < count:
            raise IndexError(f"no layer {layer}: there are {count}")
        return layer % count

    def edge_group_index(self, layer: int) -> int:
        """Return the index from 0 of the group of edges after a layer, which there must be."""
        count = len(self.network.layers)
        if not -count <= layer < count:
            raise IndexError(f"no edges after layer {layer}: there are {count} groups of edges")
        layer %= count
        if not picture_of(self.network.layers[layer]).has_edges:
            kind = self.network.layers[layer].name
            raise IndexError(
                f"no edges after layer {layer}: what follows is {kind}, which has no weight for "
                "each pair of neurons"
            )
        return layer

    def _layer_with_windows(self, layer: int) -> int:
        k = self.layer_index(layer)
        if k == 0:
            raise ValueError("layer 0 is the input, which looks at nothing")
        window_layer(self.network.layers[k - 1])
        return k

    def per_layer(
        self, activations: ForwardPass | Sequence[ArrayLike]
    ) -> list[NDArray[np.float64]]:
        """Return activations as one array a layer, the input first.

        Raises
        ------
        ValueError
            If there are not as many as layers.
        """
        values = activations.activations if isinstance(activations, ForwardPass) else activations
        if len(values) != len(self.layers):
            raise ValueError(
                f"a network of {len(self.layers)} layers got activations for {len(values)}"
            )
        return [np.asarray(one, dtype=float) for one in values]

    def _take(self, network: Network | None) -> None:
        if network is None:
            return
        if network.shapes != self.network.shapes or [type(one) for one in network.layers] != [
            type(one) for one in self.network.layers
        ]:
            raise ValueError(
                f"the picture shows {in_words(self.network)}, not {in_words(network)}: make "
                "another NetworkMobject for that"
            )
        self.network = network

    def _painted(
        self,
        weights: Weights,
        positive: ParsableManimColor,
        negative: ParsableManimColor,
        exponent: float | None,
    ) -> EdgeArray:
        painted: EdgeArray = self.edges.separate()
        if not len(painted):
            return painted
        shown = [
            self.shown_weights(layer, weights)
            for layer, group in enumerate(self.edge_groups)
            if len(group)
        ]
        return painted.set_stroke(
            *strokes_of_weights(shown, positive, negative, self.style, exponent)
        )


def _of_group(net: NetworkMobject, anim_args: dict[str, Any] | None) -> dict[str, Any]:
    """Return options of a group of animations that leave the picture's place alone."""
    return {"group": net, "suspend_mobject_updating": False} | (anim_args or {})


def _turned(animation: type[Transform], *, replaces: bool = False) -> None:
    """Let one of Manim's animations turn pictures of other parts into each other, too."""

    def turn(net: NetworkMobject, target: Mobject | None = None, **kwargs: Any) -> Animation:
        other = target
        if animation is MoveToTarget:
            other = net.target
        elif animation is Restore:
            other = getattr(net, "saved_state", None)
        if isinstance(other, NetworkMobject) and not fits(net, other):
            return NetworkMorph(net, other, replaces=replaces, **kwargs)
        words = () if target is None else (target,)
        return animation(net, *words, **kwargs, use_override=False)

    NetworkMobject.add_animation_override(animation, turn)


for _animation in (Transform, MoveToTarget, Restore):
    _turned(_animation)
_turned(ReplacementTransform, replaces=True)
