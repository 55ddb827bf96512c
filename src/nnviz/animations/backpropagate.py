"""Derivatives of the cost that travel back through a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, AnimationGroup, ParsableManimColor
from numpy.typing import ArrayLike

from nnviz.animations.engine_animation import (
    EngineAnimation,
    Input,
    copy_of_input,
    forward_pass_of,
)
from nnviz.animations.pulses import pulse_of_signal
from nnviz.animations.timing import within
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.network.signals import signals_back_from
from nnviz.mobjects.primitives.painting import STROKE, Repaint

__all__ = ["Backpropagate"]

#: Shares of a layer's time: until when its rings appear, and from when its pulses run.
_RINGS, _BACK = 0.4, 0.3


class Backpropagate(EngineAnimation):
    """The cost's derivatives travel back: layer after layer, from the output to the input.

    Each layer after the input gets rings around its neurons and maps, which show dC/dz of the
    example as :meth:`NetworkMobject.show_errors` does: coloured by its sign, as wide and opaque as
    it is large within its layer. Then pulses run back along the edges into it, in the colours of
    the rings, as wide and as opaque as w dC/dz is large, a term of the derivative by the activation
    before (:func:`~nnviz.mobjects.network.signals.signals_back_from`). Meanwhile the edges turn
    into those of :meth:`NetworkMobject.show_gradient`, with the numbers of
    :meth:`NetworkMobject.show_gradient_values`, if there are any. Edges and rings stay so
    afterwards, and activations do not change; :class:`TakeStep` removes the rings.

    Parameters
    ----------
    net : NetworkMobject
        The network on screen.
    x : Input
        One input, as for :class:`FeedForward`.
    y : array_like
        Its desired output, as ``net.network.backprop`` takes it.
    exponent : float, optional
        Exponent of the edges' widths; the style's ``weight_exponent`` by default.
    flash : bool, optional
        Whether pulses run along the lines.
    color : color, optional
        Colour of all pulses; by default the style's ``increase_color`` and ``decrease_color``.
    run_time : float, optional
        Run time in seconds, for all layers together.
    lag_ratio : float, optional
        As for :class:`FeedForward`.
    **kwargs
        For :class:`manim.AnimationGroup`.

    Raises
    ------
    NetworkError
        If `x` is no input of the network, or `y` no output.
    ValueError
        If they are a batch, or derivatives in numbers would become too small to be read.

    Examples
    --------
    >>> from nnviz import Backpropagate, Network, NetworkMobject
    >>> net = NetworkMobject(Network.random([2, 3, 1], seed=0))
    >>> Backpropagate(net, [0.0, 1.0], [1.0]).run_time
    3.0
    """

    def __init__(
        self,
        net: NetworkMobject,
        x: Input,
        y: ArrayLike,
        *,
        exponent: float | None = None,
        flash: bool = True,
        color: ParsableManimColor | None = None,
        run_time: float = 3.0,
        lag_ratio: float = 1.0,
        **kwargs: Any,
    ) -> None:
        forward_pass_of(net.network, x)
        net.network.cost(x, y)
        net.gradient_changes(net.network.backprop(x, y))  # raises an error if numbers do not fit
        # Now, as Manim does not allow new parts of a mobject while another animation runs on it.
        net.prepared_rings()
        self._made_from = copy_of_input(x), np.array(y)
        self._exponent, self._flash, self._color = exponent, flash, color
        super().__init__(net, run_time=run_time, lag_ratio=lag_ratio, **kwargs)

    def parts(self) -> list[Animation]:
        """Return a group for each column, from the last one back."""
        net = self.net
        backward = net.network.backward_pass(*self._made_from)
        wanted = net.rings_by_errors(backward)
        rings = net.prepared_rings().prepare_for(wanted)
        gradient = net.network.backprop(*self._made_from)
        painted = net.edges_by_gradient(gradient, self._exponent)
        steps: list[Animation] = []
        groups = net.edge_groups
        # A positive error means that the activation should decrease.
        colors = net.style.decrease_color, net.style.increase_color
        for column in net.structure.by_columns[:0:-1]:
            back: list[Animation] = []
            for k in column:
                if len(edges := groups[k - net.structure.n_inputs]):
                    back.append(Repaint(edges, [edges], STROKE, [painted[edges.rows]]))
                back += net.gradient_changes(gradient, [k])
                if self._flash:
                    for signal in signals_back_from(net, k, backward):
                        back.append(
                            pulse_of_signal(net, signal, self._color, *colors, backwards=True)
                        )
            appear = within(0.0, _RINGS, [rings.change_to(net, wanted, column)])
            steps.append(AnimationGroup(*appear, *within(_BACK, 1.0, back)))
        return steps
