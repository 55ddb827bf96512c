"""Activations on a network's picture, shown and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from manim import Animation, AnimationGroup
from numpy.typing import ArrayLike, NDArray

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.painting import at_once, group_options
from nnviz.network import ForwardPass

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = [
    "changes_of_layer",
    "hide_activations",
    "per_layer",
    "show_activations",
]

Net = TypeVar("Net", bound="NetworkMobject")


def show_activations(net: Net, activations: ForwardPass | Sequence[ArrayLike]) -> Net:
    """Fill neurons and maps with their activations, and let numbers shown follow.

    How bright an activation is, is said by the style's ``activation_limit``.

    Parameters
    ----------
    activations : ForwardPass or sequence of array_like
        What :meth:`Network.forward_pass` returned for one input, or one array a layer.

    Raises
    ------
    ValueError
        If layers or sizes do not fit, or numbers in neurons would become too small.
    """
    of_layers = net.per_layer(activations)
    changes = [_activation_changes(net, k, values) for k, values in enumerate(of_layers)]
    for layer, values in zip(net.layers, of_layers, strict=True):
        layer.show_activations(values)
    for of_layer in changes:
        at_once(of_layer)
    return net


@animation_for(show_activations)
def _animate_activations(
    net: NetworkMobject,
    activations: ForwardPass | Sequence[ArrayLike],
    anim_args: dict[str, Any] | None = None,
) -> Animation:
    """Change fills and numbers only."""
    moves = [
        change
        for k, values in enumerate(net.per_layer(activations))
        for change in net.changes_of_layer(k, values)
    ]
    return AnimationGroup(*moves, **group_options(net, anim_args))


def changes_of_layer(net: NetworkMobject, layer: int, values: ArrayLike) -> list[Animation]:
    """Return animations in which a layer changes to other activations, and its numbers follow.

    Parameters
    ----------
    layer : int
        Which layer, counted with the input as 0.
    values : array_like
        Its activations.
    """
    array = net.layers[layer].checked(values, "activations")
    return [net.layers[layer].change_to(array), *_activation_changes(net, layer, array)]


def hide_activations(net: Net) -> Net:
    """Empty all neurons and maps."""
    for layer in net.layers:
        layer.empty()
    at_once(change for k in range(len(net.layers)) for change in _activation_changes(net, k, None))
    return net


@animation_for(hide_activations)
def _animate_hide_activations(
    net: NetworkMobject, anim_args: dict[str, Any] | None = None
) -> Animation:
    """Change fills, and the colours of numbers, only."""
    moves = [
        move
        for k, layer in enumerate(net.layers)
        for move in (layer.change_to(None), *_activation_changes(net, k, None))
    ]
    return AnimationGroup(*moves, **group_options(net, anim_args))


def _activation_changes(
    net: NetworkMobject, layer: int, values: NDArray[np.float64] | None
) -> list[Animation]:
    return [
        change
        for one in net.annotations
        if isinstance(one, Annotation)
        for change in one.activation_changes(net, layer, values)
    ]


def per_layer(
    net: NetworkMobject, activations: ForwardPass | Sequence[ArrayLike]
) -> list[NDArray[np.float64]]:
    """Return activations as one array a layer, the input first.

    Raises
    ------
    ValueError
        If there are not as many as layers.
    """
    if isinstance(activations, ForwardPass):
        return [activations[thing.value] for thing in net.structure.things]
    if len(activations) != len(net.layers):
        raise ValueError(
            f"a network of {len(net.layers)} layers got activations for {len(activations)}"
        )
    return [np.asarray(one, dtype=float) for one in activations]
