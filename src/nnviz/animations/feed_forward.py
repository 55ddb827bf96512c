"""An input that travels through a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, ParsableManimColor
from numpy.typing import NDArray

from nnviz.animations.engine_animation import (
    EngineAnimation,
    Input,
    copy_of_input,
    forward_pass_of,
)
from nnviz.animations.pulses import ARRIVAL, DimEdges, pulse_of_signal
from nnviz.animations.timing import within
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.signals import signals_into

__all__ = ["FeedForward"]


class FeedForward(EngineAnimation):
    """An input travels through a network: column after column lights up with its activations.

    Products of weights and activations travel: a pulse along each edge, all edges of a layer at
    once, as wide and as opaque as w a is large, in the colour of its sign. A strength of 1 is the
    strongest weight shown times the activation of a full neuron; a neuron of activation 0 sends
    nothing. Along arrows and other lines, activations travel:
    :func:`~nnviz.mobjects.network.signals.signals_into` says which. Layers light up as the pulses
    arrive. In the end neurons and maps, and numbers in them, show what ``net.network`` computes, as
    by :meth:`NetworkMobject.show_activations`; the network is the one that the picture has when the
    animation begins.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    x : Input
        One input, as ``net.network.forward_pass`` takes it; a mapping from names to inputs where
        there are several.
    layers : sequence of int or str, optional
        The layers that light up, in this order, by number (0 is the input) or name. By default all
        do, those of a column together.
    flash : bool, optional
        Whether pulses run along the lines.
    color : color, optional
        Colour of all pulses; by default the style's ``positive_color`` and ``negative_color``.
    run_time : float, optional
        Run time in seconds, for all layers together.
    lag_ratio : float, optional
        When the next layer starts, as a share of one layer's time: with 1 they follow one another,
        with less they overlap.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If `x` is no input of the network.
    ValueError
        If `x` is a batch, or numbers in neurons would become too small to be read.
    IndexError
        If there is no such layer.

    Examples
    --------
    >>> from nnviz import FeedForward, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    >>> FeedForward(net, [0.0, 1.0]).run_time  # self.play(...) in a scene
    3.0
    """

    def __init__(
        self,
        net: NetworkMobject,
        x: Input,
        *,
        layers: Sequence[int | str] | None = None,
        flash: bool = True,
        color: ParsableManimColor | None = None,
        run_time: float = 3.0,
        lag_ratio: float = 1.0,
        **kwargs: Any,
    ) -> None:
        values = net.per_layer(forward_pass_of(net.network, x))
        self._made_from = copy_of_input(x)
        self._flash, self._color = flash, color
        self._layers = None if layers is None else [net.layer_index(layer) for layer in layers]
        for k in range(len(net.layers)) if self._layers is None else self._layers:
            net.changes_of_layer(k, values[k])  # raises an error if numbers do not fit
        super().__init__(net, run_time=run_time, lag_ratio=lag_ratio, **kwargs)

    def parts(self) -> list[Animation]:
        """Return a group for each column, from the inputs on."""
        net = self.net
        values = net.per_layer(forward_pass_of(net.network, self._made_from))
        columns = net.structure.by_columns if self._layers is None else [[k] for k in self._layers]
        return [
            AnimationGroup(*(move for k in column for move in self._step(k, values)))
            for column in columns
        ]

    def _step(self, k: int, values: Sequence[NDArray[np.float64]]) -> Iterator[Animation]:
        net, style = self.net, self.net.style
        changes = net.changes_of_layer(k, values[k])
        if not self._flash or k < net.structure.n_inputs:
            yield from changes
            return
        colors = style.positive_color, style.negative_color
        pulses = [
            pulse_of_signal(net, signal, self._color, *colors)
            for signal in signals_into(net, k, values)
        ]
        if len(edges := net.edge_groups[k - net.structure.n_inputs]):
            yield DimEdges(edges)
        yield from pulses
        yield from within(ARRIVAL, 1.0, changes) if pulses else changes
