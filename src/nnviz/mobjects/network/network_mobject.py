"""A network on screen: layers of neurons and maps, edges that are weights, labels, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any, Literal, Self, overload

import numpy as np
from manim import Camera, ManimColor, Mobject, ParsableManimColor, Rectangle, VGroup, VMobject
from numpy.typing import NDArray

from nnviz.camera.draws_itself import DrawsItself, check_background, require_cairo
from nnviz.mobjects.network import (
    block_opening,
    dropout,
    error_rings,
    layout,
    part_lookup,
    shown_activations,
    shown_numbers,
    shown_parameters,
    window_annotations,
)
from nnviz.mobjects.network import highlighted_path as lit_path
from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.assembly import assembled
from nnviz.mobjects.network.bias_numbers import BiasNumbers
from nnviz.mobjects.network.block_opening import copied_words
from nnviz.mobjects.network.dropout import DroppedNeurons
from nnviz.mobjects.network.edge_numbers import EdgeNumbers
from nnviz.mobjects.network.error_rings import ErrorRings
from nnviz.mobjects.network.highlighted_path import HighlightedPath
from nnviz.mobjects.network.kernels import ShownKernels
from nnviz.mobjects.network.layer_mobjects import LayerGroup, LayerMobject
from nnviz.mobjects.network.links import (
    counts_of_edges,
    ends_of_edges,
)
from nnviz.mobjects.network.morph import fits, let_transforms_morph
from nnviz.mobjects.network.neuron_values import ActivationNumbers
from nnviz.mobjects.network.structure import Open, Structure, titles_by_name
from nnviz.mobjects.network.style import Direction, Fit, NetworkStyle
from nnviz.mobjects.network.views import needs_units, view_of
from nnviz.mobjects.primitives.edge_array import EdgeArray, EdgeSelection
from nnviz.mobjects.primitives.group_parts import Bearer, Part, State
from nnviz.mobjects.primitives.notebook import ShownInNotebooks
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import Network
from nnviz.network.architecture import architecture_text

__all__ = ["NetworkMobject"]


class NetworkMobject(ShownInNotebooks, VGroup):
    """A network: layers in columns, one line for every weight shown, arrows for all else.

    What is drawn follows the engine: :meth:`show_activations`, :meth:`show_weights` and
    :meth:`show_gradient` set fills, colours and widths from its numbers, at once or through
    ``.animate``. The network, and what of it is shown, go with the picture into copies, and into
    what takes on its look: by ``become`` and ``Restore``, and at the end of a ``Transform``.

    Every kind of layer is drawn by its entry in
    :data:`~nnviz.mobjects.network.layer_pictures.LAYER_PICTURES`: dense layers as neurons, images
    and feature maps as images, sequences of vectors as cells, tokens as numbers, joins as signs.

    A chain is a row of layers. In any other graph a layer stands one column after the last one
    that it takes; what skips columns runs around them. Blocks, which are names with dots, are
    boxes until they are opened, and have frames then; equal ones in a row are one box that says how
    many. What is too long for the fit is broken into rows, where only one value goes on.
    ``net["encoder.0.pattern"]`` is what shows an input, a node or a block; ``net[0]`` is the first
    part, as of any group of Manim's.

    With ``view="volumes"`` a deep convolutional network is drawn as papers do: layers are cuboids
    (:class:`VolumeLayer`), coloured by kind with a legend. A layer's norm and activation function
    belong to its volume, equal layers in a row are one with "× 2", and so are equal parts of the
    network, which have a frame. Skips are arcs. It lights up in :class:`FeedForward`; weights,
    numbers in neurons and whatever else needs units is not supported on it.

    Parameters
    ----------
    network : Network, optional
        What to show.
    style : NetworkStyle, optional
        How it looks; the other arguments change it. By default the style for the background.
    input_labels, output_labels : sequence of str or Mobject, optional
        Texts (or mobjects) beside the neurons of the first and the last layer: one for every
        unit, or for every neuron shown. Strings are set by the style's `writing`.
    layer_titles : sequence of str or Mobject or None, or mapping, optional
        Texts (or mobjects) above the layers, one each, the inputs included, where None leaves one
        out; or a mapping from names of what is drawn. Several inputs have their names by default.
    open : Open, optional
        Names of blocks that are drawn open, with the blocks around them; "all" for all. By default
        the outermost blocks are shut; a chain is all open, and so is a block that holds all nodes.
        Of volumes "all" draws all that is folded.
    view : {"layers", "volumes"}, optional
        "layers": every layer with its units. "volumes": every layer as a cuboid.
    fit ... min_number_height
        The attributes of :class:`NetworkStyle`, which says what they are; what is not given is as
        in `style`.

    Raises
    ------
    ValueError
        If labels or titles are not as many as there are places, an option is out of range, or
        there is no block to be opened.
    KeyError
        If nothing is drawn of a title's name.
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
    structure: State[Structure] = State()
    view: State[str] = State()
    words_given: State[dict[str, Any]] = State()
    shows_weights: State[bool] = State()
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
    block_frames: Part[VGroup] = Part(
        3, 3, doc="The frames around open blocks, with their names: see :class:`BlockFrame`."
    )
    legend: Part[VGroup] = Part(3, 4, doc="What volumes' colours mean: a square and words each.")
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
        layer_titles: Sequence[str | Mobject | None] | Mapping[str, str | Mobject] = (),
        open: Open = None,
        view: Literal["layers", "volumes"] = "layers",
        fit: Fit | Literal["style"] = "style",
        background: ParsableManimColor | None = None,
        direction: Direction | None = None,
        max_shown: int | Mapping[int | str, int] | None = None,
        shown_units: Mapping[int | str, Sequence[int]] | None = None,
        neuron_radius: float | None = None,
        neuron_buff: float | None = None,
        layer_buff: float | None = None,
        max_neuron_radius: float | None = None,
        dots_buff: float | None = None,
        bias_units: bool | None = None,
        neuron_stroke_color: ParsableManimColor | None = None,
        neuron_stroke_width: float | None = None,
        neuron_fill_color: ParsableManimColor | None = None,
        negative_fill_color: ParsableManimColor | None = None,
        neuron_ground: ParsableManimColor | Literal["background", "style"] | None = "style",
        activation_limit: float | Mapping[int | str, float] | None = None,
        edge_color: ParsableManimColor | None = None,
        edge_width: float | None = None,
        positive_color: ParsableManimColor | None = None,
        negative_color: ParsableManimColor | None = None,
        increase_color: ParsableManimColor | None = None,
        decrease_color: ParsableManimColor | None = None,
        min_neuron_radius: float | None = None,
        min_text_height: float | None = None,
        min_edge_width: float | None = None,
        max_edge_width: float | None = None,
        weight_exponent: float | None = None,
        highlight_color: ParsableManimColor | None = None,
        dim_opacity: float | None = None,
        image_height: float | None = None,
        map_height: float | None = None,
        map_buff: float | None = None,
        max_maps: int | None = None,
        writing: Writing | None = None,
        text_color: ParsableManimColor | None = None,
        contrast_color: ParsableManimColor | None = None,
        label_height: float | None = None,
        label_buff: float | None = None,
        label_alignment: Literal["baseline", "middle"] | None = None,
        max_label_width: float | None = None,
        title_height: float | None = None,
        count_height: float | None = None,
        min_number_height: float | None = None,
    ) -> None:
        require_cairo()
        given = locals()
        changes = {
            option.name: given[option.name]
            for option in fields(NetworkStyle)
            if given[option.name] is not None or option.name in ("fit", "neuron_ground")
        }
        for name in ("fit", "neuron_ground"):  # where None says something
            if isinstance(changes[name], str) and changes[name] == "style":
                del changes[name]
        style = style.changed(**changes) if style else NetworkStyle(**changes)
        drawn_as = view_of(view)
        structure = drawn_as.structure(network, open, style)
        titles = titles_by_name(layer_titles, structure)
        # Before they are put into their places, for pictures of the same with other blocks open.
        given_words: dict[str, Any] = {
            "input_labels": copied_words(input_labels),
            "output_labels": copied_words(output_labels),
            "layer_titles": dict(
                zip((one.name for one in structure.things), copied_words(titles), strict=False)
            ),
        }
        if len(input_labels) and structure.n_inputs > 1:
            raise ValueError(
                f"input_labels are for networks of one input, not of {', '.join(network.inputs)}"
            )
        made = assembled(drawn_as, network, structure, style, input_labels, output_labels, titles)
        style, layers = made.style, made.layers
        ends = ends_of_edges(network, structure, layers)
        edges = EdgeArray(*ends, ManimColor(style.edge_color), style.edge_width)
        super().__init__(edges, layers, made.around.connections, made.all_words(), VGroup())
        self.network, self.style, self.structure = network, style, structure
        self.view = view
        self.words_given = given_words
        self.shows_weights = False
        layout.fitted(self, style)
        if style.assumes_background:
            for part in self.get_family():
                if isinstance(part, DrawsItself):
                    part.made_for = style.behind

    # What the picture is made of

    @property
    def bearer(self) -> Bearer | None:
        """The bearer of the first layer."""
        return self.layers[0].bearer

    def __repr__(self) -> str:
        return type(self).__name__

    @property
    def shown(self) -> list[NDArray[np.float64] | None]:
        """Which activations each layer shows, the input first; None where it shows none."""
        return [layer.activations for layer in self.layers]

    @property
    def edge_groups(self) -> list[EdgeSelection]:
        """The parts of the edges into each layer after the inputs; empty where none are weights."""
        counts = counts_of_edges(self.network, self.structure, self.layers)
        bounds = np.cumsum([0, *counts])
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
    def dropped(self) -> VGroup:
        """The crosses on silenced neurons, a group for each layer; empty where none are shown."""
        return self._annotation(DroppedNeurons)

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

    @overload
    def __getitem__(self, key: str) -> LayerMobject: ...
    @overload
    def __getitem__(self, key: int | slice) -> VMobject: ...
    def __getitem__(self, key: str | int | slice) -> Any:
        """Return what shows an input, a node or a block, by its name; of numbers Manim's parts.

        Raises
        ------
        KeyError
            If nothing has this name.
        """
        return (
            self.layers[self.structure.index(key)]
            if isinstance(key, str)
            else super().__getitem__(key)
        )

    edge = part_lookup.edge
    bias_edges = part_lookup.bias_edges
    edges_into = part_lookup.edges_into
    edges_out_of = part_lookup.edges_out_of
    shown_weights = part_lookup.shown_weights
    relative_weights = part_lookup.relative_weights
    layer_index = part_lookup.layer_index
    node_of = part_lookup.node_of
    edge_ends = part_lookup.edge_ends
    edge_group_index = part_lookup.edge_group_index

    def put_edges_on_neurons(self) -> Self:
        """Draw every edge from circle to circle again, after neurons moved."""
        self.edges.set_ends(*ends_of_edges(self.network, self.structure, self.layers))
        return self

    def check_background(self, camera: Camera) -> Self:
        """Warn where a camera has another background than the colours were chosen for."""
        check_background(camera, self.edges)
        return self

    # Blocks

    open = needs_units(block_opening.open)
    shut = needs_units(block_opening.shut)

    # What it shows

    show_activations = shown_activations.show_activations
    hide_activations = shown_activations.hide_activations
    changes_of_layer = shown_activations.changes_of_layer
    per_layer = shown_activations.per_layer

    show_weights = needs_units(shown_parameters.show_weights)
    hide_weights = shown_parameters.hide_weights
    show_gradient = needs_units(shown_parameters.show_gradient)
    parameter_changes = shown_parameters.parameter_changes
    gradient_changes = shown_parameters.gradient_changes
    edges_by_weights = needs_units(shown_parameters.edges_by_weights)
    edges_by_gradient = needs_units(shown_parameters.edges_by_gradient)

    # What is put on it

    def annotate(self, annotation: Annotation) -> Self:
        """Put an annotation on the picture, instead of one of its class that may be there.

        Parameters
        ----------
        annotation : Annotation
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
        kind : subclass of Annotation
            The class.
        """
        self.annotations.remove(*(one for one in self.annotations if type(one) is kind))
        return self

    show_values = needs_units(shown_numbers.show_values)
    hide_values = shown_numbers.hide_values
    show_neuron_texts = needs_units(shown_numbers.show_neuron_texts)
    hide_neuron_texts = shown_numbers.hide_neuron_texts
    show_edge_values = needs_units(shown_numbers.show_edge_values)
    hide_edge_values = shown_numbers.hide_edge_values
    show_edge_texts = needs_units(shown_numbers.show_edge_texts)
    hide_edge_texts = shown_numbers.hide_edge_texts
    show_biases = needs_units(shown_numbers.show_biases)
    hide_biases = shown_numbers.hide_biases
    show_gradient_values = needs_units(shown_numbers.show_gradient_values)
    hide_gradient_values = shown_numbers.hide_gradient_values

    highlight_path = needs_units(lit_path.highlight_path)
    hide_path = lit_path.hide_path

    show_errors = needs_units(error_rings.show_errors)
    hide_errors = error_rings.hide_errors
    rings_by_errors = needs_units(error_rings.rings_by_errors)
    prepared_rings = needs_units(error_rings.prepared_rings)

    show_dropout = needs_units(dropout.show_dropout)
    hide_dropout = dropout.hide_dropout

    show_receptive_field = needs_units(window_annotations.show_receptive_field)
    hide_receptive_fields = window_annotations.hide_receptive_fields
    show_kernels = needs_units(window_annotations.show_kernels)
    hide_kernels = window_annotations.hide_kernels

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
        """Take over the parts, the network and the style of another picture, which loses them."""
        self.submobjects = other.submobjects
        return self

    def align_data(self, mobject: Mobject, skip_point_alignment: bool = False) -> Any:
        """Prepare for turning into another mobject; another network needs the same parts."""
        if isinstance(mobject, NetworkMobject) and isinstance(self.errors, ErrorRings):
            # Animations put rings on the picture, perhaps after the other was made of it.
            mobject.prepared_rings()
        if isinstance(mobject, NetworkMobject) and not fits(self, mobject):
            raise ValueError(
                f"the picture of {architecture_text(self.network)} cannot turn part by part into "
                f"that of {architecture_text(mobject.network)}, or into one with other "
                "annotations: play Transform(net, other), ReplacementTransform(net, other) or "
                "FadeTransform(net, other) of the pictures themselves"
            )
        return super().align_data(mobject, skip_point_alignment)

    # Inside

    def _annotation(self, kind: type[Annotation]) -> VGroup:
        return next((one for one in self.annotations if type(one) is kind), VGroup())


let_transforms_morph(NetworkMobject)
