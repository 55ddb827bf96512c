"""Neurons that a dropout silences in training, and what leads to and from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import (
    DL,
    DR,
    UL,
    UR,
    Animation,
    VGroup,
    VMobject,
)
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.highlighted_path import dimming, paintable_parts
from nnviz.mobjects.network.layer_pictures import units_in_both
from nnviz.mobjects.network.neuron_layer import NeuronLayer
from nnviz.mobjects.network.neuron_values import ActivationNumbers, NeuronTexts
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.painting import FILL, STROKE, Repaint
from nnviz.network import ForwardPass
from nnviz.network.layers import Dropout

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["DroppedNeurons", "hide_dropout", "show_dropout"]

#: Half the side of the square that a cross fills, over the neuron's radius.
_CROSS = 0.4
#: What is left of the opacity of edges that lead to and from silenced neurons.
_EDGE_OPACITY = 0.06


class DroppedNeurons(Annotation):
    """Crosses on the neurons that a dropout silences: a group for each layer.

    Other neurons of such layers have transparent ones, so that masks can change into each other.
    Silenced neurons are dimmed, with the numbers in them, and their edges nearly vanish, by
    :meth:`dim_silenced`.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    dropped : mapping from str to array_like
        Which values are silenced, by the name of the dropout's node: booleans, of its shape.

    Raises
    ------
    ValueError
        If a name is not that of a dropout, an array has another size, or the picture shows none of
        them as neurons.
    """

    rank = 4

    def __init__(self, net: NetworkMobject, dropped: Mapping[str, ArrayLike]) -> None:
        #: Which neurons shown are silenced, for each layer.
        self.silenced = [np.zeros(len(layer.neurons), dtype=bool) for layer in net.layers]
        drawn = False
        for name, values in dropped.items():
            mask = _checked(net, name, values)
            for k, thing in enumerate(net.structure.things):
                layer = net.layers[k]
                if thing.name == name and isinstance(layer, NeuronLayer):
                    self.silenced[k], drawn = mask[layer.shown_units], True
        if not drawn:
            raise ValueError(
                "the picture shows no dropout of these as a layer of neurons: "
                f"{', '.join(dropped) or 'none are given; forward_pass(x, rng=...) drops some'}"
            )
        #: Of what is dimmed, before: of edges, of other lines, and of neurons and numbers.
        self._before: list[Any] = []
        super().__init__(*(VGroup() for _ in net.layers))
        for k, mask in enumerate(self.silenced):
            if isinstance(net.node_of(k), Dropout):
                for neuron, is_silenced in zip(net.layers[k].neurons, mask, strict=True):
                    cross = _cross(neuron, net).set_stroke(opacity=float(is_silenced))
                    self[k].add(cross)

    def dim_silenced(self, net: NetworkMobject) -> None:
        """Dim silenced neurons, and let the lines to and from them nearly vanish."""
        lines = [(edges, edges.stroke_rgbas[:, 3].copy()) for edges in lines_of(net)]
        neurons = list(self._neurons(net))
        self._before = [
            [opacities for _, opacities in lines],
            [one.get_stroke_opacity() for one, _ in neurons],
        ]
        for (edges, opacities), is_dead in zip(lines, self._dead(net), strict=True):
            edges.set_stroke(opacity=np.where(is_dead, _EDGE_OPACITY * opacities, opacities))
        for one, number in neurons:
            one.set_stroke(opacity=net.style.dim_opacity * one.get_stroke_opacity())
            if number is not None:
                number.set_fill(opacity=net.style.dim_opacity)
        self._strengthen(net, 0.0)

    def undim(self, net: NetworkMobject) -> None:
        """Give everything its opacity back."""
        for edges, opacities in zip(lines_of(net), self._before[0], strict=True):
            edges.set_stroke(opacity=opacities)
        for (one, number), opacity in zip(self._neurons(net), self._before[1], strict=True):
            one.set_stroke(opacity=opacity)
            if number is not None:
                number.set_fill(opacity=1)
        self._strengthen(net, 1.0)

    def _strengthen(self, net: NetworkMobject, share: float) -> None:
        """Let silenced neurons show a share of their activation."""
        for layer, mask in zip(net.layers, self.silenced, strict=True):
            if mask.any():
                layer.strengths = np.where(mask, share, 1.0)
                if layer.activations is None:
                    layer.empty()
                else:
                    layer.show_activations(layer.activations)

    def _neurons(self, net: NetworkMobject) -> Iterator[tuple[VMobject, Any]]:
        """Yield silenced neurons, and the number or the text in each."""
        inside = [
            one for one in net.annotations if isinstance(one, ActivationNumbers | NeuronTexts)
        ]
        for k, mask in enumerate(self.silenced):
            for n in np.flatnonzero(mask).tolist():
                written = (one[k][n] for one in inside if len(one[k]))
                yield net.layers[k].neurons[n], next(written, None)

    def _dead(self, net: NetworkMobject) -> Iterator[NDArray[np.bool_]]:
        """Yield which of the lines of each array lead to or from silenced neurons."""
        yield np.concatenate(
            [np.zeros(0, dtype=bool)]
            + [
                np.logical_or.outer(
                    np.append(self.silenced[i], np.zeros(len(net.layers[i].bias_unit), bool)),
                    self.silenced[after],
                ).ravel()
                for k, group in enumerate(net.edge_groups)
                if len(group)
                for i, after in [net.edge_ends(k)]
            ]
        )
        for k, ties in enumerate(net.connections):
            i, after = net.edge_ends(k)
            for _ in (one for one in ties if isinstance(one, EdgeArray)):
                _, rows, columns = units_in_both(net.layers[i], net.layers[after])
                yield self.silenced[i][rows] | self.silenced[after][columns]


def lines_of(net: NetworkMobject) -> list[EdgeArray]:
    """Return the edges, and the lines between neurons of the same place."""
    ties = [one for group in net.connections for one in group if isinstance(one, EdgeArray)]
    return [net.edges, *ties]


def show_dropout(
    net: NetworkMobject, dropped: ForwardPass | Mapping[str, ArrayLike]
) -> NetworkMobject:
    """Cross out the neurons that dropout silences in training, and let their edges vanish.

    Silenced neurons show no activation, whatever is computed, until :meth:`hide_dropout`. Another
    mask replaces the one that is shown.

    Parameters
    ----------
    dropped : ForwardPass or mapping from str to array_like
        A pass as in training, ``network.forward_pass(x, rng=rng)``, which knows what it silenced;
        or booleans by the name of the dropout's node, True where a value is silenced.

    Raises
    ------
    ValueError
        If nothing is silenced that the picture shows as neurons, an array has another size than
        its layer, or a path is highlighted.

    Examples
    --------
    >>> import numpy as np
    >>> from nnviz import Dense, Dropout, Network, NetworkMobject
    >>> rng = np.random.RandomState(0)
    >>> layers = [Dense.random(3, 6, rng), Dropout(0.5), Dense.random(6, 2, rng)]
    >>> network = Network(layers, "quadratic", (3,))
    >>> forward = network.forward_pass([0.1, 0.5, 0.9], rng=rng)
    >>> net = NetworkMobject(network).show_activations(forward).show_dropout(forward)
    >>> bool((net.dropped.silenced[2] == forward.dropped["dropout1"]).all())
    True
    """
    net.hide_dropout()
    if len(net.path):
        raise ValueError("a path is highlighted: hide it first (hide_path)")
    masks = dropped.dropped if isinstance(dropped, ForwardPass) else dropped
    crosses = DroppedNeurons(net, masks)
    crosses.dim_silenced(net)
    return net.annotate(crosses)


def hide_dropout(net: NetworkMobject) -> NetworkMobject:
    """Undo :meth:`show_dropout`."""
    crosses = net.dropped
    if isinstance(crosses, DroppedNeurons):
        crosses.undim(net)
    return net.unannotate(DroppedNeurons)


@animation_for(show_dropout)
def _animate_show(
    net: NetworkMobject,
    dropped: ForwardPass | Mapping[str, ArrayLike],
    anim_args: dict[str, Any] | None = None,
) -> Animation:
    """Dim what is silenced, and let crosses come and go."""
    after = net.copy().show_dropout(dropped)
    old, moves = net.dropped, _repaints(net, after)
    crosses: Any = after.dropped.copy()
    ours, wanted = _crosses(crosses), _crosses(after.dropped)
    for cross in ours:
        cross.set_stroke(opacity=0)
    for cross, before in zip(ours, _crosses(old), strict=False):
        cross.match_style(before)
    net.annotate(crosses)
    return dimming(net, after, [Repaint(net, ours, STROKE, wanted), *moves], anim_args)


@animation_for(hide_dropout)
def _animate_hide(net: NetworkMobject, anim_args: dict[str, Any] | None = None) -> Animation:
    """Give everything its opacity back, and let the crosses vanish."""
    after = net.copy().hide_dropout()
    moves = _repaints(net, after)
    crosses = _crosses(net.dropped)
    unseen = [cross.copy().set_stroke(opacity=0) for cross in crosses]
    moves.append(Repaint(net, crosses, STROKE, unseen))
    gone = {"_on_finish": lambda _: net.unannotate(DroppedNeurons)}
    return dimming(net, after, moves, gone | (anim_args or {}))


def _crosses(dropped: VGroup) -> list[VMobject]:
    return [cross for group in dropped for cross in group]


def _repaints(net: NetworkMobject, after: NetworkMobject) -> list[Animation]:
    parts = [*lines_of(net), *paintable_parts(net)]
    others = [*lines_of(after), *paintable_parts(after)]
    count = len(lines_of(net))
    return [
        Repaint(net, parts[:count], STROKE, others[:count]),
        Repaint(net, parts[count:], FILL + STROKE, others[count:]),
    ]


def _cross(neuron: VMobject, net: NetworkMobject) -> VMobject:
    """Return a cross in a neuron, in the colour of its circle."""
    cross = VMobject()
    middle, size = neuron.get_center(), _CROSS * neuron.width / 2
    for first, last in ((UL, DR), (DL, UR)):
        cross.start_new_path(middle + size * first)
        cross.add_line_to(middle + size * last)
    return cross.set_stroke(net.style.neuron_stroke_color, net.style.neuron_stroke_width)


def _checked(net: NetworkMobject, name: str, values: ArrayLike) -> NDArray[np.bool_]:
    """Return a mask of one example, flat."""
    node = net.network.nodes.get(name)
    if node is None or not isinstance(node.layer, Dropout):
        known = [one for one, (layer, _) in net.network.nodes.items() if isinstance(layer, Dropout)]
        raise ValueError(
            f"{name!r} is no dropout of the network; "
            + (f"there are {', '.join(known)}" if known else "it has none")
        )
    mask, shape = np.asarray(values, dtype=bool), net.network.shapes[name]
    if mask.shape != tuple(shape):
        raise ValueError(
            f"a mask for {name!r} has the shape {mask.shape}, not {tuple(shape)}: "
            "give that of one example"
        )
    return mask.ravel()
