"""Weights, biases and gradients on the edges of a network's picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from manim import Animation, AnimationGroup, ManimColor, ParsableManimColor

from nnviz.mobjects.network.annotations import Annotation
from nnviz.mobjects.network.links import (
    Biases,
    Weights,
    bias_steps,
    biases_of,
    strokes_of_weights,
    weight_steps,
    weights_of,
)
from nnviz.mobjects.primitives.animated_methods import animation_for
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.painting import STROKE, Repaint, at_once, group_options
from nnviz.network import Gradient, Network
from nnviz.network.architecture import architecture_text, same_architecture

if TYPE_CHECKING:
    from nnviz.mobjects.network.network_mobject import NetworkMobject

__all__ = [
    "edges_by_gradient",
    "edges_by_weights",
    "gradient_changes",
    "hide_weights",
    "parameter_changes",
    "repaint_edges",
    "show_gradient",
    "show_weights",
]

Net = TypeVar("Net", bound="NetworkMobject")


def show_weights(net: Net, network: Network | None = None, exponent: float | None = None) -> Net:
    """Colour every edge by its weight's sign and make it as wide as the weight is strong.

    Parameters
    ----------
    network : Network, optional
        New parameters to show and keep, for example after a step of training.
    exponent : float, optional
        What a weight's share of the largest is raised to for the width; the style's
        ``weight_exponent`` by default.

    Raises
    ------
    ValueError
        If the new network has other layers.
    """
    changes = net.parameter_changes(network)
    _take(net, network)
    net.shows_weights = True
    net.edges.match_style(net.edges_by_weights(exponent))
    at_once(changes)
    return net


@animation_for(show_weights)
def _animate_weights(
    net: NetworkMobject,
    network: Network | None = None,
    exponent: float | None = None,
    anim_args: dict[str, Any] | None = None,
) -> Animation:
    """Change edges, kernels and their numbers only."""
    _take(net, network)
    net.shows_weights = True
    moves = [repaint_edges(net, net.edges_by_weights(exponent)), *net.parameter_changes()]
    return AnimationGroup(*moves, **group_options(net, anim_args))


def parameter_changes(net: NetworkMobject, network: Network | None = None) -> list[Animation]:
    """Return animations in which annotations change to other parameters.

    Parameters
    ----------
    network : Network, optional
        With the parameters; the picture's own by default. The picture keeps its own.
    """
    of = network or net.network
    return [
        change
        for one in net.annotations
        if isinstance(one, Annotation)
        for change in one.parameter_changes(net, of)
    ]


def show_gradient(net: Net, gradient: Gradient, exponent: float | None = None) -> Net:
    """Colour every edge by what a step along the negative gradient does to its weight.

    Parameters
    ----------
    gradient : Gradient
        Gradient of the cost, shaped like the network.
    exponent : float, optional
        As for :meth:`show_weights`.
    """
    changes = net.gradient_changes(gradient)
    net.edges.match_style(net.edges_by_gradient(gradient, exponent))
    at_once(changes)
    return net


@animation_for(show_gradient)
def _animate_gradient(
    net: NetworkMobject,
    gradient: Gradient,
    exponent: float | None = None,
    anim_args: dict[str, Any] | None = None,
) -> Animation:
    """Change edges and derivatives only."""
    repaint = repaint_edges(net, net.edges_by_gradient(gradient, exponent))
    moves = [repaint, *net.gradient_changes(gradient)]
    return AnimationGroup(*moves, **group_options(net, anim_args))


def gradient_changes(
    net: NetworkMobject, gradient: Gradient, layers: Sequence[int] | None = None
) -> list[Animation]:
    """Return animations in which annotations change to another gradient.

    Parameters
    ----------
    gradient : Gradient
        Gradient of the cost, shaped like the network.
    layers : sequence of int, optional
        Those of which layers, with the edges into them; of all by default.
    """
    return [
        change
        for one in net.annotations
        if isinstance(one, Annotation)
        for k in (range(len(net.layers)) if layers is None else layers)
        for change in one.gradient_changes(net, k, gradient)
    ]


def edges_by_weights(
    net: NetworkMobject, exponent: float | None = None, network: Network | None = None
) -> EdgeArray:
    """Return new edges in the same places, as :meth:`show_weights` paints them.

    Parameters
    ----------
    exponent : float, optional
        As for :meth:`show_weights`.
    network : Network, optional
        Whose weights; the picture's own by default. It stays as it is.
    """
    of = network or net.network
    colors = net.style.positive_color, net.style.negative_color
    return _painted(net, weights_of(of), biases_of(of), *colors, exponent)


def edges_by_gradient(
    net: NetworkMobject, gradient: Gradient, exponent: float | None = None
) -> EdgeArray:
    """Return new edges in the same places, as :meth:`show_gradient` paints them."""
    steps = weight_steps(net.network, gradient), bias_steps(net.network, gradient)
    colors = net.style.increase_color, net.style.decrease_color
    return _painted(net, *steps, *colors, exponent)


def hide_weights(net: Net) -> Net:
    """Give all edges the style's plain colour and width back."""
    net.shows_weights = False
    net.edges.set_stroke(ManimColor(net.style.edge_color), net.style.edge_width)
    return net


def repaint_edges(net: NetworkMobject, painted: EdgeArray, **kwargs: Any) -> Repaint:
    """Return an animation in which the edges take on the look of others."""
    return Repaint(net, [net.edges], STROKE, [painted], **kwargs)


def _take(net: NetworkMobject, network: Network | None) -> None:
    if network is None:
        return
    if not same_architecture(network, net.network):
        raise ValueError(
            f"the picture shows {architecture_text(net.network)}, not "
            f"{architecture_text(network)}: make another NetworkMobject for that"
        )
    net.network = network


def _painted(
    net: NetworkMobject,
    weights: Weights,
    biases: Biases,
    positive: ParsableManimColor,
    negative: ParsableManimColor,
    exponent: float | None,
) -> EdgeArray:
    painted: EdgeArray = net.edges.separate()
    if not len(painted):
        return painted
    shown = [
        net.shown_weights(layer, weights, biases)
        for layer, group in enumerate(net.edge_groups)
        if len(group)
    ]
    return painted.set_stroke(*strokes_of_weights(shown, positive, negative, net.style, exponent))
