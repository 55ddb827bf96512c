"""A path through a network that is lit up, while everything beside it is dimmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from manim import Animation, AnimationGroup, FadeIn, ManimColor, VMobject
from numpy.typing import NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.bias_numbers import BesideNeurons
from nnviz.mobjects.network.edge_numbers import OnEdges
from nnviz.mobjects.network.error_rings import ErrorRings
from nnviz.mobjects.network.neuron_values import ActivationNumbers, NeuronTexts
from nnviz.mobjects.network.shown_parameters import repaint_edges
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.group_parts import Part
from nnviz.mobjects.primitives.painting import FILL, STROKE, Repaint, group_options

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = ["HighlightedPath", "dimming", "hide_path", "highlight_path", "paintable_parts"]

Net = TypeVar("Net", bound="NetworkMobject")


class HighlightedPath(Annotation):
    """The edges of a path in another colour; everything beside it is dimmed by :meth:`dim_beside`.

    Parameters
    ----------
    net : NetworkMobject
        The picture.
    path : sequence of (int, sequence of int or None)
        As for :meth:`NetworkMobject.highlight_path`.

    Raises
    ------
    ValueError
        If there are not as many entries as layers, or the network is no chain.
    IndexError
        If there is no such neuron.
    """

    rank = 4

    lit: Part[EdgeArray] = Part(0, doc="The lit edges.")

    def __init__(self, net: NetworkMobject, path: Sequence[int | Sequence[int] | None]) -> None:
        if not net.structure.is_row:
            raise ValueError(
                "paths are highlighted in chains of layers: this picture has branches or blocks; "
                "colour edges themselves, such as edges_into(name, neuron)"
            )
        if len(path) != len(net.layers):
            raise ValueError(
                f"a path has an entry for each of {len(net.layers)} layers, not {len(path)}"
            )
        #: Which parts of each layer's body are on the path.
        self.chosen = [_chosen(net, layer, on) for layer, on in enumerate(path)]
        self._is_lit = np.zeros(len(net.edges), dtype=bool)
        for group, before, after in zip(
            net.edge_groups, self.chosen, self.chosen[1:], strict=False
        ):
            if len(group):
                # Bias units are on no path.
                sends = np.append(before, np.zeros(len(group) // len(after) - len(before), bool))
                on_path = np.logical_and.outer(sends, after).ravel()
                self._is_lit[np.asarray(group.rows)[on_path]] = True
        #: Of edges, and of what else is beside the path, before it was dimmed.
        self._opacities: tuple[NDArray[np.float64], list[float]] = net.edges.stroke_rgbas[:, 3], []
        lit = net.edges[np.flatnonzero(self._is_lit)].copy()
        widths = np.maximum(lit.widths, net.style.edge_width)
        super().__init__(lit.set_stroke(ManimColor(net.style.highlight_color), widths, opacity=1))

    def dim_beside(self, net: NetworkMobject) -> None:
        """Dim edges, neurons, maps and numbers beside the path."""
        share = net.style.dim_opacity
        before = net.edges.stroke_rgbas[:, 3].copy()
        self._opacities = before, [_opacity(part) for part in self._beside(net)]
        net.edges.set_stroke(opacity=np.where(self._is_lit, before, share * before))
        for part, opacity in zip(self._beside(net), self._opacities[1], strict=True):
            _set_opacity(part, share * opacity)
        self._strengthen(net, share)

    def undim(self, net: NetworkMobject) -> None:
        """Give everything its opacity back."""
        net.edges.set_stroke(opacity=self._opacities[0])
        parts = list(self._beside(net))
        known = self._opacities[1]
        for k, part in enumerate(parts):
            _set_opacity(part, known[k] if len(known) == len(parts) else 1.0)
        self._strengthen(net, 1.0)

    def _strengthen(self, net: NetworkMobject, share: float) -> None:
        """Let what is shown in neurons and maps beside the path have a share of its strength."""
        for layer, chosen in zip(net.layers, self.chosen, strict=True):
            strengths = np.where(chosen, 1.0, share)
            for part, old, new in zip(layer.body, layer.strengths, strengths, strict=True):
                area = (
                    part.submobjects[0] if part.submobjects else part
                )  # a neuron, or the image in a frame
                area.set_fill(opacity=area.get_fill_opacity() * new / old)
            layer.strengths = strengths

    def _beside(self, net: NetworkMobject) -> Iterator[VMobject]:
        """Yield outlines, numbers and rings that are not on the path."""
        for k, (layer, chosen) in enumerate(zip(net.layers, self.chosen, strict=True)):
            groups: list[Any] = [layer.outlines]
            groups += [one[k] for one in _of(net, ActivationNumbers) + _of(net, NeuronTexts)]
            if k:
                groups += [one[k - 1] for one in _of(net, BesideNeurons) + _of(net, ErrorRings)]
            for group in groups:
                for part, is_chosen in zip(group, chosen, strict=False):
                    if not is_chosen:
                        yield part
        for numbers in _of(net, OnEdges):
            for group, edges in zip(numbers, net.edge_groups, strict=True):
                for number, row in zip(group, edges.rows, strict=False):
                    if not self._is_lit[row]:
                        yield number


def paintable_parts(net: NetworkMobject) -> list[VMobject]:
    """Return all that a path dims, the edges left out, on the path and beside it."""
    numbers = (ActivationNumbers, NeuronTexts, BesideNeurons, OnEdges, ErrorRings)
    groups: list[Any] = [layer.body for layer in net.layers]
    groups += [one for one in net.annotations if isinstance(one, numbers)]
    return [part for group in groups for part in group.family_members_with_points()]


def _of(net: NetworkMobject, kind: type[Annotation]) -> list[Annotation]:
    return [one for one in net.annotations if isinstance(one, kind)]


def _opacity(part: VMobject) -> float:
    """Return a number's opacity, or that of an outline's or a ring's stroke."""
    opacity = part.get_fill_opacity() if part.submobjects else part.get_stroke_opacity()
    return float(opacity)


def _set_opacity(part: VMobject, opacity: float) -> None:
    if part.submobjects:
        part.set_fill(opacity=opacity)
    else:
        part.set_stroke(opacity=opacity)


def _chosen(net: NetworkMobject, layer: int, on: int | Sequence[int] | None) -> NDArray[np.bool_]:
    """Return which parts of a layer's body are on a path."""
    count = len(net.layers[layer].body)
    chosen = np.zeros(count, dtype=bool)
    for k in range(count) if on is None else np.atleast_1d(on):
        if not -count <= k < count:
            raise IndexError(f"no neuron {k} in layer {layer}: {count} are shown")
        chosen[k] = True
    return chosen


def highlight_path(net: Net, path: Sequence[int | Sequence[int] | None]) -> Net:
    """Light the edges between chosen neurons up, and dim all others.

    Parameters
    ----------
    path : sequence of (int, sequence of int or None)
        For each layer, the input first: the index of a neuron shown, several, or None for
        all of them.

    Raises
    ------
    ValueError
        If there are not as many entries as layers, or dropout is shown.
    IndexError
        If there is no such neuron.
    """
    net.hide_path()
    if len(net.dropped):
        raise ValueError("dropout is shown: hide it first (hide_dropout)")
    lit = HighlightedPath(net, path)
    lit.dim_beside(net)
    return net.annotate(lit)


def hide_path(net: Net) -> Net:
    """Undo :meth:`highlight_path`."""
    lit = net.path
    if isinstance(lit, HighlightedPath):
        lit.undim(net)
    return net.unannotate(HighlightedPath)


@animation_for(highlight_path)
def _animate_highlight_path(
    net: NetworkMobject,
    path: Sequence[int | Sequence[int] | None],
    anim_args: dict[str, Any] | None = None,
) -> Animation:
    """Dim what is beside the path, and fade the lit edges in."""
    after = net.copy().highlight_path(path)
    lit = after.path.copy()
    assert isinstance(lit, HighlightedPath)
    moves = [FadeIn(lit), *_opacities_of(net, after)]
    net.annotate(lit)
    return dimming(net, after, moves, anim_args)


@animation_for(hide_path)
def _animate_hide_path(net: NetworkMobject, anim_args: dict[str, Any] | None = None) -> Animation:
    """Give everything its opacity back, and let the lit edges vanish."""
    after = net.copy().hide_path()
    moves = _opacities_of(net, after)
    moves += [lit.animate.set_stroke(opacity=0).build() for lit in net.path]
    gone = {"_on_finish": lambda _: net.unannotate(HighlightedPath)}
    return dimming(net, after, moves, gone | (anim_args or {}))


def dimming(
    net: NetworkMobject,
    after: NetworkMobject,
    moves: list[Animation],
    anim_args: dict[str, Any] | None,
) -> AnimationGroup:
    """Return animations in one; what layers show from now on is as strong as in a copy.

    Parameters
    ----------
    net, after : NetworkMobject
        The picture, and a copy that looks as it will.
    moves : list of Animation
        The animations.
    anim_args : dict from str to object or None
        What the user has given to ``.animate``.
    """
    for layer, other in zip(net.layers, after.layers, strict=True):
        layer.strengths = other.strengths
    return AnimationGroup(*moves, **group_options(net, anim_args))


def _opacities_of(net: NetworkMobject, after: NetworkMobject) -> list[Animation]:
    """Return animations in which all that a path dims becomes as a copy's."""
    ours, others = paintable_parts(net), paintable_parts(after)
    return [repaint_edges(net, after.edges), Repaint(net, ours, FILL + STROKE, others)]
