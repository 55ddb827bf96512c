"""A network on screen: layers of neurons, edges that are weights, labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Brace,
    Circle,
    ManimColor,
    MathTex,
    MoveToTarget,
    Transform,
    VGroup,
    override_animate,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects import palette
from nnviz.mobjects.copying import CopiesQuickly
from nnviz.mobjects.edges import Edge, EdgeArray, EdgeSelection
from nnviz.mobjects.palette import stroke
from nnviz.network import ForwardPass, Gradient, Network

__all__ = ["LayerMobject", "NetworkMobject", "NetworkStyle"]

_DOTS_BUFF = 0.25
_SIZE_LABEL_BUFF = 0.25


@dataclass(frozen=True)
class NetworkStyle:
    """How a network looks; lengths in scene units, stroke widths in Manim's.

    Attributes
    ----------
    neuron_radius, neuron_buff, layer_buff
        Size of a neuron, the gap to the next one below, the gap between layers.
    neuron_stroke_color, neuron_stroke_width, neuron_fill_color
        A neuron's circle, and the colour that its activation fills it with.
    max_shown
        Larger layers show this many neurons, half of them from the top and half from
        the bottom, with dots between, and their true size on a brace at the left.
    edge_color, edge_width
        Edges before :meth:`NetworkMobject.show_weights` tells them apart.
    positive_color, negative_color
        Of edges with a positive and a negative weight.
    increase_color, decrease_color
        Of parameters that a gradient step would raise and lower.
    max_edge_width
        Width of the strongest weight's edge.
    weight_exponent
        An edge is ``max_edge_width * (|w| / max |w|) ** weight_exponent`` wide:
        larger exponents leave only the strong weights visible.
    input_columns
        What the edges out of a shortened input layer show: the weights of its
        ``"middle"`` units, or of the ``"shown"`` ones. An image's first and last pixels
        are its dark corners, whose weights say nothing, so the middle is the default.
    label_height
        Height of an output label over a neuron's.
    """

    neuron_radius: float = 0.15
    neuron_buff: float = 0.25
    layer_buff: float = 1.0
    neuron_stroke_color: ManimColor = field(default=palette.BLUE)
    neuron_stroke_width: float = stroke(3)
    neuron_fill_color: ManimColor = field(default=palette.GREEN)
    max_shown: int = 16
    edge_color: ManimColor = field(default=palette.LIGHT_GREY)
    edge_width: float = stroke(2)
    positive_color: ManimColor = field(default=palette.BLUE)
    negative_color: ManimColor = field(default=palette.RED)
    increase_color: ManimColor = field(default=palette.BLUE_C)
    decrease_color: ManimColor = field(default=palette.ORANGE)
    max_edge_width: float = stroke(3)
    weight_exponent: float = 1.0
    input_columns: Literal["middle", "shown"] = "middle"
    label_height: float = 0.75

    def __post_init__(self) -> None:
        if self.max_shown < 2 or self.max_shown % 2:
            raise ValueError(f"max_shown must be an even number from 2 up, not {self.max_shown}")


class _Neuron(CopiesQuickly, Circle):
    """One neuron's circle, filled by its activation."""


class LayerMobject(VGroup):
    """One layer: its neurons from top to bottom, and dots, brace and size where it is shortened.

    Parameters
    ----------
    size
        How many neurons the layer has.
    style
        How it looks.
    """

    def __init__(self, size: int, style: NetworkStyle) -> None:
        self.size = size
        shown = min(size, style.max_shown)
        neurons = VGroup(
            *(
                _Neuron(
                    style.neuron_radius,
                    stroke_color=style.neuron_stroke_color,
                    stroke_width=style.neuron_stroke_width,
                    fill_color=style.neuron_fill_color,
                    fill_opacity=0,
                )
                for _ in range(shown)
            )
        ).arrange(DOWN, buff=style.neuron_buff)
        dots, size_label = VGroup(), VGroup()
        if size > shown:
            dots.add(MathTex(r"\vdots").move_to(neurons))
            neurons[: shown // 2].next_to(dots, UP, _DOTS_BUFF)
            neurons[shown // 2 :].next_to(dots, DOWN, _DOTS_BUFF)
            brace = Brace(neurons, LEFT)
            number = MathTex(str(size)).next_to(brace, LEFT, _SIZE_LABEL_BUFF)
            size_label.add(brace, number)
        super().__init__(neurons, dots, size_label)

    @property
    def neurons(self) -> VGroup:
        """The neurons shown, from top to bottom."""
        return self[0]  # type: ignore[return-value]

    @property
    def dots(self) -> VGroup:
        """The dots in a shortened layer's gap; empty where all neurons are shown."""
        return self[1]  # type: ignore[return-value]

    @property
    def size_label(self) -> VGroup:
        """Brace and number of a shortened layer; empty where all neurons are shown."""
        return self[2]  # type: ignore[return-value]

    @property
    def shown_units(self) -> NDArray[np.int_]:
        """Which units of the layer the neurons are, counted from 0; shape (shown,)."""
        half = len(self.neurons) // 2
        units = np.arange(self.size)
        if len(self.neurons) == self.size:
            return units
        return np.concatenate([units[:half], units[-half:]])

    def show_activations(self, activations: ArrayLike) -> Self:
        """Fill every shown neuron with its activation as opacity, cut to [0, 1].

        Parameters
        ----------
        activations
            Of the whole layer, shape (size,).

        Raises
        ------
        ValueError
            If the number of activations is not the layer's size.
        """
        values = np.asarray(activations, dtype=float).ravel()
        if len(values) != self.size:
            raise ValueError(f"a layer of {self.size} neurons got {len(values)} activations")
        for neuron, value in zip(self.neurons, values[self.shown_units].clip(0, 1), strict=True):
            neuron.set_fill(opacity=float(value))
        return self


def _ends(layers: Sequence[LayerMobject]) -> NDArray[np.float64]:
    """Return where the lines between all centres leave and enter the circles.

    Shape (2, edges, 3). Between two layers, the line from neuron i to j is
    ``i * n_after + j``.
    """
    centres = [np.array([neuron.get_center() for neuron in layer.neurons]) for layer in layers]
    radii = [np.array([neuron.width / 2 for neuron in layer.neurons]) for layer in layers]
    ends = []
    for (start, r_start), (end, r_end) in pairwise(zip(centres, radii, strict=True)):
        first, last = np.broadcast_arrays(start[:, None], end[None, :])
        along = (last - first) / np.linalg.norm(last - first, axis=2, keepdims=True)
        first, last = first + along * r_start[:, None, None], last - along * r_end[None, :, None]
        ends.append(np.stack([first, last]).reshape(2, -1, 3))
    return np.concatenate(ends, axis=1)


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


class NetworkMobject(VGroup):
    """A feed-forward network: columns of neurons, and one line for every weight shown.

    Parts are found by position, so they are found in copies too. What is drawn
    follows the engine: :meth:`show_activations`, :meth:`show_weights` and
    :meth:`show_gradient` set fills, colours and widths from its numbers, at once or
    through ``.animate``.

    Parameters
    ----------
    network
        What to show.
    style
        How it looks.
    output_labels
        Texts right of the output neurons; none by default.

    Raises
    ------
    ValueError
        If the output labels are not as many as the output neurons shown.

    Examples
    --------
    >>> from nnviz import Network, NetworkMobject
    >>> network = Network.random([3, 4, 2], seed=0)
    >>> picture = NetworkMobject(network)
    >>> picture.show_activations(network.forward_pass([0.1, 0.5, 0.9]))
    NetworkMobject
    >>> picture.edge(0, 2, 1).get_stroke_width() > 0  # from input 2 to hidden neuron 1
    True
    """

    def __init__(
        self,
        network: Network,
        style: NetworkStyle | None = None,
        output_labels: Sequence[str] = (),
        **style_changes: Any,
    ) -> None:
        self.network = network
        self.style = replace(style or NetworkStyle(), **style_changes)
        layers = LayerGroup(*(LayerMobject(size, self.style) for size in network.sizes))
        layers.arrange(RIGHT, buff=self.style.layer_buff)
        starts, ends = _ends(list(layers))
        edges = EdgeArray(starts, ends, self.style.edge_color, self.style.edge_width)
        super().__init__(edges, layers, self._labels(layers[-1], output_labels))

    def __repr__(self) -> str:
        return type(self).__name__

    # Parts

    @property
    def edges(self) -> EdgeArray:
        """All edges, input side first, those out of one neuron next to each other."""
        return self[0]  # type: ignore[return-value]

    @property
    def edge_groups(self) -> list[EdgeSelection]:
        """The parts of the edges between each layer and the next, in order."""
        shown = [len(layer.neurons) for layer in self.layers]
        bounds = np.cumsum([0, *(before * after for before, after in pairwise(shown))])
        return [self.edges[first:last] for first, last in pairwise(bounds)]

    @property
    def layers(self) -> LayerGroup:
        """The layers (:class:`LayerMobject`), input first."""
        return self[1]  # type: ignore[return-value]

    @property
    def output_labels(self) -> VGroup:
        """The texts right of the output layer."""
        return self[2]  # type: ignore[return-value]

    def edge(self, layer: int, i: int, j: int) -> Edge:
        """Return the edge from shown neuron ``i`` of ``layer`` to shown neuron ``j`` of the next.

        Raises
        ------
        IndexError
            If there is no such layer or neuron.
        """
        layer = self._group_index(layer)
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
        layer = self._layer_index(layer)
        if layer == 0:
            raise IndexError("no edges lead into layer 0, the input")
        columns = self._shown(layer)
        if not -columns <= j < columns:
            raise IndexError(f"no edges into neuron {j} of layer {layer}: {columns} are shown")
        edges: EdgeSelection = self.edge_groups[layer - 1][j % columns :: columns]
        return edges

    def edges_out_of(self, layer: int, i: int) -> EdgeSelection:
        """Return the edges out of shown neuron ``i`` of ``layer``, from top to bottom."""
        layer = self._layer_index(layer)
        if layer == len(self.layers) - 1:
            raise IndexError(f"no edges lead out of layer {layer}, the output")
        rows, columns = self._shown(layer), self._shown(layer + 1)
        if not -rows <= i < rows:
            raise IndexError(f"no edges out of neuron {i} of layer {layer}: {rows} are shown")
        first = i % rows * columns
        edges: EdgeSelection = self.edge_groups[layer][first : first + columns]
        return edges

    def shown_weights(
        self, layer: int, weights: Sequence[NDArray[np.float64]] | None = None
    ) -> NDArray[np.float64]:
        """Return the weights that the edges after ``layer`` stand for.

        Parameters
        ----------
        layer
            Index of the group of edges.
        weights
            Matrices shaped like the network's weights to pick from; its own by default.

        Returns
        -------
        numpy.ndarray
            Shape (neurons shown in this layer, neurons shown in the next): ``[i, j]``
            belongs to ``edge(layer, i, j)``.
        """
        layer = self._group_index(layer)
        matrix = (self.network.weights if weights is None else weights)[layer]
        columns = self.layers[layer].shown_units
        if layer == 0 and self.style.input_columns == "middle":
            start = (matrix.shape[1] - len(columns)) // 2
            columns = np.arange(start, start + len(columns))
        shown: NDArray[np.float64] = matrix[np.ix_(self.layers[layer + 1].shown_units, columns)].T
        return shown

    def relative_weights(self, layer: int) -> NDArray[np.float64]:
        """Return the shown weights over the largest of their sizes, in [-1, 1]."""
        weights = self.shown_weights(layer)
        return weights / (np.abs(weights).max() or 1.0)

    # State, from the engine

    def show_activations(self, activations: ForwardPass | Sequence[ArrayLike]) -> Self:
        """Fill the neurons of all layers with their activations.

        Parameters
        ----------
        activations
            What :meth:`Network.forward_pass` returned for one input, or one vector a layer.

        Raises
        ------
        ValueError
            If layers or sizes do not fit.
        """
        for layer, values in zip(self.layers, self._per_layer(activations), strict=True):
            layer.show_activations(values)
        return self

    def hide_activations(self) -> Self:
        """Empty all neurons."""
        for layer in self.layers:
            layer.neurons.set_fill(opacity=0)
        return self

    def show_weights(self, network: Network | None = None, exponent: float | None = None) -> Self:
        """Colour every edge by its weight's sign and make it as wide as the weight is strong.

        Parameters
        ----------
        network
            New parameters to show and keep, for example after a step of training.
        exponent
            Of the width; the style's ``weight_exponent`` by default.
        """
        self._take(network)
        self.edges.match_style(self.edges_by_weights(exponent))
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

    def edges_by_weights(self, exponent: float | None = None) -> EdgeArray:
        """Return edges of their own in the same places, as :meth:`show_weights` paints them."""
        return self._painted(
            self.network.weights, self.style.positive_color, self.style.negative_color, exponent
        )

    def edges_by_gradient(self, gradient: Gradient, exponent: float | None = None) -> EdgeArray:
        """Return edges of their own in the same places, as :meth:`show_gradient` paints them."""
        steps = [-matrix for matrix in gradient.weights]
        return self._painted(steps, self.style.increase_color, self.style.decrease_color, exponent)

    def hide_weights(self) -> Self:
        """Give all edges the style's plain colour and width back."""
        self.edges.set_stroke(self.style.edge_color, self.style.edge_width)
        return self

    def put_edges_on_neurons(self) -> Self:
        """Draw every edge anew from circle to circle, after neurons moved."""
        self.edges.set_ends(*_ends(list(self.layers)))
        return self

    @override_animate(show_activations)  # type: ignore[arg-type]
    def _animate_activations(
        self,
        activations: ForwardPass | Sequence[ArrayLike],
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Fade the layers only: edges stand still."""
        moves = []
        for layer, values in zip(self.layers, self._per_layer(activations), strict=True):
            layer.neurons.generate_target()
            target = layer.copy().show_activations(values)
            layer.neurons.target = target.neurons
            moves.append(MoveToTarget(layer.neurons))
        return AnimationGroup(*moves, **(anim_args or {}))

    @override_animate(show_weights)  # type: ignore[arg-type]
    def _animate_weights(
        self,
        network: Network | None = None,
        exponent: float | None = None,
        anim_args: dict[str, Any] | None = None,
    ) -> Animation:
        """Change the edges only: neurons and labels stand still."""
        self._take(network)
        return Transform(self.edges, self.edges_by_weights(exponent), **(anim_args or {}))

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

    def _shown(self, layer: int) -> int:
        return len(self.layers[layer].neurons)

    def _layer_index(self, layer: int) -> int:
        count = len(self.layers)
        if not -count <= layer < count:
            raise IndexError(f"no layer {layer}: there are {count}")
        return layer % count

    def _group_index(self, layer: int) -> int:
        count = len(self.edge_groups)
        if not -count <= layer < count:
            raise IndexError(f"no edges after layer {layer}: there are {count} groups of edges")
        return layer % count

    def _labels(self, layer: LayerMobject, texts: Sequence[str]) -> VGroup:
        if texts and len(texts) != len(layer.neurons):
            raise ValueError(
                f"{len(texts)} output labels for {len(layer.neurons)} output neurons shown"
            )
        labels = VGroup()
        for text, neuron in zip(texts, layer.neurons, strict=False):
            label = MathTex(text).scale_to_fit_height(self.style.label_height * neuron.height)
            labels.add(label.move_to(neuron).shift(neuron.width * RIGHT))
        return labels

    def _per_layer(self, activations: ForwardPass | Sequence[ArrayLike]) -> list[Any]:
        values = activations.activations if isinstance(activations, ForwardPass) else activations
        if len(values) != len(self.layers):
            raise ValueError(
                f"a network of {len(self.layers)} layers got activations for {len(values)}"
            )
        return list(values)

    def _take(self, network: Network | None) -> None:
        if network is None:
            return
        if tuple(network.sizes) != tuple(self.network.sizes):
            raise ValueError(
                f"the picture shows a network of sizes {tuple(self.network.sizes)}, "
                f"not {tuple(network.sizes)}: make another NetworkMobject for that"
            )
        self.network = network

    def _painted(
        self,
        weights: Sequence[NDArray[np.float64]],
        positive: ManimColor,
        negative: ManimColor,
        exponent: float | None,
    ) -> EdgeArray:
        power = self.style.weight_exponent if exponent is None else exponent
        signs = np.array([negative.to_rgb(), positive.to_rgb()])
        shown = [self.shown_weights(layer, weights).ravel() for layer in range(len(weights))]
        relative = [np.abs(some) / (np.abs(some).max() or 1.0) for some in shown]
        painted: EdgeArray = self.edges.separate()
        return painted.set_stroke(
            signs[(np.concatenate(shown) > 0).astype(int)],
            self.style.max_edge_width * np.concatenate(relative) ** power,
        )
